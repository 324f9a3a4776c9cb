package criteria

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/criteria/form"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/grammar"
	"kheo/internal/yamledit"
	"kheo/pipeline/amend"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/rules/value"
)

// section is a part of the editor's page: keys of the file that belong together.
type section struct {
	Key    string
	Fields []*form.Field // of keys that are shown as they are
	Decks  []deck        // of keys whose entries are cards
	Absent []string      // keys that can be added
}

// deck is the entries of a key as cards, of which those on the way to the person's place are open.
type deck struct {
	Path, Key string
	Cards     []card
	Kinds     []string // of new entries
}

// card is an entry: a criterion, a fact, a gate.
type card struct {
	Path, Title, Summary string
	Depth                int         // of criteria in groups
	Field                *form.Field // of an open card
	First, Last          bool        // of its list; it cannot be moved up or down
	Moves                bool
	Wrong                int   // how many mistakes it has
	Inner                *deck // where entries are added to a group
}

// sectionsOf are the sections of a ruleset and of kheo.yaml, with their keys.
var (
	rulesetSections = [][]string{
		{"about", "title", "version", "applies_to", "max_points", "start_points", "min_points", "bonus_max", "extends",
			"without"},
		{"criteria", "criteria", "self"},
		{"reading", "facts", "let", "tables", "sure"},
		{"words", "words", "documents"},
		{"gates", "gates"},
		{"outcome", "bands", "ranks", "places", "budget", "quotas", "order", "columns"},
		{"flags", "copies", "borderline", "vary", "review"},
		{"examples", "examples"},
	}
	campaignSections = [][]string{
		{"about", "title", "opens", "closes"},
		{"units", "units"},
		{"levels", "levels", "fields"},
		{"kinds", "kinds", "labels"},
		{"schedule", "schedule"},
		{"deciding", "review", "papers", "register"},
	}
	// decks are the keys whose entries are cards.
	decks = []string{"facts", "let", "tables", "words", "documents", "gates", "criteria", "ranks", "places", "examples",
		"kinds", "labels"}
)

// sections makes the parts of the editor's page. at is the path that the person works on.
func (t *target) sections(root *yamledit.Value, at yamledit.Path, wrong []problem) []section {
	list := rulesetSections
	if t.Ruleset == nil {
		list = campaignSections
	}
	var out []section
	for _, names := range list {
		sec := section{Key: names[0]}
		for _, key := range names[1:] {
			have := root.Get(key)
			v, k, _ := t.schema.Spot(yamledit.Path{key})
			switch {
			case slices.Contains(decks, key):
				sec.Decks = append(sec.Decks, t.deck(root, yamledit.Path{key}, v, at, wrong))
			case have == nil && !k.Required:
				sec.Absent = append(sec.Absent, key)
			default:
				sec.Fields = append(sec.Fields, folded(t.schema.Field(root, yamledit.Path{key}), at, wrong))
			}
		}
		out = append(out, sec)
	}
	return out
}

// mostUnfolded is how many entries of a list are shown with all that they have.
const mostUnfolded = 4

// folded folds the entries of a long list of groups, such as the units: a page of open forms is of no use. Entries in
// which something is wrong, and the one that the person works on, are open.
func folded(f *form.Field, at yamledit.Path, wrong []problem) *form.Field {
	if f.Kind != form.Entries || len(f.Entries) <= mostUnfolded {
		return f
	}
	for _, e := range f.Entries {
		within := func(path string) bool { return path == e.Path || strings.HasPrefix(path, e.Path+"/") }
		e.Folded = e.Kind == form.Group
		e.Open = within(at.String()) || slices.ContainsFunc(wrong, func(p problem) bool { return within(p.Path) })
	}
	return f
}

// deck makes the cards of a key.
func (t *target) deck(root *yamledit.Value, p yamledit.Path, v grammar.Value, at yamledit.Path, wrong []problem) deck {
	d := deck{Path: p.String(), Key: p[len(p)-1]}
	switch {
	case v.Of != nil && v.Of.Name == "criterion":
		d.Kinds = form.CriterionKinds
	case d.Key == "facts":
		for _, x := range value.Types {
			d.Kinds = append(d.Kinds, string(x))
		}
	}
	have := root.At(p)
	if have == nil {
		return d
	}
	for i, item := range have.Items {
		path := p.With(strconv.Itoa(i))
		c := card{Title: form.Title(item, t.reads), Moves: true, First: i == 0, Last: i == len(have.Items)-1}
		if have.Kind == yamledit.Map {
			path, c.Moves = p.With(have.Keys[i]), false
			c.Title = have.Keys[i]
		}
		c.Path, c.Summary = path.String(), form.Summary(item, t.reads, 150)
		for _, w := range wrong {
			if w.Path == c.Path || strings.HasPrefix(w.Path, c.Path+"/") {
				c.Wrong++
			}
		}
		d.Cards = append(d.Cards, t.open(root, c, path, item, at, wrong)...)
	}
	return d
}

