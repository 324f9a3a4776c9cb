package rules

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/internal/text/query"
	"kheo/internal/texts"
	"kheo/rules/claim"
	"kheo/rules/factreader"
	"kheo/rules/heading"
	"kheo/rules/number"
	"kheo/rules/pairs"
	"kheo/rules/phrase"
	"kheo/rules/place"
	"kheo/rules/rows"
	"kheo/rules/scruple"
	"kheo/rules/table"
)

// This file finds the passages that a clue asks for, and judges each: it counts, does not count, or is
// uncertain. What a sentence claims is decided by package claim, whether the words are a sentence at all by
// package heading, and which places it names by package place; here it is decided who did it, and which way
// a change went.

// Clue is one thing that a criterion looks for in the text.
type Clue struct {
	In         string                     // the section that it must be in: a name under words; "" for any
	From       []string                   // roles of the papers that count; if empty, all but the form
	any        []phrase.Phrase            // one of these must be there
	list       int                        // of any, in the matcher
	numbers    bool                       // or a quantity
	scattered  []scattered                // those of any with several words, as they are found apart
	query      query.Node                 // or, in the place of any, what this asks for
	near       []nearTo                   // one of these must be within reach
	reach      reach                      // of near
	With       []string                   // what the sentence must have too: withKinds, word lists
	with       map[string][]phrase.Phrase // the word lists of With
	lists      map[string]int             // of with, in the matcher
	except     []phrase.Phrase            // what is found inside one of these does not count
	exceptList int                        // of except, in the matcher
	By         string                     // whose results count: byOwn, byOthers, byAnyone
	Direction  string                     // which way a change must go: lower, higher, or "" for either
	objects    []phrase.Phrase            // one of these must be what was done to; none asked for if empty
	objectList int                        // of objects, in the matcher
	Points     float64                    // for each find
	AtMost     int                        // how many finds earn points
	Distinct   string                     // what makes a find another one: bySentence, byWord, byPlace
	Place      string                     // its place in the rules: FILE:LINE:COLUMN
}

// scattered is a phrase of a clue whose words may be apart, with the list of its anchors in the matcher.
type scattered struct {
	phrase.Scattered
	list int
}

// What makes a find of a clue another one, as rulesets write it.
const (
	bySentence = "sentence"
	byWord     = "word"
	byPlace    = "place"
)

// nearTo is what must be near a find.
type nearTo struct {
	name    string // as written
	phrases []phrase.Phrase
	list    int // of phrases, in the matcher
	numbers bool
}

// reach is how far near goes.
type reach struct {
	scope   query.Scope
	words   int  // for the scope query.Words
	section bool // to the end of the section
}

// find is one piece of evidence with what makes it different from others.
type find struct {
	source  dossier.Source
	key     string
	words   []string         // of its sentence, sorted, each once
	figures func() []float64 // that its sentence states, sorted; worked out when first asked for
	what    string           // was found, for reasons
}

// found is what a clue finds in a dossier.
type found struct {
	counts    []find                      // what earns points, at most as many as the clue counts
	uncertain []find                      // what would, up to that number, if a person confirmed it
	refuted   map[string][]dossier.Source // what was found and does not count, by the reason
	rejected  []dossier.Source            // what would count or be uncertain, and people rejected
	missable  []refutation                // what the text refutes and people may say of that it counts
}

// refutation is a passage with all that its clue asks for, which the text itself refutes.
type refutation struct {
	page *pageText
	hit  phrase.Hit
	why  string
}

// certainFind is the certainty of evidence that counts: the share of such passages that is right in texts that the
// code was not written with, see docs/benchmarks.md.
const certainFind = 0.95

// uncertainFind is the certainty of evidence that is left to people, and refutedFind that of passages that do
// not count.
const (
	uncertainFind = 0.5
	refutedFind   = 0.05
)

// planSection is the name of the sections that hold plans.
const planSection = factreader.PlanSection

// search looks for evidence in one dossier. It is for one goroutine.
type search struct {
	reading   *Reading
	env       *Env
	ruleset   string
	unit      string     // the dossier's own
	own       *place.Own // names of its own place
	verdicts  map[dossier.PieceKey]dossier.VerdictKind
	name      *phrase.Phrase       // of the dossier's own unit; filled when first asked for
	short     []phrase.Phrase      // names that papers give it; nil until first asked for
	firstYear string               // in which the campaign opens, of four digits; "" if it is not known
	clueLists []int                // of all clues of the ruleset, in the matcher
	anchors   int                  // the first list of the matcher that only helps to find others
	deedLists []int                // of clues that ask for what was done
	titles    []phrase.Phrase      // of its criteria, if they are long enough to be recognised
	lastYear  int                  // in which the campaign closes; 0 if it is not known
	known     map[*pageText][]bool // by word of a page, see isKnown
}

// evidence finds a clue's evidence. never are the reasons of package claim that count; see claim.Page.Refuted. What
// people said of a passage wins over what is judged here.
func (s *search) evidence(criterion string, c *Clue, never map[string]bool) found {
	out := found{refuted: map[string][]dossier.Source{}}
	asked := c.asked(s.reading)
	for _, p := range s.reading.pages {
		for _, h := range c.hits(p, asked) {
			w := p.Words[h.First]
			if !c.applies(p, h, never) {
				continue
			}
			j := judgedOnce(s, c, p, h, never)
			if j.why != "" {
				src := p.quote(w.Sentence, h.First)
				if s.verdict(criterion, src) != dossier.VerdictRight {
					out.refuted[j.why] = append(out.refuted[j.why], src)
					out.missable = append(out.missable, refutation{p, h, j.why})
					continue
				}
			}
			for _, f := range s.accompanied(c, p, h) {
				f.source.Certainty = j.certainty()
				out.add(s, criterion, c, f, j.doubt)
			}
			if len(out.counts) >= c.AtMost { // what else there is earns nothing, and excuses nothing
				return found{counts: out.counts[:c.AtMost], rejected: out.rejected}
			}
		}
	}
	out.uncertain = out.uncertain[:min(len(out.uncertain), c.AtMost-len(out.counts))]
	return out
}

// applies reports whether a hit means what the clue looks for, in the place that it asks for. never are the reasons of
// package claim that count.
func (c *Clue) applies(p *pageText, h phrase.Hit, never map[string]bool) bool {
	if never[claim.Quoted] && p.isLabel(h) || p.inCompound(h) && !c.keepsSense(p, h) ||
		factreader.Inside(h, p.hits[c.exceptList]) {
		return false
	}
	return c.allows(p, p.Words[h.First].Line) && c.isNear(p, h)
}

// add adds a passage that counts or, if there is a doubt, is uncertain, unless it repeats one that was found or a
// person rejected it. One that is sure takes the place of one that says the same and is uncertain.
func (out *found) add(s *search, criterion string, c *Clue, f find, doubt string) {
	switch kind := s.verdict(criterion, f.source); kind {
	case dossier.VerdictWrong:
		f.source.Verdict, f.source.Doubt = kind, rejected
		out.refuted[rejected] = append(out.refuted[rejected], f.source)
		out.rejected = append(out.rejected, f.source)
		return
	case dossier.VerdictRight:
		f.source.Verdict, doubt = kind, ""
	case dossier.VerdictDisputed:
		doubt = disputed
	}
	f.source.Doubt = doubt
	if isRepeated(f, out.counts, c.Distinct) {
		return
	}
	if doubt != "" {
		if !isRepeated(f, out.uncertain, c.Distinct) {
			out.uncertain = append(out.uncertain, f)
		}
		return
	}
	out.uncertain = slices.DeleteFunc(out.uncertain, func(u find) bool { return isRepeated(u, []find{f}, c.Distinct) })
	out.counts = append(out.counts, f)
}

// verdict is what people said of a passage as evidence for a criterion; "" if no one did.
func (s *search) verdict(criterion string, src dossier.Source) dossier.VerdictKind {
	if len(s.verdicts) == 0 {
		return ""
	}
	return s.verdicts[src.Key(s.ruleset, criterion, s.reading.dossier.PaperSHA256(src.Document))]
}

// byPiece returns verdicts by what they are about.
func byPiece(list []dossier.Verdict) map[dossier.PieceKey]dossier.VerdictKind {
	out := make(map[dossier.PieceKey]dossier.VerdictKind, len(list))
	for _, v := range list {
		out[v.PieceKey] = v.Kind
	}
	return out
}

