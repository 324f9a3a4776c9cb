// Package strict reads YAML so that a person who made ten mistakes is shown all ten, each with file, line, column,
// what was expected, and the nearest word that would have been right. A document is walked, not unmarshalled: the
// walker adds each mistake to one list and goes on.
//
// A loader calls [Parse] and asks the nodes for what it needs; each method reports what is wrong with its node and
// returns a zero value, so that the loader goes on without a check of its own, and returns all [Problems] at the end.
// Messages are written for authors of rulesets: they name the cure, also for what YAML reads otherwise than people
// mean, such as a decimal comma. Size and depth are bounded, because files also come from the pages.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"golang.org/x/text/unicode/norm"
)

// Problem is one mistake and its place. Line and Col count from 1, Col in code points.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"column"`
	Message string `json:"message"` // what is wrong
	Cure    string `json:"cure"`    // what to do
}

// String returns the problem as FILE:LINE:COLUMN: message, and the cure on a line of its own.
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Message)
	if p.Cure != "" {
		s += "\n    " + p.Cure
	}
	return s
}

// Problems is a list of mistakes. As an error it prints them all.
type Problems []Problem

// Error returns all problems, one after the other.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Sort orders problems by file, line and column.
func (ps Problems) Sort() {
	sort.SliceStable(ps, func(i, j int) bool {
		a, b := ps[i], ps[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
}

// Doc is one YAML file being read, and the mistakes found in it so far.
type Doc struct {
	File     string
	Problems Problems
}

// Limits of a YAML document. No file of kheo comes near them, and they bound what a hostile one costs.
const (
	MaxBytes = 1 << 20 // of the file
	MaxDepth = 40      // of nested groups, lists and brackets
)

// Parse parses src, which messages call file. If it is not one YAML document within the limits, the node is nil and
// the Doc has the problem. A manifest comes from outside, so Parse must withstand any bytes: size, encoding and
// nesting are checked before the parser sees them.
func Parse(file string, src []byte) (*Doc, *Node) {
	d := &Doc{File: file}
	if len(src) > MaxBytes {
		d.add(1, 1, fmt.Sprintf("the file has %d bytes; at most %d are read", len(src), MaxBytes),
			"split it, or remove what does not belong there")
		return d, nil
	}
	if !utf8.Valid(src) {
		d.add(1+bytes.Count(src[:invalidAt(src)], []byte("\n")), 1, "this is not UTF-8 text", "save the file as UTF-8")
		return d, nil
	}
	// The parser recurses into nested values, so the depth is bounded before it runs.
	src = oneNewline(src)
	if line, deep := tooDeep(src); deep {
		d.add(line, 1, fmt.Sprintf("nested more than %d deep", MaxDepth), "write it flatter")
		return d, nil
	}
	// A syntax error ends parsing, so it is the only problem that is reported.
	f, err := parse(src)
	if err != nil {
		var se *yaml.SyntaxError
		if errors.As(err, &se) && se.Token != nil && se.Token.Position != nil {
			d.add(syntax(string(src), se.Token.Position.Line, se.Token.Position.Column, se.GetMessage()))
		} else {
			d.add(1, 1, "this is not YAML: "+err.Error(), "check the indentation and the colons")
		}
		return d, nil
	}
	if len(f.Docs) == 0 || f.Docs[0].Body == nil {
		d.add(1, 1, "the file is empty", "write at least one key")
		return d, nil
	}
	if len(f.Docs) > 1 {
		line := 1
		if b := f.Docs[1].Body; b != nil && b.GetToken() != nil && b.GetToken().Position != nil {
			line = b.GetToken().Position.Line
		}
		d.add(line, 1, "a second YAML document starts here (---)", "keep one document per file")
		return d, nil
	}
	return d, &Node{doc: d, n: f.Docs[0].Body}
}

// parse parses src, and turns a panic of the parser into an error.
func parse(src []byte) (f *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, fmt.Errorf("the parser gave up: %v", p)
		}
	}()
	return parser.ParseBytes(src, 0)
}

// invalidAt returns the offset of the first byte that is not UTF-8.
func invalidAt(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(src)
}

// oneNewline replaces each lone carriage return by a newline, so that parser, editor and this package count the
// same lines.
func oneNewline(src []byte) []byte {
	out := bytes.Clone(src)
	for i := range out {
		if out[i] == '\r' && (i+1 == len(out) || out[i+1] != '\n') {
			out[i] = '\n'
		}
	}
	return out
}

// tooDeep reports nesting beyond MaxDepth by brackets, list dashes and indentation, and its line: the parser would
// recurse into it.
func tooDeep(src []byte) (line int, deep bool) {
	depth, line := 0, 1
	indents := []int{0}
	for _, l := range strings.Split(string(src), "\n") {
		trim := strings.TrimLeft(l, " ")
		if trim != "" && trim[0] != '#' {
			in := len(l) - len(trim)
			for len(indents) > 1 && indents[len(indents)-1] >= in {
				indents = indents[:len(indents)-1]
			}
			if in > indents[len(indents)-1] {
				indents = append(indents, in)
			}
			dashes := strings.Count(trim, "- ") + strings.Count(trim, "? ")
			if !strings.HasPrefix(trim, "-") && !strings.HasPrefix(trim, "?") {
				dashes = 0
			}
			if len(indents)+min(dashes, leadingDashes(trim)) > MaxDepth {
				return line, true
			}
		}
		for i := 0; i < len(l); i++ {
			switch l[i] {
			case '[', '{':
				if depth++; depth > MaxDepth {
					return line, true
				}
			case ']', '}':
				if depth > 0 {
					depth--
				}
			}
		}
		line++
	}
	return 0, false
}

// leadingDashes counts the list items and complex keys that a line begins.
func leadingDashes(s string) (n int) {
	for strings.HasPrefix(s, "- ") || strings.HasPrefix(s, "? ") {
		s = strings.TrimLeft(s[2:], " ")
		n++
	}
	return n
}

// add reports a problem.
func (d *Doc) add(line, col int, message, cure string) {
	d.Problems = append(d.Problems, Problem{d.File, line, col, message, cure})
}

// Node is a value of the document. Its methods never fail: what does not fit is added to the problems of the Doc,
// and the zero value is returned.
type Node struct {
	doc   *Doc
	n     ast.Node
	under *Node    // the same value of a document that this one extends, or nil
	deep  []string // keys whose values are joined with those under them instead of replacing them
}

// Tree returns the node as the parser made it.
func (n *Node) Tree() ast.Node { return n.n }

// Over returns the node as one that extends another: keys that it does not have are those of base. The values of
// the keys named deep are joined: groups by their keys, lists by their items, of which one with the same id
// replaces that of base. Mistakes are reported in the document that they are in.
func (n *Node) Over(base *Node, deep ...string) *Node {
	return &Node{n.doc, n.n, base, deep}
}

// Pos returns the line and column of the node, from 1.
func (n *Node) Pos() (line, col int) { return position(n.n) }

// File returns the file that the node is in, as messages call it.
func (n *Node) File() string { return n.doc.File }

// position returns the line and column of a node; for a group of keys, those of its first key.
func position(n ast.Node) (int, int) {
	if mv, ok := n.(*ast.MappingValueNode); ok {
		n = mv.Key
	}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return position(m.Values[0].Key)
	}
	var t *token.Token
	if n != nil {
		t = n.GetToken()
	}
	if t == nil || t.Position == nil {
		return 1, 1
	}
	return t.Position.Line, t.Position.Column
}

