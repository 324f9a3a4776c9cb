package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"html/template"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Attacks, each of which has its defence.
func TestAttacks(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	bad := s.dossierLike("hostile")
	chair := s.as("chair")
	t.Run("script in titles, texts, names, comments and reasons is text", func(t *testing.T) {
		chair.must("/dossiers/"+bad+"/comment", url.Values{"text": {hostile}})
		chair.must("/dossiers/"+bad+"/override", url.Values{"outcome": {"recommended"}, "reason": {hostile}})
		chair.must("/search/save", url.Values{"name": {hostile}, "q": {"an ninh"}})
		admin := s.as("administrator")
		if status, body, _ := admin.post("/people", url.Values{"person": {"eve"}, "name": {hostile},
			"role": {"observer"}}); status != http.StatusOK {
			t.Fatalf("%d %s", status, text(body))
		}
		paths := []string{"/", "/lists/model-district", "/dossiers/" + bad,
			"/search?q=" + url.QueryEscape("120 hộ"), "/search?q=" + url.QueryEscape(hostile), "/people",
			"/audit", "/meeting/model-district?entry=" + bad,
			"/dossiers/" + bad + "/text?page=1&doc=" + url.QueryEscape("<b onmouseover=alert(1)>.txt"),
			"/lists/model-district/compare?a=" + bad + "&b=" + id,
			"/lists/model-district?sort=" + url.QueryEscape(hostile)}
		for _, path := range paths {
			status, body, _ := chair.get(path)
			if status != 200 {
				t.Errorf("%s: %d", path, status)
			}
			for _, raw := range []string{"<script>document", "<img src=x", "<b onmouseover"} {
				if strings.Contains(body, raw) {
					t.Errorf("%s has %s in it", path, raw)
				}
			}
		}
	})
	t.Run("requests from other sites change nothing", func(t *testing.T) {
		for _, h := range []map[string]string{{"Sec-Fetch-Site": "cross-site"},
			{"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}} {
			r, _ := http.NewRequest("POST", s.http.URL+"/dossiers/"+id+"/vote",
				strings.NewReader("vote=against"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range h {
				r.Header.Set(k, v)
			}
			if status, _, _ := chair.do(r); status != http.StatusForbidden {
				t.Errorf("%v: %d", h, status)
			}
		}
		if _, body, _ := chair.get("/dossiers/" + id); strings.Contains(body, `value="against" aria-pressed`) {
			t.Error("the vote was taken")
		}
	})
	t.Run("a read changes nothing", func(t *testing.T) {
		for _, path := range []string{"/dossiers/" + id + "/vote?vote=against", "/sign-out",
			"/people/observer/disable", "/lists/model-district/close?sure=yes"} {
			if status, _, _ := chair.get(path); status != http.StatusMethodNotAllowed &&
				status != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, status)
			}
		}
	})
	t.Run("paths lead nowhere else", func(t *testing.T) {
		for _, path := range []string{"/static/../server.go", "/static/%2e%2e/texts/en.yaml",
			"/lists/model-district/files/..%2f..%2frun.json", "/lists/model-district/files/run.json",
			"/lists/..%2f..%2f/files/x", "/dossiers/..%2f..%2fetc%2fpasswd",
			"/dossiers/" + id + "/text?doc=../../kheo.yaml&page=1", "/dossiers/nobody",
			"/lists/nothing", "/runs/zzzz", "/rules/x", "/search?page=../../x.1"} {
			status, body, _ := chair.get(path)
			if status == 200 && !strings.HasPrefix(path, "/search") || status >= 500 ||
				strings.Contains(body, "timezone:") || strings.Contains(body, "package web") {
				t.Errorf("%s: %d", path, status)
			}
		}
	})
	t.Run("nobody is sent to another site", func(t *testing.T) {
		for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`,
			"javascript:alert(1)", "/x\r\nSet-Cookie: a=b", "/\t/evil.example", "\t//evil.example", "/\n/evil.example", "/\u200b/evil.example",
			"/%2fevil.example", "/%5cevil.example", "/%09/evil.example", "/..//evil.example", "/.//evil.example", "///evil.example", "/@evil.example", "/nowhere/evil.example", "http:/evil.example", "/%00/evil", " //evil.example", "/\x7f/evil.example"} {
			_, _, h := chair.post("/language", url.Values{"language": {"en"}, "back": {to}})
			if l := h.Get("Location"); l != "/" || h.Get("Set-Cookie") == "a=b" {
				t.Errorf("%q leads to %q", to, l)
			}
		}
	})
	t.Run("a session that somebody planted is not taken over", func(t *testing.T) {
		attacker := s.as("observer")
		attacker.post("/people", nil) // refused; what the session holds stays the attacker's
		for _, planted := range []string{attacker.session(), strings.Repeat("A", 43)} {
			b := s.nobody()
			b.c.Jar.SetCookies(mustURL(s.http.URL), []*http.Cookie{{Name: "kheo", Value: planted, Path: "/"}})
			if status, _, _ := b.post("/sign-in", url.Values{"person": {"secretary"},
				"password": {password}}); status != http.StatusSeeOther {
				t.Fatal(status)
			}
			who := s.nobody()
			who.c.Jar.SetCookies(mustURL(s.http.URL), []*http.Cookie{{Name: "kheo", Value: planted, Path: "/"}})
			if _, body, _ := who.get("/"); b.session() == planted || strings.Contains(body, "The secretary") {
				t.Error("the planted session is signed in")
			}
		}
	})
	t.Run("cookies are for the server alone", func(t *testing.T) {
		_, _, h := s.nobody().post("/sign-in", url.Values{"person": {"observer"}, "password": {password}})
		if c := h.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") {
			t.Error(c)
		}
		secure := newSessions(s.w, true)
		if !secure.Cookie.Secure || !strings.HasPrefix(secure.Cookie.Name, "__Host-") {
			t.Errorf("%+v", secure.Cookie)
		}
		var n int
		token := s.as("observer").session()
		if err := s.w.Store.DB.QueryRow(`SELECT count(*) FROM sessions WHERE token = ?`,
			token).Scan(&n); err != nil || n != 0 {
			t.Errorf("the record store holds the token itself: %d %v", n, err)
		}
	})
	t.Run("answers that a shared cache may keep hold nothing of a person", func(t *testing.T) {
		for _, path := range []string{"/static/", "/static/style.css", "/static/kheo.js", "/static/nothing.css", "/static", "/",
			"/account", "/dossiers/" + id, "/dossiers/" + id + "/style.css", "/results.json", "/nothing"} {
			_, body, h := chair.get(path)
			kept := strings.Contains(h.Get("Cache-Control"), "public")
			if kept && (len(h.Values("Set-Cookie")) > 0 || strings.Contains(body, "The chair")) {
				t.Errorf("%s may be kept, with %q and the name of who asks: %t", path, h.Values("Set-Cookie"), strings.Contains(body, "The chair"))
			}
			if is := path == "/static/style.css" || path == "/static/kheo.js"; kept != is {
				t.Errorf("%s may be kept by proxies: %t", path, kept)
			}
		}
	})
	t.Run("headers", func(t *testing.T) {
		_, _, h := chair.get("/")
		for name, want := range map[string]string{"Content-Security-Policy": "script-src 'self'",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
			"Referrer-Policy": "same-origin"} {
			if !strings.Contains(h.Get(name), want) {
				t.Errorf("%s: %q", name, h.Get(name))
			}
		}
		if csp := h.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") ||
			!strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Error(csp)
		}
		_, body, _ := chair.get("/dossiers/" + id)
		if regexp.MustCompile(`(?i)<script(?: [^>]*)?>[^<]| on[a-z]+="| style="`).MatchString(body) {
			t.Error("there is inline script or style")
		}
	})
	t.Run("no folder is listed", func(t *testing.T) {
		for path, want := range map[string]int{"/static/": http.StatusNotFound,
			"/static/style.css": http.StatusOK} {
			if status, body, _ := chair.get(path); status != want || strings.Contains(body,
				"kheo.js\">kheo.js") {
				t.Errorf("%s: %d %.200s", path, status, body)
			}
		}
	})
	t.Run("large bodies are cut off", func(t *testing.T) {
		if status, _, _ := chair.post("/dossiers/"+id+"/comment",
			url.Values{"text": {strings.Repeat("x", 2<<20)}}); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%d", status)
		}
		if status, _, _ := chair.post("/dossiers/"+id+"/comment",
			url.Values{"text": {strings.Repeat("ộ", 5000)}}); status != http.StatusConflict {
			t.Errorf("a comment of 5,000 letters: %d", status)
		}
	})
	t.Run("nobody votes for another, nor names a ruleset of their own", func(t *testing.T) {
		chair.must("/dossiers/"+id+"/vote", url.Values{"vote": {"for"}, "person": {"second"},
			"Person": {"second"}, "ruleset": {"commendation-individual"}, "seq": {"1"}})
		if err := s.w.Review().View(t.Context(), func(st *review.State) error {
			if st.VoteOf("second", "model-district", id) != "" || st.VoteOf("chair",
				"commendation-individual", id) != "" || st.VoteOf("chair", "model-district", id) != review.For {
				t.Error("the vote is not the chair's on the dossier's own list")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		member := s.as("member")
		if status, _, _ := member.post("/people/member", url.Values{"name": {"x"},
			"role": {"administrator"}}); status != http.StatusForbidden {
			t.Errorf("a member makes an administrator: %d", status)
		}
	})
	t.Run("queries that are hostile", func(t *testing.T) {
		for _, q := range []string{strings.Repeat("(", 500), strings.Repeat("a OR ", 400), "a*", "=", `"`,
			"similar:", "points:>=x", "\x00\xff", strings.Repeat("ộ",
				5000), "unit:' OR 1=1 --", "fact.x:1..1e999"} {
			if status, _, _ := chair.get("/search?q=" + url.QueryEscape(q)); status != 200 {
				t.Errorf("%.30q: %d", q, status)
			}
		}
	})
	t.Run("many attempts to sign in", func(t *testing.T) {
		b := s.nobody()
		last := 0
		for range maxAttempts + 1 {
			last, _, _ = b.post("/sign-in", url.Values{"person": {"chair"}, "password": {"wrong wrong wrong"}})
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("the attempt after %d is answered with %d", maxAttempts, last)
		}
		if status, _, _ := b.post("/sign-in", url.Values{"person": {"chair"},
			"password": {password}}); status != http.StatusTooManyRequests {
			t.Errorf("even the right password: %d", status)
		}
	})
	if strings.Contains(s.logs.String(), "120 hộ") || strings.Contains(s.logs.String(), "owned") ||
		strings.Contains(s.logs.String(), password) {
		t.Error("something of a dossier, or a password, stands in the log")
	}
}

