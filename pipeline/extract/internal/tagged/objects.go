package tagged

import (
	"bytes"
	"compress/zlib"
	"io"
)

// Bounds of a file.
const (
	maxObjects  = 8_000_000
	maxSections = 500        // of its cross-reference table
	maxTokens   = 12_000_000 // that are read of it
	maxInflated = 96 << 20   // bytes of streams that are unpacked
	maxStream   = 32 << 20   // bytes of one of them
	maxDepth    = 12         // references that lead to references
)

// place is where an object is: at an offset, or in an object stream.
type place struct {
	offset int
	stream ref // 0: none
}

// objectStream is an object stream, unpacked.
type objectStream struct {
	text []byte
	at   map[ref]int
}

// file finds the objects of a file. The library that reads pages does not find those of hybrid files, whose tables name
// another one for newer readers (ISO 32000-1, 7.5.8.4): what Word prints is so, and the structure is in there.
type file struct {
	data    []byte
	places  map[ref]place
	streams map[ref]*objectStream
	trailer dict
	tokens  int // that may still be read
	bytes   int // that may still be unpacked
	deep    int // object streams that are being read, because one needs another
}

// open reads the cross-reference table of a file.
func open(data []byte) (*file, error) {
	f := &file{data: data, places: map[ref]place{}, streams: map[ref]*objectStream{}, tokens: maxTokens,
		bytes: maxInflated}
	at := bytes.LastIndex(data, []byte("startxref"))
	if at < 0 {
		return nil, errSyntax
	}
	p := f.parser(at + len("startxref"))
	next, ok := p.number()
	if !ok {
		return nil, errSyntax
	}
	seen := map[int]bool{}
	for ok && next > 0 && len(seen) < maxSections && !seen[next] {
		seen[next] = true
		trailer, err := f.section(next)
		if err != nil {
			return nil, err
		}
		if f.trailer == nil {
			f.trailer = trailer
		}
		if more, has := trailer["XRefStm"].(int64); has && !seen[int(more)] {
			seen[int(more)] = true
			if _, err := f.section(int(more)); err != nil {
				return nil, err
			}
		}
		var prev int64
		prev, ok = trailer["Prev"].(int64)
		next = int(prev)
	}
	if f.trailer == nil || f.trailer["Encrypt"] != nil {
		return nil, errSyntax // object streams of encrypted files cannot be read here
	}
	return f, nil
}

// parser reads from an offset of the file.
func (f *file) parser(at int) *parser {
	return &parser{b: f.data, at: max(0, min(at, len(f.data))), budget: &f.tokens}
}

// section reads a part of the table, in either form. Places that are known already are newer.
func (f *file) section(at int) (dict, error) {
	p := f.parser(at)
	if !p.keyword("xref") {
		return f.streamSection(at)
	}
	for !p.keyword("trailer") {
		first, ok := p.number()
		n, ok2 := p.number()
		if !ok || !ok2 || first+n > maxObjects {
			return nil, errSyntax
		}
		for i := range n {
			offset, ok := p.number()
			_, ok2 := p.number()
			p.skip()
			if !ok || !ok2 || p.at >= len(p.b) {
				return nil, errSyntax
			}
			if f.tokens--; f.tokens < 0 {
				return nil, errBounds
			}
			if p.b[p.at] == 'n' {
				f.put(ref(first+i), place{offset: offset})
			}
			p.at++
		}
	}
	o, err := p.object(0)
	if err != nil {
		return nil, err
	}
	d, ok := o.(dict)
	if !ok {
		return nil, errSyntax
	}
	return d, nil
}

func (f *file) put(r ref, p place) {
	if _, known := f.places[r]; !known {
		f.places[r] = p
	}
}

// streamSection reads a cross-reference stream.
func (f *file) streamSection(at int) (dict, error) {
	d, body, err := f.streamAt(at)
	if err != nil {
		return nil, err
	}
	w, _ := d["W"].(array)
	if len(w) < 3 {
		return nil, errSyntax
	}
	var wide [3]int
	for i := range wide {
		n, _ := w[i].(int64)
		if n < 0 || n > 8 {
			return nil, errSyntax
		}
		wide[i] = int(n)
	}
	size, _ := d["Size"].(int64)
	index, ok := d["Index"].(array)
	if !ok {
		index = array{int64(0), size}
	}
	long := wide[0] + wide[1] + wide[2]
	if long == 0 {
		return nil, errSyntax
	}
	for i := 0; i+1 < len(index); i += 2 {
		first, _ := index[i].(int64)
		n, _ := index[i+1].(int64)
		if first < 0 || n < 0 || first+n > maxObjects {
			return nil, errSyntax
		}
		for k := range n {
			if len(body) < long {
				return d, nil
			}
			kind, value := 1, bigEndian(body[wide[0]:wide[0]+wide[1]])
			if wide[0] > 0 {
				kind = bigEndian(body[:wide[0]])
			}
			body = body[long:]
			if f.tokens--; f.tokens < 0 {
				return nil, errBounds
			}
			switch kind {
			case 1:
				f.put(ref(first+k), place{offset: value})
			case 2:
				if value > 0 && value < maxObjects {
					f.put(ref(first+k), place{stream: ref(value)})
				}
			}
		}
	}
	return d, nil
}

func bigEndian(b []byte) (n int) {
	for _, c := range b {
		n = n<<8 | int(c)
	}
	return n
}

