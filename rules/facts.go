package rules

import (
	"cmp"
	"slices"
	"sort"

	"kheo/internal/dossier"
	"kheo/internal/texts"
	"kheo/rules/condition"
	"kheo/rules/exchange"
	"kheo/rules/factreader"
	"kheo/rules/history"
	"kheo/rules/value"
)

// This file decides what a dossier states of a fact, out of the places that state it: which of them counts,
// and which say otherwise. Package stated finds those places.

// FactDef is one fact that a ruleset reads.
type FactDef struct {
	Name string
	factreader.Fact
	trust []string // roles, most trusted first
	paper string   // the role, for type document

	unitText dossier.Text // the unit in reasons
	// the fact in reasons: as called says, its first label in each language, or the name of the paper
	title    dossier.Text
	called   dossier.Text // the title that the ruleset gives it; nil if it gives none
	sure     float64      // confidence from which on a value counts
	manifest bool         // what dossier.yaml states of it counts by itself: the office fills it in

	ways     []FactDef               // ways to find it, of first_of; each reads the same type
	only     []string                // of a way: roles of the papers that count; nil for any
	office   *officeColumn           // of a table of the office, if it is stated there; else nil
	person   bool                    // only a person states it
	past     *history.Want           // if it counts earlier recognitions, which ones; else nil
	from     string                  // the source that the ruleset names, one of sourcesOfFacts; "" for papers
	file     fileProperty            // for type file
	let      *condition.Expression   // if it is computed of other facts; else nil
	unnamed  bool                    // it is the expression of a criterion, which nothing else may name
	bases    []string                // if it is computed: the facts that are read and on which it depends
	feeds    []string                // its name, and those of the facts that are computed of it
	needs    dossier.Text            // if it is computed: the titles of its bases
	options  map[string]dossier.Text // how reasons write the options of a choice, by their ids
	exchange *exchange.Rates         // rates of the campaign; nil if it has none
}

// confDisputed is the confidence of a fact that another place contradicts.
const confDisputed = 0.5

// maxRivals is how many contradicting values of a fact are kept.
const maxRivals = 20

// defaultTrust is the order in which sources count for a fact that names none.
var defaultTrust = []string{manifestRole, "form", "confirmation", "minutes", "report"}

// candidate is one place that states a fact, as it is weighed against others.
type candidate struct {
	factreader.Place
	rank    int          // of the role in the fact's order of trust; 0 is trusted most
	how     dossier.Text // how the value came from what is written; nil if it is written so
	foreign bool         // it is money in a currency for which there is no rate: value is in unit, and not compared
}

// statement is what a dossier says of a fact.
type statement struct {
	def    *FactDef
	stated *dossier.Fact // as it is shown: the manifest wins over papers that say otherwise
	papers *dossier.Fact // as documents alone state it; nil if none does
	counts *dossier.Fact // what earns points and passes gates; nil if only the manifest states it, or it is uncertain

	// readings are the facts that may be right instead of what counts, if that is not settled; nil among
	// them: no fact. They are what people would decide between.
	readings []*dossier.Fact
	near     bool // it is uncertain only how near the number is to what is meant: it counts as its readings agree
	foreign  bool // an amount in another currency may be right: its readings cannot be tried
}

// undisputed is the statement of a fact that counts as it is shown.
func undisputed(def *FactDef, f *dossier.Fact) statement {
	return statement{def: def, stated: f, papers: f, counts: f}
}

// isDisputed reports whether the manifest says what no document supports.
func (s *statement) isDisputed() bool { return s.stated != s.papers }

// isUncertain reports whether papers may state the fact, but it was not read surely.
func (s *statement) isUncertain() bool { return len(s.stated.Readings) > 0 }

// inWords writes the fact with the value that is shown, for reasons.
func (s *statement) inWords() dossier.Text { return s.def.withValue(s.stated) }

// withValue writes the name of the fact and a value of it, for reasons.
func (def *FactDef) withValue(f *dossier.Fact) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		out[lang] = def.title.In(lang) + " " + def.shown(f)(lang)
	}
	return out
}

// shownIn writes a value of the fact, for reasons.
func shownIn(def *FactDef, f *dossier.Fact) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		out[lang] = def.shown(f)(lang)
	}
	return out
}

