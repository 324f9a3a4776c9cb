package rules

import (
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/number"
	"kheo/rules/pairs"
	"kheo/rules/phrase"
	"math"
	"slices"
	"strconv"
	"strings"
)

// This file reads which way something went: words of a rise and a fall, values that are compared, and series of years.

// goes judges which way the change went that a hit speaks of, if the clue asks for a direction: words of change in the
// clause say, or those that begin a later clause of the sentence ("reached 97 %, up 4 %"), or a figure that another one
// is compared with ("8, against 15 in 2023"). Words of both ways leave it open, and those of the sentence before or
// behind, if only a semicolon or a pronoun is between.
func (s *search) goes(c *Clue, p *pageText, h phrase.Hit) judgement {
	if c.Direction == "" {
		return judgement{}
	}
	at := p.Sentences[p.Words[h.First].Sentence]
	from, to := p.claims.Clause(h.First, h.Last)
	if up, known := (comparison{p}).rises(from, to); known {
		if up != (c.Direction == higher) {
			return judgement{why: contrary}
		}
		return judgement{}
	}
	down, up, still := p.changes(from, to)
	if !down && !up && !still {
		down, up, still = changesBehind(s, p, h, to, at.Last)
	}
	way, sure := s.compared(c, p, h)
	if sure {
		if s.saysOtherwise(c, p, h, way) {
			return judgement{doubt: claim.DoubtDirection}
		}
		down, up, still = way == pairs.Down, way == pairs.Up, way == pairs.Level
	} else if down || up || still {
		// the words say which way
	} else if way == pairs.Unknown {
		if rose, known := (comparison{p}).compares(h, s.firstYear); known {
			down, up = !rose, rose
		}
	} else if (way == pairs.Up) == (c.Direction == higher) && way != pairs.Level {
		return judgement{doubt: claim.DoubtDirection}
	}
	is, isNot := down, up
	if c.Direction == higher {
		is, isNot = up, down
	}
	switch {
	case is && isNot:
		return judgement{doubt: claim.DoubtDirection}
	case is:
		return judgement{}
	case isNot, still:
		return judgement{why: contrary}
	}
	if is, isNot := changesNear(s, c, p, h); is && !isNot || (comparison{p}).isCompared(h) {
		return judgement{doubt: claim.DoubtDirection}
	}
	if way == pairs.Unknown && (comparison{p}).mayCompare(h) {
		return judgement{doubt: claim.DoubtDirection}
	}
	return judgement{why: unchanged}
}

// mayCompare reports whether two figures and a year or another time are told with a hit, in its sentence or one beside
// it that only a semicolon parts: they may report a change in words that no list holds.
func (p comparison) mayCompare(h phrase.Hit) bool {
	sentence := p.Words[h.First].Sentence
	from, to := sentence, sentence
	if from > 0 && p.claims.EndsWithSemicolon(from-1) {
		from--
	}
	if to+1 < len(p.Sentences) && p.claims.EndsWithSemicolon(to) {
		to++
	}
	var figures []string // what they count
	timed := false
	for i := from; i <= to; i++ {
		for k := p.Sentences[i].First; k < p.Sentences[i].Last; k++ {
			if _, ok := p.figureAt(k); ok && !p.isPartOfDate(k) && !p.isNameOfDigits(k) {
				figures = append(figures, p.counted(k))
			}
			timed = timed || number.IsYear(p.Words[k].Text)
		}
		timed = timed || slices.ContainsFunc(p.claims.Cues(i), func(c claim.Cue) bool {
			return slices.Contains(otherTimes, c.Kind) && !p.isOfBound(c)
		})
	}
	return timed && haveTwoAlike(figures)
}

// haveTwoAlike reports whether two of some figures may be values of one measure: they count the same, or one of them
// says not what it counts. 85 million, 310 kilograms and 100 gifts are none.
func haveTwoAlike(counted []string) bool {
	slices.Sort(counted)
	return len(counted) >= 2 && (counted[0] == "" || len(slices.Compact(slices.Clone(counted))) < len(counted))
}

