package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kheo/pipeline"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
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
			return withWorkspace(cmd, c, func(w *pipeline.Workspace) error {
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
					if e.Data.Reason != "" {
						said += ": " + e.Data.Reason
					}
					rows = append(rows, []string{fmt.Sprint(e.Seq), e.At, e.Person, string(e.Action), about, cut(said, 60), e.Hash[:12]})
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
	expect := ""
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read the whole chain of events, and derive every closed list anew from it",
		Long: `Read the whole chain of events, and derive every closed list anew from it and from the list that its run published.
Signed papers name the hash of the closing: with --expect the chain must have it, so that a chain which somebody
wrote anew from the beginning is found out too.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *pipeline.Workspace) error {
				r, err := w.Review().Verify(cmd.Context(), expect, func(run, ruleset string) (*publish.File, error) { return w.List(cmd.Context(), run, ruleset) })
				if err != nil {
					return err
				}
				if c.json {
					if err := printJSON(cmd.OutOrStdout(), r); err != nil {
						return err
					}
				} else {
					fmt.Fprintf(cmd.OutOrStdout(), "%s read, %s derived anew; the last hash is %s\n", plural(r.Events, "event"), plural(len(r.Closed), "closed list"), r.Head)
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
	cmd.Flags().StringVar(&expect, "expect", "", "a hash that the chain must have, as a signed paper names it")
	return cmd
}
