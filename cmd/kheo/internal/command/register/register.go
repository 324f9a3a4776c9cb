// Package register holds kheo register, the command about the register of models: from their registration to the
// visits after their recognition.
//
// [Command] lists the models that its filter lets through, or shows one with its history; the subcommands record
// registrations, visits, adoptions, and whether a recognition still holds, each as an event. The stage of a model and
// what is due are not stored but follow from these events and the present lists, see package register of the
// pipeline.
package register

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/editions"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// modelFilter says which models of the register to show. Empty fields do not restrict anything.
type modelFilter struct{ stage, unit, due string }

// check returns an error of use for a stage that does not exist.
func (f *modelFilter) check() error {
	if f.stage != "" && !slices.Contains(register.Stages, register.Stage(f.stage)) {
		return cli.Usagef("there is no stage %q; there are %v", f.stage, register.Stages)
	}
	return nil
}

// matches reports whether the filter lets a model through. due is a date, up to which something must be due.
// Dates are compared as text, which is right for dates in the form 2006-01-02.
func (f *modelFilter) matches(m *register.Model) bool {
	return (f.stage == "" || string(m.Stage) == f.stage) && (f.unit == "" || m.Unit == f.unit) &&
		(f.due == "" || m.Due != "" && m.Due <= f.due)
}

// Command shows the register of models: all that match the filter, or one model with its history. A model's
// stage follows from what is recorded: its registration, its dossier, the decision, visits, and whether the
// recognition still holds.
//
// With --json it prints { "models": [ … ] }, or one model.
func Command(env *cli.Env) *cobra.Command {
	var f modelFilter
	cmd := &cobra.Command{
		Use:   "register [MODEL]",
		Short: "Show the register: every model from its registration to the visits after its recognition",
		Args:  cobra.MaximumNArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			all, err := registerNow(cmd, w)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				m, err := oneModel(all, args[0])
				if err != nil {
					return err
				}
				if env.JSON {
					return cli.PrintJSON(cmd.OutOrStdout(), m)
				}
				printModel(cmd, w, m)
				return nil
			}
			shown := []*register.Model{}
			for _, m := range all {
				if f.matches(m) {
					shown = append(shown, m)
				}
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"models": shown})
			}
			printModels(cmd.OutOrStdout(), shown)
			fmt.Fprintln(cmd.ErrOrStderr(), cli.Plural(len(shown), "model"))
			return nil
		}),
	}
	cmd.Flags().StringVar(&f.stage, "stage", "", "only models of one `STAGE`")
	cmd.Flags().StringVar(&f.unit, "unit", "", "only models of one `UNIT`")
	cmd.Flags().StringVar(&f.due, "due", "", "only models for which something is due up to a `DATE`")
	cmd.AddCommand(importCmd(env), visitCmd(env), tookOverCmd(env), confirmCmd(env), withdrawCmd(env))
	return cmd
}

// printModels prints models in a table, with what is due next.
func printModels(out io.Writer, models []*register.Model) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "stage\tregistered\tdue\tunit\ttitle\tmodel")
	for _, m := range models {
		next := m.Due
		if next != "" {
			next += " " + m.DueWhat
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Stage, m.RegisteredOn, next, m.Unit, m.Title, m.ID)
	}
	t.Flush()
}

// registerNow returns all models, with what the present lists say of their dossiers.
func registerNow(cmd *cobra.Command, w *workspace.Workspace) ([]*register.Model, error) {
	placed, err := editions.Places(cmd.Context(), w)
	if err != nil {
		return nil, err
	}
	return register.List(cmd.Context(), w, func(id string) (editions.Place, bool) { p, ok := placed[id]; return p, ok })
}

