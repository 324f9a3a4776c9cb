package table

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text"
)

// pageOf is a page of plain text.
func pageOf(s string) *dossier.Page { return &dossier.Page{Number: 1, Text: s} }

// read returns the tables of a page and its words.
func read(pg *dossier.Page) ([]*Table, *text.Page) {
	p := &text.Page{}
	p.Read(pg)
	return Read(pg, p), p
}

func TestRunsOfLinesWithTabsAreTables(t *testing.T) {
	for _, c := range []struct {
		name, text       string
		tables           int
		rows, cols, head int // of the first
	}{
		{"a header and two rows", "Item\tPlan\tResult\nA\t1\t2\nB\t3\t4", 1, 3, 3, 1},
		{"a form is none", "Name\tLillevik\nMembers\t12", 0, 0, 0, 0},
		{"a form whose values are words is none", "Name\tLillevik\nPlace\tThe hall", 0, 0, 0, 0},
		{"two columns with a header that is known", "Post\tRegnskap\nTilskudd\t12", 1, 2, 2, 1},
		{"two columns of which all below the first line are values", "Term\tRate\nA\t1\nB\t2", 1, 3, 2, 1},
		{"a single line is none", "A\tB\tC", 0, 0, 0, 0},
		{"years over plan and result", "Item\t2025\t2026\n\tKH\tTH\tKH\tTH\nA\t1\t2\t3\t4", 1, 3, 5, 2},
		{"numbers of columns", "Item\tPlan\tResult\n1\t2\t3\nA\t1\t2", 1, 3, 3, 2},
		{"two tables", "A\tPlan\tB\nx\t1\t2\n\nC\tPlan\tD\ny\t1\t2", 2, 2, 3, 1},
	} {
		got, _ := read(pageOf(c.text))
		if len(got) != c.tables {
			t.Errorf("%s: %d tables, want %d", c.name, len(got), c.tables)
			continue
		}
		if len(got) > 0 && (got[0].Rows != c.rows || got[0].Cols != c.cols || got[0].HeaderRows != c.head) {
			t.Errorf("%s: %d rows, %d columns, %d headers", c.name, got[0].Rows, got[0].Cols, got[0].HeaderRows)
		}
	}
}

func TestHeadersSayWhatTheirValuesAre(t *testing.T) {
	for _, c := range []struct {
		header string
		want   Meaning
	}{
		{"Kế hoạch năm 2026", Meaning{Kinds: Plan, From: 2026, To: 2026}},
		{"TH 2025", Meaning{Kinds: Actual, From: 2025, To: 2025}},
		{"Kết quả thực hiện kế hoạch", Meaning{Kinds: Actual}},
		{"So với kế hoạch (%)", Meaning{Kinds: Compare | Share}},
		{"TH/KH", Meaning{Kinds: Compare}},
		{"Cùng kỳ năm trước", Meaning{Kinds: Previous}},
		{"Ước thực hiện năm 2026", Meaning{Kinds: Actual, From: 2026, To: 2026}},
		{"Điểm tự chấm", Meaning{Kinds: Self}},
		{"Điểm tối đa", Meaning{Kinds: Max}},
		{"Đơn giá (đồng)", Meaning{Kinds: Each}},
		{"Budsjett 2026", Meaning{Kinds: Budget, From: 2026, To: 2026}},
		{"Regnskap", Meaning{Kinds: Actual}},
		{"Avvik", Meaning{Kinds: Compare}},
		{"2025–2026", Meaning{From: 2025, To: 2026}},
		{"2025/26", Meaning{From: 2025, To: 2026}},
		{"Per 31.12.2026", Meaning{From: 2026, To: 2026}},
		{"Actual vs. plan", Meaning{Kinds: Compare}},
		{"No.", Meaning{Kinds: Number}},
		{"Number of households", Meaning{Kinds: Count}},
		{"Giảm nghèo", Meaning{}},
	} {
		p := &text.Page{}
		p.Read(pageOf(c.header))
		if got := Says(p, 0, len(p.Words)); got != c.want && len(p.Words) > 0 {
			t.Errorf("%s: %+v, want %+v", c.header, got, c.want)
		}
	}
}

