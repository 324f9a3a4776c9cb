package criteria

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/strict"
	"kheo/pipeline/amend"
	"kheo/pipeline/publish"
	"kheo/pipeline/trial"
	"kheo/rules"
)

// tryTime bounds a trial, which assesses every dossier again.
const tryTime = 50 * time.Second

// tryWait is how long a trial waits for the one before it: a site makes one at a time.
const tryWait = 10 * time.Second

// moves are the kinds of changes that move a dossier: its outcome, its rank or its points. Other words for the same
// points move none.
var moves = []string{"entered", "left", "new", "gone", "moved"}

// tried is what a changed ruleset would do, as far as the person who asks may know.
type tried struct {
	Now, Then    publish.Counts
	Moved        []publish.Change // whose outcome or rank changes; those whose outcome changes first
	Points       []publish.Change // who only gets other points
	Total        int              // of Moved, of which the page shows some
	TotalPoints  int
	Flagged      int  // how many only have other flags
	Worded       int  // how many only have other words for the same
	Apart        bool // the person is recused from some, which are left out
	Held         *trial.Held
	Examples     int
	MissExamples []missed
}

// missed is an example that does not get what it must.
type missed struct {
	Name   string
	Line   int
	Misses []rules.Miss
}

// TryPage shows the text that is tried: the person's draft, or the ruleset in force.
func (s *Room) TryPage(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "try", map[string]any{"Title": w.Title, "Ruleset": w.Ruleset.ID,
		"Text": string(w.Text)})
	return nil
}

// Try shows which dossiers a changed ruleset would move. Nothing is recorded. The text may extend other rulesets of
// the campaign, which are read as they are. If the person is recused from part of the list, both lists are compared
// without that part, and the page says so.
func (s *Room) Try(q *page.Request) error {
	t, err := s.targetOf(q)
	if err != nil {
		return err
	}
	text := q.R.PostFormValue("text")
	if len(text) > amend.MaxBytes {
		return page.Refuse(http.StatusRequestEntityTooLarge, "error.too-large")
	}
	data := map[string]any{"Title": t.Title, "Ruleset": t.Ruleset.ID, "Text": text}
	if err := s.try(q, t, []byte(text), data); err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "try", data)
	return nil
}

// try tries a text, and puts what it would do into the data of a page.
func (s *Room) try(q *page.Request, t *target, text []byte, data map[string]any) error {
	if err := s.lists.MustHaveScored(q, ""); err != nil { // the text may name another ruleset than the path
		return err
	}
	select {
	case s.trying <- struct{}{}:
		defer func() { <-s.trying }()
	case <-time.After(tryWait):
		return page.Refuse(http.StatusConflict, "error.trying")
	case <-q.Ctx().Done():
		return q.Ctx().Err()
	}
	ctx, cancel := context.WithTimeout(q.Ctx(), tryTime)
	defer cancel()
	out, err := s.tried(ctx, q, t, text)
	var mistakes strict.Problems
	switch {
	case errors.As(err, &mistakes):
		data["Mistakes"] = mistakes[:min(len(mistakes), 50)]
	case errors.Is(err, context.DeadlineExceeded):
		return page.Refuse(http.StatusServiceUnavailable, "error.try-slow")
	case err != nil:
		data["Failed"] = s.failure(q, err)
	default:
		data["Tried"] = out
	}
	return nil
}

// tried holds a text against the dossiers, against what people said of evidence, and against its own examples.
func (s *Room) tried(ctx context.Context, q *page.Request, t *target, text []byte) (*tried, error) {
	c := s.site.W.Campaign()
	rs, err := s.load(t, text)
	if err != nil {
		return nil, err
	}
	now, then, changes, err := trial.TrySource(ctx, s.site.W, t.File, text, c.ReadRules)
	if err != nil {
		return nil, err
	}
	out := &tried{}
	sees, err := s.lists.VisibilityOf(ctx, q.Person)
	if err != nil {
		return nil, err
	}
	if seen := s.lists.Apart(now, sees.Recusal); seen != now {
		now, then = seen, s.lists.Apart(then, sees.Recusal)
		changes, out.Apart = publish.Diff(now, then), true
	}
	out.Now, out.Then = now.Counts, then.Counts
	out.sort(changes)
	for _, list := range []*[]publish.Change{&out.Moved, &out.Points} {
		if *list, err = s.lists.InWords(ctx, sees, q.Lang, rs, *list); err != nil {
			return nil, err
		}
	}
	if out.Held, err = trial.Hold(ctx, s.site.W, rs); err != nil {
		return nil, err
	}
	if err := s.withoutRecused(ctx, q, out); err != nil {
		return nil, err
	}
	out.Examples = len(rs.Examples)
	for _, ex := range rs.Examples {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if misses := rs.Check(ex); len(misses) > 0 {
			out.MissExamples = append(out.MissExamples, missed{ex.Name, ex.Line, misses})
		}
	}
	return out, nil
}

// sort takes the changes apart: those whose outcome changes come first, then those with another rank, and those with
// other points only are counted by themselves.
func (t *tried) sort(changes []publish.Change) {
	for _, c := range changes {
		switch {
		case slices.Contains(moves, c.What):
			t.Moved = append(t.Moved, c)
		case c.What == "points":
			t.Points = append(t.Points, c)
		case c.What == "flags":
			t.Flagged++
		default:
			t.Worded++
		}
	}
	slices.SortStableFunc(t.Moved, func(a, b publish.Change) int {
		same := func(c publish.Change) int {
			if c.From == c.To {
				return 1
			}
			return 0
		}
		return same(a) - same(b)
	})
	t.Total, t.TotalPoints = len(t.Moved), len(t.Points)
	t.Moved = t.Moved[:min(t.Total, 2*access.MaxMoved)]
	t.Points = t.Points[:min(t.TotalPoints, access.MaxMoved)]
}

// withoutRecused leaves out contradicted verdicts on dossiers from which the person is recused; the counts are then
// left out as well, because they would reveal them.
func (s *Room) withoutRecused(ctx context.Context, q *page.Request, t *tried) error {
	var ids []string
	for i := range t.Held.Contradicts {
		ids = append(ids, t.Held.Contradicts[i].Dossier)
	}
	recused, err := s.lists.RecusedFrom(ctx, q.Person, ids...)
	if err != nil {
		return err
	}
	t.Held.Contradicts = slices.DeleteFunc(t.Held.Contradicts,
		func(c trial.Contradiction) bool { return recused[c.Dossier] })
	if t.Apart {
		t.Held.Verdicts, t.Held.Agree, t.Held.Uncertain = 0, 0, 0
	}
	return nil
}
