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
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// lists keeps the lists in force from one page to the next.
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

// place is where a dossier stands.
type Place struct {
	Ruleset string
	Entry   *publish.Entry
}

// Latest are the lists in force: those that were closed as they were closed, the others as the newest
// run published them, with the outcomes that people have set since. run is the newest; it is ""
// where none has published yet. at tells also of dossiers that came after their list was closed.
func (s *Lists) Latest(ctx context.Context) (run string, of map[string]*publish.File, at map[string]Place, err error) {
	if run, err = s.site.W.Store.Runs.Latest(ctx); err != nil {
		return "", nil, nil, err
	}
	var listed int64
	if err := s.site.W.Review().View(ctx, func(st *review.State) error { listed = st.Listed(); return nil }); err != nil {
		return "", nil, nil, err
	}
	l := &s.Cache
	l.Mu.Lock()
	defer l.Mu.Unlock()
	if l.made && run == l.run && listed == l.listed {
		return run, l.Of, l.At, nil
	}
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
	if l.closed, err = s.published(ctx, func(name string) string { return runs[name] }, slices.Sorted(maps.Keys(runs))); err != nil {
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

// published reads lists as runs published them, without what no page shows of them.
func (s *Lists) published(ctx context.Context, run func(name string) string, names []string) (map[string]*publish.File, error) {
	out := map[string]*publish.File{}
	for _, name := range names {
		f, err := s.site.W.List(ctx, run(name), name)
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

// inForce makes the lists in force of those that were published.
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

// compared keeps how lists differ, for everybody who asks: two long lists are long to compare.
type compared struct {
	mu sync.Mutex
	of map[comparison][]publish.Change
}

// comparison is of a ruleset's lists in two runs, as those may see them who share a visibility.
type comparison struct{ from, to, ruleset, sees string }

// mostCompared is how many comparisons are kept.
const mostCompared = 32

// differences returns how the lists of two runs differ, as far as somebody with a visibility may know it; false
// if one of the lists does not exist.
func (s *Lists) Differences(ctx context.Context, from, to, ruleset string, sees *Visibility) ([]publish.Change, bool, error) {
	c := comparison{from, to, ruleset, sees.key}
	s.compared.mu.Lock()
	defer s.compared.mu.Unlock()
	for _, run := range []string{c.from, c.to} { // one may have been dropped, with what it said of somebody
		names, err := s.site.W.Store.Lists.Rulesets(ctx, run)
		if err != nil || !slices.Contains(names, c.ruleset) {
			delete(s.compared.of, c)
			return nil, false, err
		}
	}
	if changes, ok := s.compared.of[c]; ok {
		return changes, true, nil
	}
	was, err1 := s.site.W.List(ctx, from, ruleset)
	is, err2 := s.site.W.List(ctx, to, ruleset)
	if err := errors.Join(err1, err2); err != nil || was == nil || is == nil {
		return nil, false, err
	}
	if s.compared.of == nil || len(s.compared.of) >= mostCompared {
		s.compared.of = map[comparison][]publish.Change{}
	}
	var changes []publish.Change
	if !sees.sealed[ruleset] { // otherwise every change of an outcome would reveal others
		rec := sees.leftOut(ruleset)
		changes = publish.Diff(s.Apart(was, rec), s.Apart(is, rec))
	}
	s.compared.of[c] = changes
	return changes, true, nil
}

// slim takes out of a list what no page shows of it: evidence and reasons of criteria are read
// with the dossier, and stand in the files of the list.
func slim(f *publish.File) {
	for i := range f.Entries {
		e := &f.Entries[i]
		e.Gates = nil
		for k := range e.Criteria {
			e.Criteria[k] = publish.Criterion{ID: e.Criteria[k].ID, Max: e.Criteria[k].Max, Points: e.Criteria[k].Points}
		}
	}
}

// whole is the list that a page shows a part of, with all that it says.
func (s *Lists) Whole(q *page.Request, f *publish.File) (*publish.File, error) {
	full, err := s.site.W.ListNow(q.Ctx(), f.Run, f.Ruleset)
	if err == nil && full == nil {
		err = page.NotFound()
	}
	return full, err
}

// ListOf is the newest list of a ruleset, as whoever asks may see it.
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

// Seen is a dossier as somebody may see it.
type Seen struct {
	ID, Title, Nominee, Unit, Ruleset string
	Entry                             *publish.Entry // as the person sees it on the newest list; nil if it is on none, or the person is recused
	Tie                               *review.Tied   // why the person is recused

	whole  *publish.Entry // as it is on the newest list; not to be shown
	hidden bool           // its outcome is, see visibility
}

// See looks a dossier up for somebody: as not there, where it is none of the person's business.
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
		out.Title, out.Nominee, out.Unit, out.Ruleset, out.Entry = p.Entry.Title, p.Entry.Nominee, p.Entry.Unit, p.Ruleset, p.Entry
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

// EntryOf is the entry of a dossier as its page shows it: in the person's language, or as its list has
// it in the campaign's, if the list was closed or the dossier was assessed again since. What it says of
// dossiers from which the person is recused is left out, and so is what the person must not know before scoring.
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
		e.Rank = d.Entry.Rank // among the entries that the person may see
	}
	e = s.blindEntry(mine.Sees, q.Lang, cmp.Or(d.Ruleset, a.Ruleset), e)
	return e, s.untold(q, e)
}

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
	if closed || a.Points != d.whole.Points || a.Max != d.whole.Max {
		e, err := s.site.W.ListedEntry(q.Ctx(), run, d.Ruleset, d.ID)
		if err != nil || e != nil {
			if e != nil {
				e.Rank, e.Outcome, e.Reason, e.Certainty, e.ByHand = d.whole.Rank, d.whole.Outcome, d.whole.Reason, d.whole.Certainty, d.whole.ByHand
			}
			return e, err
		}
	}
	e := publish.Of(a, d.whole.Rank, q.Lang, "en", "vi")
	if e.Outcome = d.whole.Outcome; d.whole.ByHand != nil {
		e.ByHand = d.whole.ByHand
		e.Reason = publish.ByHandText(e.ByHand.Was, e.ByHand.Reason, q.Lang)
	}
	return &e, nil
}

// About is what an event on a dossier is about.
func (d *Seen) About() review.Subject {
	a := review.Subject{Unit: d.Unit}
	if d.whole != nil {
		a.Outcome = string(d.whole.Outcome)
	}
	return a
}

// Row is an entry as a list shows it.
type Row struct {
	*publish.Entry
	UnitName, FieldName string
	Aside               string // why the person stands aside; then nothing else of it is shown
	Tally               review.Tally
	Decision            *review.DecidedEntry
	MyVote              review.Vote
	Overrides           []review.Overruled
	Assigned            []string
	FlagCodes           []string
}

// ListRows is the newest list of a ruleset with its rows.
func (s *Lists) ListRows(q *page.Request, keep func(*publish.Entry) bool) (*publish.File, []Row, error) {
	f, err := s.ListOf(q)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.Rows(q, f, keep)
	return f, rows, err
}

// Rows makes some entries of a list, all of them where keep is nil, ready for somebody. Those from
// which the person is recused come last, by title, with nothing but their names. Those whose panel the person
// has yet to score in a blind campaign come before them, by title, without points, place and outcome.
func (s *Lists) Rows(q *page.Request, f *publish.File, keep func(*publish.Entry) bool) ([]Row, error) {
	names := map[string]string{}
	for i := range s.site.W.Campaign().Env.Units {
		names[s.site.W.Campaign().Env.Units[i].ID] = s.site.W.Campaign().Env.Units[i].Name
	}
	mine, err := s.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	var out []Row
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for i := range f.Entries {
			e := s.explained(q.Lang, &f.Entries[i])
			if keep == nil || keep(e) {
				out = append(out, Row{Entry: e, UnitName: cmp.Or(names[e.Unit], e.Unit), Decision: st.Decision(f.Ruleset, e.Dossier)})
			}
		}
		for i := range mine.Aside[f.Ruleset] {
			e := &mine.Aside[f.Ruleset][i]
			if keep != nil && !keep(e) {
				continue
			}
			r := Row{Entry: e, UnitName: cmp.Or(names[e.Unit], e.Unit), Aside: "–"}
			if tie := st.Tie(q.Person.ID, e.Dossier, e.Unit); tie != nil {
				r.Aside = tie.Reason
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

// Fill adds to rows what takes longer to find out: those that are shown.
func (s *Lists) Fill(q *page.Request, f *publish.File, rows []Row) error {
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for i := range rows {
			r := &rows[i]
			if r.Aside != "" {
				continue
			}
			r.FieldName = s.site.FieldName(q.Lang, r.Field)
			for _, fl := range r.Flags {
				if !slices.Contains(r.FlagCodes, fl.Code) {
					r.FlagCodes = append(r.FlagCodes, fl.Code)
				}
			}
			r.Tally = s.tally(q.Person, st, f.Ruleset, r.Dossier, r.Unit)
			r.MyVote = st.VoteOf(q.Person.ID, f.Ruleset, r.Dossier)
			r.Overrides = s.overrides(q.Person, st, f.Ruleset, r.Dossier, r.Hidden)
			r.Assigned = slices.Clone(st.Assigned[r.Dossier])
		}
		return nil
	})
}

// overrides returns what people set in place of what the program says, by name. If the outcome is hidden from the
// person who asks, those are only the person's own.
func (s *Lists) overrides(p *review.Person, st *review.State, ruleset, dossier string, hidden bool) []review.Overruled {
	out := st.Overrides(ruleset, dossier)
	if hidden {
		out = slices.DeleteFunc(out, func(o review.Overruled) bool { return o.By != p.ID })
	}
	for i := range out {
		out[i].By = s.site.Name(st, out[i].By)
	}
	return out
}
