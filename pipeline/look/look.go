// Package look is the second line of defence against text that earns points and that no reader sees: it
// looks for the quotes of an assessment on the rendered pages. The first line are the readers, which
// compute from each format what is visible; this one does not depend on what they know.
//
// What came of it is recorded (store.Sightings), so that lists remain a function of the records. Sightings
// reach assessments with the documents: package reading adds them, and rules.Read leaves out what was not
// seen.
package look

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
)

// Evidence returns what an assessment counts: the sources of criteria that give points and of facts that
// count, each once, in the order of the assessment.
func Evidence(a *dossier.Assessment) (out []dossier.Source) {
	add := func(s dossier.Source) {
		if s.Quote != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for i := range a.Criteria {
		if a.Criteria[i].Points > 0 {
			for _, s := range a.Criteria[i].Evidence {
				add(s)
			}
		}
	}
	for i := range a.Facts {
		if a.Facts[i].Counts() != nil {
			add(a.Facts[i].Source)
		}
	}
	return out
}

// Quote is a piece of evidence that can be looked for on the rendered page.
type Quote struct {
	Document *dossier.Document
	Page     int
	Text     string // as dossier.PlainQuote writes it
}

// Quotes returns the evidence of an assessment in documents of which visible holds, by media type. Pages
// that OCR read are left out: it reads nothing but what is to be seen.
func Quotes(d *dossier.Dossier, a *dossier.Assessment, visible func(mediaType string) bool) (out []Quote) {
	for _, s := range Evidence(a) {
		i := slices.IndexFunc(d.Documents, func(doc dossier.Document) bool { return doc.Name == s.Document })
		if i < 0 || !visible(d.Documents[i].Type) {
			continue
		}
		doc := &d.Documents[i]
		k := slices.IndexFunc(doc.Pages, func(p dossier.Page) bool { return p.Number == s.Page })
		if k < 0 || doc.Pages[k].Reader == dossier.OCRReader {
			continue
		}
		if text := dossier.PlainQuote(s.Quote); text != "" {
			out = append(out, Quote{doc, s.Page, text})
		}
	}
	return out
}

// Looker looks at the pages of PDFs, and records what it saw.
type Looker struct {
	Store *store.Store
	Pool  *extract.Pool
	Now   func() time.Time
}

// PDFs looks for the evidence of an assessment in PDFs that was not looked for before. It reports whether
// anything that the assessment depends on was found out; the sightings of the dossier's documents are then
// set to it, and the dossier must be assessed again.
//
// A document with one quote that no reader sees is looked at line by line, so that its next hidden line
// does not take the place of the first.
func (l Looker) PDFs(ctx context.Context, d *dossier.Dossier, a *dossier.Assessment) (changed bool, err error) {
	quotes := Quotes(d, a, extract.IsPDF)
	for len(quotes) > 0 {
		doc := quotes[0].Document
		var here []extract.Asked
		quotes = slices.DeleteFunc(quotes, func(q Quote) bool {
			if q.Document == doc {
				here = append(here, extract.Asked{Page: q.Page, Quote: q.Text})
			}
			return q.Document == doc
		})
		known, err := l.Store.Sightings.OfFiles(ctx, []string{doc.SHA256})
		if err != nil {
			return changed, err
		}
		if here = unasked(here, known[doc.SHA256]); len(here) > 0 {
			data, err := l.Store.Blobs.Read(ctx, doc.SHA256)
			if err != nil {
				return changed, err
			}
			if err := l.file(ctx, doc, data, extract.Renderer, here); errors.Is(err, extract.ErrNoRenderer) {
				return changed, nil
			} else if err != nil {
				return changed, err
			}
		}
		now, err := l.Store.Sightings.Doubts(ctx, []string{doc.SHA256})
		if err != nil {
			return changed, err
		}
		for i := range d.Documents {
			if x := &d.Documents[i]; x.SHA256 == doc.SHA256 && len(now[x.SHA256]) != len(x.Sightings) {
				x.Sightings, changed = now[x.SHA256], true
			}
		}
	}
	return changed, nil
}

// unasked returns the quotes that have no sighting, each once.
func unasked(asked []extract.Asked, known []dossier.Sighting) (out []extract.Asked) {
	have := map[extract.Asked]bool{}
	for _, s := range known {
		have[extract.Asked{Page: s.Page, Quote: s.Quote}] = true
	}
	for _, q := range asked {
		if !have[q] {
			have[q] = true
			out = append(out, q)
		}
	}
	return out
}

// file looks for quotes of a document in a PDF, and records what came of it. The PDF is the document, or
// what a renderer printed of it: then its pages are others than those of the quotes.
func (l Looker) file(
	ctx context.Context, doc *dossier.Document, pdf []byte, renderer string, asked []extract.Asked,
) error {
	look := func(asked []extract.Asked) ([]dossier.Sighting, error) {
		results, err := l.Pool.Look(ctx, pdf, onPages(asked, extract.IsPDF(doc.Type)))
		if err != nil {
			return nil, err
		}
		return l.sightings(doc.SHA256, renderer, asked, results), nil
	}
	seen, err := look(asked)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(seen, isDoubt) {
		lines, err := look(unasked(linesOf(doc), seen))
		if err != nil {
			return err
		}
		for _, s := range lines {
			if isDoubt(s) { // the other lines are not evidence, so no one asks about them
				seen = append(seen, s)
			}
		}
	}
	return l.Store.Sightings.Put(ctx, seen)
}

// onPages returns quotes as they are asked for: on their pages, or on any page.
func onPages(asked []extract.Asked, same bool) []extract.Asked {
	if same {
		return asked
	}
	out := slices.Clone(asked)
	for i := range out {
		out[i].Page = 0
	}
	return out
}

// isDoubt reports whether text with a sighting is left out of an assessment.
func isDoubt(s dossier.Sighting) bool {
	return s.Result == dossier.SightUnseen || s.Result == dossier.Unclear
}

// sightings makes records of results.
func (l Looker) sightings(
	sha, renderer string, asked []extract.Asked, results []dossier.Sight,
) (out []dossier.Sighting) {
	at := l.Now().UTC().Format(time.RFC3339)
	for i, q := range asked {
		out = append(out, dossier.Sighting{SHA256: sha, Page: q.Page, Quote: q.Quote, Result: results[i],
			Renderer: renderer, At: at})
	}
	return out
}

// maxLines is how many lines of a document are looked at after one of its quotes was not seen.
const maxLines = 4000

// linesOf returns the lines and table cells of a document's pages that OCR did not read.
func linesOf(doc *dossier.Document) (out []extract.Asked) {
	for i := range doc.Pages {
		p := &doc.Pages[i]
		if p.Reader == dossier.OCRReader {
			continue
		}
		for _, line := range strings.FieldsFunc(p.Text, func(r rune) bool { return r == '\n' || r == '\t' }) {
			if q := dossier.PlainQuote(line); q != "" && len(out) < maxLines {
				out = append(out, extract.Asked{Page: p.Number, Quote: q})
			}
		}
	}
	return out
}
