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

// colours resolves colours of a slide: by its theme, through its colour map.
type colours struct {
	theme sight.Theme
	names map[string]string // such as tx1 to dk1
}

// fill returns what an element's fill says; ok is false if it says nothing.
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

// colour returns the colour that an element of DrawingML states.
func (c colours) colour(e *element) paint {
	p := paint{alpha: 1}
	ok := false
	val := e.attr("val")
	switch e.name {
	case "srgbClr":
		p.colour, ok = sight.Hex(val)
	case "sysClr":
		if p.colour, ok = sight.Hex(e.attr("lastClr")); !ok {
			p.colour, ok = sight.Black, true
			if val == "window" {
				p.colour = sight.White
			}
		}
	case "schemeClr":
		p.colour, ok = c.scheme(val)
	case "prstClr":
		named, found := colornames.Map[strings.ToLower(val)]
		p.colour, ok = sight.Colour{Known: true, R: float64(named.R), G: float64(named.G), B: float64(named.B)}, found
	case "scrgbClr":
		part := func(name string) float64 { return 255 * gamma(share(e.attr(name))) }
		p.colour, ok = sight.Colour{Known: true, R: part("r"), G: part("g"), B: part("b")}, true
	}
	if !ok {
		p.odd = true
		return p
	}
	for _, m := range e.children {
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
	return p
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

// share reads a share in thousandths of a percent.
func share(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f / 100_000
}

// gamma converts a linear share of light to that of a screen.
func gamma(v float64) float64 {
	v = min(1, max(0, v))
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// lightness changes the lightness of a colour (of HSL) by a factor and an offset.
func lightness(c sight.Colour, factor, offset float64) sight.Colour {
	l := (max(c.R, c.G, c.B) + min(c.R, c.G, c.B)) / 510
	want := min(1, max(0, l*factor+offset))
	switch {
	case want <= l && l > 0:
		return sight.Black.Mix(c, want/l)
	case l < 1:
		return c.Mix(sight.White, (want-l)/(1-l))
	}
	return c
}
