package word

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/template"
	"text/template/parse"
)

// Bounds of a Word document that is filled in; sizes are in bytes.
const (
	maxTemplate = 20 << 20 // of the file, and of each of its parts
	maxParts    = 500
	maxFilled   = 64 << 20 // of a part after filling in
)

// Fill fills in a Word document. Its text contains actions of Go's text/template between {{ and }}:
// {{.Title}} writes a value, {{range .Entries}} … {{end}} repeats what is between, {{if .Reason}} …
// {{else}} … {{end}} chooses. If an action is alone in its paragraph, the paragraph is removed with it;
// if a row of a table begins with range or if and ends with its end, the row is repeated or left out.
// Word may cut an action into pieces of different looks: they are joined, and look like the first.
//
// Values are written as text and nothing else: no value can become markup or an action. Errors say what
// is wrong in the terms of a person who edits the document in Word.
func Fill(file []byte, data any, funcs template.FuncMap) ([]byte, error) {
	if len(file) > maxTemplate {
		return nil, fmt.Errorf("the document has %d MB; at most %d are taken", len(file)>>20, maxTemplate>>20)
	}
	zr, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, errors.New("it is not a Word document (.docx)")
	}
	if len(zr.File) > maxParts {
		return nil, fmt.Errorf("the document has %d parts; at most %d are taken", len(zr.File), maxParts)
	}
	// Parts are copied in their order, without times, so that the same template and data give the same bytes.
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	found := false
	for _, f := range zr.File {
		b, err := readPart(f)
		if err != nil {
			return nil, err
		}
		if filledPart.MatchString(f.Name) {
			found = found || f.Name == "word/document.xml"
			if b, err = fillPart(b, data, funcs); err != nil {
				return nil, err
			}
		}
		w, err := zw.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(b); err != nil {
			return nil, err
		}
	}
	if !found {
		return nil, errors.New("it is not a Word document (.docx): it has no word/document.xml")
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// filledPart matches the parts of a document in which actions are replaced: its body, headers and footers.
var filledPart = regexp.MustCompile(`^word/(document|header\d*|footer\d*)\.xml$`)

// readPart reads a part of the document, which must not be larger than maxTemplate: a small zip can hold gigabytes.
func readPart(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxTemplate+1))
	if err == nil && len(b) > maxTemplate {
		err = fmt.Errorf("its part %s is too large", f.Name)
	}
	return b, err
}

// piece is a tag, or the text between two tags.
type piece struct {
	text string
	tag  string // "w:p", "/w:p", …; "" for text
	self bool   // <w:p/>
}

// pieces cuts XML, which must be well-formed, at its tags.
func pieces(s string) ([]piece, error) {
	var out []piece
	for s != "" {
		if s[0] != '<' {
			end := strings.IndexByte(s, '<')
			if end < 0 {
				end = len(s)
			}
			out = append(out, piece{text: s[:end]})
			s = s[end:]
			continue
		}
		end := strings.IndexByte(s, '>') // a comment or CDATA may hold more; Word writes neither
		if end < 0 {
			return nil, errors.New("it is damaged: a tag does not end")
		}
		p := piece{text: s[:end+1], self: s[end-1] == '/'}
		afterName := func(r rune) bool { return strings.ContainsRune(" >\n\t\r", r) }
		p.tag = strings.TrimRight(strings.FieldsFunc(s[1:end+1], afterName)[0], "/")
		out = append(out, p)
		s = s[end+1:]
	}
	return out, nil
}

var (
	// Actions, those that control what follows, and paragraphs with nothing but an action.
	action   = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	control  = regexp.MustCompile(`^\{\{-?\s*(range|if|with|else|end)\b`)
	oneAlone = regexp.MustCompile(`(?s)^\s*\{\{[^{}]*\}\}\s*$`)
	// quotes replaces the typographic quotation marks and spaces that Word puts into actions.
	quotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‘", "'", "’", "'", "\u00a0", " ")
	// entities undoes the escaping of XML in actions.
	entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&#34;", `"`,
		"&#39;", "'", "&amp;", "&")
	// noLine matches the end of cells without a paragraph, which Word does not open.
	noLine = regexp.MustCompile(`(</w:tcPr>|<w:tcPr/>|<w:tc>|</w:tbl>)</w:tc>`)
)

