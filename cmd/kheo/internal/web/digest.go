package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kheo/internal/visible"
	"kheo/pipeline/editions"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// digest is what a person is told in the morning: what failed, what waits, what changed.
type digest struct {
	Runs    []store.Run // the newest run, of whatever end
	Notes   []string    // what went wrong in the last run that published lists
	Waiting []waiting
	To      *store.Run // the newest lists
	From    *store.Run // against which
	Moved   []moved
}

// news reports whether there is something in it.
func (d *digest) news() bool {
	return len(d.Waiting) > 0 || d.failed() || slices.ContainsFunc(d.Moved, func(m moved) bool { return len(m.Changes) > 0 })
}

func (d *digest) failed() bool {
	return len(d.Runs) > 0 && (d.Runs[0].State == store.RunFailed || d.Runs[0].State == store.RunInterrupted)
}

func (s *Server) digest(ctx context.Context, p *review.Person, lang string) (d *digest, err error) {
	d = &digest{}
	if d.Runs, err = s.w.Store.Runs(ctx, 1); err != nil {
		return nil, err
	}
	if d.Waiting, err = s.waiting(ctx, p); err != nil {
		return nil, err
	}
	latest, err := s.w.Store.LatestRun(ctx)
	if err != nil || latest == "" {
		return d, err
	}
	if d.To, err = editions.FindRun(ctx, s.w, ""); err != nil {
		return nil, err
	}
	mine, err := s.listsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	names := mine.names()
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
	d.From, d.Moved, err = s.moves(ctx, p, lang, d.To)
	return d, err
}

// digestPage is the digest of whoever asks, as it stands now.
func (s *Server) digestPage(q *request) error {
	d, err := s.digest(q.ctx(), q.person, q.lang)
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "digest", map[string]any{"D": d, "Waiting": d.Waiting[:min(len(d.Waiting), perPage)], "Failed": d.failed()})
	return nil
}

// mostTold is how many lines of a kind one mail holds.
const mostTold = 40

// mailText is the digest as a mail says it.
func (s *Server) mailText(lang string, p *review.Person, d *digest) string {
	var b strings.Builder
	say := func(key string, args ...any) string { return s.texts.say(lang, key, args...) }
	address := s.w.Campaign().Mail.Address
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
		for _, w := range d.Waiting[:min(len(d.Waiting), mostTold)] {
			fmt.Fprintf(&b, "- %s: %s %s%s\n", visible.Line(w.Title), say(w.What), w.Since, link(w.Link))
		}
		if more := len(d.Waiting) - mostTold; more > 0 {
			fmt.Fprintf(&b, "  %s\n", say("home.more", more))
		}
		b.WriteString("\n")
	}
	for _, m := range d.Moved {
		if len(m.Changes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s – %s%s\n", m.Title, say("run.against", d.From.Number), link("/runs/"+strconv.FormatInt(d.To.Number, 10)))
		for _, c := range m.Changes[:min(len(m.Changes), mostTold)] {
			fmt.Fprintf(&b, "- %s: %s", visible.Line(c.Title), say("moved."+c.What))
			if c.From != "" {
				fmt.Fprintf(&b, " %s →", say("outcome."+string(c.From)))
			}
			if c.To != "" {
				fmt.Fprintf(&b, " %s", say("outcome."+string(c.To)))
			}
			b.WriteString("\n")
		}
		if more := len(m.Changes) - mostTold; more > 0 {
			fmt.Fprintf(&b, "  %s\n", say("home.more", more))
		}
		b.WriteString("\n")
	}
	if len(d.Notes) > 0 {
		fmt.Fprintf(&b, "%s\n", say("digest.notes"))
		for _, n := range d.Notes[:min(len(d.Notes), mostTold)] {
			fmt.Fprintf(&b, "- %s\n", n)
		}
	}
	return b.String()
}
