package web

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"kheo/pipeline/campaign"
	"kheo/pipeline/mailbox"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
)

// keeps records a letter.
func (s *site) keeps(l *mailbox.Letter) {
	s.Helper()
	l.ID = strings.Repeat(l.ID, 64/len(l.ID))
	if l.Arrived.IsZero() {
		l.Arrived, l.Since = s.w.Now(), s.w.Now()
	}
	if err := s.w.Store.State.Letters.Of(l.ID).Put(s.Context(), l); err != nil {
		s.Fatal(err)
	}
}

// The secretary sees which letters wait and why, in three languages, gives one to a unit and puts another aside, each
// with a reason; no one else does, and of a unit with which the secretary has a conflict of interest nothing is shown.
func TestLettersWaitForTheSecretary(t *testing.T) {
	t.Parallel()
	s := open(t)
	units := s.w.Campaign().Env.Units
	s.keeps(&mailbox.Letter{ID: "a1", State: mailbox.Left, Reason: mailbox.Stranger, From: "clerk@example.org",
		Subject: "Ho so <b>mo hinh</b>"})
	s.keeps(&mailbox.Letter{ID: "b2", State: mailbox.Left, Reason: mailbox.NoFiles, From: "ad@example.org", Subject: "Buy"})
	s.keeps(&mailbox.Letter{ID: "c3", State: mailbox.Left, Reason: mailbox.NoFiles, From: "x@example.org", Subject: "of a tied unit",
		Known: units[1].ID})
	s.keeps(&mailbox.Letter{ID: "d4", State: mailbox.Left, Reason: mailbox.Large, From: "y@example.org", Subject: "large"})
	tie := review.Event{Person: review.System, Action: review.TieFound, Data: review.Data{Subject: "secretary",
		Unit: units[1].ID, Reason: "was its clerk", Found: true}}
	if err := s.w.Review().Do(t.Context(), review.Subject{Unit: units[1].ID}, tie); err != nil {
		t.Fatal(err)
	}
	secretary := s.as("secretary")
	for lang, want := range map[string]string{"en": "No unit has this address.", "nb": "Ingen enhet har denne adressen.",
		"vi": "Không đơn vị nào có địa chỉ này."} {
		secretary.must("/language", url.Values{"language": {lang}})
		_, body, _ := secretary.get("/mailbox")
		if !strings.Contains(body, want) || strings.Contains(body, "<b>mo hinh") || strings.Contains(body, "of a tied unit") {
			t.Errorf("%s: the page is wrong: %.600s", lang, text(body))
		}
	}
	secretary.must("/language", url.Values{"language": {"en"}})
	s.shows(secretary, "/", "letters in the mailbox that wait for you", "Look at them")
	give := url.Values{"letter": {"a1a1a1a1a1a1"}, "unit": {units[0].ID}, "reason": {"its clerk, known to us"}}
	for _, id := range []string{"submitter", "evaluator", "observer", "chair"} {
		if status, _, _ := s.as(id).post("/mailbox/give", give); status != 403 {
			t.Errorf("%s gives a letter: %d", id, status)
		}
	}
	tied := url.Values{"letter": {"c3c3c3c3c3c3"}, "unit": {units[0].ID}, "reason": {"x"}}
	if status, _, _ := secretary.post("/mailbox/give", tied); status != 404 {
		t.Errorf("a letter of a tied unit: %d", status)
	}
	large := url.Values{"letter": {"d4d4d4d4d4d4"}, "unit": {units[0].ID}, "reason": {"x"}}
	if status, _, _ := secretary.post("/mailbox/give", large); status != 409 {
		t.Errorf("a letter that is too large: %d", status)
	}
	known := s.dossierLike("tieng-keng-an-ninh") // of another unit
	if _, body, _ := secretary.get("/mailbox"); !strings.Contains(body, `<option value="`+known+`">Tiếng kẻng an ninh`) {
		t.Error("no dossier is offered to which the letter may add")
	}
	give.Set("dossier", "Tiếng kẻng an ninh thôn Phú Hưng")
	if status, _, _ := secretary.post("/mailbox/give", give); status != 409 {
		t.Errorf("a letter is added to the dossier of another unit: %d", status)
	}
	give.Set("unit", "dai-hiep")
	secretary.must("/mailbox/give", give)
	secretary.must("/mailbox/aside", url.Values{"letter": {"b2b2b2b2b2b2"}, "reason": {"advertising"}})
	list, err := mailbox.List(t.Context(), s.w)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]mailbox.State{}
	for _, l := range list {
		if l.ID[:2] == "a1" && l.Dossier != known {
			t.Errorf("the dossier that was named by its title is %q, not %q", l.Dossier, known)
		}
		states[l.ID[:2]] = l.State
	}
	if states["a1"] != mailbox.Asked || states["b2"] != mailbox.Aside || states["c3"] != mailbox.Left {
		t.Errorf("states: %v", states)
	}
	administrator := s.as("administrator")
	s.shows(administrator, "/audit", "gave a letter to a unit", "set a letter aside")
	if _, body, _ := administrator.get("/audit"); strings.Contains(body, "→ a1") {
		t.Error("the audit trail shows the id of a letter")
	}
}

