package heading

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
)

// Layout separates the sentences of a page from what only looks like one: headings, labels of forms, short
// cells of tables, options to tick and lists.
type Layout struct {
	*text.Page
	Claims *claim.Page
	Levels []Level         // by line
	Blocks []dossier.Block // of the page, as its document's format states them; nil if it states none
}

// IsNoSentence reports whether words [first, last) are surely not in a sentence.
func (p Layout) IsNoSentence(first, last int) bool {
	line := p.Words[first].Line
	return p.isListed(line) || p.headsSection(line) || p.isLabelCell(first, last) || p.isOption(line) ||
		p.IsLabelled(first, last) || p.isContents(line)
}

// StartsCell reports whether the phrase at word i begins its line or cell, numbering and dashes aside.
func StartsCell(p *text.Page, i int) bool {
	if p.Words[i].CellStart {
		return true
	}
	if i == 0 {
		return false
	}
	before := &p.Words[i-1]
	return before.CellStart && before.Line == p.Words[i].Line &&
		(before.Number || text.IsRomanOrLetter(before.Text)) && p.Words[i].Start-before.End <= 3
}

// IsLabelled reports whether words [first, last) begin their line or cell and a colon follows them, as in a
// form: "Raised: £5,000". What they are the label of is a fact.
func (p Layout) IsLabelled(first, last int) bool {
	if !StartsCell(p.Page, first) {
		return false
	}
	if last < len(p.Words) && p.Words[last].Number && strings.HasPrefix(p.Gap(last), ":") && p.Gap(last-1) == " " {
		return true // "Route 4: …"
	}
	at := p.Words[last-1].End
	return at < len(p.Runes) && p.Runes[at] == ':'
}

// headsSection reports whether a line is a heading surely: the format says so, or it is in capitals, a
// Roman numeral's, or a label closed by a colon.
func (p Layout) headsSection(line int) bool {
	if p.styled(line) == dossier.Heading || p.namesPart(line) {
		return true
	}
	return p.Levels[line] == Roman || p.Levels[line] == Letter && p.endsWith(line, ':')
}

// namesPart reports whether a line begins with the number of a section, such as "Part 2:", and is no
// sentence.
func (p Layout) namesPart(line int) bool {
	l := &p.Lines[line]
	for _, c := range p.Claims.Cues(p.Words[l.First].Sentence) {
		if c.Kind == language.PartName && c.First == l.First && c.Last < l.Last && p.Words[c.Last].Number {
			titled := strings.HasPrefix(p.Gap(c.Last), ":") || l.Last-l.First <= maxItemTitle
			return titled && !p.endsWith(line, '.')
		}
	}
	return false
}

// maxItemTitle is how many words the title of a numbered item of an agenda has at most: "Sak 17/24 Språkkafé".
const maxItemTitle = 6

