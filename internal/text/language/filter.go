package language

// Filter reports of most words that they are not in a set, without a look into a map: nearly all words of a page are in
// none of the sets that are asked about each of them. It is a Bloom filter with one hash of a word's length and three
// of its bytes. The zero value is the filter of the empty set.
type Filter struct {
	bits [filterSize]uint64
}

// filterSize is how many words of 64 bits a Filter has; a power of two. With it, sets of a few hundred words let
// through less than a tenth of other words.
const filterSize = 64

// place returns where the bit of a word is, which must not be empty.
func (f *Filter) place(word string) (at int, bit uint64) {
	n := len(word)
	h := uint32(word[0])*0x9E3779B1 ^ uint32(word[n-1])*0x85EBCA77 ^ uint32(word[n/2])*0xC2B2AE3D ^ uint32(n)*0x27D4EB2F
	h ^= h >> 15
	return int(h % filterSize), 1 << (h >> 26)
}

// Add adds a word to the set.
func (f *Filter) Add(word string) {
	if word != "" {
		at, bit := f.place(word)
		f.bits[at] |= bit
	}
}

// MayHave reports whether a word may be in the set; if it is, the result is true.
func (f *Filter) MayHave(word string) bool {
	if word == "" {
		return false
	}
	at, bit := f.place(word)
	return f.bits[at]&bit != 0
}
