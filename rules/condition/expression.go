package condition

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"kheo/internal/strict"
)

// Kind is what an expression gives.
type Kind int

// The kinds of values of expressions.
const (
	Number Kind = iota // float64
	Text               // string: a text, or an ISO date, month or period
	YesNo              // bool
)

// Expression is a compiled expression that gives a value and not only true or false: what a ruleset computes
// of its facts. It is immutable and safe for several goroutines.
type Expression struct {
	Text string   // as it is written, on one line
	Uses []string // every fact that it names, once
	Kind Kind

	needs []string // facts that must be stated for it to have a value
	logic *logic   // of a YesNo
	prog  *vm.Program
}

// errNotANumber is the error of a division by 0, and of a result that is of another type than was expected.
var errNotANumber = errors.New("the result is not a number")

// CompileExpression checks an expression against its scope and compiles it. Mistakes are reported at their
// places in n, whose text is text; CompileExpression then returns nil.
func CompileExpression(n *strict.Node, text string, sc Scope) *Expression {
	c := newCompiler(n, text, sc)
	names := &Condition{}
	tree, ok := c.parse(names)
	if !ok {
		return nil
	}
	out := &Expression{Text: strings.Join(strings.Fields(text), " "), Uses: names.Uses}
	if ok = out.compile(c); !ok {
		return nil
	}
	if out.Kind == YesNo {
		out.logic = takeApart(tree.Node, sc)
		return out
	}
	v := &nameVisitor{}
	ast.Walk(&tree.Node, v)
	out.needs = slices.DeleteFunc(slices.Clone(out.Uses), func(name string) bool { return v.guarded[name] })
	return out
}

// compile compiles the expression as what it gives. One whose type is known only when it is run, because it
// reads an attribute of a unit, is taken for a number.
func (e *Expression) compile(c *compiler) bool {
	for _, as := range []struct {
		kind Kind
		of   reflect.Kind
	}{{YesNo, reflect.Bool}, {Text, reflect.String}} {
		prog, err := expr.Compile(c.src, append(c.sc.names(), expr.AsKind(as.of), expr.WarnOnAny())...)
		if err == nil {
			e.Kind, e.prog = as.kind, prog
			return true
		}
	}
	var err error
	e.prog, err = expr.Compile(c.src, append(c.sc.names(), expr.AsFloat64())...)
	switch {
	case err == nil:
		return true
	case strings.HasPrefix(err.Error(), "expected float64"):
		c.node.Fail(c.sc.What+" gives neither a number, a date, a text nor yes or no",
			"compute one value, as in  year(campaign.closes) - founded")
	default:
		c.failExpr(err)
	}
	return false
}

// Value computes the value: a float64, string or bool. If it depends on a fact that is not stated, unknown
// names the fact. A result that is not a finite number, as of a division by 0, is an error.
func (e *Expression) Value(env map[string]any) (v any, unknown string, err error) {
	if e.Kind == YesNo {
		holds, unknown, err := e.logic.decide(env)
		if unknown != "" || err != nil {
			return nil, unknown, err
		}
		return holds, "", nil
	}
	for _, name := range e.needs {
		if env[name] == nil {
			return nil, name, nil
		}
	}
	v, err = expr.Run(e.prog, env)
	if err != nil {
		return nil, "", err
	}
	switch x := v.(type) {
	case float64:
		if e.Kind == Number && !math.IsInf(x, 0) && !math.IsNaN(x) {
			return x, "", nil
		}
	case string:
		if e.Kind == Text {
			return x, "", nil
		}
	}
	return nil, "", errNotANumber
}
