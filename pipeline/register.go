package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/query"
	"kheo/pipeline/intake"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// Stage is how far a model has come.
type Stage string

// Stages, in the order of a model's life.
const (
	StageRegistered    Stage = "registered"     // nothing but its registration is known
	StageCarriedOut    Stage = "carried-out"    // somebody has visited it
	StageReported      Stage = "reported"       // its dossier came, and is on no list yet
	StageAssessed      Stage = "assessed"       // it is on a list, and not decided
	StageNotRecognised Stage = "not-recognised" //
	StageRecognised    Stage = "recognised"     //
	StageFollowedUp    Stage = "followed-up"    // visited, or its recognition confirmed, after it was recognised
	StageWithdrawn     Stage = "withdrawn"      // its recognition was
)

// Stages lists every stage.
var Stages = []Stage{StageRegistered, StageCarriedOut, StageReported, StageAssessed, StageNotRecognised, StageRecognised, StageFollowedUp, StageWithdrawn}

// Model is a model's life, as the register shows it.
type Model struct {
	ID           string              `json:"model"`
	Dossier      string              `json:"dossier,omitempty"` // "" where none has come
	Title        string              `json:"title"`
	Unit         string              `json:"unit"`
	Level        string              `json:"level,omitempty"`
	Field        string              `json:"field,omitempty"`
	Place        string              `json:"place,omitempty"`
	RegisteredOn string              `json:"registered_on,omitempty"`
	Stage        Stage               `json:"stage"`
	Ruleset      string              `json:"ruleset,omitempty"`
	Outcome      dossier.Outcome     `json:"outcome,omitempty"`
	Points       float64             `json:"points,omitempty"`
	Max          float64             `json:"max,omitempty"`
	Decision     review.Decision     `json:"decision,omitempty"`
	DecidedOn    string              `json:"decided_on,omitempty"`
	Due          string              `json:"due,omitempty"`      // ISO date
	DueWhat      string              `json:"due_what,omitempty"` // report, inspection
	Visits       []review.Inspection `json:"visits,omitempty"`
	Examples     []Takeover          `json:"took_over,omitempty"` // whom it learnt from
	TakenBy      []Takeover          `json:"taken_over_by,omitempty"`
	Past         []PastModel         `json:"past,omitempty"`
	Standing     []review.Standing   `json:"standing,omitempty"`

	own []string // ids under which something was written down
}

// Takeover is the other end of a model that was taken over.
type Takeover struct {
	Model     string `json:"model"`
	Title     string `json:"title"`
	Unit      string `json:"unit"`
	Reason    string `json:"reason"`
	Found     bool   `json:"found,omitempty"` // by the program, in the text
	Dismissed string `json:"dismissed,omitempty"`
}

// PastModel is a model of a past campaign that this one is, or may be.
type PastModel struct {
	Campaign string  `json:"campaign"`
	Model    string  `json:"model"`
	Title    string  `json:"title,omitempty"`
	Share    float64 `json:"share,omitempty"` // of the text that both have, 0 … 1
	Judged   string  `json:"judged"`          // same, not-same, or "" where nobody has said
	Reason   string  `json:"reason,omitempty"`
}

// Placed is where a dossier stands on the newest lists.
type Placed struct {
	Ruleset string
	Entry   *publish.Entry
}

// Placed reads the newest lists: where every dossier stands.
func (w *Workspace) Placed(ctx context.Context) (map[string]Placed, error) {
	run, err := w.Store.Runs.Latest(ctx)
	if err != nil {
		return nil, err
	}
	lists, err := w.ListsNow(ctx, run)
	if err != nil {
		return nil, err
	}
	out := map[string]Placed{}
	for name, f := range lists {
		for i := range f.Entries {
			out[f.Entries[i].Dossier] = Placed{name, &f.Entries[i]}
		}
	}
	return out, nil
}

