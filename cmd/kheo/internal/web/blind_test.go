package web

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/index"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/publish"
	"kheo/pipeline/publish/paper"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
)

// panelScored is the site of openPanel, blind, where two people gave the lamps scores and a run counted them. A
// second dossier was scored by the member too.
func panelScored(t *testing.T, points ...float64) (*site, string) {
	s, id := openPanel(t)
	if err := s.w.Review().View(t.Context(),
		func(st *review.State) error { st.Settings.Blind = true; return nil }); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(s.w.Dir, "inbox", "posts", "dossier.yaml"),
		[]byte("kind: model\ntitle: Posts\nunit: north\n"))
	put(t, filepath.Join(s.w.Dir, "inbox", "posts", "report.txt"), []byte("Posts were set along the road."))
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"ann", "chair", "bo"} {
		s.as(who).must("/dossiers/"+s.dossierLike("posts")+"/score", url.Values{"criterion": {"worth"},
			"points": {"20"}})
	}
	for i, who := range []string{"ann", "chair"} {
		form := url.Values{"criterion": {"worth"}, "points": {strconv.FormatFloat(points[i], 'f', -1, 64)}}
		s.as(who).must("/dossiers/"+id+"/score", form)
	}
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	return s, id
}

// In a blind campaign no page shows a member what others gave before the member's own score: neither the
// combined points, nor the outcome and the place that follow from them, nor what a run moved because of them.
func TestScoresAreHiddenFromWhoHasYetToScore(t *testing.T) {
	var walks []map[string]string
	for _, points := range [][]float64{{37, 33}, {2, 5}} {
		s, id := panelScored(t, points...)
		other := s.dossierLike("posts")
		paths := []string{"/dossiers/" + other, "/meeting/models?entry=" + other,
			"/lists/models/compare?a=" + id + "&b=" + other, "/dossiers/" + id,
			"/meeting/models?entry=" + id, "/meeting/models", "/lists/models",
			"/lists/models?sort=certainty", "/lists/models?as=xlsx",
			"/lists/models?outcome=recommended", "/lists/models?outcome=not-recommended", "/digest", "/",
			"/waiting", "/runs/3"}
		bo := s.as("bo")
		walks = append(walks, bo.walked(paths))
		_, body, _ := bo.get("/dossiers/" + id)
		if said := text(body); !strings.Contains(said, "Hidden until you have scored.") ||
			strings.Contains(said, "the mean of") {
			t.Errorf("before the own score: %s", said)
		}
		if _, body, _ := bo.get("/runs/3"); strings.Contains(body, "/dossiers/"+id) {
			t.Errorf("the run tells a change: %s", text(body))
		}
		bo.must("/dossiers/"+id+"/score", url.Values{"criterion": {"worth"}, "points": {"32"}})
		for path, words := range map[string]string{"/dossiers/" + id: "the mean of 2 scores",
			"/runs/3": "Worth copying: 0 →"} {
			if _, body, _ := bo.get(path); !strings.Contains(text(body), words) {
				t.Errorf("%s after the own score: %s", path, text(body))
			}
		}
	}
	sameWalk(t, walks[0], walks[1])
}

// Once a person has scored everything, a blind campaign hides nothing from them; until then they are refused
// the files of a list instead of getting a part of it.
func TestFilesOfAListComeWhenAllIsScored(t *testing.T) {
	s, id := panelScored(t, 37, 33)
	if _, body, _ := s.as("chair").get("/lists/models/files/models.csv"); !strings.Contains(body, "Lamps") {
		t.Errorf("the chair has scored and misses the entry: %s", body)
	}
	if _, body, _ := s.as("ann").get("/dossiers/" + id); !strings.Contains(text(body), "the mean of 2 scores") {
		t.Errorf("ann has scored: %s", text(body))
	}
	another := review.Event{Person: review.System, Action: review.PersonAdded,
		Data: review.Data{Subject: "another", Name: "Another", Roles: []review.Role{review.Chair}}}
	if err := s.w.Review().SetEncoded(t.Context(), another, encoded()); err != nil {
		t.Fatal(err)
	}
	b := s.as("another")
	for _, path := range []string{"/lists/models/files/models.csv",
		"/papers/file?paper=decision&ruleset=models", "/papers/file?paper=summary",
		"/papers/file?paper=feedback&unit=north&dossier=" + id} {
		if status, body, _ := b.get(path); status != http.StatusForbidden || !strings.Contains(text(body),
			"hidden until you have scored") {
			t.Errorf("%s: %d %s", path, status, text(body))
		}
	}
	src, err := s.w.Campaign().ReadRules("rules/models.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if status, body, _ := b.post("/rules/models/try", url.Values{"text": {strings.ReplaceAll(string(src),
		"30", "34")}}); status != http.StatusForbidden {
		t.Errorf("a trial: %d %s", status, text(body))
	}
}

