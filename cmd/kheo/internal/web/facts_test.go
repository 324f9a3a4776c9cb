package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/review"
)

// doubtful are dossiers in which a fact contradicts itself, or is stated by the manifest alone.
var doubtful = map[string]string{
	"den-duong/dossier.yaml": "kind: model\ntitle: Đèn đường thôn Đông\nunit: dai-hiep\nlevel: district\nfield: economy\nregistered_on: 2024-02-14\n",
	"den-duong/bao-cao.txt":  "Báo cáo kết quả thực hiện mô hình\nSố hộ tham gia: 60 hộ.\n",
	"den-duong/bien-ban.txt": "Biên bản họp\nSố hộ tham gia: 120 hộ.\n",
}

// facts are the corrections of a dossier.
func (s *site) corrections(id string) (n int, value any) {
	s.Helper()
	if err := s.w.Review().View(s.Context(), func(st *review.State) error {
		for _, c := range st.Corrections(id, "") {
			n, value = n+1, c.Value
		}
		return nil
	}); err != nil {
		s.Fatal(err)
	}
	return n, value
}

func TestFactsAreCorrectedOnThePage(t *testing.T) {
	t.Parallel()
	s := openWith(t, doubtful)
	t.Run("by a choice among the readings, by a value with its place, and back", s.correctsFacts)
	t.Run("by those who may, who see what others did before", s.mayCorrectFacts)
}

