package api

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/index"
	"kheo/internal/text/query"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// reads is what is neither a list nor a dossier.
type reads struct{ *API }

// nothing is the input of operations that take none.
type nothing struct{}

// named is an id with its title in each language.
type named struct {
	ID    string            `json:"id"`
	Title map[string]string `json:"title"`
}

// campaign is what kheo.yaml says that programs need.
type campaign struct {
	Campaign  string            `json:"campaign"`
	Title     map[string]string `json:"title"`
	Timezone  string            `json:"timezone"`
	Languages []string          `json:"languages"`
	Levels    []named           `json:"levels"`
	Fields    []named           `json:"fields"`
	Rulesets  []string          `json:"rulesets"`
	Run       string            `json:"run" doc:"the run that published the lists in force; empty before the first"`
}

// unit is a unit of the campaign.
type unit struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

// me is whom a token acts for.
type me struct {
	Person string         `json:"person"`
	Name   string         `json:"name"`
	Unit   string         `json:"unit"`
	Roles  []review.Role  `json:"roles"`
	Rights []review.Right `json:"rights"`
}

// ruleset is a ruleset in force.
type ruleset struct {
	Ruleset string            `json:"ruleset"`
	Title   map[string]string `json:"title"`
	Version string            `json:"version"`
	SHA256  string            `json:"sha256"`
	Text    string            `json:"text,omitempty" doc:"what it says, as prose"`
}

// run is a run of the ledger. Notes name dossiers, so they are for people who may start runs.
type run struct {
	Number   int64     `json:"number"`
	Run      string    `json:"run"`
	Cause    string    `json:"cause"`
	State    string    `json:"state"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero" required:"false"`
	Version  string    `json:"version"`
	Stages   []stage   `json:"stages"`
}

// stage is a stage of a run.
type stage struct {
	Stage   string   `json:"stage"`
	Total   int      `json:"total"`
	Done    int      `json:"done"`
	Seconds float64  `json:"seconds"`
	Errors  []string `json:"errors"`
}

// moved is what a run changed on one list.
type moved struct {
	List    string           `json:"list"`
	Changes []publish.Change `json:"changes"`
	Apart   bool             `json:"apart" doc:"the person is recused from some of it, which is left out"`
	Blind   bool             `json:"blind" doc:"the person has yet to score some of it, which is left out"`
}

// event is an event of the audit trail as far as the person may know it.
type event struct {
	Seq     int64         `json:"seq"`
	At      string        `json:"at"`
	Hidden  bool          `json:"hidden" doc:"the person may not know it: only its number and time are told"`
	Person  string        `json:"person,omitempty"`
	Action  review.Action `json:"action,omitempty"`
	Ruleset string        `json:"ruleset,omitempty"`
	Dossier string        `json:"dossier,omitempty"`
	Subject string        `json:"subject,omitempty"`
	Reason  string        `json:"reason,omitempty"`
	Change  string        `json:"change,omitempty"`
	Hash    string        `json:"hash,omitempty"`
}

// addReading adds what is neither a list nor a dossier.
func (a reads) addReading() {
	get := func(id, path, summary string, right review.Right, own bool) operation {
		return operation{id: id, method: http.MethodGet, path: path, summary: summary, right: right, own: own,
			scope: review.ReadScope}
	}
	register(a.API, get("me", "/me", "Whom the token acts for", review.See, true), a.me)
	register(a.API, get("campaign", "/campaign", "The campaign", review.See, true), a.campaign)
	register(a.API, get("units", "/units", "The units of the campaign", review.See, true), a.units)
	register(a.API, get("rulesets", "/rulesets", "The rulesets in force", review.See, false), a.rulesets)
	register(a.API, get("ruleset", "/rulesets/{ruleset}", "A ruleset, as prose", review.See, false), a.ruleset)
	register(a.API, get("runs", "/runs", "The run ledger, newest first", review.See, false), a.runs)
	changes := get("changes", "/runs/{run}/changes", "What a run changed on the lists", review.See, false)
	changes.papers = true
	register(a.API, changes, a.changes)
	register(a.API, get("digest", "/digest", "What waits for the person, and what changed", review.See, false),
		a.digest)
	search := get("search", "/search", "Search dossiers, as kheo search --json", review.Search, false)
	search.papers, search.statuses = true, []int{410, 503}
	register(a.API, search, a.search)
	audit := get("audit", "/audit", "The audit trail, newest first", review.Audit, false)
	audit.scope = review.AdministerScope
	register(a.API, audit, a.audit)
}

// me answers whom the token acts for.
func (a reads) me(q *page.Request, _ *nothing) (out me, err error) {
	p := q.Person
	out = me{Person: p.ID, Name: p.Name, Unit: p.Unit, Roles: p.Roles, Rights: []review.Right{}}
	for _, r := range review.Rights {
		if p.May(r) {
			out.Rights = append(out.Rights, r)
		}
	}
	return out, nil
}

