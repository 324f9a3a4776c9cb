package web

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"time"

	"kheo/pipeline/review"
)

// session is a session as the person it is of is shown it.
type session struct {
	Since, Seen string // RFC 3339
	From, Agent string
	This        bool
}

// roughly is where a request comes from, as much of it as a person needs to recognise it.
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

// thisSession is the token of a request's session, as the record store has it.
func (s *Server) thisSession(q *request) string {
	sum := sha256.Sum256([]byte(s.sessions.Token(q.ctx())))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// account is the page of whoever asks: the own password, and the own sessions.
func (s *Server) account(q *request) error {
	rows, err := s.w.Store.Sessions.Of(q.ctx(), q.person.ID, s.w.Now())
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
	s.render(q, http.StatusOK, "account", map[string]any{"Sessions": list, "Password": password})
	return nil
}

// hasPassword reports whether whoever asks signs in with a password, and not elsewhere.
func (s *Server) hasPassword(q *request) (bool, error) {
	encoded, err := s.w.Review().Password(q.ctx(), q.person.ID)
	return encoded != "" && s.w.Campaign().SignIn.Passwords, err
}

// changePassword changes the own password. All other sessions end; this one goes on under another
// token.
func (s *Server) changePassword(q *request) error {
	has, err := s.hasPassword(q)
	if err != nil {
		return err
	}
	if !has {
		return &problem{http.StatusConflict, "error.no-password", nil}
	}
	password := q.r.PostFormValue("new")
	if password != q.r.PostFormValue("again") {
		return &problem{http.StatusBadRequest, "error.not-same", nil}
	}
	ok, err := s.proves(q, q.person.ID, q.r.PostFormValue("old"))
	if err != nil {
		return err
	}
	if !ok {
		return &problem{http.StatusBadRequest, "error.old-password", nil}
	}
	e := review.Event{Person: q.person.ID, Action: review.PasswordSet, Data: review.Data{Subject: q.person.ID}}
	if err := s.w.Review().SetPassword(q.ctx(), e, password); err != nil {
		return err
	}
	if err := s.beginSession(q, q.person.ID); err != nil {
		return err
	}
	s.mailOfPassword(q.ctx(), q.person, "account.mail")
	return s.back(q, "/account", "done.own-password")
}

// endSessions ends all sessions of whoever asks but this one, or this one too.
func (s *Server) endSessions(q *request) error {
	if q.form("all") == "" {
		if err := s.w.Store.Sessions.EndOthers(q.ctx(), q.person.ID, s.thisSession(q)); err != nil {
			return err
		}
		return s.back(q, "/account", "done.sessions")
	}
	if err := s.w.Store.Sessions.EndAll(q.ctx(), q.person.ID); err != nil {
		return err
	}
	return s.signOut(q)
}
