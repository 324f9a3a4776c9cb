package rules

import (
	"cmp"
	"errors"
	"fmt"
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
	"kheo/internal/strict"
)

// condition is a compiled expression of a ruleset.
type condition struct {
	text     string       // as written
	words    dossier.Text // nearer to how people speak
	names    []string     // everything it names
	uses     []string     // every fact it names
	needs    []string     // of a comparison: those that must be known for it to mean anything
	monotone bool         // a comparison that turns around in no name once the others are given
	prog     *vm.Program
	clauses  []condition // its parts, where it is several joined by "and"
	logic    *logic      // how its comparisons are joined
}

// logic is a condition taken apart at and, or and not, so that a fact which
// nobody states makes its own comparison unknown and not the whole condition
// (Kleene's strong three-valued logic).
type logic struct {
	op          string // "and", "or", "not", or "" for a comparison
	left, right *logic
	leaf        condition
}

// scope is what an expression may name.
type scope struct {
	what    string         // for messages: "a gate", "a band"
	sample  map[string]any // name -> a value of its type
	facts   map[string]bool
	twice   map[string]bool     // names of a fact and of a criterion
	members map[string][]string // campaign -> closes, …
}

// hundredth finds what toExpr made of 40%, as expr writes it back.
var hundredth = regexp.MustCompile(`\(?(\d+(?:\.\d+)?) / 100\)?`)

var percentRE = regexp.MustCompile(`(\d+(?:\.\d+)?)%`)

// flagArgs and flagName find flags that any_flag names without quotes.
var (
	flagArgs = regexp.MustCompile(`any_flag\(([^()]*)\)`)
	flagName = regexp.MustCompile(`"[^"]*"|\b[a-z]+(?:-[a-z]+)*\b`)
)

// toExpr writes a condition as expr understands it: 40% as (40/100), and the flags of
// any_flag in quotes. It returns how to find a place in the original.
func toExpr(s string) (string, func(int) int) {
	type change struct {
		from, to int
		by       string
	}
	var changes []change
	for _, m := range percentRE.FindAllStringSubmatchIndex(s, -1) {
		if rest := strings.TrimLeft(s[m[1]:], " "); rest != "" && (rest[0] >= '0' && rest[0] <= '9' || rest[0] == '(') {
			continue // the remainder operator
		}
		changes = append(changes, change{m[0], m[1], "(" + s[m[2]:m[3]] + "/100)"})
	}
	for _, m := range flagArgs.FindAllStringSubmatchIndex(s, -1) {
		for _, n := range flagName.FindAllStringIndex(s[m[2]:m[3]], -1) {
			if name := s[m[2]+n[0] : m[2]+n[1]]; name[0] != '"' {
				changes = append(changes, change{m[2] + n[0], m[2] + n[1], `"` + name + `"`})
			}
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return a.from - b.from })
	var b strings.Builder
	type shift struct{ at, by int }
	var shifts []shift
	last := 0
	for _, c := range changes {
		b.WriteString(s[last:c.from])
		b.WriteString(c.by)
		shifts = append(shifts, shift{b.Len(), b.Len() - c.to})
		last = c.to
	}
	b.WriteString(s[last:])
	return b.String(), func(i int) int {
		by := 0
		for _, sh := range shifts {
			if i >= sh.at {
				by = sh.by
			}
		}
		return i - by
	}
}

