// Package page is what all pages share: who asks in which language, how an answer is rendered, what a person is
// told when something is refused, and the log of what was asked for.
package page

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/alexedwards/scs/v2"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/review"
	"kheo/rules"
)

// Site is what the pages of one workspace share.
type Site struct {
	*Hooks

	W        *pipeline.Workspace
	Log      *slog.Logger
	Texts    Texts
	Pages    map[string]*template.Template // by name
	Sessions *scs.SessionManager
	Mux      *http.ServeMux
	Secure   bool // the pages are reached through HTTPS alone
}

// Hooks are what the process that serves the pages does for them.
type Hooks struct {
	// Start begins a run on request of a person; nil if this process does no runs.
	Start func(by string) error
	// Edition begins to publish the lists again, after a person set an outcome; nil if this process does not
	// publish. The channel is closed at the end.
	Edition func() (done <-chan struct{})
}

// New returns what the pages of a workspace share, with all templates parsed.
func New(w *pipeline.Workspace, log *slog.Logger, sessions *scs.SessionManager, secure bool) (*Site, error) {
	s := &Site{Hooks: &Hooks{}, W: w, Log: log, Texts: LoadTexts(), Sessions: sessions, Mux: http.NewServeMux(), Secure: secure}
	var err error
	s.Pages, err = s.templates()
	return s, err
}

// Refuse returns the error by which a person is refused something: with the status of the answer, the key of a text,
// and the values of the text.
func Refuse(status int, key string, args ...any) error { return &Problem{status, key, args} }

// Ruleset is one of the campaign's rulesets.
func (s *Site) Ruleset(id string) *rules.Ruleset {
	for _, r := range s.W.Campaign().Rulesets {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// UnitName is what a unit is called.
func (s *Site) UnitName(id string) string {
	if u := s.W.Campaign().Env.UnitByID(id); u != nil {
		return u.Name
	}
	return id
}

// FieldName and levelName are what fields and levels are called.
func (s *Site) FieldName(lang, id string) string { return named(s.W.Campaign().Env.Fields, lang, id) }

func (s *Site) LevelName(lang, id string) string { return named(s.W.Campaign().Env.Levels, lang, id) }

func named(list []rules.Named, lang, id string) string {
	for _, n := range list {
		if n.ID == id {
			return n.Title.In(lang, "en", "vi")
		}
	}
	return id
}

// Outcomes are the outcomes in the order of lists.
func Outcomes() []string {
	var out []string
	for _, o := range dossier.Outcomes {
		out = append(out, string(o))
	}
	return out
}

// Name is what a person is called.
func (s *Site) Name(st *review.State, id string) string {
	if p := st.People[id]; p != nil {
		return p.Name
	}
	return id
}

// Names are what people are called, in order.
func (s *Site) Names(st *review.State, ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, s.Name(st, id))
	}
	return strings.Join(out, ", ")
}

func NotFoundWhere(missing bool) error {
	if missing {
		return NotFound()
	}
	return nil
}

func (s *Site) Today() string { return s.W.Now().In(s.W.Campaign().Location).Format(time.DateOnly) }

// Request is one request of somebody.
type Request struct {
	W      http.ResponseWriter
	R      *http.Request
	Person *review.Person // nil where nobody is signed in
	Lang   string
}

func (q *Request) Ctx() context.Context { return q.R.Context() }

// Form is a value that was sent, without what no name or text holds.
func (q *Request) Form(name string) string {
	return PlainText(q.R.PostFormValue(name))
}

// PlainText is a text without what nobody sees, or what turns it round.
func PlainText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r != '\u200c' && r != '\u200d' && unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s))
}

// Problem is an error that the person is told, with the status it is told with.
type Problem struct {
	Status int
	Key    string // of the text
	Args   []any
}

func (p *Problem) Error() string { return fmt.Sprint(p.Key, p.Args) }

func NotFound() error { return &Problem{Status: http.StatusNotFound, Key: "error.not-found"} }

// IsForm reports whether a request is a form of a type.
func IsForm(r *http.Request, mediaType string) bool {
	ct, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(ct), mediaType)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
