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
	"unicode/utf8"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
	"kheo/internal/texts"
	"kheo/rules/condition"
	"kheo/rules/exchange"
	"kheo/rules/factreader"
	"kheo/rules/history"
	"kheo/rules/lookup"
	"kheo/rules/phrase"
	"kheo/rules/value"
)

// This file deals with facts that are not read on pages: of tables of the office and of persons; properties of the
// files; and what is computed of other facts.

// normal is a value that is stated of the fact as the fact has it: of a choice the id of the option, and of a
// year, which may be written as text, the number.
func (def *FactDef) normal(v any) any {
	switch def.Reads.Type {
	case value.Choice:
		return def.optionOf(v)
	case value.Year:
		if s, ok := v.(string); ok {
			if year, err := strconv.Atoi(s); err == nil {
				return float64(year)
			}
		}
	}
	return v
}

// optionOf is the id of the option that dossier.yaml or a table states, by its id or its words; nil if there
// is none.
func (def *FactDef) optionOf(v any) any {
	s, _ := v.(string)
	if s == "" {
		return nil
	}
	words := phrase.New(s).Words
	for _, o := range def.Reads.Options {
		if o.ID == s || slices.ContainsFunc(o.Words,
			func(p phrase.Phrase) bool { return slices.Equal(p.Words, words) }) {
			return o.ID
		}
	}
	return nil
}

// optionIDs are the ids of the options of a choice, in the ruleset's order; nil for other facts.
func (def *FactDef) optionIDs() (ids []string) {
	for _, o := range def.Reads.Options {
		ids = append(ids, o.ID)
	}
	return ids
}

// orderValue is what lists are ordered by for a value of the fact: of a choice, the place of the option.
func (def *FactDef) orderValue(v any) any {
	if def == nil || def.Reads.Type != value.Choice {
		return v
	}
	id, _ := v.(string)
	return float64(slices.Index(def.optionIDs(), id))
}

// officeColumn is a column of a table of the office, with what it states of a fact by the keys of the rows.
type officeColumn struct {
	file   string // path of the table
	key    string // what the keys are, one of lookup.Keys
	column string // header of the column with the values
	rows   map[string]officeRow
}

// officeRow is what one row states.
type officeRow struct {
	value any
	line  int
	quote string
}

// at returns what the table states of a dossier; ok is false if it has no row for it, or an empty cell.
func (o *officeColumn) at(r *Reading, given *Given) (row officeRow, ok bool) {
	var keys []string
	switch id := &given.Identity; o.key {
	case lookup.ByUnit:
		keys = []string{id.Unit}
	case lookup.ByDossier:
		keys = []string{r.dossier.ID, r.dossier.Name}
	case lookup.ByNominee:
		keys = []string{id.Nominee}
	case lookup.ByTitle:
		keys = []string{id.Title}
	}
	for _, k := range keys {
		if row, ok = o.rows[lookup.Same(k)]; ok && k != "" {
			return row, true
		}
	}
	return officeRow{}, false
}

// candidate is what the table states of a dossier, as a place that states the fact. It cites the file and the
// row.
func (o *officeColumn) candidate(r *Reading, given *Given) (c candidate, ok bool) {
	row, ok := o.at(r, given)
	if !ok {
		return candidate{}, false
	}
	source := dossier.Source{Document: fmt.Sprintf("%s:%d", o.file, row.line), Page: 1, Quote: row.quote,
		End: utf8.RuneCountInString(row.quote)}
	return candidate{Place: factreader.Place{Value: row.value, Role: fromTable, Way: factreader.ByManifest,
		Source: source}}, true
}

