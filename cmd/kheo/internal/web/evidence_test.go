package web

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/internal/testspace"
	"kheo/pipeline/evidence"
	"kheo/pipeline/review"
)

const evidenceCampaign = `campaign: checks
timezone: UTC
languages: [en]
closes: 2024-12-31
units: [ { id: north, name: North }, { id: south, name: South } ]
kinds: [ { id: model } ]
rules: [rules/models.yaml]
`

const evidenceRules = `ruleset: models
title: { en: Models }
applies_to: { kind: model }
max_points: 40
criteria:
  - id: results
    title: { en: Results }
    max: 40
    evidenced: { any: [reduced, saved], points: 20, at_most: 2 }
bands: { recommended: total >= 30 }
borderline: 11
review: { evidence: { precision: 60%, confidence: 95% } }
`

// words make the papers of the fixture differ from one another.
var words = []string{"lamps", "wells", "bridges", "gardens", "libraries", "ditches", "markets", "schools", "ferries",
	"orchards", "kitchens", "harbours"}

// openEvidence serves a list of as many models as there are words, each with two pieces of evidence, all by the unit
// south but the first, and one dossier more with a passage of which kheo is not sure. A model with one piece rejected
// is no longer recommended. Everyone but the observer may check.
func openEvidence(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "kheo.yaml"), []byte(evidenceCampaign))
	put(t, filepath.Join(dir, "rules", "models.yaml"), []byte(evidenceRules))
	dossier := func(title, unit, text string) {
		put(t, filepath.Join(dir, "inbox", title, "dossier.yaml"), []byte("kind: model\ntitle: "+title+"\nunit: "+unit+"\n"))
		put(t, filepath.Join(dir, "inbox", title, "report-"+title+".txt"), []byte(text))
	}
	for i, w := range words {
		dossier(w, []string{"north", "south"}[min(i, 1)], fmt.Sprintf("Our work on %s.\n\nWe reduced accidents at the %s by %d per "+
			"cent.\n\nThe %s saved %d million dong for the households.\n", w, w, 20+i, w, 300+7*i))
	}
	dossier("rumours", "south", "Notes.\n\nWe saved 40 million dong.\n\nReportedly, we reduced the number of fires by half.\n")
	s := serveFixture(t, dir, map[string][]review.Role{"ann": {review.Evaluator}, "bo": {review.Member},
		"secretary": {review.Secretary}, "chair": {review.Chair}, "observer": {review.Observer}})
	t.Cleanup(s.s.Close)
	return s
}

// pieces returns all pieces of the fixture's list.
func (s *site) pieces() []evidence.Piece {
	s.Helper()
	out, _, err := evidence.Load(s.Context(), s.w, s.s.site.Ruleset("models"))
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// pieceWith returns the piece whose quote contains some words.
func (s *site) pieceWith(words string) evidence.Piece {
	s.Helper()
	all := s.pieces()
	i := slices.IndexFunc(all, func(p evidence.Piece) bool { return strings.Contains(p.Quote, words) })
	if i < 0 {
		s.Fatalf("no piece has %q: %+v", words, all)
	}
	return all[i]
}

// publishes makes the site publish an edition whenever a page asks for one, and waits for it.
func (s *site) publishes() {
	s.s.site.Hooks.Edition = func() <-chan struct{} {
		done := make(chan struct{})
		s.edition()
		close(done)
		return done
	}
}

func TestEvidenceIsCheckedOnThePages(t *testing.T) {
	t.Parallel()
	s := openEvidence(t)
	s.publishes()
	t.Run("one piece follows another, and a verdict can be undone", s.checksOneAfterAnother)
	t.Run("what is not a verdict is refused, and nothing is recorded", s.refusesOtherVerdicts)
	t.Run("what others said is shown after the own verdict", s.checksIndependently)
	t.Run("on the page of a dossier, which then gives the new points", s.checksOnTheDossier)
	t.Run("the queue can be limited", s.limitsTheQueue)
	t.Run("nothing of a dossier is shown to who is recused", s.hidesFromTheRecused)
}

var shownPieceRE = regexp.MustCompile(`name="piece" value="([0-9a-f]{12})"><input type="hidden" name="was" value="([a-z]*)"><input type="hidden" name="back" value="([^"]*)"`)

// shown returns the piece that a page of the queue shows, and where a verdict on it leads.
func shown(t *testing.T, body string) (piece, was, back string) {
	t.Helper()
	m := shownPieceRE.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no piece is shown: %s", text(body))
	}
	return m[1], m[2], strings.ReplaceAll(m[3], "&amp;", "&")
}

