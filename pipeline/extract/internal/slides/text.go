package slides

import (
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/sight"
)

// textStyle is how a run of text looks, and what may lie behind it.
type textStyle struct {
	size   float64 // points
	paint  paint
	struck bool
	font   string
	behind []paint
	style  bool // its cell may be shaded by a style
	filled bool // its cell states a ground of its own
}

// usualSize is the size of text in points for which nothing is said.
const usualSize = 18

// write adds the text of a shape or of a table. A group is written only if it is hidden as a whole.
func (s *slide) write(p *placed) {
	seen := s.position(p)
	if p.e.name == "graphicFrame" {
		if t := p.e.child("graphic", "graphicData", "tbl"); t != nil {
			s.table(t, p, seen)
		}
		return
	}
	if p.e.name == "grpSp" {
		s.Hide(allText(p.e) + " ")
		return
	}
	s.body(p.e.child("txBody"), p, seen, textStyle{behind: s.behind(p)})
}

// allText returns all text in an element, with a space after each paragraph. The parser bounds its depth.
func allText(e *element) string {
	var b strings.Builder
	var walk func(e *element)
	walk = func(e *element) {
		b.WriteString(e.text)
		for _, c := range e.children {
			walk(c)
		}
		if e.name == "p" {
			b.WriteByte(' ')
		}
	}
	walk(e)
	return b.String()
}

// body adds the paragraphs of a text body. Programs shrink text that does not fit, and note the scale in
// the file.
func (s *slide) body(body *element, p *placed, seen dossier.Visibility, base textStyle) {
	if body == nil {
		return
	}
	seen = sight.Worse(seen, s.room(body, p))
	scale := 1.0
	for _, from := range []*element{body, p.layout.child("txBody"), p.master.child("txBody")} {
		if fit := from.child("bodyPr", "normAutofit"); fit != nil {
			if v := share(fit.attr("fontScale")); v > 0 {
				scale = v
			}
			break
		}
	}
	for _, para := range body.children {
		if para.name != "p" {
			continue
		}
		s.paragraph(para, body, p, seen, base, scale)
	}
}

// paragraph adds one paragraph. Line breaks and runs are elements in it; scale is that of its body.
func (s *slide) paragraph(para, body *element, p *placed, seen dossier.Visibility, base textStyle, scale float64) {
	level, _ := strconv.Atoi(para.child("pPr").attr("lvl"))
	chain := s.chain(body, p, min(8, max(0, level)))
	kind, depth := s.kind(para, p, chain, level)
	seen = sight.Worse(seen, indented(para, chain, p))
	for _, r := range para.children {
		switch r.name {
		case "br":
			s.Flush()
			s.Add("\n")
		case "r", "m": // a formula is shown as a run is
			text := allText(r)
			if text == "" {
				continue
			}
			look := s.look(r.child("rPr"), chain, p, base)
			// The size in the file is that before the text was shrunk.
			look.size *= scale
			now := worst(seen, look.sight(), placing(r.child("rPr"), look.size))
			if now == dossier.Unseen {
				s.Flush()
				s.Hide(text)
				continue
			}
			leaf := s.Open()
			if len(leaf.Spans) == 0 {
				leaf.Kind, leaf.Level = kind, depth
			}
			if now != "" {
				leaf.Visibility = now
			}
			s.Run(text, look.font)
		}
	}
	s.Paragraph()
}

// kind returns what a paragraph is: a title, an item of a list with its level, or text. Bullets are
// inherited as properties are.
func (s *slide) kind(para *element, p *placed, chain []*element, level int) (dossier.BlockKind, int) {
	if phKind(p.ph) == "title" {
		return dossier.Heading, 1
	}
	props := append([]*element{para.child("pPr")}, chain...)
	for _, pr := range props {
		switch {
		case pr.child("buNone") != nil:
			return dossier.Paragraph, 0
		case pr.child("buChar") != nil || pr.child("buAutoNum") != nil || pr.child("buBlip") != nil:
			return dossier.ListItem, min(9, level+1)
		}
	}
	return dossier.Paragraph, 0
}

