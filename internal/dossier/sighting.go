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
	SightUnseen Sight = "unseen"       // its words are on the page, and there is nothing to be seen of them
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

// SightingsHash returns the hash of what sightings say, for cache keys; "" if there are none. Their order, who
// looked, and when, make no difference.
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

// Visible returns the dossier with the letters of all text that sightings of its documents found unseen replaced by
// spaces, so that offsets stay what they are. It is d itself if there is no such text.
func (d *Dossier) Visible() *Dossier {
	out := d
	for i := range d.Documents {
		doc := &d.Documents[i]
		if !slices.ContainsFunc(doc.Sightings, func(s Sighting) bool { return s.Result == SightUnseen }) {
			continue
		}
		if out == d {
			copied := *d
			copied.Documents = slices.Clone(d.Documents)
			out = &copied
		}
		pages := slices.Clone(doc.Pages)
		for k := range pages {
			pages[k].Text = blank(pages[k].Text, doc.sighted(&pages[k], SightUnseen))
		}
		out.Documents[i].Pages = pages
	}
	return out
}

// sighted returns the ranges of a page's text, in code points, for which looking had a result.
func (d *Document) sighted(p *Page, result Sight) (out [][2]int) {
	for _, s := range d.Sightings {
		if s.Result == result && s.Page == p.Number {
			out = append(out, placesOf(p.Text, s.Quote)...)
		}
	}
	return out
}

// placesOf returns where a quote, as PlainQuote writes it, is in a text, in code points.
func placesOf(text, quote string) (out [][2]int) {
	if quote == "" {
		return nil
	}
	plain, at := plainWithPlaces(text)
	for from := 0; ; {
		k := strings.Index(plain[from:], quote)
		if k < 0 {
			return out
		}
		k += from
		first, last := at[k], at[k+len(quote)-1]
		out = append(out, [2]int{first, last + 1})
		from = k + len(quote)
	}
}

// plainWithPlaces returns a text as PlainQuote writes it, and for each of its bytes the place, in code points, of the
// character in the text.
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
