package extract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ledongthuc/pdf"
)

// pdfPage is what one reader read of one page.
type pdfPage struct {
	text     string // what a person sees
	hidden   string // what stands in the file but can't be seen
	notes    string // what annotations and form fields show; ours has it in its text too
	attached []attachment
	marks    bool // something is painted on it
	image    bool // an image covers most of it
	err      error
}

// ink tells whether a box of a page, as it is rendered, holds anything but one
// colour. It is nil where nobody can render.
type ink func(page int, shown rect, turn int, box rect) bool

// ourPages reads a PDF page by page. ledongthuc/pdf opens the file and resolves
// its objects; the page's content is interpreted here, because the library's
// own text calls lose the places of glyphs of composite fonts and put
// Vietnamese letters out of order.
func ourPages(data []byte, see ink) (out []pdfPage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	pages, err := openOurs(mendPDF(data))
	if err != nil && !errors.Is(err, errProtected) {
		if again := rebuilt(data); again != nil {
			if p, e := openOurs(again); e == nil {
				pages, err = p, nil
			}
		}
	}
	if err != nil {
		return nil, err
	}
	fonts := map[string]*font{}
	for i, p := range pages {
		out = append(out, pageText(p, i, fonts, see))
	}
	return out, nil
}

// openOurs opens a file and lists its pages.
func openOurs(data []byte) (pages []pdf.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		if errors.Is(err, pdf.ErrInvalidPassword) || strings.Contains(err.Error(), "encrypt") {
			err = errProtected
		}
		return nil, err
	}
	if pages, err = pageTree(r); len(pages) == 0 && err == nil {
		err = errors.New("it has no pages")
	}
	return pages, err
}

var (
	objectHead = regexp.MustCompile(`(?:^|[\r\n \t>])(\d{1,7})[ \t]+(\d{1,5})[ \t]+obj\b`)
	rootEntry  = regexp.MustCompile(`/Root[ \r\n\t]*(\d{1,7})[ \r\n\t]+\d{1,5}[ \r\n\t]+R`)
	catalogue  = regexp.MustCompile(`/Type[ \r\n\t]*/Catalog\b`)
)

// rebuilt gives a file whose table of objects is wrong or lost a new one, made from
// the objects that stand in it, as other readers do; nil where that is no use.
func rebuilt(data []byte) []byte {
	if len(data) > largePDF || bytes.Contains(data, []byte("/Encrypt")) {
		return nil
	}
	if i := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")); i > 0 {
		data = data[i:]
	}
	at, root, most := map[int]int{}, 0, 0
	for _, m := range objectHead.FindAllSubmatchIndex(data, 200_000) {
		id, err := strconv.Atoi(string(data[m[2]:m[3]]))
		if err != nil || id > 1_000_000 {
			continue
		}
		at[id], most = m[2], max(most, id)
		if catalogue.Match(data[m[1]:min(len(data), m[1]+200)]) {
			root = id
		}
	}
	for _, m := range rootEntry.FindAllSubmatch(data, -1) {
		if id, err := strconv.Atoi(string(m[1])); err == nil && at[id] > 0 {
			root = id
		}
	}
	if len(at) == 0 || root == 0 {
		return nil
	}
	out := append(bytes.Clone(data), '\n')
	copy(out, "%PDF-1.7\n")
	start := len(out)
	out = append(out, "xref\n"...)
	for _, id := range slices.Sorted(maps.Keys(at)) {
		out = fmt.Appendf(out, "%d 1\n%010d 00000 n \n", id, at[id])
	}
	return fmt.Appendf(out, "trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", most+1, root, start)
}

// mendPDF gives the library the header and the trailer that it insists on,
// where the file has them with a harmless difference. A large file is changed where it lies.
func mendPDF(data []byte) []byte {
	if i := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")); i > 0 {
		data = data[i:]
	}
	if i := bytes.LastIndex(data, []byte("%%EOF")); i > 0 {
		data = data[:i+5]
	}
	if len(data) > 16 {
		if len(data) <= largePDF {
			data = bytes.Clone(data)
		}
		copy(data, "%PDF-1.7\n")
	}
	return data
}

