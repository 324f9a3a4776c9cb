package rules

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/rules/factreader"
	"kheo/rules/value"
)

// This file deals with what is stated beside the papers.
//
// dossier.yaml is the submitter's own statement. What no document supports earns nothing and fails no gate
// (see statement); if counting it would change the outcome, the dossier goes to people (see settle).
//
// Corrections are what people who check dossiers state of a fact. They count, whatever else states it, as
// long as the paper that they rest on is the same.

// manifestRole is the role of dossier.yaml among the sources of a fact.
const manifestRole = "manifest"

// manifestCopy matches the names under which a manifest may lie among the documents.
var manifestCopy = regexp.MustCompile(`(?i)^(dossier|manifest)( \(\d+\))?\.ya?ml(\.txt)?$`)

// dropManifests leaves out of the reading what is a manifest and not a document: a file called so, and one with the
// text of the dossier's manifest under another name. A manifest does not support itself.
func (r *Reading) dropManifests() {
	own := strings.Fields(r.dossier.Manifest.Source)
	copies := map[string]bool{}
	for i := range r.dossier.Documents {
		d := &r.dossier.Documents[i]
		copies[d.Name] = len(own) > 0 && hasWords(d, own) || manifestCopy.MatchString(path.Base(d.Name))
	}
	r.pages = slices.DeleteFunc(r.pages, func(p *pageText) bool { return copies[p.document] })
}

// hasWords reports whether the text of a document is the given words, whatever white space is between them.
func hasWords(d *dossier.Document, words []string) bool {
	n := 0
	for i := range d.Pages {
		for w := range strings.FieldsSeq(d.Pages[i].Text) {
			if n == len(words) || words[n] != w {
				return false
			}
			n++
		}
	}
	return n == len(words)
}

// manifestValue returns what dossier.yaml states of a fact; ok is false if it states nothing, or nothing of the
// fact's type.
func manifestValue(def *FactDef, m *dossier.Manifest) (c candidate, ok bool) {
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
	v = def.normal(v)
	if v == nil || v == "" || !fitsManifest(v, def.Reads.Type) {
		return candidate{}, false
	}
	return candidate{Place: factreader.Place{Value: v, Role: manifestRole, Way: factreader.ByManifest,
		Source: manifestSource(m, def.Name)}}, true
}

// fitsManifest reports whether dossier.yaml may state a value for a fact of a type.
func fitsManifest(v any, t value.Type) bool {
	switch t {
	case value.Count, value.Money, value.Percent, value.Number, value.Names:
		_, ok := v.(float64)
		return ok
	case value.Year:
		year, ok := v.(float64)
		return ok && year == math.Trunc(year) && year >= 1000 && year <= 9999
	case value.Date, value.Month:
		s, ok := v.(string)
		return ok && isodate.Valid(s, t == value.Month)
	case value.Paper:
		return v == true
	}
	return true
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
	return dossier.Source{Document: dossier.ManifestName, Page: 1, Quote: q,
		Start: start, End: start + utf8.RuneCountInString(q)}
}

// FactNames returns the names of the facts that the ruleset reads, in its order.
func (rs *Ruleset) FactNames() []string {
	var out []string
	for i := range rs.facts {
		out = append(out, rs.facts[i].Name)
	}
	return out
}

// AsksFor reports whether a ruleset looks for a fact in what the submitter sends and something goes by it, and whether
// it is a paper. Facts that are computed, that the office or a person states, and properties of files are not looked
// for.
func AsksFor(rs *Ruleset, name string) (paper, asked bool) {
	def := rs.factDef(name)
	if def == nil || def.let != nil || def.office != nil || def.person || def.past != nil || def.manifest ||
		def.Reads.Type == value.File || !slices.ContainsFunc(def.feeds, rs.decidesBy) {
		return false, false
	}
	return def.Reads.Type == value.Paper, true
}

// AskedFact is a fact or a paper that a ruleset asks for, as a form shows it.
type AskedFact struct {
	Name    string
	Title   dossier.Text
	Unit    dossier.Text // of a count; the code of the currency of an amount; nil without one
	Type    value.Type
	Paper   bool
	Like    string        // a value as people may write it
	Options []AskedOption // of a choice
}

