package page

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/review"
	"kheo/rules"
)

// From returns the page that a form was sent from. Back accepts only paths of kheo, so a forged form cannot
// lead elsewhere.
func (q *Request) From(otherwise string) string {
	if back := q.Form("back"); back != "" {
		return back
	}
	return otherwise
}

// numberRE matches the numbers that people write: digits, with a comma or a point before decimals. Exponents are
// not written by people: 1e1 is a slip and not ten.
var numberRE = regexp.MustCompile(`^[0-9]{1,6}([.,][0-9]{1,6})?$`)

// ParseNumber parses a number of 0 or more as people of any of the languages write it.
func ParseNumber(text string) (float64, error) {
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", "."), 64)
	if err != nil || !numberRE.MatchString(text) {
		return 0, Refuse(http.StatusBadRequest, "error.number", text)
	}
	return v, nil
}

// editionWait is how long the person who sets an outcome waits for the lists to be published.
const editionWait = 5 * time.Second

// PublishAgain starts publishing the files of the lists with what people have just set, and waits for it, at
// most editionWait. What the person set is recorded before; if publishing fails or takes longer, the next run
// publishes it.
func (s *Site) PublishAgain(q *Request) error {
	if review.IsTrial(q.Ctx()) {
		return nil
	}
	if err := pipeline.AskEdition(q.Ctx(), s.W); err != nil {
		return err
	}
	if s.Hooks.Edition == nil {
		return nil
	}
	select { // searches find the new outcome once it is done
	case <-s.Hooks.Edition():
	case <-q.Ctx().Done():
	case <-time.After(editionWait):
	}
	return nil
}

// TellChange returns to a page, which says what the change of a fact, or a verdict on evidence, led to.
func (s *Site) TellChange(q *Request, back, title string, done *pipeline.Changed) error {
	key := "done.fact-changed"
	if done.Closed {
		key = "done.fact-closed"
	}
	outcome := func(o dossier.Outcome) string { return s.Texts.Say(q.Lang, "outcome."+string(o)) }
	return s.Back(q, back, key, title, rules.Number(done.Before.Points, q.Lang),
		rules.Number(done.After.Points, q.Lang), outcome(done.Before.Outcome), outcome(done.After.Outcome))
}

// nextPath is the page that leads to the next dossier that waits.
const nextPath = "/next"

// Stay returns the page that shows a dossier again after something on it was refused or undone: the page of the
// dossier or of the meeting from which the form was sent, or where the form leads unless that is the next dossier.
func (s *Site) Stay(q *Request, dossier string) string {
	from := s.Referring(q)
	if strings.HasPrefix(from, "/dossiers/") || strings.HasPrefix(from, "/meeting/") {
		return from
	}
	if back := q.Form("back"); back != "" && !strings.HasPrefix(back, nextPath) {
		return back
	}
	return "/dossiers/" + dossier
}
