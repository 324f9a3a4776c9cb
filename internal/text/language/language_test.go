package language

import (
	"maps"
	"slices"
	"testing"
)

func TestDetectTellsThePageLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"Bà con trong thôn đã cùng nhau góp công làm đường và không còn ai phải đi vòng.":        "vi",
		"Familiene har spart penger på skolemøbler, og de møtes i det gamle huset hver tirsdag.": "nb",
		"The families have saved their money and the old house is open to all on Tuesdays.":      "en",
		"12 34 56": "",
	} {
		if got := Detect(text); got != want {
			t.Errorf("Detect(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestFoldIsHowPeopleTypeWithoutDiacritics(t *testing.T) {
	for text, want := range map[string]string{
		"Trường học An ninh":             "truong hoc an ninh",
		"  Đại Lộc — 2024! ":             "dai loc 2024",
		"Ærlig øl på Łódź, straße":       "aerlig ol pa lodz strasse",
		"Tru\u031bo\u031b\u0300ng (NFD)": "truong nfd",
		"x\u0323y":                       "xy",
		"đ/ð":                            "d d",
		"日本 12":                          "日本 12",
	} {
		if got := Fold(text); got != want {
			t.Errorf("Fold(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWordsHaveOneSpelling(t *testing.T) {
	for text, want := range map[string]string{
		"hoà": "hòa", "hòa": "hòa", "khoẻ": "khỏe", "uỷ": "ủy", "thuý": "thúy", "tỉ": "tỷ", "kĩ": "kỹ", "lí": "lý", "quí": "quý", "qúy": "quý", "quý": "quý",
		"hoàn": "hoàn", "toán": "toán", "khi": "khi", "thì": "thì", "ti": "ti", "my": "my", "nghĩ": "nghĩ", "đi": "đi", "": "", "a": "a",
		"tỉ lệ hoà giải": "tỷ lệ hòa giải", "bê tông hoá": "bê tông hóa", "ngoài": "ngoài", "øre": "øre", "café": "café",
	} {
		if got := Canonical(text); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestCanonicalOnceIsEnough(t *testing.T) {
	for _, l := range All() {
		for _, words := range l.Cues {
			for _, s := range words {
				if Canonical(s) != s {
					t.Errorf("%q is not canonical", s)
				}
			}
		}
	}
}

func TestMeasuresAreNamedInEveryLanguage(t *testing.T) {
	for name, want := range map[string]string{"ha": "area", "m²": "area", "m2": "area", "hecta": "area", "Tấn": "mass", "mil": "length", "hours": "time", "tháng": "months"} {
		if m := MeasureNamed(name); m == nil || m.Dimension != want {
			t.Errorf("%s: %+v, want %s", name, m, want)
		}
	}
	for _, name := range []string{"hộ", "households", "", "husstander"} {
		if MeasureNamed(name) != nil {
			t.Errorf("%q is a measure", name)
		}
	}
}

// A noun that is added to a list of cues says nothing of a text's language: only function words, numbers, months and
// the words that are collected as hints do.
func TestCuesThatAreNounsDoNotHintAtALanguage(t *testing.T) {
	for i, l := range All() {
		other := *l
		other.Cues, other.Numbers = maps.Clone(l.Cues), maps.Clone(l.Numbers)
		for _, kind := range []CueKind{PlaceNoun, Plan, Wish, RulePaper, Listing, PartName} {
			other.Cues[kind] = append(slices.Clone(other.Cues[kind]), "xyzzy")
		}
		other.compile()
		if other.known["xyzzy"] {
			t.Errorf("%s: a noun hints at the language", l.Code)
		}
		if n := hints("xyzzy")[i]; n != 0 {
			t.Errorf("%s: %d hints", l.Code, n)
		}
	}
}

func TestLanguagesOfShortTexts(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Kommunestyret behandlet saken", "nb"}, {"Lillevik kommune 2026", "nb"}, {"35 frivillige bidro", "nb"},
		{"Startet", "nb"}, {"Plan 2026\tResultat", "nb"}, {"Antall: 5", "nb"}, {"Belegg: 80 % av plassene", "nb"},
		{"Số hộ: 5", "vi"}, {"Phong trào", "vi"}, {"Giao", "vi"}, {"Kết quả năm 2026", "vi"}, {"Tổng kinh phí", "vi"},
		{"Amount applied for", "en"}, {"Households: 5", "en"}, {"Total cost", "en"}, {"Lamps: 18", "en"},
		{"The model in Hòa Xuân commune: 76 households took part", "en"}, {"The warm-space café opened in January", "en"},
		{"Site\tHouseholds\nBarn\t22\nSum\t117", "en"}, {"Vi har besøk fra Huế", "nb"}, {"Thôn có 5 hộ ở Ålesund", "vi"},
	} {
		if got := Guess(c.text).Code; got != c.want {
			t.Errorf("%q is %s, want %s", c.text, got, c.want)
		}
	}
}

// Filters and the quick look at what words may be respelled leave out no word that they must let through.
func TestQuickLooksMissNothing(t *testing.T) {
	for _, l := range append(All(), PlainVietnamese()) {
		for word := range l.lexicon {
			if len(l.CuesAt(word)) == 0 {
				t.Errorf("%s: no cues at %q", l.Code, word)
			}
		}
		for word := range l.currencies().byFirst {
			if len(l.CurrencyNames(word)) == 0 {
				t.Errorf("%s: no currency at %q", l.Code, word)
			}
		}
		for word := range l.starts.numbers {
			if !l.StartsNumber(word) {
				t.Errorf("%s: no number begins with %q", l.Code, word)
			}
		}
	}
	letters := []rune("aàáoòuùúiìíeèyỳýqhklmstnbạệỵị")
	var try func(word []rune)
	try = func(word []rune) {
		if n := len(word); n > 0 && word[n-1] != 'y' && !mayChange(string(word)) {
			changed := slices.Clone(word)
			if canonicalWord(changed, true); !slices.Equal(changed, word) {
				t.Errorf("%q would be %q", string(word), string(changed))
			}
		}
		for i := 0; len(word) < 4 && i < len(letters); i++ {
			try(append(slices.Clone(word), letters[i]))
		}
	}
	try(nil)
	var f Filter
	if f.MayHave("") || f.MayHave("word") {
		t.Error("the empty filter has a word")
	}
}