// beside is the statement of a fact that no value is read of: a paper that is there, a table, a person or the
// files. known reports whether it is such a fact.
func (def *FactDef) beside(r *Reading, given *Given) (s statement, ok, known bool) {
	switch {
	case def.Reads.Type == value.Paper && len(r.roles[def.paper]) > 0:
		f := &dossier.Fact{Name: def.Name, Value: true, Source: r.roles[def.paper][0],
			Confidence: factreader.ByForm.Confidence(),
			State:      dossier.Certain, Rivals: []dossier.Rival{}}
		return undisputed(def, f), true, true
	case def.office != nil && len(def.ways) == 0:
		c, ok := def.office.candidate(r, given)
		if !ok {
			return statement{}, false, true
		}
		return undisputed(def, def.fact([]candidate{c})), true, true
	case def.person: // what a person states is a correction
		return statement{}, false, true
	case def.Reads.Type == value.File:
		c, ok := def.file.read(r, given)
		if !ok {
			return statement{}, false, true
		}
		return undisputed(def, def.fact([]candidate{c})), true, true
	}
	return statement{}, false, false
}

// candidates finds the places that state the fact, of several ways to find it those of the first that finds
// any. ofOffice reports that this is a table of the office.
func (def *FactDef) candidates(r *Reading, given *Given) (found []candidate, ofOffice bool) {
	if len(def.ways) == 0 {
		return def.onPages(r), false
	}
	for i := range def.ways {
		way := &def.ways[i]
		if way.office != nil {
			if c, ok := way.office.candidate(r, given); ok && len(found) == 0 {
				return []candidate{c}, true
			}
			continue
		}
		if c := way.onPages(r); len(found) == 0 { // labels of later ways are noted on the pages all the same
			found = c
		}
	}
	return found, false
}

// onPages finds the places on pages that state the fact.
func (def *FactDef) onPages(r *Reading) (out []candidate) {
	return def.weighed(def.withFields(def.Find(r.facts, r.units), r.facts))
}

// FieldName is the name of the field of a form that states a fact. Forms that kheo makes have it (package forms).
func FieldName(fact string) string { return "kheo:" + fact }

// withFields returns the places that state the fact with those of forms whose fields have its name. What such a field
// states is read as what a person writes: all of it must be the value, or it states nothing by its name. It replaces
// what was read of the same words by the label beside them; other places, also of the same document, are weighed as
// always.
func (def *FactDef) withFields(found []factreader.Place, pages []*factreader.PageText) []factreader.Place {
	if def.Name == "" || def.Reads.Type == value.Paper || def.Reads.Type == value.OfUnit {
		return found
	}
	for _, p := range pages {
		for _, f := range p.Named(FieldName(def.Name)) {
			v, err := entry{def, oneLine(p.Text(f.Start, f.End)), nil, language.Codes()}.value()
			if err != nil {
				continue
			}
			at := slices.IndexFunc(p.Words, func(w text.Word) bool { return w.End > f.Start })
			if at < 0 {
				continue
			}
			found = slices.DeleteFunc(found, func(x factreader.Place) bool {
				return x.Source.Document == p.Document && x.Source.Page == p.Number && x.Source.Start < f.End &&
					x.Source.End > f.Start
			})
			found = append(found, factreader.Place{Value: v, Unit: def.Reads.Unit, Role: p.Roles[p.Words[at].Line],
				Way: factreader.ByField, Source: p.Cite(f.Start, f.End)})
		}
	}
	return found
}

// weighed are the places that state the fact as they are weighed against others: of the papers that count, with amounts
// in the fact's currency.
func (def *FactDef) weighed(found []factreader.Place) (out []candidate) {
	if len(found) > 0 {
		out = make([]candidate, len(found))
	}
	for i := range found {
		out[i].Place = found[i]
	}
	if def.only != nil {
		out = slices.DeleteFunc(out, func(c candidate) bool { return !slices.Contains(def.only, c.Role) })
	}
	for i := range out {
		switch c := &out[i]; def.Reads.Type {
		case value.Money:
			c.convert(def.Reads.Unit, def.exchange)
		case value.Year:
			c.Value = def.normal(c.Value)
			for k := range c.Others {
				c.Others[k] = def.normal(c.Others[k])
			}
		}
	}
	return out
}

