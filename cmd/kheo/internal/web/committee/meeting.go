package committee

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// Meeting is the page of a meeting for those who sit in it: the agenda, the requested entry or the one that is next
// for the person, its votes and its decision, and the minutes as they grow. A hidden entry that is not decided counts
// as one that must still be decided, because the program must not reveal which of them is.
func (s *Hall) Meeting(q *page.Request) error {
	f, rows, all, err := s.listAndAll(q)
	if err != nil {
		return err
	}
	data := map[string]any{"F": f, "Title": s.site.Ruleset(f.Ruleset), "All": len(rows)}
	want := q.R.URL.Query().Get("entry")
	var a *agenda
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		a = s.agendaOf(q, st, f, all, rows)
		// Which entry is shown is decided inside of the view, so that agenda, minutes and the number of the last
		// event are of the same moment.
		if want == "" {
			want = a.next(st, q.Person, f.Ruleset)
		} else if a.row(want) == nil {
			return page.NotFound()
		}
		data["Open"], data["OpenOthers"] = access.OpenFor(q.Person, st, f)
		data["Minutes"] = s.minutesOf(st, f.Ruleset, rows)
		data["Seq"] = st.Seq
		s.addMeeting(st, f.Ruleset, data)
		return nil
	}); err != nil {
		return err
	}
	decided := 0
	for i := range rows {
		if rows[i].Decision != nil {
			decided++
		}
	}
	data["Decided"], data["Agenda"] = decided, a
	if at := slices.IndexFunc(rows, func(r access.Row) bool { return r.Dossier == want }); want != "" && at >= 0 {
		if err := s.lists.Fill(q, f, rows[at:at+1]); err != nil {
			return err
		}
		data["Row"], data["At"] = rows[at], at+1
		if at > 0 {
			data["Before"] = rows[at-1].Dossier
		}
		if at+1 < len(rows) {
			data["After"] = rows[at+1].Dossier
		}
		if rows[at].Aside == "" {
			if err := s.addEntry(q, rows[at].Dossier, data); err != nil {
				return err
			}
		}
	}
	s.site.Render(q, http.StatusOK, "meeting", data)
	return nil
}

// addEntry adds to the data of the meeting's page the entry at hand, with votes, decision and comments.
func (s *Hall) addEntry(q *page.Request, id string, data map[string]any) error {
	d, err := s.addAssessed(q, id, data)
	if err != nil {
		return err
	}
	data["D"] = d
	if err := s.lists.DecisionOf(q, d, data); err != nil {
		return err
	}
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		data["Seen"] = st.Seq
		s.lists.Blind(q, st, d, data)
		tally, _ := data["Tally"].(review.Tally)
		e, _ := data["Entry"].(*publish.Entry)
		data["Proposed"] = access.Proposed(tally, e)
		data["Absent"] = s.site.Names(st, tally.Absent)
		data["Short"] = tally.Short()
		s.addBallot(q, st, d.Ruleset, d.ID, d.Unit, data)
		return nil
	})
}

// addAssessed adds to the data of a page the entry of a dossier as the person may see it, if it is assessed.
func (s *Hall) addAssessed(q *page.Request, id string, data map[string]any) (*access.Seen, error) {
	a, err := s.site.W.Store.Assessments.Get(q.Ctx(), id)
	if err != nil {
		return nil, err
	}
	d, err := s.lists.See(q, id)
	if err != nil || a == nil {
		return d, err
	}
	e, err := s.lists.EntryOf(q, d, a)
	if err != nil {
		return nil, err
	}
	data["Entry"] = e
	return d, nil
}

// attendant is a person who may be present at a meeting.
type attendant struct {
	*review.Person
	Here  bool
	Votes bool
}

// addMeeting adds to the data of the meeting's page who is present, who may be, and whether the list is closed.
// Members are all people who may vote or decide, ordered by sign-in name, whether they are recused from some
// entries or not. Before a meeting is recorded those with a vote are proposed as present.
func (s *Hall) addMeeting(st *review.State, ruleset string, data map[string]any) {
	m, met := st.Meetings[ruleset]
	if met {
		data["Met"], data["Present"], data["Attending"] = &m, s.site.Names(st, m.Present), s.site.Names(st,
			m.Attending)
	}
	var members []attendant
	for _, id := range slices.Sorted(maps.Keys(st.People)) {
		p := st.People[id]
		if !p.May(review.CastVote) && !p.May(review.Decide) && !(met && m.Has(id)) {
			continue
		}
		copied := *p
		members = append(members, attendant{&copied, met && m.Has(id) || !met && p.May(review.CastVote),
			p.May(review.CastVote)})
	}
	data["Members"] = members
	_, data["Closed"] = st.Closed[ruleset]
}

