package form

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/yamledit"
	"kheo/pipeline/campaign"
	"kheo/rules"
)

// values returns what a browser sends of a field and everything below it.
func values(f *Field, into url.Values) {
	if f == nil {
		return
	}
	if single(f.Kind) {
		into.Set(ValuePrefix+f.Path, strings.ReplaceAll(f.Value, "\n", "\r\n"))
	}
	for _, list := range [][]*Field{f.Fields, f.Entries} {
		for _, x := range list {
			values(x, into)
		}
	}
	for _, row := range f.Rows {
		for _, x := range row.Cells {
			values(x, into)
		}
	}
}

// every file of the repository that a form could change, with its schema.
func files(t *testing.T) map[string]*Schema {
	t.Helper()
	ruleset := &Schema{Root: rules.Grammar(), Languages: []string{"vi", "nb", "en"}}
	kheo := &Schema{Root: campaign.Grammar(), Languages: []string{"vi", "nb", "en"}}
	out := map[string]*Schema{}
	root := "../../../../../../"
	for _, pattern := range []string{"rules/testdata/right.yaml", "rules/testdata/schemes/*.yaml",
		"samples/campaign/rules/*.yaml", "cmd/kheo/internal/command/setup/starter/rules/*.yaml",
		"samples/schemes/*/rules/*.yaml"} {
		list, err := filepath.Glob(root + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			out[f] = ruleset
		}
	}
	for _, pattern := range []string{"samples/campaign/kheo.yaml", "cmd/kheo/internal/command/setup/starter/kheo.yaml",
		"samples/schemes/*/kheo.yaml"} {
		list, err := filepath.Glob(root + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			out[f] = kheo
		}
	}
	if len(out) < 12 {
		t.Fatalf("only %d files", len(out))
	}
	return out
}

