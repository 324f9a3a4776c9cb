package main

import (
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// structureSuffix is how a file ends that states the tables of the PDF file beside it, in the format of the table
// competition of ICDAR 2013 (Göbel, Hassan, Oro, Orsi). It says nothing of headers.
const structureSuffix = "-str.xml"

// structured returns the tables that such a file states. A table may be in several regions of the document, which
// say by how many rows and columns they are moved.
func structured(name string) (out []*table, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	root, err := parse(f)
	if err != nil {
		return nil, err
	}
	number := func(e *element, name string, unstated int) int {
		if n, err := strconv.Atoi(e.get(name)); err == nil {
			return n
		}
		return unstated
	}
	root.each("table", func(e *element) {
		t := &table{chosen: true}
		out = append(out, t)
		e.each("region", func(region *element) {
			rows, cols := number(region, "row-increment", 0), number(region, "col-increment", 0)
			region.each("cell", func(c *element) {
				row, col := number(c, "start-row", 0), number(c, "start-col", 0)
				t.cells = append(t.cells, cell{row: row + rows, col: col + cols,
					colspan: max(1, number(c, "end-col", col)-col+1),
					keys:    addKey(nil, plain(c.child("content").content()))})
			})
		})
	})
	return out, nil
}

// measureForeign prints how well tables of PDF files agree that other people labelled.
func measureForeign(kheo, root, half string, worst int) {
	var names []string
	for _, s := range sets {
		_ = filepath.WalkDir(filepath.Join(root, s.folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, structureSuffix) {
				names = append(names, path)
			}
			return nil
		})
	}
	slices.Sort(names)
	fmt.Println()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "foreign\thalf\t"+scoreTitles)
	for _, h := range []string{workedWith, keptApart} {
		if half != "" && half != h {
			continue
		}
		var paths []string
		var truths [][]*table
		for _, name := range names {
			pdf := strings.TrimSuffix(name, structureSuffix) + ".pdf"
			if _, err := os.Stat(pdf); err != nil || halfOf(pdf) != h {
				continue
			}
			tables, err := structured(name)
			if err != nil {
				log.Printf("%s: %v", name, err)
				continue
			}
			paths, truths = append(paths, pdf), append(truths, tables)
		}
		all := scoreFiles(kheo, paths, paths, truths, worst > 0 && h == workedWith, loosen)
		fmt.Fprintf(out, "PDF\t%s\t%s\n", h, all.line(len(paths)))
	}
	out.Flush()
}
