package blocks

import (
	"fmt"
	"strings"
	"testing"

	"kheo/pipeline/extract/internal/layout"
)

// Widths of a letter and of a space on the pages of these tests, in sizes.
const (
	width = 0.5
	space = 0.3
)

// typed makes lines of a drawing: each is "y: x text | x text" with y and x in points, in letters of size 10.
func typed(t *testing.T, drawing string) (lines []Line) {
	t.Helper()
	const size = 10.0
	for _, row := range strings.Split(strings.TrimSpace(drawing), "\n") {
		y, rest, ok := strings.Cut(strings.TrimSpace(row), ": ")
		l := Line{Size: size}
		if _, err := fmt.Sscan(y, &l.Base); err != nil || !ok {
			t.Fatalf("line %q", row)
		}
		for k, part := range strings.Split(rest, " | ") {
			at, text, _ := strings.Cut(part, " ")
			p := Piece{Tab: k > 0}
			if _, err := fmt.Sscan(at, &p.X0); err != nil {
				t.Fatalf("piece %q", part)
			}
			x := p.X0
			for i, r := range text {
				if r == ' ' {
					p.Breaks = append(p.Breaks, Break{X0: x, X1: x + size*space, At: i})
					x += size * space
					continue
				}
				x += size * width
				p.Letters++
			}
			p.X1, p.Spans = x, []layout.Span{{Text: text}}
			l.Pieces = append(l.Pieces, p)
		}
		l.Rect = Rect{l.Pieces[0].X0, l.Base - size, l.Pieces[len(l.Pieces)-1].X1, l.Base}
		lines = append(lines, l)
	}
	return lines
}

// drawn writes what was found: the rows of tables with | between cells, other blocks with their kind.
func drawn(nodes []*layout.Node) string {
	var out []string
	for _, n := range nodes {
		if n.Table == nil {
			if s := strings.TrimSpace(layout.Raw([]*layout.Node{n})); s != "" {
				out = append(out, "text: "+strings.Join(strings.Fields(s), " "))
			}
			continue
		}
		for _, r := range n.Table.Rows {
			var cells []string
			col := 0
			for _, c := range r.Cells {
				for ; col < c.Col; col++ {
					cells = append(cells, "")
				}
				cells = append(cells, strings.Join(strings.Fields(layout.Raw(c.Nodes)), " "))
				col += max(1, c.ColSpan)
			}
			out = append(out, strings.Join(cells, "|"))
		}
	}
	return strings.Join(out, "\n")
}