// pageTree lists the pages, in order, however the tree lies about itself.
func pageTree(r *pdf.Reader) (pages []pdf.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("page tree: %v", p)
		}
	}()
	visited := 0
	var walk func(v pdf.Value, depth int)
	walk = func(v pdf.Value, depth int) {
		if visited++; visited > 4*maxPages || depth > 60 || len(pages) >= maxPages {
			return
		}
		kids := v.Key("Kids")
		if kids.Kind() == pdf.Array && v.Key("Type").Name() != "Page" {
			for i := 0; i < kids.Len() && visited <= 4*maxPages; i++ {
				walk(kids.Index(i), depth+1)
			}
			return
		}
		if v.Kind() == pdf.Dict {
			pages = append(pages, v)
		}
	}
	walk(r.Trailer().Key("Root").Key("Pages"), 0)
	return pages, nil
}

func inherited(page pdf.Value, key string) pdf.Value {
	v := page
	for range 60 {
		if x := v.Key(key); !x.IsNull() {
			return x
		}
		if v = v.Key("Parent"); v.IsNull() {
			break
		}
	}
	return pdf.Value{}
}

// stream reads a content stream, or several in a row, up to maxPart bytes.
func stream(v pdf.Value) ([]byte, error) {
	switch v.Kind() {
	case pdf.Stream:
		b, err := io.ReadAll(io.LimitReader(v.Reader(), maxPart))
		if len(b) > 0 {
			err = nil // a broken end is no reason to lose the beginning
		}
		return b, err
	case pdf.Array:
		var all []byte
		for i := 0; i < v.Len() && len(all) < maxPart; i++ {
			b, err := stream(v.Index(i))
			if err != nil {
				return all, err
			}
			all = append(append(all, b...), '\n')
		}
		return all, nil
	}
	return nil, nil
}

// pageText reads one page.
func pageText(page pdf.Value, number int, fonts map[string]*font, see ink) (out pdfPage) {
	in := &interpreter{fonts: fonts, budget: 4_000_000, box: pageBox(page)}
	firstNote := math.MaxInt // the letters of annotations and form fields begin here
	defer func() {
		if p := recover(); p != nil {
			out.err = fmt.Errorf("page: %v", p)
			out.marks = true
		}
		seen, unseen := in.visible()
		if see != nil && len(unseen) > 0 {
			turn := int(inherited(page, "Rotate").Int64()/90%4+4) % 4
			seen, unseen = in.look(seen, unseen, func(box rect) bool { return see(number, in.box, turn, box) })
		}
		out.text, out.hidden = layout(seen, unseen)
		out.notes = arrange(slices.DeleteFunc(slices.Clone(seen), func(g glyph) bool { return g.seq < firstNote }))
		out.image = in.imageShare() > 0.5
	}()
	content, err := stream(page.Key("Contents"))
	if err != nil {
		return pdfPage{err: err, marks: true}
	}
	in.run(content, inherited(page, "Resources"), identity, 0)
	firstNote = len(in.glyphs)
	in.annotations(page.Key("Annots"))
	return pdfPage{marks: in.marks, attached: in.attached}
}

// maxGlyphs bounds what a page may show; a full one of small print has 20,000.
const maxGlyphs = 300_000

// pageBox is what of a page is shown; an A4 page where nothing says it.
func pageBox(page pdf.Value) rect {
	for _, key := range []string{"CropBox", "MediaBox"} {
		v := inherited(page, key)
		if v.Kind() == pdf.Array && v.Len() == 4 {
			r := corners(v.Index(0).Float64(), v.Index(1).Float64(), v.Index(2).Float64(), v.Index(3).Float64())
			if r.x1-r.x0 > 1 && r.y1-r.y0 > 1 {
				return r
			}
		}
	}
	return rect{0, 0, 595, 842}
}

// matrix is a PDF transformation [a b c d e f].
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

