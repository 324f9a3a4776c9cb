package language

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// HeaderKind is what a word of a header, or of a qualifier such as "(plan)" behind a label, says of the values that it
// heads.
type HeaderKind string

// The kinds of header words, by their keys in headers.yaml.
const (
	HeaderPlain    HeaderKind = "plain"   // contains one of the others and says nothing
	HeaderPlan     HeaderKind = "plan"    // planned, aimed at or expected
	HeaderRequest  HeaderKind = "request" // asked for: a plan, but also a word of the titles of forms
	HeaderBudget   HeaderKind = "budget"  // planned money, which is what an application without accounts has
	HeaderActual   HeaderKind = "actual"
	HeaderSelf     HeaderKind = "self" // points that the unit gave itself
	HeaderMax      HeaderKind = "max"  // points that can be had
	HeaderPrevious HeaderKind = "previous"
	HeaderCurrent  HeaderKind = "current"
	HeaderNext     HeaderKind = "next"
	HeaderCompare  HeaderKind = "compare" // result against plan, or the change between two years
	HeaderShare    HeaderKind = "share"   // percentages
	HeaderPart     HeaderKind = "part"    // of which
	HeaderPeriod   HeaderKind = "period"  // a part of a year
	HeaderTotal    HeaderKind = "total"
	HeaderEach     HeaderKind = "each"   // for one of many: an average, a unit price
	HeaderUnit     HeaderKind = "unit"   // units of measurement
	HeaderNumber   HeaderKind = "number" // numbers of rows
	HeaderNote     HeaderKind = "note"
	HeaderCount    HeaderKind = "count" // how many
	HeaderMoney    HeaderKind = "money" // how much they cost
	HeaderOwn      HeaderKind = "own"   // of the author of the paper: "our commune"
	HeaderOther    HeaderKind = "other" // of others: "the neighbouring commune"

	// HeaderIndicator names the first column of a table, and what is aimed at anywhere else.
	HeaderIndicator HeaderKind = "indicator"
)

// onlyWhole are the kinds whose words mean something only if they are the whole header: "no" and "unit" are words of
// many labels.
var onlyWhole = []HeaderKind{HeaderUnit, HeaderNumber, HeaderNote}

// HeaderWord is a phrase of headers. Whole says that it means something only if it is the whole header.
type HeaderWord struct {
	Kind  HeaderKind
	Words []string
	Whole bool
}

// ScaledCurrency is a magnitude with its currency, such as "MNOK".
type ScaledCurrency struct {
	By       float64 `yaml:"by"`
	Currency string  `yaml:"currency"` // ISO 4217
}

// Headers is what is known about headers, in all languages together: a header is too short to identify its language.
type Headers struct {
	words      map[string][]HeaderWord // by their first word, the longest first
	light      map[string]bool
	joints     map[string]bool
	enclosures map[string][][]string // by their first word
	absent     map[string][][]string
	answers    []string
	unknown    []string
	moved      []string
	respective []string
	wider      []string
	lacking    []string
	thereIs    []string
	isThere    []string
	told       Told
	links      []string
	status     []string
	done       []string
	notDone    []string
	countries  map[string][]Country // by their first word
	scaled     map[string]ScaledCurrency
	thousands  map[string]float64
	units      map[string]bool // words that may be part of a unit
}

// headerFile is headers.yaml.
type headerFile struct {
	Vi         map[HeaderKind][]string   `yaml:"vi"`
	Nb         map[HeaderKind][]string   `yaml:"nb"`
	En         map[HeaderKind][]string   `yaml:"en"`
	Light      []string                  `yaml:"light"`
	Joints     []string                  `yaml:"joints"`
	Enclosures map[string][]string       `yaml:"enclosures"`
	Absent     map[string][]string       `yaml:"absent"`
	Answers    []string                  `yaml:"absent_answers"`
	Scaled     map[string]ScaledCurrency `yaml:"scaled"`
	Thousands  map[string]float64        `yaml:"thousands"`
	Unknown    []string                  `yaml:"unknown"`
	Moved      []string                  `yaml:"moved"`
	Respective []string                  `yaml:"respective"`
	Wider      []string                  `yaml:"wider"`
	Lacking    []string                  `yaml:"lacking"`
	ThereIs    []string                  `yaml:"there_is"`
	Told       Told                      `yaml:"told"`
	IsThere    []string                  `yaml:"is_there"`
	Links      []string                  `yaml:"links"`
	Status     map[string][]string       `yaml:"status"`
	Done       map[string][]string       `yaml:"status_done"`
	NotDone    map[string][]string       `yaml:"status_not_done"`
	DayFirst   []string                  `yaml:"day_first"`
	MonthFirst []string                  `yaml:"month_first"`
}