// AskedOption is an option of a choice.
type AskedOption struct {
	ID    string
	Title dossier.Text
}

// Asked returns what a ruleset looks for in what is handed in, in its order.
func Asked(rs *Ruleset) (out []AskedFact) {
	for i := range rs.facts {
		def := &rs.facts[i]
		paper, asked := AsksFor(rs, def.Name)
		if !asked {
			continue
		}
		a := AskedFact{Name: def.Name, Title: def.title, Type: def.Reads.Type, Paper: paper, Like: exampleOf(def)}
		switch {
		case def.Reads.Type == value.Percent:
			a.Unit = sameText("%")
		case len(def.unitText) > 0:
			a.Unit = def.unitText
		case def.Reads.Unit != "":
			a.Unit = sameText(def.Reads.Unit)
		}
		for _, id := range def.optionIDs() {
			a.Options = append(a.Options, AskedOption{id, def.options[id]})
		}
		out = append(out, a)
	}
	return out
}

// FormOf returns the heading of the form of a ruleset in a language, and how forms of the campaign call the title and
// the unit of a dossier; "" where neither the ruleset nor kheo.yaml says it in that language.
func FormOf(rs *Ruleset, lang string) (heading, title, unit string) {
	for _, p := range rs.roles[formRole] {
		if heading == "" && (p.Lang == nil || p.Lang.Code == lang) {
			heading = p.Text
		}
	}
	label := func(key string) string {
		for _, l := range rs.env.Labels[key] {
			if l.Lang == lang {
				return l.Text
			}
		}
		return ""
	}
	return heading, label("title"), label("unit")
}

// Conditions returns what is said of a dossier that does not meet the conditions of a ruleset, in its order.
func Conditions(rs *Ruleset) (out []dossier.Text) {
	for i := range rs.gates {
		out = append(out, rs.gates[i].otherwise)
	}
	return out
}

// FactTitle returns how a fact is called in reasons: its first label in each language.
func (rs *Ruleset) FactTitle(name string) dossier.Text {
	if def := rs.factDef(name); def != nil {
		return def.title
	}
	return sameText(name)
}

// FactValue writes a value of a fact for people: with its unit, and nil as what no paper states.
func (rs *Ruleset) FactValue(name string, v any) dossier.Text {
	if v == nil {
		return sentences.Text("fact.none")
	}
	def := rs.factDef(name)
	if def == nil {
		def = &FactDef{}
	}
	out := dossier.Text{}
	for _, lang := range language.Codes() {
		out[lang] = def.shownShort(&dossier.Fact{Value: def.normal(v), Unit: def.Reads.Unit})(lang)
	}
	return out
}

// FitsFact reports whether a value is one that a fact may have: of its Go type, finite, and a date of the
// right form. nil, which says that no paper states the fact, fits every fact.
func (rs *Ruleset) FitsFact(name string, v any) bool {
	def := rs.factDef(name)
	return def != nil && (v == nil || def.accepts(v))
}

// CheckFact returns a *ValueError if the fact cannot have the value, which need not have been parsed by
// ParseFact.
func (rs *Ruleset) CheckFact(name string, v any) error {
	switch def := rs.factDef(name); {
	case def == nil:
		_, err := rs.ParseFact(name, "")
		return err
	case !rs.FitsFact(name, v):
		like := exampleOf(def)
		return notValue("type", []any{v, like}, "%v is not a value of %s, which is of type %s; write it like %s",
			v, name, def.Reads.Type, like)
	}
	return nil
}

// accepts reports whether v is a value that the fact may have.
func (def *FactDef) accepts(v any) bool {
	switch t := def.Reads.Type; {
	case t.IsNumber(), t == value.File && !def.file.isText():
		return isQuantity(v)
	case t == value.YesNo:
		_, ok := v.(bool)
		return ok
	case t == value.Paper, t == value.Date, t == value.Month:
		return fitsManifest(v, t)
	case t == value.Choice:
		return def.optionOf(v) != nil
	case t == value.Year:
		return fitsManifest(def.normal(v), t)
	case t == value.Period:
		s, ok := v.(string)
		return ok && isPeriod(s)
	case t == value.OfUnit:
		s, ok := v.(string)
		return ok && def.Reads.UnitNamed != nil && def.Reads.UnitNamed(s) == s
	}
	return isStatement(v)
}

