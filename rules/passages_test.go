package rules

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/text/language"
)

// passage is a short text with what a person reads in it.
type passage struct {
	place string // file:line
	text  string
	facts map[string]string
	finds []string // criteria that it is evidence for
	flag  bool     // it contradicts itself
}

// readPassages reads a file of passages: text | name=value … criterion … !contradiction.
func readPassages(t testing.TB, file string) []passage {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []passage
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		text, truth, ok := strings.Cut(sc.Text(), " |")
		if !ok {
			t.Fatalf("%s:%d: no truth", file, n)
		}
		p := passage{place: fmt.Sprintf("%s:%d", filepath.Base(file), n), text: strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(norm.NFC.String(text)), facts: map[string]string{}}
		for _, w := range strings.Fields(truth) {
			switch name, value, isFact := strings.Cut(w, "="); {
			case w == "!contradiction":
				p.flag = true
			case isFact:
				p.facts[name] = value
			default:
				p.finds = append(p.finds, w)
			}
		}
		out = append(out, p)
	}
	return out
}

// tally counts what was read rightly, wrongly and not at all, and how much of the last was left to people.
type tally struct{ right, wrong, missed, left int }

func (c tally) precision() float64 { return float64(c.right) / float64(max(1, c.right+c.wrong)) }
func (c tally) recall() float64    { return float64(c.right) / float64(max(1, c.right+c.missed)) }

// confirmed is the recall with what was left to people confirmed by them.
func (c tally) confirmed() float64 {
	return float64(c.right+c.left) / float64(max(1, c.right+c.missed))
}

func (c tally) String() string {
	return fmt.Sprintf("precision %.3f, recall %.3f (%d right, %d wrong, %d missed)", c.precision(), c.recall(), c.right, c.wrong, c.missed)
}

// tried holds how a set of passages was read.
type tried struct{ facts, evidence, flags tally }

// kroner finds amounts of Norwegian kroner.
var kroner = regexp.MustCompile(`\b(kr|kroner|NOK)\b`)

// tryPassages reads passages: those with Norwegian kroner by the ruleset nok, which asks for them.
func tryPassages(t *testing.T, vnd, nok *Ruleset, list []passage) (out tried) {
	for _, p := range list {
		rs := vnd
		if kroner.MatchString(p.text) {
			rs = nok
		}
		page := dossier.Page{Number: 1, Text: p.text, Quality: 1, Language: language.Detect(p.text)}
		d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{{Name: "d.txt", Type: "text/plain", Pages: []dossier.Page{page}}}}
		a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Unit: "own"}})
		got := map[string]string{}
		for _, f := range a.Facts {
			if f.Doubt["en"] == say("fact.doubt.hint")["en"] && p.facts[f.Name] == "" {
				continue // people are asked whether it is stated
			}
			got[f.Name] = fmt.Sprint(f.Value)
			if v, ok := f.Value.(float64); ok {
				got[f.Name] = strconv.FormatFloat(v, 'f', -1, 64)
			}
			if !holdsQuote(d, f.Source) {
				t.Errorf("%s: %q is not what stands at %d–%d", p.place, f.Source.Quote, f.Source.Start, f.Source.End)
			}
		}
		for name, v := range got {
			switch want := p.facts[name]; {
			case want == v || want != "" && len(v) >= len(want) && strings.HasPrefix(v, want) && isodate.Valid(v, true):
				out.facts.right++
			default:
				out.facts.wrong++
				t.Logf("%s: %q: %s is %s, read as %s", p.place, p.text, name, want, v)
			}
		}
		for name, want := range p.facts {
			if got[name] == "" {
				out.facts.missed++
				t.Logf("%s: %q: %s=%s was not read", p.place, p.text, name, want)
			} else if got[name] != want && !strings.HasPrefix(got[name], want) {
				out.facts.missed++
			}
		}
		for _, c := range a.Criteria {
			found, want := c.Points > 0, slices.Contains(p.finds, c.ID)
			switch {
			case found && want:
				out.evidence.right++
			case found:
				out.evidence.wrong++
				t.Logf("%s: %q is no evidence for %s", p.place, p.text, c.ID)
			case want:
				out.evidence.missed++
				if len(c.Uncertain) > 0 {
					out.evidence.left++
				}
				t.Logf("%s: %q is evidence for %s: %s", p.place, p.text, c.ID, c.Reason.In("en"))
			}
		}
		switch flagged := a.HasFlag(dossier.FlagContradiction); {
		case flagged && p.flag:
			out.flags.right++
		case flagged:
			out.flags.wrong++
			t.Logf("%s: %q contradicts nothing", p.place, p.text)
		case p.flag:
			out.flags.missed++
			t.Logf("%s: %q contradicts itself", p.place, p.text)
		}
	}
	return out
}

