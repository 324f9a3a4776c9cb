package letter

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"kheo/pipeline/extract/internal/cleantext"
)

// decode decodes the body of a part. Encodings are known by the names that programs write: in any case, with hyphens,
// spaces or comments. Unknown ones leave the body as it is.
func decode(encoding string, body []byte) []byte {
	encoding, _, _ = strings.Cut(encoding, ";")
	encoding, _, _ = strings.Cut(encoding, "(")
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(encoding))
	switch name {
	case "base64", "b64", "xbase64", "b":
		return fromBase64(body)
	case "quotedprintable", "qp", "quoteprintable", "quotedprint", "xquotedprintable", "q":
		return quotedPrintable(body)
	case "xuuencode", "uuencode", "xuue", "uue":
		return uudecode(body)
	}
	return body
}

// base64Value maps the characters of base64 to their values; 255 for others.
var base64Value = func() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = byte(i)
	}
	return t
}()

// fromBase64 decodes base64 and skips what does not belong to it. Text that only says to be base64 is returned as it
// is.
func fromBase64(body []byte) []byte {
	strange, words := 0, 0
	for _, c := range body {
		switch {
		case c == ' ' || c == '\t':
			words++
		case c != '\r' && c != '\n' && c != '=' && base64Value[c] == 255:
			strange++
		}
	}
	if (strange+words)*12 > len(body) {
		return body
	}
	out := make([]byte, 0, len(body)/4*3)
	var bits uint32
	n := 0
	flush := func() {
		switch n {
		case 2:
			out = append(out, byte(bits>>4))
		case 3:
			out = append(out, byte(bits>>10), byte(bits>>2))
		}
		bits, n = 0, 0
	}
	for _, c := range body {
		v := base64Value[c]
		switch {
		case c == '=':
			flush()
		case v == 255:
		default:
			bits = bits<<6 | uint32(v)
			if n++; n == 4 {
				out = append(out, byte(bits>>16), byte(bits>>8), byte(bits))
				bits, n = 0, 0
			}
		}
	}
	flush()
	return out
}

// hexValue returns the value of a hexadecimal digit; -1 for others.
func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c - 'A' + 10)
	case c >= 'a' && c <= 'f':
		return int(c - 'a' + 10)
	}
	return -1
}

// quotedPrintable decodes quoted-printable text; what is not valid stays.
func quotedPrintable(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for len(body) > 0 {
		line, rest, ended := bytes.Cut(body, []byte("\n"))
		body = rest
		line = bytes.TrimRight(line, " \t\r")
		soft := bytes.HasSuffix(line, []byte("="))
		if soft {
			line = line[:len(line)-1]
		}
		for i := 0; i < len(line); i++ {
			if line[i] == '=' && i+2 < len(line) {
				if a, b := hexValue(line[i+1]), hexValue(line[i+2]); a >= 0 && b >= 0 {
					out = append(out, byte(a<<4|b))
					i += 2
					continue
				}
			}
			out = append(out, line[i])
		}
		if ended && !soft {
			out = append(out, '\n')
		}
	}
	return out
}

// uudecode decodes uuencoded text between its begin and end lines.
func uudecode(body []byte) []byte {
	i := bytes.Index(body, []byte("begin "))
	if i < 0 {
		return body
	}
	_, rest := cutLine(body[i:])
	var out []byte
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		if len(line) == 0 || bytes.Equal(line, []byte("end")) {
			break
		}
		size := int(line[0]-' ') & 63
		begun := len(out)
		for at := 1; at < len(line) && len(out)-begun < size; at += 4 {
			var v [4]byte
			for k := range v {
				if at+k < len(line) {
					v[k] = (line[at+k] - ' ') & 63
				}
			}
			out = append(out, v[0]<<2|v[1]>>4, v[1]<<4|v[2]>>2, v[2]<<6|v[3])
		}
		out = out[:min(len(out), begun+size)]
	}
	return out
}

// encodedWord matches an encoded word (RFC 2047), also one with spaces in it.
var encodedWord = regexp.MustCompile(`=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=`)

// Words decodes the encoded words of a header field. Words of one charset that follow one another are decoded together,
// because some programs divide letters between them.
func Words(s string) string {
	found := encodedWord.FindAllStringSubmatchIndex(s, 1000)
	if found == nil {
		if !utf8.ValidString(s) {
			return cleantext.UTF8([]byte(s))
		}
		return s
	}
	var out strings.Builder
	var run []byte
	label, at := "", 0
	flush := func() {
		if len(run) > 0 {
			out.WriteString((&Part{Charset: label, Body: run}).Text())
			run = nil
		}
	}
	for _, m := range found {
		between := s[at:m[0]]
		name, _, _ := strings.Cut(s[m[2]:m[3]], "*") // a language may follow
		if strings.TrimSpace(between) != "" || at == 0 || !strings.EqualFold(name, label) {
			flush()
			if at == 0 || strings.TrimSpace(between) != "" {
				out.WriteString(between)
			}
		}
		label, at = name, m[1]
		word := []byte(s[m[6]:m[7]])
		if s[m[4]] == 'b' || s[m[4]] == 'B' {
			run = append(run, fromBase64(word)...)
			continue
		}
		word = bytes.ReplaceAll(word, []byte("_"), []byte(" "))
		tail := word[len(bytes.TrimRight(word, " ")):]
		run = append(append(run, quotedPrintable(word)...), tail...)
	}
	flush()
	out.WriteString(s[at:])
	return out.String()
}

// labelled decodes text in the encoding of a label.
func labelled(b []byte, label string) (string, bool) {
	e, _ := charset.Lookup(label)
	if e == nil {
		return "", false
	}
	out, err := e.NewDecoder().Bytes(b)
	return string(out), err == nil
}

// utf7 decodes UTF-7 (RFC 2152).
func utf7(s string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "+")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		n := 0
		for n < len(rest) && base64Value[rest[n]] != 255 {
			n++
		}
		if n == 0 {
			out.WriteByte('+')
		}
		b, _ := base64.RawStdEncoding.DecodeString(rest[:n])
		var units []uint16
		for i := 0; i+1 < len(b); i += 2 {
			units = append(units, binary.BigEndian.Uint16(b[i:]))
		}
		out.WriteString(string(utf16.Decode(units)))
		s = strings.TrimPrefix(rest[n:], "-")
	}
}
