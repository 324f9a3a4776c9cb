package pipeline_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/reading"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// reports makes texts of about 4.5 KB, of the district models of the sample: their own sentences,
// mixed, with other numbers. The same ones in the same order every time.
func reports(b *testing.B, w *workspace.Workspace) func() string {
	b.Helper()
	ctx := context.Background()
	all, err := w.Store.Dossiers.All(ctx)
	if err != nil {
		b.Fatal(err)
	}
	var heads, sentences []string
	for i := range all {
		id, _, err := w.Store.Profiles.Identity(ctx, all[i].ID)
		if err != nil {
			b.Fatal(err)
		}
		if id.Kind != "model" || id.Level != "district" {
			continue
		}
		d, err := reading.Load(ctx, w.Store, &all[i], extract.Version)
		if err != nil {
			b.Fatal(err)
		}
		for _, doc := range d.Documents {
			for _, p := range doc.Pages {
				if p.Language != "vi" {
					continue
				}
				heads = append(heads, p.Text)
				for _, s := range strings.SplitAfter(p.Text, ". ") {
					if len(s) > 60 && !strings.Contains(s, "\n") {
						sentences = append(sentences, s)
					}
				}
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	return func() string {
		var s strings.Builder
		for s.Len() < 1800 {
			s.WriteString(heads[r.IntN(len(heads))])
			s.WriteByte('\n')
		}
		for s.Len() < 4500 {
			s.WriteString(sentences[r.IntN(len(sentences))])
		}
		return strings.ToValidUTF8(s.String()[:min(s.Len(), 4600)], "")
	}
}

// stored fills a workspace's store with n dossiers of one report each.
func stored(b *testing.B, w *workspace.Workspace, n int) {
	b.Helper()
	ctx := context.Background()
	report := reports(b, w)
	const batch = 1000
	for from := 0; from < n; from += batch {
		readings := map[string]dossier.Reading{}
		for i := from; i < min(n, from+batch); i++ {
			text := report()
			sha := fmt.Sprintf("%064x", i+1)
			readings[sha] = dossier.Reading{Type: "application/pdf", Pages: []dossier.Page{{Number: 1, Text: text, Language: "vi", Quality: 1, Reader: "pdfium"}}}
			a := &store.Accepted{ID: intake.ID(fmt.Sprint("bench ", i)), Name: fmt.Sprint("bench ", i), Files: []store.File{{Name: "bao-cao.pdf", SHA256: sha, Size: int64(len(text))}}}
			a.Manifest = dossier.Manifest{Kind: "model", Level: "district", Unit: w.Campaign().Env.Units[i%18].ID, Field: "economy", Title: fmt.Sprint("Mô hình ", i), RegisteredOn: fmt.Sprintf("2024-%02d-%02d", 1+i%3, 1+i%28), Facts: map[string]any{"households": float64(20 + i%300)}}
			if _, err := w.Store.Dossiers.Accept(ctx, a); err != nil {
				b.Fatal(err)
			}
		}
		if err := w.Store.Readings.Put(ctx, extract.Version, readings); err != nil {
			b.Fatal(err)
		}
	}
}

// storedSample is a workspace of the sample with KHEO_DOSSIERS stored dossiers more, 2,000 if it
// is not set.
func storedSample(b *testing.B) (dir string, n int) {
	b.Helper()
	n = howMany()
	dir = sampleDir(b)
	w, err := workspace.Open(context.Background(), dir)
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	stored(b, w, n)
	return dir, n
}

// howMany is KHEO_DOSSIERS, 2,000 by default.
func howMany() int {
	if n, err := strconv.Atoi(os.Getenv("KHEO_DOSSIERS")); err == nil && n > 0 {
		return n
	}
	return 2000
}

// BenchmarkStored is the assessing of stored dossiers, as a nightly run does it: from the
// record store, by the work queue, into the record store. KHEO_DOSSIERS says how many
// (2,000 by default). It reports dossiers a second; of the same with one
// criterion more; and the memory of the process.
func BenchmarkStored(b *testing.B) {
	dir, n := storedSample(b)
	ctx := context.Background()
	for b.Loop() {
		run := func() float64 {
			runtime.GC()
			w, err := workspace.Open(ctx, dir)
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			start, cpu := time.Now(), cpuSeconds()
			took, err := pipeline.AssessStored(ctx, w)
			if err != nil {
				b.Fatal(err)
			}
			b.Logf("%d dossiers assessed in %.1f s; with listing them %.1f s, and %.1f s of processors", n, took, time.Since(start).Seconds(), cpuSeconds()-cpu)
			return took
		}
		run() // profiles, and a warm file cache
		editRules(b, dir, "version: 1", "version: 2")
		plain := run()
		editRules(b, dir, "version: 2", "version: 3")
		again := run()
		editRules(b, dir, "  - id: spread\n", "  - id: lasting\n    title: { en: Lasting }\n    max: 5\n    evidenced: [ { any: { vi: [duy trì, bền vững, lâu dài, thường xuyên, ổn định] }, points: 5 } ]\n  - id: spread\n")
		editRules(b, dir, "max_points: 100", "max_points: 105")
		more := run()
		b.ReportMetric(float64(n)/min(plain, again), "dossiers/s")
		b.ReportMetric(more/min(plain, again), "with-one-more-criterion")
		b.ReportMetric(float64(peakMemory())/1e6, "MB-peak")
	}
}

func editRules(b *testing.B, dir, old, new string) {
	b.Helper()
	file := filepath.Join(dir, "rules", "model-district.yaml")
	src, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(src), old) {
		b.Fatalf("%s holds no %q (%v)", file, old, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(src), old, new, 1)), 0o644); err != nil {
		b.Fatal(err)
	}
}

// peakMemory is the largest resident size that the process had, in bytes; 0 where the
// system does not say.
func peakMemory() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for _, l := range strings.Split(string(status), "\n") {
		var kb int64
		if _, err := fmt.Sscanf(l, "VmHWM: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	return 0
}

// cpuSeconds is the time that the process had processors; 0 where the system does not say.
func cpuSeconds() float64 {
	stat, _ := os.ReadFile("/proc/self/stat")
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	return (user + system) / 100
}
