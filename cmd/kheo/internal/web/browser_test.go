package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/testspace"
	"kheo/pipeline/register"
)

// chrome is the Chromium of all tests of this package. It is started when the first test needs it; TestMain ends it.
var chrome struct {
	sync.Mutex
	ctx  context.Context // nil until it was started
	ends []func()
}

// startChrome returns the context of the Chromium of this package.
func startChrome(t testing.TB) context.Context {
	t.Helper()
	chrome.Lock()
	defer chrome.Unlock()
	if chrome.ctx != nil {
		return chrome.ctx
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is not installed: make setup-test")
	}
	profile, err := os.MkdirTemp("", "kheo-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.UserDataDir(profile))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	chrome.ends = append(chrome.ends, cancel, stop, func() { os.RemoveAll(profile) })
	if err := chromedp.Do(ctx); err != nil { // contexts made of it are of the same browser from here on
		t.Fatal(err)
	}
	chrome.ctx = ctx
	return ctx
}

// endChrome ends what startChrome started.
func endChrome() {
	for _, end := range chrome.ends {
		end()
	}
}

// chromium opens a window of its own, which shares neither cookies nor storage with others, and signs a person in.
func (s *site) chromium(person string) context.Context {
	s.Helper()
	ctx, cancel := chromedp.NewContext(startChrome(s), chromedp.WithNewBrowserContext())
	s.Cleanup(cancel)
	// The whole test may take long on a busy machine; each step has its own limit, see run and ask.
	ctx, timeout := context.WithTimeout(ctx, 8*time.Minute)
	s.Cleanup(timeout)
	if err := chromedp.Do(ctx); err != nil { // the window ends with the context that it is opened with: not with a step's
		s.Fatal(err)
	}
	s.run(ctx, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(s.http.URL+"/sign-in"),
		chromedp.SendKeys("input[name=person]", person), chromedp.SendKeys("input[name=password]",
			password), chromedp.Submit("input[name=password]"),
		chromedp.WaitVisible(".who summary"))
	return ctx
}

// speak chooses the language of the pages in the menu of the person.
func (s *site) speak(ctx context.Context, lang string) {
	s.Helper()
	ask(s, ctx, chromedp.Evaluate[any](`document.documentElement.dataset.before = "yes"; 1`))
	s.run(ctx, chromedp.Click(".who summary"), chromedp.Click(".who button[lang="+lang+"]"),
		chromedp.WaitVisible("html[lang="+lang+"]:not([data-before])"), chromedp.WaitReady("main"))
}

// stepTime is how long the browser may take for what a test asks for at once.
const stepTime = 2 * time.Minute

func (s *site) run(ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	s.Helper()
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		s.Fatal(err)
	}
}

// ask asks the page for something.
func ask[T any](s *site, ctx context.Context, a chromedp.Action[T]) T {
	s.Helper()
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		s.Fatal(err)
	}
	return v
}

// loaded waits until the page and its scripts are there: before, a key is lost.
func (s *site) loaded(ctx context.Context) {
	s.Helper()
	ask(s, ctx, chromedp.Evaluate[any](`new Promise(r => document.readyState === "complete" ? r(1) : addEventListener("load", () => r(1)))`,
		chromedp.EvalAwaitPromise))
}

// shot keeps a picture of the page in the folder that KHEO_SHOTS names, to be looked at.
func (s *site) shot(ctx context.Context, name string) {
	s.Helper()
	dir := os.Getenv("KHEO_SHOTS")
	if dir == "" {
		return
	}
	put(s.T, filepath.Join(dir, name+".jpg"), ask(s, ctx, chromedp.FullScreenshot(90)))
}

