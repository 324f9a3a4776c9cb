package pdfpages

import (
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/ledongthuc/pdf"
	"golang.org/x/text/unicode/norm"
)

// layers says which optional content groups (ISO 32000-1, 8.11) a viewer does not show when it opens a
// document.
type layers struct {
	off  map[uint64]bool // by object number
	on   map[uint64]bool
	none bool // groups that are not listed are off
}

// objectOf returns the number of the indirect object that a value is, or is part of. The library keeps it to
// itself.
func objectOf(v pdf.Value) uint64 {
	ptr := reflect.ValueOf(v).FieldByName("ptr")
	if !ptr.IsValid() || ptr.Kind() != reflect.Struct {
		return 0
	}
	if id := ptr.FieldByName("id"); id.IsValid() && id.CanUint() {
		return id.Uint()
	}
	return 0
}

// layersOf reads the default configuration of a document's layers; nil if it has none.
func layersOf(root pdf.Value) (l *layers) {
	defer func() {
		if recover() != nil {
			l = nil // damaged
		}
	}()
	d := root.Key("OCProperties").Key("D")
	if d.Kind() != pdf.Dict {
		return nil
	}
	l = &layers{off: map[uint64]bool{}, on: map[uint64]bool{}, none: d.Key("BaseState").Name() == "OFF"}
	for key, set := range map[string]map[uint64]bool{"OFF": l.off, "ON": l.on} {
		list := d.Key(key)
		for i := range min(list.Len(), 5000) {
			set[objectOf(list.Index(i))] = true
		}
	}
	return l
}

// shown reports whether what belongs to a group or a membership dictionary is shown, and whether that is
// certain.
func (l *layers) shown(v pdf.Value, depth int) (shown, certain bool) {
	if l == nil || v.IsNull() {
		return true, true
	}
	if v.Key("Type").Name() != "OCMD" {
		id := objectOf(v)
		if l.off[id] || l.none && !l.on[id] {
			return false, true
		}
		return true, true
	}
	if ve := v.Key("VE"); ve.Kind() == pdf.Array {
		return l.expression(ve, depth)
	}
	groups := v.Key("OCGs")
	if groups.Kind() == pdf.Dict {
		return l.shown(groups, depth+1)
	}
	on, off := 0, 0
	for i := range min(groups.Len(), 1000) {
		if g := groups.Index(i); g.Kind() == pdf.Dict && depth < 8 {
			if s, _ := l.shown(g, depth+1); s {
				on++
			} else {
				off++
			}
		}
	}
	if on+off == 0 {
		return true, true
	}
	switch v.Key("P").Name() {
	case "AllOn":
		return off == 0, true
	case "AnyOff":
		return off > 0, true
	case "AllOff":
		return on == 0, true
	}
	return on > 0, true
}

// hidden reports whether what belongs to a group or a membership dictionary is switched off, and whether that
// is not known.
func (l *layers) hidden(v pdf.Value) (off, vague bool) {
	shown, certain := l.shown(v, 0)
	return !shown, !certain
}

// expression evaluates a visibility expression: an array of And, Or or Not and its operands.
func (l *layers) expression(ve pdf.Value, depth int) (shown, certain bool) {
	if ve.Kind() == pdf.Dict {
		return l.shown(ve, depth+1)
	}
	if ve.Kind() != pdf.Array || ve.Len() < 2 || depth > 8 {
		return true, false
	}
	op, all, some := ve.Index(0).Name(), true, false
	for i := 1; i < min(ve.Len(), 100); i++ {
		s, _ := l.expression(ve.Index(i), depth+1)
		all, some = all && s, some || s
	}
	switch op {
	case "And":
		return all, true
	case "Or":
		return some, true
	case "Not":
		return !some, true
	}
	return true, false
}

// marked is a sequence of marked content that is open.
type marked struct {
	off, vague bool
	actual     string // ActualText; it counts if hasActual
	hasActual  bool
	from       int   // number of glyphs before it
	outer      int32 // index of the mark around it
}

// beginMarked is BDC and BMC.
func (s *contentStream) beginMarked() {
	m := marked{from: len(s.in.glyphs), outer: s.in.mark}
	number := int32(-1)
	if n := len(s.args); n >= 2 {
		props := s.args[1]
		switch {
		case props.kind == 'd':
			m.actual, m.hasActual = actualText(props.str)
			number = s.in.contentNumber(props.str)
		case props.kind == '/':
			v := s.resources.Key("Properties").Key(props.str)
			if s.args[0].str == "OC" {
				m.off, m.vague = s.in.layers.hidden(v)
			}
			if a := v.Key("ActualText"); a.Kind() == pdf.String {
				m.actual, m.hasActual = a.Text(), true
			}
			if id := v.Key("MCID"); id.Kind() == pdf.Integer && id.Int64() >= 0 && id.Int64() < 1<<30 {
				number = int32(id.Int64())
			}
		}
	}
	if len(s.marked) < 2000 {
		s.marked = append(s.marked, m)
		s.in.enter(m, 1)
		s.in.setMark(number, len(s.args) > 0 && s.args[0].str == "Artifact")
	}
}

// enter counts the marked content around what is painted; by is 1 at its beginning and -1 at its end.
func (in *interpreter) enter(m marked, by int) {
	if m.off {
		in.off += by
	}
	if m.vague {
		in.vague += by
	}
}

// endMarked is EMC.
func (s *contentStream) endMarked() {
	n := len(s.marked)
	if n == 0 {
		return
	}
	m := s.marked[n-1]
	s.marked = s.marked[:n-1]
	s.in.enter(m, -1)
	s.in.mark = m.outer
	if !m.hasActual {
		return
	}
	var b strings.Builder
	glyphs := s.in.glyphs[min(m.from, len(s.in.glyphs)):]
	for _, g := range glyphs {
		b.WriteString(g.text)
	}
	if !sameLetters(b.String(), m.actual) {
		s.in.contradicted = true
		for i := range glyphs {
			glyphs[i].doubt = true // what is painted and what the file says of it differ
		}
	}
}

// sameLetters reports whether two texts have the same letters and digits; text from right to left may be in
// either order.
func sameLetters(a, b string) bool {
	letters := func(s string) []rune {
		var out []rune
		rtl := false
		for _, r := range norm.NFKC.String(s) {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				out = append(out, unicode.ToLower(r))
				rtl = rtl || fromRight(r)
			}
		}
		if rtl {
			slices.Sort(out)
		}
		return out
	}
	return slices.Equal(letters(a), letters(b))
}

// actualText finds ActualText in a property list as it is written in a content stream.
func actualText(dict string) (string, bool) {
	if !strings.Contains(dict, "ActualText") {
		return "", false
	}
	l := lexer{b: []byte(dict)}
	found := false
	for range 1000 {
		o, op, ok := l.token(0)
		if !ok {
			return "", false
		}
		if found && op == "" {
			if o.kind != 's' {
				return "", false
			}
			if strings.HasPrefix(o.str, "\xfe\xff") {
				return utf16Text(o.str[2:]), true
			}
			return latinText(o.str), true
		}
		found = o.kind == '/' && o.str == "ActualText"
	}
	return "", false
}

// latinText decodes a text string in PDFDocEncoding, as far as it agrees with Latin-1.
func latinText(s string) string {
	if strings.HasPrefix(s, "\xef\xbb\xbf") {
		return s[3:]
	}
	rs := make([]rune, 0, len(s))
	for i := range len(s) {
		rs = append(rs, rune(s[i]))
	}
	return string(rs)
}
