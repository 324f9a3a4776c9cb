package webpage

import (
	"strings"

	"golang.org/x/net/html"

	"kheo/pipeline/extract/internal/sight"
)

// fontSizes are the words for sizes, in px (CSS 2.2, section 15.7).
var fontSizes = map[string]float64{"xx-small": 9, "x-small": 10, "small": 13, "medium": browserSize, "large": 18,
	"x-large": 24, "xx-large": 32, "xxx-large": 48}

// font computes size, family, white space and spacing.
func (s *style) font(n *html.Node, parent *style) {
	s.fontSize(n, parent)
	if v := s.values["font-family"]; v != "" && v != "inherit" {
		// The first family decides whether the text has a legacy Vietnamese encoding: a file that is
		// written in .VnTime names it first.
		first, _, _ := strings.Cut(v, ",")
		s.family = strings.Trim(strings.TrimSpace(first), `"'`)
	}
	switch v := s.values["white-space"]; {
	case v == "":
	case strings.HasPrefix(v, "pre") || v == "break-spaces":
		s.pre, s.nowrap = v != "pre-line", v == "pre"
	default:
		s.pre, s.nowrap = false, v == "nowrap"
	}
	s.textSpacing()
	s.spelling(n)
	if v, ok := s.values["-webkit-text-security"]; ok && v != "none" { // discs are shown instead of letters
		s.gone = true
	}
}

// unreadable reports whether the font may draw other signs than the letters of the text: it is a font of signs,
// or one that the page carries in itself.
func (s *style) unreadable(own map[string]bool) bool {
	return sight.DrawsSigns(s.family) || own[strings.ToLower(s.family)]
}

// spelling takes into account what leaves letters visible and out of their order: text from right to left by
// force (CSS Writing Modes 4, section 2.2), and words that are drawn over one another.
func (s *style) spelling(n *html.Node) {
	bidi := s.values["unicode-bidi"]
	forced := strings.Contains(bidi, "override") || n.Data == "bdo" && bidi == ""
	if d := s.values["direction"]; forced && (d == "rtl" || d == "" && strings.EqualFold(value(n, "dir"), "rtl")) {
		s.doubt = true
	}
	if px, _, ok := length(s.values["word-spacing"], s.size); ok && px < -0.5*s.size {
		s.doubt = true
	}
}

// fontSize computes the size of the font. Percentages and em are of the parent's size (CSS 2.2, section
// 15.7).
func (s *style) fontSize(n *html.Node, parent *style) {
	if f := tagSizes[n.Data]; f != 0 {
		s.size = parent.size * f
	}
	switch v := s.values["font-size"]; v {
	case "":
	case "inherit", "unset":
		s.size = parent.size
	case "initial", "revert":
		s.size = browserSize
	case "smaller":
		s.size = parent.size / 1.2
	case "larger":
		s.size = parent.size * 1.2
	default:
		if px, ok := fontSizes[v]; ok {
			s.size = px
		} else if px, percent, ok := length(v, parent.size); ok {
			s.size = px + percent/100*parent.size
		} else if strings.Contains(v, "(") {
			s.doubt = true
		}
	}
}

// textSpacing computes the indent of the first line, and the spacing of letters and lines.
func (s *style) textSpacing() {
	if px, percent, ok := length(s.values["text-indent"], s.size); ok {
		// A percentage is of the width of the block, which is not computed: half of it to the left leaves
		// nothing of an ordinary first line, all of it to the right neither.
		switch {
		case percent <= -50:
			s.indent = 2 * farLeft
		case percent >= 100:
			s.indent = farRight
		default:
			s.indent = px
		}
	}
	if v := s.values["letter-spacing"]; v == "normal" {
		s.spacing = 0
	} else if px, _, ok := length(v, s.size); ok {
		s.spacing = px
	}
	// Lines that are less than a third as high as their font lie on one another. A number without a unit is
	// a factor of the size (CSS 2.2, section 10.8.1).
	high := s.values["line-height"]
	if px, _, ok := length(high, s.size); ok && px < 1 && (px > 0 || strings.HasPrefix(high, "0")) {
		if f, ok := number(high, 1); !ok || f < 0.3 {
			s.doubt = true
		}
	}
}
