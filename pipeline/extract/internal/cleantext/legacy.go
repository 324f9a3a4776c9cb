package cleantext

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/text/language"
)

// Before Unicode, Vietnamese was written in fonts with Vietnamese glyphs at the codes of other letters. Text
// in them is gibberish if it is read in the encoding that the document states. Two are common:
//
//   - TCVN3: the third code set of TCVN 5712:1993 ("ABC"), used by fonts called .Vn…. The input method UniKey
//     has the same mapping under that name (src/vnconv/data.cpp, CONV_CHARSET_TCVN3).
//   - VNI: a letter followed by a mark, used by fonts called VNI-…; CONV_CHARSET_VNIWIN in the same file.
//
// Both tables map characters as Windows-1252 reads their codes. The tests convert known sentences.

// legacy is one of those encodings, as text that was read as Windows-1252.
type legacy struct {
	name  string
	runes map[rune]string // what one character means
	marks map[rune]string // the combining marks that a character after a letter means; nil: none
}

// LegacyFont is the encoding of a font. The zero value is that of all ordinary fonts.
type LegacyFont struct {
	table *legacy
	upper bool // its small letters look like capitals: fonts of TCVN3 whose names end in H
}

// tcvn3 lists pairs of a character in Windows-1252 and the letter that it means.
var tcvn3 = &legacy{name: "TCVN3", runes: func() map[rune]string {
	m := map[rune]string{}
	for _, pair := range strings.Fields("µà ¶ả ·ã ¸á ¹ạ ¨ă »ằ ¼ẳ ½ẵ ¾ắ Æặ ©â Çầ Èẩ Éẫ Êấ Ëậ ®đ Ìè Îẻ Ïẽ Ðé Ñẹ ªê " +
		"Òề Óể Ôễ Õế Öệ ×ì Øỉ Üĩ Ýí Þị ßò áỏ âõ ãó äọ " +
		"«ô åồ æổ çỗ èố éộ ¬ơ êờ ëở ìỡ íớ îợ ïù ñủ òũ óú ôụ õừ öử ÷ữ øứ ùự úỳ ûỷ üỹ ýý þỵ ¡Ă ¢Â £Ê ¤Ô ¥Ơ ¦Ư §Đ") {
		rs := []rune(norm.NFC.String(pair))
		m[rs[0]] = string(rs[1:])
	}
	m['\u00ad'] = "ư"
	return m
}()}

// vni has letters of their own for horned vowels, đ and some accented i and y; the rest are marks.
var vni = &legacy{name: "VNI",
	runes: map[rune]string{'ô': "ơ", 'Ô': "Ơ", 'ö': "ư", 'Ö': "Ư", 'ñ': "đ", 'Ñ': "Đ", 'í': "í", 'ì': "ì",
		'æ': "ỉ", 'ó': "ĩ", 'ò': "ị", 'Í': "Í", 'Ì': "Ì", 'Æ': "Ỉ", 'Ó': "Ĩ", 'Ò': "Ị", 'î': "ỵ", 'Î': "Ỵ"},
	marks: func() map[rune]string {
		const grave, acute, tilde, hook, dot, circumflex, breve = "\u0300", "\u0301", "\u0303", "\u0309",
			"\u0323", "\u0302", "\u0306"
		m := map[rune]string{'ù': acute, 'ø': grave, 'û': hook, 'õ': tilde, 'ï': dot,
			'â': circumflex, 'á': circumflex + acute, 'à': circumflex + grave, 'å': circumflex + hook,
			'ã': circumflex + tilde, 'ä': circumflex + dot,
			'ê': breve, 'é': breve + acute, 'è': breve + grave, 'ú': breve + hook, 'ü': breve + tilde,
			'ë': breve + dot}
		for r, s := range m {
			m[unicode.ToUpper(r)] = s
		}
		return m
	}()}

// FontEncoding returns the encoding of a font by its name, which in a PDF may begin with a subset tag
// (ABCDEF+).
func FontEncoding(name string) LegacyFont {
	if i := strings.IndexByte(name, '+'); i == 6 { // the mark of a subset in a PDF
		name = name[7:]
	}
	low := strings.ToLower(name)
	switch {
	case strings.HasPrefix(low, "vni-") || strings.HasPrefix(low, "vni "):
		return LegacyFont{table: vni}
	case strings.HasPrefix(low, ".vn"):
		stem := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == ',' || r == ' ' })[0]
		return LegacyFont{table: tcvn3, upper: strings.HasSuffix(stem, "H")}
	}
	return LegacyFont{}
}

// Known reports whether the font has a legacy encoding.
func (f LegacyFont) Known() bool { return f.table != nil }

// PerGlyph reports whether the meaning of each glyph is known without its neighbours; in VNI marks
// follow their letters.
func (f LegacyFont) PerGlyph() bool { return f.table == tcvn3 }

// Convert converts text set in the font to Unicode, NFC. The font's encoding must be known.
func (f LegacyFont) Convert(s string) string {
	s = f.table.convert(s)
	if f.upper {
		s = strings.ToUpper(s)
	}
	return s
}

