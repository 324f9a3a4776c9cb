package rules

import (
	"errors"
	"strings"
	"testing"

	"kheo/internal/strict"
)

const rightRules = `ruleset: models
version: 1
title: { en: Models }
applies_to: { kind: model, level: district }
max_points: 100
documents:
  form: { en: [Registration] }
  confirmation: { en: [Confirmation] }
words:
  results: { en: [Results] }
  effect: { en: [reduced, rose] }
facts:
  registered_on: { type: date, labels: { en: [Registered on] } }
  started: { type: month, labels: { en: [Started] } }
  ran: { type: period, labels: { en: [Period] } }
  households: { type: count, unit: { en: [households] }, labels: { en: [Households] }, say: { en: ["{} … take part"] }, trust: [manifest, form] }
  contributed: { type: money, currency: VND, labels: { en: [Contributed] } }
  confirmation: { type: document, is: confirmation }
  results: { type: count, labels: { en: [Number of results] } }
gates:
  - id: in-time
    require: registered_on <= date("2024-03-31")
    otherwise: { en: Too late }
    outcome: ineligible
criteria:
  - id: reach
    title: { en: Reach }
    max: 40
    measured: households
    steps: [ { from: 20, points: 20 }, { from: 50, points: 40 } ]
  - id: results
    title: { en: Results }
    max: 40
    evidenced:
      - { in: results, any: words.effect, with: number, points: 20, at_most: 2 }
  - id: worth-copying
    title: { en: Worth copying }
    max: 20
    panel:
      scorers: 3
      combine: median
      rubric: { 20: { en: Could start tomorrow }, 0: { en: Not told how } }
vary: { weights: 20%, steps: 10%, thresholds: 3% }
copies: { flag_above: 30%, above: 50%, costs: 10 }
borderline: 2
bands:
  recommended: total >= 80 and each_criterion >= 40%
  needs-review: any_flag(contradiction, near-duplicate)
quotas: [ { per: unit, most: 3 } ]
order: [ total, reach, registered_on, dossier ]
examples:
  - name: counted
    text: "Households: 60"
    expect: { reach: 40 }
`

