package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"kheo/pipeline/factor"
	"kheo/pipeline/review"
)

// device is the app of a person with a second factor, and a clock.
type device struct {
	*site
	secret   string
	recovery []string
	now      time.Time
}

// signsInWith sends a sign-in name and a password, in a browser of its own.
func (s *site) signsInWith(id string) (*browser, string) {
	s.Helper()
	b := s.nobody()
	status, _, h := b.post("/sign-in", url.Values{"person": {id}, "password": {password}})
	if status != http.StatusSeeOther {
		s.Fatalf("signing in as %s: %d", id, status)
	}
	return b, h.Get("Location")
}

// enrolled sets up a second factor for a person on the pages.
func (s *site) enrolled(id string) *device {
	s.Helper()
	d := &device{site: s, now: s.w.Now()}
	s.w.Now = func() time.Time { return d.now }
	b := s.as(id)
	_, body, _ := b.get("/account/factor")
	if strings.Contains(body, "recovery") { // there is none yet
		s.Error("who sets up a second factor is asked for a recovery code")
	}
	found := regexp.MustCompile(`<code class="wrap">([A-Z2-7 ]+)</code>`).FindStringSubmatch(body)
	if found == nil {
		s.Fatalf("no secret: %s", text(body))
	}
	d.secret = strings.ReplaceAll(found[1], " ", "")
	if status, png, h := b.get("/account/factor/qr"); status != 200 || h.Get("Content-Type") != "image/png" || !strings.HasPrefix(png, "\x89PNG") {
		s.Errorf("the QR code: %d", status)
	}
	form := url.Values{"old": {password}, "code": {"000000"}}
	if status, _, _ := b.post("/account/factor", form); status != http.StatusBadRequest {
		s.Errorf("set up with a wrong code: %d", status)
	}
	if status, _, _ := b.post("/account/factor", url.Values{"old": {"not it, not it"}, "code": {d.code()}}); status != http.StatusBadRequest {
		s.Errorf("set up without the password: %d", status)
	}
	status, body, _ := b.post("/account/factor", url.Values{"old": {password}, "code": {d.code()}})
	if status != 200 {
		s.Fatalf("setting it up: %d %s", status, text(body))
	}
	for _, m := range regexp.MustCompile(`<li><code>([a-z2-7]{5}-[a-z2-7]{5})</code>`).FindAllStringSubmatch(body, -1) {
		d.recovery = append(d.recovery, m[1])
	}
	if len(d.recovery) != 10 {
		s.Fatalf("recovery codes: %v", d.recovery)
	}
	d.now = d.now.Add(30 * time.Second)
	return d
}

// code is what the app shows now.
func (d *device) code() string {
	d.Helper()
	c, err := totp.GenerateCode(d.secret, d.now)
	if err != nil {
		d.Fatal(err)
	}
	return c
}

// answers sends a code, and reports whether the browser is signed in afterwards.
func (d *device) answers(b *browser, code string) (status int, in bool) {
	d.Helper()
	status, _, _ = b.post("/sign-in/code", url.Values{"code": {code}})
	open, _, _ := b.get("/runs")
	return status, open == 200
}

