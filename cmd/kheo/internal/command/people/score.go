package people

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/pipeline"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Score records the scores that people give on panel criteria, or shows what there is to score.
//
// With --json it prints { "dossier", "criteria", "scores" } for one argument, and { "dossier", "score", "taken_back" }
// for a score that was recorded.
func Score(env *cli.Env) *cobra.Command {
	var by, why string
	var takeBack bool
	cmd := &cobra.Command{
		Use:   "score DOSSIER [CRITERION [POINTS]]",
		Short: "Record a person's score on a panel criterion of a dossier, or show the scores",
		Long: `Record a person's score on a criterion that people score (panel: in a ruleset), or show the rubric
and the scores so far. The newest score of a person counts; earlier ones are kept.
--by names a person who signs in, by sign-in name or by a name that only one person has; anybody else is
recorded as external:NAME. Case, diacritics, spaces and punctuation do not matter. A score does not count while
its scorer is recused.

  kheo score camera-an-ninh-k3v9x                                        the criteria and the scores so far
  kheo score camera-an-ninh-k3v9x worth-copying 10 --by "Trần Thị Hoa"   a score
  kheo score camera-an-ninh-k3v9x worth-copying --take-back --by "Trần Thị Hoa"`,
		Args: cobra.RangeArgs(1, 3),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			id, err := w.Resolve(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			identity, ok, err := w.Store.Profiles.Identity(cmd.Context(), id)
			if err != nil {
				return err
			}
			rs := w.Campaign().Ruleset(identity.Kind, identity.Level)
			if !ok || rs == nil {
				return fmt.Errorf("no ruleset applies to %s yet: run `kheo run`", id)
			}
			criteria := rs.PanelCriteria()
			if len(args) == 1 && !takeBack {
				return showScores(cmd, env, w, id, identity.Unit, criteria)
			}
			of, err := panelCriterion(rs.ID, criteria, args)
			if err != nil {
				return err
			}
			if strings.TrimSpace(by) == "" {
				return cli.Usagef(`--by must say whose score it is, as in --by "Trần Thị Hoa"`)
			}
			e := review.Event{Person: review.System, Action: review.Scored, Ruleset: rs.ID, Dossier: id,
				Data: review.Data{Criterion: of.ID, Text: why}}
			if !takeBack {
				if e.Data.Points, err = panelPoints(of, args); err != nil {
					return cli.Usage(err)
				}
			}
			return recordScore(cmd, env, w, e, of, by, identity.Unit)
		}),
	}
	cmd.Flags().StringVar(&by, "by", "",
		"whose score it is: a sign-in name, a name that only one person has, or the name of an external scorer")
	cmd.Flags().StringVar(&why, "why", "", "the reason, for the record")
	cmd.Flags().BoolVar(&takeBack, "take-back", false, "take the person's score back")
	cmd.AddCommand(scoreSettle(env), scoreImport(env))
	return env.WithLang(cmd)
}

// panelPoints parses a score, which must be a mark of the criterion's scale: a name, or a number with a
// decimal point or comma.
func panelPoints(of *rules.PanelCriterion, args []string) (*float64, error) {
	if len(args) < 3 {
		return nil, fmt.Errorf("how many points? %s takes %s", of.ID, of.Marks("en"))
	}
	mark, ok := of.Scale.Parse(args[2])
	if !ok {
		return nil, fmt.Errorf("%q is not a valid score: %s takes %s", args[2], of.ID, of.Marks("en"))
	}
	return &mark, nil
}

// recordScore records a score, or takes one back, for the person whom --by names: a person who signs in, or an
// external scorer. The event is recorded in the name of the program, because the command line does not know who
// uses it. The next run counts the score. unit is that of the dossier. The name is resolved before the event is
// appended, in a view of its own, because Do must not be called with the lock of a view.
func recordScore(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, e review.Event, of *rules.PanelCriterion, by,
	unit string) error {
	ctx := cmd.Context()
	score := dossier.PanelScore{Criterion: of.ID, Why: e.Data.Text, At: w.Now().UTC().Format(time.RFC3339)}
	if e.Data.Points != nil {
		score.Points = *e.Data.Points
	}
	err := w.Review().View(ctx, func(s *review.State) (err error) {
		if e.Data.Subject, e.Data.Name, err = s.Scorer(by); err != nil {
			return cli.Usage(err)
		}
		score.Person, score.Scorer = "external:"+e.Data.Name, e.Data.Name
		if p := s.People[e.Data.Subject]; p != nil {
			score.Person, score.Scorer = p.ID, p.Name
		}
		return nil
	})
	if err == nil {
		err = w.Review().Do(ctx, review.Subject{Unit: unit}, e)
	}
	if err != nil {
		return err
	}
	out, takenBack := cmd.OutOrStdout(), e.Data.Points == nil
	if env.JSON {
		return cli.PrintJSON(out, map[string]any{"dossier": e.Dossier, "score": score, "taken_back": takenBack})
	}
	if takenBack {
		fmt.Fprintf(out, "%s takes back the score on %s", score.Scorer, of.ID)
	} else {
		fmt.Fprintf(out, "%s gives %s of %s on %s", score.Scorer, rules.Number(score.Points, "en"), rules.Number(of.Max,
			"en"), of.ID)
	}
	fmt.Fprintf(out, " (recorded as %s). The next run counts it.\n", score.Person)
	return nil
}

