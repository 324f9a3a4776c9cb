// Package tagged reads the structure that a PDF file states of itself: the tree of elements under StructTreeRoot (ISO
// 32000-1, 14.7 and 14.8) that Word, LibreOffice and other programs write beside the pages, so that programs that read
// aloud know what is a heading, a list or a table.
//
// The tree says which pieces of the pages' content, by number, are an element's. It does not say what is seen, and it
// may say anything: package pdfpages joins it to the letters that are seen, and takes from it only what agrees with
// their places. Texts of the tree (ActualText, Alt, E) are not read at all.
//
// A file may be hostile. Everything is bounded, and a tree that is damaged, has cycles or names an element twice is no
// tree.
package tagged

import "strings"

// Bounds of a tree.
const (
	maxElements = 300_000
	maxPieces   = 1_000_000
	maxLevels   = 120 // elements in one another
	maxMapped   = 10  // roles that are mapped to roles
	maxSpan     = 1000
)

// Element is an element of the tree. Elements are in the order of the document, each before those in it.
type Element struct {
	Role             string // a standard one, or "" if it is mapped to none
	Parent           int32  // -1 of the outermost
	End              int32  // the index behind the last element in it
	RowSpan, ColSpan int32  // of a cell, at least 1
	Scope            byte   // of a header cell: 'R' for rows, 'C' for columns, 'B' for both, 0 if not said
}

// Piece is a piece of a page's content that is an element's.
type Piece struct {
	Element int32
	Stream  uint32 // number of the form that it is in; 0: of the page's own content
	Number  int32  // of the marked content; -1: Stream is the number of an annotation
}

// Tree is the structure that a file states.
type Tree struct {
	Elements []Element
	pages    map[uint32][]Piece
	area     int // fields of the tables that were laid out
}

// Page returns the pieces of a page, by its object's number, in the order of the document.
func (t *Tree) Page(object uint64) []Piece {
	if t == nil || object == 0 || object >= maxObjects {
		return nil
	}
	return t.pages[uint32(object)]
}

// In reports whether element i is element of, or is in it.
func (t *Tree) In(i, of int32) bool { return i >= of && i < t.Elements[of].End }

// builder reads a tree.
type builder struct {
	file    *file
	out     *Tree
	roles   dict // RoleMap
	classes dict // ClassMap
	seen    map[ref]bool
	pieces  int
}

// Read returns the structure that a file states; nil if it states none, or it is damaged.
func Read(data []byte) *Tree {
	f, err := open(data)
	if err != nil {
		return nil
	}
	catalogue, _ := f.resolve(f.trailer["Root"]).(dict)
	root, ok := f.resolve(catalogue["StructTreeRoot"]).(dict)
	if !ok {
		return nil
	}
	b := &builder{file: f, out: &Tree{pages: map[uint32][]Piece{}}, seen: map[ref]bool{}}
	b.roles, _ = f.resolve(root["RoleMap"]).(dict)
	b.classes, _ = f.resolve(root["ClassMap"]).(dict)
	if !b.kids(root["K"], -1, 0, 0) || f.tokens < 0 || len(b.out.pages) == 0 {
		return nil
	}
	return b.out
}

// kids reads what is in an element: elements and pieces of content, or one of them. It returns false if the tree is
// none.
func (b *builder) kids(o object, parent int32, page ref, level int) bool {
	of := b.file.resolve(o)
	list, ok := of.(array)
	if !ok {
		return b.kid(o, of, parent, page, level)
	}
	for _, k := range list {
		if !b.kid(k, b.file.resolve(k), parent, page, level) {
			return false
		}
	}
	return true
}

// kid reads one of them: o is what the element names, and of what it leads to.
func (b *builder) kid(o, of object, parent int32, page ref, level int) bool {
	switch k := of.(type) {
	case nil:
		return true // removed by a later version of the file
	case int64:
		return b.piece(page, Piece{parent, 0, int32(k)}, k)
	case dict:
		if p, ok := k["Pg"].(ref); ok {
			page = p
		}
		switch k["Type"] {
		case name("MCR"):
			stream, _ := k["Stm"].(ref)
			n, ok := b.file.resolve(k["MCID"]).(int64)
			return ok && b.piece(page, Piece{parent, uint32(stream), int32(n)}, n)
		case name("OBJR"):
			r, ok := k["Obj"].(ref)
			return !ok || b.piece(page, Piece{parent, uint32(r), -1}, 0)
		}
		r, _ := o.(ref)
		return b.element(k, r, parent, page, level)
	}
	return false
}

