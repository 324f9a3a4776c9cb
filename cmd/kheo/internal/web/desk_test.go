package web

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// A refused form comes back on the page that it is on: with the status of the refusal, the reason beside the field,
// and what was typed.
func TestRefusedFormsKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	chair := s.as("chair")
	long := strings.Repeat("x", 4001)
	for what, tt := range map[string]struct {
		form   string
		values url.Values
		status int
		want   []string
	}{
		"a decision without a reason": {"decide", url.Values{"decision": {"deferred"}}, http.StatusConflict,
			[]string{`value="deferred" selected`, `id="mistake"`, `aria-invalid="true"`}},
		"points that are no number": {"override", url.Values{"criterion": {"spread"}, "points": {"1e1"},
			"reason": {"the visit"}}, http.StatusBadRequest, []string{`value="1e1" aria-invalid="true"`, ">the visit<"}},
		"points that are letters": {"override", url.Values{"criterion": {"spread"}, "points": {"1x"},
			"reason": {"r"}}, http.StatusBadRequest, []string{"0 or more"}},
		"points below 0 are not called no number": {"override", url.Values{"criterion": {"spread"}, "points": {"-1"},
			"reason": {"r"}}, http.StatusBadRequest, []string{"The points are from 0 to", `value="-1" aria-invalid="true"`}},
		"an empty comment": {"comment", url.Values{"text": {""}}, http.StatusConflict,
			[]string{`data-draft="/dossiers/` + id + `/draft" aria-invalid="true"`}},
		"a long comment": {"comment", url.Values{"text": {long}}, http.StatusConflict, []string{">" + long + "<"}},
		"another vote":   {"vote", url.Values{"vote": {"maybe"}}, http.StatusConflict, []string{`id="mistake"`}},
	} {
		status, body, _ := chair.post("/dossiers/"+id+"/"+tt.form, tt.values)
		if status != tt.status {
			t.Errorf("%s: status %d", what, status)
		}
		for _, want := range append(tt.want, `class="flash refused" role="alert"`, `data-path="/dossiers/`+id) {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page does not say %q", what, want)
			}
		}
	}
}

// The workbench in Chromium: a quote opens beside the judgement and is the only bold one, keys vote and lead to the
// next dossier, the message is in sight, and a draft outlives the session.
func TestTheWorkbench(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := s.chromium("chair")
	id := s.dossierLike("rung-go-lon")
	at := func(js string) string { return ask(s, ctx, chromedp.Evaluate[string](js)) }
	s.run(ctx, chromedp.Navigate(s.http.URL+"/dossiers/"+id), chromedp.WaitReady(".bench .paper"))
	if n := len(at(`document.documentElement.outerHTML`)); n > 200_000 {
		t.Errorf("the page has %d bytes", n)
	}
	s.run(ctx, chromedp.Click(".judging table.criteria blockquote cite a"), chromedp.WaitReady("#papers mark.chosen#here"))
	if n := at(`String(document.querySelectorAll(".judging blockquote[aria-current]").length) + document.querySelectorAll("#papers #here").length`); n != "11" {
		t.Errorf("chosen quotes: %s", n)
	}
	s.run(ctx, chromedp.SetValue("#find-in", "khong co chu nay"), chromedp.Submit("#find-in"), chromedp.WaitVisible(".found-in"))
	if in := at(`String(document.querySelector(".task button[value=for]").getBoundingClientRect().bottom <= innerHeight)`); in != "true" {
		t.Error("the vote is not in sight")
	}
	ask(s, ctx, chromedp.Evaluate[any](`document.activeElement.blur(); 1`))
	s.run(ctx, chromedp.KeyEvent("1"), chromedp.WaitVisible(".flash"))
	if where := at(`location.pathname`); strings.HasPrefix(where, "/dossiers/"+id) {
		t.Errorf("after the vote: %s", where)
	}
	if in := at(`String(document.querySelector(".flash button[data-key=u]").getBoundingClientRect().top > 0)`); in != "true" {
		t.Error("undo is not in sight")
	}
	s.run(ctx, chromedp.KeyEvent("u"), chromedp.WaitVisible(".flash:not(:has(button[data-key=u]))"),
		chromedp.WaitReady(".task button[value=for]"))
	// chromedp confuses the end of loading this page with that of the next one
	s.loaded(ctx)

	// a session that ends while a reason is typed
	s.run(ctx, chromedp.Navigate(s.http.URL+"/dossiers/"+id), chromedp.WaitReady("form[action$='/override']"))
	ask(s, ctx, chromedp.Evaluate[any](`{const d = document.querySelector("form[action$='/override']"); d.closest("details").open = true;
		const t = d.querySelector("textarea"); t.value = "three lines of reasons"; t.dispatchEvent(new Event("input", {bubbles: true})); 1}`))
	s.as("chair").must("/account/sessions/end", url.Values{"password": {password}})
	ask(s, ctx, chromedp.Evaluate[any](`document.querySelector("form[action$='/override']").requestSubmit(); 1`))
	s.run(ctx, chromedp.WaitReady("input[name=password]"), chromedp.SendKeys("input[name=person]", "chair"),
		chromedp.SendKeys("input[name=password]", password), chromedp.Submit("input[name=password]"), chromedp.WaitReady(".restored"))
	if got := at(`location.pathname + " " + document.querySelector("form[action$='/override'] textarea").value`); got != "/dossiers/"+id+" three lines of reasons" {
		t.Errorf("after signing in again: %q", got)
	}
}