// chain returns the paragraph properties of a level that a paragraph inherits, the nearest first: of its
// body, of its placeholders in the layout and the master, and of the styles of the master and the
// presentation (21.1.2.4).
func (s *slide) chain(body *element, p *placed, level int) (out []*element) {
	name := "lvl" + strconv.Itoa(level+1) + "pPr"
	add := func(list *element) {
		if e := list.child(name); e != nil {
			out = append(out, e)
		}
	}
	add(body.child("lstStyle"))
	styles := s.master.child("txStyles")
	if p.ph == nil {
		add(s.deck.usual)
		add(styles.child("otherStyle"))
		return out
	}
	add(p.layout.child("txBody", "lstStyle"))
	add(p.master.child("txBody", "lstStyle"))
	switch phKind(p.ph) {
	case "title":
		add(styles.child("titleStyle"))
	case "body":
		add(styles.child("bodyStyle"))
	default:
		add(styles.child("otherStyle"))
	}
	add(s.deck.usual)
	return out
}

// look computes how a run of text looks: by its own properties, then by those that it inherits, the nearest
// first. Each property is that of the first that states it.
func (s *slide) look(own *element, chain []*element, p *placed, base textStyle) textStyle {
	l := lookReader{textStyle: base, slide: s}
	l.take(own)
	l.takeRun(own)
	for i, pr := range chain {
		// The style of a shape comes between its own list style and the defaults of the presentation.
		if p.ph == nil && (i == 1 || len(chain) == 1) {
			l.takeStyle(p.e)
		}
		l.take(pr.child("defRPr"))
	}
	l.takeStyle(p.e)
	l.takeDefaults(p.e)
	return l.textStyle
}

// lookReader collects the properties of a run.
type lookReader struct {
	textStyle
	slide                        *slide
	hasSize, hasPaint, hasStrike bool // what is stated so far
}

// take reads what an element of run properties states (21.1.2.3.9). Fonts of the theme begin with a plus
// sign, and have no legacy encoding.
func (l *lookReader) take(e *element) {
	if e == nil {
		return
	}
	if v := number(e.attr("sz")); v > 0 && !l.hasSize {
		l.size, l.hasSize = v/100, true
	}
	if v, ok := l.slide.colours.fill(e); ok && !l.hasPaint {
		l.paint, l.hasPaint = v, true
	}
	if v := e.attr("strike"); v != "" && !l.hasStrike {
		l.struck, l.hasStrike = v != "noStrike", true
	}
	if v := e.child("latin").attr("typeface"); v != "" && l.font == "" && !strings.HasPrefix(v, "+") {
		l.font = v
	}
}

// takeRun reads what only a run itself states: a link, a highlight and effects.
func (l *lookReader) takeRun(own *element) {
	if own.child("hlinkClick") != nil && !l.hasPaint {
		if c, ok := l.slide.colours.scheme("hlink"); ok {
			l.paint, l.hasPaint = paint{colour: c, alpha: 1}, true
		}
	}
	if h := own.child("highlight"); h != nil && len(h.children) > 0 {
		l.behind, l.style = []paint{l.slide.colours.colour(h.children[0])}, false
	}
	if own.child("effectLst", "outerShdw") != nil || own.child("ln", "solidFill") != nil {
		l.paint.odd = l.hasPaint // a shadow or an outline may show what the fill does not
	}
}

// takeStyle reads the colour of text in the style of a shape.
func (l *lookReader) takeStyle(shape *element) {
	if ref := shape.child("style", "fontRef"); ref != nil && len(ref.children) > 0 && !l.hasPaint {
		l.paint, l.hasPaint = l.slide.colours.colour(ref.children[0]), true
	}
}

// takeDefaults sets what nothing states: 18 points in the theme's colour of text.
func (l *lookReader) takeDefaults(shape *element) {
	if !l.hasSize {
		l.size = usualSize
	}
	if l.hasPaint {
		return
	}
	l.paint = paint{colour: sight.Black, alpha: 1}
	if c, ok := l.slide.colours.scheme("tx1"); ok {
		l.paint.colour = c
	}
	l.style = false
	switch {
	case shape.name != "graphicFrame":
	case l.filled: // the table's style, if it has one, may set the colour
		l.style = shape.child("graphic", "graphicData", "tbl", "tblPr", "tableStyleId") != nil
	default: // the table's style sets colour and ground together
		l.behind = nil
	}
}