// session is the token of a browser's session.
func (b *browser) session() string {
	for _, c := range b.c.Jar.Cookies(mustURL(b.http.URL)) {
		if c.Name == "kheo" {
			return c.Value
		}
	}
	return ""
}

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// picture is a small image.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 60, 40))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What was written into the register, into lists to be read, into drafts and rules comes back
// as text.
func TestScriptInTheRegisterIsText(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	chair := s.as("chair")
	title := hostile + " ba chữ"
	chair.must("/register", url.Values{"title": {title}, "unit": {"dai-an"}, "on": {"2024-03-01"},
		"place": {hostile}})
	model := register.ModelID("dai-an", title)
	chair.must("/register/"+model+"/took-over", url.Values{"of": {id}, "reason": {hostile}})
	if status, _, _ := chair.send("/register/"+model+"/visit", map[string]string{"on": "2024-06-01",
		"finding": hostile}, nil); status != http.StatusSeeOther {
		t.Fatalf("a visit: %d", status)
	}
	raw := []string{"<script>document", "<img src=x"}
	look := func(name string, status int, body string) {
		t.Helper()
		for _, r := range raw {
			if strings.Contains(body, r) {
				t.Errorf("%s has %s in it", name, r)
			}
		}
		if status >= 500 || !strings.Contains(body, "document.title") {
			t.Errorf("%s: %d, and does not show what was written", name, status)
		}
	}
	for _, path := range []string{"/register", "/register/" + model, "/register/map", "/register/calendar",
		"/register?stage=" + url.QueryEscape(hostile)} {
		status, body, _ := chair.get(path)
		look(path, status, body)
	}
	for path, form := range map[string]url.Values{
		"/register/import":                  {"list": {"title,unit,registered_on\n" + `"` + strings.ReplaceAll(hostile, `"`, `""`) + `",dai-an,2024-03-01` + "\n"}},
		"/lists/model-district/assignments": {"list": {strings.ReplaceAll(hostile, "\n", " ") + ",chair"}},
		"/rules/model-district/try":         {"text": {hostile}},
		"/dossiers/" + id + "/override":     {"outcome": {"recommended"}, "reason": {hostile}, "seen": {"0"}},
		"/register/" + model + "/took-over": {"of": {hostile + " nobody"}, "reason": {"x"}},
	} {
		if strings.HasSuffix(path, "/override") { // another person was quicker
			s.as("secretary").must("/dossiers/"+id+"/override", url.Values{"outcome": {"recommended"},
				"reason": {"seen"}})
		}
		status, body, _ := chair.post(path, form)
		look(path, status, body)
	}
	for _, path := range []string{"/papers/file?paper=list&ruleset=model-district",
		"/papers/file?paper=feedback&unit=dai-hiep&dossier=" + s.dossierLike("tieng-keng"),
		"/register?as=xlsx"} {
		status, body, _ := chair.get(path)
		if body = unzipped(body); status != 200 || strings.Contains(body, "<script>") {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// No number, name or id that is made up, or another's, opens what is not one's own.
func TestNoIdOpensWhatIsAnothers(t *testing.T) {
	t.Parallel()
	s := open(t)
	own, other := s.dossierLike("tieng-keng"), s.dossierLike("rung-go-lon")
	chair, member, submitter, observer := s.as("chair"), s.as("member"), s.as("submitter"), s.as("observer")
	_, body, _ := chair.get("/dossiers/" + other)
	doc := body[strings.Index(body, "/text?doc="):]
	doc = html.UnescapeString(doc[len("/text?"):strings.Index(doc, `"`)])
	_, body, _ = chair.get("/dossiers/" + own)
	ownDoc := body[strings.Index(body, "/text?doc="):]
	ownDoc = html.UnescapeString(ownDoc[len("/text?"):strings.Index(ownDoc, `"`)])
	if strings.Contains(doc+ownDoc, "#") {
		t.Fatalf("what follows is not sent: %s, %s", doc, ownDoc)
	}
	for as, kind := range map[string]string{"": "image/jpeg", "&image=1": "image/jpeg", "&thumb=yes": "image/jpeg",
		"&as=marks": "application/json"} {
		for id, doc := range map[string]string{other: doc, own: ownDoc} {
			if status, _, h := chair.get("/dossiers/" + id + "/picture?" + doc + as); status != 200 ||
				h.Get("Content-Type") != kind {
				t.Fatalf("the chair sees no picture%s: %d %s", as, status, h.Get("Content-Type"))
			}
		}
		for _, c := range []struct {
			name    string
			who     *browser
			id, doc string
		}{{"of another unit's dossier", submitter, other, doc}, {"of what one stands aside on", member, own, ownDoc},
			{"of another dossier's document", chair, own, doc}} {
			if status, _, _ := c.who.get("/dossiers/" + c.id + "/picture?" + c.doc + as); status != 404 {
				t.Errorf("a picture%s %s: %d", as, c.name, status)
			}
		}
	}
	for _, c := range []struct {
		name string
		who  *browser
		path string
		want int
	}{
		{"a page that is not there", chair, "/dossiers/" + other + "/picture?" + doc + "&image=999", 404},
		{"a page below one", chair, "/dossiers/" + other + "/picture?" + doc + "&image=-1", 404},
		{"a document out of the dossier", chair,
			"/dossiers/" + other + "/picture?doc=../../kheo.yaml&image=1", 404},
		{"the text of what one stands aside on", member, "/dossiers/" + own + "/text?" + ownDoc, 404},
		{"a paper of no list", chair, "/papers/file?paper=list&ruleset=../../kheo", 404},
		{"a paper to no unit", chair, "/papers/file?paper=feedback&unit=../x", 404},
		{"a paper of no kind", chair, "/papers/file?paper=../minutes&ruleset=model-district", 404},
		{"votes, for who does not see votes", observer, "/papers/file?paper=minutes&ruleset=model-district",
			403},
		{"papers, for who has no right to them", member, "/papers/file?paper=list&ruleset=model-district", 403},
		{"the register, for a submitter", submitter, "/register", 403},
		{"a model that is not there", chair, "/register/nobody", 404},
		{"a photo of no visit", chair, "/register/" + other + "/photo?visit=1", 404},
		{"a saved search of another", observer, "/search?q=", 200},
	} {
		if status, body, _ := c.who.get(c.path); status != c.want {
			t.Errorf("%s: %d, not %d: %s", c.name, status, c.want, text(body)[:min(200, len(text(body)))])
		}
	}
	for _, c := range []struct {
		name string
		who  *browser
		path string
		form url.Values
	}{
		{"files to another unit's dossier", submitter, "/own/" + other + "/upload", url.Values{}},
		{"another's vote withdrawn", s.as("second"), "/dossiers/" + other + "/unvote",
			url.Values{"person": {"chair"}}},
		{"a decision withdrawn that there is not", chair, "/dossiers/" + other + "/undecide", url.Values{}},
		{"a dossier of another unit named as a model's", chair, "/register/" + other + "/report",
			url.Values{"of": {own}}},
		{"a recognition withdrawn that there is not", chair, "/register/" + other + "/standing",
			url.Values{"withdraw": {"yes"}, "reason": {"x"}}},
		{"somebody assigned by name to what they stand aside on", chair, "/dossiers/" + own + "/assign",
			url.Values{"person": {"member"}}},
		{"an assignment of somebody else, by taking", s.as("evaluator"), "/dossiers/" + other + "/assign",
			url.Values{"person": {"evaluator"}}},
	} {
		if status, _, _ := c.who.post(c.path, c.form); status < 400 || status >= 500 {
			t.Errorf("%s: %d", c.name, status)
		}
	}
	chair.must("/dossiers/"+other+"/vote", url.Values{"vote": {"for"}})
	if status, _, _ := s.as("second").post("/dossiers/"+other+"/unvote",
		url.Values{"person": {"chair"}}); status != http.StatusConflict {
		t.Errorf("another's vote withdrawn: %d", status)
	}
	if status, _, _ := chair.post("/lists/model-district/assignments", url.Values{"list": {own + ",member"},
		"sure": {"yes"}}); status != http.StatusSeeOther {
		t.Errorf("a list with somebody who stands aside: %d", status)
	}
	if err := s.w.Review().View(t.Context(), func(st *review.State) error {
		if slices.Contains(st.Assigned[own], "member") {
			t.Error("a list assigned somebody to what they stand aside on")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// What is sent is shown as an image that was re-encoded, or not at all.
func TestWhatIsSentIsShownAsAnImageOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	chair := s.as("chair")
	visit := func(name, data string) int {
		status, _, _ := chair.send("/register/"+id+"/visit", map[string]string{"on": "2024-06-01",
			"finding": "seen"}, map[string]string{name: data})
		return status
	}
	for name, data := range map[string]string{
		"a page of HTML":     "<html><script>alert(1)</script></html>",
		"an SVG with script": `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`,
		"a program":          "\x7fELF\x02\x01\x01",
		"a cut image":        string(picture(t)[:40]),
		"an image as a bomb": "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x02\x00\x00\x00",
		"nothing":            "",
	} {
		if status := visit("photo.png", data); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status := visit("photo.jpg", string(picture(t))+"<script>alert(1)</script>"); status != http.StatusSeeOther {
		t.Fatalf("a picture: %d", status)
	}
	_, body, _ := chair.get("/register/" + id)
	src := regexp.MustCompile(`/register/[^"]+/photo\?visit=\d+`).FindString(body)
	status, shown, h := chair.get(src)
	if status != 200 || h.Get("Content-Type") != "image/jpeg" || strings.Contains(shown, "script") ||
		!strings.HasPrefix(shown, "\xff\xd8") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%s: %d %s", src, status, h.Get("Content-Type"))
	}
	submitter := s.as("submitter")
	for _, name := range []string{"../../kheo.yaml", `..\..\kheo.yaml`, "/etc/cron.d/x", "dossier.yaml",
		"DOSSIER.YAML", ".hidden", strings.Repeat("x", 300) + ".txt", "", "."} {
		status, _, _ := submitter.send("/own/upload",
			map[string]string{"title": "Mô hình " + fmt.Sprint(len(name)),
				"kind": "model"}, map[string]string{name: "Báo cáo"})
		if status >= 500 {
			t.Errorf("%q: %d", name, status)
		}
		for _, f := range []string{"/etc/cron.d/x", filepath.Join(s.w.Dir, "..", "kheo.yaml")} {
			if fileThere(f) {
				t.Errorf("%q made %s", name, f)
			}
		}
	}
	if c, err := workspace.Open(t.Context(), s.w.Dir); err != nil {
		t.Errorf("the campaign was changed: %v", err)
	} else {
		c.Close()
	}
	many := map[string]string{}
	for i := range page.MaxFiles + 1 {
		many[fmt.Sprint(i, ".txt")] = "x"
	}
	if status, _, _ := submitter.send("/own/upload", map[string]string{"title": "Nhiều tệp",
		"kind": "model"}, many); status != http.StatusBadRequest {
		t.Errorf("%d files: %d", len(many), status)
	}
}

// What goes into spreadsheets is no formula, and names of files no headers.
func TestSheetsHaveNoFormulas(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair := s.as("chair")
	evil := `=HYPERLINK("https://evil.example","x") ba`
	chair.must("/register", url.Values{"title": {evil}, "unit": {"dai-an"}, "on": {"2024-03-01"}})
	_, body, h := chair.get("/register?as=xlsx")
	x, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	found := false
	name := x.GetSheetList()[0]
	rows, err := x.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	for r := range rows {
		cell, _ := excelize.CoordinatesToCellName(1, r+1)
		if f, _ := x.GetCellFormula(name, cell); f != "" {
			t.Errorf("%s is the formula %s", cell, f)
		}
		found = found || rows[r][0] == evil
	}
	if !found {
		t.Error("the model is not on the sheet")
	}
	_, body, _ = chair.get("/register?as=csv")
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || !slices.ContainsFunc(lines, func(l []string) bool { return l[0] == "'"+evil }) {
		t.Errorf("%v: a spreadsheet takes a cell for a formula, or it is missing: %.300s", err, body)
	}
	if d := h.Get("Content-Disposition"); strings.ContainsAny(d, "\r\n") || !strings.HasPrefix(d,
		"attachment") {
		t.Error(d)
	}
}

// Rules that are tried come from any user with that right: they read no other file, and end.
func TestHostileRulesAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair := s.as("chair")
	try := func(src string) (int, string) {
		begin := time.Now()
		status, body, _ := chair.post("/rules/model-district/try", url.Values{"text": {src}})
		if d := time.Since(begin); d > 30*time.Second {
			t.Errorf("%.40q took %v", src, d)
		}
		return status, body
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		bomb += fmt.Sprintf("%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", 'b'+i, 'b'+i, 'a'+i, 'a'+i,
			'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i)
	}
	for name, src := range map[string]string{
		"a file of the machine":    "ruleset: model-district\nversion: 9\nextends: /etc/passwd\n",
		"a file out of the folder": "ruleset: model-district\nversion: 9\nextends: ../../../../../etc/passwd\n",
		"another ruleset's name":   "ruleset: nobody\nversion: 9\n",
		"no YAML":                  "{{{{[[[",
		"aliases without end":      bomb,
		"depth without end":        strings.Repeat("[", 50_000),
		"nothing":                  "",
	} {
		status, body := try(src)
		if status != 200 || strings.Contains(body, "root:x") || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%s: %d %.200s", name, status, text(body))
		}
		if strings.HasPrefix(name, "a file") && !strings.Contains(body, "outside the workspace") {
			t.Errorf("%s is not refused for where it lies: %s", name, text(body))
		}
	}
	if status, _ := try(strings.Repeat("# long\n", 50_000)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a long text: %d", status)
	}
}

// Signs that turn the direction of text round, and others that no one sees, are not kept: by
// them a name or a reason would read as something else than it is.
func TestInvisibleSignsAreNotKept(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	chair := s.as("chair")
	chair.must("/dossiers/"+id+"/comment", url.Values{"text": {"not \u202edesopp\u202co\u200b at\x00 all"}})
	_, body, _ := chair.get("/dossiers/" + id)
	if strings.ContainsAny(body, "\u202e\u202c\u200b\x00") || !strings.Contains(body, "not desoppo at all") {
		t.Error("the comment holds what nobody sees")
	}
}

// A person who acts on what another person has just changed is told, and nothing is lost.
func TestSomebodyElseWasQuicker(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	chair, secretary := s.as("chair"), s.as("secretary")
	_, body, _ := chair.get("/dossiers/" + id)
	seen := regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(body)[1]
	secretary.must("/dossiers/"+id+"/override", url.Values{"outcome": {"not-recommended"},
		"reason": {"the visit"}})
	form := url.Values{"outcome": {"recommended"}, "reason": {"a reason of twelve lines"}, "seen": {seen}}
	status, body, _ := chair.post("/dossiers/"+id+"/override", form)
	if status != http.StatusConflict || !strings.Contains(body, "The secretary") || !strings.Contains(body,
		"a reason of twelve lines") || strings.Contains(body, `name="seen"`) {
		t.Fatalf("%d %s", status, text(body))
	}
	form.Del("seen") // sent all the same
	chair.must("/dossiers/"+id+"/override", form)
	_, body, _ = chair.get("/dossiers/" + id)
	if !strings.Contains(body, template.HTMLEscapeString("a reason of twelve lines")) {
		t.Error("it was not taken")
	}
	seen = regexp.MustCompile(`name="seen" value="(\d+)"`).FindStringSubmatch(body)[1]
	chair.must("/dossiers/"+id+"/override", url.Values{"outcome": {"recommended"}, "reason": {"again"}, "seen": {seen}}) // one's own changes are no surprise
}

// What was just done can be taken back.
func TestUndo(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	chair := s.as("chair")
	undo := func() {
		t.Helper()
		_, body, _ := chair.get("/dossiers/" + id)
		m := regexp.MustCompile(`(?s)class="flash".*?action="([^"]+)">(.*?)<button class="small" data-key="u"`).FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("nothing to undo: %s", text(body)[:300])
		}
		form := url.Values{}
		for _, v := range regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(m[2], -1) {
			form.Add(v[1], v[2])
		}
		chair.must(m[1], form)
	}
	vote := func() (v review.Vote) {
		if err := s.w.Review().View(t.Context(), func(st *review.State) error {
			v = st.VoteOf("chair",
				"model-district", id)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return v
	}
	chair.must("/dossiers/"+id+"/vote", url.Values{"vote": {"for"}})
	chair.get("/dossiers/" + id)
	chair.must("/dossiers/"+id+"/vote", url.Values{"vote": {"against"}})
	undo()
	if vote() != review.For {
		t.Errorf("the vote is %q", vote())
	}
	chair.get("/")
	chair.must("/dossiers/"+id+"/unvote", nil)
	if vote() != "" {
		t.Errorf("the vote is %q", vote())
	}
	chair.must("/dossiers/"+id+"/assign", url.Values{"person": {"evaluator"}})
	undo()
	chair.must("/dossiers/"+id+"/decide", url.Values{"decision": {"returned"},
		"reason": {"the confirmation is missing"}})
	undo()
	if err := s.w.Review().View(t.Context(), func(st *review.State) error {
		if len(st.Assigned[id]) != 0 || st.Decision("model-district", id) != nil {
			t.Errorf("%v %v", st.Assigned[id], st.Decision("model-district", id))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Two people who try a ruleset at the same time are both answered, one after the other.
func TestTrialsWaitForOneAnother(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, secretary := s.as("chair"), s.as("secretary")
	src, err := s.w.Campaign().ReadRules("rules/model-district.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, b := range []*browser{chair, secretary, chair, secretary} {
		wg.Go(func() {
			if status, body, _ := b.post("/rules/model-district/try", url.Values{"text": {string(src)}}); status != 200 {
				t.Errorf("%d: %.300s", status, text(body))
			}
		})
	}
	wg.Wait()
}
