package desk

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// Bounds of a search inside the papers of one dossier.
const (
	maxPhrases = 8       // phrases that are looked for
	maxPhrase  = 200     // code points of one
	maxFound   = 40      // pages that are listed
	maxScanned = 200_000 // code points of a page that are looked through
)

// word is a word of a text: its place in code points, as it is written in small letters, and folded.
type word struct {
	from, to      int
	lower, folded string
}

// wordsOf splits a text into its words.
func wordsOf(text []rune) (out []word) {
	in := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) }
	for i := 0; i < len(text); {
		if !in(text[i]) {
			i++
			continue
		}
		from := i
		for i < len(text) && in(text[i]) {
			i++
		}
		lower := strings.ToLower(string(text[from:i]))
		out = append(out, word{from, i, lower, language.Fold(lower)})
	}
	return out
}

// matches reports whether a word of a text is one that is looked for. Without diacritics, a word matches all
// spellings; with them, its own.
func (w *word) matches(sought *word) bool {
	return w.lower == sought.lower || w.folded == sought.folded && sought.lower == sought.folded
}

// phrases returns what is looked for, from the values of a query.
func phrases(of []string) (out [][]word) {
	for _, s := range of[:min(len(of), maxPhrases)] {
		if ws := wordsOf([]rune(page.UpTo(page.PlainText(s), maxPhrase))); len(ws) > 0 {
			out = append(out, ws)
		}
	}
	return out
}

// apart returns the words of phrases as phrases of their own. Single letters are left out: they are everywhere.
func apart(of [][]word) (out [][]word) {
	for _, phrase := range of {
		for _, w := range phrase {
			if w.to-w.from > 1 {
				out = append(out, []word{w})
			}
		}
	}
	return out
}

// findIn returns where phrases are in a text: half-open ranges of code points, ascending, without overlaps.
func findIn(text string, sought [][]word) (out [][2]int) {
	rs := []rune(text)
	in := wordsOf(rs[:min(len(rs), maxScanned)])
	for i := range in {
		for _, phrase := range sought {
			if i+len(phrase) > len(in) {
				continue
			}
			same := true
			for k := 0; k < len(phrase) && same; k++ {
				same = in[i+k].matches(&phrase[k])
			}
			if same {
				out = append(out, [2]int{in[i].from, in[i+len(phrase)-1].to})
			}
		}
	}
	return merged(out)
}

// merged sorts ranges and joins those that overlap. Ranges that only touch stay two, so that two quotes are not
// read as one.
func merged(all [][2]int) (out [][2]int) {
	slices.SortFunc(all, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	for _, m := range all {
		if n := len(out); n > 0 && m[0] < out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], m[1])
			continue
		}
		out = append(out, m)
	}
	return out
}

// foundOn is how often something was found on a page.
type foundOn struct {
	Document    string
	Page, Count int
}

// findAll looks for phrases on all pages of documents. If they are nowhere, their words are looked for one by one;
// sought is what was looked for in the end. more says that there are more pages than are listed.
func findAll(docs []dossier.Document, of [][]word) (found []foundOn, sought [][]word, more bool) {
	// The whole phrase first: single words are everywhere, and only wanted if the phrase is nowhere.
	for _, sought = range [][][]word{of, apart(of)} {
		for i := range docs {
			for k := range docs[i].Pages {
				p := &docs[i].Pages[k]
				n := len(findIn(p.Text, sought))
				if n > 0 && len(found) == maxFound {
					return found, sought, true
				}
				if n > 0 {
					found = append(found, foundOn{docs[i].Name, p.Number, n})
				}
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return found, sought, false
}
