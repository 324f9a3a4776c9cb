package workbook

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/grammar"
	"kheo/internal/strict"
	"kheo/internal/yamledit"
	"kheo/rules"
)

// origin is the cell that a value comes from, and the row of an entry.
type origin struct {
	sheet *sheet
	row   *row
	cell  string
}

// reader makes a ruleset of a book.
type reader struct {
	book     book
	root     *yamledit.Value
	problems Problems
	origins  map[*yamledit.Value]origin
	entries  map[*sheet]map[string]*yamledit.Value // by what rows of other sheets name them
	holes    map[*row]bool                         // rows with a problem of their own
}

// fromBook reads a ruleset from a book. old is the ruleset that the book was made of; the sheet More may refer to
// places in it.
func fromBook(b book, old *yamledit.Value) *reader {
	r := &reader{book: b, root: &yamledit.Value{Kind: yamledit.Map}, origins: map[*yamledit.Value]origin{},
		entries: map[*sheet]map[string]*yamledit.Value{}, holes: map[*row]bool{}}
	for _, s := range layout() {
		r.entries[s] = map[string]*yamledit.Value{}
		for _, row := range b[s.name].rows {
			r.row(s, row)
		}
	}
	// Rows of the sheet More come last: they are paths into entries that the other sheets have made.
	r.more(old)
	sortKeys(r.root, rules.Grammar())
	keepVacant(old, r.root)
	return r
}

// fail reports a mistake in a cell; the row counts as having one.
func (r *reader) fail(s *sheet, row *row, head, message, cure string) {
	ref := row.cells[head].ref
	if ref == "" {
		ref = r.ref(s, row, head)
	}
	r.problems = append(r.problems, Problem{Sheet: s.name, Cell: ref, Message: message, Cure: cure})
	r.holes[row] = true
}

// ref returns the place of a cell, which may be blank.
func (r *reader) ref(s *sheet, row *row, head string) string {
	if ref := row.cells[head].ref; ref != "" {
		return ref
	}
	p := r.book[s.name]
	if s.single {
		return p.at[head]
	}
	// The place of a blank cell is its column in the line of the row, so that a mistake about what is missing has a
	// place too.
	letters := p.at[head]
	if letters == "" {
		letters = "A"
	}
	return letters + strconv.Itoa(row.line)
}

// row reads one row.
func (r *reader) row(s *sheet, row *row) {
	if s.single {
		r.fill(s, row, r.root)
		return
	}
	// A row of blanks is what is left after a person has cleared an entry.
	if !slices.ContainsFunc(row.heads(), func(h string) bool { return strings.TrimSpace(row.cells[h].text) != "" }) {
		return
	}
	to, ok := r.parentOf(s, row)
	if !ok {
		return
	}
	item := &yamledit.Value{Kind: yamledit.Map}
	isGroup := false
	if s.nested != nil {
		isGroup = strings.EqualFold(row.text(headKind), rowGroup)
		if kind := row.text(headKind); !isGroup && kind != "" && !strings.EqualFold(kind, rowItem) {
			r.fail(s, row, headKind, fmt.Sprintf("a row is a criterion or a group, not %q", kind),
				"choose "+rowItem+" or "+rowGroup)
		}
		to = r.groupOf(s, row, to)
	}
	item = r.fill(s, row, item)
	r.place(s, row, to, item, isGroup)
}

// heads returns the heads of the cells of a row, sorted.
func (row *row) heads() []string {
	out := make([]string, 0, len(row.cells))
	for h := range row.cells {
		out = append(out, h)
	}
	slices.Sort(out)
	return out
}

// text returns the text of a cell without spaces around it.
func (row *row) text(head string) string { return strings.TrimSpace(row.cells[head].text) }

