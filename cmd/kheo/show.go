package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/internal/text/language"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// shown is `kheo show --json`.
type shown struct {
	Dossier     string          `json:"dossier"`
	Kind        string          `json:"kind"`
	Title       string          `json:"title"`
	Unit        string          `json:"unit"`
	Level       string          `json:"level"`
	Field       string          `json:"field"`
	Version     int             `json:"version"`
	Facts       []dossier.Fact  `json:"facts"`
	Documents   []shownDocument `json:"documents"`
	Assessments []shownEntry    `json:"assessments"`
	Deliveries  []shownDelivery `json:"deliveries"`

	received string // when the newest version was received
}

// shownDelivery is what was handed in at one time. Versions that an older kheo recorded have none.
type shownDelivery struct {
	Version  int    `json:"version"`
	Received string `json:"received"`
	Entry    string `json:"entry"`
	Replaces bool   `json:"replaces"`
	store.Changes
}

type shownDocument struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"`
	Pages int      `json:"pages"`
	Flags []string `json:"flags"`
	Error string   `json:"error,omitempty"`
}

type shownEntry struct {
	Ruleset string `json:"ruleset"`
	publish.Entry
}

func langFlag(cmd *cobra.Command, c *common) *cobra.Command {
	cmd.Flags().StringVar(&c.lang, "lang", "", "texts in this language: "+strings.Join(language.Codes(), ", ")+" (default: the campaign's first)")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if c.lang != "" && language.Get(c.lang) == nil {
			return usage{fmt.Errorf("there are no texts in %q; languages are: %s", c.lang, strings.Join(language.Codes(), ", "))}
		}
		return run(cmd, args)
	}
	return cmd
}

func showCmd(c *common) *cobra.Command {
	return langFlag(&cobra.Command{
		Use:   "show DOSSIER",
		Short: "Show a dossier: facts, documents, assessment with every piece of evidence",
		Args:  cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			id, err := w.Resolve(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			acc, d, err := w.Load(cmd.Context(), id)
			if err != nil {
				return err
			}
			a, err := w.Store.Assessment(cmd.Context(), id)
			if err != nil {
				return err
			}
			if a == nil {
				return fmt.Errorf("%s has been taken in but not assessed yet: run `kheo run`", id)
			}
			s := shown{Dossier: id, Kind: a.Kind, Title: a.Title, Unit: a.Unit, Level: a.Level, Field: a.Field, Version: acc.Version, Facts: a.Facts}
			for _, doc := range d.Documents {
				flags := doc.Flags
				if flags == nil {
					flags = []string{}
				}
				why := ""
				if doc.Error != "" {
					why = rules.UnreadText(doc.Error, doc.Detail).In(listLanguages(c, w)...)
				}
				s.Documents = append(s.Documents, shownDocument{doc.Name, doc.Type, len(doc.Pages), flags, why})
			}
			if err := s.addDeliveries(cmd, w, acc); err != nil {
				return err
			}
			e := publish.Of(a, 0, listLanguages(c, w)...)
			if listed, err := onList(cmd, w, a); err != nil {
				return err
			} else if listed != nil { // with rank and quota
				e.Rank, e.Outcome, e.Certainty, e.ByHand = listed.Rank, listed.Outcome, listed.Certainty, listed.ByHand
				if listed.Points != a.Points { // as the list was closed
					e = *listed
				} else if listed.Outcome != a.Outcome || listed.ByHand != nil {
					e.Reason, e.Flags = listed.Reason, listed.Flags
				}
			}
			s.Assessments = []shownEntry{{a.Ruleset, e}}
			if c.json {
				return printJSON(cmd.OutOrStdout(), s)
			}
			s.print(cmd.OutOrStdout(), w)
			return nil
		}),
	}, c)
}

// addDeliveries adds what came when.
func (s *shown) addDeliveries(cmd *cobra.Command, w *workspace.Workspace, a *store.Accepted) error {
	all, err := w.Store.Deliveries(cmd.Context(), a.ID)
	if err != nil {
		return err
	}
	at := func(t time.Time) string { return t.In(w.Campaign().Location).Format(time.RFC3339) }
	s.Deliveries, s.received = []shownDelivery{}, at(a.ReceivedAt)
	for _, d := range all {
		s.Deliveries = append(s.Deliveries, shownDelivery{d.Version, at(d.At), d.Entry, d.Whole, d.Changes})
	}
	return nil
}

// printDeliveries prints what came when.
func (s *shown) printDeliveries(w io.Writer) {
	fmt.Fprintf(w, "\nDeliveries\n")
	switch first := s.firstRecorded(); {
	case first == 0:
		fmt.Fprintf(w, "  version %d, received %s (an older kheo recorded no deliveries)\n", s.Version, s.received)
	case first > 1:
		fmt.Fprintf(w, "  versions before %d: an older kheo recorded no deliveries\n", first)
	}
	for _, d := range s.Deliveries {
		how := ""
		if d.Replaces && d.Version > 1 {
			how = ", replaces everything received before"
		}
		fmt.Fprintf(w, "  version %d, received %s, as %s%s\n", d.Version, d.Received, d.Entry, how)
		printDelivered(w, "      ", d.Changes)
	}
}