// sight returns whether a person sees text of a look. If the style of a table may shade its cell, text that
// is not seen on the slide's ground may be seen on that of the cell.
func (t textStyle) sight() dossier.Visibility {
	switch {
	case t.struck || t.size < sight.HiddenSize || t.paint.none || t.paint.alpha < clearAlpha && !t.paint.odd:
		return dossier.Unseen
	case t.paint.odd || t.size < sight.UncertainSize:
		return dossier.Uncertain
	}
	seen := sight.OnAny(len(t.behind), func(i int) dossier.Visibility { return t.on(t.behind[i]) })
	if seen == dossier.Unseen && t.style {
		return dossier.Uncertain
	}
	return seen
}

// on returns whether text is seen on one ground. On a gradient it is uncertain if one of its colours hides
// it.
func (t textStyle) on(ground paint) dossier.Visibility {
	if ground.odd {
		worst := dossier.Visibility("")
		for _, c := range ground.stops {
			if t.paint.colour.On(sight.Ground{Colour: c}) != "" {
				worst = dossier.Uncertain
			}
		}
		if len(ground.stops) == 0 {
			return t.paint.colour.On(sight.Ground{Unknown: true})
		}
		return worst
	}
	c := t.paint.colour
	if t.paint.alpha < 1 {
		c = ground.colour.Mix(c, t.paint.alpha)
	}
	return c.On(sight.Ground{Colour: ground.colour})
}

// table adds a table, row by row. Cells that a merged one covers are in the file too, with text that is not
// shown.
func (s *slide) table(t *element, p *placed, seen dossier.Visibility) {
	out := s.BeginTable()
	props := t.child("tblPr")
	header := on(props, "firstRow")
	if props.attr("firstCol") == "1" {
		out.HeaderCols = 1
	}
	// Table styles are in a part of their own, which is not read: they may shade some of the cells.
	base := textStyle{behind: s.behind(p), style: props.child("tableStyleId") != nil}
	first := true
	for _, tr := range t.children {
		if tr.name != "tr" {
			continue
		}
		row := s.BeginRow()
		row.Header = header && first
		first = false
		s.cells(tr, p, seen, base)
		s.EndRow()
	}
	s.EndTable()
}

// cells adds the cells of a row.
func (s *slide) cells(tr *element, p *placed, seen dossier.Visibility, base textStyle) {
	col := 0
	for _, tc := range tr.children {
		if tc.name != "tc" {
			continue
		}
		if on(tc, "hMerge") || on(tc, "vMerge") {
			s.Hide(allText(tc) + " ")
			col++
			continue
		}
		cell := s.BeginCell()
		cell.Col, cell.ColSpan, cell.RowSpan = col, spans(tc, "gridSpan"), spans(tc, "rowSpan")
		col++
		look := base
		if f, ok := s.colours.fill(tc.child("tcPr")); ok && !f.none {
			look.behind, look.style, look.filled = []paint{f}, false, true
		}
		now := seen
		if narrow(p.e, cell.Col) {
			now = sight.Worse(now, dossier.Uncertain)
		}
		s.body(tc.child("txBody"), p, now, look)
		s.EndCell()
	}
}

// minColumn is the width in EMU of a column with room for a letter of two points.
const minColumn = 25_000

// narrow reports whether a column of a table states that it has no width.
func narrow(frame *element, col int) bool {
	grid := frame.child("graphic", "graphicData", "tbl", "tblGrid")
	if grid == nil {
		return false
	}
	n := 0
	for _, c := range grid.children {
		if c.name != "gridCol" {
			continue
		}
		if n == col {
			return c.attr("w") != "" && number(c.attr("w")) < minColumn
		}
		n++
	}
	return false
}

// on reports whether an attribute says yes (xsd:boolean).
func on(e *element, name string) bool { v := e.attr(name); return v == "1" || v == "true" }

// maxSpan bounds the rows and columns that a cell spans.
const maxSpan = 1000

// spans returns how many rows or columns a cell spans.
func spans(e *element, name string) int {
	n, err := strconv.Atoi(e.attr(name))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxSpan)
}
