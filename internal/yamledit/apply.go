package yamledit

import (
	"fmt"
	"slices"
	"strings"

	"kheo/internal/strict"
)

// Apply returns the text of the file, changed so that it holds wanted. Where wanted is Equal to what the file has,
// the text stays as it is, byte by byte. Entries of lists are recognised by their id, or else by their content and
// place; entries that move take their comments along. Line breaks become \r\n if the file has any.
//
// The result is parsed and compared with wanted. If it differs, which no file should bring about, the error says so
// and nothing is returned.
func (f *File) Apply(wanted *Value) ([]byte, error) {
	if Equal(f.Root, wanted) {
		return f.bytes(f.src), nil
	}
	out := f.src[:f.Root.node.start] + f.render(f.Root, wanted, false) + f.src[f.Root.node.end:]
	if err := holds(f.Name, out, wanted); err == nil {
		return f.bytes(out), nil
	}
	// What could not be changed piece by piece is rewritten: only those keys of the file that differ.
	if f.Root.Kind == Map && wanted.Kind == Map {
		out = f.src[:f.Root.node.start] + f.renderBlock(f.Root, wanted, true) + f.src[f.Root.node.end:]
	}
	if err := holds(f.Name, out, wanted); err != nil {
		return nil, fmt.Errorf("%s cannot be changed without writing it anew: %w; edit it by hand", f.Name, err)
	}
	return f.bytes(out), nil
}

// bytes is a text with the line breaks of the file.
func (f *File) bytes(s string) []byte {
	if f.crlf {
		s = strings.ReplaceAll(s, "\n", "\r\n")
	}
	return []byte(s)
}

// holds returns an error unless a text is YAML with the wanted content.
func holds(name, text string, wanted *Value) error {
	got, problems := Parse(name, []byte(text))
	if len(problems) > 0 {
		return problems
	}
	if !Equal(got.Root, wanted) {
		return fmt.Errorf("the changed text would not say what is wanted")
	}
	return nil
}

// render returns the text for a value that has one in the file. inFlow is whether brackets are around it.
func (f *File) render(have, wanted *Value, inFlow bool) string {
	if Equal(have, wanted) {
		return f.src[have.node.start:have.node.end]
	}
	if wanted.Short != "" && have.Kind == Scalar && len(wanted.Keys) == 1 && wanted.Keys[0] == wanted.Short {
		wanted = wanted.Items[0]
	}
	switch {
	case wanted.Kind == List && len(wanted.Items) == 1 && have.Kind != List && have.Kind == wanted.Items[0].Kind:
		return f.render(have, wanted.Items[0], inFlow) // a single value in place of a list of one stays single
	case have.Kind == Scalar && wanted.Kind == Scalar:
		return encodeScalar(wanted, inFlow, have.node.quote, f.lineIndent(have.node.start))
	case have.Kind == wanted.Kind && have.node.flow:
		return f.renderFlow(have, wanted)
	case have.Kind == wanted.Kind && len(wanted.Items) > 0:
		return f.renderBlock(have, wanted, false)
	}
	return encodeFlow(wanted)
}

// Match says for each wanted entry which entry of the file it is; -1 for a new one.
func Match(have, wanted *Value) []int {
	out := make([]int, len(wanted.Items))
	if wanted.Kind == Map {
		for i, key := range wanted.Keys {
			out[i] = slices.Index(have.Keys, key)
		}
		return out
	}
	used := make([]bool, len(have.Items))
	take := func(i, at int) { out[i], used[at] = at, true }
	for i := range out {
		out[i] = -1
	}
	// By id, then by content in the order of both, then by place between entries that are known.
	for i, w := range wanted.Items {
		at := slices.IndexFunc(have.Items, func(h *Value) bool { return w.ID() != "" && h.ID() == w.ID() })
		if at >= 0 && !used[at] {
			take(i, at)
		}
	}
	from := 0
	for i, w := range wanted.Items {
		for at := from; out[i] < 0 && at < len(have.Items); at++ {
			if !used[at] && Equal(have.Items[at], w) {
				take(i, at)
				from = at + 1
			}
		}
	}
	for i := range out {
		if out[i] >= 0 || wanted.Items[i].ID() != "" && len(out) != len(have.Items) {
			continue
		}
		at := 0
		if i > 0 {
			at = out[i-1] + 1
		}
		if at < len(used) && !used[at] && (i == 0 || out[i-1] >= 0) {
			take(i, at)
		}
	}
	return out
}

// sequenceOf returns the indexes of wanted in the order in which they are written: for a list or an ordered group,
// as wanted; otherwise in the order of the file, where a new key follows the one that it follows in wanted.
func sequenceOf(wanted *Value, places []int) []int {
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	if wanted.Kind == List || wanted.Ordered {
		return order
	}
	rank := make([]float64, len(places)) // new keys take the rank of the known key before them, and a little more
	last := -1.0
	for i, at := range places {
		if at >= 0 {
			rank[i] = float64(at)
			last = rank[i]
		} else {
			rank[i] = last + 0.5
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case rank[a] < rank[b]:
			return -1
		case rank[a] > rank[b]:
			return 1
		}
		return 0
	})
	return order
}

