package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/text/language"
)

const testRules = `ruleset: test
title: { vi: Thử, nb: Prøve, en: Test }
applies_to: { kind: model }
max_points: 100
documents:
  form: { vi: [Phiếu đăng ký], en: [Registration form] }
  report: { vi: [Báo cáo kết quả], nb: [Rapport], en: [Final report] }
  confirmation: { vi: [Giấy xác nhận], en: [Confirmation] }
words:
  results: { vi: [Kết quả], nb: [Resultater], en: [Results] }
  effect: { vi: [giảm, tăng, hoàn thành], nb: [falt, økte], en: [fell, rose, completed] }
  spread: { vi: [nhân rộng], nb: [tatt i bruk], en: [taken over by] }
facts:
  registered_on: { type: date, labels: { vi: [Ngày đăng ký], nb: [Registrert], en: [Registered on] } }
  started: { type: month, labels: { vi: [Bắt đầu từ], nb: [Startet], en: [Started] } }
  households: { type: count, unit: { vi: [hộ], nb: [husstander], en: [households] }, labels: { vi: [Số hộ tham gia], nb: [Antall husstander], en: [Households taking part] }, say: { vi: ["có {} hộ tham gia"] } }
  money: { type: money, currency: VND, labels: { vi: [Nhân dân đóng góp], nb: [Bidrag], en: [Contributed] } }
  agree: { type: percent, labels: { vi: [Đồng thuận], nb: [Oppslutning], en: [Agreement] } }
  confirmation: { type: document, is: confirmation }
gates:
  - { id: in-time, require: registered_on <= date("2024-03-31"), otherwise: { en: Too late } }
criteria:
  - id: reach
    title: { en: Reach }
    max: 40
    measured: households
    steps: [ { from: 50, points: 20 }, { from: 100, points: 40 } ]
  - id: results
    title: { en: Results }
    max: 40
    evidenced: [ { in: results, any: words.effect, with: number, points: 20, at_most: 2 } ]
  - id: spread
    title: { en: Spread }
    max: 20
    evidenced: [ { any: words.spread, with: other_place, points: 20, at_most: 1 } ]
borderline: 2
bands:
  recommended: total >= 60 and each_criterion >= 40%
order: [ total, dossier ]
`

func testEnv() *Env {
	return &Env{Campaign: "c", Languages: []string{"en", "vi"}, Closes: "2024-11-30",
		Units: []Unit{{ID: "north", Name: "Xã Bắc Sơn"}}, Kinds: []Named{{ID: "model"}}}
}

func loadTest(t *testing.T, src string) *Ruleset {
	t.Helper()
	rs, err := Load("rules/test.yaml", []byte(src), testEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// doc makes a document of one page.
func doc(name, text string) dossier.Document {
	return dossier.Document{Name: name, Type: "text/plain", Pages: []dossier.Page{{Number: 1, Text: text, Language: language.Detect(text), Quality: 1}}}
}

func assess(t *testing.T, docs ...dossier.Document) *dossier.Assessment {
	t.Helper()
	d := &dossier.Dossier{ID: "d", Name: "d", Documents: docs}
	a := loadTest(t, testRules).Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "north"}})
	checkOffsets(t, d, a)
	return a
}

// checkOffsets holds every quote against the page that it names.
func checkOffsets(t *testing.T, d *dossier.Dossier, a *dossier.Assessment) {
	t.Helper()
	var all []dossier.Source
	for _, c := range a.Criteria {
		all = append(all, c.Evidence...)
	}
	for _, f := range a.Facts {
		all = append(all, f.Source)
		for _, r := range f.Rivals {
			all = append(all, r.Source)
		}
	}
	for _, s := range all {
		for _, doc := range d.Documents {
			if doc.Name == s.Document {
				if got := string([]rune(doc.Pages[s.Page-1].Text)[s.Start:s.End]); got != s.Quote {
					t.Errorf("%s %d–%d is %q, quoted as %q", s.Document, s.Start, s.End, got, s.Quote)
				}
			}
		}
	}
}

