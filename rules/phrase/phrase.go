// Package phrase finds the phrases that a ruleset looks for in the words of a page: all phrases of all its lists in
// one pass, so that another criterion costs next to nothing.
//
// Words match folded, and in languages with endings also inflected; a phrase with diacritics is found in a page
// without any, and then marked as such. A [Hit] lies within one sentence. A Loose label of a fact may have words
// between its own: what is between may change what is meant, so such a hit is marked too, and it is for the caller to
// doubt it.
package phrase

import (
	"slices"
	"strings"

	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Phrase is a sequence of words that a ruleset looks for.
type Phrase struct {
	Words []string           // as pages are cut; one that ends in * matches every word that begins so
	Text  string             // as the ruleset has it
	Lang  *language.Language // whose words these are; nil if the ruleset does not say
	Label bool               // of a form: in a sentence its noun may be definite or plural
	Noun  bool               // of a clue: its last word may have another form of nouns, see AsNoun
	Forms []string           // of a Noun: the other forms of its last word
	Inner [][]string         // of a clue with several words: the other forms of each but the last
	Parts bool               // of a clue with several words: others may be between them, see endAt

	variants []Phrase // of no language: what it is in the languages with endings, each in sentences of its own
}

// Bounds of words between those of a clue: this many, and this many behind a number among them, which it counts.
const (
	maxSeparating = 4
	maxCounted    = 2
)

// endAt returns the word behind the phrase if it begins at word i; -1 if it does not. Words of a clue may have other
// forms, and between two of them may be a number with what it counts, an amount, or words such as articles, "new" and
// "những": "planted 340 new trees", "received £500 in funding", "lắp đặt 12 bộ camera". loose says that no number is
// among them in a language of syllables, in which they may make another thing of it.
func (ph *Phrase) endAt(words []text.Word, i int) (end int, loose bool) {
	if ph.IsAt(words, i) {
		return i + len(ph.Words), false
	}
	if !ph.Parts || !ph.isWord(words[i].Text, 0) {
		return -1, false
	}
	at := i + 1
	for k := 1; k < len(ph.Words); k++ {
		n, counted := ph.between(words, at, k)
		if n < 0 {
			return -1, false
		}
		loose = loose || n > 0 && !counted && !ph.Lang.Inflects()
		at += n + 1
	}
	return at, loose
}

// isWord reports whether a word is the k-th of the phrase, or a form of it.
func (ph *Phrase) isWord(s string, k int) bool {
	if matches(ph.Words[k], s) {
		return true
	}
	if k == len(ph.Words)-1 {
		return ph.Noun && slices.Contains(ph.Forms, s)
	}
	return slices.Contains(ph.Inner[k], s)
}

// between returns how many words are before the k-th one of the phrase from word at on, and whether they hold a number;
// n is
// -1 if it does not follow.
func (ph *Phrase) between(words []text.Word, at, k int) (n int, counted bool) {
	behind, paid := 0, false // the number, and whether it is an amount
	for n = 0; n <= maxSeparating && at+n < len(words); n++ {
		w := &words[at+n]
		if w.Clause != words[at-1].Clause || w.Sentence != words[at-1].Sentence {
			return -1, false
		}
		if ph.isWord(w.Text, k) {
			return n, counted
		}
		_, named := ph.Lang.Numbers[w.Text]
		switch {
		case w.Number || named && !slices.Contains(ph.Lang.NotCounted, w.Text):
			counted, behind = true, 0
		case counted && behind == 0 && ph.Lang.Magnitudes[w.Text] > 1:
			// "1,2 millioner kroner i støtte"
		case counted && isCurrency(ph.Lang, w.Text):
			behind++
			paid = true
		case slices.Contains(ph.Lang.Between, w.Text) || paid && slices.Contains(ph.Lang.Prepositions, w.Text):
			behind++
		default:
			return -1, false
		}
		if counted && behind > maxCounted {
			return -1, false
		}
	}
	return -1, false
}

// isCurrency reports whether a word is the name of a currency alone: "fikk 225 000 kr i støtte".
func isCurrency(l *language.Language, word string) bool {
	return slices.ContainsFunc(l.CurrencyNames(word), func(c language.CurrencyName) bool { return c.Name == word })
}

// New cuts a phrase into words, as pages are cut. The phrase has no words if s has none.
func New(s string) Phrase {
	words, starred := text.Words(s)
	for i := range words {
		if starred[i] {
			words[i] += "*"
		}
	}
	return Phrase{Text: s, Words: words}
}

// IsAt reports whether the phrase is in words from i on. One without words is nowhere.
func (ph Phrase) IsAt(words []text.Word, i int) bool {
	if i+len(ph.Words) > len(words) {
		return false
	}
	for k, w := range ph.Words {
		text := words[i+k].Text
		if !matches(w, text) && !(ph.Label && ph.isDefinite(w, text)) && !(ph.Noun && k == len(ph.Words)-1 &&
			slices.Contains(ph.Forms, text)) {
			return false
		}
	}
	return len(ph.Words) > 0
}

// In reports whether the words of the phrase are among those of another one, in order and without a gap.
func (ph Phrase) In(other Phrase) bool {
	for k := range other.Words {
		if ph.BeginsAt(other, k) {
			return true
		}
	}
	return false
}

// BeginsAt reports whether the words of another phrase from the k-th on begin with those of the phrase.
func (ph Phrase) BeginsAt(other Phrase, k int) bool {
	return k+len(ph.Words) <= len(other.Words) && slices.Equal(ph.Words, other.Words[k:k+len(ph.Words)])
}

// isDefinite reports whether s is the word w with one of its language's endings.
func (ph Phrase) isDefinite(w, s string) bool {
	end, ok := strings.CutPrefix(s, w)
	return ok && ph.Lang != nil && len(w) > minInflected && slices.Contains(ph.Lang.Definite, end)
}

// minInflected is the length in bytes up to which a word of a label is matched without endings: shorter ones
// would match other words.
const minInflected = 3

// matches reports whether s is the word that pattern names, or begins so if it ends in *.
func matches(pattern, s string) bool {
	if p, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(s, p)
	}
	return pattern == s
}

