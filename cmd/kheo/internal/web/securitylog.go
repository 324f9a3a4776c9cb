package web

import (
	"net/http"
	"strings"

	"kheo/pipeline/review"
)

// What concerns security is logged with who asked, from which address, and for what: sign-ins and failed
// sign-ins, the ends of sessions, who asked for the papers of which dossier, and every request that is refused. What
// people change is in the audit trail. Passwords, tokens, queries and forms are
// never logged, nor is a sign-in name that does not exist: it may be a password in the wrong field.

// asked is what a log line tells of a request.
func (s *Server) asked(q *request) []any {
	out := []any{"address", s.address(q.r).String(), "method", q.r.Method, "path", upTo(q.r.URL.Path, 200)}
	if q.person != nil {
		out = append(out, "person", q.person.ID)
	}
	return out
}

// shows reports whether a route shows what is in dossiers, or sends papers about them: who asks is logged.
func (rt *route) shows() bool {
	return strings.HasPrefix(rt.pattern, "GET /dossiers/") || rt.pattern == "GET /papers/file" ||
		rt.pattern == "GET /lists/{ruleset}/files/{file}"
}

// logRefused logs a request that is refused, and why: the key of the text that the person is shown.
func (s *Server) logRefused(q *request, status int, why string) {
	s.log.Info("a request was refused", append([]any{"status", status, "why", why}, s.asked(q)...)...)
}

// logSignIn logs an attempt to sign in.
func (s *Server) logSignIn(q *request, id string, ok bool, how string) {
	known := false
	err := s.w.Review().View(q.ctx(), func(st *review.State) error { known = st.People[id] != nil; return nil })
	if err != nil || !known {
		id = "unknown"
	}
	args := append([]any{"as", id, "how", how}, s.asked(q)...)
	if ok {
		s.log.Info("somebody signed in", args...)
		return
	}
	s.log.Warn("signing in failed", args...)
}

// denyOtherSite answers a form that another site sent.
func (s *Server) denyOtherSite(w http.ResponseWriter, r *http.Request) {
	s.logRefused(&request{w: w, r: r}, http.StatusForbidden, "another site sent it")
	http.Error(w, "this form was sent by another site", http.StatusForbidden)
}
