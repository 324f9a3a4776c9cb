package reading

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// maxErrors is how many errors of a run its page shows.
const maxErrors = 200

// Run shows a run: what each stage did and how long it took, its errors, which files could not be read, and what it
// changed on the lists compared with the one before it. An unknown run and an ambiguous prefix are both not found.
// Errors name dossiers, so they are for people who may start runs, without those that name one from which the person
// is recused.
func (s *Room) Run(q *page.Request) error {
	to, err := s.runOf(q)
	if err != nil {
		return err
	}
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	data := map[string]any{"To": to, "Publishes": to.Run != ""}
	if !to.Finished.IsZero() {
		data["Seconds"] = max(0, to.Finished.Sub(to.Started).Seconds())
	}
	if q.Person.May(review.Run) {
		names := mine.Names()
		var errs []string
		for _, st := range to.Stages {
			for _, e := range st.Errors {
				if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(e, name) }) {
					errs = append(errs, s.site.Texts.StageName(q.Lang, st.Name)+": "+e)
				}
			}
		}
		data["Errors"], data["ErrorsMore"] = errs[:min(len(errs), maxErrors)], max(0, len(errs)-maxErrors)
	}
	if to.Run != "" && to.State == store.RunDone {
		if data["From"], data["Moved"], err = s.lists.Moves(q.Ctx(), q.Person, q.Lang, to); err != nil {
			return err
		}
	}
	if to.Run != "" && to.Run == mine.Run {
		if data["Unread"], err = s.unread(q, mine.Of); err != nil {
			return err
		}
	}
	s.site.Render(q, http.StatusOK, "run", data)
	return nil
}

// runOf returns the run that the path names: by its number any run of the ledger, by the name of its lists one that
// published them.
func (s *Room) runOf(q *page.Request) (*store.Run, error) {
	name := q.R.PathValue("run")
	if to, err := editions.FindRun(q.Ctx(), s.site.W, name); err == nil {
		return to, nil
	}
	number, err := strconv.ParseInt(name, 10, 64)
	if err != nil {
		return nil, page.NotFound()
	}
	runs, err := s.site.W.Store.Runs.Newest(q.Ctx(), maxRuns)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(runs, func(r store.Run) bool { return r.Number == number })
	if at < 0 {
		return nil, page.NotFound()
	}
	return &runs[at], nil
}

// maxRuns is how many of the newest runs have a page.
const maxRuns = 100000

// unread is what could not be read of a dossier.
type unread struct {
	Dossier, Title string
	Says           []string
}

// unread returns the dossiers of which something could not be read, by the flags of the newest lists, in the person's
// language.
func (s *Room) unread(q *page.Request, of map[string]*publish.File) (out []unread, err error) {
	isUnread := func(code string) bool { return code == dossier.FlagUnreadable || code == dossier.FlagNeedsOCR }
	var ids []string
	for _, f := range of {
		for i := range f.Entries {
			if slices.ContainsFunc(f.Entries[i].Flags, func(x publish.Flag) bool { return isUnread(x.Code) }) {
				ids = append(ids, f.Entries[i].Dossier)
			}
		}
	}
	slices.Sort(ids)
	all, err := s.site.W.Store.Assessments.ByID(q.Ctx(), slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		e, err := s.lists.Said(q, a)
		if err != nil {
			return nil, err
		}
		u := unread{Dossier: a.Dossier, Title: a.Title}
		for _, f := range e.Flags {
			if isUnread(f.Code) {
				u.Says = append(u.Says, f.Message)
			}
		}
		if len(u.Says) > 0 {
			out = append(out, u)
		}
	}
	return out, nil
}
