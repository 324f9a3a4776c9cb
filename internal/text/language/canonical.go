package language

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Canonical returns the one form in which kheo compares words that Vietnamese writes in two ways, and every
// other word as it is: the mark of a tone on the first of two vowels that end a word (hoà is hòa, khoẻ is
// khỏe, uỷ is ủy), and y for i that carries a tone behind one of h, k, l, m, s, t or qu (tỉ is tỷ, kĩ is kỹ,
// quí is quý). s is in lower case and NFC; it may be several words.
func Canonical(s string) string { return respell(s, true) }

// PlaceTones is Canonical without the change of i to y. Both spellings that it makes one are the same without
// diacritics, so that searches without them find both.
func PlaceTones(s string) string { return respell(s, false) }

// respell changes the words of a text, the i of some to y if withY is set.
func respell(s string, withY bool) string {
	if !mayChange(s) {
		return s
	}
	var b strings.Builder
	rs := []rune(s)
	for from := 0; from < len(rs); {
		to := from
		for to < len(rs) && unicode.IsLetter(rs[to]) {
			to++
		}
		canonicalWord(rs[from:to], withY)
		for to < len(rs) && !unicode.IsLetter(rs[to]) {
			to++
		}
		b.WriteString(string(rs[from:to]))
		from = to
	}
	return b.String()
}

// mayChange reports whether a text is longer than a word or ends with a vowel that Canonical may change.
func mayChange(s string) bool {
	if s == "" || s[len(s)-1] < utf8.RuneSelf && strings.IndexByte(s, ' ') < 0 {
		return strings.HasSuffix(s, "y") && strings.HasPrefix(s, "qú")
	}
	if strings.IndexByte(s, ' ') >= 0 || strings.IndexByte(s, '\n') >= 0 {
		return true
	}
	r, n := utf8.DecodeLastRuneInString(s)
	if toneOf(r) < 0 || len(s) == n {
		return false
	}
	switch before := s[len(s)-n-1]; before { // of most words that end so, nothing changes
	case 'o':
		return plainOf[r] == 'a' || plainOf[r] == 'e'
	case 'u':
		return plainOf[r] == 'y' || plainOf[r] == 'i' && s[0] == 'q'
	case 'h', 'k', 'l', 'm', 's', 't':
		return plainOf[r] == 'i' && len(s) == n+1
	}
	return false
}

// The vowels with the five tones, in the same order, that end a word whose tone may be written elsewhere, and
// those that carry it then.
var toned = []struct {
	plain rune
	marks []rune
}{
	{'a', []rune("àáảãạ")}, {'e', []rune("èéẻẽẹ")}, {'y', []rune("ỳýỷỹỵ")}, {'i', []rune("ìíỉĩị")},
	{'o', []rune("òóỏõọ")}, {'u', []rune("ùúủũụ")},
}

// finalTones maps the marked vowels that may end a word to the index of their tone, and plainOf to the vowel
// without it.
var finalTones, plainOf = func() (map[rune]int, map[rune]rune) {
	tones, plain := map[rune]int{}, map[rune]rune{}
	for _, v := range toned[:4] {
		for i, r := range v.marks {
			tones[r], plain[r] = i, v.plain
		}
	}
	return tones, plain
}()

// firstToned is the first of the vowels with a tone.
const firstToned = 'à'

// toneOf returns the index of the tone of a vowel that may end a word, or -1.
func toneOf(r rune) int {
	if r < firstToned || r > 'ý' && r < 'ĩ' || r > 'ĩ' && r < 'ạ' { // most letters, without a look-up
		return -1
	}
	if i, ok := finalTones[r]; ok {
		return i
	}
	return -1
}

// EndsInTonedY reports whether a word ends in y with a tone, which may have been written as i.
func EndsInTonedY(s string) bool {
	if s == "" || s[len(s)-1] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(s)
	return plainOf[r] == 'y'
}

// canonicalWord changes one word in place, its i to y if withY is set.
func canonicalWord(w []rune, withY bool) {
	n := len(w)
	if n < 2 {
		return
	}
	last, before := w[n-1], w[n-2]
	afterQ := n > 2 && w[n-3] == 'q'
	if afterQ && before == 'ú' && last == 'y' { // "qúy"
		w[n-2], w[n-1] = 'u', 'ý'
		return
	}
	tone := toneOf(last)
	if tone < 0 {
		return
	}
	switch plain := plainOf[last]; {
	case before == 'o' && (plain == 'a' || plain == 'e') && n < 6:
		w[n-2], w[n-1] = toned[4].marks[tone], plain
	case before == 'u' && plain == 'y' && !afterQ:
		w[n-2], w[n-1] = toned[5].marks[tone], plain
	case withY && plain == 'i' && (n == 2 && strings.ContainsRune("hklmst", before) ||
		n == 3 && before == 'u' && afterQ):
		w[n-1] = toned[2].marks[tone]
	}
}
