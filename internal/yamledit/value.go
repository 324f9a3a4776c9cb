// Package yamledit changes a YAML file without rewriting it: only what differs between the file and a wanted
// value is replaced, so that comments, order, quotes and line breaks of everything else stay as their author wrote
// them. It is what a form or a workbook needs that edits a file which people also edit by hand.
//
// Parse reads a file as a tree of Values that know their places. Apply takes such a tree, changed as the caller
// likes, and returns the text of the changed file. The result is parsed again and compared with what was wanted
// before it is returned; if it differs, Apply fails instead of returning it.
package yamledit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Kind is the shape of a Value.
type Kind int

// The kinds.
const (
	Null Kind = iota // nothing is written, or null
	Scalar
	Map
	List
)

// Value is a node of a YAML file, or of what a file is to hold.
type Value struct {
	Kind  Kind
	Text  string   // of a Scalar: as written, in NFC, without quotes
	Str   bool     // of a Scalar: a text, and not a number or yes or no
	Keys  []string // of a Map, in their order
	Items []*Value // of a Map, by the index of the key; of a List

	// What a wanted value may say about how it is to be compared with a file.
	Number  bool   // of a Scalar: 50% is as good as 0.5
	Ordered bool   // of a Map: the order of the keys matters
	Short   string // of a Map: the key that a plain value in its place sets

	node node // place in the file; zero in values that come from elsewhere
}

// Text returns a text as a Value.
func Text(s string) *Value { return &Value{Kind: Scalar, Text: norm.NFC.String(s), Str: true} }

// Literal returns a number, true or false as a Value; s is how it is written.
func Literal(s string) *Value { return &Value{Kind: Scalar, Text: s} }

// Get returns the value of a key; nil if v is nil, not a Map, or does not have the key.
func (v *Value) Get(key string) *Value {
	if v == nil || v.Kind != Map {
		return nil
	}
	if i := slices.Index(v.Keys, key); i >= 0 {
		return v.Items[i]
	}
	return nil
}

// Set gives a key of a Map a value, which replaces the one it has.
func (v *Value) Set(key string, to *Value) {
	if i := slices.Index(v.Keys, key); i >= 0 {
		v.Items[i] = to
		return
	}
	v.Keys, v.Items = append(v.Keys, key), append(v.Items, to)
}

// Delete removes a key of a Map.
func (v *Value) Delete(key string) {
	if i := slices.Index(v.Keys, key); i >= 0 {
		v.Keys, v.Items = slices.Delete(v.Keys, i, i+1), slices.Delete(v.Items, i, i+1)
	}
}

// Clone returns a copy that may be changed. The copy keeps the places in the file.
func (v *Value) Clone() *Value {
	if v == nil {
		return nil
	}
	c := *v
	c.Keys = slices.Clone(v.Keys)
	c.Items = make([]*Value, len(v.Items))
	for i, item := range v.Items {
		c.Items[i] = item.Clone()
	}
	return &c
}

// ID returns what an item of a list is known by: the value of id, of the id of its group, or "".
func (v *Value) ID() string {
	if g := v.Get("group"); g != nil && g.Kind == Map {
		v = g
	}
	if id := v.Get("id"); id != nil && id.Kind == Scalar {
		return id.Text
	}
	return ""
}

// Pos returns the line and column of a Value of a file, from 1; 0, 0 for one that comes from elsewhere.
func (v *Value) Pos() (line, col int) {
	if v == nil {
		return 0, 0
	}
	return v.node.line, v.node.col
}

// Path is the way to a Value: keys, and indexes of lists counted from 0.
type Path []string

// String joins a path by slashes. A slash in a key is written ~1, and ~ is written ~0, as in JSON Pointer.
func (p Path) String() string {
	parts := make([]string, len(p))
	for i, s := range p {
		parts[i] = strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
	}
	return strings.Join(parts, "/")
}