// oneModel returns the model with an id, or with the only id that begins with what. An id that is also the
// beginning of longer ones is found, because equality is tested first.
func oneModel(all []*register.Model, what string) (*register.Model, error) {
	var found []*register.Model
	for _, m := range all {
		if m.ID == what {
			return m, nil
		}
		if strings.HasPrefix(m.ID, what) {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("the register has no model %q; `kheo register` lists them all", what)
	}
	return nil, fmt.Errorf(
		"the ids of %d models begin with %q, such as %s and %s; write more of the id",
		len(found),
		what,
		found[0].ID,
		found[1].ID,
	)
}

// printModel prints the history of a model, and what is due next. Dates begin the lines, so they read as a
// history; take-overs and past campaigns follow without one. A take-over that a person dismissed is not
// printed.
func printModel(cmd *cobra.Command, w *workspace.Workspace, m *register.Model) {
	out := cmd.OutOrStdout()
	unit := m.Unit
	if u := w.Campaign().Env.UnitByID(m.Unit); u != nil {
		unit = u.Name
	}
	fmt.Fprintf(out, "%s\n%s · %s · %s\n", m.Title, m.ID, unit, m.Stage)
	if m.RegisteredOn != "" {
		fmt.Fprintf(out, "%s  registered\n", m.RegisteredOn)
	}
	if m.Decision != "" {
		fmt.Fprintf(out, "%s  %s\n", m.DecidedOn, m.Decision)
	}
	for _, v := range m.Visits {
		fmt.Fprintf(out, "%s  visited: %s (%s)\n", v.On, v.Finding, v.By)
	}
	for _, s := range m.Standing {
		fmt.Fprintf(
			out,
			"%s  recognition %s%s\n",
			s.On,
			map[bool]string{true: "withdrawn", false: "confirmed"}[s.Withdrawn],
			cli.Because(s.Reason),
		)
	}
	for _, t := range m.Examples {
		if t.Dismissed == "" {
			fmt.Fprintf(out, "took over: %s (%s)%s\n", t.Title, t.Unit, cli.Because(t.Reason))
		}
	}
	for _, t := range m.TakenBy {
		fmt.Fprintf(out, "taken over by: %s (%s)%s\n", t.Title, t.Unit, cli.Because(t.Reason))
	}
	for _, p := range m.Past {
		fmt.Fprintf(
			out,
			"%s as: %s of %s%s\n",
			map[string]string{"same": "the same", "not-same": "not the same", "": "perhaps the same"}[p.Judged],
			p.Title+" "+p.Model,
			p.Campaign,
			cli.Because(p.Reason),
		)
	}
	if m.Due != "" {
		fmt.Fprintf(out, "%s  due: %s\n", m.Due, m.DueWhat)
	}
}

// importCmd enters registrations from a CSV file with a header line. Without --yes it only reports what it
// would enter and which lines have mistakes. Entering the same file again changes nothing. It fails if a line
// had a mistake, after the others were entered. The lines are recorded as events, so entering is all or
// nothing: a failure leaves the register as it was.
func importCmd(env *cli.Env) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "import FILE.csv",
		Short: "Enter a list of registrations: title, unit, registered_on and, optionally, level, field, place",
		Long: `Read a list of registrations, report its mistakes and what would be entered, and with --yes enter it.
Lines with mistakes are not entered; models that the register already has are not changed.`,
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			list, err := register.Read(cmd.Context(), w, f)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			enter, mistakes := 0, 0
			for _, x := range list {
				switch {
				case x.Mistake != "":
					mistakes++
					fmt.Fprintf(cmd.ErrOrStderr(), "%s:%d: %s\n", args[0], x.Line, x.Mistake)
				case x.Known:
					fmt.Fprintf(cmd.OutOrStdout(), "exists         %s (%s)\n", x.Title, x.Unit)
				default:
					enter++
					fmt.Fprintf(cmd.OutOrStdout(), "new            %s (%s)\n", x.Title, x.Unit)
				}
			}
			if !yes {
				fmt.Fprintf(cmd.OutOrStdout(), "%s would be entered; --yes enters them\n", cli.Plural(enter, "model"))
				return nil
			}
			n, err := register.Enter(cmd.Context(), w, review.System, list)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s entered\n", cli.Plural(n, "model"))
			if mistakes > 0 {
				return cli.ErrReported
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "enter them")
	return cmd
}

