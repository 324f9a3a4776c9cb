package web

import (
	"fmt"
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// Files that make another thing of a model of the sample: there is a report of plans alone, and no
// confirmation.
var poor = map[string]string{
	"rung-go-lon-khong-dot-thuc-bi/2. Báo cáo.docx":         "",
	"rung-go-lon-khong-dot-thuc-bi/3. Xác nhận của xã.docx": "",
	"rung-go-lon-khong-dot-thuc-bi/ghi-chu.txt":             "Ghi chú của thôn.\n",
	"rung-go-lon-khong-dot-thuc-bi/bao-cao.txt":             "Báo cáo kết quả thực hiện mô hình\nDự kiến năm sau có 3 hộ tham gia.\n",
}

// siteWith is the sample with a model in a variant, with what people did about it, and with the chair
// recused from it.
func siteWith(t *testing.T, files map[string]string, vote, decision string) *site {
	s := openWith(t, files)
	id := s.dossierLike("rung-go-lon")
	for _, who := range []string{"member", "second", "third"} {
		s.as(who).must("/dossiers/"+id+"/vote", url.Values{"vote": {vote}})
	}
	secretary := s.as("secretary")
	secretary.must("/dossiers/"+id+"/override",
		url.Values{"outcome": {map[string]string{"for": "recommended", "against": "not-recommended"}[vote]},
			"reason": {"bimelam"}})
	secretary.must("/dossiers/"+id+"/decide", url.Values{"decision": {decision}, "reason": {"bimelam"}})
	tie := review.Event{Person: review.System, Action: review.TieDeclared, Dossier: id,
		Data: review.Data{Subject: "chair", Reason: "a sister leads it"}}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, tie); err != nil {
		t.Fatal(err)
	}
	return s
}

