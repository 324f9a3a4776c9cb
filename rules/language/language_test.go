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
