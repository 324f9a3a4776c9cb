// Package form makes forms of rulesets and of kheo.yaml, and changes their text by what people send.
//
// Which fields a form has follows from the grammar of the file, the table by which it is loaded as well, so that
// every key can be changed. Fields are named by the path of their value. What is sent is compared with what the text
// says: values that a person left as they are keep their spelling, and package yamledit changes nothing but the rest,
// so that comments and order stay.
//
// [Schema.Field] makes the [Field] of a value with all that is in it, which the templates of the editor draw by its
// [Kind]. [Schema.Change] takes the form back: first its values, then its one operation, such as adding, moving or
// removing an entry. It checks nothing of what a value means; the text that results is checked by the loader, so a
// form can also hold what is not right yet. How much one form may send is bounded.
package form

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/grammar"
	"kheo/internal/text/language"
	"kheo/internal/yamledit"
)

// Limits of what a form may send.
const (
	maxFields = 5000 // values in one request
	maxDepth  = 24   // parts of a path
)

// Field is one value of the file in a form.
type Field struct {
	Path     string // of the value, as yamledit writes it; names the control
	Key      string // the last key of the path that has a label; "" for the entries of a list
	Name     string // what is shown if the author's own name replaces the label, such as a fact's
	Lang     string // of a text in one language, or ""
	Kind     Kind
	Value    string
	Options  []string // of a Choice
	Required bool
	Help     string   // what the table of keys says of it, in English
	Hint     string   // an example of what may be written
	Fields   []*Field // of a Group and of the languages of Texts
	Rows     []*Row   // of a Grid
	Columns  []Column // of a Grid
	Entries  []*Field // of Entries
	Absent   []string // keys that may be added to a Group, or kinds of new entries
	Removes  bool     // it can be removed
	PerLang  bool     // it can be written for each language
	Names    bool     // new entries of Entries have a name of their own
	Folded   bool     // an entry beside many others, which is opened by its name
	Open     bool     // of a folded entry: the person works on it, or something in it is wrong
}

// Kind is how a field is shown.
type Kind string

// The kinds.
const (
	Line    Kind = "line"    // a text on one line
	Area    Kind = "area"    // a text of several lines
	Lines   Kind = "lines"   // a list of texts, one a line
	Number  Kind = "number"  // digits, perhaps with %
	Code    Kind = "code"    // a condition or an expression
	YesNo   Kind = "yesno"   //
	Choice  Kind = "choice"  // one of Options
	Texts   Kind = "texts"   // one field for each language
	Group   Kind = "group"   // several keys
	Grid    Kind = "grid"    // a list of groups, as a table
	Entries Kind = "entries" // a list of groups, or named values, one below the other
	Foreign Kind = "foreign" // what no form fits; it is changed in the text
)

// Column is a column of a grid.
type Column struct {
	Path string // of the value, from the row
	Key  string // the key whose label heads it
	Name string // a name of the author's, such as a fact's, or a language; "" if the label says all
	Help string // what the table of keys says of it, in English
}

// Row is a row of a grid. Cells are as many as the columns.
type Row struct {
	Path        string
	Cells       []*Field
	First, Last bool
}

// Schema is what forms of one kind of file know.
type Schema struct {
	Root      *grammar.Group
	Languages []string // of the campaign; titles and words have a field for each
}

// Spot returns what the grammar says of a path: the form of the value there, and the key that describes it. ok is
// false if the file can have nothing there.
func (s *Schema) Spot(p yamledit.Path) (v grammar.Value, key *grammar.Key, ok bool) {
	v = grammar.Value{Form: grammar.Object, Of: s.Root}
	if len(p) > maxDepth {
		return v, nil, false
	}
	for _, part := range p {
		if v.List {
			v.List = false
			if _, err := strconv.Atoi(part); err == nil {
				continue
			} // a single entry without brackets: its keys follow
		}
		switch v.Form {
		case grammar.Object:
			i := slices.IndexFunc(v.Of.Keys, func(k grammar.Key) bool { return k.Name == part })
			if i < 0 {
				return v, nil, false
			}
			key = &v.Of.Keys[i]
			v = key.Value
		case grammar.Names:
			v = *v.Each
		case grammar.Title:
			v = grammar.Value{Form: grammar.Text}
		case grammar.Phrases:
			v = grammar.Value{Form: grammar.Text, List: true, Single: true}
		default:
			return v, nil, false
		}
	}
	return v, key, true
}

