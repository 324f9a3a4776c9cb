package desk

import (
	"html/template"
	"strings"
	"unicode"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
)

// copied is a text that a dossier shares with another, as its page shows it.
type copied struct {
	dossier.Copy
	Unit  string // the name of the other dossier's unit
	Shown []passage
}

// passage is a shared passage with the words marked that differ, and links to both of its places. There is "" for
// a dossier of another campaign.
type passage struct {
	Here, There         template.HTML
	HereLink, ThereLink string
	HereAt, ThereAt     dossier.Source
	Changed             int // words that differ on either side
	Figures             int // those of them that have digits
}

// maxPassages is how many passages of one copy are shown, and maxCompared how many words of each are compared.
const (
	maxPassages = 20
	maxCompared = 600
)

// shownCopies prepares what a dossier shares with others. unitName returns the name of a unit.
func shownCopies(id string, all []dossier.Copy, unitName func(id string) string) (out []copied) {
	for _, c := range all {
		x := copied{Copy: c, Unit: unitName(c.OfUnit)}
		for _, p := range c.Passages[:min(len(c.Passages), maxPassages)] {
			here, there, changed, figures := differing(p.Here.Quote, p.There.Quote)
			shown := passage{Here: page.MarkedAs(p.Here.Quote, here), There: page.MarkedAs(p.There.Quote, there),
				HereAt: p.Here, ThereAt: p.There, Changed: changed, Figures: figures,
				HereLink: page.Place(id, p.Here.Document, p.Here.Page, p.Here.Start, p.Here.End)}
			if c.Campaign == "" {
				shown.ThereLink = page.Place(c.Of, p.There.Document, p.There.Page, p.There.Start, p.There.End)
			}
			x.Shown = append(x.Shown, shown)
		}
		out = append(out, x)
	}
	return out
}

// span is a word between spaces: its place in code points, and what of it is compared.
type span struct {
	from, to int
	text     string
}

// spans splits a text at its spaces. Signs around a word are not compared.
func spans(text string) (out []span) {
	rs := []rune(text)
	for i := 0; i < len(rs); {
		if unicode.IsSpace(rs[i]) {
			i++
			continue
		}
		from := i
		for i < len(rs) && !unicode.IsSpace(rs[i]) {
			i++
		}
		word := strings.ToLower(strings.TrimFunc(string(rs[from:i]), func(r rune) bool {
			return unicode.IsPunct(r) && r != '%'
		}))
		out = append(out, span{from, i, word})
	}
	return out
}

// differing compares two texts word by word, and returns marks on the words of each that the other does not have at
// that place: the class is figure if a word has digits. It marks nothing in texts of more than maxCompared words.
func differing(a, b string) (inA, inB []page.Mark, changed, figures int) {
	x, y := spans(a), spans(b)
	if len(x) > maxCompared || len(y) > maxCompared {
		return nil, nil, 0, 0
	}
	keepX, keepY := common(x, y)
	mark := func(of []span, keep []bool) (out []page.Mark) {
		for i, w := range of {
			if keep[i] || w.text == "" {
				continue
			}
			class := "changed"
			if strings.ContainsFunc(w.text, unicode.IsDigit) {
				class = "changed figure"
				figures++
			}
			changed++
			out = append(out, page.Mark{From: w.from, To: w.to, Class: class})
		}
		return out
	}
	return mark(x, keepX), mark(y, keepY), changed, figures
}

// common returns which words of two texts are in their longest common subsequence. Time and memory are the product
// of the lengths, which the caller bounds.
func common(x, y []span) (keepX, keepY []bool) {
	longest := make([][]int, len(x)+1) // of the rests from i and k on
	for i := range longest {
		longest[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for k := len(y) - 1; k >= 0; k-- {
			if x[i].text == y[k].text {
				longest[i][k] = longest[i+1][k+1] + 1
			} else {
				longest[i][k] = max(longest[i+1][k], longest[i][k+1])
			}
		}
	}
	keepX, keepY = make([]bool, len(x)), make([]bool, len(y))
	for i, k := 0, 0; i < len(x) && k < len(y); {
		switch {
		case x[i].text == y[k].text:
			keepX[i], keepY[k] = true, true
			i, k = i+1, k+1
		case longest[i+1][k] >= longest[i][k+1]:
			i++
		default:
			k++
		}
	}
	return keepX, keepY
}
