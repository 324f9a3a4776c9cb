package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// The labelled tables of Word files are also measured as LibreOffice prints them, once as they are and once without
// any border. Their files are divided by a hash of their names: one half was worked with, the other one was kept
// apart.
const (
	workedWith = "worked with"
	keptApart  = "kept apart"
	unseen     = "unseen" // those of laterSets
	fourth     = "fourth" // those of freshSets
	fifth      = "fifth"  // those of lastSets
)

// halfOf returns the half that a file is in. Files of the same name in several collections are in the same half.
func halfOf(name string) string {
	if sum := sha256.Sum256([]byte(filepath.Base(name))); sum[0]%2 == 0 {
		return workedWith
	}
	return keptApart
}

// borders are the elements of WordprocessingML that give tables and cells their borders.
var borders = regexp.MustCompile(`(?s)<(?:\w+:)?(?:tblBorders|tcBorders)(?:\s[^>]*)?(?:/>|>.*?</(?:\w+:)?(?:tblBorders|tcBorders)>)`)

// borderless returns a .docx without the borders of its tables.
func borderless(docx []byte) ([]byte, error) {
	in, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		if !strings.HasSuffix(f.Name, ".xml") {
			if err := w.Copy(f); err != nil {
				return nil, err
			}
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(r, maxPart))
		if err != nil {
			return nil, err
		}
		part, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := part.Write(borders.ReplaceAll(b, nil)); err != nil {
			return nil, err
		}
	}
	err = w.Close()
	return out.Bytes(), err
}

// printer prints Word files by LibreOffice, and keeps what it printed in a folder, by content.
type printer struct {
	dir, version string
	tags         bool // it writes the structure of the document beside its pages
}

func newPrinter(tags bool) (*printer, error) {
	version, err := output("soffice", "--version")
	if err != nil {
		return nil, fmt.Errorf("LibreOffice, which prints Word files, cannot be run: %w", err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	p := &printer{filepath.Join(cache, "kheo-papers"), string(version), tags}
	return p, os.MkdirAll(p.dir, 0o755)
}

// print returns the name of the PDF file that a Word file is printed as.
func (p *printer) print(docx []byte, ext string) (string, error) {
	kind, what := "pdf", p.version
	if p.tags {
		kind = `pdf:writer_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"}}`
		what += kind
	}
	sum := sha256.Sum256(append([]byte(what+"\x00"), docx...))
	name := filepath.Join(p.dir, fmt.Sprintf("%x.pdf", sum[:12]))
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	dir, err := os.MkdirTemp("", "papers")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "paper"+ext)
	if err := os.WriteFile(source, docx, 0o644); err != nil {
		return "", err
	}
	var made []byte
	err = convertedAll(source, kind, func(pdf string) error {
		made, err = os.ReadFile(pdf)
		return err
	})
	switch {
	case err != nil:
		return "", err
	case !bytes.HasPrefix(made, []byte("%PDF")):
		return "", errors.New("LibreOffice printed nothing")
	}
	part := name + ".part"
	if err := os.WriteFile(part, made, 0o644); err != nil {
		return "", err
	}
	return name, os.Rename(part, name)
}

// convertedAll is converted without a text as its result.
func convertedAll(name, to string, read func(string) error) error {
	_, err := converted(name, to, func(made string) (string, error) { return "", read(made) })
	return err
}

// measurePrinted prints how well the labelled tables of Word files agree as they are printed. half is one of the
// halves, edges is with or without borders, and tags whether the prints state the structure of the document; "" is all.
func measurePrinted(kheo, root, half, edges string, tags bool, worst int) {
	p, err := newPrinter(tags)
	if err != nil {
		log.Print(err)
		return
	}
	if _, err := exec.LookPath(kheo); err != nil {
		log.Fatal(err)
	}
	byFile := labelled(labels)
	byHalf := map[string][]string{}
	for name := range byFile {
		if strings.HasPrefix(filepath.Ext(name), ".doc") {
			byHalf[halfOf(name)] = append(byHalf[halfOf(name)], name)
		}
	}
	for _, later := range []struct {
		half   string
		labels []byte
		sets   []set
	}{{unseen, unseenLabels, laterSets}, {fourth, fourthLabels, freshSets}, {fifth, fifthLabels, lastSets}} {
		for name, tables := range labelled(later.labels) {
			byFile[name] = tables
			byHalf[later.half] = append(byHalf[later.half], name)
		}
		if half == "" || half == later.half {
			for _, s := range later.sets {
				_, _ = s.in(root)
			}
		}
	}
	fmt.Println()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "printed\thalf\t"+scoreTitles+"\tnot printed")
	for _, bare := range []bool{false, true} {
		if bare && edges == "with" || !bare && edges == "without" {
			continue
		}
		for _, h := range []string{workedWith, keptApart, unseen, fourth, fifth} {
			if half != "" && half != h {
				continue
			}
			var paths, titles []string
			var truths [][]*table
			unprinted := 0
			slices.Sort(byHalf[h])
			for _, name := range byHalf[h] {
				path := filepath.Join(root, name)
				pdf, tables, err := printedTables(p, path, byFile[name], bare)
				if err != nil {
					log.Printf("%s: %v", name, err)
					continue
				}
				text, err := pdfText(pdf)
				if err != nil {
					log.Printf("%s: %v", name, err)
					continue
				}
				unprinted += notPrinted(tables, text)
				paths, titles, truths = append(paths, pdf), append(titles, name), append(truths, tables)
			}
			kind := "with borders"
			if bare {
				kind = "without borders"
			}
			if tags {
				kind += ", tagged"
			}
			all := scoreFiles(kheo, paths, titles, truths, worst > 0 && (h == workedWith || h == unseen), loosen)
			fmt.Fprintf(out, "%s\t%s\t%s\t%d\n", kind, h, all.line(len(paths)), unprinted)
		}
	}
	out.Flush()
}

// printedTables prints a Word file and returns the name of the PDF, and the tables that its XML states.
func printedTables(p *printer, path string, labels map[int]*table, bare bool) (pdf string, list []*table, err error) {
	docx, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	if list, err = truth(path, ".doc", labels); err != nil {
		return "", nil, err
	}
	if bare {
		if docx, err = borderless(docx); err != nil {
			return "", nil, err
		}
	}
	pdf, err = p.print(docx, filepath.Ext(path))
	return pdf, list, err
}

// hyphen is one between letters, which may be of the word or of the end of a line.
var hyphen = regexp.MustCompile(`(\pL)-(\pL)`)

// loosen makes what a printed page does not say count neither way: whether a hyphen between letters is part of a
// word, and what the results of fields were when the file was written.
func loosen(t *table) {
	for i := range t.cells {
		c := &t.cells[i]
		c.optional = c.optional || c.computed
		for k := range c.keys {
			c.keys[k] = hyphen.ReplaceAllString(c.keys[k], "$1$2")
		}
	}
}
