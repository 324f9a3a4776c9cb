package tagged

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"
)

// fileOf writes objects, numbered from 1, with a table of their places.
func fileOf(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return []byte(b.String())
}

func deflated(s []byte) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(s)
	_ = w.Close()
	return b.String()
}

// hybrid is a file as Word prints it: the table does not know the structure, which is in an object stream that a second
// table for newer readers names. predicted is whether that table is written with a predictor.
func hybrid(predicted bool) []byte {
	inner := []string{"<< /Type /StructTreeRoot /K 5 0 R /RoleMap << /Story /P >> >>",
		"<< /S /Document /K [ 6 0 R ] >>", "<< /S /Story /Pg 3 0 R /K [ 0 1 << /Type /MCR /MCID 2 >> ] >>"}
	var heads, bodies strings.Builder
	for i, o := range inner {
		fmt.Fprintf(&heads, "%d %d ", i+4, bodies.Len())
		bodies.WriteString(o + " ")
	}
	packed := deflated([]byte(heads.String() + bodies.String()))
	stream := fmt.Sprintf("<< /Type /ObjStm /N 3 /First %d /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream",
		heads.Len(), len(packed), packed)
	objects := []string{"<< /Type /Catalog /Pages 2 0 R /StructTreeRoot 4 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R >>"}
	var b strings.Builder
	b.WriteString("%PDF-1.5\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	streamAt := b.Len()
	fmt.Fprintf(&b, "7 0 obj\n%s\nendobj\n", stream)
	var rows []byte
	row := func(kind, value, index int) {
		r := []byte{byte(kind), byte(value >> 8), byte(value), byte(index)}
		if predicted {
			up := make([]byte, 4)
			if n := len(rows); n > 0 {
				for k := range up { // what the row above is, undone
					for i := n/5 - 1; i >= 0; i-- {
						up[k] += rows[i*5+1+k]
					}
				}
			}
			rows = append(rows, 2)
			for k := range r {
				r[k] -= up[k]
			}
		}
		rows = append(rows, r...)
	}
	for i := range 3 {
		row(2, 7, i)
	}
	row(1, streamAt, 0)
	secondAt := b.Len()
	table, parms := deflated(rows), ""
	if predicted {
		parms = "/DecodeParms << /Predictor 12 /Columns 4 >>"
	}
	fmt.Fprintf(&b, "8 0 obj\n<< /Type /XRef /W [1 2 1] /Index [4 3 7 1] /Size 9 /Filter /FlateDecode %s /Length %d >>\nstream\n%s\n"+
		"endstream\nendobj\n", parms, len(table), table)
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 4\n0000000000 65535 f \n")
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size 9 /Root 1 0 R /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n", secondAt, start)
	return []byte(b.String())
}

// The structure of what Word prints is found, which the library that reads the pages does not find.
func TestStructureOfHybridFiles(t *testing.T) {
	for _, predicted := range []bool{false, true} {
		tree := Read(hybrid(predicted))
		if tree == nil {
			t.Fatalf("predicted %v: no tree", predicted)
		}
		pieces := tree.Page(3)
		if len(tree.Elements) != 2 || tree.Elements[1].Role != "P" || len(pieces) != 3 || pieces[2] != (Piece{1, 0, 2}) {
			t.Errorf("predicted %v: %+v %+v", predicted, tree.Elements, pieces)
		}
	}
}

// Roles of a namespace are mapped by it (ISO 32000-2, 14.8.6).
func TestNamespaces(t *testing.T) {
	tree := Read(fileOf("<< /Type /Catalog /StructTreeRoot 2 0 R >>",
		"<< /Type /StructTreeRoot /K [ 3 0 R 4 0 R ] /RoleMap << /para /H1 >> /Namespaces [ 5 0 R ] >>",
		"<< /S /para /NS 5 0 R /Pg 9 0 R /K 0 >>", "<< /S /list /NS 5 0 R /Pg 9 0 R /K 1 >>",
		"<< /NS (http://example.org/own) /RoleMapNS << /para /P /list [ /L 6 0 R ] >> >>", "<< /NS (http://iso.org/pdf2/ssn) >>"))
	if tree == nil || tree.Elements[0].Role != "P" || tree.Elements[1].Role != "L" {
		t.Errorf("%+v", tree)
	}
}

// Trees that are damaged or beyond all bounds are none, and are given up soon.
func TestTreesThatAreNone(t *testing.T) {
	root := func(k string) string { return "<< /Type /StructTreeRoot /K " + k + " >>" }
	file := func(k string, more ...string) []byte {
		return fileOf(append([]string{"<< /Type /Catalog /StructTreeRoot 2 0 R >>", root(k)}, more...)...)
	}
	var deep, chain []string
	for i := range 3000 {
		deep = append(deep, fmt.Sprintf("<< /S /Sect /Pg 9 0 R /K %d 0 R >>", i+4))
		chain = append(chain, fmt.Sprintf("%d 0 R", i+4))
	}
	cases := map[string][]byte{
		"nothing":                            nil,
		"no tree":                            fileOf("<< /Type /Catalog >>"),
		"a tree that is a number":            fileOf("<< /Type /Catalog /StructTreeRoot 7 >>"),
		"an element in itself":               file("3 0 R", "<< /S /P /Pg 9 0 R /K [ 0 3 0 R ] >>"),
		"elements in each other":             file("3 0 R", "<< /S /P /Pg 9 0 R /K [ 0 4 0 R ] >>", "<< /S /P /K 3 0 R >>"),
		"an element in two":                  file("[ 3 0 R 4 0 R ]", "<< /S /P /Pg 9 0 R /K [ 0 5 0 R ] >>", "<< /S /P /K 5 0 R >>", "<< /S /P >>"),
		"elements in three thousand":         file("3 0 R", deep...),
		"references that lead to references": file("3 0 R", chain...),
		"a million and a half pieces":        file("3 0 R", "<< /S /P /Pg 9 0 R /K [ "+strings.Repeat("4 0 R ", 4)+"] >>", "<< /S /P /Pg 9 0 R /K [ "+strings.Repeat("1 ", 499_000)+"] >>"),
		"ten million numbers":                file("3 0 R", "<< /S /P /Pg 9 0 R /K [ "+strings.Repeat("1 ", 10_000_000)+"] >>"),
		"brackets in brackets":               file(strings.Repeat("[", 5_000_000)),
		"dictionaries in dictionaries":       file(strings.Repeat("<</K", 1_000_000)),
		"a number of content below 0":        file("3 0 R", "<< /S /P /Pg 9 0 R /K -4 >>"),
		"a table before itself":              bytes.Replace(fileOf("<< >>"), []byte("/Root 1 0 R"), []byte("/Prev 1 /Root 1 0 R"), 1),
		"an encrypted file": bytes.Replace(file("3 0 R", "<< /S /P /Pg 9 0 R /K 0 >>"), []byte("/Root 1 0 R"),
			[]byte("/Encrypt << >> /Root 1 0 R"), 1),
	}
	for name, data := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tree := Read(data); tree != nil {
				t.Errorf("%d elements", len(tree.Elements))
			}
		})
	}
	if Read(file("3 0 R", "<< /S /P /Pg 9 0 R /K 0 >>")) == nil {
		t.Error("a tree of one element is none")
	}
}

