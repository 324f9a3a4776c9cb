package rules

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/text/language"
)

// FactType is what kind of value a fact has.
type FactType string

const (
	Count   FactType = "count"    // a number of something: float64
	Money   FactType = "money"    // an amount in the currency's base unit: float64
	Percent FactType = "percent"  // 0 … 100 (and beyond): float64
	Date    FactType = "date"     // ISO date: string
	Month   FactType = "month"    // ISO month or date: string
	YesNo   FactType = "yesno"    // bool
	Period  FactType = "period"   // ISO 8601 interval of dates or months, open as 2024-03/..: string
	OfUnit  FactType = "unit"     // id of a unit of the campaign: string
	Words   FactType = "text"     // string
	Paper   FactType = "document" // true if a part of the dossier is such a paper
)

var factTypes = []string{string(Count), string(Money), string(Percent), string(Date), string(Month), string(Period), string(YesNo), string(OfUnit), string(Words), string(Paper)}

// numeric reports whether values of the type are numbers.
func (t FactType) numeric() bool { return t == Count || t == Money || t == Percent }

// FactDef is one fact that a ruleset reads.
type FactDef struct {
	Name     string
	Type     FactType
	Unit     string   // what is counted, in base units; the currency's code for money
	units    []phrase // how texts write the unit
	labels   []phrase
	list     int        // of the labels, in the matcher
	say      []template // sentences with a place for the value
	trust    []string   // roles, most trusted first
	paper    string     // the role, for type document
	unitText dossier.Text
	called   dossier.Text // in reasons
	env      *Env
	manifest bool // what dossier.yaml states of it counts by itself: the office fills it in
}

// template is a sentence pattern with one place for the value; … beside the place
// matches up to gapWords other words of the clause.
type template struct {
	before, after       []string
	gapBefore, gapAfter bool
	derived             bool // made of a label
	list                int  // of the words before the value or, if there are none, behind it
	text                string
}

// gapWords is how many words … matches at most in a sentence pattern.
const gapWords = 5

// Confidence of a value by where it was read. Contradictions are raised
// between values of at least confSure.
const (
	confManifest = 1.0
	confForm     = 0.95 // "label: value" on a line or across cells
	confSentence = 0.8  // label and value inside one sentence
	confSay      = 0.75 // a sentence pattern of the ruleset
	confDerived  = 0.7  // a sentence pattern made of a label: too little to contradict another
	confSure     = 0.75
)

// defaultTrust is the order in which sources count for a fact that names none.
var defaultTrust = []string{"manifest", "form", "confirmation", "minutes", "report"}

// candidate is one place that states a fact.
type candidate struct {
	value      any
	unit       string
	source     dossier.Source
	role       string
	confidence float64
	approx     bool
	rank       int
}

// statement is what a dossier says of a fact.
type statement struct {
	def    *FactDef
	stated *dossier.Fact // as it is shown: the manifest wins over papers that say otherwise
	papers *dossier.Fact // as documents alone state it; nil if none does
	counts *dossier.Fact // what earns points and passes gates; nil if only the manifest states it
}

// disputed reports whether the manifest says what no document supports.
func (s *statement) disputed() bool { return s.stated != s.papers }

