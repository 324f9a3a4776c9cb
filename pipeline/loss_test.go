package pipeline_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// small makes a workspace of n dossiers of plain text, which are quick to read, and publishes its lists.
func small(t *testing.T, n int) string {
	t.Helper()
	return testspace.Copied(t, fmt.Sprint("small ", n), func(dir string) { makeSmall(t, dir, n) })
}

func makeSmall(t *testing.T, dir string, n int) {
	t.Helper()
	write(t, filepath.Join(dir, "kheo.yaml"), []byte(`campaign: small
timezone: UTC
closes: 2026-11-30
units: [ { id: north, name: North commune } ]
levels: [grassroots, district]
fields: [economy]
rules: [rules/a.yaml, rules/b.yaml]
store: var/kheo.db
`))
	for id, level := range map[string]string{"a": "grassroots", "b": "district"} {
		write(t, filepath.Join(dir, "rules", id+".yaml"), []byte(`ruleset: `+id+`
version: 1
title: { en: List }
applies_to: { kind: model, level: `+level+` }
max_points: 10
facts: { households: { type: count, labels: { en: [Households] } } }
criteria: [ { id: size, title: { en: Size }, max: 10, measured: households, steps: [ { from: 1, points: 10 } ] } ]
bands: { recommended: total >= 5 }
`))
	}
	for i := range n {
		submit(t, dir, fmt.Sprintf("dossier %02d", i), i%2 == 0)
	}
	if testspace.OnPostgres() {
		testspace.MoveToPostgres(t, dir)
	}
	must(t, dir)
}

func submit(t *testing.T, dir, name string, grassroots bool) {
	t.Helper()
	level := "district"
	if grassroots {
		level = "grassroots"
	}
	write(t, filepath.Join(dir, "inbox", name, "dossier.yaml"), fmt.Appendf(nil, "kind: model\ntitle: %s\nunit: north\nlevel: %s\nfield: economy\n", name, level))
	write(t, filepath.Join(dir, "inbox", name, "report.txt"), fmt.Appendf(nil, "Report of %s\nhouseholds: 12\n", name))
}

// change changes records behind the back of kheo.
func change(t *testing.T, dir string, statements ...string) {
	t.Helper()
	w := open(t, dir)
	defer w.Close()
	for _, s := range statements {
		if _, err := w.Store.DB.ExecContext(t.Context(), s); err != nil {
			t.Fatal(s, err)
		}
	}
}

func tryRun(t *testing.T, dir string, opts pipeline.Options) (*pipeline.Outcome, error) {
	t.Helper()
	w := open(t, dir)
	defer w.Close()
	opts.Cause = "test"
	return pipeline.Run(context.Background(), w, opts)
}

