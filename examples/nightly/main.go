// Nightly pulls all lists of a campaign into one workbook, a sheet for each list. It is meant for cron:
//
//	KHEO=https://kheo.example.org TOKEN=… go run ./examples/nightly lists.xlsx
//
// The token needs the scope read. If anything fails, the workbook of yesterday stays as it is, and the status is 1.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/xuri/excelize/v2"

	"kheo/examples/client"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "Use it like this: nightly FILE.xlsx")
		os.Exit(2)
	}
	if err := pull(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "nightly:", err)
		os.Exit(1)
	}
}

// head are the columns of a sheet.
var head = []any{"rank", "dossier", "title", "unit", "field", "outcome", "points", "max", "decision"}

// pull writes a workbook of all lists.
func pull(name string) error {
	kheo, err := client.FromEnvironment()
	if err != nil {
		return err
	}
	lists, err := kheo.Lists()
	if err != nil {
		return err
	}
	if len(lists) == 0 {
		return errors.New("there is no list yet")
	}
	book := excelize.NewFile()
	defer book.Close()
	for i, l := range lists {
		entries, err := kheo.Entries(l.Ruleset)
		if err != nil {
			return fmt.Errorf("%s: %w", l.Ruleset, err)
		}
		sheet := fmt.Sprintf("%d %s", i+1, l.Ruleset) // a sheet has at most 31 characters
		sheet = sheet[:min(len(sheet), 31)]
		if _, err := book.NewSheet(sheet); err != nil {
			return err
		}
		rows := [][]any{head}
		for _, e := range entries {
			rows = append(rows, row(&e))
		}
		for r := range rows { // text is written as text: none of it becomes a formula
			if err := book.SetSheetRow(sheet, fmt.Sprintf("A%d", r+1), &rows[r]); err != nil {
				return err
			}
		}
		fmt.Printf("%s: %d entries\n", l.Ruleset, len(entries))
	}
	if err := book.DeleteSheet("Sheet1"); err != nil {
		return err
	}
	b, err := book.WriteToBuffer()
	if err != nil {
		return err
	}
	return client.Replace(name, b.Bytes())
}

// row returns the cells of an entry. What the person of the token must not know is left blank, and not zero.
func row(e *client.Entry) []any {
	switch {
	case e.Recused != "":
		return []any{nil, e.Dossier, e.Title, e.Unit, nil, "recused: " + e.Recused}
	case e.Hidden:
		return []any{nil, e.Dossier, e.Title, e.Unit, e.Field, "hidden"}
	}
	var rank any
	if e.Rank > 0 {
		rank = e.Rank
	}
	return []any{rank, e.Dossier, e.Title, e.Unit, e.Field, e.Outcome, e.Points, e.Max, e.Decision}
}
