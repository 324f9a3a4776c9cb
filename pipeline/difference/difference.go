// Package difference says in words, in every language of texts, what differs between two versions of a ruleset:
// "Criterion “How many take part”: maximum 20 → 15". It compares what the files say, key by key of the grammar, so
// that layout, comments and the order of keys make no difference.
//
// [Of] compares rulesets, and [Between] files of another grammar. Which old entry of a list a new one is, is decided
// by yamledit.Match, so that a changed entry is one change and not two. `kheo rules diff`, `rules import` and `rules
// history` and the page of a proposal show the result. A key that is added to a grammar is compared without a change
// here; it needs its name in section `keys` of the texts.
package difference

import (
	"fmt"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/grammar"
	"kheo/internal/texts"
	"kheo/internal/yamledit"
	"kheo/rules"
)

// Texts of differences, and what keys are called.
const (
	words texts.Section = "differences"
	keys  texts.Section = "keys"
)

// Kinds of changes.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
	Moved   = "moved"
)

// Change is one difference.
type Change struct {
	Kind string       `json:"kind"` // Added, Removed, Changed or Moved
	Path string       `json:"path"` // of the key, with entries by their ids, such as criteria/[reach]/max
	Line int          `json:"line"` // in the new file; in the old one if it was removed
	Text dossier.Text `json:"text"` // the change in words
}

// Of returns the differences between two versions of a ruleset file, in the order of the grammar. The error is a
// strict.Problems if one of them is not YAML.
func Of(file string, old, changed []byte) ([]Change, error) {
	return Between(rules.Grammar(), file, old, changed)
}

// Between is Of for a file with another grammar, such as kheo.yaml.
func Between(g *grammar.Group, file string, old, changed []byte) ([]Change, error) {
	a, problems := yamledit.Parse(file, old)
	if len(problems) > 0 {
		return nil, problems
	}
	b, problems := yamledit.Parse(file, changed)
	if len(problems) > 0 {
		return nil, problems
	}
	c := &comparer{}
	c.group(g, a.Root, b.Root, place{})
	return c.changes, nil
}

// comparer collects changes.
type comparer struct{ changes []Change }

// place is what is compared: the entry that it belongs to, and the keys within the entry.
type place struct {
	path    []string
	subject []dossier.Text // entries from the outside, such as a criterion and one of its steps
	label   []dossier.Text // keys within the last entry
}

// key returns the place of a key.
func (p place) key(k *grammar.Key) place {
	p.path = append(slices.Clone(p.path), k.Name)
	p.label = append(slices.Clone(p.label), label(k.Name))
	return p
}

// entry returns the place of an entry, which has a name in each language.
func (p place) entry(part string, name dossier.Text) place {
	p.path = append(slices.Clone(p.path), part)
	p.subject = append(slices.Clone(p.subject), name)
	p.label = nil
	return p
}

// label is what a key is called in each language; the key itself if it has no text.
func label(key string) dossier.Text {
	if t, ok := keys.Lookup(key); ok {
		return t
	}
	return each(func(string) string { return key })
}

// each makes a text of one text for each language.
func each(in func(lang string) string) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		out[lang] = in(lang)
	}
	return out
}

// add reports a change at a place. what returns the rest of the sentence in a language.
func (c *comparer) add(kind string, p place, at *yamledit.Value, what func(lang string) string) {
	line, _ := at.Pos()
	c.changes = append(c.changes, Change{Kind: kind, Path: yamledit.Path(p.path).String(), Line: line,
		Text: each(func(lang string) string {
			var subjects, labels []string
			for _, s := range p.subject {
				subjects = append(subjects, s[lang])
			}
			for _, l := range p.label {
				labels = append(labels, l[lang])
			}
			head := strings.Join(subjects, ", ")
			if head == "" {
				head = words.In(lang, "ruleset")
			}
			if len(labels) > 0 {
				return head + ": " + strings.Join(labels, " – ") + " " + what(lang)
			}
			return head + " " + what(lang)
		})})
}