// counted returns the unit of the quantity at word k, or else the word behind it, which it counts; "" if neither is
// there.
func (p comparison) counted(k int) string {
	last := k + 1
	if q, ok := p.quantityAt(k); ok {
		if q.Unit != "" {
			return q.Unit
		}
		last = q.Last
	}
	w := p.Words
	if last >= len(w) || w[last].Sentence != w[k].Sentence || w[last].Clause != w[k].Clause || w[last].Number {
		return ""
	}
	l, next := p.LanguageAt(last), w[last].Text
	_, month := l.Months[next]
	if month || l.IsCommon(next) || slices.Contains(l.Prepositions, next) ||
		slices.Contains(l.Cues[language.Locative], next) ||
		p.isTimeWord(last) {
		return ""
	}
	return next
}

// isTimeWord reports whether a word of another time begins at word k.
func (p comparison) isTimeWord(k int) bool {
	return slices.ContainsFunc(p.claims.Cues(p.Words[k].Sentence), func(c claim.Cue) bool {
		return c.First == k && slices.Contains(otherTimes, c.Kind)
	})
}

// isPartOfDate reports whether the number at word k is one of a date: "29/1/2019", "31.08", the day before a month, the
// month behind a word for it; or of a place ("thôn 3").
func (p comparison) isPartOfDate(k int) bool {
	w, s := p.Words, p.Sentences[p.Words[k].Sentence]
	l := p.LanguageAt(k)
	slash := k > s.First && p.Gap(k-1) == "/" || k+1 < s.Last && p.Gap(k) == "/"
	if slash || strings.Contains(w[k].Text, "/") || isDotted(w[k].Text) {
		return true
	}
	if k+1 < s.Last {
		if _, month := l.Months[w[k+1].Text]; month {
			return true
		}
	}
	if k > s.First && slices.Contains(l.PlaceNouns, w[k-1].Text) {
		return true // "thôn 3"
	}
	return k > s.First && !l.Inflects() && slices.ContainsFunc([]string{"day", "month", "year"},
		func(unit string) bool {
			return slices.Contains(l.DateWords[unit], w[k-1].Text)
		})
}

// isDotted reports whether a word is a date with dots, "31.8.2025", and no number with them, as 1.250.000 is.
func isDotted(word string) bool {
	parts := strings.Split(word, ".")
	return len(parts) == 3 && len(parts[0]) <= 2 && len(parts[1]) <= 2
}

// otherTimes are kinds of cues by which a figure is told beside that of another time.
var otherTimes = []language.CueKind{language.EarlierTime, language.Past, language.PriorTime, language.NowTime,
	language.Compared}

// compared returns which way the measure of a hit went by two values of its sentence, see package pairs. The next
// sentence is read too if only a semicolon is between, or it does no more than name the value of before.
func (s *search) compared(c *Clue, p *pageText, h phrase.Hit) (way pairs.Way, sure bool) {
	n := p.Words[h.First].Sentence
	from, to := p.Sentences[n].First, p.Sentences[n].Last
	if way, ok := s.series(p, h); ok {
		return way, true
	}
	if n+1 < len(p.Sentences) {
		next := p.Sentences[n+1]
		beside := next.First < next.Last && p.Words[next.First].Line == p.Words[h.First].Line
		if beside && (p.claims.EndsWithSemicolon(n) || next.Last-next.First <= maxOnlyThen) {
			to = next.Last
		}
	}
	var named [][2]int
	for _, x := range p.hits[c.list] {
		if x.First >= from && x.Last <= to {
			named = append(named, [2]int{x.First, x.Last})
		}
	}
	return pairs.In(&p.Page, &p.claims, from, to, h.First, h.Last, s.years(), named...)
}

// series is the way that the measure of a hit went, by years and their values behind it in its line. The first year
// must be in the sentence of the hit, and no other number before it.
func (s *search) series(p *pageText, h phrase.Hit) (pairs.Way, bool) {
	at := p.Sentences[p.Words[h.First].Sentence]
	for k := h.Last; k < at.Last; k++ {
		if w := p.Words[k]; w.Number {
			if !number.IsYear(w.Text) {
				return pairs.Unknown, false
			}
			return pairs.Series(&p.Page, k, p.Lines[p.Words[h.First].Line].Last, s.years())
		}
	}
	return pairs.Unknown, false
}

