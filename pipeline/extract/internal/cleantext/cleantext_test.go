package cleantext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzClean(f *testing.F) {
	f.Add("a\r\nb\rc\u00ad\u200b\x00 \n\n\n\nd\u2028e")
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if Clean(c) != c {
			t.Errorf("Clean(%q) is %q, and of that %q", s, c, Clean(c))
		}
		if strings.ContainsAny(c, "\r\x00\u200b\ufeff") {
			t.Errorf("Clean(%q) is %q", s, c)
		}
	})
}

// Converted text is not converted a second time, and text in no legacy encoding stays unchanged.
func FuzzModernize(f *testing.F) {
	f.Add("Nh÷ng n¨m qua, phong trµo D©n vËn khÐo ®· ®i vµo cuéc sèng")
	f.Add("Nhöõng naêm qua, phong traøo Daân vaän kheùo ñaõ ñi vaøo cuoäc soáng")
	f.Add("Chúng tôi có 12 hộ và các em")
	vietnamese := func(r rune) bool { return r >= 0x1ea0 && r <= 0x1ef9 }
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		once := Modernize(s)
		if strings.ContainsFunc(once, vietnamese) && Modernize(once) != once && !strings.Contains(s, "\n") {
			t.Errorf("%q becomes %q and then %q", s, once, Modernize(once))
		}
	})
}

func FuzzDehyphenate(f *testing.F) {
	f.Add("special-\nization of co-\noperation.\nco-operation")
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := strings.Count(Dehyphenate(s), "\n"), strings.Count(s, "\n"); got != want {
			t.Errorf("%q has %d lines, %q %d", s, want, Dehyphenate(s), got)
		}
	})
}
