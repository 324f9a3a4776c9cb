package index

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
)

// A pair of texts that was laid side by side and shares too little to report need not be laid side by side again as
// long as nothing that decides about it has changed. That is the text of both, and which of the shingles of the
// later one are boilerplate: the boilerplate of the earlier one is not looked at (see passages and shared), and
// titles, units and dates are only reported. So a pair is named by a hash of these three and of NearVersion, and a
// comparison of 2,000 dossiers of which 20 are new reads the texts of the 20 and of their candidates only.
//
// Pairs that do share something are always compared in full: they are few, and their passages are quoted.

// pairID names a pair of texts in one state.
type pairID [16]byte

// Settled are the pairs that a comparison laid side by side and found to share too little. It may be kept from one
// comparison to the next and lost at any time; it holds hashes only. A nil Settled holds none.
type Settled map[pairID]bool

var errBadSettled = errors.New("the pairs that need not be compared again are damaged")

// MarshalBinary writes the pairs in order.
func (s Settled) MarshalBinary() ([]byte, error) {
	ids := make([]pairID, 0, len(s))
	for id := range s {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b pairID) int { return bytes.Compare(a[:], b[:]) })
	out := make([]byte, 0, len(ids)*len(pairID{}))
	for _, id := range ids {
		out = append(out, id[:]...)
	}
	return out, nil
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (s *Settled) UnmarshalBinary(b []byte) error {
	const size = len(pairID{})
	if len(b)%size != 0 {
		return errBadSettled
	}
	*s = make(Settled, len(b)/size)
	for ; len(b) > 0; b = b[size:] {
		(*s)[pairID(b[:size])] = true
	}
	return nil
}

// boilerplateOf returns a hash of the shingles of a profile that are boilerplate.
func (c *comparison) boilerplateOf(i int) [sha256.Size]byte {
	var b []byte
	for _, h := range c.profiles[i].Sketch {
		if c.common[h] {
			b = binary.BigEndian.AppendUint32(b, h)
		}
	}
	return sha256.Sum256(b)
}

// pairOf names the pair of profile i, whose boilerplate is given, with the earlier profile j; ok is false if the
// text of one of them has no name.
func (c *comparison) pairOf(i, j int, boilerplate [sha256.Size]byte) (id pairID, ok bool) {
	a, b := &c.profiles[i], &c.profiles[j]
	if a.Text == "" || b.Text == "" {
		return id, false
	}
	h := sha256.New()
	for _, s := range []string{NearVersion, a.Text, b.Text} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
		h.Write([]byte(s))
	}
	h.Write(boilerplate[:])
	copy(id[:], h.Sum(nil))
	return id, true
}
