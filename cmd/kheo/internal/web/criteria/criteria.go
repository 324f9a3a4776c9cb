// Package criteria is the pages on which rulesets and kheo.yaml are changed: drafts with forms for every key,
// simulations on a text or a dossier, trials on all dossiers, proposals that a second person puts into force, and the
// history of versions.
//
// Each request is about a target, the file that its path names, and most about a work: the target with the person's
// own draft, or with the text in force. Room.Edit applies what a form sends to the text of the draft (package form),
// and keeps it; a draft need not be right, and its mistakes are shown with paths, so that each is beside its field.
// [Room] proposes a draft, and a second person approves it, through package amend, which checks the text again and
// writes the file.
//
// Drafts carry a revision. A form that was made from an older one, in another window, is not stored but shown again
// (meanwhile), so that neither of the two is lost. Of kheo.yaml only the keys that have forms are shown, and never
// its text: it may name what only the administrator of the machine knows. Trials, and simulations of a dossier, are
// refused to people who have dossiers to score blind, and show nothing of dossiers from which the person is recused;
// a site makes one trial at a time, because it assesses every dossier again.
//
// A key that is added to the grammar gets its form by itself; it needs its place in rulesetSections or
// campaignSections, and its name in section `keys` of the texts.
package criteria

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/criteria/form"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/strict"
	"kheo/internal/yamledit"
	"kheo/pipeline/amend"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/rules"
)

// Room serves the pages of rulesets.
type Room struct {
	site   *page.Site
	lists  *access.Lists
	trying chan struct{} // holds one while a ruleset is tried
}

// New returns the pages of a site.
func New(site *page.Site, lists *access.Lists) *Room {
	return &Room{site, lists, make(chan struct{}, 1)}
}

// target is a file that the pages change.
type target struct {
	File    string
	Ruleset *rules.Ruleset // nil for kheo.yaml
	Path    string         // of its pages, such as /rules/models
	Title   string
	schema  *form.Schema
	reads   []string // the languages that the person reads, the best first
}

// targetOf returns the file that a request is about: the ruleset that the path names, or kheo.yaml.
func (s *Room) targetOf(q *page.Request) (*target, error) {
	c := s.site.W.Campaign()
	id := q.R.PathValue("ruleset")
	if id == "" {
		return s.target(q, campaign.File), nil
	}
	rs := s.site.Ruleset(id)
	if rs == nil {
		return nil, page.NotFound()
	}
	return s.target(q, amend.Files(c)[1+slices.Index(c.Rulesets, rs)]), nil
}

// target returns a file as the pages name it.
func (s *Room) target(q *page.Request, file string) *target {
	c := s.site.W.Campaign()
	t := &target{File: file, Ruleset: amend.RulesetOf(c, file), Path: "/campaign",
		reads:  append([]string{q.Lang}, c.Env.Languages...),
		Title:  s.site.Texts.Say(q.Lang, "rules.campaign"),
		schema: &form.Schema{Root: campaign.Grammar(), Languages: c.Env.Languages}}
	if t.Ruleset != nil {
		t.Path, t.Title = "/rules/"+url.PathEscape(t.Ruleset.ID), t.Ruleset.Title.In(q.Lang, "en", "vi")
		t.schema.Root = rules.Grammar()
	}
	return t
}

// work is a target with the draft of the person who asks or, if there is none, with the text in force.
type work struct {
	*target
	Text     []byte
	Base     string // hash of the text that the draft began with
	Revision int64  // of the draft; 0 if there is none
	InForce  []byte
	SHA256   string // of InForce
}

// Stale reports whether the file has changed since the draft was begun.
func (w *work) Stale() bool { return w.Base != w.SHA256 }

// workOf returns what a request works on.
func (s *Room) workOf(q *page.Request) (*work, error) {
	t, err := s.targetOf(q)
	if err != nil {
		return nil, err
	}
	text, sha, err := amend.Read(s.site.W.Campaign(), t.File)
	if err != nil {
		return nil, err
	}
	w := &work{target: t, Text: text, Base: sha, InForce: text, SHA256: sha}
	d, err := s.site.W.Store.Proposals.Draft(q.Ctx(), t.File, q.Person.ID)
	if err != nil || d == nil {
		return w, err
	}
	w.Text, w.Base, w.Revision = d.Text, d.Base, d.Revision
	return w, nil
}

// save stores the text as the person's draft.
func (s *Room) save(q *page.Request, w *work, text []byte) error {
	if len(text) > amend.MaxBytes {
		return page.Refuse(http.StatusRequestEntityTooLarge, "error.too-large")
	}
	d := &store.RuleDraft{File: w.File, Person: q.Person.ID, Base: w.Base, Revision: w.Revision, Text: text}
	err := s.site.W.Store.Proposals.SaveDraft(q.Ctx(), d, s.site.W.Now())
	w.Revision = d.Revision
	return err
}

// load loads a text as a ruleset of the campaign. Mistakes are a strict.Problems.
func (s *Room) load(t *target, text []byte) (*rules.Ruleset, error) {
	c := s.site.W.Campaign()
	rs, err := rules.Load(t.File, text, c.Env, c.ReadRules)
	if err == nil && rs.ID != t.Ruleset.ID {
		err = &amend.RenamedError{Was: t.Ruleset.ID, Is: rs.ID}
	}
	return rs, err
}

// problem is a mistake with the path of the value that it is about.
type problem struct {
	Path    string `json:"path"`
	Place   string `json:"place"` // FILE:LINE:COLUMN
	Line    int    `json:"line"`
	Message string `json:"message"`
	Cure    string `json:"cure"`
}

// maxProblems is how many mistakes a page shows.
const maxProblems = 100

// problems checks a text, and returns its mistakes. file is the text as it was parsed; if it is nil, it is parsed for
// the paths of the mistakes.
func (s *Room) problems(q *page.Request, t *target, text []byte, file *yamledit.File) []problem {
	var err error
	if t.Ruleset != nil {
		_, err = s.load(t, text)
	} else {
		err = amend.Check(s.site.W.Campaign(), t.File, text)
	}
	if err == nil {
		return nil
	}
	var mistakes strict.Problems
	if !errors.As(err, &mistakes) {
		return []problem{{Message: s.failure(q, err)}}
	}
	if file == nil {
		file, _ = yamledit.Parse(t.File, text)
	}
	var out []problem
	for _, m := range mistakes[:min(len(mistakes), maxProblems)] {
		p := problem{Place: fmt.Sprintf("%s:%d:%d", m.File, m.Line, m.Col), Line: m.Line, Message: m.Message,
			Cure: m.Cure}
		if file != nil && m.File == t.File {
			p.Path = file.PathAt(m.Line, m.Col).String()
		}
		out = append(out, p)
	}
	return out
}

// failure returns an error in words for the person who asks; errors that no one can act on have their own text.
func (s *Room) failure(q *page.Request, err error) string {
	say := func(key string, args ...any) string { return s.site.Texts.Say(q.Lang, key, args...) }
	var locked *amend.LockedError
	var renamed *amend.RenamedError
	var refused *review.Refusal
	switch {
	case errors.As(err, &locked):
		return say("rules.locked", strings.Join(locked.Keys, ", "))
	case errors.As(err, &renamed):
		return say("rules.renamed", renamed.Was, renamed.Is)
	case errors.As(err, &refused):
		return s.site.Refusal(q.Lang, refused)
	case errors.Is(err, amend.ErrOutside):
		return say("rules.outside")
	case errors.Is(err, amend.ErrTooLarge):
		return say("error.too-large")
	case errors.Is(err, form.ErrNamed):
		return say("rules.named")
	}
	return err.Error()
}