// ParsePath is the inverse of Path.String.
func ParsePath(s string) Path {
	if s == "" {
		return nil
	}
	parts := strings.Split(s, "/")
	for i := range parts {
		parts[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(parts[i])
	}
	return parts
}

// With returns the path to a part of what p leads to.
func (p Path) With(part string) Path { return append(slices.Clone(p), part) }

// At returns the value at a path; nil if there is none.
func (v *Value) At(p Path) *Value {
	for _, part := range p {
		switch {
		case v == nil:
			return nil
		case v.Kind == List:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(v.Items) {
				return nil
			}
			v = v.Items[i]
		default:
			v = v.Get(part)
		}
	}
	return v
}

// Put sets the value at a path. Groups on the way are made; items of lists are not, and a missing one is an error.
// An index equal to the length of the list appends.
func (v *Value) Put(p Path, to *Value) error {
	for i, part := range p {
		last := i == len(p)-1
		switch v.Kind {
		case List:
			at, err := strconv.Atoi(part)
			if err != nil || at < 0 || at > len(v.Items) {
				return fmt.Errorf("the list %s has no entry %q", p[:i], part)
			}
			if at == len(v.Items) {
				v.Items = append(v.Items, &Value{Kind: Map})
			}
			if last {
				v.Items[at] = to
			}
			v = v.Items[at]
		case Map, Null:
			v.Kind = Map
			next := v.Get(part)
			if last {
				v.Set(part, to)
				return nil
			}
			if next == nil || next.Kind == Null {
				next = &Value{Kind: Map}
				v.Set(part, next)
			}
			v = next
		default:
			return fmt.Errorf("%s is a single value and has no %q", p[:i], part)
		}
	}
	return nil
}

// Equal reports whether a value of a file means what is wanted. A single value is as good as a list of one, a key
// without value as one that is missing, and what wanted says of numbers, order and short forms counts.
func Equal(have, wanted *Value) bool {
	if empty(have) || wanted == nil {
		return empty(have) && (wanted == nil || wanted.Kind == Null)
	}
	switch wanted.Kind {
	case Null:
		return false
	case Scalar:
		return have.Kind == Scalar && equalScalars(have, wanted)
	case List:
		items := have.Items
		if have.Kind != List {
			items = []*Value{have}
		}
		return slices.EqualFunc(items, wanted.Items, equalItems)
	}
	if wanted.Short != "" && have.Kind == Scalar {
		have = &Value{Kind: Map, Keys: []string{wanted.Short}, Items: []*Value{have}}
	}
	return have.Kind == Map && equalMaps(have, wanted)
}

// empty reports whether a value is nothing or null.
func empty(v *Value) bool { return v == nil || v.Kind == Null }

// equalItems is Equal for items of a list, in which null has a place.
func equalItems(have, wanted *Value) bool { return Equal(have, wanted) }

// equalMaps compares two groups key by key.
func equalMaps(have, wanted *Value) bool {
	for i, key := range wanted.Keys {
		h := have.Get(key)
		// A key with null is told apart from a missing one if null is what is wanted.
		if wanted.Items[i] != nil && wanted.Items[i].Kind == Null && h == nil || !Equal(h, wanted.Items[i]) {
			return false
		}
	}
	for i, key := range have.Keys {
		if have.Items[i].Kind != Null && !slices.Contains(wanted.Keys, key) {
			return false
		}
	}
	if wanted.Ordered {
		// Keys without a value do not count, neither do they if they are missing.
		return slices.Equal(slices.DeleteFunc(slices.Clone(have.Keys),
			func(k string) bool { return wanted.Get(k) == nil }), wanted.Keys)
	}
	return true
}

// equalScalars compares two single values.
func equalScalars(have, wanted *Value) bool {
	if have.Text == wanted.Text {
		return true
	}
	if !wanted.Number {
		return false
	}
	a, ok := ParseNumber(have.Text)
	b, also := ParseNumber(wanted.Text)
	return ok && also && a == b
}

// ParseNumber reads a number as rulesets write them: digits, perhaps with _ between them, and perhaps with %.
func ParseNumber(s string) (f float64, ok bool) {
	s, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	f, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(s), "_", ""), 64)
	if err != nil || f != f || f <= -1e15 || f >= 1e15 {
		return 0, false
	}
	if percent {
		f /= 100
	}
	return f, true
}
