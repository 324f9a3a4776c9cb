package web

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/review"
	"kheo/samples"
)

// newcomer serves the workspace that kheo init makes, with three models whose reports are texts, a secretary who may
// approve as well, and a chair.
func newcomer(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	testspace.Copy(t, "../command/setup/starter", dir)
	for i, n := range []int{70, 35, 16} {
		put(t, filepath.Join(dir, "inbox", fmt.Sprintf("model-%d", i+1), "report.txt"), fmt.Appendf(nil, `Report on the model
Name of the model: Model %d
Registering unit: North commune
Level: grassroots level
Registered on: 2026-02-0%d
Started: 2026-03
Households taking part: %d households
Agreement: 95 %%
Days late: %d

Results
Thefts fell from 19 to 3.
Incomes rose by 20 percent.
`, i+1, i+1, n, i))
		put(t, filepath.Join(dir, "inbox", fmt.Sprintf("model-%d", i+1), "confirmation.txt"),
			[]byte("Confirmation\nThe village confirms the report.\n"))
		put(t, filepath.Join(dir, "inbox", fmt.Sprintf("model-%d", i+1), "dossier.yaml"),
			fmt.Appendf(nil, "kind: model\ntitle: Model %d\nunit: north\nlevel: grassroots\nfield: economy\n", i+1))
	}
	return serveFixture(t, dir, map[string][]review.Role{"hoa": {review.Secretary, review.Chair}, "binh": {review.Chair},
		"dung": {review.Administrator}, "nam": {review.Observer}})
}

// points returns the points of a dossier on the newest list.
func (s *site) points(title string) float64 {
	s.Helper()
	run, err := editions.FindRun(s.Context(), s.w, "")
	if err != nil {
		s.Fatal(err)
	}
	f, err := editions.List(s.Context(), s.w, run.Run, "models")
	if err != nil {
		s.Fatal(err)
	}
	for _, e := range f.Entries {
		if e.Title == title {
			return e.Points
		}
	}
	s.Fatalf("no %s on the list", title)
	return 0
}

// fill replaces the value of a control, as someone does who selects all of it and types.
func (s *site) fill(ctx context.Context, selector, value string) {
	s.Helper()
	s.run(ctx, chromedp.WaitVisible(selector), chromedp.SetValue(selector, value))
	ask(s, ctx, chromedp.Evaluate[any](fmt.Sprintf(
		`document.querySelector(%q).dispatchEvent(new Event("input", {bubbles: true})); 1`, selector)))
	s.run(ctx, chromedp.WaitNotPresent("#rules-form[aria-busy]"))
}

// says waits until the page holds some words.
func (s *site) says(ctx context.Context, words string) {
	s.Helper()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](fmt.Sprintf(`!!document.body && document.body.innerText.includes(%q)`, words),
		chromedp.WithPollingTimeout(10*time.Second)))
	if err != nil {
		s.shot(ctx, "failed")
		body := ask(s, ctx, chromedp.Evaluate[string]("document.body.innerText"))
		s.Fatalf("the page does not say %q: %v\n%s", words, err, body)
	}
}

