package extract

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"testing"
	"time"
)

// rarOf writes a RAR archive (version 4) of one file that is not compressed.
func rarOf(name, data string) string {
	block := func(kind byte, flags uint16, body []byte, more string) []byte {
		h := []byte{kind}
		h = binary.LittleEndian.AppendUint16(h, flags)
		h = binary.LittleEndian.AppendUint16(h, uint16(7+len(body)))
		h = append(h, body...)
		crc := uint16(crc32.ChecksumIEEE(h))
		return append(append(binary.LittleEndian.AppendUint16(nil, crc), h...), more...)
	}
	var f []byte
	f = binary.LittleEndian.AppendUint32(f, uint32(len(data)))
	f = binary.LittleEndian.AppendUint32(f, uint32(len(data)))
	f = append(f, 3) // Unix
	f = binary.LittleEndian.AppendUint32(f, crc32.ChecksumIEEE([]byte(data)))
	f = binary.LittleEndian.AppendUint32(f, 0x58000000)
	f = append(f, 20, 0x30) // version to unpack with; stored
	f = binary.LittleEndian.AppendUint16(f, uint16(len(name)))
	f = binary.LittleEndian.AppendUint32(f, 0o100644)
	f = append(f, name...)
	out := []byte("Rar!\x1a\x07\x00")
	out = append(out, block(0x73, 0, make([]byte, 6), "")...)
	out = append(out, block(0x74, 0x8000, f, data)...)
	return string(append(out, block(0x7b, 0x4000, nil, "")...))
}

func TestRAR(t *testing.T) {
	res, inside, parts := readParts(t, pool(t, 10*time.Second), rarOf("ho so/bao cao.txt",
		"Số hộ tham gia: 120"))
	if res.Type != typeRAR || inside["ho so/bao cao.txt"] != "Số hộ tham gia: 120" {
		t.Errorf("%+v %q %+v", res, inside, parts)
	}
}

// oleStream is one stream of a compound file; its path has at most one folder.
type oleStream struct {
	path string
	data []byte
}