// Field returns the field of a path of a file, with everything below it; nil if the file can have nothing there.
func (s *Schema) Field(root *yamledit.Value, p yamledit.Path) *Field {
	v, key, ok := s.Spot(p)
	if !ok {
		return nil
	}
	return s.field(p, v, key, root.At(p))
}

// field makes the field of one value. key describes it, unless it is an entry of a list or has a name of the author's.
func (s *Schema) field(p yamledit.Path, v grammar.Value, key *grammar.Key, have *yamledit.Value) *Field {
	f := &Field{Path: p.String()}
	if key != nil && len(p) > 0 && p[len(p)-1] == key.Name {
		f.Key, f.Help, f.Required = key.Name, key.Doc, key.Required
		if !strings.Contains(key.Example, "…") && len(key.Example) < 60 {
			f.Hint = key.Example
		}
		f.Removes = !key.Required && have != nil
	} else if len(p) > 0 {
		f.Name = p[len(p)-1]
	}
	switch {
	case v.List && v.Form == grammar.Object:
		s.list(f, p, v, have)
	case v.List:
		f.Kind = Lines
	case v.Form == grammar.Title:
		s.texts(f, p, have, Line)
	case v.Form == grammar.Phrases:
		s.texts(f, p, have, Lines)
	case v.Form == grammar.Object && v.Short != "" && (have == nil || have.Kind == yamledit.Scalar):
		f.Kind = Code
	case v.Form == grammar.Object:
		s.group(f, p, v.Of, have)
	case v.Form == grammar.Names:
		s.named(f, p, v, have)
	case v.Form == grammar.Word:
		f.Kind, f.Options = Choice, v.Words
	case v.Form == grammar.Bool:
		f.Kind = YesNo
	case v.Form == grammar.Number, v.Form == grammar.Share, v.Form == grammar.Limit:
		f.Kind = Number
	case v.Form == grammar.Condition:
		f.Kind = Code
	default:
		f.Kind = Line
		if have != nil && strings.Contains(have.Text, "\n") || f.Key == "text" {
			f.Kind = Area
		}
	}
	if single(f.Kind) {
		text, ok := show(v, have)
		if f.Value = text; !ok {
			f.Kind, f.Value = Foreign, yamledit.FormatInline(have)
		}
		f.Removes = false // it is removed by emptying it
	}
	return f
}

// single reports whether a field of this kind is one control.
func single(k Kind) bool {
	return slices.Contains([]Kind{Line, Area, Lines, Number, Code, YesNo, Choice}, k)
}

// texts makes the fields of a text, or of a list of words, that may be written once or for each language.
func (s *Schema) texts(f *Field, p yamledit.Path, have *yamledit.Value, kind Kind) {
	if have != nil && have.Kind != yamledit.Map {
		f.Kind, f.PerLang = kind, len(s.Languages) > 1
		return
	}
	f.Kind = Texts
	var langs []string
	if have != nil {
		langs = slices.Clone(have.Keys)
	}
	for _, l := range s.Languages {
		if !slices.Contains(langs, l) {
			langs = append(langs, l)
		}
	}
	v := grammar.Value{Form: grammar.Text, List: kind == Lines, Single: true}
	for _, l := range langs {
		one := &Field{Path: p.With(l).String(), Key: f.Key, Lang: l, Kind: kind}
		text, ok := show(v, have.Get(l))
		if one.Value = text; !ok {
			one.Kind, one.Value = Foreign, yamledit.FormatInline(have.Get(l))
		}
		f.Fields = append(f.Fields, one)
	}
}

