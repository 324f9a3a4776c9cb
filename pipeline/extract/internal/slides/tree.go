package slides

import (
	"errors"
	"strings"

	"kheo/pipeline/extract/internal/parts"
)

// element is an element of a part. All methods work on nil, which is an element without attributes and
// children, so that paths need no checks.
type element struct {
	name     string
	attrs    map[string]string // by local name
	part     string            // the relationship id of another part (r:id); "" without one
	children []*element
	text     string
}

// maxElements is the number of elements of a part up to which it is read: each takes some 200 bytes.
const maxElements = 300_000

// errTooMany is the error for a part beyond maxElements.
var errTooMany = errors.New("a part of the presentation has too many elements")

// parse reads a part into a tree. Of alternatives it keeps the one that is shown. After damage, what was
// read before counts.
func parse(b []byte) (*element, error) {
	root := &element{}
	stack := []*element{root}
	n := 0
	err := parts.WalkNames(b, func(e *parts.Element) {
		x := &element{name: e.Name.Local}
		if len(e.Attr) > 0 {
			x.attrs = make(map[string]string, len(e.Attr))
			for _, a := range e.Attr {
				switch a.Name.Space {
				case "xmlns":
				case "r":
					if a.Name.Local == "id" {
						x.part = a.Value
					}
				default:
					x.attrs[a.Name.Local] = a.Value
				}
			}
		}
		if n++; n <= maxElements {
			top := stack[len(stack)-1]
			top.children = append(top.children, x)
		}
		stack = append(stack, x)
	}, func() {
		if len(stack) > 1 {
			stack = stack[:len(stack)-1]
		}
	}, func(s string) {
		if top := stack[len(stack)-1]; top.name == "t" {
			top.text += s
		}
	})
	if n > maxElements {
		return nil, errTooMany
	}
	root.resolveAlternatives(0)
	return root, err
}

// known are the prefixes of extensions that presentation programs understand.
var known = map[string]bool{"p14": true, "p15": true, "p16": true, "a14": true, "a15": true, "a16": true, "am3d": true,
	"cx": true, "cx1": true, "cx2": true, "v": true, "v2": true, "aink": true, "psuz": true, "pslz": true, "p159": true,
	"p173": true, "ma": true, "a16r2": true, "a16r3": true, "mv": true}

// resolveAlternatives replaces mc:AlternateContent by the alternative that programs show: the first whose
// extensions they understand, or the fallback (markup compatibility, ECMA-376-3).
func (e *element) resolveAlternatives(depth int) {
	if depth > parts.MaxNesting {
		return
	}
	var out []*element
	for _, c := range e.children {
		c.resolveAlternatives(depth + 1)
		if c.name != "AlternateContent" {
			out = append(out, c)
			continue
		}
		var shown *element
		for _, a := range c.children {
			if a.name == "Fallback" || a.name == "Choice" && understood(strings.Fields(a.attrs["Requires"])) {
				shown = a
				break
			}
		}
		if shown != nil {
			out = append(out, shown.children...)
		}
	}
	e.children = out
}

// understood reports whether all prefixes are known.
func understood(prefixes []string) bool {
	for _, p := range prefixes {
		if !known[p] {
			return false
		}
	}
	return true
}

// child returns the first element at a path below; nil if there is none. A nil element has none.
func (e *element) child(path ...string) *element {
	for _, name := range path {
		if e == nil {
			return nil
		}
		var next *element
		for _, c := range e.children {
			if c.name == name {
				next = c
				break
			}
		}
		e = next
	}
	return e
}

// all returns the children of a name. A nil element has none.
func (e *element) all(name string) (out []*element) {
	if e == nil {
		return nil
	}
	for _, c := range e.children {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

// attr returns an attribute; "" if the element or the attribute is missing.
func (e *element) attr(name string) string {
	if e == nil {
		return ""
	}
	return e.attrs[name]
}
