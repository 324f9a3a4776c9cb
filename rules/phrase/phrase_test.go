package phrase_test

import (
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/phrase"
)

// hits returns how many hits a phrase has in a Vietnamese text, and whether they were found without
// diacritics.
func hits(s, content string, label bool) (n int, plain bool) {
	ph := phrase.New(s)
	ph.Label, ph.Lang = label, language.Get("vi")
	m := phrase.NewMatcher()
	list := m.Add([]phrase.Phrase{ph})
	var p text.Page
	p.Read(&dossier.Page{Number: 1, Text: norm.NFC.String(content), Language: "vi"})
	found := m.Scan(&p, nil)[list]
	for _, h := range found {
		plain = plain || h.Plain
	}
	return len(found), plain
}

func TestPhrasesAreFoundInEverySpelling(t *testing.T) {
	const form = "PHIEU DANG KY MO HINH\nSo ho tham gia: 120 ho\nTy le ho dong thuan: 97%\nThoi gian thuc hien: thang 3 nam 2024"
	for _, c := range []struct {
		name, phrase, text string
		label              bool
		n                  int
		plain              bool
	}{
		{"the tone is on the other vowel", "hòa giải thành", "Tổ hoà giải thành 12 vụ.", false, 1, false},
		{"and the other way round", "bê tông hoá", "Bê tông hóa 3 km đường.", false, 1, false},
		{"i is written for y", "Tỷ lệ hộ đồng thuận", "Tỉ lệ hộ đồng thuận: 97%", true, 1, false},
		{"a label is found without diacritics", "Tỷ lệ hộ đồng thuận", form, true, 1, true},
		{"what is evidence is not", "đồng thuận", form, false, 0, false},
		{"a page with diacritics has none without", "Số hộ tham gia", "So ho tham gia: 120 hộ của thôn đã có", true, 0, false},
	} {
		if n, plain := hits(c.phrase, c.text, c.label); n != c.n || plain != c.plain {
			t.Errorf("%s: %d hits (plain %v), want %d (plain %v)", c.name, n, plain, c.n, c.plain)
		}
	}
}