// A newcomer changes points, adds a deduction, simulates and tries it, and proposes it; a second person puts it into
// force; the next run uses it, and no one has touched a file.
func TestARulesetIsChangedInTheBrowser(t *testing.T) {
	t.Parallel()
	s := newcomer(t)
	if got := s.points("Model 1"); got != 100 {
		t.Fatalf("Model 1 has %v points before", got)
	}
	file := filepath.Join(s.w.Dir, "rules", "models.yaml")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	hoa := s.chromium("hoa")
	s.run(hoa, chromedp.Navigate(s.http.URL+"/rules/models/edit"))
	// A fact that papers state, and a deduction by it.
	s.run(hoa, chromedp.SetValue("input[name='new:facts']", "Days late"), chromedp.Click("button[value='add:facts']"),
		chromedp.WaitVisible("[data-path='facts/days_late']"),
		chromedp.SetValue("input[name='new:criteria']", "Late"),
		chromedp.SetValue("select[name='kind:criteria']", "deduct"), chromedp.Click("button[value='add:criteria']"),
		chromedp.WaitVisible("input[name='f:criteria/3/measured']"))
	s.shot(hoa, "rules-edit-new")
	s.says(hoa, "to correct")
	// What is typed is checked while it is typed: the text beside follows, and the mistake goes.
	s.fill(hoa, "input[name='f:criteria/3/measured']", "days_late")
	s.fill(hoa, "input[name='f:criteria/3/per/points']", "5")
	s.says(hoa, "No mistakes.")
	if text := ask(s, hoa, chromedp.Value("#rules-text")); !strings.Contains(text, `measured: "days_late"`) {
		t.Errorf("the text beside the form does not follow it:\n%s", text)
	}
	s.fill(hoa, "input[name='f:criteria/3/max']", "lots")
	s.says(hoa, "must be a number")
	s.run(hoa, chromedp.WaitVisible("input[name='f:criteria/3/max'][aria-invalid=true]"))
	s.shot(hoa, "rules-edit-mistake")
	s.fill(hoa, "input[name='f:criteria/3/max']", "15")
	s.says(hoa, "No mistakes.")
	s.says(hoa, "Not saved yet.")
	s.run(hoa, chromedp.Click("button[value=save]"), chromedp.WaitVisible(".flash"))
	// The way on is in sight, also below the message.
	const onTop = `(() => { const a = document.querySelector(".rules-bar a[href='#propose']"), r = a.getBoundingClientRect();
		return String(a.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2))); })()`
	if seen := ask(s, hoa, chromedp.Evaluate[string](onTop)); seen != "true" {
		t.Error("the way to the proposal is not in sight after saving")
	}
	// Steps are a grid.
	s.run(hoa, chromedp.Click("button[value='open:criteria/0']"), chromedp.WaitVisible("input[name='f:criteria/0/steps/2/points']"))
	s.fill(hoa, "input[name='f:criteria/0/steps/2/points']", "28")
	s.run(hoa, chromedp.Click("button[value=save]"), chromedp.WaitVisible(".flash"))
	s.shot(hoa, "rules-edit")
	// Simulated, and kept as an example.
	s.run(hoa, chromedp.Navigate(s.http.URL+"/rules/models/simulate"),
		chromedp.WaitVisible("textarea[name=text]"),
		chromedp.SetValue("textarea[name=text]", "Households taking part: 70 households\nDays late: 2\n"),
		chromedp.Click("main form button.main"), chromedp.WaitVisible("h2[id=says]"))
	s.says(hoa, "10 points taken off")
	s.shot(hoa, "simulate")
	s.run(hoa, chromedp.SetValue("input[name=name]", "two days late"), chromedp.Click("#keep + p + form button"),
		chromedp.WaitVisible(".flash"))
	// Tried: whom it moves.
	s.run(hoa, chromedp.Navigate(s.http.URL+"/rules/models/try"))
	s.loaded(hoa)
	s.run(hoa, chromedp.Click("main form button.main"), chromedp.WaitVisible("#moves"))
	s.says(hoa, "5 examples, of which 1 does not get")
	s.shot(hoa, "try")
	// The example that the change contradicts is corrected where the mistake is.
	s.run(hoa, chromedp.Navigate(s.http.URL+"/rules/models/edit?at=examples/3"),
		chromedp.WaitVisible("input[name='f:examples/3/expect/reach']"))
	s.fill(hoa, "input[name='f:examples/3/expect/reach']", "28")
	s.run(hoa, chromedp.Click("button[value=save]"), chromedp.WaitVisible(".flash"))
	// Proposed; the same person cannot approve it.
	s.run(hoa, chromedp.SetValue("#propose ~ form textarea", "the committee decided on Monday"),
		chromedp.Click("#propose ~ form button.main"), chromedp.WaitVisible("#decide"))
	s.says(hoa, "somebody else must put it into force: ")
	s.shot(hoa, "proposal-mine")
	at := ask(s, hoa, chromedp.Location())
	at = at[strings.Index(at, "/proposals/"):]
	if status, body, _ := s.as("hoa").post(at+"/approve", map[string][]string{"reason": {"good"}}); status != 409 ||
		!strings.Contains(body, "a second person must") {
		t.Errorf("the author approves: %d", status)
	}
	if status, _, _ := s.as("nam").post(at+"/approve", map[string][]string{"reason": {"good"}}); status != 403 {
		t.Errorf("an observer approves: %d", status)
	}
	if now, _ := os.ReadFile(file); string(now) != string(before) {
		t.Error("the file changed before anybody approved")
	}
	// A second person sees what it changes and whom it moves, and puts it into force with a reason.
	binh := s.chromium("binh")
	s.run(binh, chromedp.Navigate(s.http.URL+"/rules"), chromedp.Click("#waiting + ul a"), chromedp.WaitVisible("#what"))
	s.says(binh, "Criterion “How many take part”, step 3: points 30 → 28")
	s.run(binh, chromedp.Click("form[action$='/try'] button"), chromedp.WaitVisible("#moves"))
	s.shot(binh, "proposal")
	s.run(binh, chromedp.SetValue("#decide ~ form textarea", "as decided"), chromedp.Click("#decide ~ form button.main"),
		chromedp.WaitVisible(".state.approved"))
	s.shot(binh, "proposal-approved")
	// The next run uses it; the comments of the file are as they were.
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	for title, want := range map[string]float64{"Model 1": 98, "Model 2": 85, "Model 3": 70} {
		if got := s.points(title); got != want {
			t.Errorf("%s has %v points after it, not %v", title, got, want)
		}
	}
	after, _ := os.ReadFile(file)
	for _, line := range strings.Split(string(before), "\n") {
		if _, comment, ok := strings.Cut(line, "#"); ok && !strings.Contains(string(after), "#"+comment) {
			t.Errorf("the comment %q is gone", comment)
		}
	}
	s.run(binh, chromedp.Navigate(s.http.URL+"/rules/models/history"), chromedp.WaitVisible("table"))
	s.says(binh, "the committee decided on Monday")
	s.shot(binh, "history")
	if r, err := s.w.Review().Verify(t.Context(), "", nil); err != nil || len(r.Faults) > 0 {
		t.Errorf("the audit trail: %v %v", r.Faults, err)
	}
}

