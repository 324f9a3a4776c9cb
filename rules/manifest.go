package rules

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/texts"
)

// This file deals with what dossier.yaml states and no document supports: the submitter's
// own statement. It earns nothing and fails no gate. If counting it would change the
// outcome, the dossier goes to people.

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

// stated are the facts as they are shown, with what only the manifest states.
func (all statements) stated() map[string]*dossier.Fact {
	out := map[string]*dossier.Fact{}
	for i := range all {
		out[all[i].stated.Name] = all[i].stated
	}
	return out
}

// readings are the ways in which the disputed facts of a ruleset can be settled: each as the manifest says,
// or as the documents do. Only facts that gates, criteria or bands use are considered. ok is
// false if there are too many to try.
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
				f = s.stated
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
	return slices.ContainsFunc(rs.gates, func(g gate) bool { return slices.Contains(g.require.Uses, fact) }) ||
		slices.ContainsFunc(rs.criteria, func(c criterion) bool { return c.measured == fact }) ||
		slices.ContainsFunc(rs.bands, func(b Band) bool { return slices.Contains(b.cond.Uses, fact) })
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

// ownWord writes those of some facts that rest on the manifest alone, for reasons.
func (rs *Ruleset) ownWord(all statements, facts []string) (out []dossier.Text) {
	for i := range all {
		if s := &all[i]; s.disputed() && slices.Contains(facts, s.def.Name) {
			out = append(out, rs.asStated(s))
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

// asStated writes a fact with the value that the manifest gives it.
func (rs *Ruleset) asStated(s *statement) dossier.Text {
	out := dossier.Text{}
	for _, lang := range texts.Languages {
		out[lang] = rs.factName(s.def).In(lang) + " " + showValue(s.stated.Value, s.def.unitText, s.stated.Unit)(lang)
	}
	return out
}