// firstRecorded is the first version whose delivery is recorded; 0 where none is.
func (s *shown) firstRecorded() int {
	if len(s.Deliveries) == 0 {
		return 0
	}
	return s.Deliveries[0].Version
}

// onList finds the dossier on the list of its ruleset that is in force.
func onList(cmd *cobra.Command, w *workspace.Workspace, a *dossier.Assessment) (*publish.Entry, error) {
	run, err := editions.FindRun(cmd.Context(), w, "")
	if err != nil {
		return nil, nil // nothing published yet
	}
	f, err := editions.ListNow(cmd.Context(), w, run.Run, a.Ruleset)
	if err != nil || f == nil {
		return nil, err
	}
	closed, err := closedOn(cmd, w)
	if err != nil {
		return nil, err
	}
	for i := range f.Entries {
		if f.Entries[i].Dossier == a.Dossier && (f.Entries[i].Points == a.Points || closed[a.Ruleset] != "") {
			return &f.Entries[i], nil
		}
	}
	return nil, nil
}

func (s *shown) print(w io.Writer, ws *workspace.Workspace) {
	e := s.Assessments[0]
	unit := s.Unit
	if u := ws.Campaign().Env.UnitByID(s.Unit); u != nil {
		unit = u.Name
	}
	fmt.Fprintf(w, "%s\n%s\n", s.Title, strings.Join(nonEmpty(s.Dossier, unit, s.Kind, s.Level, s.Field), " · "))
	fmt.Fprintf(w, "\n%s", strings.ToUpper(string(e.Outcome)))
	if e.Rank > 0 {
		fmt.Fprintf(w, ", rank %d", e.Rank)
	}
	fmt.Fprintf(w, ", %v of %v points (%s)\n%s\n", e.Points, e.Max, e.Ruleset, e.Reason)
	if e.Certainty != nil {
		fmt.Fprintln(w, e.Certainty.Text)
	}
	if len(e.Flags) > 0 {
		fmt.Fprintf(w, "\nFlags\n")
		for _, f := range e.Flags {
			fmt.Fprintf(w, "  ! %s: %s\n", f.Code, f.Message)
		}
	}
	if len(e.Gates) > 0 {
		fmt.Fprintf(w, "\nGates\n")
		for _, g := range e.Gates {
			mark := "✓"
			if !g.Passed {
				mark = "✗"
			}
			fmt.Fprintf(w, "  %s %s: %s\n", mark, g.ID, g.Reason)
		}
	}
	if len(e.Criteria) > 0 {
		fmt.Fprintf(w, "\nCriteria\n")
		for _, cr := range e.Criteria {
			fmt.Fprintf(w, "  %5v /%3v  %s\n              %s\n", cr.Points, cr.Max, cr.Title, cr.Reason)
			for _, ev := range cr.Evidence {
				if ev.Quote != "" {
					fmt.Fprintf(w, "              “%s”\n                 %s, page %d\n", strings.Join(strings.Fields(ev.Quote), " "), ev.Document, ev.Page)
				}
			}
		}
	}
	if len(s.Facts) > 0 {
		fmt.Fprintf(w, "\nFacts\n")
		var rows [][]string
		for _, f := range s.Facts {
			rows = append(rows, []string{"  " + f.Name, strings.TrimSpace(value(f.Value) + " " + f.Unit), fmt.Sprintf("%s, page %d", f.Source.Document, f.Source.Page), clip(f.Source.Quote, 60)})
			for _, r := range f.Rivals {
				rows = append(rows, []string{"    but", value(r.Value), fmt.Sprintf("%s, page %d", r.Source.Document, r.Source.Page), clip(r.Source.Quote, 60)})
			}
		}
		table(w, []string{"  fact", "value", "where", "quote"}, rows)
	}
	fmt.Fprintf(w, "\nDocuments\n")
	for _, d := range s.Documents {
		line := fmt.Sprintf("  %s  (%s, %s)", d.Name, d.Type, plural(d.Pages, "page"))
		if d.Error != "" {
			line += "  NOT READ: " + d.Error
		}
		if len(d.Flags) > 0 {
			line += "  " + strings.Join(d.Flags, ", ")
		}
		fmt.Fprintln(w, line)
	}
	s.printDeliveries(w)
}

func value(v any) string {
	if f, ok := v.(float64); ok {
		return rules.Number(f, "en")
	}
	return fmt.Sprint(v)
}

func nonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// jsonProblems prints the mistakes of YAML files as JSON where that is asked
// for.
func jsonProblems(cmd *cobra.Command, c *common, err error) error {
	var ps strict.Problems
	if !c.json || !errors.As(err, &ps) {
		return err
	}
	if err := printJSON(cmd.OutOrStdout(), map[string]any{"ok": false, "problems": ps}); err != nil {
		return err
	}
	return errSaid
}
