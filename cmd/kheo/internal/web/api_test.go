package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"kheo/internal/testspace"
	"kheo/pipeline/review"
)

// program is a program with a token.
type program struct {
	*site
	token string
}

// programOf is a program that acts for a person with a token of some scopes; of all without one.
func (s *site) programOf(id string, scopes ...review.Scope) *program {
	s.Helper()
	if len(scopes) == 0 {
		scopes = review.Scopes
	}
	_, token, err := s.w.Review().MakeToken(s.Context(), review.System, review.Token{Person: id, Name: "a test",
		Scopes: scopes, Ends: s.w.Now().AddDate(0, 1, 0).Format(time.DateOnly)})
	if err != nil {
		s.Fatal(err)
	}
	return &program{s, token}
}

// reply is an answer to a program.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// call sends a request; body is sent as JSON unless it is a form with files.
func (p *program) call(method, path string, body any, header ...string) reply {
	p.Helper()
	var b io.Reader
	kind := ""
	switch x := body.(type) {
	case nil:
	case *form:
		b, kind = bytes.NewReader(x.body), x.kind
	case string:
		b, kind = strings.NewReader(x), "application/json"
	default:
		text, err := json.Marshal(x)
		if err != nil {
			p.Fatal(err)
		}
		b, kind = bytes.NewReader(text), "application/json"
	}
	r, err := http.NewRequestWithContext(p.Context(), method, p.http.URL+"/api/v1"+path, b)
	if err != nil {
		p.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		p.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, got}
}

// want calls, and decodes the answer, which must have a status.
func (p *program) want(status int, method, path string, body any, header ...string) map[string]any {
	p.Helper()
	r := p.call(method, path, body, header...)
	if r.status != status {
		p.Fatalf("%s %s: %d, want %d: %s", method, path, r.status, status, r.body)
	}
	out := map[string]any{}
	if err := json.Unmarshal(r.body, &out); err != nil && status != http.StatusNotModified {
		p.Fatalf("%s %s: %v in %s", method, path, err, r.body)
	}
	return out
}

// form is a form with files.
type form struct {
	body []byte
	kind string
}

// newForm makes a form of values and of files.
func newForm(t *testing.T, values, files map[string]string) *form {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range values {
		w.WriteField(k, v)
	}
	for name, content := range files {
		part, err := w.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(part, content)
	}
	w.Close()
	return &form{b.Bytes(), w.FormDataContentType()}
}

// described is an operation of the description that the site serves.
type described struct {
	id, method, path, right, scope string
	own                            bool
	statuses                       []string
}

// description reads the description of the API as a program does, without a token.
func (s *site) description() (ops []described, schema *jsonschema.Compiler) {
	s.Helper()
	r := (&program{s, ""}).call("GET", "/openapi.json", nil)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string         `json:"operationId"`
			Right       string         `json:"x-kheo-right"`
			Scope       string         `json:"x-kheo-scope"`
			Own         bool           `json:"x-kheo-own"`
			Responses   map[string]any `json:"responses"`
		}
	}
	if err := json.Unmarshal(r.body, &doc); err != nil || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		s.Fatalf("the description: %v, %d %.300s", err, r.status, r.body)
	}
	for path, of := range doc.Paths {
		for method, o := range of {
			d := described{id: o.OperationID, method: strings.ToUpper(method),
				path: strings.TrimPrefix(path, "/api/v1"), right: o.Right, scope: o.Scope, own: o.Own}
			for status := range o.Responses {
				d.statuses = append(d.statuses, status)
			}
			ops = append(ops, d)
		}
	}
	slices.SortFunc(ops, func(a, b described) int { return strings.Compare(a.id, b.id) })
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.body))
	if err != nil {
		s.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("api.json", parsed); err != nil {
		s.Fatal(err)
	}
	return ops, c
}

// fits checks that an answer is one that the description names, with a body as it says.
func (s *site) fits(c *jsonschema.Compiler, o described, r reply) {
	s.Helper()
	status := fmt.Sprint(r.status)
	if !slices.Contains(o.statuses, status) {
		s.Errorf("%s answers %d, which is not described: %.300s", o.id, r.status, r.body)
		return
	}
	kind, _, _ := strings.Cut(r.header.Get("Content-Type"), ";")
	if !strings.HasSuffix(kind, "json") || r.header.Get("Content-Disposition") != "" {
		return
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	at := "api.json#/paths/" + escape.Replace("/api/v1"+o.path) + "/" + strings.ToLower(o.method) + "/responses/" +
		status + "/content/" + escape.Replace(kind) + "/schema"
	schema, err := c.Compile(at)
	if err != nil {
		s.Errorf("%s %d: no schema for %s: %v", o.id, r.status, kind, err)
		return
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.body))
	if err == nil {
		err = schema.Validate(body)
	}
	if err != nil {
		s.Errorf("%s %d does not answer as described: %v\n%.600s", o.id, r.status, err, r.body)
	}
}

