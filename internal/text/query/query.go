// Package query is the language in which rulesets (under query:) and people who search ask for passages.
//
//	đường hoa            both words, anywhere in the dossier
//	"đường hoa"          the words in a row
//	đường OR ngõ         either (binds weaker than both)
//	-camera, NOT camera  not
//	(a OR b) c           groups
//	camer*               every word that begins so
//	a NEAR/5 b           with at most five other words between, in either order (NEAR alone: ten)
//	a SENTENCE b         in one sentence
//	a PAGE b             on one page
//	=nhân, ="nhân rộng"  with exactly these diacritics; without =, diacritics and case do not matter
//	"village"            this word and, in searches, no other form of it
//	unit:dai-hiep        a field of the dossier (in searches only)
//
// Parse parses a query, String writes it back, and Match reports whether texts have what it asks for, and where.
package query

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Node is a query: Term, Field, And, Or, Not or Near. String returns it in the query language; parsing that gives an
// equal query.
type Node interface {
	String() string
}

// Term is a word, or words in a row.
type Term struct {
	Words  []string // lower case, NFC
	Exact  bool     // diacritics as written
	Prefix bool     // the last word may be longer
	Quoted bool     // a single word in quotes: no other form of it
}

// Field asks for a property of the dossier.
type Field struct {
	Name, Value string
	Column      int // code points, from 1
}

// And, Or and Not combine queries over a whole dossier.
type (
	And []Node
	Or  []Node
	Not struct{ Node Node }
)

// Scope is how near to each other two things must be.
type Scope int

// Scopes of Near.
const (
	Words    Scope = iota // with at most Near.Words other words between them
	Sentence              // in one sentence
	Page                  // on one page
)

// Near asks for two things near each other.
type Near struct {
	A, B  Node
	Scope Scope
	Words int // other words between, for scope Words
}

// DefaultNear is how many other words NEAR allows if no number is given.
const DefaultNear = 10

// String returns the term as a query.
func (t Term) String() string {
	s := strings.Join(t.Words, " ")
	if t.Prefix {
		s += "*"
	}
	if len(t.Words) > 1 || t.Quoted || isOperator(s) {
		s = `"` + s + `"`
	}
	if t.Exact {
		s = "=" + s
	}
	return s
}

// String returns the field as a query.
func (f Field) String() string {
	if strings.ContainsFunc(f.Value, unicode.IsSpace) {
		return f.Name + `:"` + f.Value + `"`
	}
	return f.Name + ":" + f.Value
}

func (a And) String() string { return join(a, " ") }
func (o Or) String() string  { return join(o, " OR ") }
func (n Not) String() string { return "-" + group(n.Node) }

// String returns the query with its operands in brackets where precedence needs them.
func (n Near) String() string {
	op := map[Scope]string{Sentence: "SENTENCE", Page: "PAGE"}[n.Scope]
	if op == "" {
		op = "NEAR/" + strconv.Itoa(n.Words)
	}
	a := group(n.A)
	if _, ok := n.A.(Near); ok {
		a = n.A.String() // they bind to the left
	}
	return a + " " + op + " " + group(n.B)
}

// join writes operands of AND or OR, groups among them in brackets.
func join(list []Node, sep string) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = n.String()
		switch n.(type) {
		case And, Or:
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, sep)
}

// group writes an operand, in brackets unless it is a term or a field.
func group(n Node) string {
	switch n.(type) {
	case And, Or, Near, Not:
		return "(" + n.String() + ")"
	}
	return n.String()
}

// Error is a mistake in a query and its place: Column counts code points from 1.
type Error struct {
	Query   string
	Column  int
	Message string
	Cure    string

	Code string // of the kind of mistake, by which pages look up the message in other languages
	Args []any  // what the message names
}

// Coded sets the code of a mistake and what its message names.
func (e *Error) Coded(code string, args ...any) *Error {
	e.Code, e.Args = code, args
	return e
}

// Error returns the message, the query with a mark under the mistake, and the cure.
func (e *Error) Error() string {
	return fmt.Sprintf("%s\n    %s\n    %s^\n%s", e.Message, e.Query, strings.Repeat(" ", e.Column-1), e.Cure)
}

