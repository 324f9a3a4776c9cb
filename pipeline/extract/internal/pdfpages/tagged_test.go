package pdfpages

import (
	"fmt"
	"strings"
	"testing"
)

// el is an element of a tree of structure: numbers of marked content, elements, and whatever else is written as it is.
type el struct {
	role string
	more string // further entries
	kids []any
}

func of(role string, kids ...any) el { return el{role, "", kids} }

// said is marked content with a number.
func said(n int, content string) string {
	return fmt.Sprintf("/P << /MCID %d >> BDC\n%sEMC\n", n, content)
}

// firstElement is the object of the root of the tree; further objects of a test are before it.
const firstElement = 20

// taggedSheet is a page with a tree of structure. root has further entries of the root of the tree, and more the objects
// from number 7 on.
func taggedSheet(content, root string, tree el, resources string, more ...string) []byte {
	objects := append([]string{boldFont}, more...)
	for len(objects)+6 < firstElement {
		objects = append(objects, "null")
	}
	objects = append(objects, "")
	var add func(e el, parent int) int
	add = func(e el, parent int) int {
		id := len(objects) + 6
		objects = append(objects, "")
		var kids []string
		for _, k := range e.kids {
			if inner, ok := k.(el); ok {
				k = fmt.Sprintf("%d 0 R", add(inner, id))
			}
			kids = append(kids, fmt.Sprint(k))
		}
		objects[id-6] = fmt.Sprintf("<< /Type /StructElem /S /%s /P %d 0 R /Pg 3 0 R %s /K [ %s ] >>", e.role, parent, e.more,
			strings.Join(kids, " "))
		return id
	}
	top := add(tree, firstElement)
	objects[firstElement-6] = fmt.Sprintf("<< /Type /StructTreeRoot /K %d 0 R %s >>", top, root)
	return sheetOf(content, "/StructParents 0", resources,
		fmt.Sprintf("/MarkInfo << /Marked true >> /StructTreeRoot %d 0 R", firstElement), objects...)
}

// untagged is the same file without its tree.
func untagged(file []byte) []byte {
	return []byte(strings.Replace(string(file), "/StructTreeRoot", "/StructTreeNone", 1))
}

// readAs returns the blocks of the first page of a file in short.
func readAs(t *testing.T, file []byte) string {
	t.Helper()
	doc, err := Read(file, BothReaders)
	if err != nil {
		t.Fatal(err)
	}
	return structure(&doc.Pages[0])
}

// The rows of a table whose cells are set in the middle of their height, without rulings, are known only to the file.
func wrappedTable() string {
	return said(0, wordsAt("F2", 10, 60, 700, "Work")) + said(1, wordsAt("F2", 10, 200, 700, "Result")) +
		said(2, lineAt(60, 686, "Road to the")+lineAt(60, 674, "upper stream")) + said(3, lineAt(200, 680, "built")) +
		said(4, lineAt(60, 662, "Lamps")) + said(5, lineAt(200, 662, "forty"))
}