// called is how a test calls an operation: values of its path, its query, and its body.
type called struct {
	path  map[string]string
	query string
	body  any
}

// calls are how the tests call each operation about a dossier of the list of a ruleset. An operation that is missing
// fails the tests.
func (s *site) calls(ruleset, id string) map[string]called {
	d := map[string]string{"dossier": id, "ruleset": ruleset}
	files := map[string]string{"bao-cao.txt": "Báo cáo kết quả thực hiện mô hình: 120 hộ tham gia."}
	return map[string]called{
		"me": {}, "campaign": {}, "units": {}, "rulesets": {}, "runs": {}, "digest": {}, "lists": {}, "dossiers": {},
		"ruleset": {path: d}, "list": {path: d}, "entries": {path: d}, "entry": {path: d}, "dossier": {path: d},
		"evidence": {path: d}, "audit": {},
		"changes":   {path: map[string]string{"run": "1"}},
		"search":    {query: "q=" + url.QueryEscape("bao cao")},
		"list-file": {path: map[string]string{"ruleset": ruleset, "file": ruleset + ".json"}},
		"document":  {path: d, query: "name=" + url.QueryEscape(s.documentOf(id))},
		"page":      {path: d, query: "document=" + url.QueryEscape(s.documentOf(id))},
		"comment":   {path: d, body: map[string]any{"text": "read"}},
		"score":     {path: d, body: map[string]any{"criterion": "worth", "points": "20"}},
		"vote":      {path: d, body: map[string]any{"vote": "for"}},
		"unvote":    {path: d},
		"decide":    {path: d, body: map[string]any{"decision": "deferred", "reason": "a paper is missing"}},
		"undecide":  {path: d, query: "reason=mistaken"},
		"override":  {path: d, body: map[string]any{"outcome": "needs-review", "reason": "unclear"}},
		"restore":   {path: d},
		"fact":      {path: map[string]string{"dossier": id, "fact": "households"}, body: map[string]any{"action": "reject", "reason": "not there"}},
		"judge":     {path: map[string]string{"dossier": id, "piece": "0123456789ab"}, body: map[string]any{"verdict": "right"}},
		"assign":    {path: d, body: map[string]any{"assignments": []any{map[string]any{"dossier": id, "person": "evaluator"}}}},
		"start-run": {},
		"webhooks":  {}, "test-webhook": {path: map[string]string{"webhook": "website"}},
		"retry-message": {path: map[string]string{"message": "msg_1"}},
		"cancel-run":    {},
		"letters":       {}, "reminders": {}, "remind": {}, "scorers": {},
		"give-letter":      {path: map[string]string{"letter": "0123456789ab"}, body: map[string]any{"unit": "dai-hiep", "reason": "its clerk"}},
		"put-letter-aside": {path: map[string]string{"letter": "0123456789ab"}, body: map[string]any{"reason": "advertising"}},
		"office-key":       {}, "handovers": {}, "certificates": {}, "certificates-archive": {}, "objections": {}, "results": {},
		"hand-over": {path: d}, "answer-handover": {path: d, body: map[string]any{"number": "1/QD"}},
		"accept-handover": {body: newForm(s.T, nil, map[string]string{"list.zip": "no archive"})},
		"receive-answers": {body: newForm(s.T, nil, map[string]string{"answers.zip": "no archive"})},
		"certificate":     {path: d}, "ballot": {path: d}, "count-ballot": {path: d},
		"open-ballot":      {path: d, body: map[string]any{}},
		"cast-ballot":      {path: d, body: map[string]any{"vote": "for"}},
		"paper-ballots":    {path: d, body: map[string]any{"people": []string{"member"}, "for": 1, "against": 0, "abstain": 0}},
		"object":           {path: d, body: map[string]any{"text": "it was not counted"}},
		"answer-objection": {path: d, body: map[string]any{"outcome": "upheld", "reason": "it was not"}},
		"applicants":       {}, "mail-applicant-again": {path: map[string]string{"link": "abcdefghij"}},
		"invite-applicant":   {body: map[string]any{"mail": "lan@example.org", "until": "2024-11-30", "kind": "model"}},
		"withdraw-applicant": {path: map[string]string{"link": "abcdefghij"}, body: map[string]any{"reason": "the wrong address"}},
		"submit":             {body: newForm(s.T, map[string]string{"title": "Another way", "kind": "model"}, files)},
		"supplement":         {path: d, body: newForm(s.T, nil, files)},
	}
}

