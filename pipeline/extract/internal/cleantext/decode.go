package cleantext

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	textunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"kheo/internal/text/language"
)

// UTF8 decodes text that declares no encoding.
func UTF8(b []byte) string {
	s, _ := Decode(b, "")
	return s
}

// Decode turns bytes into text and names the encoding. In this order it goes by the byte order mark, by
// UTF-8 being valid, by the encoding that the text declares ("" if it declares none), and by the legacy
// encoding that makes the most sense of it.
func Decode(data []byte, declared string) (text, name string) {
	if e, name := markedEncoding(data); e != nil {
		return decodeWith(data, e, name)
	}
	if utf8.Valid(data) {
		return string(data), "utf-8"
	}
	undecodable := false
	if declared != "" {
		decode, name, known := Encoding(declared)
		if decode != nil && name != "utf-8" {
			if s, ok := decode(data); ok {
				return s, name
			}
			return strings.ToValidUTF8(string(data), "\ufffd"), "utf-8"
		}
		undecodable = decode == nil && known
	}
	if mostlyUTF8(data) {
		return strings.ToValidUTF8(string(data), "\ufffd"), "utf-8"
	}
	text, name = undeclared(data)
	if undecodable && Modernize(text) == text {
		name = UnknownEncoding
	}
	return text, name
}

// undeclared decodes text of 8 bits a letter that does not say in which encoding it is.
func undeclared(data []byte) (text, name string) {
	b, _ := charmap.Windows1252.NewDecoder().Bytes(data) // also TCVN3 and VNI: Modernize recognises them later
	western := string(b)
	isLegacy := Modernize(western) != western
	if b, err := charmap.Windows1258.NewDecoder().Bytes(data); err == nil {
		share := vietnameseShare(string(b))
		if share >= 0.6 && !(isLegacy && vietnameseShare(Modernize(western)) >= share) {
			return string(b), "windows-1258"
		}
	}
	if isLegacy {
		return western, "windows-1252"
	}
	for _, old := range oldEncodings {
		s, suspect, sure := old.read(data, western)
		switch {
		case sure:
			return s, old.name
		case suspect:
			name = UnknownEncoding
		}
	}
	return western, cmp.Or(name, "windows-1252")
}

// UnknownEncoding is the name that Decode returns for text in an encoding that it cannot prove.
const UnknownEncoding = "unknown"

// minOldWords is the number of different words that must make sense in an older encoding only.
const minOldWords = 3

// oldEncoding is an encoding of Norwegian from before Windows.
type oldEncoding struct {
	name    string
	charmap *charmap.Charmap
	strays  func(word string) bool // whether a word in Windows-1252 has what its letters look like there
}

// oldEncodings are those of MS-DOS, whose code pages have the Norwegian letters at the same codes, except 437, and of
// old Macintoshes.
var oldEncodings = []oldEncoding{
	{"cp850", charmap.CodePage850, straysOfDOS},
	{"macintosh", charmap.Macintosh, func(word string) bool { return strings.ContainsFunc(word, strayInWestern) }},
}

// straysOfDOS reports whether a word has what ø, å and the capitals of MS-DOS look like before one of its letters, or
// in a word of two: daggers and angles behind words, or alone, are signs. æ looks like an apostrophe, and does not
// count.
func straysOfDOS(word string) bool {
	rs := []rune(word)
	for i, r := range rs {
		if strings.ContainsRune("†›\u008f\u009d", r) && (i+1 < len(rs) && unicode.IsLetter(rs[i+1]) || len(rs) == 2 &&
			i == 1) {
			return true
		}
	}
	return false
}

// read reads text in the encoding. suspect reports that many words make no sense as they are, and would in this
// encoding; sure that frequent words of a language are among them.
func (old *oldEncoding) read(data []byte, western string) (text string, suspect, sure bool) {
	b, err := old.charmap.NewDecoder().Bytes(data)
	if err != nil {
		return "", false, false
	}
	text = string(b)
	was, is := strings.Fields(western), strings.Fields(text)
	if len(was) != len(is) {
		return "", false, false
	}
	kinds, known, nb := map[string]bool{}, map[string]bool{}, language.Get("nb")
	for i, w := range is {
		w = strings.ToLower(strings.Trim(w, `.,;:!?()[]"'/-`))
		if isASCII(w) || strings.ContainsFunc(w, beyondNorwegian) || !old.strays(was[i]) {
			continue
		}
		kinds[w] = true
		if slices.Contains(nb.Common, w) || len(nb.CuesAt(w)) > 0 {
			known[w] = true
		}
	}
	return text, len(kinds) >= minOldWords, len(kinds) >= minOldWords && len(known) >= 2
}

