package web

import (
	"context"
	"errors"
	"fmt"
	"kheo/cmd/kheo/internal/web/page"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// quick is a gate whose pauses are counted and take no time.
func quick() (g *gate, paused *int) {
	g, paused = newGate(), new(int)
	g.pause = func(context.Context, time.Duration) error { *paused++; return nil }
	return g, paused
}

// tried makes an attempt and reports whether it was looked at.
func tried(t *testing.T, g *gate, now time.Time, account, address string, ok bool) bool {
	t.Helper()
	a, err := g.enter(t.Context(), now, account, address)
	var many *tooMany
	if errors.As(err, &many) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	a.leave(ok)
	return true
}

func TestAttemptsAreCountedBeforeTheyAreLookedAt(t *testing.T) {
	g, _ := quick()
	now := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	var inside []*attempt
	refused := 0
	for range 60 { // at the same time: what is let in stays until all have come
		g.hashing = make(chan struct{}, 60)
		a, err := g.enter(t.Context(), now, "chair", "192.0.2.1")
		if err != nil {
			refused++
			continue
		}
		inside = append(inside, a)
	}
	if len(inside) != maxInside || refused != 60-maxInside {
		t.Errorf("%d of 60 are looked at at the same time", len(inside))
	}
	for _, a := range inside {
		g.hashing <- struct{}{}
		a.leave(false)
	}
	n := 0
	for range 60 {
		if tried(t, g, now, "chair", "192.0.2.1", false) {
			n++
		}
	}
	if n != maxAttempts-maxInside {
		t.Errorf("%d more are looked at", n)
	}
	if tried(t, g, now.Add(attemptsFor-time.Second), "chair", "192.0.2.1", true) {
		t.Error("a further one is looked at")
	}
	if !tried(t, g, now.Add(attemptsFor), "chair", "192.0.2.1", true) {
		t.Error("none is looked at any more after the time")
	}
}

func TestNobodyIsLockedOutByOthers(t *testing.T) {
	g, paused := quick()
	now := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	for range 50 {
		tried(t, g, now, "chair", "192.0.2.1", false)
	}
	if !tried(t, g, now, "chair", "198.51.100.7", true) {
		t.Error("the account is closed to another address")
	}
	if !tried(t, g, now, "secretary", "192.0.2.1", true) {
		t.Error("the address is closed to an account that has not failed")
	}
	for i := range 3 * maxFromOne { // many names from one address
		tried(t, g, now, fmt.Sprint("name", i), "192.0.2.1", false)
	}
	if !tried(t, g, now, "secretary", "192.0.2.1", true) {
		t.Error("an account that has not failed is locked out by others behind its address")
	}
	if !tried(t, g, now, "member", "192.0.2.1", false) || tried(t, g, now, "member", "192.0.2.1", true) {
		t.Error("an address with many failures gets more than one attempt on an account")
	}
	for i := range 2 * slowFrom { // one name from many addresses
		tried(t, g, now, "observer", fmt.Sprint("203.0.113.", i), false)
	}
	*paused = 0
	if !tried(t, g, now, "observer", "198.51.100.7", true) || *paused != 1 {
		t.Errorf("an account that many addresses try is closed, or not slowed down (%d)", *paused)
	}
}

func TestTheMemoryOfAttemptsIsBounded(t *testing.T) {
	g, _ := quick()
	now := time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	for i := range maxTries {
		g.tries[fmt.Sprint(i)] = tries{1, now.Add(time.Minute + time.Duration(i))}
	}
	if !tried(t, g, now, "chair", "192.0.2.1", false) || len(g.tries) > maxTries {
		t.Errorf("%d names are remembered", len(g.tries))
	}
	if g.tries["pair chair\n192.0.2.1"].n != 1 || g.tries[fmt.Sprint(maxTries-1)].n != 1 {
		t.Error("what is over soonest is not what goes")
	}
	if len(g.inside) != 0 || g.waiting != 0 {
		t.Errorf("%v %d", g.inside, g.waiting)
	}
}

func TestWaitingToBeLookedAtIsBounded(t *testing.T) {
	g, _ := quick()
	for range cap(g.hashing) {
		g.hashing <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	full := make(chan struct{})
	for i := range maxTogether + 10 {
		wait.Go(func() {
			_, err := g.enter(ctx, time.Now(), fmt.Sprint(i), fmt.Sprint("192.0.2.", i))
			var many *tooMany
			mu.Lock()
			defer mu.Unlock()
			if errors.As(err, &many) {
				if statuses[many.status]++; statuses[many.status] == 10 {
					close(full)
				}
			}
		})
	}
	<-full
	cancel()
	wait.Wait()
	if statuses[http.StatusServiceUnavailable] != 10 || len(g.tries) != 0 || g.waiting != 0 {
		t.Errorf("%v, %d names are remembered, %d wait", statuses, len(g.tries), g.waiting)
	}
}

func TestForwardedAddressesAreBelievedOfTrustedProxiesAlone(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("fd00::/8")}
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"nothing is said", "203.0.113.9:1", nil, "203.0.113.9"},
		{"somebody who is no proxy says something", "203.0.113.9:1", []string{"198.51.100.1"}, "203.0.113.9"},
		{"the proxy says it", "127.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"the client made something up before", "127.0.0.1:1", []string{"1.1.1.1, 2.2.2.2, 198.51.100.1"},
			"198.51.100.1"},
		{"two proxies", "127.0.0.1:1", []string{"1.1.1.1, 198.51.100.1, 10.1.2.3"}, "198.51.100.1"},
		{"two lines", "127.0.0.1:1", []string{"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
		{"it is no address", "127.0.0.1:1", []string{"1.1.1.1, unknown"}, "127.0.0.1"},
		{"with a port", "127.0.0.1:1", []string{"198.51.100.1:4711"}, "198.51.100.1"},
		{"IPv6", "[fd00::1]:1", []string{"2001:db8:1:2:3::4"}, "2001:db8:1:2:3::4"},
		{"IPv4 as IPv6", "[::ffff:127.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"all are proxies", "127.0.0.1:1", []string{"10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
		{"empty", "127.0.0.1:1", []string{""}, "127.0.0.1"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := page.AddressOf(r, proxies); got.String() != c.want {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
	}
	if a, b := network(netip.MustParseAddr("2001:db8:1:2:3::4")), network(netip.MustParseAddr("2001:db8:1:2:ffff::9")); a != b || network(netip.MustParseAddr("2001:db8:1:3::4")) == a {
		t.Errorf("%s and %s are of one customer", a, b)
	}
	if network(netip.MustParseAddr("192.0.2.1")) == network(netip.MustParseAddr("192.0.2.2")) {
		t.Error("two addresses are one")
	}
}
