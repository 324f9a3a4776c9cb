// Package sampling plans and evaluates checks by people of some of many pieces: how many to check, which ones, and what
// the result says of all of them.
//
// Pieces are in strata that are checked at different rates. The estimate of the share that is right weights each
// stratum by its size. Its interval is that of Korn and Graubard (Survey Methodology 24, 1998, 193–201): the interval
// of Clopper and Pearson (Biometrika 26, 1934) for as many pieces as a simple random sample would need for the same
// variance, with the finite population correction of Cochran (Sampling Techniques, 3rd ed., 1977, section 5.4). It
// holds at least what it says even if no piece is wrong, which the normal approximation does not.
package sampling

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mathext"
)

// Stratum is a group of pieces of which some were checked. 0 <= Right <= Checked <= Size.
type Stratum struct {
	Name    string
	Size    int // pieces in all
	Checked int
	Right   int // of those checked
}

// Estimate is what a check says of all pieces: the share that is right, and the interval that covers it with the
// confidence asked for. Low and High are 0 and 1 if nothing was checked.
type Estimate struct {
	Pieces  int // in all
	Checked int
	Right   int // of those checked
	Share   float64
	Low     float64
	High    float64
}

// ClopperPearson returns the interval that covers the share of successes with at least the given confidence, over 0 to
// 1, if k of n independent trials succeeded. n and k may be fractions, as effective sizes are.
func ClopperPearson(k, n, confidence float64) (low, high float64) {
	tail := (1 - confidence) / 2
	low, high = 0, 1
	if n <= 0 {
		return low, high
	}
	if k > 0 {
		low = mathext.InvRegIncBeta(k, n-k+1, tail)
	}
	if k < n {
		high = mathext.InvRegIncBeta(k+1, n-k, 1-tail)
	}
	return low, high
}

// Of estimates the share of right pieces over all strata at a confidence over 0 to 1. A stratum of which nothing was
// checked may hold anything: its pieces count as wrong for Low and as right for High, and Share is that of the others.
func Of(strata []Stratum, confidence float64) Estimate {
	var e Estimate
	for _, s := range strata {
		e.Pieces, e.Checked, e.Right = e.Pieces+s.Size, e.Checked+s.Checked, e.Right+s.Right
	}
	seen := 0
	for _, s := range strata {
		if s.Checked > 0 {
			seen += s.Size
		}
	}
	if seen == 0 {
		e.High = 1
		return e
	}
	variance := 0.0
	pooled := float64(e.Right) / float64(e.Checked)
	for _, s := range strata {
		if s.Checked == 0 {
			continue
		}
		weight := float64(s.Size) / float64(seen)
		share := float64(s.Right) / float64(s.Checked)
		e.Share += weight * share
		spread := share * (1 - share)
		if s.Checked == 1 { // one piece says nothing about the spread
			spread = pooled * (1 - pooled)
		}
		variance += weight * weight * spread / float64(max(1, s.Checked-1)) * correction(s)
	}
	n := effective(strata, e.Share, variance, seen)
	e.Low, e.High = ClopperPearson(e.Share*n, n, confidence)
	if whole(strata) {
		e.Low, e.High = e.Share, e.Share
	}
	unseen := float64(e.Pieces-seen) / float64(e.Pieces)
	e.Low *= 1 - unseen
	e.High = e.High*(1-unseen) + unseen
	// Pieces are whole: of ten pieces, nine of them right, no bound is between nine and ten.
	const rounding = 1e-9
	n = float64(e.Pieces)
	e.Low, e.High = math.Floor(e.Low*n+rounding)/n, math.Ceil(e.High*n-rounding)/n
	return e
}

// correction is the finite population correction of a stratum: 0 if all of it was checked.
func correction(s Stratum) float64 {
	if s.Size <= 1 {
		return 0
	}
	return float64(s.Size-s.Checked) / float64(s.Size-1)
}

