package lists

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/build"
	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// setOutcomes are the outcomes that a person can set.
var setOutcomes = []string{string(dossier.Recommended), string(dossier.NotRecommended), string(dossier.NeedsReview),
	string(dossier.Ineligible)}

// setCmd sets the outcome of an entry, and what it gets, in place of the program's.
//
// With --json it prints { "dossier", "ruleset", "outcome", "award", "granted", "by_hand", "published" }.
func setCmd(env *cli.Env) *cobra.Command {
	var outcome, id, why string
	cmd := &cobra.Command{
		Use:   "set DOSSIER --outcome OUTCOME --award ID --why TEXT",
		Short: "Set the outcome of an entry, and what it gets, in place of the program's",
		Long: `Set the outcome of an entry, and what it gets, in place of the program's.

--award gives a rank, place or grant of the ruleset, which brings its outcome; "none" takes away what the entry has.
Without it, an entry that keeps its outcome keeps what it gets. Other entries do not move. It is an event of the audit
trail, and holds until "kheo lists unset".

  kheo lists set lamps-k3v9x --award second --why "the jury's prize"
  kheo lists set lamps-k3v9x --outcome not-recommended --why "a visit found it closed"`,
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			switch {
			case strings.TrimSpace(why) == "":
				return cli.Usagef(`--why must give the reason, as in --why "a visit found it closed"`)
			case outcome == "" && id == "":
				return cli.Usagef("give --outcome, --award or both")
			case outcome != "" && !slices.Contains(setOutcomes, outcome):
				return cli.Usagef("--outcome is one of %s, and not %q", strings.Join(setOutcomes, ", "), outcome)
			}
			at, err := entryByHand(cmd, w, args[0])
			if err != nil {
				return err
			}
			data := review.Data{Outcome: outcome, Reason: why}
			if err := at.award(id, &data, env.TextLanguage(w.Campaign())); err != nil {
				return cli.Usage(err)
			}
			return at.record(cmd, env, w, review.Event{Action: review.Overridden, Data: data})
		}),
	}
	cmd.Flags().StringVar(&outcome, "outcome", "", "the outcome: "+strings.Join(setOutcomes, ", "))
	cmd.Flags().StringVar(&id, "award", "", "the id of a rank, place or grant of the ruleset, or none")
	cmd.Flags().StringVar(&why, "why", "", "the reason")
	return cmd
}

// unsetCmd takes back what a person set.
func unsetCmd(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "unset DOSSIER",
		Short: "Take back an outcome that was set: the program's counts again",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			at, err := entryByHand(cmd, w, args[0])
			if err != nil {
				return err
			}
			if at.entry.ByHand == nil {
				return fmt.Errorf("nobody set an outcome of %s", at.entry.Dossier)
			}
			return at.record(cmd, env, w, review.Event{Action: review.Restored})
		}),
	}
}

// byHand is the entry whose outcome a person sets.
type byHand struct {
	rs    *rules.Ruleset
	a     *dossier.Assessment
	entry *publish.Entry
}

// entryByHand finds the entry of a dossier on the list in force.
func entryByHand(cmd *cobra.Command, w *workspace.Workspace, name string) (*byHand, error) {
	id, err := w.Resolve(cmd.Context(), name)
	if err != nil {
		return nil, err
	}
	a, err := w.Store.Assessments.Get(cmd.Context(), id)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, fmt.Errorf("%s: %w", id, pipeline.ErrUnassessed)
	}
	at := &byHand{a: a}
	for _, rs := range w.Campaign().Rulesets {
		if rs.ID == a.Ruleset {
			at.rs = rs
		}
	}
	_, files, err := currentLists(cmd, w)
	if err != nil {
		return nil, err
	}
	if f := files[a.Ruleset]; f != nil && at.rs != nil {
		for i := range f.Entries {
			if f.Entries[i].Dossier == id {
				at.entry = &f.Entries[i]
				return at, nil
			}
		}
	}
	return nil, fmt.Errorf("%s is on no list of a ruleset; run kheo run", id)
}

// award reads the id of what a person gives; "" says nothing of it.
func (at *byHand) award(id string, data *review.Data, lang string) error {
	switch id {
	case "":
		return nil
	case recommend.NoAward:
		data.Award = &recommend.GivenAward{ID: id}
		if data.Outcome == "" {
			data.Outcome = string(at.entry.Outcome)
		}
		return nil
	}
	known := []string{recommend.NoAward}
	for _, g := range recommend.Givables(at.rs, at.a) {
		if known = append(known, g.ID); g.ID != id {
			continue
		}
		if data.Outcome != "" && data.Outcome != string(g.Outcome) {
			return fmt.Errorf("%s goes with the outcome %s, and not with %s", g.Title.In(lang, "en"), g.Outcome,
				data.Outcome)
		}
		data.Award, data.Outcome = &g.GivenAward, string(g.Outcome)
		return nil
	}
	return fmt.Errorf("%q cannot be given by the ruleset %s; there are: %s", id, at.rs.ID, strings.Join(known, ", "))
}

// record records the event, publishes the lists again, and prints what the entry has now.
func (at *byHand) record(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, e review.Event) error {
	e.Person, e.Ruleset, e.Dossier = review.System, at.rs.ID, at.entry.Dossier
	about := review.Subject{Unit: at.entry.Unit, Outcome: string(at.entry.Outcome)}
	if err := w.Review().Do(cmd.Context(), about, e); err != nil {
		return err
	}
	err := pipeline.AskEdition(cmd.Context(), w)
	if err == nil {
		err = pipeline.PublishEdition(cmd.Context(), w, pipeline.Options{Version: build.Release})
	}
	published := err == nil
	if errors.Is(err, workspace.ErrBusy) || errors.Is(err, pipeline.ErrLater) {
		err = nil // the run under way, or the next one, publishes it
	}
	if err != nil {
		return fmt.Errorf("it is recorded, and the lists cannot be published: %w", err)
	}
	now, err := entryByHand(cmd, w, at.entry.Dossier)
	if err != nil {
		return err
	}
	if env.JSON {
		return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"dossier": now.entry.Dossier, "ruleset": at.rs.ID,
			"outcome": now.entry.Outcome, "award": now.entry.Award, "granted": now.entry.Granted,
			"by_hand": now.entry.ByHand, "published": published})
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %s", now.entry.Dossier, now.entry.Outcome)
	if x := now.entry.Award; x != nil {
		fmt.Fprintf(cmd.OutOrStdout(), ", %s", x.Title)
	}
	if m := now.entry.Granted; m != nil {
		fmt.Fprintf(cmd.OutOrStdout(), ", %s %s", rules.Number(m.Amount, env.TextLanguage(w.Campaign())), m.Currency)
	}
	fmt.Fprintln(cmd.OutOrStdout())
	if !published {
		fmt.Fprintln(cmd.ErrOrStderr(), "A run is under way or due; the lists are published with it.")
	}
	return nil
}
