package checking

import (
	"errors"
	"net/http"
	"net/url"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/evidence"
	"kheo/pipeline/review"
	"kheo/rules"
)

// withdrawn is what a form sends to take the person's own verdict back.
const withdrawn = "none"

// Judge records what a person says of a piece of evidence: right, wrong, or that it cannot be told; or takes
// back what the person said. Unlike other actions on a dossier it does not ask what others did since the page
// was made, because people judge independently of one another. From the queue it returns at once; from the
// page of a dossier, when the list was published again.
func (s *Room) Judge(q *page.Request) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	if d.Tie != nil { // before anything is compared with papers that the person must not know
		return &review.Refusal{Code: "aside", Why: d.Tie.Reason}
	}
	j, err := judgementOf(q)
	if err != nil {
		return err
	}
	b, err := pipeline.NewBench(q.Ctx(), s.site.W, d.ID)
	if errors.Is(err, pipeline.ErrUnassessed) {
		return page.NotFound()
	}
	if err != nil {
		return err
	}
	done, err := b.Judge(q.Ctx(), s.site.W, j)
	var wrong *rules.ValueError
	if errors.As(err, &wrong) { // its paper was replaced, or the rules no longer ask for it
		return page.Refuse(http.StatusNotFound, "evidence.gone")
	}
	if err != nil {
		return err
	}
	if q.Form("quick") != "" {
		return s.site.Back(q, q.From(queuePath), "")
	}
	if err := s.site.PublishAgain(q); err != nil {
		return err
	}
	back := q.From("/dossiers/" + d.ID)
	undo := url.Values{"piece": {j.Piece}, "verdict": {wasVerdict(q)}, "back": {back}}
	s.site.Undoable(q, q.R.URL.Path, undo)
	title := s.site.Texts.Say(q.Lang, "done.judged")
	if d.Entry == nil || d.Entry.Hidden { // the points must not be known yet
		return s.site.Back(q, back, "done.fact", title)
	}
	return s.site.TellChange(q, back, title, done)
}

// judgementOf reads the form of a verdict. A piece is named by its whole id: the beginning of one is for the
// command line.
func judgementOf(q *page.Request) (pipeline.Judgement, error) {
	j := pipeline.Judgement{Piece: q.Form("piece"), Why: q.Form("reason"), Person: q.Person.ID}
	if len(j.Piece) != pieceIDLength {
		return j, page.NotFound()
	}
	if q.Form("verdict") == withdrawn {
		return j, nil
	}
	kind, ok := dossier.ParseVerdict(q.Form("verdict"))
	if !ok {
		return j, page.Refuse(http.StatusBadRequest, "refused.verdict")
	}
	j.Verdict = kind
	return j, nil
}

// pieceIDLength is the length of dossier.PieceKey.ID.
const pieceIDLength = 12

// wasVerdict returns the verdict that undoing gives again: that which the form says the person gave before.
func wasVerdict(q *page.Request) string {
	if kind, ok := dossier.ParseVerdict(q.Form("was")); ok {
		return string(kind)
	}
	return withdrawn
}

// Clip sends the part of a page's image that shows a piece of evidence. The page that shows the piece does
// not wait for it: printing an Office document takes seconds.
func (s *Room) Clip(q *page.Request) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	if d.Tie != nil {
		return page.NotFound()
	}
	p, err := s.pieceOf(q, d)
	if err != nil {
		return err
	}
	_, doc, err := s.site.W.Load(q.Ctx(), d.ID)
	if err != nil || doc == nil {
		return errors.Join(err, page.NotFoundWhere(doc == nil))
	}
	x, _ := placeOf(doc, p)
	if x == nil {
		return page.NotFound()
	}
	sheet, err := s.images.SheetOf(q, x, p.Page, 0, []string{p.Quote})
	if err != nil || sheet == nil {
		return errors.Join(err, page.NotFoundWhere(sheet == nil))
	}
	clip, err := sheet.Clip()
	return images.Send(q, clip, err)
}

// pieceOf returns the piece of a dossier's evidence that the query names, as its last assessment has it.
func (s *Room) pieceOf(q *page.Request, d *access.Seen) (*evidence.Piece, error) {
	a, err := s.site.W.Store.Assessments.Get(q.Ctx(), d.ID)
	if err != nil || a == nil {
		return nil, errors.Join(err, page.NotFoundWhere(a == nil))
	}
	rs := s.site.Ruleset(a.Ruleset)
	if rs == nil {
		return nil, page.NotFound()
	}
	var p *evidence.Piece
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		p = evidence.Find(evidence.Of(st, rs, a), q.R.URL.Query().Get("piece"))
		return nil
	})
	return p, errors.Join(err, page.NotFoundWhere(err == nil && p == nil))
}

// placeOf returns the document and the page that a piece of evidence is on; nil if the dossier does not have
// them.
func placeOf(d *dossier.Dossier, p *evidence.Piece) (*dossier.Document, *dossier.Page) {
	for i := range d.Documents {
		x := &d.Documents[i]
		if x.Name != p.Document || x.SHA256 != p.SHA256 {
			continue
		}
		for k := range x.Pages {
			if x.Pages[k].Number == p.Page {
				return x, &x.Pages[k]
			}
		}
	}
	return nil, nil
}
