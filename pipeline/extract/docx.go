package extract

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/limits"
)

// office is an office file (OOXML or OpenDocument): a zip of XML parts.
type office struct {
	*zip.Reader
	left int64 // bytes that may still be unpacked
}

// openOffice opens an office file. Its parts together may unpack to limits.Part bytes and ten times the
// file.
func openOffice(data []byte) (*office, error) {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return &office{zr, limits.Part + 10*int64(len(data))}, nil
}

// part unpacks one part, up to limits.Part bytes.
func (o *office) part(name string) ([]byte, error) {
	f, err := o.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	most := min(limits.Part, o.left)
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	o.left -= int64(len(b))
	if err == nil && int64(len(b)) > most {
		return nil, errTooLarge
	}
	return b, err
}

// names lists the parts with a prefix and an ending, ordered by their numbers.
func (o *office) names(prefix, suffix string) []string {
	var out []string
	for _, f := range o.File {
		if strings.HasPrefix(f.Name, prefix) && strings.HasSuffix(f.Name, suffix) && len(out) < limits.Pages {
			out = append(out, f.Name)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := numberIn(out[i]), numberIn(out[j])
		if a != b {
			return a < b
		}
		return out[i] < out[j]
	})
	return slices.Compact(out)
}

// numberIn returns the number at the end of a part's name; 0 without one.
func numberIn(name string) int {
	name = strings.TrimSuffix(name, path.Ext(name))
	n, _ := strconv.Atoi(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/_- "))
	return n
}

// related maps the relationship ids of a part to the names of other parts. External targets are left
// out.
func (o *office) related(name string) map[string]string {
	out := map[string]string{}
	b, err := o.part(path.Join(path.Dir(name), "_rels", path.Base(name)+".rels"))
	if err != nil {
		return out
	}
	walkXML(b, func(e xml.StartElement) { // after damage, what was read before counts
		target := attr(e, "Target")
		if e.Name.Local != "Relationship" || target == "" || attr(e, "TargetMode") == "External" {
			return
		}
		if !strings.HasPrefix(target, "/") {
			target = path.Join(path.Dir(name), target)
		}
		out[attr(e, "Id")] = strings.TrimPrefix(target, "/")
	}, func(string) {}, func(string) {})
	return out
}

// inside hands on the documents embedded in an office file. If it has hardly any text of its own it
// hands on its pictures too: they may be scanned pages.
func (o *office) inside(u *unpacker, text string) error {
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
	body, err := o.part(main)
	if err != nil {
		fail(res, err)
		return
	}
	w := &wordWalker{font: o.defaultFont(), lists: o.numbering()}
	seen := map[string]bool{}
	margins := func(kind string, region dossier.Region) {
		for _, n := range o.names("word/"+kind, ".xml") {
			b, err := o.part(n)
			if err != nil {
				continue
			}
			m := &wordWalker{font: w.font, fills: []bool{false}}
			m.walk(b)
			if s := m.String(); strings.TrimSpace(s) != "" && !seen[s] {
				seen[s] = true
				w.append(m.nodes(), region)
			}
		}
	}
	margins("header", dossier.HeaderRegion)
	before := len(w.nodes())
	if err := w.walk(body); err != nil && strings.TrimSpace(layout.Raw(w.nodes()[before:])) == "" {
		fail(res, err)
		return
	}
	w.region = dossier.NoteRegion
	for _, n := range []string{"word/footnotes.xml", "word/endnotes.xml"} {
		if b, err := o.part(n); err == nil {
			w.walk(b) // after damage, what was read before counts
		}
	}
	margins("footer", dossier.FooterRegion)
	w.append(o.drawn("word/diagrams/data"), "")
	res.Pages = []dossier.Page{w.page(1, "docx")}
	if err := o.inside(u, res.Pages[0].Text); err != nil {
		res.Detail = err.Error()
	}
}

// drawn returns the blocks of drawings: boxes on a sheet, diagrams, charts.
func (o *office) drawn(prefixes ...string) []*layout.Node {
	d := &slideWalker{}
	for _, prefix := range prefixes {
		for _, n := range o.names(prefix, ".xml") {
			if b, err := o.part(n); err == nil {
				d.walk(b) // after damage, what was read before counts
			}
		}
	}
	return d.nodes()
}

// defaultFont returns the font of text that names none.
func (o *office) defaultFont() string {
	b, err := o.part("word/styles.xml")
	if err != nil {
		return ""
	}
	font, in := "", ""
	walkXML(b, func(e xml.StartElement) { // after damage, what was read before counts
		switch e.Name.Local {
		case "docDefaults":
			in = "defaults"
		case "style":
			in = ""
			if attr(e, "default") == "1" && attr(e, "type") == "paragraph" {
				in = "normal"
			}
		case "rFonts":
			if f := attr(e, "ascii"); f != "" && (in == "normal" || in == "defaults" && font == "") {
				font = f
			}
		}
	}, func(string) {}, func(string) {})
	return font
}

// wordWalker walks WordprocessingML. Tracked deletions and the fallbacks of text boxes are left out;
// text that is not shown is kept separately.
type wordWalker struct {
	flow
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
	return walkXML(b, w.start, w.end, func(s string) {
		if w.inText == 0 || w.skip > 0 {
			return
		}
		if w.run.hidden || w.run.tiny || w.run.white && !w.run.shaded && !slices.Contains(w.fills, true) {
			w.hide(s)
			return
		}
		if w.item != nil && w.lists != nil {
			item := *w.item
			w.item = nil
			if number := w.lists.next(item); number != "" {
				w.add(number)
				leaf := w.open()
				leaf.Kind, leaf.Level = dossier.ListItem, item.level+1
			}
		}
		font := w.run.font
		if font == "" {
			font = w.font
		}
		w.flow.run(s, font)
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
		w.beginRow()
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
			w.add("\t")
		}
	case "br", "cr":
		if w.skip == 0 {
			w.flush()
			w.add("\n")
		}
	case "noBreakHyphen":
		w.add("-")
	case "sym":
		w.add(" ")
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
		w.fill(attr(e, "val") != "TableGrid")
		return
	}
	w.fills = append(w.fills, name == "txbxContent") // what fills a text box is stated elsewhere
	switch name {
	case "tbl":
		w.beginTable()
	case "tc":
		w.beginCell()
	case "p":
		w.item = nil
	}
}

// startItem notes which list the paragraph belongs to: by its style, or by its own properties.
func (w *wordWalker) startItem(e xml.StartElement) {
	if w.inProps > 0 {
		return
	}
	val := attr(e, "val")
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
	fill := attr(e, "fill")
	return fill != "" && fill != "auto" && !strings.EqualFold(fill, "FFFFFF") || attr(e, "themeFill") != ""
}

// look notes how a run looks.
func (w *wordWalker) look(e xml.StartElement) {
	switch e.Name.Local {
	case "rFonts":
		if f := attr(e, "ascii"); f != "" {
			w.run.font = f
		}
	case "vanish", "webHidden":
		w.run.hidden = w.run.hidden || !isOff(e)
	case "color":
		w.run.white = strings.EqualFold(attr(e, "val"), "FFFFFF")
	case "shd", "highlight":
		w.run.shaded = w.run.shaded || e.Name.Local == "highlight" && !isOff(e) || filled(e)
	case "sz": // half points
		if n, err := strconv.Atoi(attr(e, "val")); err == nil && n <= 2 {
			w.run.tiny = true
		}
	}
}

// isOff reports whether a property is switched off by its value.
func isOff(e xml.StartElement) bool {
	return slices.Contains([]string{"0", "false", "off", "none"}, attr(e, "val"))
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
		w.endTable()
	case "txbxContent":
		w.close()
	case "p":
		w.close()
		w.paragraph()
	case "tc":
		w.close()
		w.endCell()
	case "tr":
		w.endRow()
	}
}
