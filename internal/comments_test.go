package internal_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// turns are phrases of comments that slow a reader down who knows Go and this field, with the number of times that all
// comments together may have them: a few, because some are right in their place ("returns where it ends", "a vote
// stands"). docs/glossary.md has the terms that are meant instead.
var turns = []struct {
	phrase  *regexp.Regexp
	instead string
	most    int
}{
	{turn(`stands?`), "is, is at, replaces", 21},
	{turn(`where (it|they|none|nobody)`), "if", 16},
	{turn(`tells?`), "reports, returns, says, distinguishes", 12},
	{turn(`somebody`), "a person, someone", 6},
	{turn(`nobody`), "no one", 5},
	{turn(`whoever`), "a person who", 2},
	{turn(`anew`), "again, re-", 2},
	{turn(`so many`), "n, a number of", 2},
	{turn(`hangs? on`), "depends on", 1},
	{turn(`the own`), "its own, their own", 1},
	{turn(`parted`), "separated, split", 0},
}

func turn(words string) *regexp.Regexp { return regexp.MustCompile(`(?i)\b` + words + `\b`) }

// quoted matches what a comment quotes: examples of what papers say are in anybody's words.
var quoted = regexp.MustCompile("\"[^\"]*\"|`[^`]*`")

// Comments are in plain English. A phrase over its number is reported with all its places.
func TestCommentsAreInPlainEnglish(t *testing.T) {
	places := make([][]string, len(turns))
	comments := 0
	err := filepath.WalkDir("..", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(p, ".go") {
			return err
		}
		files := token.NewFileSet()
		f, err := parser.ParseFile(files, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, group := range f.Comments {
			for _, c := range group.List {
				comments++
				text := quoted.ReplaceAllString(c.Text, "")
				for i, turn := range turns {
					for range turn.phrase.FindAllString(text, -1) {
						places[i] = append(places[i], fmt.Sprintf("%s: %s", files.Position(c.Pos()), c.Text))
					}
				}
			}
		}
		return nil
	})
	if err != nil || comments < 1000 {
		t.Fatalf("%d comments: %v", comments, err)
	}
	for i, turn := range turns {
		if len(places[i]) > turn.most {
			t.Errorf("%d comments say %s, at most %d may; say %s:\n%s", len(places[i]), turn.phrase, turn.most, turn.instead,
				strings.Join(places[i], "\n"))
		}
	}
}
