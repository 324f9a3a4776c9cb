// Package register is the pages of the register of models: the list with its filters, map and calendar, and the page
// of a model with its history, on which visits, adoptions and recognitions are recorded.
//
// [Room.Models] reads the register from the events and the lists in force, and keeps it until one of them changes.
// Everybody with the right to see may know that a model exists. How it was judged is another matter: a model is
// copied for each person (shownModel), and if the person is recused from it or its dossier, the decision, the stage
// and the dates that would reveal it are taken off the copy before anything is filtered by them.
//
// What is recorded about a model that has a dossier is recorded under the id of the dossier, as its votes and its
// decision are. A photo is shown as it is rendered here, and never as the file that was sent.
package register

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/ics"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/editions"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
)

// registers caches the register until a run publishes or an event changes it. mu guards all fields.
type registers struct {
	mu   sync.Mutex
	run  string
	seq  int64
	made bool
	all  []*register.Model
	of   map[string]*register.Model
}

// Models returns all models, and the same by id. The caller must not change them. It is read under the lock, so
// that many requests after a run read it once. seq is the sum of the numbers of the last events that changed
// the register and a list: both only grow, so it changes if one of them does.
func (s *Room) Models(ctx context.Context) ([]*register.Model, map[string]*register.Model, error) {
	run, _, at, err := s.lists.Latest(ctx)
	if err != nil {
		return nil, nil, err
	}
	var seq int64
	if err := s.site.W.Review().View(ctx,
		func(st *review.State) error { seq = st.Lived() + st.Listed(); return nil }); err != nil {
		return nil, nil, err
	}
	r := &s.registers
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made && r.run == run && r.seq == seq {
		return r.all, r.of, nil
	}
	all, err := register.List(ctx, s.site.W, func(id string) (editions.Place, bool) {
		p, ok := at[id]
		return editions.Place{Ruleset: p.Ruleset, Entry: p.Entry}, ok
	})
	if err != nil {
		return nil, nil, err
	}
	of := map[string]*register.Model{}
	for _, m := range all {
		of[m.ID] = m
	}
	r.run, r.seq, r.made, r.all, r.of = run, seq, true, all, of
	return all, of, nil
}

// model is a model as one person may see it: people who are recused from it do not see how it was judged.
type model struct {
	*register.Model
	UnitName, FieldName, LevelName string
	Tie                            *review.Tied
	Overdue                        bool
}

// shownModel returns a model as the person who asks may see it. The model is copied before anything is removed,
// because all requests share it. What the stage and the due date reveal of a decision is removed as well: the
// stage goes back to reported, and only the due date of a report stays.
func (s *Room) shownModel(q *page.Request, st *review.State, sees *access.Visibility, m *register.Model,
	today string) model {
	out := model{Model: m, UnitName: s.site.UnitName(m.Unit), FieldName: s.site.FieldName(q.Lang, m.Field),
		LevelName: s.site.LevelName(q.Lang, m.Level), Overdue: m.Due != "" && m.Due < today}
	if sees.Hides(m.Ruleset, m.Dossier) {
		unjudged := *m
		unjudged.Outcome, unjudged.Points, unjudged.Max = "", 0, 0
		out.Model = &unjudged
	}
	if out.Tie = tieOn(st, q.Person.ID, m); out.Tie != nil {
		hidden := *m
		hidden.Outcome, hidden.Points, hidden.Max = "", 0, 0
		hidden.Decision, hidden.DecidedOn, hidden.Standing = "", "", nil
		hidden.NextTier = nil
		if slices.Index(register.Stages, hidden.Stage) > slices.Index(register.Stages, register.StageReported) {
			hidden.Stage = register.StageReported
		}
		if hidden.DueWhat != "report" {
			hidden.Due, hidden.DueWhat, out.Overdue = "", "", false
		}
		out.Model = &hidden
	}
	return out
}

