package pairs

import (
	"strings"

	"kheo/internal/text"
	"kheo/rules/number"
)

// Bounds of a series of years with their values in one line: words between two of them, and how many of them make a
// series if nothing but a space parts a year from its value.
const (
	maxSeriesGap  = 4
	minBareSeries = 3
	minSeries     = 2
)

// Series is the way that a measure went, by years and their values in words [from, to) of the page, one after the
// other: "2022: 88 cases; 2023: 74; 2024: 46", "2021 77, 2022 64, 2023 59". The latest value of the campaign is
// compared with the latest one before it. ok is false if there is no such series, or it goes on behind the campaign.
func Series(p *text.Page, from, to int, years Years) (way Way, ok bool) {
	type yearly struct {
		year  int
		value float64
		unit  string
	}
	var list []yearly
	bare, last := false, from
	for k := from; k+1 < to; k++ {
		w, next := p.Words[k], p.Words[k+1]
		if !w.Number || !number.IsYear(w.Text) || !next.Number {
			continue
		}
		gap := strings.TrimSpace(p.Gap(k))
		switch gap {
		case ":", "–", "—", "-", "=", "":
		default:
			continue
		}
		if gap == "-" && p.Gap(k) == "-" || gap == "–" && p.Gap(k) == "–" { // a period of years
			continue
		}
		if len(list) > 0 && k-last > maxSeriesGap {
			break
		}
		q, is := number.At(p, p.LanguageAt(k+1), k+1, to)
		if !is || q.First != k+1 || q.Bound != "" || q.Ordinal {
			continue
		}
		v := yearly{atoi(w.Text), q.Value, q.Unit}
		if n := len(list); n > 0 && (v.year <= list[n-1].year || v.unit != list[n-1].unit) {
			return Unknown, false
		}
		list = append(list, v)
		bare = bare || gap == ""
		last = q.Last
		k = q.Last - 1
	}
	if len(list) < minSeries || bare && len(list) < minBareSeries || list[len(list)-1].year > years.Closes {
		return Unknown, false
	}
	for i := len(list) - 1; i > 0; i-- {
		if list[i].year >= years.Opens && list[i-1].year < years.Opens {
			return Of(list[i-1].value, list[len(list)-1].value), true
		}
	}
	return Unknown, false
}
