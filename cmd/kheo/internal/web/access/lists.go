package access

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// listCache caches the lists in force. mu guards all fields.
type listCache struct {
	Mu     sync.Mutex
	run    string
	listed int64                    // the last event that changed one of them
	made   bool                     //
	as     map[string]*publish.File // as run published them
	closed map[string]*publish.File // those that were closed, as their runs published them
	Of     map[string]*publish.File
	At     map[string]Place // by dossier
}

// Place is the ruleset and the entry of a dossier on the newest lists.
type Place struct {
	Ruleset string
	Entry   *publish.Entry
}

// Latest returns the lists in force: closed lists as they were closed, the others as the newest run published
// them, with the outcomes that people have set since. run is the newest run, or "" if none has published yet.
// at also has dossiers that arrived after their list was closed. The caller must not change the result, nor
// show it to anybody: pages use For.
func (s *Lists) Latest(ctx context.Context) (run string, of map[string]*publish.File, at map[string]Place,
	err error) {
	if run, err = s.site.W.Store.Runs.Latest(ctx); err != nil {
		return "", nil, nil, err
	}
	var listed int64
	if err := s.site.W.Review().View(ctx,
		func(st *review.State) error { listed = st.Listed(); return nil }); err != nil {
		return "", nil, nil, err
	}
	l := &s.Cache
	l.Mu.Lock()
	defer l.Mu.Unlock()
	if l.made && run == l.run && listed == l.listed {
		return run, l.Of, l.At, nil
	}
	// The list as it was published changes with the run only; what people decided since is applied below, which is
	// far cheaper than reading it again.
	if !l.made || run != l.run {
		names, err := s.site.W.Store.Lists.Rulesets(ctx, run)
		if err != nil {
			return "", nil, nil, err
		}
		if l.as, err = s.published(ctx, func(string) string { return run }, names); err != nil {
			return "", nil, nil, err
		}
	}
	runs := map[string]string{} // of the lists that were closed
	if err := s.site.W.Review().View(ctx, func(st *review.State) error {
		for name, c := range st.Closed {
			runs[name] = c.Run
		}
		return nil
	}); err != nil {
		return "", nil, nil, err
	}
	if l.closed, err = s.published(ctx, func(name string) string { return runs[name] },
		slices.Sorted(maps.Keys(runs))); err != nil {
		return "", nil, nil, err
	}
	l.Of, l.At = map[string]*publish.File{}, map[string]Place{}
	if err := s.site.W.Review().View(ctx, func(st *review.State) error {
		l.listed, l.run, l.made = st.Listed(), run, true
		l.inForce(st, s.site.W.Campaign().Env.Languages[0])
		return nil
	}); err != nil {
		return "", nil, nil, err
	}
	return run, l.Of, l.At, nil
}

// published reads lists as runs published them, reduced to what pages show (see slim). run returns the run that
// published the list of a ruleset. A list that does not exist is left out.
func (s *Lists) published(ctx context.Context, run func(name string) string,
	names []string) (map[string]*publish.File, error) {
	out := map[string]*publish.File{}
	for _, name := range names {
		f, err := editions.List(ctx, s.site.W, run(name), name)
		if err != nil {
			return nil, err
		}
		if f != nil {
			slim(f)
			out[name] = f
		}
	}
	return out, nil
}

// inForce applies to the published lists what people have decided since. The caller holds l.Mu.
func (l *listCache) inForce(st *review.State, lang string) {
	tell := func(name string, f *publish.File) {
		for i := range f.Entries {
			l.At[f.Entries[i].Dossier] = Place{name, &f.Entries[i]}
		}
	}
	for name, f := range l.as {
		if _, closed := st.Closed[name]; closed {
			tell(name, f)
			continue
		}
		l.Of[name] = st.InForce(f, name, lang)
		tell(name, l.Of[name])
	}
	for name := range st.Closed {
		l.Of[name] = st.InForce(l.closed[name], name, lang)
		tell(name, l.Of[name])
	}
}

