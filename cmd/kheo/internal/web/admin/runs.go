package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline"
	"kheo/pipeline/store"
)

// Runs shows the newest runs of the ledger.
func (s *Room) Runs(q *page.Request) error {
	runs, err := s.site.W.Store.Runs.Newest(q.Ctx(), 60)
	if err != nil {
		return err
	}
	if page.WantsSheet(q) {
		t := page.Table{Head: []string{"run", "started", "cause", "state", "stages"}, Widths: []float64{8,
			22, 16, 30, 80}}
		for _, r := range runs {
			var stages []string
			for _, x := range r.Stages {
				stages = append(stages, fmt.Sprint(s.site.Texts.StageName(q.Lang, x.Name), " ", x.Done))
			}
			t.Rows = append(t.Rows, []any{r.Number, page.When(q.Lang, r.Started.Format(time.RFC3339),
				s.site.W.Campaign().Location), s.site.CauseName(q.Lang, r.Cause),
				strings.TrimSpace(s.site.Texts.Say(q.Lang, "run-state."+r.State) + " " + r.Error),
				strings.Join(stages, ", ")})
		}
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "nav.runs"), t)
	}
	running, err := pipeline.Running(q.Ctx(), s.site.W)
	if err != nil && !errors.Is(err, pipeline.ErrIdle) {
		return err
	}
	data := map[string]any{"Runs": rowsOf(runs), "Running": running, "CanStart": s.site.Hooks.Start != nil}
	if running != nil {
		data["Since"] = max(0, s.site.W.Now().Sub(running.Started).Seconds())
	}
	s.site.Render(q, http.StatusOK, "runs", data)
	return nil
}

// runRow is a run with how long it took and how many errors it met.
type runRow struct {
	store.Run
	Seconds float64
	Errors  int
}

// rowsOf counts what a table of runs shows.
func rowsOf(runs []store.Run) []runRow {
	out := make([]runRow, len(runs))
	for i, r := range runs {
		out[i].Run = r
		if !r.Finished.IsZero() {
			out[i].Seconds = max(0, r.Finished.Sub(r.Started).Seconds())
		}
		for _, st := range r.Stages {
			out[i].Errors += len(st.Errors)
		}
	}
	return out
}

// StartRun starts a run. Two requests at once may both pass the check; the lock of the workspace lets one of
// the runs begin.
func (s *Room) StartRun(q *page.Request) error {
	if s.site.Hooks.Start == nil {
		return page.NotFound()
	}
	if _, err := pipeline.Running(q.Ctx(), s.site.W); !errors.Is(err, pipeline.ErrIdle) {
		if err == nil {
			err = page.Refuse(http.StatusConflict, "error.running")
		}
		return err
	}
	if err := s.site.Hooks.Start(q.Person.ID); err != nil {
		return err
	}
	return s.site.Back(q, "/runs", "done.started")
}

// CancelRun asks the active run to stop.
func (s *Room) CancelRun(q *page.Request) error {
	_, err := pipeline.CancelRun(q.Ctx(), s.site.W, q.Person.ID)
	if errors.Is(err, pipeline.ErrIdle) {
		return page.Refuse(http.StatusConflict, "error.idle")
	}
	if err != nil {
		return err
	}
	return s.site.Back(q, "/runs", "done.cancelled")
}

// Rules shows a ruleset as prose.
func (s *Room) Rules(q *page.Request) error {
	rs := s.site.Ruleset(q.R.PathValue("ruleset"))
	if rs == nil {
		return page.NotFound()
	}
	s.site.Render(q, http.StatusOK, "rules", map[string]any{"Title": rs.Title.In(q.Lang, "en", "vi"),
		"Prose": page.Prose(rs.Explain(q.Lang, false)), "Version": rs.Version, "SHA256": rs.SHA256, "Ruleset": rs.ID})
	return nil
}
