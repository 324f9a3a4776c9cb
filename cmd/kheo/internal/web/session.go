package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// How long a session lasts: without a request, and in all.
const (
	sessionIdle = 30 * time.Minute
	sessionLife = 12 * time.Hour
)

// newSessions returns the session manager. Tokens are hashed in the record store. With secure, the prefix
// __Host- has browsers refuse the cookie from other hosts and over HTTP.
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

// sessionStore keeps the sessions of people who are signed in, in the record store; nothing is written for
// anybody else. When a session ends follows from the workspace's clock and from when it began, not from the
// clock of scs, which only bounds the cookie.
type sessionStore struct{ w *workspace.Workspace }

// Find implements scs.Store.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	b, err := s.w.Store.Sessions.Get(context.Background(), token, s.w.Now())
	return b, b != nil, err
}

// Commit implements scs.Store. It ignores the expiry of scs.
func (s sessionStore) Commit(token string, b []byte, _ time.Time) error {
	deadline, values, err := jsonCodec{}.Decode(b)
	if err != nil {
		return err
	}
	person := ownerOf(values)
	if person == "" {
		return nil
	}
	now := s.w.Now()
	expires := now.Add(sessionIdle)
	if end := sessionEnd(values); end.Before(expires) {
		expires = end
	}
	// An update of a session that was ended changes no row, so it stays ended.
	if values[newSession] == nil { // it has a row already, or was ended while the request was at work
		return s.w.Store.Sessions.Update(context.Background(), token, b, expires, now)
	}
	delete(values, newSession)
	if b, err = (jsonCodec{}).Encode(deadline, values); err != nil {
		return err
	}
	return s.w.Store.Sessions.Begin(context.Background(), token, person, b, expires, now)
}

// ownerOf returns whose session it is, also if it waits for the second factor.
func ownerOf(values map[string]any) string {
	person, _ := values["person"].(string)
	proved, _ := values[provedKey].(string)
	return cmp.Or(person, proved)
}

// sessionEnd returns when a session ends at the latest, by what it holds. One that does not say when it began
// has ended.
func sessionEnd(values map[string]any) time.Time {
	text, _ := values["since"].(string)
	since, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	if values["person"] == nil { // it waits for the second factor
		return since.Add(halfLife)
	}
	return since.Add(sessionLife)
}

// newSession marks a session that has not been stored yet. A session without the mark is only updated, so one
// that was ended during a request is not stored again.
const newSession = "new"

// Delete implements scs.Store.
func (s sessionStore) Delete(token string) error {
	return s.w.Store.Sessions.End(context.Background(), token)
}

// jsonCodec stores sessions as JSON. They hold strings only.
type jsonCodec struct{}

// sessionData is a session as it is stored.
type sessionData struct {
	Deadline time.Time      `json:"deadline"`
	Values   map[string]any `json:"values"`
}

// Encode implements scs.Codec.
func (jsonCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(sessionData{deadline, values})
}

// Decode implements scs.Codec.
func (jsonCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var d sessionData
	err := json.Unmarshal(b, &d)
	if d.Values == nil {
		d.Values = map[string]any{}
	}
	return d.Deadline, d.Values, err
}

// signInPage shows the ways to sign in.
func (s *Server) signInPage(q *page.Request) error {
	if q.Person != nil {
		return s.site.Back(q, "/", "")
	}
	nobody := false
	if err := s.site.W.Review().View(q.Ctx(),
		func(st *review.State) error { nobody = len(st.People) == 0; return nil }); err != nil {
		return err
	}
	demo, err := demoDoor{s}.people(q)
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "sign-in", map[string]any{"Nobody": nobody, "Demo": demo,
		"Passwords": s.site.W.Campaign().SignIn.Passwords, "OIDC": s.oidc.name()})
	return nil
}

// signIn checks a password and begins a session. The answer is the same for a wrong password, an unknown
// account and a disabled one.
func (s *Server) signIn(q *page.Request) error {
	if !s.site.W.Campaign().SignIn.Passwords {
		return page.NotFound()
	}
	id, password := q.Form("person"), q.R.PostFormValue("password")
	ok, err := s.proves(q, id, password)
	if err != nil {
		return err
	}
	if !ok {
		s.site.LogSignIn(q, id, false, "password")
		s.site.Render(q, http.StatusForbidden, "sign-in", map[string]any{"Wrong": true, "Person": id,
			"Passwords": true, "OIDC": s.oidc.name()})
		return nil
	}
	return secondFactor{s}.passed(q, id)
}

