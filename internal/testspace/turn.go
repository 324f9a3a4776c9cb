package testspace

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// Turn returns a function that says of one case after another whether a test tries it. That is every n-th, and from
// day to day the next ones, so that all have had their turn after n days. In make soak all are tried. The cases must
// come in the same order in each run; KHEO_TURN=number repeats what a failed test tried, and says in its log.
func Turn(t testing.TB, n int) (due func() bool) {
	t.Helper()
	if Soak() {
		return func() bool { return true }
	}
	turn := int(time.Now().Unix() / (24 * 60 * 60))
	if s := os.Getenv("KHEO_TURN"); s != "" {
		set, err := strconv.Atoi(s)
		if err != nil || set < 0 {
			t.Fatalf("KHEO_TURN=%s is not a number", s)
		}
		turn = set
	}
	t.Logf("every %dth case is tried, in turns; KHEO_TURN=%d tries the same ones, and KHEO_SOAK=1 all", n, turn%n)
	i := -1
	return func() bool {
		i++
		return i%n == turn%n
	}
}
