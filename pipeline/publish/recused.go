package publish

import (
	"cmp"
	"slices"
	"strings"

	"kheo/internal/dossier"
)

// aboutOthers are the flags whose messages say something about other entries of a list.
var aboutOthers = []string{dossier.FlagQuota, dossier.FlagMovedUp, dossier.FlagTie}

// Apart returns the list as a person may see it who is recused from some of its entries. These entries
// are left out, and ranks and counts are those of the others, so that no gap reveals them. What the
// other entries say about them, and what a quota made of all together (its reasons and notes, and with
// quotas the certainty of outcomes), is left out too. A list without such an entry is returned as it is.
func (f *File) Apart(recused func(e *Entry) bool, quotas bool, lang string) *File {
	var names []string
	for i := range f.Entries {
		if e := &f.Entries[i]; recused(e) {
			names = append(names, e.Dossier, e.Title)
		}
	}
	if len(names) == 0 {
		return f
	}
	out := f.Without(recused)
	out.Notes, out.Evidence = nil, nil
	out.placeAmong(f)
	place := 0
	for i := range out.Entries {
		e := &out.Entries[i]
		e.rendered = nil
		e.Place, e.Order = 0, 0 // a gap would reveal those left out
		if e.Rank > 0 {
			place++
			e.Rank = place
		}
		if quotas {
			e.Certainty = nil
		}
		e.HideOthers(names, lang)
	}
	return out
}

// placeAmong sets the places that entries had before a person set their outcomes (ByHand.Place) to those among the
// entries of f alone. whole is the list of which f is a part: its places would reveal how entries were judged that
// f leaves out.
func (f *File) placeAmong(whole *File) {
	if !slices.ContainsFunc(f.Entries, func(e Entry) bool { return e.ByHand != nil }) {
		return
	}
	at := map[string]int{}
	for i := range f.Entries {
		at[f.Entries[i].Dossier] = 0
	}
	place := 0
	for _, e := range whole.Program().Entries {
		if _, kept := at[e.Dossier]; kept {
			at[e.Dossier] = place
			place++
		}
	}
	for i := range f.Entries {
		if e := &f.Entries[i]; e.ByHand != nil {
			by := *e.ByHand
			by.Place, e.ByHand, e.rendered = at[e.Dossier], &by, nil
		}
	}
}

// HideOthers removes from an entry what it says about other dossiers, which names lists by id and title, and
// about the quotas that apply to all together.
func (e *Entry) HideOthers(names []string, lang string) {
	text := Names{nil, lang}.t("apart")
	tells := func(s string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return name != "" && strings.Contains(s, name) })
	}
	e.Flags = slices.Clone(e.Flags)
	for i := range e.Flags {
		fl := &e.Flags[i]
		if !slices.Contains(aboutOthers, fl.Code) && !tells(fl.Message) {
			continue
		}
		if slices.Contains(aboutOthers, fl.Code) || e.Reason == fl.Message {
			e.Reason = text
		}
		fl.Message = text
	}
	e.Gates, e.Criteria = slices.Clone(e.Gates), slices.Clone(e.Criteria)
	reasons := []*string{&e.Reason}
	for i := range e.Gates {
		reasons = append(reasons, &e.Gates[i].Reason)
	}
	for i := range e.Criteria {
		reasons = append(reasons, &e.Criteria[i].Reason)
	}
	for _, s := range reasons {
		if tells(*s) {
			*s = text
		}
	}
}

// AboutScores are the codes of the flags that follow from the scores of a panel, or from the total of which
// they are a part.
var AboutScores = []string{dossier.FlagAwaitingPanel, dossier.FlagPanelSpread, dossier.FlagUnsettledScorer,
	dossier.FlagBorderline, dossier.FlagQuota, dossier.FlagMovedUp, dossier.FlagTie, dossier.FlagSelfDiffers}

// Blind returns the entry as a scorer may see it who has yet to score some of its panel criteria: without the
// points and reasons of those criteria, and without the total, the rank, the outcome and the flags that follow
// from them. The text takes the place of the reasons.
func (e *Entry) Blind(unscored []string, text string) *Entry {
	out := *e
	out.Hidden, out.rendered = true, nil
	out.Points, out.Rank, out.Outcome, out.Reason, out.Certainty, out.ByHand = 0, 0, "", text, nil, nil
	out.Given = Given{Columns: e.Columns}
	out.Groups = nil   // they are made of the hidden points
	out.Deciding = nil // they say what the outcome depends on
	aboutScores := func(f Flag) bool { return slices.Contains(AboutScores, f.Code) }
	out.Flags = slices.DeleteFunc(slices.Clone(e.Flags), aboutScores)
	out.Criteria = slices.Clone(e.Criteria)
	for i := range out.Criteria {
		if c := &out.Criteria[i]; slices.Contains(unscored, c.ID) {
			c.Points, c.Reason, c.Evidence, c.Uncertain, c.AtStake, c.Hidden = 0, text, nil, nil, 0, true
		}
	}
	return &out
}

// Blinded returns the list as a scorer may see it while some of it must still be scored blind. For each entry,
// hide returns the panel criteria that the scorer has yet to score, and a text that says why the outcome is
// hidden; an entry with no such text is shown. Hidden entries (see Blind) come last, by title. The others are
// ranked and counted among themselves; only Counts.Registered counts every entry. If nothing is hidden, the list
// itself is returned.
func (f *File) Blinded(hide func(e *Entry) (unscored []string, text string)) *File {
	var hidden []Entry
	out := f.Without(func(e *Entry) bool {
		unscored, text := hide(e)
		if text != "" {
			hidden = append(hidden, *e.Blind(unscored, text))
		}
		return text != ""
	})
	if len(hidden) == 0 {
		return f
	}
	out.Notes, out.Evidence, out.Counts.Registered = nil, nil, len(f.Entries)
	out.placeAmong(f)
	rank := 0
	for i := range out.Entries {
		e := &out.Entries[i]
		if e.Order > 0 {
			e.Place, e.Order, e.rendered = 0, 0, nil // a gap would reveal how the hidden ones are judged
		}
		if e.Rank > 0 {
			rank++
			e.Rank, e.rendered = rank, nil
		}
	}
	slices.SortFunc(hidden, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.Title, b.Title), strings.Compare(a.Dossier, b.Dossier))
	})
	out.Entries = append(out.Entries, hidden...)
	return out
}