// hits returns the places of what the clue looks for on a page.
func (c *Clue) hits(p *pageText, asked map[*pageText][]phrase.Hit) []phrase.Hit {
	if c.query != nil {
		return phrase.Disjoint(asked[p])
	}
	hits := phrase.Disjoint(p.hits[c.list])
	if slices.ContainsFunc(hits, p.isHomograph) {
		hits = slices.DeleteFunc(slices.Clone(hits), p.isHomograph)
	}
	if c.numbers {
		hits = phrase.Disjoint(append(slices.Clone(hits), p.quantities()...))
	}
	return c.withScattered(p, hits)
}

// withScattered adds to hits of the clue those whose words are apart, in sentences without any other.
func (c *Clue) withScattered(p *pageText, hits []phrase.Hit) []phrase.Hit {
	plain := len(hits)
	for i := range c.scattered {
		one := &c.scattered[i]
		for _, anchor := range p.hits[one.list] {
			h, ok := one.At(&p.Page, anchor.First)
			if ok && !slices.ContainsFunc(hits, func(x phrase.Hit) bool {
				return p.Words[x.First].Sentence == p.Words[h.First].Sentence
			}) {
				hits = append(slices.Clip(hits), h)
			}
		}
	}
	if len(hits) > plain {
		hits = phrase.Disjoint(hits)
	}
	return hits
}

// isHomograph reports whether a hit is a frequent word of its sentence's language that is written as one of another
// language is: the English "in" is not the Vietnamese word for printing.
func (p *pageText) isHomograph(h phrase.Hit) bool {
	if h.Phrase.Lang == nil || len(h.Phrase.Words) != 1 || h.Last-h.First != 1 {
		return false
	}
	l := p.LanguageAt(h.First)
	return l.Code != h.Phrase.Lang.Code && l.IsCommon(p.Words[h.First].Text)
}

// quantities returns the places of all quantities of the page that count something.
func (p *pageText) quantities() (out []phrase.Hit) {
	for _, s := range p.Sentences {
		for k := s.First; k < s.Last; k++ {
			if q, ok := p.quantityAt(k); ok && q.Counts() {
				ph := phrase.Phrase{Words: []string{"#"}, Text: p.Text(p.Words[k].Start, p.Words[q.Last-1].End)}
				out = append(out, phrase.Hit{First: k, Last: q.Last, Phrase: &ph})
				k = q.Last - 1
			}
		}
	}
	return out
}

// asked returns what the clue's query finds in a dossier, by page; nil if the clue has no query.
func (c *Clue) asked(r *Reading) map[*pageText][]phrase.Hit {
	if c.query == nil {
		return nil
	}
	ok, spots := query.Match(c.query, r.terms(), nil)
	if !ok {
		return nil
	}
	out := map[*pageText][]phrase.Hit{}
	for _, s := range spots {
		p := r.pages[s.Page]
		first, last := &p.terms[s.First], &p.terms[s.Last-1]
		found := p.Text(first.Start, last.End)
		ph := &phrase.Phrase{Words: []string{strings.ToLower(found)}, Text: found}
		out[p] = append(out[p], phrase.Hit{First: first.Word, Last: last.Word + 1, Phrase: ph})
	}
	return out
}

// Matches reports whether the dossier's titles and text hold what a query asks for: what `kheo search` finds. field
// reports the dossier's properties.
func (r *Reading) Matches(n query.Node, titles []string, field func(query.Field) bool) bool {
	var pages [][]text.Term
	for _, t := range titles {
		pages = append(pages, text.Terms(t))
	}
	ok, _ := query.Match(n, append(pages, r.terms()...), field)
	return ok
}

// isNear reports whether something that near asks for is within reach of a hit; true if it asks for nothing.
func (c *Clue) isNear(p *pageText, h phrase.Hit) bool {
	for i := range c.near {
		n := &c.near[i]
		for _, x := range p.hits[n.list] {
			if c.within(p, h, x.First, x.Last) && !p.inCompound(x) {
				return true
			}
		}
		if n.numbers && c.isNearNumber(p, h) {
			return true
		}
	}
	return len(c.near) == 0
}

// isNearNumber reports whether a quantity is within reach of a hit. Sentences are looked at outwards from the one of
// the hit, until one is too far away for any quantity in it.
func (c *Clue) isNearNumber(p *pageText, h phrase.Hit) bool {
	everywhere := c.reach.section || c.reach.scope == query.Page
	own := p.Words[h.First].Sentence
	for i := own; i < len(p.Sentences); i++ {
		s := &p.Sentences[i]
		far := i > own && (c.reach.scope == query.Sentence || p.TermsIn(h.Last, s.First) > c.reach.words)
		if far && !everywhere {
			break
		}
		if c.hasNumberWithin(p, h, s) {
			return true
		}
	}
	for i := own - 1; i >= 0; i-- {
		s := &p.Sentences[i]
		far := c.reach.scope == query.Sentence || p.TermsIn(s.Last, h.First) > c.reach.words
		if far && !everywhere {
			break
		}
		if c.hasNumberWithin(p, h, s) {
			return true
		}
	}
	return false
}

// hasNumberWithin reports whether a sentence has a quantity within reach of a hit.
func (c *Clue) hasNumberWithin(p *pageText, h phrase.Hit, s *text.Sentence) bool {
	for k := s.First; k < s.Last; k++ {
		if q, ok := p.quantityAt(k); ok && q.Counts() && c.within(p, h, k, q.Last) {
			return true
		}
	}
	return false
}

// within reports whether words [first, last) of the page are within reach of a hit.
func (c *Clue) within(p *pageText, h phrase.Hit, first, last int) bool {
	switch {
	case first < h.Last && h.First < last: // the same words
		return false
	case c.reach.section:
		return slices.Equal(p.sections[p.Words[first].Line], p.sections[p.Words[h.First].Line])
	case c.reach.scope == query.Page:
		return true
	case c.reach.scope == query.Sentence:
		return p.Words[first].Sentence == p.Words[h.First].Sentence
	}
	if first >= h.Last {
		return p.TermsIn(h.Last, first) <= c.reach.words
	}
	return p.TermsIn(last, h.First) <= c.reach.words
}

// inCompound reports whether a hit is part of, or cut out of, a word that means something else: in languages that
// separate their words into syllables, "học tập" is in "lớp học | tập huấn" too.
func (p *pageText) inCompound(h phrase.Hit) bool {
	cues := p.claims.Cues(p.Words[h.First].Sentence)
	for _, c := range cues {
		whole := c.First >= h.First && c.Last <= h.Last
		if c.Kind == language.Compound && !whole && c.Last > h.First && c.First < h.Last {
			cut := slices.ContainsFunc(cues, func(o claim.Cue) bool { // "trực tiếp | nhận" has no "tiếp nhận"
				return o.Kind == language.Compound && o.First < c.First && o.Last > c.First && o.Last <= h.First
			})
			if !cut {
				return true
			}
		}
	}
	return false
}

// keepsSense reports whether a hit is in a compound that does to an object of the clue what the hit does: "đón nhận
// bằng khen" has "nhận" with the object "bằng khen".
func (c *Clue) keepsSense(p *pageText, h phrase.Hit) bool {
	l := p.LanguageAt(h.First)
	if len(c.objects) == 0 || h.First == 0 ||
		!slices.Contains(l.KeptSenses, p.Words[h.First-1].Text+" "+p.Words[h.Last-1].Text) {
		return false
	}
	_, to := p.claims.Clause(h.First, h.Last)
	return c.hasObject(p, h.Last, to)
}

// isInfinitive reports whether a noun that was found is a verb: "for leaders to network".
func (p *pageText) isInfinitive(h phrase.Hit) bool {
	k := h.First - 1
	return h.Last-h.First == 1 && k >= p.Sentences[p.Words[h.First].Sentence].First &&
		slices.Contains(p.LanguageAt(h.First).VerbNouns, p.Words[h.First].Text) &&
		p.claims.Has(language.Infinitive, k, h.First)
}

