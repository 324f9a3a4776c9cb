// Package condition compiles the conditions of rulesets, which are expressions of
// expr-lang.org over facts, the unit, the campaign and, in bands, points. Compile reports
// every mistake at its place; a compiled condition is decided by three-valued logic, in
// which a fact that is not stated makes a comparison unknown, not false.
package condition

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/strict"
)

// Condition is a compiled condition. It is immutable and safe for several goroutines. It reads its values
// from an environment: a map from names to float64, string, bool, functions, maps of these, or nil for a fact
// that is not stated.
type Condition struct {
	Text    string       // as it is written, on one line
	Words   dossier.Text // what Scope.Words made of it
	Names   []string     // everything that it names, repetitions included
	Uses    []string     // every fact that it names, once
	Clauses []Clause     // its parts if they are joined by "and", else the condition itself

	prog  *vm.Program
	logic *logic
}

// Clause is one of the parts of a condition that are joined by "and", so that a reason can name those that
// fail.
type Clause struct {
	Text  string
	Words dossier.Text
	prog  *vm.Program
}

// Scope is what a condition may name.
type Scope struct {
	What    string              // for messages: "a gate", "the band recommended"
	Sample  map[string]any      // by name: any value of its type
	Facts   map[string]bool     // which of the names are facts
	Twice   map[string]bool     // names of a fact and of a criterion, which are refused
	Members map[string][]string // by name: the members of campaign and unit
	Options map[string][]string // by fact: the texts that it may be, if it is one of a few

	Words func(text string) dossier.Text // writes a condition for readers
	Trait func(member string) string     // names the trait of persons that a member of unit is, or ""
}

// Compile checks an expression against its scope and compiles it. Mistakes are reported
// at their places in n, whose text is text; Compile then returns nil.
func Compile(n *strict.Node, text string, sc Scope) *Condition {
	c := newCompiler(n, text, sc)
	out := &Condition{Text: strings.Join(strings.Fields(text), " ")}
	tree, ok := c.parse(out)
	if !ok {
		return nil
	}
	var err error
	if out.prog, err = expr.Compile(c.src, sc.options()...); err != nil {
		c.failExpr(err)
		return nil
	}
	out.Words = sc.Words(out.Text)
	out.logic = takeApart(tree.Node, sc)
	out.Clauses = []Clause{{out.Text, out.Words, out.prog}}
	if isAnd(tree.Node) {
		out.Clauses = nil
		for _, part := range conjuncts(tree.Node) {
			if prog, err := expr.Compile(part.String(), sc.options()...); err == nil {
				out.Clauses = append(out.Clauses, Clause{part.String(), sc.Words(part.String()), prog})
			}
		}
	}
	return out
}

// newCompiler returns a compiler of the text of a node.
func newCompiler(n *strict.Node, text string, sc Scope) *compiler {
	c := &compiler{node: n, text: text, sc: sc}
	c.src, c.back = toExpr(text)
	return c
}

// parse parses the expression and reports what it names wrongly; what it names is added to out.
func (c *compiler) parse(out *Condition) (tree *parser.Tree, ok bool) {
	tree, err := parser.Parse(c.src)
	if err != nil {
		c.failExpr(err)
		return nil, false
	}
	names := &nameVisitor{}
	ast.Walk(&tree.Node, names)
	ok = c.checkNames(names, out)
	ok = c.checkMembers(names) && ok
	ok = c.checkOptions(names) && ok
	for _, call := range names.calls {
		ok = c.checkCall(call) && ok
	}
	return tree, ok
}

// Run evaluates the condition on a machine that may be used again; it is false if a fact
// that it needs is not known.
func (c *Condition) Run(m *vm.VM, env map[string]any) bool {
	v, err := m.Run(c.prog, env)
	return err == nil && v == true
}

// Holds evaluates the clause; it is false if a fact that it needs is not known.
func (c *Clause) Holds(env map[string]any) bool {
	holds, err := run(c.prog, env)
	return err == nil && holds
}

// run evaluates a program; what is not a truth value is false.
func run(prog *vm.Program, env map[string]any) (bool, error) {
	v, err := expr.Run(prog, env)
	if err != nil {
		return false, err
	}
	b, _ := v.(bool)
	return b, nil
}

// isAnd reports whether an expression is several joined by "and".
func isAnd(n ast.Node) bool {
	b, ok := n.(*ast.BinaryNode)
	return ok && (b.Operator == "and" || b.Operator == "&&")
}

