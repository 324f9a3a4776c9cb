package web

import (
	"net/http"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// ownToken is a token as its owner sees it.
type ownToken struct {
	review.Token
	Used   string // when it was last used, RFC 3339; "" if never
	IsOver bool
}

// tokenLife is how long a token lasts unless the person says otherwise.
const tokenLife = 90 * 24 * time.Hour

// tokens lets people keep the tokens by which programs act for them.
type tokens struct{ s *Server }

// of returns the tokens of the person who asks.
func (t tokens) of(q *page.Request) (out []ownToken, err error) {
	used, err := t.s.site.W.Store.State.TokenUsed.All(q.Ctx())
	if err != nil {
		return nil, err
	}
	now := t.s.site.W.Now().In(t.s.site.W.Campaign().Location)
	err = t.s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, x := range st.Tokens.Of(q.Person.ID) {
			out = append(out, ownToken{x, used[x.ID], x.Over(now)})
		}
		return nil
	})
	return out, err
}

// issue makes a token for programs of the person, and shows it: only its hash is kept. An open browser is not enough,
// because a token outlives its session: a person who has a password gives it.
func (t tokens) issue(q *page.Request) error {
	s := t.s
	has, err := s.hasPassword(q)
	if err != nil {
		return err
	}
	if has {
		ok, err := s.proves(q, q.Person.ID, q.R.PostFormValue("old"))
		if err != nil {
			return err
		}
		if !ok {
			return page.Refuse(http.StatusBadRequest, "error.old-password")
		}
	}
	if err := (secondFactor{s}).confirms(q); err != nil {
		return err
	}
	made := review.Token{Person: q.Person.ID, Name: q.Form("name"), Ends: q.Form("ends")}
	for _, scope := range q.R.PostForm["scope"] {
		made.Scopes = append(made.Scopes, review.Scope(strings.TrimSpace(scope)))
	}
	_, token, err := s.site.W.Review().MakeToken(q.Ctx(), q.Person.ID, made)
	if err != nil {
		return err
	}
	s.mailer.MailOfPassword(q.Ctx(), q.Person, "token.mail")
	s.site.Render(q, http.StatusOK, "token", map[string]any{"Token": token, "Name": made.Name, "Ends": made.Ends,
		"Scopes": made.Scopes})
	return nil
}

// revoke ends a token of the person.
func (t tokens) revoke(q *page.Request) error {
	s := t.s
	id := q.Form("token")
	if err := s.site.W.Review().RevokeToken(q.Ctx(), q.Person.ID, q.Person.ID, id); err != nil {
		return err
	}
	if err := s.site.W.Store.State.TokenUsed.Of(id).Drop(q.Ctx()); err != nil {
		return err
	}
	return s.site.Back(q, "/account", "done.token-revoked")
}
