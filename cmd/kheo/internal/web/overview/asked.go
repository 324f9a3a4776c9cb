package overview

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/internal/dossier"
	"kheo/pipeline/forms"
	"kheo/pipeline/review"
	"kheo/rules"
	"kheo/rules/value"
)

// askedFor is what a ruleset asks units for.
type askedFor struct {
	Ruleset, Title string
	Papers         []string
	Facts          []askedFact
	Conditions     []string // what is said of those who do not meet them
}

// askedFact is a fact that a ruleset asks for, as a form has it.
type askedFact struct {
	Name, Title, Unit, Like, Input string // Input is the type of the field: date, month, number, text, yes-no or choice
	Options                        []askedOption
}

// askedOption is an option of a choice.
type askedOption struct{ ID, Title string }

// inputs are the types of fields by those of facts; that of others is text.
var inputs = map[value.Type]string{value.Count: "number", value.Money: "number", value.Percent: "number",
	value.Number: "number", value.Year: "number", value.Date: "date", value.Month: "month", value.YesNo: "yes-no",
	value.Choice: "choice"}

// asked returns what the rulesets of the campaign ask for, in its order.
func (s *Room) asked(q *page.Request) (out []askedFor) {
	for _, rs := range s.site.W.Campaign().Rulesets {
		out = append(out, askedOf(rs, q.Lang))
	}
	return out
}

// askedOf returns what a ruleset asks for, in a language.
func askedOf(rs *rules.Ruleset, lang string) askedFor {
	say := func(t dossier.Text) string { return t.In(lang, "en", "vi") }
	out := askedFor{Ruleset: rs.ID, Title: say(rs.Title)}
	for _, f := range rules.Asked(rs) {
		if f.Paper {
			out.Papers = append(out.Papers, say(f.Title))
			continue
		}
		a := askedFact{Name: f.Name, Title: say(f.Title), Unit: say(f.Unit), Like: f.Like,
			Input: cmp.Or(inputs[f.Type], "text")}
		if a.Input == "number" { // its unit is beside it, in the language of the person
			a.Like, _, _ = strings.Cut(f.Like, " ")
		}
		for _, o := range f.Options {
			a.Options = append(a.Options, askedOption{o.ID, cmp.Or(say(o.Title), o.ID)})
		}
		out.Facts = append(out.Facts, a)
	}
	for _, c := range rules.Conditions(rs) {
		out.Conditions = append(out.Conditions, say(c))
	}
	return out
}

// Form sends the form of a ruleset as a Word document, to be filled in.
func (s *Room) Form(q *page.Request) error {
	rs := s.site.Ruleset(q.R.PathValue("ruleset"))
	if rs == nil || q.Person.Unit == "" {
		return page.NotFound()
	}
	b, err := forms.Word(rs, q.Lang, s.site.Texts.Say(q.Lang, "form.what"), s.site.Texts.Say(q.Lang, "form.prompt"),
		nil)
	if err != nil {
		return err
	}
	return s.site.Send(q, rs.ID+".docx", b)
}

// Begin shows what a ruleset asks for, as a form by which a dossier is begun: its facts, and files.
func (s *Room) Begin(q *page.Request) error {
	rs := s.site.Ruleset(q.R.PathValue("ruleset"))
	if rs == nil || q.Person.Unit == "" {
		return page.NotFound()
	}
	var refused *review.Refusal
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		if err := s.accepts(q, st, "", false); err != nil && !errors.As(err, &refused) {
			return err
		}
		return nil
	}); err != nil {
		return err
	}
	c := s.site.W.Campaign()
	data := map[string]any{"A": askedOf(rs, q.Lang), "Kind": rs.Kind, "Level": rs.Level, "Levels": c.Env.Levels,
		"Fields": c.Env.Fields, "MostFiles": page.MaxFiles, "MostMB": upload.MaxUpload >> 20, "Closes": c.Env.Closes,
		"Over": c.Env.Closes != "" && c.Env.Closes < s.site.Today(), "MayBegin": refused == nil}
	if err := s.addSeason(q, data); err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "own-new", data)
	return nil
}
