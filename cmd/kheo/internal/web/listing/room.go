// Package listing is the page of a list as a tool: columns, filters, order and views that each person chooses,
// comparing entries, and doing the same to many of them at once.
//
// [Room] shows the list in force as the person may see it, which [access.Lists.ListOf] returns. What is shown follows
// from the query alone, so that every view is a link: filter chooses entries, columns what is shown of them, orders
// their order, and from the first row of the page. The workbook of the page (as=xlsx) has all rows that pass the
// filter.
//
// Rows are made in two steps, because a list has thousands of entries and a page 150: [access.Lists.Rows] makes all
// rows that pass the filter, cheaply and under the lock of the log, and [access.Lists.Fill] adds votes, flags and
// tags to those that are shown. Entries from which the person is recused are at the end, with their names only; those
// to be scored blind come before them, without points, and no order or filter may reveal what is hidden of either.
//
// What is done to selected entries is shown first and done when it is confirmed: each planner makes a step for an
// entry, with the event or the reason why it is left out. A column that is added needs its heading as a text, and a
// right if not everybody may see it; a filter that is added must be in filterNames, so that links keep it.
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
