package dossiers

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Facts lists the facts of a dossier, and records what people state of them against or beside what was read.
func Facts(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "facts",
		Short: "List the facts of a dossier, and correct what was read wrongly",
		Long: `List the facts of a dossier, and correct what was read wrongly.

A correction counts, whatever papers and dossier.yaml say, as long as the paper that it rests on is in the
dossier: the document that --document names, else the one in which the fact was read, else all documents
together. After that it lapses, with a flag. Every correction is an event of the audit trail.

  kheo facts list camera-an-ninh-k3v9x
  kheo facts set camera-an-ninh-k3v9x households "120 hộ" --why "misread" --document bao-cao.pdf --page 2
  kheo facts reject camera-an-ninh-k3v9x months --why "it is the plan of another commune"
  kheo facts unset camera-an-ninh-k3v9x households`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(factsList(env), factsSet(env), factsReject(env), factsUnset(env))
	return cmd
}

// shownFact is a fact with what a person stated of it. A fact that a person rejected has no value and no
// source.
type shownFact struct {
	dossier.Fact
	Correction *shownCorrection `json:"correction,omitempty"`
}

// shownCorrection is what a person stated of a fact, and whether it holds.
type shownCorrection struct {
	dossier.Correction
	Lapsed bool `json:"lapsed"`
}

// factsList lists the facts of a dossier as they are now, the newest corrections included.
//
// With --json it prints { "dossier", "ruleset", "facts" }: facts as in kheo show, with what a person stated.
func factsList(env *cli.Env) *cobra.Command {
	return env.WithLang(&cobra.Command{
		Use:   "list DOSSIER",
		Short: "List the facts of a dossier: values, how sure, where from, what people corrected",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			b, err := bench(cmd, w, args[0])
			if err != nil {
				return err
			}
			facts := b.facts()
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(),
					map[string]any{"dossier": b.Dossier.ID, "ruleset": b.Ruleset.ID, "facts": facts})
			}
			b.print(cmd.OutOrStdout(), facts, env.TextLanguage(w.Campaign()))
			return nil
		}),
	})
}

// factBench is a bench of a dossier that a ruleset is for.
type factBench struct{ *pipeline.Bench }

// bench loads the dossier that a person names.
func bench(cmd *cobra.Command, w *workspace.Workspace, name string) (factBench, error) {
	id, err := w.Resolve(cmd.Context(), name)
	if err != nil {
		return factBench{}, err
	}
	b, err := pipeline.NewBench(cmd.Context(), w, id)
	if err != nil {
		return factBench{}, err
	}
	if b.Ruleset == nil {
		return factBench{}, fmt.Errorf("no ruleset applies to %s, so none of its facts is read", id)
	}
	return factBench{b}, nil
}

// facts returns the facts of the dossier as they are now.
func (b factBench) facts() []shownFact {
	out := []shownFact{}
	for _, f := range b.Stated(b.Assess(b.Corrections)) {
		x := shownFact{Fact: f.Fact}
		if f.Correction != nil {
			x.Correction = &shownCorrection{*f.Correction, f.Lapsed}
		}
		out = append(out, x)
	}
	return out
}

// print prints facts as a table; what is uncertain and what people stated follow their fact.
func (b factBench) print(w io.Writer, facts []shownFact, lang string) {
	if len(facts) == 0 {
		fmt.Fprintln(w, "No fact was read in its documents.")
		return
	}
	var rows [][]string
	for _, f := range facts {
		rows = append(rows, []string{f.Name, b.value(f.Name, f.Value), string(f.State), placeText(f.Source),
			clip(f.Source.Quote)})
		if len(f.Readings) > 0 {
			var other []string
			for _, v := range f.Readings {
				other = append(other, b.value(f.Name, v))
			}
			rows = append(rows, []string{"  or", strings.Join(other, " or "), "", clip(f.Doubt.In(lang, "en")), ""})
		}
		for _, r := range f.Rivals {
			rows = append(rows, []string{"  but", b.value(f.Name, r.Value), "", placeText(r.Source),
				clip(r.Source.Quote)})
		}
		if c := f.Correction; c != nil {
			state := "holds"
			if c.Lapsed {
				state = "lapsed"
			}
			said := b.value(f.Name, c.Correction.Value)
			rows = append(rows, []string{"  stated by " + c.By, said, state, c.At, clip(c.Why)})
		}
	}
	cli.Table(w, []string{"fact", "value", "state", "where", "quote"}, rows)
}

// clip shortens what a table quotes.
func clip(s string) string { return cli.Clip(s, 60) }

// value writes a value of a fact for people.
func (b factBench) value(fact string, v any) string { return b.Ruleset.FactValue(fact, v).In("en") }