// conjuncts returns the expressions that n joins by "and".
func conjuncts(n ast.Node) []ast.Node {
	if !isAnd(n) {
		return []ast.Node{n}
	}
	b := n.(*ast.BinaryNode)
	return append(conjuncts(b.Left), conjuncts(b.Right)...)
}

// compiler checks one expression.
type compiler struct {
	node *strict.Node
	text string        // as the ruleset has it
	src  string        // as expr reads it
	back func(int) int // from an offset in src to one in text
	sc   Scope
}

// failAt reports a mistake at a part of the expression.
func (c *compiler) failAt(part ast.Node, message, cure string) {
	c.node.FailAt(ByteOffset(c.text, c.back(ByteOffset(c.src, part.Location().From))), message, cure)
}

// known returns the names of the scope, sorted.
func (sc *Scope) known() []string { return slices.Sorted(maps.Keys(sc.Sample)) }

// checkNames collects the names of an expression, and reports those that nothing defines.
func (c *compiler) checkNames(v *nameVisitor, out *Condition) bool {
	ok := true
	for _, id := range v.idents {
		_, defined := c.sc.Sample[id.Value]
		switch {
		case c.sc.Twice[id.Value]:
			ok = false
			c.failAt(id, fmt.Sprintf("%s names %q, which is both a fact and a criterion", c.sc.What,
				id.Value),
				"rename one of them")
		case defined || slices.Contains(functions, id.Value):
			out.Names = append(out.Names, id.Value)
			if c.sc.Facts[id.Value] && !slices.Contains(out.Uses, id.Value) {
				out.Uses = append(out.Uses, id.Value)
			}
		default:
			ok = false
			words := append(append(c.sc.known(), functions...), "and", "or", "not", "true", "false")
			c.failAt(id, fmt.Sprintf("%s names %q, which nothing defines", c.sc.What, id.Value),
				meant(id.Value, words, "known here are: "+strings.Join(c.sc.known(), ", ")))
		}
	}
	return ok
}

// meant is a cure that begins with the known word nearest to the one that is written.
func meant(word string, known []string, cure string) string {
	if near := strict.Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q? %s", near, cure)
	}
	return cure
}

// checkMembers reports members of campaign and unit that they do not have, and those that
// are traits of persons.
func (c *compiler) checkMembers(v *nameVisitor) bool {
	ok := true
	for _, m := range v.members {
		base, isName := m.Node.(*ast.IdentifierNode)
		prop, isString := m.Property.(*ast.StringNode)
		if !isName || !isString {
			continue
		}
		if base.Value == "unit" {
			if kind := c.sc.Trait(prop.Value); kind != "" {
				ok = false
				c.failAt(m.Property, fmt.Sprintf("%s reads a trait of people: %s (%q)", c.sc.What, kind,
					prop.Value),
					"take it out: kheo assesses what was done, and no rule may read "+
						"ethnicity, religion, sex, age, health or opinion")
				continue
			}
		}
		members := c.sc.Members[base.Value]
		if members == nil || slices.Contains(members, prop.Value) {
			continue
		}
		ok = false
		if len(members) == 0 { // of unit
			c.failAt(m.Property, fmt.Sprintf("%s goes by %s.%s, and kheo.yaml lists no units", c.sc.What, base.Value,
				prop.Value), "list them there, as in  units: [ { id: north, name: North commune } ],  or go by a "+
				"fact that papers state")
			continue
		}
		c.failAt(m.Property, fmt.Sprintf("%s has no %q", base.Value, prop.Value),
			meant(prop.Value, members, fmt.Sprintf("%s has: %s", base.Value, strings.Join(members, ", "))))
	}
	return ok
}

// checkOptions reports comparisons of a choice with a text that is none of its options, and those by < and >.
func (c *compiler) checkOptions(v *nameVisitor) bool {
	ok := true
	for _, b := range v.comparisons {
		name, texts := compared(b)
		options := c.sc.Options[name]
		if options == nil {
			continue
		}
		if slices.Contains([]string{"<", "<=", ">", ">="}, b.Operator) {
			ok = false
			c.failAt(b, fmt.Sprintf("%s compares %s by %s, but options have no order", c.sc.What, name,
				b.Operator),
				fmt.Sprintf("name those that are meant, as in  %s in [%q, %q]", name, options[0],
					options[len(options)-1]))
			continue
		}
		for _, t := range texts {
			if !slices.Contains(options, t.Value) {
				ok = false
				c.failAt(t, fmt.Sprintf("%q is not an option of %s", t.Value, name),
					meant(t.Value, options, "options are: "+strings.Join(options, ", ")))
			}
		}
	}
	return ok
}

