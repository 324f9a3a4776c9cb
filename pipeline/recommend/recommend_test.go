package recommend

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"kheo/internal/dossier"
	"kheo/rules"
)

func assessments(t *rapid.T) []*dossier.Assessment {
	n := rapid.IntRange(0, 30).Draw(t, "n")
	out := make([]*dossier.Assessment, n)
	for i := range out {
		points := float64(rapid.IntRange(0, 5).Draw(t, "points"))
		out[i] = &dossier.Assessment{Dossier: fmt.Sprint("d", i), Unit: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "unit"), Points: points,
			Outcome: rapid.SampledFrom(dossier.Outcomes).Draw(t, "outcome"),
			Order:   []dossier.OrderKey{{Number: points, Down: true}, {Missing: rapid.Bool().Draw(t, "missing")}, {String: fmt.Sprint("d", i)}}}
	}
	return out
}

// Whatever order the assessments come in, the list is the same; quotas hold;
// everyone is on it once.
func TestListDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		as := assessments(t)
		most := rapid.IntRange(1, 3).Draw(t, "most")
		rs := &rules.Ruleset{ID: "r", Quotas: []rules.Quota{{Per: "unit", Most: most}}}
		one := Make(rs, as)
		perm := rapid.Permutation(as).Draw(t, "order")
		if other := Make(rs, perm); !reflect.DeepEqual(one, other) {
			t.Fatal("another order gives another list")
		}
		if len(one.Entries) != len(as) {
			t.Fatalf("%d entries of %d assessments", len(one.Entries), len(as))
		}
		per, rank := map[string]int{}, 0
		for i, e := range one.Entries {
			if e.Outcome == dossier.Recommended {
				per[e.Unit]++
				if rank++; e.Rank != rank || i != rank-1 {
					t.Fatalf("entry %d has rank %d", i, e.Rank)
				}
			} else if e.Rank != 0 {
				t.Fatal("somebody who is not recommended is ranked")
			}
		}
		for unit, n := range per {
			if n > most {
				t.Fatalf("%d are recommended of %s", n, unit)
			}
		}
	})
}

func TestQuotaCutsTheLastAndSaysSo(t *testing.T) {
	a := func(id string, points float64) *dossier.Assessment {
		return &dossier.Assessment{Dossier: id, Unit: "u", Points: points, Outcome: dossier.Recommended, Order: []dossier.OrderKey{{Number: points, Down: true}, {String: id}}}
	}
	first, second := a("x", 90), a("y", 80)
	l := Make(&rules.Ruleset{Quotas: []rules.Quota{{Per: "unit", Most: 1}, {Per: "unit", Least: 2}}}, []*dossier.Assessment{second, first})
	if l.Entries[0].Dossier != "x" || l.Entries[1].Outcome != dossier.NotRecommended || !l.Entries[1].HasFlag(dossier.FlagQuota) {
		t.Errorf("%+v", l.Entries)
	}
	if len(l.Notes) != 1 || l.Notes[0]["en"] == "" {
		t.Errorf("nothing says that the quota's least is not reached: %v", l.Notes)
	}
	if second.Outcome != dossier.Recommended || len(second.Flags) > 0 {
		t.Error("the assessment itself was changed")
	}
}

func TestQuotaDoesNotChooseBetweenEquals(t *testing.T) {
	a := func(id string, points float64) *dossier.Assessment {
		return &dossier.Assessment{Dossier: id, Title: "the dossier " + id, Unit: "u", Points: points, Outcome: dossier.Recommended, Order: []dossier.OrderKey{{Number: points, Down: true}, {String: id}}}
	}
	l := Make(&rules.Ruleset{Quotas: []rules.Quota{{Per: "all", Most: 2}}}, []*dossier.Assessment{a("x", 90), a("y", 80), a("z", 80)})
	for _, e := range l.Entries[1:] {
		if e.Outcome != dossier.NeedsReview || !e.HasFlag(dossier.FlagTie) {
			t.Errorf("%s is %s", e.Dossier, e.Outcome)
		}
	}
	share := Make(&rules.Ruleset{Quotas: []rules.Quota{{Per: "all", MostShare: 0.4}}}, []*dossier.Assessment{a("x", 90), a("y", 80), a("z", 70), a("v", 60), a("w", 50)})
	if n := share.Counts()[dossier.Recommended]; n != 2 {
		t.Errorf("40%% of five are two, not %d", n)
	}
}
