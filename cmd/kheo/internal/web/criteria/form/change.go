package form

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/grammar"
	"kheo/internal/yamledit"
)

// ValuePrefix begins the names of controls; the path of the value follows.
const ValuePrefix = "f:"

// Prefixes of the controls beside buttons that add something: what it is called, and of which kind it is.
const (
	NewPrefix  = "new:"
	KindPrefix = "kind:"
)

// Errors of what is sent. The page that sent it shows what could not be done.
var (
	ErrFields = fmt.Errorf("a form has at most %d values", maxFields)
	ErrNoSpot = errors.New("the file has no such place")
	ErrNamed  = errors.New("there is an entry of this name already, or it has none")
)

// Change changes a file by the values of a form, and then by an operation: a word, a colon and a path, such as
// up:criteria/3. was is the text that the form showed; values that are as they were there change nothing. at is the
// path that the person looks at next.
func (s *Schema) Change(was, file *yamledit.File, values url.Values,
	op string) (text []byte, at yamledit.Path, err error) {
	if len(values) > maxFields {
		return nil, nil, ErrFields
	}
	wanted := file.Root.Clone()
	var paths []string
	for name := range values {
		if strings.HasPrefix(name, ValuePrefix) {
			paths = append(paths, name)
		}
	}
	slices.Sort(paths)
	var emptied []yamledit.Path
	for _, name := range paths {
		p := yamledit.ParsePath(strings.TrimPrefix(name, ValuePrefix))
		v, key, ok := s.Spot(p)
		if !ok || len(p) == 0 {
			return nil, nil, fmt.Errorf("%w: %s", ErrNoSpot, p)
		}
		sent := plain(values.Get(name))
		if shown, ok := show(v, was.Root.At(p)); !ok || sent == shown ||
			strings.TrimSpace(sent) == strings.TrimSpace(shown) {
			continue
		}
		if wanted.At(p[:len(p)-1]) == nil && sent == "" {
			continue
		}
		if !v.List && v.Form != grammar.Phrases && !many(key, p, file.Root.At(p)) {
			sent = strings.Join(strings.Fields(sent), " ")
		}
		to := encode(v, sent, file.Root.At(p))
		if to == nil {
			emptied = append(emptied, p)
			continue
		}
		if err := s.put(wanted, p, key, to); err != nil {
			return nil, nil, fmt.Errorf("%w: %s", ErrNoSpot, p)
		}
	}
	for _, p := range emptied {
		remove(wanted, p)
	}
	if at, err = s.operate(wanted, op, values); err != nil {
		return nil, nil, err
	}
	text, err = file.Apply(wanted)
	return text, at, err
}

// plain returns what was sent with the line ends of Unix, and without those at its end.
func plain(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return strings.TrimRight(s, "\n")
}

// many reports whether a text may have several lines: that of an example, or one that has them.
func many(key *grammar.Key, p yamledit.Path, have *yamledit.Value) bool {
	return key != nil && key.Name == "text" && p[len(p)-1] == key.Name || have != nil &&
		strings.Contains(have.Text, "\n")
}

// encode returns what was sent as a value; nil if it is empty and the key is to go. have is the value that it
// replaces, whose spelling it takes.
func encode(v grammar.Value, sent string, have *yamledit.Value) *yamledit.Value {
	if v.List || v.Form == grammar.Phrases {
		return lines(v, sent, have)
	}
	sent = strings.TrimSpace(sent)
	switch v.Form {
	case grammar.Number, grammar.Share, grammar.Limit:
		return number(sent)
	case grammar.Bool:
		if sent != "" {
			return yamledit.Literal(sent)
		}
		return nil
	case grammar.Scalar:
		if sent == "" { // a fact that must not be found
			return &yamledit.Value{Kind: yamledit.Null}
		}
		return bare(sent, have)
	}
	if sent == "" {
		return nil
	}
	if v.Form == grammar.Text && have != nil && have.Kind == yamledit.Scalar && !have.Str {
		return bare(sent, have)
	}
	return yamledit.Text(sent)
}

// number returns a number as it was sent; a comma before the decimals is one of the language.
func number(sent string) *yamledit.Value {
	if sent == "" {
		return nil
	}
	if _, ok := yamledit.ParseNumber(sent); ok {
		return yamledit.Literal(sent)
	}
	if point := strings.Replace(sent, ",", ".", 1); strings.Count(sent, ",") == 1 {
		if _, ok := yamledit.ParseNumber(point); ok {
			return yamledit.Literal(point)
		}
	}
	return yamledit.Text(sent)
}

