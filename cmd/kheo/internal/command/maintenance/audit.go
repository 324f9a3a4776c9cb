package maintenance

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/anchor"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Audit shows the newest events of the audit trail, oldest first, so that the last line is the latest event.
//
// With --json it prints { "events": [ event with "hash" ], "total": N }, in which total counts all events and not
// only those that are shown. Reading the trail verifies the chain of hashes: a broken chain is an error.
func Audit(env *cli.Env) *cobra.Command {
	limit := 50
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show what people did; `kheo audit verify` detects whether any of it was changed",
		Args:  cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			events, err := w.Review().Events(cmd.Context())
			if err != nil {
				return err
			}
			newest := events[max(0, len(events)-limit):]
			if env.JSON {
				type hashed struct {
					*review.Event
					Hash string `json:"hash"`
				}
				out := []hashed{}
				for _, e := range newest {
					out = append(out, hashed{e, e.Hash})
				}
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"events": out, "total": len(events)})
			}
			if len(newest) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "The audit trail is empty.")
				return nil
			}
			var rows [][]string
			for _, e := range newest {
				rows = append(rows, eventRow(e))
			}
			cli.Table(cmd.OutOrStdout(), []string{"", "at", "who", "did", "about", "", "hash"}, rows, 0)
			return nil
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "show the last `N` events")
	cmd.AddCommand(auditVerify(env))
	return cmd
}

// eventRow returns the row of an event in the table of Audit: number, time, person, action, what it is about,
// the value and reason, and the beginning of the hash. The reason is clipped, and the hash shortened to 12
// digits; --json has both in full.
func eventRow(e *review.Event) []string {
	about := e.Dossier
	if e.Data.Subject != "" {
		about = e.Data.Subject + " " + about
	}
	if about == "" {
		about = e.Ruleset
	}
	value := string(e.Data.Value) + string(e.Data.Decision)
	if e.Action == review.Scored {
		points := "taken back"
		if e.Data.Points != nil {
			points = fmt.Sprint(*e.Data.Points)
		}
		value = strings.TrimSpace(e.Data.Name+" "+e.Data.Criterion) + ": " + points
	}
	return []string{
		fmt.Sprint(e.Seq),
		e.At,
		e.Person,
		string(e.Action),
		about,
		cli.Clip(value+cli.Because(e.Data.Reason), 60),
		e.Hash[:12],
	}
}

// auditVerify verifies the audit trail and everything derived from it. It fails with all faults that it finds, not
// only the first, because an investigation needs to know how far the damage goes.
//
// --mend changes the records only after everything was verified, and never the trail itself: the trail is what
// the records are derived from. Scores under a name that several people have are listed as well. They are not
// faults: a person must settle them.
func auditVerify(env *cli.Env) *cobra.Command {
	expect, mend := "", false
	var anchors []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify the audit trail, its anchors, and everything that depends on it",
		Long: `Read the whole audit trail, derive every closed list again from it and from the list of its run, and
compare the scores and passwords in the records with it.

Hashes alone do not reveal that the last events were removed, or the whole trail replaced. Anchors do:
each is the number of events and the hash of the last one. They are in run.json of every edition in
lists/, in closed lists, at the foot of minutes, lists and decisions, and in the file that audit:
anchor: in kheo.yaml names. All that are found in the workspace are used; --anchor adds a file: a paper
(Word or text), or JSON with events and head; or the text of a paper, typed as "EVENTS / HASH". --expect
is for a hash alone, as older papers name it.

--mend rewrites the scores in the records from the audit trail, after everything was verified.`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			r, err := anchor.Verify(cmd.Context(), w, expect, anchors...)
			if err != nil {
				return err
			}
			if mend {
				if err := w.Review().Mend(cmd.Context()); err != nil {
					return err
				}
			}
			out := cmd.OutOrStdout()
			if env.JSON {
				if err := cli.PrintJSON(out, r); err != nil {
					return err
				}
			} else {
				fmt.Fprintf(out, "Verified: %s, %s; the last hash is %s\n", cli.Plural(r.Events, "event"),
					cli.Plural(len(r.Closed), "closed list"), r.Head)
				fmt.Fprintln(out, anchorsText(r.Anchors))
				for _, u := range r.Unsettled {
					fmt.Fprintln(out, "To settle:", u)
				}
			}
			var all []error
			for _, f := range r.Faults {
				all = append(all, errors.New(f))
			}
			return errors.Join(all...)
		}),
	}
	cmd.Flags().StringArrayVar(&anchors, "anchor", nil,
		"a file with anchors, a paper or JSON, or \"EVENTS / HASH\" (may be given several times)")
	cmd.Flags().BoolVar(&mend, "mend", false, "rewrite the scores in the records from the audit trail")
	cmd.Flags().StringVar(
		&expect,
		"expect",
		"",
		"a hash that the audit trail must contain, as a signed paper names it",
	)
	return cmd
}

// anchorsText says how many anchors were found, and how many of them the audit trail matches. Without any
// anchor it says so: a trail whose end was removed looks like a shorter, intact one. kheo check --store prints
// the same line.
func anchorsText(a review.AnchorReport) string {
	switch {
	case a.Found == 0:
		return "No anchors were found: it is not known whether the last events were removed."
	case a.Held == a.Found:
		return fmt.Sprintf("Anchors: %d found, all match.", a.Found)
	}
	return fmt.Sprintf("Anchors: %d found, %d do not match.", a.Found, a.Found-a.Held)
}