// Hit is a phrase that was found at words [First, Last) of a page, which lie in one sentence.
type Hit struct {
	First, Last int
	Phrase      *Phrase
	Plain       bool // the page has no diacritics, and the phrase was found without its own
	Loose       bool // words are between those of the phrase that may make another thing of it
}

// Matcher finds the phrases of many lists in one pass over the words of a page. It is filled with Add, and
// must not be changed after the first Scan; Scan may then be called by several goroutines at once.
type Matcher struct {
	starts   map[string][]start // by the phrase's first word
	mayStart language.Filter    // of the keys of starts
	prefixes []start            // phrases whose first word ends in *
	plain    map[string][]start // labels without diacritics, by their first word
	lists    int
}

// start is a phrase with the list that it belongs to.
type start struct {
	list   int
	phrase Phrase
	own    bool // only in sentences of the phrase's language
}

// NewMatcher returns a matcher without lists.
func NewMatcher() *Matcher {
	return &Matcher{starts: map[string][]start{}, plain: map[string][]start{}}
}

// Add adds a list of phrases, and returns its number: the index of its hits in what Scan returns. The hits of
// an empty list are empty.
func (m *Matcher) Add(list []Phrase) int {
	id := m.lists
	m.lists++
	for _, ph := range list {
		if len(ph.Words) == 0 {
			continue
		}
		m.addStart(start{list: id, phrase: ph})
		for _, v := range ph.variants {
			m.addStart(start{list: id, phrase: v, own: true})
		}
	}
	return id
}

