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
	"strings"
	"sync"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/confine"
	"kheo/pipeline/extract/internal/pdfpages"
)

// Pool reads files in child processes, several at once. NewPool makes one; Close ends its children. Its
// methods may be called concurrently: a call waits until a child is idle.
type Pool struct {
	options
	idle    chan *child   // started children that wait; their number and that of unused is at most the pool's
	unused  chan struct{} // one for each child that may still be started
	timeout time.Duration // for each frame that a child sends
	mu      sync.Mutex
	closed  bool
}

// inMemory is the size, in bytes, up to which an archive is sent to a child. A larger one is written to a
// file that the child shares with its parent: it has no name, and the child can only read it. So neither
// process holds it in memory.
const inMemory = 32 << 20

// child is a reading process as its parent sees it.
type child struct {
	cmd    *exec.Cmd
	shared *os.File
	in     io.WriteCloser
	out    *bufio.Reader
	said   limited // the beginning of its standard error
	served int
	pdfium bool // it has started PDFium
}

// NewPool returns a pool of n children, which are started when first needed. A child that is silent for
// longer than timeout is killed, and its document has the reason Timeout; if the child works, its time is that of a
// processor, so that it does not depend on what else the machine does.
func NewPool(n int, timeout time.Duration, opts ...Option) *Pool {
	p := &Pool{options: chosen(opts), idle: make(chan *child, n), unused: make(chan struct{}, n), timeout: timeout}
	for range n {
		p.unused <- struct{}{}
	}
	return p
}

// startAfter is how long a request waits for a child that is at work before another is started. Starting one with
// PDFium takes a tenth of a second of a processor, and most documents are read in a hundredth: a few documents are all
// read by the first child, and a long queue has every child after this time.
const startAfter = 200 * time.Millisecond

// take returns an idle child, or nil if the caller is to start one. The caller gives it back by give.
func (p *Pool) take(ctx context.Context) (*child, error) {
	select {
	case c := <-p.idle:
		return c, nil
	default:
	}
	wait := startAfter
	if len(p.unused) == cap(p.unused) {
		wait = 0 // no child is at work
	}
	patience := time.NewTimer(wait)
	defer patience.Stop()
	var unused <-chan struct{}
	for {
		select {
		case c := <-p.idle:
			return c, nil
		case <-patience.C:
			unused = p.unused
		case <-unused:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Warm starts a child, if none is started yet, so that the first who asks does not wait for it. An error is that of the
// first request, too.
func (p *Pool) Warm(ctx context.Context) error {
	select {
	case <-p.unused:
	default:
		return nil
	}
	if len(p.idle) > 0 || ctx.Err() != nil {
		p.give(nil)
		return ctx.Err()
	}
	c, err := p.start(ctx, false)
	p.give(c)
	return err
}

// give gives back what take returned, or the child that was started instead; nil for one that was killed.
func (p *Pool) give(c *child) {
	if c == nil {
		p.unused <- struct{}{}
		return
	}
	p.idle <- c
}

// Close ends the children. It waits for documents that are being read.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	for range cap(p.idle) {
		select {
		case c := <-p.idle:
			c.kill()
		case <-p.unused:
		}
	}
}

// startTime is how long a child may take to say that it is ready. Compiling PDFium on a machine with much else to do
// takes a minute.
const startTime = 5 * time.Minute

// start starts a child. A child that does not come up is tried three times, unless ctx has ended: it has read nothing
// so far.
func (o options) start(ctx context.Context, pdfium bool) (c *child, err error) {
	for range 3 {
		if c, err = o.startOne(ctx, pdfium); err == nil || errors.Is(err, confine.ErrUnconfined) || ctx.Err() != nil {
			return c, err
		}
	}
	return nil, err
}

// startOne starts a child, and waits until it has confined itself and says so, at most for startTime and until ctx
// ends. Its environment and working folder are not those of kheo, and it inherits nothing but its three standard
// streams and the shared file. pdfium says whether it starts PDFium before.
func (o options) startOne(ctx context.Context, pdfium bool) (*child, error) {
	exe, err := executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe)
	cmd.Env = append(o.env(), childEnv+"=1", cacheEnv+"="+pdfpages.CacheDir(), "GOMAXPROCS=1",
		"GOTRACEBACK=none")
	if pdfium {
		cmd.Env = append(cmd.Env, pdfiumEnv+"=1")
	}
	cmd.Dir = "/"
	confine.Detach(cmd)
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
	c := &child{cmd: cmd, shared: shared, in: in, out: bufio.NewReaderSize(out, 1<<16),
		said: limited{most: 2000}, pdfium: pdfium}
	cmd.Stderr = &c.said
	if err := cmd.Start(); err != nil {
		shared.Close()
		return nil, fmt.Errorf("starting a reading process: %w", err)
	}
	if o.yielding {
		confine.Yield(cmd.Process.Pid)
	}
	waiting, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	waited := context.AfterFunc(waiting, func() { cmd.Process.Kill() })
	_, err = readFrame(c.out, 16) // ready
	if !waited() {
		c.kill()
		return nil, fmt.Errorf("starting a reading process: %w", waiting.Err())
	}
	if err != nil {
		c.kill()
		if cmd.ProcessState.ExitCode() == confine.ExitUnconfined {
			return nil, confine.Unconfined(strings.TrimSpace(c.said.String()))
		}
		return nil, fmt.Errorf("a reading process did not start (%v): %s", cmd.ProcessState,
			cmp.Or(strings.Join(strings.Fields(c.said.String()), " "), "it said nothing"))
	}
	return c, nil
}

