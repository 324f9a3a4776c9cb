package desk

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/images"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/review"
)

// shelf is the papers of a dossier as one side of its workbench shows them, with one page of one document open.
type shelf struct {
	ID       string
	Docs     []tab
	Doc      *dossier.Document // nil if the dossier has no page of text
	P        *dossier.Page
	At, Of   int // the page is which of how many
	Before   string
	After    string
	Thumbs   []thumb
	Picture  string // the image of the page; "" if it cannot be shown as one
	Printed  bool   // pages of the image are those that LibreOffice prints
	Image    int    // which of them was asked for; 0 is the one with the passage
	Text     template.HTML
	Cut      bool
	Find     string // what is looked for in the papers
	Found    []found
	More     bool   // it is on more pages than Found
	Show     string // of shows
	Views    []view
	IsChosen bool // a passage was asked for
}

// tab is a document of a dossier; Href leads to its first page, and is "" if it has none.
type tab struct {
	Name, Href string
	Pages      int
	IsUnread   bool
	IsCurrent  bool
}

// thumb is a page of the open document as a small image.
type thumb struct {
	Number    int
	Href, Src string
	IsCurrent bool
}

// found is a page on which something was found.
type found struct {
	foundOn
	Href string
}

// view is a way to show a page; Name is one of shows.
type view struct {
	Name, Href string
	IsCurrent  bool
}

// shows are the ways to show a page: its image with its text, or one of them.
var shows = []string{"both", "image", "text"}

// maxShown is how many code points of a page are shown.
const maxShown = 40_000

// maxThumbs is how many thumbnails are shown, those of the pages around the open one.
const maxThumbs = 24

// asked is the passage that a request is about. Every field may be empty.
type asked struct {
	doc         string
	page, image int
	start, end  int // a half-open range of code points of the page
	find        []string
	show        string
}

// askedBy reads what a request is about.
func askedBy(get url.Values) asked {
	number := func(name string) int { n, _ := strconv.Atoi(get.Get(name)); return n }
	return asked{get.Get("doc"), number("page"), number("image"), number("start"), number("end"), get["find"],
		get.Get("show")}
}

// link returns a link to a page of the papers of a dossier, with what was looked for and how pages are shown.
func (a *asked) link(id, document string, number int) string {
	to := page.Place(id, document, number, 0, 0)
	more := url.Values{}
	if len(a.find) > 0 {
		more["find"] = a.find[:min(len(a.find), maxPhrases)]
	}
	if a.show != "" {
		more.Set("show", a.show)
	}
	if len(more) > 0 {
		to += "&" + more.Encode()
	}
	return to
}

// Text shows a page of a document: its image, its text beside it, and on both the passages that the assessment
// quotes. For people who see the assessment it is the workbench of the dossier; with part=papers only that side of
// it. Submitters see the page without marks, because marks would reveal the assessment.
func (s *Room) Text(q *page.Request) error {
	d, x, whole, err := s.documentOf(q)
	if err != nil {
		return err
	}
	want := askedBy(q.R.URL.Query())
	if !slices.ContainsFunc(x.Pages, func(p dossier.Page) bool { return p.Number == want.page }) {
		if !q.R.URL.Query().Has("jump") || len(x.Pages) == 0 { // a number that a person typed leads to a page there is
			return page.NotFound()
		}
		want.page = x.Pages[max(0, min(want.page, len(x.Pages))-1)].Number
	}
	sees := q.Person.May(review.See)
	if sees && q.R.URL.Query().Get("part") == "" {
		return s.workbench(q, d, want)
	}
	papers, err := s.shelfOf(q, d, whole, want)
	if err != nil {
		return err
	}
	name := "text"
	if sees {
		name = "papers-only"
	}
	s.site.Render(q, http.StatusOK, name, map[string]any{"D": d, "Papers": papers})
	return nil
}