// group compares the values of a group of keys.
func (c *comparer) group(g *grammar.Group, old, new *yamledit.Value, p place) {
	for i := range g.Keys {
		k := &g.Keys[i]
		c.value(&k.Value, old.Get(k.Name), new.Get(k.Name), p.key(k), k.Name)
	}
}

// value compares two values of one key; either may be nil.
func (c *comparer) value(form *grammar.Value, old, new *yamledit.Value, p place, key string) {
	if null(old) && null(new) {
		return
	}
	switch {
	case form.Form == grammar.Object && form.List:
		c.list(form.Of, old, new, p, key)
	case form.Form == grammar.Object:
		c.group(form.Of, long(form, old), long(form, new), p)
	case form.Form == grammar.Names:
		c.names(form.Each, old, new, p, key)
	case form.Form == grammar.Title || form.Form == grammar.Phrases:
		c.byLanguage(form, old, new, p)
	default:
		c.plain(form, old, new, p)
	}
}

// null reports whether nothing is written.
func null(v *yamledit.Value) bool { return v == nil || v.Kind == yamledit.Null }

// long returns a group of keys in place of the plain value that is short for it.
func long(form *grammar.Value, v *yamledit.Value) *yamledit.Value {
	if form.Short == "" || v == nil || v.Kind != yamledit.Scalar {
		return v
	}
	out := &yamledit.Value{Kind: yamledit.Map}
	out.Set(form.Short, v)
	return out
}

// items returns the entries of a list; a single value is a list of one.
func items(v *yamledit.Value) []*yamledit.Value {
	switch {
	case null(v):
		return nil
	case v.Kind == yamledit.List:
		return v.Items
	}
	return []*yamledit.Value{v}
}

// byLanguage compares titles or word lists of each language, and of all languages.
func (c *comparer) byLanguage(form *grammar.Value, old, new *yamledit.Value, p place) {
	of := func(v *yamledit.Value, lang string) *yamledit.Value {
		if v != nil && v.Kind == yamledit.Map {
			return v.Get(lang)
		}
		if lang == "" {
			return v
		}
		return nil
	}
	for _, lang := range append([]string{""}, texts.Languages...) {
		q := p
		if lang != "" && len(p.label) > 0 {
			q.label = slices.Clone(p.label)
			last := q.label[len(q.label)-1]
			q.label[len(q.label)-1] = each(func(l string) string { return last[l] + " (" + lang + ")" })
		} else if lang != "" {
			q.label = []dossier.Text{each(func(string) string { return "(" + lang + ")" })}
		}
		c.plain(form, of(old, lang), of(new, lang), q)
	}
}

// plain compares single values and lists of them.
func (c *comparer) plain(form *grammar.Value, old, new *yamledit.Value, p place) {
	if form.List || form.Form == grammar.Phrases {
		c.wordsOf(old, new, p)
		return
	}
	switch {
	case null(old) && null(new) || same(form, old, new):
	case null(old):
		c.add(Added, p, new, func(lang string) string { return words.In(lang, "set") + " " + show(new, lang) })
	case null(new):
		c.add(Removed, p, old, func(lang string) string {
			return words.In(lang, "unset") + " (" + show(old, lang) +
				")"
		})
	default:
		c.add(Changed, p, new, func(lang string) string { return show(old, lang) + " → " + show(new, lang) })
	}
}

// same reports whether two single values mean the same.
func same(form *grammar.Value, a, b *yamledit.Value) bool {
	if null(a) || null(b) {
		return null(a) && null(b)
	}
	w := *b
	w.Number = form.Form == grammar.Number || form.Form == grammar.Share || form.Form == grammar.Limit
	return yamledit.Equal(a, &w)
}

// maxShown is the number of code points of a text that is shown.
const maxShown = 160

// show is a value as a sentence has it.
func show(v *yamledit.Value, lang string) string {
	switch {
	case null(v):
		return words.In(lang, "nothing")
	case v.Kind != yamledit.Scalar:
		return clip(yamledit.FormatInline(v))
	case !v.Str && (v.Text == "true" || v.Text == "false"):
		return words.In(lang, "answer."+v.Text)
	}
	if _, number := yamledit.ParseNumber(v.Text); number {
		return v.Text
	}
	return texts.Quoted(lang, clip(strings.TrimSpace(v.Text)))
}

