package lists

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/editions"
	"kheo/pipeline/review"
	"kheo/pipeline/review/secretballots"
	"kheo/pipeline/workspace"
)

// objectionTo is an objection with what it is about.
type objectionTo struct {
	Ruleset  string `json:"ruleset"`
	Dossier  string `json:"dossier"`
	Unit     string `json:"unit"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	By       string `json:"by"`
	At       string `json:"at"`
	Outcome  string `json:"outcome"`
	Answer   string `json:"answer"`
	Answered string `json:"answered"`
}

// Objections lists objections to decisions on closed lists, and answers one.
//
// With --json it prints { "objections": [ … ] }.
func Objections(env *cli.Env) *cobra.Command {
	var open bool
	cmd := &cobra.Command{
		Use:   "objections",
		Short: "Objections of units to decisions on closed lists",
		Long:  `List what units have objected to decisions on closed lists, with the answers. See: kheo help committee`,
		Args:  cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			out, err := objectionsOf(cmd, w, open)
			if err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"objections": out})
			}
			for _, o := range out {
				state := o.Outcome
				if state == "" {
					state = "open"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s (%s), of %s\n  %s\n", o.Ruleset, state, o.Dossier, o.Title,
					o.Unit, o.Text)
				if o.Answer != "" {
					fmt.Fprintf(cmd.OutOrStdout(), "  answer: %s\n", o.Answer)
				}
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&open, "open", false, "only those that wait for an answer")
	cmd.AddCommand(answerObjection(env))
	return cmd
}

// objectionsOf returns all objections, the oldest first.
func objectionsOf(cmd *cobra.Command, w *workspace.Workspace, open bool) (out []objectionTo, err error) {
	out = []objectionTo{}
	return out, w.Review().View(cmd.Context(), func(s *review.State) error {
		for _, o := range review.Objections(s, open) {
			out = append(out, objectionTo{o.Ruleset, o.Dossier, o.Unit, o.Title, o.Text, o.By, o.At, o.Outcome,
				o.Answer, o.Answered})
		}
		return nil
	})
}

// answerObjection answers the objection that is open on an entry.
func answerObjection(env *cli.Env) *cobra.Command {
	var outcome, why string
	cmd := &cobra.Command{
		Use:   "answer DOSSIER",
		Short: "Answer the objection to the decision on a dossier",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if outcome != review.ObjectionUpheld && outcome != review.ObjectionRejected {
				return cli.Usagef("--outcome is %s or %s", review.ObjectionUpheld, review.ObjectionRejected)
			}
			all, err := objectionsOf(cmd, w, true)
			if err != nil {
				return err
			}
			for _, o := range all {
				if o.Dossier != args[0] {
					continue
				}
				e := review.Event{Person: review.System, Action: review.ObjectionAnswered, Ruleset: o.Ruleset,
					Dossier: o.Dossier, Data: review.Data{Outcome: outcome, Reason: why}}
				if err := w.Review().Do(cmd.Context(), review.Subject{Unit: o.Unit}, e); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "the objection to %s is %s\n", o.Dossier, outcome)
				return nil
			}
			return fmt.Errorf("no objection to a decision on %q is open; kheo objections --open lists them", args[0])
		}),
	}
	cmd.Flags().StringVar(&outcome, "outcome", "", "`upheld` or rejected")
	cmd.Flags().StringVar(&why, "why", "", "the `REASON` that the unit reads")
	_ = cmd.MarkFlagRequired("outcome") // they exist
	_ = cmd.MarkFlagRequired("why")
	return cmd
}

// ballotOn is what may be known of a secret ballot.
type ballotOn struct {
	Ruleset string              `json:"ruleset"`
	Dossier string              `json:"dossier"`
	Title   string              `json:"title"`
	State   string              `json:"state"`
	Cast    []string            `json:"cast"` // who has voted
	Count   *review.BallotCount `json:"count,omitempty"`

	unit string
}

// Ballots lists secret ballots; its subcommands open and count them. Ballots are cast on the pages or by the API, where
// people prove who they are.
//
// With --json it prints { "ballots": [ … ] }.
func Ballots(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ballots",
		Short: "Secret ballots: who has voted, and the counts with their receipts",
		Long: `List the secret ballots: who has voted and, once they are counted, all ballots in the order of their receipts.
Ballots are cast on the pages or by programs, where people prove who they are. See: kheo help committee`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			all, err := ballotsOf(cmd, w)
			if err != nil {
				return err
			}
			shown := []ballotOn{}
			for _, b := range all {
				if b.State != "none" {
					shown = append(shown, b)
				}
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"ballots": shown})
			}
			for _, b := range shown {
				fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s (%s)\n  voted: %s\n", b.Ruleset, b.State, b.Dossier, b.Title,
					strings.Join(b.Cast, ", "))
				if b.Count != nil {
					fmt.Fprintf(cmd.OutOrStdout(), "  for %d, against %d, abstained %d\n", b.Count.For, b.Count.Against,
						b.Count.Abstain)
					for _, x := range b.Count.Ballots {
						fmt.Fprintf(cmd.OutOrStdout(), "  %s %s\n", x.Receipt, x.Vote)
					}
				}
			}
			return nil
		}),
	}
	cmd.AddCommand(openBallot(env), countBallot(env))
	return cmd
}

// ballotsOf returns the entries of all lists with their ballots.
func ballotsOf(cmd *cobra.Command, w *workspace.Workspace) (out []ballotOn, err error) {
	at, err := editions.Places(cmd.Context(), w)
	if err != nil {
		return nil, err
	}
	err = w.Review().View(cmd.Context(), func(s *review.State) error {
		for _, p := range at {
			x := ballotOn{Ruleset: p.Ruleset, Dossier: p.Entry.Dossier, Title: p.Entry.Title, State: "none",
				Cast: []string{}, unit: p.Entry.Unit}
			if b := review.BallotOn(s, p.Ruleset, x.Dossier); b != nil {
				x.State, x.Cast, x.Count = "open", append(x.Cast, b.Cast...), b.Count
				if b.Count != nil {
					x.State = "counted"
				}
			}
			out = append(out, x)
		}
		return nil
	})
	slices.SortFunc(out, func(a, b ballotOn) int {
		return cmp.Or(strings.Compare(a.Ruleset, b.Ruleset), strings.Compare(a.Dossier, b.Dossier))
	})
	return out, err
}

// ballotFor returns what a ballot on a dossier is about.
func ballotFor(cmd *cobra.Command, w *workspace.Workspace, id string) (secretballots.Entry, error) {
	all, err := ballotsOf(cmd, w)
	for _, b := range all {
		if b.Dossier == id {
			return secretballots.Entry{Ruleset: b.Ruleset, Dossier: id, About: review.Subject{Unit: b.unit}}, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("no list has a dossier %q; name it by its whole id (kheo search finds it)", id)
	}
	return secretballots.Entry{}, err
}

// openBallot opens a ballot.
func openBallot(env *cli.Env) *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use:   "open DOSSIER",
		Short: "Open the secret ballot on a dossier, or repeat it with a reason",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			e, err := ballotFor(cmd, w, args[0])
			if err != nil {
				return err
			}
			if err := secretballots.Open(cmd.Context(), w, review.System, e, why); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "the ballot on %s is open\n", e.Dossier)
			return nil
		}),
	}
	cmd.Flags().StringVar(&why, "why", "", "the `REASON` to repeat one; its ballots are removed uncounted")
	return cmd
}

// countBallot counts a ballot.
func countBallot(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "count DOSSIER",
		Short: "Count the secret ballot on a dossier, and publish its ballots with their receipts",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			e, err := ballotFor(cmd, w, args[0])
			if err != nil {
				return err
			}
			if err := secretballots.Count(cmd.Context(), w, review.System, e); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "the ballot on %s is counted; kheo ballots shows it\n", e.Dossier)
			return nil
		}),
	}
}
