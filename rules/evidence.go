package rules

import (
	"slices"
	"sort"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/internal/text/query"
	"kheo/internal/texts"
	"kheo/rules/claim"
	"kheo/rules/number"
	"kheo/rules/phrase"
	"kheo/rules/place"
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
	words   []string  // of its sentence, sorted, each once
	figures []float64 // that its sentence states, sorted
	what    string    // was found, for reasons
}

// found is what a clue finds in a dossier.
type found struct {
	counts    []find                      // what earns points, at most as many as the clue counts
	uncertain []find                      // what would, up to that number, if a person confirmed it
	refuted   map[string][]dossier.Source // what was found and does not count, by the reason
}

// certainFind is the certainty of evidence that counts: the share of such passages that is right in texts that the
// code was not written with, see docs/benchmarks.md.
const certainFind = 0.95

// uncertainFind is the certainty of evidence that is left to people.
const uncertainFind = 0.5

// planSection is the name of the sections that hold plans: every language has its headings for them.
const planSection = "\x00plans"

// search looks for evidence in one dossier. It is for one goroutine.
type search struct {
	reading   *Reading
	env       *Env
	unit      string     // the dossier's own
	own       *place.Own // names of its own place
	verdicts  []dossier.Verdict
	others    []phrase.Phrase // names of the other units; filled when first asked for
	name      *phrase.Phrase  // of the own unit; filled when first asked for
	firstYear string          // in which the campaign opens, of four digits; "" if it is not known
	clueLists []int           // of all clues of the ruleset, in the matcher
	lastYear  int             // in which the campaign closes; 0 if it is not known
}

// evidence finds a clue's evidence. never are the reasons of package claim that count; see claim.Page.Refuted. What
// people said of a passage wins over what is judged here.
func (s *search) evidence(criterion string, c *Clue, never map[string]bool) found {
	out := found{refuted: map[string][]dossier.Source{}}
	asked := c.asked(s.reading)
	for _, p := range s.reading.pages {
		for _, h := range c.hits(p, asked) {
			w := p.Words[h.First]
			if never[claim.Quoted] && p.isLabel(h) || p.inCompound(h) || inOneOf(h, p.hits[c.exceptList]) {
				continue
			}
			if !c.allows(p, w.Line) || !c.isNear(p, h) {
				continue
			}
			j := s.judge(c, p, h, never)
			if j.why != "" {
				out.refuted[j.why] = append(out.refuted[j.why], p.quote(w.Sentence, h.First))
				continue
			}
			for _, f := range s.accompanied(c, p, h) {
				out.add(s, criterion, c, f, j.doubt)
			}
			if len(out.counts) >= c.AtMost {
				return found{counts: out.counts[:c.AtMost]} // what else there is earns nothing, and excuses nothing
			}
		}
	}
	out.uncertain = out.uncertain[:min(len(out.uncertain), c.AtMost-len(out.counts))]
	return out
}

