package extract

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
)

// whiteImage is an image of one white pixel, as an object of a PDF.
var whiteImage = streamOf("/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", "\xff")

// greyNoise is an image of 8 × 8 pixels, dark and light.
var greyNoise = streamOf("/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8",
	strings.Repeat("\x10\xe0\x10\xe0\x10\xe0\x10\xe0\xe0\x10\xe0\x10\xe0\x10\xe0\x10", 4))

// Of text on a page, it is found out whether there is something of it to be seen, whatever hides it.
func TestLookingAtText(t *testing.T) {
	const quote = "Households taking part: 120"
	covered := func(image string) string {
		return onePage(at(72, 700, quote)+"q 400 0 0 40 60 690 cm /I Do Q\n"+at(72, 600, "People came."),
			"/Resources << /Font << /F1 5 0 R >> /XObject << /I 6 0 R >> >>", "", image)
	}
	off := "/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] >> >>"
	for _, c := range []struct {
		name, pdf string
		want      dossier.Sight
	}{
		{"plain text", onePage(at(72, 700, quote), "", ""), dossier.Seen},
		{"white text on a dark ground", onePage("0 0 0.5 rg 60 690 300 30 re f 1 g\n"+at(72, 700, quote), "", ""), dossier.Seen},
		{"text in pale yellow", onePage("1 1 0.6 rg\n"+at(72, 700, quote), "", ""), dossier.Seen},
		{"text on a turned page", onePage(at(72, 700, quote), "/Rotate 90", ""), dossier.Seen},
		{"text in a form object", onePage("/X Do", "/Resources << /XObject << /X 6 0 R >> >>", "",
			streamOf("/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >>", at(72, 700, quote))), dossier.Seen},
		{"text over a picture", onePage("q 400 0 0 40 60 690 cm /I Do Q\n"+at(72, 700, quote),
			"/Resources << /Font << /F1 5 0 R >> /XObject << /I 6 0 R >> >>", "", whiteImage), dossier.Seen},
		{"text under a white picture", covered(whiteImage), dossier.SightUnseen},
		{"text under a photo", covered(greyNoise), dossier.Unclear},
		{"text under a painted area", onePage(at(72, 700, quote)+"0.9 g 60 690 300 30 re f\n", "", ""), dossier.SightUnseen},
		{"text in a layer that is off", onePage("/OC /L BDC\n"+at(72, 700, quote)+"EMC\n",
			"/Resources << /Font << /F1 5 0 R >> /Properties << /L 6 0 R >> >>", off, "<< /Type /OCG /Name (draft) >>"), dossier.SightUnseen},
		{"text in a layer that is on", onePage("/OC /L BDC\n"+at(72, 700, quote)+"EMC\n",
			"/Resources << /Font << /F1 5 0 R >> /Properties << /L 6 0 R >> >>", "/OCProperties << /OCGs [6 0 R] /D << >> >>", "<< /Type /OCG /Name (draft) >>"), dossier.Seen},
		{"white text", onePage("1 g\n"+at(72, 700, quote), "", ""), dossier.SightUnseen},
		{"nearly white text", onePage("0.95 g\n"+at(72, 700, quote), "", ""), dossier.SightUnseen},
		{"invisible text", onePage("3 Tr\n"+at(72, 700, quote), "", ""), dossier.SightUnseen},
		{"invisible text over a photo", onePage("q 400 0 0 40 60 690 cm /I Do Q 3 Tr\n"+at(72, 700, quote),
			"/Resources << /Font << /F1 5 0 R >> /XObject << /I 6 0 R >> >>", "", greyNoise), dossier.Unclear},
		{"text that is clipped away", onePage("q 300 300 10 10 re W n\n"+at(72, 700, quote)+"Q\n", "", ""), dossier.SightUnseen},
		{"text off the page", onePage(at(900, 700, quote), "", ""), dossier.SightUnseen},
		{"tiny text", onePage("BT /F1 0.5 Tf 72 700 Td ("+quote+") Tj ET\n", "", ""), dossier.SightUnseen},
		{"text of which only the number is covered", onePage(at(72, 700, quote)+"1 g 172 690 60 30 re f\n", "", ""), dossier.SightUnseen},
		{"text that is hidden in one place and seen in another", onePage("1 g\n"+at(72, 700, quote)+"0 g\n"+at(72, 600, quote), "", ""), dossier.Seen},
		{"text under other text", onePage(at(72, 700, quote)+"BT /F1 14 Tf 70 698 Td (XXXXXXXXXXXXXXXXXXXXXXXXXX) Tj ET\n", "", ""),
			dossier.Unclear},
		{"a number under another", onePage(at(72, 700, quote)+at(174, 700, "870"), "", ""), dossier.Unclear},
		{"bold text that is printed twice", onePage(at(72, 700, quote)+at(72, 700, quote), "", ""), dossier.Seen},
		{"text on the dotted line of a form", onePage(at(72, 699, strings.Repeat(".", 50))+at(72, 700, quote), "", ""),
			dossier.Seen},
		{"a form field", withAnnotation("/Widget /FT /Tx /T (n) /V ("+quote+") /F 4", ""), dossier.Seen},
		{"a form field in white", withAnnotation("/Widget /FT /Tx /T (n) /V ("+quote+") /F 4", "1 g"), dossier.SightUnseen},
		{"a hidden form field", withAnnotation("/Widget /FT /Tx /T (n) /V ("+quote+") /F 2", ""), dossier.NotFound},
		{"a note on the page", withAnnotation("/FreeText /Contents ("+quote+") /F 4", ""), dossier.Seen},
		{"text under the area of an annotation", onePage(at(72, 700, quote),
			"/Annots [<< /Type /Annot /Subtype /Square /Rect [60 690 360 720] /F 4 /AP << /N 6 0 R >> >>]", "",
			streamOf("/Type /XObject /Subtype /Form /BBox [0 0 300 30]", "1 g 0 0 300 30 re f")), dossier.SightUnseen},
		{"text that is not there", onePage(at(72, 700, "Households taking part: 12"), "", ""), dossier.NotFound},
	} {
		got, err := pool(t, 20*time.Second).Look(t.Context(), []byte(c.pdf), []Asked{{Page: 1, Quote: quote}, {Page: 2, Quote: quote}, {Quote: quote}})
		if err != nil || len(got) != 3 || got[0] != c.want || got[1] != dossier.NotFound || got[2] != c.want {
			t.Errorf("%s: %v %v, not %s", c.name, got, err, c.want)
		}
	}
	got, err := pool(t, 20*time.Second).Look(t.Context(), []byte("%PDF-1.4\nnothing"), []Asked{{Page: 1, Quote: quote}})
	if err != nil || len(got) != 1 || got[0] != dossier.NotRendered {
		t.Errorf("a damaged file: %v %v", got, err)
	}
}

