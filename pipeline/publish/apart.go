package publish

import (
	"slices"
	"strings"

	"kheo/internal/dossier"
)

// aboutOthers are the flags whose messages tell how other entries of a list stand.
var aboutOthers = []string{dossier.FlagQuota, dossier.FlagTie}

// Apart is the list as a person may see it who is recused from some of its entries. They are not on
// it: places and counts are those of the other entries, so that no gap tells where they are. What
// the other entries say of them, and what a quota made of all of them together (its reasons, its
// notes, and with quotas the certainty of outcomes), is left out.
// A list with no such entry is returned as it is.
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
	out.Notes = nil
	place := 0
	for i := range out.Entries {
		e := &out.Entries[i]
		e.rendered = nil
		if e.Rank > 0 {
			place++
			e.Rank = place
		}
		if quotas {
			e.Certainty = nil
		}
		e.Untold(names, lang)
	}
	return out
}

// Untold takes out of an entry what it says of other dossiers, which are named by id and title, and
// of the quotas that hold for all of them together.
func (e *Entry) Untold(names []string, lang string) {
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
	said := []*string{&e.Reason}
	for i := range e.Gates {
		said = append(said, &e.Gates[i].Reason)
	}
	for i := range e.Criteria {
		said = append(said, &e.Criteria[i].Reason)
	}
	for _, s := range said {
		if tells(*s) {
			*s = text
		}
	}
}

// aboutScores are the flags that the scores of a panel raise, or the total that they are a part of.
var aboutScores = []string{dossier.FlagAwaitingPanel, dossier.FlagPanelSpread, dossier.FlagUnsettledScorer, dossier.FlagBorderline, dossier.FlagQuota, dossier.FlagTie}

// Blind is the entry as somebody sees it who has yet to score some of its panel criteria: without the points and
// reasons of those criteria, and without the total, the place, the outcome and the flags that follow from them.
// The text stands in the place of the reasons.
func (e *Entry) Blind(unscored []string, text string) *Entry {
	out := *e
	out.Hidden, out.rendered = true, nil
	out.Points, out.Rank, out.Outcome, out.Reason, out.Certainty, out.ByHand = 0, 0, "", text, nil, nil
	out.Flags = slices.DeleteFunc(slices.Clone(e.Flags), func(f Flag) bool { return slices.Contains(aboutScores, f.Code) })
	out.Criteria = slices.Clone(e.Criteria)
	for i := range out.Criteria {
		if c := &out.Criteria[i]; slices.Contains(unscored, c.ID) {
			c.Points, c.Reason, c.Evidence, c.Hidden = 0, text, nil, true
		}
	}
	return &out
}
