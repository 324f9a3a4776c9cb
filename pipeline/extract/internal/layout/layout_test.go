package layout

import (
	"strconv"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

// tableOf makes a table of rows written as cells between bars; a cell in asterisks is bold, and ~ before the first one says that the table goes on from another page.
func tableOf(rows ...string) *Table {
	t := &Table{}
	for _, row := range rows {
		r := &Row{}
		for _, text := range strings.Split(row, "|") {
			c := &Cell{Col: -1, Bold: strings.HasPrefix(text, "*")}
			t.Continued = t.Continued || strings.HasPrefix(text, "~")
			c.Nodes = []*Node{Text(dossier.Paragraph, strings.Trim(text, "*~"))}
			r.Cells = append(r.Cells, c)
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

func TestHeaderRowsAreRecognised(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []string
		want int
	}{
		{"words over numbers", []string{"Xã|Số hộ|Tỷ lệ", "Đại Hiệp|120|95%", "Đại Hòa|80|91%"}, 1},
		{"bold over plain", []string{"*Navn*|*Rolle*", "Kari|leder", "Ola|medlem"}, 1},
		{"a column that counts", []string{"STT|Nội dung|Ghi chú", "1|Họp dân|tốt", "2|Ra quân|tốt"}, 1},
		{"numbered columns belong to it", []string{"Tên|Kế hoạch|Kết quả", "1|2|3", "Trồng cây|xong|xong"}, 2},
		{"an empty corner", []string{"|2023|2024", "Hộ nghèo|10|5", "Hộ cận nghèo|7|6"}, 1},
		{"a form has none", []string{"Tên mô hình|Giếng nước", "Số hộ|120", "Kinh phí|10 triệu", "Năm|2024"}, 0},
		{"text has none", []string{"a|b|c", "d|e|f", "g|h|i"}, 0},
		{"numbers have none", []string{"1|2", "3|4"}, 0},
		{"one row has none", []string{"*a*|*b*"}, 0},
	} {
		table := tableOf(c.rows...)
		GuessHeaders(table, UsualHeader)
		got := 0
		for _, r := range table.Rows {
			if r.Header {
				got++
			}
		}
		if got != c.want {
			t.Errorf("%s: %d header rows, want %d", c.name, got, c.want)
		}
	}
}

// Every block's text is between its offsets, whatever is cut off at the ends of lines.
func TestBlocksHaveTheirPlaces(t *testing.T) {
	text, blocks := Assemble([]*Node{
		Text(dossier.Heading, "Báo cáo  "), {Kind: dossier.Paragraph}, {Kind: dossier.Paragraph},
		{Kind: dossier.TableKind, Table: tableOf("Số hộ| 120 |", "|Đợt 2|70 hộ ")},
		{Kind: dossier.Paragraph, Spans: []Span{{Text: "Họp dân: "}, {Text: "☑",
			Field: &dossier.Field{Control: dossier.CheckBox}}, {Text: " Có  "}}},
		Text(dossier.Paragraph, "  một\u0301 hai\n ba "),
	})
	if want := "Báo cáo\n\nSố hộ\t120\n\tĐợt 2\t70 hộ\nHọp dân: ☑ Có\n  một\u0301 hai\n ba"; text != want {
		t.Fatalf("%q\nwant %q", text, want)
	}
	rs := []rune(text)
	at := func(start, end int) string { return string(rs[start:end]) }
	if got := at(blocks[0].Start, blocks[0].End); got != "Báo cáo" {
		t.Errorf("heading %q", got)
	}
	var cells []string
	for _, r := range blocks[1].Table.Rows {
		for _, c := range r.Cells {
			cells = append(cells, at(c.Start, c.End))
		}
	}
	if got := strings.Join(cells, "|"); got != "Số hộ|120|||Đợt 2|70 hộ" {
		t.Errorf("cells %q", got)
	}
	if f := blocks[2].Fields[0]; at(f.Start, f.End) != "☑" {
		t.Errorf("field %q", at(f.Start, f.End))
	}
	last := blocks[len(blocks)-1]
	if last.End != len(rs) {
		t.Errorf("the last block ends at %d of %d", last.End, len(rs))
	}
}

// The names of columns are recognised below titles and in two rows, and a first row of names only in what was printed.
func TestHeaderRowsByTheirPlace(t *testing.T) {
	for _, c := range []struct {
		name    string
		rows    []string
		printed bool
		want    string // numbers of the header rows
	}{
		{"titles are above it", []string{"Báo cáo||", "Năm 2024||", "*Xã*|*Số hộ*|*Tỷ lệ*", "Đại Hiệp|120|95%", "Đại Hòa|80|91%"}, false, "2"},
		{"names of groups are above it", []string{"Tăng||Giảm|", "Xã|Hộ|Người|Hộ", "A|12|30|1", "B|8|20|2", "C|9|21|1"}, false, "0 1"},
		{"the first column is bold too", []string{"*Xã*|*Số hộ*", "*Đại Hiệp*|120", "*Đại Hòa*|80"}, false, "0"},
		{"numbers of columns in bold are one", []string{"*Treatment*|*1*|*2*", "1|10.98|10.97", "2|10.96|10.95"}, false, "0"},
		{"a column of names of things is no column of numbers", []string{"A1|B1|C1", "T0|T1|T2", "T3|T4|T5"}, false, ""},
		{"names over longer texts, in a file that states its tables", []string{"Tên|Vai|Xã", "Nguyễn Văn A|trưởng thôn|Đại Hiệp", "Trần Thị B|thành viên|Đại Hòa"}, false, "0"},
		{"names as long as what is below", []string{"Name|Role|Town", "Anna|head|Oslo", "Bert|hand|Hue"}, false, ""},
		{"the same in print", []string{"Name|Role|Town", "Anna|head|Oslo", "Bert|hand|Hue"}, true, "0"},
		{"a table that goes on from the page before", []string{"~Name|Role|Town", "Anna|head|Oslo", "Bert|hand|Hue"}, true, ""},
	} {
		table := tableOf(c.rows...)
		table.Printed = c.printed
		Assemble([]*Node{{Kind: dossier.TableKind, Table: table}})
		var got []string
		for i, r := range table.Rows {
			if r.Header {
				got = append(got, strconv.Itoa(i))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: header rows %v, want %q", c.name, got, c.want)
		}
	}
}
