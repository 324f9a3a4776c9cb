package extract

import (
	"encoding/csv"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/limits"
	"kheo/pipeline/extract/internal/webpage"
)

// readText reads plain text; a form feed begins a page. Comma or semicolon separated values are
// recognised and read as a table, and Markdown as a browser shows it.
func readText(data []byte, res *Result) {
	s, name := cleantext.Decode(data, "")
	if name == cleantext.UnknownEncoding {
		res.Error, res.Detail = OldEncoding, "perhaps that of an old Macintosh"
		return
	}
	if table, ok := asTable(s); ok {
		res.Type = typeCSV
		res.Pages = []dossier.Page{{Number: 1, Text: table, Reader: "csv/" + name}}
		return
	}
	if webpage.IsMarkdown(s) {
		res.Pages = []dossier.Page{webpage.FromMarkdown(s).Page(1, "markdown/"+name)}
		return
	}
	for i, p := range strings.Split(s, "\f") {
		if i >= limits.Pages {
			break
		}
		nodes := layout.Lines(p)
		webpage.Comments(nodes)
		page := dossier.Page{Number: i + 1, Reader: "text/" + name}
		page.Text, page.Blocks = layout.Assemble(nodes)
		res.Pages = append(res.Pages, page)
	}
}

// asTable reads text as comma or semicolon separated values if it is that: the same number of fields, two
// or more and mostly short, in each of at least three lines. The cells of a row are separated by tabs in
// the result.
func asTable(s string) (string, bool) {
	s = strings.TrimPrefix(s, "\ufeff")
	head, _, _ := strings.Cut(s, "\n")
	for _, comma := range []rune{';', ','} {
		if all := strings.Count(s, string(comma)); !strings.ContainsRune(head, comma) || 3*strings.Count(s,
			string(comma)+" ") > all {
			continue // in prose a space follows
		}
		r := csv.NewReader(strings.NewReader(s))
		r.Comma, r.FieldsPerRecord = comma, 0
		rows, err := r.ReadAll()
		if err != nil || len(rows) < 3 || len(rows[0]) < 2 || comma == ',' && cutsNumbers(rows) {
			continue
		}
		cells, long := 0, 0
		var b strings.Builder
		for _, row := range rows {
			for i, c := range row {
				c = strings.Join(strings.Fields(c), " ")
				if cells++; len(c) > 80 {
					long++
				}
				if i > 0 {
					b.WriteByte('\t')
				}
				b.WriteString(c)
			}
			b.WriteByte('\n')
		}
		if long*5 < cells {
			return b.String(), true
		}
	}
	return "", false
}

// cutsNumbers reports whether at least half of the rows would be cut inside a number behind words, as the lines of a form
// are at their decimal commas and thousands: "Income: £9,640", "Tỷ lệ: 97,8%".
func cutsNumbers(rows [][]string) bool {
	cut := 0
	for _, row := range rows {
		for i, c := range row[1:] {
			before := strings.TrimSpace(row[i])
			words := strings.ContainsFunc(before, unicode.IsLetter)
			if words && endsInDigit(before) && beginsWithDigit(c) {
				cut++
				break
			}
		}
	}
	return 2*cut >= len(rows)
}

// endsInDigit reports whether the last byte of s is a digit.
func endsInDigit(s string) bool { return s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' }

// beginsWithDigit reports whether the first byte of s is a digit.
func beginsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }
