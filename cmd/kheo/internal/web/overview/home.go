package overview

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/rules"
)

// listState is one list on the overview: how far it is, and its pictures.
type listState struct {
	Ruleset, Title string
	Counts         publish.Counts
	Closed         *review.ClosedList
	Blind          bool // some outcomes are hidden, and not counted
	Open           int  // entries that must still be decided
	OpenOthers     bool // and others, from which the person is recused
	Decided        int
	Counted        []access.Counted // of a closed list: its decisions
	Ready          int              // of the open ones, with enough votes
	Alone          int              // of those that people examine, without an evaluator
	Uncertain      int              // facts that decide about an entry
	UncertainIn    int              // entries that such facts decide about
	Evidence       string           // how much of it people checked
	Points         histogram
	Fields, Units  []stack
}

// Home shows the campaign at a glance: what the person is to do next, how far each list is, who has done
// what, and the last runs, each as far as the person may know it. A submitter sees the dossiers of their unit
// instead.
func (s *Room) Home(q *page.Request) error {
	if !q.Person.May(review.See) {
		return s.ownDossiers(q)
	}
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	waits, err := s.Waiting(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	tasks, err := s.tasks(q, waits)
	if err != nil {
		return err
	}
	all, err := s.listStates(q, mine.Of, mine.Sees)
	if err != nil {
		return err
	}
	if tasks, err = s.otherTasks(q, all, tasks); err != nil {
		return err
	}
	data := map[string]any{"Run": mine.Run, "Lists": all, "Tasks": tasks,
		"Waiting": waits[:min(len(waits), maxWaiting)], "WaitingMore": max(0, len(waits)-maxWaiting),
		"Opens": s.site.W.Campaign().Env.Opens, "Closes": s.site.W.Campaign().Env.Closes,
		"Over": s.site.W.Campaign().Env.Closes != "" && s.site.W.Campaign().Env.Closes < s.site.Today()}
	if err := s.addSeason(q, data); err != nil {
		return err
	}
	if q.Person.May(review.Assign) {
		if data["People"], err = s.progress(q, mine.Of); err != nil {
			return err
		}
	}
	if err := s.addRuns(q, mine.Names(), data); err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "home", data)
	return nil
}

