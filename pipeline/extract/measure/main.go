// Command measure reports how well kheo reads. It holds its reading of a folder of
// PDF files against pdftotext's: for every file with 20 words or more, which
// share of pdftotext's words kheo has too. And it makes scans of pages whose words
// it knows, and counts those that OCR gets right. `make bench-read` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kheo/pipeline/extract"
)

// file is one PDF file with what became of it.
type file struct {
	name   string
	recall float64 // of the text of the pages
	all    float64 // with what is kept apart as hidden
	words  int
	res    extract.Result
	took   time.Duration
}

func main() {
	extract.RunIfChild()
	log.SetFlags(0)
	worst := flag.Int("worst", 0, "list so many of the files whose words differ most")
	stories := flag.String("ocr", "", "the file of texts to draw pages of, for OCR")
	fontFile := flag.String("font", "/usr/share/fonts/truetype/noto/NotoSerif-Regular.ttf",
		"the font to draw them in")
	pages := flag.Int("pages", 6, "pages for each kind of scan")
	flag.Parse()
	if *stories != "" {
		measureOCR(*stories, *fontFile, *pages)
	}
	for _, dir := range flag.Args() {
		measurePDF(dir, *worst)
	}
}

// measurePDF reads all PDF files of a folder and prints how many of pdftotext's words kheo has, on its
// pages and with those that it keeps apart as hidden. It lists the worst files, so that they can be looked
// at.
func measurePDF(dir string, worst int) {
	names, err := filepath.Glob(filepath.Join(dir, "*.pdf"))
	if err != nil || len(names) == 0 {
		log.Fatalf("no .pdf files in %s", dir)
	}
	files, whole := read(names)
	measured := compare(files)
	fmt.Printf("%d files, read in %.1f s by %d processes\n", len(files), whole.Seconds(), runtime.GOMAXPROCS(0))
	errs := map[string]int{}
	for _, f := range files {
		errs[f.res.Error]++
	}
	fmt.Printf("outcomes (empty: read): %v\n", errs)
	report("words of the pages", measured, func(f *file) float64 { return f.recall })
	report("with those kept apart because nobody sees them", measured, func(f *file) float64 { return f.all })
	sort.Slice(measured, func(i, j int) bool { return measured[i].all < measured[j].all })
	for _, f := range measured[:min(worst, len(measured))] {
		fmt.Printf("  %.3f %.3f  %5d words  %s %s %s\n", f.recall, f.all, f.words, filepath.Base(f.name),
			f.res.Error, f.res.Detail)
	}
}

// report prints the distribution of a share over the files: the median says how an ordinary file is read,
// the mean what the bad ones cost.
func report(what string, files []*file, value func(*file) float64) {
	var list []float64
	good := 0
	for _, f := range files {
		v := value(f)
		list = append(list, v)
		if v >= 0.95 {
			good++
		}
	}
	slices.Sort(list)
	fmt.Printf("%d files with 20 words or more, %s: median recall %.4f; at least 0.95 on %.1f %%; mean %.4f\n",
		len(list), what, list[len(list)/2], 100*float64(good)/float64(len(list)), mean(list))
}

// mean returns the arithmetic mean of a list that is not empty.
func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

// read reads every file with kheo's own processes, as many at once as there are processors, and returns how
// long all took. Which files are read first does not matter, so the results are in the order of the names.
func read(names []string) ([]*file, time.Duration) {
	pool := extract.NewPool(runtime.GOMAXPROCS(0), 30*time.Second)
	defer pool.Close()
	files := make([]*file, len(names))
	begin := time.Now()
	each(len(names), func(i int) {
		b, err := os.ReadFile(names[i])
		if err != nil {
			log.Fatal(err)
		}
		start := time.Now()
		res, err := pool.Read(context.Background(), b, nil)
		if err != nil {
			log.Fatal(err)
		}
		files[i] = &file{name: names[i], res: res, took: time.Since(start)}
	})
	return files, time.Since(begin)
}

// compare fills in the recall of those files that pdftotext finds words in, and returns them. Files with
// fewer than 20 words are left out: one word more or less would be a large share.
func compare(files []*file) []*file {
	var mu sync.Mutex
	var out []*file
	each(len(files), func(i int) {
		f := files[i]
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		text, err := exec.CommandContext(ctx, "pdftotext", "-layout", f.name, "-").Output()
		if err != nil && len(text) == 0 {
			return
		}
		want := words(string(text))
		if len(want) < 20 {
			return
		}
		var pages, hidden []string
		for _, p := range f.res.Pages {
			pages, hidden = append(pages, words(p.Text)...), append(hidden, words(p.Hidden)...)
		}
		f.words, f.recall, f.all = len(want), share(want, pages), share(want, append(pages, hidden...))
		mu.Lock()
		out = append(out, f)
		mu.Unlock()
	})
	return out
}

// share returns the share of words that another list has too, each at most as often as it has it.
func share(want, have []string) float64 {
	bag := map[string]int{}
	for _, w := range have {
		bag[w]++
	}
	both := 0
	for _, w := range want {
		if bag[w] > 0 {
			bag[w]--
			both++
		}
	}
	return float64(both) / float64(len(want))
}

// words returns the words of a text in lower case and in one form of Unicode (NFKC), without punctuation,
// on which the two programs need not agree.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(norm.NFKC.String(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

// each calls do for 0 to n-1, on as many goroutines as there are processors, and returns when all are done.
func each(n int, do func(int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}
