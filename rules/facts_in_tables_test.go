package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

const tableRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  households:
    type: count
    unit: { vi: [hộ], nb: [husstander], en: [households] }
    labels: { vi: [Số hộ tham gia], nb: [Antall husstander], en: [Households taking part] }
    say: { vi: ["{} … tham gia"], nb: ["{} … deltok"], en: ["{} … took part"] }
  members:
    type: count
    unit: { vi: [hội viên], nb: [medlemmer], en: [members] }
    labels: { vi: [Số hội viên], nb: [Antall medlemmer], en: [Members, Number of members] }
  cost:
    type: money
    currency: VND
    labels: { vi: [Tổng kinh phí], nb: [Samlet kostnad], en: [Total cost] }
  grant:
    type: money
    currency: NOK
    labels: { vi: [Hỗ trợ], nb: [Tilskudd], en: [Grant received] }
  agreement:
    type: percent
    labels: { vi: [Tỷ lệ đồng thuận], nb: [Oppslutning], en: [Share in favour] }
  score:
    type: count
    column: self
    labels: { vi: [Điểm văn minh], nb: [Poeng for orden], en: [Order points] }
  target:
    type: count
    column: plan
    labels: { vi: [Số cây trồng], nb: [Planlagte trær, Trær], en: [Trees] }
  before:
    type: count
    year: 2025
    labels: { vi: [Số vụ việc], nb: [Antall saker], en: [Number of cases] }
  met: { type: yesno, labels: { vi: [Đã họp dân], nb: [Møte holdt], en: [Meeting held] } }
  opened: { type: date, labels: { vi: [Ngày khánh thành], nb: [Åpnet], en: [Opened on] } }
criteria:
  - { id: c, title: { en: C }, max: 10, measured: households, steps: [ { from: 1, points: 10 } ] }
