package webpage

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"

	"kheo/pipeline/extract/internal/sight"
)

// units are the lengths of CSS units in px (CSS Values 4, section 6.2: 96 px are an inch). Units of the
// window are of one that is 1280 px wide and 800 px high.
var units = map[string]float64{"px": 1, "pt": 96.0 / 72, "pc": 16, "in": 96, "cm": 96 / 2.54,
	"mm": 9.6 / 2.54, "q": 2.4 / 2.54, "vw": 12.8, "vh": 8, "vmin": 8, "vmax": 12.8, "dvh": 8, "svh": 8,
	"lvh": 8, "dvw": 12.8, "svw": 12.8, "lvw": 12.8}

// fontUnits are the units that are factors of the size of the font; fonts are not loaded, so those other
// than em are what is usual.
var fontUnits = map[string]float64{"em": 1, "ex": 0.5, "ch": 0.5, "ic": 1, "lh": 1.2, "cap": 0.7}

// length evaluates a length or a percentage, also one that is computed. px is for lengths, percent for
// percentages: a sum of both has both. em is the size of the font in px. A number without a unit is a
// length only if it is 0.
func length(s string, em float64) (px, percent float64, ok bool) {
	e := &expression{rest: strings.ToLower(strings.TrimSpace(s)), em: em}
	v := e.sum(0)
	if e.failed || strings.TrimSpace(e.rest) != "" {
		return 0, 0, false
	}
	return v.px, v.percent, v.px != 0 || v.percent != 0 || v.number == 0
}

// quantity is a number, a length, a percentage, or a sum of the latter two.
type quantity struct{ number, px, percent float64 }

// expression evaluates calc() and what may be in it, by recursive descent: a sum of products of atoms.
// Outside of brackets there are no operators. After a mistake failed is set and the values are of no use.
type expression struct {
	rest   string
	em     float64
	failed bool
}

// sum evaluates a sum.
func (e *expression) sum(depth int) quantity {
	v := e.product(depth)
	for {
		e.rest = strings.TrimLeft(e.rest, " \t\n")
		if len(e.rest) < 2 || (e.rest[0] != '+' && e.rest[0] != '-') || depth == 0 {
			return v
		}
		sign := 1.0
		if e.rest[0] == '-' {
			sign = -1
		}
		e.rest = e.rest[1:]
		w := e.product(depth)
		v = quantity{v.number + sign*w.number, v.px + sign*w.px, v.percent + sign*w.percent}
	}
}

// product evaluates a product or a quotient. One factor, and the divisor, must be a number without a unit.
func (e *expression) product(depth int) quantity {
	v := e.atom(depth)
	for {
		e.rest = strings.TrimLeft(e.rest, " \t\n")
		if e.rest == "" || (e.rest[0] != '*' && e.rest[0] != '/') || depth == 0 {
			return v
		}
		op := e.rest[0]
		e.rest = e.rest[1:]
		w := e.atom(depth)
		switch {
		case op == '/' && w.number != 0:
			v = quantity{v.number / w.number, v.px / w.number, v.percent / w.number}
		case op == '/':
			e.failed = true
		case w.px != 0 || w.percent != 0:
			v = quantity{v.number * w.number, v.number * w.px, v.number * w.percent}
		default:
			v = quantity{v.number * w.number, v.px * w.number, v.percent * w.number}
		}
	}
}

// atom evaluates a number with its unit, or a function.
func (e *expression) atom(depth int) quantity {
	e.rest = strings.TrimLeft(e.rest, " \t\n")
	for _, f := range []string{"calc(", "min(", "max(", "clamp(", "("} {
		if strings.HasPrefix(e.rest, f) && depth < maxBrackets {
			return e.function(f, depth)
		}
	}
	f, err := strconv.ParseFloat(e.cut(isNumeral), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		e.failed = true
		return quantity{}
	}
	unit := e.cut(func(s string, i int) bool { return s[i] >= 'a' && s[i] <= 'z' || s[i] == '%' })
	switch {
	case unit == "":
		return quantity{number: f}
	case unit == "%":
		return quantity{percent: f}
	case unit == "rem":
		return quantity{px: f * browserSize}
	case units[unit] != 0:
		return quantity{px: f * units[unit]}
	case fontUnits[unit] != 0:
		return quantity{px: f * fontUnits[unit] * e.em}
	}
	e.failed = true
	return quantity{}
}

