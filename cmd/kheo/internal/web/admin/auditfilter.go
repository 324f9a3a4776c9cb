package admin

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/text/language"
	"kheo/pipeline/review"
)

// kind is what events are about, by which the audit trail is filtered.
type kind struct {
	ID      string
	Actions []review.Action
}

// kinds has every action once.
var kinds = []kind{
	{"people", []review.Action{review.PersonAdded, review.PersonChanged, review.PersonDisabled, review.PersonEnabled,
		review.LinkMade, review.MailSet, review.PasswordSet, review.FactorSet, review.FactorRemoved,
		review.RecoveryUsed, review.TokenMade, review.TokenRevoked, review.Forgotten}},
	{"conflicts", []review.Action{review.TieDeclared, review.TieFound, review.TieDismissed}},
	{"assignments", []review.Action{review.Assigned, review.Unassigned}},
	{"submissions", []review.Action{review.HandedIn, review.LetterGiven, review.LetterAside, review.Reminders,
		review.ApplicantInvited, review.ApplicantWithdrawn}},
	{"facts", []review.Action{review.FactSet, review.FactRejected, review.FactRestored}},
	{"evidence", []review.Action{review.EvidenceJudged, review.EvidenceUnjudged, review.SampleDrawn}},
	{"comments", []review.Action{review.Commented, review.Tagged, review.Untagged}},
	{"scores", []review.Action{review.Scored, review.ScoresAdopted, review.ScorerSettled}},
	{"overrides", []review.Action{review.Overridden, review.Restored}},
	{"votes", []review.Action{review.Voted, review.VoteTaken, review.BallotOpened, review.BallotCast,
		review.BallotPaper, review.BallotAdded, review.BallotCounted}},
	{"decisions", []review.Action{review.Decided, review.DecisionTaken, review.Closed, review.Confirmed,
		review.Withdrawn}},
	{"meetings", []review.Action{review.Met, review.Came, review.Left, review.Called, review.PhaseExtended}},
	{"handover", []review.Action{review.HandedOver, review.TookIn, review.AnswerMade, review.AnswerReceived}},
	{"objections", []review.Action{review.Objected, review.ObjectionAnswered}},
	{"models", []review.Action{review.Registered, review.Reported, review.Visited, review.TookOver, review.NotTaken,
		review.SameAs, review.NotSame}},
	{"rules", []review.Action{review.RulesProposed, review.RulesApproved, review.RulesRejected,
		review.RulesWithdrawn}},
}

// auditFilters are the values of a query that choose events.
var auditFilters = []string{"person", "dossier", "kind"}

// asked reports whether a query chooses events.
func asked(get url.Values) bool {
	return slices.ContainsFunc(auditFilters, func(name string) bool { return get.Get(name) != "" })
}

// auditOf shows the events that the query chooses. Those that the person may not know are left out altogether, and
// pages are filled up without them: among chosen events even the place of a hidden one would reveal what it is.
func (s *Room) auditOf(q *page.Request, before int64, most int) error {
	w, ok, err := s.wanted(q)
	if err != nil {
		return err
	}
	var seqs []int64
	if ok {
		if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
			seqs = w.Numbers(st, before)
			return nil
		}); err != nil {
			return err
		}
	}
	var shown []Audited
	hashes := true
	for len(seqs) > 0 && len(shown) <= most {
		n := min(len(seqs), most)
		events, err := s.site.W.Review().Some(q.Ctx(), seqs[:n])
		if err != nil {
			return err
		}
		seqs = seqs[n:]
		out, h, err := s.Audited(q, events)
		if err != nil {
			return err
		}
		hashes = hashes && h
		for _, e := range out {
			if !e.Hidden {
				shown = append(shown, e)
			}
		}
	}
	next := int64(0)
	if len(shown) > most {
		shown = shown[:most]
		next = shown[most-1].Seq
	}
	return s.showAudit(q, shown, next, hashes)
}

// wanted reads which events a query chooses; false if no event can fit. A dossier is chosen by its id or by words of
// its title, among those that the person may know.
func (s *Room) wanted(q *page.Request) (w review.Wanted, ok bool, err error) {
	get := q.R.URL.Query()
	w.Person = get.Get("person")
	if id := get.Get("kind"); id != "" {
		at := slices.IndexFunc(kinds, func(k kind) bool { return k.ID == id })
		if at < 0 {
			return w, false, nil
		}
		w.Actions = kinds[at].Actions
	}
	text := strings.TrimSpace(get.Get("dossier"))
	if text == "" {
		return w, true, nil
	}
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return w, false, err
	}
	w.Dossiers = []string{text}
	folded := language.Fold(text)
	for id, at := range mine.At {
		if id != text && folded != "" && strings.Contains(language.Fold(at.Entry.Title), folded) {
			w.Dossiers = append(w.Dossiers, id)
		}
	}
	return w, true, nil
}

// addFilters adds to the data of the page what can be chosen, what is chosen, and the links to the next page and to
// the workbook.
func (s *Room) addFilters(q *page.Request, next int64, data map[string]any) error {
	get := q.R.URL.Query()
	kept := url.Values{}
	for _, name := range auditFilters {
		if v := get.Get(name); v != "" {
			kept.Set(name, v)
		}
	}
	link := func(name, value string) string {
		v := url.Values{name: {value}}
		for k := range kept {
			v.Set(k, kept.Get(k))
		}
		return "/audit?" + v.Encode()
	}
	data["Get"], data["Asked"], data["Sheet"], data["Kinds"] = get, len(kept) > 0, link("as", "xlsx"), kinds
	if next > 0 {
		data["Next"] = link("before", strconv.FormatInt(next, 10))
	}
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		var people []review.Person
		for _, p := range st.People {
			people = append(people, *p)
		}
		slices.SortFunc(people, func(a, b review.Person) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
		})
		data["People"] = people
		return nil
	})
}

// Actions returns the actions of all kinds.
func Actions() []review.Action {
	var out []review.Action
	for _, k := range kinds {
		out = append(out, k.Actions...)
	}
	return out
}
