package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/schedule"
	"kheo/pipeline/store"
)

// A run that is cancelled by another person, or not done at its deadline, ends soon, says why in
// the ledger, and the next one comes to what an undisturbed one comes to.
func TestARunIsCancelled(t *testing.T) {
	t.Parallel()
	whole, _ := testspace.Run(t, 8)
	want := published(t, whole)
	for name, end := range map[string]func(t *testing.T, dir string) pipeline.Options{
		"cancelled by hoa": func(t *testing.T, dir string) pipeline.Options {
			other := open(t, dir)
			if _, err := pipeline.CancelRun(t.Context(), other, "hoa"); !errors.Is(err, pipeline.ErrIdle) {
				t.Errorf("nothing to cancel: %v", err)
			}
			go func() {
				for range 200 {
					if _, err := pipeline.CancelRun(context.Background(), other, "hoa"); err == nil {
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
			}()
			return pipeline.Options{Cause: "night"}
		},
		"its deadline": func(*testing.T, string) pipeline.Options {
			return pipeline.Options{Cause: "night", Deadline: 300 * time.Millisecond}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			testspace.Sample(t, dir, testspace.EveryNth(t, 8)) // OCR takes seconds
			w := open(t, dir)
			opts := end(t, dir)
			begin := time.Now()
			_, err := pipeline.Run(t.Context(), w, opts)
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Fatalf("after %v: %v", time.Since(begin), err)
			}
			runs, err := w.Store.Runs.Newest(t.Context(), 1)
			if err != nil || runs[0].State != store.RunFailed || !strings.Contains(runs[0].Error, name) {
				t.Errorf("%+v %v", runs, err)
			}
			testspace.ShareOCR(t, dir)
			run(t, dir)
			sameLists(t, want, published(t, dir))
		})
	}
}

// What is due next is told in the campaign's timezone, with what came of it last.
func TestUpcoming(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	testspace.Sample(t, dir, func(string) bool { return false })
	w := open(t, dir)
	w.Now = func() time.Time { return time.Date(2024, 6, 1, 20, 0, 0, 0, time.UTC) } // 3:00 in Vietnam
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "nightly"}); err != nil {
		t.Fatal(err)
	}
	list, err := schedule.Upcoming(t.Context(), w, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if x.Job != "nightly" {
			continue
		}
		if len(x.Times) != 2 || x.Times[0].Format("2006-01-02 15:04 -07") != "2024-06-03 02:00 +07" || x.Last == nil || x.Last.State != store.RunDone {
			t.Errorf("%+v", x)
		}
		return
	}
	t.Error("no nightly run")
}
