package extract_test

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"kheo/pipeline/extract"
	"kheo/pipeline/publish/word"
)

// Where a quote is on the image of a page is dark with its words, and nothing beside it is.
func TestQuotesAreMarkedWhereTheyStand(t *testing.T) {
	office, err := extract.FindOffice(t.Context())
	needs(t, err)
	d := &word.Doc{}
	d.Heading(1, "Báo cáo kết quả")
	for range 12 {
		d.Paragraph("Bà con trong thôn góp công, góp của làm đường.")
	}
	d.Paragraph("Số vụ trộm giảm từ 19 xuống 3 vụ trong năm.")
	docx, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := office.Print(t.Context(), docx)
	if err != nil || pdf == nil {
		t.Fatal(err)
	}
	pool := extract.NewPool(1, time.Minute)
	defer pool.Close()
	v, err := pool.View(t.Context(), pdf, 1, nil)
	if err != nil || v.Error != "" || v.Pages != 1 {
		t.Fatal(err, v.Error)
	}
	sees(t, &v, "so vu trom giảm từ 19\nxuống 3 vụ")
	if m := v.Marks("Số vụ trộm giảm từ 19 xuống 2 vụ"); m != nil {
		t.Errorf("what is not there is marked at %v", m)
	}
	if v, _ := pool.View(t.Context(), pdf, 2, nil); v.Error == "" {
		t.Error("a page that is not there is shown")
	}

	// The same page scanned, lying on its side: marked where OCR read it.
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.pdf"), pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("pdftoppm", "-r", "150", "-gray", "-png", filepath.Join(dir, "a.pdf"),
		filepath.Join(dir, "p")).CombinedOutput(); err != nil {
		needs(t, fmt.Errorf("pdftoppm: %w %s", err, out))
	}
	png, err := os.ReadFile(filepath.Join(dir, "p-1.png"))
	if err != nil {
		t.Fatal(err)
	}
	ocr, err := extract.FindOCR(context.Background())
	needs(t, err)
	read, err := ocr.Page(t.Context(), pool, png, 1)
	if err != nil || read.Error != "" {
		t.Fatal(err, read.Error)
	}
	if v, err = pool.View(t.Context(), png, 1, &read); err != nil || v.Error != "" {
		t.Fatal(err, v.Error)
	}
	sees(t, &v, "Số vụ trộm giảm từ 19 xuống 3 vụ")
}

// needs fails a test that lacks a tool, with what to install; on systems other than Linux it is skipped.
func needs(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip(err)
	}
	t.Fatalf("%v; `make setup-test` installs what the tests need", err)
}

// sees fails where the marks of a quote do not lie on one line that has print.
func sees(t *testing.T, v *extract.View, quote string) {
	t.Helper()
	marks := v.Marks(quote)
	if len(marks) != 1 {
		t.Fatalf("%q is marked at %v", quote, marks)
	}
	img, err := jpeg.Decode(bytes.NewReader(v.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	m := marks[0]
	dark := func(x0, y0, x1, y1 int) (share float64) {
		n, all := 0, 0
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				if r, _, _, _ := img.At(x, y).RGBA(); r < 0x8000 {
					n++
				}
				all++
			}
		}
		return float64(n) / float64(max(1, all))
	}
	if in, below := dark(m.X, m.Y, m.X+m.W, m.Y+m.H), dark(m.X, m.Y+m.H+4, m.X+m.W, m.Y+m.H+60); in < 0.05 ||
		below > 0.01 {
		t.Errorf("%q at %v: %.2f of it is dark, below it %.2f", quote, m, in, below)
	}
}
