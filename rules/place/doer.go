package place

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
)

// maxAddress is how many words may be between the dossier's own name and a name that goes on with it, as
// that of its district does.
const maxAddress = 3

// Doer reports whether words [first, last) of a sentence of the page, given its index, may be told of
// someone or somewhere else, by the names before them: one that is not the dossier's own, not behind a
// preposition and not a person's, is taken for the subject, and one behind a word such as "in" for the
// place. The dossier's own name or "we" behind a name takes its place. isKnown reports whether a word is
// one that the rules look for: its capital letter says nothing.
//
// Unlike Subject it asks for a sign that no one else did it, and so takes a name for another's unless it is
// shown to be the dossier's own.
func Doer(p *text.Page, cues *claim.Page, sentence, first, last int, own *Own, isKnown func(k int) bool) Sure {
	f := subjects{page: p, cues: cues, sentence: p.Sentences[sentence], lang: p.LanguageOf(sentence), own: own}
	from, to := cues.Clause(first, last)
	if f.followsName(first) || (naming{&f}).isWhere(from, first) || (naming{&f}).isUnder(last) ||
		f.isAttributed(first) || f.isOwned(last, isKnown) || f.isDoneBy(last, to) {
		return Perhaps
	}
	if f.isOurs(from, first, to) {
		return Nobody
	}
	sure := Nobody
	for k := f.label(first); k < first; k++ {
		end := f.nameAt(k, isKnown)
		if end == k {
			continue
		}
		if f.own.Has(p.Text(p.Words[k].Start, p.Words[end-1].End)) || (naming{&f}).isOwnByKind(k, end) {
			sure = Nobody
			k = min(first, end+maxAddress) - 1
			continue
		}
		if !f.weAct(end, first) {
			sure = max(sure, f.role(k, end, first))
		}
		k = end - 1
	}
	return sure
}

// isOwnByKind reports whether words [k, end) are the dossier's own name with the noun of its kind before it, which the
// name itself does not have: "Tập đoàn Hòa Phát".
func (f naming) isOwnByKind(k, end int) bool {
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[k].Sentence), func(c claim.Cue) bool {
		return c.First == k && isBodyNoun(c) && c.Last < end &&
			f.own.Is(f.page.Text(f.page.Words[c.Last].Start, f.page.Words[end-1].End))
	})
}

// isAttributed reports whether a word such as "according to", with a name behind it that is not the dossier's own nor a
// person's, is before word at of the sentence.
func (f *subjects) isAttributed(at int) bool {
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[at].Sentence), func(c claim.Cue) bool {
		if c.Kind != language.Attribution || c.Last >= at {
			return false
		}
		k := c.Last
		for k < at && slices.Contains(f.lang.Articles, f.page.Words[k].Text) {
			k++
		}
		if (naming{f}).isPaper(k) {
			return false // "Theo Đề án giai đoạn 2023–2027", "according to the Register"
		}
		name := max(f.namedNoun(k), f.nameEnd(k))
		return name > k && !f.isNoName(k) && !f.own.Has(f.page.Text(f.page.Words[k].Start, f.page.Words[name-1].End))
	})
}

// isAside reports whether the name at word k is behind a word of place or a preposition that does not open its clause:
// where something else was, in a clause of its own.
func (f naming) isAside(k int) bool {
	w := f.page.Words
	from := k
	for from > f.sentence.First && w[from-1].Clause == w[k].Clause {
		from--
	}
	for i := from + 1; i < k; i++ {
		if slices.Contains(f.lang.Cues[language.Locative], w[i].Text) ||
			slices.Contains(f.lang.Prepositions, w[i].Text) {
			return true
		}
	}
	return false
}

// isPaper reports whether the noun of a paper begins at word k: it is no one's word but the unit's.
func (f naming) isPaper(k int) bool {
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[k].Sentence), func(c claim.Cue) bool {
		paper := c.Kind == language.PaperNoun || c.Kind == language.PlanNoun || c.Kind == language.RulePaper ||
			c.Kind == language.Genre
		return paper && c.First == k
	})
}