// renderBlock returns the text of a group or list that is written in lines. Each entry is a run of lines: comments
// and blank lines above it, and itself. anew writes every entry that differs without looking into it.
func (f *File) renderBlock(have, wanted *Value, anew bool) string {
	places := Match(have, wanted)
	indent := f.indent(have.node.start)
	pad := strings.Repeat(" ", indent)
	segment := f.segments(have)
	var out []string
	for _, i := range sequenceOf(wanted, places) {
		w := wanted.Items[i]
		if empty(w) && (places[i] < 0 || empty(have.Items[places[i]])) && wanted.Kind == Map && w == nil {
			continue
		}
		if at := places[i]; at >= 0 {
			out = append(out, f.renderEntry(have, at, w, segment[at], indent, anew))
			continue
		}
		lead := "-"
		if wanted.Kind == Map {
			lead = encodeKey(wanted.Keys[i], false) + ":"
		}
		out = append(out, pad+lead+encodeAfter(w, indent, wanted.Kind == List))
	}
	text := strings.Join(out, "\n")
	// The first entry begins where the block does: the indentation of its line is already there.
	return strings.TrimPrefix(strings.TrimLeft(text, "\n"), pad)
}

// segments returns the offsets of the lines of each entry of a block.
func (f *File) segments(have *Value) [][2]int {
	out := make([][2]int, len(have.Items))
	from := have.node.start
	for i, e := range have.node.entries {
		end := f.lineEnd(max(have.Items[i].node.end, e.after))
		out[i] = [2]int{from, end}
		from = min(end+1, len(f.src))
	}
	return out
}

// renderEntry returns the lines of an entry of a block.
func (f *File) renderEntry(have *Value, at int, w *Value, seg [2]int, indent int, anew bool) string {
	h, e := have.Items[at], have.node.entries[at]
	head := f.src[seg[0]:e.after]
	if seg[0] == have.node.start { // the first entry: its line begins before the block does
		head = strings.Repeat(" ", indent) + head
	}
	if Equal(h, w) {
		return head + f.src[e.after:seg[1]]
	}
	single := h.Kind == Scalar || h.Kind == Null
	if anew || h.Kind != w.Kind && !(single && w.Kind == Scalar) && !comparable(h, w) || h.Kind == Null {
		tail := ""
		if h.node.end <= seg[1] && (h.node.flow || single) && h.node.quote != '|' {
			tail = f.src[max(h.node.end, e.after):seg[1]] // a comment behind the value stays
		}
		enc := encodeAfter(w, indent, have.Kind == List)
		if strings.Contains(enc, "\n") && tail != "" {
			return head + strings.TrimRight(tail, " ") + enc
		}
		return head + enc + tail
	}
	return head + f.src[e.after:h.node.start] + f.render(h, w, false) + f.src[h.node.end:max(seg[1], h.node.end)]
}

// comparable reports whether two values of different kinds are the short and the long form of one.
func comparable(h, w *Value) bool {
	return w.Kind == List && len(w.Items) == 1 && w.Items[0].Kind == h.Kind ||
		w.Short != "" && h.Kind == Scalar && len(w.Keys) == 1 && w.Keys[0] == w.Short
}

// renderFlow returns the text of a group or list in brackets. What is between entries that stay neighbours stays.
func (f *File) renderFlow(have, wanted *Value) string {
	places := Match(have, wanted)
	n := have.node
	opening, closing := f.src[n.start:n.start+1], f.src[n.end-1:n.end]
	if len(have.Items) == 0 || len(wanted.Items) == 0 {
		return encodeFlow(wanted)
	}
	var b strings.Builder
	b.WriteString(opening + f.src[n.start+1:n.entries[0].start])
	before := -1 // the entry of the file that was written last
	for k, i := range sequenceOf(wanted, places) {
		at := places[i]
		if k > 0 {
			if before >= 0 && at == before+1 {
				b.WriteString(f.src[f.entryEnd(have, before):n.entries[at].start])
			} else {
				b.WriteString(", ")
			}
		}
		if before = at; at < 0 {
			if wanted.Kind == Map {
				b.WriteString(encodeKey(wanted.Keys[i], true) + ": ")
			}
			b.WriteString(encodeFlow(wanted.Items[i]))
			continue
		}
		h, w, e := have.Items[at], wanted.Items[i], n.entries[at]
		switch {
		case Equal(h, w):
			b.WriteString(f.src[e.start:f.entryEnd(have, at)])
		case h.Kind == Null || h.Kind == Scalar && w.Kind != Scalar && !comparable(h, w):
			head := f.src[e.start:e.after]
			if wanted.Kind == Map {
				head = encodeKey(wanted.Keys[i], true) + ": "
			}
			b.WriteString(head + encodeFlow(w))
		default:
			b.WriteString(f.src[e.start:h.node.start] + f.render(h, w, true))
		}
	}
	b.WriteString(f.src[f.entryEnd(have, len(have.Items)-1):n.end-1] + closing)
	return b.String()
}

// entryEnd returns the offset behind an entry of a group or list in brackets.
func (f *File) entryEnd(have *Value, at int) int {
	return max(have.Items[at].node.end, have.node.entries[at].after)
}

// Format returns a value as the text of a new file, and checks that it holds the value.
func Format(v *Value) ([]byte, error) {
	out := strings.TrimPrefix(encodeBlock(v, 0), "\n") + "\n"
	if err := holds("", out, v); err != nil {
		return nil, err
	}
	return []byte(out), nil
}

// FormatInline returns a value on one line, as it is written in brackets.
func FormatInline(v *Value) string { return encodeFlow(v) }

// ParseInline reads what FormatInline writes, or any other YAML value.
func ParseInline(name, text string) (*Value, strict.Problems) {
	f, problems := Parse(name, []byte(text))
	if len(problems) > 0 {
		return nil, problems
	}
	return f.Root, nil
}
