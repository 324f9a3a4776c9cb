package texts

import (
	"strings"
	"sync"

	"kheo/internal/dossier"
)

// A Template is a text of the catalogue, cut into pieces the first time that it is filled in. Each %s takes the next
// value, %[2]s the second; %% is a percent sign; words that depend on a number are chosen as by Plural.
type Template struct {
	text dossier.Text
	once sync.Once
	cuts []cutText // of Languages, as far as the text has them
}

// cutText is a text in one language, in pieces.
type cutText struct {
	lang   string
	pieces []piece
}

// piece is a part of a text: a literal one, a value, or one of two words.
type piece struct {
	kind  pieceKind
	text  string // the literal text, or the word for one
	other string // the word for any other number
	arg   int    // which value; below 0 for a choice that has none
}

// pieceKind says which of the three a piece is.
type pieceKind uint8

const (
	literalPiece pieceKind = iota
	valuePiece
	choicePiece
)

// NewTemplate returns the template of a text, which must not be changed any more.
func NewTemplate(text dossier.Text) *Template { return &Template{text: text} }

// Templates returns the texts of the section, by their keys.
func (s Section) Templates() map[string]*Template {
	texts := catalogue()[string(s)]
	out := make(map[string]*Template, len(texts))
	for key, text := range texts {
		out[key] = NewTemplate(text)
	}
	return out
}

// Fill returns the text with the values in it, in every language; format writes one of them.
func (t *Template) Fill(format func(value any, lang string) string, args ...any) dossier.Text {
	t.once.Do(t.cut)
	out := make(dossier.Text, len(t.cuts))
	for i := range t.cuts {
		out[t.cuts[i].lang] = t.cuts[i].fill(format, args)
	}
	return out
}

// In returns the text with the values in it in one language; "" if it does not have that.
func (t *Template) In(lang string, format func(value any, lang string) string, args ...any) string {
	t.once.Do(t.cut)
	for i := range t.cuts {
		if t.cuts[i].lang == lang {
			return t.cuts[i].fill(format, args)
		}
	}
	return ""
}

// fill puts the pieces together.
func (c *cutText) fill(format func(value any, lang string) string, args []any) string {
	if len(c.pieces) == 1 && c.pieces[0].kind == literalPiece {
		return c.pieces[0].text
	}
	var few [12]string
	parts := few[:0]
	for i := range c.pieces {
		switch p := &c.pieces[i]; p.kind {
		case literalPiece:
			parts = append(parts, p.text)
		case valuePiece:
			parts = append(parts, format(args[p.arg], c.lang))
		case choicePiece:
			if p.arg >= 0 && p.arg < len(args) && isOne(c.lang, args[p.arg]) {
				parts = append(parts, p.text)
			} else {
				parts = append(parts, p.other)
			}
		}
	}
	return strings.Join(parts, "")
}

// cut cuts the text in every language.
func (t *Template) cut() {
	for _, lang := range Languages {
		if text, ok := t.text[lang]; ok {
			c := cutter{value: -1}
			c.run(text)
			t.cuts = append(t.cuts, cutText{lang, c.pieces})
		}
	}
}

// cutter cuts one text.
type cutter struct {
	pieces []piece
	begun  strings.Builder // the literal text that goes on
	value  int             // the last value; -1 without one
	next   int             // the value that the next verb takes
}

// run cuts a text at its verbs (%s, %d) and at choices by number in braces. A sign that begins neither is text.
func (c *cutter) run(text string) {
	for text != "" {
		at := strings.IndexAny(text, "%{")
		if at < 0 || at+1 == len(text) {
			break
		}
		c.begun.WriteString(text[:at])
		text = text[at:]
		var n int
		if text[0] == '%' {
			n = c.verb(text)
		} else {
			n = c.choice(text)
		}
		text = text[n:]
	}
	c.begun.WriteString(text)
	c.end()
}

// end ends the literal text.
func (c *cutter) end() {
	if c.begun.Len() > 0 {
		c.pieces = append(c.pieces, piece{text: c.begun.String()})
		c.begun.Reset()
	}
}

// verb cuts off the verb with which a text begins, and returns its length.
func (c *cutter) verb(text string) int {
	n := verbLength(text)
	v := text[:n]
	if v == "%%" {
		c.begun.WriteByte('%')
		return n
	}
	if c.value = c.next; v[1] == '[' {
		c.value = int(v[2]-'0') - 1
	} else {
		c.next++
	}
	c.end()
	c.pieces = append(c.pieces, piece{kind: valuePiece, arg: c.value})
	return n
}

// choice cuts off the choice with which a text begins, and returns its length: 1 if it is a brace and nothing more.
func (c *cutter) choice(text string) int {
	end, one, other, of, ok := choiceAt(text)
	if !ok {
		c.begun.WriteByte('{')
		return 1
	}
	if of < 0 {
		of = c.value
	}
	c.end()
	c.pieces = append(c.pieces, piece{kind: choicePiece, text: one, other: other, arg: of})
	return end + 1
}