// documentOf returns the name of a document of a dossier that has pages.
func (s *site) documentOf(id string) string {
	s.Helper()
	_, d, err := s.w.Load(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	for i := range d.Documents {
		if len(d.Documents[i].Pages) > 0 && d.Documents[i].Name != "dossier.yaml" {
			return d.Documents[i].Name
		}
	}
	s.Fatalf("%s has no document with pages", id)
	return ""
}

// try calls an operation as a row of calls says; what changes something is only tried.
func (p *program) try(o described, c called, header ...string) reply {
	p.Helper()
	path := o.path
	for k, v := range c.path {
		path = strings.ReplaceAll(path, "{"+k+"}", url.PathEscape(v))
	}
	query := c.query
	if o.method != "GET" {
		query = strings.Trim(query+"&dry_run=true", "&")
	}
	if query != "" {
		path += "?" + query
	}
	return p.call(o.method, path, c.body, header...)
}

// events returns how many events the audit trail has.
func (s *site) events() (n int64) {
	s.Helper()
	if err := s.w.Review().View(s.Context(), func(st *review.State) error { n = st.Seq; return nil }); err != nil {
		s.Fatal(err)
	}
	return n
}

// Every operation asks for its right, its scope and a token: each is called as every role, with every scope alone,
// and without a token. Every answer is one that the description has, and a trial leaves no event.
func TestEveryRoleAtEveryOperation(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.s.Start = func(string) error { t.Error("a trial starts a run"); return nil }
	ops, schema := s.description()
	id := s.dossierLike("rung-go-lon")
	calls := s.calls("model-district", id)
	programs, narrow := map[review.Role]*program{}, map[review.Scope]*program{}
	for _, r := range review.Roles {
		programs[r] = s.programOf(string(r))
	}
	for _, scope := range review.Scopes {
		narrow[scope] = s.programOf("chair", scope)
	}
	before := s.events()
	for _, o := range ops {
		c, ok := calls[o.id]
		if !ok {
			t.Errorf("no test calls %s: add a row to calls", o.id)
			continue
		}
		for _, role := range review.Roles {
			r := programs[role].try(o, c)
			s.fits(schema, o, r)
			may := role.May(review.Right(o.right)) || o.own && role.May(review.SeeOwn)
			refused := r.status == http.StatusForbidden
			if may == refused || r.status == http.StatusUnauthorized || r.status >= 500 {
				t.Errorf("%s as %s (may: %t): %d %.300s", o.id, role, may, r.status, r.body)
			}
		}
		for scope, p := range narrow {
			if r := p.try(o, c); (r.status == http.StatusForbidden &&
				strings.Contains(string(r.body), "error.scope")) != (string(scope) != o.scope) {
				t.Errorf("%s with the scope %s: %d %.200s", o.id, scope, r.status, r.body)
			}
		}
		for _, token := range []string{"", "kheo_0000000000_wrong", programs[review.Chair].token + "x"} {
			r := (&program{s, token}).try(o, c)
			s.fits(schema, o, r)
			if r.status != http.StatusUnauthorized && r.status != http.StatusTooManyRequests ||
				r.header.Get("WWW-Authenticate")+r.header.Get("Retry-After") == "" {
				t.Errorf("%s without a token: %d", o.id, r.status)
			}
		}
		s.s.forgetGuesses()
	}
	if after := s.events(); after != before {
		t.Errorf("trials left %d events", after-before)
	}
	for name := range calls {
		if !slices.ContainsFunc(ops, func(o described) bool { return o.id == name }) {
			t.Errorf("calls has a row for %s, which there is not", name)
		}
	}
}

// Who is recused from a dossier neither sees nor changes it by any operation. What
// names the dossier says no more than its title and unit.
func TestWhoIsRecusedGetsNothingByAProgram(t *testing.T) {
	t.Parallel()
	s := open(t)
	tie := func(who, id string) {
		e := review.Event{Person: review.System, Action: review.TieDeclared, Dossier: id,
			Data: review.Data{Subject: who, Reason: "a sister leads it"}}
		if err := s.w.Review().Do(t.Context(), review.Subject{}, e); err != nil {
			t.Fatal(err)
		}
	}
	ops, schema := s.description()
	id := s.dossierLike("rung-go-lon")
	calls := s.calls("model-district", id)
	secret := s.entryOf("model-district", id)
	// Everybody but those who submit, who see the dossiers of their unit.
	for _, who := range []string{"evaluator", "second", "member", "chair", "secretary", "observer", "administrator"} {
		tie(who, id)
		p := s.programOf(who)
		before := s.events()
		for _, o := range ops {
			c := calls[o.id]
			r := p.try(o, c)
			s.fits(schema, o, r)
			if strings.Contains(string(r.body), secret) {
				t.Errorf("%s tells %s of what it must not: %s", o.id, who, secret)
			}
			if c.path["dossier"] != id || o.id == "ruleset" || o.id == "list" || o.id == "entries" || o.id == "assign" ||
				o.id == "supplement" || r.status == http.StatusForbidden {
				continue
			}
			switch o.id {
			case "dossier", "entry":
				var got struct {
					Recused   string
					Documents []any
					Criteria  []any
				}
				if err := json.Unmarshal(r.body, &got); err != nil || got.Recused == "" ||
					len(got.Documents)+len(got.Criteria) > 0 {
					t.Errorf("%s as %s: %d %s", o.id, who, r.status, r.body)
				}
			default:
				if r.status != http.StatusNotFound && r.status != http.StatusConflict {
					t.Errorf("%s as %s, who is recused: %d %s", o.id, who, r.status, r.body)
				}
			}
		}
		if s.events() != before {
			t.Errorf("%s changed something", who)
		}
	}
}

// entryOf returns the reason of the outcome of an entry, which no one who is recused may read.
func (s *site) entryOf(ruleset, id string) string {
	s.Helper()
	e := s.programOf("observer").want(200, "GET", "/lists/"+ruleset+"/entries/"+id, nil)
	return e["reason"].(string)
}

// apiTimes are what differs between two campaigns without telling anything: times and durations.
var apiTimes = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)|"seconds":[0-9.e-]+|"(hash|key|next)":"[^"]*"`)

