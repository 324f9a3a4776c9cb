package committee

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/ballots"
	"kheo/pipeline/review"
)

// ballotOn returns what the ballot of a form is about, if the person may see it.
func (s *Hall) ballotOn(q *page.Request) (ballots.Entry, error) {
	f, rows, err := s.lists.ListRows(q, nil)
	if err != nil {
		return ballots.Entry{}, err
	}
	id := q.Form("entry")
	if !slices.ContainsFunc(rows, func(r access.Row) bool { return r.Dossier == id }) {
		return ballots.Entry{}, page.NotFound()
	}
	d, err := s.lists.See(q, id)
	if err != nil {
		return ballots.Entry{}, err
	}
	return ballots.Entry{Ruleset: f.Ruleset, Dossier: id, About: d.About()}, nil
}

// entryPage returns the path of the page of a meeting with an entry.
func entryPage(e ballots.Entry) string {
	return meetingPage(e.Ruleset) + "?entry=" + url.QueryEscape(e.Dossier)
}

// noKey makes a problem for the reader of the errors that are about the machine and not about the rules.
func noKey(err error) error {
	if errors.Is(err, ballots.ErrKey) {
		return page.Refuse(http.StatusConflict, "error.ballot-key")
	}
	return err
}

// OpenBallot opens the secret ballot on an entry, or repeats it.
func (s *Hall) OpenBallot(q *page.Request) error {
	e, err := s.ballotOn(q)
	if err != nil {
		return err
	}
	if err := ballots.Open(q.Ctx(), s.site.W, q.Person.ID, e, q.Form("reason")); err != nil {
		return err
	}
	return s.site.Back(q, entryPage(e), "done.ballot-opened")
}

// CastBallot puts the ballot of the person into the box, and shows the receipt once. It is not part of an address, which
// logs and histories would keep.
func (s *Hall) CastBallot(q *page.Request) error {
	e, err := s.ballotOn(q)
	if err != nil {
		return err
	}
	receipt, err := ballots.Cast(q.Ctx(), s.site.W, q.Person.ID, e, review.Vote(q.Form("vote")))
	if err != nil {
		return noKey(err)
	}
	if review.IsTrial(q.Ctx()) {
		receipt = ""
	}
	q.W.Header().Set("Cache-Control", "no-store")
	s.site.Render(q, http.StatusOK, "ballot", map[string]any{"Receipt": receipt, "To": meetingPage(e.Ruleset)})
	return nil
}

// PaperBallots enters what a teller has counted of ballots on paper.
func (s *Hall) PaperBallots(q *page.Request) error {
	e, err := s.ballotOn(q)
	if err != nil {
		return err
	}
	p := ballots.Paper{People: q.R.PostForm["person"]}
	for field, to := range map[string]*int{"for": &p.For, "against": &p.Against, "abstain": &p.Abstain} {
		if *to, err = strconv.Atoi("0" + q.Form(field)); err != nil || *to > mostTogether {
			return page.Refuse(http.StatusBadRequest, "error.number")
		}
	}
	confirmed, err := ballots.AddPaper(q.Ctx(), s.site.W, q.Person.ID, e, p)
	if err != nil {
		return noKey(err)
	}
	said := "done.paper-first"
	if confirmed {
		said = "done.paper-second"
	}
	return s.site.Back(q, entryPage(e), said)
}

// CountBallot counts the ballots on an entry.
func (s *Hall) CountBallot(q *page.Request) error {
	e, err := s.ballotOn(q)
	if err != nil {
		return err
	}
	if err := ballots.Count(q.Ctx(), s.site.W, q.Person.ID, e); err != nil {
		return noKey(err)
	}
	return s.site.Back(q, entryPage(e), "done.ballot-counted")
}

// addBallot adds to the data of the page of an entry its secret ballot: whether it is open, who may still vote on paper,
// and the count.
func (s *Hall) addBallot(q *page.Request, st *review.State, ruleset, id, unit string, data map[string]any) {
	b := review.BallotOn(st, ruleset, id)
	if b == nil {
		return
	}
	data["Ballot"] = b
	if b.Paper != nil {
		data["PaperBy"], data["PaperMine"] = s.site.Name(st, b.Paper.By), b.Paper.By == q.Person.ID
	}
	var left []attendant
	for _, voter := range st.Voters() {
		if p := st.People[voter]; p != nil && st.Tie(voter, id, unit) == nil && !slices.Contains(b.Cast, voter) {
			copied := *p
			left = append(left, attendant{&copied, b.Paper != nil && slices.Contains(b.Paper.People, voter), true})
		}
	}
	data["PaperPeople"] = left
}
