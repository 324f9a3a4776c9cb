package committee

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/editions"
	"kheo/pipeline/extract"
	"kheo/pipeline/papers"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/review"
)

// printer converts papers to PDF, one at a time: LibreOffice is used by one caller only.
type printer struct {
	reduced bool // readers: { confinement: reduced }
	mu      sync.Mutex
	looked  bool
	office  *extract.Office
}

// find looks for LibreOffice once, and returns nil if it is not installed. If LibreOffice is installed later,
// kheo serve must be started again to find it.
func (p *printer) find(ctx context.Context) *extract.Office {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.looked {
		p.office, _ = extract.FindOffice(ctx, extract.Reduced(p.reduced)) // without it papers are Word documents only
		p.looked = true
	}
	return p.office
}

// print converts one paper, or returns an error if LibreOffice is not installed.
func (p *printer) print(ctx context.Context, docx []byte) ([]byte, error) {
	out, err := p.printAll(ctx, [][]byte{docx})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// printAll converts papers in one go, or returns an error if LibreOffice is not installed.
func (p *printer) printAll(ctx context.Context, docx [][]byte) ([][]byte, error) {
	office := p.find(ctx)
	if office == nil {
		return nil, page.Refuse(http.StatusNotImplemented, "error.no-pdf")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return office.PDF(ctx, docx)
}

// Index shows which papers can be made. A letter about a dossier from which the person is recused is not
// offered; Paper refuses it, too.
func (s *Papers) Index(q *page.Request) error {
	type made struct {
		Kind, Ruleset, Unit, Dossier, Title string
		About                               string // of a certificate
	}
	type group struct {
		Title  string
		Closed bool
		Papers []made
	}
	var out []group
	err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, rs := range s.site.W.Campaign().Rulesets {
			_, closed := st.Closed[rs.ID]
			g := group{Title: rs.Title.In(q.Lang, "en", "vi"), Closed: closed}
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
	orders, err := papers.Letters(q.Ctx(), s.site.W, "")
	if err != nil {
		return err
	}
	at, err := editions.Places(q.Ctx(), s.site.W)
	if err != nil {
		return err
	}
	sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	var letters []made
	for _, o := range orders {
		e := at[o.Dossier].Entry
		if e == nil || sees.Of(o.Dossier, o.Unit) {
			continue
		}
		title := e.Title
		if u := s.site.W.Campaign().Env.UnitByID(o.Unit); u != nil {
			title = u.Name + ": " + title
		}
		letters = append(letters, made{Kind: string(paper.Feedback), Unit: o.Unit, Dossier: o.Dossier,
			Title: title})
	}
	orders, _, err = Mailing{s, true}.ordersFor(q)
	if err != nil {
		return err
	}
	var certificates []made
	for _, o := range orders {
		certificates = append(certificates, made{Kind: string(o.Kind), Ruleset: o.Ruleset, Dossier: o.Dossier,
			Title: strings.TrimSpace(o.Number(s.site.W) + " " + o.Recipient(s.site.W)), About: o.About(s.site.W)})
	}
	s.site.Render(q, http.StatusOK, "papers", map[string]any{"Certificates": certificates,
		"CertificateJob": s.certificates.seen(q.Person.ID), "CertificateBlanks": papers.CertificateBlanks(s.site.W,
			orders, q.Lang), "Groups": out, "Letters": letters,
		"Summary": made{Kind: string(paper.Summary)}, "PDF": s.printer.find(q.Ctx()) != nil,
		"Job": s.letters.seen(q.Person.ID), "Blanks": papers.Blanks(s.site.W, q.Lang)})
	return nil
}

// mayHave reports whether a person may have a paper. Papers that show votes are for people who may see votes
// until the list is closed and, in a blind campaign, not for people who vote.
func (s *Papers) mayHave(q *page.Request, st *review.State, k paper.Kind, closed bool) bool {
	if closed || k == paper.Returns || k == paper.Decision {
		return true
	}
	return q.Person.May(review.SeeVotes) && !(st.Settings.Blind && q.Person.May(review.CastVote))
}

// Paper makes one paper, as a Word document or as PDF. Every check of Index is made again, because the address
// of a paper can be typed.
func (s *Papers) Paper(q *page.Request) error {
	get := q.R.URL.Query()
	o := papers.Order{Kind: paper.Kind(get.Get("paper")), Ruleset: get.Get("ruleset"),
		Unit: get.Get("unit"), Dossier: get.Get("dossier"), Language: q.Lang}
	if o.Kind == paper.Certificate {
		return s.certificate(q, o)
	}
	if !o.Kind.Known() || o.Kind.OfList() != (o.Ruleset != "") ||
		(o.Kind == paper.Feedback) != (o.Unit != "") || o.Ruleset != "" &&
		s.site.Ruleset(o.Ruleset) == nil || o.Unit != "" && s.site.W.Campaign().Env.UnitByID(o.Unit) == nil {
		return page.NotFound()
	}
	// In this order: whether the address names a paper at all, which dossier a letter is about, whether the paper is
	// open to the person's roles yet, whether it shows outcomes that the person has to score blind, and last what is
	// left out of it.
	sees, err := s.lists.VisibilityOf(q.Ctx(), q.Person)
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
	if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		_, closed := st.Closed[o.Ruleset]
		may, o.NoHash = s.mayHave(q, st, o.Kind, closed), !access.MayHash(q.Person, st, sees)
		return nil
	}); err != nil {
		return err
	}
	if !may && o.Kind.OfList() {
		return page.Refuse(http.StatusForbidden, "error.not-closed")
	}
	if err := s.mayJudge(q, o); err != nil {
		return err
	}
	if !sees.None() {
		o.Hidden = func(dossier, unit string) bool { return sees.Of(dossier, unit) }
	}
	return s.send(q, o)
}

// certificate makes the certificate of one entry, if the person may have it.
func (s *Papers) certificate(q *page.Request, o papers.Order) error {
	orders, _, err := Mailing{s, true}.ordersFor(q)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(orders, func(x papers.Order) bool { return x.Ruleset == o.Ruleset && x.Dossier == o.Dossier })
	if i < 0 {
		return page.NotFound()
	}
	return s.send(q, orders[i])
}

// Certificate is the certificate of an entry of a closed list.
type Certificate struct {
	Ruleset, Dossier, Unit, Recipient, Number string
	order                                     papers.Order
}

// Certificates returns the certificates that the person may have.
func (s *Papers) Certificates(q *page.Request) ([]Certificate, error) {
	orders, _, err := Mailing{s, true}.ordersFor(q)
	var out []Certificate
	for _, o := range orders {
		out = append(out, Certificate{o.Ruleset, o.Dossier, o.Unit, o.Recipient(s.site.W), o.Number(s.site.W), o})
	}
	return out, err
}

// CertificateOf makes one certificate, as a Word document or as PDF, and returns its file name.
func (s *Papers) CertificateOf(q *page.Request, ruleset, dossier string, pdf bool) (name string, b []byte, err error) {
	all, err := s.Certificates(q)
	if err != nil {
		return "", nil, err
	}
	i := slices.IndexFunc(all, func(c Certificate) bool { return c.Ruleset == ruleset && c.Dossier == dossier })
	if i < 0 {
		return "", nil, page.NotFound()
	}
	if b, err = papers.Make(q.Ctx(), s.site.W, all[i].order); err != nil || !pdf {
		return all[i].order.FileName() + ".docx", b, err
	}
	b, err = s.printer.print(q.Ctx(), b)
	return all[i].order.FileName() + ".pdf", b, err
}

// AllCertificates makes all certificates that the person may have, as Word documents in one archive. The caller drops
// it.
func (s *Papers) AllCertificates(q *page.Request) (*Archive, error) {
	m := Mailing{s, true}
	orders, left, err := m.ordersFor(q)
	if err != nil {
		return nil, err
	}
	if len(orders) == 0 {
		return nil, page.Refuse(http.StatusConflict, "letters.none")
	}
	names, err := s.letterNames(q, orders)
	if err != nil {
		return nil, err
	}
	a, err := newArchive(filepath.Join(s.site.W.Dir, "var"), s.site.W.Campaign().ID+"-certificates.zip",
		func(io.Writer) error { return nil })
	if err != nil {
		return nil, err
	}
	j := &lettersJob{Total: len(orders), Left: left, orders: orders, file: a.file}
	if err := m.writeLetters(q.Ctx(), j, names); err != nil {
		a.Drop()
		return nil, err
	}
	a.size = j.Bytes
	return a, nil
}

// send sends one paper, as a Word document or as PDF.
func (s *Papers) send(q *page.Request, o papers.Order) error {
	b, err := papers.Make(q.Ctx(), s.site.W, o)
	if err != nil {
		return err
	}
	if q.R.URL.Query().Get("as") == "pdf" {
		if b, err = s.printer.print(q.Ctx(), b); err != nil {
			return err
		}
		return s.site.Send(q, o.FileName()+".pdf", b)
	}
	return s.site.Send(q, o.FileName()+".docx", b)
}

// mayJudge refuses a paper that shows outcomes which are hidden from the person who asks: a letter those of its
// dossier, a paper of a list those of the list, and the summary those of all lists.
func (s *Papers) mayJudge(q *page.Request, o papers.Order) error {
	if o.Kind != paper.Feedback {
		return s.lists.MustHaveScored(q, o.Ruleset)
	}
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err == nil && mine.Sees.Hides(mine.Whole[o.Dossier].Ruleset, o.Dossier) {
		err = page.Refuse(http.StatusForbidden, "error.blind")
	}
	return err
}

// letter returns the order of a letter: about the dossier that is named or, if none is, about the only one of
// the unit. There is none about a dossier from which the person is recused.
func (s *Papers) letter(q *page.Request, sees *access.Visibility, o papers.Order) (papers.Order,
	error) {
	letters, err := papers.Letters(q.Ctx(), s.site.W, o.Unit)
	if err != nil {
		return o, err
	}
	letters = slices.DeleteFunc(letters, func(l papers.Order) bool {
		return o.Dossier != "" && l.Dossier != o.Dossier || sees.Of(l.Dossier, l.Unit)
	})
	if len(letters) != 1 {
		return o, page.NotFound()
	}
	letters[0].Language = o.Language
	return letters[0], nil
}
