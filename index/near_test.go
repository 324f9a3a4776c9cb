package index

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

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
// of a past campaign. It returns what is where.
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
	copies, _, err := Compare(profiles, func(p *dossier.TextProfile) (*dossier.Dossier, error) { return text[p.Past+p.Dossier], nil }, nil)
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

// A comparison that leaves out the pairs which an earlier one settled finds what a full one finds, whatever has
// changed in between, and reads no text whose pairs are all settled. make soak draws four times as many cases.
func TestSettledPairsChangeNothing(t *testing.T) {
	if os.Getenv("KHEO_SOAK") == "" {
		checks := flag.Lookup("rapid.checks")
		all := checks.Value.String()
		t.Cleanup(func() { checks.Value.Set(all) })
		if err := checks.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
	}
	base, baseText, _ := generate(60, 24, 5)
	rapid.Check(t, func(t *rapid.T) {
		profiles, texts := slices.Clone(base), maps.Clone(baseText)
		for i := range profiles {
			profiles[i].Text = fmt.Sprint(profiles[i].Past, profiles[i].Dossier)
		}
		compare := func(settled Settled) (map[string][]dossier.Copy, Settled, int) {
			var read atomic.Int64
			copies, now, err := Compare(profiles, func(p *dossier.TextProfile) (*dossier.Dossier, error) {
				read.Add(1)
				return texts[p.Past+p.Dossier], nil
			}, settled)
			if err != nil {
				t.Fatal(err)
			}
			return copies, now, int(read.Load())
		}
		var settled Settled
		for night := range rapid.IntRange(1, 4).Draw(t, "nights") {
			full, fresh, _ := compare(nil)
			again, now, _ := compare(settled)
			if !reflect.DeepEqual(full, again) {
				t.Fatalf("night %d: the full comparison finds\n%+v, that of the changes\n%+v", night, full, again)
			}
			if !maps.Equal(fresh, now) {
				t.Fatalf("night %d: %d pairs are settled, %d in full", night, len(now), len(fresh))
			}
			b, _ := now.MarshalBinary()
			if err := settled.UnmarshalBinary(b); err != nil || !maps.Equal(settled, now) {
				t.Fatalf("%d of %d pairs come back (%v)", len(settled), len(now), err)
			}
			profiles = changed(t, profiles, texts, night)
		}
	})
	if err := new(Settled).UnmarshalBinary([]byte("x")); err == nil {
		t.Error("half a pair is read")
	}
}

// changed draws what a day does to dossiers: texts are handed in again with passages of others, dates and units
// change, some are gone. A passage that is put into many dossiers becomes boilerplate.
func changed(t *rapid.T, profiles []dossier.TextProfile, texts library, night int) []dossier.TextProfile {
	profiles = slices.Clone(profiles)
	body := func(i int) string { return texts[profiles[i].Past+profiles[i].Dossier].Documents[0].Pages[0].Text }
	any := rapid.IntRange(0, len(profiles)-1)
	for n := range rapid.IntRange(0, 12).Draw(t, "edits") {
		i := any.Draw(t, "dossier")
		switch rapid.IntRange(0, 5).Draw(t, "edit") {
		case 0:
			profiles[i].Registered = rapid.SampledFrom([]string{"", "2024-01", "2024-02-03", "2024-12-31"}).Draw(t, "date")
		case 1:
			profiles[i].Unit = rapid.SampledFrom([]string{"unit-1", "unit-2", "unit-3"}).Draw(t, "unit")
		case 2: // the same passage into several
			from := []rune(body(any.Draw(t, "spread")))
			for range rapid.IntRange(1, 20).Draw(t, "copies") {
				k := any.Draw(t, "into")
				rewrite(&profiles[k], texts, body(k)+" "+string(from[len(from)/2:]), fmt.Sprint(night, n, "s"))
			}
		case 3:
			if len(profiles) > 40 {
				profiles = slices.Delete(profiles, i, i+1)
				any = rapid.IntRange(0, len(profiles)-1)
			}
		default: // half of another text
			from := []rune(body(any.Draw(t, "from")))
			rewrite(&profiles[i], texts, body(i)[:len(body(i))/3]+" "+string(from[len(from)/3:]), fmt.Sprint(night, n))
		}
	}
	return profiles
}

// rewrite gives a dossier another text.
func rewrite(p *dossier.TextProfile, texts library, text, version string) {
	d := &dossier.Dossier{ID: p.Dossier, Documents: []dossier.Document{{Name: "report.txt", Type: "text/plain", Pages: []dossier.Page{{Number: 1, Text: strings.ToValidUTF8(text, "")}}}}}
	texts[p.Past+p.Dossier] = d
	p.Sketch, p.Text = SketchOf(d), p.Past+p.Dossier+version
}

// A night on which nothing changed that matters to a pair reads no text but those of copies.
func TestSettledPairsAreNotRead(t *testing.T) {
	profiles, text, truth := generate(300, 12, 8)
	for i := range profiles {
		profiles[i].Text = fmt.Sprint(profiles[i].Past, profiles[i].Dossier)
	}
	read := func(settled Settled) (Settled, int64) {
		var n atomic.Int64
		_, now, err := Compare(profiles, func(p *dossier.TextProfile) (*dossier.Dossier, error) {
			n.Add(1)
			return text[p.Past+p.Dossier], nil
		}, settled)
		if err != nil {
			t.Fatal(err)
		}
		return now, n.Load()
	}
	settled, first := read(nil)
	if _, second := read(settled); second > int64(4*len(truth)) || second > first {
		t.Errorf("%d texts are read again, of %d copies; %d were read first", second, len(truth), first)
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
		copies, _, err := Compare(profiles, func(p *dossier.TextProfile) (*dossier.Dossier, error) { return text[p.Past+p.Dossier], nil }, nil)
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
