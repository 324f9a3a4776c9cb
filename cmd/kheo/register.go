package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kheo/pipeline/editions"
	"kheo/pipeline/register"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

func registerCmd(c *common) *cobra.Command {
	var stage, unit, due string
	cmd := &cobra.Command{
		Use:   "register [MODEL]",
		Short: "Show the register: every model from its registration to the visits after its recognition",
		Args:  cobra.MaximumNArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if stage != "" && !slices.Contains(register.Stages, register.Stage(stage)) {
				return usage{fmt.Errorf("there is no stage %q; there are %v", stage, register.Stages)}
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
				if c.json {
					return printJSON(cmd.OutOrStdout(), m)
				}
				printModel(cmd, w, m)
				return nil
			}
			shown := []*register.Model{}
			for _, m := range all {
				if (stage == "" || string(m.Stage) == stage) && (unit == "" || m.Unit == unit) && (due == "" || m.Due != "" && m.Due <= due) {
					shown = append(shown, m)
				}
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"models": shown})
			}
			t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "stage\tregistered\tdue\tunit\ttitle\tmodel")
			for _, m := range shown {
				next := m.Due
				if next != "" {
					next += " " + m.DueWhat
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Stage, m.RegisteredOn, next, m.Unit, m.Title, m.ID)
			}
			t.Flush()
			fmt.Fprintln(cmd.ErrOrStderr(), plural(len(shown), "model"))
			return nil
		}),
	}
	cmd.Flags().StringVar(&stage, "stage", "", "models of one `STAGE` alone")
	cmd.Flags().StringVar(&unit, "unit", "", "models of one `UNIT` alone")
	cmd.Flags().StringVar(&due, "due", "", "models of which something is due until a `DATE`")
	cmd.AddCommand(importCmd(c), visitCmd(c), tookOverCmd(c), standingCmd(c, "confirm", review.Confirmed), standingCmd(c, "withdraw", review.Withdrawn))
	return cmd
}

func registerNow(cmd *cobra.Command, w *workspace.Workspace) ([]*register.Model, error) {
	placed, err := editions.Places(cmd.Context(), w)
	if err != nil {
		return nil, err
	}
	return register.List(cmd.Context(), w, func(id string) (editions.Place, bool) { p, ok := placed[id]; return p, ok })
}

// oneModel finds the model that a person means: by its id, or the beginning of it.
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
	return nil, fmt.Errorf("%d models begin with %q, such as %s and %s; write more of the one you mean", len(found), what, found[0].ID, found[1].ID)
}

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
		fmt.Fprintf(out, "%s  recognition %s%s\n", s.On, map[bool]string{true: "withdrawn", false: "confirmed"}[s.Withdrawn], because(s.Reason))
	}
	for _, t := range m.Examples {
		if t.Dismissed == "" {
			fmt.Fprintf(out, "took over: %s (%s)%s\n", t.Title, t.Unit, because(t.Reason))
		}
	}
	for _, t := range m.TakenBy {
		fmt.Fprintf(out, "taken over by: %s (%s)%s\n", t.Title, t.Unit, because(t.Reason))
	}
	for _, p := range m.Past {
		fmt.Fprintf(out, "%s as: %s of %s%s\n", map[string]string{"same": "the same", "not-same": "not the same", "": "perhaps the same"}[p.Judged], p.Title+" "+p.Model, p.Campaign, because(p.Reason))
	}
	if m.Due != "" {
		fmt.Fprintf(out, "%s  due: %s\n", m.Due, m.DueWhat)
	}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func importCmd(c *common) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "import FILE.csv",
		Short: "Enter a list of registrations: title, unit, registered_on and, where you like, level, field, place",
		Long:  "Reads a list of registrations, tells what is wrong with it and what would be entered, and with --yes enters it.\nWhat has a mistake is not entered; what the register has already stays as it is.",
		Args:  cobra.ExactArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
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
					fmt.Fprintf(cmd.OutOrStdout(), "already there  %s (%s)\n", x.Title, x.Unit)
				default:
					enter++
					fmt.Fprintf(cmd.OutOrStdout(), "new            %s (%s)\n", x.Title, x.Unit)
				}
			}
			if !yes {
				fmt.Fprintf(cmd.OutOrStdout(), "%s would be entered; --yes enters them\n", plural(enter, "model"))
				return nil
			}
			n, err := register.Enter(cmd.Context(), w, review.System, list)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s entered\n", plural(n, "model"))
			if mistakes > 0 {
				return errSaid
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "enter them")
	return cmd
}

// writes makes a command that writes an event about a model down.
func writes(c *common, cmd *cobra.Command, event func(w *workspace.Workspace, all []*register.Model, args []string) (review.Event, error)) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		w, err := workspace.Open(cmd.Context(), c.dir)
		if err != nil {
			return err
		}
		defer w.Close()
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
		fmt.Fprintf(cmd.OutOrStdout(), "written down for %s\n", m.Title)
		return nil
	}
	return cmd
}

func visitCmd(c *common) *cobra.Command {
	var on, finding string
	cmd := writes(c, &cobra.Command{Use: "visit MODEL", Short: "Write down what an inspection found", Args: cobra.ExactArgs(1)},
		func(w *workspace.Workspace, _ []*register.Model, args []string) (review.Event, error) {
			return review.Event{Action: review.Visited, Data: review.Data{On: on, Text: finding}}, nil
		})
	cmd.Flags().StringVar(&on, "on", "", "the `DAY` of the visit, as 2024-06-30")
	cmd.Flags().StringVar(&finding, "finding", "", "`WHAT` was found")
	return cmd
}

func tookOverCmd(c *common) *cobra.Command {
	var reason string
	var not bool
	cmd := writes(c, &cobra.Command{Use: "took-over MODEL EXAMPLE", Short: "Write down that a model took another over, or that it did not", Args: cobra.ExactArgs(2)},
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
		})
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`")
	cmd.Flags().BoolVar(&not, "not", false, "it did not, though it was found in the text or written down")
	return cmd
}

func standingCmd(c *common, name string, action review.Action) *cobra.Command {
	var reason, on string
	cmd := writes(c, &cobra.Command{Use: name + " MODEL", Short: map[string]string{"confirm": "Confirm a recognition", "withdraw": "Withdraw a recognition, with a reason"}[name], Args: cobra.ExactArgs(1)},
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
	cmd.Flags().StringVar(&on, "on", "", "the `DAY` from which on it holds (today)")
	return cmd
}
