package word

import (
	"encoding/xml"
	"strconv"
	"strings"

	"kheo/pipeline/extract/internal/parts"
)

// numbering computes the numbers of a Word document's lists (17.9): they are not part of the paragraphs'
// text, but readers see them. next must be called once for each paragraph, in the order of the document.
type numbering struct {
	lists  map[string]map[int]level // by abstract list and level
	nums   map[string]string        // abstract list by list instance
	counts map[string][]int         // last number of each level, by abstract list
}

// level is one level of a list.
type level struct {
	format string
	text   string // such as "%1.%2)"
	start  int
}

// listed is the level of a list that a paragraph belongs to.
type listed struct {
	num   string
	level int
}

// newNumbering reads the lists of a document from its parts; a document without lists has an empty one.
func newNumbering(lists []byte) *numbering {
	n := &numbering{lists: map[string]map[int]level{}, nums: map[string]string{}, counts: map[string][]int{}}
	n.read(lists)
	return n
}

// read reads numbering.xml; after damage, what was read before counts. Abstract lists define the levels,
// and instances of them (w:num) are what paragraphs name.
func (n *numbering) read(b []byte) {
	abstract, num, at := "", "", 0
	var l level
	parts.Walk(b, func(e xml.StartElement) {
		val := parts.Attr(e, "val")
		switch e.Name.Local {
		case "abstractNum":
			abstract = parts.Attr(e, "abstractNumId")
			n.lists[abstract] = map[int]level{}
		case "lvl":
			at, _ = strconv.Atoi(parts.Attr(e, "ilvl"))
			l = level{format: "decimal", start: 1}
		case "start":
			l.start, _ = strconv.Atoi(val)
		case "numFmt":
			l.format = val
		case "lvlText":
			l.text = val
		case "num":
			num = parts.Attr(e, "numId")
		case "abstractNumId":
			if num != "" {
				n.nums[num] = val
			}
		}
	}, func(name string) {
		if name == "lvl" && n.lists[abstract] != nil && num == "" && at >= 0 && at < 9 {
			n.lists[abstract][at] = l
		}
	}, func(string) {})
}

// next returns the number before the next paragraph of a list, with a space; "" for a paragraph without
// one.
func (n *numbering) next(p listed) string {
	abstract, ok := n.nums[p.num]
	l, known := n.lists[abstract][p.level]
	if !ok || !known || p.level < 0 || p.level > 8 {
		return ""
	}
	counts := n.counts[abstract]
	for len(counts) <= p.level {
		counts = append(counts, n.lists[abstract][len(counts)].start-1)
	}
	counts = counts[:p.level+1] // deeper levels start over
	counts[p.level]++
	n.counts[abstract] = counts
	switch l.format {
	case "bullet":
		return "- "
	case "none":
		return ""
	}
	s := l.text
	for i := range counts {
		s = strings.ReplaceAll(s, "%"+strconv.Itoa(i+1), numeral(counts[i], n.lists[abstract][i].format))
	}
	if len(s) > 60 || s == "" {
		return ""
	}
	return s + " "
}

// numeral writes a number in one of Word's formats; decimal for those that it does not know.
func numeral(v int, format string) string {
	switch format {
	case "lowerLetter", "upperLetter":
		if v < 1 || v > 26*40 {
			break
		}
		s := strings.Repeat(string(rune('a'+(v-1)%26)), (v-1)/26+1)
		if format == "upperLetter" {
			s = strings.ToUpper(s)
		}
		return s
	case "lowerRoman", "upperRoman":
		if v < 1 || v > 3999 {
			break
		}
		var b strings.Builder
		for _, r := range []struct {
			n int
			s string
		}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"},
			{10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}} {
			for v >= r.n {
				b.WriteString(r.s)
				v -= r.n
			}
		}
		if format == "upperRoman" {
			return strings.ToUpper(b.String())
		}
		return b.String()
	case "decimalZero":
		if v < 10 {
			return "0" + strconv.Itoa(v)
		}
	}
	return strconv.Itoa(v)
}