// Meet records who is present at the meeting on a list.
func (s *Hall) Meet(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	e := review.Event{Person: q.Person.ID, Action: review.Met, Ruleset: f.Ruleset,
		Data: review.Data{Run: f.Run, Present: q.R.PostForm["present"]}}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.site.Back(q, meetingPage(f.Ruleset), "done.met")
}

// Presence records that a person came to the meeting, or left it.
func (s *Hall) Presence(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	action, said, back := review.Left, "done.left", "came"
	if q.Form("move") == "came" {
		action, said, back = review.Came, "done.came", "left"
	}
	e := review.Event{Person: q.Person.ID, Action: action, Ruleset: f.Ruleset,
		Data: review.Data{Subject: q.Form("person")}}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, e); err != nil {
		return err
	}
	s.site.Undoable(q, q.R.URL.Path, url.Values{"person": {e.Data.Subject}, "move": {back}})
	return s.site.Back(q, meetingPage(f.Ruleset), said)
}

// Call makes an entry the one that the meeting is about. It is allowed to people who are recused from it: it says
// nothing about it, and they have to leave then.
func (s *Hall) Call(q *page.Request) error {
	f, rows, err := s.lists.ListRows(q, nil)
	if err != nil {
		return err
	}
	id := q.Form("entry")
	if !slices.ContainsFunc(rows, func(r access.Row) bool { return r.Dossier == id }) {
		return page.NotFound()
	}
	e := review.Event{Person: q.Person.ID, Action: review.Called, Ruleset: f.Ruleset, Dossier: id}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.site.Back(q, meetingPage(f.Ruleset)+"?entry="+url.QueryEscape(id), "done.called")
}

// meetingPage returns the path of the page of a meeting.
func meetingPage(ruleset string) string { return "/meeting/" + url.PathEscape(ruleset) }

// MeetingAt says, for the script of the pages of a meeting, what the meeting is about, and with which event the
// records end: a page that was made before it is out of date.
func (s *Hall) MeetingAt(q *page.Request) error {
	f, err := s.lists.ListOf(q)
	if err != nil {
		return err
	}
	_, of, _, err := s.lists.Latest(q.Ctx())
	if err != nil {
		return err
	}
	var out struct {
		Seq   int64  `json:"seq"`
		Entry string `json:"entry"`
	}
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		out.Seq, out.Entry = st.Seq, atHand(st, of[f.Ruleset])
		return nil
	}); err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(q.W).Encode(out)
}

// listAndAll returns the list of the request as the person sees it, its rows, and the list in force as it is.
func (s *Hall) listAndAll(q *page.Request) (*publish.File, []access.Row, *publish.File, error) {
	f, rows, err := s.lists.ListRows(q, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	_, of, _, err := s.lists.Latest(q.Ctx())
	return f, rows, of[f.Ruleset], err
}

// Screen is the page of a meeting for the wall of the room: what the meeting is about, in large type and without
// anything to press. It has nothing that the person who opened it may not see, no comments, and the votes only when
// all who are present have voted or it is decided.
func (s *Hall) Screen(q *page.Request) error {
	f, rows, all, err := s.listAndAll(q)
	if err != nil {
		return err
	}
	data := map[string]any{"F": f, "Title": s.site.Ruleset(f.Ruleset), "All": len(rows)}
	id := ""
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		a := s.agendaOf(q, st, f, all, rows)
		id = a.At
		decided := 0
		for i := range rows {
			if rows[i].Decision != nil {
				decided++
			}
		}
		data["Decided"], data["Block"], data["Seq"] = decided, a.Block, st.Seq
		for _, m := range s.minutesOf(st, f.Ruleset, rows) {
			if m.Kind == minuteDecided {
				last := m
				data["Last"] = &last
				break
			}
		}
		s.addMeeting(st, f.Ruleset, data)
		if r := a.row(id); r != nil {
			t := st.Tally(f.Ruleset, r.Dossier, r.Unit)
			data["Row"], data["Recused"] = *r, s.site.Names(st, t.Aside)
			data["Cast"], data["Eligible"], data["Short"] = t.Cast(), t.Eligible, t.Short()
			if r.Aside == "" && !st.Settings.Blind && t.Met && t.Quorate && t.Cast() >= t.Present {
				data["Tally"] = t
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if r, ok := data["Row"].(access.Row); ok && r.Aside == "" {
		if _, err := s.addAssessed(q, id, data); err != nil {
			return err
		}
	}
	s.site.Render(q, http.StatusOK, "screen", data)
	return nil
}
