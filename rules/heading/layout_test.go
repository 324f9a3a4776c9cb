package heading_test

import (
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/rules/claim"
	"kheo/rules/heading"
)

func TestWhatIsNoSentence(t *testing.T) {
	for _, c := range []struct{ name, page, words string }{
		{"a label of a form", "Raised: £5,000", "Raised"},
		{"a short cell of a table", "Trees planted\t40", "planted"},
		{"an option to tick", "[ ] Trees planted", "planted"},
		{"a line of a table of contents", "Trees planted ........ 4", "planted"},
		{"a heading in capitals", "TREES PLANTED\nWe planted 40.", "PLANTED"},
		{"a label closed by a colon", "Trees planted:\nWe counted 40.", "planted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !isNoSentence(t, c.page, c.words) {
				t.Errorf("%q is read as a sentence", c.page)
			}
		})
	}
	for _, s := range []string{"We planted 40 trees.", "a) We planted 40 trees in the village.",
		"1\tThe pupils of all four schools planted 40 trees in spring."} {
		if isNoSentence(t, s, "planted") {
			t.Errorf("%q is not read as a sentence", s)
		}
	}
}

// isNoSentence reports whether a word of a page in English is in no sentence.
func isNoSentence(t *testing.T, page, word string) bool {
	t.Helper()
	pg := &dossier.Page{Number: 1, Text: page, Language: "en"}
	var p text.Page
	p.Read(pg)
	var claims claim.Page
	claims.Read(&p)
	layout := heading.Layout{Page: &p, Claims: &claims}
	for i := range p.Lines {
		layout.Levels = append(layout.Levels, heading.LevelOf(&p, &p.Lines[i]))
	}
	for i := range p.Words {
		if p.Words[i].Text == strings.ToLower(word) {
			return layout.IsNoSentence(i, i+1)
		}
	}
	t.Fatalf("%q is not on the page", word)
	return false
}
