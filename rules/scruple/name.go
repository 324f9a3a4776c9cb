package scruple

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// naming finds words that are part of a name.
type naming struct{ Passage }

// IsAddress reports whether one of the words is part of an address on the web or of an e-mail, which claims nothing.
func (p Passage) IsAddress() bool {
	for k := p.First; k < p.Last; k++ {
		from, to := p.Words[k].Start, p.Words[k].End
		for from > 0 && !text.IsSpace(p.Runes[from-1]) {
			from--
		}
		for to < len(p.Runes) && !text.IsSpace(p.Runes[to]) {
			to++
		}
		if s := strings.ToLower(string(p.Runes[from:to])); strings.Contains(s, "://") || strings.Contains(s, "www.") ||
			strings.Contains(s, "@") && strings.Contains(s, ".") {
			return true
		}
	}
	return false
}

// Bounds in words: of a name behind the noun of a programme, and of one in capital letters.
const (
	maxNamed   = 8
	maxCapital = 6
)

// isInName reports whether the words are in a longer name: among capitalised words, behind the noun of a programme
// and a capital letter, or before a noun such as "fund".
func (p naming) isInName() bool {
	if strings.ToLower(p.Written) != p.Written {
		return false // the clue asks for a name
	}
	return p.isAmongCapitals() || p.isBehindNoun() || p.isBeforeTail()
}

// isAmongCapitals reports whether all of the words begin with a capital letter, and so does a neighbour of theirs that
// is no part of the unit's own name: "the Norway Cup", "the Clean Rivers Programme".
func (p naming) isAmongCapitals() bool {
	s := p.sentence()
	opens := p.Words[p.First].CellStart || p.First == s.First
	if opens && (!p.hasCapital(p.First+1, p.Last) || p.lang().IsPast(p.Words[p.First].Text)) {
		return false // "Kjøpte PA-anlegg": the first letter of a sentence says nothing
	}
	for k := p.First; k < p.Last; k++ {
		if !p.isCapital(k) && !(k > p.First && p.lang().IsCommon(p.Words[k].Text)) {
			return false
		}
	}
	from, to := p.First, p.Last
	for from > s.First && from > p.First-maxCapital && p.isPartOfName(from-1) && p.joins(from-1) {
		from--
	}
	for to < s.Last && to < p.Last+maxCapital && p.isPartOfName(to) && p.joins(to-1) {
		to++
	}
	if from == s.First && from < p.First && p.isOpening(from) {
		from++
	}
	if to-from <= p.Last-p.First || from == s.First && to <= from+1 || p.isTitled(s, from, to) {
		return false
	}
	before, behind := p.named(from, p.First), p.named(p.Last, to)
	return !(before != "" && p.Own.Has(before)) && !(behind != "" && p.Own.Has(behind))
}

// isInUnit reports whether the words are a part of the submitting unit's name, written out.
func (p naming) isInUnit() bool {
	unit, _ := text.Words(p.Unit)
	s := p.sentence()
	if len(unit) <= p.Last-p.First {
		return false
	}
	for k := max(s.First, p.Last-len(unit)); k <= p.First && k+len(unit) <= s.Last; k++ {
		if p.namesAt(unit, k) {
			return true
		}
	}
	return false
}

// namesAt reports whether the words of a name are those at word k of the page.
func (p Passage) namesAt(name []string, k int) bool {
	return slices.EqualFunc(name, p.Words[k:k+len(name)], func(a string, b text.Word) bool { return a == b.Text })
}

// hasCapital reports whether one of words [from, to) begins with a capital letter.
func (p naming) hasCapital(from, to int) bool {
	for k := from; k < to; k++ {
		if p.isCapital(k) {
			return true
		}
	}
	return false
}

// named is words [from, to) as they are written; "" if there are none.
func (p naming) named(from, to int) string {
	if from >= to {
		return ""
	}
	return p.Text(p.Words[from].Start, p.Words[to-1].End)
}

