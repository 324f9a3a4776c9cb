package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/pipeline"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// scoreCmd records what people give a dossier on the criteria that they score.
func scoreCmd(c *common) *cobra.Command {
	var by, why string
	var takeBack bool
	cmd := &cobra.Command{
		Use:   "score DOSSIER [CRITERION [POINTS]]",
		Short: "Record what a person gives a dossier on a criterion that people score, or show what was given",
		Long: "Record what a person gives a dossier on a criterion that people score (panel: in a ruleset), or show the rubric and\nwhat was given so far. The newest score of a person counts; what was recorded before is kept.\n" +
			"--by names a person who signs in, by sign-in name or by a name that one person alone has; anybody else is recorded as\nexternal:NAME. Case, diacritics, spaces and punctuation make no other name. A score of somebody who is recused does not count.\n\n" +
			"  kheo score camera-an-ninh-k3v9x                                             what there is to score, and the scores\n" +
			"  kheo score camera-an-ninh-k3v9x worth-copying 10 --by \"Trần Thị Hoa\"         a score\n" +
			"  kheo score camera-an-ninh-k3v9x worth-copying --take-back --by \"Trần Thị Hoa\"",
		Args: cobra.RangeArgs(1, 3),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			id, err := w.Resolve(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			identity, ok, err := w.Store.Identity(cmd.Context(), id)
			if err != nil {
				return err
			}
			rs := w.Campaign().Ruleset(identity.Kind, identity.Level)
			if !ok || rs == nil {
				return fmt.Errorf("no ruleset applies to %s yet: run `kheo run`", id)
			}
			criteria := rs.PanelCriteria()
			if len(args) == 1 && !takeBack {
				return showScores(cmd, c, w, id, identity.Unit, criteria)
			}
			of, err := panelCriterion(rs.ID, criteria, args)
			if err != nil {
				return err
			}
			if strings.TrimSpace(by) == "" {
				return usage{errors.New(`--by must say whose score it is, as in --by "Trần Thị Hoa"`)}
			}
			e := review.Event{Person: review.System, Action: review.Scored, Ruleset: rs.ID, Dossier: id,
				Data: review.Data{Criterion: of.ID, Text: why}}
			if !takeBack {
				if e.Data.Points, err = panelPoints(of, args); err != nil {
					return usage{err}
				}
			}
			return recordScore(cmd, c, w, e, of, by, identity.Unit)
		}),
	}
	cmd.Flags().StringVar(&by, "by", "",
		"whose score it is: a sign-in name, a name that one person alone has, or somebody else's name")
	cmd.Flags().StringVar(&why, "why", "", "the reason, for the record")
	cmd.Flags().BoolVar(&takeBack, "take-back", false, "take the person's score back")
	cmd.AddCommand(scoreSettle(c))
	return langFlag(cmd, c)
}

// panelPoints reads how many points are given.
func panelPoints(of *rules.PanelCriterion, args []string) (*float64, error) {
	if len(args) < 3 {
		return nil, fmt.Errorf("how many points? %s takes 0 to %s", of.ID, rules.Number(of.Max, "en"))
	}
	points, err := strconv.ParseFloat(strings.ReplaceAll(args[2], ",", "."), 64)
	if err != nil || !(points >= 0 && points <= of.Max) {
		return nil, fmt.Errorf("%q is no score: %s takes 0 to %s", args[2], of.ID, rules.Number(of.Max, "en"))
	}
	return &points, nil
}

// recordScore records a score of whoever --by names.
func recordScore(cmd *cobra.Command, c *common, w *workspace.Workspace, e review.Event, of *rules.PanelCriterion, by,
	unit string) error {
	ctx := cmd.Context()
	score := dossier.PanelScore{Criterion: of.ID, Why: e.Data.Text, At: w.Now().UTC().Format(time.RFC3339)}
	if e.Data.Points != nil {
		score.Points = *e.Data.Points
	}
	err := w.Review().View(ctx, func(s *review.State) (err error) {
		if e.Data.Subject, e.Data.Name, err = s.Scorer(by); err != nil {
			return usage{err}
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
	if c.json {
		return printJSON(out, map[string]any{"dossier": e.Dossier, "score": score, "taken_back": takenBack})
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

// scoreSettle settles whose the scores are that are recorded under a name of several people.
func scoreSettle(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "settle [NAME PERSON]",
		Short: "Settle whose scores are that an older kheo recorded under a name of several people",
		Long: "Settle whose scores are that an older kheo recorded under a name of several people: PERSON is the sign-in name of one of\n" +
			"them, or external where it is somebody else. Until then they do not count. Without arguments it shows what must be settled.",
		Args: cobra.MatchAll(cobra.MaximumNArgs(2), func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return usage{errors.New("name the person too, or external")}
			}
			return nil
		}),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if len(args) == 2 {
				e := review.Event{Person: review.System, Action: review.ScorerSettled,
					Data: review.Data{Name: review.ScorerName(args[0]), Subject: args[1]}}
				if args[1] == "external" {
					e.Data.Subject = ""
				}
				if err := w.Review().Do(cmd.Context(), review.Subject{}, e); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "The scores of %q are those of %s. The next run counts them.\n", e.Data.Name,
					args[1])
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
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"unsettled": open})
			}
			for _, u := range open {
				fmt.Fprintln(cmd.OutOrStdout(), u)
			}
			if len(open) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "It is settled whose all scores are.")
			}
			return nil
		}),
	}
}

// panelCriterion finds the criterion that the command names.
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
	return nil, usage{errors.New(hint)}
}

// showScores tells what there is to score, by which rubric, and what was given.
func showScores(cmd *cobra.Command, c *common, w *workspace.Workspace, id, unit string,
	criteria []rules.PanelCriterion) error {
	scores, err := pipeline.PanelScores(cmd.Context(), w, id, unit)
	if err != nil {
		return err
	}
	lang := textLanguage(c, w.Campaign())
	if c.json {
		if scores == nil {
			scores = []dossier.PanelScore{}
		}
		return printJSON(cmd.OutOrStdout(), map[string]any{"dossier": id, "criteria": criteria, "scores": scores})
	}
	out := cmd.OutOrStdout()
	if len(criteria) == 0 {
		fmt.Fprintln(out, "Its ruleset has no criterion that people score.")
	}
	for _, cr := range criteria {
		fmt.Fprintf(out, "%s: %s (0 to %s; %d must score)\n", cr.ID, cr.Title.In(lang, "en"), rules.Number(cr.Max, "en"),
			cr.Scorers)
		for _, l := range cr.Rubric {
			fmt.Fprintf(out, "  %4s  %s\n", rules.Number(l.Points, "en"), l.Text.In(lang, "en"))
		}
		for _, s := range scores {
			if s.Criterion == cr.ID {
				fmt.Fprintf(out, "  ▸ %s by %s", rules.Number(s.Points, "en"), s.Scorer)
				if s.Why != "" {
					fmt.Fprintf(out, ": %s", s.Why)
				}
				switch {
				case s.Recused != "":
					fmt.Fprintf(out, " (does not count: recused, %s)", s.Recused)
				case len(s.Fits) > 0:
					fmt.Fprintf(out, " (does not count: %d people are called so; kheo score settle)", len(s.Fits))
				}
				fmt.Fprintln(out)
			}
		}
	}
	return nil
}
