package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/internal/blobs"
	"kheo/internal/dossier"
	"kheo/pipeline/store"
	"kheo/pipeline/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var now = time.Date(2024, 11, 24, 2, 0, 0, 0, time.UTC)

// onBoth runs a test on SQLite and on PostgreSQL. open opens the same store once more, as
// another machine would.
func onBoth(t *testing.T, test func(t *testing.T, open func() *store.Store)) {
	t.Run("sqlite", func(t *testing.T) { test(t, opener(t, filepath.Join(t.TempDir(), "kheo.db"))) })
	t.Run("postgres", func(t *testing.T) { test(t, opener(t, storetest.Postgres(t))) })
}

func opener(t *testing.T, at string) func() *store.Store {
	blobs := t.TempDir()
	return func() *store.Store {
		t.Helper()
		s, err := store.Open(t.Context(), at, blobs)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
}

// squeezed is what PutList takes.
func squeezed(s string) *store.Compressor {
	var z store.Compressor
	z.Write([]byte(s))
	return &z
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// same fails where what was got, with no error, is not what was wanted.
func same[T any](t *testing.T, what string, want T) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v (%v), not %+v", what, got, err, want)
		}
	}
}

func accept(t *testing.T, s *store.Store, id string, names ...string) *store.Accepted {
	t.Helper()
	a := &store.Accepted{ID: id, Name: id + " Đại Lộc", Manifest: dossier.Manifest{Kind: "model", Unit: "dai-hiep"}, ReceivedAt: now}
	for _, n := range names {
		sha, size, err := s.Blobs.Put(t.Context(), strings.NewReader("text of "+n), 1<<20)
		must(t, err)
		a.Files = append(a.Files, store.File{Name: n, SHA256: sha, Size: size})
	}
	must2(t)(s.Dossiers.Accept(t.Context(), a))
	return a
}

func must2(t *testing.T) func(bool, error) {
	return func(_ bool, err error) { t.Helper(); must(t, err) }
}

