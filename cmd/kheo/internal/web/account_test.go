package web

import (
	"encoding/base64"
	"fmt"
	"kheo/cmd/kheo/internal/web/page"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"kheo/pipeline/review"
)

// rowsIn counts the rows of tables that a request could write.
func (s *site) rowsIn() string {
	s.Helper()
	var out []string
	for _, table := range []string{"sessions", "drafts", "searches", "events", "secrets", "settings"} {
		var n int
		if err := s.w.Store.DB.QueryRow(`SELECT count(*) FROM ` + table).Scan(&n); err != nil {
			s.Fatal(err)
		}
		out = append(out, fmt.Sprint(table, " ", n))
	}
	return strings.Join(out, ", ")
}

// What people do with their own accounts, and what those do who have none.
func TestAccounts(t *testing.T) {
	t.Parallel()
	s := open(t)
	t.Run("requests of nobody write nothing", s.nobodyWritesNothing)
	t.Run("what somebody came for, and the language, are kept by the browser", s.browsersKeep)
	t.Run("the own password", s.ownPassword)
	t.Run("the own sessions", s.ownSessions)
	t.Run("an ended session does not come back", s.endedStaysEnded)
	t.Run("many attempts at the same time", s.manyAtOnce)
	t.Run("the address behind a proxy", s.behindProxy)
	t.Run("HTTPS alone", s.httpsAlone)
}

func (s *site) nobodyWritesNothing(t *testing.T) {
	before := s.rowsIn()
	paths := []string{"/", "/sign-in", "/account", "/lists/model-district", "/nothing/here",
		"/static/style.css", "/search?q=x", "/language", "/sign-in/oidc",
		"/sign-in/oidc/back?state=x&code=y", "/dossiers/../x", "/audit"}
	for i := range 3 * len(paths) {
		b := s.nobody()
		if i%2 == 1 { // with a session that there is not
			b.c.Jar.SetCookies(mustURL(s.http.URL), []*http.Cookie{{Name: "kheo", Value: strings.Repeat("x",
				43), Path: "/"}})
		}
		r, err := http.NewRequest([]string{"GET", "HEAD", "GET"}[i%3], s.http.URL+paths[i%len(paths)], nil)
		if err != nil {
			t.Fatal(err)
		}
		b.do(r)
		b.post("/language", url.Values{"language": {"nb"}, "back": {"/"}})
	}
	b := s.nobody()
	b.post("/sign-out", nil)
	b.post("/sign-in", url.Values{"person": {"nobody"}, "password": {"wrong wrong wrong"}})
	b.post("/dossiers/x/vote", url.Values{"vote": {"for"}})
	if after := s.rowsIn(); after != before {
		t.Errorf("%s; before %s", after, before)
	}
}

func (s *site) browsersKeep(t *testing.T) {
	b := s.nobody()
	if status, _, h := b.get("/lists/model-district?sort=title"); status != http.StatusSeeOther ||
		h.Get("Location") != "/sign-in" {
		t.Fatal(status, h)
	}
	b.post("/language", url.Values{"language": {"nb"}, "back": {"/sign-in"}})
	if _, body, _ := b.get("/sign-in"); !strings.Contains(body, `<html lang="nb"`) {
		t.Error("the language is forgotten")
	}
	if status, _, h := b.post("/sign-in", url.Values{"person": {"third"},
		"password": {password}}); status != http.StatusSeeOther ||
		h.Get("Location") != "/lists/model-district?sort=title" {
		t.Errorf("%d, to %s", status, h.Get("Location"))
	}
	if _, body, _ := b.get("/"); !strings.Contains(body, `<html lang="nb"`) {
		t.Error("the language is forgotten after signing in")
	}
	for _, evil := range []string{"//evil.example", "https://evil.example/", "/\t/evil.example"} {
		b := s.nobody()
		b.c.Jar.SetCookies(mustURL(s.http.URL), []*http.Cookie{{Name: page.BackCookie,
			Value: base64.RawURLEncoding.EncodeToString([]byte(evil)), Path: "/"}})
		if _, _, h := b.post("/sign-in", url.Values{"person": {"third"},
			"password": {password}}); h.Get("Location") != "/" {
			t.Errorf("a cookie leads to %s", h.Get("Location"))
		}
	}
}

