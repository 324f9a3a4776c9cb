package store_test

import (
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/store"
)

// Sightings are recorded once, reach the dossiers whose files they are of, are copied with the other records, and are
// erased with the file.
func TestSightings(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *store.Store) {
		s, ctx := open(), t.Context()
		sha := func(c string) string { return strings.Repeat(c, 64) }
		deliver := func(id string, shas ...string) {
			t.Helper()
			a := &store.Accepted{ID: id, Name: id, ReceivedAt: now}
			for _, h := range shas {
				a.Files = append(a.Files, store.File{Name: h[:1] + ".pdf", SHA256: h, Size: 1})
			}
			_, err := s.Dossiers.Deliver(ctx, a, &store.Delivery{Entry: id, Whole: true})
			must(t, err)
		}
		deliver("a", sha("1"))
		deliver("b", sha("1"), sha("2"))
		deliver("c", sha("4"))
		deliver("c", sha("5")) // the newest version is without the first file
		must(t, s.Readings.Put(ctx, "r", map[string]dossier.Reading{sha("2"): {Parts: []dossier.Part{{Name: "x.pdf", SHA256: sha("3")}}}}))
		see := func(file, quote string, r dossier.Sight) dossier.Sighting {
			return dossier.Sighting{SHA256: sha(file), Page: 1, Quote: quote, Result: r, Renderer: "pdfium 1", At: "2024-11-24T02:00:00Z"}
		}
		first, inside := see("1", "Số hộ: 12", dossier.SightUnseen), see("3", "b", dossier.NotFound)
		must(t, s.Sightings.Put(ctx, []dossier.Sighting{see("1", "z", dossier.Seen), inside, see("4", "a", dossier.SightUnseen), first,
			see("5", "a", dossier.NotRendered)}))
		// What was seen stays what it was; what could not be rendered is replaced.
		must(t, s.Sightings.Put(ctx, []dossier.Sighting{see("1", "Số hộ: 12", dossier.Seen), see("5", "a", dossier.Seen)}))

		all, err := s.Sightings.OfFiles(ctx, []string{sha("1"), sha("5"), sha("6")})
		same(t, "of files", map[string][]dossier.Sighting{sha("1"): {first, see("1", "z", dossier.Seen)},
			sha("5"): {see("5", "a", dossier.Seen)}})(all, err)
		of, err := s.Sightings.Doubts(ctx, []string{sha("1"), sha("5")})
		same(t, "doubts", map[string][]dossier.Sighting{sha("1"): {first}})(of, err)
		doubts, err := s.Sightings.DoubtsByDossier(ctx, "r")
		must(t, err)
		if len(doubts) != 2 || dossier.SightingsHash(doubts["a"]) != dossier.SightingsHash([]dossier.Sighting{first}) ||
			dossier.SightingsHash(doubts["b"]) != dossier.SightingsHash([]dossier.Sighting{inside, first, first}) {
			t.Errorf("by dossier: %+v", doubts)
		}

		// Quotes of Office documents are printed first; of files that two dossiers have, both count them.
		office := see("2", "o", dossier.Seen)
		office.Renderer = "LibreOffice 7, pdfium 1"
		must(t, s.Sightings.Put(ctx, []dossier.Sighting{office, see("2", "p", dossier.Seen)}))
		printed, err := s.Sightings.PrintedByDossier(ctx, "r", "pdfium 1")
		same(t, "printed", map[string]int{"b": 1})(printed, err)

		copied, err := store.Open(ctx, filepath.Join(t.TempDir(), "kheo.db"), t.TempDir())
		must(t, err)
		defer copied.Close()
		_, err = s.CopyTo(ctx, copied)
		must(t, err)
		same(t, "copied", of)(copied.Sightings.Doubts(ctx, []string{sha("1"), sha("5")}))

		_, err = s.Dossiers.Forget(ctx, "b")
		must(t, err)
		same(t, "of files inside a forgotten one", map[string][]dossier.Sighting{})(s.Sightings.OfFiles(ctx, []string{sha("3")}))
		same(t, "of files that another dossier has", of)(s.Sightings.Doubts(ctx, []string{sha("1")}))
		_, err = s.Dossiers.Forget(ctx, "a")
		must(t, err)
		same(t, "forgotten", map[string][]dossier.Sighting{})(s.Sightings.OfFiles(ctx, []string{sha("1")}))
	})
}
