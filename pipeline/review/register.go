package review

import (
	"slices"
	"strings"
	"time"
)

// Model is what people and the program wrote down of a model's life beside its dossier: from
// its registration in spring to the visits in the years after it was recognised.
type Model struct {
	ID string // of the dossier, or, where it was registered first, one of its own

	Title, Unit, Level, Field, Place string // as it was registered; "" where only a dossier tells
	Registered                       string // ISO date
	Report                           string // the dossier, where it has another id
	NotReport                        []string

	Visits   []Inspection
	Examples []Taken // what it took over
	Same     []Same
	Standing []Standing // of its recognition, in order
}

// Inspection is a visit to a model.
type Inspection struct {
	On, Finding, Photo, By string
	Seq                    int64
}

// Taken says that a model took another over.
type Taken struct {
	Of        string
	Reason    string
	Found     bool
	By        string
	Dismissed string // why it did not
}

// Same says that a model is one of a past campaign under another name, or is not.
type Same struct {
	Campaign, Of, Reason, By string
	Not                      bool
}

// Standing is what became of a recognition.
type Standing struct {
	Withdrawn      bool
	On, Reason, By string
}

// mostTitle is how many code points a model's title and place may have.
const mostTitle = 300

// checkModel reports why something may not be written into the register.
func (s *State) checkModel(e *Event) error {
	d := &e.Data
	if d.On != "" {
		if _, err := time.Parse(time.DateOnly, d.On); err != nil {
			return refuse("date", "%q is no date; write it as 2024-03-31", d.On)
		}
	}
	switch e.Action {
	case Registered:
		if strings.TrimSpace(d.Name) == "" || d.Unit == "" || d.On == "" || len([]rune(d.Name+d.Place)) > mostTitle {
			return refuse("model", "a model has a title of at most %d characters, a unit and a day of registration", mostTitle)
		}
		if m := s.models[e.Dossier]; m != nil && m.Registered != "" {
			return refuse("registered", "%s of this unit is in the register already", d.Name)
		}
	case Visited:
		if strings.TrimSpace(d.Text) == "" || d.On == "" {
			return refuse("visit", "a visit has a day, and what was found")
		}
	case TookOver, SameAs:
		if d.Of == "" || d.Of == e.Dossier && e.Action == TookOver {
			return refuse("other", "name the other model")
		}
		return checkReason(d)
	case NotTaken, NotSame, Withdrawn:
		return checkReason(d)
	}
	return nil
}

// clone returns a copy of m with lists of its own.
func (m *Model) clone() *Model {
	c := *m
	c.NotReport, c.Visits, c.Examples = slices.Clone(m.NotReport), slices.Clone(m.Visits), slices.Clone(m.Examples)
	c.Same, c.Standing = slices.Clone(m.Same), slices.Clone(m.Standing)
	return &c
}

// applyModel applies an event on a model of the register.
func (s *State) applyModel(e *Event) {
	s.lived = e.Seq
	m, d := &Model{ID: e.Dossier}, &e.Data
	if was := s.models[e.Dossier]; was != nil {
		m = was.clone()
	}
	put(s, s.models, e.Dossier, m)
	switch e.Action {
	case Registered:
		m.Title, m.Unit, m.Level, m.Field, m.Place, m.Registered = d.Name, d.Unit, d.Level, d.Field, d.Place, d.On
	case Reported:
		if d.Reason != "" { // it is none of this one
			m.NotReport = append(m.NotReport, d.Of)
			if m.Report == d.Of {
				m.Report = ""
			}
		} else {
			m.Report = d.Of
		}
	case Visited:
		m.Visits = append(m.Visits, Inspection{d.On, d.Text, d.Photo, e.Person, e.Seq})
		slices.SortStableFunc(m.Visits, func(a, b Inspection) int { return strings.Compare(a.On, b.On) })
	case TookOver:
		m.Examples = slices.DeleteFunc(m.Examples, func(t Taken) bool { return t.Of == d.Of })
		m.Examples = append(m.Examples, Taken{Of: d.Of, Reason: d.Reason, Found: d.Found, By: e.Person})
	case NotTaken:
		for i := range m.Examples {
			if m.Examples[i].Of == d.Of {
				m.Examples[i].Dismissed, m.Examples[i].By = d.Reason, e.Person
			}
		}
	case SameAs, NotSame:
		m.Same = slices.DeleteFunc(m.Same, func(x Same) bool { return x.Of == d.Of && x.Campaign == d.Campaign })
		m.Same = append(m.Same, Same{d.Campaign, d.Of, d.Reason, e.Person, e.Action == NotSame})
	case Confirmed, Withdrawn:
		on := d.On
		if on == "" && len(e.At) >= 10 {
			on = e.At[:10]
		}
		m.Standing = append(m.Standing, Standing{e.Action == Withdrawn, on, d.Reason, e.Person})
	}
}

// Lived is the number of the last event that changes what the register says.
func (s *State) Lived() int64 { return s.lived }

// Model is what was written down of a model; nil where nothing was.
func (s *State) Model(id string) *Model { return s.models[id] }

// Models are the ids of all models of which something was written down.
func (s *State) Models() []string {
	out := make([]string, 0, len(s.models))
	for id := range s.models {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