func (s *site) checksOneAfterAnother(t *testing.T) {
	ann := s.as("ann")
	_, body, _ := ann.get("/evidence")
	first, _, back := shown(t, body)
	all := s.pieces()
	p := evidence.Find(all, first)
	for _, want := range []string{"<h2 id=\"criterion\">Results</h2>", "<mark>" + p.Quote + "</mark>", "No sample has been drawn",
		"If right", "If wrong", "20 of 40 points for the criterion"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %q: %s", want, text(body))
		}
	}
	status, _, h := ann.post("/dossiers/"+p.Dossier+"/evidence", url.Values{"piece": {first}, "verdict": {"right"},
		"quick": {"yes"}, "back": {back}})
	if status != http.StatusSeeOther || !strings.Contains(h.Get("Location"), "last="+first) {
		t.Fatalf("%d %s", status, h.Get("Location"))
	}
	_, body, _ = ann.get(h.Get("Location"))
	second, _, _ := shown(t, body)
	if second == first || !strings.Contains(text(body), "Recorded: right.") {
		t.Errorf("the next piece does not follow: %s", text(body))
	}
	if kind := evidence.Find(s.pieces(), first).Verdict; kind != dossier.VerdictRight {
		t.Errorf("recorded as %q", kind)
	}
	undo := url.Values{"piece": {first}, "verdict": {"none"}, "quick": {"yes"}, "back": {"/evidence?piece=" + first}}
	ann.must("/dossiers/"+p.Dossier+"/evidence", undo)
	if x := evidence.Find(s.pieces(), first); x.Verdict != "" || len(x.Judged) != 0 {
		t.Errorf("undone, it is %+v", x)
	}
	if _, body, _ := ann.get("/audit"); strings.Contains(body, p.Quote) {
		t.Error("an evaluator reads the audit trail")
	}
	if _, body, _ := s.as("chair").get("/audit"); !strings.Contains(text(body), "checked a piece of evidence") {
		t.Errorf("the audit trail does not have it: %s", text(body))
	}
	// Skipping leads through all pieces, and round again.
	seen := map[string]bool{}
	for range all {
		id, _, _ := shown(t, body)
		seen[id] = true
		_, link, _ := strings.Cut(body, `class="button" href="`)
		link, _, _ = strings.Cut(link, `"`)
		_, body, _ = ann.get(strings.ReplaceAll(link, "&amp;", "&"))
	}
	if len(seen) != len(all) {
		t.Errorf("%d of %d pieces are reached by skipping", len(seen), len(all))
	}
}

