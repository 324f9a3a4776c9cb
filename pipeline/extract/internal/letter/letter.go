// Package letter reads mail (RFC 5322 and MIME) and the files of Outlook inside it (TNEF), as leniently as mail
// programs do: what is wrong with one line or one part costs that line or part only.
//
// entity.go divides a letter into headers and parts, encodings.go decodes them, tnef.go reads winmail.dat.
//
// A boundary that is missing is guessed, an unknown encoding leaves the body as it is, and a letter whose last part
// has no end is marked as cut off. Parts, depth and lines are bounded. Which parts are documents of a dossier is
// decided by the caller.
package letter

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"kheo/pipeline/extract/internal/cleantext"
)

// Letter is a letter: its header, and its parts as a tree.
type Letter struct {
	From, To, Date, Subject string
	Root                    *Part
	More                    bool // the file has further letters, which are not read
	CutOff                  bool // a multipart has no end, or there are too many parts
}

// Part is one part of a letter: a multipart, or content.
type Part struct {
	Type     string // media type in lower case, without parameters
	Name     string // of a file, as the letter names it; "" for text of the letter
	Attached bool   // it is meant as a file
	Charset  string // as it is declared; "" if it is not
	Body     []byte // decoded; nil of a multipart
	Parts    []*Part
}

// Bounds of a letter.
const (
	maxParts = 2000
	maxDepth = 20
	maxLines = 5000 // of a header
)

// Parse reads a letter; of an mbox, the first.
func Parse(data []byte) *Letter {
	l := &Letter{}
	if cleantext.IsWide(data) {
		data = []byte(cleantext.UTF8(data))
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("From ")) {
		_, data, _ = bytes.Cut(data, []byte("\n"))
		if i := bytes.Index(data, []byte("\n\nFrom ")); i >= 0 {
			l.More, data = true, data[:i+1]
		}
	}
	r := reader{letter: l}
	h, body := header(data)
	l.From, l.To, l.Date, l.Subject = Words(h["from"]), Words(h["to"]), Words(h["date"]), Words(h["subject"])
	l.Root = r.part(h, body, 0, "text/plain")
	return l
}

// Text returns the text of a part.
func (p *Part) Text() string {
	s, _ := p.Read()
	return s
}

// Read returns the text of a part. sure is false if it declares an encoding that kheo does not know, and the text is a
// guess.
func (p *Part) Read() (text string, sure bool) {
	label := strings.ToLower(strings.TrimSpace(p.Charset))
	switch {
	case label == "utf-7" || label == "unicode-1-1-utf-7":
		return utf7(string(p.Body)), true
	case strings.HasPrefix(label, "iso-2022") || strings.HasPrefix(label, "hz-") ||
		strings.HasPrefix(label, "utf-16") && !utf8.Valid(p.Body):
		if s, ok := labelled(p.Body, label); ok {
			return s, true
		}
	}
	text, name := cleantext.Decode(p.Body, label)
	return text, name != cleantext.UnknownEncoding
}