func fact(a *dossier.Assessment, name string) any {
	for _, f := range a.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

func criterionOf(t *testing.T, a *dossier.Assessment, id string) dossier.Criterion {
	t.Helper()
	for _, c := range a.Criteria {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no criterion %s", id)
	return dossier.Criterion{}
}

func TestFacts(t *testing.T) {
	for _, c := range []struct {
		text, name string
		want       any
	}{
		{"Số hộ tham gia: 120 hộ", "households", 120.0},
		{"Số hộ tham gia\t1.250", "households", 1250.0},
		{"Số hộ tham gia: một trăm hai mươi lăm hộ", "households", 125.0},
		{"Số hộ tham gia (hộ): 48", "households", 48.0},
		{"Số hộ tham gia: 120 người", "households", nil},
		{"Số hộ tham gia:", "households", nil},
		{"Mô hình có 64 hộ tham gia từ đầu năm.", "households", 64.0},
		{"Antall husstander: 1 250 husstander", "households", 1250.0},
		{"Households taking part: 1,250 households", "households", 1250.0},
		{"Households taking part\n96", "households", 96.0},
		{"Nhân dân đóng góp: 2,5 tỷ đồng", "money", 2.5e9},
		{"Nhân dân đóng góp: 180 triệu đồng", "money", 180e6},
		{"Nhân dân đóng góp: 137.000.000 đồng", "money", 137e6},
		{"Bidrag: 65 millioner dong", "money", 65e6},
		{"Contributed: 2.5 million dong", "money", 2.5e6},
		{"Đồng thuận: 97,5%", "agree", 97.5},
		{"Đồng thuận: chín mươi phần trăm", "agree", 90.0},
		{"Oppslutning: 91 prosent", "agree", 91.0},
		{"Ngày đăng ký: ngày 09 tháng 2 năm 2024", "registered_on", "2024-02-09"},
		{"Ngày đăng ký: 31/3/2024", "registered_on", "2024-03-31"},
		{"Ngày đăng ký: 31/2/2024", "registered_on", nil},
		{"Registrert: 20. februar 2024", "registered_on", "2024-02-20"},
		{"Registered on: March 5, 2024", "registered_on", "2024-03-05"},
		{"Registered on: 2024-03-05", "registered_on", "2024-03-05"},
		{"Bắt đầu từ: tháng 3/2024", "started", "2024-03"},
		{"Startet: mai 2024", "started", "2024-05"},
		{"Started: January 2024", "started", "2024-01"},
	} {
		if got := fact(assess(t, doc("a.txt", c.text)), c.name); got != c.want {
			t.Errorf("%q: %s is %v, want %v", c.text, c.name, got, c.want)
		}
	}
}

// A label is read in its own language, also on a page of another.
func TestLabelTellsTheLanguageOfItsValue(t *testing.T) {
	page := "ỦY BAN NHÂN DÂN XÃ ĐẠI AN\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nthôn này có nhiều hộ của xã và các khu được nhà nước công nhận\nStartet: mai 2024\nBidrag: 65 millioner dong"
	a := assess(t, doc("a.txt", page))
	if got := fact(a, "started"); got != "2024-05" {
		t.Errorf("started is %v", got)
	}
	if got := fact(a, "money"); got != 65e6 {
		t.Errorf("money is %v", got)
	}
}

// Evidence counts only if it is said to have happened.
func TestEvidence(t *testing.T) {
	for _, c := range []struct {
		text, criterion string
		points          float64
		why             string // in the reason
	}{
		{"Kết quả\nTai nạn giảm từ 12 xuống 3 vụ.", "results", 20, ""},
		{"Kết quả\nTai nạn giảm 9 vụ. Thu nhập tăng 20%. Hoàn thành 3 km đường.", "results", 40, ""},
		{"Kết quả\nTai nạn giảm rõ rệt.", "results", 0, ""},
		{"Tai nạn giảm từ 12 xuống 3 vụ.", "results", 0, ""},
		{"Kết quả\nTai nạn không giảm, vẫn 12 vụ.", "results", 0, "under a negation"},
		{"Kết quả\nTai nạn chưa giảm so với 12 vụ năm trước.", "results", 0, "under a negation"},
		{"Kết quả\nKhông chỉ giảm 9 vụ tai nạn, bà con còn vui.", "results", 20, ""},
		{"Kết quả\nNăm sau sẽ giảm 9 vụ tai nạn.", "results", 0, "a plan"},
		{"Kết quả\nTrong năm 2025, thôn hoàn thành 5 km đường.", "results", 0, "a plan"},
		{"Results\nAccidents fell by 9.", "results", 20, ""},
		{"Results\nAccidents did not fall, and none of the 9 roads was completed.", "results", 0, ""},
		{"Results\nWe will have completed 9 roads.", "results", 0, "a plan"},
		{"Resultater\nUlykkene falt fra 12 til 3.", "results", 20, ""},
		{"Resultater\nUlykkene falt ikke, de er fortsatt 12 i året.", "results", 0, "under a negation"},
		{"Mô hình được nhân rộng sang xã Đại Lãnh.", "spread", 20, ""},
		{"Mô hình được nhân rộng trong xã Bắc Sơn.", "spread", 0, ""},
		{"Mô hình chưa được nhân rộng sang xã Đại Lãnh.", "spread", 0, "under a negation"},
		{"The model was taken over by the commune of Sekong.", "spread", 20, ""},
	} {
		a := assess(t, doc("report.txt", "Báo cáo kết quả\n"+c.text))
		got := criterionOf(t, a, c.criterion)
		if got.Points != c.points {
			t.Errorf("%q: %s earns %v, want %v (%s)", c.text, c.criterion, got.Points, c.points, got.Reason["en"])
		}
		if got.Points > 0 && len(got.Evidence) == 0 {
			t.Errorf("%q: points without evidence", c.text)
		}
		if !strings.Contains(got.Reason["en"], c.why) {
			t.Errorf("%q: the reason %q does not say %q", c.text, got.Reason["en"], c.why)
		}
	}
}

func TestContradictions(t *testing.T) {
	form, report := "Phiếu đăng ký\nSố hộ tham gia: 150 hộ\nNgày đăng ký: 1/2/2024", "Báo cáo kết quả\nSố hộ tham gia: %s\n"
	for _, c := range []struct {
		says string
		want bool
	}{{"210 hộ", true}, {"150 hộ", false}, {"một trăm năm mươi hộ", false}, {"khoảng 155 hộ", false}, {"khoảng 300 hộ", true}} {
		a := assess(t, doc("form.txt", form), doc("report.txt", fmt.Sprintf(report, c.says)))
		if got := a.HasFlag(dossier.FlagContradiction); got != c.want {
			t.Errorf("150 hộ against %q: contradiction is %v, want %v", c.says, got, c.want)
		}
	}
}

func TestOutcomes(t *testing.T) {
	good := "Báo cáo kết quả\nNgày đăng ký: %s\nSố hộ tham gia: %d hộ\nKết quả\nTai nạn giảm 9 vụ. Thu nhập tăng 20%%.\nNhân rộng\nMô hình được nhân rộng sang xã Đại Lãnh."
	for _, c := range []struct {
		on   string
		n    int
		want dossier.Outcome
	}{
		{"1/2/2024", 120, dossier.Recommended},
		{"1/2/2024", 20, dossier.NotRecommended},
		{"1/4/2024", 120, dossier.Ineligible},
		{"31/3/2024", 120, dossier.Recommended},
	} {
		a := assess(t, doc("r.txt", fmt.Sprintf(good, c.on, c.n)), doc("c.txt", "Giấy xác nhận"))
		if a.Outcome != c.want {
			t.Errorf("registered %s, %d households: %s, want %s (%s)", c.on, c.n, a.Outcome, c.want, a.Band["en"])
		}
		for _, lang := range []string{"vi", "nb", "en"} {
			if a.Band[lang] == "" {
				t.Errorf("no reason in %s", lang)
			}
		}
	}
	a := assess(t, doc("r.txt", "Báo cáo kết quả\nSố hộ tham gia: 120 hộ"))
	if a.Outcome == dossier.Ineligible || a.Gates[0].Passed {
		t.Errorf("a date that nobody states: %s, gate %v", a.Outcome, a.Gates[0])
	}
	if !a.HasFlag(dossier.FlagMissingDocument) {
		t.Error("nothing says that the confirmation is missing")
	}
}

// A condition hangs only on the facts that decide it.
func TestConditionsWithUnknownFacts(t *testing.T) {
	for _, c := range []struct {
		require string
		text    string
		passed  bool
		unknown string
	}{
		{`absent(agree) or households >= 50`, "Số hộ tham gia: 10 hộ", true, ""},
		{`households >= 50 or agree >= 80`, "Số hộ tham gia: 60 hộ", true, ""},
		{`households >= 50 and agree >= 80`, "Số hộ tham gia: 10 hộ", false, ""},
		{`households >= 50 and agree >= 80`, "Số hộ tham gia: 60 hộ", false, "Agreement"},
		{`not (agree >= 80)`, "Số hộ tham gia: 60 hộ", false, "Agreement"},
		{`started != "2024-01"`, "Số hộ tham gia: 60 hộ", false, "Started"},
	} {
		src := strings.Replace(testRules, `require: registered_on <= date("2024-03-31")`, "require: '"+c.require+"'", 1)
		d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", c.text)}}
		g := loadTest(t, src).Assess(Read(d), Given{Identity: dossier.Identity{}}).Gates[0]
		if g.Passed != c.passed || (c.unknown != "") != strings.Contains(g.Reason["en"], "No "+c.unknown+" found") {
			t.Errorf("%s with %q: passed %v, %q", c.require, c.text, g.Passed, g.Reason["en"])
		}
	}
}

// All mistakes of a ruleset come at once, each at its place.
func TestMistakesInRules(t *testing.T) {
	src := strings.NewReplacer(
		"type: money", "type: monney",
		"measured: households", "measured: housholds",
		"any: words.spread", "any: words.sprad",
		`registered_on <= date("2024-03-31")`, `registred_on <= date("2024-13-31")`,
		"total >= 60 and", "totl >= 60 and",
		"borderline: 2", "bordeline: 2",
	).Replace(testRules)
	_, err := Load("rules/test.yaml", []byte(src), testEnv(), nil)
	var ps strict.Problems
	if !errors.As(err, &ps) {
		t.Fatal(err)
	}
	lines := strings.Split(src, "\n")
	for _, want := range []struct{ word, cure string }{
		{"monney", "money"}, {"housholds", "households"}, {"words.sprad", "spread"}, {"registred_on", "registered_on"}, {"totl", "total"}, {"bordeline", "borderline"},
	} {
		found := false
		for _, p := range ps {
			if p.Line < 1 || p.Line > len(lines) || p.Col < 1 {
				t.Errorf("%v has no place", p)
				continue
			}
			rest := string([]rune(lines[p.Line-1])[min(p.Col-1, len([]rune(lines[p.Line-1]))):])
			if strings.HasPrefix(strings.TrimLeft(rest, `"'`), want.word) && strings.Contains(p.Cure+p.Message, strings.Trim(want.cure, `"`)) {
				found = true
			}
		}
		if !found {
			t.Errorf("nothing points at %s and names %s:\n%v", want.word, want.cure, ps)
		}
	}
	if len(ps) < 6 {
		t.Errorf("%d mistakes are reported", len(ps))
	}
}

// A ruleset can be read aloud in every language: nothing of it is left out, and
// nothing of how it is written is left in.
func TestRulesetAsProse(t *testing.T) {
	src := strings.Replace(testRules, "borderline: 2\n", "borderline: 2\ncopies: { flag_above: 20%, above: 40%, costs: 15 }\nquotas: [ { per: unit, most: 3 } ]\n", 1)
	rs := loadTest(t, src)
	for lang, want := range map[string][]string{
		"en": {"At most 100 points", "Too late", "Registered on ≤ 31 March 2024", "Reach – at most 40 points", "By “Households taking part”: from 50 households, 20 points; from 100 households, 40 points", "20 points for each sentence with one of the words “completed”, “fell”, “rose” in the section “Results” together with a number, at most 2 times", "name of another place", "by 20% or more is flagged; from 40% it costs 15 points", "recommended, if: total ≥ 60 and each criterion ≥ 40%", "All others: not recommended", "At most 3 are recommended for each unit"},
		"vi": {"“giảm”, “hoàn thành”, “tăng”", "Số hộ tham gia", "tổng điểm ≥ 60 và mỗi tiêu chí ≥ 40%", "Mỗi đơn vị được đề nghị nhiều nhất 3"},
		"nb": {"«Antall husstander»", "sum ≥ 60 og hvert kriterium ≥ 40\u00a0%", "Høyst 3 foreslås per enhet"},
	} {
		got := rs.Explain(lang, true)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in\n%s", lang, w, got)
			}
		}
		for _, no := range []string{"%!", "each_criterion", "registered_on", ">=", "<no value>", "date("} {
			if strings.Contains(got, no) {
				t.Errorf("%s: %q is left in\n%s", lang, no, got)
			}
		}
	}
}