// A password alone opens nothing for someone with a second factor; each code counts once, an older one never, and each
// recovery code once.
func TestTheSecondFactor(t *testing.T) {
	t.Parallel()
	s := open(t)
	other := s.as("chair") // a session from before ends
	d := s.enrolled("chair")
	if status, _, _ := other.get("/runs"); status != http.StatusSeeOther {
		t.Errorf("a session without the second factor goes on: %d", status)
	}
	b, to := s.signsInWith("chair")
	if to != "/sign-in/code" {
		t.Fatalf("after the password: %s", to)
	}
	for _, path := range []string{"/", "/runs", "/account", "/account/factor", "/lists/model-district"} {
		if status, _, _ := b.get(path); status != http.StatusSeeOther {
			t.Errorf("%s opens with the password alone: %d", path, status)
		}
	}
	if status, in := d.answers(b, "123"); in || status != http.StatusForbidden {
		t.Errorf("a wrong code: %d", status)
	}
	code := d.code()
	if status, in := d.answers(b, code[:3]+" "+code[3:]); !in || status != http.StatusSeeOther {
		t.Fatalf("the right code: %d", status)
	}
	again, _ := s.signsInWith("chair")
	if status, in := d.answers(again, code); in || status != http.StatusForbidden {
		t.Errorf("a code counts twice: %d", status)
	}
	early, err := totp.GenerateCode(d.secret, d.now.Add(-30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if status, in := d.answers(again, early); in || status != http.StatusForbidden {
		t.Errorf("an older code counts: %d", status)
	}
	if _, in := d.answers(again, strings.ToUpper(d.recovery[3])); !in {
		t.Error("a recovery code does not count")
	}
	third, _ := s.signsInWith("chair")
	if _, in := d.answers(third, d.recovery[3]); in {
		t.Error("a recovery code counts twice")
	}
	// What waits for the code ends after five minutes, and is no session of the account: there are those of
	// setting it up, of the code and of the recovery code.
	if _, body, _ := b.get("/account"); strings.Count(body, "Go-http-client") != 3 {
		t.Errorf("%s", text(body))
	}
	d.now = d.now.Add(6 * time.Minute)
	if _, in := d.answers(third, d.code()); in {
		t.Error("a code counts long after the password")
	}
	d.now = d.now.Add(time.Minute)
	fourth, _ := s.signsInWith("chair")
	if _, in := d.answers(fourth, d.code()); !in {
		t.Error("the next code does not count")
	}
	// Two browsers at once do not use one code twice.
	d.now = d.now.Add(time.Minute)
	next, right := d.code(), 0
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			ok, err := factor.Check(t.Context(), s.w, "chair", next)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if ok {
				right++
			}
		})
	}
	if all.Wait(); right != 1 {
		t.Errorf("one code counted %d times at once", right)
	}
}

// Codes cannot be guessed: after a few wrong ones no code is looked at for longer and longer, whatever the address,
// also not the right one.
func TestCodesCannotBeGuessed(t *testing.T) {
	t.Parallel()
	s := open(t)
	d := s.enrolled("chair")
	looked := 0
	for day := d.now.Add(24 * time.Hour); d.now.Before(day); d.now = d.now.Add(time.Minute) {
		if ok, err := factor.Check(t.Context(), s.w, "chair", "0000000"); err == nil && !ok {
			looked++
		}
	}
	if looked > 20 {
		t.Errorf("%d guesses in a day", looked)
	}
	b, _ := s.signsInWith("chair")
	status, _, h := b.post("/sign-in/code", url.Values{"code": {d.code()}})
	if status != http.StatusTooManyRequests || h.Get("Retry-After") == "" {
		t.Errorf("while it is locked: %d", status)
	}
	d.now = d.now.Add(25 * time.Hour)
	b, _ = s.signsInWith("chair")
	if _, in := d.answers(b, d.code()); !in {
		t.Error("the right code does not count when the wait is over")
	}
}

