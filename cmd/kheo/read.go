package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"kheo/pipeline"
	"kheo/pipeline/dossier"
	"kheo/pipeline/extract"
	"kheo/rules"
)

// readDocument is one element of `kheo read --json`.
type readDocument struct {
	File  string         `json:"file"` // as given
	Type  string         `json:"type"`
	Error string         `json:"error"`
	Flags []string       `json:"flags"`
	Pages []dossier.Page `json:"pages"`
}

func readCmd(c *common) *cobra.Command {
	return langFlag(&cobra.Command{
		Use:   "read FILE…",
		Short: "Show what kheo reads of files, without a workspace",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pool := extract.NewPool(runtime.GOMAXPROCS(0), pipeline.ReadTimeout)
			defer pool.Close()
			lang := "en"
			if c.lang != "" {
				lang = c.lang
			}
			docs, missing := []readDocument{}, false
			for _, name := range args {
				doc := readDocument{File: name, Flags: []string{}, Pages: []dossier.Page{}}
				data, err := readWhole(name)
				if err == nil {
					res, rerr := pool.Read(cmd.Context(), data)
					if err = rerr; err == nil {
						doc.Type = res.Type
						doc.Flags = append(doc.Flags, res.Flags...)
						doc.Pages = append(doc.Pages, res.Pages...)
						if res.Error != "" {
							doc.Error = rules.UnreadText(res.Error, res.Detail).In(lang)
						}
					}
				}
				if err != nil {
					missing = missing || errors.Is(err, fs.ErrNotExist)
					doc.Error = err.Error()
				}
				docs = append(docs, doc)
				if !c.json {
					printRead(cmd, doc)
				}
			}
			if c.json {
				if err := printJSON(cmd.OutOrStdout(), map[string]any{"documents": docs}); err != nil {
					return err
				}
			}
			if missing {
				return errSaid
			}
			return nil
		},
	}, c)
}

// readWhole reads a file of a size that kheo accepts.
func readWhole(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the file does not exist%w", quiet{err})
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("this is no file; name the files in it")
	case info.Size() > extract.MaxFile:
		return nil, fmt.Errorf("the file is larger than %d MB", extract.MaxFile>>20)
	}
	return os.ReadFile(name)
}

// quiet carries an error's kind without its words.
type quiet struct{ error }

func (quiet) Error() string   { return "" }
func (q quiet) Unwrap() error { return q.error }

func printRead(cmd *cobra.Command, doc readDocument) {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "═══ %s", doc.File)
	if doc.Type != "" {
		fmt.Fprintf(out, " · %s · %s", doc.Type, plural(len(doc.Pages), "page"))
	}
	if len(doc.Flags) > 0 {
		fmt.Fprintf(out, " · %s", strings.Join(doc.Flags, ", "))
	}
	fmt.Fprintln(out)
	if doc.Error != "" {
		fmt.Fprintf(out, "not read: %s\n", doc.Error)
	}
	for _, p := range doc.Pages {
		fmt.Fprintf(out, "─── page %d · %s · quality %.2f · %s\n%s\n", p.Number, p.Language, p.Quality, p.Reader, safe(p.Text, "\n", "\t"))
	}
}