// campaign answers what the campaign is.
func (a reads) campaign(q *page.Request, _ *nothing) (out campaign, err error) {
	c := a.site.W.Campaign()
	out = campaign{Campaign: c.ID, Title: c.Title, Timezone: c.Location.String(), Languages: c.Env.Languages,
		Levels: []named{}, Fields: []named{}, Rulesets: []string{}}
	for _, n := range c.Env.Levels {
		out.Levels = append(out.Levels, named{n.ID, n.Title})
	}
	for _, n := range c.Env.Fields {
		out.Fields = append(out.Fields, named{n.ID, n.Title})
	}
	for _, rs := range c.Rulesets {
		out.Rulesets = append(out.Rulesets, rs.ID)
	}
	out.Run, err = a.site.W.Store.Runs.Latest(q.Ctx())
	return out, err
}

// allUnits is the units of the campaign.
type allUnits struct {
	Units []unit `json:"units"`
}

// units answers which units there are.
func (a reads) units(_ *page.Request, _ *nothing) (out allUnits, err error) {
	out.Units = []unit{}
	for _, u := range a.site.W.Campaign().Env.Units {
		out.Units = append(out.Units, unit{u.ID, u.Name, u.Kind, u.Attributes})
	}
	return out, nil
}

// allRulesets is the rulesets in force.
type allRulesets struct {
	Rulesets []ruleset `json:"rulesets"`
}

// rulesets answers which rulesets are in force.
func (a reads) rulesets(_ *page.Request, _ *nothing) (out allRulesets, err error) {
	out.Rulesets = []ruleset{}
	for _, rs := range a.site.W.Campaign().Rulesets {
		out.Rulesets = append(out.Rulesets, ruleset{Ruleset: rs.ID, Title: rs.Title, Version: rs.Version,
			SHA256: rs.SHA256})
	}
	return out, nil
}

// ByRuleset names a ruleset.
type ByRuleset struct {
	Ruleset string `path:"ruleset" maxLength:"100"`
}

// ruleset answers what a ruleset says.
func (a reads) ruleset(q *page.Request, in *ByRuleset) (ruleset, error) {
	rs := a.site.Ruleset(in.Ruleset)
	if rs == nil {
		return ruleset{}, page.NotFound()
	}
	return ruleset{rs.ID, rs.Title, rs.Version, rs.SHA256, rs.Explain(q.Lang, false)}, nil
}

// someRuns is the newest runs.
type someRuns struct {
	Runs []run `json:"runs"`
}