// kill ends a child and waits until it is gone.
func (c *child) kill() {
	c.in.Close()
	c.cmd.Process.Kill()
	c.cmd.Wait()
	c.shared.Close()
}

// Keep receives the files that are inside another, one after the other. An error ends the reading.
type Keep func(Part, []byte) error

// Read reads one file, and hands the files inside it to keep, which may be nil. Problems of the file are
// in the result. The error is for problems of the machine (ErrUnconfined, starting a child), a cancelled
// context, and what keep returned.
//
// A PDF that ends its child is read again with each of the two PDF readers alone; parts that were handed
// over before are not handed over again.
func (p *Pool) Read(ctx context.Context, data []byte, keep Keep) (Result, error) {
	if len(data) == 0 {
		return Result{Type: typeUnknown, Error: Empty}, nil
	}
	if len(data) > MaxFile {
		return Result{Type: Sniff(data[:4096]), Error: TooLarge, Detail: fmt.Sprintf("more than %d MB",
			MaxFile>>20)}, nil
	}
	ask := request{what: askRead, size: len(data), head: data[:min(len(data), 4096)]}
	var res, first Result
	handed := 0 // parts handed over: a second child finds the same parts first
	for _, ask.turn = range []int{pdfpages.BothReaders, pdfpages.OnlyPDFium, pdfpages.OnlyOwn} {
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
				return first, nil // the first reason says more
			}
			return res, nil
		}
		if first.Error == "" {
			first = res
		}
	}
	return res, nil
}

// died reports whether the child that read a file ended before it answered.
func died(res Result) bool {
	return res.Error == Crashed || res.Error == Timeout || res.Error == TooLarge &&
		res.Detail == confine.TooMuchMemory
}

// Unpack hands every file of an archive of size bytes to keep. If the result's type is not an archive,
// nothing was handed over. Errors are as those of Read.
func (p *Pool) Unpack(ctx context.Context, r io.Reader, size int64, keep Keep) (Result, error) {
	if size > MaxArchive {
		return Result{Error: TooLarge, Detail: fmt.Sprintf("more than %d MB", MaxArchive>>20)}, nil
	}
	return p.result(ctx, request{what: askUnpack, data: r, size: int(size)}, keep)
}

// result asks for a Result; the end of a child becomes its reason.
func (p *Pool) result(ctx context.Context, ask request, keep Keep) (Result, error) {
	var res Result
	why, err := p.ask(ctx, ask, &res, keep)
	if why != "" {
		res = Result{Type: Sniff(ask.head), Error: why, Pages: []dossier.Page{}}
		switch why {
		case Timeout:
			res.Detail = p.timeout.String()
		case TooLarge:
			res.Detail = confine.TooMuchMemory
		}
	}
	return res, err
}

// request is what a child is asked for.
type request struct {
	what       byte
	page, turn int // of a picture; of askRead, turn is which PDF readers read
	data       io.Reader
	size       int
	head       []byte // the beginning of data, for the type of a file that ends its child
}

// send writes a request to a child's standard input, or a large archive to the shared file. The file is
// copied from where q.data is, so it may be sent only once.
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

