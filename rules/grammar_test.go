package rules

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"kheo/internal/strict"
)

var update = flag.Bool("update", false, "write the expected messages of testdata/wrong")

// rightRules is a ruleset that has every kind of fact, gate and criterion.
//
//go:embed testdata/right.yaml
var rightRules string

// wrongEnv is the campaign of the rulesets under testdata.
func wrongEnv() *Env {
	env := testEnv()
	env.Levels = []Named{{ID: "district"}}
	return env
}

// openOffice opens the tables of the office.
func openOffice(name string) ([]byte, error) {
	return inMemory(officeFiles)(strings.TrimPrefix(name, "rules/"))
}

// officeFiles are the tables of the office beside the rulesets under testdata.
var officeFiles = map[string]string{
	"punctuality.csv":  "Unit;Days late;Members;Rank;On\nnorth;3;40;Good;2024-02-01\nXã Nam Sơn;;;;\n",
	"mistakes.csv":     "Unit;Days late;Members;Rank;On\nnorth;late;1.250;Best;31/2/2024\nnorth;1;2;Good;\n",
	"cells.csv":        "Unit;Days late;Members;Rank;On\nnorth;late;1.250;Best;31/2/2024\nelsewhere;1;;Good;\n",
	"recognitions.csv": recognitions,
	"latin.csv":        "Unit;Days late\nx\xe3;3\n",
}

