package rules

import (
	"math"
	"slices"
	"sort"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/texts"
	"kheo/rules/phrase"
	"kheo/rules/value"
)

// This file decides what a dossier states of a fact, out of the places that state it: which of them counts, and which
// say otherwise. facts_in_tables.go and facts_in_sentences.go find those places.

// FactDef is one fact that a ruleset reads.
type FactDef struct {
	Name   string
	reads  value.Reader // its type and unit
	labels []phrase.Phrase
	list   int        // of the labels, in the matcher
	say    []template // sentences with a place for the value
	trust  []string   // roles, most trusted first
	paper  string     // the role, for type document

	unitText dossier.Text // the unit in reasons
	title    dossier.Text // the fact in reasons: its first label in each language, or the name of the paper
	opens    string       // year in which the campaign opens, of four digits, or "": earlier years do not count
	manifest bool         // what dossier.yaml states of it counts by itself: the office fills it in
}

// Confidence of a value, from 0 to 1, by the place where it was read. They are ranks and not frequencies.
// Contradictions are raised between values of at least confSure.
const (
	confManifest = 1.0
	confForm     = 0.95 // "label: value" on a line or across cells
	confSentence = 0.8  // label and value inside one sentence
	confPattern  = 0.75 // a sentence pattern of the ruleset
	confDerived  = 0.7  // a sentence pattern made of a label: too little to contradict another
	confSure     = 0.75
	confDisputed = 0.5 // of a fact that another place contradicts
)

// maxRivals is how many contradicting values of a fact are kept.
const maxRivals = 20

// defaultTrust is the order in which sources count for a fact that names none.
var defaultTrust = []string{manifestRole, "form", "confirmation", "minutes", "report"}

// candidate is one place that states a fact.
type candidate struct {
	value      any
	unit       string
	source     dossier.Source
	role       string // of the paper, or manifestRole
	confidence float64
	approx     bool
	rank       int // of the role in the fact's order of trust; 0 is trusted most
}

// statement is what a dossier says of a fact.
type statement struct {
	def    *FactDef
	stated *dossier.Fact // as it is shown: the manifest wins over papers that say otherwise
	papers *dossier.Fact // as documents alone state it; nil if none does
	counts *dossier.Fact // what earns points and passes gates; nil if only the manifest states it
}

// undisputed is the statement of a fact that counts as it is shown.
func undisputed(def *FactDef, f *dossier.Fact) statement { return statement{def, f, f, f} }

// isDisputed reports whether the manifest says what no document supports.
func (s *statement) isDisputed() bool { return s.stated != s.papers }

// inWords writes the fact with the value that is shown, for reasons.
func (s *statement) inWords() dossier.Text { return s.def.withValue(s.stated) }

// withValue writes the name of the fact and a value of it, for reasons.
func (def *FactDef) withValue(f *dossier.Fact) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		out[lang] = def.title.In(lang) + " " + showValue(f.Value, def.unitText, f.Unit)(lang)
	}
	return out
}

// readFact finds every statement of a fact, most trusted first; ok is false if there is none. What the submitter's
// manifest states counts as far as a document states it too, unless the ruleset says that it counts by itself.
func readFact(def *FactDef, r *Reading) (s statement, ok bool) {
	var papers []candidate
	if def.reads.Type == value.Paper {
		if src := r.roles[def.paper]; len(src) > 0 {
			return undisputed(def, &dossier.Fact{Name: def.Name, Value: true, Source: src[0], Confidence: confForm,
				Rivals: []dossier.Rival{}}), true
		}
	}
	for _, p := range r.pages {
		papers = append(papers, def.fromPage(p)...)
	}
	own, stated := manifestValue(def, &r.dossier.Manifest)
	all := papers
	if stated {
		all = append([]candidate{own}, papers...)
	}
	if len(all) == 0 {
		return statement{}, false
	}
	def.byTrust(all)
	f := def.fact(all)
	switch {
	case !stated || def.manifest:
		return undisputed(def, f), true
	case len(papers) == 0:
		f.Unsupported = true
		return statement{def, f, nil, nil}, true
	}
	return def.againstPapers(f, all, papers), true
}

// againstPapers is the statement of a fact that the manifest and papers state: all is what states it, most trusted
// first, and f the fact by it. If the manifest comes first and papers say otherwise, the lower number counts.
func (def *FactDef) againstPapers(f *dossier.Fact, all, papers []candidate) statement {
	def.byTrust(papers)
	alone := def.fact(papers)
	if own := all[0]; own.role == manifestRole {
		at := slices.IndexFunc(papers, func(c candidate) bool {
			return same(own.value, c.value, own.approx || c.approx)
		})
		if at == 0 {
			return undisputed(def, alone)
		}
		if at > 0 { // of papers that differ, the manifest agrees with one that counts later
			f = def.fact(append([]candidate{papers[at]}, slices.Delete(slices.Clone(papers), at, at+1)...))
		}
	} else { // papers are trusted first
		return undisputed(def, f)
	}
	s := statement{def, f, alone, alone}
	x, number := f.Value.(float64)
	if y, ok := alone.Value.(float64); number && ok && x < y {
		s.counts = f
	} else {
		f.Counted = alone.Value
	}
	return s
}