// isDoneBy reports whether a word such as "by" and a name of two words or more, not the dossier's own, follow in words
// [from, to) of the sentence: "was run by Radio Calder".
func (f *subjects) isDoneBy(from, to int) bool {
	if from >= to {
		return false
	}
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[from].Sentence), func(c claim.Cue) bool {
		if c.Kind != language.Agent || c.First < from || c.Last >= to {
			return false
		}
		k := c.Last
		for k < to-1 && slices.Contains(f.lang.Articles, f.page.Words[k].Text) {
			k++
		}
		if k > c.Last && f.isAnyNoun(k) && f.isVerb(c.First-1) && !f.own.Has(f.page.Words[k].Text) {
			return true // "run by the college"
		}
		end := f.nameEnd(k)
		return end > k+1 && f.isVerb(c.First-1) && !f.isNoName(k) &&
			!f.own.Has(f.page.Text(f.page.Words[k].Start, f.page.Words[end-1].End))
	})
}

// isOwned reports whether what ends before word at is another body's, by its noun and name behind a word such as "của".
func (f *subjects) isOwned(at int, isKnown func(k int) bool) bool {
	if f.lang.Code != "vi" || at+1 >= f.sentence.Last || f.page.Words[at].Text != f.lang.Cues[language.Source][0] {
		return false
	}
	from, _ := f.cues.Clause(at, at+1)
	if f.page.Words[from].Clause != f.page.Words[at].Clause {
		return false
	}
	if f.cues.Has(language.Elsewhere, at+1, min(f.sentence.Last, at+1+maxName)) {
		return true // "của đơn vị bạn"
	}
	end := max(f.namedNoun(at+1), f.nameEnd(at+1))
	return end > at+1 && !f.isNoName(at+1) && !f.own.Has(f.page.Text(f.page.Words[at+1].Start, f.page.Words[end-1].End))
}

// isWhere reports whether the clause of word at, which begins at word from, is about a place that is just named and is
// not the dossier's own: "visited Bethel Aggregates, where dust has been cut by half".
func (f naming) isWhere(from, at int) bool {
	if f.lang.Code == "vi" || from >= at {
		return false
	}
	where := -1
	for _, c := range f.cues.Cues(f.page.Words[at].Sentence) {
		if c.Kind == language.Where && c.First >= from-1 && c.Last <= at && c.First > f.sentence.First {
			where = c.First
		}
	}
	if where < 0 || f.cues.Has(language.Us, where, at) {
		return false
	}
	k := where
	for k-1 > f.sentence.First && capital(f.page, k-1) && !f.page.Words[k-1].Number {
		k--
	}
	return k < where && !f.isNoName(k) && !f.own.Has(f.page.Text(f.page.Words[k].Start, f.page.Words[where-1].End))
}

// isUnder reports whether a word such as "under" or, in Vietnamese, "do" is shortly behind word at, and a body that is
// not the dossier's own follows: "went ahead under the Chamber of Commerce", "do Tòa án khu vực Bình Sơn tổ chức".
func (f naming) isUnder(at int) bool {
	w := f.page.Words
	return slices.ContainsFunc(f.cues.Cues(w[at-1].Sentence), func(c claim.Cue) bool {
		if c.Kind != language.Auspices || c.First < at || c.First > at+maxUnder || c.Last >= f.sentence.Last {
			return false
		}
		k := c.Last
		if slices.Contains(f.lang.Articles, w[k].Text) && k+1 < f.sentence.Last {
			k++
		}
		end := max(f.namedNoun(k), f.nameEnd(k))
		if f.lang.Code == "vi" && end == k && f.isHigher(k) {
			return true // "do huyện chuyển về"
		}
		return end > k && !f.isNoName(k) && !f.isPaper(k) && !f.isOwnIn(k)
	})
}

// maxUnder is how many words may be between what was done and the word that names who led it.
const maxUnder = 10

// maxBodyWords is how many words the nouns and the name of a body may have: "Ủy ban nhân dân xã Đại Hưng".
const maxBodyWords = 8

// isOwnIn reports whether one of the names from word k on, in its clause, is the dossier's own.
func (f naming) isOwnIn(k int) bool {
	w := f.page.Words
	for i := k; i < min(f.sentence.Last, k+maxBodyWords) && w[i].Clause == w[k].Clause; i++ {
		if end := f.nameEnd(i); end > i && f.own.Has(f.page.Text(w[i].Start, w[end-1].End)) {
			return true
		}
	}
	_, to := f.cues.Clause(k, k+1)
	return f.cues.Has(language.Us, k, min(to, k+maxBodyWords))
}

