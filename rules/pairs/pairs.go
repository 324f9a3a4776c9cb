// Package pairs compares two values of one measure for two times, that of the campaign and an earlier one, as a
// sentence or a line states them: "46 complaints, where the same months of 2024 had 118", "Visits: 7,044 (2023:
// 6,020)". The values show which way the measure went, whatever the verb.
//
// [In] reads the values around a phrase, dates each of them by the words near it, and compares the two that belong
// together. Its answer is sure only if both values and both times are stated and nothing says that they are of two
// measures; otherwise the caller treats the way as a doubt. Whether more is better is for the caller to know.
package pairs

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/claim"
	"kheo/rules/number"
)

// Way is which way a measure went.
type Way int

// The ways.
const (
	Unknown Way = iota // no two values are compared
	Up
	Down
	Level
)

// Of is the way from one value to a later one.
func Of(before, after float64) Way {
	switch {
	case after > before:
		return Up
	case after < before:
		return Down
	}
	return Level
}

// Years are those in which the campaign opens and closes; 0 if they are not known.
type Years struct{ Opens, Closes int }

// when is the time that a value is of.
type when int

const (
	undated when = iota
	now
	before
)

// value is a number that counts something.
type value struct {
	number.Quantity
	part  int // of the words that are read, see reader.parts
	when  when
	year  int  // of a value of before; 0 if only words such as "last year" date it
	timed bool // words say which time it is of
	vague bool // which time it is of is a guess
	noun  string
}

// mark is what dates values.
type mark struct {
	first, last int
	part        int
	when        when
	year        int
}

// reader reads words [from, to) of a page, which are cut into parts: clauses, brackets, and what follows a word such as
// "against".
type reader struct {
	page      *text.Page
	claims    *claim.Page
	years     Years
	from, to  int
	part      []int  // by word, from the first on
	bracketed []bool // by part
	compared  []bool // by part: it begins with a word such as "against"
	values    []value
	marks     []mark
	named     [][2]int // words that name the measure
}

// In returns which way the measure that words [first, last) name went, by the values in words [from, to) of the page
// around them, and whether that is sure: both values and both times are told, and nothing says that they are of two
// measures.
//
// named are words [first, last) that name the measure too, such as another hit of its clue.
func In(p *text.Page, claims *claim.Page, from, to, first, last int, years Years,
	named ...[2]int) (way Way, sure bool) {
	r := reader{page: p, claims: claims, years: years, from: from, to: to, named: named}
	r.split()
	r.readMarks()
	if !slices.Contains(r.compared, true) && !slices.ContainsFunc(r.marks,
		func(m mark) bool { return m.when == before }) {
		return Unknown, false // nothing is of an earlier time
	}
	r.readValues(first, last)
	r.date()
	i, fits := r.present(first)
	if i < 0 {
		return Unknown, false
	}
	k, alone := r.past(i)
	if k < 0 {
		return Unknown, false
	}
	a, b := &r.values[i], &r.values[k]
	sure = fits && alone && !a.vague && !b.vague && b.timed && r.sameNoun(a.noun, b.noun) &&
		(b.part == a.part || r.isBare(b, a.part)) && a.Bound == "" && b.Bound == ""
	return Of(b.Value, a.Value), sure
}

// partOf is the part that a word is in.
func (r *reader) partOf(k int) int { return r.part[k-r.from] }

// joins are the kinds of cues that begin a part behind a value.
var joins = []language.CueKind{language.Compared, language.Contrast, language.Adversative, language.ClauseBreak,
	language.Subordinator}

