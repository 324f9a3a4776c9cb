package webpage

import (
	"strings"
	"testing"
)

// A term and its description are on one line, as a label and what was filled in; several descriptions are not.
func TestTermsAreOnTheLineOfTheirDescription(t *testing.T) {
	for _, tt := range []struct{ name, html, want string }{
		{"a form", "<dl>\n<dt>Kind</dt>\n<dd>public library</dd><dt>Town</dt><dd>Eastgate</dd></dl>",
			"Kind\tpublic library\n\nTown\tEastgate"},
		{"two descriptions", "<dl><dt>Term</dt><dd>First.</dd><dd>Second.</dd></dl>", "Term\tFirst.\n\nSecond."},
		{"a term alone", "<dl><dt>Term</dt></dl><p>Text.</p>", "Term\n\nText."},
	} {
		f := Read("<!DOCTYPE html><html><body>"+tt.html, Options{})
		if got := strings.TrimSpace(f.Page(1, "").Text); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
