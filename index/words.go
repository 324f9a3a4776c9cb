package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/bits"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/blevesearch/mmap-go"

	"kheo/internal/text/query"
)

// The terms of a dossier, in order, are kept beside Bleve in files that only grow. Bleve keeps for each term the
// dossiers that have it, which takes half a byte for each byte of text. With positions it would take two, and a phrase
// of frequent syllables would have to read them all. Here a term is two numbers of 16 bits: a hash of its folded form,
// and one of the form as it is written. They are in two planes, all of the first and then all of the second, so that
// a phrase is looked for four terms at a time in the first plane, and the second is read only if the first agrees.
//
// Most dossiers that have all words of a phrase do not have the phrase. So the records of one write are in a block,
// which begins with what is known of its shingles: two or three terms in a row. Of shingles that many of the dossiers
// have, it says exactly which have them. For all others there are Bloom filters, one for each dossier, stored bit by
// bit: the first bit of every dossier, then the second bit of every dossier, and so on, as in bit-sliced signatures
// (Goodwin and others, "BitFunnel", 2017). A few rows then say of all dossiers of the block which may have a shingle.
//
// A block is, in the byte order of the machine:
//
//	magic, CRC-32 of the rest, number of records, bits of a filter  4 × uint32
//	number of frequent shingles                                     uint64
//	the frequent shingles, in order                                 uint64 each
//	a row for each of them, which dossiers have it                  ⌈records/8⌉ bytes each
//	the rows of the filters                                         ⌈records/8⌉ bytes each
//	the records
//
// and a record:
//
//	magic, CRC-32 of the rest, number of terms, number of pages     4 × uint32
//	the first term of each page                                     pages × uint32
//	a bit for each term, set if a sentence begins with it           ⌈terms/64⌉ × uint64
//	folded hashes, written hashes                                   2 × terms × uint16
//
// each part padded to eight bytes.
const (
	blockMagic   = 0x6b68656e
	recordMagic  = 0x6b68656f
	headerSize   = 16
	wordFileSize = 256 << 20 // a file of this size gets no more records

	bitsPerShingle        = 3    // of a filter that a shingle sets
	bitsPerWord           = 16   // of a filter for each term, which begins two shingles
	frequentShare         = 16   // a shingle in one of 16 dossiers is frequent
	minRecordsForFrequent = 256  // smaller blocks have filters only
	recordSample          = 160  // records in which frequent shingles are counted
	maxFrequent           = 4000 // shingles with exact rows
)

// code is the two hashes of a term. No two words of one language are known that agree in both; if they did, a
// phrase could be found in a dossier that has the other word in its place.
type code struct{ folded, written uint16 }

// codeOf returns the code of a word by its folded and its written form.
func codeOf(folded, written string) code { return code{hash16(folded), hash16(written)} }

// record is the terms of one dossier, in order.
type record struct {
	pages           []uint32 // the first term of each page
	sentences       []uint64 // a bit for each term, set if a sentence begins with it
	folded, written []uint16
	ids             []uint32 // hash32 of the folded terms, only while it is being written
}

// add appends a term to the last page; begins reports whether a sentence begins with it.
func (r *record) add(k *known, begins bool) {
	n := len(r.folded)
	if n%64 == 0 {
		r.sentences = append(r.sentences, 0)
	}
	if begins {
		r.sentences[n/64] |= 1 << (n % 64)
	}
	r.folded = append(r.folded, k.code.folded)
	r.written = append(r.written, k.code.written)
	r.ids = append(r.ids, k.id)
}

// pad rounds n up to a multiple of to, which must be a power of two.
func pad(n, to int) int { return (n + to - 1) &^ (to - 1) }

// recordSize returns the encoded size of a record in bytes.
func recordSize(words, pages int) int {
	return headerSize + pad(4*pages, 8) + 8*((words+63)/64) + 2*pad(2*words, 8)
}