// open returns a card, open if the person works on it, and behind the card of a group those of its criteria.
func (t *target) open(root *yamledit.Value, c card, path yamledit.Path, item *yamledit.Value, at yamledit.Path,
	wrong []problem) []card {
	here := at.String() == c.Path || strings.HasPrefix(at.String(), c.Path+"/")
	group := item.Get("group")
	if group == nil {
		if here {
			c.Field = t.schema.Field(root, path)
			c.Field.Name = c.Title
		}
		return []card{c}
	}
	within := path.With("group").With("criteria")
	inner := t.deck(root, within, grammar.Value{}, at, wrong)
	inner.Kinds = form.CriterionKinds
	if here && !strings.HasPrefix(at.String(), within.String()+"/") {
		c.Field = t.schema.Field(root, path.With("group"))
		c.Field.Key, c.Field.Name, c.Field.Removes = "", c.Title, false
		c.Field.Fields = slices.DeleteFunc(c.Field.Fields, func(f *form.Field) bool { return f.Key == "criteria" })
	}
	c.Summary = form.Summary(withoutCriteria(group), t.reads, 150)
	cards := inner.Cards
	inner.Cards = nil
	c.Inner = &inner
	out := []card{c}
	for _, x := range cards {
		x.Depth++
		out = append(out, x)
	}
	return out
}

// withoutCriteria returns a group without its criteria, which have cards of their own.
func withoutCriteria(group *yamledit.Value) *yamledit.Value {
	out := group.Clone()
	out.Delete("criteria")
	out.Delete("id")
	out.Delete("title")
	return out
}

// EditPage shows the person's draft of a file, or the file in force, as forms and as text.
func (s *Room) EditPage(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	return s.editor(q, w, http.StatusOK, yamledit.ParsePath(q.R.URL.Query().Get("at")), "")
}

// editor renders the page of the editor. failed says what could not be done.
func (s *Room) editor(q *page.Request, w *work, status int, at yamledit.Path, failed string) error {
	data := map[string]any{"Title": w.Title, "T": w.target, "Revision": w.Revision, "Stale": w.Stale(),
		"At": at.String(), "Failed": failed, "Changed": !amend.Same(w.Text, w.InForce)}
	file, mistakes := yamledit.Parse(w.File, w.Text)
	if len(mistakes) > 0 {
		file = nil
	}
	wrong := s.problems(q, w.target, w.Text, file)
	data["Problems"] = wrong
	if file != nil {
		data["Sections"] = w.sections(file.Root, at, wrong)
	}
	if w.Ruleset != nil {
		data["Text"] = string(w.Text)
	}
	others, err := s.others(q, w.File)
	if err != nil {
		return err
	}
	data["Others"] = others
	standing, err := amend.StandingOf(q.Ctx(), s.site.W, w.File)
	if err != nil {
		return err
	}
	data["Open"] = len(standing.Open)
	s.site.Render(q, status, "rules-edit", data)
	return nil
}

// others returns the names of the other people who have a draft of a file.
func (s *Room) others(q *page.Request, file string) (string, error) {
	drafts, err := s.site.W.Store.Proposals.Drafts(q.Ctx())
	if err != nil {
		return "", err
	}
	var ids []string
	for i := range drafts {
		if drafts[i].File == file && drafts[i].Person != q.Person.ID {
			ids = append(ids, drafts[i].Person)
		}
	}
	names := ""
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error { names = s.site.Names(st, ids); return nil })
	return names, err
}

