package look

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/viewer"
	"kheo/pipeline/workspace"
)

// Office looks for evidence in Office documents on the pages that LibreOffice prints of them. That takes seconds per
// document, so runs leave it out: the schedule does it after publishing, and at the latest closing a list. What
// it finds out counts from the next run on. It is for one goroutine at a time.
type Office struct {
	looker Looker
	w      *workspace.Workspace
	pages  *viewer.Viewer
	done   map[string]string // by dossier: key of the assessment whose evidence was looked at

	// Rests has turns wait between the dossiers that they load, so that people who open pages of this process meanwhile
	// have the processor. It is of no use to a person who waits for a turn.
	Rests bool
}

// NewOffice returns an Office that prints with a viewer, which the caller closes.
func NewOffice(w *workspace.Workspace, pages *viewer.Viewer) *Office {
	return &Office{
		looker: Looker{Store: w.Store, Pool: w.Pool, Now: w.Now}, w: w, pages: pages, done: map[string]string{},
	}
}

// Available reports whether Office documents can be printed here.
func (o *Office) Available() bool { return o.pages.Printer() != "" }

// Report is what was looked at.
type Report struct {
	Dossiers int `json:"dossiers"`
	Quotes   int `json:"quotes"`  // that were not looked for before
	Doubted  int `json:"doubted"` // of Quotes, those that were not seen
	Left     int `json:"left"`    // dossiers whose evidence is yet to be looked at
}

// Between the dossiers that it loads, a turn of an Office that rests waits this many times as long as loading them
// took.
const (
	restShare   = 9
	longestRest = time.Second
)

// Turn looks at the evidence of at most a number of dossiers that would be recommended or that people decide on,
// those nearest to the threshold of their list first. Dossiers without evidence to be looked at do not count.
func (o *Office) Turn(ctx context.Context, most int) (r Report, err error) {
	if !o.Available() {
		return r, nil
	}
	ids, keys, err := o.waiting(ctx)
	if err != nil {
		return r, err
	}
	var nothing map[string]bool
	begun := o.w.Time()
	for i, id := range ids {
		if r.Dossiers >= most {
			r.Left = len(ids) - i
			return r, nil
		}
		if batch := min(together, most); i%batch == 0 {
			if i > 0 && o.Rests && !workspace.Pause(ctx, min(longestRest, restShare*o.w.Time().Sub(begun))) {
				return r, ctx.Err()
			}
			begun = o.w.Time()
			if nothing, err = o.prepare(ctx, ids[i:min(i+batch, len(ids))]); err != nil {
				return r, err
			}
		}
		if nothing[id] {
			o.done[id] = keys[id]
			continue
		}
		quotes, doubted, err := o.Look(ctx, id)
		if err != nil {
			return r, err
		}
		if quotes > 0 {
			r.Dossiers++
		}
		r.Quotes += quotes
		r.Doubted += doubted
		o.done[id] = keys[id]
	}
	return r, nil
}

// waiting returns the dossiers whose evidence is to be looked at, in the order of Turn, with the keys of all
// assessments.
func (o *Office) waiting(ctx context.Context) (ids []string, keys map[string]string, err error) {
	if keys, err = o.w.Store.Assessments.Keys(ctx); err != nil {
		return nil, nil, err
	}
	if maps.Equal(o.done, keys) { // nothing was assessed since
		return nil, keys, nil
	}
	maps.DeleteFunc(o.done, func(id, _ string) bool { return keys[id] == "" })
	type candidate struct {
		id   string
		away float64 // points from the threshold
	}
	var all []candidate
	open := map[string]bool{}
	for _, rs := range o.w.Campaign().Rulesets {
		list, _, err := o.w.Store.Assessments.Briefs(ctx, rs.ID)
		if err != nil {
			return nil, nil, err
		}
		threshold := math.Inf(1)
		for _, a := range list {
			if a.Outcome == dossier.Recommended {
				threshold = min(threshold, a.Points)
			}
		}
		for _, a := range list {
			if a.Outcome.Contends() && o.done[a.Dossier] != keys[a.Dossier] {
				all = append(all, candidate{a.Dossier, math.Abs(a.Points - threshold)})
				open[a.Dossier] = true
			}
		}
	}
	for id, key := range keys {
		if !open[id] {
			o.done[id] = key
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.away, b.away), cmp.Compare(a.id, b.id))
	})
	for _, c := range all {
		ids = append(ids, c.id)
	}
	return ids, keys, nil
}

// assessed returns a dossier with its assessment; nil if it has none.
func (o *Office) assessed(ctx context.Context, id string) (*dossier.Assessment, *dossier.Dossier, error) {
	a, err := o.w.Store.Assessments.Get(ctx, id)
	if err != nil || a == nil {
		return nil, nil, err
	}
	_, d, err := o.w.Load(ctx, id)
	if err != nil || d == nil {
		return nil, nil, err
	}
	return a, d, nil
}

