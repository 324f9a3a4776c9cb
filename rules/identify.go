package rules

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/internal/texts"
	"kheo/rules/factreader"
	"kheo/rules/lookup"
	"kheo/rules/phrase"
	"kheo/rules/value"
)

// IdentityKeys are the properties of a dossier that a campaign may give labels for, as forms print them.
var IdentityKeys = []string{"title", "unit", "level", "field", "kind", "registered_on", "nominee"}

// Identify finds out what a dossier is: its kind by the headings of its papers, the rest behind the
// campaign's labels. The manifest wins; a document that says otherwise is a contradiction, which is flagged.
// So is a unit, level, field or kind that the campaign does not have: it stays as it is named unless papers
// name a known one. The title is never empty: without another it is the nominee's name, or the name of the
// dossier. Identify marks the reading with the campaign's labels, so it must not be called between the steps
// of an assessment.
func (e *Env) Identify(r *Reading) dossier.Identity {
	m := r.dossier.Manifest
	r.dropManifests()
	r.assume(e.DateOrder)
	c := e.compiled()
	r.mark(c.matcher, c.labelList, nil, nil)
	id := dossier.Identity{Kind: m.Kind, Title: m.Title, Unit: m.Unit, Level: m.Level, Field: m.Field,
		Nominee: m.Nominee, RegisteredOn: m.RegisteredOn}
	known := map[string]*string{"title": &id.Title, "unit": &id.Unit, "level": &id.Level, "field": &id.Field,
		"registered_on": &id.RegisteredOn, "nominee": &id.Nominee, "kind": &id.Kind}
	unknown := map[string]string{}
	for _, key := range IdentityKeys {
		to := known[key]
		if !e.knows(key, *to) { // papers may name a known one
			unknown[key], *to = *to, ""
		}
		if key == "kind" { // which headings say
			continue
		}
		e.fromPapers(r, key, to, unknown, &id)
	}
	if titles := e.applications(r); len(titles) > 1 {
		id.Flags = append(id.Flags, dossier.Flag{Code: dossier.FlagSeveral, Message: say("flag.several-applications",
			strconv.Itoa(len(titles)), quoted(titles...))})
	}
	id.Proven = e.provenDate(r)
	if id.Kind == "" {
		id.Kind = e.kindOf(r)
	}
	for _, key := range IdentityKeys {
		if name := unknown[key]; name != "" {
			flag := dossier.Flag{Code: dossier.FlagUnknownUnit, Message: e.unknownText(key, name)}
			id.Flags = append(id.Flags, flag)
			*known[key] = cmp.Or(*known[key], name)
		}
	}
	if id.Title == "" && id.Nominee != "" {
		id.Title = id.Nominee
	}
	if id.Title == "" {
		id.Title = r.dossier.Name
	}
	return id
}

// fromPapers completes one property of a dossier by what its papers state behind the campaign's labels, and
// flags papers that say otherwise than the manifest. What they name that the campaign does not have is added
// to unknown.
func (e *Env) fromPapers(r *Reading, key string, to *string, unknown map[string]string, id *dossier.Identity) {
	told, src, ok := e.labelled(r, key)
	switch {
	case !ok && *to == "" && unknown[key] == "":
		if name := e.unknownOn(r.pages, key); name != "" {
			unknown[key] = name
		}
	case !ok:
	case *to == "":
		*to = told
	case !factreader.Same(*to, told, false) && key != "registered_on": // that one is a fact of the rulesets
		id.Flags = append(id.Flags, dossier.Flag{Code: dossier.FlagContradiction, Message: say("flag.identity",
			texts.Section("identity").Text(key), quoted(e.nameOf(key, *to)), src.Document, quoted(src.Quote))})
	}
}

// maxIdentity is the length in bytes from which on what follows a label is not a name or title any more.
const maxIdentity = 400

// labelled finds the first value behind one of the key's labels that means something. Pages are searched in
// order. Only values read like those of a form (see factreader.Way.InForm) count, because running text may use a label
// as a word.
func (e *Env) labelled(r *Reading, key string) (string, dossier.Source, bool) {
	return e.labelledOn(r.pages, key)
}

// labelledOn is labelled for some pages of a dossier.
func (e *Env) labelledOn(pages []*pageText, key string) (told string, src dossier.Source, ok bool) {
	e.behindLabels(pages, key, func(v string, c factreader.Place) bool {
		switch key {
		case "unit":
			v = e.unitNamed(v)
		case "level":
			v = longestNamed(e.compiled().names["level"], v)
		case "field":
			v = longestNamed(e.compiled().names["field"], v)
		}
		if ok = v != "" && len(v) < maxIdentity; ok {
			told, src = v, c.Source
		}
		return ok
	})
	return told, src, ok
}

