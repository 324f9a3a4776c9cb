package rules

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/rules/value"
)

// This file deals with dossier.yaml, the submitter's own statement. What no document supports earns nothing and fails
// no gate (see statement); if counting it would change the outcome, the dossier goes to people (see settle).

// manifestRole is the role of dossier.yaml among the sources of a fact.
const manifestRole = "manifest"

// manifestCopy matches the names under which a manifest may lie among the documents.
var manifestCopy = regexp.MustCompile(`(?i)^(dossier|manifest)( \(\d+\))?\.ya?ml(\.txt)?$`)

// dropManifests leaves out of the reading what is a manifest and not a document: a file called so, and one with the
// text of the dossier's manifest under another name. A manifest does not support itself.
func (r *Reading) dropManifests() {
	own := oneLine(r.dossier.Manifest.Source)
	copies := map[string]bool{}
	for i := range r.dossier.Documents {
		d := &r.dossier.Documents[i]
		var text []string
		for k := range d.Pages {
			text = append(text, d.Pages[k].Text)
		}
		sameText := own != "" && oneLine(strings.Join(text, "\n")) == own
		copies[d.Name] = sameText || manifestCopy.MatchString(path.Base(d.Name))
	}
	r.pages = slices.DeleteFunc(r.pages, func(p *pageText) bool { return copies[p.document] })
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
	if v == nil || v == "" || !fitsManifest(v, def.reads.Type) {
		return candidate{}, false
	}
	return candidate{value: v, role: manifestRole, way: wayManifest, source: manifestSource(m, def.Name)}, true
}

// fitsManifest reports whether dossier.yaml may state a value for a fact of a type.
func fitsManifest(v any, t value.Type) bool {
	switch t {
	case value.Count, value.Money, value.Percent:
		_, ok := v.(float64)
		return ok
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
