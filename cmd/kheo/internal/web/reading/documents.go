package reading

import (
	"errors"
	"net/http"
	"slices"
	"sort"
	"strconv"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/review"
)

// Text shows a page of a document: its image, its text beside it, and on both the passages that the assessment
// quotes. Submitters see the text without marks, because marks would reveal the assessment.
func (s *Room) Text(q *page.Request) error {
	d, x, err := s.documentOf(q)
	if err != nil {
		return err
	}
	get := q.R.URL.Query()
	number, _ := strconv.Atoi(get.Get("page"))
	k := slices.IndexFunc(x.Pages, func(p dossier.Page) bool { return p.Number == number })
	if k < 0 {
		return page.NotFound()
	}
	p := &x.Pages[k]
	var marks [][2]int
	if a, err := s.site.W.Store.Assessments.Get(q.Ctx(), d.ID); err != nil {
		return err
	} else if a != nil && q.Person.May(review.See) {
		marks = quotes(a, x.Name, number)
	}
	data := map[string]any{"D": d, "Doc": x, "P": p}
	if k > 0 {
		data["Prev"] = x.Pages[k-1].Number
	}
	if k+1 < len(x.Pages) {
		data["Next"] = x.Pages[k+1].Number
	}
	text := []rune(p.Text)
	if err := s.showImage(q, x, p, text, marks, data); err != nil {
		return err
	}
	if len(text) > maxShown {
		text, data["Cut"] = text[:maxShown], true
	}
	data["Text"] = page.Marked(string(text), marks)
	s.site.Render(q, http.StatusOK, "text", data)
	return nil
}

// maxShown is how many code points of a page are shown.
const maxShown = 40_000

// showImage adds the image of a page with the places of its quotes. Documents that LibreOffice prints have page
// numbers of their own: the requested page is shown, or the first with a quote. marks are ranges of text in
// code points; a range beyond the text is skipped. Nothing is added to data if the document cannot be shown as
// an image.
func (s *Room) showImage(q *page.Request, x *dossier.Document, p *dossier.Page, text []rune, marks [][2]int,
	data map[string]any) error {
	var quotes []string
	for _, m := range marks {
		if m[1] <= len(text) {
			quotes = append(quotes, string(text[m[0]:m[1]]))
		}
	}
	at, own := p.Number, extract.Viewable(x.Type)
	if asked, err := strconv.Atoi(q.R.URL.Query().Get("image")); err == nil && !own {
		at = asked
	}
	v, err := s.images.ViewOf(q, x, at)
	if err != nil || v == nil {
		return err
	}
	on := func(v *extract.View) (found []extract.Mark) {
		for _, quote := range quotes {
			found = append(found, v.Marks(quote)...)
		}
		return found
	}
	found := on(v)
	for next := 1; !own && len(found) == 0 && q.R.URL.Query().Get("image") == "" && next <= min(v.Pages,
		maxTried); next++ {
		if other, err := s.images.ViewOf(q, x, next); err != nil {
			return err
		} else if other != nil {
			if m := on(other); len(m) > 0 {
				v, at, found = other, next, m
			}
		}
	}
	data["Image"], data["View"], data["Marks"] = at, v, found
	if !own && v.Pages > 1 {
		data["Images"] = v.Pages
		if at > 1 {
			data["ImageBefore"] = at - 1
		}
		if at < v.Pages {
			data["ImageAfter"] = at + 1
		}
	}
	return nil
}

// maxTried is how many printed pages are searched for a quote. Each must be rendered for it, which takes longer
// than all the rest of the page.
const maxTried = 8

// quotes returns the ranges of a page (code points, half-open) that an assessment quotes, in order and merged
// if they overlap. Ranges that only touch stay two, so that two quotes are not read as one.
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
	sort.Slice(all, func(i, k int) bool { return all[i][0] < all[k][0] })
	var out [][2]int
	for _, m := range all {
		if n := len(out); n > 0 && m[0] < out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], m[1])
			continue
		}
		out = append(out, m)
	}
	return out
}

// Picture sends the image of a page of a document.
func (s *Room) Picture(q *page.Request) error {
	_, doc, err := s.documentOf(q)
	if err != nil {
		return err
	}
	page, _ := strconv.Atoi(q.R.URL.Query().Get("image"))
	return s.images.Image(q, doc, page)
}

// documentOf returns the document that the query names, of the dossier in the path. It checks what the person
// may see: a dossier from which the person is recused is not found. The name is compared with those of the
// dossier and never used as a path.
func (s *Room) documentOf(q *page.Request) (*access.Seen, *dossier.Document, error) {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return nil, nil, err
	}
	if d.Tie != nil {
		return nil, nil, page.NotFound()
	}
	_, doc, err := s.site.W.Load(q.Ctx(), d.ID)
	if err != nil || doc == nil {
		return nil, nil, errors.Join(err, page.NotFoundWhere(doc == nil))
	}
	for i := range doc.Documents {
		if doc.Documents[i].Name == q.R.URL.Query().Get("doc") {
			return d, &doc.Documents[i], nil
		}
	}
	return nil, nil, page.NotFound()
}