// group makes the fields of the keys that a group has, and of those that it must have.
func (s *Schema) group(f *Field, p yamledit.Path, of *grammar.Group, have *yamledit.Value) {
	f.Kind = Group
	if have != nil && have.Kind != yamledit.Map && have.Kind != yamledit.Null {
		f.Kind, f.Value = Foreign, yamledit.FormatInline(have)
		return
	}
	for i := range of.Keys {
		k := &of.Keys[i]
		v := have.Get(k.Name)
		if v == nil && !k.Required {
			if k.Name != "group" { // a group is an entry of its own
				f.Absent = append(f.Absent, k.Name)
			}
			continue
		}
		f.Fields = append(f.Fields, s.field(p.With(k.Name), k.Value, k, v))
	}
}

// named makes the fields of values under names of the author's.
func (s *Schema) named(f *Field, p yamledit.Path, v grammar.Value, have *yamledit.Value) {
	f.Kind, f.Names = Entries, true
	if have != nil && have.Kind != yamledit.Map && have.Kind != yamledit.Null {
		f.Kind, f.Value = Foreign, yamledit.FormatInline(have)
		return
	}
	if have == nil {
		return
	}
	for i, name := range have.Keys {
		e := s.field(p.With(name), *v.Each, nil, have.Items[i])
		e.Removes = true
		f.Entries = append(f.Entries, e)
	}
}

// list makes the field of a list of groups: a grid if every value fits into a cell, and otherwise the entries one
// below the other.
func (s *Schema) list(f *Field, p yamledit.Path, v grammar.Value, have *yamledit.Value) {
	items := []*yamledit.Value{}
	if have != nil && have.Kind == yamledit.List {
		items = have.Items
	} else if have != nil && have.Kind != yamledit.Null {
		f.Kind, f.Value = Foreign, yamledit.FormatInline(have)
		if v.Single && have.Kind == yamledit.Map { // one entry without brackets
			s.group(f, p, v.Of, have)
		}
		return
	}
	if columns, ok := s.columns(v.Of, items); ok {
		s.grid(f, p, columns, items)
		return
	}
	f.Kind = Entries
	one := v
	one.List = false
	for i, item := range items {
		e := s.field(p.With(strconv.Itoa(i)), one, nil, item)
		e.Name, e.Removes = Title(item, s.Languages), true
		if e.Name == "" {
			e.Name = strconv.Itoa(i + 1)
		}
		f.Entries = append(f.Entries, e)
	}
}

// columns returns the columns that a grid of some groups needs: one for each value that one of them has or must have.
// ok is false if one of the values does not fit into a cell.
func (s *Schema) columns(of *grammar.Group, items []*yamledit.Value) (out []Column, ok bool) {
	for i := range of.Keys {
		k := &of.Keys[i]
		var names []string // of the author, or languages
		used, whole := k.Required, false
		for _, item := range items {
			if item.Kind != yamledit.Map {
				return nil, false
			}
			have := item.Get(k.Name)
			if have == nil || have.Kind == yamledit.Null {
				continue
			}
			used = true
			if have.Kind != yamledit.Map {
				whole = true
				continue
			}
			for j, name := range have.Keys {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
				if have.Items[j].Kind != yamledit.Scalar {
					return nil, false
				}
			}
		}
		cell := !k.Value.List && (k.Value.Form == grammar.Title || k.Value.Form == grammar.Names &&
			k.Value.Each.Form != grammar.Object && !k.Value.Each.List && k.Value.Each.Form != grammar.Phrases ||
			k.Value.Form < grammar.Title)
		switch {
		case !used:
		case !cell || whole && len(names) > 0:
			return nil, false
		case len(names) > 0 || k.Value.Form == grammar.Title && !whole:
			if k.Value.Form == grammar.Title {
				for _, l := range s.Languages {
					if !slices.Contains(names, l) {
						names = append(names, l)
					}
				}
			}
			for _, name := range names {
				out = append(out, Column{yamledit.Path{k.Name, name}.String(), k.Name, name, k.Doc})
			}
		default:
			out = append(out, Column{yamledit.Path{k.Name}.String(), k.Name, "", k.Doc})
		}
	}
	return out, true
}