func (s *site) refusesOtherVerdicts(t *testing.T) {
	ann, p := s.as("ann"), s.pieceWith("lamps")
	to := "/dossiers/" + p.Dossier + "/evidence"
	events := func() (n int64) {
		if err := s.w.Review().View(s.Context(), func(st *review.State) error { n = st.Seq; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := events()
	for _, c := range []struct {
		name   string
		who    string
		path   string
		form   url.Values
		status int
	}{
		{"another word", "ann", to, url.Values{"piece": {p.ID}, "verdict": {"maybe"}}, 400},
		{"disputed is nobody's verdict", "ann", to, url.Values{"piece": {p.ID}, "verdict": {"disputed"}}, 400},
		{"no verdict", "ann", to, url.Values{"piece": {p.ID}}, 400},
		{"the beginning of an id", "ann", to, url.Values{"piece": {p.ID[:6]}, "verdict": {"right"}}, 404},
		{"a piece of another dossier", "ann", "/dossiers/" + s.pieceWith("wells").Dossier + "/evidence", url.Values{"piece": {p.ID}, "verdict": {"right"}}, 404},
		{"a dossier that does not exist", "ann", "/dossiers/none/evidence", url.Values{"piece": {p.ID}, "verdict": {"right"}}, 404},
		{"taking back what was not given", "ann", to, url.Values{"piece": {p.ID}, "verdict": {"none"}}, 409},
		{"a reason that is too long", "ann", to, url.Values{"piece": {p.ID}, "verdict": {"wrong"}, "reason": {strings.Repeat("x", 5000)}}, 409},
		{"an observer", "observer", to, url.Values{"piece": {p.ID}, "verdict": {"right"}}, 403},
		{"an evaluator draws no sample", "ann", "/evidence/plan", url.Values{"precision": {"95"}}, 403},
		{"a margin of all", "secretary", "/evidence/plan", url.Values{"margin": {"100"}}, 409},
		{"a precision in words", "secretary", "/evidence/plan", url.Values{"precision": {"high"}}, 400},
	} {
		if status, body, _ := s.as(c.who).post(c.path, c.form); status != c.status {
			t.Errorf("%s: %d, want %d: %s", c.name, status, c.status, text(body))
		}
	}
	if after := events(); after != before {
		t.Errorf("%d events were recorded", after-before)
	}
	for path, want := range map[string]int{"/evidence?piece=" + p.ID[:5]: 200, "/evidence?of=none/none&what=odd": 200,
		"/dossiers/" + p.Dossier + "/piece?piece=" + p.ID: 404 /* a text file has no image */, "/dossiers/" + p.Dossier + "/piece": 404,
		"/evidence/report?as=xlsx": 200} {
		if status, body, _ := ann.get(path); status != want {
			t.Errorf("%s: %d %s", path, status, text(body))
		}
	}
	for path, want := range map[string]int{"/evidence": 403, "/evidence/report": 200, "/dossiers/" + p.Dossier + "/piece?piece=" + p.ID: 403} {
		if status, _, _ := s.as("observer").get(path); status != want {
			t.Errorf("the observer gets %d at %s: %s", status, path, s.logs)
		}
	}
}

func (s *site) checksIndependently(t *testing.T) {
	ann, bo, p := s.as("ann"), s.as("bo"), s.pieceWith("wells by")
	to, at := "/dossiers/"+p.Dossier+"/evidence", "/evidence?piece="+p.ID
	_, untouched, _ := bo.get(at)
	ann.must(to, url.Values{"piece": {p.ID}, "verdict": {"wrong"}, "reason": {"it tells of others"}, "quick": {"yes"}})
	s.edition()
	tokens := regexp.MustCompile(`[0-9a-f]{12}|\d+ pieces left for you|data-warm="[^"]*"`) // where others come next
	if _, body, _ := bo.get(at); tokens.ReplaceAllString(body, "") != tokens.ReplaceAllString(untouched, "") {
		t.Errorf("what another person said shows:\n%s\nbefore:\n%s", text(body), text(untouched))
	}
	if _, body, _ := bo.get("/dossiers/" + p.Dossier); strings.Contains(body, "it tells of others") || strings.Contains(body, "The ann") {
		t.Error("the page of the dossier says who judged it")
	}
	bo.must(to, url.Values{"piece": {p.ID}, "verdict": {"right"}, "quick": {"yes"}})
	for _, path := range []string{at, "/dossiers/" + p.Dossier} {
		if _, body, _ := bo.get(path); !strings.Contains(text(body), "The ann: wrong – it tells of others") {
			t.Errorf("%s does not say it after the own verdict: %s", path, text(body))
		}
	}
	if _, body, _ := s.as("observer").get("/dossiers/" + p.Dossier); !strings.Contains(text(body), "The bo: right") {
		t.Error("an observer, who judges nothing, does not see the verdicts")
	}
	// A disputed piece comes first for a third person.
	_, body, _ := s.as("chair").get("/evidence")
	if id, _, _ := shown(t, body); id != p.ID {
		t.Errorf("the chair is shown %+v first", evidence.Find(s.pieces(), id))
	}
	ann.must(to, url.Values{"piece": {p.ID}, "verdict": {"right"}, "quick": {"yes"}})
}

func (s *site) checksOnTheDossier(t *testing.T) {
	ann, p := s.as("ann"), s.pieceWith("bridges by")
	at := "/dossiers/" + p.Dossier
	_, body, _ := ann.get(at)
	for _, want := range []string{`id="piece-` + p.ID, "If wrong: 20 of 40 points for the criterion · 20 points in all · Not recommended"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not have %q: %s", want, text(body))
		}
	}
	ann.must(at+"/evidence", url.Values{"piece": {p.ID}, "verdict": {"wrong"}, "back": {at + "#piece-" + p.ID}})
	_, body, _ = ann.get(at)
	said := text(body)
	for _, want := range []string{"Points: 40 → 20; outcome before quotas: Recommended → Not recommended", "Rejected, does not count",
		"You answered: wrong.", "20 / 40"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not say %q: %s", want, said)
		}
	}
	if _, body, _ := ann.get("/lists/models?outcome=not-recommended"); !strings.Contains(body, p.Dossier) {
		t.Error("the list does not follow")
	}
	ann.must(at+"/evidence", url.Values{"piece": {p.ID}, "verdict": {"none"}, "was": {"wrong"}})
	ann.get(at) // which offers to undo it
	if _, body, _ := ann.get("/lists/models?outcome=not-recommended"); strings.Contains(body, p.Dossier) {
		t.Error("taken back, it is still out")
	}
}

func (s *site) limitsTheQueue(t *testing.T) {
	ann := s.as("ann")
	left := func(query string) string {
		_, body, _ := ann.get("/evidence?" + query)
		m := regexp.MustCompile(`(\d+) pieces? left for you`).FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("%s: %s", query, text(body))
		}
		return m[1]
	}
	if a, b := left(""), left("of=models/results"); a != b || a == "0" {
		t.Errorf("all %s, those of the only criterion %s", a, b)
	}
	for _, query := range []string{"of=models/other", "of=other", "mine=yes", "what=sample", "what=second"} {
		if n := left(query); n != "0" {
			t.Errorf("%s leaves %s", query, n)
		}
	}
	p := s.pieceWith("gardens by")
	ann.must("/dossiers/"+p.Dossier+"/take", nil)
	if n := left("mine=yes"); n != "2" {
		t.Errorf("of the dossier that is assigned there are %s", n)
	}
	if n := left("what=uncertain"); n != "1" {
		t.Errorf("%s uncertain ones", n)
	}
	s.as("secretary").must("/evidence/plan", url.Values{"precision": {"95"}, "margin": {"3"}})
	if n := left("what=sample"); n == "0" {
		t.Error("the sample has nothing")
	}
}

