package language

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// HeadKind is what words around a number of people or things say of it.
type HeadKind string

// The kinds of such words, by their keys in heads.yaml.
const (
	HeadPlain   HeadKind = "plain"   // hold words of the other kinds and say nothing
	HeadMoved   HeadKind = "moved"   // joined or left, were bought or sold: a change, and not how many there are
	HeadPresent HeadKind = "present" // came, or did something once: those of an occasion
	HeadSome    HeadKind = "some"    // some of all, by what they are or were chosen for
	HeadBodies  HeadKind = "bodies"  // boards and groups of a body, which it is not itself
	HeadHas     HeadKind = "has"     // before the number: this is how many there are
	HeadTotal   HeadKind = "total"   // before or behind it: how many there are
	HeadStock   HeadKind = "stock"   // of whom a body has a number as long as they stay: members, pupils
	HeadAges    HeadKind = "ages"    // behind what is counted, before a number: of an age
	HeadOf      HeadKind = "of"      // behind what is counted, before the name of the body whose they are
)

// HeadPhrase is one of the phrases of heads.yaml.
type HeadPhrase struct {
	Kind  HeadKind
	Words []string
}

// HeadPhrases returns the phrases of all languages that begin with a word, the longest first. The file is part of the
// program, so mistakes in it panic.
func HeadPhrases(first string) []HeadPhrase {
	h := heads()
	if !h.may.MayHave(first) {
		return nil
	}
	return h.byFirst[first]
}

// headPhrases are the phrases of heads.yaml by their first words.
type headPhrases struct {
	byFirst map[string][]HeadPhrase
	may     Filter
}

var heads = sync.OnceValue(func() *headPhrases {
	var file map[string]map[HeadKind][]string
	decode("heads.yaml", &file, func(s string) string { return Canonical(norm.NFC.String(s)) })
	h := &headPhrases{byFirst: map[string][]HeadPhrase{}}
	for _, code := range Codes() {
		for _, kind := range []HeadKind{HeadPlain, HeadMoved, HeadPresent, HeadSome, HeadBodies, HeadHas, HeadTotal,
			HeadStock, HeadAges, HeadOf} {
			for _, s := range file[code][kind] {
				w := strings.Fields(s)
				h.may.Add(w[0])
				h.byFirst[w[0]] = append(h.byFirst[w[0]], HeadPhrase{kind, w})
			}
		}
	}
	for _, list := range h.byFirst {
		slices.SortStableFunc(list, func(a, b HeadPhrase) int { return len(b.Words) - len(a.Words) })
	}
	return h
})
