// Package web serves the pages on which evaluators check and a committee decides. They are rendered on the
// server and work without JavaScript, which adds keys and keeps drafts.
//
// Every route names the right that it needs, in one table (routes), and passes one door (serve), which checks
// the right, the origin of the request, and its size. Each room of pages is a package: overview, reading,
// listing, checking, committee, register, criteria and admin. What a person may see of the dossiers is decided in one
// place, package access.
package web

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/admin"
	"kheo/cmd/kheo/internal/web/api"
	"kheo/cmd/kheo/internal/web/applicant"
	"kheo/cmd/kheo/internal/web/checking"
	"kheo/cmd/kheo/internal/web/committee"
	"kheo/cmd/kheo/internal/web/criteria"
	"kheo/cmd/kheo/internal/web/desk"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/listing"
	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/cmd/kheo/internal/web/names"
	"kheo/cmd/kheo/internal/web/overview"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/public"
	"kheo/cmd/kheo/internal/web/reading"
	"kheo/cmd/kheo/internal/web/register"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/pipeline/handover"
	"kheo/pipeline/results"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// shows reports whether a route shows what is in dossiers, or sends papers about them: who asks is logged.
func (rt *route) shows() bool {
	return strings.HasPrefix(rt.pattern, "GET /dossiers/") || rt.pattern == "GET /papers/file" ||
		rt.pattern == "GET /papers/letters/zip" ||
		rt.pattern == "GET /papers/certificates/zip" ||
		rt.pattern == "GET /lists/{ruleset}/files/{file}" || rt.pattern == "GET /evidence" ||
		rt.pattern == "POST /rules/{ruleset}/simulate"
}

//go:embed static/*
var static embed.FS

// Server serves the pages of one workspace: it opens and ends sessions, and passes every other request through
// one door (serve) to the room that its route names.
type Server struct {
	*page.Hooks

	site      *page.Site
	lists     *access.Lists
	images    *images.Viewer
	inbox     *upload.Inbox
	public    *public.Room
	register  *register.Room
	applicant *applicant.Room
	checking  *checking.Room
	overview  *overview.Room
	listing   *listing.Room
	reading   *reading.Room
	desk      *desk.Room
	mailer    *mailer.Mailer
	committee *committee.Room
	hall      *committee.Hall
	papers    *committee.Papers
	admin     *admin.Room
	criteria  *criteria.Room
	api       *api.API
	names     *names.Keeper

	demo    bool      // people of the sample sign in by a click; set before the first request
	oidc    *oidcDoor // nil if people sign in with passwords only
	gate    *gate     // throttles proofs of identity
	pace    upload.Pace
	guarded http.Handler // the mux, behind sessions and the protection from other sites
}

// New returns the server of a workspace's pages. secure says that they are reached through HTTPS only. The
// order follows from what the packages need of one another. The caller sets Start and Edition before the first
// request, and closes the server before the workspace.
func New(w *workspace.Workspace, log *slog.Logger, secure bool) (*Server, error) {
	site, err := page.New(w, log, newSessions(w, secure), secure)
	if err != nil {
		return nil, err
	}
	s := &Server{Hooks: site.Hooks, site: site, gate: newGate(), pace: upload.DefaultPace,
		oidc: newOIDC(w.Campaign().SignIn)}
	s.lists = access.New(site)
	s.images = images.New(w)
	s.names = names.New(w, s.lists)
	s.inbox = upload.New(site, s.lists, s.images)
	s.register = register.New(site, s.lists, s.images, s.inbox)
	s.checking = checking.New(site, s.lists, s.images)
	s.overview = overview.New(site, s.lists, s.register)
	s.reading = reading.New(site, s.lists, s.overview)
	s.desk = desk.New(site, s.lists, s.images, s.checking)
	s.listing = listing.New(site, s.lists)
	s.mailer = mailer.New(site, s.lists, s.reading, s.names)
	s.committee = committee.New(site, s.lists, s.mailer)
	s.hall, s.papers = committee.NewHall(site, s.lists), committee.NewPapers(site, s.lists)
	s.public, s.applicant = public.New(site), applicant.New(site, s.inbox)
	s.admin = admin.New(site, s.lists, s.mailer)
	s.criteria = criteria.New(site, s.lists)
	s.api = api.New(site, api.Rooms{Lists: s.lists, Inbox: s.inbox, Checking: s.checking, Listing: s.listing,
		Reading: s.reading, Desk: s.desk, Committee: s.committee, Hall: s.hall, Papers: s.papers,
		Results: results.New(w), Admin: s.admin, Names: s.names,
		Applicants: s.applicant})
	for _, r := range s.routes() {
		site.Mux.HandleFunc(r.pattern, s.serve(r))
	}
	site.Mux.HandleFunc("/", s.serve(route{do: func(*page.Request) error { return page.NotFound() }}))
	// Forms carry no token: the browser says in Sec-Fetch-Site or Origin from which site a request comes, and one
	// from another is refused before its session is loaded.
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(site.DenyOtherSite))
	s.guarded = protection.Handler(s.withSession(site.Mux))
	return s, nil
}

