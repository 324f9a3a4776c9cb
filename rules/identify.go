package rules

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/internal/texts"
	"kheo/rules/phrase"
	"kheo/rules/value"
)

// IdentityKeys are the properties of a dossier that a campaign may give labels for, as forms print them.
var IdentityKeys = []string{"title", "unit", "level", "field", "kind", "registered_on", "nominee"}

// Identify finds out what a dossier is: its kind by the headings of its papers, the rest behind the campaign's
// labels. The manifest wins; a document that says otherwise is a contradiction, which is flagged. The title is never
// empty: without another it is the nominee's name, or the name of the dossier. Identify marks the reading with the
// campaign's labels, so it must not be called between the steps of an assessment.
func (e *Env) Identify(r *Reading) dossier.Identity {
	m := r.dossier.Manifest
	r.dropManifests()
	c := e.compiled()
	r.mark(c.matcher, nil, nil)
	id := dossier.Identity{Kind: m.Kind, Title: m.Title, Unit: m.Unit, Level: m.Level, Field: m.Field,
		Nominee: m.Nominee, RegisteredOn: m.RegisteredOn}
	known := map[string]*string{"title": &id.Title, "unit": &id.Unit, "level": &id.Level, "field": &id.Field,
		"registered_on": &id.RegisteredOn, "nominee": &id.Nominee}
	for _, key := range IdentityKeys {
		to := known[key]
		if to == nil { // the kind, which headings say
			continue
		}
		stated, src, ok := e.labelled(r, key)
		switch {
		case !ok:
		case *to == "":
			*to = stated
		case !same(*to, stated, false) && key != "registered_on": // that one is a fact of the rulesets
			id.Flags = append(id.Flags, dossier.Flag{Code: dossier.FlagContradiction, Message: say("flag.identity",
				texts.Section("identity").Text(key), "“"+e.nameOf(key, *to)+"”", src.Document, quoted(src.Quote))})
		}
	}
	if titles := e.applications(r); len(titles) > 1 {
		id.Flags = append(id.Flags, dossier.Flag{Code: dossier.FlagSeveral, Message: say("flag.several-applications",
			strconv.Itoa(len(titles)), "“"+strings.Join(titles, "”, “")+"”")})
	}
	id.Proven = e.provenDate(r)
	if id.Kind == "" {
		id.Kind = e.kindOf(r)
	}
	if id.Title == "" && id.Nominee != "" {
		id.Title = id.Nominee
	}
	if id.Title == "" {
		id.Title = r.dossier.Name
	}
	return id
}

// maxIdentity is the length in bytes from which on what follows a label is not a name or title any more.
const maxIdentity = 400

// labelled finds the first value behind one of the key's labels that means something. Pages are searched in
// order. Only values read like those of a form (see way.inForm) count, because running text may use a label
// as a word.
func (e *Env) labelled(r *Reading, key string) (string, dossier.Source, bool) {
	return e.labelledOn(r.pages, key)
}

// labelledOn is labelled for some pages of a dossier.
func (e *Env) labelledOn(pages []*pageText, key string) (string, dossier.Source, bool) {
	def := FactDef{Name: key, reads: value.Reader{Type: value.Words}}
	if key == "registered_on" {
		def.reads.Type = value.Date
	}
	for _, p := range pages {
		for _, h := range phrase.Disjoint(p.hits[e.compiled().labels[key]]) {
			c, ok := def.afterLabel(p, h)
			if !ok || !c.way.inForm() || c.doubt != "" {
				continue
			}
			v := c.value.(string)
			switch key {
			case "unit":
				v = e.unitNamed(v)
			case "level":
				v = idNamed(e.Levels, v)
			case "field":
				v = idNamed(e.Fields, v)
			}
			if v != "" && len(v) < maxIdentity {
				return v, c.source, true
			}
		}
	}
	return "", dossier.Source{}, false
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
		if !slices.ContainsFunc(titles, func(t string) bool { return same(t, title, false) }) {
			titles = append(titles, title)
		}
	}
	return titles
}

// provenDate is the date of registration that the documents state. The manifest alone does not prove one, nor
// do papers that disagree with one another or with it. It is an ISO date, or "".
func (e *Env) provenDate(r *Reading) string {
	def := FactDef{Name: "registered_on", reads: value.Reader{Type: value.Date}}
	date := r.dossier.Manifest.RegisteredOn
	stated := false
	for _, p := range r.pages {
		for _, h := range phrase.Disjoint(p.hits[e.compiled().labels["registered_on"]]) {
			c, ok := def.afterLabel(p, h)
			if !ok || !c.way.inForm() || c.doubt != "" {
				continue
			}
			v, _ := c.value.(string)
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

// unitNamed returns the id of the unit whose name or id, the longest first, is in a text. Names are compared
// folded and as whole words; of names of the same length the first unit wins.
func (e *Env) unitNamed(s string) string {
	f := " " + fold(s) + " "
	best, at := "", 0
	for _, u := range e.Units {
		for _, name := range []string{u.Name, u.ID} {
			n := fold(name)
			if n != "" && len(n) > at && strings.Contains(f, " "+n+" ") {
				best, at = u.ID, len(n)
			}
		}
	}
	return best
}

// idNamed returns the id of the level, field or kind whose title or id, the longest first,
// is in a text.
func idNamed(list []Named, s string) string {
	f := " " + fold(s) + " "
	best, at := "", 0
	for _, n := range list {
		names := []string{n.ID}
		for _, l := range slices.Sorted(maps.Keys(n.Title)) {
			names = append(names, n.Title[l])
		}
		for _, name := range names {
			k := fold(name)
			if k != "" && len(k) > at && strings.Contains(f, " "+k+" ") {
				best, at = n.ID, len(k)
			}
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

// identifier holds the campaign's labels and headings, ready to be found. It is not changed once it is made.
type identifier struct {
	matcher *phrase.Matcher
	labels  map[string]int
	kinds   []head
}

// compiled returns the campaign's labels and headings, made ready on first use. Several goroutines may make
// them at the same time; the results are equal, and the last one stays.
func (e *Env) compiled() *identifier {
	if c := e.identifier.Load(); c != nil {
		return c
	}
	c := &identifier{matcher: phrase.NewMatcher(), labels: map[string]int{}}
	for _, key := range IdentityKeys {
		var list []phrase.Phrase
		for _, s := range e.Labels[key] {
			ph := phrase.New(s.Text)
			ph.Lang = language.Get(s.Lang)
			list = append(list, ph)
		}
		c.labels[key] = c.matcher.Add(list)
	}
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

// oneLine joins a text into one line with single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// quoted puts a text, on one line, in quotation marks.
func quoted(s string) string { return "“" + oneLine(s) + "”" }
