package page

import (
	"encoding/base64"
	"net/http"
	"time"
)

// Cookies beside that of the session hold what visitors choose or bring along before they sign in. They are
// kept by the browser and are not trusted.
const (
	LanguageCookie = "kheo-language"
	ThemeCookie    = "kheo-theme" // light or dark; without it, what the device prefers
	BackCookie     = "kheo-back"  // the page that was asked for before signing in
	OidcCookie     = "kheo-oidc"  // state, nonce and verifier of a sign-in that was begun elsewhere

	LanguageFor = 365 * 24 * time.Hour // also of the theme
	BackFor     = 10 * time.Minute
	maxCookie   = 2000 // bytes of a value
)

// cookieName returns the name of a cookie. With HTTPS only, the prefix binds it to this host.
func (s *Site) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}

// SetCookie sets a cookie. Values of more than maxCookie bytes are dropped.
func (s *Site) SetCookie(q *Request, name, value string, lasts time.Duration) {
	value = base64.RawURLEncoding.EncodeToString([]byte(value))
	if len(value) > maxCookie {
		return
	}
	http.SetCookie(q.W, &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/",
		MaxAge: int(lasts / time.Second), Secure: s.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// DropCookie deletes a cookie.
func (s *Site) DropCookie(q *Request, name string) {
	http.SetCookie(q.W, &http.Cookie{Name: s.cookieName(name), Path: "/", MaxAge: -1, Secure: s.Secure,
		HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// Cookie returns the value of a cookie, or "" if it is missing, too long or not base64.
func (s *Site) Cookie(q *Request, name string) string {
	c, err := q.R.Cookie(s.cookieName(name))
	if err != nil || len(c.Value) > maxCookie {
		return ""
	}
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return ""
	}
	return string(b)
}