// What is kept comes back as it was, in the order of bytes, from this and from another machine.
func TestRecordsComeBack(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s, ctx := open(), t.Context()
		for _, id := range []string{"b", "a-1", "a", "đ", "Z", "é"} {
			accept(t, s, id, "x.txt", "Báo cáo.txt")
		}
		other := open()
		all, err := other.Dossiers.All(ctx)
		must(t, err)
		var ids []string
		for _, a := range all {
			ids = append(ids, a.ID)
		}
		if want := slices.Sorted(slices.Values(ids)); !slices.Equal(ids, want) || len(ids) != 6 {
			t.Errorf("dossiers in the order %q, not %q", ids, want)
		}
		a, err := other.Dossiers.Get(ctx, "a")
		must(t, err)
		if a.Name != "a Đại Lộc" || len(a.Files) != 2 || a.Files[0].Name != "Báo cáo.txt" || a.Manifest.Unit != "dai-hiep" || !a.ReceivedAt.Equal(now) {
			t.Errorf("%+v", a)
		}
		b, err := other.Blobs.Read(ctx, a.Files[0].SHA256)
		if err != nil || string(b) != "text of Báo cáo.txt" {
			t.Errorf("%q %v", b, err)
		}

		unread, err := s.Readings.Unread(ctx, "r1", false)
		must(t, err)
		if len(unread) != 2 {
			t.Errorf("%d files to be read", len(unread))
		}
		res := dossier.Reading{Type: "application/pdf", Pages: []dossier.Page{{Number: 1, Text: "Số hộ \x00 \"120\"", Quality: 0.5}}, Scans: []int{1}, Flags: []string{"needs-ocr"}}
		must(t, s.Readings.Put(ctx, "r1", map[string]dossier.Reading{unread[0]: res, unread[1]: {Error: dossier.NeedsOffice}}))
		same(t, "unread without LibreOffice", []string(nil))(s.Readings.Unread(ctx, "r1", false))
		same(t, "unread with it", []string{unread[1]})(s.Readings.Unread(ctx, "r1", true))
		same(t, "unread by another reader", unread)(s.Readings.Unread(ctx, "r2", true))
		same(t, "unscanned", []store.PageImage{{SHA256: unread[0], Page: 1}})(s.Readings.WithoutOCR(ctx, "r1", "t1"))
		state, err := s.Readings.States(ctx, "r1")
		must(t, err)
		if state[unread[0]] != "|;" || state[unread[1]] != "office|;" {
			t.Errorf("%q", state)
		}
		must(t, s.Readings.PutOCR(ctx, store.PageImage{SHA256: unread[0], Page: 1}, "t1", dossier.OCRPage{Text: "Số hộ: 120", Quality: 0.9}))
		same(t, "unscanned, once scanned", []store.PageImage{})(s.Readings.WithoutOCR(ctx, "r1", "t1"))
		state, err = other.Readings.States(ctx, "r1")
		must(t, err)
		if state[unread[0]] != "|t1;" {
			t.Errorf("%q", state)
		}
		packed, err := other.Readings.Packed(ctx, []string{unread[0], "none"}, "r1")
		must(t, err)
		if back, err := packed[unread[0]].Unpack(); err != nil || len(packed) != 1 || !reflect.DeepEqual(back, res) {
			t.Errorf("%+v %v", back, err)
		}

		must(t, s.Profiles.Put(ctx, map[string]store.Profile{"a": {ProfileHead: store.ProfileHead{Key: "k", Kind: "model", Level: "district"}, Identity: dossier.Identity{Title: "Tiếng kẻng"}}}))
		as := &dossier.Assessment{Dossier: "a", Ruleset: "m", Title: "Tiếng kẻng", Points: 87.5, Papers: []string{"form", "report"}}
		must(t, s.Assessments.Put(ctx, []store.Keyed{{Key: "k1", Assessment: as}}))
		must(t, s.Assessments.Put(ctx, []store.Keyed{{Key: "k2", Assessment: as}}))
		same(t, "keys", map[string]string{"a": "k2"})(other.Assessments.Keys(ctx))
		got, err := other.Assessments.Get(ctx, "a")
		must(t, err)
		if got == nil || got.Points != 87.5 {
			t.Errorf("%+v", got)
		}
		known, err := other.Register.Known(ctx)
		must(t, err)
		if k := known["a"]; k.Identity.Title != "Tiếng kẻng" || !slices.Equal(k.Papers, []string{"form", "report"}) {
			t.Errorf("%+v", known)
		}
		points := 7.5
		score := store.ScoreRow{Dossier: "a", Criterion: "c", Scorer: "hoa", Points: &points, At: "2024-11-24T02:00:00Z", Seq: 3}
		must(t, s.Scores.Put(ctx, []store.ScoreRow{score}))
		scores, err := other.Scores.All(ctx)
		must(t, err)
		if len(scores) != 1 || *scores[0].Points != 7.5 || scores[0].Seq != 3 {
			t.Errorf("%+v", scores)
		}
		must(t, s.Lists.Put(ctx, "run1", "m", squeezed(`{"x":1}`)))
		long := strings.Repeat(`{"tên": "Tiếng kẻng an ninh"}`, 100_000) // more than one part
		must(t, s.Lists.Put(ctx, "run1", "n", squeezed(long)))
		same(t, "a list", []byte(`{"x":1}`))(other.Lists.Get(ctx, "run1", "m"))
		if got, err := other.Lists.Get(ctx, "run1", "n"); err != nil || string(got) != long {
			t.Errorf("a long list came back as %d bytes, not %d (%v)", len(got), len(long), err)
		}
		same(t, "lists", []string{"m", "n"})(other.Lists.Rulesets(ctx, "run1"))
		must(t, s.Index.Put(ctx, []dossier.IndexEntry{{Dossier: &dossier.Dossier{ID: "a"}, Key: "i1", Title: "Tiếng kẻng"}}, nil, "state1"))
		same(t, "index keys", map[string]string{"a": "i1"})(other.Index.Keys(ctx))
		same(t, "index state", "state1")(other.Index.State(ctx))
		must(t, s.Searches.Save(ctx, "hoa", store.SavedSearch{Name: "an ninh", Query: "an ninh"}, now))
		saved, err := other.Searches.Of(ctx, "hoa")
		must(t, err)
		if len(saved) != 1 || saved[0].Query != "an ninh" {
			t.Errorf("%+v", saved)
		}
		must(t, s.Register.PutSearched(ctx, []store.Searched{{Dossier: "a", Title: "x", Key: "y"}}))
		same(t, "scanned", []store.Submission{{store.Searched{Dossier: "a", Title: "x", Key: "y"}, "k"}})(other.Register.Submissions(ctx, []string{"model"}))
		must(t, s.Drafts.Set(ctx, "hoa", "comment a", "half", now))
		same(t, "who is writing", []string{"hoa"})(other.Drafts.Writers(ctx, "comment a", "mai", now.Add(-time.Minute)))
		same(t, "who was writing", []string(nil))(other.Drafts.Writers(ctx, "comment a", "mai", now.Add(time.Minute)))
		must(t, s.Sessions.Begin(ctx, "t", "hoa", []byte("data"), now.Add(time.Hour), now))
		same(t, "a session", []byte("data"))(other.Sessions.Get(ctx, "t", now))
		same(t, "a session that is over", []byte(nil))(other.Sessions.Get(ctx, "t", now.Add(2*time.Hour)))
		must(t, s.People.SetPassword(ctx, "hoa", "p"))
		same(t, "a password", "p")(other.People.Password(ctx, "hoa"))
		same(t, "a session that a new password ended", []byte(nil))(other.Sessions.Get(ctx, "t", now))
	})
}