// allows reports whether a line is in the section and the papers of the clue.
func (c *Clue) allows(p *pageText, line int) bool {
	role := p.roles[line]
	if len(c.From) > 0 && !slices.Contains(c.From, role) || len(c.From) == 0 && role == formRole {
		return false
	}
	return c.In == "" || slices.Contains(p.sections[line], c.In)
}

// formRole is the role of the papers whose text is a form that the submitter filled in.
const formRole = "form"

// accompanied keeps a hit whose sentence also has everything that `with` asks for. If places make the difference,
// every place is a find of its own.
func (s *search) accompanied(c *Clue, p *pageText, h phrase.Hit) []find {
	sentence := p.Words[h.First].Sentence
	var places []string
	for _, with := range c.With {
		switch with {
		case withOtherPlace:
			places = s.otherPlaces(p, sentence, h.First)
		case withOtherUnit:
			places = s.otherUnits(p, sentence)
		default:
			if !c.has(p, sentence, with) {
				return nil
			}
			continue
		}
		if len(places) == 0 {
			return nil
		}
	}
	base := find{source: p.quote(sentence, h.First), key: strings.Join(h.Phrase.Words, " "), what: h.Phrase.Text}
	if c.Distinct != byPlace {
		if c.Distinct == bySentence {
			base.words = p.wordSet(sentence)
			base.figures = sync.OnceValue(func() []float64 { return p.figures(sentence) })
		}
		return []find{base}
	}
	var out []find
	for _, name := range places {
		f := base
		f.key, f.what = fold(name), name
		out = append(out, f)
	}
	return out
}

// has reports whether a sentence has what one entry of `with` asks for: a quantity, or a word of a list.
func (c *Clue) has(p *pageText, sentence int, with string) bool {
	s := p.Sentences[sentence]
	switch with {
	case withNumber, withMoney, withPercent:
		return p.hasQuantity(s, with)
	}
	return slices.ContainsFunc(p.hits[c.lists[with]], func(h phrase.Hit) bool {
		return h.First >= s.First && h.Last <= s.Last
	})
}

// hasQuantity reports whether a sentence states a quantity of a kind, withNumber, withMoney or withPercent, other than
// zero.
func (p *pageText) hasQuantity(s text.Sentence, kind string) bool {
	for k := s.First; k < s.Last; k++ {
		if p.isNameOfDigits(k) {
			continue
		}
		q, ok := p.quantityAt(k)
		if !ok && kind != withPercent && number.IsVagueCount(&p.Page, p.LanguageAt(k), k, s.Last, kind == withMoney) {
			return true
		}
		if !ok && kind == withNumber && (isSmallNumber(p, k, s.Last) || p.isFraction(k)) {
			return true
		}
		if !ok || !q.Counts() || p.claims.IsYear(k) || q.Unit == "" && p.isBareYear(k, s.Last) {
			continue
		}
		isPercent := q.Unit == number.Percent
		if kind == withNumber || kind == withPercent && isPercent || kind == withMoney && q.Unit != "" && !isPercent {
			return true
		}
	}
	return false
}

// isBareYear reports whether the number at word k has the form of a year and no noun that it counts follows it, before
// word to: "the committee of 2018 is elected", "velkom 2018 er satt".
func (p *pageText) isBareYear(k, to int) bool {
	w := p.Words
	return number.IsYear(w[k].Text) && (k+1 >= to || w[k+1].Clause != w[k].Clause ||
		p.LanguageAt(k).IsCommon(w[k+1].Text))
}

// maxContact is how many words may be between a word such as "telephone" and the digits, and minContact how many digits
// a number has by which somebody is reached.
const (
	maxContact = 4
	minContact = 5
)

// postCode is how many digits a post code has in Norway.
const postCode = 4

// isNameOfDigits reports whether the number at word k counts nothing: it is joined to a word ("Covid-19"), a telephone
// number or an account, the number of a zone or a law, or a post code before its town.
func (p *pageText) isNameOfDigits(k int) bool {
	w := p.Words
	if !w[k].Number {
		return false
	}
	s := p.Sentences[w[k].Sentence]
	start := w[k].Start
	joined := start > 1 && p.Runes[start-1] == '-' && text.IsWordRune(p.Runes[start-2]) &&
		!text.IsDigit(p.Runes[start-2])
	town := p.LanguageAt(k).Code == "nb" && len(w[k].Text) == postCode && k > s.First && k+1 < s.Last &&
		strings.HasPrefix(p.Gap(k-1), ",") && text.IsUpper(p.Runes[w[k+1].Start])
	return joined || town || p.isNamedBy(s, k) || p.reachesSomeone(k)
}

// maxBeforeNamed is how many words before a noun its article may be.
const maxBeforeNamed = 3

// isNamedBy reports whether the number at word k of a sentence is the name of what is before it: "zone 6", "thông tư
// 22". A noun with an article has a name of its own, or none: "in the coastal zone 40 volunteers".
func (p *pageText) isNamedBy(s text.Sentence, k int) bool {
	named, ok := p.claims.Last(language.NamesNumber, max(s.First, k-2), k)
	if !ok || named.Last != k {
		return false
	}
	for i := max(s.First, named.First-maxBeforeNamed); i < named.First; i++ {
		if slices.Contains(p.LanguageAt(i).Articles, p.Words[i].Text) {
			return false
		}
	}
	return true
}

// reachesSomeone reports whether the number at word k is one of the parts of a telephone number or an account: five
// digits or more without other signs and with no noun behind them, which begin with a nought or are behind a word such
// as "telephone".
func (p *pageText) reachesSomeone(k int) bool {
	w, s := p.Words, p.Sentences[p.Words[k].Sentence]
	first := k
	for first > s.First && w[first-1].Number {
		first--
	}
	digits, last := 0, first
	for ; last < s.Last && w[last].Number; last++ {
		if strings.ContainsAny(w[last].Text, ".,") {
			return false
		}
		digits += len(w[last].Text)
	}
	ends := last >= s.Last || w[last].Clause != w[k].Clause || p.LanguageAt(last).IsCommon(w[last].Text)
	if q, ok := p.quantityAt(first); digits < minContact || !ends || ok && q.Unit != "" {
		return false
	}
	return strings.HasPrefix(w[first].Text, "0") || p.claims.Has(language.Contact, max(s.First, first-maxContact),
		first)
}

// isSmallNumber reports whether word k is a number from two to nine in words and another word follows, which it counts.
// In Vietnamese, a word that is also a year or a negation ("năm", "không") is none.
func isSmallNumber(p *pageText, k, last int) bool {
	v, ok := number.Small(p.LanguageAt(k), p.Words[k])
	if !ok || v < 2 || k+1 >= last || p.Words[k+1].Clause != p.Words[k].Clause {
		return false
	}
	return p.LanguageAt(k).Code != "vi" || p.Words[k].Text != "năm" && p.Words[k].Text != "tư"
}

// isFraction reports whether a figure in words such as "a third" or "halved" begins at word k.
func (p *pageText) isFraction(k int) bool {
	return slices.ContainsFunc(p.claims.Cues(p.Words[k].Sentence), func(c claim.Cue) bool {
		return c.Kind == language.Fraction && c.First == k
	})
}

// figures returns the quantities that a sentence states, other than zero, sorted.
func (p *pageText) figures(sentence int) (out []float64) {
	s := p.Sentences[sentence]
	for k := s.First; k < s.Last; k++ {
		if q, ok := p.quantityAt(k); ok && q.Counts() {
			out = append(out, q.Value)
			k = q.Last - 1
		}
	}
	slices.Sort(out)
	return out
}