// MayHead reports whether a line may be a heading: it is numbered, short and without a full stop, but an
// item of a list may be so too. A line that states a quantity is taken for an item.
func (p Layout) MayHead(line int) bool {
	if p.Levels[line] == None && !p.standsAlone(line) {
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

// standsAlone reports whether a line is a short one without a full stop and without a bullet, and no
// sentence runs on from it or into it.
func (p Layout) standsAlone(line int) bool {
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
	for end < len(p.Runes) && p.Runes[end] == ' ' {
		end++
	}
	closed := end < len(p.Runes) && strings.ContainsRune(".!;…", p.Runes[end])
	return !closed && text.IsWordRune(p.Runes[l.Start])
}

// isOption reports whether a line has boxes to tick, or the dots of a table of contents or of a blank to
// fill in.
func (p Layout) isOption(line int) bool {
	s := p.Text(p.Lines[line].Start, p.Lines[line].End)
	return strings.Contains(s, "( )") || strings.Contains(s, "[ ]") || strings.ContainsAny(s, "☐□") ||
		strings.Contains(s, ".....") || strings.Contains(s, "……") || strings.Contains(s, "____")
}

// endsWith reports whether the last sign of a line is r.
func (p Layout) endsWith(line int, r rune) bool {
	l := &p.Lines[line]
	end := l.End
	for end > l.Start && text.IsSpace(p.Runes[end-1]) {
		end--
	}
	return end > l.Start && p.Runes[end-1] == r
}

// styled returns the kind of the block that a line begins in, if the document's format states it; else "".
func (p Layout) styled(line int) dossier.BlockKind {
	if b := p.block(line); b != nil {
		return b.Kind
	}
	return ""
}

// StatedLevel returns the level of the heading that a line is, if the document's format states it; 0 if it is none.
func (p Layout) StatedLevel(line int) int {
	if b := p.block(line); b != nil && b.Kind == dossier.Heading {
		return max(1, b.Level)
	}
	return 0
}

// block returns the block that a line begins in, if the document's format states it; else nil.
func (p Layout) block(line int) *dossier.Block {
	at := p.Lines[line].Start
	k, found := slices.BinarySearchFunc(p.Blocks, at, func(b dossier.Block, at int) int {
		switch {
		case b.End <= at:
			return -1
		case b.Start > at:
			return 1
		}
		return 0
	})
	if !found || p.Blocks[k].Sure != 0 {
		return nil
	}
	return &p.Blocks[k]
}

// isListed reports whether a line is of a list that says nothing: who gets the paper, keywords, contents.
// It begins with such a word and a colon, or follows such a line as an item.
func (p Layout) isListed(line int) bool {
	const longestList = 12 // lines
	for k := line; k >= 0 && k > line-longestList; k-- {
		l := &p.Lines[k]
		if l.First >= l.Last {
			return false
		}
		for _, c := range p.Claims.Cues(p.Words[l.First].Sentence) {
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

// isContents reports whether a line is of a table of contents: it and a neighbour end in the number of a page, which
// follows no other number, and it begins with that of a part or a line above is the word for contents.
func (p Layout) isContents(line int) bool {
	if !p.endsInPage(line) {
		return false
	}
	beside := line > 0 && p.endsInPage(line-1) || line+1 < len(p.Lines) && p.endsInPage(line+1)
	if first := p.Lines[line].First; beside && p.Words[first].CellStart &&
		(p.Words[first].Number || text.IsRomanOrLetter(p.Words[first].Text)) {
		return true
	}
	const longest = 12 // lines
	for k := line - 1; k >= 0 && k > line-longest; k-- {
		l := &p.Lines[k]
		if l.First >= l.Last {
			return false
		}
		for _, c := range p.Claims.Cues(p.Words[l.First].Sentence) {
			if c.Kind == language.Listing && c.First == l.First && c.Last == l.Last {
				return true
			}
		}
		if !p.endsInPage(k) {
			return false
		}
	}
	return false
}

// IsProgramme reports whether a line is of a programme of a day: it and a neighbour begin with a time of the day, and
// it is no sentence that ends with a full stop.
func (p Layout) IsProgramme(line int) bool {
	beside := line > 0 && p.beginsAtClock(line-1) || line+1 < len(p.Lines) && p.beginsAtClock(line+1)
	return beside && p.beginsAtClock(line) && !p.endsWith(line, '.')
}

// beginsAtClock reports whether a line begins with a time of the day: "19:30", "19h30", "kl. 19.30".
func (p Layout) beginsAtClock(line int) bool {
	const longest = 8 // code points
	l := &p.Lines[line]
	if l.First >= l.Last {
		return false
	}
	first := l.First
	if w := p.Words[first].Text; (w == "kl" || w == "at") && first+1 < l.Last {
		first++
	}
	if !p.Words[first].Number {
		return false
	}
	start := p.Words[first].Start
	written := p.Text(start, min(l.End, start+longest))
	hour, rest := 0, strings.TrimLeft(written, "0123456789")
	for _, r := range written[:len(written)-len(rest)] {
		hour = hour*10 + int(r-'0')
	}
	if len(written)-len(rest) > 2 || hour > 24 || rest == "" || !strings.ContainsRune(":.hHgG", rune(rest[0])) {
		return false
	}
	minutes := rest[1:]
	if len(minutes) < 2 || strings.Trim(minutes[:2], "0123456789") != "" || minutes[0] > '5' {
		return false
	}
	return len(minutes) == 2 || strings.ContainsRune(" \t-–—,:)", []rune(minutes[2:])[0])
}

// maxContents is how many words a line of a table of contents has at most.
const maxContents = 14

// endsInPage reports whether a short line ends in a number behind words, as those of a table of contents do.
func (p Layout) endsInPage(line int) bool {
	l := &p.Lines[line]
	n := l.Last - l.First
	return n >= 2 && n <= maxContents && p.Words[l.Last-1].Number && p.Words[l.Last-1].End == p.lineEnd(l)
}

// lineEnd returns the end of a line without the spaces behind it.
func (p Layout) lineEnd(l *text.Line) int {
	end := l.End
	for end > l.Start && text.IsSpace(p.Runes[end-1]) {
		end--
	}
	return end
}

// minCellWords is how many words the cell of a table must have to be read as a sentence: a shorter one is a
// label or a value.
const minCellWords = 7

// isLabelCell reports whether words [first, last) are in a short cell of a table row: a result there counts
// through its header, as a fact, and not as a sentence.
func (p Layout) isLabelCell(first, last int) bool {
	l := &p.Lines[p.Words[first].Line]
	tabbed := false
	for first > l.First && !strings.ContainsAny(p.Gap(first-1), "\t|") {
		first--
	}
	tabbed = first > l.First
	for last < l.Last && !strings.ContainsAny(p.Gap(last-1), "\t|") {
		last++
	}
	tabbed = tabbed || last < l.Last
	return tabbed && last-first < minCellWords
}