// Runs are numbered in order, and one that was killed is marked as such by the next.
func TestTheLedger(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s, ctx := open(), t.Context()
		first, err := s.Runs.Begin(ctx, "nightly", "v1", now)
		must(t, err)
		second, err := open().Runs.Begin(ctx, "nightly", "v1", now.Add(time.Hour))
		must(t, err)
		second.Run, second.State, second.Finished = "abc", store.RunDone, now.Add(2*time.Hour)
		second.Stages = []store.Stage{{Name: "read", Total: 3, Done: 2, Errors: []string{}}}
		must(t, s.Runs.Save(ctx, second))
		runs, err := s.Runs.Newest(ctx, 10)
		must(t, err)
		if len(runs) != 2 || runs[0].Number <= first.Number || runs[0].Run != "abc" || runs[0].Stages[0].Done != 2 || runs[1].State != store.RunInterrupted || !runs[0].Started.Equal(now.Add(time.Hour)) {
			t.Errorf("%+v", runs)
		}
		same(t, "the newest that published", "abc")(s.Runs.Latest(ctx))
	})
}

// Events that several machines add at once are in one chain: none is lost, none twice; and
// no one changes or removes one, not by the database either.
func TestEventsFromSeveralMachines(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		const machines, each = 4, 25
		first := open() // prepares the records
		var group sync.WaitGroup
		errs := make(chan error, machines)
		for m := range machines {
			s := open()
			group.Go(func() {
				seq := int64(0)
				for i := range each {
					err := s.Events.Append(context.Background(), seq, func(newer []store.EventRow) ([]store.EventRow, error) {
						for _, e := range newer {
							if e.Seq != seq+1 {
								return nil, fmt.Errorf("event %d follows %d", e.Seq, seq)
							}
							seq = e.Seq
						}
						return []store.EventRow{{Seq: seq + 1, Body: fmt.Sprint(m, " ", i), Hash: fmt.Sprint(m, " ", i)}}, nil
					})
					if err != nil {
						errs <- err
						return
					}
					seq++
				}
			})
		}
		group.Wait()
		close(errs)
		for err := range errs {
			t.Error(err)
		}
		all, err := first.Events.After(t.Context(), 0)
		must(t, err)
		once := map[string]bool{}
		for i, e := range all {
			if e.Seq != int64(i+1) || once[e.Body] {
				t.Fatalf("event %d is %+v", i+1, e)
			}
			once[e.Body] = true
		}
		if len(all) != machines*each {
			t.Errorf("%d events", len(all))
		}
		for _, q := range []string{`UPDATE events SET body = 'x'`, `DELETE FROM events`} {
			if _, err := first.DB.Exec(q); err == nil {
				t.Errorf("%s was done", q)
			}
		}
		if n, err := first.Events.After(t.Context(), 0); err != nil || len(n) != len(all) {
			t.Errorf("%d events %v", len(n), err)
		}
	})
}

