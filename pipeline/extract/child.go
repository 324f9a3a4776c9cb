package extract

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"sync"
	"time"

	"kheo/pipeline/dossier"
)

// childEnv marks a process as a reading child.
const childEnv = "KHEO_READING_CHILD"

// cacheEnv tells a child where compiled WebAssembly is kept.
const cacheEnv = "KHEO_WASM_CACHE"

// MaxOutput is how much a child may answer for one document, in bytes.
const maxOutput = 96 << 20

// RunIfChild turns the process into a reading child, and ends it, where it was
// started as one. Every main and TestMain calls it first.
func RunIfChild() {
	if os.Getenv(childEnv) == "" {
		return
	}
	debug.SetMemoryLimit(1 << 30)
	debug.SetGCPercent(80)
	if err := startPDFium(os.Getenv(cacheEnv)); err != nil {
		fmt.Fprintln(os.Stderr, "kheo: reading child:", err) // the other reader goes on alone
	}
	if err := confine(); err != nil {
		fmt.Fprintln(os.Stderr, "kheo: reading child:", err)
		os.Exit(3)
	}
	in, out := bufio.NewReaderSize(os.Stdin, 1<<16), bufio.NewWriterSize(os.Stdout, 1<<16)
	if writeFrame(out, []byte("ready")) != nil || out.Flush() != nil {
		os.Exit(0)
	}
	for {
		data, err := readFrame(in, MaxFile)
		if err != nil {
			os.Exit(0)
		}
		limitCPU(60)
		b, err := json.Marshal(guarded(data))
		if err != nil || len(b) > maxOutput {
			b, _ = json.Marshal(Result{Type: Sniff(data), Error: TooLarge})
		}
		if writeFrame(out, b) != nil || out.Flush() != nil {
			os.Exit(0)
		}
		debug.FreeOSMemory()
	}
}

// guarded reads a file; a panic of a reader is that file's fault alone.
func guarded(data []byte) (res Result) {
	defer func() {
		if p := recover(); p != nil {
			res = Result{Type: Sniff(data), Error: Damaged, Detail: fmt.Sprint(p)}
		}
	}()
	if beforeReading != nil {
		beforeReading(data)
	}
	return read(data)
}

// beforeReading lets tests misbehave in the child.
var beforeReading func([]byte)

func writeFrame(w io.Writer, b []byte) error {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	if _, err := w.Write(n[:]); err != nil {
		return err
	}
	_, err := w.Write(b)
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
	idle    chan *child
	timeout time.Duration
	mu      sync.Mutex
	closed  bool
}

type child struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	served int
}

// NewPool returns a pool of n children, started when first needed. A document
// may take as long as timeout.
func NewPool(n int, timeout time.Duration) *Pool {
	p := &Pool{idle: make(chan *child, n), timeout: timeout}
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

func start() (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(exe)
	cmd.Env = []string{childEnv + "=1", cacheEnv + "=" + cacheDir(), "GOMAXPROCS=1", "GOTRACEBACK=none", "LANG=C.UTF-8"}
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
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a reading process: %w", err)
	}
	c := &child{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<16)}
	if _, err := readFrame(c.out, 16); err != nil { // ready
		c.kill()
		return nil, errors.New("a reading process did not start; its message stands above")
	}
	return c, nil
}

func (c *child) kill() {
	c.in.Close()
	c.cmd.Process.Kill()
	c.cmd.Wait()
}

// Read reads one file. What is wrong with the file stands in the result; the
// error is for what is wrong with the machine, or a cancelled context.
func (p *Pool) Read(ctx context.Context, data []byte) (Result, error) {
	if len(data) == 0 {
		return Result{Type: typeUnknown, Error: Empty}, nil
	}
	if len(data) > MaxFile {
		return Result{Type: Sniff(data[:4096]), Error: TooLarge, Detail: "more than 200 MB"}, nil
	}
	var c *child
	select {
	case c = <-p.idle:
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	defer func() { p.idle <- c }()
	if c != nil && c.served >= 400 {
		c.kill()
		c = nil
	}
	if c == nil {
		var err error
		if c, err = start(); err != nil {
			return Result{}, err
		}
	}
	type answer struct {
		b   []byte
		err error
	}
	done := make(chan answer, 1)
	cur := c
	go func() {
		if err := writeFrame(cur.in, data); err != nil {
			done <- answer{nil, err}
			return
		}
		b, err := readFrame(cur.out, maxOutput)
		done <- answer{b, err}
	}()
	timer := time.NewTimer(p.timeout)
	defer timer.Stop()
	var why string
	select {
	case a := <-done:
		if a.err == nil {
			var res Result
			if err := json.Unmarshal(a.b, &res); err == nil {
				c.served++
				return res, nil
			}
		}
		why = Crashed
	case <-timer.C:
		why = Timeout
	case <-ctx.Done():
		c.kill()
		c = nil
		return Result{}, ctx.Err()
	}
	c.kill()
	if state := c.cmd.ProcessState; state != nil && state.ExitCode() == 3 {
		c = nil
		return Result{}, errors.New("a reading process could not confine itself; see the message above")
	}
	c = nil
	res := Result{Type: Sniff(data), Error: why, Pages: []dossier.Page{}}
	if why == Timeout {
		res.Detail = p.timeout.String()
	}
	return res, nil
}
