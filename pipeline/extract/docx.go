package extract

import (
	"encoding/xml"
	"path"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
)

// office is an office file that is being read.
type office struct{ *parts.Package }

// openOffice opens an office file.
func openOffice(data []byte) (office, error) {
	p, err := parts.Open(data)
	return office{p}, err
}

// inside hands on the documents embedded in an office file. If it has hardly any text of its own it
// hands on its pictures too: they may be scanned pages.
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

// readDOCX reads a Word document (ECMA-376) as one page: headers, then paragraphs, tables and text boxes
// in order, then notes and footers.
func readDOCX(data []byte, res *Result, u *unpacker) {
	o, err := openOffice(data)
	if err != nil {
		fail(res, err)
		return
	}
	main := "word/document.xml"
	if _, err := o.Open(main); err != nil {
		main = "word/document2.xml"
	}
	body, err := o.Part(main)
	if err != nil {
		fail(res, err)
		return
	}
	w := &wordWalker{font: o.defaultFont(), lists: o.numbering()}
	seen := map[string]bool{}
	margins := func(kind string, region dossier.Region) {
		for _, n := range o.Names("word/"+kind, ".xml") {
			b, err := o.Part(n)
			if err != nil {
				continue
			}
			m := &wordWalker{font: w.font, fills: []bool{false}}
			m.walk(b)
			if s := m.String(); strings.TrimSpace(s) != "" && !seen[s] {
				seen[s] = true
				w.Append(m.Nodes(), region)
			}
		}
	}
	margins("header", dossier.HeaderRegion)
	before := len(w.Nodes())
	if err := w.walk(body); err != nil && strings.TrimSpace(layout.Raw(w.Nodes()[before:])) == "" {
		fail(res, err)
		return
	}
	w.Region = dossier.NoteRegion
	for _, n := range []string{"word/footnotes.xml", "word/endnotes.xml"} {
		if b, err := o.Part(n); err == nil {
			w.walk(b) // after damage, what was read before counts
		}
	}
	margins("footer", dossier.FooterRegion)
	w.Append(o.drawn("word/diagrams/data"), "")
	res.Pages = []dossier.Page{w.Page(1, "docx")}
	if err := o.inside(u, res.Pages[0].Text); err != nil {
		res.Detail = err.Error()
	}
}

// drawn returns the blocks of drawings: boxes on a sheet, diagrams, charts.
func (o office) drawn(prefixes ...string) []*layout.Node {
	d := &slideWalker{}
	for _, prefix := range prefixes {
		for _, n := range o.Names(prefix, ".xml") {
			if b, err := o.Part(n); err == nil {
				d.walk(b) // after damage, what was read before counts
			}
		}
	}
	return d.Nodes()
}

// defaultFont returns the font of text that names none.
func (o office) defaultFont() string {
	b, err := o.Part("word/styles.xml")
	if err != nil {
		return ""
	}
	font, in := "", ""
	parts.Walk(b, func(e xml.StartElement) { // after damage, what was read before counts
		switch e.Name.Local {
		case "docDefaults":
			in = "defaults"
		case "style":
			in = ""
			if parts.Attr(e, "default") == "1" && parts.Attr(e, "type") == "paragraph" {
				in = "normal"
			}
		case "rFonts":
			if f := parts.Attr(e, "ascii"); f != "" && (in == "normal" || in == "defaults" && font == "") {
				font = f
			}
		}
	}, func(string) {}, func(string) {})
	return font
}

// wordWalker walks WordprocessingML. Tracked deletions and the fallbacks of text boxes are left out;
// text that is not shown is kept separately.
type wordWalker struct {
	layout.Flow
	skip    int // inside deleted or fallback content
	inText  int
	inProps int    // inside the former properties of a tracked change
	font    string // of text that names none
	run     runProps
	inRun   bool
	lists   *numbering
	item    *listed // the list of the current paragraph; nil once it has text
	// of the open tables, cells, paragraphs and text boxes: whether they have a colour of their own
	fills []bool
}

// runProps is how a run of text looks.
type runProps struct {
	font           string
	hidden, shaded bool
	white          bool
	tiny           bool
}

// walk adds the text of one part. On an error, what came before it has been added.
func (w *wordWalker) walk(b []byte) error {
	return parts.Walk(b, w.start, w.end, func(s string) {
		if w.inText == 0 || w.skip > 0 {
			return
		}
		if w.run.hidden || w.run.tiny || w.run.white && !w.run.shaded && !slices.Contains(w.fills, true) {
			w.Hide(s)
			return
		}
		if w.item != nil && w.lists != nil {
			item := *w.item
			w.item = nil
			if number := w.lists.next(item); number != "" {
				w.Add(number)
				leaf := w.Open()
				leaf.Kind, leaf.Level = dossier.ListItem, item.level+1
			}
		}
		font := w.run.font
		if font == "" {
			font = w.font
		}
		w.Flow.Run(s, font)
	})
}