// listStates returns the lists that a person may see, in the order of the campaign.
func (s *Room) listStates(q *page.Request, of map[string]*publish.File,
	sees *access.Visibility) ([]listState, error) {
	var all []listState
	err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, rs := range s.site.W.Campaign().Rulesets {
			if f := of[rs.ID]; f != nil {
				l := listState{Ruleset: rs.ID, Title: rs.Title.In(q.Lang, "en", "vi"), Counts: f.Counts,
					Blind: sees.Blind(rs.ID)}
				l.Open, l.OpenOthers = access.OpenFor(q.Person, st, f)
				if x, ok := st.Closed[rs.ID]; ok {
					l.Closed, l.Counted = &x, access.CountDecisions(st, f)
				}
				l.count(st, f)
				threshold, borderline := rules.Threshold(rs)
				l.Points = newHistogram(f, threshold, borderline)
				l.Fields = stacks(f, func(e *publish.Entry) string { return e.Field }, func(id string) string {
					return s.site.FieldName(q.Lang, id)
				})
				l.Units = stacks(f, func(e *publish.Entry) string { return e.Unit }, s.site.UnitName)
				all = append(all, l)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// Outside of the view: this reads the log, too, and the view holds its lock.
	for i := range all {
		if rs := s.site.Ruleset(all[i].Ruleset); rs != nil {
			if all[i].Evidence, err = s.lists.EvidenceSentence(q, rs); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// count counts the entries of a list by what is done about them. Hidden entries count as decided only: what
// else is due follows from their outcome.
func (l *listState) count(st *review.State, f *publish.File) {
	for i := range f.Entries {
		e := &f.Entries[i]
		if st.Decision(f.Ruleset, e.Dossier) != nil {
			l.Decided++
		}
		if l.Closed != nil || e.Hidden {
			continue
		}
		if n := len(e.Deciding); n > 0 {
			l.Uncertain, l.UncertainIn = l.Uncertain+n, l.UncertainIn+1
		}
		if st.MustDecide(f.Ruleset, e) && review.Quorate(st, f.Ruleset, e.Dossier, e.Unit) {
			l.Ready++
		}
		if e.Outcome.Contends() && st.Decision(f.Ruleset, e.Dossier) == nil && len(st.Assigned[e.Dossier]) == 0 {
			l.Alone++
		}
	}
}

// task is one kind of what a person does, and how far they are with it.
type task struct {
	What        string // key of a text, as wait.* has it
	Done, Total int
	Link, Title string // of the next one
	All         string // where all of them are
}

// tasks returns how far the person is with each kind of task of which something is left, the most urgent
// first.
func (s *Room) tasks(q *page.Request, waits []Waiting) ([]task, error) {
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	// What is left is what waits; what is done is counted from the same lists, so that both add up.
	left, next := map[string]int{}, map[string]Waiting{}
	for _, w := range waits {
		if left[w.What]++; left[w.What] == 1 {
			next[w.What] = w
		}
	}
	done := map[string]int{}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, rs := range s.site.W.Campaign().Rulesets {
			f := mine.Of[rs.ID]
			if _, closed := st.Closed[rs.ID]; f == nil || closed {
				continue
			}
			for i := range f.Entries {
				countDone(q.Person, st, rs, &f.Entries[i], done)
			}
		}
		return nil
	})
	var out []task
	for _, what := range waitOrder {
		if left[what] == 0 {
			continue
		}
		out = append(out, task{What: what, Done: done[what], Total: done[what] + left[what],
			Link: next[what].Link, Title: next[what].Title, All: "/waiting?what=" + what})
	}
	office, err2 := s.officeTasks(q)
	out = append(out, office...)
	err = errors.Join(err, err2)
	proposals, more := s.proposals(q)
	if proposals != nil {
		out = append(out, *proposals)
	}
	return out, errors.Join(err, more)
}

// otherTasks adds to the tasks of a person what no entry waits with: the sample of evidence that is to be checked, and
// for those who assign and do not vote, the entries that no one was given.
func (s *Room) otherTasks(q *page.Request, all []listState, tasks []task) ([]task, error) {
	if q.Person.May(review.CheckEvidence) {
		for i := range all {
			rs := s.site.Ruleset(all[i].Ruleset)
			if all[i].Closed != nil || rs == nil {
				continue
			}
			left, total, err := s.lists.SampleLeft(q.Ctx(), q.Person, rs)
			if err != nil {
				return nil, err
			}
			if left > 0 {
				link := "/evidence?of=" + rs.ID + "&what=sample"
				tasks = append(tasks, task{What: "wait.evidence", Title: all[i].Title, Done: total - left, Total: total,
					Link: link, All: link})
			}
		}
	}
	if q.Person.May(review.Assign) && !q.Person.May(review.CastVote) {
		alone := task{What: "wait.alone"}
		for i := range all {
			if n := all[i].Alone; n > 0 {
				if alone.Total += n; alone.Link == "" {
					alone.Title, alone.Link = all[i].Title, "/lists/"+all[i].Ruleset+"?todo=alone"
				}
			}
		}
		if alone.Total > 0 {
			tasks = append(tasks, alone)
		}
	}
	return tasks, nil
}

// proposals is the task of deciding on what others propose for rulesets and kheo.yaml; nil if nothing waits
// for the person.
func (s *Room) proposals(q *page.Request) (out *task, err error) {
	if !q.Person.May(review.ApproveRules) {
		return nil, nil
	}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, p := range review.Proposals(st, "") {
			if p.State != review.Waiting || p.By == q.Person.ID {
				continue
			}
			if out == nil {
				out = &task{What: "wait.proposal", Link: fmt.Sprint("/proposals/", p.Seq), Title: p.Reason,
					All: "/rules"}
			}
			out.Total++
		}
		return nil
	})
	return out, err
}

// countDone counts what a person has done about an entry, by the kind of task.
func countDone(p *review.Person, st *review.State, rs *rules.Ruleset, e *publish.Entry, done map[string]int) {
	if st.Tie(p.ID, e.Dossier, e.Unit) != nil {
		return
	}
	if slices.Contains(st.Assigned[e.Dossier], p.ID) && access.Examined(p.ID, st, rs, e.Dossier) {
		done["wait.assigned"]++
	}
	if p.May(review.CastVote) && st.VoteOf(p.ID, rs.ID, e.Dossier) != "" {
		done["wait.vote"]++
	}
	if p.May(review.Decide) && st.Decision(rs.ID, e.Dossier) != nil && st.Carried(rs.ID, e.Dossier, e.Unit) {
		done["wait.decide"]++
	}
	if p.May(review.Score) && !e.Hidden && st.Settings.Blind && access.ScoredAll(p.ID, st, rs, e.Dossier) {
		done["wait.score"]++
	}
}

// personProgress is how far one person is.
type personProgress struct {
	Name            string
	Roles           []review.Role
	Examined, Given int // dossiers that they were to evaluate
	Voted, Voting   int // entries that they may vote on
}

// progress returns how far everybody is with what was given to them and what they vote on, ordered by sign-in
// name, without those who have nothing to do. It covers the entries of open lists that the person who asks
// may see.
func (s *Room) progress(q *page.Request, of map[string]*publish.File) ([]personProgress, error) {
	var out []personProgress
	err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		var people []string
		for id, p := range st.People {
			if !p.Disabled {
				people = append(people, id)
			}
		}
		slices.Sort(people)
		for _, id := range people {
			p := st.People[id]
			x := personProgress{Name: p.Name, Roles: p.Roles}
			for _, rs := range s.site.W.Campaign().Rulesets {
				if _, closed := st.Closed[rs.ID]; !closed && of[rs.ID] != nil {
					x.add(st, p, rs, of[rs.ID])
				}
			}
			if x.Given > 0 || x.Voting > 0 {
				out = append(out, x)
			}
		}
		return nil
	})
	return out, err
}

