package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"

	"kheo/internal/dossier"
)

// apart is the first byte of a reading whose texts stand behind its JSON as they are: most
// of a reading is text, and taking it out of JSON strings costs more than all the rest of
// loading it. Older readings are JSON and nothing else, and begin with a brace.
const apart = 'T'

var errDamagedReading = errors.New("the record of what was read is damaged")

// packReading writes a reading: its JSON without the pages' texts, their lengths, the texts.
func packReading(r dossier.Reading) ([]byte, error) {
	texts := make([]string, len(r.Pages))
	r.Pages = slices.Clone(r.Pages)
	total := 0
	for i := range r.Pages {
		texts[i], r.Pages[i].Text = r.Pages[i].Text, ""
		total += len(texts[i])
	}
	head, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(head)+total+16+4*len(texts))
	b = append(b, apart)
	b = binary.AppendUvarint(b, uint64(len(head)))
	b = append(b, head...)
	for _, t := range texts {
		b = binary.AppendUvarint(b, uint64(len(t)))
		b = append(b, t...)
	}
	return squeeze(b), nil
}

// PackedReading is a reading as the records hold it. A batch of dossiers is loaded packed, and only
// one of them is unpacked at a time.
type PackedReading []byte

// Unpack returns the reading.
func (p PackedReading) Unpack() (dossier.Reading, error) { return unpackReading(p) }

// unpackReading reads what packReading wrote, or an older reading.
func unpackReading(packed []byte) (res dossier.Reading, err error) {
	b, err := unsqueeze(packed)
	if err != nil {
		return res, err
	}
	if len(b) == 0 || b[0] != apart {
		return res, json.Unmarshal(b, &res)
	}
	b = b[1:]
	next := func() ([]byte, bool) {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return nil, false
		}
		out := b[k : k+int(n)]
		b = b[k+int(n):]
		return out, true
	}
	head, ok := next()
	if !ok {
		return res, errDamagedReading
	}
	if err := json.Unmarshal(head, &res); err != nil {
		return res, err
	}
	for i := range res.Pages {
		text, ok := next()
		if !ok {
			return res, errDamagedReading
		}
		res.Pages[i].Text = string(text)
	}
	return res, nil
}
