package sampling

import (
	"cmp"
	"slices"
)

// Answer is what came of checking a piece.
type Answer int8

// Answers. Of a piece that is Unsure it is not known whether it is right, although someone looked.
const (
	Unchecked Answer = iota
	Right
	Wrong
	Unsure
)

// Frame is a stratum in the random order in which its pieces are to be checked, see Order.
type Frame struct {
	Name    string
	Answers []Answer // of all pieces of the stratum
}

// maxGaps is the share of unchecked pieces up to which the first pieces of a frame are taken for its sample.
const maxGaps = 0.1

// Front returns how many of the first pieces of the frame are its sample: those up to the last one that was
// checked with few unchecked ones before it. Which pieces belong to it depends on where people have looked
// and not on what they found, so it is a random sample. Gaps are pieces that came later, or that those who
// checked had to leave to others.
func (f *Frame) Front() (n int) {
	gaps := 0
	for i, a := range f.Answers {
		if a == Unchecked {
			gaps++
		} else if float64(gaps) <= maxGaps*float64(i+1) {
			n = i + 1
		}
	}
	return n
}

// count returns how many of the first n pieces have an answer.
func (f *Frame) count(n int, want Answer) (k int) {
	for _, a := range f.Answers[:n] {
		if a == want {
			k++
		}
	}
	return k
}

// Sample returns the sample of the frame as a stratum, without the pieces whose answer is not known.
func (f *Frame) Sample() Stratum { return strata([]Frame{*f}, Unsure)[0] }

// strata returns the frames as strata: with unknown answers in the samples counted as right, as wrong, or
// left out if as is Unsure.
func strata(frames []Frame, as Answer) []Stratum {
	out := make([]Stratum, len(frames))
	for i := range frames {
		f := &frames[i]
		n := f.Front()
		right, wrong := f.count(n, Right), f.count(n, Wrong)
		s := Stratum{Name: f.Name, Size: len(f.Answers), Checked: right + wrong, Right: right}
		switch unknown := n - right - wrong; as {
		case Right:
			s.Checked, s.Right = s.Checked+unknown, s.Right+unknown
		case Wrong:
			s.Checked += unknown
		}
		out[i] = s
	}
	return out
}

// Remaining estimates the share of right pieces among those that remain after the pieces that were found
// wrong have left. In a sample, pieces of unknown answer count as wrong for Low and as right for High;
// Checked and Right count all pieces that were checked, Pieces those that there were in all.
//
// If N pieces were there, of which W left, a share of p right pieces is p·N of the N–W that remain. What is
// known of pieces outside the samples bounds it: people may have looked at those because they were doubtful,
// so that they say nothing about the others.
func Remaining(frames []Frame, confidence float64) Estimate {
	e := Of(strata(frames, Unsure), confidence)
	e.Low, e.High = Of(strata(frames, Wrong), confidence).Low, Of(strata(frames, Right), confidence).High
	e.Pieces, e.Checked, e.Right = 0, 0, 0
	left := 0
	for i := range frames {
		f := &frames[i]
		n := len(f.Answers)
		right, wrong := f.count(n, Right), f.count(n, Wrong)
		e.Pieces, e.Checked, e.Right, left = e.Pieces+n, e.Checked+right+wrong, e.Right+right, left+wrong
	}
	remain := float64(e.Pieces - left)
	if remain <= 0 { // nothing remains that could be wrong
		e.Share, e.Low, e.High = 1, 1, 1
		return e
	}
	least := float64(e.Right) / remain
	among := func(share float64) float64 { return min(1, max(least, share*float64(e.Pieces)/remain)) }
	e.Share, e.Low, e.High = among(e.Share), among(e.Low), among(e.High)
	return e
}

// Sampled returns how many pieces the samples of the frames hold, without gaps.
func Sampled(frames []Frame) (n int) {
	for i := range frames {
		front := frames[i].Front()
		n += front - frames[i].count(front, Unchecked)
	}
	return n
}

// More returns how many more pieces must be checked so that Low of what remains reaches a share, if all of
// these are right and are the next in their order; false if that is impossible. Pieces that no one could decide
// stay unknown.
func More(frames []Frame, share, confidence float64) (n int, ok bool) {
	total := 0
	sizes := make([]int, len(frames))
	for i := range frames {
		sizes[i] = len(frames[i].Answers)
		total += sizes[i]
	}
	reaches := func(n int) (more int, ok bool) {
		then := make([]Frame, len(frames))
		for i, front := range Allocate(n, sizes) {
			then[i].Answers = slices.Clone(frames[i].Answers)
			for k := range then[i].Answers[:max(front, frames[i].Front())] {
				if a := &then[i].Answers[k]; *a == Unchecked {
					*a = Right
					more++
				}
			}
		}
		return more, Remaining(then, confidence).Low >= share
	}
	if Remaining(frames, confidence).Low >= share {
		return 0, true
	}
	more, ok := reaches(total)
	if !ok {
		return more, false
	}
	low, high := 0, total
	for low < high { // Low grows with what is found right
		mid := (low + high) / 2
		if _, ok := reaches(mid); ok {
			high = mid
		} else {
			low = mid + 1
		}
	}
	more, _ = reaches(low)
	return more, true
}

// Kappa returns the agreement of two people beyond chance (Cohen, Educational and Psychological Measurement
// 20, 1960, 37–46): table[i][k] counts the pieces of which the first says i and the second k. ok is false if
// chance alone would make them agree on everything, or if there are no pieces.
func Kappa(table [2][2]int) (kappa float64, ok bool) {
	n := float64(table[0][0] + table[0][1] + table[1][0] + table[1][1])
	if n == 0 {
		return 0, false
	}
	agree := float64(table[0][0]+table[1][1]) / n
	first, other := float64(table[0][0]+table[0][1])/n, float64(table[0][0]+table[1][0])/n
	chance := first*other + (1-first)*(1-other)
	if cmp.Compare(chance, 1) == 0 {
		return 0, false
	}
	return (agree - chance) / (1 - chance), true
}