// compared caches the differences of lists for all people, since comparing two long lists is slow.
type compared struct {
	mu sync.Mutex
	of map[comparison][]publish.Change
}

// comparison is the key of a cached difference: a ruleset's lists in two runs, for people with equal
// visibility.
type comparison struct{ from, to, ruleset, sees string }

// maxCompared is how many comparisons are cached.
const maxCompared = 32

// Differences returns how the lists of two runs differ, as far as a person with a visibility may know; false
// if one of the lists does not exist. That only words differ is no difference.
func (s *Lists) Differences(ctx context.Context, from, to, ruleset string,
	sees *Visibility) ([]publish.Change, bool, error) {
	c := comparison{from, to, ruleset, sees.key}
	s.compared.mu.Lock()
	defer s.compared.mu.Unlock()
	for _, run := range []string{c.from, c.to} { // one may have been dropped, with personal data
		names, err := s.site.W.Store.Lists.Rulesets(ctx, run)
		if err != nil || !slices.Contains(names, c.ruleset) {
			delete(s.compared.of, c)
			return nil, false, err
		}
	}
	if changes, ok := s.compared.of[c]; ok {
		return changes, true, nil
	}
	was, err1 := editions.List(ctx, s.site.W, from, ruleset)
	is, err2 := editions.List(ctx, s.site.W, to, ruleset)
	if err := errors.Join(err1, err2); err != nil || was == nil || is == nil {
		return nil, false, err
	}
	if s.compared.of == nil || len(s.compared.of) >= maxCompared {
		s.compared.of = map[comparison][]publish.Change{}
	}
	var changes []publish.Change
	if !sees.sealed[ruleset] { // otherwise every change of an outcome would reveal others
		rec := sees.leftOut(ruleset)
		changes = slices.DeleteFunc(publish.Diff(s.Apart(was, rec), s.Apart(is, rec)),
			func(c publish.Change) bool { return c.What == publish.Worded })
	}
	s.compared.of[c] = changes
	return changes, true, nil
}

// slim removes from a list what pages do not show, to keep it in memory: evidence and reasons of criteria are
// read with the dossier, and are in the files of the list. It changes f, so f must not be shared. An entry with
// shortened criteria must not be published: see Whole.
func slim(f *publish.File) {
	for i := range f.Entries {
		e := &f.Entries[i]
		e.Gates = nil
		for k := range e.Criteria {
			e.Criteria[k] = publish.Criterion{ID: e.Criteria[k].ID, Max: e.Criteria[k].Max,
				Points: e.Criteria[k].Points}
		}
	}
}

// Whole returns the complete list, of which f lacks what slim removed.
func (s *Lists) Whole(q *page.Request, f *publish.File) (*publish.File, error) {
	full, err := editions.ListNow(q.Ctx(), s.site.W, f.Run, f.Ruleset)
	if err == nil && full == nil {
		err = page.NotFound()
	}
	return full, err
}

// ListOf returns the newest list of the ruleset in the path, as the person may see it.
func (s *Lists) ListOf(q *page.Request) (*publish.File, error) {
	mine, err := s.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	f := mine.Of[q.R.PathValue("ruleset")]
	if f == nil {
		return nil, page.NotFound()
	}
	return f, nil
}

// Seen is a dossier as one person may see it.
type Seen struct {
	ID, Title, Nominee, Unit, Ruleset string
	Entry                             *publish.Entry // as the person sees it; nil if on no list, or if recused
	Tie                               *review.Tied   // why the person is recused

	whole  *publish.Entry // as it is on the newest list; not to be shown
	hidden bool           // its outcome is, see visibility
}

