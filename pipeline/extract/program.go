package extract

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Programs of others that read foreign bytes are started through a process of
// kheo's own, which takes away from itself what they don't need and then becomes
// them.
const (
	programEnv    = "KHEO_CONFINED_PROGRAM"
	programDirEnv = "KHEO_CONFINED_DIR"
)

// confined runs a program that may write in dir alone, which may be "".
func confined(ctx context.Context, path, dir string, args ...string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		exe = "/proc/self/exe"
	}
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = []string{programEnv + "=" + path, programDirEnv + "=" + dir, "OMP_THREAD_LIMIT=1", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"}
	if data := os.Getenv("TESSDATA_PREFIX"); data != "" {
		cmd.Env = append(cmd.Env, "TESSDATA_PREFIX="+data)
	}
	cmd.Dir = "/"
	if dir != "" {
		cmd.Dir = dir
		cmd.Env = append(cmd.Env, "HOME="+dir, "TMPDIR="+dir, "XDG_RUNTIME_DIR="+dir, "XDG_CACHE_HOME="+dir, "SAL_USE_VCLPLUGIN=svp")
	}
	detach(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// becomeProgram is the other half of confined.
func becomeProgram(path string) {
	dir, memory, cpu := os.Getenv(programDirEnv), uint64(3<<30), uint64(120)
	if dir != "" {
		memory, cpu = 8<<30, 240
	}
	if err := confineProgram(dir, memory, cpu); err != nil {
		fmt.Fprintln(os.Stderr, "confining", path+":", err)
		os.Exit(3)
	}
	env := slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "KHEO_") })
	err := replaceProcess(path, append([]string{path}, os.Args[1:]...), env)
	fmt.Fprintln(os.Stderr, "starting", path+":", err)
	os.Exit(3)
}

// limited keeps the beginning of what is written to it: so many bytes, or 64 MB. It holds its buffer
// and is none: one that reads by itself (io.ReaderFrom) would read past the limit.
type limited struct {
	kept bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	left := max(0, cmp.Or(l.most, 64<<20)-l.kept.Len())
	l.kept.Write(p[:min(len(p), left)])
	return len(p), nil
}

func (l *limited) Bytes() []byte  { return l.kept.Bytes() }
func (l *limited) String() string { return l.kept.String() }

// Office is LibreOffice, which turns the formats of old Office programs into
// those that kheo reads.
type Office struct {
	path    string
	Version string
}

// officeTimeout is how long LibreOffice may take for one file, and to start.
const officeTimeout = 60 * time.Second

// FindOffice looks for LibreOffice. It returns nil, and why, where there is none
// that works.
func FindOffice(ctx context.Context) (*Office, error) {
	for _, name := range []string{"soffice", "libreoffice", "/usr/lib/libreoffice/program/soffice", "/opt/libreoffice/program/soffice"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		return &Office{path: path, Version: fmt.Sprintf("%s of %s", path, info.ModTime().UTC().Format("2006-01-02"))}, nil
	}
	return nil, errors.New("LibreOffice is not installed")
}

// officeTargets are what LibreOffice turns a type into.
var officeTargets = map[string]string{typeDOC: "docx", typeXLS: "xlsx", typePPT: "pptx"}

var officeEndings = map[string]string{typeDOC: "doc", typeXLS: "xls", typePPT: "ppt", typeDOCX: "docx", typeXLSX: "xlsx", typePPTX: "pptx", typeODT: "odt", typeODS: "ods", typeODP: "odp", typeRTF: "rtf"}

// Printable reports whether LibreOffice prints files of a type.
func Printable(typ string) bool { return officeEndings[typ] != "" }

// Viewable reports whether files of a type are images of pages, or have them.
func Viewable(typ string) bool { return typ == typePDF || strings.HasPrefix(typ, "image/") }

// Convert turns one file of an old Office program into its successor's format.
// An error of the machine is returned as such; a file that LibreOffice does not
// take gives nil.
func (o *Office) Convert(ctx context.Context, data []byte) ([]byte, error) {
	typ := Sniff(data)
	return o.turn(ctx, data, officeEndings[typ], officeTargets[typ])
}

// Print prints a document to PDF; nil where LibreOffice does not take it.
func (o *Office) Print(ctx context.Context, data []byte) ([]byte, error) {
	return o.turn(ctx, data, officeEndings[Sniff(data)], "pdf")
}

func (o *Office) turn(ctx context.Context, data []byte, ending, target string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "kheo-office-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in := filepath.Join(dir, "in."+ending)
	if err := os.WriteFile(in, data, 0o600); err != nil {
		return nil, err
	}
	ran, err := o.run(ctx, officeTimeout, dir, target, in)
	if err != nil {
		return nil, err
	}
	out, err := os.ReadFile(filepath.Join(dir, "out", "in."+target))
	if err != nil || !ran && len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// run lets LibreOffice turn files of a folder into another format, in its folder out. ran says
// whether it ended well.
func (o *Office) run(ctx context.Context, most time.Duration, dir, target string, in ...string) (ran bool, err error) {
	limit, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	cmd := confined(limit, o.path, dir, append([]string{"--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck",
		"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--convert-to", target, "--outdir", filepath.Join(dir, "out")}, in...)...)
	var said limited
	cmd.Stdout, cmd.Stderr = &said, &said
	err = cmd.Run()
	killGroup(cmd)
	sweepSockets()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 3 {
		return false, fmt.Errorf("LibreOffice could not be confined: %s", strings.TrimSpace(said.String()))
	}
	return err == nil, nil
}

// PDF prints Word documents to PDF, all in one go.
func (o *Office) PDF(ctx context.Context, docs [][]byte) ([][]byte, error) {
	dir, err := os.MkdirTemp("", "kheo-office-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var in []string
	for i, b := range docs {
		path := filepath.Join(dir, fmt.Sprintf("%d.docx", i))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return nil, err
		}
		in = append(in, path)
	}
	if _, err := o.run(ctx, officeTimeout+time.Duration(len(docs))*5*time.Second, dir, "pdf", in...); err != nil {
		return nil, err
	}
	var out [][]byte
	for i := range docs {
		b, err := os.ReadFile(filepath.Join(dir, "out", fmt.Sprintf("%d.pdf", i)))
		if err != nil {
			return nil, errors.New("LibreOffice could not print the document; `kheo doctor` tells whether it works")
		}
		out = append(out, b)
	}
	return out, nil
}

// sweepSockets removes the sockets that a confined LibreOffice could make but not
// remove: those on which nobody listens any more.
func sweepSockets() {
	left, err := filepath.Glob(fmt.Sprintf("/tmp/OSL_PIPE_%d_*", os.Getuid()))
	if err != nil {
		return
	}
	for _, path := range left {
		c, err := net.DialTimeout("unix", path, time.Second)
		if err == nil {
			c.Close()
		} else if errors.Is(err, syscall.ECONNREFUSED) {
			os.Remove(path)
		}
	}
}

// ReadOld reads a file of an old Office program by way of LibreOffice.
func (p *Pool) ReadOld(ctx context.Context, office *Office, data []byte, keep Keep) (Result, error) {
	typ := Sniff(data)
	converted, err := office.Convert(ctx, data)
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