var (
	momentRE = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)|\d{1,2}(:\d\d)+|\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{1,2} [A-Z][a-z]+ \d{4}|ngày \d+ tháng \d+ năm \d+`)
	tokenRE  = regexp.MustCompile(`page=[a-z0-9]+\.\d+`)
)

// everyPage are the pages that can be opened, with what can be asked of them; secret is a dossier of
// which someone may not know something, other is another one.
func (s *site) everyPage(secret, other string) []string {
	var paths []string
	for _, rt := range s.s.routes() {
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		if method != http.MethodGet || strings.HasPrefix(pattern, "/sign-in") || pattern == "/account" {
			continue
		}
		for _, id := range []string{secret, other} {
			for _, ext := range []string{".csv", ".json", ".xlsx", ".docx"} {
				paths = append(paths, strings.NewReplacer("{$}", "", "{dossier}", id, "{model}", id,
					"{run}", "1", "{ruleset}", "model-district", "{file}",
					"model-district"+ext).Replace(pattern))
			}
		}
	}
	l := "/lists/model-district"
	for _, q := range []string{"as=xlsx", "as=csv", "sort=title", "sort=unit", "sort=votes", "sort=certainty",
		"todo=alone", "todo=undecided", "todo=ready", "todo=no-vote", "todo=overridden", "todo=uncertain", "evaluator=evaluator",
		"top=3", "title=a", "sort=-points", "sort=decision", "cols=yes&col=evaluators&col=mine&col=votes", "from=1", "unit=dai-hong", "field=culture-society", "as=xlsx&sort=votes"} {
		paths = append(paths, l+"?"+q)
	}
	for _, o := range page.Outcomes() {
		paths = append(paths, l+"?outcome="+o, l+"?as=xlsx&outcome="+o, "/search?q=outcome:"+o)
	}
	paths = append(paths, l+"/compare?a="+secret+"&b="+other, l+"/compare?b="+secret+"&a="+other,
		"/meeting/model-district?entry="+secret, "/meeting/model-district?entry="+other)
	for _, k := range []string{"list", "minutes", "returns", "submission", "decision"} {
		paths = append(paths, "/papers/file?paper="+k+"&ruleset=model-district")
	}
	for _, q := range []string{"rừng", "hộ", "unit:dai-hong", "points:>=1", "points:<50",
		"-outcome:recommended", "similar:" + secret, "flag:borderline", "rừn gỗ"} {
		paths = append(paths, "/search?"+url.Values{"q": {q}, "sort": {"points"}}.Encode())
	}
	paths = append(paths, "/search?as=xlsx&sort=points&q=h%E1%BB%99", "/search?q=h%E1%BB%99&sort=registered")
	for _, q := range []string{"stage=recognised", "stage=assessed", "stage=not-recognised",
		"stage=reported", "due=yes", "as=xlsx"} {
		paths = append(paths, "/register?"+q)
	}
	paths = append(paths, "/audit?as=xlsx", "/audit?as=csv", "/waiting?as=xlsx", "/waiting?as=csv", "/people?check=R%E1%BB%ABng+g%E1%BB%97",
		"/people?as=xlsx", "/papers/file?paper=summary", "/papers/file?paper=feedback&unit=dai-hong",
		"/papers/file?paper=feedback&unit=dai-hiep",
		"/dossiers/"+secret+"/text?doc=bao-cao.txt&page=1",
		"/dossiers/"+secret+"/picture?doc=bao-cao.txt&image=1")
	slices.Sort(paths)
	return slices.Compact(paths)
}

// walked is what someone sees on pages, without moments and runs' names.
func (b *browser) walked(paths []string) map[string]string {
	b.Helper()
	run, _, _, err := b.s.lists.Latest(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	out := map[string]string{}
	for _, path := range paths {
		status, body, _ := b.get(path)
		if status >= 500 {
			b.Errorf("%s: %d", path, status)
		}
		body = strings.ReplaceAll(unzipped(body), run, "RUN")
		if path == "/account/factor/qr" {
			body = "PICTURE" // of a new key each time, whose bytes may look like any number
		}
		out[path] = fmt.Sprint(status, "\n", steady(body))
	}
	return out
}

// steady returns a page without what differs by itself: moments, durations, keys and tokens. It goes line by line,
// since regular expressions are many times quicker in short texts.
func steady(body string) string {
	var out strings.Builder
	for line := range strings.Lines(body) {
		if strings.ContainsAny(line, "0123456789") || strings.Contains(line, "ed25519:") {
			line = momentRE.ReplaceAllString(tookRE.ReplaceAllString(line, "TOOK"), "MOMENT")
			line = tokenRE.ReplaceAllString(line, "page=TOKEN")
		}
		out.WriteString(line)
	}
	return out.String()
}

// tookRE finds how long runs took, in words and as the heights of the columns of the timeline, and how much is stored.
// The key of a second factor is another one whenever it is asked for, and that of the office is another one at each
// site.
var tookRE = regexp.MustCompile(`ed25519:[^<]*|type this into the app: <code class="wrap">[A-Z0-9 ]+|DTSTAMP:\w+|Stored</dt><dd>[^<]*|\d+\x{a0}(?:s|min)|<rect class="part fill" x="\d+" y="\d+" width="16" height="\d+"/>`)

// sameWalk compares what someone sees at two sites.
func sameWalk(t *testing.T, a, b map[string]string) {
	t.Helper()
	for path, body := range a {
		if other := b[path]; body != other {
			at := 0
			for at < min(len(body), len(other)) && body[at] == other[at] {
				at++
			}
			t.Errorf("%s tells the difference:\n  %q\n  %q", path, body[max(0, at-80):min(len(body),
				at+80)], other[max(0, at-80):min(len(other), at+80)])
		}
	}
}

// A recused person sees the same whatever became of the dossier: neither points, place, outcome,
// votes nor decision can be told from any page, file or count.
func TestWhoIsRecusedCannotTellTheOutcome(t *testing.T) {
	t.Parallel()
	type variant struct {
		files          map[string]string
		vote, decision string
	}
	var walks []map[string]string
	var entries []*publish.Entry
	for _, v := range []variant{{nil, "for", "recognised"}, {poor, "against", "not-recognised"}} {
		s := siteWith(t, v.files, v.vote, v.decision)
		id := s.dossierLike("rung-go-lon")
		_, _, at, err := s.s.lists.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, at[id].Entry)
		walks = append(walks, s.as("chair").walked(s.everyPage(id, s.dossierLike("tieng-keng"))))
	}
	if a, b := entries[0], entries[1]; a.Outcome == b.Outcome || a.Points == b.Points || a.Rank == b.Rank {
		t.Errorf("the variants are too much alike to prove anything: %s %v %d, %s %v %d", a.Outcome,
			a.Points, a.Rank, b.Outcome, b.Points, b.Rank)
	}
	sameWalk(t, walks[0], walks[1])
}

// How someone votes is told to no one who may not see votes, and where the campaign is blind to no
// voter before they have voted: not by the audit trail, an order, a count or a file either.
func TestVotesAreToldToNobodyWhoMayNotSeeThem(t *testing.T) {
	t.Parallel()
	people := []string{"administrator", "evaluator", "observer", "member"}
	walks := map[string][]map[string]string{}
	for _, votes := range [][]string{{"for", "against"}, {"against", "for"}} {
		s := open(t)
		ids := []string{s.dossierLike("rung-go-lon"), s.dossierLike("tieng-keng")}
		for k, who := range []string{"second", "third"} {
			b := s.as(who)
			for i, id := range ids {
				b.must("/dossiers/"+id+"/vote", url.Values{"vote": {votes[(i+k*i)%2]}})
			}
		}
		// An event after the votes, which everybody may see: its hash depends on theirs.
		s.as("administrator").must("/people/secretary/disable", nil)
		paths := s.everyPage(ids[0], ids[1])
		paths = slices.DeleteFunc(paths, func(p string) bool {
			return strings.HasPrefix(p, "/search") || strings.HasPrefix(p, "/register") ||
				strings.Contains(p, "outcome=") || strings.Contains(p, "/files/")
		})
		for _, who := range people {
			b := s.as(who)
			if who == "member" {
				if err := s.w.Review().View(t.Context(),
					func(st *review.State) error { st.Settings.Blind = true; return nil }); err != nil {
					t.Fatal(err)
				}
			}
			walks[who] = append(walks[who], b.walked(paths))
		}
	}
	for _, who := range people {
		t.Run(who, func(t *testing.T) { sameWalk(t, walks[who][0], walks[who][1]) })
	}
}

// Whoever sees in the meeting that an entry concerns a relative says so there.
func TestAConflictIsDeclaredInTheMeeting(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	member := s.as("second")
	at := "/meeting/model-district?entry=" + id
	_, body, _ := member.get(at)
	form := `action="/dossiers/` + id + `/tie"><input type="hidden" name="back" value="` + at + `">`
	if !strings.Contains(body, form) {
		t.Fatal("the meeting has no form to declare a conflict of interest")
	}
	member.must("/dossiers/"+id+"/tie", url.Values{"reason": {"my brother leads it"}, "back": {at}})
	_, body, _ = member.get(at)
	if !strings.Contains(body, "my brother leads it") || strings.Contains(body, `name="vote"`) {
		t.Error("after it was declared, the meeting goes on as before")
	}
	if strings.Contains(body, form) {
		t.Error("it can be declared twice")
	}
	if _, body, _ = s.as("chair").get("/people"); !strings.Contains(body, `<a href="/dossiers/`+id+`">Rừng gỗ lớn`) {
		t.Error("the conflict is not told by the title of the dossier")
	}
}

// On a list with recused entries the others are ranked among themselves, and the recused come last.
func TestAListHasNoGapWhereSomebodyIsRecused(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, of, _, err := s.s.lists.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := of["model-district"]
	first := &f.Entries[0]
	if first.Rank != 1 {
		t.Fatal("nothing is ranked")
	}
	tie := review.Event{Person: review.System, Action: review.TieDeclared, Dossier: first.Dossier,
		Data: review.Data{Subject: "chair", Reason: "a sister leads it"}}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, tie); err != nil {
		t.Fatal(err)
	}
	q := &page.Request{R: (&http.Request{URL: &url.URL{}}).WithContext(t.Context()),
		Person: &review.Person{ID: "chair", Roles: []review.Role{review.Chair}}}
	mine, err := s.s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		t.Fatal(err)
	}
	seen := mine.Of["model-district"]
	if seen.Counts.Registered != f.Counts.Registered-1 || seen.Counts.Recommended != f.Counts.Recommended-1 {
		t.Errorf("%+v of %+v", seen.Counts, f.Counts)
	}
	for i := range seen.Entries {
		if e := &seen.Entries[i]; e.Rank > 0 && e.Rank != i+1 {
			t.Errorf("%s has place %d, and %d are before it", e.Dossier, e.Rank, i)
		}
	}
	rows, err := s.s.lists.Rows(q, seen, nil)
	if err != nil {
		t.Fatal(err)
	}
	if last := rows[len(rows)-1]; last.Dossier != first.Dossier || last.Aside != "a sister leads it" ||
		last.Rank != 0 || last.Outcome != "" || len(rows) != len(f.Entries) {
		t.Errorf("%d rows, the last %+v", len(rows), last)
	}
	if f.Entries[0].Rank != 1 || len(f.Entries) != f.Counts.Registered {
		t.Error("the list of the others was changed")
	}
}

// While a run has indexed a dossier and not published it, search finds it for no one who is recused.
func TestSearchHidesWhatIsIndexedAndNotPublished(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("tieng-keng") // of the member's own unit
	_, of, at, err := s.s.lists.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ruleset := at[id].Ruleset
	s.s.lists.Cache.Mu.Lock() // as the lists were before the dossier came
	s.s.lists.Cache.Of = map[string]*publish.File{}
	s.s.lists.Cache.At = map[string]access.Place{}
	for name, f := range of {
		if name == ruleset {
			f = f.Without(func(e *publish.Entry) bool { return e.Dossier == id })
		}
		s.s.lists.Cache.Of[name] = f
		for i := range f.Entries {
			s.s.lists.Cache.At[f.Entries[i].Dossier] = access.Place{Ruleset: name, Entry: &f.Entries[i]}
		}
	}
	s.s.lists.Cache.Mu.Unlock()
	member, second := s.as("member"), s.as("second")
	second.must("/dossiers/"+id+"/tie", url.Values{"reason": {"a brother leads it"}})
	for name, b := range map[string]*browser{"the own unit's": member, "declared": second} {
		for _, q := range []string{"keng", "unit:dai-hiep", "outcome:recommended", "points:>=1"} {
			if _, body, _ := b.get("/search?q=" + url.QueryEscape(q)); strings.Contains(body, "/dossiers/"+id) {
				t.Errorf("%s: %q finds it", name, q)
			}
		}
		if status, body, _ := b.get("/dossiers/" + id); status != 200 || !strings.Contains(body,
			"You have a conflict of interest here") {
			t.Errorf("%s: %d %s", name, status, text(body))
		}
	}
	if _, body, _ := s.as("chair").get("/search?q=keng"); !strings.Contains(body, "/dossiers/"+id) {
		t.Error("nobody finds it")
	}
	member.must("/language", url.Values{"language": {"vi"}, "back": {"/"}})
	for _, at := range []string{"/dossiers/" + id, "/lists/" + ruleset} {
		s.shows(member, at, "Bạn không tham gia xét hồ sơ này: hồ sơ của chính đơn vị bạn")
	}
}