// saysOtherwise reports whether a clause of the sentence with words of the clue reports a change another way than two
// figures do. A particle of a verb is not enough for that.
func (s *search) saysOtherwise(c *Clue, p *pageText, h phrase.Hit, way pairs.Way) bool {
	other := language.Lower
	if way == pairs.Down {
		other = language.Higher
	}
	sentence := p.Words[h.First].Sentence
	return way != pairs.Level && slices.ContainsFunc(p.claims.Cues(sentence), func(x claim.Cue) bool {
		particle := x.Last-x.First == 1 && slices.Contains(p.LanguageAt(x.First).Particles, p.Words[x.First].Text)
		if x.Kind != other || particle || !p.claims.IsChange(x) || p.claims.Denies(x.First, x.Last) {
			return false
		}
		from, to := p.claims.Clause(x.First, x.Last)
		return slices.ContainsFunc(p.hits[c.list], func(own phrase.Hit) bool {
			return own.First >= from &&
				own.Last <= to
		})
	})
}

// years are those of the campaign.
func (s *search) years() pairs.Years {
	opens, _ := strconv.Atoi(s.firstYear)
	return pairs.Years{Opens: opens, Closes: s.lastYear}
}

// comparison looks at the figures of a page that are told beside those of another time.
type comparison struct{ *pageText }

// isCompared reports whether the sentence of a hit has a figure and is told beside another time, so that it may report
// a change in words that no list holds: "the year before it was 40", "các năm trước can không xuể".
func (p comparison) isCompared(h phrase.Hit) bool {
	at := p.Sentences[p.Words[h.First].Sentence]
	return p.hasFigure(at.First, at.Last) && slices.ContainsFunc(p.claims.Cues(p.Words[h.First].Sentence),
		func(c claim.Cue) bool {
			return c.Kind == language.EarlierTime || c.Kind == language.Past
		})
}

// changes reports whether words [from, to) of a sentence of the page report a change downwards or upwards, or deny one.
func (p *pageText) changes(from, to int) (down, up, still bool) {
	if from >= to {
		return
	}
	for _, cue := range p.claims.Cues(p.Words[from].Sentence) {
		if cue.First < from || cue.Last > to || cue.Kind != language.Lower && cue.Kind != language.Higher ||
			!p.claims.IsChange(cue) {
			continue
		}
		switch {
		case p.claims.Denies(cue.First, cue.Last):
			still = true
		case cue.Kind == language.Lower:
			down = true
		default:
			up = true
		}
	}
	return down, up, still && !down && !up
}

// maxChangeOpening is how many words a clause may have before the word of change that it begins with: "an increase",
// "og ned", "cũng giảm".
const maxChangeOpening = 2

// maxFigureOpening is the same for a clause that begins with the figure of the change: "eight points more than last
// year".
const maxFigureOpening = 4

// changesBehind is changes for the first clause in words [from, to), behind that of a hit, which begins with a word of
// change: it has no subject of its own. What another clue looks for between them may be its subject.
func changesBehind(s *search, p *pageText, h phrase.Hit, from, to int) (down, up, still bool) {
	for k := from; k < to; {
		end := k + 1
		for end < to && p.Words[end].Clause == p.Words[k].Clause {
			end++
		}
		if s.hasClue(p, k, end, h) {
			return
		}
		opens := slices.ContainsFunc(p.claims.Cues(p.Words[k].Sentence), func(c claim.Cue) bool {
			change := c.Kind == language.Lower || c.Kind == language.Higher
			reach := maxChangeOpening
			if p.hasFigure(k, c.First) {
				reach = maxFigureOpening // "some 2,100 more than", "3,5 prosentpoeng lavere enn"
			}
			return change && c.First >= k && c.First <= k+reach && p.isLight(k, c.First)
		})
		if opens {
			return p.changes(k, end)
		}
		if p.exceeds(k) {
			return false, true, false
		}
		k = end
	}
	return
}

