package web

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// ErrNotDemo is the error of AllowDemo for a workspace that is not one of the sample.
var ErrNotDemo = errors.New("this is not a workspace of the sample")

// AllowDemo has the page for signing in offer everybody of the sample by a click, to browsers on this machine. It
// returns ErrNotDemo if the workspace is not one that `kheo demo` made.
func (s *Server) AllowDemo() error {
	is, err := s.site.W.IsDemo()
	if err == nil && !is {
		err = ErrNotDemo
	}
	s.demo = err == nil
	return err
}

// demoPerson is a person that the page for signing in offers.
type demoPerson struct {
	ID, Name string
	Role     review.Role
}

// demoDoor signs in as people of the sample without passwords.
type demoDoor struct{ s *Server }

// people returns those that a request may choose from; none unless the sample is shown on this machine.
func (d demoDoor) people(q *page.Request) ([]demoPerson, error) {
	if !d.s.demo || !isLocal(q.R) {
		return nil, nil
	}
	var out []demoPerson
	err := d.s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			if p := st.People[id]; !p.Disabled && len(p.Roles) > 0 {
				out = append(out, demoPerson{id, p.Name, p.Roles[0]})
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b demoPerson) int {
		return slices.Index(review.Roles, a.Role) - slices.Index(review.Roles, b.Role)
	})
	return out, err
}

// signIn signs in as a person of the sample.
func (d demoDoor) signIn(q *page.Request) error {
	people, err := d.people(q)
	if err != nil {
		return err
	}
	id := q.Form("person")
	if !slices.ContainsFunc(people, func(p demoPerson) bool { return p.ID == id }) {
		return page.NotFound()
	}
	return d.s.signedIn(q, id, byDemo)
}

// isLocal reports whether a request comes from a browser on this machine, by an address of this machine: not through a
// server in front, and not by a name that another person has lead here.
func isLocal(r *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback() && IsLoopback(r.Host)
}

// IsLoopback reports whether an address, with or without a port, can be reached from this machine only.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
