package webpage

import (
	"strings"

	"golang.org/x/net/html"

	"kheo/pipeline/extract/internal/layout"
)

// flat reads a page that is too large or too deep for a tree: token by token, as paragraphs. Nothing is known of what
// is seen, so all its text is uncertain.
func flat(s string) *layout.Flow {
	f := &layout.Flow{}
	z := html.NewTokenizer(strings.NewReader(s))
	skip, space := "", true
	for {
		switch z.Next() {
		case html.ErrorToken:
			f.Paragraph()
			markUncertain(f.Nodes())
			return f
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			t := z.Token()
			switch {
			case t.Type == html.StartTagToken && (raw[t.Data] || goneTags[t.Data] || t.Data == "noscript") && skip == "":
				skip = t.Data
			case t.Type == html.EndTagToken && t.Data == skip:
				skip = ""
			case (blockTags[t.Data] || t.Data == "br") && !space:
				f.Paragraph()
				space = true
			}
		case html.TextToken:
			text := string(z.Text())
			words := collapse(text)
			switch {
			case skip != "" || words == "":
			case space:
				f.Add(words)
				space = false
			default:
				f.Add(" " + words)
			}
		}
	}
}