// The reader ends on any input, without a panic, and what it returns can be walked and laid out.
func FuzzTree(f *testing.F) {
	f.Add(hybrid(false))
	f.Add(hybrid(true))
	f.Add(fileOf("<< /StructTreeRoot 2 0 R >>", "<< /K 3 0 R /RoleMap << /A /B /B /A >> /ClassMap << /c << /O /Table /ColSpan 3 >> >> >>",
		"<< /S /Table /K [ 4 0 R << /S /TR /K [ << /S /TD /C /c /Pg 9 0 R /K 1 >> ] >> ] >>",
		"<< /S /TR /K [ << /S /TH /A [ << /O /Table /RowSpan 2 /Scope /Column >> 0 ] /Pg 9 0 R /K 0 >> << /S /TD >> ] >>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tree := Read(data)
		if tree == nil {
			return
		}
		for i := range tree.Elements {
			e := &tree.Elements[i]
			if int(e.Parent) >= i || int(e.End) <= i || int(e.End) > len(tree.Elements) {
				t.Fatalf("element %d: %+v", i, e)
			}
			if e.Role == "Table" {
				tree.Table(int32(i))
			}
		}
		for page, pieces := range tree.pages {
			for _, p := range tree.Page(uint64(page)) {
				if int(p.Element) >= len(tree.Elements) || p.Element < 0 {
					t.Fatalf("%d of %d pieces: %+v", page, len(pieces), p)
				}
			}
		}
	})
}