// readFact finds every statement of a fact, most trusted first. What the submitter's manifest states
// counts as far as a document states it too, unless the ruleset says that it counts by itself.
func readFact(def *FactDef, pr *Reading) (statement, bool) {
	var papers []candidate
	if def.Type == Paper {
		if src := pr.roles[def.paper]; len(src) > 0 {
			f := &dossier.Fact{Name: def.Name, Value: true, Source: src[0], Confidence: confForm, Rivals: []dossier.Rival{}}
			return statement{def, f, f, f}, true
		}
	}
	for _, p := range pr.pages {
		papers = append(papers, def.fromPage(p)...)
	}
	own, stated := manifestValue(def, &pr.dossier.Manifest)
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
		return statement{def, f, f, f}, true
	case len(papers) == 0:
		f.Unsupported = true
		return statement{def, f, nil, nil}, true
	}
	def.byTrust(papers)
	alone := def.fact(papers)
	if all[0].role == "manifest" {
		at := slices.IndexFunc(papers, func(c candidate) bool { return same(own.value, c.value, own.approx || c.approx) })
		if at == 0 {
			return statement{def, alone, alone, alone}, true
		}
		if at > 0 { // of papers that differ, the manifest agrees with one that counts later
			f = def.fact(append([]candidate{papers[at]}, slices.Delete(slices.Clone(papers), at, at+1)...))
		}
	} else { // papers are trusted first
		return statement{def, f, f, f}, true
	}
	s := statement{def, f, alone, alone}
	x, number := f.Value.(float64)
	if y, ok := alone.Value.(float64); number && ok && x < y {
		s.counts = f
	} else {
		f.Counted = alone.Value
	}
	return s, true
}

