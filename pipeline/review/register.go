package review

import (
	"slices"
	"strings"
	"time"
)

// Model is what was recorded of a model beside its dossier: from its registration to the visits in the years after
// its recognition.
type Model struct {
	ID string // of the dossier, or its own if it was registered first

	Title, Unit, Level, Field, Place string // as registered; "" if it was not
	Registered                       string // ISO date
	Report                           string // the dossier that reports on it, if its id differs
	NotReport                        []string

	Visits   []Inspection
	Examples []Taken // models whose example it followed
	Same     []Same
	Standing []Standing // its recognition: confirmations and withdrawals, in order
}

// Inspection is a visit to a model.
type Inspection struct {
	On, Finding, Photo, By string
	Seq                    int64
}

// Taken records that a model followed the example of another.
type Taken struct {
	Of        string
	Reason    string
	Found     bool
	By        string
	Dismissed string // why it does not hold
}

// Same records that a model is, or is not, one of a past campaign under another name.
type Same struct {
	Campaign, Of, Reason, By string
	Not                      bool
}

// Standing is a confirmation or a withdrawal of a recognition.
type Standing struct {
	Withdrawn      bool
	On, Reason, By string
}

// maxTitle is the maximum length of a model's title and place together, in code points.
const maxTitle = 300

// checkModel checks an event on the register of models, and the date of any other event.
func (a attempt) checkModel() error {
	e := a.event
	d := &e.Data
	if d.On != "" {
		if _, err := time.Parse(time.DateOnly, d.On); err != nil {
			return refuse("date", "%q is not a date; write it as 2024-03-31", d.On)
		}
	}
	switch e.Action {
	case Registered:
		return a.checkRegistered()
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

// checkRegistered checks the registration of a model, which is made once.
func (a attempt) checkRegistered() error {
	s, e := a.state, a.event
	d := &e.Data
	if strings.TrimSpace(d.Name) == "" || d.Unit == "" || d.On == "" || len([]rune(d.Name+d.Place)) > maxTitle {
		return refuse("model", "a model has a title of at most %d characters, a unit and a day of registration",
			maxTitle)
	}
	if m := s.models[e.Dossier]; m != nil && m.Registered != "" {
		return refuse("registered", "%s of this unit is in the register already", d.Name)
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
func (u update) applyModel() {
	s, e := u.state, u.event
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
		if d.Reason != "" { // not a report on this model
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

// Model returns what was recorded of a model, or nil. The caller must not change it.
func (s *State) Model(id string) *Model { return s.models[id] }

// Models returns the ids of all models of which something was recorded, in order.
func (s *State) Models() []string {
	out := make([]string, 0, len(s.models))
	for id := range s.models {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