// blindFixture is a blind campaign in which others scored the dossiers "lamps" and "choir": the scores are
// those given, and "bench" was overridden to an outcome. Max has every role and has yet to score these three.
// Kin is recused from the lamps and has scored the rest. A quota lets one group be recommended.
func blindFixture(t *testing.T, lamps, choir [2]string, outcome string) *site {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "kheo.yaml"),
		[]byte("campaign: panel\ntimezone: UTC\nlanguages: [en]\ncloses: 2024-12-31\n"+
			"units: [ { id: north, name: North }, { id: south, name: South } ]\nkinds: [ { id: model }, { id: group } ]\n"+
			"levels: [ { id: district, title: { en: District } } ]\nfields: [ { id: light, title: { en: Light } } ]\n"+
			"register: { kinds: [model, group] }\nreview: { blind: true }\nrules: [rules/models.yaml, rules/groups.yaml]\n"))
	rules := "ruleset: %s\ntitle: { en: %s }\napplies_to: { kind: %s }\nmax_points: 40\ncriteria:\n" +
		"  - { id: worth, title: { en: Worth copying }, max: 40, panel: { scorers: 2, combine: mean, rubric: { 40: { en: Good }, 0: { en: Bad } } } }\n" +
		"bands: { recommended: total >= 30 }\n"
	put(t, filepath.Join(dir, "rules", "models.yaml"), fmt.Appendf(nil, rules, "models", "Models", "model"))
	put(t, filepath.Join(dir, "rules", "groups.yaml"), fmt.Appendf(nil,
		rules+"quotas: [ { per: all, most: 1 } ]\n", "groups", "Groups", "group"))
	for _, d := range []string{"lamps model", "posts model", "bench model", "choir group", "band group"} {
		name, kind, _ := strings.Cut(d, " ")
		put(t, filepath.Join(dir, "inbox", name, "dossier.yaml"),
			[]byte("kind: "+kind+"\ntitle: The "+name+"\nunit: north\nlevel: district\nfield: light\nregistered_on: 2024-02-14\n"))
		put(t, filepath.Join(dir, "inbox", name, "report.txt"),
			[]byte("A report on what was done with "+name+".\n"))
	}
	s := serveFixture(t, dir, map[string][]review.Role{"ann": {review.Evaluator}, "bo": {review.Member},
		"sec": {review.Secretary},
		"max": {review.Chair, review.Secretary, review.Administrator,
			review.Evaluator}, "kin": {review.Chair, review.Secretary, review.Administrator}})
	score := func(who, name, points string) {
		s.as(who).must("/dossiers/"+s.dossierLike(name)+"/score", url.Values{"criterion": {"worth"},
			"points": {points}})
	}
	for i, who := range []string{"ann", "bo"} {
		score(who, "posts", "31")
		score(who, "band", "32")
		score(who, "bench", "20")
		score(who, "lamps", lamps[i])
		score(who, "choir", choir[i])
	}
	for _, scores := range [][]string{{"max", "posts", "band"}, {"kin", "posts", "bench", "choir", "band"}} {
		who := scores[0]
		for _, name := range scores[1:] {
			score(who, name, "33")
		}
	}
	s.as("sec").must("/dossiers/"+s.dossierLike("bench")+"/override", url.Values{"outcome": {outcome},
		"reason": {"seen by the secretary"}})
	tie := review.Event{Person: review.System, Action: review.TieDeclared, Dossier: s.dossierLike("lamps"),
		Data: review.Data{Subject: "kin", Reason: "a sister leads it"}}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, tie); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// blindPaths are the paths of all pages that can be read, with everything that they can be asked for: each
// dossier, list, file, run and paper, and searches by every field in every order, as pages and as workbooks.
func (s *site) blindPaths() []string {
	var ids []string
	for _, name := range []string{"lamps", "posts", "bench", "choir", "band"} {
		ids = append(ids, s.dossierLike(name))
	}
	var paths []string
	for _, rt := range s.s.routes() {
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		if method != http.MethodGet || strings.HasPrefix(pattern, "/sign-in") || pattern == "/account" {
			continue // account shows when sessions began
		}
		for _, id := range ids {
			for _, file := range []string{"models.csv", "models.json", "models.xlsx", "models.docx",
				"groups.csv"} {
				for _, run := range []string{"1", "2"} {
					ruleset, _, _ := strings.Cut(file, ".")
					paths = append(paths, strings.NewReplacer("{$}", "", "{dossier}", id, "{model}", id,
						"{run}", run, "{ruleset}", ruleset, "{file}", file).Replace(pattern))
				}
			}
		}
	}
	for _, path := range []string{"/waiting", "/runs", "/register", "/people", "/audit"} {
		paths = append(paths, path+"?as=xlsx", path+"?as=csv")
	}
	for _, ruleset := range []string{"models", "groups"} {
		l := "/lists/" + ruleset
		for _, sort := range []string{"title", "unit", "votes", "certainty"} {
			paths = append(paths, l+"?sort="+sort, l+"?as=xlsx&sort="+sort)
		}
		for _, o := range page.Outcomes() {
			paths = append(paths, l+"?outcome="+o, l+"?as=xlsx&outcome="+o, l+"?as=csv&outcome="+o)
		}
		for i, id := range ids {
			paths = append(paths, "/meeting/"+ruleset+"?entry="+id,
				l+"/compare?a="+id+"&b="+ids[(i+1)%len(ids)])
		}
		for _, k := range paper.Kinds {
			paths = append(paths, "/papers/file?paper="+string(k)+"&ruleset="+ruleset)
		}
	}
	for _, id := range ids {
		paths = append(paths, "/papers/file?paper=feedback&unit=north&dossier="+id,
			"/dossiers/"+id+"/text?doc=report.txt&page=1")
	}
	paths = append(paths, "/papers/file?paper=summary")
	queries := []string{"report", "unit:north", "level:district", "field:light", "kind:model", "kind:group",
		"ruleset:models", "ruleset:groups", "year:2024", "registered:>=2024",
		"points:>=1", "points:<10", "points:>=30", "-points:>=30", "points:31", "NOT points:>=1",
		"report points:>=30", "report OR points:>=30"}
	for _, o := range page.Outcomes() {
		queries = append(queries, "outcome:"+o, "-outcome:"+o)
	}
	for _, f := range append([]string{dossier.FlagNearDuplicate, dossier.FlagMissingDocument},
		publish.AboutScores...) {
		queries = append(queries, "flag:"+f, "-flag:"+f)
	}
	for _, id := range ids {
		queries = append(queries, "similar:"+id)
	}
	for _, q := range queries {
		paths = append(paths, "/search?"+url.Values{"q": {q}}.Encode(), "/search?"+url.Values{"q": {q},
			"sort": {"points"}, "as": {"xlsx"}}.Encode())
	}
	for _, sort := range index.Sorts {
		paths = append(paths, "/search?q=report&sort="+sort)
	}
	for _, stage := range register.Stages {
		paths = append(paths, "/register?stage="+string(stage))
	}
	paths = append(paths, "/people?check=lamps")
	slices.Sort(paths)
	return slices.Compact(paths)
}

