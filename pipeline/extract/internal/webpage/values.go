package webpage

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"

	"kheo/pipeline/extract/internal/sight"
)

// units are the lengths of CSS units in px; those that depend on the font are factors of its size.
var units = map[string]float64{"px": 1, "pt": 96.0 / 72, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 9.6 / 2.54,
	"q": 2.4 / 2.54, "vw": 12.8, "vh": 8, "vmin": 8, "vmax": 12.8, "dvh": 8, "svh": 8, "lvh": 8, "dvw": 12.8, "svw": 12.8,
	"lvw": 12.8}

// fontUnits are the units that are factors of the size of the font.
var fontUnits = map[string]float64{"em": 1, "ex": 0.5, "ch": 0.5, "ic": 1, "lh": 1.2, "cap": 0.7}

// length evaluates a length or a percentage, also one that is computed. px is for lengths, percent for percentages: a
// sum of both has both. em is the size of the font in px.
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

// expression evaluates calc() and what may be in it.
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

// product evaluates a product or a quotient.
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
		if strings.HasPrefix(e.rest, f) && depth < 20 {
			return e.function(f, depth)
		}
	}
	n := 0
	for n < len(e.rest) && (strings.IndexByte("0123456789.", e.rest[n]) >= 0 ||
		n == 0 && (e.rest[0] == '-' || e.rest[0] == '+') ||
		e.rest[n] == 'e' && n+1 < len(e.rest) && e.rest[n+1] >= '0' && e.rest[n+1] <= '9') {
		n++
	}
	f, err := strconv.ParseFloat(e.rest[:n], 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		e.failed = true
		return quantity{}
	}
	e.rest = e.rest[n:]
	n = 0
	for n < len(e.rest) && (e.rest[n] >= 'a' && e.rest[n] <= 'z' || e.rest[n] == '%') {
		n++
	}
	unit := e.rest[:n]
	e.rest = e.rest[n:]
	switch {
	case unit == "":
		return quantity{number: f}
	case unit == "%":
		return quantity{percent: f}
	case unit == "rem":
		return quantity{px: f * 16}
	case units[unit] != 0:
		return quantity{px: f * units[unit]}
	case fontUnits[unit] != 0:
		return quantity{px: f * fontUnits[unit] * e.em}
	}
	e.failed = true
	return quantity{}
}

// function evaluates calc, min, max, clamp or brackets.
func (e *expression) function(f string, depth int) quantity {
	e.rest = e.rest[len(f):]
	var args []quantity
	for {
		args = append(args, e.sum(depth+1))
		e.rest = strings.TrimLeft(e.rest, " \t\n")
		if e.failed || e.rest == "" || len(args) > 20 {
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
	less := func(a, b quantity) bool { return a.px+a.percent*8+a.number < b.px+b.percent*8+b.number }
	v := args[0]
	switch f {
	case "min(", "max(":
		for _, a := range args[1:] {
			if less(a, v) == (f == "min(") {
				v = a
			}
		}
	case "clamp(":
		if len(args) != 3 {
			e.failed = true
			return v
		}
		v = args[1]
		if less(args[2], v) {
			v = args[2]
		}
		if less(v, args[0]) {
			v = args[0]
		}
	}
	return v
}

// paint is a colour with its opacity, 0 to 1.
type paint struct {
	sight.Colour
	alpha float64
}

// systemColours are those of a browser on a light desktop.
var systemColours = map[string]string{"canvas": "ffffff", "canvastext": "000000", "window": "ffffff",
	"windowtext": "000000", "field": "ffffff", "fieldtext": "000000", "buttonface": "efefef", "buttontext": "000000",
	"linktext": "0000ee", "visitedtext": "551a8b", "graytext": "808080", "infotext": "000000", "infobackground": "ffffff",
	"menutext": "000000", "menu": "ffffff", "highlight": "b5d5ff", "highlighttext": "000000",
	"-moz-default-color": "000000", "background": "ffffff", "rebeccapurple": "663399"}

// colourOf reads a colour. ok is false for one that is not computed.
func colourOf(s string) (p paint, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "transparent" {
		return paint{sight.White, 0}, true
	}
	if strings.HasPrefix(s, "#") {
		return hexColour(s[1:])
	}
	if c, ok := colornames.Map[s]; ok {
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
	if len(fields) != 3 && len(fields) != 4 {
		return paint{}, false
	}
	p.alpha = 1
	if len(fields) == 4 {
		p.alpha, ok = number(fields[3], 1)
		if !ok {
			return paint{}, false
		}
	}
	switch name {
	case "rgb", "rgba":
		var v [3]float64
		for i := range v {
			if v[i], ok = number(fields[i], 255); !ok {
				return paint{}, false
			}
			v[i] = min(255, max(0, v[i]))
		}
		p.Colour = sight.Colour{Known: true, R: v[0], G: v[1], B: v[2]}
	case "hsl", "hsla":
		h, ok1 := number(strings.TrimSuffix(fields[0], "deg"), 360)
		sat, ok2 := number(fields[1], 1)
		light, ok3 := number(fields[2], 1)
		if !ok1 || !ok2 || !ok3 {
			return paint{}, false
		}
		if !strings.Contains(fields[1], "%") {
			sat, light = sat/100, light/100
		}
		p.Colour = fromHSL(h, sat, light)
	default:
		return paint{}, false
	}
	return p, true
}

// number reads a number, or a percentage as a share of whole.
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

// hexColour reads a colour of three, four, six or eight hexadecimal digits.
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

// fromHSL converts a colour from hue (degrees), saturation and lightness (0 to 1).
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
