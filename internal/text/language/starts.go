package language

import "strings"

// starts are the words by which numbers and dates in words may begin, so that most words of a page are passed
// over at once.
type starts struct {
	numbers, dates map[string]bool
	mayNumber      Filter // of numbers
}

// nameStarts fills the sets of words by which numbers and dates may begin.
func (l *Language) nameStarts() {
	l.starts.numbers, l.starts.dates = map[string]bool{}, map[string]bool{}
	add := func(set map[string]bool, phrases ...string) {
		for _, s := range phrases {
			if first, _, _ := strings.Cut(s, " "); first != "" {
				set[first] = true
			}
		}
	}
	for s := range l.Numbers {
		add(l.starts.numbers, s)
		add(l.starts.dates, s)
	}
	add(l.starts.numbers, l.Hundreds...)
	add(l.starts.numbers, l.HalfBefore...)
	for s, m := range l.Magnitudes {
		if m == 1000 {
			add(l.starts.numbers, s)
		}
	}
	for _, names := range []map[string]int{l.Months, l.MonthNames, l.DayNames, l.Quarters.Numbers} {
		for s := range names {
			add(l.starts.dates, s)
		}
	}
	for _, part := range []string{"day", "month", "year"} {
		add(l.starts.dates, l.DateWords[part]...)
	}
	add(l.starts.dates, l.Quarters.Before...)
	add(l.starts.dates, l.Halves.First...)
	add(l.starts.dates, l.Halves.Second...)
	add(l.starts.dates, l.FirstMonths.Before)
	for _, r := range l.Ranges {
		add(l.starts.dates, r.Open...)
	}
	add(l.starts.dates, l.Since...)
	for s := range l.starts.numbers {
		l.starts.mayNumber.Add(s)
	}
}

// StartsNumber reports whether a number in words may begin with a word.
func (l *Language) StartsNumber(word string) bool {
	if l.starts.mayNumber.MayHave(word) && l.starts.numbers[word] {
		return true
	}
	for _, s := range l.joinedParts {
		if strings.Contains(word, s) {
			return true
		}
	}
	return false
}

// StartsDate reports whether a date or period in words may begin with a word; those of a letter and a digit,
// such as Q1, may.
func (l *Language) StartsDate(word string) bool {
	if l.starts.dates[word] {
		return true
	}
	last := word[len(word)-1]
	return len(word) <= 3 && last >= '0' && last <= '9'
}
