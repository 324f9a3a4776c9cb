package pdfpages

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ledongthuc/pdf"

	"kheo/pipeline/extract/internal/limits"
	"kheo/pipeline/extract/internal/tagged"
)

// ownPages reads a PDF page by page. ledongthuc/pdf opens the file and resolves its objects; page
// content is interpreted in this package, because the library's own text calls lose the places of glyphs
// of composite fonts and put Vietnamese letters out of order. The library panics on much damage, hence
// the recovers of this file.
func ownPages(data []byte, see look) (out []pdfPage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	mended := mendPDF(data)
	doc, err := openOwn(mended)
	if err != nil && !errors.Is(err, ErrProtected) {
		if again := rebuilt(data); again != nil {
			if p, e := openOwn(again); e == nil {
				doc, err, mended = p, nil, again
			}
		}
	}
	if err != nil {
		return nil, err
	}
	doc.readStructure(mended)
	for i, p := range doc.pages {
		out = append(out, readPage(p, i, doc, see))
	}
	markRegions(out)
	markContinued(out)
	return out, nil
}

// ownDoc is a file that kheo's own reader has open.
type ownDoc struct {
	pages  []pdf.Value
	layers *layers
	fonts  map[string]*font // by their dictionary
	tree   *tagged.Tree     // the structure that the file states; nil if it states none
	tables map[int32]*tagged.Table
	stated bool // the catalogue names a structure
}

// openOwn opens a file and lists its pages; an empty list is an error.
func openOwn(data []byte) (doc *ownDoc, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		if errors.Is(err, pdf.ErrInvalidPassword) || strings.Contains(err.Error(), "encrypt") {
			err = ErrProtected
		}
		return nil, err
	}
	doc = &ownDoc{fonts: map[string]*font{}}
	if doc.pages, err = pageTree(r); len(doc.pages) == 0 && err == nil {
		err = errors.New("it has no pages")
	}
	doc.layers = layersOf(r.Trailer().Key("Root"))
	doc.stated = slices.Contains(r.Trailer().Key("Root").Keys(), "StructTreeRoot")
	return doc, err
}

var (
	objectHead = regexp.MustCompile(`(?:^|[\r\n \t>])(\d{1,7})[ \t]+(\d{1,5})[ \t]+obj\b`)
	rootEntry  = regexp.MustCompile(`/Root[ \r\n\t]*(\d{1,7})[ \r\n\t]+\d{1,5}[ \r\n\t]+R`)
	catalogue  = regexp.MustCompile(`/Type[ \r\n\t]*/Catalog\b`)
)

// rebuilt returns a file whose cross-reference table is wrong or lost with a new table, made from the
// objects found in it, as other readers do; nil if it is too large or encrypted, or has no catalogue.
func rebuilt(data []byte) []byte {
	if len(data) > largePDF || bytes.Contains(data, []byte("/Encrypt")) {
		return nil
	}
	if i := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")); i > 0 {
		data = data[i:]
	}
	at, root, last := map[int]int{}, 0, 0
	for _, m := range objectHead.FindAllSubmatchIndex(data, 200_000) {
		id, err := strconv.Atoi(string(data[m[2]:m[3]]))
		if err != nil || id > 1_000_000 {
			continue
		}
		at[id], last = m[2], max(last, id)
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
	return fmt.Appendf(out, "trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", last+1, root,
		start)
}

// mendPDF returns a file with the header and the end that the library insists on, if the file has them
// with a harmless difference. A file larger than largePDF is changed in place.
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

// pageTree lists the pages in order. It stops at the bounds of pages, nodes and depth, so that a tree
// that contains itself ends.
func pageTree(r *pdf.Reader) (pages []pdf.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("page tree: %v", p)
		}
	}()
	visited := 0
	var walk func(v pdf.Value, depth int)
	walk = func(v pdf.Value, depth int) {
		if visited++; visited > 4*limits.Pages || depth > 60 || len(pages) >= limits.Pages {
			return
		}
		kids := v.Key("Kids")
		if kids.Kind() == pdf.Array && v.Key("Type").Name() != "Page" {
			for i := 0; i < kids.Len() && visited <= 4*limits.Pages; i++ {
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

// inherited returns an attribute of a page, or of the nearest node above that has it.
func inherited(page pdf.Value, key string) pdf.Value { return nearest(page, key, 60) }

// nearest returns an attribute of a node of a tree, or of the nearest node above that has it, of at most
// levels nodes.
func nearest(v pdf.Value, key string, levels int) pdf.Value {
	for range levels {
		if x := v.Key(key); !x.IsNull() {
			return x
		}
		if v = v.Key("Parent"); v.IsNull() {
			break
		}
	}
	return pdf.Value{}
}

// stream reads a content stream, or an array of them, up to limits.Part bytes each.
func stream(v pdf.Value) ([]byte, error) {
	switch v.Kind() {
	case pdf.Stream:
		b, err := io.ReadAll(io.LimitReader(v.Reader(), limits.Part))
		if len(b) > 0 {
			err = nil // what was read before damage counts
		}
		return b, err
	case pdf.Array:
		var all []byte
		for i := 0; i < v.Len() && len(all) < limits.Part; i++ {
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
