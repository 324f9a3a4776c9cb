package slides

import (
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"

	"kheo/pipeline/extract/internal/sight"
)

// paint is what an area or a letter is filled with.
type paint struct {
	colour sight.Colour
	alpha  float64 // 0 to 1
	none   bool    // it is not filled
	odd    bool    // by a picture, a gradient or a pattern
	stops  []sight.Colour
}

// colours resolves colours of a slide: by its theme, through its colour map, which makes dark text light on
// a dark master.
type colours struct {
	theme sight.Theme
	names map[string]string // such as tx1 to dk1
}

// fill returns what an element's fill says (20.1.8); ok is false if it says nothing. A pattern, a picture
// or the fill of a group is odd; of a gradient the colours are kept that are opaque.
func (c colours) fill(e *element) (p paint, ok bool) {
	if e == nil {
		return paint{}, false
	}
	for _, f := range e.children {
		switch f.name {
		case "noFill":
			return paint{none: true}, true
		case "solidFill":
			for _, v := range f.children {
				return c.colour(v), true
			}
			return paint{odd: true}, true
		case "gradFill":
			p = paint{odd: true, alpha: 1}
			if list := f.child("gsLst"); list != nil {
				for _, stop := range list.children {
					for _, v := range stop.children {
						if s := c.colour(v); !s.odd && s.alpha > 0.9 {
							p.stops = append(p.stops, s.colour)
						}
					}
				}
			}
			return p, true
		case "blipFill", "pattFill", "grpFill":
			return paint{odd: true, alpha: 1}, true
		}
	}
	return paint{}, false
}

// colour returns the colour that an element of DrawingML states, with the changes in it in their order
// (20.1.2.3).
func (c colours) colour(e *element) paint {
	p := paint{alpha: 1}
	var ok bool
	if p.colour, ok = c.base(e); !ok {
		p.odd = true
		return p
	}
	for _, m := range e.children {
		p.change(m)
	}
	return p
}

// base returns the colour of an element without the changes in it; ok is false for one that is not computed.
func (c colours) base(e *element) (out sight.Colour, ok bool) {
	val := e.attr("val")
	switch e.name {
	case "srgbClr":
		return sight.Hex(val)
	case "sysClr": // of the system: as it was when the file was written, or the usual
		if out, ok = sight.Hex(e.attr("lastClr")); ok {
			return out, true
		}
		if val == "window" {
			return sight.White, true
		}
		return sight.Black, true
	case "schemeClr":
		return c.scheme(val)
	case "prstClr":
		named, found := colornames.Map[strings.ToLower(val)]
		return sight.Colour{Known: true, R: float64(named.R), G: float64(named.G), B: float64(named.B)}, found
	case "scrgbClr": // shares of linear light
		part := func(name string) float64 { return 255 * gamma(share(e.attr(name))) }
		return sight.Colour{Known: true, R: part("r"), G: part("g"), B: part("b")}, true
	}
	return out, false
}

// change applies one change to a colour. Those of hue and saturation leave its lightness, by which text is
// seen, nearly as it is; those that are not known make it odd.
func (p *paint) change(m *element) {
	v := share(m.attr("val"))
	switch m.name {
	case "alpha":
		p.alpha = v
	case "alphaMod":
		p.alpha *= v
	case "alphaOff":
		p.alpha += v
	case "lumMod":
		p.colour = lightness(p.colour, v, 0)
	case "lumOff":
		p.colour = lightness(p.colour, 1, v)
	case "tint":
		p.colour = sight.White.Mix(p.colour, v)
	case "shade":
		p.colour = sight.Black.Mix(p.colour, v)
	case "satMod", "satOff", "hueMod", "hueOff", "sat", "hue":
	default:
		p.odd = true
	}
}

// scheme returns a colour of the theme by its name on the slide.
func (c colours) scheme(name string) (sight.Colour, bool) {
	if name == "phClr" { // that which a style is given: styles are not resolved
		return sight.Colour{}, false
	}
	if n := c.names[name]; n != "" {
		name = n
	}
	return c.theme.Named(name)
}

// share reads a share in thousandths of a percent, as DrawingML writes it; 0 for what is not a number.
func share(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f / 100_000
}

// gamma converts a linear share of light to that of a screen (the transfer function of sRGB, IEC 61966-2-1).
func gamma(v float64) float64 {
	v = min(1, max(0, v))
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// lightness changes the lightness of a colour (of HSL) by a factor and an offset. A mixture with black or
// white changes the lightness as far; the saturation that it changes too does not decide whether text is
// seen.
func lightness(c sight.Colour, factor, offset float64) sight.Colour {
	l := (max(c.R, c.G, c.B) + min(c.R, c.G, c.B)) / 510
	want := min(1, max(0, l*factor+offset))
	switch {
	// Towards black if it becomes darker, towards white otherwise; black alone has no colour to darken.
	case want <= l && l > 0:
		return sight.Black.Mix(c, want/l)
	case l < 1:
		return c.Mix(sight.White, (want-l)/(1-l))
	}
	return c
}
