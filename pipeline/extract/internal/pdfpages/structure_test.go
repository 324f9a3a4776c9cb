package pdfpages

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// structure writes the blocks of a page in short: kind, region and text; a table with its rows, | between cells and
// ^ before header rows.
func structure(p *dossier.Page) string {
	var out []string
	rs := []rune(p.Text)
	for _, b := range p.Blocks {
		name := string(b.Kind)
		if b.Region != "" {
			name += "/" + string(b.Region)
		}
		if b.Table == nil {
			out = append(out, name+": "+strings.ReplaceAll(string(rs[b.Start:b.End]), "\n", " / "))
			continue
		}
		for _, r := range b.Table.Rows {
			var cells []string
			for _, c := range r.Cells {
				s := string(rs[c.Start:c.End])
				if c.ColSpan > 1 || c.RowSpan > 1 {
					s += fmt.Sprintf("[%dx%d]", max(1, c.RowSpan), max(1, c.ColSpan))
				}
				cells = append(cells, s)
			}
			line := strings.Join(cells, "|")
			if r.Header {
				line = "^" + line
			}
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

const boldFont = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>"

// wordsAt is a line in a font and size at a place.
func wordsAt(font string, size float64, x, y int, s string) string {
	return fmt.Sprintf("BT /%s %g Tf %d %d Td (%s) Tj ET\n", font, size, x, y, s)
}

// gridOf draws the rulings of a table with edges at xs and ys.
func gridOf(xs, ys []int) string {
	var b strings.Builder
	for _, x := range xs {
		fmt.Fprintf(&b, "%d %d m %d %d l S\n", x, ys[0], x, ys[len(ys)-1])
	}
	for _, y := range ys {
		fmt.Fprintf(&b, "%d %d m %d %d l S\n", xs[0], y, xs[len(xs)-1], y)
	}
	return b.String()
}

func TestStructureOfPages(t *testing.T) {
	cases := []struct{ name, content, want string }{
		{"a table with rulings has cells, and a bold header",
			gridOf([]int{60, 200, 300, 400}, []int{640, 660, 680, 700}) +
				wordsAt("F2", 10, 64, 685, "Village") + wordsAt("F2", 10, 204, 685, "Homes") + wordsAt("F2", 10, 304, 685, "Share") +
				lineAt(64, 665, "Upper Stream") + lineAt(204, 665, "120") + lineAt(304, 665, "97 %") +
				lineAt(64, 645, "Lower Stream") + lineAt(204, 645, "88") + lineAt(304, 645, "91 %"),
			"^Village|Homes|Share\nUpper Stream|120|97 %\nLower Stream|88|91 %"},
		{"exponents and marks of notes stand behind their words, and are no digits of a number",
			lineAt(60, 700, "An area of 20 m") + wordsAt("F1", 6, 132, 704, "2") + lineAt(60, 670, "About 10") +
				wordsAt("F1", 6, 101, 674, "7") + lineAt(109, 670, "letters, and homes: 120") + wordsAt("F1", 6, 214, 674, "1"),
			"paragraph: An area of 20 m2\nparagraph: About 10⁷ letters, and homes: 120¹"},
		{"a date that a narrow cell breaks is whole, and numbers in a wide one are two",
			gridOf([]int{60, 100, 200}, []int{640, 670, 700}) + lineAt(64, 688, "17.09.2") + lineAt(64, 676, "018") +
				lineAt(104, 688, "17.5") + lineAt(104, 676, "18") + lineAt(64, 650, "Begun") + lineAt(104, 650, "Ended"),
			"17.09.2018|17.5 18\nBegun|Ended"},
		{"lines of a cell are one text, and cells without a ruling between them are one cell",
			gridOf([]int{60, 200}, []int{620, 700}) + gridOf([]int{200, 400}, []int{620, 660, 700}) + "300 620 m 300 660 l S\n" +
				lineAt(64, 685, "Houses that") + lineAt(64, 672, "take part") + lineAt(204, 680, "In two years") +
				lineAt(204, 640, "2023") + lineAt(304, 640, "2024"),
			"^Houses that take part[2x1]|In two years[1x2]\n2023|2024"},
		{"rulings that are thin areas make a table too",
			"60 700 300 0.5 re f 60 680 300 0.5 re f 60 660 300 0.5 re f 60 660 0.5 40 re f 200 660 0.5 40 re f 360 660 0.5 40 re f\n" +
				lineAt(64, 685, "Name") + lineAt(204, 685, "Green houses") + lineAt(64, 665, "Began") + lineAt(204, 665, "last year"),
			"Name|Green houses\nBegan|last year"},
		{"columns of words over several rows are a table",
			wordsAt("F2", 10, 60, 700, "Village") + wordsAt("F2", 10, 250, 700, "Homes") + wordsAt("F2", 10, 400, 700, "Year") +
				lineAt(60, 686, "Upper Stream") + lineAt(250, 686, "120") + lineAt(400, 686, "2023") +
				lineAt(60, 672, "Lower Stream") + lineAt(250, 672, "88") + lineAt(400, 672, "2024") +
				lineAt(60, 658, "Old Market") + lineAt(250, 658, "45") + lineAt(400, 658, "2024"),
			"^Village|Homes|Year\nUpper Stream|120|2023\nLower Stream|88|2024\nOld Market|45|2024"},
		{"a heading of two lines is one heading, and lines of a paragraph are one paragraph",
			wordsAt("F2", 16, 60, 700, "Report on the work that the people") + wordsAt("F2", 16, 60, 680, "of the village did") +
				lineAt(60, 650, "All of the families of the village took part in building the road, and they") +
				lineAt(60, 637, "did so of their own will."),
			"heading: Report on the work that the people / of the village did\n" +
				"paragraph: All of the families of the village took part in building the road, and they / did so of their own will."},
		{"items of a list are items",
			lineAt(60, 700, "What was done in the year:") + lineAt(60, 686, "- the road to the upper stream was built") +
				lineAt(60, 672, "- forty lamps were put up") + lineAt(60, 658, "- the school has a library"),
			"paragraph: What was done in the year:\nitem: - the road to the upper stream was built\nitem: - forty lamps were put up\n" +
				"item: - the school has a library"},
		{"the two sides of a letterhead are read one after the other",
			lineAt(92, 780, "COMMITTEE OF THE PEOPLE") + lineAt(112, 766, "COMMUNE OF DAI HIEP") + lineAt(140, 752, "No. 12/BC") +
				lineAt(300, 780, "CONG HOA XA HOI CHU NGHIA VIET") + lineAt(385, 766, "NAM") +
				lineAt(330, 752, "Doc lap - Tu do - Hanh phuc"),
			"paragraph: COMMITTEE OF THE PEOPLE / COMMUNE OF DAI HIEP / No. 12/BC\n" +
				"paragraph: CONG HOA XA HOI CHU NGHIA VIET / NAM / Doc lap - Tu do - Hanh phuc"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc, err := Read(sheetOf(c.content, "", "", "", boldFont), BothReaders)
			if err != nil {
				t.Fatal(err)
			}
			if got := structure(&doc.Pages[0]); got != c.want {
				t.Errorf("read as\n%s\nwant\n%s", got, c.want)
			}
			for _, b := range doc.Pages[0].Blocks {
				if b.Box == nil || b.Box.X < 50 || b.Box.Y < 40 || b.Box.Y > 250 || b.Box.W < 20 || b.Box.H < 8 {
					t.Errorf("the box of %s is %+v", b.Kind, b.Box)
				}
			}
		})
	}
}

// Prose with wide spaces between its words is not a table.
func TestJustifiedProse(t *testing.T) {
	var b strings.Builder
	for i, l := range []string{"the families of the village took", "part in building a road that now", "leads from the market up to the",
		"school and further to the stream"} {
		x := 60
		for k, w := range strings.Fields(l) {
			b.WriteString(lineAt(x, 700-13*i, w))
			x += 5*len(w) + 8 + (k+i)%3
		}
	}
	doc, err := Read(sheetOf(b.String(), "", "", "", boldFont), BothReaders)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(doc.Pages[0].Blocks, func(b dossier.Block) bool { return b.Table != nil }) {
		t.Errorf("read as\n%s", structure(&doc.Pages[0]))
	}
}

func TestFormFields(t *testing.T) {
	content := lineAt(60, 700, "Name of the model:") + lineAt(60, 680, "Households:") + lineAt(90, 650, "Agreed by the village") +
		lineAt(90, 630, "Refused")
	widget := func(rect, more string) string {
		return "<< /Type /Annot /Subtype /Widget /F 4 /Rect [" + rect + "] " + more + " >>"
	}
	empty := contentOf("/Type /XObject /Subtype /Form /BBox [0 0 12 12]", "")
	cross := contentOf("/Type /XObject /Subtype /Form /BBox [0 0 12 12]", "0 0 m 12 12 l S")
	doc, err := Read(sheetOf(content, "/Annots [7 0 R 8 0 R 9 0 R 10 0 R 11 0 R]", "", "/AcroForm << /Fields [7 0 R 8 0 R 9 0 R 10 0 R 11 0 R] >>",
		boldFont, widget("200 695 400 712", "/FT /Tx /T (name) /TU (Name, please) /V (Green houses)"),
		widget("200 675 400 692", "/FT /Tx /T (homes)"),
		widget("60 648 72 660", "/FT /Btn /T (yes) /AS /On /V /On /AP << /N << /On 13 0 R /Off 12 0 R >> >>"),
		widget("60 628 72 640", "/FT /Btn /T (no) /AS /Off /AP << /N << /On 13 0 R /Off 12 0 R >> >>"),
		widget("200 600 300 616", "/FT /Ch /T (field) /V (Culture) /Opt [(Economy) (Culture)]"), empty, cross), BothReaders)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	p := doc.Pages[0]
	for _, b := range p.Blocks {
		fields := b.Fields
		if b.Table != nil {
			for _, r := range b.Table.Rows {
				for _, c := range r.Cells {
					fields = append(fields, c.Fields...)
				}
			}
		}
		for _, f := range fields {
			got = append(got, fmt.Sprintf("%s %s %s %q %q", f.Name, f.Control, f.State, f.Label, string([]rune(p.Text)[f.Start:f.End])))
		}
	}
	want := []string{`name text filled "Name, please" "Green houses"`, `homes text empty "Households:" ""`,
		`yes checkbox checked "Agreed by the village" "☑"`, `no checkbox unchecked "Refused" "☐"`,
		`field choice filled "" "Culture"`}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q\ntext %q", got, want, p.Text)
	}
}

// What is repeated at the same place of other pages is their header or footer.
func TestHeadersAndFooters(t *testing.T) {
	pages := make([]pdfPage, 3)
	for i := range pages {
		in := &interpreter{fonts: map[string]*font{}, budget: 1000, box: rect{0, 0, 595, 842}}
		at := func(y float64, s string) { in.note(s, point{72, y}) }
		at(810, "Report of the village")
		at(500, fmt.Sprint("What is said on page ", strings.Repeat("x", i+1)))
		at(30, fmt.Sprint("Page ", i+1, " of 3"))
		pages[i].nodes, _ = in.nodes(in.glyphs)
		pages[i].height = 842
	}
	markRegions(pages)
	for i := range pages {
		if n := pages[i].nodes; len(n) < 3 || n[0].Region != dossier.HeaderRegion || n[len(n)-1].Region != dossier.FooterRegion ||
			n[len(n)/2].Region != "" {
			t.Errorf("page %d: %+v", i+1, n)
		}
	}
}

// A table goes on over a page: rows with which it begins again are its header, and what else it begins with is none.
func TestTablesOverPages(t *testing.T) {
	table := func(rows ...string) *layout.Node {
		n := &layout.Node{Kind: dossier.TableKind, Table: &layout.Table{Printed: true}}
		for _, text := range rows {
			r := &layout.Row{}
			for k, s := range strings.Split(text, "|") {
				r.Cells = append(r.Cells, &layout.Cell{Col: k, Nodes: []*layout.Node{layout.Text(dossier.Paragraph, s)}})
			}
			n.Table.Rows = append(n.Table.Rows, r)
		}
		return n
	}
	foot := layout.Text(dossier.Paragraph, "Page 1")
	foot.Region = dossier.FooterRegion
	pages := []pdfPage{
		{nodes: []*layout.Node{table("A|B|C", "d|e|f", "g|h|i"), foot}},
		{nodes: []*layout.Node{table("A|B|C", "j|k|l", "m|n|o")}},
		{nodes: []*layout.Node{table("p|q|r", "s|t|u", "v|w|x"), layout.Text(dossier.Paragraph, "The end")}},
		{nodes: []*layout.Node{table("Name|Role|Town", "Anna|head|Oslo", "Bert|hand|Hue")}},
		{nodes: []*layout.Node{table("Name|Role|Town with the rest", "Cora|lamp|Rome")}},
	}
	markContinued(pages)
	var got []string
	for _, p := range pages {
		_, blocks := layout.Assemble(p.nodes)
		heads := ""
		for _, r := range blocks[0].Table.Rows {
			heads += map[bool]string{true: "^", false: "."}[r.Header]
		}
		got = append(got, heads)
	}
	if want := []string{"^..", "^..", "...", "^..", "^.."}; !slices.Equal(got, want) {
		t.Errorf("header rows %q, want %q", got, want)
	}
}

// LibreOffice numbers the glyphs of a font, and gives the text of a letter and the mark over it to the first of two
// glyphs. The number of the second, 13, is not the ligature fl of TeX's fonts.
func TestMarksThatHaveNoText(t *testing.T) {
	font := "<< /Type /Font /Subtype /TrueType /BaseFont /BAAAAA+DejaVuSans /FirstChar 1 /LastChar 13 /Widths [550 634 0 613 0 0 0 0 0 0 0 0 0] " +
		"/FontDescriptor << /Type /FontDescriptor /FontName /BAAAAA+DejaVuSans /Flags 4 >> /ToUnicode 7 0 R >>"
	cmap := contentOf("", "1 begincodespacerange <00> <ff> endcodespacerange 3 beginbfchar <01> <0063> <02> <1EE7> <04> <0061> endbfchar")
	doc, err := Read(sheetOf("BT /F2 10 Tf 72 500 Td <01020d04> Tj ET", "", "", "", font, cmap), OnlyOwn)
	if err != nil || doc.Pages[0].Text != "của" {
		t.Errorf("%q %v", doc.Pages[0].Text, err)
	}
}

// Text that a program laid under or over a scan is all that is known of the page without OCR: it is in doubt. If the
// page has text that is seen, what is under its images stays hidden.
func TestLayersOfScans(t *testing.T) {
	const words = "all of the families of the village took part"
	image := contentOf("/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray", "\x80")
	scan := "q 595 0 0 842 0 0 cm /X1 Do Q\n"
	for _, c := range []struct {
		name, content string
		read          bool
	}{
		{"text under the scan", lineAt(60, 700, words) + scan, true},
		{"text over it that is not painted", scan + "3 Tr\n" + lineAt(60, 700, words), true},
		{"text under the scan of a page that has text", lineAt(60, 700, words) + scan + lineAt(60, 500, "Page 1"), false},
		{"text under a picture that is less than the page", lineAt(60, 700, words) + "q 400 0 0 200 50 600 cm /X1 Do Q\n", false},
	} {
		doc, err := Read(sheetOf(c.content, "", "/XObject << /X1 7 0 R >>", "", boldFont, image), BothReaders)
		if err != nil {
			t.Fatal(err)
		}
		p := &doc.Pages[0]
		if got := strings.Contains(p.Text, "families"); got != c.read || strings.Contains(p.Hidden, "families") == c.read {
			t.Errorf("%s: text %q, hidden %q", c.name, p.Text, p.Hidden)
		}
		if !c.read {
			continue
		}
		if p.Quality >= 0 {
			t.Errorf("%s: the page does not wait for OCR", c.name)
		}
		for _, b := range p.Blocks {
			if b.Visibility != dossier.Uncertain {
				t.Errorf("%s: a block is %q", c.name, b.Visibility)
			}
		}
	}
}

// PDFium knows nothing of what is hidden. What it alone reads of a file, because that ended the child with both readers,
// is uncertain.
func TestWhatPDFiumReadsAloneIsUncertain(t *testing.T) {
	doc, err := Read(sheetOf("BT /F1 10 Tf 72 500 Td (Read by one of two) Tj ET", "", "", "", boldFont), OnlyPDFium)
	if err != nil || len(doc.Pages) != 1 || len(doc.Pages[0].Blocks) == 0 {
		t.Fatalf("%+v %v", doc, err)
	}
	for _, b := range doc.Pages[0].Blocks {
		if b.Visibility != dossier.Uncertain {
			t.Errorf("%+v", b)
		}
	}
}
