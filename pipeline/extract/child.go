package extract

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"kheo/pipeline/extract/internal/confine"
	"kheo/pipeline/extract/internal/pdfpages"
)

// childEnv marks a process as a reading child.
const childEnv = "KHEO_READING_CHILD"

// cacheEnv names the folder of compiled WebAssembly to a child.
const cacheEnv = "KHEO_WASM_CACHE"

// pdfiumEnv has a child start PDFium, which takes longer than all else that it does before it reads.
const pdfiumEnv = "KHEO_READING_PDF"

// answersAsChild says whether this process called RunIfChild, as its children will.
var answersAsChild bool

// executable returns the path of this program, which a child or a confined program is started by.
func executable() (string, error) {
	if !answersAsChild {
		return "", errors.New("starting a reading process: the program does not call extract.RunIfChild first")
	}
	return os.Executable()
}

// heapLimit is the size of the Go heap, in bytes, from which a child collects garbage eagerly. The hard
// limit of the kernel (confine.maxData, 512 MB) also covers PDFium, so the heap must stay well below it.
const heapLimit = 300 << 20

// maxOutput is the maximum size of a child's answer for one document, in bytes: 16 MB of text, its blocks
// with their positions, and the escapes of JSON.
const maxOutput = 96 << 20

// RunIfChild turns the process into a reading child, a probe or a confined program if it was started as
// one, and then never returns. Every main and every TestMain calls it first, before anything opens files or
// starts goroutines.
//
// PDFium is started before the confinement: it reads its compiled code from a folder, which a confined
// child may not open.
//
// A process that did not call it starts no child: its children would be whole programs of their own, each of which
// starts the next one.
func RunIfChild() {
	answersAsChild = true
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
	collectSparingly(0)
	debug.SetMaxStack(64 << 20)
	hasPDFium := os.Getenv(pdfiumEnv) != ""
	if hasPDFium {
		if err := pdfpages.StartPDFium(os.Getenv(cacheEnv)); err != nil {
			fmt.Fprintln(os.Stderr, "kheo: reading child:", err) // the other PDF reader works alone
		}
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
		ask, err := readFrame(in, MaxFile+askSize+maxAskedBytes+4)
		if err != nil || len(ask) < askSize {
			os.Exit(0)
		}
		if !hasPDFium && needsPDFium(ask[0], int(ask[5]), ask[askSize:]) {
			fmt.Fprintln(os.Stderr, "kheo: reading child: asked for a PDF without PDFium")
			os.Exit(1)
		}
		confine.LimitCPU(60) // seconds, from now on
		answer(ask, func(kind byte, b []byte) {
			if writeFrame(out, []byte{kind}, b) != nil {
				os.Exit(0)
			}
		})
		if out.Flush() != nil {
			os.Exit(0)
		}
		ask = nil
		freeMemory()
	}
}

// idleHeap is the size of the Go heap, in bytes, up to which a child that waits keeps it.
const idleHeap = 64 << 20

// A child collects garbage when its heap has grown by garbagePercent, or by spareHeap if that is more: most documents
// leave so little alive that by a share alone it would collect several times for each.
const (
	garbagePercent = 80
	spareHeap      = 24 << 20 // bytes
)

// collectSparingly sets when garbage is next collected, and sets it again after each collection. percent is what is
// set.
func collectSparingly(percent int) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	next := max(garbagePercent, int(100*spareHeap/(live[0].Value.Uint64()+spareHeap/8)))
	if next != percent {
		debug.SetGCPercent(next)
	}
	runtime.SetFinalizer(new(collected), func(*collected) { collectSparingly(next) })
}

// collected is unreachable at once, so that its finalizer runs after the next collection.
type collected struct{ _ *byte }

// heapClasses are the parts of the Go heap that are not given back to the system.
var heapClasses = []string{"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes",
	"/memory/classes/heap/free:bytes"}

// freeMemory gives back to the system what a large document took. It does not after a small one: to collect all
// garbage and to fault the memory in again takes as long as reading half a page.
func freeMemory() {
	samples := make([]metrics.Sample, len(heapClasses))
	for i, name := range heapClasses {
		samples[i].Name = name
	}
	metrics.Read(samples)
	var held uint64
	for _, s := range samples {
		held += s.Value.Uint64()
	}
	if held > idleHeap {
		debug.FreeOSMemory()
	}
}

// Requests to a child: one byte for what is asked, the page as four bytes, quarter turns; then the data.
const (
	askRead    = 'R' // the text of a file, and the files inside it
	askUnpack  = 'U' // the files of an archive
	askPicture = 'P' // an image of a page, for OCR
	askView    = 'V' // an image of a page, for people
	askFile    = 'F' // like askUnpack, of the file shared with the parent
	askLook    = 'L' // whether quotes are seen on rendered pages
	askProbe   = 'T' // what confinement leaves open
	askSize    = 6
)

// Answers of a child: any number of parts, each a header and its bytes, and then the answer as JSON.
const (
	sayPart   = 'p'
	sayData   = 'd'
	sayAnswer = 'a'
)

// answer does what a request asks for, and sends parts and the answer. Whatever the data, exactly one
// answer is sent, and it is the last frame.
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
	case askLook:
		out = guardedLook(data)
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

// needsPDFium reports whether a request is answered with PDFium: pictures of pages, and text of a PDF, of which data
// has at least the beginning that Sniff looks at. turn is that of a request to read.
func needsPDFium(what byte, turn int, data []byte) bool {
	switch what {
	case askPicture, askView, askLook:
		return true
	case askRead:
		return turn != pdfpages.OnlyOwn && isPDF(data)
	}
	return false
}

// guarded reads a file and turns a reader's panic into a damaged file. Stack overflow and out of memory
// cannot be recovered from: they end the child, which the pool reports.
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

// beforeReading is set by tests that need a child to misbehave.
var beforeReading func([]byte)

// writeFrame writes one frame: the length of all parts as eight bytes, big endian, and the parts.
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

// writeFrameHead writes the length of a frame whose content follows.
func writeFrameHead(w io.Writer, size int) error {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(size))
	_, err := w.Write(n[:])
	return err
}

// readFrame reads one frame of at most max bytes. The length comes from the other process, so it is checked
// before anything is allocated: a child that was taken over may write any.
func readFrame(r io.Reader, max uint64) ([]byte, error) {
	var n [8]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint64(n[:])
	if size > max {
		return nil, fmt.Errorf("a frame of %d bytes", size)
	}
	b := make([]byte, size)
	_, err := io.ReadFull(r, b)
	return b, err
}

// sharedFile is the file that a child shares with its parent, as descriptor 3; see inMemory.
var sharedFile *os.File