// After files were sent, Back leads to the page on which they were chosen, and Forward to the answer.
func TestBackAfterFilesWereSent(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := s.chromium("submitter")
	file := filepath.Join(t.TempDir(), "report.txt")
	put(t, file, []byte("A report on wells."))
	s.run(ctx, chromedp.Navigate(s.http.URL+"/"), chromedp.WaitReady("form[action='/own/upload'] [name=files]"))
	s.loaded(ctx)
	s.run(ctx, chromedp.SetValue("form[action='/own/upload'] [name=title]", "Wells of the hill"),
		chromedp.SetUploadFiles("form[action='/own/upload'] [name=files]", []string{file}))
	ask(s, ctx, chromedp.Evaluate[any](`document.querySelector("form[action='/own/upload']").requestSubmit(); 1`))
	s.says(ctx, "Files received: 1")
	ask(s, ctx, chromedp.Evaluate[any](`history.back(); 1`))
	s.run(ctx, chromedp.WaitReady("form[action='/own/upload'] [name=files]"))
	if at := ask(s, ctx, chromedp.Evaluate[string]("location.pathname")); at != "/" {
		t.Errorf("Back leads to %s", at)
	}
	s.loaded(ctx)
	ask(s, ctx, chromedp.Evaluate[any](`history.forward(); 1`))
	s.run(ctx, chromedp.WaitReady("#documents, [id=asked-for], form[enctype] [name=replace]"))
}

// The workbench is accessible and no wider than its window on a phone and at 200 % zoom, with long words in comments
// too; the words of a search are marked on the page that it leads to.
func TestTheWorkbenchFitsEveryWindow(t *testing.T) {
	t.Parallel()
	s := open(t)
	axe := readAxe(t)
	id := s.dossierLike("rung-go-lon")
	s.as("chair").must("/dossiers/"+id+"/comment", url.Values{"text": {"https://example.org/" + strings.Repeat("x", 900)}})
	ctx := s.chromium("chair")
	for _, l := range []look{{"wide", "light", 1440}, {"zoomed", "light", 720}, {"phone", "dark", 360}} {
		s.look(ctx, l, "/dossiers/"+id)
		s.accessible(ctx, axe, fmt.Sprint("workbench, ", l.name))
		s.run(ctx, chromedp.Sleep(500*time.Millisecond))
		s.shot(ctx, "bench-"+l.name)
	}
	s.run(ctx, chromedp.Click(".papers-tab"), chromedp.WaitVisible("#papers .paper"))
	s.accessible(ctx, axe, "papers, phone")
	s.look(ctx, look{"desk", "light", 1200}, "/search?q=an+ninh")
	s.run(ctx, chromedp.Click(".hits cite a"), chromedp.WaitReady("#papers mark.sought#here"))
	s.shot(ctx, "bench-sought")
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	s.run(ctx, chromedp.Navigate(s.http.URL+"/dossiers/"+id), chromedp.WaitVisible("#papers .paper"), chromedp.WaitVisible(".task button[value=for]"))
}