// A form that is sent as it was shown changes no byte, whatever the file has: neither spelling nor comments.
func TestAFormSentAsItWasShownChangesNothing(t *testing.T) {
	for name, s := range files(t) {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, problems := yamledit.Parse(name, src)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		sent := url.Values{}
		for _, key := range file.Root.Keys {
			values(s.Field(file.Root, yamledit.Path{key}), sent)
		}
		if len(sent) < 10 {
			t.Errorf("%s: only %d fields", name, len(sent))
		}
		got, _, err := s.Change(file, file, sent, "save")
		if err != nil || string(got) != string(src) {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

const small = `# decided in May
ruleset: models
version: 1
title: Models           # of the district
applies_to: { kind: model }
max_points: 20
words:
  effect: { vi: [giảm], en: [reduced, saved] }
facts:
  days: { type: count, labels: [Days late] }
criteria:
  # how late
  - id: late
    title: { vi: Muộn, en: Late }
    max: 10
    measured: days
    steps: [ { from: 1, points: 5 }, { from: 2, points: 10 } ]   # up
  - { id: results, title: Results, max: 10, evidenced: [ { any: words.effect, points: 5 } ] }
quotas: [ { per: unit, most: 3 } ]
bands: { recommended: "total >= 80% and late > 0" }
`

func TestChangesByForms(t *testing.T) {
	s := &Schema{Root: rules.Grammar(), Languages: []string{"vi", "nb", "en"}}
	type set map[string]string
	for _, c := range []struct {
		what string
		sent set
		op   string
		old  string // of the text
		is   string // in its place
		at   string
	}{
		{"a number", set{"f:criteria/0/max": "15"}, "save", "max: 10\n    m", "max: 15\n    m", ""},
		{"a number with a comma", set{"f:criteria/0/steps/1/points": "7,5"}, "save", "points: 10 } ]   # up", "points: 7.5 } ]   # up", ""},
		{"not a number", set{"f:criteria/0/max": "ten"}, "save", "max: 10\n    m", "max: ten\n    m", ""},
		{"a version stays bare", set{"f:version": "2"}, "save", "version: 1", "version: 2", ""},
		{"a title of one language", set{"f:criteria/0/title/nb": "Sent"}, "save", "en: Late }", "en: Late, nb: Sent }", ""},
		{"an emptied language", set{"f:criteria/0/title/vi": ""}, "save", "{ vi: Muộn, en: Late }", "{ en: Late }", ""},
		{"words, one a line", set{"f:words/effect/en": "reduced\r\nrose\r\n"}, "save", "[reduced, saved]", "[reduced, rose]", ""},
		{"another word list", set{"f:criteria/1/evidenced/0/any": "words.other"}, "save", "words.effect, p", "words.other, p", ""},
		{"a condition", set{"f:bands/recommended": `unit.kind == "town" ? total >= 5 : total >= 8`}, "save",
			`"total >= 80% and late > 0"`, `"unit.kind == \"town\" ? total >= 5 : total >= 8"`, ""},
		{"a row moves with what it holds", nil, "up:criteria/0/steps/1", "{ from: 1, points: 5 }, { from: 2, points: 10 }",
			"{ from: 2, points: 10 }, { from: 1, points: 5 }", "criteria/0/steps/0"},
		{"a row is added like the last", nil, "row:quotas", "most: 3 } ]", "most: 3 }, { per: unit, most: 3 } ]", "quotas/1"},
		{"a row goes", nil, "del:criteria/0/steps/0", "{ from: 1, points: 5 }, ", "", "criteria/0/steps"},
		{"a key with its example", set{"kind:criteria/1": "at_least"}, "key:criteria/1", "max: 10, e", "max: 10, at_least: 40%, e",
			"criteria/1/at_least"},
		{"a fact under a name with spaces", set{"new:facts": "Số hộ", "kind:facts": "count"}, "add:facts",
			"labels: [Days late] }\n", "labels: [Days late] }\n  so_ho: { type: count, labels: [Số hộ] }\n", "facts/so_ho"},
		{"a text for each language", nil, "langs:title", "Models           #", "{ vi: Models, nb: Models, en: Models }           #", "title"},
	} {
		file, problems := yamledit.Parse("f", []byte(small))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		sent := url.Values{}
		for k, v := range c.sent {
			sent.Set(k, v)
		}
		got, at, err := s.Change(file, file, sent, c.op)
		want := strings.Replace(small, c.old, c.is, 1)
		if err != nil || string(got) != want || at.String() != c.at {
			t.Errorf("%s: %v at %q\n%s", c.what, err, at, got)
		}
	}
}

// New criteria of every kind are a text that the loader reads to its end, so that each of its mistakes is shown.
func TestNewEntriesAreWellFormed(t *testing.T) {
	s := &Schema{Root: rules.Grammar(), Languages: []string{"en"}}
	for _, kind := range CriterionKinds {
		file, _ := yamledit.Parse("f", []byte(small))
		got, at, err := s.Change(file, file, url.Values{"new:criteria": {"Một tiêu chí"}, "kind:criteria": {kind}}, "add:criteria")
		if err != nil || at.String() != "criteria/2" {
			t.Errorf("%s: %v %s", kind, err, at)
			continue
		}
		if !strings.Contains(string(got), "id: mot-tieu-chi") {
			t.Errorf("%s:\n%s", kind, got)
		}
		again, problems := yamledit.Parse("f", got)
		if len(problems) > 0 || s.Field(again.Root, at).Kind != Group {
			t.Errorf("%s: %v\n%s", kind, problems, got)
		}
	}
}

func TestHostileForms(t *testing.T) {
	s := &Schema{Root: rules.Grammar(), Languages: []string{"en"}}
	many := url.Values{}
	for range maxFields + 1 {
		many.Set("f:"+strings.Repeat("x", len(many)+1), "1")
	}
	for _, c := range []struct {
		what string
		sent url.Values
		op   string
		want error
	}{
		{"a path that no ruleset has", url.Values{"f:store": {"x"}}, "save", ErrNoSpot},
		{"a path into a number", url.Values{"f:max_points/a": {"x"}}, "save", ErrNoSpot},
		{"a very deep path", url.Values{"f:" + strings.Repeat("criteria/0/group/", 30): {"x"}}, "save", ErrNoSpot},
		{"an entry far beyond the list", url.Values{"f:criteria/900000000/max": {"3"}}, "save", ErrNoSpot},
		{"too many values", many, "save", ErrFields},
		{"an operation that is none", nil, "drop:criteria", ErrNoSpot},
		{"an operation nowhere", nil, "del:store", ErrNoSpot},
		{"a name that is there", url.Values{"new:facts": {"days"}}, "add:facts", ErrNamed},
		{"no name", url.Values{"new:criteria": {"…"}}, "add:criteria", ErrNamed},
	} {
		file, _ := yamledit.Parse("f", []byte(small))
		if _, _, err := s.Change(file, file, c.sent, c.op); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	// A text is a text, whatever it holds.
	file, _ := yamledit.Parse("f", []byte(small))
	got, _, err := s.Change(file, file, url.Values{"f:title": {"a: b # c\" { [ }\nstore: /etc/passwd"}}, "save")
	if err != nil {
		t.Fatal(err)
	}
	again, problems := yamledit.Parse("f", got)
	if len(problems) > 0 || again.Root.Get("store") != nil || !strings.HasPrefix(again.Root.Get("title").Text, "a: b # c\" { [ }") {
		t.Errorf("%v\n%s", problems, got)
	}
}
