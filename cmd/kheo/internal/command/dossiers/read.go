package dossiers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline/extract"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// readDocument is one file as `kheo read --json` shows it.
type readDocument struct {
	File   string         `json:"file"` // as given
	Type   string         `json:"type"`
	Error  string         `json:"error"`
	Flags  []string       `json:"flags"`
	Pages  []dossier.Page `json:"pages"`
	Inside []readDocument `json:"inside,omitempty"` // the files in it

	missing bool // the file does not exist, which fails the command
}

// Read reads files as a run would, and prints what was read. It needs no workspace and keeps nothing. Files are
// read in parallel and printed in the order in which they were named, each as soon as it is its turn.
//
// With --json it prints { "documents": [ { "file", "type", "error", "flags", "pages", "inside" } ] }, one element
// per file, also for files that could not be read. It fails only if a file does not exist, so that scripts can
// distinguish a wrong name from a damaged document.
func Read(env *cli.Env) *cobra.Command {
	noOCR, blocks, confinement := false, false, "full"
	cmd := env.WithLang(&cobra.Command{
		Use:   "read FILE…",
		Short: "Show what kheo reads of files, without a workspace",
		Long: `Show what kheo reads of files: the text of each page, its language and quality, and which
reader it came from; and the same for files inside archives and letters. When an evaluator
asks "why did kheo not see this?", this is the place to look.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if confinement != "full" && confinement != "reduced" {
				return cli.Usagef("--confinement must be full or reduced, not %s", confinement)
			}
			reduced := extract.Reduced(confinement == "reduced")
			if err := extract.CanConfine(); err != nil && confinement == "full" {
				return fmt.Errorf("%w, and here --confinement reduced", err)
			}
			r := fileReader{
				lang: cmp.Or(env.Lang, "en"),
				pool: extract.NewPool(runtime.GOMAXPROCS(0), workspace.ReadTimeout, reduced),
			}
			defer r.pool.Close()
			if !noOCR {
				r.ocr, _ = extract.FindOCR(cmd.Context(), reduced) // pages that need it say so
			}
			r.office, _ = extract.FindOffice(cmd.Context(), reduced)
			docs := make([]readDocument, len(args))
			done := r.readAll(cmd.Context(), args, docs)
			// The error of a document is part of the output; only a wrong name fails the command.
			missing := false
			for i := range docs {
				<-done[i]
				missing = missing || docs[i].missing
				if !env.JSON {
					printRead(cmd, docs[i])
					docs[i] = readDocument{} // its text is not needed any more
				}
			}
			if env.JSON {
				if !blocks {
					dropBlocks(docs)
				}
				if err := cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"documents": docs}); err != nil {
					return err
				}
			}
			if missing {
				return cli.ErrReported
			}
			return nil
		},
	})
	cmd.Flags().StringVar(
		&confinement,
		"confinement",
		"full",
		"`reduced` also reads on a machine that cannot fully confine the readers",
	)
	cmd.Flags().BoolVar(&blocks, "blocks", false,
		"with --json, also the blocks of each page: headings, lists, tables, form fields")
	cmd.Flags().BoolVar(&noOCR, "no-ocr", false, "do not read the images of pages")
	return cmd
}

// dropBlocks removes the blocks of all pages. It clears them in place. The text of a page does not depend on
// its blocks.
func dropBlocks(docs []readDocument) {
	for i := range docs {
		for k := range docs[i].Pages {
			docs[i].Pages[k].Blocks = nil
		}
		dropBlocks(docs[i].Inside)
	}
}

// readAll starts to read files, as many at a time as there are processors. docs[i] may be used when done[i] is
// closed. Each goroutine writes its own element, and the closed channel makes it visible, so no lock is needed.
// Files beyond the number of processors wait without having been opened.
func (r *fileReader) readAll(ctx context.Context, names []string, docs []readDocument) (done []chan struct{}) {
	done = make([]chan struct{}, len(names))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, name := range names {
		done[i] = make(chan struct{})
		go func() {
			defer close(done[i])
			slots <- struct{}{}
			defer func() { <-slots }()
			data, err := readWhole(name)
			if err != nil {
				docs[i] = readDocument{File: name, Flags: []string{}, Pages: []dossier.Page{}, Error: err.Error(),
					missing: errors.Is(err, fs.ErrNotExist)}
				return
			}
			docs[i] = r.read(ctx, name, data, 0)
		}()
	}
	return done
}

// fileReader reads files with all programs that are installed on this machine. It is used by several goroutines
// at once.
type fileReader struct {
	pool   *extract.Pool
	ocr    *extract.OCR    // nil without tesseract
	office *extract.Office // nil without LibreOffice
	lang   string          // of messages
}

// insideLimit is how many bytes of the files inside one file are kept in memory. A file beyond it is listed
// with the problem too-large; nothing fails.
const insideLimit = 128 << 20

// maxDepth is how deep files inside files are read. It ends the descent into archives that contain copies of
// themselves.
const maxDepth = 2

// read reads one file and, up to maxDepth, the files inside it. Errors become part of the result. depth is 0
// for a file that the user named. name is only shown, and compared with the type that the content has.
func (r *fileReader) read(ctx context.Context, name string, data []byte, depth int) readDocument {
	doc := readDocument{File: name, Flags: []string{}, Pages: []dossier.Page{}}
	type inner struct {
		part dossier.Part
		data []byte
	}
	var inside []inner
	size := 0
	// keep receives the files inside this one, one after the other, while it is read.
	keep := func(p dossier.Part, b []byte) error {
		if size += len(b); size > insideLimit {
			p.Problem, p.Detail, b = extract.TooLarge, "more than kheo read keeps in memory; `kheo run` reads it", nil
		}
		inside = append(inside, inner{p, b})
		return nil
	}
	if depth > maxDepth {
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
			doc.Inside = append(
				doc.Inside,
				readDocument{
					File:  in.part.Name,
					Flags: []string{},
					Pages: []dossier.Page{},
					Error: rules.UnreadText(in.part.Problem, in.part.Detail).In(r.lang),
				},
			)
			continue
		}
		doc.Inside = append(doc.Inside, r.read(ctx, in.part.Name, in.data, depth+1))
	}
	return doc
}

// addOCR adds the text of pages that are images, as many at a time as there are processors. Without tesseract it
// marks them as waiting for OCR, which is not an error.
func (r *fileReader) addOCR(ctx context.Context, data []byte, res *dossier.Reading) error {
	scans := map[int]dossier.OCRPage{}
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

// readWhole reads a file, unless it is larger than kheo accepts. Devices and pipes are refused, because reading
// them may never end.
func readWhole(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the file does not exist%w", quiet{err})
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("this is not a file; name the files in it")
	case info.Size() > extract.MaxFile:
		return nil, fmt.Errorf("the file is larger than %d MB", extract.MaxFile>>20)
	}
	return os.ReadFile(name)
}

// quiet wraps an error without its text, so that errors.Is finds its kind while the message stays plain. With
// %w, the text of a wrapped error would otherwise repeat the system's own words.
type quiet struct{ error }

// Error returns no text: the message that wraps the error has one.
func (quiet) Error() string { return "" }

// Unwrap returns the error, for errors.Is.
func (q quiet) Unwrap() error { return q.error }

// printRead prints what was read of a file, and then the same for the files inside it. Hidden text is printed
// apart, because it is in the file but is not what a reader of the page sees.
func printRead(cmd *cobra.Command, doc readDocument) {
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "═══ %s", doc.File)
	if doc.Type != "" {
		fmt.Fprintf(out, " · %s · %s", doc.Type, cli.Plural(len(doc.Pages), "page"))
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
			language = "language unknown"
		}
		fmt.Fprintf(
			out,
			"─── page %d · %s · quality %.2f · %s\n%s\n",
			p.Number,
			language,
			p.Quality,
			p.Reader,
			p.Text,
		)
		if p.Hidden != "" {
			fmt.Fprintf(out, "··· hidden from readers of the page; it never scores:\n%s\n", p.Hidden)
		}
	}
	for _, in := range doc.Inside {
		in.File = doc.File + " › " + in.File
		printRead(cmd, in)
	}
}