// outOfReach names what can be clicked and not reached by the Tab key; and what takes clicks
// without being made for it.
const outOfReach = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [onclick], [role=button]")]
	.filter(e => e.checkVisibility() && e.tabIndex < 0 || e.matches("[onclick], div[role=button], span[role=button]")).map(e => e.outerHTML.slice(0, 200)).join("; ")`

// look is a window in which pages are looked at.
type look struct {
	name, scheme string
	width        int64
}

var looks = []look{{"desk", "light", 1200}, {"phone", "dark", 390}}

// look opens a page in a window.
func (s *site) look(ctx context.Context, l look, path string) {
	s.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia,
		emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}}); err != nil {
		s.Fatal(err)
	}
	s.run(ctx, chromedp.EmulateViewport(l.width, 900), chromedp.Navigate(s.http.URL+path), chromedp.WaitReady("main"))
}

// readAxe reads axe-core.
func readAxe(t *testing.T) string {
	t.Helper()
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(axe)
}

// accessible reports what axe-core finds wrong with the present page, what no key reaches, and a page that is wider than
// its window.
func (s *site) accessible(ctx context.Context, axe, what string) {
	s.Helper()
	ask(s, ctx, chromedp.Evaluate[any](axe+"; 1"))
	// A menu that just opens has not its colours yet.
	ask(s, ctx, chromedp.Evaluate[any](`Promise.allSettled(document.getAnimations().map(a => a.finished)).then(() => 1)`, chromedp.EvalAwaitPromise))
	found := ask(s, ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, at: v.nodes.slice(0, 3).map(n => n.html)}))))`, chromedp.EvalAwaitPromise))
	wide := ask(s, ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth - window.innerWidth`))
	if out := ask(s, ctx, chromedp.Evaluate[string](outOfReach)); out != "" {
		s.Errorf("%s: no key reaches %s", what, out)
	}
	var violations []map[string]any
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		s.Fatal(err, found)
	}
	for _, v := range violations {
		s.Errorf("%s: %s: %s at %.300v", what, v["id"], v["help"], v["at"])
	}
	if wide > 0 {
		s.Errorf("%s: the page is %.0f pixels wider than the window", what, wide)
	}
}

// No page has anything that axe-core finds wrong, light or dark, wide or narrow; and no page is wider than a phone.
// The pages are Vietnamese, every seventh in its turn; make soak looks at all of them, and at those of the other
// languages too, which differ in their texts alone.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	s := open(t)
	axe := readAxe(t)
	chair := s.as("chair")
	id, aside := s.dossierLike("rung-go-lon"), s.dossierLike("tieng-keng")
	_, of, _, err := s.s.lists.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := ""
	for _, e := range of["model-district"].Entries {
		if e.Dossier != id && e.Dossier != aside {
			other = e.Dossier
		}
	}
	chair.must("/dossiers/"+id+"/vote", url.Values{"vote": {"for"}})
	chair.must("/dossiers/"+id+"/comment", url.Values{"text": {"Read twice."}})
	chair.must("/dossiers/"+id+"/override", url.Values{"outcome": {"not-recommended"}, "reason": {"the visit"}})
	chair.must("/register", url.Values{"title": {"Vườn rau chung của xóm"}, "unit": {"dai-an"},
		"on": {"2024-03-01"}, "place": {"thôn Phú Nghĩa"}})
	garden := register.ModelID("dai-an", "Vườn rau chung của xóm")
	chair.must("/register/"+garden+"/took-over", url.Values{"of": {id}, "reason": {"they went there in March"}})
	chair.must("/search/save", url.Values{"name": {"an ninh"}, "q": {"an ninh"}})
	chair.must("/dossiers/"+aside+"/tie", url.Values{"reason": {"my cousin leads it"}})
	_, body, _ := chair.get("/dossiers/" + id)
	text := body[strings.Index(body, "/text?doc="):]
	text = strings.ReplaceAll(text[:strings.Index(text, `"`)], "&amp;", "&")
	proposal := s.proposes("secretary", "rules/model-district.yaml", "max_points: 100", "max_points: 100 ")
	pages := map[string]string{"home": "/", "search": "/search", "hits": "/search?q=an+ninh",
		"mistake": "/search?q=poins:3", "list": "/lists/model-district",
		"meeting":       "/meeting/model-district?entry=" + id,
		"meeting-aside": "/meeting/model-district?entry=" + aside,
		"dossier":       "/dossiers/" + id, "aside": "/dossiers/" + aside, "text": "/dossiers/" + id + text,
		"compare": "/lists/model-district/compare?a=" + id + "&b=" + other, "runs": "/runs",
		"run": "/runs/1", "people": "/people", "audit": "/audit", "rules": "/rules/model-district",
		"error":  "/nothing",
		"papers": "/papers", "register": "/register", "model": "/register/" + id, "map": "/register/map",
		"rules-index": "/rules", "rules-edit": "/rules/model-district/edit?at=criteria/1",
		"rules-facts": "/rules/model-district/edit?at=facts/households", "campaign-edit": "/campaign/edit",
		"simulate": "/rules/model-district/simulate", "rules-history": "/rules/model-district/history",
		"account": "/account", "proposal": "/proposals/" + proposal,
		"calendar": "/register/calendar", "try": "/rules/model-district/try", "waiting": "/waiting",
		"digest": "/digest",
		"design": "/design",
		"help":   "/help", "manual": "/help/benchmarks"}
	ctx := s.chromium("chair")
	languages := page.Languages
	if !testspace.Soak() {
		languages = languages[:1]
	}
	due := testspace.Turn(t, 7)
	for li, lang := range languages {
		s.speak(ctx, lang)
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			for _, look := range looks {
				if li > 0 && look.name == "phone" {
					continue // the other languages differ in their texts alone
				}
				if !due() {
					continue
				}
				s.look(ctx, look, pages[name])
				s.accessible(ctx, axe, strings.Join([]string{name, lang, look.name}, ", "))
				if lang == "vi" || lang == "en" && look.name == "desk" {
					s.shot(ctx, fmt.Sprint(name, "-", lang, "-", look.name))
				}
			}
		}
	}
}

