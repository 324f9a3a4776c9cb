package extract

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"

	"kheo/pipeline/dossier"
)

// sniffZip looks inside a zip for what it is.
func sniffZip(data []byte) string {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		switch { // a truncated office file is still no other thing
		case bytes.Contains(data, []byte("word/document.xml")):
			return typeDOCX
		case bytes.Contains(data, []byte("xl/workbook.xml")):
			return typeXLSX
		}
		return typeZIP
	}
	for i, f := range zr.File {
		if i > 2000 {
			break
		}
		switch {
		case f.Name == "word/document.xml":
			return typeDOCX
		case f.Name == "xl/workbook.xml":
			return typeXLSX
		case f.Name == "ppt/presentation.xml":
			return typePPTX
		case f.Name == "mimetype" && f.UncompressedSize64 < 200:
			if r, err := f.Open(); err == nil {
				b, _ := io.ReadAll(io.LimitReader(r, 200))
				r.Close()
				if s := strings.TrimSpace(string(b)); strings.HasPrefix(s, "application/") {
					return s
				}
			}
		}
	}
	return typeZIP
}

// part reads one part of a zip, up to maxPart.
func part(zr *zip.Reader, name string) ([]byte, error) {
	f, err := zr.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPart+1))
	if err == nil && len(b) > maxPart {
		return nil, errTooLarge
	}
	return b, err
}

var errTooLarge = errors.New("unpacks to more than 64 MB")

// readDOCX reads a Word document as one page: headers, then paragraphs, tables
// and text boxes in order, then notes.
func readDOCX(data []byte, res *Result) {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		res.Error, res.Detail = Damaged, err.Error()
		return
	}
	body, err := part(zr, "word/document.xml")
	if err != nil {
		fail(res, err)
		return
	}
	var names []string
	for _, f := range zr.File {
		if strings.HasPrefix(f.Name, "word/header") && strings.HasSuffix(f.Name, ".xml") && len(names) < 20 {
			names = append(names, f.Name)
		}
	}
	sort.Strings(names)
	var out strings.Builder
	seen := map[string]bool{}
	for _, n := range names {
		if b, err := part(zr, n); err == nil {
			if s, err := wordText(b); err == nil && strings.TrimSpace(s) != "" && !seen[s] {
				seen[s] = true
				out.WriteString(s)
			}
		}
	}
	s, err := wordText(body)
	if err != nil && strings.TrimSpace(s) == "" {
		fail(res, err)
		return
	}
	out.WriteString(s)
	for _, n := range []string{"word/footnotes.xml", "word/endnotes.xml"} {
		if b, err := part(zr, n); err == nil {
			if s, err := wordText(b); err == nil {
				out.WriteString(s)
			}
		}
	}
	res.Pages = []dossier.Page{{Number: 1, Text: out.String(), Reader: "docx"}}
}

func fail(res *Result, err error) {
	res.Error, res.Detail = Damaged, err.Error()
	if errors.Is(err, errTooLarge) {
		res.Error = TooLarge
	}
}

// wordText walks WordprocessingML. Tracked deletions and the fallbacks of
// text boxes are left out. On an error the text so far is returned with it.
func wordText(b []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = true
	w := &wordWalker{}
	depth := 0
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			return w.out.String(), nil
		}
		if err != nil {
			return w.out.String(), err
		}
		switch e := t.(type) {
		case xml.StartElement:
			if depth++; depth > 2000 {
				return w.out.String(), errors.New("nested more than 2,000 deep")
			}
			w.start(e.Name.Local, e)
		case xml.EndElement:
			depth--
			w.end(e.Name.Local)
		case xml.CharData:
			if w.inText > 0 && w.skip == 0 {
				w.add(string(e))
			}
		}
	}
}

type wordWalker struct {
	out    strings.Builder
	cells  []*cell // open table cells, the innermost last
	skip   int     // inside deleted or fallback content
	inText int
}

// cell collects a table cell's paragraphs.
type cell struct {
	paras []string
	cur   strings.Builder
	first bool // first cell of its row
}

func (w *wordWalker) add(s string) {
	if n := len(w.cells); n > 0 {
		w.cells[n-1].cur.WriteString(s)
		return
	}
	w.out.WriteString(s)
}

func (w *wordWalker) start(name string, e xml.StartElement) {
	switch name {
	case "del", "moveFrom", "Fallback", "instrText":
		w.skip++
	case "t":
		w.inText++
	case "tab":
		if w.skip == 0 && len(e.Attr) == 0 { // a tab stop's definition has attributes
			w.add("\t")
		}
	case "br", "cr":
		if w.skip == 0 {
			w.add("\n")
		}
	case "noBreakHyphen":
		w.add("-")
	case "tr":
		w.cells = append(w.cells, nil)
	case "tc":
		c := &cell{}
		if n := len(w.cells); n > 0 && w.cells[n-1] == nil {
			c.first = true
			w.cells = w.cells[:n-1]
		}
		w.cells = append(w.cells, c)
	}
}

