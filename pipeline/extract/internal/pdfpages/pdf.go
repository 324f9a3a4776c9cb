// Package pdfpages reads the pages of PDF files as text.
//
// Two readers that share no code read each page: kheo's own (open.go, content.go, operators.go, font.go,
// layout.go), which interprets content streams itself and so knows where each glyph is and whether it can be
// seen, and PDFium (pdfium.go), compiled to WebAssembly. Read compares them: the better text of each page
// wins, and how far the two agree is the page's quality. PDFium also renders pages, for OCR, for people, and
// to answer kheo's own reader whether something is visible at a place.
//
// # Places
//
// Glyphs and areas have places in points, with y growing upwards, as in the file after all transformations
// (ISO 32000-1, 8.3). Glyphs of text that is turned are placed in a system turned with them, so that all of
// it runs to the right; groups of one direction are arranged separately. Package blocks has y growing
// downwards, so y changes its sign on the way. A box in the result is on the page as a reader sees it, turned
// and cropped, from its upper left corner.
//
// # What is seen
//
// The interpreter keeps, for each glyph, what decides whether it is seen: its colour and opacity, its clip,
// its layers, the areas painted before and after it (visibility.go). A glyph is hidden if that is certain,
// seen if that is certain, and else the page is rendered and looked at in its place. Where that does not
// decide either, the text is uncertain: it is shown to people and earns nothing.
//
// The package runs in the confined reading process only. Its functions bound what they read, but a file may
// still make them panic or use much memory and time; the caller recovers, and kills the process.
package pdfpages

import (
	"errors"
	"math"
	"slices"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/limits"
)

// Which readers read a file: a file that crashes one may still be read by the other.
const (
	BothReaders = iota
	OnlyPDFium
	OnlyOwn
)

// Document is the result of reading a PDF.
type Document struct {
	Pages    []dossier.Page // numbered from 1; Quality is -1 if something is painted, but no text is seen
	Attached []Attachment   // of both readers: the same file may be there twice
	Hidden   bool           // a page without an image that fills it has text that cannot be seen
}

// Attachment is a file inside a PDF. Name is "" if the PDF does not name it.
type Attachment struct {
	Name string
	Data []byte
}

// ErrProtected is returned for files that require a password.
var ErrProtected = errors.New("the file asks for a password")

// pdfPage is the result of one reader for one page.
type pdfPage struct {
	text      string         // what a person sees
	nodes     []*layout.Node // the same as blocks; only kheo's own reader finds them
	height    float64        // of the page as it is shown, in points
	doubtful  bool           // the file says of some glyphs other than what is painted
	competing bool           // the reading order of text was a choice
	layer     bool           // nodes are what a program laid over or under a scan: they may not be what it shows
	hidden    string         // text in the file that cannot be seen; only kheo's own reader knows it
	notes     string         // text of annotations and form fields; kheo's own reader has it in text too
	attached  []Attachment
	marks     bool // something is painted on the page
	image     bool // an image covers most of the page
	err       error
}

// look returns how light a box of a page is as it is rendered; false if that cannot be said. shown is the
// page's box and turn its rotation in quarter turns, both as the file says. It is nil without PDFium.
type look func(page int, shown rect, turn int, box rect) (shade, bool)

// Read reads all pages and takes out attached files. which is one of the constants above. The error is
// ErrProtected, or says why no page can be read; attachments that were found are returned with it.
func Read(data []byte, which int) (out Document, err error) {
	reader := engine
	if which == OnlyOwn {
		reader = nil
	}
	doc, pdfiumErr := reader.open(data)
	defer doc.close()
	var see look
	var other []pdfPage
	if pdfiumErr == nil {
		see = doc.look
		if other, pdfiumErr = doc.pages(); pdfiumErr == nil {
			out.Attached = doc.attachments()
		}
	}
	var own []pdfPage
	ownErr := errNotAsked
	if which != OnlyPDFium {
		own, ownErr = ownPages(data, see)
	}
	for _, p := range own {
		out.Attached = append(out.Attached, p.attached...)
	}
	if len(own) == 0 && len(other) == 0 {
		return out, noPages(ownErr, pdfiumErr, which)
	}
	return out, out.join(own, other, ownErr, pdfiumErr)
}

// errNotAsked is why there is no page of a reader that was left out.
var errNotAsked = errors.New("it was not asked to read")

// noPages is the error for a file of which neither reader has a page.
func noPages(ownErr, pdfiumErr error, which int) error {
	if errors.Is(ownErr, ErrProtected) || errors.Is(pdfiumErr, ErrProtected) {
		return ErrProtected
	}
	if ownErr == nil || which == OnlyPDFium {
		ownErr = pdfiumErr
	}
	if ownErr == nil {
		ownErr = errors.New("it has no pages")
	}
	return ownErr
}

// join fills in the pages from those of the two readers, of which one may have fewer. The error is the
// last page's if no page could be read by either.
func (d *Document) join(own, other []pdfPage, ownErr, pdfiumErr error) (err error) {
	n, broken := max(len(own), len(other)), 0
	for i := range min(n, limits.Pages) {
		// PDFium alone does not know what is hidden: what it reads of a file on which kheo's reader fails is uncertain.
		a, b := pdfPage{err: ownErr, doubtful: errors.Is(ownErr, errNotAsked)}, pdfPage{err: pdfiumErr}
		if i < len(own) {
			a = own[i]
		}
		if i < len(other) {
			b = other[i]
		}
		page := choosePage(a, b)
		page.Number = i + 1
		d.Hidden = d.Hidden || page.Hidden != "" && !a.image
		if a.err != nil && b.err != nil {
			broken++
			err = a.err
		}
		d.Pages = append(d.Pages, page)
	}
	if broken < n {
		return nil
	}
	d.Pages = nil
	return errors.New(err.Error()) // the file was opened: it is damaged, not protected
}