// proves reports whether the password of an account is right. It takes equally long for unknown accounts. An
// error means that the attempt was not examined.
func (s *Server) proves(q *page.Request, id, password string) (ok bool, err error) {
	a, err := s.attempting(q, id)
	if err != nil {
		return false, err
	}
	defer func() { a.leave(ok) }()
	// The password is examined whether or not the account exists or is open, so that time does not reveal which.
	encoded, err := s.site.W.Review().Password(q.Ctx(), id)
	if err != nil {
		return false, err
	}
	known := false
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		p := st.People[id]
		known = p != nil && !p.Disabled
		return nil
	}); err != nil {
		return false, err
	}
	return review.CheckPassword(encoded, password) && known, nil
}

// signedIn begins the session of a person who has proved their identity; how names the method. The page to
// return to comes from a cookie, which Back confines to kheo's own paths.
func (s *Server) signedIn(q *page.Request, id, how string) error {
	back := s.site.Cookie(q, page.BackCookie)
	s.site.DropCookie(q, page.BackCookie)
	if err := s.beginSession(q, id, how); err != nil {
		return err
	}
	s.site.LogSignIn(q, id, true, how)
	return s.site.Back(q, back, "")
}

// beginSession begins a session under a new token, with nothing from an earlier session; how names how the person has
// proved their identity.
func (s *Server) beginSession(q *page.Request, id, how string) error {
	// A new token, so that a session which was planted in the browser before signing in is worth nothing.
	if err := errors.Join(s.site.Sessions.Clear(q.Ctx()), s.site.Sessions.RenewToken(q.Ctx())); err != nil {
		return err
	}
	for k, v := range map[string]string{newSession: "yes", "person": id, howKey: how,
		"since": s.site.W.Now().UTC().Format(time.RFC3339), "from": roughly(s.site.Address(q.R)),
		"agent": page.UpTo(q.R.UserAgent(), 200)} {
		s.site.Sessions.Put(q.Ctx(), k, v)
	}
	return nil
}

// signOut ends the session.
func (s *Server) signOut(q *page.Request) error {
	if err := s.site.Sessions.Destroy(q.Ctx()); err != nil {
		return err
	}
	if q.Person != nil {
		s.site.Log.Info("somebody signed out", s.site.Asked(q)...)
	}
	q.W.Header().Set("Clear-Site-Data", `"cache", "storage"`) // browsers that know it forget the pages, too
	http.Redirect(q.W, q.R, "/sign-in", http.StatusSeeOther)
	return nil
}

// language returns the language of the pages: the chosen one, or what the browser asks for.
func (s *Server) language(q *page.Request) string {
	if l := s.site.Cookie(q, page.LanguageCookie); s.site.Texts[l] != nil {
		return l
	}
	return s.site.Texts.Accepted(q.R.Header.Get("Accept-Language"), s.site.W.Campaign().Env.Languages[0])
}

// chooseLanguage keeps the chosen language in a cookie, also for visitors who are not signed in.
func (s *Server) chooseLanguage(q *page.Request) error {
	l := q.Form("language")
	if s.site.Texts[l] == nil {
		return page.NotFound()
	}
	s.site.SetCookie(q, page.LanguageCookie, l, page.LanguageFor)
	return s.site.Back(q, q.Form("back"), "")
}

// chooseTheme keeps the chosen colours in a cookie, also for visitors who are not signed in. "auto" means what the
// device prefers.
func (s *Server) chooseTheme(q *page.Request) error {
	switch theme := q.Form("theme"); {
	case theme == page.AutoTheme:
		s.site.DropCookie(q, page.ThemeCookie)
	case slices.Contains(page.Themes, theme):
		s.site.SetCookie(q, page.ThemeCookie, theme, page.LanguageFor)
	default:
		return page.NotFound()
	}
	return s.site.Back(q, q.Form("back"), "")
}
