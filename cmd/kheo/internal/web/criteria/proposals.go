package criteria

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/strict"
	"kheo/pipeline/amend"
	"kheo/pipeline/difference"
	"kheo/pipeline/review"
)

// listed is a file on the page of all of them.
type listed struct {
	*target
	Version string
	Open    int
	Outside bool
	Draft   bool
}

// Index lists the campaign's rulesets and kheo.yaml, and the proposals that wait for a second person.
func (s *Room) Index(q *page.Request) error {
	var files []listed
	for _, file := range amend.Files(s.site.W.Campaign()) {
		t := s.target(q, file)
		standing, err := amend.StandingOf(q.Ctx(), s.site.W, file)
		if err != nil {
			return err
		}
		one := listed{target: t, Open: len(standing.Open), Outside: standing.Outside}
		if t.Ruleset != nil {
			one.Version = t.Ruleset.Version
		}
		d, err := s.site.W.Store.Proposals.Draft(q.Ctx(), file, q.Person.ID)
		if err != nil {
			return err
		}
		one.Draft = d != nil
		files = append(files, one)
	}
	var waiting []proposed
	err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, p := range review.Proposals(st, "") {
			if p.State == review.Waiting {
				waiting = append(waiting, s.proposed(q, st, p))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "rules-index", map[string]any{"Files": files, "Waiting": waiting})
	return nil
}

// proposed is a proposal with the names of people.
type proposed struct {
	review.Proposal
	Title, Name, DecidedName string
}

// proposed returns a proposal as pages show it.
func (s *Room) proposed(q *page.Request, st *review.State, p review.Proposal) proposed {
	out := proposed{Proposal: p, Title: s.target(q, p.File).Title, Name: s.site.Name(st, p.By)}
	if amend.RulesetOf(s.site.W.Campaign(), p.File) == nil && p.Ruleset != "" { // it is not in the campaign any more
		out.Title = p.Ruleset
	}
	if p.DecidedBy != "" {
		out.DecidedName = s.site.Name(st, p.DecidedBy)
	}
	return out
}

// History shows what was in force when, by whom and why, and what was proposed besides.
func (s *Room) History(q *page.Request) error {
	t, err := s.targetOf(q)
	if err != nil {
		return err
	}
	standing, err := amend.StandingOf(q.Ctx(), s.site.W, t.File)
	if err != nil {
		return err
	}
	var all []proposed
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, p := range slices.Backward(review.Proposals(st, t.File)) {
			all = append(all, s.proposed(q, st, p))
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "rules-history", map[string]any{"Title": t.Title, "T": t, "All": all,
		"SHA256": standing.SHA256, "Outside": standing.Outside})
	return nil
}

// Propose proposes the person's draft to be put into force.
func (s *Room) Propose(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	if q.Form("revision") != strconv.FormatInt(w.Revision, 10) {
		return s.meanwhile(q, w)
	}
	seq, err := amend.Propose(q.Ctx(), s.site.W, q.Person.ID, w.File, w.Base, q.Form("reason"), w.Text)
	var mistakes strict.Problems
	switch {
	case errors.As(err, &mistakes):
		return s.editor(q, w, http.StatusConflict, nil, s.site.Texts.Say(q.Lang, "rules.first"))
	case known(err):
		return s.editor(q, w, http.StatusConflict, nil, s.failure(q, err))
	case err != nil:
		return err
	}
	return s.site.Back(q, "/proposals/"+strconv.FormatInt(seq, 10), "done.proposed")
}

// known reports whether an error is one that the person can act on.
func known(err error) bool {
	var locked *amend.LockedError
	var renamed *amend.RenamedError
	var refused *review.Refusal
	return errors.As(err, &locked) || errors.As(err, &renamed) || errors.As(err, &refused) ||
		errors.Is(err, amend.ErrOutside) || errors.Is(err, amend.ErrTooLarge)
}

// proposalOf returns the proposal that the path names, with its text.
func (s *Room) proposalOf(q *page.Request) (*review.Proposal, []byte, error) {
	seq, err := strconv.ParseInt(q.R.PathValue("seq"), 10, 64)
	if err != nil {
		return nil, nil, page.NotFound()
	}
	p, text, err := amend.Find(q.Ctx(), s.site.W, seq)
	if err == nil && p == nil {
		err = page.NotFound()
	}
	return p, text, err
}

// Proposal shows a proposal: what it changes, and the decision on it.
func (s *Room) Proposal(q *page.Request) error {
	p, text, err := s.proposalOf(q)
	if err != nil {
		return err
	}
	return s.proposal(q, p, text, http.StatusOK, map[string]any{})
}

// proposal renders the page of a proposal.
func (s *Room) proposal(q *page.Request, p *review.Proposal, text []byte, status int, data map[string]any) error {
	t := s.target(q, p.File)
	was, err := s.site.W.Store.Proposals.Text(q.Ctx(), p.Base)
	if err != nil {
		return err
	}
	data["Differences"] = differences(t, was, text)
	if t.Ruleset != nil { // kheo.yaml may name what only the machine's administrator knows
		data["Text"] = string(text)
	}
	if p.State == review.Waiting {
		_, now, err := amend.Read(s.site.W.Campaign(), p.File)
		if err != nil && !errors.Is(err, amend.ErrNoFile) {
			return err
		}
		data["Outside"] = now != p.Base
	}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		data["P"] = s.proposed(q, st,
			*p)
		data["Others"] = s.site.Names(st, approvers(st, q.Person.ID))
		return nil
	})
	if err != nil {
		return err
	}
	data["Title"], data["T"] = t.Title, t
	data["Mine"] = p.By == q.Person.ID
	s.site.Render(q, status, "proposal", data)
	return nil
}