// See looks a dossier up for the person who asks. A dossier that the person must not know of is not found.
func (s *Lists) See(q *page.Request, id string) (*Seen, error) {
	mine, err := s.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	out := &Seen{ID: id}
	units := []string{}
	p, listed := mine.At[id]
	if !listed {
		p, listed = mine.asideAt[id]
	}
	if listed {
		out.Title, out.Nominee, out.Unit = p.Entry.Title, p.Entry.Nominee, p.Entry.Unit
		out.Ruleset, out.Entry = p.Ruleset, p.Entry
		out.whole, out.hidden = mine.Whole[id].Entry, mine.Sees.Hides(p.Ruleset, id)
	} else {
		a, err := s.site.W.Store.Dossiers.Get(q.Ctx(), id)
		if err != nil {
			return nil, err
		}
		if a == nil {
			return nil, page.NotFound()
		}
		out.Title, out.Unit = a.Name, a.Manifest.Unit
		known, err := s.unitsOf(q.Ctx(), id)
		if err != nil {
			return nil, err
		}
		units = known[id]
	}
	if !q.Person.May(review.See) && (q.Person.Unit == "" || out.Unit != q.Person.Unit) {
		return nil, page.NotFound()
	}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, unit := range append(units, out.Unit) {
			if out.Tie == nil {
				out.Tie = st.Tie(q.Person.ID, id, unit)
			}
		}
		return nil
	})
	if out.Tie != nil {
		out.Entry, out.whole = nil, nil
	}
	return out, err
}

// EntryOf returns the entry of a dossier as its page shows it: in the person's language, or in the campaign's
// if it was assessed otherwise since the list was closed or published. What it says of dossiers from which the
// person is recused is left out, and so is what the person must not know before scoring.
func (s *Lists) EntryOf(q *page.Request, d *Seen, a *dossier.Assessment) (*publish.Entry, error) {
	e, err := s.listedEntry(q, d, a)
	if err != nil || e == nil {
		return e, err
	}
	mine, err := s.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	if d.Entry != nil {
		// Among the entries that the person may see.
		e.Rank, e.Place, e.Order = d.Entry.Rank, d.Entry.Place, d.Entry.Order
	}
	e = s.blindEntry(mine.Sees, q.Lang, cmp.Or(d.Ruleset, a.Ruleset), e)
	return e, s.untold(q, e)
}

// Said returns an assessment in words of the person's language, without what the person must not know of it.
func (s *Lists) Said(q *page.Request, a *dossier.Assessment) (*publish.Entry, error) {
	mine, err := s.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	e := publish.Of(a, 0, q.Lang, "en", "vi")
	out := s.blindEntry(mine.Sees, q.Lang, a.Ruleset, &e)
	return out, s.untold(q, out)
}

// listedEntry returns the entry of a dossier before anything is hidden from anybody.
func (s *Lists) listedEntry(q *page.Request, d *Seen, a *dossier.Assessment) (*publish.Entry, error) {
	if d.whole == nil {
		e := publish.Of(a, 0, q.Lang, "en", "vi")
		return &e, nil
	}
	closed, run := false, ""
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		_, closed = st.Closed[d.Ruleset]
		return nil
	}); err != nil {
		return nil, err
	}
	_, of, _, err := s.Latest(q.Ctx())
	if err != nil {
		return nil, err
	}
	if f := of[d.Ruleset]; f != nil {
		run = f.Run
	}
	// The assessment in the records is newer than the list if a run assessed the dossier since. What the list says
	// then counts, in the language in which it was published, unless the assessment says the same.
	if closed || a.Points != d.whole.Points || a.Max != d.whole.Max {
		e, err := editions.ListedEntry(q.Ctx(), s.site.W, run, d.Ruleset, d.ID)
		languages := s.site.W.Campaign().Env.Languages // an entry says the same if its words in the first are the same
		if err != nil || e != nil && !(e.Reason == a.Band.In(languages...) && e.SaysAsIn(a, languages)) {
			if e != nil {
				e.Rank, e.Outcome, e.Reason = d.whole.Rank, d.whole.Outcome, d.whole.Reason
				e.Certainty, e.ByHand, e.Given = d.whole.Certainty, d.whole.ByHand, d.whole.Given
			}
			return e, err
		}
	}
	e := publish.Of(a, d.whole.Rank, q.Lang, "en", "vi")
	if e.Given = d.whole.Given; closed {
		e.Certainty = d.whole.Certainty
	}
	if e.Outcome = d.whole.Outcome; d.whole.ByHand != nil {
		e.ByHand = d.whole.ByHand
		e.Reason = publish.ByHandText(e.ByHand.Was, e.ByHand.Reason, q.Lang)
	}
	return &e, nil
}