// Fail reports a mistake at the node.
func (n *Node) Fail(message, cure string) {
	line, col := n.Pos()
	n.doc.add(line, col, message, cure)
}

// FailAt reports a mistake at an offset in bytes into the string of the node.
func (n *Node) FailAt(offset int, message, cure string) {
	line, col := n.Pos()
	switch s := n.n.(type) {
	case *ast.StringNode:
		// A quoted string begins behind its quotation mark. Escapes before the offset are not counted.
		if t := s.GetToken(); t != nil && (t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType) {
			col++
		}
		if offset > 0 && offset <= len(s.Value) {
			col += len([]rune(s.Value[:offset]))
		}
	case *ast.LiteralNode:
		// A block (| or >) begins on the next line. Its indentation is not known here, so columns count within the
		// text.
		if s.Value != nil && offset <= len(s.Value.Value) {
			before := s.Value.Value[:offset]
			line += 1 + strings.Count(before, "\n")
			col = 1 + len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
		}
	}
	n.doc.add(line, col, message, cure)
}

// IsMap reports whether the node is a group of keys.
func (n *Node) IsMap() bool {
	switch n.n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// IsList reports whether the node is a list.
func (n *Node) IsList() bool { _, ok := n.n.(*ast.SequenceNode); return ok }

// IsNull reports whether the node is null, written or left empty.
func (n *Node) IsNull() bool { return n.n == nil || n.n.Type() == ast.NullType }

// Kind returns the shape of the node in words, for messages.
func (n *Node) Kind() string {
	switch x := n.n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a group of keys"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.BoolNode:
		return "yes/no"
	case *ast.IntegerNode, *ast.FloatNode:
		return "the number " + x.String()
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", clip(x.Value))
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		return "a YAML anchor, alias or tag"
	}
	return "something else"
}

