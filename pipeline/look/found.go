package look

import (
	"context"
	"slices"

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
	quotes := Quotes(d, a, rendered)
	seen, err := sightingsOf(ctx, s, quotes)
	if err != nil {
		return nil, err
	}
	out := []Found{}
	for i, q := range quotes {
		f := Found{Document: q.Document.Name, Page: q.Page, Quote: q.Text, Result: NotLooked}
		if x := seen[i]; x != nil {
			f.Result, f.Renderer, f.At = x.Result, x.Renderer, x.At
		}
		out = append(out, f)
	}
	return out, nil
}

// Printed returns how many quotes of a dossier's Office documents were seen on the pages that were printed of them, and
// the evidence of an assessment that was not looked for yet, if its dossier contends.
func (l Looker) Printed(
	ctx context.Context, d *dossier.Dossier, a *dossier.Assessment,
) (seen int, missing []dossier.Citation, err error) {
	var shas []string
	for i := range d.Documents {
		if rendered(d.Documents[i].Type) && !slices.Contains(shas, d.Documents[i].SHA256) {
			shas = append(shas, d.Documents[i].SHA256)
		}
	}
	known, err := l.Store.Sightings.OfFiles(ctx, shas)
	if err != nil {
		return 0, nil, err
	}
	for _, list := range known {
		for _, s := range list {
			if s.Result == dossier.Seen && s.Renderer != extract.Renderer {
				seen++
			}
		}
	}
	if !a.Outcome.Contends() {
		return seen, nil, nil
	}
	for _, q := range Quotes(d, a, rendered) {
		c := dossier.Citation{Document: q.Document.Name, Page: q.Page, Quote: q.Text}
		if of(known, q) == nil && !slices.Contains(missing, c) {
			missing = append(missing, c)
		}
	}
	return seen, missing, nil
}

// of returns the sighting of a quote; nil if it was not looked for.
func of(known map[string][]dossier.Sighting, q Quote) *dossier.Sighting {
	list := known[q.Document.SHA256]
	k := slices.IndexFunc(list, func(x dossier.Sighting) bool { return x.Page == q.Page && x.Quote == q.Text })
	if k < 0 {
		return nil
	}
	return &list[k]
}

// rendered reports whether documents of a media type can be rendered.
func rendered(mediaType string) bool { return extract.IsPDF(mediaType) || extract.Printable(mediaType) }

// sightingsOf returns the sighting of each of some quotes; nil for one that was not looked for.
func sightingsOf(ctx context.Context, s *store.Store, quotes []Quote) ([]*dossier.Sighting, error) {
	var shas []string
	for _, q := range quotes {
		shas = append(shas, q.Document.SHA256)
	}
	known, err := s.Sightings.OfFiles(ctx, shas)
	if err != nil {
		return nil, err
	}
	out := make([]*dossier.Sighting, len(quotes))
	for i, q := range quotes {
		out[i] = of(known, q)
	}
	return out, nil
}