// HeaderWords returns what is known about headers. The file is part of the program, so mistakes in it panic.
var HeaderWords = sync.OnceValue(func() *Headers {
	var file headerFile
	decode("headers.yaml", &file, norm.NFC.String)
	h := &Headers{words: map[string][]HeaderWord{}, light: map[string]bool{}, joints: map[string]bool{},
		scaled: file.Scaled, unknown: file.Unknown, moved: file.Moved, respective: file.Respective,
		wider: file.Wider, lacking: file.Lacking, thereIs: file.ThereIs, isThere: file.IsThere, told: file.Told,
		links:   file.Links,
		answers: file.Answers}
	for _, kinds := range []map[HeaderKind][]string{file.Vi, file.Nb, file.En} {
		for kind, list := range kinds {
			for _, s := range list {
				w := strings.Fields(s)
				h.words[w[0]] = append(h.words[w[0]], HeaderWord{kind, w, slices.Contains(onlyWhole, kind)})
			}
		}
	}
	for _, list := range h.words {
		slices.SortFunc(list, func(a, b HeaderWord) int {
			if len(a.Words) != len(b.Words) {
				return len(b.Words) - len(a.Words)
			}
			return strings.Compare(string(a.Kind)+strings.Join(a.Words, " "), string(b.Kind)+strings.Join(b.Words, " "))
		})
	}
	for _, w := range file.Light {
		h.light[w] = true
	}
	for _, w := range file.Joints {
		h.joints[w] = true
	}
	h.countries = map[string][]Country{}
	for _, s := range file.DayFirst {
		first, _, _ := strings.Cut(s, " ")
		h.countries[first] = append(h.countries[first], Country{s, false})
	}
	for _, s := range file.MonthFirst {
		first, _, _ := strings.Cut(s, " ")
		h.countries[first] = append(h.countries[first], Country{s, true})
	}
	for _, code := range Codes() {
		h.status = append(h.status, file.Status[code]...)
		h.done = append(h.done, file.Done[code]...)
		h.notDone = append(h.notDone, file.NotDone[code]...)
	}
	h.enclosures, h.absent = phrases(file.Enclosures), phrases(file.Absent)
	h.thousands, h.units = file.Thousands, map[string]bool{}
	for w := range file.Thousands {
		h.units[w] = true
	}
	for w := range file.Scaled {
		h.units[w] = true
	}
	for _, l := range All() {
		for w := range l.currencies().byFirst {
			h.units[w] = true
		}
		for w := range l.Magnitudes {
			h.units[w] = true
		}
	}
	return h
})

// phrases cuts phrases of all languages into words, by the first of them.
func phrases(byLanguage map[string][]string) map[string][][]string {
	out := map[string][][]string{}
	for _, code := range Codes() {
		for _, s := range byLanguage[code] {
			w := strings.Fields(s)
			out[w[0]] = append(out[w[0]], w)
		}
	}
	return out
}

// At returns the phrases that begin with a word, the longest first.
func (h *Headers) At(word string) []HeaderWord { return h.words[word] }

// Light reports whether a word of a header says nothing by itself.
func (h *Headers) Light(word string) bool { return h.light[word] }

// Joint reports whether a word between two values parts what is said of them.
func (h *Headers) Joint(word string) bool { return h.joints[word] }

// Enclosures are the phrases that begin with a word and open a list of what is attached to a paper.
func (h *Headers) Enclosures(first string) [][]string { return h.enclosures[first] }

// Absent are the phrases that begin with a word and, behind the name of a paper, say that it is not there.
func (h *Headers) Absent(first string) [][]string { return h.absent[first] }

// MayBeUnit reports whether a word may be part of a magnitude or the name of a currency, in any language.
func (h *Headers) MayBeUnit(word string) bool { return h.units[word] }

// Thousands returns the magnitude of a word that is one in headers only; 0 if it is none.
func (h *Headers) Thousands(word string) float64 { return h.thousands[word] }

// SaysAbsent reports whether a word behind the name of a paper says that it is not there, if it is the answer to its
// name.
func (h *Headers) SaysAbsent(word string) bool { return slices.Contains(h.answers, word) }

// Unknown are answers to a question of yes or no that are neither.
func (h *Headers) Unknown() []string { return h.unknown }

// Respective are words that say that values are in the order of what was named before.
func (h *Headers) Respective() []string { return h.respective }

// Wider are words by which a figure is of a district, a county or a country.
func (h *Headers) Wider() []string { return h.wider }

// Lacking are words behind a thing that say that it is not there.
func (h *Headers) Lacking() []string { return h.lacking }

// ThereIs are words behind a thing that say that it is there, and IsThere those before a thing or a deed.
func (h *Headers) ThereIs() []string { return h.thereIs }

