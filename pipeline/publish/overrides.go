package publish

import (
	"fmt"
	"slices"

	"kheo/internal/dossier"
	"kheo/pipeline/recommend"
	"kheo/rules/award"
)

// ByHand is what the program says of an entry whose outcome a person set.
type ByHand struct {
	Was       dossier.Outcome `json:"was"`
	WasReason string          `json:"was_reason"`
	Place     int             `json:"place"`  // on the program's list, from 0
	Reason    string          `json:"reason"` // given by the person
	Certainty *Certainty      `json:"was_certainty,omitempty"`
	Award     *Award          `json:"was_award,omitempty"` // if it does not have that any more
	Granted   *award.Money    `json:"was_granted,omitempty"`
	Gave      bool            `json:"award_set,omitempty"` // the person gave it another award, or took it away
}

// ByHandText returns the reason of an entry whose outcome a person set: the outcome of the program, and the reason
// that the person gave.
func ByHandText(was dossier.Outcome, reason, lang string) string {
	n := Names{nil, lang}
	return fmt.Sprintf(n.t("by-hand"), n.outcome(was), reason)
}

// choose sets an outcome in place of the program's, and keeps what the program says in ByHand. place is that of the
// entry on the program's list, from 0.
func (e *Entry) choose(c recommend.Choice, place int, lang string) {
	e.ByHand = &ByHand{Was: e.Outcome, WasReason: e.Reason, Place: place, Reason: c.Reason,
		Certainty: e.Certainty}
	if c.Outcome != e.Outcome || c.Award != nil { // within its outcome it keeps its award
		e.ByHand.Award, e.ByHand.Granted, e.Award, e.Granted = e.Award, e.Granted, nil, nil
	}
	if c.Award != nil {
		e.ByHand.Gave = true
		if c.Award.ID != recommend.NoAward {
			e.Award, e.Granted = &Award{c.Award.ID, c.Award.Title.In(lang, "en", "vi", "nb")}, c.Award.Granted
		}
	}
	e.Outcome, e.Certainty = c.Outcome, nil
	e.Reason = ByHandText(e.ByHand.Was, c.Reason, lang)
}

// SaysAsIn reports whether an entry was made from this assessment, and not from an earlier or later one.
// languages are those of the list, its own first. Quotas may have added flags.
func (e *Entry) SaysAsIn(a *dossier.Assessment, languages []string) bool {
	of := Of(a, e.Rank, append([]string{languages[0]}, languages...)...)
	equal := func(a, b Criterion) bool {
		return a.ID == b.ID && a.Points == b.Points && a.Max == b.Max && a.Reason == b.Reason &&
			a.Weight == b.Weight &&
			slices.Equal(a.Evidence, b.Evidence) && slices.Equal(a.Uncertain, b.Uncertain)
	}
	return of.Points == e.Points && of.Max == e.Max && slices.Equal(of.Corrected, e.Corrected) &&
		len(of.Flags) <= len(e.Flags) && slices.Equal(of.Flags, e.Flags[:len(of.Flags)]) &&
		slices.Equal(of.Gates, e.Gates) && slices.Equal(of.Groups, e.Groups) && slices.EqualFunc(of.Criteria,
		e.Criteria, equal)
}

// moved reports whether a person set another outcome than the program's.
func (e *Entry) moved() bool { return e.ByHand != nil && e.ByHand.Was != e.Outcome }

// Program returns the list as the program made it, without what people chose.
func (f *File) Program() *File {
	out := *f
	out.Entries = make([]Entry, 0, len(f.Entries))
	var chosen []Entry
	for _, e := range f.Entries {
		if h := e.ByHand; h != nil {
			if e.moved() || h.Gave {
				e.Award, e.Granted = h.Award, h.Granted
			}
			e.Outcome, e.Reason, e.Certainty = h.Was, h.WasReason, h.Certainty
			chosen = append(chosen, e)
			continue
		}
		out.Entries = append(out.Entries, e)
	}
	slices.SortFunc(chosen, func(a, b Entry) int { return a.ByHand.Place - b.ByHand.Place })
	for _, e := range chosen {
		at := min(max(0, e.ByHand.Place), len(out.Entries))
		e.ByHand = nil
		out.Entries = slices.Insert(out.Entries, at, e)
	}
	out.renumber()
	return &out
}

// With returns the list with the outcomes that people chose, by dossier: the current ones, whatever was
// chosen when it was published. A run that knows the same choices publishes the same list.
func (f *File) With(choices map[string]recommend.Choice, lang string) *File {
	if len(choices) == 0 && !slices.ContainsFunc(f.Entries, func(e Entry) bool { return e.ByHand != nil }) {
		return f
	}
	out := f.Program()
	for i := range out.Entries {
		if c, ok := choices[out.Entries[i].Dossier]; ok {
			out.Entries[i].choose(c, i, lang)
		}
	}
	placed := func(e *Entry) recommend.Placed {
		return recommend.Placed{Outcome: e.Outcome, Moved: e.moved(), Points: e.Points, Dossier: e.Dossier}
	}
	slices.SortStableFunc(out.Entries, func(a, b Entry) int { return recommend.ComparePlaces(placed(&a), placed(&b)) })
	out.renumber()
	return out
}

// renumber gives ranks to the recommended, and counts all.
func (f *File) renumber() {
	for i := range f.Entries {
		f.Entries[i].Rank = 0
		if f.Entries[i].Outcome == dossier.Recommended {
			f.Entries[i].Rank = i + 1
		}
	}
	f.Counts = f.Without(func(*Entry) bool { return false }).Counts
}
