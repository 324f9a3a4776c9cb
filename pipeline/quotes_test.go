package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/testspace"
	"kheo/pipeline/workspace"
)

// squash takes all white space away, and what no reader of a page sees.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u00ad' || r == '\ufeff' {
			return -1
		}
		return r
	}, norm.NFC.String(s))
}

// tool runs one of the programs that the quotes are held against.
func tool(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s\n(`make test` installs what the tests need)", name, err, said.String())
	}
	return out
}

// witness gives the text of documents as others read them: by the SHA-256 of the document.
type witness struct {
	t     *testing.T
	dir   string
	texts *testspace.Texts // without white space
}

// newWitness returns a witness that goes on with the texts of earlier runs with the same programs.
func newWitness(t *testing.T) *witness {
	t.Helper()
	versions := ""
	for _, v := range [][]string{{"pdftotext", "-v"}, {"pdftoppm", "-v"}, {"tesseract", "--version"}, {"soffice", "--version"}} {
		out, err := exec.Command(v[0], v[1]).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v (`make test` installs what the tests need)", v[0], err)
		}
		versions += string(out)
	}
	return &witness{t: t, dir: t.TempDir(), texts: testspace.OpenTexts(t, "witness", versions)}
}

// office converts every Word and Excel file at once: LibreOffice takes seconds to start.
func (w *witness) office(files map[string]string) {
	var docx, xlsx []string
	for sha, file := range files {
		if _, ok := w.texts.Get(sha); ok {
			continue
		}
		if strings.HasSuffix(file, ".docx") {
			docx = append(docx, file)
		} else {
			xlsx = append(xlsx, file)
		}
	}
	profile := "-env:UserInstallation=file://" + filepath.Join(w.dir, "profile")
	for _, c := range []struct {
		files []string
		to    string
	}{{docx, "txt:Text (encoded):UTF8"}, {xlsx, "csv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true,false,false,false,-1"}} {
		for files := range slices.Chunk(c.files, 60) { // it leaves some out if there are many
			tool(w.t, "soffice", append([]string{profile, "--headless", "--convert-to", c.to, "--outdir", filepath.Join(w.dir, "out")}, files...)...)
		}
	}
	for _, file := range slices.Concat(docx, xlsx) {
		sha := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		made, _ := filepath.Glob(filepath.Join(w.dir, "out", sha+"*"))
		text := ""
		for _, m := range made {
			b, err := os.ReadFile(m)
			if err != nil {
				w.t.Fatal(err)
			}
			text += squash(string(b))
		}
		if len(made) == 0 {
			w.t.Errorf("LibreOffice made nothing of %s", file)
			continue
		}
		w.texts.Put(sha, text)
	}
}

// pdfReaders are the ways in which a page of a PDF is read: a quote is in the text of one of them.
var pdfReaders = []string{"-raw", "-layout", "-nopgbrk"}

// pdfSays reports whether a quote is in the text of a page as others read it.
func (w *witness) pdfSays(file, sha string, page int, scanned bool, quote string) bool {
	readers := pdfReaders
	if scanned {
		readers = []string{"tesseract"}
	}
	for _, reader := range readers {
		key := fmt.Sprint(sha, " ", page, " ", reader)
		text, ok := w.texts.Get(key)
		if !ok {
			text = squash(w.readPage(file, page, reader))
			w.texts.Put(key, text)
		}
		if strings.Contains(text, quote) {
			return true
		}
	}
	return false
}

// readPage reads a page of a PDF by one of pdfReaders. Of a scanned page tesseract is the witness of itself: but of an
// image that another program draws.
func (w *witness) readPage(file string, page int, reader string) string {
	n := fmt.Sprint(page)
	if reader != "tesseract" {
		return string(tool(w.t, "pdftotext", reader, "-f", n, "-l", n, file, "-"))
	}
	image := filepath.Join(w.dir, "page")
	tool(w.t, "pdftoppm", "-r", "200", "-gray", "-png", "-singlefile", "-f", n, "-l", n, file, image)
	return string(tool(w.t, "tesseract", image+".png", "-", "-l", "vie"))
}

type citation struct {
	dossier string
	source  dossier.Source
}