// isQuantity reports whether v is a number that a fact may have: none is below 0.
func isQuantity(v any) bool {
	f, ok := v.(float64)
	return ok && f >= 0 && !math.IsInf(f, 0)
}

// isStatement reports whether v is a text that a person may state.
func isStatement(v any) bool {
	s, ok := v.(string)
	return ok && s != "" && len([]rune(s)) <= maxStated
}

// maxStated is the length in code points of the longest text that a person may state of a fact.
const maxStated = 400

// ValueError says why a text is not a value of a fact. Code is part of the key of its translation, and Args
// are the values in it; Message is in English.
type ValueError struct {
	Code    string
	Args    []any
	Message string
}

// Error implements error.
func (e *ValueError) Error() string { return e.Message }

// notValue returns a *ValueError. The message is formatted as fmt.Sprintf does.
func notValue(code string, args []any, format string, with ...any) error {
	return &ValueError{code, args, fmt.Sprintf(format, with...)}
}

// ParseFact reads the value of a fact as a person writes it: numbers with their unit or magnitude, dates as
// ISO or local dates, yes or no in any language. Languages are tried in the order of languages, then the
// others. It returns a *ValueError if the text is not a value of the fact, or may be one of several: nothing
// is guessed. A fact that the ruleset does not read is an error with the nearest one.
func (rs *Ruleset) ParseFact(name, written string, languages ...string) (any, error) {
	def := rs.factDef(name)
	if def == nil {
		known := rs.FactNames()
		near := nearestName(name, known)
		return nil, notValue("unknown", []any{name, near},
			"the ruleset %s reads no fact %q; did you mean %s? Facts are: %s", rs.ID, name, near,
			strings.Join(known, ", "))
	}
	s := oneLine(norm.NFC.String(written))
	if s == "" || len([]rune(s)) > maxStated {
		return nil, notValue("length", []any{maxStated}, "a value has 1 to %d characters", maxStated)
	}
	for _, code := range language.Codes() {
		if !slices.Contains(languages, code) {
			languages = append(slices.Clip(languages), code)
		}
	}
	return entry{def, s, rs.env, languages}.value()
}

// entry is a value of a fact as a person writes it, on one line and not empty. Its methods read it, each as a
// fact of one type has it, and return a *ValueError if the text is none or may be one of several.
type entry struct {
	def       *FactDef
	text      string
	env       *Env
	languages []string // in the order in which they are tried
}

// as is the entry read as one of another type would be; its messages name the same fact.
func (e entry) as(t value.Type) entry {
	e.def = &FactDef{Name: e.def.Name, Fact: factreader.Fact{Reads: value.Reader{Type: t}}}
	return e
}

// value reads the entry by the type of the fact.
func (e entry) value() (any, error) {
	switch t := e.def.Reads.Type; {
	case t == value.Names:
		return e.names()
	case t == value.Choice:
		return e.choice()
	case t == value.File:
		return e.file()
	case t == value.Paper:
		return e.paper()
	case t == value.OfUnit:
		return e.unit()
	case t.IsNumber():
		return e.number()
	}
	if v := e.plain(); v != nil {
		return v, nil
	}
	return e.read()
}

// plain is the value of an entry that is written as programs write it, or that is the value as it is; nil if it
// has to be read.
func (e entry) plain() any {
	s := e.text
	switch t := e.def.Reads.Type; {
	case t == value.Words, t == value.Period && isPeriod(s),
		(t == value.Date || t == value.Month) && e.def.accepts(s):
		return s
	case t == value.YesNo && (s == "true" || s == "false"):
		return s == "true"
	case t == value.Year:
		if f, ok := e.figure(); ok {
			return f
		}
	}
	return nil
}