// parentOf returns the entry that a row belongs to.
func (r *reader) parentOf(s *sheet, row *row) (*yamledit.Value, bool) {
	if s.parent == nil {
		return r.root, true
	}
	parts := make([]string, len(s.refs))
	for i, head := range s.refs {
		parts[i] = row.text(head)
	}
	if to := r.entries[s.parent][strings.Join(parts, "\x00")]; to != nil {
		return to, true
	}
	last := s.refs[len(s.refs)-1]
	name := row.text(last)
	if name == "" {
		r.fail(s, row, last, "the row does not say which "+last+" it belongs to",
			"write its name from the sheet "+s.parent.name+", or clear the row")
		return nil, false
	}
	var known []string
	for k := range r.entries[s.parent] {
		known = append(known, k[strings.LastIndexByte(k, 0)+1:])
	}
	slices.Sort(known)
	cure := "write a name from the sheet " + s.parent.name
	if near := strict.Nearest(name, known); near != "" {
		cure = fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	r.fail(s, row, last, fmt.Sprintf("the sheet %s has no %s %q", s.parent.name, last, name), cure)
	return nil, false
}

// groupOf returns the group that a row is in, or the ruleset. Groups must be above what is in them, which also
// keeps a group from being within itself. A row of an unknown group counts as one of the ruleset, so that nothing
// else is reported of it.
func (r *reader) groupOf(s *sheet, row *row, to *yamledit.Value) *yamledit.Value {
	in := row.text(headIn)
	if in == "" {
		return to
	}
	if g := r.entries[s][rowGroup+"\x00"+in]; g != nil {
		return g
	}
	r.fail(s, row, headIn, fmt.Sprintf("no row above this one is a group with the id %q", in),
		"write the id of a group, and move the group above its criteria")
	return to
}

// place puts an entry into its list or group.
func (r *reader) place(s *sheet, row *row, to, item *yamledit.Value, isGroup bool) {
	r.origins[item] = origin{s, row, r.firstCell(s, row)}
	name := ""
	path := yamledit.Path(s.path)
	switch s.naming {
	case byID:
		name = row.text("id")
	case byName:
		name = row.text(headName)
	case byNumber:
		name = row.text(headNumber)
	}
	// A criterion of a group goes into the list of the group, which is under another key than that of the ruleset.
	if s.nested != nil && to != r.root {
		path = yamledit.Path{s.nested.list}
	}
	r.name(s, row, name, item, isGroup)
	if s.naming == byName {
		r.named(s, row, to, name, item)
		return
	}
	list := to.At(path)
	if list == nil {
		list = &yamledit.Value{Kind: yamledit.List}
		if err := to.Put(path, list); err != nil {
			r.fail(s, row, "", err.Error(), "check the row that it belongs to")
			return
		}
	}
	if isGroup {
		outer := &yamledit.Value{Kind: yamledit.Map}
		outer.Set(s.nested.wrap, item)
		r.origins[outer] = r.origins[item]
		item = outer
	}
	list.Items = append(list.Items, item)
}

// name remembers an entry under the name by which rows of other sheets refer to it.
func (r *reader) name(s *sheet, row *row, name string, item *yamledit.Value, isGroup bool) {
	if name == "" {
		return // an id that is missing is reported by the loader, and a number is only needed if something refers to it
	}
	parts := make([]string, 0, len(s.refs)+1)
	for _, head := range s.refs {
		parts = append(parts, row.text(head))
	}
	key := strings.Join(append(parts, name), "\x00")
	if isGroup {
		key = rowGroup + "\x00" + name
	}
	if r.entries[s][key] != nil && s.naming != byName {
		if s.naming == byNumber {
			r.fail(s, row, headNumber, fmt.Sprintf("the number %s is here twice", name),
				"give each row a number of its own")
		}
		return // two ids that are the same are reported by the loader
	}
	r.entries[s][key] = item
}

// named puts an entry into a group whose names the author chooses.
func (r *reader) named(s *sheet, row *row, to *yamledit.Value, name string, item *yamledit.Value) {
	if name == "" {
		r.fail(s, row, headName, "the row has no name", "write a name, or clear the row")
		return
	}
	group := to.At(yamledit.Path(s.path))
	if group == nil {
		group = &yamledit.Value{Kind: yamledit.Map}
		if err := to.Put(yamledit.Path(s.path), group); err != nil {
			r.fail(s, row, "", err.Error(), "check the row that it belongs to")
			return
		}
	}
	group.Ordered = true
	if group.Get(name) != nil {
		r.fail(s, row, headName, fmt.Sprintf("%q is here twice", name), "join the two rows, or give one another name")
		return
	}
	group.Set(name, item)
}

// firstCell is the place of the first cell of a row that has text and does not only name what the row belongs to.
func (r *reader) firstCell(s *sheet, row *row) string {
	for _, head := range slices.Concat([]string{"id", headName}, s.heads(r.book[s.name])) {
		if c := row.cells[head]; c.ref != "" && c.kind != blank && !slices.Contains(s.refs, head) && head != headIn &&
			head != headKind {
			return c.ref
		}
	}
	return r.ref(s, row, cmp.Or(append(s.refs, "")...))
}

// heads returns the heads of all columns of a sheet, with those of its grids where the grammar has their keys.
func (s *sheet) heads(p *page) []string {
	out := s.leading()
	add := func(key string) {
		for _, c := range s.columns {
			if key == "" || c.path[0] == key {
				out = append(out, c.head)
			}
		}
		for _, h := range p.heads {
			if g := s.gridOf(h); g != nil && g.head == key {
				out = append(out, h)
			}
		}
	}
	if len(s.grids) == 0 {
		add("")
		return out
	}
	for _, key := range s.keys.Names() {
		add(key)
	}
	return out
}

// gridOf returns the grid that a head such as when.members belongs to; nil if none.
func (s *sheet) gridOf(head string) *column {
	for i := range s.grids {
		if name, ok := strings.CutPrefix(head, s.grids[i].head+"."); ok && name != "" {
			return &s.grids[i]
		}
	}
	return nil
}

// direct is the key under which fill keeps a value that is the entry itself.
const direct = "\x00"

// fill reads the cells of a row into an entry, and returns the entry: for a group of titles, the title.
func (r *reader) fill(s *sheet, row *row, item *yamledit.Value) *yamledit.Value {
	for _, c := range s.columns {
		v, message, cure := valueOf(c.value, row.cells[c.head])
		if message != "" {
			r.fail(s, row, c.head, message, cure)
		}
		if v == nil {
			continue
		}
		r.origins[v] = origin{s, row, r.ref(s, row, c.head)}
		r.set(s, row, item, c, v)
	}
	if p := r.book[s.name]; len(s.grids) > 0 {
		for _, head := range p.heads {
			g := s.gridOf(head)
			if g == nil {
				continue
			}
			v, message, cure := valueOf(g.value, row.cells[head])
			if message != "" {
				r.fail(s, row, head, message, cure)
			}
			if v != nil {
				r.origins[v] = origin{s, row, r.ref(s, row, head)}
				if err := item.Put(append(slices.Clone(yamledit.Path(g.path)), strings.TrimPrefix(head, g.head+".")),
					v); err != nil {
					r.fail(s, row, head, err.Error(), "clear one of the two cells")
				}
			}
		}
	}
	if s.naming == byName && s.keys == nil {
		if v := item.Get(direct); v != nil {
			return v
		}
		return &yamledit.Value{Kind: yamledit.Null}
	}
	return item
}

// set puts the value of a column into an entry.
func (r *reader) set(s *sheet, row *row, item *yamledit.Value, c column, v *yamledit.Value) {
	path := slices.Clone(yamledit.Path(c.path))
	if len(path) == 0 {
		path = yamledit.Path{direct}
	}
	if c.value.Form == grammar.Title || c.value.Form == grammar.Phrases {
		if have := item.At(path); have != nil && (have.Kind != yamledit.Map || c.lang == "") {
			r.fail(s, row, c.head, "there is a text for all languages as well as one for a single language",
				"clear the column for all languages, or those for each")
			return
		}
		if c.lang != "" {
			path = append(path, c.lang)
		}
	}
	if err := item.Put(path, v); err != nil {
		r.fail(s, row, c.head, err.Error(), "clear one of the two cells")
		return
	}
	for _, short := range c.short {
		if g := item.At(path[:short.depth]); g != nil {
			// A key that the file writes in its short form, as a plain value, is written so again.
			g.Short = short.key
		}
	}
}

// sortKeys orders the keys of groups as the grammar has them, so that new keys of a file are where a reader of the
// manual expects them.
func sortKeys(v *yamledit.Value, g *grammar.Group) {
	if v == nil || v.Kind != yamledit.Map || g == nil {
		return
	}
	sorted := &yamledit.Value{Kind: yamledit.Map}
	for i := range g.Keys {
		item := v.Get(g.Keys[i].Name)
		if item == nil {
			continue
		}
		sorted.Set(g.Keys[i].Name, item)
		form := &g.Keys[i].Value
		switch {
		case form.Form == grammar.Names && form.Each.Of != nil:
			for _, x := range item.Items {
				sortKeys(x, form.Each.Of)
			}
		case form.Of != nil && item.Kind == yamledit.List:
			for _, x := range item.Items {
				sortKeys(x, form.Of)
			}
		case form.Of != nil:
			sortKeys(item, form.Of)
		}
	}
	for i, k := range v.Keys {
		if sorted.Get(k) == nil {
			sorted.Set(k, v.Items[i])
		}
	}
	v.Keys, v.Items = sorted.Keys, sorted.Items
}

// keepVacant keeps lists and groups that are written in the file and have no entries, such as gates: [], which
// mean the same as none. Lists that are cells are told apart by their cells.
func keepVacant(old, wanted *yamledit.Value) {
	if old == nil || wanted == nil || old.Kind != wanted.Kind {
		return
	}
	for i, item := range old.Items {
		var to *yamledit.Value
		if old.Kind == yamledit.Map {
			if to = wanted.Get(old.Keys[i]); to == nil && item.Kind != yamledit.Scalar && len(item.Items) == 0 &&
				!cellLists()[old.Keys[i]] {
				wanted.Set(old.Keys[i], item.Clone())
			}
		} else if id := item.ID(); id != "" {
			if at := slices.IndexFunc(wanted.Items, func(w *yamledit.Value) bool { return w.ID() == id }); at >= 0 {
				to = wanted.Items[at]
			}
		}
		keepVacant(item, to)
	}
}

// cellLists are the last parts of the heads of columns with lists.
func cellLists() map[string]bool {
	out := map[string]bool{}
	for _, s := range layout() {
		for _, c := range s.columns {
			if c.value.List || c.value.Form == grammar.Phrases {
				out[c.key.Name] = true
			}
		}
	}
	return out
}
