package web

import (
	"errors"
	"net/http"
	"strconv"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/outbox"
	"kheo/pipeline/store"
)

// linkPage asks the owner of a one-time link for a new password.
func (s *Server) linkPage(q *page.Request) error {
	return s.askByLink(q, q.R.URL.Query().Get("t"), "")
}

// askByLink shows the form for a new password, if the token is that of a valid link. mistake is the key of a
// text.
func (s *Server) askByLink(q *page.Request, token, mistake string) error {
	p, err := s.site.W.Review().LinkOf(q.Ctx(), token)
	if err != nil {
		return err
	}
	if p == nil || !s.site.W.Campaign().SignIn.Passwords {
		return page.Refuse(http.StatusNotFound, "error.link")
	}
	status := http.StatusOK
	if mistake != "" {
		status = http.StatusBadRequest
	}
	s.site.Render(q, status, "link", map[string]any{"Person": p, "Token": token, "Mistake": mistake})
	return nil
}

// useLink sets the password that was chosen by a one-time link, and notifies the person by mail. A mistake in
// the form leaves the link valid. No session begins: the person signs in with the new password.
func (s *Server) useLink(q *page.Request) error {
	token, password := q.R.PostFormValue("t"), q.R.PostFormValue("password")
	if !s.site.W.Campaign().SignIn.Passwords {
		return page.NotFound()
	}
	if q.R.PostForm.Has("again") && q.R.PostFormValue("again") != password {
		return s.askByLink(q, token, "link.differ")
	}
	p, err := s.site.W.Review().UseLink(q.Ctx(), token, password)
	if errors.Is(err, store.ErrLink) {
		return page.Refuse(http.StatusNotFound, "error.link")
	}
	if err != nil {
		return err
	}
	s.mailer.MailOfPassword(q.Ctx(), p, "link.used")
	return s.site.Back(q, "/sign-in", "done.password")
}

// toldRead records that a person has read what others changed on the account. seq is that of the newest notice
// on the page, so a notice that came later stays unread.
func (s *Server) toldRead(q *page.Request) error {
	seq, err := strconv.ParseInt(q.Form("seq"), 10, 64)
	if err != nil || seq < 0 {
		return page.NotFound()
	}
	if err := outbox.SetSeenEvents(q.Ctx(), s.site.W, q.Person.ID, seq); err != nil {
		return err
	}
	return s.site.Back(q, q.Form("back"), "")
}
