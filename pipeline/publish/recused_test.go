package publish

import (
	"encoding/json"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/recommend"
)

// What the other entries say of one that is left out, by name or by a quota, is left out too.
func TestAListApartTellsNothingOfWhatIsLeftOut(t *testing.T) {
	entry := func(rank int, id string, o dossier.Outcome, flags ...Flag) Entry {
		return Entry{Rank: rank, Dossier: id, Title: "Title of " + id, Outcome: o, Reason: "reason of " + id,
			Flags: flags, Certainty: &Certainty{Certainty: &recommend.Certainty{Keeps: 0.7}},
			rendered: []byte("{}"),
			Criteria: []Criterion{{ID: "c", Reason: "copied from Title of b"}},
			Gates:    []Gate{{ID: "g", Reason: "as b-x is"}}}
	}
	quota := Flag{dossier.FlagQuota, "the quota of 2 is full (number 3)"}
	f := &File{Notes: []string{"1 is missing"}, Counts: Counts{Registered: 4, Recommended: 3,
		NotRecommended: 1}, Entries: []Entry{
		entry(1, "a", dossier.Recommended, Flag{dossier.FlagTie, "equal to another; the other: Title of b"}),
		entry(2, "b-x", dossier.Recommended),
		entry(3, "c", dossier.Recommended, Flag{dossier.FlagNearDuplicate, "60% is in b-x too"}),
		entry(0, "d", dossier.NotRecommended, quota, Flag{dossier.FlagBorderline, "1 point below"}),
	}}
	f.Entries[1].Title = "Title of b"
	before, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	seen := f.Apart(func(e *Entry) bool { return e.Dossier == "b-x" }, true, "en")
	b, err := seen.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"b-x", "Title of b", "number 3", "equal to", "is missing", "0.7", "60%",
		"reason of d", `"rank": 3`} {
		if strings.Contains(string(b), secret) {
			t.Errorf("it says %q", secret)
		}
	}
	for _, said := range []string{"1 point below", "reason of c", `"rank": 2`, "Title of d"} {
		if !strings.Contains(string(b), said) {
			t.Errorf("it does not say %q", said)
		}
	}
	if seen.Counts != (Counts{Registered: 3, Recommended: 2, NotRecommended: 1}) {
		t.Errorf("%+v", seen.Counts)
	}
	if after, _ := json.Marshal(f); string(after) != string(before) {
		t.Error("the list itself was changed")
	}
	if f.Apart(func(*Entry) bool { return false }, true, "en") != f {
		t.Error("a list of which nothing is left out is another one")
	}
}