// convert converts an amount into the currency of its fact. One for which there is no rate, or whose sign may be that
// of several other currencies, is marked as foreign: it is not compared with anything.
func (c *candidate) convert(to string, rates *exchange.Rates) {
	amount, number := c.Value.(float64)
	if !number || c.Unit == to || !exchange.IsCurrency(to) || !exchange.IsCurrency(c.Unit) {
		return
	}
	rate, ok := rates.Rate(c.Unit, to)
	if !ok || c.Doubt == doubtCurrency {
		c.Doubt, c.foreign = doubtCurrency, true
		c.Others = append(slices.Clip(c.Others), nil)
		return
	}
	c.how = say("fact.exchanged", amount, c.Unit, significant(rate),
		formatter(func(lang string) string { return LocalDate(rates.On, lang) }))
	c.Value, c.Unit, c.Approx = round(amount*rate), to, true
	for i, o := range c.Others {
		if f, ok := o.(float64); ok {
			c.Others[i] = round(f * rate)
		}
	}
}

// doubtCurrency is the code of the doubt about the currency of an amount.
const doubtCurrency = "currency"

// significant is a formatter of a rate, with six significant digits: rates of weak currencies are small.
func significant(f float64) formatter {
	return func(lang string) string {
		s := strconv.FormatFloat(f, 'g', 6, 64)
		if lang != "en" {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	}
}

// fileProperty is what a fact of type file takes of the files.
type fileProperty struct {
	property string // one of fileProperties
	role     string // of the paper; "" for all files
}

// Properties of files.
const (
	filePages      = "pages"
	fileWords      = "words"
	fileFormat     = "format"
	fileReceivedOn = "received_on"
	fileSize       = "size"
	fileCount      = "count"
)

// fileProperties are the words of property.
var fileProperties = []string{filePages, fileWords, fileFormat, fileReceivedOn, fileSize, fileCount}

// isText reports whether the property is a text or date, and not a number.
func (f fileProperty) isText() bool { return f.property == fileFormat || f.property == fileReceivedOn }

// megabyte is how many bytes a megabyte has, by which sizes are given.
const megabyte = 1e6

// read takes the property of the documents that are meant. It is not known if there are none of them, or if
// it is not known of one of them; how many there are is always known.
func (f fileProperty) read(r *Reading, given *Given) (c candidate, ok bool) {
	docs := f.documents(r)
	c = candidate{Place: factreader.Place{Way: factreader.ByManifest,
		Source: dossier.Source{Document: dossier.ManifestName, Page: 1}}}
	if len(docs) > 0 {
		c.Source.Document = docs[0].Name
	}
	switch {
	case f.property == fileCount:
		c.Value = float64(len(docs))
		return c, true
	case len(docs) == 0:
		return candidate{}, false
	case f.property == fileReceivedOn:
		c.Value = given.Received
		return c, given.Received != ""
	case f.property == fileFormat:
		var formats []string
		for _, d := range docs {
			formats = append(formats, formatOf(d))
		}
		slices.Sort(formats)
		c.Value = strings.Join(slices.Compact(formats), ", ")
		return c, true
	}
	sum := 0.0
	for _, d := range docs {
		n, known := f.amount(r, d)
		if !known {
			return candidate{}, false
		}
		sum += n
	}
	c.Value = math.Round(sum*1e6) / 1e6
	return c, true
}

// amount is the pages, words or size of one document; of a paper that is only a part of it, its pages and
// words are those of the part.
func (f fileProperty) amount(r *Reading, d *dossier.Document) (n float64, known bool) {
	if f.property == fileSize {
		return float64(d.Size) / megabyte, d.Size > 0
	}
	if d.Error != "" || f.property == filePages && !hasPages(d.Type) {
		return 0, false
	}
	if f.property == filePages && f.role == "" {
		return float64(len(d.Pages)), len(d.Pages) > 0
	}
	for _, p := range r.pages {
		if p.document != d.Name {
			continue
		}
		words := len(p.Words)
		if f.role != "" {
			words = wordsOf(p, f.role)
		}
		if f.property == fileWords {
			n += float64(words)
		} else if words > 0 {
			n++
		}
	}
	return n, true
}

// wordsOf is how many words of the page belong to a paper.
func wordsOf(p *pageText, role string) (n int) {
	for i := range p.Lines {
		if p.roles[i] == role {
			n += p.Lines[i].Last - p.Lines[i].First
		}
	}
	return n
}

// documents are those that are meant: all, or those in which the paper is.
func (f fileProperty) documents(r *Reading) (out []*dossier.Document) {
	for i := range r.dossier.Documents {
		d := &r.dossier.Documents[i]
		isPaper := slices.ContainsFunc(r.roles[f.role],
			func(s dossier.Source) bool { return s.Document == d.Name })
		if f.role == "" && !manifestCopy.MatchString(path.Base(d.Name)) || isPaper {
			out = append(out, d)
		}
	}
	return out
}

// hasPages reports whether a document of a media type has pages of its own. Word files and web pages have
// those that a printer makes of them.
func hasPages(media string) bool {
	return media == "application/pdf" || strings.HasPrefix(media, "image/") || strings.Contains(media,
		"presentation") ||
		media == "application/vnd.ms-powerpoint"
}

// formatOf is the format of a document as rulesets write it: the ending that its media type usually has.
func formatOf(d *dossier.Document) string {
	for _, f := range formats {
		if strings.Contains(d.Type, f.part) {
			return f.name
		}
	}
	return strings.TrimPrefix(strings.ToLower(path.Ext(d.Name)), ".")
}

// formats are names of formats by a part of their media types.
var formats = []struct{ part, name string }{
	{"pdf", "pdf"}, {"wordprocessingml", "docx"}, {"spreadsheetml", "xlsx"}, {"presentationml", "pptx"},
	{"opendocument.text", "odt"}, {"opendocument.spreadsheet", "ods"}, {"opendocument.presentation", "odp"},
	{"msword", "doc"}, {"ms-excel", "xls"}, {"ms-powerpoint", "ppt"}, {"rtf", "rtf"}, {"html",
		"html"}, {"csv", "csv"},
	{"plain", "txt"}, {"jpeg", "jpg"}, {"png", "png"}, {"tiff", "tif"}, {"rfc822", "eml"}, {"ms-outlook",
		"msg"},
}

// sample is a value of the type that conditions see of the fact.
func (def *FactDef) sample() any {
	switch t := def.Reads.Type; {
	case def.let != nil:
		return map[condition.Kind]any{condition.Number: 0.0, condition.Text: "",
			condition.YesNo: false}[def.let.Kind]
	case t == value.File && !def.file.isText(), t.IsNumber(), t == value.Year:
		return 0.0
	case t == value.YesNo || t == value.Paper:
		return false
	}
	return ""
}

// compute adds what is computed to facts, by name, or takes it out if it has no value. What a person stated
// stays.
func (rs *Ruleset) compute(unit string, facts map[string]*dossier.Fact) {
	if !rs.computes {
		return
	}
	env := rs.conditionEnv(unit, facts)
	for i := range rs.facts {
		def := &rs.facts[i]
		if f := facts[def.Name]; def.let == nil || f != nil && f.State == dossier.Corrected {
			continue
		}
		v, unknown, err := def.let.Value(env)
		if unknown != "" || err != nil {
			delete(facts, def.Name)
			env[def.Name] = nil
			continue
		}
		if n, ok := v.(float64); ok {
			v = math.Round(n*1e9) / 1e9 // 0.1 + 0.2 is 0.3
		}
		env[def.Name] = v
		facts[def.Name] = &dossier.Fact{Name: def.Name, Value: v, State: dossier.Certain,
			Rivals:     []dossier.Rival{},
			Confidence: 1, Sources: sourcesOf(def, facts)}
		facts[def.Name].Source = firstSource(facts[def.Name].Sources)
	}
}

// firstSource is the first of some sources; the campaign if there are none.
func firstSource(list []dossier.Source) dossier.Source {
	if len(list) == 0 {
		return dossier.Source{Document: "kheo.yaml", Page: 1}
	}
	return list[0]
}

// sourcesOf are the sources of the facts that a fact is computed of, each once.
func sourcesOf(def *FactDef, facts map[string]*dossier.Fact) (out []dossier.Source) {
	for _, name := range def.bases {
		if f := facts[name]; f != nil && !slices.Contains(out, f.Source) {
			out = append(out, f.Source)
		}
	}
	return out
}

// computed is the statement of a computed fact, given those of the facts before it. If it would have another
// value by another reading of a fact that is not settled, it counts as little as that one.
func (def *FactDef) computed(rs *Ruleset, unit string, all statements) (s statement, ok bool) {
	counting, stated := all.counting(), all.stated()
	rs.compute(unit, counting)
	rs.compute(unit, stated)
	shown := stated[def.Name]
	if shown == nil {
		return statement{}, false
	}
	shown.How = def.arithmetic(rs, stated)
	for _, name := range def.bases {
		if f := stated[name]; f != nil {
			shown.Confidence = min(shown.Confidence, f.Confidence)
			if f.State == dossier.Doubtful {
				shown.State = dossier.Doubtful
			}
		}
	}
	s = statement{def: def, stated: shown, papers: shown}
	open := all.unsettled(def.bases)
	ways, possible := settlementsOf(rs, unit, counting, open)
	others := def.otherValues(rs, shown, ways)
	switch counted := counting[def.Name]; {
	case possible && len(others) == 0: // whichever reading is right
		s.counts = shown
	case counted != nil && possible:
		s.counts, counted.How = counted, def.arithmetic(rs, counting)
		shown.Counted = counted.Value
	case slices.ContainsFunc(open, func(st *statement) bool { return st.isUncertain() }):
		shown.State, shown.Doubt, shown.Readings = dossier.Doubtful, doubtText("computed"), others
		if len(others) == 0 {
			shown.Readings = []any{nil}
		}
	default:
		shown.State, shown.Unsupported = dossier.Doubtful, true
	}
	return s, true
}

// otherValues are the values beside the one that is shown that a computed fact has in some of the ways to
// settle what it is computed of; nil among them if it may have none.
func (def *FactDef) otherValues(rs *Ruleset, shown *dossier.Fact,
	ways []map[string]*dossier.Fact) (out []any) {
	for _, facts := range ways {
		var v any
		if f := facts[def.Name]; f != nil {
			v = f.Value
		}
		if v != shown.Value && !slices.Contains(out, v) && len(out) < factreader.MaxReadings {
			out = append(out, v)
		}
	}
	return out
}

// basesOf replaces names of computed facts by those of the facts that are read and on which they depend.
func basesOf(rs *Ruleset, names []string) []string {
	if !rs.computes {
		return names
	}
	var out []string
	for _, name := range names {
		if def := rs.factDef(name); def != nil && def.let != nil {
			out = append(out, def.bases...)
		} else {
			out = append(out, name)
		}
	}
	return out
}

// arithmetic writes how a fact was computed: its expression with the values of the facts, of the unit and of
// the campaign in the place of their names.
func (def *FactDef) arithmetic(rs *Ruleset, facts map[string]*dossier.Fact) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		t := condition.WithPercent(def.let.Text)
		t = strings.NewReplacer("campaign.opens", LocalDate(rs.env.Opens, lang), "campaign.closes",
			LocalDate(rs.env.Closes, lang)).Replace(t)
		t = datesIn(t, lang)
		t = nameInText.ReplaceAllStringFunc(t, func(name string) string {
			f, known := facts[name], rs.factDef(name)
			switch {
			case known == nil:
				return name
			case f == nil:
				return nothing
			}
			return known.shownShort(f)(lang)
		})
		out[lang] = operators.Replace(callsIn(strings.ReplaceAll(t, "number("+nothing+")", "0"), lang))
	}
	return out
}