// No page, file or search shows a person what a blind campaign hides from them, nor what they are recused from:
// campaigns that differ only in hidden scores and outcomes look the same, and no hidden number appears.
func TestNothingTellsWhatMustBeScoredBlind(t *testing.T) {
	t.Parallel()
	high, low, best, worst := [2]string{"37.25", "34.75"}, [2]string{"2.25", "5.75"}, [2]string{"38.25",
		"36.75"}, [2]string{"4.25", "6.75"}
	planted := regexp.MustCompile(`\b(37[.,]25|34[.,]75|36|2[.,]25|5[.,]75|38[.,]25|36[.,]75|37[.,]5|4[.,]25|6[.,]75|5[.,]5)\b`)
	sites := []*site{blindFixture(t, high, best, "recommended"), blindFixture(t, low, worst,
		"not-recommended"), blindFixture(t, low, best, "recommended")}
	paths := sites[0].blindPaths()
	var max []map[string]string
	for _, s := range sites[:2] {
		s.as("max").must("/search/save", url.Values{"name": {"the best"}, "q": {"points:>=30"},
			"sort": {"points"}})
		max = append(max, s.as("max").walked(paths))
	}
	sameWalk(t, max[0], max[1])
	for path, body := range max[0] {
		if strings.HasSuffix(path, "/workbook.xlsx") {
			continue // numbers of its strings; that both are the same is what counts
		}
		if found := planted.FindString(text(body)); found != "" {
			t.Errorf("%s shows the hidden number %s", path, found)
		}
	}
	sameWalk(t, sites[0].as("kin").walked(paths), sites[2].as("kin").walked(paths))

	told := 0 // to the secretary, who does not score
	paths = slices.DeleteFunc(paths, func(p string) bool {
		return !strings.HasPrefix(p, "/search") &&
			!strings.HasPrefix(p, "/lists")
	})
	first, second := sites[0].as("sec").walked(paths), sites[1].as("sec").walked(paths)
	for path, body := range first {
		if body != second[path] {
			told++
		}
	}
	if told < 40 {
		t.Errorf("the campaigns look different to the secretary on %d of %d paths only", told, len(paths))
	}
}

// The page of how people score is for those who assign; while scoring is blind it shows none of dossiers that the reader has
// yet to score.
func TestHowPeopleScoreIsShown(t *testing.T) {
	t.Parallel()
	s, id := panelScored(t, 37, 33)
	chair := s.as("chair")
	s.shows(chair, "/scorers", "dossiers scored: 2, by several: 2", "Agreement (alpha)", "28.5 / 40", "Apart from others")
	if status, body, _ := chair.get("/scorers?as=csv"); status != http.StatusOK || !strings.Contains(body, "28.5") {
		t.Errorf("as a table: %d %s", status, body)
	}
	if status, _, _ := s.as("bo").get("/scorers"); status != http.StatusForbidden {
		t.Errorf("a member sees how others score: %d", status)
	}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: "chair", Action: review.Scored, Dossier: id,
		Data: review.Data{Criterion: "worth"}}); err != nil {
		t.Fatal(err)
	}
	s.shows(chair, "/scorers", "dossiers scored: 1, by several: 1")
	if _, body, _ := chair.get("/scorers"); strings.Contains(text(body), "28.5") {
		t.Error("the chair, who has yet to score a dossier, learns what others gave it")
	}
}
