package overview

import (
	"cmp"
	"net/http"
	"slices"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/internal/dossier"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// ownDossiers shows a submitter the dossiers of their unit, and what each of them lacks. The unit is that of
// the list if the dossier is on one, and otherwise that of its manifest. Sent has deliveries that no run has
// ingested yet.
func (s *Room) ownDossiers(q *page.Request) error {
	_, _, at, err := s.lists.Latest(q.Ctx())
	if err != nil {
		return err
	}
	type own struct {
		Dossier, Title, Ruleset string
		Missing                 []string
		Decision                *review.DecidedEntry
		Objection               string // its outcome, or "waits"; "" without one
	}
	var out []own
	var sent []review.Handed // and not taken in yet
	all, err := s.site.W.Store.Dossiers.All(q.Ctx())
	if err != nil {
		return err
	}
	said, err := s.flagsOf(q, at)
	if err != nil {
		return err
	}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, a := range all {
			p, ok := at[a.ID]
			o := own{Dossier: a.ID, Title: a.Name}
			if ok {
				o.Title, o.Ruleset = p.Entry.Title, p.Ruleset
				if p.Entry.Unit != q.Person.Unit {
					continue
				}
				o.Missing = said[a.ID]
				o.Decision = st.Decision(p.Ruleset, a.ID)
				if list := st.ObjectionsTo(p.Ruleset, a.ID); len(list) > 0 {
					o.Objection = cmp.Or(list[len(list)-1].Outcome, "waits")
				}
			} else if a.Manifest.Unit != q.Person.Unit {
				continue
			}
			// Dossiers of other units are skipped above, so that neither their number nor their titles reach the
			// page.
			out = append(out, o)
		}
		known := map[string]bool{}
		for _, a := range all {
			known[a.ID] = true
		}
		for _, h := range st.Handed(q.Person.Unit) {
			if !known[h.Dossier] {
				sent = append(sent, h)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	data := map[string]any{"Sent": sent, "Dossiers": out,
		"Unit": s.site.UnitName(q.Person.Unit), "Kinds": s.site.W.Campaign().Env.Kinds,
		"Levels": s.site.W.Campaign().Env.Levels, "Fields": s.site.W.Campaign().Env.Fields,
		"MostFiles": page.MaxFiles, "MostMB": upload.MaxUpload >> 20, "Closes": s.site.W.Campaign().Env.Closes,
		"Over": s.site.W.Campaign().Env.Closes != "" && s.site.W.Campaign().Env.Closes < s.site.Today()}
	if err := s.addSeason(q, data); err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "own", data)
	return nil
}

// flagsOf returns what the dossiers of the person's unit lack, in the language of the person, by dossier.
func (s *Room) flagsOf(q *page.Request, at map[string]access.Place) (map[string][]string, error) {
	lacks := func(code string) bool {
		return code == dossier.FlagMissingDocument || code == dossier.FlagUnreadable || code == dossier.FlagNeedsOCR
	}
	var ids []string
	for id, p := range at {
		if p.Entry.Unit == q.Person.Unit && slices.ContainsFunc(p.Entry.Flags, func(f publish.Flag) bool {
			return lacks(f.Code)
		}) {
			ids = append(ids, id)
		}
	}
	all, err := s.site.W.Store.Assessments.ByID(q.Ctx(), ids)
	if err != nil {
		return nil, err
	}
	out := map[string][]string{}
	for _, a := range all {
		for _, f := range a.Flags {
			if lacks(f.Code) {
				out[a.Dossier] = append(out[a.Dossier], f.Message.In(q.Lang, "en", "vi"))
			}
		}
	}
	return out, nil
}
