package committee

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
	"kheo/pipeline/review/secretballots"
)

// ballotOn returns what the ballot of a form is about, if the person may see it.
func (s *Hall) ballotOn(q *page.Request) (secretballots.Entry, error) {
	f, rows, err := s.lists.ListRows(q, nil)
	if err != nil {
		return secretballots.Entry{}, err
	}
	id := cmp.Or(q.R.PathValue("dossier"), q.Form("entry"))
	if !slices.ContainsFunc(rows, func(r access.Row) bool { return r.Dossier == id }) {
		return secretballots.Entry{}, page.NotFound()
	}
	d, err := s.lists.See(q, id)
	if err != nil {
		return secretballots.Entry{}, err
	}
	return secretballots.Entry{Ruleset: f.Ruleset, Dossier: id, About: d.About()}, nil
}

// entryPage returns the path of the page of a meeting with an entry.
func entryPage(e secretballots.Entry) string {
	return meetingPage(e.Ruleset) + "?entry=" + url.QueryEscape(e.Dossier)
}

// noKey makes a problem for the reader of the errors that are about the machine and not about the rules.
func noKey(err error) error {
	if errors.Is(err, secretballots.ErrKey) {
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
	if err := secretballots.Open(q.Ctx(), s.site.W, q.Person.ID, e, q.Form("reason")); err != nil {
		return err
	}
	return s.site.Back(q, entryPage(e), "done.ballot-opened")
}

// CastBallot puts the ballot of the person into the box, and shows the receipt once. It is not part of an address,
// which logs and histories would keep.
func (s *Hall) CastBallot(q *page.Request) error {
	receipt, err := s.Cast(q)
	if err != nil {
		return err
	}
	q.W.Header().Set("Cache-Control", "no-store")
	s.site.Render(q, http.StatusOK, "ballot", map[string]any{"Receipt": receipt,
		"To": meetingPage(q.R.PathValue("ruleset"))})
	return nil
}

// Cast puts the ballot of the person into the box, and returns the receipt; "" if it was only tried.
func (s *Hall) Cast(q *page.Request) (receipt string, err error) {
	e, err := s.ballotOn(q)
	if err != nil {
		return "", err
	}
	receipt, err = secretballots.Cast(q.Ctx(), s.site.W, q.Person.ID, e, review.Vote(q.Form("vote")))
	if err != nil || review.IsTrial(q.Ctx()) {
		return "", noKey(err)
	}
	return receipt, nil
}

// Ballot is what may be known of the secret ballot on an entry.
type Ballot struct {
	review.SecretBallot
	Tally  review.Tally
	Stands string // why a decision is valid or not, in words
	Left   []string
}

// BallotFor returns the secret ballot on the entry of a list in the path; nil if none was opened.
func (s *Hall) BallotFor(q *page.Request) (*Ballot, error) {
	f, rows, err := s.lists.ListRows(q, nil)
	if err != nil {
		return nil, err
	}
	id := q.R.PathValue("dossier")
	i := slices.IndexFunc(rows, func(r access.Row) bool { return r.Dossier == id })
	if i < 0 {
		return nil, page.NotFound()
	}
	d, err := s.lists.See(q, id)
	if err == nil && d.Tie != nil {
		err = page.NotFound()
	}
	if err != nil {
		return nil, err
	}
	if err := s.lists.MustHaveScored(q, f.Ruleset); err != nil {
		return nil, err
	}
	var out *Ballot
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		b := review.BallotOn(st, f.Ruleset, id)
		if b == nil {
			return nil
		}
		out = &Ballot{SecretBallot: *b, Tally: st.Tally(f.Ruleset, id, d.Unit)}
		out.Stands = page.Stands(s.site, q.Lang, out.Tally)
		// The names of those who have not voted are no secret: a secret ballot hides how people vote, and not who
		// has.
		for _, voter := range st.Voters() {
			if st.Tie(voter, id, d.Unit) == nil && !slices.Contains(b.Cast, voter) {
				out.Left = append(out.Left, voter)
			}
		}
		return nil
	})
	return out, err
}

// PaperBallots enters what a teller has counted of ballots on paper.
func (s *Hall) PaperBallots(q *page.Request) error {
	e, err := s.ballotOn(q)
	if err != nil {
		return err
	}
	p := secretballots.Paper{People: q.R.PostForm["person"]}
	for field, to := range map[string]*int{"for": &p.For, "against": &p.Against, "abstain": &p.Abstain} {
		// The 0 in front reads an empty field as none, and makes a sign a mistake.
		if *to, err = strconv.Atoi("0" + q.Form(field)); err != nil || *to > mostTogether {
			return page.Refuse(http.StatusBadRequest, "error.number")
		}
	}
	confirmed, err := secretballots.AddPaper(q.Ctx(), s.site.W, q.Person.ID, e, p)
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
	if err := secretballots.Count(q.Ctx(), s.site.W, q.Person.ID, e); err != nil {
		return noKey(err)
	}
	return s.site.Back(q, entryPage(e), "done.ballot-counted")
}

// addBallot adds to the data of the page of an entry its secret ballot: whether it is open, who may still vote on
// paper, and the count.
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
