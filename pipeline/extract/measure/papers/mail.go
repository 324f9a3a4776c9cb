package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// maxDepth bounds letters in letters.
const maxDepth = 10

// leaf is a text that a letter has.
type leaf struct {
	html bool
	text string
}

// mailText returns subject, sender, recipient and texts of a letter, as Go's own packages decode it. HTML
// counts only if there is no plain text.
func mailText(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	m, err := mail.ReadMessage(f)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	words := mime.WordDecoder{CharsetReader: func(label string, r io.Reader) (io.Reader, error) {
		return charset.NewReaderLabel(label, r)
	}}
	for _, h := range []string{"Subject", "From", "To"} {
		s, err := words.DecodeHeader(m.Header.Get(h))
		if err != nil {
			s = m.Header.Get(h)
		}
		out.WriteString(s + "\n")
	}
	leaves := letterTexts(textproto.MIMEHeader(m.Header), m.Body, 0)
	plainText := false
	for _, l := range leaves {
		plainText = plainText || !l.html
	}
	for _, l := range leaves {
		switch {
		case !l.html:
			out.WriteString(l.text + "\n")
		case !plainText:
			text := tags.ReplaceAllString(unshown.ReplaceAllString(l.text, " "), " ")
			out.WriteString(html.UnescapeString(text) + "\n")
		}
	}
	return out.String(), nil
}

var (
	unshown = regexp.MustCompile(`(?is)<style.*?</style>|<script.*?</script>|<head.*?</head>`)
	tags    = regexp.MustCompile(`<[^>]+>`)
)

// letterTexts returns the texts of a part of a letter, and of the parts in it. Files that are attached are
// left out.
func letterTexts(h textproto.MIMEHeader, body io.Reader, depth int) (out []leaf) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil && h.Get("Content-Type") != "" {
		return nil // not understood: this reader says nothing about it
	}
	if kind == "" {
		kind, params = "text/plain", map[string]string{}
	}
	_, disposition, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	switch strings.ToLower(strings.Trim(h.Get("Content-Transfer-Encoding"), " ;")) {
	case "quoted-printable", "quoted printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	switch {
	case depth > maxDepth || params["name"] != "" || disposition["filename"] != "":
	case strings.HasPrefix(kind, "multipart/"):
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return out
			}
			out = append(out, letterTexts(p.Header, p, depth+1)...)
		}
	case kind == "message/rfc822":
		if m, err := mail.ReadMessage(body); err == nil {
			return letterTexts(textproto.MIMEHeader(m.Header), m.Body, depth+1)
		}
	case strings.HasPrefix(kind, "text/"):
		return []leaf{{kind == "text/html", decoded(body, params["charset"])}}
	}
	return out
}

// decoded reads a text. Bytes that are valid UTF-8 are just that, whatever the label says, unless they are
// those of ASCII, which UTF-16 and ISO-2022 use too.
func decoded(body io.Reader, label string) string {
	text, _ := io.ReadAll(io.LimitReader(body, maxPart))
	ascii := !slices.ContainsFunc(text, func(b byte) bool { return b >= 0x80 })
	if r, err := charset.NewReaderLabel(label, bytes.NewReader(text)); err == nil && (ascii || !utf8.Valid(text)) {
		text, _ = io.ReadAll(io.LimitReader(r, maxPart))
	}
	return string(text)
}
