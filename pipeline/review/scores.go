package review

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"kheo/internal/dossier"
)

// external is the prefix of the key of a scorer from outside the workspace.
const external = "external:"

// given is a score of an event.
type given struct {
	criterion string
	person    string   // an id, or "" if only a name was recorded
	name      string   // as it was recorded, or "" if an id was
	fits      []string // the people whom the name fits
	points    *float64 // nil takes an earlier score back
	why, at   string
	seq       int64
}

// scorers are the scores of all dossiers, and what is known of the names under which they are recorded. Which person a
// score belongs to is not stored: it follows from the names whenever it is asked for, because people are added and
// renamed, and names settled, after a score was recorded. It is part of the State, and its maps are written by put.
type scorers struct {
	scores       map[string][]given  // by dossier, in the order of the events
	names        map[string][]string // people by the normal form of their id and of every name they have or had
	settled      map[string]string   // name -> person; "" for a scorer from outside the workspace
	settledForms map[string]string   // the same by the normal form of the name
}

// newScorers returns the scores before the first event.
func newScorers() scorers {
	return scorers{
		scores:       map[string][]given{},
		names:        map[string][]string{},
		settled:      map[string]string{},
		settledForms: map[string]string{},
	}
}

// maxName is the maximum length of the name of a scorer, in code points.
const maxName = 200

// checkScore checks a score: its points, and who may record it for whom.
func (a attempt) checkScore() error {
	e := a.event
	d := &e.Data
	if d.Criterion == "" || d.Points != nil && (math.IsNaN(*d.Points) || math.IsInf(*d.Points, 0) || *d.Points < 0) {
		return refuse("points", "a score is of a criterion, and not below 0")
	}
	if e.Person != System {
		if d.Subject != "" || d.Name != "" || d.Given != "" || len(d.Fits) > 0 {
			return refuse("scorer", "nobody records the score of somebody else on the pages")
		}
		return nil
	}
	return a.checkRecordedScore()
}

// checkRecordedScore checks a score that System records for a person or an external scorer. Adopted scores, and
// scores that are taken back, are accepted whatever became of the scorer since.
func (a attempt) checkRecordedScore() error {
	s, e := a.state, a.event
	d := &e.Data
	if (d.Subject == "") == (d.Name == "") && d.Given == "" {
		return refuse("scorer", "a score names either a person or somebody who is none of the people of this workspace")
	}
	if d.Given == "" && d.Subject == "" {
		return s.scorers.checkExternal(d.Name)
	}
	if d.Given != "" || d.Points == nil { // adopted, or taken back
		return nil
	}
	p := s.People[d.Subject]
	switch {
	case p == nil || p.Disabled:
		return refuse("unknown", "%s is not in use; nothing is recorded for a person who may not sign in", d.Subject)
	case !p.May(Score):
		return refuse("right", "%s scores nothing: none of the roles has the right to", d.Subject)
	}
	if t := s.RecusedScorer(d.Subject, e.Dossier, a.about.Unit); t != nil {
		return refuse("aside", "%s stands aside on this dossier: %s", d.Subject, t.Reason)
	}
	return nil
}

// checkSettled checks that a name is unsettled and the person one of those whom it fits, and keeps people from
// settling scores that may be their own.
func (a attempt) checkSettled() error {
	s, e := a.state, a.event
	d := &e.Data
	fits := s.scorers.fitting(d.Name)
	if len(fits) == 0 {
		return refuse("settle",
			"no score is recorded under a name %q that fits several people, or a person added later", d.Name)
	}
	if d.Subject != "" && !slices.Contains(fits, d.Subject) {
		return refuse("settle", "%q fits %s; name one of them, or external", d.Name, strings.Join(fits, ", "))
	}
	if slices.Contains(fits, e.Person) {
		return refuse("own-settle", "nobody settles whether scores are the own ones; somebody else must")
	}
	return nil
}

// fitting returns the people whom a name of an unsettled or settled score fits.
func (b *scorers) fitting(name string) (fits []string) {
	form := sameName(name)
	for _, list := range b.scores {
		for i := range list {
			g := &list[i]
			if g.person != "" || len(g.fits) == 1 {
				continue
			}
			if g.name == name && len(b.fits(g)) > 0 {
				return b.fits(g)
			}
			if sameName(g.name) == form {
				fits = append(fits, b.fits(g)...)
			}
		}
	}
	slices.Sort(fits)
	return slices.Compact(fits)
}

// fits returns the people whom the name of a score fits: those at the time it was recorded or, if there were none,
// those who were added or renamed since.
func (b *scorers) fits(g *given) []string {
	if len(g.fits) > 0 {
		return g.fits
	}
	return b.names[sameName(g.name)]
}

