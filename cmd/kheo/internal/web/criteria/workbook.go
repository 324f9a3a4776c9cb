package criteria

import (
	"net/http"
	"sync"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/pipeline/amend"
	"kheo/pipeline/workbook"
)

// reading lets one workbook be read at a time: unpacked, it takes many times its size.
var reading sync.Mutex

// Workbooks serves the pages on which rulesets become workbooks and come back from them.
type Workbooks struct{ *Room }

// source is the text that a request works on, as workbooks take it.
func (s Workbooks) source(w *work) workbook.Source {
	c := s.site.W.Campaign()
	return workbook.Source{File: w.File, Text: w.Text, Env: c.Env, Open: c.ReadRules}
}

// Page shows where the person's draft, or the ruleset in force, goes into a workbook and comes back from one.
func (s Workbooks) Page(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	return s.book(q, w, http.StatusOK, nil)
}

// Export sends the draft, or the ruleset in force, as a workbook with headings in the person's language.
func (s Workbooks) Export(q *page.Request) error {
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	data, err := workbook.Export(s.source(w), q.Lang)
	if err != nil { // a draft with mistakes that no sheet can hold
		return s.book(q, w, http.StatusConflict, map[string]any{"Failed": err.Error()})
	}
	return s.site.Send(q, w.Ruleset.ID+".xlsx", data)
}

// Import shows what an edited workbook would change in the draft, or its mistakes with sheet and cell. Nothing is
// stored: what it would change becomes the draft by the form of the editor, once the person has seen it.
func (s Workbooks) Import(q *page.Request) error {
	data, err := upload.One(q, "files")
	if err != nil {
		return err
	}
	w, err := s.workOf(q)
	if err != nil {
		return err
	}
	reading.Lock()
	got, mistakes := workbook.Import(s.source(w), data)
	reading.Unlock()
	switch {
	case len(mistakes) > 0:
		more := max(0, len(mistakes)-maxProblems)
		return s.book(q, w, http.StatusOK, map[string]any{"Mistakes": mistakes[:len(mistakes)-more], "More": more,
			"Wrong": len(mistakes)})
	case got.Rules.ID != w.Ruleset.ID:
		err := &amend.RenamedError{Was: w.Ruleset.ID, Is: got.Rules.ID}
		return s.book(q, w, http.StatusOK, map[string]any{"Failed": s.failure(q, err)})
	}
	return s.book(q, w, http.StatusOK, map[string]any{"Read": true, "Same": amend.Same(got.Text, w.Text),
		"Outdated": got.Stale, "Differences": differences(w.target, w.Text, got.Text), "Text": string(got.Text)})
}

// book renders the page of workbooks.
func (s Workbooks) book(q *page.Request, w *work, status int, data map[string]any) error {
	if data == nil {
		data = map[string]any{}
	}
	data["Title"], data["T"], data["Revision"], data["Draft"] = w.Title, w.target, w.Revision, w.Revision > 0
	s.site.Render(q, status, "rules-workbook", data)
	return nil
}
