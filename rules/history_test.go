package rules

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/rules/history"
)

// recognitions is the table of the tests of history, and historyRules the ruleset.
const (
	recognitions = `Name;Born;Number;Unit;Award;Year
Trần Văn Thọ;1970;;north;Merit;2022
Trần Văn Thọ;1981;;north;Merit;2023
Trần Văn Thơ;1970;;;Excellence;2021
Lê Thị Hoa;;;north;Merit;2023
Nguyễn An;;A-17;;Merit;2015
Nguyễn An;;A-17;;Merit;2023
Nguyễn An;;A-17;;Excellence;31/5/2019
`
	historyRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
tables: { recognitions: { file: recognitions.csv, key: nominee, column: Name } }
history:
  table: recognitions
  columns: { year: Year, award: Award, born: Born, id: Number, unit: Unit }
  lists: [ people ]
  born: { en: [Born] }
  id: { en: [Staff number] }
facts:
  times: { type: count, title: { en: Recognitions }, from: history, within: 2 }
  merits: { type: count, from: history, awards: [ Merit ] }
  last: { type: year, from: history }
  excellent: { type: yesno, from: history, awards: [ Excellence ] }
gates:
  - { id: not-twice, require: times < 1, otherwise: { en: Recognised within two years }, missing: ineligible }
criteria: [ { id: c, title: { en: C }, max: 10, checklist: [ { if: excellent, points: 10 } ] } ]
bands: { recommended: total >= 0 }
`
)

func historyEnv() *Env {
	env := testEnv()
	env.Opens = "2024-01-01"
	return env
}

func TestHistoryTellsNomineesApart(t *testing.T) {
	open := inMemory(map[string]string{"rules/recognitions.csv": recognitions})
	rs, err := Load("rules/r.yaml", []byte(historyRules), historyEnv(), open)
	if err != nil {
		t.Fatal(err)
	}
	people := func(name, born string, year int) dossier.Recognition {
		return dossier.Recognition{Name: name, Born: born, Award: "Merit", Year: year, Ruleset: "people"}
	}
	for _, c := range []struct {
		name, nominee, paper       string
		past                       []dossier.Recognition
		times, merits, last, excel string
		outcome                    dossier.Outcome
	}{
		{"one whom nobody recognised", "Phạm Bình", "Born: 1960", nil, "0", "0", "", "false", dossier.Recommended},
		{"the year of birth tells two of one name apart, and diacritics alone do not", "Trần Văn Thọ", "Born: 1970", nil,
			"1", "1", "2022", "false or [true]", dossier.Ineligible},
		{"a date of birth says the year", "Trần Văn Thọ", "Born: 12/5/1981", nil, "1", "1", "2023", "false", dossier.Ineligible},
		{"another year of birth", "Trần Văn Thọ", "Born: 1990", nil, "0", "0", "", "false", dossier.Recommended},
		{"without a year of birth nobody is merged", "Trần Văn Thọ", "Born long ago", nil, "0 or [1 2]", "0 or [1 2]",
			"2023 or [<nil> 2022 2021]", "false or [true]", dossier.NeedsReview},
		{"the table does not have the year of birth", "Lê Thị Hoa", "Born: 1970", nil, "0 or [1]", "0 or [1]",
			"2023 or [<nil>]", "false", dossier.NeedsReview},
		{"a number of one's own settles it, in all years", "Nguyễn An", "Staff number: a-17", nil, "1", "2", "2023", "true",
			dossier.Ineligible},
		{"another number", "Nguyễn An", "Staff number: A-18", nil, "0", "0", "", "false", dossier.Recommended},
		{"the number of somebody with another name", "Nguyễn Anh Ba", "Staff number: A-17", nil, "0 or [1]", "0 or [1 2]",
			"2023 or [<nil> 2019 2015]", "false or [true]", dossier.NeedsReview},
		{"a closed list", "Phạm Bình", "Born: 1960", []dossier.Recognition{people("Phạm Bình", "1960-02-01", 2023)}, "1", "1",
			"2023", "false", dossier.Ineligible},
		{"a closed list of long ago", "Phạm Bình", "Born: 1960", []dossier.Recognition{people("Phạm Bình", "1960", 2018)},
			"0", "1", "2018", "false", dossier.Recommended},
		{"a closed list that history does not name", "Phạm Bình", "Born: 1960",
			[]dossier.Recognition{{Name: "Phạm Bình", Born: "1960", Year: 2023, Ruleset: "models"}}, "0", "0", "", "false",
			dossier.Recommended},
	} {
		a := assessed(rs, Given{Identity: dossier.Identity{Nominee: c.nominee, Unit: "north"}, Past: history.NewIndex(c.past)}, "Papers\n"+c.paper)
		for fact, want := range map[string]string{"times": c.times, "merits": c.merits, "last": c.last, "excellent": c.excel} {
			if got := factOf(a, fact); got != want {
				t.Errorf("%s: %s is %s, want %s", c.name, fact, got, want)
			}
		}
		for _, f := range a.Flags {
			if strings.Contains(f.Message["vi"]+f.Message["nb"]+f.Message["en"], "%") {
				t.Errorf("%s: a flag has a gap: %v", c.name, f.Message)
			}
		}
		if a.Outcome != c.outcome {
			t.Errorf("%s: %s (%s), want %s", c.name, a.Outcome, a.Band["en"], c.outcome)
		}
		if uncertain := strings.Contains(c.times, "or"); uncertain != a.HasFlag(dossier.FlagUncertainFact) && c.excel == "false" {
			t.Errorf("%s: flags %v", c.name, a.Flags)
		}
	}
	for _, lang := range []string{"vi", "nb", "en"} {
		told := rs.Explain(lang, true)
		if strings.Contains(told, "%!") || strings.Contains(told, "identity.") || !strings.Contains(told, "recognitions.csv") {
			t.Errorf("the prose in %s:\n%s", lang, told)
		}
	}
}

func TestHistoryWithoutPeopleGoesByUnit(t *testing.T) {
	src := strings.NewReplacer("  born: { en: [Born] }\n", "", "  id: { en: [Staff number] }\n", "").Replace(historyRules)
	rs, err := Load("rules/r.yaml", []byte(src), historyEnv(), inMemory(map[string]string{"rules/recognitions.csv": `Name;Born;Number;Unit;Award;Year
Tổ 5;;;Xã Bắc Sơn;Merit;2023
Tổ 6;;;elsewhere;Merit;2023
Tổ 7;;;;Merit;2023
Tô 5;;;north;Excellence;2023
`}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, nominee, want string }{
		{"the same unit, by its name; another name by diacritics may be the same", "Tổ 5", "1 or [2]"},
		{"a unit that the campaign does not have", "Tổ 6", "0"},
		{"a row without a unit", "Tổ 7", "0 or [1]"},
	} {
		a := assessed(rs, Given{Identity: dossier.Identity{Nominee: c.nominee, Unit: "north"}}, "Papers")
		if got := factOf(a, "times"); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestMistakesInHistoryHavePlaceAndCure(t *testing.T) {
	for _, c := range []struct{ name, old, new, want, cure string }{
		{"no history", historyRules[strings.Index(historyRules, "history:\n"):strings.Index(historyRules, "facts:\n")], "",
			"nothing says where earlier recognitions are found", "add  history:"},
		{"neither a table nor lists", "  table: recognitions\n  columns: { year: Year, award: Award, born: Born, id: Number, unit: Unit }\n  lists: [ people ]\n",
			"", "neither a table nor closed lists", "lists: all"},
		{"a table without columns", "  columns: { year: Year, award: Award, born: Born, id: Number, unit: Unit }\n", "",
			"which columns the table has", "columns:"},
		{"columns without a table", "  table: recognitions\n", "", "history names none", "table:"},
		{"an unknown table", "table: recognitions", "table: recognition", `there is no table "recognition"`, "did you mean"},
		{"an unknown column", "award: Award,", "award: Awards,", `has no column "Awards"`, `did you mean "Award"`},
		{"a table by unit", "key: nominee", "key: unit", "history needs names", "key: nominee"},
		{"an award that no row has", "  lists: [ people ]\n", "", "", ""},
		{"a mistyped award", "awards: [ Merit ]", "awards: [ Merits ]", "", ""},
		{"a type that cannot count", "type: count, title", "type: text, title", "has no type text", "type: count"},
		{"within a fact of papers", "excellent: {", "x: { type: count, labels: [X], within: 2 }\n  excellent: {", "has within", "take within out"},
		{"a fact that names the birth", "times < 1", "identity.born < 1", "", "known here"},
	} {
		src := strings.Replace(historyRules, c.old, c.new, 1)
		_, err := Load("rules/r.yaml", []byte(src), historyEnv(), inMemory(map[string]string{"rules/recognitions.csv": recognitions}))
		switch {
		case c.want == "" && c.cure == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want+c.cure != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.cure)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	only := strings.NewReplacer("  lists: [ people ]\n", "", "awards: [ Merit ]", "awards: [ Merits ]").Replace(historyRules)
	if _, err := Load("rules/r.yaml", []byte(only), historyEnv(), inMemory(map[string]string{"rules/recognitions.csv": recognitions})); err == nil ||
		!strings.Contains(err.Error(), `did you mean "Merit"`) {
		t.Errorf("an award that no row of the only table has: %v", err)
	}
	for cell, want := range map[string]string{";Merit;2022": ";Merit;last year", ";1970;": ";long ago;"} {
		table := strings.Replace(recognitions, cell, want, 1)
		if _, err := Load("rules/r.yaml", []byte(historyRules), historyEnv(), inMemory(map[string]string{"rules/recognitions.csv": table})); err == nil ||
			!strings.Contains(err.Error(), "rules/recognitions.csv:2:") || !strings.Contains(err.Error(), "neither a year nor a date") {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := Load("rules/r.yaml", []byte(historyRules), testEnv(), inMemory(map[string]string{"rules/recognitions.csv": recognitions})); err == nil ||
		!strings.Contains(err.Error(), "opens") {
		t.Errorf("within without the year of the campaign: %v", err)
	}
}
