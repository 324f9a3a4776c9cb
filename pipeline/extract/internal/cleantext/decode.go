package cleantext

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
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

// CharsetReader decodes text in the encoding with a label of the WHATWG Encoding Standard, as XML
// declares it.
func CharsetReader(label string, in io.Reader) (io.Reader, error) {
	return charset.NewReaderLabel(label, in)
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
	if declared != "" {
		if e, name := charset.Lookup(declared); e != nil && name != "utf-8" {
			return decodeWith(data, e.NewDecoder(), name)
		}
	}
	if mostlyUTF8(data) {
		return strings.ToValidUTF8(string(data), "\ufffd"), "utf-8"
	}
	s, err := charmap.Windows1258.NewDecoder().Bytes(data)
	if err == nil && vietnameseShare(string(s)) >= 0.6 {
		return string(s), "windows-1258"
	}
	s, _ = charmap.Windows1252.NewDecoder().Bytes(data) // also TCVN3 and VNI: Modernize recognises them later
	if mac, suspect, sure := macintosh(data, string(s)); sure {
		return mac, "macintosh"
	} else if suspect && Modernize(string(s)) == string(s) {
		return string(s), UnknownEncoding
	}
	return string(s), "windows-1252"
}

// UnknownEncoding is the name that Decode returns for text in an encoding that it cannot prove.
const UnknownEncoding = "unknown"

// minMacWords is the number of different words that must make sense in the encoding of old Macintoshes only.
const minMacWords = 3

// macintosh reads text in the encoding of old Macintoshes. suspect reports that many words make no sense as they are,
// and would in this encoding; sure that frequent words of a language are among them.
func macintosh(data []byte, western string) (text string, suspect, sure bool) {
	b, err := charmap.Macintosh.NewDecoder().Bytes(data)
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
		if isASCII(w) || strings.ContainsFunc(w, beyondNorwegian) || !strings.ContainsFunc(was[i], strayInWestern) {
			continue
		}
		kinds[w] = true
		if slices.Contains(nb.Common, w) || len(nb.CuesAt(w)) > 0 {
			known[w] = true
		}
	}
	return text, len(kinds) >= minMacWords, len(kinds) >= minMacWords && len(known) >= 2
}

// beyondNorwegian reports whether r is beyond ASCII and not among the letters of Norwegian texts.
func beyondNorwegian(r rune) bool {
	return r >= 0x80 && !strings.ContainsRune("æøåäöüéèêàáçñóô", r)
}

// strayInWestern reports whether r is what letters of the encoding of old Macintoshes look like as Windows-1252.
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