func (s *site) ownPassword(t *testing.T) {
	b, other := s.as("observer"), s.as("observer")
	const good = "bảy con voi uống nước"
	for _, c := range []struct {
		name          string
		old, new, two string
		says          string
	}{
		{"the old one is wrong", "wrong wrong wrong", good, good, "The current password is wrong"},
		{"no old one", "", good, good, "The current password is wrong"},
		{"the two are not the same", password, good, good + "x", "are not the same"},
		{"too short", password, "bảy con voi", "bảy con voi", "12 to 128"},
		{"a common one", password, "qwertyuiop123", "qwertyuiop123", "easy to guess"},
		{"the own name", password, "The-Observer-2024", "The-Observer-2024", "easy to guess"},
	} {
		status, body, _ := b.post("/account/password", url.Values{"old": {c.old}, "new": {c.new},
			"again": {c.two}})
		if status != http.StatusBadRequest || !strings.Contains(text(body), c.says) {
			t.Errorf("%s: %d %s", c.name, status, text(body))
		}
	}
	was := b.session()
	b.must("/account/password", url.Values{"old": {password}, "new": {good}, "again": {good}})
	if status, _, _ := b.get("/"); status != 200 || b.session() == was {
		t.Errorf("the own session: %d, under another token: %v", status, b.session() != was)
	}
	if status, _, _ := other.get("/"); status != http.StatusSeeOther {
		t.Errorf("another session goes on: %d", status)
	}
	if status, _, _ := s.nobody().post("/sign-in", url.Values{"person": {"observer"},
		"password": {password}}); status != http.StatusForbidden {
		t.Errorf("the old password: %d", status)
	}
	if err := s.w.Store.People.SetPassword(t.Context(), "observer", encoded()); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: review.System,
		Action: review.PersonAdded, Data: review.Data{Subject: "elsewhere", Name: "E",
			Roles: []review.Role{review.Observer}}}); err != nil {
		t.Fatal(err)
	}
	q := &page.Request{R: (&http.Request{}).WithContext(t.Context()), Person: &review.Person{ID: "elsewhere"}}
	if has, err := s.s.hasPassword(q); has || err != nil {
		t.Errorf("who signs in elsewhere has a password to change: %v %v", has, err)
	}
}

func (s *site) ownSessions(t *testing.T) {
	b, one, two := s.as("evaluator"), s.as("evaluator"), s.as("evaluator")
	stranger := s.as("second")
	_, body, _ := b.get("/account")
	if n := strings.Count(body, "(this one)"); n != 1 || strings.Count(body, `<th scope="row">`) != 3 ||
		!strings.Contains(body, "Go-http-client") || !strings.Contains(body, "127.0.0.1") {
		t.Errorf("%d are this one: %s", n, text(body))
	}
	b.must("/account/sessions/end", nil)
	for name, x := range map[string]*browser{"one": one, "two": two} {
		if status, _, _ := x.get("/"); status != http.StatusSeeOther {
			t.Errorf("%s goes on: %d", name, status)
		}
	}
	if status, _, _ := stranger.get("/"); status != 200 {
		t.Errorf("another person's session ended: %d", status)
	}
	if status, _, _ := b.get("/"); status != 200 {
		t.Errorf("this one ended: %d", status)
	}
	b.must("/account/sessions/end", url.Values{"all": {"yes"}})
	if status, _, _ := b.get("/"); status != http.StatusSeeOther {
		t.Errorf("this one goes on: %d", status)
	}
}