// sent returns the text of the draft with what a form changes: the text that it sends, if it sends one, then its
// fields, then its operation. It is the same for the form that is saved and for the one that is only checked.
func (s *Room) sent(q *page.Request, w *work, op string) (text []byte, at yamledit.Path, err error) {
	text = w.Text
	if typed, ok := q.R.PostForm["text"]; ok && w.Ruleset != nil && len(typed) == 1 {
		if t := []byte(typed[0]); !amend.Same(t, w.Text) {
			text = amend.Lines(t)
		}
	}
	if len(text) > amend.MaxBytes {
		return nil, nil, page.Refuse(http.StatusRequestEntityTooLarge, "error.too-large")
	}
	file, mistakes := yamledit.Parse(w.File, text)
	if len(mistakes) > 0 { // fields cannot be changed until the text is YAML again
		return text, yamledit.ParsePath(q.Form("at")), nil
	}
	// Fields are compared with the text that the form was made from, and changes are applied to the text as it was
	// typed: a value that the person changed in the text must not be put back by its field, which still shows the
	// former one.
	was := file
	if !amend.Same(text, w.Text) {
		if was, mistakes = yamledit.Parse(w.File, w.Text); len(mistakes) > 0 {
			was = file
		}
	}
	changed, next, err := w.schema.Change(was, file, q.R.PostForm, op)
	if err != nil {
		return text, nil, err
	}
	if next == nil {
		next = yamledit.ParsePath(q.Form("at"))
	}
	return changed, next, nil
}

// Edit saves what a form changes into the person's draft.
func (s *Room) Edit(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	op := q.Form("op")
	if op == "drop" {
		if err := s.site.W.Store.Proposals.DropDraft(q.Ctx(), w.File, q.Person.ID); err != nil {
			return err
		}
		return s.site.Back(q, w.Path+"/edit", "done.draft-dropped")
	}
	if op == "rebase" { // the person has seen that the file changed, and goes on with the draft
		w.Base = w.SHA256
	}
	// The revision is compared here, and once more by SaveDraft for forms that arrive at the same time.
	if q.Form("revision") != strconv.FormatInt(w.Revision, 10) {
		return s.meanwhile(q, w)
	}
	text, at, err := s.sent(q, w, op)
	if err != nil {
		var p *page.Problem
		if errors.As(err, &p) {
			return err
		}
		w.Text = text
		return s.editor(q, w, http.StatusConflict, yamledit.ParsePath(q.Form("at")), s.failure(q, err))
	}
	if !amend.Same(text, w.Text) || op == "rebase" {
		err := s.save(q, w, text)
		if errors.Is(err, store.ErrDraftChanged) {
			return s.meanwhile(q, w)
		}
		if err != nil {
			return err
		}
	}
	return s.backTo(q, w.target, at, map[bool]string{true: "done.draft"}[op == "save" || op == ""])
}

// backTo returns to the editor, at a path.
func (s *Room) backTo(q *page.Request, t *target, at yamledit.Path, message string) error {
	to := t.Path + "/edit"
	if len(at) > 0 {
		to += "?at=" + url.QueryEscape(at.String()) + "#" + page.Anchor(at.String())
	}
	return s.site.Back(q, to, message)
}

// meanwhile shows what was sent to a person whose draft was changed in another window since. Nothing is stored, and
// nothing of what was sent is lost: saving it again replaces the other.
func (s *Room) meanwhile(q *page.Request, w *work) error {
	now, err := s.workOf(q)
	if err != nil {
		return err
	}
	mine := *now
	if typed, ok := q.R.PostForm["text"]; ok && w.Ruleset != nil { // what the form showed, or was changed into
		mine.Text = amend.Lines([]byte(typed[0]))
	}
	if text, _, err := s.sent(q, &mine, ""); err == nil {
		now.Text = text
	}
	return s.editor(q, now, http.StatusConflict, yamledit.ParsePath(q.Form("at")),
		s.site.Texts.Say(q.Lang, "rules.meanwhile"))
}

// checked is the answer to a form that is being typed in.
type checked struct {
	Text     string    `json:"text,omitempty"` // of the ruleset, with the fields
	Problems []problem `json:"problems"`
	Failed   string    `json:"failed,omitempty"`
	Says     string    `json:"says"` // how many mistakes there are, in words
}

// Check answers what is wrong with a form that is being typed in, as JSON. It stores nothing.
func (s *Room) Check(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	out := checked{Problems: []problem{}}
	text, _, err := s.sent(q, w, "")
	if err != nil {
		out.Failed = s.failure(q, err)
	}
	if wrong := s.problems(q, w.target, text, nil); wrong != nil {
		out.Problems = wrong
	}
	if w.Ruleset != nil {
		out.Text = string(text)
	}
	out.Says = s.site.Texts.Say(q.Lang, "rules.right")
	if n := len(out.Problems); n > 0 {
		out.Says = s.site.Texts.Say(q.Lang, "rules.wrong", n)
	}
	q.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(q.W).Encode(out)
}
