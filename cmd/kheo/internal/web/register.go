package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/editions"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
)

// registers keeps the register from one page to the next.
type registers struct {
	mu   sync.Mutex
	run  string
	seq  int64
	made bool
	all  []*register.Model
	of   map[string]*register.Model
}

// register is the register as it is now. Nothing of it may be changed.
func (s *Server) register(ctx context.Context) ([]*register.Model, map[string]*register.Model, error) {
	run, _, at, err := s.latest(ctx)
	if err != nil {
		return nil, nil, err
	}
	var seq int64
	if err := s.w.Review().View(ctx, func(st *review.State) error { seq = st.Lived() + st.Listed(); return nil }); err != nil {
		return nil, nil, err
	}
	r := &s.registers
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made && r.run == run && r.seq == seq {
		return r.all, r.of, nil
	}
	all, err := register.List(ctx, s.w, func(id string) (editions.Place, bool) {
		p, ok := at[id]
		return editions.Place{Ruleset: p.ruleset, Entry: p.entry}, ok
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

// model is a model as somebody may see it: who stands aside on it is not told how it was judged.
type model struct {
	*register.Model
	UnitName, FieldName, LevelName string
	Tie                            *review.Tied
	Overdue                        bool
}

func (s *Server) shownModel(q *request, st *review.State, sees *visibility, m *register.Model, today string) model {
	out := model{Model: m, UnitName: s.unitName(m.Unit), FieldName: s.fieldName(q.lang, m.Field), LevelName: s.levelName(q.lang, m.Level), Overdue: m.Due != "" && m.Due < today}
	if sees.hides(m.Ruleset, m.Dossier) {
		unjudged := *m
		unjudged.Outcome, unjudged.Points, unjudged.Max = "", 0, 0
		out.Model = &unjudged
	}
	if out.Tie = tieOn(st, q.person.ID, m); out.Tie != nil {
		hidden := *m
		hidden.Outcome, hidden.Points, hidden.Max, hidden.Decision, hidden.DecidedOn, hidden.Standing = "", 0, 0, "", "", nil
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

// tieOn is why somebody is recused from a model: under its own id, or that of its dossier.
func tieOn(st *review.State, person string, m *register.Model) *review.Tied {
	if t := st.Tie(person, m.ID, m.Unit); t != nil || m.Dossier == "" {
		return t
	}
	return st.Tie(person, m.Dossier, m.Unit)
}

func (s *Server) today() string { return s.w.Now().In(s.w.Campaign().Location).Format(time.DateOnly) }

// registerPage lists the register.
func (s *Server) registerPage(q *request) error {
	all, _, err := s.register(q.ctx())
	if err != nil {
		return err
	}
	sees, err := s.visibilityOf(q.ctx(), q.person)
	if err != nil {
		return err
	}
	get := q.r.URL.Query()
	var shown []model
	counts := map[register.Stage]int{}
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		today := s.today()
		for _, x := range all {
			m := s.shownModel(q, st, sees, x, today)
			counts[m.Stage]++
			if (get.Get("stage") == "" || string(m.Stage) == get.Get("stage")) && (get.Get("unit") == "" || m.Unit == get.Get("unit")) && (get.Get("field") == "" || m.Field == get.Get("field")) && (get.Get("due") == "" || m.Overdue) {
				shown = append(shown, m)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if wantsSheet(q) {
		t := table{head: []string{"dossier", "unit", "field", "level", "registered", "stage", "due", "due.what", "visits", "number"}, widths: []float64{44, 22, 22, 14, 14, 18, 14, 16, 8, 40}}
		for _, m := range shown {
			what := ""
			if m.DueWhat != "" {
				what = s.texts.say(q.lang, "due."+m.DueWhat)
			}
			t.rows = append(t.rows, []any{m.Title, m.UnitName, m.FieldName, m.LevelName, m.RegisteredOn, s.texts.say(q.lang, "stage."+string(m.Stage)), m.Due, what, len(m.Visits), m.ID})
		}
		return s.sheet(q, s.texts.say(q.lang, "nav.register"), t)
	}
	type stage struct {
		ID string
		N  int
	}
	var stages []stage
	for _, x := range register.Stages {
		stages = append(stages, stage{string(x), counts[x]})
	}
	from, to := s.span(get.Get("from"), len(shown))
	data := map[string]any{"Models": shown[from:to], "From": min(from+1, len(shown)), "To": to, "Total": len(shown), "Stages": stages, "Get": get, "Units": s.w.Campaign().Env.Units, "Fields": s.w.Campaign().Env.Fields, "Levels": s.w.Campaign().Env.Levels, "Today": s.today()}
	if from > 0 {
		data["Before"] = withQuery("/register", get, "from", strconv.Itoa(max(0, from-perPage)))
	}
	if to < len(shown) {
		data["After"] = withQuery("/register", get, "from", strconv.Itoa(to))
	}
	data["Sheet"] = withQuery("/register", get, "as", "xlsx")
	s.render(q, http.StatusOK, "register", data)
	return nil
}

// span is the part of a list that a page shows.
func (s *Server) span(from string, n int) (int, int) {
	at, _ := strconv.Atoi(from)
	at = min(max(0, at), n)
	return at, min(n, at+perPage)
}

// theModel is the model that the path names.
func (s *Server) theModel(q *request) (*register.Model, error) {
	_, of, err := s.register(q.ctx())
	if err != nil {
		return nil, err
	}
	m := of[q.r.PathValue("model")]
	if m == nil {
		return nil, notFound()
	}
	return m, nil
}

// modelPage is a model's whole life.
func (s *Server) modelPage(q *request) error {
	x, err := s.theModel(q)
	if err != nil {
		return err
	}
	all, _, err := s.register(q.ctx())
	if err != nil {
		return err
	}
	sees, err := s.visibilityOf(q.ctx(), q.person)
	if err != nil {
		return err
	}
	data := map[string]any{}
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		m := s.shownModel(q, st, sees, x, s.today())
		data["M"] = m
		type visit struct {
			review.Inspection
			Name string
		}
		var visits []visit
		for _, v := range m.Visits {
			visits = append(visits, visit{v, s.name(st, v.By)})
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
	data["Today"] = s.today()
	s.render(q, http.StatusOK, "model", data)
	return nil
}

// write adds an event about the model that the path names.
func (s *Server) write(q *request, e review.Event, said string) error {
	m, err := s.theModel(q)
	if err != nil {
		return err
	}
	e.Person, e.Dossier = q.person.ID, cmp.Or(m.Dossier, m.ID)
	if err := s.w.Review().Do(q.ctx(), review.Subject{Unit: m.Unit}, e); err != nil {
		return err
	}
	return s.back(q, "/register/"+m.ID, said)
}

// enterModel registers a model.
func (s *Server) enterModel(q *request) error {
	x := register.Registration{Title: q.form("title"), Unit: q.form("unit"), Level: q.form("level"), Field: q.form("field"), Place: q.form("place"), On: q.form("on")}
	if s.w.Campaign().Env.UnitByID(x.Unit) == nil {
		return notFound()
	}
	x.Model = register.ModelID(x.Unit, x.Title)
	if _, err := register.Enter(q.ctx(), s.w, q.person.ID, []register.Registration{x}); err != nil {
		return err
	}
	return s.back(q, "/register/"+x.Model, "done.registered")
}

// importModels shows what a list of registrations would enter, and enters it where that was
// seen.
func (s *Server) importModels(q *request) error {
	text := q.form("list")
	list, err := register.Read(q.ctx(), s.w, strings.NewReader(text))
	if err != nil {
		return &problem{http.StatusBadRequest, "error.list", []any{err.Error()}}
	}
	if q.form("sure") == "yes" {
		n, err := register.Enter(q.ctx(), s.w, q.person.ID, list)
		if err != nil {
			return err
		}
		return s.back(q, "/register", "done.entered", n)
	}
	n := 0
	for _, x := range list {
		if x.Mistake == "" && !x.Known {
			n++
		}
	}
	s.render(q, http.StatusOK, "import", map[string]any{"List": list[:min(len(list), 500)], "More": max(0, len(list)-500), "N": n, "Text": text})
	return nil
}

// visit writes down an inspection, with a photo where one was sent.
func (s *Server) visit(q *request) error {
	u, err := s.receive(q)
	if err != nil {
		return err
	}
	defer u.remove()
	e := review.Event{Action: review.Visited, Data: review.Data{On: u.values["on"], Text: u.values["finding"]}}
	if len(u.files) > 0 {
		if e.Data.Photo, err = s.keepPhoto(q, u); err != nil {
			return err
		}
	}
	return s.write(q, e, "done.visited")
}

func (s *Server) tookOver(q *request) error {
	all, of, err := s.register(q.ctx())
	if err != nil {
		return err
	}
	other := of[q.form("of")]
	for _, m := range all {
		if other == nil && m.Title == q.form("of") {
			other = m
		}
	}
	if other == nil {
		return &problem{http.StatusBadRequest, "error.no-model", []any{q.form("of")}}
	}
	action := review.TookOver
	if q.form("not") != "" {
		action = review.NotTaken
	}
	return s.write(q, review.Event{Action: action, Data: review.Data{Of: other.ID, Reason: q.form("reason")}}, "done.taken-over")
}

func (s *Server) sameAs(q *request) error {
	action := review.SameAs
	if q.form("not") != "" {
		action = review.NotSame
	}
	return s.write(q, review.Event{Action: action, Data: review.Data{Of: q.form("of"), Campaign: q.form("campaign"), Reason: q.form("reason")}}, "done.same")
}

// reported says in which dossier a registered model is told.
func (s *Server) reported(q *request) error {
	_, of, err := s.register(q.ctx())
	if err != nil {
		return err
	}
	m, err := s.theModel(q)
	if err != nil {
		return err
	}
	if o := of[q.form("of")]; o == nil || o.Dossier == "" || o.Unit != m.Unit {
		return notFound()
	}
	return s.write(q, review.Event{Action: review.Reported, Data: review.Data{Of: q.form("of")}}, "done.reported")
}

// standing confirms or withdraws a recognition.
func (s *Server) standing(q *request) error {
	m, err := s.theModel(q)
	if err != nil {
		return err
	}
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		if t := tieOn(st, q.person.ID, m); t != nil { // before anything is told of the decision
			return &review.Refusal{Code: "aside", Why: t.Reason}
		}
		return nil
	}); err != nil {
		return err
	}
	if m.Decision != review.Recognised {
		return &problem{http.StatusConflict, "error.not-recognised", nil}
	}
	action := review.Confirmed
	if q.form("withdraw") != "" {
		action = review.Withdrawn
	}
	return s.write(q, review.Event{Action: action, Data: review.Data{On: q.form("on"), Reason: q.form("reason")}}, "done.standing")
}

// photo shows the photo of a visit, as an image that was made anew from it.
func (s *Server) photo(q *request) error {
	m, err := s.theModel(q)
	if err != nil {
		return err
	}
	seq, _ := strconv.ParseInt(q.r.URL.Query().Get("visit"), 10, 64)
	i := slices.IndexFunc(m.Visits, func(v review.Inspection) bool { return v.Seq == seq && v.Photo != "" })
	if i < 0 {
		return notFound()
	}
	return s.image(q, &dossier.Document{SHA256: m.Visits[i].Photo, Type: "image/*"}, 1)
}

// lineage is a model, those that took it over, and where they stand on the map.
type lineage struct {
	Model  model
	Takers []lineageTaker
	Top    int
	Middle int
}

type lineageTaker struct {
	Model model
	Why   string
	Found bool
	Y     int
}

// Measures of the map, in its own units.
const (
	mapRow   = 30
	mapLeft  = 380
	mapRight = 480
)

// registerMap shows who took whom over.
func (s *Server) registerMap(q *request) error {
	all, of, err := s.register(q.ctx())
	if err != nil {
		return err
	}
	sees, err := s.visibilityOf(q.ctx(), q.person)
	if err != nil {
		return err
	}
	var out []lineage
	y := 10
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		today := s.today()
		examples := slices.Clone(all)
		slices.SortStableFunc(examples, func(a, b *register.Model) int { return cmp.Compare(len(b.TakenBy), len(a.TakenBy)) })
		for _, m := range examples {
			if len(m.TakenBy) == 0 || len(out) == 200 {
				break
			}
			l := lineage{Model: s.shownModel(q, st, sees, m, today), Top: y}
			for _, t := range m.TakenBy {
				l.Takers = append(l.Takers, lineageTaker{s.shownModel(q, st, sees, of[t.Model], today), t.Reason, t.Found, y + mapRow/2})
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
	s.render(q, http.StatusOK, "map", map[string]any{"Lineages": out, "Height": y + 10, "Left": mapLeft, "Right": mapRight})
	return nil
}

// registerCalendar shows what is due, month by month.
func (s *Server) registerCalendar(q *request) error {
	all, _, err := s.register(q.ctx())
	if err != nil {
		return err
	}
	sees, err := s.visibilityOf(q.ctx(), q.person)
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
	err = s.w.Review().View(q.ctx(), func(st *review.State) error {
		today := s.today()
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
	s.render(q, http.StatusOK, "calendar", map[string]any{"Months": months})
	return nil
}
