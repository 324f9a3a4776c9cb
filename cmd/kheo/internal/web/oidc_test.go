package web

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
)

// provider is a place where people sign in, which can be made to misbehave.
type provider struct {
	*httptest.Server
	key    *rsa.PrivateKey
	claims map[string]any // what it says of the person, in the ID token
	info   map[string]any // at its userinfo endpoint; there is none if it is nil
	signer *rsa.PrivateKey

	challenge, nonce string // of the last who came
	used             bool
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, signer: key}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/auth",
			"token_endpoint": p.URL + "/token", "userinfo_endpoint": p.URL + "/me", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /me", func(w http.ResponseWriter, r *http.Request) {
		if p.info == nil || r.Header.Get("Authorization") != "Bearer x" {
			http.Error(w, `{"error":"invalid_token"}`, http.StatusUnauthorized)
			return
		}
		answer(w, p.info)
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "1",
			Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge || p.used {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		p.used = true
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: p.signer},
			(&jose.SignerOptions{}).WithHeader("kid", "1"))
		if err != nil {
			t.Error(err)
			return
		}
		claims := map[string]any{"iss": p.URL, "aud": "kheo", "sub": "42",
			"exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": p.nonce}
		maps.Copy(claims, p.claims)
		b, err := json.Marshal(claims)
		if err != nil {
			t.Error(err)
			return
		}
		signed, err := signer.Sign(b)
		if err != nil {
			t.Error(err)
			return
		}
		token, err := signed.CompactSerialize()
		if err != nil {
			t.Error(err)
			return
		}
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": token})
	})
	return p
}

// Who is known elsewhere is let in by the right words alone, and only if known here too.
func TestSigningInElsewhere(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := newProvider(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: review.System,
		Action: review.PersonAdded, Data: review.Data{Subject: "hoa@example.org", Name: "Hoa",
			Roles: []review.Role{review.Observer}}}); err != nil {
		t.Fatal(err)
	}
	s.w.Campaign().SignIn = campaign.SignIn{Passwords: true, OIDC: &campaign.OIDC{Issuer: p.URL,
		ClientID: "kheo", Claim: "email", Address: s.http.URL}}
	site, err := New(s.w, slog.New(slog.DiscardHandler), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(site.Close)
	s.http.Config.Handler = site
	elsewhere := func(claims ...any) map[string]any { // what the userinfo endpoint answers
		info := map[string]any{"sub": "42"}
		for i := 0; i < len(claims); i += 2 {
			info[claims[i].(string)] = claims[i+1]
		}
		return info
	}
	for _, c := range []struct {
		name   string
		info   map[string]any
		claims map[string]any
		signer *rsa.PrivateKey
		change func(url.Values)
		in     bool
	}{
		{"a person of ours", nil, map[string]any{"email": "Hoa@example.org", "email_verified": true}, nil,
			nil, true},
		{"an address that nobody has verified", nil, map[string]any{"email": "hoa@example.org"}, nil, nil,
			false},
		{"a stranger", nil, map[string]any{"email": "eve@example.org", "email_verified": true}, nil, nil,
			false},
		{"a token for another site", nil, map[string]any{"email": "hoa@example.org", "email_verified": true,
			"aud": "bank"}, nil, nil, false},
		{"a token of another place", nil, map[string]any{"email": "hoa@example.org", "email_verified": true,
			"iss": "https://evil.example"}, nil, nil, false},
		{"a token that is over", nil, map[string]any{"email": "hoa@example.org", "email_verified": true,
			"exp": time.Now().Add(-time.Hour).Unix()}, nil, nil, false},
		{"a token of an earlier sign-in", nil, map[string]any{"email": "hoa@example.org",
			"email_verified": true, "nonce": "old"}, nil, nil, false},
		{"a token that another key signed", nil, map[string]any{"email": "hoa@example.org",
			"email_verified": true}, other, nil, false},
		{"a sign-in that was not begun here", nil, map[string]any{"email": "hoa@example.org",
			"email_verified": true}, nil, func(v url.Values) { v.Set("state", "x") }, false},
		{"a sign-in without a state", nil, map[string]any{"email": "hoa@example.org",
			"email_verified": true}, nil, func(v url.Values) { v.Del("state") }, false},
		{"verified, as text", nil, map[string]any{"email": "hoa@example.org", "email_verified": "true"},
			nil, nil, true},
		{"not verified, as text", nil, map[string]any{"email": "hoa@example.org",
			"email_verified": "false"}, nil, nil, false},
		{"verified, as another text", nil, map[string]any{"email": "hoa@example.org",
			"email_verified": "TRUE"}, nil, nil, false},
		{"verified, as a number", nil, map[string]any{"email": "hoa@example.org", "email_verified": 1}, nil,
			nil, false},
		{"the address is told by userinfo alone", elsewhere("email", "hoa@example.org", "email_verified",
			true), nil, nil, nil, true},
		{"userinfo tells it as text", elsewhere("email", "hoa@example.org", "email_verified", "true"), nil,
			nil, nil, true},
		{"userinfo does not say whether it is verified", elsewhere("email", "hoa@example.org"), nil, nil,
			nil, false},
		{"userinfo of another person", elsewhere("sub", "43", "email", "hoa@example.org", "email_verified",
			true), nil, nil, nil, false},
		{"userinfo without a person", elsewhere("sub", "", "email", "hoa@example.org", "email_verified",
			true), nil, nil, nil, false},
		{"another address is the verified one", elsewhere("email", "eve@example.org", "email_verified",
			true), map[string]any{"email": "hoa@example.org"}, nil, nil, false},
		{"not verified in the ID token", elsewhere("email", "hoa@example.org", "email_verified", true),
			map[string]any{"email": "hoa@example.org", "email_verified": false}, nil, nil, false},
		{"no address anywhere", elsewhere(), nil, nil, nil, false},
		{"userinfo refuses", nil, nil, nil, nil, false},
		{"userinfo without end", elsewhere("email", "hoa@example.org", "email_verified", true, "x",
			strings.Repeat("x", maxAnswer)), nil, nil, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := s.nobody()
			status, _, h := b.get("/sign-in/oidc")
			if status != http.StatusSeeOther {
				t.Fatalf("%d", status)
			}
			to := mustURL(h.Get("Location")).Query()
			p.claims, p.info, p.signer, p.used, p.challenge, p.nonce = c.claims, c.info, p.key, false, to.Get("code_challenge"), to.Get("nonce")
			if c.signer != nil {
				p.signer = c.signer
			}
			back := url.Values{"state": {to.Get("state")}, "code": {"c"}}
			if c.change != nil {
				c.change(back)
			}
			path := mustURL(to.Get("redirect_uri")).Path + "?" + back.Encode()
			status, _, _ = b.get(path)
			inside, _, _ := b.get("/runs")
			if (inside == 200) != c.in || c.in && status != http.StatusSeeOther || !c.in &&
				status != http.StatusForbidden {
				t.Errorf("%d, and then %d", status, inside)
			}
			if again, _, _ := b.get(path); c.in && again != http.StatusForbidden {
				t.Errorf("the same way in twice: %d", again)
			}
		})
	}
	if _, body, _ := s.nobody().get("/sign-in"); !strings.Contains(body, `href="/sign-in/oidc"`) {
		t.Error("the page to sign in does not name the other place")
	}
	s.w.Campaign().SignIn.Passwords = false
	if status, _, _ := s.nobody().post("/sign-in", url.Values{"person": {"observer"},
		"password": {password}}); status != http.StatusNotFound {
		t.Errorf("a password, where there are none: %d", status)
	}
}
