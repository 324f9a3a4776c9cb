package extract

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/limits"
)

// ole opens a compound file ([MS-CFB]) and lists its streams by path; after damage it returns those before.
// The library panics on some damaged files, and a directory may be a circle, so the number of streams is
// bounded.
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

// utf16le encodes text in UTF-16, little endian, as compound files have the names of streams.
func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// readMSG reads a letter as Outlook keeps it: properties in streams ([MS-OXMSG] 2.1), and one storage for
// each attachment.
func readMSG(data []byte, res *Result, u *unpacker) {
	streams, err := ole(data)
	if err != nil && len(streams) == 0 {
		fail(res, err)
		return
	}
	m := msg{streams: streams}
	res.Pages = []dossier.Page{m.letter("").page("msg")}
	for i, dir := range m.attachments() {
		name := cmp.Or(m.text(dir+"/", "3707"), m.text(dir+"/", "3704"), m.text(dir+"/", "3001"),
			"attachment "+strconv.Itoa(i+1)) // long name, short name, display name
		b := m.bytes(dir + "/__substg1.0_37010102")
		if b == nil { // a letter inside a letter
			inner := m.letter(dir + "/__substg1.0_3701000D/")
			if inner.empty() && inner.subject == "" {
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

// attachments lists the storages of attachments, in the order of their numbers, which is that of the letter.
func (m msg) attachments() []string {
	var dirs []string
	for name := range m.streams {
		dir, rest, ok := strings.Cut(name, "/")
		if ok && strings.HasPrefix(dir, "__attach_version1.0_") && strings.HasPrefix(rest, "__") {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// msg is an Outlook letter. Property ids are those of [MS-OXPROPS], in hexadecimal.
type msg struct {
	streams map[string]*mscfb.File
}

// bytes returns a stream; nil if there is none.
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

// text returns a text property, in Unicode or in a code page; "" if there is none.
func (m msg) text(dir, id string) string {
	if b := m.bytes(dir + "__substg1.0_" + id + "001F"); b != nil {
		u := make([]uint16, len(b)/2)
		for i := range u {
			u[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		return strings.TrimRight(string(utf16.Decode(u)), "\x00")
	}
	return strings.TrimRight(cleantext.UTF8(m.bytes(dir+"__substg1.0_"+id+"001E")), "\x00")
}

// letter reads the letter in a storage, "" for the outermost. The body is a web page or plain text, as either
// chooses, or else RTF.
func (m msg) letter(dir string) letter {
	l := letter{subject: m.text(dir, "0037"), to: m.text(dir, "0E04"), from: m.text(dir, "0C1A"),
		mailText: mailText{nodes: layout.Lines(m.text(dir, "1000"))}}
	if mailbox := m.text(dir, "0C1F"); mailbox != "" && strings.Contains(mailbox, "@") {
		l.from = strings.TrimSpace(l.from + " <" + mailbox + ">")
	}
	l.date = m.date(dir)
	b := m.bytes(dir + "__substg1.0_10130102")
	if b == nil {
		b = []byte(m.text(dir, "1013"))
	}
	if len(b) > 0 {
		l.mailText = either(l.mailText, shownHTML("", true, "", b))
	}
	if l.empty() {
		l.mailText = orRTF(l.mailText, m.bytes(dir+"__substg1.0_10090102"))
	}
	return l
}

// date returns when the letter was sent, in UTC: property 0x0039 or 0x0E06, a FILETIME among the fixed
// properties; "" if unknown.
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

// rtfPreset is the initial dictionary of compressed RTF ([MS-OXRTFCP] 2.1.2.1).
const rtfPreset = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript ` +
	`\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" +
	`\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// unpackRTF unpacks compressed RTF ([MS-OXRTFCP]), up to limits.Text bytes: a variant of LZ77 with a
// dictionary of 4096 bytes, in which each control byte says of the next eight items whether they are a byte
// or a reference. A reference to the place that is written next ends the text.
func unpackRTF(b []byte) ([]byte, error) {
	if len(b) < 16 {
		return nil, errors.New("no compressed RTF")
	}
	size := min(int(binary.LittleEndian.Uint32(b[4:])), limits.Text)
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
