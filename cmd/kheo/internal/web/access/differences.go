package access

import (
	"context"
	"slices"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/rules"
)

// InWords returns changes with what differs in words of a language: criteria, facts and flags by their titles. The
// reason of a new entry, which is all that there is to say of it, is that of its present assessment, as far as the
// person who asks may know it.
func (s *Lists) InWords(
	ctx context.Context, sees *Visibility, lang string, rs *rules.Ruleset, changes []publish.Change,
) ([]publish.Change, error) {
	var fresh []string
	for i := range changes {
		if changes[i].What == "new" {
			fresh = append(fresh, changes[i].Dossier)
		}
	}
	all, err := s.site.W.Store.Assessments.ByID(ctx, fresh)
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	for _, a := range all {
		e := publish.Of(a, 0, lang, "en", "vi")
		if unscored, _ := sees.Hide(rs.ID, a.Dossier); len(unscored) == 0 && !sees.Hides(rs.ID, a.Dossier) {
			reasons[a.Dossier] = e.Reason
		}
	}
	out := slices.Clone(changes)
	for i := range out {
		c := &out[i]
		c.Why = nil
		if reason := reasons[c.Dossier]; reason != "" {
			c.Why = []string{reason}
		}
		for _, d := range c.Differs {
			c.Why = append(c.Why, s.difference(lang, rs, d))
		}
	}
	return out, nil
}

// difference says one difference in a language.
func (s *Lists) difference(lang string, rs *rules.Ruleset, d publish.Difference) string {
	in := func(t dossier.Text) string { return t.In(lang, "en", "vi") }
	say := s.site.Texts.Say
	switch d.Kind {
	case publish.DiffersGate:
		if d.Passed {
			return say(lang, "differs.gate-passed", in(rules.GateTitle(rs, d.ID)))
		}
		return in(rules.GateTitle(rs, d.ID))
	case publish.DiffersNoGate:
		return say(lang, "differs.gate-gone", in(rules.GateTitle(rs, d.ID)))
	case publish.DiffersCriterion:
		return say(lang, "differs.criterion", in(rules.CriterionTitle(rs, d.ID)), page.Number(lang, d.From),
			page.Number(lang, d.To))
	case publish.DiffersNoCriterion:
		return say(lang, "differs.criterion-gone", in(rules.CriterionTitle(rs, d.ID)), page.Number(lang, d.From))
	case publish.DiffersFlag:
		return say(lang, "differs.flag", say(lang, "flag."+d.ID))
	case publish.DiffersNoFlag:
		return say(lang, "differs.flag-gone", say(lang, "flag."+d.ID))
	case publish.DiffersFact:
		return say(lang, "differs.corrected", in(rs.FactTitle(d.ID)))
	}
	return say(lang, "differs.uncorrected", in(rs.FactTitle(d.ID)))
}
