package index

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/sync/errgroup"

	"kheo/internal/dossier"
	"kheo/internal/text"
	"kheo/internal/text/language"
)

// Near-duplicates are found in three steps. The running text of every dossier is cut into shingles of three words,
// folded, and the hashes of its shingles that are divisible by sampled are its sketch. Shares of texts of any length
// can be estimated from such sketches, as in Broder's "On the resemblance and containment of documents" (1997); a
// fixed number of minima, MinHash, estimates the resemblance of whole texts only, and misses half a report that was
// copied into a longer one. An inverted index of the sketches gives the candidates. Their texts are laid side by
// side, passage by passage, and the share is that of the words that are in passages of both.
//
// A text in which every third word was replaced or left out shares no three words in a row with its original. So
// sketches have a second kind of shingle: two pairs of words, next to each other or with one word between them. Both
// forms of the same four words have one hash.
const (
	shingleWords = 3
	sampled      = 4
	pairsSampled = 8 // of the hashes of pairs of pairs
)

// NearVersion names the state of the comparison. It goes up whenever sketches or what Compare finds change, and
// everything is compared again.
const NearVersion = "5"

// token is a term of running text.
type token struct {
	hash       uint32 // of the folded word
	document   int32  // index into the dossier's documents
	page       int32  // number of the page
	start, end int32  // code points
	stretch    int32  // counts up when a page or a line of a form interrupts the text
}

// tokens returns a dossier's running text. Spreadsheets, lines of cells, labels and headings are left out: lists
// of names, letterheads and forms are not anyone's own wording.
func tokens(d *dossier.Dossier) []token {
	var out []token
	stretch := int32(0)
	for di := range d.Documents {
		if strings.Contains(d.Documents[di].Type, "spreadsheet") {
			continue
		}
		for _, pg := range d.Documents[di].Pages {
			stretch++
			rs := []rune(pg.Text)
			for from := 0; from < len(rs); {
				to := from
				for to < len(rs) && rs[to] != '\n' {
					to++
				}
				if formLine(rs[from:to]) {
					stretch++
				} else {
					line := rs[from:to]
					for start, end, ok := text.NextTerm(line, 0); ok; start, end, ok = text.NextTerm(line, end) {
						out = append(out, token{foldedHash(line[start:end]), int32(di), int32(pg.Number),
							int32(from + start), int32(from + end), stretch})
					}
				}
				from = to + 1
			}
		}
	}
	return out
}

// formLine reports whether a line belongs to a form and not to running text: cells, a label with its value, or a
// heading. Lengths are in code points.
func formLine(line []rune) bool {
	const shortLabel, shortLine, shortHeading = 60, 100, 45
	last := ' '
	colon := -1
	for i, r := range line {
		if r == '\t' {
			return true
		}
		if r == ':' && colon < 0 {
			colon = i
		}
		if !unicode.IsSpace(r) {
			last = r
		}
	}
	label := colon >= 0 && colon < shortLabel && len(line) <= shortLine
	return label || len(line) <= shortHeading && !strings.ContainsRune(".!?;,…”\"", last)
}

// foldedHash returns the hash of a word in lower case without diacritics.
func foldedHash(word []rune) uint32 { return fnv32(language.Fold(string(word))) }

// shingle returns the hash of the shingle that begins at token i; false if the text breaks before its end.
func shingle(t []token, i int) (uint32, bool) {
	if i+shingleWords > len(t) || t[i].stretch != t[i+shingleWords-1].stretch {
		return 0, false
	}
	return hashTokens(fnvOffset64, t, i, plainOffsets), true
}

// gram is a group of words in a text that share one hash, by their offsets from the first.
type gram struct {
	hash    uint32
	offsets []int
}

// span returns the number of words from the first to the last, both included.
func (g *gram) span() int { return g.offsets[len(g.offsets)-1] + 1 }

// plainOffsets are the offsets of the words of a shingle.
var plainOffsets = []int{0, 1, 2}

// pairsOfPairs are the offsets of two pairs of words: next to each other, and with one word between them.
var pairsOfPairs = [][]int{{0, 1, 2, 3}, {0, 1, 3, 4}}

// pairs returns the n pairs of pairs that begin at token i.
func pairs(t []token, i int) (out [2]gram, n int) {
	for _, offsets := range pairsOfPairs {
		last := i + offsets[len(offsets)-1]
		if last >= len(t) || t[i].stretch != t[last].stretch {
			break
		}
		out[n] = gram{hashTokens(goldenGamma, t, i, offsets), offsets}
		n++
	}
	return out, n
}