// cut removes the longest beginning of what is left whose bytes, each given by its index, are all accepted.
func (e *expression) cut(accept func(s string, i int) bool) string {
	n := 0
	for n < len(e.rest) && accept(e.rest, n) {
		n++
	}
	out := e.rest[:n]
	e.rest = e.rest[n:]
	return out
}

// isNumeral reports whether the byte at i of a text that begins with a number is part of that number. An e
// is only if a digit follows: "1em" is one em.
func isNumeral(s string, i int) bool {
	switch c := s[i]; {
	case c >= '0' && c <= '9' || c == '.':
		return true
	case c == '+' || c == '-':
		return i == 0
	case c == 'e':
		return i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9'
	}
	return false
}

// function evaluates calc, min, max, clamp or brackets (CSS Values 4, section 10).
func (e *expression) function(f string, depth int) quantity {
	e.rest = e.rest[len(f):]
	var args []quantity
	for {
		args = append(args, e.sum(depth+1))
		e.rest = strings.TrimLeft(e.rest, " \t\n")
		if e.failed || e.rest == "" || len(args) > maxArguments {
			e.failed = true
			return quantity{}
		}
		c := e.rest[0]
		e.rest = e.rest[1:]
		if c == ')' {
			break
		}
		if c != ',' {
			e.failed = true
			return quantity{}
		}
	}
	v := args[0]
	switch f {
	case "min(", "max(":
		for _, a := range args[1:] {
			if a.less(v) == (f == "min(") {
				v = a
			}
		}
	case "clamp(": // least, preferred, greatest; the least goes over the greatest
		if len(args) != 3 {
			e.failed = true
			return v
		}
		v = args[1]
		if args[2].less(v) {
			v = args[2]
		}
		if v.less(args[0]) {
			v = args[0]
		}
	}
	return v
}

// less compares quantities; percentages are taken to be of a narrow window.
func (q quantity) less(r quantity) bool {
	return q.px+q.percent*percentPixels+q.number < r.px+r.percent*percentPixels+r.number
}

// Bounds of an expression: brackets within brackets, and arguments of a function.
const (
	maxBrackets  = 20
	maxArguments = 20
)

// paint is a colour with its opacity, 0 to 1.
type paint struct {
	sight.Colour
	alpha float64
}

// systemColours are those of a browser on a light desktop, which is what people look at dossiers with.
var systemColours = map[string]string{"canvas": "ffffff", "canvastext": "000000", "window": "ffffff",
	"windowtext": "000000", "field": "ffffff", "fieldtext": "000000", "buttonface": "efefef",
	"buttontext": "000000", "linktext": "0000ee", "visitedtext": "551a8b", "graytext": "808080",
	"infotext": "000000", "infobackground": "ffffff", "menutext": "000000", "menu": "ffffff",
	"highlight": "b5d5ff", "highlighttext": "000000", "-moz-default-color": "000000", "background": "ffffff",
	"rebeccapurple": "663399"}