// operators writes the operators of expressions as people do.
var operators = strings.NewReplacer(" - ", " − ", " * ", " × ", ">=", "≥", "<=", "≤", "==", "=", "!=", "≠")

// shown is a formatter of a value of the fact with what it was made of: the entries of a list, or how it was
// computed or converted.
func (def *FactDef) shown(f *dossier.Fact) formatter {
	return func(lang string) string {
		s := def.shownShort(f)(lang)
		if len(f.Names) > 0 {
			names := strings.Join(f.Names[:min(len(f.Names), namesShown)], "; ")
			if len(f.Names) > namesShown {
				names += "; …"
			}
			s += " (" + names + ")"
		}
		if how := f.How.In(lang, "en"); how != "" {
			s += " (" + how + ")"
		}
		return s
	}
}

// ShowFact writes the value of a fact in a language as reasons write it, with its unit, the entries of a
// list, and how it was computed or converted. It is for facts of assessments by this ruleset; another one is
// written as it is.
func (rs *Ruleset) ShowFact(f *dossier.Fact, lang string) string {
	if def := rs.factDef(f.Name); def != nil {
		return def.shown(f)(lang)
	}
	return showValue(f.Value, nil, f.Unit)(lang)
}

// namesShown is how many entries of a list reasons name.
const namesShown = 8

