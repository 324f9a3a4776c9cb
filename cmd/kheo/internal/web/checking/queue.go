package checking

import (
	"errors"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/evidence"
	"kheo/pipeline/extract"
	"kheo/pipeline/review"
	"kheo/rules"
)

// queuePath is the page on which people check evidence.
const queuePath = "/evidence"

// queueFilter is which pieces of evidence a person wants to check.
type queueFilter struct {
	Ruleset, Criterion string // of which list and criterion; "" for all
	What               string // one of whats; "" for all that is open
	Mine               bool   // of dossiers that are assigned to the person
}

// Groups of pieces that a queue can be limited to.
const (
	whatUncertain = "uncertain" // kheo is not sure of them
	whatSample    = "sample"    // drawn at random for the figures of the report
	whatSecond    = "second"    // of the sample, settled by one other person: for a second opinion
)

// whats lists the groups in the order in which the page offers them.
var whats = []string{whatUncertain, whatSample, whatSecond}

// filterOf reads the filter of a query. What it does not know it leaves out.
func filterOf(get url.Values) (f queueFilter) {
	f.Ruleset, f.Criterion, _ = strings.Cut(get.Get("of"), "/")
	if slices.Contains(whats, get.Get("what")) {
		f.What = get.Get("what")
	}
	f.Mine = get.Get("mine") != ""
	return f
}

// Of returns the list and the criterion as the query has them.
func (f queueFilter) Of() string {
	if f.Criterion == "" {
		return f.Ruleset
	}
	return f.Ruleset + "/" + f.Criterion
}

// Set reports whether the filter leaves anything out.
func (f queueFilter) Set() bool { return f != queueFilter{} }

// link returns the address of the queue at a piece, with the filter. last is the piece that was judged
// before, which the page offers to undo. Both may be empty.
func (f queueFilter) link(piece, last string) string {
	v := url.Values{}
	set := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	set("of", f.Of())
	set("what", f.What)
	if f.Mine {
		v.Set("mine", "yes")
	}
	set("piece", piece)
	set("last", last)
	if len(v) == 0 {
		return queuePath
	}
	return queuePath + "?" + v.Encode()
}

// keeps reports whether a piece passes the filter. assigned are the dossiers of the person.
func (f queueFilter) keeps(p *evidence.Piece, assigned map[string]bool) bool {
	switch {
	case f.Ruleset != "" && f.Ruleset != p.Ruleset, f.Criterion != "" && f.Criterion != p.Criterion:
		return false
	case f.What == whatUncertain && p.State != evidence.Uncertain, f.What == whatSample && !p.Sample:
		return false
	}
	isMine := func(id string) bool { return assigned[id] }
	return !f.Mine || isMine(p.Dossier) || slices.ContainsFunc(p.Also, isMine)
}

// queued is the queue of a person.
type queued struct {
	all   *access.Evidence
	seen  []evidence.Piece // what the person may know of, judged or not
	queue []evidence.Piece // what is still to be judged, in order
}

