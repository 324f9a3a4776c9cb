package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/pdfpages"
)

// Renderer names what Look renders pages with, and its version.
const Renderer = pdfpages.Renderer

// Asked is a quote that is looked for on a rendered page of a PDF.
type Asked struct {
	Page  int    `json:"page"` // from 1; 0 for any page
	Quote string `json:"quote"`
}

// looked is the answer of a child: what came of each quote, or why none was looked for.
type looked struct {
	Results []dossier.Sight `json:"results"`
	Missing bool            `json:"missing,omitempty"` // PDFium is not there
	Error   string          `json:"error,omitempty"`
}

// Bounds of looking at one file.
const (
	maxAsked      = 2000    // quotes of one request
	maxAskedBytes = 4 << 20 // of one request, as JSON
	maxLooked     = 150     // pages that one request renders
)

// ErrNoRenderer is returned by Look if PDFium could not be started.
var ErrNoRenderer = pdfpages.ErrNoRenderer

// Look looks for quotes on the rendered pages of a PDF. The results are in the order of the quotes: all of
// them dossier.NotRendered for a file that cannot be rendered. The error is ErrNoRenderer, or for problems
// of the machine.
func (p *Pool) Look(ctx context.Context, data []byte, asked []Asked) ([]dossier.Sight, error) {
	var out []dossier.Sight
	for part := range slices.Chunk(asked, maxAsked) {
		results, err := p.lookAt(ctx, data, part)
		if err != nil {
			return nil, err
		}
		out = append(out, results...)
	}
	return out, nil
}

// lookAt looks for at most maxAsked quotes in one child. The payload is the length of the quotes as JSON,
// these, and the file.
func (p *Pool) lookAt(ctx context.Context, data []byte, asked []Asked) ([]dossier.Sight, error) {
	failed := slices.Repeat([]dossier.Sight{dossier.NotRendered}, len(asked))
	list, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	if len(list) > maxAskedBytes {
		return failed, nil
	}
	payload := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(list)+len(data)), uint32(len(list)))
	payload = append(append(payload, list...), data...)
	var answer looked
	why, err := p.ask(ctx, request{what: askLook, data: bytes.NewReader(payload), size: len(payload)}, &answer, nil)
	switch {
	case err != nil:
		return nil, err
	case answer.Missing:
		return nil, ErrNoRenderer
	case why != "" || len(answer.Results) != len(asked):
		return failed, nil
	}
	return answer.Results, nil
}

// guardedLook looks for quotes, in the child, and turns a panic into an error.
func guardedLook(payload []byte) (out looked) {
	defer func() {
		if p := recover(); p != nil {
			out = looked{Error: fmt.Sprint(p)}
		}
	}()
	if len(payload) < 4 || uint64(binary.BigEndian.Uint32(payload)) > uint64(len(payload)-4) {
		return looked{Error: "a request without quotes"}
	}
	n := 4 + int(binary.BigEndian.Uint32(payload))
	var asked []Asked
	if err := json.Unmarshal(payload[4:n], &asked); err != nil {
		return looked{Error: err.Error()}
	}
	doc, err := pdfpages.OpenLooked(payload[n:])
	if err != nil {
		return looked{Error: err.Error(), Missing: errors.Is(err, ErrNoRenderer)}
	}
	defer doc.Close()
	return lookFor(doc, asked)
}

// bestSight orders results, the best last: a quote that is in several places is seen if it is seen in one
// of them.
var bestSight = []dossier.Sight{"", dossier.NotFound, dossier.NotRendered, dossier.SightUnseen, dossier.Unclear,
	dossier.Seen}

// better returns the better of two results.
func better(a, b dossier.Sight) dossier.Sight {
	if slices.Index(bestSight, b) > slices.Index(bestSight, a) {
		return b
	}
	return a
}

// lookFor looks for quotes page by page; pages without any of them are not rendered.
func lookFor(doc *pdfpages.Looked, asked []Asked) looked {
	out := looked{Results: make([]dossier.Sight, len(asked))}
	rendered := 0 // pages
	for page := 1; page <= doc.Pages(); page++ {
		var open []int // quotes to be looked for on this page
		for i, a := range asked {
			if (a.Page == 0 || a.Page == page) && out.Results[i] != dossier.Seen {
				open = append(open, i)
			}
		}
		if len(open) == 0 {
			continue
		}
		if rendered >= maxLooked {
			break
		}
		for i, r := range lookOn(doc, page, asked, open, &rendered) {
			out.Results[i] = better(out.Results[i], r)
		}
	}
	for i, r := range out.Results {
		if r == "" {
			out.Results[i] = dossier.NotFound
		}
	}
	return out
}

// lookOn looks for some of the quotes on one page, by their index. Those that are not there are left out.
func lookOn(doc *pdfpages.Looked, page int, asked []Asked, open []int, rendered *int) map[int]dossier.Sight {
	var found *placedWords
	places := map[int][][]int{}
	seen, err := doc.Page(page, func(words []pdfpages.Word) bool {
		found = placeWords(words)
		for _, i := range open {
			if at := found.places(asked[i].Quote); len(at) > 0 {
				places[i] = at
			}
		}
		if len(places) > 0 {
			*rendered++
		}
		return len(places) > 0
	})
	out := map[int]dossier.Sight{}
	if err != nil { // a page that cannot be rendered says nothing of its quotes
		for _, i := range open {
			out[i] = dossier.NotRendered
		}
		return out
	}
	for i, at := range places {
		for _, words := range at {
			r := dossier.SightUnseen
			switch {
			case found.legible(words, seen, pdfpages.TextInk):
				r = dossier.Seen
			case found.legible(words, seen, pdfpages.OtherInk):
				r = dossier.Unclear
			}
			out[i] = better(out[i], r)
		}
	}
	return out
}

