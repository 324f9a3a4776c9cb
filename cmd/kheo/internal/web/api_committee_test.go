package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"mime/multipart"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/review"
)

// A secret ballot by programs: people cast their own ballots and get receipts, tellers enter ballots on paper, and nothing
// that a program is told joins a person and a ballot. A dry run leaves no ballot.
func TestASecretBallotByPrograms(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.w.Review().Set(campaign.Procedure{Quorum: campaign.Share{Num: 2, Den: 3}, Secret: true, Tie: "chair",
		Majority: campaign.Majority{Share: campaign.Share{Num: 1, Den: 2}, Base: campaign.VotesCast, Plain: true}})
	chair, secretary := s.programOf("chair"), s.programOf("secretary")
	entry, own := "", ""
	for _, e := range s.latestFile().Entries {
		if e.Unit == "dai-hiep" {
			own = e.Dossier
		} else if entry == "" || e.Outcome == dossier.Recommended {
			entry = e.Dossier
		}
	}
	at := "/lists/" + district + "/ballots/" + entry
	if got := chair.want(200, "GET", at, nil); got["state"] != "none" {
		t.Errorf("before: %v", got)
	}
	chair.want(409, "POST", at+"/cast", map[string]any{"vote": "for"})
	chair.want(200, "POST", at+"/open?dry_run=true", map[string]any{})
	chair.want(200, "POST", at+"/open", map[string]any{})
	chair.want(409, "POST", at+"/open", map[string]any{}) // only with a reason
	var receipts []string
	for _, x := range [][2]string{{"third", "against"}, {"chair", "for"}, {"second", "for"}} {
		p := s.programOf(x[0])
		if got := p.want(200, "POST", at+"/cast?dry_run=true", map[string]any{"vote": x[1]}); got["receipt"] != "" {
			t.Errorf("a dry run gives the receipt %v", got)
		}
		got := p.want(200, "POST", at+"/cast", map[string]any{"vote": x[1]})
		receipts = append(receipts, got["receipt"].(string)+" "+x[1])
		p.want(409, "POST", at+"/cast", map[string]any{"vote": x[1]})
	}
	got := chair.want(200, "GET", at, nil)
	cast, _ := json.Marshal(got["cast"])
	if got["state"] != "open" || got["count"] != nil || string(cast) != `["chair","second","third"]` ||
		strings.Contains(string(cast), "-") {
		t.Errorf("while it is open: %v", got)
	}
	paper := map[string]any{"people": []string{"member"}, "for": 1, "against": 0, "abstain": 0}
	chair.want(200, "POST", at+"/paper", paper)
	secretary.want(409, "POST", at+"/paper", map[string]any{"people": []string{"member"}, "for": 0, "against": 1, "abstain": 0})
	secretary.want(200, "POST", at+"/paper", paper)
	secretary.want(200, "POST", at+"/count?dry_run=true", nil)
	secretary.want(200, "POST", at+"/count", nil)
	r := s.programOf("second").call("GET", at, nil)
	var counted struct {
		State string
		Count struct {
			For, Against int
			Ballots      []struct{ Receipt, Vote string }
		}
	}
	if err := json.Unmarshal(r.body, &counted); err != nil || counted.State != "counted" || counted.Count.For != 3 ||
		counted.Count.Against != 1 {
		t.Fatalf("%v %s", err, r.body)
	}
	var all []string
	for _, b := range counted.Count.Ballots {
		all = append(all, b.Receipt+" "+b.Vote)
	}
	if !slices.IsSorted(all) {
		t.Errorf("the ballots are not in the order of their receipts: %q", all)
	}
	for _, mine := range receipts {
		if !slices.Contains(all, mine) {
			t.Errorf("%s is not in the count %q", mine, all)
		}
	}
	// The member's own unit has sent this one: it is not there for the member.
	s.programOf("member").want(404, "GET", "/lists/"+district+"/ballots/"+own, nil)
	s.programOf("observer").want(403, "POST", at+"/cast", map[string]any{"vote": "for"})
	if logs := s.logs.String(); receiptRE.MatchString(logs) || strings.Contains(logs, "against") {
		t.Errorf("the log tells of ballots:\n%s", logs)
	}
}