func TestUnitsOfHeadersAndCaptions(t *testing.T) {
	for _, c := range []struct {
		header   string
		scale    float64
		currency string
	}{
		{"Kinh phí (triệu đồng)", 1e6, "VND"},
		{"ĐVT: nghìn đồng", 1000, "VND"},
		{"Đơn vị tính: tỷ đồng", 1e9, "VND"},
		{"Số tiền (1.000 đồng)", 1000, "VND"},
		{"in 1000 NOK", 1000, "NOK"},
		{"Beløp i tusen kroner", 1000, "NOK"},
		{"Beløp (1 000 kr)", 1000, "NOK"},
		{"mill. kr", 1e6, "NOK"},
		{"MNOK", 1e6, "NOK"},
		{"Amount (£)", 0, "GBP"},
		{"Amount (£000)", 1000, "GBP"},
		{"€ million", 1e6, "EUR"},
		{"A million trees", 0, ""},
		{"Households (thousand)", 1000, ""},
		{"Members", 0, ""},
		{"Rooms in 2026", 0, ""},
	} {
		p := &text.Page{}
		p.Read(pageOf(c.header))
		if m := UnitIn(p, 0, len(p.Words)); m.Scale != c.scale || m.Currency != c.currency {
			t.Errorf("%s: %v %s, want %v %s", c.header, m.Scale, m.Currency, c.scale, c.currency)
		}
	}
}

func TestATableGoesOnWithItsHeadersOnTheNextPage(t *testing.T) {
	first, _ := read(pageOf("Item\tPlan 2026\tResult 2026\nA\t1\t2\nB\t3\t4"))
	second := pageOf("C\t5\t6\nD\t7\t8")
	second.Blocks = []dossier.Block{{Kind: dossier.TableKind, Start: 0, End: 11, Table: &dossier.Table{Rows: []dossier.Row{
		{Cells: []dossier.Cell{{Start: 0, End: 1}, {Col: 1, Start: 2, End: 3}, {Col: 2, Start: 4, End: 5}}},
		{Cells: []dossier.Cell{{Row: 1, Start: 6, End: 7}, {Row: 1, Col: 1, Start: 8, End: 9}, {Row: 1, Col: 2, Start: 10, End: 11}}},
	}}}}
	next, _ := read(second)
	if next[0].Headed() {
		t.Fatal("it has headers of its own")
	}
	next[0].Continue(first[0])
	if m := next[0].Column(2); !m.Has(Actual) || m.From != 2026 {
		t.Errorf("the third column is %+v", m)
	}
}

func TestAFormBelowATableIsNotHeadedByIt(t *testing.T) {
	all, _ := read(pageOf("Item\tPlan\tResult\nA\t1\t2\n \t\t\nReported on\t25.11.2026\t"))
	if len(all) != 1 || !all[0].Detached(3) || all[0].Detached(1) {
		t.Errorf("%d tables", len(all))
	}
}

// No page makes reading its tables panic or lose a cell's place: tables come from hostile files.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"Item\tPlan\tResult\nA\t1\t2", "\t\t\n\t\t\t\n", "Item\t2025\t2026\n\tKH\tTH\tKH\tTH\nA\t1\t2\t3\t4",
		"(triệu đồng\tKH\n(\t1", "1\t2\t3\n1\t2\t3", "A\t£000\t€\nx\t1,5\t31.12.2026", "ĐVT:\tTH\n2025-\t2026–2027", "[x]\t+/-\n☐\t☒"} {
		f.Add(s, 0, 3, 1, 2)
	}
	f.Fuzz(func(t *testing.T, s string, start, end, row, span int) {
		s = strings.ToValidUTF8(s, "?")
		if len(s) > 4000 {
			return
		}
		pages := []*dossier.Page{pageOf(s), pageOf(s)}
		pages[1].Blocks = []dossier.Block{{Kind: dossier.TableKind, Table: &dossier.Table{Rows: []dossier.Row{
			{Header: true, Cells: []dossier.Cell{{Row: row, Col: span, RowSpan: span, ColSpan: row, Start: start, End: end}}},
			{Cells: []dossier.Cell{{Row: span, Col: row, Start: end, End: start}}},
		}}}}
		for _, pg := range pages {
			p := &text.Page{}
			p.Read(pg)
			for _, table := range Read(pg, p) {
				for r := range table.Rows {
					table.Row(r, table.Cols)
					table.RowWords(r, table.Cols)
					table.UnitOf(r)
					table.Detached(r)
					for c := range table.Cols {
						table.Column(c)
						if x := table.At(r, c); x != nil {
							table.Rest(x)
							if x.First > x.Last || x.Last > len(p.Words) {
								t.Fatalf("cell %d,%d has words %d to %d of %d", r, c, x.First, x.Last, len(p.Words))
							}
						}
					}
				}
			}
		}
	})
}
