// Package parts reads office files (OOXML and OpenDocument): zip archives of XML parts.
package parts

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/limits"
)

// Package is an office file (OOXML or OpenDocument): a zip of XML parts.
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

// Part unpacks one part, up to limits.Part bytes.
func (o *Package) Part(name string) ([]byte, error) {
	f, err := o.Open(name)
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

// Names lists the parts with a prefix and an ending, ordered by their numbers.
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

// Related maps the relationship ids of a part to the names of other parts. External targets are left
// out.
func (o *Package) Related(name string) map[string]string {
	out := map[string]string{}
	b, err := o.Part(path.Join(path.Dir(name), "_rels", path.Base(name)+".rels"))
	if err != nil {
		return out
	}
	Walk(b, func(e xml.StartElement) { // after damage, what was read before counts
		target := Attr(e, "Target")
		if e.Name.Local != "Relationship" || target == "" || Attr(e, "TargetMode") == "External" {
			return
		}
		if !strings.HasPrefix(target, "/") {
			target = path.Join(path.Dir(name), target)
		}
		out[Attr(e, "Id")] = strings.TrimPrefix(target, "/")
	}, func(string) {}, func(string) {})
	return out
}

// MaxNesting is the maximum depth of nested elements or groups.
const MaxNesting = 2000

// Walk calls start, end and text for everything in an XML document. Entities that a document defines
// itself are an error, external ones are never resolved. Nesting and text are bounded.
func Walk(b []byte, start func(xml.StartElement), end func(name string), text func(string)) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader,
		error) {
		return cleantext.CharsetReader(label, in)
	}
	depth, size := 0, 0
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			if depth > 0 {
				return io.ErrUnexpectedEOF
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			if depth++; depth > MaxNesting {
				return fmt.Errorf("elements nested more than %d deep", MaxNesting)
			}
			start(e)
		case xml.EndElement:
			depth--
			end(e.Name.Local)
		case xml.CharData:
			if size += len(e); size > limits.Text {
				return ErrTooLarge
			}
			text(string(e))
		}
	}
}

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
