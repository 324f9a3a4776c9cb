package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// readDocument is one element of `kheo read --json`.
type readDocument struct {
	File   string         `json:"file"` // as given
	Type   string         `json:"type"`
	Error  string         `json:"error"`
	Flags  []string       `json:"flags"`
	Pages  []dossier.Page `json:"pages"`
	Inside []readDocument `json:"inside,omitempty"` // the files that it holds
}

func readCmd(c *common) *cobra.Command {
	noOCR, confinement := false, "full"
	cmd := langFlag(&cobra.Command{
		Use:   "read FILE…",
		Short: "Show what kheo reads of files, without a workspace",
		Long: `Shows what kheo reads of files: the text of each page, its language and quality, and which
reader it came from; and the same of the files inside archives and letters. Where an
evaluator asks "why did it not see this?", the answer stands here.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if confinement != "full" && confinement != "reduced" {
				return usage{fmt.Errorf("--confinement %s is neither full nor reduced", confinement)}
			}
			reduced := extract.Reduced(confinement == "reduced")
			if err := extract.CanConfine(); err != nil && confinement == "full" {
				return fmt.Errorf("%w, and here --confinement reduced", err)
			}
			r := fileReader{lang: "en", pool: extract.NewPool(runtime.GOMAXPROCS(0), workspace.ReadTimeout, reduced)}
			defer r.pool.Close()
			if c.lang != "" {
				r.lang = c.lang
			}
			if !noOCR {
				r.ocr, _ = extract.FindOCR(cmd.Context(), reduced) // what needs it says so
			}
			r.office, _ = extract.FindOffice(cmd.Context(), reduced)
			docs, missing := make([]readDocument, len(args)), false
			var wg sync.WaitGroup
			slots := make(chan struct{}, runtime.GOMAXPROCS(0))
			done := make([]chan struct{}, len(args))
			for i, name := range args {
				done[i] = make(chan struct{})
				wg.Go(func() {
					defer close(done[i])
					slots <- struct{}{}
					defer func() { <-slots }()
					data, err := readWhole(name)
					if err != nil {
						docs[i] = readDocument{File: name, Flags: []string{}, Pages: []dossier.Page{}, Error: err.Error()}
						if errors.Is(err, fs.ErrNotExist) {
							docs[i].Type = "missing"
						}
						return
					}
					docs[i] = r.read(cmd.Context(), name, data, 0)
				})
			}
			for i := range docs {
				<-done[i]
				if docs[i].Type == "missing" {
					docs[i].Type, missing = "", true
				}
				if !c.json {
					printRead(cmd, docs[i])
					docs[i] = readDocument{}
				}
			}
			wg.Wait()
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
	cmd.Flags().StringVar(&confinement, "confinement", "full", "`reduced` reads also on a machine that cannot confine the readers fully")
	cmd.Flags().BoolVar(&noOCR, "no-ocr", false, "do not read the images of pages")
	return cmd
}

// fileReader reads files with everything that this machine has.
type fileReader struct {
	pool   *extract.Pool
	ocr    *extract.OCR
	office *extract.Office
	lang   string
}

// insideLimit bounds what is kept in memory of the files inside one, in bytes.
const insideLimit = 128 << 20

func (r *fileReader) read(ctx context.Context, name string, data []byte, depth int) readDocument {
	doc := readDocument{File: name, Flags: []string{}, Pages: []dossier.Page{}}
	type inner struct {
		part extract.Part
		data []byte
	}
	var inside []inner
	size := 0
	keep := func(p extract.Part, b []byte) error {
		if size += len(b); size > insideLimit {
			p.Problem, p.Detail, b = extract.TooLarge, "more than this command keeps in memory; `kheo run` reads it", nil
		}
		inside = append(inside, inner{p, b})
		return nil
	}
	if depth > 2 {
		keep = nil
	}
	res, err := r.pool.Read(ctx, data, keep)
	if err == nil && res.Error == extract.NeedsOffice && r.office != nil {
		res, err = r.pool.ReadOld(ctx, r.office, data, keep)
	}
	if err == nil && len(res.Scans) > 0 {
		err = r.addOCR(ctx, data, &res)
	}
	if err != nil {
		doc.Error = err.Error()
		return doc
	}
	doc.Type = res.Type
	doc.Flags = append(doc.Flags, res.Flags...)
	doc.Pages = append(doc.Pages, res.Pages...)
	if extract.Misnamed(name, res.Type) {
		doc.Flags = append(doc.Flags, dossier.FlagMisnamedDocument)
	}
	if res.Error != "" {
		doc.Error = rules.UnreadText(res.Error, res.Detail).In(r.lang)
	}
	for _, in := range inside {
		if in.part.Problem != "" {
			doc.Inside = append(doc.Inside, readDocument{File: in.part.Name, Flags: []string{}, Pages: []dossier.Page{}, Error: rules.UnreadText(in.part.Problem, in.part.Detail).In(r.lang)})
			continue
		}
		doc.Inside = append(doc.Inside, r.read(ctx, in.part.Name, in.data, depth+1))
	}
	return doc
}

// addOCR reads the pages that are images, several at once.
func (r *fileReader) addOCR(ctx context.Context, data []byte, res *extract.Result) error {
	scans := map[int]extract.OCRPage{}
	if r.ocr != nil {
		var mu sync.Mutex
		var wg sync.WaitGroup
		var failed error
		slots := make(chan struct{}, runtime.GOMAXPROCS(0))
		for _, n := range res.Scans {
			wg.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				page, err := r.ocr.Page(ctx, r.pool, data, n)
				mu.Lock()
				defer mu.Unlock()
				scans[n], failed = page, errors.Join(failed, err)
			})
		}
		wg.Wait()
		if failed != nil {
			return failed
		}
	}
	extract.AddOCR(res, scans)
	return nil
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
		language := p.Language
		if language == "" {
			language = "language not told"
		}
		fmt.Fprintf(out, "─── page %d · %s · quality %.2f · %s\n%s\n", p.Number, language, p.Quality, p.Reader, p.Text)
		if p.Hidden != "" {
			fmt.Fprintf(out, "··· hidden from who reads the page; it never scores:\n%s\n", p.Hidden)
		}
	}
	for _, in := range doc.Inside {
		in.File = doc.File + " › " + in.File
		printRead(cmd, in)
	}
}
