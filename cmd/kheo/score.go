package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/pipeline"
	"kheo/pipeline/dossier"
	"kheo/rules"
	"kheo/rules/strict"
)

// scoreCmd records what people give a dossier on the criteria that they score.
func scoreCmd(c *common) *cobra.Command {
	var by, why string
	var takeBack bool
	cmd := &cobra.Command{
		Use:   "score DOSSIER [CRITERION [POINTS]]",
		Short: "Record what a person gives a dossier on a criterion that people score, or show what was given",
		Long: "Record what a person gives a dossier on a criterion that people score (panel: in a ruleset), or show the rubric and\nwhat was given so far. The newest score of a person counts; what was recorded before is kept.\n\n" +
			"  kheo score camera-an-ninh-k3v9x                                             what there is to score, and the scores\n" +
			"  kheo score camera-an-ninh-k3v9x worth-copying 10 --by \"Trần Thị Hoa\"         a score\n" +
			"  kheo score camera-an-ninh-k3v9x worth-copying --take-back --by \"Trần Thị Hoa\"",
		Args: cobra.RangeArgs(1, 3),
		RunE: c.with(func(cmd *cobra.Command, w *pipeline.Workspace, args []string) error {
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
				return showScores(cmd, c, w, id, criteria)
			}
			of, err := panelCriterion(rs.ID, criteria, args)
			if err != nil {
				return err
			}
			if strings.TrimSpace(by) == "" || len([]rune(by)) > 200 {
				return usage{errors.New(`--by must say whose score it is, as in --by "Trần Thị Hoa"`)}
			}
			score := dossier.PanelScore{Criterion: of.ID, Scorer: strings.TrimSpace(by), Why: why, At: w.Now().UTC().Format(time.RFC3339)}
			if !takeBack {
				if len(args) < 3 {
					return usage{fmt.Errorf("how many points? %s takes 0 to %s", of.ID, rules.Number(of.Max, "en"))}
				}
				if score.Points, err = strconv.ParseFloat(strings.ReplaceAll(args[2], ",", "."), 64); err != nil || !(score.Points >= 0 && score.Points <= of.Max) {
					return usage{fmt.Errorf("%q is no score: %s takes 0 to %s", args[2], of.ID, rules.Number(of.Max, "en"))}
				}
			}
			if err := w.Store.PutPanelScore(cmd.Context(), id, score, takeBack); err != nil {
				return err
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"dossier": id, "score": score, "taken_back": takeBack})
			}
			if takeBack {
				fmt.Fprintf(cmd.OutOrStdout(), "%s takes back the score on %s.", score.Scorer, of.ID)
			} else {
				fmt.Fprintf(cmd.OutOrStdout(), "%s gives %s of %s on %s.", score.Scorer, rules.Number(score.Points, "en"), rules.Number(of.Max, "en"), of.ID)
			}
			fmt.Fprintln(cmd.OutOrStdout(), " The next run counts it.")
			return nil
		}),
	}
	cmd.Flags().StringVar(&by, "by", "", "whose score it is")
	cmd.Flags().StringVar(&why, "why", "", "the reason, for the record")
	cmd.Flags().BoolVar(&takeBack, "take-back", false, "take the person's score back")
	return langFlag(cmd, c)
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
func showScores(cmd *cobra.Command, c *common, w *pipeline.Workspace, id string, criteria []rules.PanelCriterion) error {
	all, err := w.Store.PanelScores(cmd.Context())
	if err != nil {
		return err
	}
	lang := textLanguage(c, w.Campaign())
	if c.json {
		scores := all[id]
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
		fmt.Fprintf(out, "%s: %s (0 to %s; %d must score)\n", cr.ID, cr.Title.In(lang, "en"), rules.Number(cr.Max, "en"), cr.Scorers)
		for _, l := range cr.Rubric {
			fmt.Fprintf(out, "  %4s  %s\n", rules.Number(l.Points, "en"), l.Text.In(lang, "en"))
		}
		for _, s := range all[id] {
			if s.Criterion == cr.ID {
				fmt.Fprintf(out, "  ▸ %s by %s", rules.Number(s.Points, "en"), s.Scorer)
				if s.Why != "" {
					fmt.Fprintf(out, ": %s", s.Why)
				}
				fmt.Fprintln(out)
			}
		}
	}
	return nil
}
