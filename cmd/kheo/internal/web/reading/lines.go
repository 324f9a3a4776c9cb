package reading

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/index"
	"kheo/internal/text"
	"kheo/internal/text/query"
	"kheo/pipeline/search"
)

// Bounds of a search for many lines: lines, code points of one, and hits of each that are shown.
const (
	maxLines    = 300
	maxLineText = 200
	maxLineHits = 5
)

// line is one line that was searched for, with what was found.
type line struct {
	Text   string
	Total  int
	Folded bool // found only without regard to diacritics
	Hits   []hit
	More   int
}

// LinesPage shows the form for a search for many lines, such as a list of names.
func (s *Room) LinesPage(q *page.Request) error {
	s.site.Render(q, http.StatusOK, "lines", map[string]any{"MaxLines": maxLines, "Text": ""})
	return nil
}

// Lines searches for each line of a list as a phrase, and shows where each is, and which are nowhere. A line is first
// looked for as it is spelt; only if that finds nothing, without regard to diacritics, which the table says.
func (s *Room) Lines(q *page.Request) error {
	var asked []string
	for l := range strings.Lines(q.Form("lines")) {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			asked = append(asked, l)
		}
	}
	switch {
	case len(asked) == 0:
		return page.Refuse(http.StatusBadRequest, "error.lines-none")
	case len(asked) > maxLines:
		return page.Refuse(http.StatusBadRequest, "error.lines-many", len(asked), maxLines)
	}
	hidden, err := s.lists.HiddenFrom(q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(q.Ctx(), searchTime)
	defer cancel()
	var out []line
	nowhere := 0
	for _, l := range asked {
		x, err := s.line(ctx, q, page.UpTo(l, maxLineText), hidden)
		if errors.Is(err, context.DeadlineExceeded) {
			return page.Refuse(http.StatusServiceUnavailable, "error.slow")
		}
		if err != nil {
			return err
		}
		if x.Total == 0 {
			nowhere++
		}
		out = append(out, *x)
	}
	if page.WantsSheet(q) {
		return s.linesSheet(q, out)
	}
	s.site.Render(q, http.StatusOK, "lines", map[string]any{"MaxLines": maxLines, "Lines": out, "Nowhere": nowhere,
		"Text": strings.Join(asked, "\n")})
	return nil
}

// line searches for one line.
func (s *Room) line(ctx context.Context, q *page.Request, l string, hidden index.Hidden) (*line, error) {
	out := &line{Text: l}
	term := query.Term{Quoted: true}
	for _, t := range text.Terms(l) {
		term.Words = append(term.Words, t.Exact)
	}
	if len(term.Words) == 0 {
		return out, nil
	}
	for _, exact := range []bool{true, false} {
		term.Exact = exact
		res, err := search.Find(ctx, s.site.W, term.String(), index.How{Limit: maxLineHits, Hidden: hidden}, nil)
		var wrong *query.Error
		if errors.As(err, &wrong) { // too long to be asked for
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if res.Total == 0 || res.Instead != "" {
			continue
		}
		out.Total, out.Folded = res.Total, !exact
		out.Hits, err = s.found(q, res)
		out.More = res.Total - len(out.Hits)
		return out, err
	}
	return out, nil
}

// linesSheet sends what was found as a workbook, with one row for each line and dossier.
func (s *Room) linesSheet(q *page.Request, lines []line) error {
	t := page.Table{Head: []string{"lines.line", "lines.found", "dossier", "number", "unit", "documents", "page",
		"source"}, Widths: []float64{36, 9, 44, 40, 24, 34, 8, 100}}
	for _, l := range lines {
		if len(l.Hits) == 0 {
			t.Rows = append(t.Rows, []any{l.Text, 0, "", "", "", "", "", ""})
		}
		for _, h := range l.Hits {
			t.Rows = append(t.Rows, []any{l.Text, l.Total, h.Title, h.Dossier, h.UnitName, h.Document, h.Page,
				h.Snippet})
		}
	}
	return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "lines.title"), t)
}