// tieOn returns the conflict of interest of a person with a model, under its own id or that of its dossier, or
// nil. A model gets a dossier later, and conflicts may have been declared with either.
func tieOn(st *review.State, person string, m *register.Model) *review.Tied {
	if t := st.Tie(person, m.ID, m.Unit); t != nil || m.Dossier == "" {
		return t
	}
	return st.Tie(person, m.Dossier, m.Unit)
}

// RegisterPage shows the register, filtered by stage, unit, field and due date. The counts of stages are those
// of all models, whatever the filter. Filters look at the model as the person may see it, so they cannot find a
// hidden decision.
func (s *Room) RegisterPage(q *page.Request) error {
	all, _, sees, err := s.visibleModels(q)
	if err != nil {
		return err
	}
	get := q.R.URL.Query()
	var shown []model
	counts := map[register.Stage]int{}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		today := s.site.Today()
		for _, x := range all {
			m := s.shownModel(q, st, sees, x, today)
			counts[m.Stage]++
			if (get.Get("stage") == "" || string(m.Stage) == get.Get("stage")) && (get.Get("unit") == "" ||
				m.Unit == get.Get("unit")) && (get.Get("field") == "" || m.Field == get.Get("field")) &&
				(get.Get("due") == "" || m.Overdue) {
				shown = append(shown, m)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if page.WantsSheet(q) {
		t := page.Table{Head: []string{"dossier", "unit", "field", "level", "registered", "stage", "due",
			"due.what", "visits", "number", "handover.next"}, Widths: []float64{44, 22, 22, 14, 14, 18, 14, 16, 8, 40,
			30}}
		for _, m := range shown {
			what := ""
			if m.DueWhat != "" {
				what = s.site.Texts.Say(q.Lang, "due."+m.DueWhat)
			}
			t.Rows = append(t.Rows, []any{m.Title, m.UnitName, m.FieldName, m.LevelName, m.RegisteredOn,
				s.site.Texts.Say(q.Lang, "stage."+string(m.Stage)), m.Due, what, len(m.Visits), m.ID,
				page.NextTier(s.site, q.Lang, m.NextTier)})
		}
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "nav.register"), t)
	}
	type stage struct {
		ID string
		N  int
	}
	var stages []stage
	for _, x := range register.Stages {
		stages = append(stages, stage{string(x), counts[x]})
	}
	from, to := s.site.Span(get.Get("from"), len(shown))
	data := map[string]any{"Models": shown[from:to], "From": min(from+1, len(shown)), "To": to,
		"Total": len(shown), "Stages": stages, "Get": get, "Units": s.site.W.Campaign().Env.Units,
		"Fields": s.site.W.Campaign().Env.Fields, "Levels": s.site.W.Campaign().Env.Levels,
		"Today": s.site.Today()}
	if from > 0 {
		data["Before"] = page.WithQuery("/register", get, "from", strconv.Itoa(max(0, from-page.PerPage)))
	}
	if to < len(shown) {
		data["After"] = page.WithQuery("/register", get, "from", strconv.Itoa(to))
	}
	data["Sheet"] = page.WithQuery("/register", get, "as", "xlsx")
	s.site.Render(q, http.StatusOK, "register", data)
	return nil
}

// theModel returns the model in the path.
func (s *Room) theModel(q *page.Request) (*register.Model, error) {
	_, of, err := s.Models(q.Ctx())
	if err != nil {
		return nil, err
	}
	return inPath(q, of)
}

// inPath returns the one of the models, by id, that the path of a request names. Whether a model exists is not
// secret: the register is open to everybody with the right to see.
func inPath(q *page.Request, of map[string]*register.Model) (*register.Model, error) {
	m := of[q.R.PathValue("model")]
	if m == nil {
		return nil, page.NotFound()
	}
	return m, nil
}