// scoreSettle assigns scores that are recorded under an ambiguous name to a person. An older kheo recorded
// scores by name only. Until the name is settled they count for no one, because a guess might give one person
// two votes.
func scoreSettle(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "settle [NAME PERSON]",
		Short: "Assign scores that an older kheo recorded under a name that several people have",
		Long: `Assign scores that an older kheo recorded under a name that several people have: PERSON is the
sign-in name of one of them, or external for somebody else. Until then the scores do not count. Without arguments, show
what must be settled.`,
		Args: cobra.MatchAll(cobra.MaximumNArgs(2), func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return cli.Usagef("name the person too, or external")
			}
			return nil
		}),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if len(args) == 2 {
				e := review.Event{Person: review.System, Action: review.ScorerSettled,
					Data: review.Data{Name: review.ScorerName(args[0]), Subject: args[1]}}
				if args[1] == "external" {
					e.Data.Subject = ""
				}
				if err := w.Review().Do(cmd.Context(), review.Subject{}, e); err != nil {
					return err
				}
				fmt.Fprintf(
					cmd.OutOrStdout(),
					"The scores of %q belong to %s. The next run counts them.\n",
					e.Data.Name,
					args[1],
				)
				return nil
			}
			open := []review.Unsettled{}
			if err := w.Review().View(cmd.Context(), func(s *review.State) error {
				open = append(open,
					s.Unsettled()...)
				return nil
			}); err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"unsettled": open})
			}
			for _, u := range open {
				fmt.Fprintln(cmd.OutOrStdout(), u)
			}
			if len(open) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "There is nothing to settle.")
			}
			return nil
		}),
	}
}

// panelCriterion returns the criterion that the arguments name, or an error of use with the nearest one.
// Without a second argument it returns an error that lists the criteria.
func panelCriterion(ruleset string, criteria []rules.PanelCriterion, args []string) (*rules.PanelCriterion, error) {
	var names []string
	for i := range criteria {
		names = append(names, criteria[i].ID)
		if len(args) > 1 && criteria[i].ID == args[1] {
			return &criteria[i], nil
		}
	}
	hint := "criteria that people score: " + strings.Join(names, ", ")
	if len(names) == 0 {
		hint = fmt.Sprintf("the ruleset %s has no criterion that people score (panel:)", ruleset)
	} else if len(args) > 1 {
		if near := strict.Nearest(args[1], names); near != "" {
			hint = fmt.Sprintf("did you mean %s? %s", near, hint)
		}
	}
	return nil, cli.Usage(errors.New(hint))
}

// showScores prints the panel criteria with their rubrics and the scores so far, and which of these do not count.
func showScores(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, id, unit string,
	criteria []rules.PanelCriterion) error {
	scores, err := pipeline.PanelScores(cmd.Context(), w, id, unit)
	if err != nil {
		return err
	}
	lang := env.TextLanguage(w.Campaign())
	if env.JSON {
		if scores == nil {
			scores = []dossier.PanelScore{}
		}
		return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"dossier": id, "criteria": criteria, "scores": scores})
	}
	out := cmd.OutOrStdout()
	if len(criteria) == 0 {
		fmt.Fprintln(out, "Its ruleset has no criterion that people score.")
	}
	for _, cr := range criteria {
		fmt.Fprintf(
			out,
			"%s: %s (%s; %d must score)\n",
			cr.ID,
			cr.Title.In(lang, "en"),
			cr.Marks("en"),
			cr.Scorers,
		)
		for _, l := range cr.Rubric {
			fmt.Fprintf(out, "  %4s  %s\n", cr.Mark(l.Points, "en"), l.Text.In(lang, "en"))
		}
		for _, s := range scores {
			if s.Criterion == cr.ID {
				fmt.Fprintf(out, "  ▸ %s by %s", cr.Mark(s.Points, "en"), s.Scorer)
				if s.Why != "" {
					fmt.Fprintf(out, ": %s", s.Why)
				}
				switch {
				case s.Recused != "":
					fmt.Fprintf(out, " (does not count: recused, %s)", s.Recused)
				case len(s.Fits) > 0:
					fmt.Fprintf(out, " (does not count: %d people have this name; kheo score settle)", len(s.Fits))
				}
				fmt.Fprintln(out)
			}
		}
	}
	return nil
}
