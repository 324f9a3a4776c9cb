package store

import (
	"reflect"
	"testing"

	"kheo/internal/dossier"
)

func TestReadingsComeBackAsTheyWere(t *testing.T) {
	for _, r := range []dossier.Reading{
		{},
		{Error: "damaged", Detail: "cut off"},
		{Type: "application/pdf", Pages: []dossier.Page{{Number: 1, Text: "Đường hoa\n\ttab \x00 \"quoted\"", Quality: 0.9, Hidden: "ẩn"}, {Number: 2}, {Number: 3, Text: "<b>&"}}, Flags: []string{"x"}, Scans: []int{2}},
	} {
		b, err := packReading(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unpackReading(b)
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%+v came back as %+v (%v)", r, got, err)
		}
		old, err := pack(r) // as an older kheo wrote it
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpackReading(old); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("of an older kheo: %+v came back as %+v (%v)", r, got, err)
		}
		raw, _ := decompress(b)
		for cut := 1; cut < len(raw); cut++ {
			unpackReading(compress(raw[:cut])) // an error or not, but no panic
		}
	}
}