// split cuts the words into parts.
func (r *reader) split() {
	r.bracketed, r.compared = []bool{false}, []bool{r.comparesAt(r.from)}
	depth, part, counted := 0, 0, false
	w := r.page.Words
	for k := r.from; k < r.to; k++ {
		gap := ""
		if k > r.from {
			gap = r.page.Gap(k - 1)
		}
		opened, closed := strings.Count(gap, "("), strings.Count(gap, ")")
		depth = max(0, depth+opened-closed)
		cut := k > r.from && w[k].Clause != w[k-1].Clause && (counted || !strings.HasPrefix(gap, ":") && !r.dashed(k-1))
		if !cut && counted {
			cut = r.comparesAt(k) || slices.ContainsFunc(r.claims.Cues(w[k].Sentence), func(c claim.Cue) bool {
				leads := c.Kind == language.ClauseBreak && c.Last < r.to && w[c.Last].Number // "còn 47"
				return c.First == k && c.Kind != language.Compared && slices.Contains(joins, c.Kind) && !leads
			})
		}
		if cut {
			part, counted = part+1, false
			r.bracketed, r.compared = append(r.bracketed, depth > 0), append(r.compared, r.comparesAt(k))
		}
		r.part = append(r.part, part)
		counted = counted || w[k].Number && r.yearAt(k) == 0 && !r.isDate(k, k+1)
	}
}

// comparesAt reports whether a word such as "against" or "so với" begins at word k: what is behind it is of another
// time or thing. A word of a bound ("more than 40") or of a beginning ("since") is none.
func (r *reader) comparesAt(k int) bool {
	if k >= len(r.page.Words) {
		return false
	}
	l := r.page.LanguageAt(k)
	cues := r.claims.Cues(r.page.Words[k].Sentence)
	for _, c := range cues {
		if c.Kind != language.Compared || c.First != k {
			continue
		}
		return !slices.Contains(l.Since, r.page.Words[k].Text) && !slices.ContainsFunc(cues, func(o claim.Cue) bool {
			return (o.Kind == language.Approx || o.Kind == language.Below) && o.First <= k && o.Last > k
		})
	}
	return false
}

// yearAt returns the year that word k names, or that a school year ends in which begins there; 0 if it names none.
func (r *reader) yearAt(k int) int {
	w := r.page.Words[k]
	if !w.Number {
		return 0
	}
	if y := dateYear(w.Text); y > 0 {
		return y
	}
	if !number.IsYear(w.Text) {
		return 0
	}
	y := atoi(w.Text)
	gap := r.page.Gap(k)
	if k+1 < r.to && (gap == "/" || gap == "–" || gap == "-") && r.page.Words[k+1].Number {
		if next := r.page.Words[k+1].Text; len(next) == 2 && atoi(next) == (y+1)%100 || len(next) == 4 &&
			atoi(next) == y+1 {
			return y + 1
		}
	}
	if r.dashed(k) {
		return y
	}
	opened := k > 0 && strings.HasSuffix(r.page.Gap(k-1), "(")
	if strings.HasPrefix(gap, ":") || strings.HasPrefix(gap, ")") || opened || r.claims.IsYear(k) || r.isDated(k) {
		return y
	}
	return 0
}

// dashed reports whether a dash is between the year at word k and a number: "2024 – 4 vụ".
func (r *reader) dashed(k int) bool {
	gap := r.page.Gap(k)
	return number.IsYear(r.page.Words[k].Text) && k+1 < r.to && r.page.Words[k+1].Number && len(gap) > 2 &&
		strings.ContainsAny(strings.TrimSpace(gap), "–—-=") && strings.HasPrefix(gap, " ") &&
		strings.HasSuffix(gap, " ")
}

// isDated reports whether a month or a word for year is right before word k, so that it is a year.
func (r *reader) isDated(k int) bool {
	if k == 0 || r.page.Words[k-1].Sentence != r.page.Words[k].Sentence {
		return false
	}
	l, before := r.page.LanguageAt(k), r.page.Words[k-1].Text
	_, month := l.Months[before]
	return month || slices.Contains(l.DateWords["year"], before) || slices.Contains(l.DateWords["before_year"], before)
}

// dateYear returns the year that a date of digits ends in: "30/11/2024", "31.12.2024"; 0 for anything else.
func dateYear(w string) int {
	w = strings.ReplaceAll(w, "/", ".")
	i := strings.LastIndexByte(w, '.')
	if i < 3 || strings.Count(w, ".") != 2 || !number.IsYear(w[i+1:]) {
		return 0
	}
	return atoi(w[i+1:])
}

