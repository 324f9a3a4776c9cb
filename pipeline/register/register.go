// Package register follows every model through its life: registered, carried out, reported, assessed,
// recognised, inspected; and from whom it was taken over.
package register

import (
	"context"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/text/query"
	"kheo/pipeline/editions"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
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

// List lists every model with its life, by unit and title.
func List(ctx context.Context, w *workspace.Workspace, placed func(id string) (editions.Place, bool)) ([]*Model, error) {
	known, err := w.Store.Known(ctx)
	if err != nil {
		return nil, err
	}
	past, err := w.Store.PastCopies(ctx)
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
	err = w.Review().View(ctx, func(s *review.State) error {
		for _, id := range s.Models() {
			written(w, s.Model(id), at, byUnit)
		}
		for id, m := range at {
			if id == m.ID {
				tellLife(w, s, m, at, placed)
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
func written(w *workspace.Workspace, n *review.Model, at map[string]*Model, byUnit map[string][]*Model) {
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
func foldedWords(text string) []string {
	var out []string
	for _, t := range query.Tokens([]rune(text), nil) {
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
func tellLife(w *workspace.Workspace, s *review.State, m *Model, at map[string]*Model, placed func(string) (editions.Place, bool)) {
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
	follow(w, m)
}

func localDay(at string, in *time.Location) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return ""
	}
	return t.In(in).Format(time.DateOnly)
}

// follow says how far a model has come, and what is due next.
func follow(w *workspace.Workspace, m *Model) {
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