bands: { recommended: total >= 1 }
order: [ total, dossier ]
`

// tableEnv is a campaign of 2026 with three units.
func tableEnv() *Env {
	return &Env{Campaign: "t", Languages: []string{"vi", "nb", "en"}, Opens: "2026-01-01", Closes: "2026-12-31",
		Kinds: []Named{{ID: "model"}},
		Units: []Unit{{ID: "own", Name: "Xã Đại An"}, {ID: "dai-hiep", Name: "Xã Đại Hiệp"}, {ID: "dai-lanh", Name: "Xã Đại Lãnh"}}}
}

func loadTableRules(t testing.TB) *Ruleset {
	t.Helper()
	rs, err := Load("rules/test.yaml", []byte(tableRules), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// inBlocks is a page whose lines with tabs are a table of its document, as readers of Word documents state it, with the
// first rows as headers.
func inBlocks(text string, headers int) dossier.Page {
	pg := dossier.Page{Number: 1, Text: text, Language: language.Detect(text), Quality: 1}
	at, row := 0, 0
	var block *dossier.Block
	for line := range strings.Lines(text) {
		n := len([]rune(strings.TrimSuffix(line, "\n")))
		if !strings.Contains(line, "\t") {
			block = nil
			if n > 0 {
				pg.Blocks = append(pg.Blocks, dossier.Block{Kind: dossier.Paragraph, Start: at, End: at + n})
			}
		} else {
			if block == nil {
				pg.Blocks = append(pg.Blocks, dossier.Block{Kind: dossier.TableKind, Start: at, Table: &dossier.Table{}})
				block, row = &pg.Blocks[len(pg.Blocks)-1], 0
			}
			r := dossier.Row{Header: row < headers}
			start := at
			for col, cell := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
				end := start + len([]rune(cell))
				r.Cells = append(r.Cells, dossier.Cell{Row: row, Col: col, Start: start, End: end})
				start = end + 1
			}
			block.Table.Rows, block.End = append(block.Table.Rows, r), at+n
			row++
		}
		at += len([]rune(line))
	}
	return pg
}

// factsOf writes the facts of an assessment: name=value, and name? of one that is uncertain.
func factsOf(a *dossier.Assessment) string {
	var out []string
	for i := range a.Facts {
		f := &a.Facts[i]
		switch v := f.Value.(type) {
		case float64:
			out = append(out, f.Name+"="+strconv.FormatFloat(v, 'f', -1, 64))
		default:
			out = append(out, f.Name+"="+fmt.Sprint(v))
		}
		if f.State == dossier.Doubtful {
			out[len(out)-1] = f.Name + "?"
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// A table is read in the same way whether its document says that it is one or its lines only have tabs.
func TestTablesAreReadByTheirHeaders(t *testing.T) {
	rs := loadTableRules(t)
	for _, c := range []struct{ name, text, want string }{
		{"a result beside its plan", "Nội dung\tKế hoạch\tThực hiện\nSố hộ tham gia\t100\t87", "households=87"},
		{"a result before its plan", "Nội dung\tThực hiện\tKế hoạch\nSố hộ tham gia\t87\t100", "households=87"},
		{"a plan only", "Nội dung\tKế hoạch 2026\nSố hộ tham gia\t100\nTổng kinh phí\t5000", ""},
		{"a plan with an empty result", "Tiltak\tPlan\tResultat\nAntall husstander\t100\t", ""},
		{"a plan with a dash for the result", "Tiltak\tPlan\tResultat\nAntall husstander\t100\t-\nAntall medlemmer\t3\t4", "members=4"},
		{"numbers, units and notes beside the value", "STT\tChỉ tiêu\tĐVT\tKH\tTH\tTỷ lệ (%)\tGhi chú\n1\tSố hộ tham gia\thộ\t90\t81\t90,0\tđạt\n2\tSố hội viên\tngười\t20\t25\t125\tvượt", "households=81 members=25"},
		{"years as columns", "Indicator\t2024\t2025\t2026\nHouseholds taking part\t12\t40\t54\nNumber of cases\t9\t5\t2", "before=5 households=54"},
		{"years as columns, the newest first", "Indicator\t2026\t2025\nHouseholds taking part\t54\t40", "households=54"},
		{"only earlier years", "Indicator\t2024\t2025\nHouseholds taking part\t12\t40", ""},
		{"years over plan and result", "Chỉ tiêu\tNăm 2025\tNăm 2026\n\tKH\tTH\tKH\tTH\nSố hộ tham gia\t50\t40\t100\t87", "households=87"},
		{"plan and result of years in one header", "Chỉ tiêu\tKH 2026\tTH 2025\tTH 2026\nSố hộ tham gia\t100\t40\t87", "households=87"},
		{"last year and this year", "\tI fjor\tI år\nAntall medlemmer\t45\t61\nOppslutning\t70 %\t81 %", "agreement=81 members=61"},
		{"the change between two years", "Mål\t2025\t2026\tEndring\nAntall medlemmer\t45\t61\t16", "members=61"},
		{"a school year that ends in the campaign's year", "Year\t2024-2025\t2025-2026\nMembers\t45\t61", "members=61"},
		{"labels as column headers over one row", "Số hộ tham gia\tSố hội viên\tTổng kinh phí\n87\t25\t12 triệu đồng", "cost=12000000 households=87 members=25"},
		{"labels as column headers over years", "Year\tHouseholds taking part\tMembers\n2025\t40\t11\n2026\t54\t12", "households=54 members=12"},
		{"labels as column headers over plan and result", "\tAntall husstander\tAntall medlemmer\nPlan\t60\t20\nResultat\t54\t12", "households=54 members=12"},
		{"a total of hamlets", "Thôn\tSố hộ tham gia\nThôn Đông\t30\nThôn Tây\t45\nCộng\t75", "households=75"},
		{"hamlets without a total", "Thôn\tSố hộ tham gia\nThôn Đông\t30\nThôn Tây\t45", "households?"},
		{"the row of the own unit", "Đơn vị\tSố hộ tham gia\tSố hội viên\nXã Đại Hiệp\t60\t8\nXã Đại An\t87\t9\nXã Đại Lãnh\t44\t7\nTổng\t191\t24", "households=87 members=9"},
		{"rows of other units only", "Đơn vị\tSố hộ tham gia\nXã Đại Hiệp\t60\nXã Đại Lãnh\t44", "households?"},
		{"units as columns", "Chỉ tiêu\tXã Đại Hiệp\tXã Đại An\nSố hộ tham gia\t60\t87", "households=87"},
		{"a unit in brackets of the label", "Nội dung\tKế hoạch\tThực hiện\nTổng kinh phí (triệu đồng)\t100\t120,5", "cost=120500000"},
		{"a unit in the column's header", "Nội dung\tThực hiện (nghìn đồng)\nTổng kinh phí\t85000", "cost=85000000"},
		{"a unit above the table", "Biểu 2. Kinh phí thực hiện năm 2026\nĐơn vị tính: triệu đồng\nNội dung\tDự toán\tQuyết toán\nTổng kinh phí\t100\t95", "cost=95000000"},
		{"a column of units", "Chỉ tiêu\tĐVT\tKết quả\nSố hộ tham gia\thộ\t87\nTổng kinh phí\ttriệu đồng\t95\nTỷ lệ đồng thuận\t%\t93,5", "agreement=93.5 cost=95000000 households=87"},
		{"a unit of money does not scale what is counted", "Đơn vị tính: triệu đồng\nNội dung\tKết quả\nSố hộ tham gia\t87\nTổng kinh phí\t95", "cost=95000000 households=87"},
		{"in thousand kroner", "Regnskap 2026 (i tusen kroner)\nPost\tBudsjett\tRegnskap\nTilskudd\t400\t410", "grant=410000"},
		{"in 1000 NOK", "Post\tBudget (in 1000 NOK)\tAccount (in 1000 NOK)\nGrant received\t400\t410", "grant=410000"},
		{"MNOK", "Post\tBeløp (MNOK)\nTilskudd\t1,2", "grant=1200000"},
		{"a value with a unit of its own is not scaled again", "Nội dung\tThực hiện (triệu đồng)\nTổng kinh phí\t1,2 tỷ đồng", "cost=1200000000"},
		{"points: the unit's own", "Tiêu chí\tĐiểm tối đa\tĐiểm tự chấm\tĐiểm thẩm định\nĐiểm văn minh\t20\t18\t15\nSố hội viên\t10\t9\t", "score=18"},
		{"points that can be had are no result", "Criterion\tMaximum\tSelf-score\nMembers\t10\t9", ""},
		{"a plan that the ruleset asks for", "Tiltak\tPlan 2026\tResultat 2026\nTrær\t500\t430", "target=500"},
		{"of which", "Nội dung\tTổng số\tTrong đó: nữ\nSố hội viên\t120\t65", "members=120"},
		{"a row of which is not the label's", "Nội dung\tKết quả\nSố hộ tham gia\t120\nTrong đó: số hộ tham gia là hộ nghèo\t12", "households=120"},
		{"quarters with their total", "\tQ1\tQ2\tQ3\tQ4\tTotal\nHouseholds taking part\t10\t12\t14\t18\t54", "households=54"},
		{"quarters without a total", "\tQ1\tQ2\tQ3\tQ4\nHouseholds taking part\t10\t12\t14\t18", "households?"},
		{"two columns that nothing tells apart", "Thema\tA\tB\nAntall husstander\t54\t61", "households?"},
		{"two columns that say the same", "Thema\tA\tB\nAntall husstander\t54\t54", "households=54"},
		{"how many and how much", "Tiltak\tAntall\tKostnad (kr)\nAntall medlemmer\t12\t45 000", "members=12"},
		{"one row for each year and indicator", "Năm\tChỉ tiêu\tGiá trị\n2025\tSố hộ tham gia\t40\n2026\tSố hộ tham gia\t87", "households=87"},
		{"rows under a heading of their year", "Chỉ tiêu\tĐVT\tSố lượng\nNăm 2025\t\t\nSố hộ tham gia\thộ\t40\nNăm 2026\t\t\nSố hộ tham gia\thộ\t87", "households=87"},
		{"rows under a heading of plans", "Indicator\tUnit\tNumber\nResults 2026\t\t\nHouseholds taking part\thouseholds\t54\nPlan for 2027\t\t\nHouseholds taking part\thouseholds\t80", "households=54"},
		{"numbers of columns under their headers", "TT\tNội dung\tKH\tTH\tSo sánh\n1\t2\t3\t4\t5=4/3\n1\tSố hộ tham gia\t100\t87\t87%", "households=87"},
		{"a form of two columns", "Tên mô hình\tCamera an ninh\nSố hộ tham gia\t87\nĐã họp dân\tCó\nNgày khánh thành\t12/03/2026", "households=87 met=true opened=2026-03-12"},
		{"a form whose title asks for something", "TỜ TRÌNH ĐỀ NGHỊ KHEN THƯỞNG\nTập thể được đề nghị\tTrạm Y tế\nNgày khánh thành\t26/10/2026\nSố hộ tham gia\t55 hộ", "households=55 opened=2026-10-26"},
		{"a form for registration", "PHIẾU ĐĂNG KÝ MÔ HÌNH NĂM 2026\nTên mô hình\tKế hoạch xanh 2025\nSố hộ tham gia\t55\nSố hội viên\t12", "households=55 members=12"},
		{"a form for registration whose title is a row of the sheet", "PHIẾU ĐĂNG KÝ MÔ HÌNH\t\nTên mô hình\tBảng tính\nSố hộ tham gia\t1250", "households=1250"},
		{"a form below a letterhead and a title", "UBND XÃ ĐẠI AN\t\nĐƠN ĐỀ NGHỊ CÔNG NHẬN MÔ HÌNH\t\nTên mô hình\tBảng tính\nSố hộ tham gia\t87\nSố hội viên\t12", "households=87 members=12"},
		{"an application that is a sheet", "SØKNAD OM STØTTE\t\nNavn\tTurlaget\nAntall medlemmer\t61\nMøte holdt\tJa", "members=61 met=true"},
		{"an application with a blank row below its title", "Application for recognition\t\n\t\nName\tHill walkers\nMembers\t61", "members=61"},
		{"yes and no as columns", "Câu hỏi\tCó\tKhông\nĐã họp dân\t\tx", "met=false"},
		{"yes and no as columns, both marked", "Question\tYes\tNo\nMeeting held\tx\tx", "met?"},
		{"yes and no as columns, none marked", "Question\tYes\tNo\nMeeting held\t\t\nMembers\t3\t", "members=3"},
		{"a label without number of", "Lag\tMedlemmer\tDugnad\nSki\t20\t3\nFotball\t31\t4\nSum\t51\t7", "members=51"},
		{"unit prices and sums", "Hạng mục\tSố lượng\tĐơn giá (đồng)\tThành tiền (đồng)\nTổng kinh phí\t3\t1.000.000\t3.000.000", "cost=3000000"},
		{"dates planned and held", "Milepæl\tPlanlagt\tGjennomført\nÅpnet\t1.3.2026\t15.3.2026", "opened=2026-03-15"},
		{"budget and account under one header", "Post\t2026\n\tBudsjett\tRegnskap\nTilskudd\t100 000\t95 000", "grant=95000"},
	} {
		for headers := range 3 {
			pg := dossier.Page{Number: 1, Text: c.text, Language: language.Detect(c.text), Quality: 1}
			if headers > 0 {
				pg = inBlocks(c.text, headers-1)
			}
			d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{{Name: "a", Pages: []dossier.Page{pg}}}}
			a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "own"}})
			checkOffsets(t, d, a)
			if got := factsOf(a); got != c.want {
				t.Errorf("%s (%d): %s\n  want %q\n  got  %q", c.name, headers, c.text, c.want, got)
				for _, f := range a.Facts {
					if f.State == dossier.Doubtful {
						t.Logf("    %s: %v %v, %s", f.Name, f.Value, f.Readings, f.Doubt.In("en"))
					}
				}
			}
		}
	}
}

// A label that is merged over several rows heads the values of all of them: parts, of which none is the value, unless
// one of the rows has their total, or the others are of plans and earlier years. The title of a sheet heads all rows.
func TestLabelsOverSeveralRows(t *testing.T) {
	rs := loadTableRules(t)
	for _, c := range []struct{ name, text, want string }{
		{"parts", "Số hộ tham gia\tĐợt 1\t50 hộ\n\tĐợt 2\t70 hộ", "households?"},
		{"parts with their total", "Households taking part\tSpring\t50\n\tAutumn\t70\n\tTotal\t120", "households=120"},
		{"plan and result", "Antall husstander\tPlan\t50\n\tResultat\t42", "households=42"},
		{"result and plan", "Antall husstander\tResultat\t42\n\tPlan\t50", "households=42"},
		{"years", "Số hội viên\tNăm 2025\t40\n\tNăm 2026\t61", "members=61"},
		{"a currency before the amount", "Applicant\tHill walkers\nGrant received\tNOK 39,750", "grant=39750"},
		{"a sheet of plans", "KẾ HOẠCH NĂM 2026\t\nSố hộ tham gia\t87", ""},
		{"the same twice", "Members\tFirst list\t40\n\tSecond list\t40", "members=40"},
	} {
		pg := inBlocks(c.text, 0)
		rows := pg.Blocks[0].Table.Rows
		for r := 1; r < len(rows) && strings.HasPrefix(c.text[strings.Index(c.text, "\n")+1:], "\t"); r++ {
			rows[0].Cells[0].RowSpan, rows[r].Cells = r+1, rows[r].Cells[1:]
		}
		d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{{Name: "a", Pages: []dossier.Page{pg}}}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "own"}})
		checkOffsets(t, d, a)
		if got := factsOf(a); got != c.want {
			t.Errorf("%s: want %q, got %q", c.name, c.want, got)
		}
	}
}

// What is beside a label is its value only if it is not the next label, and if no words part the two. The first row of
// a form with several labels in a row heads nothing.
func TestFormsWithSeveralLabelsInARow(t *testing.T) {
	rs := loadTableRules(t)
	for _, c := range []struct{ name, text, want string }{
		{"labels and values side by side", "Applicant\tFlower road\tUnit\tNorth\nHouseholds taking part\t87\tMembers\t25\nTotal cost\t12 VND\tMeeting held\tNo", "cost=12 households=87 members=25 met=false"},
		{"an empty value before the next label", "Đơn vị\tA\tTên\tB\nSố hộ tham gia\t\tSố hội viên\t25\nĐã họp dân\t\tTổng kinh phí\t12 triệu đồng", "cost=12000000 members=25"},
		{"an empty value before a label that is not known", "Antall husstander\t\tStikkord\t12", ""},
		{"a label that is not known ends in a colon", "Households taking part\t\tStreets:\t12", ""},
		{"words between a label and a number", "Số hộ tham gia\tThôn A\t20 hộ\n\tThôn B\t30 hộ", "households?"},
		{"a label that says asked beside a date", "Cấp đăng ký\tcơ sở\tNgày khánh thành\t05/03/2026\nSố hộ tham gia\t87\tSố hội viên\t25", "households=87 members=25 opened=2026-03-05"},
		{"a number like a year in the only row", "Antall husstander\tOppslutning\tMøte holdt\n2040\t81 %\tNei", "agreement=81 households=2040 met=false"},
		{"empty columns around a form", "\tSố hộ tham gia\t87\t\n\tSố hội viên\t25\t\n\tĐã họp dân\tKhông\t", "households=87 members=25 met=false"},
		{"an instruction above the labels", "Hand in this form in full before the 30th of November.\t\nHouseholds taking part\t87\nMembers\t25", "households=87 members=25"},
		{"labels above their values", "Số hộ tham gia\t\n87 hộ\t\nSố hội viên\t\n25\t", "households=87 members=25"},
		{"a round of several", "Số hộ tham gia\tĐợt 1: 50 hộ; Đợt 2: 70 hộ", "households?"},
		{"a round in a line", "Households taking part: Round 1: 50; round 2: 70", "households?"},
	} {
		pg := inBlocks(c.text, 0)
		d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{{Name: "a", Pages: []dossier.Page{pg}}}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "own"}})
		checkOffsets(t, d, a)
		if got := factsOf(a); got != c.want {
			t.Errorf("%s: want %q, got %q", c.name, c.want, got)
		}
	}
}

// The value of a typed cell is what the file says, whatever its format shows.
func TestTypedCellsCountAsTheyAre(t *testing.T) {
	rs := loadTableRules(t)
	const text = "Indicator\tPlan\tResult\n%s\t9\t%s"
	for _, c := range []struct {
		name, label, shown string
		value              dossier.Value
		want               string
	}{
		{"a number shown with a comma", "Members", "1,250", dossier.Value{Kind: dossier.NumberValue, Number: "1250"}, "members=1250"},
		{"a number shown with a point", "Members", "1.250", dossier.Value{Kind: dossier.NumberValue, Number: "1250"}, "members=1250"},
		{"a percentage", "Share in favour", "98%", dossier.Value{Kind: dossier.PercentValue, Number: "0.98"}, "agreement=98"},
		{"a percentage is no count", "Members", "98%", dossier.Value{Kind: dossier.PercentValue, Number: "0.98"}, ""},
		{"an amount is no count", "Members", "45 kr", dossier.Value{Kind: dossier.AmountValue, Number: "45", Unit: "NOK"}, ""},
		{"an amount", "Grant received", "45 000 kr", dossier.Value{Kind: dossier.AmountValue, Number: "45000", Unit: "NOK"}, "grant=45000"},
		{"a date", "Opened on", "5/3/2026", dossier.Value{Kind: dossier.DateValue, Date: "2026-03-05"}, "opened=2026-03-05"},
		{"a formula without its result", "Members", "12", dossier.Value{Formula: "A1+A2", Missing: true}, ""},
		{"an error", "Members", "#REF!", dossier.Value{Kind: dossier.ErrorValue}, ""},
		{"a yes", "Meeting held", "x", dossier.Value{Kind: dossier.YesNoValue, Yes: true}, "met=true"},
	} {
		pg := inBlocks(fmt.Sprintf(text, c.label, c.shown), 1)
		pg.Blocks[0].Table.Rows[1].Cells[2].Value = &c.value
		d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{{Name: "a.xlsx", Pages: []dossier.Page{pg}}}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "own"}})
		checkOffsets(t, d, a)
		if got := factsOf(a); got != c.want {
			t.Errorf("%s: want %q, got %q", c.name, c.want, got)
		}
	}
}

// A cell whose text may not be visible states nothing, and what is beside it is not taken for it.
func TestCellsThatMayNotBeSeenStateNothing(t *testing.T) {
	rs := loadTableRules(t)
	const text = "Indicator\tPlan\tResult\nMembers\t90\t87"
	pg := inBlocks(text, 1)
	at := len([]rune(text)) - 2
	cell := &pg.Blocks[0].Table.Rows[1].Cells[2]
	cell.Blocks = []dossier.Block{{Kind: dossier.Paragraph, Start: at, End: at + 2, Visibility: dossier.Uncertain}}
	d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{{Name: "a.docx", Pages: []dossier.Page{pg}}}}
	a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "own"}})
	if got := factsOf(a); got != "" {
		t.Errorf("read %q", got)
	}
}

// The second page of a table is read with the headers of the first; the sheets of a workbook are not one table.
func TestTablesThatGoOnOnTheNextPage(t *testing.T) {
	rs := loadTableRules(t)
	for _, c := range []struct{ name, kind, want string }{
		{"pages of a document", "application/pdf", "households=87 members=12"},
		{"sheets of a workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "households=87 members?"},
	} {
		first := inBlocks("Indicator\tPlan\tResult\nHouseholds taking part\t100\t87", 1)
		second := inBlocks("Members\t20\t12\nNumber of cases\t3\t4", 0)
		second.Number = 2
		d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{{Name: "a", Type: c.kind,
			Pages: []dossier.Page{first, second}}}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "own"}})
		checkOffsets(t, d, a)
		if got := strings.TrimPrefix(factsOf(a), "before? "); strings.TrimPrefix(got, "before=4 ") != c.want {
			t.Errorf("%s: want %q, got %q", c.name, c.want, got)
		}
	}
}

// measureRules are facts whose units are measures, and amounts that headers qualify.
const measureRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  road: { type: count, unit: { vi: [m], nb: [m], en: [m] },
    labels: { vi: [Chiều dài đường], nb: [Veilengde], en: [Length of road] } }
  land: { type: count, unit: { vi: [ha], nb: [dekar], en: [ha] },
    labels: { vi: [Diện tích trồng], nb: [Areal], en: [Area planted] } }
  fund: { type: money, currency: EUR, labels: { vi: [Quỹ hội], nb: [Fondet], en: [Fund] } }
  loan: { type: money, currency: EUR, labels: { vi: [Vốn vay], nb: [Lån], en: [Loan] } }
  asked: { type: money, currency: EUR, labels: { vi: [Số tiền đề nghị], nb: [Omsøkt beløp], en: [Amount applied for] } }
criteria:
  - { id: c, title: { en: C }, max: 10, measured: road, steps: [ { from: 1, points: 10 } ] }
bands: { recommended: total >= 1 }
order: [ total, dossier ]
`

