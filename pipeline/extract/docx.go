package extract

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/webpage"
	"kheo/pipeline/extract/internal/word"
)

// office is an office file that is being read.
type office struct{ *parts.Package }

// openOffice opens an office file.
func openOffice(data []byte) (office, error) {
	p, err := parts.Open(data)
	return office{p}, err
}

// inside hands on the documents embedded in an office file. If it has hardly any text of its own it hands
// on its pictures too: they may be scanned pages. Pictures below 20 KB are logos and signatures.
func (o office) inside(u *unpacker, text string) error {
	scans := len(strings.Fields(text)) < 40
	for _, f := range o.File {
		ext := strings.ToLower(path.Ext(f.Name))
		dir := path.Base(path.Dir(f.Name))
		switch {
		case dir == "embeddings" && slices.Contains([]string{".docx", ".xlsx", ".pptx", ".pdf"}, ext):
		case scans && (dir == "media" || dir == "Pictures") && f.UncompressedSize64 > 20_000 &&
			slices.Contains([]string{".png", ".jpg", ".jpeg", ".tif", ".tiff"}, ext):
		default:
			continue
		}
		if err := u.member(path.Base(f.Name), f.UncompressedSize64, f.Open); err != nil {
			return err
		}
	}
	return nil
}

// readDOCX reads a Word document as one page.
func readDOCX(data []byte, res *Result, u *unpacker) {
	o, err := openOffice(data)
	if err != nil {
		fail(res, err)
		return
	}
	doc, err := word.Read(o.Package, imported)
	if err != nil {
		fail(res, err)
		return
	}
	page := doc.Page(1, "docx")
	if drawn, blocks := layout.Assemble(o.drawn("word/diagrams/data")); drawn != "" {
		page = joined(page, drawn, blocks)
	}
	res.Pages = []dossier.Page{page}
	if err := o.inside(u, page.Text); err != nil {
		res.Detail = err.Error()
	}
}

// joined adds text with its blocks at the end of a page.
func joined(p dossier.Page, text string, blocks []dossier.Block) dossier.Page {
	if p.Text != "" {
		p.Text += "\n"
	}
	layout.Shift(blocks, utf8.RuneCountInString(p.Text))
	p.Text, p.Blocks = p.Text+text, append(p.Blocks, blocks...)
	return p
}

// imported reads a file that a Word document imports (w:altChunk): a web page, a letter, a document or
// plain text. A document imported so imports nothing itself, which ends the recursion.
func imported(data []byte) (nodes []*layout.Node, hidden string, ok bool) {
	switch Sniff(data) {
	case typeHTML:
		s, _ := decodeHTML(data)
		f := webpage.Read(s, webpage.Options{Mail: true}) // Word runs no scripts
		return f.Nodes(), f.Hidden.String(), true
	case typeText:
		return layout.Lines(cleantext.UTF8(data)), "", true
	case typeEML: // a web page with its pictures, as mail programs keep it (MHTML)
		l := parseLetter(data, &Result{}, &unpacker{put: func(Part, []byte) error { return nil }})
		return l.nodes, l.hidden, true
	case typeDOCX:
		if o, err := openOffice(data); err == nil {
			if doc, err := word.Read(o.Package, nil); err == nil {
				return doc.Nodes(), doc.Hidden.String(), true
			}
		}
	}
	return nil, "", false
}

// drawn returns the blocks of the drawings in the parts whose names begin with a prefix, in the order of
// their numbers.
func (o office) drawn(prefix string) []*layout.Node {
	d := &slideWalker{}
	for _, n := range o.Names(prefix, ".xml") {
		if b, err := o.Part(n); err == nil {
			d.walk(b)
		}
	}
	return d.Nodes()
}

// fail records why a file was not read.
func fail(res *Result, err error) { res.Error, res.Detail = reasonOf(err), err.Error() }
