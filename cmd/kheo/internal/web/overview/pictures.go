package overview

import (
	"cmp"
	"math"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/publish"
)

// Sizes of the histogram of points, in its own coordinates: bins of equal width on a base line.
const (
	plotWidth  = 400
	plotHeight = 120 // of the highest column
	plotBins   = 20
	binWidth   = plotWidth / plotBins
)

// histogram is how many entries of a list have how many points, with the limit that the ruleset sets. Every
// column is divided by outcome: recommended, for people to review, and all others.
type histogram struct {
	Bins       []bin
	Max        float64 // points of the right end
	Most       int     // entries of the highest column
	Threshold  float64 // points from which on entries are recommended; 0 if the ruleset names no total
	At         int     // where that is
	Borderline int     // entries with the flag
	From, Wide int     // the band around the threshold within which entries are borderline
}

// bin is one column: the points that it covers, what is in it, and its place in the drawing.
type bin struct {
	From, To                    float64
	Recommended, Review, Others int
	X                           int
	Parts                       []part
}

// All returns how many entries the column has.
func (b bin) All() int { return b.Recommended + b.Review + b.Others }

// part is a rectangle of a picture; Of is the class that gives it its colour.
type part struct {
	Of         string
	X, Y, W, H int
}

// classOf returns the class of an outcome in pictures.
func classOf(o dossier.Outcome) string {
	switch o {
	case dossier.Recommended:
		return "good"
	case dossier.NeedsReview:
		return "warn"
	}
	return "rest"
}

// newHistogram counts the entries of a list by points. Entries whose points the person must not know yet are
// left out, and so are those that were not assessed.
func newHistogram(f *publish.File, threshold, borderline float64) histogram {
	h := histogram{Bins: make([]bin, plotBins), Threshold: threshold}
	for i := range f.Entries {
		h.Max = max(h.Max, f.Entries[i].Max)
	}
	if h.Max <= 0 {
		return histogram{}
	}
	for i := range h.Bins {
		h.Bins[i].From, h.Bins[i].To = h.Max*float64(i)/plotBins, h.Max*float64(i+1)/plotBins
		h.Bins[i].X = i * binWidth
	}
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.Hidden || e.Max <= 0 {
			continue
		}
		// Bonuses and deductions lead beyond both ends; such entries are in the first and the last bin.
		b := &h.Bins[min(max(int(math.Floor(e.Points/h.Max*plotBins)), 0), plotBins-1)]
		switch classOf(e.Outcome) {
		case "good":
			b.Recommended++
		case "warn":
			b.Review++
		default:
			b.Others++
		}
		h.Most = max(h.Most, b.All())
		if slices.ContainsFunc(e.Flags, func(x publish.Flag) bool { return x.Code == dossier.FlagBorderline }) {
			h.Borderline++
		}
	}
	for i := range h.Bins {
		h.Bins[i].draw(h.Most)
	}
	at := func(points float64) int {
		return int(math.Round(min(max(points, 0), h.Max) / h.Max * plotWidth))
	}
	h.At = at(threshold)
	h.From = at(threshold - borderline)
	h.Wide = at(threshold+borderline) - h.From
	return h
}

// draw places the parts of a column above one another, recommended entries at the bottom.
func (b *bin) draw(most int) {
	y := plotHeight
	for _, p := range []struct {
		of string
		n  int
	}{{"good", b.Recommended}, {"warn", b.Review}, {"rest", b.Others}} {
		if p.n == 0 {
			continue
		}
		// One entry among hundreds stays visible, even if the column grows a little by it.
		high := max(2, p.n*plotHeight/max(most, 1))
		y -= high
		b.Parts = append(b.Parts, part{p.of, b.X + 1, y, binWidth - 2, high})
	}
}

// stack is one line of a chart of outcomes: a field or a unit, and how many of its entries have which
// outcome.
type stack struct {
	Name                             string
	Recommended, Review, Others, All int
	Parts                            []part
}

// stackWidth is the width of the longest line of a chart of outcomes.
const stackWidth = 100

// stacks counts the outcomes of a list by what of returns, ordered by name. Entries with a hidden outcome are
// not counted: a count of hidden outcomes would, by difference, reveal them.
func stacks(f *publish.File, of func(*publish.Entry) string, name func(id string) string) []stack {
	by := map[string]*stack{}
	most := 1
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.Hidden {
			continue
		}
		x := by[of(e)]
		if x == nil {
			x = &stack{Name: cmp.Or(name(of(e)), "–")}
			by[of(e)] = x
		}
		switch classOf(e.Outcome) {
		case "good":
			x.Recommended++
		case "warn":
			x.Review++
		default:
			x.Others++
		}
		x.All++
		most = max(most, x.All)
	}
	var out []stack
	for _, x := range by {
		at := 0
		for _, p := range []part{
			{Of: "good", W: x.Recommended}, {Of: "warn", W: x.Review}, {Of: "rest", W: x.Others},
		} {
			if p.W > 0 {
				p.X, p.W, p.H = at, max(1, p.W*stackWidth/most), 8
				at += p.W
				x.Parts = append(x.Parts, p)
			}
		}
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b stack) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
