package admin

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/strict"
	"kheo/pipeline/publish"
	"kheo/pipeline/trial"
)

// Limits of trying a changed ruleset.
const (
	maxRules = 256 << 10
	tryTime  = 50 * time.Second
)

// trying allows one trial at a time, since a trial assesses every dossier again.
var trying sync.Mutex

// TryPage shows the source of a ruleset in a form.
func (s *Room) TryPage(q *page.Request) error {
	rs := s.site.Ruleset(q.R.PathValue("ruleset"))
	if rs == nil {
		return page.NotFound()
	}
	src, err := s.site.W.Campaign().ReadRules(rs.File)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "try", map[string]any{"Title": rs.Title.In(q.Lang, "en", "vi"),
		"Ruleset": rs.ID, "Text": string(src)})
	return nil
}

// Try shows which dossiers a changed ruleset would move. Nothing is recorded. The text may extend other
// rulesets of the campaign, which are read as they are. If the person is recused from part of the list, both
// lists are compared without that part, and the page says so.
func (s *Room) Try(q *page.Request) error {
	rs := s.site.Ruleset(q.R.PathValue("ruleset"))
	if rs == nil {
		return page.NotFound()
	}
	if err := s.lists.MustHaveScored(q, ""); err != nil { // the text may name another ruleset than the path
		return err
	}
	text := q.R.PostFormValue("text")
	if len(text) > maxRules {
		return page.Refuse(http.StatusRequestEntityTooLarge, "error.too-large")
	}
	if !trying.TryLock() {
		return page.Refuse(http.StatusConflict, "error.trying")
	}
	defer trying.Unlock()
	ctx, cancel := context.WithTimeout(q.Ctx(), tryTime)
	defer cancel()
	data := map[string]any{"Title": rs.Title.In(q.Lang, "en", "vi"), "Ruleset": rs.ID, "Text": text}
	now, then, changes, err := trial.TrySource(ctx, s.site.W, rs.File, []byte(text), s.site.W.Campaign().ReadRules)
	var mistakes strict.Problems
	switch {
	case errors.As(err, &mistakes):
		data["Mistakes"] = mistakes[:min(len(mistakes), 50)]
	case errors.Is(err, context.DeadlineExceeded):
		return page.Refuse(http.StatusServiceUnavailable, "error.try-slow")
	case err != nil:
		data["Failed"] = err.Error()
	default:
		sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
		if err != nil {
			return err
		}
		if seen := s.lists.Apart(now, sees.Recusal); seen != now {
			now, then = seen, s.lists.Apart(then, sees.Recusal)
			changes, data["Apart"] = publish.Diff(now, then), true
		}
		data["Now"], data["Then"], data["Moved"] = now.Counts, then.Counts, len(changes)
		data["Changes"] = changes[:min(len(changes), 2*access.MaxMoved)]
		data["Tried"] = true
	}
	s.site.Render(q, http.StatusOK, "try", data)
	return nil
}