// clip shortens a text.
func clip(s string) string {
	if r := []rune(s); len(r) > maxShown {
		return string(r[:maxShown]) + "…"
	}
	return s
}

// maxWords is how many words a change of a list names.
const maxWords = 20

// wordsOf compares two lists of words: which came, which went, and whether those that stay changed their order.
func (c *comparer) wordsOf(old, new *yamledit.Value, p place) {
	a, b := items(old), items(new)
	minus := func(from, without []*yamledit.Value) (out []*yamledit.Value) {
		for _, v := range from {
			if !slices.ContainsFunc(without, func(w *yamledit.Value) bool { return yamledit.Equal(v, w) }) {
				out = append(out, v)
			}
		}
		return out
	}
	list := func(vs []*yamledit.Value, lang string) string {
		var out []string
		for _, v := range vs[:min(len(vs), maxWords)] {
			out = append(out, show(v, lang))
		}
		if len(vs) > maxWords {
			out = append(out, "…")
		}
		return strings.Join(out, ", ")
	}
	came, went := minus(b, a), minus(a, b)
	if len(came) > 0 {
		c.add(Added, p, came[0], func(lang string) string { return words.In(lang, "came") + " " + list(came, lang) })
	}
	if len(went) > 0 {
		c.add(Removed, p, went[0], func(lang string) string { return words.In(lang, "went") + " " + list(went, lang) })
	}
	if len(came)+len(went) == 0 && !slices.EqualFunc(a, b, yamledit.Equal) {
		c.add(Moved, p, new, func(lang string) string { return words.In(lang, "order") + " " + list(b, lang) })
	}
}

// names compares groups whose names the author chose.
func (c *comparer) names(form *grammar.Value, old, new *yamledit.Value, p place, key string) {
	noun := func(name string) place { return p.entry("["+name+"]", named(key, name, new.Get(name), old.Get(name))) }
	for _, name := range keysOf(new) {
		if old.Get(name) == nil {
			c.add(Added, noun(name), new.Get(name), func(lang string) string {
				if v := new.Get(name); v.Kind == yamledit.Scalar {
					return words.In(lang, "added") + ": " + show(v, lang)
				}
				return words.In(lang, "added")
			})
			continue
		}
		c.value(form, old.Get(name), new.Get(name), noun(name), key)
	}
	for _, name := range keysOf(old) {
		if new.Get(name) == nil {
			c.add(Removed, noun(name), old.Get(name), func(lang string) string { return words.In(lang, "removed") })
		}
	}
}

// keysOf are the keys of a group; none if it is something else.
func keysOf(v *yamledit.Value) []string {
	if v == nil || v.Kind != yamledit.Map {
		return nil
	}
	return v.Keys
}

// named is the name of an entry in each language: what it is, and its title or name.
func named(key, name string, entries ...*yamledit.Value) dossier.Text {
	return each(func(lang string) string {
		title := name
		for _, e := range entries {
			if t := titleOf(e, lang); t != "" {
				title = texts.Quoted(lang, t)
				break
			}
		}
		noun := label(key)[lang]
		if t, ok := words.Lookup("one." + key); ok {
			noun = t[lang]
		}
		if title == "" {
			return noun
		}
		return noun + " " + title
	})
}

// titleOf is the title of an entry in a language, or its first one; "" if it has none.
func titleOf(v *yamledit.Value, lang string) string {
	for _, key := range []string{"title", "name"} {
		t := v.Get(key)
		switch {
		case t == nil:
			continue
		case t.Kind == yamledit.Scalar:
			return clip(t.Text)
		case t.Get(lang) != nil:
			return clip(t.Get(lang).Text)
		case t.Kind == yamledit.Map && len(t.Items) > 0:
			return clip(t.Items[0].Text)
		}
	}
	return ""
}