// figure is the entry as a number that a program writes, if the fact may have it.
func (e entry) figure() (f float64, ok bool) {
	if !plainNumber.MatchString(e.text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(e.text, 64)
	return f, err == nil && e.def.accepts(f)
}

// paper reads whether the dossier has a paper: only a yes can be stated.
func (e entry) paper() (any, error) {
	if v, err := e.as(value.YesNo).read(); err == nil && v == true {
		return true, nil
	}
	return nil, notValue("paper", nil,
		"%s is a paper: write yes if the dossier has it, or reject the fact", e.def.Name)
}

// names counts the entries of a list that a person wrote, or reads how many there are.
func (e entry) names() (any, error) {
	if plainNumber.MatchString(e.text) {
		if f, ok := e.figure(); ok && f == math.Trunc(f) {
			return f, nil
		}
		return nil, e.notOfType()
	}
	most := 0.0
	for _, code := range e.languages { // the word for "and" of one of them parts the last two entries
		v, ok := value.List(e.text, language.Get(code))
		if ok && v.Doubt != "" {
			return nil, notValue("unsure", []any{e.text},
				"%q may be read in several ways (%v, %v); write it another way", e.text, v.V, v.Others)
		}
		if n, isNumber := v.V.(float64); ok && isNumber {
			most = max(most, n)
		}
	}
	if most == 0 {
		return nil, e.notOfType()
	}
	return most, nil
}

// choice reads an option by its id, or by the words that forms print for it.
func (e entry) choice() (any, error) {
	if id := e.def.optionOf(e.text); id != nil {
		return id, nil
	}
	options := strings.Join(e.def.optionIDs(), ", ")
	return nil, notValue("type", []any{e.text, options},
		"%q is not an option of %s, which has %s", e.text, e.def.Name, options)
}

// file reads a property of files: a date, a text or a number, as the property is.
func (e entry) file() (any, error) {
	switch e.def.file.property {
	case fileFormat:
		return e.text, nil
	case fileReceivedOn:
		return e.as(value.Date).value()
	}
	return e.as(value.Number).number()
}

// isPeriod reports whether a text is an ISO 8601 interval of dates or months, open as 2024-03/.. or not, that does not
// end before it begins.
func isPeriod(s string) bool {
	begin, end, ok := strings.Cut(s, "/")
	if !ok || !isodate.Valid(begin, true) {
		return false
	}
	return end == ".." || isodate.Valid(end, true) && len(begin) == len(end) && begin <= end
}

// notOfType is the error of a text that is not a value of the fact.
func (e entry) notOfType() error {
	like := exampleOf(e.def)
	return notValue("type", []any{e.text, like},
		"%q is not a value of %s, which is of type %s; write it like %s", e.text, e.def.Name, e.def.Reads.Type, like)
}

// currencyCode is the form of an ISO 4217 code, plainNumber a number as programs write it, and
// groupOrDecimals one whose only separator may group thousands or mark decimals.
var (
	currencyCode    = regexp.MustCompile(`\b[A-Z]{3}\b`)
	plainNumber     = regexp.MustCompile(`^\d+(\.\d+)?$`)
	groupOrDecimals = regexp.MustCompile(`(^|[^\d.,])([1-9]\d{0,2})[.,](\d{3})($|[^\d.,])`)
)

// number reads a number that a person wrote.
func (e entry) number() (any, error) {
	like := exampleOf(e.def)
	if first, _ := utf8.DecodeRuneInString(e.text); unicode.In(first, unicode.Pd, unicode.Sm) {
		return nil, notValue("type", []any{e.text, like},
			"%q has a sign, and no fact is below 0; write it like %s", e.text, like)
	}
	code := currencyCode.FindString(e.text)
	if e.def.Reads.Type == value.Money && code != "" && code != e.def.Reads.Unit {
		return nil, notValue("currency", []any{code, e.def.Reads.Unit},
			"the amount is in %s, and the fact is in %s: convert it first", code, e.def.Reads.Unit)
	}
	if m := groupOrDecimals.FindStringSubmatch(e.text); m != nil {
		whole, decimals := m[2]+m[3], m[2]+"."+strings.TrimRight(m[3], "0")
		decimals = strings.TrimSuffix(decimals, ".")
		return nil, notValue("ambiguous", []any{e.text, whole, decimals},
			"%q may be read as %s and as %s; write one of them", e.text, whole, decimals)
	}
	if f, ok := e.figure(); ok {
		return f, nil
	}
	return e.read()
}

// read reads a value as it is read behind the label of a form. All of the text must be the value.
func (e entry) read() (any, error) {
	var doubtful *value.Value
	for _, code := range e.languages {
		var p text.Page
		p.Read(&dossier.Page{Text: e.text, Language: code})
		limit := len(p.Words)
		if limit == 0 {
			continue
		}
		at, v, ok := e.def.Reads.First(&p, language.Get(code), 0, limit, true)
		// The sign of a currency may precede its amount; anything else would be left unsaid.
		if !ok || v.Last < limit || at > 0 && e.def.Reads.Type != value.Money {
			continue
		}
		switch {
		case v.Doubt != "" || len(v.Others) > 0:
			doubtful = cmp.Or(doubtful, &v)
		case e.def.Reads.Type == value.Money && v.Unit != "" && v.Unit != e.def.Reads.Unit:
			return nil, notValue("currency", []any{v.Unit, e.def.Reads.Unit},
				"the amount is in %s, and the fact is in %s: convert it first", v.Unit, e.def.Reads.Unit)
		case e.def.accepts(v.V):
			return e.def.normal(v.V), nil
		}
	}
	if doubtful != nil {
		return nil, notValue("unsure", []any{e.text},
			"%q may be read in several ways (%v, %v); write it another way", e.text, doubtful.V, doubtful.Others)
	}
	return nil, e.notOfType()
}

// exampleOf is a value as people may write it, for messages.
func exampleOf(def *FactDef) string {
	switch def.Reads.Type {
	case value.Count:
		return strings.TrimSpace("120 " + def.Reads.Unit)
	case value.Money:
		return "2500000 " + def.Reads.Unit
	case value.Percent:
		return "92,5 %"
	case value.Date:
		return "2024-03-15"
	case value.Month:
		return "2024-03"
	case value.Period:
		return "2024-03 – 2024-11"
	case value.Year:
		return "2024"
	case value.Number:
		return "120"
	case value.Names:
		return "An; Bình; Chi"
	case value.File:
		switch def.file.property {
		case fileFormat:
			return "pdf"
		case fileReceivedOn:
			return "2024-03-15"
		}
		return "12"
	}
	return sentences.Text("yes").In("en")
}

// unit reads the name or id of a unit.
func (e entry) unit() (any, error) {
	if id := e.env.unitNamed(e.text); id != "" {
		return id, nil
	}
	near := e.env.nearest("unit", e.text)
	return nil, notValue("unit", []any{e.text, near}, "the campaign has no unit %q; the nearest is %q", e.text, near)
}

// fittingCorrections returns the corrections of facts that the ruleset reads, with values that they may have.
// Others, made under another text of the ruleset, lapse: they are added to those of the caller. All that hold
// are recorded in the assessment.
func (s *assessment) fittingCorrections() (out []dossier.Correction) {
	s.given.Lapsed = slices.Clip(s.given.Lapsed)
	for _, c := range s.given.Corrections {
		if s.rs.FitsFact(c.Fact, c.Value) {
			out = append(out, c)
			s.out.Corrected = append(s.out.Corrected, c.Fact)
		} else {
			s.given.Lapsed = append(s.given.Lapsed, c)
		}
	}
	slices.Sort(s.out.Corrected)
	return out
}

// flagLapsed flags the corrections that no longer hold.
func (s *assessment) flagLapsed() {
	for _, c := range s.given.Lapsed {
		why := "flag.lapsed.ruleset"
		title := s.rs.FactTitle(c.Fact)
		switch {
		case !s.rs.FitsFact(c.Fact, c.Value):
		case c.Recused != "":
			why = "flag.lapsed.recused"
		case c.Basis.Whole:
			why = "flag.lapsed.all"
		default:
			why = "flag.lapsed.paper"
		}
		stated := s.rs.FactValue(c.Fact, c.Value)
		message := say("flag.lapsed-correction", title, stated, say(why, c.Source.Document))
		addFlag(s.out, dossier.FlagLapsed, message)
	}
}
