package word

import (
	"encoding/xml"
	"strconv"
	"strings"

	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/sight"
)

type (
	colour = sight.Colour
	ground = sight.Ground
)

// theme is the theme of a Word document.
type theme struct{ sight.Theme }

// attrColour returns the colour that an element's attributes state: a theme colour with its tint or shade
// (ECMA-376-1, 17.18.97), or else the value. ok is false for none and for auto.
func (t theme) attrColour(e xml.StartElement, val, themeAttr, tint, shade string) (c colour, ok bool) {
	if name := parts.Attr(e, themeAttr); name != "" {
		if c, ok = t.Named(name); ok {
			if n, err := strconv.ParseUint(parts.Attr(e, tint), 16, 8); err == nil {
				c = sight.White.Mix(c, float64(n)/255)
			}
			if n, err := strconv.ParseUint(parts.Attr(e, shade), 16, 8); err == nil {
				c = sight.Black.Mix(c, float64(n)/255)
			}
			return c, true
		}
	}
	return sight.Hex(parts.Attr(e, val))
}

// shading returns what a w:shd element paints; none reports that it paints nothing.
func (t theme) shading(e xml.StartElement) (c colour, none bool) {
	fill, ok := t.attrColour(e, "fill", "themeFill", "themeFillTint", "themeFillShade")
	front, hasFront := t.attrColour(e, "color", "themeColor", "themeTint", "themeShade")
	if !hasFront {
		front = sight.Black
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
			fill = sight.White
		}
		return fill.Mix(front, float64(n)/100), false
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