// visibleModels returns all models, also by id, and what the person who asks may see of them.
func (s *Room) visibleModels(q *page.Request) (
	all []*register.Model, of map[string]*register.Model, sees *access.Visibility, err error,
) {
	if all, of, err = s.Models(q.Ctx()); err == nil {
		sees, err = s.lists.VisibilityOf(q.Ctx(), q.Person)
	}
	return all, of, sees, err
}

// ModelPage shows everything that is known of a model, from registration to follow-up.
func (s *Room) ModelPage(q *page.Request) error {
	all, of, sees, err := s.visibleModels(q)
	if err != nil {
		return err
	}
	x, err := inPath(q, of)
	if err != nil {
		return err
	}
	data := map[string]any{}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		m := s.shownModel(q, st, sees, x, s.site.Today())
		data["M"] = m
		type visit struct {
			review.Inspection
			Name string
		}
		var visits []visit
		for _, v := range m.Visits {
			visits = append(visits, visit{v, s.site.Name(st, v.By)})
		}
		data["Visits"] = visits
		var others []*register.Model
		for _, o := range all {
			if o.ID != m.ID {
				others = append(others, o)
			}
		}
		if len(others) <= 2000 { // more would make the page too large; ids are typed then
			data["Others"] = others
		}
		var dossiers []*register.Model
		if m.Dossier == "" {
			for _, o := range all {
				if o.Unit == m.Unit && o.Dossier != "" {
					dossiers = append(dossiers, o)
				}
			}
		}
		data["Dossiers"] = dossiers
		return nil
	})
	if err != nil {
		return err
	}
	data["Today"] = s.site.Today()
	s.site.Render(q, http.StatusOK, "model", data)
	return nil
}

// write records an event about the model in the path, and returns to its page with a message. A model that has
// a dossier is recorded under the dossier's id, as its votes and decision are.
func (s *Room) write(q *page.Request, e review.Event, said string) error {
	m, err := s.theModel(q)
	if err != nil {
		return err
	}
	e.Person, e.Dossier = q.Person.ID, cmp.Or(m.Dossier, m.ID)
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{Unit: m.Unit}, e); err != nil {
		return err
	}
	return s.site.Back(q, "/register/"+m.ID, said)
}

// EnterModel registers a model.
func (s *Room) EnterModel(q *page.Request) error {
	x := register.Registration{Title: q.Form("title"), Unit: q.Form("unit"), Level: q.Form("level"),
		Field: q.Form("field"), Place: q.Form("place"), On: q.Form("on")}
	if s.site.W.Campaign().Env.UnitByID(x.Unit) == nil {
		return page.NotFound()
	}
	x.Model = register.ModelID(x.Unit, x.Title)
	if _, err := register.Enter(q.Ctx(), s.site.W, q.Person.ID, []register.Registration{x}); err != nil {
		return err
	}
	return s.site.Back(q, "/register/"+x.Model, "done.registered")
}

// ImportModels shows what a pasted list would register, and registers it once the preview is confirmed. The
// text is sent again with the confirmation and read again, so nothing is kept between the two requests; what
// was registered meanwhile is not registered twice.
func (s *Room) ImportModels(q *page.Request) error {
	text := q.Form("list")
	list, err := register.Read(q.Ctx(), s.site.W, strings.NewReader(text))
	if err != nil {
		return page.Refuse(http.StatusBadRequest, "error.list", err.Error())
	}
	if q.Form("sure") == "yes" {
		n, err := register.Enter(q.Ctx(), s.site.W, q.Person.ID, list)
		if err != nil {
			return err
		}
		return s.site.Back(q, "/register", "done.entered", n)
	}
	n := 0
	for _, x := range list {
		if x.Mistake == "" && !x.Known {
			n++
		}
	}
	s.site.Render(q, http.StatusOK, "import", map[string]any{"List": list[:min(len(list), 500)],
		"More": max(0, len(list)-500), "N": n, "Text": text})
	return nil
}