// A ruleset's examples say what texts must get; those that don't get it are told
// with the reason, and wrong ones with their place.
func TestExamples(t *testing.T) {
	rs := loadTest(t, testRules+`examples:
  - { name: counted, text: "Households taking part: 120 households", expect: { reach: 40 } }
  - { name: planned, text: "Results: next year thefts will have completed 3.", expect: { results: 0 } }
  - { name: wrong, text: "Số hộ tham gia: 60 hộ", expect: { reach: 40, spread: 0 } }
`)
	for i, want := range []int{0, 0, 1} {
		if got := rs.Check(rs.Examples[i]); len(got) != want {
			t.Errorf("%s: %+v", rs.Examples[i].Name, got)
		}
	}
	if m := rs.Check(rs.Examples[2])[0]; m.Criterion != "reach" || m.Want != 40.0 || m.Got != 20.0 || m.Reason["en"] == "" {
		t.Errorf("%+v", m)
	}
	_, err := Load("rules/test.yaml", []byte(testRules+"examples:\n  - { text: x, expect: { reech: 1 } }\n  - { text: x, expect: { reach: 50 } }\n"), testEnv(), nil)
	if err == nil || !strings.Contains(err.Error(), `did you mean "reach"`) || !strings.Contains(err.Error(), "can't get 50 points") {
		t.Errorf("%v", err)
	}
}

