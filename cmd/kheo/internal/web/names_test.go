package web

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kheo/pipeline/review"
)

// namesFixture is a campaign with blind: names. A dossier comes from a unit and names a nominee, in its manifest, its
// folder, the name of its file, its title and its text, written in several ways.
func namesFixture(t *testing.T, unit, nominee string) *site {
	t.Helper()
	dir := t.TempDir()
	slug := strings.ToLower(unit)
	put(t, filepath.Join(dir, "kheo.yaml"),
		[]byte("campaign: panel\ntimezone: UTC\nlanguages: [en]\ncloses: 2024-12-31\n"+
			"units: [ { id: "+slug+", name: Xã "+unit+" }, { id: other, name: Xã Other }, { id: committee, name: Board } ]\n"+
			"kinds: [ { id: model } ]\nlevels: [ { id: district, title: { en: District } } ]\nfields: [ { id: light, title: { en: Light } } ]\n"+
			"register: { kinds: [model] }\nreview: { blind: names }\nrules: [rules/models.yaml]\n"))
	put(t, filepath.Join(dir, "rules", "models.yaml"), []byte("ruleset: models\ntitle: { en: Models }\napplies_to: { kind: model }\n"+
		"max_points: 40\nfacts:\n  lamps: { type: count, labels: { en: [lamps] } }\ncriteria:\n"+
		"  - { id: worth, title: { en: Worth copying }, max: 40, panel: { scorers: 1, combine: mean, rubric: { 40: { en: Good }, 0: { en: Bad } } } }\n"+
		"bands: { recommended: total >= 30 }\n"))
	for name, of := range map[string][2]string{slug + "-lamps": {slug, nominee}, "posts": {"other", "Somebody Else"}} {
		u := strings.ToUpper(of[0][:1]) + of[0][1:]
		put(t, filepath.Join(dir, "inbox", name, "dossier.yaml"), []byte("kind: model\ntitle: "+strings.TrimPrefix(name, slug+"-")+" of "+u+
			"\nunit: "+of[0]+"\nnominee: "+of[1]+"\nlevel: district\nfield: light\nregistered_on: 2024-02-14\n"))
		put(t, filepath.Join(dir, "inbox", name, "report "+u+".txt"), []byte("Report of Xã "+u+" for "+of[1]+".\n"+
			"In "+strings.ToUpper(u)+" there are 12 lamps, and Xã\n"+u+" lit them. "+u+"'s people thank "+strings.ToUpper(of[1])+".\n"))
	}
	return serveFixture(t, dir, map[string][]review.Role{"ann": {review.Evaluator}, "bo": {review.Member},
		"chair": {review.Chair}, "sec": {review.Secretary}})
}

// A walk through all pages is the same for those who score, whatever the names are.
func TestNamesAreHiddenFromThoseWhoScore(t *testing.T) {
	t.Parallel()
	stands := regexp.MustCompile(`d-[0-9a-f]{16}|f\.[A-Za-z0-9_-]{20,}|<code>[0-9a-f]{16}…`)
	var walks []map[string]string
	for _, named := range [][2]string{{"Alphaville", "Ngô Thị Bình"}, {"Omegavilla", "Trần Văn Sơn"}} {
		s := namesFixture(t, named[0], named[1])
		id := s.dossierLike(strings.ToLower(named[0]) + "-lamps")
		s.as("sec").must("/dossiers/"+id+"/comment", map[string][]string{"text": {"I know " + named[0] + " well"}})
		walk := map[string]string{}
		for _, who := range []string{"ann", "bo"} {
			b := s.as(who)
			for _, rt := range s.s.routes() {
				method, pattern, _ := strings.Cut(rt.pattern, " ")
				if method != http.MethodGet || strings.HasPrefix(pattern, "/sign-in") || pattern == "/account" {
					continue
				}
				paths := []string{strings.NewReplacer("{$}", "", "{dossier}", id, "{model}", id, "{run}", "1", "{ruleset}",
					"models", "{file}", "models.csv").Replace(pattern)}
				if strings.HasSuffix(pattern, "/text") {
					paths = append(paths, paths[0]+"?doc=report+"+named[0]+".txt&page=1")
				}
				if pattern == "/lists/{ruleset}" {
					paths = append(paths, paths[0]+"?as=xlsx", paths[0]+"?sort=title", paths[0]+"?sort=-unit", paths[0]+"?unit="+strings.ToLower(named[0]),
						paths[0]+"?title="+named[0])
				}
				for i, path := range paths {
					status, body, h := b.get(path)
					if status >= 500 {
						t.Errorf("%s: %d", path, status)
					}
					if asks := i > 2; asks && pattern == "/lists/{ruleset}" && status != http.StatusForbidden {
						t.Errorf("%s asks for a name, and is answered with %d", path, status)
					}
					said := fmt.Sprint(status, h.Get("Location"), " ", unzipped(body))
					for _, secret := range append(strings.Fields(named[1]), named[0], strings.ToLower(named[0]), strings.ToUpper(named[0])) {
						if strings.Contains(said, secret) {
							t.Errorf("%s shows %q to %s", path, secret, who)
							break
						}
					}
					walk[fmt.Sprint(who, " ", pattern, i)] = stands.ReplaceAllString(steady(said), "STANDS")
				}
			}
		}
		run, _, _, err := s.s.lists.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range walk {
			walk[k] = strings.ReplaceAll(v, run, "RUN")
		}
		walks = append(walks, walk)
		s.namesLeadOn(t, id, named[0])
	}
	sameWalk(t, walks[0], walks[1])
}

// namesLeadOn checks that what is masked still works: the links of a page, a score, and the name once it is told.
func (s *site) namesLeadOn(t *testing.T, id, unit string) {
	t.Helper()
	ann, chair := s.as("ann"), s.as("chair")
	_, body, _ := ann.get("/lists/models")
	links := regexp.MustCompile(`href="(/dossiers/d-[0-9a-f]{16})"`).FindAllStringSubmatch(body, -1)
	if len(links) != 2 {
		t.Fatalf("the list has %d links to dossiers: %s", len(links), text(body))
	}
	scored := 0
	for _, l := range links {
		_, body, _ := ann.get(l[1])
		if !strings.Contains(body, "▮▮▮") || !strings.Contains(text(body), "Names of units and nominees are hidden from you") {
			t.Errorf("%s does not say that names are hidden: %s", l[1], text(body))
		}
		doc := regexp.MustCompile(`href="(/dossiers/d-[0-9a-f]{16}/text\?doc=f\.[^"]+)"`).FindStringSubmatch(body)
		if doc == nil {
			t.Errorf("no link to the file: %s", body)
			continue
		}
		if status, body, _ := ann.get(strings.ReplaceAll(doc[1], "&amp;", "&")); status != http.StatusOK || !strings.Contains(text(body), "there are 12 lamps") {
			t.Errorf("the masked link to the file leads to %d %s", status, text(body))
		}
		ann.must(l[1]+"/score", map[string][]string{"criterion": {"worth"}, "points": {"35"}})
		scored++
	}
	if err := s.w.Review().View(t.Context(), func(st *review.State) error {
		if len(st.Scores(id, "")) != 1 || scored != 2 {
			t.Error("a score under a masked id is not kept")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := chair.get("/dossiers/" + id); !strings.Contains(body, unit) || strings.Contains(body, "▮") {
		t.Error("names are hidden from the chair, who assigns work")
	}
	p := s.programOf("ann", review.Scopes...)
	if r := p.call(http.MethodGet, "/lists", nil); r.status != http.StatusForbidden {
		t.Errorf("a program of a scorer reads names: %d", r.status)
	}
}
