package extract

import (
	"context"
	"errors"
	"fmt"
	"kheo/pipeline/extract/internal/confine"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Office is LibreOffice, which turns the formats of old Office programs into
// those that kheo reads.
type Office struct {
	options
	path    string // of soffice.bin: the programs around it start processes, which it may not
	Version string
}

// officeTimeout is how long LibreOffice may take for one file, and to start.
const officeTimeout = 60 * time.Second

// FindOffice looks for LibreOffice. It returns nil, and why, where there is none
// that works.
func FindOffice(_ context.Context, opts ...Option) (*Office, error) {
	wrapper := ""
	for _, name := range []string{"soffice", "libreoffice", "/usr/lib/libreoffice/program/soffice",
		"/usr/lib64/libreoffice/program/soffice", "/opt/libreoffice/program/soffice"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		bin := filepath.Join(filepath.Dir(path), "soffice.bin")
		info, err := os.Stat(bin)
		if err != nil {
			wrapper = path
			continue
		}
		return &Office{options: chosen(opts), path: bin, Version: fmt.Sprintf("%s of %s", path, info.ModTime().UTC().Format("2006-01-02"))}, nil
	}
	if wrapper != "" {
		return nil, fmt.Errorf("%s starts LibreOffice from elsewhere (a snap or flatpak), where it cannot be confined", wrapper)
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
	out, err := readOutput(filepath.Join(dir, "out", "in."+target))
	if err != nil || !ran && len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// readOutput reads a file that LibreOffice was to make: no link, and of a size that kheo accepts.
func readOutput(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > MaxFile {
		return nil, fmt.Errorf("%s is no file of at most %d MB", filepath.Base(path), MaxFile>>20)
	}
	return os.ReadFile(path)
}

// LibreOffice ends with these after it has made its profile, and wants to be started once more.
const officeRestart, officeRestartCrashed = 81, 79

// run lets LibreOffice turn files of a folder into another format, in its folder out. ran says
// whether it ended well.
func (o *Office) run(ctx context.Context, most time.Duration, dir, target string, in ...string) (ran bool, err error) {
	limit, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for range 3 {
		cmd := o.confined(limit, o.path, dir, append([]string{"--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck",
			"-env:UserInstallation=file://" + filepath.Join(dir, "profile"),
			"--convert-to", target, "--outdir", filepath.Join(dir, "out")}, in...)...)
		var said limited
		cmd.Stdout, cmd.Stderr = &said, &said
		err = runConfined(cmd, &said)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if errors.Is(err, errMemory) || errors.Is(err, confine.ErrUnconfined) {
			return false, err
		}
		if cmd.ProcessState == nil {
			return false, err
		}
		if code := cmd.ProcessState.ExitCode(); code != officeRestart && code != officeRestartCrashed {
			break
		}
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
		b, err := readOutput(filepath.Join(dir, "out", fmt.Sprintf("%d.pdf", i)))
		if err != nil {
			return nil, errors.New("LibreOffice could not print the document; `kheo doctor` tells whether it works")
		}
		out = append(out, b)
	}
	return out, nil
}