func TestUnitsAndDatesOfHeaders(t *testing.T) {
	rs, err := Load("rules/test.yaml", []byte(measureRules), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"kilometres in a column of units", "Chỉ tiêu\tĐơn vị tính\tThực hiện\nChiều dài đường\tkm\t1,35\nDiện tích trồng\tm²\t25.000", "land=2.5 road=1350"},
		{"the unit of the fact itself", "Chỉ tiêu\tĐơn vị tính\tThực hiện\nChiều dài đường\tm\t1.350", "road=1350"},
		{"Norwegian units", "Tiltak\tEnhet\tPlan\tResultat\nVeilengde\tkm\t2\t1,8\nAreal\tmål\t3\t4", "land=0.4 road=1800"},
		{"English units", "Item\tUnit\tPlan\tResult\nLength of road\tkm\t2\t1.8\nArea planted\tm²\t100\t25000", "land=2.5 road=1800"},
		{"a unit of another measure", "Item\tUnit\tPlan\tResult\nLength of road\tha\t2\t1.8\nArea planted\tha\t3\t2", "land=2"},
		{"a unit in brackets of the row", "Item\tPlan\tResult\nLength of road (km)\t2\t1.8", "road=1800"},
		{"a unit in brackets of a form", "Chiều dài đường (km): 1,35", "road=1350"},
		{"a unit that is written with the value", "Veilengde (km): 900 m", "road=900"},
		{"dates head the columns", "Số dư\t31/12/2025\t30/11/2026\nQuỹ hội\t18.200\t24.650\nVốn vay\t65.000\t91.300", "fund=24650 loan=91300"},
		{"dates with full stops", "Saldo\t31.12.2025\t30.11.2026\nFondet\t18 200\t24 650", "fund=24650"},
		{"dates with months of other years", "Balance\t2025-12-31\t2026-11-30\nFund\t18,200\t24,650", "fund=24650"},
		{"financial years", "Amounts in thousands of euros\tFY2025\tFY2026\nFund\t11.2\t13.8", "fund=13800"},
		{"a currency in the corner", "Currency: GBP\tAmount\nFund\t60,000\nLoan\t210,000", "fund? loan?"},
		{"a currency in the corner in Norwegian", "Valuta: GBP\tBeløp\nFondet\t60 000\nLån\t210 000", "fund? loan?"},
		{"the fact's currency in the corner", "Currency: EUR\tAmount\nFund\t60,000\nLoan\t210,000", "fund=60000 loan=210000"},
		{"a unit on the next line", "Fund: 1,250,000\n(in 1000 EUR)\nLoan: 5", "fund=1250000000 loan=5"},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}