// The pages are used by keys alone: to the search, through the hits, into a dossier, and a
// draft that was begun is there again.
func TestKeysAndDrafts(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := s.chromium("chair")
	id := s.dossierLike("rung-go-lon")
	s.run(ctx, chromedp.Navigate(s.http.URL+"/lists/model-district"), chromedp.WaitReady("table.list"),
		chromedp.KeyEvent("j"), chromedp.KeyEvent("j"))
	focused := ask(s, ctx, chromedp.Evaluate[string](`document.activeElement.getAttribute("href")`))
	// Keys work with a box in focus, too: it takes no letters.
	ask(s, ctx, chromedp.Evaluate[any](`document.querySelector("table.list input[name=d]").focus(); 1`))
	s.run(ctx, chromedp.KeyEvent("k"), chromedp.KeyEvent("j"))
	if again := ask(s, ctx, chromedp.Evaluate[string](`document.activeElement.getAttribute("href")`)); again != focused {
		t.Errorf("k and j with a box in focus lead to %q, not to %q", again, focused)
	}
	s.run(ctx, chromedp.KeyEvent("\r"), chromedp.WaitReady("#docs"))
	s.loaded(ctx) // keys work once the script of the page has run
	if where := ask(s, ctx, chromedp.Location()); !strings.HasPrefix(focused, "/dossiers/") ||
		!strings.HasSuffix(where, focused) {
		t.Errorf("j, j, Enter leads to %q, with %q in focus", where, focused)
	}
	s.run(ctx, chromedp.KeyEvent("/"))
	if at := ask(s, ctx, chromedp.Evaluate[string](`document.activeElement.id`)); at != "find" {
		t.Errorf("/ leads to %q", at)
	}
	s.run(ctx, chromedp.SetValue("#find", "an ninh"), chromedp.KeyEvent("\r"), chromedp.WaitReady("#q"))
	if where := ask(s, ctx, chromedp.Location()); !strings.HasSuffix(where, "/search?q=an+ninh") {
		t.Errorf("/ and two words lead to %s", where)
	}
	s.run(ctx, chromedp.Navigate(s.http.URL+"/dossiers/"+id), chromedp.WaitVisible("textarea[name=text]"),
		chromedp.SendKeys("textarea[name=text]", "half a thou"), chromedp.Sleep(1500*time.Millisecond),
		chromedp.Navigate(s.http.URL+"/"), chromedp.Navigate(s.http.URL+"/dossiers/"+id),
		chromedp.WaitVisible("textarea[name=text]"))
	if draft := ask(s, ctx, chromedp.Value("textarea[name=text]")); draft != "half a thou" {
		t.Errorf("the draft is %q", draft)
	}
	ask(s, ctx, chromedp.Evaluate[any](`document.querySelector("form.vote button[value=for]").focus(); 1`))
	s.run(ctx, chromedp.KeyEvent("\r"), chromedp.WaitVisible(".flash"))
	if where := ask(s, ctx, chromedp.Location()); strings.Contains(where, id) {
		t.Errorf("after the vote the page is still %s, and not that of the next dossier that waits", where)
	}
	s.run(ctx, chromedp.Navigate(s.http.URL+"/dossiers/"+id),
		chromedp.WaitReady("button[value=for][aria-pressed=true]"))
}
