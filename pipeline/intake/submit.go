package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

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
func Submit(ctx context.Context, inbox, from string, env *rules.Env, readers ...extract.Option) (*Submitted, error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(from)
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
	s := &Submitted{Path: from, Dossier: ID(name), Notes: []string{}}
	h := sha256.New()
	part := filepath.Join(tmp, name)
	if !info.IsDir() {
		err = s.copy(from, part, name, h)
	} else {
		err = filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(from, p)
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
	s.look(ctx, part, env, readers)
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
func (s *Submitted) look(ctx context.Context, part string, env *rules.Env, readers []extract.Option) {
	manifest := func(b []byte) {
		if _, problems := ParseManifest(b, env); len(problems) > 0 {
			s.Notes = append(s.Notes, "dossier.yaml will not be used until this is mended:\n"+problems.Error())
		}
	}
	if b, err := os.ReadFile(filepath.Join(part, dossier.ManifestName)); err == nil {
		manifest(b)
		return
	}
	if archiveSuffix(part) == "" {
		return
	}
	f, err := os.Open(part)
	if err != nil {
		return
	}
	defer f.Close()
	pool := extract.NewPool(1, time.Minute, readers...)
	defer pool.Close()
	files := 0
	res, err := pool.Unpack(ctx, f, s.Bytes, func(p extract.Part, b []byte) error {
		files++
		switch {
		case p.Problem != "":
			s.Notes = append(s.Notes, p.Name+": "+rules.UnreadText(p.Problem, p.Detail).In("en"))
		case path.Base(p.Name) == dossier.ManifestName && strings.Count(p.Name, "/") <= 1:
			manifest(b)
		}
		return nil
	})
	if err == nil && (res.Error != "" || files == 0) {
		s.Notes = append(s.Notes, "this archive cannot be opened: "+rules.UnreadText(res.Error, res.Detail).In("en"))
	}
}
