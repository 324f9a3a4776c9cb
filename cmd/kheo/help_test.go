package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"kheo/docs"
	"kheo/pipeline/campaign"
	"kheo/samples"
)

// examples returns the command lines of a help text: lines that are indented and begin with kheo. What follows
// after three spaces explains them.
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

// parses returns an error if a command line, without kheo, names a command that does not exist, a flag that it does
// not have, or a wrong number of arguments.
func parses(line string) error {
	sub, args, err := find(line)
	if err == nil {
		err = sub.ParseFlags(args)
	}
	if err == nil {
		err = sub.ValidateArgs(sub.Flags().Args())
	}
	if err == nil && (!sub.Runnable() || sub == sub.Root()) {
		err = fmt.Errorf("%q is not a command", line)
	}
	return err
}

// mentions returns an error if a command that a text mentions does not exist, or a flag of it. Arguments and
// values of flags may be left out.
func mentions(line string) error {
	sub, args, err := find(line)
	if err != nil {
		return err
	}
	if sub == sub.Root() {
		return fmt.Errorf("%q is not a command", line)
	}
	for _, a := range args {
		name, ok := strings.CutPrefix(a, "--")
		if ok && sub.Flag(name) == nil && sub.InheritedFlags().Lookup(name) == nil {
			return fmt.Errorf("there is no flag --%s", name)
		}
	}
	return nil
}

// find returns the command of a command line, and its arguments with the flags.
func find(line string) (*cobra.Command, []string, error) {
	cmd := root()
	cmd.InitDefaultHelpCmd()
	return cmd.Find(words(line))
}

// Each command line that a help text shows is valid.
func TestExamplesInHelpAreCommands(t *testing.T) {
	found := 0
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, line := range examples(cmd.Long + "\n" + cmd.Example) {
			found++
			if err := parses(line); err != nil {
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

// block is a fenced block of a Markdown text.
type block struct{ language, text string }

var blockRE = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

func blocks(markdown string) (out []block) {
	for _, m := range blockRE.FindAllStringSubmatch(markdown, -1) {
		out = append(out, block{m[1], m[2]})
	}
	return out
}

// manualPages returns the text of the manual's pages and of the other Markdown files that show commands, by name.
func manualPages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range docs.Pages() {
		out[p.Topic] = p.Text
	}
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md"} {
		b, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(b)
	}
	return out
}

// Each command line in a block of the manual is valid, and each command that its text mentions exists.
func TestCommandsInTheManualAreCommands(t *testing.T) {
	quotedRE := regexp.MustCompile("`(kheo [a-z][^`\n]*)`")
	found := 0
	check := func(name, line string, valid func(string) error) {
		rest, ok := strings.CutPrefix(line, "kheo ")
		if !ok {
			return
		}
		found++
		if err := valid(rest); err != nil {
			t.Errorf("%s shows `kheo %s`: %v", name, rest, err)
		}
	}
	for name, text := range manualPages(t) {
		for _, b := range blocks(text) {
			if b.language == "" || b.language == "sh" {
				for line := range strings.Lines(b.text) {
					line, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "bin/"), " > ")
					check(name, line, parses)
				}
			}
		}
		for _, m := range quotedRE.FindAllStringSubmatch(blockRE.ReplaceAllString(text, ""), -1) {
			check(name, m[1], mentions)
		}
	}
	if found < 100 {
		t.Errorf("only %d commands were found", found)
	}
}

// Each whole ruleset that the manual shows loads in the sample campaign, and each part of kheo.yaml in a small one.
func TestYAMLInTheManualLoads(t *testing.T) {
	starter := filepath.Join("internal", "command", "setup", "starter")
	starterRules, err := os.ReadFile(filepath.Join(starter, "rules", "models.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	starterFile, err := os.ReadFile(filepath.Join(starter, "kheo.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	partRE := regexp.MustCompile(`^(schedule|mail|review|audit|sign_in|keep|backups|publish|register|papers):`)
	rulesets, parts := 0, 0
	for name, text := range manualPages(t) {
		for _, b := range blocks(text) {
			if b.language != "yaml" {
				continue
			}
			dir := t.TempDir()
			if strings.HasPrefix(b.text, "ruleset:") {
				rulesets++
				if err := samples.WriteCampaign(dir); err != nil {
					t.Fatal(err)
				}
				writeFile(t, filepath.Join(dir, "rules", "model-district.yaml"), b.text)
			} else if partRE.MatchString(b.text) {
				parts++
				key, _, _ := strings.Cut(b.text, ":")
				writeFile(t, filepath.Join(dir, "kheo.yaml"), withoutKey(string(starterFile), key)+b.text+mail(key))
				writeFile(t, filepath.Join(dir, "rules", "models.yaml"), string(starterRules))
			} else {
				continue
			}
			if _, err := campaign.Load(dir); err != nil {
				t.Errorf("%s shows YAML that does not load:\n%s\n%v", name, b.text, err)
			}
		}
	}
	if parts < 4 {
		t.Errorf("%d rulesets and only %d parts of kheo.yaml were found", rulesets, parts)
	}
}

// mail returns the part of kheo.yaml without which a part that sends mail does not load.
func mail(key string) string {
	if key == "mail" {
		return ""
	}
	return "mail: { server: smtp.example.org:587, from: kheo <kheo@example.org> }\n"
}

// withoutKey returns a YAML text without one top-level key.
func withoutKey(text, key string) string {
	return regexp.MustCompile(`(?m)^`+key+`:.*\n((  |#).*\n)*`).ReplaceAllString(text, "")
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The tutorial works as written: its sh blocks are run in order, in an empty folder, and the list has the
// outcomes that the tutorial says.
func TestTutorial(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	page, _ := docs.Find("tutorial")
	steps := "set -e\n"
	for _, b := range blocks(page.Text) {
		if b.language == "sh" {
			steps += b.text
		}
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "tutorial.txtar")
	writeFile(t, script, fmt.Sprintf(`exec %s -c 'mkdir empty && cd empty && sh ../tutorial.sh'
stdout 'River path +North Ward +recommended +100'
stdout 'Skate park by the school +South Ward +recommended +65'
stdout 'Play street on Sundays +Harbour Ward +needs-review +45'
stdout 'Library in the harbour +Harbour Ward +ineligible +60'
stdout 'left +Skate park by the school'
stdout 'restored is restored: 4 dossiers'
-- tutorial.sh --
%s`, sh, steps))
	testscript.Run(t, testscript.Params{Files: []string{script}, RequireExplicitExec: true, Setup: shareCache})
}

// The list of topics, a page, the help of a command, and what is neither.
func TestHelpFindsPagesAndCommands(t *testing.T) {
	for _, p := range docs.Pages() {
		if !strings.HasPrefix(p.Text, "# ") {
			t.Errorf("the page %s has no title", p.Topic)
		}
	}
	for _, args := range [][]string{{"help"}, {"help", "rulesets"}, {"help", "adr/0001-records"}, {"help", "search"},
		{"help", "rules", "try"}} {
		if out, err := output(args...); err != nil || len(out) < 100 {
			t.Errorf("kheo %s: %q, %v", strings.Join(args, " "), out, err)
		}
	}
	if _, err := output("help", "rulesests"); err == nil || !strings.Contains(err.Error(), "kheo help rulesets") {
		t.Errorf("a misspelled topic gives %v", err)
	}
}

// output runs a command line in this process, and returns what it prints.
func output(args ...string) (string, error) {
	var b strings.Builder
	cmd := root()
	cmd.SetOut(&b)
	cmd.SetArgs(args)
	err := cmd.Execute()
	return b.String(), err
}