// append appends the encoded record to b. len(b) must be a multiple of eight.
// append appends the encoded record to b.
func (r *record) append(b []byte) []byte {
	start, n := len(b), len(r.folded)
	b = append(b, make([]byte, recordSize(n, len(r.pages)))...)
	out := b[start:]
	binary.NativeEndian.PutUint32(out[8:], uint32(n))
	binary.NativeEndian.PutUint32(out[12:], uint32(len(r.pages)))
	at := headerSize
	for i, p := range r.pages {
		binary.NativeEndian.PutUint32(out[at+4*i:], p)
	}
	at += pad(4*len(r.pages), 8)
	for i := range (n + 63) / 64 {
		binary.NativeEndian.PutUint64(out[at+8*i:], r.sentences[i])
	}
	at += 8 * ((n + 63) / 64)
	for _, plane := range [][]uint16{r.folded, r.written} {
		for i, w := range plane {
			binary.NativeEndian.PutUint16(out[at+2*i:], w)
		}
		at += pad(2*len(plane), 8)
	}
	seal(out, recordMagic)
	return b
}

// seal writes the magic number and the checksum of a block or record.
func seal(b []byte, magic uint32) {
	binary.NativeEndian.PutUint32(b, magic)
	binary.NativeEndian.PutUint32(b[4:], crc32.ChecksumIEEE(b[8:]))
}

// sealed reports whether the checksum of a block or record is right.
func sealed(b []byte) bool { return crc32.ChecksumIEEE(b[8:]) == binary.NativeEndian.Uint32(b[4:]) }

// errDamaged is returned for blocks and records that cannot be right.
var errDamaged = fmt.Errorf("%w (the words of a dossier cannot be read)", ErrDamaged)

// readRecord reads the record that b begins with, and returns its size. The record points into b, which must be
// aligned to eight bytes and must not change.
func readRecord(b []byte) (r record, size int, err error) {
	if len(b) < headerSize || binary.NativeEndian.Uint32(b) != recordMagic {
		return r, 0, errDamaged
	}
	words, pages := int(binary.NativeEndian.Uint32(b[8:])), int(binary.NativeEndian.Uint32(b[12:]))
	if words > len(b) || pages > len(b) || recordSize(words, pages) > len(b) {
		return r, 0, errDamaged
	}
	at := headerSize
	if pages > 0 {
		r.pages = unsafe.Slice((*uint32)(unsafe.Pointer(&b[at])), pages)
		at += pad(4*pages, 8)
	}
	if words > 0 {
		r.sentences = unsafe.Slice((*uint64)(unsafe.Pointer(&b[at])), (words+63)/64)
		at += 8 * len(r.sentences)
		r.folded = unsafe.Slice((*uint16)(unsafe.Pointer(&b[at])), words)
		at += pad(2*words, 8)
		r.written = unsafe.Slice((*uint16)(unsafe.Pointer(&b[at])), words)
	}
	return r, recordSize(words, pages), nil
}

// page returns the page that a term is on, and the terms [first, last) of it.
func (r *record) page(word int) (page, first, last int) {
	page = sort.Search(len(r.pages), func(i int) bool { return int(r.pages[i]) > word }) - 1
	first, last = 0, len(r.folded)
	if page >= 0 {
		first = int(r.pages[page])
	}
	if page+1 < len(r.pages) {
		last = int(r.pages[page+1])
	}
	return page, first, last
}

// sentence returns the first and the last term of the sentence that a term is in.
func (r *record) sentence(word int) (first, last int) {
	_, from, to := r.page(word)
	begins := func(i int) bool { return r.sentences[i/64]>>(i%64)&1 != 0 }
	for first = word; first > from && !begins(first); first-- {
	}
	for last = word; last+1 < to && !begins(last+1); last++ {
	}
	return first, last
}

// next returns the first term in [from, to) whose folded hash is h, or to. It compares four at a time (SWAR: the
// zero-halfword test of Hacker's Delight, 6-1).
func (r *record) next(h uint16, from, to int) int {
	f := r.folded
	for ; from < to && from%4 != 0; from++ {
		if f[from] == h {
			return from
		}
	}
	const ones, tops = 0x0001000100010001, 0x8000800080008000
	pattern := uint64(h) * ones
	for ; from+4 <= to; from += 4 {
		x := *(*uint64)(unsafe.Pointer(&f[from])) ^ pattern
		if zero := (x - ones) &^ x & tops; zero != 0 { // the lowest set bit is never a false one
			return from + bits.TrailingZeros64(zero)/16
		}
	}
	for ; from < to; from++ {
		if f[from] == h {
			return from
		}
	}
	return to
}

// location is the place of a record, and what ranking needs to know before it is read. It is stored with the dossier
// in Bleve, see placeTerm.
type location struct {
	file   uint32
	at     uint32 // in units of eight bytes
	block  uint32 // in units of eight bytes
	number uint32 // in its block
	words  uint32
	tie    uint32 // hash of the dossier's id, which orders equal scores
	exists bool
}

