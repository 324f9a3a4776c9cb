package extract

import (
	"encoding/xml"
	"maps"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/slides"
)

// readPPTX reads a presentation (ECMA-376): a slide is a page, with its notes, diagrams and charts. A
// hidden slide is hidden text.
func readPPTX(data []byte, res *Result, u *unpacker) {
	o, err := openOffice(data)
	if err != nil {
		fail(res, err)
		return
	}
	all := ""
	deck := slides.Open(o.Package)
	for _, name := range deck.Slides() {
		page := o.slide(deck, name, len(res.Pages)+1, res)
		all += page.Text
		res.Pages = append(res.Pages, page)
	}
	if len(res.Pages) == 0 {
		res.Error, res.Detail = Damaged, "it has no slides"
		return
	}
	if err := o.inside(u, all); err != nil {
		res.Detail = err.Error()
	}
}

// slide reads a slide, with the notes, diagrams and charts that belong to it, in the order of their
// relationship ids.
func (o office) slide(deck *slides.Deck, name string, number int, res *Result) dossier.Page {
	flow, hidden, err := deck.Slide(name)
	if err != nil {
		res.Detail = err.Error()
	}
	if flow == nil {
		return dossier.Page{Number: number, Reader: "pptx"}
	}
	others := o.Related(name)
	for _, id := range slices.Sorted(maps.Keys(others)) {
		other, region := others[id], dossier.Region("")
		switch {
		case strings.Contains(other, "notesSlides/"):
			region = dossier.NoteRegion
		case !strings.Contains(other, "diagrams/data") && !strings.Contains(other, "charts/chart"):
			continue
		}
		if b, err := o.Part(other); err == nil {
			flow.Append(drawing(b), region)
		}
	}
	page := flow.Page(number, "pptx")
	if hidden {
		page.Hidden = cleantext.HiddenWords(page.Text + " " + page.Hidden)
		page.Text, page.Blocks = "", nil
	}
	return page
}

// slideWalker walks DrawingML (ECMA-376-1, 21.1): text of notes, diagrams, charts and drawings on sheets,
// all of it. What is seen of it is not computed.
type slideWalker struct {
	layout.Flow
	inText int
	font   string
	number bool // inside a field, such as the slide's number
}

// drawing returns the blocks of one part.
func drawing(b []byte) []*layout.Node {
	w := &slideWalker{}
	w.walk(b)
	return w.Nodes()
}

// walk adds the text of one part. After damage, what was read before counts.
func (w *slideWalker) walk(b []byte) {
	parts.Walk(b, w.start, w.end, func(s string) {
		if w.inText > 0 && !w.number {
			w.Run(s, w.font)
		}
	})
}

// start handles the beginning of an element.
func (w *slideWalker) start(e xml.StartElement) {
	switch e.Name.Local {
	case "fld":
		w.number = true
	case "r":
		w.font = ""
	case "latin":
		w.font = parts.Attr(e, "typeface")
	case "t":
		w.inText++
	case "br":
		w.Flush()
		w.Add("\n")
	case "tbl":
		w.BeginTable()
	case "tr":
		w.BeginRow()
	case "tc":
		w.BeginCell()
	}
}

// end handles the end of an element.
func (w *slideWalker) end(name string) {
	switch name {
	case "fld":
		w.number = false
	case "t":
		w.inText--
	case "p":
		w.Paragraph()
	case "tc":
		w.EndCell()
	case "tr":
		w.EndRow()
	case "tbl":
		w.EndTable()
	}
}
