package strict

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// parse reads a document that must be YAML.
func parsed(t *testing.T, src string) (*Doc, *Node) {
	t.Helper()
	d, n := Parse("f.yaml", []byte(src))
	if n == nil {
		t.Fatalf("%q is not read: %v", src, d.Problems)
	}
	return d, n
}

// Whatever cannot be read at all is one problem with its place, and no node.
func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1)
	indented := ""
	for i := range MaxDepth + 2 {
		indented += strings.Repeat(" ", i) + "a:\n"
	}
	for src, want := range map[string]struct {
		line int
		says string
	}{
		"":                                     {1, "empty"},
		"# a comment\n":                        {1, "empty"},
		"a: [1, 2":                             {1, "not YAML"},
		"a: 1\n\tb: 2":                         {2, "a tab stands"},
		"a: 1\n---\nb: 2":                      {3, "second YAML document"},
		"a: 1\nb: \xff":                        {2, "not UTF-8"},
		strings.Repeat("x", MaxBytes+1):        {1, "at most 1048576"},
		"a: 1\nb: " + deep:                     {2, "nested"},
		indented:                               {MaxDepth + 1, "nested"},
		"a: " + strings.Repeat("- ", MaxDepth): {0, ""},
		strings.Repeat("- ", MaxDepth+1) + "a": {1, "nested"},
	} {
		d, n := Parse("f.yaml", []byte(src))
		if want.says == "" {
			continue // read or refused: it must only not crash
		}
		if n != nil || len(d.Problems) != 1 || d.Problems[0].Line != want.line || !strings.Contains(d.Problems[0].Message, want.says) || d.Problems[0].Cure == "" {
			t.Errorf("%.40q: %v, want line %d: %s", src, d.Problems, want.line, want.says)
		}
	}
}

// All mistakes of a document are reported at once, each with its place and a cure.
func TestAllMistakesAtOnce(t *testing.T) {
	d, n := parsed(t, "title: 5\npoints: many\nkind: modle\nyes: maybe\nlist: { a: 1 }\ncolour: red\n")
	m := n.Map("a rule", "title", "points", "kind", "yes", "list", "must")
	if got := m.Get("title").String("title"); got != "5" {
		t.Errorf("the title is %q", got)
	}
	m.Get("points").Number("points")
	m.Get("kind").OneOf("kind", "model", "person")
	m.Get("yes").Bool("yes")
	m.Get("list").Strings("list")
	m.Need("must", "a rule", "x")
	d.Problems.Sort()
	want := []string{
		"1:1: a rule has no must", "2:9: points must be a number", "3:7: kind cannot be \"modle\"", "4:6: yes must be true or false",
		"5:7: list must be text, not a group of keys", "6:1: a rule has no key \"colour\"",
	}
	if len(d.Problems) != len(want) {
		t.Fatalf("%d problems:\n%v", len(d.Problems), d.Problems)
	}
	for i, p := range d.Problems {
		if s := p.String(); !strings.HasPrefix(s, "f.yaml:"+want[i]) || p.Cure == "" {
			t.Errorf("problem %d is %q, want %q", i, s, want[i])
		}
	}
	if !strings.Contains(d.Problems[2].Cure, `did you mean "model"?`) {
		t.Errorf("the cure is %q", d.Problems[2].Cure)
	}
	if got := strings.Count(d.Problems.Error(), "\n    "); got != len(want) {
		t.Errorf("as an error they have %d cures:\n%v", got, d.Problems)
	}
}

func TestValues(t *testing.T) {
	d, n := parsed(t, "n: 1_000\np: 40%\nq: \"2.5\"\nb: true\nlist: [a, 2, true]\none: x\nnull_value:\ntext: |\n  two\n  lines\nnfd: \"a\u0302\"\n")
	m := n.Map("it")
	for key, want := range map[string]any{"n": 1000.0, "b": true, "q": "2.5", "one": "x", "nfd": "â"} {
		if got := m.Get(key).Scalar(key); got != want {
			t.Errorf("%s is %v (%T), want %v", key, got, got, want)
		}
	}
	if got := m.Get("p").Number("p"); got != 0.4 {
		t.Errorf("40%% is %v", got)
	}
	if got := m.Get("list").Strings("list"); !reflect.DeepEqual(got, []string{"a", "2", "true"}) {
		t.Errorf("the list is %q", got)
	}
	if got := m.Get("one").Strings("one"); !reflect.DeepEqual(got, []string{"x"}) {
		t.Errorf("a single value as a list is %q", got)
	}
	if m.Get("null_value") != nil || m.Get("missing") != nil {
		t.Error("an empty or a missing value is there")
	}
	if got := m.Get("text").String("text"); got != "two\nlines\n" {
		t.Errorf("the block is %q", got)
	}
	if s, ok := m.Get("list").Plain(); ok {
		t.Errorf("a list is the text %q", s)
	}
	if len(d.Problems) > 0 {
		t.Errorf("%v", d.Problems)
	}
}

// Numbers that no measure has are mistakes: they would only travel on as infinities.
func TestNumbersOutOfRange(t *testing.T) {
	for _, s := range []string{"NaN", ".inf", "1e400", "1e15", "-1e15", "0x", "1,5"} {
		d, n := parsed(t, "n: "+s)
		if got := n.Map("it").Get("n").Number("n"); got != 0 || len(d.Problems) != 1 {
			t.Errorf("%s is read as %v: %v", s, got, d.Problems)
		}
	}
}

