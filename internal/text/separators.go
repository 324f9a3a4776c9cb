package text

import (
	"strings"

	"kheo/internal/text/language"
)

// Separators is what the numbers of a page say about its full stops and commas.
type Separators struct {
	Decimal string // "." or ",", or "" if the page does not say, or says both
	// Grouped reports that a number with groups of thousands says it: one such as 2.5 in a text that
	// otherwise writes 2,5 is less than that.
	Grouped bool
}

// Separators returns what the page's own numbers say about full stops and commas, and what the rest of its
// document says if they say nothing. It is computed once.
func (p *Page) Separators() Separators {
	if s := p.ownSeparators(); s.Decimal != "" || p.convention == nil {
		return s
	}
	return p.convention.joint()
}

// ownSeparators is Separators by the page alone.
func (p *Page) ownSeparators() Separators {
	if !p.separatorsRead {
		p.separators, p.separatorsRead = p.readSeparators(), true
	}
	return p.separators
}

// readSeparators counts the numbers of the page that can be read in one way only.
func (p *Page) readSeparators() (out Separators) {
	var point, comma, pointGroups, commaGroups int
	for i := range p.Words {
		w := &p.Words[i]
		if !w.Number {
			continue
		}
		switch p.separatorsOf(i) {
		case "point":
			point++
		case "comma":
			comma++
		case "point groups":
			pointGroups++
		case "comma groups":
			commaGroups++
		}
	}
	switch isPoint, isComma := point+commaGroups > 0, comma+pointGroups > 0; {
	case isPoint && !isComma:
		return Separators{".", commaGroups > 0}
	case isComma && !isPoint:
		return Separators{",", pointGroups > 0}
	}
	return Separators{}
}

// separatorsOf returns which separator the number at word i has beyond doubt, and whether it groups
// thousands; "" if that is not certain.
func (p *Page) separatorsOf(i int) string {
	s := p.Words[i].Text
	dots, commas := strings.Count(s, "."), strings.Count(s, ",")
	switch {
	case dots+commas == 0:
	case dots+commas > 1 && !Grouped(s):
	case dots > 0 && commas > 0 && strings.LastIndexByte(s, '.') > strings.LastIndexByte(s, ','), dots == 0 &&
		commas > 1:
		return "comma groups"
	case dots+commas > 1:
		return "point groups"
	case commas == 1 && isDecimal(s, ","):
		return "comma"
	case dots == 1 && isDecimal(s, ".") && p.isAmount(i):
		return "point"
	}
	return ""
}

// isDecimal reports whether the only separator of a number cannot group thousands.
func isDecimal(s, sep string) bool {
	head, tail, _ := strings.Cut(s, sep)
	return len(tail) != 3 || head == "0"
}

// isAmount reports whether word i is followed by a percent sign or a magnitude, and so is neither a date nor
// the number of a section.
func (p *Page) isAmount(i int) bool {
	if i+1 >= len(p.Words) {
		return false
	}
	next := p.Words[i+1].Text
	if next == "%" {
		return true
	}
	m := language.Get(p.Language.Code).Magnitudes[next]
	return m > 1
}

// Grouped reports whether all separators of a number but the last kind group thousands: "1.250.000",
// "1,250.75", "12,34,567" as India writes it.
func Grouped(s string) bool {
	last := strings.LastIndexAny(s, ".,")
	sep := s[last : last+1]
	if strings.Count(s, sep) == 1 && strings.ContainsAny(s[:last], ".,") {
		s, sep = s[:last], "," // "1,250.75": what is before the decimal sign
		if !strings.Contains(s, ",") {
			sep = "."
		}
	}
	parts := strings.Split(s, sep)
	if len(parts[0]) > 3 || parts[0] == "" || parts[0] == "0" {
		return false
	}
	thousands, lakhs := true, sep == "," && len(parts[0]) <= 2
	for i, part := range parts[1:] {
		isLast := i == len(parts)-2
		thousands = thousands && len(part) == 3
		lakhs = lakhs && (isLast && len(part) == 3 || !isLast && len(part) == 2)
	}
	return thousands || lakhs
}