// Typical mistakes: what is written in the place of what, with ⟦ where the mistake must
// be told to be, what the message says, and what the cure says.
var mistakes = []struct{ right, wrong, says, cure string }{
	// YAML
	{"title: { en: Models }", "title: { en: Models\n⟦applies_to", "not YAML", "quotes are closed"},
	{"version: 1\n", "version: 1\n⟦version: 2\n", "", ""},
	{"borderline: 2", "⟦bordeline: 2", `no key "bordeline"`, `"borderline"`},
	{"max_points: 100", "max_points: ⟦hundred", "must be a number", "write digits"},
	{"max_points: 100", "max_points: ⟦90", "add up to 100", "make them equal"},
	{"applies_to: { kind: model, level: district }", "applies_to: { kind: ⟦modell, level: district }", `cannot be "modell"`, `"model"`},
	{"level: district }", "level: ⟦distrikt }", `cannot be "distrikt"`, `"district"`},
	{"applies_to: { kind: model, level: district }", "applies_to: ⟦model", "must be a group of keys", "kind"},
	{"title: { en: Models }", "title: { ⟦english: Models }", `no key "english"`, "vi, nb, en"},
	{"title: { en: Models }", "title: { en: Models, ⟦new and old }", `no key "new and old"`, "quotes around a text that holds a comma"},
	{"ruleset: models", "ruleset: ⟦My Models", "small letters", "registered-in-time"},
	// documents and words
	{"  form: { en: [Registration] }", "  ⟦Form: { en: [Registration] }", "small letters", "registered-in-time"},
	{"  effect: { en: [reduced, rose] }", "  effect: { en: [⟦\"--\", rose] }", "holds no word", "write words"},
	{"  effect: { en: [reduced, rose] }", "  effect: [ ⟦words.result ]", `no word list "result"`, `"results"`},
	{"  effect: { en: [reduced, rose] }", "  effect: { en: [⟦{ a: b }] }", "must be text", "quotes"},
	// facts
	{"households: { type: count", "households: { type: ⟦counts", `cannot be "counts"`, `"count"`},
	{"  started: { type: month, labels: { en: [Started] } }", "  started: ⟦{ labels: { en: [Started] } }", "has no type", "type: count"},
	{"currency: VND, ", "", "needs its currency", "currency: VND"},
	{`say: { en: ["{} … take part"] }`, `say: { en: [⟦"take part"] }`, "no place for the value", "{}"},
	{"trust: [manifest, form]", "trust: [manifest, ⟦forms]", `the paper "forms"`, `"form"`},
	{"trust: [manifest, form]", "from: ⟦office", `cannot be "office"`, "manifest"},
	{"is: confirmation", "is: ⟦confirmations", `cannot be "confirmations"`, `"confirmation"`},
	{"  confirmation: { type: document, is: confirmation }", "  confirmation: ⟦{ type: document }", "does not say which paper", "looks_like"},
	{"  confirmation: { type: document, is: confirmation }", "  confirmation: { type: document, is: confirmation, from: ⟦manifest }", "dossier.yaml does not stand for one", "take from out"},
	{"  ran: { type: period, labels: { en: [Period] } }", "  ran: ⟦{ type: period }", "nothing says where", "labels"},
	{"  ran: { type: period, labels: { en: [Period] } }", "  ⟦Ran-long: { type: period, labels: [P] }", "small letters, digits", "agreement_percent"},
	{"  ran: { type: period, labels: { en: [Period] } }", "  ⟦total: { type: period, labels: [P] }", "means something else", "another name"},
	{"  ran: { type: period, labels: { en: [Period] } }", "  age_of_head: ⟦{ type: count, labels: { en: [Age] } }", "trait of a person: age", "take it out"},
	{"  ran: { type: period, labels: { en: [Period] } }", "  who: ⟦{ type: text, labels: { vi: [Dân tộc] } }", "trait of a person: ethnicity", "take it out"},
	// gates and conditions
	{"require: registered_on <=", "require: ⟦registerd_on <=", `names "registerd_on"`, `"registered_on"`},
	{`date("2024-03-31")`, `date(⟦"31.3.2024")`, "no date", "year-month-day"},
	{`date("2024-03-31")`, `date(⟦"2024-02-31")`, "no date", "year-month-day"},
	{`registered_on <= date("2024-03-31")`, `registered_on ⟦<= 20240331`, "cannot be understood", "compare numbers with numbers"},
	{`registered_on <= date("2024-03-31")`, `registered_on ⟦= date("2024-03-31")`, "cannot be understood", "=="},
	{`registered_on <= date("2024-03-31")`, `present(⟦"confirmation")`, "takes the name of a fact", "present(confirmation)"},
	{`registered_on <= date("2024-03-31")`, `⟦presnt(confirmation)`, `names "presnt"`, `"present"`},
	{`registered_on <= date("2024-03-31")`, `campaign.⟦ends >= "2024-03-31"`, `no "ends"`, "opens, closes"},
	{`registered_on <= date("2024-03-31")`, `unit.⟦steering == true`, `no "steering"`, "id, kind, name"},
	{`registered_on <= date("2024-03-31")`, `unit.⟦main_religion == "x"`, "trait of people: religion", "take it out"},
	{`registered_on <= date("2024-03-31")`, `⟦households`, "cannot be understood", "true or false"},
	{`registered_on <= date("2024-03-31")`, `⟦months_between(started) >= 6`, "cannot be understood", "two dates"},
	{`registered_on <= date("2024-03-31")`, `(households >= 2⟦0`, "cannot be understood", "comparison"},
	{"    outcome: ineligible", "    outcome: ⟦rejected", `cannot be "rejected"`, "ineligible, needs-review"},
	{"    otherwise: { en: Too late }\n", "", "has no otherwise", "otherwise:"},
	{"  - id: in-time\n", "  - id: in-time\n    require: households >= 1\n    otherwise: { en: None }\n  - id: ⟦in-time\n", "two gates", "give each its own"},
	// criteria
	{"measured: households", "measured: ⟦housholds", "no fact with a number", `"households"`},
	{"measured: households", "measured: ⟦registered_on", "no fact with a number", "households"},
	{"    steps: [ { from: 20, points: 20 }, { from: 50, points: 40 } ]\n", "", "has no steps", "from: 20"},
	{"{ from: 20, points: 20 }, { from: 50, points: 40 }", "{ from: 50, points: 40 }, ⟦{ from: 20, points: 20 }", "must go up", "smallest"},
	{"{ from: 50, points: 40 }", "{ from: 50, points: ⟦50 }", "more than the criterion's max", "lower it"},
	{"{ in: results, any", "{ in: ⟦result, any", "no such word list", `"results"`},
	{"any: words.effect", "any: ⟦words.effects", `no word list "effects"`, `"effect"`},
	{"with: number", "with: ⟦numbers", `cannot be "numbers"`, `"number"`},
	{"points: 20, at_most: 2 }", "points: ⟦50, at_most: 2 }", "more than the criterion's max", "lower it"},
	{"at_most: 2 }", "at_most: ⟦0 }", "must be 1 or more", "leave it out"},
	{"any: words.effect, ", "query: '⟦\"put up NEAR/5 lamps', ", "never closed", "mark at each end"},
	{"any: words.effect, ", "query: '⟦unit:x lamps', ", "only its text", "take it out"},
	{"any: words.effect, ", "any: words.effect, query: ⟦lamps, ", "both say what to look for", "keep one"},
	{"any: words.effect, ", "any: words.effect, near: [number], within: ⟦some words, ", "cannot be", "8 words"},
	{"any: words.effect, ", "any: words.effect, within: ⟦page, ", "near to what", "add  near"},
	{"any: words.effect, ", "any: ⟦[female], ", "trait of a person: sex", "take it out"},
	{"    max: 40\n    measured: households", "    max: 40\n    never: [ ⟦negatd, hidden ]\n    measured: households", `cannot be "negatd"`, `"negated"`},
	{"    max: 40\n    evidenced:", "    max: 40\n    never: ⟦[ negated ]\n    evidenced:", "leaves out hidden", "write hidden"},
	{"      scorers: 3", "      scorers: ⟦2.5", "whole number", "3"},
	{"combine: median", "combine: ⟦average", `cannot be "average"`, "median"},
	{"      rubric: { 20: { en: Could start tomorrow }, 0: { en: Not told how } }", "      rubric: ⟦{ 10: { en: Good }, 0: { en: Not told how } }", "max of 20", "20:"},
	{"rubric: { 20: {", "rubric: { ⟦good: {", "no number", "10:"},
	// outcomes
	{"vary: { weights: 20%", "vary: { weights: ⟦120%", "cannot vary", "10%"},
	{"flag_above: 30%", "flag_above: ⟦30", "share of the text", "40%"},
	{"bands:\n  recommended: total >= 80 and each_criterion >= 40%\n", "bands:\n  ⟦recomended: total >= 80\n", `no key "recomended"`, `"recommended"`},
	{"any_flag(contradiction, near-duplicate)", "any_flag(⟦contradicton, near-duplicate)", `no flag "contradicton"`, `"contradiction"`},
	{"copies: { flag_above: 30%, above: 50%, costs: 10 }\nborderline: 2\nbands:\n  recommended: total >= 80 and", "copies: { flag_above: 30%, above: 50%, costs: 10 }\nbands:\n  recommended: ⟦results >= 20 and", "both a fact and a criterion", "rename one"},
	{"total >= 80 and", "⟦totl >= 80 and", `names "totl"`, `"total"`},
	{"{ per: unit, most: 3 }", "{ per: ⟦units, most: 3 }", `cannot be "units"`, `"unit"`},
	{"{ per: unit, most: 3 }", "{ per: unit, most: ⟦0 }", "whole number from 1", "most: 20%"},
	{"{ per: unit, most: 3 }", "⟦{ per: unit }", "needs most or least", "most: 3"},
	{"order: [ total, reach,", "order: [ total, ⟦reech,", "neither total", `"reach"`},
	// examples
	{"expect: { reach: 40 }", "expect: { ⟦rech: 40 }", `no key "rech"`, `"reach"`},
	{"expect: { reach: 40 }", "expect: { reach: ⟦50 }", "can't get 50", "0 to 40"},
	{"version: 1\n", "version: 1\nwithout: ⟦[ reach ]\n", "extends none", "take it out"},
	{"version: 1\n", "version: 1\nextends: ⟦../other.yaml\n", "outside the workspace", "copy it"},
}