// Below this agreement between the readers PDFium's text is preferred if it seems worth more.
const agreeing = 0.98

// choosePage takes the better of two readings of one page: a is kheo's own reader's, b PDFium's. PDFium's
// text has no blocks but its lines, so kheo's own reading is taken if both are as good, and if it has tables
// even if PDFium's is slightly better. PDFium does not know what is hidden, so hidden words are removed from
// its text first; what it reads more, if hidden glyphs or contradicted ones explain it, is not worth
// anything.
func choosePage(a, b pdfPage) (page dossier.Page) {
	own, blocks := layout.Assemble(a.nodes)
	if a.layer {
		for i := range blocks {
			blocks[i].Visibility = dossier.Uncertain // tables too
		}
		return dossier.Page{Text: own, Blocks: blocks, Reader: "ledongthuc", Quality: -1,
			Hidden: cleantext.HiddenWords(a.hidden)}
	}
	read := cleantext.Tidy(b.text) // by PDFium
	other := read
	hidden := cleantext.HiddenWords(a.hidden)
	if hidden != "" { // PDFium returns hidden text too
		other = cleantext.Without(other, hidden)
	}
	if explained(own, read, a.hidden) {
		other = own
	}
	page = dossier.Page{Text: own, Reader: "ledongthuc", Hidden: hidden}
	nodes := a.nodes
	switch {
	case own == "" && other == "":
		if a.marks || b.marks || a.err != nil || b.err != nil {
			page.Quality = -1 // something is painted, and it is not text
		}
	case own == "":
		page.Text, page.Reader, page.Quality = other, "pdfium", cleantext.Legible(other)
	case other == "":
		page.Quality = cleantext.Legible(own)
	default:
		plain := withoutRaised(own) // PDFium does not know which digits are raised
		agreement := cleantext.Agreement(plain, other)
		page.Quality = math.Min(agreement, cleantext.Legible(plain))
		mine, theirs := cleantext.Worth(plain), cleantext.Worth(other)
		if page.Quality > similar && hasTable(nodes) {
			theirs *= tableWorth
		}
		if theirs > mine && page.Quality < agreeing && !a.doubtful && (hidden == "" || mine < 0.5*theirs) {
			page.Text, page.Reader = other, "pdfium"
			page.Quality = math.Min(cleantext.Agreement(own, other), cleantext.Legible(other))
		} else if a.competing {
			page.Quality = math.Min(page.Quality, ordered+(1-ordered)*cleantext.SameOrder(plain, other))
		}
	}
	if page.Reader == "pdfium" {
		nodes = layout.Lines(page.Text)
		uncertain(nodes, a.nodes)
		if a.doubtful {
			for _, n := range nodes {
				n.Visibility = dossier.Uncertain
			}
		}
	}
	for _, line := range cleantext.Lacking(page.Text, notesOf(a, b)) {
		n := layout.Text(dossier.Paragraph, line)
		n.Region = dossier.NoteRegion
		nodes = append(nodes, n)
	}
	if page.Text, page.Blocks = own, blocks; page.Reader == "pdfium" || len(nodes) > len(a.nodes) {
		page.Text, page.Blocks = layout.Assemble(nodes)
	}
	return page
}

// explained reports whether hidden text explains that PDFium, which knows nothing of what is seen, reads
// more.
func explained(own, other, hidden string) bool {
	count := func(s string) (n int) {
		for _, r := range s {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				n++
			}
		}
		return n
	}
	unseen := count(hidden)
	return unseen > 0 && count(other)-count(own) <= unseen+unseen/5 && count(other) > count(own)
}

// A table is worth some letters: PDFium's text, which has none, must be worth more by this factor to be taken
// for a page on which the two readers find nearly the same words.
const (
	tableWorth = 0.96
	similar    = 0.85
)

// hasTable reports whether a page has a table of three rows or more, or one with rulings.
func hasTable(nodes []*layout.Node) bool {
	return slices.ContainsFunc(nodes, func(n *layout.Node) bool {
		return n.Table != nil && (n.Sure > 0.9 || len(n.Table.Rows) > 2)
	})
}

// ordered is the quality of a page whose two readings have the same words in quite different orders, where
// the reading order was a choice.
const ordered = 0.8

// uncertain marks the nodes of PDFium's text that have words which kheo's own reader is uncertain of.
func uncertain(nodes, own []*layout.Node) {
	doubtful := layout.Raw(doubtfulNodes(own))
	if doubtful == "" {
		return
	}
	for _, n := range nodes {
		if cleantext.Shares(layout.Raw([]*layout.Node{n}), doubtful) {
			n.Visibility = dossier.Uncertain
		}
	}
}

// doubtfulNodes returns the nodes, and those in cells, that are uncertain.
func doubtfulNodes(nodes []*layout.Node) (out []*layout.Node) {
	for _, n := range nodes {
		if n.Visibility == dossier.Uncertain {
			out = append(out, n)
		}
		if n.Table == nil {
			continue
		}
		for _, r := range n.Table.Rows {
			for _, c := range r.Cells {
				out = append(out, doubtfulNodes(c.Nodes)...)
			}
		}
	}
	return out
}

// notesOf returns the notes of a page. Those of PDFium count only if kheo's own reader failed, because PDFium
// does not know which of them can be seen.
func notesOf(own, pdfium pdfPage) string {
	if own.err != nil && len(own.nodes) == 0 {
		return pdfium.notes
	}
	return own.notes
}
