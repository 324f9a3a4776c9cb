package webpage

import (
	"slices"
	"strings"
)

// pseudo takes into account what rules say of the first line or letter of an element, and of content before
// and after it: what that hides is not computed.
func (s *style) pseudo(pseudo map[string]map[string]string) {
	for of, values := range pseudo {
		switch of {
		case "first-line", "first-letter":
			s.doubt = s.doubt || changesFirst(values, of == "first-line")
		case "before", "after":
			s.doubt = s.doubt || coversElement(values)
		}
	}
}

// changesFirst reports whether values for the first line, or the first letter, of an element may hide it.
// Capitals are often coloured, so of a letter only its display counts.
func changesFirst(values map[string]string, line bool) bool {
	for property, v := range values {
		switch property {
		case "color", "opacity", "visibility", "background-color", "background-image":
			if line {
				return true
			}
		case "font-size":
			if line && (strings.HasPrefix(v, "0") || strings.HasPrefix(v, "1px")) {
				return true
			}
		case "display":
			return true
		}
	}
	return false
}

// coversElement reports whether values for content before or after an element paint a box that may lie over
// its text.
func coversElement(values map[string]string) bool {
	if v := values["position"]; v != "absolute" && v != "fixed" || values["content"] == "none" {
		return false
	}
	ground, ok := colourOf(values["background-color"])
	image := values["background-image"]
	z, _ := number(values["z-index"], 1)
	return z >= 0 && (ok && ground.alpha > 0.5 || image != "" && image != "none") && !small(values)
}

// small reports whether values state a box of at most 24 px in one direction: a bullet, a line or an icon.
func small(values map[string]string) bool {
	return slices.ContainsFunc([]string{"width", "height"}, func(name string) bool {
		px, percent, ok := length(values[name], browserSize)
		return ok && percent == 0 && px <= 24
	})
}