// piece adds a piece of content. Pieces of no page are left out: what they say is then in no element.
func (b *builder) piece(page ref, p Piece, number int64) bool {
	if b.pieces++; b.pieces > maxPieces || number < 0 || number > 1<<30 {
		return false
	}
	if page != 0 && p.Element >= 0 {
		b.out.pages[uint32(page)] = append(b.out.pages[uint32(page)], p)
	}
	return true
}

// element reads an element and what is in it.
func (b *builder) element(d dict, r ref, parent int32, page ref, level int) bool {
	if level > maxLevels || len(b.out.Elements) >= maxElements || b.file.tokens < 0 || r != 0 && b.seen[r] {
		return false
	}
	if r != 0 {
		b.seen[r] = true
	}
	i := int32(len(b.out.Elements))
	e := Element{Role: b.role(d), Parent: parent, RowSpan: 1, ColSpan: 1}
	switch e.Role {
	case "TH", "TD":
		b.attributes(d["C"], &e, true)
		b.attributes(d["A"], &e, false)
	}
	b.out.Elements = append(b.out.Elements, e)
	if !b.kids(d["K"], i, page, level+1) {
		return false
	}
	b.out.Elements[i].End = int32(len(b.out.Elements))
	return true
}

// attributes reads the spans and the scope of a cell from its attributes, or from those of its classes.
func (b *builder) attributes(o object, e *Element, classes bool) {
	list, ok := b.file.resolve(o).(array)
	if !ok {
		list = array{o}
	}
	for _, a := range list[:min(len(list), 50)] {
		switch a := b.file.resolve(a).(type) {
		case name:
			if classes {
				b.attributes(b.classes[a], e, false)
			}
		case dict:
			if owner := a["O"]; owner != nil && owner != name("Table") {
				continue
			}
			if n, ok := b.file.resolve(a["RowSpan"]).(int64); ok {
				e.RowSpan = int32(max(1, min(n, maxSpan)))
			}
			if n, ok := b.file.resolve(a["ColSpan"]).(int64); ok {
				e.ColSpan = int32(max(1, min(n, maxSpan)))
			}
			switch b.file.resolve(a["Scope"]) {
			case name("Row"):
				e.Scope = 'R'
			case name("Column"):
				e.Scope = 'C'
			case name("Both"):
				e.Scope = 'B'
			}
		}
	}
}

// standard are the roles of ISO 32000-1, 14.8.4, and ISO 32000-2, 14.8.4, that a reader of tables, lists and text need
// not know apart from others of their kind.
var standard = map[string]bool{}

func init() {
	for _, s := range strings.Fields(`Document DocumentFragment Part Art Sect Div Aside BlockQuote Caption TOC TOCI Index
		NonStruct Private P H H1 H2 H3 H4 H5 H6 H7 H8 H9 Title L LI Lbl LBody Table TR TH TD THead TBody TFoot Span Quote Note
		FENote Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP Sub Em Strong Figure Formula Form Artifact`) {
		standard[s] = true
	}
}

// role returns the standard role of an element. A role of a namespace is mapped by it, others by the file's map.
func (b *builder) role(d dict) string {
	s, _ := b.file.resolve(d["S"]).(name)
	space, _ := b.file.resolve(d["NS"]).(dict)
	for range maxMapped {
		if own, ok := b.file.resolve(space["RoleMapNS"]).(dict); ok {
			switch to := b.file.resolve(own[s]).(type) {
			case name:
				s, space = to, nil
				continue
			case array:
				if len(to) == 2 {
					s, _ = b.file.resolve(to[0]).(name)
					space, _ = b.file.resolve(to[1]).(dict)
					continue
				}
			}
		}
		if standard[string(s)] {
			return string(s)
		}
		to, ok := b.file.resolve(b.roles[s]).(name)
		if !ok {
			return ""
		}
		s = to
	}
	return ""
}
