package overview

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/rules"
)

// ofUnits are the phases that units go by.
var ofUnits = []string{"submission", "completion", "publication"}

// own is a dossier of the submitter's unit.
type own struct {
	Dossier, Title, Ruleset string
	Missing                 []string
	Decision                *review.DecidedEntry
	Objection               string // its outcome, or "waits"; "" without one
	ObjectUntil             string // RFC 3339, the last minute; "" if the unit cannot object
	FilesClosed             string // when the list was closed that it is on; "" if it is on none
	May                     bool   // documents are still accepted for it
	Received                bool   // a run has ingested it
}

// step is what a submitter does next: the button to go on. What is the end of the keys of its texts.
type step struct{ What, Title, Why, Until, Link string }

// ownDossiers is the overview of a submitter: what to do next, the dates that the unit goes by, the dossiers of the
// unit with what each of them lacks, and what the office asks for. The unit of a dossier is that of the list if it is
// on one, and otherwise that of its manifest.
func (s *Room) ownDossiers(q *page.Request) error {
	_, _, at, err := s.lists.Latest(q.Ctx())
	if err != nil {
		return err
	}
	all, err := s.site.W.Store.Dossiers.All(q.Ctx())
	if err != nil {
		return err
	}
	lacks, err := s.lacking(q, at)
	if err != nil {
		return err
	}
	var list []own
	var sent []review.Handed // and not taken in yet
	var phases []access.Phase
	var mayBegin bool
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		list, sent = s.ownIn(q, st, all, at, lacks)
		phases = access.Phases(st, s.site.W.Now(), ofUnits, s.site.Name)
		mayBegin = s.accepts(q, st, "", false) == nil
		return nil
	})
	if err != nil {
		return err
	}
	c := s.site.W.Campaign()
	data := map[string]any{"Sent": sent, "Dossiers": list, "Unit": s.site.UnitName(q.Person.Unit), "Phases": phases,
		"Kinds": c.Env.Kinds, "Levels": c.Env.Levels, "Fields": c.Env.Fields, "MostFiles": page.MaxFiles,
		"MostMB": upload.MaxUpload >> 20, "Closes": c.Env.Closes,
		"Over": c.Env.Closes != "" && c.Env.Closes < s.site.Today(), "MayBegin": mayBegin, "Asked": s.asked(q)}
	if err := s.addSeason(q, data); err != nil {
		return err
	}
	data["Next"] = nextStep(list, len(sent), mayBegin, data["Closes"])
	s.site.Render(q, http.StatusOK, "own", data)
	return nil
}

// ownIn returns the dossiers of the person's unit, and the deliveries that no run has ingested yet. Dossiers of other
// units are skipped, so that neither their number nor their titles reach the page.
func (s *Room) ownIn(q *page.Request, st *review.State, all []store.Accepted, at map[string]access.Place,
	lacks map[string][]string) (out []own, sent []review.Handed) {
	known := map[string]bool{}
	for _, a := range all {
		known[a.ID] = true
		p, listed := at[a.ID]
		if listed && p.Entry.Unit != q.Person.Unit || !listed && a.Manifest.Unit != q.Person.Unit {
			continue
		}
		o := own{Dossier: a.ID, Title: cmp.Or(a.Manifest.Title, a.Name), Received: true,
			May: s.accepts(q, st, a.ID, true) == nil}
		if listed {
			o.Title, o.Ruleset, o.Missing = p.Entry.Title, p.Ruleset, lacks[a.ID]
		}
		on := o.Ruleset // a decision on a closed list remains valid on whichever list the dossier is now
		if c, closed := review.ListThatClosed(st, a.ID); closed {
			o.FilesClosed, on = c.At, c.Ruleset
		}
		if on != "" {
			s.addDecided(&o, st, on)
		}
		out = append(out, o)
	}
	for _, h := range st.Handed(q.Person.Unit) {
		if !known[h.Dossier] {
			sent = append(sent, h)
		}
	}
	return out, sent
}

// addDecided adds to a dossier what was decided on a list, and what came of objections to it.
func (s *Room) addDecided(o *own, st *review.State, ruleset string) {
	o.Decision = st.Decision(ruleset, o.Dossier)
	if list := st.ObjectionsTo(ruleset, o.Dossier); len(list) > 0 {
		o.Objection = cmp.Or(list[len(list)-1].Outcome, "waits")
	}
	until, may := review.ObjectUntil(st, ruleset)
	if may && s.site.W.Now().Before(until) && o.Objection == "" &&
		(o.Decision == nil || o.Decision.Decision != review.Recognised) {
		o.ObjectUntil = isodate.Told(until, until.Location()).Format(time.RFC3339)
	}
}

// accepts returns nil if documents for a dossier, or a new one, are accepted from the person now, and otherwise why
// not.
func (s *Room) accepts(q *page.Request, st *review.State, id string, added bool) error {
	now := s.site.W.Time().UTC().Format(time.RFC3339)
	return st.Check(&review.Event{Person: q.Person.ID, Action: review.HandedIn, Dossier: id, At: now,
		Data: review.Data{Unit: q.Person.Unit, Name: id, Added: added, Given: now}},
		review.Subject{Unit: q.Person.Unit})
}

// nextStep is what a submitter does next, the most urgent first: answer what the office has returned, complete what
// lacks something, object to a decision while that is possible, begin a dossier. It is nil if nothing is to be done.
func nextStep(list []own, waiting int, mayBegin bool, closes any) *step {
	first := func(what func(o *own) bool) *own {
		if i := slices.IndexFunc(list, func(o own) bool { return what(&o) }); i >= 0 {
			return &list[i]
		}
		return nil
	}
	until, _ := closes.(string)
	if o := first(func(o *own) bool {
		return o.May && o.Decision != nil &&
			o.Decision.Decision == review.Returned
	}); o != nil {
		return &step{"returned", o.Title, o.Decision.Reason, "", "/own/" + o.Dossier + "/check#more"}
	}
	if o := first(func(o *own) bool { return o.May && o.Decision == nil && len(o.Missing) > 0 }); o != nil {
		return &step{"lacks", o.Title, o.Missing[0], "", "/own/" + o.Dossier + "/check"}
	}
	if o := first(func(o *own) bool { return o.ObjectUntil != "" }); o != nil {
		return &step{"object", o.Title, "", o.ObjectUntil, "/dossiers/" + o.Dossier + "#objection"}
	}
	if mayBegin && len(list)+waiting == 0 {
		return &step{"new", "", "", until, "#asked"}
	}
	return nil
}

// lacking returns what the dossiers of the person's unit lack, in the language of the person, by dossier: papers,
// what cannot be read, and what the ruleset asks for and no paper states.
func (s *Room) lacking(q *page.Request, at map[string]access.Place) (map[string][]string, error) {
	var ids []string
	for id, p := range at {
		if p.Entry.Unit == q.Person.Unit {
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
			switch f.Code {
			case dossier.FlagMissingDocument, dossier.FlagUnreadable, dossier.FlagNeedsOCR:
				out[a.Dossier] = append(out[a.Dossier], f.Message.In(q.Lang, "en", "vi"))
			}
		}
		rs := s.site.Ruleset(at[a.Dossier].Ruleset)
		if rs == nil {
			continue
		}
		for _, f := range rules.Asked(rs) {
			if !f.Paper && !slices.ContainsFunc(a.Facts, func(x dossier.Fact) bool { return x.Name == f.Name }) {
				out[a.Dossier] = append(out[a.Dossier], s.site.Texts.Say(q.Lang, "own.no-fact",
					f.Title.In(q.Lang, "en", "vi")))
			}
		}
	}
	return out, nil
}
