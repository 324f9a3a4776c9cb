package rules

import (
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/internal/texts"
)

// IdentityKeys are the keys that a campaign may give labels for.
var IdentityKeys = []string{"title", "unit", "level", "field", "kind", "registered_on", "nominee"}

// Identify tells what a dossier is. The manifest wins; a document that says
// otherwise is a contradiction.
func (e *Env) Identify(r *Reading) dossier.Identity {
	m := r.dossier.Manifest
	r.dropManifests()
	c := e.compiled()
	r.mark(c.matcher, nil, nil)
	id := dossier.Identity{Kind: m.Kind, Title: m.Title, Unit: m.Unit, Level: m.Level, Field: m.Field, Nominee: m.Nominee, RegisteredOn: m.RegisteredOn}
	for _, key := range IdentityKeys {
		if key == "kind" {
			continue
		}
		value, src, ok := e.labelled(r, key)
		if !ok {
			continue
		}
		to := map[string]*string{"title": &id.Title, "unit": &id.Unit, "level": &id.Level, "field": &id.Field, "registered_on": &id.RegisteredOn, "nominee": &id.Nominee}[key]
		if *to == "" {
			*to = value
			continue
		}
		if !same(*to, value, false) && key != "registered_on" { // that one is a fact of the rulesets
			id.Flags = append(id.Flags, dossier.Flag{Code: dossier.FlagContradiction, Message: say("flag.identity",
				texts.Section("identity").Text(key), "“"+e.nameOf(key, *to)+"”", src.Document, "“"+oneLine(src.Quote)+"”")})
		}
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

// labelled finds the first value behind one of the key's labels that means
// something.
func (e *Env) labelled(r *Reading, key string) (string, dossier.Source, bool) {
	def := FactDef{Name: key, Type: Words, env: e}
	if key == "registered_on" {
		def.Type = Date
	}
	for _, p := range r.pages {
		for _, h := range apart(p.hits[e.compiled().labels[key]]) {
			c, ok := def.afterLabel(p, h)
			if !ok || c.confidence < confForm {
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
			if v != "" && len(v) < 400 {
				return v, c.source, true
			}
		}
	}
	return "", dossier.Source{}, false
}

// provenDate is the date of registration that the documents state. The manifest alone proves none, nor do
// papers that disagree among themselves or with it.
func (e *Env) provenDate(r *Reading) string {
	def := FactDef{Name: "registered_on", Type: Date, env: e}
	date := r.dossier.Manifest.RegisteredOn
	stated := false
	for _, p := range r.pages {
		for _, h := range apart(p.hits[e.compiled().labels["registered_on"]]) {
			c, ok := def.afterLabel(p, h)
			if !ok || c.confidence < confForm {
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

func idNamed(list []Named, s string) string {
	f := " " + fold(s) + " "
	best, at := "", 0
	for _, n := range list {
		names := []string{n.ID}
		for _, l := range sortedKeys(n.Title) {
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

// kindOf tells the kind by the headings that papers of each kind carry.
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

// identifier holds the campaign's labels and headings, ready to be found.
type identifier struct {
	matcher *matcher
	labels  map[string]int
	kinds   []head
}

func (e *Env) compiled() *identifier {
	if c := e.identifier.Load(); c != nil {
		return c
	}
	c := &identifier{matcher: newMatcher(), labels: map[string]int{}}
	for _, key := range IdentityKeys {
		var list []phrase
		for _, s := range e.Labels[key] {
			ph := newPhrase(s.Text)
			ph.lang = language.Get(s.Lang)
			list = append(list, ph)
		}
		c.labels[key] = c.matcher.add(list)
	}
	for _, kind := range sortedKeys(e.KindHeadings) {
		var list []phrase
		for _, s := range e.KindHeadings[kind] {
			list = append(list, newPhrase(s))
		}
		c.kinds = append(c.kinds, head{kind, c.matcher.add(list)})
	}
	e.identifier.Store(c)
	return c
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
