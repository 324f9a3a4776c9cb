package web

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/editions"
	"kheo/pipeline/papers"
	"kheo/pipeline/publish"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
)

// actor is someone at a browser.
type actor struct {
	*site
	ctx context.Context
}

func (s *site) actor(person string) *actor {
	s.Helper()
	a := &actor{s, s.chromium(person)}
	a.speak(a.ctx, "en")
	return a
}

func (a *actor) open(path string) {
	a.Helper()
	a.run(a.ctx, chromedp.Navigate(a.http.URL+path), chromedp.WaitReady("main"))
}

// sees fails where the page does not say something.
func (a *actor) sees(what string) {
	a.Helper()
	body := strings.Join(strings.Fields(ask(a.site, a.ctx,
		chromedp.Evaluate[string](`document.querySelector("main").textContent`))), " ")
	if !strings.Contains(body, what) {
		a.Fatalf("%q is not on the page: %.900s", what, body)
	}
}

// fill types into the fields of a form, by their names within it.
func (a *actor) fill(form string, values ...string) {
	a.Helper()
	a.run(a.ctx, chromedp.WaitReady(form))
	ask(a.site, a.ctx, chromedp.Evaluate[any](fmt.Sprintf(`for (let d = document.querySelector(%q); d; d = d.parentElement) if (d.tagName === "DETAILS") d.open = true; 1`, form)))
	for i := 0; i < len(values); i += 2 {
		a.run(a.ctx, chromedp.SetValue(form+" [name="+values[i]+"]", values[i+1]))
	}
}

// press presses a button of a form, and waits until what it does is done.
func (a *actor) press(button string) {
	a.Helper()
	ask(a.site, a.ctx, chromedp.Evaluate[any](`document.documentElement.dataset.before = "yes"; 1`))
	a.run(a.ctx, chromedp.Click(button), chromedp.WaitReady("html:not([data-before])"),
		chromedp.WaitReady("main"))
}

// download asks for a file as the browser would, and returns how it begins.
func (a *actor) download(link string) string {
	a.Helper()
	return ask(a.site, a.ctx, chromedp.Evaluate[string](fmt.Sprintf(`fetch(document.querySelector(%q).href).then(async r => r.status + " " + r.headers.get("Content-Disposition") + " " + String.fromCharCode(...new Uint8Array(await r.arrayBuffer()).slice(0, 4)))`, link), chromedp.EvalAwaitPromise))
}

