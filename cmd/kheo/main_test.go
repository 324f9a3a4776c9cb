package main

import (
	"archive/zip"
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"kheo/internal/testspace"
	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	intake.DefaultSettle = 0 // what tests and scripts write is whole
	review.NewPasswords = testspace.QuickPasswords
	runUnderUnit()
	testscript.Main(m, commands)
}

// commands are what the scripts of testdata can run beside those of the machine.
var commands = map[string]func(){"kheo": func() { os.Exit(run()) }}

// TestCommands runs the commands as people do; see testdata/script.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"share-ocr": shareOCR, "zip": zipFolder,
			"as-by-hand": asByHand},
		Setup: shareCache,
	})
}

// shareCache gives a script the cache of the user who runs the tests, with the compiled PDFium: scripts have no home,
// and each reading process would compile it, for ten seconds. Commands live so briefly that they need not collect much
// garbage.
func shareCache(env *testscript.Env) error {
	env.Setenv("GOGC", "800")
	dir, err := os.UserCacheDir()
	if err != nil {
		return nil // kheo has a folder of its own then
	}
	env.Setenv("XDG_CACHE_HOME", dir)
	return nil
}

// shareOCR is the command share-ocr DIR of the scripts: it puts into a workspace what OCR reads of the sample.
func shareOCR(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: share-ocr DIR")
	}
	ts.Check(testspace.AddOCR(context.Background(), ts.MkAbs(args[0])))
}

// zipFolder is the command zip FILE DIR of the scripts: it packs what is in a folder.
func zipFolder(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: zip FILE DIR")
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	w := zip.NewWriter(f)
	ts.Check(w.AddFS(os.DirFS(ts.MkAbs(args[1]))))
	ts.Check(w.Close())
}
