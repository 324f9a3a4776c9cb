package workbook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/yamledit"
)

// Heads of the sheet More.
const (
	headPath  = "path"
	headValue = "value"
)

// withMore adds to a book what its sheets do not hold of a ruleset: on the sheet More, as path and YAML value. It
// fails if even that cannot hold it, which only texts longer than a cell can bring about.
func withMore(b book, root *yamledit.Value) error {
	p := &page{heads: []string{headPath, headValue}}
	b[sheetMore] = p
	lost := differences(root, fromBook(b, root).root, nil)
	for _, d := range lost {
		value := yamledit.FormatInline(root.At(d.at))
		if !fits(value) {
			line, _ := root.At(d.at).Pos()
			return fmt.Errorf("%s in line %d is longer than a cell of a workbook can hold (%d characters): shorten it",
				d.at, line, maxCellUnits)
		}
		p.rows = append(p.rows, &row{line: len(p.rows) + 3, cells: map[string]cell{
			headPath: {kind: textCell, text: d.named.String()}, headValue: {kind: textCell, text: value}}})
	}
	r := fromBook(b, root)
	if len(r.problems) > 0 {
		return r.problems
	}
	if !yamledit.Equal(root, r.root) {
		return fmt.Errorf("a workbook cannot hold this ruleset; edit it by hand")
	}
	return nil
}

// difference is a place where a workbook lacks something.
type difference struct {
	at    yamledit.Path
	named yamledit.Path // the same, with entries of lists by their ids if they have one
}

// differences returns the places where got lacks something of have: as deep as both have the same shape.
func differences(have, got *yamledit.Value, at [][2]string) []difference {
	if yamledit.Equal(have, got) {
		return nil
	}
	same := have != nil && got != nil && have.Kind == got.Kind && len(have.Items) > 0
	var out []difference
	if same && have.Kind == yamledit.Map && !got.Ordered {
		for i, key := range have.Keys {
			out = append(out, differences(have.Items[i], got.Get(key),
				append(slices.Clone(at), [2]string{key, key}))...)
		}
	}
	if same && (have.Kind == yamledit.List || got.Ordered) && len(have.Items) == len(got.Items) {
		for i := range have.Items {
			part := [2]string{strconv.Itoa(i), strconv.Itoa(i)}
			if have.Kind == yamledit.Map {
				part = [2]string{have.Keys[i], have.Keys[i]}
				if got.Keys[i] != have.Keys[i] {
					out = nil
					break
				}
			} else if id := have.Items[i].ID(); id != "" {
				part[1] = "[" + id + "]"
			}
			out = append(out, differences(have.Items[i], got.Items[i], append(slices.Clone(at), part))...)
		}
	}
	if len(out) > 0 {
		return out
	}
	d := difference{}
	for _, part := range at {
		d.at, d.named = d.at.With(part[0]), d.named.With(part[1])
	}
	return []difference{d}
}

// more adds what the sheet More holds.
func (r *reader) more(old *yamledit.Value) {
	p := r.book[sheetMore]
	if p == nil {
		return
	}
	s := &sheet{name: sheetMore}
	for _, row := range p.rows {
		path, text := row.text(headPath), strings.TrimSpace(row.cells[headValue].text)
		if path == "" && text == "" {
			continue
		}
		if path == "" || text == "" {
			r.fail(s, row, headPath, "a row of More needs a path and a value", "write both, or clear the row")
			continue
		}
		v, problems := yamledit.ParseInline(sheetMore, text)
		if len(problems) > 0 {
			r.fail(s, row, headValue, problems[0].Message, problems[0].Cure)
			continue
		}
		at, err := r.resolve(yamledit.ParsePath(path), old)
		if err == nil {
			err = r.root.Put(at, v)
		}
		if err != nil {
			r.fail(s, row, headPath, err.Error(), "export the ruleset again, and change what is in the sheets")
			continue
		}
		r.origins[v] = origin{s, row, r.ref(s, row, headValue)}
	}
}

// resolve turns a path of the sheet More into one of the ruleset that is read. An entry without id is known by its
// place, so its list must be as long as it was.
func (r *reader) resolve(path yamledit.Path, old *yamledit.Value) (yamledit.Path, error) {
	var out, before yamledit.Path
	for _, part := range path {
		list := r.root.At(out)
		if list == nil || list.Kind != yamledit.List {
			out, before = out.With(part), before.With(part)
			continue
		}
		if id, ok := strings.CutPrefix(part, "["); ok {
			id = strings.TrimSuffix(id, "]")
			i := slices.IndexFunc(list.Items, func(v *yamledit.Value) bool { return v.ID() == id })
			if i < 0 {
				return nil, fmt.Errorf("%s has no entry with the id %q", out, id)
			}
			out = out.With(strconv.Itoa(i))
			before = before.With(part)
			if was := old.At(before[:len(before)-1]); was != nil {
				k := slices.IndexFunc(was.Items, func(v *yamledit.Value) bool { return v.ID() == id })
				before[len(before)-1] = strconv.Itoa(k)
			}
			continue
		}
		if was := old.At(before); was != nil && was.Kind == yamledit.List && len(was.Items) != len(list.Items) {
			return nil, fmt.Errorf("%s has entries that were added or taken out, so that entry %s is not certain to "+
				"be the one that is meant", out, part)
		}
		out, before = out.With(part), before.With(part)
	}
	return out, nil
}
