package likely

import (
	"bytes"
	"fmt"
	"math"
)

// Example is a value on a labelled paper.
type Example struct {
	Kind   Kind
	Signs  Signs
	Right  bool
	Weight float64 // how much it counts
}

// How weights are fitted.
const (
	ridge    = 2.0 // by which large weights are held back
	leastOf  = 8   // examples that have a sign, so that it gets a weight
	maxSteps = 25  // of Newton's method
	near     = 1e-4
)

// Fit fits the weights of each kind of place to examples: a logistic regression with a ridge, by Newton's method.
func Fit(examples []Example) *Model {
	m := &Model{Of: map[Kind]*Weights{}}
	for _, k := range Kinds {
		var of []Example
		for _, e := range examples {
			if e.Kind == k {
				of = append(of, e)
			}
		}
		m.Of[k] = fit(of)
	}
	return m
}

// fit fits the weights of one kind.
func fit(all []Example) *Weights {
	w := &Weights{}
	var used []int
	for s := range int(numSigns) {
		n := 0
		for i := range all {
			if all[i].Signs[s] != 0 {
				n++
			}
		}
		if n >= leastOf {
			used = append(used, s)
		}
	}
	for range maxSteps {
		slope := make([]float64, len(used))
		curve := make([][]float64, len(used))
		for j, s := range used {
			curve[j] = make([]float64, len(used))
			curve[j][j] = ridge
			if s == int(Always) {
				curve[j][j] = ridge / 1000
			}
			slope[j] = -curve[j][j] * w[s]
		}
		for i := range all {
			e := &all[i]
			p := w.Chance(&e.Signs)
			miss := -p
			if e.Right {
				miss++
			}
			for j, s := range used {
				x := e.Signs[s]
				if x == 0 {
					continue
				}
				slope[j] += e.Weight * miss * x
				for k := range j + 1 {
					curve[j][k] += e.Weight * p * (1 - p) * x * e.Signs[used[k]]
				}
			}
		}
		solve(curve, slope)
		most := 0.0
		for j, s := range used {
			w[s] += slope[j]
			most = max(most, math.Abs(slope[j]))
		}
		if most < near {
			break
		}
	}
	return w
}

// solve puts the solution x of a·x = b into b, by Cholesky's method: a is symmetric and positive, and only its lower
// half is read.
func solve(a [][]float64, b []float64) {
	n := len(b)
	for j := range n {
		for k := range j + 1 {
			s := a[j][k]
			for m := range k {
				s -= a[j][m] * a[k][m]
			}
			if j == k {
				a[j][j] = math.Sqrt(max(s, 1e-12))
			} else {
				a[j][k] = s / a[k][k]
			}
		}
	}
	for j := range n {
		for m := range j {
			b[j] -= a[j][m] * b[m]
		}
		b[j] /= a[j][j]
	}
	for j := n - 1; j >= 0; j-- {
		for m := j + 1; m < n; m++ {
			b[j] -= a[m][j] * b[m]
		}
		b[j] /= a[j][j]
	}
}

// Write writes the weights as weights.yaml, with what they come from, as lines "name: number".
func (m *Model) Write(from []string) []byte {
	var out bytes.Buffer
	out.WriteString("# How much each sign around a value says for it being a fact's, by kind of place: made by make " +
		"weights, which\n" +
		"# docs/values.md describes. Numbers under from are counts of what the weights are fitted to.\n")
	fmt.Fprintf(&out, "also: %g\nask:\n", m.Also)
	for _, k := range Kinds {
		fmt.Fprintf(&out, "  %s: %g\n", k, m.Ask[k])
	}
	out.WriteString("from:\n")
	for _, s := range from {
		fmt.Fprintf(&out, "  %s\n", s)
	}
	out.WriteString("kinds:\n")
	for _, k := range Kinds {
		fmt.Fprintf(&out, "  %s:\n", k)
		for s, x := range m.Of[k] {
			if math.Abs(x) >= 0.005 {
				fmt.Fprintf(&out, "    %s: %.2f\n", names[s], x)
			}
		}
	}
	return out.Bytes()
}
