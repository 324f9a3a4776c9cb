package index

// The hashes of this package, all of them in the index or in sketches on disk: changing one means a new version
// (index.go) or NearVersion.

// Constants of FNV-1a: Fowler, Noll and Vo, RFC 9923 and http://www.isthe.com/chongo/tech/comp/fnv/.
const (
	fnvOffset32 = 2166136261
	fnvPrime32  = 16777619
	fnvOffset64 = 14695981039346656037
	fnvPrime64  = 1099511628211
)

// goldenGamma is the odd number nearest to 2^64 divided by the golden ratio, the increment of splitmix64: Steele, Lea
// and Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
const goldenGamma = 0x9e3779b97f4a7c15

// mix64 is the finaliser of splitmix64 (variant 13 of Stafford's), after which every bit of the result depends on
// every bit of x.
func mix64(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// fnv32 is FNV-1a of a string.
func fnv32(s string) uint32 {
	h := uint32(fnvOffset32)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint32(s[i])) * fnvPrime32
	}
	return h
}

// hash32 is FNV-1a, whose low bits say little of the last letters, with the finaliser of MurmurHash3 (Appleby, public
// domain), fmix32. It is never 0, which is the hash of no word.
func hash32(s string) uint32 {
	h := fnv32(s)
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return max(1, h^h>>16)
}

// hash16 is the lower half of hash32.
func hash16(s string) uint16 { return uint16(hash32(s)) }

// shingleID names two or three terms in a row by the hash32 of each, folded; c is 0 if they are two.
func shingleID(a, b, c uint32) uint64 {
	x := mix64(uint64(a)<<32 | uint64(b))
	if c != 0 {
		x = mix64(x ^ uint64(c)*goldenGamma)
	}
	return x
}

// rowsOf returns the rows of a filter of n rows that a shingle sets: the next numbers of splitmix64 from its ID on,
// each reduced to the range by multiplication (Lemire, "Fast Random Integer Generation in an Interval", 2019).
func rowsOf(shingle uint64, n int) (rows [bitsPerShingle]int) {
	for i := range rows {
		shingle += goldenGamma
		rows[i] = int(mix64(shingle) >> 32 * uint64(n) >> 32)
	}
	return rows
}

// hashTokens hashes the words of tokens for sketches, FNV-1a over words of 32 bits with the high bits mixed in, from a
// start that distinguishes kinds of shingles.
func hashTokens(start uint64, t []token, at int, offsets []int) uint32 {
	h := start
	for _, k := range offsets {
		h = (h ^ uint64(t[at+k].hash)) * fnvPrime64
		h ^= h >> 29
	}
	return uint32(h ^ h>>32)
}