// SketchOf returns the sketch of a dossier's running text: the sampled hashes, sorted, each once.
func SketchOf(d *dossier.Dossier) dossier.Sketch {
	t := tokens(d)
	out := dossier.Sketch{}
	for i := range t {
		if h, ok := shingle(t, i); ok && h%sampled == 0 {
			out = append(out, h)
		}
		found, n := pairs(t, i)
		for _, g := range found[:n] {
			if g.hash%pairsSampled == 0 {
				out = append(out, g.hash)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Limits of the comparison. Changing one changes what is found, and needs a new NearVersion.
const (
	minCommon            = 4    // a shingle in fewer dossiers is never boilerplate
	commonShare          = 0.04 // a shingle in this share of all dossiers belongs to a form
	commonUnits          = 0.3  // so does one that this share of the units use,
	minCommonUnits       = 6    // if they are at least this many
	letterheadShare      = 0.5  // in this share of one unit's dossiers only, it belongs to the unit's letterhead
	minShare             = 0.15 // smaller shares are not reported
	minWords             = 30   // own words that a document needs for a share to mean anything
	minPassage           = 12   // words from the first to the last shared one of a passage
	minMatched           = 9    // shared words of a passage
	density              = 0.4  // share of the words of a passage that are in equal shingles
	maxGap               = 14   // other words inside a passage
	maxShift             = 4    // words inserted or left out between two equal shingles
	minCandidateShingles = 4    // sampled shingles that two texts share, and
	minCandidateShare    = 0.04 // their share of the shorter sketch, to be laid side by side
	maxCandidates        = 24   // texts beside which one text is laid
	listedWhole          = 64   // a shingle of more dossiers leads only to the first few of them:
	listedFirst          = 4    // the earliest ones, among which the original is
	quotedPassages       = 5    // passages that are quoted of one copy
)

// Compare finds, for every dossier of this campaign, the others that share its own passages: those that are not
// boilerplate, which many dossiers or many units have. The share is that of the document that shares most, so that
// a copied report is noticed among the other papers of a dossier. The later of two (by date of registration; those
// of past campaigns come first) is the copy. If nothing proves which came first – a date is missing, both are the
// same, or one is a month with the other in it – each is reported of the other, and neither is called the copy.
//
// text loads the pages of a profile; several goroutines call it. settled are the pairs that an earlier comparison
// found to share too little, and the returned ones are those of this comparison. They change what has to be read,
// never what is found.
func Compare(
	profiles []dossier.TextProfile, text func(*dossier.TextProfile) (*dossier.Dossier, error), settled Settled,
) (map[string][]dossier.Copy, Settled, error) {
	c := newComparison(profiles)
	pairs := c.candidates()
	out, now := map[string][]dossier.Copy{}, Settled{}
	var mu sync.Mutex
	var group errgroup.Group
	work := make(chan int, 64)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() (failed error) {
			cache := textCache{text: text, of: map[int]*laidText{}}
			for i := range work {
				found, alike, err := c.against(i, pairs[i], &cache, settled)
				if failed == nil {
					failed = err // the channel is still drained, so that its writer does not block
				}
				mu.Lock()
				for id, list := range found {
					out[id] = append(out[id], list...)
				}
				for _, id := range alike {
					now[id] = true
				}
				mu.Unlock()
			}
			return failed
		})
	}
	for i := range profiles {
		if len(pairs[i]) > 0 {
			work <- i
		}
	}
	close(work)
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	bothWays(out, c.profiles)
	for id := range out {
		slices.SortFunc(out[id], func(a, b dossier.Copy) int {
			return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.Campaign, b.Campaign))
		})
	}
	return out, now, nil
}

// comparison is the inverted index of all sketches. It is read-only once it is built.
type comparison struct {
	profiles []dossier.TextProfile
	postings []uint64        // hash << 32 | profile, sorted
	groups   [][2]int32      // postings[from:to] of one hash, of two profiles or more
	of       [][]int32       // by profile: its groups
	common   map[uint32]bool // hashes of boilerplate
}

// newComparison sorts the profiles by date and builds the inverted index: the earliest profile comes first in the
// postings of each hash. Boilerplate is recorded and leads to no candidates.
func newComparison(profiles []dossier.TextProfile) *comparison {
	profiles = slices.Clone(profiles)
	sort.SliceStable(profiles, func(i, j int) bool { // the earliest first, the undated last
		a, b := &profiles[i], &profiles[j]
		if (a.Past != "") != (b.Past != "") {
			return a.Past != ""
		}
		if (a.Registered == "") != (b.Registered == "") {
			return b.Registered == ""
		}
		return a.Registered < b.Registered || a.Registered == b.Registered && a.Dossier < b.Dossier
	})
	c := &comparison{profiles: profiles, of: make([][]int32, len(profiles)), common: map[uint32]bool{}}
	n := 0
	for i := range profiles {
		n += len(profiles[i].Sketch)
	}
	c.postings = make([]uint64, 0, n)
	for i := range profiles {
		for _, h := range profiles[i].Sketch {
			c.postings = append(c.postings, uint64(h)<<32|uint64(i))
		}
	}
	slices.Sort(c.postings)
	u := countUnits(profiles)
	for from := 0; from < len(c.postings); {
		to := from + 1
		for to < len(c.postings) && c.postings[to]>>32 == c.postings[from]>>32 {
			to++
		}
		if list := c.postings[from:to]; len(list) > 1 {
			if u.boilerplate(list) {
				c.common[uint32(list[0]>>32)] = true
			} else {
				for _, p := range list {
					c.of[uint32(p)] = append(c.of[uint32(p)], int32(len(c.groups)))
				}
				c.groups = append(c.groups, [2]int32{int32(from), int32(to)})
			}
		}
		from = to
	}
	return c
}

