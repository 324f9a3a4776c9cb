package word

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
)

// document makes a Word document whose body is given.
func document(t *testing.T, body string) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	w, err := zw.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, `<w:document xmlns:w="x"><w:body>`+body+`</w:body></w:document>`)
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func bodyOf(t *testing.T, docx []byte) string {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := readPart(zr.File[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := wellFormed(b); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	s := strings.TrimSuffix(strings.TrimPrefix(string(b), `<w:document xmlns:w="x"><w:body>`),
		`</w:body></w:document>`)
	return strings.ReplaceAll(s, ` xml:space="preserve"`, "")
}

type entry struct {
	Title string
	Quote []string
}

func p(runs ...string) string {
	return "<w:p><w:r><w:t>" + strings.Join(runs, "</w:t></w:r><w:r><w:t>") + "</w:t></w:r></w:p>"
}

func TestFill(t *testing.T) {
	data := map[string]any{"Title": "A & B <c>", "Lines": "one\ntwo", "Entries": []entry{{"x", nil},
		{"{{.Title}}", []string{"q"}}}, "None": []entry{}}
	cell := func(s string) string { return "<w:tc><w:tcPr/>" + p(s) + "</w:tc>" }
	for _, c := range []struct{ name, body, want string }{
		{"a value is text, whatever it holds", p("{{.Title}}"), p("A &amp; B &lt;c&gt;")},
		{"lines become lines", p("{{.Lines}}"), `<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t></w:r></w:p>`},
		{"Word cut the action into pieces", p("to {", "{.Ti", "tle}", "} end"), p("to A &amp; B &lt;c&gt;", "",
			"", " end")},
		{"Word made the quotes typographic", p("{{if eq .Title “A &amp; B &lt;c&gt;”}}yes{{end}}"), p("yes")},
		{"a paragraph that is an action goes with it", p("{{range .Entries}}") + p("- {{.Title}}") +
			p("{{end}}"), p("- x") + p("- {{.Title}}")},
		{"a row is repeated", "<w:tr>" + cell("{{range .Entries}}{{.Title}}") + cell("{{len .Quote}}{{end}}") +
			"</w:tr>", "<w:tr>" + cell("x") + cell("0") + "</w:tr><w:tr>" + cell("{{.Title}}") + cell("1") +
			"</w:tr>"},
		{"a row is left out", "<w:tr>" + cell("{{range .None}}{{.Title}}") + cell("{{end}}") + "</w:tr>", ""},
		{"a cell keeps a paragraph", "<w:tc><w:tcPr/>" + p("{{range .None}}") + p("{{.Title}}") + p("{{end}}") +
			"</w:tc>", "<w:tc><w:tcPr/><w:p/></w:tc>"},
		{"a choice within a row is no row", "<w:tr>" + cell("{{if .Title}}a{{end}}") +
			cell("{{if .Lines}}b{{end}}") + "</w:tr>", "<w:tr>" + cell("a") + cell("b") + "</w:tr>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := Fill(document(t, c.body), data, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := bodyOf(t, out); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	for _, c := range []struct{ name, body, want string }{
		{"an unknown field is named", p("{{.Titel}}"), `Titel`},
		{"an action is not closed", p("{{range .Entries}}"), `unexpected EOF`},
		{"an action out of a table", "<w:tr><w:tc>" + p("a {{range .Entries}}") + "</w:tc></w:tr>" +
			p("b{{end}}"), "a paragraph each"},
		{"what grows without end", p("{{range .Entries}}{{range $.Big}}{{range $.Big}}{{.}}{{end}}{{end}}{{end}}"), "MB"},
		{"an action outside of text", `<w:p w:x="{{.Title}}"/>`, "outside of text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data["Big"] = strings.Split(strings.Repeat("0123456789abcdef,", 2000), ",")
			_, err := Fill(document(t, c.body), data, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v does not say %q", err, c.want)
			}
		})
	}
	if _, err := Fill([]byte("no zip"), data, nil); err == nil {
		t.Error("what is no Word document was taken")
	}
}

// Whatever is typed into a template, filling it in ends, and what comes out is well-formed.
func FuzzFill(f *testing.F) {
	for _, s := range []string{"{{.Title}}", "{{range .Entries}}{{.Title}}{{end}}",
		"{{if .None}}a{{else}}b{{end}}", "{{", "}}{{", "{{define \"x\"}}{{end}}", "{{/* c */}}",
		"{{- .Title -}}"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 400 {
			return
		}
		out, err := Fill(document(t, "<w:tr><w:tc>"+p(escape(a), escape(b))+"</w:tc></w:tr>"+p(escape(b))),
			map[string]any{"Title": "<&>", "Entries": []entry{{"x", nil}}, "None": []entry{}}, nil)
		if err == nil {
			bodyOf(t, out)
		}
	})
}