// shelfOf returns the papers of a dossier with the page open that is wanted. Without one it is the first page
// with evidence, and otherwise the first page there is.
func (s *Room) shelfOf(q *page.Request, d *access.Seen, whole *dossier.Dossier, want asked) (*shelf, error) {
	// Without an assessment nothing is marked, which is what submitters get.
	var a *dossier.Assessment
	if q.Person.May(review.See) {
		var err error
		if a, err = s.site.W.Store.Assessments.Get(q.Ctx(), d.ID); err != nil {
			return nil, err
		}
	}
	out := &shelf{ID: d.ID, Show: want.show}
	if !slices.Contains(shows, want.show) {
		want.show, out.Show = "", shows[0]
	}
	out.Doc, out.P = openAt(whole, a, want)
	if len(want.find) > 0 {
		out.Find = joined(want.find)
		hits, _, more := findAll(whole.Documents, phrases(want.find))
		out.More = more
		for _, h := range hits {
			out.Found = append(out.Found, found{h, want.link(d.ID, h.Document, h.Page) + "#" + page.HereID})
		}
	}
	for i := range whole.Documents {
		x := &whole.Documents[i]
		t := tab{Name: x.Name, Pages: len(x.Pages), IsUnread: x.Error != "", IsCurrent: x == out.Doc}
		if len(x.Pages) > 0 {
			t.Href = want.link(d.ID, x.Name, x.Pages[0].Number)
		}
		out.Docs = append(out.Docs, t)
	}
	if out.P != nil {
		s.openPage(q, out, a, want)
	}
	return out, nil
}

// joined returns phrases as one line, as the field for them shows it.
func joined(list []string) string {
	out := ""
	for _, p := range list[:min(len(list), maxPhrases)] {
		if p = page.UpTo(page.PlainText(p), maxPhrase); p != "" && out != "" {
			out += " "
		}
		out += p
	}
	return out
}

// openAt returns the document and the page that are wanted; nil if the dossier has no page.
func openAt(d *dossier.Dossier, a *dossier.Assessment, want asked) (*dossier.Document, *dossier.Page) {
	if want.doc == "" && a != nil {
		for i := range a.Criteria {
			for _, e := range a.Criteria[i].Evidence {
				if x, p := pageOf(d, e.Document, e.Page); p != nil {
					return x, p
				}
			}
		}
	}
	if x, p := pageOf(d, want.doc, want.page); p != nil {
		return x, p
	}
	for i := range d.Documents {
		if x := &d.Documents[i]; len(x.Pages) > 0 {
			return x, &x.Pages[0]
		}
	}
	return nil, nil
}

// pageOf returns a page of a document by their name and number; nil if the dossier does not have them.
func pageOf(d *dossier.Dossier, name string, number int) (*dossier.Document, *dossier.Page) {
	for i := range d.Documents {
		for k := range d.Documents[i].Pages {
			if x := &d.Documents[i]; x.Name == name && x.Pages[k].Number == number {
				return x, &x.Pages[k]
			}
		}
	}
	return nil, nil
}

// openPage adds the page that is open: its text with marks, its image, and what is around it.
func (s *Room) openPage(q *page.Request, out *shelf, a *dossier.Assessment, want asked) {
	x, p := out.Doc, out.P
	k := slices.IndexFunc(x.Pages, func(y dossier.Page) bool { return y.Number == p.Number })
	out.At, out.Of = k+1, len(x.Pages)
	if k > 0 {
		out.Before = want.link(out.ID, x.Name, x.Pages[k-1].Number)
	}
	if k+1 < len(x.Pages) {
		out.After = want.link(out.ID, x.Name, x.Pages[k+1].Number)
	}
	m := marksOn(p, x.Name, a, want)
	text := []rune(p.Text)
	out.Cut, out.IsChosen = len(text) > maxShown, len(m.chosen) > 0
	out.Text = page.Structured(p, m.painted(min(len(text), maxShown)), maxShown, s.site.Texts.Say(q.Lang, "text.doubt"))
	for _, name := range shows {
		w := want
		w.show = name
		to := w.link(out.ID, x.Name, p.Number)
		if want.end > want.start {
			to += "&start=" + strconv.Itoa(want.start) + "&end=" + strconv.Itoa(want.end)
		}
		out.Views = append(out.Views, view{name, to, name == out.Show})
	}
	// Names cannot be masked in an image.
	if q.HidesNames || !s.images.Shows(x) {
		out.Show, out.Views = "text", nil
		return
	}
	out.Printed, out.Image = !extract.Viewable(x.Type), want.image
	out.Picture = pictureLink(out.ID, x.Name, p.Number, want)
	if out.Printed || len(x.Pages) < 2 {
		return
	}
	from := max(0, min(k-maxThumbs/2, len(x.Pages)-maxThumbs))
	for i := from; i < min(len(x.Pages), from+maxThumbs); i++ {
		n := x.Pages[i].Number
		out.Thumbs = append(out.Thumbs, thumb{n, want.link(out.ID, x.Name, n),
			"/dossiers/" + out.ID + "/picture?" + url.Values{"doc": {x.Name}, "page": {strconv.Itoa(n)},
				"thumb": {"yes"}}.Encode(), i == k})
	}
}