// Limits of a query. Anyone who may search can type one, so its cost must be bounded.
const (
	MaxLength = 1000 // code points
	maxDepth  = 20   // nested brackets
	maxNodes  = 200  // words, phrases, fields and groups
)

// lexeme is a word, a phrase, an operator or a sign of a query.
type lexeme struct {
	kind   byte   // ( ) - for signs, w word, " phrase, o operator, 0 end
	text   string // of a word, phrase or operator
	column int    // from 0
	exact  bool
}

// isOperator reports whether a word in capitals is an operator.
func isOperator(s string) bool {
	switch s {
	case "AND", "OR", "NOT", "SENTENCE", "PAGE", "NEAR":
		return true
	}
	n, ok := strings.CutPrefix(s, "NEAR/")
	_, err := strconv.Atoi(n)
	return ok && err == nil
}

// parser is a recursive descent parser. From the lowest precedence: or, and, near, unary.
type parser struct {
	query  string
	lex    []lexeme
	at     int // the next lexeme
	fields func(name, value string, column int) *Error
	nodes  int // read so far
}

// Parse parses a query. fields checks each name:value and returns what is wrong with it; if fields is nil, the
// query may name none. A query of nothing but white space is nil. Mistakes are *Error.
func Parse(q string, fields func(name, value string, column int) *Error) (Node, error) {
	q = norm.NFC.String(q)
	if rs := []rune(q); len(rs) > MaxLength {
		return nil, (&Error{Query: string(rs[:60]) + "…", Column: 61,
			Message: "the query is longer than 1,000 characters", Cure: "search for fewer words"}).Coded("long")
	}
	p := &parser{query: q, fields: fields}
	if err := p.scan(); err != nil {
		return nil, err
	}
	if p.peek().kind == 0 {
		return nil, nil
	}
	n, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if l := p.peek(); l.kind == ')' {
		return nil, p.fail(l.column, "this bracket closes nothing",
			"remove it, or open one before it").Coded("bracket-closes")
	}
	return n, nil
}

// fail returns a mistake; column counts from 0.
func (p *parser) fail(column int, message, cure string) *Error {
	return &Error{Query: p.query, Column: column + 1, Message: message, Cure: cure}
}

// isQuote reports whether r opens or closes a phrase; people paste typographic marks.
func isQuote(r rune) bool { return r == '"' || r == '“' || r == '”' || r == '„' }

// scan cuts the query into lexemes, the last of which is the end.
func (p *parser) scan() error {
	rs := []rune(p.query)
	for i := 0; i < len(rs); {
		if unicode.IsSpace(rs[i]) {
			i++
			continue
		}
		l, end, err := p.lexeme(rs, i)
		if err != nil {
			return err
		}
		p.lex = append(p.lex, l)
		i = end
	}
	p.lex = append(p.lex, lexeme{column: len(rs)})
	return nil
}

// lexeme returns the lexeme that begins at rs[i], which is not white space, and its end.
func (p *parser) lexeme(rs []rune, i int) (l lexeme, end int, err error) {
	l.column = i
	goesOn := func(at int) bool { return at < len(rs) && !unicode.IsSpace(rs[at]) }
	if rs[i] == '=' && goesOn(i+1) {
		l.exact = true
		i++
	}
	switch r := rs[i]; {
	case r == '(' || r == ')':
		l.kind = byte(r)
		return l, i + 1, nil
	case r == '-' && goesOn(i+1) && rs[i+1] != '-':
		l.kind = '-'
		return l, i + 1, nil
	case isQuote(r):
		l.kind = '"'
		l.text, end, err = p.quoted(rs, i, `write "the phrase" with a mark at each end`)
		return l, end, err
	}
	l.kind, end = 'w', i
	for goesOn(end) && !isQuote(rs[end]) && rs[end] != '(' && rs[end] != ')' {
		end++
	}
	l.text = string(rs[i:end])
	if end > i && rs[end-1] == ':' && end < len(rs) && isQuote(rs[end]) { // field:"some value"
		var value string
		value, end, err = p.quoted(rs, end, `write field:"a value" with a mark at each end`)
		l.text += value
		return l, end, err
	}
	if isOperator(l.text) && !l.exact {
		l.kind = 'o'
	}
	return l, end, nil
}