// recording completes a command that records an event about the model that its first argument names. event
// returns the event, without person and model. The subject of the event has the model's unit, by which the log
// checks who may record it. --json changes nothing here.
func recording(
	env *cli.Env,
	cmd *cobra.Command,
	event func(w *workspace.Workspace, all []*register.Model, args []string) (review.Event, error),
) *cobra.Command {
	cmd.RunE = env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
		all, err := registerNow(cmd, w)
		if err != nil {
			return err
		}
		m, err := oneModel(all, args[0])
		if err != nil {
			return err
		}
		e, err := event(w, all, args)
		if err != nil {
			return err
		}
		e.Person, e.Dossier = review.System, m.ID
		if err := w.Review().Do(cmd.Context(), review.Subject{Unit: m.Unit}, e); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "recorded for %s\n", m.Title)
		return nil
	})
	return cmd
}

// visitCmd records a visit to a model.
func visitCmd(env *cli.Env) *cobra.Command {
	var on, finding string
	cmd := recording(
		env,
		&cobra.Command{Use: "visit MODEL", Short: "Record what an inspection found", Args: cobra.ExactArgs(1)},
		func(w *workspace.Workspace, _ []*register.Model, args []string) (review.Event, error) {
			return review.Event{Action: review.Visited, Data: review.Data{On: on, Text: finding}}, nil
		},
	)
	cmd.Flags().StringVar(&on, "on", "", "the `DAY` of the visit, as 2024-06-30")
	cmd.Flags().StringVar(&finding, "finding", "", "`WHAT` was found")
	return cmd
}

// tookOverCmd records that a model took over another one, or corrects what kheo detected in the text.
func tookOverCmd(env *cli.Env) *cobra.Command {
	var reason string
	var not bool
	cmd := recording(
		env,
		&cobra.Command{
			Use:   "took-over MODEL EXAMPLE",
			Short: "Record that a model took over another one, or that it did not",
			Args:  cobra.ExactArgs(2),
		},
		func(w *workspace.Workspace, all []*register.Model, args []string) (review.Event, error) {
			other, err := oneModel(all, args[1])
			if err != nil {
				return review.Event{}, err
			}
			action := review.TookOver
			if not {
				action = review.NotTaken
			}
			return review.Event{Action: action, Data: review.Data{Of: other.ID, Reason: reason}}, nil
		},
	)
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`")
	cmd.Flags().BoolVar(&not, "not", false, "it did not, although that was detected or recorded")
	return cmd
}

// confirmCmd records that a recognition was confirmed.
func confirmCmd(env *cli.Env) *cobra.Command {
	return recognitionCmd(env, review.Confirmed, "confirm", "Confirm a recognition")
}

// withdrawCmd records that a recognition was withdrawn.
func withdrawCmd(env *cli.Env) *cobra.Command {
	return recognitionCmd(env, review.Withdrawn, "withdraw", "Withdraw a recognition, with a reason")
}

// recognitionCmd makes a command that records an action on the recognition of a model, which must be recognised.
func recognitionCmd(env *cli.Env, action review.Action, name, short string) *cobra.Command {
	var reason, on string
	cmd := recording(env, &cobra.Command{Use: name + " MODEL", Short: short, Args: cobra.ExactArgs(1)},
		func(w *workspace.Workspace, all []*register.Model, args []string) (review.Event, error) {
			m, err := oneModel(all, args[0])
			if err != nil {
				return review.Event{}, err
			}
			if m.Decision != review.Recognised {
				return review.Event{}, fmt.Errorf("%s is not recognised; there is nothing to %s", m.ID, name)
			}
			return review.Event{Action: action, Data: review.Data{On: on, Reason: reason}}, nil
		})
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`")
	cmd.Flags().StringVar(&on, "on", "", "the `DAY` from which it applies (today)")
	return cmd
}
