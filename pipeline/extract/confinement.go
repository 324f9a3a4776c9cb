package extract

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kheo/pipeline/extract/internal/confine"
)

// Option says how the readers of foreign files are started.
type Option func(*options)

// options holds the choices of Options; its methods start confined processes.
type options struct {
	reduced  bool
	yielding bool
}

// Reduced accepts readers that are confined only as far as this machine can: `readers: { confinement:
// reduced }` in kheo.yaml. Without it nothing is read on such a machine.
func Reduced(accepted bool) Option { return func(o *options) { o.reduced = accepted } }

// Yielding has processes leave the processors and the disk to others that want them: they are at work for a run, and no
// person waits for them.
func Yielding() Option { return func(o *options) { o.yielding = true } }

// chosen applies options to the defaults.
func chosen(opts []Option) (o options) {
	for _, f := range opts {
		f(&o)
	}
	return o
}

// reducedEnv informs a child that reduced confinement is accepted. The parent sets it from its own
// options: children inherit nothing of kheo's environment.
const reducedEnv = "KHEO_CONFINEMENT_REDUCED"

// reducedChild reports, in a child, whether reduced confinement is accepted.
func reducedChild() bool { return os.Getenv(reducedEnv) == "1" }

// childTestEnv is added to the environment of children by tests.
var childTestEnv []string

// env returns the whole environment of a child.
func (o options) env() []string {
	env := append([]string{"LANG=C.UTF-8"}, childTestEnv...)
	if o.reduced {
		env = append(env, reducedEnv+"=1")
	}
	return env
}

// probeArg makes a process probe its confinement in place of a program. Outside confinement it does the
// same, without harm.
const probeArg = "probe-confinement"

// becomeProbe tries the targets in its argument, and prints what is open.
func becomeProbe(arg string) {
	var t confine.Targets
	if json.Unmarshal([]byte(arg), &t) != nil {
		os.Exit(2)
	}
	b, err := json.Marshal(confine.Try(t))
	if err != nil {
		os.Exit(1)
	}
	os.Stdout.Write(b)
	os.Exit(0)
}

// probe runs a probe in place of tesseract or, with a folder, of LibreOffice.
func (o options) probe(ctx context.Context, dir string, t confine.Targets) (open confine.Open, err error) {
	exe, err := executable()
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
	if err := o.runConfined(cmd, &said); err != nil {
		if errors.Is(err, confine.ErrUnconfined) {
			return nil, err
		}
		return nil, fmt.Errorf("trying the confinement of programs: %w: %s", err, said.String())
	}
	return open, json.Unmarshal(out.Bytes(), &open)
}

// Confined is what a kind of reader could still do when it was tried.
type Confined struct {
	Reader string              `json:"reader"` // "reading process", "tesseract", "LibreOffice"
	Open   map[string][]string `json:"open"`   // by kind; everything else was refused
	Error  string              `json:"error,omitempty"`
}

// LandlockVersion returns the version of Landlock that the kernel has and kheo uses; 0 if there is none.
func LandlockVersion() int { return confine.LandlockABI() }

// TryConfinement lets one process of each kind of reader try everything that confinement closes. The
// files that it tries to reach are made for it, beside the temporary files of other programs.
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
	t := confine.Targets{Read: []string{secret, "/etc/passwd", "/proc/self/environ"}, Write: []string{secret}}
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
	for i, try := range []func() (confine.Open, error){
		func() (confine.Open, error) { return pool.probe(ctx, t) },
		func() (confine.Open, error) { return o.probe(ctx, "", t) },
		func() (confine.Open, error) { return o.probe(ctx, private, t) },
	} {
		open, err := try()
		if out[i].Open = open; err != nil {
			out[i].Error = err.Error()
		}
	}
	return out, nil
}

// Programs that read foreign bytes are started through a process of kheo's own, which confines itself
// and then becomes them.
const (
	programEnv    = "KHEO_CONFINED_PROGRAM"
	programDirEnv = "KHEO_CONFINED_DIR"
)

// confined returns a command for a program that may write only in dir; "" for nowhere.
func (o options) confined(ctx context.Context, path, dir string, args ...string) *exec.Cmd {
	exe, err := executable()
	if err != nil {
		exe = "/proc/self/exe" // runConfined refuses to start it if it could not be confined
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(o.env(), programEnv+"="+path, programDirEnv+"="+dir, "OMP_THREAD_LIMIT=1",
		"PATH=/usr/local/bin:/usr/bin:/bin")
	if data := os.Getenv("TESSDATA_PREFIX"); data != "" {
		cmd.Env = append(cmd.Env, "TESSDATA_PREFIX="+data)
	}
	cmd.Dir = "/"
	if dir != "" {
		cmd.Dir = dir
		cmd.Env = append(cmd.Env, "HOME="+dir, "TMPDIR="+dir, "XDG_RUNTIME_DIR="+dir, "XDG_CACHE_HOME="+dir,
			"SAL_USE_VCLPLUGIN=svp")
	}
	confine.Detach(cmd)
	cmd.Cancel = func() error { return confine.KillGroup(cmd) }
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// errMemory is returned for a file that a program needs too much memory for.
var errMemory = errors.New(confine.TooMuchMemory)

// runConfined runs a command of confined to its end and kills what it started. said receives its
// standard error.
func (o options) runConfined(cmd *exec.Cmd, said *limited) error {
	if _, err := executable(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	if o.yielding {
		confine.Yield(cmd.Process.Pid)
	}
	w := confine.WatchMemory(cmd)
	err := cmd.Wait()
	grew := w.End()
	confine.KillGroup(cmd)
	switch {
	case grew:
		return errMemory
	case cmd.ProcessState.ExitCode() == confine.ExitUnconfined:
		return confine.Unconfined(strings.TrimSpace(said.String()))
	}
	return err
}

// becomeProgram is the other half of confined, in the new process.
func becomeProgram(path string) {
	dir, cpu := os.Getenv(programDirEnv), uint64(120)
	if dir != "" {
		cpu = 240
	}
	if err := confine.Program(path, dir, cpu, reducedChild()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(confine.ExitUnconfined)
	}
	env := slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "KHEO_") })
	err := confine.Replace(path, append([]string{path}, os.Args[1:]...), env)
	fmt.Fprintln(os.Stderr, "starting", path+":", err)
	os.Exit(3)
}

// limited keeps the first most bytes written to it; 64 MB if most is 0. It does not embed its buffer:
// io.Copy would use the buffer's ReadFrom and read past the limit.
type limited struct {
	kept bytes.Buffer
	most int
}

// Write keeps what there is room for, and never fails: a program that writes without end must not notice.
func (l *limited) Write(p []byte) (int, error) {
	left := max(0, cmp.Or(l.most, 64<<20)-l.kept.Len())
	l.kept.Write(p[:min(len(p), left)])
	return len(p), nil
}

// Bytes returns what was kept.
func (l *limited) Bytes() []byte { return l.kept.Bytes() }

// String returns what was kept.
func (l *limited) String() string { return l.kept.String() }

// ErrUnconfined is the error of every read on a machine that cannot confine the readers; errors.Is finds it.
var ErrUnconfined = confine.ErrUnconfined

// CanConfine returns an error that wraps ErrUnconfined, and says what the kernel lacks, if readers of
// foreign files cannot be confined fully. Each reading process checks again for itself.
func CanConfine() error { return confine.CanConfine() }

// ProbeKinds lists the kinds of access that confinement closes, in the order in which they are reported.
var ProbeKinds = confine.ProbeKinds

// probe lets a reading child try.
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