// add adds a passage that counts or, if there is a doubt, is uncertain, unless it repeats one that was found or a
// person rejected it. One that is sure takes the place of one that says the same and is uncertain.
func (out *found) add(s *search, criterion string, c *Clue, f find, doubt string) {
	f.source.Verdict = s.verdict(criterion, f.source)
	switch {
	case f.source.Verdict == dossier.VerdictWrong:
		out.refuted[rejected] = append(out.refuted[rejected], f.source)
		return
	case f.source.Verdict == dossier.VerdictRight:
		doubt = ""
		f.source.Certainty = 1
	case doubt != "":
		f.source.Certainty, f.source.Doubt = uncertainFind, doubt
	default:
		f.source.Certainty = certainFind
	}
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

// verdict is what a person said of a passage as evidence for a criterion; "" if nobody did.
func (s *search) verdict(criterion string, src dossier.Source) dossier.VerdictKind {
	if len(s.verdicts) == 0 {
		return ""
	}
	i := slices.IndexFunc(s.reading.dossier.Documents, func(d dossier.Document) bool { return d.Name == src.Document })
	if i < 0 {
		return ""
	}
	hash, quote := s.reading.dossier.Documents[i].SHA256, dossier.PlainQuote(src.Quote)
	for _, v := range s.verdicts {
		if v.Criterion == criterion && v.SHA256 == hash && v.Page == src.Page && v.Quote == quote {
			return v.Kind
		}
	}
	return ""
}

// hits returns the places of what the clue looks for on a page.
func (c *Clue) hits(p *pageText, asked map[*pageText][]phrase.Hit) []phrase.Hit {
	if c.query != nil {
		return phrase.Disjoint(asked[p])
	}
	hits := phrase.Disjoint(p.hits[c.list])
	if c.numbers {
		hits = phrase.Disjoint(append(slices.Clone(hits), p.quantities()...))
	}
	return hits
}

// quantities returns the places of all quantities of the page that count something.
func (p *pageText) quantities() (out []phrase.Hit) {
	for _, s := range p.Sentences {
		for k := s.First; k < s.Last; k++ {
			if q, ok := number.At(&p.Page, p.LanguageAt(k), k, s.Last); ok && q.Counts() {
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
			if c.within(p, h, x.First, x.Last) {
				return true
			}
		}
		for k := 0; n.numbers && k < len(p.Words); k++ {
			q, ok := number.At(&p.Page, p.LanguageAt(k), k, p.Sentences[p.Words[k].Sentence].Last)
			if ok && q.Counts() && c.within(p, h, k, q.Last) {
				return true
			}
		}
	}
	return len(c.near) == 0
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
	for _, c := range p.claims.Cues(p.Words[h.First].Sentence) {
		whole := c.First >= h.First && c.Last <= h.Last
		if c.Kind == language.Compound && !whole && c.Last > h.First && c.First < h.Last {
			return true
		}
	}
	return false
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
			places = s.otherPlaces(p, sentence)
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
			base.words, base.figures = p.wordSet(sentence), p.figures(sentence)
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
		q, ok := number.At(&p.Page, p.LanguageAt(k), k, s.Last)
		if !ok && kind == withNumber && p.isSmallNumber(k, s.Last) {
			return true
		}
		if !ok || !q.Counts() || p.claims.IsYear(k) {
			continue
		}
		isPercent := q.Unit == number.Percent
		if kind == withNumber || kind == withPercent && isPercent || kind == withMoney && q.Unit != "" && !isPercent {
			return true
		}
	}
	return false
}

// isSmallNumber reports whether word k is a number from two to nine in words and another word follows, which it counts.
// In Vietnamese, a word that is also a year or a negation ("năm", "không") is none.
func (p *pageText) isSmallNumber(k, last int) bool {
	v, ok := number.Small(p.LanguageAt(k), p.Words[k])
	if !ok || v < 2 || k+1 >= last || p.Words[k+1].Clause != p.Words[k].Clause {
		return false
	}
	return p.LanguageAt(k).Code != "vi" || p.Words[k].Text != "năm" && p.Words[k].Text != "tư"
}

// figures returns the quantities that a sentence states, other than zero, sorted.
func (p *pageText) figures(sentence int) (out []float64) {
	s := p.Sentences[sentence]
	for k := s.First; k < s.Last; k++ {
		if q, ok := number.At(&p.Page, p.LanguageAt(k), k, s.Last); ok && q.Counts() {
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
// campaign, and in a sentence about what is ours the names behind a word such as "in".
func (s *search) otherPlaces(p *pageText, sentence int) []string {
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
	if at := p.Sentences[sentence]; p.claims.Has(language.Us, at.First, at.Last) {
		for _, name := range place.Located(&p.Page, &p.claims, sentence, s.own) {
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
	for i := range s.env.Units {
		u := &s.env.Units[i]
		if n := fold(u.Name); u.ID != s.unit && n != "" && strings.Contains(f, " "+n+" ") {
			out = append(out, u.Name)
		}
	}
	return out
}

// Reasons beside those of package claim why a passage does not count.
const (
	unclaimed = "unclaimed" // a heading, a label, an address: no sentence
	others    = "others"    // another unit's result
	contrary  = "contrary"  // a change the other way
	rejected  = "rejected"  // a person said that it is no evidence
	earlier   = "earlier"   // of a year before the campaign
)

// Whose results count, as rulesets write it (by).
const (
	byOwn    = "own"
	byOthers = "others"
	byAnyone = "anyone"
)

// Which way a change must go, as rulesets write it (direction).
const (
	lower  = "lower"
	higher = "higher"
)

// judgement is what a passage that a clue found is worth. why is the reason for which it does not count and doubt the
// one for which it may not, of which at most one is set; neither is if it counts.
type judgement struct{ why, doubt string }

// judge judges a hit of a clue. never are the reasons of package claim that count, see criterion.never.
func (s *search) judge(c *Clue, p *pageText, h phrase.Hit, never map[string]bool) judgement {
	layout := p.layout()
	if layout.IsNoSentence(h.First, h.Last) {
		return judgement{why: unclaimed}
	}
	if why := p.refuted(h.First, h.Last, s.lastYear, true); why != "" && never[why] {
		return judgement{why: why}
	}
	if s.firstYear != "" && p.claims.Earlier(h.First, h.Last, s.firstYear) {
		return judgement{why: earlier}
	}
	if s.isStuffed(p, h) {
		return judgement{why: unclaimed}
	}
	if j := s.actor(c, p, h); j != (judgement{}) {
		return j
	}
	if s.isLearned(c, p, h) {
		return judgement{doubt: claim.DoubtLearned}
	}
	if j := c.goes(p, h); j != (judgement{}) {
		return j
	}
	if !c.concerns(p, h) {
		return judgement{doubt: claim.DoubtObject}
	}
	if layout.MayHead(p.Words[h.First].Line) {
		return judgement{doubt: claim.DoubtHeading}
	}
	return judgement{doubt: p.claims.Doubted(h.First, h.Last)}
}

// Bounds of a sentence that lists words and tells nothing: it has those of so many of the ruleset's clues, and so many
// of its words are.
const (
	minStuffedClues = 4
	minStuffedShare = 0.3
)

// isStuffed reports whether the sentence of a hit is a list of keywords: the words of many clues, and little else.
func (s *search) isStuffed(p *pageText, h phrase.Hit) bool {
	sentence := p.Sentences[p.Words[h.First].Sentence]
	first, last := sentence.First, sentence.Last
	line := p.Words[h.First].Line
	if l := p.Lines[line]; l.First < first || l.Last > last { // "60 trained; 40 took part; …"
		first, last = min(first, l.First), max(last, l.Last)
	}
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

// actor judges who did what a hit says, by the names before it in its sentence: another unit of the campaign that is
// nearer than any name or word of the dossier's own makes it another's. A clue that asks for other places wants them.
func (s *search) actor(c *Clue, p *pageText, h phrase.Hit) judgement {
	if c.By == byAnyone {
		return judgement{}
	}
	sentence := p.Words[h.First].Sentence
	first := p.Sentences[sentence].First
	other, clause := s.lastOther(p, first, h.First)
	own := s.lastOwn(p, first, h.First)
	if c.By == byOthers {
		if other < 0 {
			return judgement{why: others}
		}
		return judgement{}
	}
	if other < 0 || own > other {
		return judgement{}
	}
	from, _ := p.claims.Clause(h.First, h.Last)
	if clause >= from || other == first {
		return judgement{why: others}
	}
	return judgement{doubt: claim.DoubtElsewhere}
}

// isLearned reports whether a clue that asks for other places may have found what was learned from one, and not what one
// took over: the dossier's own unit is who acts, and the place is behind a word such as "from" with no word such as "to"
// before it.
func (s *search) isLearned(c *Clue, p *pageText, h phrase.Hit) bool {
	if !slices.Contains(c.With, withOtherPlace) && !slices.Contains(c.With, withOtherUnit) {
		return false
	}
	at := p.Sentences[p.Words[h.First].Sentence]
	if s.lastOwn(p, at.First, h.First) < 0 {
		return false
	}
	_, to := p.claims.Clause(h.First, h.Last)
	source, ok := p.claims.Last(language.Source, h.Last, to)
	return ok && !p.claims.Has(language.Toward, h.Last, source.First)
}

// lastOther returns the word where the last name of another unit, or of other places without a name, begins in words
// [first, before), and where it ends; -1 if there is none. One that something is taken or comes from did nothing.
func (s *search) lastOther(p *pageText, first, before int) (at, end int) {
	at, end = -1, -1
	take := func(from, to int) {
		if from > at && !p.claims.Has(language.Source, max(first, from-1), from) {
			at, end = from, to
		}
	}
	for _, name := range s.otherNames() {
		for k := first; k+len(name.Words) <= before; k++ {
			if name.IsAt(p.Words[:before], k) {
				take(k, k+len(name.Words))
			}
		}
	}
	if before > first {
		if c, ok := p.claims.Last(language.Elsewhere, first, before); ok {
			take(c.First, c.Last)
		}
	}
	return at, end
}

// ownName is the name of the dossier's own unit, in words; without words if it is not known.
func (s *search) ownName() phrase.Phrase {
	if s.name == nil {
		name := phrase.New(s.env.nameOf("unit", s.unit))
		s.name = &name
	}
	return *s.name
}

// lastOwn returns the last word of [first, before) that speaks of the dossier's own unit, by its name or as "we"; -1
// if none does.
func (s *search) lastOwn(p *pageText, first, before int) int {
	at := -1
	if before > first {
		if c, ok := p.claims.Last(language.Us, first, before); ok {
			at = c.First
		}
	}
	if own := s.ownName(); len(own.Words) > 0 {
		for k := first; k+len(own.Words) <= before; k++ {
			if own.IsAt(p.Words[:before], k) {
				at = max(at, k)
			}
		}
	}
	return at
}

// otherNames are the names of the campaign's other units, in words.
func (s *search) otherNames() []phrase.Phrase {
	if s.others == nil {
		s.others = []phrase.Phrase{}
		for i := range s.env.Units {
			if u := &s.env.Units[i]; u.ID != s.unit && u.Name != "" {
				s.others = append(s.others, phrase.New(u.Name))
			}
		}
	}
	return s.others
}

// goes judges which way the change went that a hit speaks of, if the clue asks for a direction: the nearest word of
// change in the clause tells. Words of both ways leave it open.
func (c *Clue) goes(p *pageText, h phrase.Hit) judgement {
	if c.Direction == "" {
		return judgement{}
	}
	from, to := p.claims.Clause(h.First, h.Last)
	want, opposite := language.Lower, language.Higher
	if c.Direction == higher {
		want, opposite = opposite, want
	}
	is, isNot := false, false
	for _, cue := range p.claims.Cues(p.Words[h.First].Sentence) {
		if cue.First < from || cue.Last > to {
			continue
		}
		is, isNot = is || cue.Kind == want, isNot || cue.Kind == opposite
	}
	switch {
	case is && isNot:
		return judgement{doubt: claim.DoubtDirection}
	case isNot, !is:
		return judgement{why: contrary}
	}
	return judgement{}
}

// maxObjectReach is how many words may be between a verb and what it was done to.
const maxObjectReach = 8

// concerns reports whether one of the objects that the clue asks for (of) is near the hit in its clause; true if it
// asks for none.
func (c *Clue) concerns(p *pageText, h phrase.Hit) bool {
	if len(c.objects) == 0 {
		return true
	}
	from, to := p.claims.Clause(h.First, h.Last)
	for _, x := range p.hits[c.objectList] {
		if x.First >= from && x.Last <= to && x.First-h.Last <= maxObjectReach && h.First-x.Last <= maxObjectReach {
			return true
		}
	}
	return false
}

// EvidenceDoubt says why evidence is uncertain, for the code of a doubt; nil for "".
func EvidenceDoubt(code string) dossier.Text {
	if code == "" {
		return nil
	}
	return say("doubtful." + code)
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
	for _, ph := range list {
		t := query.Term{Exact: true}
		for _, w := range ph.Words {
			word, star := strings.CutSuffix(w, "*")
			t.Words = append(t.Words, word)
			t.Prefix = star
		}
		if len(t.Words) > 0 {
			out = append(out, t)
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

// looksFor names the first words that a clue looks for, language by language.
func (c *Clue) looksFor() dossier.Text {
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
// sentences with the same figures, of which there must be at least minSameFigures: the same event told in other words,
// or in another paper.
const (
	maxOverlap            = 0.6
	maxOverlapSameFigures = 0.25
	minSameFigures        = 2
)

// isRepeated reports whether a find is one that was counted: it has the same key or, if sentences count, most of the
// words of one of them. Saying a thing ten times earns no more than once.
func isRepeated(f find, counted []find, distinct string) bool {
	for i := range counted {
		repeated := f.key == counted[i].key
		if distinct == bySentence {
			most := maxOverlap
			if len(f.figures) >= minSameFigures && slices.Equal(f.figures, counted[i].figures) {
				most = maxOverlapSameFigures
			}
			repeated = overlap(f.words, counted[i].words) > most
		}
		if repeated {
			return true
		}
	}
	return false
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
