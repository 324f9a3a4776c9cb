package listing

import (
	"net/url"
	"testing"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
)

// A list has no column that stays blank for a reason that no reader knows, unless it was asked for.
func TestBlankColumnsAreNotShown(t *testing.T) {
	t.Parallel()
	tried := &publish.Certainty{Certainty: &recommend.Certainty{}}
	for name, c := range map[string]struct {
		query           string
		entries         []publish.Entry
		unit, certainty bool
	}{
		"units and certainty":         {"", []publish.Entry{{}, {Unit: "north", Certainty: tried}}, true, true},
		"a campaign without units":    {"", []publish.Entry{{Certainty: tried}}, false, true},
		"outcomes that are not tried": {"", []publish.Entry{{Unit: "north"}}, true, false},
		"asked for":                   {"cols=yes&col=certainty&col=unit", []publish.Entry{{}}, true, true},
	} {
		get, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		shown := chosenColumns(&review.Person{}, get)
		hideBlank(shown, get, c.entries)
		if shown["unit"] != c.unit || shown["certainty"] != c.certainty || !shown["outcome"] && c.query == "" {
			t.Errorf("%s: %v", name, shown)
		}
	}
	for query, want := range map[string]bool{"": false, "cols=yes&col=tags": true} {
		get, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]bool{"tags": true}
		if hideUntagged(shown, get, []access.Row{{}, {Filled: &access.Filled{}}}); shown["tags"] != want {
			t.Errorf("tags of rows without any, %q: %v", query, shown)
		}
		shown["tags"] = true
		if hideUntagged(shown, get, []access.Row{{Filled: &access.Filled{Tags: []string{"x"}}}}); !shown["tags"] {
			t.Errorf("tags of a row with one, %q: %v", query, shown)
		}
	}
}
