package condition

import (
	"errors"
	"math"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// logic is a condition taken apart at and, or and not, so that a fact that is not stated
// makes its own comparison unknown and not the whole condition: the strong three-valued
// logic of Kleene (Introduction to Metamathematics, 1952, § 64).
type logic struct {
	op          string // "and", "or", "not", or "" for a comparison
	left, right *logic
	leaf        Comparison
}

// Comparison is a part of a condition without and, or and not.
type Comparison struct {
	Text  string
	Names []string // everything of the scope that it names
	// Monotone is set if the comparison turns at most once along each name while the
	// others are given: trying the ends of a range then decides what holds within it.
	Monotone bool

	needs []string // facts that must be stated for it to mean anything
	prog  *vm.Program

	cut      *cut // of one name that is compared with one number, the number
	presence bool // it only asks whether a fact is stated
}

// cut is a number with which a name is compared.
type cut struct {
	name string
	at   float64
}

// takeApart takes apart a condition that compiles.
func takeApart(n ast.Node, sc Scope) *logic {
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
	leaf := Comparison{Text: n.String(), Monotone: monotone(n), cut: cutOf(n), presence: asksForPresence(n)}
	v := &nameVisitor{}
	ast.Walk(&n, v)
	for _, id := range v.idents {
		if _, ok := sc.Sample[id.Value]; ok {
			leaf.Names = append(leaf.Names, id.Value)
		}
		if sc.Facts[id.Value] && !v.guarded[id.Value] {
			leaf.needs = append(leaf.needs, id.Value)
		}
	}
	leaf.prog, _ = expr.Compile(leaf.Text, sc.options()...)
	return &logic{leaf: leaf}
}

// cutOf is the number with which an expression compares a name; nil if it does anything else.
func cutOf(n ast.Node) *cut {
	b, ok := n.(*ast.BinaryNode)
	if !ok || !slices.Contains([]string{"<", "<=", ">", ">=", "==", "!="}, b.Operator) {
		return nil
	}
	name, number := b.Left, b.Right
	if numeric(name) {
		name, number = number, name
	}
	id, ok := name.(*ast.IdentifierNode)
	if !ok || !numeric(number) {
		return nil
	}
	if at := constant(number); !math.IsNaN(at) {
		return &cut{id.Value, at}
	}
	return nil
}

// asksForPresence reports whether an expression is present(…) or absent(…).
func asksForPresence(n ast.Node) bool {
	call, ok := n.(*ast.CallNode)
	if !ok {
		return false
	}
	id, ok := call.Callee.(*ast.IdentifierNode)
	return ok && (id.Value == "present" || id.Value == "absent")
}

// Cuts are the numbers at which the condition may turn as the value of a fact that is stated changes, everything else
// being as it is. ok is false if it goes by the fact in another way than by comparing it with numbers.
func (c *Condition) Cuts(fact string) (at []float64, ok bool) { return c.logic.cuts(fact) }

// cuts is Condition.Cuts for a part of the condition.
func (l *logic) cuts(fact string) (at []float64, ok bool) {
	switch {
	case l.op == "not":
		return l.left.cuts(fact)
	case l.op != "":
		left, okLeft := l.left.cuts(fact)
		right, okRight := l.right.cuts(fact)
		return append(left, right...), okLeft && okRight
	case !slices.Contains(l.leaf.Names, fact), l.leaf.presence:
		return nil, true
	case l.leaf.cut == nil:
		return nil, false
	}
	return []float64{l.leaf.cut.at}, true
}

// monotone reports whether a condition compares, by < or > and not by ==, sums of names
// and numbers.
func monotone(n ast.Node) bool {
	b, ok := n.(*ast.BinaryNode)
	return ok && slices.Contains([]string{"<", "<=", ">", ">="}, b.Operator) && linear(b.Left) && linear(b.Right)
}

// linear reports whether an expression is a sum of names and numbers, each times a number.
func linear(n ast.Node) bool {
	switch x := n.(type) {
	case *ast.IdentifierNode, *ast.IntegerNode, *ast.FloatNode, *ast.ConstantNode:
		return true
	case *ast.MemberNode:
		return true
	case *ast.CallNode:
		callee, ok := x.Callee.(*ast.IdentifierNode)
		return ok && callee.Value == CriteriaWith
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

// numeric reports whether an expression consists of numbers only.
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

// constant is the value of an expression that is numeric; NaN for operators that shares do not have.
func constant(n ast.Node) float64 {
	switch x := n.(type) {
	case *ast.IntegerNode:
		return float64(x.Value)
	case *ast.FloatNode:
		return x.Value
	case *ast.BinaryNode:
		if x.Operator == "/" {
			return constant(x.Left) / constant(x.Right)
		}
	}
	return math.NaN()
}

// errNoProgram is the error of an expression that does not compile once it is written
// back from its tree.
var errNoProgram = errors.New("this comparison could not be compiled")

// Holds evaluates the comparison; facts that are not known are nil in env.
func (c *Comparison) Holds(env map[string]any) (bool, error) {
	if c.prog == nil {
		return false, errNoProgram
	}
	return run(c.prog, env)
}

// Decide reports whether the condition holds. If that depends on a fact that is not
// stated, unknown names the fact.
func (c *Condition) Decide(env map[string]any) (holds bool, unknown string, err error) {
	return c.logic.decide(env)
}

// decide is Condition.Decide for a part of the condition. A side that decides by itself makes the other one
// irrelevant: false for "and", true for "or".
func (l *logic) decide(env map[string]any) (holds bool, unknown string, err error) {
	switch l.op {
	case "":
		for _, name := range l.leaf.needs {
			if env[name] == nil {
				return false, name, nil
			}
		}
		holds, err = l.leaf.Holds(env)
		return holds, "", err
	case "not":
		holds, unknown, err = l.left.decide(env)
		return !holds && unknown == "" && err == nil, unknown, err
	}
	settles := l.op == "or" // the value of one side that decides, whatever the other is
	for _, side := range []*logic{l.left, l.right} {
		value, missing, err := side.decide(env)
		if err != nil || missing == "" && value == settles {
			return value, "", err
		}
		if unknown == "" {
			unknown = missing
		}
	}
	return unknown == "" && !settles, unknown, nil
}

// Possible reports whether the condition can hold, and whether it can fail, if of says
// the same of each of its comparisons. The comparisons are taken as independent, so a
// result may be reported as possible that is not; never the other way round.
func (c *Condition) Possible(of func(*Comparison) (yes, no bool)) (yes, no bool) {
	return c.logic.possible(of)
}

// possible is Condition.Possible for a part of the condition.
func (l *logic) possible(of func(*Comparison) (yes, no bool)) (yes, no bool) {
	switch l.op {
	case "not":
		no, yes = l.left.possible(of)
		return yes, no
	case "and", "or":
		y1, n1 := l.left.possible(of)
		y2, n2 := l.right.possible(of)
		if l.op == "and" {
			return y1 && y2, n1 || n2
		}
		return y1 || y2, n1 && n2
	}
	return of(&l.leaf)
}
