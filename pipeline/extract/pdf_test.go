package extract

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"kheo/internal/dossier"
)

// onePage is a PDF of one page with a content stream; more goes into the page's
// dictionary, catalogue into the document's.
func onePage(content, more, catalogue string, objects ...string) string {
	return pdfOf(append([]string{"<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> " +
			more + " >>",
		streamOf("", content), helvetica}, objects...)...)
}

// at sets a line of text at a place.
func at(x, y int, s string) string { return fmt.Sprintf("BT /F1 10 Tf %d %d Td (%s) Tj ET\n", x, y, s) }

func TestWhatAReaderOfThePageSees(t *testing.T) {
	p := pool(t, 20*time.Second)
	res := readIn(t, p, onePage(at(72, 700, "Seen by all")+
		"1 g\n"+at(72, 650, "white on white paper")+"0 g\n"+
		"BT 3 Tr /F1 10 Tf 72 600 Td (invisible by its mode) Tj 0 Tr ET\n"+
		"BT /F1 0.3 Tf 72 550 Td (far too small for anybody) Tj ET\n"+
		at(900, 500, "far off the page")+
		"0 0 0.5 rg 60 440 300 30 re f 1 g\n"+at(72, 450, "White on blue")+"0 g\n", "", ""))
	if got := textOf(res); !strings.Contains(got, "Seen by all") || !strings.Contains(got, "White on blue") {
		t.Errorf("not read: %q", got)
	}
	for _, s := range []string{"white on white", "invisible by", "too small", "off the page"} {
		if strings.Contains(textOf(res), s) || !strings.Contains(res.Pages[0].Hidden, s) {
			t.Errorf("%q is not kept apart: text %q, hidden %q", s, textOf(res), res.Pages[0].Hidden)
		}
	}
	if !slices.Contains(res.Flags, dossier.FlagHiddenText) {
		t.Error("no flag")
	}
}