// Every role plays its season in a browser: a unit submits with a paper missing, it is sent
// back and comes again, is read, scored and voted on with one member standing aside, changed
// by hand with a reason, closed; the papers are fetched, and the audit trail holds.
func TestASeasonInTheBrowser(t *testing.T) {
	t.Parallel()
	s := open(t)
	dir := t.TempDir()
	for name, body := range map[string]string{
		"phieu-dang-ky.txt": "Phiếu đăng ký mô hình\nTên mô hình: Bếp lửa hồng cuối xóm\nĐơn vị đăng ký: Xã Đại Hiệp\nNgày đăng ký: 14/2/2024\nThời gian bắt đầu: tháng 1/2024\nSố hộ tham gia: 220 hộ\n",
		"bao-cao.txt":       "Báo cáo kết quả thực hiện mô hình\nI. Kết quả\nSố hộ nghèo giảm từ 19 xuống 3 hộ.\nThu gom được 12 tấn củi khô.\nSố lượt ăn chung tăng từ 0 lên 240 lượt.\nHội Phụ nữ, Hội Nông dân và Đoàn Thanh niên cùng tham gia.\nThôn Phú Mỹ đã học tập và áp dụng, xã Đại Đồng đã làm theo.\n",
		"xac-nhan.txt":      "Giấy xác nhận\nỦy ban nhân dân xã xác nhận mô hình có thật.\nTỷ lệ hộ đồng thuận: 97%\n",
	} {
		put(t, filepath.Join(dir, name), []byte(body))
	}
	night := func() {
		t.Helper()
		if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "night"}); err != nil {
			t.Fatal(err)
		}
	}
	inState := func(look func(*review.State)) {
		t.Helper()
		if err := s.w.Review().View(t.Context(),
			func(st *review.State) error { look(st); return nil }); err != nil {
			t.Fatal(err)
		}
	}

	unit := s.actor("submitter") // of Đại Hiệp
	unit.fill("form[action='/own/upload']", "title", "Bếp lửa hồng cuối xóm", "kind", "model", "level",
		"district", "field", "economy")
	unit.run(unit.ctx, chromedp.SetUploadFiles("form[action='/own/upload'] [name=files]",
		[]string{filepath.Join(dir, "phieu-dang-ky.txt"), filepath.Join(dir, "bao-cao.txt")}))
	unit.press("form[action='/own/upload'] button")
	unit.sees("Files received: 2")
	unit.sees("Missing or wrong: 3") // what it lacks is told at once
	unit.open("/")
	unit.sees("dai-hiep Bếp lửa hồng cuối xóm")
	night()
	id := register.ModelID("dai-hiep", "Bếp lửa hồng cuối xóm")
	unit.open("/")
	unit.sees("Bếp lửa hồng cuối xóm")

	secretary := s.actor("secretary")
	secretary.open("/lists/model-district")
	secretary.fill("form[action='/lists/model-district/assign']", "per", "1")
	secretary.press("form[action='/lists/model-district/assign'] button")
	secretary.open("/dossiers/" + id)
	secretary.sees("Needs review")
	secretary.fill("form[action='/dossiers/"+id+"/decide']", "decision", "returned", "reason",
		"the confirmation of the commune is missing")
	secretary.press("form[action='/dossiers/" + id + "/decide'] button")
	secretary.sees("The decision is recorded")
	secretary.open("/dossiers/" + id)
	secretary.sees("Returned")

	unit.open("/dossiers/" + id)
	unit.sees("the confirmation of the commune is missing")
	unit.run(unit.ctx, chromedp.SetUploadFiles("form[enctype] [name=files]",
		[]string{filepath.Join(dir, "xac-nhan.txt")}))
	unit.press("form[enctype] button")
	unit.sees("received")
	night()

	evaluator := s.actor("evaluator")
	evaluator.open("/")
	evaluator.sees("Bếp lửa hồng cuối xóm")
	evaluator.open("/dossiers/" + id)
	evaluator.sees("Recommended")
	evaluator.fill("form[action='/dossiers/"+id+"/comment']", "text",
		"Read; every number is in the confirmation.")
	evaluator.press("form[action='/dossiers/" + id + "/comment'] button")
	evaluator.sees("every number is in the confirmation")
	evaluator.run(evaluator.ctx, chromedp.Click("blockquote cite a"), chromedp.WaitReady(".paper mark"))

	chair, second, third, aside := s.actor("chair"), s.actor("second"), s.actor("third"), s.actor("member")
	aside.open("/dossiers/" + id) // of their own unit
	aside.sees("conflict of interest")
	secretary.open("/meeting/model-district")
	ask(s, secretary.ctx, chromedp.Evaluate[any](`document.querySelectorAll("[name=present]").forEach(b => b.checked = ["chair", "second", "third", "member"].includes(b.value)); 1`))
	secretary.press("form[action='/meeting/model-district/open'] button")
	_, of, _, err := s.s.lists.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	voters := []*actor{chair, second, third}
	for i := range of["model-district"].Entries {
		e := &of["model-district"].Entries[i]
		if e.Outcome != dossier.Recommended && e.Outcome != dossier.NeedsReview {
			continue
		}
		entry := "/meeting/model-district?entry=" + e.Dossier
		vote := map[bool]string{true: "for", false: "against"}[e.Outcome == dossier.Recommended]
		if e.Dossier == id { // one entry changed by hand, with a reason
			chair.open("/dossiers/" + id)
			chair.fill("form[action='/dossiers/"+id+"/override']", "criterion", "spread", "points", "10",
				"reason", "the second hamlet has stopped")
			chair.press("form[action='/dossiers/" + id + "/override'] button")
			chair.sees("the second hamlet has stopped")
		}
		for _, v := range voters {
			v.open(entry)
			v.press("form.vote button[value=" + vote + "]")
		}
		secretary.open(entry)
		decision := map[bool]string{true: "recognised", false: "not-recognised"}[vote == "for"]
		secretary.fill("form[action='/dossiers/"+e.Dossier+"/decide']", "decision", decision, "reason",
			"as voted")
		secretary.press("form[action='/dossiers/" + e.Dossier + "/decide'] button")
	}
	inState(func(st *review.State) {
		if d := st.Decision("model-district", id); d == nil || d.Decision != review.Recognised {
			t.Fatalf("%+v", d)
		}
		if tally := st.Tally("model-district", id, "dai-hiep"); tally.Eligible != 3 || len(tally.Aside) != 1 {
			t.Errorf("%+v", tally)
		}
	})
	chair.open("/lists/model-district")
	chair.run(chair.ctx, chromedp.Click("[name=sure]"))
	chair.press("form[action='/lists/model-district/close'] button")
	chair.sees("The list was closed by The chair")

	chair.open("/papers")
	for kind, want := range map[string]string{"list": "PK", "minutes": "PK", "submission": "PK",
		"decision": "PK", "returns": "PK"} {
		got := chair.download(`a[href^="/papers/file?paper=` + kind + `&ruleset=model-district"]`)
		if !strings.HasPrefix(got, "200 attachment") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", kind, got)
		}
	}
	if got := chair.download(`a[href*="paper=minutes&ruleset=model-district"][href$="as=pdf"]`); !strings.HasPrefix(got, "200 attachment") || !strings.HasSuffix(got, "%PDF") {
		t.Errorf("the minutes as PDF: %s", got)
	}
	paper, err := papers.Make(t.Context(), s.w, papers.Order{Kind: "minutes", Ruleset: "model-district",
		Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Bếp lửa hồng cuối xóm", "The member", "the second hamlet has stopped",
		"its hash is"} {
		if !strings.Contains(text(unzipped(string(paper))), want) {
			t.Errorf("the minutes do not say %q", want)
		}
	}
	observer, admin := s.actor("observer"), s.actor("administrator")
	observer.open("/lists/model-district")
	observer.sees("Recognised")
	admin.open("/people")
	admin.sees("The chair")
	admin.open("/audit")
	admin.sees("closed a list")
	evaluator.open("/register/" + id)
	evaluator.sees("Recognised")
	evaluator.fill("form[action='/register/"+id+"/visit']", "on", "2026-12-24", "finding",
		"Still there, and larger.")
	evaluator.press("form[action='/register/" + id + "/visit'] button")
	evaluator.sees("Followed up")

	r, err := s.w.Review().Verify(t.Context(), "", func(run, ruleset string) (*publish.File,
		error) {
		return editions.List(t.Context(), s.w, run, ruleset)
	})
	if err != nil || len(r.Faults) > 0 || len(r.Closed) != 1 {
		t.Errorf("%+v %v", r, err)
	}
}
