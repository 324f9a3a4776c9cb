package cleantext

import (
	"bytes"
	"io"
	"kheo/internal/text/language"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
	textunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

func UTF8(b []byte) string {
	s, _ := Decode(b, "")
	return s
}

func CharsetReader(label string, in io.Reader) (io.Reader, error) {
	return charset.NewReaderLabel(label, in)
}

// decode turns bytes into text: by their byte order mark, as UTF-8, by the
// encoding that they name themselves, or by that of the old encodings in which
// they make the most sense.
func Decode(data []byte, declared string) (text, name string) {
	with := func(e interface{ Bytes([]byte) ([]byte, error) }, name string) (string, string) {
		b, err := e.Bytes(data)
		if err != nil && len(b) == 0 {
			return strings.ToValidUTF8(string(data), "\ufffd"), "utf-8"
		}
		return string(b), name
	}
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe, 0, 0}):
		return with(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM).NewDecoder(), "utf-32le")
	case bytes.HasPrefix(data, []byte{0, 0, 0xfe, 0xff}):
		return with(utf32.UTF32(utf32.BigEndian, utf32.UseBOM).NewDecoder(), "utf-32be")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}) || Wide(data) == 1:
		return with(textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM).NewDecoder(), "utf-16le")
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}) || Wide(data) == 2:
		return with(textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM).NewDecoder(), "utf-16be")
	case utf8.Valid(data):
		return string(data), "utf-8"
	}
	if declared != "" {
		if e, name := charset.Lookup(declared); e != nil && name != "utf-8" {
			return with(e.NewDecoder(), name)
		}
	}
	if mostlyUTF8(data) {
		return strings.ToValidUTF8(string(data), "\ufffd"), "utf-8"
	}
	if s, err := charmap.Windows1258.NewDecoder().Bytes(data); err == nil && vietnameseShare(string(s)) >= 0.6 {
		return string(s), "windows-1258"
	}
	s, _ := charmap.Windows1252.NewDecoder().Bytes(data) // TCVN3 and VNI, which look so, are recognised later
	return string(s), "windows-1252"
}

// wide tells UTF-16 without a byte order mark by its zero bytes: 1 little
// endian, 2 big endian, 0 none.
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

// mostlyUTF8 reports whether text is UTF-8 but for a few broken bytes.
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

// vietnameseShare is the share of words with Vietnamese letters or tones, of
// those with anything beyond ASCII, that are syllables.
func vietnameseShare(s string) float64 {
	good, all := 0, 0
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
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

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
