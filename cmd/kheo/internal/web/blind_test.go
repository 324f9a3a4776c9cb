package web

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kheo/pipeline"
	"kheo/pipeline/review"
)

// panelScored is the site of openPanel, blind, where two people gave the lamps scores and a run counted them. A
// second dossier was scored by the member too.
func panelScored(t *testing.T, points ...float64) (*site, string) {
	s, id := openPanel(t)
	if err := s.w.Review().View(t.Context(), func(st *review.State) error { st.Settings.Blind = true; return nil }); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(s.w.Dir, "inbox", "posts", "dossier.yaml"), []byte("kind: model\ntitle: Posts\nunit: north\n"))
	put(t, filepath.Join(s.w.Dir, "inbox", "posts", "report.txt"), []byte("Posts were set along the road."))
	if _, err := s.w.Run(t.Context(), pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"ann", "chair", "bo"} {
		s.as(who).must("/dossiers/"+s.dossierLike("posts")+"/score", url.Values{"criterion": {"worth"}, "points": {"20"}})
	}
	for i, who := range []string{"ann", "chair"} {
		form := url.Values{"criterion": {"worth"}, "points": {strconv.FormatFloat(points[i], 'f', -1, 64)}}
		s.as(who).must("/dossiers/"+id+"/score", form)
	}
	if _, err := s.w.Run(t.Context(), pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	return s, id
}

// In a blind campaign no page tells a member what others gave before the member's own score: neither the combined
// points, nor the outcome and the place that follow from them, nor what a run moved because of them.
func TestScoresAreHiddenFromWhoHasYetToScore(t *testing.T) {
	var walks []map[string]string
	for _, points := range [][]float64{{37, 33}, {2, 5}} {
		s, id := panelScored(t, points...)
		other := s.dossierLike("posts")
		paths := []string{"/dossiers/" + other, "/meeting/models?entry=" + other, "/lists/models/compare?a=" + id + "&b=" + other, "/dossiers/" + id, "/meeting/models?entry=" + id, "/meeting/models", "/lists/models", "/lists/models?sort=certainty", "/lists/models?as=xlsx",
			"/lists/models?outcome=recommended", "/lists/models?outcome=not-recommended", "/digest", "/", "/waiting", "/runs/3", "/papers/file?paper=decision&ruleset=models"}
		bo := s.as("bo")
		walks = append(walks, bo.walked(paths))
		_, body, _ := bo.get("/dossiers/" + id)
		if said := text(body); !strings.Contains(said, "Hidden until you have scored.") || strings.Contains(said, "the mean of") {
			t.Errorf("before the own score: %s", said)
		}
		if _, body, _ := bo.get("/runs/3"); strings.Contains(body, "/dossiers/"+id) {
			t.Errorf("the run tells a change: %s", text(body))
		}
		bo.must("/dossiers/"+id+"/score", url.Values{"criterion": {"worth"}, "points": {"32"}})
		for path, words := range map[string]string{"/dossiers/" + id: "the mean of 2 scores", "/runs/3": "worth: 0 →"} {
			if _, body, _ := bo.get(path); !strings.Contains(text(body), words) {
				t.Errorf("%s after the own score: %s", path, text(body))
			}
		}
	}
	sameWalk(t, walks[0], walks[1])
}

// Whoever may not score, and whoever has scored, sees the points in a blind campaign; the files of a list leave
// out what its reader has yet to score.
func TestBlindHidesScoresFromScorersAlone(t *testing.T) {
	s, id := panelScored(t, 37, 33)
	if _, body, _ := s.as("chair").get("/lists/models/files/models.csv"); !strings.Contains(body, "Lamps") {
		t.Errorf("the chair has scored and misses the entry: %s", body)
	}
	if _, body, _ := s.as("ann").get("/dossiers/" + id); !strings.Contains(text(body), "the mean of 2 scores") {
		t.Errorf("ann has scored: %s", text(body))
	}
	chair := s.person("chair")
	chair.ID = "another"
	rec, err := s.s.untellable(t.Context(), &chair, "models")
	if err != nil || !rec.dossiers[id] {
		t.Errorf("another chair is told the entry: %v, %v", rec, err)
	}
}
