package dossier

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Sight is what came of looking for a quote on the rendered page.
type Sight string

// What can come of looking. Text that is SightUnseen earns nothing, and text that is Unclear is uncertain as
// Uncertain blocks are; the others leave the text as it was.
const (
	Seen        Sight = "seen"
	SightUnseen Sight = "unseen"       // its words are on the page, and nothing of them is to be seen
	Unclear     Sight = "unclear"      // something is to be seen in their place, and it is not the words
	NotFound    Sight = "not-found"    // its words are not among those of the rendered page
	NotRendered Sight = "not-rendered" // the file cannot be rendered
)

// Sighting records whether a person can see a quote on the page that it is from.
type Sighting struct {
	SHA256   string `json:"sha256"` // of the file
	Page     int    `json:"page"`   // from 1
	Quote    string `json:"quote"`  // as PlainQuote writes it
	Result   Sight  `json:"result"`
	Renderer string `json:"renderer"` // with its version
	At       string `json:"at"`       // RFC 3339, UTC
}

// PlainQuote returns a quote with all white space made single spaces: the form in which sightings name it.
func PlainQuote(quote string) string { return strings.Join(strings.FieldsFunc(quote, isBlank), " ") }

// isBlank reports whether a character is white space of a quote; NUL is too, which databases do not keep.
func isBlank(r rune) bool { return r == 0 || unicode.IsSpace(r) }

// CompareSightings orders sightings by file, page and quote.
func CompareSightings(a, b Sighting) int {
	return cmp.Or(cmp.Compare(a.SHA256, b.SHA256), cmp.Compare(a.Page, b.Page), cmp.Compare(a.Quote, b.Quote))
}

// SightingsHash returns the hash of what sightings say, for cache keys; "" if there are none. Their order,
// who looked, and when, make no difference.
func SightingsHash(list []Sighting) string {
	if len(list) == 0 {
		return ""
	}
	said := slices.SortedFunc(slices.Values(list), CompareSightings)
	for i := range said {
		said[i].Renderer, said[i].At = "", ""
	}
	return HashOf(slices.Compact(said))
}

// Visible returns the dossier with the letters of all text that sightings of its documents found unseen
// replaced by spaces, so that offsets stay what they are. It is d itself if it has no such text.
func (d *Dossier) Visible() *Dossier {
	return d.blanked(func(doc *Document, p *Page) [][2]int { return doc.sighted(p, SightUnseen) })
}

// sighted returns the ranges of a page's text, in code points, for which looking had a result.
func (d *Document) sighted(p *Page, result Sight) (out [][2]int) {
	var plain string
	var at []int
	for _, s := range d.Sightings {
		if s.Result != result || s.Page != p.Number || s.Quote == "" {
			continue
		}
		if at == nil { // once per page, which may have a sighting of every line
			plain, at = plainWithPlaces(p.Text)
		}
		for from := 0; ; {
			k := strings.Index(plain[from:], s.Quote)
			if k < 0 {
				break
			}
			first := from + k
			from = first + len(s.Quote)
			out = append(out, [2]int{at[first], at[from-1] + 1})
		}
	}
	return out
}

// plainWithPlaces returns a text as PlainQuote writes it, and for each of its bytes the place, in code
// points, of the character in the text.
func plainWithPlaces(text string) (plain string, at []int) {
	var b strings.Builder
	n := 0
	space := -1 // place of white space that is yet to be written
	for _, r := range text {
		switch {
		case isBlank(r):
			if space < 0 && b.Len() > 0 {
				space = n
			}
		default:
			if space >= 0 {
				b.WriteByte(' ')
				at = append(at, space)
				space = -1
			}
			from := b.Len()
			b.WriteRune(r)
			for range b.Len() - from {
				at = append(at, n)
			}
		}
		n++
	}
	return b.String(), at
}
