package committee

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// Assign assigns a dossier to an evaluator, or takes the assignment away.
func (s *Room) Assign(q *page.Request) error {
	action, said := review.Assigned, "done.assigned"
	undo := url.Values{"person": {q.Form("person")}}
	if q.Form("remove") != "" {
		action, said = review.Unassigned, "done.unassigned"
	} else {
		undo.Set("remove", "yes")
	}
	s.site.Undoable(q, q.R.URL.Path, undo)
	return s.do(q, review.Event{Action: action, Data: review.Data{Subject: q.Form("person")}}, said)
}

// Take assigns a dossier to the person who asks, or gives it back.
func (s *Room) Take(q *page.Request) error {
	if q.Form("remove") != "" {
		return s.do(q, review.Event{Action: review.Unassigned, Data: review.Data{Subject: q.Person.ID}},
			"done.unassigned")
	}
	s.site.Undoable(q, q.R.URL.Path, url.Values{"remove": {"yes"}})
	return s.do(q, review.Event{Action: review.Assigned, Data: review.Data{Subject: q.Person.ID}}, "done.taken")
}

// maxEach is how many evaluators a dossier may be given at once.
const maxEach = 9

// AssignAll gives evaluators to every dossier of a list that people must examine. short are the dossiers for
// which there were too few evaluators without a conflict of interest. All assignments are recorded, or none.
func (s *Room) AssignAll(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	per, err := strconv.Atoi(q.Form("per"))
	if err != nil || per < 1 || per > maxEach {
		return page.Refuse(http.StatusBadRequest, "error.number", q.Form("per"))
	}
	var events []review.Event
	var short []string
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		events, short = st.Plan(f,
			per)
		return nil
	}); err != nil {
		return err
	}
	for i := range events {
		events[i].Person = q.Person.ID
	}
	if err := s.assignTogether(q, f.Ruleset, events); err != nil {
		return err
	}
	return s.site.Back(q, "/lists/"+f.Ruleset, "done.assigned-all", len(events), len(short))
}

// assignTogether records assignments on a list, all or none, and offers to undo them.
func (s *Room) assignTogether(q *page.Request, ruleset string, events []review.Event) error {
	if len(events) == 0 {
		return nil
	}
	offer, err := page.UndoableBatch(s.site, q, ruleset)
	if err != nil {
		return err
	}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, events...); err != nil {
		return err
	}
	return offer()
}

// Assignment is a line of a pasted list of assignments.
type Assignment struct {
	Line                         int
	Dossier, Title, Person, Name string
	Remove                       bool
	Mistake                      string // key of the text that says what is wrong
	event                        review.Event
}

// maxAssignments is how many lines a list of assignments may have.
const maxAssignments = 5000

// AssignList shows what a pasted list of assignments would do, and does it once the preview is confirmed. A
// line has a dossier and a person, and "remove" to take the assignment away. The list is checked again when it
// is confirmed, since assignments may have changed after the preview.
func (s *Room) AssignList(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	text := q.Form("list")
	list, err := s.readAssignments(q, f, text)
	if err != nil {
		return err
	}
	var events []review.Event
	for _, a := range list {
		if a.Mistake == "" {
			events = append(events, a.event)
		}
	}
	if q.Form("sure") == "yes" {
		if err := s.assignTogether(q, f.Ruleset, events); err != nil {
			return err
		}
		return s.site.Back(q, "/lists/"+f.Ruleset, "done.assigned-list", len(events))
	}
	s.site.Render(q, http.StatusOK, "assignments", map[string]any{"List": list[:min(len(list), 500)],
		"More": max(0, len(list)-500), "N": len(events), "Text": text, "Ruleset": f.Ruleset})
	return nil
}

// readAssignments parses a pasted list of assignments, at most maxAssignments lines. Each line gets its
// mistake or its event.
func (s *Room) readAssignments(q *page.Request, f *publish.File, text string) ([]Assignment, error) {
	entries := map[string]*publish.Entry{}
	for i := range f.Entries {
		entries[f.Entries[i].Dossier] = &f.Entries[i]
	}
	var out []Assignment
	err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for i, line := range strings.Split(text, "\n") {
			cells := strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ';' || r == '\t' })
			if len(cells) == 0 || strings.TrimSpace(line) == "" {
				continue
			}
			if len(out) == maxAssignments {
				return page.Refuse(http.StatusRequestEntityTooLarge, "error.too-large")
			}
			for k := range cells {
				cells[k] = strings.TrimSpace(cells[k])
			}
			a := Assignment{Line: i + 1, Dossier: cells[0], Remove: len(cells) > 2 && cells[2] != ""}
			if len(cells) > 1 {
				a.Person = cells[1]
			}
			// Entries come from the list as the person sees it, so a dossier from which the person is recused is
			// reported as not on the list, and its title is not shown.
			a.check(st, entries[a.Dossier], q.Person.ID)
			out = append(out, a)
		}
		return nil
	})
	return out, err
}

// check adds the names, and the mistake or the event of an assignment that a person makes. e is the entry of
// its dossier, or nil. The first mistake of a line is reported, in the order in which a person would correct
// them.
func (a *Assignment) check(st *review.State, e *publish.Entry, by string) {
	p := st.People[a.Person]
	switch {
	case e == nil:
		a.Mistake = "assign.no-dossier"
	case p == nil || p.Disabled:
		a.Mistake = "assign.no-person"
	case a.Remove == !slices.Contains(st.Assigned[a.Dossier], a.Person):
		a.Mistake = "assign.already"
	case !a.Remove && st.Tie(a.Person, a.Dossier, e.Unit) != nil:
		a.Mistake = "assign.tied"
	case !p.May(review.Score):
		a.Mistake = "assign.no-right"
	}
	if e != nil {
		a.Title = e.Title
	}
	if p != nil {
		a.Name = p.Name
	}
	if a.Mistake != "" {
		return
	}
	action := review.Assigned
	if a.Remove {
		action = review.Unassigned
	}
	a.event = review.Event{Person: by, Action: action, Dossier: a.Dossier,
		Data: review.Data{Subject: a.Person, Unit: e.Unit}}
}

// AssignEach records assignments of dossiers of a list, a line for each as AssignList takes them: all, or none if
// there is a mistake in one of them. It returns the lines with their mistakes.
func (s *Room) AssignEach(q *page.Request, f *publish.File, text string) ([]Assignment, error) {
	list, err := s.readAssignments(q, f, text)
	if err != nil {
		return nil, err
	}
	var events []review.Event
	for _, a := range list {
		if a.Mistake != "" {
			return list, nil
		}
		events = append(events, a.event)
	}
	if len(events) == 0 {
		return list, nil
	}
	return list, s.site.W.Review().Do(q.Ctx(), review.Subject{}, events...)
}