// beyondNorwegian reports whether r is beyond ASCII and not among the letters of Norwegian texts.
func beyondNorwegian(r rune) bool {
	return r >= 0x80 && !strings.ContainsRune("æøåäöüéèêàáçñóô", r)
}

// strayInWestern reports whether r is what letters of older encodings look like as Windows-1252.
func strayInWestern(r rune) bool {
	return r >= 0x80 && !unicode.IsLetter(r) || r == 'Œ' || r == 'Ž' || r == 'š'
}

// viqrLetters replaces the letters of VIQR (RFC 1456), which writes marks as signs behind letters.
var viqrLetters = strings.NewReplacer("a^", "â", "e^", "ê", "o^", "ô", "a(", "ă", "o+", "ơ", "u+", "ư", "dd", "đ",
	"`", "", "'", "", "?", "", "~", "", ".", "")

// IsVIQR reports whether a text is Vietnamese in VIQR: at least a quarter of its words have signs within them and are
// Vietnamese syllables with the letters that those mean.
func IsVIQR(text string) bool {
	if !strings.ContainsAny(text, "^+(") {
		return false
	}
	all, marked, kinds := 0, 0, map[string]bool{}
	for _, w := range strings.Fields(strings.ToLower(text)) {
		w = strings.Trim(w, `,;:!()"-.?'`)
		if w == "" {
			continue
		}
		if all++; all > maxLegacyWords {
			break
		}
		if !strings.ContainsAny(w, "^+(~`") && !strings.HasPrefix(w, "dd") {
			continue // an apostrophe or a full stop within a word is ordinary
		}
		if c := viqrLetters.Replace(w); c != w && language.Syllable(c) {
			marked++
			kinds[w] = true
		}
	}
	return marked*4 >= all && len(kinds) >= 5
}

// markedEncoding returns the decoder of text with a byte order mark, or of UTF-16 without one; nil for
// other text.
func markedEncoding(data []byte) (*encoding.Decoder, string) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe, 0, 0}):
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM).NewDecoder(), "utf-32le"
	case bytes.HasPrefix(data, []byte{0, 0, 0xfe, 0xff}):
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewDecoder(), "utf-32be"
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}) || Wide(data) == 1:
		return textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM).NewDecoder(), "utf-16le"
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}) || Wide(data) == 2:
		return textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM).NewDecoder(), "utf-16be"
	}
	return nil, ""
}

// IsWide reports whether data is text in UTF-16 or UTF-32.
func IsWide(data []byte) bool {
	e, _ := markedEncoding(data)
	return e != nil
}

// decodeWith decodes data; if nothing of it can be decoded it is taken for damaged UTF-8.
func decodeWith(data []byte, e *encoding.Decoder, name string) (string, string) {
	b, err := e.Bytes(data)
	if err != nil && len(b) == 0 {
		return strings.ToValidUTF8(string(data), "\ufffd"), "utf-8"
	}
	return string(b), name
}

// Wide recognises UTF-16 without a byte order mark by its zero bytes: 1 is little endian, 2 big endian,
// 0 not UTF-16.
func Wide(data []byte) int {
	var zeros [2]int
	n := min(len(data), 4096) &^ 1
	for i := range n {
		if data[i] == 0 {
			zeros[i&1]++
		}
	}
	switch {
	case n < 8:
	case zeros[1]*10 > n*3 && zeros[0]*20 < n:
		return 1
	case zeros[0]*10 > n*3 && zeros[1]*20 < n:
		return 2
	}
	return 0
}

// mostlyUTF8 reports whether text is UTF-8 with a few broken bytes.
func mostlyUTF8(data []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			bad++
			n = 1
		case r >= 0x80:
			good++
		}
		i += n
	}
	return good > 4*bad
}

// vietnameseShare returns the share of the words beyond ASCII that are Vietnamese syllables, 0 to 1; 0
// if there are fewer than three.
func vietnameseShare(s string) float64 {
	good, all := 0, 0
	for _, w := range strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) &&
			!unicode.IsMark(r)
	}) {
		if isASCII(w) {
			continue
		}
		all++
		if language.Syllable(w) {
			good++
		}
	}
	if all < 3 {
		return 0
	}
	return float64(good) / float64(all)
}

// isASCII reports whether a text has no byte beyond ASCII.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
