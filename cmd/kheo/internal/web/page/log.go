package page

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"kheo/pipeline/review"
)

// Security events are logged with the person, the address and the request: sign-ins and failed sign-ins, ends
// of sessions, who asked for the papers of which dossier, and every request that is refused. What people
// change is in the audit trail. Passwords, tokens, queries and forms are never logged, nor is a sign-in name
// that does not exist: it may be a password in the wrong field.

// Asked returns what every log line says of a request.
func (s *Site) Asked(q *Request) []any {
	out := []any{"address", s.Address(q.R).String(), "method", q.R.Method, "path", UpTo(q.R.URL.Path, 200)}
	if q.Person != nil {
		out = append(out, "person", q.Person.ID)
	}
	return out
}

// LogRefused logs a refused request with the status of the answer and the key of the text that the person
// reads.
func (s *Site) LogRefused(q *Request, status int, why string) {
	s.Log.Info("a request was refused", append([]any{"status", status, "why", why}, s.Asked(q)...)...)
}

// LogSignIn logs an attempt to sign in. how names the method: a password, or OpenID Connect.
func (s *Site) LogSignIn(q *Request, id string, ok bool, how string) {
	known := false
	err := s.W.Review().View(q.Ctx(), func(st *review.State) error { known = st.People[id] != nil; return nil })
	if err != nil || !known {
		id = "unknown"
	}
	args := append([]any{"as", id, "how", how}, s.Asked(q)...)
	if ok {
		s.Log.Info("somebody signed in", args...)
		return
	}
	s.Log.Warn("signing in failed", args...)
}

// DenyOtherSite refuses a form that another site sent, with a page that explains it.
func (s *Site) DenyOtherSite(w http.ResponseWriter, r *http.Request) {
	s.LogRefused(&Request{W: w, R: r}, http.StatusForbidden, "another site sent it")
	http.Error(w, "this form was sent by another site", http.StatusForbidden)
}

// Address returns the address that a request comes from.
func (s *Site) Address(r *http.Request) netip.Addr { return AddressOf(r, s.W.Campaign().Proxies) }

// AddressOf returns the address that a request comes from. X-Forwarded-For is read from the right, up to the
// first address that is not a trusted proxy of kheo.yaml; what is further left could be forged.
func AddressOf(r *http.Request, proxies []netip.Prefix) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	at, _ := netip.ParseAddr(host)
	at = at.Unmap().WithZone("")
	trusted := func(p netip.Prefix) bool { return p.Contains(at) }
	var hops []string
	for _, line := range r.Header.Values("X-Forwarded-For") {
		hops = append(hops, strings.Split(line, ",")...)
	}
	for i := len(hops) - 1; i >= 0 && slices.ContainsFunc(proxies, trusted); i-- {
		hop := strings.TrimSpace(hops[i])
		next, err := netip.ParseAddr(hop)
		if err != nil {
			withPort, bad := netip.ParseAddrPort(hop)
			if bad != nil {
				break // nothing to the left of it can be believed
			}
			next = withPort.Addr()
		}
		at = next.Unmap().WithZone("")
	}
	return at
}
