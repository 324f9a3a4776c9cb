package main

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html/charset"
)

// The readers of this file know only as much of the formats as a comparison needs, and share no code with
// kheo's.

// maxPart bounds what one part of a package may unpack to.
const maxPart = 256 << 20

// prefixes gives the namespaces that matter the prefixes they usually have; strict and transitional ones are
// the same.
var prefixes = map[string]string{
	"http://schemas.openxmlformats.org/wordprocessingml/2006/main":        "w",
	"http://purl.oclc.org/ooxml/wordprocessingml/main":                    "w",
	"http://schemas.openxmlformats.org/spreadsheetml/2006/main":           "s",
	"http://purl.oclc.org/ooxml/spreadsheetml/main":                       "s",
	"http://schemas.openxmlformats.org/presentationml/2006/main":          "p",
	"http://purl.oclc.org/ooxml/presentationml/main":                      "p",
	"http://schemas.openxmlformats.org/drawingml/2006/main":               "a",
	"http://purl.oclc.org/ooxml/drawingml/main":                           "a",
	"http://schemas.openxmlformats.org/markup-compatibility/2006":         "mc",
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
	"http://purl.oclc.org/ooxml/officeDocument/relationships":             "r",
	"urn:oasis:names:tc:opendocument:xmlns:text:1.0":                      "text",
	"urn:oasis:names:tc:opendocument:xmlns:office:1.0":                    "office",
}

// element is an element of XML, or a piece of text, which has no name.
type element struct {
	name string // with the prefix of prefixes, such as w:p; without one for other namespaces
	attr map[string]string
	text string
	kids []*element
}

func qualified(n xml.Name) string {
	if p := prefixes[n.Space]; p != "" {
		return p + ":" + n.Local
	}
	return n.Local
}

// parse reads a whole XML document.
func parse(r io.Reader) (*element, error) {
	d := xml.NewDecoder(io.LimitReader(r, maxPart))
	d.CharsetReader = charset.NewReaderLabel
	root := &element{}
	open := []*element{root}
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			e := &element{name: qualified(t.Name), attr: map[string]string{}}
			for _, a := range t.Attr {
				e.attr[qualified(a.Name)] = a.Value
			}
			top.kids = append(top.kids, e)
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.kids = append(top.kids, &element{text: string(t)})
		}
	}
	for _, e := range root.kids {
		if e.name != "" {
			return e, nil
		}
	}
	return nil, io.ErrUnexpectedEOF
}

// child returns the element at a path of names, or nil. It may be called on nil.
func (e *element) child(names ...string) *element {
	for _, name := range names {
		if e == nil {
			return nil
		}
		var next *element
		for _, k := range e.kids {
			if k.name == name {
				next = k
				break
			}
		}
		e = next
	}
	return e
}

// get is an attribute of an element that may be nil.
func (e *element) get(name string) string {
	if e == nil {
		return ""
	}
	return e.attr[name]
}

// each calls do for the elements of a name, outer before inner.
func (e *element) each(name string, do func(*element)) {
	if e == nil {
		return
	}
	if e.name == name {
		do(e)
	}
	for _, k := range e.kids {
		k.each(name, do)
	}
}

// content is all text in an element.
func (e *element) content() string {
	if e == nil {
		return ""
	}
	s := e.text
	for _, k := range e.kids {
		s += k.content()
	}
	return s
}

// archive is an opened package of an office format.
type archive struct {
	*zip.ReadCloser
	files map[string]*zip.File // by lower-case name
}

func openArchive(name string) (*archive, error) {
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	a := &archive{z, map[string]*zip.File{}}
	for _, f := range z.File {
		a.files[strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))] = f
	}
	return a, nil
}

func (a *archive) part(name string) (*element, error) {
	f := a.files[strings.ToLower(name)]
	if f == nil {
		return nil, fmt.Errorf("%s is missing", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return parse(r)
}

// relation is a relationship of a part to another.
type relation struct{ kind, target string }

// relations returns those of a part, by id; the package's own are those of "".
func (a *archive) relations(part string) map[string]relation {
	out := map[string]relation{}
	dir, base := path.Split(part)
	root, err := a.part(path.Join(dir, "_rels", base+".rels"))
	if err != nil {
		return out
	}
	for _, e := range root.kids {
		target := e.get("Target")
		if e.name == "" || e.get("TargetMode") == "External" {
			continue
		}
		if !strings.HasPrefix(target, "/") {
			target = path.Join(dir, target)
		}
		out[e.get("Id")] = relation{path.Base(e.get("Type")), strings.TrimPrefix(target, "/")}
	}
	return out
}

// main returns the name of the main part, and of the part of a kind that it refers to, if any.
func (a *archive) main(kind string) (main, other string) {
	for _, r := range a.relations("") {
		if r.kind == "officeDocument" {
			main = r.target
		}
	}
	for _, r := range a.relations(main) {
		if r.kind == kind {
			other = r.target
		}
	}
	return main, other
}