// atoi reads digits.
func atoi(s string) (n int) {
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// readMarks finds what dates values: years, and words such as "last year" and "now".
func (r *reader) readMarks() {
	for k := r.from; k < r.to; k++ {
		y := r.yearAt(k)
		switch {
		case y == 0 || r.years.Closes > 0 && y > r.years.Closes:
			continue
		case r.years.Opens > 0 && y < r.years.Opens:
			r.marks = append(r.marks, mark{first: k, last: k + 1, part: r.partOf(k), when: before, year: y})
		case r.years.Opens > 0:
			r.marks = append(r.marks, mark{first: k, last: k + 1, part: r.partOf(k), when: now, year: y})
		}
	}
	for s := r.page.Words[r.from].Sentence; s <= r.page.Words[r.to-1].Sentence; s++ {
		for _, c := range r.claims.Cues(s) {
			if c.First < r.from || c.Last > r.to {
				continue
			}
			r.readCue(c)
		}
	}
	slices.SortFunc(r.marks, func(a, b mark) int { return a.first - b.first })
	// of two that overlap or follow each other, as "last year (2024)" and "cùng kỳ năm 2024", the one with a year says
	// more
	out := r.marks[:0]
	for _, m := range r.marks {
		if n := len(out); n > 0 && out[n-1].part == m.part && m.first <= out[n-1].last+1 && out[n-1].when == m.when {
			if out[n-1].year == 0 {
				out[n-1].year = m.year
			}
			out[n-1].last = max(out[n-1].last, m.last)
			continue
		}
		out = append(out, m)
	}
	r.marks = out
}

// readCue adds a mark for a cue that dates values.
func (r *reader) readCue(c claim.Cue) {
	l, w := r.page.LanguageAt(c.First), r.page.Words
	dated := c.Last < r.to && r.yearAt(c.Last) > 0 // the year says which time it is
	switch c.Kind {
	case language.EarlierTime, language.Past, language.PriorTime:
		r.marks = append(r.marks, mark{first: c.First, last: c.Last, part: r.partOf(c.First), when: before})
	case language.StartTime:
		months := c.First > r.from && slices.Contains(l.DateWords["month"], w[c.First-1].Text) // "6 tháng đầu năm"
		if !dated && !months {
			r.marks = append(r.marks, mark{first: c.First, last: c.Last, part: r.partOf(c.First), when: before})
		}
	case language.NowTime:
		if !dated && !slices.Contains(l.Since, w[c.First].Text) && !(c.Last < r.to && w[c.Last].Number) {
			r.marks = append(r.marks, mark{first: c.First, last: c.Last, part: r.partOf(c.First), when: now})
		}
	}
}

// readValues finds the numbers that count something and are no difference between two values. What the words of the
// measure hold is none.
func (r *reader) readValues(first, last int) {
	for k := r.from; k < r.to; k++ {
		w := r.page.Words[k]
		if k >= first && k < last || r.yearAt(k) > 0 || r.isTime(k) {
			continue
		}
		l := r.page.LanguageAt(k)
		q, ok := number.At(r.page, l, k, min(r.to, r.page.Sentences[w.Sentence].Last))
		if !ok {
			v, small := number.Small(l, w)
			if !small || v < 2 || l.Code == "vi" && (w.Text == "năm" || w.Text == "tư") || !r.counts(k) {
				continue
			}
			q = number.Quantity{Value: v, First: k, Last: k + 1}
		}
		next := max(q.Last, k+1)
		if !q.Ordinal && !r.isDate(k, next) && !r.isDifference(q.First, q.Last) && !r.isPart(k, q.Last) {
			r.values = append(r.values, value{Quantity: q, part: r.partOf(k), noun: r.nounBehind(q.Last)})
		}
		k = next - 1
	}
}

// counts reports whether a word follows word k that it may count.
func (r *reader) counts(k int) bool {
	if k+1 >= r.to || r.page.Words[k+1].Clause != r.page.Words[k].Clause {
		return true
	}
	next := r.page.Words[k+1]
	return !next.Number && !slices.Contains(r.page.LanguageAt(k).NoAdjectives, next.Text)
}

// isDate reports whether words [k, next) are a date, or the day before a month.
func (r *reader) isDate(k, next int) bool {
	w := r.page.Words[k].Text
	whole := func(i int) bool { return len(r.page.Words[i].Text) > 2 && !number.IsYear(r.page.Words[i].Text) }
	if r.page.Gap(next-1) == "/" && next < r.to && r.page.Words[next].Number && r.yearAt(next) > 0 ||
		next+1 < r.to && r.page.Gap(next-1) == "/" && r.page.Gap(next) == "/" && !whole(next+1) {
		return true
	}
	if k > r.from && r.page.Gap(k-1) == "/" && r.page.Words[k-1].Number &&
		(r.page.Gap(next-1) == "/" || k-2 >= r.from && r.page.Gap(k-2) == "/") {
		return true
	}
	if day, rest, ok := strings.Cut(strings.ReplaceAll(w, "/", "."), "."); ok && strings.Contains(rest, ".") &&
		len(day) <= 2 {
		last := rest[strings.LastIndexByte(rest, '.')+1:]
		if len(last) == 4 || len(last) == 2 || last == "" {
			return true
		}
	}
	if next < r.to {
		if _, month := r.page.LanguageAt(k).Months[r.page.Words[next].Text]; month {
			return true
		}
	}
	return false
}

// isDifference reports whether words [first, last) are how much a measure changed, and not what it was: "down 12",
// "tăng 900 cây", "8 fewer".
func (r *reader) isDifference(first, last int) bool {
	l, w := r.page.LanguageAt(first), r.page.Words
	for _, points := range l.PercentPoints {
		if text.MatchAt(w, last, r.to, points) > 0 || text.MatchAt(w, last-1, r.to, points) > 0 {
			return true
		}
	}
	from := first
	for from > r.from && from > first-3 && w[from-1].Clause == w[first].Clause &&
		(slices.Contains(l.ByHowMuch, w[from-1].Text) || slices.Contains(l.Cues[language.Approx], w[from-1].Text)) {
		from--
	}
	return slices.ContainsFunc(r.claims.Cues(w[first].Sentence), func(c claim.Cue) bool {
		if c.Kind != language.Lower && c.Kind != language.Higher ||
			slices.Contains(l.Cues[language.Approx], w[c.First].Text) || r.isParticle(c) {
			return false
		}
		reaches := c.Last == from && w[c.Last-1].Clause == w[first].Clause &&
			!slices.ContainsFunc(r.claims.Cues(w[first].Sentence), func(to claim.Cue) bool {
				return to.Kind == language.ChangeTo && to.Last == c.Last // "giảm còn 47"
			})
		behind := l.Code != "vi" && (c.First == last || c.First == last+1 && w[last].Clause == w[c.First].Clause) &&
			w[c.First].Clause == w[first].Clause
		return reaches || behind
	})
}

// isParticle reports whether a cue of a change is a particle of the verb before it, which is none of going: "make up 38
// %".
func (r *reader) isParticle(c claim.Cue) bool {
	l, w := r.page.LanguageAt(c.First), r.page.Words
	return c.Last-c.First == 1 && slices.Contains(l.Particles, w[c.First].Text) && c.First > r.from &&
		w[c.First-1].Clause == w[c.First].Clause && !slices.Contains(l.Going, w[c.First-1].Text)
}

// isPart reports whether a number at word k is the whole of another one, behind "of" or a stroke: the "60" of "41 of
// 60".
func (r *reader) isPart(k, last int) bool {
	if k == r.from || !r.page.Words[k-1].Number {
		return false
	}
	return r.page.Gap(k-1) == "/"
}

// nounBehind is what a number counts, if the word right behind it says so; "" for a word of grammar.
func (r *reader) nounBehind(k int) string {
	if k >= r.to || k == 0 || r.page.Words[k].Clause != r.page.Words[k-1].Clause || r.partOf(k) != r.partOf(k-1) ||
		r.page.Words[k].Number {
		return ""
	}
	if r.isGrammar(k) {
		return ""
	}
	return r.page.Words[k].Text
}

// grammar are the kinds of cues whose words do not name what is measured.
var grammar = []language.CueKind{language.Compared, language.Contrast, language.Subordinator, language.Light,
	language.Done, language.EarlierTime, language.Past, language.NowTime, language.StartTime, language.PriorTime,
	language.Coordinator, language.Approx, language.CarriedOut, language.ChangeTo, language.Quantity, language.Anaphora,
	language.Adversative, language.ClauseBreak, language.Third, language.Us, language.Then, language.Same,
	language.There, language.Pronoun}

// isGrammar reports whether word k says nothing of what is measured: it is one of the frequent words of its language,
// an article, a preposition, a word of time.
func (r *reader) isGrammar(k int) bool {
	l, w := r.page.LanguageAt(k), r.page.Words[k].Text
	_, month := l.Months[w]
	for _, words := range l.DateWords {
		if slices.ContainsFunc(words, func(x string) bool { return x == w || slices.Contains(l.NounForms(x), w) }) {
			return true
		}
	}
	if month || l.IsCommon(w) || slices.Contains(l.Articles, w) || slices.Contains(l.Prepositions, w) ||
		slices.Contains(l.PresentForms, w) ||
		slices.Contains(l.PastForms, w) || slices.Contains(l.CountNouns, w) || slices.Contains(l.DateFill, w) ||
		slices.Contains(l.Exact, w) {
		return true
	}
	return slices.ContainsFunc(r.claims.Cues(r.page.Words[k].Sentence), func(c claim.Cue) bool {
		return c.First <= k && c.Last > k && slices.Contains(grammar, c.Kind)
	})
}

// date gives each value the time of the marks in its part.
func (r *reader) date() {
	for part := range r.bracketed {
		var values []*value
		var marks []mark
		for i := range r.values {
			if r.values[i].part == part {
				values = append(values, &r.values[i])
			}
		}
		for _, m := range r.marks {
			if m.part == part {
				marks = append(marks, m)
			}
		}
		if len(marks) == 0 && part > 0 && !r.compared[part] {
			marks = r.opening(part - 1)
		}
		r.datePart(part, values, marks)
	}
}

// maxOpening is how many words a part may have that only dates the next one: "In 2023, …".
const maxOpening = 5

// opening returns the marks of a short part without values, which date the part behind it.
func (r *reader) opening(part int) (out []mark) {
	n := 0
	for _, p := range r.part {
		if p == part {
			n++
		}
	}
	if n > maxOpening || slices.ContainsFunc(r.values, func(v value) bool { return v.part == part }) {
		return nil
	}
	for _, m := range r.marks {
		if m.part == part {
			out = append(out, m)
		}
	}
	return out
}

// datePart dates the values of a part.
func (r *reader) datePart(part int, values []*value, marks []mark) {
	switch {
	case len(values) == 0:
	case len(marks) == 0:
		if r.compared[part] {
			values[0].when = before
		}
	case len(values) == len(marks):
		for i, v := range values {
			v.when, v.year, v.timed = marks[i].when, marks[i].year, true
		}
	default:
		// one time and several values, or several times and one value
		v := values[0]
		m := marks[len(marks)-1]
		if len(values) > 1 {
			for _, x := range values {
				if distance(x, m) < distance(v, m) {
					v = x
				}
			}
		} else {
			for _, x := range marks {
				if distance(v, x) < distance(v, m) {
					m = x
				}
			}
		}
		same := !slices.ContainsFunc(marks, func(x mark) bool { return x.when != m.when })
		v.when, v.year, v.timed, v.vague = m.when, m.year, true, len(values) > 1 || !same
	}
	for _, v := range values {
		if r.compared[part] && v.when == now {
			v.vague = true // "against 12 this year": which is compared with which?
		}
	}
}

// distance is how many words are between a value and a mark.
func distance(v *value, m mark) int {
	return max(m.first-v.Last, v.First-m.last)
}

// present returns the value of the campaign's time that the measure at word first has, and whether it surely is its:
// the only one in the part of the measure that no other time dates; or one that a year of the campaign dates in a part
// that names nothing else. Before a bracket with an earlier value, it is the last one before it.
func (r *reader) present(first int) (at int, fits bool) {
	at = -1
	own := r.partOf(first)
	n := 0
	for i := range r.values {
		v := &r.values[i]
		if v.part != own || v.when == before {
			continue
		}
		switch {
		case at < 0, v.when == now && r.values[at].when != now:
			at = i
			n = 1
		case v.when == r.values[at].when:
			n++
			if gap(v, first) < gap(&r.values[at], first) {
				at = i
			}
		}
	}
	if at >= 0 && r.values[at].when == now {
		return at, n == 1
	}
	for i := range r.values {
		v := &r.values[i]
		if v.part > own && v.when == now && r.isBare(v, own) {
			return i, !v.vague && at < 0
		}
	}
	if at >= 0 {
		return at, n == 1
	}
	for i := range r.values {
		v := &r.values[i]
		next := i+1 < len(r.values) && r.bracketed[r.values[i+1].part] && r.values[i+1].when == before
		if v.part > own && v.part <= own+2 && v.when != before && !r.bracketed[v.part] && (next || v.part == own+1) {
			return i, false
		}
	}
	return -1, false
}

// gap is how many words are between a value and the word at k.
func gap(v *value, k int) int {
	return max(k-v.Last, v.First-k)
}

// past returns the value of before that the i-th value is compared with: of the latest year, and with the same unit;
// and whether no other one is of that time.
func (r *reader) past(i int) (at int, alone bool) {
	at, alone = -1, true
	a := &r.values[i]
	for k := range r.values {
		b := &r.values[k]
		if k == i || b.when != before || b.Unit != a.Unit && (b.Unit != "" || b.noun != "") {
			continue
		}
		if !r.sameNoun(a.noun, b.noun) && !r.compared[b.part] && !r.isBare(b, a.part) {
			continue
		}
		switch {
		case at < 0:
			at = k
		case b.timed && !r.values[at].timed, b.year > r.values[at].year && r.values[at].year > 0:
			at, alone = k, true
		case b.year == r.values[at].year:
			alone = false
		case b.year == 0:
			alone = false
		}
	}
	return at, alone
}

// sameNoun reports whether two words may be what is counted twice: one of them is missing, or they are forms of one
// word.
func (r *reader) sameNoun(a, b string) bool {
	if a == "" || b == "" || a == b {
		return true
	}
	l := r.page.LanguageAt(r.from)
	return slices.Contains(l.NounForms(a), b) || slices.Contains(l.NounForms(b), a)
}

// isBare reports whether the part of a value names nothing but what the part of the measure does: its other words are
// those of grammar and of times.
func (r *reader) isBare(v *value, own int) bool {
	if slices.ContainsFunc(r.named, func(at [2]int) bool {
		return at[0] >= r.from && at[1] <= r.to && r.partOf(at[0]) == v.part && v.part != own
	}) {
		return true
	}
	for k := r.from; k < r.to; k++ {
		if r.partOf(k) != v.part || k >= v.First && k < v.Last || r.page.Words[k].Number || r.isGrammar(k) ||
			r.isTime(k) {
			continue
		}
		if w := r.page.Words[k].Text; w != v.noun || v.noun == "" {
			if !r.isIn(w, own) {
				return false
			}
		}
	}
	return true
}

// isTime reports whether word k is part of a mark.
func (r *reader) isTime(k int) bool {
	return slices.ContainsFunc(r.marks, func(m mark) bool { return k >= m.first && k < m.last })
}

// isIn reports whether a word, or a form of it, is in a part.
func (r *reader) isIn(w string, part int) bool {
	for k := r.from; k < r.to; k++ {
		if r.partOf(k) == part && r.sameNoun(w, r.page.Words[k].Text) {
			return true
		}
	}
	return false
}