// ask has a child do something and decodes its answer into into. why is a reason if the child ended
// before it answered.
//
// A file that takes too much memory is given to a new child once more, unless the first child was new:
// whether a file can be read must not depend on the files before it.
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
		once := func(part Part, b []byte) error { // a second child finds the same parts first
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

// askOnce asks one child, a new one if fresh is set. used reports whether the child had read something
// before. A child that does not answer properly is killed and replaced when it is next needed.
func (p *Pool) askOnce(
	ctx context.Context, q request, into any, keep Keep, fresh bool,
) (why string, used bool, err error) {
	c, err := p.take(ctx)
	if err != nil {
		return "", false, err
	}
	defer func() { p.give(c) }()
	if c, err = p.ready(ctx, c, fresh, needsPDFium(q.what, q.turn, q.head)); err != nil {
		return "", false, err
	}
	used = c.served > 0
	w := confine.WatchMemory(c.cmd)
	defer w.End()
	if why, err = c.converse(ctx, q, into, keep, p.timeout); why == "" && err == nil {
		c.served++
		return "", used, nil
	}
	c.kill()
	said := c.said.String()
	c = nil
	if why == Crashed && (w.End() || outOfMemory(said)) {
		why = TooLarge
	}
	return why, used, err
}

// maxServed is the number of requests after which a child is replaced: what libraries leak, and what a
// document may have changed in it, does not last.
const maxServed = 400

// ready returns a running child: c, unless it is nil, has served long, or holds much memory, or a fresh
// one is asked for. On an error it returns nil.
//
// A child is started without PDFium until it is needed: a campaign without PDFs never pays for it. A child with it
// is replaced by one with it.
func (p *Pool) ready(ctx context.Context, c *child, fresh, pdfium bool) (*child, error) {
	if c != nil && (fresh || c.served >= maxServed || pdfium && !c.pdfium ||
		confine.ResidentMemory(c.cmd.Process.Pid) > confine.MaxIdle) {
		pdfium = pdfium || c.pdfium
		c.kill()
		c = nil
	}
	if c != nil {
		return c, nil
	}
	return p.start(ctx, pdfium)
}

// outOfMemory reports whether the last words of a child are those of the Go runtime without memory.
func outOfMemory(said string) bool {
	return strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory")
}

// converse sends a request and receives its parts and its answer, which it decodes into into. why is
// Timeout if the child sends nothing for that long, and Crashed if it ends or its frames make no sense.
func (c *child) converse(
	ctx context.Context, q request, into any, keep Keep, timeout time.Duration,
) (why string, err error) {
	frames, stop := make(chan []byte), make(chan struct{})
	defer close(stop)
	go c.talk(q, frames, stop)
	var part *Part // whose bytes come next
	for {
		b, why, err := c.nextFrame(ctx, frames, timeout)
		if why != "" || err != nil {
			return why, err
		}
		if len(b) == 0 || b[0] == sayData && part == nil {
			return Crashed, nil
		}
		switch b[0] {
		case sayPart:
			part = &Part{}
			if json.Unmarshal(b[1:], part) != nil {
				return Crashed, nil
			}
		case sayData:
			if err := keep(*part, b[1:]); err != nil {
				return "", err
			}
			part = nil
		default:
			if json.Unmarshal(b[1:], into) != nil {
				return Crashed, nil
			}
			return "", nil
		}
	}
}

// A child on a busy machine is waited for longer than its time, as long as it works: otherwise the same file would be
// read another way, or not at all, depending on what else the machine does.
const (
	patience = 10 // times the timeout at most
	working  = 50 // a child works if it had more than this part of the time of a processor
)

// nextFrame waits for a frame; why is Timeout if none comes in a time of a processor, or of the clock while the child
// does not work, err that of a cancelled context.
func (c *child) nextFrame(ctx context.Context, frames <-chan []byte, timeout time.Duration) (b []byte, why string,
	err error) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	begin := confine.ProcessorTime(c.cmd.Process.Pid)
	before := begin
	for round := 1; ; round++ {
		select {
		case b = <-frames:
			return b, "", nil
		case <-timer.C:
			now := confine.ProcessorTime(c.cmd.Process.Pid)
			if round == patience || now-begin >= timeout*9/10 || now-before <= timeout/working {
				return nil, Timeout, nil
			}
			before = now
			timer.Reset(timeout)
		case <-ctx.Done():
			return nil, "", ctx.Err()
		}
	}
}

// talk sends a request and passes on the child's frames up to its answer; nil if the child ends before. It
// sends and receives at the same time: a child may send parts before it has read the request to its end. It
// returns when stop is closed.
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
