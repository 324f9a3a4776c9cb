package publish

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/flate"
)

// Compressors are used again, and a workbook must not depend on what was compressed before it.
func TestACompressorThatWasUsedWritesTheSameBytes(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var used, fresh bytes.Buffer
	again, err := flate.NewWriter(io.Discard, level)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		// Few different letters and repeated pieces, so that there is much to find in what came before.
		var in []byte
		for length := random.IntN(1 << (4 + i%14)); len(in) < length; {
			if from := random.IntN(len(in) + 1); random.IntN(2) == 0 {
				in = append(in, in[from:min(len(in), from+random.IntN(300))]...)
			} else {
				in = append(in, byte('a'+random.IntN(4)))
			}
		}
		used.Reset()
		fresh.Reset()
		again.Reset(&used)
		once, err := flate.NewWriter(&fresh, level)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range []*flate.Writer{again, once} {
			if _, err := w.Write(in); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(used.Bytes(), fresh.Bytes()) {
			t.Fatalf("text %d of %d bytes is compressed to other bytes by a compressor that was used", i, len(in))
		}
	}
}