func TestTablesThatAFileStates(t *testing.T) {
	row := func(kids ...any) el { return of("TR", kids...) }
	p := func(n int) el { return of("P", n) }
	cases := []struct {
		name string
		file []byte
		want string
	}{
		{"wrapped cells without rulings",
			taggedSheet(wrappedTable(), "", of("Document", of("Table", row(of("TH", p(0)), of("TH", p(1))),
				row(of("TD", p(2)), of("TD", p(3))), row(of("TD", p(4)), of("TD", p(5))))), ""),
			"^Work|Result\nRoad to the upper stream|built\nLamps|forty"},
		{"roles that are mapped, in a body, and wrapped in others",
			taggedSheet(wrappedTable(), "/RoleMap << /Tabelle /Grid /Grid /Table /Zelle /TD >>", of("Document", of("Sect",
				of("Tabelle", of("THead", row(of("TH", 0), of("TH", 1))), of("TBody", row(of("Zelle", of("Div", p(2))), of("Zelle", 3)),
					row(of("Zelle", of("Span", 4)), of("Zelle", 5)))))), ""),
			"^Work|Result\nRoad to the upper stream|built\nLamps|forty"},
		{"spans, also by a class, and a cell without text",
			taggedSheet(said(0, lineAt(60, 700, "Village"))+said(1, lineAt(150, 700, "Homes in"))+said(2, lineAt(150, 686, "2023"))+
				said(3, lineAt(220, 686, "2024"))+said(4, lineAt(60, 672, "Upper Stream"))+said(5, lineAt(220, 672, "120")),
				"/ClassMap << /wide << /O /Table /ColSpan 2 >> >>",
				of("Table", row(el{"TH", "/A [ << /O /Layout >> << /O /Table /RowSpan 2 >> ]", []any{0}}, el{"TH", "/C /wide", []any{1}}),
					row(of("TH", 2), of("TH", 3)), row(of("TD", 4), of("TD"), of("TD", 5))), ""),
			"^Village[2x1]|Homes in[1x2]\n^2023|2024\nUpper Stream||120"},
		{"a table in a cell",
			taggedSheet(said(0, lineAt(60, 700, "Village"))+said(1, lineAt(150, 700, "Homes"))+said(2, lineAt(220, 700, "120"))+
				said(3, lineAt(150, 686, "Wells"))+said(4, lineAt(220, 686, "7"))+said(5, lineAt(60, 660, "Town"))+said(6, lineAt(150, 660, "None")),
				"", of("Table", row(of("TD", 0), of("TD", of("Table", row(of("TD", 1), of("TD", 2)), row(of("TD", 3), of("TD", 4))))),
					row(of("TD", 5), of("TD", 6))), ""),
			"Village|Homes\t120 Wells\t7\nTown|None"},
		{"content in a form, by its stream",
			taggedSheet("/X Do\n", "", of("Table",
				row(of("TH", "<< /Type /MCR /Pg 3 0 R /Stm 7 0 R /MCID 0 >>"), of("TH", "<< /Type /MCR /Pg 3 0 R /Stm 7 0 R /MCID 1 >>")),
				row(of("TD", "<< /Type /MCR /Pg 3 0 R /Stm 7 0 R /MCID 2 >>"), of("TD", "<< /Type /MCR /Pg 3 0 R /Stm 7 0 R /MCID 3 >>")),
				row(of("TD", "<< /Type /MCR /Pg 3 0 R /Stm 7 0 R /MCID 4 >>"), of("TD", "<< /Type /MCR /Pg 3 0 R /Stm 7 0 R /MCID 5 >>"))),
				"/XObject << /X 7 0 R >>", contentOf("/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << "+
					"/F1 5 0 R /F2 6 0 R >> >>", wrappedTable())),
			"^Work|Result\nRoad to the upper stream|built\nLamps|forty"},
		{"names above the numbers that they are of, though those are set to the right",
			taggedSheet(said(0, lineAt(60, 700, "Work"))+said(1, lineAt(160, 700, "Plan"))+said(2, lineAt(260, 700, "Done"))+
				said(3, lineAt(60, 686, "Wells"))+said(4, lineAt(210, 686, "12"))+said(5, lineAt(310, 686, "7")), "",
				of("Table", row(of("TH", 0), of("TH", 1), of("TH", 2)), row(of("TD", 3), of("TD", 4), of("TD", 5))), ""),
			"^Work|Plan|Done\nWells|12|7"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := readAs(t, c.file); got != c.want {
				t.Errorf("read as\n%s\nwant\n%s\nwithout the tree it is\n%s", got, c.want, readAs(t, untagged(c.file)))
			}
		})
	}
}