// isHigher reports whether a body above the dossier's own, without its name, is at word k: "huyện", "cấp trên".
func (f naming) isHigher(k int) bool {
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[k].Sentence), func(c claim.Cue) bool {
		return c.Kind == language.Superior && c.First == k && !f.own.Has(f.page.Words[k].Text)
	})
}

// label returns the word after a label and its colon that opens the sentence, before word at; the first
// word without one.
func (f *subjects) label(at int) int {
	for k := f.sentence.First; k < min(at, f.sentence.First+maxOpening); k++ {
		if strings.HasPrefix(f.page.Gap(k), ":") {
			return k + 1
		}
	}
	return f.sentence.First
}

// followsName reports whether word at is in a clause about a noun that is, or ends in, a name which is not
// the dossier's own: "Comic Relief, which raised", "våre venner i Mo som arrangerte".
func (f *subjects) followsName(at int) bool {
	k := at - 1
	for k > f.sentence.First && f.isAuxiliary(k) {
		k--
	}
	if k-1 <= f.sentence.First || !slices.Contains(f.lang.Cues[language.Relative], f.page.Words[k].Text) {
		return false
	}
	end := k
	for k-1 > f.sentence.First && capital(f.page, k-1) && !f.page.Words[k-1].Number {
		k--
	}
	return k < end && !f.own.Has(f.page.Text(f.page.Words[k].Start, f.page.Words[end-1].End)) && !f.isNoName(k)
}

// NamedAfter reports whether a name that is not the dossier's own is in a sentence of the page, given its
// index, from word at on, and not behind a preposition: a relative clause or a second subject may make it
// the place that all is told of.
func NamedAfter(p *text.Page, cues *claim.Page, sentence, at int, own *Own, isKnown func(k int) bool) bool {
	f := subjects{page: p, cues: cues, sentence: p.Sentences[sentence], lang: p.LanguageOf(sentence), own: own}
	for k := at; k < f.sentence.Last; k++ {
		end := f.nameAt(k, isKnown)
		if end == k {
			continue
		}
		free := !f.isBehindPreposition(k) && !(naming{&f}).isPlaceOfDeed(k, end) && !f.cues.Has(language.Toward, at, k)
		if free && !f.own.Has(p.Text(p.Words[k].Start, p.Words[end-1].End)) && f.role(k, end, at) == Surely {
			return true
		}
		k = end - 1
	}
	return false
}

// isPlaceOfDeed reports whether the name at words [k, end) is behind a word such as "in" and is no body by its noun:
// where the unit did it.
func (f naming) isPlaceOfDeed(k, end int) bool {
	if f.lang.Code == "vi" || k == f.sentence.First || f.isBody(k) || end < f.sentence.Last && f.isNoun(end) {
		return false
	}
	return slices.Contains(f.lang.Cues[language.Locative], f.page.Words[k-1].Text)
}

// isBehindPreposition reports whether the name at word k, or the noun of a body before it, is behind a
// preposition.
func (f *subjects) isBehindPreposition(k int) bool {
	if f.lang.Code == "vi" {
		for _, c := range f.cues.Cues(f.page.Words[k].Sentence) {
			if isBodyNoun(c) && c.Last == k {
				k = c.First
				break
			}
		}
	}
	if k == f.sentence.First {
		return false
	}
	return slices.Contains(f.lang.Prepositions, f.page.Words[k-1].Text)
}

// isOurs reports whether "we", "us" or "our" is in words [from, to) of the clause around word at, and no
// clause about a noun begins between it and word at: "we were shown a portal that has cut waiting".
func (f *subjects) isOurs(from, at, to int) bool {
	c, ok := f.cues.Last(language.Us, from, at)
	if ok && !f.cues.Has(language.Relative, c.Last, at) {
		return true
	}
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[at].Sentence), func(c claim.Cue) bool {
		object := slices.Contains(f.lang.Objects, f.page.Words[c.First].Text) // "has promised us"
		return c.Kind == language.Us && c.First >= at && c.Last <= to && !object
	})
}

// weAct reports whether "we" or "our" begins a clause in words [from, at) of the sentence.
func (f *subjects) weAct(from, at int) bool {
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[at].Sentence), func(c claim.Cue) bool {
		opens := c.First == f.sentence.First || f.page.Words[c.First-1].Clause != f.page.Words[c.First].Clause
		return c.Kind == language.Us && c.First >= from && c.Last <= at && opens
	})
}

