package trial

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
)

// The table of Cohen's own example of two raters: 20 both, 15 neither, 5 and 10 apart.
func TestBacktestMeasuresAgreement(t *testing.T) {
	f := &publish.File{Ruleset: "r"}
	decided := map[string]string{}
	add := func(n int, outcome dossier.Outcome, decision string, spread float64) {
		for range n {
			id := fmt.Sprint("d", len(f.Entries))
			f.Entries = append(f.Entries, publish.Entry{Dossier: id, Outcome: outcome, Criteria: []publish.Criterion{{ID: "reach", Points: 10, Max: 20}, {ID: "spread", Points: spread, Max: 20}}})
			decided[id] = decision
		}
	}
	add(20, dossier.Recommended, "recognised", 20)
	add(15, dossier.NotRecommended, "not-recognised", 0)
	add(5, dossier.NotRecommended, "recognised", 0)
	add(10, dossier.Recommended, "not-recognised", 20)
	add(3, dossier.NeedsReview, "recognised", 0)
	add(2, dossier.Ineligible, "returned", 0)
	f.Entries = append(f.Entries, publish.Entry{Dossier: "undecided", Outcome: dossier.Recommended})
	b := backtest(f, decided)
	if b.Both != 20 || b.Neither != 15 || b.Missed != 5 || b.Extra != 10 || b.LeftRecognised != 3 || b.Undecided != 2 {
		t.Errorf("%+v", b)
	}
	if b.Agreement != 0.7 || b.Kappa == nil || *b.Kappa != 0.4 {
		t.Errorf("agreement %v, kappa %v; want 0.7 and 0.4", b.Agreement, *b.Kappa)
	}
	if b.Criteria[0].ID != "spread" || b.Criteria[0].Gap != 1 {
		t.Errorf("rules and people differ on spread: %+v", b.Criteria)
	}
	if len(b.Differ) != 15 {
		t.Errorf("%d differ, want 15", len(b.Differ))
	}
	same := &publish.File{Entries: f.Entries[:20]}
	if b := backtest(same, decided); b.Kappa != nil || b.Agreement != 1 {
		t.Errorf("all of one kind: agreement %v, kappa %v", b.Agreement, b.Kappa)
	}
}

func TestDecisionsAreReadInWhateverTheyWereSaved(t *testing.T) {
	dir := t.TempDir()
	read := func(text string) ([]Decided, error) {
		file := filepath.Join(dir, "d.csv")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return ReadDecisions(file)
	}
	for _, text := range []string{"dossier,decision\na,recognised\n", "\ufeffDossier;Note;Decision\r\na;\"x;y\";Recognised\r\n", "dossier\tdecision\na\trecognised\n\n"} {
		got, err := read(text)
		if err != nil || len(got) != 1 || got[0].Dossier != "a" || got[0].Decision != "recognised" {
			t.Errorf("%q: %v (%v)", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"name,what\na,recognised\n":          "d.csv:1:1: the first line does not name",
		"dossier,decision\na\n\"b\",maybe\n": "d.csv:3:5: there is no decision \"maybe\"",
		"dossier,decision\na,x\nb,y\n":       "d.csv:3:3: there is no decision \"y\"",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
