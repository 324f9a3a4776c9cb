package word

import (
	"strings"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/parts"
)

// control is an open content control (w:sdt, 17.5.2). Its properties come before its content.
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

// onControl returns what reads a property of the open content control. Outside of one, an element of that
// name is a property of something else.
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

// beginControl opens a content control (17.5.2).
func beginControl(w *walker, _ *parts.Element, _ *frame) {
	w.forms = append(w.forms, &control{})
}

// setPlaceholder notes whether a control shows its prompt, which is there until it is filled in (17.5.2.39).
func (w *walker) setPlaceholder(t toggle) {
	if c := w.control(); c != nil && !c.open {
		c.placeholder = t == on
	}
}

// controlContent begins the content of a control, and notes its beginning: a span of the open
// paragraph, or a block. A prompt is not content.
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

// endControl turns the content of a control into a form field. A control that was moved into another text
// box, or whose content is several paragraphs, remains text.
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
	f := c.field()
	if c.placeholder {
		if c.leaf != nil || c.kind != "" || w.stack.table() != nil {
			w.addField(f, "")
		}
		return
	}
	leaf, at := w.contentOf(c)
	if leaf == nil {
		return
	}
	w.flow().Flush()
	if f.Control == dossier.CheckBox {
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

// field returns the form field that a control is. A control that states no kind takes text.
func (c *control) field() dossier.Field {
	f := dossier.Field{Label: c.label, Name: c.name, Control: c.kind, State: dossier.Filled, Options: c.options}
	if f.Control == "" {
		f.Control = dossier.TextField
	}
	switch {
	case c.placeholder:
		f.State = dossier.Placeholder
	case f.Control == dossier.DateField && len(c.date) >= 10:
		f.Value = &dossier.Value{Kind: dossier.DateValue, Date: c.date[:10]}
	}
	return f
}

// contentOf returns the paragraph with the content of a control, and the index of its first span there; nil
// if it is in more than one. A control around a whole paragraph is a field only if it says what it is for.
func (w *walker) contentOf(c *control) (leaf *layout.Node, at int) {
	if c.leaf != nil {
		if c.leaf != w.flow().Open() {
			return nil, 0
		}
		return c.leaf, c.at
	}
	if c.kind == "" && c.label == "" {
		return nil, 0
	}
	return w.flow().Only(c.at), 0
}

// endBoxControl writes the state of a tick box: what is seen of it counts, or its property if that is not a
// box. If they differ, which of the two Word shows is uncertain.
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

// checkBinding marks a control's text as uncertain if it is bound to data (17.5.2.6) that does not have it:
// Word shows the data, whatever text the file has in the control.
func (w *walker) checkBinding(leaf *layout.Node, at int) {
	text := strings.Join(strings.Fields(leaf.Spans[at].Text), " ")
	if text != "" && !strings.Contains(w.doc.bound(), text) {
		leaf.Visibility = dossier.Uncertain
	}
}
