// Package web is the pages on which evaluators check and a committee decides. They are
// rendered here and work without JavaScript; a little of it adds keys and keeps drafts.
//
// Every route names the right that it needs, in one table (routes), and is reached through
// one door (serve), which looks at the right, at where the request comes from and at how
// large it is. What a person stands aside on does not reach the person at all: pages ask for
// dossiers through see, which knows who asks.
package web

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode"

	"github.com/alexedwards/scs/v2"

	"kheo/internal/visible"
	"kheo/pipeline/review"
	"kheo/pipeline/viewer"
	"kheo/pipeline/workspace"
)

//go:embed templates/*.html static/*
var files embed.FS

// Server serves the pages of one workspace.
type Server struct {
	w            *workspace.Workspace
	log          *slog.Logger
	sessions     *scs.SessionManager
	pages        map[string]*template.Template
	texts        texts
	lists        lists
	personals    personals
	visibilities visibilities
	compared     compared
	registers    registers
	printer      printer
	viewer       *viewer.Viewer
	oidc         *oidcDoor  // nil where people sign in with passwords alone
	mailing      sync.Mutex // held by whoever works on the outbox
	gate         *gate      // to prove who one is
	secure       bool       // the pages are reached by HTTPS alone
	mux          *http.ServeMux
	pace         pace // of uploads

	// Start begins a run that somebody asks for; nil where the schedule is kept elsewhere.
	Start func(by string) error
	// Edition begins to publish the lists anew, after somebody set an outcome; nil where the schedule is kept
	// elsewhere.
	Edition func() (done <-chan struct{})

	guarded http.Handler // the mux, behind sessions and the protection from other sites
}

// New makes the pages of a workspace. secure says that they are reached by HTTPS alone.
func New(w *workspace.Workspace, log *slog.Logger, secure bool) (*Server, error) {
	s := &Server{w: w, log: log, mux: http.NewServeMux(), gate: newGate(), secure: secure, pace: uploadPace, texts: pageTexts()}
	var err error
	if s.pages, err = s.templates(); err != nil {
		return nil, err
	}
	s.sessions = newSessions(w, secure)
	s.printer.reduced = w.Campaign().Readers.Reduced
	s.viewer = viewer.New(context.Background(), w)
	s.oidc = newOIDC(w.Campaign().SignIn)
	for _, r := range s.routes() {
		s.mux.HandleFunc(r.pattern, s.serve(r))
	}
	nothing := s.serve(route{do: func(*Server, *request) error { return notFound() }})
	s.mux.HandleFunc("/", nothing)
	s.mux.HandleFunc("GET /static/{$}", nothing) // http.FileServer would list the folder
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, err
	}
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(s.denyOtherSite))
	s.guarded = protection.Handler(s.sessions.LoadAndSave(s.mux))
	s.mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(static)))
	return s, nil
}

// Warm reads what pages show, so that nobody who opens the first one waits for it.
func (s *Server) Warm(ctx context.Context) {
	if _, _, err := s.register(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("reading the lists", "error", err.Error())
	}
}

// Close ends what renders page images.
func (s *Server) Close() { s.viewer.Close() }

// route is one thing that the pages do.
type route struct {
	pattern string
	right   review.Right // "" is open to everybody, signed in or not
	own     bool         // also open to a submitter, who is shown the own unit's alone
	do      func(*Server, *request) error
}

// request is one request of somebody.
type request struct {
	w      http.ResponseWriter
	r      *http.Request
	person *review.Person // nil where nobody is signed in
	lang   string
}

func (q *request) ctx() context.Context { return q.r.Context() }

// form is a value that was sent, without what no name or text holds.
func (q *request) form(name string) string {
	return plainText(q.r.PostFormValue(name))
}

// plainText is a text without what nobody sees, or what turns it round.
func plainText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r != '\u200c' && r != '\u200d' && unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s))
}

// problem is an error that the person is told, with the status it is told with.
type problem struct {
	status int
	key    string // of the text
	args   []any
}

