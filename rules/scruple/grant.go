package scruple

import (
	"kheo/internal/text/language"
)

// granting finds what money or a promise was only given for.
type granting struct{ Passage }

// Bounds in words: between an amount's verb and what it was given for, and between the word such as "for" and that.
const (
	maxGrant  = 18
	maxToward = 8
)

// isGranted reports whether the sentence says that money was given, offered or collected for the words, and nothing
// from there on that it was done: "tài trợ 2 tỷ đồng xây dựng 3 phòng học", "bevilget 2 millioner til å bygge"; or
// that it was handed over as a symbol.
func (p granting) isGranted() bool {
	s := p.sentence()
	if p.has(symbolic, s.First, s.Last) {
		return true
	}
	for k := max(s.First, p.First-maxGrant); k < p.First; k++ {
		given, money := p.at(allot, k, p.First), p.at(grant, k, p.First)
		if given == k && money == k {
			continue
		}
		for t := max(given, money); t < p.First; t++ {
			end := p.at(toward, t, p.First)
			if end == t || p.First-end > maxToward {
				continue
			}
			if money == k && !p.hasAmount(given, t) && p.at(begun, k, p.First) == k && !p.has(grant, given, t) {
				continue
			}
			if !p.isDone(end) {
				return true
			}
		}
	}
	return false
}

// hasAmount reports whether words [from, to) hold a number that is no year or date: what was given.
func (p granting) hasAmount(from, to int) bool {
	for k := from; k < to; k++ {
		if p.Words[k].Number && !p.Claims.IsYear(k) {
			return true
		}
	}
	return false
}

// isDone reports whether words from k on say that it was done: a verb of the past in what is before the words, one that
// the words are, or the word of an end in the rest of the sentence.
func (p granting) isDone(k int) bool {
	s, l := p.sentence(), p.lang()
	if p.hasCue(k, s.Last, language.Finished) || p.hasCue(k, p.First, language.Done) {
		return true
	}
	for i := k; l.Inflects() && i < p.First; i++ {
		if l.IsPast(p.Words[i].Text) && p.at(allot, i, p.Last) == i {
			return true
		}
	}
	if !l.Inflects() || !l.IsPast(p.Words[p.First].Text) {
		return false
	}
	before := p.First - 1 // a noun may end as a verb does: "til grillhytte"
	return p.Words[before].Clause != p.Words[p.First].Clause ||
		p.hasCue(before, p.First, language.Coordinator, language.Us)
}
