package word

import (
	"math"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/sight"
)

// Bounds of what a person can read beside those of package sight. Scales are the width of letters in
// percent of the usual.
const (
	hiddenScale    = 12 // percent
	uncertainScale = 33
	defaultSize    = 20 // half points
)

// sight returns whether a person sees text of a look within a block. over returns what lies behind it.
func (l look) sight(b block, over func() ground) dossier.Visibility {
	size := l.size
	if size == 0 {
		size = defaultSize
	}
	points := float64(size) / 2
	letter := points * 20 * 0.5 // width of an average letter in twips
	// Hidden, struck out, of no size, flattened, transparent, in a line too low for it, letters on one
	// another, pressed into less than 2 points, raised by more than 300 points, or outside of the page.
	switch {
	case l.vanish == on, l.strike == on, b.gone, points < sight.HiddenSize, l.scale != 0 && l.scale <= hiddenScale,
		l.clear > 0.95, b.exact != 0 && float64(b.exact) < points*20*0.3, float64(l.spacing) < -0.8*letter,
		l.fit != 0 && l.fit < 40, math.Abs(float64(l.raised)) > 600, isIndentedOff(b.left):
		return dossier.Unseen
	}
	seen := l.contrasts(over)
	if seen == "" && (points < sight.UncertainSize || l.scale != 0 && l.scale < uncertainScale || l.clear > 0.75 ||
		b.exact != 0 && float64(b.exact) < points*20*0.6 || isIndentedOff(b.left+b.first) ||
		float64(l.spacing) < -0.45*letter) {
		return dossier.Uncertain
	}
	return seen
}

// contrasts returns whether text differs enough from what lies behind it. Automatic text is black or white,
// whichever can be read (17.3.2.6).
func (l look) contrasts(over func() ground) dossier.Visibility {
	if l.colour == nil || !l.colour.Known { // automatic: black or white, whichever can be read
		return ""
	}
	var g ground
	if l.ground != nil {
		g = ground{Colour: *l.ground, Unknown: !l.ground.Known}
	} else {
		g = over()
	}
	c := *l.colour
	if l.clear > 0 && !g.Unknown {
		c = c.Mix(g.Colour, l.clear)
	}
	return c.On(g)
}
