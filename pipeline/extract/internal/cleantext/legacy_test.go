package cleantext

import (
	"testing"

	"golang.org/x/text/encoding/charmap"
)

func TestTextThatIsRightIsNeverConverted(t *testing.T) {
	for _, s := range []string{
		"We spent £5m on roads, £3m on schools, £2m on wells and £1m on staff.",
		"£5m\n£6k\n£7m\n£8m\n£9k",
		"Total £m\tBudget £m\tSpent £k\tLeft £k",
		"Le café était fermé; les élèves ont mangé à côté avec leurs aînés.",
		"Vi har også fått nye brønner på øya, og alle får være med når våren kommer.",
		"© 2024 ® µm ª º ¼ ½ ¾ §4 §5",
		"Société Générale\nCrédit Agricole\nÉlectricité de France\nHôtel des Étoiles",
		"Öl für Tür und Haus, schön für alle Leute in Köln.",
	} {
		if got := Modernize(s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestALineOfAnotherLanguageIsNotConvertedWithinALegacyPage(t *testing.T) {
	const english = "The project was funded with £5m and £m by the bank."
	page := "Céng hßa x· héi chñ nghÜa ViÖt Nam\n§éc lËp - Tù do - H¹nh phóc\n" + english
	want := "Cộng hòa xã hội chủ nghĩa Việt Nam\nĐộc lập - Tự do - Hạnh phúc\n" + english
	if got := Modernize(page); got != want {
		t.Errorf("got %q", got)
	}
}

func TestVIQRIsRecognisedByWholeWords(t *testing.T) {
	if !IsVIQR("Co^.ng ho`a xa~ ho^.i chu? nghi~a Vie^.t Nam, DDo^.c la^.p tu+. do, ba'o ca'o ke^'t qua? hoa.t ddo^.ng") {
		t.Error("VIQR is not recognised")
	}
	for _, s := range []string{"x^2 + y^2 = z^2, a+b, f(x)", "C++ and g++ (a^b) `code`", "Don't you know what's up? It's 5+5.", "a^ e^ o^ a^ e^"} {
		if IsVIQR(s) {
			t.Errorf("%q is not VIQR", s)
		}
	}
}

func TestMacRomanIsReadOnlyIfFrequentWordsProveIt(t *testing.T) {
	encode := func(s string) []byte {
		b, err := charmap.Macintosh.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const sure = "Vi har også bygd brønner på øya, og gresset når våren kommer."
	if got, name := Decode(encode(sure), ""); got != sure || name != "macintosh" {
		t.Errorf("got %q as %s", got, name)
	}
	if _, name := Decode(encode("Brønnøy, Bømlo, Tromsø, Røros, Røst"), ""); name != UnknownEncoding {
		t.Errorf("place names are read as %s", name)
	}
	if _, name := Decode([]byte("Pris: 5\xbe kg, \xa35m, caf\xe9"), ""); name != "windows-1252" {
		t.Errorf("text in Windows-1252 is read as %s", name)
	}
}
