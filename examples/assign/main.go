// Assign assigns many dossiers to evaluators at once, from comma-separated values with the columns dossier and person:
//
//	KHEO=https://kheo.example.org TOKEN=… go run ./examples/assign model-district assignments.csv
//
// The token needs the scope review, and belongs to someone who may assign. Everything is tried first: if one line is
// wrong, each wrong line is named and nothing is assigned.
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"kheo/examples/client"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "Use it like this: assign LIST FILE.csv")
		os.Exit(2)
	}
	if err := assign(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "assign:", err)
		os.Exit(1)
	}
}

// assignment is who is to evaluate a dossier.
type assignment struct {
	Dossier string `json:"dossier"`
	Person  string `json:"person"`
}

// assign tries the assignments of a file, and makes them if all of them can be made.
func assign(list, file string) error {
	kheo, err := client.FromEnvironment()
	if err != nil {
		return err
	}
	rows, lines, err := read(file)
	if err != nil {
		return err
	}
	path := "/lists/" + url.PathEscape(list) + "/assignments"
	body := map[string]any{"assignments": rows}
	var done struct{ Message string }
	for _, query := range []string{"?dry_run=true", ""} {
		if err := kheo.Post(path+query, body, &done); err != nil {
			return named(err, lines)
		}
	}
	fmt.Println(done.Message)
	return nil
}

// read reads the assignments of a file, each with its line.
func read(name string) (rows []assignment, lines []int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff")))
	}
	dossier, person := slices.Index(head, "dossier"), slices.Index(head, "person")
	if dossier < 0 || person < 0 {
		return nil, nil, fmt.Errorf("%s needs the columns dossier and person in its first line", name)
	}
	all, err := r.ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, row := range all {
		rows = append(rows, assignment{strings.TrimSpace(row[dossier]), strings.TrimSpace(row[person])})
		lines = append(lines, i+2)
	}
	return rows, lines, nil
}

// named returns an error with the lines of the file that are wrong.
func named(err error, lines []int) error {
	var p *client.Problem
	if !errors.As(err, &p) {
		return err
	}
	for _, e := range p.Errors {
		at, i := e.Location, 0
		if _, err := fmt.Sscanf(e.Location, "body.assignments[%d]", &i); err == nil && i < len(lines) {
			at = fmt.Sprintf("line %d (%v)", lines[i], e.Value)
		}
		err = fmt.Errorf("%w\n%s: %s", err, at, e.Message)
	}
	return err
}
