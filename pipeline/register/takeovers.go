package register

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"kheo/index"
	"kheo/internal/text/query"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// mostTakers is how many dossiers may name a model before its title is taken for common words.
const mostTakers = 60

// FindTakeovers looks in the dossiers of models for the titles of others, and writes down that
// whoever names another learnt from it. What was found once is not found again, also where
// somebody said that it is not so. Only what is new is looked through.
func FindTakeovers(ctx context.Context, w *workspace.Workspace) (int, error) {
	all, err := w.Store.InRegister(ctx, w.Campaign().Register.Kinds)
	if err != nil {
		return 0, err
	}
	var changed []string
	for i := range all {
		if all[i].Key != all[i].Now {
			changed = append(changed, all[i].Dossier)
		}
	}
	known, err := w.Store.Identities(ctx, changed)
	if err != nil {
		return 0, err
	}
	seen := map[[2]string]bool{}
	if err := w.Review().View(ctx, func(s *review.State) error {
		for _, id := range s.Models() {
			for _, t := range s.Model(id).Examples {
				seen[[2]string{id, t.Of}] = true
			}
		}
		return nil
	}); err != nil {
		return 0, err
	}
	f := takeovers{Workspace: w, known: known, seen: seen, titles: titles{}}
	var newTitles []string
	var now []store.Scanned
	for i := range all {
		x := &all[i]
		if x.Key == x.Now {
			f.titles.add(x.Dossier, x.Title)
			continue
		}
		title := strings.Join(foldedWords(known[x.Dossier].Title), " ")
		if x.Title != title {
			newTitles = append(newTitles, x.Dossier)
		} else {
			f.titles.add(x.Dossier, title)
		}
		now = append(now, store.Scanned{Dossier: x.Dossier, Title: title, Key: x.Now})
	}
	newTexts := changed
	if len(newTitles) > ManyTitles { // then reading every text once costs less than searching for each title
		for _, id := range newTitles {
			f.titles.add(id, strings.Join(foldedWords(known[id].Title), " "))
		}
		newTexts = nil
		for i := range all {
			newTexts = append(newTexts, all[i].Dossier)
		}
	} else if err := f.searchTitles(ctx, newTitles); err != nil {
		return 0, err
	}
	if len(f.titles) > 0 {
		for _, id := range newTexts {
			if err := f.readText(ctx, id); err != nil {
				return 0, err
			}
		}
	}
	f.dropCommon()
	if len(f.events) > 0 {
		if err := w.Review().Do(ctx, review.Subject{}, f.events...); err != nil {
			return 0, err
		}
	}
	return len(f.events), w.Store.PutScanned(ctx, now)
}

type takeovers struct {
	*workspace.Workspace
	known  map[string]rules.Identity // of those that were asked for
	seen   map[[2]string]bool
	titles titles
	events []review.Event
}

// ManyTitles is from how many new titles on all texts are read instead of the index searched.
var ManyTitles = 500

// dropCommon leaves out titles that so many texts hold that they are common words.
func (f *takeovers) dropCommon() {
	by := map[string]int{}
	for _, e := range f.events {
		by[e.Data.Of]++
	}
	f.events = slices.DeleteFunc(f.events, func(e review.Event) bool { return by[e.Data.Of] > mostTakers })
}

// titles are folded titles by their first words: many begin with the same two.
type titles map[[fewestWords]string][]titled

type titled struct {
	id    string
	words []string
}

// fewestWords is how many words a title needs to be told from other text.
const fewestWords = 3

func (t titles) add(id, folded string) {
	if w := strings.Fields(folded); len(w) >= fewestWords {
		k := [fewestWords]string(w[:fewestWords])
		t[k] = append(t[k], titled{id, w})
	}
}

// searchTitles looks for new titles in every dossier.
func (f *takeovers) searchTitles(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	x, leave, err := f.View()
	if err != nil {
		return err
	}
	defer leave()
	for _, id := range ids {
		term := query.Term{Exact: true, Quoted: true}
		for _, t := range query.Tokens([]rune(f.known[id].Title), nil) {
			term.Words = append(term.Words, t.Exact)
		}
		if len(term.Words) < fewestWords {
			continue
		}
		res, err := x.Search(ctx, term.String(), index.How{Limit: mostTakers}, func(id string) (*index.Text, error) { return search.Text(ctx, f.Workspace, id) })
		if err != nil {
			return fmt.Errorf("looking for the model %s: %w", id, err)
		}
		if res.Instead != "" || res.Total > mostTakers {
			continue
		}
		for _, h := range res.Hits {
			if err := f.take(ctx, h.Dossier, id, h.Snippet, h.Document, h.Page); err != nil {
				return err
			}
		}
	}
	return nil
}

// readText looks in one text for titles that are known already.
func (f *takeovers) readText(ctx context.Context, id string) error {
	_, d, err := f.Load(ctx, id)
	if err != nil || d == nil {
		return err
	}
	for i := range d.Documents {
		doc := &d.Documents[i]
		for k := range doc.Pages {
			words := foldedWords(doc.Pages[k].Text)
			for n := 0; n+fewestWords <= len(words); n++ {
				for _, t := range f.titles[[fewestWords]string(words[n:n+fewestWords])] {
					if n+len(t.words) <= len(words) && slices.Equal(words[n:n+len(t.words)], t.words) {
						if err := f.take(ctx, id, t.id, "", doc.Name, doc.Pages[k].Number); err != nil {
							return err
						}
					}
				}
			}
		}
	}
	return nil
}

// identity is who a dossier is of.
func (f *takeovers) identity(ctx context.Context, id string) (rules.Identity, error) {
	if known, ok := f.known[id]; ok {
		return known, nil
	}
	known, _, err := f.Store.Identity(ctx, id)
	f.known[id] = known
	return known, err
}

// take writes down that one dossier names the model of another. quote are its words; "" is the
// title.
func (f *takeovers) take(ctx context.Context, taker, example, quote, document string, page int) error {
	if taker == example || f.seen[[2]string{taker, example}] {
		return nil
	}
	a, err := f.identity(ctx, taker)
	if err != nil {
		return err
	}
	b, err := f.identity(ctx, example)
	if err != nil || a.Unit == b.Unit || !slices.Contains(f.Campaign().Register.Kinds, a.Kind) || sameWords(a.Title, b.Title) >= alike {
		return err
	}
	f.seen[[2]string{taker, example}] = true
	f.events = append(f.events, review.Event{Person: review.System, Action: review.TookOver, Dossier: taker, Data: review.Data{Of: example, Found: true, Reason: fmt.Sprintf("“%s” (%s, %d)", strings.Join(strings.Fields(cmp.Or(quote, b.Title)), " "), document, page)}})
	return nil
}
