package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
)

// session is a session as its owner sees it.
type session struct {
	Since, Seen string // RFC 3339
	From, Agent string
	This        bool
}

// roughly returns the network of an address: enough for its owner to recognise it. That is 24 bits for IPv4 and
// 48 bits for IPv6; a loopback address is returned whole.
func roughly(a netip.Addr) string {
	bits := 24
	if a.Is6() {
		bits = 48
	}
	if p, err := a.Prefix(bits); err == nil && !a.IsLoopback() {
		return p.String()
	}
	return a.String()
}

// thisSession returns the hash of the token of the request's session, which the record store has as its key.
func (s *Server) thisSession(q *page.Request) string {
	sum := sha256.Sum256([]byte(s.site.Sessions.Token(q.Ctx())))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// account shows the person's account: the form for the password, and the open sessions. A session's last use is
// derived from its expiry, since storing it at each request would be a write for every page.
func (s *Server) account(q *page.Request) error {
	rows, err := s.site.W.Store.Sessions.Of(q.Ctx(), q.Person.ID, s.site.W.Now())
	if err != nil {
		return err
	}
	this := s.thisSession(q)
	var list []session
	for _, r := range rows {
		_, values, err := jsonCodec{}.Decode(r.Data)
		if err != nil {
			return err
		}
		text := func(key string) string { v, _ := values[key].(string); return v }
		if text("person") == "" { // it waits for the second factor
			continue
		}
		x := session{Since: text("since"), From: text("from"), Agent: text("agent"), This: r.Token == this}
		if r.Expires.Before(sessionEnd(values)) { // else it is so near its end that its last use is not known
			x.Seen = r.Expires.Add(-sessionIdle).UTC().Format(time.RFC3339)
		}
		list = append(list, x)
	}
	password, err := s.hasPassword(q)
	if err != nil {
		return err
	}
	mail, err := s.site.W.Store.State.Mail.Of(q.Person.ID).Get(q.Ctx())
	if err != nil {
		return err
	}
	own, err := tokens{s}.of(q)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "account", map[string]any{"Sessions": list, "Password": password,
		"Factor": q.Person.Factor != "", "Mail": mail,
		"Tokens": own, "Scopes": review.Scopes, "Ends": s.site.W.Now().Add(tokenLife).Format(time.DateOnly)})
	return nil
}

// hasPassword reports whether the person signs in with a password here.
func (s *Server) hasPassword(q *page.Request) (bool, error) {
	encoded, err := s.site.W.Review().Password(q.Ctx(), q.Person.ID)
	return encoded != "" && s.site.W.Campaign().SignIn.Passwords, err
}

// changePassword changes the person's password. All other sessions end; this one continues under a new token.
// The old password counts as an attempt to sign in, so an open browser does not allow guessing.
func (s *Server) changePassword(q *page.Request) error {
	has, err := s.hasPassword(q)
	if err != nil {
		return err
	}
	if !has {
		return page.Refuse(http.StatusConflict, "error.no-password")
	}
	password := q.R.PostFormValue("new")
	if password != q.R.PostFormValue("again") {
		return page.Refuse(http.StatusBadRequest, "error.not-same")
	}
	ok, err := s.proves(q, q.Person.ID, q.R.PostFormValue("old"))
	if err != nil {
		return err
	}
	if !ok {
		return page.Refuse(http.StatusBadRequest, "error.old-password")
	}
	e := review.Event{Person: q.Person.ID, Action: review.PasswordSet, Data: review.Data{Subject: q.Person.ID}}
	if err := s.site.W.Review().SetPassword(q.Ctx(), e, password); err != nil {
		return err
	}
	if err := s.beginSession(q, q.Person.ID, s.site.Sessions.GetString(q.Ctx(), howKey)); err != nil {
		return err
	}
	s.mailer.MailOfPassword(q.Ctx(), q.Person, "account.mail")
	return s.site.Back(q, "/account", "done.own-password")
}

// endSessions ends all sessions of the person, or all but this one.
func (s *Server) endSessions(q *page.Request) error {
	if q.Form("all") == "" {
		if err := s.site.W.Store.Sessions.EndOthers(q.Ctx(), q.Person.ID, s.thisSession(q)); err != nil {
			return err
		}
		return s.site.Back(q, "/account", "done.sessions")
	}
	if err := s.site.W.Store.Sessions.EndAll(q.Ctx(), q.Person.ID); err != nil {
		return err
	}
	return s.signOut(q)
}

// changeMail sets the address to which the person's own mail goes.
func (s *Server) changeMail(q *page.Request) error {
	address := q.Form("mail")
	if !outbox.ValidMail(address) {
		return page.Refuse(http.StatusBadRequest, "error.mail", address)
	}
	if err := outbox.ChangeMail(q.Ctx(), s.site.W, q.Person.ID, q.Person.ID, address); err != nil {
		return err
	}
	return s.site.Back(q, "/account", "done.mail")
}
