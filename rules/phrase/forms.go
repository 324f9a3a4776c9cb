package phrase

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kheo/internal/text/language"
)

// Bounds of words that are matched with endings. Shorter clues are the beginnings of other words; in a clue of several
// words, those before the last say which word it is; and what something was done to is a noun.
const (
	shortestNoun   = 5
	shortestLast   = 4
	shortestObject = 3
)

// longestVerb is how many letters a word may have that is taken for a verb by its ending: with endings of nouns, longer
// verbs are no words at all.
const longestVerb = 8

// AsNoun returns the phrase so that its last word may be plural or definite too, if its language has such endings: a
// clue "gangvei" finds "gangveien". A short word with the form of the past is a verb, and stays as it is. A phrase of
// no language gets the endings of the language of each sentence.
func (ph Phrase) AsNoun() Phrase { return ph.inflected(false) }

// AsObject is AsNoun for a phrase that says what something was done to: a noun, however short. In a language that does
// not join nouns, the singular of a word that is written in the plural is no form of it: before another noun it means
// that one, "volunteer time".
func (ph Phrase) AsObject() Phrase { return ph.inflected(true) }

// inflected returns the phrase with its other forms: those of its language or, if it has none, of each language that
// could write it.
func (ph Phrase) inflected(object bool) Phrase {
	if ph.Lang != nil {
		return ph.withForms(object)
	}
	ph.variants = nil
	for _, l := range language.All() {
		if !l.Inflects() || slices.ContainsFunc(ph.Words, func(w string) bool { return !l.MayWrite(w) }) {
			continue
		}
		v := ph
		v.Lang = l
		if v = v.withForms(object); v.Noun || v.Parts {
			ph.variants = append(ph.variants, v)
		}
	}
	return ph
}

// withForms returns a phrase of a known language with its other forms.
func (ph Phrase) withForms(object bool) Phrase {
	if len(ph.Words) == 0 {
		return ph
	}
	last := ph.Words[len(ph.Words)-1]
	letters := utf8.RuneCountInString(last)
	shortest := shortestNoun
	switch {
	case object:
		shortest = shortestObject
	case len(ph.Words) > 1:
		shortest = shortestLast
	}
	ph.Noun = ph.Lang.Inflects() && letters >= shortest && !strings.HasSuffix(last, "*") &&
		(object || letters > longestVerb || !ph.Lang.IsPast(last))
	if ph.Noun {
		ph.Forms = ph.Lang.NounForms(last)
	}
	if object {
		ph.Forms = slices.DeleteFunc(ph.Forms, func(form string) bool {
			return letters < shortestNoun && isOtherWord(last, form) || slices.Contains(ph.Lang.VerbLike, form) ||
				len(ph.Lang.JoinedParts()) == 0 && strings.HasPrefix(last, form)
		})
	}
	if n := len(ph.Words); n > 1 && len(ph.Lang.Between) > 0 {
		ph.Parts, ph.Inner = true, nil
		for _, w := range ph.Words[:n-1] {
			ph.Inner = append(ph.Inner, ph.Lang.InnerForms(w))
		}
	}
	return ph
}

// isOtherWord reports whether a form of a short noun is another word: a consonant alone is an ending behind a vowel
// only, "lagt" is no form of "lag".
func isOtherWord(noun, form string) bool {
	end, ok := strings.CutPrefix(form, noun)
	return ok && len(end) == 1 && strings.Contains("nrt", end) && !strings.HasSuffix(noun, "e")
}

// Spellings are the phrase and what it is in the languages whose endings it may have.
func (ph Phrase) Spellings() []Phrase {
	return append([]Phrase{ph}, ph.variants...)
}

// of is the phrase with the endings of a language; ok is false if it has none there.
func (ph Phrase) of(l *language.Language) (out Phrase, ok bool) {
	if ph.Lang != nil {
		return ph, true
	}
	i := slices.IndexFunc(ph.variants, func(v Phrase) bool { return v.Lang.Code == l.Code })
	if i < 0 {
		return ph, false
	}
	return ph.variants[i], true
}

// minJoined is how many letters the first part of a joined word must have.
const minJoined = 3

// EndsWord reports whether s, a word of a language, is joined of another word and the phrase, with one of the
// language's endings or without: "idrettshallen" ends in "hall". Only a phrase of one word with three letters or more
// can be joined.
func (ph Phrase) EndsWord(s string, l *language.Language) bool {
	own, ok := ph.of(l)
	if !ok || len(own.Words) != 1 || len(own.Lang.JoinedParts()) == 0 {
		return false
	}
	w, star := strings.CutSuffix(own.Words[0], "*")
	if len(w) < minJoined || own.hasOtherHead(s, w) {
		return false
	}
	if i := strings.LastIndex(s, w); i >= minJoined &&
		!(len(w) == minJoined && slices.Contains(own.Lang.NotJoined, s[:i])) {
		end := s[i+len(w):]
		if end == "" || slices.Contains(own.Lang.Definite, end) || star && len(end) <= minInflected {
			return true
		}
	}
	return slices.ContainsFunc(own.Forms, func(form string) bool {
		return len(form) > minInflected && len(s)-len(form) >= minJoined && strings.HasSuffix(s, form)
	})
}

// hasOtherHead reports whether s ends in a longer word than w that is no kind of w, alone or joined to another one:
// "generalforsamling" ends in "forsamling", and is no "samling"; "toppsamling" does not end in "oppsamling", since "t"
// is no word.
func (ph Phrase) hasOtherHead(s, w string) bool {
	return slices.ContainsFunc(ph.Lang.OtherHeads, func(other string) bool {
		i := strings.LastIndex(s, other)
		if i < 0 || i > 0 && i < minJoined || len(other) <= len(w) || !strings.HasSuffix(other, w) {
			return false
		}
		return i+len(other) == len(s) || slices.Contains(ph.Lang.Definite, s[i+len(other):])
	})
}

// IsKin reports whether s, a word of a language, may be another form of the phrase's only word, whatever its endings
// say: "klubbens" of "klubb".
func (ph Phrase) IsKin(s string, l *language.Language) bool {
	own, ok := ph.of(l)
	return ok && len(own.Words) == 1 && len(s) > minInflected && len(own.Words[0]) > minInflected &&
		own.Lang.SameWord(own.Words[0], s)
}
