package web

import (
	"bytes"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kheo/pipeline"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// openPanel serves a small workspace with one dossier, of the unit north, on which people score.
func openPanel(t *testing.T) (s *site, dossier string) {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "kheo.yaml"),
		[]byte("campaign: panel\ntimezone: UTC\nlanguages: [en]\ncloses: 2024-12-31\nunits: [ { id: north, name: North } ]\nkinds: [ { id: model } ]\nrules: [rules/models.yaml]\n"))
	put(t, filepath.Join(dir, "rules", "models.yaml"),
		[]byte("ruleset: models\ntitle: { en: Models }\napplies_to: { kind: model }\nmax_points: 40\ncriteria:\n"+
			"  - { id: worth, title: { en: Worth copying }, max: 40, panel: { scorers: 2, combine: mean, rubric: { 40: { en: Good }, 0: { en: Bad } } } }\nbands: { recommended: total >= 30 }\n"))
	put(t, filepath.Join(dir, "inbox", "lamps", "dossier.yaml"),
		[]byte("kind: model\ntitle: Lamps\nunit: north\n"))
	put(t, filepath.Join(dir, "inbox", "lamps", "report.txt"), []byte("Lamps were installed."))
	s = serveFixture(t, dir, map[string][]review.Role{"admin": {review.Administrator},
		"admin2": {review.Administrator},
		"chair":  {review.Chair}, "ann": {review.Evaluator}, "bo": {review.Member}})
	return s, s.dossierLike("lamps")
}

// serveFixture runs the workspace in a folder once and serves it to people with these roles.
func serveFixture(t *testing.T, dir string, people map[string][]review.Role) *site {
	t.Helper()
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(people)) {
		e := review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: id,
			Name: "The " + id, Roles: people[id]}}
		if err := w.Review().SetEncoded(t.Context(), e, encoded()); err != nil {
			t.Fatal(err)
		}
	}
	var logs bytes.Buffer
	server, err := New(w, slog.New(slog.NewTextHandler(&logs, nil)), false)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(server)
	t.Cleanup(h.Close)
	return &site{t, w, server, h, &logs}
}

func (b *browser) refuses(path string, form url.Values, words string) {
	b.Helper()
	if status, body, _ := b.post(path, form); status != http.StatusConflict || !strings.Contains(text(body),
		words) {
		b.Errorf("%s %v: %d %s; want a refusal that says %q", path, form, status, text(body), words)
	}
}

func (s *site) person(id string) (p review.Person) {
	s.Helper()
	if err := s.w.Review().View(s.Context(), func(st *review.State) error {
		if x := st.People[id]; x != nil {
			p = *x
		}
		return nil
	}); err != nil {
		s.Fatal(err)
	}
	return p
}

var linkRE = regexp.MustCompile(`/link\?t=([a-z0-9]+)`)

// tokenOf is the link that a page shows.
func (b *browser) tokenOf(path string, form url.Values) string {
	b.Helper()
	status, body, _ := b.post(path, form)
	m := linkRE.FindStringSubmatch(body)
	if status != http.StatusOK || m == nil {
		b.Fatalf("%s shows no link: %d %s", path, status, text(body))
	}
	return m[1]
}