// placedWords are the words of a page in the two orders in which quotes are looked for: that of the
// document, and that of the page, because programs write letters of another font, and stamps, after
// everything else.
type placedWords struct {
	letters []string // by word: what is compared of it
	orders  []wordOrder
	work    int // that may still be spent on quotes that are not there letter by letter
}

// wordOrder is a sequence of words as one string.
type wordOrder struct {
	words  []int  // by their index
	all    string // their letters
	starts []int  // in all, of each word, and its end
}

// placeWords prepares the words of a page for the search. Equal words at one place are kept apart by their
// index, so that both orders have every word once.
func placeWords(words []pdfpages.Word) *placedWords {
	p := &placedWords{letters: make([]string, len(words)), work: maxNearWork}
	placed := make([]Word, len(words))
	at := map[Word][]int{}
	first := make([]int, len(words))
	for i, w := range words {
		p.letters[i] = plainLetters(w.Text)
		placed[i] = Word{Text: w.Text, X: w.Box.Min.X, Y: w.Box.Min.Y, W: w.Box.Dx(), H: w.Box.Dy()}
		at[placed[i]] = append(at[placed[i]], i)
		first[i] = i
	}
	second := make([]int, 0, len(words))
	for _, w := range inPageOrder(placed) {
		second = append(second, at[w][0])
		at[w] = at[w][1:]
	}
	p.orders = []wordOrder{p.order(first), p.order(second)}
	return p
}

// order joins the letters of words in an order, and notes where each begins.
func (p *placedWords) order(words []int) wordOrder {
	o := wordOrder{words: words, starts: make([]int, 0, len(words)+1)}
	var b strings.Builder
	for _, i := range words {
		o.starts = append(o.starts, b.Len())
		b.WriteString(p.letters[i])
	}
	o.starts = append(o.starts, b.Len())
	o.all = b.String()
	return o
}

// maxPlaces is how many places of one quote are looked at; a quote of one word may be on every line.
const maxPlaces = 50

// places returns where a quote is, each place as the words that it is in. Spaces, signs and diacritics need
// not agree, because readers of documents differ in them.
func (p *placedWords) places(quote string) (out [][]int) {
	want := plainLetters(quote)
	if want == "" {
		return nil
	}
	for k := range p.orders {
		o := &p.orders[k]
		for from := 0; len(out) < maxPlaces; {
			at := strings.Index(o.all[from:], want)
			if at < 0 {
				break
			}
			at += from
			out = append(out, o.between(at, at+len(want)))
			from = at + len(want)
		}
		if len(out) > 0 {
			return out
		}
	}
	for k := range p.orders {
		o := &p.orders[k]
		if p.work -= len(want) * len(o.all); len(want) < minNear || p.work < 0 {
			return nil
		}
		if from, to, ok := nearest(o.all, want); ok {
			return [][]int{o.between(from, to)}
		}
	}
	return nil
}

// Bounds of looking for quotes that are not on the page letter by letter: fonts without a table of their
// letters are read differently by each program.
const (
	minNear     = 12          // bytes of letters
	nearShare   = 8           // one letter in this many may differ
	maxNearWork = 100_000_000 // comparisons of two letters on one page
)

// nearest returns the part of a text that differs least from want, if at most one in nearShare bytes differ
// and the digits of both are the same. It is the algorithm of Sellers (1980) for approximate matches.
func nearest(text, want string) (from, to int, ok bool) {
	cost, start := make([]int, len(want)+1), make([]int, len(want)+1)
	for i := range cost {
		cost[i] = i
	}
	best := len(want)/nearShare + 1
	for k := range len(text) {
		diagonal, begun := cost[0], start[0]
		cost[0], start[0] = 0, k+1
		for i := 1; i <= len(want); i++ {
			c, s := diagonal, begun
			if want[i-1] != text[k] {
				c++
			}
			if cost[i]+1 < c {
				c, s = cost[i]+1, start[i]
			}
			if cost[i-1]+1 < c {
				c, s = cost[i-1]+1, start[i-1]
			}
			diagonal, begun = cost[i], start[i]
			cost[i], start[i] = c, s
		}
		if c := cost[len(want)]; c < best && digits(text[start[len(want)]:k+1]) == digits(want) {
			best, from, to, ok = c, start[len(want)], k+1, true
		}
	}
	return from, to, ok
}

// digits returns the digits of a text, which must be the same in an approximate match: 120 for 126 would be
// another fact.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// between returns the words with letters in [from, to) of all, by their index in words.
func (o *wordOrder) between(from, to int) (out []int) {
	first, _ := slices.BinarySearch(o.starts, from+1) // the word that holds from is the one before
	for i := max(first-1, 0); i < len(o.words) && o.starts[i] < to; i++ {
		if o.starts[i+1] > from && o.starts[i+1] > o.starts[i] {
			out = append(out, o.words[i])
		}
	}
	return out
}

// minLegible is the share of the letters of a quote that must be in words of which something is seen.
// Single letters are not seen where their box is that of an accent, or lies beside it.
const minLegible = 0.8

// legible reports whether a person can read words by ink of a kind or better: every one with a digit, and
// most letters of the others.
func (p *placedWords) legible(words []int, seen []pdfpages.Ink, ink pdfpages.Ink) bool {
	letters, read := 0, 0
	for _, i := range words {
		n := len(p.letters[i])
		letters += n
		switch {
		case seen[i] >= ink:
			read += n
		case strings.ContainsFunc(p.letters[i], unicode.IsDigit):
			return false
		}
	}
	return float64(read) >= minLegible*float64(letters)
}
