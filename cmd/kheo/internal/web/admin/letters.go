package admin

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/mailbox"
)

// mostLetters is how many letters that are settled the page shows.
const mostLetters = 200

// letter is a letter as the page shows it.
type letter struct {
	*mailbox.Letter
	Unit, Known string // names
}

// Letters shows what came into the mailbox: what waits for people, with the reason, and what became of the rest.
func (s *Room) Letters(q *page.Request) error {
	last, list, err := s.LettersFor(q)
	if err != nil {
		return err
	}
	var waiting, done []letter
	for _, l := range list {
		x := letter{l, s.site.UnitName(l.Unit), s.site.UnitName(l.Known)}
		if l.Waits(s.site.W.Now()) {
			waiting = append(waiting, x)
		} else if len(done) < mostLetters {
			done = append(done, x)
		}
	}
	if page.WantsSheet(q) {
		t := page.Table{Head: []string{"mailbox.letter", "at", "mailbox.from", "mailbox.subject", "state", "reason",
			"unit", "mailbox.dossier"}, Widths: []float64{16, 22, 30, 50, 20, 50, 24, 40}}
		for _, l := range list {
			why := ""
			if l.Reason != "" {
				why = s.site.Texts.Say(q.Lang, "mailbox-reason."+string(l.Reason))
			}
			t.Rows = append(t.Rows, []any{l.Short(), l.Arrived.Format(time.RFC3339), l.From, l.Subject,
				s.site.Texts.Say(q.Lang, "mailbox-state."+string(l.State)), why, s.site.UnitName(l.Unit), l.Dossier})
		}
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "nav.mailbox"), t)
	}
	var offered []offer
	if len(waiting) > 0 {
		if offered, err = s.offers(q); err != nil {
			return err
		}
		offered = offered[:min(len(offered), mostOffered)]
	}
	s.site.Render(q, http.StatusOK, "mailbox", map[string]any{"Last": last, "Waiting": waiting, "Done": done,
		"Units": s.site.W.Campaign().Env.Units, "There": s.site.W.Campaign().Mailbox.Host != "",
		"Folder": s.site.W.Campaign().Mailbox.Left, "Dossiers": offered})
	return nil
}

// offer is a dossier to which a letter may add.
type offer struct{ ID, Title, Unit string }

// mostOffered is how many dossiers are offered to choose from: a page must stay small. Any other is named by its id or
// title.
const mostOffered = 1000

// offers returns the dossiers of the lists that the person may see, by title.
func (s *Room) offers(q *page.Request) (out []offer, err error) {
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return nil, err
	}
	for id, at := range mine.At {
		out = append(out, offer{id, at.Entry.Title, s.site.UnitName(at.Entry.Unit)})
	}
	slices.SortFunc(out, func(a, b offer) int { return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

// dossierOf returns the id of the dossier that a form names by id or title. Of several with the same title it is that
// of the unit; otherwise what was typed is returned, which is refused with its reason.
func (s *Room) dossierOf(q *page.Request) (string, error) {
	typed := strings.TrimSpace(q.Form("dossier"))
	if typed == "" {
		return "", nil
	}
	list, err := s.offers(q)
	if err != nil {
		return "", err
	}
	var found []string
	for _, o := range list {
		if o.ID == typed {
			return typed, nil
		}
		if o.Title == typed && o.Unit == s.site.UnitName(q.Form("unit")) {
			found = append(found, o.ID)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return typed, nil
}

// LettersFor returns the last look into the mailbox, and the letters that the person may see.
func (s *Room) LettersFor(q *page.Request) (mailbox.Looked, []*mailbox.Letter, error) {
	return access.Letters(q.Ctx(), s.site.W, q.Person)
}

// letterOf returns the id of the letter that a form names, if the person may see it.
func (s *Room) letterOf(q *page.Request) (string, error) {
	_, list, err := s.LettersFor(q)
	if err != nil {
		return "", err
	}
	l := mailbox.Find(list, q.Form("letter"))
	if l == nil {
		return "", page.NotFound()
	}
	return l.ID, nil
}

// GiveLetter has a letter taken for a unit.
func (s *Room) GiveLetter(q *page.Request) error {
	id, err := s.letterOf(q)
	to := ""
	if err == nil {
		to, err = s.dossierOf(q)
	}
	if err == nil {
		err = mailbox.Give(q.Ctx(), s.site.W, q.Person.ID, id, q.Form("unit"), to, q.Form("reason"))
	}
	if errors.Is(err, mailbox.ErrNone) {
		return page.NotFound()
	}
	if err != nil {
		return err
	}
	return s.site.Back(q, "/mailbox", "done.letter-given")
}

// PutLetterAside records that nothing is made of a letter.
func (s *Room) PutLetterAside(q *page.Request) error {
	id, err := s.letterOf(q)
	if err == nil {
		err = mailbox.PutAside(q.Ctx(), s.site.W, q.Person.ID, id, q.Form("reason"))
	}
	if errors.Is(err, mailbox.ErrNone) {
		return page.NotFound()
	}
	if err != nil {
		return err
	}
	return s.site.Back(q, "/mailbox", "done.letter-aside")
}