func TestAmountsThatCameToNothingAreNotStated(t *testing.T) {
	rs, err := Load("rules/test.yaml", []byte(measureRules), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"refused", "Our loan of €60,000 was refused.", ""},
		{"declined", "The bank declined our loan of €60,000.", ""},
		{"not approved", "The loan of €60,000 was not approved.", ""},
		{"refused in a form", "Loan: €60,000 (refused)", ""},
		{"another clause", "Our loan is €60,000, but the grant was refused.", "loan=60000"},
		{"Norwegian, not granted", "Lånet på 60 000 euro ble ikke innvilget.", ""},
		{"Norwegian, refused", "Vi fikk avslag på lån på 60 000 euro.", ""},
		{"Norwegian, shelved", "Lån på 60 000 euro ble skrinlagt.", ""},
		{"Norwegian, granted", "Lån på 60 000 euro ble innvilget.", "loan=60000"},
		{"Vietnamese, not approved", "Vốn vay 60.000 euro không được duyệt.", ""},
		{"Vietnamese, refused", "Vốn vay 60.000 euro bị từ chối.", ""},
		{"Vietnamese, granted", "Vốn vay 60.000 euro đã được duyệt.", "loan=60000"},
		{"what was applied for", "Amount applied for: €60,000 (refused)", "asked=60000"},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}

