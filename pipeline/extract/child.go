package extract

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"kheo/pipeline/extract/internal/confine"
	"kheo/pipeline/extract/internal/pdfpages"
	"os"
	"runtime/debug"
)

// childEnv marks a process as a reading child.
const childEnv = "KHEO_READING_CHILD"

// cacheEnv tells a child where compiled WebAssembly is kept.
const cacheEnv = "KHEO_WASM_CACHE"

// heapLimit is from where on a child frees memory eagerly.
const heapLimit = 300 << 20

// maxOutput is how much a child may answer for one document, in bytes.
const maxOutput = 96 << 20

// RunIfChild turns the process into a reading child, and ends it, where it was
// started as one. Every main and TestMain calls it first.
func RunIfChild() {
	if path := os.Getenv(programEnv); path != "" {
		becomeProgram(path)
	}
	if len(os.Args) == 3 && os.Args[1] == probeArg {
		becomeProbe(os.Args[2])
	}
	if os.Getenv(childEnv) == "" {
		return
	}
	sharedFile = os.NewFile(3, "shared")
	debug.SetMemoryLimit(heapLimit)
	debug.SetGCPercent(80)
	debug.SetMaxStack(64 << 20)
	if err := pdfpages.StartPDFium(os.Getenv(cacheEnv)); err != nil {
		fmt.Fprintln(os.Stderr, "kheo: reading child:", err) // the other reader goes on alone
	}
	if err := confine.Self(reducedChild()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(confine.ExitUnconfined)
	}
	in, out := bufio.NewReaderSize(os.Stdin, 1<<16), bufio.NewWriterSize(os.Stdout, 1<<16)
	if writeFrame(out, []byte("ready")) != nil || out.Flush() != nil {
		os.Exit(0)
	}
	for {
		ask, err := readFrame(in, MaxFile+askSize)
		if err != nil || len(ask) < askSize {
			os.Exit(0)
		}
		confine.LimitCPU(60)
		answer(ask, func(kind byte, b []byte) {
			if writeFrame(out, []byte{kind}, b) != nil {
				os.Exit(0)
			}
		})
		if out.Flush() != nil {
			os.Exit(0)
		}
		ask = nil
		debug.FreeOSMemory()
	}
}

// What a child is asked for: one byte, the page (four bytes), quarter turns.
const (
	askRead    = 'R' // the text of a file, and the files inside it
	askUnpack  = 'U' // the files of an archive
	askPicture = 'P' // an image of a page, for OCR
	askView    = 'V' // an image of a page, for people
	askFile    = 'F' // askUnpack of the file that the child shares with its parent
	askProbe   = 'T' // what confinement leaves open
	askSize    = 6
)

// What a child answers with: any number of parts, each a header and its bytes,
// and then the answer.
const (
	sayPart   = 'p'
	sayData   = 'd'
	sayAnswer = 'a'
)

// answer does what is asked for.
func answer(ask []byte, send func(kind byte, b []byte)) {
	data := ask[askSize:]
	u := &unpacker{from: int64(len(data)), put: func(p Part, b []byte) error {
		head, err := json.Marshal(p)
		if err == nil {
			send(sayPart, head)
			send(sayData, b)
		}
		return err
	}}
	var out any
	switch ask[0] {
	case askPicture:
		out = guardedPicture(data, int(binary.BigEndian.Uint32(ask[1:])), int(ask[5]))
	case askView:
		out = guardedView(data, int(binary.BigEndian.Uint32(ask[1:])), int(ask[5]))
	case askProbe:
		var t confine.Targets
		if err := json.Unmarshal(data, &t); err == nil {
			out = confine.Try(t)
		}
	case askFile:
		size := int64(binary.BigEndian.Uint64(data))
		u.from = size
		out = guarded(nil, func([]byte) Result { return unpackFile(sharedFile, size, u) })
	case askUnpack:
		out = guarded(data, func(data []byte) Result { return unpackOnly(data, u) })
	default:
		u.only = int(ask[5])
		out = guarded(data, func(data []byte) Result { return read(data, u) })
	}
	b, err := json.Marshal(out)
	if err != nil || len(b) > maxOutput {
		b, _ = json.Marshal(Result{Type: Sniff(data), Error: TooLarge})
	}
	send(sayAnswer, b)
}

// guarded reads a file; a panic of a reader is that file's fault alone.
func guarded(data []byte, do func([]byte) Result) (res Result) {
	defer func() {
		if p := recover(); p != nil {
			res = Result{Type: Sniff(data), Error: Damaged, Detail: fmt.Sprint(p)}
		}
	}()
	if beforeReading != nil {
		beforeReading(data)
	}
	return do(data)
}

// beforeReading lets tests misbehave in the child.
var beforeReading func([]byte)

// writeFrame writes the length of all parts, and the parts.
func writeFrame(w io.Writer, parts ...[]byte) error {
	size := 0
	for _, b := range parts {
		size += len(b)
	}
	if err := writeFrameHead(w, size); err != nil {
		return err
	}
	for _, b := range parts {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func writeFrameHead(w io.Writer, size int) error {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(size))
	_, err := w.Write(n[:])
	return err
}

func readFrame(r io.Reader, most uint64) ([]byte, error) {
	var n [8]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint64(n[:])
	if size > most {
		return nil, fmt.Errorf("a frame of %d bytes", size)
	}
	b := make([]byte, size)
	_, err := io.ReadFull(r, b)
	return b, err
}

// sharedFile is that file in the child.
var sharedFile *os.File
