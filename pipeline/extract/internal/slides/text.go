package slides

import (
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/sight"
)

// textStyle is how a run of text looks.
type textStyle struct {
	size   float64 // points
	paint  paint
	struck bool
	font   string
	behind []paint
	style  bool // its cell may be shaded by a style
}

// usualSize is the size of text in points for which nothing is said.
const usualSize = 18

// write adds the text of a shape or of a table.
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

// allText returns all text in an element.
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

// body adds the paragraphs of a text body.
func (s *slide) body(body *element, p *placed, seen dossier.Visibility, base textStyle) {
	if body == nil {
		return
	}
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

// paragraph adds one paragraph.
func (s *slide) paragraph(para, body *element, p *placed, seen dossier.Visibility, base textStyle, scale float64) {
	level, _ := strconv.Atoi(para.child("pPr").attr("lvl"))
	chain := s.chain(body, p, min(8, max(0, level)))
	kind, depth := s.kind(para, p, chain, level)
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
			look.size *= scale
			now := sight.Worse(seen, look.sight())
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

// kind returns what a paragraph is: a title, an item of a list, or text.
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

// chain returns the paragraph properties of a level that a paragraph inherits, the nearest first.
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

// look computes how a run of text looks.
func (s *slide) look(own *element, chain []*element, p *placed, base textStyle) textStyle {
	t := base
	hasSize, hasPaint, hasStrike := false, false, false
	take := func(e *element) {
		if e == nil {
			return
		}
		if v := number(e.attr("sz")); v > 0 && !hasSize {
			t.size, hasSize = v/100, true
		}
		if v, ok := s.colours.fill(e); ok && !hasPaint {
			t.paint, hasPaint = v, true
		}
		if v := e.attr("strike"); v != "" && !hasStrike {
			t.struck, hasStrike = v != "noStrike", true
		}
		if v := e.child("latin").attr("typeface"); v != "" && t.font == "" && !strings.HasPrefix(v, "+") {
			t.font = v
		}
	}
	take(own)
	if own.child("hlinkClick") != nil && !hasPaint {
		if c, ok := s.colours.scheme("hlink"); ok {
			t.paint, hasPaint = paint{colour: c, alpha: 1}, true
		}
	}
	if h := own.child("highlight"); h != nil && len(h.children) > 0 {
		t.behind, t.style = []paint{s.colours.colour(h.children[0])}, false
	}
	if own.child("effectLst", "outerShdw") != nil || own.child("ln", "solidFill") != nil {
		t.paint.odd = hasPaint // a shadow or an outline may show what the fill does not
	}
	byStyle := func() {
		if ref := p.e.child("style", "fontRef"); ref != nil && len(ref.children) > 0 && !hasPaint {
			t.paint, hasPaint = s.colours.colour(ref.children[0]), true
		}
	}
	for i, pr := range chain {
		if p.ph == nil && (i == 1 || len(chain) == 1) {
			byStyle()
		}
		take(pr.child("defRPr"))
	}
	byStyle()
	if !hasSize {
		t.size = usualSize
	}
	if !hasPaint {
		t.paint = paint{colour: sight.Black, alpha: 1}
		if c, ok := s.colours.scheme("tx1"); ok {
			t.paint.colour = c
		}
		t.style = false
		if p.e.name == "graphicFrame" { // the table's style sets colour and ground together
			t.behind = nil
		}
	}
	return t
}

// sight returns whether a person sees text of a look.
func (t textStyle) sight() dossier.Visibility {
	switch {
	case t.struck || t.size < sight.HiddenSize || t.paint.none || t.paint.alpha < 0.05 && !t.paint.odd:
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

// on returns whether text is seen on one ground.
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

// table adds a table.
func (s *slide) table(t *element, p *placed, seen dossier.Visibility) {
	out := s.BeginTable()
	props := t.child("tblPr")
	styled := props.child("tableStyleId") != nil
	header := on(props, "firstRow")
	if props.attr("firstCol") == "1" {
		out.HeaderCols = 1
	}
	first := true
	for _, tr := range t.children {
		if tr.name != "tr" {
			continue
		}
		row := s.BeginRow()
		row.Header = header && first
		first = false
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
			base := textStyle{behind: s.behind(p), style: styled}
			if f, ok := s.colours.fill(tc.child("tcPr")); ok && !f.none {
				base.behind, base.style = []paint{f}, false
			}
			s.body(tc.child("txBody"), p, seen, base)
			s.EndCell()
		}
		s.EndRow()
	}
	s.EndTable()
}

// on reports whether an attribute says yes.
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
