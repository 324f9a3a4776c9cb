package committee

import (
	"cmp"
	"slices"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// agenda is what a meeting on a list goes through, as one person sees it: what is undisputed in one block, and the
// rest one by one.
type agenda struct {
	Items []item // one by one, in the order of the list
	Block block

	At string // the dossier that the meeting is about; "" if only the block is left, or nothing

	rows []access.Row // all of the list
}

// item is an entry that the meeting looks at by itself.
type item struct {
	Dossier, Title, UnitName string
	State                    string // recused, decided, voted (by the person), or open
	Decision                 review.Decision
	Current                  bool // the meeting is about it
}

// block is the undisputed entries that are not decided.
type block struct {
	Entries []blockEntry
	ToVote  int // on which the person may vote and has not
	ToCarry int // that the votes carry: the person may decide them
}

// blockEntry is an undisputed entry, with the vote and the decision that follow from its outcome.
type blockEntry struct {
	access.Row
	Vote     review.Vote
	Decision review.Decision
	Waits    string // why it cannot be decided yet, in the person's language; "" if it can be
}

// proposals are the decisions that follow from outcomes. What people must review has none.
var proposals = map[dossier.Outcome]review.Decision{dossier.Recommended: review.Recognised,
	dossier.NotRecommended: review.NotRecognised, dossier.Ineligible: review.NotRecognised}

// votesFor are the votes by which a proposal is carried.
var votesFor = map[review.Decision]review.Vote{review.Recognised: review.For, review.NotRecognised: review.Against}

// harmless are the flags that leave an entry undisputed: they say what was read and not counted, or how files are
// named.
var harmless = []string{dossier.FlagMisnamedDocument, dossier.FlagPlanNotResult}

// undisputed reports whether an entry may be decided together with others: its outcome proposes a decision, no flag
// asks a person to look, no one has overridden or discussed it, and no vote is against the proposal. In a blind
// campaign votes are not looked at, since the place on the agenda would reveal them. Secret ballots are held on each
// entry.
func undisputed(st *review.State, ruleset string, e *publish.Entry) bool {
	proposed := proposals[e.Outcome]
	if st.Rule(ruleset).Secret || e.Hidden || proposed == "" || len(st.Comments[e.Dossier]) > 0 ||
		len(st.Overrides(ruleset, e.Dossier)) > 0 {
		return false
	}
	if slices.ContainsFunc(e.Flags, func(f publish.Flag) bool { return !slices.Contains(harmless, f.Code) }) {
		return false
	}
	if st.Settings.Blind {
		return true
	}
	t := st.Tally(ruleset, e.Dossier, e.Unit)
	return !slices.ContainsFunc(t.Votes, func(c review.Cast) bool { return c.Vote != votesFor[proposed] })
}

// agendaOf makes the agenda of a meeting from the rows of its list. all is the list in force with what the person may
// not see.
func (s *Hall) agendaOf(q *page.Request, st *review.State, f, all *publish.File, rows []access.Row) *agenda {
	a := &agenda{rows: rows}
	_, closed := st.Closed[f.Ruleset]
	for i := range rows {
		r := &rows[i]
		switch {
		case r.Aside != "":
			a.Items = append(a.Items, item{Dossier: r.Dossier, Title: r.Title, UnitName: r.UnitName, State: "recused"})
		case closed:
		case r.Decision == nil && undisputed(st, f.Ruleset, r.Entry):
			a.Block.Entries = append(a.Block.Entries, s.blockEntry(q, st, f.Ruleset, r))
		case r.Decision != nil || r.Hidden || st.MustDecide(f.Ruleset, r.Entry):
			x := item{Dossier: r.Dossier, Title: r.Title, UnitName: r.UnitName, State: "open"}
			if r.Decision != nil {
				x.State, x.Decision = "decided", r.Decision.Decision
			} else if st.VoteOf(q.Person.ID, f.Ruleset, r.Dossier) != "" {
				x.State = "voted"
			}
			a.Items = append(a.Items, x)
		}
	}
	for _, e := range a.Block.Entries {
		if q.Person.May(review.CastVote) && e.MyVote == "" {
			a.Block.ToVote++
		}
		if q.Person.May(review.Decide) && e.Waits == "" {
			a.Block.ToCarry++
		}
	}
	// If no entry was called and the next one does not follow from the list (see follows), each person goes through
	// the agenda at their own pace: the first item that is not decided is theirs. Otherwise all are at the same
	// entry, which atHand takes from the whole list, so that a person who is recused from it is asked to leave the
	// room.
	if a.At = atHand(st, all); a.At == "" && !follows(st, f.Ruleset) {
		for _, x := range a.Items {
			if x.State == "open" || x.State == "voted" {
				a.At = x.Dossier
				break
			}
		}
	}
	for i := range a.Items {
		a.Items[i].Current = a.Items[i].Dossier == a.At
	}
	return a
}

// blockEntry describes an undisputed entry for the person who asks.
func (s *Hall) blockEntry(q *page.Request, st *review.State, ruleset string, r *access.Row) blockEntry {
	e := blockEntry{Row: *r, Decision: proposals[r.Outcome]}
	// The vote and the tally are set on a copy.
	own := *r.Filled // that of the row is shared
	e.Filled = &own
	e.Vote = votesFor[e.Decision]
	e.MyVote = st.VoteOf(q.Person.ID, ruleset, r.Dossier)
	t := st.Tally(ruleset, r.Dossier, r.Unit)
	e.Tally = t
	switch carried := t.Result(); {
	case !s.ripe(t):
		if e.Waits = page.Stands(s.site, q.Lang, t); t.Short() > 0 {
			e.Waits = s.site.Texts.Say(q.Lang, "block.quorum", t.Short())
		}
	// Votes that carry nothing leave the decision to the chair, who may then decide as proposed.
	case carried != e.Decision && (carried != "" || !slices.Contains(q.Person.Roles, review.Chair)):
		e.Waits = s.site.Texts.Say(q.Lang, "block.not-carried")
	}
	return e
}

// ripe reports whether the rule of the list lets an entry be decided now.
func (s *Hall) ripe(t review.Tally) bool {
	_, can := t.Stands(s.site.W.Now().UTC().Format(time.RFC3339))
	return can
}

// follows reports whether a meeting is recorded whose next entry follows from the list: it is then the same for all who
// are in the room, also for those who have to leave. In a blind campaign the order of the agenda would reveal outcomes,
// so that an entry is called there.
func follows(st *review.State, ruleset string) bool {
	_, met := st.Meetings[ruleset]
	return met && !st.Settings.Blind
}

// atHand returns the dossier that the meeting on a list is about: the one that was called last, until it is decided,
// and then the first that is looked at by itself and must be decided. It is "" if nothing of either is left.
func atHand(st *review.State, all *publish.File) string {
	if all == nil {
		return ""
	}
	if _, closed := st.Closed[all.Ruleset]; closed {
		return ""
	}
	called := st.AtHand(all.Ruleset)
	at := slices.IndexFunc(all.Entries, func(e publish.Entry) bool { return e.Dossier == called })
	if at >= 0 && st.Decision(all.Ruleset, called) == nil {
		return called
	}
	if !follows(st, all.Ruleset) {
		return ""
	}
	for i := range all.Entries {
		if e := &all.Entries[i]; st.MustDecide(all.Ruleset, e) && !undisputed(st, all.Ruleset, e) {
			return e.Dossier
		}
	}
	return ""
}

// next returns the dossier that the person does next in the meeting; "" if nothing is left but the block. Who decides
// gets what the meeting is about; other voters get that first, and then what they have not voted on, since they may
// vote ahead.
func (a *agenda) next(st *review.State, p *review.Person, ruleset string) string {
	at := a.At
	if p.May(review.Decide) || !p.May(review.CastVote) {
		return at
	}
	if at != "" && a.mayVote(st, p, ruleset, at) {
		return at
	}
	for _, x := range a.Items {
		if x.State == "open" && a.mayVote(st, p, ruleset, x.Dossier) {
			return x.Dossier
		}
	}
	if a.Block.ToVote > 0 {
		return ""
	}
	return at
}

// row returns the row of a dossier; nil if the list has none.
func (a *agenda) row(id string) *access.Row {
	if i := slices.IndexFunc(a.rows, func(r access.Row) bool { return r.Dossier == id }); i >= 0 {
		return &a.rows[i]
	}
	return nil
}

// Leave returns the title of what the meeting is about if the person is recused from it, and must leave the room; "" if
// not.
func (a *agenda) Leave() string {
	if r := a.row(a.At); r != nil && r.Aside != "" {
		return r.Title
	}
	return ""
}

// mayVote reports whether the person may vote on a dossier and has not.
func (a *agenda) mayVote(st *review.State, p *review.Person, ruleset, id string) bool {
	r := a.row(id)
	return r != nil && r.Aside == "" && r.Decision == nil && st.VoteOf(p.ID, ruleset, id) == ""
}

// Kinds of lines of the minutes.
const (
	minuteOpened  = "opened"
	minuteDecided = "decided"
	minuteCame    = "came"
	minuteLeft    = "left"
)

// minute is a line of the minutes as they grow: a decision, or who came and left.
type minute struct {
	Kind, At       string
	Dossier, Title string // of a decision
	Decision       *review.DecidedEntry
	Tally          review.Tally
	Names          string // who came or left; at the opening those present; at a decision who was absent
	Aside          string // who was recused
	seq            int64
}

// mostMinutes is how many lines of the minutes the page of a meeting has; the paper has all.
const mostMinutes = 60

// minutesOf returns the newest lines of the minutes of a list, the newest first, without what concerns entries from
// which the person is recused.
func (s *Hall) minutesOf(st *review.State, ruleset string, rows []access.Row) []minute {
	var out []minute
	for i := range rows {
		r := &rows[i]
		if r.Aside != "" || r.Decision == nil {
			continue
		}
		t := st.Tally(ruleset, r.Dossier, r.Unit)
		out = append(out, minute{Kind: minuteDecided, At: r.Decision.At, Dossier: r.Dossier, Title: r.Title,
			Decision: r.Decision, Tally: t, Names: s.site.Names(st, t.Absent), Aside: s.site.Names(st, t.Aside),
			seq: r.Decision.Seq})
	}
	if m, ok := st.Meetings[ruleset]; ok {
		for _, x := range append(slices.Clone(m.Earlier), m) {
			out = append(out, minute{Kind: minuteOpened, At: x.At, seq: x.Seq})
			for _, moved := range x.Moves {
				kind := minuteLeft
				if moved.Came {
					kind = minuteCame
				}
				out = append(out, minute{Kind: kind, At: moved.At, Names: s.site.Name(st, moved.Person),
					seq: moved.Seq})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b minute) int { return cmp.Compare(b.seq, a.seq) })
	return out[:min(len(out), mostMinutes)]
}
