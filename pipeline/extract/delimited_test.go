package extract

import (
	"strings"
	"testing"
	"time"
)

// Tables of few rows, and parts of web pages, are what they are without the name of their file.
func TestSmallTablesAndPartsOfPagesAreRecognised(t *testing.T) {
	p := pool(t, 5*time.Second)
	for _, c := range []struct{ name, text, typ, want string }{
		{"a header and one row", "Kurs,Nivå,Antall barn\nVannkjent,Nybegynner,14\n", typeCSV, "Kurs\tNivå\tAntall barn\nVannkjent\tNybegynner\t14"},
		{"rows named by quarters", "Quarter,Parcels,Households\nQ1,510,120\nQ2,480,\nYear 2024,990,231\n", typeCSV,
			"Quarter\tParcels\tHouseholds\nQ1\t510\t120\nQ2\t480\nYear 2024\t990\t231"},
		{"rows named with numbers", "\"Chi đoàn\",\"Số cây\",\"Tỷ lệ (%)\"\n\"Thôn 1\",120,\"90,5\"\n\"Thôn 2\",205,\"95\"\n", typeCSV,
			"Chi đoàn\tSố cây\tTỷ lệ (%)\nThôn 1\t120\t90,5\nThôn 2\t205\t95"},
		{"lines of a form with decimal commas", "Tỷ lệ hộ: 97,8%\nTỷ lệ nghèo: 2,1%\nTỷ lệ cây: 3,5%\n", typeText,
			"Tỷ lệ hộ: 97,8%\nTỷ lệ nghèo: 2,1%\nTỷ lệ cây: 3,5%"},
		{"two lines of prose", "We came, we saw, we won.\nThey came, they saw, they left.\n", typeText,
			"We came, we saw, we won.\nThey came, they saw, they left."},
		{"a table of a web page", "<table>\n<tr><th>Besøk</th><td>1 206</td></tr>\n<tr><th>Fast</th><td>Nei</td></tr>\n</table>\n",
			typeHTML, "Besøk\t1 206\nFast\tNei"},
		{"a paragraph and a table", "<!-- x -->\n<p>Biểu 3</p><table><tr><td>Số hộ</td><td>12</td></tr></table>", typeHTML, "Biểu 3\nSố hộ\t12"},
		{"a page of XML", "<?xml version=\"1.0\"?>\n<!DOCTYPE html><html><body><p>Số hộ</p></body></html>", typeHTML, "Số hộ"},
		{"a table of Markdown with short rules", "| Đợt | Số người |\n|:-:|:-:|\n| I | 122 |\n", typeText, "Đợt\tSố người\nI\t122"},
		{"Markdown that begins with a tag", "<div align=center></div>\n\n# Title\n\nSome *text*\n", typeText, ""},
		{"a text about tags", "<p> is the tag of a paragraph, and <b> that of bold text.", typeText,
			"<p> is the tag of a paragraph, and <b> that of bold text."},
	} {
		res := readIn(t, p, c.text)
		if res.Type != c.typ {
			t.Errorf("%s is %s, want %s", c.name, res.Type, c.typ)
		}
		got := strings.ReplaceAll(textOf(res), "\n\n", "\n")
		if c.want != "" && got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