// readFact finds every statement of a fact, most trusted first; ok is false if there is none. What the
// submitter's manifest states counts as far as a document states it too, unless the ruleset says that it
// counts by itself.
//
// A place that was not read surely counts only if a sure one, or the manifest, states the same; if no sure
// place states the fact, the fact is uncertain.
//
// A fact that is not read in papers at all is what beside says.
func readFact(def *FactDef, r *Reading, given *Given) (s statement, ok bool) {
	if s, ok, beside := def.beside(r, given); beside {
		return s, ok
	}
	found, ofOffice := def.candidates(r, given)
	if ofOffice {
		return undisputed(def, def.fact(found)), true
	}
	own, stated := manifestValue(def, &r.dossier.Manifest)
	papers, unsure := def.sift(found)
	if len(papers) == 0 && len(unsure) > 0 {
		if !stated {
			return def.uncertain(unsure), true
		}
		papers = def.settledBy(&own, unsure)
	}
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
	case !stated && all[0].IsNear():
		return nearly(def, &all[0], f), true
	case !stated || def.manifest && (len(def.ways) == 0 || len(papers) == 0):
		return undisputed(def, f), true
	case len(papers) == 0:
		f.Unsupported, f.State = true, dossier.Doubtful
		return statement{def: def, stated: f, readings: []*dossier.Fact{f, nil}}, true
	}
	return def.againstPapers(f, all, papers), true
}

// settledBy is the place that may state what the manifest says, if there is one: the manifest says which of
// its possible values it is.
func (def *FactDef) settledBy(own *candidate, unsure []candidate) []candidate {
	at := slices.IndexFunc(unsure, func(c candidate) bool { return !c.foreign && def.mayBe(&c, own.Value) })
	if at < 0 {
		return nil
	}
	c := unsure[at]
	c.Value, c.Doubt, c.Others = own.Value, "", nil
	return []candidate{c}
}

// againstPapers is the statement of a fact that the manifest and papers state: all is what states it, most
// trusted first, and f the fact by it. If the manifest comes first and papers say otherwise, the lower number
// counts.
func (def *FactDef) againstPapers(f *dossier.Fact, all, papers []candidate) statement {
	def.byTrust(papers)
	alone := def.fact(papers)
	if own := all[0]; own.Role == manifestRole {
		at := slices.IndexFunc(papers, func(c candidate) bool {
			return def.Same(own.Value, c.Value, own.Approx || c.Approx)
		})
		if at == 0 {
			return saidExactly(def, &own, &papers[0], alone)
		}
		if at > 0 { // of papers that differ, the manifest agrees with one that counts later
			f = def.fact(append([]candidate{papers[at]}, slices.Delete(slices.Clone(papers), at, at+1)...))
		}
	} else { // papers are trusted first
		return undisputed(def, f)
	}
	s := statement{def: def, stated: f, papers: alone, counts: alone, readings: []*dossier.Fact{f, alone}}
	x, number := f.Value.(float64)
	if y, ok := alone.Value.(float64); number && ok && x < y {
		s.counts = f
	} else {
		f.Counted = alone.Value
	}
	return s
}

// saidExactly is the statement of a fact of which the manifest and the paper that counts say the same. If the paper
// says "about 40", the manifest says which number it is, unless it is further away than that.
func saidExactly(def *FactDef, own, paper *candidate, f *dossier.Fact) statement {
	if !paper.IsNear() {
		return undisputed(def, f)
	}
	if !paper.Spans(own.Value) {
		return nearly(def, paper, f)
	}
	f.Value, f.Approx = own.Value, false
	return undisputed(def, f)
}

// nearly is the statement of a fact that papers state as a number near what is meant: that of the place, as f. It
// counts as far as all of its readings agree.
func nearly(def *FactDef, c *candidate, f *dossier.Fact) statement {
	f.State, f.Doubt, f.Counted = dossier.Doubtful, doubtText(c.Doubt), f.Value
	s := statement{def: def, stated: f, papers: f, counts: f, near: true, readings: []*dossier.Fact{f}}
	for _, v := range c.Others {
		if v != f.Value {
			f.Readings = append(f.Readings, v)
			other := *f
			other.Value, other.Counted = v, v
			s.readings = append(s.readings, &other)
		}
	}
	return s
}