// No operation reveals what must be scored blind: campaigns that differ only in hidden scores give the same answers.
func TestNoOperationTellsWhatMustBeScoredBlind(t *testing.T) {
	t.Parallel()
	sites := []*site{blindFixture(t, [2]string{"37.25", "34.75"}, [2]string{"38.25", "36.75"}, "recommended"),
		blindFixture(t, [2]string{"2.25", "5.75"}, [2]string{"4.25", "6.75"}, "not-recommended")}
	planted := regexp.MustCompile(`\b(37\.25|34\.75|2\.25|5\.75|38\.25|36\.75|37\.5|4\.25|6\.75|5\.5)\b`)
	var walks [2]map[string]string
	for i, s := range sites {
		walks[i] = map[string]string{}
		run, _, _, err := s.s.lists.Latest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ops, schema := s.description()
		for _, scopes := range [][]review.Scope{review.Scopes, {review.ReadScope}} {
			p := s.programOf("max", scopes...)
			for _, name := range []string{"lamps", "posts", "bench", "choir", "band"} {
				for _, ruleset := range []string{"models", "groups"} {
					calls := s.calls(ruleset, s.dossierLike(name))
					for _, query := range []string{"", "outcome=recommended", "top=1", "sort=certainty", "todo=undecided"} {
						for _, o := range ops {
							c := calls[o.id]
							if query != "" {
								if o.id != "entries" && (o.id != "dossiers" || strings.HasPrefix(query, "sort")) {
									continue
								}
								c.query = query
							}
							if o.id == "search" {
								c.query = "q=" + url.QueryEscape("points:>=30")
							}
							r := p.try(o, c)
							if r.status != http.StatusForbidden {
								s.fits(schema, o, r)
							}
							key := fmt.Sprint(len(scopes), " ", o.id, " ", name, " ", ruleset, " ", query)
							walks[i][key] = fmt.Sprint(r.status, " ", apiTimes.ReplaceAllString(
								strings.ReplaceAll(string(r.body), run, "RUN"), ""))
							s.s.forgetGuesses()
						}
					}
				}
			}
		}
	}
	for key, body := range walks[0] {
		if body != walks[1][key] {
			t.Errorf("%s tells what is hidden:\n%.1500s\n%.1500s", key, body, walks[1][key])
			break
		}
		if found := planted.FindString(body); found != "" {
			t.Errorf("%s shows the hidden number %s", key, found)
		}
	}
}