// Mailer returns what sends the mail of the workspace.
func (s *Server) Mailer() *mailer.Mailer { return s.mailer }

// Warm reads what pages show, and starts what reads uploads, so that the first visitor does not wait for it. It is
// called once after the start. A failure is logged only: the first page reads everything itself.
func (s *Server) Warm(ctx context.Context) {
	if _, _, err := s.register.Models(ctx); err != nil && ctx.Err() == nil {
		s.site.Log.Error("reading the lists", "error", err.Error())
	}
	if err := s.inbox.Warm(ctx); err != nil && ctx.Err() == nil {
		s.site.Log.Error("starting the reader of what is handed in", "error", err.Error())
	}
}

// Close ends the work on letters, and the processes that render page images.
func (s *Server) Close() {
	s.papers.Close()
	s.images.Pages.Close()
	s.inbox.Close()
}

// route is one entry of the table of routes.
type route struct {
	pattern string
	right   review.Right // "" is open to everybody, signed in or not
	own     bool         // also allowed for submitters, limited to their own unit
	do      func(*page.Request) error
}

// ServeHTTP sets the security headers, bounds the body and passes the request on. Pages are never cached,
// because the next person at the same computer may press the back button. Only uploads may be larger than
// MaxBody; they extend the deadlines of the connection instead.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "+
		"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.site.Secure || r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cache-Control", "no-store")
	if strings.HasPrefix(r.URL.Path, "/static/") && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		staticFiles(w, r) // before sessions: what proxies may keep for everybody has no cookie and no name
		return
	}
	// Whether a body may be large is decided by its path, before anybody is known: a route that takes no files never
	// reads more than MaxBody.
	if limit := uploadLimit(r.URL.Path); limit > 0 && r.Method == http.MethodPost &&
		page.IsForm(r, "multipart/form-data") {
		r.Body = &upload.Sending{ReadCloser: r.Body, Conn: http.NewResponseController(w), Pace: s.pace, Limit: limit}
	} else {
		r.Body = http.MaxBytesReader(w, r.Body, upload.MaxBody)
	}
	if strings.HasPrefix(r.URL.Path, "/api/") { // no session, and so nothing that another site could use
		s.api.ServeHTTP(w, r)
		return
	}
	if r.Method == http.MethodGet {
		r = r.WithContext(review.Once(r.Context()))
	}
	s.guarded.ServeHTTP(w, r)
}

// uploadLimit is how many bytes a form with files may have on a path; 0 if it accepts none. It must agree with the
// routes whose handlers call Inbox.Receive or upload.One, which refuse any other body.
func uploadLimit(path string) int64 {
	ofAPI, isAPI := strings.CutPrefix(path, api.Prefix+"/dossiers")
	switch {
	case strings.HasPrefix(path, "/rules/") && strings.HasSuffix(path, "/workbook"):
		return upload.MaxOne
	case path == "/handover/accept", path == "/handover/answered", path == api.Prefix+"/handover/lists",
		path == api.Prefix+"/handover/answers":
		return handover.MaxArchive
	case isAPI && (ofAPI == "" || strings.HasSuffix(ofAPI, "/documents")), strings.HasPrefix(path, "/own/"),
		path == "/apply/link", strings.HasPrefix(path, "/register/") && strings.HasSuffix(path, "/visit"):
		return upload.MaxUpload
	}
	return 0
}