// A tree that says other than what is seen changes nothing: the page is read as if it had none.
func TestTreesThatSayOtherwise(t *testing.T) {
	row := func(kids ...any) el { return of("TR", kids...) }
	td := func(kids ...any) el { return of("TD", kids...) }
	th := func(kids ...any) el { return of("TH", kids...) }
	plain := said(0, lineAt(60, 700, "Work")) + said(1, lineAt(160, 700, "Plan")) + said(2, lineAt(260, 700, "Done")) +
		said(3, lineAt(60, 686, "Wells")) + said(4, lineAt(160, 686, "12")) + said(5, lineAt(260, 686, "7")) +
		said(6, lineAt(60, 672, "Roads")) + said(7, lineAt(160, 672, "30")) + said(8, lineAt(260, 672, "4"))
	far := strings.NewReplacer("160 686", "210 686", "160 672", "210 672", "260 686", "310 686", "260 672", "310 672").Replace(plain)
	ruled := gridOf([]int{50, 150, 250, 350}, []int{668, 682, 696, 710}) + plain
	table := of("Table", row(th(0), th(1), th(2)), row(td(3), td(4), td(5)), row(td(6), td(7), td(8)))
	good := of("Document", table)
	whole := plain + said(9, lineAt(60, 600, strings.Repeat("The families of the village built the road. ", 12)))
	cases := []struct {
		name string
		file []byte
	}{
		{"two values change places", taggedSheet(plain, "", of("Table", row(th(0), th(1), th(2)), row(td(3), td(5), td(4)),
			row(td(6), td(7), td(8))), "")},
		{"the plan's column is named by the result's header", taggedSheet(far, "", of("Table", row(th(0), th(1), td(), th(2), td()),
			row(td(3), td(), td(), td(4), td(5)), row(td(6), td(), td(), td(7), td(8))), "")},
		{"a header over the column beside it", taggedSheet(plain, "", of("Document", of("P", 1), of("Table", row(th(0),
			el{"TH", "/A << /O /Table /ColSpan 2 >>", []any{2}}), row(td(3), td(4), td(5)), row(td(6), td(7), td(8)))), "")},
		{"the rows are columns", taggedSheet(plain, "", of("Table", row(td(0), td(3), td(6)), row(td(1), td(4), td(7)),
			row(td(2), td(5), td(8))), "")},
		{"the rows are upside down", taggedSheet(plain, "", of("Table", row(td(6), td(7), td(8)), row(td(3), td(4), td(5)),
			row(td(0), td(1), td(2))), "")},
		{"two rows with a ruling between them are one", taggedSheet(ruled, "", of("Table", row(th(0), th(1), th(2)),
			row(td(3, 6), td(4, 7), td(5, 8))), "")},
		{"two columns with a ruling between them are one", taggedSheet(ruled, "", of("Table", row(th(0), th(1, 2)),
			row(td(3), td(4, 5)), row(td(6), td(7, 8))), "")},
		{"a piece of content is in two cells", taggedSheet(plain, "", of("Table", row(th(0), th(1), th(2)), row(td(3), td(4), td(5)),
			row(td(6), td(4), td(8))), "")},
		{"the results are an artifact", taggedSheet(strings.NewReplacer("/P << /MCID 5 >> BDC", "/Artifact BMC", "/P << /MCID 8 >> BDC",
			"/Artifact BMC").Replace(plain), "", of("Table", row(th(0), th(1), th(2)), row(td(3), td(4), td(8)), row(td(6), td(7), td())), "")},
		{"the results are in no element", taggedSheet(plain, "", of("Table", row(th(0), th(1), th(2)), row(td(3), td(4), td()),
			row(td(6), td(7), td())), "")},
		{"an element is in itself", taggedSheet(plain, "", of("Document", table, "21 0 R"), "")},
		{"an element is named twice", taggedSheet(plain, "", of("Document", table, "22 0 R"), "")},
		{"roles are mapped in a circle", taggedSheet(plain, "/RoleMap << /A /B /B /A >>", of("A", el{"A", "", table.kids}), "")},
		{"the tree is that of another page", []byte(strings.ReplaceAll(string(taggedSheet(plain, "", good, "")), "/Pg 3 0 R",
			"/Pg 2 0 R"))},
		{"a form is painted twice", taggedSheet("/X Do q 1 0 0 1 0 -200 cm /X Do Q\n", "", of("Table", row(
			td("<< /Type /MCR /Stm 7 0 R /MCID 0 >>"), td("<< /Type /MCR /Stm 7 0 R /MCID 1 >>")), row(td(
			"<< /Type /MCR /Stm 7 0 R /MCID 2 >>"), td("<< /Type /MCR /Stm 7 0 R /MCID 3 >>"))), "/XObject << /X 7 0 R >>",
			contentOf("/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >>", wrappedTable()))},
		{"a cell holds the page", taggedSheet(whole, "", of("Table", row(td(0, 1, 2, 3, 4, 5, 6, 7, 8)), row(td(9))), "")},
		{"a cell spans a million rows", taggedSheet(plain, "", of("Table", row(el{"TH", "/A << /RowSpan 1000000 >>", []any{0}}, th(1),
			th(2)), row(td(3), td(4), td(5)), row(td(6), td(7), td(8))), "")},
		{"text of another element is in the table", taggedSheet(plain, "", of("Document", of("Table", row(th(0), th(1), th(2)),
			row(td(3), td(), td(5)), row(td(6), td(7), td(8))), of("P", 4)), "")},
		{"cells are in no row", taggedSheet(plain, "", of("Table", th(0), th(1), th(2), row(td(3), td(4), td(5)),
			row(td(6), td(7), td(8))), "")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, want := readAs(t, c.file), readAs(t, untagged(c.file)); got != want {
				t.Errorf("read as\n%s\nwant, as without the tree,\n%s", got, want)
			}
		})
	}
}

