package web

import (
	"net/http"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/docs"
)

// helpIndex lists the pages of the manual.
func (s *Server) helpIndex(q *page.Request) error {
	s.site.Render(q, http.StatusOK, "help", map[string]any{"Title": s.site.Texts.Say(q.Lang, "help.title"),
		"Pages": docs.Pages()})
	return nil
}

// helpPage shows one page of the manual, in English in every language of the pages.
func (s *Server) helpPage(q *page.Request) error {
	if picture, ok := docs.Picture(q.R.PathValue("topic")); ok {
		q.W.Header().Set("Content-Type", "image/png")
		_, err := q.W.Write(picture)
		return err
	}
	doc, ok := docs.Find(q.R.PathValue("topic"))
	if !ok {
		return page.NotFound()
	}
	html, err := doc.HTML()
	if err != nil {
		return err
	}
	s.site.Render(q, http.StatusOK, "help", map[string]any{"Title": doc.Title, "English": true, "Text": html})
	return nil
}
