package pdfpages

import (
	"math"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/layout"
)

// Headers and footers are blocks at the upper and lower edge that are repeated on other pages, but for their
// numbers.
const (
	edgeBlocks = 3    // blocks at each end of a page that may be one
	edgeShare  = 0.13 // of the page's height, from its edge
	sameHeight = 12   // points by which their places may differ
)

// edge is a block at an end of a page, as far as it is compared with those of other pages.
type edge struct {
	text   string
	bottom bool
}

// markRegions sets the regions of headers and footers.
func markRegions(pages []pdfPage) {
	heights := map[edge][]float64{}
	visit := func(do func(n *layout.Node, e edge)) {
		for i := range pages {
			nodes, high := pages[i].nodes, pages[i].height
			count := 0
			for k := 0; k < len(nodes) && count < edgeBlocks; k++ {
				if n := nodes[k]; n.Box != nil && n.Table == nil && n.Region == "" {
					count++
					if n.Box.Y+n.Box.H < edgeShare*high {
						do(n, edge{withoutDigits(n), false})
					}
				}
			}
			count = 0
			for k := len(nodes) - 1; k >= 0 && count < edgeBlocks; k-- {
				if n := nodes[k]; n.Box != nil && n.Table == nil && n.Region == "" {
					count++
					if n.Box.Y > (1-edgeShare)*high {
						do(n, edge{withoutDigits(n), true})
					}
				}
			}
		}
	}
	visit(func(n *layout.Node, e edge) { heights[e] = append(heights[e], n.Box.Y) })
	visit(func(n *layout.Node, e edge) {
		same := 0
		for _, y := range heights[e] {
			if math.Abs(y-n.Box.Y) <= sameHeight {
				same++
			}
		}
		numbered := strings.TrimFunc(e.text, func(r rune) bool { return !unicode.IsLetter(r) }) == "" &&
			strings.ContainsRune(e.text, '#') && e.bottom && len(e.text) < 12
		if same < 2 && !numbered || e.text == "" {
			return
		}
		n.Region = dossier.HeaderRegion
		if e.bottom {
			n.Region = dossier.FooterRegion
		}
		if n.Kind == dossier.Heading {
			n.Kind, n.Level = dossier.Paragraph, 0
		}
	})
}

// withoutDigits returns the text of a node with each number as the same sign.
func withoutDigits(n *layout.Node) string {
	var b strings.Builder
	number := false
	for _, r := range layout.Raw([]*layout.Node{n}) {
		if unicode.IsDigit(r) {
			if !number {
				b.WriteByte('#')
			}
			number = true
			continue
		}
		number = false
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.TrimSpace(b.String())
}