// approvers returns the people other than the author who may put a proposal into force, in order.
func approvers(st *review.State, author string) (out []string) {
	for _, id := range slices.Sorted(maps.Keys(st.People)) {
		if p := st.People[id]; id != author && p.May(review.ApproveRules) {
			out = append(out, id)
		}
	}
	return out
}

// differences returns what two texts of a file say differently; nil if one of them is not YAML.
func differences(t *target, was, is []byte) []difference.Change {
	changes, err := difference.Between(t.schema.Root, t.File, was, is)
	if err != nil {
		return nil
	}
	return changes
}

// TryProposal shows whom a proposal would move.
func (s *Room) TryProposal(q *page.Request) error {
	p, text, err := s.proposalOf(q)
	if err != nil {
		return err
	}
	t := s.target(q, p.File)
	if t.Ruleset == nil {
		return page.NotFound()
	}
	data := map[string]any{}
	if err := s.try(q, t, text, data); err != nil {
		return err
	}
	return s.proposal(q, p, text, http.StatusOK, data)
}

// Approve puts a proposal into force.
func (s *Room) Approve(q *page.Request) error {
	p, text, err := s.proposalOf(q)
	if err != nil {
		return err
	}
	err = amend.Approve(q.Ctx(), s.site.W, q.Person.ID, p.Seq, q.Form("reason"))
	var mistakes strict.Problems
	switch {
	case errors.As(err, &mistakes):
		return s.proposal(q, p, text, http.StatusConflict,
			map[string]any{"Mistakes": mistakes[:min(len(mistakes), 50)]})
	case known(err):
		return s.proposal(q, p, text, http.StatusConflict, map[string]any{"Failed": s.failure(q, err)})
	case err != nil:
		return err
	}
	return s.site.Back(q, "/proposals/"+q.R.PathValue("seq"), "done.in-force")
}

// Reject decides as a second person that a proposal does not come into force.
func (s *Room) Reject(q *page.Request) error { return s.end(q, review.RulesRejected, "done.rejected") }

// Withdraw takes a proposal back as its author.
func (s *Room) Withdraw(q *page.Request) error {
	return s.end(q, review.RulesWithdrawn, "done.withdrawn")
}

// end ends a proposal without putting it into force.
func (s *Room) end(q *page.Request, action review.Action, message string) error {
	p, text, err := s.proposalOf(q)
	if err != nil {
		return err
	}
	err = amend.End(q.Ctx(), s.site.W, q.Person.ID, p.Seq, action, q.Form("reason"))
	if known(err) {
		return s.proposal(q, p, text, http.StatusConflict, map[string]any{"Failed": s.failure(q, err)})
	}
	if err != nil {
		return err
	}
	return s.site.Back(q, "/proposals/"+q.R.PathValue("seq"), message)
}

// Text sends the text of a ruleset: the person's draft, or the one in force.
func (s *Room) Text(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	page.Attach(q, w.Ruleset.ID+".yaml", "text/plain; charset=utf-8")
	_, err = q.W.Write(w.Text)
	return err
}