// clip shortens a text for a message.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// Map is a node read as a group of keys.
type Map struct {
	*Node
	Keys   []string         // in the order of the file; those of a document that is extended come first
	values map[string]*Node // by key
	keyAt  map[string]*Node // the keys themselves, for messages
	open   bool             // all keys are allowed
}

// Map reads the node as a group of keys and reports those that are not known. If no known keys are given, all are
// allowed. what names the group in messages.
func (n *Node) Map(what string, known ...string) *Map {
	m := &Map{Node: n, values: map[string]*Node{}, keyAt: map[string]*Node{}, open: len(known) == 0}
	var values []*ast.MappingValueNode
	switch x := n.n.(type) {
	case *ast.MappingNode:
		values = x.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{x}
	default:
		cure := "write names with their values, as in  name: value"
		if len(known) > 0 {
			cure = "write keys such as " + strings.Join(known[:min(3, len(known))], ", ")
		}
		n.Fail(fmt.Sprintf("%s must be a group of keys, not %s", what, n.Kind()), cure)
		return m
	}
	for _, v := range values {
		key, ok := scalar(v.Key)
		at := &Node{doc: n.doc, n: v.Key}
		if !ok {
			at.Fail("a key must be plain text", "remove brackets, anchors or << from the key")
			continue
		}
		if _, twice := m.values[key]; twice {
			at.Fail(fmt.Sprintf("%q is in %s twice", key, what), "keep one of them")
			continue
		}
		if !m.open && !slices.Contains(known, key) {
			cure := "it may have: " + strings.Join(known, ", ")
			if near := Nearest(key, known); near != "" {
				cure = fmt.Sprintf("did you mean %q? %s", near, cure)
			} else if strings.Contains(key, " ") {
				cure = "put quotes around a text that holds a comma; " + cure
			} else if strings.Trim(key, "0123456789%") == "" {
				cure = "a number has a point and no comma, as in 0.5; " + cure
			}
			at.Fail(fmt.Sprintf("%s has no key %q", what, key), cure)
			continue
		}
		m.Keys = append(m.Keys, key)
		m.values[key] = &Node{doc: n.doc, n: v.Value}
		m.keyAt[key] = at
	}
	if n.under != nil {
		m.join(n.under.Map(what, known...), n.deep)
	}
	return m
}