// serve returns the handler of a route. A panic becomes an error page. A panic does not end the process,
// because runs are at work in it. What it says is logged and not shown.
func (s *Server) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := &answer{ResponseWriter: w}
		q := &page.Request{W: a, R: r, Mistake: page.MistakeIn(r.Context())}
		q.Lang = s.language(q)
		defer func() {
			if p := recover(); p != nil {
				s.site.Log.Error("a page failed", "path", r.URL.Path, "panic", fmt.Sprint(p))
				if !a.begun {
					s.fail(q, errors.New("panic"))
				}
			}
			if m, ok := q.W.(*names.Answer); ok {
				if err := m.Send(); err != nil { // the client has gone away
					s.site.Log.Debug("an answer was not sent", "path", r.URL.Path, "error", err.Error())
				}
			}
		}()
		// q.W may have been replaced by enter, by one that masks names; a is what marks an answer that was begun.
		if err := s.enter(q, rt); err != nil && !a.begun { // an answer that broke off: the client has gone away
			s.fail(q, err)
		}
	}
}

// answer is a response that knows whether it was begun; no error page can follow what was begun.
type answer struct {
	http.ResponseWriter
	begun bool
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.begun = true
	return a.ResponseWriter.Write(b)
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	a.begun = true
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap returns the response itself to http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// withSession loads the session of a request, and keeps it when the answer begins. That of a request for an image, or
// of what a page asks for by itself, is only read: what it was when it was asked for would replace what was kept
// since, such as the message on the next page.
func (s *Server) withSession(next http.Handler) http.Handler {
	saving := s.site.Sessions.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !sendsImage(r.URL.Path) && !follows(r) {
			saving.ServeHTTP(w, r)
			return
		}
		token := ""
		if c, err := r.Cookie(s.site.Sessions.Cookie.Name); err == nil {
			token = c.Value
		}
		ctx, err := s.site.Sessions.Load(r.Context(), token)
		if err != nil {
			s.site.Sessions.ErrorFunc(w, r, err)
			return
		}
		w.Header().Add("Vary", "Cookie")
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// sendsImage reports whether what a path leads to is an image, or where its marks are.
func sendsImage(path string) bool {
	return path == "/account/factor/qr" || strings.HasPrefix(path, "/dossiers/") &&
		(strings.HasSuffix(path, "/picture") ||
			strings.HasSuffix(path, "/piece")) || strings.HasPrefix(path, "/register/") &&
		strings.HasSuffix(path, "/photo")
}

// follows reports whether the script of a page that follows something asks what has changed.
func follows(r *http.Request) bool {
	return (strings.HasPrefix(r.URL.Path, "/meeting/") || strings.HasPrefix(r.URL.Path, "/papers")) &&
		(strings.HasSuffix(r.URL.Path, "/at") || r.URL.Query().Has("live"))
}

// navigates reports whether a request opens a page, as opposed to an image or what a script asks for. Browsers say
// so; of what does not say it is taken to.
func navigates(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return mode == "" || mode == "navigate"
}

// enter finds the person, checks the right that the route requires, and calls the route. A visitor who must
// sign in first is sent to the requested page afterwards, or to the page of the form that was sent: the form is
// not sent again by itself.
func (s *Server) enter(q *page.Request, rt route) error {
	if err := s.who(q); err != nil {
		return err
	}
	// In this order: who asks, whether a second factor must be set up first, what is masked for the person, and only
	// then the right, so that what the log says of a refusal names the person.
	if barred, err := (secondFactor{s}).barred(q); barred || err != nil {
		return err
	}
	if err := s.hideNames(q); err != nil {
		return err
	}
	if rt.right != "" {
		if q.Person == nil {
			if q.R.Method == http.MethodGet {
				if navigates(q.R) { // no one wants to come back to an image of a page, which is asked for with it
					s.site.SetCookie(q, page.BackCookie, q.R.URL.RequestURI(), page.BackFor)
				}
			} else if from := s.site.Referring(q); from != "" { // where what was typed is kept, see kheo.js
				s.site.SetCookie(q, page.BackCookie, from, page.BackFor)
			}
			if q.R.URL.Path != "/" { // where people begin, and what watches whether the pages are there asks
				s.site.LogRefused(q, http.StatusSeeOther, "nobody is signed in")
			}
			http.Redirect(q.W, q.R, "/sign-in", http.StatusSeeOther)
			return nil
		}
		if !q.Person.May(rt.right) && !(rt.own && q.Person.May(review.SeeOwn)) {
			return &page.Problem{Status: http.StatusForbidden, Key: "error.right"}
		}
	}
	if rt.shows() {
		s.site.Log.Info("papers were asked for", s.site.Asked(q)...)
	}
	if err := parseForm(q.R); err != nil {
		return err
	}
	return rt.do(q)
}

// parseForm reads the form of a request; one with files is read by its handler.
func parseForm(r *http.Request) error {
	if r.Method != http.MethodPost || page.IsForm(r, "multipart/form-data") {
		return nil
	}
	if err := r.ParseForm(); err != nil {
		return &page.Problem{Status: http.StatusRequestEntityTooLarge, Key: "error.too-large"}
	}
	return nil
}

// hideNames has the answer to a person from whom names are hidden masked, and refuses what cannot be masked.
func (s *Server) hideNames(q *page.Request) error {
	m, err := s.names.For(q.Ctx(), q.Person)
	if err != nil || m == nil {
		return err
	}
	q.HidesNames, q.W = true, m.Answer(q.W)
	if err := parseForm(q.R); err != nil {
		return err
	}
	if why := m.Refuses(q.R); why != "" {
		return page.Refuse(http.StatusForbidden, why)
	}
	m.Real(q.R)
	return nil
}

// who finds the person of the session, if there is one. A person who was disabled has no session any more from
// the next request on. The person is copied, because the state may change after the view.
func (s *Server) who(q *page.Request) error {
	id := s.site.Sessions.GetString(q.Ctx(), "person")
	if id == "" {
		return nil
	}
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		if p := st.People[id]; p != nil && !p.Disabled {
			copied := *p
			q.Person = &copied
		}
		return nil
	})
}