// compile checks an expression against its scope; every mistake is reported at
// its place. It returns nil where there is one.
func compile(n *strict.Node, text string, sc scope) *condition {
	src, back := toExpr(text)
	tree, err := parser.Parse(src)
	if err != nil {
		failExpr(n, text, err, back, sc)
		return nil
	}
	c := &condition{text: strings.Join(strings.Fields(text), " ")}
	v := &nameVisitor{}
	ast.Walk(&tree.Node, v)
	bad := false
	known := append(sortedKeys(sc.sample), functions...)
	known = append(known, "and", "or", "not", "true", "false")
	for _, id := range v.idents {
		if sc.twice[id.Value] {
			bad = true
			n.FailAt(byteOffset(text, back(byteOffset(src, id.Location().From))), fmt.Sprintf("%s names %q, which is both a fact and a criterion", sc.what, id.Value), "rename one of them")
			continue
		}
		if _, ok := sc.sample[id.Value]; ok || isIn(functions, id.Value) {
			c.names = append(c.names, id.Value)
			if sc.facts[id.Value] && !isIn(c.uses, id.Value) {
				c.uses = append(c.uses, id.Value)
			}
			continue
		}
		bad = true
		cure := "known here are: " + strings.Join(sortedKeys(sc.sample), ", ")
		if near := strict.Nearest(id.Value, known); near != "" {
			cure = fmt.Sprintf("did you mean %q? %s", near, cure)
		}
		n.FailAt(byteOffset(text, back(byteOffset(src, id.Location().From))), fmt.Sprintf("%s names %q, which nothing defines", sc.what, id.Value), cure)
	}
	for _, m := range v.members {
		base, ok1 := m.Node.(*ast.IdentifierNode)
		prop, ok2 := m.Property.(*ast.StringNode)
		if ok1 && ok2 && base.Value == "unit" {
			if kind := traitOf(prop.Value); kind != "" {
				bad = true
				n.FailAt(byteOffset(text, back(byteOffset(src, m.Property.Location().From))), fmt.Sprintf("%s reads a trait of people: %s (%q)", sc.what, kind, prop.Value),
					"take it out: kheo assesses what was done, and no rule may read ethnicity, religion, sex, age, health or opinion")
				continue
			}
		}
		if !ok1 || !ok2 || sc.members[base.Value] == nil || isIn(sc.members[base.Value], prop.Value) {
			continue
		}
		bad = true
		cure := fmt.Sprintf("%s has: %s", base.Value, strings.Join(sc.members[base.Value], ", "))
		if near := strict.Nearest(prop.Value, sc.members[base.Value]); near != "" {
			cure = fmt.Sprintf("did you mean %q? %s", near, cure)
		}
		n.FailAt(byteOffset(text, back(byteOffset(src, m.Property.Location().From))), fmt.Sprintf("%s has no %q", base.Value, prop.Value), cure)
	}
	for _, call := range v.calls {
		bad = checkCall(n, text, src, back, call.name, call.args) || bad
	}
	if bad {
		return nil
	}
	if c.prog, err = expr.Compile(src, append(exprOptions(sc), expr.AsBool())...); err != nil {
		failExpr(n, text, err, back, sc)
		return nil
	}
	c.words = inWords(c.text)
	c.logic = takeApart(tree.Node, sc)
	if b, ok := tree.Node.(*ast.BinaryNode); ok && (b.Operator == "and" || b.Operator == "&&") {
		for _, part := range conjuncts(tree.Node) {
			if prog, err := expr.Compile(part.String(), append(exprOptions(sc), expr.AsBool())...); err == nil {
				c.clauses = append(c.clauses, condition{text: part.String(), words: inWords(part.String()), prog: prog})
			}
		}
	} else {
		c.clauses = []condition{{text: c.text, words: c.words, prog: c.prog}}
	}
	return c
}

// takeApart takes a condition that compiles apart.
func takeApart(n ast.Node, sc scope) *logic {
	switch x := n.(type) {
	case *ast.BinaryNode:
		switch x.Operator {
		case "and", "&&":
			return &logic{op: "and", left: takeApart(x.Left, sc), right: takeApart(x.Right, sc)}
		case "or", "||":
			return &logic{op: "or", left: takeApart(x.Left, sc), right: takeApart(x.Right, sc)}
		}
	case *ast.UnaryNode:
		if x.Operator == "not" || x.Operator == "!" {
			return &logic{op: "not", left: takeApart(x.Node, sc)}
		}
	}
	leaf := condition{text: n.String()}
	v := &nameVisitor{}
	ast.Walk(&n, v)
	leaf.monotone = monotone(n)
	for _, id := range v.idents {
		if _, ok := sc.sample[id.Value]; ok {
			leaf.names = append(leaf.names, id.Value)
		}
		if sc.facts[id.Value] && !v.guarded[id.Value] {
			leaf.needs = append(leaf.needs, id.Value)
		}
	}
	leaf.prog, _ = expr.Compile(leaf.text, append(exprOptions(sc), expr.AsBool())...)
	return &logic{leaf: leaf}
}

// monotone reports whether a condition is a comparison, with < or > alone, of sums, differences and products
// by numbers: what it says turns around at most once along each name.
func monotone(n ast.Node) bool {
	b, ok := n.(*ast.BinaryNode)
	return ok && isIn([]string{"<", "<=", ">", ">="}, b.Operator) && linear(b.Left) && linear(b.Right)
}

// linear reports whether an expression is a sum of names and numbers, each times a number.
func linear(n ast.Node) bool {
	switch x := n.(type) {
	case *ast.IdentifierNode, *ast.IntegerNode, *ast.FloatNode, *ast.ConstantNode:
		return true
	case *ast.MemberNode:
		return true
	case *ast.UnaryNode:
		return (x.Operator == "-" || x.Operator == "+") && linear(x.Node)
	case *ast.BinaryNode:
		switch x.Operator {
		case "+", "-":
			return linear(x.Left) && linear(x.Right)
		case "*":
			return numeric(x.Left) && linear(x.Right) || linear(x.Left) && numeric(x.Right)
		case "/":
			return linear(x.Left) && numeric(x.Right)
		}
	}
	return false
}

