// Package history finds out what a person, collective or model was recognised for before: in a table of the office
// and on closed lists. It distinguishes people of one name by year of birth or number, and everything else by unit.
// It merges no one silently: records that may be of the dossier's nominee, and need not be, are kept apart from those
// that are.
//
// [Rules] is the value of `history` in a ruleset, and an [Index] the records that it counts. Each record is matched
// with the nominee of a dossier ([Match]); a fact that counts recognitions is uncertain if records that only may be
// of the nominee would change it. Year of birth and number are read to tell people apart, and no criterion may read
// them.
package history

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/rules/lookup"
)

// Match says whether a record is of the nominee of a dossier.
type Match uint8

// The results of a match.
const (
	No    Match = iota
	Maybe       // a person must say
	Yes
)

// Who is someone or something that can be recognised.
type Who struct {
	Name string
	Unit string // id
	Born string // a year, or an ISO date; "" if it is not known
	ID   string // such as a staff number; "" if it is not known
}

// yearLength is the length of the year in an ISO date.
const yearLength = len("2024")

// born reports whether two dates or years of birth are known to agree, and known to differ. A year agrees with a date
// of the same year.
func born(a, b string) (agree, differ bool) {
	if a == "" || b == "" {
		return false, false
	}
	n := min(len(a), len(b))
	return a[:n] == b[:n], a[:n] != b[:n]
}

// Is reports whether a record is of the nominee. People are told apart by number, then by birth; two of one name
// without either may be the same, in whichever units they are. Everything else is told apart by unit.
// Names that differ by their diacritics alone may be the same.
func (w Who) Is(r *dossier.Recognition, people bool) Match {
	if w.Name == "" || r.Name == "" {
		return No
	}
	named := No
	if lookup.Same(w.Name) == lookup.Same(r.Name) {
		named = Yes
	} else if language.Fold(w.Name) == language.Fold(r.Name) {
		named = Maybe
	}
	switch {
	case people && w.ID != "" && r.ID != "":
		return w.byNumber(r, named)
	case named == No:
		return No
	case people:
		return w.byBirth(r, named)
	case w.Unit == "" || r.Unit == "":
		return Maybe
	case w.Unit != r.Unit:
		return No
	}
	return named
}

// byNumber compares people who both have a number. One number with another name or year of birth is a mistake, or a
// new name: people must say.
func (w Who) byNumber(r *dossier.Recognition, named Match) Match {
	_, differ := born(w.Born, r.Born)
	switch {
	case lookup.Same(w.ID) != lookup.Same(r.ID):
		return No
	case named == No || differ:
		return Maybe
	}
	return Yes
}

// byBirth compares people of one name.
func (w Who) byBirth(r *dossier.Recognition, named Match) Match {
	agree, differ := born(w.Born, r.Born)
	switch {
	case differ:
		return No
	case agree:
		return named
	}
	return Maybe
}

// Index holds recognitions so that those of one name or number are found. It is immutable; nil has none.
type Index struct {
	records []dossier.Recognition
	byName  map[string][]int // indexes into records, by folded name
	byID    map[string][]int
	hash    string
}

// NewIndex returns an index of some recognitions, which must not be changed afterwards.
func NewIndex(records []dossier.Recognition) *Index {
	x := &Index{records: records, byName: map[string][]int{}, byID: map[string][]int{}, hash: dossier.HashOf(records)}
	for i := range records {
		r := &records[i]
		name := language.Fold(r.Name)
		x.byName[name] = append(x.byName[name], i)
		if r.ID != "" {
			x.byID[lookup.Same(r.ID)] = append(x.byID[lookup.Same(r.ID)], i)
		}
	}
	return x
}

// Hash is the hash of the recognitions; "" of nil and of an index without any.
func (x *Index) Hash() string {
	if x == nil || len(x.records) == 0 {
		return ""
	}
	return x.hash
}

// each calls do with those that may be of someone, in their order.
func (x *Index) each(who *Who, do func(*dossier.Recognition)) {
	if x == nil {
		return
	}
	rows := slices.Clone(x.byName[language.Fold(who.Name)])
	if who.ID != "" {
		rows = append(rows, x.byID[lookup.Same(who.ID)]...)
	}
	slices.Sort(rows)
	for _, i := range slices.Compact(rows) {
		do(&x.records[i])
	}
}

// Names of the facts that distinguish people. Nothing else may name them.
const (
	BornFact = "identity.born"
	IDFact   = "identity.id"
)

// Rules is how a ruleset finds earlier recognitions.
type Rules struct {
	File   string   // of the table; "" if there is none
	Lists  []string // rulesets whose closed lists count; "all" for every one
	People bool     // nominees are told apart by birth or number, and not by unit
	Key    string   // what the names are of, one of lookup.Keys

	table *Index
}

// AllLists is what Lists holds if every closed list counts.
const AllLists = "all"

// Takes reports whether the closed list of a ruleset counts.
func (h *Rules) Takes(ruleset string) bool {
	return slices.Contains(h.Lists, AllLists) || slices.Contains(h.Lists, ruleset)
}

