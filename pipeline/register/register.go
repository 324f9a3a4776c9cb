// Package register follows every model through its life: registered, carried out, reported, assessed,
// recognised, inspected. It also finds which models were taken over from others.
//
// A model is known from its dossier, from a registration, or from both. The register is derived on demand
// from the records, the newest lists and the audit trail; it has no table of its own.
package register

import (
	"context"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/pipeline/editions"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Stage is the stage of life that a model has reached.
type Stage string

// Stages, in the order of a model's life.
const (
	StageRegistered    Stage = "registered"     // only its registration is known
	StageCarriedOut    Stage = "carried-out"    // it was visited
	StageReported      Stage = "reported"       // its dossier was received, and is on no list yet
	StageAssessed      Stage = "assessed"       // it is on a list, and not decided
	StageNotRecognised Stage = "not-recognised" // the committee decided so
	StageRecognised    Stage = "recognised"     // the committee decided so
	StageFollowedUp    Stage = "followed-up"    // visited, or confirmed, after it was recognised
	StageWithdrawn     Stage = "withdrawn"      // its recognition was withdrawn
)

// Stages lists every stage, in the same order.
var Stages = []Stage{StageRegistered, StageCarriedOut, StageReported, StageAssessed,
	StageNotRecognised, StageRecognised, StageFollowedUp, StageWithdrawn}

// Model is one model as the register shows it. Its JSON is part of the contract.
type Model struct {
	ID           string              `json:"model"`
	Dossier      string              `json:"dossier,omitempty"` // "" if none was received
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
	NextTier     *review.Answered    `json:"next_tier,omitempty"` // what the next tier has decided
	Due          string              `json:"due,omitempty"`       // ISO date
	DueWhat      string              `json:"due_what,omitempty"`  // report or inspection
	Visits       []review.Inspection `json:"visits,omitempty"`
	Examples     []Takeover          `json:"took_over,omitempty"` // the models that it was taken over from
	TakenBy      []Takeover          `json:"taken_over_by,omitempty"`
	Past         []PastModel         `json:"past,omitempty"`
	Standing     []review.Standing   `json:"standing,omitempty"`

	ids []string // ids under which events of the audit trail concern it
}

// Takeover is a link between a model and the one that it was taken over from, seen from one end.
type Takeover struct {
	Model     string `json:"model"` // the other end
	Title     string `json:"title"`
	Unit      string `json:"unit"`
	Reason    string `json:"reason"`
	Found     bool   `json:"found,omitempty"`     // found by the program in the text, not stated by a person
	Dismissed string `json:"dismissed,omitempty"` // why a person rejected it; "" if not rejected
}

// PastModel is a model of a past campaign that is, or may be, the same as this one.
type PastModel struct {
	Campaign string  `json:"campaign"`
	Model    string  `json:"model"`
	Title    string  `json:"title,omitempty"`
	Share    float64 `json:"share,omitempty"` // share of the text that both have, 0 … 1
	Judged   string  `json:"judged"`          // same, not-same, or "" if it was not judged
	Reason   string  `json:"reason,omitempty"`
}

// List returns all models with their lives, sorted by unit and title. placed returns the position of a dossier
// on the newest lists. The models belong to the caller.
func List(
	ctx context.Context, w *workspace.Workspace, placed func(id string) (editions.Place, bool),
) ([]*Model, error) {
	known, err := w.Store.Register.Known(ctx)
	if err != nil {
		return nil, err
	}
	past, err := w.Store.Copies.FromPast(ctx)
	if err != nil {
		return nil, err
	}
	models := map[string]*Model{} // by id; several ids can name one model
	byUnit := map[string][]*Model{}
	for id, k := range known {
		if !slices.Contains(w.Campaign().Register.Kinds, k.Identity.Kind) {
			continue
		}
		m := modelOf(w, id, &k, past[id])
		models[id] = m
		byUnit[m.Unit] = append(byUnit[m.Unit], m)
	}
	// The order decides between equal titles in match; maps are not iterated in a fixed order.
	for _, list := range byUnit {
		slices.SortFunc(list, func(a, b *Model) int { return strings.Compare(a.ID, b.ID) })
	}
	err = w.Review().View(ctx, func(s *review.State) error {
		for _, id := range s.Models() {
			match(s.Model(id), models, byUnit)
		}
		// A model that was matched is in the map under each of its ids, and handled once.
		for id, m := range models {
			if id == m.ID {
				addEvents(w, s, m, models, placed)
			}
		}
		return nil
	})
	var out []*Model
	for id, m := range models {
		if id == m.ID {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b *Model) int {
		return strings.Compare(a.Unit+"\x00"+a.Title+"\x00"+a.ID, b.Unit+"\x00"+b.Title+"\x00"+b.ID)
	})
	return out, err
}

// modelOf returns the model that a dossier reports, with candidates for the same model in past campaigns: the
// dossiers of its unit with which it shares text. A dossier that has only the form of registration is not a
// report yet.
func modelOf(w *workspace.Workspace, id string, k *store.Known, past []store.PastCopy) *Model {
	i := &k.Identity
	m := &Model{ID: id, Dossier: id, Title: i.Title, Unit: i.Unit, Level: i.Level, Field: i.Field,
		RegisteredOn: i.RegisteredOn, Stage: StageRegistered, ids: []string{id}}
	if slices.ContainsFunc(k.Papers, func(p string) bool { return p != w.Campaign().Register.Form }) {
		m.Stage = StageReported
	}
	for _, c := range past {
		if c.Unit == i.Unit {
			m.Past = append(m.Past, PastModel{Campaign: c.Campaign, Model: c.Of, Title: c.Title, Share: c.Share})
		}
	}
	return m
}

// minSharedWords is the share of common words from which two titles of one unit are taken for the same.
const minSharedWords = 0.6

// match finds the model that the events about n belong to: the dossier with its id, the dossier that a person
// named as its report, or the dossier of its unit with the most similar title. A registration without a dossier
// becomes a model of its own. at is by id, and byUnit has the models with dossiers, by unit and sorted by id.
// It adds the model under the id of n.
func match(n *review.Model, at map[string]*Model, byUnit map[string][]*Model) {
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
	score := minSharedWords
	for _, m := range byUnit[n.Unit] {
		if slices.Contains(n.NotReport, m.ID) {
			continue
		}
		if s := sharedWords(n.Title, m.Title); s >= score {
			best, score = m, s+1e-9 // only a better title replaces it
		}
	}
	if best != nil {
		best.fill(n)
		at[n.ID] = best
		return
	}
	at[n.ID] = &Model{ID: n.ID, Title: n.Title, Unit: n.Unit, Level: n.Level, Field: n.Field, Place: n.Place,
		RegisteredOn: n.Registered, Stage: StageRegistered, ids: []string{n.ID}}
}

// fill adds the id of a registration to a model, and its values if the dossier has none.
func (m *Model) fill(n *review.Model) {
	if !slices.Contains(m.ids, n.ID) {
		m.ids = append(m.ids, n.ID)
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

// foldedWords returns the words of a text in lower case without diacritics.
func foldedWords(s string) []string {
	var out []string
	for _, t := range text.Terms(s) {
		out = append(out, t.Folded)
	}
	return out
}

// sharedWords returns the share of words that two titles have in common, 0 … 1. It is the number of words of a
// that b has, divided by the number of words of the longer title; the order of words does not matter.
func sharedWords(a, b string) float64 {
	x, y := foldedWords(a), foldedWords(b)
	n := 0
	for _, t := range x {
		if slices.Contains(y, t) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(x), len(y)))
}

// addEvents adds to a model what the audit trail says about it, and derives its stage and what is due.
// The caller holds the view of the review log.
func addEvents(
	w *workspace.Workspace, s *review.State, m *Model, models map[string]*Model,
	placed func(string) (editions.Place, bool),
) {
	for _, id := range m.ids {
		if n := s.Model(id); n != nil {
			m.Visits = append(m.Visits, n.Visits...)
			m.Standing = append(m.Standing, n.Standing...)
			m.addExamples(n.Examples, models)
			m.addJudgements(n.Same)
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
			m.NextTier = s.AnswerTo(p.Ruleset, m.Dossier)
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

// addExamples adds the models that m was taken over from, and m to those models unless the link was
// dismissed.
func (m *Model) addExamples(examples []review.Taken, models map[string]*Model) {
	for _, t := range examples {
		other := models[t.Of]
		if other == nil || other == m {
			continue
		}
		m.Examples = append(m.Examples, Takeover{other.ID, other.Title, other.Unit, t.Reason, t.Found, t.Dismissed})
		if t.Dismissed == "" {
			other.TakenBy = append(other.TakenBy,
				Takeover{Model: m.ID, Title: m.Title, Unit: m.Unit, Reason: t.Reason, Found: t.Found})
		}
	}
}

// addJudgements adds whether models of past campaigns are the same as m, as people judged. The last judgement
// of a pair counts.
func (m *Model) addJudgements(judgements []review.Same) {
	for _, x := range judgements {
		judged := map[bool]string{true: "not-same", false: "same"}[x.Not]
		i := slices.IndexFunc(m.Past, func(p PastModel) bool { return p.Campaign == x.Campaign && p.Model == x.Of })
		if i >= 0 {
			m.Past[i].Judged, m.Past[i].Reason = judged, x.Reason
		} else {
			m.Past = append(m.Past, PastModel{Campaign: x.Campaign, Model: x.Of, Judged: judged, Reason: x.Reason})
		}
	}
}

// localDay returns the ISO date of an RFC 3339 time in a time zone; "" if the time is not valid.
func localDay(at string, in *time.Location) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return ""
	}
	return t.In(in).Format(time.DateOnly)
}

// follow derives the stage of a model from visits and confirmations, and what is due next.
// ISO dates are compared as text.
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
	// After recognition an inspection is due: the first after inspect_after months, later ones at the
	// interval inspect_every. A confirmation counts as follow-up, a withdrawal ends it.
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

// ModelID returns the id of a model that is registered before its dossier is received: the id of the
// dossier that its unit will submit on the pages.
func ModelID(unit, title string) string { return intake.ID(unit + " " + title) }