// A receipt answers its letter by one header of one line, at the unit's address alone, and names the files with hashes.
func TestAReceiptIsAnAnswer(t *testing.T) {
	box, at := newPostbox(t)
	s := mailing(t, at)
	l := &mailbox.Letter{ID: "e5", State: mailbox.Taken, Unit: "dai-hiep", Dossier: "dai-hiep-x-abcde", MessageID: "1@a.example.org",
		Subject: "Hồ sơ\r\nBcc: everybody@example.org", From: "office@a.example.org",
		Files: []mailbox.File{{Name: "báo cáo.docx", Size: 12, SHA256: strings.Repeat("ab", 32)}}}
	s.keeps(l)
	about, err := json.Marshal(mailbox.ReceiptAbout{Letter: l.ID, To: l.From})
	if err != nil {
		t.Fatal(err)
	}
	now := s.w.Now()
	m := &outbox.WaitingMail{Key: "receipt " + l.ID, Kind: outbox.MailReceipt, About: about, ID: "receipt.1@kheo", Since: now, Next: now}
	if err := outbox.PutWaitingMail(t.Context(), s.w, m); err != nil {
		t.Fatal(err)
	}
	if n, err := s.s.mailer.SendMails(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d sent, %v", n, err)
	}
	mail := box.by["office@a.example.org"]
	head, _, _ := strings.Cut(mail, "\r\n\r\n")
	for _, want := range []string{"In-Reply-To: <1@a.example.org>", "Auto-Submitted: auto-replied", "Message-ID: <receipt.1@kheo>"} {
		if !strings.Contains(head, want) {
			t.Errorf("the header has no %s:\n%s", want, head)
		}
	}
	if strings.Contains(head, "\nBcc:") || strings.Contains(head, "auto-generated") || box.got != 1 {
		t.Errorf("%d mails, the header:\n%s", box.got, head)
	}
	subject, body := box.read(t, "office@a.example.org")
	if !strings.HasPrefix(subject, "Re: Hồ sơ") || !strings.Contains(subject, "[dai-hiep-x-abcde]") ||
		!strings.Contains(body, strings.Repeat("ab", 32)) || !strings.Contains(body, "báo cáo.docx") {
		t.Errorf("%s\n%s", subject, body)
	}
}

// Who is behind before a deadline is shown, and reminded once: by hand, and at each step of the schedule; after an
// extension again. Who has done everything when the mail is sent gets none, and who has no address is named.
func TestWhoIsBehindIsRemindedOnce(t *testing.T) {
	box, at := newPostbox(t)
	s := mailing(t, at)
	in := s.w.Campaign().Location
	now := time.Date(2024, 12, 3, 9, 0, 0, 0, in)
	s.w.Now = func() time.Time { return now }
	rule := s.w.Campaign().Review
	phase := campaign.Phase{Name: "meeting", In: in, Until: time.Date(2024, 12, 11, 0, 0, 0, 0, in)}
	rule.Phases = []campaign.Phase{phase}
	s.w.Review().Set(rule)
	s.w.Campaign().Review, s.w.Campaign().Reminders = rule, []int{7, 1}
	behind := func() (with, without int) {
		t.Helper()
		list, err := s.s.mailer.Behind(t.Context(), "by-hand", "en")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if len(r.To) > 0 {
				with++
			} else {
				without++
			}
		}
		return with, without
	}
	due := func(want int, why string) {
		t.Helper()
		if n, err := s.s.mailer.RemindDue(t.Context()); err != nil || n != want {
			t.Errorf("%s: %d reminded, not %d: %v", why, n, want, err)
		}
	}
	with, without := behind()
	if with != 1 || without == 0 {
		t.Fatalf("%d behind with an address, %d without", with, without)
	}
	due(1, "seven days before")
	due(0, "again on that day")
	now = now.AddDate(0, 0, 2)
	due(0, "between the steps")
	now = now.AddDate(0, 0, 4)
	due(1, "a day before")
	if n, err := s.s.mailer.SendMails(t.Context()); err != nil || n != 2 {
		t.Errorf("%d sent, %v", n, err)
	}
	if subject, body := box.read(t, "second@example.org"); box.got != 2 || !strings.Contains(subject, "10") || !strings.Contains(body, "- ") {
		t.Errorf("%d mails: %s\n%s", box.got, subject, body)
	}
	secretary := s.as("secretary")
	s.shows(secretary, "/reminders", "no address", "voting")
	if status, _, _ := s.as("member").post("/reminders", nil); status != 403 {
		t.Errorf("a member reminds: %d", status)
	}
	secretary.must("/reminders", nil)
	secretary.must("/reminders", nil)
	waiting, err := outbox.WaitingMails(t.Context(), s.w)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range waiting {
		if m.Kind == outbox.MailReminder {
			n++
			if strings.Contains(string(m.About), "title") {
				t.Errorf("the outbox tells of a dossier: %s", m.About)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d reminders by hand", n)
	}
	for _, u := range s.w.Campaign().Env.Units { // of what the secretary is recused from, nothing is counted
		tie := review.Event{Person: review.System, Action: review.TieFound, Data: review.Data{Subject: "secretary", Unit: u.ID,
			Reason: "was its clerk", Found: true}}
		if err := s.w.Review().Do(t.Context(), review.Subject{Unit: u.ID}, tie); err != nil {
			t.Fatal(err)
		}
	}
	s.shows(secretary, "/reminders", "Nobody is behind before a deadline.")
	now = phase.Until.Add(time.Hour)
	if sent, err := s.s.mailer.SendMails(t.Context()); err != nil || sent != 0 {
		t.Errorf("after the deadline: %d sent, %v", sent, err)
	}
	due(0, "after the deadline")
	events, err := s.w.Review().Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, e := range events {
		if e.Action == review.Reminders && e.Data.Name == "second" {
			count++
		}
	}
	if count != 3 {
		t.Errorf("%d events", count)
	}
}