// exceeds reports whether word k begins a clause that says that there is more than at another time, with no word for
// more: "quay được 4.050 lít mật, hơn năm ngoái 900 lít".
func (p *pageText) exceeds(k int) bool {
	if p.LanguageAt(k).Code != "vi" || !p.claims.Has(language.Compared, k, k+1) ||
		!p.claims.Has(language.Approx, k, k+1) {
		return false
	}
	return slices.ContainsFunc(p.claims.Cues(p.Words[k].Sentence), func(c claim.Cue) bool {
		return c.First == k+1 && (c.Kind == language.EarlierTime || c.Kind == language.PriorTime)
	})
}

// isLight reports whether words [from, to) can come between the beginning of a clause and a word of change that has no
// subject there: articles, coordinators, words such as "also", a figure and what it counts.
func (p *pageText) isLight(from, to int) bool {
	for k := from; k < to; k++ {
		if _, ok := p.figureAt(k); ok {
			if k++; k < to-1 {
				return false
			}
			continue
		}
		l, w := p.LanguageAt(k), p.Words[k].Text
		kinds := []language.CueKind{language.Light, language.Coordinator, language.Done, language.Approx,
			language.Negator}
		if !slices.Contains(l.Articles, w) && !slices.ContainsFunc(kinds, func(kind language.CueKind) bool {
			return slices.Contains(l.Cues[kind], w)
		}) {
			return false
		}
	}
	return true
}

// changesNear reports whether the sentence of a hit, one that only a semicolon parts from it, or the next one of its
// line reports the change that the clue wants, and whether of the other one.
func changesNear(s *search, c *Clue, p *pageText, h phrase.Hit) (is, isNot bool) {
	n := p.Words[h.First].Sentence
	for k := max(0, n-1); k < min(len(p.Sentences), n+2); k++ {
		near := p.Sentences[k]
		if near.First >= near.Last || p.Words[near.First].Line != p.Words[h.First].Line {
			continue
		}
		if k < n && !p.claims.EndsWithSemicolon(k) || k > n && s.hasClue(p, near.First, near.Last, h) {
			continue
		}
		down, up, _ := p.changes(near.First, near.Last)
		if c.Direction == higher {
			down, up = up, down
		}
		is, isNot = is || down, isNot || up
	}
	return is, isNot
}

// wasBefore returns the figure that the present one is compared with, behind a hit: "against 15 in 2023", "the year
// before there were four". It is in the sentence of the hit or, if only a semicolon is between or the next one is
// short, there.
func (p comparison) wasBefore(h phrase.Hit, firstYear string) (float64, bool) {
	n := p.Words[h.First].Sentence
	for k := n; k < min(len(p.Sentences), n+2); k++ {
		at := p.Sentences[k]
		if at.First >= at.Last || k > n && (p.Words[at.First].Line != p.Words[h.First].Line ||
			!p.claims.EndsWithSemicolon(n) && at.Last-at.First > maxOnlyThen) {
			break
		}
		for _, c := range p.claims.Cues(k) {
			then := c.Kind == language.Compared || c.Kind == language.EarlierTime || c.Kind == language.Past
			if !then || c.Last <= h.Last || p.isOfBound(c) {
				continue
			}
			if q, ok := p.firstFigure(c.Last, min(at.Last, c.Last+maxEarlier)); ok {
				return q, true
			}
		}
		for i := max(at.First, h.Last); i < at.Last; i++ {
			if p.isYearBefore(i, firstYear) {
				if q, ok := p.firstFigure(i+1, min(at.Last, i+1+maxEarlier)); ok {
					return q, true
				}
			}
		}
	}
	return 0, false
}

// isOfBound reports whether a cue is part of a bound or estimate, and compares nothing: "hơn 40 hộ", "more than 40".
func (p comparison) isOfBound(c claim.Cue) bool {
	return slices.ContainsFunc(p.claims.Cues(p.Words[c.First].Sentence), func(other claim.Cue) bool {
		return (other.Kind == language.Approx || other.Kind == language.Below) && other.First <= c.First &&
			other.Last >= c.Last
	})
}