// Register lists every model with its life, by unit and title.
func (w *Workspace) Register(ctx context.Context, placed func(id string) (Placed, bool)) ([]*Model, error) {
	known, err := w.Store.Register.Known(ctx)
	if err != nil {
		return nil, err
	}
	past, err := w.Store.Copies.FromPast(ctx)
	if err != nil {
		return nil, err
	}
	at := map[string]*Model{}
	byUnit := map[string][]*Model{}
	for id, k := range known {
		i := &k.Identity
		if !slices.Contains(w.Campaign().Register.Kinds, i.Kind) {
			continue
		}
		m := &Model{ID: id, Dossier: id, Title: i.Title, Unit: i.Unit, Level: i.Level, Field: i.Field, RegisteredOn: i.RegisteredOn, Stage: StageRegistered, own: []string{id}}
		if slices.ContainsFunc(k.Papers, func(p string) bool { return p != w.Campaign().Register.Form }) {
			m.Stage = StageReported
		}
		for _, c := range past[id] {
			if c.Unit == i.Unit {
				m.Past = append(m.Past, PastModel{Campaign: c.Campaign, Model: c.Of, Title: c.Title, Share: c.Share})
			}
		}
		at[id] = m
		byUnit[m.Unit] = append(byUnit[m.Unit], m)
	}
	for _, list := range byUnit {
		slices.SortFunc(list, func(a, b *Model) int { return strings.Compare(a.ID, b.ID) })
	}
	err = w.review.View(ctx, func(s *review.State) error {
		for _, id := range s.Models() {
			w.written(s.Model(id), at, byUnit)
		}
		for id, m := range at {
			if id == m.ID {
				w.tellLife(s, m, at, placed)
			}
		}
		return nil
	})
	var out []*Model
	for id, m := range at {
		if id == m.ID {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b *Model) int {
		return strings.Compare(a.Unit+"\x00"+a.Title+"\x00"+a.ID, b.Unit+"\x00"+b.Title+"\x00"+b.ID)
	})
	return out, err
}

// alike is from which share of common words on two titles of one unit are taken for one.
const alike = 0.6

// written puts what was written down of a model to the dossier in which it is told, where one
// has come: the one of its id, the one that a person named, or the one of its unit that is
// called so.
func (w *Workspace) written(n *review.Model, at map[string]*Model, byUnit map[string][]*Model) {
	if at[n.ID] != nil {
		at[n.ID].fill(n)
		return
	}
	if m := at[n.Report]; n.Report != "" && m != nil {
		m.fill(n)
		at[n.ID] = m
		return
	}
	if n.Registered == "" {
		return
	}
	var best *Model
	most := alike
	for _, m := range byUnit[n.Unit] {
		if slices.Contains(n.NotReport, m.ID) {
			continue
		}
		if s := sameWords(n.Title, m.Title); s >= most {
			best, most = m, s+1e-9
		}
	}
	if best != nil {
		best.fill(n)
		at[n.ID] = best
		return
	}
	at[n.ID] = &Model{ID: n.ID, Title: n.Title, Unit: n.Unit, Level: n.Level, Field: n.Field, Place: n.Place, RegisteredOn: n.Registered, Stage: StageRegistered, own: []string{n.ID}}
}

func (m *Model) fill(n *review.Model) {
	if !slices.Contains(m.own, n.ID) {
		m.own = append(m.own, n.ID)
	}
	for _, x := range []struct {
		into *string
		from string
	}{{&m.RegisteredOn, n.Registered}, {&m.Place, n.Place}, {&m.Level, n.Level}, {&m.Field, n.Field}} {
		if *x.into == "" {
			*x.into = x.from
		}
	}
}

// foldedWords are the words of a text without diacritics.
func foldedWords(s string) []string {
	var out []string
	for _, t := range text.Terms(s) {
		out = append(out, t.Folded)
	}
	return out
}

// sameWords is the share of words that two titles have in common.
func sameWords(a, b string) float64 {
	x, y := foldedWords(a), foldedWords(b)
	n := 0
	for _, t := range x {
		if slices.Contains(y, t) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(x), len(y)))
}

// tellLife adds to a model what people did about it, and what that comes to.
func (w *Workspace) tellLife(s *review.State, m *Model, at map[string]*Model, placed func(string) (Placed, bool)) {
	for _, id := range m.own {
		n := s.Model(id)
		if n == nil {
			continue
		}
		m.Visits = append(m.Visits, n.Visits...)
		m.Standing = append(m.Standing, n.Standing...)
		for _, t := range n.Examples {
			other := at[t.Of]
			if other == nil || other == m {
				continue
			}
			m.Examples = append(m.Examples, Takeover{other.ID, other.Title, other.Unit, t.Reason, t.Found, t.Dismissed})
			if t.Dismissed == "" {
				other.TakenBy = append(other.TakenBy, Takeover{Model: m.ID, Title: m.Title, Unit: m.Unit, Reason: t.Reason, Found: t.Found})
			}
		}
		for _, x := range n.Same {
			judged := map[bool]string{true: "not-same", false: "same"}[x.Not]
			if i := slices.IndexFunc(m.Past, func(p PastModel) bool { return p.Campaign == x.Campaign && p.Model == x.Of }); i >= 0 {
				m.Past[i].Judged, m.Past[i].Reason = judged, x.Reason
			} else {
				m.Past = append(m.Past, PastModel{Campaign: x.Campaign, Model: x.Of, Judged: judged, Reason: x.Reason})
			}
		}
	}
	slices.SortStableFunc(m.Visits, func(a, b review.Inspection) int { return strings.Compare(a.On, b.On) })
	if p, ok := placed(m.Dossier); ok && m.Dossier != "" {
		m.Ruleset, m.Outcome, m.Points, m.Max = p.Ruleset, p.Entry.Outcome, p.Entry.Points, p.Entry.Max
		if m.Stage == StageReported {
			m.Stage = StageAssessed
		}
		if d := s.Decision(p.Ruleset, m.Dossier); d != nil {
			m.Decision, m.DecidedOn = d.Decision, localDay(d.At, w.Campaign().Location)
			switch d.Decision {
			case review.Recognised:
				m.Stage = StageRecognised
			case review.NotRecognised:
				m.Stage = StageNotRecognised
			}
		}
	}
	w.follow(m)
}

