package yamledit

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"golang.org/x/text/unicode/norm"

	"kheo/internal/strict"
)

// node is where a Value is in its file. Offsets are in bytes; -1 is none.
type node struct {
	line, col  int // from 1, columns in code points
	start, end int // of the value itself; the end of a block is that of its last line, with the comment there
	flow       bool
	entries    []entry // of a Map or List, parallel to Items
	quote      byte    // of a Scalar: ' or " or | or >; 0 if it is plain
}

// entry is where an entry of a group or list is in the file.
type entry struct {
	start int // of the key, or of the dash; in a list in brackets, of the value
	after int // offset after the colon or the dash, where the value may begin
	line  int // of the key or dash, from 1
}

// File is a YAML file that was parsed.
type File struct {
	Root *Value
	Name string // as messages call it
	src  string // with \n as the only line break
	crlf bool   // the file has \r\n
	at   []int  // offsets of the lines
}

// Parse reads a YAML file, which messages call name. Problems are those of strict.Parse, whose bounds hold, and
// anchors, aliases and tags, which kheo's files do not have.
func Parse(name string, src []byte) (*File, strict.Problems) {
	f := &File{Name: name, src: string(src), crlf: strings.Contains(string(src), "\r\n")}
	f.src = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(f.src)
	read := []byte(f.src)
	if len(src) > strict.MaxBytes { // the bound is of the file as it is
		read = src
	}
	doc, root := strict.Parse(name, read)
	if len(doc.Problems) > 0 {
		return nil, doc.Problems
	}
	f.at = []int{0}
	for i := range len(f.src) {
		if f.src[i] == '\n' {
			f.at = append(f.at, i+1)
		}
	}
	var err error
	if f.Root, err = f.value(root.Tree(), len(f.src)); err != nil {
		return nil, strict.Problems{{File: name, Line: 1, Col: 1, Message: "this file cannot be edited: " + err.Error(),
			Cure: "edit it by hand"}}
	}
	return f, nil
}

// offset returns the offset of a position of the parser.
func (f *File) offset(p *token.Position) int {
	if p == nil || p.Line < 1 || p.Line > len(f.at) {
		return -1
	}
	i := f.at[p.Line-1]
	for col := 1; col < p.Column && i < len(f.src) && f.src[i] != '\n'; col++ {
		_, n := utf8.DecodeRuneInString(f.src[i:])
		i += n
	}
	return i
}

