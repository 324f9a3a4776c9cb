package page

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
)

// A page looks like what was read of it; marks go through its blocks, and nothing in it is markup of its own.
func TestPagesShowTheirStructure(t *testing.T) {
	p := &dossier.Page{Text: "Báo cáo\nXã\tSố <hộ>\nHiệp\t120\nxem", Blocks: []dossier.Block{
		{Kind: dossier.Heading, Level: 1, Start: 0, End: 7},
		{Kind: dossier.TableKind, Start: 8, End: 27, Table: &dossier.Table{HeaderCols: 1, Rows: []dossier.Row{
			{Header: true, Cells: []dossier.Cell{{Start: 8, End: 10}, {Col: 1, Start: 11, End: 18, ColSpan: 2}}},
			{Cells: []dossier.Cell{{Start: 19, End: 23}, {Col: 1, Start: 24, End: 27}}}}}},
		{Kind: dossier.Paragraph, Start: 28, End: 31, Visibility: dossier.Uncertain}}}
	const want = `<p class="heading level1">Báo cáo</p><div class="wide"><table class="table"><tr><th scope="col">Xã</th>` +
		`<th scope="col" colspan="2">Số &lt;hộ&gt;</th></tr><tr><th scope="row"><mark>Hiệp</mark></th><td><mark>120</mark></td></tr></table></div>` +
		`<div class="doubt"><span class="label">unsure</span><p class="paragraph">xem</p></div>`
	if got := Structured(p, []Mark{{From: 19, To: 27}}, 1000, "unsure"); string(got) != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := Structured(p, nil, 8, ""); string(got) != `<p class="heading level1">Báo cáo</p>` {
		t.Errorf("cut: %s", got)
	}
	if got := Structured(&dossier.Page{Text: "a <b>"}, nil, 3, ""); string(got) != "a &lt;" {
		t.Errorf("without blocks: %s", got)
	}
}

// Points that are taken off have no maximum, and a total may be below 0: a bar is then empty, and not of a width that no
// drawing has.
func TestBarsAreNeverBelowEmpty(t *testing.T) {
	for _, c := range []struct {
		part, whole float64
		want        int
	}{{7.5, 10, 75}, {0, 10, 0}, {-4, 0, 0}, {-4, 10, 0}, {3, 0, 0}} {
		if got := Share(c.part, c.whole); got != c.want {
			t.Errorf("%v of %v is %d, want %d", c.part, c.whole, got, c.want)
		}
	}
}

// An excerpt has the blocks around its passage, the row of it under the headers of its table, and says where it is cut.
func TestAnExcerptShowsWhatSurroundsAPassage(t *testing.T) {
	long := strings.Repeat("a", 50) + "WORD" + strings.Repeat("b", 50)
	table := &dossier.Page{Text: "Head\none\ntwo\nsix", Blocks: []dossier.Block{
		{Kind: dossier.TableKind, Start: 0, End: 16, Table: &dossier.Table{Rows: []dossier.Row{
			{Header: true, Cells: []dossier.Cell{{Start: 0, End: 4}}}, {Cells: []dossier.Cell{{Start: 5, End: 8}}},
			{Cells: []dossier.Cell{{Start: 9, End: 12}}}, {Cells: []dossier.Cell{{Start: 13, End: 16}}}}}}}}
	for _, c := range []struct {
		name       string
		page       *dossier.Page
		start, end int
		want       string
	}{
		{"a long paragraph is cut on both sides", &dossier.Page{Text: long, Blocks: []dossier.Block{{Kind: dossier.Paragraph,
			End: len(long)}}}, 50, 54, `<p class="paragraph">…aa<mark>WORD</mark>bb…</p>`},
		{"a page without blocks is cut in the same way", &dossier.Page{Text: long}, 50, 54,
			`<p class="paragraph">…aa<mark>WORD</mark>bb…</p>`},
		{"blocks far away are left out", &dossier.Page{Text: "one\n\n\n\ntwo", Blocks: []dossier.Block{
			{Kind: dossier.Paragraph, End: 3}, {Kind: dossier.Paragraph, Start: 7, End: 10}}}, 7, 10,
			`<p class="paragraph"><mark>two</mark></p>`},
		{"of a table the rows around it and the headers", table, 13, 16, `<div class="wide"><table class="table"><tr><th scope="col">Head</th></tr>` +
			`<tr><td>two</td></tr><tr><td><mark>six</mark></td></tr></table></div>`},
		{"a place beyond the text shows nothing", &dossier.Page{Text: "abc"}, 90, 95, `<p class="paragraph">…</p>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Excerpt(c.page, c.start, c.end, 2, ""); string(got) != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// The sources of facts are shown beside the pieces of evidence of a criterion, and its passages only once.
func TestFactsAreShownBesidePieces(t *testing.T) {
	page, err := (&Site{Texts: LoadTexts()}).template("dossier")
	if err != nil {
		t.Fatal(err)
	}
	e := publish.Entry{Criteria: []publish.Criterion{{ID: "c", Uncertain: []publish.Uncertain{{Source: dossier.Source{Quote: "a doubt"}}},
		Evidence: []dossier.Source{{Quote: "own points: 8"}, {Quote: "a passage", Certainty: 0.9}}}}}
	piece := func(quote string) map[string]any {
		return map[string]any{"Quote": quote, "Document": "a.txt", "Start": 0, "End": 1, "PieceKey": dossier.PieceKey{Page: 1}, "State": "sure", "Sure": 90.0}
	}
	for _, c := range []struct {
		name   string
		pieces map[string][]map[string]any
	}{
		{"no pieces", nil},
		{"pieces of another criterion", map[string][]map[string]any{"d": {piece("elsewhere")}}},
		{"its pieces", map[string][]map[string]any{"c": {piece("a passage"), piece("a doubt")}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			data, err := dict("L", "en", "E", e, "ID", "d", "Pieces", c.pieces, "May", false)
			if err != nil {
				t.Fatal(err)
			}
			if err := page.ExecuteTemplate(&b, "criteria", data); err != nil {
				t.Fatal(err)
			}
			for _, quote := range []string{"own points: 8", "a passage", "a doubt"} {
				if n := strings.Count(b.String(), "“"+quote+"”"); n != 1 {
					t.Errorf("%q is shown %d times:\n%s", quote, n, b.String())
				}
			}
		})
	}
}

// Sources that are in no paper lead to no page: closed lists, rows of the office's tables, and kheo.yaml.
func TestWhatIsInNoPaperIsElsewhere(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]bool{
		"lists/dai-loc-2023/initiative": true, "recognitions.csv:12": true, "kheo.yaml": true,
		"report.pdf": false, "lists/2023/members.xlsx": false, "lists/members": false, "a.zip/lists/b/c": false,
	} {
		if got := isElsewhere(document); got != want {
			t.Errorf("%s: %v", document, got)
		}
	}
}
