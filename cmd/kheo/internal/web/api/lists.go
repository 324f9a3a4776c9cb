package api

import (
	"bytes"
	"maps"
	"net/http"
	"slices"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// list is a list in force without its entries.
type list struct {
	Campaign string         `json:"campaign"`
	Ruleset  string         `json:"ruleset"`
	SHA256   string         `json:"ruleset_sha256"`
	Run      string         `json:"run"`
	Title    string         `json:"title"`
	Counts   publish.Counts `json:"counts"`
	Closed   string         `json:"closed,omitempty" doc:"when it was closed; nothing on it changes any more"`
	Open     int            `json:"open" doc:"entries that must still be decided before it can be closed"`
	Apart    int            `json:"apart" doc:"entries from which the person is recused"`
	Blind    bool           `json:"blind" doc:"outcomes are hidden until the person has scored"`
}

// listed is an entry of a list. What it lacks of publish.Entry is left out, and not zero: see Hidden and Recused.
type listed struct {
	publish.Entry
	Ruleset   string          `json:"ruleset"`
	Hidden    bool            `json:"hidden" doc:"points, rank and outcome are left out until the person has scored"`
	Recused   string          `json:"recused,omitempty" doc:"why the person is recused; then only names are told"`
	Decision  review.Decision `json:"decision,omitempty"`
	Evaluator []string        `json:"evaluators,omitempty" doc:"who is to evaluate it"`
}

// Chosen are the filters and the order of the page of a list.
type Chosen struct {
	Outcome   string `query:"outcome" enum:"recommended,not-recommended,needs-review,ineligible,quarantined"`
	Unit      string `query:"unit" maxLength:"100"`
	Field     string `query:"field" maxLength:"100"`
	Flag      string `query:"flag" maxLength:"100"`
	Todo      string `query:"todo" maxLength:"50" doc:"undecided, ready, no-vote, uncertain, overridden or alone"`
	Evaluator string `query:"evaluator" maxLength:"100" doc:"a person who is to evaluate it"`
	Top       int    `query:"top" minimum:"1" doc:"only the first ranks"`
	Title     string `query:"title" maxLength:"200" doc:"words of the title"`
}

// addLists adds the operations on lists.
func (a *API) addLists() {
	get := func(id, path, summary string) operation {
		return operation{id: id, method: http.MethodGet, path: path, summary: summary, right: review.See,
			scope: review.ReadScope}
	}
	register(a, get("lists", "/lists", "The lists in force"), a.lists)
	register(a, get("list", "/lists/{ruleset}", "A list in force, without its entries"), a.list)
	entries := get("entries", "/lists/{ruleset}/entries", "The entries of a list")
	entries.about = "Without gates and evidence, which the entry itself has, and the file of the list."
	entries.papers, entries.statuses = true, []int{410}
	register(a, entries, a.entries)
	entry := get("entry", "/lists/{ruleset}/entries/{dossier}", "An entry with its gates, criteria and evidence")
	entry.papers = true
	register(a, entry, a.entry)
	f := get("list-file", "/lists/{ruleset}/files/{file}", "A file of a list: .json, .csv, .xlsx or .docx")
	f.right, f.papers = review.Papers, true
	registerFile(a, f, a.listFile)
}

// listOf describes a list.
func (a *API) listOf(q *page.Request, f *publish.File, apart int, blind bool) (out list, err error) {
	out = list{Campaign: f.Campaign, Ruleset: f.Ruleset, SHA256: f.RulesetSHA256, Run: f.Run, Title: f.Title,
		Counts: f.Counts, Apart: apart, Blind: blind}
	err = a.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		out.Open, _ = access.OpenFor(q.Person, st, f)
		out.Closed = st.Closed[f.Ruleset].At
		return nil
	})
	return out, err
}

// allLists is the lists in force.
type allLists struct {
	Lists []list `json:"lists"`
}

// lists answers which lists there are.
func (a *API) lists(q *page.Request, _ *nothing) (out allLists, err error) {
	mine, err := a.Lists.For(q.Ctx(), q.Person)
	if err != nil {
		return out, err
	}
	out.Lists = []list{}
	for _, id := range slices.Sorted(maps.Keys(mine.Of)) {
		l, err := a.listOf(q, mine.Of[id], len(mine.Aside[id]), mine.Sees.Blind(id))
		if err != nil {
			return out, err
		}
		out.Lists = append(out.Lists, l)
	}
	return out, nil
}

// list answers with one list.
func (a *API) list(q *page.Request, in *ByRuleset) (list, error) {
	f, err := a.Lists.ListOf(q)
	if err != nil {
		return list{}, err
	}
	mine, err := a.Lists.For(q.Ctx(), q.Person)
	if err != nil {
		return list{}, err
	}
	return a.listOf(q, f, len(mine.Aside[in.Ruleset]), mine.Sees.Blind(in.Ruleset))
}

// entriesOf is a part of the entries of a list.
type entriesOf struct {
	Entries []listed `json:"entries"`
	Total   int      `json:"total" doc:"how many the filters choose"`
	Next    string   `json:"next,omitempty" doc:"cursor of the next part"`
}

