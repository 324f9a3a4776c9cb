package web

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"kheo/internal/strict"
	"kheo/pipeline/publish"
	"kheo/pipeline/trial"
)

// Bounds of trying a changed ruleset.
const (
	mostRules = 256 << 10
	tryTime   = 50 * time.Second
)

// trying lets one ruleset be tried at a time: it assesses everything anew.
var trying sync.Mutex

// tryPage shows a ruleset's text, to be changed and tried.
func (s *Server) tryPage(q *request) error {
	rs := s.ruleset(q.r.PathValue("ruleset"))
	if rs == nil {
		return notFound()
	}
	src, err := s.w.Campaign().ReadRules(rs.File)
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "try", map[string]any{"Title": rs.Title.In(q.lang, "en", "vi"), "Ruleset": rs.ID, "Text": string(src)})
	return nil
}

// try shows whom a changed ruleset would move. Nothing is recorded.
func (s *Server) try(q *request) error {
	rs := s.ruleset(q.r.PathValue("ruleset"))
	if rs == nil {
		return notFound()
	}
	if err := s.mustHaveScored(q, ""); err != nil { // the text may name another ruleset than the path
		return err
	}
	text := q.r.PostFormValue("text")
	if len(text) > mostRules {
		return &problem{http.StatusRequestEntityTooLarge, "error.too-large", nil}
	}
	if !trying.TryLock() {
		return &problem{http.StatusConflict, "error.trying", nil}
	}
	defer trying.Unlock()
	ctx, cancel := context.WithTimeout(q.ctx(), tryTime)
	defer cancel()
	data := map[string]any{"Title": rs.Title.In(q.lang, "en", "vi"), "Ruleset": rs.ID, "Text": text}
	now, then, changes, err := trial.TrySource(ctx, s.w, rs.File, []byte(text), s.w.Campaign().ReadRules)
	var mistakes strict.Problems
	switch {
	case errors.As(err, &mistakes):
		data["Mistakes"] = mistakes[:min(len(mistakes), 50)]
	case errors.Is(err, context.DeadlineExceeded):
		return &problem{http.StatusServiceUnavailable, "error.try-slow", nil}
	case err != nil:
		data["Failed"] = err.Error()
	default:
		sees, err := s.visibilityOf(q.ctx(), q.person)
		if err != nil {
			return err
		}
		if seen := s.apart(now, sees.recusal); seen != now {
			now, then = seen, s.apart(then, sees.recusal)
			changes, data["Apart"] = publish.Diff(now, then), true
		}
		data["Now"], data["Then"], data["Moved"], data["Changes"] = now.Counts, then.Counts, len(changes), changes[:min(len(changes), 2*mostMoved)]
		data["Tried"] = true
	}
	s.render(q, http.StatusOK, "try", data)
	return nil
}