// isPartOfName reports whether word k begins with a capital letter and is no month, day or other word that is written
// so, nor a number.
func (p naming) isPartOfName(k int) bool {
	w := p.Words[k]
	_, month := p.lang().Months[w.Text]
	return p.isCapital(k) && !w.Number && !month && !slices.Contains(p.lang().Cues[language.NotName], w.Text)
}

// joins reports whether nothing but a space or hyphen is between word k and the next.
func (p naming) joins(k int) bool {
	gap := p.Gap(k)
	return gap == " " || gap == "-"
}

// isOpening reports whether the capital letter of the first word of a sentence says nothing: it is a frequent word, an
// article, a preposition or a cue.
func (p naming) isOpening(k int) bool {
	l, w := p.lang(), p.Words[k].Text
	return l.IsCommon(w) || len(l.CuesAt(w)) > 0 || slices.Contains(l.Articles, w) || slices.Contains(l.Prepositions, w)
}

// isTitled reports whether most of the words of a sentence outside [from, to) begin with a capital letter: a title.
func (p naming) isTitled(s text.Sentence, from, to int) bool {
	upper, all := 0, 0
	for k := s.First; k < s.Last; k++ {
		if k >= from && k < to || p.Words[k].Number {
			continue
		}
		all++
		if p.isCapital(k) {
			upper++
		}
	}
	return all > 1 && 2*upper > all
}

// isBehindNoun reports whether the noun of a programme or work is before the words, a capital letter begins what
// follows it, and nothing between ends that name: "quỹ Nâng bước em tới trường", "prosjektet Trygg skolevei".
func (p naming) isBehindNoun() bool {
	s, l := p.sentence(), p.lang()
	if p.Last < s.Last && p.Words[p.Last].Number && p.First > s.First && !p.isCapital(p.First) ||
		l.Inflects() && l.IsPast(p.Words[p.First].Text) {
		return false // "quỹ Vì người nghèo tặng 30 suất quà"
	}
	for k := max(s.First, p.First-maxNamed-maxNounWords); k < p.First; k++ {
		name := p.at(nameNoun, k, p.First)
		if name == k || !p.isBeginning(name) || p.First-name > maxNamed {
			continue
		}
		if !p.ends(name, p.First) && !p.Own.Has(p.named(name, min(p.First, name+2))) {
			return true
		}
	}
	return false
}

// maxNounWords is how many words the noun of a programme has at most.
const maxNounWords = 3

// isBeginning reports whether a name begins at word k, with a capital letter.
func (p naming) isBeginning(k int) bool {
	_, month := p.lang().Months[p.Words[k].Text]
	return p.isCapital(k) && !month && !p.Words[k].Number && strings.TrimLeft(p.Gap(k-1), " “\"«‘'") == ""
}

// ends reports whether a name that begins at word from ends before word to: at a comma, a closing quotation mark, a
// number, a word that says that something was done, or one of "us".
func (p naming) ends(from, to int) bool {
	if p.Words[to].Clause != p.Words[from].Clause {
		return true
	}
	for k := from; k < to; k++ {
		if strings.ContainsAny(p.Gap(k), "”»\"’") {
			return true
		}
		if p.Words[k].Clause != p.Words[from].Clause || p.Words[k].Number ||
			k > from && p.lang().Inflects() && p.lang().IsPast(p.Words[k].Text) {
			return true
		}
	}
	return p.hasCue(from, to, language.Done, language.Us, language.Comitative, language.Perfect)
}

// isBeforeTail reports whether a noun such as "fund" right behind the words makes them its name: "the plant stall
// fund".
func (p naming) isBeforeTail() bool {
	s := p.sentence()
	if p.Last >= s.Last || !p.joins(p.Last-1) || p.lang().IsPast(p.Words[p.Last-1].Text) {
		return false
	}
	return p.at(nameTail, p.Last, s.Last) > p.Last
}
