// Package language holds what the evidence engine knows of each language it
// reads: negators, words of plan and of wish, numbers, months, place nouns.
// It is data (one YAML file per language), so that nothing about one language
// stands in the code.
package language

import (
	"embed"
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/unicode/norm"
)

//go:embed *.yaml
var files embed.FS

// Language is the knowledge of one language. All words are lower case, NFC.
type Language struct {
	Code          string              `yaml:"language"`
	Decimal       string              `yaml:"decimal"` // the decimal separator, "," or "."
	Common        []string            `yaml:"common"`  // frequent words, to tell the language of a page
	Negators      []string            `yaml:"negators"`
	NotNegators   []string            `yaml:"not_negators"` // "not only": holds a negator and negates nothing
	ClauseBreaks  []string            `yaml:"clause_breaks"`
	Plans         []string            `yaml:"plans"`
	Done          []string            `yaml:"done"`
	PlanSections  []string            `yaml:"plan_sections"`
	Wishes        []string            `yaml:"wishes"`
	PlaceNouns    []string            `yaml:"place_nouns"`
	PlaceLinks    []string            `yaml:"place_links"` // "of" in "the commune of Sekong"
	Approx        []string            `yaml:"approx"`
	Yes           []string            `yaml:"yes"`
	No            []string            `yaml:"no"`
	Months        map[string]int      `yaml:"months"`
	DateWords     map[string][]string `yaml:"date_words"`
	Numbers       map[string]float64  `yaml:"numbers"`
	Tens          []string            `yaml:"tens"`
	Hundreds      []string            `yaml:"hundreds"`
	ZeroFill      []string            `yaml:"zero_fill"`
	Magnitudes    map[string]float64  `yaml:"magnitudes"`
	Currencies    map[string][]string `yaml:"currencies"`
	OrdinalBefore []string            `yaml:"ordinal_before"`
	Traits        map[string][]string `yaml:"traits"` // a person's, by kind: what no rule may read
}

var load = sync.OnceValue(func() []*Language {
	var out []*Language
	for _, code := range []string{"vi", "nb", "en"} {
		b, err := files.ReadFile(code + ".yaml")
		if err != nil {
			panic(err)
		}
		l := &Language{}
		if err := yaml.UnmarshalWithOptions(norm.NFC.Bytes(b), l, yaml.Strict()); err != nil {
			panic(fmt.Sprintf("language %s: %v", code, err))
		}
		out = append(out, l)
	}
	return out
})

// All returns every language that kheo reads, always in the same order.
func All() []*Language { return load() }

// Codes returns their codes.
func Codes() []string {
	var out []string
	for _, l := range All() {
		out = append(out, l.Code)
	}
	return out
}

// Get returns the language with the code, or nil.
func Get(code string) *Language {
	for _, l := range All() {
		if l.Code == code {
			return l
		}
	}
	return nil
}

var common = sync.OnceValue(func() map[string][]int {
	m := map[string][]int{}
	for i, l := range All() {
		for _, w := range l.Common {
			m[w] = append(m[w], i)
		}
	}
	return m
})

// count counts the frequent words of each language in a text.
func count(text string) []int {
	counts := make([]int, len(All()))
	n := 0
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'A' }) {
		if n++; n > 3000 {
			break
		}
		for _, i := range common()[w] {
			counts[i]++
		}
	}
	return counts
}

// OfSentence tells the language of a sentence on a page in another: it must
// have two of its frequent words, and none of the page's.
func OfSentence(text string, page *Language) *Language {
	counts := count(text)
	best := -1
	for i, l := range All() {
		if l == page && counts[i] > 0 {
			return page
		}
		if counts[i] >= 2 && (best < 0 || counts[i] > counts[best]) {
			best = i
		}
	}
	if best < 0 {
		return page
	}
	return All()[best]
}

// Detect tells the language of a text by its most frequent words; "" where
// fewer than three of them stand in it.
func Detect(text string) string {
	counts := count(text)
	best := 0
	for i := range counts {
		if counts[i] > counts[best] {
			best = i
		}
	}
	if counts[best] < 3 {
		return ""
	}
	return All()[best].Code
}

// Fold returns s in lower case without diacritics (đ becomes d, ø becomes o,
// æ becomes ae), with runs of anything else than letters and digits as one
// space: how a person types who leaves the diacritics out.
func Fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		switch r {
		case 'đ', 'ð':
			b.WriteByte('d')
		case 'ø':
			b.WriteByte('o')
		case 'æ':
			b.WriteString("ae")
		case 'ł':
			b.WriteByte('l')
		case 'ß':
			b.WriteString("ss")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// traits maps the names of a person's traits to their kinds.
var traits = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, l := range All() {
		for kind, words := range l.Traits {
			for _, w := range words {
				m[strings.ToLower(w)] = kind
			}
		}
	}
	return m
})

// Trait tells which trait of a person a label asks for, in any of the languages:
// "ethnicity", "religion", "sex", "age", "health", "opinion"; "" for none. The label
// must be nothing but the trait's name: work for a community is no trait.
func Trait(label string) string {
	label = norm.NFC.String(strings.ToLower(strings.Join(strings.Fields(strings.Trim(label, " :.?*")), " ")))
	return traits()[label]
}
