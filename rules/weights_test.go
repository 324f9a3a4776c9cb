package rules

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/rules/factreader"
	"kheo/rules/likely"
)

// labelledFact is a fact on a labelled paper, with all values that may be it.
type labelledFact struct {
	part       string
	where      string
	wanted     bool
	open       bool // people could not say what it is
	stated     bool // it is read without weights
	candidates []factreader.Candidate
	right      []bool
}

// readCandidates finds the candidates of all facts of labelled sets, one a folder.
func readCandidates(t *testing.T, dirs []string) (out []labelledFact, papers int) {
	for _, dir := range dirs {
		set := readLabelled(t, dir)
		for _, part := range slices.Sorted(maps.Keys(set.passages)) {
			for _, p := range set.passages[part] {
				papers++
				out = append(out, candidatesOf(set.rulesets[p.Set], part, &p)...)
			}
		}
	}
	return out, papers
}

// candidatesOf finds the candidates of the facts of one paper.
func candidatesOf(rs *Ruleset, part string, p *labelledPassage) (out []labelledFact) {
	page := dossier.Page{Number: 1, Text: strings.TrimRight(p.Text, "\n"), Quality: 1, Language: language.Detect(p.Text)}
	d := &dossier.Dossier{ID: p.ID, Documents: []dossier.Document{{Name: "d.txt", Type: "text/plain", Pages: []dossier.Page{page}}}}
	r := Read(d)
	defer r.Close()
	a := rs.Assess(r, Given{Identity: dossier.Identity{Kind: rs.Kind, Level: rs.Level, Unit: p.Unit}})
	asked := say("fact.doubt.hint")["en"]
	for i := range rs.facts {
		def := &rs.facts[i]
		want, wanted := p.Expect[def.Name]
		f := labelledFact{part: part, where: p.ID + " " + def.Name, wanted: wanted, open: !wanted && slices.Contains(p.Uncertain, def.Name)}
		f.stated = slices.ContainsFunc(a.Facts, func(g dossier.Fact) bool { return g.Name == def.Name && g.Doubt["en"] != asked })
		f.candidates = def.Candidates(r.facts, func(at *factreader.Place) bool {
			return slices.ContainsFunc(a.Facts, func(g dossier.Fact) bool {
				return g.Name != def.Name && g.Doubt["en"] != asked && g.Source.Start < at.Source.End && at.Source.Start < g.Source.End &&
					factreader.Same(g.Value, at.Value, false)
			})
		})
		for k := range f.candidates {
			f.right = append(f.right, wanted && labelledAs(f.candidates[k].Value, want))
		}
		out = append(out, f)
	}
	return out
}

// unstatedWeight is how much candidates of a fact count that nothing states, beside those of others.
const unstatedWeight = 2

// examplesOf are the examples of facts, but those of one part.
func examplesOf(facts []labelledFact, but string) (out []likely.Example) {
	for i := range facts {
		f := &facts[i]
		if f.part == but || f.open {
			continue
		}
		weight := 1.0
		if !f.stated {
			weight = unstatedWeight
		}
		for k := range f.candidates {
			out = append(out, likely.Example{Kind: f.candidates[k].Kind, Signs: f.candidates[k].Signs, Right: f.right[k], Weight: weight})
		}
	}
	return out
}

// TestWeights fits the weights of package likely to the labelled sets in the folders of KHEO_WEIGHTS, prints how they do on
// each part that they are not fitted to, and writes them. Without it, there is nothing to do.
func TestWeights(t *testing.T) {
	dirs, _ := filepath.Glob(filepath.Join(os.Getenv("KHEO_WEIGHTS"), "*/rulesets"))
	if os.Getenv("KHEO_WEIGHTS") == "" || len(dirs) == 0 {
		t.Skip("KHEO_WEIGHTS names no folder with labelled sets")
	}
	for i := range dirs {
		dirs[i] = filepath.Dir(dirs[i])
	}
	facts, papers := readCandidates(t, dirs)
	parts := map[string]bool{}
	for i := range facts {
		parts[facts[i].part] = true
	}
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		t.Log("weights:", part, leftOut(facts, part))
	}
	m := likely.Fit(examplesOf(facts, ""))
	known := likely.Fitted()
	m.Ask, m.Also = known.Ask, known.Also
	wanted, all := 0, 0
	for i := range facts {
		if facts[i].wanted {
			wanted++
		}
		all += len(facts[i].candidates)
	}
	from := []string{fmt.Sprint("sets: ", len(parts)), fmt.Sprint("papers: ", papers), fmt.Sprint("facts: ", len(facts)),
		fmt.Sprint("stated: ", wanted), fmt.Sprint("values: ", all)}
	if err := os.WriteFile("likely/weights.yaml", m.Write(from), 0o644); err != nil {
		t.Fatal(err)
	}
}

// leftOut says how weights that are fitted to all parts but one do on it: of the facts that nothing else states, how many
// are rightly and wrongly found from a chance on.
func leftOut(facts []labelledFact, part string) string {
	m := likely.Fit(examplesOf(facts, part))
	type guess struct {
		chance float64
		right  bool
	}
	var all []guess
	unstated := 0
	for i := range facts {
		f := &facts[i]
		if f.part != part || f.stated {
			continue
		}
		if f.wanted {
			unstated++
		}
		best := guess{chance: -1}
		for k := range f.candidates {
			c := &f.candidates[k]
			if p := m.Of[c.Kind].Chance(&c.Signs); p > best.chance {
				best = guess{p, f.right[k]}
			}
		}
		if !f.open && best.chance >= 0 {
			all = append(all, best)
		}
	}
	out := fmt.Sprintf("%d stated and not read;", unstated)
	for _, from := range []float64{0.95, 0.9, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1} {
		right, wrong := 0, 0
		for _, g := range all {
			switch {
			case g.chance < from:
			case g.right:
				right++
			default:
				wrong++
			}
		}
		out += fmt.Sprintf(" from %.2f: %d right, %d wrong;", from, right, wrong)
	}
	return out
}
