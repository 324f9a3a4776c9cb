package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"kheo/cmd/kheo/internal/web/admin"
	"kheo/pipeline/review"
)

var undoRE = regexp.MustCompile(`(?s)<form class="line" method="post" action="([^"]+)">((?:<input type="hidden"[^>]+>)+)<button class="small" data-key="u"`)
var hiddenRE = regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`)

// undo presses the button that takes back what was just done.
func (b *browser) undo(from string) {
	b.Helper()
	_, body, _ := b.get(from)
	m := undoRE.FindStringSubmatch(body)
	if m == nil {
		b.Fatalf("%s offers nothing to undo: %s", from, text(body))
	}
	form := url.Values{}
	for _, x := range hiddenRE.FindAllStringSubmatch(m[2], -1) {
		form.Add(x[1], strings.ReplaceAll(x[2], "&amp;", "&"))
	}
	b.must(m[1], form)
}

// Tags are given to several dossiers at once and to one, filter lists and are shown in a column, and are in the trail.
// No one sees those of a dossier from which the person is recused, nor without the right to read comments.
func TestDossiersAreTagged(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, evaluator, observer := s.as("chair"), s.as("evaluator"), s.as("observer")
	first, other := s.dossierLike("rung-go-lon"), s.dossierLike("dong-ho-khuyen-hoc")
	aside := s.dossierLike("tieng-keng")
	path := "/lists/model-district/selection/tag"
	form := url.Values{"d": {first, other, aside}, "tag": {"  weak   spot "}}
	if _, body, _ := chair.post(path, form); !strings.Contains(text(body), "3 would be recorded") || !strings.Contains(body, "weak spot") {
		t.Errorf("the preview says %s", text(body))
	}
	form.Set("sure", "yes")
	chair.must(path, form)
	if got := chair.rows("tag=weak+spot"); len(got) != 3 {
		t.Errorf("tagged: %v", got)
	}
	if _, body, _ := chair.post(path, url.Values{"d": {first}, "tag": {"Weak Spot"}}); !strings.Contains(text(body), "has this tag already") {
		t.Errorf("given twice: %s", text(body))
	}
	evaluator.must("/dossiers/"+first+"/tag", url.Values{"tag": {"visit"}})
	_, body, _ := chair.get("/lists/model-district?tag=visit")
	if !strings.Contains(body, `<span class="tag">visit</span> <span class="tag">weak spot</span>`) {
		t.Errorf("the column has %s", text(body))
	}
	if _, body, _ := chair.get("/dossiers/" + first); !strings.Contains(body, `<span class="tag">visit</span>`) {
		t.Error("the dossier does not show its tag")
	}
	if _, body, _ := observer.get("/lists/model-district"); strings.Contains(body, "weak spot") || len(observer.rows("tag=visit")) != 0 {
		t.Error("an observer sees tags, or filters by them")
	}
	evaluator.must("/dossiers/"+aside+"/tie", url.Values{"reason": {"my cousin leads it"}})
	if got := evaluator.rows("tag=weak+spot"); slices.Contains(got, aside) || len(got) != 2 {
		t.Errorf("a recused person finds by tag %v", got)
	}
	if status, _, _ := evaluator.post("/dossiers/"+aside+"/tag", url.Values{"tag": {"x"}}); status != http.StatusConflict && status != http.StatusForbidden {
		t.Errorf("a recused person tags: %d", status)
	}
	for name, tag := range map[string]string{"nothing": " ", "a long line": strings.Repeat("a", 41)} {
		if status, _, _ := chair.post("/dossiers/"+first+"/tag", url.Values{"tag": {tag}}); status/100 != 4 {
			t.Errorf("%s as a tag: %d", name, status)
		}
	}
	evaluator.must("/dossiers/"+first+"/tag", url.Values{"tag": {"visit"}, "remove": {"yes"}})
	evaluator.undo("/dossiers/" + first)
	if got := chair.rows("tag=visit"); !slices.Equal(got, []string{first}) {
		t.Errorf("after the removal was undone: %v", got)
	}
	// What was refused, or done before, is not offered to be undone beside the message of another action.
	evaluator.post("/dossiers/"+first+"/tag", url.Values{"tag": {strings.Repeat("a", 41)}, "remove": {"yes"}})
	evaluator.must("/dossiers/"+first+"/comment", url.Values{"text": {"Read twice."}})
	if _, body, _ := evaluator.get("/dossiers/" + first); undoRE.MatchString(body) {
		t.Error("a comment comes with a button that undoes something else")
	}
	evaluator.must("/dossiers/"+first+"/tag", url.Values{"tag": {"again"}})
	evaluator.must("/dossiers/"+first+"/comment", url.Values{"text": {"Read three times."}})
	if _, body, _ := evaluator.get("/dossiers/" + first); undoRE.MatchString(body) {
		t.Error("a comment comes with a button that undoes what was done before it")
	}
	_, body, _ = chair.get("/audit?kind=comments&dossier=" + first)
	for _, want := range []string{"added a tag", "removed a tag", "weak spot"} {
		if !strings.Contains(text(body), want) {
			t.Errorf("the trail of the dossier lacks %q: %s", want, text(body))
		}
	}
}

// What was done to many entries at once is taken back at once, except for what someone changed since; so is a score,
// by the one before it.
func TestWhatWasDoneTogetherIsUndoneTogether(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, secretary := s.as("chair"), s.as("secretary")
	first, other, third := s.dossierLike("rung-go-lon"), s.dossierLike("dong-ho-khuyen-hoc"), s.dossierLike("tieng-keng")
	l := "/lists/model-district"
	secretary.must(l+"/selection/return", url.Values{"d": {first, other, third}, "reason": {"pages are missing"}, "sure": {"yes"}})
	chair.must("/dossiers/"+third+"/decide", url.Values{"decision": {"deferred"}, "reason": {"to the next meeting"}})
	secretary.undo(l)
	if _, body, _ := secretary.get(l); !strings.Contains(text(body), "Undone for 2; 1 was left as it is") {
		t.Errorf("the list says %s", text(body))
	}
	if err := s.w.Review().View(t.Context(), func(st *review.State) error {
		if st.Decision("model-district", first) != nil || st.Decision("model-district", other) != nil {
			t.Error("decisions were not taken back")
		}
		if d := st.Decision("model-district", third); d == nil || d.Decision != review.Deferred {
			t.Error("the decision of somebody else was taken back")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	secretary.must(l+"/selection/assign", url.Values{"d": {first, other}, "person": {"evaluator"}, "sure": {"yes"}})
	secretary.undo(l)
	if got := secretary.rows("evaluator=evaluator"); len(got) != 0 {
		t.Errorf("still assigned: %v", got)
	}
	secretary.must(l+"/assign", url.Values{"per": {"1"}})
	before := len(chair.rows("todo=alone"))
	secretary.undo(l)
	if after := len(secretary.rows("todo=alone")); after <= before {
		t.Errorf("%d entries without an evaluator, and %d after the undo", before, after)
	}
	if status, _, _ := chair.post(l+"/undo", url.Values{"from": {"1"}, "to": {"99999999"}}); status != http.StatusBadRequest {
		t.Errorf("everything is undone: %d", status)
	}
}

// The audit trail is filtered by person, dossier and kind. What the person may not know is left out altogether: its
// place among what was chosen would reveal what it is.
func TestTheAuditTrailIsFiltered(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, member := s.as("chair"), s.as("member")
	first, other := s.dossierLike("rung-go-lon"), s.dossierLike("dong-ho-khuyen-hoc")
	member.must("/dossiers/"+first+"/comment", url.Values{"text": {"well written"}})
	for _, id := range []string{first, other} {
		member.must("/dossiers/"+id+"/vote", url.Values{"vote": {"for"}})
	}
	chair.must("/dossiers/"+other+"/tie", url.Values{"reason": {"my cousin leads it"}})
	rows := func(query string) []string {
		t.Helper()
		status, body, _ := chair.get("/audit?" + query)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", query, status)
		}
		_, table, _ := strings.Cut(body, "<tbody>")
		table, _, _ = strings.Cut(table, "</tbody>")
		var out []string
		for _, row := range strings.SplitAfter(table, "</tr>") {
			if row = strings.TrimSpace(text(row)); row != "" {
				out = append(out, row)
			}
		}
		return out
	}
	if got := rows("person=member&kind=votes"); len(got) != 1 || !strings.Contains(got[0], " voted ") {
		t.Errorf("votes of the member that the chair may know: %q", got)
	}
	if got := rows("dossier=" + first); len(got) != 2 {
		t.Errorf("of one dossier: %q", got)
	}
	if got := rows("dossier=r%E1%BB%ABng+g%E1%BB%97&kind=comments"); len(got) != 1 || !strings.Contains(got[0], "commented") {
		t.Errorf("by words of its title: %q", got)
	}
	for _, query := range []string{"dossier=" + other, "person=nobody", "kind=unheard-of", "kind=votes&dossier=" + other} {
		if got := rows(query); len(got) != 0 {
			t.Errorf("%s shows %q", query, got)
		}
	}
	// A model that another followed is named by its title, and not to whom is recused from it.
	secretary, third := s.as("secretary"), s.dossierLike("tieng-keng")
	for _, of := range []string{first, other} {
		secretary.must("/register/"+third+"/took-over", url.Values{"of": {of}, "reason": {"they went there"}})
	}
	all := strings.Join(rows("kind=models"), "\n")
	if strings.Count(all, "they went there") != 1 || !strings.Contains(all, "→ Rừng gỗ lớn") || strings.Contains(all, other) {
		t.Errorf("what the chair may know of models: %s", all)
	}
	seen := map[review.Action]bool{}
	for _, a := range admin.Actions() {
		if seen[a] {
			t.Errorf("%s belongs to two kinds", a)
		}
		seen[a] = true
	}
	for _, a := range review.Actions() {
		if !seen[a] {
			t.Errorf("no kind has %s", a)
		}
	}
}

// A score is taken back by the one before it, or by none.
func TestAScoreIsUndone(t *testing.T) {
	t.Parallel()
	s, id := openPanel(t)
	ann := s.as("ann")
	score := func() (points float64, found bool) {
		t.Helper()
		if err := s.w.Review().View(t.Context(), func(st *review.State) error {
			for _, x := range st.Scores(id, "north") {
				if x.Person == "ann" {
					points, found = x.Points, true
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return points, found
	}
	form := url.Values{"criterion": {"worth"}, "points": {"12.5"}, "why": {"two of three"}, "back": {"/next?after=" + id}}
	ann.must("/dossiers/"+id+"/score", form)
	form.Set("points", "30")
	ann.must("/dossiers/"+id+"/score", form)
	ann.undo("/dossiers/" + id)
	if points, _ := score(); points != 12.5 {
		t.Errorf("after the undo of the second score: %v", points)
	}
	ann.must("/dossiers/"+id+"/score", url.Values{"criterion": {"worth"}, "remove": {"yes"}})
	if points, found := score(); found {
		t.Errorf("the score taken back is %v", points)
	}
	if status, _, _ := ann.post("/dossiers/"+id+"/score", url.Values{"criterion": {"worth"}, "remove": {"yes"}}); status != http.StatusConflict {
		t.Errorf("taken back twice: %d", status)
	}
	ann.must("/dossiers/"+id+"/score", form)
	ann.undo("/dossiers/" + id)
	if points, found := score(); found {
		t.Errorf("after the undo of the only score: %v", points)
	}
}

// The pages with tags and filters are accessible, and not wider than their window, at 360 px and on a desk.
func TestPagesWithTagsAreAccessible(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := s.dossierLike("rung-go-lon")
	s.as("chair").must("/dossiers/"+first+"/tag", url.Values{"tag": {"đi xem tận nơi trước ngày họp"}})
	axe, ctx := readAxe(t), s.chromium("chair")
	for _, l := range []look{{"desk", "light", 1440}, {"window", "light", 1200}, {"narrow", "dark", 360}} {
		for name, path := range map[string]string{"list": "/lists/model-district", "dossier": "/dossiers/" + first, "audit": "/audit?kind=comments"} {
			s.look(ctx, l, path)
			ask(s, ctx, chromedp.Evaluate[any](`document.querySelectorAll(".sticky-bar .menu, .tagging .menu").forEach(e => e.open = true); 1`))
			s.shot(ctx, "tags-"+name+"-"+l.name)
			s.accessible(ctx, axe, name+" "+l.name)
		}
	}
}