// Want is which of the recognitions a fact counts.
type Want struct {
	Awards []string // by title or id; empty for any
	Since  int      // the first year that counts; 0 for any
}

// takes reports whether a recognition is one of those that are wanted.
func (w Want) takes(r *dossier.Recognition) bool {
	is := func(s string) bool {
		return lookup.Same(s) == lookup.Same(r.Award) || r.AwardID != "" && s == r.AwardID
	}
	return (len(w.Awards) == 0 || slices.ContainsFunc(w.Awards, is)) && r.Year >= w.Since
}

// Of returns the wanted recognitions of a nominee: those that are its own, and those that may be. past are those of
// closed lists, besides the rows of the table. Each list has the newest first.
func (h *Rules) Of(who Who, past *Index, want Want) (own, maybe []*dossier.Recognition) {
	add := func(r *dossier.Recognition) {
		switch match := who.Is(r, h.People); {
		case !want.takes(r) || match == No || r.Ruleset != "" && !h.Takes(r.Ruleset):
		case match == Yes:
			own = append(own, r)
		default:
			maybe = append(maybe, r)
		}
	}
	h.table.each(&who, add)
	past.each(&who, add)
	newest := func(a, b *dossier.Recognition) int { return cmp.Compare(b.Year, a.Year) }
	slices.SortStableFunc(own, newest)
	slices.SortStableFunc(maybe, newest)
	return own, maybe
}

// Columns are the headers of the columns of a table beside that of the names.
type Columns struct{ Year, Award, Born, ID, Unit string }

// Read reads the rows of a table. unitOf returns the id of a unit by its id or name. A row whose unit the campaign does
// not have is of another one. Mistakes are reported at the cells; unknown names the first column that the table does
// not have, with a cure.
func (h *Rules) Read(t *lookup.Table, columns Columns, unitOf func(lookup.Cell) (id string, known bool)) (unknown,
	cure string) {
	read := map[string][]lookup.Row{}
	for _, header := range []string{columns.Year, columns.Award, columns.Born, columns.ID, columns.Unit} {
		if header == "" {
			continue
		}
		rows, cure, ok := t.Values(header)
		if !ok {
			return header, cure
		}
		read[header] = rows
	}
	var records []dossier.Recognition
	for i, row := range read[columns.Year] {
		text := func(header string) string {
			if header == "" {
				return ""
			}
			return read[header][i].Value.Text
		}
		r := dossier.Recognition{Name: row.Key.Text, Award: text(columns.Award), ID: text(columns.ID),
			Unit: text(columns.Unit), Source: dossier.Source{Document: fmt.Sprintf("%s:%d", t.File, row.Key.Line),
				Page: 1, Quote: row.Quote,
				End: len([]rune(row.Quote))}}
		if when, wrong := year(row.Value); wrong != nil {
			t.Fail(row.Value, *wrong)
		} else {
			r.Year, _ = strconv.Atoi(when[:yearLength])
		}
		if columns.Born != "" && !read[columns.Born][i].Value.Empty() {
			var wrong *lookup.Mistake
			if r.Born, wrong = year(read[columns.Born][i].Value); wrong != nil {
				t.Fail(read[columns.Born][i].Value, *wrong)
			}
		}
		if r.Unit != "" {
			if id, known := unitOf(read[columns.Unit][i].Value); known {
				r.Unit = id
			}
		}
		records = append(records, r)
	}
	h.table = NewIndex(records)
	return "", ""
}

// year reads a year, or a date: of a recognition or birth.
func year(c lookup.Cell) (string, *lookup.Mistake) {
	if wrong := c.Check(); wrong != nil {
		return "", wrong
	}
	if f, err := strconv.Atoi(strings.TrimSpace(c.Text)); err == nil && f >= 1900 && f <= 2200 {
		return strconv.Itoa(f), nil
	}
	if d, wrong := c.Date(true); wrong == nil && isodate.Valid(d, true) {
		return d, nil
	}
	return "", &lookup.Mistake{Message: fmt.Sprintf("%q is neither a year nor a date", c.Text),
		Cure: "write it like 2023, 2023-05-31 or 31/5/2023"}
}

// Awards are the titles of the awards of the table, sorted.
func (h *Rules) Awards() (out []string) {
	if h.table == nil {
		return nil
	}
	for i := range h.table.records {
		if a := h.table.records[i].Award; a != "" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return out
}

// HasAward reports whether a row of the table has an award.
func (h *Rules) HasAward(title string) bool {
	return slices.ContainsFunc(h.Awards(), func(a string) bool { return lookup.Same(a) == lookup.Same(title) })
}

// Nearest is a cure for a mistyped award.
func (h *Rules) Nearest(title string) string {
	cure := "awards of the table are: " + strings.Join(h.Awards(), ", ")
	if near := strict.Nearest(title, h.Awards()); near != "" {
		cure = fmt.Sprintf("did you mean %q? ", near) + cure
	}
	return cure
}
