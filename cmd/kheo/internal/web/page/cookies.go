package page

import (
	"encoding/base64"
	"net/http"
	"time"
)

// Cookies beside that of the session. What people choose or come with before they sign in is kept by
// their browsers, and is nothing that this program believes.
const (
	LanguageCookie = "kheo-language"
	BackCookie     = "kheo-back" // the page that was asked for before signing in
	OidcCookie     = "kheo-oidc" // state, nonce and verifier of a sign-in that was begun elsewhere

	LanguageFor = 365 * 24 * time.Hour
	BackFor     = 10 * time.Minute
	mostCookie  = 2000 // bytes of a value
)

func (s *Site) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}

func (s *Site) SetCookie(q *Request, name, value string, lasts time.Duration) {
	value = base64.RawURLEncoding.EncodeToString([]byte(value))
	if len(value) > mostCookie {
		return
	}
	http.SetCookie(q.W, &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", MaxAge: int(lasts / time.Second), Secure: s.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (s *Site) DropCookie(q *Request, name string) {
	http.SetCookie(q.W, &http.Cookie{Name: s.cookieName(name), Path: "/", MaxAge: -1, Secure: s.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// Cookie is what a cookie says; "" where it is not there, or cannot be read.
func (s *Site) Cookie(q *Request, name string) string {
	c, err := q.R.Cookie(s.cookieName(name))
	if err != nil || len(c.Value) > mostCookie {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return ""
	}
	return string(b)
}
