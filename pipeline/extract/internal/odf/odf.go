// Package odf reads OpenDocument files (ISO/IEC 26300): texts, spreadsheets and presentations, apart from
// what a reader of the document does not see.
//
// styles.go and values.go read styles and number formats, walk.go and cells.go the content.
package odf

import (
	"encoding/xml"
	"errors"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// Document is what was read of a file, in the form of kheo's pages.
type Document struct {
	Pages    []dossier.Page // a text has one; each sheet and each slide is one
	Uncached bool           // it has formulas whose values are not in the file
}

// Read reads a document. text says that it is a text, whose headers and footers are a part of its page. If
// the file is damaged, what was read before counts; the error is of one that has no content at all.
//
// The content is walked twice, first for its styles: they may come after what uses them, and what lies behind the
// text of the first page depends on the page style that some paragraph names.
func Read(p *parts.Package, text bool) (*Document, error) {
	body, err := p.Part("content.xml")
	if err != nil {
		return nil, err
	}
	s := newStyles()
	common, err := p.Part("styles.xml")
	if errors.Is(err, parts.ErrTooLarge) {
		return nil, err
	}
	s.read(common)
	found := s.read(body)
	used, ground := s.pageStyles(found.named)
	w := newWalker(s, layout.DecimalMark(found.sample.String()))
	w.stack[0].ground = ground
	if text && common != nil {
		head := newWalker(s, ".")
		head.margins, head.used = true, used
		head.stack[0].ground = ground
		head.walk(common) // headers and footers; what can be read of it counts
		w.Flow.Append(head.Nodes(), dossier.HeaderRegion)
		w.Hidden.WriteString(head.Hidden.String())
	}
	err = w.walk(body)
	w.endPage()
	if err != nil && len(w.pages) == 0 {
		return nil, err
	}
	return &Document{w.pages, w.uncached}, err
}

// survey is what the pass that reads the styles of a part finds of its content.
type survey struct {
	inBody bool
	named  []key // the styles that paragraphs and tables name, each once, from the first; the name may be ""
	seen   map[key]bool
	sample strings.Builder // the beginning of all text
}

// sampleSize is the number of bytes of text from which no more is added to a sample.
const sampleSize = 20_000

// families are the elements that may begin a page style, with the family of the styles that they name.
var families = map[string]string{"p": "paragraph", "h": "paragraph", "table": "table"}

// start handles the beginning of an element.
func (v *survey) start(e xml.StartElement) {
	if e.Name.Local == "body" {
		v.inBody = true
	}
	family := families[e.Name.Local]
	if !v.inBody || family == "" {
		return
	}
	if k := (key{family, parts.Attr(e, "style-name")}); !v.seen[k] {
		v.seen[k] = true
		v.named = append(v.named, k)
	}
}

// add adds text to the sample.
func (v *survey) add(text string) {
	if v.sample.Len() < sampleSize {
		v.sample.WriteString(text)
		v.sample.WriteByte('\n')
	}
}

// pageStyles returns the page styles in use, and what is behind the text of the first, by the styles that the content
// names. A document begins with the page style that its first paragraph names, or else with the one called Standard.
func (s *styles) pageStyles(named []key) (used map[string]bool, ground sight.Ground) {
	used = map[string]bool{}
	start := ""
	for i, k := range named {
		if st := s.find(k.family, k.name, func(st *style) bool { return st.master != "" }); st != nil {
			used[st.master] = true
			if i == 0 {
				start = st.master
			}
		}
	}
	if start == "" {
		if start = s.first; s.masters["Standard"] != (master{}) {
			start = "Standard"
		}
		used[start] = true
	}
	// Each round adds those that follow the ones of the round before; there are no longer chains than styles.
	for range s.masters { // a page style may be followed by another
		for name := range used {
			if next := s.masters[name].next; next != "" {
				used[next] = true
			}
		}
	}
	ground = sight.Ground{Colour: sight.White}
	if c := s.grounds[s.masters[start].layout]; c != nil {
		ground.Colour = *c
	}
	return used, ground
}

// endPage ends a sheet or a slide, and the document at its end. Sheets count also without content, so that
// the number of a page is that of its sheet.
func (w *walker) endPage() {
	p := w.Page(len(w.pages)+1, "odf")
	w.Flow = layout.Flow{}
	empty := strings.TrimSpace(p.Text) == "" && p.Hidden == "" && len(p.Blocks) == 0
	if empty && (len(w.pages) == 0 || !w.sheets) {
		return // text before the first sheet, an empty slide
	}
	w.pages = append(w.pages, p)
}
