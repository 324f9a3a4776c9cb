package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"kheo/pipeline"
	"kheo/pipeline/amend"
	"kheo/pipeline/review"
)

// proposes proposes a file with a change on behalf of a person, and returns the number of the proposal.
func (s *site) proposes(person, file, old, with string) string {
	s.Helper()
	text, base, err := amend.Read(s.w.Campaign(), file)
	if err != nil {
		s.Fatal(err)
	}
	changed := strings.Replace(string(text), old, with, 1)
	seq, err := amend.Propose(s.Context(), s.w, person, file, base, "as the committee wants it", []byte(changed))
	if err != nil {
		s.Fatal(err)
	}
	return strconv.FormatInt(seq, 10)
}

var revisionRE = regexp.MustCompile(`name="revision" value="(\d+)"`)

// revision returns the number of the draft that a page shows.
func (b *browser) revision(path string) string {
	b.Helper()
	_, body, _ := b.get(path)
	m := revisionRE.FindStringSubmatch(body)
	if m == nil {
		b.Fatalf("%s shows no draft: %s", path, text(body))
	}
	return m[1]
}

// The draft is what a person saved last, and no other window writes over it unseen.
func TestDraftsInTwoWindows(t *testing.T) {
	t.Parallel()
	s := newcomer(t)
	hoa := s.as("hoa")
	const edit = "/rules/models/edit"
	one := hoa.revision(edit)
	hoa.must(edit, url.Values{"revision": {one}, "op": {"save"}, "f:criteria/0/max": {"29"}, "f:max_points": {"99"}})
	status, body, _ := hoa.post(edit, url.Values{"revision": {one}, "op": {"save"}, "f:criteria/0/max": {"28"}})
	if status != 409 || !strings.Contains(text(body), "changed in another window meanwhile") {
		t.Errorf("the older window: %d %.300s", status, text(body))
	}
	d, err := s.w.Store.Proposals.Draft(t.Context(), "rules/models.yaml", "hoa")
	if err != nil || !strings.Contains(string(d.Text), "max: 29") {
		t.Errorf("the draft of the newer window is gone: %v", err)
	}
	// Another person has a draft of their own, and is told of the other.
	if _, body, _ := s.as("binh").get(edit); !strings.Contains(text(body), "Others have a draft of this as well: The hoa") {
		t.Error("the other draft is not named")
	}
	// What comes into force meanwhile is told, and the draft is not proposed over it unseen.
	seq := s.proposes("binh", "rules/models.yaml", "borderline: 2 ", "borderline: 3 ")
	s.as("hoa").must("/proposals/"+seq+"/approve", url.Values{"reason": {"good"}})
	_, body, _ = hoa.get(edit)
	if !strings.Contains(text(body), "What is in force has changed since you began this draft") {
		t.Errorf("a stale draft is not told: %.300s", text(body))
	}
	status, body, _ = hoa.post("/rules/models/propose", url.Values{"revision": {hoa.revision(edit)}, "reason": {"mine"}})
	if status != 409 {
		t.Errorf("a stale draft is proposed: %d %.200s", status, text(body))
	}
	hoa.must(edit, url.Values{"revision": {hoa.revision(edit)}, "op": {"drop"}})
	if d, err := s.w.Store.Proposals.Draft(t.Context(), "rules/models.yaml", "hoa"); d != nil || err != nil {
		t.Errorf("the draft is not discarded: %v", err)
	}
}

