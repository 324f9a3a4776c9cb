// Package defences holds the list of attacks that kheo withstands. Each entry names the attack, the defence, the test
// that fails without the defence, and an edit of the source that removes the defence. `make test` checks that every
// entry still applies; `make soak` removes each defence in turn, with a compiler overlay that does not touch the
// source tree, and expects its test to fail.
package defences

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"

	"github.com/goccy/go-yaml"
)

// lists holds one YAML file for each area.
//
//go:embed list/*.yaml
var lists embed.FS

// Entry is one attack and its defence.
type Entry struct {
	ID      string `yaml:"id"`      // unique: area-what
	Attack  string `yaml:"attack"`  // what an attacker, an accident or a mistake does
	Defence string `yaml:"defence"` // what prevents harm
	Remove  []Edit `yaml:"remove"`  // edits that remove the defence; the program must still compile
	Package string `yaml:"package"` // of the test, from the root of the repository: pipeline/intake
	Test    string `yaml:"test"`    // TestName or TestName/subtest, as for go test -run
	Env     string `yaml:"env"`     // NAME=value pairs that the test needs, separated by spaces

	Area string `yaml:"-"` // the list that it is on
}

// Edit replaces one text, which occurs exactly once in the file.
type Edit struct {
	File string `yaml:"file"` // from the root of the repository
	Old  string `yaml:"old"`
	New  string `yaml:"new"`
}

// All returns every entry, list by list in the order of their names. Unknown keys in a list are an error, which names
// the list.
func All() ([]Entry, error) {
	var all []Entry
	names, err := fs.Glob(lists, "list/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := lists.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var entries []Entry
		if err := yaml.NewDecoder(bytes.NewReader(b), yaml.DisallowUnknownField()).Decode(&entries); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for i := range entries {
			entries[i].Area = path.Base(name[:len(name)-len(".yaml")])
		}
		all = append(all, entries...)
	}
	return all, nil
}

// Apply returns the source with the edit applied. It is an error if the old text does not occur exactly once, because
// then the entry no longer fits the source.
func (e Edit) Apply(source []byte) ([]byte, error) {
	if n := bytes.Count(source, []byte(e.Old)); e.Old == "" || n != 1 {
		return nil, fmt.Errorf("%s: the text to replace occurs %d times, not once: %q", e.File, n, e.Old)
	}
	return bytes.Replace(source, []byte(e.Old), []byte(e.New), 1), nil
}
