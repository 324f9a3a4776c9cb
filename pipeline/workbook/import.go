package workbook

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"

	"kheo/internal/strict"
	"kheo/internal/yamledit"
	"kheo/rules"
)

// Result is what Import made of a workbook.
type Result struct {
	Text []byte // the YAML of the changed ruleset; that of the source, byte by byte, if nothing differs
	// Stale is whether the source has changed since the workbook was exported: what was changed there since then
	// is undone by Text.
	Stale bool
	Rules *rules.Ruleset // Text, loaded
}

// ID returns the id of the ruleset that a workbook holds; "" with problems if the file is not such a workbook.
func ID(data []byte) (string, Problems) {
	b, r := readBook(data)
	if b == nil {
		return "", r.problems
	}
	id := b[sheetRules].rows[0].text("ruleset")
	if id == "" {
		return "", append(r.problems, Problem{Sheet: sheetRules, Cell: b[sheetRules].at["ruleset"],
			Message: "the ruleset has no name", Cure: "write one such as model-district"})
	}
	return id, nil
}

// Import returns a ruleset as a workbook says it is to be. src is the file that the workbook was made of. All
// mistakes are returned at once, each with its sheet and cell; then the Result is empty.
func Import(src Source, data []byte) (Result, Problems) {
	f, wrong := yamledit.Parse(src.File, src.Text)
	if len(wrong) > 0 {
		return Result{}, fileProblems(wrong)
	}
	b, cells := readBook(data)
	if b == nil {
		return Result{}, cells.problems
	}
	r := fromBook(b, f.Root)
	problems := append(cells.problems, r.problems...)
	// Without a sheet or a column, all that it holds would seem to be deleted.
	if cells.broken {
		return Result{}, problems.without()
	}
	text, err := f.Apply(r.root)
	if err != nil {
		problems = append(problems, Problem{File: src.File, Line: 1, Col: 1, Message: err.Error()})
		return Result{}, problems.without()
	}
	rs, err := rules.Load(src.File, text, src.Env, src.Open)
	// The loader is the judge of the ruleset, as for every other way to change one; only its places are translated
	// into cells.
	problems = append(problems, r.locate(src.File, text, err)...)
	if len(problems) > 0 {
		return Result{}, problems.without()
	}
	sum := sha256.Sum256(src.Text)
	return Result{Text: text, Rules: rs, Stale: cells.hash != hex.EncodeToString(sum[:])}, nil
}

// fileProblems are problems of a YAML file as those of a workbook.
func fileProblems(ps strict.Problems) (out Problems) {
	for _, p := range ps {
		out = append(out, Problem{File: p.File, Line: p.Line, Col: p.Col, Message: p.Message, Cure: p.Cure})
	}
	return out
}

// lacks finds the key that a message says is missing.
var lacks = regexp.MustCompile(`has no ([a-z_-]+)$`)

// locate finds the cells of the mistakes that the loader reports. Those of rows that have a mistake already are left
// out: they follow from it.
func (r *reader) locate(file string, text []byte, err error) (out Problems) {
	if err == nil {
		return nil
	}
	var found strict.Problems
	if !errors.As(err, &found) {
		return Problems{{File: file, Line: 1, Col: 1, Message: err.Error()}}
	}
	f, wrong := yamledit.Parse(file, text)
	for _, p := range found {
		if p.File != file || len(wrong) > 0 {
			out = append(out, fileProblems(strict.Problems{p})...)
			continue
		}
		at, ok := r.cellAt(f.PathAt(p.Line, p.Col), p.Message)
		if ok && r.holes[at.row] {
			continue
		}
		place := Problem{Message: p.Message, Cure: p.Cure}
		if ok {
			place.Sheet, place.Cell = at.sheet.name, at.cell
		} else {
			place.Sheet = sheetRules
		}
		out = append(out, place)
	}
	return out
}

// cellAt returns the cell of the innermost value on a path that has one. For a message about a missing key it is the
// cell of that key.
func (r *reader) cellAt(path yamledit.Path, message string) (origin, bool) {
	missing := ""
	if m := lacks.FindStringSubmatch(message); m != nil {
		missing = m[1]
	}
	for n := len(path); n >= 0; n-- {
		v := r.root.At(path[:n])
		at, ok := r.origins[v]
		if v == r.root && v != nil {
			at, ok = r.setting(path, missing)
		}
		if !ok {
			continue
		}
		if missing != "" && at.row != nil {
			for _, head := range []string{missing, missing + ".vi", missing + ".en"} {
				if p := r.book[at.sheet.name]; p.at[head] != "" && at.row.cells[head].kind == blank {
					at.cell = r.ref(at.sheet, at.row, head)
					break
				}
			}
		}
		return at, true
	}
	return origin{}, false
}

// setting is the cell of a key of the ruleset itself that has no value, or the first cell of the sheet of a list.
func (r *reader) setting(path yamledit.Path, missing string) (origin, bool) {
	for _, s := range layout() {
		switch {
		case s.single && missing != "" && r.book[s.name].at[missing] != "":
			return origin{s, r.book[s.name].rows[0], r.book[s.name].at[missing]}, true
		case len(path) == 0 && missing != "" && s.parent == nil && len(s.path) == 1 && s.path[0] == missing,
			len(path) > 0 && s.parent == nil && len(s.path) > 0 &&
				slices.Equal(s.path, path[:min(len(path), len(s.path))]):
			return origin{sheet: s, cell: "A3"}, true
		}
	}
	return origin{layout()[0], r.book[sheetRules].rows[0], r.book[sheetRules].at["ruleset"]}, true
}