func localDay(at string, in *time.Location) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return ""
	}
	return t.In(in).Format(time.DateOnly)
}

// follow says how far a model has come, and what is due next.
func (w *Workspace) follow(m *Model) {
	last := ""
	if n := len(m.Visits); n > 0 {
		last = m.Visits[n-1].On
	}
	switch m.Stage {
	case StageRegistered:
		if last != "" {
			m.Stage = StageCarriedOut
		}
		m.Due, m.DueWhat = w.Campaign().Env.Closes, "report"
	case StageRecognised:
		months := w.Campaign().Register.InspectAfter
		from := m.DecidedOn
		if last > from {
			m.Stage, from, months = StageFollowedUp, last, w.Campaign().Register.InspectEvery
		}
		if n := len(m.Standing); n > 0 {
			if m.Standing[n-1].Withdrawn {
				m.Stage = StageWithdrawn
				return
			}
			m.Stage = StageFollowedUp
		}
		if t, err := time.Parse(time.DateOnly, from); err == nil {
			m.Due, m.DueWhat = t.AddDate(0, months, 0).Format(time.DateOnly), "inspection"
		}
	}
}

// ModelID is the id of a model that is registered before a dossier of it has come: that of the
// dossier that its unit will hand in on the pages.
func ModelID(unit, title string) string { return intake.ID(unit + " " + title) }

// mostTakers is how many dossiers may name a model before its title is taken for common words.
const mostTakers = 60

// FindTakeovers looks in the dossiers of models for the titles of others, and writes down that
// whoever names another learnt from it. What was found once is not found again, also where
// somebody said that it is not so. Only what is new is looked through.
func (w *Workspace) FindTakeovers(ctx context.Context) (int, error) {
	all, err := w.Store.Register.Submissions(ctx, w.Campaign().Register.Kinds)
	if err != nil {
		return 0, err
	}
	var changed []string
	for i := range all {
		if all[i].Key != all[i].Now {
			changed = append(changed, all[i].Dossier)
		}
	}
	known, err := w.Store.Profiles.Identities(ctx, changed)
	if err != nil {
		return 0, err
	}
	seen := map[[2]string]bool{}
	if err := w.review.View(ctx, func(s *review.State) error {
		for _, id := range s.Models() {
			for _, t := range s.Model(id).Examples {
				seen[[2]string{id, t.Of}] = true
			}
		}
		return nil
	}); err != nil {
		return 0, err
	}
	f := takeovers{Workspace: w, known: known, seen: seen, titles: titles{}}
	var newTitles []string
	var now []store.Searched
	for i := range all {
		x := &all[i]
		if x.Key == x.Now {
			f.titles.add(x.Dossier, x.Title)
			continue
		}
		title := strings.Join(foldedWords(known[x.Dossier].Title), " ")
		if x.Title != title {
			newTitles = append(newTitles, x.Dossier)
		} else {
			f.titles.add(x.Dossier, title)
		}
		now = append(now, store.Searched{Dossier: x.Dossier, Title: title, Key: x.Now})
	}
	newTexts := changed
	if len(newTitles) > manyTitles { // then reading every text once costs less than searching for each title
		for _, id := range newTitles {
			f.titles.add(id, strings.Join(foldedWords(known[id].Title), " "))
		}
		newTexts = nil
		for i := range all {
			newTexts = append(newTexts, all[i].Dossier)
		}
	} else if err := f.searchTitles(ctx, newTitles); err != nil {
		return 0, err
	}
	if len(f.titles) > 0 {
		for _, id := range newTexts {
			if err := f.readText(ctx, id); err != nil {
				return 0, err
			}
		}
	}
	f.dropCommon()
	if len(f.events) > 0 {
		if err := w.review.Do(ctx, review.Subject{}, f.events...); err != nil {
			return 0, err
		}
	}
	return len(f.events), w.Store.Register.PutSearched(ctx, now)
}

