package text

import "strings"

// Gap returns what is written between word k and the next one, such as ": " or "\t". It is empty if one of the two
// does not exist.
func (p *Page) Gap(k int) string {
	if k < 0 || k+1 >= len(p.Words) {
		return ""
	}
	return string(p.Runes[p.Words[k].End:p.Words[k+1].Start])
}

// MatchAt returns how many words the space-separated list s has if words[i:limit] begins with them, and 0 if not.
// The words of s must be in the form of Word.Text: lower case, NFC.
func MatchAt(words []Word, i, limit int, s string) int {
	if i >= limit || !strings.HasPrefix(s, words[i].Text) { // most lists begin with another word
		return 0
	}
	n := 0
	for len(s) > 0 {
		f, rest, _ := strings.Cut(s, " ")
		if i+n >= limit || words[i+n].Text != f {
			return 0
		}
		n++
		s = rest
	}
	return n
}
