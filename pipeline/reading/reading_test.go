package reading_test

import (
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/reading"
	"kheo/pipeline/store"
)

const reader = "r1"

// Every case is one file of a dossier; want lists the documents that it becomes, as
// "name type|error|flags|texts".
func TestFilesBecomeDocuments(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "kheo.db"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	text := func(texts ...string) (out []dossier.Page) {
		for i, x := range texts {
			out = append(out, dossier.Page{Number: i + 1, Text: x, Quality: 0.9})
		}
		return out
	}
	readings := map[string]dossier.Reading{
		"plain":     {Type: "text/plain", Pages: text("một", "hai")},
		"misnamed":  {Type: "application/pdf", Pages: text("một")},
		"damaged":   {Type: "application/pdf", Error: extract.Damaged, Detail: "cut off"},
		"archive":   {Type: "application/zip", Parts: []dossier.Part{{Name: "a.txt", SHA256: "plain"}, {Name: "b.pdf", Problem: extract.TooLarge}}},
		"letter":    {Type: "message/rfc822", Pages: text("thư"), Parts: []dossier.Part{{Name: "a.txt", SHA256: "plain"}}},
		"silent":    {Type: "message/rfc822", Error: extract.NoText, Parts: []dossier.Part{{Name: "a.txt", SHA256: "plain"}}},
		"protected": {Type: "application/zip", Error: extract.Protected, Parts: []dossier.Part{{Name: "a.txt", SHA256: "plain"}}},
		"scan":      {Type: "application/pdf", Pages: text("", "đọc được"), Scans: []int{1}, Flags: []string{dossier.FlagLowTextQuality, dossier.FlagNeedsOCR}},
		"waiting":   {Type: "application/pdf", Pages: text(""), Scans: []int{1}, Flags: []string{dossier.FlagLowTextQuality}},
	}
	if err := s.Readings.Put(ctx, reader, readings); err != nil {
		t.Fatal(err)
	}
	ocr := dossier.OCRPage{Text: "quét", Quality: 0.9}
	if err := s.Readings.PutOCR(ctx, store.PageImage{SHA256: "scan", Page: 1}, "t1", ocr); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file store.File
		want []string
	}{
		{store.File{Name: "a.txt", SHA256: "plain"}, []string{"a.txt text/plain|||một+hai"}},
		{store.File{Name: "a.txt", SHA256: "misnamed"}, []string{"a.txt application/pdf||misnamed-document|một"}},
		{store.File{Name: "a.pdf", SHA256: "damaged"}, []string{"a.pdf application/pdf|damaged||"}},
		{store.File{Name: "a.exe", SHA256: "x", Problem: extract.Unsupported}, []string{"a.exe |unsupported||"}},
		{store.File{Name: "a.zip", SHA256: "archive"}, []string{"a.zip/a.txt text/plain|||một+hai", "a.zip/b.pdf |too-large||"}},
		{store.File{Name: "a.eml", SHA256: "letter"}, []string{"a.eml message/rfc822|||thư", "a.eml/a.txt text/plain|||một+hai"}},
		{store.File{Name: "a.eml", SHA256: "silent"}, []string{"a.eml/a.txt text/plain|||một+hai"}},
		{store.File{Name: "a.zip", SHA256: "protected"}, []string{"a.zip application/zip|protected||", "a.zip/a.txt text/plain|||một+hai"}},
		{store.File{Name: "a.pdf", SHA256: "scan"}, []string{"a.pdf application/pdf||needs-ocr|quét+đọc được"}},
		{store.File{Name: "a.pdf", SHA256: "waiting"}, []string{"a.pdf application/pdf||low-text-quality,needs-ocr|"}},
	} {
		d, err := reading.Load(ctx, s, &store.Accepted{ID: "d", Files: []store.File{c.file}}, reader)
		if err != nil {
			t.Errorf("%s: %v", c.file.SHA256, err)
			continue
		}
		var got []string
		for _, doc := range d.Documents {
			var texts []string
			for _, p := range doc.Pages {
				texts = append(texts, p.Text)
			}
			got = append(got, doc.Name+" "+doc.Type+"|"+doc.Error+"|"+strings.Join(doc.Flags, ",")+"|"+strings.Join(texts, "+"))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s became\n%q, want\n%q", c.file.SHA256, got, c.want)
		}
	}
}

// Dossiers come in the order of the list, however large; an unread file stops the work with its name.
func TestEachInOrder(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "kheo.db"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Readings.Put(ctx, reader, map[string]dossier.Reading{"x": {Type: "text/plain"}}); err != nil {
		t.Fatal(err)
	}
	var list []*store.Accepted
	for range 100 {
		list = append(list, &store.Accepted{ID: string(rune('a' + len(list))), ReceivedAt: time.Now(), Files: []store.File{{Name: "x.txt", SHA256: "x", Size: 3 << 20}}})
	}
	load := func(ctx context.Context) (ids []*store.Accepted, err error) {
		err = reading.LoadEach(ctx, s, list, reader, func(a *store.Accepted, d *dossier.Dossier) error {
			if d.ID != a.ID || len(d.Documents) != 1 {
				t.Errorf("%s became %+v", a.ID, d)
			}
			ids = append(ids, a)
			return nil
		})
		return ids, err
	}
	if got, err := load(ctx); err != nil || !reflect.DeepEqual(got, list) {
		t.Errorf("%d of %d in another order: %v", len(got), len(list), err)
	}
	list[50].Files[0].SHA256 = "unread"
	if got, err := load(ctx); err == nil || !strings.Contains(err.Error(), "x.txt of "+list[50].ID) || len(got) != 50 {
		t.Errorf("%d dossiers and the error %v", len(got), err)
	}
}
