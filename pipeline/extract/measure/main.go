// Command measure holds kheo's reading of a folder of PDF files against
// pdftotext's: for every file with 20 words or more, which share of
// pdftotext's words kheo has too. `make bench-read DIR=…` runs it.
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

type file struct {
	name   string
	recall float64
	words  int
	res    extract.Result
	took   time.Duration
}

func main() {
	extract.RunIfChild()
	log.SetFlags(0)
	worst := flag.Int("worst", 15, "list so many of the worst files")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("name one folder of PDF files")
	}
	names, err := filepath.Glob(filepath.Join(flag.Arg(0), "*.pdf"))
	if err != nil || len(names) == 0 {
		log.Fatalf("no .pdf files in %s", flag.Arg(0))
	}
	files, whole := read(names)
	measured := compare(files)
	fmt.Printf("%d files, read in %.1f s by %d processes\n", len(files), whole.Seconds(), runtime.GOMAXPROCS(0))
	errs := map[string]int{}
	for _, f := range files {
		errs[f.res.Error]++
	}
	fmt.Printf("outcomes (empty: read): %v\n", errs)
	var recalls []float64
	good := 0
	for _, f := range measured {
		recalls = append(recalls, f.recall)
		if f.recall >= 0.95 {
			good++
		}
	}
	slices.Sort(recalls)
	fmt.Printf("%d files with 20 words or more: median recall %.4f; at least 0.95 on %.1f %%; mean %.4f\n",
		len(measured), recalls[len(recalls)/2], 100*float64(good)/float64(len(measured)), mean(recalls))
	sort.Slice(measured, func(i, j int) bool { return measured[i].recall < measured[j].recall })
	for _, f := range measured[:min(*worst, len(measured))] {
		fmt.Printf("  %.3f  %5d words  %s %s %s\n", f.recall, f.words, filepath.Base(f.name), f.res.Error, f.res.Detail)
	}
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

// read reads every file with kheo's own processes.
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

// compare fills in the recall of those files that pdftotext finds words in.
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
		bag := map[string]int{}
		for _, p := range f.res.Pages {
			for _, w := range words(p.Text) {
				bag[w]++
			}
		}
		both := 0
		for _, w := range want {
			if bag[w] > 0 {
				bag[w]--
				both++
			}
		}
		f.words, f.recall = len(want), float64(both)/float64(len(want))
		mu.Lock()
		out = append(out, f)
		mu.Unlock()
	})
	return out
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(norm.NFKC.String(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}

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
