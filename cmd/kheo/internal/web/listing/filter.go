package listing

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// What is still to be done about an entry, by which a list is filtered.
const (
	todoUndecided  = "undecided"  // must still be decided before the list can be closed
	todoReady      = "ready"      // of these, with enough votes
	todoNoVote     = "no-vote"    // of these, without a vote of the person who asks
	todoUncertain  = "uncertain"  // an uncertain fact decides
	todoOverridden = "overridden" // a person set points or the outcome
	todoAlone      = "alone"      // without an evaluator
)

// todos returns the values of the filter that make sense for a person.
func todos(p *review.Person) []string {
	out := []string{todoUndecided}
	if p.May(review.CastVote) {
		out = append(out, todoNoVote)
	}
	if p.May(review.Decide) {
		out = append(out, todoReady)
	}
	return append(out, todoUncertain, todoOverridden, todoAlone)
}

// filter decides which entries of a list are shown. It is made before the rows, because the rows are made
// under the lock of the review log.
type filter struct {
	get       url.Values
	outcome   string
	unit      string
	field     string
	flag      string
	top       int             // the last rank that is shown; 0 is all
	text      string          // a part of the title, with or without its diacritics
	todo      map[string]bool // the dossiers of which the wanted thing is to be done; nil without this filter
	evaluated map[string]bool // the dossiers of the wanted evaluator; nil without this filter
	tagged    map[string]bool // the dossiers with the wanted tag; nil without this filter
}

// filterNames are the values of a query that choose entries.
var filterNames = []string{"outcome", "unit", "field", "flag", "todo", "evaluator", "tag", "top", "title"}

// newFilter reads the filters of a query for a list as the person sees it. Unknown values match nothing, but
// for a rank that is not a number, which is no filter.
func (s *Room) newFilter(q *page.Request, f *publish.File) (*filter, error) {
	x := &filter{get: q.R.URL.Query()}
	x.outcome, x.unit, x.field, x.flag = x.get.Get("outcome"), x.get.Get("unit"), x.get.Get("field"), x.get.Get("flag")
	x.top, _ = strconv.Atoi(x.get.Get("top"))
	x.text = strings.TrimSpace(language.Fold(x.get.Get("title")))
	todo, evaluator, tag := x.get.Get("todo"), x.get.Get("evaluator"), x.get.Get("tag")
	// Only these three ask the log, so a list without them is made without waiting for its lock here.
	if todo == "" && evaluator == "" && tag == "" {
		return x, nil
	}
	return x, s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		if todo != "" {
			x.todo = map[string]bool{}
			for i := range f.Entries {
				e := &f.Entries[i]
				x.todo[e.Dossier] = isTodo(todo, q.Person, st, f.Ruleset, e)
			}
		}
		if tag != "" {
			x.tagged = map[string]bool{}
			for i := range f.Entries {
				id := f.Entries[i].Dossier
				x.tagged[id] = q.Person.May(review.Discuss) && slices.Contains(st.Tags(id), tag)
			}
		}
		if evaluator != "" {
			x.evaluated = map[string]bool{}
			for i := range f.Entries {
				id := f.Entries[i].Dossier
				x.evaluated[id] = slices.Contains(st.Assigned[id], evaluator)
			}
		}
		return nil
	})
}

// isTodo reports whether something is to be done about an entry of a person's list. What follows from the
// outcome is not told of entries whose outcome is hidden, except that all of them count as undecided, as in
// access.OpenFor.
func isTodo(todo string, p *review.Person, st *review.State, ruleset string, e *publish.Entry) bool {
	switch todo {
	case todoUndecided:
		return st.MustDecide(ruleset, e) || e.Hidden && st.Decision(ruleset, e.Dossier) == nil
	case todoAlone:
		return len(st.Assigned[e.Dossier]) == 0
	}
	if e.Hidden {
		return false
	}
	switch todo {
	case todoReady:
		return p.May(review.Decide) && st.MustDecide(ruleset, e) && review.Quorate(st, ruleset, e.Dossier, e.Unit)
	case todoNoVote:
		return p.May(review.CastVote) && st.Decision(ruleset, e.Dossier) == nil && st.MustDecide(ruleset, e) &&
			st.VoteOf(p.ID, ruleset, e.Dossier) == ""
	case todoUncertain:
		return len(e.Deciding) > 0
	case todoOverridden:
		return len(st.Overrides(ruleset, e.Dossier)) > 0
	}
	return false
}

// wants reports whether an entry is shown. Entries from which the person is recused have no outcome and are
// not hidden; they pass the filters of what is known of them, unit, field and title, and no other.
func (x *filter) wants(e *publish.Entry) bool {
	is := func(wanted, value string) bool { return wanted == "" || wanted == value }
	if !is(x.outcome, string(e.Outcome)) || !is(x.unit, e.Unit) || !is(x.field, e.Field) {
		return false
	}
	if x.text != "" && !strings.Contains(language.Fold(e.Title), x.text) {
		return false
	}
	if x.flag != "" && !slices.ContainsFunc(e.Flags, func(f publish.Flag) bool { return f.Code == x.flag }) {
		return false
	}
	if x.top > 0 && (e.Rank < 1 || e.Rank > x.top) {
		return false
	}
	return (x.todo == nil || x.todo[e.Dossier]) && (x.tagged == nil || x.tagged[e.Dossier]) &&
		(x.evaluated == nil || x.evaluated[e.Dossier])
}

// keep returns wants, or nil if the filter leaves nothing out.
func (x *filter) keep() func(*publish.Entry) bool {
	if !x.narrows() {
		return nil
	}
	return x.wants
}

// narrows reports whether the filter leaves entries out.
func (x *filter) narrows() bool {
	return slices.ContainsFunc(filterNames, func(name string) bool { return x.get.Get(name) != "" })
}

// cut returns the dossier after which the line between those recommended and the others is drawn; "" if the
// rows are filtered, are in another order, or have no such place.
func (x *filter) cut(rows []*publish.Entry) string {
	if x.narrows() || x.get.Get("sort") != "" {
		return ""
	}
	for i := 1; i < len(rows); i++ {
		if rows[i-1].Outcome == dossier.Recommended && rows[i].Outcome != dossier.Recommended {
			return rows[i-1].Dossier
		}
	}
	return ""
}
