package webpage

import (
	"strings"

	"kheo/pipeline/extract/internal/sight"
)

// opaqueAlpha is the opacity from which nothing of what lies behind is seen.
const opaqueAlpha = 0.99

// paint computes the colours of the text and of what lies behind it.
func (s *style) paint(parent *style) {
	s.textColour(parent)
	if s.values["background-clip"] == "text" { // the ground shows through the letters
		s.odd = true
		return
	}
	s.groundColour()
	s.groundImage()
}

// textColour computes the colour of the text. -webkit-text-fill-color goes over color.
func (s *style) textColour(parent *style) {
	switch v := s.values["color"]; v {
	case "":
	case "inherit", "unset", "currentcolor":
		s.colour, s.odd = parent.colour, parent.odd
	case "initial", "revert":
		s.colour, s.odd = paint{sight.Black, 1}, false
	default:
		if c, ok := colourOf(v); ok {
			s.colour, s.odd = c, false
		} else if strings.Contains(v, "(") { // a function that is not computed; other words are mistakes
			s.odd = true
		}
	}
	if v := s.values["-webkit-text-fill-color"]; v != "" && v != "currentcolor" && v != "inherit" {
		if c, ok := colourOf(v); ok {
			s.colour, s.odd = c, false
		}
	}
}

// groundColour computes what background-color puts behind the text: over what the elements around it have
// there.
func (s *style) groundColour() {
	switch v := s.values["background-color"]; v {
	case "", "initial", "unset", "revert", "inherit":
	case "currentcolor":
		s.grounds, s.picture, s.opaque = []sight.Colour{s.colour.Colour}, false, true
	default:
		c, ok := colourOf(v)
		switch {
		case !ok && strings.Contains(v, "("):
			s.picture, s.opaque = true, true
		case !ok || c.alpha == 0:
		case c.alpha >= opaqueAlpha:
			s.grounds, s.picture, s.opaque = []sight.Colour{c.Colour}, false, true
		default:
			mixed := make([]sight.Colour, len(s.grounds))
			for i, g := range s.grounds {
				mixed[i] = g.Mix(c.Colour, c.alpha)
			}
			s.grounds, s.opaque = mixed, c.alpha > 0.5
		}
	}
}

// groundImage computes what background-image puts over the colour of the ground. Any colour of a gradient
// may lie behind a letter.
func (s *style) groundImage() {
	switch image := s.values["background-image"]; {
	case image == "" || image == "none" || image == "initial" || image == "unset" || image == "inherit" ||
		image == "revert":
	case strings.Contains(image, "gradient(") && !strings.Contains(image, "url("):
		s.opaque = true
		if g, ok := gradient(image); ok {
			s.grounds, s.picture = g, false
		} else {
			s.picture = true
		}
	default:
		s.picture, s.opaque = true, true
	}
}

// maxStops bounds the colours of a gradient: the text is compared to each.
const maxStops = 20

// gradient returns the colours of a gradient, if they are all opaque and known.
func gradient(v string) (out []sight.Colour, ok bool) {
	_, args, _ := strings.Cut(v, "(")
	for i, stop := range splitTop(strings.TrimSuffix(strings.TrimSpace(args), ")"), ',') {
		words := splitSpace(stop)
		if len(words) == 0 || len(out) > maxStops {
			return nil, false
		}
		c, known := colourOf(words[0])
		switch {
		case known && c.alpha >= opaqueAlpha:
			out = append(out, c.Colour)
		case i == 0 && !known: // the direction
		default:
			return nil, false
		}
	}
	return out, len(out) > 0
}