// lineEnd returns the offset of the end of the line that an offset is in, before its line break.
func (f *File) lineEnd(at int) int {
	if i := strings.IndexByte(f.src[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(f.src)
}

// indent returns how far the line of an offset is indented up to it: the column of the offset, from 0, in bytes.
func (f *File) indent(at int) int { return at - (strings.LastIndexByte(f.src[:at], '\n') + 1) }

// lineIndent returns how far the keys of the line of an offset are indented, dashes included.
func (f *File) lineIndent(at int) int {
	line := f.src[at-f.indent(at) : at]
	return len(line) - len(strings.TrimLeft(line, " -"))
}

// value converts a node of the parser. after is where an empty value would be.
func (f *File) value(n ast.Node, after int) (*Value, error) {
	switch x := n.(type) {
	case *ast.MappingNode:
		return f.mapping(x, x.Values, x.IsFlowStyle, x.Start, x.End)
	case *ast.MappingValueNode:
		return f.mapping(x, []*ast.MappingValueNode{x}, false, nil, nil)
	case *ast.SequenceNode:
		return f.sequence(x)
	case *ast.NullNode:
		return f.null(x, after), nil
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return f.scalar(x)
	}
	return nil, fmt.Errorf("it has a YAML anchor, alias, tag or number of another form in line %d", lineOf(n))
}

// lineOf returns the line of a node; 1 if it has no place.
func lineOf(n ast.Node) int {
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		return n.GetToken().Position.Line
	}
	return 1
}

// place sets the start of a value.
func (f *File) place(v *Value, t *token.Token) error {
	if t == nil || f.offset(t.Position) < 0 {
		return fmt.Errorf("a value has no place")
	}
	v.node.start, v.node.line, v.node.col = f.offset(t.Position), t.Position.Line, t.Position.Column
	return nil
}

// null is a value that is not written, or written as null or ~.
func (f *File) null(n *ast.NullNode, after int) *Value {
	v := &Value{Kind: Null}
	v.node.start, v.node.end = after, after
	if t := n.GetToken(); t != nil && t.Position != nil {
		v.node.line, v.node.col = t.Position.Line, t.Position.Column
		at := f.offset(t.Position)
		for _, word := range []string{"null", "Null", "NULL", "~"} {
			if at >= after && strings.HasPrefix(f.src[at:], word) {
				v.node.start, v.node.end = at, at+len(word)
			}
		}
	}
	return v
}

// mapping converts a group of keys.
func (f *File) mapping(n ast.Node, values []*ast.MappingValueNode, flow bool, start, end *token.Token) (*Value, error) {
	v := &Value{Kind: Map, node: node{flow: flow}}
	if flow {
		if err := f.bounds(v, start, end); err != nil {
			return nil, err
		}
	}
	for i, mv := range values {
		key, ok := plainKey(mv.Key)
		if !ok {
			return nil, fmt.Errorf("the key in line %d is not plain text", lineOf(mv.Key))
		}
		e := entry{start: f.offset(mv.Key.GetToken().Position), line: lineOf(mv.Key)}
		if e.start < 0 || mv.Start == nil {
			return nil, fmt.Errorf("a key has no place")
		}
		// The key of { a } has no colon: then what follows the key is where its value would be.
		if e.after = f.offset(mv.Start.Position); e.after >= 0 && e.after < len(f.src) && f.src[e.after] == ':' {
			e.after++
		} else {
			e.after = e.start + len(mv.Key.GetToken().Value)
		}
		item, err := f.value(mv.Value, e.after)
		if err != nil {
			return nil, err
		}
		if i == 0 && !flow {
			if err := f.place(v, mv.Key.GetToken()); err != nil {
				return nil, err
			}
		}
		v.Keys, v.Items = append(v.Keys, key), append(v.Items, item)
		v.node.entries = append(v.node.entries, e)
	}
	return v, f.blockEnd(v, n)
}

// plainKey returns a key as text.
func plainKey(n ast.MapKeyNode) (string, bool) {
	switch x := n.(type) {
	case *ast.StringNode:
		return norm.NFC.String(x.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return x.GetToken().Value, true
	}
	return "", false
}

// sequence converts a list.
func (f *File) sequence(n *ast.SequenceNode) (*Value, error) {
	v := &Value{Kind: List, node: node{flow: n.IsFlowStyle}}
	if n.IsFlowStyle {
		if err := f.bounds(v, n.Start, n.End); err != nil {
			return nil, err
		}
	} else if err := f.place(v, n.Start); err != nil {
		return nil, err
	} else if len(n.Entries) != len(n.Values) {
		return nil, fmt.Errorf("the list in line %d has dashes that cannot be placed", lineOf(n))
	}
	for i, item := range n.Values {
		e := entry{line: lineOf(item)}
		if !n.IsFlowStyle {
			e.start, e.line = f.offset(n.Entries[i].Start.Position), n.Entries[i].Start.Position.Line
			e.after = e.start + 1
		}
		if e.start < 0 {
			return nil, fmt.Errorf("a dash has no place")
		}
		iv, err := f.value(item, e.after)
		if err != nil {
			return nil, err
		}
		if n.IsFlowStyle {
			e.start, e.after = iv.node.start, iv.node.start
		}
		v.Items, v.node.entries = append(v.Items, iv), append(v.node.entries, e)
	}
	return v, f.blockEnd(v, n)
}

// bounds sets the places of the brackets of a value.
func (f *File) bounds(v *Value, start, end *token.Token) error {
	if end == nil {
		return fmt.Errorf("a bracket has no place")
	}
	if err := f.place(v, start); err != nil {
		return err
	}
	if at := f.offset(end.Position); at >= v.node.start {
		v.node.end = at + 1
		return nil
	}
	return fmt.Errorf("a bracket has no place")
}

// blockEnd sets the end of a block: that of the last line of its last entry.
func (f *File) blockEnd(v *Value, n ast.Node) error {
	if v.node.flow {
		return nil
	}
	if len(v.Items) == 0 {
		return fmt.Errorf("the block in line %d is empty", lineOf(n))
	}
	last := v.Items[len(v.Items)-1]
	v.node.end = f.lineEnd(max(last.node.end, v.node.entries[len(v.Items)-1].after))
	return nil
}

// scalar converts a single value, and finds its end in the source.
func (f *File) scalar(n ast.Node) (*Value, error) {
	v := &Value{Kind: Scalar}
	t := n.GetToken()
	if lit, ok := n.(*ast.LiteralNode); ok {
		t = lit.Start
		v.Text, v.Str = norm.NFC.String(lit.Value.Value), true
	}
	if err := f.place(v, t); err != nil {
		return nil, err
	}
	start, ok := v.node.start, true
	switch x := n.(type) {
	case *ast.LiteralNode:
		v.node.quote = '|'
		v.node.end = f.literalEnd(start)
		return v, nil
	case *ast.StringNode:
		v.Text, v.Str = norm.NFC.String(x.Value), true
	default:
		v.Text = t.Value
	}
	switch t.Type {
	case token.DoubleQuoteType:
		v.node.quote = '"'
		v.node.end, ok = quotedEnd(f.src, start, '"')
	case token.SingleQuoteType:
		v.node.quote = '\''
		v.node.end, ok = quotedEnd(f.src, start, '\'')
	default:
		v.node.end, ok = plainEnd(f.src, start, t.Value)
	}
	if !ok {
		return nil, fmt.Errorf("the text in line %d has no end", v.node.line)
	}
	return v, nil
}

// quotedEnd returns the offset behind the closing quote of a text that begins at start.
func quotedEnd(src string, start int, quote byte) (int, bool) {
	if start >= len(src) || src[start] != quote {
		return 0, false
	}
	for i := start + 1; i < len(src); i++ {
		switch {
		case src[i] == '\\' && quote == '"':
			i++
		case src[i] == quote && quote == '\'' && i+1 < len(src) && src[i+1] == quote:
			i++ // '' is one quote within the text
		case src[i] == quote:
			return i + 1, true
		}
	}
	return 0, false
}

// plainEnd returns the offset behind a text without quotes. Line breaks within it are spaces of its value, so that
// its words are matched one after the other.
func plainEnd(src string, start int, value string) (int, bool) {
	at := start
	for i, word := range strings.Fields(value) {
		if i > 0 {
			at += len(src[at:]) - len(strings.TrimLeft(src[at:], " \t\n"))
		}
		if !strings.HasPrefix(src[at:], word) {
			return 0, false
		}
		at += len(word)
	}
	return at, at > start
}

// literalEnd returns the end of a block of text (| or >) that begins at start: that of its last line with text.
// The lines of the block are indented as its first one, or further.
func (f *File) literalEnd(start int) int {
	end := f.lineEnd(start)
	own := -1 // the indentation of the block
	for at := end + 1; at < len(f.src); {
		line := f.src[at:f.lineEnd(at)]
		in := len(line) - len(strings.TrimLeft(line, " "))
		if in < len(line) { // not blank
			if own < 0 {
				own = in
			}
			if in < own || own == 0 {
				break
			}
			end = at + len(line)
		}
		at += len(line) + 1
	}
	return end
}

// PathAt returns the path of the innermost value whose key or text is at a place, or before it in the same value.
func (f *File) PathAt(line, col int) Path {
	if line < 1 || line > len(f.at) {
		return nil
	}
	at := f.offset(&token.Position{Line: line, Column: col})
	var path Path
	for v := f.Root; v != nil && (v.Kind == Map || v.Kind == List); {
		i := -1
		for k, e := range v.node.entries {
			if e.start <= at {
				i = k
			}
		}
		// A place at the first key of a group is that of the group as well as of the key; the key is taken.
		if i < 0 || at > v.Items[i].node.end && at > f.lineEnd(v.node.entries[i].after) {
			break
		}
		part := fmt.Sprint(i)
		if v.Kind == Map {
			part = v.Keys[i]
		}
		path = append(path, part)
		v = v.Items[i]
	}
	return path
}

// Line returns the line of what a path leads to, from 1: that of its key or dash; 0 if it is not there.
func (f *File) Line(p Path) int {
	if len(p) == 0 {
		return 1
	}
	parent := f.Root.At(p[:len(p)-1])
	if parent == nil {
		return 0
	}
	for i := range parent.Items {
		if parent.Kind == Map && parent.Keys[i] == p[len(p)-1] || parent.Kind == List && fmt.Sprint(i) == p[len(p)-1] {
			return parent.node.entries[i].line
		}
	}
	return 0
}
