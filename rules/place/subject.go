package place

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
)

// Sure says how sure it is that a name is the subject of what follows it.
type Sure int

// The values of Sure.
const (
	Nobody  Sure = iota // no name is
	Perhaps             // a bare name may be
	Surely              // a place or body by its noun and name is
)

// maxOpening is how many words before a comma may open a sentence without being its subject: "In 2026, …".
const maxOpening = 4

// Subject reports whether the subject of the words from at on, in a sentence of the page given its index, is a name
// that is not the dossier's own: a body with its name at the start of the sentence ("thành phố Long Khánh", "Vestby
// kommune"), a name with an article and capital letters ("The National Trust"), or a bare name right before a verb
// ("Harrogate raised"). isVerb reports whether a word is a verb that someone acts by.
//
// Without a parser the subject cannot be found in general. What is taken for one is where each of the three languages
// puts it, and a name behind a preposition, a person's title or no name at all leaves the sentence to the dossier
// itself.
func Subject(p *text.Page, cues *claim.Page, sentence, at int, own *Own, isVerb func(k int) bool) Sure {
	f := subjects{page: p, cues: cues, sentence: p.Sentences[sentence], lang: p.LanguageOf(sentence), own: own}
	from, _ := cues.Clause(at, at+1)
	for _, k := range []int{f.sentence.First, f.opened(), from} {
		if k < at && f.isBody(k) {
			return Surely
		}
	}
	if f.lang.Code != "vi" && (f.hasArticle(f.sentence.First, at) || f.isBare(at, isVerb)) {
		return Perhaps
	}
	return Nobody
}

// RightBefore reports whether a name that is not the dossier's own, not behind a preposition or a title, is right
// before word at of a sentence of the page, auxiliaries aside: "how Bristol had raised". In Vietnamese it has two
// syllables: more are a person's name.
func RightBefore(p *text.Page, cues *claim.Page, sentence, at int, own *Own) bool {
	f := subjects{page: p, cues: cues, sentence: p.Sentences[sentence], lang: p.LanguageOf(sentence), own: own}
	return f.isRightBefore(at)
}

// Takers names what is written with a capital letter at the start of a sentence of the page, given its index, before
// the verb at word at, and is not the dossier's own name: "Hemnes og Vefsn har overtatt". It finds none in Vietnamese.
func Takers(p *text.Page, cues *claim.Page, sentence, at int, own *Own) (out []string) {
	f := subjects{page: p, cues: cues, sentence: p.Sentences[sentence], lang: p.LanguageOf(sentence), own: own}
	verb := at
	for verb > f.sentence.First && f.isAuxiliary(verb-1) {
		verb--
	}
	for k := f.sentence.First; k < verb && f.lang.Code != "vi"; k++ {
		end := f.nameEnd(k)
		if end == k || k == f.sentence.First && end == k+1 && !f.isName(k) || f.isOwn(k) {
			return nil
		}
		out = append(out, p.Text(p.Words[k].Start, p.Words[end-1].End))
		if end == verb {
			return out
		}
		if !slices.Contains(f.lang.Cues[language.Coordinator], p.Words[end].Text) {
			return nil
		}
		k = end
	}
	return nil
}

// subjects looks for subjects in one sentence.
type subjects struct {
	page     *text.Page
	cues     *claim.Page
	sentence text.Sentence
	lang     *language.Language
	own      *Own
}

// opened returns the first word behind a short opening of the sentence and its comma; the first word without one.
func (f *subjects) opened() int {
	w, first := f.page.Words, f.sentence.First
	for k := first + 1; k < min(f.sentence.Last, first+maxOpening+1); k++ {
		if w[k].Clause != w[first].Clause {
			return k
		}
	}
	return first
}

// nameEnd returns the word after the capitalised words that begin at word k; k if it has no capital letter.
func (f *subjects) nameEnd(k int) int {
	end := k
	for end < min(f.sentence.Last, k+maxName) && capital(f.page, end) && !f.page.Words[end].Number &&
		(end == k || f.page.Words[end].Start-f.page.Words[end-1].End == 1) {
		end++
	}
	return end
}

// isOwn reports whether the name at word k is the dossier's own.
func (f *subjects) isOwn(k int) bool {
	end := f.nameEnd(k)
	return end > k && f.own.Has(f.page.Text(f.page.Words[k].Start, f.page.Words[end-1].End))
}

// isBody reports whether a body and its name, not the dossier's own, begin at word k.
func (f *subjects) isBody(k int) bool {
	if f.lang.Code != "vi" && slices.Contains(f.lang.Articles, f.page.Words[k].Text) {
		k++ // "The council" has no name
	}
	for _, c := range f.cues.Cues(f.page.Words[k].Sentence) {
		if c.Kind != language.Body {
			continue
		}
		if f.lang.Code == "vi" {
			if c.First == k && f.nameEnd(c.Last) > c.Last && !f.isOwn(c.Last) {
				return true
			}
			continue
		}
		if end := f.nameEnd(k); end > k && (c.First == end || c.First == end-1 && c.First > k) && !f.isOwn(k) {
			return true
		}
	}
	return false
}