// A session ends by the workspace's clock: after half an hour without a request, and after twelve hours in
// any case.
func TestSessionsEndByTheWorkspacesClock(t *testing.T) {
	t.Parallel()
	s := open(t)
	now := time.Date(2020, 5, 1, 8, 0, 0, 0, time.UTC)
	s.w.Now = func() time.Time { return now }
	b := s.as("second")
	still := func(want int, when string) {
		t.Helper()
		if status, _, _ := b.get("/"); status != want {
			t.Errorf("%s: %d", when, status)
		}
	}
	for now.Before(time.Date(2020, 5, 1, 19, 30, 0, 0, time.UTC)) {
		now = now.Add(29 * time.Minute)
		still(200, now.String())
	}
	if _, body, _ := b.get("/account"); !strings.Contains(text(body), "1 May 2020") {
		t.Errorf("the account says %s", text(body))
	}
	now = time.Date(2020, 5, 1, 20, 0, 1, 0, time.UTC)
	still(http.StatusSeeOther, "after twelve hours")
	b = s.as("second")
	now = now.Add(31 * time.Minute)
	still(http.StatusSeeOther, "after half an hour without a request")
}

// endedStaysEnded: a request that was at work when the session ended does not write it back.
func (s *site) endedStaysEnded(t *testing.T) {
	b := s.as("second")
	rows, err := s.w.Store.Sessions.Of(t.Context(), "second", time.Now())
	if err != nil || len(rows) == 0 {
		t.Fatal(len(rows), err)
	}
	if err := s.w.Store.Sessions.EndAll(t.Context(), "second"); err != nil {
		t.Fatal(err)
	}
	if err := (sessionStore{s.w}).Commit(rows[0].Token, rows[0].Data, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := b.get("/"); status != http.StatusSeeOther {
		t.Errorf("it is there again: %d", status)
	}
}

func (s *site) manyAtOnce(t *testing.T) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	for range 30 {
		wait.Go(func() {
			status, _, h := s.nobody().post("/sign-in", url.Values{"person": {"chair"},
				"password": {"wrong wrong wrong"}})
			mu.Lock()
			defer mu.Unlock()
			got[status]++
			if status == http.StatusTooManyRequests && h.Get("Retry-After") == "" {
				t.Error("nobody is told when to come back")
			}
		})
	}
	wait.Wait()
	if got[http.StatusForbidden] > maxAttempts ||
		got[http.StatusForbidden]+got[http.StatusTooManyRequests] != 30 {
		t.Errorf("%v", got)
	}
	s.as("secretary") // no one else behind the address is locked out
}

func (s *site) behindProxy(t *testing.T) {
	campaign := s.w.Campaign()
	campaign.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	defer func() { campaign.Proxies = nil }()
	sign := func(from, pw string) int {
		r, err := http.NewRequest("POST", s.http.URL+"/sign-in",
			strings.NewReader(url.Values{"person": {"member"}, "password": {pw}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("X-Forwarded-For", from)
		status, _, _ := s.nobody().do(r)
		return status
	}
	for i := range maxAttempts + 1 {
		if status := sign(fmt.Sprintf("10.9.8.%d, 203.0.113.5", i),
			"wrong wrong wrong"); (status == http.StatusTooManyRequests) != (i == maxAttempts) {
			t.Errorf("attempt %d: %d", i, status)
		}
	}
	if status := sign("198.51.100.1", password); status != http.StatusSeeOther {
		t.Errorf("from another address: %d", status)
	}
}

func (s *site) httpsAlone(t *testing.T) {
	if _, _, h := s.nobody().get("/sign-in"); h.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS without HTTPS")
	}
	secure, err := New(s.w, slog.New(slog.DiscardHandler), true)
	if err != nil {
		t.Fatal(err)
	}
	defer secure.Close()
	was := s.http.Config.Handler
	defer func() { s.http.Config.Handler = was }()
	s.http.Config.Handler = secure
	for _, path := range []string{"/sign-in", "/", "/nothing", "/static/style.css"} {
		_, _, h := s.nobody().get(path)
		if h.Get("Strict-Transport-Security") != "max-age=31536000" {
			t.Errorf("%s: HSTS is %q", path, h.Get("Strict-Transport-Security"))
		}
		for _, c := range h.Values("Set-Cookie") {
			if !strings.HasPrefix(c, "__Host-kheo") || !strings.Contains(c, "Secure") ||
				!strings.Contains(c, "HttpOnly") {
				t.Errorf("%s: %s", path, c)
			}
		}
	}
}
