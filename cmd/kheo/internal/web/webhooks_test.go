package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"kheo/pipeline/webhooks"
)

// What is decided, returned and taken back is told to a webhook in its order, by names alone; administrators see it on
// a page and by the API, and have it tried again; no one else does.
func TestDecisionsAreToldToAWebhook(t *testing.T) {
	t.Parallel()
	s := open(t)
	var mu sync.Mutex
	var got []string
	status := http.StatusInternalServerError
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var m webhooks.Message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		if status == http.StatusOK {
			got = append(got, m.Type+" "+m.Data.List+" "+m.Data.Dossier+" "+m.Data.Decision)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(receiver.Close)
	answers := func(code int) {
		mu.Lock()
		defer mu.Unlock()
		status = code
	}
	yaml := filepath.Join(s.w.Dir, "kheo.yaml")
	text, err := os.ReadFile(yaml)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(s.w.Dir, "hook-secret"), []byte(webhooks.NewSecret()+"\n"))
	put(t, yaml, append(text, fmt.Sprintf("\nwebhooks: [ { id: website, url: '%s/secret-path', events: [decision.made, "+
		"decision.withdrawn, dossier.returned], secret_file: hook-secret, allow: [127.0.0.1] } ]\n", receiver.URL)...))
	if err := s.w.Reload(); err != nil {
		t.Fatal(err)
	}
	sender := webhooks.NewSender(s.w, slog.New(slog.DiscardHandler))
	round := func() {
		t.Helper()
		if err := sender.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	round()

	chair, admin := s.programOf("chair"), s.programOf("administrator")
	id := s.dossierLike("rung-go-lon")
	chair.want(200, "PUT", "/dossiers/"+id+"/decision", map[string]any{"decision": "deferred", "reason": "a paper is missing"})
	round() // it answers 500: what follows about the same dossier must wait for it
	answers(http.StatusOK)
	chair.want(200, "DELETE", "/dossiers/"+id+"/decision?reason=mistaken", nil)
	chair.want(200, "PUT", "/dossiers/"+id+"/decision", map[string]any{"decision": "returned", "reason": "a paper is missing"})
	round()
	if len(got) != 0 {
		t.Errorf("told before what came first: %v", got)
	}

	// The page and the API show it to administrators, without the path of the URL.
	list := admin.want(200, "GET", "/webhooks", nil)
	waiting := list["messages"].([]any)
	if len(waiting) != 3 || list["webhooks"].([]any)[0].(map[string]any)["waiting"] != 3.0 {
		t.Fatalf("%v", list)
	}
	first := waiting[2].(map[string]any)
	_, page, _ := s.as("administrator").get("/webhooks")
	for _, want := range []string{"website", "500 Internal Server Error", "decision.made", first["id"].(string)} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page+fmt.Sprint(list), "secret-path") {
		t.Error("the path of the URL is shown")
	}
	for _, person := range []string{"chair", "secretary", "submitter", "observer"} {
		if code, _, _ := s.as(person).get("/webhooks"); code != http.StatusForbidden {
			t.Errorf("%s sees webhooks: %d", person, code)
		}
	}

	s.as("administrator").must("/webhooks/retry", url.Values{"message": {first["id"].(string)}})
	round()
	want := []string{"decision.made model-district " + id + " deferred", "decision.withdrawn model-district " + id + " ",
		"dossier.returned model-district " + id + " "}
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	admin.want(200, "POST", "/webhooks/website/test", nil)
	round()
	if got[len(got)-1] != "test   " {
		t.Errorf("told %q", got)
	}
	admin.want(404, "POST", "/webhooks/messages/"+first["id"].(string)+"/retry", nil) // it was delivered
	admin.want(404, "POST", "/webhooks/other/test", nil)
}