// fail shows an error. Errors that the person cannot act on are logged, without anything of a dossier. Which
// case applies is decided by type, the most specific first. A client that has gone away gets no answer and no
// line in the log.
func (s *Server) fail(q *page.Request, err error) {
	var changed *committee.ChangedMeanwhile
	if errors.As(err, &changed) {
		s.committee.TellChanged(q, changed)
		return
	}
	status, text, code := s.site.Explain(q, err)
	if status == 0 {
		return
	}
	if s.showInForm(q, status, code, text) {
		return
	}
	if q.Mistake.Status != 0 { // the page of a refused form failed; what was refused is what the person asks about
		status, text = q.Mistake.Status, q.Mistake.Text
	}
	s.site.Render(q, status, "error", map[string]any{"Text": text, "Status": status})
}

// showInForm shows why a form was refused on the page that the form is on, with what was typed. It reports false
// if the person cannot correct it there, or the page is not known.
func (s *Server) showInForm(q *page.Request, status int, code, text string) bool {
	correctable := status == http.StatusBadRequest || status == http.StatusConflict ||
		status == http.StatusRequestEntityTooLarge
	if q.R.Method != http.MethodPost || !correctable || q.Person == nil {
		return false
	}
	to := s.site.FormPage(q)
	if to == "" {
		return false
	}
	r, err := page.WithMistake(q.R, to, page.MistakeOf(q, status, code, text))
	if err != nil {
		return false
	}
	s.site.Mux.ServeHTTP(q.W, r)
	return true
}
