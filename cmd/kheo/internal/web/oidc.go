package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
)

// oidcDoor lets people in whom another place knows (OpenID Connect, authorization code with
// PKCE). Who they are here, and what they may, stands in the events as for everybody else.
type oidcDoor struct {
	conf   *campaign.OIDC
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
}

// oidcTime is how long the other place may take to answer.
const oidcTime = 10 * time.Second

func newOIDC(c campaign.SignIn) *oidcDoor {
	if c.OIDC == nil {
		return nil
	}
	return &oidcDoor{conf: c.OIDC, client: &http.Client{Timeout: oidcTime}}
}

// name is what the place is called; "" where there is none.
func (d *oidcDoor) name() string {
	if d == nil {
		return ""
	}
	if d.conf.Name != "" {
		return d.conf.Name
	}
	return strings.TrimPrefix(d.conf.Issuer, "https://")
}

// config asks the place, once, how it is to be spoken to.
func (d *oidcDoor) config(ctx context.Context) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.provider == nil {
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), d.client), d.conf.Issuer)
		if err != nil {
			return nil, nil, err
		}
		d.provider = p
	}
	c := &oauth2.Config{ClientID: d.conf.ClientID, Endpoint: d.provider.Endpoint(), RedirectURL: d.conf.Address + "/sign-in/oidc/back", Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
	if d.conf.SecretFile != "" {
		b, err := os.ReadFile(d.conf.SecretFile)
		if err != nil {
			return nil, nil, err
		}
		c.ClientSecret = strings.TrimSpace(string(b))
	}
	return c, d.provider.Verifier(&oidc.Config{ClientID: d.conf.ClientID}), nil
}

// oidcBegin sends somebody to the other place.
func (s *Server) oidcBegin(q *request) error {
	if s.oidc == nil {
		return notFound()
	}
	c, _, err := s.oidc.config(q.ctx())
	if err != nil {
		s.log.Error("signing in by OpenID Connect", "error", err.Error())
		return &problem{http.StatusBadGateway, "error.oidc", nil}
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	s.setCookie(q, oidcCookie, strings.Join([]string{state, nonce, verifier}, " "), backFor)
	http.Redirect(q.w, q.r, c.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
	return nil
}

// oidcBack takes somebody in who comes back from there.
func (s *Server) oidcBack(q *request) error {
	if s.oidc == nil {
		return notFound()
	}
	get := q.r.URL.Query()
	begun := append(strings.Fields(s.cookie(q, oidcCookie)), "", "", "")
	state, nonce, verifier := begun[0], begun[1], begun[2]
	s.dropCookie(q, oidcCookie)
	refused := func(why string) error {
		s.log.Warn("signing in by OpenID Connect was refused", "why", why)
		return &problem{http.StatusForbidden, "error.oidc", nil}
	}
	if state == "" || subtle.ConstantTimeCompare([]byte(state), []byte(get.Get("state"))) != 1 {
		return refused("it was not begun here")
	}
	a, _, err := s.gate.admit(s.w.Now(), "elsewhere", network(s.address(q.r))) // the other place counts what fails; here many at a time are refused
	if err != nil {
		return tellTooMany(q, err)
	}
	defer a.forget(true)
	c, check, err := s.oidc.config(q.ctx())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(q.ctx(), s.oidc.client), oidcTime)
	defer cancel()
	token, err := c.Exchange(ctx, get.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return refused(err.Error())
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := check.Verify(ctx, raw)
	if err != nil {
		return refused(err.Error())
	}
	if id.Nonce != nonce {
		return refused("the nonce is another")
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Name     string `json:"preferred_username"`
	}
	if err := id.Claims(&claims); err != nil {
		return refused(err.Error())
	}
	person := map[string]string{"email": strings.ToLower(claims.Email), "preferred_username": strings.ToLower(claims.Name), "sub": id.Subject}[s.oidc.conf.Claim]
	if s.oidc.conf.Claim == "email" && !claims.Verified {
		return refused("the address is not verified")
	}
	known := false
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		p := st.People[person]
		known = p != nil && !p.Disabled
		return nil
	}); err != nil {
		return err
	}
	if !known {
		return &problem{http.StatusForbidden, "error.oidc-unknown", []any{person}}
	}
	return s.signedIn(q, person)
}
