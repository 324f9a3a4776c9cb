package likely

import (
	"slices"

	"kheo/internal/text"
	"kheo/rules/phrase"
)

// Weights of the words of a label: one that any label may have, one that is common or names the unit, and others.
const (
	lightWeight = 0.15
	unitWeight  = 0.5
)

// Lexicon finds the words of the labels of several facts on pages.
type Lexicon struct {
	forms  map[string][]place // by every form of a word
	labels [][][]float64      // by fact and label: the weights of its words
}

// place is a word of a label of a fact.
type place struct{ fact, label, word int }

// Labels are the labels of one fact. IsUnit reports whether a word of one names the fact's unit.
type Labels struct {
	All    []phrase.Phrase
	IsUnit func(label phrase.Phrase, w string) bool
}

// NewLexicon prepares the labels of facts.
func NewLexicon(facts []Labels) *Lexicon {
	x := &Lexicon{forms: map[string][]place{}, labels: make([][][]float64, len(facts))}
	for i, f := range facts {
		for _, label := range f.All {
			if label.Lang == nil {
				continue
			}
			weights := make([]float64, len(label.Words))
			for k, w := range label.Words {
				weights[k] = 1
				switch {
				case slices.Contains(label.Lang.LooseFill, w), slices.Contains(label.Lang.CountNouns, w):
					weights[k] = lightWeight
				case f.IsUnit(label, w), label.Lang.IsCommon(w):
					weights[k] = unitWeight
				}
				for _, form := range label.Lang.FormsOf(w) {
					at := place{i, len(x.labels[i]), k}
					if list := x.forms[form]; !slices.Contains(list, at) {
						x.forms[form] = append(list, at)
					}
				}
			}
			x.labels[i] = append(x.labels[i], weights)
		}
	}
	return x
}

// found is a word of a label with its places on a page.
type found struct {
	at     []int32
	weight float64
}

// from is the index of its first place at or behind a word of the page.
func (f *found) from(word int) int {
	i, _ := slices.BinarySearch(f.at, int32(word))
	return i
}

// isIn reports whether the word is in a span, but not in the value's own.
func (f *found) isIn(in, own Span) bool {
	i := f.from(in.From)
	if i < len(f.at) && own.Has(int(f.at[i])) {
		i = f.from(own.To)
	}
	return i < len(f.at) && in.Has(int(f.at[i]))
}

// Found is where the words of a fact's labels are on a page; nil if none that says something is.
type Found [][]found

// On finds the words of the labels of each fact on a page.
func (x *Lexicon) On(p *text.Page) []Found {
	out := make([]Found, len(x.labels))
	says := make([]bool, len(x.labels))
	for i := range p.Words {
		for _, at := range x.forms[p.Words[i].Text] {
			if out[at.fact] == nil {
				out[at.fact] = x.empty(at.fact)
			}
			f := &out[at.fact][at.label][at.word]
			f.at = append(f.at, int32(i))
			says[at.fact] = says[at.fact] || f.weight >= unitWeight
		}
	}
	for i := range out {
		if !says[i] {
			out[i] = nil
		}
	}
	return out
}

// empty is where the words of a fact's labels are before any is found.
func (x *Lexicon) empty(fact int) Found {
	out := make(Found, len(x.labels[fact]))
	for i, weights := range x.labels[fact] {
		out[i] = make([]found, len(weights))
		for k, w := range weights {
			out[i][k].weight = w
		}
	}
	return out
}

// Says reports whether a word of a label that is neither common nor the unit is there.
func (f Found) Says() bool {
	return slices.ContainsFunc(f, func(label []found) bool {
		return slices.ContainsFunc(label, func(w found) bool { return w.weight > unitWeight && len(w.at) > 0 })
	})
}

// Span is the words [From, To) of a page.
type Span struct{ From, To int }

// Has reports whether a word is in the span.
func (s Span) Has(i int) bool { return i >= s.From && i < s.To }

// Share is the share of the words of a label, by their weights, that are in some spans beside the value's own: of the
// label with the greatest one.
func (f Found) Share(own Span, in ...Span) (share float64) {
	for _, label := range f {
		sum, all := 0.0, 0.0
		for _, w := range label {
			all += w.weight
			if slices.ContainsFunc(in, func(s Span) bool { return w.isIn(s, own) }) {
				sum += w.weight
			}
		}
		if all > 0 {
			share = max(share, sum/all)
		}
	}
	return share
}

// Far is the distance of a word that is not there.
const Far = 99

// Nearest is how many words before and behind a value the nearest word of a label is that says something, in a span;
// Far if there is none.
func (f Found) Nearest(own, in Span) (before, behind int) {
	before, behind = Far, Far
	for _, label := range f {
		for _, w := range label {
			if w.weight <= lightWeight {
				continue
			}
			if i := w.from(min(own.From, in.To)) - 1; i >= 0 && in.Has(int(w.at[i])) {
				before = min(before, own.From-int(w.at[i]))
			}
			if i := w.from(max(own.To, in.From)); i < len(w.at) && in.Has(int(w.at[i])) {
				behind = min(behind, int(w.at[i])-own.To+1)
			}
		}
	}
	return before, behind
}
