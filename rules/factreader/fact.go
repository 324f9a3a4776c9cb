// Package factreader finds the places at which pages state a fact: in the cells of tables, behind labels of forms, in
// sentences with its label or a sentence pattern, and in sentences that say it in other words.
//
// It reads the words of a page, what a ruleset finds on it (PageText), and what is looked for (Fact); it finds each
// Place with its value, or with the values that it may state and why that is in doubt. Which of several places counts
// is package rules' to decide.
//
// # Reading the code
//
//	labels     labels.go (each label of a page, and what follows it), forms.go (behind a colon, in the next cell or
//	           line), tables.go (row and column headers, cells), lines.go (labels and answers on lines of their own)
//	sentences  patterns.go (the ruleset's own), ahead.go (a number before its label), counts.go, units.go (a number and
//	           its unit alone), loose.go (labels in other forms), answers.go and options.go (yes, no and choices),
//	           dates.go
//	doubt      amounts.go (several numbers of a sentence, and what is said of each), whole.go (parts, shares and other
//	           years), claims.go (plans, wishes, denials, corrections), odd.go (years,
//	           references and other things that look like a value)
package factreader

import (
	"slices"
	"strings"

	"kheo/rules/likely"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// sentenceReader reads one fact on one page in sentences, and in words behind a label.
type sentenceReader struct {
	*Fact
	*PageText
}

// isCompound reports whether the last word of a label is a compound that ends in a unit of the fact, as dugnadstimer
// ends in timer.
func isCompound(def *Fact, label phrase.Phrase) bool {
	if label.Lang == nil || label.Lang.Code != "nb" {
		return false
	}
	last := label.Words[len(label.Words)-1]
	return slices.ContainsFunc(def.Reads.Units, func(u phrase.Phrase) bool {
		return len(u.Words) == 1 && len(u.Words[0]) >= minCompoundPart && len(last) > len(u.Words[0]) &&
			strings.HasSuffix(last, u.Words[0])
	})
}

// minCompoundPart is the length in bytes of the shortest word that ends a compound.
const minCompoundPart = 4

// countsIn reports whether a label says what is counted, as in "number of households".
func (def *Fact) countsIn(label phrase.Phrase) bool {
	for _, u := range def.Reads.Units {
		if u.In(label) {
			return true
		}
	}
	return false
}

// Fact is what is looked for on pages: the type of a fact, its labels and its sentence patterns.
type Fact struct {
	Reads  value.Reader // its type and unit
	Labels []phrase.Phrase
	Say    []Pattern  // sentences with a place for the value
	List   int        // of the labels, in the matcher
	Opens  string     // year in which the campaign opens, of four digits, or "": earlier years do not count
	Want   table.Want // which of the values of a table or sentence count

	bareList int // of the labels without "number of", which are headers of tables only
	loose    []looseLabel
	lines    []phrase.Loose  // its labels as they are looked for on lines of their own
	heads    askedHeads      // what its labels and units ask for
	byUnits  bool            // it is a count whose unit no other fact counts
	alone    bool            // it is a plain count, whose unit no other fact counts
	unitList int             // of its units, in the matcher; set if byUnits
	rivals   []*Fact         // those of the ruleset that a value of its type may be of instead
	telling  []tellingWord   // words of its labels that say what a value is of
	siblings []sibling       // all other facts of the ruleset that have labels
	lexicon  *likely.Lexicon // of the labels of all facts of the ruleset
	number   int             // of the fact in it
}

// Find finds the places on pages that state the fact. units may be nil.
func (def *Fact) Find(pages []*PageText, units *UnitNames) (out []Place) {
	for _, p := range pages {
		if found := def.On(p, units).all(); out == nil {
			out = found
		} else {
			out = append(out, found...)
		}
	}
	out = def.withoutAsides(out)
	askNegatives(def, out)
	if onlyDerived(out) {
		out = unlessAgreed(def, out)
	}
	return def.orElse(out, pages)
}

// orElse looks for what states the fact in other ways, if its labels do not, or only places that are of something else.
func (def *Fact) orElse(out []Place, pages []*PageText) []Place {
	isSaid := func() bool { return slices.ContainsFunc(out, func(c Place) bool { return c.Doubt != doubtAside }) }
	if isSaid() {
		return out
	}
	asides := out
	if out = byLooseLabels(def, pages); !isSaid() && isLoose(def) {
		asides = append(asides, out...)
		out = onLines(def, pages)
	}
	if !isSaid() && def.byUnits {
		asides = append(asides, out...)
		out = def.byUnit(pages)
	}
	if !isSaid() {
		return append(asides, out...)
	}
	return out
}

// byUnit finds the sentences that state a count with its unit. If they differ, nothing says which is meant.
func (def *Fact) byUnit(pages []*PageText) (out []Place) {
	for _, p := range pages {
		out = append(out, sentenceReader{def, p}.byUnit()...)
	}
	return unlessAgreed(def, def.withoutAsides(out))
}

// Compile adds the labels and sentence patterns of the fact to a matcher.
func (def *Fact) Compile(m *phrase.Matcher) {
	def.List, def.bareList = m.Add(def.LabelForms()), m.Add(def.bareLabels())
	def.loose, def.lines = looseLabels(def, m), lineLabels(def)
	def.heads = headsOf(def)
	for k := range def.Say {
		t := &def.Say[k]
		words := t.before
		if len(words) == 0 {
			words = t.after
		}
		t.list = m.Add([]phrase.Phrase{{Words: words}})
	}
}

// LabelForms are the labels of the fact and, of a count, those with other words for "number of": "số lượng hộ" is "số
// hộ".
func (def *Fact) LabelForms() []phrase.Phrase {
	out := slices.Clone(def.Labels)
	for _, label := range def.Labels {
		if def.Reads.Type != value.Count || label.Lang == nil || len(label.Lang.NumberOf) == 0 {
			continue
		}
		rest, found := label.Text, false
		for _, s := range label.Lang.NumberOf { // the longest first
			if rest, found = strings.CutPrefix(strings.Join(label.Words, " "), s+" "); found {
				break
			}
		}
		for _, s := range label.Lang.NumberOf {
			other := phrase.New(s + " " + rest)
			known := func(p phrase.Phrase) bool { return slices.Equal(p.Words, other.Words) }
			if found && !slices.ContainsFunc(out, known) {
				other.Lang, other.Label = label.Lang, label.Label
				out = append(out, other)
			}
		}
	}
	return withOtherUnits(def, out)
}

// withOtherUnits are labels of a count that name what is counted, with the other names that the fact has for it: "trips
// made" for "journeys made".
func withOtherUnits(def *Fact, labels []phrase.Phrase) []phrase.Phrase {
	out := slices.Clone(labels)
	if def.Reads.Type != value.Count {
		return out
	}
	for _, label := range labels {
		for _, unit := range def.Reads.Units {
			at := slices.IndexFunc(label.Words, func(w string) bool { return w == unit.Words[0] })
			if label.Lang == nil || at < 0 || len(label.Words) <= len(unit.Words) || !unit.In(label) ||
				at+len(unit.Words) > len(label.Words) || !slices.Equal(label.Words[at:at+len(unit.Words)], unit.Words) {
				continue
			}
			for _, other := range def.Reads.Units {
				if other.Lang != unit.Lang || len(out) >= maxLabelForms {
					continue
				}
				words := slices.Concat(label.Words[:at], other.Words, label.Words[at+len(unit.Words):])
				if !slices.ContainsFunc(out, func(p phrase.Phrase) bool { return slices.Equal(p.Words, words) }) {
					out = append(out, phrase.Phrase{Words: words, Text: strings.Join(words, " "), Lang: label.Lang,
						Label: label.Label})
				}
			}
		}
	}
	return out
}

// maxLabelForms is how many forms the labels of a fact have at most.
const maxLabelForms = 40