// bare returns a number, or true or false, without quotes, and anything else as a text.
func bare(sent string, have *yamledit.Value) *yamledit.Value {
	_, isNumber := yamledit.ParseNumber(sent)
	if (isNumber || sent == "true" || sent == "false") && (have == nil || !have.Str) {
		return yamledit.Literal(sent)
	}
	return yamledit.Text(sent)
}

// lines returns the lines of what was sent as a list. A single line stays a single value where there was one: that is
// how words.NAME is written.
func lines(v grammar.Value, sent string, have *yamledit.Value) *yamledit.Value {
	out := &yamledit.Value{Kind: yamledit.List}
	for _, line := range strings.Split(sent, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		item := yamledit.Text(line)
		if v.Form == grammar.Number {
			item = number(line)
		}
		out.Items = append(out.Items, item)
	}
	switch {
	case len(out.Items) == 0:
		return nil
	case len(out.Items) == 1 && (have != nil && have.Kind == yamledit.Scalar || have == nil &&
		strings.HasPrefix(sent, "words.")):
		return out.Items[0]
	}
	return out
}

// put sets the value at a path. A key that a group does not have yet gets the place that the grammar gives it.
func (s *Schema) put(root *yamledit.Value, p yamledit.Path, key *grammar.Key, to *yamledit.Value) error {
	parent := root.At(p[:len(p)-1])
	last := p[len(p)-1]
	if parent != nil && parent.Kind == yamledit.Map && parent.Get(last) == nil && key != nil && key.Name == last {
		if v, _, ok := s.Spot(p[:len(p)-1]); ok && v.Of != nil {
			insert(parent, v.Of, last, to)
			return nil
		}
	}
	return root.Put(p, to)
}

// insert adds a key to a group, behind those that come before it in the grammar.
func insert(parent *yamledit.Value, of *grammar.Group, name string, to *yamledit.Value) {
	rank := func(name string) int {
		return slices.IndexFunc(of.Keys, func(k grammar.Key) bool { return k.Name == name })
	}
	at := 0
	for i, k := range parent.Keys {
		if rank(k) < rank(name) {
			at = i + 1
		}
	}
	parent.Keys = slices.Insert(parent.Keys, at, name)
	parent.Items = slices.Insert(parent.Items, at, to)
}

// remove removes what a path leads to, and groups that it leaves empty.
func remove(root *yamledit.Value, p yamledit.Path) {
	for ; len(p) > 0; p = p[:len(p)-1] {
		parent := root.At(p[:len(p)-1])
		if parent == nil {
			return
		}
		last := p[len(p)-1]
		if parent.Kind == yamledit.List {
			if i, err := strconv.Atoi(last); err == nil && i >= 0 && i < len(parent.Items) {
				parent.Items = slices.Delete(parent.Items, i, i+1)
			}
		} else {
			parent.Delete(last)
		}
		if len(parent.Items) > 0 || len(p) == 1 {
			return
		}
	}
}

// operate does what a button asks for, and returns the path that the person looks at next.
func (s *Schema) operate(root *yamledit.Value, op string, values url.Values) (yamledit.Path, error) {
	word, path, ok := strings.Cut(op, ":")
	if !ok {
		return nil, nil
	}
	p := yamledit.ParsePath(path)
	if _, _, ok := s.Spot(p); !ok || len(p) == 0 && word != "key" {
		return nil, fmt.Errorf("%w: %s", ErrNoSpot, path)
	}
	switch word {
	case "open":
		return p, nil
	case "del":
		remove(root, p)
		return p[:len(p)-1], nil
	case "up", "down":
		return move(root, p, word == "up"), nil
	case "row":
		return s.addRow(root, p)
	case "add":
		return s.add(root, p, strings.TrimSpace(values.Get(NewPrefix+path)), values.Get(KindPrefix+path))
	case "key":
		return s.addKey(root, p, values.Get(KindPrefix+path))
	case "langs":
		return s.perLanguage(root, p)
	}
	return nil, fmt.Errorf("%w: %s", ErrNoSpot, op)
}

