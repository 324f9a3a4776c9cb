package pipeline_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/pipeline"
	"kheo/pipeline/publish/word"
	"kheo/pipeline/workspace"
)

// BenchmarkNight is three nights over KHEO_DOSSIERS dossiers (2,000 by default) of what
// units hand in: a form, a report of 4.5 KB of text, minutes and a confirmation, in Word. The first
// takes them in from the inbox and does everything; in the next nothing changed; in the last a
// hundredth was handed in again. Each is a process' own work from opening the workspace to closing
// it. What the first costs beyond taking in and reading is told too, and how far taking in, reading and indexing are
// from a bare loop over the same bytes, in the same run.
func BenchmarkNight(b *testing.B) {
	dir, n := sampleDir(b), howMany()
	w, err := workspace.Open(context.Background(), dir)
	if err != nil {
		b.Fatal(err)
	}
	report, units := reports(b, w), w.Campaign().Env.Units
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	handIn := func(i int) {
		at := filepath.Join(dir, "inbox", fmt.Sprint("bench ", i))
		unit, title, day, households := units[i%18], fmt.Sprint("Mô hình ", i), time.Date(2024, time.Month(1+i%3), 1+i%28, 0, 0, 0, 0, time.UTC), 20+i%300
		on := day.Format("02/01/2006")
		for name, text := range map[string]string{
			"dang-ky.docx":  fmt.Sprintf("PHIẾU ĐĂNG KÝ MÔ HÌNH\nTên mô hình: %s\nĐơn vị: %s\nNgày đăng ký: %s\nSố hộ tham gia: %d", title, unit.Name, on, households),
			"bao-cao.docx":  report(),
			"bien-ban.docx": fmt.Sprintf("BIÊN BẢN HỌP\nNgày %s, %s họp xét mô hình %s. Có %d người dự; 100%% nhất trí đề nghị công nhận.", on, unit.Name, title, 10+i%7),
			"xac-nhan.docx": fmt.Sprintf("GIẤY XÁC NHẬN\nỦy ban nhân dân xác nhận mô hình %s của %s đã triển khai tại địa phương với %d hộ tham gia.", title, unit.Name, households),
		} {
			var d word.Doc
			for _, line := range strings.Split(text, "\n") {
				d.Paragraph(line)
			}
			doc, err := d.Bytes()
			if err != nil {
				b.Fatal(err)
			}
			write(b, filepath.Join(at, name), doc)
		}
		write(b, filepath.Join(at, "dossier.yaml"), fmt.Appendf(nil, "kind: model\nlevel: district\nunit: %s\nfield: economy\ntitle: %s\nregistered_on: %s\nfacts: { households: %d }\n", unit.ID, title, day.Format("2006-01-02"), households))
	}
	stages := map[string]float64{} // of the last night, in seconds
	night := func(name string) (took, beyondReading float64) {
		runtime.GC()
		debug.FreeOSMemory()
		resetPeak(b)
		start := time.Now()
		w, err := workspace.Open(context.Background(), dir)
		if err != nil {
			b.Fatal(err)
		}
		out, err := pipeline.Run(context.Background(), w, pipeline.Options{Cause: name})
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
		took = time.Since(start).Seconds()
		fmt.Printf("%s: %.1f s, peak %d MB\n", name, took, peakMemory()>>20)
		beyondReading = took
		for _, s := range out.Run.Stages {
			fmt.Printf("    %-10s %6d of %6d  %7.2f s\n", s.Name, s.Done, s.Total, s.Seconds)
			if stages[s.Name] = s.Seconds; s.Name == "intake" || s.Name == "read" {
				beyondReading -= s.Seconds
			}
		}
		return took, beyondReading
	}
	for b.Loop() {
		for i := range n {
			handIn(i)
		}
		least := []floor{copyFloor(b, filepath.Join(dir, "inbox")), parseFloor(b, filepath.Join(dir, "inbox"))}
		first, beyond := night("first")
		for _, f := range append(least, writeFloor(b, filepath.Join(dir, "var", "index"))) {
			fmt.Printf("    %-10s %7.2f s, %5.1f times the floor of %.2f s: %s\n", f.stage, stages[f.stage], stages[f.stage]/f.seconds, f.seconds, f.what)
			b.ReportMetric(stages[f.stage]/f.seconds, f.stage+"-of-floor")
		}
		nothing, _ := night("nothing changed")
		for i := 0; i < n; i += 100 {
			handIn(i)
		}
		changed, _ := night("a hundredth changed")
		b.ReportMetric(first, "first-s")
		b.ReportMetric(beyond, "first-beyond-reading-s")
		b.ReportMetric(nothing, "nothing-s")
		b.ReportMetric(changed, "changed-s")
		b.ReportMetric(100*changed/first, "changed-%-of-first")
	}
}

// floor is what a stage cannot do without.
type floor struct {
	stage   string
	seconds float64
	what    string
}

// eachFile reads every file in a folder, and does something with it.
func eachFile(b *testing.B, dir string, do func(path string, content []byte)) {
	b.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err == nil {
			do(path, content)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// copyFloor hashes the files of a folder, copies them to names of their hashes, and syncs the disk once.
func copyFloor(b *testing.B, dir string) floor {
	b.Helper()
	to := b.TempDir()
	disk, err := durable.OpenDisk(to)
	if err != nil {
		b.Fatal(err)
	}
	defer disk.Close()
	start := time.Now()
	var names []string
	eachFile(b, dir, func(_ string, content []byte) {
		names = append(names, filepath.Join(to, dossier.SHA256(content)))
		if err := os.WriteFile(names[len(names)-1], content, 0o600); err != nil {
			b.Fatal(err)
		}
	})
	// More than a few folders are synced with one sync of their disk.
	if err := disk.Sync(nil, slices.Repeat([]string{to}, 8)); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start).Seconds()
	if err := os.RemoveAll(to); err != nil {
		b.Fatal(err)
	}
	return floor{"intake", took, "hash and copy the files, sync once"}
}

// parseFloor unpacks the text of the Word documents in a folder and parses its XML, and keeps nothing, with as many
// processors as reading has.
func parseFloor(b *testing.B, dir string) floor {
	b.Helper()
	start := time.Now()
	var wait sync.WaitGroup
	docs := make(chan []byte, 64)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for content := range docs {
				z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
				if err != nil {
					b.Error(err)
					continue
				}
				f, err := z.Open("word/document.xml")
				if err != nil {
					b.Error(err)
					continue
				}
				for d := xml.NewDecoder(f); err == nil; {
					_, err = d.RawToken()
				}
				if f.Close(); err != io.EOF {
					b.Error(err)
				}
			}
		})
	}
	eachFile(b, dir, func(path string, content []byte) {
		if filepath.Ext(path) == ".docx" {
			docs <- content
		}
	})
	close(docs)
	wait.Wait()
	return floor{"read", time.Since(start).Seconds(), "unpack the text, parse it as XML"}
}

// writeFloor writes the bytes of an index, and syncs the disk once.
func writeFloor(b *testing.B, dir string) floor {
	b.Helper()
	f := copyFloor(b, dir)
	return floor{"index", f.seconds, "write the bytes of the index, sync once"}
}

// resetPeak lets the system forget the largest size that this process had.
func resetPeak(b *testing.B) {
	b.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		b.Logf("peaks are those since the beginning: %v", err)
	}
}