// Every quote is found verbatim, white space aside, at its place:
// in kheo's own text by its offsets, and in the text that pdftotext or
// LibreOffice reads of the document, tesseract where a page is an image. Those read
// every fourth document in its turn, and all in make soak.
func TestQuotesStandInTheDocuments(t *testing.T) {
	t.Parallel()
	dir, out := testspace.RunCopy(t, 1)
	ctx := context.Background()
	w := open(t, dir)
	var all []citation
	for _, l := range out.Lists {
		assessments, err := w.Store.Assessments.ByRuleset(ctx, l.Ruleset)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range assessments {
			for _, c := range e.Criteria {
				for _, s := range c.Evidence {
					all = append(all, citation{e.Dossier, s})
				}
			}
			for _, f := range e.Facts {
				all = append(all, citation{e.Dossier, f.Source})
				for _, r := range f.Rivals {
					all = append(all, citation{e.Dossier, r.Source})
				}
			}
		}
	}
	if len(all) < 2000 {
		t.Fatalf("only %d quotes", len(all))
	}
	wit, due := newWitness(t), testspace.Turn(t, 4)
	files, blobs, seen := map[string]string{}, map[string]string{}, map[string]bool{}
	dossiers := map[string]*dossier.Dossier{}
	for _, c := range all {
		d := load(t, ctx, w, dossiers, c.dossier)
		doc := documentOf(d, c.source.Document)
		if doc == nil {
			continue
		}
		name := filepath.Join(wit.dir, doc.SHA256+extension(doc.Type))
		if !seen[doc.SHA256] {
			seen[doc.SHA256] = true
			if !due() {
				continue
			}
			b, err := w.Store.Blobs.Read(t.Context(), doc.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			write(t, name, b)
			blobs[doc.SHA256] = name
		}
		if blobs[doc.SHA256] != "" && extension(doc.Type) != ".pdf" {
			files[doc.SHA256] = name
		}
	}
	wit.office(files)
	for _, c := range all {
		d := dossiers[c.dossier]
		if c.source.Document == dossier.ManifestName {
			if c.source.Quote == "" || !strings.Contains(d.Manifest.Source, c.source.Quote) {
				t.Errorf("%s: dossier.yaml does not say %q", c.dossier, c.source.Quote)
			}
			continue
		}
		doc := documentOf(d, c.source.Document)
		if doc == nil {
			t.Errorf("%s cites %q, which it does not have", c.dossier, c.source.Document)
			continue
		}
		if got := between(doc, c.source); got != c.source.Quote || got == "" {
			t.Errorf("%s: %s, page %d, %d–%d is %q, quoted as %q", c.dossier, doc.Name, c.source.Page, c.source.Start, c.source.End, got, c.source.Quote)
		}
		if blobs[doc.SHA256] == "" {
			continue // its turn comes
		}
		want, found := squash(c.source.Quote), false
		if extension(doc.Type) == ".pdf" {
			found = wit.pdfSays(blobs[doc.SHA256], doc.SHA256, c.source.Page, doc.Scanned(), want)
		} else {
			text, _ := wit.texts.Get(doc.SHA256)
			found = strings.Contains(text, want)
		}
		if !found {
			t.Errorf("%s: others do not read %q in %s, page %d (%s)", c.dossier, c.source.Quote, doc.Name, c.source.Page, doc.SHA256)
		}
	}
	wit.texts.Save(t)
	t.Logf("%d quotes in %d documents, of which others read %d", len(all), len(seen), len(blobs))
}

func load(t *testing.T, ctx context.Context, w *workspace.Workspace, have map[string]*dossier.Dossier, id string) *dossier.Dossier {
	t.Helper()
	if have[id] == nil {
		_, d, err := w.Load(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		have[id] = d
	}
	return have[id]
}

func documentOf(d *dossier.Dossier, name string) *dossier.Document {
	for i := range d.Documents {
		if d.Documents[i].Name == name {
			return &d.Documents[i]
		}
	}
	return nil
}

func extension(media string) string {
	switch {
	case strings.Contains(media, "wordprocessing"):
		return ".docx"
	case strings.Contains(media, "spreadsheet"):
		return ".xlsx"
	}
	return ".pdf"
}

// between is the text at a citation's offsets.
func between(doc *dossier.Document, s dossier.Source) string {
	for _, p := range doc.Pages {
		if p.Number == s.Page {
			if rs := []rune(p.Text); s.Start >= 0 && s.Start <= s.End && s.End <= len(rs) {
				return string(rs[s.Start:s.End])
			}
		}
	}
	return ""
}
