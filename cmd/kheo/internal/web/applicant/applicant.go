// Package applicant serves the pages on which people without an account hand in one dossier by a link, and those on
// which the office makes such links.
//
// A stranger asks for a link by mail address ([Room.Ask]) or gets one from the office ([Room.Invite]). The link opens
// one page ([Room.Page]), which shows what the dossier has and lacks and takes files ([Room.HandIn]); it shows
// nothing else of the campaign. Links, their end and what came by them are kept by package applicants of the
// pipeline.
//
// Everything here is open to strangers, so everything is counted: askings by network address, wrong links, looks, and
// deliveries. What asking answers does not depend on the address, and a wrong link gets the same answer as one that
// has ended.
package applicant

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/internal/text/language"
	"kheo/pipeline/applicants"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
)

// Room serves the pages of applicants.
type Room struct {
	site  *page.Site
	inbox *upload.Inbox
	pace  pace

	mu   sync.Mutex
	busy map[string]bool // links by which something is being handed in
}

// New returns the pages of applicants of a site.
func New(site *page.Site, inbox *upload.Inbox) *Room {
	return &Room{site: site, inbox: inbox, pace: pace{page.NewPace()}, busy: map[string]bool{}}
}

// How often strangers may ask: an address of the network for links, and with links that are wrong; a link for its page,
// which is checked again each time, and to hand in.
var (
	askPace    = limit{rate.Every(2 * time.Minute), 10}
	wrongPace  = limit{rate.Every(20 * time.Second), 20}
	lookPace   = limit{rate.Every(2 * time.Second), 20}
	handInPace = limit{rate.Every(30 * time.Second), 20}
)

// limit is how often something may be done, and how often at once.
type limit struct {
	each rate.Limit
	most int
}

// pace refuses strangers who do something too often.
type pace struct{ *page.Pace }

// take counts something; it is refused if there was too much of it.
func (p pace) take(name string, at limit, now time.Time) error {
	if p.Take(name, now, at.each, at.most) > 0 {
		return page.Refuse(http.StatusTooManyRequests, "error.apply-pace")
	}
	return nil
}

// look refuses if there was too much already, and counts nothing.
func (p pace) look(name string, at limit, now time.Time) error {
	if p.Look(name, now, at.each) > 0 {
		return page.Refuse(http.StatusTooManyRequests, "error.apply-pace")
	}
	return nil
}

// AskPage is where people without an account ask for a link, if kheo.yaml allows it.
func (s *Room) AskPage(q *page.Request) error {
	if !s.site.W.Campaign().OpenToApplicants {
		return page.NotFound()
	}
	s.site.Render(q, http.StatusOK, "apply", map[string]any{"Kinds": s.site.W.Campaign().Env.Kinds, "Ask": true})
	return nil
}

// Ask makes a link for the address of the form. What it answers does not depend on the address.
func (s *Room) Ask(q *page.Request) error {
	if !s.site.W.Campaign().OpenToApplicants {
		return page.NotFound()
	}
	if err := s.pace.take("ask "+s.site.Address(q.R).String(), askPace, s.site.W.Now()); err != nil {
		return err
	}
	address := strings.TrimSpace(q.Form("mail"))
	if address == "" || !outbox.ValidMail(address) { // which says nothing of who is known
		return page.Refuse(http.StatusBadRequest, "refused.applicant-mail", page.UpTo(address, 100))
	}
	if err := applicants.Ask(q.Ctx(), s.site.W, applicants.Wish{Mail: address, Kind: q.Form("kind"),
		Language: q.Lang}); err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "apply", map[string]any{"Asked": true})
	return nil
}

// linkOf returns the link of the token in the address of the page. A wrong one, and one that has ended, get the same
// answer.
func (s *Room) linkOf(q *page.Request) (*applicants.Link, error) {
	from, now := "wrong "+s.site.Address(q.R).String(), s.site.W.Now()
	if err := s.pace.look(from, wrongPace, now); err != nil {
		return nil, err
	}
	l, err := applicants.Find(q.Ctx(), s.site.W, q.R.URL.Query().Get("t"))
	if errors.Is(err, applicants.ErrLink) {
		if err := s.pace.take(from, wrongPace, now); err != nil {
			return nil, err
		}
		return nil, page.Refuse(http.StatusNotFound, "error.apply-link")
	}
	if err == nil && s.site.Cookie(q, page.LanguageCookie) == "" { // a language that the visitor has chosen counts more
		q.Lang = spoken(q.Lang, l.Language)
	}
	return l, err
}

// spoken returns the language of a page: that of the link unless it is none.
func spoken(asked, link string) string {
	for _, l := range language.Codes() {
		if l == link {
			return link
		}
	}
	return asked
}

// Page shows an applicant the form, or what the dossier that was handed in has and lacks.
func (s *Room) Page(q *page.Request) error {
	l, err := s.linkOf(q)
	if err != nil {
		return err
	}
	if err := s.pace.take("look "+l.ID, lookPace, s.site.W.Now()); err != nil {
		return err
	}
	return s.show(q, l, "")
}

