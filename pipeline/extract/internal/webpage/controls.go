package webpage

import (
	"strings"

	"golang.org/x/net/html"

	"kheo/internal/dossier"
)

// Check boxes as they are written in the text. Those of Word documents look the same there.
const (
	tickedBox = "☒"
	emptyBox  = "☐"
)

// control adds a form control with its state. A control whose text is not seen is not a field: its value is
// hidden text.
func (w *walker) control(n *html.Node) {
	f := dossier.Field{Name: value(n, "name"), Label: w.doc.label(n)}
	text := ""
	switch n.Data {
	case "textarea":
		f.Control, text = dossier.TextField, rawText(n)
		f.State = filled(text)
	case "select":
		f.Control = dossier.Choice
		text = choice(n, &f)
	case "input":
		var ok bool
		if text, ok = input(n, &f); !ok {
			return
		}
	}
	if f.State == dossier.Unfilled && value(n, "placeholder") != "" {
		f.State = dossier.Placeholder
	}
	seen := w.doc.sight(n)
	if seen == dossier.Unseen {
		w.Hide(" " + text + " ")
		return
	}
	if !w.space {
		w.Add(" ")
	}
	w.at(seen)
	w.Field(f, collapse(text))
	w.space = text == ""
}

// filled returns the state of a field with a text: white space does not fill it in.
func filled(text string) dossier.FieldState {
	if strings.TrimSpace(text) == "" {
		return dossier.Unfilled
	}
	return dossier.Filled
}

// rawText returns the text directly in an element.
func rawText(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// input fills in the field of an input element, and returns its text. ok is false for those without any:
// buttons, hidden values, and controls whose value is not written on the page.
func input(n *html.Node, f *dossier.Field) (text string, ok bool) {
	_, checked := attr(n, "checked")
	switch typ := strings.ToLower(value(n, "type")); typ {
	case "checkbox", "radio":
		f.Control, f.State, text = dossier.CheckBox, dossier.Unchecked, emptyBox
		if typ == "radio" {
			f.Control = dossier.Radio
		}
		if checked {
			f.State, text = dossier.Checked, tickedBox
		}
		f.Value = &dossier.Value{Kind: dossier.YesNoValue, Yes: checked}
		return text, true
	case "hidden", "submit", "button", "reset", "image", "file", "password", "color", "range":
		return "", false
	case "date", "month", "datetime-local", "week", "time":
		f.Control, text = dossier.DateField, value(n, "value")
		if typ == "date" && len(text) == 10 {
			f.Value = &dossier.Value{Kind: dossier.DateValue, Date: text}
		}
	default:
		f.Control, text = dossier.TextField, value(n, "value")
	}
	f.State = filled(text)
	return text, true
}

// maxOptions is the number of options of a choice that are kept: the provinces and communes of a country
// are more, and are not what a dossier is assessed by.
const maxOptions = 200

// choice fills in the field of a select element, and returns what it shows: the chosen option, or the first.
func choice(n *html.Node, f *dossier.Field) string {
	first, chosen, found := "", "", false
	_, several := attr(n, "multiple")
	for o := range n.Descendants() {
		if o.Type != html.ElementNode || o.Data != "option" {
			continue
		}
		t := textOf(o)
		if label := value(o, "label"); label != "" {
			t = label
		}
		if len(f.Options) == 0 {
			first = t
		}
		if len(f.Options) < maxOptions {
			f.Options = append(f.Options, t)
		}
		if _, ok := attr(o, "selected"); ok {
			if several && found {
				chosen += ", " + t
			} else {
				chosen = t
			}
			found = true
		}
	}
	f.State = dossier.Unfilled
	switch {
	case found:
		f.State = dossier.Filled
		return chosen
	case several:
		return ""
	}
	return first // without a choice it shows its first option
}

// label returns the words that say what a control is for: by its own attribute, by a label that names its
// id, or by the label around it, in this order.
func (d *document) label(n *html.Node) string {
	if v := value(n, "aria-label"); v != "" {
		return collapse(v)
	}
	if d.labels == nil {
		d.labels = map[string]string{}
		for l := range d.root.Descendants() {
			if l.Type == html.ElementNode && l.Data == "label" && value(l, "for") != "" {
				d.labels[value(l, "for")] = textOf(l)
			}
		}
	}
	if t := d.labels[value(n, "id")]; t != "" {
		return t
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && p.Data == "label" {
			return textOf(p)
		}
	}
	return ""
}
