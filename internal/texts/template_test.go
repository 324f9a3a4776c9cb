package texts

import (
	"fmt"
	"strings"
	"testing"
)

// Templates fill in what fmt and Plural fill in together, in every sentence of an assessment.
func TestTemplatesFillInAsFmtDoes(t *testing.T) {
	t.Parallel()
	plain := func(v any, _ string) string { return fmt.Sprint(v) }
	args := []any{1, "b%c", 3.5, "1", "{e|f}", 6, 7, 8, 9}
	var shown []any
	for _, a := range args {
		shown = append(shown, plain(a, ""))
	}
	for _, section := range []Section{"assessment", "explanation"} {
		for key, text := range catalogue()[string(section)] {
			for lang, one := range NewTemplate(text).Fill(plain, args...) {
				want, _, _ := strings.Cut(fmt.Sprintf(Plural(lang, text[lang], args), shown...), "%!(EXTRA")
				if one != want {
					t.Errorf("%s, %s, %s: %q, not %q", section, key, lang, one, want)
				}
				if strings.Contains(text[lang], "%!") {
					t.Errorf("%s, %s, %s is no sentence with values: %q", section, key, lang, text[lang])
				}
			}
		}
	}
	for text, want := range map[string]string{"%s %% {a|b} {2:a|b}": "1 % a b", "{": "{", "{a} %[4]s {a|b} %s": "{a} 1 a 1", "%": "%", "x": "x",
		"%s%s": "1b%c"} {
		if got := NewTemplate(map[string]string{"en": text}).In("en", plain, args...); got != want {
			t.Errorf("%q is filled in as %q, not %q", text, got, want)
		}
	}
}
