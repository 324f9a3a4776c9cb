package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Searches show what a committee must know of each hit, say what is unknown in the reader's language, remember what
// was searched for, and help when nothing is found.
func TestSearchesAnswerAndHelp(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair := s.as("chair")
	find := func(q string) string {
		t.Helper()
		status, body, _ := chair.get("/search?" + url.Values{"q": {q}}.Encode())
		if status != http.StatusOK {
			t.Fatalf("%s: %d", q, status)
		}
		return body
	}
	has := func(what, body string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(body, p) {
				t.Errorf("%s: no %q in %s", what, p, main(body))
			}
		}
	}
	has("a hit", find("tieng keng"), "Tiếng kẻng an ninh", "Xã Đại Hiệp", `class="outcome recommended"`, "<mark>")
	has("a field", find("flag:contradiction"), "Contradiction", "says “")
	if body := find("flag:contradiction"); strings.Contains(body, "CỘNG HÒA") {
		t.Error("a search without words quotes the letterhead")
	}
	has("recent searches", find("points:x"), "Recent searches:", "tieng keng")
	has("a filter that can be taken off", find("unit:dai-hiep keng"), "Unit: Xã Đại Hiệp", "/search?q=keng")
	has("an unknown unit", find("unit:dai-heip keng"), "No dossier has unit “dai-heip”.", "unit:dai-hiep",
		"Nothing was found", "A wider search finds", "/search?q=keng")
	has("an unknown field", find("poins:3"), "There is no field “poins”", "Did you mean points:3?")
	for lang, want := range map[string]string{"vi": "Không có trường “poins”", "nb": "Det finnes ikke noe felt «poins»"} {
		chair.must("/language", url.Values{"language": {lang}})
		has(lang, find("poins:3"), want)
	}
	chair.must("/language", url.Values{"language": {"en"}})

	if status, body, _ := chair.get("/search/lines"); status != http.StatusOK || !strings.Contains(body, "<textarea") {
		t.Error("no form for many lines:", status)
	}
	_, body, _ := chair.post("/search/lines", url.Values{"lines": {"Tiếng kẻng an ninh\nTieng keng an ninh\nHolger Danske\n"}})
	has("many lines", body, "3 lines were searched for, 1 is nowhere", "Xã Đại Hiệp", "other diacritics", "Holger Danske")
	if status, _, h := chair.post("/search/lines", url.Values{"lines": {"Tiếng kẻng"}, "as": {"xlsx"}}); status !=
		http.StatusOK || !strings.Contains(h.Get("Content-Type"), "spreadsheet") {
		t.Error("no workbook of many lines:", status, h)
	}
	for _, c := range []struct{ lines, want string }{{" \n", "at least one line"},
		{strings.Repeat("a\n", 400), "at most 300"}} {
		if status, body, _ := chair.post("/search/lines", url.Values{"lines": {c.lines}}); status !=
			http.StatusBadRequest || !strings.Contains(body, c.want) {
			t.Errorf("%.10q: %d, no %q", c.lines, status, c.want)
		}
	}
}

// main returns the content of a page, without what surrounds it.
func main(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	return body[:min(len(body), 4000)]
}

// The page of a run says what it did and how long it took, also one that made no lists; and who decides against
// their own override is asked once more.
func TestRunsHaveAPageAndOwnOverridesAreRemembered(t *testing.T) {
	t.Parallel()
	s := open(t)
	chair := s.as("chair")
	_, body, _ := chair.get("/runs/1")
	for _, want := range []string{"What was done", "intake", "text recognition", "Took", ">done<"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of a run lacks %q: %s", want, main(body))
		}
	}
	id := s.dossierLike("rung-go-lon")
	for _, person := range []string{"chair", "member", "second", "third"} {
		s.as(person).must("/dossiers/"+id+"/vote", url.Values{"vote": {"for"}})
	}
	chair.must("/dossiers/"+id+"/override", url.Values{"outcome": {"not-recommended"}, "reason": {"the visit"}})
	if _, list, _ := chair.get("/lists/model-district"); !strings.Contains(list, "set to “Not recommended” by The chair") {
		t.Error("the list does not say to what the outcome was set")
	}
	decision := url.Values{"decision": {"recognised"}, "reason": {"the visit was mistaken"}}
	if status, body, _ := chair.post("/dossiers/"+id+"/decide", decision); status != http.StatusConflict ||
		!strings.Contains(body, "You yourself set the outcome to “Not recommended”") {
		t.Errorf("deciding against the own override: %d %s", status, main(body))
	}
	decision.Set("against", "yes")
	chair.must("/dossiers/"+id+"/decide", decision)
}
