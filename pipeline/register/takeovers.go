package register

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"kheo/index"
	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/query"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// maxTitleDossiers is in how many dossiers a title may occur before it is taken for common words.
const maxTitleDossiers = 60

// FindTakeovers searches the dossiers of models for the titles of others, and records as events that a dossier
// which contains such a title took the other model over. What was found once is not found again, even if a
// person dismissed it. Only changed dossiers are searched, and all others for changed titles. It returns how
// many takeovers are new. A run calls it under its lock, after the index was updated.
func FindTakeovers(ctx context.Context, w *workspace.Workspace) (int, error) {
	all, err := w.Store.Register.Submissions(ctx, w.Campaign().Register.Kinds)
	if err != nil {
		return 0, err
	}
	var changed []string
	for i := range all {
		if all[i].Key != all[i].Now {
			changed = append(changed, all[i].Dossier)
		}
	}
	known, err := w.Store.Profiles.Identities(ctx, changed)
	if err != nil {
		return 0, err
	}
	seen, err := recordedTakeovers(ctx, w)
	if err != nil {
		return 0, err
	}
	f := takeovers{Workspace: w, known: known, seen: seen, titles: titles{}}
	newTitles, searched := f.addTitles(all)
	newTexts := changed
	if len(newTitles) > ManyTitles { // reading every text once then costs less than searching for each title
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
	// Events are recorded before the search itself: a crash between the two repeats the search, and seen
	// prevents events from being recorded twice.
	f.dropCommon()
	if len(f.events) > 0 {
		if err := w.Review().Do(ctx, review.Subject{}, f.events...); err != nil {
			return 0, err
		}
	}
	return len(f.events), w.Store.Register.PutSearched(ctx, searched)
}

// recordedTakeovers returns the pairs of taker and example in the audit trail, dismissed ones included.
func recordedTakeovers(ctx context.Context, w *workspace.Workspace) (map[[2]string]bool, error) {
	seen := map[[2]string]bool{}
	err := w.Review().View(ctx, func(s *review.State) error {
		for _, id := range s.Models() {
			for _, t := range s.Model(id).Examples {
				seen[[2]string{id, t.Of}] = true
			}
		}
		return nil
	})
	return seen, err
}

// takeovers is one search for takeovers.
type takeovers struct {
	*workspace.Workspace
	known  map[string]dossier.Identity // identities loaded so far, by dossier
	seen   map[[2]string]bool          // pairs of taker and example that were found before
	titles titles                      // titles to look for in texts
	events []review.Event
}

// addTitles adds the titles that did not change to those that are looked for in texts. It returns the
// dossiers with a new title, and what is recorded of the changed dossiers after the search.
func (f *takeovers) addTitles(all []store.Submission) (newTitles []string, searched []store.Searched) {
	for i := range all {
		x := &all[i]
		if x.Key == x.Now {
			f.titles.add(x.Dossier, x.Title)
			continue
		}
		title := strings.Join(foldedWords(f.known[x.Dossier].Title), " ")
		if x.Title != title {
			newTitles = append(newTitles, x.Dossier)
		} else {
			f.titles.add(x.Dossier, title)
		}
		searched = append(searched, store.Searched{Dossier: x.Dossier, Title: title, Key: x.Now})
	}
	return newTitles, searched
}

// ManyTitles is the number of new titles above which all texts are read instead of searching the index.
// It is a variable for tests.
var ManyTitles = 500

// dropCommon drops titles that are found in more than maxTitleDossiers texts: they are common words.
func (f *takeovers) dropCommon() {
	by := map[string]int{}
	for _, e := range f.events {
		by[e.Data.Of]++
	}
	f.events = slices.DeleteFunc(f.events, func(e review.Event) bool { return by[e.Data.Of] > maxTitleDossiers })
}

// titles holds folded titles by their first words: a text is compared with the few titles that begin with
// the words at hand.
type titles map[[minTitleWords]string][]titled

// titled is a title, and the dossier that has it.
type titled struct {
	id    string
	words []string
}

// minTitleWords is how many words a title needs to be distinguishable from other text.
const minTitleWords = 3

// add adds a title, unless it is too short.
func (t titles) add(id, folded string) {
	if w := strings.Fields(folded); len(w) >= minTitleWords {
		k := [minTitleWords]string(w[:minTitleWords])
		t[k] = append(t[k], titled{id, w})
	}
}

// searchTitles searches the index for new titles. The snippet that the search quotes becomes the reason. A
// title that the index finds too often is not looked at further.
func (f *takeovers) searchTitles(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	x, release, err := f.Snapshot()
	if err != nil {
		return err
	}
	defer release()
	for _, id := range ids {
		term := query.Term{Exact: true, Quoted: true}
		for _, t := range text.Terms(f.known[id].Title) {
			term.Words = append(term.Words, t.Exact)
		}
		if len(term.Words) < minTitleWords { // the same limit as titles.add has
			continue
		}
		text := func(id string) (*index.Text, error) { return search.Text(ctx, f.Workspace, id) }
		res, err := x.Search(ctx, term.String(), index.How{Limit: maxTitleDossiers}, text)
		if err != nil {
			return fmt.Errorf("searching for the model %s: %w", id, err)
		}
		if res.Instead != "" || res.Total > maxTitleDossiers {
			continue
		}
		for _, h := range res.Hits {
			if err := f.add(ctx, h.Dossier, id, h.Snippet, h.Document, h.Page); err != nil {
				return err
			}
		}
	}
	return nil
}

// readText searches one text for all titles. Words are compared folded. A title that crosses the end of a page
// is not found.
func (f *takeovers) readText(ctx context.Context, id string) error {
	_, d, err := f.Load(ctx, id)
	if err != nil || d == nil {
		return err
	}
	for i := range d.Documents {
		doc := &d.Documents[i]
		for k := range doc.Pages {
			words := foldedWords(doc.Pages[k].Text)
			for n := 0; n+minTitleWords <= len(words); n++ {
				for _, t := range f.titles[[minTitleWords]string(words[n:n+minTitleWords])] {
					if n+len(t.words) <= len(words) && slices.Equal(words[n:n+len(t.words)], t.words) {
						if err := f.add(ctx, id, t.id, "", doc.Name, doc.Pages[k].Number); err != nil {
							return err
						}
					}
				}
			}
		}
	}
	return nil
}

// identity returns the identity of a dossier, loaded once.
func (f *takeovers) identity(ctx context.Context, id string) (dossier.Identity, error) {
	if known, ok := f.known[id]; ok {
		return known, nil
	}
	known, _, err := f.Store.Profiles.Identity(ctx, id)
	f.known[id] = known
	return known, err
}

// add records that one dossier names the model of another. quote is the passage; "" means the title
// itself. Models of the same unit, and models that share most words of their titles, are not takeovers.
func (f *takeovers) add(ctx context.Context, taker, example, quote, document string, page int) error {
	if taker == example || f.seen[[2]string{taker, example}] {
		return nil
	}
	a, err := f.identity(ctx, taker)
	if err != nil {
		return err
	}
	b, err := f.identity(ctx, example)
	if err != nil || a.Unit == b.Unit || !slices.Contains(f.Campaign().Register.Kinds, a.Kind) ||
		sharedWords(a.Title, b.Title) >= minSharedWords {
		return err
	}
	f.seen[[2]string{taker, example}] = true
	quote = strings.Join(strings.Fields(cmp.Or(quote, b.Title)), " ")
	f.events = append(f.events, review.Event{Person: review.System, Action: review.TookOver, Dossier: taker,
		Data: review.Data{Of: example, Found: true, Reason: fmt.Sprintf("“%s” (%s, %d)", quote, document, page)}})
	return nil
}
