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

// asTable reads text as comma or semicolon separated values if it is that: lines with as many fields, two or more and
// mostly short. Among them may be lines of one field, such as a title. The cells of a row are separated by tabs in the
// result.
func asTable(s string) (string, bool) {
	s = strings.TrimPrefix(s, "\ufeff")
	for _, comma := range []rune{';', ','} {
		if all := strings.Count(s, string(comma)); all == 0 || 3*strings.Count(s, string(comma)+" ") > all {
			continue // in prose a space follows
		}
		r := csv.NewReader(strings.NewReader(s))
		r.Comma, r.FieldsPerRecord = comma, -1
		rows, err := r.ReadAll()
		if err != nil {
			continue
		}
		body := withoutTitles(rows)
		isHeaded := headed(body) && !strings.Contains(s, string(comma)+" ")
		if !isTable(body, len(rows)) && !(isHeaded && len(body) == 2) || comma == ',' && !isHeaded &&
			cutsNumbers(body) {
			continue
		}
		if text, long := tabbed(rows); !long {
			return text, true
		}
	}
	return "", false
}

// withoutTitles leaves out the rows of one field: titles and remarks.
func withoutTitles(rows [][]string) (out [][]string) {
	for _, row := range rows {
		if len(row) > 1 {
			out = append(out, row)
		}
	}
	return out
}

// headed reports whether rows are those of a table below a header: they have the same number of fields, three or more,
// of which those of the first are words and no field has a colon before a number.
func headed(rows [][]string) bool {
	if len(rows) < 2 || len(rows[0]) < 3 {
		return false
	}
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			return false
		}
		for _, c := range row {
			c = strings.TrimSpace(c)
			if i == 0 && (c == "" || beginsWithDigit(c)) || strings.HasSuffix(c, ".") ||
				strings.Contains(c, ": ") {
				return false
			}
		}
	}
	return true
}

// manyFields is from how many fields on two lines are a table, and their commas no part of numbers.
const manyFields = 5

// isTable reports whether rows of two fields or more are those of a table, among all rows of a text: three or more, or
// two of many fields, at least half of all, and as long as the longest but for a quarter, of which fields are missing.
func isTable(rows [][]string, all int) bool {
	longest, full := 0, 0
	for _, row := range rows {
		longest = max(longest, len(row))
	}
	for _, row := range rows {
		if len(row) == longest {
			full++
		}
	}
	return (len(rows) >= 3 || len(rows) == 2 && longest >= manyFields) && 2*len(rows) >= all && 4*full >= 3*len(rows)
}

// tabbed returns the rows as lines with tabs between their cells; long is true if a fifth of the cells or more are too
// long for a table.
func tabbed(rows [][]string) (text string, long bool) {
	const longest = 80 // bytes
	cells, tooLong := 0, 0
	var b strings.Builder
	for _, row := range rows {
		for i, c := range row {
			c = strings.Join(strings.Fields(c), " ")
			if cells++; len(c) > longest {
				tooLong++
			}
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(c)
		}
		b.WriteByte('\n')
	}
	return b.String(), tooLong*5 >= cells
}

// cutsNumbers reports whether at least half of the rows would be cut inside a number behind words, as the lines of a
// form are at their decimal commas and thousands: "Income: £9,640", "Tỷ lệ: 97,8%".
func cutsNumbers(rows [][]string) bool {
	cut := 0
	for _, row := range rows {
		if len(row) >= manyFields {
			continue
		}
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