// A program does a season: it pages through a list, hands in, comments, assigns, votes and decides, is told of what
// changed meanwhile, and a trial changes nothing.
func TestAProgramDoesASeason(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair, observer := s.programOf("chair"), s.programOf("observer")
	seen := map[string]bool{}
	path := "/lists/model-district/entries?limit=2"
	for next := ""; ; {
		at := path
		if next != "" {
			at += "&cursor=" + next
		}
		part := observer.want(200, "GET", at, nil)
		for _, e := range part["entries"].([]any) {
			id := e.(map[string]any)["dossier"].(string)
			if seen[id] {
				t.Errorf("%s comes twice", id)
			}
			seen[id] = true
		}
		var ok bool
		if next, ok = part["next"].(string); !ok {
			if total := int(part["total"].(float64)); len(seen) != total || total < 3 {
				t.Errorf("%d of %d entries", len(seen), total)
			}
			break
		}
	}
	first := observer.want(200, "GET", path, nil)["next"].(string)
	observer.want(http.StatusGone, "GET", path+"&outcome=recommended&cursor="+first, nil)
	observer.want(http.StatusUnprocessableEntity, "GET", path+"&outcom=recommended", nil)

	id := s.dossierLike("rung-go-lon")
	d := "/dossiers/" + id
	got := chair.call("GET", d, nil)
	tag := got.header.Get("ETag")
	if again := chair.call("GET", d, nil, "If-None-Match", tag); again.status != http.StatusNotModified || len(again.body) > 0 {
		t.Errorf("the same dossier again: %d", again.status)
	}
	before := s.events()
	comment := map[string]any{"text": "Worth a visit"}
	if said := chair.want(200, "POST", d+"/comments?dry_run=true", comment); said["dry_run"] != true || s.events() != before {
		t.Errorf("a trial: %v, %d events", said, s.events()-before)
	}
	chair.want(200, "POST", d+"/comments", comment, "If-Match", tag)
	chair.want(http.StatusPreconditionFailed, "PUT", d+"/vote", map[string]any{"vote": "for"}, "If-Match", tag)
	for _, who := range []string{"chair", "member", "second", "third"} {
		s.programOf(who).call("PUT", d+"/vote", map[string]any{"vote": "for"})
	}
	chair.want(200, "PUT", d+"/decision", map[string]any{"decision": "recognised", "reason": "as voted"})
	now := chair.want(200, "GET", d, nil)
	if x := now["decision"].(map[string]any); x["decision"] != "recognised" {
		t.Errorf("decided: %v", x)
	}
	all := []any{map[string]any{"dossier": id, "person": "evaluator"}, map[string]any{"dossier": id, "person": "nobody"}}
	before = s.events()
	refused := chair.want(http.StatusConflict, "POST", "/lists/model-district/assignments", map[string]any{"assignments": all})
	if list := refused["errors"].([]any); len(list) != 1 || s.events() != before ||
		list[0].(map[string]any)["location"] != "body.assignments[1]" {
		t.Errorf("one of two assignments is wrong: %v", refused)
	}
	chair.want(200, "POST", "/lists/model-district/assignments", map[string]any{"assignments": all[:1]})
	if e := chair.want(200, "GET", "/lists/model-district/entries?evaluator=evaluator", nil); e["total"] != 1.0 {
		t.Errorf("assigned: %v", e["total"])
	}
	aUnitHandsIn(t, s)
}

