package web

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/testspace"
	"kheo/pipeline"
	"kheo/pipeline/conflicts"
	"kheo/pipeline/editions"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	intake.DefaultSettle = 0 // what tests write is whole
	review.NewPasswords = testspace.QuickPasswords
	// The tests of this package hold several sites at once: with the usual setting, half of the processor time would
	// be spent on collecting garbage.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(2 << 30)
	code := m.Run()
	endChrome()
	if sample.dir != "" {
		os.RemoveAll(sample.dir)
	}
	os.Exit(code)
}

const password = "mot hai ba bon nam"

// encoded is the password as it is kept.
var encoded = sync.OnceValue(func() string { return testspace.EncodePassword(password) })

// site is the pages of a part of the sample, with one person of each role.
type site struct {
	*testing.T
	w    *workspace.Workspace
	s    *Server
	http *httptest.Server
	logs *bytes.Buffer
}

// hostile is what someone might write wherever they can write.
const hostile = `"><script>document.title='owned'</script><img src=x onerror=alert(1)>`

// parts of the sample that the tests look at: entries of its inbox that need no OCR.
func wanted(entry string) bool {
	for _, p := range []string{"rung-go-lon", "chi-bo-bon-tot", "tieng-keng-an-ninh", "ngay-thu-nam",
		"dong-ho-khuyen-hoc", "don-dien-doi-thua", "tu-quan-ngo-xom", "ong-lay-mat", "vuon-chu-a-bo-co",
		"so-do-nha-nao", "dan-lat-may-tre", "nuoi-bo-vo-beo"} {
		if strings.HasPrefix(entry, p) {
			return true
		}
	}
	return false
}

// sample is a workspace in which the wanted parts of the sample were run, and one person of each role was
// added. It is made once; each test opens a copy.
var sample struct {
	once sync.Once
	dir  string
}

func open(t *testing.T) *site {
	t.Helper()
	sample.once.Do(func() {
		dir, err := os.MkdirTemp("", "kheo-web-")
		if err != nil {
			t.Fatal(err)
		}
		fillInbox(t, dir, nil)
		w := runAndAdd(t, dir)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		sample.dir = dir
	})
	if sample.dir == "" {
		t.Fatal("the sample did not run in the test that was the first to open it")
	}
	dir := t.TempDir()
	testspace.Copy(t, sample.dir, dir)
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return newSite(t, w)
}

// openWith is open with some more files in the inbox before the run; files without content are removed instead.
func openWith(t *testing.T, more map[string]string) *site {
	t.Helper()
	dir := t.TempDir()
	fillInbox(t, dir, more)
	return newSite(t, runAndAdd(t, dir))
}

// fillInbox writes the campaign of the sample, the wanted parts of its inbox, a hostile dossier, and more
// files.
func fillInbox(t *testing.T, dir string, more map[string]string) {
	t.Helper()
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := samples.Inbox()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range entries {
		if wanted(f.Name) {
			put(t, filepath.Join(dir, "inbox", filepath.FromSlash(f.Name)), f.Data)
		}
	}
	put(t, filepath.Join(dir, "inbox", "hostile", "dossier.yaml"),
		[]byte("kind: model\ntitle: '"+strings.ReplaceAll(hostile, "'",
			"''")+"'\nunit: dai-hiep\nlevel: district\nfield: economy\nregistered_on: 2024-02-14\n"))
	put(t, filepath.Join(dir, "inbox", "hostile", "<b onmouseover=alert(1)>.txt"),
		[]byte("Báo cáo kết quả thực hiện mô hình\nSố hộ tham gia: 120 hộ. "+hostile+"\n"))
	for name, data := range more {
		if data == "" {
			if err := os.Remove(filepath.Join(dir, "inbox", filepath.FromSlash(name))); err != nil {
				t.Fatal(err)
			}
			continue
		}
		put(t, filepath.Join(dir, "inbox", filepath.FromSlash(name)), []byte(data))
	}
}