// sift parts the places that state a fact surely, or nearly, from those that may state it.
func (def *FactDef) sift(all []candidate) (sure, unsure []candidate) {
	isSure := func(c *candidate) bool { return (c.Doubt == "" || c.IsNear()) && c.Way.Confidence() >= def.sure }
	n := 0
	for n < len(all) && isSure(&all[n]) {
		n++
	}
	if n == len(all) { // the usual case
		return all, nil
	}
	sure = slices.Clone(all[:n])
	for i := n; i < len(all); i++ {
		if isSure(&all[i]) {
			sure = append(sure, all[i])
		} else {
			unsure = append(unsure, all[i])
		}
	}
	return sure, unsure
}

// doubtText is the sentence for the code of a doubt.
func doubtText(code string) dossier.Text { return say("fact.doubt." + cmp.Or(code, "unsure")) }

// mayBe reports whether the place may state a value.
func (def *FactDef) mayBe(c *candidate, v any) bool {
	return def.Same(c.Value, v, c.Approx) ||
		slices.ContainsFunc(c.Others, func(o any) bool { return def.Same(o, v, c.Approx) })
}

// uncertain is the statement of a fact that no place states surely. That papers do not state it at all is one
// of its readings if a place says so, or if there is no other.
func (def *FactDef) uncertain(unsure []candidate) statement {
	def.byTrust(unsure)
	best := unsure[0]
	f := def.fact(unsure[:1])
	f.State, f.Doubt = dossier.Doubtful, doubtText(best.Doubt)
	s := statement{def: def, stated: f, readings: []*dossier.Fact{f}}
	for _, c := range unsure {
		s.foreign = s.foreign || c.foreign
		for _, v := range append([]any{c.Value}, c.Others...) {
			isRead := func(r *dossier.Fact) bool { return def.Same(r.Value, v, false) }
			known := v == nil || slices.ContainsFunc(s.readings, isRead)
			if !known && len(f.Readings) < factreader.MaxReadings {
				f.Readings = append(f.Readings, v)
				other := *f
				other.Value, other.Source = v, c.Source
				s.readings = append(s.readings, &other)
			}
		}
	}
	mayBeNone := best.Doubt == "" || slices.ContainsFunc(unsure,
		func(c candidate) bool { return slices.Contains(c.Others, nil) })
	if mayBeNone || len(f.Readings) == 0 {
		f.Readings = append(f.Readings, nil)
		s.readings = append(s.readings, nil)
	}
	return s
}

// byTrust puts what states a fact in order, most trusted first: what was read in forms before what was read
// in sentences, then by the role of the paper, then by confidence. A number that is only near what is meant comes
// after all others.
func (def *FactDef) byTrust(all []candidate) {
	trust := def.trust
	if len(trust) == 0 {
		trust = defaultTrust
	}
	for i := range all {
		if all[i].rank = slices.Index(trust, all[i].Role); all[i].rank < 0 {
			all[i].rank = len(trust)
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		if x, y := a.IsNear(), b.IsNear(); x != y {
			return y
		}
		if a.Way.InForm() != b.Way.InForm() {
			return a.Way.InForm()
		}
		if a.rank != b.rank {
			return a.rank < b.rank
		}
		return a.Way < b.Way
	})
}

// fact makes the fact of what states it: the first counts, and those that say otherwise are its rivals.
func (def *FactDef) fact(all []candidate) *dossier.Fact {
	best := all[0]
	f := &dossier.Fact{Name: def.Name, Value: best.Value, Unit: def.Reads.Unit, Source: best.Source,
		Confidence: best.Way.Confidence(), State: dossier.Certain, Rivals: []dossier.Rival{}, Approx: best.Approx,
		Names: best.Names, How: best.how}
	if best.Unit != "" {
		f.Unit = best.Unit
	}
	for i := range all[1:] {
		c := &all[1+i]
		if def.Same(best.Value, c.Value, best.Approx || c.Approx) || c.Spans(best.Value) || best.Spans(c.Value) {
			continue
		}
		known := slices.ContainsFunc(f.Rivals, func(r dossier.Rival) bool {
			return r.Source.Document == c.Source.Document && def.Same(r.Value, c.Value, false)
		})
		if !known && len(f.Rivals) < maxRivals {
			f.Rivals = append(f.Rivals, dossier.Rival{Value: c.Value, Source: c.Source})
			if c.Way.Contradicts() {
				f.Confidence, f.State = confDisputed, dossier.Doubtful
			}
		}
	}
	return f
}

// Contradicted returns the rival of a fact that was read as surely as the fact itself; ok is false if it has
// none.
func Contradicted(f *dossier.Fact) (rival dossier.Rival, ok bool) {
	if f.Confidence <= confDisputed && len(f.Rivals) > 0 {
		return f.Rivals[0], true
	}
	return dossier.Rival{}, false
}