// aUnitHandsIn has a program hand in a dossier: tried, once however often it is sent, and never for another unit.
func aUnitHandsIn(t *testing.T, s *site) {
	t.Helper()
	unit := s.programOf("submitter")
	values := map[string]string{"title": "Đường hoa thôn Phú Hưng", "kind": "model", "level": "district", "field": "economy"}
	files := map[string]string{"bao-cao.txt": "Báo cáo kết quả: 120 hộ tham gia."}
	inbox := filepath.Join(s.w.Dir, "inbox")
	entries := func() int {
		list, err := os.ReadDir(inbox)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	n := entries()
	tried := unit.want(200, "POST", "/dossiers?dry_run=true", newForm(t, values, files))
	if entries() != n || tried["files"] != 2.0 {
		t.Errorf("a trial: %v", tried)
	}
	first := unit.want(200, "POST", "/dossiers", newForm(t, values, files), "Idempotency-Key", "harvest-2024-01")
	again := unit.want(200, "POST", "/dossiers", newForm(t, values, files), "Idempotency-Key", "harvest-2024-01")
	if first["dossier"] != tried["dossier"] || again["sha256"] != first["sha256"] || entries() != n+1 {
		t.Errorf("handed in: %v, %v; %d entries", first, again, entries()-n)
	}
	files["bao-cao.txt"] += " More."
	unit.want(http.StatusUnprocessableEntity, "POST", "/dossiers", newForm(t, values, files), "Idempotency-Key", "harvest-2024-01")
	unit.want(http.StatusNotFound, "POST", "/dossiers/"+s.dossierLike("rung-go-lon")+"/documents", newForm(t, nil, files))
	s.programOf("chair").want(http.StatusForbidden, "POST", "/dossiers", newForm(t, values, files))
}

// Votes are told by a program to no one who may not see them: not to evaluators and observers, and in a blind campaign
// not to a member before they have voted.
func TestProgramsLearnNoVotes(t *testing.T) {
	t.Parallel()
	s := open(t)
	if err := s.w.Review().View(t.Context(),
		func(st *review.State) error { st.Settings.Blind = true; return nil }); err != nil {
		t.Fatal(err)
	}
	d := "/dossiers/" + s.dossierLike("rung-go-lon")
	votes := func(who string) bool {
		return strings.Contains(string(s.programOf(who, review.ReadScope).call("GET", d, nil).body), `"vote":"against"`)
	}
	s.programOf("second").want(200, "PUT", d+"/vote", map[string]any{"vote": "against"})
	for _, who := range []string{"evaluator", "observer", "third"} {
		if votes(who) {
			t.Errorf("%s learns how the second member voted", who)
		}
	}
	s.programOf("third").want(200, "PUT", d+"/vote", map[string]any{"vote": "for"})
	if !votes("third") {
		t.Error("who has voted does not learn how others did")
	}
}

// A token is shown once on the page of the account, after the password; it acts until it ends, is revoked, or its
// person is disabled, and what the workspace keeps does not hold it.
func TestATokenFromTheAccountPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.as("observer")
	ends := s.w.Now().AddDate(0, 0, 30).Format(time.DateOnly)
	make := url.Values{"name": {"nightly pull"}, "scope": {"read"}, "ends": {ends}, "old": {"wrong"}}
	if status, _, _ := b.post("/account/token", make); status != http.StatusBadRequest {
		t.Errorf("without the password: %d", status)
	}
	make.Set("old", password)
	_, body, _ := b.post("/account/token", make)
	token := regexp.MustCompile(`kheo_[a-z0-9]+_[a-z0-9]+`).FindString(body)
	p := &program{s, token}
	if who := p.want(200, "GET", "/me", nil); who["person"] != "observer" {
		t.Errorf("it acts for %v", who)
	}
	if _, body, _ := b.get("/account"); !strings.Contains(body, "nightly pull") || strings.Contains(body, token) {
		t.Errorf("the account page: %s", text(body))
	}
	db, err := os.ReadFile(filepath.Join(s.w.Dir, "var", "kheo.db"))
	if err != nil || bytes.Contains(db, []byte(token)) {
		t.Errorf("the records hold the token: %v", err)
	}
	for name, values := range map[string]url.Values{
		"no scope":         {"name": {"x"}, "ends": {ends}, "old": {password}},
		"too long":         {"name": {"x"}, "scope": {"read"}, "ends": {s.w.Now().AddDate(2, 0, 0).Format(time.DateOnly)}, "old": {password}},
		"an unknown scope": {"name": {"x"}, "scope": {"everything"}, "ends": {ends}, "old": {password}}} {
		if status, body, _ := b.post("/account/token", values); status < 400 || strings.Contains(body, "kheo_") {
			t.Errorf("%s: %d", name, status)
		}
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(token, "kheo_"), "_")
	if status, _, _ := s.as("chair").post("/account/token/revoke", url.Values{"token": {id}}); status < 400 {
		t.Errorf("somebody else revokes it: %d", status)
	}
	b.must("/account/token/revoke", url.Values{"token": {id}})
	p.want(http.StatusUnauthorized, "GET", "/me", nil)

	gone := s.programOf("third")
	gone.want(200, "GET", "/me", nil)
	if err := s.w.Review().Disable(t.Context(), review.System, "third"); err != nil {
		t.Fatal(err)
	}
	gone.want(http.StatusUnauthorized, "GET", "/me", nil)
	if err := s.w.Review().Enable(t.Context(), review.System, "third"); err != nil {
		t.Fatal(err)
	}
	gone.want(http.StatusUnauthorized, "GET", "/me", nil) // a disabled person's tokens do not come back
}

