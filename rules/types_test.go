package rules

import (
	"fmt"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/rules/exchange"
	"kheo/rules/factreader"
	"kheo/rules/lookup"
)

// typeRules is a ruleset with one fact, whose definition is FACT, and a criterion that is measured by it.
const typeRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
documents: { form: { en: [Registration form] }, confirmation: { en: [Confirmation] } }
TABLESfacts:
FACTS
LETcriteria:
  - id: c
    title: { en: C }
    max: 10
    MEASURED
bands: { recommended: total >= 10 }
`

// typed loads typeRules with facts, and whatever else is given as KEY: text. Without MEASURED the criterion looks for a
// word.
func typed(t *testing.T, facts string, more map[string]string, env *Env) *Ruleset {
	t.Helper()
	src := typeRules
	for _, line := range strings.Split(strings.TrimSpace(facts), "\n") {
		src = strings.Replace(src, "FACTS", "  "+strings.TrimRight(line, " ")+"\nFACTS", 1)
	}
	src = strings.Replace(src, "FACTS\n", "", 1)
	measured := `evidenced: [ { any: [replicated], points: 10 } ]`
	if m := more["MEASURED"]; m != "" {
		measured = m
	}
	for key, by := range map[string]string{"TABLES": more["TABLES"], "LET": more["LET"], "MEASURED": measured} {
		src = strings.Replace(src, key, by, 1)
	}
	if env == nil {
		env = testEnv()
	}
	rs, err := Load("rules/r.yaml", []byte(src), env, openOffice)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return rs
}

// assessed assesses papers, of which each is a document.
func assessed(rs *Ruleset, given Given, papers ...string) *dossier.Assessment {
	d := &dossier.Dossier{ID: "d", Name: "Folder"}
	for i, text := range papers {
		d.Documents = append(d.Documents, doc(fmt.Sprintf("%d.txt", i), text))
	}
	given.Identity.Kind = "model"
	return rs.Assess(Read(d), given)
}

// factOf is a fact of an assessment as tests compare it: value, readings if there are any, and names.
func factOf(a *dossier.Assessment, name string) string {
	for _, f := range a.Facts {
		if f.Name != name {
			continue
		}
		s := fmt.Sprint(f.Value)
		if f.Unit != "" {
			s += " " + f.Unit
		}
		if len(f.Readings) > 0 {
			s += fmt.Sprint(" or ", f.Readings)
		}
		if len(f.Names) > 0 {
			s += " (" + strings.Join(f.Names, ", ") + ")"
		}
		return s
	}
	return ""
}

func TestValuesOfEveryType(t *testing.T) {
	for _, c := range []struct{ name, fact, text, want string }{
		{"a plain number behind its label", "x: { type: number, labels: [Score] }", "Score: 87", "87"},
		{"a plain number with decimals", "x: { type: number, labels: [Score] }", "Score: 8.5", "8.5"},
		{"a percentage is not a plain number", "x: { type: number, labels: [Score] }", "Score: 87%", ""},
		{"money is not a plain number", "x: { type: number, labels: [Score] }", "Score: 87 dollars", ""},

		{"an option by its words", "x: { type: choice, labels: [Rank], options: { good: [Good], top: [Very good] } }", "Rank: Very good", "top"},
		{"an option in a cell", "x: { type: choice, labels: [Rank], options: { good: [Good], top: [Very good] } }", "Rank\tGood", "good"},
		{"an option with a remark", "x: { type: choice, labels: [Rank], options: { good: [Good], top: [Very good] } }", "Rank: Good (2024)", "good"},
		{"an option that goes on", "x: { type: choice, labels: [Rank], options: { good: [Good], top: [Very good] } }", "Rank: Good enough", "good or [<nil>]"},
		{"a word that only holds an option", "x: { type: choice, labels: [Rank], options: { good: [Good], top: [Very good] } }", "Rank: not good", ""},
		{"a list without a mark", "x: { type: choice, labels: [Rank], options: { good: [Good], top: [Very good] } }", "Rank: Good / Very good", ""},
		{"boxes of which none is marked", "x: { type: choice, labels: [Rank], options: { good: [Good], fair: [Fair] } }", "Rank: ☐ Good ☐ Fair", ""},
		{"a mark before the option", "x: { type: choice, labels: [Rank], options: { good: [Good], fair: [Fair] } }", "Rank: ☐ Good ☑ Fair", "fair"},
		{"a mark behind the option", "x: { type: choice, labels: [Rank], options: { good: [Good], fair: [Fair] } }", "Rank: Good ☑ Fair ☐", "good"},
		{"letters as marks", "x: { type: choice, labels: [Rank], options: { good: [Good], fair: [Fair] } }", "Rank: [ ] Good [x] Fair", "fair"},
		{"two marks", "x: { type: choice, labels: [Rank], options: { good: [Good], fair: [Fair] } }", "Rank: ☑ Good ☑ Fair", "good or [fair]"},
		{"boxes on both sides", "x: { type: choice, labels: [Rank], options: { good: [Good], fair: [Fair] } }", "Rank: ☐ Good ☑ Fair ☐", "good or [fair]"},
		{"boxes in cells", "x: { type: choice, labels: [Rank], options: { good: [Good], fair: [Fair] } }", "Rank\t☐ Good\t☑ Fair", "fair"},
		{"boxes on lines of their own", "x: { type: choice, labels: [Rank], options: { good: [Good], fair: [Fair] } }", "Rank:\n☐ Good\n☑ Fair\nNext: ☑ Good", "fair"},
		{"the option of a sentence", "x: { type: choice, say: ['was ranked {}'], options: { good: [Good], fair: [Fair] } }", "The model was ranked fair by all.", "fair"},

		{"names with commas", "x: { type: names, labels: [Partners] }", "Partners: Red Cross, Scouts and Rotary", "3 (Red Cross, Scouts, Rotary)"},
		{"names with semicolons", "x: { type: names, labels: [Partners] }", "Partners: A. Olsen, chair; B. Berg, cashier", "2 (A. Olsen, chair, B. Berg, cashier)"},
		{"names with brackets", "x: { type: names, labels: [Partners] }", "Partners: Red Cross (Oslo, Bergen), Scouts, Rotary", "3 (Red Cross (Oslo, Bergen), Scouts, Rotary)"},
		{"two names that may be one", "x: { type: names, labels: [Partners] }", "Partners: Sports and Culture", "2 or [1] (Sports, Culture)"},
		{"a name twice", "x: { type: names, labels: [Partners] }", "Partners: Scouts, Rotary, scouts", "2 (Scouts, Rotary)"},
		{"a list that is not complete", "x: { type: names, labels: [Partners] }", "Partners: Scouts, Rotary, Lions, etc.", "3 (Scouts, Rotary, Lions)"},
		{"no names", "x: { type: names, labels: [Partners] }", "Partners: none", "0"},
		{"a number is not a name", "x: { type: names, labels: [Partners] }", "Partners: 3", ""},
		{"a numbered list below", "x: { type: names, labels: [Partners] }", "Partners:\n1. Red Cross\n2. Scouts\n3. Rotary\nResults: 1", "3 (Red Cross, Scouts, Rotary)"},
		{"an entry over two lines", "x: { type: names, labels: [Partners] }", "Partners:\n1. Red Cross of\nthe north\n2. Scouts\nResults:\n1. More", "2 (Red Cross of, Scouts)"},
		{"bullets below", "x: { type: names, labels: [Partners] }", "Partners:\n- Red Cross\n- Scouts\n\nThe rest.", "2 (Red Cross, Scouts)"},
		{"rows of a table below", "x: { type: names, labels: [Partners] }", "Partners\nNo.\tName\tSince\n1\tRed Cross\t2019\n2\tScouts\t2020\n3\t\t\nThe rest.", "2 (Red Cross, Scouts)"},
		{"rows without numbers", "x: { type: names, labels: [Partners] }", "Partners\nName\tSince\nRed Cross\t2019\nScouts\t2020\n", "2 or [3] (Red Cross, Scouts)"},
		{"a list over two lines", "x: { type: names, labels: [Partners] }", "Partners: Red Cross, Scouts,\nRotary", "3 (Red Cross, Scouts, Rotary)"},

		{"the first way that finds a value", "x: { type: count, first_of: [ { labels: [Confirmed], papers: confirmation }, { labels: [Households] } ] }", "Confirmation\nConfirmed: 12\n\x00Registration form\nHouseholds: 40", "12"},
		{"the second way if the first finds none", "x: { type: count, first_of: [ { labels: [Confirmed], papers: confirmation }, { labels: [Households] } ] }", "Registration form\nConfirmed: 12\nHouseholds: 40", "40"},
		{"a row of the office's table", "x: { type: count, from: table, table: late, value: Days late }", "x", "3"},
		{"an empty cell states nothing", "x: { type: count, from: table, table: late, value: Days late }\ny: { type: unit, labels: [Unit] }", "south", "3"},
		{"the office's table before the papers", "x: { type: count, first_of: [ { from: table, table: late, value: Members }, { labels: [Members] } ] }", "Members: 99", "40"},
		{"what only a person states", "x: { type: yesno, from: person }", "x: yes", ""},

		{"how many files", "x: { type: file, property: count }", "one\x00two", "2"},
		{"how many files of a paper", "x: { type: file, property: count, of: confirmation }", "one\x00Confirmation\nThe committee of the hamlet confirms the figures of the report.", "1"},
		{"words of a paper", "x: { type: file, property: words, of: confirmation }", "one two\x00Confirmation\nthree four five", "4"},
		{"pages of a text are not known", "x: { type: file, property: pages }", "one", ""},
		{"the format", "x: { type: file, property: format }", "one\x00two", "txt"},
		{"when it came in", "x: { type: file, property: received_on }", "one", "2024-05-02"},
	} {
		rs := typed(t, c.fact, map[string]string{"TABLES": "tables: { late: { file: punctuality.csv, key: unit } }\n"}, nil)
		a := assessed(rs, Given{Identity: dossier.Identity{Unit: "north"}, Received: "2024-05-02"}, strings.Split(c.text, "\x00")...)
		if got := factOf(a, "x"); got != c.want {
			t.Errorf("%s: %q is %s, want %s", c.name, c.text, got, c.want)
		}
		for _, f := range a.Facts {
			if f.Name == "x" && len(f.Readings) > 0 != (f.State == dossier.Doubtful) {
				t.Errorf("%s: %+v", c.name, f)
			}
		}
	}
}

func TestPagesAreKnownOfFormatsThatHaveThem(t *testing.T) {
	rs := typed(t, "x: { type: file, property: pages, of: confirmation }\ny: { type: file, property: pages }\nz: { type: file, property: size }", nil, nil)
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{doc("a.pdf", "Confirmation\nof the year")}}
	d.Documents[0].Type, d.Documents[0].Size = "application/pdf", 1_250_000
	for i := 2; i <= 12; i++ {
		d.Documents[0].Pages = append(d.Documents[0].Pages, dossier.Page{Number: i, Text: fmt.Sprint("Page ", i), Quality: 1, Language: "en"})
	}
	a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}})
	if x, y, z := factOf(a, "x"), factOf(a, "y"), factOf(a, "z"); x != "12" || y != "12" || z != "1.25 MB" {
		t.Errorf("%s pages of the paper, %s in all, %s", x, y, z)
	}
	d.Documents = append(d.Documents, doc("b.txt", "More."))
	if a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}}); factOf(a, "y") != "" || factOf(a, "x") != "12" {
		t.Error("the pages of a text are known")
	}
}

const steps = "measured: x\n    steps: [ { from: 10, points: 10 } ]"

func TestComputedFacts(t *testing.T) {
	facts := "a: { type: count, labels: [Alpha] }\nb: { type: count, labels: [Beta] }\nd: { type: date, labels: [Founded] }\nm: { type: count, from: manifest }"
	for _, c := range []struct {
		name, let, text, want string
		outcome               dossier.Outcome
	}{
		{"a sum", "x: a + b", "Alpha: 4\nBeta: 6", "10", dossier.Recommended},
		{"a sum of which a part is not known", "x: a + b", "Alpha: 40", "", dossier.NotRecommended},
		{"a part that may be missing", "x: a + number(b)", "Alpha: 40", "40", dossier.Recommended},
		{"years", "x: year(campaign.closes) - year(d)", "Founded: 1 May 2011", "13", dossier.Recommended},
		{"months", "x: month(d)", "Founded: 1 May 2011", "5", dossier.NotRecommended},
		{"days", `x: 'days_between(date("2011-04-21"), d)'`, "Founded: 1 May 2011", "10", dossier.Recommended},
		{"a share, rounded", "x: 'round(share(a, b) * 100, 1)'", "Alpha: 2\nBeta: 3", "66.7", dossier.Recommended},
		{"a division by 0 is not known", "x: a / b", "Alpha: 4\nBeta: 0", "", dossier.NotRecommended},
		{"a share of 0 is not known", "x: 'share(a, b)'", "Alpha: 4\nBeta: 0", "", dossier.NotRecommended},
		{"the lowest and the highest", "x: 'max(min(a, b), 3, a)'", "Alpha: 40\nBeta: 6", "40", dossier.Recommended},
		{"computed of what is computed", "x: y * 2, y: a + 1", "Alpha: 4", "10", dossier.Recommended},
		{"a condition", "x: 'y ? 10 : 0', y: a > 3", "Alpha: 4", "10", dossier.Recommended},
		{"decimals as people count them", "x: a * 0.1 + b * 0.2", "Alpha: 1\nBeta: 1", "0.3", dossier.NotRecommended},
		{"a person's part that is uncertain", "x: a + b", "Alpha: 4\nBeta: 6\nBeta: 60", "10", dossier.Recommended},
	} {
		t.Run(c.name, func(t *testing.T) {
			rs := typed(t, facts, map[string]string{"LET": "let: { " + c.let + " }\n", "MEASURED": steps}, nil)
			a := assessed(rs, Given{}, c.text)
			if got := factOf(a, "x"); got != c.want || a.Outcome != c.outcome {
				t.Errorf("x is %q and the outcome %s (%s), want %q, %s", got, a.Outcome, a.Band["en"], c.want, c.outcome)
			}
			for _, lang := range []string{"vi", "nb", "en"} {
				if a.Criteria[0].Reason[lang] == "" {
					t.Errorf("no reason in %s", lang)
				}
			}
		})
	}
}

// The reason of what is computed shows the arithmetic, and its evidence is that of its parts.
func TestComputedFactsShowTheArithmetic(t *testing.T) {
	rs := typed(t, "d: { type: date, labels: { en: [Founded], vi: [Thành lập], nb: [Stiftet] } }\na: { type: count, labels: [Alpha] }",
		map[string]string{"LET": "let: { x: { value: year(campaign.closes) - year(d) + a, title: { en: Years running, nb: År i drift }, unit: { en: years } } }\n", "MEASURED": steps}, nil)
	a := assessed(rs, Given{}, "Founded: 1 May 2011", "Alpha: 4")
	for lang, want := range map[string]string{
		"en": "Years running: 17 years (the year of “30 November 2024” − the year of “1 May 2011” + 4); the step from 10 earns 10 points",
		"vi": "năm của “30/11/2024” − năm của “1/5/2011” + 4",
		"nb": "År i drift",
	} {
		if got := a.Criteria[0].Reason[lang]; !strings.Contains(got, want) {
			t.Errorf("the reason in %s is %q, want %q in it", lang, got, want)
		}
	}
	var cited []string
	for _, e := range a.Criteria[0].Evidence {
		cited = append(cited, e.Quote)
	}
	if strings.Join(cited, " | ") != "Founded: 1 May 2011 | Alpha: 4" {
		t.Errorf("%v is cited", cited)
	}
	missing := assessed(rs, Given{}, "Alpha: 4").Criteria[0].Reason["en"]
	if missing != "Years running cannot be computed; it needs: Founded, Alpha" {
		t.Errorf("without a part the reason is %q", missing)
	}
}

// What is computed of a fact that is not settled is as little settled, unless every reading gives the same.
func TestComputedFactsAreAsSureAsTheirParts(t *testing.T) {
	rank := "r: { type: choice, labels: [Rank], options: { good: [Good], fair: [Fair] } }\na: { type: count, labels: [Alpha] }"
	for _, c := range []struct {
		name, facts, let, text, want string
		outcome                      dossier.Outcome
		points                       float64
	}{
		{"readings are tried", rank, `x: 'r == "good" ? 10 : 0'`, "Rank: ☑ Good ☑ Fair", "10 or [0]", dossier.NeedsReview, 0},
		{"readings that give the same are settled", rank, `x: 'r == "good" or r == "fair" ? 10 : 0'`, "Rank: ☑ Good ☑ Fair", "10", dossier.Recommended, 10},
		{"readings that change no step are settled by the outcome", rank, `x: 'r == "good" ? 20 : 15'`, "Rank: ☑ Good ☑ Fair", "20 or [15]", dossier.NotRecommended, 0},
		{"what only the manifest states", "a: { type: count, labels: [Alpha] }\nm: { type: count, labels: [More] }", "x: a + m", "Alpha: 4", "24", dossier.NeedsReview, 0},
	} {
		rs := typed(t, c.facts, map[string]string{"LET": "let: { " + c.let + " }\n", "MEASURED": steps}, nil)
		d := &dossier.Dossier{ID: "d", Manifest: by(map[string]any{"m": 20.0}, ""), Documents: []dossier.Document{doc("a.txt", c.text)}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}})
		if c.name == "readings that change no step are settled by the outcome" {
			c.outcome = dossier.NeedsReview // nothing counts until a person says which, and then it is recommended
		}
		if got := factOf(a, "x"); got != c.want || a.Outcome != c.outcome || a.Points != c.points {
			t.Errorf("%s: x is %q, %s, %v points; want %q, %s, %v", c.name, got, a.Outcome, a.Points, c.want, c.outcome, c.points)
		}
		var flags []string
		for _, f := range a.Flags {
			if f.Code == dossier.FlagUncertainFact || f.Code == dossier.FlagUnsupported {
				flags = append(flags, f.Code)
			}
		}
		if len(flags) != 1 {
			t.Errorf("%s: flags %v: the part is flagged, and not what is computed of it", c.name, flags)
		}
	}
	rs := typed(t, rank, map[string]string{"LET": `let: { x: 'r == "good" ? 10 : 0' }` + "\n", "MEASURED": steps}, nil)
	a := assessed(rs, Given{Corrections: []dossier.Correction{{Fact: "x", Value: 12.0, Why: "counted"}}}, "Rank: ☑ Good ☑ Fair")
	if a.Points != 10 || a.Outcome != dossier.Recommended {
		t.Errorf("what a person stated: %v points, %s", a.Points, a.Outcome)
	}
}

func TestMoneyInOtherCurrencies(t *testing.T) {
	rates := &exchange.Rates{On: "2026-06-30", To: "NOK", Of: map[string]float64{"USD": 10, "VND": 0.0004}}
	for _, c := range []struct {
		name, currency, text string
		rates                *exchange.Rates
		want                 string
		outcome              dossier.Outcome
		flags                string
	}{
		{"in its own currency", "NOK", "Budget: 12 000 NOK", nil, "12000 NOK", dossier.Recommended, ""},
		{"without a rate it is not compared", "NOK", "Budget: 12,000 USD", nil, "12000 USD or [<nil>]", dossier.NeedsReview, "other-currency"},
		{"without a rate it is not compared, though any value would do the same", "NOK", "Budget: 1 USD", nil, "1 USD or [<nil>]", dossier.NeedsReview, "other-currency"},
		{"with a rate it is converted", "NOK", "Budget: 1,500 USD", rates, "15000 NOK", dossier.Recommended, ""},
		{"by way of the currency of the rates", "USD", "Budget: 30 000 000 dong", rates, "1200 USD", dossier.NotRecommended, ""},
		{"a currency that has no rate", "EUR", "Budget: 12,000 USD", rates, "12000 USD or [<nil>]", dossier.NeedsReview, "other-currency"},
		{"beside its own currency it does not matter", "NOK", "Budget: 12 000 NOK\nBudget: 900 USD", nil, "12000 NOK", dossier.Recommended, ""},
	} {
		env := testEnv()
		env.Exchange = c.rates
		rs := typed(t, "x: { type: money, currency: "+c.currency+", labels: [Budget] }", map[string]string{"MEASURED": "measured: x\n    steps: [ { from: 10000, points: 10 } ]"}, env)
		a := assessed(rs, Given{}, c.text)
		var flags []string
		for _, f := range a.Flags {
			flags = append(flags, f.Code)
		}
		for _, f := range a.Flags {
			if strings.Contains(f.Message["en"], "““") {
				t.Errorf("%s: quoted twice: %s", c.name, f.Message["en"])
			}
		}
		if got := factOf(a, "x"); got != c.want || a.Outcome != c.outcome || strings.Join(flags, " ") != c.flags {
			t.Errorf("%s: %s, %s (%s), flags %v; want %s, %s, %s", c.name, got, a.Outcome, a.Band["en"], flags, c.want, c.outcome, c.flags)
		}
	}
	env := testEnv()
	env.Exchange = rates
	rs := typed(t, "x: { type: money, currency: NOK, labels: [Budget] }", map[string]string{"MEASURED": "measured: x\n    steps: [ { from: 10000, points: 10 } ]"}, env)
	if reason := assessed(rs, Given{}, "Budget: 1,500 USD").Criteria[0].Reason["en"]; !strings.Contains(reason, "15,000 NOK (1,500 USD at 10, the rate of 30 June 2026)") {
		t.Errorf("the reason does not show the rate: %q", reason)
	}
}

// An amount whose sign may be that of several currencies is not converted by the rate of one of them.
func TestAnUnclearCurrencyIsNotConverted(t *testing.T) {
	rates := &exchange.Rates{On: "2026-06-30", To: "NOK", Of: map[string]float64{"USD": 10}}
	c := candidate{Place: factreader.Place{Value: 5.0, Unit: "USD", Doubt: doubtCurrency}}
	if c.convert("NOK", rates); !c.foreign || c.Value != 5.0 {
		t.Errorf("it is converted: %+v", c)
	}
	c = candidate{Place: factreader.Place{Value: 5.0, Unit: "NOK", Doubt: doubtCurrency}}
	if c.convert("NOK", rates); c.foreign {
		t.Errorf("a doubt about the fact's own currency makes it another one: %+v", c)
	}
}

// A dossier that another gate refuses stays refused, though an amount cannot be compared; without that gate, and with
// what is computed of the amount, people look.
func TestAnAmountInAnotherCurrencyAmongGates(t *testing.T) {
	for _, c := range []struct {
		name, gates, text string
		want              dossier.Outcome
	}{
		{"a limit", "{ id: a, require: x <= 50000, otherwise: No }", "Budget: 12,000 USD\nAlpha: 4", dossier.NeedsReview},
		{"what is computed of it", "{ id: a, require: share_of <= 50000, otherwise: No }", "Budget: 12,000 USD\nAlpha: 4", dossier.NeedsReview},
		{"another gate that fails", "{ id: a, require: x <= 50000, otherwise: No }, { id: b, require: a > 10, otherwise: No }", "Budget: 12,000 USD\nAlpha: 4", dossier.Ineligible},
		{"another gate that passes", "{ id: a, require: a > 1, otherwise: No }", "Budget: 12,000 USD\nAlpha: 4", dossier.NotRecommended},
	} {
		rs := typed(t, "x: { type: money, currency: NOK, labels: [Budget] }\na: { type: count, labels: [Alpha] }",
			map[string]string{"LET": "let: { share_of: x / a }\ngates: [ " + c.gates + " ]\n"}, nil)
		if a := assessed(rs, Given{}, c.text); a.Outcome != c.want || !a.HasFlag(dossier.FlagOtherCurrency) {
			t.Errorf("%s: %s (%s), flags %v", c.name, a.Outcome, a.Band["en"], a.Flags)
		}
	}
}

// The bytes of a table are part of the ruleset's hash, and a source names its file and row.
func TestTablesOfTheOffice(t *testing.T) {
	facts := "x: { type: count, from: table, table: late, value: Days late }"
	tables := map[string]string{"TABLES": "tables: { late: { file: punctuality.csv, key: unit } }\n", "MEASURED": "measured: x\n    steps: [ { from: 3, points: 10 } ]"}
	rs := typed(t, facts, tables, nil)
	a := assessed(rs, Given{Identity: dossier.Identity{Unit: "north"}}, "x")
	if e := a.Criteria[0].Evidence; len(e) != 1 || e[0].Document != "rules/punctuality.csv:2" || e[0].Quote != "north; 3; 40; Good; 2024-02-01" {
		t.Errorf("the source is %+v", e)
	}
	if len(rs.Notes) != 1 || rs.Notes[0].Line != 3 || rs.Notes[0].File != "rules/punctuality.csv" || !strings.Contains(rs.Notes[0].Message, "Xã Nam Sơn") {
		t.Errorf("notes are %v", rs.Notes)
	}
	a = assessed(rs, Given{Identity: dossier.Identity{Unit: "south"}}, "x")
	if want := "x: the office's table rules/punctuality.csv has no row or no value for this dossier"; a.Criteria[0].Reason["en"] != want {
		t.Errorf("without a row the reason is %q", a.Criteria[0].Reason["en"])
	}
	before := officeFiles["punctuality.csv"]
	defer func() { officeFiles["punctuality.csv"] = before }()
	officeFiles["punctuality.csv"] = strings.Replace(before, ";3;", ";4;", 1)
	if other := typed(t, facts, tables, nil); other.SHA256 == rs.SHA256 {
		t.Error("a changed table leaves the hash of the ruleset as it was")
	}
	if plain := typed(t, "x: { type: count, labels: [X] }", tables, nil); plain.SHA256 != typed(t, "x: { type: count, labels: [X] }", tables, nil).SHA256 {
		t.Error("the hash depends on something else")
	}
}

// Tables are joined by the dossier, the nominee and the title as well.
func TestWhatRowsAreFoundBy(t *testing.T) {
	defer delete(officeFiles, "by.csv")
	officeFiles["by.csv"] = "Whose;Days\nfolder;1\nTrần Thị  Bình;2\nClean wells;3\nNew wells;4\n"
	for key, want := range map[string]string{"dossier": "1", "nominee": "2", "title": "3", "unit": ""} {
		rs := typed(t, "x: { type: count, from: table, table: late, value: Days }",
			map[string]string{"TABLES": "tables: { late: { file: by.csv, key: " + key + " } }\n"}, nil)
		a := assessed(rs, Given{Identity: dossier.Identity{Unit: "north", Title: "Clean Wells", Nominee: "Trần Thị Bình"}}, "x")
		if got := factOf(a, "x"); got != want {
			t.Errorf("by %s it is %q, want %q", key, got, want)
		}
	}
}

// A table that kheo.yaml names is read by the campaign, wherever the ruleset is.
func TestTablesOfTheCampaign(t *testing.T) {
	env := testEnv()
	env.Tables, env.OpenTable = tablesOfCampaign(), openOffice
	rs := typed(t, "x: { type: count, from: table, table: shared, value: Days late }", nil, env)
	if got := factOf(assessed(rs, Given{Identity: dossier.Identity{Unit: "north"}}, "x"), "x"); got != "3" {
		t.Errorf("it is %q", got)
	}
}

// A fact may ask for more, or for less, than its ruleset.
func TestEachFactHasItsOwnSure(t *testing.T) {
	for sure, want := range map[string]string{"": "40", "99%": "40 or [<nil>]"} {
		def := "x: { type: count, labels: [Households] }"
		if sure != "" {
			def = strings.Replace(def, " }", ", sure: "+sure+" }", 1)
		}
		rs := typed(t, def, nil, nil)
		if got := factOf(assessed(rs, Given{}, "Households: 40"), "x"); got != want {
			t.Errorf("sure %q: %s, want %s", sure, got, want)
		}
	}
}

// Only a person states it: a correction counts, and papers and dossier.yaml do not.
func TestFactsThatOnlyAPersonStates(t *testing.T) {
	rs := typed(t, "x: { type: count, from: person }", map[string]string{"MEASURED": steps}, nil)
	d := &dossier.Dossier{ID: "d", Manifest: by(map[string]any{"x": 20.0}, ""), Documents: []dossier.Document{doc("a.txt", "x: 20")}}
	a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}})
	if a.Points != 0 || a.Criteria[0].Reason["en"] != "x: no person has stated it yet" {
		t.Errorf("%v points: %s", a.Points, a.Criteria[0].Reason["en"])
	}
	a = rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model"}, Corrections: []dossier.Correction{{Fact: "x", Value: 12.0}}})
	if a.Points != 10 {
		t.Errorf("%v points by a person's word", a.Points)
	}
}

// Whatever the expression, it compiles or is refused with its place; a compiled one gives a value or none.
func FuzzLet(f *testing.F) {
	for _, s := range []string{"a + b", "year(campaign.closes) - year(d)", "a > 3 ? 1 : 0", "share(a, b)", "x", "round(a, 2)", "[a]", "a ?? 1", "min()", "unit.size * 2", "a / 0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		src := strings.Replace(strings.Replace(strings.Replace(strings.Replace(typeRules, "FACTS", "  a: { type: count, labels: [Alpha] }\n  d: { type: date, labels: [D] }", 1),
			"TABLES", "", 1), "LET", "let: { b: a * 2, x: "+fmt.Sprintf("%q", expression)+" }\n", 1), "MEASURED", "evidenced: [ { any: [x], points: 1 } ]", 1)
		rs, err := Load("rules/r.yaml", []byte(src), testEnv(), nil)
		if (rs == nil) == (err == nil) {
			t.Fatalf("%v, %v", rs, err)
		}
		if rs == nil {
			return
		}
		a := assessed(rs, Given{}, "Alpha: 3\nD: 1 May 2020")
		for _, fact := range a.Facts {
			switch v := fact.Value.(type) {
			case float64:
				if v != v || v > 1e300 || v < -1e300 {
					t.Fatalf("%q is %v", expression, v)
				}
			case string, bool:
			default:
				t.Fatalf("%q is %T", expression, v)
			}
		}
	})
}

// tablesOfCampaign are tables that kheo.yaml names.
func tablesOfCampaign() map[string]lookup.Spec {
	return map[string]lookup.Spec{"shared": {File: "rules/punctuality.csv", Key: lookup.ByUnit}}
}

// What readers say of a file is in the reader's language: a known message as a sentence, the words of a library in
// English alone.
func TestWhyAFileIsNotReadIsInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reason, detail, vi, nb, en string }{
		{"damaged", "not a PDF file: missing %%EOF", "thiếu phần cuối của tệp", "slutten av filen mangler", "the end of the file is missing"},
		{"damaged", "malformed PDF: xref stream missing Size", "PDF", "PDF", "structure of the PDF"},
		{"damaged", "rar: bad block at 17", "", "", "(rar: bad block at 17)"},
		{"too-large", "it unpacks to more than 64 MB, or has more than 16 MB of text", "64 MB, hoặc có hơn 16 MB", "64 MB, eller har mer enn 16 MB", "64 MB, or has more than 16 MB"},
		{"too-large", "archives more than 5 deep inside one another", "lồng nhau", "inne i hverandre", "nested"},
		{"unsupported", "application/x-iso9660-image", "(application/x-iso9660-image)", "(application/x-iso9660-image)", "(application/x-iso9660-image)"},
		{"timeout", "1m30s", "(1m30s)", "(1m30s)", "(1m30s)"},
		{"manifest", "dossier.yaml:3:1: there is no unit \"x\"", "dossier.yaml:3:1", "dossier.yaml:3:1", "dossier.yaml:3:1"},
	} {
		got := UnreadText(c.reason, c.detail)
		for lang, want := range map[string]string{"vi": c.vi, "nb": c.nb, "en": c.en} {
			if want == "" {
				if strings.Contains(got[lang], "(") {
					t.Errorf("%s, %s: %s", c.detail, lang, got[lang])
				}
			} else if !strings.Contains(got[lang], want) {
				t.Errorf("%s, %s: %s", c.detail, lang, got[lang])
			}
		}
	}
}
