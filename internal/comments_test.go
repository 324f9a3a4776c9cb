package internal_test

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
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

// leastComments is how many lines of comment there are at least for each line of code.
const leastComments = 0.12

// Code is explained: full lines of comment to all other lines that are not blank, of everything but tests.
func TestCodeHasComments(t *testing.T) {
	comments, code := 0, 0
	err := filepath.WalkDir("..", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return err
		}
		text, err := os.ReadFile(p)
		for line := range bytes.Lines(text) {
			switch line = bytes.TrimSpace(line); {
			case bytes.HasPrefix(line, []byte("//")):
				comments++
			case len(line) > 0:
				code++
			}
		}
		return err
	})
	if err != nil || code < 10_000 {
		t.Fatalf("%d lines of code: %v", code, err)
	}
	if ratio := float64(comments) / float64(code); ratio < leastComments {
		t.Errorf("%d lines of comment to %d of code: %.4f, at least %.2f is wanted. Explain what is not obvious: what a "+
			"package, a type or a long function is for, which units and errors it has, and why a step is as it is",
			comments, code, ratio, leastComments)
	}
}

// widest is how many columns a line has at most, with a tab as four, and mostWide how many lines of code may have more:
// those that cannot be broken well. Texts in backquotes are as their readers see them.
const (
	widest   = 120
	mostWide = 30
)

// Lines fit the window of a person who reads two files side by side.
func TestLinesAreNotTooWide(t *testing.T) {
	var wide []string
	err := filepath.WalkDir("..", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return err
		}
		text, err := os.ReadFile(p)
		raw := false // inside a text in backquotes that goes over lines
		for i, line := range strings.Split(string(text), "\n") {
			quoted := raw || strings.Contains(line, "`")
			raw = raw != (strings.Count(line, "`")%2 == 1)
			if columns := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")); columns > widest && !quoted {
				wide = append(wide, fmt.Sprintf("%s:%d has %d columns", p, i+1, columns))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(wide) > mostWide {
		t.Errorf("%d lines have over %d columns, %d may:\n%s", len(wide), widest, mostWide, strings.Join(wide, "\n"))
	}
}
