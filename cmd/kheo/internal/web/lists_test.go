package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"kheo/internal/dossier"
	"kheo/pipeline/review"
)

var rowRE = regexp.MustCompile(`name="d" value="([^"]+)"`)

// rows returns the dossiers that a page of a list shows, in order.
func (b *browser) rows(query string) []string {
	b.Helper()
	status, body, _ := b.get("/lists/model-district?" + query)
	if status != http.StatusOK {
		b.Fatalf("%s: %d %s", query, status, text(body))
	}
	var out []string
	for _, m := range rowRE.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1])
	}
	return out
}

// Every filter of a list shows what it says and nothing else, for each value; unknown ones show nothing.
func TestAListIsFiltered(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, second := s.as("chair"), s.as("second")
	first, other := s.dossierLike("rung-go-lon"), s.dossierLike("dong-ho-khuyen-hoc")
	all := chair.rows("")
	for _, p := range []*browser{chair, second, s.as("third")} {
		p.must("/dossiers/"+first+"/vote", url.Values{"vote": {"for"}})
	}
	chair.must("/dossiers/"+other+"/assign", url.Values{"person": {"evaluator"}})
	chair.must("/dossiers/"+other+"/override", url.Values{"outcome": {"not-recommended"}, "reason": {"the visit"}})
	for query, want := range map[string][]string{
		"todo=ready": {first}, "todo=overridden": {other}, "evaluator=evaluator": {other}, "title=RỪNG+GỖ": {first}, "title=rung+go": {first}, "top=0": all,
		"evaluator=nobody": nil, "todo=unheard-of": nil, "unit=nowhere": nil, "outcome=x": nil, "flag=x": nil, "title=xyzzy": nil,
		"todo=ready&unit=nowhere": nil,
	} {
		got := chair.rows(query)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s shows %v, not %v", query, got, want)
		}
	}
	if slices.Contains(chair.rows("todo=no-vote"), first) || !slices.Contains(chair.rows("todo=undecided"), first) {
		t.Error("what the chair voted on waits for the chair's vote, or counts as decided")
	}
	if slices.Contains(chair.rows("todo=alone"), other) || !slices.Contains(chair.rows("todo=alone"), first) {
		t.Error("without an evaluator is not what it says")
	}
	if got := chair.rows("top=2"); len(got) != 2 {
		t.Errorf("up to rank 2: %v", got)
	}
	if observer := s.as("observer"); len(observer.rows("todo=ready")) != 0 || len(observer.rows("todo=no-vote")) != 0 {
		t.Error("an observer filters by what only those who decide may know")
	}
	closing := regexp.MustCompile(`todo=undecided">(\d+) still to be decided`)
	_, body, _ := chair.get("/lists/model-district")
	if m := closing.FindStringSubmatch(body); m == nil || m[1] != fmt.Sprint(len(chair.rows("todo=undecided"))) {
		t.Errorf("the list says %v, and shows %d undecided entries", m, len(chair.rows("todo=undecided")))
	}
}