// What a file says of header rows counts if they are the first ones and hold no numbers.
func TestHeadersThatAFileStates(t *testing.T) {
	row := func(kids ...any) el { return of("TR", kids...) }
	content := said(0, lineAt(60, 700, "Work")) + said(1, lineAt(200, 700, "Result")) + said(2, lineAt(60, 686, "Wells")) +
		said(3, lineAt(200, 686, "many")) + said(4, lineAt(60, 672, "Roads")) + said(5, lineAt(200, 672, "few"))
	numbers := strings.NewReplacer("(Result)", "(350)", "(many)", "(12)", "(few)", "(7)").Replace(content)
	th, td := func(n int) el { return of("TH", n) }, func(n int) el { return of("TD", n) }
	side := func(n int) el { return el{"TH", "/A << /O /Table /Scope /Row >>", []any{n}} }
	cases := []struct {
		name string
		file []byte
		want string
		cols int
		sure float64
	}{
		{"the first row", taggedSheet(content, "", of("Table", row(th(0), th(1)), row(td(2), td(3)), row(td(4), td(5))), ""),
			"^Work|Result\nWells|many\nRoads|few", 0, 0.95},
		{"the first row and the first column", taggedSheet(content, "", of("Table", row(th(0), th(1)), row(side(2), td(3)),
			row(side(4), td(5))), ""), "^Work|Result\nWells|many\nRoads|few", 1, 0.95},
		{"a row of numbers", taggedSheet(numbers, "", of("Table", row(th(0), th(1)), row(td(2), td(3)), row(td(4), td(5))), ""),
			"Work|350\nWells|12\nRoads|7", 0, 0.6},
		{"a row in the middle", taggedSheet(content, "", of("Table", row(td(0), td(1)), row(th(2), th(3)), row(td(4), td(5))), ""),
			"Work|Result\nWells|many\nRoads|few", 0, 0.6},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			doc, err := Read(c.file, BothReaders)
			if err != nil {
				t.Fatal(err)
			}
			if got := structure(&doc.Pages[0]); got != c.want {
				t.Errorf("read as\n%s\nwant\n%s", got, c.want)
			}
			if b := doc.Pages[0].Blocks[0]; b.Table == nil || b.Table.HeaderCols != c.cols || b.Sure != c.sure {
				t.Errorf("%d header columns, sure %g; want %d and %g", b.Table.HeaderCols, b.Sure, c.cols, c.sure)
			}
		})
	}
}

// columnsOf is a page with two columns of prose, of which the left one goes on to the right one.
func columnsOf(first int) string {
	var b strings.Builder
	for i, l := range []string{"The families of the village", "built the road together", "and did not ask for money"} {
		b.WriteString(said(first+i, lineAt(60, 700-13*i, l)))
		b.WriteString(said(first+10+i, lineAt(320, 700-13*i, []string{"The school has a library", "of forty books since May",
			"and two teachers"}[i])))
	}
	return b.String()
}