// A browser's session opens nothing of the API, and neither does another site: cookies count for nothing there.
func TestASessionIsNoToken(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.as("chair")
	r, err := http.NewRequestWithContext(t.Context(), "PUT", s.http.URL+"/api/v1/dossiers/"+s.dossierLike("rung-go-lon")+
		"/vote", strings.NewReader(`{"vote":"for"}`))
	if err != nil {
		t.Fatal(err)
	}
	if status, body, _ := b.do(r); status != http.StatusUnauthorized {
		t.Errorf("a vote by the cookie of a session: %d %s", status, body)
	}
}

// Parts of any size make the same list, in any order of it, with entries from which the person is recused among them.
func TestPartsMakeTheWhole(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.tie(t, "observer", s.dossierLike("rung-go-lon"))
	p := s.programOf("observer")
	for _, path := range []string{"/lists/model-district/entries?", "/lists/model-district/entries?sort=-points&",
		"/lists/model-district/entries?sort=title&field=economy&", "/dossiers?", "/dossiers?kind=model&level=district&"} {
		whole := p.want(200, "GET", path+"limit=500", nil)
		want := whole["entries"].([]any)
		if len(want) < 2 || whole["total"] != float64(len(want)) {
			t.Fatalf("%s: %d of %v", path, len(want), whole["total"])
		}
		var got []any
		for cursor := ""; ; {
			part := p.want(200, "GET", path+"limit=2&cursor="+cursor, nil)
			got = append(got, part["entries"].([]any)...)
			next, more := part["next"].(string)
			if cursor = next; !more {
				break
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: parts of two are not the whole", path)
		}
	}
}

// A request that says two things is refused: what is checked could be one of them, and what is done the other.
func TestAProgramSaysOneThing(t *testing.T) {
	t.Parallel()
	s := open(t)
	id := s.dossierLike("rung-go-lon")
	p := s.programOf("member")
	before := s.events()
	for _, c := range []struct{ query, body string }{
		{"", `{"text":"read","TEXT":"` + strings.Repeat("x", 30_000) + `"}`},
		{"", `{"TEXT":"read"}`},
		{"", `{"text":"read","text":"not read"}`},
		{"", `{"text":"read","te\u0078t":"not read"}`},
		{"", `{"text":"read"} {"text":"not read"}`},
		{"?dry_run=true&dry_run=false", `{"text":"read"}`},
		{"?dry_run=false&dry_run=true", `{"text":"read"}`},
	} {
		r := p.call("POST", "/dossiers/"+id+"/comments"+c.query, c.body)
		if r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s %.60s: %d %.200s", c.query, c.body, r.status, r.body)
		}
	}
	if n := s.events() - before; n != 0 {
		t.Errorf("%d events", n)
	}
	p = s.programOf("secretary")
	if r := p.call("POST", "/lists/model-district/assignments?dry_run=true", `{"assignments":[{"dossier":"`+id+
		`","person":"evaluator","person":"second"}]}`); r.status != http.StatusBadRequest {
		t.Errorf("a key of an object in a list occurs twice: %d %s", r.status, r.body)
	}
	p.want(200, "POST", "/lists/model-district/assignments?dry_run=true", `{"assignments":[{"dossier":"`+id+
		`","person":"evaluator"},{"dossier":"`+id+`","person":"second"}]}`)
}

