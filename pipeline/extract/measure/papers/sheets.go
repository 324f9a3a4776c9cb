package main

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// book is a .xlsx as its XML states it. Numbers and dates are compared by value, since readers are free to
// write them in different ways.
type book struct {
	a       *archive
	shared  []string
	formats []string // by the index of a cell's style
	from    time.Time
}

var escaped = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)

// rich is the text of a string with formatted runs, without phonetic hints.
func rich(e *element) (s string) {
	if e == nil {
		return ""
	}
	for _, k := range e.kids {
		switch k.name {
		case "s:t":
			s += k.content()
		case "s:r":
			s += k.child("s:t").content()
		}
	}
	return escaped.ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[2:6], 16, 32)
		return string(rune(n))
	})
}

func openBook(name string) (*book, *element, string, error) {
	a, err := openArchive(name)
	if err != nil {
		return nil, nil, "", err
	}
	b := &book{a: a, from: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	main, stringsPart := a.main("sharedStrings")
	_, stylesPart := a.main("styles")
	root, err := a.part(main)
	if err != nil {
		a.Close()
		return nil, nil, "", err
	}
	if v := root.child("s:workbookPr").get("date1904"); v != "" && !off(v) {
		b.from = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if e, err := a.part(stringsPart); err == nil {
		for _, k := range e.kids {
			if k.name == "s:si" {
				b.shared = append(b.shared, rich(k))
			}
		}
	}
	if e, err := a.part(stylesPart); err == nil {
		codes := map[string]string{}
		e.each("s:numFmt", func(f *element) { codes[f.get("numFmtId")] = f.get("formatCode") })
		e.child("s:cellXfs").each("s:xf", func(x *element) {
			id := x.get("numFmtId")
			code, ok := codes[id]
			if n, _ := strconv.Atoi(id); !ok && (n >= 14 && n <= 22 || n >= 45 && n <= 47) {
				code = "y" // the dates and times among the formats that every program knows
			}
			b.formats = append(b.formats, code)
		})
	}
	return b, root, main, nil
}

// literal is what a number format only writes: quoted, escaped, or in brackets (but not of lapsed time).
var literal = regexp.MustCompile(`"[^"]*"|\\.|_.|\*.|\[[^hmsHMS\]][^\]]*\]`)

// section is the part of a format that is for a value, and whether the format has one.
func section(code string, v float64) (string, bool) {
	list := strings.Split(literal.ReplaceAllString(code, "x"), ";")
	switch {
	case len(list) >= 2 && v < 0:
		return list[1], true
	case len(list) >= 3 && v == 0:
		return list[2], true
	}
	return list[0], code != ""
}

// value returns the keys of a cell, the text of one that has no number, and whether its format shows nothing.
func (b *book) value(c *element) (keys []string, text string, blank bool) {
	v, code := c.child("s:v").content(), ""
	if n, err := strconv.Atoi("0" + c.get("s")); err == nil && n < len(b.formats) {
		code = b.formats[n]
	}
	switch kind := c.get("t"); kind {
	case "s":
		if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < len(b.shared) {
			text = b.shared[n]
		}
	case "inlineStr":
		text = rich(c.child("s:is"))
	case "b":
		text = "FALSE"
		if v == "1" {
			text = "TRUE"
		}
		return addKey(addKey(nil, plain(text)), plain(v)), "", false
	case "", "n":
		if number, err := strconv.ParseFloat(v, 64); err == nil {
			keys, blank = b.number(number, code)
			return keys, "", blank
		}
	default:
		text = v
	}
	list := strings.Split(code, ";")
	return addKey(nil, plain(text)), text, len(list) == 4 && list[3] == "" && text != ""
}

// number returns the keys of a number, as a date too if its format is one, and whether its format shows
// nothing.
func (b *book) number(number float64, code string) (keys []string, blank bool) {
	sec, has := section(code, number)
	keys = addKey(nil, numberKey(strconv.FormatFloat(number, 'g', -1, 64)))
	lower := strings.ToLower(sec)
	date := strings.ContainsAny(lower, "ymdhs") && !strings.Contains(lower, "general")
	if date && number >= 0 && number < 3e6 {
		from := b.from
		if number < 60 && from.Year() == 1899 {
			from = from.AddDate(0, 0, 1) // 1900 is no leap year, whatever the format takes it for
		}
		day := from.Add(time.Duration(math.Round(number*86400)) * time.Second)
		keys = addKey(addKey(keys, day.Format(time.DateOnly)), day.Format("2006-01-02T15:04:05"))
	}
	return keys, has && strings.TrimSpace(sec) == ""
}

var reference = regexp.MustCompile(`^\$?([A-Za-z]{1,3})\$?(\d{1,7})$`)

// place is the row and column of a reference such as B7, from 1.
func place(ref string) (row, col int, ok bool) {
	m := reference.FindStringSubmatch(ref)
	if m == nil {
		return 0, 0, false
	}
	for _, r := range strings.ToUpper(m[1]) {
		col = col*26 + int(r-'A') + 1
	}
	row, _ = strconv.Atoi(m[2])
	return row, col, true
}

func truthy(v string) bool { return v != "" && !off(v) }

// sheet reads the cells of a worksheet. Those that no one sees are optional. texts are the others without a
// number.
func (b *book) sheet(root *element, hidden bool) (t *table, texts []string) {
	t = &table{}
	var columns [][2]int
	root.child("s:cols").each("s:col", func(c *element) {
		if truthy(c.get("hidden")) || c.get("width") == "0" {
			from, _ := strconv.Atoi(c.get("min"))
			to, _ := strconv.Atoi(c.get("max"))
			columns = append(columns, [2]int{from, to})
		}
	})
	covered := b.merged(root)
	zero := truthy(root.child("s:sheetFormatPr").get("zeroHeight"))
	row, first := 0, [2]int{math.MaxInt, math.MaxInt}
	root.child("s:sheetData").each("s:row", func(r *element) {
		row++
		if n, err := strconv.Atoi(r.get("r")); err == nil {
			row = n
		}
		unseen := hidden || truthy(r.get("hidden")) || r.get("ht") == "0" || zero && r.get("hidden") == ""
		col := 0
		r.each("s:c", func(c *element) {
			col++
			if _, n, ok := place(c.get("r")); ok {
				col = n
			}
			keys, text, blank := b.value(c)
			if len(keys) == 0 || covered(row, col) {
				return
			}
			first = [2]int{min(first[0], row), min(first[1], col)}
			optional := unseen || blank ||
				slices.ContainsFunc(columns, func(h [2]int) bool { return h[0] <= col && col <= h[1] })
			if !optional && text != "" {
				texts = append(texts, text)
			}
			t.cells = append(t.cells, cell{row: row, col: col, colspan: 1, keys: keys, optional: optional})
		})
	})
	for i := range t.cells {
		t.cells[i].row -= first[0]
		t.cells[i].col -= first[1]
	}
	return t, texts
}

// merged returns whether a cell is covered by one that is merged over it.
func (b *book) merged(root *element) func(row, col int) bool {
	var areas [][4]int
	root.child("s:mergeCells").each("s:mergeCell", func(m *element) {
		from, to, _ := strings.Cut(m.get("ref"), ":")
		top, left, ok := place(from)
		bottom, right, ok2 := place(to)
		if ok && ok2 {
			areas = append(areas, [4]int{top, left, bottom, right})
		}
	})
	return func(row, col int) bool {
		return slices.ContainsFunc(areas, func(a [4]int) bool {
			return a[0] <= row && row <= a[2] && a[1] <= col && col <= a[3] && (row != a[0] || col != a[1])
		})
	}
}

// readBook returns the worksheets of a .xlsx as tables, and the text of the cells that a reader sees.
func readBook(name string) (tables []*table, texts []string, err error) {
	b, root, main, err := openBook(name)
	if err != nil {
		return nil, nil, err
	}
	defer b.a.Close()
	relations := b.a.relations(main)
	root.child("s:sheets").each("s:sheet", func(s *element) {
		r := relations[s.get("r:id")]
		if r.kind != "worksheet" {
			return
		}
		e, failed := b.a.part(r.target)
		if failed != nil {
			err = failed
			return
		}
		t, list := b.sheet(e, s.get("state") != "" && s.get("state") != "visible")
		tables, texts = append(tables, t), append(texts, list...)
	})
	return tables, texts, err
}
