package extract

import (
	"bytes"
	"cmp"
	"io"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/webpage"
)

// letter is the content of a letter, from mail or Outlook files.
type letter struct {
	from, to, date, subject string
	body                    []*layout.Node
	hidden                  string         // text of the body that is not shown
	plain                   []*layout.Node // of the parts of a mail that are plain text
}

// empty reports whether the letter's body has no text.
func (l letter) empty() bool { return strings.TrimSpace(layout.Raw(l.body)) == "" }

// page returns the letter as one page: the header fields that it has, then its text.
func (l letter) page(reader string) dossier.Page {
	var nodes []*layout.Node
	for _, h := range []struct{ name, value string }{{"From", l.from}, {"To", l.to}, {"Date", l.date},
		{"Subject", l.subject}} {
		if v := strings.Join(strings.Fields(h.value), " "); v != "" {
			n := layout.Text(dossier.Paragraph, h.name+": "+v)
			n.Region = dossier.HeaderRegion
			nodes = append(nodes, n)
		}
	}
	nodes = append(append(nodes, layout.Text(dossier.Paragraph, "")), l.body...)
	p := dossier.Page{Number: 1, Reader: reader, Hidden: cleantext.HiddenWords(l.hidden)}
	p.Text, p.Blocks = layout.Assemble(nodes)
	return p
}

// readEML reads a letter as mail programs keep it (RFC 5322 and MIME), and hands on what is attached. Of
// an mbox it reads the first letter. A letter with both plain text and HTML is read from the plain text.
func readEML(data []byte, res *Result, u *unpacker) {
	l, err := parseLetter(data, res, u)
	if err != nil {
		fail(res, err)
		return
	}
	res.Pages = []dossier.Page{l.page("eml")}
}

// parseLetter reads a letter, and hands on what is attached. What could not be read of it is noted in res.
func parseLetter(data []byte, res *Result, u *unpacker) (l letter, err error) {
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
		return l, err
	}
	l = letter{from: mailField(r, "From"), to: mailField(r, "To"), date: mailField(r, "Date"),
		subject: mailField(r, "Subject")}
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
		if err := l.part(p, b, u); err != nil {
			res.Detail = err.Error()
		}
	}
	if strings.TrimSpace(layout.Raw(l.plain)) != "" {
		l.body, l.hidden = l.plain, ""
	}
	return l, nil
}

// part adds the text of a part to the letter, or hands it on as an attached file.
func (l *letter) part(p *mail.Part, body []byte, u *unpacker) error {
	name, typ := partName(p, body)
	switch {
	case name == "" && typ == "text/html":
		f := webpage.Read(cleantext.UTF8(body), webpage.Options{Mail: true})
		l.body = append(l.body, f.Nodes()...)
		l.hidden += f.Hidden.String() + " "
		return nil
	case name == "" && (strings.HasPrefix(typ, "text/") || typ == ""):
		l.plain = append(l.plain, layout.Lines(cleantext.UTF8(body))...)
		return nil
	}
	return u.file(cmp.Or(name, "attachment"+ending(body)), body)
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