// Units, deadlines and the schedule go the same way, and nothing that belongs to the machine does or is shown.
func TestTheCampaignIsChangedByForms(t *testing.T) {
	t.Parallel()
	s := newcomer(t)
	hoa, binh := s.as("hoa"), s.as("binh")
	const edit = "/campaign/edit"
	_, body, _ := hoa.get(edit)
	if strings.Contains(body, "var/kheo.db") || strings.Contains(body, `name="f:store"`) {
		t.Error("the page shows where the records are")
	}
	for lang, want := range map[string]string{"vi": "Ngày cuối cùng; điều kiện đọc ngày này qua campaign.closes.",
		"nb": "Den siste dagen; vilkår leser den som campaign.closes."} {
		hoa.must("/language", url.Values{"language": {lang}})
		if _, body, _ := hoa.get(edit); !strings.Contains(text(body), want) || !strings.Contains(body, `aria-describedby="at-closes-help"`) {
			t.Errorf("%s: the field of the last day is not explained", lang)
		}
	}
	hoa.must("/language", url.Values{"language": {"en"}})
	hoa.must(edit, url.Values{"revision": {"0"}, "op": {"row:units"}})
	hoa.must(edit, url.Values{"revision": {"1"}, "op": {"save"}, "f:units/2/id": {"east"}, "f:units/2/name": {"East commune"},
		"f:closes": {"2026-12-15"}, "f:schedule/nightly": {"0 3 * * *"}})
	if status, _, _ := hoa.post(edit, url.Values{"revision": {"2"}, "op": {"save"}, "f:store": {"postgres://elsewhere"}}); status == 303 {
		d, _ := s.w.Store.Proposals.Draft(t.Context(), "kheo.yaml", "hoa")
		if _, err := amend.Propose(t.Context(), s.w, "hoa", "kheo.yaml", d.Base, "mine", d.Text); err == nil {
			t.Error("the records are moved from the browser")
		}
		hoa.must(edit, url.Values{"revision": {"3"}, "op": {"save"}, "f:store": {"var/kheo.db"}})
	}
	status, body, h := hoa.post("/campaign/propose", url.Values{"revision": {hoa.revision(edit)}, "reason": {"a third unit"}})
	if status != 303 {
		t.Fatalf("%d %s", status, text(body))
	}
	at := h.Get("Location")
	if _, body, _ := binh.get(at); !strings.Contains(text(body), "East commune") && !strings.Contains(text(body), "east") {
		t.Errorf("the proposal does not say what it changes: %s", text(body))
	}
	binh.must(at+"/approve", url.Values{"reason": {"as decided"}})
	c := s.w.Campaign()
	if c.Env.UnitByID("east") == nil || c.Env.Closes != "2026-12-15" || c.Cron["nightly"] != "0 3 * * *" {
		t.Errorf("the campaign is not the approved one: %v %s %v", c.Env.Units, c.Env.Closes, c.Cron)
	}
	kept, err := os.ReadFile(filepath.Join(s.w.Dir, "kheo.yaml"))
	if err != nil || !strings.Contains(string(kept), "# who submits: id, name as documents write it") {
		t.Errorf("the comments are gone: %v", err)
	}
}