// wordFiles is the set of files with the records of one index, numbered from 0. One goroutine may add records; any
// number may read meanwhile. Files only grow, so what was read once stays valid.
type wordFiles struct {
	dir string

	mapped atomic.Pointer[[]mmap.MMap] // by number; replaced as a whole, so that readers need no lock
	mu     sync.Mutex                  // guards remap
	old    []mmap.MMap                 // mappings of files that have grown since

	out     *os.File // the file to append to
	outNum  uint32   // number of out
	outSize int64    // its size, at which the next block begins
}

// openWords opens the files in a folder, for reading or for appending, too.
func openWords(dir string, write bool) (*wordFiles, error) {
	w := &wordFiles{dir: dir}
	w.mapped.Store(&[]mmap.MMap{})
	if !write {
		return w, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	nums, err := w.numbers()
	if err != nil {
		return nil, err
	}
	if len(nums) > 0 {
		w.outNum = nums[len(nums)-1]
	}
	return w, w.grow()
}

// path returns the path of a file by its number.
func (w *wordFiles) path(n uint32) string {
	return filepath.Join(w.dir, fmt.Sprintf("%08d.words", n))
}

// numbers returns the numbers of the files, sorted.
func (w *wordFiles) numbers() ([]uint32, error) {
	list, err := os.ReadDir(w.dir)
	if err != nil {
		return nil, err
	}
	var out []uint32
	for _, e := range list {
		name, ok := strings.CutSuffix(e.Name(), ".words")
		if n, err := strconv.ParseUint(name, 10, 32); ok && err == nil {
			out = append(out, uint32(n))
		}
	}
	return out, nil // ReadDir sorts
}

// grow opens the file to append to: the last, or a new one if that is full.
func (w *wordFiles) grow() error {
	for {
		f, err := os.OpenFile(w.path(w.outNum), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		size, err := f.Seek(0, 2)
		if err != nil {
			f.Close()
			return err
		}
		if size < wordFileSize {
			w.out, w.outSize = f, int64(pad(int(size), 8)) // skips what a killed run left half written
			return nil
		}
		f.Close()
		w.outNum++
	}
}

// add appends records in one block, and returns the location of each after they are synced.
func (w *wordFiles) add(records []record) ([]location, error) {
	if w.outSize >= wordFileSize {
		if err := w.out.Close(); err != nil {
			return nil, err
		}
		w.outNum++
		if err := w.grow(); err != nil {
			return nil, err
		}
	}
	b := makeBlock(records)
	out := make([]location, len(records))
	for i := range records {
		at := (w.outSize + int64(len(b))) / 8
		if at > 1<<32-1 {
			return nil, errors.New("the index cannot hold so many words in one batch")
		}
		out[i] = location{file: w.outNum, at: uint32(at), block: uint32(w.outSize / 8), number: uint32(i),
			words: uint32(len(records[i].folded)), exists: true}
		b = records[i].append(b)
	}
	if _, err := w.out.WriteAt(b, w.outSize); err != nil {
		return nil, fmt.Errorf("writing the words of dossiers: %w", err)
	}
	if err := w.out.Sync(); err != nil {
		return nil, fmt.Errorf("writing the words of dossiers: %w", err)
	}
	w.outSize += int64(len(b))
	return out, nil
}

// bytesAt returns the bytes of a file from an offset in units of eight bytes: at least size of them, or an error.
func (w *wordFiles) bytesAt(file, at uint32, size int) ([]byte, error) {
	start := int(at) * 8
	if m := *w.mapped.Load(); int(file) < len(m) && start+size <= len(m[file]) {
		return m[file][start:], nil
	}
	m, err := w.remap(file, start+size)
	if err != nil {
		return nil, err
	}
	return m[start:], nil
}

// blockAt returns the block that a record belongs to.
func (w *wordFiles) blockAt(l location) (block, error) {
	b, err := w.bytesAt(l.file, l.block, int(l.at-l.block)*8) // records follow their block
	if err != nil {
		return block{}, err
	}
	out, _, err := readBlock(b)
	if err == nil && int(l.number) >= 8*out.row {
		err = errDamaged
	}
	return out, err
}

// at returns the record at a location.
func (w *wordFiles) at(l location) (record, error) {
	b, err := w.bytesAt(l.file, l.at, recordSize(int(l.words), 0))
	if err != nil {
		return record{}, err
	}
	r, _, err := readRecord(b)
	if err == nil && len(r.folded) != int(l.words) {
		err = errDamaged
	}
	return r, err
}

// remap maps a file as it is now, at least up to end. Earlier mappings stay until close, because searches may be
// reading them.
func (w *wordFiles) remap(file uint32, end int) (mmap.MMap, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := *w.mapped.Load()
	if int(file) < len(was) && end <= len(was[file]) {
		return was[file], nil
	}
	f, err := os.Open(w.path(file))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", errDamaged, err)
	}
	defer f.Close()
	if fi, err := f.Stat(); err != nil || fi.Size() < int64(end) {
		return nil, errDamaged
	}
	m, err := mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("reading the words of dossiers: %w", err)
	}
	now := append([]mmap.MMap{}, was...)
	for len(now) <= int(file) {
		now = append(now, nil)
	}
	if now[file] != nil {
		w.old = append(w.old, now[file])
	}
	now[file] = m
	w.mapped.Store(&now)
	return m, nil
}