// Columns are chosen and lists sorted both ways; views keep both under a name, for one person.
func TestAListIsSortedAndItsColumnsAreChosen(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, second := s.as("chair"), s.as("second")
	up, down := chair.rows("sort=-points"), chair.rows("sort=points")
	slices.Reverse(up)
	if len(up) < 5 || up[0] != down[0] && up[len(up)-1] != down[len(down)-1] {
		t.Errorf("by points: %v and turned round: %v", down, up)
	}
	_, body, _ := chair.get("/lists/model-district?sort=points")
	if !strings.Contains(body, `aria-sort="descending"`) || !strings.Contains(body, "sort=-points") {
		t.Error("the order is not marked, or cannot be turned round")
	}
	_, body, _ = chair.get("/lists/model-district?cols=yes&col=field&col=mine")
	_, head, _ := strings.Cut(body, "<thead>")
	head, _, _ = strings.Cut(head, "</thead>")
	if got := text(head); got != "Select Rank Dossier Field My vote" {
		t.Errorf("the columns are %q", got)
	}
	_, body, _ = s.as("observer").get("/lists/model-district?cols=yes&col=votes&col=mine")
	if strings.Contains(body, `data-l="Votes"`) || strings.Contains(body, `data-l="My vote"`) {
		t.Error("an observer chooses a column of votes")
	}
	chair.must("/lists/model-district/view", url.Values{"name": {"Mine & more"}, "query": {"todo=no-vote&sort=points&evil=1"}})
	_, body, _ = chair.get("/lists/model-district")
	if !strings.Contains(body, `href="/lists/model-district?sort=points&amp;todo=no-vote"`) || !strings.Contains(body, "Mine &amp; more") {
		t.Errorf("the view is not there: %s", text(body))
	}
	if _, body, _ := second.get("/lists/model-district"); strings.Contains(body, "Mine &amp; more") {
		t.Error("a view is shown to another person")
	}
	chair.must("/lists/model-district/view", url.Values{"name": {"Mine & more"}, "forget": {"yes"}})
	if _, body, _ = chair.get("/lists/model-district"); strings.Contains(body, "Mine &amp; more") {
		t.Error("the view is not forgotten")
	}
	for name, form := range map[string]url.Values{"no name": {"query": {"a=b"}}, "a name with a tab": {"name": {"a\tb"}, "query": {"a=b"}},
		"a long query": {"name": {"x"}, "query": {"title=" + strings.Repeat("a", 1000)}}} {
		if status, _, _ := chair.post("/lists/model-district/view", form); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
}

// What is done to a selection is shown first, and done once confirmed; what the person may not decide, and what the
// log would refuse, is left out and named.
func TestASelectionIsDoneAfterItsPreview(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, secretary := s.as("chair"), s.as("secretary")
	first, other := s.dossierLike("rung-go-lon"), s.dossierLike("dong-ho-khuyen-hoc")
	aside := s.dossierLike("tieng-keng")
	chair.must("/dossiers/"+aside+"/tie", url.Values{"reason": {"my cousin leads it"}})
	for _, p := range []string{"chair", "second", "third"} {
		s.as(p).must("/dossiers/"+first+"/vote", url.Values{"vote": {"for"}})
	}
	path := "/lists/model-district/selection/decide"
	status, body, _ := chair.post(path, url.Values{"d": {first, other, aside}})
	for _, want := range []string{"1 would be recorded; 2 are left out", "Recognised", "you are recused from it",
		"there is no recommendation"} {
		if !strings.Contains(text(body), want) {
			t.Errorf("the preview (%d) does not say %q: %s", status, want, text(body))
		}
	}
	decision := func(id string) (out review.Decision) {
		t.Helper()
		if err := s.w.Review().View(t.Context(), func(st *review.State) error {
			if d := st.Decision("model-district", id); d != nil {
				out = d.Decision
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if d := decision(first); d != "" {
		t.Errorf("the preview has decided: %s", d)
	}
	chair.must(path, url.Values{"d": {first, other, aside}, "sure": {"yes"}})
	if _, body, _ := chair.get("/lists/model-district"); !strings.Contains(text(body), "Recorded for 1; 2 were left out") {
		t.Errorf("the list does not say what was done: %s", text(body))
	}
	if a, b, c := decision(first), decision(other), decision(aside); a != review.Recognised || b != "" || c != "" {
		t.Errorf("decided: %q, %q, %q", a, b, c)
	}
	if _, body, _ := chair.post(path, url.Values{"d": {first}}); !strings.Contains(text(body), "decided already") {
		t.Error("a decision could be given twice without a word")
	}
	secretary.must("/lists/model-district/selection/return", url.Values{"d": {other}, "reason": {"the confirmation is missing"}, "sure": {"yes"}})
	if d := decision(other); d != review.Returned {
		t.Errorf("returned: %q", d)
	}
	assign := "/lists/model-district/selection/assign"
	if _, body, _ := secretary.post(assign, url.Values{"d": {first}, "person": {"observer"}}); !strings.Contains(text(body), "does not evaluate") {
		t.Error(text(body))
	}
	secretary.must(assign, url.Values{"d": {first, aside}, "person": {"evaluator"}, "sure": {"yes"}})
	if got := secretary.rows("evaluator=evaluator"); len(got) != 2 {
		t.Errorf("assigned: %v", got)
	}
	many := make([]string, 501)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for name, form := range map[string]url.Values{"nothing selected": nil, "too much": {"d": many}} {
		if status, _, _ := chair.post(path, form); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _, _ := chair.post(path, url.Values{"d": {"no-such-dossier"}}); status != http.StatusNotFound {
		t.Errorf("an unknown dossier: %d", status)
	}
	if status, body, _ := chair.post("/lists/model-district/selection/return", url.Values{"d": {first}}); status != http.StatusBadRequest ||
		!strings.Contains(body, "Write why") {
		t.Errorf("returned without a reason: %d", status)
	}
}

// Two selected entries are compared with conditions, quotes and what decides between them; a list draws the line of
// its threshold once; on a phone its rows are cards, with nothing to scroll sideways.
func TestAListIsATool(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair := s.as("chair")
	first, other := s.dossierLike("rung-go-lon"), s.dossierLike("dong-ho-khuyen-hoc")
	_, body, _ := chair.get("/lists/model-district/compare?d=" + first + "&d=" + other)
	for _, want := range []string{`class="gates"`, "<blockquote>", "/text?doc=", `class="note"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the comparison has no %s", want)
		}
	}
	if status, body, _ := chair.get("/lists/model-district/compare?d=" + first); status != http.StatusBadRequest || !strings.Contains(body, "select two") {
		t.Errorf("one entry compared: %d", status)
	}
	_, body, _ = chair.get("/lists/model-district")
	if n := strings.Count(body, `class="cut"`); n != 1 || !strings.Contains(text(body), "from 80 points · ") {
		t.Errorf("%d lines of the threshold", n)
	}
	if _, body, _ := chair.get("/lists/model-district?outcome=" + string(dossier.Recommended)); strings.Contains(body, `class="cut"`) {
		t.Error("a filtered list draws the line")
	}
	ctx := s.chromium("chair")
	s.run(ctx, chromedp.EmulateViewport(360, 800), chromedp.Navigate(s.http.URL+"/lists/model-district"), chromedp.WaitReady("main"))
	if wide := ask(s, ctx, chromedp.Evaluate[float64](`Math.max(document.documentElement.scrollWidth - innerWidth,
		...[...document.querySelectorAll(".scroll")].map(e => e.scrollWidth - e.clientWidth))`)); wide > 0 {
		t.Errorf("on a phone the list is %v pixels too wide", wide)
	}
	s.run(ctx, chromedp.EmulateViewport(1440, 800), chromedp.Click("input[data-all]"))
	if says := ask(s, ctx, chromedp.Evaluate[string](`document.querySelector("[data-count]").textContent`)); !regexp.MustCompile(` \d\d?$`).MatchString(says) ||
		strings.HasSuffix(says, " 0") {
		t.Errorf("with all selected the bar says %q", says)
	}
	ask(s, ctx, chromedp.Evaluate[any](`scrollTo(0, 600); 1`))
	if top := ask(s, ctx, chromedp.Evaluate[float64](`document.querySelector("table.list thead th").getBoundingClientRect().top`)); top < 0 {
		t.Errorf("the head of the list is out of sight, at %v", top)
	}
}
