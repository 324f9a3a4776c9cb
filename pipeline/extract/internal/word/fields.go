package word

import (
	"strconv"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
)

// field is an open field (w:fldChar, 17.16.18): between its beginning and its separator is its instruction,
// which is not shown; between that and its end is its result.
type field struct {
	result bool
	code   strings.Builder
	form   *form // a form field of Word 97
	leaf   *layout.Node
	at     int // index in leaf of its first span
}

// form is the data of a form field (w:ffData, 17.16.17), from the time before content controls.
type form struct {
	name, prompt   string
	checked, stock toggle // as it is now, and at first
	options        []string
	chosen         int
}

// inCode reports whether the text that follows is an instruction of a field, or a result that is not shown.
func (w *walker) inCode() bool {
	for i := range w.fields {
		if !w.fields[i].result || resultless[w.fields[i].kind()] {
			return true
		}
	}
	return false
}

// resultless are the fields whose result, if the file has one, is not shown.
var resultless = map[string]bool{"SET": true, "ASK": true, "XE": true, "TC": true, "TA": true, "RD": true,
	"PRIVATE": true, "PRINT": true, "DATA": true, "NEXT": true, "NEXTIF": true, "SKIPIF": true, "BARCODE": true}

// kind returns the first word of a field's instruction.
func (f *field) kind() string {
	word, _, _ := strings.Cut(strings.TrimSpace(f.code.String()), " ")
	return strings.ToUpper(word)
}

// maxFields is the maximum depth of fields within fields; deeper ones are not opened, so that their text
// counts as that of the field around them.
const maxFields = 50

// Bounds of a field: bytes of its instruction, and options of a choice.
const (
	maxInstruction = 1000
	maxOptions     = 1000
)

// fieldChar begins, divides or ends a field.
func fieldChar(w *walker, e *parts.Element, _ *frame) {
	if w.skip > 0 {
		return
	}
	switch parts.Attr(e.StartElement, "fldCharType") {
	case "begin":
		if len(w.fields) < maxFields {
			w.fields = append(w.fields, field{})
		}
	case "separate":
		if n := len(w.fields); n > 0 {
			w.fields[n-1].result = true
			if w.fields[n-1].form != nil {
				w.fields[n-1].leaf = w.flow().Open()
				w.fields[n-1].at = len(w.fields[n-1].leaf.Spans)
			}
		}
	case "end":
		if n := len(w.fields); n > 0 {
			f := w.fields[n-1]
			w.fields = w.fields[:n-1]
			w.endField(&f)
		}
	}
}

// endField writes the state of a form field. A tick box and a choice have no result in the file: it follows
// from their data.
func (w *walker) endField(f *field) {
	if f.form == nil || w.hide > 0 || w.inCode() {
		return
	}
	out := dossier.Field{Name: f.form.name, Label: f.form.prompt}
	switch code := f.kind(); {
	case code == "FORMCHECKBOX":
		box := unticked
		out.Control, out.State = dossier.CheckBox, dossier.Unchecked
		if f.form.checked == on || f.form.checked == unset && f.form.stock == on {
			out.State, box = dossier.Checked, ticked
		}
		w.addField(out, box)
	case code == "FORMDROPDOWN":
		answer := ""
		out.Control, out.State, out.Options = dossier.Choice, dossier.Unfilled, f.form.options
		if f.form.chosen < len(f.form.options) {
			answer, out.State = f.form.options[f.form.chosen], dossier.Filled
		}
		w.addField(out, answer)
	case code == "FORMTEXT" && f.leaf != nil && f.leaf == w.flow().Open() && f.at <= len(f.leaf.Spans):
		out.Control, out.State = dossier.TextField, dossier.Filled
		w.wrap(f.leaf, f.at, out)
	}
}

// addField writes a form field as seen.
func (w *walker) addField(f dossier.Field, text string) {
	if w.skip > 0 || w.hide > 0 {
		return
	}
	w.beginLine()
	w.flow().Field(f, text)
	if p := w.para(); p != nil {
		p.leaf, p.plain = w.flow().Open(), true
	}
}

// wrap turns the text of a paragraph from a span on into a form field. Text fields are filled with em
// spaces until they are filled in.
func (w *walker) wrap(leaf *layout.Node, at int, f dossier.Field) {
	w.flow().Flush()
	var text strings.Builder
	for _, s := range leaf.Spans[at:] {
		if s.Field != nil {
			return // it holds fields of its own
		}
		text.WriteString(s.Text)
	}
	answer := text.String()
	if strings.TrimSpace(strings.ReplaceAll(answer, "\u2002", " ")) == "" {
		f.State = dossier.Unfilled
	}
	leaf.Spans = append(leaf.Spans[:at:at], layout.Span{Text: answer, Field: &f})
}