// convert converts text to Unicode, NFC. Codes from U+F0A0, as symbol fonts number them, are those from
// U+00A0.
func (l *legacy) convert(s string) string {
	var b strings.Builder
	rs := []rune(norm.NFC.String(s))
	for i := 0; i < len(rs); i++ {
		r := rs[i]
		if r >= 0xf0a0 && r <= 0xf0ff { // as symbol fonts number them
			r -= 0xf000
		}
		base, ok := l.runes[r]
		if !ok {
			base = string(r)
		}
		if l.marks != nil && i+1 < len(rs) && strings.ContainsRune("aeiouyAEIOUYôÔöÖ", r) {
			if m, ok := l.marks[rs[i+1]]; ok {
				base += m
				i++
			}
		}
		b.WriteString(base)
	}
	return norm.NFC.String(b.String())
}

// Modernize converts the lines of a text that are in TCVN3 or VNI; other text is returned unchanged.
func Modernize(text string) string { return Modernizer(text)(text) }

// Modernizer returns what converts pieces of a text that is in TCVN3 or VNI. It decides by the words of the whole
// text: as they are, few are Vietnamese syllables; converted, at least three quarters are. It converts no line that
// another language explains. For other text it returns what changes nothing.
func Modernizer(text string) func(piece string) string {
	unchanged := func(piece string) string { return piece }
	if isASCII(text) {
		return unchanged
	}
	for _, l := range []*legacy{tcvn3, vni} {
		if !l.explains(text) {
			continue
		}
		return func(piece string) string {
			if isASCII(piece) {
				return piece
			}
			lines := strings.Split(piece, "\n")
			for i, line := range lines {
				if maybeLegacy(line) && !foreign(line) {
					lines[i] = l.convert(line)
				}
			}
			return strings.Join(lines, "\n")
		}
	}
	return unchanged
}

// Bounds of the evidence for a legacy encoding.
const (
	minLegacyWords  = 4 // words that only make sense converted
	minLegacyKinds  = 3 // different ones
	manyLegacyKinds = 6 // as many prove it even where a third of all words make sense as they are
	maxLegacyWords  = 2000
	maxForeignWords = 2 // frequent words of another language in a line that few converted words outweigh
)

// explains reports whether a text is Vietnamese in this encoding. Lines that another language explains do not count,
// nor do words with digits: amounts such as £5m look like words of TCVN3.
func (l *legacy) explains(text string) bool {
	all, good, gained, was := 0, 0, 0, 0
	kinds := map[string]bool{}
	for line := range strings.SplitSeq(text, "\n") {
		if !maybeLegacy(line) || foreign(line) {
			continue
		}
		for _, w := range legacyWords(line) {
			if all++; all > maxLegacyWords {
				break
			}
			made := language.Syllable(w)
			if made {
				was++
			}
			if c := letters(l.convert(w)); language.Syllable(c) {
				good++
				if !made {
					gained++
					kinds[strings.ToLower(c)] = true
				}
			}
		}
	}
	return all >= minLegacyWords && len(kinds) >= minLegacyKinds && good*4 >= all*3 &&
		(was*3 <= all || gained*2 >= all && len(kinds) >= manyLegacyKinds)
}

// foreignWords are frequent words of languages other than Vietnamese that are no Vietnamese syllables. Those of French
// are here because kheo does not read it, but must not convert it.
var foreignWords = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, code := range []string{"nb", "en"} {
		for _, w := range language.Get(code).Common {
			m[w] = true
		}
	}
	for _, w := range strings.Fields("les des est dans pour sur avec par aux du et une que qui nous vous ont sont " +
		"leur plus ce ces ser der das und ist von mit auf las los por para como del al") {
		m[w] = true
	}
	for w := range m {
		if language.Syllable(w) {
			delete(m, w)
		}
	}
	return m
})

// foreign reports whether a line is in another language than Vietnamese: it has several of its frequent words, or one
// and hardly any word beyond ASCII.
func foreign(line string) bool {
	n := 0
	for _, w := range strings.FieldsFunc(strings.ToLower(line), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if foreignWords()[w] {
			n++
		}
	}
	return n >= maxForeignWords || n == 1 && len(legacyWords(line)) <= 2
}

// maybeLegacy reports whether a line has characters of Latin-1 beyond ASCII, and no letter beyond
// Latin-1.
func maybeLegacy(line string) bool {
	high := false
	for _, r := range line {
		if r > 0xff && (unicode.IsLetter(r) || unicode.IsMark(r)) && (r < 0xf000 || r > 0xf0ff) {
			return false
		}
		high = high || r >= 0xa1
	}
	return high
}

// legacyWords returns the words of a line that have more than ASCII. They are separated by spaces and the signs of
// markup only: a letter of a legacy encoding may look like any sign beyond ASCII.
func legacyWords(line string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(line, func(r rune) bool {
		return r == '<' || r == '>' ||
			unicode.IsSpace(r)
	}) {
		w = strings.Trim(w, `.,;:!?()[]"'/-–+%0123456789“”‘’…`)
		if rs := []rune(w); !isASCII(w) && len(rs) > 1 && len(rs) < 20 && !strings.ContainsAny(w, "0123456789") {
			out = append(out, w)
		}
	}
	return out
}

// letters returns the letters and marks of a text.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, s)
}
