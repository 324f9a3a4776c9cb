package dossier

import (
	"encoding/binary"
	"encoding/json"
	"errors"
)

var errBadSketch = errors.New("a sketch of shingles is damaged")

// Sketch is a sample of the hashed shingles of a text, sorted, without repetitions. Package index
// takes the sample; the share of two sketches estimates the share of two texts.
type Sketch []uint32

// MarshalJSON writes the differences between neighbours as variable-length integers, in base64.
func (s Sketch) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 4*len(s))
	last := uint32(0)
	for _, h := range s {
		b = binary.AppendUvarint(b, uint64(h-last))
		last = h
	}
	return json.Marshal(b)
}

// UnmarshalJSON reads the form that MarshalJSON writes.
func (s *Sketch) UnmarshalJSON(data []byte) error {
	var b []byte
	if err := json.Unmarshal(data, &b); err != nil {
		return err
	}
	*s = make(Sketch, 0, len(b)/3)
	for last := uint64(0); len(b) > 0; {
		d, n := binary.Uvarint(b)
		if n <= 0 {
			return errBadSketch
		}
		last += d
		*s = append(*s, uint32(last))
		b = b[n:]
	}
	return nil
}

// TextProfile is what near-duplicate detection needs of a dossier before it loads any text.
type TextProfile struct {
	Dossier    string `json:"dossier"`
	Title      string `json:"title"`
	Unit       string `json:"unit"`
	Registered string `json:"registered"` // proven ISO date or month; "" without one
	Past       string `json:"-"`          // id of the past campaign that it belongs to; "" for the current one
	// names the text that the sketch is of and changes when it does; "" without a name
	Text   string `json:"-"`
	Sketch Sketch `json:"sketch"`
}
