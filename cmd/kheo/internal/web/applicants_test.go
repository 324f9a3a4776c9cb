package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kheo/pipeline/applicants"
	"kheo/pipeline/intake"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
)

var applyRE = regexp.MustCompile(`/apply/link\?t=([a-z0-9]+\.[A-Z0-9]+)`)

// mailedLink sends what waits, and returns the path of the link that came to an address.
func (s *site) mailedLink(box *postbox, address string) string {
	s.Helper()
	if _, err := s.s.mailer.SendMails(s.Context()); err != nil {
		s.Fatal(err)
	}
	_, body := box.read(s.T, address)
	m := applyRE.FindStringSubmatch(body)
	if m == nil {
		s.Fatalf("no link in %s", body)
	}
	return "/apply/link?t=" + m[1]
}

// Someone without an account gets a link by mail, hands in, sees at once what is missing, corrects, and gets receipts.
// By the link nothing else is seen or done; a wrong, replaced, withdrawn or ended one opens nothing, and the records
// hold no token.
func TestAnApplicantHandsInByALink(t *testing.T) {
	t.Parallel()
	box, at := newPostbox(t)
	s := mailing(t, at)
	s.w.Campaign().Mail.Address = "https://kheo.example.org"
	now := time.Now()
	s.w.Now = func() time.Time { return now }
	secretary := s.as("secretary")
	const address = "lan@example.org"
	form := func(more ...string) url.Values {
		v := url.Values{"mail": {address}, "kind": {"model"}, "level": {"grassroots"}, "until": {now.AddDate(0, 0, 3).Format(time.DateOnly)}}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	for name, wrong := range map[string][]string{"address": {"mail", "Lan <lan@example.org>"}, "several": {"mail", "a@example.org, b@example.org"},
		"past": {"until", "2001-01-01"}, "far": {"until", "2999-01-01"}, "kind": {"kind", "nothing"}, "unit": {"unit", "nothing"},
		"no day": {"until", "soon"}} {
		if status, body, _ := secretary.post("/applicants", form(wrong...)); status != 400 && status != 409 {
			t.Errorf("%s: %d %.200s", name, status, text(body))
		}
	}
	secretary.must("/applicants", form())
	all, err := applicants.All(t.Context(), s.w)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	link := s.mailedLink(box, address)
	secretary.must("/applicants/"+all[0].ID+"/again", nil)
	first := link
	link = s.mailedLink(box, address)
	stranger := s.nobody()
	if status, _, _ := stranger.get(first); status != http.StatusNotFound {
		t.Errorf("a link that was replaced: %d", status)
	}
	var kept json.RawMessage
	if _, err := s.w.Store.State.Applicants.Of(all[0].ID).Get(t.Context(), &kept); err != nil || strings.Contains(string(kept),
		strings.Split(link, ".")[1]) {
		t.Errorf("the records hold %s (%v)", kept, err)
	}

	norwegian := s.nobody()
	norwegian.must("/language", url.Values{"language": {"nb"}, "back": {link}})
	s.shows(norwegian, link, "Send inn en sak")
	status, body, head := stranger.get(link)
	if status != 200 || !strings.Contains(body, `enctype="multipart/form-data"`) || head.Get("Referrer-Policy") != "no-referrer" ||
		strings.Contains(body, `name="kind"`) {
		t.Fatalf("%d %v %s", status, head, body)
	}
	files := map[string]string{"bao-cao.txt": "BÁO CÁO KẾT QUẢ\nSố hộ tham gia: 57 hộ\n"}
	const title = "Nhóm bạn giúp nhau"
	status, body, _ = stranger.send(link, map[string]string{"title": title, "kind": "collective", "unit": "dai-hiep"}, files)
	if status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, text(body))
	}
	status, body, _ = stranger.get(link)
	if got := text(body); status != 200 || !strings.Contains(got, title) || !strings.Contains(got, "57 hộ") || !strings.Contains(got, "bao-cao.txt") {
		t.Fatalf("%d %s", status, text(body))
	}
	if strings.Contains(body, "/own/") || strings.Contains(body, "/lists/") || strings.Contains(body, "/dossiers/") {
		t.Error("the page leads elsewhere")
	}
	files["bao-cao.txt"] = "BÁO CÁO KẾT QUẢ\nSố hộ tham gia: 62 hộ\n"
	if status, body, _ = stranger.send(link, map[string]string{"title": "another", "replace": "yes"}, files); status != http.StatusSeeOther {
		t.Fatalf("a correction: %d %s", status, text(body))
	}
	if _, body, _ = stranger.get(link); !strings.Contains(text(body), "62 hộ") || strings.Contains(text(body), "57 hộ") ||
		!strings.Contains(text(body), title) {
		t.Errorf("after the correction: %s", text(body))
	}
	if _, err := s.s.mailer.SendMails(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, receipt := box.read(t, address); !strings.Contains(receipt, all[0].Dossier()) || !strings.Contains(receipt, "SHA-256") ||
		applyRE.MatchString(receipt) {
		t.Errorf("the receipt: %s", receipt)
	}
	var events []review.Action
	rows, err := s.w.Store.Events.After(t.Context(), 0)
	for _, r := range rows {
		if strings.Contains(string(r.Body), address) {
			t.Errorf("an event holds the address: %s", r.Body)
		}
		var e review.Event
		if json.Unmarshal([]byte(r.Body), &e) == nil && e.Data.Link == all[0].ID {
			events = append(events, e.Action)
		}
	}
	if got := fmt.Sprint(events); err != nil || got != "[applicant-invited handed-in handed-in]" {
		t.Errorf("%s %v", got, err)
	}
	said, err := intake.ManifestWaiting(s.w.Inbox(), all[0].Name())
	if err != nil || !strings.Contains(string(said), "kind: model") || strings.Contains(string(said), "dai-hiep") {
		t.Errorf("dossier.yaml says %s (%v)", said, err)
	}
	waits, err := intake.Waiting(s.w.Inbox(), all[0].Name())
	if err != nil || len(waits) != 2 {
		t.Errorf("%v %v", waits, err)
	}

	// Nothing else is opened by it, and no other link by guessing.
	for _, path := range []string{"/", "/lists/model-district", "/own/" + all[0].Dossier() + "/check", "/applicants", "/dossiers/" + all[0].Dossier()} {
		if status, _, h := stranger.get(path + "?t=" + url.QueryEscape(strings.Split(link, "=")[1])); status != http.StatusSeeOther ||
			h.Get("Location") != "/sign-in" {
			t.Errorf("%s: %d %s", path, status, h.Get("Location"))
		}
	}
	secretary.must("/applicants/"+all[0].ID+"/withdraw", url.Values{"reason": {"it was the wrong address"}})
	for _, wrong := range []string{link, link[:len(link)-1], "/apply/link?t=" + all[0].ID + ".", "/apply/link", "/apply/link?t=" +
		strings.Repeat("a", 5000)} {
		if status, _, _ := stranger.get(wrong); status != http.StatusNotFound {
			t.Errorf("%.60s: %d", wrong, status)
		}
		if status, _, _ := stranger.send(wrong, map[string]string{"title": "x"}, files); status != http.StatusNotFound &&
			status != http.StatusTooManyRequests {
			t.Errorf("%.60s takes files: %d", wrong, status)
		}
	}

	// One that has ended, one that is over its phase, and guesses.
	secretary.must("/applicants", form("mail", "minh@example.org"))
	other := s.mailedLink(box, "minh@example.org")
	now = now.AddDate(0, 0, 5)
	if status, _, _ := s.nobody().get(other); status != http.StatusNotFound {
		t.Errorf("a link that has ended: %d", status)
	}
	last := 0
	for range 30 {
		last, _, _ = stranger.get("/apply/link?t=aaaa.BBBB")
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the thirtieth guess: %d", last)
	}
	if logs := s.logs.String(); strings.Contains(logs, strings.Split(link, ".")[1]) || strings.Contains(logs, address) {
		t.Error("the log holds the token or the address")
	}
	n, err := applicants.Forget(t.Context(), s.w, all[0].Dossier(), time.Time{})
	left, more := applicants.All(t.Context(), s.w)
	if n != 1 || len(left) != 1 || err != nil || more != nil {
		t.Errorf("%d forgotten, %d left, %v %v", n, len(left), err, more)
	}
}

