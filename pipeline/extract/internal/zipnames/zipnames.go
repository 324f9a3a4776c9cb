// Package zipnames reads the names of the files in a zip archive. Programs write them in UTF-8 or in the code page of
// the machine, and mostly do not say which.
//
// [Reader] looks at all names of an archive together, because they are in one code page, and takes the page in which
// they make the most sense as Vietnamese or as Norwegian and its neighbours. Names decide which document a
// requirement is met by, so a wrongly read one could cost points; one that fits nowhere keeps the reading of the
// standard.
package zipnames

import (
	"archive/zip"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"kheo/internal/text/language"
)

// unicodePath is the extra field with the name in UTF-8 (APPNOTE.TXT 4.6.9).
const unicodePath = 0x7075

// pages are the code pages in question. Of those that fit equally well the first counts: it is the one of
// the standard (APPNOTE.TXT, appendix D), the others are those of Windows in Western Europe and Vietnam.
var pages = []*charmap.Charmap{charmap.CodePage437, charmap.CodePage850, charmap.Windows1258, charmap.Windows1252}

// maxNames is the number of names by which the code page is found: all names of an archive are in the same.
const maxNames = 2000

// Reader returns a function that reads the names of the files of one archive, with slashes. A name is, in
// this order, that of its Unicode path field, itself if it is valid UTF-8 (whatever its flag says), or that
// in the code page of the archive.
func Reader(files []*zip.File) func(*zip.File) string {
	page := pageOf(files)
	return func(f *zip.File) string {
		name := f.Name
		if s, ok := fromExtra(f); ok {
			name = s
		} else if !utf8.ValidString(name) {
			if s, err := page.NewDecoder().String(name); err == nil {
				name = norm.NFC.String(s)
			}
		}
		return strings.ReplaceAll(name, "\\", "/")
	}
}

// fromExtra returns the name in the Unicode path field, if its checksum is that of the name in the entry: a
// program that renames a file may leave the field as it was.
func fromExtra(f *zip.File) (string, bool) {
	for b := f.Extra; len(b) >= 4; {
		id, size := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if b = b[4:]; size > len(b) {
			return "", false
		}
		field := b[:size]
		b = b[size:]
		if id != unicodePath || len(field) < 6 || field[0] != 1 {
			continue
		}
		if s := string(field[5:]); binary.LittleEndian.Uint32(field[1:]) == crc32.ChecksumIEEE([]byte(f.Name)) &&
			utf8.ValidString(s) {
			return s, true
		}
	}
	return "", false
}

// pageOf returns the code page in which the names of an archive make the most sense, by the sum of their
// points.
func pageOf(files []*zip.File) *charmap.Charmap {
	best, most := pages[0], -1<<30
	for _, p := range pages {
		points := 0
		for i, f := range files {
			if i >= maxNames {
				break
			}
			if utf8.ValidString(f.Name) {
				continue
			}
			s, err := p.NewDecoder().String(f.Name)
			if err != nil {
				points -= 10
				continue
			}
			points += sense(norm.NFC.String(s))
		}
		if points > most {
			best, most = p, points
		}
	}
	return best
}

// western are the letters beyond ASCII of Norwegian and its neighbours.
const western = "æøåÆØÅäöüÄÖÜéèêëàáâçñóòôßÉÈÀÇÑÓ"

// sense counts what speaks for a name being read in the right code page, less what speaks against it.
func sense(name string) (points int) {
	for _, w := range strings.FieldsFunc(name, func(r rune) bool {
		return r < 0x80 && !unicode.IsLetter(r) || r >= 0x80 && unicode.IsSpace(r)
	}) {
		points += wordSense(w)
	}
	return points
}

// wordSense counts what speaks for a word being read in the right code page: a Vietnamese syllable, or
// letters of Norwegian and its neighbours. Against it speak capitals within a word, letters of other
// languages, and signs among letters.
func wordSense(w string) (points int) {
	beyond, strange, capital := 0, 0, false
	lower := false
	for _, r := range w {
		if unicode.IsUpper(r) && lower {
			capital = true // within a word
		}
		lower = lower || unicode.IsLower(r)
		switch {
		case r < 0x80:
		case unicode.IsLetter(r) || unicode.IsMark(r):
			beyond++
			if !strings.ContainsRune(western, r) {
				strange++
			}
		default:
			points -= 3
		}
	}
	switch {
	case capital:
		points -= 2
	case beyond == 0:
	case language.Syllable(w):
		points += 2 * beyond
	case strange == 0:
		points += beyond
	default:
		points -= strange
	}
	return points
}
