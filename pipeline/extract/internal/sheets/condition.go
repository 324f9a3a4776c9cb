package sheets

import (
	"math"
	"strconv"
	"strings"

	"kheo/pipeline/extract/internal/layout"
)

// evaluator computes simple formulas: numbers, texts, cells, arithmetic, comparisons and a few functions.
type evaluator struct {
	sheet *sheet
	in    string
	at    int
	move  place // how far relative references are moved
	here  place
	depth int
	fail  bool
}

// maxDepth bounds nested parentheses.
const maxDepth = 40

// evaluate returns the value of a formula, a float64, string or bool, or nil for an empty cell; ok is false if it
// cannot be computed.
func (s *sheet) evaluate(formula string, here, move place) (v any, ok bool) {
	if len(formula) > 2000 {
		return nil, false
	}
	e := &evaluator{sheet: s, in: strings.TrimPrefix(strings.TrimSpace(formula), "="), here: here, move: move}
	v = e.comparison()
	e.space()
	return v, !e.fail && e.at == len(e.in)
}

func (e *evaluator) space() {
	for e.at < len(e.in) && (e.in[e.at] == ' ' || e.in[e.at] == '\n') {
		e.at++
	}
}

// take passes a sign if it comes next.
func (e *evaluator) take(s string) bool {
	e.space()
	if strings.HasPrefix(e.in[e.at:], s) {
		e.at += len(s)
		return true
	}
	return false
}

func (e *evaluator) bad() any {
	e.fail = true
	return nil
}

func (e *evaluator) comparison() any {
	if e.depth++; e.depth > maxDepth {
		return e.bad()
	}
	defer func() { e.depth-- }()
	v := e.sum()
	for !e.fail {
		op := ""
		for _, o := range []string{"<>", "<=", ">=", "<", ">", "="} {
			if e.take(o) {
				op = o
				break
			}
		}
		if op == "" {
			return v
		}
		v = compare(v, e.sum(), op)
	}
	return v
}

// compare compares two values as workbooks do: texts without regard to case, numbers before texts.
func compare(a, b any, op string) bool {
	if a == nil {
		a = zeroLike(b)
	}
	if b == nil {
		b = zeroLike(a)
	}
	n := rank(a) - rank(b)
	if n == 0 {
		switch x := a.(type) {
		case float64:
			return holds(x, op, b.(float64))
		case string:
			n = strings.Compare(strings.ToLower(x), strings.ToLower(b.(string)))
		case bool:
			n = int(truthNumber(x) - truthNumber(b))
		}
	}
	return holds(float64(n), op, 0)
}

func zeroLike(v any) any {
	switch v.(type) {
	case string:
		return ""
	case bool:
		return false
	}
	return 0.0
}

func rank(v any) int {
	switch v.(type) {
	case string:
		return 1
	case bool:
		return 2
	}
	return 0
}

// truthNumber returns a value as a number; NaN for a text that is not a number.
func truthNumber(v any) float64 {
	switch x := v.(type) {
	case float64:
		return x
	case bool:
		if x {
			return 1
		}
		return 0
	case string:
		f, err := strconv.ParseFloat(x, 64)
		if err != nil {
			return math.NaN()
		}
		return f
	}
	return 0
}

func (e *evaluator) sum() any {
	v := e.product()
	for !e.fail {
		switch {
		case e.take("+"):
			v = truthNumber(v) + truthNumber(e.product())
		case e.take("-"):
			v = truthNumber(v) - truthNumber(e.product())
		case e.take("&"):
			v = textOf(v) + textOf(e.product())
		default:
			return v
		}
	}
	return v
}

func textOf(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case float64:
		return layout.Plain(x, generalDigits)
	case bool:
		return strings.ToUpper(strconv.FormatBool(x))
	}
	return ""
}

func (e *evaluator) product() any {
	v := e.operand()
	for !e.fail {
		switch {
		case e.take("*"):
			v = truthNumber(v) * truthNumber(e.operand())
		case e.take("/"):
			w := truthNumber(e.operand())
			if w == 0 {
				return e.bad()
			}
			v = truthNumber(v) / w
		default:
			if f, ok := v.(float64); ok && math.IsNaN(f) {
				return e.bad()
			}
			return v
		}
	}
	return v
}

