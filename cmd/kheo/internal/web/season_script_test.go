package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/handover"
	"kheo/pipeline/intake"
	"kheo/pipeline/mailbox"
	"kheo/pipeline/outbox"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// season is a season of an office, with its clock and the mail that it gets and sends.
type season struct {
	*site
	now   time.Time
	day   time.Time // the first one, at noon in the timezone of the campaign
	box   *postbox
	mails *imapmemserver.User
	looks *mailbox.Fetcher

	unit, applicant string // the dossiers, by id
	link            string
}

// letterText is a letter as it lies in a mailbox.
type letterText struct{ *bytes.Reader }

// Size is how long it is.
func (l letterText) Size() int64 { return l.Reader.Size() }

// mailServer opens a mail server with one user.
func mailServer(t *testing.T) (user *imapmemserver.User, port int) {
	t.Helper()
	user = imapmemserver.NewUser("kheo", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	mem := imapmemserver.New()
	mem.AddUser(user)
	s := imapserver.New(&imapserver.Options{NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return mem.NewSession(), nil, nil
	}, Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapMove: {}, imap.CapUIDPlus: {}}, InsecureAuth: true,
		Logger: log.New(io.Discard, "", 0)})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return user, l.Addr().(*net.TCPAddr).Port
}

// settings adds to kheo.yaml.
func (s *site) settings(more string) {
	s.Helper()
	yaml := filepath.Join(s.w.Dir, campaign.File)
	text, err := os.ReadFile(yaml)
	if err != nil {
		s.Fatal(err)
	}
	put(s.T, yaml, append(text, "\n"+more+"\n"...))
	if err := s.w.Reload(); err != nil {
		s.Fatal(err)
	}
}

