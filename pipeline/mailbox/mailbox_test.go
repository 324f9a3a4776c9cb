package mailbox

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http/httptest"
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
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	os.Exit(m.Run())
}

// post is an office with a mailbox, in a campaign with the units a and b.
type post struct {
	*testing.T
	w    *workspace.Workspace
	f    *Fetcher
	user *imapmemserver.User
	now  time.Time
}

// literal is a letter as it is put into a mailbox.
type literal struct {
	*bytes.Reader
}

// Size is how long it is.
func (l literal) Size() int64 { return l.Reader.Size() }

// serve opens a mail server for a user; secure has it speak TLS.
func serve(t *testing.T, user *imapmemserver.User, secure *tls.Config) (port int) {
	t.Helper()
	mem := imapmemserver.New()
	mem.AddUser(user)
	s := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapMove: {}, imap.CapUIDPlus: {}},
		InsecureAuth: secure == nil, Logger: log.New(io.Discard, "", 0),
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return port
}

// office opens an office; more is added to its kheo.yaml, and box to its mailbox.
func office(t *testing.T, more, box string) *post {
	t.Helper()
	user := imapmemserver.NewUser("kheo", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	p := &post{T: t, user: user, now: time.Date(2024, 11, 2, 8, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	yaml := fmt.Sprintf(`campaign: x
store: var/kheo.db
timezone: Asia/Ho_Chi_Minh
closes: 2024-12-31
units: [ { id: a, name: A, mail: Office@A.example.org }, { id: b, name: B, mail: [b@example.org, b2@example.org] } ]
rules: []
mail: { server: "127.0.0.1:1", from: kheo <kheo@example.org>, tls: none }
mailbox: { host: 127.0.0.1, port: %d, tls: none, user: kheo, password_file: password.txt%s }
%s`, serve(t, user, nil), box, more)
	for name, text := range map[string]string{"kheo.yaml": yaml, "password.txt": "secret\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if testspace.OnPostgres() {
		testspace.MoveToPostgres(t, dir)
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	w.Now = func() time.Time { return p.now }
	p.w, p.f = w, New(w, slog.New(slog.DiscardHandler))
	return p
}

// part is a file of a letter.
type part struct{ name, text string }

// letter writes a letter with a header and files.
func letter(head string, files ...part) string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(strings.TrimSpace(head), "\n", "\r\n"))
	b.WriteString("\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"xx\"\r\n\r\n")
	b.WriteString("--xx\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nKính gửi ban chỉ đạo.\r\n")
	for _, f := range files {
		fmt.Fprintf(&b, "--xx\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"+
			"Content-Disposition: attachment; filename=\"%s\"\r\n\r\n%s\r\n", f.name,
			base64.StdEncoding.EncodeToString([]byte(f.text)))
	}
	return b.String() + "--xx--\r\n"
}

// from is the header of an ordinary letter of the unit a.
const from = "From: Xa A <office@a.example.org>\nTo: kheo@example.org\nSubject: Mo hinh camera\nMessage-ID: <1@a.example.org>"

// deliver puts a letter into the mailbox.
func (p *post) deliver(text string) {
	p.Helper()
	o := &imap.AppendOptions{Time: p.now}
	if _, err := p.user.Append("INBOX", literal{bytes.NewReader([]byte(text))}, o); err != nil {
		p.Fatal(err)
	}
}

// look looks into the mailbox.
func (p *post) look() Looked {
	p.Helper()
	r, err := p.f.Look(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// ingest takes in what is in the inbox.
func (p *post) ingest() {
	p.Helper()
	if _, err := pipeline.IngestInbox(p.Context(), p.w, slog.New(slog.DiscardHandler)); err != nil {
		p.Fatal(err)
	}
}

// letters returns the records of letters, the newest first.
func (p *post) letters() []*Letter {
	p.Helper()
	list, err := List(p.Context(), p.w)
	if err != nil {
		p.Fatal(err)
	}
	return list
}

// in returns how many letters a folder of the mailbox has.
func (p *post) in(folder string) int {
	p.Helper()
	d, err := p.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	if err != nil {
		return 0
	}
	return int(*d.NumMessages)
}

// handed returns the events of deliveries.
func (p *post) handed() (out []*review.Event) {
	p.Helper()
	all, err := p.w.Review().Events(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	for _, e := range all {
		if e.Action == review.HandedIn {
			out = append(out, e)
		}
	}
	return out
}

// receipts returns the mails that wait to be sent.
func (p *post) receipts() []*outbox.WaitingMail {
	p.Helper()
	list, err := outbox.WaitingMails(p.Context(), p.w)
	if err != nil {
		p.Fatal(err)
	}
	return list
}

// files returns the names of the files of a dossier, as it was taken in.
func (p *post) files(id string) (out []string) {
	p.Helper()
	a, err := p.w.Store.Dossiers.Get(p.Context(), id)
	if err != nil || a == nil {
		p.Fatalf("dossier %s: %v", id, err)
	}
	for _, f := range a.Files {
		out = append(out, f.Name)
	}
	return out
}

// A letter of a unit becomes a dossier with its files and its text, and is answered. An answer to the receipt, or a
// letter with the dossier's id in its subject, adds to it.
func TestALetterBecomesADossier(t *testing.T) {
	t.Parallel()
	p := office(t, "", "")
	p.deliver(letter(from, part{"báo cáo.txt", "120 hộ"}, part{"bien ban.txt", "biên bản"}))
	if r := p.look(); r.Taken != 1 || r.Left != 0 {
		t.Fatalf("%+v", r)
	}
	l := p.letters()[0]
	events, mails := p.handed(), p.receipts()
	if len(events) != 1 || events[0].Data.Unit != "a" || events[0].Data.Mail != l.ID || events[0].Dossier != l.Dossier ||
		len(events[0].Data.Text) != 64 {
		t.Errorf("the trail: %+v", events)
	}
	if len(mails) != 1 || mails[0].ID != l.Receipt || !strings.Contains(string(mails[0].About), `"office@a.example.org"`) {
		t.Errorf("the receipt: %+v", mails)
	}
	if len(l.Files) != 2 || l.Files[0].SHA256 != dossier.SHA256([]byte("120 hộ")) {
		t.Errorf("the files: %+v", l.Files)
	}
	if p.in("INBOX") != 0 || p.in("kheo-taken") != 1 {
		t.Error("the letter was not moved")
	}
	p.ingest()
	want := []string{"bien ban.txt", "báo cáo.txt", l.Page}
	if got := p.files(l.Dossier); !slices.Equal(got, want) {
		t.Errorf("the dossier: %q", got)
	}
	a, _ := p.w.Store.Dossiers.Get(t.Context(), l.Dossier)
	if a.Manifest.Unit != "a" {
		t.Errorf("the unit: %q", a.Manifest.Unit)
	}
	// An answer, and one with the id. Neither changes what dossier.yaml says, unless it brings another one.
	p.deliver(letter("From: office@a.example.org\nSubject: "+l.Dossier+"\nMessage-ID: <4@a>", part{"them.txt", "thêm nữa"}, part{"dossier.yaml",
		"title: Camera\nkind: model\nregistered_on: 2024-02-14\n"}))
	p.look()
	p.ingest()
	p.deliver(letter("From: office@a.example.org\nSubject: Re: x\nMessage-ID: <2@a>\nIn-Reply-To: <"+l.Receipt+">", part{"xac nhan.txt", "có"}))
	p.look()
	p.ingest()
	p.deliver(letter("From: office@a.example.org\nSubject: bo sung ["+l.Dossier+"]\nMessage-ID: <3@a>", part{"anh.txt", "thêm"}))
	p.look()
	p.ingest()
	if a, err := p.w.Store.Dossiers.Get(t.Context(), l.Dossier); err != nil || a.Manifest.Title != "Camera" ||
		a.Manifest.Kind != "model" || a.Manifest.RegisteredOn != "2024-02-14" || a.Manifest.Unit != "a" {
		t.Errorf("what dossier.yaml says after two additions: %+v %v", a.Manifest, err)
	}
	if got := p.files(l.Dossier); len(got) != 9 || !slices.Contains(got, "xac nhan.txt") || !slices.Contains(got, "anh.txt") {
		t.Errorf("after two additions: %q", got)
	}
	if n := len(p.handed()); n != 4 || !p.handed()[3].Data.Added {
		t.Errorf("%d deliveries", n)
	}
	if r := p.look(); r.Taken+r.Left != 0 || len(p.handed()) != 4 {
		t.Error("something was taken again")
	}
}

// What is not surely a dossier of a unit is left to people, with the reason, and is not answered.
func TestWhatIsLeftToPeople(t *testing.T) {
	t.Parallel()
	p := office(t, "", "")
	file := part{"a.txt", "text"}
	head := func(more string) string { return "From: office@a.example.org\nSubject: x\n" + more }
	cases := map[string]struct {
		text string
		want Reason
	}{
		"a stranger":           {letter("From: c@example.org\nSubject: x", file), Stranger},
		"two senders":          {letter("From: office@a.example.org, b@example.org\nSubject: x", file), NoSender},
		"two fields From":      {letter("From: office@a.example.org\nFrom: c@example.org\nSubject: x", file), NoSender},
		"a name with a unit's": {letter("From: \"office@a.example.org\" <c@example.org>\nSubject: x", file), Stranger},
		"no sender":            {letter("Subject: x", file), NoSender},
		"no file":              {letter(head("")), NoFiles},
		"a signature":          {letter(head(""), part{"logo.png", "\x89PNG\r\n\x1a\n..."}), Pictures},
		"an answer of nobody":  {letter(head("In-Reply-To: <what@example.org>"), file), NoDossier},
		"an absence":           {letter(head("Auto-Submitted: auto-replied"), file), Automatic},
		"a list":               {letter(head("Precedence: bulk"), file), Automatic},
		"a bounce":             {letter(head("Return-Path: <>"), file), Automatic},
		"a report":             {"From: office@a.example.org\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x--\r\n", Automatic},
		"a daemon":             {letter("From: MAILER-DAEMON@a.example.org\nSubject: x", file), Automatic},
		"a flood of fields":    {letter(head(strings.TrimSpace(strings.Repeat("X-A: b\n", 2000))), file), Unreadable},
		"a long header":        {letter(head("X-A: "+strings.Repeat("b", 300<<10)), file), Unreadable},
		"a wrong manifest":     {letter(head(""), file, part{"dossier.yaml", "kind: [\n"}), Manifest},
		"another's manifest":   {letter(head(""), file, part{"dossier.yaml", "unit: b\n"}), OtherUnit},
	}
	for name, c := range cases {
		p.deliver(c.text)
		p.look()
		l := p.letters()
		i := slices.IndexFunc(l, func(x *Letter) bool { return x.ID == dossier.SHA256([]byte(c.text)) })
		if i < 0 || l[i].State != Left || l[i].Reason != c.want {
			t.Errorf("%s: %+v", name, l[max(0, i)])
		}
	}
	for _, text := range []string{"From office@a.example.org\r\nno field\r\n\r\ntext\r\n", "no header at all", "",
		"From: office@a.example.org\r\n" + strings.Repeat("X: y\r\n", 2000) + "\r\n"} {
		if h, err := readHead([]byte(text)); err == nil {
			t.Errorf("a broken header %.40q: %+v", text, h)
		}
	}
	if p.in("INBOX") != 0 || p.in("kheo-left") != len(cases) || len(p.receipts()) != 0 || len(p.handed()) != 0 {
		t.Errorf("%d remain, %d left of %d, %d answered, %d taken", p.in("INBOX"), p.in("kheo-left"), len(cases),
			len(p.receipts()), len(p.handed()))
	}
}

// A letter that comes twice is taken once. Another with the same Message-ID is for people; one of another sender keeps
// no letter out. An answer about a dossier of another unit is for people.
func TestTwoLettersWithOneMessageID(t *testing.T) {
	t.Parallel()
	p := office(t, "", "")
	p.deliver(letter("From: b@example.org\nSubject: x\nMessage-ID: <1@a.example.org>", part{"b.txt", "of b"}))
	p.look()
	p.deliver(letter(from, part{"a.txt", "one"}))
	p.look()
	if n := len(p.handed()); n != 2 {
		t.Fatalf("%d taken: a letter of another sender keeps this one out", n)
	}
	p.deliver(letter("Received: by another way\n"+from, part{"a.txt", "one"}))
	p.look()
	if n := len(p.handed()); n != 2 || p.in("kheo-taken") != 3 {
		t.Errorf("the same letter was taken twice: %d", n)
	}
	p.deliver(letter(from, part{"a.txt", "another"}))
	p.look()
	if l := p.letters(); len(p.handed()) != 2 || !slices.ContainsFunc(l, func(x *Letter) bool { return x.Reason == SameID }) {
		t.Error("another letter with the same Message-ID was not left to people")
	}
	p.ingest()
	id := p.handed()[1].Dossier // of a
	p.deliver(letter("From: b@example.org\nSubject: "+id+"\nMessage-ID: <9@b>", part{"a.txt", "forged"}))
	p.look()
	if l := p.letters(); !slices.ContainsFunc(l, func(x *Letter) bool { return x.Reason == OtherUnit }) {
		t.Error("a letter about a dossier of another unit was not left to people")
	}
}

var errKilled = errors.New("killed")

// A kill at any moment loses no letter and takes none twice, whether the inbox is taken in meanwhile or not, and
// whatever the server calls the letter afterwards.
func TestAKillTakesALetterOnce(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"begun", "handed-in", "recorded"} {
		for _, ingested := range []bool{false, true} {
			p := office(t, "", "")
			text := letter("From: office@a.example.org\nSubject: x", part{"a.txt", "one"}) // without a Message-ID
			p.deliver(text)
			p.f.broken = func(now string) error {
				if now == at {
					return errKilled
				}
				return nil
			}
			if _, err := p.f.Look(t.Context()); !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			if p.in("INBOX") != 1 {
				t.Errorf("%s: the letter was moved before it is recorded", at)
			}
			if ingested {
				p.ingest()
			}
			p.f.broken = func(string) error { return nil }
			p.look()
			p.look()
			p.ingest()
			if n := len(p.handed()); n != 1 || len(p.receipts()) != 1 || p.in("kheo-taken") != 1 || p.in("INBOX") != 0 {
				t.Errorf("%s, %v: %d deliveries, %d receipts, %d moved", at, ingested, n, len(p.receipts()), p.in("kheo-taken"))
			}
			id := p.handed()[0].Dossier
			if list, err := p.w.Store.Dossiers.Deliveries(t.Context(), id); err != nil || len(list) != 1 {
				t.Errorf("%s, %v: taken in %d times: %v", at, ingested, len(list), err)
			}
			p.files(id)
			p.deliver(text) // the same bytes under another UID, as after a change of UIDVALIDITY
			p.look()
			if n := len(p.handed()); n != 1 || p.in("INBOX") != 0 {
				t.Errorf("%s: a letter with a new UID was taken again: %d", at, n)
			}
		}
	}
}

// Letters of one dossier follow one another: those that come while an earlier one waits are taken at once, and are read
// after it, in their order.
func TestALetterFollowsItsDossier(t *testing.T) {
	t.Parallel()
	p := office(t, "", "")
	p.deliver(letter(from, part{"a.txt", "one"}))
	p.look()
	l := p.letters()[0]
	for i, text := range []string{"two", "three"} {
		p.deliver(letter(fmt.Sprintf("From: office@a.example.org\nSubject: %s\nMessage-ID: <%d@a>", l.Dossier, i+2),
			part{"b.txt", text}))
		p.look()
		p.look()
	}
	if p.in("INBOX") != 0 || len(p.handed()) != 3 {
		t.Errorf("%d letters are left, %d handed in", p.in("INBOX"), len(p.handed()))
	}
	p.ingest()
	if got := p.files(l.Dossier); len(got) != 5 { // with the pages of the letters
		t.Errorf("the dossier: %q", got)
	}
	a, err := p.w.Store.Dossiers.Get(t.Context(), l.Dossier)
	if err != nil || a.Version != 3 {
		t.Fatal(a, err)
	}
	for _, f := range a.Files {
		if b, err := p.w.Store.Blobs.Read(t.Context(), f.SHA256); f.Name == "b.txt" && string(b) != "three" {
			t.Errorf("b.txt is %q, of an earlier letter (%v)", b, err)
		}
	}
}

// A letter that has been on its way for more than a day is put before people, who may make nothing of it; one that is
// just being taken is not.
func TestALetterThatIsHaltedIsSetAside(t *testing.T) {
	t.Parallel()
	p := office(t, "", "")
	add := review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: "thu", Name: "Thu",
		Roles: []review.Role{review.Secretary}}}
	if err := p.w.Review().Do(t.Context(), review.Subject{}, add); err != nil {
		t.Fatal(err)
	}
	l := &Letter{ID: strings.Repeat("a", 64), State: Taking, Unit: "a", Since: p.w.Now()}
	for _, hours := range []time.Duration{1, 30} {
		l.Since = p.w.Now().Add(-hours * time.Hour)
		if err := p.w.Store.State.Letters.Of(l.ID).Put(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if err := PutAside(t.Context(), p.w, "thu", l.ID, "it was deleted"); (err == nil) != (hours > 24) {
			t.Errorf("after %d hours: %v", hours, err)
		}
	}
	if got := p.letters(); len(got) != 1 || got[0].State != Aside {
		t.Errorf("%+v", got)
	}
}

// A person gives a letter to a unit, with a reason, and the next look takes it, without an answer to an address that
// no one knows; or nothing is made of it.
func TestAPersonGivesALetterToAUnit(t *testing.T) {
	t.Parallel()
	p := office(t, "", "")
	add := review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: "thu", Name: "Thu",
		Roles: []review.Role{review.Secretary}}}
	if err := p.w.Review().Do(t.Context(), review.Subject{}, add); err != nil {
		t.Fatal(err)
	}
	p.deliver(letter("From: c@example.org\nSubject: x", part{"a.txt", "one"}))
	p.deliver(letter("From: d@example.org\nSubject: y", part{"b.txt", "two"}))
	p.look()
	l := p.letters()
	i := slices.IndexFunc(l, func(x *Letter) bool { return x.From == "c@example.org" })
	for unit, why := range map[string]string{"c": "of c", "a": ""} {
		if err := Give(t.Context(), p.w, "thu", l[i].ID, unit, "", why); err == nil {
			t.Errorf("given to %q because of %q", unit, why)
		}
	}
	if err := Give(t.Context(), p.w, "thu", l[i].ID, "a", "", "the private address of its clerk"); err != nil {
		t.Fatal(err)
	}
	if err := PutAside(t.Context(), p.w, "thu", l[1-i].ID, "advertising"); err != nil {
		t.Fatal(err)
	}
	if err := Give(t.Context(), p.w, "thu", l[i].ID, "b", "", "again"); !errors.Is(err, ErrNone) {
		t.Errorf("given twice: %v", err)
	}
	p.look()
	p.ingest()
	if e := p.handed(); len(e) != 1 || e[0].Data.Unit != "a" || e[0].Data.Subject != "thu" || len(p.receipts()) != 0 {
		t.Errorf("%+v, %d answers", e, len(p.receipts()))
	}
	if p.in("kheo-taken") != 1 || p.in("kheo-left") != 1 {
		t.Error("the letters are in the wrong folders")
	}
}

// A letter counts as of when the mail server had it: one that came in time is taken after the deadline, one that came
// late is not.
func TestLettersKeepTheDatesOfTheSeason(t *testing.T) {
	t.Parallel()
	p := office(t, "phases: { submission: { until: 2024-11-02 } }\n", "")
	p.deliver(letter(from, part{"a.txt", "in time"}))
	p.now = p.now.Add(48 * time.Hour)
	p.look()
	if len(p.handed()) != 1 {
		t.Errorf("a letter in time was not taken: %+v", p.letters()[0])
	}
	p.deliver(letter("From: b@example.org\nSubject: x\nMessage-ID: <2@b>", part{"a.txt", "late"}))
	p.look()
	l := p.letters()
	if i := slices.IndexFunc(l, func(x *Letter) bool { return x.Reason == Refused }); i < 0 || len(p.handed()) != 1 {
		t.Errorf("a late letter: %+v", l[0])
	}
}

// With require: dmarc only a result of the trusted server counts, about the domain of the sender, and only one.
func TestDMARC(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields string
		want   bool
	}{
		"pass":                   {"Authentication-Results: mx.office; spf=pass smtp.mailfrom=a.example.org; dmarc=pass (p=none) header.from=a.example.org", true},
		"pass, in capitals":      {"Authentication-Results: MX.Office; dmarc=pass header.from=A.example.org", true},
		"none":                   {"X-A: b", false},
		"fail":                   {"Authentication-Results: mx.office; dmarc=fail header.from=a.example.org", false},
		"another server":         {"Authentication-Results: mx.evil; dmarc=pass header.from=a.example.org", false},
		"another domain":         {"Authentication-Results: mx.office; dmarc=pass header.from=evil.example", false},
		"fail above a forged":    {"Authentication-Results: mx.office; dmarc=fail header.from=a.example.org\nAuthentication-Results: mx.office; dmarc=pass header.from=a.example.org", false},
		"only SPF":               {"Authentication-Results: mx.office; spf=pass smtp.mailfrom=a.example.org", false},
		"the server's name only": {"Authentication-Results: mx.office.evil; dmarc=pass header.from=a.example.org", false},
	} {
		h, err := readHead([]byte(letter(c.fields+"\n"+from, part{"a", "b"})))
		if err != nil {
			t.Fatal(err)
		}
		if got := h.proven("mx.office"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	p := office(t, "", ", require: dmarc, trust: mx.office")
	p.deliver(letter(from, part{"a.txt", "forged"}))
	p.look()
	if l := p.letters()[0]; l.Reason != Unproven || len(p.handed()) != 0 {
		t.Errorf("%+v", l)
	}
}

// zipped returns an archive.
func zipped(t *testing.T, files ...part) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, f.text)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Names in letters write nowhere but into the dossier, hide nothing from intake, and replace nothing of the same
// letter; archives that unpack without end are for people.
func TestHostileFilesOfLetters(t *testing.T) {
	t.Parallel()
	p := office(t, "", "")
	p.deliver(letter(from, part{"../../../etc/cron.d/x", "1"}, part{"/etc/passwd", "2"}, part{`..\\..\\y.txt`, "3"},
		part{".htaccess", "4"}, part{"~$a.docx", "5"}, part{"a.txt", "6"}, part{"A.TXT", "7"}, part{"a.txt/b.txt", "8"},
		part{"c.part", "9"}, part{"x.receipt.txt", "10"}, part{strings.Repeat("ă", 300) + ".txt", "11"}, part{"", "12"},
		part{"d\u202egpj.exe", "13"}))
	p.look()
	l := p.letters()[0]
	if l.State != Taken || len(l.Files) != 13 {
		t.Fatalf("%+v", l)
	}
	p.ingest()
	if got := p.files(l.Dossier); len(got) != 14 {
		t.Errorf("%d files: %q", len(got), got)
	}
	if left, _ := filepath.Glob(filepath.Join(p.w.Quarantine(), "left-out", "*")); len(left) > 0 {
		t.Errorf("intake left out %q", left)
	}
	bomb := zipped(t, part{"a.txt", strings.Repeat("0", 200<<20)})
	p.deliver(letter("From: b@example.org\nSubject: x\nMessage-ID: <2@b>", part{"hoso.zip", bomb}))
	p.look()
	if len(p.handed()) != 1 || !slices.ContainsFunc(p.letters(), func(x *Letter) bool { return x.Reason == BadFile }) {
		t.Errorf("the bomb: %+v", p.letters())
	}
	rest, err := filepath.Glob(filepath.Join(p.w.Dir, "var", "letter-*"))
	if err != nil || len(rest) > 0 {
		t.Errorf("left in var: %q %v", rest, err)
	}
}

// Two programs that write to each other end after some letters of a day.
func TestLettersOfADayAreBounded(t *testing.T) {
	t.Parallel()
	p := office(t, "", "")
	for i := range mostDaily + 1 {
		l := &Letter{ID: dossier.SHA256([]byte{byte(i)}), State: Taken, Unit: "a", Done: p.now.Add(-time.Hour)}
		if err := p.w.Store.State.Letters.Of(l.ID).Put(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	p.deliver(letter(from, part{"a.txt", "one more"}))
	p.look()
	if r := p.letters()[0]; r.Reason != TooMany || len(p.handed()) != 0 {
		t.Errorf("%+v", r)
	}
}

// The password goes to a server with a certificate that is trusted alone; without TLS only to this machine.
func TestTheMailboxIsReachedByTLS(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil)
	t.Cleanup(web.Close)
	user := imapmemserver.NewUser("kheo", "secret")
	user.Create("INBOX", nil)
	port := serve(t, user, &tls.Config{Certificates: web.TLS.Certificates})
	p := office(t, "", "")
	conf := p.w.Campaign().Mailbox
	conf.Port, conf.TLS = port, "tls"
	if b, err := open(t.Context(), conf); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody vouches for: %v %v", b, err)
	}
	conf.CAFile = filepath.Join(p.w.Dir, "ca.pem")
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	if err := os.WriteFile(conf.CAFile, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := open(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	b.close()
	conf.Host = "localhost.example.org"
	if _, err := open(t.Context(), conf); err == nil {
		t.Error("a name that the certificate does not have")
	}
	if err := os.WriteFile(conf.PasswordFile, []byte("wrong-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	conf.Host = "127.0.0.1"
	if _, err := open(t.Context(), conf); err == nil || strings.Contains(err.Error(), "wrong-secret") ||
		!strings.Contains(err.Error(), "password_file") {
		t.Errorf("a wrong password: %v", err)
	}
}
