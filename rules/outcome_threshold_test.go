package rules

import (
	"strings"
	"testing"
)

func TestTheThresholdIsTheLowestTotalThatIsRecommended(t *testing.T) {
	for cond, want := range map[string]float64{
		`total >= 80`:                     80,
		`total >= 72.5 and share > 0.2`:   72.5,
		`share >= 0.8`:                    0,
		`total >= 10 or share > 0.5`:      0,
		`not (total >= 10) and share > 0`: 0,
	} {
		src := strings.Replace(testRules, "recommended: total >= 60 and each_criterion >= 40%", "recommended: "+cond, 1)
		rs, err := Load("r.yaml", []byte(src), testEnv(), nil)
		if err != nil {
			t.Fatalf("%s: %v", cond, err)
		}
		if got, by := Threshold(rs); got != want || by != 2 {
			t.Errorf("%s: the threshold is %v, within %v, and should be %v", cond, got, by, want)
		}
	}
}
