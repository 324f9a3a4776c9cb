// Package word reads Word documents (ECMA-376): their blocks in reading order, with the state of form
// fields, apart from the text that a reader of the printed document does not see.
//
// word.go finds the parts of a document. walk.go interprets the markup, by the functions that elements.go
// has for each element: tables.go, shapes.go, fields.go and controls.go have those of tables, drawings,
// fields and content controls. stylesread.go reads styles, styles.go and colour.go compute by them how text
// looks, and visible.go decides whether it is seen. numbering.go computes the numbers of lists. Numbers of
// sections in comments are those of ECMA-376-1:2016.
package word

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

// Chunk reads a file that a document imports (w:altChunk): its blocks, and its text that is not shown. It
// returns false for a format that is not read.
type Chunk func(data []byte) (nodes []*layout.Node, hidden string, ok bool)

// document is a document while it is read.
type document struct {
	*parts.Package
	main      string
	relations map[string]string // part by relationship id of the main part
	byType    map[string]string // first part by the last element of the relationship's type
	theme     theme
	styles    *styles
	lists     *numbering
	coloured  bool   // its background colour is shown
	surveyed  *sheet // what pages returns, once asked
	evenPages bool   // even pages have headers of their own
	chunk     Chunk
	custom    string // all text that content controls may be bound to
	text      []byte // the main part
}

// Read reads a document: headers, then paragraphs, tables and text boxes in order, then notes and
// footers. Headers and notes that nothing refers to are not shown.
func Read(p *parts.Package, chunk Chunk) (out *layout.Flow, err error) {
	d := &document{Package: p, main: MainPart(p), chunk: chunk}
	if d.text, err = p.Part(d.main); err != nil {
		return nil, err
	}
	d.open()
	body := d.walker()
	walkErr := body.walk(d.text)
	nodes := body.flow().Nodes()
	if walkErr != nil && strings.TrimSpace(layout.Raw(nodes)) == "" {
		return nil, walkErr
	}
	out = &layout.Flow{}
	d.margins(body, "header", dossier.HeaderRegion, out)
	out.Append(nodes, "")
	out.Hidden.WriteString(body.flow().Hidden.String())
	d.notes(body, out)
	d.margins(body, "footer", dossier.FooterRegion, out)
	return out, nil
}

// MainPart returns the name of the document's main part: by its relationship, or by its usual names.
func MainPart(p *parts.Package) string {
	if main := p.Main(); main != "" {
		return main
	}
	for _, name := range []string{"word/document.xml", "word/document2.xml"} {
		if _, err := p.Open(name); err == nil {
			return name
		}
	}
	return "word/document.xml"
}

// open reads the parts that the main one depends on.
func (d *document) open() {
	d.relations = map[string]string{}
	d.byType = map[string]string{}
	for _, r := range d.Relations(d.main) {
		d.relations[r.ID] = r.Target
		kind := path.Base(r.Type)
		if d.byType[kind] == "" {
			d.byType[kind] = r.Target
		}
	}
	read := func(kind, usual string) []byte {
		name := d.byType[kind]
		if name == "" {
			name = path.Join(path.Dir(d.main), usual)
		}
		b, _ := d.Part(name)
		return b
	}
	d.theme = theme{sight.ReadTheme(read("theme", "theme/theme1.xml"))}
	d.styles = readStyles(read("styles", "styles.xml"), d.theme)
	d.lists = newNumbering(read("numbering", "numbering.xml"))
	parts.Walk(read("settings", "settings.xml"), func(e xml.StartElement) {
		switch e.Name.Local {
		case "evenAndOddHeaders":
			d.evenPages = toggleOf(e) == on
		case "displayBackgroundShape":
			d.coloured = toggleOf(e) == on
		}
	}, func(string) {}, func(string) {})
}

// sheet describes the document's pages. Most documents neither colour their text nor place drawings, and
// need none of it.
type sheet struct {
	ground        colour  // of the page
	behind        bool    // a picture lies behind the text
	width, height float64 // of the largest page, in points
}

// pages returns what the document's pages look like. It looks through the main part when it is first asked.
func (d *document) pages() *sheet {
	if d.surveyed != nil {
		return d.surveyed
	}
	s := &sheet{ground: sight.White, width: 595, height: 842}
	d.surveyed = s
	parts.Walk(d.text, func(e xml.StartElement) {
		switch e.Name.Local {
		case "background":
			if d.coloured {
				s.ground, _ = d.theme.attrColour(e, "color", "themeColor", "themeTint", "themeShade")
			}
		case "anchor":
			if v := parts.Attr(e, "behindDoc"); v == "1" || v == "true" {
				s.behind = true
			}
		case "pgSz":
			w, _ := strconv.ParseFloat(parts.Attr(e, "w"), 64)
			h, _ := strconv.ParseFloat(parts.Attr(e, "h"), 64)
			s.width, s.height = max(s.width, w/20), max(s.height, h/20)
		}
	}, func(string) {}, func(string) {})
	return s
}

// walker returns a walker over one part of the document.
func (d *document) walker() *walker {
	return &walker{doc: d, flows: []*layout.Flow{{}}, references: map[string]bool{}}
}

// margins adds the headers or footers that sections refer to, each text once.
func (d *document) margins(body *walker, kind string, region dossier.Region, out *layout.Flow) {
	seen := map[string]bool{}
	for _, ref := range body.margins {
		name := d.relations[ref.id]
		if ref.kind != kind || name == "" || seen[name] {
			continue
		}
		seen[name] = true
		b, err := d.Part(name)
		if err != nil {
			continue
		}
		m := d.walker()
		m.walk(b) // after damage, what was read before counts
		f := m.flow()
		nodes := f.Nodes()
		text := strings.TrimSpace(layout.Raw(nodes))
		unused := ref.which == "even" && !d.evenPages || ref.which == "first" && !ref.titlePage
		if unused {
			out.Hidden.WriteString(text + " ")
		}
		out.Hidden.WriteString(f.Hidden.String())
		if unused || text == "" || seen["text "+text] {
			continue
		}
		seen["text "+text] = true
		out.Append(nodes, region)
	}
}

// notes adds the footnotes and endnotes that the text refers to.
func (d *document) notes(body *walker, out *layout.Flow) {
	for _, kind := range []string{"footnote", "endnote"} {
		name := d.byType[kind+"s"]
		if name == "" {
			name = path.Join(path.Dir(d.main), kind+"s.xml")
		}
		b, err := d.Part(name)
		if err != nil {
			continue
		}
		n := d.walker()
		n.wanted, n.note = body.references, kind
		n.walk(b) // after damage, what was read before counts
		out.Hidden.WriteString(n.flow().Hidden.String())
		out.Append(n.flow().Nodes(), dossier.NoteRegion)
	}
}

// bound returns all text that content controls may be bound to: custom parts and properties of the document.
func (d *document) bound() string {
	if d.custom != "" {
		return d.custom
	}
	var b strings.Builder
	b.WriteByte('\n')
	for _, f := range d.File {
		if strings.HasPrefix(f.Name, "customXml/") || strings.HasPrefix(f.Name, "docProps/") {
			if data, err := d.Part(f.Name); err == nil {
				parts.Walk(data, func(xml.StartElement) {}, func(string) { b.WriteByte(' ') },
					func(s string) { b.WriteString(s) })
			}
		}
	}
	d.custom = strings.Join(strings.Fields(b.String()), " ") + "\n"
	return d.custom
}