// runAndAdd runs a workspace and adds one person of each role, and two more members.
func runAndAdd(t *testing.T, dir string) *workspace.Workspace {
	t.Helper()
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "test"}); err != nil {
		t.Fatal(err)
	}
	var events []review.Event
	for _, r := range review.Roles {
		unit := map[review.Role]string{review.Member: "dai-hiep", review.Submitter: "dai-hiep"}[r]
		events = append(events, review.Event{Person: review.System, Action: review.PersonAdded,
			Data: review.Data{Subject: string(r), Name: "The " + string(r), Roles: []review.Role{r},
				Unit: unit}})
	}
	for _, id := range []string{"second", "third"} {
		events = append(events, review.Event{Person: review.System, Action: review.PersonAdded,
			Data: review.Data{Subject: id, Name: "The " + id, Roles: []review.Role{review.Member}}})
	}
	if err := w.Review().Do(t.Context(), review.Subject{}, events...); err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := w.Store.People.SetPassword(t.Context(), e.Data.Subject, encoded()); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// newSite serves the pages of a workspace, and closes both with the test.
func newSite(t *testing.T, w *workspace.Workspace) *site {
	t.Helper()
	t.Cleanup(func() { w.Close() })
	var logs bytes.Buffer
	s, err := New(w, slog.New(slog.NewTextHandler(&logs, nil)), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &site{t, w, s, h, &logs}
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func fileThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// browser is someone at the pages.
type browser struct {
	*site
	c *http.Client
}

// no one has not signed in.
func (s *site) nobody() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	return &browser{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

func (s *site) as(id string) *browser {
	s.Helper()
	b := s.nobody()
	if status, body, _ := b.post("/sign-in", url.Values{"person": {id},
		"password": {password}}); status != http.StatusSeeOther {
		s.Fatalf("%s cannot sign in: %d %s", id, status, body)
	}
	if status, _, _ := b.post("/language", url.Values{"language": {"en"}}); status != http.StatusSeeOther {
		s.Fatal("no language")
	}
	return b
}

func (b *browser) do(r *http.Request) (int, string, http.Header) {
	b.Helper()
	res, err := b.c.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	if res.StatusCode == http.StatusInternalServerError {
		b.Logf("%s %s failed: %s", r.Method, r.URL.Path, b.logs)
	}
	return res.StatusCode, string(body), res.Header
}

func (b *browser) get(path string) (int, string, http.Header) {
	b.Helper()
	r, err := http.NewRequest("GET", b.http.URL+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(path string, form url.Values) (int, string, http.Header) {
	b.Helper()
	r, err := http.NewRequest("POST", b.http.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// must posts what has to be taken.
func (b *browser) must(path string, form url.Values) {
	b.Helper()
	if status, body, _ := b.post(path, form); status != http.StatusSeeOther {
		b.Fatalf("%s %v: %d %s", path, form, status, text(body))
	}
}

// unzipped is the text of the parts of a Word document or workbook; the text itself of
// anything else.
func unzipped(body string) string {
	zr, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		return body
	}
	var out strings.Builder
	for _, f := range zr.File {
		if r, err := f.Open(); err == nil {
			io.Copy(&out, r)
			r.Close()
		}
	}
	return out.String()
}

var tagRE = regexp.MustCompile(`(?s)<(script|style)[^>]*>.*?</(script|style)>|<[^>]+>`)

func text(body string) string {
	return strings.Join(strings.Fields(tagRE.ReplaceAllString(body, " ")), " ")
}

// dossierLike is the id of the dossier that begins so.
func (s *site) dossierLike(prefix string) string {
	s.Helper()
	_, _, at, err := s.s.lists.Latest(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	for id := range at {
		if strings.HasPrefix(id, prefix) {
			return id
		}
	}
	s.Fatalf("no dossier %s", prefix)
	return ""
}

// Every role may do what the table says, and nothing else, by whatever door.
func TestEveryRoleAtEveryDoor(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	fill := strings.NewReplacer("{dossier}", id, "{ruleset}", "model-district", "{file}",
		"model-district.csv", "{run}", "1", "{person}", "observer", "{model}", id, "{$}", "")
	people := map[review.Role]*browser{"": s.nobody()}
	for _, r := range review.Roles {
		people[r] = s.as(string(r))
	}
	tried := 0
	for _, rt := range s.s.routes() {
		if strings.HasPrefix(rt.pattern, "POST /sign-") || strings.HasSuffix(rt.pattern, "/disable") ||
			strings.HasSuffix(rt.pattern, "/enable") {
			continue // tried below: they end sessions
		}
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		path := fill.Replace(pattern)
		for role, b := range people {
			var status int
			var h http.Header
			if method == "GET" {
				status, _, h = b.get(path)
			} else {
				status, _, h = b.post(path, url.Values{})
			}
			tried++
			may := rt.right == "" || role != "" && (role.May(rt.right) || rt.own && role.May(review.SeeOwn))
			switch {
			case role == "" && rt.right != "":
				if status != http.StatusSeeOther || h.Get("Location") != "/sign-in" {
					t.Errorf("%s by nobody: %d", rt.pattern, status)
				}
			case may && status == http.StatusForbidden, !may && status != http.StatusForbidden:
				t.Errorf("%s by %q: %d, may %v", rt.pattern, role, status, may)
			}
			if status >= 500 {
				t.Errorf("%s by %q: %d\n%s", rt.pattern, role, status, s.logs)
			}
		}
	}
	for _, path := range []string{"/people/observer/disable", "/people/observer/enable"} {
		for _, r := range review.Roles {
			if r == review.Administrator {
				continue
			}
			if status, _, _ := people[r].post(path,
				url.Values{"password": {password}}); status != http.StatusForbidden {
				t.Errorf("%s by %s: %d", path, r, status)
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d cells were tried", tried)
	}
}

// A submitter sees their own unit's dossiers, and of them nothing but what they lack and what
// was decided.
func TestASubmitterSeesTheOwnUnitAlone(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.as("submitter")
	own, other := s.dossierLike("tieng-keng"), s.dossierLike("rung-go-lon")
	if status, body, _ := b.get("/"); status != 200 || !strings.Contains(body, own) ||
		strings.Contains(body, other) {
		t.Errorf("%d %s", status, text(body))
	}
	if status, body, _ := b.get("/dossiers/" + own); status != 200 || strings.Contains(body,
		"class=\"criteria\"") || strings.Contains(body, "<meter") || strings.Contains(text(body), "/ 100") {
		t.Errorf("%d %s", status, text(body))
	}
	for _, path := range []string{"/dossiers/" + other, "/dossiers/" + other + "/text?doc=x&page=1"} {
		if status, _, _ := b.get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// A recused person sees neither points nor votes nor discussion, wherever they are shown.
func TestWhoStandsAsideSeesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	id, other := s.dossierLike("tieng-keng"), s.dossierLike("rung-go-lon") // the first is of the member's own unit
	chair, member := s.as("chair"), s.as("member")
	chair.must("/dossiers/"+id+"/comment", url.Values{"text": {"secretwordone"}})
	chair.must("/dossiers/"+id+"/vote", url.Values{"vote": {"for"}})
	_, _, at, err := s.s.lists.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	points := page.Number("en", at[id].Entry.Points) + " / "
	for _, path := range []string{"/", "/dossiers/" + id, "/search?q=keng", "/search?q=unit:dai-hiep",
		"/lists/model-district", "/lists/model-district?unit=dai-hiep", "/meeting/model-district",
		"/meeting/model-district?entry=" + id, "/search?q=similar:" + other} {
		status, body, _ := member.get(path)
		if status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		if strings.Contains(body, "secretwordone") || strings.HasPrefix(path, "/dossiers") &&
			strings.Contains(text(body), points) {
			t.Errorf("%s shows what it must not: %s", path, text(body))
		}
	}
	if _, body, _ := member.get("/search?q=keng"); strings.Contains(body, id) {
		t.Error("the search finds what the member stands aside on")
	}
	if _, body, _ := chair.get("/search?q=keng"); !strings.Contains(body, id) {
		t.Error("the search does not find it for the chair")
	}
	for path, want := range map[string]int{"/dossiers/" + id + "/text?doc=x&page=1": 404,
		"/lists/model-district/compare?a=" + id + "&b=" + other: 404, "/search?q=similar:" + id: 200} {
		if status, body, _ := member.get(path); status != want || strings.Contains(path, "similar") &&
			!strings.Contains(text(body), "There is no dossier") {
			t.Errorf("%s: %d", path, status)
		}
	}
	for action, form := range map[string]url.Values{"vote": {"vote": {"for"}}, "comment": {"text": {"x"}},
		"score": {"criterion": {"x"}, "points": {"1"}}, "draft": {"text": {"x"}}} {
		if status, _, _ := member.post("/dossiers/"+id+"/"+action, form); status != http.StatusConflict &&
			status != http.StatusNotFound {
			t.Errorf("%s: %d", action, status)
		}
	}
	files := []string{"/lists/model-district/files/model-district.csv",
		"/lists/model-district/files/model-district.json", "/lists/model-district?as=xlsx",
		"/papers/file?paper=list&ruleset=model-district",
		"/papers/file?paper=minutes&ruleset=model-district",
		"/papers/file?paper=feedback&unit=" + at[other].Entry.Unit + "&dossier=" + other,
		"/search?q=rung&as=xlsx", "/audit?as=xlsx"}
	chair.must("/dossiers/"+other+"/vote", url.Values{"vote": {"for"}})
	before := map[string]string{}
	for _, path := range files {
		status, body, _ := chair.get(path)
		if before[path] = unzipped(body); status != 200 {
			t.Errorf("%s: %d %s", path, status, text(body))
		}
	}
	chair.must("/dossiers/"+other+"/tie", url.Values{"reason": {"my sister leads it"}})
	secret := at[other].Entry.Reason // its points and why
	for _, path := range files {
		status, body, _ := chair.get(path)
		body = unzipped(body)
		want := http.StatusOK
		if strings.Contains(path, "feedback") { // there is no letter for the recused
			want = http.StatusNotFound
		}
		if status != want || strings.Contains(body, template.HTMLEscapeString(secret)) ||
			strings.Contains(body, secret) {
			t.Errorf("%s, with what the chair stands aside on: %d", path, status)
		}
		if strings.Contains(path, "files") && (!strings.Contains(before[path], other) ||
			strings.Contains(body, other)) {
			t.Errorf("%s is not without what the chair stands aside on", path)
		}
		if strings.Contains(path, "feedback") && (!strings.Contains(before[path], "142 hộ") ||
			strings.Contains(body, "142 hộ")) {
			t.Errorf("%s quotes what the chair stands aside on", path)
		}
	}
	// declared on the spot, and dismissed by the secretary if it was found wrongly
	second, secretary := s.as("second"), s.as("secretary")
	second.must("/dossiers/"+other+"/tie", url.Values{"reason": {"my brother leads it"}})
	if _, body, _ := second.get("/dossiers/" + other); !strings.Contains(body, "my brother leads it") ||
		strings.Contains(body, "class=\"criteria\"") {
		t.Error(text(body))
	}
	secretary.must("/ties/dismiss", url.Values{"person": {"member"}, "unit": {"dai-hiep"},
		"reason": {"moved away long ago"}})
	if _, body, _ := member.get("/dossiers/" + id); !strings.Contains(body, "secretwordone") {
		t.Error("the member is still kept out")
	}
}

// A list is decided and closed by its people, and the trail of it can be verified.
func TestASeason(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, secretary, second, third, evaluator := s.as("chair"), s.as("secretary"), s.as("second"), s.as("third"), s.as("evaluator")
	_, of, _, err := s.s.lists.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := of["model-district"]
	first := s.dossierLike("rung-go-lon")
	evaluator.must("/dossiers/"+first+"/take", nil)
	if _, body, _ := evaluator.get("/"); !strings.Contains(body, first) {
		t.Error("what was taken does not wait for the evaluator")
	}
	evaluator.must("/dossiers/"+first+"/comment", url.Values{"text": {"I have read it.\nIt holds."}})
	secretary.must("/lists/model-district/assign", url.Values{"per": {"1"}})
	if _, body, _ := evaluator.get("/"); strings.Count(body, "assigned to evaluate") < 3 {
		t.Errorf("what was assigned does not wait: %s", text(body))
	}
	secretary.must("/meeting/model-district/open", url.Values{"present": {"chair", "second", "third"}})
	if status, body, _ := secretary.post("/dossiers/"+first+"/decide",
		url.Values{"decision": {"recognised"}}); status != http.StatusConflict ||
		!strings.Contains(body, "3 must, before it can be decided") {
		t.Errorf("%d %s", status, text(body))
	}
	if status, _, _ := chair.post("/lists/model-district/close",
		url.Values{"sure": {"yes"}}); status != http.StatusConflict {
		t.Errorf("closed before it was decided: %d", status)
	}
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.Outcome != dossier.Recommended && e.Outcome != dossier.NeedsReview {
			continue
		}
		if e.Outcome == dossier.NeedsReview {
			if status, _, _ := secretary.post("/dossiers/"+e.Dossier+"/decide",
				url.Values{"decision": {"returned"}}); status != http.StatusConflict {
				t.Errorf("returned without a reason: %d", status)
			}
			secretary.must("/dossiers/"+e.Dossier+"/decide", url.Values{"decision": {"returned"},
				"reason": {"the confirmation is missing"}})
			continue
		}
		for _, b := range []*browser{chair, second, third} {
			b.must("/dossiers/"+e.Dossier+"/vote", url.Values{"vote": {"for"},
				"back": {"/meeting/model-district?entry=" + e.Dossier}})
		}
		secretary.must("/dossiers/"+e.Dossier+"/decide", url.Values{"decision": {"recognised"}})
	}
	if status, _, _ := chair.post("/lists/model-district/close", nil); status != http.StatusBadRequest {
		t.Errorf("closed without being sure: %d", status)
	}
	chair.must("/lists/model-district/close", url.Values{"sure": {"yes"}})
	for path, form := range map[string]url.Values{"vote": {"vote": {"against"}},
		"decide": {"decision": {"deferred"}, "reason": {"x"}}, "override": {"outcome": {"recommended"},
			"reason": {"x"}}} {
		if status, body, _ := chair.post("/dossiers/"+first+"/"+path,
			form); status != http.StatusConflict || !strings.Contains(body, "closed") {
			t.Errorf("%s after the closing: %d", path, status)
		}
	}
	if _, body, _ := chair.get("/lists/model-district"); !strings.Contains(text(body),
		"The list was closed by The chair") {
		t.Error(text(body))
	}
	r, err := s.w.Review().Verify(t.Context(), "", func(run, ruleset string) (*publish.File,
		error) {
		return editions.List(t.Context(), s.w, run, ruleset)
	})
	if err != nil || len(r.Faults) > 0 || len(r.Closed) != 1 {
		t.Errorf("%+v %v", r, err)
	}
	if _, body, _ := chair.get("/audit"); !strings.Contains(body, "closed a list") {
		t.Error(text(body))
	}
	// a later run does not touch it
	if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "later"}); err != nil {
		t.Fatal(err)
	}
	if _, body, _ := chair.get("/dossiers/" + first); !strings.Contains(body, "Recognised") {
		t.Error("the decision is gone")
	}
}

// A person who is named in a dossier is recused from it; a name that is another person's is
// dismissed once and for all.
func TestWhoIsNamedInADossierStandsAside(t *testing.T) {
	t.Parallel()
	s := open(t)
	add := review.Event{Person: review.System, Action: review.PersonAdded, Data: review.Data{Subject: "khai", Name: "Hội Nông dân", Roles: []review.Role{review.Member}}} // words that the reports have
	if err := s.w.Review().Do(t.Context(), review.Subject{}, add); err != nil {
		t.Fatal(err)
	}
	n, err := conflicts.Find(t.Context(), s.w)
	if err != nil || n == 0 {
		t.Fatal(n, err)
	}
	if again, err := conflicts.Find(t.Context(), s.w); err != nil || again != 0 {
		t.Errorf("found again: %d %v", again, err)
	}
	var tie review.TieRecord
	view := func() {
		if err := s.w.Review().View(t.Context(), func(st *review.State) error {
			for _, x := range st.Ties() {
				if x.Person == "khai" {
					tie = x
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	view()
	if !tie.Found || !strings.Contains(tie.Reason, "Hội Nông dân") {
		t.Errorf("%+v", tie)
	}
	s.as("secretary").must("/ties/dismiss", url.Values{"person": {"khai"}, "dossier": {tie.Dossier},
		"reason": {"an association, not a person"}})
	if again, err := conflicts.Find(t.Context(), s.w); err != nil || again != 0 {
		t.Errorf("found again after it was dismissed: %d %v", again, err)
	}
	view()
}

// All pages say everything in every language.
func TestPagesInEveryLanguage(t *testing.T) {
	t.Parallel()
	x := page.LoadTexts()
	need := func(prefix string, keys ...string) {
		for _, k := range keys {
			if x["en"][prefix+k] == "" {
				t.Errorf("no text %s%s", prefix, k)
			}
		}
	}
	need("flag.", dossier.FlagCodes...)
	need("outcome.", page.Outcomes()...)
	need("moved.", publish.ChangeOrder...)
	for _, d := range review.Decisions {
		need("decision.", string(d))
	}
	for _, v := range review.Votes {
		need("vote.", string(v))
	}
	for _, r := range review.Roles {
		need("role.", string(r))
	}
	list, err := page.Files.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	keyRE := regexp.MustCompile(`\bt (?:\$l|\.L|\.Page\.Lang|\.) "([^"]+)"`)
	for _, f := range list {
		b, err := page.Files.ReadFile("templates/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range keyRE.FindAllStringSubmatch(string(b), -1) {
			need("", m[1])
		}
	}
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	b := s.as("chair")
	for _, l := range page.Languages {
		b.must("/language", url.Values{"language": {l}})
		for _, path := range []string{"/", "/search", "/search?q=an+ninh", "/lists/model-district",
			"/meeting/model-district", "/dossiers/" + id, "/runs", "/runs/1", "/people", "/audit",
			"/rules/model-district"} {
			status, body, _ := b.get(path)
			if status != 200 || !strings.Contains(body, `<html lang="`+l+`"`) || len(body) > 200<<10 {
				t.Errorf("%s in %s: %d, %d bytes", path, l, status, len(body))
			}
			if m := regexp.MustCompile(`>(?:outcome|flag|action|role|vote|decision|moved|refused|done)\.[a-z-]+<`).FindString(body); m != "" {
				t.Errorf("%s in %s says %s", path, l, m)
			}
			if strings.Contains(body, "%!") {
				t.Errorf("%s in %s: a text and its values do not fit", path, l)
			}
		}
	}
}

// Whose account is disabled, or whose password is changed, is signed out at once.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	s := open(t)
	admin, observer, evaluator := s.as("administrator"), s.as("observer"), s.as("evaluator")
	admin.must("/people/observer/disable", nil)
	token, _, err := s.w.Review().MakeLink(t.Context(), "administrator", "evaluator", true)
	if err != nil {
		t.Fatal(err)
	}
	s.nobody().must("/link", url.Values{"t": {token}, "password": {"another good one"}})
	for name, b := range map[string]*browser{"observer": observer, "evaluator": evaluator} {
		if status, _, h := b.get("/people"); status != http.StatusSeeOther || h.Get("Location") != "/sign-in" {
			t.Errorf("%s is still signed in: %d", name, status)
		}
	}
	if status, _, _ := s.nobody().post("/sign-in", url.Values{"person": {"observer"},
		"password": {password}}); status != http.StatusForbidden {
		t.Errorf("a disabled person signs in: %d", status)
	}
	if status, _, _ := admin.post("/sign-out", nil); status != http.StatusSeeOther {
		t.Error(status)
	}
	if status, _, _ := admin.get("/people"); status != http.StatusSeeOther {
		t.Errorf("signed out, and still in: %d", status)
	}
}

func TestRoutesAreNamedOnce(t *testing.T) {
	var s Server
	var seen []string
	for _, r := range s.routes() {
		if slices.Contains(seen, r.pattern) {
			t.Errorf("%s stands twice", r.pattern)
		}
		seen = append(seen, r.pattern)
		if r.right == "" && !slices.Contains([]string{"GET /sign-in", "GET /sign-in/oidc",
			"GET /sign-in/oidc/back", "POST /sign-in", "POST /sign-out", "POST /language", "POST /theme", "GET /link",
			"POST /link", "POST /sign-in/demo", "GET /sign-in/code", "POST /sign-in/code", "GET /deadlines.ics",
			"GET /results", "GET /results.json", "GET /results.csv", "GET /apply", "POST /apply", "GET /apply/link",
			"POST /apply/link"}, r.pattern) {
			t.Error(fmt.Sprint(r.pattern, " is open to everybody"))
		}
	}
}

// send posts a form with files.
func (b *browser) send(path string, values map[string]string, files map[string]string) (int, string,
	http.Header) {
	b.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for k, v := range values {
		if err := m.WriteField(k, v); err != nil {
			b.Fatal(err)
		}
	}
	for name, text := range files {
		w, err := m.CreateFormFile("files", name)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			b.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequest("POST", b.http.URL+path, &body)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// A unit sends a dossier, hears what is missing, sends it, and what was returned is open again.
func TestAUnitSendsADossier(t *testing.T) {
	t.Parallel()
	s := open(t)
	unit, secretary := s.as("submitter"), s.as("secretary")
	values := map[string]string{"title": "Hoa mười giờ bờ kênh", "kind": "model", "level": "district",
		"field": "economy"}
	status, body, _ := unit.send("/own/upload", values,
		map[string]string{"báo cáo.txt": "Báo cáo kết quả thực hiện mô hình\nSố hộ tham gia: 140 hộ\n"})
	if status != http.StatusSeeOther {
		t.Fatal(status, text(body))
	}
	if _, body, _ := unit.get("/"); !strings.Contains(body, "Files received: 1") {
		t.Error(text(body))
	}
	run := func() {
		t.Helper()
		if _, err := pipeline.Run(t.Context(), s.w, pipeline.Options{Cause: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	run()
	id := s.dossierLike("dai-hiep-hoa-muoi-gio")
	if _, body, _ := unit.get("/"); !strings.Contains(body, id) || !strings.Contains(body, "Hoa mười giờ") {
		t.Error(text(body))
	}
	secretary.must("/dossiers/"+id+"/decide", url.Values{"decision": {"returned"},
		"reason": {"the confirmation of the commune is missing"}})
	if _, body, _ := unit.get("/dossiers/" + id); !strings.Contains(body,
		"the confirmation of the commune is missing") {
		t.Error(text(body))
	}
	if status, body, _ := unit.send("/own/"+id+"/upload", nil,
		map[string]string{"xác nhận.txt": "GIẤY XÁC NHẬN\nĐồng ý xác nhận\n"}); status != http.StatusSeeOther {
		t.Fatal(status, text(body))
	}
	run()
	a, err := s.w.Store.Dossiers.Get(t.Context(), id)
	if err != nil || a == nil || a.Version != 2 || len(a.Files) < 2 {
		t.Fatalf("%+v %v", a, err)
	}
	if err := s.w.Review().View(t.Context(), func(st *review.State) error {
		if d := st.Decision("model-district", id); d != nil {
			t.Errorf("it is still %s", d.Decision)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// what cannot be sent
	other := s.dossierLike("rung-go-lon")
	for name, try := range map[string]func() (int, string, http.Header){
		"another unit's dossier": func() (int, string, http.Header) {
			return unit.send("/own/"+other+"/upload", nil, map[string]string{"a.txt": "x"})
		},
		"nothing": func() (int, string, http.Header) { return unit.send("/own/upload", values, nil) },
		"no title": func() (int, string, http.Header) {
			return unit.send("/own/upload", nil, map[string]string{"a.txt": "x"})
		},
		"the same title": func() (int, string, http.Header) {
			return unit.send("/own/upload", values, map[string]string{"a.txt": "x"})
		},
		"a manifest": func() (int, string, http.Header) {
			return unit.send("/own/"+id+"/upload", nil, map[string]string{"dossier.yaml": "unit: dai-minh"})
		},
		"a dot file": func() (int, string, http.Header) {
			return unit.send("/own/"+id+"/upload", nil, map[string]string{".htaccess": "x"})
		},
		"no form": func() (int, string, http.Header) {
			return unit.post("/own/upload",
				url.Values{"title": {"x"}})
		},
		"not a submitter": func() (int, string, http.Header) {
			return secretary.send("/own/upload", values, map[string]string{"a.txt": "x"})
		},
	} {
		if status, _, _ := try(); status < 400 || status >= 500 {
			t.Errorf("%s: %d", name, status)
		}
	}
	for sent, kept := range map[string]string{"../../etc/passwd": "passwd", `C:\x\y.doc`: "y.doc",
		"a\x00b.txt": "a_b.txt", "..": "", ".": "", "DOSSIER.yaml": "", "x<y>.pdf": "x_y_.pdf",
		strings.Repeat("a", 151): ""} {
		if got := page.FileName(sent); got != kept {
			t.Errorf("%q is kept as %q, want %q", sent, got, kept)
		}
	}
	if list, err := filepath.Glob(filepath.Join(s.w.Dir, "var", "upload-*")); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v %v", list, err)
	}
}