// join adds the keys of a group that this one extends. Its own values replace those of the base, except under the
// keys named deep, whose values are joined when they are read.
func (m *Map) join(base *Map, deep []string) {
	// The order of the base is kept, because order matters in lists of steps and bands; new keys follow.
	keys := append([]string{}, base.Keys...)
	for _, k := range m.Keys {
		if base.values[k] == nil {
			keys = append(keys, k)
			continue
		}
		own := m.values[k]
		if slices.Contains(deep, k) && !own.IsNull() && !base.values[k].IsNull() {
			own.under = base.values[k]
		}
	}
	for _, k := range base.Keys {
		if m.values[k] == nil {
			m.values[k], m.keyAt[k] = base.values[k], base.keyAt[k]
		}
	}
	m.Keys = keys
}

// withID returns the id of an item of a list, or of the group that the item is; "" if it has none.
func (n *Node) withID() string {
	var values []*ast.MappingValueNode
	switch x := n.n.(type) {
	case *ast.MappingNode:
		values = x.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{x}
	}
	for _, v := range values {
		switch k, _ := scalar(v.Key); k {
		case "id":
			id, _ := scalar(v.Value)
			return id
		case "group":
			return (&Node{doc: n.doc, n: v.Value}).withID()
		}
	}
	return ""
}

// Get returns the value of a key, or nil if it is missing or empty.
func (m *Map) Get(key string) *Node {
	v := m.values[key]
	if v == nil || v.IsNull() {
		return nil
	}
	return v
}

// Key returns the key itself as a node, for messages; the group if it does not have the key.
func (m *Map) Key(key string) *Node {
	if k := m.keyAt[key]; k != nil {
		return k
	}
	return m.Node
}

// Need is Get, and reports a value that is missing or empty.
func (m *Map) Need(key, what, example string) *Node {
	v := m.Get(key)
	if v == nil {
		at := m.Node
		if k := m.keyAt[key]; k != nil {
			at = k
		}
		at.Fail(fmt.Sprintf("%s has no %s", what, key), "add a line such as  "+key+": "+example)
	}
	return v
}

