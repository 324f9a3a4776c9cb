package web

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"slices"
	"sync"

	"kheo/pipeline/editions"
	"kheo/pipeline/extract"
	"kheo/pipeline/papers"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
)

// printer prints papers to PDF, one after the other.
type printer struct {
	reduced bool // readers: { confinement: reduced }
	mu      sync.Mutex
	looked  bool
	office  *extract.Office
}

func (p *printer) find(ctx context.Context) *extract.Office {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.looked {
		p.office, _ = extract.FindOffice(ctx, extract.Reduced(p.reduced)) // without it papers come as Word documents alone
		p.looked = true
	}
	return p.office
}

// print prints one paper, or says that there is nothing to print with.
func (p *printer) print(ctx context.Context, docx []byte) ([]byte, error) {
	office := p.find(ctx)
	if office == nil {
		return nil, &problem{http.StatusNotImplemented, "error.no-pdf", nil}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	out, err := office.PDF(ctx, [][]byte{docx})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// papers lists the papers that can be made.
func (s *Server) papers(q *request) error {
	type made struct {
		Kind, Ruleset, Unit, Dossier, Title string
	}
	type group struct {
		Title  string
		Closed bool
		Papers []made
	}
	var out []group
	err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		for _, rs := range s.w.Campaign().Rulesets {
			_, closed := st.Closed[rs.ID]
			g := group{Title: rs.Title.In(q.lang, "en", "vi"), Closed: closed}
			for _, k := range paper.Kinds {
				if k.OfList() && s.mayHave(q, st, k, closed) {
					g.Papers = append(g.Papers, made{Kind: string(k), Ruleset: rs.ID})
				}
			}
			out = append(out, g)
		}
		return nil
	})
	if err != nil {
		return err
	}
	orders, err := papers.Letters(q.ctx(), s.w, "")
	if err != nil {
		return err
	}
	at, err := editions.Places(q.ctx(), s.w)
	if err != nil {
		return err
	}
	sees, err := s.visibilityOf(q.ctx(), q.person)
	if err != nil {
		return err
	}
	var letters []made
	for _, o := range orders {
		e := at[o.Dossier].Entry
		if e == nil || sees.of(o.Dossier, o.Unit) {
			continue
		}
		title := e.Title
		if u := s.w.Campaign().Env.UnitByID(o.Unit); u != nil {
			title = u.Name + ": " + title
		}
		letters = append(letters, made{Kind: string(paper.Feedback), Unit: o.Unit, Dossier: o.Dossier, Title: title})
	}
	s.render(q, http.StatusOK, "papers", map[string]any{"Groups": out, "Letters": letters, "Summary": made{Kind: string(paper.Summary)}, "PDF": s.printer.find(q.ctx()) != nil})
	return nil
}

// mayHave reports whether somebody may have a paper: some hold votes, which only those see who see
// votes, until the list is closed. Where the campaign is blind, those who vote do not either.
func (s *Server) mayHave(q *request, st *review.State, k paper.Kind, closed bool) bool {
	if closed || k == paper.Returns || k == paper.Decision {
		return true
	}
	return q.person.May(review.SeeVotes) && !(st.Settings.Blind && q.person.May(review.CastVote))
}

// paper makes one paper.
func (s *Server) paper(q *request) error {
	get := q.r.URL.Query()
	o := papers.Order{Kind: paper.Kind(get.Get("paper")), Ruleset: get.Get("ruleset"), Unit: get.Get("unit"), Dossier: get.Get("dossier"), Language: q.lang}
	if !o.Kind.Known() || o.Kind.OfList() != (o.Ruleset != "") || (o.Kind == paper.Feedback) != (o.Unit != "") || o.Ruleset != "" && s.ruleset(o.Ruleset) == nil || o.Unit != "" && s.w.Campaign().Env.UnitByID(o.Unit) == nil {
		return notFound()
	}
	sees, err := s.visibilityOf(q.ctx(), q.person)
	if err != nil {
		return err
	}
	if o.Kind == paper.Feedback {
		found, err := s.letter(q, sees, o)
		if err != nil {
			return err
		}
		o = found
	}
	may := false
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		_, closed := st.Closed[o.Ruleset]
		may, o.NoHash = s.mayHave(q, st, o.Kind, closed), !mayHash(q.person, st, sees)
		return nil
	}); err != nil {
		return err
	}
	if !may && o.Kind.OfList() {
		return &problem{http.StatusForbidden, "error.not-closed", nil}
	}
	if err := s.mayJudge(q, o); err != nil {
		return err
	}
	if !sees.none() {
		o.Hidden = func(dossier, unit string) bool { return sees.of(dossier, unit) }
	}
	b, err := papers.Make(q.ctx(), s.w, o)
	if err != nil {
		return err
	}
	if get.Get("as") == "pdf" {
		if b, err = s.printer.print(q.ctx(), b); err != nil {
			return err
		}
		return s.send(q, o.FileName()+".pdf", b)
	}
	return s.send(q, o.FileName()+".docx", b)
}

