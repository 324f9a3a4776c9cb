package workbook

import (
	"fmt"
	"slices"

	"kheo/internal/grammar"
	"kheo/internal/yamledit"
)

// toBook lays a ruleset out on the sheets. What they cannot hold is left out; see withMore.
func toBook(root *yamledit.Value) book {
	b := book{}
	w := &writer{book: b, rows: map[*sheet]map[*row]*yamledit.Value{}}
	for _, s := range layout() {
		b[s.name] = &page{}
		if s.single {
			r := w.add(s, root)
			w.fill(s, r, root)
			continue
		}
		if s.parent == nil {
			w.entries(s, root.At(yamledit.Path(s.path)), nil)
			continue
		}
		for _, r := range b[s.parent.name].rows {
			if item := w.rows[s.parent][r]; item != nil {
				w.entries(s, at(item, s.path, nil), w.refs(s.parent, r))
			}
		}
	}
	return b
}

// writer remembers which entry of the ruleset each row is.
type writer struct {
	book book
	rows map[*sheet]map[*row]*yamledit.Value
}

// add appends a row for an entry.
func (w *writer) add(s *sheet, item *yamledit.Value) *row {
	r := &row{cells: map[string]cell{}}
	w.book[s.name].rows = append(w.book[s.name].rows, r)
	if w.rows[s] == nil {
		w.rows[s] = map[*row]*yamledit.Value{}
	}
	w.rows[s][r] = item
	return r
}

// refs are the cells by which rows of other sheets name a row.
func (w *writer) refs(s *sheet, r *row) map[string]cell {
	out := map[string]cell{}
	for _, head := range s.refs {
		out[head] = r.cells[head]
	}
	switch s.naming {
	case byID:
		out[ownerOf(s)] = r.cells["id"]
	case byName:
		out[ownerOf(s)] = r.cells[headName]
	case byNumber:
		out[ownerOf(s)] = r.cells[headNumber]
	}
	return out
}

// entries adds the rows of a list or group.
func (w *writer) entries(s *sheet, v *yamledit.Value, refs map[string]cell) {
	if v == nil {
		return
	}
	items := v.Items
	if s.naming != byName && v.Kind == yamledit.Map {
		items = []*yamledit.Value{v} // one entry in place of a list
	}
	if s.nested != nil {
		w.nested(s, items, "")
		return
	}
	for i, item := range items {
		r := w.add(s, item)
		for head, c := range refs {
			r.cells[head] = c
		}
		switch {
		case s.naming == byName && v.Kind == yamledit.Map:
			r.cells[headName] = cell{kind: textCell, text: v.Keys[i]}
		case s.naming == byNumber:
			r.cells[headNumber] = cell{kind: textCell, text: fmt.Sprint(i + 1)}
		}
		w.fill(s, r, item)
	}
}

// nested adds the rows of a list whose entries may be groups of entries, those of a group below it.
func (w *writer) nested(s *sheet, items []*yamledit.Value, in string) {
	for _, item := range items {
		group := item.Get(s.nested.wrap)
		inner, is := item, rowItem
		if group != nil {
			inner, is = group, rowGroup
		}
		r := w.add(s, inner)
		if in != "" {
			r.cells[headIn] = cell{kind: textCell, text: in}
		}
		r.cells[headKind] = cell{kind: textCell, text: is}
		w.fill(s, r, inner)
		if group != nil {
			if list := group.Get(s.nested.list); list != nil && list.Kind == yamledit.List {
				w.nested(s, list.Items, inner.ID())
			}
			w.rows[s][r] = nil // sheets within criteria have nothing of groups
		}
	}
}

// fill writes the values of an entry into its row.
func (w *writer) fill(s *sheet, r *row, item *yamledit.Value) {
	for _, c := range s.columns {
		v := at(item, c.path, c.short)
		if c.value.Form == grammar.Title || c.value.Form == grammar.Phrases {
			if v != nil && v.Kind == yamledit.Map {
				v = v.Get(c.lang)
			} else if c.lang != "" {
				v = nil
			}
		}
		if got, ok := cellOf(c.value, v); ok && v != nil &&
			(v.Kind != yamledit.Null || c.value.Form == grammar.Scalar) {
			r.cells[c.head] = got
		}
	}
	for _, g := range s.grids {
		names := at(item, g.path, nil)
		if names == nil || names.Kind != yamledit.Map {
			continue
		}
		for i, name := range names.Keys {
			head := g.head + "." + name
			if got, ok := cellOf(g.value, names.Items[i]); ok {
				r.cells[head] = got
				if p := w.book[s.name]; !slices.Contains(p.heads, head) {
					p.heads = append(p.heads, head) // the grids' heads; the others are those of the layout
				}
			}
		}
	}
}

// at returns the value at a path within an entry. A plain value in the place of a group counts as the key that it
// is short for.
func at(v *yamledit.Value, path []string, short []shortAt) *yamledit.Value {
	for depth := 0; ; depth++ {
		if v != nil && v.Kind == yamledit.Scalar {
			for _, s := range short {
				if s.depth == depth && depth < len(path) && path[depth] == s.key {
					if depth == len(path)-1 {
						return v
					}
					return nil
				}
			}
		}
		if depth == len(path) || v == nil {
			return v
		}
		v = v.Get(path[depth])
	}
}