// A form field says by its state whether its text is an answer, and by its value which.
func TestFieldsOfFormsSayWhetherTheyAreFilled(t *testing.T) {
	rs := loadTableRules(t)
	for _, c := range []struct {
		name, label, text string
		field             dossier.Field
		want              string
	}{
		{"a filled field", "Antall medlemmer: ", "54", dossier.Field{Control: dossier.TextField, State: dossier.Filled}, "members=54"},
		{"a prompt", "Antall medlemmer: ", "100", dossier.Field{Control: dossier.TextField, State: dossier.Placeholder}, ""},
		{"the first option of a list", "Meeting held: ", "yes", dossier.Field{Control: dossier.Choice, State: dossier.Unfilled}, ""},
		{"a chosen option", "Đã họp dân: ", "có", dossier.Field{Control: dossier.Choice, State: dossier.Filled}, "met=true"},
		{"a prompt in Vietnamese", "Ngày khánh thành: ", "01/01/2026", dossier.Field{Control: dossier.DateField, State: dossier.Placeholder}, ""},
		{"a date with its value", "Opened on: ", "3/4/2026", dossier.Field{Control: dossier.DateField, State: dossier.Filled,
			Value: &dossier.Value{Kind: dossier.DateValue, Date: "2026-03-04"}}, "opened=2026-03-04"},
	} {
		for _, cell := range []bool{false, true} {
			text, start := c.label+c.text, len([]rune(c.label))
			if cell {
				text = strings.Replace(text, ": ", " \t", 1)
			}
			c.field.Start, c.field.End = start, len([]rune(text))
			block := dossier.Block{Kind: dossier.Paragraph, End: len([]rune(text)), Fields: []dossier.Field{c.field}}
			if cell {
				block = dossier.Block{Kind: dossier.TableKind, End: len([]rune(text)), Table: &dossier.Table{Rows: []dossier.Row{
					{Cells: []dossier.Cell{{End: start - 1}, {Col: 1, Start: start, End: len([]rune(text)), Fields: []dossier.Field{c.field}}}}}}}
			}
			pg := dossier.Page{Number: 1, Text: text, Language: language.Guess(text).Code, Quality: 1, Blocks: []dossier.Block{block}}
			d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{{Name: "a", Pages: []dossier.Page{pg}}}}
			a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "own"}})
			if got := factsOf(a); got != c.want {
				t.Errorf("%s, in a cell %v: %q, want %q", c.name, cell, got, c.want)
			}
		}
	}
}