// Visit records an inspection, with a photo if one was sent. The photo is stored before the event; if the event
// is refused, it stays as a blob that no event names.
func (s *Room) Visit(q *page.Request) error {
	u, err := s.inbox.Receive(q)
	if err != nil {
		return err
	}
	defer u.Remove()
	e := review.Event{Action: review.Visited, Data: review.Data{On: u.Values["on"], Text: u.Values["finding"]}}
	if len(u.Files) > 0 {
		if e.Data.Photo, err = s.inbox.KeepPhoto(q, u); err != nil {
			return err
		}
	}
	return s.write(q, e, "done.visited")
}

// TookOver records that the model in the path adopted another, or that it did not. The form sends an id or, if
// the page offers no choice, a title; the first model with that title is taken.
func (s *Room) TookOver(q *page.Request) error {
	all, of, err := s.Models(q.Ctx())
	if err != nil {
		return err
	}
	other := of[q.Form("of")]
	if other == nil {
		var called []*register.Model
		for _, m := range all {
			if m.Title == q.Form("of") {
				called = append(called, m)
			}
		}
		switch len(called) {
		case 0:
		case 1:
			other = called[0]
		default:
			return page.Refuse(http.StatusBadRequest, "error.several-models", q.Form("of"))
		}
	}
	if other == nil {
		return page.Refuse(http.StatusBadRequest, "error.no-model", q.Form("of"))
	}
	action := review.TookOver
	if q.Form("not") != "" {
		action = review.NotTaken
	}
	return s.write(q, review.Event{Action: action, Data: review.Data{Of: other.ID,
		Reason: q.Form("reason")}}, "done.taken-over")
}

// SameAs records that the model in the path is, or is not, a model of a past campaign. Neither the campaign nor
// the model is checked here: they are of another workspace.
func (s *Room) SameAs(q *page.Request) error {
	action := review.SameAs
	if q.Form("not") != "" {
		action = review.NotSame
	}
	return s.write(q, review.Event{Action: action, Data: review.Data{Of: q.Form("of"),
		Campaign: q.Form("campaign"), Reason: q.Form("reason")}}, "done.same")
}

// Reported records which dossier describes a registered model.
func (s *Room) Reported(q *page.Request) error {
	_, of, err := s.Models(q.Ctx())
	if err != nil {
		return err
	}
	m, err := inPath(q, of)
	if err != nil {
		return err
	}
	if o := of[q.Form("of")]; o == nil || o.Dossier == "" || o.Unit != m.Unit {
		return page.NotFound()
	}
	return s.write(q, review.Event{Action: review.Reported, Data: review.Data{Of: q.Form("of")}},
		"done.reported")
}

// Standing confirms or withdraws a recognition.
func (s *Room) Standing(q *page.Request) error {
	m, err := s.theModel(q)
	if err != nil {
		return err
	}
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		if t := tieOn(st, q.Person.ID, m); t != nil { // before the answer reveals the decision
			return &review.Refusal{Code: "aside", Why: t.Reason}
		}
		return nil
	}); err != nil {
		return err
	}
	if m.Decision != review.Recognised {
		return page.Refuse(http.StatusConflict, "error.not-recognised")
	}
	action := review.Confirmed
	if q.Form("withdraw") != "" {
		action = review.Withdrawn
	}
	return s.write(q, review.Event{Action: action, Data: review.Data{On: q.Form("on"),
		Reason: q.Form("reason")}}, "done.standing")
}

// Photo sends the photo of an inspection as a newly rendered image. The file itself is never sent: it may
// contain the coordinates of a household, or be crafted to attack a browser.
func (s *Room) Photo(q *page.Request) error {
	m, err := s.theModel(q)
	if err != nil {
		return err
	}
	seq, _ := strconv.ParseInt(q.R.URL.Query().Get("visit"), 10, 64)
	i := slices.IndexFunc(m.Visits, func(v review.Inspection) bool { return v.Seq == seq && v.Photo != "" })
	if i < 0 {
		return page.NotFound()
	}
	return s.images.Image(q, &dossier.Document{SHA256: m.Visits[i].Photo, Type: "image/*"}, 1)
}