// pictureLink returns where the image of a page comes from, with what is marked on it.
func pictureLink(id, document string, number int, want asked) string {
	v := url.Values{"doc": {document}, "page": {strconv.Itoa(number)}}
	if want.end > want.start {
		v.Set("start", strconv.Itoa(want.start))
		v.Set("end", strconv.Itoa(want.end))
	}
	if want.image > 0 {
		v.Set("image", strconv.Itoa(want.image))
	}
	if len(want.find) > 0 {
		v["find"] = want.find[:min(len(want.find), maxPhrases)]
	}
	return "/dossiers/" + id + "/picture?" + v.Encode()
}

// marks are the passages of a page that are marked: half-open ranges of code points.
type marks struct {
	text                  []rune
	quoted, found, chosen [][2]int
}

// marksOn returns what is marked on a page: what the assessment quotes, what is looked for, and the passage that
// was asked for. Without an assessment nothing is marked but what is looked for.
func marksOn(p *dossier.Page, document string, a *dossier.Assessment, want asked) marks {
	m := marks{text: []rune(p.Text)}
	if a != nil {
		m.quoted = quotes(a, document, p.Number)
		if want.start >= 0 && want.start < want.end && want.end <= len(m.text) {
			m.chosen = [][2]int{{want.start, want.end}}
		}
	}
	if of := phrases(want.find); len(of) > 0 {
		if m.found = findIn(p.Text, of); len(m.found) == 0 {
			m.found = findIn(p.Text, apart(of))
		}
	}
	return m
}

// painted returns the marks of the first n code points of the text. If they overlap, the passage that was asked
// for is above what was found, and that above what is quoted. What the page was opened for comes first of all: the
// passage, or the first that was found.
func (m *marks) painted(n int) (out []page.Mark) {
	// Marks must not overlap in HTML, so the layers are flattened: each code point belongs to the range that was
	// painted last.
	over := make([]int32, n) // which range is on top of each code point, from 1
	var classes []string
	for _, layer := range []struct {
		of    [][2]int
		class string
	}{{m.quoted, "pale"}, {m.found, "sought"}, {m.chosen, "chosen"}} {
		for _, r := range layer.of {
			classes = append(classes, layer.class)
			for i := max(0, r[0]); i < min(n, r[1]); i++ {
				over[i] = int32(len(classes))
			}
		}
	}
	first := "chosen"
	if len(m.chosen) == 0 {
		first = "sought"
	}
	isOpen := len(m.chosen)+len(m.found) > 0
	for i := 0; i < n; {
		from, of := i, over[i]
		for i < n && over[i] == of {
			i++
		}
		if of > 0 {
			c := classes[of-1]
			out = append(out, page.Mark{From: from, To: i, Class: c, First: isOpen && c == first})
			isOpen = isOpen && c != first
		}
	}
	return out
}

// in returns the text of ranges, without those that reach beyond the page.
func (m *marks) in(of [][2]int) (out []string) {
	for _, r := range of {
		if r[0] >= 0 && r[1] <= len(m.text) {
			out = append(out, string(m.text[r[0]:r[1]]))
		}
	}
	return out
}

// quotes returns the ranges of a page (code points, half-open) that an assessment quotes, in order and merged
// if they overlap.
func quotes(a *dossier.Assessment, doc string, page int) [][2]int {
	var all [][2]int
	add := func(list ...dossier.Source) {
		for _, e := range list {
			if e.Document == doc && e.Page == page && e.End > e.Start {
				all = append(all, [2]int{e.Start, e.End})
			}
		}
	}
	for _, c := range a.Criteria {
		add(c.Evidence...)
	}
	for _, f := range a.Facts {
		add(f.Source)
		for _, r := range f.Rivals {
			add(r.Source)
		}
	}
	return merged(all)
}