// placeText names a place; "" for none.
func placeText(s dossier.Source) string {
	if s.Document == "" {
		return ""
	}
	return fmt.Sprintf("%s, page %d", s.Document, s.Page)
}

// factFlags adds the flags of a correction to a command.
func factFlags(cmd *cobra.Command, c *pipeline.FactChange) *cobra.Command {
	statedFlags(cmd, &c.Why, &c.For)
	cmd.Flags().StringVar(&c.Document, "document", "", "the document that shows it")
	cmd.Flags().IntVar(&c.Page, "page", 0, "the page of that document")
	cmd.Flags().StringVar(&c.Quote, "quote", "", "the words on that page, as they are printed")
	return cmd
}

// factsSet records the value of a fact. With --json it prints what factChanged is.
func factsSet(env *cli.Env) *cobra.Command {
	c := pipeline.FactChange{Action: review.FactSet, Person: review.System}
	return factFlags(&cobra.Command{
		Use:   "set DOSSIER NAME VALUE",
		Short: "State the value of a fact",
		Long: `State the value of a fact. Numbers are written as in papers (120 hộ, 2,5 tỷ đồng, 92.5 %),
dates as 2024-03-15 or 15/3/2024, and yes or no in any language. What may be read in two ways is refused.`,
		Args: cobra.ExactArgs(3),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			b, err := bench(cmd, w, args[0])
			if err != nil {
				return err
			}
			if c.Value, err = b.Ruleset.ParseFact(args[1], args[2], env.Languages(w)...); err != nil {
				return cli.Usage(err)
			}
			c.Fact = args[1]
			return changeFact(cmd, env, w, b, c)
		}),
	}, &c)
}

// factsReject records that no paper states a fact.
func factsReject(env *cli.Env) *cobra.Command {
	c := pipeline.FactChange{Action: review.FactRejected, Person: review.System}
	return factFlags(&cobra.Command{
		Use:   "reject DOSSIER NAME",
		Short: "State that the papers do not state a fact",
		Args:  cobra.ExactArgs(2),
		RunE:  recordsChange(env, &c),
	}, &c)
}

// recordsChange runs a command whose arguments are a dossier and a fact, and which states nothing else of it than c.
func recordsChange(env *cli.Env, c *pipeline.FactChange) func(*cobra.Command, []string) error {
	return env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
		b, err := bench(cmd, w, args[0])
		if err != nil {
			return err
		}
		c.Fact = args[1]
		return changeFact(cmd, env, w, b, *c)
	})
}

// factsUnset takes a correction back.
func factsUnset(env *cli.Env) *cobra.Command {
	c := pipeline.FactChange{Action: review.FactRestored, Person: review.System}
	cmd := &cobra.Command{
		Use:   "unset DOSSIER NAME",
		Short: "Take a correction back: what was read counts again",
		Args:  cobra.ExactArgs(2),
		RunE:  recordsChange(env, &c),
	}
	statedFlags(cmd, &c.Why, &c.For)
	return cmd
}

// factChanged is what --json prints of a correction.
type factChanged struct {
	Dossier string          `json:"dossier"`
	Fact    string          `json:"fact"`
	Was     any             `json:"was"`
	Value   any             `json:"value"`
	Source  *dossier.Source `json:"source,omitempty"`
	effect
}

// changeFact records a correction, publishes the lists again, and says what it changes.
func changeFact(
	cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, b factBench, c pipeline.FactChange,
) error {
	if c.Action != review.FactRestored && strings.TrimSpace(c.Why) == "" {
		return cli.Usagef(`--why must give the reason, as in --why "misread on the scan"`)
	}
	done, err := b.Correct(cmd.Context(), w, c)
	if err != nil {
		return usageOf(err)
	}
	d := &done.Event.Data
	out := factChanged{Dossier: b.Dossier.ID, Fact: c.Fact, Was: d.Was, Source: d.Source}
	if out.effect, err = publishStated(cmd, w, done); err != nil {
		return fmt.Errorf("the correction is recorded; %w", err)
	}
	for i := range done.After.Facts {
		if f := &done.After.Facts[i]; f.Name == c.Fact {
			out.Value = f.Value
		}
	}
	if env.JSON {
		return cli.PrintJSON(cmd.OutOrStdout(), out)
	}
	to := cmd.OutOrStdout()
	fmt.Fprintf(to, "%s of %s: %s → %s", c.Fact, out.Dossier, b.value(c.Fact, out.Was), b.value(c.Fact, out.Value))
	if out.Source != nil {
		fmt.Fprintf(to, " (%s)", placeText(*out.Source))
	}
	fmt.Fprintln(to)
	out.print(to, b.Ruleset.ID)
	return nil
}
