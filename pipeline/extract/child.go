package extract

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"kheo/internal/dossier"
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
	if err := startPDFium(os.Getenv(cacheEnv)); err != nil {
		fmt.Fprintln(os.Stderr, "kheo: reading child:", err) // the other reader goes on alone
	}
	if err := confine(reducedChild()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitUnconfined)
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
		limitCPU(60)
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
		var t probeTargets
		if err := json.Unmarshal(data, &t); err == nil {
			out = tryAll(t)
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

// Pool reads files in child processes, several at once. The zero value is
// not usable; see NewPool.
type Pool struct {
	options
	idle    chan *child
	timeout time.Duration
	mu      sync.Mutex
	closed  bool
}

// inMemory is the size up to which an archive is sent to a child. A larger one lies in a file that
// the child shares with its parent, has no name for, and can only read.
const inMemory = 32 << 20

// sharedFile is that file in the child.
var sharedFile *os.File

type child struct {
	cmd    *exec.Cmd
	shared *os.File
	in     io.WriteCloser
	out    *bufio.Reader
	said   limited // on its standard error
	served int
}

// NewPool returns a pool of n children, started when first needed. A document
// may take as long as timeout.
func NewPool(n int, timeout time.Duration, opts ...Option) *Pool {
	p := &Pool{options: chosen(opts), idle: make(chan *child, n), timeout: timeout}
	for range n {
		p.idle <- nil
	}
	return p
}

// Close ends the children.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	for range cap(p.idle) {
		if c := <-p.idle; c != nil {
			c.kill()
		}
	}
}

// start starts a child. One that does not come up is tried again: so far nothing was read.
func (o options) start() (c *child, err error) {
	for range 3 {
		if c, err = o.startOne(); err == nil || errors.Is(err, ErrUnconfined) {
			return c, err
		}
	}
	return nil, err
}

