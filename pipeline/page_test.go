package pipeline_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/testspace"
)

// The page of a list opens in a browser, in every language, and prints with
// everybody on it.
func TestPagesPrint(t *testing.T) {
	t.Parallel()
	dir, _ := testspace.Run(t, 1)
	all := lists(t, dir)
	for _, lang := range []string{"", ".nb", ".en"} {
		out := filepath.Join(t.TempDir(), "list.pdf")
		page := filepath.Join(dir, "lists", "dai-loc-2024", "latest", "model-district"+lang+".html")
		tool(t, "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--no-pdf-header-footer", "--print-to-pdf="+out, "file://"+page)
		text := squash(string(tool(t, "pdftotext", "-raw", out, "-")))
		for _, e := range all["model-district"].Entries {
			if n := strings.Count(text, squash(e.Title)); n < 2 {
				t.Errorf("%s: %s is printed %d times, want in the list and explained", page, e.Title, n)
			}
		}
		if !strings.Contains(text, fmt.Sprint(all["model-district"].Counts.Registered)) {
			t.Error("the counts are not printed")
		}
	}
}
