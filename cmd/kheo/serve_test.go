package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kheo/pipeline"
	"kheo/samples"
)

// Whoever sends a request a letter at a time, or never ends its headers, is cut off, and the
// others are served meanwhile.
func TestSlowRequestsAreCutOff(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ws")
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	w, err := pipeline.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	clear(w.Campaign.Schedule)
	r, out := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, w, slog.New(slog.NewTextHandler(out, nil)), "127.0.0.1:0", false)
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
	req.Header.Set("X-Long", strings.Repeat("a", 2*mostHeaders))
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