// list compares lists of groups of keys. Entries with an id are recognised by it, also in another group of
// criteria; others by their content and place.
func (c *comparer) list(g *grammar.Group, old, new *yamledit.Value, p place, key string) {
	a, b := flatten(items(old), ""), flatten(items(new), "")
	at := match(a, b)
	used := make([]bool, len(a))
	last, moved := -1, -1
	for i, e := range b {
		q := p.entry(e.part(i), e.name(key, i))
		if at[i] < 0 {
			c.add(Added, q, e.outer, func(lang string) string { return words.In(lang, "added") + gives(e.v, lang) })
			continue
		}
		was := a[at[i]]
		used[at[i]] = true
		if at[i] < last && moved < 0 {
			moved = i
		}
		last = max(last, at[i])
		if was.in != e.in {
			c.add(Moved, q, e.outer, func(lang string) string {
				if e.in == "" {
					return words.In(lang, "ungrouped")
				}
				return words.In(lang, "grouped") + " " + texts.Quoted(lang, e.in)
			})
		}
		form := g
		if e.group != nil {
			form = groupOf(g)
		}
		c.entry(form, was.v, e.v, q)
	}
	for i, e := range a {
		if !used[i] {
			c.add(Removed, p.entry(e.part(i), e.name(key, i)), e.outer, func(lang string) string {
				return words.In(lang, "removed") + gives(e.v, lang)
			})
		}
	}
	if moved >= 0 {
		c.add(Moved, p, new, func(lang string) string { return words.In(lang, "reordered") })
	}
}

// gives is what an entry that came or went is worth, in brackets.
func gives(v *yamledit.Value, lang string) string {
	for _, key := range []string{"max", "points"} {
		if x := v.Get(key); x != nil && x.Kind == yamledit.Scalar {
			return " (" + label(key)[lang] + " " + x.Text + ")"
		}
	}
	return ""
}

// entry compares the keys of two entries. The entries of a group of criteria are compared with the whole list.
func (c *comparer) entry(g *grammar.Group, old, new *yamledit.Value, p place) {
	for i := range g.Keys {
		k := &g.Keys[i]
		if k.Value.List && k.Value.Of != nil && groupOf(k.Value.Of) == g {
			continue
		}
		c.value(&k.Value, old.Get(k.Name), new.Get(k.Name), p.key(k), k.Name)
	}
}

// groupOf is the group of keys that makes an entry a group of entries of the same list; nil if there is none.
func groupOf(g *grammar.Group) *grammar.Group {
	for i := range g.Keys {
		of := g.Keys[i].Value.Of
		if of != nil && slices.ContainsFunc(of.Keys, func(k grammar.Key) bool {
			return k.Value.List &&
				k.Value.Of == g
		}) {
			return of
		}
	}
	return nil
}

// listed is an entry of a list, with the group that it is in.
type listed struct {
	outer, v, group *yamledit.Value
	in              string // the id of the group
}

// flatten lists entries, those of groups behind their group.
func flatten(list []*yamledit.Value, in string) (out []listed) {
	for _, v := range list {
		e := listed{outer: v, v: v, in: in}
		if g := v.Get("group"); g != nil && g.Kind == yamledit.Map {
			e.v, e.group = g, g
		}
		out = append(out, e)
		if e.group != nil {
			out = append(out, flatten(items(e.group.Get("criteria")), e.group.ID())...)
		}
	}
	return out
}

// part is the part of a path that leads to an entry.
func (e listed) part(i int) string {
	if id := e.v.ID(); id != "" {
		return "[" + id + "]"
	}
	return fmt.Sprint(i)
}

// name is what an entry is called: its title, id or number.
func (e listed) name(key string, i int) dossier.Text {
	name := e.v.ID()
	if name == "" {
		name = fmt.Sprint(i + 1)
	}
	if e.group != nil {
		key = "group"
	}
	return named(key, name, e.v)
}

// match says for each new entry which old one it is; -1 for none.
func match(old, new []listed) []int {
	list := func(of []listed) *yamledit.Value {
		v := &yamledit.Value{Kind: yamledit.List}
		for _, e := range of {
			v.Items = append(v.Items, e.v)
		}
		return v
	}
	return yamledit.Match(list(old), list(new))
}
