package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"kheo/samples"
)

// listed is what a list says of a dossier, as far as a list that was calculated by hand has it.
type listed struct {
	Dossier, Field, Outcome, Reason string
	Points                          float64
	Place, Order                    int
	Award                           *struct{ Title string }
	Granted                         *struct{ Amount float64 }
}

// noAward are the words of the lists calculated by hand for dossiers that get nothing, with the outcome that kheo has
// for them.
var noAward = map[string]string{
	"ingen pris": "not-recommended", "không": "not-recommended", "không xếp hạng": "not-recommended",
	"not fundable": "not-recommended", "not awarded": "not-recommended", "under 100 poeng": "not-recommended",
	"samme sted": "not-recommended", "loddtrekning": "needs-review",
}

// asByHand is the command as-by-hand SCHEME of the scripts: it holds the list of a workspace of that name against the
// one that was calculated by hand from the papers and the published rules.
func asByHand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: as-by-hand SCHEME")
	}
	s, _ := samples.SchemeNamed(args[0])
	b, err := samples.Expected(s)
	ts.Check(err)
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	ts.Check(err)
	names, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "lists", "*", "latest", "*.json"))
	ts.Check(err)
	var list struct{ Entries []listed }
	for _, name := range names {
		if base := filepath.Base(name); base != "run.json" && base != "unplaced.json" {
			ts.Check(json.Unmarshal([]byte(ts.ReadFile(name)), &list))
		}
	}
	if len(list.Entries) != len(rows)-1 {
		ts.Fatalf("%d dossiers are listed, and %d by hand", len(list.Entries), len(rows)-1)
	}
	var wrong []string
	for _, row := range rows[1:] {
		found := false
		for i := range list.Entries {
			e := &list.Entries[i]
			if name := e.Dossier[:strings.LastIndex(e.Dossier, "-")]; strings.HasPrefix(row[0], name) {
				found = true
				for _, w := range unlike(e, list.Entries, args[0] == "participatory-budget", row) {
					wrong = append(wrong, row[0]+": "+w)
				}
			}
		}
		if !found {
			wrong = append(wrong, row[0]+": is not listed")
		}
	}
	if len(wrong) > 0 {
		ts.Fatalf("the list of %s is not the one calculated by hand:\n%s", args[0], strings.Join(wrong, "\n"))
	}
}

// unlike says what an entry has otherwise than a row of the list calculated by hand: dossier, eligible, place, points,
// award, granted, reason. perField says that places are counted in each field.
func unlike(e *listed, all []listed, perField bool, row []string) (out []string) {
	differs := func(what string, got, want any) {
		out = append(out, fmt.Sprintf("%s %v, by hand %v", what, got, want))
	}
	if eligible := e.Outcome != "ineligible"; eligible != (row[1] == "yes") {
		differs("eligible", eligible, row[1])
	}
	place := e.Place
	if perField && e.Outcome != "ineligible" {
		place = 1
		for i := range all {
			if o := &all[i]; o.Field == e.Field && o.Order > 0 && o.Order < e.Order {
				place++
			}
		}
	}
	if strconv.Itoa(place) != row[2] {
		differs("place", place, row[2])
	}
	if want, err := strconv.ParseFloat(row[3], 64); err != nil || math.Abs(e.Points-want) > 1e-9 {
		differs("points", e.Points, row[3])
	}
	title, want := "", strings.TrimPrefix(strings.ToLower(row[4]), "delt ")
	if e.Award != nil {
		title = strings.ToLower(e.Award.Title)
	}
	switch outcome, none := noAward[want]; {
	case e.Outcome == "ineligible":
	case none && (e.Outcome != outcome || title != "" && title != "hoppet over"):
		differs("outcome", e.Outcome+" "+title, outcome)
	case !none && title != want:
		differs("award", title, row[4])
	}
	granted := 0.0
	if e.Granted != nil {
		granted = e.Granted.Amount
	}
	if want, _ := strconv.ParseFloat(row[5], 64); granted != want {
		differs("granted", granted, row[5])
	}
	return out
}
