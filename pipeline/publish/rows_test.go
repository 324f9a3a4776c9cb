package publish

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/internal/visible"
	"kheo/pipeline/recommend"
	"kheo/rules"
	"kheo/rules/award"
)

//go:embed testdata/entries.html
var entriesAsTemplates string

// The page of entries of every kind, with texts that mean something in HTML, is the page that html/template makes of
// the same. testdata/entries.html has its entries as templates; a change of how entries look has to change both.
func TestRowsAreEscapedAsByTemplates(t *testing.T) {
	t.Parallel()
	nasty := "a\x00\"b\"&'c'+<d>\n\té “ê” %20 #x \u200bjavascript:alert(1) {{.}} </script>\xff"
	self := 3.0
	entries := []Entry{
		{Rank: 1, Dossier: "plain-abcde", Title: "Plain", Unit: "north", Field: "f", Outcome: dossier.Recommended, Reason: "enough", Points: 7.5, Max: 10},
		{Dossier: nasty, Title: nasty, Unit: nasty, Field: nasty, Outcome: dossier.NeedsReview, Reason: nasty, Points: 1234.5, Self: &self},
		{Given: Given{Order: 4, Award: &Award{"a", nasty}, Granted: &award.Money{Amount: 1e6, Currency: "VND"}}, Dossier: "o", Outcome: dossier.NotRecommended, Points: -3, Max: 10},
	}
	for rank := range 2 {
		entries = append(entries, Entry{Rank: 2 * rank, Dossier: fmt.Sprint("d", rank), Title: nasty, Outcome: dossier.Ineligible, Reason: "said: " + nasty, Points: 12, Max: 10,
			Flags: []Flag{{dossier.FlagContradiction, nasty}, {"other", "not said"}}, Corrected: []string{nasty, "x"},
			Gates:     []Gate{{"g", true, nasty}, {"h", false, ""}},
			Criteria:  []Criterion{{Title: nasty, Points: 3, Max: 5, Reason: nasty, Evidence: []dossier.Source{{Document: nasty, Page: 3, Quote: " two\n lines " + nasty}, {Document: "without quote"}}, Uncertain: []Uncertain{{dossier.Source{Document: nasty, Page: 2, Quote: nasty}, nasty}}}, {Title: "t"}},
			Groups:    []Group{{Title: nasty, Points: 1, Max: 2}},
			Certainty: &Certainty{&recommend.Certainty{Keeps: 0.876}, nasty},
			Given:     Given{Columns: []Column{{Title: nasty, Text: nasty}, {}}},
		})
	}
	f := &File{Title: nasty, Notes: []string{nasty}, Run: "run", Entries: entries, Counts: Counts{Registered: 5}}
	lines, articles, _ := strings.Cut(entriesAsTemplates, "\n=====\n")
	whole := strings.NewReplacer("{{$v.Lines .Entries}}", lines, "{{.Articles .Explained}}", articles).Replace(page)
	old := template.Must(template.New("list").Funcs(template.FuncMap{"share": share, "percent": percent, "oneline": oneLine, "quoted": texts.Quoted,
		"unsaid": func(e *Entry) (out []Flag) {
			for _, f := range e.Flags {
				if !strings.Contains(e.Reason, f.Message) {
					out = append(out, f)
				}
			}
			return out
		}}).Parse(whole))
	for _, lang := range []string{"vi", "nb", "en"} {
		n := Names{&rules.Env{Units: []rules.Unit{{ID: "north", Name: nasty}}, Fields: []rules.Named{{ID: "f", Title: dossier.Text{"en": nasty}}}}, lang}
		s := newShown(f)
		for i := range entries {
			s.add(&entries[i])
		}
		v := view{File: f, Names: n, CampaignTitle: nasty, Explained: s.entries, Others: []link{{"vi", nasty, nasty}}}
		for _, o := range outcomeOrder {
			v.Groups = append(v.Groups, group{o, n.outcome(o), s.all[o], s.of(o)})
		}
		var want, got bytes.Buffer
		if err := old.Execute(&want, v); err != nil {
			t.Fatal(err)
		}
		v.w = bufio.NewWriter(&got)
		v.out, v.row = &counter{Writer: &got}, &bytes.Buffer{}
		if err := tmpl.Execute(v.w, v); err != nil {
			t.Fatal(err)
		}
		v.w.Flush()
		a, b := strings.Split(visible.Text(got.String()), "\n"), strings.Split(visible.Text(want.String()), "\n")
		for i := range b {
			if i >= len(a) || a[i] != b[i] {
				t.Fatalf("%s, line %d is\n%q, and by the template\n%q", lang, i+1, a[min(i, len(a)-1)], b[i])
			}
		}
	}
}
