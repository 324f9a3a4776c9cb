package web

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// Limits of failed attempts to prove an identity, within attemptsFor of the first.
const (
	attemptsFor = 15 * time.Minute
	maxAttempts = 8   // on one account from one address
	maxFromOne  = 100 // from one address; then only accounts are looked at that have not failed from there
	slowFrom    = 20  // on one account from anywhere; then every further one waits
	slowness    = time.Second

	maxInside   = 4  // attempts of one address that wait or are looked at, at the same time
	maxTogether = 32 // of all addresses
	longestWait = 10 * time.Second
	maxTries    = 50_000 // names that are remembered
)

// gate throttles attempts to prove an identity. An attempt is counted before the password is examined, so
// that parallel attempts do not exceed the limit, and is uncounted if it succeeds. An account is never locked
// for other addresses, and an address never for accounts on which it has not failed: guessing passwords locks
// only the guesser's address out of the account.
type gate struct {
	mu      sync.Mutex
	tries   map[string]tries
	inside  map[string]int // by address
	waiting int
	hashing chan struct{}

	pause func(ctx context.Context, d time.Duration) error // waits
}

// tries is how many attempts have failed, and until when they count.
type tries struct {
	n     int
	until time.Time
}

// newGate returns a gate without failed attempts.
func newGate() *gate {
	return &gate{tries: map[string]tries{}, inside: map[string]int{}, hashing: make(chan struct{},
		review.Hashers), pause: func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// tooMany is the error that an attempt is not examined.
type tooMany struct {
	status int
	key    string
	after  time.Duration // when it can be tried again
}

// Error implements error.
func (t *tooMany) Error() string { return t.key }

// attempt is an attempt that is being examined.
type attempt struct {
	g       *gate
	names   []string // under which it counts
	address string
}

// enter admits an attempt on an account from an address when its turn comes. The caller calls leave afterwards.
// It takes one of review.Hashers slots, since hashing needs much memory, and waits for it for at most
// longestWait. An attempt that gets none is not counted.
func (g *gate) enter(ctx context.Context, now time.Time, account, address string) (*attempt, error) {
	a, slow, err := g.admit(now, page.UpTo(account, 64), address)
	if err != nil {
		return nil, err
	}
	if slow {
		if err := g.pause(ctx, slowness); err != nil {
			a.forget(true) // it was not looked at
			return nil, err
		}
	}
	turn := time.NewTimer(longestWait)
	defer turn.Stop()
	select {
	case g.hashing <- struct{}{}:
		return a, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-turn.C:
		err = &tooMany{http.StatusServiceUnavailable, "error.busy", longestWait}
	}
	a.forget(true)
	return nil, err
}

// admit counts an attempt, or refuses it. It counts under three names: the account from this address, the
// address, and the account from anywhere.
func (g *gate) admit(now time.Time, account, address string) (a *attempt, slow bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	// The names differ in their first word, so that an account cannot be named like an address.
	pair, from, on := "pair "+account+"\n"+address, "address "+address, "account "+account
	p, f := g.count(now, pair), g.count(now, from)
	switch {
	case p.n >= maxAttempts || f.n >= maxFromOne && p.n > 0:
		return nil, false, &tooMany{http.StatusTooManyRequests, "error.attempts", p.until.Sub(now)}
	case g.inside[address] >= maxInside:
		return nil, false, &tooMany{http.StatusTooManyRequests, "error.busy", 2 * time.Second}
	case g.waiting >= maxTogether:
		return nil, false, &tooMany{http.StatusServiceUnavailable, "error.busy", longestWait}
	}
	// An account that is attacked from many addresses becomes slow for everybody, and never closed: closing it would
	// let strangers lock its owner out.
	slow = g.count(now, on).n >= slowFrom
	a = &attempt{g, []string{pair, from, on}, address}
	for _, name := range a.names {
		t := g.count(now, name)
		if t.n == 0 {
			g.makeRoom(now)
			t.until = now.Add(attemptsFor)
		}
		t.n++
		g.tries[name] = t
	}
	g.inside[address]++
	g.waiting++
	return a, slow, nil
}

// count returns the failures under a key that still count, and removes expired ones. The caller holds g.mu.
func (g *gate) count(now time.Time, name string) tries {
	t := g.tries[name]
	if t.n > 0 && !now.Before(t.until) {
		delete(g.tries, name)
		return tries{}
	}
	return t
}

// makeRoom bounds the memory: expired entries are removed first, then those that expire next. Only examined
// attempts are remembered, so that an attacker cannot quickly push out others.
func (g *gate) makeRoom(now time.Time) {
	if len(g.tries) < maxTries {
		return
	}
	soonest := ""
	for name, t := range g.tries {
		if !now.Before(t.until) {
			delete(g.tries, name)
		} else if soonest == "" || t.until.Before(g.tries[soonest].until) {
			soonest = name
		}
	}
	if len(g.tries) >= maxTries {
		delete(g.tries, soonest)
	}
}

// leave ends an admitted attempt. A success clears the failures of the address on the account.
func (a *attempt) leave(ok bool) {
	<-a.g.hashing
	a.forget(ok)
	if ok {
		a.g.mu.Lock()
		defer a.g.mu.Unlock()
		delete(a.g.tries, a.names[0])
	}
}

// forget ends an attempt as if it had not been made. uncounted also takes back what admit counted under the
// three names.
func (a *attempt) forget(uncounted bool) {
	a.g.mu.Lock()
	defer a.g.mu.Unlock()
	if a.g.inside[a.address]--; a.g.inside[a.address] <= 0 {
		delete(a.g.inside, a.address)
	}
	a.g.waiting--
	if !uncounted {
		return
	}
	for _, name := range a.names {
		if t := a.g.tries[name]; t.n > 1 {
			t.n--
			a.g.tries[name] = t
		} else {
			delete(a.g.tries, name)
		}
	}
}

// attempting admits the attempt of a request on an account, or returns the error that says when to try again.
func (s *Server) attempting(q *page.Request, account string) (*attempt, error) {
	a, err := s.gate.enter(q.Ctx(), s.site.W.Now(), account, network(s.site.Address(q.R)))
	return a, tellTooMany(q, err)
}

// tellTooMany returns the error that the person reads if an attempt is not admitted.
func tellTooMany(q *page.Request, err error) error {
	var t *tooMany
	if !errors.As(err, &t) {
		return err
	}
	q.W.Header().Set("Retry-After", strconv.Itoa(max(1, int(t.after.Round(time.Second)/time.Second))))
	return &page.Problem{Status: t.status, Key: t.key}
}

// network returns the name under which an address counts: for IPv6, the /64 network of one customer.
func network(a netip.Addr) string {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