// grid fills the cells of a grid.
func (s *Schema) grid(f *Field, p yamledit.Path, columns []Column, items []*yamledit.Value) {
	f.Kind, f.Columns = Grid, columns
	for i, item := range items {
		at := p.With(strconv.Itoa(i))
		row := &Row{Path: at.String(), First: i == 0, Last: i == len(items)-1}
		for _, c := range columns {
			path := append(slices.Clone(at), yamledit.ParsePath(c.Path)...)
			v, key, _ := s.Spot(path)
			cell := s.field(path, v, key, item.At(yamledit.ParsePath(c.Path)))
			row.Cells = append(row.Cells, cell)
		}
		f.Rows = append(f.Rows, row)
	}
}

// show returns a value as a form shows it, and whether one control can.
func show(v grammar.Value, have *yamledit.Value) (string, bool) {
	switch {
	case have == nil || have.Kind == yamledit.Null:
		return "", true
	case have.Kind == yamledit.Scalar:
		return have.Text, true
	case have.Kind == yamledit.List && (v.List || v.Form == grammar.Phrases):
		lines := make([]string, len(have.Items))
		for i, item := range have.Items {
			if item.Kind != yamledit.Scalar || strings.Contains(item.Text, "\n") {
				return "", false
			}
			lines[i] = item.Text
		}
		return strings.Join(lines, "\n"), true
	}
	return "", false
}

// Title returns what an entry of a list is called: its title or name in one of the languages, or its id; "" if it
// has none.
func Title(v *yamledit.Value, languages []string) string {
	if g := v.Get("group"); g != nil {
		v = g
	}
	for _, key := range []string{"title", "name", "id"} {
		t := v.Get(key)
		if t == nil {
			continue
		}
		if t.Kind == yamledit.Scalar && t.Text != "" {
			return t.Text
		}
		for _, l := range append(slices.Clone(languages), "en", "vi", "nb") {
			if x := t.Get(l); x != nil && x.Kind == yamledit.Scalar && x.Text != "" {
				return x.Text
			}
		}
	}
	return ""
}

// Summary returns what is most worth knowing of an entry beside its title, on one line of at most n code points: its
// maximum, and how it gives points or is read. Texts are in the first of the languages that they have.
func Summary(v *yamledit.Value, languages []string, n int) string {
	var parts []string
	v = inLanguage(v, languages)
	add := func(keys ...string) {
		for _, key := range keys {
			if x := v.Get(key); x != nil && x.Kind != yamledit.Null {
				parts = append(parts, key+": "+yamledit.FormatInline(x))
			}
		}
	}
	switch {
	case v == nil:
		return ""
	case v.Kind != yamledit.Map:
		parts = append(parts, strings.Trim(yamledit.FormatInline(v), "[]"))
	default:
		add("max", "type", "unit", "currency", "from", "labels", "value", "file", "measured", "formula", "steps",
			"proportional", "per", "checklist", "table", "evidenced", "panel", "require", "number", "most", "expect",
			"facts", "looks_like", "at_least", "deduct", "bonus")
		if len(parts) == 0 {
			parts = append(parts, yamledit.FormatInline(v))
		}
	}
	rs := []rune(strings.Join(strings.Fields(strings.Join(parts, " · ")), " "))
	if len(rs) > n {
		return string(rs[:n-1]) + "…"
	}
	return string(rs)
}

// inLanguage returns a value in which every text that is written for each language is that of one language.
func inLanguage(v *yamledit.Value, languages []string) *yamledit.Value {
	if v == nil || v.Kind != yamledit.Map && v.Kind != yamledit.List {
		return v
	}
	if v.Kind == yamledit.Map && len(v.Keys) > 0 && !slices.ContainsFunc(v.Keys, func(k string) bool {
		return !slices.Contains(
			language.Codes(), k)
	}) {
		for _, l := range append(slices.Clone(languages), v.Keys...) {
			if x := v.Get(l); x != nil {
				return x
			}
		}
	}
	out := &yamledit.Value{Kind: v.Kind, Keys: v.Keys}
	for _, item := range v.Items {
		out.Items = append(out.Items, inLanguage(item, languages))
	}
	return out
}

// String describes a field for messages of tests.
func (f *Field) String() string { return fmt.Sprintf("%s %s %q", f.Path, f.Kind, f.Value) }