func (o options) startOne() (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(o.env(), childEnv+"=1", cacheEnv+"="+cacheDir(), "GOMAXPROCS=1", "GOTRACEBACK=none")
	cmd.Dir = "/"
	detach(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	shared, err := os.CreateTemp("", "kheo-shared-")
	if err != nil {
		return nil, fmt.Errorf("starting a reading process: %w", err)
	}
	os.Remove(shared.Name())
	cmd.ExtraFiles = []*os.File{shared}
	c := &child{cmd: cmd, shared: shared, in: in, out: bufio.NewReaderSize(out, 1<<16), said: limited{most: 2000}}
	cmd.Stderr = &c.said
	if err := cmd.Start(); err != nil {
		shared.Close()
		return nil, fmt.Errorf("starting a reading process: %w", err)
	}
	if _, err := readFrame(c.out, 16); err != nil { // ready
		c.kill()
		if cmd.ProcessState.ExitCode() == exitUnconfined {
			return nil, unconfined(strings.TrimSpace(c.said.String()))
		}
		return nil, fmt.Errorf("a reading process did not start (%v): %s", cmd.ProcessState, cmp.Or(strings.Join(strings.Fields(c.said.String()), " "), "it said nothing"))
	}
	return c, nil
}

func (c *child) kill() {
	c.in.Close()
	c.cmd.Process.Kill()
	c.cmd.Wait()
	c.shared.Close()
}

// Keep receives the files that are inside another, one after the other.
type Keep func(Part, []byte) error

// Read reads one file, and hands the files inside it to keep, which may be nil.
// What is wrong with the file stands in the result; the error is for what is
// wrong with the machine, a cancelled context, or keep's own.
func (p *Pool) Read(ctx context.Context, data []byte, keep Keep) (Result, error) {
	if len(data) == 0 {
		return Result{Type: typeUnknown, Error: Empty}, nil
	}
	if len(data) > MaxFile {
		return Result{Type: Sniff(data[:4096]), Error: TooLarge, Detail: fmt.Sprintf("more than %d MB", MaxFile>>20)}, nil
	}
	ask := request{what: askRead, size: len(data), head: data[:min(len(data), 4096)]}
	var res, first Result
	handed := 0 // of the files inside: a child that reads again finds those first that it found before
	for _, ask.turn = range []int{both, onlyTheirs, onlyOurs} {
		ask.data = bytes.NewReader(data)
		var err error
		found := 0
		once := func(part Part, b []byte) error {
			if found++; found <= handed || keep == nil {
				return nil
			}
			handed++
			return keep(part, b)
		}
		if res, err = p.result(ctx, ask, once); err != nil || res.Type != typePDF {
			return res, err
		}
		if !died(res) {
			if res.Error == Damaged && first.Error != "" {
				return first, nil // what is left of it has no other reason
			}
			return res, nil
		}
		if first.Error == "" {
			first = res
		}
	}
	return res, nil
}

// died reports whether the child that read a file did not live to answer.
func died(res Result) bool {
	return res.Error == Crashed || res.Error == Timeout || res.Error == TooLarge && res.Detail == tooMuchMemory
}

// Which readers of PDF are to read: a file that brings one down may yet be read by
// the other.
const (
	both = iota
	onlyTheirs
	onlyOurs
)

// Unpack hands every file of an archive to keep. The result's type tells whether
// it was one; where it is none, nothing was handed over.
func (p *Pool) Unpack(ctx context.Context, r io.Reader, size int64, keep Keep) (Result, error) {
	if size > MaxArchive {
		return Result{Error: TooLarge, Detail: fmt.Sprintf("more than %d MB", MaxArchive>>20)}, nil
	}
	return p.result(ctx, request{what: askUnpack, data: r, size: int(size)}, keep)
}

func (p *Pool) result(ctx context.Context, ask request, keep Keep) (Result, error) {
	var res Result
	why, err := p.ask(ctx, ask, &res, keep)
	if why != "" {
		res = Result{Type: Sniff(ask.head), Error: why, Pages: []dossier.Page{}}
		switch why {
		case Timeout:
			res.Detail = p.timeout.String()
		case TooLarge:
			res.Detail = tooMuchMemory
		}
	}
	return res, err
}

// request is what a child is asked for.
type request struct {
	what       byte
	page, turn int // of a picture; of a reading turn is which readers of PDF read
	data       io.Reader
	size       int
	head       []byte // the beginning of data, to tell the type of what killed a child
}

// send writes a request to a child.
func (q *request) send(w io.Writer, shared *os.File) error {
	if q.what == askUnpack && q.size > inMemory {
		if err := shared.Truncate(0); err != nil {
			return err
		}
		if _, err := io.CopyN(io.NewOffsetWriter(shared, 0), q.data, int64(q.size)); err != nil {
			return err
		}
		return writeFrame(w, []byte{askFile, 0, 0, 0, 0, 0}, binary.BigEndian.AppendUint64(nil, uint64(q.size)))
	}
	head := [askSize]byte{q.what, 0, 0, 0, 0, byte(q.turn)}
	binary.BigEndian.PutUint32(head[1:], uint32(q.page))
	if err := writeFrameHead(w, askSize+q.size); err != nil {
		return err
	}
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := io.CopyN(w, q.data, int64(q.size))
	return err
}

// ask has a child do something. why is set where the child did not live to answer. What takes too much
// memory is asked of another child once more, unless the first was a new one: whether a file can be read
// never depends on those before it.
func (p *Pool) ask(ctx context.Context, q request, into any, keep Keep) (why string, err error) {
	from, again := int64(0), false
	source, ok := q.data.(io.Seeker)
	if ok {
		from, err = source.Seek(0, io.SeekCurrent)
		ok = err == nil
	}
	handed := 0
	for {
		found := 0
		once := func(part Part, b []byte) error { // a second child finds first what the first one found
			if found++; found <= handed || keep == nil {
				return nil
			}
			handed++
			return keep(part, b)
		}
		why, used, err := p.askOnce(ctx, q, into, once, again)
		if why != TooLarge || err != nil || !used || !ok || again {
			return why, err
		}
		if _, err := source.Seek(from, io.SeekStart); err != nil {
			return why, err
		}
		again = true
	}
}

// askOnce asks one child; a new one, where that is wanted. used tells that it had read something before.
// A child may take as long as the timeout for each thing that it says.
func (p *Pool) askOnce(ctx context.Context, q request, into any, keep Keep, fresh bool) (why string, used bool, err error) {
	var c *child
	select {
	case c = <-p.idle:
	case <-ctx.Done():
		return "", used, ctx.Err()
	}
	defer func() { p.idle <- c }()
	if c != nil && (fresh || c.served >= 400 || residentMemory(c.cmd.Process.Pid) > mostIdle) {
		c.kill()
		c = nil
	}
	if c == nil {
		if c, err = p.start(); err != nil {
			return "", used, err
		}
	}
	used = c.served > 0
	w := watchMemory(c.cmd)
	defer w.end()
	frames, stop := make(chan []byte), make(chan struct{})
	defer close(stop)
	go c.talk(q, frames, stop)
	var part *Part
	for {
		timer := time.NewTimer(p.timeout)
		var b []byte
		select {
		case b = <-frames:
			timer.Stop()
		case <-timer.C:
			c.kill()
			c = nil
			return Timeout, used, nil
		case <-ctx.Done():
			c.kill()
			c = nil
			return "", used, ctx.Err()
		}
		if len(b) == 0 || b[0] == sayData && part == nil {
			break
		}
		switch b[0] {
		case sayPart:
			part = &Part{}
			err = json.Unmarshal(b[1:], part)
		case sayData:
			if err := keep(*part, b[1:]); err != nil {
				c.kill()
				c = nil
				return "", used, err
			}
			part = nil
		default:
			if err = json.Unmarshal(b[1:], into); err == nil {
				c.served++
				return "", used, nil
			}
		}
		if err != nil { // a child that talks nonsense is not believed again
			break
		}
	}
	c.kill()
	said := c.said.String()
	c = nil
	if w.end() || strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory") {
		return TooLarge, used, nil
	}
	return Crashed, used, nil
}

// talk sends a request and passes on what the child says, until it has given its
// answer; nil where it says nothing any more.
func (c *child) talk(q request, frames chan<- []byte, stop <-chan struct{}) {
	sent := make(chan error, 1)
	go func() { sent <- q.send(c.in, c.shared) }()
	for {
		b, err := readFrame(c.out, maxOutput+MaxFile)
		if err != nil {
			b = nil
		}
		select {
		case frames <- b:
		case <-stop:
			return
		}
		if len(b) == 0 || b[0] == sayAnswer {
			break
		}
	}
	<-sent
}