func TestForms(t *testing.T) {
	p := pool(t, 20*time.Second)
	res := readIn(t, p, onePage(at(72, 700, "Name of the model:")+at(72, 680, "Households:"),
		"/Annots [6 0 R 7 0 R 8 0 R 9 0 R]", "/AcroForm << /Fields [6 0 R 7 0 R] >>",
		"<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V (Green houses) /Rect [200 695 400 712] /F 4 >>",
		"<< /Type /Annot /Subtype /Widget /FT /Tx /T (h) /V (120) /Rect [200 675 400 692] /F 4 >>",
		"<< /Type /Annot /Subtype /Text /Contents (Checked by the secretary) /Rect [500 700 520 720] >>",
		"<< /Type /Annot /Subtype /FreeText /Contents (never shown) /Rect [500 600 520 620] /F 2 >>"))
	got := strings.ReplaceAll(textOf(res), "\t", " ")
	for _, want := range []string{"Name of the model: Green houses", "Households: 120",
		"Checked by the secretary"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if strings.Contains(got, "never shown") {
		t.Errorf("a hidden note is read: %q", got)
	}
}

// A note that is not seen is kept apart as the rest of such text is.
func TestHiddenNote(t *testing.T) {
	appearance := streamOf("/Type /XObject /Subtype /Form /BBox [0 0 300 20] /Resources << /Font << /F1 5 0 R >> >>",
		"1 g BT /F1 10 Tf 2 5 Td (commended by everybody) Tj ET")
	res := readIn(t, pool(t, 20*time.Second), onePage(at(72, 700, "What stands on the page"), "/Annots [6 0 R]",
		"",
		"<< /Type /Annot /Subtype /FreeText /Contents (commended by everybody) /Rect [72 600 372 620] /F 4 /AP << /N 7 0 R >> >>", appearance))
	if got := textOf(res); got != "What stands on the page" || !strings.Contains(res.Pages[0].Hidden,
		"commended") || !slices.Contains(res.Flags, dossier.FlagHiddenText) {
		t.Errorf("read: %q, hidden: %q, flags: %v", got, res.Pages[0].Hidden, res.Flags)
	}
}

func TestAttachmentsOfPDF(t *testing.T) {
	res, inside, _ := readParts(t, pool(t, 20*time.Second), onePage(at(72, 700, "See the attachment"), "",
		"/Names << /EmbeddedFiles << /Names [(list.csv) 6 0 R] >> >>",
		"<< /Type /Filespec /F (list.csv) /UF (list.csv) /EF << /F 7 0 R >> >>", streamOf("/Type /EmbeddedFile",
			"Name;Households")))
	if res.Error != "" || inside["list.csv"] != "Name;Households" {
		t.Errorf("%+v %q", res, inside)
	}
}

func TestLayout(t *testing.T) {
	p := pool(t, 20*time.Second)
	left := []string{"The first column begins up here", "and goes on line by line as prose",
		"does, filling its width nearly to", "the end of every line it is given",
		"so that nobody takes it for cells", "of a table, which never look like",
		"this from the top to the bottom."}
	right := []string{"The second column is read after", "the first one has come to its end",
		"and holds the rest of the article", "that the paper has been printing.",
		"Its lines are as long as those of", "the other column, more or less as",
		"printers like them to be set out."}
	var two, table strings.Builder
	for i := range left {
		two.WriteString(at(72, 700-14*i, left[i]) + at(310, 700-14*i, right[i]))
	}
	got := textOf(readIn(t, p, onePage(at(200, 740, "A heading over both")+two.String(), "", "")))
	if want := "A heading over both\n" + strings.Join(left, "\n") + "\n" + strings.Join(right,
		"\n"); strings.ReplaceAll(got, "\n\n", "\n") != want {
		t.Errorf("two columns are read as\n%s", got)
	}
	for i, row := range [][2]string{{"Households taking part", "120"}, {"Money raised by the people",
		"35 million"}, {"Registered on", "15/2/2024"}, {"Led by", "The Fatherland Front of the commune"},
		{"Share who agree", "97 %"}, {"Began in", "January 2024"}, {"Field of work", "Economy"}} {
		table.WriteString(at(72, 700-16*i, row[0]) + at(310, 700-16*i, row[1]))
	}
	got = textOf(readIn(t, p, onePage(table.String(), "", "")))
	if !strings.Contains(got, "Households taking part\t120\n") || !strings.Contains(got,
		"Led by\tThe Fatherland Front of the commune\n") {
		t.Errorf("a table is read as\n%s", got)
	}
	got = textOf(readIn(t, p, onePage(at(72, 700, "a spec-")+at(72, 686,
		"ialization, and well-known co-")+at(72, 672, "operation of all"), "", "")))
	if got != "a specialization,\nand well-known cooperation\nof all" {
		t.Errorf("broken words are read as %q", got)
	}
	turned := "BT /F1 10 Tf 0 1 -1 0 300 100 Tm (Turned by a quarter) Tj 0 1 -1 0 316 100 Tm (and its next line) Tj ET"
	if got = textOf(readIn(t, p, onePage(turned, "/Rotate 90",
		""))); got != "Turned by a quarter\nand its next line" {
		t.Errorf("a turned page is read as %q", got)
	}
}

// Encrypted for an owner alone, a file opens as it does for every reader; one that
// asks for a password says so.
func TestEncryptedPDF(t *testing.T) {
	p := pool(t, 20*time.Second)
	for name, want := range map[string]string{"empty-password.pdf": "", "password.pdf": Protected} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		res := readIn(t, p, string(data))
		if res.Error != want || want == "" && textOf(res) != "Open to everybody" {
			t.Errorf("%s: %+v", name, res)
		}
	}
}

// Text in TCVN3 is converted, by the font's name where there are few words, by its
// letters where there are more.
func TestOldVietnameseInPDF(t *testing.T) {
	p := pool(t, 20*time.Second)
	latin := func(s string) string {
		b, err := charmap.Windows1252.NewEncoder().String(unconvert(s))
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(b)
	}
	const short, long = "Đại Lộc", "Nhân dân góp công, hiến đất; số vụ trộm giảm nhiều so với những năm trước"
	for _, c := range []struct{ font, text string }{{".VnTime", short}, {"ABCDEF+.VnTime", long},
		{"Arial", long}} {
		page := strings.Replace(onePage(at(72, 700, latin(c.text)), "", ""), helvetica,
			"<< /Type /Font /Subtype /TrueType /BaseFont /"+c.font+" /Encoding /WinAnsiEncoding >>", 1)
		if got := textOf(readIn(t, p, page)); got != c.text {
			t.Errorf("%s: %q, want %q", c.font, got, c.text)
		}
	}
}
