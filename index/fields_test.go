package index

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kheo/internal/dossier"
)

func TestFieldsRangesFacetsAndOrder(t *testing.T) {
	x, err := Open(filepath.Join(t.TempDir(), "index"))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	l, entries := library{}, []dossier.IndexEntry{}
	for i, e := range []dossier.IndexEntry{
		{Unit: "north", Outcome: "recommended", Points: 90, Registered: "2024-03-15", Facts: map[string]float64{"households": 120, "started": DateNumber("2024-01")}},
		{Unit: "north", Outcome: "needs-review", Points: 80, Registered: "2024-02-28", Facts: map[string]float64{"households": 40}, Flags: []string{"contradiction", "borderline"}},
		{Unit: "south", Outcome: "recommended", Points: 80.5, Registered: "2023-12-31", Facts: map[string]float64{"confirmed": 1}},
		{Unit: "", Outcome: "not-recommended", Points: 0},
	} {
		id := fmt.Sprint("d", i)
		l[id] = doc(id, "đường hoa của thôn")
		e.Dossier, e.Kind, e.Key = l[id], "model", "key-"+id
		entries = append(entries, e)
	}
	if err := x.Update(entries, nil); err != nil {
		t.Fatal(err)
	}
	for q, want := range map[string]string{
		"points:>=80": "d0 d1 d2", "points:>80": "d0 d2", "points:80": "d1", "points:<80": "d3", "points:80..81": "d1 d2", "points:..0": "d3", "points:<=80": "d1 d3",
		"registered:2024-03": "d0", "registered:2024-02..2024-03": "d0 d1", "registered:>2024-02": "d0", "registered:<2024-02": "d2", "registered:2024-02-28": "d1", "registered:2024": "d0 d1",
		"year:2024": "d0 d1", "year:2020..2023": "d2", "fact.households:>100": "d0", "fact.households:<100": "d1", "fact.started:2024-01": "d0", "fact.started:>=2024-02": "", "fact.confirmed:1": "d2",
		"-points:>=80 hoa": "d3", "flag:borderline": "d1", "points:>=80 -unit:south": "d0 d1", "(unit:south OR points:90) hoa": "d0 d2", "unit:south OR flag:contradiction": "d1 d2",
		`="đường hoa" points:>80`: "d0 d2", `="đường hoa" -flag:borderline`: "d0 d2 d3", "hoa NEAR thôn (points:90 OR unit:south)": "d0 d2",
	} {
		got := search(t, x, l, q)
		slices.Sort(got)
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s finds %q, want %q", q, s, want)
		}
	}
	for _, q := range []string{"hoa", `="hoa"`} {
		res, err := x.Search(context.Background(), q, How{Limit: 1, Sort: "points", Facets: true}, l.text)
		if err != nil {
			t.Fatal(err)
		}
		if res.Total != 4 || len(res.Hits) != 1 || res.Hits[0].Dossier != "d0" {
			t.Errorf("%s by points: %d, %+v", q, res.Total, res.Hits)
		}
		if got := fmt.Sprint(res.Facets["unit"], res.Facets["outcome"], res.Facets["flag"]); got != "[{north 2} {south 1}] [{recommended 2} {needs-review 1} {not-recommended 1}] [{borderline 1} {contradiction 1}]" {
			t.Errorf("%s: facets %s", q, got)
		}
	}
	for q, want := range map[string]string{"points:many": "not a number", "points:9..3": "not a number", "registered:spring": "not a date", "fact.:3": `no field "fact."`, "poins:3": "points:3", "year:x": "not a number"} {
		if _, err := x.Search(context.Background(), q, How{Limit: 1}, l.text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", q, err, want)
		}
	}
}

func TestMisspeltWordsAreSearchedForAsTheyWereMeant(t *testing.T) {
	l := library{"a": doc("a", "Trường học an ninh của thôn Phú Hưng"), "b": doc("b", "Trường làng, trường xã, đường hoa")}
	x := newIndex(t, l, nil)
	for q, want := range map[string]string{
		"truonng hoc": "trường hoc", `"trường hộcc"`: `"trường học"`, "ninhh OR zzzzzz": "ninh", "camera": "", "xyz": "", "trưởng": "", "(phus NEAR/3 hung) an": "phú NEAR/3 hung an",
		"thonn -zzzz": "thôn -zzzz", "ninhh zzzzzz": "ninh", "zzzz -an": "",
	} {
		res, err := x.Search(context.Background(), q, How{Limit: 5}, l.text)
		if err != nil {
			t.Fatal(err)
		}
		if res.Instead != want || want != "" && len(res.Hits) == 0 {
			t.Errorf("%s: searched for %q instead, want %q (%d found)", q, res.Instead, want, res.Total)
		}
	}
}