// wordSet returns the words of a sentence, sorted, each once.
func (p *pageText) wordSet(sentence int) []string {
	s := p.Sentences[sentence]
	var out []string
	for k := s.First; k < s.Last; k++ {
		out = append(out, p.Words[k].Text)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// otherPlaces names the places in a sentence other than the dossier's own: those that are called so, other units of the
// campaign, and in a sentence about what is ours, or what others have too, the names behind a word such as "in" and
// before the verb at word at.
func (s *search) otherPlaces(p *pageText, sentence, verb int) []string {
	out := place.Others(&p.Page, &p.claims, sentence, s.own)
	known := func(name string) bool {
		f := fold(name)
		return slices.ContainsFunc(out, func(x string) bool { return strings.Contains(f, fold(x)) })
	}
	for _, name := range s.otherUnits(p, sentence) {
		if !known(name) {
			out = append(out, name)
		}
	}
	at := p.Sentences[sentence]
	ours := p.claims.Has(language.Us, at.First, at.Last)
	var names []string
	if ours {
		names = place.Located(&p.Page, &p.claims, sentence, s.own)
	}
	if ours || p.claims.Has(language.Same, at.First, at.Last) {
		names = append(names, place.Takers(&p.Page, &p.claims, sentence, verb, s.own)...)
	}
	if len(names) > 0 {
		for _, name := range names {
			if !known(name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// otherUnits names the units of the campaign, other than the dossier's own, that a sentence speaks of.
func (s *search) otherUnits(p *pageText, sentence int) []string {
	var out []string
	at := p.Sentences[sentence]
	f := " " + fold(p.Text(at.Start, at.End)) + " "
	own := " " + fold(s.env.nameOf("unit", s.unit)) + " " // which another may have, too
	for _, u := range s.env.compiled().unitText {
		if u.id != s.unit && u.text != own && strings.Contains(f, u.text) {
			out = append(out, u.name)
		}
	}
	return out
}

// Reasons beside those of package claim why a passage does not count.
const (
	unclaimed = "unclaimed" // a heading, a label, an address: no sentence
	others    = "others"    // another unit's result
	contrary  = "contrary"  // a change the other way
	unchanged = "unchanged" // no change at all
	rejected  = "rejected"  // a person said that it is no evidence
	earlier   = claim.Earlier
	learned   = "learned" // from another place, by the dossier's own unit
	foreign   = "object"  // done to something that the clue does not ask for
)

// disputed is the doubt about evidence of which as many people say that it is right as that it is wrong.
const disputed = "disputed"

// Whose results count, as rulesets write it (by).
const (
	byOwn    = "own"
	byOthers = "others"
	byAnyone = "anyone"
)

// judgement is what a passage that a clue found is worth. why is the reason for which it does not count and doubt the
// one for which it may not, of which at most one is set; neither is if it counts.
type judgement struct {
	why, doubt string
	open       bool // the doubt is for people alone, see leaning
}

// certainty is the share of passages judged like this that are evidence.
func (j judgement) certainty() float64 {
	switch {
	case j.why != "":
		return refutedFind
	case j.doubt != "":
		return uncertainFind
	}
	return certainFind
}

// judgedOnce is leaning, which is asked once for each hit if the reading remembers.
func judgedOnce(s *search, c *Clue, p *pageText, h phrase.Hit, never map[string]bool) judgement {
	memory := s.reading.memory
	if memory == nil {
		return leaning(s, c, p, h, never)
	}
	at := judgedAt{c, p, h}
	j, ok := memory.judged[at]
	if !ok {
		j = leaning(s, c, p, h, never)
		memory.judged[at] = j
	}
	return j
}

// leaning judges a hit of a clue. never are the reasons of package claim that count, see criterion.never. What would be
// uncertain counts or is struck if people nearly always decide so.
func leaning(s *search, c *Clue, p *pageText, h phrase.Hit, never map[string]bool) judgement {
	j := s.judge(c, p, h, never)
	if j.doubt == "" || c.mentions() || h.Loose || j.doubt == claim.LacksReport && s.isCopied(p, h) {
		return j
	}
	why, counts := claim.Leans(&p.claims, h.First, h.Last, j.doubt)
	switch {
	case counts:
		return judgement{doubt: passageOf(s, c, p, h).Doubt()}
	case j.open:
		return j
	case why == "", (why == claim.Negated || why == claim.Quoted) && !never[why]:
		return j
	}
	return judgement{why: why}
}

// passageOf is a hit of a clue with what package scruple asks about it.
func passageOf(s *search, c *Clue, p *pageText, h phrase.Hit) scruple.Passage {
	return scruple.Passage{Layout: p.layout(), First: h.First, Last: h.Last, Own: s.own,
		Unit: s.env.nameOf("unit", s.unit), Written: h.Phrase.Text, Objects: len(c.objects) > 0,
		Change: c.Direction != "", Growth: c.Direction == higher, Anyone: c.By != byOwn}
}

// judge is leaning without what people nearly always decide alike.
func (s *search) judge(c *Clue, p *pageText, h phrase.Hit, never map[string]bool) judgement {
	layout := p.layout()
	passage := passageOf(s, c, p, h)
	if passage.IsAddress() {
		return judgement{why: unclaimed}
	}
	headed := passage.Dated(ofCampaign(s))
	if c.Direction == "" && len(c.objects) == 0 && headed == claim.No && s.inDatedList(c, p, h, layout) {
		return judgement{}
	}
	if j, ok := (tabular{s}).inTitle(c, p, h); ok {
		return j
	}
	if j, ok := (tabular{s}).inLooseRow(c, p, h); ok {
		return j
	}
	if layout.IsNoSentence(h.First, h.Last) {
		j := tabular{s}.inRow(c, p, h)
		if j.why == unclaimed && c.Direction == "" && layout.IsLabelled(h.First, h.Last) &&
			p.claims.TellsBehind(h.Last) {
			if (tabular{s}).isToldBehind(c, p, h, never) {
				return judgement{}
			}
			return judgement{doubt: claim.DoubtHeading}
		}
		return j
	}
	if h.Last-h.First > len(h.Phrase.Words) {
		if why := claim.RefutedWithin(&p.claims, h.First, h.Last); why != "" && never[why] {
			return judgement{why: why}
		}
	}
	outside, later := s.outside(c, p, h)
	if later == claim.Yes && never[claim.Planned] {
		return judgement{why: claim.Planned}
	}
	if why := p.refuted(h.First, h.Last, s.lastYear, true); why != "" && never[why] {
		if why == claim.Negated && c.Direction == lower && p.claims.IsNone(h.First, h.Last) {
			return s.noneLeft(c, p, h)
		}
		if way, _ := s.compared(c, p, h); c.Direction != "" &&
			way == (map[string]pairs.Way{lower: pairs.Down, higher: pairs.Up})[c.Direction] {
			return judgement{doubt: claim.DoubtDirection} // its figures report a change
		}
		if doubt := p.claims.MayStand(h.First, h.Last, why); doubt != "" {
			return judgement{doubt: doubt}
		}
		return judgement{why: why}
	}
	if later == claim.Maybe {
		return judgement{doubt: claim.DoubtTime}
	}
	dated := p.claims.DatedEarlier(h.First, h.Last, s.firstYear)
	switch max(outside, dated, claim.OfOrigin(&p.claims, h.First, h.Last, s.firstYear)) {
	case claim.Yes:
		return judgement{why: earlier}
	case claim.Maybe:
		return judgement{doubt: claim.LacksTime, open: outside == claim.Maybe && dated == claim.No}
	}
	switch {
	case c.Direction != "" && headed != claim.No && s.tellsWay(c, p, h):
	case headed == claim.Yes:
		return judgement{why: earlier}
	case headed == claim.Maybe:
		return judgement{doubt: claim.LacksTime, open: true}
	}
	if s.isStuffed(c, p, h) {
		return judgement{why: unclaimed}
	}
	if j := s.actor(c, p, h); j != (judgement{}) {
		return j
	}
	if j := s.isLearned(c, p, h); j != (judgement{}) {
		return j
	}
	if j := s.goes(c, p, h); j != (judgement{}) {
		return j
	}
	if j := c.concerns(p, h); j != (judgement{}) {
		return j
	}
	if slices.Contains(p.sections[p.Words[h.First].Line], mayPlan) {
		return judgement{doubt: claim.DoubtTime}
	}
	if layout.MayHead(p.Words[h.First].Line) {
		return judgement{doubt: claim.DoubtHeading}
	}
	if doubt := p.claims.Doubted(h.First, h.Last); doubt != "" {
		return judgement{doubt: doubt}
	}
	if h.Loose {
		return judgement{doubt: claim.DoubtObject}
	}
	j := s.certify(c, p, h)
	switch {
	case j == judgement{} && layout.IsProgramme(p.Words[h.First].Line):
		return judgement{doubt: claim.DoubtHeading}
	case j == judgement{} && !c.mentions():
		from, to := p.claims.Clause(h.First, h.Last)
		doubt := p.claims.Unsettled(h.First, h.Last, claim.Known{Asked: c.asksMore(),
			Own: c.Direction != "" || s.lastOwn(p, from, to) >= 0, Shown: c.Direction != "" && s.showsChange(c, p, h)})
		if doubt == "" {
			doubt = passage.Doubt()
			return judgement{doubt: doubt, open: doubt != ""}
		}
		return judgement{doubt: doubt}
	case j.doubt == claim.LacksDeed && c.Direction == "" && rows.DoneBehind(&p.Page, h.Last-1):
		return judgement{}
	}
	return j
}

// outside reports how sure it is that a hit is told of a time before the campaign, and of one after it.
func (s *search) outside(c *Clue, p *pageText, h phrase.Hit) (earlier, later claim.Answer) {
	if c.Direction != "" && s.tellsWay(c, p, h) {
		return claim.No, claim.No
	}
	return p.claims.Outside(h.First, h.Last, ofCampaign(s))
}

// ofCampaign are the years of the campaign.
func ofCampaign(s *search) claim.Years {
	years := s.years()
	return claim.Years{First: years.Opens, Last: years.Closes}
}

// tellsWay reports whether values for two times show the direction of a measure: the earlier one is what the later is
// compared with.
func (s *search) tellsWay(c *Clue, p *pageText, h phrase.Hit) bool {
	compared, _ := s.compared(c, p, h)
	series, _ := s.series(p, h)
	return compared != pairs.Unknown || series != pairs.Unknown
}

// asksMore reports whether the clue asks for more than its words, so that a passage with all of it is no chance find.
func (c *Clue) asksMore() bool {
	return len(c.With) > 0 || len(c.near) > 0 || len(c.objects) > 0 || c.In != "" || c.query != nil
}

// Bounds of the search for a subject that a sentence goes on with: words of a sentence that may hold its subject, and
// sentences of the paragraph before the present one.
const (
	maxSubject   = 5
	maxParagraph = 5
)

// certify judges a hit against which nothing speaks: it counts only if its sentence shows that it is a claim of this
// dossier. What is told of others by their names does not count, and what lacks any other sign is uncertain.
func (s *search) certify(c *Clue, p *pageText, h phrase.Hit) judgement {
	asked := claim.Deed
	switch {
	case c.mentions():
		asked = claim.Mention
	case c.Direction != "" && s.showsChange(c, p, h):
		asked = claim.Change
	case len(c.objects) > 0 || c.asksForPlaces() || c.query != nil:
		asked = claim.Object
	}
	if s.isCopied(p, h) {
		return judgement{doubt: claim.LacksReport}
	}
	if missing := p.claims.Missing(h.First, h.Last, asked); missing != "" {
		if missing == claim.LacksTime && s.firstYear == strconv.Itoa(s.lastYear) {
			return judgement{why: earlier} // the campaign is of one year
		}
		if missing == claim.NoReport {
			return judgement{why: claim.Quoted}
		}
		return judgement{doubt: missing}
	}
	if c.By != byOwn {
		return judgement{}
	}
	if s.isOfWiderArea(p, h) {
		return judgement{doubt: claim.DoubtElsewhere}
	}
	isKnown := func(k int) bool { return s.isKnown(p, k) }
	sentence := p.Words[h.First].Sentence
	switch place.Doer(&p.Page, &p.claims, sentence, h.First, h.Last, s.own, isKnown) {
	case place.Surely, place.Perhaps:
		return judgement{doubt: claim.DoubtElsewhere}
	}
	if s.lastOwn(p, p.Sentences[sentence].First, p.Sentences[sentence].Last) >= 0 {
		return judgement{}
	}
	if place.NamedAfter(&p.Page, &p.claims, sentence, h.Last, s.own, isKnown) ||
		s.followsSubject(p, sentence, isKnown) {
		return judgement{doubt: claim.DoubtElsewhere}
	}
	return judgement{}
}

// isOfWiderArea reports whether the clause of a hit reports a wider area than the dossier's own, and neither "we" nor
// its own name is in it: "trên địa bàn huyện" in the report of a commune.
func (s *search) isOfWiderArea(p *pageText, h phrase.Hit) bool {
	from, to := p.claims.Clause(h.First, h.Last)
	return slices.ContainsFunc(p.claims.Cues(p.Words[h.First].Sentence), func(c claim.Cue) bool {
		return c.Kind == language.WiderArea && c.First >= from && c.Last <= to && s.lastOwn(p, from, to) < 0 &&
			!slices.Contains(s.ownName().Words, p.Words[c.Last-1].Text)
	})
}

// showsChange reports whether figures show the change that a clue asks for: from one to another, or one beside that of
// another time. Such a change is told as done in the present too.
func (s *search) showsChange(c *Clue, p *pageText, h phrase.Hit) bool {
	from, to := p.claims.Clause(h.First, h.Last)
	wanted := c.Direction == higher
	if up, known := (comparison{p}).rises(from, to); known {
		return up == wanted
	}
	if way, sure := s.compared(c, p, h); sure && way == map[bool]pairs.Way{true: pairs.Up, false: pairs.Down}[wanted] {
		return true
	}
	if rose, known := (comparison{p}).compares(h, s.firstYear); known && rose == wanted {
		return true
	}
	return (comparison{p}).isCompared(h)
}

// minTitle is how many words a title of a criterion must have so that repeating it says that it was copied.
const minTitle = 5

// isCopied reports whether the sentence of a hit holds the title of a criterion word for word around the hit, and no
// figure beside it.
func (s *search) isCopied(p *pageText, h phrase.Hit) bool {
	at := p.Sentences[p.Words[h.First].Sentence]
	for _, title := range s.titles {
		n := len(title.Words)
		for k := max(at.First, h.Last-n); k <= h.First && k+n <= at.Last; k++ {
			if title.IsAt(p.Words, k) {
				return !p.hasFigure(at.First, k) && !p.hasFigure(k+n, at.Last)
			}
		}
	}
	return false
}

// hasFigure reports whether words [from, to) hold a number that counts something.
func (p *pageText) hasFigure(from, to int) bool {
	for k := from; k < to; k++ {
		if _, ok := p.figureAt(k); ok {
			return true
		}
	}
	return false
}

// longTitles are the titles of criteria that have enough words to be recognised, in all languages.
func longTitles(list []criterion) (out []phrase.Phrase) {
	for i := range list {
		for _, lang := range texts.Languages {
			if title := phrase.New(list[i].title[lang]); len(title.Words) >= minTitle {
				out = append(out, title)
			}
		}
	}
	return out
}

// followsSubject reports whether the nearest sentence before the given one, in its paragraph, that names someone by way
// of its subject names another person, and none from there on speaks of the dossier's own unit.
func (s *search) followsSubject(p *pageText, sentence int, isKnown func(k int) bool) bool {
	line := p.Words[p.Sentences[sentence].First].Line
	for k := sentence - 1; k >= 0 && k >= sentence-maxParagraph; k-- {
		up := p.Sentences[k]
		if up.First >= up.Last || p.Words[up.Last-1].Line != line || s.lastOwn(p, up.First, up.Last) >= 0 {
			return false
		}
		end := min(up.Last, up.First+maxSubject)
		if place.Doer(&p.Page, &p.claims, k, end-1, end, s.own, isKnown) != place.Nobody {
			return true
		}
	}
	return false
}

// isKnown reports whether word k is part of what some clue looks for. Which words are is worked out once for a page.
func (s *search) isKnown(p *pageText, k int) bool {
	known, ok := s.known[p]
	if !ok {
		known = make([]bool, len(p.Words))
		for _, list := range p.hits[:s.anchors] {
			for _, x := range list {
				for i := x.First; i < x.Last; i++ {
					known[i] = true
				}
			}
		}
		if s.known == nil {
			s.known = map[*pageText][]bool{}
		}
		s.known[p] = known
	}
	return known[k]
}

// Bounds of a sentence that lists words and says nothing: it has at least minStuffedClues of the ruleset's clues, whose
// words are at least minStuffedShare of its own; or it has the words of clues so often, one after the other.
const (
	minStuffedClues   = 4
	minStuffedShare   = 0.3
	minStuffedHits    = 3
	minStuffedDensity = 0.45
)

// isStuffed reports whether the sentence of a hit is a list of keywords: the words of many clues, or of a few again and
// again, and little else.
func (s *search) isStuffed(c *Clue, p *pageText, h phrase.Hit) bool {
	sentence := p.Sentences[p.Words[h.First].Sentence]
	first, last := sentence.First, sentence.Last
	dense := func() bool { return s.hasManyClues(p, first, last) || !c.mentions() && s.isDense(p, first, last) }
	if dense() {
		return true
	}
	line := p.Words[h.First].Line
	if l := p.Lines[line]; l.First < first || l.Last > last { // "60 trained; 40 took part; …"
		first, last = min(first, l.First), max(last, l.Last)
		return dense()
	}
	return false
}

// mentions reports whether the clue asks who or what was there, and counts each of them: names in a row are natural
// then.
func (c *Clue) mentions() bool { return c.Distinct == byWord && c.By == byAnyone }

// hasManyClues reports whether words [first, last) of the page have those of many clues, and little else.
func (s *search) hasManyClues(p *pageText, first, last int) bool {
	clues := 0
	hit := map[int]bool{}
	for _, list := range s.clueLists {
		has := false
		for _, x := range p.hits[list] {
			if x.First >= first && x.Last <= last {
				has = true
				for k := x.First; k < x.Last; k++ {
					hit[k] = true
				}
			}
		}
		if has {
			clues++
		}
	}
	return clues >= minStuffedClues && float64(len(hit)) >= minStuffedShare*float64(last-first)
}

// isDense reports whether words [first, last) of the page have those of clues and of changes again and again, and
// little else, or one of a clue right behind itself. Clues that ask who was there are left out.
func (s *search) isDense(p *pageText, first, last int) bool {
	hits, words, doubled := 0, 0, false
	for _, list := range s.deedLists {
		end := -1
		for _, x := range p.hits[list] {
			if x.First >= max(first, end) && x.Last <= last {
				same := end == x.First && end > first && p.Words[end-1].Text == p.Words[x.Last-1].Text
				doubled = doubled || same && p.Gap(end-1) == " "
				hits, words, end = hits+1, words+x.Last-x.First, x.Last
			}
		}
	}
	if hits < minStuffedHits {
		return false
	}
	for k := first; k < last; k++ {
		for _, c := range p.LanguageAt(k).CuesAt(p.Words[k].Text) {
			if (c.Kind == language.Lower || c.Kind == language.Higher) && len(c.Words) == 1 {
				words++
				break
			}
		}
	}
	return doubled || float64(words) >= minStuffedDensity*float64(last-first)
}

// tabular judges what tables and lines of values say.
type tabular struct{ *search }

// inRow judges a hit that is in no sentence: the row of a table whose headers say what its values are reports a result
// or a change, and so does a line of values for several years. Everything else that is no sentence claims nothing.
func (s tabular) inRow(c *Clue, p *pageText, h phrase.Hit) judgement {
	if c.By == byOthers || len(c.objects) > 0 || slices.Contains(p.sections[p.Words[h.First].Line], planSection) {
		return judgement{why: unclaimed}
	}
	t, cell := p.tables.At(h.First)
	if t == nil {
		return s.inSeries(c, p, h)
	}
	told := rows.Of(&p.Page, t, cell, s.years())
	if c.Direction != "" {
		told = rows.Change(&p.Page, t, cell, s.years())
	}
	return c.inLabel(p, h, cell.First, s.toldBy(c, p, t, cell.First, cell.Last, told))
}

// inLabel is the judgement of a hit in the label of a row that begins at word first: if a preposition is right before
// the hit, the row counts something else, and a person is asked: "Teachers trained in vision screening".
func (c *Clue) inLabel(p *pageText, h phrase.Hit, first int, j judgement) judgement {
	if c.Direction != "" || j != (judgement{}) || h.First <= first+1 {
		return j
	}
	l, before := p.LanguageAt(h.First), p.Words[h.First-1].Text
	counts := slices.Contains(l.Cues[language.OutOf], before) || before == "of" // "number of", "antall av"
	behind := slices.Contains(l.Prepositions, before) || slices.Contains(l.Cues[language.Locative], before)
	if counts || !behind && !p.claims.Has(language.Topic, first, h.First) {
		return j
	}
	return judgement{doubt: claim.LacksDeed}
}

// inLooseRow judges a hit in the row of a table that is set with spaces or strokes; ok is false if it is in none with
// such headers.
func (s tabular) inLooseRow(c *Clue, p *pageText, h phrase.Hit) (j judgement, ok bool) {
	if c.By == byOthers || len(c.objects) > 0 || slices.Contains(p.sections[p.Words[h.First].Line], planSection) {
		return judgement{}, false
	}
	t, cell := p.tables.LooseAt(h.First)
	if t == nil {
		return judgement{}, false
	}
	told := rows.Of(&p.Page, t, cell, s.years())
	if c.Direction != "" {
		told = rows.Change(&p.Page, t, cell, s.years())
	}
	return c.inLabel(p, h, cell.First, s.toldBy(c, p, t, cell.First, cell.Last, told)), told.Said != rows.Nothing ||
		cell.Last-cell.First <= maxLooseLabel
}

// maxLooseLabel is how many words a cell of a table set with spaces or strokes has at most that is surely no sentence.
const maxLooseLabel = 5

// isToldBehind reports whether what is behind a label and its colon is surely told as done, with a figure: "Beekeeping
// course: held 3 times with 94 members".
func (s tabular) isToldBehind(c *Clue, p *pageText, h phrase.Hit, never map[string]bool) bool {
	at := p.Sentences[p.Words[h.First].Sentence]
	if h.Last >= at.Last || p.LanguageAt(h.First).Code != "vi" ||
		!p.claims.Has(language.CarriedOut, h.Last, min(at.Last, h.Last+1)) {
		return false
	}
	_, to := p.claims.Clause(h.Last, h.Last+1)
	for k := h.Last + 1; k < to; k++ {
		if _, ok := p.figureAt(k); ok {
			return s.judge(c, p, phrase.Hit{First: k - 1, Last: k, Phrase: h.Phrase}, never) == judgement{}
		}
	}
	return false
}

// toldBy judges what a table says of words [first, last).
func (s tabular) toldBy(c *Clue, p *pageText, t *table.Table, first, last int, told rows.Told) judgement {
	if told.Said == rows.Nothing {
		return judgement{why: unclaimed}
	}
	if other, _ := s.lastOther(p, first, last); other >= 0 || t.About.Has(table.Other) {
		return judgement{why: others}
	}
	planned := t.About.Has(table.Plan|table.Budget) && !t.About.Has(table.Actual)
	if c.Direction == "" && (t.About.Has(table.Next|table.Request) || p.claims.EarlierYear(first, last, s.firstYear)) ||
		c.Direction != "" && planned {
		return judgement{why: claim.Planned}
	}
	return c.ofWay(told)
}

// ofWay judges what a row or a line of values says.
func (c *Clue) ofWay(told rows.Told) judgement {
	wanted := map[string]rows.Said{"": rows.Result, lower: rows.Fell, higher: rows.Rose}[c.Direction]
	doubt := claim.DoubtDirection
	if c.Direction == "" {
		doubt = claim.LacksDeed
	}
	switch {
	case told.Said == wanted && !told.Unsure:
		return judgement{}
	case told.Said == wanted, told.Said == rows.Unclear:
		return judgement{doubt: doubt}
	case told.Said == rows.Undone:
		return judgement{why: claim.Planned}
	}
	return judgement{why: contrary}
}

// inSeries judges a hit in a label or title whose line, or the lines below, have values for several times, for a clue
// that asks for a change: "Visits: 7,044 (2023: 6,020)".
func (s tabular) inSeries(c *Clue, p *pageText, h phrase.Hit) judgement {
	if c.Direction == "" {
		if rows.Achieved(&p.Page, h.Last) && !p.claims.Denies(h.First, h.Last) {
			return judgement{}
		}
		return judgement{why: unclaimed}
	}
	told := rows.Series(&p.Page, &p.claims, h.First, h.Last, s.years())
	if way, ok := s.series(p, h); ok && told.Unsure {
		told = rows.Went(way)
	}
	if told.Said == rows.Nothing {
		return judgement{why: unclaimed}
	}
	line := p.Lines[p.Words[h.First].Line]
	if other, _ := s.lastOther(p, line.First, line.Last); other >= 0 {
		return judgement{why: others}
	}
	return c.ofWay(told)
}

// inTitle judges a hit in the line above a table, or above lines of values for several times, that names what they
// measure, for a clue that asks for a change; ok is false if the hit is in no such line.
func (s tabular) inTitle(c *Clue, p *pageText, h phrase.Hit) (j judgement, ok bool) {
	if c.Direction == "" || c.By == byOthers || len(c.objects) > 0 {
		return judgement{}, false
	}
	line := p.Words[h.First].Line
	if slices.Contains(p.sections[line], planSection) {
		return judgement{}, false
	}
	for _, t := range slices.Concat(p.tables.All(), p.tables.Loose()) {
		if first, last := t.Caption(); h.First >= first && h.Last <= last {
			told := rows.ChangeOf(&p.Page, t, s.years())
			return s.toldBy(c, p, t, first, last, told), told.Said != rows.Nothing
		}
	}
	if told := rows.Below(&p.Page, &p.claims, line, s.years()); told.Said != rows.Nothing {
		return c.ofWay(told), true
	}
	return judgement{}, false
}

// inDatedList reports whether a hit is in the line that introduces a list of dated results, or in an item of one whose
// first line says that they were done, of the campaign's time and of no one else.
func (s *search) inDatedList(c *Clue, p *pageText, h phrase.Hit, layout heading.Layout) bool {
	line := p.Words[h.First].Line
	lead := layout.MayHead(line) || layout.Levels[line] != heading.None
	if c.By == byOthers || !(claim.List{Page: &p.claims}).HasResults(line, lead) ||
		slices.Contains(p.sections[line], planSection) {
		return false
	}
	if p.refuted(h.First, h.Last, s.lastYear, true) != "" ||
		p.claims.EarlierYear(p.Lines[line].First, p.Lines[line].Last, s.firstYear) {
		return false
	}
	other, _ := s.lastOther(p, p.Lines[line].First, p.Lines[line].Last)
	return other < 0
}

// noneLeft judges a hit that is said to be none ("no thefts at all"), for a clue that wants less of it: it is a result
// if there were some before.
func (s *search) noneLeft(c *Clue, p *pageText, h phrase.Hit) judgement {
	if before, ok := (comparison{p}).wasBefore(h, s.firstYear); !ok || before == 0 {
		return judgement{doubt: claim.DoubtDirection}
	}
	if j := s.actor(c, p, h); j != (judgement{}) {
		return j
	}
	if doubt := p.claims.Withdrawn(h.First, h.Last); doubt != "" {
		return judgement{doubt: doubt}
	}
	return s.certify(c, p, h)
}

// hasClue reports whether words [from, to) hold what some clue looks for, other than what the given hit is.
func (s *search) hasClue(p *pageText, from, to int, h phrase.Hit) bool {
	return slices.ContainsFunc(s.clueLists, func(list int) bool {
		return slices.ContainsFunc(p.hits[list], func(x phrase.Hit) bool {
			return x.First >= from && x.Last <= to && p.Words[x.First].Text != p.Words[h.First].Text
		})
	})
}

// maxObjectReach is how many words may be between a verb and what it was done to, and maxObjectSyllables in Vietnamese,
// whose words are syllables. An apposition begins within maxApposition words.
const (
	maxObjectReach     = 8
	maxObjectSyllables = 14
	maxApposition      = 2
)

// concerns judges whether one of the objects that the clue asks for (of) is what was done to: it is near the hit in its
// clause, or closes the clause before one that the hit begins ("a heat pump, fitted in August"). One elsewhere in the
// sentence, or in the sentence before, leaves it open ("There was a group once. We set up a new one").
func (c *Clue) concerns(p *pageText, h phrase.Hit) judgement {
	if len(c.objects) == 0 {
		return judgement{}
	}
	sentence := p.Words[h.First].Sentence
	at := p.Sentences[sentence]
	from, to := p.claims.Clause(h.First, h.Last)
	reach := maxObjectReach
	if p.LanguageAt(h.First).Code == "vi" {
		reach = maxObjectSyllables
	}
	if h.First-from <= maxApposition && from > at.First && !p.claims.Has(language.Coordinator, from, from+1) {
		from = at.First
		reach = max(reach, maxObjectSyllables)
	}
	named := c.hasObject(p, h.Last, min(to, h.Last+reach)) || h.Last-h.First > 1 && c.hasObject(p, h.First, h.Last)
	if named || c.hasObject(p, max(from, h.First-reach), h.First) && !p.goesOnWithDeed(from, h.First) {
		return judgement{}
	}
	before := c.hasObject(p, p.paragraphStart(sentence), at.First)
	if before && p.claims.Has(language.Pronoun, max(at.First, h.First-reach), min(to, h.Last+reach)) {
		return judgement{}
	}
	elsewhere := c.hasObject(p, at.First, h.First) || c.hasObject(p, h.Last, at.Last)
	if before || elsewhere || c.hasKin(p, from, h.First) || c.hasKin(p, h.Last, to) {
		return judgement{doubt: claim.DoubtObject}
	}
	return judgement{why: foreign}
}

// goesOnWithDeed reports whether a coordinator right before word at makes what it begins another deed of the clause
// that begins at word from, whose own has the object: "tidied the clubs' cupboard and started on the loft". What was
// done twice to one thing has an auxiliary: "the hall was repaired and opened".
func (p *pageText) goesOnWithDeed(from, at int) bool {
	if at <= from || !p.claims.Has(language.Coordinator, at-1, at) || p.claims.Has(language.Done, from, at) {
		return false
	}
	l := p.LanguageAt(at)
	return l.Inflects() && from < at && l.IsPast(p.Words[from].Text)
}

// hasKin reports whether a word in words [from, to) may be another form of one of the clue's objects.
func (c *Clue) hasKin(p *pageText, from, to int) bool {
	for k := from; k < to; k++ {
		if one := (phrase.Hit{First: k, Last: k + 1}); p.inCompound(one) || p.isInfinitive(one) {
			continue
		}
		if slices.ContainsFunc(c.objects, func(o phrase.Phrase) bool {
			return o.IsKin(p.Words[k].Text,
				p.LanguageAt(k))
		}) {
			return true
		}
	}
	return false
}

// paragraphStart returns the first word of the sentence before the given one if both are in one line, and else of the
// sentence itself.
func (p *pageText) paragraphStart(sentence int) int {
	first := p.Sentences[sentence].First
	if sentence > 0 {
		if before := p.Sentences[sentence-1]; before.First < before.Last &&
			p.Words[before.Last-1].Line == p.Words[first].Line {
			return before.First
		}
	}
	return first
}

// hasObject reports whether one of the clue's objects is in words [from, to) of the page. In a language that joins
// nouns, one may be the last part of a word: "bane" of "lysløypebanen".
func (c *Clue) hasObject(p *pageText, from, to int) bool {
	for _, x := range p.hits[c.objectList] {
		if x.First >= from && x.Last <= to && !p.inCompound(x) && !p.isInfinitive(x) {
			return true
		}
	}
	if from >= to || len(p.LanguageAt(from).JoinedParts()) == 0 {
		return false
	}
	for k := from; k < to; k++ {
		if slices.ContainsFunc(c.objects, func(o phrase.Phrase) bool {
			return o.EndsWord(p.Words[k].Text,
				p.LanguageAt(k))
		}) {
			return true
		}
	}
	return false
}

// Answer is what kheo says of a passage that a clue finds.
type Answer string

// The answers.
const (
	Counts    Answer = "counts"
	Uncertain Answer = "uncertain"      // a person must say
	Refuted   Answer = "does-not-count" // it is negated, a plan, a heading, …
)

// Answers are all answers, the one that earns points first.
var Answers = []Answer{Counts, Uncertain, Refuted}

// Find is a passage that a clue finds, judged by the rules alone: whatever people said of it, and whether or not the
// clue has enough of them.
type Find struct {
	Criterion  string         // its id
	Clue       int            // of the criterion, from 1
	Source     dossier.Source // the sentence
	Start, End int            // of the find in the sentence, in code points; a very long sentence is cut around it
	Answer     Answer
	Why        string // the code of the reason, see Reason; "" if it counts
	Repeats    bool   // says what one before it says, and earns nothing beside it
}

// Reason says why the passage is uncertain or does not count; nil if it counts.
func (f *Find) Reason() dossier.Text {
	if f.Answer == Refuted {
		return RefutedText(f.Why)
	}
	return EvidenceDoubt(f.Why)
}

// maxFinds is how many passages of a dossier one clue finds at most: a bound for dossiers of nothing but its words.
const maxFinds = 2000

// Finds returns what the clues of the ruleset find in a dossier, clue by clue and in the order of the text, with what
// is said of each passage. A passage that lacks what its clue asks for beside the words is not found. Like Assess it
// marks the reading, which must not be used by two goroutines at once.
func (rs *Ruleset) Finds(r *Reading, given Given) []Find {
	s := rs.begin(r, given).newSearch()
	s.verdicts = nil
	var out []Find
	for i := range rs.criteria {
		cr := &rs.criteria[i]
		for k := range cr.clues {
			for _, f := range s.finds(&cr.clues[k], cr.never) {
				f.Criterion, f.Clue = cr.id, k+1
				out = append(out, f)
			}
		}
	}
	return out
}

// finds returns what one clue finds. The criterion and the number of the clue are left to the caller.
func (s *search) finds(c *Clue, never map[string]bool) (out []Find) {
	var counted, doubted []find // before the present one
	asked := c.asked(s.reading)
	for _, p := range s.reading.pages {
		for _, h := range c.hits(p, asked) {
			if len(out) >= maxFinds {
				return out
			}
			if !c.applies(p, h, never) {
				continue
			}
			list := s.accompanied(c, p, h)
			if len(list) == 0 {
				continue
			}
			one := Find{Source: list[0].source, Answer: Counts}
			one.Start = max(0, p.Words[h.First].Start-one.Source.Start)
			one.End = min(one.Source.End, p.Words[h.Last-1].End) - one.Source.Start
			j := leaning(s, c, p, h, never)
			isNew := func(f find) bool {
				return !isRepeated(f, counted, c.Distinct) && (j.doubt == "" || !isRepeated(f, doubted, c.Distinct))
			}
			one.Repeats = j.why == "" && !slices.ContainsFunc(list, isNew)
			switch {
			case j.why != "":
				one.Answer, one.Why = Refuted, j.why
			case j.doubt != "":
				one.Answer, one.Why = Uncertain, j.doubt
				doubted = append(doubted, list...)
			default:
				counted = append(counted, list...)
			}
			out = append(out, one)
		}
	}
	return out
}

// Clues returns the clues of a criterion, by its id; nil if it has none.
func (rs *Ruleset) Clues(criterion string) []Clue {
	if i := criterionAt(rs, criterion); i >= 0 {
		return rs.criteria[i].clues
	}
	return nil
}

// Evidenced returns the ids and titles of the criteria that are scored by evidence, in the ruleset's order.
func (rs *Ruleset) Evidenced() (out []Named) {
	for i := range rs.criteria {
		if c := &rs.criteria[i]; len(c.clues) > 0 {
			out = append(out, Named{c.id, c.title})
		}
	}
	return out
}

// EvidenceDoubt says why evidence is uncertain, for the code of the reason; nil for "".
func EvidenceDoubt(code string) dossier.Text {
	if code == "" {
		return nil
	}
	return say("doubtful." + code)
}

// RefutedText says why a passage does not count, for the code of a reason; nil for "".
func RefutedText(code string) dossier.Text {
	if code == "" {
		return nil
	}
	return say("refuted." + code)
}

// Query is what the clue looks for as a person types it into a search: its words with
// exactly their diacritics, or its query, near what must be near. What only the text's
// order shows (sections, papers, quantities, places) is left out: the search finds those
// dossiers and perhaps more. It is nil if nothing but numbers is looked for.
func (c *Clue) Query() query.Node {
	n := c.query
	if n == nil {
		n = either(c.any)
	}
	for _, list := range c.With {
		if other := either(c.with[list]); n != nil && other != nil {
			n = query.Near{A: n, B: other, Scope: query.Sentence}
		}
	}
	var near []phrase.Phrase
	for i := range c.near {
		if c.near[i].numbers {
			return n // a number would do, and no search asks for one
		}
		near = append(near, c.near[i].phrases...)
	}
	if other := either(near); n != nil && other != nil {
		n = query.Near{A: n, B: other, Scope: c.reach.scope, Words: c.reach.words}
	}
	return n
}

// either is a query for any of the phrases of a list; nil if there are none.
func either(list []phrase.Phrase) query.Node {
	var out query.Or
	var all []phrase.Phrase
	for _, ph := range list {
		all = append(all, ph.Spellings()...)
	}
	for _, ph := range all {
		t := query.Term{Exact: true}
		for _, w := range ph.Words {
			word, star := strings.CutSuffix(w, "*")
			t.Words = append(t.Words, word)
			t.Prefix = star || ph.Noun
		}
		if len(t.Words) == 0 {
			continue
		}
		out = append(out, t)
		last := len(t.Words) - 1
		for _, form := range ph.Forms {
			if !strings.HasPrefix(form, t.Words[last]) {
				out = append(out, query.Term{Exact: true, Words: append(slices.Clone(t.Words[:last]), form)})
			}
		}
	}
	switch len(out) {
	case 0:
		return nil
	case 1:
		return out[0]
	}
	return out
}

// LooksFor names the first words that a clue looks for, language by language.
func (c *Clue) LooksFor() dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		var words []string
		if c.query != nil {
			words = append(words, c.query.String())
		}
		for _, ph := range c.any {
			if ph.Lang == nil || ph.Lang.Code == lang {
				words = append(words, ph.Text)
			}
		}
		if c.numbers {
			words = append(words, explained.In(lang, "a-number"))
		}
		if len(words) == 0 { // no words of this language: those of any
			for _, ph := range c.any {
				words = append(words, ph.Text)
			}
		}
		if len(words) > 3 {
			words = append(words[:3], "…")
		}
		out[lang] = strings.Join(words, ", ")
	}
	return out
}

// maxOverlap is the share of words up to which two sentences count as different ones, and maxOverlapSameFigures that of
// sentences with the same figures, of which there must be at least minSameFigures, or one of minTellingFigure or more:
// the same event told in other words, or in another paper.
const (
	maxOverlap            = 0.6
	maxOverlapSameFigures = 0.25
	minSameFigures        = 2
	minTellingFigure      = 100
)

// isTelling reports whether two sentences with these figures hardly have them by chance.
func isTelling(figures []float64) bool {
	return len(figures) >= minSameFigures || len(figures) == 1 && figures[0] >= minTellingFigure
}

// isRepeated reports whether a find is one that was counted: it has the same key or, if sentences count, most of the
// words of one of them. Saying a thing ten times earns no more than once.
func isRepeated(f find, counted []find, distinct string) bool {
	for i := range counted {
		repeated := f.key == counted[i].key
		if distinct == bySentence {
			share := overlap(f.words, counted[i].words)
			repeated = share > maxOverlap || share > maxOverlapSameFigures && f.hasFiguresOf(&counted[i])
		}
		if repeated {
			return true
		}
	}
	return false
}

// hasFiguresOf reports whether the sentences of two finds state the same figures, and enough of them to be sure.
func (f *find) hasFiguresOf(other *find) bool {
	own := f.figures()
	return isTelling(own) && slices.Equal(own, other.figures())
}

// overlap is the share of words that two sentences have in common (Jaccard).
func overlap(a, b []string) float64 {
	n := 0
	for i, k := 0, 0; i < len(a) && k < len(b); {
		switch {
		case a[i] == b[k]:
			n++
			i++
			k++
		case a[i] < b[k]:
			i++
		default:
			k++
		}
	}
	if n == 0 {
		return 0
	}
	return float64(n) / float64(len(a)+len(b)-n)
}

// sortSources orders citations by document, page and place.
func sortSources(s []dossier.Source) {
	sort.SliceStable(s, func(i, j int) bool {
		a, b := s[i], s[j]
		if a.Document != b.Document {
			return a.Document < b.Document
		}
		if a.Page != b.Page {
			return a.Page < b.Page
		}
		return a.Start < b.Start
	})
}