// must runs, and closes the workspace again.
func must(t *testing.T, dir string) {
	t.Helper()
	if _, err := tryRun(t, dir, pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
}

func notes(r *store.Run) string {
	var all []string
	for _, s := range r.Stages {
		all = append(all, s.Errors...)
	}
	return strings.Join(all, "\n")
}

// A run whose lists lose more than a third of their dossiers, and ten or more, publishes nothing and
// says why; it publishes if it is told to.
func TestListsThatLoseAShareAreNotPublished(t *testing.T) {
	t.Parallel()
	dir := small(t, 30)
	change(t, dir, `DELETE FROM dossiers WHERE name >= 'dossier 20'`)
	_, err := tryRun(t, dir, pipeline.Options{})
	if err != nil {
		t.Fatal("ten of thirty are a third, not more:", err)
	}
	before := published(t, dir)
	change(t, dir, `DELETE FROM dossiers WHERE name >= 'dossier 10'`)
	for range 2 { // and again, until someone says so
		_, err = tryRun(t, dir, pipeline.Options{})
		if err == nil || !strings.Contains(err.Error(), "would lose 10 of 20") || !strings.Contains(err.Error(), "dossier-1") || !strings.Contains(err.Error(), "--accept-loss") {
			t.Fatal(err)
		}
	}
	sameLists(t, before, published(t, dir))
	runs := runsOf(t, dir)
	if runs[0].State != store.RunFailed || runs[0].Run != "" || !strings.Contains(runs[0].Error, "would lose") {
		t.Errorf("%+v", runs[0])
	}
	out, err := tryRun(t, dir, pipeline.Options{AcceptLoss: true})
	if err != nil {
		t.Fatal(err)
	}
	if said := notes(out.Run); !strings.Contains(said, "accepted: the lists would lose 10 of 20") {
		t.Error(said)
	}
	if out := run(t, dir); !out.Nothing {
		t.Error("what was accepted is asked again")
	}
}

// One list alone, the share of kheo.yaml, and records of an older kheo, which kept no edition.
func TestALossIsOfOneListToo(t *testing.T) {
	t.Parallel()
	dir := small(t, 44)
	change(t, dir, `DELETE FROM settings WHERE key = 'edition'`, `DELETE FROM dossiers WHERE id IN (SELECT id FROM dossiers WHERE manifest LIKE '%district%' ORDER BY id LIMIT 10)`)
	if _, err := tryRun(t, dir, pipeline.Options{}); err == nil || !strings.Contains(err.Error(), "b loses 10 of 22") {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "kheo.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, append(b, "publish: { at_most_lost: 60 }\n"...))
	if _, err := tryRun(t, dir, pipeline.Options{}); err != nil {
		t.Error(err)
	}
}

// Dossiers that were forgotten, or are on another list because rules changed, are named and not
// counted. Where nothing in the rules changed, a list that none applies to is no other list.
func TestWhatIsForgottenOrMovedIsNoLoss(t *testing.T) {
	t.Parallel()
	dir := small(t, 24)
	file := filepath.Join(dir, "kheo.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, []byte(strings.Replace(string(b), ", rules/b.yaml", "", 1)))
	out, err := tryRun(t, dir, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if said := notes(out.Run); !strings.Contains(said, "12 dossiers moved from b to unplaced: dossier-01") {
		t.Error(said)
	}
	change(t, dir, `UPDATE profiles SET kind = 'other' WHERE level = 'grassroots'`) // keys stay: nothing is read again
	if _, err := tryRun(t, dir, pipeline.Options{}); err == nil || !strings.Contains(err.Error(), "a loses 12 of 12") {
		t.Error(err)
	}
	change(t, dir, `UPDATE profiles SET kind = 'model'`)
	w := open(t, dir)
	all, err := w.Store.Dossiers.Heads(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all[:11] {
		if err := w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: review.System, Action: review.Forgotten, Dossier: a.ID, Data: review.Data{Reason: "asked for"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Store.Dossiers.Forget(t.Context(), a.ID); err != nil {
			t.Fatal(err)
		}
	}
	if out, err = tryRun(t, dir, pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	if said := notes(out.Run); !strings.Contains(said, "dossiers of the last edition that were forgotten: 11; the audit trail names them") {
		t.Error(said)
	}
}

// Records in whose place an older copy was put know nothing of the edition that was published since.
func TestAnOlderCopyOfTheRecordsLosesAgainstWhatIsPublished(t *testing.T) {
	t.Parallel()
	if testspace.OnPostgres() {
		t.Skip("the records are no file")
	}
	dir := small(t, 12)
	db := filepath.Join(dir, "var", "kheo.db")
	old, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		submit(t, dir, fmt.Sprintf("later %02d", i), true)
	}
	must(t, dir)
	write(t, db, old)
	if _, err := tryRun(t, dir, pipeline.Options{}); err == nil || !strings.Contains(err.Error(), "would lose 12 of 24") {
		t.Error(err)
	}
}

// A process that was killed after it had made the records, and before it named them in the workspace, leaves empty
// records with a log of their own. They are those of a fresh workspace, and no rest of lost ones.
func TestRecordsThatWereJustBegunAreTaken(t *testing.T) {
	if testspace.OnPostgres() {
		t.Skip("records in files")
	}
	t.Parallel()
	dir := t.TempDir()
	testspace.Sample(t, dir, func(string) bool { return false })
	at := filepath.Join(dir, "var", "kheo.db")
	check(t, os.MkdirAll(filepath.Dir(at), 0o700))
	killed, err := store.Open(t.Context(), at, filepath.Join(dir, "var", "blobs"))
	check(t, err)
	defer killed.Close()
	if _, err := os.Stat(at + "-wal"); err != nil {
		t.Fatalf("the records have no log: %v", err)
	}
	w, err := workspace.Open(t.Context(), dir)
	check(t, err)
	check(t, w.Close())
	if _, err := os.Stat(filepath.Join(dir, workspace.StoreFile)); err != nil {
		t.Errorf("the workspace does not name its records: %v", err)
	}
}
