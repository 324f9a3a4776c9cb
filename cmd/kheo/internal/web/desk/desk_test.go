package desk

import (
	"testing"

	"kheo/internal/dossier"
)

func TestFindIn(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		text string
		find []string
		want [][2]int
	}{
		"words without diacritics match all spellings": {"Tiếng kẻng, tiếng kèn", []string{"tieng keng"}, [][2]int{{0, 10}}},
		"words with diacritics match their own":        {"tiếng tieng", []string{"tiếng"}, [][2]int{{0, 5}}},
		"a phrase is not found apart":                  {"an toàn ninh", []string{"an ninh"}, nil},
		"đ is found as d":                              {"đường", []string{"duong"}, [][2]int{{0, 5}}},
		"nothing is looked for":                        {"an ninh", []string{"", " - "}, nil},
		"phrases that overlap are joined":              {"a b c", []string{"a b", "b c"}, [][2]int{{0, 5}}},
	} {
		got := findIn(tt.text, phrases(tt.find))
		if len(got) != len(tt.want) {
			t.Errorf("%s: %v", what, got)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: %v", what, got)
			}
		}
	}
}

func TestDiffering(t *testing.T) {
	t.Parallel()
	a, b, changed, figures := differing("Có 60 hộ, thu 27 triệu.", "Có 62 hộ, thu 28 triệu")
	if len(a) != 2 || len(b) != 2 || changed != 4 || figures != 4 || a[0].Class != "changed figure" {
		t.Errorf("%v %v %d %d", a, b, changed, figures)
	}
	if a, b, _, _ := differing("như nhau", "Như nhau."); len(a)+len(b) != 0 {
		t.Errorf("equal texts differ: %v %v", a, b)
	}
}

// Marks do not overlap, and what was asked for is above what is quoted and comes first.
func TestPainted(t *testing.T) {
	t.Parallel()
	m := marks{text: []rune("0123456789"), quoted: [][2]int{{0, 8}, {8, 10}}, chosen: [][2]int{{2, 4}}}
	got := m.painted(10)
	if len(got) != 4 || got[1].Class != "chosen" || !got[1].First || got[0].First || got[2].From != 4 || got[3].From != 8 {
		t.Errorf("%+v", got)
	}
}

func FuzzDiffering(f *testing.F) {
	f.Add("Có 60 hộ", "Có 62 hộ")
	f.Add("", "x")
	f.Fuzz(func(t *testing.T, a, b string) {
		inA, inB, _, _ := differing(a, b)
		for text, marks := range map[string]int{a: len(inA), b: len(inB)} {
			if marks > len([]rune(text)) {
				t.Errorf("%q has %d marks", text, marks)
			}
		}
		findIn(a, phrases([]string{b}))
		shownCopies("d", []dossier.Copy{{Passages: []dossier.Passage{{Here: dossier.Source{Quote: a}, There: dossier.Source{Quote: b}}}}}, func(id string) string { return id })
	})
}
