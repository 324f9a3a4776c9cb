package overview

import (
	"testing"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/store"
)

// entry returns an entry of a list with points of 100.
func entry(points float64, o dossier.Outcome, flags ...string) publish.Entry {
	e := publish.Entry{Points: points, Max: 100, Outcome: o, Field: "economy"}
	for _, code := range flags {
		e.Flags = append(e.Flags, publish.Flag{Code: code})
	}
	return e
}

func TestAHistogramHasEveryEntryOnceInTheBinOfItsPoints(t *testing.T) {
	hidden := entry(90, "")
	hidden.Hidden = true
	f := &publish.File{Entries: []publish.Entry{entry(0, dossier.Ineligible), entry(79.9, dossier.NotRecommended, dossier.FlagBorderline),
		entry(80, dossier.Recommended), entry(100, dossier.Recommended), entry(104, dossier.Recommended), entry(-5, dossier.NeedsReview),
		hidden, {Outcome: dossier.Quarantined}}}
	h := newHistogram(f, 80, 2)
	n := map[int]int{}
	for i, b := range h.Bins {
		if b.All() > 0 {
			n[i] = b.All()
		}
		for _, p := range b.Parts {
			if p.Y < 0 || p.Y+p.H > plotHeight || p.X < b.X || p.X+p.W > b.X+binWidth {
				t.Errorf("bin %d is drawn outside of its column: %+v", i, p)
			}
		}
	}
	if n[0] != 2 || n[15] != 1 || n[16] != 1 || n[19] != 2 || len(n) != 4 {
		t.Errorf("entries by bin: %v", n)
	}
	if h.At != 320 || h.From != 312 || h.Wide != 16 || h.Borderline != 1 {
		t.Errorf("the threshold is at %d, its band from %d over %d, with %d borderline", h.At, h.From, h.Wide, h.Borderline)
	}
	if empty := newHistogram(&publish.File{}, 80, 2); empty.Most != 0 {
		t.Errorf("a list without entries: %+v", empty)
	}
}

func TestStacksCountOutcomesWithoutThoseThatAreHidden(t *testing.T) {
	hidden := entry(90, "")
	hidden.Hidden = true
	f := &publish.File{Entries: []publish.Entry{entry(90, dossier.Recommended), entry(70, dossier.NeedsReview), entry(10, dossier.Ineligible), hidden}}
	s := stacks(f, func(e *publish.Entry) string { return e.Field }, func(id string) string { return id })
	if len(s) != 1 || s[0].Recommended != 1 || s[0].Review != 1 || s[0].Others != 1 || s[0].All != 3 || len(s[0].Parts) != 3 {
		t.Errorf("%+v", s)
	}
}

func TestATimelineHasTheOldestRunFirstAndMarksWhatFailed(t *testing.T) {
	at := time.Date(2024, 5, 1, 2, 0, 0, 0, time.UTC)
	nights := timeline([]store.Run{
		{Number: 3, State: store.RunFailed, Started: at, Finished: at.Add(time.Second)},
		{Number: 2, State: store.RunDone, Started: at, Finished: at.Add(time.Minute), Stages: []store.Stage{{Errors: []string{"x"}}}},
		{Number: 1, State: store.RunDone, Started: at},
	})
	if len(nights) != 3 || nights[0].Number != 1 || nights[0].Of != "fill" || nights[1].Of != "warn" || nights[2].Of != "bad" {
		t.Errorf("%+v", nights)
	}
	for _, n := range nights {
		if n.Y < 0 || n.Y+n.H != nightHeight || n.H < 3 {
			t.Errorf("run %d is drawn at %+v", n.Number, n.part)
		}
	}
}

func TestWhatIsStoredIsCountedOnceInAWhile(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2024, 5, 1, 2, 0, 0, 0, time.UTC)
	var u usage
	if bytes, files, more := u.of(dir, now); bytes != 0 || files != 0 || more {
		t.Errorf("an empty folder: %d bytes in %d files", bytes, files)
	}
	if _, files, _ := u.of("..", now.Add(time.Minute)); files != 0 {
		t.Errorf("counted again after a minute: %d", files)
	}
	if bytes, files, _ := u.of(".", now.Add(usageFor)); bytes == 0 || files == 0 {
		t.Errorf("not counted again: %d bytes in %d files", bytes, files)
	}
}