// addInstruction adds to the instruction of the innermost field. Only its first word matters, so its length
// is bounded.
func (w *walker) addInstruction(s string) {
	if n := len(w.fields); n > 0 && w.skip == 0 && w.fields[n-1].code.Len() < maxInstruction {
		w.fields[n-1].code.WriteString(s)
	}
}

// formElements are the elements of form fields and content controls.
var formElements = map[string]func(*walker, *parts.Element, *frame){
	"ffData": func(w *walker, _ *parts.Element, _ *frame) {
		if n := len(w.fields); n > 0 {
			w.fields[n-1].form = &form{}
		}
	},
	"name":       onForm(func(f *form, val string, _ toggle) { f.name = val }),
	"statusText": onForm(func(f *form, val string, _ toggle) { f.prompt = val }),
	"result":     onForm(func(f *form, val string, _ toggle) { f.chosen, _ = strconv.Atoi(val) }),
	"listEntry":  onForm(func(f *form, val string, _ toggle) { f.options = append(f.options, val) }),
	"default":    onForm(func(f *form, _ string, t toggle) { f.stock = t }),
	"checked": func(w *walker, e *parts.Element, _ *frame) {
		if c := w.control(); c != nil && !c.open {
			c.checked = toggleOf(e.StartElement)
			return
		}
		onForm(func(f *form, _ string, t toggle) { f.checked = t })(w, e, nil)
	},
	"alias":         onControl(func(c *control, val string) { c.label = val }),
	"tag":           onControl(func(c *control, val string) { c.name = val }),
	"showingPlcHdr": func(w *walker, e *parts.Element, _ *frame) { w.setPlaceholder(toggleOf(e.StartElement)) },
	"checkbox":      onControl(func(c *control, _ string) { c.kind = dossier.CheckBox }),
	"dropDownList":  onControl(func(c *control, _ string) { c.kind = dossier.Choice }),
	"comboBox":      onControl(func(c *control, _ string) { c.kind = dossier.Choice }),
	"date": func(w *walker, e *parts.Element, _ *frame) {
		if c := w.control(); c != nil && !c.open {
			c.kind, c.date = dossier.DateField, parts.Attr(e.StartElement, "fullDate")
		}
	},
	"text": onControl(func(c *control, _ string) {
		if c.kind == "" {
			c.kind = dossier.TextField
		}
	}),
	"docPartObj":   onControl(func(c *control, _ string) { c.group = true }),
	"docPartList":  onControl(func(c *control, _ string) { c.group = true }),
	"group":        onControl(func(c *control, _ string) { c.group = true }),
	"bibliography": onControl(func(c *control, _ string) { c.group = true }),
	"citation":     onControl(func(c *control, _ string) { c.group = true }),
	"dataBinding":  onControl(func(c *control, _ string) { c.bound = true }),
	"listItem": func(w *walker, e *parts.Element, _ *frame) {
		if c := w.control(); c != nil && !c.open && len(c.options) < maxOptions {
			text := parts.Attr(e.StartElement, "displayText")
			if text == "" {
				text = parts.Attr(e.StartElement, "value")
			}
			c.options = append(c.options, text)
		}
	},
}

// onForm returns what reads a property of the open form field; val and t are its value as text and as a
// toggle.
func onForm(set func(f *form, val string, t toggle)) func(*walker, *parts.Element, *frame) {
	return func(w *walker, e *parts.Element, _ *frame) {
		if n := len(w.fields); n > 0 && w.fields[n-1].form != nil && len(w.fields[n-1].form.options) < maxOptions {
			set(w.fields[n-1].form, parts.Attr(e.StartElement, "val"), toggleOf(e.StartElement))
		}
	}
}

// symbolElement adds a character of a symbol font (w:sym, 17.3.3.30). Of other fonts it is not known what
// it looks like, but it separates words.
func symbolElement(w *walker, e *parts.Element, _ *frame) {
	code, err := strconv.ParseUint(parts.Attr(e.StartElement, "char"), 16, 32)
	if err != nil || w.skip > 0 {
		return
	}
	font := symbolFont(parts.Attr(e.StartElement, "font"))
	if font == "" && !unicode.IsPrint(rune(code)) { // a code of a font that is not known
		w.put(" ")
		return
	}
	if w.hide > 0 || w.inCode() || w.sight() == dossier.Unseen {
		return
	}
	w.beginLine()
	if font == "" { // of any other font the code is that of the character
		w.addSymbol(string(rune(code)))
		return
	}
	w.addSymbol(symbol(font, rune(code)))
}

// addSymbol adds what a symbol looks like; a box of a form as a form field.
func (w *walker) addSymbol(s string) {
	state, ok := boxState(s)
	if !ok || s == "✓" || s == "■" {
		w.flow().Flush()
		w.flow().Add(s)
		return
	}
	value := &dossier.Value{Kind: dossier.YesNoValue, Yes: state == dossier.Checked}
	w.addField(dossier.Field{Control: dossier.CheckBox, State: state, Value: value}, s)
}