// streamAt reads a stream object at an offset, and unpacks it.
func (f *file) streamAt(at int) (dict, []byte, error) {
	p := f.parser(at)
	_, ok := p.number()
	_, ok2 := p.number()
	if !ok || !ok2 || !p.keyword("obj") {
		return nil, nil, errSyntax
	}
	o, err := p.object(0)
	if err != nil {
		return nil, nil, err
	}
	d, ok := o.(dict)
	if !ok || !p.keyword("stream") {
		return nil, nil, errSyntax
	}
	if p.at < len(p.b) && p.b[p.at] == '\r' {
		p.at++
	}
	if p.at < len(p.b) && p.b[p.at] == '\n' {
		p.at++
	}
	raw := p.b[p.at:]
	if n, ok := f.resolve(d["Length"]).(int64); ok && n >= 0 && n <= int64(len(raw)) {
		raw = raw[:n]
	} else if end := bytes.Index(raw, []byte("endstream")); end >= 0 {
		raw = raw[:end]
	}
	body, err := f.unpack(d, raw)
	return d, body, err
}

// unpack undoes the filter of a stream. Those of structure have none, or Flate.
func (f *file) unpack(d dict, raw []byte) ([]byte, error) {
	filter, parms := f.resolve(d["Filter"]), f.resolve(d["DecodeParms"])
	if a, ok := filter.(array); ok && len(a) == 1 {
		filter = f.resolve(a[0])
		if b, ok := parms.(array); ok && len(b) == 1 {
			parms = f.resolve(b[0])
		}
	}
	if filter == nil {
		return raw, nil
	}
	if filter != name("FlateDecode") {
		return nil, errSyntax
	}
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, errSyntax
	}
	out, err := io.ReadAll(io.LimitReader(z, int64(min(maxStream, f.bytes))+1))
	if f.bytes -= len(out); f.bytes < 0 || len(out) > maxStream {
		return nil, errBounds
	}
	if err != nil && len(out) == 0 {
		return nil, errSyntax
	}
	if dp, ok := parms.(dict); ok {
		return unpredict(dp, out)
	}
	return out, nil
}

// unpredict undoes a PNG predictor (ISO 32000-1, 7.4.4.4) of bytes.
func unpredict(parms dict, b []byte) ([]byte, error) {
	if kind, _ := parms["Predictor"].(int64); kind < 10 {
		if kind > 1 {
			return nil, errSyntax
		}
		return b, nil
	}
	columns := 1
	if n, ok := parms["Columns"].(int64); ok {
		columns = int(n)
	}
	if columns < 1 || columns > 1<<16 {
		return nil, errSyntax
	}
	out := make([]byte, 0, len(b))
	above := make([]byte, columns)
	for len(b) > columns {
		how, row := b[0], bytes.Clone(b[1:columns+1])
		b = b[columns+1:]
		for i := range row {
			left, corner := 0, 0
			if i > 0 {
				left, corner = int(row[i-1]), int(above[i-1])
			}
			up := int(above[i])
			switch how {
			case 1:
				row[i] += byte(left)
			case 2:
				row[i] += byte(up)
			case 3:
				row[i] += byte((left + up) / 2)
			case 4:
				row[i] += byte(paeth(left, up, corner))
			}
		}
		out, above = append(out, row...), row
	}
	return out, nil
}

// paeth is the predictor of that name.
func paeth(left, up, corner int) int {
	distance := func(n int) int { return max(n, -n) }
	a, b, c := distance(up-corner), distance(left-corner), distance(left+up-2*corner)
	switch {
	case a <= b && a <= c:
		return left
	case b <= c:
		return up
	}
	return corner
}

// resolve returns what a reference leads to; nil if that is nothing.
func (f *file) resolve(o object) object {
	for range maxDepth {
		r, ok := o.(ref)
		if !ok {
			return o
		}
		o = f.load(r)
	}
	return nil
}

// load reads an indirect object; nil if it is not there or damaged.
func (f *file) load(r ref) object {
	at, known := f.places[r]
	if !known {
		return nil
	}
	if at.stream != 0 {
		return f.loadFrom(at.stream, r)
	}
	p := f.parser(at.offset)
	n, ok := p.number()
	_, ok2 := p.number()
	if !ok || !ok2 || ref(n) != r || !p.keyword("obj") {
		return nil
	}
	o, err := p.object(0)
	if err != nil {
		return nil
	}
	return o
}

// loadFrom reads an object out of an object stream.
func (f *file) loadFrom(stream, r ref) object {
	s, known := f.streams[stream]
	if !known {
		s = f.objectStream(stream)
		f.streams[stream] = s
	}
	if s == nil {
		return nil
	}
	at, ok := s.at[r]
	if !ok || at > len(s.text) {
		return nil
	}
	o, err := (&parser{b: s.text, at: at, budget: &f.tokens}).object(0)
	if err != nil {
		return nil
	}
	return o
}

// objectStream unpacks an object stream; nil if it is damaged.
func (f *file) objectStream(r ref) *objectStream {
	at, known := f.places[r]
	if !known || at.stream != 0 || f.deep >= maxDepth {
		return nil
	}
	f.streams[r] = nil // its own length may not be in it
	f.deep++
	defer func() { f.deep-- }()
	d, text, err := f.streamAt(at.offset)
	if err != nil {
		return nil
	}
	n, _ := d["N"].(int64)
	first, _ := d["First"].(int64)
	if n < 0 || n > maxObjects || first < 0 || first > int64(len(text)) {
		return nil
	}
	s := &objectStream{text: text, at: map[ref]int{}}
	p := &parser{b: text[:first], budget: &f.tokens}
	for range n {
		id, ok := p.number()
		offset, ok2 := p.number()
		if f.tokens--; !ok || !ok2 || f.tokens < 0 {
			break
		}
		s.at[ref(id)] = int(first) + offset
	}
	return s
}