// mul returns m applied before n.
func (m matrix) mul(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

type graphics struct {
	ctm                     matrix
	font                    *font
	size, tc, tw, th, tl, r float64
	mode                    int     // how text is rendered; 3 and 7 paint nothing
	fill                    colour  // of text and areas
	alpha                   float64 // of fills
	blend                   bool    // fills mix with what they cover
}

// opaque reports whether a fill hides what it covers.
func (g *graphics) opaque() bool { return g.alpha > 0.9 && !g.blend }

type interpreter struct {
	fonts    map[string]*font
	glyphs   []glyph
	areas    []area // what has been painted, in order
	marks    bool
	box      rect
	budget   int       // operators that may still run
	inherit  *graphics // of the stream that draws the one under way
	attached []attachment
}

// run interprets one content stream.
func (in *interpreter) run(content []byte, resources pdf.Value, ctm matrix, depth int) {
	g := graphics{ctm: ctm, th: 1, alpha: 1}
	if depth > 0 && in.inherit != nil {
		g.fill, g.alpha, g.blend = in.inherit.fill, in.inherit.alpha, in.inherit.blend
	}
	var path []point
	var saved []graphics
	tm, tlm := identity, identity
	lex := lexer{b: content}
	var args []operand
	num := func(i int) float64 {
		if i < len(args) {
			return args[i].num
		}
		return 0
	}
	nextLine := func(tx, ty float64) {
		tlm = matrix{1, 0, 0, 1, tx, ty}.mul(tlm)
		tm = tlm
	}
	show := func(s string) {
		if g.font == nil {
			return
		}
		for _, c := range g.font.split(s) {
			at := matrix{g.size * g.th, 0, 0, g.size, 0, g.r}.mul(tm).mul(g.ctm)
			w := g.font.width(c)
			adv := w*g.size + g.tc
			if c == " " {
				adv += g.tw
			}
			adv *= g.th
			if len(in.glyphs) >= maxGlyphs {
				panic("more letters than a page has")
			}
			gl := newGlyph(g.font.text(c), at, w)
			gl.mute = g.mode == 3 || g.mode == 7
			gl.unseen = gl.mute || g.alpha < 0.03 || gl.size*g.font.scale < 0.9
			gl.at, gl.fill, gl.order, gl.seq = at.apply(w/2, 0.3), g.fill, len(in.areas), len(in.glyphs)
			in.glyphs = append(in.glyphs, gl)
			tm = matrix{1, 0, 0, 1, adv, 0}.mul(tm)
		}
	}
	for {
		op, ok := lex.next(&args)
		if !ok {
			return
		}
		if in.budget--; in.budget <= 0 {
			panic("more operators than a page has")
		}
		switch op {
		case "q":
			if len(saved) < 200 {
				saved = append(saved, g)
			}
		case "Q":
			if n := len(saved); n > 0 {
				g, saved = saved[n-1], saved[:n-1]
			}
		case "cm":
			if len(args) >= 6 {
				g.ctm = matrix{num(0), num(1), num(2), num(3), num(4), num(5)}.mul(g.ctm)
			}
		case "BT":
			tm, tlm = identity, identity
		case "Tf":
			if len(args) >= 2 {
				g.font, g.size = in.font(resources, args[0].str), num(1)
			}
		case "Tc":
			g.tc = num(0)
		case "Tw":
			g.tw = num(0)
		case "Tz":
			g.th = num(0) / 100
		case "TL":
			g.tl = num(0)
		case "Ts":
			g.r = num(0)
		case "Td":
			nextLine(num(0), num(1))
		case "TD":
			g.tl = -num(1)
			nextLine(num(0), num(1))
		case "Tm":
			if len(args) >= 6 {
				tlm = matrix{num(0), num(1), num(2), num(3), num(4), num(5)}
				tm = tlm
			}
		case "T*":
			nextLine(0, -g.tl)
		case "Tj":
			if len(args) > 0 {
				show(args[len(args)-1].str)
			}
		case "'":
			nextLine(0, -g.tl)
			if len(args) > 0 {
				show(args[len(args)-1].str)
			}
		case "\"":
			g.tw, g.tc = num(0), num(1)
			nextLine(0, -g.tl)
			if len(args) > 2 {
				show(args[2].str)
			}
		case "TJ":
			if len(args) == 0 {
				break
			}
			for _, e := range args[len(args)-1].list {
				if e.kind == 's' {
					show(e.str)
				} else {
					tm = matrix{1, 0, 0, 1, -e.num / 1000 * g.size * g.th, 0}.mul(tm)
				}
			}
		case "gs":
			if len(args) > 0 {
				gs := resources.Key("ExtGState").Key(args[0].str)
				if ca := gs.Key("ca"); ca.Kind() == pdf.Integer || ca.Kind() == pdf.Real {
					g.alpha = ca.Float64()
				}
				if bm := gs.Key("BM"); bm.Kind() == pdf.Name {
					g.blend = bm.Name() != "Normal" && bm.Name() != "Compatible"
				}
				f := gs.Key("Font")
				if f.Kind() == pdf.Array && f.Len() == 2 {
					g.font, g.size = in.fontOf(f.Index(0)), f.Index(1).Float64()
				}
			}
		case "Do":
			in.marks = true
			if len(args) == 0 || depth >= 8 {
				break
			}
			x := resources.Key("XObject").Key(args[0].str)
			if x.Key("Subtype").Name() == "Image" && g.opaque() {
				in.paint(g.ctm, []point{{0, 0}, {1, 0}, {1, 1}, {0, 1}}, colour{}, true)
			}
			if x.Key("Subtype").Name() != "Form" {
				break
			}
			b, err := stream(x)
			if in.budget -= 1000 + len(b)/20; err != nil {
				break
			}
			m := identity
			if mv := x.Key("Matrix"); mv.Kind() == pdf.Array && mv.Len() == 6 {
				for i := range m {
					m[i] = mv.Index(i).Float64()
				}
			}
			res := x.Key("Resources")
			if res.IsNull() {
				res = resources
			}
			outer := in.inherit
			in.inherit = &graphics{fill: g.fill, alpha: g.alpha, blend: g.blend}
			in.run(b, res, m.mul(g.ctm), depth+1)
			in.inherit = outer
		case "Tr":
			g.mode = int(num(0))
		case "g", "rg", "k", "sc", "scn", "cs":
			g.fill = colourOf(op, args, resources, g.fill)
		case "m", "l":
			if len(args) >= 2 && len(path) < 2000 {
				path = append(path, point{num(0), num(1)})
			}
		case "c", "v", "y":
			if n := len(args); n >= 2 && len(path) < 2000 {
				path = append(path, point{num(n - 2), num(n - 1)})
			}
		case "re":
			if len(args) >= 4 && len(path) < 2000 {
				x, y, w, h := num(0), num(1), num(2), num(3)
				path = append(path, point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
			}
		case "f", "F", "f*", "B", "B*", "b", "b*":
			in.marks = true
			if g.opaque() {
				in.paint(g.ctm, path, g.fill, false)
			}
			path = path[:0]
		case "S", "s", "sh", "BI":
			in.marks = true
			path = path[:0]
		case "n":
			path = path[:0]
		}
		args = args[:0]
	}
}

func (in *interpreter) font(resources pdf.Value, name string) *font {
	return in.fontOf(resources.Key("Font").Key(name))
}

func (in *interpreter) fontOf(v pdf.Value) *font {
	if v.Kind() != pdf.Dict {
		return nil
	}
	key := v.String() // references are written out as such, so this is small and tells fonts apart
	if f, ok := in.fonts[key]; ok {
		return f
	}
	f := newFont(v)
	in.fonts[key] = f
	return f
}

// operand is a number, string, name or array of a content stream.
type operand struct {
	kind byte // n number, s string, / name, [ array, d dictionary
	num  float64
	str  string
	list []operand
}

// lexer splits a content stream into operators with their operands.
type lexer struct {
	b []byte
	i int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelim(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

// next collects operands until an operator; false at the end of the stream.
func (l *lexer) next(args *[]operand) (string, bool) {
	*args = (*args)[:0]
	for {
		o, op, ok := l.token(0)
		if !ok {
			return "", false
		}
		if op == "" {
			if len(*args) < 64 {
				*args = append(*args, o)
			}
			continue
		}
		if op == "BI" {
			l.skipInlineImage()
		}
		return op, true
	}
}

// token reads an operand, or an operator (op not empty).
func (l *lexer) token(depth int) (o operand, op string, ok bool) {
	for l.i < len(l.b) && (isSpace(l.b[l.i]) || l.b[l.i] == '%') {
		if l.b[l.i] == '%' {
			for l.i < len(l.b) && l.b[l.i] != '\n' && l.b[l.i] != '\r' {
				l.i++
			}
			continue
		}
		l.i++
	}
	if l.i >= len(l.b) {
		return o, "", false
	}
	switch c := l.b[l.i]; {
	case c == '(':
		return operand{kind: 's', str: l.literal()}, "", true
	case c == '<' && l.i+1 < len(l.b) && l.b[l.i+1] == '<':
		l.i += 2
		l.skipDict()
		return operand{kind: 'd'}, "", true
	case c == '<':
		return operand{kind: 's', str: l.hex()}, "", true
	case c == '[':
		l.i++
		arr := operand{kind: '['}
		for {
			for l.i < len(l.b) && isSpace(l.b[l.i]) {
				l.i++
			}
			if l.i >= len(l.b) || l.b[l.i] == ']' {
				l.i++
				return arr, "", true
			}
			e, eop, ok := l.token(depth + 1)
			if !ok || depth > 20 {
				return arr, "", ok
			}
			if eop == "" {
				arr.list = append(arr.list, e)
			}
		}
	case c == '/':
		l.i++
		start := l.i
		for l.i < len(l.b) && !isSpace(l.b[l.i]) && !isDelim(l.b[l.i]) {
			l.i++
		}
		return operand{kind: '/', str: unescapeName(string(l.b[start:l.i]))}, "", true
	case c == ')' || c == '>' || c == ']' || c == '{' || c == '}':
		l.i++
		return operand{}, "?", true
	}
	start := l.i
	for l.i < len(l.b) && !isSpace(l.b[l.i]) && !isDelim(l.b[l.i]) {
		l.i++
	}
	w := string(l.b[start:l.i])
	if c := w[0]; c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		return operand{kind: 'n', num: number(w)}, "", true
	}
	return o, w, true
}

// number reads what PDF calls a number, and what bad writers make of it.
func number(s string) float64 {
	neg, v, scale, frac := false, 0.0, 1.0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '-' && i == 0:
			neg = true
		case c == '.':
			frac = true
		case c >= '0' && c <= '9':
			if frac {
				scale /= 10
				v += float64(c-'0') * scale
			} else {
				v = v*10 + float64(c-'0')
			}
		}
	}
	if neg {
		return -v
	}
	return v
}

func unescapeName(s string) string {
	if !strings.Contains(s, "#") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '#' && i+2 < len(s) {
			if h, l := unhex(s[i+1]), unhex(s[i+2]); h >= 0 && l >= 0 {
				b.WriteByte(byte(h<<4 | l))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func (l *lexer) literal() string {
	l.i++
	var out []byte
	for depth := 1; l.i < len(l.b); l.i++ {
		c := l.b[l.i]
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				l.i++
				return string(out)
			}
		case '\\':
			if l.i++; l.i >= len(l.b) {
				return string(out)
			}
			switch c = l.b[l.i]; c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'b':
				c = '\b'
			case 'f':
				c = '\f'
			case '\r':
				if l.i+1 < len(l.b) && l.b[l.i+1] == '\n' {
					l.i++
				}
				continue
			case '\n':
				continue
			default:
				if c >= '0' && c <= '7' {
					v := 0
					for n := 0; n < 3 && l.i < len(l.b) && l.b[l.i] >= '0' && l.b[l.i] <= '7'; n++ {
						v = v*8 + int(l.b[l.i]-'0')
						l.i++
					}
					l.i--
					c = byte(v)
				}
			}
		}
		out = append(out, c)
	}
	return string(out)
}

func (l *lexer) hex() string {
	l.i++
	var out []byte
	half := -1
	for ; l.i < len(l.b); l.i++ {
		c := l.b[l.i]
		if c == '>' {
			l.i++
			break
		}
		if d := unhex(c); d >= 0 {
			if half < 0 {
				half = d
			} else {
				out = append(out, byte(half<<4|d))
				half = -1
			}
		}
	}
	if half >= 0 {
		out = append(out, byte(half<<4))
	}
	return string(out)
}

func (l *lexer) skipDict() {
	for depth := 1; l.i < len(l.b) && depth > 0; {
		switch {
		case l.b[l.i] == '(':
			l.literal()
			continue
		case l.b[l.i] == '<' && l.i+1 < len(l.b) && l.b[l.i+1] == '<':
			depth++
			l.i++
		case l.b[l.i] == '>' && l.i+1 < len(l.b) && l.b[l.i+1] == '>':
			depth--
			l.i++
		}
		l.i++
	}
}

// skipInlineImage jumps behind EI: the bytes between ID and EI are no tokens.
func (l *lexer) skipInlineImage() {
	id := bytes.Index(l.b[l.i:], []byte("ID"))
	if id < 0 {
		l.i = len(l.b)
		return
	}
	for at := l.i + id + 2; ; {
		n := bytes.Index(l.b[at:], []byte("EI"))
		if n < 0 {
			l.i = len(l.b)
			return
		}
		at += n
		if isSpace(l.b[at-1]) && (at+2 >= len(l.b) || isSpace(l.b[at+2])) {
			l.i = at + 2
			return
		}
		at += 2
	}
}