// A list that was closed keeps the ruleset by which it was made, whatever comes into force later.
func TestAClosedListKeepsItsRuleset(t *testing.T) {
	t.Parallel()
	s := newcomer(t)
	_, of, _, err := s.s.lists.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := of["models"].RulesetSHA256
	content := func() review.Event {
		var e review.Event
		if err := s.w.Review().View(t.Context(), func(st *review.State) error {
			c, err := st.Content(of["models"])
			if err != nil {
				return err
			}
			b, err := json.Marshal(c)
			e = review.Event{Person: review.System, Action: review.Closed, Ruleset: "models",
				Data: review.Data{Run: c.Run, ListSHA256: c.ListSHA256, Content: b}}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return e
	}
	for _, e := range of["models"].Entries {
		decided := review.Event{Person: review.System, Action: review.Decided, Ruleset: "models", Dossier: e.Dossier,
			Data: review.Data{Decision: review.Deferred, Reason: "later"}}
		if err := s.w.Review().Do(t.Context(), review.Subject{Unit: e.Unit, Outcome: string(e.Outcome)}, decided); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, content()); err != nil {
		t.Fatal(err)
	}
	seq := s.proposes("hoa", "rules/models.yaml", "{ from: 60, points: 30 }", "{ from: 60, points: 25 }")
	s.as("binh").must("/proposals/"+seq+"/approve", url.Values{"reason": {"for the next list"}})
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	_, of, _, err = s.s.lists.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := of["models"].RulesetSHA256; got != before {
		t.Errorf("the closed list is by %s, and was by %s", got, before)
	}
	if now := s.w.Campaign().Rulesets[0].SHA256; now == before {
		t.Error("the new version is not in force")
	}
}

// Who made an account, or knows its password, is no second person.
func TestAPuppetIsNoSecondPerson(t *testing.T) {
	t.Parallel()
	s := newcomer(t)
	dung := s.as("dung")
	dung.post("/people", url.Values{"person": {"puppet"}, "name": {"Nguyễn Văn Rối"}, "role": {"chair"}})
	if err := s.w.Store.People.SetPassword(t.Context(), "puppet", encoded()); err != nil {
		t.Fatal(err)
	}
	seq := s.proposes("dung", "rules/models.yaml", "borderline: 2 ", "borderline: 3 ")
	err := amend.Approve(t.Context(), s.w, "puppet", mustInt(t, seq), "good")
	if err == nil || !strings.Contains(err.Error(), "somebody else must put this into force") {
		t.Errorf("the approval by an account of the author: %v", err)
	}
}

func mustInt(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A person sets the address of their own mail; that of another person, and what follows of it, is in the audit trail.
func TestAddressesOfPeople(t *testing.T) {
	t.Parallel()
	s := newcomer(t)
	s.as("binh").must("/account/mail", url.Values{"mail": {"binh@example.org"}})
	if status, body, _ := s.as("binh").post("/account/mail", url.Values{"mail": {"binh at home"}}); status != 400 ||
		!strings.Contains(text(body), "not a valid e-mail address") {
		t.Errorf("%d %s", status, text(body))
	}
	s.as("dung").must("/people/nam", url.Values{"name": {"The nam"}, "role": {"observer"}, "mail": {"nam@example.org"}})
	if _, body, _ := s.as("dung").get("/people"); !strings.Contains(body, "nam@example.org") {
		t.Error("the page of people does not show the address")
	}
	if _, body, _ := s.as("binh").get("/people"); strings.Contains(body, "nam@example.org") {
		t.Error("everybody sees addresses")
	}
	n := 0
	events, err := s.w.Review().Events(t.Context())
	for _, e := range events {
		if e.Action == review.MailSet {
			n++
		}
	}
	if err != nil || n != 2 {
		t.Errorf("%d changes of addresses are in the audit trail: %v", n, err)
	}
}

// A ruleset of 80 criteria is shown and checked. How long that takes is logged, and not tested: it depends on the
// machine.
func TestEightyCriteriaAreEdited(t *testing.T) {
	t.Parallel()
	s := newcomer(t)
	src, _, err := amend.Read(s.w.Campaign(), "rules/models.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var more strings.Builder
	for i := range 77 {
		fmt.Fprintf(&more, "  - id: more-%d\n    title: { vi: Thêm %d, nb: Mer %d, en: More %d }\n    max: 10\n    measured: households\n"+
			"    steps: [ { from: 15, points: 3 }, { from: 30, points: 6 }, { from: 60, points: 10 } ]\n", i, i, i, i)
	}
	large := strings.Replace(strings.Replace(string(src), "\ncopies:", "\n"+more.String()+"copies:", 1), "max_points: 100", "max_points: 870", 1)
	hoa := s.as("hoa")
	hoa.must("/rules/models/edit", url.Values{"revision": {"0"}, "op": {"save"}, "text": {large}})
	begin := time.Now()
	_, body, _ := hoa.get("/rules/models/edit?at=criteria/40")
	opened := time.Since(begin)
	if strings.Count(body, `class="rule-card`) < 80 || !strings.Contains(body, "No mistakes.") {
		t.Errorf("the page: %.300s", text(body))
	}
	begin = time.Now()
	status, body, _ := hoa.post("/rules/models/check", url.Values{"revision": {"1"}, "text": {large}, "f:criteria/40/max": {"1O"}})
	took := time.Since(begin)
	if status != 200 || !strings.Contains(body, `"path":"criteria/40/max"`) {
		t.Errorf("%d %.300s", status, body)
	}
	t.Logf("opened in %v (%d kB), checked in %v", opened, len(body)/1000, took)
	s.throughAWorkbook(hoa)
}

// throughAWorkbook takes the draft of a ruleset of 80 criteria out as a workbook, and brings it back: with nothing
// changed, with mistakes, and with a change, which becomes the draft once it was seen.
func (s *site) throughAWorkbook(b *browser) {
	s.Helper()
	const path = "/rules/models/workbook"
	if _, body, _ := b.get("/rules/models/edit"); !strings.Contains(body, `href="`+path+`"`) {
		s.Error("the editor does not lead to the workbook")
	}
	status, data, head := b.get(path + ".xlsx")
	if status != 200 || !strings.Contains(head.Get("Content-Disposition"), "models.xlsx") {
		s.Fatalf("%d %v", status, head)
	}
	send := func(data string) string {
		s.Helper()
		status, body, _ := b.send(path, nil, map[string]string{"models.xlsx": data})
		if status != 200 {
			s.Errorf("%d %.300s", status, text(body))
		}
		return body
	}
	if got := text(send(data)); !strings.Contains(got, "nothing would change") {
		s.Errorf("the workbook as it was: %.600s", got)
	}
	edited := func(cell string, value any) string {
		s.Helper()
		f, err := excelize.OpenReader(strings.NewReader(data))
		if err != nil {
			s.Fatal(err)
		}
		defer f.Close()
		var out strings.Builder
		if err := errors.Join(f.SetCellValue("Criteria", cell, value), f.Write(&out)); err != nil {
			s.Fatal(err)
		}
		return out.String()
	}
	if got := text(send(edited("H3", "thirty"))); !strings.Contains(got, "1 mistake to correct") || !strings.Contains(got, "Criteria H3 max must be a number") {
		s.Errorf("a mistake: %.800s", got)
	}
	if got := text(send("not a workbook")); !strings.Contains(got, "this is not an .xlsx workbook") {
		s.Errorf("another file: %.600s", got)
	}
	if status, body, _ := b.send(path, nil, map[string]string{"models.xlsx": strings.Repeat("x", 5<<20)}); status != 413 ||
		!strings.Contains(text(body), "larger than 4 MB") {
		s.Errorf("a file that is too large: %d %.300s", status, text(body))
	}
	if status, _, _ := s.as("nam").send(path, nil, map[string]string{"models.xlsx": data}); status != 403 {
		s.Errorf("an observer sends a workbook: %d", status)
	}
	body := send(edited("E3", "All who take part"))
	if got := text(body); !strings.Contains(got, "What the workbook would change") || !strings.Contains(got, "All who take part") {
		s.Fatalf("a change: %.800s", got)
	}
	d, err := s.w.Store.Proposals.Draft(s.Context(), "rules/models.yaml", "hoa")
	if err != nil || strings.Contains(string(d.Text), "All who take part") {
		s.Errorf("it was stored before it was taken over: %v", err)
	}
	form := textareaRE.FindStringSubmatch(body)
	if form == nil {
		s.Fatal("there is nothing to take over")
	}
	b.must("/rules/models/edit", url.Values{"revision": {revisionRE.FindStringSubmatch(body)[1]}, "op": {"save"},
		"text": {html.UnescapeString(form[1])}})
	changed, err := s.w.Store.Proposals.Draft(s.Context(), "rules/models.yaml", "hoa")
	if err != nil || strings.Replace(string(changed.Text), "All who take part", "Quy mô tham gia", 1) != string(d.Text) {
		s.Errorf("what was taken over: %v", err)
	}
}

var textareaRE = regexp.MustCompile(`(?s)<textarea name="text" hidden>\n(.*?)</textarea>`)
