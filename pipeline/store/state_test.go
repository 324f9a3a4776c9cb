package store_test

import (
	"errors"
	"testing"
	"time"

	"kheo/pipeline/store"
)

// Values of records of older versions are read: their keys and forms are a format on disk.
func TestStateReadsOlderRecords(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s, ctx := open(), t.Context()
		for key, value := range map[string]string{
			"run asked for": "hoa", "edition asked for": "1", "cancel run": "17 hoa", "takeovers": "hash", "begun after edition": "run1",
			"quarantine a-1": "1", "quarantine đ": "1", "schedule kept since": "2024-11-24T02:00:00+07:00", "operator told of nightly": "2024-11-24T02:00:00Z",
			"anchor mailed": "2024-11-24", "mail hoa": "hoa@example.org", "mail waiting hoa": `{"id":"x"}`, "mail waiting link hoa": `{"id":"y"}`,
			"told hoa": "12", "panel scores to adopt": "1", "published": `{"run":"r"}`, "edition": "not JSON", "edition r": "{}", "last backup": "",
		} {
			if _, err := s.DB.ExecContext(ctx, `INSERT INTO settings (key, value) VALUES (?, ?)`, key, value); err != nil {
				t.Fatal(err)
			}
		}
		st := &s.State
		same(t, "run request", "hoa")(st.RunRequest.Get(ctx))
		same(t, "edition request", true)(st.EditionRequest.Get(ctx))
		same(t, "cancel", store.CancelRequest{Run: 17, By: "hoa"})(st.Cancel.Get(ctx))
		same(t, "takeovers", "hash")(st.Takeovers.Get(ctx))
		same(t, "begun after", "run1")(st.BegunAfter.Get(ctx))
		same(t, "unreadable", map[string]bool{"a-1": true, "đ": true})(st.Unreadable.All(ctx))
		since, err := st.ScheduleSince.Get(ctx)
		if want := time.Date(2024, 11, 23, 19, 0, 0, 0, time.UTC); err != nil || !since.Equal(want) {
			t.Errorf("since %v, %v", since, err)
		}
		alerted, err := st.Alerted.Of("nightly").Get(ctx)
		if want := time.Date(2024, 11, 24, 2, 0, 0, 0, time.UTC); err != nil || !alerted.Equal(want) {
			t.Errorf("alerted %v, %v", alerted, err)
		}
		same(t, "anchor mailed", "2024-11-24")(st.AnchorMailed.Get(ctx))
		same(t, "addresses", map[string]string{"hoa": "hoa@example.org"})(st.Mail.All(ctx))
		same(t, "outbox", []string{"hoa", "link hoa"})(st.Outbox.IDs(ctx))
		same(t, "told", int64(12))(st.SeenEvents.Of("hoa").Get(ctx))
		same(t, "adopt", true)(st.AdoptScores.Get(ctx))
		var doc struct{ Run string }
		same(t, "published", true)(st.Published.Get(ctx, &doc))
		if doc.Run != "r" {
			t.Errorf("%+v", doc)
		}
		if ok, err := st.Listed.Get(ctx, &doc); ok || !errors.Is(err, store.ErrBadDocument) {
			t.Errorf("a document that is not JSON: %v %v", ok, err)
		}
		same(t, "an empty value", false)(st.LastBackup.Get(ctx, &doc))
	})
}

// What is written is read by another process; a zero value and Drop remove the key.
func TestStateComesBack(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s, ctx := open(), t.Context()
		must(t, s.State.Cancel.Set(ctx, store.CancelRequest{Run: 3, By: "hoa"}))
		must(t, s.State.Unreadable.Of("a").Set(ctx, true))
		must(t, s.State.ScheduleSince.Set(ctx, now))
		must(t, s.State.Outbox.Of("hoa").Put(ctx, map[string]string{"id": "x"}))
		must(t, s.State.SeenEvents.Of("hoa").Set(ctx, 7))
		must(t, s.State.SeenEvents.Of("hoa").Set(ctx, 0))
		other := open()
		same(t, "cancel", store.CancelRequest{Run: 3, By: "hoa"})(other.State.Cancel.Get(ctx))
		same(t, "unreadable", map[string]bool{"a": true})(other.State.Unreadable.All(ctx))
		if since, err := other.State.ScheduleSince.Get(ctx); err != nil || !since.Equal(now) {
			t.Errorf("since %v, %v", since, err)
		}
		same(t, "outbox", []string{"hoa"})(other.State.Outbox.IDs(ctx))
		same(t, "told", map[string]int64{})(other.State.SeenEvents.All(ctx))
		must(t, other.State.Unreadable.Of("a").Drop(ctx))
		must(t, other.State.Outbox.Of("hoa").Drop(ctx))
		same(t, "unreadable, dropped", map[string]bool{})(s.State.Unreadable.All(ctx))
		same(t, "outbox, dropped", []string(nil))(s.State.Outbox.IDs(ctx))
	})
}
