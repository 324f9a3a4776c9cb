package extract

import (
	"bytes"
	"fmt"
	"io"
	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/mail"
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

// readEML reads a letter as mail programs keep it, and hands on what is attached.
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
	if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) || r == nil {
		fail(res, err)
		return
	}
	l := letter{}
	field := func(name string) string {
		s, err := r.Header.Text(name)
		if err != nil {
			s = r.Header.Get(name)
		}
		return s
	}
	l.from, l.to, l.date, l.subject = field("From"), field("To"), field("Date"), field("Subject")
	var plain, marked strings.Builder
	for n := 0; n < MaxParts; n++ {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil && !message.IsUnknownCharset(err) && !message.IsUnknownEncoding(err) || p == nil {
			res.Detail = "the letter ends in the middle"
			break
		}
		b, err := io.ReadAll(io.LimitReader(p.Body, MaxFile))
		if err != nil && len(b) == 0 {
			continue
		}
		var name, typ string
		switch h := p.Header.(type) {
		case *mail.AttachmentHeader:
			name, _ = h.Filename()
			typ, _, _ = h.ContentType()
			if name == "" {
				name = "attachment" + ending(b)
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
		switch {
		case name == "" && typ == "text/html":
			if f, err := htmlText(cleantext.UTF8(b)); err == nil {
				marked.WriteString(f.String() + "\n")
			}
		case name == "" && (strings.HasPrefix(typ, "text/") || typ == ""):
			plain.WriteString(cleantext.UTF8(b) + "\n")
		default:
			if name == "" {
				name = "attachment" + ending(b)
			}
			if err := u.file(name, b); err != nil {
				res.Detail = err.Error()
			}
		}
	}
	if l.text = plain.String(); strings.TrimSpace(l.text) == "" {
		l.text = marked.String()
	}
	res.Pages = []dossier.Page{l.page("eml")}
}