// fillPart fills in one part. It turns the XML into the source of a text template: actions that Word cut into
// pieces are joined (gather), and actions about whole rows and paragraphs are moved around them (lift). The result
// must be well-formed again, otherwise an action was not properly nested.
func fillPart(b []byte, data any, funcs template.FuncMap) ([]byte, error) {
	if err := wellFormed(b); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	list, err := pieces(string(b))
	if err != nil {
		return nil, err
	}
	gather(list)
	// A row that begins with range or if and ends with its end is repeated or left out as a whole.
	lift(list, "w:tr", func(text string) (open, close string, ok bool) {
		text = strings.TrimSpace(text)
		all := action.FindAllString(text, -1)
		if len(all) < 2 || !strings.HasPrefix(text, all[0]) || !strings.HasSuffix(text, all[len(all)-1]) ||
			!encloses(all) {
			return "", "", false
		}
		return all[0], all[len(all)-1], true
	})
	// A paragraph with nothing but a control action goes away, so that lists have no empty lines.
	lift(list, "w:p", func(text string) (open, close string, ok bool) {
		if text = strings.TrimSpace(text); !oneAlone.MatchString(text) || !control.MatchString(text) {
			return "", "", false
		}
		return text, "", true
	})
	// Actions in attributes could break out of the markup.
	var src strings.Builder
	for _, p := range list {
		if p.tag != "" && strings.Contains(p.text, "{{") {
			return nil, errors.New("it has {{ outside of text; remove it there")
		}
		src.WriteString(p.text)
	}
	filled, err := execute(src.String(), data, funcs)
	if err != nil {
		return nil, err
	}
	if wellFormed(filled) != nil {
		return nil, errors.New("an action begins in one paragraph or cell and ends in another; give {{range}}, " +
			"{{if}}, {{else}} and {{end}} a paragraph each, with nothing else in it")
	}
	return noLine.ReplaceAll(filled, []byte("$1<w:p/></w:tc>")), nil
}

// wellFormed returns what is wrong with XML, or nil.
func wellFormed(b []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// gather joins every action in the piece of text in which it begins, and undoes what XML and Word made
// of its characters.
func gather(list []piece) {
	open := -1 // index of the piece in which an action is open; -1 if none is
	inText := false
	for i := range list {
		p := &list[i]
		switch p.tag {
		case "w:t":
			if inText = !p.self; inText {
				p.text = `<w:t xml:space="preserve">`
			}
		case "/w:t":
			inText = false
		case "/w:p":
			open = -1
		case "":
			if inText {
				open = gatherPiece(list, i, open)
			}
		}
	}
	// Within an action, what Word made typographic is what the author typed.
	plain := func(a string) string { return quotes.Replace(entities.Replace(a)) }
	for i := range list {
		if list[i].tag == "" {
			list[i].text = action.ReplaceAllStringFunc(list[i].text, plain)
		}
	}
}

// gatherPiece moves the rest of an open action from piece i to the piece in which it begins, and returns the
// piece in which an action is open then.
func gatherPiece(list []piece, i, open int) int {
	p := &list[i]
	if open >= 0 {
		begin := &list[open]
		if end := strings.Index(p.text, "}}"); end >= 0 {
			begin.text += p.text[:end+2]
			p.text = p.text[end+2:]
		} else if strings.HasSuffix(begin.text, "}") && strings.HasPrefix(p.text, "}") {
			begin.text += "}"
			p.text = p.text[1:]
		} else {
			begin.text += p.text
			p.text = ""
			return open
		}
	}
	begin := strings.LastIndex(p.text, "{")
	if begin < 0 || strings.Contains(p.text[begin:], "}}") {
		return -1
	}
	if strings.HasSuffix(p.text, "{") || strings.Contains(p.text, "{{") {
		return i
	}
	return -1
}

// encloses reports whether the first of some actions is ended by the last.
func encloses(all []string) bool {
	depth := 0
	for i, a := range all {
		m := control.FindStringSubmatch(a)
		if m == nil {
			continue
		}
		switch m[1] {
		case "range", "if", "with":
			depth++
		case "end":
			depth--
			if depth == 0 && i < len(all)-1 {
				return false
			}
		}
	}
	return depth == 0 && control.MatchString(all[0]) && strings.Contains(all[len(all)-1], "end")
}

// lift takes actions out of elements and puts them around. pick returns, from an element's text, the
// action before it and the one behind; without one behind, the element is replaced.
func lift(list []piece, element string, pick func(text string) (open, close string, ok bool)) {
	var starts []int // of elements that are open, by index
	for i := range list {
		switch p := &list[i]; {
		case p.tag == element && !p.self:
			starts = append(starts, i)
		case p.tag == "/"+element && len(starts) > 0:
			from := starts[len(starts)-1]
			starts = starts[:len(starts)-1]
			if open, close, ok := pick(textOf(list[from : i+1])); ok {
				liftElement(list[from:i+1], open, close)
			}
		}
	}
	for i := range list { // text that is around a tag now is not part of it any more
		p := &list[i]
		if p.tag == element && strings.HasPrefix(p.text, "{{") || p.tag == "/"+element &&
			strings.HasSuffix(p.text, "}}") {
			p.tag = ""
		}
	}
}

// textOf returns the text of pieces without their tags.
func textOf(list []piece) string {
	var text strings.Builder
	for _, p := range list {
		if p.tag == "" {
			text.WriteString(p.text)
		}
	}
	return text.String()
}

// liftElement puts the action open before an element and the action close behind it. Without a close the
// element is replaced by open.
func liftElement(element []piece, open, close string) {
	if close == "" {
		clear(element)
		element[0] = piece{text: open}
		return
	}
	for k := range element {
		if p := &element[k]; p.tag == "" && strings.Contains(p.text, open) {
			p.text = strings.Replace(p.text, open, "", 1)
			break
		}
	}
	for k := len(element) - 1; k >= 0; k-- {
		p := &element[k]
		if at := strings.LastIndex(p.text, close); p.tag == "" && at >= 0 {
			p.text = p.text[:at] + p.text[at+len(close):]
			break
		}
	}
	element[0].text = open + element[0].text
	element[len(element)-1].text += close
}

// execute runs a template whose every value is written as text.
func execute(src string, data any, funcs template.FuncMap) ([]byte, error) {
	t := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"asText": asText}).Funcs(funcs)
	t, err := t.Parse(src)
	if err != nil {
		return nil, fmt.Errorf("an action cannot be understood: %s", cause(err))
	}
	// define in a document makes further templates.
	for _, x := range t.Templates() {
		if x.Tree == nil {
			continue
		}
		// Since Go 1.22, range over a number repeats as often, without a list that would bound it.
		if counts.MatchString(x.Tree.Root.String()) {
			return nil, errors.New("range over a number repeats nothing; name a list")
		}
		writeAsText(x.Tree.Root)
	}
	out := &bounded{left: maxFilled} // nested ranges over long lists multiply
	if err := t.Execute(out, data); err != nil {
		return nil, fmt.Errorf("it cannot be filled in: %s", cause(err))
	}
	return out.Bytes(), nil
}

