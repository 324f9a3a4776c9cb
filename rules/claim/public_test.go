package claim

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text"
)

// TestPublicSets measures what claims nothing on sets that other people labelled: `make bench-evidence` runs it with
// KHEO_EVIDENCE, a folder with the repositories by the names below. A set that is not there is skipped with its name.
// docs/benchmarks.md has the figures and where the sets are from.
func TestPublicSets(t *testing.T) {
	dir := os.Getenv("KHEO_EVIDENCE")
	conanDoyle, norec, part := "test-merge-GOLD", "test", "test"
	if os.Getenv("KHEO_EVIDENCE_PART") == "train" { // what code may be written with
		conanDoyle, norec, part = "training-09032012", "train", "train"
	}
	if dir == "" {
		t.Skip("KHEO_EVIDENCE is not set")
	}
	t.Run("negation in English", func(t *testing.T) {
		files := present(t, dir, "leodotnet+negationscope/data/cdsco/SEM-2012-SharedTask-CD-SCO-"+conanDoyle+".txt")
		tellNegation(t, readConanDoyle(t, files))
	})
	t.Run("negation in Norwegian", func(t *testing.T) {
		files := present(t, dir, "ltgoslo+norec_neg/data/negation_"+norec+".json")
		tellNegation(t, readNorec(t, files))
	})
	for _, set := range []string{"UW", "MEANTIME"} {
		t.Run("happened or not, "+set, func(t *testing.T) {
			files := present(t, dir, "njjiang+factuality_bert/glue_data/"+set+"/"+part+".jsonl")
			tellFactuality(t, files)
		})
	}
}

// present returns the path of a file of a set, and skips the test if it is not there.
func present(t *testing.T, dir, file string) string {
	t.Helper()
	path := filepath.Join(dir, file)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("skipped: %s is not in KHEO_EVIDENCE", file)
	}
	return path
}

// sentenceOfSet is a sentence with the code points [start, end) of words whose negation is known.
type sentenceOfSet struct {
	text     string
	language string
	negated  [][2]int // events or words in the scope of a negation
	affirmed [][2]int // words in no scope and no cue
}

// pageOf makes a page of one sentence.
func pageOf(s, language string) (*text.Page, *Page) {
	p, c := &text.Page{}, &Page{}
	p.Read(&dossier.Page{Number: 1, Text: s, Language: language, Quality: 1})
	c.Read(p)
	return p, c
}

// wordAt returns the word that has code point at; ok is false if none has.
func wordAt(p *text.Page, at int) (int, bool) {
	for i, w := range p.Words {
		if w.Start <= at && at < w.End {
			return i, true
		}
	}
	return 0, false
}

// tellNegation logs which share of negated words still counts, which is left to people, and the same of others.
func tellNegation(t *testing.T, all []sentenceOfSet) {
	var negated, affirmed [3]int // in all, struck, doubted
	count := func(into *[3]int, s sentenceOfSet, words [][2]int, wrong func(why, doubt string) bool) {
		p, c := pageOf(s.text, s.language)
		for _, at := range words {
			i, ok := wordAt(p, at[0])
			if !ok {
				continue
			}
			into[0]++
			why, doubt := c.Refuted(i, i+1, 0, false), c.Doubted(i, i+1)
			switch {
			case why != "" && (into == &negated || why == Negated):
				into[1]++
			case why == "" && doubt != "":
				into[2]++
			}
			if wrong(why, doubt) {
				t.Logf("%s%s: %q in %q", why, doubt, p.Words[i].Text, s.text)
			}
		}
	}
	for _, s := range all {
		count(&negated, s, s.negated, func(why, doubt string) bool { return why == "" && doubt == "" })
		count(&affirmed, s, s.affirmed, func(why, doubt string) bool { return why == Negated })
	}
	share := func(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }
	t.Logf("claims: of %d negated words %.1f %% count and %.1f %% are left to people; of %d others %.2f %% are struck and %.2f %% are left to people",
		negated[0], share(negated[0]-negated[1]-negated[2], negated[0]), share(negated[2], negated[0]),
		affirmed[0], share(affirmed[1], affirmed[0]), share(affirmed[2], affirmed[0]))
}

// auxiliary are the lemmas of words that no ruleset looks for by themselves.
var auxiliary = map[string]bool{"be": true, "have": true, "do": true}