// A person who asks for a link on the public page is answered the same, whether the address is known or has asked too
// often; the page is there only if kheo.yaml opens it.
func TestAskingForALink(t *testing.T) {
	t.Parallel()
	box, at := newPostbox(t)
	s := mailing(t, at)
	s.w.Campaign().Mail.Address = "https://kheo.example.org"
	stranger := s.nobody()
	if status, _, _ := stranger.get("/apply"); status != http.StatusNotFound {
		t.Errorf("closed: %d", status)
	}
	if status, _, _ := stranger.post("/apply", url.Values{"mail": {"x@example.org"}}); status != http.StatusNotFound {
		t.Errorf("closed, asked: %d", status)
	}
	s.w.Campaign().OpenToApplicants = true
	answers := map[string]bool{}
	for _, address := range []string{"x@example.org", "x@example.org", "X@example.org", "x@example.org", "second@example.org", "y@example.org"} {
		status, body, _ := stranger.post("/apply", url.Values{"mail": {address}, "kind": {"nothing"}})
		answers[fmt.Sprint(status, text(body))] = true
	}
	if len(answers) != 1 {
		t.Errorf("%d different answers: %v", len(answers), answers)
	}
	if all, err := applicants.All(t.Context(), s.w); err != nil || len(all) != 0 {
		t.Errorf("%d links for a kind that there is not: %v", len(all), err)
	}
	for range 4 {
		status, body, _ := stranger.post("/apply", url.Values{"mail": {"x@example.org"}, "kind": {"model"}})
		answers[fmt.Sprint(status, text(body))] = true
	}
	if len(answers) != 1 {
		t.Errorf("who has asked often is answered otherwise: %v", answers)
	}
	all, err := applicants.All(t.Context(), s.w)
	if err != nil || len(all) != 3 {
		t.Errorf("%d links for one address: %v", len(all), err)
	}
	s.mailedLink(box, "x@example.org")
	if status, _, _ := stranger.post("/apply", url.Values{"mail": {"z@example.org"}}); status != http.StatusTooManyRequests {
		t.Errorf("the eleventh from one place: %d", status)
	}
}

