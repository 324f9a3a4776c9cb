package index

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kheo/internal/dossier"
	"kheo/internal/text/query"
)

// recordOf makes a record of pages of words.
func recordOf(pages ...string) record {
	a := newAnalyser(newStemmers())
	var r record
	body, stem := newBag(fieldBody, 8, 0), newBag(fieldStem, 8, 0)
	for _, p := range pages {
		a.page(&dossier.Page{Text: p}, body, stem, &r)
	}
	return r
}

func termFor(words ...string) *term {
	t := &term{Term: query.Term{Words: words}}
	for _, w := range words {
		t.ws = append(t.ws, &word{folded: w, exact: w})
		t.words = append(t.words, &asked{single: true, folded: hash16(w), codes: map[code]bool{codeOf(w, w): true}})
	}
	t.setShingles()
	return t
}

func (r *record) has(t *term) bool {
	found := false
	r.find(t.words, t.anchor, func(int) bool { found = true; return false })
	return found
}

// What a block knows of runs leaves out no record that has them, and if it is sure it is
// right.
func TestBlocksKnowWhichRecordsMayHaveARun(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("a b c d e f g h i j k l m n o p q r s t u v w x y z aa bb cc dd ee ff gg hh ii jj kk")
	draw := func() string { return words[int(float64(len(words))*rnd.Float64()*rnd.Float64())] }
	for _, n := range []int{1, 7, 300, 1001} {
		var records []record
		for range n {
			var pages []string
			for range 1 + rnd.IntN(3) {
				var p []string
				for range rnd.IntN(30) {
					p = append(p, draw())
				}
				pages = append(pages, strings.Join(p, " "))
			}
			records = append(records, recordOf(pages...))
		}
		b, size, err := readBlock(makeBlock(records))
		if err != nil || size == 0 {
			t.Fatal(err)
		}
		sures, passed, have := 0, 0, 0
		for range 300 {
			x := termFor(draw(), draw())
			if rnd.IntN(2) == 0 {
				x = termFor(draw(), draw(), draw())
			}
			may, sure := b.have(x.shingles)
			for i := range records {
				has, said := records[i].has(x), may[i/8]>>(i%8)&1 != 0
				if has && !said || sure && x.whole && has != said {
					t.Fatalf("%d records, %v: record %d has it: %v; said %v, sure %v", n, x.Words, i, has, said, sure)
				}
				if said {
					passed++
				}
				if has {
					have++
				}
			}
			if sure {
				sures++
			}
		}
		if n >= 300 && (sures == 0 || passed > 2*have) {
			t.Errorf("%d records: sure of %d runs, %d records pass where %d have it", n, sures, passed, have)
		}
	}
}

// A record is found by its words, whatever way it is looked for.
func TestRecordsTellWhereWordsStand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var pages []string
		for range rapid.IntRange(1, 4).Draw(t, "pages") {
			pages = append(pages, strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "đ"}), 0, 12).Draw(t, "page"), " "))
		}
		made := recordOf(pages...)
		r, _, err := readRecord(made.append(nil))
		if err != nil || !slices.Equal(r.folded, made.folded) || !slices.Equal(r.pages, made.pages) {
			t.Fatalf("%+v, %v", r, err)
		}
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 4).Draw(t, "words")
		x := termFor(words...)
		x.anchor = rapid.IntRange(0, len(words)-1).Draw(t, "anchor")
		var got, want []int
		r.find(x.words, x.anchor, func(first int) bool { got = append(got, first); return true })
		at := 0
		for _, p := range pages {
			tokens := strings.Fields(p)
			for i := 0; i+len(words) <= len(tokens); i++ {
				if slices.Equal(tokens[i:i+len(words)], words) {
					want = append(want, at+i)
				}
			}
			at += len(tokens)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q in %q: found at %v, stands at %v", words, pages, got, want)
		}
	})
}

// What was written can be read as soon as add returns, also in files that grow, and what was
// half written before a kill is stepped over.
func TestWordFilesGrow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "words")
	var places []location
	var texts []string
	for round := range 4 {
		w, err := openWords(dir, true)
		if err != nil {
			t.Fatal(err)
		}
		for k := range 3 {
			text := fmt.Sprint("một hai ba ", round, k)
			l, err := w.add([]record{recordOf("tên"), recordOf(text, "hết")})
			if err != nil {
				t.Fatal(err)
			}
			places, texts = append(places, l[1]), append(texts, text)
			for i := range places {
				r, err := w.at(places[i])
				if want := recordOf(texts[i], "hết"); err != nil || !slices.Equal(r.written, want.written) || !w.sound(places[i]) {
					t.Fatalf("round %d, record %d: %v", round, i, err)
				}
			}
		}
		if _, err := w.out.WriteAt([]byte("half a rec"), w.outSize); err != nil {
			t.Fatal(err)
		}
		if err := w.close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever a file of words holds, reading it ends with an error or within bounds.
func FuzzRecords(f *testing.F) {
	one := recordOf("một hai ba một", "bốn")
	f.Add(one.append(nil), uint8(3))
	f.Add(makeBlock([]record{one, recordOf("hai ba")}), uint8(9))
	f.Fuzz(func(t *testing.T, b []byte, n uint8) {
		b = append(make([]byte, 0, len(b)+8), b...) // aligned
		if r, _, err := readRecord(b); err == nil {
			x := termFor("hai", "ba")
			r.find(x.words, 0, func(first int) bool {
				if first < len(r.pages) && first < len(r.folded) {
					r.page(first)
				}
				return true
			})
		}
		if k, size, err := readBlock(b); err == nil {
			if size > len(b) {
				t.Fatalf("a block of %d bytes in %d", size, len(b))
			}
			k.have([]uint64{shingleID(1, 2, 0), uint64(n)})
		}
		if l, key, ok := cutPlace(b); ok && !bytes.HasPrefix([]byte(placeTerm(l, key)), b[:placeSize]) {
			t.Fatalf("%q is read as %+v %q", b, l, key)
		}
	})
}
