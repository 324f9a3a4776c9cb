package extract

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/pipeline/extract/internal/limits"
	"kheo/samples"
)

// pdfOf writes a PDF out of its objects, numbered from 1; the first is the
// catalogue.
func pdfOf(objects ...string) string {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	at := []int{}
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.String()
}

func streamOf(dict, data string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

func deflated(t *testing.T, unit string, times int) string {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	block := strings.Repeat(unit, 1024)
	for range times / 1024 {
		z.Write([]byte(block))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const helvetica = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"

// Whatever a file is made to do, it ends with a reason or with bounded text, and
// the next file is read.
func TestHostileFiles(t *testing.T) {
	const page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> /XObject << /A 6 0 R >> >> >>"
	var recursive []string
	for i := range 8 {
		recursive = append(recursive, streamOf(fmt.Sprintf("/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /A %d 0 R >> /Font << /F1 5 0 R >> >>", min(7+i, 13)), strings.Repeat("/A Do ", 20)+"BT /F1 9 Tf (xin chao) Tj ET"))
	}
	forms := append([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		page, streamOf("", strings.Repeat("/A Do ", 20)), helvetica}, recursive...)
	deepArray := "<< /Type /Catalog /Pages 2 0 R /X " + strings.Repeat("[", 10_000) + strings.Repeat("]",
		10_000) + " >>"
	text := "BT /F1 9 Tf 50 700 Td (xin chao) Tj ET\n"
	huge := deflated(t, text, 30<<20)
	bomb := zipOf(t, "a.txt", strings.Repeat("0", 250<<20))
	var link bytes.Buffer
	zw := zip.NewWriter(&link)
	h := &zip.FileHeader{Name: "passwords.txt"}
	h.SetMode(fs.ModeSymlink | 0o777)
	w, err := zw.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte("/etc/passwd"))
	zw.Close()
	png := "\x89PNG\r\n\x1a\n"
	ihdr := append([]byte("IHDR"), 0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0, 8, 2, 0, 0, 0)
	png += string(binary.BigEndian.AppendUint32(nil, 13)) + string(ihdr) +
		string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(ihdr)))
	entities := `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&c;</w:t></w:r></w:p></w:body></w:document>`
	external := `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>`

	p := pool(t, 30*time.Second)
	for _, c := range []struct {
		name, data string
		errors     []string // one of these, "" for text that is bounded
	}{
		{"forms that draw each other", pdfOf(forms...), []string{Damaged, "", TooLarge}},
		{"a page tree that is its own kid", pdfOf("<< /Type /Catalog /Pages 2 0 R >>",
			"<< /Type /Pages /Kids [2 0 R 2 0 R 3 0 R] /Count 3 >>", "<< /Type /Page /Parent 2 0 R >>"),
			[]string{Damaged, NoText, "", Crashed, Timeout}},
		{"a page that is its own parent", pdfOf("<< /Type /Catalog /Pages 2 0 R >>",
			"<< /Type /Pages /Kids [3 0 R] /Parent 3 0 R >>", "<< /Type /Page /Parent 3 0 R /Contents 4 0 R >>",
			streamOf("", "BT (x) Tj ET")), []string{NoText, Damaged, ""}},
		{"arrays 10,000 deep", pdfOf(deepArray, "<< /Type /Pages /Kids [] /Count 0 >>"), []string{Damaged,
			Crashed, NoText}},
		{"a page that prints a gigabyte", pdfOf("<< /Type /Catalog /Pages 2 0 R >>",
			"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, streamOf("/Filter /FlateDecode", huge),
			helvetica, "<<>>"), []string{Damaged, TooLarge, "", Timeout}},
		{"a Word file that unpacks to 100 MB", zipOf(t, "word/document.xml",
			"<w:document>"+strings.Repeat("<w:t>chữ</w:t>", 8<<20)), []string{TooLarge}},
		{"entities in entities", zipOf(t, "word/document.xml", entities), []string{Damaged}},
		{"an external entity", zipOf(t, "word/document.xml", external), []string{Damaged}},
		{"a Word file 10,000 deep", zipOf(t, "word/document.xml", strings.Repeat("<w:tbl><w:tr><w:tc>",
			10_000)), []string{Damaged}},
		{"OpenDocument 10,000 deep", zipOf(t, "mimetype", typeODT, "content.xml", strings.Repeat("<text:p>",
			10_000)), []string{Damaged}},
		{"a spreadsheet of a billion cells", zipOf(t, "mimetype", typeODS, "content.xml",
			`<office:spreadsheet><table:table>`+strings.Repeat(`<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="1000000"><text:p>chữ</text:p></table:table-cell></table:table-row>`, 500)+`</table:table></office:spreadsheet>`), []string{TooLarge, ""}},
		{"HTML 10,000 deep", "<html>" + strings.Repeat("<div><table><tr><td>", 10_000) + "đáy", []string{""}},
		{"RTF 10,000 deep", `{\rtf1 ` + strings.Repeat("{", 10_000) + "x", []string{Damaged}},
		{"a letter of 3,000 nested parts", "From: a@b\r\nTo: c@d\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n" + nestedParts(3000), []string{"", NoText, Damaged}},
		{"an image of ten billion pixels", png, []string{""}},
	} {
		begin := time.Now()
		res := readIn(t, p, c.data)
		if !slices.Contains(c.errors, res.Error) {
			t.Errorf("%s: %q (%s), want one of %q", c.name, res.Error, res.Detail, c.errors)
		}
		if n := len(textOf(res)); n > limits.Text {
			t.Errorf("%s: %d bytes of text", c.name, n)
		}
		if strings.Contains(textOf(res), hostname(t)) {
			t.Errorf("%s: the name of this machine is in the text", c.name)
		}
		if res.Error == Timeout && time.Since(begin) > 5*time.Minute { // of a machine that is busy
			t.Errorf("%s took %v", c.name, time.Since(begin))
		}
		if after := readIn(t, p, "Dân vận khéo"); textOf(after) != "Dân vận khéo" {
			t.Errorf("after %s nothing is read: %+v", c.name, after)
		}
	}

	_, inside, parts := readParts(t, p, bomb)
	if len(inside["a.txt"]) > 0 || len(parts) != 1 || parts[0].Problem != TooLarge {
		t.Errorf("a zip bomb: %d bytes, %+v", len(inside["a.txt"]), parts)
	}
	_, inside, parts = readParts(t, p, link.String())
	if inside["passwords.txt"] != "" || len(parts) != 1 || parts[0].Problem != Unsupported {
		t.Errorf("a link in a zip: %q %+v", inside, parts)
	}
	var files []string
	for i := range MaxParts + 50 {
		files = append(files, fmt.Sprintf("%d.txt", i), "x")
	}
	_, _, parts = readParts(t, p, zipOf(t, files...))
	if n := len(parts); n > MaxParts+1 || parts[n-1].Problem != TooLarge {
		t.Errorf("an archive of %d files: %d parts, the last %+v", MaxParts+50, n, parts[n-1])
	}
	if pic, err := p.Picture(context.Background(), []byte(png), 1, 0); err != nil || pic.Error == "" {
		t.Errorf("an image of ten billion pixels: %+v %v", pic, err)
	}
}