// mayJudge refuses a paper that shows outcomes which are hidden from the person who asks: a letter those of its
// dossier, a paper of a list those of the list, and the summary those of all lists.
func (s *Server) mayJudge(q *request, o papers.Order) error {
	if o.Kind != paper.Feedback {
		return s.mustHaveScored(q, o.Ruleset)
	}
	mine, err := s.listsOf(q.ctx(), q.person)
	if err == nil && mine.sees.hides(mine.whole[o.Dossier].ruleset, o.Dossier) {
		err = &problem{http.StatusForbidden, "error.blind", nil}
	}
	return err
}

// letter returns the order of a letter: about the dossier that is named or, if none is, about the only one of the
// unit. Nobody gets one about a dossier from which they are recused.
func (s *Server) letter(q *request, sees *visibility, o papers.Order) (papers.Order, error) {
	letters, err := papers.Letters(q.ctx(), s.w, o.Unit)
	if err != nil {
		return o, err
	}
	letters = slices.DeleteFunc(letters, func(l papers.Order) bool {
		return o.Dossier != "" && l.Dossier != o.Dossier || sees.of(l.Dossier, l.Unit)
	})
	if len(letters) != 1 {
		return o, notFound()
	}
	letters[0].Language = o.Language
	return letters[0], nil
}

// mediaTypes are what files that are sent are.
var mediaTypes = map[string]string{".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pdf": "application/pdf", ".csv": "text/csv; charset=utf-8", ".json": "application/json"}

// send sends a file to be kept.
func (s *Server) send(q *request, name string, b []byte) error {
	ext := name[max(0, len(name)-5):]
	for e, t := range mediaTypes {
		if len(name) > len(e) && name[len(name)-len(e):] == e {
			ext, _ = e, t
			q.w.Header().Set("Content-Type", t)
		}
	}
	if mediaTypes[ext] == "" {
		return errors.New("a file of an unknown type: " + ext)
	}
	q.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, err := q.w.Write(b)
	return err
}

// table is what a page shows, as rows of a sheet.
type table struct {
	head   []string // keys of texts
	widths []float64
	rows   [][]any
}

// wantsSheet reports whether the page was asked for as a workbook.
func wantsSheet(q *request) bool { return q.r.URL.Query().Get("as") == "xlsx" }

// sheet sends what a page shows as a workbook.
func (s *Server) sheet(q *request, name string, t table) error {
	head := make([]any, len(t.head))
	for i, k := range t.head {
		head[i] = s.texts.say(q.lang, k)
	}
	b, err := publish.Sheet(name, t.widths, head, t.rows)
	if err != nil {
		return err
	}
	return s.send(q, fileName(name)+".xlsx", b)
}

// listFiles are the names of the files of a list that can be downloaded.
func (s *Server) listFiles(ruleset string) []string {
	var out []string
	for _, ext := range []string{".xlsx", ".docx", ".csv", ".json"} {
		out = append(out, ruleset+ext)
	}
	return out
}

// file sends a file of a list: as the newest run published it, or, to a person who is recused from a part of it,
// without that part, and ranked and counted without it.
func (s *Server) file(q *request) error {
	f, err := s.listOf(q)
	if err != nil {
		return err
	}
	name := q.r.PathValue("file")
	if !slices.Contains(s.listFiles(f.Ruleset), name) {
		return notFound()
	}
	if err := s.mustHaveScored(q, f.Ruleset); err != nil {
		return err
	}
	sees, err := s.visibilityOf(q.ctx(), q.person)
	if err != nil {
		return err
	}
	if f, err = s.whole(q, f); err != nil {
		return err
	}
	seen := s.apart(f, sees.recusal)
	n := publish.Names{Env: s.w.Campaign().Env, Lang: s.w.Campaign().Env.Languages[0]}
	var b []byte
	switch name[len(f.Ruleset):] {
	case ".xlsx":
		b, err = seen.XLSX(n)
	case ".docx":
		b, err = seen.DOCX(n, s.w.Campaign().Title.In(s.w.Campaign().Env.Languages...))
	case ".csv":
		b, err = seen.CSV(n)
	default:
		b, err = seen.JSON()
	}
	if err != nil {
		return err
	}
	return s.send(q, name, b)
}
