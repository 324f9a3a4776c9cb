package web

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"kheo/internal/dossier"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

// lists keeps the lists in force from one page to the next.
type lists struct {
	mu     sync.Mutex
	run    string
	listed int64                    // the last event that changed one of them
	made   bool                     //
	as     map[string]*publish.File // as run published them
	closed map[string]*publish.File // those that were closed, as their runs published them
	of     map[string]*publish.File
	at     map[string]place // by dossier
}

// place is where a dossier stands.
type place struct {
	ruleset string
	entry   *publish.Entry
}

// latest are the lists in force: those that were closed as they were closed, the others as the newest
// run published them, with the outcomes that people have set since. run is the newest; it is ""
// where none has published yet. at tells also of dossiers that came after their list was closed.
func (s *Server) latest(ctx context.Context) (run string, of map[string]*publish.File, at map[string]place, err error) {
	if run, err = s.w.Store.LatestRun(ctx); err != nil {
		return "", nil, nil, err
	}
	var listed int64
	if err := s.w.Review().View(ctx, func(st *review.State) error { listed = st.Listed(); return nil }); err != nil {
		return "", nil, nil, err
	}
	l := &s.lists
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made && run == l.run && listed == l.listed {
		return run, l.of, l.at, nil
	}
	if !l.made || run != l.run {
		names, err := s.w.Store.ListRulesets(ctx, run)
		if err != nil {
			return "", nil, nil, err
		}
		if l.as, err = s.published(ctx, func(string) string { return run }, names); err != nil {
			return "", nil, nil, err
		}
	}
	runs := map[string]string{} // of the lists that were closed
	if err := s.w.Review().View(ctx, func(st *review.State) error {
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
	l.of, l.at = map[string]*publish.File{}, map[string]place{}
	if err := s.w.Review().View(ctx, func(st *review.State) error {
		l.listed, l.run, l.made = st.Listed(), run, true
		l.inForce(st, s.w.Campaign().Env.Languages[0])
		return nil
	}); err != nil {
		return "", nil, nil, err
	}
	return run, l.of, l.at, nil
}

// published reads lists as runs published them, without what no page shows of them.
func (s *Server) published(ctx context.Context, run func(name string) string, names []string) (map[string]*publish.File, error) {
	out := map[string]*publish.File{}
	for _, name := range names {
		f, err := editions.List(ctx, s.w, run(name), name)
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
func (l *lists) inForce(st *review.State, lang string) {
	tell := func(name string, f *publish.File) {
		for i := range f.Entries {
			l.at[f.Entries[i].Dossier] = place{name, &f.Entries[i]}
		}
	}
	for name, f := range l.as {
		if _, closed := st.Closed[name]; closed {
			tell(name, f)
			continue
		}
		l.of[name] = st.InForce(f, name, lang)
		tell(name, l.of[name])
	}
	for name := range st.Closed {
		l.of[name] = st.InForce(l.closed[name], name, lang)
		tell(name, l.of[name])
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
func (s *Server) differences(ctx context.Context, from, to, ruleset string, sees *visibility) ([]publish.Change, bool, error) {
	c := comparison{from, to, ruleset, sees.key}
	s.compared.mu.Lock()
	defer s.compared.mu.Unlock()
	for _, run := range []string{c.from, c.to} { // one may have been dropped, with what it said of somebody
		names, err := s.w.Store.ListRulesets(ctx, run)
		if err != nil || !slices.Contains(names, c.ruleset) {
			delete(s.compared.of, c)
			return nil, false, err
		}
	}
	if changes, ok := s.compared.of[c]; ok {
		return changes, true, nil
	}
	was, err1 := editions.List(ctx, s.w, from, ruleset)
	is, err2 := editions.List(ctx, s.w, to, ruleset)
	if err := errors.Join(err1, err2); err != nil || was == nil || is == nil {
		return nil, false, err
	}
	if s.compared.of == nil || len(s.compared.of) >= mostCompared {
		s.compared.of = map[comparison][]publish.Change{}
	}
	var changes []publish.Change
	if !sees.sealed[ruleset] { // otherwise every change of an outcome would reveal others
		rec := sees.leftOut(ruleset)
		changes = publish.Diff(s.apart(was, rec), s.apart(is, rec))
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
func (s *Server) whole(q *request, f *publish.File) (*publish.File, error) {
	full, err := editions.ListNow(q.ctx(), s.w, f.Run, f.Ruleset)
	if err == nil && full == nil {
		err = notFound()
	}
	return full, err
}

// ruleset is one of the campaign's rulesets.
func (s *Server) ruleset(id string) *rules.Ruleset {
	for _, r := range s.w.Campaign().Rulesets {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// listOf is the newest list of a ruleset, as whoever asks may see it.
func (s *Server) listOf(q *request) (*publish.File, error) {
	mine, err := s.listsOf(q.ctx(), q.person)
	if err != nil {
		return nil, err
	}
	f := mine.of[q.r.PathValue("ruleset")]
	if f == nil {
		return nil, notFound()
	}
	return f, nil
}

// seen is a dossier as somebody may see it.
type seen struct {
	ID, Title, Nominee, Unit, Ruleset string
	Entry                             *publish.Entry // as the person sees it on the newest list; nil if it is on none, or the person is recused
	Tie                               *review.Tied   // why the person is recused

	whole  *publish.Entry // as it is on the newest list; not to be shown
	hidden bool           // its outcome is, see visibility
}

// see looks a dossier up for somebody: as not there, where it is none of the person's business.
func (s *Server) see(q *request, id string) (*seen, error) {
	mine, err := s.listsOf(q.ctx(), q.person)
	if err != nil {
		return nil, err
	}
	out := &seen{ID: id}
	units := []string{}
	p, listed := mine.at[id]
	if !listed {
		p, listed = mine.asideAt[id]
	}
	if listed {
		out.Title, out.Nominee, out.Unit, out.Ruleset, out.Entry = p.entry.Title, p.entry.Nominee, p.entry.Unit, p.ruleset, p.entry
		out.whole, out.hidden = mine.whole[id].entry, mine.sees.hides(p.ruleset, id)
	} else {
		a, err := s.w.Store.Dossier(q.ctx(), id)
		if err != nil {
			return nil, err
		}
		if a == nil {
			return nil, notFound()
		}
		out.Title, out.Unit = a.Name, a.Manifest.Unit
		known, err := s.unitsOf(q.ctx(), id)
		if err != nil {
			return nil, err
		}
		units = known[id]
	}
	if !q.person.May(review.See) && (q.person.Unit == "" || out.Unit != q.person.Unit) {
		return nil, notFound()
	}
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		for _, unit := range append(units, out.Unit) {
			if out.Tie == nil {
				out.Tie = st.Tie(q.person.ID, id, unit)
			}
		}
		return nil
	})
	if out.Tie != nil {
		out.Entry, out.whole = nil, nil
	}
	return out, err
}

// entryOf is the entry of a dossier as its page shows it: in the person's language, or as its list has
// it in the campaign's, if the list was closed or the dossier was assessed again since. What it says of
// dossiers from which the person is recused is left out, and so is what the person must not know before scoring.
func (s *Server) entryOf(q *request, d *seen, a *dossier.Assessment) (*publish.Entry, error) {
	e, err := s.listedEntry(q, d, a)
	if err != nil || e == nil {
		return e, err
	}
	mine, err := s.listsOf(q.ctx(), q.person)
	if err != nil {
		return nil, err
	}
	if d.Entry != nil {
		e.Rank = d.Entry.Rank // among the entries that the person may see
	}
	e = s.blindEntry(mine.sees, q.lang, cmp.Or(d.Ruleset, a.Ruleset), e)
	return e, s.untold(q, e)
}

func (s *Server) listedEntry(q *request, d *seen, a *dossier.Assessment) (*publish.Entry, error) {
	if d.whole == nil {
		e := publish.Of(a, 0, q.lang, "en", "vi")
		return &e, nil
	}
	closed, run := false, ""
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		_, closed = st.Closed[d.Ruleset]
		return nil
	}); err != nil {
		return nil, err
	}
	_, of, _, err := s.latest(q.ctx())
	if err != nil {
		return nil, err
	}
	if f := of[d.Ruleset]; f != nil {
		run = f.Run
	}
	if closed || a.Points != d.whole.Points || a.Max != d.whole.Max {
		e, err := editions.ListedEntry(q.ctx(), s.w, run, d.Ruleset, d.ID)
		if err != nil || e != nil {
			if e != nil {
				e.Rank, e.Outcome, e.Reason, e.Certainty, e.ByHand = d.whole.Rank, d.whole.Outcome, d.whole.Reason, d.whole.Certainty, d.whole.ByHand
			}
			return e, err
		}
	}
	e := publish.Of(a, d.whole.Rank, q.lang, "en", "vi")
	if e.Outcome = d.whole.Outcome; d.whole.ByHand != nil {
		e.ByHand = d.whole.ByHand
		e.Reason = publish.ByHandText(e.ByHand.Was, e.ByHand.Reason, q.lang)
	}
	return &e, nil
}

// about is what an event on a dossier is about.
func (d *seen) about() review.Subject {
	a := review.Subject{Unit: d.Unit}
	if d.whole != nil {
		a.Outcome = string(d.whole.Outcome)
	}
	return a
}

// unitName is what a unit is called.
func (s *Server) unitName(id string) string {
	if u := s.w.Campaign().Env.UnitByID(id); u != nil {
		return u.Name
	}
	return id
}

// fieldName and levelName are what fields and levels are called.
func (s *Server) fieldName(lang, id string) string { return named(s.w.Campaign().Env.Fields, lang, id) }
func (s *Server) levelName(lang, id string) string { return named(s.w.Campaign().Env.Levels, lang, id) }

func named(list []rules.Named, lang, id string) string {
	for _, n := range list {
		if n.ID == id {
			return n.Title.In(lang, "en", "vi")
		}
	}
	return id
}

// frame is what every page has around it.
type frame struct {
	Lang, Name, Query string
	Campaign          string
	Person            *review.Person
	Flash             string
	Lists             []titled
	May               map[string]bool
	Languages         []string
	Undo              string // a path that takes back what was just done
	UndoForm          []formValue
	Told              []notice // what others did to the account
	ToldTo            int64
}

// formValue is a hidden value of a form.
type formValue struct{ Name, Value string }

func formValues(v url.Values) []formValue {
	var out []formValue
	for _, k := range slices.Sorted(maps.Keys(v)) {
		for _, x := range v[k] {
			out = append(out, formValue{k, x})
		}
	}
	return out
}

// titled is a list in the navigation.
type titled struct{ ID, Title string }

func (s *Server) frame(q *request, name string) frame {
	f := frame{Lang: q.lang, Name: name, Query: q.r.URL.RequestURI(), Campaign: s.w.Campaign().Title.In(q.lang, "en", "vi"), Person: q.person, Flash: s.sessions.PopString(q.ctx(), "flash"), May: map[string]bool{}, Languages: Languages}
	f.Told, f.ToldTo = s.told(q)
	if f.Campaign == "" {
		f.Campaign = s.w.Campaign().ID
	}
	if q.r.Method != "GET" {
		f.Query = "/"
	}
	if f.Flash != "" {
		if f.Undo = s.sessions.PopString(q.ctx(), "undo"); f.Undo != "" {
			if v, err := url.ParseQuery(s.sessions.PopString(q.ctx(), "undo-form")); err == nil {
				f.UndoForm = formValues(v)
			}
		}
	}
	for _, r := range review.Rights {
		f.May[strings.ReplaceAll(string(r), "-", "")] = q.person.May(r)
	}
	if q.person.May(review.See) {
		for _, rs := range s.w.Campaign().Rulesets {
			f.Lists = append(f.Lists, titled{rs.ID, rs.Title.In(q.lang, "en", "vi")})
		}
	}
	return f
}

// outcomes are the outcomes in the order of lists.
func outcomes() []string {
	var out []string
	for _, o := range dossier.Outcomes {
		out = append(out, string(o))
	}
	return out
}

// row is an entry as a list shows it.
type row struct {
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

// listRows is the newest list of a ruleset with its rows.
func (s *Server) listRows(q *request, keep func(*publish.Entry) bool) (*publish.File, []row, error) {
	f, err := s.listOf(q)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.rows(q, f, keep)
	return f, rows, err
}

// rows makes some entries of a list, all of them where keep is nil, ready for somebody. Those from
// which the person is recused come last, by title, with nothing but their names. Those whose panel the person
// has yet to score in a blind campaign come before them, by title, without points, place and outcome.
func (s *Server) rows(q *request, f *publish.File, keep func(*publish.Entry) bool) ([]row, error) {
	names := map[string]string{}
	for i := range s.w.Campaign().Env.Units {
		names[s.w.Campaign().Env.Units[i].ID] = s.w.Campaign().Env.Units[i].Name
	}
	mine, err := s.listsOf(q.ctx(), q.person)
	if err != nil {
		return nil, err
	}
	var out []row
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		for i := range f.Entries {
			e := s.explained(q.lang, &f.Entries[i])
			if keep == nil || keep(e) {
				out = append(out, row{Entry: e, UnitName: cmp.Or(names[e.Unit], e.Unit), Decision: st.Decision(f.Ruleset, e.Dossier)})
			}
		}
		for i := range mine.aside[f.Ruleset] {
			e := &mine.aside[f.Ruleset][i]
			if keep != nil && !keep(e) {
				continue
			}
			r := row{Entry: e, UnitName: cmp.Or(names[e.Unit], e.Unit), Aside: "–"}
			if tie := st.Tie(q.person.ID, e.Dossier, e.Unit); tie != nil {
				r.Aside = tie.Reason
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

// fill adds to rows what takes longer to find out: those that are shown.
func (s *Server) fill(q *request, f *publish.File, rows []row) error {
	return s.w.Review().View(q.ctx(), func(st *review.State) error {
		for i := range rows {
			r := &rows[i]
			if r.Aside != "" {
				continue
			}
			r.FieldName = s.fieldName(q.lang, r.Field)
			for _, fl := range r.Flags {
				if !slices.Contains(r.FlagCodes, fl.Code) {
					r.FlagCodes = append(r.FlagCodes, fl.Code)
				}
			}
			r.Tally = s.tally(q.person, st, f.Ruleset, r.Dossier, r.Unit)
			r.MyVote = st.VoteOf(q.person.ID, f.Ruleset, r.Dossier)
			r.Overrides = s.overrides(q.person, st, f.Ruleset, r.Dossier, r.Hidden)
			r.Assigned = slices.Clone(st.Assigned[r.Dossier])
		}
		return nil
	})
}

// overrides returns what people set in place of what the program says, by name. If the outcome is hidden from the
// person who asks, those are only the person's own.
func (s *Server) overrides(p *review.Person, st *review.State, ruleset, dossier string, hidden bool) []review.Overruled {
	out := st.Overrides(ruleset, dossier)
	if hidden {
		out = slices.DeleteFunc(out, func(o review.Overruled) bool { return o.By != p.ID })
	}
	for i := range out {
		out[i].By = s.name(st, out[i].By)
	}
	return out
}

// name is what a person is called.
func (s *Server) name(st *review.State, id string) string {
	if p := st.People[id]; p != nil {
		return p.Name
	}
	return id
}

// names are what people are called, in order.
func (s *Server) names(st *review.State, ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, s.name(st, id))
	}
	return strings.Join(out, ", ")
}