func (w *wordWalker) end(name string) {
	switch name {
	case "del", "moveFrom", "Fallback", "instrText":
		w.skip--
	case "t":
		w.inText--
	case "p":
		if n := len(w.cells); n > 0 && w.cells[n-1] != nil {
			c := w.cells[n-1]
			c.paras = append(c.paras, c.cur.String())
			c.cur.Reset()
		} else {
			w.add("\n")
		}
	case "tc":
		n := len(w.cells)
		if n == 0 || w.cells[n-1] == nil {
			return
		}
		c := w.cells[n-1]
		w.cells = w.cells[:n-1]
		if rest := c.cur.String(); strings.TrimSpace(rest) != "" {
			c.paras = append(c.paras, rest)
		}
		s := strings.Join(c.paras, "\n")
		if len(s) < 300 { // a value, not a page laid out in a table
			s = strings.Join(strings.Fields(s), " ")
		}
		if !c.first {
			s = "\t" + s
		}
		w.add(s)
	case "tr":
		if n := len(w.cells); n > 0 && w.cells[n-1] == nil { // a row without cells
			w.cells = w.cells[:n-1]
		}
		w.add("\n")
	}
}

// readXLSX reads a workbook: a sheet is a page, a row a line, a cell parted by
// a tab.
func readXLSX(data []byte, res *Result) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxPart, UnzipXMLSizeLimit: maxPart})
	if err != nil {
		fail(res, err)
		if strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), "encrypt") {
			res.Error = Protected
		}
		if strings.Contains(err.Error(), "limit") {
			res.Error = TooLarge
		}
		return
	}
	defer f.Close()
	for i, sheet := range f.GetSheetList() {
		if i >= 200 {
			break
		}
		var b strings.Builder
		rows, err := f.Rows(sheet)
		if err != nil {
			continue
		}
		for n := 0; rows.Next() && n < 50000; n++ {
			cols, err := rows.Columns()
			if err != nil {
				break
			}
			b.WriteString(strings.TrimRight(strings.Join(cols, "\t"), "\t"))
			b.WriteByte('\n')
		}
		rows.Close()
		res.Pages = append(res.Pages, dossier.Page{Number: i + 1, Text: b.String(), Reader: "excelize"})
	}
}

// readText reads plain text in UTF-8, UTF-16 or, failing those, the encoding
// that its bytes suggest.
func readText(data []byte, res *Result) {
	s, name, err := decode(data, "text/plain")
	if err != nil {
		fail(res, err)
		return
	}
	for i, p := range strings.Split(s, "\f") {
		if i >= maxPages {
			break
		}
		res.Pages = append(res.Pages, dossier.Page{Number: i + 1, Text: p, Reader: "text/" + name})
	}
}

func decode(data []byte, contentType string) (string, string, error) {
	enc, name, _ := charset.DetermineEncoding(data[:min(len(data), 4096)], contentType)
	b, err := enc.NewDecoder().Bytes(data)
	return string(b), name, err
}

// readHTML reads the text of a page of HTML; scripts and styles are left out.
func readHTML(data []byte, res *Result) {
	s, name, err := decode(data, "text/html")
	if err != nil {
		fail(res, err)
		return
	}
	z := html.NewTokenizer(strings.NewReader(s))
	var b strings.Builder
	skip := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); err != io.EOF {
				fail(res, fmt.Errorf("html: %w", err))
			}
			res.Pages = []dossier.Page{{Number: 1, Text: b.String(), Reader: "html/" + name}}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			tag, _ := z.TagName()
			switch string(tag) {
			case "script", "style", "noscript", "template":
				skip++
			case "br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section", "article":
				b.WriteByte('\n')
			case "td", "th":
				b.WriteByte('\t')
			}
		case html.EndTagToken:
			tag, _ := z.TagName()
			switch string(tag) {
			case "script", "style", "noscript", "template":
				if skip > 0 {
					skip--
				}
			case "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6":
				b.WriteByte('\n')
			}
		case html.TextToken:
			if skip == 0 {
				text := strings.Join(strings.Fields(string(z.Text())), " ")
				if text != "" {
					raw := z.Raw()
					if len(raw) > 0 && (raw[0] == ' ' || raw[0] == '\n') {
						b.WriteByte(' ')
					}
					b.WriteString(text)
					if len(raw) > 0 && (raw[len(raw)-1] == ' ' || raw[len(raw)-1] == '\n') {
						b.WriteByte(' ')
					}
				}
			}
		}
	}
}