// open returns the evidence of a dossier in Office documents that has no sighting yet, by document; nil if it has no
// assessment.
func (o *Office) open(ctx context.Context, id string) (map[*dossier.Document][]extract.Asked, error) {
	a, d, err := o.assessed(ctx, id)
	if err != nil || a == nil {
		return nil, err
	}
	asked := map[*dossier.Document][]extract.Asked{}
	for _, q := range Quotes(d, a, extract.Printable) {
		asked[q.Document] = append(asked[q.Document], extract.Asked{Page: q.Page, Quote: q.Text})
	}
	var shas []string
	for doc := range asked {
		shas = append(shas, doc.SHA256)
	}
	known, err := o.w.Store.Sightings.OfFiles(ctx, shas)
	if err != nil {
		return nil, err
	}
	for doc, quotes := range asked {
		if asked[doc] = unasked(quotes, known[doc.SHA256]); len(asked[doc]) == 0 {
			delete(asked, doc)
		}
	}
	return asked, nil
}

// together is how many dossiers' documents are printed together.
const together = 10

// prepare prints what Look needs of dossiers, many documents in one run of LibreOffice. It returns those with nothing
// to look at.
func (o *Office) prepare(ctx context.Context, ids []string) (nothing map[string]bool, err error) {
	nothing = map[string]bool{}
	var docs []*dossier.Document
	for _, id := range ids {
		open, err := o.open(ctx, id)
		if err != nil {
			return nil, err
		}
		nothing[id] = len(open) == 0
		for doc := range open {
			docs = append(docs, doc)
		}
	}
	slices.SortFunc(docs, func(a, b *dossier.Document) int { return cmp.Compare(a.SHA256, b.SHA256) })
	docs = slices.CompactFunc(docs, func(a, b *dossier.Document) bool { return a.SHA256 == b.SHA256 })
	return nothing, o.pages.Prepare(ctx, docs)
}

// Look looks at the evidence of a dossier in Office documents. It returns for how many quotes it looked, and how many
// were not seen.
func (o *Office) Look(ctx context.Context, id string) (quotes, doubted int, err error) {
	open, err := o.open(ctx, id)
	if err != nil {
		return 0, 0, err
	}
	var docs []*dossier.Document
	for doc := range open {
		docs = append(docs, doc)
	}
	slices.SortFunc(docs, func(a, b *dossier.Document) int { return cmp.Compare(a.Name, b.Name) })
	for _, doc := range docs {
		asked := open[doc]
		if err := o.document(ctx, doc, asked); errors.Is(err, extract.ErrNoRenderer) {
			return quotes, doubted, nil
		} else if err != nil {
			return quotes, doubted, err
		}
		known, err := o.w.Store.Sightings.OfFiles(ctx, []string{doc.SHA256})
		if err != nil {
			return quotes, doubted, err
		}
		for _, s := range known[doc.SHA256] {
			if isDoubt(s) && slices.Contains(asked, extract.Asked{Page: s.Page, Quote: s.Quote}) {
				doubted++
			}
		}
		quotes += len(asked)
	}
	return quotes, doubted, nil
}

// document looks for quotes in one document, and records what came of it.
func (o *Office) document(ctx context.Context, doc *dossier.Document, asked []extract.Asked) error {
	printed, err := o.pages.Printed(ctx, doc)
	if errors.Is(err, viewer.ErrNoView) {
		failed := slices.Repeat([]dossier.Sight{dossier.NotRendered}, len(asked))
		return o.looker.Store.Sightings.Put(ctx, o.looker.sightings(doc.SHA256, o.pages.Printer(), asked, failed))
	}
	if err != nil {
		return err
	}
	return o.looker.file(ctx, doc, printed, o.pages.Printer()+", "+extract.Renderer, asked)
}

// Check is what looking at the evidence of dossiers found before a list is closed.
type Check struct {
	Unlooked []string // dossiers with evidence in Office documents that was not looked at
	Doubted  []string // dossiers with evidence that was not seen and still counts, until the next run
}

// Check looks at the evidence of dossiers, and returns what keeps a list with them from being closed. Where nothing
// can print, no dossier is Unlooked. It stops looking when ctx is done; what is left is then Unlooked.
func (o *Office) Check(ctx context.Context, ids []string) (c Check, err error) {
	still := context.WithoutCancel(ctx)
	for i, id := range ids {
		if o.Available() && i%together == 0 {
			if _, err := o.prepare(ctx, ids[i:min(i+together, len(ids))]); err != nil && ctx.Err() == nil {
				return c, err
			}
		}
		if o.Available() {
			if _, _, err := o.Look(ctx, id); err != nil && ctx.Err() == nil {
				return c, err
			}
		}
		unlooked, doubted, err := o.left(still, id)
		if err != nil {
			return c, err
		}
		if unlooked && o.Available() {
			c.Unlooked = append(c.Unlooked, id)
		}
		if doubted {
			c.Doubted = append(c.Doubted, id)
		}
	}
	return c, nil
}

// left reports whether a dossier has evidence in Office documents that was not looked at, and whether evidence that
// was not seen still counts.
func (o *Office) left(ctx context.Context, id string) (unlooked, doubted bool, err error) {
	a, d, err := o.assessed(ctx, id)
	if err != nil || a == nil {
		return false, false, err
	}
	quotes := Quotes(d, a, rendered)
	seen, err := sightingsOf(ctx, o.w.Store, quotes)
	if err != nil {
		return false, false, err
	}
	for i, q := range quotes {
		if s := seen[i]; s == nil {
			unlooked = unlooked || extract.Printable(q.Document.Type)
		} else {
			doubted = doubted || isDoubt(*s)
		}
	}
	return unlooked, doubted, nil
}
