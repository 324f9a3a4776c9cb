package text

import (
	"slices"
	"strconv"
	"strings"

	"kheo/internal/text/language"
)

// DateOrder is the order of day and month in dates of digits, such as 3/4/2024.
type DateOrder uint8

const (
	UnknownOrder DateOrder = iota
	DayFirst
	MonthFirst
	MixedOrder // the document has dates of both orders
)

// A Convention is what the pages of one document say together about how they write numbers and dates. Pages may be
// added to it until it is first asked.
type Convention struct {
	pages []*Page

	separators Separators
	order      DateOrder
	office     DateOrder
	separated  bool // separators is known
	ordered    bool // order is known
}

// Add adds a page of the document.
func (c *Convention) Add(p *Page) {
	c.pages = append(c.pages, p)
	p.convention = c
}

// Assume sets the order of dates of those for whom the document is written: it counts if the document says nothing.
func (c *Convention) Assume(o DateOrder) { c.office = o }

// conventionOf is that of the page's document; of a page that is read alone, its own.
func (p *Page) conventionOf() *Convention {
	if p.convention == nil {
		(&Convention{}).Add(p)
	}
	return p.convention
}

// Assume sets the order of dates that counts if the page's document says nothing.
func (p *Page) Assume(o DateOrder) { p.conventionOf().Assume(o) }

// DateOrder returns the order of day and month in the dates of the page's document: as it is stated, as dates have it
// that exist in one order only, as in the country of the letterhead, or as assumed.
func (p *Page) DateOrder() DateOrder {
	c := p.conventionOf()
	if !c.ordered {
		c.order, c.ordered = c.readOrder(), true
	}
	if c.order == UnknownOrder {
		return c.office
	}
	return c.order
}

// joint returns what the numbers of all pages say about full stops and commas: what those say that say anything, if
// they agree.
func (c *Convention) joint() Separators {
	if !c.separated {
		c.separated = true
		for _, p := range c.pages {
			switch s := p.ownSeparators(); {
			case s.Decimal == "":
			case c.separators.Decimal == "":
				c.separators = s
			case c.separators.Decimal != s.Decimal:
				c.separators = Separators{}
				return c.separators
			default:
				c.separators.Grouped = c.separators.Grouped || s.Grouped
			}
		}
	}
	return c.separators
}

// readOrder finds the order of the document's dates.
func (c *Convention) readOrder() DateOrder {
	var stated, shown, country orders
	for n, p := range c.pages {
		for i := range p.Words {
			stated.add(p.statedOrder(i))
			shown.add(p.shownOrder(i))
		}
		if n == 0 {
			p.eachCountry(country.add)
		}
	}
	for _, found := range []orders{stated, shown} {
		if o := found.order(); o != UnknownOrder {
			return o
		}
	}
	if o := country.order(); o != MixedOrder {
		return o
	}
	return UnknownOrder
}

// orders are the orders that were found.
type orders struct{ day, month bool }

// add adds an order that was found; one that says nothing adds nothing.
func (o *orders) add(found DateOrder) {
	o.day = o.day || found == DayFirst
	o.month = o.month || found == MonthFirst
}

// order is what the orders that were found say together.
func (o *orders) order() DateOrder {
	switch {
	case o.day && o.month:
		return MixedOrder
	case o.day:
		return DayFirst
	case o.month:
		return MonthFirst
	}
	return UnknownOrder
}

// sameSeparator reports if words i, i+1 and i+2 are on one line with the same sign between them, a slash, a hyphen or a
// full stop.
func (p *Page) sameSeparator(i int) bool {
	if i+2 >= len(p.Words) || p.Words[i+1].Start != p.Words[i].End+1 || p.Words[i+2].Start != p.Words[i+1].End+1 {
		return false
	}
	sign := p.Runes[p.Words[i].End]
	return sign == p.Runes[p.Words[i+1].End] && (sign == '/' || sign == '-' || sign == '.')
}

// statedOrder is the order in which the format of dates is written at word i: "dd/mm/yyyy", "month/day/year".
func (p *Page) statedOrder(i int) DateOrder {
	first := p.Words[i].Text
	isDay, isMonth := slices.Contains([]string{"dd", "d", "day"}, first), slices.Contains([]string{"mm", "m", "month"},
		first)
	if !isDay && !isMonth || !p.sameSeparator(i) {
		return UnknownOrder
	}
	if last := p.Words[i+2].Text; last != "yyyy" && last != "yy" && last != "year" {
		return UnknownOrder
	}
	second := p.Words[i+1].Text
	switch {
	case isDay && slices.Contains([]string{"mm", "m", "month"}, second):
		return DayFirst
	case isMonth && slices.Contains([]string{"dd", "d", "day"}, second):
		return MonthFirst
	}
	return UnknownOrder
}

// shownOrder is the order of the date of digits at word i, if there is one that exists in one order only.
func (p *Page) shownOrder(i int) DateOrder {
	if d := strings.Split(p.Words[i].Text, "."); len(d) == 3 { // 25.12.2024
		a, _ := strconv.Atoi(d[0])
		b, _ := strconv.Atoi(d[1])
		return orderOf(a, b, d[2])
	}
	if !p.Words[i].Number || len(p.Words[i].Text) > 2 || !p.sameSeparator(i) || !p.Words[i+1].Number ||
		!p.Words[i+2].Number {
		return UnknownOrder
	}
	if i > 0 && p.Words[i-1].End+1 == p.Words[i].Start && p.Words[i-1].Number && !IsSpace(p.Runes[p.Words[i-1].End]) {
		return UnknownOrder // a part of something longer
	}
	a, _ := strconv.Atoi(p.Words[i].Text)
	b, _ := strconv.Atoi(p.Words[i+1].Text)
	return orderOf(a, b, p.Words[i+2].Text)
}

// orderOf is the order of the numbers a and b before a year, if they are a day and a month in one order only.
func orderOf(a, b int, year string) DateOrder {
	const days, months = 31, 12
	switch {
	case len(year) != len("2024"):
	case a > months && a <= days && b >= 1 && b <= months:
		return DayFirst
	case b > months && b <= days && a >= 1 && a <= months:
		return MonthFirst
	}
	return UnknownOrder
}

// Bounds of a letterhead: number of lines at the top of a document, and of words in each, at most.
const (
	letterheadLines = 15
	letterheadWords = 12
)

// eachCountry calls found with the order of dates of each country that is named in the letterhead of the page.
func (p *Page) eachCountry(found func(DateOrder)) {
	for li := range p.Lines[:min(len(p.Lines), letterheadLines)] {
		line := &p.Lines[li]
		if line.Last-line.First > letterheadWords {
			continue
		}
		for i := line.First; i < line.Last; i++ {
			if !IsUpper(p.Runes[p.Words[i].Start]) {
				continue
			}
			for _, c := range language.HeaderWords().Countries(p.Words[i].Text) {
				if MatchAt(p.Words, i, line.Last, c.Name) == 0 {
					continue
				}
				if c.MonthFirst {
					found(MonthFirst)
				} else {
					found(DayFirst)
				}
			}
		}
	}
}
