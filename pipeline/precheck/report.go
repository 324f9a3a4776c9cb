package precheck

import (
	"slices"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/pipeline/extract"
	"kheo/rules"
)

// Report is what a dossier has of what its ruleset asks for. It has no points, and no passages that count as evidence:
// those are for the committee.
type Report struct {
	Identity dossier.Identity `json:"identity"`
	Ruleset  string           `json:"ruleset"` // "" if none applies: Why says what was looked for
	Why      dossier.Text     `json:"why,omitempty"`
	Waits    bool             `json:"waits"`             // in the inbox, until a run takes it in
	Waiting  int              `json:"waiting,omitempty"` // how many deliveries of it wait there
	Notes    []string         `json:"notes"`             // on files that were left out, as a receipt has them

	Files    []File      `json:"files"`
	Facts    []Fact      `json:"facts"`
	Gates    []Gate      `json:"conditions"`
	Criteria []Criterion `json:"criteria"`
	Flags    []Flag      `json:"flags"`
}

// File is one document of the dossier.
type File struct {
	Name    string       `json:"name"`
	Pages   int          `json:"pages"`
	Problem dossier.Text `json:"problem,omitempty"` // why it cannot be read; nil if it can
	// it has pages that are images, or needs LibreOffice: the run reads it
	Later bool `json:"later,omitempty"`
}

// State says whether a fact was found.
type State string

// The states of a fact.
const (
	Found    State = "found"
	Missing  State = "missing"
	Differs  State = "differs"     // papers contradict one another, or the manifest
	Unsure   State = "uncertain"   // it was found, and not read surely: people decide
	Unproven State = "unsupported" // only dossier.yaml states it, and no paper
)

// Fact is a fact or a paper that the ruleset asks for.
type Fact struct {
	Name   string         `json:"name"`
	Title  dossier.Text   `json:"title"`
	Paper  bool           `json:"paper,omitempty"` // it is a paper, and not a value
	State  State          `json:"state"`
	Value  dossier.Text   `json:"value,omitempty"`
	Source dossier.Source `json:"source"`
	Rivals []Rival        `json:"rivals,omitempty"` // what other papers say
	Doubt  dossier.Text   `json:"doubt,omitempty"`  // why it is uncertain
}

// Rival is another value that papers state of a fact.
type Rival struct {
	Value  dossier.Text   `json:"value"`
	Source dossier.Source `json:"source"`
}

// Gate is a condition of eligibility, with why it is met or not.
type Gate struct {
	ID     string       `json:"id"`
	Passed bool         `json:"passed"`
	Reason dossier.Text `json:"reason"`
}

// Criterion is a criterion with how many passages were found for it.
type Criterion struct {
	ID        string       `json:"id"`
	Title     dossier.Text `json:"title"`
	Panel     bool         `json:"panel,omitempty"`     // people score it: nothing need be found
	Evidence  int          `json:"evidence"`            // passages that count
	Uncertain int          `json:"uncertain,omitempty"` // passages that people must confirm first
}

// Flag is something that people will look at.
type Flag struct {
	Code    string       `json:"code"`
	Message dossier.Text `json:"message"`
}

// Lacks returns how much is missing or wrong: files that cannot be read, facts and papers that are missing or
// contradict one another, and conditions that are not met.
func (r *Report) Lacks() int {
	n := 0
	for _, f := range r.Files {
		if f.Problem != nil {
			n++
		}
	}
	for _, f := range r.Facts {
		if f.State == Missing || f.State == Differs {
			n++
		}
	}
	for _, g := range r.Gates {
		if !g.Passed {
			n++
		}
	}
	if r.Ruleset == "" {
		n++
	}
	return n
}

// Without returns how many criteria that evidence decides have none, and how many there are.
func (r *Report) Without() (none, all int) {
	for _, c := range r.Criteria {
		if c.Panel {
			continue
		}
		all++
		if c.Evidence == 0 {
			none++
		}
	}
	return none, all
}