// quoted returns the text between the quotation mark rs[i] and the next one, and the place behind that.
func (p *parser) quoted(rs []rune, i int, cure string) (string, int, error) {
	for end := i + 1; end < len(rs); end++ {
		if isQuote(rs[end]) {
			return string(rs[i+1 : end]), end + 1, nil
		}
	}
	return "", 0, p.fail(i, "this quotation mark is never closed", cure).Coded("quote-open")
}

// peek returns the next lexeme.
func (p *parser) peek() lexeme { return p.lex[p.at] }

// or parses operands joined by OR. depth is the number of open brackets.
func (p *parser) or(depth int) (Node, error) {
	if depth > maxDepth {
		return nil, p.fail(p.peek().column, "brackets are nested more than 20 deep", "write it flatter").Coded("nested")
	}
	first, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	out := Or{first}
	for p.peek().kind == 'o' && p.peek().text == "OR" {
		p.at++
		n, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	if len(out) == 1 {
		return first, nil
	}
	return out, nil
}

// and parses operands in a row, with or without AND between them. Operands without letters or digits, such as a dash,
// are left out.
func (p *parser) and(depth int) (Node, error) {
	var out And
	for {
		l := p.peek()
		if l.kind == 'o' && l.text == "AND" && len(out) > 0 {
			p.at++
			l = p.peek()
			if l.kind == 0 || l.kind == ')' || l.kind == 'o' && l.text != "NOT" {
				return nil, p.fail(l.column, "AND is followed by nothing", "write a word behind it").Coded("end", "AND")
			}
		}
		if l.kind == 0 || l.kind == ')' || l.kind == 'o' && l.text == "OR" {
			break
		}
		n, err := p.near(depth)
		if err != nil {
			return nil, err
		}
		if n != nil {
			out = append(out, n)
		}
	}
	switch len(out) {
	case 0:
		return nil, p.noOperand()
	case 1:
		return out[0], nil
	}
	return out, nil
}

// noOperand returns the mistake of a place where an operand is missing.
func (p *parser) noOperand() *Error {
	l := p.peek()
	if l.kind == 'o' {
		return p.fail(l.column, l.text+" is at the beginning", "write it between two words").Coded("begin", l.text)
	}
	if p.at > 0 && p.lex[p.at-1].kind == 'o' {
		return p.fail(p.lex[p.at-1].column, p.lex[p.at-1].text+" is at the end",
			"write a word behind it").Coded("end", p.lex[p.at-1].text)
	}
	return p.fail(max(0, l.column-1), "there is no word to look for here", "write letters or digits").Coded("no-word")
}

// near parses operands joined by NEAR, SENTENCE or PAGE, which bind to the left.
func (p *parser) near(depth int) (Node, error) {
	a, err := p.unary(depth)
	if err != nil {
		return nil, err
	}
	for {
		l := p.peek()
		if l.kind != 'o' || l.text == "AND" || l.text == "OR" || l.text == "NOT" {
			return a, nil
		}
		p.at++
		n := Near{A: a}
		if err := p.scope(&n, l); err != nil {
			return nil, err
		}
		if k := p.peek().kind; k == 0 || k == ')' || k == 'o' {
			return nil, p.fail(l.column, l.text+" is at the end", "write a word behind it").Coded("end", l.text)
		}
		if n.B, err = p.unary(depth); err != nil {
			return nil, err
		}
		for _, side := range []Node{n.A, n.B} {
			if !positive(side) {
				return nil, p.fail(l.column, l.text+" needs words, or words joined by OR, on both sides",
					"take fields, AND and NOT out of it").Coded("near-sides", l.text)
			}
		}
		a = n
	}
}

// scope sets the scope of an operator.
func (p *parser) scope(n *Near, l lexeme) error {
	n.Scope, n.Words = Words, DefaultNear
	switch {
	case l.text == "SENTENCE":
		n.Scope, n.Words = Sentence, 0
	case l.text == "PAGE":
		n.Scope, n.Words = Page, 0
	case strings.HasPrefix(l.text, "NEAR/"):
		n.Words, _ = strconv.Atoi(l.text[len("NEAR/"):])
		if n.Words < 0 || n.Words > 200 {
			return p.fail(l.column, fmt.Sprintf("NEAR cannot reach over %d words", n.Words),
				"write NEAR/0 to NEAR/200").Coded("near-far", n.Words)
		}
	}
	return nil
}

// positive reports whether a node consists of terms, OR and NEAR only, so that it has positions.
func positive(n Node) bool {
	switch x := n.(type) {
	case Term:
		return true
	case Near:
		return true
	case Or:
		for _, m := range x {
			if !positive(m) {
				return false
			}
		}
		return true
	}
	return false
}

// unary parses a negation, a group, a field or a term. The node is nil if there is nothing to look for in it, as in a
// dash.
func (p *parser) unary(depth int) (Node, error) {
	if p.nodes++; p.nodes > maxNodes {
		return nil, p.fail(p.peek().column, "the query has more than 200 parts",
			"search for fewer words").Coded("parts")
	}
	l := p.peek()
	p.at++
	switch l.kind {
	case '-':
		return p.negation(depth, l, "minus")
	case '(':
		return p.group(depth, l)
	case 'o':
		if l.text == "NOT" {
			return p.negation(depth, l, "NOT")
		}
		return nil, p.fail(l.column, l.text+" is at the beginning", "write it between two words").Coded("begin", l.text)
	case 'w':
		if name, value, ok := strings.Cut(l.text, ":"); ok && isFieldName(name) {
			return p.field(name, value, l.column)
		}
	}
	return termOf(l), nil
}

// negation parses what follows a minus or NOT.
func (p *parser) negation(depth int, l lexeme, name string) (Node, error) {
	if k := p.peek().kind; k == 0 || k == ')' || k == 'o' || k == '-' {
		return nil, p.fail(l.column, "there is nothing behind the "+name, "write a word behind it").Coded("end", name)
	}
	n, err := p.unary(depth)
	if err != nil || n == nil {
		return nil, err
	}
	return Not{n}, nil
}

// group parses what follows an opening bracket.
func (p *parser) group(depth int, l lexeme) (Node, error) {
	n, err := p.or(depth + 1)
	if err != nil {
		return nil, err
	}
	if p.peek().kind != ')' {
		return nil, p.fail(l.column, "this bracket is never closed",
			"write ) where the group ends").Coded("bracket-open")
	}
	p.at++
	return n, nil
}

// field checks a field that the query names.
func (p *parser) field(name, value string, column int) (Node, error) {
	if p.fields == nil {
		return nil, p.fail(column, fmt.Sprintf("%s: asks for a field of the dossier, and only its text can be "+
			"asked for here", name),
			"take it out, or write a space behind the colon")
	}
	if err := p.fields(name, value, column+1); err != nil {
		err.Query = p.query
		return nil, err
	}
	return Field{name, value, column + 1}, nil
}

// termOf returns the term of a word or phrase, nil if it has no letters or digits.
func termOf(l lexeme) Node {
	t := Term{Exact: l.exact, Prefix: strings.HasSuffix(strings.TrimSpace(l.text), "*")}
	for _, w := range text.Terms(l.text) {
		t.Words = append(t.Words, w.Exact)
	}
	if len(t.Words) == 0 {
		return nil
	}
	t.Quoted = l.kind == '"' && len(t.Words) == 1
	return t
}

// isFieldName reports whether the text before a colon can name a field. Two letters cannot: "ks: 5" is text.
func isFieldName(s string) bool {
	if len(s) < 3 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && r != '_' && r != '.' {
			return false
		}
	}
	return true
}

// Folded returns the words of the term without diacritics, as people type who leave them out.
func (t Term) Folded() []string {
	out := make([]string, len(t.Words))
	for i, w := range t.Words {
		out[i] = language.Fold(w)
	}
	return out
}
