package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// The header takes one row of a desk's window, on the grid of the content; on a phone nothing has to be scrolled
// sideways to reach it.
func TestTheFrameIsOneGrid(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := s.chromium("chair")
	for _, lang := range []string{"vi", "nb", "en"} {
		s.run(ctx, chromedp.EmulateViewport(1440, 900))
		s.speak(ctx, lang)
		s.run(ctx, chromedp.Navigate(s.http.URL+"/lists/model-district"), chromedp.WaitReady("main"))
		if h := ask(s, ctx, chromedp.Evaluate[float64](`document.querySelector(".top").offsetHeight`)); h > 60 {
			t.Errorf("%s: the header is %v pixels high", lang, h)
		}
		apart := ask(s, ctx, chromedp.Evaluate[float64](`document.querySelector(".brand").getBoundingClientRect().left -
			document.querySelector("h1").getBoundingClientRect().left`))
		if apart != 0 {
			t.Errorf("%s: the header begins %v pixels beside the content", lang, apart)
		}
		s.run(ctx, chromedp.EmulateViewport(360, 800))
		for _, path := range []string{"/", "/lists/model-district", "/meeting/model-district", "/runs", "/account"} {
			s.run(ctx, chromedp.Navigate(s.http.URL+path), chromedp.WaitReady("main"))
			wide := ask(s, ctx, chromedp.Evaluate[string](`(() => {
				const over = [...document.querySelectorAll(".top, .top nav, .top ul, html")].filter(e => e.scrollWidth > e.clientWidth + 1);
				return over.map(e => e.tagName + " " + e.className + " " + e.scrollWidth).join("; ") })()`))
			if wide != "" {
				t.Errorf("%s, %s: wider than a phone: %s", lang, path, wide)
			}
		}
	}
}

// Each page says where it is: in the header, in the trail above its heading, and in its title.
func TestEveryPageSaysWhereItIs(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, admin := s.as("chair"), s.as("administrator")
	id := s.dossierLike("rung-go-lon")
	for _, c := range []struct {
		who         *browser
		path, trail string
		current     string // the link that is marked
	}{
		{chair, "/lists/model-district", "Overview District-level models 2024", `<a href="/lists/model-district" aria-current="page"`},
		{chair, "/meeting/model-district", "Overview District-level models 2024 Meeting: District-level models 2024",
			`<a href="/meeting/model-district" aria-current="page"`},
		{chair, "/rules/model-district/try", "Overview District-level models 2024 Ruleset", `<a href="/rules/model-district" aria-current="true"`},
		{chair, "/dossiers/" + id, "Overview District-level models 2024 Rừng gỗ lớn", `<summary aria-current="true">Lists`},
		{chair, "/register/map", "Overview Register", `<a href="/register" aria-current="true"`},
		{chair, "/runs/1", "Overview Runs Run 1", `<a href="/runs" aria-current="true"`},
		{chair, "/evidence/report", "Overview Evidence", `<a href="/evidence" aria-current="true"`},
		{admin, "/design", "Overview Design system", `<a href="/design" aria-current="page"`},
	} {
		status, body, _ := c.who.get(c.path)
		_, trail, _ := strings.Cut(body, `<nav class="trail"`)
		trail, _, _ = strings.Cut(trail, "</nav>")
		_, trail, _ = strings.Cut(trail, ">")
		if got := text(trail); status != http.StatusOK || !strings.HasPrefix(got, c.trail) {
			t.Errorf("%s: %d, the trail is %q, not %q", c.path, status, got, c.trail)
		}
		if !strings.Contains(body, c.current) {
			t.Errorf("%s does not mark %s", c.path, c.current)
		}
	}
}