// nameAt returns the word after the name that begins at word k; k if none does.
func (f *subjects) nameAt(k int, isKnown func(k int) bool) int {
	end := f.nameEnd(k)
	if end == k || k > f.sentence.First && capital(f.page, k-1) && f.page.Gap(k-1) == " " && !f.isOpeningWord(k-1) {
		return k
	}
	if f.isNoName(k) {
		return k
	}
	for i := k; i < end; i++ {
		if isKnown(i) && !f.isAnyNoun(i) {
			return k
		}
	}
	if f.lang.Code != "vi" && end < f.sentence.Last && f.page.Words[end].Number && f.page.Gap(end-1) == " " {
		return k // "Year 4", "Room 2"
	}
	if k > f.sentence.First {
		return end
	}
	return f.openingName(k, end)
}

// isNoName reports whether the capitalised word k is a month or another word that is written so, or begins
// or follows a title: persons are not told apart from the dossier's own.
func (f *subjects) isNoName(k int) bool {
	w := f.page.Words[k].Text
	_, month := f.lang.Months[w]
	titles := f.lang.Cues[language.Title]
	return month || slices.Contains(f.lang.Cues[language.NotName], w) || slices.Contains(titles, w) ||
		k > f.sentence.First && slices.Contains(titles, f.page.Words[k-1].Text)
}

// isOpeningWord reports whether word k begins the sentence and is no part of a name: a preposition or
// another frequent word.
func (f *subjects) isOpeningWord(k int) bool {
	w := f.page.Words[k].Text
	return k == f.sentence.First && (f.lang.IsCommon(w) || slices.Contains(f.lang.Prepositions, w) ||
		slices.Contains(f.lang.Cues[language.Locative], w) || slices.Contains(f.lang.Articles, w))
}

// openingName returns the end of a name that begins a sentence, whose capital letter alone says nothing:
// another capital follows, or it has the form of a name and a verb or a genitive follows.
func (f *subjects) openingName(k, end int) int {
	w := f.page.Words
	switch {
	case f.isOpeningWord(k):
		return k
	case f.lang.Code == "vi":
		if end-k >= 2 {
			return end
		}
		return f.namedNoun(k)
	case len(f.lang.CuesAt(w[k].Text)) > 0:
		return k
	case f.isAcronym(k), end < f.sentence.Last && f.isAnyNoun(end):
		return end // "Berg skole"
	case end-k >= 2:
		return end
	case end >= f.sentence.Last || f.isAbstract(w[k].Text):
		return k
	}
	predicate := w[end].Text == "s" || f.isVerb(end) && !f.changes(end) || f.cues.Has(language.Modal, end, end+1)
	if predicate && (f.isName(k) || f.isElsewhere(k)) { // the last one reads the whole page
		return end
	}
	return k
}

// isAcronym reports whether word k is of capital letters, in a sentence that is not.
func (f *subjects) isAcronym(k int) bool {
	w := f.page.Words[k]
	other := func(r rune) bool { return !text.IsUpper(r) }
	return w.End-w.Start >= 2 && !slices.ContainsFunc(f.page.Runes[w.Start:w.End], other) &&
		slices.ContainsFunc(f.page.Runes[f.sentence.Start:f.sentence.End], text.IsLower)
}

// shortestVerb is a length in bytes: a longer word that ends as a participle is taken for one.
const shortestVerb = 5

// isVerb reports whether word k is an auxiliary, or has a form of the past.
func (f *subjects) isVerb(k int) bool {
	w := f.page.Words[k].Text
	return f.isAuxiliary(k) || f.lang.IsPast(w) || len(w) > shortestVerb && endsIn(w, f.lang.Participles)
}

// isAnyNoun reports whether the noun of a body or an association begins at word k.
func (f *subjects) isAnyNoun(k int) bool {
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[k].Sentence), func(c claim.Cue) bool {
		return c.First == k && isBodyNoun(c)
	})
}

// isBodyNoun reports whether a cue is the noun of a body, such as a commune, or of an association.
func isBodyNoun(c claim.Cue) bool { return c.Kind == language.Body || c.Kind == language.Association }

// namedNoun returns the end of the name behind the noun of a body or place at word k; k without one.
func (f *subjects) namedNoun(k int) int {
	for _, c := range f.cues.Cues(f.page.Words[k].Sentence) {
		if c.First == k && isBodyNoun(c) {
			if end := f.nameEnd(c.Last); end > c.Last {
				return end
			}
		}
	}
	return k
}

