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

// external begins the key of a scorer who is none of the people of the workspace.
const external = "external:"

// given is a score as an event tells it.
type given struct {
	criterion string
	person    string   // an id; "" where only a name was written down
	name      string   // as it was written down; "" where a person's id was
	fits      []string // the people whom the name fits, where those are several
	points    *float64 // nil: an earlier score is taken back
	why, at   string
	seq       int64
}

// maxName is the most code points that the name of a scorer has.
const maxName = 200

// checkScore reports why a score may not be recorded.
func (s *State) checkScore(e *Event, about Subject) error {
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
	if (d.Subject == "") == (d.Name == "") && d.Given == "" {
		return refuse("scorer", "a score names either a person or somebody who is none of the people of this workspace")
	}
	if d.Given == "" && d.Subject == "" {
		return s.checkExternal(d.Name)
	}
	if d.Given != "" || d.Points == nil { // taken over, or taken back
		return nil
	}
	p := s.People[d.Subject]
	switch {
	case p == nil || p.Disabled:
		return refuse("unknown", "%s is not in use; nothing is recorded for a person who may not sign in", d.Subject)
	case !p.May(Score):
		return refuse("right", "%s scores nothing: none of the roles has the right to", d.Subject)
	}
	if t := s.RecusedScorer(d.Subject, e.Dossier, about.Unit); t != nil {
		return refuse("aside", "%s stands aside on this dossier: %s", d.Subject, t.Reason)
	}
	return nil
}

// checkSettled reports why it may not be settled whose the scores of a name are.
func (s *State) checkSettled(e *Event, _ Subject) error {
	d := &e.Data
	fits := s.fitting(d.Name)
	if len(fits) == 0 {
		return refuse("settle", "no score is recorded under a name %q that fits several people, or a person added later", d.Name)
	}
	if d.Subject != "" && !slices.Contains(fits, d.Subject) {
		return refuse("settle", "%q fits %s; name one of them, or external", d.Name, strings.Join(fits, ", "))
	}
	if slices.Contains(fits, e.Person) {
		return refuse("own-settle", "nobody settles whether scores are the own ones; somebody else must")
	}
	return nil
}

// fitting are the people whom a name of an unsettled or settled score fits.
func (s *State) fitting(name string) (fits []string) {
	form := sameName(name)
	for _, list := range s.scores {
		for i := range list {
			g := &list[i]
			if g.person != "" || len(g.fits) == 1 {
				continue
			}
			if g.name == name && len(s.fits(g)) > 0 {
				return s.fits(g)
			}
			if sameName(g.name) == form {
				fits = append(fits, s.fits(g)...)
			}
		}
	}
	slices.Sort(fits)
	return slices.Compact(fits)
}

// fits are the people whom the name of a score fits: those of when it was recorded, or those who were added or
// renamed since.
func (s *State) fits(g *given) []string {
	if len(g.fits) > 0 {
		return g.fits
	}
	return s.names[sameName(g.name)]
}

// applyScore adds a score. A score recorded by System means that there is nothing left to adopt: before scores
// were events, only people on the web pages caused events of this action.
func (s *State) applyScore(e *Event) {
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
	put(s, s.scores, e.Dossier, append(s.scores[e.Dossier], g))
}

// key names the scorer: a person's id, external: and the normal form of the name, or name:NAME where it must be
// settled whose score it is. A name that was one person's when the score was recorded is that person; one
// that fitted several then, or fits somebody who was added or renamed since, waits until it is settled.
func (s *State) key(g *given) (key string, unsettled bool) {
	if g.person != "" {
		return g.person, false
	}
	fits := s.fits(g)
	person, ok := s.settledAs(g.name, fits)
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

// Scores are the scores on a dossier of a unit: the newest of each scorer on each criterion, ordered by
// criterion and scorer. Those that do not count say why.
func (s *State) Scores(id, unit string) []dossier.PanelScore {
	newest := map[[2]string]*given{}
	list := s.scores[id]
	for i := range list {
		key, _ := s.key(&list[i])
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
		key, unsettled := s.key(g)
		name, _ := visibleName(g.name)
		x := dossier.PanelScore{Criterion: g.criterion, Person: key, Scorer: name, Points: *g.points, Why: g.why, At: g.at}
		if strings.HasPrefix(key, external) {
			x.Person = external + name
		} else if p := s.People[key]; p != nil {
			x.Scorer = p.Name
			if t := s.RecusedScorer(key, id, unit); t != nil {
				x.Recused = t.Reason
			}
		}
		if unsettled {
			x.Fits = slices.Clone(s.fits(g))
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b dossier.PanelScore) int {
		return cmp.Or(cmp.Compare(a.Criterion, b.Criterion), cmp.Compare(a.Person, b.Person))
	})
	return out
}

// Scored are the dossiers on which there are scores, in order.
func (s *State) Scored() []string { return slices.Sorted(maps.Keys(s.scores)) }

// RecusedScorer returns why a person's score on a dossier of a unit does not count; nil where it does. It
// is the rule of Tie, and holds also for people who have left, lost a role or were forgotten since.
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
	return &Tied{Found: true, Reason: ownUnitReason}
}

// Unsettled is a name under which scores are recorded and which fits several people, or a person added later.
type Unsettled struct {
	Name     string   `json:"name"`
	Fits     []string `json:"fits"`
	Dossiers []string `json:"dossiers"`
}

// Unsettled are the names that somebody must settle, in order.
func (s *State) Unsettled() []Unsettled {
	found := map[string]*Unsettled{}
	for _, id := range s.Scored() {
		for i := range s.scores[id] {
			g := &s.scores[id][i]
			if _, open := s.key(g); !open {
				continue
			}
			if found[g.name] == nil {
				found[g.name] = &Unsettled{Name: g.name, Fits: slices.Clone(s.fits(g))}
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

// String tells what must be settled, and how.
func (u Unsettled) String() string {
	return fmt.Sprintf("scores of %q on %s: the name fits %s; settle whose they are with `kheo score settle %q PERSON`",
		u.Name, strings.Join(u.Dossiers, ", "), strings.Join(u.Fits, ", "), u.Name)
}

// ScoredBy are the events by which a person scored.
func (s *State) ScoredBy(person string) (seqs []int64) {
	for _, list := range s.scores {
		for i := range list {
			if list[i].person == person {
				seqs = append(seqs, list[i].seq)
			}
		}
	}
	slices.Sort(seqs)
	return seqs
}
