package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
)

// oidcDoor signs people in by a provider of OpenID Connect (authorization code with PKCE). Their roles come
// from the events, as with passwords.
type oidcDoor struct {
	conf   *campaign.OIDC
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
}

// oidcTime is how long the provider may take to answer.
const oidcTime = 10 * time.Second

// newOIDC returns the provider that kheo.yaml names, or nil.
func newOIDC(c campaign.SignIn) *oidcDoor {
	if c.OIDC == nil {
		return nil
	}
	return &oidcDoor{conf: c.OIDC, client: &http.Client{Timeout: oidcTime,
		Transport: limitedAnswers{http.DefaultTransport}}}
}

// maxAnswer is how long an answer of the provider may be, in bytes.
const maxAnswer = 1 << 20

// limitedAnswers cuts off answers that are too long, since the libraries read them whole.
type limitedAnswers struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l limitedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	}
	return answer, err
}

// name returns the name of the provider, or "" if there is none.
func (d *oidcDoor) name() string {
	if d == nil {
		return ""
	}
	if d.conf.Name != "" {
		return d.conf.Name
	}
	return strings.TrimPrefix(d.conf.Issuer, "https://")
}

// config asks the provider once for its configuration.
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
	c := &oauth2.Config{ClientID: d.conf.ClientID, Endpoint: d.provider.Endpoint(),
		RedirectURL: d.conf.Address + "/sign-in/oidc/back", Scopes: []string{oidc.ScopeOpenID, "email",
			"profile"}}
	if d.conf.SecretFile != "" {
		b, err := os.ReadFile(d.conf.SecretFile)
		if err != nil {
			return nil, nil, err
		}
		c.ClientSecret = strings.TrimSpace(string(b))
	}
	return c, d.provider.Verifier(&oidc.Config{ClientID: d.conf.ClientID}), nil
}

// claims are what the provider says of a person.
type claims struct {
	Email    string   `json:"email"`
	Verified verified `json:"email_verified"`
	Name     string   `json:"preferred_username"`
}

// verified is a boolean that some providers send as text. Anything other than true or "true" means not
// verified.
type verified struct{ said, yes bool }

// UnmarshalJSON implements json.Unmarshaler.
func (v *verified) UnmarshalJSON(b []byte) error {
	*v = verified{said: true, yes: string(b) == "true" || string(b) == `"true"`}
	return nil
}

// complete reports whether the claim that identifies people is present.
func (c *claims) complete(claim string) bool {
	switch claim {
	case "email":
		return c.Email != "" && c.Verified.said
	case "preferred_username":
		return c.Name != ""
	}
	return true
}

// known asks the userinfo endpoint if the ID token lacks the claim that identifies people: OpenID Connect
// allows either to hold it. All claims are taken from one of the two, so that an address cannot count as
// verified because the other verified a different one.
func (d *oidcDoor) known(ctx context.Context, token *oauth2.Token, id *oidc.IDToken) (c claims, err error) {
	if err := id.Claims(&c); err != nil || c.complete(d.conf.Claim) {
		return c, err
	}
	d.mu.Lock()
	provider := d.provider
	d.mu.Unlock()
	if provider.UserInfoEndpoint() == "" {
		return c, nil
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return c, fmt.Errorf("the userinfo endpoint: %w", err)
	}
	if info.Subject != id.Subject {
		return c, errors.New("the userinfo endpoint tells of another person than the ID token")
	}
	c = claims{}
	return c, info.Claims(&c)
}

// person returns the sign-in name of the person whom the claims describe. The error says why there is none.
func (d *oidcDoor) person(c claims, subject string) (string, error) {
	person := subject
	switch d.conf.Claim {
	case "email":
		if person = strings.ToLower(c.Email); person != "" && !c.Verified.yes {
			return "", errors.New("the address is not verified")
		}
	case "preferred_username":
		person = strings.ToLower(c.Name)
	}
	if person == "" {
		return "", fmt.Errorf("the provider does not return %s of the person; "+
			"check its scopes and claims, or claim: in kheo.yaml", d.conf.Claim)
	}
	return person, nil
}

// oidcBegin redirects to the provider to sign in.
func (s *Server) oidcBegin(q *page.Request) error {
	if s.oidc == nil {
		return page.NotFound()
	}
	c, _, err := s.oidc.config(q.Ctx())
	if err != nil {
		return s.oidcUnreached(err)
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	s.site.SetCookie(q, page.OidcCookie, strings.Join([]string{state, nonce, verifier}, " "), page.BackFor)
	http.Redirect(q.W, q.R, c.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)),
		http.StatusSeeOther)
	return nil
}

// oidcUnreached logs for the operator why the provider cannot be used, and returns the error that the person
// reads.
func (s *Server) oidcUnreached(err error) error {
	s.site.Log.Error("the OpenID provider cannot be used: check that "+s.oidc.conf.Issuer+
		" can be reached from here and is the issuer that sign_in: in kheo.yaml should name", "error", err.Error())
	return page.Refuse(http.StatusBadGateway, "error.oidc")
}

// oidcBack signs in a person who comes back from the provider.
func (s *Server) oidcBack(q *page.Request) error {
	if s.oidc == nil {
		return page.NotFound()
	}
	get := q.R.URL.Query()
	begun := append(strings.Fields(s.site.Cookie(q, page.OidcCookie)), "", "", "")
	state, nonce, verifier := begun[0], begun[1], begun[2]
	s.site.DropCookie(q, page.OidcCookie)
	refused := func(why string) error {
		s.site.Log.Warn("signing in by OpenID Connect was refused", append([]any{"why", why},
			s.site.Asked(q)...)...)
		return page.Refuse(http.StatusForbidden, "error.oidc")
	}
	// The state shows that this browser has begun the sign-in: a person cannot be signed in as another by a link.
	if state == "" || subtle.ConstantTimeCompare([]byte(state), []byte(get.Get("state"))) != 1 {
		return refused("it was not begun here")
	}
	// The provider counts failed attempts; here, too many at the same time are refused.
	a, _, err := s.gate.admit(s.site.W.Now(), "elsewhere", network(s.site.Address(q.R)))
	if err != nil {
		return tellTooMany(q, err)
	}
	defer a.forget(true)
	c, check, err := s.oidc.config(q.Ctx())
	if err != nil {
		return s.oidcUnreached(err)
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(q.Ctx(), s.oidc.client), oidcTime)
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
	// The provider says who the person is; whether they may come in, and what they may do, is in the audit trail
	// alone.
	said, err := s.oidc.known(ctx, token, id)
	if err != nil {
		return refused(err.Error())
	}
	person, err := s.oidc.person(said, id.Subject)
	if err != nil {
		return refused(err.Error())
	}
	known := false
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		p := st.People[person]
		known = p != nil && !p.Disabled
		return nil
	}); err != nil {
		return err
	}
	if !known {
		return page.Refuse(http.StatusForbidden, "error.oidc-unknown", person)
	}
	return s.signedIn(q, person, byProvider)
}