func (p *problem) Error() string { return fmt.Sprint(p.key, p.args) }

func notFound() error { return &problem{status: http.StatusNotFound, key: "error.not-found"} }

// Limits of a request.
const (
	maxBody   = 1 << 20 // but for uploads, which the submitter's page takes up to maxUpload
	maxUpload = 64 << 20
)

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.secure || r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if strings.HasPrefix(r.URL.Path, "/static/") {
		h.Set("Cache-Control", "public, max-age=3600")
	} else {
		h.Set("Cache-Control", "no-store")
	}
	if r.Method == http.MethodPost && isForm(r, "multipart/form-data") && takesUpload(r.URL.Path) {
		r.Body = &sending{ReadCloser: r.Body, conn: http.NewResponseController(w), pace: s.pace, limit: maxUpload}
	} else {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	}
	s.guarded.ServeHTTP(w, r)
}

// takesUpload reports whether a path takes files.
func takesUpload(path string) bool {
	return strings.HasPrefix(path, "/own/") || strings.HasPrefix(path, "/register/") && strings.HasSuffix(path, "/visit")
}

// isForm reports whether a request is a form of a type.
func isForm(r *http.Request, mediaType string) bool {
	ct, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(ct), mediaType)
}

// serve is the door of a route.
func (s *Server) serve(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := &request{w: w, r: r}
		q.lang = s.language(q)
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("a page failed", "path", r.URL.Path, "panic", fmt.Sprint(p))
				s.fail(q, errors.New("panic"))
			}
		}()
		if err := s.enter(q, rt); err != nil {
			s.fail(q, err)
		}
	}
}

func (s *Server) enter(q *request, rt route) error {
	if err := s.who(q); err != nil {
		return err
	}
	if rt.right != "" {
		if q.person == nil {
			if q.r.Method == http.MethodGet {
				s.setCookie(q, backCookie, q.r.URL.RequestURI(), backFor)
			}
			if q.r.URL.Path != "/" { // where people begin, and what watches whether the pages are there asks
				s.logRefused(q, http.StatusSeeOther, "nobody is signed in")
			}
			http.Redirect(q.w, q.r, "/sign-in", http.StatusSeeOther)
			return nil
		}
		if !q.person.May(rt.right) && !(rt.own && q.person.May(review.SeeOwn)) {
			return &problem{status: http.StatusForbidden, key: "error.right"}
		}
	}
	if rt.shows() {
		s.log.Info("papers were asked for", s.asked(q)...)
	}
	if q.r.Method == http.MethodPost {
		if !isForm(q.r, "multipart/form-data") {
			if err := q.r.ParseForm(); err != nil {
				return &problem{status: http.StatusRequestEntityTooLarge, key: "error.too-large"}
			}
		}
	}
	return rt.do(s, q)
}

// who finds out who asks.
func (s *Server) who(q *request) error {
	id := s.sessions.GetString(q.ctx(), "person")
	if id == "" {
		return nil
	}
	return s.w.Review().View(q.ctx(), func(st *review.State) error {
		if p := st.People[id]; p != nil && !p.Disabled {
			copied := *p
			q.person = &copied
		}
		return nil
	})
}

