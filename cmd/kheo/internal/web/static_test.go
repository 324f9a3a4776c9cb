package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	wire "github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"kheo/internal/testspace"
)

// On a line of 1.6 Mbit/s what the first page of a dossier waits for is small: compressed, the page and its style take a
// tenth of a second. What shows a secret is not compressed.
func TestPagesAndStylesAreCompressed(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair := s.as("chair")
	ask := func(path, accept string) (string, int, string) {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, s.http.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", accept) // so that the client itself decompresses nothing
		res, err := chair.c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		sent, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") == "" {
			t.Fatalf("%s: %d %s %v", path, res.StatusCode, res.Header, err)
		}
		content := sent
		if res.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(bytes.NewReader(sent))
			if err != nil {
				t.Fatal(path, err)
			}
			if content, err = io.ReadAll(z); err != nil {
				t.Fatal(path, err)
			}
		}
		return res.Header.Get("Content-Encoding"), len(sent), string(content)
	}
	id := s.dossierLike("rung-go-lon")
	total := 0
	for _, path := range []string{"/dossiers/" + id, "/static/style.css", "/static/kheo.js", "/static/icon.svg"} {
		coding, sent, content := ask(path, "br, gzip;q=0.8")
		none, _, plain := ask(path, "gzip;q=0")
		if coding != "gzip" || none != "" || content != plain || len(plain) == 0 {
			t.Errorf("%s: %q and %q; the same: %v", path, coding, none, content == plain)
		}
		total += sent
	}
	if total > 32<<10 {
		t.Errorf("a dossier, its style and script take %d bytes", total)
	}
	t.Logf("a dossier, its style and script take %d bytes", total)
	for _, path := range []string{"/account", "/account/factor"} {
		if coding, _, _ := ask(path, "gzip"); coding != "" {
			t.Errorf("%s is compressed", path)
		}
	}
}

// What a dossier takes on a line of 1.6 Mbit/s with 150 ms, with nothing in the browser's cache: until its first content
// is painted, and until the image of its page is there. The figures are logged and nothing depends on them; it runs in
// make soak alone.
func TestADossierOnASlowLine(t *testing.T) {
	if !testspace.Soak() {
		t.Skip("make soak")
	}
	s := open(t)
	ctx := s.chromium("chair")
	page := s.http.URL + "/dossiers/" + s.dossierLike("rung-go-lon")
	step := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := chromedp.Call(ctx, wire.Enable, wire.EnableParams{})
	step(err)
	s.run(ctx, chromedp.Navigate(page), chromedp.WaitReady("main")) // the server renders the image for the first time
	var paint, image []float64
	for range 5 {
		_, err = chromedp.Call(ctx, wire.ClearBrowserCache, cdp.Empty{})
		step(err)
		_, err = chromedp.Call(ctx, wire.EmulateNetworkConditionsByRule, wire.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*wire.Conditions{{Latency: 150, DownloadThroughput: 200_000, UploadThroughput: 200_000}}})
		step(err)
		s.run(ctx, chromedp.Navigate(page), chromedp.WaitReady("main"))
		at := ask(s, ctx, chromedp.Evaluate[[]float64](`(async () => {
			await Promise.all([...document.images].map(i => i.decode().catch(() => 0)));
			await new Promise(r => requestAnimationFrame(() => setTimeout(r, 100)));
			const picture = performance.getEntriesByType("resource").filter(e => e.name.includes("picture"));
			return [performance.getEntriesByName("first-contentful-paint")[0].startTime,
				Math.max(0, ...picture.map(e => e.responseEnd))]; })()`, chromedp.EvalAwaitPromise))
		paint, image = append(paint, at[0]), append(image, at[1])
	}
	slices.Sort(paint)
	slices.Sort(image)
	t.Logf("first content painted after %.0f ms, image of the page after %.0f ms (medians of %d)", paint[2], image[2], len(paint))
}