// What a list's page is about comes out of a printer; what is pressed does not.
func TestAListPrintsTheList(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := s.chromium("chair")
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	// Windows are as wide as the text of a page of A4.
	s.run(ctx, chromedp.EmulateViewport(680, 900), chromedp.Navigate(s.http.URL+"/dossiers/"+s.dossierLike("rung-go-lon")), chromedp.WaitReady("main"))
	if broken := ask(s, ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("table.criteria tbody tr")).breakInside`)); broken != "auto" {
		t.Errorf("a criterion with its quotes is kept on one page: %s", broken)
	}
	s.run(ctx, chromedp.Navigate(s.http.URL+"/lists/model-district"), chromedp.WaitReady("main"))
	if display := ask(s, ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("table.list")).display`)); display != "table" {
		t.Errorf("the list is printed as %s", display)
	}
	rows := ask(s, ctx, chromedp.Evaluate[float64](`[...document.querySelectorAll("table.list tbody tr")].filter(r => r.checkVisibility()).length`))
	if rows < 5 {
		t.Errorf("%v rows of the list are printed", rows)
	}
	left := ask(s, ctx, chromedp.Evaluate[string](`[...document.querySelectorAll(".top, .trail, button, select, input, .filters")]
		.filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 80)).join("; ")`))
	if left != "" {
		t.Errorf("printed as well: %s", left)
	}

	// On the screen, a list with something in every column fits its window.
	id := s.dossierLike("rung-go-lon")
	s.as("chair").must("/dossiers/"+id+"/tag", url.Values{"tag": {"đi xem tận nơi"}})
	s.as("secretary").must("/dossiers/"+id+"/decide", url.Values{"decision": {"returned"}, "reason": {"the confirmation"}})
	s.look(ctx, look{"list", "light", 1200}, "/lists/model-district")
	s.speak(ctx, "vi")
	for _, width := range []int64{821, 1200, 1440} {
		s.look(ctx, look{"list", "light", width}, "/lists/model-district")
		if wide := ask(s, ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth - innerWidth`)); wide > 0 {
			t.Errorf("at %d the list is %v pixels wider than its window", width, wide)
		}
	}
}

// scheme is how the page looks: the colour scheme in force and the colour behind the page.
func (s *site) scheme(ctx context.Context) string {
	return ask(s, ctx, chromedp.Evaluate[string](`getComputedStyle(document.documentElement).colorScheme + " " +
		getComputedStyle(document.body).backgroundColor`))
}

// A person chooses light or dark whatever the device prefers, also before signing in, and leaves it to the device again.
func TestThemesAreChosen(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := s.chromium("observer")
	light := s.scheme(ctx)
	s.run(ctx, chromedp.Click(".who summary"), chromedp.Click(".who button[value=dark]"),
		chromedp.WaitReady("html[data-theme=dark]"))
	if dark := s.scheme(ctx); dark == light || !strings.HasPrefix(dark, "dark") {
		t.Errorf("dark looks like %s, and before like %s", dark, light)
	}
	nobody := s.nobody()
	for theme, want := range map[string]int{"light": 303, "dark": 303, "auto": 303, "": 404, `"><script>`: 404} {
		if status, _, _ := nobody.post("/theme", url.Values{"theme": {theme}, "back": {"/sign-in"}}); status != want {
			t.Errorf("theme %q: %d, want %d", theme, status, want)
		}
	}
	nobody.post("/theme", url.Values{"theme": {"dark"}})
	if _, body, _ := nobody.get("/sign-in"); !strings.Contains(body, `data-theme="dark"`) {
		t.Error("the chosen theme is not that of the page to sign in")
	}
	nobody.post("/theme", url.Values{"theme": {"auto"}})
	if _, body, _ := nobody.get("/sign-in"); !strings.Contains(body, `data-theme="auto"`) {
		t.Error("the device does not choose again")
	}
}

// Menus open and close by keys, one at a time, and letters work as keys while a box has the focus.
func TestMenusAndKeysOfTheFrame(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := s.chromium("chair")
	opened := chromedp.Evaluate[float64](`document.querySelectorAll("details.menu[open]").length`)
	s.run(ctx, chromedp.Focus(".main-nav summary"), chromedp.KeyEvent("\r"), chromedp.WaitVisible(".drop a"))
	if n := ask(s, ctx, opened); n != 1 {
		t.Errorf("%v menus are open", n)
	}
	s.run(ctx, chromedp.Focus(".who summary"), chromedp.KeyEvent("\r"), chromedp.WaitVisible(".who .drop"))
	if n := ask(s, ctx, opened); n != 1 {
		t.Errorf("with another, %v menus are open", n)
	}
	s.run(ctx, chromedp.KeyEvent("\u001b"))
	if n := ask(s, ctx, opened); n != 0 {
		t.Errorf("after Escape %v menus are open", n)
	}
	s.run(ctx, chromedp.Navigate(s.http.URL+"/lists/model-district"), chromedp.WaitReady("table.list"),
		chromedp.Focus("table.list tbody input"), chromedp.KeyEvent("j"))
	if at := ask(s, ctx, chromedp.Evaluate[string](`document.activeElement.tagName`)); at != "A" {
		t.Errorf("j with a box in focus leads to %s", at)
	}
}