// A newcomer begins with a published scheme and its dossiers, makes a deduction dearer, sees whose rank it changes, and
// proposes it; a second person puts it into force; the next list has another rank. No one has touched a file.
func TestANewcomerChangesADeductionOfAScheme(t *testing.T) {
	t.Parallel()
	scheme, _ := samples.SchemeNamed("province-points-table")
	dir := t.TempDir()
	if err := samples.WriteScheme(dir, scheme); err != nil {
		t.Fatal(err)
	}
	if n, err := samples.WriteDossiers(filepath.Join(dir, "inbox"), scheme); err != nil || n < 12 {
		t.Fatalf("%d dossiers: %v", n, err)
	}
	s := serveFixture(t, dir, map[string][]review.Role{"hoa": {review.Secretary}, "binh": {review.Chair}})
	rank := func() string {
		t.Helper()
		run, err := editions.FindRun(t.Context(), s.w, "")
		if err != nil {
			t.Fatal(err)
		}
		list, err := editions.List(t.Context(), s.w, run.Run, "xep-hang")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list.Entries {
			if strings.HasPrefix(e.Dossier, "13-so-ngoai-vu") && e.Award != nil {
				return fmt.Sprintf("%v %s", e.Points, e.Award.Title)
			}
		}
		return "nothing"
	}
	if got := rank(); got != "65 Khá" {
		t.Fatalf("before: %s", got)
	}
	// The editor, from the menu of rulesets to the card of the deduction.
	hoa := s.chromium("hoa")
	s.run(hoa, chromedp.Navigate(s.http.URL+"/rules"), chromedp.Click("a[href='/rules/xep-hang/edit']"),
		chromedp.WaitVisible("#rules-form"), chromedp.Click("button[value='open:criteria/6']"),
		chromedp.WaitVisible("input[name='f:criteria/6/checklist/1/points']"))
	s.fill(hoa, "input[name='f:criteria/6/checklist/0/points']", "3")
	s.fill(hoa, "input[name='f:criteria/6/checklist/1/points']", "3")
	s.fill(hoa, "input[name='f:criteria/6/max']", "6")
	s.run(hoa, chromedp.Click("button[value=save]"), chromedp.WaitVisible(".flash"))
	s.shot(hoa, "scheme-edit")
	s.run(hoa, chromedp.Navigate(s.http.URL+"/rules/xep-hang/try"), chromedp.Click("main form button.main"), chromedp.WaitVisible("#moves"))
	s.says(hoa, "Sở Ngoại vụ")
	s.says(hoa, "Thiếu phụ lục: -2 → -3 points")
	s.shot(hoa, "scheme-try")
	s.run(hoa, chromedp.Navigate(s.http.URL+"/rules/xep-hang/edit"), chromedp.SetValue("#propose ~ form textarea", "Hội đồng đã thống nhất"),
		chromedp.Click("#propose ~ form button.main"), chromedp.WaitVisible("#decide"))
	// A second person puts it into force.
	binh := s.chromium("binh")
	s.run(binh, chromedp.Navigate(s.http.URL+"/rules"), chromedp.Click("#waiting + ul a"), chromedp.WaitVisible("#what"))
	s.says(binh, "Thiếu phụ lục")
	s.run(binh, chromedp.SetValue("#decide ~ form textarea", "Đồng ý"), chromedp.Click("#decide ~ form button.main"), chromedp.WaitVisible(".state.approved"))
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	if got := rank(); got != "64 Trung bình" {
		t.Errorf("after: %s", got)
	}
	s.run(hoa, chromedp.Navigate(s.http.URL+"/lists/xep-hang"), chromedp.WaitVisible("main"))
	s.says(hoa, "Sở Ngoại vụ")
	s.shot(hoa, "scheme-list")
}