// add adds what a person has done and has to do on one list.
func (x *personProgress) add(st *review.State, p *review.Person, rs *rules.Ruleset, f *publish.File) {
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.Hidden || st.Tie(p.ID, e.Dossier, e.Unit) != nil {
			continue
		}
		if slices.Contains(st.Assigned[e.Dossier], p.ID) {
			x.Given++
			if access.Examined(p.ID, st, rs, e.Dossier) {
				x.Examined++
			}
		}
		// Entries that were voted on stay counted after they are decided: a share must not shrink by that.
		voted := st.VoteOf(p.ID, rs.ID, e.Dossier) != ""
		if p.May(review.CastVote) && (voted || st.MustDecide(rs.ID, e)) {
			x.Voting++
			if voted {
				x.Voted++
			}
		}
	}
}

// meetingLink returns the link to an entry in the meeting on its list.
func meetingLink(ruleset, id string) string { return "/meeting/" + ruleset + "?entry=" + id }

// pageLinks adds to the data of a page the links to the pages before and after it.
func pageLinks(q *page.Request, path string, from, to, total int, data map[string]any) {
	get := q.R.URL.Query()
	data["From"], data["To"], data["Total"] = min(from+1, total), to, total
	if from > 0 {
		data["Before"] = page.WithQuery(path, get, "from", strconv.Itoa(max(0, from-page.PerPage)))
	}
	if to < total {
		data["After"] = page.WithQuery(path, get, "from", strconv.Itoa(to))
	}
}