// Told are the words around a thing by which running text answers a question about it.
type Told struct {
	Deeds    []string `yaml:"deeds"`
	Yet      []string `yaml:"yet"`
	Pronouns []string `yaml:"pronouns"`
	Linking  []string `yaml:"linking"`
	Aux      []string `yaml:"auxiliaries"`
	Qualify  []string `yaml:"qualifies"`
	Every    []string `yaml:"every"`
	Aims     []string `yaml:"aims"`
	Beside   []string `yaml:"beside"`
	AmountOf []string `yaml:"amount_of"` // words between an amount and what it is of: "5,000 euros in donations"
	// verbs of the past before a thing by which it was done or had: "signed an agreement"
	Did    []string `yaml:"did"`
	Before []string `yaml:"before_done"` // words that may be between such a verb and the thing
	Parts  []string `yaml:"parts"`       // words that part two statements of one clause
	// words between an option and the thing whose option it is: "bark as ground surface"
	As  []string `yaml:"as"`
	Set []string `yaml:"set_for"` // words by which a date is only set for something: "is scheduled for"
	// words behind a label by which it is of what comes next: "for the next class"
	Follows []string `yaml:"follows"`
	Rather  []string `yaml:"rather"` // words before an option that is not the one
	// words between what is denied and what is stated in its place: "not 145 but 154"
	Instead []string `yaml:"instead"`
	ByWhom  []string `yaml:"by_whom"` // words that say who states a value, or where: "according to"
	// words that open the sentence with the right value of what the one before stated
	Correct  []string `yaml:"correct"`
	Required []string `yaml:"required"` // words before a number by which it is asked for, or what there is room for
	// words by which a number is the greatest, the least or the middle of several
	Extreme  []string `yaml:"extreme"`
	Amended  []string `yaml:"amended"`  // words before the right value, behind the wrong one in its sentence
	Ought    []string `yaml:"ought"`    // words before what a number ought to be: the right value, or a wish
	Mistaken []string `yaml:"mistaken"` // words by which a sentence says that something in it is wrong
	Crowd    []string `yaml:"crowd"`    // units in which anything is counted that people do
	Opening  []string `yaml:"opening"`  // words before what there was when the year began
	Closing  []string `yaml:"closing"`  // words before what there was when it ended
	ShareOf  []string `yaml:"share_of"` // words that open the label of a percentage
	OfShare  []string `yaml:"of_share"` // words between a percentage and what it is of
}

// Deeds are verbs behind a thing that say that it was done: "was held".
func (h *Headers) Deeds() []string { return h.told.Deeds }

// Yet are words behind a denial that leave nothing open: "ble det ikke i år".
func (h *Headers) Yet() []string { return h.told.Yet }

// Pronouns are words that may be between a thing and such words.
func (h *Headers) Pronouns() []string { return h.told.Pronouns }

// Auxiliaries are the verbs between a quantity and what it is of: "64 percent is locally sourced".
func (h *Headers) Auxiliaries() []string { return h.told.Aux }

// Aims are words that open a sentence all of which is an aim.
func (h *Headers) Aims() []string { return h.told.Aims }

// Every are words for all of some things: what is denied of them may hold for some.
func (h *Headers) Every() []string { return h.told.Every }

// Qualifies are words that open what qualifies a label before its colon: "ved årsskiftet:".
func (h *Headers) Qualifies() []string { return h.told.Qualify }

// Linking are the verbs by which an option is told of a thing: "er vurdert som høyt".
func (h *Headers) Linking() []string { return h.told.Linking }

// Beside are words that open what is said beside an option: "because", "vì".
func (h *Headers) Beside() []string { return h.told.Beside }

// Told are the words by which running text says something about a thing.
func (h *Headers) Told() *Told { return &h.told }

// IsThere: see ThereIs.
func (h *Headers) IsThere() []string { return h.isThere }

// Links are verbs, and words beside them, between a thing and what it is.
func (h *Headers) Links() []string { return h.links }

// Status are words of headers of columns that say how far something has come.
func (h *Headers) Status() []string { return h.status }

// Done are words of cells in such a column by which it was done, and NotDone those by which it was not, or not yet.
func (h *Headers) Done() []string { return h.done }

// NotDone: see Done.
func (h *Headers) NotDone() []string { return h.notDone }

// Country is the name of a country or of a part of one, in lower case, and how dates of digits are written there.
type Country struct {
	Name       string
	MonthFirst bool // else the day comes first
}

// Countries are those whose names begin with a word.
func (h *Headers) Countries(first string) []Country { return h.countries[first] }

// Moved are words that say that a date was replaced by another one.
func (h *Headers) Moved() []string { return h.moved }

// Scaled returns the magnitude and the currency that one word names; ok is false if it names none.
func (h *Headers) Scaled(word string) (c ScaledCurrency, ok bool) {
	c, ok = h.scaled[word]
	return c, ok
}