// compared is the name that a comparison is about, and the texts with which it is compared.
func compared(b *ast.BinaryNode) (name string, texts []*ast.StringNode) {
	var take func(n ast.Node)
	take = func(n ast.Node) {
		switch x := n.(type) {
		case *ast.IdentifierNode:
			name = x.Value
		case *ast.StringNode:
			texts = append(texts, x)
		case *ast.ArrayNode:
			for _, e := range x.Nodes {
				take(e)
			}
		}
	}
	take(b.Left)
	take(b.Right)
	return name, texts
}

// checkCall reports arguments that expr would only refuse when the condition is run.
func (c *compiler) checkCall(call call) bool {
	if call.name == CriteriaWith {
		return c.checkShare(call)
	}
	for _, a := range call.args {
		s, isString := a.(*ast.StringNode)
		switch {
		case call.name == "date" && isString && !isodate.Valid(s.Value, false):
			c.failAt(a, fmt.Sprintf("%q is not a date", s.Value),
				`write year-month-day, as in date("2024-03-31")`)
			return false
		case call.name == "any_flag" && !isString:
			c.failAt(a, "any_flag takes flags in quotes", `as in any_flag("contradiction", "near-duplicate")`)
			return false
		case call.name == "any_flag" && !slices.Contains(dossier.FlagCodes, s.Value):
			c.failAt(a, fmt.Sprintf("there is no flag %q", s.Value),
				meant(s.Value, dossier.FlagCodes, "flags are: "+strings.Join(dossier.FlagCodes, ", ")))
			return false
		}
	}
	if (call.name == "present" || call.name == "absent") && len(call.args) == 1 {
		if _, ok := call.args[0].(*ast.IdentifierNode); !ok {
			c.failAt(call.args[0], call.name+" takes the name of a fact", "as in "+call.name+"(confirmation)")
			return false
		}
	}
	return true
}

// checkShare reports a call of criteria_with that is not about one share, from above 0 to 1.
func (c *compiler) checkShare(call call) bool {
	if len(call.args) != 1 || !numeric(call.args[0]) {
		c.node.Fail(c.sc.What+" has criteria_with without a share",
			"write the share of the max that counts, as in  criteria_with(60%) >= 7")
		return false
	}
	if share := constant(call.args[0]); !(share > 0 && share <= 1) {
		c.failAt(call.args[0], "criteria_with takes a share of the max, above 0 and at most 100%",
			"write it with a percent sign, as in  criteria_with(60%) >= 7")
		return false
	}
	return true
}

// failExpr reports an error of expr in words of the ruleset.
func (c *compiler) failExpr(err error) {
	var fe *file.Error
	if !errors.As(err, &fe) {
		if kind, ok := strings.CutPrefix(err.Error(), "expected bool, but got "); ok {
			kind = map[string]string{"float64": "a number", "string": "a text", "int": "a number"}[kind]
			c.node.Fail(fmt.Sprintf("%s cannot be understood: it gives %s", c.sc.What, cmp.Or(kind,
				"something else")),
				"a condition must be true or false: compare it with something, as in  total >= 80")
			return
		}
		c.node.Fail(fmt.Sprintf("%s cannot be understood: %v", c.sc.What, err),
			"compare it with the examples of kheo help rulesets")
		return
	}
	offset := fe.From
	if offset == 0 && fe.Column > 0 {
		offset = fe.Column
	}
	message, _, _ := strings.Cut(fe.Message, "\n")
	c.node.FailAt(c.back(ByteOffset(c.text, offset)),
		fmt.Sprintf("%s cannot be understood: %s", c.sc.What, plainly(message)), c.cure(fe.Message))
}

// Errors of expr about a text that is not an expression.
var (
	strangeCharacter = regexp.MustCompile(`^unrecognized character: U\+[0-9A-F]+ '(.+)'`)
	strangeToken     = regexp.MustCompile(`^unexpected token \w+\("(.*)"\)`)
)

// plainly says what an error of expr means to those who do not know its parser.
func plainly(message string) string {
	if m := strangeCharacter.FindStringSubmatch(message); m != nil {
		return "the character " + m[1] + " means nothing here"
	}
	if m := strangeToken.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("%q is not expected here", m[1])
	}
	if strings.HasPrefix(message, "unexpected token EOF") {
		return "it ends too early"
	}
	return message
}