// byTrust puts what states a fact in order, most trusted first.
func (def *FactDef) byTrust(all []candidate) {
	trust := def.trust
	if len(trust) == 0 {
		trust = defaultTrust
	}
	for i := range all {
		all[i].rank = len(trust)
		for k, r := range trust {
			if all[i].role == r {
				all[i].rank = k
				break
			}
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
	f := &dossier.Fact{Name: def.Name, Value: best.value, Unit: def.Unit, Source: best.source, Confidence: best.confidence, Rivals: []dossier.Rival{}, Approx: best.approx}
	if best.unit != "" {
		f.Unit = best.unit
	}
	for _, c := range all[1:] {
		if same(best.value, c.value, best.approx || c.approx) {
			continue
		}
		twice := false
		for _, r := range f.Rivals {
			twice = twice || (r.Source.Document == c.source.Document && same(r.Value, c.value, false))
		}
		if !twice && len(f.Rivals) < 20 {
			f.Rivals = append(f.Rivals, dossier.Rival{Value: c.value, Source: c.source})
			if c.confidence >= confSure {
				f.Confidence = math.Min(f.Confidence, 0.5)
			}
		}
	}
	return f
}

// contradicted reports whether a fact has a rival that was read as surely as
// the fact itself.
func contradicted(f *dossier.Fact) (dossier.Rival, bool) {
	if f.Confidence <= 0.5 && len(f.Rivals) > 0 {
		return f.Rivals[0], true
	}
	return dossier.Rival{}, false
}

// same reports whether two values agree: numbers to half a percent (to a tenth if one is
// approximate), a month and a date inside it, texts without diacritics or one inside the
// other.
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

// manifestValue returns what dossier.yaml states of a fact; ok is false if it states
// nothing, or nothing of the fact's type.
func manifestValue(def *FactDef, m *dossier.Manifest) (candidate, bool) {
	var v any
	switch def.Name {
	case "registered_on":
		v = m.RegisteredOn
	case "nominee":
		v = m.Nominee
	}
	if x, ok := m.Facts[def.Name]; ok {
		v = x
	}
	if v == nil || v == "" {
		return candidate{}, false
	}
	switch def.Type {
	case Count, Money, Percent:
		if _, ok := v.(float64); !ok {
			return candidate{}, false
		}
	case Date, Month:
		s, ok := v.(string)
		if !ok || !isodate.Valid(s, def.Type == Month) {
			return candidate{}, false
		}
	case Paper:
		if v != true {
			return candidate{}, false
		}
	}
	return candidate{value: v, role: "manifest", confidence: confManifest, source: manifestSource(m, def.Name)}, true
}

// manifestSource cites the line of dossier.yaml that states a key.
func manifestSource(m *dossier.Manifest, key string) dossier.Source {
	at := strings.Index(m.Source, key+":")
	if at < 0 {
		return dossier.Source{Document: dossier.ManifestName, Page: 1}
	}
	end := len(m.Source)
	if n := strings.IndexAny(m.Source[at:], "\n,}"); n >= 0 {
		end = at + n
	}
	q := m.Source[at:end]
	start := utf8.RuneCountInString(m.Source[:at])
	return dossier.Source{Document: dossier.ManifestName, Page: 1, Quote: q, Start: start, End: start + utf8.RuneCountInString(q)}
}

// fromPage finds the fact's statements on one page: after a label, across
// cells, in a sentence, or by a sentence pattern.
func (def *FactDef) fromPage(p *pageText) []candidate {
	var out []candidate
	for _, h := range apart(p.hits[def.list]) {
		if p.startsCell(h.first) && strings.ContainsAny(p.gap(h.last-1), ":\t(") {
			p.labels = append(p.labels, h)
		}
		if c, ok := def.afterLabel(p, h); ok {
			out = append(out, c)
		}
	}
	for _, t := range def.say {
		out = append(out, def.bySentence(p, t)...)
	}
	return out
}

// labelled is what follows a label: where its value may be.
type labelled struct {
	from, limit int     // words [from, limit) of the page
	form        bool    // the label is the label of a form, table or list
	scale       float64 // what the label says in brackets: "Kinh phí (triệu đồng): 85"
}

// afterLabel reads the value of the fact that follows a label: behind a colon or in the
// next cell or line (surely), or later in the same sentence.
func (def *FactDef) afterLabel(p *pageText, h hit) (candidate, bool) {
	in, ok := def.placeOf(p, h)
	if !ok {
		return candidate{}, false
	}
	l := h.phrase.lang // a value is written in the language of its label
	if l == nil {
		l = p.LanguageAt(h.first)
	}
	v, ok := def.valueOf(p, h, l, in)
	if !ok {
		return candidate{}, false
	}
	if n, isNumber := v.value.(float64); isNumber && in.scale != 1 && !v.scaled {
		v.value = n * in.scale
	}
	c := candidate{value: v.value, unit: v.unit, approx: v.approx, role: p.roles[p.Words[h.first].Line]}
	if in.form {
		c.confidence = confForm
		c.source = p.source(p.Words[h.first].Start, max(p.Words[v.last-1].End, p.Words[h.last-1].End))
	} else {
		s := p.Sentences[p.Words[h.first].Sentence]
		c.confidence, c.source = confSentence, p.source(s.Start, s.End)
	}
	return c, true
}

// placeOf finds where the value of a label may be; ok is false if there is no such place.
func (def *FactDef) placeOf(p *pageText, h hit) (in labelled, ok bool) {
	in.from, in.scale = p.bracketed(h.last)
	k := in.from
	if k >= len(p.Words) {
		return in, false
	}
	gap := p.gap(k - 1)
	nextLine := strings.Contains(gap, "\n") && p.Words[k].Line == p.Words[h.last-1].Line+1
	in.form = p.startsCell(h.first) && (strings.ContainsAny(gap, ":\t") || nextLine)
	in.limit = k
	if in.form {
		for in.limit < len(p.Words) && p.Words[in.limit].Line == p.Words[k].Line &&
			(in.limit == k || !strings.ContainsAny(p.gap(in.limit-1), "\t;")) {
			in.limit++
		}
		return in, true
	}
	for in.limit < len(p.Words) && p.Words[in.limit].Sentence == p.Words[h.first].Sentence && in.limit < k+12 {
		in.limit++
	}
	onlyInForms := def.Type == Words || def.Type == YesNo || def.Type == OfUnit
	return in, !onlyInForms && p.Words[k].Sentence == p.Words[h.first].Sentence
}

// bracketed skips what a label ending before word k has in brackets behind it, such as
// "(hộ)", and returns the word after it and the magnitude that it names, else 1.
func (p *pageText) bracketed(k int) (after int, scale float64) {
	scale = 1
	if !strings.Contains(p.gap(k-1), "(") {
		return k, scale
	}
	for n := 0; n < 8 && k < len(p.Words); n++ {
		if n > 0 && strings.Contains(p.gap(k-1), ")") {
			break
		}
		if m, ok := p.LanguageAt(k).Magnitudes[p.Words[k].Text]; ok {
			scale *= m
		}
		k++
	}
	return k, scale
}

// valueOf reads the value of a label at its place, unless the passage does not state it.
func (def *FactDef) valueOf(p *pageText, h hit, l *language.Language, in labelled) (reading, bool) {
	at, v, ok := def.firstValue(p, l, in.from, in.limit, in.form)
	if !ok && !in.form && def.countsIn(*h.phrase) {
		at, v, ok = def.bareCount(p, l, in.from, in.limit)
	}
	if !ok || def.disclaimed(p, h.last, at, v.last) {
		return reading{}, false
	}
	if in.form {
		return v, true
	}
	if def.notTheWhole(p, h.first, at, v.last) || p.struckOut(h.first, h.last, 0, false) != "" {
		return reading{}, false
	}
	if to, changed := def.changedTo(p, l, at, v.last, in.limit); changed {
		v = to
	}
	return v, true
}

// gap is the text between word k and the next.
func (p *pageText) gap(k int) string {
	if k < 0 || k+1 >= len(p.Words) {
		return ""
	}
	return string(p.Runes[p.Words[k].End:p.Words[k+1].Start])
}

// firstValue finds the first value of the fact's type in words[k:limit]. In forms it must
// be near the label, and a percentage is first looked for with its sign.
func (def *FactDef) firstValue(p *pageText, l *language.Language, k, limit int, form bool) (at int, v reading, ok bool) {
	if form && def.Type == YesNo {
		if v, ok, boxes := p.ticked(l, k, limit); boxes {
			return k, v, ok
		}
	}
	switch {
	case !form:
		return def.valueWithin(p, l, k, limit, limit, false)
	case def.Type != Percent:
		return def.valueWithin(p, l, k, k+5, limit, true)
	}
	if at, v, ok = def.valueWithin(p, l, k, k+8, limit, false); ok {
		return at, v, ok
	}
	return def.valueWithin(p, l, k, k+8, limit, true)
}

// valueWithin finds the first value that begins in words[from:to] and ends before limit.
func (def *FactDef) valueWithin(p *pageText, l *language.Language, from, to, limit int, form bool) (at int, v reading, ok bool) {
	for i := from; i < min(to, limit); i++ {
		if v, ok := def.valueAt(p, l, i, limit, form); ok {
			return i, v, true
		}
	}
	return 0, reading{}, false
}

// countsIn reports whether a label says what is counted, as in "number of households".
func (def *FactDef) countsIn(label phrase) bool {
	for _, u := range def.units {
		for k := range label.words {
			if k+len(u.words) <= len(label.words) && strings.Join(label.words[k:k+len(u.words)], " ") == strings.Join(u.words, " ") {
				return true
			}
		}
	}
	return false
}

// bareCount reads a number without its unit behind a label that says it: one that ends
// its clause, or begins "from 12 to 45".
func (def *FactDef) bareCount(p *pageText, l *language.Language, k, limit int) (int, reading, bool) {
	for i := k; i < limit; i++ {
		v, ok := def.valueAt(p, l, i, limit, true)
		if !ok {
			continue
		}
		_, to := p.cueIn(language.ChangeTo, v.last, min(limit, v.last+2))
		return i, v, to || v.last == limit || p.Words[v.last].Clause != p.Words[v.last-1].Clause
	}
	return 0, reading{}, false
}

// disclaimed reports whether a cue between a label and its value says that the value is not
// a statement: a plan, a negation, a wish.
func (def *FactDef) disclaimed(p *pageText, from, at, last int) bool {
	for sent := p.Words[from-1].Sentence; sent <= p.Words[last-1].Sentence; sent++ {
		for _, c := range p.cuesOf(sent) {
			if c.first < from || c.last > at {
				continue
			}
			switch c.kind {
			case language.Plan, language.Wish, language.Modal, language.Conditional, language.PartOf:
				return true
			case language.Negator, language.Past:
				if def.Type != YesNo {
					return true
				}
			}
		}
	}
	return false
}

// notTheWhole reports whether a quantity in a sentence is a share ("each household
// gave"), a part ("of which"), or of another time ("last year").
func (def *FactDef) notTheWhole(p *pageText, first, at, last int) bool {
	if def.Type != Count && def.Type != Money && def.Type != Percent {
		return false
	}
	s := p.Sentences[p.Words[at].Sentence]
	if _, ok := p.cueIn(language.PartOf, s.First, at); ok {
		return true
	}
	from, to := p.clauseOf(min(first, at), last)
	if _, ok := p.cueIn(language.Past, from, to); ok {
		return true
	}
	if def.env != nil && len(def.env.Opens) >= 4 && p.earlierYear(from, to, def.env.Opens[:4]) {
		return true
	}
	if def.Type == Percent {
		return false
	}
	if _, ok := p.cueIn(language.Each, from, min(to, last+3)); ok {
		return true
	}
	return last < len(p.Words) && p.gap(last-1) == "/"
}

// earlierYear reports whether words[from:to] name a year before the given one.
func (p *pageText) earlierYear(from, to int, year string) bool {
	for k := from; k < to; k++ {
		if w := p.Words[k]; w.Number && len(w.Text) == 4 && w.Text < year && w.Text >= "1950" && p.isYear(k) {
			return true
		}
	}
	return false
}

// changedTo reads the second value of "from 12 to 45".
func (def *FactDef) changedTo(p *pageText, l *language.Language, at, last, limit int) (reading, bool) {
	if _, ok := p.cueIn(language.ChangeFrom, max(0, at-1), at); !ok {
		return reading{}, false
	}
	for i := last; i < limit && i <= last+4; i++ {
		if v, ok := def.valueAt(p, l, i, limit, false); ok {
			_, to := p.cueIn(language.ChangeTo, last, i)
			return v, to
		}
		if v, ok := def.valueAt(p, l, i, limit, true); ok && def.Type != Percent { // "from 12 households to 45"
			_, to := p.cueIn(language.ChangeTo, last, i)
			return v, to
		}
	}
	return reading{}, false
}

// bySentence reads a value by a pattern such as "{} households take part".
func (def *FactDef) bySentence(p *pageText, t template) []candidate {
	var out []candidate
	past := 0 // words up to here belong to a value: no other begins inside it
	for _, i := range p.begins(t) {
		s := p.Sentences[p.Words[i].Sentence]
		limit := min(s.Last, i+24)
		k, ok := i, i >= past
		if len(t.before) > 0 {
			k = i + len(t.before)
		}
		var v reading
		widest := 0
		if t.gapBefore {
			widest = gapWords
		} else if len(t.before) > 0 {
			widest = 2 // "contributed about", "đóng góp được hơn"
		}
		for gap := 0; ok; gap++ {
			if ok = k+gap < limit; !ok {
				break
			}
			if v, ok = def.valueAt(p, p.LanguageAt(i), k+gap, limit, false); ok || gap == widest || p.Words[k+gap].Number {
				k += gap
				break
			}
			ok = true
		}
		if !ok {
			continue
		}
		past = v.last
		end, ok := t.closes(p, def, v.last, limit)
		if !ok || p.struckOut(i, end, 0, false) != "" || def.disclaimed(p, i+1, end, end) || def.notTheWhole(p, i, k, v.last) {
			continue
		}
		out = append(out, candidate{value: v.value, unit: v.unit, approx: v.approx, confidence: t.confidence(), role: p.roles[p.Words[i].Line], source: p.source(s.Start, s.End)})
	}
	return out
}

// confidence of what a pattern reads.
func (t template) confidence() float64 {
	if t.derived {
		return confDerived
	}
	return confSay
}

// derive makes sentence patterns of the labels of a count: what a form prints as "số hộ
// tham gia", sentences write as "120 hộ … tham gia" and "sự tham gia của 120 hộ".
func (def *FactDef) derive() {
	if def.Type != Count {
		return
	}
	for _, label := range def.labels {
		if label.lang == nil || !def.countsIn(label) {
			continue
		}
		var rest []string
		for k := 0; k < len(label.words); k++ {
			unit := 0
			for _, u := range def.units {
				if k+len(u.words) <= len(label.words) && slices.Equal(u.words, label.words[k:k+len(u.words)]) {
					unit = max(unit, len(u.words))
				}
			}
			switch {
			case unit > 0:
				k += unit - 1
			case !slices.Contains(label.lang.CountNouns, label.words[k]):
				rest = append(rest, label.words[k])
			}
		}
		if len(rest) >= 2 {
			def.say = append(def.say, template{after: rest, gapAfter: true, derived: true, text: label.text}, template{before: rest, gapBefore: true, derived: true, text: label.text})
		}
	}
}

// begins returns the words at which a pattern may begin: the places of what it has before
// the value or, if it has nothing there, all words of sentences with what follows it.
func (p *pageText) begins(t template) []int {
	var out []int
	sent := -1
	for _, h := range p.hits[t.list] {
		if len(t.before) > 0 {
			out = append(out, h.first)
			continue
		}
		if p.Words[h.first].Sentence == sent {
			continue
		}
		sent = p.Words[h.first].Sentence
		for i := p.Sentences[sent].First; i < p.Sentences[sent].Last; i++ {
			out = append(out, i)
		}
	}
	return out
}

// closes finds what a pattern has behind its value, and returns the word after it.
func (t template) closes(p *pageText, def *FactDef, last, limit int) (int, bool) {
	if len(t.after) == 0 {
		return last, true
	}
	after := phrase{words: t.after}
	for gap := 0; gap <= gapWords && last+gap < limit; gap++ {
		at := last + gap
		if after.matchAt(p.Words[:limit], at) && p.Words[at].Clause == p.Words[last-1].Clause {
			return at + len(t.after), true
		}
		if !t.gapAfter || p.Words[at].Number {
			break
		}
	}
	return last, def.unitEats(p, t.after, last, limit)
}

// unitEats allows "{} households take part" to match although the unit
// "households" was read as part of the value.
func (def *FactDef) unitEats(p *pageText, after []string, last, limit int) bool {
	for _, u := range def.units {
		n := len(u.words)
		if n <= len(after) && last-n >= 0 && u.matchAt(p.Words[:limit], last-n) && (phrase{words: after}).matchAt(p.Words[:limit], last-n) {
			return true
		}
	}
	return false
}

// showValue returns a formatter of a fact's value.
func showValue(v any, unit dossier.Text, code string) func(lang string) string {
	return func(lang string) string {
		switch x := v.(type) {
		case float64:
			u := unit.In(lang)
			if u == "" {
				u = code
			}
			if u == "%" {
				return num(x)(lang) + "%"
			}
			return strings.TrimSpace(num(x)(lang) + " " + u)
		case bool:
			if x {
				return sentences.In(lang, "yes")
			}
			return sentences.In(lang, "no")
		case string:
			if isodate.Valid(x, true) {
				return LocalDate(x, lang)
			}
			return x
		}
		return fmt.Sprint(v)
	}
}

// LocalDate writes an ISO date or month in the form of a language.
func LocalDate(iso, lang string) string {
	switch {
	case len(iso) == 7 && lang == "vi":
		return "tháng " + strings.TrimLeft(iso[5:], "0") + "/" + iso[:4]
	case len(iso) == 10 && lang == "vi":
		return strings.TrimLeft(iso[8:], "0") + "/" + strings.TrimLeft(iso[5:7], "0") + "/" + iso[:4]
	case len(iso) == 10 && lang == "nb":
		return strings.TrimLeft(iso[8:], "0") + "." + strings.TrimLeft(iso[5:7], "0") + "." + iso[:4]
	}
	return iso
}