// publicKey returns the key of an office.
func publicKey(t *testing.T, w *workspace.Workspace) string {
	t.Helper()
	key, err := handover.PublicKey(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// begin opens the season of an office that hands its list over to the office of a key.
func begin(t *testing.T, above string) *season {
	t.Helper()
	box, at := newPostbox(t)
	s := &season{site: mailing(t, at), box: box}
	y, m, d := time.Now().In(s.w.Campaign().Location).Date()
	s.day = time.Date(y, m, d, 12, 0, 0, 0, s.w.Campaign().Location)
	s.now = s.day
	s.w.Now = func() time.Time { return s.now }
	var port int
	s.mails, port = mailServer(t)
	put(t, filepath.Join(s.w.Dir, "password.txt"), []byte("secret\n"))
	if err := os.Chmod(filepath.Join(s.w.Dir, "password.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	on := func(n int) string { return s.day.AddDate(0, 0, n).Format(time.DateOnly) }
	s.settings(fmt.Sprintf(`phases:
  submission: { until: %s }
  completion: { until: %s }
  checking: { from: %s, until: %s }
  meeting: { from: %s }
  publication: { from: %s }
review:
  objections: 10 days
  public: results
  lists:
    model-district:
      ballot: secret
      quorum: at least 2/3 present, with the chair
      majority: at least 2/3 of all members
      absent: in-writing
      written_until: %s
mailbox: { host: 127.0.0.1, port: %d, tls: none, user: kheo, password_file: password.txt }
handover: { to: [ { id: province, key: "%s" } ] }`, on(5), on(8), on(9), on(12), on(14), on(18), on(15), port, above))
	c := s.w.Campaign()
	c.Mail.Address = "https://kheo.example.org"
	c.Papers.Certificates = campaign.Certificates{Number: "{n}/GCN", Decisions: map[string]campaign.DecisionNumber{
		district: {Number: "123/QĐ-UBND", On: "2024-12-20"}}}
	s.looks = mailbox.New(s.w, slog.New(slog.DiscardHandler))
	if err := outbox.SetMail(t.Context(), s.w, "submitter", "office@dai-hiep.example.org"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"m5", "m6", "m7", "m8", "m9"} { // with the chair and three members they are nine
		e := review.Event{Person: review.System, Action: review.PersonAdded,
			Data: review.Data{Subject: id, Name: "Person " + id, Roles: []review.Role{review.Member}}}
		if err := s.w.Review().Do(t.Context(), review.Subject{}, e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// on moves the clock to a day of the season.
func (s *season) on(day int) { s.now = s.day.AddDate(0, 0, day) }

// night runs a site's night.
func (s *site) night() {
	s.Helper()
	if _, err := pipeline.Run(s.Context(), s.w, pipeline.Options{Cause: "night"}); err != nil {
		s.Fatal(err)
	}
}

// mail has what waits be sent.
func (s *season) mail() {
	s.Helper()
	if _, err := s.s.mailer.SendMails(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// writes puts a letter of the unit with a file into the mailbox, and has the office look.
func (s *season) writes(id, subject, name, content string) {
	s.Helper()
	text := fmt.Sprintf("From: Xa Dai Hiep <office@dai-hiep.example.org>\r\nSubject: %s\r\nMessage-ID: <%s@dai-hiep.example.org>\r\n"+
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"xx\"\r\n\r\n--xx\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+
		"Xin gửi thêm.\r\n--xx\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"+
		"Content-Disposition: attachment; filename=\"%s\"\r\n\r\n%s\r\n--xx--\r\n", subject, id, name,
		base64.StdEncoding.EncodeToString([]byte(content)))
	if _, err := s.mails.Append("INBOX", letterText{bytes.NewReader([]byte(text))}, &imap.AppendOptions{Time: s.now}); err != nil {
		s.Fatal(err)
	}
	if _, err := s.looks.Look(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// newest returns the letter that came last.
func (s *season) newest() *mailbox.Letter {
	s.Helper()
	list, err := mailbox.List(s.Context(), s.w)
	if err != nil || len(list) == 0 {
		s.Fatalf("%d letters, %v", len(list), err)
	}
	return list[0]
}

// papersOf are the papers of a model: all but the confirmation, and that.
func papersOf(title, unit string) (first map[string]string, confirmation string) {
	return map[string]string{
		"phieu-dang-ky.txt": "Phiếu đăng ký mô hình\nTên mô hình: " + title + "\nĐơn vị đăng ký: " + unit +
			"\nNgày đăng ký: 14/2/2024\nThời gian bắt đầu: tháng 1/2024\nSố hộ tham gia: 220 hộ\n",
		"bao-cao.txt": "Báo cáo kết quả thực hiện mô hình " + title + "\nI. Kết quả\nSố hộ nghèo giảm từ 19 xuống 3 hộ.\n" +
			"Thu gom được 12 tấn củi khô.\nSố lượt ăn chung tăng từ 0 lên 240 lượt.\n" +
			"Hội Phụ nữ, Hội Nông dân và Đoàn Thanh niên cùng tham gia.\n" +
			"Thôn Phú Mỹ đã học tập và áp dụng, xã Đại Đồng đã làm theo.\n",
	}, "Giấy xác nhận\nỦy ban nhân dân xã xác nhận mô hình " + title + " có thật.\nTỷ lệ hộ đồng thuận: 97%\n"
}

// A season by script: an applicant hands in by a link and a unit by its page, each checked at once; the unit adds by mail;
// dates close and are extended; nine vote in secret, two of them in writing, one recused; the list is closed, objected to,
// handed over to an office with a server of its own, which answers; certificates and public results follow.
func TestASeasonByScript(t *testing.T) {
	t.Parallel()
	above := open(t)
	s := begin(t, publicKey(t, above.w))
	above.settings(`handover: { from: [ { id: dai-loc, key: "` + publicKey(t, s.w) + `" } ] }`)
	s.handedIn()
	s.completed()
	s.checked()
	s.votedInSecret()
	f := s.closedAndObjected()
	s.answeredFromAbove(above, f)
	for _, x := range []*site{s.site, above} {
		r, err := x.w.Review().Verify(t.Context(), "", func(run, ruleset string) (*publish.File, error) {
			return editions.List(t.Context(), x.w, run, ruleset)
		})
		if err != nil || len(r.Faults) > 0 || len(r.Closed) != 1 {
			t.Errorf("the audit trail: %+v %v", r, err)
		}
	}
}

// handedIn has the applicant and the unit hand in, both without the confirmation, which the check names at once.
func (s *season) handedIn() {
	s.Helper()
	s.on(1)
	secretary := s.programOf("secretary")
	secretary.want(200, "POST", "/applicants", map[string]any{"mail": "lan@example.org", "kind": "model", "level": "district",
		"field": "economy", "unit": "dai-minh", "language": "en", "until": s.day.AddDate(0, 0, 30).Format(time.DateOnly)})
	s.link = s.mailedLink(s.box, "lan@example.org")
	files, _ := papersOf("Bếp lửa hồng cuối xóm", s.w.Campaign().Env.UnitByID("dai-minh").Name)
	stranger := s.nobody()
	if status, body, _ := stranger.send(s.link, map[string]string{"title": "Bếp lửa hồng cuối xóm"}, files); status != 303 {
		s.Fatalf("the applicant: %d %s", status, text(body))
	}
	s.shows(stranger, s.link, "Missing or wrong", "220 hộ")
	invited := secretary.want(200, "GET", "/applicants", nil)["links"].([]any)[0].(map[string]any)
	s.applicant = invited["dossier"].(string)
	if invited["state"] != "handed-in" || s.applicant == "" {
		s.Fatalf("the link: %v", invited)
	}
	const title = "Vườn thuốc nam của tổ"
	files, _ = papersOf(title, s.w.Campaign().Env.UnitByID("dai-hiep").Name)
	unit := s.as("submitter")
	values := map[string]string{"title": title, "kind": "model", "level": "district", "field": "economy"}
	if status, body, _ := unit.send("/own/upload", values, files); status != 303 {
		s.Fatalf("the unit: %d %s", status, text(body))
	}
	s.unit = intake.ID(intake.TitleName("dai-hiep", title))
	s.shows(unit, "/own/"+s.unit+"/check", "Missing or wrong", "220 hộ")
	s.night()
	for _, id := range []string{s.unit, s.applicant} {
		if e := s.entry(district, id); e.Outcome == dossier.Recommended {
			s.Errorf("%s is recommended without its confirmation", id)
		}
	}
}

// entry returns the entry of a dossier on the list as it is.
func (s *site) entry(ruleset, id string) *publish.Entry {
	s.Helper()
	_, of, _, err := s.s.lists.Latest(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	for i := range of[ruleset].Entries {
		if e := &of[ruleset].Entries[i]; e.Dossier == id {
			return e
		}
	}
	s.Fatalf("%s is not on the list", id)
	return nil
}

// takesNoMore checks that the page of the applicant's link says that the list is closed, and has no form for files.
func (s *season) takesNoMore() {
	s.Helper()
	stranger := s.nobody()
	s.shows(stranger, s.link, "documents can no longer be added")
	if _, body, _ := stranger.get(s.link); strings.Contains(body, `name="files"`) {
		s.Error("the link has a form for files after the list was closed")
	}
}

// completed has both add the confirmation after the submission has ended: the applicant by the link, the unit by mail, once
// in time and once too late, which the office lets in after an extension.
func (s *season) completed() {
	s.Helper()
	s.on(6)
	files, _ := papersOf("Quá hạn", "Xã Đại Hiệp")
	values := map[string]string{"title": "Quá hạn", "kind": "model", "level": "district", "field": "economy"}
	if status, _, _ := s.as("submitter").send("/own/upload", values, files); status != 409 {
		s.Errorf("a new dossier after the submission: %d", status)
	}
	_, confirmation := papersOf("Bếp lửa hồng cuối xóm", "")
	if status, body, _ := s.nobody().send(s.link, nil, map[string]string{"xac-nhan.txt": confirmation}); status != 303 {
		s.Fatalf("the applicant adds: %d %s", status, text(body))
	}
	_, confirmation = papersOf("Vườn thuốc nam của tổ", "")
	s.writes("1", "Bo sung "+s.unit, "xac-nhan.txt", confirmation)
	if l := s.newest(); l.State != mailbox.Taken || l.Dossier != s.unit {
		s.Fatalf("the letter in time: %s %s %s", l.State, l.Reason, l.Dossier)
	}
	s.mail()
	if subject, body := s.box.read(s.T, "office@dai-hiep.example.org"); !strings.Contains(subject, s.unit) ||
		!strings.Contains(body, "xac-nhan.txt") {
		s.Errorf("the receipt: %s\n%s", subject, body)
	}
	s.on(9)
	s.writes("2", "Bo sung "+s.unit, "danh-sach.txt", "Danh sách hộ tham gia: 220 hộ.\n")
	late := s.newest()
	if late.State != mailbox.Left {
		s.Fatalf("the letter after the completion: %s", late.State)
	}
	secretary := s.programOf("secretary")
	form := url.Values{"phase": {"completion"}, "until": {s.day.AddDate(0, 0, 10).Format("2006-01-02T15:04")}, "reason": {"a flood"}}
	s.as("secretary").must("/phases/extend", form)
	secretary.want(200, "POST", "/letters/"+late.Short()+"/give", map[string]any{"unit": "dai-hiep", "dossier": s.unit,
		"reason": "the completion was extended"})
	if _, err := s.looks.Look(s.Context()); err != nil {
		s.Fatal(err)
	}
	if l := s.newest(); l.State != mailbox.Taken {
		s.Errorf("the letter that was given to the unit: %s %s", l.State, l.Reason)
	}
	s.on(11)
	if status, _, _ := s.nobody().send(s.link, nil, map[string]string{"them.txt": "thêm"}); status != 409 {
		s.Errorf("the applicant adds after the completion: %d", status)
	}
	s.night()
	for _, id := range []string{s.unit, s.applicant} {
		if e := s.entry(district, id); e.Outcome != dossier.Recommended && e.Outcome != dossier.NeedsReview {
			s.Errorf("%s with its confirmation: %s", id, e.Outcome)
		}
	}
}

// checked has the secretary correct a fact within the dates, and nobody outside of them.
func (s *season) checked() {
	s.Helper()
	fact := func(day, status int) {
		s.on(day)
		got := s.programOf("secretary").want(status, "PUT", "/dossiers/"+s.unit+"/facts/households",
			map[string]any{"action": "set", "value": 221, "reason": "one has joined"})
		if status == 409 && !strings.Contains(fmt.Sprint(got["detail"]), "23:59") {
			s.Errorf("a correction after its dates: %v", got)
		}
	}
	fact(13, 409)
	fact(12, 200)
	if r := s.programOf("chair").call("POST", "/lists/"+district+"/ballots/"+s.unit+"/open", map[string]any{}); r.status != 409 {
		s.Errorf("a ballot before the meeting: %d %s", r.status, r.body)
	}
}

// votedInSecret has nine vote on both: seven are present, of whom one is recused from the dossier of the own unit, and two
// vote in writing; of those one is late for the second dossier, so it is decided after the last day in writing alone.
func (s *season) votedInSecret() {
	s.Helper()
	s.on(14)
	present := []string{"chair", "second", "third", "member", "m5", "m6", "m7"}
	s.as("secretary").must("/meeting/"+district+"/open", url.Values{"present": present})
	chair := s.programOf("chair")
	for _, x := range []struct {
		id      string
		writing []string
		voters  []string
	}{{s.unit, []string{"m8", "m9"}, []string{"chair", "second", "third", "m5", "m6", "m7"}}, {s.applicant, []string{"m8"}, present}} {
		at := "/lists/" + district + "/ballots/" + x.id
		chair.want(200, "POST", at+"/open", map[string]any{})
		if x.id == s.unit {
			s.programOf("member").want(409, "POST", at+"/cast", map[string]any{"vote": "for"})
		}
		var receipts []string
		for i, who := range append(slices.Clone(x.writing), x.voters...) {
			vote := map[bool]string{true: "against", false: "for"}[i == 3]
			got := s.programOf(who).want(200, "POST", at+"/cast", map[string]any{"vote": vote})
			receipts = append(receipts, got["receipt"].(string)+" "+vote)
		}
		if x.id == s.applicant {
			r := chair.call("PUT", "/dossiers/"+x.id+"/decision", map[string]any{"decision": "recognised", "reason": "as counted"})
			if r.status != 409 {
				s.Errorf("decided before votes in writing have ended: %d %s", r.status, r.body)
			}
			s.on(16)
			s.programOf("m9").want(409, "POST", at+"/cast", map[string]any{"vote": "against"})
		}
		chair.want(200, "POST", at+"/count", nil)
		var counted struct {
			Count struct {
				For, Against int
				Ballots      []struct{ Receipt, Vote string }
			}
		}
		if err := json.Unmarshal(chair.call("GET", at, nil).body, &counted); err != nil || counted.Count.For != 7 ||
			counted.Count.Against != 1 {
			s.Fatalf("the count: %+v %v", counted, err)
		}
		for _, b := range counted.Count.Ballots {
			receipts = slices.DeleteFunc(receipts, func(r string) bool { return r == b.Receipt+" "+b.Vote })
		}
		if len(receipts) > 0 {
			s.Errorf("receipts that the count does not have: %q", receipts)
		}
		chair.want(200, "PUT", "/dossiers/"+x.id+"/decision", map[string]any{"decision": "recognised", "reason": "as counted"})
	}
}

// closedAndObjected closes the list on its day, has the unit object and be answered, and checks what everybody sees before
// and after. It returns the list.
func (s *season) closedAndObjected() *publish.File {
	s.Helper()
	chair, unit, secretary := s.programOf("chair"), s.programOf("submitter"), s.programOf("secretary")
	for _, e := range s.latestFile().Entries {
		if e.Dossier != s.unit && e.Dossier != s.applicant && (e.Outcome == dossier.Recommended || e.Outcome == dossier.NeedsReview) {
			chair.want(200, "PUT", "/dossiers/"+e.Dossier+"/decision", map[string]any{"decision": "deferred", "reason": "next year"})
		}
	}
	s.on(17)
	if status, _, _ := s.as("chair").post("/lists/"+district+"/close", url.Values{"sure": {"yes"}}); status != 409 {
		s.Errorf("closed before the publication: %d", status)
	}
	s.on(18)
	f := s.latestFile()
	s.as("chair").must("/lists/"+district+"/close", url.Values{"sure": {"yes"}})
	s.takesNoMore()
	unit.want(200, "POST", "/dossiers/"+s.unit+"/objections", map[string]any{"text": "the award is too low"})
	if n := len(secretary.want(200, "GET", "/certificates", nil)["certificates"].([]any)); n != 1 {
		s.Errorf("%d certificates while an objection waits, want that of the other", n)
	}
	s.on(29) // the days to object are over, and the objection waits
	public := func() string { _, body, _ := s.nobody().get("/results.json"); return body }
	if body := public(); strings.Contains(body, "Vườn thuốc nam") {
		s.Errorf("released while an objection waits: %s", body)
	}
	unit.want(409, "POST", "/dossiers/"+s.unit+"/objections", map[string]any{"text": "once more"})
	secretary.want(200, "POST", "/dossiers/"+s.unit+"/objections/answer", map[string]any{"outcome": "rejected", "reason": "the rule has one"})
	if got := unit.want(200, "GET", "/objections", nil)["objections"].([]any)[0].(map[string]any); got["answer"] != "the rule has one" {
		s.Errorf("the answer: %v", got)
	}
	body := public()
	for _, want := range []string{"Vườn thuốc nam của tổ", "Bếp lửa hồng cuối xóm"} {
		if !strings.Contains(body, want) {
			s.Errorf("the results have no %q: %s", want, body)
		}
	}
	if strings.Contains(body, "points") || strings.Count(body, `"number"`) != 2 {
		s.Errorf("the results: %s", body)
	}
	list := secretary.want(200, "GET", "/certificates", nil)["certificates"].([]any)
	numbers := fmt.Sprint(list)
	if len(list) != 2 || !strings.Contains(numbers, "1/GCN") || !strings.Contains(numbers, "2/GCN") {
		s.Errorf("the certificates: %v", list)
	}
	return f
}

// answeredFromAbove hands the list over to an office with a server of its own, which assesses, decides and answers.
func (s *season) answeredFromAbove(above *site, f *publish.File) {
	s.Helper()
	r := s.programOf("secretary").call("POST", "/lists/"+district+"/handover", nil)
	if r.status != 200 || !bytes.HasPrefix(r.body, []byte("PK")) {
		s.Fatalf("the archive: %d %.300s", r.status, r.body)
	}
	clerk := above.programOf("secretary")
	clerk.want(200, "POST", "/handover/lists", archiveForm(s.T, r.body))
	above.night()
	taken := clerk.want(200, "GET", "/handover", nil)["taken"].([]any)
	if len(taken) != 2 {
		s.Fatalf("taken in: %v", taken)
	}
	var there []string
	for _, x := range taken {
		there = append(there, x.(map[string]any)["dossier"].(string))
	}
	for _, id := range there {
		above.shows(above.as("secretary"), "/dossiers/"+id, "dai-loc")
	}
	above.closesList(district)
	r = clerk.call("POST", "/lists/"+district+"/handover/answer", map[string]any{"number": "77/QĐ", "on": "2025-01-20"})
	if r.status != 200 || !bytes.HasPrefix(r.body, []byte("PK")) {
		s.Fatalf("the answer: %d %.300s", r.status, r.body)
	}
	secretary := s.programOf("secretary")
	secretary.want(200, "POST", "/handover/answers", archiveForm(s.T, r.body))
	s.shows(s.as("submitter"), "/dossiers/"+s.unit, "77/QĐ")
	answers := 0
	for _, l := range secretary.want(200, "GET", "/handover", nil)["lists"].([]any) {
		answers += len(l.(map[string]any)["answers"].([]any))
	}
	if answers != 2 || len(f.Entries) < 3 {
		s.Errorf("%d answers to a list of %d", answers, len(f.Entries))
	}
}