// applyScore adds a score. A score recorded by System means that there is nothing left to adopt: before scores
// were events, only people on the web pages caused events of this action.
func (u update) applyScore() {
	s, e := u.state, u.event
	s.adopted = s.adopted || e.Person == System
	d := &e.Data
	g := given{criterion: d.Criterion, person: d.Subject, name: ScorerName(d.Name), fits: d.Fits, points: d.Points,
		why: d.Text, at: cmp.Or(d.Given, e.At), seq: e.Seq}
	if e.Person != System {
		g.person = e.Person
	}
	if g.person == "" && len(g.fits) == 0 {
		g.fits = s.Called(g.name)
	}
	put(s, s.scorers.scores, e.Dossier, append(s.scorers.scores[e.Dossier], g))
}

// key identifies the scorer: a person's id, external: and the normal form of the name, or name:NAME if it is
// unsettled whose score it is. A name that was one person's when the score was recorded is that person's; one that
// fitted several then, or fits a person who was added or renamed since, stays unsettled until a person settles it.
func (b *scorers) key(g *given) (key string, unsettled bool) {
	if g.person != "" {
		return g.person, false
	}
	fits := b.fits(g)
	person, ok := b.settledAs(g.name, fits)
	switch {
	case len(fits) == 0 || ok && person == "":
		return external + sameName(g.name), false
	case ok:
		return person, false
	case len(g.fits) == 1:
		return g.fits[0], false
	}
	return "name:" + g.name, true
}

// Scores returns the scores on a dossier of a unit: the newest of each scorer on each criterion, ordered by
// criterion and scorer. Those that do not count say why (Recused, Fits).
func (s *State) Scores(id, unit string) []dossier.PanelScore {
	newest := map[[2]string]*given{}
	list := s.scorers.scores[id]
	for i := range list {
		key, _ := s.scorers.key(&list[i])
		at := [2]string{list[i].criterion, key}
		if was := newest[at]; was == nil || list[i].at >= was.at { // of the same second, the later event
			newest[at] = &list[i]
		}
	}
	var out []dossier.PanelScore
	for _, g := range newest {
		if g.points == nil {
			continue
		}
		key, unsettled := s.scorers.key(g)
		name, _ := visibleName(g.name)
		x := dossier.PanelScore{Criterion: g.criterion, Person: key, Scorer: name, Points: *g.points,
			Why: g.why, At: g.at}
		if strings.HasPrefix(key, external) {
			x.Person = external + name
		} else if p := s.People[key]; p != nil {
			x.Scorer = p.Name
			if t := s.RecusedScorer(key, id, unit); t != nil {
				x.Recused = t.Reason
			}
		}
		if unsettled {
			x.Fits = slices.Clone(s.scorers.fits(g))
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b dossier.PanelScore) int {
		return cmp.Or(cmp.Compare(a.Criterion, b.Criterion), cmp.Compare(a.Person, b.Person))
	})
	return out
}

// Scored returns the dossiers with scores, in order.
func (b *scorers) Scored() []string { return slices.Sorted(maps.Keys(b.scores)) }

// RecusedScorer returns why a person's score on a dossier of a unit does not count, or nil if it does. It extends
// Tie to people who have left, lost a role or were forgotten since.
func (s *State) RecusedScorer(person, id, unit string) *Tied {
	if t := s.Tie(person, id, unit); t != nil {
		return t
	}
	p := s.People[person]
	if p == nil || !p.of(unit) {
		return nil
	}
	if own := s.ties[tieOf{person, unit, ""}]; own != nil && own.Dismissed != "" {
		return nil
	}
	return &Tied{Found: true, Reason: OwnUnit}
}

// Unsettled is a name under which scores are recorded and which fits several people, or a person who was added
// later.
type Unsettled struct {
	Name     string   `json:"name"`
	Fits     []string `json:"fits"`
	Dossiers []string `json:"dossiers"`
}

// Unsettled returns the names that must be settled, in order.
func (b *scorers) Unsettled() []Unsettled {
	found := map[string]*Unsettled{}
	for _, id := range b.Scored() {
		for i := range b.scores[id] {
			g := &b.scores[id][i]
			if _, open := b.key(g); !open {
				continue
			}
			if found[g.name] == nil {
				found[g.name] = &Unsettled{Name: g.name, Fits: slices.Clone(b.fits(g))}
			}
			if u := found[g.name]; !slices.Contains(u.Dossiers, id) {
				u.Dossiers = append(u.Dossiers, id)
			}
		}
	}
	var out []Unsettled
	for _, name := range slices.Sorted(maps.Keys(found)) {
		out = append(out, *found[name])
	}
	return out
}

// String describes what must be settled, and how.
func (u Unsettled) String() string {
	return fmt.Sprintf("scores of %q on %s: the name fits %s; settle whose they are with `kheo score settle %q PERSON`",
		u.Name, strings.Join(u.Dossiers, ", "), strings.Join(u.Fits, ", "), u.Name)
}

// ScoredBy returns the numbers of the events by which a person scored, in order.
func (b *scorers) ScoredBy(person string) (seqs []int64) {
	for _, list := range b.scores {
		for i := range list {
			if list[i].person == person {
				seqs = append(seqs, list[i].seq)
			}
		}
	}
	slices.Sort(seqs)
	return seqs
}
