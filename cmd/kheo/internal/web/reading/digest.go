package reading

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/overview"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/visible"
	"kheo/pipeline/editions"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// digest is what a person reads in the morning: failures, what waits, and what changed.
type digest struct {
	Runs    []store.Run // the newest run, of whatever end
	Notes   []string    // what went wrong in the last run that published lists
	Waiting []overview.Waiting
	To      *store.Run // the newest lists
	From    *store.Run // against which
	Moved   access.MovedLists
}

// News reports whether the digest is worth sending. Notes alone are not worth a mail: the run published lists
// in spite of them.
func (d *digest) News() bool {
	return len(d.Waiting) > 0 || d.failed() || slices.ContainsFunc(d.Moved,
		func(m access.Moved) bool { return len(m.Changes) > 0 })
}

// failed reports whether the newest run failed. A run that was cancelled counts, too: its lists were not published.
func (d *digest) failed() bool {
	return len(d.Runs) > 0 && (d.Runs[0].State == store.RunFailed || d.Runs[0].State == store.RunInterrupted)
}

// Digest gathers the digest of a person in a language, as far as the person may see it. Notes of a run are for
// people who may start runs. A note that names a dossier from which the person is recused, by id or title, is
// left out as a whole. d.From is nil without an earlier run to compare with, and then Moved is empty.
func (s *Room) Digest(ctx context.Context, p *review.Person, lang string) (d *digest, err error) {
	d = &digest{}
	if d.Runs, err = s.site.W.Store.Runs.Newest(ctx, 1); err != nil {
		return nil, err
	}
	if d.Waiting, err = s.overview.Waiting(ctx, p); err != nil {
		return nil, err
	}
	latest, err := s.site.W.Store.Runs.Latest(ctx)
	if err != nil || latest == "" {
		return d, err
	}
	if d.To, err = editions.FindRun(ctx, s.site.W, ""); err != nil {
		return nil, err
	}
	mine, err := s.lists.For(ctx, p)
	if err != nil {
		return nil, err
	}
	names := mine.Names()
	for _, st := range d.To.Stages {
		if !p.May(review.Run) { // they name dossiers
			break
		}
		for _, e := range st.Errors {
			if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(e, name) }) {
				d.Notes = append(d.Notes, st.Name+": "+e)
			}
		}
	}
	d.From, d.Moved, err = s.lists.Moves(ctx, p, lang, d.To)
	return d, err
}

// DigestPage shows the digest of the person who asks, as it would be sent now.
func (s *Room) DigestPage(q *page.Request) error {
	d, err := s.Digest(q.Ctx(), q.Person, q.Lang)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "digest", map[string]any{"D": d, "More": len(d.Waiting) > maxWaiting,
		"Waiting": d.Waiting[:min(len(d.Waiting), maxWaiting)], "Failed": d.failed()})
	return nil
}

// maxWaiting is how much of what waits the digest's page shows; all of it has a page of its own.
const maxWaiting = 10

// maxTold is how many lines of a kind one mail holds.
const maxTold = 40

// MailText returns the text of a digest's mail. Links are left out if kheo.yaml does not name the address of
// the pages. Titles come from documents, so visible.Line keeps each on its line. d.Moved is empty unless d.From
// is set.
func (s *Room) MailText(lang string, p *review.Person, d *digest) string {
	var b strings.Builder
	say := func(key string, args ...any) string { return s.site.Texts.Say(lang, key, args...) }
	address := s.site.W.Campaign().Mail.Address
	link := func(path string) string {
		if address == "" {
			return ""
		}
		return " " + address + path
	}
	fmt.Fprintf(&b, "%s\n\n", say("digest.hello", p.Name))
	if d.failed() {
		fmt.Fprintf(&b, "%s %s%s\n\n", say("home.failed", d.Runs[0].Number), d.Runs[0].Error, link("/runs"))
	}
	if len(d.Waiting) > 0 {
		fmt.Fprintf(&b, "%s (%d)%s\n", say("home.waits"), len(d.Waiting), link("/waiting"))
		for _, w := range d.Waiting[:min(len(d.Waiting), maxTold)] {
			fmt.Fprintf(&b, "- %s: %s %s%s\n", visible.Line(w.Title), say(w.What), w.Since, link(w.Link))
		}
		if more := len(d.Waiting) - maxTold; more > 0 {
			fmt.Fprintf(&b, "  %s\n", say("home.more", more))
		}
		b.WriteString("\n")
	}
	for _, m := range d.Moved {
		if len(m.Changes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s – %s%s\n", m.Title, say("run.against", d.From.Number),
			link("/runs/"+strconv.FormatInt(d.To.Number, 10)))
		for _, c := range m.Changes[:min(len(m.Changes), maxTold)] {
			fmt.Fprintf(&b, "- %s: %s", visible.Line(c.Title), say("moved."+c.What))
			if c.From != "" {
				fmt.Fprintf(&b, " %s →", say("outcome."+string(c.From)))
			}
			if c.To != "" {
				fmt.Fprintf(&b, " %s", say("outcome."+string(c.To)))
			}
			b.WriteString("\n")
		}
		if more := len(m.Changes) - maxTold; more > 0 {
			fmt.Fprintf(&b, "  %s\n", say("home.more", more))
		}
		b.WriteString("\n")
	}
	if len(d.Notes) > 0 {
		fmt.Fprintf(&b, "%s\n", say("digest.notes"))
		for _, n := range d.Notes[:min(len(d.Notes), maxTold)] {
			fmt.Fprintf(&b, "- %s\n", n)
		}
	}
	return b.String()
}
