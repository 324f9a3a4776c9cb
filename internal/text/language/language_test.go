package language

import "testing"

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