// compoundOf writes a compound file ([MS-CFB], version 3). Streams are padded to
// 4096 bytes, so that none lies in the mini stream.
func compoundOf(streams []oleStream) []byte {
	const sector, free, end, fatSector, none = 512, 0xffffffff, 0xfffffffe, 0xfffffffd, 0xffffffff
	type entry struct {
		name               string
		kind               byte
		left, right, child uint32
		start              uint32
		size               int
	}
	entries := []entry{{"Root Entry", 5, none, none, none, end, 0}}
	var body []byte
	chains := [][2]int{} // first sector, how many
	folders := map[string]int{}
	last := map[string]int{} // the last entry of a folder, to chain the next to
	link := func(folder string, at int) {
		if prev, ok := last[folder]; ok {
			entries[prev].right = uint32(at)
		} else if folder == "" {
			entries[0].child = uint32(at)
		} else {
			entries[folders[folder]].child = uint32(at)
		}
		last[folder] = at
	}
	for _, s := range streams {
		folder, name, ok := strings.Cut(s.path, "/")
		if !ok {
			folder, name = "", s.path
		}
		if _, known := folders[folder]; ok && !known {
			folders[folder] = len(entries)
			entries = append(entries, entry{folder, 1, none, none, none, 0, 0})
			link("", len(entries)-1)
		}
		data := append(bytes.Clone(s.data), make([]byte, 4096-len(s.data)%4096)...)
		chains = append(chains, [2]int{len(body) / sector, len(data) / sector})
		entries = append(entries, entry{name, 2, none, none, none, uint32(len(body) / sector), len(data)})
		link(folder, len(entries)-1)
		body = append(body, data...)
	}
	var dir []byte
	for len(entries)%4 != 0 {
		entries = append(entries, entry{"", 0, none, none, none, 0, 0})
	}
	for _, e := range entries {
		b := make([]byte, 128)
		name := utf16le(e.name)
		copy(b, name)
		if e.name != "" {
			binary.LittleEndian.PutUint16(b[64:], uint16(len(name)+2))
		}
		b[66], b[67] = e.kind, 1
		binary.LittleEndian.PutUint32(b[68:], e.left)
		binary.LittleEndian.PutUint32(b[72:], e.right)
		binary.LittleEndian.PutUint32(b[76:], e.child)
		binary.LittleEndian.PutUint32(b[116:], e.start)
		binary.LittleEndian.PutUint64(b[120:], uint64(e.size))
		dir = append(dir, b...)
	}
	dirAt := len(body) / sector
	chains = append(chains, [2]int{dirAt, len(dir) / sector})
	body = append(body, dir...)
	fatAt := len(body) / sector
	fats := (fatAt+127)/127 + 1
	fat := make([]uint32, fats*128)
	for i := range fat {
		fat[i] = free
	}
	for _, c := range chains {
		for i := range c[1] {
			fat[c[0]+i] = uint32(c[0] + i + 1)
		}
		fat[c[0]+c[1]-1] = end
	}
	for i := range fats {
		fat[fatAt+i] = fatSector
	}
	head := make([]byte, sector)
	copy(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	for at, v := range map[int]uint16{24: 0x3e, 26: 3, 28: 0xfffe, 30: 9, 32: 6} {
		binary.LittleEndian.PutUint16(head[at:], v)
	}
	for at, v := range map[int]uint32{44: uint32(fats), 48: uint32(dirAt), 56: 4096, 60: end, 68: end} {
		binary.LittleEndian.PutUint32(head[at:], v)
	}
	for i := range 109 {
		v := uint32(free)
		if i < fats {
			v = uint32(fatAt + i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], v)
	}
	out := append(head, body...)
	for _, v := range fat {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

func TestOutlookLetter(t *testing.T) {
	p := pool(t, 10*time.Second)
	sent := make([]byte, 32+16)
	binary.LittleEndian.PutUint32(sent[32:], 0x00390040)
	binary.LittleEndian.PutUint64(sent[40:], uint64(time.Date(2024, 3, 15, 3, 0, 0, 0,
		time.UTC).Unix()+11644473600)*1e7)
	data := compoundOf([]oleStream{
		{"__properties_version1.0", sent},
		{"__substg1.0_0037001F", utf16le("Hồ sơ mô hình")}, {"__substg1.0_0C1A001F", utf16le("Nguyễn Văn An")},
		{"__substg1.0_1000001F", utf16le("Kính gửi hội đồng.")},
		{"__attach_version1.0_#00000000/__substg1.0_3707001F", utf16le("bảng.csv")},
		{"__attach_version1.0_#00000000/__substg1.0_37010102", []byte("a;b\n1;2\n3;4\n")},
	})
	res, inside, _ := readParts(t, p, string(data))
	if want := "From: Nguyễn Văn An\nDate: 2024-03-15 03:00\nSubject: Hồ sơ mô hình\n\nKính gửi hội đồng."; res.Type != typeMSG || textOf(res) != want {
		t.Errorf("%s: %q %+v", res.Type, textOf(res), res)
	}
	if !strings.HasPrefix(inside["bảng.csv"], "a;b\n1;2") {
		t.Errorf("attached: %q", inside)
	}
	locked := make([]byte, 12)
	locked[11] = 1
	for what, c := range map[string]struct {
		streams []oleStream
		typ     string
	}{
		"a Word file behind a password": {[]oleStream{{"WordDocument", locked}}, typeDOC},
		"an Excel file behind a password": {[]oleStream{{"Workbook", []byte{9, 8, 2, 0, 0, 6, 0x2f, 0, 4, 0,
			0, 0, 0, 0}}}, typeXLS},
		"a new Office file behind one": {[]oleStream{{"EncryptedPackage", []byte("x")}}, typeLocked},
		"a PowerPoint file behind a passwd": {[]oleStream{{"PowerPoint Document", []byte("x")},
			{"EncryptedSummary", []byte("x")}}, typePPT},
	} {
		if res := readIn(t, p, string(compoundOf(c.streams))); res.Type != c.typ || res.Error != Protected {
			t.Errorf("%s: %+v", what, res)
		}
	}
}