// told are the flags that say something to those who send in: others are of the committee, or are told by the facts.
var told = []string{dossier.FlagUnreadable, dossier.FlagNeedsOCR, dossier.FlagLowTextQuality, dossier.FlagHiddenText,
	dossier.FlagUncachedFormula, dossier.FlagSeveral, dossier.FlagUnknownUnit, dossier.FlagOtherCurrency,
	dossier.FlagMisnamedDocument}

// reportOf says what an assessment found, and what it looked for in vain. rs is nil if no ruleset applies.
func reportOf(env *rules.Env, rs *rules.Ruleset, d *dossier.Dossier, a *dossier.Assessment) *Report {
	out := &Report{Identity: dossier.Identity{Kind: a.Kind, Title: a.Title, Unit: a.Unit, Level: a.Level,
		Field: a.Field, Nominee: a.Nominee}, Files: filesOf(d), Facts: []Fact{}, Gates: []Gate{},
		Criteria: []Criterion{}, Flags: []Flag{}, Notes: []string{}}
	for _, f := range a.Flags {
		if slices.Contains(told, f.Code) {
			out.Flags = append(out.Flags, Flag{f.Code, f.Message})
		}
	}
	if rs == nil {
		out.Why = a.Band
		return out
	}
	out.Ruleset = rs.ID
	for _, name := range rs.FactNames() {
		if f, ok := factOf(rs, a, name); ok {
			out.Facts = append(out.Facts, f)
		}
	}
	for _, g := range a.Gates {
		out.Gates = append(out.Gates, Gate{g.ID, g.Passed, g.Reason})
	}
	for _, p := range rs.PanelCriteria() {
		out.Criteria = append(out.Criteria, Criterion{ID: p.ID, Title: p.Title, Panel: true})
	}
	for _, e := range rs.EvidencedCriteria() {
		for i := range a.Criteria {
			if c := &a.Criteria[i]; c.ID == e.ID {
				out.Criteria = append(out.Criteria, Criterion{ID: c.ID, Title: c.Title, Evidence: len(c.Evidence),
					Uncertain: len(c.Uncertain)})
			}
		}
	}
	return out
}

// filesOf are the documents of a dossier.
func filesOf(d *dossier.Dossier) []File {
	out := []File{}
	for i := range d.Documents {
		doc := &d.Documents[i]
		f := File{Name: doc.Name, Pages: len(doc.Pages), Later: doc.HasFlag(dossier.FlagNeedsOCR) ||
			doc.Error == extract.NeedsOffice || doc.Error == extract.NoText}
		if doc.Error != "" && !f.Later {
			f.Problem = rules.UnreadText(doc.Error, doc.Detail)
		}
		out = append(out, f)
	}
	return out
}

// factOf says whether a fact was found. Facts that no paper of the submitter states are left out: those that are
// computed, of a table of the office, or of earlier recognitions.
func factOf(rs *rules.Ruleset, a *dossier.Assessment, name string) (Fact, bool) {
	paper, asked := rules.AsksFor(rs, name)
	if !asked {
		return Fact{}, false
	}
	out := Fact{Name: name, Title: rs.FactTitle(name), Paper: paper, State: Missing}
	i := slices.IndexFunc(a.Facts, func(f dossier.Fact) bool { return f.Name == name })
	if i < 0 {
		return out, true
	}
	f := &a.Facts[i]
	out.Value, out.Source = dossier.Text{}, f.Source
	for _, lang := range language.Codes() {
		out.Value[lang] = rs.ShowFact(f, lang)
	}
	switch {
	case len(f.Readings) > 0:
		out.State, out.Doubt = Unsure, f.Doubt
	case f.Unsupported:
		out.State = Unproven
	default:
		out.State = Found
	}
	if _, differs := rules.Contradicted(f); !differs {
		return out, true
	}
	out.State = Differs
	for _, r := range f.Rivals {
		out.Rivals = append(out.Rivals, Rival{rs.FactValue(name, r.Value), r.Source})
	}
	return out, true
}
