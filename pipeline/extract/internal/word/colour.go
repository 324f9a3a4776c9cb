package word

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"

	"kheo/pipeline/extract/internal/parts"
)

// colour is a colour of text or of what lies behind it.
type colour struct {
	known   bool // r, g and b are it; otherwise it is automatic, or a pattern or picture
	r, g, b float64
}

var (
	white = colour{true, 255, 255, 255}
	black = colour{true, 0, 0, 0}
)

// hex reads a colour written as RRGGBB.
func hex(s string) (colour, bool) {
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil || len(s) != 6 {
		return colour{}, false
	}
	return colour{true, float64(n >> 16 & 255), float64(n >> 8 & 255), float64(n & 255)}, true
}

// mix returns c with a share (0 to 1) of d.
func (c colour) mix(d colour, share float64) colour {
	return colour{true, c.r + (d.r-c.r)*share, c.g + (d.g-c.g)*share, c.b + (d.b-c.b)*share}
}

// luminance is the relative luminance of WCAG 2.1.
func (c colour) luminance() float64 {
	part := func(v float64) float64 {
		if v /= 255; v <= 0.03928 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.r) + 0.7152*part(c.g) + 0.0722*part(c.b)
}

// contrast is the contrast ratio of WCAG 2.1, 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// theme holds the colours of a document's theme, by the names of DrawingML (dk1, lt1, accent1, …).
type theme map[string]colour

// readTheme reads a theme part.
func readTheme(b []byte) theme {
	t, name := theme{}, ""
	parts.Walk(b, func(e xml.StartElement) { // after damage, what was read before counts
		switch e.Name.Local {
		case "dk1", "lt1", "dk2", "lt2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink", "folHlink":
			name = e.Name.Local
		case "srgbClr", "sysClr":
			v := parts.Attr(e, "val")
			if e.Name.Local == "sysClr" {
				v = parts.Attr(e, "lastClr")
			}
			if c, ok := hex(v); ok && name != "" {
				t[name] = c
				name = ""
			}
		}
	}, func(string) {}, func(string) {})
	return t
}

// themeNames maps the values of w:themeColor and of DrawingML's schemeClr to names in a theme.
var themeNames = map[string]string{"dark1": "dk1", "text1": "dk1", "tx1": "dk1", "light1": "lt1", "background1": "lt1",
	"bg1": "lt1", "dark2": "dk2", "text2": "dk2", "tx2": "dk2", "light2": "lt2", "background2": "lt2", "bg2": "lt2",
	"hyperlink": "hlink", "followedHyperlink": "folHlink"}

// named returns the theme's colour of a name.
func (t theme) named(name string) (colour, bool) {
	if n := themeNames[name]; n != "" {
		name = n
	}
	c, ok := t[name]
	return c, ok
}

// attrColour returns the colour that an element's attributes state: a theme colour with its tint or shade (ECMA-376-1,
// 17.18.97), or else the value. ok is false for none and for auto.
func (t theme) attrColour(e xml.StartElement, val, themeAttr, tint, shade string) (c colour, ok bool) {
	if name := parts.Attr(e, themeAttr); name != "" {
		if c, ok = t.named(name); ok {
			if n, err := strconv.ParseUint(parts.Attr(e, tint), 16, 8); err == nil {
				c = white.mix(c, float64(n)/255)
			}
			if n, err := strconv.ParseUint(parts.Attr(e, shade), 16, 8); err == nil {
				c = black.mix(c, float64(n)/255)
			}
			return c, true
		}
	}
	return hex(parts.Attr(e, val))
}

// shading returns what a w:shd element paints; none reports that it paints nothing.
func (t theme) shading(e xml.StartElement) (c colour, none bool) {
	fill, ok := t.attrColour(e, "fill", "themeFill", "themeFillTint", "themeFillShade")
	front, hasFront := t.attrColour(e, "color", "themeColor", "themeTint", "themeShade")
	if !hasFront {
		front = black
	}
	switch pattern := parts.Attr(e, "val"); {
	case pattern == "nil":
		return colour{}, true
	case pattern == "solid":
		return front, false
	case strings.HasPrefix(pattern, "pct"):
		n, err := strconv.Atoi(pattern[3:])
		if err != nil {
			return colour{}, false
		}
		if !ok {
			fill = white
		}
		return fill.mix(front, float64(n)/100), false
	case pattern != "clear" && pattern != "":
		return colour{}, false // stripes: not one colour
	}
	return fill, !ok
}

// highlights are the colours of w:highlight.
var highlights = map[string]string{"black": "000000", "blue": "0000FF", "cyan": "00FFFF", "green": "00FF00",
	"magenta": "FF00FF", "red": "FF0000", "yellow": "FFFF00", "white": "FFFFFF", "darkBlue": "000080",
	"darkCyan": "008080", "darkGreen": "008000", "darkMagenta": "800080", "darkRed": "800000", "darkYellow": "808000",
	"darkGray": "808080", "lightGray": "C0C0C0"}