// start handles the beginning of an element. Text properties count within runs only.
func (w *wordWalker) start(e xml.StartElement) {
	switch e.Name.Local {
	case "del", "moveFrom", "Fallback", "instrText", "delText":
		w.skip++
	case "r":
		w.run, w.inRun = runProps{}, true
	case "rPrChange", "pPrChange":
		w.inProps++
	case "t":
		w.inText++
	case "tab", "br", "cr", "noBreakHyphen", "sym":
		w.sign(e)
	case "tr":
		w.BeginRow()
	case "background", "tbl", "tc", "p", "txbxContent", "tblStyle":
		w.startBlock(e)
	case "pStyle", "numId", "ilvl":
		w.startItem(e)
	default:
		switch {
		case w.inRun && w.inProps == 0:
			w.look(e)
		case e.Name.Local == "shd":
			w.fill(filled(e))
		}
	}
}

// sign adds a character that is written as an element.
func (w *wordWalker) sign(e xml.StartElement) {
	switch e.Name.Local {
	case "tab":
		if w.skip == 0 && len(e.Attr) == 0 { // a tab stop's definition has attributes
			w.Add("\t")
		}
	case "br", "cr":
		if w.skip == 0 {
			w.Flush()
			w.Add("\n")
		}
	case "noBreakHyphen":
		w.Add("-")
	case "sym":
		w.Add(" ")
	}
}

// startBlock handles the beginning of what may have a background of its own. Whether it has is noted for
// white text: on an unknown ground it counts as seen.
func (w *wordWalker) startBlock(e xml.StartElement) {
	name := e.Name.Local
	switch name {
	case "background":
		w.fills = append(w.fills, true) // never closed: it lies under everything
		return
	case "tblStyle": // its header rows may be dark
		w.fill(parts.Attr(e, "val") != "TableGrid")
		return
	}
	w.fills = append(w.fills, name == "txbxContent") // what fills a text box is stated elsewhere
	switch name {
	case "tbl":
		w.BeginTable()
	case "tc":
		w.BeginCell()
	case "p":
		w.item = nil
	}
}

// startItem notes which list the paragraph belongs to: by its style, or by its own properties.
func (w *wordWalker) startItem(e xml.StartElement) {
	if w.inProps > 0 {
		return
	}
	val := parts.Attr(e, "val")
	if e.Name.Local == "pStyle" {
		if w.lists != nil {
			if l, ok := w.lists.styles[val]; ok && l.num != "" {
				w.item = &l
			}
		}
		return
	}
	if w.item == nil {
		w.item = &listed{}
	}
	if e.Name.Local == "numId" {
		w.item.num = val
	} else if n, err := strconv.Atoi(val); err == nil {
		w.item.level = n
	}
}

// fill notes that the innermost open block has a background.
func (w *wordWalker) fill(is bool) {
	if n := len(w.fills); n > 0 && is {
		w.fills[n-1] = true
	}
}

// filled reports whether a shading has a colour.
func filled(e xml.StartElement) bool {
	fill := parts.Attr(e, "fill")
	return fill != "" && fill != "auto" && !strings.EqualFold(fill, "FFFFFF") || parts.Attr(e, "themeFill") != ""
}

// look notes how a run looks.
func (w *wordWalker) look(e xml.StartElement) {
	switch e.Name.Local {
	case "rFonts":
		if f := parts.Attr(e, "ascii"); f != "" {
			w.run.font = f
		}
	case "vanish", "webHidden":
		w.run.hidden = w.run.hidden || !isOff(e)
	case "color":
		w.run.white = strings.EqualFold(parts.Attr(e, "val"), "FFFFFF")
	case "shd", "highlight":
		w.run.shaded = w.run.shaded || e.Name.Local == "highlight" && !isOff(e) || filled(e)
	case "sz": // half points
		if n, err := strconv.Atoi(parts.Attr(e, "val")); err == nil && n <= 2 {
			w.run.tiny = true
		}
	}
}

// isOff reports whether a property is switched off by its value.
func isOff(e xml.StartElement) bool {
	return slices.Contains([]string{"0", "false", "off", "none"}, parts.Attr(e, "val"))
}

// close ends a block.
func (w *wordWalker) close() {
	if n := len(w.fills); n > 0 {
		w.fills = w.fills[:n-1]
	}
}

// end handles the end of an element.
func (w *wordWalker) end(name string) {
	switch name {
	case "del", "moveFrom", "Fallback", "instrText", "delText":
		w.skip--
	case "r":
		w.run, w.inRun = runProps{}, false
	case "rPrChange", "pPrChange":
		w.inProps--
	case "t":
		w.inText--
	case "tbl":
		w.close()
		w.EndTable()
	case "txbxContent":
		w.close()
	case "p":
		w.close()
		w.Paragraph()
	case "tc":
		w.close()
		w.EndCell()
	case "tr":
		w.EndRow()
	}
}

// fail records why a file was not read.
func fail(res *Result, err error) { res.Error, res.Detail = reasonOf(err), err.Error() }
