package index

import (
	"hash/fnv"
	"sort"
	"strings"
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

// Shingles returns the shingles of a dossier's running text, each hash once, in
// the order of the text. Spreadsheets and lines of cells are left out: lists of
// names, letterheads and forms are not anybody's wording.
func Shingles(d *dossier.Dossier) []Shingle {
	var out []Shingle
	seen := map[uint64]bool{}
	for di := range d.Documents {
		if strings.Contains(d.Documents[di].Type, "spreadsheet") {
			continue
		}
		for _, pg := range d.Documents[di].Pages {
			for _, words := range runningText([]rune(pg.Text)) {
				for i := 0; i+shingleWords <= len(words); i++ {
					h := uint64(14695981039346656037)
					for _, x := range words[i : i+shingleWords] {
						h = (h ^ x.hash) * 1099511628211
						h ^= h >> 29
					}
					if !seen[h] {
						seen[h] = true
						out = append(out, Shingle{h, di, pg.Number, words[i].start, words[i+shingleWords-1].end})
					}
				}
			}
		}
	}
	return out
}

type hashedWord struct {
	hash       uint64 // of the folded word
	start, end int
}

// runningText cuts a page into stretches of words that no line of cells breaks.
func runningText(rs []rune) [][]hashedWord {
	out := [][]hashedWord{nil}
	for from := 0; from < len(rs); {
		to := from
		cells := false
		for to < len(rs) && rs[to] != '\n' {
			cells = cells || rs[to] == '\t'
			to++
		}
		if cells {
			out = append(out, nil)
		} else {
			last := &out[len(out)-1]
			for i := from; i < to; {
				start := i
				for i < to && isWordRune(rs[i]) {
					i++
				}
				if i == start {
					i++
					continue
				}
				h := fnv.New64a()
				h.Write([]byte(language.Fold(string(rs[start:i]))))
				*last = append(*last, hashedWord{h.Sum64(), start, i})
			}
		}
		from = to + 1
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
	leastRun        = 5    // shingles in a row (10 words) that make a passage
)

// Compare finds, for every dossier, the others that share its own passages:
// those that are not boilerplate. The share is that of the document which
// shares most, so that a copied report stands out among a dossier's other
// papers. The later of two (by date of registration)
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
		by := sharedMost(a, i, where, own)
		var others []int
		for j := range by {
			others = append(others, j)
		}
		sort.Slice(others, func(x, y int) bool { return profiles[others[x]].Dossier < profiles[others[y]].Dossier })
		for _, j := range others {
			b := &profiles[j]
			if a.Registered != "" && b.Registered != "" && (a.Registered < b.Registered || a.Registered == b.Registered && a.Dossier < b.Dossier) {
				continue // a was first; the pair is told from b's side
			}
			c := dossier.Copy{Of: b.Dossier, OfTitle: b.Title, OfUnit: b.Unit, Share: by[j].share}
			if err := quote(&c, a, b, by[j].document, own, text); err != nil {
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

// most is the document of a dossier that shares most with another dossier.
type most struct {
	document int
	share    float64
}

// sharedMost finds the dossiers with which profile a, the i-th, shares passages.
func sharedMost(a *Profile, i int, where map[uint64][]int, own func(uint64) bool) map[int]most {
	type part struct{ other, document int }
	mine, shared := map[int]int{}, map[part]int{} // by document
	run := map[part]int{}                         // how long the passage under way already is
	for _, s := range a.Shingles {
		if !own(s.Hash) {
			clear(run)
			continue
		}
		mine[s.Document]++
		going := map[part]int{}
		for _, j := range where[s.Hash] {
			if j == i {
				continue
			}
			p := part{j, s.Document}
			switch n := run[p] + 1; {
			case n == leastRun:
				shared[p] += leastRun
				going[p] = n
			case n > leastRun:
				shared[p]++
				going[p] = n
			default:
				going[p] = n
			}
		}
		run = going
	}
	by := map[int]most{}
	for p, n := range shared {
		share := float64(n*1000/mine[p.document]) / 1000
		m, ok := by[p.other]
		if mine[p.document] >= leastShingles && share >= leastShare && (!ok || share > m.share || share == m.share && p.document < m.document) {
			by[p.other] = most{p.document, share}
		}
	}
	return by
}

// quote cites the longest passage that a document shares with another dossier.
func quote(c *dossier.Copy, a, b *Profile, document int, own func(uint64) bool, text func(string) (*dossier.Dossier, error)) error {
	at := map[uint64]int{}
	for i, s := range b.Shingles {
		at[s.Hash] = i
	}
	best, bestLen := 0, 0
	for i := 0; i < len(a.Shingles); {
		n := 0
		for i+n < len(a.Shingles) && n < 60 && a.Shingles[i+n].Page == a.Shingles[i].Page && a.Shingles[i+n].Document == document && own(a.Shingles[i+n].Hash) {
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