func (s *site) correctsFacts(t *testing.T) {
	defer func(was func() <-chan struct{}) { s.s.site.Hooks.Edition = was }(s.s.site.Hooks.Edition)
	s.s.site.Hooks.Edition = func() <-chan struct{} {
		done := make(chan struct{})
		if err := pipeline.PublishEdition(s.Context(), s.w, pipeline.Options{}); err != nil {
			t.Error(err)
		}
		close(done)
		return done
	}
	id := s.dossierLike("den-duong")
	sec := s.as("secretary")
	at := "/dossiers/" + id
	_, body, _ := sec.get(at)
	for _, want := range []string{"the papers contradict one another", `name="reading" value="120"`, `name="reading" value="60"`,
		"Which is right?", "Contradiction"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	before, _, _ := strings.Cut(body, `name="reading" value="120"`)
	name, _, _ := strings.Cut(before[strings.LastIndex(before, `name="fact" value="`)+len(`name="fact" value="`):], `"`)
	for _, c := range []struct {
		name   string
		form   url.Values
		status int
		says   string
	}{
		{"a value that may be read in two ways", url.Values{"value": {"1.250"}, "reason": {"x"}}, 400, "1250"},
		{"words", url.Values{"value": {"nhiều"}, "reason": {"x"}}, 400, "is not a value of this fact"},
		{"no reason", url.Values{"value": {"60"}}, 409, "Write the reason"},
		{"a document that is not there", url.Values{"value": {"60"}, "reason": {"x"}, "document": {"gone.pdf"}}, 400, "has no document"},
		{"a page that is not there", url.Values{"value": {"60"}, "reason": {"x"}, "document": {"bao-cao.txt"}, "page": {"9"}}, 400, "has no page 9"},
		{"a page that is no number", url.Values{"value": {"60"}, "reason": {"x"}, "document": {"bao-cao.txt"}, "page": {"one"}}, 400, "has no page one"},
		{"a quote that is not there", url.Values{"value": {"60"}, "reason": {"x"}, "document": {"bao-cao.txt"}, "quote": {"Số hộ: 99"}}, 400, "not on the page"},
		{"a reading of another type", url.Values{"reading": {`"many"`}, "reason": {"x"}}, 400, "is not a value of this fact"},
		{"a reading that is no JSON", url.Values{"reading": {"{"}, "reason": {"x"}}, 400, ""},
		{"taking back what is not there", url.Values{"action": {"restore"}}, 409, "Nobody has corrected"},
	} {
		c.form.Set("fact", name)
		if status, body, _ := sec.post(at+"/fact", c.form); status != c.status || !strings.Contains(text(body), c.says) {
			t.Errorf("%s: %d %s", c.name, status, text(body))
		}
	}
	if n, _ := s.corrections(id); n != 0 {
		t.Fatal("what was refused was recorded")
	}

	sec.must(at+"/fact", url.Values{"fact": {name}, "reading": {"120"}, "reason": {"seen on the page"}})
	if n, v := s.corrections(id); n != 1 || v != 120.0 {
		t.Errorf("%d %v", n, v)
	}
	_, body, _ = sec.get(at)
	for _, want := range []string{"Recorded:", "Corrected by The secretary to: 120 ", "seen on the page", "corrected a fact (" + name + ")",
		"Take the correction back"} {
		if !strings.Contains(text(body), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(text(body), "Contradiction") || strings.Contains(body, `name="reading" value="120"`) {
		t.Error("the contradiction is still there", text(body))
	}
	list := "/lists/" + strings.TrimPrefix(body[strings.Index(body, "/lists/"):][:len("/lists/model-district")], "/lists/")
	if _, body, _ := sec.get(list); !strings.Contains(body, "corrected: "+name) {
		t.Error("the list does not mark it")
	}
	if _, body, _ := sec.get(list + "?flag=contradiction"); strings.Contains(body, id) {
		t.Error("the filter still finds it")
	}
	if _, body, _ := sec.get("/audit"); !strings.Contains(text(body), name+" 60 → 120") {
		t.Error("the audit trail does not say what was changed")
	}
	sec.must(at+"/fact", url.Values{"fact": {name}, "value": {"61 hộ"}, "reason": {"one more"}, "document": {"bao-cao.txt"},
		"page": {"1"}, "quote": {"Số hộ tham gia:  60"}})
	sec.must(at+"/fact", url.Values{"fact": {name}, "action": {"reject"}, "reason": {"neither"}})
	if n, v := s.corrections(id); n != 1 || v != nil {
		t.Errorf("%d %v", n, v)
	}
	if _, body, _ := sec.get(at); !strings.Contains(text(body), "Corrected by The secretary to: not stated") {
		t.Error("the page does not say that the fact is rejected")
	}
	sec.must(at+"/fact", url.Values{"fact": {name}, "action": {"restore"}})
	if n, _ := s.corrections(id); n != 0 {
		t.Error("it was not taken back")
	}
}

func (s *site) mayCorrectFacts(t *testing.T) {
	id := s.dossierLike("den-duong")
	to := "/dossiers/" + id + "/fact"
	name := s.s.site.Ruleset("model-district").FactNames()[0]
	for _, n := range s.s.site.Ruleset("model-district").FactNames() {
		if s.s.site.Ruleset("model-district").FitsFact(n, 60.0) {
			name = n
			break
		}
	}
	form := func() url.Values {
		return url.Values{"fact": {name}, "reading": {"60"}, "reason": {"x"}}
	}
	for person, want := range map[string]int{"evaluator": 409, "member": 403, "observer": 403, "administrator": 403, "submitter": 403} {
		b := s.as(person)
		if status, body, _ := b.post(to, form()); status != want {
			t.Errorf("%s: %d %s", person, status, text(body))
		}
		if _, body, _ := b.get("/dossiers/" + id); strings.Contains(body, `action="`+to+`"`) {
			t.Errorf("%s sees the form", person)
		}
	}
	eva := s.as("evaluator")
	eva.must("/dossiers/"+id+"/take", url.Values{})
	eva.must(to, form())
	chair := s.as("chair")
	stale := form()
	stale.Set("seen", "1")
	if status, body, _ := chair.post(to, stale); status != http.StatusConflict || !strings.Contains(text(body), "corrected a fact") {
		t.Errorf("%d %s", status, text(body))
	}
	chair.must("/dossiers/"+id+"/tie", url.Values{"reason": {"my cousin leads it"}})
	wrong := form()
	wrong.Set("quote", "is this on the page?")
	if status, body, _ := chair.post(to, wrong); status != http.StatusConflict || !strings.Contains(text(body), "conflict of interest") {
		t.Errorf("a recused person learns what papers say: %d %s", status, text(body))
	}
}

// The facts of a dossier are usable by all: axe finds nothing, in every language, light and dark, wide and narrow; and a
// choice is made by keys alone, without JavaScript.
func TestFactsAreAccessible(t *testing.T) {
	t.Parallel()
	s := openWith(t, doubtful)
	id := s.dossierLike("den-duong")
	ctx := s.chromium("secretary")
	axe := readAxe(t)
	scripts := func(disabled bool) {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: disabled})
		if err != nil {
			t.Fatal(err)
		}
	}
	scripts(true)
	s.run(ctx, chromedp.Navigate(s.http.URL+"/dossiers/"+id), chromedp.WaitReady(".choices"))
	s.run(ctx, chromedp.Focus(`button[name=reading][value="120"]`), chromedp.KeyEvent("\r"), chromedp.WaitVisible(".flash"))
	if n, v := s.corrections(id); n != 1 || v != 120.0 {
		t.Errorf("%d %v", n, v)
	}
	scripts(false)
	due := testspace.Turn(t, 5)
	for _, lang := range page.Languages {
		s.run(ctx, chromedp.Navigate(s.http.URL+"/"))
		s.speak(ctx, lang)
		for _, p := range []struct{ name, path string }{{"facts", "/dossiers/" + id}, {"facts-list", "/lists/model-district?flag=unsupported"}} {
			for _, l := range looks {
				if !due() {
					continue
				}
				s.look(ctx, l, p.path)
				ask(s, ctx, chromedp.Evaluate[any](`document.querySelectorAll(".fact details, details.facts").forEach((d, i) => d.open = i < 3); 1`))
				s.accessible(ctx, axe, strings.Join([]string{p.name, lang, l.name}, ", "))
				s.shot(ctx, p.name+"-"+lang+"-"+l.name)
			}
		}
	}
}