// withAnnotation is a page of one annotation that shows the quote after some operators.
func withAnnotation(kind, before string) string {
	return onePage(at(72, 600, "People came."), "/Annots [<< /Type /Annot /Subtype "+kind+
		" /Rect [60 690 360 720] /AP << /N 6 0 R >> >>]", "",
		streamOf("/Type /XObject /Subtype /Form /BBox [0 0 300 30] /Resources << /Font << /F1 5 0 R >> >>",
			before+"\n"+at(10, 10, "Households taking part: 120")))
}

// Readers differ in letters of fonts that say nothing of them; numbers must agree.
func TestNearestText(t *testing.T) {
	const page = "thoiphanhoidantocgiamtu7xuong1vutrongnamqua"
	for _, c := range []struct{ want, found string }{
		{"dantocgiamtu7xuong1vu", "dantocgiamtu7xuong1vu"}, {"dantcgiamtu7xuong1vu", "dantocgiamtu7xuong1vu"},
		{"dantocgiaamtu7xuong1vu", "dantocgiamtu7xuong1vu"}, {"dantocgiamtu7xuong2vu", ""}, {"giamdanxuong7", ""},
	} {
		from, to, ok := nearest(page, c.want)
		if ok != (c.found != "") || page[from:to] != c.found {
			t.Errorf("%s: %q", c.want, page[from:to])
		}
	}
}

// The name of the renderer is recorded with what was seen, so it must name the version that is used.
func TestRendererIsNamed(t *testing.T) {
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`github.com/klippa-app/go-pdfium (v\S+)`).FindSubmatch(mod)
	if m == nil || !strings.Contains(Renderer, string(m[1])) {
		t.Errorf("the renderer is called %q, and go.mod has %s", Renderer, m)
	}
}
