package look

import (
	"context"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
)

// NotLooked is the result of evidence that was not looked at yet.
const NotLooked dossier.Sight = "not-looked-at"

// Found is what came of looking for a piece of evidence.
type Found struct {
	Document string        `json:"document"`
	Page     int           `json:"page"`
	Quote    string        `json:"quote"` // as dossier.PlainQuote writes it
	Result   dossier.Sight `json:"result"`
	Renderer string        `json:"renderer,omitempty"` // with its version
	At       string        `json:"at,omitempty"`       // RFC 3339, UTC
}

// Of returns what came of looking for the evidence of an assessment, in its order. Evidence of kinds of files that
// are not rendered, such as plain text, and of pages that OCR read, is left out.
func Of(ctx context.Context, s *store.Store, d *dossier.Dossier, a *dossier.Assessment) ([]Found, error) {
	quotes := Quotes(d, a, func(typ string) bool { return extract.IsPDF(typ) || extract.Printable(typ) })
	var shas []string
	for _, q := range quotes {
		shas = append(shas, q.Document.SHA256)
	}
	known, err := s.Sightings.OfFiles(ctx, shas)
	if err != nil {
		return nil, err
	}
	out := []Found{}
	for _, q := range quotes {
		f := Found{Document: q.Document.Name, Page: q.Page, Quote: q.Text, Result: NotLooked}
		for _, x := range known[q.Document.SHA256] {
			if x.Page == q.Page && x.Quote == q.Text {
				f.Result, f.Renderer, f.At = x.Result, x.Renderer, x.At
			}
		}
		out = append(out, f)
	}
	return out, nil
}