// behindLabels calls found with each text behind a label of a key, in the order of the pages, until it
// returns true.
func (e *Env) behindLabels(pages []*pageText, key string, found func(v string, c factreader.Place) bool) {
	def := e.compiled().readers[key]
	for _, p := range pages {
		for _, h := range phrase.Disjoint(p.hits[e.compiled().labels[key]]) {
			c, ok := def.On(&p.facts, nil).BehindOrBelow(h)
			if !ok || !c.Way.InForm() || c.Doubt != "" {
				continue
			}
			if found(c.Value.(string), c) {
				return
			}
		}
	}
}

// maxNameWords and maxNameRunes bound what may be the name of a unit or field behind its label.
const (
	maxNameWords = 8
	maxNameRunes = 60
)

// unknownOn returns the first name of a unit, level or field behind its label that the campaign does not
// have, or "". Names begin with a capital: "Đơn vị: triệu đồng" above a table is no unit that submits.
func (e *Env) unknownOn(pages []*pageText, key string) (name string) {
	if len(e.named(key)) == 0 {
		return ""
	}
	e.behindLabels(pages, key, func(v string, _ factreader.Place) bool {
		v = oneLine(v)
		first, _ := utf8.DecodeRuneInString(v)
		short := utf8.RuneCountInString(v) <= maxNameRunes && len(strings.Fields(v)) <= maxNameWords
		if unicode.IsUpper(first) && short {
			name = v
		}
		return name != ""
	})
	return name
}

// named are the units, levels, fields or kinds of the campaign, each with its names: the id and the titles.
// For other keys there are none.
func (e *Env) named(key string) []Named {
	switch key {
	case "unit":
		return e.compiled().units
	case "level":
		return e.Levels
	case "field":
		return e.Fields
	case "kind":
		return e.Kinds
	}
	return nil
}

// knows reports whether the campaign has the unit, level, field or kind with an id. Of what a campaign lists
// none of, and of other keys, every text is known.
func (e *Env) knows(key, id string) bool {
	list := e.named(key)
	return id == "" || len(list) == 0 || slices.ContainsFunc(list, func(n Named) bool { return n.ID == id })
}

// IDOf returns the id of the unit, level, field or kind that a text names in full: by its id, or by a title
// of which case and diacritics may differ if only one has it. A text that names none is returned as it is.
func (e *Env) IDOf(key, s string) string {
	if e.knows(key, s) {
		return s
	}
	id, f := "", fold(s)
	for _, n := range e.named(key) {
		for _, title := range n.Title {
			if f == "" || fold(title) != f || id == n.ID {
				continue
			}
			if id != "" {
				return s
			}
			id = n.ID
		}
	}
	return cmp.Or(id, s)
}

// Unknown describes what a manifest names that the campaign does not have, in one language.
func (e *Env) Unknown(m *dossier.Manifest, lang string) (out []string) {
	for _, p := range [][2]string{{"kind", m.Kind}, {"unit", m.Unit}, {"level", m.Level}, {"field", m.Field}} {
		if !e.knows(p[0], p[1]) {
			out = append(out, e.unknownText(p[0], p[1]).In(lang))
		}
	}
	return out
}

// unknownText says that the campaign does not have a unit, level, field or kind, and which one is nearest, or that it
// has several units of that name.
func (e *Env) unknownText(key, name string) dossier.Text {
	if key == "unit" && e.shared(name) {
		return say("flag.shared-unit", texts.Section("identity").Text(key), name)
	}
	return say("flag.unknown-unit", texts.Section("identity").Text(key), name, e.nearest(key, name))
}

// nearest returns the name of the unit, level, field or kind that is nearest to a text by edit distance, case
// and diacritics aside; of several equally near, the first. It is empty if the campaign has none.
func (e *Env) nearest(key, s string) string {
	var names []string
	of := map[string]string{} // what is shown, by name
	for _, n := range e.named(key) {
		shown := cmp.Or(n.Title.In(e.Languages...), n.ID)
		for _, name := range append([]string{n.ID}, inOrder(n.Title)...) {
			if of[name] == "" {
				names, of[name] = append(names, name), shown
			}
		}
	}
	return of[nearestName(s, names)]
}

// inOrder are the texts of a title in the order of their languages.
func inOrder(t dossier.Text) (out []string) {
	for _, lang := range slices.Sorted(maps.Keys(t)) {
		out = append(out, t[lang])
	}
	return out
}