// numeric reports whether an expression is made of numbers alone.
func numeric(n ast.Node) bool {
	switch x := n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.ConstantNode:
		return true
	case *ast.UnaryNode:
		return numeric(x.Node)
	case *ast.BinaryNode:
		return numeric(x.Left) && numeric(x.Right)
	}
	return false
}

// errNoProgram can only come of an expression that does not compile once it is
// written back.
var errNoProgram = errors.New("this comparison could not be compiled")

// decide tells whether the condition holds. Where that hangs on a fact that
// nobody states, unknown names the fact.
func (l *logic) decide(env map[string]any) (holds bool, unknown string, err error) {
	switch l.op {
	case "":
		for _, name := range l.leaf.needs {
			if env[name] == nil {
				return false, name, nil
			}
		}
		if l.leaf.prog == nil {
			return false, "", errNoProgram
		}
		holds, err = l.leaf.holds(env)
		return holds, "", err
	case "not":
		holds, unknown, err = l.left.decide(env)
		return !holds && unknown == "" && err == nil, unknown, err
	}
	settles := l.op == "or" // the value that settles it, whatever the other side is
	a, ua, err := l.left.decide(env)
	if err != nil || ua == "" && a == settles {
		return a, "", err
	}
	b, ub, err := l.right.decide(env)
	if err != nil || ub == "" && b == settles {
		return b, "", err
	}
	if ua != "" || ub != "" {
		if ua == "" {
			ua = ub
		}
		return false, ua, nil
	}
	return !settles, "", nil
}

// checkCall finds wrong arguments that expr would only meet at run time.
func checkCall(n *strict.Node, text, src string, back func(int) int, name string, args []ast.Node) bool {
	fail := func(arg ast.Node, message, cure string) bool {
		n.FailAt(byteOffset(text, back(byteOffset(src, arg.Location().From))), message, cure)
		return true
	}
	for _, a := range args {
		s, isString := a.(*ast.StringNode)
		switch {
		case name == "date" && isString && !ValidDate(s.Value, false):
			return fail(a, fmt.Sprintf("%q is not a date", s.Value), `write year-month-day, as in date("2024-03-31")`)
		case name == "any_flag" && !isString:
			return fail(a, "any_flag takes flags in quotes", `as in any_flag("contradiction", "near-duplicate")`)
		case name == "any_flag" && isString && !isIn(dossier.FlagCodes, s.Value):
			cure := "flags are: " + strings.Join(dossier.FlagCodes, ", ")
			if near := strict.Nearest(s.Value, dossier.FlagCodes); near != "" {
				cure = fmt.Sprintf("did you mean %q? %s", near, cure)
			}
			return fail(a, fmt.Sprintf("there is no flag %q", s.Value), cure)
		}
	}
	if (name == "present" || name == "absent") && len(args) == 1 {
		if _, ok := args[0].(*ast.IdentifierNode); !ok {
			return fail(args[0], name+" takes the name of a fact", "as in "+name+"(confirmation)")
		}
	}
	return false
}

func conjuncts(n ast.Node) []ast.Node {
	if b, ok := n.(*ast.BinaryNode); ok && (b.Operator == "and" || b.Operator == "&&") {
		return append(conjuncts(b.Left), conjuncts(b.Right)...)
	}
	return []ast.Node{n}
}

func failExpr(n *strict.Node, text string, err error, back func(int) int, sc scope) {
	var fe *file.Error
	if !errors.As(err, &fe) {
		if kind, ok := strings.CutPrefix(err.Error(), "expected bool, but got "); ok {
			kind = map[string]string{"float64": "a number", "string": "a text", "int": "a number"}[kind]
			n.Fail(fmt.Sprintf("%s cannot be understood: it gives %s", sc.what, cmp.Or(kind, "something else")), "a condition must be true or false: compare it with something, as in  total >= 80")
			return
		}
		n.Fail(fmt.Sprintf("%s cannot be understood: %v", sc.what, err), "compare it with the examples in the README")
		return
	}
	cure := "write a comparison, as in  households >= 20 and present(confirmation)"
	switch {
	case strings.Contains(fe.Message, `"="`) || strings.Contains(fe.Message, "Operator(\"=\")") || strings.Contains(text, "=") && !strings.Contains(text, "==") && !strings.ContainsAny(text, "<>!"):
		cure = "to compare for equality, write == (two equal signs)"
	case strings.Contains(fe.Message, "mismatched types") || strings.Contains(fe.Message, "invalid operation"):
		cure = `compare numbers with numbers and dates with date("2024-03-31")`
	case strings.Contains(fe.Message, "not enough arguments") || strings.Contains(fe.Message, "too many arguments"):
		cure = "months_between takes two dates; present and absent take one fact; date takes one text"
	case strings.Contains(fe.Message, "expected bool"):
		cure = "a condition must be true or false: compare it with something, as in  total >= 80"
	}
	off := fe.From
	if off == 0 && fe.Column > 0 {
		off = fe.Column
	}
	msg, _, _ := strings.Cut(fe.Message, "\n")
	n.FailAt(back(byteOffset(text, off)), fmt.Sprintf("%s cannot be understood: %s", sc.what, msg), cure)
}

