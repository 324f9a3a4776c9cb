package webhooks_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"kheo/pipeline/campaign"
	"kheo/pipeline/store"
	"kheo/pipeline/webhooks"
	"kheo/pipeline/workspace"
)

// receiver is a program that is told things. It answers with the statuses that it is given, and then with 204.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	header   http.Header // of its answers
	got      []received
}

// received is a message that came in.
type received struct {
	id   string
	body webhooks.Message
	raw  []byte
	head http.Header
}

// receive begins a receiver.
func receive(t *testing.T, statuses ...int) *receiver {
	t.Helper()
	r := &receiver{statuses: statuses, header: http.Header{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		raw, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		x := received{id: q.Header.Get("webhook-id"), raw: raw, head: q.Header.Clone()}
		if err := json.Unmarshal(raw, &x.body); err != nil {
			t.Errorf("%v in %s", err, raw)
		}
		r.got = append(r.got, x)
		status := http.StatusNoContent
		if len(r.statuses) > 0 {
			status, r.statuses = r.statuses[0], r.statuses[1:]
		}
		for k, v := range r.header {
			w.Header()[k] = v
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(r.Close)
	return r
}

// types returns the types of the messages that came in.
func (r *receiver) types() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.got {
		out = append(out, x.body.Type)
	}
	return out
}

// told is a workspace with webhooks, and a clock.
type told struct {
	*testing.T
	w      *workspace.Workspace
	sender *webhooks.Sender
	log    *bytes.Buffer
	now    time.Time
	secret string
}

// tell creates a workspace whose kheo.yaml has webhooks; each is the text of one entry without id and secret.
func tell(t *testing.T, hooks ...string) *told {
	t.Helper()
	dir := t.TempDir()
	x := &told{T: t, log: &bytes.Buffer{}, now: time.Now(), secret: webhooks.NewSecret()}
	yaml := "campaign: x\ntimezone: UTC\ncloses: 2026-01-01\nunits: [ { id: a, name: A } ]\nrules: []\nwebhooks:\n"
	for i, h := range hooks {
		yaml += fmt.Sprintf("  - { id: h%d, secret_file: secret, %s }\n", i, h)
	}
	x.write(dir, "kheo.yaml", yaml)
	x.write(dir, "secret", x.secret+"\n")
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	w.Now = func() time.Time { return x.now }
	x.w, x.sender = w, webhooks.NewSender(w, slog.New(slog.NewTextHandler(x.log, nil)))
	x.round() // from here on it is told
	return x
}

// write writes a file.
func (x *told) write(dir, name, text string) {
	x.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		x.Fatal(err)
	}
}

// round does one round.
func (x *told) round() {
	x.Helper()
	if err := x.sender.Round(x.Context()); err != nil {
		x.Fatal(err)
	}
}

// night records a run that ended.
func (x *told) night(state, run string) {
	x.Helper()
	r, err := x.w.Store.Runs.Begin(x.Context(), "nightly", "test", x.now)
	if err != nil {
		x.Fatal(err)
	}
	r.State, r.Run, r.Finished = state, run, x.now
	if err := x.w.Store.Runs.Save(x.Context(), r); err != nil {
		x.Fatal(err)
	}
}

// deliveries returns what became of the messages.
func (x *told) deliveries() []*webhooks.Delivery {
	x.Helper()
	out, err := webhooks.Deliveries(x.Context(), x.w)
	if err != nil {
		x.Fatal(err)
	}
	return out
}

// only returns the one message that there is.
func (x *told) only() *webhooks.Delivery {
	x.Helper()
	all := x.deliveries()
	if len(all) != 1 {
		x.Fatalf("%d messages, want 1: %+v", len(all), all)
	}
	return all[0]
}

// here is the part of an entry that allows a receiver of a test.
func here(r *receiver, events string) string {
	return fmt.Sprintf("url: '%s/x', events: %s, allow: [127.0.0.1]", r.URL, events)
}

// A run is told once, signed so that the reference library takes it, and again until it was taken: under the same id,
// after growing pauses. What happened before the webhook was there is not told, nor what it did not ask for.
func TestAWebhookIsToldUntilItHasTakenIt(t *testing.T) {
	t.Parallel()
	r := receive(t, 500, 503)
	x := tell(t, here(r, "[run.done]"))
	x.night(store.RunDone, "run-a")
	x.night(store.RunFailed, "")
	x.round()
	x.round() // nothing is due
	if d := x.only(); len(r.got) != 1 || d.State != webhooks.Waiting || d.Error != "it answers 500 Internal Server Error" {
		t.Fatalf("%d attempts, %+v", len(r.got), d)
	}
	x.now = x.now.Add(6 * time.Second)
	r.header.Set("Retry-After", "3600")
	x.round()
	x.now = x.now.Add(59 * time.Minute) // later than the pause of five minutes, sooner than it asked for
	x.round()
	if len(r.got) != 2 {
		t.Fatalf("%d attempts, want 2: it asked to wait an hour", len(r.got))
	}
	x.now = x.now.Add(2 * time.Minute)
	x.round()
	x.now = x.now.Add(80 * time.Hour)
	x.round()
	if d := x.only(); d.State != webhooks.Delivered || d.Tries != 3 || d.Status != 204 || len(r.got) != 3 {
		t.Errorf("%d attempts, %+v", len(r.got), d)
	}
	hook, err := standard.NewWebhook(x.secret)
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range r.got {
		if err := hook.VerifyIgnoringTimestamp(g.raw, g.head); err != nil || g.id != r.got[0].id || g.id == "" {
			t.Errorf("attempt %d: %v, id %q after %q", i, err, g.id, r.got[0].id)
		}
		if g.body.Data.Run != "run-a" || g.body.Data.Number != 1 || g.body.Data.Campaign != "x" {
			t.Errorf("attempt %d says %s", i, g.raw)
		}
	}
	if err := hook.Verify(r.got[0].raw, r.got[0].head); err != nil {
		t.Errorf("with its time: %v", err)
	}
	changed := bytes.Replace(r.got[0].raw, []byte("run-a"), []byte("run-b"), 1)
	if hook.Verify(changed, r.got[0].head) == nil {
		t.Error("a message that was changed is taken for ours")
	}
}

// A message is given up after three days, or at once if the receiver wants no more; a person may have it tried again.
func TestAMessageIsGivenUpAndTriedAgain(t *testing.T) {
	t.Parallel()
	r := receive(t, slices.Repeat([]int{500}, 10)...)
	x := tell(t, here(r, "[run.failed]"))
	x.night(store.RunFailed, "")
	for range 20 {
		x.round()
		x.now = x.now.Add(25 * time.Hour)
	}
	if d := x.only(); d.State != webhooks.GivenUp || d.Tries != 10 || !strings.Contains(x.log.String(), "given up") {
		t.Fatalf("%+v\n%s", d, x.log)
	}
	r.statuses = []int{410}
	if err := webhooks.Retry(t.Context(), x.w, x.only().ID); err != nil {
		t.Fatal(err)
	}
	x.round()
	if d := x.only(); d.State != webhooks.GivenUp || d.Tries != 1 || d.Status != 410 {
		t.Fatalf("after 410: %+v", d)
	}
	if err := webhooks.Retry(t.Context(), x.w, x.only().ID); err != nil {
		t.Fatal(err)
	}
	x.round()
	if d := x.only(); d.State != webhooks.Delivered {
		t.Errorf("%+v", d)
	}
	if err := webhooks.Retry(t.Context(), x.w, x.only().ID); err == nil {
		t.Error("a message that was delivered is sent again")
	}
}

// A process that is killed at any point forgets nothing: what was queued is not queued twice, and what was sent but not
// noted is sent again under its id.
func TestAKillLosesNoMessage(t *testing.T) {
	t.Parallel()
	r := receive(t)
	x := tell(t, here(r, "[run.done]"))
	mark := x.w.Store.State.Hooks.Of("h0")
	var before json.RawMessage
	if _, err := mark.Get(t.Context(), &before); err != nil {
		t.Fatal(err)
	}
	x.night(store.RunDone, "run-a")
	x.round()
	if err := mark.Put(t.Context(), before); err != nil { // as if it was killed before this was noted
		t.Fatal(err)
	}
	x.round()
	if len(r.got) != 1 {
		t.Fatalf("it was told %d times", len(r.got))
	}
	d := x.only()
	d.State = webhooks.Waiting
	if err := x.w.Store.State.HookQueue.Of(d.ID).Put(t.Context(), d); err != nil { // killed before it was taken out
		t.Fatal(err)
	}
	if got := x.only(); got.State != webhooks.Waiting {
		t.Fatalf("%+v", got)
	}
	x.round()
	if len(r.got) != 2 || r.got[0].id != r.got[1].id || x.only().State != webhooks.Delivered {
		t.Errorf("%v, %+v", r.types(), x.only())
	}
}

// A webhook that fails holds up no other, and a webhook that kheo.yaml names no longer is told nothing.
func TestOneWebhookDoesNotHoldUpAnother(t *testing.T) {
	t.Parallel()
	dead, alive := receive(t), receive(t)
	x := tell(t, here(dead, "[run.done]"), here(alive, "[run.done, run.failed]"))
	dead.Close()
	x.night(store.RunDone, "run-a")
	x.night(store.RunFailed, "")
	x.round()
	if got := alive.types(); !slices.Equal(got, []string{"run.done", "run.failed"}) {
		t.Errorf("told: %v", got)
	}
	text, err := os.ReadFile(filepath.Join(x.w.Dir, "kheo.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	x.write(x.w.Dir, "kheo.yaml", strings.Replace(string(text), "id: h0", "id: other", 1))
	if err := x.w.Reload(); err != nil {
		t.Fatal(err)
	}
	x.now = x.now.Add(time.Hour)
	x.round()
	for _, d := range x.deliveries() {
		if (d.Hook == "h0") != (d.State == webhooks.GivenUp) {
			t.Errorf("%+v", d)
		}
	}
}

// No message goes to an address that is not public unless kheo.yaml allows it: neither by a name that means it, nor by
// a redirect, nor through a proxy of the environment.
func TestMessagesReachNoPrivateAddress(t *testing.T) {
	inside := receive(t)
	t.Setenv("HTTPS_PROXY", inside.URL)
	t.Setenv("HTTP_PROXY", inside.URL)
	port := inside.URL[strings.LastIndex(inside.URL, ":"):]
	redirects := receive(t)
	redirects.header.Set("Location", inside.URL+"/admin")
	redirects.statuses = []int{307}
	x := tell(t, here(redirects, "[run.done]"))
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1.2.3",
		"10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fe80::1]", "[fd00::1]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1", "198.18.0.1", "255.255.255.255"} {
		_, err := webhooks.Send(t.Context(), &campaign.Webhook{ID: "a", URL: "https://" + host + port + "/",
			SecretFile: filepath.Join(x.w.Dir, "secret")})
		if err == nil || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: %v", host, err)
		}
	}
	// What is allowed is allowed alone, and only what is allowed may be called without encryption.
	for _, h := range []campaign.Webhook{
		{URL: "http://127.0.0.1" + port, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}},
		{URL: "http://192.0.2.1:9", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
	} {
		h.SecretFile = filepath.Join(x.w.Dir, "secret")
		if _, err := webhooks.Send(t.Context(), &h); err == nil || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: %v", h.URL, err)
		}
	}
	x.night(store.RunDone, "run-a")
	x.round()
	if d := x.only(); d.Status != 307 || !strings.Contains(d.Error, "redirect") {
		t.Errorf("%+v", d)
	}
	if len(inside.got) != 0 {
		t.Errorf("a private address was called %d times", len(inside.got))
	}
}

