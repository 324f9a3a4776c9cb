package rules

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// eighty is the ruleset of kheo init with criteria up to 80.
func eighty(tb testing.TB) string {
	tb.Helper()
	src, err := os.ReadFile("../cmd/kheo/internal/command/setup/starter/rules/models.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	var more strings.Builder
	for i := range 77 {
		fmt.Fprintf(&more, "  - id: more-%d\n    title: { vi: Thêm %d, nb: Mer %d, en: More %d }\n    max: 10\n    measured: households\n"+
			"    steps: [ { from: 15, points: 3 }, { from: 30, points: 6 }, { from: 60, points: 10 } ]\n", i, i, i, i)
	}
	return strings.Replace(strings.Replace(string(src), "\ncopies:", "\n"+more.String()+"copies:", 1), "max_points: 100", "max_points: 870", 1)
}

// BenchmarkLoad is the check of a ruleset of 80 criteria.
func BenchmarkLoad(b *testing.B) {
	src := []byte(eighty(b))
	env := &Env{Campaign: "c", Languages: []string{"vi", "nb", "en"}, Opens: "2026-01-01", Closes: "2026-12-31",
		Units: []Unit{{ID: "north", Name: "North"}}, Kinds: []Named{{ID: "model"}}, Levels: []Named{{ID: "grassroots"}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load("r.yaml", src, env, nil); err != nil {
			b.Fatal(err)
		}
	}
}
