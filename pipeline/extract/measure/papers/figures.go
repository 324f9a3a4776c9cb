package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
)

// figuresFile is where the figures of each table are written; "" if nowhere. They say how much of a table was not
// read and what kind of table it is, but nothing of its content, so that the kinds that are read badly can be found
// in a half that is kept apart.
var figuresFile string

// addFile adds the tables of a file to a score, and writes the figures of each of them.
func (s *score) addFile(truth, read []*table, path, name string) {
	if figuresFile == "" {
		s.add(truth, read)
		return
	}
	out, err := os.OpenFile(figuresFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	defer out.Close()
	pairs, rest := match(truth, read)
	for n, p := range pairs {
		if !p.truth.chosen {
			continue
		}
		var one score
		one.addTable(&p)
		k := kindOf(p.truth)
		parts := 0
		if p.read != nil {
			parts = p.read.rows()
		}
		fmt.Fprintf(out, "%s\t%s\t%d\tcells %d\tfound %d\tlost %d\tread %d\tright %d\trows %d\tcols %d\tspans "+
			"%d\tempty %d\t"+
			"numbers %d\tlong %d\tdepth %d\toptional %d\tread rows %d\theaders %d\tfound %d\tfalse %d\n",
			filepath.Base(name),
			filepath.Base(path), n, one.cells, one.found, one.cells-one.found, one.read, one.right, k.rows, k.cols,
			k.spans,
			k.empty, k.numbers, k.long, p.truth.depth, k.optional, parts, one.headers, one.headersFound,
			one.headersFalse)
	}
	false := 0
	for _, t := range rest {
		false += len(newGrid(t).cells)
	}
	if false > 0 {
		fmt.Fprintf(out, "%s\t%s\t-\tno tables %d\tcells %d\n", filepath.Base(name), filepath.Base(path), len(rest),
			false)
	}
	s.addPairs(pairs, rest)
}

// kind is what kind of table one is.
type kind struct{ rows, cols, spans, empty, numbers, long, optional int }

// kindOf returns the kind of a true table.
func kindOf(t *table) (k kind) {
	for i := range t.cells {
		c := &t.cells[i]
		k.rows, k.cols = max(k.rows, c.row+1), max(k.cols, c.col+c.colspan)
		if c.colspan > 1 {
			k.spans++
		}
		if c.optional {
			k.optional++
		}
		if len(c.keys) == 0 {
			k.empty++
			continue
		}
		if len(c.keys[0]) > 120 {
			k.long++
		}
		digits := 0
		for _, r := range c.keys[0] {
			if r >= '0' && r <= '9' {
				digits++
			}
		}
		if 2*digits > len(c.keys[0]) {
			k.numbers++
		}
	}
	return k
}