// nearestName returns the one of names that is nearest to a text by edit distance, case and diacritics aside.
func nearestName(s string, names []string) (nearest string) {
	const longest = 64 // code points, as in strict.Distance
	cut := func(s string) string {
		rs := []rune(fold(s))
		return string(rs[:min(len(rs), longest)])
	}
	s = cut(s)
	best := math.MaxInt
	for _, name := range names {
		if d := strict.Distance(s, cut(name)); d < best {
			nearest, best = name, d
		}
	}
	return nearest
}

// applications returns the titles of the applications in a dossier: those of its forms that differ. A form is a
// document that states its title or nominee behind a label, and also its unit or when it was registered.
func (e *Env) applications(r *Reading) (titles []string) {
	for i := 0; i < len(r.pages); {
		n := i + 1
		for n < len(r.pages) && r.pages[n].document == r.pages[i].document {
			n++
		}
		pages := r.pages[i:n]
		i = n
		title, _, ok := e.labelledOn(pages, "title")
		if !ok {
			title, _, ok = e.labelledOn(pages, "nominee")
		}
		states := func(key string) bool { _, _, ok := e.labelledOn(pages, key); return ok }
		if !ok || !states("unit") && !states("registered_on") {
			continue
		}
		title = oneLine(title)
		if !slices.ContainsFunc(titles, func(t string) bool { return factreader.Same(t, title, false) }) {
			titles = append(titles, title)
		}
	}
	return titles
}

// provenDate is the date of registration that the documents state. The manifest alone does not prove one, nor
// do papers that disagree with one another or with it. It is an ISO date, or "".
func (e *Env) provenDate(r *Reading) string {
	def := e.compiled().readers["registered_on"]
	date := r.dossier.Manifest.RegisteredOn
	stated := false
	for _, p := range r.pages {
		for _, h := range phrase.Disjoint(p.hits[e.compiled().labels["registered_on"]]) {
			c, ok := def.On(&p.facts, nil).AfterLabel(h)
			if !ok || !c.Way.InForm() || c.Doubt != "" {
				continue
			}
			v, _ := c.Value.(string)
			if date != "" && v != date {
				return ""
			}
			date, stated = v, true
		}
	}
	if !stated {
		return ""
	}
	return date
}

// unitNamed returns the id of the unit whose name or id, the longest first, is in a text; "" if several have that name.
// Names are compared folded and as whole words; of names of the same length the first unit wins.
func (e *Env) unitNamed(s string) string {
	return longestNamed(e.compiled().names["unit"], s)
}

// shared reports whether several units have a text as their name.
func (e *Env) shared(name string) bool {
	n, f := 0, " "+fold(name)+" "
	for _, u := range e.compiled().unitText {
		if u.text == f {
			n++
		}
	}
	return n > 1
}

// unitNamedInFull returns the id of the unit that has a text as its id or name; "" if none has, or several have that
// name.
func (e *Env) unitNamedInFull(s string) string {
	key, id := lookup.Same(s), ""
	for _, u := range e.Units {
		switch {
		case lookup.Same(u.ID) == key:
			return u.ID
		case lookup.Same(u.Name) != key:
		case id != "":
			return ""
		default:
			id = u.ID
		}
	}
	return id
}

// foldedName is a name of a unit, level, field or kind as texts are searched for it: folded, between spaces.
type foldedName struct{ id, text string }

// foldedNames are the titles and ids of a list as texts are searched for them.
func foldedNames(list []Named) (out []foldedName) {
	for _, n := range list {
		for _, name := range append([]string{n.ID}, inOrder(n.Title)...) {
			out = addName(out, n.ID, name)
		}
	}
	return out
}

// addName adds a name, if it has a letter or digit.
func addName(list []foldedName, id, name string) []foldedName {
	if f := fold(name); f != "" {
		list = append(list, foldedName{id, " " + f + " "})
	}
	return list
}

// longestNamed returns the id of the longest of the names that are in a text as whole words, or "". Of names of the
// same length the first one wins, and of ids with the same name none.
func longestNamed(names []foldedName, s string) string {
	f := " " + fold(s) + " "
	best, at, name := "", 0, ""
	for _, n := range names {
		if len(n.text) > at && strings.Contains(f, n.text) {
			best, at, name = n.id, len(n.text), n.text
		} else if n.text == name && n.id != best {
			best = ""
		}
	}
	return best
}

// nameOf returns the name of a unit, level or field.
func (e *Env) nameOf(key, id string) string {
	switch key {
	case "unit":
		if u := e.UnitByID(id); u != nil {
			return u.Name
		}
	case "level", "field":
		list := e.Levels
		if key == "field" {
			list = e.Fields
		}
		for _, n := range list {
			if n.ID == id {
				return n.Title.In(e.Languages...)
			}
		}
	}
	return id
}