// colourOf reads a colour. ok is false for one that is not computed.
func colourOf(s string) (p paint, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "transparent" {
		return paint{sight.White, 0}, true
	}
	if strings.HasPrefix(s, "#") {
		return hexColour(s[1:])
	}
	if c, ok := colornames.Map[s]; ok { // the names of SVG 1.1, which are those of CSS
		return paint{sight.Colour{Known: true, R: float64(c.R), G: float64(c.G), B: float64(c.B)}, 1}, true
	}
	if h := systemColours[s]; h != "" {
		return hexColour(h)
	}
	name, args, found := strings.Cut(s, "(")
	if !found || !strings.HasSuffix(args, ")") {
		return paint{}, false
	}
	fields := strings.FieldsFunc(args[:len(args)-1], func(r rune) bool { return strings.ContainsRune(", /\t\n", r) })
	return functionColour(name, fields)
}

// functionColour evaluates rgb() or hsl() with three arguments, or four with the opacity (CSS Color 4,
// sections 5.1 and 7). Both take commas or spaces; rgba and hsla are other names of them.
func functionColour(name string, args []string) (p paint, ok bool) {
	p.alpha = 1
	switch len(args) {
	case 3:
	case 4:
		if p.alpha, ok = number(args[3], 1); !ok {
			return paint{}, false
		}
	default:
		return paint{}, false
	}
	switch name {
	case "rgb", "rgba":
		p.Colour, ok = rgbColour(args)
	case "hsl", "hsla":
		p.Colour, ok = hslColour(args)
	default:
		ok = false
	}
	if !ok {
		return paint{}, false
	}
	return p, true
}

// rgbColour reads red, green and blue: each 0 to 255, or a percentage.
func rgbColour(args []string) (sight.Colour, bool) {
	var v [3]float64
	for i := range v {
		f, ok := number(args[i], 255)
		if !ok {
			return sight.Colour{}, false
		}
		v[i] = min(255, max(0, f))
	}
	return sight.Colour{Known: true, R: v[0], G: v[1], B: v[2]}, true
}

// hslColour reads hue (degrees), saturation and lightness (percentages, also without their sign).
func hslColour(args []string) (sight.Colour, bool) {
	h, ok1 := number(strings.TrimSuffix(args[0], "deg"), 360)
	sat, ok2 := number(args[1], 1)
	light, ok3 := number(args[2], 1)
	if !ok1 || !ok2 || !ok3 {
		return sight.Colour{}, false
	}
	if !strings.Contains(args[1], "%") {
		sat, light = sat/100, light/100
	}
	return fromHSL(h, sat, light), true
}

// number reads a number, or a percentage as a share of whole. "none" is 0, as it is for a component of a
// colour.
func number(s string, whole float64) (float64, bool) {
	if s == "none" {
		return 0, true
	}
	v, percent := strings.CutSuffix(s, "%")
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, false
	}
	if percent {
		f = f / 100 * whole
	}
	return f, true
}

// hexColour reads a colour of three, four, six or eight hexadecimal digits, the last one or two of four and
// eight being the opacity (CSS Color 4, section 5.2).
func hexColour(h string) (paint, bool) {
	if len(h) == 3 || len(h) == 4 {
		var b strings.Builder
		for _, c := range []byte(h) {
			b.WriteByte(c)
			b.WriteByte(c)
		}
		h = b.String()
	}
	alpha := 1.0
	if len(h) == 8 {
		a, err := strconv.ParseUint(h[6:], 16, 8)
		if err != nil {
			return paint{}, false
		}
		alpha, h = float64(a)/255, h[:6]
	}
	c, ok := sight.Hex(h)
	return paint{c, alpha}, ok
}

// fromHSL converts a colour from hue (degrees), saturation and lightness (0 to 1) by the formula of CSS
// Color 4, section 7.1.
func fromHSL(h, s, l float64) sight.Colour {
	h = math.Mod(math.Mod(h, 360)+360, 360)
	s, l = min(1, max(0, s)), min(1, max(0, l))
	a := s * min(l, 1-l)
	f := func(n float64) float64 {
		k := math.Mod(n+h/30, 12)
		return 255 * (l - a*max(-1, min(k-3, 9-k, 1)))
	}
	return sight.Colour{Known: true, R: f(0), G: f(8), B: f(4)}
}
