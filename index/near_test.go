package index

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// planted is a copy that a generated set of dossiers holds.
type planted struct {
	of, kind string
}

var plantedKinds = []string{"whole", "half", "paraphrased", "past", "third replaced", "third left out"}

// generate makes n dossiers of about 4.5 KB from a seed, in 40 units, with a form that
// all share, a letterhead for each unit and phrases that the language repeats; and
// plants copies in them: whole, half, with a third of the words changed, and of dossiers
// of a past campaign. It returns what stands where.
func generate(n, copies int, seed uint64) (profiles []dossier.TextProfile, text library, truth map[string]planted) {
	r := rand.New(rand.NewPCG(seed, 1))
	g := generator{r: r, zipf: rand.NewZipf(r, 1.15, 4, 6000)}
	for range 4000 {
		g.phrases = append(g.phrases, g.words(2+r.IntN(4)))
	}
	text, truth = library{}, map[string]planted{}
	form := strings.Join(g.text(120), " ")
	heads := make([]string, 40)
	for i := range heads {
		heads[i] = strings.Join(g.text(40), " ")
	}
	bodies := map[string][]string{}
	add := func(id string, body []string, day int, past string) {
		unit := r.IntN(len(heads))
		if past == "" {
			bodies[id] = body
		}
		d := &dossier.Dossier{ID: id, Documents: []dossier.Document{{Name: "report.txt", Type: "text/plain", Pages: []dossier.Page{{Number: 1, Text: heads[unit] + "\n" + form + "\n" + strings.Join(body, " ")}}}}}
		text[past+id] = d
		profiles = append(profiles, dossier.TextProfile{Dossier: id, Title: id, Unit: fmt.Sprint("unit-", unit), Past: past, Registered: fmt.Sprintf("2024-%02d-%02d", 1+day/28, 1+day%28), Sketch: SketchOf(d)})
	}
	var originals []string
	for i := range n - copies {
		id := fmt.Sprintf("d%06d", i)
		add(id, g.text(820), r.IntN(150), "")
		if len(originals) < copies && i%7 == 0 {
			originals = append(originals, id)
		}
	}
	for i, of := range originals {
		id, kind := fmt.Sprintf("c%06d", i), plantedKinds[i%len(plantedKinds)]
		body := append([]string{}, bodies[of]...)
		past := ""
		switch kind {
		case "half":
			body = append(g.text(410), body[200:610]...)
		case "paraphrased":
			for k := range body {
				if r.IntN(3) == 0 {
					body[k] = g.word()
				}
			}
		case "third replaced":
			for k := 2; k < len(body); k += 3 {
				body[k] = g.word()
			}
		case "third left out":
			short := []string{}
			for k, w := range body {
				if k%3 != 2 {
					short = append(short, w)
				}
			}
			body = short
		case "past": // the original is last year's, under another name
			body, past = g.text(820), "last-year"
			of = fmt.Sprintf("p%06d", i)
			add(of, body, 0, past)
		}
		add(id, body, 200, "")
		truth[id] = planted{past + of, kind}
	}
	return profiles, text, truth
}

// generator writes text: words by Zipf's law, and phrases that come again and again.
type generator struct {
	r       *rand.Rand
	zipf    *rand.Zipf
	phrases [][]string
}

func (g *generator) word() string {
	const letters = "bcdghklmnpqrstvx"
	const vowels = "aeiouy"
	n := int(g.zipf.Uint64())
	return string([]byte{letters[n%16], vowels[n/16%6], letters[n/96%16]}) + string("aeiouyw"[n/1536%7])
}

func (g *generator) words(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = g.word()
	}
	return out
}

func (g *generator) text(n int) []string {
	var out []string
	for len(out) < n {
		if g.r.IntN(3) == 0 {
			out = append(out, g.phrases[int(g.zipf.Uint64())%len(g.phrases)]...)
		} else {
			out = append(out, g.words(1+g.r.IntN(6))...)
		}
	}
	return out[:n]
}

// judge counts how many planted copies were found, by kind, and how many of the pairs
// found were planted.
func judge(t testing.TB, copies map[string][]dossier.Copy, truth map[string]planted) (found, all map[string]int, right, wrong int) {
	found, all = map[string]int{}, map[string]int{}
	for id, p := range truth {
		all[p.kind]++
		hit := false
		for _, c := range copies[id] {
			hit = hit || !c.Original && c.Share >= 0.3 && c.Campaign+c.Of == p.of
		}
		if hit {
			found[p.kind]++
		}
	}
	for id, list := range copies {
		for _, c := range list {
			if c.Original || c.Share < 0.3 {
				continue
			}
			if truth[id].of == c.Campaign+c.Of {
				right++
			} else {
				wrong++
			}
		}
	}
	return found, all, right, wrong
}

func TestPlantedCopiesAreFound(t *testing.T) {
	profiles, text, truth := generate(2000, 80, 7)
	copies, err := Compare(profiles, func(p *dossier.TextProfile) (*dossier.Dossier, error) { return text[p.Past+p.Dossier], nil })
	if err != nil {
		t.Fatal(err)
	}
	found, all, right, wrong := judge(t, copies, truth)
	for kind, n := range all {
		if found[kind] < n {
			t.Errorf("%s: found %d of %d", kind, found[kind], n)
		}
	}
	if wrong > 0 {
		t.Errorf("%d pairs are no copies (%d are)", wrong, right)
	}
	for id, list := range copies {
		for _, c := range list {
			for _, p := range c.Passages {
				if quote := []rune(text[id].Documents[0].Pages[0].Text)[p.Here.Start:p.Here.End]; string(quote) != p.Here.Quote {
					t.Errorf("%s: quotes %q, and there stands %q", id, p.Here.Quote, string(quote))
				}
			}
		}
	}
}

// BenchmarkCopies is 20,000 dossiers with 200 planted copies, their sketches included.
func BenchmarkCopies(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		profiles, text, truth := generate(20000, 200, 11)
		b.StartTimer()
		for i := range profiles {
			profiles[i].Sketch = SketchOf(text[profiles[i].Past+profiles[i].Dossier])
		}
		copies, err := Compare(profiles, func(p *dossier.TextProfile) (*dossier.Dossier, error) { return text[p.Past+p.Dossier], nil })
		if err != nil {
			b.Fatal(err)
		}
		found, all, right, wrong := judge(b, copies, truth)
		for _, kind := range plantedKinds {
			b.ReportMetric(float64(found[kind])/float64(all[kind]), strings.ReplaceAll(kind, " ", "-")+"-recall")
		}
		b.ReportMetric(float64(right)/float64(right+wrong), "precision")
	}
}
