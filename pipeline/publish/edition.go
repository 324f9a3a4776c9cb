package publish

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"kheo/internal/dossier"
	"kheo/pipeline/recommend"
	"kheo/rules"
)

// Edition is a list that is being published in all its forms and languages.
type Edition struct {
	List      *recommend.List // its assessments may be briefs: see store.Briefs
	Keys      []Key           // of its entries, in their order
	Campaign  string
	Title     dossier.Text // of the campaign
	Env       *rules.Env
	Run       string
	Languages []string  // the first is that of the files without a language in their name
	Before    *Rendered // of the previous edition, see UseBefore; nil if there is none
	Rendered  Rendered  // of this edition, after Write

	// Rows takes the rows of the workbook, which the next edition can use, and is closed with it; nil for none.
	Rows io.WriteCloser

	// Written is called for each file as soon as it is complete, while others are still being written.
	Written func(ctx context.Context, name string) error
}

// chunk is the number of entries that are loaded and passed on at once.
const chunk = 128

// Write writes the list as JSON, CSV, workbook and Word document in the first language, and as a page in
// each. load returns full assessments in the order asked for; create opens a file of the edition by its
// name.
//
// Entries are loaded part by part, so that a list need not fit into memory, and only if something of them that is shown
// is not in the previous edition. Every form is written by a goroutine of its own;
// the first error ends all.
func (d *Edition) Write(ctx context.Context,
	load func(ctx context.Context, ids []string) ([]*dossier.Assessment, error),
	create func(name string) (io.WriteCloser, error)) error {
	all, ctx := errgroup.WithContext(ctx)
	var writers []chan []*Entry // those of the first language
	pages := make([]chan []*Entry, len(d.Languages))
	start := func(name string, begin func(w io.Writer) (form, error)) chan []*Entry {
		in := make(chan []*Entry, 2)
		all.Go(func() error {
			err := writeForm(ctx, name, begin, in, create)
			if err == nil && d.Written != nil {
				err = d.Written(ctx, name)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
		return in
	}
	name := d.List.Ruleset
	first := d.head(0)
	n := d.names(0)
	ids := d.columns()
	keep := newKeeper(len(d.List.Entries), len(d.Languages))
	writers = append(writers,
		start(name+".json", func(w io.Writer) (form, error) {
			j, err := newJSON(w, first)
			if err == nil {
				j.keep = keep
			}
			return j, err
		}),
		start(name+".csv", func(w io.Writer) (form, error) {
			c, err := newCSV(w, n, ids)
			if err == nil {
				c.keep = keep
			}
			return c, err
		}),
		start(name+".xlsx", func(w io.Writer) (form, error) {
			x, err := newXLSX(w, n, ids, first.evidenceText(n))
			if err == nil && d.Rows != nil {
				x.keepRows(keep, d.Rows)
			}
			return x, err
		}),
		start(name+".docx", func(w io.Writer) (form, error) {
			return &docxForm{w: w, shown: newShown(first), n: n, campaign: d.Title.In(d.Languages...)}, nil
		}))
	for k, lang := range d.Languages {
		pages[k] = start(d.page(lang), func(w io.Writer) (form, error) {
			return &htmlForm{w: w, shown: newShown(d.head(k)), n: d.names(k), k: k, keep: keep,
				campaign: d.Title.In(lang, d.Languages[0]), languages: d.Languages, href: d.page}, nil
		})
	}
	all.Go(func() error {
		defer func() {
			for _, in := range append(writers, pages...) {
				close(in)
			}
		}()
		return d.each(ctx, load, func(from int, list []loaded) error {
			for k := range d.Languages {
				to := []chan []*Entry{pages[k]}
				if k == 0 {
					to = append(to, writers...)
				}
				entries := d.entries(k, from, list)
				for _, in := range to {
					select {
					case in <- entries:
					case <-ctx.Done():
						return ctx.Err()
					}
				}
			}
			return nil
		})
	})
	err := all.Wait()
	d.Rendered = keep.rendered(d.sources(ids), d.Keys)
	return err
}

// entries returns a part of the list, beginning with entry from, in language k. In languages after the first,
// entries beyond what a page shows are only counted by it, and have an outcome and nothing else.
func (d *Edition) entries(k, from int, list []loaded) []*Entry {
	entries := make([]*Entry, len(list))
	for i := range list {
		r := &d.List.Entries[from+i]
		if k > 0 && from >= maxOnPage {
			entries[i] = &Entry{Outcome: r.Outcome}
			continue
		}
		kept := keptIn(list[i].parts, k)
		if k > 0 && kept.line != nil && kept.article != nil {
			entries[i] = &Entry{Rank: r.Rank, Dossier: r.Dossier, Outcome: r.Outcome, Given: Given{Order: r.Position},
				kept: kept, place: from + i}
			continue
		}
		e := ranked(r, list[i].a, d.order(k)...)
		if b := withRank(r.Rank, list[i].parts[partJSON]); k == 0 && b != nil {
			e.useRendered(b)
		}
		e.kept, e.place = kept, from+i
		entries[i] = &e
	}
	return entries
}

// columns returns the columns of the criteria and groups on the list.
func (d *Edition) columns() (out columns) {
	for i := range d.List.Entries {
		e := &d.List.Entries[i]
		out.given = out.given || e.Position > 0 || e.Award != nil
		out.money, out.certain = out.money || e.Granted != nil, out.certain || e.Certainty != nil
		for _, c := range e.Columns {
			out.seeFact(c.ID, c.Title.In(d.order(0)...))
		}
		for _, c := range e.Criteria {
			out.see(c.ID, c.Max > 0 || c.Deducts, func() string { return c.Title.In(d.order(0)...) })
		}
		for _, g := range e.Groups {
			out.see(g.ID, true, func() string { return g.Title.In(d.order(0)...) })
		}
	}
	return out
}

// order returns the languages in which texts are looked up, the k-th first.
func (d *Edition) order(k int) []string { return append([]string{d.Languages[k]}, d.Languages...) }

// names returns the names of units, fields and levels in language k.
func (d *Edition) names(k int) Names { return Names{Env: d.Env, Lang: d.Languages[k]} }

// head returns the list without its entries in language k.
func (d *Edition) head(k int) *File {
	f := head(d.List, d.Campaign, d.order(k)...)
	f.Run = d.Run
	return f
}

// page returns the file name of the page in a language.
func (d *Edition) page(lang string) string {
	if lang == d.Languages[0] {
		return d.List.Ruleset + ".html"
	}
	return d.List.Ruleset + "." + lang + ".html"
}

// loaded is an entry: in full, or as the list has it if all that is shown of it is at hand.
type loaded struct {
	a     *dossier.Assessment
	parts [][]byte // what the last edition said of it; nil for what is not at hand
}

// each loads the list part by part, and passes the parts to do in order while the next ones are loaded.
func (d *Edition) each(ctx context.Context, load func(context.Context, []string) ([]*dossier.Assessment, error),
	do func(from int, list []loaded) error) error {
	type part struct {
		from int
		list chan []loaded
	}
	loads, ctx := errgroup.WithContext(ctx)
	// The channel bounds how many parts are in memory; each has a channel of its own, so that they arrive in order
	// although they are loaded concurrently.
	parts := make(chan part, runtime.GOMAXPROCS(0))
	loads.Go(func() error {
		defer close(parts)
		for from := 0; from < len(d.List.Entries); from += chunk {
			p := part{from, make(chan []loaded, 1)}
			select {
			case parts <- p:
			case <-ctx.Done():
				return ctx.Err()
			}
			loads.Go(func() error {
				list, err := d.part(ctx, from, load)
				if err == nil {
					p.list <- list
				}
				return err
			})
		}
		return nil
	})
	loads.Go(func() error {
		for p := range parts {
			select {
			case list := <-p.list:
				if err := do(p.from, list); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return loads.Wait()
}

// before returns the parts of entry i of which the last edition has the same.
func (d *Edition) before(i, parts int) [][]byte {
	if d.Before == nil {
		return make([][]byte, parts)
	}
	return d.Before.get(d.Keys[i], parts)
}

// part loads one part of the list. Outcomes and flags that quotas set are on the list, not in what is
// loaded.
func (d *Edition) part(ctx context.Context, from int,
	load func(context.Context, []string) ([]*dossier.Assessment, error)) ([]loaded, error) {
	entries := d.List.Entries[from:min(from+chunk, len(d.List.Entries))]
	list := make([]loaded, len(entries))
	var ids []string
	var at []int
	for i := range entries {
		list[i] = loaded{entries[i].Assessment, d.before(from+i, partsOf(from+i, len(d.Languages)))}
		missing := func(part []byte) bool { return part == nil }
		if list[i].parts[partJSON] == nil || from+i < maxOnPage && slices.ContainsFunc(list[i].parts[partCSV:],
			missing) {
			ids, at = append(ids, entries[i].Dossier), append(at, i)
		}
	}
	if len(ids) == 0 {
		return list, nil
	}
	as, err := load(ctx, ids)
	if err == nil && len(as) != len(ids) {
		err = fmt.Errorf("%d of %d assessments are there", len(as), len(ids))
	}
	if err != nil {
		return nil, err
	}
	for k, i := range at {
		a, e := as[k], &entries[i]
		// Quotas only add flags. Fewer flags mean that the assessment changed since the list was made.
		if len(e.Flags) < len(a.Flags) {
			return nil, fmt.Errorf("the assessment of %s is not the one on the list", a.Dossier)
		}
		a.Outcome, a.Flags = e.Outcome, append(slices.Clip(a.Flags), e.Flags[len(a.Flags):]...)
		if e.Band != nil {
			a.Band = e.Band
		}
		list[i].a = a
	}
	return list, nil
}

// writeForm writes one file from the entries that arrive.
func writeForm(ctx context.Context, name string, begin func(w io.Writer) (form, error), in <-chan []*Entry,
	create func(name string) (io.WriteCloser, error)) (err error) {
	w, err := create(name)
	if err != nil {
		return err
	}
	defer func() {
		if closed := w.Close(); err == nil {
			err = closed
		}
	}()
	f, err := begin(w)
	if err != nil {
		return err
	}
	for list := range in {
		for _, e := range list {
			if err := f.add(e); err != nil {
				return err
			}
		}
	}
	if err := ctx.Err(); err != nil { // the entries are not complete
		return err
	}
	return f.end()
}