// byTrust puts what states a fact in order, most trusted first: what was read in forms before what was read in
// sentences, then by the role of the paper, then by confidence.
func (def *FactDef) byTrust(all []candidate) {
	trust := def.trust
	if len(trust) == 0 {
		trust = defaultTrust
	}
	for i := range all {
		if all[i].rank = slices.Index(trust, all[i].role); all[i].rank < 0 {
			all[i].rank = len(trust)
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if (a.confidence >= confForm) != (b.confidence >= confForm) {
			return a.confidence > b.confidence
		}
		if a.rank != b.rank {
			return a.rank < b.rank
		}
		return a.confidence > b.confidence
	})
}

// fact makes the fact of what states it: the first counts, and those that say otherwise are its rivals.
func (def *FactDef) fact(all []candidate) *dossier.Fact {
	best := all[0]
	f := &dossier.Fact{Name: def.Name, Value: best.value, Unit: def.reads.Unit, Source: best.source,
		Confidence: best.confidence, Rivals: []dossier.Rival{}, Approx: best.approx}
	if best.unit != "" {
		f.Unit = best.unit
	}
	for _, c := range all[1:] {
		if same(best.value, c.value, best.approx || c.approx) {
			continue
		}
		known := slices.ContainsFunc(f.Rivals, func(r dossier.Rival) bool {
			return r.Source.Document == c.source.Document && same(r.Value, c.value, false)
		})
		if !known && len(f.Rivals) < maxRivals {
			f.Rivals = append(f.Rivals, dossier.Rival{Value: c.value, Source: c.source})
			if c.confidence >= confSure {
				f.Confidence = math.Min(f.Confidence, confDisputed)
			}
		}
	}
	return f
}

// contradicted returns the rival of a fact that was read as surely as the fact itself; ok is false if it has none.
func contradicted(f *dossier.Fact) (rival dossier.Rival, ok bool) {
	if f.Confidence <= confDisputed && len(f.Rivals) > 0 {
		return f.Rivals[0], true
	}
	return dossier.Rival{}, false
}

// same reports whether two values agree: numbers to half a percent (to a tenth if one is approximate), a month and a
// date inside it, texts without diacritics or one inside the other.
func same(a, b any, approx bool) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		tolerance := 0.005
		if approx {
			tolerance = 0.1
		}
		return ok && math.Abs(x-y) <= tolerance*math.Max(math.Abs(x), math.Abs(y))
	case string:
		y, ok := b.(string)
		if !ok {
			return false
		}
		if isodate.Valid(x, true) && isodate.Valid(y, true) {
			n := min(len(x), len(y))
			return x[:n] == y[:n]
		}
		fx, fy := fold(x), fold(y)
		return fx == fy || (len(fx) > 3 && len(fy) > 3 && (strings.Contains(fx, fy) || strings.Contains(fy, fx)))
	}
	return a == b
}

// statements are what a dossier says of a ruleset's facts, in the ruleset's order; a fact that it does not state is
// missing.
type statements []statement

// readFacts reads the facts of a ruleset, whose phrases have been marked in the reading.
func readFacts(defs []FactDef, r *Reading) statements {
	var out statements
	for i := range defs {
		if s, ok := readFact(&defs[i], r); ok {
			out = append(out, s)
		}
	}
	return out
}

// of is the statement of a fact, or nil.
func (all statements) of(fact string) *statement {
	for i := range all {
		if all[i].def.Name == fact {
			return &all[i]
		}
	}
	return nil
}

// counting are the facts that earn points and pass gates, by name.
func (all statements) counting() map[string]*dossier.Fact {
	out := map[string]*dossier.Fact{}
	for i := range all {
		if f := all[i].counts; f != nil {
			out[f.Name] = f
		}
	}
	return out
}

// stated are the facts as they are shown, with what only the manifest states, by name.
func (all statements) stated() map[string]*dossier.Fact {
	out := map[string]*dossier.Fact{}
	for i := range all {
		out[all[i].stated.Name] = all[i].stated
	}
	return out
}

// disputedIn writes those of some facts that only the manifest supports, for reasons.
func (all statements) disputedIn(facts []string) (out []dossier.Text) {
	for i := range all {
		if s := &all[i]; s.isDisputed() && slices.Contains(facts, s.def.Name) {
			out = append(out, s.inWords())
		}
	}
	return out
}

// countedFacts are the facts of an assessment with the values that count, by name.
func countedFacts(a *dossier.Assessment) map[string]*dossier.Fact {
	out := map[string]*dossier.Fact{}
	for i := range a.Facts {
		f := a.Facts[i]
		if f.Value = f.Counts(); f.Value != nil {
			out[f.Name] = &f
		}
	}
	return out
}
