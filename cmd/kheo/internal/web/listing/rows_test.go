package listing

import (
	"slices"
	"strings"
	"testing"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// TestRowsEscapeWhatPeopleWrote writes rows in which everything that people write is hostile, with all columns.
func TestRowsEscapeWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	const bad = `<script>x</script>" onload='y' & z`
	all := map[string]bool{}
	for _, c := range columns {
		all[c.ID] = true
	}
	entry := publish.Entry{Dossier: "d" + bad, Title: bad, Outcome: dossier.Recommended, Points: 7.5, Max: 10, Rank: 3,
		Corrected: []string{bad}, Given: publish.Given{Award: &publish.Award{Title: bad}}}
	hidden := publish.Entry{Dossier: "h", Title: "hidden", Hidden: true, Reason: bad, Points: 99, Given: publish.Given{Order: 4}}
	rows := []access.Row{
		{Entry: &entry, UnitName: bad, Decision: &review.DecidedEntry{Decision: review.Recognised}, Filled: &access.Filled{
			FieldName: bad, Evaluators: bad, Tags: []string{bad}, FlagCodes: []string{bad}, MyVote: review.For,
			Overrides: []review.Overruled{{Outcome: "ineligible", By: bad, Reason: bad}}}},
		{Entry: &hidden, Filled: &access.Filled{}},
		{Entry: &publish.Entry{Dossier: "a", Title: bad}, UnitName: bad, Aside: bad},
	}
	table := table{site: &page.Site{Texts: page.LoadTexts()}, lang: "en", cols: all, heads: 13, cut: entry.Dossier}
	out := string(table.rows(rows, 1, nil))
	for _, raw := range []string{"<script", `" onload`, "'y'", " & "} {
		if strings.Contains(out, raw) {
			t.Errorf("%q is in the rows:\n%s", raw, out)
		}
	}
	if n := strings.Count(out, "&lt;script&gt;"); n != 15 { // 11 in the first row, 1, and 3
		t.Errorf("%d hostile texts are shown:\n%s", n, out)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 4 || !strings.Contains(lines[1], `class="cut"`) || strings.Contains(lines[2], "99") {
		t.Errorf("%d lines:\n%s", len(lines), out)
	}
	for i, want := range []int{13, 1, 13, 4} { // cells beside the one that selects
		if got := strings.Count(lines[i], "</td>") + strings.Count(lines[i], "</th>"); got < want {
			t.Errorf("row %d has %d cells:\n%s", i, got, lines[i])
		}
	}
}

// TestEveryColumnHasACell asserts that what can be chosen can be written.
func TestEveryColumnHasACell(t *testing.T) {
	t.Parallel()
	for _, c := range columns {
		if cells[c.ID] == nil {
			t.Errorf("no cell for %s", c.ID)
		}
	}
	for id := range cells {
		if !slices.ContainsFunc(columns, func(c column) bool { return c.ID == id }) {
			t.Errorf("no column for the cell %s", id)
		}
	}
}
