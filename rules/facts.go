package rules

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"unicode/utf8"

	"kheo/pipeline/dossier"
	"kheo/rules/language"
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
	Words   FactType = "text"     // string
	Paper   FactType = "document" // true where a part of the dossier is such a paper
)

var factTypes = []string{string(Count), string(Money), string(Percent), string(Date), string(Month), string(YesNo), string(Words), string(Paper)}

// FactDef is one fact that a ruleset reads.
type FactDef struct {
	Name     string
	Type     FactType
	Unit     string   // what is counted, in base units; the currency's code for money
	units    []phrase // how texts write the unit
	labels   []phrase
	say      []template // sentences with a place for the value
	trust    []string   // roles, most trusted first
	paper    string     // the role, for type document
	unitText dossier.Text
}

// template is a sentence pattern with one place for the value.
type template struct {
	before, after []string
	text          string
}

// Confidence of a value by where it was read. Contradictions are raised
// between values of at least confSure.
const (
	confManifest = 1.0
	confForm     = 0.95 // "label: value" on a line or across cells
	confSentence = 0.8  // label and value inside one sentence
	confSay      = 0.75 // a sentence pattern of the ruleset
	confSure     = 0.75
)

// defaultTrust is the order in which sources count where a fact names none.
var defaultTrust = []string{"manifest", "form", "confirmation", "minutes", "report"}

type candidate struct {
	value      any
	unit       string
	source     dossier.Source
	role       string
	confidence float64
	approx     bool
	rank       int
}

// readFact finds every statement of a fact, most trusted first.
func readFact(def *FactDef, pr *Reading) (dossier.Fact, bool) {
	var all []candidate
	if c, ok := manifestValue(def, &pr.dossier.Manifest); ok {
		all = append(all, c)
	}
	if def.Type == Paper {
		if src := pr.roles[def.paper]; len(src) > 0 {
			return dossier.Fact{Name: def.Name, Value: true, Source: src[0], Confidence: confForm, Rivals: []dossier.Rival{}}, true
		}
	}
	for _, p := range pr.pages {
		all = append(all, def.fromPage(p)...)
	}
	if len(all) == 0 {
		return dossier.Fact{}, false
	}
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
	best := all[0]
	f := dossier.Fact{Name: def.Name, Value: best.value, Unit: def.Unit, Source: best.source, Confidence: best.confidence, Rivals: []dossier.Rival{}, Approx: best.approx}
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
	return f, true
}

// contradicted reports whether a fact has a rival that was read as surely as
// the fact itself.
func contradicted(f *dossier.Fact) (dossier.Rival, bool) {
	if f.Confidence <= 0.5 && len(f.Rivals) > 0 {
		return f.Rivals[0], true
	}
	return dossier.Rival{}, false
}

// same reports whether two values say the same: numbers to half a percent (a
// tenth where one is approximate), a month and a date inside it, texts without
// diacritics, one inside the other.
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
		if ValidDate(x, true) && ValidDate(y, true) {
			n := min(len(x), len(y))
			return x[:n] == y[:n]
		}
		fx, fy := fold(x), fold(y)
		return fx == fy || (len(fx) > 3 && len(fy) > 3 && (strings.Contains(fx, fy) || strings.Contains(fy, fx)))
	}
	return a == b
}

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
		if !ok || !ValidDate(s, def.Type == Month) {
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
	for _, h := range p.findAll(def.labels) {
		if c, ok := def.afterLabel(p, h); ok {
			out = append(out, c)
		}
	}
	for _, t := range def.say {
		out = append(out, def.bySentence(p, t)...)
	}
	return out
}

// afterLabel reads the value that stands after a label: behind a colon or in
// the next cell or line (surely), or later in the same sentence.
func (def *FactDef) afterLabel(p *pageText, h hit) (candidate, bool) {
	k := h.last
	gap := func(k int) string {
		if k >= len(p.words) {
			return ""
		}
		return string(p.runes[p.words[k-1].end:p.words[k].start])
	}
	// "Số hộ (hộ): 120"
	if strings.Contains(gap(k), "(") {
		for n := 0; n < 8 && k < len(p.words) && !strings.Contains(gap(k+1-1), ")"); n++ {
			k++
		}
	}
	if k >= len(p.words) {
		return candidate{}, false
	}
	g := gap(k)
	form := p.startsCell(h.first) && (strings.ContainsAny(g, ":\t") || (strings.Contains(g, "\n") && p.words[k].line == p.words[h.last-1].line+1))
	limit := k
	if form {
		for limit < len(p.words) && p.words[limit].line == p.words[k].line && (limit == k || !strings.Contains(gap(limit), "\t")) {
			limit++
		}
	} else {
		for limit < len(p.words) && p.words[limit].sent == p.words[h.first].sent && limit < k+12 {
			limit++
		}
		if p.words[k].sent != p.words[h.first].sent || def.Type == Words || def.Type == YesNo {
			return candidate{}, false
		}
	}
	l := h.phrase.lang // a value is written in the language of its label
	if l == nil {
		l = p.langOf(h.first)
	}
	conf := confForm
	if !form {
		conf = confSentence
	}
	for i := k; i < limit; i++ {
		if v, unit, approx, last, ok := def.valueAt(p, l, i, limit, form); ok {
			if !form && p.struckOut(h.first, last, false) != "" {
				return candidate{}, false
			}
			start, end := p.words[h.first].start, p.words[last-1].end
			if !form {
				s := p.sents[p.words[h.first].sent]
				start, end = s.start, s.end
			}
			return candidate{value: v, unit: unit, approx: approx, confidence: conf, role: p.roles[p.words[h.first].line], source: p.source(start, end)}, true
		}
		if form && i >= k+4 {
			break
		}
	}
	return candidate{}, false
}

