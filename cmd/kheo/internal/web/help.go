package web

import (
	"net/http"

	"kheo/docs"
)

// helpIndex lists the pages of the manual.
func (s *Server) helpIndex(q *request) error {
	s.render(q, http.StatusOK, "help", map[string]any{"Title": s.texts.say(q.lang, "help.title"), "Pages": docs.Pages()})
	return nil
}

// helpPage shows one page of the manual, in English in every language of the pages.
func (s *Server) helpPage(q *request) error {
	page, ok := docs.Find(q.r.PathValue("topic"))
	if !ok {
		return notFound()
	}
	html, err := page.HTML()
	if err != nil {
		return err
	}
	s.render(q, http.StatusOK, "help", map[string]any{"Title": page.Title, "English": true, "Text": html})
	return nil
}
