// Package grammar describes the keys of a YAML file once, in a table, from which come
// the loader's checks (unknown keys, missing keys, words and numbers that are not
// allowed), the JSON Schema for editors, and the reference page of the manual.
//
// A table is a tree of Groups. Each Key has the form of its value, its bounds, its
// default, a sentence of documentation and an example. A loader walks a document with
// Group.Read and asks the Map for values; a key that the table does not have cannot be
// asked for. What a table cannot express (names defined elsewhere in the file, sums,
// conditions) is checked by the loader itself.
package grammar

import (
	"fmt"
	"slices"
)

// Form is the form of a value.
type Form int

// The forms. A text may be written as a number or as true or false; it is read as
// written.
const (
	Text      Form = iota
	ID             // small letters a–z, digits, - and _; begins with a letter
	Condition      // an expression that is true or false
	Number         // a number; with % it is divided by 100
	Share          // a number from 0 to 1, usually written as a percentage
	Limit          // a whole number from 1, or a percentage up to 100%
	Bool           // true or false
	Scalar         // a text, a number, true or false, or nothing
	Word           // one of Value.Words
	Title          // one text for all languages, or one per language
	Phrases        // a list of texts for all languages, or such lists per language
	Object         // a group of keys, described by Value.Of
	Names          // a group of names chosen by the author, each with a value of Value.Each
)

// Value is what may be written behind a key.
type Value struct {
	Form  Form
	Words []string // the words of a Word
	Of    *Group   // the keys of an Object
	Each  *Value   // the values of Names
	Short string   // of an Object: the key that a plain text in its place sets; "" if it must be a mapping

	List   bool // a list of such values is expected
	Single bool // of a list: one value may be written without brackets

	Pattern  string   // regular expression of a text, of each phrase, or of each of Names
	Reserved []string // what an ID must not be, and names that Names must not have
	AtLeast  int      // how many Names there must be
	Contains string   // a word that a list must have

	Min, Max *float64 // bounds of a Number or Share; nil is none
	Above    bool     // the number must be above Min, not equal to it
	Whole    bool     // the number must be whole
}

// Key is one key of a group.
type Key struct {
	Name     string
	Value    Value
	Required bool   // the group is not valid without it
	Default  string // the value that counts if the key is missing; "" for none
	Doc      string // one sentence, without a full stop
	Example  string // a value as YAML; also the cure if a required key is missing

	// Wrong and Cure replace the message about a number outside its bounds. In Wrong,
	// {value} is the number, {key} the key and {name} what the loader calls the group.
	Wrong, Cure string
}

// Rule is a relation between the keys of a group that a JSON Schema can express. The
// loader checks it in its own words.
type Rule struct {
	Doc string // one sentence, without a full stop
	// Exactly one of OneOf, or at least one of AnyOf, must be there.
	OneOf, AnyOf []string
	// If Key is there (and has the value Is, unless that is ""), one of AnyOf must be
	// there as well, and NoneOf must not be.
	Key, Is string
	NoneOf  string
	// Unless names a key whose presence lifts the requirement of AnyOf or, without that, of all Required keys.
	Unless string
}

// Group is a group of keys: a mapping of the document.
type Group struct {
	Name  string // names its part of the schema and its section of the reference
	A     string // in messages about what it may have: "a gate"
	The   string // in messages about what it lacks: "the gate"
	Doc   string // one sentence, without a full stop
	Keys  []Key
	Rules []Rule
}

// Names returns the names of the group's keys, in the order of the table.
func (g *Group) Names() []string {
	out := make([]string, len(g.Keys))
	for i := range g.Keys {
		out[i] = g.Keys[i].Name
	}
	return out
}

// Key returns the key with the name. It panics if the table has none: a loader that
// asks for a key must have it described.
func (g *Group) Key(name string) *Key {
	i := slices.IndexFunc(g.Keys, func(k Key) bool { return k.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("grammar: %s has no key %q", g.Name, name))
	}
	return &g.Keys[i]
}

// Groups returns the group and all groups below it, each once, parents first.
func (g *Group) Groups() []*Group {
	var out []*Group
	var visit func(g *Group)
	visit = func(g *Group) {
		if g == nil || slices.Contains(out, g) {
			return
		}
		out = append(out, g)
		for i := range g.Keys {
			v := &g.Keys[i].Value
			for v.Each != nil {
				v = v.Each
			}
			visit(v.Of)
		}
	}
	visit(g)
	return out
}

// Bound returns a bound for Value.Min and Value.Max.
func Bound(f float64) *float64 { return &f }

// Within reports whether a number respects the value's bounds.
func (v *Value) Within(f float64) bool {
	switch {
	case v.Min != nil && (f < *v.Min || v.Above && f == *v.Min):
		return false
	case v.Max != nil && f > *v.Max:
		return false
	}
	return !v.Whole || f == float64(int64(f))
}