// A public address is not asked for by http, whatever allow says of others.
func TestPublicAddressesAreCalledByHTTPSAlone(t *testing.T) {
	t.Parallel()
	for at, refused := range map[string]bool{"93.184.215.14": false, "[2606:2800:21f:cb07::1]": false} {
		for _, scheme := range []string{"http", "https"} {
			h := &campaign.Webhook{URL: scheme + "://" + at, Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
			err := webhooks.Guard(h)("tcp", strings.Trim(at, "")+":443", nil)
			if (err != nil) != (refused || scheme == "http") {
				t.Errorf("%s: %v", h.URL, err)
			}
		}
	}
}

// A secret that cannot be used stops the messages, is told without what the file holds, and is read again at each
// attempt. While one is replaced by another, messages are signed by both.
func TestSecretsOfWebhooks(t *testing.T) {
	t.Parallel()
	r := receive(t)
	x := tell(t, here(r, "[run.done]"))
	const wrong = "root:x:0:0"
	x.write(x.w.Dir, "secret", wrong)
	x.night(store.RunDone, "run-a")
	x.round()
	if d := x.only(); len(r.got) != 0 || !strings.Contains(d.Error, "kheo webhooks secret") ||
		strings.Contains(d.Error+x.log.String(), wrong) {
		t.Fatalf("%d attempts, %q\n%s", len(r.got), d.Error, x.log)
	}
	second := webhooks.NewSecret()
	x.write(x.w.Dir, "secret", second+"\n"+x.secret+"\n")
	x.now = x.now.Add(time.Minute)
	x.round()
	if len(r.got) != 1 {
		t.Fatalf("%+v", x.only())
	}
	for _, secret := range []string{x.secret, second} {
		if hook, err := standard.NewWebhook(secret); err != nil || hook.VerifyIgnoringTimestamp(r.got[0].raw, r.got[0].head) != nil {
			t.Errorf("not signed by one of the two secrets: %v", err)
		}
	}
}