// show shows the page of a link; said is the key of what was just done.
func (s *Room) show(q *page.Request, l *applicants.Link, said string) error {
	env := s.site.W.Campaign().Env
	data := map[string]any{"Send": q.R.URL.RequestURI(), "Link": l,
		"Until": l.Last(s.site.W.Campaign().Location).Format(time.RFC3339), "Said": said, "Kinds": env.Kinds,
		"Levels": env.Levels, "Fields": env.Fields, "MostFiles": page.MaxFiles, "MostMB": upload.MaxUpload >> 20}
	q.W.Header().Set("Referrer-Policy", "no-referrer") // the address has the token
	if len(l.Deliveries) == 0 {
		s.site.Render(q, http.StatusOK, "apply", data)
		return nil
	}
	r, err := s.inbox.CheckOf(q, l)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	data["Title"], data["Closes"], data["Over"], data["Late"] = l.Title, data["Until"], false, false
	if err := s.inbox.AddClosed(q, l.Dossier(), data); err != nil {
		return err
	}
	s.inbox.ShowCheck(q, r, data)
	return nil
}

// HandIn takes what an applicant sends. One delivery of a link is taken at a time.
func (s *Room) HandIn(q *page.Request) error {
	l, err := s.linkOf(q)
	if err != nil {
		return err
	}
	if err := s.pace.take("hand in "+l.ID, handInPace, s.site.W.Now()); err != nil {
		return err
	}
	if !s.begin(l.ID) {
		return page.Refuse(http.StatusTooManyRequests, "error.apply-pace")
	}
	defer s.end(l.ID)
	err = l.MayHandIn(q.Ctx(), s.site.W) // before the files are received
	if errors.Is(err, applicants.ErrLink) {
		return page.Refuse(http.StatusNotFound, "error.apply-link")
	}
	if err != nil {
		return err
	}
	u, err := s.inbox.Receive(q)
	if err != nil {
		return err
	}
	defer u.Remove()
	// It may have been withdrawn, or a delivery recorded, while the files arrived.
	if l, err = s.linkOf(q); err != nil {
		return err
	}
	if err := s.inbox.Apply(q, s.site.W, l, u); err != nil {
		return err
	}
	http.Redirect(q.W, q.R, q.R.URL.RequestURI(), http.StatusSeeOther)
	return nil
}

// begin notes that something is handed in by a link; false if something is already.
func (s *Room) begin(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id] {
		return false
	}
	s.busy[id] = true
	return true
}

// end notes that it is handed in.
func (s *Room) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, id)
}

// Office shows the links to those who make them.
func (s *Room) Office(q *page.Request) error {
	all, err := s.LinksFor(q)
	if err != nil {
		return err
	}
	c := s.site.W.Campaign()
	s.site.Render(q, http.StatusOK, "applicants", map[string]any{"Links": all, "Now": s.site.W.Now(),
		"Kinds": c.Env.Kinds, "Levels": c.Env.Levels, "Fields": c.Env.Fields, "Units": c.Env.Units,
		"Today": s.site.Today(), "Mail": c.Mail.Server != "" && c.Mail.Address != "", "Open": c.OpenToApplicants})
	return nil
}

// LinksFor returns the links that a person may see: not those for a unit with which the person has a conflict of
// interest.
func (s *Room) LinksFor(q *page.Request) (out []*applicants.Link, err error) {
	all, err := applicants.All(q.Ctx(), s.site.W)
	if err != nil {
		return nil, err
	}
	return out, s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, l := range all {
			if st.Tie(q.Person.ID, l.Dossier(), l.Unit) == nil {
				out = append(out, l)
			}
		}
		return nil
	})
}

// Invite makes a link.
func (s *Room) Invite(q *page.Request) error {
	until, err := time.ParseInLocation(time.DateOnly, q.Form("until"), s.site.W.Campaign().Location)
	if err != nil {
		return page.Refuse(http.StatusBadRequest, "refused.date")
	}
	x := applicants.Wish{Mail: strings.TrimSpace(q.Form("mail")), Kind: q.Form("kind"), Level: q.Form("level"),
		Field: q.Form("field"), Unit: q.Form("unit"), Language: q.Form("language"), Until: until.AddDate(0, 0, 1)}
	if x.Language == "" {
		x.Language = q.Lang
	}
	if _, err := applicants.Invite(q.Ctx(), s.site.W, q.Person.ID, x); err != nil {
		return err
	}
	return s.site.Back(q, "/applicants", "done.applicant-invited")
}

// Withdraw ends the link in the path.
func (s *Room) Withdraw(q *page.Request) error {
	return s.judge(q, "done.applicant-withdrawn", func(id string) error {
		return applicants.Withdraw(q.Ctx(), s.site.W, q.Person.ID, id, q.Form("reason"))
	})
}

// Again mails the link in the path once more.
func (s *Room) Again(q *page.Request) error {
	return s.judge(q, "done.applicant-again", func(id string) error { return applicants.Again(q.Ctx(), s.site.W, id) })
}

// judge does something about the link in the path, if the person may see it.
func (s *Room) judge(q *page.Request, said string, do func(id string) error) error {
	all, err := s.LinksFor(q)
	if err != nil {
		return err
	}
	for _, l := range all {
		if l.ID != q.R.PathValue("link") {
			continue
		}
		if err := do(l.ID); errors.Is(err, applicants.ErrLink) {
			return page.Refuse(http.StatusConflict, "error.apply-link")
		} else if err != nil {
			return err
		}
		return s.site.Back(q, "/applicants", said)
	}
	return page.NotFound()
}