// runs answers with the newest runs.
func (a reads) runs(q *page.Request, in *struct {
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"20"`
}) (out someRuns, err error) {
	list, err := a.site.W.Store.Runs.Newest(q.Ctx(), in.Limit)
	if err != nil {
		return out, err
	}
	out.Runs = []run{}
	for i := range list {
		r, err := a.shownRun(q, &list[i])
		if err != nil {
			return out, err
		}
		out.Runs = append(out.Runs, r)
	}
	return out, nil
}

// shownRun returns a run without the notes that the person may not read.
func (a reads) shownRun(q *page.Request, r *store.Run) (run, error) {
	out := run{Number: r.Number, Run: r.Run, Cause: r.Cause, State: r.State, Started: r.Started, Finished: r.Finished,
		Version: r.Version, Stages: []stage{}}
	mine, err := a.Lists.For(q.Ctx(), q.Person)
	if err != nil {
		return out, err
	}
	names := mine.Names()
	for _, s := range r.Stages {
		one := stage{s.Name, s.Total, s.Done, s.Seconds, []string{}}
		for _, e := range s.Errors {
			if q.Person.May(review.Run) && !slices.ContainsFunc(names, func(n string) bool {
				return n != "" && strings.Contains(e, n)
			}) {
				one.Errors = append(one.Errors, e)
			}
		}
		out.Stages = append(out.Stages, one)
	}
	return out, nil
}

// changesOfRun is what a run changed.
type changesOfRun struct {
	Run     int64   `json:"run"`
	Against int64   `json:"against" doc:"the run before it that published other lists; 0 if there is none"`
	Lists   []moved `json:"lists"`
}

// changes answers what a run changed on the lists.
func (a reads) changes(q *page.Request, in *struct {
	Run int64 `path:"run" minimum:"1" doc:"the number of the run"`
}) (out changesOfRun, err error) {
	to, err := editions.FindRun(q.Ctx(), a.site.W, strconv.FormatInt(in.Run, 10))
	if err != nil {
		return out, page.NotFound()
	}
	from, all, err := a.Lists.Moves(q.Ctx(), q.Person, q.Lang, to)
	out.Run, out.Lists = to.Number, movedOf(all)
	if from != nil {
		out.Against = from.Number
	}
	return out, err
}

// movedOf returns what was changed on lists as programs get it.
func movedOf(all []access.Moved) []moved {
	out := []moved{}
	for _, m := range all {
		out = append(out, moved{m.Title, m.Changes, m.Apart, m.Blind})
	}
	return out
}

// waiting is something that waits for the person.
type waiting struct {
	Path  string `json:"path" doc:"the page on which it is done"`
	Title string `json:"title"`
	List  string `json:"list"`
	What  string `json:"what"`
	Since string `json:"since"`
}

// digestOf is what waits for a person and what changed.
type digestOf struct {
	Waiting []waiting `json:"waiting"`
	Notes   []string  `json:"notes"`
	Lists   []moved   `json:"lists"`
}

// digest answers with the digest of the person.
func (a reads) digest(q *page.Request, _ *nothing) (out digestOf, err error) {
	d, err := a.Reading.Digest(q.Ctx(), q.Person, q.Lang)
	if err != nil {
		return out, err
	}
	out.Waiting, out.Notes, out.Lists = []waiting{}, d.Notes, movedOf(d.Moved)
	for _, w := range d.Waiting {
		out.Waiting = append(out.Waiting, waiting{w.Link, w.Title, w.List, w.What, w.Since})
	}
	return out, nil
}

// search answers what a query finds.
func (a reads) search(q *page.Request, in *struct {
	Query string `query:"q" maxLength:"1000" doc:"a query, see the manual on searching"`
	Sort  string `query:"sort" enum:"relevance,points,registered" default:"relevance"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"20"`
	Page  string `query:"page" maxLength:"100" doc:"next of the answer before"`
}) (*index.Results, error) {
	if (in.Query == "") == (in.Page == "") {
		return nil, page.Refuse(http.StatusBadRequest, "error.query")
	}
	res, err := a.Reading.Find(q, in.Query, index.How{Limit: in.Limit, Sort: in.Sort, Facets: true, KeepOrder: true,
		Page: in.Page})
	var mistake *query.Error
	switch {
	case errors.As(err, &mistake):
		return nil, &Problem{Title: http.StatusText(http.StatusBadRequest), Status: http.StatusBadRequest,
			Detail: mistake.Error(), Code: "error.query"}
	case errors.Is(err, index.ErrPage):
		return nil, page.Refuse(http.StatusGone, "error.cursor")
	}
	return res, err
}

// someEvents is a part of the audit trail.
type someEvents struct {
	Events []event `json:"events"`
	Next   int64   `json:"next" doc:"before of the next part; 0 if there is none"`
}

// audit answers with a part of the audit trail.
func (a reads) audit(q *page.Request, in *struct {
	Before int64 `query:"before" minimum:"0" doc:"next of the answer before; 0 for the newest"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"50"`
}) (out someEvents, err error) {
	events, err := a.site.W.Review().Page(q.Ctx(), in.Before, in.Limit)
	if err != nil {
		return out, err
	}
	all, _, err := a.Admin.Audited(q, events)
	if err != nil {
		return out, err
	}
	out.Events = []event{}
	for _, e := range all {
		one := event{Seq: e.Seq, At: e.At, Hidden: e.Hidden}
		if !e.Hidden {
			one.Person, one.Action, one.Ruleset, one.Dossier = e.Person, e.Action, e.Ruleset, e.Event.Dossier
			one.Subject, one.Reason, one.Change, one.Hash = e.Data.Subject, e.Data.Reason, e.Change, e.Hash
		}
		out.Events = append(out.Events, one)
	}
	if n := len(events); n > 0 && events[n-1].Seq > 1 {
		out.Next = events[n-1].Seq
	}
	return out, nil
}

// startRun starts a run.
func (a reads) startRun(q *page.Request, in *struct{ Trial }) (done, error) {
	if in.DryRun {
		_, err := pipeline.Running(q.Ctx(), a.site.W)
		switch {
		case a.site.Hooks.Start == nil:
			return done{}, page.NotFound()
		case err == nil:
			return done{}, page.Refuse(http.StatusConflict, "error.running")
		case !errors.Is(err, pipeline.ErrIdle):
			return done{}, err
		}
		return done{DryRun: true}, nil
	}
	return a.act(q, false, nil, a.Admin.StartRun)
}

// cancelRun asks the active run to end.
func (a reads) cancelRun(q *page.Request, in *struct{ Trial }) (done, error) {
	if in.DryRun {
		_, err := pipeline.Running(q.Ctx(), a.site.W)
		if errors.Is(err, pipeline.ErrIdle) {
			err = page.Refuse(http.StatusConflict, "error.idle")
		}
		return done{DryRun: true}, err
	}
	return a.act(q, false, nil, a.Admin.CancelRun)
}

// levels of what a text is in: the person's language first.
func languages(q *page.Request) []string { return []string{q.Lang, "en", "vi"} }
