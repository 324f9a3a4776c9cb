// Package page is what all pages share: who asks in which language, how an answer is rendered, what a person is told
// when something is refused, and the log of what was asked for.
//
// Each handler gets a [Request] (the person, the language, the form) and answers by the [Site]: Site.Render executes
// the template of a page with the frame around it, Site.Back redirects with a message after a form was handled, and
// an error made by [Refuse] or by the audit trail is shown by Site.Explain in words of the person's language, beside
// the field of the form if it can be corrected there ([Mistake]). Templates are in templates/, one for each page, and
// never contain text of their own: texts are keys of the catalogue.
//
// What comes from outside is bounded and cleaned here: numbers as people write them, names of files, and targets of
// redirects, which must be pages of this site. Texts of papers become HTML here (marks, blocks), out of escaped
// pieces. It knows nothing of what a person may see; that is package access.
package page

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/alexedwards/scs/v2"

	"kheo/internal/dossier"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Site is what the pages of one workspace share.
type Site struct {
	*Hooks

	W        *workspace.Workspace
	Log      *slog.Logger
	Texts    Texts
	Sessions *scs.SessionManager
	Mux      *http.ServeMux
	Secure   bool // the pages are reached through HTTPS only

	pages templates
}

// Hooks are what the process that serves the pages does for them.
type Hooks struct {
	// Start begins a run on request of a person; nil if this process does no runs.
	Start func(by string) error
	// Edition begins to publish the lists again, after a person set an outcome; nil if this process does not
	// publish. The channel is closed at the end.
	Edition func() (done <-chan struct{})
}

// New returns what the pages of a workspace share. It fails if a template cannot be parsed.
func New(w *workspace.Workspace, log *slog.Logger, sessions *scs.SessionManager, secure bool) (*Site, error) {
	if _, err := parsed(); err != nil {
		return nil, err
	}
	return &Site{Hooks: &Hooks{}, W: w, Log: log, Texts: LoadTexts(), Sessions: sessions,
		Mux: http.NewServeMux(), Secure: secure}, nil
}

// Refuse returns the error by which a person is refused something: with the status of the answer, the key of
// a text, and the values of the text.
func Refuse(status int, key string, args ...any) error { return &Problem{status, key, args} }

// Ruleset returns the campaign's ruleset with an id, or nil.
func (s *Site) Ruleset(id string) *rules.Ruleset {
	for _, r := range s.W.Campaign().Rulesets {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// UnitName returns the name of a unit, or its id if the campaign has no such unit.
func (s *Site) UnitName(id string) string {
	if u := s.W.Campaign().Env.UnitByID(id); u != nil {
		return u.Name
	}
	return id
}

// FieldName returns the title of a field in a language, or its id if the campaign has no such field.
func (s *Site) FieldName(lang, id string) string {
	return rules.TitleOf(s.W.Campaign().Env.Fields, id, lang, "en", "vi")
}

// LevelName returns the title of a level in a language, or its id if the campaign has no such level.
func (s *Site) LevelName(lang, id string) string {
	return rules.TitleOf(s.W.Campaign().Env.Levels, id, lang, "en", "vi")
}

// CauseName returns what started a run, in a language: one of the schedule, a command, or the name of the person.
func (s *Site) CauseName(lang, cause string) string {
	if t := s.Texts.Of(lang, "run-cause."+cause); t != "" {
		return t
	}
	by := strings.TrimPrefix(cause, "asked for by ")
	_ = s.W.Review().View(context.Background(), func(st *review.State) error { // without it the cause is shown as it is
		if st.People[by] != nil {
			cause = s.Name(st, by)
		}
		return nil
	})
	return cause
}

// Outcomes returns all outcomes in the order in which lists show them.
func Outcomes() []string {
	var out []string
	for _, o := range dossier.Outcomes {
		out = append(out, string(o))
	}
	return out
}

// Name returns the display name of a person, or the id if the person is not known.
func (s *Site) Name(st *review.State, id string) string {
	if p := st.People[id]; p != nil {
		return p.Name
	}
	return id
}

// Names returns the display names of people, in the order of their ids, separated by commas.
func (s *Site) Names(st *review.State, ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, s.Name(st, id))
	}
	return strings.Join(out, ", ")
}

// NotFoundWhere returns NotFound if something is missing, and nil otherwise.
func NotFoundWhere(missing bool) error {
	if missing {
		return NotFound()
	}
	return nil
}

// Today returns the date in the campaign's time zone, as 2024-03-15.
func (s *Site) Today() string { return s.W.Now().In(s.W.Campaign().Location).Format(time.DateOnly) }

// Request is one request with the person who sent it and the language of the answer. It is used by one
// goroutine.
type Request struct {
	W      http.ResponseWriter
	R      *http.Request
	Person *review.Person // nil for a visitor who is not signed in
	Lang   string

	HidesNames bool // names of units and nominees are hidden from the person, see package names

	Mistake Mistake // why the form of this page was refused

	undo undo // what the next page offers, if the action succeeds
}

// Ctx returns the context of the request.
func (q *Request) Ctx() context.Context { return q.R.Context() }

// Form returns a value of the form, trimmed and without invisible control characters.
func (q *Request) Form(name string) string {
	return PlainText(q.R.PostFormValue(name))
}

// PlainText returns s trimmed and without control and formatting characters, which would act invisibly or
// reverse the order of the text. Line ends, tabs and the joiners that some scripts need are kept.
func PlainText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r != '\u200c' && r != '\u200d' && unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s))
}

// Problem is an error that the person reads: the status of the answer, and a text in the person's language.
type Problem struct {
	Status int
	Key    string // of the text
	Args   []any
}

// Error implements error. The text is for logs; the person reads the text of the key.
func (p *Problem) Error() string { return fmt.Sprint(p.Key, p.Args) }

// NotFound returns the error of a page that does not exist, or that the person must not know of.
func NotFound() error { return &Problem{Status: http.StatusNotFound, Key: "error.not-found"} }

// IsForm reports whether a request is a form of a media type.
func IsForm(r *http.Request, mediaType string) bool {
	ct, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(ct), mediaType)
}
