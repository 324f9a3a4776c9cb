// Package place finds the places that a sentence names, such as communes and villages, and separates those of the
// dossier itself from others: a model that was taken over in its own village has not spread.
//
// [Others] goes by nouns for places and the capitalised words beside them, [Located] by prepositions in languages
// that have them. What a sentence says of a place is not decided here. A name that may be the dossier's own, such as
// that of its district behind its own name, counts as its own.
package place

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
)

// Own are the names by which a dossier calls its own place. It is for one goroutine.
type Own struct {
	names  func() []string
	folded []string // with a space on either side; made when first asked for
}

// NewOwn returns the names of a dossier's own place. names returns texts that hold them, such as the unit's name and
// the dossier's form; it is called at most once, when the first place is found.
func NewOwn(names func() []string) *Own { return &Own{names: names} }

// Has reports whether a name is in one of these names, apart from case and diacritics.
func (o *Own) Has(name string) bool {
	if o.folded == nil {
		o.folded = []string{}
		for _, n := range o.names() {
			if f := language.Fold(n); f != "" {
				o.folded = append(o.folded, " "+f+" ")
			}
		}
	}
	f := " " + language.Fold(name) + " "
	return slices.ContainsFunc(o.folded, func(n string) bool { return strings.Contains(n, f) })
}

// Is reports whether a name is one of these names, apart from case and diacritics.
func (o *Own) Is(name string) bool {
	f := language.Fold(name)
	return f != "" && o.Has(name) && slices.Contains(o.folded, " "+f+" ")
}

// maxName is how many words behind a place noun may belong to a name, and maxNameBefore how many before one.
const (
	maxName       = 4
	maxNameBefore = 3
)

// Others names the places in a sentence of the page, given its index, that are not the dossier's own, each once: a
// place noun and the capitalised words after it ("thôn Giáo Tây", "the commune of Sekong") or, not in Vietnamese,
// before it ("Giáo Tây hamlet").
func Others(p *text.Page, cues *claim.Page, sentence int, own *Own) []string {
	var out []string
	s := p.Sentences[sentence]
	vietnamese := p.LanguageAt(s.First).Code == "vi"
	seen := map[string]bool{}
	for _, c := range cues.Cues(sentence) {
		if c.Kind != language.PlaceNoun {
			continue
		}
		from, to := nameAfter(p, s, c)
		if from == to && !vietnamese {
			from, to = nameBefore(p, s, c)
		}
		if from == to {
			continue
		}
		name := strings.Join(strings.Fields(p.Text(p.Words[from].Start, p.Words[to-1].End)), " ")
		if f := language.Fold(name); !seen[f] && !own.Has(name) {
			seen[f] = true
			out = append(out, name)
		}
	}
	return out
}

// Located names what is written with a capital letter behind a word such as "in", "at" or "by" in a sentence of the
// page, given its index, and is not the dossier's own place nor a month: "in Ripon and Skipton", "by Harwell". It
// finds none in Vietnamese, whose places have their nouns.
func Located(p *text.Page, cues *claim.Page, sentence int, own *Own) []string {
	var out []string
	s, l := p.Sentences[sentence], p.LanguageOf(sentence)
	for _, c := range cues.Cues(sentence) {
		if c.Kind != language.Locative && c.Kind != language.Agent {
			continue
		}
		for k := c.Last; k < s.Last && capital(p, k); k++ {
			from := k
			for k+1 < s.Last && capital(p, k+1) && p.Words[k+1].Start-p.Words[k].End == 1 {
				k++
			}
			name := p.Text(p.Words[from].Start, p.Words[k].End)
			if _, month := l.Months[p.Words[from].Text]; !month && !own.Has(name) && !slices.Contains(out, name) {
				out = append(out, name)
			}
			if k+1 < s.Last && slices.Contains(l.Cues[language.Coordinator], p.Words[k+1].Text) {
				k++ // "in Ripon and Skipton"
			}
		}
	}
	return out
}

// nameAfter returns the capitalised words [from, to) after a place noun.
func nameAfter(p *text.Page, s text.Sentence, noun claim.Cue) (from, to int) {
	w := p.Words
	from = noun.Last
	links := p.LanguageAt(s.First).PlaceLinks
	if from+1 < s.Last && slices.Contains(links, w[from].Text) && capital(p, from+1) {
		from++ // "the commune of Sekong"
	}
	clause := w[noun.First].Clause
	to = from
	for to < min(s.Last, from+maxName) && capital(p, to) && w[to].Clause == clause && w[to].Start-w[to-1].End <= 2 {
		to++
	}
	return from, to
}

// nameBefore returns the capitalised words [from, to) before a place noun.
func nameBefore(p *text.Page, s text.Sentence, noun claim.Cue) (from, to int) {
	w, clause := p.Words, p.Words[noun.First].Clause
	from = noun.First
	for from > max(s.First, noun.First-maxNameBefore) && capital(p, from-1) && w[from-1].Clause == clause {
		from--
	}
	if from < noun.First && slices.Contains(p.LanguageAt(from).Articles, w[from].Text) {
		from++ // "The parish"
	}
	return from, noun.First
}

// capital reports whether word k begins with a capital letter.
func capital(p *text.Page, k int) bool {
	r := p.Runes[p.Words[k].Start]
	return r >= 'A' && strings.ToLower(string(r)) != string(r)
}
