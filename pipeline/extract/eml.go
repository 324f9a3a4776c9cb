package extract

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
)

// letter is what kheo reads of a letter, however it is kept.
type letter struct {
	from, to, date, subject string
	text                    string
}

func (l letter) page(reader string) dossier.Page {
	var b strings.Builder
	for _, h := range []struct{ name, value string }{{"From", l.from}, {"To", l.to}, {"Date", l.date}, {"Subject", l.subject}} {
		if v := strings.Join(strings.Fields(h.value), " "); v != "" {
			fmt.Fprintf(&b, "%s: %s\n", h.name, v)
		}
	}
	return dossier.Page{Number: 1, Text: b.String() + "\n" + l.text, Reader: reader}
}

// readEML reads a letter as mail programs keep it (RFC 5322 and MIME), and hands on what is attached. Of
// an mbox it reads the first letter. A letter with both plain text and HTML is read from the plain text.
func readEML(data []byte, res *Result, u *unpacker) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("From ")) {
		_, data, _ = bytes.Cut(data, []byte("\n"))
		if i := bytes.Index(data, []byte("\n\nFrom ")); i >= 0 {
			res.Detail = "only the first letter of several was read"
			data = data[:i+1]
		}
	}
	r, err := mail.CreateReader(bytes.NewReader(data))
	if !usablePart(err) || r == nil {
		fail(res, err)
		return
	}
	l := letter{from: mailField(r, "From"), to: mailField(r, "To"), date: mailField(r, "Date"),
		subject: mailField(r, "Subject")}
	var plain, marked strings.Builder
	for n := 0; n < MaxParts; n++ {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if !usablePart(err) || p == nil {
			res.Detail = "the letter ends in the middle"
			break
		}
		b, err := io.ReadAll(io.LimitReader(p.Body, MaxFile))
		if err != nil && len(b) == 0 {
			continue
		}
		name, typ := partName(p, b)
		switch {
		case name == "" && typ == "text/html":
			if f, err := htmlText(cleantext.UTF8(b)); err == nil {
				marked.WriteString(f.String() + "\n")
			}
		case name == "" && (strings.HasPrefix(typ, "text/") || typ == ""):
			plain.WriteString(cleantext.UTF8(b) + "\n")
		default:
			if err := u.file(cmp.Or(name, "attachment"+ending(b)), b); err != nil {
				res.Detail = err.Error()
			}
		}
	}
	if l.text = plain.String(); strings.TrimSpace(l.text) == "" {
		l.text = marked.String()
	}
	res.Pages = []dossier.Page{l.page("eml")}
}

// usablePart reports whether a part with this error can be read all the same: its encoding is unknown,
// and its bytes are taken as they are.
func usablePart(err error) bool {
	return err == nil || message.IsUnknownCharset(err) || message.IsUnknownEncoding(err)
}

// mailField returns a header field, decoded if that is possible.
func mailField(r *mail.Reader, name string) string {
	s, err := r.Header.Text(name)
	if err != nil {
		return r.Header.Get(name)
	}
	return s
}

// partName returns the file name and the media type of a part of a letter. Attachments always have a
// name; other parts have "" unless they say one.
func partName(p *mail.Part, body []byte) (name, typ string) {
	switch h := p.Header.(type) {
	case *mail.AttachmentHeader:
		name, _ = h.Filename()
		typ, _, _ = h.ContentType()
		if name == "" {
			name = "attachment" + ending(body)
		}
	case *mail.InlineHeader:
		typ, _, _ = h.ContentType()
		if _, params, err := h.ContentDisposition(); err == nil && params["filename"] != "" {
			name = params["filename"]
		}
		if _, params, err := h.ContentType(); err == nil && name == "" {
			name = params["name"]
		}
	}
	return name, typ
}
