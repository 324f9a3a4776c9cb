package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"kheo/pipeline/extract"
	"kheo/pipeline/intake"
)

func TestMain(m *testing.M) {
	extract.RunIfChild()
	intake.DefaultSettle = 0 // what tests and scripts write is whole
	runUnderUnit()
	testscript.Main(m, commands)
}

// commands are what the scripts of testdata can run beside those of the machine.
var commands = map[string]func(){"kheo": func() { os.Exit(run()) }}

// TestCommands runs the commands as people do; see testdata/script.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}