func (e *evaluator) operand() any {
	e.space()
	if e.fail || e.at >= len(e.in) {
		return e.bad()
	}
	switch c := e.in[e.at]; {
	case c == '-':
		e.at++
		if e.depth++; e.depth > maxDepth {
			return e.bad()
		}
		defer func() { e.depth-- }()
		return -truthNumber(e.operand())
	case c == '(':
		e.at++
		v := e.comparison()
		if !e.take(")") {
			return e.bad()
		}
		return v
	case c == '"':
		return e.quoted()
	case c >= '0' && c <= '9' || c == '.':
		from := e.at
		for e.at < len(e.in) && strings.IndexByte("0123456789.", e.in[e.at]) >= 0 {
			e.at++
		}
		f, err := strconv.ParseFloat(e.in[from:e.at], 64)
		if err != nil {
			return e.bad()
		}
		if e.take("%") {
			f /= 100
		}
		return f
	}
	return e.named()
}

func (e *evaluator) quoted() any {
	var b strings.Builder
	for e.at++; e.at < len(e.in); e.at++ {
		if e.in[e.at] == '"' {
			if e.at++; e.at >= len(e.in) || e.in[e.at] != '"' {
				return b.String()
			}
		}
		b.WriteByte(e.in[e.at])
	}
	return e.bad()
}

// named reads a reference or a function.
func (e *evaluator) named() any {
	from := e.at
	for e.at < len(e.in) && (e.in[e.at] == '$' || e.in[e.at]|0x20 >= 'a' && e.in[e.at]|0x20 <= 'z' ||
		e.in[e.at] >= '0' && e.in[e.at] <= '9') {
		e.at++
	}
	word := strings.ToUpper(e.in[from:e.at])
	if e.at < len(e.in) && e.in[e.at] == '(' {
		e.at++
		return e.function(word)
	}
	switch word {
	case "TRUE":
		return true
	case "FALSE":
		return false
	}
	p, ok := e.reference(word)
	if !ok || e.at < len(e.in) && (e.in[e.at] == '!' || e.in[e.at] == ':' || e.in[e.at] >= 0x80) {
		return e.bad()
	}
	return e.cell(p)
}

// reference reads a reference, and moves it as far as the cell is from the one it is written for.
func (e *evaluator) reference(word string) (place, bool) {
	p, ok := parseRef(word)
	if !ok {
		return p, false
	}
	if !strings.HasPrefix(word, "$") {
		p.col += e.move.col
	}
	if !strings.Contains(strings.TrimPrefix(word, "$"), "$") {
		p.row += e.move.row
	}
	return p, p.row >= 0 && p.col >= 0
}

// maxSteps bounds the cells that the formulas and conditional formats of a sheet look up.
const maxSteps = 2_000_000

// cell returns the value of a cell.
func (e *evaluator) cell(p place) any {
	if e.sheet.steps++; e.sheet.steps > maxSteps {
		return e.bad()
	}
	c := e.sheet.at(p)
	switch {
	case c == nil:
		return nil
	case !c.value:
		return e.bad()
	case c.kind == 'n':
		f, err := strconv.ParseFloat(c.raw, 64)
		if err != nil {
			return e.bad()
		}
		return f
	case c.kind == 't':
		return c.text.String()
	case c.kind == 'b':
		return c.raw == "1" || c.raw == "true"
	}
	return e.bad()
}

// maxSum bounds the cells of a range that are added.
const maxSum = 10_000