// isYearBefore reports whether word i is a year before the given one: by the word before it, or by the colon or bracket
// behind it.
func (p comparison) isYearBefore(i int, year string) bool {
	w := p.Words[i]
	if year == "" || !w.Number || len(w.Text) != 4 || w.Text >= year || !number.IsYear(w.Text) {
		return false
	}
	gap := p.Gap(i)
	return p.claims.IsYear(i) || strings.HasPrefix(gap, ":") || strings.HasPrefix(gap, ")")
}

// firstFigure returns the first number in words [from, to) that counts something: behind a word such as "against" it
// may be "one".
func (p comparison) firstFigure(from, to int) (float64, bool) {
	for i := from; i < to; i++ {
		if q, ok := p.figureAt(i); ok {
			return q, true
		}
		if v, ok := number.Small(p.LanguageAt(i), p.Words[i]); ok && v == 1 && i == from {
			return v, true
		}
	}
	return 0, false
}

// figureAt returns the number at word i that counts something: no year or date, and in words from two to nine.
func (p *pageText) figureAt(i int) (float64, bool) {
	w := p.Words[i]
	if w.Number {
		if p.claims.IsYear(i) || number.IsYear(w.Text) {
			return 0, false
		}
		if q, ok := p.quantityAt(i); ok {
			return q.Value, true
		}
		return 0, false
	}
	v, ok := number.Small(p.LanguageAt(i), w)
	return v, ok && v >= 2 && !(p.LanguageAt(i).Code == "vi" && (w.Text == "năm" || w.Text == "tư"))
}

// compares reports whether a figure beside a hit is compared with one of before, and is higher.
func (p comparison) compares(h phrase.Hit, firstYear string) (rose, known bool) {
	before, ok := p.wasBefore(h, firstYear)
	if !ok {
		return false, false
	}
	at := p.Sentences[p.Words[h.First].Sentence]
	for d := 1; d <= maxFigure; d++ {
		for _, k := range []int{h.First - d, h.Last - 1 + d} {
			if k < at.First || k >= at.Last {
				continue
			}
			if now, ok := p.figureAt(k); ok {
				return now > before, now != before
			}
		}
	}
	return false, false
}

// rises reports whether words [from, to) of the page report a change from one number to a greater one, and whether they
// report of a change between two numbers at all: "from 8 to 23".
func (p comparison) rises(from, to int) (up, known bool) {
	before, after := math.NaN(), math.NaN()
	end := p.Sentences[p.Words[from].Sentence].Last
	for _, cue := range p.claims.Cues(p.Words[from].Sentence) {
		if cue.First < from || cue.Last >= end || cue.Kind != language.ChangeFrom && cue.Kind != language.ChangeTo {
			continue
		}
		if cue.First >= to && (cue.Kind == language.ChangeFrom || math.IsNaN(before)) {
			break // of another measure; "từ 11 vụ (2023), 7 vụ (2024) còn 1" goes on
		}
		at := cue.Last
		for at < end-1 && p.isExact(at) {
			at++
		}
		q, ok := number.At(&p.Page, p.LanguageAt(at), at, end)
		switch {
		case !ok || p.claims.IsYear(at):
		case cue.Kind == language.ChangeFrom:
			before, after = q.Value, math.NaN()
		case math.IsNaN(after):
			after = q.Value
		}
	}
	return after > before, !math.IsNaN(before) && !math.IsNaN(after) && after != before
}

// isExact reports whether word k is one that may come between a word such as "to" and its figure: "to about 12".
func (p comparison) isExact(k int) bool {
	l, w := p.LanguageAt(k), p.Words[k].Text
	return slices.Contains(l.Cues[language.Approx], w) || slices.Contains(l.Exact, w)
}

// Which way a change must go, as rulesets write it (direction).
const (
	lower  = "lower"
	higher = "higher"
)

// Bounds of two figures that are compared: words from the figure to what it is of, from a word such as "against" to the
// figure before, and of the next sentence that does no more than name that figure.
const (
	maxFigure   = 8
	maxEarlier  = 6
	maxOnlyThen = 10
)