// changes reports whether words from k on report a change that happens by itself, as "fell by" and "has
// been reduced" do: what changes so is a measure, whatever its capital letter.
func (f *subjects) changes(k int) bool {
	passive := k < f.sentence.Last && f.isAuxiliary(k)
	for k < f.sentence.Last && f.isAuxiliary(k) {
		k++
	}
	if k+1 >= f.sentence.Last || f.lang.Code == "vi" {
		return false
	}
	for _, c := range f.cues.Cues(f.page.Words[k].Sentence) {
		if c.First == k && (c.Kind == language.Lower || c.Kind == language.Higher) {
			return passive || c.Last < f.sentence.Last &&
				slices.Contains(f.lang.Prepositions, f.page.Words[c.Last].Text)
		}
	}
	return false
}

// isNoun reports whether a noun of a body or place begins at word k.
func (f *subjects) isNoun(k int) bool {
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[k].Sentence), func(c claim.Cue) bool {
		return c.First == k && c.Kind == language.Body
	})
}

// abstractEndings are those of nouns that need no article in English: "attendance", "membership". Norwegian
// ones are told from names by the ending of the definite form.
var abstractEndings = []string{"ship", "tion", "sion", "ment", "ance", "ence", "ity", "ness", "age", "ism", "cy",
	"ure", "th"}

// isAbstract reports whether a word has the ending of an abstract noun.
func (f *subjects) isAbstract(w string) bool {
	return f.lang.Code == "en" && endsIn(w, abstractEndings)
}

// endsIn reports whether a word ends in one of the endings.
func endsIn(w string, endings []string) bool {
	return slices.ContainsFunc(endings, func(end string) bool { return strings.HasSuffix(w, end) })
}

// role returns what a name at words [k, end), not the dossier's own, has to do with what is told at word at.
func (f *subjects) role(k, end, at int) Sure {
	before := k - 1
	if before >= f.sentence.First && slices.Contains(f.lang.Articles, f.page.Words[before].Text) {
		before--
	}
	if f.lang.Code == "vi" {
		return f.vietnameseRole(k, end, before, at)
	}
	if from, _ := f.cues.Clause(k, k+1); f.cues.Has(language.Comitative, from, k) {
		return Nobody // "an agreement with the fire service of Oxford"
	}
	if before >= f.sentence.First {
		if slices.Contains(f.lang.Cues[language.Locative], f.page.Words[before].Text) {
			return f.located(k, end, before, at)
		}
		if f.isOblique(before) || before == k-1 && (f.isApposition(k) || f.isObject(before)) {
			return Nobody
		}
	}
	if f.isBody(k) || end < f.sentence.Last && f.isNoun(end) {
		return Surely
	}
	if before == k-1 && (naming{f}).isPerson(k, end) {
		return Nobody // "caseworker Nuala Prior": one of the unit's people
	}
	return Perhaps
}

// naming looks at what a name is of.
type naming struct{ *subjects }

// isPerson reports whether the name at words [k, end) is that of a person whose role is named before it, and who is not
// said to be of another body: "head coach Delroy Finch", "av byggmester Eivind Skøien".
func (f naming) isPerson(k, end int) bool {
	if end-k < 2 || end-k > 3 || k <= f.sentence.First || !f.isRole(k-1) {
		return false
	}
	for i := k; i < end; i++ {
		if f.isAnyNoun(i) || f.isAcronym(i) {
			return false
		}
	}
	of := end < f.sentence.Last && (slices.Contains(f.lang.Cues[language.Locative], f.page.Words[end].Text) ||
		slices.Contains(f.lang.Prepositions, f.page.Words[end].Text))
	return !of || f.nameEnd(min(end+1, f.sentence.Last-1)) == min(end+1, f.sentence.Last-1)
}

