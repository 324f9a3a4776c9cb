package word

import (
	"math"

	"kheo/internal/dossier"
)

// Bounds of what a person can read. The contrast ratios are those of WCAG 2.1, which asks for 4.5; on paper less
// suffices.
const (
	hiddenContrast    = 1.25
	uncertainContrast = 1.7
	hiddenSize        = 2 // points
	uncertainSize     = 4
	hiddenScale       = 12 // percent
	uncertainScale    = 33
	defaultSize       = 20 // half points
)

// sight returns whether a person sees text of a look within a block, over a ground.
func (l look) sight(b block, ground ground) dossier.Visibility {
	size := l.size
	if size == 0 {
		size = defaultSize
	}
	points := float64(size) / 2
	letter := points * 20 * 0.5 // width of an average letter in twips
	switch {
	case l.vanish == on, l.strike == on, b.gone, points < hiddenSize, l.scale != 0 && l.scale <= hiddenScale,
		l.clear > 0.95, b.exact != 0 && float64(b.exact) < points*20*0.3, float64(l.spacing) < -0.8*letter,
		l.fit != 0 && l.fit < 40, math.Abs(float64(l.raised)) > 600, b.left > 16_000 || b.left < -6_000:
		return dossier.Unseen
	}
	sight := l.stands(ground)
	if sight == "" && (points < uncertainSize || l.scale != 0 && l.scale < uncertainScale || l.clear > 0.75 ||
		b.exact != 0 && float64(b.exact) < points*20*0.6 || float64(l.spacing) < -0.45*letter) {
		return dossier.Uncertain
	}
	return sight
}

// ground is what lies behind text.
type ground struct {
	colour  colour
	unknown bool // a picture, a pattern, or a style that shades some cells
	other   []colour
}

// stands returns whether text differs enough from what lies behind it.
func (l look) stands(g ground) dossier.Visibility {
	if l.ground != nil {
		g = ground{colour: *l.ground, unknown: !l.ground.known}
	}
	if l.colour == nil || !l.colour.known { // automatic: black or white, whichever can be read
		return ""
	}
	c := *l.colour
	if g.unknown {
		if c.luminance() > 0.5 {
			return dossier.Uncertain
		}
		return ""
	}
	if l.clear > 0 {
		c = c.mix(g.colour, l.clear)
	}
	ratio := contrast(c, g.colour)
	if ratio >= uncertainContrast {
		return ""
	}
	for _, o := range g.other { // perhaps the cell is one of those
		if contrast(c, o) >= uncertainContrast {
			return dossier.Uncertain
		}
	}
	if ratio < hiddenContrast {
		return dossier.Unseen
	}
	return dossier.Uncertain
}