// shownShort is a formatter of a value of the fact alone.
func (def *FactDef) shownShort(f *dossier.Fact) formatter {
	return func(lang string) string {
		switch v := f.Value.(type) {
		case string:
			if t := def.options[v]; t != nil {
				return t.In(lang, "en")
			}
		case float64:
			if def.Reads.Type == value.Year {
				return fmt.Sprintf("%.0f", v)
			}
		}
		return showValue(f.Value, def.unitText, f.Unit)(lang)
	}
}

// unknown says that the fact is not known, in a sentence for its source; in is the sentence for one that is
// read in documents, of which there are many.
func (def *FactDef) unknown(in string, documents dossier.Text) dossier.Text {
	switch {
	case def.let != nil:
		return say("fact.not-computed", def.title, def.needs)
	case def.office != nil && len(def.ways) == 0:
		return say("fact.no-row", def.title, def.office.file)
	case def.person:
		return say("fact.not-stated", def.title)
	case def.Reads.Type == value.File:
		return say("fact.not-of-files", def.title)
	}
	return say(in, def.title, documents)
}

// ReadsReceived reports whether the ruleset goes by the day on which a dossier came in.
func (rs *Ruleset) ReadsReceived() bool {
	return slices.ContainsFunc(rs.facts, func(f FactDef) bool { return f.file.property == fileReceivedOn })
}

