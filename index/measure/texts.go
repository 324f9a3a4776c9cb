package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sort"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Texts are made of syllables that follow Zipf's law, as in Vietnamese: 6,000 of them, the
// k-th as frequent as 1/k, about a thousand to a text of 4.5 KB, in sentences and pages.
const (
	syllables = 6000
	textSize  = 4500
	frequent  = 50 // this many of the first words are called frequent
)

var (
	onsets = strings.Fields("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x")
	rimes  = strings.Fields(`a ă â e ê i o ô ơ u ư y
		an ăn ân en ên in on ôn ơn un am ăm âm em êm im om ôm ơm um ang ăng âng eng ênh inh ong ông ung ưng
		anh ach êch ich oc ôc uc ưc
		ac ăc âc at ăt ât et êt it ot ôt ơt ut ưt ap ăp âp ep êp ip op ôp ơp
		up ai ay ây ao au âu eo êu ia iêu iêc iên iêng iêt oa oai oan oang oe oi ôi ơi ui ưi ua
		ưa uôi uôc uôn uông uôt ươc ươi ươn ương ươt uy uyên uyêt`)
	tones = []string{"", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"}
)

// toned puts a tone on the last vowel of a syllable, as one composed letter. Where Vietnamese spelling
// would put it does not matter to an index.
func toned(s, tone string) string {
	at := strings.LastIndexAny(s, "aăâeêioôơuưy")
	_, size := at, 0
	for i, r := range s {
		if i == at {
			size = len(string(r))
		}
	}
	return norm.NFC.String(s[:at+size] + tone + s[at+size:])
}

// speech draws texts from a vocabulary. Equal numbers give equal texts, so any of them can be made again.
type speech struct {
	words []string
	sums  []float64
}

// newSpeech makes the vocabulary: syllables drawn from all that onsets, rimes and tones allow. The k-th is
// drawn with a frequency of 1/k (Zipf's law), and always the same ones are.
func newSpeech() *speech {
	var all []string
	for _, o := range onsets {
		for _, r := range rimes {
			for _, t := range tones {
				all = append(all, toned(o+r, t))
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	s := &speech{words: all[:syllables]}
	sum := 0.0
	for i := range s.words {
		sum += 1 / float64(i+1)
		s.sums = append(s.sums, sum)
	}
	return s
}

// word draws a word; sums are the frequencies added up, so that a random share of the last is found by
// binary search.
func (s *speech) word(r *rand.Rand) string {
	return s.words[sort.SearchFloat64s(s.sums, r.Float64()*s.sums[len(s.sums)-1])]
}

// text draws the n-th text. Pages end with a form feed. Every twentieth begins with half of another, seven
// before it, so that searches for similar dossiers have something to find.
func (s *speech) text(n int) string {
	r := rand.New(rand.NewPCG(2, uint64(n)))
	var b strings.Builder
	if n%20 == 19 {
		other := s.text(n - 7)
		b.WriteString(other[:strings.LastIndexByte(other[:textSize/2], ' ')+1])
	}
	for k := 1; b.Len() < textSize; k++ {
		b.WriteString(s.word(r))
		switch {
		case k%400 == 0:
			b.WriteString(".\f")
		case k%15 == 0:
			b.WriteString(". ")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// writeTexts writes n texts to a file, each behind its length as four bytes, little endian.
func writeTexts(path string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	s := newSpeech()
	for i := range n {
		t := s.text(i)
		if err := binary.Write(w, binary.LittleEndian, uint32(len(t))); err != nil {
			return err
		}
		if _, err := io.WriteString(w, t); err != nil {
			return err
		}
	}
	return w.Flush()
}

// texts are read from the file they were written to, each when it is asked for, so that they
// do not count as memory of what is measured.
type texts struct {
	f    *os.File
	at   []int64
	size []uint32
}

// openTexts opens a file that writeTexts wrote. It reads the lengths only.
func openTexts(path string) (*texts, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t := &texts{f: f}
	r := bufio.NewReaderSize(f, 1<<20)
	for at := int64(0); ; {
		var size uint32
		if err := binary.Read(r, binary.LittleEndian, &size); err == io.EOF {
			return t, nil
		} else if err != nil {
			return nil, err
		}
		if _, err := r.Discard(int(size)); err != nil {
			return nil, err
		}
		t.at, t.size = append(t.at, at+4), append(t.size, size)
		at += 4 + int64(size)
	}
}

// len returns the number of texts.
func (t *texts) len() int { return len(t.at) }

// bytes returns the size of all texts in bytes, without their lengths.
func (t *texts) bytes() (sum int64) {
	for _, n := range t.size {
		sum += int64(n)
	}
	return sum
}

// get reads the n-th text. It panics if the file cannot be read.
func (t *texts) get(n int) string {
	b := make([]byte, t.size[n])
	if _, err := t.f.ReadAt(b, t.at[n]); err != nil {
		panic(err)
	}
	return string(b)
}

// Properties of the n-th dossier.
func unitOf(n int) string  { return fmt.Sprintf("unit-%02d", n*7919%60) }
func fieldOf(n int) string { return []string{"economy", "culture", "defence", "politics"}[n*31%4] }
func outcomeOf(n int) string {
	return []string{"recommended", "not-recommended", "needs-review"}[n*17%3]
}
