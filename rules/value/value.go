// Package value reads the value of a fact at a place on a page: a count with its unit, an amount of money, a
// percentage, a date, a period, yes or no, the name of a unit, words. What a value may be a value of, and whether the
// passage states it at all, is decided by the caller.
//
// A [Reader] reads values of one type in one language of the page: [Reader.At] at a word, [Reader.First] from there
// on, and others behind labels and in forms. A value may have a doubt and other values that it may be: about 40, more
// than 40, a number whose unit differs from place to place. The caller puts such a fact before people if it decides;
// nothing here chooses for them.
package value

import (
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/date"
	"kheo/rules/number"
	"kheo/rules/phrase"
)

// Type is what kind of value a fact has, as rulesets write it.
type Type string

// Types of values, with the Go type of each.
const (
	Count   Type = "count"    // a number of something: float64
	Money   Type = "money"    // an amount in the currency's base unit: float64
	Percent Type = "percent"  // 0 … 100 (and beyond): float64
	Date    Type = "date"     // ISO date: string
	Month   Type = "month"    // ISO month or date: string
	YesNo   Type = "yesno"    // bool
	Period  Type = "period"   // ISO 8601 interval of dates or months, open as 2024-03/..: string
	OfUnit  Type = "unit"     // id of a unit of the campaign: string
	Words   Type = "text"     // string, on one line
	Paper   Type = "document" // true if a part of the dossier is such a paper; never read from text
	Year    Type = "year"     // a year of the calendar: float64
	Number  Type = "number"   // a number without a unit: float64
	Choice  Type = "choice"   // the id of one of Reader.Options: string
	Names   Type = "names"    // how many entries a list has: float64, with the entries in Value.Names
	File    Type = "file"     // a property of the files: float64 or string; never read from text
)

// Types are all types, as rulesets write them, in the order in which messages list them.
var Types = []string{string(Count), string(Money), string(Percent), string(Date), string(Month), string(Period),
	string(YesNo), string(OfUnit), string(Words), string(Paper), string(Year), string(Number), string(Choice),
	string(Names), string(File)}

// IsNumber reports whether values of the type are quantities: numbers that one can have more of.
func (t Type) IsNumber() bool {
	return t == Count || t == Money || t == Percent || t == Number || t == Names
}

// IsTime reports whether values of the type are dates or months.
func (t Type) IsTime() bool { return t == Date || t == Month }

// OnlyInForms reports whether values of the type are read only behind the labels of forms: in a sentence, any words
// would do.
func (t Type) OnlyInForms() bool {
	return t == Words || t == YesNo || t == OfUnit || t == Choice || t == Names
}

// Reader reads values of one type. It is safe for several goroutines.
type Reader struct {
	Type      Type
	Unit      string                   // of counts, in base units; of money, the ISO 4217 code if none is written
	Units     []phrase.Phrase          // how texts write what is counted
	UnitNamed func(text string) string // for OfUnit: the id of the unit that a text names, or ""; may be nil
	Options   []Option                 // for Choice

	below bool // numbers that are only at most what is meant are read, too
}

// Value is a value that was read from a page.
type Value struct {
	V           any    // of the Go type that Type names
	Unit        string // of numbers: of a count the reader's, ISO 4217 of money, "%"
	Approx      bool   // "about" precedes it
	Scaled      bool   // it has a magnitude or a currency of its own, which those of its column do not change
	First, Last int    // it is words [First, Last) of the page; First is set for numbers only

	// Doubt is a code of why V may not be the value, see the texts fact.doubt.*; "" if it is. Others are the
	// other values that it may have, of the same Go type.
	Doubt  string
	Others []any

	Names []string // of a list, its entries; of a very long one, the first
}

// At reads, in the language l, a value that begins at word i of the page and ends before word limit. form
// says that it follows the label of a form, where less needs to be written: the unit of a count may be
// missing.
func (r *Reader) At(p *text.Page, l *language.Language, i, limit int, form bool) (Value, bool) {
	v, ok := r.at(p, l, i, limit, form)
	if ok && l.Plain {
		v.doubt(doubtSpelling)
	}
	if ok && form && isOpenBehind(p, v.Last, limit) {
		v.doubt(number.DoubtWords, nil)
	}
	return v, ok
}

// maxBracket is how many words of brackets behind a value are looked at.
const maxBracket = 12

// isOpenBehind reports whether brackets right behind a value, at word k, say that something about it is not known:
// "50,000 (currency not given)".
func isOpenBehind(p *text.Page, k, limit int) bool {
	if k == 0 || k >= limit || !strings.Contains(p.Gap(k-1), "(") {
		return false
	}
	for i := k; i < min(limit, k+maxBracket); i++ {
		if isUnknown(p, i, limit) {
			return true
		}
		if strings.Contains(p.Gap(i), ")") {
			break
		}
	}
	return false
}

