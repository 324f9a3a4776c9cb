package web

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kheo/pipeline/campaign"
)

// After its deadline a unit's dossier is refused before anything is in the inbox; the secretary extends it with a
// reason, and it is accepted. The page says so to everyone, and calendars read the dates.
func TestADeadlineClosesAndIsExtended(t *testing.T) {
	t.Parallel()
	s := open(t)
	in := s.w.Campaign().Location
	rule := s.w.Campaign().Review
	rule.Phases = []campaign.Phase{{Name: "submission", In: in, Until: time.Date(2024, 12, 1, 0, 0, 0, 0, in)},
		{Name: "meeting", In: in, From: time.Date(2024, 12, 12, 8, 0, 0, 0, in)}}
	s.w.Review().Set(rule)
	unit, secretary := s.as("submitter"), s.as("secretary")
	send := func() (int, string) {
		status, body, _ := unit.send("/own/upload", map[string]string{"title": "Sau hạn", "kind": "model",
			"level": "grassroots"}, map[string]string{"bao-cao.txt": "Báo cáo kết quả thực hiện mô hình. 120 hộ."})
		return status, text(body)
	}
	inbox := func() int {
		left, err := os.ReadDir(filepath.Join(s.w.Dir, "inbox"))
		if err != nil {
			t.Fatal(err)
		}
		return len(left)
	}
	before := inbox()
	if status, body := send(); status != 409 || !strings.Contains(body, "2024-11-30 23:59") || inbox() != before {
		t.Errorf("a late dossier: %d, %d entries, %.300s", status, inbox()-before, body)
	}
	s.shows(unit, "/phases", "Submission of dossiers", "over", "12 December 2024 08:00")
	s.shows(unit, "/begin/model-grassroots", "Handing in ended 30 November 2024 23:59", "New dossiers are not accepted now.")
	early := rule
	early.Phases = []campaign.Phase{{Name: "submission", In: in, From: s.w.Now().AddDate(0, 0, 1), Until: s.w.Now().AddDate(0, 0, 9)}}
	s.w.Review().Set(early)
	if _, body, _ := unit.get("/begin/model-grassroots"); strings.Contains(body, "/own/upload") {
		t.Error("a form is shown before dossiers are accepted")
	}
	s.w.Review().Set(rule)
	far := s.w.Now().In(in).AddDate(0, 3, 0)
	if far.After(time.Date(2026, 11, 1, 0, 0, 0, 0, in)) { // at most two years after the end
		rule.Phases[0].Until = s.w.Now().Add(-time.Hour)
		s.w.Review().Set(rule)
	}
	form := url.Values{"phase": {"submission"}, "until": {far.Format("2006-01-02T15:04")}, "reason": {""}}
	if status, _, _ := secretary.post("/phases/extend", form); status != 409 {
		t.Errorf("extended without a reason: %d", status)
	}
	form.Set("reason", "a flood")
	if status, _, _ := unit.post("/phases/extend", form); status != 403 {
		t.Errorf("a unit extends its own deadline: %d", status)
	}
	secretary.must("/phases/extend", form)
	s.shows(unit, "/phases", "extended by The secretary: a flood")
	if status, body := send(); status != 303 || inbox() != before+1 {
		t.Errorf("after the extension: %d %.300s", status, body)
	}

	own := rule
	own.Phases = []campaign.Phase{{Name: "completion", In: in, Until: time.Date(2024, 12, 6, 0, 0, 0, 0, in)}}
	s.w.Review().Set(own)
	s.shows(unit, "/own/"+s.dossierLike("tieng-keng-an-ninh")+"/check", "additions were possible until 5 December 2024 23:59")
	s.w.Review().Set(rule)

	if status, _, _ := s.nobody().get("/deadlines.ics"); status != 404 {
		t.Errorf("strangers read the dates: %d", status)
	}
	s.w.Campaign().OpenDeadlines = true
	for b, path := range map[*browser]string{s.nobody(): "/deadlines.ics", unit: "/phases.ics"} {
		status, body, _ := b.get(path)
		for _, want := range []string{"BEGIN:VCALENDAR", far.UTC().Format("DTSTART:20060102T1504"),
			"DTSTART:20241212T010000Z", "END:VCALENDAR"} {
			if status != 200 || !strings.Contains(body, want) {
				t.Errorf("%s has no %s: %d\n%s", path, want, status, body)
			}
		}
	}
	if status, body, _ := secretary.get("/register/calendar.ics"); status != 200 || !strings.Contains(body, "BEGIN:VCALENDAR") {
		t.Errorf("inspections: %d %.200s", status, body)
	}
}
