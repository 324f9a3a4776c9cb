package extract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// What a probe tries, by kind.
const (
	probeFiles     = "files"
	probeNetwork   = "network"
	probeSockets   = "sockets"
	probeProcesses = "processes"
	probeSignals   = "signals"
	probeMemory    = "memory"
	probeKernel    = "kernel"
)

// ProbeKinds are the kinds of things that confinement closes, in the order in which they are told.
var ProbeKinds = []string{probeFiles, probeNetwork, probeSockets, probeProcesses, probeSignals, probeMemory, probeKernel}

// probeTargets are what a probe tries to reach.
type probeTargets struct {
	Read    []string `json:"read"`
	Write   []string `json:"write"`
	Sockets []string `json:"sockets"` // paths; an abstract name begins with @
}

// probeResult is what a probe could do, by kind.
type probeResult map[string][]string

// probeArg makes a confined kheo a probe in place of a program. Outside confinement it does the same
// and harms nothing.
const probeArg = "probe-confinement"

// becomeProbe tries what its argument says, and prints what is open.
func becomeProbe(arg string) {
	var t probeTargets
	if json.Unmarshal([]byte(arg), &t) != nil {
		os.Exit(2)
	}
	b, err := json.Marshal(tryAll(t))
	if err != nil {
		os.Exit(1)
	}
	os.Stdout.Write(b)
	os.Exit(0)
}

// probe has a reading child try.
func (p *Pool) probe(ctx context.Context, t probeTargets) (open probeResult, err error) {
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

// probe has this program try in the place of tesseract, or, with a folder, of LibreOffice.
func (o options) probe(ctx context.Context, dir string, t probeTargets) (open probeResult, err error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arg, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	cmd := o.confined(ctx, exe, dir, probeArg, string(arg))
	var out, said limited
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := runConfined(cmd, &said); err != nil {
		if errors.Is(err, ErrUnconfined) {
			return nil, err
		}
		return nil, fmt.Errorf("trying the confinement of programs: %w: %s", err, said.String())
	}
	return open, json.Unmarshal(out.Bytes(), &open)
}

// Confined is what a kind of reader could still do when it was tried.
type Confined struct {
	Reader string              `json:"reader"` // "reading process", "tesseract", "LibreOffice"
	Open   map[string][]string `json:"open"`   // by kind; what is missing here was refused
	Error  string              `json:"error,omitempty"`
}

// LandlockVersion is the version of Landlock that the kernel has and that is used; 0 where it has none.
func LandlockVersion() int { return landlockABI() }

// TryConfinement has one process of each kind of reader try everything that confinement closes. The
// files that it tries to reach are of its own making, beside the temporary files of other programs.
func TryConfinement(ctx context.Context, opts ...Option) ([]Confined, error) {
	dir, err := os.MkdirTemp("", "kheo-probe-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	secret, private := filepath.Join(dir, "secret"), filepath.Join(dir, "private")
	if err := os.WriteFile(secret, []byte("not to be read"), 0o600); err != nil {
		return nil, err
	}
	if err := os.Mkdir(private, 0o700); err != nil {
		return nil, err
	}
	t := probeTargets{Read: []string{secret, "/etc/passwd", "/proc/self/environ"}, Write: []string{secret}}
	for _, name := range []string{filepath.Join(dir, "socket"), "@" + filepath.Base(dir)} {
		if l, err := net.Listen("unix", name); err == nil {
			defer l.Close()
			t.Sockets = append(t.Sockets, name)
		}
	}
	pool := NewPool(1, officeTimeout, opts...)
	defer pool.Close()
	o := chosen(opts)
	out := []Confined{{Reader: "reading process"}, {Reader: "tesseract"}, {Reader: "LibreOffice"}}
	for i, try := range []func() (probeResult, error){
		func() (probeResult, error) { return pool.probe(ctx, t) },
		func() (probeResult, error) { return o.probe(ctx, "", t) },
		func() (probeResult, error) { return o.probe(ctx, private, t) },
	} {
		open, err := try()
		if out[i].Open = open; err != nil {
			out[i].Error = err.Error()
		}
	}
	return out, nil
}