// queueOf returns the queue of the person who asks, under a filter: of all lists that are not closed, or of
// the one that the filter names.
func (s *Room) queueOf(q *page.Request, f queueFilter) (*queued, error) {
	assigned, closed := map[string]bool{}, map[string]bool{}
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for id, people := range st.Assigned {
			assigned[id] = slices.Contains(people, q.Person.ID)
		}
		for ruleset := range st.Closed {
			closed[ruleset] = true
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var of []*rules.Ruleset
	for _, rs := range s.site.W.Campaign().Rulesets {
		if f.Ruleset == rs.ID || f.Ruleset == "" && !closed[rs.ID] {
			of = append(of, rs)
		}
	}
	all, err := s.lists.Evidence(q.Ctx(), q.Person, of...)
	if err != nil {
		return nil, err
	}
	out := &queued{all: all, seen: all.For(), queue: all.Queue(f.What == whatSecond)}
	// The queue is filtered and the pieces that were seen are not: a piece that a link names is shown whatever the
	// filter.
	out.queue = slices.DeleteFunc(out.queue, func(p evidence.Piece) bool { return !f.keeps(&p, assigned) })
	return out, nil
}

// at returns the piece to show, which is the one with an id or else the first of the queue, and the one that
// follows it in the queue, from its end on at its beginning; nil where there is none.
func (u *queued) at(id string) (now, next *evidence.Piece) {
	if len(id) == pieceIDLength {
		now = evidence.Find(u.seen, id)
	}
	if now == nil && len(u.queue) > 0 {
		now = &u.queue[0]
	}
	if now == nil {
		return nil, nil
	}
	isNow := func(p evidence.Piece) bool { return p.ID == now.ID }
	i := slices.IndexFunc(u.queue, isNow) // -1 if it was judged already
	if n := len(u.queue); n > 0 && u.queue[(i+1)%n].ID != now.ID {
		next = &u.queue[(i+1)%n]
	}
	return now, next
}

// progress is how far people have come with a list, or with all.
type progress struct {
	Sample, Checked int // pieces drawn, and those of them that people settled
	Deciding        int // uncertain pieces that no one has settled and that could change an outcome
	Left            int // pieces that the person has still to judge, under the filter
}

// progressOf counts the pieces of a filter's list and criterion.
func (u *queued) progressOf(f queueFilter) progress {
	of := queueFilter{Ruleset: f.Ruleset, Criterion: f.Criterion}
	out := progress{Left: len(u.queue)}
	// all.Pieces has the verdicts of everybody, which counts may use. Whether a piece decides would reveal a hidden
	// outcome, so that is taken from what the person sees.
	deciding := map[string]bool{} // as the person may know it
	for i := range u.seen {
		deciding[u.seen[i].ID] = u.seen[i].Decides
	}
	for i := range u.all.Pieces {
		p := &u.all.Pieces[i]
		if !of.keeps(p, nil) {
			continue
		}
		if p.Sample {
			out.Sample++
			if p.Verdict.Settles() {
				out.Checked++
			}
		}
		if p.State == evidence.Uncertain && deciding[p.ID] {
			out.Deciding++
		}
	}
	return out
}

// Evidence shows the queue of evidence, one piece at a time: its sentence in the page's image and text, what
// kheo says of it, what is at stake, and the buttons of a verdict, which show their keys. The piece that
// follows is known before the verdict is given, so that the answer to a verdict is the next piece.
func (s *Room) Evidence(q *page.Request) error {
	get := q.R.URL.Query()
	f := filterOf(get)
	u, err := s.queueOf(q, f)
	if err != nil {
		return err
	}
	now, next := u.at(get.Get("piece"))
	last := ""
	data := map[string]any{"F": f, "Progress": u.progressOf(f), "Lists": s.criteriaOf(q.Lang), "Whats": whats}
	if x := s.lastJudged(q, u, get.Get("last")); x != nil {
		last = x.Piece.ID
		data["Last"], data["LastBack"] = x, f.link(x.Piece.ID, "")
	}
	if now != nil {
		nextID := ""
		if next != nil {
			nextID = next.ID
			data["Skip"], data["Warm"] = f.link(next.ID, last), clipPath(next)
		}
		data["Back"] = f.link(nextID, now.ID)
		if data["P"], err = s.toCheck(q, now); err != nil {
			return err
		}
	}
	s.site.Render(q, http.StatusOK, "evidence", data)
	return nil
}

// clipPath returns the address of the image of a piece.
func clipPath(p *evidence.Piece) string {
	return "/dossiers/" + p.Dossier + "/piece?" + url.Values{"piece": {p.ID}}.Encode()
}

// judgedPiece is a piece that the person has judged.
type judgedPiece struct {
	Piece *evidence.Piece
	Mine  dossier.VerdictKind
}

// lastJudged returns the piece with an id if the person has judged it, so that this can be undone; nil
// otherwise.
func (s *Room) lastJudged(q *page.Request, u *queued, id string) *judgedPiece {
	if len(id) != pieceIDLength {
		return nil
	}
	p := evidence.Find(u.seen, id)
	if p == nil || p.JudgedBy(q.Person.ID) == "" {
		return nil
	}
	return &judgedPiece{p, p.JudgedBy(q.Person.ID)}
}

// listed is a list with its criteria that quote evidence, as the filter offers them.
type listed struct {
	ID, Title string
	Criteria  []listed
}

// criteriaOf returns the lists with their criteria.
func (s *Room) criteriaOf(lang string) (out []listed) {
	for _, rs := range s.site.W.Campaign().Rulesets {
		l := listed{ID: rs.ID, Title: rs.Title.In(lang, "en", "vi")}
		for _, c := range rs.EvidencedCriteria() {
			criterion := listed{ID: rs.ID + "/" + c.ID, Title: c.Title.In(lang, "en", "vi")}
			l.Criteria = append(l.Criteria, criterion)
		}
		out = append(out, l)
	}
	return out
}

// toCheck is a piece of evidence as a person checks it.
type toCheck struct {
	*evidence.Piece
	Criterion, List, UnitName string
	Says, Why                 string // what kheo says of it
	Sure                      int    // per cent
	Mine                      dossier.VerdictKind
	MyReason                  string
	Others                    []said // shown once the person has given a verdict
	Stakes                    []stake
	Text                      template.HTML // what surrounds it on its page
	Language                  string        // of the page
	Clip                      string        // the address of the image; "" if there is none
}

// said is what someone said of a piece.
type said struct {
	Name, Reason, At string
	Verdict          dossier.VerdictKind
}

// excerptReach is how much of a page is shown around a piece, in code points on each side.
const excerptReach = 350

// toCheck prepares a piece for the page.
func (s *Room) toCheck(q *page.Request, p *evidence.Piece) (*toCheck, error) {
	out := &toCheck{Piece: p, Criterion: p.Title.In(q.Lang, "en", "vi"), UnitName: s.site.UnitName(p.Unit),
		Says: s.site.Texts.Say(q.Lang, "evidence-state."+string(p.State)), Why: p.Why.In(q.Lang, "en"),
		Sure: int(math.Round(100 * p.Certainty)), Mine: p.JudgedBy(q.Person.ID)}
	if rs := s.site.Ruleset(p.Ruleset); rs != nil {
		out.List = rs.Title.In(q.Lang, "en", "vi")
	}
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, j := range p.Judged {
			if j.Person == q.Person.ID {
				out.MyReason = j.Reason
				continue
			}
			out.Others = append(out.Others, said{s.site.Name(st, j.Person), j.Reason, j.At, j.Verdict})
		}
		return nil
	}); err != nil {
		return nil, err
	}
	_, d, err := s.site.W.Load(q.Ctx(), p.Dossier)
	if err != nil || d == nil {
		return nil, errors.Join(err, page.NotFoundWhere(d == nil))
	}
	if x, at := placeOf(d, p); at != nil {
		out.Language = at.Language
		out.Text = page.Excerpt(at, p.Start, p.End, excerptReach, s.site.Texts.Say(q.Lang, "text.doubt"))
		if extract.Viewable(x.Type) || extract.Printable(x.Type) && s.images.Pages.Printer() != "" {
			out.Clip = clipPath(p)
		}
	}
	out.Stakes, err = s.stakes(q, d, p)
	return out, err
}

// stakes returns what a right and a wrong verdict on a piece would change, as if no other person had judged it.
func (s *Room) stakes(q *page.Request, d *dossier.Dossier, p *evidence.Piece) ([]stake, error) {
	seen, err := s.lists.See(q, d.ID)
	if err != nil {
		return nil, err
	}
	b, err := pipeline.BenchOf(q.Ctx(), s.site.W, d)
	if errors.Is(err, pipeline.ErrUnassessed) || err == nil && b.Ruleset == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return stakesOf(b, p.PieceKey, q.Lang, seen.Entry == nil || seen.Entry.Hidden), nil
}