// archiveForm is a form with an archive.
func archiveForm(t *testing.T, archive []byte) *form {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("archive", "list.zip")
	if err == nil {
		_, err = part.Write(archive)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	return &form{b.Bytes(), w.FormDataContentType()}
}

// A closed list by programs: handed over, taken in once, objected to and answered; certificates follow the objections, and
// who is recused gets none of it. What is only tried gives no archive and leaves no event.
func TestAClosedListByPrograms(t *testing.T) {
	t.Parallel()
	s := open(t)
	secretary, unit := s.programOf("secretary"), s.programOf("submitter")
	key := secretary.want(200, "GET", "/handover/key", nil)["key"].(string)
	yaml := filepath.Join(s.w.Dir, "kheo.yaml")
	text, err := os.ReadFile(yaml)
	if err != nil {
		t.Fatal(err)
	}
	put(t, yaml, append(text, []byte("\nhandover: { from: [ { id: neighbour, key: \""+key+"\", unit: dai-hong } ] }\n")...))
	if err := s.w.Reload(); err != nil {
		t.Fatal(err)
	}
	rule := s.w.Campaign().Review
	rule.Objections = 10
	s.w.Review().Set(rule)
	secretary.want(409, "POST", "/lists/model-district/handover", nil)
	f := s.closesList("model-district")
	_, schema := s.description()
	own, recognised := "", 0
	for _, e := range f.Entries {
		if e.Unit == "dai-hiep" && own == "" {
			own = e.Dossier
		}
		if e.Outcome == dossier.Recommended {
			recognised++
		}
	}
	before := s.events()
	r := secretary.call("POST", "/lists/model-district/handover?dry_run=true", nil)
	if r.status != 200 || bytes.HasPrefix(r.body, []byte("PK")) || s.events() != before {
		t.Errorf("a dry run: %d %.200s", r.status, r.body)
	}
	s.fits(schema, described{id: "hand-over", method: "POST", path: "/lists/{ruleset}/handover", statuses: []string{"200"}}, r)
	r = secretary.call("POST", "/lists/model-district/handover", nil)
	if r.status != 200 || r.header.Get("Content-Type") != "application/zip" || s.events() != before+1 {
		t.Fatalf("%d %v %.200s", r.status, r.header, r.body)
	}
	archive := r.body
	s.programOf("member").want(403, "POST", "/lists/model-district/handover", nil)
	s.tie(t, "chair", own)
	if got := s.programOf("chair").want(403, "POST", "/lists/model-district/handover", nil); got["code"] != "error.handover-apart" {
		t.Errorf("a chair who is recused from an entry: %v", got)
	}
	changed := bytes.Clone(archive)
	changed[len(changed)/2] ^= 1
	if got := secretary.want(422, "POST", "/handover/lists", archiveForm(t, changed)); got["code"] != "handover-faults" {
		t.Errorf("an archive that was altered: %v", got)
	}
	before = s.events()
	secretary.want(200, "POST", "/handover/lists?dry_run=true", archiveForm(t, archive))
	if s.events() != before {
		t.Error("a dry run takes it in")
	}
	for _, state := range []string{"in-inbox", "there-already"} {
		got := secretary.want(200, "POST", "/handover/lists", archiveForm(t, archive))
		entries := got["result"].(map[string]any)["entries"].([]any)
		if len(entries) != recognised || entries[0].(map[string]any)["state"] != state {
			t.Errorf("%s: %v", state, got)
		}
	}
	if got := secretary.want(200, "GET", "/handover", nil); len(got["taken"].([]any)) != recognised {
		t.Errorf("%v", got)
	}
	secretary.want(409, "POST", "/lists/model-district/handover/answer", map[string]any{}) // nothing on it came from elsewhere

	all := len(secretary.want(200, "GET", "/certificates", nil)["certificates"].([]any))
	unit.want(200, "POST", "/dossiers/"+own+"/objections", map[string]any{"text": "the visit was to another village"})
	s.programOf("second").want(403, "POST", "/dossiers/"+own+"/objections/answer", map[string]any{"outcome": "upheld", "reason": "x"})
	for who, n := range map[string]int{"submitter": 1, "secretary": 1, "chair": 0, "member": 0} { // two are recused
		if got := s.programOf(who).want(200, "GET", "/objections?open=true", nil)["objections"].([]any); len(got) != n {
			t.Errorf("%s reads of %d objections, want %d", who, len(got), n)
		}
	}
	secretary.want(200, "POST", "/dossiers/"+own+"/objections/answer", map[string]any{"outcome": "rejected", "reason": "the minutes name it"})
	if got := unit.want(200, "GET", "/objections", nil)["objections"].([]any); got[0].(map[string]any)["answer"] != "the minutes name it" {
		t.Errorf("%v", got)
	}
	list := secretary.want(200, "GET", "/certificates", nil)["certificates"].([]any)
	if len(list) != all || all != recognised {
		t.Errorf("%d certificates, and %d before", len(list), all)
	}
	one := list[0].(map[string]any)["dossier"].(string)
	r = secretary.call("GET", "/lists/model-district/certificates/"+one, nil)
	if r.status != 200 || !bytes.HasPrefix(r.body, []byte("PK")) {
		t.Errorf("a certificate: %d %.200s", r.status, r.body)
	}
	r = secretary.call("GET", "/certificates.zip", nil)
	z, err := zip.NewReader(bytes.NewReader(r.body), int64(len(r.body)))
	if r.status != 200 || err != nil || len(z.File) != recognised {
		t.Errorf("all certificates: %d %v", r.status, err)
	}
	s.tie(t, "secretary", one)
	secretary.want(404, "GET", "/lists/model-district/certificates/"+one, nil)
	if got := unit.want(200, "GET", "/results", nil); len(got["lists"].([]any)) != 0 {
		t.Errorf("results that are not released: %v", got)
	}
	left, err := os.ReadDir(filepath.Join(s.w.Dir, "var", "handover"))
	for _, x := range left {
		if strings.HasPrefix(x.Name(), "sending-") || strings.HasPrefix(x.Name(), "taking-") {
			t.Errorf("%s is left (%v)", x.Name(), err)
		}
	}
}

// tie records a conflict of interest.
func (s *site) tie(t *testing.T, who, id string) {
	t.Helper()
	e := review.Event{Person: review.System, Action: review.TieDeclared, Dossier: id,
		Data: review.Data{Subject: who, Reason: "a sister leads it"}}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, e); err != nil {
		t.Fatal(err)
	}
}