func TestTablesWithoutRulings(t *testing.T) {
	for _, c := range []struct{ name, page, want string }{
		{"lines of wrapped cells are closer than rows", `
			100: 60 Village | 140 What was done | 300 Year
			125: 60 Upper | 140 the road to the market | 300 2023
			137: 60 Stream | 140 has got lamps
			162: 60 Old | 140 all of the houses have | 300 2024
			174: 60 Market | 140 water
			199: 60 Hill | 140 the school is new | 300 2024`,
			"Village|What was done|Year\nUpper Stream|the road to the market has got lamps|2023\n" +
				"Old Market|all of the houses have water|2024\nHill|the school is new|2024"},
		{"groups of rows are not rows of wrapped cells", `
			100: 60 Village | 200 Homes | 300 Year
			124: 60 Upper Stream | 200 120 | 300 2023
			136: 60 Lower Stream | 200 88 | 300 2024
			148: 60 Old Market | 200 45 | 300 2024
			172: 60 Hill | 200 45 | 300 2024
			184: 60 Bridge | 200 51 | 300 2023`,
			"Village|Homes|Year\nUpper Stream|120|2023\nLower Stream|88|2024\nOld Market|45|2024\nHill|45|2024\nBridge|51|2023"},
		{"rows of short words are not wrapped cells", `
			100: 60 Aa | 100 Bb | 140 Cc
			112: 60 Dd | 100 Ee | 140 Ff
			124: 60 Gg | 100 Hh | 140 Ii
			150: 60 Jj | 100 Kk | 140 Ll`,
			"Aa|Bb|Cc\nDd|Ee|Ff\nGg|Hh|Ii\nJj|Kk|Ll"},
		{"the number of a row is in the middle of its height", `
			100: 60 No | 80 Name of the paper
			112: 80 the paper of payment with the
			124: 60 1 | 80 mark of the bank on its back
			136: 80 and the day of the payment
			148: 80 the paper that says who it is
			160: 60 2 | 80 with a picture of the person
			172: 80 and the place where he lives
			184: 80 the list of further papers of
			196: 60 3 | 80 which the notice has the names
			208: 80 and which the office asks for`,
			"No|Name of the paper\n1|the paper of payment with the mark of the bank on its back and the day of the payment\n" +
				"2|the paper that says who it is with a picture of the person and the place where he lives\n" +
				"3|the list of further papers of which the notice has the names and which the office asks for"},
		{"cells that are wrapped upwards belong to the row below", `
			100: 60 6487 AAA | 160 AIR LINES | 400 OK
			112: 160 AMERICAN EAGLE TRANSPORT
			124: 60 6488 AAA | 160 INCORPORATED | 400 OK
			136: 160 SOUTHWEST AIRLINES HOUSE
			148: 60 5096 AAA | 160 OF TULSA | 400 OK
			160: 160 WILL ROGERS AIRPORT ROAD
			172: 60 4029 AAA | 160 NORTH | 400 OK
			184: 160 INTERNATIONAL RESTAURANT
			196: 60 7914 AAA | 160 OF DELTA | 400 OK`,
			"6487 AAA|AIR LINES|OK\n6488 AAA|AMERICAN EAGLE TRANSPORT INCORPORATED|OK\n5096 AAA|SOUTHWEST AIRLINES HOUSE OF TULSA|OK\n" +
				"4029 AAA|WILL ROGERS AIRPORT ROAD NORTH|OK\n7914 AAA|INTERNATIONAL RESTAURANT OF DELTA|OK"},
		{"names beside explanations are a table", `
			100: 60 Attributes | 160 Description
			125: 60 ascii (font | 160 gives the name of the font that is used for the letters of the run, whatever else it
			137: 60 of letters) | 160 says of them; without it the font of the style is used
			162: 60 hint (kind | 160 gives the kind of the font, by which a program chooses between those of a run if there
			174: 60 of a font) | 160 are several of them, as for the letters of the east of Asia`,
			"Attributes|Description\nascii (font of letters)|gives the name of the font that is used for the letters of the run, " +
				"whatever else it says of them; without it the font of the style is used\nhint (kind of a font)|gives the kind of the font, " +
				"by which a program chooses between those of a run if there are several of them, as for the letters of the east of Asia"},
		{"numbered paragraphs are none", `
			100: 60 3.10 | 100 the size of the fee, and why it is taken, are in the law about fees of the state, and
			112: 100 the papers of the commune say who need not pay it
			124: 60 3.11 | 100 the longest time for which a person waits until the papers are taken is a quarter of
			136: 100 an hour`,
			"text: 3.10 the size of the fee, and why it is taken, are in the law about fees of the state, and\n" +
				"text: the papers of the commune say who need not pay it\n" +
				"text: 3.11 the longest time for which a person waits until the papers are taken is a quarter of\ntext: an hour"},
		{"digits that a narrow column cuts off belong to the number above", `
			100: 60 Time | 120 Share | 200 Left
			120: 60 1.000 | 120 0.978 | 200 47
			132: 60 0 | 120 7
			152: 60 2.000 | 120 . | 200 46
			172: 60 3.000 | 120 0.891 | 200 45
			184: 60 0 | 120 8
			204: 60 4.000 | 120 . | 200 44`,
			"Time|Share|Left\n1.0000|0.9787|47\n2.000|.|46\n3.0000|0.8918|45\n4.000|.|44"},
		{"numbers in the first column begin rows, also where a cell has space between its paragraphs", `
			100: 60 No | 90 Work of the year | 260 When
			120: 60 1 | 90 the road to the market | 260 April
			132: 90 has lamps now
			150: 90 and the school a roof | 260 and May
			170: 60 2 | 90 all houses have water | 260 June
			190: 60 3 | 90 trees stand along | 260 July
			202: 90 the river`,
			"No|Work of the year|When\n1|the road to the market has lamps now and the school a roof|April and May\n" +
				"2|all houses have water|June\n3|trees stand along the river|July"},
		{"short numbers below each other are rows", `
			100: 60 Village | 140 Homes | 200 Trees | 260 Year
			120: 60 Upper | 140 120 | 200 150 | 260 2023
			132: 140 88 | 200 70
			152: 60 Lower | 140 130 | 200 160 | 260 2024
			172: 60 Hill | 140 140 | 200 170 | 260 2024`,
			"Village|Homes|Trees|Year\nUpper|120|150|2023\n|88|70\nLower|130|160|2024\nHill|140|170|2024"},
		{"cells in the middle of the height of their rows", `
			100: 60 Village | 160 What was done there | 320 Year
			126: 60 Upper | 160 the road to the market
			132: 320 2022
			138: 60 Stream | 160 has lamps now
			164: 160 all of the houses have
			170: 60 Market | 320 2023
			176: 160 clean water
			202: 160 the school of the hill
			208: 60 Hill | 320 2024
			214: 160 is a new one`,
			"Village|What was done there|Year\nUpper Stream|the road to the market has lamps now|2022\n" +
				"Market|all of the houses have clean water|2023\nHill|the school of the hill is a new one|2024"},
		{"a column that two of many rows fill is a column", `
			100: 60 Schema | 160 Prefix | 240 File | 340 Package
			116: 60 ink | 160 msink
			132: 60 chart | 160 None. | 240 chart.xsd | 340 org.chart
			148: 60 diagram | 160 None.
			164: 60 main | 160 a14
			180: 60 picture | 160 None.
			196: 60 style | 160 None.
			212: 60 command | 160 ac
			228: 60 drawing | 160 None.`,
			"Schema|Prefix|File|Package\nink|msink\nchart|None.|chart.xsd|org.chart\ndiagram|None.\nmain|a14\npicture|None.\n" +
				"style|None.\ncommand|ac\ndrawing|None."},
		{"a list with headings between its items is none", `
			100: 60 What to hand in
			120: 78 • | 96 the form of the commune, filled in
			140: 78 • | 96 two photos of the house
			160: 60 What not to hand in
			180: 78 • | 96 papers of other people
			200: 78 • | 96 money`,
			"text: What to hand in\ntext: • the form of the commune, filled in\ntext: • two photos of the house\n" +
				"text: What not to hand in\ntext: • papers of other people\ntext: • money"},
		{"a table of contents is none", `
			100: 60 1. | 90 The village and its people................ | 400 3
			115: 60 2. | 90 What was done in the year............. | 400 7
			130: 60 3. | 90 Money.................... | 400 12
			145: 60 4. | 90 What is left to be done.............. | 400 15`,
			"text: 1. The village and its people................ 3\ntext: 2. What was done in the year............. 7\n" +
				"text: 3. Money.................... 12\ntext: 4. What is left to be done.............. 15"},
		{"dots before amounts are a table", `
			100: 60 Roads........ | 300 120 | 400 88
			115: 60 Schools...... | 300 45 | 400 51
			130: 60 Water........ | 300 77 | 400 12`,
			"Roads........|120|88\nSchools......|45|51\nWater........|77|12"},
		{"numbers with letters before them begin rows", `
			100: 60 Code | 120 What the work is | 300 Cost
			120: 60 TC-01 | 120 the road to the market | 300 5
			132: 120 has lamps now
			144: 60 TC-02 | 120 all houses have water | 300 3
			156: 60 TC-03 | 120 trees stand along | 300 8
			168: 120 the river
			180: 120 and the road`,
			"Code|What the work is|Cost\nTC-01|the road to the market has lamps now|5\n" +
				"TC-02|all houses have water|3\nTC-03|trees stand along the river and the road|8"},
		{"the same header again begins another table", `
			100: 60 Name | 140 Kind | 220 Length
			116: 60 title | 140 text | 220 80
			132: 60 year | 140 number | 220 4
			152: 60 Villages
			168: 60 Name | 140 Kind | 220 Length
			184: 60 village | 140 text | 220 40
			200: 60 homes | 140 number | 220 5`,
			"Name|Kind|Length\ntitle|text|80\nyear|number|4\ntext: Villages\nName|Kind|Length\nvillage|text|40\nhomes|number|5"},
		{"names that are wrapped are one row", `
			100: 60 Name of | 140 Explained | 240 Kind of
			112: 60 the field | 240 the value
			124: 60 Village | 140 where it is | 240 Text
			136: 60 Homes | 140 how many | 240 Number
			148: 60 Year | 140 of the paper | 240 Number`,
			"Name of the field|Explained|Kind of the value\nVillage|where it is|Text\nHomes|how many|Number\nYear|of the paper|Number"},
		{"names in the middle of the height of explanations that follow each other", `
			100: 60 Column | 160 What is written in it, in short
			112: 160 the name of the village as the office
			118: 60 Village
			124: 160 writes it
			136: 60 Year | 160 of the paper
			148: 160 how many homes are in the village that
			154: 60 Homes
			160: 160 people live in
			172: 160 how many of the homes that people have
			178: 60 Lamps
			184: 160 their lamps in`,
			"Column|What is written in it, in short\nVillage|the name of the village as the office writes it\nYear|of the paper\n" +
				"Homes|how many homes are in the village that people live in\nLamps|how many of the homes that people have their lamps in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &Page{Lines: typed(t, c.page)}
			if got := drawn(p.Nodes()); got != c.want {
				t.Errorf("read as\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Rows of which every second one is coloured are known by their colour, whatever the distances of their lines.
func TestColouredRows(t *testing.T) {
	p := &Page{Lines: typed(t, `
		100: 60 Village | 140 What was done | 300 Year
		115: 60 Upper Stream | 140 the road to the market | 300 2023
		127: 140 has lamps now
		139: 60 Lower Stream | 140 all houses have water | 300 2024
		151: 60 Old Market | 140 the school has got | 300 2024
		163: 140 a new roof
		175: 60 Hill | 140 Trees stand along the | 300 2022
		187: 140 River`),
		Shades: []Rect{{55, 104, 130, 130}, {130, 104, 290, 130}, {290, 104, 340, 130},
			{55, 142, 130, 166}, {130, 142, 290, 166}, {290, 142, 340, 166}}}
	want := "Village|What was done|Year\nUpper Stream|the road to the market has lamps now|2023\nLower Stream|all houses have water|2024\n" +
		"Old Market|the school has got a new roof|2024\nHill|Trees stand along the River|2022"
	if got := drawn(p.Nodes()); got != want {
		t.Errorf("read as\n%s\nwant\n%s", got, want)
	}
}

// A ruling wider than a table closes it: what is below is the footer.
func TestARulingClosesATable(t *testing.T) {
	p := &Page{Lines: typed(t, `
		100: 160 Ob | 190 Time | 240 Number
		124: 160 1 | 190 10 | 240 1
		148: 160 2 | 190 26 | 240 2
		178: 60 Homework 13 | 230 Page 4 of 14`), Rules: []Rect{{60, 165, 500, 165}}}
	want := "Ob|Time|Number\n1|10|1\n2|26|2\ntext: Homework 13 Page 4 of 14"
	if got := drawn(p.Nodes()); got != want {
		t.Errorf("read as\n%s\nwant\n%s", got, want)
	}
}

// Words at a distance that is less than between pieces, but more than a space, are in two columns if the rows below
// have a gap there.
func TestAPieceIsDividedBetweenColumns(t *testing.T) {
	lines := typed(t, `
		100: 160 Ob Tim | 240 Number
		124: 166 1 | 190 10 | 240 1
		148: 166 2 | 190 26 | 240 2
		172: 166 3 | 190 27 | 240 2`)
	p := &lines[0].Pieces[0]
	p.X1, p.Breaks = 195, []Break{{X0: 172, X1: 180, At: 2}}
	page := &Page{Lines: lines}
	want := "Ob|Tim|Number\n1|10|1\n2|26|2\n3|27|2"
	if got := drawn(page.Nodes()); got != want {
		t.Errorf("read as\n%s\nwant\n%s", got, want)
	}
}

func TestGapsBetweenColumns(t *testing.T) {
	for _, c := range []struct {
		name    string
		cover   []int
		allowed int
		want    string
	}{
		{"places that nothing covers", []int{3, 3, 0, 0, 3, 3}, 0, "[[2 3]]"},
		{"a place that one line crosses", []int{9, 9, 1, 1, 9, 9}, 1, "[[2 3]]"},
		{"both sides of a column that few rows fill", []int{9, 9, 0, 0, 1, 1, 0, 0, 9}, 1, "[[2 3] [6 7]]"},
		{"nothing before the first and behind the last column", []int{0, 0, 3, 3, 0, 0}, 0, "[]"},
		{"a gap that is too narrow", []int{3, 3, 0, 3, 3}, 0, "[]"},
	} {
		if got := fmt.Sprint(gapsIn(c.cover, c.allowed, 2)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// A bold header makes a table of one row; and below it may be the rest of a row of the page before.
func TestABoldHeaderMakesATable(t *testing.T) {
	for _, c := range []struct{ name, page, want string }{
		{"one row of a name and prose", `
			100: 80 Attributes | 302 Description
			129: 72 val (On Off | 162 gives a value that says whether the property is applied by
			141: 72 Value) | 162 the element`,
			"Attributes|Description\nval (On Off Value)|gives a value that says whether the property is applied by the element"},
		{"the rest of a row", `
			100: 80 Attributes | 200 Description
			112: 200 by the element
			136: 72 id | 162 the part of the paper that is meant by it
			160: 72 type | 162 the kind of the part`,
			"Attributes|Description\n|by the element\nid|the part of the paper that is meant by it\ntype|the kind of the part"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := typed(t, c.page)
			for k := range lines[0].Pieces {
				lines[0].Pieces[k].Bold = true
			}
			p := &Page{Lines: lines}
			if got := drawn(p.Nodes()); got != c.want {
				t.Errorf("read as\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}
