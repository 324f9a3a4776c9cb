package letter

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"kheo/pipeline/extract/internal/cleantext"
)

// Outlook is the content of a file in Outlook's transport format ([MS-OXTNEF]), which other mail programs show as
// winmail.dat.
type Outlook struct {
	Subject string
	Plain   string
	HTML    []byte
	RTF     []byte // compressed ([MS-OXRTFCP])
	Files   []File
	CutOff  bool
}

// File is a file that is attached.
type File struct {
	Name  string
	Data  []byte
	Inner bool // Data is a letter in the same format
}

// Attributes of TNEF and properties of MAPI that are read.
const (
	tnefSignature   = 0x223e9f78
	attSubject      = 0x8004
	attBody         = 0x800c
	attAttachData   = 0x800f
	attAttachTitle  = 0x8010
	attRendering    = 0x9002 // begins an attached file
	attProperties   = 0x9003
	attAttachment   = 0x9005
	propBody        = 0x1000
	propRTF         = 0x1009
	propHTML        = 0x1013
	propSubject     = 0x0037
	propData        = 0x3701
	propLongName    = 0x3707
	propDisplayName = 0x3001
	maxProperties   = 20_000
)

// IsOutlook reports whether data is in Outlook's transport format.
func IsOutlook(data []byte) bool {
	return len(data) >= 6 && binary.LittleEndian.Uint32(data) == tnefSignature
}

// ParseOutlook reads a file in Outlook's transport format. After damage, what was read before counts.
func ParseOutlook(data []byte) *Outlook {
	o := &Outlook{}
	if !IsOutlook(data) {
		return o
	}
	c := cursor{data[6:]}
	for len(c.rest) > 0 {
		c.take(1) // level
		id, size := c.u32()&0xffff, c.u32()
		if int64(size) > int64(len(c.rest)) {
			o.CutOff = true
			break
		}
		o.attribute(id, c.take(int(size)))
		c.take(2) // checksum
	}
	return o
}

// attribute reads one attribute.
func (o *Outlook) attribute(id uint32, b []byte) {
	if id == attRendering {
		if len(o.Files) < maxParts {
			o.Files = append(o.Files, File{})
		} else {
			o.CutOff = true
		}
		return
	}
	var f *File
	if n := len(o.Files); n > 0 {
		f = &o.Files[n-1]
	}
	switch id {
	case attSubject:
		o.Subject = text8(b)
	case attBody:
		o.Plain = text8(b)
	case attProperties:
		properties(b, o.property)
	case attAttachTitle:
		if f != nil && f.Name == "" {
			f.Name = text8(b)
		}
	case attAttachData:
		if f != nil && !f.Inner {
			f.Data = b
		}
	case attAttachment:
		if f != nil {
			properties(b, f.property)
		}
	}
}

// property takes a property of the letter.
func (o *Outlook) property(id, typ uint16, b []byte) {
	switch id {
	case propBody:
		o.Plain = textOf(typ, b)
	case propSubject:
		o.Subject = textOf(typ, b)
	case propRTF:
		o.RTF = b
	case propHTML:
		if o.HTML = b; typ == unicodeText {
			o.HTML = []byte(textOf(typ, b))
		}
	}
}

// property takes a property of an attached file.
func (f *File) property(id, typ uint16, b []byte) {
	switch id {
	case propLongName:
		f.Name = textOf(typ, b)
	case propDisplayName:
		if f.Name == "" {
			f.Name = textOf(typ, b)
		}
	case propData:
		if typ == object && len(b) > 16 && IsOutlook(b[16:]) {
			f.Data, f.Inner = b[16:], true
		} else if typ == object && len(b) > 16 && len(f.Data) == 0 {
			f.Data = b[16:]
		} else if typ != object && len(f.Data) == 0 {
			f.Data = b
		}
	}
}

// Types of properties.
const (
	object      = 0x0d
	text        = 0x1e
	unicodeText = 0x1f
	binaryData  = 0x102
	several     = 0x1000
)

// properties reads a list of properties, and calls take for each that has a text or bytes.
func properties(b []byte, take func(id, typ uint16, b []byte)) {
	c := cursor{b}
	count := c.u32()
	for range min(count, maxProperties) {
		if len(c.rest) < 4 {
			return
		}
		typ, id := c.u16(), c.u16()
		if id >= 0x8000 { // it has a name
			c.take(16)
			if kind := c.u32(); kind == 0 {
				c.take(4)
			} else {
				c.padded(int64(c.u32()))
			}
		}
		base := typ &^ several
		switch base {
		case text, unicodeText, binaryData, object:
			for range min(c.u32(), maxProperties) {
				if len(c.rest) < 4 {
					return
				}
				take(id, base, c.padded(int64(c.u32())))
			}
			continue
		}
		n := uint32(1)
		if typ&several != 0 {
			n = min(c.u32(), maxProperties)
		}
		size := 4
		switch base {
		case 5, 6, 7, 0x14, 0x40:
			size = 8
		case 0x48:
			size = 16
		}
		c.take(int(n) * size)
	}
}

// textOf returns the text of a property.
func textOf(typ uint16, b []byte) string {
	if typ != unicodeText {
		return text8(b)
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}

// text8 returns text in a code page.
func text8(b []byte) string { return cleantext.UTF8(bytes.TrimRight(b, "\x00")) }

// cursor reads numbers and bytes; at the end it returns zeros and what is left.
type cursor struct{ rest []byte }

// take returns the next n bytes, or as many as there are.
func (c *cursor) take(n int) []byte {
	n = min(max(0, n), len(c.rest))
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

// padded takes bytes that are filled up to a multiple of four.
func (c *cursor) padded(n int64) []byte {
	n = min(n, int64(len(c.rest)))
	b := c.take(int(n))
	c.take(int((4 - n%4) % 4))
	return b
}

// u32 reads a number of 4 bytes, the lowest first.
func (c *cursor) u32() uint32 {
	var b [4]byte
	copy(b[:], c.take(4))
	return binary.LittleEndian.Uint32(b[:])
}

// u16 reads a number of 2 bytes, the lowest first.
func (c *cursor) u16() uint16 {
	var b [2]byte
	copy(b[:], c.take(2))
	return binary.LittleEndian.Uint16(b[:])
}
