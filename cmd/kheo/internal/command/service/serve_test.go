package service

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kheo/pipeline"
	"kheo/pipeline/extract"
	"kheo/pipeline/schedule"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	os.Exit(m.Run())
}

// A client that sends a request a byte at a time, or headers without an end, is disconnected; other clients are served
// meanwhile.
func TestSlowRequestsAreCutOff(t *testing.T) {
	w := empty(t)
	clear(w.Campaign().Schedule)
	r, out := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, w, schedule.All, slog.New(slog.NewTextHandler(out, nil)), opened{listen: "127.0.0.1:0"})
		out.Close()
	}()
	log := bufio.NewReader(r)
	line, err := log.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, log)
	at := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(line)
	slow, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	begin := time.Now()
	go func() {
		for _, b := range []byte("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + strings.Repeat("a", 200)) {
			if _, err := slow.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	res, err := http.Get("http://" + at + "/sign-in")
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("meanwhile another is served: %v %v", err, res)
	}
	res.Body.Close()
	slow.SetReadDeadline(begin.Add(2 * headerTime))
	if _, err := io.ReadAll(slow); err != nil {
		t.Errorf("after %v it is not cut off: %v", time.Since(begin), err)
	}
	req, _ := http.NewRequest("GET", "http://"+at+"/sign-in", nil)
	req.Header.Set("X-Long", strings.Repeat("a", 2*maxHeaders))
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("long headers: %d", res.StatusCode)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// empty is the sample's workspace without a dossier.
func empty(t *testing.T) *workspace.Workspace {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "ws")
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// Monitoring gets the state of the last nightly run, and whether the records can be read.
func TestMonitoringIsServed(t *testing.T) {
	w := empty(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if err := watching(ctx, w, slog.New(slog.DiscardHandler), "127.0.0.1:19099"); err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Run(t.Context(), w, pipeline.Options{Cause: "nightly"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ok", "/metrics": `kheo_run_state{cause="nightly",state="done"} 1`} {
		res, err := http.Get("http://127.0.0.1:19099" + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || !strings.Contains(string(b), want) {
			t.Errorf("%s: %d %.2000s %v", path, res.StatusCode, b, err)
		}
	}
	w.Store.Close()
	res, err := http.Get("http://127.0.0.1:19099/readyz")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("ready without records: %d", res.StatusCode)
	}
}