// written are signs and words of other places, and how conditions write them.
var written = map[string]string{"“": `"`, "”": `"`, "„": `"`, "«": `"`, "»": `"`, "‘": `"`, "’": `"`, "–": "-", "—": "-", "−": "-",
	"≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "og": "and", "eller": "or", "ikke": "not", "và": "and", "hoặc": "or",
	"không": "not", "AND": "and", "OR": "or", "NOT": "not", "And": "and", "Or": "or", "Not": "not"}

// calledIn finds the name of a function in an error of expr about its arguments.
var calledIn = regexp.MustCompile(`to call (\w+)`)

// cure says what to do about an error of expr.
func (c *compiler) cure(message string) string {
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(message, s) })
	}
	oneEqualSign := strings.Contains(c.text, "=") && !strings.Contains(c.text, "==") &&
		!strings.ContainsAny(c.text, "<>!")
	token := plainly(strings.SplitN(message, "\n", 2)[0])
	for sign, as := range written {
		if token == "the character "+sign+" means nothing here" || token == fmt.Sprintf("%q is not expected here", sign) {
			return "write  " + as + "  in place of  " + sign
		}
	}
	switch {
	case strings.Contains(c.text, "=>") && has(`Operator("=")`):
		return "write  >=  for at least, and  <=  for at most"
	case has("to call date"):
		return `write the date in quotes, as in  date("2024-03-31")`
	case has("unexpected token Identifier"):
		return "write names as they are under facts: (conditions write - as _), and  and, or, not  between comparisons, " +
			"as in  households >= 20 and present(confirmation)"
	case oneEqualSign || has(`"="`, `Operator("=")`):
		return "to compare for equality, write == (two equal signs)"
	case has("token EOF"):
		return "close every bracket, and put quotes around an expression that holds a comma"
	case has("mismatched types", "invalid operation"):
		return `compare numbers with numbers and dates with date("2024-03-31")`
	case has("not enough arguments", "too many arguments"):
		if m := calledIn.FindStringSubmatch(message); m != nil {
			for i := range Functions {
				if Functions[i].Name == m[1] {
					return "write it as  " + Functions[i].Use
				}
			}
		}
		return "months_between takes two dates; present and absent take one fact; date takes one text"
	case has("expected bool"):
		return "a condition must be true or false: compare it with something, as in  total >= 80"
	}
	return "write a comparison, as in  households >= 20 and present(confirmation)"
}

// ByteOffset turns an offset in code points into one in bytes. expr and queries count code points,
// strict.Node counts bytes.
func ByteOffset(s string, runes int) int {
	i := 0
	for ; runes > 0 && i < len(s); runes-- {
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
	return i
}

// call is a call of a function.
type call struct {
	name string
	args []ast.Node
}

// nameVisitor collects what an expression names.
type nameVisitor struct {
	idents  []*ast.IdentifierNode
	members []*ast.MemberNode
	calls   []call

	comparisons []*ast.BinaryNode

	guarded map[string]bool // facts named only inside present, absent or number
	bare    map[string]int  // how often a fact is named outside them
}

// Visit implements ast.Visitor. Arguments are visited before the call that has them.
func (v *nameVisitor) Visit(n *ast.Node) {
	if v.guarded == nil {
		v.guarded, v.bare = map[string]bool{}, map[string]int{}
	}
	switch x := (*n).(type) {
	case *ast.IdentifierNode:
		v.idents = append(v.idents, x)
		v.count(x.Value, 1)
	case *ast.MemberNode:
		v.members = append(v.members, x)
	case *ast.BinaryNode:
		if slices.Contains([]string{"==", "!=", "in", "<", "<=", ">", ">="}, x.Operator) {
			v.comparisons = append(v.comparisons, x)
		}
	case *ast.BuiltinNode: // date is a function of expr itself that ours replaces
		v.calls = append(v.calls, call{x.Name, x.Arguments})
	case *ast.CallNode:
		id, ok := x.Callee.(*ast.IdentifierNode)
		if !ok {
			return
		}
		v.calls = append(v.calls, call{id.Value, x.Arguments})
		if id.Value == "present" || id.Value == "absent" || id.Value == "number" {
			for _, a := range x.Arguments {
				if arg, ok := a.(*ast.IdentifierNode); ok {
					v.count(arg.Value, -1)
				}
			}
		}
	}
}

// count changes how often a name is used outside present, absent and number.
func (v *nameVisitor) count(name string, by int) {
	v.bare[name] += by
	v.guarded[name] = v.bare[name] <= 0
}
