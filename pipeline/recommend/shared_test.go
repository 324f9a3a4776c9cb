package recommend

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"kheo/internal/dossier"
)

// sharing is an assessment that asks for an amount and counts for a number; below 0, it states none.
func sharing(id, field string, reached, ask float64) *dossier.Assessment {
	a := contender(id, "north", field, 60, "any")
	if reached >= 0 {
		a.Facts = append(a.Facts, dossier.Fact{Name: "reached", Value: reached})
	}
	if ask >= 0 {
		a.Facts = append(a.Facts, dossier.Fact{Name: "requested", Value: ask})
	}
	return a
}

func TestABudgetIsSharedInProportion(t *testing.T) {
	t.Parallel()
	rs := awardRules(t, "shared-budget.yaml")
	waiting := sharing("b", "culture", 10, 900)
	waiting.Outcome = dossier.NeedsReview
	for _, c := range []struct {
		name string
		list []*dossier.Assessment
		want string
	}{
		{"in proportion, rounded down", []*dossier.Assessment{
			sharing("a", "culture", 10, 9000), sharing("b", "culture", 20, 9000)}, "a 1 funded-in-part:330; b 1 funded-in-part:660; "},
		{"what one does not ask for goes to the others", []*dossier.Assessment{
			sharing("a", "culture", 50, 100), sharing("b", "culture", 25, 9000), sharing("c", "culture", 25, 9000)},
			"a 1 funded:100; b 1 funded-in-part:450; c 1 funded-in-part:450; "},
		{"all have what they ask for, and the rest remains", []*dossier.Assessment{
			sharing("a", "culture", 50, 100), sharing("b", "culture", 25, 200)}, "a 1 funded:100; b 1 funded:200; "},
		{"fields have pots of their own", []*dossier.Assessment{
			sharing("a", "culture", 10, 9000), sharing("b", "economy", 20, 9000)}, "a 1 funded-in-part:1000; b 1 funded-in-part:600; "},
		{"nobody has a share before all are decided", []*dossier.Assessment{
			sharing("a", "culture", 10, 900), waiting, sharing("c", "economy", 20, 9000)}, "a 1 ?; b 1 ?; c 1 funded-in-part:600; "},
		{"what somebody counts for is not known", []*dossier.Assessment{
			sharing("a", "culture", 10, 900), sharing("b", "culture", -1, 900)}, "a 1 ?; b 1 ?; "},
		{"who counts for nothing has nothing", []*dossier.Assessment{
			sharing("a", "culture", 10, 900), sharing("b", "culture", 0, 900)}, "a 1 funded:900; b 1 reserve; "},
	} {
		if got := awarded(Make(rs, c.list)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// Never more is given than there is or than is asked for, in whole steps, and whatever order dossiers come in.
func TestSharesKeepToTheBudget(t *testing.T) {
	t.Parallel()
	rs := awardRules(t, "shared-budget.yaml")
	rapid.Check(t, func(t *rapid.T) {
		var list []*dossier.Assessment
		for i := range rapid.IntRange(1, 9).Draw(t, "n") {
			list = append(list, sharing(string(rune('a'+i)), "culture", float64(rapid.IntRange(0, 700).Draw(t, "reached"))/10,
				float64(rapid.IntRange(1, 800).Draw(t, "ask"))))
		}
		one := Make(rs, list)
		if !reflect.DeepEqual(one, Make(rs, rapid.Permutation(list).Draw(t, "order"))) {
			t.Fatal("another order gives another list")
		}
		spent := 0.0
		for _, e := range one.Entries {
			if e.Granted == nil {
				continue
			}
			spent += e.Granted.Amount
			ask, _ := rs.Budget.AskOf(e.Assessment)
			if e.Granted.Amount > ask || int(e.Granted.Amount)%10 != 0 {
				t.Fatalf("%v is given of %v asked for", e.Granted.Amount, ask)
			}
		}
		if spent > 1000 {
			t.Fatalf("%v is given of 1000", spent)
		}
	})
}