// A program of the office invites an applicant, sends the link again and withdraws it; no answer has the token, a trial
// sends and records nothing, and of a unit with a conflict of interest nothing is told.
func TestApplicantsByPrograms(t *testing.T) {
	t.Parallel()
	box, at := newPostbox(t)
	s := mailing(t, at)
	s.w.Campaign().Mail.Address = "https://kheo.example.org"
	secretary := s.programOf("secretary")
	until := s.w.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	wish := map[string]any{"mail": "lan@example.org", "until": until, "kind": "model", "unit": "dai-hiep"}
	before := s.events()
	secretary.want(200, "POST", "/applicants?dry_run=true", wish)
	waiting, err := outbox.WaitingMails(t.Context(), s.w)
	if s.events() != before || err != nil || len(waiting) != 0 {
		t.Errorf("a trial leaves %d events and %d mails (%v)", s.events()-before, len(waiting), err)
	}
	for name, wrong := range map[string]map[string]any{
		"no address":          {"mail": "lan", "until": until},
		"a day that has been": {"mail": "lan@example.org", "until": "2020-01-01"},
		"an unknown kind":     {"mail": "lan@example.org", "until": until, "kind": "song"},
		"a sender of its own": {"mail": "lan@example.org\r\nBcc: all@example.org", "until": until},
	} {
		if r := secretary.call("POST", "/applicants", wrong); r.status != 409 && r.status != 422 && r.status != 400 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	secretary.want(200, "POST", "/applicants", wish)
	links := func(p *program) []any { return p.want(200, "GET", "/applicants", nil)["links"].([]any) }
	one := links(secretary)[0].(map[string]any)
	if one["state"] != "open" || one["mail"] != "lan@example.org" || one["unit"] != "dai-hiep" || one["dossier"] != "" ||
		!strings.HasPrefix(one["last"].(string), until) && s.w.Campaign().Location == time.UTC {
		t.Errorf("the link: %v", one)
	}
	id := one["link"].(string)
	first := s.mailedLink(box, "lan@example.org")
	secretary.want(200, "POST", "/applicants/"+id+"/again?dry_run=true", nil)
	if again, err := outbox.WaitingMails(t.Context(), s.w); err != nil || len(again) != 0 {
		t.Errorf("a trial sends a link again: %d %v", len(again), err)
	}
	secretary.want(200, "POST", "/applicants/"+id+"/again", nil)
	second := s.mailedLink(box, "lan@example.org")
	stranger := s.nobody()
	if status, _, _ := stranger.get(first); status != 404 || first == second {
		t.Errorf("the link that was sent first: %d", status)
	}
	if status, _, _ := stranger.get(second); status != 200 {
		t.Errorf("the link that was sent again: %d", status)
	}
	token := second[strings.Index(second, "=")+1:]
	if r := secretary.call("GET", "/applicants", nil); strings.Contains(string(r.body), token[strings.Index(token, ".")+1:]) ||
		strings.Contains(string(r.body), "hash") {
		t.Errorf("an answer has the token: %s", r.body)
	}
	tie := review.Event{Person: review.System, Action: review.TieFound, Data: review.Data{Subject: "administrator", Unit: "dai-hiep",
		Reason: "was its clerk", Found: true}}
	if err := s.w.Review().Do(t.Context(), review.Subject{Unit: "dai-hiep"}, tie); err != nil {
		t.Fatal(err)
	}
	admin := s.programOf("administrator")
	if n := len(links(admin)); n != 0 {
		t.Errorf("who has a conflict of interest with the unit sees %d links", n)
	}
	admin.want(404, "POST", "/applicants/"+id+"/withdraw", map[string]any{"reason": "x"})
	if r := admin.call("POST", "/applicants", wish); r.status != 403 && r.status != 409 {
		t.Errorf("who has a conflict of interest with the unit invites for it: %d %s", r.status, r.body)
	}
	secretary.want(200, "POST", "/applicants/"+id+"/withdraw?dry_run=true", map[string]any{"reason": "the wrong address"})
	if status, _, _ := stranger.get(second); status != 200 {
		t.Errorf("a trial ends the link: %d", status)
	}
	secretary.want(200, "POST", "/applicants/"+id+"/withdraw", map[string]any{"reason": "the wrong address"})
	if status, _, _ := stranger.get(second); status != 404 {
		t.Errorf("a link that was withdrawn: %d", status)
	}
	if got := links(secretary)[0].(map[string]any)["state"]; got != "withdrawn" {
		t.Errorf("its state: %v", got)
	}
	secretary.want(409, "POST", "/applicants/"+id+"/again", nil)
}