// schemaOf compiles the schema with a validator that kheo did not write.
func schemaOf(t *testing.T, schema []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds a YAML document against a schema, as an editor does.
func validate(s *jsonschema.Schema, src string) error {
	var v any
	if err := yaml.Unmarshal([]byte(src), &v); err != nil {
		return err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// Every ruleset that is shipped, and the one of the tests, fits the schema.
func TestSchemaAcceptsRightRulesets(t *testing.T) {
	schema := schemaOf(t, Schema())
	files := []string{"testdata/right.yaml"}
	for _, pattern := range []string{"../samples/campaign/rules/*.yaml", "../cmd/kheo/internal/command/setup/starter/rules/*.yaml", "testdata/passages/*.yaml", "testdata/awards/*.yaml"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 6 {
		t.Fatalf("only %d rulesets found", len(files))
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(schema, string(b)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	extending := "ruleset: other\nextends: base.yaml\nwithout: [ reach ]\n"
	if err := validate(schema, extending); err != nil {
		t.Errorf("a ruleset that extends another: %v", err)
	}
}

// blind are reasons why a schema cannot see a mistake.
var blind = map[string]string{
	"awards":    "what bands must have depends on whether there are ranks or places",
	"condition": "a condition is a language of its own, which a schema does not parse",
	"query":     "a query is a language of its own, which a schema does not parse",
	"names":     "a schema cannot hold a name against names defined elsewhere in the file",
	"campaign":  "a schema does not know the campaign",
	"numbers":   "a schema cannot compare or add up numbers of the file",
	"traits":    "traits of persons are recognised by the word lists of the languages",
	"words":     "a schema does not know what a word is",
	"repeated":  "a schema cannot find two items with the same id",
	"files":     "a schema does not see other files",
	"defaults":  "whether a fact needs labels depends on its name: those of the manifest need none",
}

// expectation is what the first lines of a file under testdata/wrong say: each problem
// as "# line:column: message" and "#   cure", and "# schema: blind, REASON" if a schema
// cannot express what is wrong.
type expectation struct {
	problems []string
	blind    string
	body     string // the file below these lines
}

func readExpectation(src string) (e expectation) {
	for {
		line, rest, _ := strings.Cut(src, "\n")
		if !strings.HasPrefix(line, "# ") {
			e.body = src
			return e
		}
		text := line[2:]
		if reason, ok := strings.CutPrefix(text, "schema: blind, "); ok {
			e.blind = reason
		} else if cure, ok := strings.CutPrefix(text, "  "); ok && len(e.problems) > 0 {
			e.problems[len(e.problems)-1] += "\n  " + cure
		} else {
			e.problems = append(e.problems, text)
		}
		src = rest
	}
}

// write returns the file with the problems that the loader reports for it. The number of
// lines in front of the body changes the lines of the problems.
func (e expectation) write(problems func(src string) []string) string {
	for {
		var b strings.Builder
		for _, p := range e.problems {
			b.WriteString("# " + strings.ReplaceAll(p, "\n", "\n# ") + "\n")
		}
		if e.blind != "" {
			b.WriteString("# schema: blind, " + e.blind + "\n")
		}
		src := b.String() + e.body
		now := problems(src)
		if strings.Join(now, "\n") == strings.Join(e.problems, "\n") {
			return src
		}
		e.problems = now
	}
}

// Every file under testdata/wrong is refused by the loader with just the problems that it
// names, each at its place and with its cure, and by the schema unless it says why not.
func TestWrongRulesets(t *testing.T) {
	files, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 60 {
		t.Errorf("only %d wrong rulesets", len(files))
	}
	schema := schemaOf(t, Schema())
	seen := 0
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		report := func(src string) (out []string) {
			_, err := Load("r.yaml", []byte(src), wrongEnv(), openOffice)
			var ps strict.Problems
			errors.As(err, &ps)
			for _, p := range ps {
				place := fmt.Sprintf("%d:%d", p.Line, p.Col)
				if p.File != "r.yaml" {
					place = p.File + ":" + place
				}
				out = append(out, fmt.Sprintf("%s: %s\n  %s", place, p.Message, p.Cure))
				if p.Cure == "" || p.File != "r.yaml" && officeFiles[p.File] == "" || p.Line < 1 || p.Col < 1 {
					t.Errorf("%s: a problem without a cure or a place: %+v", name, p)
				}
			}
			return out
		}
		e := readExpectation(string(b))
		if *update {
			b = []byte(e.write(report))
			if err := os.WriteFile(name, b, 0o644); err != nil {
				t.Fatal(err)
			}
			e = readExpectation(string(b))
		}
		got := report(string(b))
		if len(got) == 0 {
			t.Errorf("%s: the loader accepts it", name)
		}
		if strings.Join(got, "\n") != strings.Join(e.problems, "\n") {
			t.Errorf("%s: the loader reports\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(e.problems, "\n"))
		}
		if e.blind != "" && blind[e.blind] == "" {
			t.Errorf("%s: %q is not a reason why a schema is blind", name, e.blind)
		}
		switch err := validate(schema, string(b)); {
		case err == nil && e.blind == "":
			t.Errorf("%s: the schema accepts it:\n%s", name, e.problems)
		case err != nil && e.blind != "":
			t.Errorf("%s: the schema is not blind to it: %v", name, err)
		case err != nil:
			seen++
		}
	}
	t.Logf("%d wrong rulesets, %d of them refused by the schema too", len(files), seen)
}

// A key
// that the table does not have is refused by the loader and by the schema, in every group.
func TestEveryGroupIsHeldToTheTable(t *testing.T) {
	schema := schemaOf(t, Schema())
	places := map[string]string{ // a line, or the beginning of a group in braces, of each group
		"ruleset": "version: 1\n", "applies_to": "{ kind: model", "fact": "{ type: month", "gate": "    require: ", "criterion": "    measured: ",
		"step": "{ from: 20", "clue": "{ in: results", "panel": "      scorers: ", "vary": "{ weights: 20%", "vary-criterion": "{ weight: 10%",
		"copies": "{ flag_above: 30%", "bands": "  recommended: total", "way": "      - { labels: { en: [Members confirmed] }", "table": "punctuality: { file: punctuality.csv", "let": "each: { value: \"round(share(contributed, households), 2)\"",
		"self": "self: { flag_above: 2", "group": "      id: extra\n", "proportional": "{ from: 0%", "per": "{ every: 1", "formula": "{ value: founded",
		"item": "{ if: present(confirmation)", "alternative": "{ if: visited", "decisions": "{ hit: first", "row": "{ when: { rank: good, partners: \">= 2\" }",
		"scale": "{ from: 1, to: 6", "quota": "{ per: unit", "example": "    text: ",
		"review": "  evidence: ", "review-evidence": "{ precision: 95%",
	}
	for group, at := range map[string]string{"rank": "{ id: good", "place": "{ id: winner", "budget": "  ask: requested", "partial": "{ from: 60%",
		"budget-titles": "titles: { funded: { vi: Được tài trợ, nb: Innvilget, en: Granted }", "history": "  table: recognitions",
		"history-columns": "{ year: Year",
		"only-one":        "{ of: requested"} {
		places[group] = at
	}
	files := map[string]string{"rank": "ranks", "place": "places", "budget": "budget", "partial": "budget", "budget-titles": "budget",
		"history": "history", "history-columns": "history", "only-one": "only-one"}
	for _, g := range rulesetGrammar.Groups() {
		right := strings.Replace(rightRules, "    measured: ", "    vary: { weight: 10% }\n    measured: ", 1)
		if file := files[g.Name]; file != "" {
			b, err := os.ReadFile("testdata/awards/" + file + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			right = string(b)
		}
		at := places[g.Name]
		if strings.Count(right, at) == 0 || at == "" {
			t.Errorf("no place for the group %s", g.Name)
			continue
		}
		insert := at + ", xyz: 1"
		if !strings.Contains(at, "{") {
			indent := at[:len(at)-len(strings.TrimLeft(at, " "))]
			insert = indent + "xyz: 1\n" + at
		}
		wrong := strings.Replace(right, at, insert, 1)
		_, err := Load("r.yaml", []byte(wrong), wrongEnv(), openOffice)
		if err == nil || !strings.Contains(err.Error(), `no key "xyz"`) || !strings.Contains(err.Error(), "it may have: "+strings.Join(g.Names(), ", ")) {
			t.Errorf("%s with an unknown key: the loader says %v", g.Name, err)
		}
		if err := validate(schema, wrong); err == nil || !strings.Contains(err.Error(), "xyz") {
			t.Errorf("%s with an unknown key: the schema says %v", g.Name, err)
		}
	}
}

// Messages name every group: with an article in what it may have, and without one in what it lacks.
func TestEveryGroupIsNamed(t *testing.T) {
	for _, g := range rulesetGrammar.Groups() {
		if g.A == "" || g.The == "" {
			t.Errorf("the group %s has no name for messages", g.Name)
		}
	}
}
