package intake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/rules"
)

// Splitter divides what is submitted into dossiers. Archives are unpacked into a private folder, which Close
// removes.
type Splitter struct {
	Readers []extract.Option // of the processes that read archives
	folders []string
}

// Close removes what was unpacked.
func (s *Splitter) Close() error {
	var errs []error
	for _, f := range s.folders {
		errs = append(errs, os.RemoveAll(f))
	}
	return errors.Join(errs...)
}

// Split returns the paths of what is in a folder or an archive, each a dossier of its own. If all of an
// archive is in one folder, it returns what is in that. It fails for a single document, for a folder that a
// manifest describes as one dossier, and for an archive of which not everything can be unpacked: nothing of
// a submission gets lost silently.
func (s *Splitter) Split(ctx context.Context, from string) (paths []string, err error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return entriesOf(from)
	}
	if archiveSuffix(filepath.Base(from)) == "" || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s cannot be divided: --split needs a folder or an archive", from)
	}
	dir, err := s.unpack(ctx, from, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s cannot be divided: %w; unpack it, and submit its folder", from, err)
	}
	return entriesOf(dir)
}

// entriesOf returns the paths of what is in a folder, but for what intake ignores.
func entriesOf(folder string) (paths []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		switch {
		case e.Name() == dossier.ManifestName:
			return nil, fmt.Errorf("%s describes one dossier; move it into the folder that it describes",
				filepath.Join(folder, e.Name()))
		case !Skipped(e.Name()) && !junk(e.Name()):
			paths = append(paths, filepath.Join(folder, e.Name()))
		}
	}
	return paths, nil
}

// unpack lets a confined process unpack an archive, and returns the folder that its files are in.
func (s *Splitter) unpack(ctx context.Context, from string, size int64) (string, error) {
	f, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer f.Close()
	dir, err := os.MkdirTemp("", "kheo-split-") // only its owner may read it
	if err != nil {
		return "", err
	}
	s.folders = append(s.folders, dir)
	root, err := os.OpenRoot(dir) // no name of the archive leads out of it
	if err != nil {
		return "", err
	}
	defer root.Close()
	pool := extract.NewPool(1, time.Minute, s.Readers...)
	defer pool.Close()
	files, bytes := 0, int64(0)
	res, err := pool.Unpack(ctx, f, size, func(p dossier.Part, b []byte) error {
		name := extract.CleanName(p.Name)
		if slices.ContainsFunc(strings.Split(p.Name, "/"), junk) {
			return nil
		}
		if p.Problem != "" {
			return fmt.Errorf("%s: %s", name, rules.UnreadText(p.Problem, p.Detail).In("en"))
		}
		if files, bytes = files+1, bytes+int64(len(b)); files > maxFiles || bytes > maxDossier {
			return fmt.Errorf("it holds more than %d files or %d MB", maxFiles, int64(maxDossier)>>20)
		}
		return writeNew(root, name, b)
	})
	switch {
	case err != nil:
		return "", err
	case res.Error != "":
		return "", errors.New(rules.UnreadText(res.Error, res.Detail).In("en"))
	case files == 0:
		return "", errors.New("it is no archive, or holds no file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) == 1 && entries[0].IsDir() {
		dir = filepath.Join(dir, entries[0].Name())
	}
	return dir, nil
}

// writeNew writes a file that does not exist yet, with the folders on its way. A second one of the same name
// would replace the first, so it is refused.
func writeNew(root *os.Root, name string, b []byte) error {
	if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
		return err
	}
	if _, err := root.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("it holds %s twice", name)
	}
	return root.WriteFile(name, b, 0o600)
}