// counts matches a range over a number, which could be endless.
var counts = regexp.MustCompile(`\{\{range [^}]*\b[0-9']`)

// place matches the position in front of a template error.
var place = regexp.MustCompile(`^template: :?[0-9:]*\s*(executing "" )?(at )?`)

// cause returns a template error without the position in the markup, which the author of the document
// never sees.
func cause(err error) string { return place.ReplaceAllString(err.Error(), "") }

// writeAsText makes every action that writes a value write it as text.
func writeAsText(n parse.Node) {
	switch x := n.(type) {
	case *parse.ListNode:
		if x != nil {
			for _, c := range x.Nodes {
				writeAsText(c)
			}
		}
	case *parse.ActionNode:
		if len(x.Pipe.Decl) == 0 {
			x.Pipe.Cmds = append(x.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand,
				Args: []parse.Node{parse.NewIdentifier("asText").SetPos(x.Pos)}})
		}
	case *parse.IfNode:
		writeAsText(x.List)
		writeAsText(x.ElseList)
	case *parse.RangeNode:
		writeAsText(x.List)
		writeAsText(x.ElseList)
	case *parse.WithNode:
		writeAsText(x.List)
		writeAsText(x.ElseList)
	}
}

// asText returns a value as the text of a run; its line breaks become those of Word.
func asText(v any) string {
	lines := strings.Split(fmt.Sprint(v), "\n")
	for i := range lines {
		lines[i] = escape(lines[i])
	}
	return strings.Join(lines, `</w:t><w:br/><w:t xml:space="preserve">`)
}

// bounded is a buffer that refuses more than left bytes.
type bounded struct {
	bytes.Buffer
	left int
}

// Write refuses the bytes that would exceed the limit, which ends the template.
func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, fmt.Errorf("it comes to more than %d MB", maxFilled>>20)
	}
	return b.Buffer.Write(p)
}
