package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// How long a session lasts: so long without a request, and so long at most.
const (
	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
)

func newSessions(w *workspace.Workspace, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{w}
	m.Codec = jsonCodec{}
	m.HashTokenInStore = true
	m.IdleTimeout, m.Lifetime = sessionIdle, sessionLife
	m.Cookie.Name = "kheo"
	if secure {
		m.Cookie.Name = "__Host-kheo"
	}
	m.Cookie.Secure = secure
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Path = "/"
	return m
}

// sessionStore keeps the sessions of people who are signed in, in the record store; of anybody else
// nothing is written. Its clock is that of scs, which sets when they expire.
type sessionStore struct{ w *workspace.Workspace }

func (s sessionStore) Find(token string) ([]byte, bool, error) {
	b, err := s.w.Store.Session(context.Background(), token, time.Now())
	return b, b != nil, err
}

func (s sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	deadline, values, err := jsonCodec{}.Decode(b)
	if err != nil {
		return err
	}
	person, _ := values["person"].(string)
	if person == "" {
		return nil
	}
	if values[newSession] == nil { // it has a row already, or was ended while the request was at work
		return s.w.Store.KeepSession(context.Background(), token, b, expiry, time.Now())
	}
	delete(values, newSession)
	if b, err = (jsonCodec{}).Encode(deadline, values); err != nil {
		return err
	}
	return s.w.Store.PutSession(context.Background(), token, person, b, expiry, time.Now())
}

// newSession marks what a session holds until it is kept for the first time.
const newSession = "new"

func (s sessionStore) Delete(token string) error {
	return s.w.Store.EndSession(context.Background(), token)
}

// jsonCodec writes sessions as JSON; they hold strings alone.
type jsonCodec struct{}

type sessionData struct {
	Deadline time.Time      `json:"deadline"`
	Values   map[string]any `json:"values"`
}

func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(sessionData{deadline, values})
}

func (jsonCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var d sessionData
	err := json.Unmarshal(b, &d)
	if d.Values == nil {
		d.Values = map[string]any{}
	}
	return d.Deadline, d.Values, err
}

// Cookies beside that of the session. What people choose or come with before they sign in is kept by
// their browsers, and is nothing that this program believes.
const (
	languageCookie = "kheo-language"
	backCookie     = "kheo-back" // the page that was asked for before signing in
	oidcCookie     = "kheo-oidc" // state, nonce and verifier of a sign-in that was begun elsewhere

	languageFor = 365 * 24 * time.Hour
	backFor     = 10 * time.Minute
	mostCookie  = 2000 // bytes of a value
)

func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

func (s *Server) setCookie(q *request, name, value string, lasts time.Duration) {
	value = base64.RawURLEncoding.EncodeToString([]byte(value))
	if len(value) > mostCookie {
		return
	}
	http.SetCookie(q.w, &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(lasts / time.Second), Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (s *Server) dropCookie(q *request, name string) {
	http.SetCookie(q.w, &http.Cookie{Name: s.cookieName(name), Path: "/", MaxAge: -1, Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// cookie is what a cookie says; "" where it is not there, or cannot be read.
func (s *Server) cookie(q *request, name string) string {
	c, err := q.r.Cookie(s.cookieName(name))
	if err != nil || len(c.Value) > mostCookie {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return ""
	}
	return string(b)
}

func (s *Server) signInPage(q *request) error {
	if q.person != nil {
		return s.back(q, "/", "")
	}
	nobody := false
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error { nobody = len(st.People) == 0; return nil }); err != nil {
		return err
	}
	s.render(q, http.StatusOK, "sign-in", map[string]any{"Nobody": nobody, "Passwords": s.w.Campaign().SignIn.Passwords, "OIDC": s.oidc.name()})
	return nil
}

func (s *Server) signIn(q *request) error {
	if !s.w.Campaign().SignIn.Passwords {
		return notFound()
	}
	id, password := q.form("person"), q.r.PostFormValue("password")
	ok, err := s.proves(q, id, password)
	if err != nil {
		return err
	}
	if !ok {
		s.logSignIn(q, id, false, "password")
		s.render(q, http.StatusForbidden, "sign-in", map[string]any{"Wrong": true, "Person": id, "Passwords": true, "OIDC": s.oidc.name()})
		return nil
	}
	return s.signedIn(q, id, "password")
}

// proves reports whether somebody gives the right password. It takes as long where nobody is called
// so. An error tells that it was not looked at.
func (s *Server) proves(q *request, id, password string) (ok bool, err error) {
	a, err := s.attempting(q, id)
	if err != nil {
		return false, err
	}
	defer func() { a.leave(ok) }()
	encoded, err := s.w.Review().Password(q.ctx(), id)
	if err != nil {
		return false, err
	}
	known := false
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		p := st.People[id]
		known = p != nil && !p.Disabled
		return nil
	}); err != nil {
		return false, err
	}
	return review.CheckPassword(encoded, password) && known, nil
}

// signedIn begins a session of somebody who has proved who they are; how says by what.
func (s *Server) signedIn(q *request, id, how string) error {
	back := s.cookie(q, backCookie)
	s.dropCookie(q, backCookie)
	if err := s.beginSession(q, id); err != nil {
		return err
	}
	s.logSignIn(q, id, true, how)
	return s.back(q, back, "")
}

// beginSession begins a session under a token that nobody else knows, with nothing in it that was in
// one before.
func (s *Server) beginSession(q *request, id string) error {
	if err := errors.Join(s.sessions.Clear(q.ctx()), s.sessions.RenewToken(q.ctx())); err != nil {
		return err
	}
	for k, v := range map[string]string{newSession: "yes", "person": id, "since": time.Now().UTC().Format(time.RFC3339), "from": roughly(s.address(q.r)), "agent": upTo(q.r.UserAgent(), 200)} {
		s.sessions.Put(q.ctx(), k, v)
	}
	return nil
}

func (s *Server) signOut(q *request) error {
	if err := s.sessions.Destroy(q.ctx()); err != nil {
		return err
	}
	if q.person != nil {
		s.log.Info("somebody signed out", s.asked(q)...)
	}
	q.w.Header().Set("Clear-Site-Data", `"cache", "storage"`) // browsers that know it forget the pages, too
	http.Redirect(q.w, q.r, "/sign-in", http.StatusSeeOther)
	return nil
}

// language is the language of the pages: what was chosen, what the person has, or what the
// browser asks for.
func (s *Server) language(q *request) string {
	if l := s.cookie(q, languageCookie); s.texts[l] != nil {
		return l
	}
	return s.texts.accepted(q.r.Header.Get("Accept-Language"), s.w.Campaign().Env.Languages[0])
}

func (s *Server) chooseLanguage(q *request) error {
	l := q.form("language")
	if s.texts[l] == nil {
		return notFound()
	}
	s.setCookie(q, languageCookie, l, languageFor)
	return s.back(q, q.form("back"), "")
}
