package main

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestOldWorkspaces opens workspaces that earlier versions left behind; see testdata/old. Each is a
// whole workspace as that version wrote it, without the index, which is rebuilt: dossiers, people,
// scores, a conflict of interest, an override, votes, decisions and a closed list.
func TestOldWorkspaces(t *testing.T) {
	testdata, err := filepath.Abs("testdata/old")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/old",
		RequireExplicitExec: true,
		Setup:               shareCache,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// unpack ARCHIVE DIR unpacks an archive of testdata/old.
			"unpack": func(ts *testscript.TestScript, neg bool, args []string) {
				if neg || len(args) != 2 {
					ts.Fatalf("usage: unpack ARCHIVE DIR")
				}
				ts.Check(unpack(filepath.Join(testdata, args[0]), ts.MkAbs(args[1])))
			},
		},
	})
}

func unpack(archive, dir string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if f.FileInfo().IsDir() {
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			continue
		}
		if err := unpackFile(f, to); err != nil {
			return err
		}
	}
	return nil
}

func unpackFile(f *zip.File, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, r); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}
