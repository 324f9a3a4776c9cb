// Package coverage says which parts of a ruleset its examples reach: steps, rows of decision tables, items of
// checklists, clues, gates, bands, ranks and flags. What no example reaches can be changed or mistyped without any
// example failing.
//
// [Of] tries each example as `kheo rules test` does, collects the parts that took part, and finds each part's line in
// its file, or in the file that the ruleset extends. It judges nothing: a part that was reached may still be wrong.
package coverage

import (
	"fmt"
	"path"
	"strconv"

	"kheo/internal/yamledit"
	"kheo/rules"
)

// Part is a part of a ruleset, and whether an example reaches it.
type Part struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"`     // of the criterion, gate, rank or place; the outcome of a band; the code of a flag
	Number  int    `json:"number"` // which step, row, item or clue of the criterion, from 1; 0 for other parts
	Way     int    `json:"way"`    // which alternative of an item, from 1; 0 for none
	Place   string `json:"place"`  // FILE:LINE
	Reached bool   `json:"reached"`
}

// String says in words what the part is.
func (p Part) String() string {
	of := ""
	switch p.Kind {
	case rules.PartMet:
		return fmt.Sprintf("the gate %s is met", p.ID)
	case rules.PartNotMet:
		return fmt.Sprintf("the gate %s is not met", p.ID)
	case rules.PartBand:
		return fmt.Sprintf("the outcome %s", p.ID)
	case rules.PartAward:
		return fmt.Sprintf("the condition of %s is met", p.ID)
	case rules.PartFlag:
		return fmt.Sprintf("the flag %s, which an outcome depends on", p.ID)
	}
	if p.Way > 0 {
		of = fmt.Sprintf("alternative %d of ", p.Way)
	}
	return fmt.Sprintf("%s%s %d of %s", of, p.Kind, p.Number, p.ID)
}

// Report says what the examples of one ruleset reach.
type Report struct {
	Ruleset  string  `json:"ruleset"`
	Examples int     `json:"examples"`
	Parts    int     `json:"parts"`
	Reached  int     `json:"reached"`
	Share    float64 `json:"share"` // of the parts that are reached, from 0 to 1; 1 if there are none
	List     []Part  `json:"list"`  // in the order of the ruleset
}

// Of tries the examples of a ruleset, and returns what they reach.
func Of(rs *rules.Ruleset) Report {
	reached := map[rules.Part]bool{}
	for i := range rs.Examples {
		for p := range rules.Reached(rs, &rs.Examples[i]) {
			reached[p] = true
		}
	}
	out := Report{Ruleset: rs.ID, Examples: len(rs.Examples), Share: 1, List: []Part{}}
	files := parse(rs)
	for _, p := range rules.Parts(rs) {
		part := Part{Kind: p.Kind, ID: p.ID, Way: p.Way + 1, Place: files.place(p), Reached: reached[p]}
		switch p.Kind {
		case rules.PartStep, rules.PartRow, rules.PartItem, rules.PartClue:
			part.Number = p.At + 1
		}
		out.List = append(out.List, part)
		out.Parts++
		if part.Reached {
			out.Reached++
		}
	}
	if out.Parts > 0 {
		out.Share = float64(out.Reached) / float64(out.Parts)
	}
	return out
}

// files are the files of a ruleset, its own first, then that which it extends, and so on.
type files []*yamledit.File

// parse reads the files of a ruleset, which were loaded before and therefore have no mistakes.
func parse(rs *rules.Ruleset) (out files) {
	for name := rs.File; len(out) < len(rs.Files); {
		f, problems := yamledit.Parse(name, []byte(rs.Files[name]))
		if len(problems) > 0 {
			return out
		}
		out = append(out, f)
		base := f.Root.Get("extends")
		if base == nil {
			return out
		}
		name = path.Join(path.Dir(name), base.Text)
	}
	return out
}

// place is the file and line of a part: of the first file that has it, because its entries replace those of the
// file that it extends.
func (fs files) place(p rules.Part) string {
	for _, f := range fs {
		if at := pathOf(f.Root, p); at != nil {
			if line := f.Line(at); line > 0 {
				return fmt.Sprintf("%s:%d", f.Name, line)
			}
		}
	}
	if len(fs) == 0 {
		return ""
	}
	return fs[0].Name + ":1"
}

// pathOf is the path of a part in a file; nil if it does not have it.
func pathOf(root *yamledit.Value, p rules.Part) yamledit.Path {
	switch p.Kind {
	case rules.PartMet, rules.PartNotMet:
		return entry(root, yamledit.Path{"gates"}, p.ID)
	case rules.PartBand:
		if root.At(yamledit.Path{"bands", p.ID}) != nil {
			return yamledit.Path{"bands", p.ID}
		}
		return nil
	case rules.PartFlag:
		if root.Get("bands") != nil {
			return yamledit.Path{"bands"}
		}
		return nil
	case rules.PartAward:
		if at := entry(root, yamledit.Path{"ranks"}, p.ID); at != nil {
			return at
		}
		return entry(root, yamledit.Path{"places"}, p.ID)
	}
	at := entry(root, yamledit.Path{"criteria"}, p.ID)
	if at == nil {
		return nil
	}
	within := map[string][]string{rules.PartStep: {"steps"}, rules.PartRow: {"table", "rows"},
		rules.PartItem: {"checklist"}, rules.PartClue: {"evidenced"}}[p.Kind]
	at = append(at, within...)
	if v := root.At(at); v != nil && v.Kind == yamledit.List {
		at = at.With(strconv.Itoa(p.At))
	}
	if v := root.At(at.With("best_of")); p.Way >= 0 && v != nil && v.Kind == yamledit.List {
		at = at.With("best_of").With(strconv.Itoa(p.Way))
	}
	return at
}

// entry is the path of the entry of a list with an id, also in groups; nil if there is none.
func entry(root *yamledit.Value, list yamledit.Path, id string) yamledit.Path {
	v := root.At(list)
	if v == nil {
		return nil
	}
	if v.Kind == yamledit.Map && v.ID() == id {
		return list
	}
	for i, item := range v.Items {
		if v.Kind != yamledit.List {
			break
		}
		at := list.With(strconv.Itoa(i))
		if item.Get("group") == nil && item.ID() == id {
			return at
		}
		if found := entry(root, at.With("group").With("criteria"), id); found != nil {
			return found
		}
	}
	return nil
}
