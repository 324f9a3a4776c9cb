package web

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/editions"
	"kheo/pipeline/handover"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// closesList has the members decide on a list by the recommendations, and the chair close it. It returns the list.
func (s *site) closesList(ruleset string) *publish.File {
	s.Helper()
	ctx := s.Context()
	run, err := s.w.Store.Runs.Latest(ctx)
	if err != nil {
		s.Fatal(err)
	}
	f, err := editions.List(ctx, s.w, run, ruleset)
	if err != nil {
		s.Fatal(err)
	}
	do := func(about review.Subject, e review.Event) {
		s.Helper()
		if err := s.w.Review().Do(ctx, about, e); err != nil {
			s.Fatal(err)
		}
	}
	for _, e := range f.Entries {
		about := review.Subject{Unit: e.Unit, Outcome: string(e.Outcome)}
		vote, d := review.For, review.Recognised
		if e.Outcome != dossier.Recommended {
			vote, d = review.Against, review.NotRecognised
		}
		for _, id := range []string{"chair", "second", "third", "member"} {
			if id != "member" || e.Unit != "dai-hiep" {
				do(about, review.Event{Person: id, Action: review.Voted, Ruleset: ruleset, Dossier: e.Dossier,
					Data: review.Data{Value: vote}})
			}
		}
		do(about, review.Event{Person: "chair", Action: review.Decided, Ruleset: ruleset, Dossier: e.Dossier,
			Data: review.Data{Decision: d, Reason: "as the members saw on site"}})
	}
	if err := s.w.Review().Close(ctx, "chair", f); err != nil {
		s.Fatal(err)
	}
	return f
}

// sends sends a file as the only one of a form.
func (b *browser) sends(path, field string, file []byte) (int, string) {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile(field, "x.zip")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil {
		b.Fatal(err)
	}
	w.Close()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.http.URL+path, &body)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	status, text, _ := b.do(r)
	return status, text
}

// A closed list is downloaded and taken in on the pages; where a dossier comes from and what the next tier has decided are
// shown where people look, and not to whom they do not concern.
func TestOtherOfficesOnThePages(t *testing.T) {
	t.Parallel()
	s := open(t)
	key, err := handover.PublicKey(t.Context(), s.w)
	if err != nil {
		t.Fatal(err)
	}
	yaml := filepath.Join(s.w.Dir, "kheo.yaml")
	text, err := os.ReadFile(yaml)
	if err != nil {
		t.Fatal(err)
	}
	put(t, yaml, append(text, []byte("\nhandover: { from: [ { id: neighbour, key: \""+key+"\", unit: dai-hong } ], to: [ { id: neighbour, key: \""+key+"\" } ] }\n")...))
	if err := s.w.Reload(); err != nil {
		t.Fatal(err)
	}
	secretary, observer := s.as("secretary"), s.as("observer")
	if status, _, _ := observer.get("/handover"); status != 403 {
		t.Errorf("an observer sees the page: %d", status)
	}
	if status, _, _ := observer.post("/handover/lists/model-district", url.Values{}); status != 403 {
		t.Errorf("an observer hands a list over: %d", status)
	}
	if status, _, _ := secretary.post("/handover/lists/model-district", url.Values{}); status != 409 {
		t.Errorf("an open list is handed over: %d", status)
	}
	f := s.closesList("model-district")
	status, archive, _ := secretary.post("/handover/lists/model-district", url.Values{})
	if status != 200 || !strings.HasPrefix(archive, "PK") {
		t.Fatalf("the archive: %d %.200s", status, archive)
	}
	altered := []byte(strings.Replace(archive, `"points": `, `"points": 1`, 1))
	if status, body := secretary.sends("/handover/accept", "archive", altered[:len(archive)]); status != 422 ||
		!strings.Contains(body, "nothing of it was used") {
		t.Errorf("an altered archive: %d %.300s", status, body)
	}
	if status, body := secretary.sends("/handover/accept", "archive", []byte(archive)); status != 200 ||
		!strings.Contains(body, "put into the inbox") {
		t.Errorf("taking in: %d %.300s", status, body)
	}
	if status, body := secretary.sends("/handover/accept", "archive", []byte(archive)); status != 200 ||
		!strings.Contains(body, "is there already") {
		t.Errorf("taking in again: %d %.300s", status, body)
	}

	var answered *publish.Entry
	for i := range f.Entries {
		if f.Entries[i].Outcome == dossier.Recommended {
			answered = &f.Entries[i]
		}
	}
	b, err := json.Marshal(review.Answer{Office: "neighbour", Key: key, Campaign: "above", Ruleset: "models",
		Decision: review.NotRecognised, Reason: "not enough effect", Number: "77/QĐ", On: "2025-01-20", Audit: review.Anchor{Events: 9}})
	if err != nil {
		t.Fatal(err)
	}
	e := review.Event{Person: review.System, Action: review.AnswerReceived, Ruleset: "model-district", Dossier: answered.Dossier,
		Data: review.Data{Content: b}}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, e); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/handover", "/dossiers/" + answered.Dossier, "/lists/model-district", "/register/" + answered.Dossier,
		"/lists/model-district?as=csv", "/register?as=csv"} {
		if status, body, _ := secretary.get(path); status != 200 || !strings.Contains(body, "77/QĐ") {
			t.Errorf("%s: %d, without the answer of the next tier", path, status)
		}
	}
	tie := review.Event{Person: "secretary", Action: review.TieDeclared, Dossier: answered.Dossier,
		Data: review.Data{Subject: "secretary", Reason: "a cousin leads it"}}
	if err := s.w.Review().Do(t.Context(), review.Subject{}, tie); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/handover", "/dossiers/" + answered.Dossier, "/register/" + answered.Dossier, "/register?as=csv",
		"/lists/model-district"} {
		if _, body, _ := secretary.get(path); strings.Contains(body, "77/QĐ") {
			t.Errorf("%s shows a recused person the answer", path)
		}
	}
	if status, _, _ := secretary.post("/handover/lists/model-district", url.Values{}); status != 403 {
		t.Errorf("a recused person hands the list over: %d", status)
	}
}