// fail tells the person what went wrong. What the person cannot do anything about goes into
// the log, without anything of a dossier.
func (s *Server) fail(q *request, err error) {
	status, text := http.StatusInternalServerError, s.texts.say(q.lang, "error.internal")
	var p *problem
	var r *review.Refusal
	var large *http.MaxBytesError
	var tampered *review.TamperError
	var changed *changedMeanwhile
	switch {
	case errors.As(err, &tampered):
		text = s.texts.say(q.lang, "error.tampered", tampered.Seq)
		s.log.Error("the audit trail was changed", "event", tampered.Seq, "why", tampered.Why)
	case errors.As(err, &changed):
		s.tellChanged(q, changed)
		return
	case errors.As(err, &p):
		status, text = p.status, s.texts.say(q.lang, p.key, p.args...)
		s.logRefused(q, status, p.key)
	case errors.As(err, &r):
		status, text = http.StatusConflict, s.refusal(q.lang, r)
		s.logRefused(q, status, r.Code)
	case errors.Is(err, review.ErrCommonPassword):
		status, text = http.StatusBadRequest, s.texts.say(q.lang, "error.common-password")
		s.logRefused(q, status, "error.common-password")
	case errors.Is(err, review.ErrPassword):
		status, text = http.StatusBadRequest, s.texts.say(q.lang, "error.password")
		s.logRefused(q, status, "error.password")
	case errors.As(err, &large):
		status, text = http.StatusRequestEntityTooLarge, s.texts.say(q.lang, "error.too-large")
		s.logRefused(q, status, "error.too-large")
	case errors.Is(err, context.Canceled):
		return
	default:
		s.log.Error("a page failed", "path", q.r.URL.Path, "error", err.Error())
	}
	s.render(q, status, "error", map[string]any{"Text": text, "Status": status})
}

// refusal is why something may not be done, in the person's language.
func (s *Server) refusal(lang string, r *review.Refusal) string {
	if text := s.texts.of(lang, "refused."+r.Code); text != "" {
		return text
	}
	return r.Why
}

// render writes a page. Nothing of it is sent where it fails half way.
func (s *Server) render(q *request, status int, name string, data map[string]any) {
	page := s.pages[name]
	if data == nil {
		data = map[string]any{}
	}
	data["Page"] = s.frame(q, name)
	var b bytes.Buffer
	if err := page.ExecuteTemplate(&b, "frame", data); err != nil {
		s.log.Error("a page cannot be written", "page", name, "error", err.Error())
		http.Error(q.w, s.texts.say(q.lang, "error.internal"), http.StatusInternalServerError)
		return
	}
	q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	q.w.WriteHeader(status)
	visible.NewWriter(q.w).Write(b.Bytes())
}

// back goes to a page of this site after something was done, and says what was done there.
func (s *Server) back(q *request, to, key string, args ...any) error {
	if key != "" {
		s.sessions.Put(q.ctx(), "flash", s.texts.say(q.lang, key, args...))
	}
	http.Redirect(q.w, q.r, s.ours(to), http.StatusSeeOther)
	return nil
}

// undoable lets the next page offer to take back what was just done: by a form to a path.
func (s *Server) undoable(q *request, path string, values url.Values) {
	s.sessions.Put(q.ctx(), "undo", path)
	s.sessions.Put(q.ctx(), "undo-form", values.Encode())
}

// withQuery is a link with a value of its query set.
func withQuery(path string, get url.Values, key, value string) string {
	v := url.Values{}
	for k := range get {
		if x := get.Get(k); x != "" && k != "as" {
			v.Set(k, x)
		}
	}
	v.Set(key, value)
	return path + "?" + v.Encode()
}

// local is a path of this site, "/" for anything else. It is read and written anew, so that no browser
// can read it otherwise than this program: browsers drop tabs and line ends, and take \ for /.
func local(to string) string {
	if strings.ContainsFunc(to, func(r rune) bool { return r == '\\' || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
		return "/"
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !strings.HasPrefix(u.Path, "/") {
		return "/"
	}
	if strings.HasPrefix(u.Path, "//") || strings.ContainsFunc(u.Path, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
		return "/" // also where it was written with %
	}
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.Query().Encode(), Fragment: u.Fragment}).String()
}

// ours is a path of this site that has a page, "/" for anything else: where a form or a cookie says
// where to go.
func (s *Server) ours(to string) string {
	to = local(to)
	r, err := http.NewRequest(http.MethodGet, to, nil)
	if err != nil {
		return "/"
	}
	if _, pattern := s.mux.Handler(r); !strings.HasPrefix(pattern, "GET ") {
		return "/"
	}
	return to
}