// move moves an entry of a list by one place. It returns the path of the entry.
func move(root *yamledit.Value, p yamledit.Path, up bool) yamledit.Path {
	list := root.At(p[:len(p)-1])
	i, err := strconv.Atoi(p[len(p)-1])
	if list == nil || list.Kind != yamledit.List || err != nil || i < 0 || i >= len(list.Items) {
		return p
	}
	to := i + 1
	if up {
		to = i - 1
	}
	if to < 0 || to >= len(list.Items) {
		return p
	}
	list.Items[i], list.Items[to] = list.Items[to], list.Items[i]
	return append(slices.Clone(p[:len(p)-1]), strconv.Itoa(to))
}

// addRow adds a row to a list of groups: like the last one, so that only what differs is to be written.
func (s *Schema) addRow(root *yamledit.Value, p yamledit.Path) (yamledit.Path, error) {
	v, _, _ := s.Spot(p)
	if !v.List || v.Form != grammar.Object {
		return nil, fmt.Errorf("%w: %s", ErrNoSpot, p)
	}
	list := root.At(p)
	row := skeleton(v.Of, "", "")
	n := 0
	if list != nil && list.Kind == yamledit.List && len(list.Items) > 0 {
		n = len(list.Items)
		row = list.Items[n-1].Clone()
		if id := row.Get("id"); id != nil {
			row.Set("id", yamledit.Text(id.Text+"-2"))
		}
	}
	if list == nil || list.Kind != yamledit.List {
		if err := root.Put(p, &yamledit.Value{Kind: yamledit.List}); err != nil {
			return nil, err
		}
		list = root.At(p)
	}
	list.Items = append(list.Items, row)
	return p.With(strconv.Itoa(n)), nil
}

// add adds an entry under a name: to a list of groups by its id, or to values that have names.
func (s *Schema) add(root *yamledit.Value, p yamledit.Path, name, kind string) (yamledit.Path, error) {
	v, key, _ := s.Spot(p)
	have := root.At(p)
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || len(name) > 200 {
		return nil, ErrNamed
	}
	switch {
	case v.Form == grammar.Names:
		label := name
		if name = named(v.Pattern, name); name == "" || have.Get(name) != nil {
			return nil, ErrNamed
		}
		at := p.With(name)
		to := blank(*v.Each, label, kind)
		if have == nil {
			if err := s.put(root, p, key, &yamledit.Value{Kind: yamledit.Map}); err != nil {
				return nil, err
			}
		}
		return at, root.Put(at, to)
	case v.List && v.Form == grammar.Object:
		id := ID(name)
		if id == "" {
			return nil, ErrNamed
		}
		if have != nil && slices.ContainsFunc(have.Items, func(x *yamledit.Value) bool { return x.ID() == id }) {
			return nil, ErrNamed
		}
		if have == nil || have.Kind != yamledit.List {
			if err := s.put(root, p, key, &yamledit.Value{Kind: yamledit.List}); err != nil {
				return nil, err
			}
			have = root.At(p)
		}
		have.Items = append(have.Items, entry(v.Of, name, kind))
		return p.With(strconv.Itoa(len(have.Items) - 1)), nil
	}
	return nil, fmt.Errorf("%w: %s", ErrNoSpot, p)
}

// named returns a name in the form that a pattern asks for; "" if it cannot be brought into it.
func named(pattern, name string) string {
	for _, n := range []string{name, ID(name), strings.ReplaceAll(ID(name), "-", "_")} {
		if ok, err := regexp.MatchString(pattern, n); n != "" && err == nil && ok {
			return n
		}
	}
	return ""
}

// addKey adds a key to a group, with the example of the grammar to begin with.
func (s *Schema) addKey(root *yamledit.Value, p yamledit.Path, name string) (yamledit.Path, error) {
	at := p.With(name)
	_, key, ok := s.Spot(at)
	if !ok || key == nil || key.Name != name || root.At(at) != nil {
		return nil, fmt.Errorf("%w: %s", ErrNoSpot, at)
	}
	return at, s.put(root, at, key, example(key, name))
}

// perLanguage turns a text for all languages into one for each.
func (s *Schema) perLanguage(root *yamledit.Value, p yamledit.Path) (yamledit.Path, error) {
	have := root.At(p)
	if have == nil || have.Kind == yamledit.Map {
		return p, nil
	}
	each := &yamledit.Value{Kind: yamledit.Map}
	for _, l := range s.Languages {
		each.Set(l, have.Clone())
	}
	return p, root.Put(p, each)
}