// About returns the subject of an event on a dossier, with its real outcome. The log checks the event against
// it, so it must not depend on what the person may see.
func (d *Seen) About() review.Subject {
	a := review.Subject{Unit: d.Unit}
	if d.whole != nil {
		a.Outcome = string(d.whole.Outcome)
	}
	return a
}

// Row is an entry as a list shows it. A list has thousands of them, and a page shows a few: what only a page needs is
// in Filled.
type Row struct {
	*publish.Entry
	*Filled
	UnitName string
	Aside    string // why the person is recused; then nothing else is shown
	Decision *review.DecidedEntry
	NextTier *review.Answered
}

// Filled is what Fill adds to a row.
type Filled struct {
	FieldName  string
	Tally      review.Tally
	MyVote     review.Vote
	Overrides  []review.Overruled
	Evaluators string // the names of those who are to evaluate it
	FlagCodes  []string
	Tags       []string // for people who may read comments
}

// unfilled is what rows have before they are filled. Nothing may change it.
var unfilled = &Filled{}

// ListRows returns the newest list of the ruleset in the path with those of its rows that keep accepts. A row
// is kept or not before anything is added to it, so filters see the entry as the person does.
func (s *Lists) ListRows(q *page.Request, keep func(*publish.Entry) bool) (*publish.File, []Row, error) {
	f, err := s.ListOf(q)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.Rows(q, f, keep)
	return f, rows, err
}

// Rows prepares the entries of a list that keep accepts (all if it is nil) for a person, in the order of Pick.
func (s *Lists) Rows(q *page.Request, f *publish.File, keep func(*publish.Entry) bool) ([]Row, error) {
	picked, err := Pick(s, q, f, keep)
	if err != nil {
		return nil, err
	}
	return picked.Rows(0, picked.Len())
}

// Fill adds to rows what is slower to compute: votes, flags, overrides and assignments. It is called for the
// rows that a page shows.
func (s *Lists) Fill(q *page.Request, f *publish.File, rows []Row) error {
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for i := range rows {
			r := &rows[i]
			if r.Aside != "" {
				continue
			}
			r.Filled = &Filled{}
			r.FieldName = s.site.FieldName(q.Lang, r.Field)
			for _, fl := range r.Flags {
				if !slices.Contains(r.FlagCodes, fl.Code) {
					r.FlagCodes = append(r.FlagCodes, fl.Code)
				}
			}
			r.Tally = s.tally(q.Person, st, f.Ruleset, r.Dossier, r.Unit)
			r.MyVote = st.VoteOf(q.Person.ID, f.Ruleset, r.Dossier)
			r.Overrides = s.overrides(q.Person, st, f.Ruleset, r.Dossier, r.Hidden)
			if q.Person.May(review.Discuss) {
				r.Tags = st.Tags(r.Dossier)
			}
			r.Evaluators = s.site.Names(st, st.Assigned[r.Dossier])
		}
		return nil
	})
}

// overrides returns what people set in place of what the program says, by name. If the outcome is hidden from
// the person who asks, those are only the person's own.
func (s *Lists) overrides(p *review.Person, st *review.State, ruleset, dossier string,
	hidden bool) []review.Overruled {
	out := st.Overrides(ruleset, dossier)
	if hidden {
		out = slices.DeleteFunc(out, func(o review.Overruled) bool { return o.By != p.ID })
	}
	for i := range out {
		out[i].By = s.site.Name(st, out[i].By)
	}
	return out
}
