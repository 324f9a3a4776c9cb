package parts

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// told lists what a walk passes on, and how it ends.
func told(walk func(start func(xml.StartElement), end func(string), text func(string)) error) (out []string) {
	err := walk(func(e xml.StartElement) {
		s := fmt.Sprintf("<%s|%s", e.Name.Space, e.Name.Local)
		for _, a := range e.Attr {
			s += fmt.Sprintf(" %s|%s=%q", a.Name.Space, a.Name.Local, a.Value)
		}
		out = append(out, s)
	}, func(name string) { out = append(out, "/"+name) }, func(s string) { out = append(out, fmt.Sprintf("%q", s)) })
	return append(out, fmt.Sprint(err))
}

// same reports where a walk differs from one by encoding/xml alone.
func same(t *testing.T, b []byte) {
	t.Helper()
	before := bytes.Clone(b)
	got := told(func(s func(xml.StartElement), e func(string), x func(string)) error { return Walk(b, s, e, x) })
	want := told(func(s func(xml.StartElement), e func(string), x func(string)) error {
		w := walk{start: s, end: e, text: x}
		return w.rest(b, 0)
	})
	if !slices.Equal(got, want) {
		t.Errorf("%q is read as\n%s\nand by encoding/xml as\n%s", b, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !bytes.Equal(b, before) {
		t.Errorf("%q was changed", before)
	}
}

// oddities are pieces of XML that are easily read in another way than others.
var oddities = []string{
	`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\r\n", "\ufeff", "<?xml version=\"1.0\" encoding=\"windows-1258\"?>\n",
	`<?xml version="1.1"?>`, `<?mso x="1"?>`, `<w:p w:a="1" b='2'>`, `<a:b:c/>`, `<a:/>`, `<:a/>`, `<a:1/>`, `<1/>`, `<a.b-c_1  />`, `<é/>`, `<aé/>`,
	`<a b = "c"d="e"/>`, `<a b/>`, `<a b=c/>`, `<a b="<"/>`, `<a b=">]]>"/>`, `<a b=""/>`, "<a b='\r\n\t'/>", `</a >`, `</a b>`, `</>`, `</ a>`, `< a>`,
	"x\r\ny\rz", "]]>", "]]&gt;", "] ]>", "&amp;&lt;&gt;&apos;&quot;", "&#65;&#x41;", "&#0;", "&#x9;&#10;&#xd;", "&#xD800;", "&#xFFFE;", "&#x110000;", "&#99999999;", "&#x;", "&#;", "&#+5;", "&#x1F600;", "&#x0041;", "&#0x41;", "&#4_1;", "&nbsp;", "&;", "&", "&amp", "&amp ;", "<a b=\"&amp;&#10;\"/>",
	"\x00", "\x01", "\ufffe", "\uffff", "\xff", "\xed\xa0\x80", "Đại Lộc 𝒳", "<!-- - -->", "<!-- -- -->", "<![CDATA[<x>]]>", "<![CDATA[]]>", "<!DOCTYPE a [<!ENTITY b \"c\">]>",
	"<", "<a", "<a ", "<a b", "<a b=", "<a b=\"", "<a b=\"c\"", "<a/", "</", "</a", "<!", "<?", "<?xml", "\n", "<A:b/>", "<_/>", "<a\n\tb='1'\r\n/>",
}

// What kheo's own scanner reads of XML, alone or where encoding/xml goes on, is what encoding/xml reads.
func TestXMLIsReadAsByTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, a := range oddities {
		for _, b := range oddities {
			same(t, []byte("<r>\n"+a+b+"</r>"))
		}
		same(t, []byte(a))
	}
	same(t, []byte(strings.Repeat("<a>", MaxNesting+1)))
	same(t, []byte(strings.Repeat("<a>\n", MaxNesting)+"<!---->"+strings.Repeat("<a>", 2)))
}

func FuzzWalk(f *testing.F) {
	for _, o := range oddities {
		f.Add([]byte("<r>" + o + "</r>"))
	}
	f.Fuzz(same)
}
