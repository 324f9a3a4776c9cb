// Package parts reads office files (OOXML and OpenDocument): zip archives of XML parts.
//
// A reader opens a package, asks for parts by name, and walks through their XML with [Walk] or [WalkNames], which
// call it for each element and text. The scanner is written for the XML that office programs write, and hands
// anything else to encoding/xml, so that it is quick and no more lenient. Size, nesting and text are bounded here,
// for all readers: a part that unpacks to too much is [ErrTooLarge] and not read. External entities are never
// resolved.
package parts

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/limits"
)

// Package is an office file (OOXML or OpenDocument): a zip of XML parts. What its parts unpack to is
// bounded together, so that many of them are no way around the bound of one. It is not safe for concurrent
// use.
type Package struct {
	*zip.Reader
	left int64 // bytes that may still be unpacked
}

// Open opens an office file. Its parts together may unpack to limits.Part bytes and ten times the
// file.
func Open(data []byte) (*Package, error) {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	return &Package{zr, limits.Part + 10*int64(len(data))}, nil
}

// Part unpacks one part, up to limits.Part bytes, of those that are left for the package. Names of parts
// are compared without regard to case (ECMA-376-2, 6.2.2), and some programs write backslashes in them.
func (o *Package) Part(name string) ([]byte, error) {
	f, err := o.Open(name)
	for _, other := range o.File {
		if err == nil {
			break
		}
		if strings.EqualFold(strings.ReplaceAll(other.Name, `\`, "/"), name) { // OPC does not regard case
			f, err = o.Open(strings.ReplaceAll(other.Name, `\`, "/"))
		}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	most := min(limits.Part, o.left)
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	o.left -= int64(len(b))
	if err == nil && int64(len(b)) > most {
		return nil, ErrTooLarge
	}
	return b, err
}

// Names lists the parts with a prefix and an ending, ordered by their numbers: sheet10 comes after sheet9.
// At most limits.Pages are listed.
func (o *Package) Names(prefix, suffix string) []string {
	var out []string
	for _, f := range o.File {
		if strings.HasPrefix(f.Name, prefix) && strings.HasSuffix(f.Name, suffix) && len(out) < limits.Pages {
			out = append(out, f.Name)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := numberIn(out[i]), numberIn(out[j])
		if a != b {
			return a < b
		}
		return out[i] < out[j]
	})
	return slices.Compact(out)
}

// numberIn returns the number at the end of a part's name; 0 without one.
func numberIn(name string) int {
	name = strings.TrimSuffix(name, path.Ext(name))
	n, _ := strconv.Atoi(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/_- "))
	return n
}

// Relation is a relationship of a part to another, as OPC (ECMA-376-2) has them. Its id is unique in the
// relationships of one part only.
type Relation struct {
	ID, Type, Target string // Target is the name of a part
}

// Relations lists the relationships of a part, "" for those of the package, in the order of the file.
// External targets are left out: nothing outside of the file is ever read. After damage, what was read
// before counts.
func (o *Package) Relations(name string) (out []Relation) {
	b, err := o.Part(path.Join(path.Dir(name), "_rels", path.Base("/"+name)+".rels"))
	if name == "" {
		b, err = o.Part("_rels/.rels")
	}
	if err != nil {
		return nil
	}
	Walk(b, func(e xml.StartElement) {
		target := Attr(e, "Target")
		external := Attr(e, "TargetMode") == "External"
		if e.Name.Local != "Relationship" || target == "" || external || len(out) >= limits.Pages {
			return
		}
		if !strings.HasPrefix(target, "/") {
			target = path.Join(path.Dir(name), target)
		}
		out = append(out, Relation{Attr(e, "Id"), Attr(e, "Type"), strings.TrimPrefix(path.Clean(target), "/")})
	}, func(string) {}, func(string) {})
	return out
}

// Related maps the relationship ids of a part to the names of other parts.
func (o *Package) Related(name string) map[string]string {
	out := map[string]string{}
	for _, r := range o.Relations(name) {
		out[r.ID] = r.Target
	}
	return out
}

// Main returns the name of the part that the package is about, by its relationship; "" without one.
func (o *Package) Main() string {
	for _, r := range o.Relations("") {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			if _, err := o.Open(r.Target); err == nil {
				return r.Target
			}
		}
	}
	return ""
}

// MaxNesting is the maximum depth of nested elements or groups. Real documents stay below 100; the stack of
// a reading process (64 MB) has room for a recursion of this depth.
const MaxNesting = 2000

// Walk calls start, end and text for everything in an XML document, in its order. Entities that a document
// defines itself are an error, external ones are never resolved. Nesting and text are bounded, so callers
// may recurse and need not count.
//
// Names are raw: the prefix is in Name.Space, and ends need not match their beginnings. On an error, what
// came before it has been passed on.
func Walk(b []byte, start func(xml.StartElement), end func(name string), text func(string)) error {
	w := walk{start: start, end: end, text: text}
	s := scanners.Get().(*scanner)
	defer s.release()
	s.b, s.at = b, 0
	for {
		var err error
		switch s.next() {
		case opens:
			if err = w.opens(xml.StartElement{Name: s.name, Attr: slices.Clone(s.attrs)}); err == nil && s.empty {
				w.closes(s.name.Local)
			}
		case closes:
			w.closes(s.name.Local)
		case says:
			err = w.says(s.text)
		case skips:
		default:
			return w.rest(b, s.at)
		}
		if err != nil {
			return err
		}
	}
}

// walk is the state of Walk.
type walk struct {
	start func(xml.StartElement)
	end   func(name string)
	text  func(string)

	depth, size int // of elements that have begun, and of their text in bytes
}

// opens passes on the beginning of an element, unless it is nested too deep.
func (w *walk) opens(e xml.StartElement) error {
	if w.depth++; w.depth > MaxNesting {
		return fmt.Errorf("elements nested more than %d deep", MaxNesting)
	}
	w.start(e)
	return nil
}

// closes passes on the end of an element.
func (w *walk) closes(name string) {
	w.depth = max(w.depth-1, 0) // an end without a beginning closes nothing
	w.end(name)
}

// says passes on text, unless the document has too much of it.
func (w *walk) says(text string) error {
	if w.size += len(text); w.size > limits.Text {
		return ErrTooLarge
	}
	w.text(text)
	return nil
}

// rest walks through what begins at a token with encoding/xml.
func (w *walk) rest(b []byte, at int) error {
	d := xml.NewDecoder(bytes.NewReader(b[at:]))
	d.CharsetReader = cleantext.CharsetReader
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			if w.depth > 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err == nil {
			switch e := t.(type) {
			case xml.StartElement:
				err = w.opens(e)
			case xml.EndElement:
				w.closes(e.Name.Local)
			case xml.CharData:
				err = w.says(string(e))
			}
		}
		if err != nil {
			if wrong := (*xml.SyntaxError)(nil); errors.As(err, &wrong) {
				wrong.Line += bytes.Count(b[:at], []byte("\n"))
			}
			return err
		}
	}
}

// ErrTooLarge is the error for a part, or a package, beyond limits.Part, and for a part with more text than
// limits.Text.
var ErrTooLarge = errors.New("it unpacks to more than 64 MB, or has more than 16 MB of text")

// Attr returns an attribute by its local name; "" if it is missing.
func Attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Element is an element of an XML document with the namespace of its prefix; "" if the prefix is not
// declared.
type Element struct {
	xml.StartElement
	Space string // namespace
	scope map[string]string
}

// Namespace returns the namespace of a prefix at the element; "" if it is not declared.
func (e *Element) Namespace(prefix string) string { return e.scope[prefix] }

// WalkNames is Walk with namespaces resolved (Namespaces in XML 1.0). Scopes are copied only by elements
// that declare one.
func WalkNames(b []byte, start func(*Element), end func(), text func(string)) error {
	scopes := []map[string]string{{}}
	return Walk(b, func(e xml.StartElement) {
		scope := scopes[len(scopes)-1]
		own := false
		for _, a := range e.Attr {
			prefix := ""
			switch {
			case a.Name.Space == "xmlns":
				prefix = a.Name.Local
			case a.Name.Space == "" && a.Name.Local == "xmlns":
			default:
				continue
			}
			if !own {
				scope, own = maps.Clone(scope), true
			}
			scope[prefix] = a.Value
		}
		scopes = append(scopes, scope)
		start(&Element{e, scope[e.Name.Space], scope})
	}, func(string) {
		if len(scopes) > 1 {
			scopes = scopes[:len(scopes)-1]
		}
		end()
	}, text)
}
