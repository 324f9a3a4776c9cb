package rules

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/texts"
	"kheo/rules/condition"
	"kheo/rules/exchange"
	"kheo/rules/history"
	"kheo/rules/phrase"
	"kheo/rules/table"
	"kheo/rules/value"
)

// This file decides what a dossier states of a fact, out of the places that state it: which of them counts,
// and which say otherwise. facts_in_tables.go and facts_in_sentences.go find those places.

// FactDef is one fact that a ruleset reads.
type FactDef struct {
	Name   string
	reads  value.Reader // its type and unit
	labels []phrase.Phrase
	list   int // of the labels, in the matcher
	// bareList is the list of the labels without "number of", which are headers of tables only.
	bareList int
	say      []template // sentences with a place for the value
	loose    []looseLabel
	lines    []phrase.Loose // its labels as they are looked for on lines of their own
	byUnits  bool           // it is a count whose unit no other fact counts
	alone    bool           // it is a plain count, whose unit no other fact counts
	unitList int            // of its units, in the matcher; set if byUnits
	trust    []string       // roles, most trusted first
	paper    string         // the role, for type document

	unitText dossier.Text // the unit in reasons
	title    dossier.Text // the fact in reasons: as called says, its first label in each language, or the name of the paper
	called   dossier.Text // the title that the ruleset gives it; nil if it gives none
	sure     float64      // confidence from which on a value counts
	opens    string       // year in which the campaign opens, of four digits, or "": earlier years do not count
	want     table.Want   // which of the values of a table or sentence count
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

// way is the way in which a value was read. The ways are in their order of trust within one kind of paper,
// most trusted first.
type way uint8

const (
	wayManifest way = iota
	wayField        // the state of a form's control, or a typed cell below its header
	wayForm         // "label: value" on a line or across cells
	wayCell         // a cell of a table, by its row and column headers
	waySentence     // label and value inside one sentence
	wayPattern      // a sentence pattern of the ruleset
	wayDerived      // a sentence pattern made of a label: too little to contradict another
	wayUnit         // a number with its unit in a sentence, read only if nothing else states the fact
)

// confidence is, by the way in which a value was read, the share of such values that are right in passages
// that the code was not written with (see docs/benchmarks.md). It does not depend on other places that state
// the fact.
func (w way) confidence() float64 {
	return [...]float64{wayManifest: 1, wayField: 0.98, wayForm: 0.97, wayCell: 0.95, waySentence: 0.95,
		wayPattern: 0.95,
		wayDerived: 0.92, wayUnit: 0.92}[w]
}

// inForm reports whether the value was read in a form or table, and not in running text.
func (w way) inForm() bool { return w <= wayCell }

// contradicts reports whether a value read in this way contradicts another one.
func (w way) contradicts() bool { return w < wayDerived }

// confDisputed is the confidence of a fact that another place contradicts.
const confDisputed = 0.5

// maxRivals is how many contradicting values of a fact are kept, and maxReadings how many values an uncertain
// one may have beside the first.
const (
	maxRivals   = 20
	maxReadings = 4
)

// defaultTrust is the order in which sources count for a fact that names none.
var defaultTrust = []string{manifestRole, "form", "confirmation", "minutes", "report"}

// candidate is one place that states a fact.
type candidate struct {
	value  any
	unit   string
	source dossier.Source
	role   string // of the paper, or manifestRole
	way    way
	approx bool
	rank   int // of the role in the fact's order of trust; 0 is trusted most

	// doubt is the code of a text fact.doubt.* that says why value may not be what the place states, and
	// others are the other values that it may state; nil among them: it may state none. Both are empty if the
	// value is certain.
	doubt  string
	others []any

	said    table.Kinds  // of a value in a sentence: what the words around it say, as those of a header
	names   []string     // the entries of a list
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
	case !stated && all[0].isNear():
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
	at := slices.IndexFunc(unsure, func(c candidate) bool { return !c.foreign && def.mayBe(&c, own.value) })
	if at < 0 {
		return nil
	}
	c := unsure[at]
	c.value, c.doubt, c.others = own.value, "", nil
	return []candidate{c}
}

// againstPapers is the statement of a fact that the manifest and papers state: all is what states it, most
// trusted first, and f the fact by it. If the manifest comes first and papers say otherwise, the lower number
// counts.
func (def *FactDef) againstPapers(f *dossier.Fact, all, papers []candidate) statement {
	def.byTrust(papers)
	alone := def.fact(papers)
	if own := all[0]; own.role == manifestRole {
		at := slices.IndexFunc(papers, func(c candidate) bool {
			return def.same(own.value, c.value, own.approx || c.approx)
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
	if !paper.isNear() {
		return undisputed(def, f)
	}
	if !paper.spans(own.value) {
		return nearly(def, paper, f)
	}
	f.Value, f.Approx = own.value, false
	return undisputed(def, f)
}

// isNear reports whether all that is not sure of a place is how near its number is to what is meant. It states the fact
// surely enough to contradict other places.
func (c *candidate) isNear() bool { return value.Around(c.doubt) && !slices.Contains(c.others, nil) }

// spans reports whether a number is between the least and the most that a place that states one nearly may mean.
func (c *candidate) spans(v any) bool {
	n, ok := v.(float64)
	least, isNumber := c.value.(float64)
	if !ok || !isNumber || !c.isNear() {
		return false
	}
	most := least
	for _, o := range c.others {
		if x, ok := o.(float64); ok {
			least, most = min(least, x), max(most, x)
		}
	}
	return n >= least && n <= most
}

// nearly is the statement of a fact that papers state as a number near what is meant: that of the place, as f. It counts
// as far as all of its readings agree.
func nearly(def *FactDef, c *candidate, f *dossier.Fact) statement {
	f.State, f.Doubt, f.Counted = dossier.Doubtful, doubtText(c.doubt), f.Value
	s := statement{def: def, stated: f, papers: f, counts: f, near: true, readings: []*dossier.Fact{f}}
	for _, v := range c.others {
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
	isSure := func(c *candidate) bool { return (c.doubt == "" || c.isNear()) && c.way.confidence() >= def.sure }
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
	return def.same(c.value, v, c.approx) ||
		slices.ContainsFunc(c.others, func(o any) bool { return def.same(o, v, c.approx) })
}

// uncertain is the statement of a fact that no place states surely. That papers do not state it at all is one
// of its readings if a place says so, or if there is no other.
func (def *FactDef) uncertain(unsure []candidate) statement {
	def.byTrust(unsure)
	best := unsure[0]
	f := def.fact(unsure[:1])
	f.State, f.Doubt = dossier.Doubtful, doubtText(best.doubt)
	s := statement{def: def, stated: f, readings: []*dossier.Fact{f}}
	for _, c := range unsure {
		s.foreign = s.foreign || c.foreign
		for _, v := range append([]any{c.value}, c.others...) {
			isRead := func(r *dossier.Fact) bool { return def.same(r.Value, v, false) }
			known := v == nil || slices.ContainsFunc(s.readings, isRead)
			if !known && len(f.Readings) < maxReadings {
				f.Readings = append(f.Readings, v)
				other := *f
				other.Value, other.Source = v, c.source
				s.readings = append(s.readings, &other)
			}
		}
	}
	mayBeNone := best.doubt == "" || slices.ContainsFunc(unsure,
		func(c candidate) bool { return slices.Contains(c.others, nil) })
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
		if all[i].rank = slices.Index(trust, all[i].role); all[i].rank < 0 {
			all[i].rank = len(trust)
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		if x, y := a.isNear(), b.isNear(); x != y {
			return y
		}
		if a.way.inForm() != b.way.inForm() {
			return a.way.inForm()
		}
		if a.rank != b.rank {
			return a.rank < b.rank
		}
		return a.way < b.way
	})
}

// fact makes the fact of what states it: the first counts, and those that say otherwise are its rivals.
func (def *FactDef) fact(all []candidate) *dossier.Fact {
	best := all[0]
	f := &dossier.Fact{Name: def.Name, Value: best.value, Unit: def.reads.Unit, Source: best.source,
		Confidence: best.way.confidence(), State: dossier.Certain, Rivals: []dossier.Rival{}, Approx: best.approx,
		Names: best.names, How: best.how}
	if best.unit != "" {
		f.Unit = best.unit
	}
	for i := range all[1:] {
		c := &all[1+i]
		if def.same(best.value, c.value, best.approx || c.approx) || c.spans(best.value) || best.spans(c.value) {
			continue
		}
		known := slices.ContainsFunc(f.Rivals, func(r dossier.Rival) bool {
			return r.Source.Document == c.source.Document && def.same(r.Value, c.value, false)
		})
		if !known && len(f.Rivals) < maxRivals {
			f.Rivals = append(f.Rivals, dossier.Rival{Value: c.value, Source: c.source})
			if c.way.contradicts() {
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

// same reports whether two values of the fact agree. Options, units, years and numbers of entries do so only
// if they are equal.
func (def *FactDef) same(a, b any, approx bool) bool {
	switch def.reads.Type {
	case value.Choice, value.OfUnit, value.Year:
		return a == b
	case value.Names:
		return a == b || approx && same(a, b, approx)
	}
	return same(a, b, approx)
}

// same reports whether two values agree: numbers to half a percent (to a tenth if one is approximate), a
// month and a date inside it, texts without diacritics or one inside the other.
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
		return fx == fy || (len(fx) > 3 && len(fy) > 3 && (strings.Contains(fx, fy) || strings.Contains(fy,
			fx)))
	}
	return a == b
}

// statements are what a dossier says of a ruleset's facts, in the ruleset's order; a fact that it does not
// state is missing.
type statements []statement

// readFacts reads the facts of a ruleset, whose phrases have been marked in the reading. What a person stated
// of a fact counts, whatever else states it; a fact that a person rejected is missing. Facts that are
// computed come last, after those that they are computed of.
func (rs *Ruleset) readFacts(r *Reading, given *Given) statements {
	var out statements
	for i := range rs.facts {
		def := &rs.facts[i]
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
	return out
}

// corrected is the statement of a fact that a person stated; ok is false if the person rejected it.
func (def *FactDef) corrected(c *dossier.Correction) (s statement, ok bool) {
	if c.Value == nil {
		return statement{}, false
	}
	return undisputed(def, &dossier.Fact{Name: def.Name, Value: def.normal(c.Value), Unit: def.reads.Unit,
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