func TestAdministratorsDecideNothing(t *testing.T) {
	t.Parallel()
	s, _ := openPanel(t)
	admin := s.as("admin")
	t.Run("nobody gives a role to themselves", func(t *testing.T) {
		for _, role := range []string{"member", "chair", "secretary", "evaluator"} {
			admin.refuses("/people/admin", url.Values{"name": {"A"}, "role": {"administrator", role}},
				"You cannot give a role to yourself")
		}
		if p := s.person("admin"); len(p.Roles) != 1 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("nobody sets the password of somebody else", func(t *testing.T) {
		if status, _, _ := admin.post("/people/chair/password",
			url.Values{"password": {"known to the admin"}}); status < 400 {
			t.Errorf("%d", status)
		}
		if status, _, _ := s.nobody().post("/sign-in", url.Values{"person": {"chair"},
			"password": {"known to the admin"}}); status != http.StatusForbidden {
			t.Errorf("the administrator signs in as the chair: %d", status)
		}
		s.as("chair")
	})
	t.Run("a person chooses the password by a link, once, and is told", func(t *testing.T) {
		token := admin.tokenOf("/people/ann/link", nil)
		s.as("ann") // the old password holds until the link is used
		ann := s.nobody()
		if status, body, _ := ann.get("/link?t=" + token); status != http.StatusOK ||
			!strings.Contains(body, "The ann") {
			t.Errorf("%d %s", status, text(body))
		}
		if status, _, _ := ann.post("/link", url.Values{"t": {token}, "password": {"my own password"},
			"again": {"another one ..."}}); status != http.StatusBadRequest {
			t.Errorf("two that differ: %d", status)
		}
		ann.must("/link", url.Values{"t": {token}, "password": {"my own password"},
			"again": {"my own password"}})
		if status, _, _ := ann.post("/link", url.Values{"t": {token},
			"password": {"somebody else's"}}); status != http.StatusNotFound {
			t.Errorf("used twice: %d", status)
		}
		if status, _, _ := ann.get("/link?t=" + token); status != http.StatusNotFound {
			t.Errorf("shown twice: %d", status)
		}
		ann.must("/sign-in", url.Values{"person": {"ann"}, "password": {"my own password"}})
		ann.must("/language", url.Values{"language": {"en"}})
		_, body, _ := ann.get("/")
		if !strings.Contains(text(body), "The admin made a link to choose a password") {
			t.Errorf("ann is told nothing: %s", text(body))
		}
		seq := regexp.MustCompile(`name="seq" value="(\d+)"`).FindStringSubmatch(body)
		ann.must("/told", url.Values{"seq": {seq[1]}, "back": {"/"}})
		if _, body, _ := ann.get("/"); strings.Contains(text(body), "made a link") {
			t.Error("ann is told again")
		}
		if _, body, _ := admin.get("/audit"); !strings.Contains(body, "made a link to choose a password") {
			t.Error("the audit trail does not tell of the link")
		}
	})
	t.Run("a new person chooses the password", func(t *testing.T) {
		token := admin.tokenOf("/people", url.Values{"person": {"new"}, "name": {"Somebody New"},
			"role": {"member"}, "password": {"known to the admin"}})
		if status, _, _ := s.nobody().post("/sign-in", url.Values{"person": {"new"},
			"password": {"known to the admin"}}); status != http.StatusForbidden {
			t.Errorf("%d", status)
		}
		s.nobody().must("/link", url.Values{"t": {token}, "password": {"my own password"}})
		_, body, _ := s.as("chair").get("/people")
		if got := text(body); !strings.Contains(got, "Somebody New (new): member, given by The admin") ||
			!strings.Contains(got, "The admin saw the link") {
			t.Errorf("the chair does not see it: %s", got)
		}
	})
	t.Run("an account that an administrator made gives that administrator nothing", func(t *testing.T) {
		token := admin.tokenOf("/people", url.Values{"person": {"puppet"}, "name": {"Puppet"},
			"role": {"administrator"}})
		s.nobody().must("/link", url.Values{"t": {token}, "password": {password}})
		s.as("puppet").refuses("/people/admin", url.Values{"name": {"A"}, "role": {"administrator",
			"chair"}}, "made by the person who would gain")
		s.as("admin2").must("/people/admin", url.Values{"name": {"A"}, "role": {"administrator", "observer"}})
	})
	t.Run("editing a disabled person enables nobody", func(t *testing.T) {
		admin.must("/people/bo/disable", nil)
		admin.must("/people/bo", url.Values{"name": {"Bo again"}, "role": {"member"}})
		if p := s.person("bo"); !p.Disabled || p.Name != "Bo again" {
			t.Errorf("%+v", p)
		}
		if status, _, _ := s.nobody().post("/sign-in", url.Values{"person": {"bo"},
			"password": {password}}); status != http.StatusForbidden {
			t.Errorf("%d", status)
		}
		admin.refuses("/people/bo/link", nil, "disabled")
		admin.must("/people/bo/enable", nil)
		if s.person("bo").Disabled {
			t.Error("bo is still disabled")
		}
	})
}

// A score of someone who is recused is shown as one that does not count, and not to that person.
func TestScoresOfTheRecusedOnPages(t *testing.T) {
	t.Parallel()
	s, id := openPanel(t)
	ann, chair := s.as("ann"), s.as("chair")
	ann.must("/dossiers/"+id+"/score", url.Values{"criterion": {"worth"}, "points": {"26.5"},
		"why": {"very good"}})
	if _, body, _ := chair.get("/dossiers/" + id); !strings.Contains(text(body), "The ann: 26.5") ||
		strings.Contains(text(body), "Does not count") {
		t.Error(text(body))
	}
	chair.must("/dossiers/"+id+"/tie", url.Values{"person": {"ann"}, "reason": {"her brother"}})
	if _, body, _ := chair.get("/dossiers/" + id); !strings.Contains(text(body),
		"The ann: 26.5 – very good Does not count: the scorer is recused.") {
		t.Error(text(body))
	}
	if _, body, _ := ann.get("/dossiers/" + id); strings.Contains(body, "26.5") {
		t.Error("who is recused sees scores")
	}
	chair.must("/dossiers/"+id+"/dismiss", url.Values{"person": {"ann"}, "reason": {"no brother"}})
	if _, body, _ := chair.get("/dossiers/" + id); strings.Contains(text(body), "Does not count") {
		t.Error("the conflict was withdrawn, and the score still does not count")
	}
}

// The people page says which scores wait for someone to settle whose they are, and settles it.
func TestUnsettledScorersOnPages(t *testing.T) {
	t.Parallel()
	s, id := openPanel(t)
	for _, p := range []string{"an1", "an2"} {
		e := review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: p,
			Name: "Nguyễn Văn An", Roles: []review.Role{review.Evaluator}}}
		if err := s.w.Review().Do(t.Context(), review.Subject{}, e); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []string{`INSERT INTO settings (key, value) VALUES ('panel scores to adopt', '1')`,
		`INSERT INTO panel_scores (dossier, criterion, scorer, points, at) VALUES ('` + id + `', 'worth', 'Nguyễn Văn An', 12, '2024-11-01T09:00:00Z')`} {
		if _, err := s.w.Store.DB.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.w.Review().Adopt(t.Context()); err != nil {
		t.Fatal(err)
	}
	chair := s.as("chair")
	if _, body, _ := chair.get("/dossiers/" + id); !strings.Contains(text(body),
		"Nguyễn Văn An: 12 Does not count: 2 people have this name.") {
		t.Error(text(body))
	}
	if _, body, _ := chair.get("/people"); !strings.Contains(text(body),
		"“Nguyễn Văn An”: Nguyễn Văn An (an1), Nguyễn Văn An (an2) – 1 dossier") ||
		!strings.Contains(text(body), "same name as another person") {
		t.Error(text(body))
	}
	if status, _, _ := s.as("ann").post("/scores/settle", url.Values{"name": {"Nguyễn Văn An"},
		"person": {"an1"}}); status != http.StatusForbidden {
		t.Errorf("an evaluator settles it: %d", status)
	}
	chair.must("/scores/settle", url.Values{"name": {"Nguyễn Văn An"}, "person": {"an2"}})
	if _, body, _ := chair.get("/dossiers/" + id); !strings.Contains(text(body), "Nguyễn Văn An: 12") ||
		strings.Contains(text(body), "Does not count") {
		t.Error(text(body))
	}
}

// A person is told by mail of another password, also of one that is changed on their own page.
func TestAnOwnPasswordIsToldByMail(t *testing.T) {
	t.Parallel()
	s, _ := openPanel(t)
	box, at := newPostbox(t)
	put(t, filepath.Join(s.w.Dir, "kheo.yaml"),
		[]byte("campaign: panel\ntimezone: UTC\nlanguages: [en]\ncloses: 2024-12-31\nunits: [ { id: north, name: North } ]\nkinds: [ { id: model } ]\n"+
			"rules: [rules/models.yaml]\nmail: { server: '"+at+"', from: 'kheo <kheo@example.org>', tls: none }\n"))
	if err := s.w.Reload(); err != nil {
		t.Fatal(err)
	}
	if err := outbox.SetMail(t.Context(), s.w, "ann", "ann@example.org"); err != nil {
		t.Fatal(err)
	}
	const other = "bảy con voi uống nước"
	s.as("ann").must("/account/password", url.Values{"old": {password}, "new": {other}, "again": {other}})
	if _, err := s.s.mailer.SendMails(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, body := box.read(t, "ann@example.org"); !strings.Contains(body,
		"your password was just changed on your account page") {
		t.Errorf("the mail says %q", body)
	}
}
