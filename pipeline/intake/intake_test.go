package intake_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/store"
	"kheo/pipeline/store/storetest"
	"kheo/rules"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	os.Exit(storetest.Main(m))
}

func taker(t *testing.T) *intake.Ingester {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), storetest.Records(t), filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	pool := extract.NewPool(1, time.Minute)
	t.Cleanup(pool.Close)
	inbox := filepath.Join(dir, "inbox")
	if err := os.Mkdir(inbox, 0o755); err != nil {
		t.Fatal(err)
	}
	return &intake.Ingester{Inbox: inbox, Quarantine: filepath.Join(dir, "quarantine"), Store: s, Pool: pool,
		Env: env(), Now: time.Now}
}

func env() *rules.Env {
	return &rules.Env{Languages: []string{"en"}, Kinds: []rules.Named{{ID: "model"}}}
}

func accepted(t *testing.T, k *intake.Ingester) []store.Accepted {
	t.Helper()
	all, err := k.Store.Dossiers.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A file that is written to while it is read is not taken in by halves: it stays, and is taken
// when it is whole.
func TestAFileThatGrowsWhileItIsRead(t *testing.T) {
	k := taker(t)
	path := filepath.Join(k.Inbox, "report.txt")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	stopped := make(chan struct{})
	f.Write(make([]byte, 64<<20)) // long enough to read for it to grow meanwhile
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				f.WriteString("more\n")
				time.Sleep(time.Millisecond)
			}
		}
	}()
	for range 3 {
		if _, err := k.Ingest(t.Context(), intake.Entry{Name: "report.txt"}); !errors.Is(err,
			intake.ErrChanging) {
			t.Errorf("taken while it was written: %v", err)
		}
	}
	close(stop)
	<-stopped
	f.Close()
	if n := len(accepted(t, k)); n != 0 {
		t.Errorf("%d dossiers of half a file", n)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Ingest(t.Context(), intake.Entry{Name: "report.txt"}); err != nil {
		t.Fatal(err)
	}
	all := accepted(t, k)
	if len(all) != 1 || all[0].Version != 1 || all[0].Files[0].Size != info.Size() {
		t.Errorf("%+v", all)
	}
}

// An inbox that does not answer holds no one up, and what comes of it later records nothing.
func TestAnInboxThatStalls(t *testing.T) {
	k := taker(t)
	path := filepath.Join(k.Inbox, "report.txt")
	if err := os.WriteFile(path, []byte("whole"), 0o644); err != nil {
		t.Fatal(err)
	}
	answers := make(chan struct{})
	back := make(chan error, 1)
	take := func(ctx context.Context) error {
		<-answers // as a call does while the server of the disk is gone
		_, err := k.Ingest(ctx, intake.Entry{Name: "report.txt"})
		back <- err
		return err
	}
	if err := intake.Within(t.Context(), k.Inbox, time.Millisecond, take); !errors.Is(err, intake.ErrStalled) {
		t.Fatalf("%v", err)
	}
	if err := intake.Within(t.Context(), k.Inbox, time.Minute, take); !errors.Is(err, intake.ErrStalled) {
		t.Errorf("a second call did not wait for the first to come back: %v", err)
	}
	close(answers)
	if err := <-back; err == nil {
		t.Error("what came back late was taken in")
	}
	if n := len(accepted(t, k)); n != 0 {
		t.Errorf("%d dossiers", n)
	}
	for {
		err := intake.Within(t.Context(), k.Inbox, time.Minute, take)
		if err == nil {
			break
		}
		if !errors.Is(err, intake.ErrStalled) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	if n := len(accepted(t, k)); n != 1 {
		t.Errorf("%d dossiers", n)
	}
}
