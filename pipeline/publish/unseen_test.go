package publish

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/visible"
	"kheo/rules"
)

// Characters that act without being seen come through in no form of a list; letters do.
func TestNoFormShowsWhatActsUnseen(t *testing.T) {
	const hostile = "Đèn đường \x1b[31m\a\x7f\u009b\u202egpj\u202c\u2066x\u2069\u200e\u200f\u061c\u2028\u2029 Phú"
	f := &File{Campaign: "c", Ruleset: "r", Title: hostile, Notes: []string{hostile},
		Entries: []Entry{{Rank: 1, Dossier: "d", Title: hostile, Nominee: hostile, Unit: hostile,
			Field:   hostile,
			Outcome: dossier.Recommended, Reason: hostile, Flags: []Flag{{"borderline", hostile}},
			Gates: []Gate{{"g", false, hostile}},
			Criteria: []Criterion{{ID: "k", Title: hostile, Points: 1, Max: 2, Reason: hostile,
				Evidence: []dossier.Source{{Document: hostile, Page: 1, Quote: hostile}}}}}}}
	n := Names{Env: &rules.Env{Languages: []string{"en"}}, Lang: "en"}
	for name, write := range map[string]func() ([]byte, error){
		"json": f.JSON,
		"csv":  func() ([]byte, error) { return f.CSV(n) },
		"xlsx": func() ([]byte, error) { return f.XLSX(n) },
		"docx": func() ([]byte, error) { return f.DOCX(n, hostile) },
		"html": func() ([]byte, error) {
			return f.HTML(n, hostile, []string{"en"},
				func(string) string { return "x" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := write()
			if err != nil {
				t.Fatal(err)
			}
			got := whole(t, b)
			if !strings.Contains(got, "Đèn đường") || !strings.Contains(got, "Phú") {
				t.Fatalf("the letters are gone: %.2000s", got)
			}
			got = strings.ReplaceAll(strings.TrimPrefix(got, "\ufeff"), "\r\n", "\n")
			if seen := visible.Text(got); seen != got {
				t.Errorf("something unseen is in it: %.3000q", got)
			}
		})
	}
}

// whole is the text of a file, of all that is packed in it.
func whole(t *testing.T, b []byte) string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return string(b)
	}
	var out strings.Builder
	for _, part := range zr.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&out, r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return out.String()
}