// scalar returns a single value as it is written, in NFC; false for groups, lists, null and YAML's own constructs.
func scalar(n ast.Node) (string, bool) {
	switch x := n.(type) {
	case *ast.StringNode:
		return norm.NFC.String(x.Value), true
	case *ast.LiteralNode:
		if x.Value != nil {
			return norm.NFC.String(x.Value.Value), true
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		if t := x.GetToken(); t != nil {
			return t.Value, true
		}
	}
	return "", false
}

// String reads the node as text (numbers and yes/no as they are written).
func (n *Node) String(what string) string {
	if n == nil {
		return ""
	}
	s, ok := scalar(n.n)
	if !ok {
		cure := "write it on one line, in quotes if it holds : or #"
		switch n.n.(type) {
		case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
			cure = "put it in quotes: a text that begins with *, & or ! means something else in YAML"
		}
		n.Fail(fmt.Sprintf("%s must be text, not %s", what, n.Kind()), cure)
	}
	return s
}

// Plain returns the node as text, and whether it is text, without reporting anything.
func (n *Node) Plain() (string, bool) {
	if n == nil {
		return "", false
	}
	return scalar(n.n)
}

// Scalar returns the node as a Go value: string, float64 or bool.
func (n *Node) Scalar(what string) any {
	switch x := n.n.(type) {
	case *ast.BoolNode:
		return x.Value
	case *ast.IntegerNode, *ast.FloatNode:
		return n.Number(what)
	}
	return n.String(what)
}

// Number reads the node as a number. A trailing % divides by 100. Infinities and numbers that no measure has are
// mistakes.
func (n *Node) Number(what string) float64 {
	f, _ := n.NumberOK(what)
	return f
}

// NumberOK is Number; ok is false if the node is nil or not a number.
func (n *Node) NumberOK(what string) (f float64, ok bool) {
	if n == nil {
		return 0, false
	}
	s, ok := scalar(n.n)
	if ok {
		// ParseFloat also accepts NaN and infinities, which compare with nothing.
		t, pct := strings.CutSuffix(strings.TrimSpace(s), "%")
		if f, err := strconv.ParseFloat(strings.TrimSpace(strings.ReplaceAll(t, "_", "")), 64); err == nil &&
			f == f && f > -1e15 && f < 1e15 {
			if pct {
				f /= 100
			}
			return f, true
		}
	}
	n.Fail(fmt.Sprintf("%s must be a number, not %s", what, n.Kind()), numberCure(s))
	return 0, false
}

// Bool reads the node as yes/no.
func (n *Node) Bool(what string) bool {
	if n == nil {
		return false
	}
	if b, ok := n.n.(*ast.BoolNode); ok {
		return b.Value
	}
	s, _ := scalar(n.n)
	n.Fail(fmt.Sprintf("%s must be true or false, not %s", what, n.Kind()), boolCure(s))
	return false
}

// List reads the node as a list. A single value is a list of one.
func (n *Node) List(what string) []*Node {
	if n == nil {
		return nil
	}
	if s, ok := n.n.(*ast.SequenceNode); ok {
		out := make([]*Node, 0, len(s.Values))
		for _, v := range s.Values {
			out = append(out, &Node{doc: n.doc, n: v})
		}
		if n.under != nil {
			return joinLists(n.under.List(what), out)
		}
		return out
	}
	if n.IsNull() {
		return nil
	}
	return []*Node{n}
}

// joinLists appends the items of a list to those of the list that it extends; one with an id of base replaces that
// item.
func joinLists(base, own []*Node) []*Node {
	out := append([]*Node{}, base...)
	for _, o := range own {
		id, at := o.withID(), -1
		for i, b := range base {
			if id != "" && b.withID() == id {
				at = i
			}
		}
		if at >= 0 {
			out[at] = o
		} else {
			out = append(out, o)
		}
	}
	return out
}

// Strings reads the node as a list of texts, without empty ones.
func (n *Node) Strings(what string) []string {
	var out []string
	for _, v := range n.List(what) {
		if s := v.String(what); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// OneOf reads the node as one of the words, and returns "" for anything else. The message suggests the nearest word.
func (n *Node) OneOf(what string, words ...string) string {
	if n == nil {
		return ""
	}
	s := n.String(what)
	if s == "" || slices.Contains(words, s) {
		return s
	}
	cure := "it may be: " + strings.Join(words, ", ")
	if near := Nearest(s, words); near != "" {
		cure = fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	n.Fail(fmt.Sprintf("%s cannot be %q", what, s), cure)
	return ""
}

// Nearest returns the known word that is nearest to a mistyped one; "" if none is near. Near is an edit distance
// below 2 to 5, depending on the length of the word, or a common beginning. Case, and - or _, do not matter.
func Nearest(word string, known []string) string {
	// Short words need to be nearer: of four letters, one may differ.
	best, at := "", 3
	if n := len([]rune(word)); n <= 4 {
		at = 2
	} else if n >= 10 {
		at = 5
	}
	w := strings.ToLower(strings.ReplaceAll(word, "-", "_"))
	for _, k := range known {
		kk := strings.ToLower(strings.ReplaceAll(k, "-", "_"))
		if d := distance([]rune(w), []rune(kk)); d < at {
			best, at = k, d
		}
	}
	if best != "" {
		return best
	}
	// Not near, but perhaps a beginning: "desc" for "description".
	for _, k := range known {
		if len(w) >= 3 && (strings.HasPrefix(strings.ToLower(k), w) || strings.HasPrefix(w, strings.ToLower(k))) {
			return k
		}
	}
	return ""
}

// Distance returns the edit distance of two words in code points, in which swapping neighbours is one edit
// (Damerau 1964, in its restricted form); 99 if one has more than 64 code points.
func Distance(a, b string) int { return distance([]rune(a), []rune(b)) }

// distance is Distance of code points.
func distance(a, b []rune) int {
	if len(a) > 64 || len(b) > 64 {
		return 99
	}
	// Three rows of the table suffice: the swap of neighbours looks back by two.
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
