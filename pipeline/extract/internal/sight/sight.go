// Package sight decides whether a person sees text: by its colour, what lies behind it, and its size.
//
// Readers of formatted text give it the [Colour] of text and its [Ground]; the answer is visible, uncertain or
// hidden, by contrast as WCAG 2.1 computes it. It errs towards uncertain: text is held to be hidden only if it is so
// on every ground that it may lie on, and what is uncertain is looked at on the rendered page. Colours of a
// document's theme are resolved by [Theme].
package sight

import (
	"encoding/xml"
	"math"
	"strconv"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/parts"
)

// Colour is a colour of text or of what lies behind it.
type Colour struct {
	Known   bool // R, G and B are it; otherwise it is automatic, or a pattern or picture
	R, G, B float64
}

// White and Black are the colours of paper and of automatic text.
var (
	White = Colour{true, 255, 255, 255}
	Black = Colour{true, 0, 0, 0}
)

// Hex reads a colour written as RRGGBB.
func Hex(s string) (Colour, bool) {
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil || len(s) != 6 {
		return Colour{}, false
	}
	return Colour{true, float64(n >> 16 & 255), float64(n >> 8 & 255), float64(n & 255)}, true
}

// Mix returns c with a share (0 to 1) of d.
func (c Colour) Mix(d Colour, share float64) Colour {
	return Colour{true, c.R + (d.R-c.R)*share, c.G + (d.G-c.G)*share, c.B + (d.B-c.B)*share}
}

// Luminance is the relative luminance of WCAG 2.1.
func (c Colour) Luminance() float64 {
	part := func(v float64) float64 {
		if v /= 255; v <= 0.03928 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

// Contrast is the contrast ratio of WCAG 2.1, 1 to 21.
func Contrast(a, b Colour) float64 {
	x, y := a.Luminance(), b.Luminance()
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// Bounds of what a person can read. The contrast ratios are those of WCAG 2.1, which asks for 4.5; on paper
// less suffices. Sizes are in points.
const (
	HiddenContrast    = 1.25
	UncertainContrast = 1.7
	HiddenSize        = 2
	UncertainSize     = 4
)

// Ground is what lies behind text.
type Ground struct {
	Colour  Colour
	Unknown bool     // a picture, a pattern, or a style that shades some cells
	Other   []Colour // what may lie there instead
}

// On returns whether text of a known colour differs enough from what lies behind it.
func (c Colour) On(g Ground) dossier.Visibility {
	if g.Unknown {
		if c.Luminance() > 0.5 {
			return dossier.Uncertain
		}
		return ""
	}
	ratio := Contrast(c, g.Colour)
	if ratio >= UncertainContrast {
		return ""
	}
	for _, o := range g.Other { // perhaps the text is on one of those
		if Contrast(c, o) >= UncertainContrast {
			return dossier.Uncertain
		}
	}
	if ratio < HiddenContrast {
		return dossier.Unseen
	}
	return dossier.Uncertain
}

// Worse returns the less visible of two.
func Worse(a, b dossier.Visibility) dossier.Visibility {
	if a == dossier.Unseen || b == dossier.Unseen {
		return dossier.Unseen
	}
	if a == "" {
		return b
	}
	return a
}

// OnAny returns how text is seen that lies on one of n grounds, without it being known on which: on returns
// how it is seen on each. It is uncertain if they differ.
func OnAny(n int, on func(i int) dossier.Visibility) dossier.Visibility {
	seen, hidden := 0, 0
	for i := range n {
		switch on(i) {
		case "":
			seen++
		case dossier.Unseen:
			hidden++
		}
	}
	switch {
	case seen == n:
		return ""
	case hidden == n:
		return dossier.Unseen
	}
	return dossier.Uncertain
}

// Theme holds the colours of a document's theme, by the names of DrawingML (dk1, lt1, accent1, …).
type Theme map[string]Colour

// ReadTheme reads a theme part of an OOXML document.
func ReadTheme(b []byte) Theme {
	t, name := Theme{}, ""
	parts.Walk(b, func(e xml.StartElement) { // after damage, what was read before counts
		switch e.Name.Local {
		case "dk1", "lt1", "dk2", "lt2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink",
			"folHlink":
			name = e.Name.Local
		case "srgbClr", "sysClr":
			v := parts.Attr(e, "val")
			if e.Name.Local == "sysClr" {
				v = parts.Attr(e, "lastClr")
			}
			if c, ok := Hex(v); ok && name != "" {
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

// Named returns the theme's colour of a name.
func (t Theme) Named(name string) (Colour, bool) {
	if n := themeNames[name]; n != "" {
		name = n
	}
	c, ok := t[name]
	return c, ok
}