// hasArticle reports whether an article opens the sentence and a name of two capitalised words or more follows it,
// before word at.
func (f *subjects) hasArticle(k, at int) bool {
	if !slices.Contains(f.lang.Articles, f.page.Words[k].Text) {
		return false
	}
	end := f.nameEnd(k + 1)
	return end-k > 2 && end <= at && !f.isOwn(k+1)
}

// isBare reports whether the sentence begins with one capitalised word that is a name by its form, and a verb follows
// it. A common noun in its place would have an article or an ending.
func (f *subjects) isBare(at int, isVerb func(k int) bool) bool {
	k := f.opened()
	if f.sentence.First == at || k >= at {
		k = f.sentence.First
	}
	if k >= at || !capital(f.page, k) || k+1 >= f.sentence.Last || f.nameEnd(k) != k+1 {
		return false
	}
	verb := k + 1
	for verb < at && f.isAuxiliary(verb) {
		verb++
	}
	return isVerb(verb) && f.isName(k)
}

// isName reports whether a capitalised word is a name: it is no frequent word, cue or number, has no ending of a plural
// or definite noun, and is not the dossier's own.
func (f *subjects) isName(k int) bool {
	s := f.page.Words[k].Text
	_, number := f.lang.Numbers[s]
	_, month := f.lang.Months[s]
	if number || month || f.lang.IsCommon(s) || len(f.lang.CuesAt(s)) > 0 || f.isOwn(k) || f.page.Words[k].Number {
		return false
	}
	if f.lang.Code == "en" {
		return !strings.HasSuffix(s, "s") && !strings.HasSuffix(s, "ing") && !strings.HasSuffix(s, "ly")
	}
	return !f.hasEnding(s) || f.isElsewhere(k)
}

// hasEnding reports whether a word ends as a definite noun, or as adjectives and infinitives do, in "e". Of the endings
// of one letter only "a" distinguishes a noun from a name.
func (f *subjects) hasEnding(s string) bool {
	return strings.HasSuffix(s, "e") || slices.ContainsFunc(f.lang.Definite, func(end string) bool {
		return (len(end) > 1 || end == "a") && strings.HasSuffix(s, end)
	})
}

// isElsewhere reports whether the word at k is written with a capital letter within another sentence of the page.
func (f *subjects) isElsewhere(k int) bool {
	w := f.page.Words
	for i := range w {
		if i != k && w[i].Text == w[k].Text && capital(f.page, i) && i > f.page.Sentences[w[i].Sentence].First {
			return true
		}
	}
	return false
}

// isRightBefore is RightBefore.
func (f *subjects) isRightBefore(at int) bool {
	k := at - 1
	for k > f.sentence.First && f.isAuxiliary(k) {
		k--
	}
	if k <= f.sentence.First || !capital(f.page, k) || f.page.Words[k].Clause != f.page.Words[at].Clause {
		return false
	}
	for k-1 > f.sentence.First && capital(f.page, k-1) && f.page.Words[k].Start-f.page.Words[k-1].End == 1 {
		k--
	}
	if f.isIntroduced(k) {
		return false
	}
	if f.lang.Code == "vi" {
		return f.nameEnd(k) == k+2 && k > f.sentence.First && !capital(f.page, k-1) && !f.isOwn(k)
	}
	return f.nameEnd(k) == k+1 && f.isName(k)
}

// isIntroduced reports whether the word before a name says that it is no subject of its own: a title, a source, or one
// of place or direction.
func (f *subjects) isIntroduced(k int) bool {
	if k-1 > f.sentence.First && slices.Contains(f.lang.Articles, f.page.Words[k-1].Text) {
		k-- // "in the Gareloch"
	}
	kinds := []language.CueKind{language.Title, language.Source, language.Locative, language.Toward, language.PlaceNoun}
	return slices.ContainsFunc(kinds, func(kind language.CueKind) bool {
		return slices.Contains(f.lang.Cues[kind], f.page.Words[k-1].Text)
	})
}

// isAuxiliary reports whether word k is an auxiliary or a light word.
func (f *subjects) isAuxiliary(k int) bool {
	s := f.page.Words[k].Text
	for _, kind := range []language.CueKind{language.Done, language.Perfect, language.Light} {
		if slices.Contains(f.lang.Cues[kind], s) {
			return true
		}
	}
	return false
}

// Named reports whether words [from, to) of the page hold a capitalised word within a sentence that is not a month nor
// the dossier's own name.
func Named(p *text.Page, from, to int, own *Own) bool {
	for k := from; k < to; k++ {
		w := p.Words[k]
		if k == p.Sentences[w.Sentence].First || !capital(p, k) || w.Number || len(w.Text) < 2 {
			continue
		}
		if _, month := p.LanguageAt(k).Months[w.Text]; !month && !own.Has(w.Text) {
			return true
		}
	}
	return false
}