func TestOrderThatAFileStates(t *testing.T) {
	heading := said(0, lineAt(60, 740, "What was done"))
	left, right := of("P", 1, 2, 3), of("P", 11, 12, 13)
	list := said(0, lineAt(60, 700, "a")) + said(1, lineAt(75, 700, "the road was built")) + said(2, lineAt(75, 688, "by the families")) +
		said(3, lineAt(75, 670, "b")) + said(4, lineAt(90, 670, "and the bridge"))
	notes := said(0, lineAt(60, 700, "The road was built")) + said(1, lineAt(60, 60, "1 With money of the district")) +
		said(2, lineAt(60, 670, "The school has a library"))
	cases := []struct {
		name string
		file []byte
		want string
	}{
		{"columns, and a heading that looks like text", taggedSheet(heading+columnsOf(1), "", of("Document", of("H2", 0), left, right), ""),
			"heading: What was done\nparagraph: The families of the village / built the road together / and did not ask for money\n" +
				"paragraph: The school has a library / of forty books since May / and two teachers"},
		{"a paragraph that goes on in the next column", taggedSheet(columnsOf(1), "", of("P", 1, 2, 3, 11, 12, 13), ""),
			"paragraph: The families of the village / built the road together / and did not ask for money\n" +
				"paragraph: The school has a library / of forty books since May / and two teachers"},
		{"items of lists with their signs", taggedSheet(list, "", of("L", of("LI", of("Lbl", 0), of("LBody", of("P", 1, 2),
			of("L", of("LI", of("Lbl", 3), of("LBody", 4)))))), ""),
			"item: a the road was built / by the families\nitem: b and the bridge"},
		{"a note is read where it lies", taggedSheet(notes, "", of("Document", of("P", 0, of("Note", 1)), of("P", 2)), ""),
			"paragraph: The road was built\nparagraph: The school has a library\nparagraph: 1 With money of the district"},
		{"text that is in no element is read where it lies", taggedSheet(columnsOf(1)+lineAt(60, 640, "More"), "",
			of("Document", left, right), ""),
			"paragraph: The families of the village / built the road together / and did not ask for money\n" +
				"paragraph: The school has a library / of forty books since May / and two teachers\nparagraph: More"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := readAs(t, c.file); got != c.want {
				t.Errorf("read as\n%s\nwant\n%s\nwithout the tree it is\n%s", got, c.want, readAs(t, untagged(c.file)))
			}
		})
	}
}

// An order in which no one reads changes nothing.
func TestOrdersThatNobodyReads(t *testing.T) {
	lines := said(0, lineAt(60, 700, "The families have not")) + said(1, lineAt(60, 687, "built forty houses")) +
		said(2, lineAt(320, 700, "Results of the year")) + said(3, lineAt(60, 600, "Plans")) + said(4, lineAt(60, 580, "ten wells"))
	p := func(n int) el { return of("P", n) }
	torn := said(0, lineAt(60, 700, "The families have not")+lineAt(160, 700, "yet")) + said(1, lineAt(176, 700, "built forty houses"))
	cases := []struct {
		name string
		file []byte
	}{
		{"upwards", taggedSheet(lines, "", of("Document", p(1), p(0), p(2), p(3), p(4)), "")},
		{"a paragraph goes on behind another column", taggedSheet(lines, "", of("Document", p(0), p(2), p(1), p(3), p(4)), "")},
		{"a heading changes places with another", taggedSheet(lines, "", of("Document", p(0), p(1), p(3), of("H1", 2), p(4)), "")},
		{"a line is two paragraphs", taggedSheet(torn, "", of("Document", p(0), p(1)), "")},
		{"a paragraph around another one", taggedSheet(lines, "", of("Document", of("P", 0, 3), p(1), p(2), p(4)), "")},
		{"the page is a heading", taggedSheet(lines, "", of("H1", 0, 1, 2, 3, 4), "")},
		{"items are in one another a hundred times", taggedSheet(lines, "", func() el {
			e := of("P", 0, 1, 2, 3, 4)
			for range 115 {
				e = of("LI", e)
			}
			return e
		}(), "")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, want := readAs(t, c.file), readAs(t, untagged(c.file))
			if text := func(s string) string {
				return strings.NewReplacer("heading: ", "", "item: ", "", "paragraph: ", "", " / ", "\n").Replace(s)
			}; text(got) != text(want) {
				t.Errorf("read as\n%s\nwant, as without the tree,\n%s", got, want)
			}
		})
	}
}