// kindOf returns the kind of a dossier by the headings of its papers; "" if none is known. The first heading
// that is one of the campaign's decides, in the order of the pages.
func (e *Env) kindOf(r *Reading) string {
	for _, p := range r.pages {
		found := p.headed(e.compiled().kinds, false)
		for li := range p.Lines {
			if names := found[li]; len(names) > 0 {
				return names[0]
			}
		}
	}
	return ""
}

// identifier holds the campaign's labels, headings and names, ready to be found. It is not changed once it is made.
type identifier struct {
	matcher   *phrase.Matcher
	labels    map[string]int
	labelList int // of all labels together
	kinds     []head
	readers   map[string]*FactDef // what is behind the labels of a key
	units     []Named             // the campaign's, with their names as titles
	names     map[string][]foldedName
	unitAt    map[string][]unitName // names of units in words, by the first one
	unitText  []unitText

	campaignTraits map[string]any            // what conditions see of the campaign
	unitTraits     map[string]map[string]any // what they see of its units, by id
}

// unitName is the name of a unit in words.
type unitName struct {
	id   string
	name phrase.Phrase
}

// unitText is the name of a unit, and how texts are searched for it.
type unitText struct {
	foldedName
	name string
}

// compiled returns the campaign's labels and headings, made ready on first use. Several goroutines may make
// them at the same time; the results are equal, and the last one stays.
func (e *Env) compiled() *identifier {
	if c := e.identifier.Load(); c != nil {
		return c
	}
	c := &identifier{matcher: phrase.NewMatcher(), labels: map[string]int{}, readers: map[string]*FactDef{}}
	c.nameUnits(e)
	c.campaignTraits = map[string]any{"opens": e.Opens, "closes": e.Closes}
	var all []phrase.Phrase
	for _, key := range IdentityKeys {
		c.readers[key] = &FactDef{Name: key, Fact: factreader.Fact{Reads: value.Reader{Type: value.Words}}}
		if key == "registered_on" {
			c.readers[key].Reads.Type = value.Date
		}
		var list []phrase.Phrase
		for _, s := range e.Labels[key] {
			ph := phrase.New(s.Text)
			ph.Lang = language.Get(s.Lang)
			list = append(list, ph)
		}
		c.labels[key] = c.matcher.Add(list)
		all = append(all, list...)
	}
	c.labelList = c.matcher.Add(all)
	for _, kind := range slices.Sorted(maps.Keys(e.KindHeadings)) {
		var list []phrase.Phrase
		for _, s := range e.KindHeadings[kind] {
			list = append(list, phrase.New(s))
		}
		c.kinds = append(c.kinds, head{kind, c.matcher.Add(list)})
	}
	e.identifier.Store(c)
	return c
}

// nameUnits keeps the names of the campaign's units, levels and fields in the forms in which texts are searched for
// them.
func (c *identifier) nameUnits(e *Env) {
	c.unitAt, c.unitTraits = map[string][]unitName{}, map[string]map[string]any{}
	var units []foldedName
	for i := range e.Units {
		u := &e.Units[i]
		c.units = append(c.units, Named{ID: u.ID, Title: sameText(u.Name)})
		if c.unitTraits[u.ID] == nil {
			c.unitTraits[u.ID] = unitTraits(u)
		}
		units = addName(addName(units, u.ID, u.Name), u.ID, u.ID)
		if f := fold(u.Name); f != "" {
			c.unitText = append(c.unitText, unitText{foldedName{u.ID, " " + f + " "}, u.Name})
		}
		if name := phrase.New(u.Name); len(name.Words) > 0 {
			c.unitAt[name.Words[0]] = append(c.unitAt[name.Words[0]], unitName{u.ID, name})
		}
	}
	c.names = map[string][]foldedName{"unit": units, "level": foldedNames(e.Levels), "field": foldedNames(e.Fields)}
}

// oneLine joins a text into one line with single spaces.
func oneLine(s string) string {
	if isOneLine(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// isOneLine reports whether the white space of a text is single spaces between words, as that of most quotes is.
func isOneLine(s string) bool {
	space := true // nothing, or a space, is before r
	for _, r := range s {
		if r != ' ' && unicode.IsSpace(r) || r == ' ' && space {
			return false
		}
		space = r == ' '
	}
	return !space || s == ""
}

// quoted puts texts, each on one line, in the quotation marks of each language, with commas between them.
func quoted(list ...string) dossier.Text {
	out := make(dossier.Text, len(texts.Languages))
	for _, lang := range texts.Languages {
		marked := make([]string, len(list))
		for i, s := range list {
			marked[i] = texts.Quoted(lang, oneLine(s))
		}
		out[lang] = strings.Join(marked, ", ")
	}
	return out
}