// isRole reports whether word k is the noun of a role, by the ending that such nouns have, and no verb: in Norwegian,
// whose verbs end so too, it opens its clause or is behind a preposition.
func (f naming) isRole(k int) bool {
	w := f.page.Words[k]
	if w.Number || capital(f.page, k) || !endsIn(w.Text, f.lang.RoleEndings) || f.page.Words[k+1].Start-w.End != 1 {
		return false
	}
	if f.lang.Code != "nb" {
		return true
	}
	return k == f.sentence.First || f.page.Words[k-1].Clause != w.Clause ||
		slices.Contains(f.lang.Prepositions, f.page.Words[k-1].Text) ||
		slices.Contains(f.lang.Cues[language.Coordinator], f.page.Words[k-1].Text) ||
		slices.Contains(f.lang.Cues[language.Subordinator], f.page.Words[k-1].Text)
}

// isOblique reports whether word k is a preposition, and not one such as "from" in the subject of the sentence.
func (f *subjects) isOblique(k int) bool {
	w := f.page.Words[k].Text
	source := slices.Contains(f.lang.Cues[language.Source], w)
	return slices.Contains(f.lang.Prepositions, w) && !(source && f.inSubject(k))
}

// isObject reports whether word k is a verb whose object follows it: "the chairman thanked Messrs Dow".
func (f *subjects) isObject(k int) bool {
	return k > f.sentence.First && f.isVerb(k) && !f.isInverted()
}

// located is role for a name behind a word of place at word before: the sentence begins so, or it is near
// and has no ending of a definite noun, as names of streets have in Norwegian.
func (f *subjects) located(k, end, before, at int) Sure {
	w := f.page.Words
	near := w[before].Clause == w[at].Clause || before < f.sentence.First+maxOpening
	if before == f.sentence.First || near && before == k-1 && !f.hasEnding(w[end-1].Text) {
		return Perhaps
	}
	return Nobody
}

// isApposition reports whether a comma is before word k, and not the one behind an opening: "two sisters,
// Mhairi and Eilidh".
func (f *subjects) isApposition(k int) bool {
	return f.page.Words[k].Clause != f.page.Words[k-1].Clause && f.opened() != k
}

// inSubject reports whether the preposition at word k may be in the subject of the sentence: no verb is
// before it in the sentence. "A speaker from Totnes", "Lyn fra Oslo".
func (f *subjects) inSubject(k int) bool {
	for i := f.sentence.First; i < k; i++ {
		if f.isVerb(i) {
			return false
		}
	}
	return true
}

// isInverted reports whether the sentence begins as one whose subject follows its verb, as Norwegian ones
// do behind a time or place.
func (f *subjects) isInverted() bool {
	return f.lang.Code == "nb" && (f.isOpeningWord(f.sentence.First) || f.opened() > f.sentence.First)
}

// vietnameseRole is role for Vietnamese, whose names follow the noun of what they name: that of a commune
// or a body that is not the dossier's own is another's, and a name without a noun is if it begins the
// clause or follows "ở" or "tại".
func (f *subjects) vietnameseRole(k, end, before, at int) Sure {
	w := f.page.Words
	if from, _ := f.cues.Clause(at, at+1); k < from && (naming{f}).isAside(k) &&
		!f.cues.Has(language.Where, k, from+1) {
		return Nobody // "Sau chuyến học tập ở Đại Cường, tổ … được thành lập"
	}
	located := before >= f.sentence.First && slices.Contains(f.lang.Cues[language.Locative], w[before].Text)
	opens := k == f.sentence.First || w[k].Clause != w[k-1].Clause
	for _, c := range f.cues.Cues(w[k].Sentence) {
		if !isBodyNoun(c) || c.Last != k && c.First != k {
			continue
		}
		behind := c.First > f.sentence.First && slices.Contains(f.lang.Prepositions, w[c.First-1].Text)
		if behind || c.Kind == language.Association {
			return Perhaps
		}
		return Surely
	}
	if opens && f.cues.Has(language.PlaceNoun, k, min(end, k+2)) {
		return Nobody // a hamlet of the dossier's own place
	}
	if located && end-k >= 2 || opens && end-k >= 2 && end-k <= 3 && f.isPredicate(end) {
		return Perhaps
	}
	return Nobody
}

// isPredicate reports whether word k can only begin what is said of the subject before it.
func (f *subjects) isPredicate(k int) bool {
	if k >= f.sentence.Last {
		return false
	}
	return slices.ContainsFunc(f.cues.Cues(f.page.Words[k].Sentence), func(c claim.Cue) bool {
		return c.First == k && (c.Kind == language.Done || c.Kind == language.CarriedOut ||
			c.Kind == language.Negator ||
			c.Kind == language.Lower || c.Kind == language.Higher)
	})
}