// statements are what a dossier says of a ruleset's facts, in the ruleset's order; a fact that it does not
// state is missing.
type statements []statement

// readFacts reads the facts of a ruleset, whose phrases have been marked in the reading. What a person stated
// of a fact counts, whatever else states it; a fact that a person rejected is missing. Facts that are
// computed come last, after those that they are computed of.
func (rs *Ruleset) readFacts(r *Reading, given *Given) statements {
	var out statements
	hinted := false
	for i := range rs.facts {
		def := &rs.facts[i]
		if def.let != nil && !hinted {
			out, hinted = readHints(rs, r, given, out), true
		}
		at := slices.IndexFunc(given.Corrections,
			func(c dossier.Correction) bool { return c.Fact == def.Name })
		var s statement
		var ok bool
		switch {
		case at >= 0:
			s, ok = def.corrected(&given.Corrections[at])
		case def.let != nil:
			s, ok = def.computed(rs, given.Identity.Unit, out)
		case def.past != nil:
			s, ok = def.recognised(rs, given, out)
		default:
			s, ok = readFact(def, r, given)
		}
		if ok {
			out = append(out, s)
		}
	}
	if !hinted {
		out = readHints(rs, r, given, out)
	}
	return out
}

// readHints adds to what a dossier states the facts that it may state in words other than those of their labels, in the
// order of the ruleset.
func readHints(rs *Ruleset, r *Reading, given *Given, known statements) statements {
	isStated := func(def *FactDef, p *factreader.Place, orRival bool) bool {
		return slices.ContainsFunc(known, func(s statement) bool {
			at := &s.stated.Source
			return at.Document == p.Source.Document && at.Page == p.Source.Page && at.Start < p.Source.End &&
				p.Source.Start < at.End && (orRival && def.IsRival(&s.def.Fact) || def.Reads.Type != value.YesNo &&
				factreader.Same(s.stated.Value, p.Value, false))
		})
	}
	var out statements
	next := 0
	for i := range rs.facts {
		def := &rs.facts[i]
		if next < len(known) && known[next].def == def {
			out = append(out, known[next])
			next++
			continue
		}
		if def.let != nil || def.past != nil || def.from != "" || len(def.ways) > 0 ||
			slices.ContainsFunc(given.Corrections, func(c dossier.Correction) bool { return c.Fact == def.Name }) {
			continue
		}
		taken := func(p *factreader.Place) bool { return isStated(def, p, true) }
		same := func(p *factreader.Place) bool { return isStated(def, p, false) }
		if found := def.weighed(def.Hinted(r.facts, taken, same)); len(found) > 0 {
			out = append(out, def.outOf(found))
		}
	}
	return append(out, known[next:]...)
}

// outOf is the statement of a fact by the places that state it, if nothing else does.
func (def *FactDef) outOf(found []candidate) statement {
	sure, unsure := def.sift(found)
	if len(sure) == 0 {
		return def.uncertain(unsure)
	}
	def.byTrust(sure)
	f := def.fact(sure)
	if sure[0].IsNear() {
		return nearly(def, &sure[0], f)
	}
	return undisputed(def, f)
}

// corrected is the statement of a fact that a person stated; ok is false if the person rejected it.
func (def *FactDef) corrected(c *dossier.Correction) (s statement, ok bool) {
	if c.Value == nil {
		return statement{}, false
	}
	return undisputed(def, &dossier.Fact{Name: def.Name, Value: def.normal(c.Value), Unit: def.Reads.Unit,
		Source: c.Source, Confidence: 1, State: dossier.Corrected, Rivals: []dossier.Rival{}}), true
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

// stated are the facts as they are shown, with what only the manifest states, by name. Amounts in another
// currency are left out, because nothing may be compared with them.
func (all statements) stated() map[string]*dossier.Fact {
	out := map[string]*dossier.Fact{}
	for i := range all {
		if !all[i].foreign {
			out[all[i].stated.Name] = all[i].stated
		}
	}
	return out
}

// unsettled are those of some facts that have several readings.
func (all statements) unsettled(facts []string) (out []*statement) {
	for i := range all {
		if s := &all[i]; len(s.readings) > 0 && slices.Contains(facts, s.def.Name) {
			out = append(out, s)
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
