package samples

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// A verdict on a paper that the sample does not have would silently say nothing.
func TestVerdictsAreOnPapersOfTheSample(t *testing.T) {
	files, err := Inbox()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, f := range files {
		known[dossier.SHA256(f.Data)] = true
		if !strings.HasSuffix(f.Name, ".zip") {
			continue
		}
		zr, err := zip.NewReader(bytes.NewReader(f.Data), int64(len(f.Data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range zr.File {
			r, err := in.Open()
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			r.Close()
			if err != nil {
				t.Fatal(err)
			}
			known[dossier.SHA256(b)] = true
		}
	}
	checked, err := Evidence()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[dossier.VerdictKind]int{}
	for _, v := range checked.Verdicts {
		kinds[v.Verdict]++
		if !known[v.SHA256] {
			t.Errorf("the sample has no paper %s of %s", v.Document, v.Dossier)
		}
		if v.By == "" || v.Quote != dossier.PlainQuote(v.Quote) || !slices.Contains(dossier.VerdictKinds, v.Verdict) {
			t.Errorf("the verdict on %q is not complete", v.Quote)
		}
	}
	for _, k := range dossier.VerdictKinds {
		if kinds[k] == 0 {
			t.Errorf("nobody says %s", k)
		}
	}
	if checked.Sample.Seed == "" || checked.Sample.Ruleset == "" {
		t.Error("no sample is drawn")
	}
}