// readConanDoyle reads the columns of the *SEM 2012 shared task (Morante and Blanco, *SEM 2012): document, sentence,
// token, word, lemma, part of speech, tree, and three columns for each negation: cue, scope and event. The negated
// words are the events, apart from auxiliaries and parts of words as in "unexpected"; the others are nouns, verbs and adjectives in no scope.
func readConanDoyle(t *testing.T, file string) (out []sentenceOfSet) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(src), "\n\n") {
		s := sentenceOfSet{language: "en"}
		at := 0
		for _, line := range strings.Split(strings.TrimSpace(block), "\n") {
			col := strings.Split(line, "\t")
			if len(col) < 8 {
				continue
			}
			word := col[3]
			if s.text != "" && !strings.ContainsAny(word, ".,;:?!'’") && word != "n't" {
				s.text += " "
				at++
			}
			n := len([]rune(word))
			span := [2]int{at, at + n}
			s.text, at = s.text+word, at+n
			event, inScope := false, false
			for k := 7; k+2 < len(col); k += 3 {
				event = event || col[k+2] == word // and not a part of it, as in "unexpected"
				inScope = inScope || col[k] != "_" || col[k+1] != "_"
			}
			content := strings.HasPrefix(col[5], "V") || strings.HasPrefix(col[5], "N") || strings.HasPrefix(col[5], "J")
			switch {
			case event && !auxiliary[col[4]] && col[5] != "MD":
				s.negated = append(s.negated, span)
			case !inScope && content:
				s.affirmed = append(s.affirmed, span)
			}
		}
		out = append(out, s)
	}
	return out
}

// readNorec reads NoReC_neg (Mæhlum et al., NoDaLiDa 2021). The negated words are those in scopes, the others those in
// none and no cue.
func readNorec(t *testing.T, file string) (out []sentenceOfSet) {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var set []struct {
		Text      string
		Negations []struct {
			Cue, Scope [][]string
			Affixal    bool
		}
	}
	if err := json.Unmarshal(src, &set); err != nil {
		t.Fatal(err)
	}
	spans := func(list [][]string) (out [][2]int) {
		if len(list) < 2 {
			return nil
		}
		for _, s := range list[1] {
			from, to, _ := strings.Cut(s, ":")
			a, _ := strconv.Atoi(from)
			b, _ := strconv.Atoi(to)
			out = append(out, [2]int{a, b})
		}
		return out
	}
	for _, x := range set {
		s := sentenceOfSet{text: x.Text, language: "nb"}
		p, _ := pageOf(s.text, s.language)
		in := func(i int, list [][2]int) bool {
			for _, r := range list {
				if r[0] <= p.Words[i].Start && p.Words[i].End <= r[1] {
					return true
				}
			}
			return false
		}
		var scopes, cues, affixes [][2]int
		for _, n := range x.Negations {
			if n.Affixal { // "urettferdig": the word itself is what is looked for
				affixes = append(affixes, append(spans(n.Cue), spans(n.Scope)...)...)
				continue
			}
			scopes, cues = append(scopes, spans(n.Scope)...), append(cues, spans(n.Cue)...)
		}
		for i, w := range p.Words {
			switch {
			case in(i, cues), in(i, affixes):
			case in(i, scopes):
				s.negated = append(s.negated, [2]int{w.Start, w.End})
			default:
				s.affirmed = append(s.affirmed, [2]int{w.Start, w.End})
			}
		}
		out = append(out, s)
	}
	return out
}

// tellFactuality logs how many events that happened count, and how many that did not. Labels are from -3, certainly
// not, to 3, certainly (Stanovsky et al., ACL 2017).
func tellFactuality(t *testing.T, file string) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	counts := map[string]*[2]int{"happened": {}, "did not": {}, "unclear": {}}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var x struct {
			Text    string
			Targets []struct {
				Span1 [2]int
				Label float64
			}
		}
		if err := json.Unmarshal(sc.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		sentence, starts := "", []int(nil)
		for _, token := range strings.Fields(x.Text) {
			if sentence != "" && token != "n't" {
				sentence += " "
			}
			starts = append(starts, len([]rune(sentence)))
			sentence += token
		}
		p, c := pageOf(sentence, "en")
		for _, target := range x.Targets {
			i, ok := wordAt(p, starts[target.Span1[0]])
			if !ok {
				continue
			}
			kind := "unclear"
			switch {
			case target.Label >= 2:
				kind = "happened"
			case target.Label <= -1:
				kind = "did not"
			}
			n := counts[kind]
			n[1]++
			why := cmp.Or(c.Refuted(i, i+1, 0, false), c.Doubted(i, i+1))
			if why == "" {
				n[0]++
			}
			if testing.Verbose() && (why == "" && kind == "did not" || why != "" && kind == "happened") {
				t.Logf("%s, %s: %q in %q", kind, why, p.Words[i].Text, x.Text)
			}
		}
	}
	var parts []string
	for _, k := range []string{"happened", "did not", "unclear"} {
		n := counts[k]
		parts = append(parts, fmt.Sprintf("%s: %d of %d count (%.1f %%)", k, n[0], n[1], 100*float64(n[0])/float64(max(1, n[1]))))
	}
	t.Log("claims: " + strings.Join(parts, "; "))
}