// A rule that reads a person's traits is refused, with its place and the reason;
// work for people of every kind is not.
func TestTraitsAreRefused(t *testing.T) {
	with := func(fact string) string {
		return strings.Replace(testRules, "  confirmation: { type: document", "  "+fact+"\n  confirmation: { type: document", 1)
	}
	for fact, kind := range map[string]string{
		`origin: { type: text, labels: { vi: [Dân tộc] } }`:                     "ethnicity",
		`faith2: { type: text, labels: { nb: ["Livssyn:"] } }`:                  "religion",
		`who: { type: text, labels: { vi: [Giới tính], en: [Sex] } }`:           "sex",
		`born: { type: date, labels: { vi: [Ngày sinh] } }`:                     "age",
		`nominee_age: { type: number, labels: { en: [Years of the nominee] } }`: "age",
		`years: { type: number, say: { en: ["{} years old"] } }`:                "age",
		`state: { type: text, labels: { vi: [Tình trạng sức khỏe] } }`:          "health",
		`member: { type: yes_no, labels: { nb: [Partimedlemskap] } }`:           "opinion",
	} {
		_, err := Load("rules/test.yaml", []byte(with(fact)), testEnv(), nil)
		if err == nil || !strings.Contains(err.Error(), "trait of a person: "+kind) || !strings.Contains(err.Error(), "rules/test.yaml:") {
			t.Errorf("%s: %v, want a refusal for %s", fact, err, kind)
		}
	}
	for _, fact := range []string{
		`minority_households: { type: count, labels: { vi: [Số hộ đồng bào dân tộc thiểu số được hỗ trợ] } }`,
		`health_stations: { type: count, labels: { en: [Health stations built] } }`,
		`women: { type: count, labels: { vi: [Số hội viên phụ nữ tham gia] } }`,
	} {
		if _, err := Load("rules/test.yaml", []byte(with(fact)), testEnv(), nil); err != nil {
			t.Errorf("%s: %v", fact, err)
		}
	}
}

