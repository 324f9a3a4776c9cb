package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// examples are the command lines that a help text shows: lines that are indented and begin with
// kheo. What follows after three spaces explains them.
func examples(help string) (out []string) {
	for line := range strings.Lines(help) {
		rest, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "  kheo ")
		if !ok {
			continue
		}
		rest, _, _ = strings.Cut(rest, "   ")
		rest, _, _ = strings.Cut(rest, " > ")
		out = append(out, rest)
	}
	return out
}

// words splits a command line as a shell does, as far as the examples need it.
func words(line string) (out []string) {
	var word strings.Builder
	var quote rune
	inside := false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inside = r, true
		case quote == 0 && r == ' ':
			if inside {
				out = append(out, word.String())
			}
			word.Reset()
			inside = false
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	return out
}

// Each command line that a help text shows names a command that there is, with flags that it has and
// as many arguments as it takes.
func TestExamplesInHelpAreCommands(t *testing.T) {
	found := 0
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, line := range examples(cmd.Long + "\n" + cmd.Example) {
			found++
			sub, args, err := root().Find(words(line))
			if err == nil {
				err = sub.ParseFlags(args)
			}
			if err == nil {
				err = sub.ValidateArgs(sub.Flags().Args())
			}
			if err != nil || !sub.Runnable() || sub == sub.Root() {
				t.Errorf("kheo %s --help shows `kheo %s`: %v", cmd.CommandPath(), line, err)
			}
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root())
	if found < 10 {
		t.Errorf("only %d examples were found", found)
	}
}
