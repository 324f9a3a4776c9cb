package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// door lets a call in if it shows a token that is valid, has the scope of the operation, and belongs to a person who
// has the right. Scopes narrow what may be called, and never the rights by which it is decided what the person must
// not see: who may score is blind to the scores of others by every token.
func (a *API) door(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	q := a.visitor(r)
	err := a.enter(q, a.operations[ctx.Operation().OperationID])
	if err == nil {
		err = onceAsked(r.URL.Query())
	}
	if err != nil {
		writeProblem(w, a.problem(q, err))
		return
	}
	next(huma.WithValue(ctx, requestKey{}, q))
}

// visitor returns a request without a person.
func (a *API) visitor(r *http.Request) *page.Request {
	return &page.Request{W: &unseen{header: http.Header{}}, R: r,
		Lang: a.site.Texts.Accepted(r.Header.Get("Accept-Language"), "en")}
}

// enter finds the person of the token, and checks pace, scope and right.
func (a *API) enter(q *page.Request, o *operation) error {
	now := a.site.W.Now()
	t, err := a.tokenOf(q, now)
	if err != nil {
		return err
	}
	// Calls count by token from here on, and by address before: programs of several people may share an address.
	if wait := a.pace.Take("token "+t.ID, now, perSecond, burst); wait > 0 {
		return tooFast(q, wait)
	}
	if err := a.factorOf(q); err != nil {
		return err
	}
	if !t.May(o.scope) {
		return page.Refuse(http.StatusForbidden, "error.scope", o.scope)
	}
	if !q.Person.May(o.right) && !(o.own && q.Person.May(review.SeeOwn)) {
		return page.Refuse(http.StatusForbidden, "error.right")
	}
	if hidden, err := a.Names.HiddenFrom(q.Ctx(), q.Person); err != nil {
		return err
	} else if hidden {
		return page.Refuse(http.StatusForbidden, "error.names")
	}
	if o.papers {
		a.site.Log.Info("papers were asked for", append(a.site.Asked(q), "token", t.ID)...)
	}
	return a.used.mark(q.Ctx(), a, t.ID, now)
}

// factorOf refuses people who still have to set up a second factor: a token does not bypass it.
func (a *API) factorOf(q *page.Request) error {
	if !a.site.W.Campaign().SignIn.SecondFactor || q.Person.Factor != "" {
		return nil
	}
	encoded, err := a.site.W.Review().Password(q.Ctx(), q.Person.ID)
	if err == nil && encoded != "" {
		err = page.Refuse(http.StatusForbidden, "error.factor-needed")
	}
	return err
}

// How fast calls may come: a token may make burst calls at once and then perSecond; an address may guess
// burstWrong tokens, and then one every few seconds.
const (
	perSecond, burst       = 20, 200
	perSecondWrong         = 0.2
	burstWrong             = 30
	usedEvery              = time.Minute
	bearer                 = "bearer "
	maxToken, maxUsedKnown = 100, 10_000
)

// tokenOf returns the token that a request shows, and sets the person. A missing, wrong, revoked or ended one, and
// one of a disabled person, get the same answer. An address that guesses is slowed down before its guesses are looked
// at.
func (a *API) tokenOf(q *page.Request, now time.Time) (*review.Token, error) {
	from := "address " + a.site.Address(q.R).String()
	if wait := a.pace.Look(from, now, perSecondWrong); wait > 0 {
		return nil, tooFast(q, wait)
	}
	text := q.R.Header.Get("Authorization")
	if len(text) > maxToken || len(text) < len(bearer) || !strings.EqualFold(text[:len(bearer)], bearer) {
		text = ""
	} else {
		text = strings.TrimSpace(text[len(bearer):])
	}
	var found *review.Token
	if err := a.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		t := st.Tokens.Find(text)
		if t == nil || t.Over(now.In(a.site.W.Campaign().Location)) {
			return nil
		}
		if p := st.People[t.Person]; p != nil && !p.Disabled {
			copied := *p
			q.Person, found = &copied, t
		}
		return nil
	}); err != nil {
		return nil, err
	}
	if found == nil {
		if text != "" {
			a.pace.Take(from, now, perSecondWrong, burstWrong)
		}
		q.W.Header().Set("WWW-Authenticate", `Bearer realm="kheo"`)
		return nil, page.Refuse(http.StatusUnauthorized, "error.token")
	}
	return found, nil
}

// tooFast returns the refusal that says when to try again.
func tooFast(q *page.Request, wait time.Duration) error {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	q.W.Header().Set("Retry-After", strconv.Itoa(seconds))
	return page.Refuse(http.StatusTooManyRequests, "error.pace", seconds)
}

// lastUsed writes when tokens were last used, at most once in usedEvery for each.
type lastUsed struct {
	mu sync.Mutex
	at map[string]time.Time
}

// mark records that a token is used.
func (l *lastUsed) mark(ctx context.Context, a *API, id string, now time.Time) error {
	l.mu.Lock()
	known, ok := l.at[id]
	due := !ok || now.Sub(known) >= usedEvery
	if due {
		if l.at == nil || len(l.at) >= maxUsedKnown {
			l.at = map[string]time.Time{}
		}
		l.at[id] = now
	}
	l.mu.Unlock()
	if !due {
		return nil
	}
	err := a.site.W.Store.State.TokenUsed.Of(id).Set(ctx, now.UTC().Format(time.RFC3339))
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