// One process at a time, on whichever machine, holds a lease; it ends with its connection, and
// a holder that misses its heartbeat for too long loses it.
func TestTheLeaseOfSeveralMachines(t *testing.T) {
	open := opener(t, storetest.Postgres(t))
	a, b := open(), open()
	take := func(s *store.Store, name string) *store.Lease {
		t.Helper()
		l, err := s.Workers.Lease(t.Context(), name)
		must(t, err)
		return l
	}
	first := take(a, "run")
	if first == nil {
		t.Fatal("nobody holds it, and it is not given")
	}
	if take(b, "run") != nil {
		t.Error("a second holder")
	}
	if other := take(b, "another"); other == nil {
		t.Error("another lease is not given")
	} else {
		other.Release()
	}
	first.Release()
	second := take(b, "run")
	if second == nil {
		t.Fatal("it was given back, and is not given")
	}
	defer second.Release()
	if host, err := a.Workers.LeaseHolder(t.Context(), "run"); err != nil || host == "" {
		t.Errorf("held by %q, %v", host, err)
	}
	_, err := a.DB.ExecContext(t.Context(), `UPDATE leases SET seen = seen - interval '1 hour'`)
	must(t, err)
	var third *store.Lease
	for end := time.Now().Add(20 * time.Second); third == nil && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		third = take(a, "run")
		a.DB.ExecContext(t.Context(), `UPDATE leases SET seen = seen - interval '1 hour' WHERE host <> ''`)
	}
	if third == nil {
		t.Fatal("the silent one still holds it")
	}
	defer third.Release()
	select {
	case <-second.Lost():
	case <-time.After(20 * time.Second):
		t.Error("the silent one was not told")
	}
}

// A batch that a living machine took and does not do any more goes to others; one that it does
// stays its own.
func TestABatchIsDisowned(t *testing.T) {
	s := opener(t, storetest.Postgres(t))()
	if _, err := s.DB.ExecContext(t.Context(), `INSERT INTO river_job (id, args, kind, max_attempts, queue, state, attempt, attempted_at, attempted_by)
		SELECT n, '{}', 'batch', 3, 'q', 'running', 1, now() - interval '1 minute', ARRAY[CASE WHEN n = 3 THEN 'other' ELSE 'me' END] FROM generate_series(1, 3) n`); err != nil {
		t.Fatal(err)
	}
	must(t, s.Batches.RescueOwn(t.Context(), "me", []int64{2}))
	var freed string
	must(t, s.DB.QueryRowContext(t.Context(), `SELECT string_agg(id::text, ',') FROM river_job WHERE state = 'available'`).Scan(&freed))
	if freed != "1" {
		t.Errorf("freed: %s", freed)
	}
}