// unitCounts recognises boilerplate by the units whose dossiers have it.
type unitCounts struct {
	of       []int // by profile: its unit, numbered; a unit of a past campaign is another one
	dossiers []int // by unit: its dossiers
	seen     []int // by unit: the last call of boilerplate that met it
	calls    int
}

// countUnits numbers the units of profiles and counts their dossiers.
func countUnits(profiles []dossier.TextProfile) *unitCounts {
	u := &unitCounts{of: make([]int, len(profiles))}
	numbers := map[string]int{}
	for i := range profiles {
		name := profiles[i].Past + "\x00" + profiles[i].Unit
		if _, ok := numbers[name]; !ok {
			numbers[name] = len(u.dossiers)
			u.dossiers = append(u.dossiers, 0)
		}
		u.of[i] = numbers[name]
		u.dossiers[u.of[i]]++
	}
	u.seen = make([]int, len(u.dossiers))
	return u
}

// boilerplate reports whether the postings of one hash are enough, or of enough units, or a large enough part of the
// dossiers of their only unit, that the shingle is a form or a letterhead.
func (u *unitCounts) boilerplate(postings []uint64) bool {
	df, units := len(postings), 0
	u.calls++
	for _, p := range postings {
		if unit := u.of[uint32(p)]; u.seen[unit] != u.calls {
			u.seen[unit] = u.calls
			units++
		}
	}
	first := u.of[uint32(postings[0])]
	return df >= minCommon && (float64(df) >= commonShare*float64(len(u.of)) ||
		units >= minCommonUnits && float64(units) >= commonUnits*float64(len(u.dossiers)) ||
		units == 1 && float64(df) >= letterheadShare*float64(u.dossiers[first]))
}

// bothWays adds the other direction of copies of which nothing proves which came first, so that both dossiers of a
// pair report the same share and passages: those of the larger of the two shares.
func bothWays(copies map[string][]dossier.Copy, profiles []dossier.TextProfile) {
	of := map[string]*dossier.TextProfile{}
	for i := range profiles {
		if profiles[i].Past == "" {
			of[profiles[i].Dossier] = &profiles[i]
		}
	}
	for _, id := range slices.Sorted(maps.Keys(copies)) {
		for _, one := range copies[id] {
			if !one.Unproven {
				continue
			}
			back := dossier.Copy{Of: id, OfTitle: of[id].Title, OfUnit: of[id].Unit, Share: one.Share, Unproven: true}
			for _, p := range one.Passages {
				back.Passages = append(back.Passages, dossier.Passage{Here: p.There, There: p.Here})
			}
			list := copies[one.Of]
			at := slices.IndexFunc(list, func(c dossier.Copy) bool { return c.Unproven && c.Of == id })
			switch {
			case at < 0:
				copies[one.Of] = append(list, back)
			case list[at].Share < one.Share:
				list[at] = back
			}
		}
	}
}

// before reports whether profile i came before profile j; undated reports that nothing proves it.
func (c *comparison) before(i, j int) (before, undated bool) {
	a, b := &c.profiles[i], &c.profiles[j]
	switch {
	case (a.Past != "") != (b.Past != ""):
		return a.Past != "", false
	case a.Registered == "" || b.Registered == "":
		return false, true
	}
	n := min(len(a.Registered), len(b.Registered)) // a month is neither before nor after a day in it
	return a.Registered[:n] < b.Registered[:n], a.Registered[:n] == b.Registered[:n]
}

// candidates returns, by profile of this campaign, the other profiles from which it may have been copied, the
// likeliest first.
func (c *comparison) candidates() [][]int {
	out := make([][]int, len(c.profiles))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			count := make([]uint16, len(c.profiles))
			for i := w; i < len(c.profiles); i += workers {
				if c.profiles[i].Past == "" {
					out[i] = c.candidatesOf(i, count)
				}
			}
		})
	}
	wg.Wait()
	return out
}

// candidatesOf returns the candidates of profile i. count is scratch memory of one goroutine, by profile; it is all
// zero before and after.
func (c *comparison) candidatesOf(i int, count []uint16) (out []int) {
	var touched []int
	for _, g := range c.of[i] {
		list := c.postings[c.groups[g][0]:c.groups[g][1]]
		if len(list) > listedWhole {
			list = list[:listedFirst]
		}
		for _, p := range list {
			j := int(uint32(p))
			if j == i {
				continue
			}
			if count[j] == 0 {
				touched = append(touched, j)
			}
			count[j]++
		}
	}
	for _, j := range touched {
		shorter := min(len(c.profiles[i].Sketch), len(c.profiles[j].Sketch))
		least := max(minCandidateShingles, int(minCandidateShare*float64(shorter)))
		if first, undated := c.before(i, j); int(count[j]) >= least && (!first || undated) {
			out = append(out, j)
		}
	}
	sort.Slice(out, func(x, y int) bool {
		a, b := out[x], out[y]
		return count[a] > count[b] || count[a] == count[b] && a < b
	})
	for _, j := range touched {
		count[j] = 0
	}
	return out[:min(len(out), maxCandidates)]
}
