package criteria

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/yamledit"
	"kheo/pipeline/amend"
	"kheo/pipeline/trial"
	"kheo/rules"
)

// maxSimulated is how long a text may be that is simulated, in bytes.
const maxSimulated = 64 << 10

// simulated is what a ruleset makes of one text or dossier, and why.
type simulated struct {
	A        *dossier.Assessment
	Facts    []simulatedFact
	Missing  []string // facts of the ruleset that were not found
	Criteria []simulatedCriterion
	Expect   []expected
}

// simulatedFact is a fact with its value in words.
type simulatedFact struct {
	dossier.Fact
	Title, Shown string
}

// simulatedCriterion is a criterion with the passages that its clues found.
type simulatedCriterion struct {
	dossier.Criterion
	Finds []rules.Find
}

// expected is a criterion with the points that an example may ask for.
type expected struct {
	ID     string
	Title  dossier.Text
	Points float64
}

// SimulatePage shows the form in which a text is typed or a dossier chosen.
func (s *Room) SimulatePage(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	return s.simulation(q, w, map[string]any{"Dossier": q.R.URL.Query().Get("dossier")})
}

// Simulate shows what the person's draft, or the ruleset in force, makes of a text or of a dossier. Nothing is
// recorded.
func (s *Room) Simulate(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	text, id := string(amend.Lines([]byte(q.R.PostFormValue("text")))), q.Form("dossier")
	if len(text) > maxSimulated {
		return page.Refuse(http.StatusRequestEntityTooLarge, "error.too-large")
	}
	data := map[string]any{"Typed": text, "Dossier": id}
	rs, err := s.load(w.target, w.Text)
	if err != nil {
		data["Failed"] = s.site.Texts.Say(q.Lang, "simulate.mistakes")
		return s.simulation(q, w, data)
	}
	switch {
	case id != "":
		if err := s.simulateDossier(q, rs, id, data); err != nil {
			return err
		}
	case strings.TrimSpace(text) == "":
		data["Failed"] = s.site.Texts.Say(q.Lang, "simulate.empty")
	default:
		a, finds := rules.Simulate(rs, text)
		data["S"], data["Keeps"] = s.simulated(q, rs, a, finds), true
	}
	return s.simulation(q, w, data)
}

// simulateDossier simulates a dossier that the person may see whole: one from which the person is recused, or has
// yet to score blind, is refused.
func (s *Room) simulateDossier(q *page.Request, rs *rules.Ruleset, id string, data map[string]any) error {
	// An assessment would show the points that the person is to give without knowing others.
	if err := s.lists.MustHaveScored(q, ""); err != nil {
		return err
	}
	d, err := s.lists.See(q, id)
	if err != nil {
		return err
	}
	if d.Tie != nil {
		return page.Refuse(http.StatusForbidden, "simulate.recused")
	}
	a, finds, err := trial.AssessOne(q.Ctx(), s.site.W, rs, id)
	if err != nil {
		return err
	}
	if a == nil {
		data["Failed"] = s.site.Texts.Say(q.Lang, "simulate.other")
		return nil
	}
	data["S"], data["Name"] = s.simulated(q, rs, a, finds), d.Title
	return nil
}

// simulation renders the page.
func (s *Room) simulation(q *page.Request, w *work, data map[string]any) error {
	data["Title"], data["T"] = w.Title, w.target
	data["Draft"] = !amend.Same(w.Text, w.InForce)
	if mine, err := s.lists.For(q.Ctx(), q.Person); err == nil {
		if f := mine.Of[w.Ruleset.ID]; f != nil {
			data["Dossiers"] = f.Entries[:min(len(f.Entries), 500)]
		}
	}
	s.site.Render(q, http.StatusOK, "simulate", data)
	return nil
}

// simulated puts an assessment into the words of a page.
func (s *Room) simulated(q *page.Request, rs *rules.Ruleset, a *dossier.Assessment, finds []rules.Find) *simulated {
	out := &simulated{A: a}
	known := map[string]bool{}
	for i := range a.Facts {
		f := &a.Facts[i]
		known[f.Name] = true
		out.Facts = append(out.Facts, simulatedFact{*f, rs.FactTitle(f.Name).In(q.Lang, "en", "vi"),
			rs.ShowFact(f, q.Lang)})
	}
	for _, name := range rs.FactNames() {
		if !known[name] {
			out.Missing = append(out.Missing, rs.FactTitle(name).In(q.Lang, "en", "vi"))
		}
	}
	for i := range a.Criteria {
		c := simulatedCriterion{Criterion: a.Criteria[i]}
		for _, f := range finds {
			if f.Criterion == c.ID {
				c.Finds = append(c.Finds, f)
			}
		}
		out.Criteria = append(out.Criteria, c)
		out.Expect = append(out.Expect, expected{c.ID, c.Title, c.Points})
	}
	return out
}

// Keep adds a text that was simulated to the examples of the person's draft, with the points that it got.
func (s *Room) Keep(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	text := string(amend.Lines([]byte(q.R.PostFormValue("text"))))
	if len(text) > maxSimulated {
		return page.Refuse(http.StatusRequestEntityTooLarge, "error.too-large")
	}
	rs, err := s.load(w.target, w.Text)
	name := q.Form("name")
	if err != nil || strings.TrimSpace(text) == "" || name == "" {
		return page.Refuse(http.StatusBadRequest, "simulate.mistakes")
	}
	a, _ := rules.Simulate(rs, text)
	example, err := exampleOf(name, text, a, q.R.PostForm["expect"])
	if err != nil {
		return page.Refuse(http.StatusBadRequest, "simulate.nothing")
	}
	file, mistakes := yamledit.Parse(w.File, w.Text)
	if len(mistakes) > 0 {
		return page.Refuse(http.StatusBadRequest, "simulate.mistakes")
	}
	wanted := file.Root.Clone()
	list := wanted.Get("examples")
	if list == nil || list.Kind != yamledit.List {
		list = &yamledit.Value{Kind: yamledit.List}
		wanted.Set("examples", list)
	}
	list.Items = append(list.Items, example)
	changed, err := file.Apply(wanted)
	if err != nil {
		return err
	}
	if err := s.save(q, w, changed); err != nil {
		return err
	}
	return s.site.Back(q, w.Path+"/edit?at=examples#at-examples", "done.example", name)
}

// pointsOf returns points as a ruleset writes them.
func pointsOf(f float64) *yamledit.Value {
	return yamledit.Literal(strconv.FormatFloat(f, 'f', -1, 64))
}

// exampleOf returns an example of a ruleset that expects the points that an assessment gave for some criteria, or for
// the total.
func exampleOf(name, text string, a *dossier.Assessment, of []string) (*yamledit.Value, error) {
	expect := &yamledit.Value{Kind: yamledit.Map}
	for i := range a.Criteria {
		if c := &a.Criteria[i]; slices.Contains(of, c.ID) {
			expect.Set(c.ID, pointsOf(c.Points))
		}
	}
	if slices.Contains(of, "total") {
		expect.Set("total", pointsOf(a.Points))
	}
	if len(expect.Keys) == 0 {
		return nil, page.NotFound()
	}
	out := &yamledit.Value{Kind: yamledit.Map}
	out.Set("name", yamledit.Text(name))
	out.Set("text", yamledit.Text(text))
	out.Set("expect", expect)
	return out, nil
}
