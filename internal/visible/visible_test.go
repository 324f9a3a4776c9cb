package visible

import (
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// Hostile holds one of each kind of character that acts without being seen.
const hostile = "a\x1b[31mb\ac\x00d\x7fe\u009bf\u0085g\u202ah\u202ei\u2066j\u2069k\u200el\u200fm\u061cn\u2028o\u2029p\ufeffq\U000e0041r\rs"

func unseen(s string) (out []rune) {
	for _, r := range s {
		if of(r) != keep {
			out = append(out, r)
		}
	}
	return out
}

func TestNothingThatActsUnseenComesThrough(t *testing.T) {
	for name, f := range map[string]func(string) string{"Text": Text, "Line": Line} {
		got := f(hostile)
		if left := unseen(got); len(left) > 0 {
			t.Errorf("%s leaves %U of it", name, left)
		}
		for c := 'a'; c <= 's'; c++ {
			if !strings.ContainsRune(got, c) {
				t.Errorf("%s takes %q away: %q", name, c, got)
			}
		}
	}
	if got := Line("one\ntwo\tthree"); got != "one two three" {
		t.Errorf("%q", got)
	}
	if got := Text("bad \xff end"); got != "bad \ufffd end" {
		t.Errorf("%q", got)
	}
}

func TestLettersPass(t *testing.T) {
	for _, s := range []string{"Mô hình “Dân vận khéo” – thôn Phú Hưng, 2,5 tỷ đồng; đạt 100 %\n\tTiếng", "Søndre Ål, «blåbærsyltetøy» … æøåÆØÅ", "क्\u200dष می\u200cخواهم 👩\u200d🌾 €", "a\u00a0b\u00adc", "ngày 15 tháng 3 năm 2024 – Đắk Lắk"} {
		for _, v := range []string{norm.NFC.String(s), norm.NFD.String(s)} {
			if Text(v) != v {
				t.Errorf("%q became %q", v, Text(v))
			}
		}
	}
}

// JSON gives back what went in, and shows none of it.
func TestJSONKeepsWhatItEscapes(t *testing.T) {
	b, err := json.Marshal(map[string]string{"title": hostile})
	if err != nil {
		t.Fatal(err)
	}
	out := JSON(b)
	var got map[string]string
	if err := json.Unmarshal(out, &got); err != nil || got["title"] != hostile {
		t.Errorf("%v: %q", err, got["title"])
	}
	if left := unseen(string(out)); len(left) > 0 {
		t.Errorf("%U is left", left)
	}
}

func TestAWriterIsGivenCharactersInPieces(t *testing.T) {
	var b strings.Builder
	w := NewWriter(&b)
	for _, c := range []byte("Đại\u202e Lộc\x1b[0m\n") {
		if _, err := w.Write([]byte{c}); err != nil {
			t.Fatal(err)
		}
	}
	if b.String() != "Đại Lộc [0m\n" {
		t.Errorf("%q", b.String())
	}
}

// Every character is treated alike whether clean says that nothing has to be done or not.
func TestEveryCharacterIsLookedAt(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= 0x10ffff; r++ {
		if s := string(r); of(r) != keep && clean(s) || of(r) != keep && clean("x"+s+"xyz") {
			t.Errorf("%U is taken for clean", r)
		}
	}
	if !clean("“Dân vận khéo” – tiếng … ‘a’ • €") {
		t.Error("quotation marks and dashes are looked at twice")
	}
}