// ReadsPast returns where the ruleset finds earlier recognitions, if it goes by closed lists; else nil.
func ReadsPast(rs *Ruleset) *history.Rules {
	counts := slices.ContainsFunc(rs.facts, func(f FactDef) bool { return f.past != nil })
	if rs.history == nil || len(rs.history.Lists) == 0 || !counts {
		return nil
	}
	return rs.history
}

// birth finds a date or a year in what follows a label: 12/5/1970, 1970-05-12 or 1970.
var birth = regexp.MustCompile(`(?:^|[^0-9])((?:[0-9]{1,2}[./-][0-9]{1,2}[./-])?(?:19|20)[0-9]{2}(?:-[0-9]{2}-[0-9]{2})?)(?:[^0-9]|$)`)

// bornOf is the date or year of birth that a text states: ISO, or a year; "" if it states none.
func bornOf(text string) string {
	m := birth.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	if d, wrong := (lookup.Cell{Text: m[1]}).Date(false); wrong == nil {
		return d
	}
	return m[1][len(m[1])-4:]
}

// WhoIs is the nominee of a dossier as history knows it, by the facts that distinguish people; those that are not
// read surely are taken as not known. key says what its name is, one of lookup.Keys; stated returns the value of a
// fact that counts, or nil.
func WhoIs(id *dossier.Identity, key string, stated func(fact string) any) history.Who {
	who := history.Who{Name: cmp.Or(id.Nominee, id.Title), Unit: id.Unit}
	if key == lookup.ByTitle {
		who.Name = id.Title
	}
	born, _ := stated(history.BornFact).(string)
	number, _ := stated(history.IDFact).(string)
	who.Born, who.ID = bornOf(born), oneLine(number)
	return who
}

