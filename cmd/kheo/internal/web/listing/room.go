// Package listing is the page of a list as a tool: columns, filters, order and views that each person
// chooses, comparing entries, and doing the same to many of them at once.
package listing

import (
	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
)

// Room serves the pages of lists.
type Room struct {
	site  *page.Site
	lists *access.Lists
}

// New returns the pages of lists of a site. The caller passes what it depends on.
func New(site *page.Site, lists *access.Lists) *Room { return &Room{site: site, lists: lists} }

// ListFiles returns the names of the files of a list that can be downloaded.
func ListFiles(ruleset string) []string {
	var out []string
	for _, ext := range []string{".xlsx", ".docx", ".csv", ".json"} {
		out = append(out, ruleset+ext)
	}
	return out
}
