package web

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"kheo/pipeline"
	"kheo/pipeline/review"
)

// How long a session lasts: so long without a request, and so long at most.
const (
	sessionIdle = 2 * time.Hour
	sessionLife = 12 * time.Hour
)

func newSessions(w *pipeline.Workspace, secure bool) *scs.SessionManager {
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

// sessionStore keeps sessions in the record store. Its clock is that of scs, which sets when
// they expire.
type sessionStore struct{ w *pipeline.Workspace }

func (s sessionStore) Find(token string) ([]byte, bool, error) {
	b, err := s.w.Store.Session(context.Background(), token, time.Now())
	return b, b != nil, err
}

func (s sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	_, values, err := jsonCodec{}.Decode(b)
	if err != nil {
		return err
	}
	person, _ := values["person"].(string)
	return s.w.Store.PutSession(context.Background(), token, person, b, expiry, time.Now())
}

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
	host, _, err := net.SplitHostPort(q.r.RemoteAddr)
	if err != nil {
		host = q.r.RemoteAddr
	}
	now := s.w.Now()
	if !s.attempts.open(now, "person "+id, "host "+host) {
		return &problem{status: http.StatusTooManyRequests, key: "error.attempts"}
	}
	encoded, err := s.w.Review().Password(q.ctx(), id)
	if err != nil {
		return err
	}
	known := false
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		p := st.People[id]
		known = p != nil && !p.Disabled
		return nil
	}); err != nil {
		return err
	}
	if !review.CheckPassword(encoded, password) || !known {
		s.attempts.failed(now, "person "+id, "host "+host)
		s.render(q, http.StatusForbidden, "sign-in", map[string]any{"Wrong": true, "Person": id, "Passwords": true, "OIDC": s.oidc.name()})
		return nil
	}
	return s.signedIn(q, id)
}

// signedIn begins a session of somebody who has proved who they are.
func (s *Server) signedIn(q *request, id string) error {
	back := s.sessions.PopString(q.ctx(), "back")
	if err := s.sessions.RenewToken(q.ctx()); err != nil { // nobody else knows the new one
		return err
	}
	s.sessions.Put(q.ctx(), "person", id)
	return s.back(q, back, "")
}

func (s *Server) signOut(q *request) error {
	if err := s.sessions.Destroy(q.ctx()); err != nil {
		return err
	}
	http.Redirect(q.w, q.r, "/sign-in", http.StatusSeeOther)
	return nil
}

// language is the language of the pages: what was chosen, what the person has, or what the
// browser asks for.
func (s *Server) language(q *request) string {
	if l := s.sessions.GetString(q.ctx(), "language"); s.texts[l] != nil {
		return l
	}
	return s.texts.accepted(q.r.Header.Get("Accept-Language"), s.w.Campaign().Env.Languages[0])
}

func (s *Server) chooseLanguage(q *request) error {
	l := q.form("language")
	if s.texts[l] == nil {
		return notFound()
	}
	s.sessions.Put(q.ctx(), "language", l)
	return s.back(q, q.form("back"), "")
}