// recognised is what earlier recognitions say of a fact: how many there are, the year of the last, or whether there
// is any. Those that may be of another person of the same name make it uncertain.
func (def *FactDef) recognised(rs *Ruleset, given *Given, before statements) (s statement, ok bool) {
	who := WhoIs(&given.Identity, rs.history.Key, func(name string) any {
		if st := before.of(name); st != nil && st.counts != nil {
			return st.counts.Value
		}
		return nil
	})
	own, maybe := rs.history.Of(who, given.Past, *def.past)
	values := def.pastValues(own, maybe)
	source := dossier.Source{Document: cmp.Or(rs.history.File, "kheo.yaml"), Page: 1}
	fact := func(v any) *dossier.Fact {
		f := &dossier.Fact{Name: def.Name, Value: v, Unit: def.Reads.Unit, Source: source, Confidence: 1,
			State: dossier.Certain, Rivals: []dossier.Rival{}}
		for _, r := range append(slices.Clip(own), maybe...) {
			if len(f.Sources) < maxRivals {
				f.Sources = append(f.Sources, r.Source)
			}
		}
		if len(f.Sources) > 0 {
			f.Source = f.Sources[0]
		}
		return f
	}
	if len(values) == 1 {
		if values[0] == nil {
			return statement{}, false
		}
		return undisputed(def, fact(values[0])), true
	}
	if values[0] == nil { // there is always something to show
		values[0], values[1] = values[1], values[0]
	}
	f := fact(values[0])
	f.State, f.Source = dossier.Doubtful, maybe[0].Source
	f.Doubt = say("fact.doubt.same-name", maybe[0].Name, strconv.Itoa(maybe[0].Year), float64(len(maybe)))
	s = statement{def: def, stated: f, readings: []*dossier.Fact{f}, foreign: len(values) > factreader.MaxReadings+1}
	for _, v := range values[1:min(len(values), factreader.MaxReadings+1)] {
		f.Readings = append(f.Readings, v)
		if v == nil {
			s.readings = append(s.readings, nil)
			continue
		}
		other := *f
		other.Value = v
		s.readings = append(s.readings, &other)
	}
	return s, true
}

// pastValues are the values that the fact can have, the first by the nominee's own recognitions alone: nil is none.
// The newest comes first in each list.
func (def *FactDef) pastValues(own, maybe []*dossier.Recognition) (out []any) {
	switch def.Reads.Type {
	case value.Year:
		last := 0
		if out = []any{nil}; len(own) > 0 {
			last = own[0].Year
			out = []any{float64(last)}
		}
		for _, r := range maybe {
			if v := any(float64(r.Year)); r.Year > last && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	case value.YesNo:
		if out = []any{len(own) > 0}; len(own) == 0 && len(maybe) > 0 {
			out = append(out, true)
		}
	default:
		for n := range len(maybe) + 1 {
			out = append(out, float64(len(own)+n))
		}
	}
	return out
}