// function computes a function whose name and opening parenthesis were passed.
func (e *evaluator) function(name string) any {
	switch name {
	case "SUM":
		return e.total()
	case "ROW", "COLUMN":
		if e.take(")") {
			return map[string]float64{"ROW": float64(e.here.row + 1), "COLUMN": float64(e.here.col + 1)}[name]
		}
		return e.bad()
	}
	var args []any
	for !e.take(")") {
		if len(args) > 0 && !e.take(",") || len(args) > 50 || e.fail {
			return e.bad()
		}
		args = append(args, e.comparison())
	}
	if len(args) == 0 {
		return e.bad()
	}
	switch first := args[0]; name {
	case "AND", "OR":
		all, any := true, false
		for _, a := range args {
			yes := truthNumber(a) != 0
			all, any = all && yes, any || yes
		}
		if name == "AND" {
			return all
		}
		return any
	case "NOT":
		return truthNumber(first) == 0
	case "ISBLANK":
		return first == nil
	case "ISNUMBER":
		_, ok := first.(float64)
		return ok
	case "ISTEXT":
		_, ok := first.(string)
		return ok
	case "LEN":
		return float64(len([]rune(textOf(first))))
	case "MOD":
		if len(args) == 2 && truthNumber(args[1]) != 0 {
			a, b := truthNumber(first), truthNumber(args[1])
			return a - b*math.Floor(a/b)
		}
	}
	return e.bad()
}

// total adds up the arguments of SUM: ranges, cells and numbers.
func (e *evaluator) total() any {
	end := strings.IndexByte(e.in[e.at:], ')')
	if end < 0 {
		return e.bad()
	}
	list := e.in[e.at : e.at+end]
	e.at += end + 1
	sum, cells := 0.0, 0
	for _, arg := range strings.Split(list, ",") {
		from, to, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(arg)), ":")
		if to == "" {
			to = from
		}
		if f, err := strconv.ParseFloat(from, 64); err == nil {
			sum += f
			continue
		}
		a, ok1 := e.reference(from)
		b, ok2 := e.reference(to)
		if cells += (b.row - a.row + 1) * (b.col - a.col + 1); !ok1 || !ok2 || cells > maxSum {
			return e.bad()
		}
		for row := a.row; row <= b.row; row++ {
			for col := a.col; col <= b.col; col++ {
				if v, ok := e.cell(place{row, col}).(float64); ok {
					sum += v
				}
			}
		}
	}
	return sum
}

// verdict is whether a condition is true.
type verdict int8

const (
	unknown verdict = iota
	yes
	no
)

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

// signs are the comparisons of conditional formats by their names in the file.
var signs = map[string]string{"lessThan": "<", "lessThanOrEqual": "<=", "equal": "=", "notEqual": "<>",
	"greaterThanOrEqual": ">=", "greaterThan": ">"}

// applies reports whether a conditional format is in force at a cell.
func (s *sheet) applies(r *rule, c *cell) verdict {
	move := place{c.row - r.areas[0].from.row, c.col - r.areas[0].from.col}
	value := func(i int) (any, bool) {
		if i >= len(r.formulas) {
			return nil, false
		}
		return s.evaluate(r.formulas[i], c.place, move)
	}
	e := &evaluator{sheet: s}
	own := e.cell(c.place)
	known := !e.fail
	switch r.kind {
	case "expression":
		if v, ok := value(0); ok {
			return verdictOf(truthNumber(v) != 0 && !math.IsNaN(truthNumber(v)))
		}
	case "cellIs":
		a, ok := value(0)
		if !ok || !known {
			return unknown
		}
		if op := signs[r.op]; op != "" {
			return verdictOf(compare(own, a, op))
		}
		b, ok := value(1)
		if !ok {
			return unknown
		}
		between := compare(own, a, ">=") && compare(own, b, "<=")
		return verdictOf(between == (r.op != "notBetween"))
	case "containsBlanks", "notContainsBlanks":
		if known {
			return verdictOf((strings.TrimSpace(textOf(own)) == "") == (r.kind == "containsBlanks"))
		}
	case "containsText", "notContainsText", "beginsWith", "endsWith":
		if known && r.text != "" {
			return verdictOf(matches(r.kind, strings.ToLower(textOf(own)), strings.ToLower(r.text)))
		}
	case "containsErrors", "notContainsErrors":
		return verdictOf((c.kind == 'e') == (r.kind == "containsErrors"))
	}
	return unknown
}

func matches(kind, text, part string) bool {
	switch kind {
	case "containsText":
		return strings.Contains(text, part)
	case "notContainsText":
		return !strings.Contains(text, part)
	case "beginsWith":
		return strings.HasPrefix(text, part)
	}
	return strings.HasSuffix(text, part)
}