func holdsQuote(d *dossier.Dossier, s dossier.Source) bool {
	rs := []rune(d.Documents[0].Pages[0].Text)
	return s.Start >= 0 && s.End <= len(rs) && string(rs[s.Start:s.End]) == s.Quote
}

// loadPassages loads the ruleset of the passages, and the same with amounts in Norwegian kroner.
func loadPassages(t testing.TB) (vnd, nok *Ruleset) {
	t.Helper()
	src, err := os.ReadFile("testdata/passages/ruleset.yaml")
	if err != nil {
		t.Fatal(err)
	}
	env := &Env{Campaign: "passages", Languages: []string{"vi", "nb", "en"}, Opens: "2024-01-01", Closes: "2024-12-31", Kinds: []Named{{ID: "model"}},
		Units: []Unit{{ID: "own", Name: "Xã Đại An"}, {ID: "dai-hiep", Name: "Xã Đại Hiệp"}, {ID: "dai-lanh", Name: "Xã Đại Lãnh"}, {ID: "ai-nghia", Name: "Thị trấn Ái Nghĩa"}}}
	vnd, err = Load("testdata/passages/ruleset.yaml", src, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	nok, err = Load("testdata/passages/ruleset.yaml", bytes.ReplaceAll(src, []byte("currency: VND"), []byte("currency: NOK")), env, nil)
	if err != nil {
		t.Fatal(err)
	}
	return vnd, nok
}

// TestPassages holds the reading of facts and evidence to what people read in over 700
// short passages; testdata/passages/README.md says how each set came about.
func TestPassages(t *testing.T) {
	rs, nok := loadPassages(t)
	for _, set := range []string{"[a-z][a-z].txt", "aside-*.txt", "second-*.txt third.txt fourth.txt fifth.txt sixth.txt seventh.txt eighth.txt"} {
		var all []passage
		for _, pattern := range strings.Fields(set) {
			files, _ := filepath.Glob("testdata/passages/" + pattern)
			for _, f := range files {
				all = append(all, readPassages(t, f)...)
			}
		}
		got := tryPassages(t, rs, nok, all)
		t.Logf("%s, %d passages: facts %s; evidence %s; contradictions %s", set, len(all), got.facts, got.evidence, got.flags)
		if len(all) < 60 {
			t.Errorf("%s: only %d passages", set, len(all))
		}
		if got.facts.precision() < 0.98 || got.facts.recall() < 0.95 {
			t.Errorf("%s: facts %s", set, got.facts)
		}
		// Some of what is told as a rule is told, in the present or without a figure, is left to people.
		if got.evidence.precision() < 0.98 || got.evidence.recall() < 0.78 || got.evidence.confirmed() < 0.9 {
			t.Errorf("%s: evidence %s", set, got.evidence)
		}
		if positives := got.flags.right + got.flags.missed + got.flags.wrong; positives > 0 && got.flags.precision() < 0.95 || got.flags.missed > 0 {
			t.Errorf("%s: contradictions %s", set, got.flags)
		}
	}
}