// Nothing of a dossier from which a person is recused is in the queue, the figures, an image or the answer to a
// verdict.
func (s *site) hidesFromTheRecused(t *testing.T) {
	bo, p := s.as("bo"), s.pieceWith("harbours by")
	for _, unit := range []bool{false, true} {
		q := p
		tie := review.Event{Person: review.System, Action: review.TieDeclared, Data: review.Data{Subject: "bo", Reason: "a sister leads it"}}
		if unit {
			q = s.pieceWith("lamps by")
			tie.Data.Unit = "north"
		} else {
			tie.Dossier = p.Dossier
		}
		_, before, _ := bo.get("/evidence/report")
		if err := s.w.Review().Do(t.Context(), review.Subject{}, tie); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/evidence?piece=" + q.ID, "/evidence?last=" + q.ID, "/dossiers/" + q.Dossier} {
			if _, body, _ := bo.get(path); strings.Contains(body, q.Quote) || strings.Contains(body, q.ID+`"><input`) {
				t.Errorf("%s shows it", path)
			}
		}
		if status, body, _ := bo.get("/dossiers/" + q.Dossier + "/piece?piece=" + q.ID); status != 404 {
			t.Errorf("the image: %d %s", status, text(body))
		}
		for _, id := range []string{q.ID, "000000000000"} { // neither says whether there is such a piece
			form := url.Values{"piece": {id}, "verdict": {"right"}}
			if status, body, _ := bo.post("/dossiers/"+q.Dossier+"/evidence", form); status != 409 || !strings.Contains(text(body), "conflict of interest") {
				t.Errorf("a verdict: %d %s", status, text(body))
			}
		}
		if _, body, _ := bo.get("/evidence/report"); body == before || !strings.Contains(body, "are left out of the figures") {
			t.Error("the figures are the same as before")
		}
	}
}

// A piece of a PDF is shown as an image, cut around the sentence, with the sentence marked.
func TestAPieceIsShownInTheImageOfItsPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair := s.as("chair")
	var of evidence.Piece
	for _, rs := range s.w.Campaign().Rulesets {
		all, err := evidence.List(t.Context(), s.w, rs)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if strings.HasSuffix(p.Document, ".pdf") || of.ID == "" && strings.HasSuffix(p.Document, ".docx") {
				of = p
			}
		}
	}
	status, body, h := chair.get("/dossiers/" + of.Dossier + "/piece?piece=" + of.ID)
	if status != 200 || h.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("%d %s of %s", status, text(body), of.Document)
	}
	img, err := jpeg.Decode(bytes.NewReader([]byte(body)))
	if err != nil || img.Bounds().Dy() >= img.Bounds().Dx() {
		t.Fatalf("%v %v: it is not cut", img.Bounds(), err)
	}
	marked := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, g, b, _ := img.At(x, y).RGBA(); r>>8 > 200 && g>>8 > 180 && b>>8 < 200 {
				marked++
			}
		}
	}
	if marked < 500 {
		t.Errorf("%d pixels of it are marked", marked)
	}
}