// entries answers with the entries of a list, in its order.
func (a *API) entries(q *page.Request, in *struct {
	ByRuleset
	Chosen
	Sort string `query:"sort" maxLength:"30" doc:"a column of the page of the list; the order of the list by default"`
	Paging
}) (entriesOf, error) {
	f, err := a.Lists.ListOf(q)
	if err != nil {
		return entriesOf{}, err
	}
	all, err := a.Listing.Choose(q, f)
	if err != nil {
		return entriesOf{}, err
	}
	return a.partOf(q, in.Paging, len(all.Entries), func(i int) (string, string) {
		return f.Ruleset, all.Entries[i].Dossier
	}, func(at, end int) ([]ruled, error) {
		rows, err := all.Rows(at, end)
		out := make([]ruled, len(rows))
		for i := range rows {
			out[i] = ruled{f.Ruleset, &rows[i]}
		}
		return out, err
	})
}

// ruled is a row of the list of a ruleset.
type ruled struct {
	ruleset string
	*access.Row
}

// partOf returns a part of n entries: name returns the ruleset and the dossier of one, and rows makes the rows of the
// part.
func (a *API) partOf(q *page.Request, p Paging, n int, name func(i int) (ruleset, dossier string),
	rows func(at, end int) ([]ruled, error)) (out entriesOf, err error) {
	at, end, next, err := p.part(n, func(b []byte, i int) []byte {
		ruleset, dossier := name(i)
		return append(append(append(b, ruleset...), '/'), dossier...)
	})
	if err != nil {
		return out, err
	}
	shown, err := rows(at, end)
	if err != nil {
		return out, err
	}
	out = entriesOf{Entries: []listed{}, Total: n, Next: next}
	err = a.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, r := range shown {
			one := listed{Entry: *r.Entry, Ruleset: r.ruleset, Hidden: r.Hidden, Recused: r.Aside}
			if r.Aside == "" {
				one.Evaluator = st.Assigned[r.Dossier]
				if r.Decision != nil {
					one.Decision = r.Decision.Decision
				}
			}
			out.Entries = append(out.Entries, one)
		}
		return nil
	})
	return out, err
}

// byEntry names an entry of a list.
type byEntry struct {
	ByRuleset
	Dossier string `path:"dossier" maxLength:"200"`
}

// entry answers with one entry, as the page of its dossier shows it.
func (a *API) entry(q *page.Request, in *byEntry) (out listed, err error) {
	d, err := a.Lists.See(q, in.Dossier)
	if err != nil {
		return out, err
	}
	if d.Ruleset != in.Ruleset {
		return out, page.NotFound()
	}
	if d.Tie != nil {
		return listed{Entry: publish.Entry{Dossier: d.ID, Title: d.Title, Unit: d.Unit}, Ruleset: in.Ruleset,
			Recused: d.Tie.Reason}, nil
	}
	e, err := a.fullEntry(q, d)
	if err != nil {
		return out, err
	}
	if e == nil {
		return out, page.NotFound()
	}
	out = listed{Entry: *e, Ruleset: in.Ruleset, Hidden: e.Hidden}
	return out, a.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		out.Evaluator = st.Assigned[d.ID]
		if x := st.Decision(d.Ruleset, d.ID); x != nil {
			out.Decision = x.Decision
		}
		return nil
	})
}

// fullEntry returns the entry of a dossier with its evidence as the person may see it; nil if it was not assessed.
// What others said of the evidence is left out for those who check it, because people judge independently.
func (a *API) fullEntry(q *page.Request, d *access.Seen) (*publish.Entry, error) {
	x, err := a.site.W.Store.Assessments.Get(q.Ctx(), d.ID)
	if err != nil || x == nil {
		return nil, err
	}
	e, err := a.Lists.EntryOf(q, d, x)
	if err != nil || e == nil || !q.Person.May(review.CheckEvidence) {
		return e, err
	}
	e.Checked, e.Criteria = nil, slices.Clone(e.Criteria)
	for i := range e.Criteria {
		c := &e.Criteria[i]
		c.Evidence = slices.Clone(c.Evidence)
		for k := range c.Evidence {
			c.Evidence[k].Verdict = ""
		}
	}
	return e, nil
}

// listFile answers with a file of a list.
func (a *API) listFile(q *page.Request, _ *struct {
	ByRuleset
	File string `path:"file" maxLength:"120" doc:"the ruleset with .json, .csv, .xlsx or .docx"`
}) (*file, error) {
	w := &sent{unseen: unseen{header: http.Header{}}}
	asked := *q
	asked.W = w
	if err := a.Committee.File(&asked); err != nil {
		return nil, err
	}
	return &file{w.header.Get("Content-Type"), w.header.Get("Content-Disposition"), tagOf(w.body.Bytes()),
		w.body.Bytes()}, nil
}

// sent takes a file that a room sends.
type sent struct {
	unseen
	body bytes.Buffer
}

// Write implements http.ResponseWriter.
func (s *sent) Write(b []byte) (int, error) { return s.body.Write(b) }