// addStart adds a phrase to the words that it may begin with.
func (m *Matcher) addStart(st start) {
	ph := &st.phrase
	if folded, ok := ph.Folded(); ok && ph.Label {
		m.plain[folded.Words[0]] = append(m.plain[folded.Words[0]], start{list: st.list, phrase: folded})
	}
	first := ph.Words[0]
	if p, ok := strings.CutSuffix(first, "*"); ok && p != "" {
		m.prefixes = append(m.prefixes, st)
		return
	}
	if !st.own || ph.Parts {
		m.startAt(first, st)
	}
	if ph.Label && ph.Lang != nil && len(first) > minInflected {
		for _, end := range ph.Lang.Definite {
			m.startAt(first+end, st)
		}
	}
	if ph.Parts {
		for _, form := range ph.Inner[0] {
			m.startAt(form, st)
		}
	}
	if ph.Noun && len(ph.Words) == 1 {
		for _, form := range ph.Forms {
			m.startAt(form, st)
		}
	}
}

// startAt adds a phrase that begins with a word.
func (m *Matcher) startAt(word string, st start) {
	m.starts[word] = append(m.starts[word], st)
	m.mayStart.Add(word)
}

// Scan returns the hits of each list on the page, in the page's order. It uses the memory of into, which is
// overwritten.
func (m *Matcher) Scan(p *text.Page, into [][]Hit) [][]Hit {
	out := slices.Grow(into[:0], m.lists)[:m.lists]
	for i := range out {
		out[i] = out[i][:0]
	}
	try := func(i int, st *start) {
		end, loose := st.phrase.endAt(p.Words, i)
		if st.own && end > 0 && p.LanguageAt(i).Code != st.phrase.Lang.Code {
			return
		}
		if end > 0 && p.Words[i].Sentence == p.Words[end-1].Sentence {
			out[st.list] = append(out[st.list], Hit{First: i, Last: end, Phrase: &st.phrase, Loose: loose})
		}
	}
	if p.Language != nil && p.Language.Plain {
		m.scanPlain(p, out)
	}
	for i := range p.Words {
		if m.mayStart.MayHave(p.Words[i].Text) {
			list := m.starts[p.Words[i].Text]
			for k := range list {
				try(i, &list[k])
			}
		}
		for k := range m.prefixes {
			if matches(m.prefixes[k].phrase.Words[0], p.Words[i].Text) {
				try(i, &m.prefixes[k])
			}
		}
	}
	return out
}

// scanPlain adds the hits of labels on a page without diacritics.
func (m *Matcher) scanPlain(p *text.Page, out [][]Hit) {
	for i := range p.Words {
		list := m.plain[p.Words[i].Text]
		for k := range list {
			st := &list[k]
			n := len(st.phrase.Words)
			if st.phrase.IsAt(p.Words, i) && p.Words[i].Sentence == p.Words[i+n-1].Sentence {
				out[st.list] = append(out[st.list], Hit{First: i, Last: i + n, Phrase: &st.phrase,
					Plain: true})
			}
		}
	}
}

// Folded returns the phrase without its diacritics; ok is false if it has none, or is not Vietnamese.
func (ph Phrase) Folded() (out Phrase, ok bool) {
	if ph.Lang != nil && ph.Lang.Code != "vi" {
		return ph, false
	}
	out = ph
	out.Words = slices.Clone(ph.Words)
	for i, w := range ph.Words {
		folded := language.Fold(w)
		if strings.HasSuffix(w, "*") {
			folded += "*"
		}
		ok = ok || folded != w
		out.Words[i] = folded
	}
	if ph.Lang != nil {
		out.Lang = language.PlainVietnamese()
	}
	return out, ok
}

// Disjoint returns, of hits that overlap, the one that starts first, and of those the longest. The result may
// be hits itself, which is not changed.
func Disjoint(hits []Hit) []Hit {
	if len(hits) < 2 {
		return hits
	}
	all := slices.Clone(hits)
	slices.SortStableFunc(all, func(a, b Hit) int {
		if a.First != b.First {
			return a.First - b.First
		}
		return b.Last - a.Last
	})
	out := all[:0]
	for _, h := range all {
		if len(out) == 0 || h.First >= out[len(out)-1].Last {
			out = append(out, h)
		}
	}
	return out
}
