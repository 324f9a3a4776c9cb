package sampling

import (
	"bytes"
	"container/heap"
	"crypto/sha256"
	"slices"
)

// Stream draws a simple random sample of pieces that come one by one, in memory for the sample alone: it keeps those
// whose numbers, see Order, are the lowest (bottom-k sketch; Cohen and Kaplan, PODC 2007). The same seed and keys give
// the same sample in whatever order they come.
type Stream[T any] struct {
	seed string
	size int // pieces that it keeps
	seen int
	kept lowest[T]
}

// NewStream returns an empty sample of at most size pieces.
func NewStream[T any](seed string, size int) *Stream[T] { return &Stream[T]{seed: seed, size: size} }

// Add offers a piece to the sample. No two pieces may have the same key.
func (s *Stream[T]) Add(key string, piece T) {
	s.seen++
	heap.Push(&s.kept, drawn[T]{numberOf(s.seed, key), piece})
	if len(s.kept) > s.size {
		heap.Pop(&s.kept)
	}
}

// Seen returns how many pieces were offered.
func (s *Stream[T]) Seen() int { return s.seen }

// Pieces returns the sample in the order in which it was drawn: the first n of it are a sample of n.
func (s *Stream[T]) Pieces() []T {
	sorted := slices.Clone(s.kept)
	slices.SortFunc(sorted, func(a, b drawn[T]) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	out := make([]T, len(sorted))
	for i := range sorted {
		out[i] = sorted[i].piece
	}
	return out
}

// drawn is a piece with the hash that it was drawn by.
type drawn[T any] struct {
	hash  [sha256.Size]byte
	piece T
}

// lowest is a heap with the highest hash on top, which is the one to go.
type lowest[T any] []drawn[T]

func (l lowest[T]) Len() int           { return len(l) }
func (l lowest[T]) Less(i, j int) bool { return bytes.Compare(l[i].hash[:], l[j].hash[:]) > 0 }
func (l lowest[T]) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *lowest[T]) Push(x any)        { *l = append(*l, x.(drawn[T])) }

func (l *lowest[T]) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