// sound verifies the checksum of a record, and that of its block if it is the first record in it.
func (w *wordFiles) sound(l location) bool {
	r, err := w.at(l)
	if err != nil {
		return false
	}
	size := recordSize(len(r.folded), len(r.pages))
	b, err := w.bytesAt(l.file, l.at, size)
	if err != nil || !sealed(b[:size]) {
		return false
	}
	if b, err = w.bytesAt(l.file, l.block, int(l.at-l.block)*8); err != nil {
		return false
	}
	_, size, err = readBlock(b)
	return err == nil && (l.number > 0 || sealed(b[:size]))
}

// bytes returns the size of all files.
func (w *wordFiles) bytes() (int64, error) {
	nums, err := w.numbers()
	var sum int64
	for _, n := range nums {
		if fi, err := os.Stat(w.path(n)); err == nil {
			sum += fi.Size()
		}
	}
	return sum, err
}

// close unmaps and closes all files. No record may be used afterwards.
func (w *wordFiles) close() error {
	var errs []error
	for _, m := range append(*w.mapped.Load(), w.old...) {
		if m != nil {
			errs = append(errs, m.Unmap())
		}
	}
	if w.out != nil {
		errs = append(errs, w.out.Close())
	}
	return errors.Join(errs...)
}

// asked is a word of a query in the form in which records are searched for it.
type asked struct {
	single bool // all codes have one folded hash, as most words do
	folded uint16
	codes  map[code]bool
}

// find visits the positions where words occur in a row on one page, until visit returns false. anchor is the index
// of the word to look for first: the rarest.
func (r *record) find(words []*asked, anchor int, visit func(first int) bool) {
	last := len(r.folded) - len(words) + anchor + 1 // end of the terms that can be the anchor
	a := words[anchor]
	if len(a.codes) == 0 {
		return
	}
	for at := anchor; at < last; at++ {
		if a.single {
			if at = r.next(a.folded, at, last); at >= last {
				return
			}
		}
		first, ok := at-anchor, true
		for k := 0; k < len(words) && ok; k++ { // the second plane is read only if the first agrees
			ok = !words[k].single || r.folded[first+k] == words[k].folded
		}
		for k := 0; k < len(words) && ok; k++ {
			ok = words[k].codes[code{r.folded[first+k], r.written[first+k]}]
		}
		if ok && len(words) > 1 {
			_, _, end := r.page(first)
			ok = first+len(words) <= end
		}
		if ok && !visit(first) {
			return
		}
	}
}

// source adapts a record to the query language, see query.Source.
type source struct {
	r     *record
	terms map[string]*term // by Term.String
}

// Term returns the positions of a term, by page.
func (s source) Term(t query.Term) []query.Position {
	var out []query.Position
	x := s.terms[t.String()]
	if x == nil {
		return nil
	}
	s.r.find(x.words, x.anchor, func(first int) bool {
		page, from, _ := s.r.page(first)
		out = append(out, query.Position{Page: page, First: first - from, Last: first - from + len(x.words)})
		return true
	})
	return out
}

// Sentence returns the first and the last term of the sentence of a position.
func (s source) Sentence(p query.Position) (first, last int) {
	from := int(s.r.pages[p.Page])
	first, last = s.r.sentence(from + p.First)
	return first - from, last - from
}
