package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kheo/pipeline/anchor"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// cut shortens a text to so many code points.
func cut(s string, most int) string {
	if rs := []rune(s); len(rs) > most {
		return string(rs[:most-1]) + "…"
	}
	return s
}

// auditCmd shows and verifies what people did.
func auditCmd(c *common) *cobra.Command {
	most := 50
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show what people did; `kheo audit verify` finds out whether any of it was changed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				events, err := w.Review().Events(cmd.Context())
				if err != nil {
					return err
				}
				shown := events[max(0, len(events)-most):]
				if c.json {
					type told struct {
						*review.Event
						Hash string `json:"hash"`
					}
					out := []told{}
					for _, e := range shown {
						out = append(out, told{e, e.Hash})
					}
					return printJSON(cmd.OutOrStdout(), map[string]any{"events": out, "total": len(events)})
				}
				var rows [][]string
				for _, e := range shown {
					about := e.Dossier
					if e.Data.Subject != "" {
						about = e.Data.Subject + " " + about
					}
					if about == "" {
						about = e.Ruleset
					}
					said := string(e.Data.Value) + string(e.Data.Decision)
					if e.Action == review.Scored {
						said = strings.TrimSpace(e.Data.Name+" "+e.Data.Criterion) + ": taken back"
						if e.Data.Points != nil {
							said = strings.TrimSuffix(said, "taken back") + fmt.Sprint(*e.Data.Points)
						}
					}
					if e.Data.Reason != "" {
						said += ": " + e.Data.Reason
					}
					rows = append(rows, []string{fmt.Sprint(e.Seq), e.At, e.Person, string(e.Action), about, cut(said, 60),
						e.Hash[:12]})
				}
				if len(rows) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), "Nobody has done anything yet.")
					return nil
				}
				table(cmd.OutOrStdout(), []string{"", "at", "who", "did", "about", "", "hash"}, rows, 0)
				return nil
			})
		},
	}
	cmd.Flags().IntVar(&most, "limit", most, "show the last so many")
	cmd.AddCommand(auditVerify(c))
	return cmd
}

func auditVerify(c *common) *cobra.Command {
	expect, mend := "", false
	var anchors []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read the whole chain of events, and hold to it and to its anchors all that hangs on it",
		Long: `Read the whole chain of events, derive every closed list anew from it and from the list that its run published, and
compare the scores and passwords in the records with it.

The hashes of the chain do not tell whether its last events were removed, or all of it was replaced. Anchors do:
each says how many events there were and the hash of the last. They stand in run.json of every edition in lists/, in
closed lists, at the foot of minutes, lists and decisions, and in the file that audit: anchor: in kheo.yaml names.
All that are found in the workspace are used; --anchor adds a file: a paper (Word or text),
or JSON with events and head; or what a paper says, typed as "EVENTS / HASH".
--expect is for a hash alone, as an older paper names it.

--mend writes the scores in the records as the chain tells them, after everything was verified.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				r, err := anchor.Verify(cmd.Context(), w, expect, anchors...)
				if err != nil {
					return err
				}
				if mend {
					if err := w.Review().Mend(cmd.Context()); err != nil {
						return err
					}
				}
				if c.json {
					if err := printJSON(cmd.OutOrStdout(), r); err != nil {
						return err
					}
				} else {
					fmt.Fprintf(cmd.OutOrStdout(), "%s read, %s derived anew; the last hash is %s\n", plural(r.Events, "event"),
						plural(len(r.Closed), "closed list"), r.Head)
					fmt.Fprintln(cmd.OutOrStdout(), anchorsText(r.Anchors))
					for _, u := range r.Unsettled {
						fmt.Fprintln(cmd.OutOrStdout(), "To settle:", u)
					}
				}
				if len(r.Faults) == 0 {
					return nil
				}
				var all []error
				for _, f := range r.Faults {
					all = append(all, errors.New(f))
				}
				return errors.Join(all...)
			})
		},
	}
	cmd.Flags().StringArrayVar(&anchors, "anchor", nil,
		"a file with anchors, a paper or JSON, or \"EVENTS / HASH\" (may be given several times)")
	cmd.Flags().BoolVar(&mend, "mend", false, "write the scores in the records as the chain tells them")
	cmd.Flags().StringVar(&expect, "expect", "", "a hash that the chain must have, as a signed paper names it")
	return cmd
}

// anchorsText tells what holding the audit trail to its anchors found.
func anchorsText(a review.AnchorReport) string {
	switch {
	case a.Found == 0:
		return "No anchors were found: whether the last events were removed cannot be told."
	case a.Held == a.Found:
		return fmt.Sprintf("Anchors: %d found, all hold.", a.Found)
	}
	return fmt.Sprintf("Anchors: %d found, %d fail.", a.Found, a.Found-a.Held)
}