// judgeAll checks everything in a queue by keys alone: a sentence with the given words is wrong, all others are right.
// It returns how many there were.
func (s *site) judgeAll(ctx context.Context, path, wrong string) (n int) {
	s.Helper()
	s.run(ctx, chromedp.Navigate(s.http.URL+path), chromedp.WaitReady(".progress"))
	const now = `(document.querySelector("input[name=piece]") && document.querySelector("article.piece") ? document.querySelector("article.piece mark").textContent : "")`
	for at := ask(s, ctx, chromedp.Evaluate[string](now)); at != ""; n++ {
		if n > 100 {
			s.Fatal("the queue does not end")
		}
		key := "1"
		if strings.Contains(at, wrong) {
			key = "2"
		}
		id := ask(s, ctx, chromedp.Evaluate[string](`document.querySelector("article.piece").id`))
		s.run(ctx, chromedp.KeyEvent(key), chromedp.WaitReady(".progress[data-now]:not([data-now='"+id+"'])"))
		at = ask(s, ctx, chromedp.Evaluate[string](now))
	}
	return n
}

// On the page of a dossier `c` leads to the next piece, a letter judges it, and `u` takes the verdict back: it never
// judges, neither there nor in the queue.
func TestPiecesAreJudgedByKeysOnTheDossier(t *testing.T) {
	t.Parallel()
	s := openEvidence(t)
	ctx := s.chromium("ann")
	at := func(js string) string { return ask(s, ctx, chromedp.Evaluate[string](js)) }
	piece := s.pieces()[0]
	s.run(ctx, chromedp.Navigate(s.http.URL+"/dossiers/"+piece.Dossier), chromedp.WaitReady("[data-check]"))
	s.run(ctx, chromedp.KeyEvent("c"), chromedp.WaitReady("blockquote[data-unchecked]:focus"))
	if shown := at(`[...document.activeElement.querySelectorAll("kbd")].filter(k => k.checkVisibility()).map(k => k.textContent).join(" ")`); shown != "r w t" {
		t.Errorf("keys shown at the piece: %q", shown)
	}
	s.run(ctx, chromedp.KeyEvent("u"))
	s.run(ctx, chromedp.KeyEvent("r"), chromedp.WaitVisible(".verdict button[value=right][aria-pressed=true]"))
	if n := at(`String(document.querySelectorAll(".verdict button[aria-pressed=true]").length)`); n != "1" {
		t.Errorf("%s pieces are judged", n)
	}
	left := at(`String(document.querySelectorAll("blockquote[data-unchecked]").length)`)
	s.run(ctx, chromedp.Navigate(s.http.URL+"/evidence"), chromedp.WaitReady("article.piece"))
	s.run(ctx, chromedp.KeyEvent("1"), chromedp.WaitReady("button[data-key~=u]"))
	s.run(ctx, chromedp.KeyEvent("u"), chromedp.WaitReady(".progress:not(:has(~ * button[data-key~=u]))"))
	s.run(ctx, chromedp.Navigate(s.http.URL+"/dossiers/"+piece.Dossier), chromedp.WaitReady("[data-check]"))
	if now := at(`String(document.querySelectorAll("blockquote[data-unchecked]").length)`); now != left {
		t.Errorf("unchecked are %s, were %s", now, left)
	}
}

