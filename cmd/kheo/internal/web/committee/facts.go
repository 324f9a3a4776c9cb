package committee

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/review"
	"kheo/rules"
)

// Fact records what a person states of a fact: a value that was written or chosen among the readings, that no
// paper states it, or that what was read counts again. Like every action on a dossier it is refused if others
// acted on it since the page was made, until the person has seen that.
func (s *Room) Fact(q *page.Request) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	if d.Tie != nil { // before anything is compared with papers that the person must not know
		return &review.Refusal{Code: "aside", Why: d.Tie.Reason}
	}
	if err := s.unchanged(q, d); err != nil {
		return err
	}
	b, err := pipeline.NewBench(q.Ctx(), s.site.W, d.ID)
	if errors.Is(err, pipeline.ErrUnassessed) || err == nil && b.Ruleset == nil {
		return page.NotFound()
	}
	if err != nil {
		return err
	}
	c, err := factChange(q, b.Ruleset)
	first := !slices.ContainsFunc(b.Corrections, func(x dossier.Correction) bool { return x.Fact == c.Fact })
	var done *pipeline.Changed
	if err == nil {
		done, err = b.Correct(q.Ctx(), s.site.W, c)
	}
	var wrong *rules.ValueError
	if errors.As(err, &wrong) {
		return refuseValue(wrong)
	}
	if err != nil {
		return err
	}
	if err := s.site.PublishAgain(q); err != nil {
		return err
	}
	back := q.From("/dossiers/" + d.ID)
	if first { // undoing a later one would bring back what was read, and not what was stated before
		s.site.Undoable(q, "/dossiers/"+d.ID+"/fact",
			url.Values{"fact": {c.Fact}, "action": {"restore"}, "back": {back}})
	}
	title := b.Ruleset.FactTitle(c.Fact).In(q.Lang, "en", "vi")
	if d.Entry == nil || d.Entry.Hidden { // the points must not be known yet
		return s.site.Back(q, back, "done.fact", title)
	}
	return s.site.TellChange(q, back, title, done)
}

// factChange reads the form of a correction. A reading that was chosen comes as JSON, null for a fact that no
// paper states; whether it is a value of the fact is checked like any other.
func factChange(q *page.Request, rs *rules.Ruleset) (c pipeline.FactChange, err error) {
	c = pipeline.FactChange{Action: review.FactSet, Fact: q.Form("fact"), Why: q.Form("reason"),
		Person: q.Person.ID, Document: q.Form("document"), Quote: q.Form("quote")}
	if at := q.Form("page"); at != "" && c.Document != "" {
		if c.Page, err = strconv.Atoi(at); err != nil || c.Page < 1 {
			return c, page.Refuse(http.StatusBadRequest, "fact-error.page", at)
		}
	}
	reading, chosen := q.R.PostForm["reading"]
	switch {
	case q.Form("action") == "restore":
		c.Action = review.FactRestored
	case q.Form("action") == "reject":
		c.Action = review.FactRejected
	case chosen && len(reading) == 1:
		if err := json.Unmarshal([]byte(reading[0]), &c.Value); err != nil {
			return c, page.Refuse(http.StatusBadRequest, "error.form")
		}
		if c.Value == nil {
			c.Action = review.FactRejected
		}
	default:
		c.Value, err = rs.ParseFact(c.Fact, q.Form("value"), q.Lang)
	}
	return c, err
}

// refuseValue says why a value or a place cannot be taken.
func refuseValue(e *rules.ValueError) error {
	args := make([]any, len(e.Args))
	for i, a := range e.Args {
		args[i] = fmt.Sprint(a)
	}
	return page.Refuse(http.StatusBadRequest, "fact-error."+e.Code, args...)
}
