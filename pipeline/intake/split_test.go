package intake

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestArchivesAreDivided(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		want  []string // names of the parts
		err   string
	}{
		{name: "each file and folder is a part", files: []string{"a.txt", "b/c.txt", "b/d.txt"}, want: []string{"a.txt", "b"}},
		{name: "a folder around all is not a part", files: []string{"all/a.txt", "all/b.txt"},
			want: []string{"a.txt", "b.txt"}},
		{name: "names that lead out of the folder stay in it", files: []string{"../../up.txt", "/abs/c.txt"},
			want: []string{"abs", "up.txt"}},
		{name: "what the system or an editor left is not a part", files: []string{"__MACOSX/._a", "a.txt", ".hidden/b"},
			want: []string{"a.txt"}},
		{name: "two files of one name are refused", files: []string{"a.txt", "./a.txt"}, err: "holds a.txt twice"},
		{name: "a file in the place of a folder is refused", files: []string{"a", "a/b.txt"}, err: "cannot be divided"},
		{name: "what is described as one dossier is refused", files: []string{"dossier.yaml", "a.txt"},
			err: "describes one dossier"},
		{name: "an empty archive is refused", err: "cannot be divided"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.zip")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			w := zip.NewWriter(f)
			for _, name := range c.files {
				p, err := w.Create(name)
				if err == nil {
					_, err = p.Write([]byte("text of " + name))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			f.Close()
			s := &Splitter{}
			paths, err := s.Split(context.Background(), path)
			var got []string
			for _, p := range paths {
				if !strings.HasPrefix(p, s.folders[0]+string(filepath.Separator)) {
					t.Errorf("%s is outside of %s", p, s.folders[0])
				}
				got = append(got, filepath.Base(p))
			}
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v, want %q", err, c.err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("parts %q, want %q", got, c.want)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			for _, folder := range s.folders {
				if _, err := os.Stat(folder); !os.IsNotExist(err) {
					t.Errorf("%s is left: %v", folder, err)
				}
			}
		})
	}
}
