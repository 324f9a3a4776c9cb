package intake

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kheo/pipeline/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/store"
	"kheo/rules"
)

// Submitted says what was put into the inbox.
type Submitted struct {
	Path    string   `json:"path"`
	Dossier string   `json:"dossier"`
	Files   int      `json:"files"`
	Bytes   int64    `json:"bytes"`
	SHA256  string   `json:"sha256"` // over all names and contents
	Notes   []string `json:"notes"`
}

// Submit copies a dossier into the inbox: first beside it under a name that
// intake leaves alone, then by one rename, so that it is never taken half.
// What is wrong with it is said, and it is submitted all the same: the
// committee's secretary would rather ask for a paper than not know of it.
func Submit(inbox, path string, env *rules.Env) (*Submitted, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(abs)
	if skip(name) {
		return nil, fmt.Errorf("the name %q is one that kheo leaves alone in an inbox; rename it", name)
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, errors.New("it is neither a folder nor a file")
	}
	if err := os.MkdirAll(inbox, 0o755); err != nil {
		return nil, err
	}
	to := filepath.Join(inbox, name)
	if _, err := os.Lstat(to); err == nil {
		return nil, fmt.Errorf("one of that name waits in the inbox already; run `kheo run` first, or rename it")
	}
	tmp, err := os.MkdirTemp(inbox, ".submit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	s := &Submitted{Path: path, Dossier: ID(name), Notes: []string{}}
	h := sha256.New()
	part := filepath.Join(tmp, name)
	if !info.IsDir() {
		err = s.copy(path, part, name, h)
	} else {
		err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(path, p)
			switch {
			case d.IsDir():
				return os.MkdirAll(filepath.Join(part, rel), 0o755)
			case !d.Type().IsRegular():
				s.Notes = append(s.Notes, rel+" was left out: it is a link or no ordinary file")
				return nil
			}
			return s.copy(p, filepath.Join(part, rel), rel, h)
		})
	}
	if err != nil {
		return nil, err
	}
	if s.Files == 0 {
		return nil, errors.New("it holds no file")
	}
	s.SHA256 = hex.EncodeToString(h.Sum(nil))
	s.look(part, env)
	if err := os.Rename(part, to); err != nil {
		return nil, err
	}
	return s, store.SyncDir(inbox)
}

func (s *Submitted) copy(from, to, rel string, h io.Writer) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	fmt.Fprintf(h, "%s\x00", filepath.ToSlash(rel))
	n, err := io.Copy(io.MultiWriter(out, h), in)
	if err != nil {
		return err
	}
	s.Files++
	s.Bytes += n
	switch {
	case n == 0:
		s.Notes = append(s.Notes, rel+" is empty")
	case n > extract.MaxFile:
		s.Notes = append(s.Notes, fmt.Sprintf("%s is larger than %d MB and will not be read", rel, extract.MaxFile>>20))
	}
	return out.Sync()
}

// look checks the manifest and what can be told of files without reading them.
func (s *Submitted) look(part string, env *rules.Env) {
	manifest := func(b []byte) {
		if _, problems := ParseManifest(b, env); len(problems) > 0 {
			s.Notes = append(s.Notes, "dossier.yaml will not be used until this is mended:\n"+problems.Error())
		}
	}
	if b, err := os.ReadFile(filepath.Join(part, dossier.ManifestName)); err == nil {
		manifest(b)
		return
	}
	if zipSuffix(part) == "" {
		return
	}
	zr, err := zip.OpenReader(part)
	if err != nil {
		s.Notes = append(s.Notes, "this .zip cannot be opened: "+err.Error())
		return
	}
	defer zr.Close()
	root := commonRoot(zr.File)
	for _, f := range zr.File {
		if strings.TrimPrefix(zipName(f), root) == dossier.ManifestName && f.UncompressedSize64 < 64<<10 {
			if r, err := f.Open(); err == nil {
				b, _ := io.ReadAll(io.LimitReader(r, 64<<10))
				r.Close()
				manifest(b)
			}
		}
	}
}