// Picture sends the image of a page of a document, with the same marks as its text; with thumb=yes as a small
// image without marks, and with as=marks where the marks are, as JSON.
func (s *Room) Picture(q *page.Request) error {
	d, doc, whole, err := s.documentOf(q)
	if err != nil {
		return err
	}
	get := q.R.URL.Query()
	want := askedBy(get)
	_, p := pageOf(whole, doc.Name, want.page)
	if get.Get("thumb") != "" || p == nil || get.Has("image") && want.image < 1 {
		number := want.page
		if get.Has("image") {
			number = want.image
		}
		v, err := s.images.ViewOf(q, doc, number)
		if err != nil || v == nil {
			return errors.Join(err, page.NotFoundWhere(v == nil))
		}
		if get.Get("thumb") == "" {
			return images.Send(q, v.JPEG, nil)
		}
		small, err := images.Thumb(v)
		return images.Send(q, small, err)
	}
	sheet, err := s.sheetOf(q, d, doc, p, want)
	if err != nil || sheet == nil {
		return errors.Join(err, page.NotFoundWhere(sheet == nil))
	}
	if get.Get("as") == "marks" {
		return sendMarks(q, sheet)
	}
	image, err := sheet.Whole()
	return images.Send(q, image, err)
}

// sheetOf returns the image of a page with its marks; nil if it cannot be shown as one.
func (s *Room) sheetOf(
	q *page.Request, d *access.Seen, doc *dossier.Document, p *dossier.Page, want asked,
) (*images.Sheet, error) {
	var a *dossier.Assessment
	if q.Person.May(review.See) {
		var err error
		if a, err = s.site.W.Store.Assessments.Get(q.Ctx(), d.ID); err != nil {
			return nil, err
		}
	}
	m := marksOn(p, doc.Name, a, want)
	chosen := m.chosen
	if len(chosen) == 0 {
		chosen = m.found
	}
	number := p.Number
	if extract.Viewable(doc.Type) && want.image > 0 {
		number = want.image
	}
	return s.images.PageOf(q, doc, number, want.image, m.in(chosen), m.in(m.quoted))
}

// sendMarks sends where the first mark of an image is, as a part of its height, which of the printed pages it is,
// and how many there are: what the script of the page needs to show it.
func sendMarks(q *page.Request, sheet *images.Sheet) error {
	type place struct {
		Image int     `json:"image"`
		Pages int     `json:"pages"`
		At    float64 `json:"at"` // 0 without a mark
	}
	out := place{Image: sheet.Number, Pages: sheet.Pages}
	for _, m := range slices.Concat(sheet.Marks, sheet.Pale)[:min(1, len(sheet.Marks)+len(sheet.Pale))] {
		out.At = float64(m.Y) / float64(max(1, sheet.Height))
	}
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "application/json")
	_, err = q.W.Write(b)
	return err
}

// documentOf returns the document that the query names, of the dossier in the path. It checks what the person
// may see: a dossier from which the person is recused is not found. The name is compared with those of the
// dossier and never used as a path.
func (s *Room) documentOf(q *page.Request) (*access.Seen, *dossier.Document, *dossier.Dossier, error) {
	return s.DocumentNamed(q, q.R.PathValue("dossier"), q.R.URL.Query().Get("doc"))
}

// DocumentNamed returns a document of a dossier by their names, and the dossier, unless the person is recused.
func (s *Room) DocumentNamed(
	q *page.Request, id, name string,
) (*access.Seen, *dossier.Document, *dossier.Dossier, error) {
	d, err := s.lists.See(q, id)
	if err != nil {
		return nil, nil, nil, err
	}
	if d.Tie != nil {
		return nil, nil, nil, page.NotFound()
	}
	_, doc, err := s.site.W.Load(q.Ctx(), d.ID)
	if err != nil || doc == nil {
		return nil, nil, nil, errors.Join(err, page.NotFoundWhere(doc == nil))
	}
	for i := range doc.Documents {
		if doc.Documents[i].Name == name {
			return d, &doc.Documents[i], doc, nil
		}
	}
	return nil, nil, nil, page.NotFound()
}
