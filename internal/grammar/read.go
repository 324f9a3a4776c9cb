package grammar

import (
	"fmt"
	"strconv"
	"strings"

	"kheo/internal/strict"
)

// Map is a mapping of a document that is read as a Group. Its methods report what does
// not fit to the document, and return the key's default or the zero value.
type Map struct {
	*strict.Map
	Name   string // the value of {name} in messages of the table; set by the loader
	group  *Group
	the    string
	missed map[string]bool // required keys whose absence has been reported
}

// Read reads a node as the group: keys that the table does not have are reported.
func (g *Group) Read(n *strict.Node) *Map {
	return &Map{Map: n.Map(g.A, g.Names()...), group: g, the: g.The, missed: map[string]bool{}}
}

// ReadAs is Read for a group that messages call by a name of its own, such as "the fact
// households".
func (g *Group) ReadAs(n *strict.Node, what string) *Map {
	return &Map{Map: n.Map(what, g.Names()...), group: g, the: what, missed: map[string]bool{}}
}

// Get returns the value of a key, or nil if it is missing or empty. The absence of a
// required key is reported once, however often it is asked for.
func (m *Map) Get(key string) *strict.Node {
	k := m.group.Key(key)
	if v := m.Map.Get(key); v != nil || !k.Required || m.missed[key] || !m.IsMap() {
		return v // that it is not a group of keys is one mistake, and not one for each key
	}
	m.missed[key] = true
	return m.Need(key, m.the, k.Example)
}

// Text returns the text of a key.
func (m *Map) Text(key string) string {
	if n := m.Get(key); n != nil {
		return n.String(key)
	}
	return m.group.Key(key).Default
}

// Number returns the number of a key, and reports one that is outside its bounds.
func (m *Map) Number(key string) float64 {
	f, _ := m.NumberOK(key)
	return f
}

// NumberOK is Number; ok is false if the key is missing or its value is not valid.
func (m *Map) NumberOK(key string) (f float64, ok bool) {
	k := m.group.Key(key)
	n := m.Get(key)
	if n == nil {
		return number(k.Default), false
	}
	f, ok = n.NumberOK(key)
	if ok && !k.Value.Within(f) {
		n.Fail(k.outside(f, m.Name))
		ok = false
	}
	return f, ok
}

// outside is the message about a number outside the key's bounds, and its cure.
func (k *Key) outside(f float64, name string) (message, cure string) {
	if k.Wrong != "" {
		return strings.NewReplacer("{value}", fmt.Sprint(f), "{key}", k.Name, "{name}", name).Replace(k.Wrong), k.Cure
	}
	return fmt.Sprintf("%s must be a %s", k.Name, k.Value.bounds()), "write a number such as " + k.Example
}

// Default returns the number that counts if a key is missing.
func (g *Group) Default(key string) float64 { return number(g.Key(key).Default) }

// number reads a default as the table writes it, such as 30%.
func number(s string) float64 {
	t, percent := strings.CutSuffix(s, "%")
	f, err := strconv.ParseFloat(t, 64)
	if err != nil {
		return 0
	}
	if percent {
		f /= 100
	}
	return f
}

// Word returns the word of a key, which must be one of the table's or, if there are
// any, one of words: those that only the document or the campaign knows.
func (m *Map) Word(key string, words ...string) string {
	k := m.group.Key(key)
	if len(words) == 0 {
		words = k.Value.Words
	}
	if n := m.Get(key); n != nil {
		return n.OneOf(key, words...)
	}
	return k.Default
}

// Bool returns the value of a key that is true or false.
func (m *Map) Bool(key string) bool {
	if n := m.Get(key); n != nil {
		return n.Bool(key)
	}
	return m.group.Key(key).Default == "true"
}

// List returns the items of a key's list; a single value is a list of one.
func (m *Map) List(key string) []*strict.Node { return m.Get(key).List(key) }

// Nonempty reports whether a key is there with a value.
func (m *Map) Nonempty(key string) bool {
	m.group.Key(key)
	return m.Map.Get(key) != nil
}
