package pipeline_test

import (
	"os"
	"strings"
	"testing"

	"kheo/index"
	"kheo/pipeline"
)

// What evaluators type into the search box brings the dossier that they mean first, or
// nearly: with diacritics and without, misspelt, and in three languages.
func TestSearchBringsWhatIsMeantFirst(t *testing.T) {
	dir, _ := sampleRun(t)
	b, err := os.ReadFile("testdata/relevance.tsv")
	if err != nil {
		t.Fatal(err)
	}
	w, err := pipeline.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	sum, n := 0.0, 0
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		q, want, ok := strings.Cut(line, "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		res, err := w.Search(t.Context(), q, index.How{Limit: 20}, nil)
		if err != nil {
			t.Fatalf("%s: %v", q, err)
		}
		rank := 0.0
		for i, h := range res.Hits {
			if strings.HasPrefix(h.Dossier, want) {
				rank = 1 / float64(i+1)
				break
			}
		}
		if n++; rank < 1 {
			t.Logf("%s: %s at 1/%.2f of %d (instead: %s)", q, want, rank, res.Total, res.Instead)
		}
		sum += rank
	}
	if mrr := sum / float64(n); n < 60 || mrr < 0.9 {
		t.Errorf("%d queries, mean reciprocal rank %.3f; at least 60 and 0.9 are promised", n, mrr)
	} else {
		t.Logf("%d queries, mean reciprocal rank %.3f", n, mrr)
	}
}