// A committee's afternoon: the secretary draws the sample, two people check it by keys alone, one rejection moves a
// dossier out, and the list says how far its evidence can be trusted.
func TestACommitteeChecksItsEvidence(t *testing.T) {
	t.Parallel()
	s := openEvidence(t)
	s.as("secretary").must("/evidence/plan", url.Values{"precision": {"95"}, "margin": {"10"}})
	drawn, stray := 0, evidence.Piece{}
	for _, p := range s.pieces() {
		if p.Sample {
			drawn, stray = drawn+1, p
		}
	}
	if all := len(s.pieces()); drawn < 5 || drawn > all-5 {
		t.Fatalf("%d of %d pieces were drawn", drawn, all)
	}
	closing := func() string {
		_, body, _ := s.as("chair").post("/lists/models/close", url.Values{"sure": {"yes"}})
		return text(body)
	}
	if said := closing(); !strings.Contains(said, "asks for 60 % right evidence before the list is closed") {
		t.Errorf("closing before anything was checked: %s", said)
	}
	ann, bo := s.chromium("ann"), s.chromium("bo")
	for _, ctx := range []context.Context{ann, bo} {
		s.speak(ctx, "en")
	}
	if n := s.judgeAll(ann, "/evidence?what=sample", stray.Quote); n != drawn {
		t.Errorf("ann checked %d of the %d that were drawn", n, drawn)
	}
	s.run(ann, chromedp.KeyEvent("z"), chromedp.WaitReady(".progress[data-now^='piece-']"))
	if n := s.judgeAll(ann, "/evidence?what=sample", stray.Quote); n != 1 {
		t.Errorf("after undoing one, %d are left", n)
	}
	if n := s.judgeAll(bo, "/evidence?what=second", stray.Quote); n != drawn {
		t.Errorf("bo checked %d of the %d that ann checked", n, drawn)
	}
	s.edition()
	_, body, _ := s.as("chair").get("/lists/models?outcome=not-recommended")
	if !strings.Contains(body, stray.Dossier) {
		t.Error("the rejection does not move the dossier out")
	}
	sentence := regexp.MustCompile(fmt.Sprintf(`%d of 25 pieces of evidence checked by people, [\d.]+ %% right `+
		`\(95 %% interval [\d.]+ to 100 %%\); rejected or disputed, and counted no longer: 1\.`, drawn))
	for _, path := range []string{"/lists/models", "/", "/evidence/report"} {
		if _, body, _ := s.as("observer").get(path); !sentence.MatchString(text(body)) {
			t.Errorf("%s does not say %s: %s", path, sentence, text(body))
		}
	}
	_, body, _ = s.as("chair").get("/evidence/report")
	if said := text(body); !strings.Contains(said, fmt.Sprintf("The ann and The bo: agree on %d of %d. κ = 1", drawn, drawn)) {
		t.Error(said)
	}
	_, of, _, err := s.s.lists.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range of["models"].Entries {
		if e.Outcome != dossier.Recommended && e.Outcome != dossier.NeedsReview {
			continue
		}
		for _, who := range []string{"chair", "bo"} {
			s.as(who).must("/dossiers/"+e.Dossier+"/vote", url.Values{"vote": {"for"}})
		}
		s.as("secretary").must("/dossiers/"+e.Dossier+"/decide", url.Values{"decision": {"recognised"}, "reason": {"it is"}})
	}
	s.as("chair").must("/lists/models/close", url.Values{"sure": {"yes"}})
	if _, body, _ := s.as("observer").get("/lists/models"); !sentence.MatchString(text(body)) {
		t.Errorf("the closed list does not say it: %s", text(body))
	}
}

// The pages of evidence are usable by all: axe finds nothing, in every language, light and dark, wide and narrow; and a
// verdict is given by the keyboard without JavaScript.
func TestTheEvidencePagesAreAccessible(t *testing.T) {
	t.Parallel()
	s := openWith(t, doubtful)
	s.as("secretary").must("/evidence/plan", url.Values{"precision": {"95"}, "margin": {"5"}})
	ctx := s.chromium("secretary")
	axe := readAxe(t)
	scripts := func(disabled bool) {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: disabled})
		if err != nil {
			t.Fatal(err)
		}
	}
	scripts(true)
	s.run(ctx, chromedp.Navigate(s.http.URL+"/evidence"), chromedp.WaitReady("article.piece"), chromedp.Focus("button.right"),
		chromedp.KeyEvent("\r"), chromedp.WaitVisible(".last"))
	scripts(false)
	judged := ""
	if err := s.w.Review().View(t.Context(), func(st *review.State) error {
		for _, sha := range st.JudgedPapers() {
			judged = st.JudgedPieces(sha)[0].ID()
		}
		return nil
	}); err != nil || judged == "" {
		t.Fatal("nothing was recorded", err)
	}
	due := testspace.Turn(t, 5)
	for _, lang := range page.Languages {
		s.run(ctx, chromedp.Navigate(s.http.URL+"/"))
		s.speak(ctx, lang)
		for _, p := range []struct{ name, path string }{{"evidence", "/evidence?last=" + judged}, {"report", "/evidence/report"},
			{"dossier-evidence", "/dossiers/" + s.dossierLike("rung-go-lon")}} {
			for _, l := range slices.Concat(looks, []look{{"small", "light", 360}, {"night", "dark", 1200}}) {
				if (l.name == "small" || l.name == "night") && lang != "en" {
					continue
				}
				if !due() {
					continue
				}
				s.look(ctx, l, p.path)
				s.accessible(ctx, axe, strings.Join([]string{p.name, lang, l.name}, ", "))
				s.shot(ctx, p.name+"-"+lang+"-"+l.name)
			}
		}
	}
}
