package pdfpages

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// TestMain starts PDFium: the rendered page decides about some of what computation cannot.
func TestMain(m *testing.M) {
	if err := StartPDFium(CacheDir()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// sheetOf is a PDF of one page. Objects 1 to 5 are its catalogue, pages, page, content and the font F1; more begins
// with object 6.
func sheetOf(content, page, resources, catalogue string, more ...string) []byte {
	objects := append([]string{
		"<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R " + page +
			" /Resources << /Font << /F1 5 0 R /F2 6 0 R >> " + resources + " >> >>",
		contentOf("", content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}, more...)
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return []byte(b.String())
}

// contentOf is a stream with more entries in its dictionary.
func contentOf(dict, content string) string {
	return fmt.Sprintf("<< /Length %d %s >>\nstream\n%s\nendstream", len(content), dict, content)
}

// lineAt is a line of text at a place.
func lineAt(x, y int, s string) string {
	return fmt.Sprintf("BT /F1 10 Tf %d %d Td (%s) Tj ET\n", x, y, s)
}

// What becomes of the sentence of a test.
const (
	mustBeHidden  = "hidden"
	mustBeUnclear = "uncertain"
	mustBeSeen    = "seen"
)

const secret = "nine hundred households"

// fate returns what became of the secret.
func fate(t *testing.T, file []byte) string {
	t.Helper()
	doc, err := Read(file, BothReaders)
	if err != nil || len(doc.Pages) != 1 {
		t.Fatal(err, len(doc.Pages))
	}
	p := doc.Pages[0]
	if !strings.Contains(p.Text, secret) {
		if strings.Contains(p.Hidden, secret) && doc.Hidden {
			return mustBeHidden
		}
		return fmt.Sprintf("lost: text %q, hidden %q", p.Text, p.Hidden)
	}
	if uncertainHas(p.Text, p.Blocks, secret) {
		return mustBeUnclear
	}
	return mustBeSeen
}

// uncertainHas reports whether an uncertain block has a text.
func uncertainHas(text string, blocks []dossier.Block, s string) bool {
	rs := []rune(text)
	for _, b := range blocks {
		if b.Visibility == dossier.Uncertain && strings.Contains(string(rs[b.Start:b.End]), s) {
			return true
		}
		if b.Table != nil {
			for _, r := range b.Table.Rows {
				for _, c := range r.Cells {
					if uncertainHas(text, c.Blocks, s) {
						return true
					}
				}
			}
		}
	}
	return false
}

const type3 = "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 32 /LastChar 122 " +
	"/Widths [%s] /CharProcs << /a 7 0 R >> /Encoding << /Differences [32 %s] >> /Resources << >> /ToUnicode 8 0 R >>"

// letters is a Type 3 font with the same glyph for every code, and the objects that it needs from number 7.
func letters(glyph string) []string {
	toUnicode := "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7a> <0020> endbfrange"
	return []string{fmt.Sprintf(type3, strings.Repeat("600 ", 91), strings.Repeat("/a ", 91)), contentOf("", glyph),
		contentOf("", toUnicode)}
}

func TestHidingText(t *testing.T) {
	shown := lineAt(72, 700, "Seen by all")
	at := lineAt(72, 500, secret)
	form := func(dict, content string) string {
		return contentOf("/Type /XObject /Subtype /Form /Resources << /Font << /F1 5 0 R >> >> "+dict, content)
	}
	const filler = "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>" // object 6, where a test needs no font of its own
	mask := "/ExtGState << /G1 << /SMask << /S /Luminosity /G 7 0 R >> >> /G2 << /ca 0 >> /G3 << /ca 0.02 >> /G4 << /ca 0.5 >> >>"
	group := form("/BBox [0 0 595 842] /Group << /S /Transparency /CS /DeviceGray >>", "0 g 0 0 595 842 re f")
	white := "1 g "
	layers := func(config string) string {
		return "/OCProperties << /OCGs [7 0 R 8 0 R] /D << " + config + " >> >>"
	}
	ocgs := []string{filler, "<< /Type /OCG /Name (one) >>", "<< /Type /OCG /Name (two) >>",
		"<< /Type /OCMD /OCGs [7 0 R 8 0 R] /P /AllOn >>", "<< /Type /OCMD /VE [/Not 7 0 R] >>"}
	inLayer := "/OC /L1 BDC " + at + " EMC "
	l1 := "/Properties << /L1 7 0 R >>"
	shading := "/Shading << /S1 << /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 595 0] /Function << /FunctionType 2 /Domain [0 1] /C0 [%s] /C1 [%s] /N 1 >> /Extend [true true] >> >>"
	image := contentOf("/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray", "\x80")
	clear := contentOf("/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 1 /ImageMask true", "\x80")
	lie := contentOf("", "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <30> <39> <0030> endbfrange "+
		"26 beginbfchar <71> <006e> <72> <0069> <73> <0065> <74> <0020> endbfchar")
	note := func(flags string) []string {
		return []string{filler, "<< /Type /Annot /Subtype /FreeText /Contents (" + secret + ") /Rect [72 490 372 520] " + flags + " /AP << /N 8 0 R >> >>",
			form("/BBox [0 0 300 30]", lineAt(2, 10, secret))}
	}
	cases := []struct {
		name                               string
		content, page, resources, document string
		more                               []string
		want                               string
	}{
		{"a clip path beside the text hides it", "q 300 100 50 50 re W n " + at + " Q", "", "", "", nil, mustBeHidden},
		{"a clip path around the text leaves it", "q 50 450 400 100 re W n " + at + " Q", "", "", "", nil, mustBeSeen},
		{"an empty clip path hides all", "q 0 0 0 0 re W n " + at + " Q", "", "", "", nil, mustBeHidden},
		{"a clip in the form of a triangle beside the text hides it", "q 60 480 m 60 900 l 40 900 l h W n " + at + " Q", "", "", "", nil, mustBeHidden},
		{"a clip in the form of a triangle around the text leaves it", "q 0 0 m 590 400 l 0 840 l h W n " + at + " Q", "", "", "", nil, mustBeSeen},
		{"a clip with a hole by the even-odd rule hides what is in the hole", "q 0 0 595 842 re 60 480 300 60 re W* n " + at + " Q", "", "", "", nil, mustBeHidden},
		{"a clip by the winding rule has no such hole", "q 0 0 595 842 re 60 480 300 60 re W n " + at + " Q", "", "", "", nil, mustBeSeen},
		{"two clips that do not meet leave nothing", "q 0 0 595 400 re W n 0 450 595 300 re W n " + at + " Q", "", "", "", nil, mustBeHidden},
		{"a clip ends with Q", "q 0 0 1 1 re W n Q " + at, "", "", "", nil, mustBeSeen},
		{"a form is clipped to its BBox", "/X1 Do", "", "/XObject << /X1 7 0 R >>", "", []string{filler, form("/BBox [0 0 595 400]", at)}, mustBeHidden},
		{"a form shows what is in its BBox", "/X1 Do", "", "/XObject << /X1 7 0 R >>", "", []string{filler, form("/BBox [0 0 595 842]", at)}, mustBeSeen},
		{"letters that become a clip hide what is drawn elsewhere", "q BT /F1 10 Tf 7 Tr 72 300 Td (x) Tj ET 0 Tr " + at + " Q", "", "", "", nil, mustBeHidden},
		{"letters used as a clip paint nothing", "q 7 Tr " + at + " Q", "", "", "", nil, mustBeHidden},
		{"rendering mode 3 paints nothing", "3 Tr " + at + " 0 Tr", "", "", "", nil, mustBeHidden},
		{"white letters with a black outline are seen", "q 1 g 0 G 2 Tr " + at + " Q", "", "", "", nil, mustBeSeen},
		{"white letters with a white outline are not", "q 1 g 1 G 2 Tr " + at + " Q", "", "", "", nil, mustBeHidden},
		{"a Type 3 font with empty glyphs paints nothing", "BT /F2 10 Tf 72 500 Td (" + secret + ") Tj ET", "", "", "", letters("600 0 0 0 600 700 d1"), mustBeHidden},
		{"a Type 3 font with glyphs of no size paints nothing", "BT /F2 10 Tf 72 500 Td (" + secret + ") Tj ET", "", "", "", letters("600 0 0 0 600 700 d1 0 0 0 0 re f"), mustBeHidden},
		{"a Type 3 font with black glyphs is seen", "BT /F2 10 Tf 72 500 Td (" + secret + ") Tj ET", "", "", "", letters("600 0 0 0 600 700 d1 0 0 500 700 re f"), mustBeSeen},
		{"a Type 3 font with white glyphs is not seen", "BT /F2 10 Tf 72 500 Td (" + secret + ") Tj ET", "", "", "", letters("600 0 d0 1 g 0 0 500 700 re f"), mustBeHidden},
		{"no opacity hides", "/G2 gs " + at, "", mask, "", []string{filler, group}, mustBeHidden},
		{"hardly any opacity hides", "/G3 gs " + at, "", mask, "", []string{filler, group}, mustBeHidden},
		{"half of the opacity does not", "/G4 gs " + at, "", mask, "", []string{filler, group}, mustBeSeen},
		{"a group without opacity hides its inside", "/G2 gs /X1 Do", "", mask + " /XObject << /X1 8 0 R >>", "", []string{filler, group, form("/BBox [0 0 595 842] /Group << /S /Transparency >>", at)}, mustBeHidden},
		{"a soft mask that leaves nothing hides", "/G1 gs " + at, "", mask, "", []string{filler, group}, mustBeHidden},
		{"text under a soft mask over something dark is uncertain", "0 500 300 12 re f q /G1 gs 0.5 g " + at + " Q 0 495 300 1 re f", "", mask, "", []string{filler, group}, mustBeUnclear},
		{"a layer that is off hides", inLayer, "", l1, layers("/OFF [7 0 R]"), ocgs, mustBeHidden},
		{"a layer that is not listed is off if all are", inLayer, "", l1, layers("/BaseState /OFF /ON [8 0 R]"), ocgs, mustBeHidden},
		{"a layer that is listed as on is shown", inLayer, "", l1, layers("/BaseState /OFF /ON [7 0 R]"), ocgs, mustBeSeen},
		{"the other layer being off does not matter", inLayer, "", l1, layers("/OFF [8 0 R]"), ocgs, mustBeSeen},
		{"membership in all of two layers fails if one is off", inLayer, "", "/Properties << /L1 9 0 R >>", layers("/OFF [8 0 R]"), ocgs, mustBeHidden},
		{"an expression hides what is only shown without a layer", inLayer, "", "/Properties << /L1 10 0 R >>", layers(""), ocgs, mustBeHidden},
		{"a form in a layer that is off is hidden", "/X1 Do", "", "/XObject << /X1 9 0 R >>", layers("/OFF [7 0 R]"), []string{filler, ocgs[1], ocgs[2], form("/BBox [0 0 595 842] /OC 7 0 R", at)}, mustBeHidden},
		{"what ActualText says does not count", "/Span << /ActualText (" + secret + ") >> BDC " + lineAt(72, 500, "nothing at all") + " EMC", "", "", "", nil, "lost: text \"Seen by all\\n\\nnothing at all\", hidden \"\""},
		{"glyphs that ActualText contradicts are uncertain", "/Span << /ActualText (nothing at all) >> BDC " + at + " EMC", "", "", "", nil, mustBeUnclear},
		{"glyphs that ActualText repeats are seen", "/Span << /ActualText (nine hundred house-holds) >> BDC " + at + " EMC", "", "", "", nil, mustBeSeen},
		{"a ToUnicode that contradicts the encoding is uncertain", "BT /F2 10 Tf 72 500 Td (qrqst) Tj /F1 10 Tf (hundred households) Tj ET", "", "", "", []string{
			"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 7 0 R >>", lie}, mustBeUnclear},
		{"letters a third of a point high are not read", "BT /F1 0.3 Tf 72 500 Td (" + secret + ") Tj ET", "", "", "", nil, mustBeHidden},
		{"letters squeezed to nothing in width are not read", "BT /F1 10 Tf 2 Tz 72 500 Td (" + secret + ") Tj ET 100 Tz", "", "", "", nil, mustBeHidden},
		{"letters squeezed to nothing in height are not read", "BT /F1 10 Tf 1 0 0 0.02 72 500 Tm (" + secret + ") Tj ET", "", "", "", nil, mustBeHidden},
		{"a matrix that enlarges small letters makes them read", "BT /F1 0.5 Tf 20 0 0 20 72 500 Tm (" + secret + ") Tj ET", "", "", "", nil, mustBeSeen},
		{"text outside of the crop box is hidden", at, "/CropBox [0 600 595 842]", "", "", nil, mustBeHidden},
		{"text beyond the page is hidden", lineAt(72, 850, secret), "", "", "", nil, mustBeHidden},
		{"white on white is hidden", white + at, "", "", "", nil, mustBeHidden},
		{"white on a dark area is seen", "0 0 0.4 rg 60 480 400 50 re f " + white + at, "", "", "", nil, mustBeSeen},
		{"white on white with a line through it is hidden", "0 503 400 0.8 re f " + white + at, "", "", "", nil, mustBeHidden},
		{"red on green of the same lightness is seen", "0 0.508 0 rg 60 480 400 50 re f 1 0 0 rg " + at, "", "", "", nil, mustBeSeen},
		{"white on a white shading is hidden", "/S1 sh " + white + at, "", fmt.Sprintf(shading, "1", "1"), "", nil, mustBeHidden},
		{"white on a dark shading is seen", "/S1 sh " + white + at, "", fmt.Sprintf(shading, "0.1", "0.3"), "", nil, mustBeSeen},
		{"a later white area hides", at + "1 g 60 480 400 50 re f 0 g", "", "", "", nil, mustBeHidden},
		{"new text on a white area does not bring back what is under it", at + "1 g 60 480 400 50 re f 0 g " + lineAt(72, 500, "only twenty of them in fact"), "", "", "", nil, mustBeHidden},
		{"a later image hides", at + "q 400 0 0 50 60 480 cm /X1 Do Q", "", "/XObject << /X1 7 0 R >>", "", []string{filler, image}, mustBeHidden},
		{"a stroke as wide as the line hides", at + "1 G 20 w 60 504 m 460 504 l S", "", "", "", nil, mustBeHidden},
		{"an area that is clipped away hides nothing", at + "q 0 0 1 1 re W n 1 g 60 480 400 50 re f Q", "", "", "", nil, mustBeSeen},
		{"an annotation over the text hides it", at, "/Annots [7 0 R]", "", "", []string{filler, "<< /Type /Annot /Subtype /Square /Rect [60 480 460 530] /F 4 /AP << /N 8 0 R >> >>",
			form("/BBox [0 0 400 50]", "1 g 0 0 400 50 re f")}, mustBeHidden},
		{"the text of a hidden annotation is hidden", "", "/Annots [7 0 R]", "", "", note("/F 2"), mustBeHidden},
		{"the text of an annotation that is only printed is hidden", "", "/Annots [7 0 R]", "", "", note("/F 36"), mustBeHidden},
		{"the text of an annotation that is never printed is uncertain", "", "/Annots [7 0 R]", "", "", note("/F 0"), mustBeUnclear},
		{"the text of an annotation is seen", "", "/Annots [7 0 R]", "", "", note("/F 4"), mustBeSeen},
		{"a spot colour without ink is hidden", "/C1 cs 0 scn " + at, "", "/ColorSpace << /C1 [/Separation /Gold /DeviceGray << /FunctionType 2 /Domain [0 1] /C0 [1] /C1 [0] /N 1 >>] >>", "", nil, mustBeHidden},
		{"a spot colour is seen", "/C1 cs 1 scn " + at, "", "/ColorSpace << /C1 [/Separation /Gold /DeviceGray << /FunctionType 2 /Domain [0 1] /C0 [1] /C1 [0] /N 1 >>] >>", "", nil, mustBeSeen},
		{"an image that is a mask without ink hides nothing", at + "q 400 0 0 50 60 480 cm /X1 Do Q", "", "/XObject << /X1 7 0 R >>", "", []string{filler, clear}, mustBeUnclear},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			more := c.more
			if len(more) == 0 {
				more = []string{filler}
			}
			if got := fate(t, sheetOf(shown+"q "+c.content+" Q", c.page, c.resources, c.document, more...)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
