package extract

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kheo/pipeline/extract/internal/confine"
)

// Office is LibreOffice, which converts the formats of old Office programs into those that kheo reads,
// and prints documents to PDF. It runs confined, with a private folder per call.
type Office struct {
	options
	path    string // of soffice.bin: its wrappers start processes, which confinement forbids
	Version string
}

// officeTimeout is the maximum time for LibreOffice to start and process one file.
const officeTimeout = 60 * time.Second

// FindOffice looks for LibreOffice. It returns nil and the reason if there is none that works. The wrapper
// script on PATH leads to the folder with soffice.bin, which is what runs; a snap or a flatpak has none.
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
		return &Office{options: chosen(opts), path: bin, Version: fmt.Sprintf("%s of %s", path,
			info.ModTime().UTC().Format("2006-01-02"))}, nil
	}
	if wrapper != "" {
		return nil, fmt.Errorf("%s starts LibreOffice from elsewhere (a snap or flatpak), where it cannot be confined",
			wrapper)
	}
	return nil, errors.New("LibreOffice is not installed")
}

// officeTargets are the formats into which old formats are converted.
var officeTargets = map[string]string{typeDOC: "docx", typeXLS: "xlsx", typePPT: "pptx"}

// officeEndings are the file name endings by which LibreOffice recognises formats.
var officeEndings = map[string]string{typeDOC: "doc", typeXLS: "xls", typePPT: "ppt", typeDOCX: "docx",
	typeXLSX: "xlsx", typePPTX: "pptx", typeODT: "odt", typeODS: "ods", typeODP: "odp", typeRTF: "rtf"}

// Printable reports whether LibreOffice prints files of a media type.
func Printable(typ string) bool { return officeEndings[typ] != "" }

// IsPDF reports whether a media type is that of PDF.
func IsPDF(typ string) bool { return typ == typePDF }

// Viewable reports whether files of a media type are images of pages, or contain them.
func Viewable(typ string) bool { return typ == typePDF || strings.HasPrefix(typ, "image/") }

// Convert converts a file of an old Office program into its successor's format. The error is for
// problems of the machine; it returns nil for a file that LibreOffice rejects.
func (o *Office) Convert(ctx context.Context, data []byte) ([]byte, error) {
	typ := Sniff(data)
	return o.turn(ctx, data, officeEndings[typ], officeTargets[typ])
}

// Print prints a document to PDF; nil if LibreOffice rejects it.
func (o *Office) Print(ctx context.Context, data []byte) ([]byte, error) {
	return o.turn(ctx, data, officeEndings[Sniff(data)], "pdf")
}

// turn converts one file in a new private folder, which is removed with everything that LibreOffice leaves
// there. It returns nil for a file that LibreOffice rejects or cannot convert.
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

// readOutput reads a file that LibreOffice was to make: it must be a regular file of at most MaxFile bytes.
// A LibreOffice that a document has taken over might leave a link to another file there, or fill the disk.
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

// LibreOffice ends with one of these exit statuses after it has made its profile, and must be started
// again.
const officeRestart, officeRestartCrashed = 81, 79

// run converts files in a folder into another format, in the subfolder out. ran reports whether LibreOffice
// ended well. It is started up to three times: the first start with a new profile ends with officeRestart.
func (o *Office) run(ctx context.Context, most time.Duration, dir, target string, in ...string) (ran bool,
	err error) {
	limit, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for range 3 {
		cmd := o.confined(limit, o.path, dir, append([]string{"--headless", "--norestore", "--nologo",
			"--nodefault", "--nolockcheck",
			"-env:UserInstallation=file://" + filepath.Join(dir, "profile"),
			"--convert-to", target, "--outdir", filepath.Join(dir, "out")}, in...)...)
		var said limited
		cmd.Stdout, cmd.Stderr = &said, &said
		err = o.runConfined(cmd, &said)
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

// PDF prints documents to PDF, all in one run. It is an error if one of them is not printed.
func (o *Office) PDF(ctx context.Context, docs [][]byte) ([][]byte, error) {
	out, err := o.PrintAll(ctx, docs)
	if err == nil && slices.ContainsFunc(out, func(b []byte) bool { return b == nil }) {
		return nil, errors.New("LibreOffice could not print the document; `kheo doctor` tells whether it works")
	}
	return out, err
}

// PrintAll prints documents to PDF, all in one run, because LibreOffice takes longer to start than to
// print. What it did not print is nil: it stops at a document that makes it fail.
func (o *Office) PrintAll(ctx context.Context, docs [][]byte) ([][]byte, error) {
	dir, err := os.MkdirTemp("", "kheo-office-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var in []string
	for i, b := range docs {
		path := filepath.Join(dir, fmt.Sprintf("%d.%s", i, officeEndings[Sniff(b)]))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return nil, err
		}
		in = append(in, path)
	}
	most := officeTimeout + time.Duration(len(docs))*5*time.Second
	if _, err := o.run(ctx, most, dir, "pdf", in...); err != nil {
		return nil, err
	}
	out := make([][]byte, len(docs))
	for i := range docs {
		if b, err := readOutput(filepath.Join(dir, "out", fmt.Sprintf("%d.pdf", i))); err == nil && len(b) > 0 {
			out[i] = b
		}
	}
	return out, nil
}

// ReadOld reads a file of an old Office program: LibreOffice converts it, and the pool reads the result.
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