// effective is the size of the simple random sample that has the given variance at a share. If no piece or all were
// wrong the variance is 0 and says nothing: it is then the size that the weights alone give (Kish, Survey Sampling,
// 1965), corrected for the finite population.
func effective(strata []Stratum, share, variance float64, seen int) float64 {
	byWeights, checked := 0.0, 0
	for _, s := range strata {
		if s.Checked > 0 {
			weight := float64(s.Size) / float64(seen)
			byWeights += weight * weight / float64(s.Checked)
			checked += s.Checked
		}
	}
	n := 1 / byWeights
	if left := seen - checked; left > 0 {
		n *= float64(seen-1) / float64(left)
	} else {
		n = math.Inf(1)
	}
	if variance > 0 {
		n = min(n, share*(1-share)/variance)
	}
	return min(n, 1e9)
}

// whole reports whether every piece of every stratum was checked.
func whole(strata []Stratum) bool {
	return !slices.ContainsFunc(strata, func(s Stratum) bool { return s.Checked < s.Size })
}

// Needed returns how many of a number of pieces must be checked so that Low reaches a share if the given number of them
// is wrong, and whether that is possible at all. Shares and confidence are over 0 to 1.
func Needed(pieces, wrong int, share, confidence float64) (n int, ok bool) {
	reaches := func(n int) bool {
		one := []Stratum{{Size: pieces, Checked: n, Right: n - min(wrong, n)}}
		return Of(one, confidence).Low >= share
	}
	if pieces == 0 || !reaches(pieces) {
		return pieces, false
	}
	low, high := min(wrong, pieces), pieces // reaches is monotone from wrong on
	for low < high {
		if mid := (low + high) / 2; reaches(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low, true
}

// NeededForMargin returns how many of a number of pieces must be checked so that half of the interval is at most the
// margin, if the given share turns out right.
func NeededForMargin(pieces int, share, margin, confidence float64) int {
	n := 1
	for n < pieces {
		e := Of([]Stratum{{Size: pieces, Checked: n, Right: int(math.Round(share * float64(n)))}}, confidence)
		if (e.High-e.Low)/2 <= margin {
			return n
		}
		n += max(1, n/50)
	}
	return pieces
}

// Allocate spreads n checks over strata by their sizes: at least two in each, or all of a smaller one, and never more
// than a stratum has. The numbers add up to n, or more if the least ones do.
func Allocate(n int, sizes []int) []int {
	const least = 2
	total := 0
	out := make([]int, len(sizes))
	for i, size := range sizes {
		total += size
		out[i] = min(size, least)
	}
	given := func() (sum int) {
		for _, k := range out {
			sum += k
		}
		return sum
	}
	for left := min(n, total) - given(); left > 0; left-- {
		best, want := -1, 0.0
		for i, size := range sizes {
			if out[i] < size {
				if lack := float64(n)*float64(size)/float64(total) - float64(out[i]); best < 0 || lack > want {
					best, want = i, lack
				}
			}
		}
		out[best]++
	}
	return out
}

// Order puts keys into a random order that a seed gives. Each key has a random number of its own, a hash of
// seed and key (permanent random numbers: Ohlsson in Business Survey Methods, 1995, chapter 9): the first n
// are a simple random sample, and keys that come later or leave do not change the order of the others. The
// keys must be distinct.
func Order(seed string, keys []string) []string {
	type numbered struct {
		number [sha256.Size]byte
		key    string
	}
	list := make([]numbered, len(keys))
	for i, k := range keys {
		list[i] = numbered{numberOf(seed, k), k}
	}
	slices.SortFunc(list, func(a, b numbered) int {
		return cmp.Or(bytes.Compare(a.number[:], b.number[:]), cmp.Compare(a.key, b.key))
	})
	out := make([]string, len(list))
	for i := range list {
		out[i] = list[i].key
	}
	return out
}

// numberOf is the random number of a key under a seed.
func numberOf(seed, key string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strconv.Quote(seed) + key))
}

// Draw returns the first n keys in the order that a seed gives, or all if there are fewer.
func Draw(seed string, n int, keys []string) []string { return Order(seed, keys)[:min(n, len(keys))] }
