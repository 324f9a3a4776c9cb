package index

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"

	"kheo/internal/dossier"
)

// upgrade introduces every failure of TestBleveInternals.
const upgrade = "This package reads Bleve's segments beneath its public interface, because bitmaps answer a query without scoring " +
	"what is not shown (docs/architecture.md). A Bleve of another version may differ there. What it changed, and where to mend it: "

// TestBleveInternals pins what this package relies on in Bleve and does not get from its documented interface. After
// an upgrade of Bleve it says what has changed, in place of a search that finds less than there is.
func TestBleveInternals(t *testing.T) {
	top := filepath.Join(t.TempDir(), "index")
	x, err := Open(top)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	texts := []string{"một hai", "một ba", "một hai ba bốn"}
	var entries []dossier.IndexEntry
	for i, s := range texts {
		id := string(rune('a' + i))
		entries = append(entries, dossier.IndexEntry{Dossier: doc(id, s), Title: "dossier " + id, Unit: "u", Points: float64(i)})
	}
	if err := x.Update(entries, nil); err != nil {
		t.Fatal(err)
	}

	adv, err := x.b.Advanced()
	if err != nil {
		t.Fatalf(upgrade+"bleve.Index.Advanced fails: %v (snapshot)", err)
	}
	reader, err := adv.Reader()
	if err != nil {
		t.Fatalf(upgrade+"its Reader fails: %v (snapshot)", err)
	}
	snap, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		t.Fatalf(upgrade+"a reader is a %T and not a *scorch.IndexSnapshot (snapshot)", reader)
	}
	defer snap.Close()
	if n := len(snap.Segments()); n != 1 {
		t.Fatalf(upgrade+"one batch makes %d segments (Update)", n)
	}
	s := snap.Segments()[0]
	seg := s.Segment()
	if seg.Count() != uint64(len(texts)) || s.Deleted() != nil && !s.Deleted().IsEmpty() {
		t.Errorf(upgrade+"a fresh segment has %d dossiers of %d, and deleted ones (snapshot)", seg.Count(), len(texts))
	}
	pinPostings(t, seg)
	pinDocuments(t, s)
	pinFiles(t, x, seg)
}

// pinPostings checks dictionaries and postings: terms in byte order, bitmaps, frequencies.
func pinPostings(t *testing.T, seg segment.Segment) {
	dict, err := seg.Dictionary(fieldBody)
	if err != nil {
		t.Fatalf(upgrade+"no dictionary of a field: %v (seg.terms)", err)
	}
	var terms []string
	it := dict.AutomatonIterator(nil, []byte("b"), []byte("h"))
	for e, err := it.Next(); e != nil || err != nil; e, err = it.Next() {
		if err != nil {
			t.Fatal(err)
		}
		terms = append(terms, e.Term)
	}
	if want := termOf("ba", "ba") + " " + termOf("bon", "bốn"); strings.Join(terms, " ") != want {
		t.Errorf(upgrade+"the terms from b up to and without h are %q, not %q (seg.terms)", terms, want)
	}
	for term, want := range map[string]uint64{termOf("mot", "một"): 3, termOf("hai", "hai"): 2, termOf("bon", "bốn"): 1, "none": 0} {
		list, err := dict.PostingsList([]byte(term), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		postings := list.Iterator(true, false, false, nil)
		if got := bitmapOf(postings).GetCardinality(); got != want {
			t.Errorf(upgrade+"%q is in %d dossiers by its bitmap, and in %d in truth: ActualBitmap or DocNum1Hit of "+
				"segment.OptimizablePostingsIterator (bitmapOf)", term, got, want)
		}
		n := uint64(0)
		for p, err := postings.Next(); p != nil || err != nil; p, err = postings.Next() {
			if err != nil || p.Frequency() != 1 {
				t.Fatalf(upgrade+"the frequency of a term is wrong (%v) (seg.count)", err)
			}
			n++
		}
		if n != want {
			t.Errorf(upgrade+"reading the bitmap of %q moves its iterator: %d of %d postings are left (seg.count)", term, n, want)
		}
	}
}

// pinDocuments checks the numbers, names and values of documents.
func pinDocuments(t *testing.T, s *scorch.SegmentSnapshot) {
	docs, err := s.Segment().DocNumbers([]string{"b", "none"})
	if err != nil || docs.GetCardinality() != 1 {
		t.Fatalf(upgrade+"a dossier is not found by its id: %v (snapshot.find)", err)
	}
	if id, err := s.DocID(uint64(docs.Minimum())); err != nil || string(id) != "b" {
		t.Errorf(upgrade+"dossier b is called %q: %v (Known)", id, err)
	}
	if dict, err := s.Segment().Dictionary("_id"); err != nil || dict.Cardinality() != 3 {
		t.Errorf(upgrade+"the ids are not in the field _id: %v (finding.dossier)", err)
	}
	values, ok := s.Segment().(segment.DocValueVisitable)
	if !ok {
		t.Fatalf(upgrade+"a %T is not a segment.DocValueVisitable (seg.docValues)", s.Segment())
	}
	got := ""
	if _, err := values.VisitDocValues(uint64(docs.Minimum()), []string{"points"}, func(_ string, term []byte) { got += string(term) }, nil); err != nil || got != numberTerm(1) {
		t.Errorf(upgrade+"the points of dossier b are %q, not %q: %v (seg.column)", got, numberTerm(1), err)
	}
}

// pinFiles checks what lies on the disk: links to it make the views of searches.
func pinFiles(t *testing.T, x *Index, seg segment.Segment) {
	for _, name := range []string{"bleve/index_meta.json", "bleve/store/root.bolt"} {
		if _, err := os.Stat(filepath.Join(x.dir, filepath.FromSlash(name))); err != nil {
			t.Errorf(upgrade+"%v (linkView)", err)
		}
	}
	persisted, ok := seg.(segment.PersistedSegment)
	if !ok {
		return // still in memory: Bleve writes it a moment later, and checks are made after that
	}
	if filepath.Ext(persisted.Path()) != ".zap" {
		t.Errorf(upgrade+"a segment is in %s, not in a .zap file (linkView)", persisted.Path())
	}
	if err := checkSegment(persisted.Path()); err != nil {
		t.Errorf(upgrade+"the last four bytes of a segment are not the CRC-32 of the rest: %v (checkSegment)", err)
	}
	b, err := os.ReadFile(persisted.Path())
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	bad := filepath.Join(t.TempDir(), "bad.zap")
	if err := errors.Join(os.WriteFile(bad, b, 0o600), checkSegment(bad)); err == nil {
		t.Error("a segment with a flipped bit passes for sound")
	}
}
