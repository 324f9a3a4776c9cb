package rules

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/heading"
	"kheo/rules/phrase"
)

// This file judges the passages that a clue finds: each counts, does not count, or is uncertain. What a sentence
// claims is decided by package claim; here it is decided whether the words are a sentence at all, who did it, and
// which way a change went.

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
	line := p.Words[h.First].Line
	if p.isListed(line) || p.headsSection(line) || p.isLabelCell(h) || p.isOption(line) || p.isLabelled(h) {
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
	if p.mayHead(line) {
		return judgement{doubt: claim.DoubtHeading}
	}
	return judgement{doubt: p.claims.Doubted(h.First, h.Last)}
}

// headsSection reports whether a line is a heading surely: the format says so, or it is in capitals, a Roman numeral's,
// or a label closed by a colon.
func (p *pageText) headsSection(line int) bool {
	if p.styled(line) == dossier.Heading || p.namesPart(line) {
		return true
	}
	return p.headings[line] == heading.Roman ||
		p.headings[line] == heading.Letter && p.endsWith(line, ':')
}

// namesPart reports whether a line begins with the number of a section, such as "Part 2:", and is no sentence.
func (p *pageText) namesPart(line int) bool {
	l := &p.Lines[line]
	for _, c := range p.claims.Cues(p.Words[l.First].Sentence) {
		if c.Kind == language.PartName && c.First == l.First && c.Last < l.Last && p.Words[c.Last].Number {
			return strings.HasPrefix(p.Gap(c.Last), ":") && !p.endsWith(line, '.')
		}
	}
	return false
}

// mayHead reports whether a line may be a heading: it is numbered, short and without a full stop, but an item of a
// list may be so too. A line that states a quantity is taken for an item.
func (p *pageText) mayHead(line int) bool {
	if p.headings[line] == heading.None && !p.standsAlone(line) {
		return false
	}
	l := &p.Lines[line]
	for k := l.First; k < l.Last; k++ {
		if p.Words[k].Number && !(k == l.First && p.Words[k].CellStart) {
			return false
		}
	}
	return true
}

// standsAlone reports whether a line is a short one without a full stop and without a bullet, and no sentence runs on
// from it or into it.
func (p *pageText) standsAlone(line int) bool {
	const most = 12 // words
	l := &p.Lines[line]
	if l.Last-l.First > most || l.First >= l.Last {
		return false
	}
	s := p.Sentences[p.Words[l.First].Sentence]
	if s.First != l.First || s.Last != l.Last {
		return false
	}
	end := p.Words[l.Last-1].End
	closed := end < len(p.Runes) && strings.ContainsRune(".!;…", p.Runes[end])
	return !closed && text.IsWordRune(p.Runes[l.Start])
}

// isLabelled reports whether a hit begins its line or cell and a colon follows it, as in a form: "Raised: £5,000". What
// it is the label of is a fact.
func (p *pageText) isLabelled(h phrase.Hit) bool {
	at := p.Words[h.Last-1].End
	return p.startsCell(h.First) && at < len(p.Runes) && p.Runes[at] == ':'
}

// isOption reports whether a line has boxes to tick, or the dots of a table of contents or of a blank to fill in.
func (p *pageText) isOption(line int) bool {
	s := p.Text(p.Lines[line].Start, p.Lines[line].End)
	return strings.Contains(s, "( )") || strings.Contains(s, "[ ]") || strings.ContainsAny(s, "☐□") ||
		strings.Contains(s, ".....") || strings.Contains(s, "……") || strings.Contains(s, "____")
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

// endsWith reports whether the last sign of a line is r.
func (p *pageText) endsWith(line int, r rune) bool {
	l := &p.Lines[line]
	end := l.End
	for end > l.Start && text.IsSpace(p.Runes[end-1]) {
		end--
	}
	return end > l.Start && p.Runes[end-1] == r
}

// styled returns the kind of the block that a line begins in, if the document's format states it; else "".
func (p *pageText) styled(line int) dossier.BlockKind {
	at := p.Lines[line].Start
	k, found := slices.BinarySearchFunc(p.of.Blocks, at, func(b dossier.Block, at int) int {
		switch {
		case b.End <= at:
			return -1
		case b.Start > at:
			return 1
		}
		return 0
	})
	if !found || p.of.Blocks[k].Sure != 0 {
		return ""
	}
	return p.of.Blocks[k].Kind
}

// minCellWords is how many words the cell of a table must have to be read as a sentence: a shorter one is a label or
// a value.
const minCellWords = 7

// isLabelCell reports whether a hit is in a short cell of a table row: a result there counts through its header, as a
// fact, and not as a sentence.
func (p *pageText) isLabelCell(h phrase.Hit) bool {
	l := &p.Lines[p.Words[h.First].Line]
	tabbed := false
	first, last := h.First, h.Last
	for first > l.First && !strings.Contains(p.Gap(first-1), "\t") {
		first--
	}
	tabbed = first > l.First
	for last < l.Last && !strings.Contains(p.Gap(last-1), "\t") {
		last++
	}
	tabbed = tabbed || last < l.Last
	return tabbed && last-first < minCellWords
}

// isListed reports whether a line is of a list that tells nothing: who gets the paper, keywords, contents. It begins
// with such a word and a colon, or follows such a line as an item.
func (p *pageText) isListed(line int) bool {
	const longestList = 12 // lines
	for k := line; k >= 0 && k > line-longestList; k-- {
		l := &p.Lines[k]
		if l.First >= l.Last {
			return false
		}
		for _, c := range p.claims.Cues(p.Words[l.First].Sentence) {
			if (c.Kind == language.Address || c.Kind == language.Listing) && c.First == l.First {
				opens := strings.HasPrefix(p.Gap(c.Last-1), ":") || p.endsWith(k, ':')
				return opens || c.Kind == language.Listing && c.Last == l.Last
			}
		}
		if first := p.Runes[l.Start]; first != '-' && first != '–' && first != '•' && first != '+' {
			return false
		}
	}
	return false
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
	own := max(s.lastOwn(p, first, h.First), -1)
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

// lastOwn returns the last word of [first, before) that speaks of the dossier's own unit, by its name or as "we"; -1
// if none does.
func (s *search) lastOwn(p *pageText, first, before int) int {
	at := -1
	if before > first {
		if c, ok := p.claims.Last(language.Us, first, before); ok {
			at = c.First
		}
	}
	if name := s.env.nameOf("unit", s.unit); name != "" {
		own := phrase.New(name)
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
