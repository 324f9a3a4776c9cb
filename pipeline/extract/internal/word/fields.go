package word

import (
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
)

// field is an open field (w:fldChar): between its beginning and its separator is its instruction, which is not
// shown.
type field struct {
	result bool
	code   strings.Builder
	form   *form // a form field of Word 97
	leaf   *layout.Node
	at     int // index in leaf of its first span
}

// form is the data of a form field (w:ffData).
type form struct {
	name, prompt   string
	checked, stock toggle // as it is now, and at first
	options        []string
	chosen         int
}

// control is an open content control (w:sdt).
type control struct {
	label, name string
	kind        dossier.Control // "" is one that only groups
	placeholder bool
	checked     toggle
	date        string
	options     []string
	bound       bool
	group       bool // a table of contents, a cover page, repeated sections
	leaf        *layout.Node
	at          int // index in leaf of its first span, or of its first block
	flow        *layout.Flow
	open        bool // its content has begun
}

// inCode reports whether the text that follows is an instruction of a field.
func (w *walker) inCode() bool {
	for i := range w.fields {
		if !w.fields[i].result || resultless[w.fields[i].kind()] {
			return true
		}
	}
	return false
}

// resultless are the fields whose result, if the file has one, is not shown.
var resultless = map[string]bool{"SET": true, "ASK": true, "XE": true, "TC": true, "TA": true, "RD": true, "PRIVATE": true,
	"PRINT": true, "DATA": true, "NEXT": true, "NEXTIF": true, "SKIPIF": true, "BARCODE": true}

// kind returns the first word of a field's instruction.
func (f *field) kind() string {
	word, _, _ := strings.Cut(strings.TrimSpace(f.code.String()), " ")
	return strings.ToUpper(word)
}

// maxFields is the maximum depth of fields within fields.
const maxFields = 50

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