// Nothing goes around the second factor: no link to choose a password, no token, no other write to the records; what
// outlives a session asks for a code; an administrator removes it for someone, and the person is told.
func TestNothingGoesAroundTheSecondFactor(t *testing.T) {
	t.Parallel()
	s := open(t)
	d := s.enrolled("chair")
	link, _, err := s.w.Review().MakeLink(t.Context(), "administrator", "chair", false)
	if err != nil {
		t.Fatal(err)
	}
	b := s.nobody()
	b.must("/link", url.Values{"t": {link}, "password": {password}, "again": {password}})
	if status, _, _ := b.get("/runs"); status != http.StatusSeeOther {
		t.Errorf("a link signs in: %d", status)
	}
	b, to := s.signsInWith("chair")
	if to != "/sign-in/code" {
		t.Errorf("after a link: %s", to)
	}
	if _, in := d.answers(b, d.code()); !in {
		t.Fatal("the right code does not count")
	}
	d.now = d.now.Add(time.Minute)
	form := url.Values{"name": {"x"}, "scope": {"read"}, "ends": {d.now.AddDate(0, 1, 0).Format(time.DateOnly)}, "old": {password}}
	if status, _, _ := b.post("/account/token", form); status != http.StatusBadRequest {
		t.Errorf("a token without a code: %d", status)
	}
	if status, _, _ := b.post("/account/factor/remove", url.Values{"old": {password}, "code": {"000000"}}); status != http.StatusBadRequest {
		t.Errorf("removed without a code: %d", status)
	}
	form.Set("code", d.code())
	if status, _, _ := b.post("/account/token", form); status != 200 {
		t.Errorf("a token with a code: %d", status)
	}
	// Another secret written into the records signs no one in.
	other, err := totp.Generate(totp.GenerateOpts{Issuer: "x", AccountName: "chair"})
	if err != nil {
		t.Fatal(err)
	}
	var kept map[string]any
	at := s.w.Store.State.Factors.Of("chair")
	if _, err := at.Get(t.Context(), &kept); err != nil {
		t.Fatal(err)
	}
	mine := kept["secret"]
	kept["secret"] = other.Secret()
	if err := at.Put(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Minute) // no code of this minute has counted
	forged, err := totp.GenerateCode(other.Secret(), d.now)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := factor.Check(t.Context(), s.w, "chair", forged); ok || err != nil {
		t.Errorf("a secret that is not in the audit trail counts (%v)", err)
	}
	kept["secret"] = mine
	if err := at.Put(t.Context(), kept); err != nil {
		t.Fatal(err)
	}

	admin := s.as("administrator")
	if status, body, _ := admin.post("/people/administrator/factor/remove", nil); status != http.StatusConflict ||
		!strings.Contains(body, "your own second factor") {
		t.Errorf("an administrator removes the own one: %d %s", status, text(body))
	}
	if status, _, _ := s.as("secretary").post("/people/chair/factor/remove", nil); status != http.StatusForbidden {
		t.Errorf("a secretary removes it: %d", status)
	}
	admin.must("/people/chair/factor/remove", nil)
	if status, _, _ := b.get("/runs"); status != http.StatusSeeOther {
		t.Errorf("the session goes on: %d", status)
	}
	if _, body, _ := s.as("chair").get("/runs"); !strings.Contains(text(body), "removed the second factor") {
		t.Error("the person is not told")
	}
}

// Where a campaign requires a second factor, who has none sets one up before anything else, and tokens do nothing
// meanwhile.
func TestACampaignRequiresASecondFactor(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := s.programOf("chair", review.ReadScope)
	before := s.as("chair")
	yaml := filepath.Join(s.w.Dir, "kheo.yaml")
	b, err := os.ReadFile(yaml)
	if err != nil {
		t.Fatal(err)
	}
	put(t, yaml, append(b, "\nsign_in: { second_factor: required }\n"...))
	if err := s.w.Reload(); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*browser{before, s.as("chair")} {
		for _, path := range []string{"/", "/runs", "/account", "/lists/model-district/files/model-district.json"} {
			if status, _, h := b.get(path); status != http.StatusSeeOther || h.Get("Location") != "/account/factor" {
				t.Errorf("%s: %d %s", path, status, h.Get("Location"))
			}
		}
		if status, _, _ := b.post("/ties", url.Values{"unit": {"dai-an"}, "reason": {"x"}}); status != http.StatusForbidden {
			t.Errorf("something is done: %d", status)
		}
	}
	if got := p.want(403, "GET", "/me", nil); got["code"] != "error.factor-needed" {
		t.Errorf("%v", got)
	}
	s.enrolled("chair")
	p.want(200, "GET", "/me", nil)
}