// bySentence reads a value by a pattern such as "{} households take part".
func (def *FactDef) bySentence(p *pageText, t template) []candidate {
	var out []candidate
	for i := range p.words {
		s := p.words[i].sent
		limit := i
		for limit < len(p.words) && p.words[limit].sent == s && limit < i+16 {
			limit++
		}
		if len(t.before) > 0 && !(phrase{words: t.before}).matchAt(p.words[:limit], i) {
			continue
		}
		k := i + len(t.before)
		if k >= limit {
			continue
		}
		v, unit, approx, last, ok := def.valueAt(p, p.langOf(i), k, limit, false)
		if !ok || (len(t.after) > 0 && !(phrase{words: t.after}).matchAt(p.words[:limit], last)) && !def.unitEats(p, t.after, last, limit) {
			continue
		}
		if p.struckOut(i, last, false) != "" {
			continue
		}
		sn := p.sents[s]
		out = append(out, candidate{value: v, unit: unit, approx: approx, confidence: confSay, role: p.roles[p.words[i].line], source: p.source(sn.start, sn.end)})
	}
	return out
}

// unitEats allows "{} households take part" to match although the unit
// "households" was read as part of the value.
func (def *FactDef) unitEats(p *pageText, after []string, last, limit int) bool {
	for _, u := range def.units {
		n := len(u.words)
		if n <= len(after) && last-n >= 0 && u.matchAt(p.words[:limit], last-n) && (phrase{words: after}).matchAt(p.words[:limit], last-n) {
			return true
		}
	}
	return false
}

// valueAt reads, in a language, a value of the fact's type that begins at word
// i.
func (def *FactDef) valueAt(p *pageText, l *language.Language, i, limit int, form bool) (v any, unit string, approx bool, last int, ok bool) {
	switch def.Type {
	case Count, Money, Percent:
		q, ok := p.numberAt(l, i, limit)
		if !ok || (q.ordinal && !form) {
			return nil, "", false, 0, false
		}
		switch def.Type {
		case Percent:
			if q.unit != "%" && !(form && q.unit == "") {
				return nil, "", false, 0, false
			}
			return q.value, "%", q.approx, q.last, true
		case Money:
			if q.unit == "%" || (q.unit == "" && !form && q.value < 1000) {
				return nil, "", false, 0, false
			}
			if q.unit == "" {
				q.unit = def.Unit
			}
			return q.value, q.unit, q.approx, q.last, true
		}
		if q.unit != "" {
			return nil, "", false, 0, false
		}
		for _, u := range def.units {
			if u.matchAt(p.words[:limit], q.last) {
				return q.value, def.Unit, q.approx, q.last + len(u.words), true
			}
		}
		if !form && len(def.units) > 0 {
			return nil, "", false, 0, false
		}
		if form && len(def.units) > 0 && q.last < limit && !p.words[q.last].number && p.words[q.last].clause == p.words[i].clause {
			return nil, "", false, 0, false // "120 người" where households are asked for
		}
		return q.value, def.Unit, q.approx, q.last, true
	case Date, Month:
		iso, month, last, ok := p.dateAt(l, i, limit)
		if !ok || (month && def.Type == Date) {
			return nil, "", false, 0, false
		}
		return iso, "", false, last, true
	case YesNo:
		for _, s := range l.No {
			if n := matchWordsAt(p.words, i, limit, s); n > 0 {
				return false, "", false, i + n, true
			}
		}
		for _, s := range l.Yes {
			if n := matchWordsAt(p.words, i, limit, s); n > 0 {
				return true, "", false, i + n, true
			}
		}
	case Words:
		s := strings.Join(strings.Fields(p.text(p.words[i].start, p.words[limit-1].end)), " ")
		if s != "" {
			return s, "", false, limit, true
		}
	}
	return nil, "", false, 0, false
}

// showValue writes a fact's value in a language.
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
				return map[string]string{"vi": "có", "nb": "ja"}[lang] + map[string]string{"en": "yes"}[lang]
			}
			return map[string]string{"vi": "không", "nb": "nei", "en": "no"}[lang]
		case string:
			if ValidDate(x, true) {
				return localDate(x, lang)
			}
			return x
		}
		return fmt.Sprint(v)
	}
}

func localDate(iso, lang string) string {
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