// endField writes the state of a form field.
func (w *walker) endField(f *field) {
	if f.form == nil || w.hide > 0 || w.inCode() {
		return
	}
	switch code := f.kind(); {
	case code == "FORMCHECKBOX":
		state, box := dossier.Unchecked, unticked
		if f.form.checked == on || f.form.checked == unset && f.form.stock == on {
			state, box = dossier.Checked, ticked
		}
		w.addField(dossier.Field{Name: f.form.name, Label: f.form.prompt, Control: dossier.CheckBox, State: state}, box)
	case code == "FORMDROPDOWN":
		answer, state := "", dossier.Unfilled
		if f.form.chosen < len(f.form.options) {
			answer, state = f.form.options[f.form.chosen], dossier.Filled
		}
		w.addField(dossier.Field{Name: f.form.name, Label: f.form.prompt, Control: dossier.Choice, State: state, Options: f.form.options}, answer)
	case code == "FORMTEXT" && f.leaf != nil && f.leaf == w.flow().Open() && f.at <= len(f.leaf.Spans):
		w.wrap(f.leaf, f.at, dossier.Field{Name: f.form.name, Label: f.form.prompt, Control: dossier.TextField, State: dossier.Filled})
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

// wrap turns the text of a paragraph from a span on into a form field.
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

// addInstruction adds to the instruction of the innermost field.
func (w *walker) addInstruction(s string) {
	if n := len(w.fields); n > 0 && w.skip == 0 && w.fields[n-1].code.Len() < 1000 {
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
		if c := w.control(); c != nil && !c.open && len(c.options) < 1000 {
			text := parts.Attr(e.StartElement, "displayText")
			if text == "" {
				text = parts.Attr(e.StartElement, "value")
			}
			c.options = append(c.options, text)
		}
	},
}

// onForm returns what reads a property of the open form field.
func onForm(set func(f *form, val string, t toggle)) func(*walker, *parts.Element, *frame) {
	return func(w *walker, e *parts.Element, _ *frame) {
		if n := len(w.fields); n > 0 && w.fields[n-1].form != nil && len(w.fields[n-1].form.options) < 1000 {
			set(w.fields[n-1].form, parts.Attr(e.StartElement, "val"), toggleOf(e.StartElement))
		}
	}
}

// onControl returns what reads a property of the open content control.
func onControl(set func(c *control, val string)) func(*walker, *parts.Element, *frame) {
	return func(w *walker, e *parts.Element, _ *frame) {
		if c := w.control(); c != nil && !c.open {
			set(c, parts.Attr(e.StartElement, "val"))
		} else {
			w.property(e)
		}
	}
}

// control returns the innermost open content control; nil outside of controls.
func (w *walker) control() *control {
	if n := len(w.forms); n > 0 {
		return w.forms[n-1]
	}
	return nil
}

func beginControl(w *walker, _ *parts.Element, _ *frame) {
	w.forms = append(w.forms, &control{})
}

func (w *walker) setPlaceholder(t toggle) {
	if c := w.control(); c != nil && !c.open {
		c.placeholder = t == on
	}
}

// controlContent begins the content of a control. A prompt is not content.
func controlContent(w *walker, _ *parts.Element, f *frame) {
	c := w.control()
	if c == nil || c.open {
		return
	}
	c.open = true
	if c.group {
		return
	}
	c.flow = w.flow()
	if w.para() != nil && w.stack[len(w.stack)-2].name == "sdt" && w.inline() {
		c.leaf = w.flow().Open()
		w.flow().Flush()
		c.at = len(c.leaf.Spans)
	} else {
		c.at = w.flow().Len()
	}
	if c.placeholder {
		f.skip = 1
	}
}

// inline reports whether the open control is within a paragraph.
func (w *walker) inline() bool {
	for i := len(w.stack) - 3; i >= 0; i-- {
		switch w.stack[i].name {
		case "p":
			return true
		case "tc", "txbxContent", "body", "tr", "tbl":
			return false
		}
	}
	return false
}

// endControl turns the content of a control into a form field.
func endControl(w *walker, _ *frame) {
	n := len(w.forms)
	if n == 0 {
		return
	}
	c := w.forms[n-1]
	w.forms = w.forms[:n-1]
	if c.group || c.flow == nil || c.flow != w.flow() || w.skip > 0 {
		return
	}
	kind := c.kind
	if kind == "" {
		kind = dossier.TextField
	}
	f := dossier.Field{Label: c.label, Name: c.name, Control: kind, State: dossier.Filled, Options: c.options}
	switch {
	case c.placeholder:
		f.State = dossier.Placeholder
		if c.leaf != nil || c.kind != "" || w.table() != nil {
			w.addField(f, "")
		}
		return
	case kind == dossier.DateField && len(c.date) >= 10:
		f.Value = &dossier.Value{Kind: dossier.DateValue, Date: c.date[:10]}
	}
	leaf, at := c.leaf, c.at
	if leaf == nil {
		if leaf, at = w.flow().Only(c.at), 0; leaf == nil || c.kind == "" && c.label == "" {
			return // it holds more than one paragraph
		}
	} else if leaf != w.flow().Open() {
		return
	}
	w.flow().Flush()
	if kind == dossier.CheckBox {
		w.endBoxControl(c, f, leaf, at)
		return
	}
	if at <= len(leaf.Spans) {
		w.wrap(leaf, at, f)
		if c.bound {
			w.checkBinding(leaf, at)
		}
	}
}

// endBoxControl writes the state of a tick box: what is seen of it counts, and its property where that is no box.
func (w *walker) endBoxControl(c *control, f dossier.Field, leaf *layout.Node, at int) {
	if at > len(leaf.Spans) {
		return
	}
	shown := strings.TrimSpace(layout.Raw([]*layout.Node{{Spans: leaf.Spans[at:]}}))
	for _, s := range leaf.Spans[at:] {
		if s.Field != nil { // a symbol that was read as a box
			shown = s.Text
		}
	}
	state, ok := boxState(shown)
	if !ok {
		if state = dossier.Unchecked; c.checked == on {
			state = dossier.Checked
		}
	} else if (state == dossier.Checked) != (c.checked == on) {
		leaf.Visibility = dossier.Uncertain
	}
	f.State = state
	f.Value = &dossier.Value{Kind: dossier.YesNoValue, Yes: state == dossier.Checked}
	box := unticked
	if state == dossier.Checked {
		box = ticked
	}
	leaf.Spans = append(leaf.Spans[:at:at], layout.Span{Text: box, Field: &f})
	if p := w.para(); p != nil {
		p.plain = true
	}
}

// checkBinding marks a control's text as uncertain if it is bound to data that does not have it: Word shows the
// data.
func (w *walker) checkBinding(leaf *layout.Node, at int) {
	text := strings.Join(strings.Fields(leaf.Spans[at].Text), " ")
	if text != "" && !strings.Contains(w.doc.bound(), text) {
		leaf.Visibility = dossier.Uncertain
	}
}

// symbolElement adds a character of a symbol font.
func symbolElement(w *walker, e *parts.Element, _ *frame) {
	code, err := strconv.ParseUint(parts.Attr(e.StartElement, "char"), 16, 32)
	if err != nil || w.skip > 0 {
		return
	}
	font := symbolFont(parts.Attr(e.StartElement, "font"))
	if font == "" {
		w.put(" ")
		return
	}
	if w.hide > 0 || w.inCode() || w.sight() == dossier.Unseen {
		return
	}
	w.beginLine()
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
	w.addField(dossier.Field{Control: dossier.CheckBox, State: state, Value: &dossier.Value{Kind: dossier.YesNoValue, Yes: state == dossier.Checked}}, s)
}
