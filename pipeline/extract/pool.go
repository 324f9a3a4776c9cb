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
	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/confine"
	"kheo/pipeline/extract/internal/pdfpages"
	"math"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

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
		if c, err = o.startOne(); err == nil || errors.Is(err, confine.ErrUnconfined) {
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
	cmd.Env = append(o.env(), childEnv+"=1", cacheEnv+"="+pdfpages.CacheDir(), "GOMAXPROCS=1", "GOTRACEBACK=none")
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
	c := &child{cmd: cmd, shared: shared, in: in, out: bufio.NewReaderSize(out, 1<<16), said: limited{most: 2000}}
	cmd.Stderr = &c.said
	if err := cmd.Start(); err != nil {
		shared.Close()
		return nil, fmt.Errorf("starting a reading process: %w", err)
	}
	if _, err := readFrame(c.out, 16); err != nil { // ready
		c.kill()
		if cmd.ProcessState.ExitCode() == confine.ExitUnconfined {
			return nil, confine.Unconfined(strings.TrimSpace(c.said.String()))
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
	return res.Error == Crashed || res.Error == Timeout || res.Error == TooLarge && res.Detail == confine.TooMuchMemory
}

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
			res.Detail = confine.TooMuchMemory
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
	if c != nil && (fresh || c.served >= 400 || confine.ResidentMemory(c.cmd.Process.Pid) > confine.MaxIdle) {
		c.kill()
		c = nil
	}
	if c == nil {
		if c, err = p.start(); err != nil {
			return "", used, err
		}
	}
	used = c.served > 0
	w := confine.WatchMemory(c.cmd)
	defer w.End()
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
	if w.End() || strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory") {
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

// Picture renders one page (from 1) of a PDF or an image file, turned by quarter
// turns to the right. A page that can't be rendered has its Error set.
func (p *Pool) Picture(ctx context.Context, data []byte, page, turn int) (Picture, error) {
	var pic Picture
	why, err := p.ask(ctx, request{what: askPicture, page: page, turn: turn, data: bytes.NewReader(data), size: len(data)}, &pic, nil)
	if why != "" {
		pic = Picture{Error: why}
	}
	return pic, err
}

// probe has a reading child try.
func (p *Pool) probe(ctx context.Context, t confine.Targets) (open confine.Open, err error) {
	b, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	why, err := p.ask(ctx, request{what: askProbe, data: bytes.NewReader(b), size: len(b)}, &open, nil)
	if why != "" {
		err = fmt.Errorf("a reading process that tried its confinement ended: %s", why)
	}
	return open, err
}

// ReadOld reads a file of an old Office program by way of LibreOffice.
func (p *Pool) ReadOld(ctx context.Context, office *Office, data []byte, keep Keep) (Result, error) {
	typ := Sniff(data)
	converted, err := office.Convert(ctx, data)
	if errors.Is(err, errMemory) {
		return Result{Type: typ, Error: TooLarge, Detail: confine.TooMuchMemory}, nil
	}
	if err != nil {
		return Result{}, err
	}
	if converted == nil {
		return Result{Type: typ, Error: Damaged, Detail: "LibreOffice cannot open it"}, nil
	}
	res, err := p.Read(ctx, converted, keep)
	res.Type = typ
	for i := range res.Pages {
		res.Pages[i].Reader += "/libreoffice"
	}
	return res, err
}

// View renders a page (from 1) of a PDF or an image file in colour. Where scanned is not nil
// the page is shown as OCR saw it, and its words are those that OCR read.
func (p *Pool) View(ctx context.Context, data []byte, page int, scanned *OCRPage) (View, error) {
	var v View
	turn := 0
	if scanned != nil {
		turn = scanned.Turn | levelBit
	}
	why, err := p.ask(ctx, request{what: askView, page: page, turn: turn, data: bytes.NewReader(data), size: len(data)}, &v, nil)
	if why != "" {
		v = View{Error: why}
	}
	if scanned != nil && v.Error == "" {
		v.Words = nil
		by := float64(v.Width) / float64(max(1, v.Full)) // what the words were measured in is larger
		for _, w := range scanned.Words {
			v.Words = append(v.Words, Word{Text: w.Text, X: int(float64(w.X) * by), Y: int(float64(w.Y) * by), W: int(math.Ceil(float64(w.W) * by)), H: int(math.Ceil(float64(w.H) * by))})
		}
	}
	return v, err
}