type takeovers struct {
	*Workspace
	known  map[string]dossier.Identity // of those that were asked for
	seen   map[[2]string]bool
	titles titles
	events []review.Event
}

// manyTitles is from how many new titles on all texts are read instead of the index searched.
var manyTitles = 500

// dropCommon leaves out titles that so many texts hold that they are common words.
func (f *takeovers) dropCommon() {
	by := map[string]int{}
	for _, e := range f.events {
		by[e.Data.Of]++
	}
	f.events = slices.DeleteFunc(f.events, func(e review.Event) bool { return by[e.Data.Of] > mostTakers })
}

// titles are folded titles by their first words: many begin with the same two.
type titles map[[fewestWords]string][]titled

type titled struct {
	id    string
	words []string
}

// fewestWords is how many words a title needs to be told from other text.
const fewestWords = 3

func (t titles) add(id, folded string) {
	if w := strings.Fields(folded); len(w) >= fewestWords {
		k := [fewestWords]string(w[:fewestWords])
		t[k] = append(t[k], titled{id, w})
	}
}

// searchTitles looks for new titles in every dossier.
func (f *takeovers) searchTitles(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	x, leave, err := f.View()
	if err != nil {
		return err
	}
	defer leave()
	for _, id := range ids {
		term := query.Term{Exact: true, Quoted: true}
		for _, t := range text.Terms(f.known[id].Title) {
			term.Words = append(term.Words, t.Exact)
		}
		if len(term.Words) < fewestWords {
			continue
		}
		res, err := x.Search(ctx, term.String(), index.How{Limit: mostTakers}, func(id string) (*index.Text, error) { return f.text(ctx, id) })
		if err != nil {
			return fmt.Errorf("looking for the model %s: %w", id, err)
		}
		if res.Instead != "" || res.Total > mostTakers {
			continue
		}
		for _, h := range res.Hits {
			if err := f.take(ctx, h.Dossier, id, h.Snippet, h.Document, h.Page); err != nil {
				return err
			}
		}
	}
	return nil
}

// readText looks in one text for titles that are known already.
func (f *takeovers) readText(ctx context.Context, id string) error {
	_, d, err := f.Load(ctx, id)
	if err != nil || d == nil {
		return err
	}
	for i := range d.Documents {
		doc := &d.Documents[i]
		for k := range doc.Pages {
			words := foldedWords(doc.Pages[k].Text)
			for n := 0; n+fewestWords <= len(words); n++ {
				for _, t := range f.titles[[fewestWords]string(words[n:n+fewestWords])] {
					if n+len(t.words) <= len(words) && slices.Equal(words[n:n+len(t.words)], t.words) {
						if err := f.take(ctx, id, t.id, "", doc.Name, doc.Pages[k].Number); err != nil {
							return err
						}
					}
				}
			}
		}
	}
	return nil
}

// identity is who a dossier is of.
func (f *takeovers) identity(ctx context.Context, id string) (dossier.Identity, error) {
	if known, ok := f.known[id]; ok {
		return known, nil
	}
	known, _, err := f.Store.Profiles.Identity(ctx, id)
	f.known[id] = known
	return known, err
}

// take writes down that one dossier names the model of another. quote are its words; "" is the
// title.
func (f *takeovers) take(ctx context.Context, taker, example, quote, document string, page int) error {
	if taker == example || f.seen[[2]string{taker, example}] {
		return nil
	}
	a, err := f.identity(ctx, taker)
	if err != nil {
		return err
	}
	b, err := f.identity(ctx, example)
	if err != nil || a.Unit == b.Unit || !slices.Contains(f.Campaign().Register.Kinds, a.Kind) || sameWords(a.Title, b.Title) >= alike {
		return err
	}
	f.seen[[2]string{taker, example}] = true
	f.events = append(f.events, review.Event{Person: review.System, Action: review.TookOver, Dossier: taker, Data: review.Data{Of: example, Found: true, Reason: fmt.Sprintf("“%s” (%s, %d)", strings.Join(strings.Fields(cmp.Or(quote, b.Title)), " "), document, page)}})
	return nil
}
