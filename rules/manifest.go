package rules

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/texts"
)

// This file deals with a submitter's own word: what dossier.yaml states and no document supports. Such a
// value earns nothing and fails no gate. Where counting it would change the outcome, people look.

// manifestCopy matches the names under which a manifest may lie among the documents.
var manifestCopy = regexp.MustCompile(`(?i)^(dossier|manifest)( \(\d+\))?\.ya?ml(\.txt)?$`)

// dropManifests leaves out of the reading what is a manifest and no document: a file called so, and one
// with the text of the dossier's manifest under another name. A manifest does not support itself.
func (r *Reading) dropManifests() {
	own := oneLine(r.dossier.Manifest.Source)
	copies := map[string]bool{}
	for i := range r.dossier.Documents {
		d := &r.dossier.Documents[i]
		var text []string
		for k := range d.Pages {
			text = append(text, d.Pages[k].Text)
		}
		copies[d.Name] = manifestCopy.MatchString(path.Base(d.Name)) || own != "" && oneLine(strings.Join(text, "\n")) == own
	}
	r.pages = slices.DeleteFunc(r.pages, func(p *pageText) bool { return copies[p.document] })
}

// statements are what a dossier says of a ruleset's facts, in the ruleset's order.
type statements []statement

func (rs *Ruleset) read(r *Reading) statements {
	var out statements
	for i := range rs.facts {
		if s, ok := readFact(&rs.facts[i], r); ok {
			out = append(out, s)
		}
	}
	return out
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

// told are the facts as they are shown: what only the manifest states included.
func (all statements) told() map[string]*dossier.Fact {
	out := map[string]*dossier.Fact{}
	for i := range all {
		out[all[i].told.Name] = all[i].told
	}
	return out
}

// readings are the ways in which the disputed facts of a ruleset can be settled: each as the manifest says,
// or as the documents do. Only facts that gates, criteria or bands use are told apart. ok is false where
// there are too many to try.
func (rs *Ruleset) readings(all statements) (out []map[string]*dossier.Fact, ok bool) {
	const most = 6 // 64 ways
	disputed := rs.deciding(all)
	if len(disputed) > most {
		return nil, false
	}
	for way := range 1 << len(disputed) {
		facts := all.counting()
		for k, s := range disputed {
			f := s.papers
			if way&(1<<k) != 0 {
				f = s.told
			}
			if delete(facts, s.def.Name); f != nil {
				facts[s.def.Name] = f
			}
		}
		out = append(out, facts)
	}
	return out, true
}

// deciding are the disputed facts that a gate, a criterion or a band goes by.
func (rs *Ruleset) deciding(all statements) (out []*statement) {
	for i := range all {
		if all[i].disputed() && rs.decidesBy(all[i].def.Name) {
			out = append(out, &all[i])
		}
	}
	return out
}

// decidesBy reports whether a gate, a criterion or a band goes by a fact.
func (rs *Ruleset) decidesBy(fact string) bool {
	return slices.ContainsFunc(rs.gates, func(g gate) bool { return slices.Contains(g.require.uses, fact) }) ||
		slices.ContainsFunc(rs.criteria, func(c criterion) bool { return c.measured == fact }) ||
		slices.ContainsFunc(rs.bands, func(b Band) bool { return slices.Contains(b.cond.uses, fact) })
}

// of is what is said of a fact; nil where nothing is.
func (all statements) of(fact string) *statement {
	for i := range all {
		if all[i].def.Name == fact {
			return &all[i]
		}
	}
	return nil
}

// ownWord are those of some facts that rest on the manifest alone, as reasons tell them.
func (rs *Ruleset) ownWord(all statements, facts []string) (out []dossier.Text) {
	for i := range all {
		if s := &all[i]; s.disputed() && slices.Contains(facts, s.def.Name) {
			out = append(out, rs.toldAs(s))
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

// toldAs writes a fact with the value that the manifest gives it.
func (rs *Ruleset) toldAs(s *statement) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		out[lang] = rs.factName(s.def).In(lang) + " " + showValue(s.told.Value, s.def.unitText, s.told.Unit)(lang)
	}
	return out
}
