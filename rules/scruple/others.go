package scruple

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
)

// others finds deeds of authorities, persons of state, sponsors and customers, who are named by their nouns.
type others struct{ Passage }

// maxSubjectWords is how many words a sentence may have before its subject.
const maxSubjectWords = 12

// isTheirs reports whether one of them is the subject of the words, in their sentence or, taken up by a pronoun, in the
// one before.
func (p others) isTheirs() bool {
	s := p.sentence()
	if p.hasCue(s.First, p.First, language.Us) || p.namesUnit(s.First, p.First) {
		return false
	}
	from, _ := p.Claims.Clause(p.First, p.Last)
	for k := s.First; k < min(p.First, s.First+maxSubjectWords); k++ {
		end := p.subjectAt(k, p.First, s)
		if end > k && (end > from || p.goesOn(from)) && p.acts(k, end) {
			return true
		}
	}
	later := max(from, s.First+maxSubjectWords)
	for k := later; k < min(p.First, later+maxSubjectWords); k++ {
		if end := p.fellowAt(k, p.First); end > k && (p.isSubject(k, s) || p.opens(k)) && p.acts(k, end) {
			return true
		}
	}
	return p.goesBack(s)
}

// subjectAt returns the end of the noun of another body or person that begins at word k and is where a subject is; k if
// none is.
func (p others) subjectAt(k, to int, s text.Sentence) int {
	end := max(p.at(office, k, to), p.at(patron, k, to), p.fellowAt(k, to))
	if public := p.at(authority, k, to); public > end && !p.isOwnKind(k, public) && !p.isPartOfNoun(k, public) {
		end = public
	}
	if end == k || !p.isSubject(k, s) {
		return k
	}
	return end
}

// isOwnKind reports whether a public body at words [k, end) may be the submitting unit by its noun: its name has the
// noun of a body, and not of one below the body at hand.
func (p others) isOwnKind(k, end int) bool {
	l := p.lang()
	unit := " " + strings.ToLower(p.Unit) + " "
	if l.Code == "vi" {
		for i := k; i < end; i++ {
			if w := p.Words[i].Text; strings.Contains(unit, " "+w+" ") &&
				slices.Contains(l.Cues[language.Superior], w) {
				return true
			}
		}
		return strings.Contains(unit, " "+p.Text(p.Words[end-1].Start, p.Words[end-1].End)+" ")
	}
	public := slices.ContainsFunc(l.Cues[language.Body], func(noun string) bool {
		return strings.Contains(unit, " "+noun+" ")
	})
	return public || strings.Contains(unit, " "+p.Words[end-1].Text+" ")
}

// isPartOfNoun reports whether a Vietnamese noun of a public body is a part of a longer word, or goes on with one that
// is not the body: "tỉnh lộ", "bộ đội", "huyện" before "lỵ".
func (p others) isPartOfNoun(k, end int) bool {
	return slices.ContainsFunc(p.Claims.Cues(p.Words[k].Sentence), func(c claim.Cue) bool {
		return c.Kind == language.Compound && c.First <= k && c.Last >= end && c.Last-c.First > end-k
	})
}

// isSubject reports whether word k is where a subject is: no preposition, "our" or verb is before it in its clause. In
// Norwegian the verb is before the subject if something else opens the sentence.
func (p others) isSubject(k int, s text.Sentence) bool {
	l := p.lang()
	from := k
	for from > s.First && p.Words[from-1].Clause == p.Words[k].Clause {
		from--
	}
	before := k - 1
	if before >= from && slices.Contains(l.Articles, p.Words[before].Text) {
		before--
	}
	if before < from {
		return true
	}
	w := p.Words[before].Text
	lists := [][]string{l.Prepositions, l.Cues[language.Locative], l.Cues[language.Agent], l.Cues[language.Comitative],
		l.Cues[language.Toward], l.Cues[language.Source], l.Cues[language.Us], l.Cues[language.Subordinator]}
	if slices.ContainsFunc(lists, func(list []string) bool { return slices.Contains(list, w) }) {
		return false
	}
	for i := from; i < k; i++ {
		if l.Inflects() && l.IsPast(p.Words[i].Text) && !(l.Code == "nb" && i == before) {
			return false
		}
	}
	if l.Code == "vi" {
		return !p.hasCue(from, k, language.Deed, language.Done, language.Comitative, language.Joining)
	}
	return true
}

// acts reports whether a verb that says that something was done is behind the noun at words [k, end), before the end of
// the words, or in Norwegian right before it.
func (p others) acts(k, end int) bool {
	l := p.lang()
	if !l.Inflects() {
		return p.hasCue(end, p.Last, language.Done) || p.hasCue(end, p.Last, language.Deed)
	}
	for i := end; i < p.Last; i++ {
		if l.IsPast(p.Words[i].Text) {
			return true
		}
	}
	for i := max(p.sentence().First, k-2); l.Code == "nb" && i < k; i++ {
		if l.IsPast(p.Words[i].Text) {
			return true
		}
	}
	return false
}

// goesOn reports whether the clause that begins at word from has no subject of its own: it begins with a verb of the
// past, behind a word such as "and" or none.
func (p others) goesOn(from int) bool {
	l := p.lang()
	if from < p.Last && p.hasCue(from, from+1, language.Coordinator) {
		from++
	}
	return from < p.Last && (l.Inflects() && l.IsPast(p.Words[from].Text) ||
		p.hasCue(from, min(p.Last, from+1), language.Done))
}

// goesBack reports whether the sentence begins with a pronoun, or a noun such as "the delegation", that takes up the
// subject of the sentence before, which is one of others.
func (p others) goesBack(s text.Sentence) bool {
	n := p.Words[p.First].Sentence
	if n == 0 || p.at(backSubject, s.First, p.First) == s.First {
		return false
	}
	up := p.Sentences[n-1]
	if up.First >= up.Last || p.Words[up.Last-1].Line < p.Words[s.First].Line-1 ||
		p.namesUnit(up.First, up.Last) {
		return false
	}
	for k := up.First; k < min(up.Last, up.First+maxSubjectWords); k++ {
		if p.subjectAt(k, up.Last, up) > k {
			return true
		}
	}
	return false
}

// namesUnit reports whether words [from, to) name the submitting unit.
func (p others) namesUnit(from, to int) bool {
	unit, _ := text.Words(p.Unit)
	for k := from; len(unit) > 0 && k+len(unit) <= to; k++ {
		if p.namesAt(unit, k) {
			return true
		}
	}
	return false
}