func TestAssessingIsPure(t *testing.T) {
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("r.txt", "Báo cáo kết quả\nNgày đăng ký: 1/2/2024\nSố hộ tham gia: 120 hộ\nKết quả\nTai nạn giảm 9 vụ.")}}
	rs := loadTest(t, testRules)
	one, _ := json.Marshal(rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}}))
	for range 20 {
		r := Read(d)
		rs.Assess(r, Given{Identity: dossier.Identity{Kind: "model"}})
		if again, _ := json.Marshal(rs.Assess(r, Given{Identity: dossier.Identity{Kind: "model"}})); string(again) != string(one) {
			t.Fatalf("the same dossier under the same rules:\n%s\n%s", one, again)
		}
	}
}

func FuzzAssess(f *testing.F) {
	for _, s := range []string{"Số hộ tham gia: 120 hộ", "Ngày đăng ký: 1/2/2024\tSố hộ tham gia\t", "Kết quả\nTai nạn giảm từ 12 xuống 3 vụ.", "(((:::\t\t\n\n1.2.3.4%", "một trăm tỷ tỷ tỷ tỷ đồng"} {
		f.Add(s)
	}
	rs, err := Load("rules/test.yaml", []byte(testRules), testEnv(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.txt", text)}}
		checkOffsets(t, d, rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Unit: "north"}}))
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(testRules)
	if b, err := os.ReadFile("../samples/campaign/rules/model-district.yaml"); err == nil {
		f.Add(string(b))
	}
	f.Add("ruleset: x\ncriteria: [&a [*a]]\n")
	f.Fuzz(func(t *testing.T, src string) {
		rs, err := Load("rules/test.yaml", []byte(src), testEnv(), nil)
		if (rs == nil) == (err == nil) {
			t.Errorf("a ruleset %v and an error %v", rs != nil, err)
		}
	})
}