// What a run that is over writes, because its machine was frozen, changes nothing.
func TestARunThatIsOverWritesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		old, err := s.Runs.Begin(t.Context(), "nightly", "v", time.Unix(1e9, 0))
		must(t, err)
		stale := store.ForRun(t.Context(), old.Number)
		must(t, s.Copies.Replace(stale, "first", nil))
		_, err = s.Runs.Begin(t.Context(), "nightly", "v", time.Unix(1e9, 0))
		must(t, err)
		if err := s.Copies.Replace(stale, "second", nil); !errors.Is(err, store.ErrRunOver) {
			t.Errorf("written: %v", err)
		}
		old.State = store.RunDone
		if err := s.Runs.Save(stale, old); !errors.Is(err, store.ErrRunOver) {
			t.Errorf("saved: %v", err)
		}
		same(t, "copies", "first")(s.Copies.Key(t.Context()))
	})
}

// A store that a newer kheo made is refused, with a clear word.
func TestANewerStoreIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		if _, err := s.DB.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, ?)`, true); err != nil {
			t.Fatal(err)
		}
		err := s.Prepare(t.Context())
		if err == nil || !strings.Contains(err.Error(), "newer kheo") {
			t.Errorf("%v", err)
		}
	})
}

// Large files are refused, whole ones are kept once.
func TestBlobs(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		if _, _, err := s.Blobs.Put(t.Context(), strings.NewReader("12345"), 4); !errors.Is(err, blobs.ErrTooLarge) {
			t.Errorf("%v", err)
		}
		a, n, err := s.Blobs.Put(t.Context(), strings.NewReader("1234"), 4)
		must(t, err)
		b, _, err := s.Blobs.Put(t.Context(), strings.NewReader("1234"), 4)
		if err != nil || a != b || n != 4 {
			t.Errorf("%s %s %d %v", a, b, n, err)
		}
	})
}

// Records move to PostgreSQL and back, and are the same.
func TestRecordsMove(t *testing.T) {
	here, there, back := opener(t, filepath.Join(t.TempDir(), "kheo.db"))(), opener(t, storetest.Postgres(t))(), opener(t, filepath.Join(t.TempDir(), "kheo.db"))()
	ctx := t.Context()
	for i := range 30 {
		accept(t, here, fmt.Sprint("d", i), "x.txt", "đ.txt")
	}
	must(t, here.Readings.Put(ctx, "r1", map[string]dossier.Reading{"s1": {Type: "x", Pages: []dossier.Page{{Number: 1, Text: "\x00\n"}}}, "s2": {}}))
	points := 0.1
	must(t, here.Scores.Put(ctx, []store.ScoreRow{{Dossier: "d1", Criterion: "c", Scorer: "Hoa", Points: &points, At: "x", Seq: 1}, {Dossier: "d1", Criterion: "c", Scorer: "Hoa", At: "x", Seq: 2}}))
	_, err := here.Runs.Begin(ctx, "a", "v", now)
	must(t, err)
	must(t, here.Events.Append(ctx, 0, func([]store.EventRow) ([]store.EventRow, error) {
		return []store.EventRow{{Seq: 1, Body: `{"a":"đ"}`, Hash: "h1"}, {Seq: 2, Body: `{}`, Hash: "h2"}}, nil
	}))
	want, err := here.Digest(ctx)
	must(t, err)
	for _, step := range [][2]*store.Store{{here, there}, {there, back}} {
		got, err := step[0].CopyTo(ctx, step[1])
		must(t, err)
		if !reflect.DeepEqual(got, want) || got.Tables["dossiers"] != 30 || got.Tables["events"] != 2 {
			t.Fatalf("%+v, not %+v", got, want)
		}
	}
	if got, err := here.CopyTo(ctx, back); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the same records are there, and copying fails: %v", err)
	}
	must(t, here.State.Takeovers.Set(ctx, "another"))
	if _, err := here.CopyTo(ctx, back); err == nil || !strings.Contains(err.Error(), "other records already") {
		t.Errorf("copied over records: %v", err)
	}
	for _, s := range []*store.Store{there, back} { // what counts up goes on behind what was copied
		r, err := s.Runs.Begin(ctx, "b", "v", now)
		must(t, err)
		if r.Number != 2 {
			t.Errorf("the next run is %d", r.Number)
		}
	}
}

// Deliveries are recorded with the version that they make, copied with the other records, and
// forgotten with their dossier. A dossier that an older kheo recorded has none.
func TestDeliveries(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s, ctx := open(), t.Context()
		deliver := func(entry string, whole bool, names ...string) {
			t.Helper()
			a := &store.Accepted{ID: "a", Name: "a", ReceivedAt: now}
			for _, n := range names {
				a.Files = append(a.Files, store.File{Name: n, SHA256: strings.Repeat("0", 63) + n[:1], Size: 1})
			}
			must2(t)(s.Dossiers.Deliver(ctx, a, &store.Delivery{Entry: entry, Whole: whole}))
		}
		deliver("a", false, "1.txt", "2.txt")
		deliver("a.zip", false, "3.txt")
		deliver("a", false, "2.txt") // nothing new
		deliver("a", true, "2.txt")
		all, err := s.Dossiers.Deliveries(ctx, "a")
		must(t, err)
		want := []store.Delivery{
			{Entry: "a", At: now, Version: 1, Changes: store.Changes{Added: []string{"1.txt", "2.txt"}}},
			{Entry: "a.zip", At: now, Version: 2, Changes: store.Changes{Added: []string{"3.txt"}, Kept: []string{"1.txt", "2.txt"}}},
			{Entry: "a", At: now, Version: 3, Whole: true, Changes: store.Changes{Same: []string{"2.txt"}, Removed: []string{"1.txt", "3.txt"}}},
		}
		if !reflect.DeepEqual(all, want) {
			t.Errorf("%+v, not %+v", all, want)
		}
		if _, err := s.DB.ExecContext(ctx, `DELETE FROM deliveries WHERE version < 3`); err != nil { // as an older kheo left it
			t.Fatal(err)
		}
		if all, err = s.Dossiers.Deliveries(ctx, "a"); err != nil || len(all) != 1 || all[0].Version != 3 {
			t.Errorf("%+v %v", all, err)
		}
		copied, err := store.Open(ctx, filepath.Join(t.TempDir(), "kheo.db"), t.TempDir())
		must(t, err)
		defer copied.Close()
		_, err = s.CopyTo(ctx, copied)
		must(t, err)
		same(t, "copied", all)(copied.Dossiers.Deliveries(ctx, "a"))
		_, err = s.Dossiers.Forget(ctx, "a")
		must(t, err)
		same(t, "forgotten", []store.Delivery(nil))(s.Dossiers.Deliveries(ctx, "a"))
	})
}

// How many dossiers are not listed yet is right after each change, although it is counted only if something changed.
func TestUnlistedFollowsEveryChange(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s, ctx := open(), t.Context()
		is := func(want int, after string) {
			t.Helper()
			for range 2 {
				if n, err := s.Dossiers.Unlisted(ctx); err != nil || n != want {
					t.Errorf("%d after %s (%v), not %d", n, after, err, want)
				}
			}
		}
		is(0, "nothing")
		accept(t, s, "a", "x.txt")
		accept(t, s, "b", "y.txt")
		is(2, "two were taken in")
		entry := dossier.IndexEntry{Key: "k", Dossier: &dossier.Dossier{ID: "b"}}
		must(t, s.Index.Put(ctx, []dossier.IndexEntry{entry}, nil, "state 1"))
		is(1, "one was indexed")
		_, err := s.Dossiers.Forget(ctx, "b")
		must(t, err)
		accept(t, s, "c", "z.txt") // as many as before
		is(2, "another one took the place of the indexed one")
		must(t, s.Index.Put(ctx, nil, []string{"b"}, "state 2"))
		is(2, "the index was cleared")
	})
}