func hostname(t *testing.T) string {
	t.Helper()
	name, err := os.Hostname()
	if err != nil || len(name) < 3 {
		return "a name that nothing has"
	}
	return name
}

func nestedParts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
	}
	return b.String() + "x"
}

// children are the processes that this one has started and that still live.
func children(t *testing.T) []int {
	t.Helper()
	var out []int
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, f := range tasks {
		b, _ := os.ReadFile(f)
		for _, s := range strings.Fields(string(b)) {
			if pid, err := strconv.Atoi(s); err == nil {
				out = append(out, pid)
			}
		}
	}
	return out
}

// memory is what a process holds now, in bytes.
func memory(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(f[1])
	return n * os.Getpagesize()
}

// The sample's files, damaged at random, cost no more than themselves: each ends
// with text or with a reason, no child is left behind. KHEO_MUTATIONS says how
// many; KHEO_SEED begins elsewhere.
func TestDamagedFiles(t *testing.T) {
	n, seed := 300, uint64(1)
	if v, err := strconv.Atoi(os.Getenv("KHEO_MUTATIONS")); err == nil {
		n = v
	}
	if v, err := strconv.ParseUint(os.Getenv("KHEO_SEED"), 10, 64); err == nil {
		seed = v
	}
	files := sampleFiles(t)
	debug.FreeOSMemory() // of the tests before this one
	p := NewPool(runtime.GOMAXPROCS(0), 20*time.Second)
	stop, watched := make(chan struct{}), make(chan int)
	go func() {
		most := 0
		for {
			sum := memory(os.Getpid())
			for _, pid := range children(t) {
				sum += memory(pid)
			}
			most = max(most, sum)
			select {
			case <-stop:
				watched <- most
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	var mu sync.Mutex
	outcomes := map[string]int{}
	var wg sync.WaitGroup
	for g := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(g)))
			for i := g; i < n; i += runtime.GOMAXPROCS(0) {
				data := mutate(rnd, files)
				parts := 0
				res, err := p.Read(context.Background(), data, func(Part, []byte) error { parts++; return nil })
				if err != nil {
					t.Errorf("mutation %d: %v", i, err)
					return
				}
				if res.Error == "" && len(res.Pages) == 0 && parts == 0 {
					t.Errorf("mutation %d: neither text nor a reason: %+v", i, res)
				}
				mu.Lock()
				outcomes[res.Error]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	p.Close()
	close(stop)
	if most := <-watched; most > 3<<29 {
		t.Errorf("all processes together held %d MB", most>>20)
	} else {
		t.Logf("%d damaged files; outcomes (empty: read): %v; all processes together held at most %d MB", n,
			outcomes, most>>20)
	}
	if left := children(t); len(left) > 0 {
		t.Errorf("children left behind: %v", left)
	}
}

func sampleFiles(t *testing.T) [][]byte {
	t.Helper()
	files, err := samples.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, f := range files {
		if len(f.Data) > 0 {
			out = append(out, f.Data)
		}
	}
	if len(out) < 100 {
		t.Fatalf("only %d sample files", len(out))
	}
	return out
}

// mutate damages a file: bits flipped, an end cut off, a piece of it or of another
// put elsewhere.
func mutate(rnd *rand.Rand, files [][]byte) []byte {
	data := bytes.Clone(files[rnd.IntN(len(files))])
	for range 1 + rnd.IntN(3) {
		switch rnd.IntN(4) {
		case 0:
			for range 1 + rnd.IntN(40) {
				data[rnd.IntN(len(data))] ^= 1 << rnd.IntN(8)
			}
		case 1:
			data = data[:1+rnd.IntN(len(data))]
		case 2:
			other := files[rnd.IntN(len(files))]
			from := rnd.IntN(len(other))
			piece := other[from:min(len(other), from+1+rnd.IntN(2000))]
			at := rnd.IntN(len(data))
			data = append(bytes.Clone(data[:at]), append(bytes.Clone(piece), data[at:]...)...)
		case 3:
			at := rnd.IntN(len(data))
			for i := at; i < min(len(data), at+rnd.IntN(300)); i++ {
				data[i] = byte(rnd.IntN(256))
			}
		}
	}
	return data
}
