package index

import (
	"hash/fnv"
	"sort"
	"unicode"

	"kheo/pipeline/dossier"
	"kheo/rules/language"
)

// shingleWords is how many words in a row make a shingle. Six words in a row
// are rarely shared by chance, and survive the change of a name or a number
// every other sentence.
const shingleWords = 6

// A Shingle is shingleWords words in a row, folded, and where they stand.
type Shingle struct {
	Hash     uint64 `json:"h"`
	Document int    `json:"d"` // index into the dossier's documents
	Page     int    `json:"p"`
	Start    int    `json:"s"` // code points
	End      int    `json:"e"`
}

// Profile is what comparing a dossier with all others needs.
type Profile struct {
	Dossier    string    `json:"dossier"`
	Title      string    `json:"title"`
	Unit       string    `json:"unit"`
	Registered string    `json:"registered"` // ISO date, "" where nobody says it
	Shingles   []Shingle `json:"shingles"`
}

// Shingles returns the shingles of a dossier, each hash once, in the order of
// its text.
func Shingles(d *dossier.Dossier) []Shingle {
	var out []Shingle
	seen := map[uint64]bool{}
	for di := range d.Documents {
		for _, pg := range d.Documents[di].Pages {
			type w struct {
				h          uint64
				start, end int
			}
			var words []w
			rs := []rune(pg.Text)
			for i := 0; i < len(rs); {
				if !isWordRune(rs[i]) {
					i++
					continue
				}
				start := i
				for i < len(rs) && isWordRune(rs[i]) {
					i++
				}
				h := fnv.New64a()
				h.Write([]byte(language.Fold(string(rs[start:i]))))
				words = append(words, w{h.Sum64(), start, i})
			}
			for i := 0; i+shingleWords <= len(words); i++ {
				h := uint64(14695981039346656037)
				for _, x := range words[i : i+shingleWords] {
					h = (h ^ x.h) * 1099511628211
					h ^= h >> 29
				}
				if !seen[h] {
					seen[h] = true
					out = append(out, Shingle{h, di, pg.Number, words[i].start, words[i+shingleWords-1].end})
				}
			}
		}
	}
	return out
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// Limits of the comparison.
const (
	commonLeast     = 4    // a passage in fewer dossiers than this is somebody's own
	commonShare     = 0.04 // a passage in this share of all dossiers belongs to a form
	letterheadShare = 0.5  // one in this share of a unit's dossiers, to its letterhead
	leastShare      = 0.15 // smaller shares are not worth a look
	leastShingles   = 25   // of its own, for a share to mean anything
)

// Compare finds, for every dossier, the others that share its own passages:
// those that are not boilerplate. The later of two (by date of registration)
// is the copy; where a date is missing, each is held against the other. text
// gives a dossier's pages, to quote them.
func Compare(profiles []Profile, text func(id string) (*dossier.Dossier, error)) (map[string][]dossier.Copy, error) {
	where := map[uint64][]int{} // shingle -> profiles that have it
	for i := range profiles {
		for _, s := range profiles[i].Shingles {
			where[s.Hash] = append(where[s.Hash], i)
		}
	}
	ofUnit := map[string]int{}
	for i := range profiles {
		ofUnit[profiles[i].Unit]++
	}
	own := func(h uint64) bool {
		list := where[h]
		if len(list) < commonLeast {
			return true
		}
		if float64(len(list)) >= commonShare*float64(len(profiles)) {
			return false
		}
		for _, i := range list[1:] {
			if profiles[i].Unit != profiles[list[0]].Unit {
				return true
			}
		}
		return float64(len(list)) < letterheadShare*float64(ofUnit[profiles[list[0]].Unit])
	}
	out := map[string][]dossier.Copy{}
	for i := range profiles {
		a := &profiles[i]
		mine, shared := 0, map[int]int{}
		for _, s := range a.Shingles {
			if !own(s.Hash) {
				continue
			}
			mine++
			for _, j := range where[s.Hash] {
				if j != i {
					shared[j]++
				}
			}
		}
		if mine < leastShingles {
			continue
		}
		var others []int
		for j, n := range shared {
			if float64(n)/float64(mine) >= leastShare {
				others = append(others, j)
			}
		}
		sort.Slice(others, func(x, y int) bool { return profiles[others[x]].Dossier < profiles[others[y]].Dossier })
		for _, j := range others {
			b := &profiles[j]
			if a.Registered != "" && b.Registered != "" && (a.Registered < b.Registered || a.Registered == b.Registered && a.Dossier < b.Dossier) {
				continue // a was first; the pair is told from b's side
			}
			c := dossier.Copy{Of: b.Dossier, OfTitle: b.Title, OfUnit: b.Unit, Share: float64(shared[j]*1000/mine) / 1000}
			if err := quote(&c, a, b, own, text); err != nil {
				return nil, err
			}
			out[a.Dossier] = append(out[a.Dossier], c)
			if a.Registered != "" && b.Registered != "" {
				out[b.Dossier] = append(out[b.Dossier], dossier.Copy{Of: a.Dossier, OfTitle: a.Title, OfUnit: a.Unit, Share: c.Share, Original: true, Here: c.There, There: c.Here})
			}
		}
	}
	for id := range out {
		sort.Slice(out[id], func(x, y int) bool { return out[id][x].Of < out[id][y].Of })
	}
	return out, nil
}

// quote cites the longest passage that two dossiers share.
func quote(c *dossier.Copy, a, b *Profile, own func(uint64) bool, text func(string) (*dossier.Dossier, error)) error {
	at := map[uint64]int{}
	for i, s := range b.Shingles {
		at[s.Hash] = i
	}
	best, bestLen := 0, 0
	for i := 0; i < len(a.Shingles); {
		n := 0
		for i+n < len(a.Shingles) && n < 60 && a.Shingles[i+n].Page == a.Shingles[i].Page && a.Shingles[i+n].Document == a.Shingles[i].Document && own(a.Shingles[i+n].Hash) {
			if _, ok := at[a.Shingles[i+n].Hash]; !ok {
				break
			}
			n++
		}
		if n > bestLen {
			best, bestLen = i, n
		}
		i += n + 1
	}
	if bestLen == 0 {
		return nil
	}
	first, last := a.Shingles[best], a.Shingles[best+bestLen-1]
	thereFirst, thereLast := b.Shingles[at[first.Hash]], b.Shingles[at[last.Hash]]
	var err error
	if c.Here, err = cite(a.Dossier, first, last, text); err != nil {
		return err
	}
	c.There, err = cite(b.Dossier, thereFirst, thereLast, text)
	return err
}

func cite(id string, first, last Shingle, text func(string) (*dossier.Dossier, error)) (dossier.Source, error) {
	d, err := text(id)
	if err != nil {
		return dossier.Source{}, err
	}
	if first.Document >= len(d.Documents) {
		return dossier.Source{}, nil
	}
	doc := &d.Documents[first.Document]
	for _, pg := range doc.Pages {
		if rs := []rune(pg.Text); pg.Number == first.Page {
			end := last.End
			if last.Page != first.Page || last.Document != first.Document || end > len(rs) || end < first.End {
				end = first.End
			}
			return dossier.Source{Document: doc.Name, Page: pg.Number, Quote: string(rs[first.Start:end]), Start: first.Start, End: end}, nil
		}
	}
	return dossier.Source{}, nil
}
