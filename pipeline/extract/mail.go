package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // letters come in every encoding
	"github.com/emersion/go-message/mail"
	"github.com/richardlehane/mscfb"

	"kheo/internal/dossier"
)

var (
	headerLine = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*:`)
	mailHeader = regexp.MustCompile(`(?im)^(from|to|subject|date|mime-version|received|return-path|message-id|delivered-to|content-type|x-[a-z-]+):`)
)

// isMail reports whether text begins with the header of a letter.
func isMail(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(head, []byte("From ")) { // the beginning of an mbox
		_, head, _ = bytes.Cut(head, []byte("\n"))
	}
	if !headerLine.Match(head) {
		return false
	}
	top, _, _ := bytes.Cut(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	kinds := map[string]bool{}
	for _, m := range mailHeader.FindAllSubmatch(top, 50) {
		k := strings.ToLower(string(m[1]))
		if strings.HasPrefix(k, "x-") {
			k = "x"
		}
		kinds[k] = true
	}
	return len(kinds) >= 3 || len(kinds) == 2 && (kinds["mime-version"] || kinds["received"] || kinds["message-id"])
}

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
			if f, err := htmlText(utf8Text(b)); err == nil {
				marked.WriteString(f.String() + "\n")
			}
		case name == "" && (strings.HasPrefix(typ, "text/") || typ == ""):
			plain.WriteString(utf8Text(b) + "\n")
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

func utf8Text(b []byte) string {
	s, _ := decode(b, "")
	return s
}

// ending is a file ending for bytes that came without a name.
func ending(b []byte) string {
	typ := Sniff(b)
	var names []string
	for end, types := range endings {
		if types[0] == typ {
			names = append(names, end)
		}
	}
	sort.Strings(names)
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// ole opens a compound file and lists its streams by path.
func ole(data []byte) (streams map[string]*mscfb.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	doc, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	streams = map[string]*mscfb.File{}
	for n := 0; n < 20_000; n++ {
		f, err := doc.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return streams, err
		}
		streams[path.Join(append(f.Path, f.Name)...)] = f
	}
	return streams, nil
}

// sniffOLE tells which of Microsoft's old formats a compound file is.
func sniffOLE(data []byte) string {
	streams, _ := ole(data)
	names := map[string]bool{}
	for n := range streams {
		names[strings.ToLower(n)] = true
	}
	has := func(all ...string) bool {
		for _, n := range all {
			if names[strings.ToLower(n)] || streams == nil && bytes.Contains(data, utf16le(n)) {
				return true
			}
		}
		return false
	}
	switch {
	case has("EncryptedPackage"):
		return typeLocked
	case has("WordDocument"):
		return typeDOC
	case has("Workbook", "Book"):
		return typeXLS
	case has("PowerPoint Document"):
		return typePPT
	case has("__properties_version1.0", "__nameid_version1.0"):
		return typeMSG
	}
	return typeOLE
}

// lockedOLE reports whether an old Office file is behind a password: the flag of
// Word's file information block ([MS-DOC] 2.5.2), Excel's FILEPASS record
// ([MS-XLS] 2.4.117), PowerPoint's encrypted summary ([MS-PPT] 2.3.7).
func lockedOLE(data []byte, typ string) bool {
	streams, _ := ole(data)
	read := func(name string, n int64) []byte {
		if streams[name] == nil {
			return nil
		}
		b, _ := io.ReadAll(io.LimitReader(streams[name], n))
		return b
	}
	switch typ {
	case typeDOC:
		b := read("WordDocument", 12)
		return len(b) == 12 && b[11]&1 != 0
	case typePPT:
		return streams["EncryptedSummary"] != nil
	}
	b := read("Workbook", 1<<16)
	if b == nil {
		b = read("Book", 1<<16)
	}
	for i := 0; i+4 <= len(b); {
		kind, size := binary.LittleEndian.Uint16(b[i:]), int(binary.LittleEndian.Uint16(b[i+2:]))
		if kind == 0x2f {
			return true
		}
		if kind == 0x0a { // the end of the workbook's globals
			break
		}
		i += 4 + size
	}
	return false
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// readMSG reads a letter as Outlook keeps it: properties in streams, as
// [MS-OXMSG] describes them.
func readMSG(data []byte, res *Result, u *unpacker) {
	streams, err := ole(data)
	if err != nil && len(streams) == 0 {
		fail(res, err)
		return
	}
	m := msg{streams: streams}
	res.Pages = []dossier.Page{m.letter("").page("msg")}
	var attached []string
	for name := range streams {
		if dir, rest, ok := strings.Cut(name, "/"); ok && strings.HasPrefix(dir, "__attach_version1.0_") && strings.HasPrefix(rest, "__") && !has(attached, dir) {
			attached = append(attached, dir)
		}
	}
	sort.Strings(attached)
	for i, dir := range attached {
		name := m.text(dir+"/", "3707")
		if name == "" {
			name = m.text(dir+"/", "3704")
		}
		if name == "" {
			name = m.text(dir+"/", "3001")
		}
		if name == "" {
			name = "attachment " + strconv.Itoa(i+1)
		}
		b := m.bytes(dir + "/__substg1.0_37010102")
		if b == nil { // a letter inside a letter
			inner := m.letter(dir + "/__substg1.0_3701000D/")
			if inner.text == "" && inner.subject == "" {
				continue
			}
			b = []byte(inner.page("").Text)
			name += ".txt"
		}
		if err := u.file(name, b); err != nil {
			res.Detail = err.Error()
			return
		}
	}
}

type msg struct {
	streams map[string]*mscfb.File
}

func (m msg) bytes(name string) []byte {
	f := m.streams[name]
	if f == nil {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxFile))
	if err != nil && len(b) == 0 {
		return nil
	}
	return b
}

// text is a property that is text, Unicode or in a code page.
func (m msg) text(dir, id string) string {
	if b := m.bytes(dir + "__substg1.0_" + id + "001F"); b != nil {
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		return strings.TrimRight(string(utf16.Decode(u)), "\x00")
	}
	return strings.TrimRight(utf8Text(m.bytes(dir+"__substg1.0_"+id+"001E")), "\x00")
}

func (m msg) letter(dir string) letter {
	l := letter{subject: m.text(dir, "0037"), to: m.text(dir, "0E04"), from: m.text(dir, "0C1A"), text: m.text(dir, "1000")}
	if mailbox := m.text(dir, "0C1F"); mailbox != "" && strings.Contains(mailbox, "@") {
		l.from = strings.TrimSpace(l.from + " <" + mailbox + ">")
	}
	l.date = m.date(dir)
	if strings.TrimSpace(l.text) == "" {
		b := m.bytes(dir + "__substg1.0_10130102")
		if b == nil {
			b = []byte(m.text(dir, "1013"))
		}
		if f, err := htmlText(utf8Text(b)); err == nil {
			l.text = f.String()
		}
	}
	if strings.TrimSpace(l.text) == "" {
		if b, err := unpackRTF(m.bytes(dir + "__substg1.0_10090102")); err == nil {
			r := newRTF(b)
			r.read()
			l.text = r.String()
		}
	}
	return l
}

// date is when the letter was sent: property 0x0039, or 0x0E06, a FILETIME among
// the fixed properties.
func (m msg) date(dir string) string {
	b := m.bytes(dir + "__properties_version1.0")
	for _, skip := range []int{32, 24} { // the head of the message itself, and of one inside
		for at := skip; at+16 <= len(b); at += 16 {
			tag := binary.LittleEndian.Uint32(b[at:])
			if tag == 0x00390040 || tag == 0x0e060040 {
				ticks := binary.LittleEndian.Uint64(b[at+8:])
				const toUnix = 11644473600
				if s := int64(ticks/1e7) - toUnix; s > 0 && s < 1<<33 {
					return time.Unix(s, 0).UTC().Format("2006-01-02 15:04")
				}
			}
		}
	}
	return ""
}

// rtfPreset is what the dictionary of compressed RTF begins with ([MS-OXRTFCP]).
const rtfPreset = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// unpackRTF unpacks compressed RTF, as [MS-OXRTFCP] describes it.
func unpackRTF(b []byte) ([]byte, error) {
	if len(b) < 16 {
		return nil, errors.New("no compressed RTF")
	}
	size := min(int(binary.LittleEndian.Uint32(b[4:])), maxText)
	switch string(b[8:12]) {
	case "MELA":
		return b[16:], nil
	case "LZFu":
	default:
		return nil, errors.New("no compressed RTF")
	}
	var dict [4096]byte
	w := copy(dict[:], rtfPreset)
	var out []byte
	for i := 16; i < len(b) && len(out) < size; {
		control := b[i]
		i++
		for bit := range 8 {
			if i >= len(b) || len(out) >= size {
				break
			}
			if control&(1<<bit) == 0 {
				out = append(out, b[i])
				dict[w] = b[i]
				w = (w + 1) % len(dict)
				i++
				continue
			}
			if i+1 >= len(b) {
				return out, nil
			}
			ref := int(b[i])<<8 | int(b[i+1])
			i += 2
			at, n := ref>>4, ref&15+2
			if at == w {
				return out, nil
			}
			for range n {
				c := dict[at]
				at = (at + 1) % len(dict)
				out = append(out, c)
				dict[w] = c
				w = (w + 1) % len(dict)
			}
		}
	}
	return out, nil
}
