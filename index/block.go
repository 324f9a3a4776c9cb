package index

import (
	"cmp"
	"encoding/binary"
	"slices"
	"unsafe"
)

// shingles visits the shingles of a record: each two and each three terms in a row. Shingles that cross the end of
// a page are visited only if all is set: a filter may contain them, an exact row must not. Only a record that is
// being written has ids.
func (r *record) shingles(all bool, visit func(shingle uint64)) {
	ends := func(i int) bool { return false }
	if !all {
		next := 0
		ends = func(i int) bool { // whether a page begins at word i, asked in order
			for next < len(r.pages) && int(r.pages[next]) < i {
				next++
			}
			return next < len(r.pages) && int(r.pages[next]) == i
		}
	}
	since := 0 // words since a page began
	for i := range r.ids {
		if ends(i) {
			since = 0
		}
		if since >= 1 {
			visit(shingleID(r.ids[i-1], r.ids[i], 0))
		}
		if since >= 2 {
			visit(shingleID(r.ids[i-2], r.ids[i-1], r.ids[i]))
		}
		since++
	}
}

// block is what is known of the shingles in the records of one write, see words.go for its layout. It points into
// the mapped file.
type block struct {
	frequent []uint64 // sorted
	exact    []byte   // rows of the frequent ones
	filter   []byte   // rows of the filters
	bits     int      // number of rows of the filters
	row      int      // bytes of a row, which has a bit for each record
}

// blockSize returns the encoded size of a block in bytes, without its records.
func blockSize(records, bits, frequent int) int {
	row := (records + 7) / 8
	return headerSize + 8 + 8*frequent + pad((frequent+bits)*row, 8)
}

// frequentShingles returns the shingles that many of the records have, sorted, estimated from a sample of records;
// none for a small block.
func frequentShingles(records []record) []uint64 {
	if len(records) < minRecordsForFrequent {
		return nil
	}
	counts := map[uint64]int{}
	step := max(1, len(records)/recordSample)
	seen, n := map[uint64]bool{}, 0
	for i := 0; i < len(records); i += step {
		clear(seen)
		n++
		records[i].shingles(false, func(shingle uint64) {
			if !seen[shingle] {
				seen[shingle] = true
				counts[shingle]++
			}
		})
	}
	var out []uint64
	for shingle, c := range counts {
		if c > 1 && c*frequentShare >= n {
			out = append(out, shingle)
		}
	}
	if len(out) > maxFrequent {
		slices.SortFunc(out, func(a, b uint64) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
		out = out[:maxFrequent]
	}
	slices.Sort(out)
	return out
}

// makeBlock encodes what is known of the shingles in records, on all processors. Each goroutine sets bits of
// its own bytes, so no lock is needed. The result depends only on the records.
func makeBlock(records []record) []byte {
	words := 0
	for i := range records {
		words += len(records[i].folded)
	}
	frequent := frequentShingles(records)
	bits := min(1<<20, pad(max(64, bitsPerWord*words/len(records)), 64))
	out := make([]byte, blockSize(len(records), bits, len(frequent)))
	binary.NativeEndian.PutUint32(out[8:], uint32(len(records)))
	binary.NativeEndian.PutUint32(out[12:], uint32(bits))
	binary.NativeEndian.PutUint64(out[headerSize:], uint64(len(frequent)))
	at := headerSize + 8
	place := make(map[uint64]int, len(frequent))
	maybe := make([]uint64, 1<<10) // a bit for each frequent shingle, to ask before the map
	for i, shingle := range frequent {
		binary.NativeEndian.PutUint64(out[at+8*i:], shingle)
		place[shingle] = i
		maybe[shingle>>54] |= 1 << (shingle >> 48 & 63)
	}
	at += 8 * len(frequent)
	row := (len(records) + 7) / 8
	exact, filter := out[at:], out[at+len(frequent)*row:]
	groups := (row + 15) / 16 // of 128 records, so that no two goroutines write the same byte
	parallel(groups, func(g int) error {
		for n := g * 128; n < min(len(records), (g+1)*128); n++ {
			bit := byte(1) << (n % 8)
			records[n].shingles(true, func(shingle uint64) {
				for _, k := range rowsOf(shingle, bits) {
					filter[k*row+n/8] |= bit
				}
			})
			if len(frequent) == 0 {
				continue
			}
			records[n].shingles(false, func(shingle uint64) {
				if maybe[shingle>>54]>>(shingle>>48&63)&1 != 0 {
					if i, ok := place[shingle]; ok {
						exact[i*row+n/8] |= bit
					}
				}
			})
		}
		return nil
	})
	seal(out, blockMagic)
	return out
}

// readBlock reads the block that b begins with, and returns its size. The result points into b. Sizes that cannot
// be right are errDamaged, so that nothing is read beyond b; checksums are verified only by sound.
func readBlock(b []byte) (out block, size int, err error) {
	if len(b) < headerSize+8 || binary.NativeEndian.Uint32(b) != blockMagic {
		return block{}, 0, errDamaged
	}
	records, bits := int(binary.NativeEndian.Uint32(b[8:])), int(binary.NativeEndian.Uint32(b[12:]))
	frequent := int(binary.NativeEndian.Uint64(b[headerSize:]))
	if records < 1 || records > len(b) || bits > 1<<20 || bits < 1 || frequent > maxFrequent || frequent < 0 ||
		blockSize(records, bits, frequent) > len(b) {
		return block{}, 0, errDamaged
	}
	out = block{bits: bits, row: (records + 7) / 8}
	at := headerSize + 8
	if frequent > 0 {
		out.frequent = unsafe.Slice((*uint64)(unsafe.Pointer(&b[at])), frequent)
	}
	out.exact = b[at+8*frequent:]
	out.filter = out.exact[frequent*out.row:]
	return out, blockSize(records, bits, frequent), nil
}

// have returns which records of a block may have all of some shingles, as a bitmap, and whether that is
// certain: whether all of the shingles have exact rows. Padding bits at the end may be set. A dossier whose bit
// is not set certainly lacks one of the shingles.
func (b *block) have(shingles []uint64) (may []byte, sure bool) {
	may, sure = make([]byte, b.row), true
	for i := range may {
		may[i] = 0xff
	}
	and := func(row []byte) {
		for i, x := range row {
			may[i] &= x
		}
	}
	for _, shingle := range shingles {
		if i, ok := slices.BinarySearch(b.frequent, shingle); ok {
			and(b.exact[i*b.row : (i+1)*b.row])
			continue
		}
		sure = false
		for _, k := range rowsOf(shingle, b.bits) {
			and(b.filter[k*b.row : (k+1)*b.row])
		}
	}
	return may, sure
}
