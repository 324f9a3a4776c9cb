package web

import (
	"encoding/csv"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// Every table that comes as a workbook comes as comma-separated values too, by a link beside it, with the same cells.
func TestEveryTableComesAsCommaSeparatedValues(t *testing.T) {
	t.Parallel()
	s := open(t)
	link := regexp.MustCompile(`href="([^"]*as=(?:xlsx|csv)[^"]*)"`)
	for person, paths := range map[string][]string{
		"chair": {"/waiting", "/runs", "/people", "/audit", "/register", "/search?q=rung", "/evidence/report",
			"/lists/model-district?sort=title"},
		"administrator": {"/runs"}} {
		b := s.as(person)
		for _, path := range paths {
			_, page, _ := b.get(path)
			links := map[string]string{}
			for _, m := range link.FindAllStringSubmatch(page, -1) {
				at := html.UnescapeString(m[1])
				u, err := url.Parse(at)
				if err != nil {
					t.Fatal(err)
				}
				links[u.Query().Get("as")] = at
			}
			if len(links) != 2 {
				t.Errorf("%s leads to %v", path, links)
				continue
			}
			_, book, _ := b.get(links["xlsx"])
			status, text, header := b.get(links["csv"])
			if kind := header.Get("Content-Type"); status != 200 || kind != "text/csv; charset=utf-8" ||
				!strings.Contains(header.Get("Content-Disposition"), ".csv") {
				t.Errorf("%s: %d %s %s", links["csv"], status, kind, header.Get("Content-Disposition"))
			}
			lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(path, "/lists/") && strings.Contains(text, "\n0,") {
				t.Errorf("%s: an entry without a rank has rank 0", links["csv"])
			}
			x, err := excelize.OpenReader(strings.NewReader(book))
			if err != nil {
				t.Fatal(err)
			}
			rows, err := x.GetRows(x.GetSheetList()[0])
			x.Close()
			if err != nil || len(rows) != len(lines) || len(rows) < 1 {
				t.Errorf("%s: %d rows, and %d of %s (%v)", links["csv"], len(lines), len(rows), links["xlsx"], err)
				continue
			}
			for i, cell := range rows[0] {
				if lines[0][i] != cell {
					t.Errorf("%s: column %d is %q, and %q in the workbook", path, i, lines[0][i], cell)
				}
			}
		}
	}
	status, text, header := s.as("chair").post("/search/lines", url.Values{"lines": {"Tiếng kẻng"}, "as": {"csv"}})
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") || !strings.Contains(text, "Tiếng kẻng,") {
		t.Errorf("lines: %d %s %.200s", status, header.Get("Content-Type"), text)
	}
}