// lineage is a model with those that adopted it, and their positions on the map.
type lineage struct {
	Model  model
	Takers []lineageTaker
	Top    int
	Middle int
}

// lineageTaker is a model that adopted another, with its position on the map.
type lineageTaker struct {
	Model model
	Why   string
	Found bool
	Y     int
}

// Measures of the map, in units of its SVG view box.
const (
	mapRow   = 30
	mapLeft  = 380
	mapRight = 480
)

// RegisterMap shows which models were adopted by which others. Models are ordered by how many adopted them; at
// most 200 are drawn.
func (s *Room) RegisterMap(q *page.Request) error {
	all, of, sees, err := s.visibleModels(q)
	if err != nil {
		return err
	}
	var out []lineage
	y := 10
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		today := s.site.Today()
		examples := slices.Clone(all)
		slices.SortStableFunc(examples, func(a, b *register.Model) int {
			return cmp.Compare(len(b.TakenBy),
				len(a.TakenBy))
		})
		for _, m := range examples {
			if len(m.TakenBy) == 0 || len(out) == 200 {
				break
			}
			l := lineage{Model: s.shownModel(q, st, sees, m, today), Top: y}
			for _, t := range m.TakenBy {
				l.Takers = append(l.Takers, lineageTaker{s.shownModel(q, st, sees, of[t.Model], today),
					t.Reason, t.Found, y + mapRow/2})
				y += mapRow
			}
			l.Middle = (l.Top + y) / 2
			y += 14
			out = append(out, l)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "map", map[string]any{"Lineages": out, "Height": y + 10,
		"Left": mapLeft, "Right": mapRight})
	return nil
}

// RegisterDates answers with the inspections and reports that are due as a calendar, as far as the person may see them.
func (s *Room) RegisterDates(q *page.Request) error {
	all, _, sees, err := s.visibleModels(q)
	if err != nil {
		return err
	}
	var events []ics.Event
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, m := range all {
			x := s.shownModel(q, st, sees, m, s.site.Today())
			at, err := time.ParseInLocation(time.DateOnly, x.Due, s.site.W.Campaign().Location)
			if err != nil {
				continue // nothing is due
			}
			events = append(events, ics.Event{ID: "model " + x.ID + " " + x.DueWhat, At: at, Day: true,
				Title: s.site.Texts.Say(q.Lang, "due."+x.DueWhat) + ": " + x.Title})
		}
		return nil
	}); err != nil {
		return err
	}
	c := s.site.W.Campaign()
	return ics.Write(q.W, c.ID, c.Title.In(q.Lang, "en", "vi"), s.site.W.Now(), events)
}

// RegisterCalendar shows what is due, month by month. Months without anything due are left out, and each shows
// at most 200 models.
func (s *Room) RegisterCalendar(q *page.Request) error {
	all, _, sees, err := s.visibleModels(q)
	if err != nil {
		return err
	}
	type month struct {
		Month  string // 2024-03
		Past   bool
		Models []model
	}
	of := map[string]*month{}
	var months []*month
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		today := s.site.Today()
		for _, m := range all {
			x := s.shownModel(q, st, sees, m, today)
			if x.Due == "" {
				continue
			}
			k := x.Due[:7]
			if of[k] == nil {
				of[k] = &month{Month: k, Past: k < today[:7]}
				months = append(months, of[k])
			}
			of[k].Models = append(of[k].Models, x)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(months, func(a, b *month) int { return cmp.Compare(a.Month, b.Month) })
	for _, m := range months {
		slices.SortStableFunc(m.Models, func(a, b model) int { return cmp.Compare(a.Due, b.Due) })
		if len(m.Models) > 200 {
			m.Models = m.Models[:200]
		}
	}
	s.site.Render(q, http.StatusOK, "calendar", map[string]any{"Months": months})
	return nil
}