// byteOffset turns an offset in code points into one in bytes.
func byteOffset(s string, runes int) int {
	i := 0
	for ; runes > 0 && i < len(s); runes-- {
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
	return i
}

func exprOptions(sc scope) []expr.Option {
	return []expr.Option{
		expr.Env(sc.sample),
		expr.Function("present", func(a ...any) (any, error) { return a[0] != nil, nil }, new(func(any) bool)),
		expr.Function("absent", func(a ...any) (any, error) { return a[0] == nil, nil }, new(func(any) bool)),
		expr.Function("date", func(a ...any) (any, error) { return a[0], nil }, new(func(string) string)),
		expr.Function("months_between", func(a ...any) (any, error) {
			from, ok1 := a[0].(string)
			to, ok2 := a[1].(string)
			if !ok1 || !ok2 {
				return nil, errors.New("months_between needs two dates")
			}
			return monthsBetween(from, to)
		}, new(func(string, string) float64)),
		expr.Function("days_between", func(a ...any) (any, error) {
			from, ok1 := a[0].(string)
			to, ok2 := a[1].(string)
			if !ok1 || !ok2 {
				return nil, errors.New("days_between needs two dates")
			}
			return daysBetween(from, to)
		}, new(func(string, string) float64)),
		expr.Function("months_in", func(a ...any) (any, error) {
			from, to, ok := periodParts(a[0])
			if !ok {
				return nil, errors.New("months_in needs a period that has ended")
			}
			n, err := monthsBetween(from, to)
			return n + 1, err // from March to March is a month
		}, new(func(string) float64)),
		expr.Function("starts", func(a ...any) (any, error) { from, _, _ := periodParts(a[0]); return from, nil }, new(func(string) string)),
		expr.Function("ends", func(a ...any) (any, error) { _, to, _ := periodParts(a[0]); return to, nil }, new(func(string) string)),
		expr.Function("number", func(a ...any) (any, error) {
			f, ok := a[0].(float64)
			if !ok {
				return 0.0, nil
			}
			return f, nil
		}, new(func(any) float64)),
	}
}

// periodParts takes a period apart; ok is false where it has no end.
func periodParts(v any) (from, to string, ok bool) {
	s, _ := v.(string)
	from, to, _ = strings.Cut(s, "/")
	if to == ".." {
		to = ""
	}
	return from, to, from != "" && to != ""
}

// holds evaluates the condition. Facts that are not known are nil.
func (c *condition) holds(env map[string]any) (bool, error) {
	v, err := expr.Run(c.prog, env)
	if err != nil {
		return false, err
	}
	b, _ := v.(bool)
	return b, nil
}

type call struct {
	name string
	args []ast.Node
}

// nameVisitor collects what an expression names.
type nameVisitor struct {
	idents  []*ast.IdentifierNode
	members []*ast.MemberNode
	calls   []call
	guarded map[string]bool // facts named only inside present() or absent()
	bare    map[string]int
}

func (v *nameVisitor) Visit(n *ast.Node) {
	if v.guarded == nil {
		v.guarded, v.bare = map[string]bool{}, map[string]int{}
	}
	switch x := (*n).(type) {
	case *ast.IdentifierNode:
		v.idents = append(v.idents, x)
		v.bare[x.Value]++
		v.guarded[x.Value] = v.bare[x.Value] <= 0
	case *ast.MemberNode:
		v.members = append(v.members, x)
	case *ast.BuiltinNode: // date is a function of expr's own that ours replaces
		v.calls = append(v.calls, call{x.Name, x.Arguments})
	case *ast.CallNode:
		id, ok := x.Callee.(*ast.IdentifierNode)
		if ok {
			v.calls = append(v.calls, call{id.Value, x.Arguments})
		}
		if ok && (id.Value == "present" || id.Value == "absent" || id.Value == "number") {
			for _, a := range x.Arguments {
				if arg, ok := a.(*ast.IdentifierNode); ok {
					v.bare[arg.Value]--
					v.guarded[arg.Value] = v.bare[arg.Value] <= 0
				}
			}
		}
	}
}