// at is At without the doubts that a language without diacritics and remarks in brackets raise.
func (r *Reader) at(p *text.Page, l *language.Language, i, limit int, form bool) (Value, bool) {
	switch r.Type {
	case Count, Money, Percent, Number:
		return r.quantityAt(p, l, i, limit, form)
	case Date:
		d, ok := date.At(p, l, i, limit)
		return ofTime(d), ok && !date.IsMonth(d.ISO)
	case Month:
		d, ok := date.MonthAt(p, l, i, limit)
		return ofTime(d), ok
	case Year:
		d, ok := date.YearAt(p, l, i, limit, form)
		return ofTime(d), ok
	case Choice:
		return r.optionAt(p, i, limit)
	case Period:
		d, ok := date.Period(p, l, i, limit)
		return ofTime(d), ok
	case YesNo:
		return answerAt(p, l, i, limit)
	case OfUnit:
		id := ""
		if r.UnitNamed != nil {
			id = r.UnitNamed(p.Text(p.Words[i].Start, p.Words[limit-1].End))
		}
		return Value{V: id, Last: limit}, id != ""
	case Words:
		s := oneLine(p.Text(p.Words[i].Start, p.Words[limit-1].End))
		return Value{V: s, Last: limit}, s != ""
	}
	return Value{}, false
}

// isPrompt reports whether words [first, last) are what a form asks for, and no one has written there yet: they are all
// in brackets of the kinds in which no one writes an answer, as "[name]" and "<name>".
func isPrompt(p *text.Page, first, last int) bool {
	before := strings.TrimRight(string(p.Runes[max(0, p.Words[first].Start-2):p.Words[first].Start]), " ")
	after := strings.TrimLeft(string(p.Runes[p.Words[last-1].End:min(len(p.Runes), p.Words[last-1].End+2)]), " ")
	for _, pair := range []string{"[]", "<>", "{}", "«»"} {
		if strings.HasSuffix(before, pair[:len(pair)/2]) && strings.HasPrefix(after, pair[len(pair)/2:]) {
			return true
		}
	}
	return false
}

// ofTime is the value of a date, month, year or period.
func ofTime(d date.Date) Value {
	v := Value{V: d.ISO, Last: d.Last, Doubt: d.Doubt}
	for _, o := range d.Others {
		v.Others = append(v.Others, o)
	}
	return v
}

// oneLine joins a text into one line with single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// How many words behind the label of a form a value may begin. The sign of a percentage is looked for a
// little further, because a number without it is the second choice.
const (
	formReach        = 5
	formPercentReach = 8
)

// First finds the first value in words [from, limit) of the page. In forms it must be near the label, that is
// near from; marked boxes are read, and a percentage is first looked for with its sign.
func (r *Reader) First(p *text.Page, l *language.Language, from, limit int, form bool) (at int, v Value,
	ok bool) {
	if form && r.Type == YesNo {
		if v, ok, boxes := ticked(p, l, from, limit); boxes {
			return from, v, ok
		}
		if bothPrinted(p, l, from, from+formReach, limit) {
			return 0, Value{}, false
		}
	}
	if form && r.Type == Choice {
		v, ok := r.chosen(p, from, limit)
		return from, v, ok
	}
	switch {
	case r.Type == Date:
		if at, v, ok = r.within(p, l, from, r.reach(from, limit, form), limit, form); !ok {
			at, v, ok = dayIn(p, l, from, r.reach(from, limit, form), limit)
		}
		return at, v, ok
	case r.Type != Percent || !form:
		if at, v, ok = r.within(p, l, from, r.reach(from, limit, form), limit, form); ok || !r.Type.IsNumber() ||
			r.below {
			return at, v, ok
		}
	default:
		if at, v, ok = r.within(p, l, from, from+formPercentReach, limit, false); ok {
			return at, v, ok
		}
		if at, v, ok = r.within(p, l, from, from+formPercentReach, limit, true); ok || r.below {
			return at, v, ok
		}
	}
	most := *r
	most.below = true
	return most.First(p, l, from, limit, form)
}

// reach is the word before which a value behind a label at word from begins: in forms it is near.
func (r *Reader) reach(from, limit int, form bool) int {
	if form {
		return from + formReach
	}
	return limit
}

// dayIn reads a day of which only the month or quarter is written, first in words [from, to): it is in doubt.
func dayIn(p *text.Page, l *language.Language, from, to, limit int) (at int, v Value, ok bool) {
	for i := from; i < min(to, limit); i++ {
		if d, ok := date.DayIn(p, l, i, limit); ok {
			return i, ofTime(d), true
		}
	}
	return 0, Value{}, false
}

// within finds the first value that begins in words [from, to) and ends before limit.
func (r *Reader) within(p *text.Page, l *language.Language, from, to, limit int, form bool) (at int, v Value,
	ok bool) {
	bare := form // a number without its unit may be the value
	if r.Type == Words && from < limit && isPrompt(p, from, limit) {
		return 0, Value{}, false
	}
	for i := from; i < min(to, limit); i++ {
		if i > from && r.Type.IsNumber() && number.NamesRound(p, l, i) {
			continue
		}
		if r.Type == YesNo && i > from && strings.Contains(p.Gap(i-1), "(") {
			return 0, Value{}, false // "see annex 3 (not enclosed)"
		}
		if r.Type == YesNo && isUnknown(p, i, limit) {
			return 0, Value{}, false // "don't know" is no "no"
		}
		if v, ok := r.At(p, l, i, limit, bare); ok {
			return i, v, true
		}
		if q, ok := number.At(p, l, i, limit); ok && q.Below && r.Type.IsNumber() {
			i = max(i, q.Last-1) // "under 4 975" is not 975
		}
		if r.Type == Count && p.Words[i].Number && !number.IsYear(p.Words[i].Text) {
			bare = false // that number counts something else: "2,050 of a population of 6,400"
		}
	}
	return 0, Value{}, false
}
