package language

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"unicode"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/unicode/norm"
)

// plainClashes are words without diacritics that are more often another word than a number: from, behind,
// culture.
var plainClashes = []string{"tu", "sau", "van", "ta", "to", "bay"}

// plainVietnamese is Vietnamese as people type it who leave out diacritics, with the words of vi.yaml without
// them.
var plainVietnamese = sync.OnceValue(func() *Language {
	b, err := files.ReadFile("vi.yaml")
	l := &Language{}
	if err == nil {
		err = yaml.UnmarshalWithOptions([]byte(withoutMarks(string(b))), l, yaml.AllowDuplicateMapKey())
	}
	if err != nil { // the file is part of the program
		panic(fmt.Sprintf("language vi without diacritics: %v", err))
	}
	l.Plain = true
	for _, s := range plainClashes {
		delete(l.Numbers, s)
		delete(l.Magnitudes, s)
	}
	l.compile()
	l.currencies = sync.OnceValue(func() *currencyNames {
		names := map[string][]CurrencyName{}
		for _, list := range l.namedCurrencies() {
			for _, n := range list {
				n.Name = withoutMarks(n.Name)
				first, _, _ := strings.Cut(n.Name, " ")
				names[first] = append(names[first], n)
			}
		}
		return byFirstWord(names)
	})
	l.measures = sync.OnceValue(func() map[string][]MeasureName {
		names := map[string][]MeasureName{}
		for _, list := range l.namedMeasures() {
			for _, n := range list {
				n.Words = strings.Fields(withoutMarks(strings.Join(n.Words, " ")))
				names[n.Words[0]] = append(names[n.Words[0]], n)
			}
		}
		return names
	})
	return l
})

// withoutMarks returns a text without its diacritics, and otherwise as it is.
func withoutMarks(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == 'đ':
			b.WriteByte('d')
		case r == 'Đ':
			b.WriteByte('D')
		case !unicode.Is(unicode.Mn, r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainCommon are the frequent words of plainVietnamese that no other language has among its own.
var plainCommon = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, s := range Get("vi").Common {
		m[withoutMarks(s)] = true
	}
	for _, s := range plainExtra {
		m[s] = true
	}
	for _, l := range All() {
		if l.Code != "vi" {
			for _, s := range l.Common {
				delete(m, s)
			}
		}
	}
	return maps.Clone(m)
})

// plainExtra are more words that reports and forms in Vietnamese have, without diacritics.
var plainExtra = strings.Fields("ngay thang nam tham gia dong gop thuc hien don vi dang ky mo hinh hinh thuc so " +
	"luong trieu nghin ty le huyen phuong")

// IsPlainWord reports whether a word in lower case is one by which Vietnamese without diacritics is known.
func IsPlainWord(word string) bool { return plainCommon()[word] }

// PlainVietnamese returns Vietnamese as it is typed without diacritics. What is read in it is less sure.
func PlainVietnamese() *Language { return plainVietnamese() }