// Too many calls by one token, or guesses from one address, are refused with the time after which to come again.
func TestProgramsAreKeptToAPace(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := s.programOf("observer")
	var mu sync.Mutex
	refused := 0
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 60 {
				if r := p.call("GET", "/units", nil); r.status == http.StatusTooManyRequests && r.header.Get("Retry-After") != "" {
					mu.Lock()
					refused++
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	if refused == 0 {
		t.Error("480 calls at once were all answered")
	}
	guessed := 0
	for range 40 {
		if r := (&program{s, "kheo_aaaaaaaaaa_bbbbbbbb"}).call("GET", "/me", nil); r.status == http.StatusTooManyRequests {
			guessed++
		}
	}
	if guessed == 0 {
		t.Error("40 guesses were all looked at")
	}
}

// Requests made from the description, valid and not, as every role: no answer is a failure of the server, and each is
// one that the description has.
func TestRequestsMadeFromTheDescription(t *testing.T) {
	t.Parallel()
	s := open(t)
	n := 400
	if testspace.Soak() {
		n = 10_000
	}
	ops, schema := s.description()
	doc := s.s.api.Description()
	rnd := rand.New(rand.NewPCG(24, 3))
	var programs []*program
	for _, r := range review.Roles {
		programs = append(programs, s.programOf(string(r)))
	}
	maker := &maker{rnd, doc, []string{s.dossierLike("rung-go-lon"), s.dossierLike("tieng-keng"), "model-district", "1",
		"households", "chair", "evaluator", "recommended", s.documentOf(s.dossierLike("rung-go-lon"))}}
	counts := map[int]int{}
	for range n {
		o := ops[rnd.IntN(len(ops))]
		p := programs[rnd.IntN(len(programs))]
		method, path, body, header := maker.request(t, o)
		r := p.call(method, path, body, header...)
		counts[r.status]++
		if r.status >= 500 {
			t.Errorf("%s %s %v as a role: %d %s", method, path, body, r.status, r.body)
		}
		s.fits(schema, o, r)
		s.s.forgetGuesses()
	}
	if counts[200] < n/20 || counts[422] == 0 {
		t.Errorf("the requests are not worth much: %v", counts)
	}
	t.Log(counts)
}

// maker makes requests from the description.
type maker struct {
	*rand.Rand
	doc   *huma.OpenAPI
	known []string
}

// request makes a request of an operation.
func (m *maker) request(t *testing.T, o described) (method, path string, body any, header []string) {
	item := m.doc.Paths["/api/v1"+o.path]
	op := map[string]*huma.Operation{"GET": item.Get, "PUT": item.Put, "POST": item.Post, "DELETE": item.Delete}[o.method]
	path, query := o.path, url.Values{}
	for _, p := range op.Parameters {
		v := fmt.Sprint(m.value(p.Schema, 0))
		switch p.In {
		case "path":
			if v == "" || v == "." || v == ".." {
				v = "x"
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(v))
		case "query":
			if p.Required || m.IntN(3) == 0 {
				query.Set(p.Name, v)
			}
		case "header":
			if m.IntN(4) == 0 {
				header = append(header, p.Name, regexp.MustCompile(`[^ -~]`).ReplaceAllString(v, "?"))
			}
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if op.RequestBody == nil {
		return o.method, path, nil, header
	}
	if op.RequestBody.Content["multipart/form-data"] != nil {
		return o.method, path, newForm(t, map[string]string{"title": m.text(), "kind": m.text()},
			map[string]string{m.text(): m.text()}), header
	}
	if m.IntN(20) == 0 {
		return o.method, path, m.text(), header
	}
	return o.method, path, m.value(op.RequestBody.Content["application/json"].Schema, 0), header
}

// text makes a text: often one that means something.
func (m *maker) text() string {
	if m.IntN(4) > 0 {
		return m.known[m.IntN(len(m.known))]
	}
	return []string{"", "Đại Lộc", "\u202e\x00", strings.Repeat("a", 5000), "../../kheo.yaml", "' OR 1=1", "-1", "1e400",
		"<b>", "a,b;c\nd", `"`, "%"}[m.IntN(12)]
}

// value makes a value of a schema, and now and then one that is none.
func (m *maker) value(s *huma.Schema, depth int) any {
	if s.Ref != "" {
		s = m.doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	if m.IntN(25) == 0 {
		return []any{nil, m.text(), -7, 1e300, []any{}, map[string]any{}, true}[m.IntN(7)]
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[m.IntN(len(s.Enum))]
	case s.Type == "object" && depth < 5:
		out := map[string]any{}
		for name, of := range s.Properties {
			if slices.Contains(s.Required, name) || m.IntN(2) == 0 {
				out[name] = m.value(of, depth+1)
			}
		}
		return out
	case s.Type == "array":
		out := []any{}
		for range m.IntN(3) {
			out = append(out, m.value(s.Items, depth+1))
		}
		return out
	case s.Type == "integer":
		return m.IntN(120) - 5
	case s.Type == "number":
		return float64(m.IntN(2000))/8 - 20
	case s.Type == "boolean":
		return m.IntN(2) == 0
	}
	return m.text()
}

// forgetGuesses has the API forget how many calls there were, so that tests may make many.
func (s *Server) forgetGuesses() { s.api.ForgetPace() }
