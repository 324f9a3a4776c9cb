package page

import (
	"context"
	"errors"
	"net/http"

	"kheo/pipeline/review"
)

// Explain returns how an error is told to the person who asks: the status of the answer, a text, and the key or code
// of what is refused, "" without one. What the person cannot act on is logged, without anything of a dossier. Which
// case applies is decided by type, the most specific first. The status is 0 if the client has gone away, which gets
// no answer and no line in the log.
func (s *Site) Explain(q *Request, err error) (status int, text, code string) {
	status, text = http.StatusInternalServerError, s.Texts.Say(q.Lang, "error.internal")
	var p *Problem
	var r *review.Refusal
	var large *http.MaxBytesError
	var tampered *review.TamperError
	switch {
	case errors.As(err, &tampered):
		text = s.Texts.Say(q.Lang, "error.tampered", tampered.Seq)
		s.Log.Error("the audit trail was changed", "event", tampered.Seq, "why", tampered.Why)
		return status, text, ""
	case errors.As(err, &p):
		status, text, code = p.Status, s.Texts.Say(q.Lang, p.Key, p.Args...), p.Key
	case errors.As(err, &r):
		status, text, code = http.StatusConflict, s.Refusal(q.Lang, r), r.Code
	case errors.Is(err, review.ErrCommonPassword):
		status, code = http.StatusBadRequest, "error.common-password"
		text = s.Texts.Say(q.Lang, code)
	case errors.Is(err, review.ErrPassword):
		status, code = http.StatusBadRequest, "error.password"
		text = s.Texts.Say(q.Lang, code)
	case errors.As(err, &large):
		status, code = http.StatusRequestEntityTooLarge, "error.too-large"
		text = s.Texts.Say(q.Lang, code)
	case errors.Is(err, context.Canceled):
		return 0, "", ""
	default:
		s.Log.Error("a page failed", "path", q.R.URL.Path, "error", err.Error())
		return status, text, ""
	}
	s.LogRefused(q, status, code)
	return status, text, code
}
