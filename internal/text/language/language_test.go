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