// FailAt points into the text: into quotes, and into the lines of a block.
func TestFailAtPointsIntoTheText(t *testing.T) {
	for src, want := range map[string]string{
		"q: a OR )":           "1:9",
		"q: \"a OR )\"":       "1:10",
		"q: |\n  a OR\n  b )": "3:3", // columns of a block count from its own indentation
		"q: đường )":          "1:10",
	} {
		d, n := parsed(t, src)
		v := n.Map("it").Get("q")
		s := v.String("q")
		v.FailAt(strings.IndexByte(s, ')'), "wrong", "mend it")
		if got := fmt.Sprintf("%d:%d", d.Problems[0].Line, d.Problems[0].Col); got != want {
			t.Errorf("%q: the bracket is at %s, want %s", src, got, want)
		}
	}
}

// A document that extends another has its keys, and its own in their place.
func TestOver(t *testing.T) {
	base, b := parsed(t, "a: 1\ngroup: { x: 1, y: 2 }\nlist: [ { id: one, v: 1 }, { id: two, v: 2 } ]\nshallow: { x: 1 }\nwrong: 1\n")
	own, o := parsed(t, "b: 2\ngroup: { y: 3 }\nlist: [ { id: two, v: 4 }, { id: three, v: 5 } ]\nshallow: { z: 1 }\n")
	m := o.Over(b, "group", "list").Map("it", "a", "b", "group", "list", "shallow")
	if want := []string{"a", "group", "list", "shallow", "b"}; !reflect.DeepEqual(m.Keys, want) {
		t.Errorf("the keys are %v, want %v", m.Keys, want)
	}
	g := m.Get("group").Map("group")
	if g.Get("x").Number("x") != 1 || g.Get("y").Number("y") != 3 {
		t.Errorf("the group is not joined: %v", g.Keys)
	}
	if s := m.Get("shallow").Map("shallow"); len(s.Keys) != 1 || s.Get("z") == nil {
		t.Errorf("a key that is not deep is joined: %v", s.Keys)
	}
	var got []string
	for _, item := range m.Get("list").List("list") {
		im := item.Map("item")
		got = append(got, fmt.Sprint(im.Get("id").String("id"), im.Get("v").Number("v")))
	}
	if want := []string{"one1", "two4", "three5"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the list is %v, want %v", got, want)
	}
	if len(own.Problems) != 0 || len(base.Problems) != 1 || base.Problems[0].Line != 5 {
		t.Errorf("the mistake of the base is reported in %v and %v", base.Problems, own.Problems)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"points", "registered", "at_most", "unit"}
	for word, want := range map[string]string{
		"point": "points", "ponits": "points", "at-most": "at_most", "registred": "registered", "unti": "unit", "colour": "", "reg": "registered", "x": "", "": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"ab", "ba", 1}, {"thôn", "thon", 1}, {"kitten", "sitting", 3}, {"", "abc", 3}, {strings.Repeat("a", 65), "a", 99}} {
		if got, back := Distance(c.a, c.b), Distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("from %.10q to %q are %d and %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}

// Whatever bytes come in: no crash, and every problem has a place inside the document.
func TestHostileDocuments(t *testing.T) {
	pieces := []string{"a", "b:", ": ", "- ", "[", "]", "{", "}", "\n", "  ", "\t", "\"", "'", "|", ">", "&x ", "*x", "<<: ", "!!int ", "#", "? ", "---\n", "\r", "1", "%", "\xff", "đ"}
	rapid.Check(t, func(t *rapid.T) {
		src := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), "")
		d, n := Parse("f.yaml", []byte(src))
		if n == nil && len(d.Problems) == 0 {
			t.Fatalf("%q is neither read nor refused", src)
		}
		if n != nil {
			m := n.Map("it", "a", "b")
			for _, k := range m.Keys {
				m.Get(k).Strings(k)
				m.Key(k).Pos()
			}
			n.Kind()
		}
		lines := 1 + strings.Count(strings.ReplaceAll(src, "\r", "\n"), "\n")
		for _, p := range d.Problems {
			if p.Line < 1 || p.Col < 1 || p.Line > lines+1 {
				t.Fatalf("%q: a problem at %d:%d of %d lines: %s", src, p.Line, p.Col, lines, p.Message)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a: 1", "a: [1, {b: 2}]", "- - x", "a: |\n  b", "? a\n: b", "&x a: *x", "a: \"\\u0000\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if d, n := Parse("f.yaml", src); n == nil && len(d.Problems) == 0 {
			t.Error("neither read nor refused")
		} else if n != nil {
			n.Map("it").Get("a").Strings("a")
		}
	})
}

// A condition with ? and : that has no quotes is shown with them.
func TestAnUnquotedTernaryIsShownWithQuotes(t *testing.T) {
	for src, cure := range map[string]string{
		"let:\n  x: total > 5 ? 1 : 0\n":             `x: "total > 5 ? 1 : 0"`,
		"a: 1\nx: kind == \"a\" ? 1 : 2\n":           `x: "kind == \"a\" ? 1 : 2"`,
		"- { value: late > 3 ? 1 : 0, points: 2 }\n": "",
		"a: b: c\n": `a: "b: c"`,
	} {
		d, _ := Parse("f.yaml", []byte(src))
		switch {
		case cure == "":
		case len(d.Problems) != 1 || !strings.Contains(d.Problems[0].Cure, cure):
			t.Errorf("%q: %v, want the cure %q", src, d.Problems, cure)
		}
	}
}