func TestEveryMistakeIsToldAtItsPlaceWithItsCure(t *testing.T) {
	env := testEnv()
	env.Levels = []Named{{ID: "district"}}
	if _, err := Load("r.yaml", []byte(rightRules), env, nil); err != nil {
		t.Fatalf("what is right is refused: %v", err)
	}
	if len(mistakes) < 60 {
		t.Errorf("only %d mistakes", len(mistakes))
	}
	for _, m := range mistakes {
		if strings.Count(rightRules, m.right) < 1 {
			t.Errorf("%q is not in the ruleset", m.right)
			continue
		}
		src := strings.Replace(rightRules, m.right, m.wrong, 1)
		line, col := 0, 0
		if at := strings.Index(src, "⟦"); at >= 0 {
			before := src[:at]
			line, col = 1+strings.Count(before, "\n"), 1+len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
			src = before + src[at+len("⟦"):]
		}
		_, err := Load("r.yaml", []byte(src), env, nil)
		var ps strict.Problems
		if !errors.As(err, &ps) {
			t.Errorf("%q is no mistake: %v", m.wrong, err)
			continue
		}
		told := false
		for _, p := range ps {
			place := p.File == "r.yaml" && p.Line >= 1 && p.Col >= 1 && (line == 0 || p.Line == line && p.Col == col)
			told = told || place && strings.Contains(p.Message, m.says) && strings.Contains(p.Cure, m.cure) && p.Cure != ""
		}
		if !told {
			t.Errorf("%q must be told at %d:%d (%q; %q), and is:\n%v", m.wrong, line, col, m.says, m.cure, err)
		}
	}
}
