package dossiers

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/pipeline"
	"kheo/pipeline/evidence"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// Evidence draws samples of the evidence of lists, records what people say of its pieces, and reports how
// much is right.
func Evidence(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "evidence",
		Short: "Check pieces of evidence, and estimate how much of a list's evidence is right",
		Long: `Check pieces of evidence, and estimate how much of a list's evidence is right.

A piece of evidence is a passage that a criterion quotes. What people say of it is right, wrong, or unsure if it
cannot be told. A wrong one earns nothing, a right one counts even if kheo is uncertain; if people disagree the
piece earns nothing until most agree. A verdict belongs to the content of the paper: it holds in every run and in
every dossier with the same paper. It is an event of the audit trail.

  kheo evidence plan --precision 95% --margin 3%     draw a sample: how many pieces are to be checked, and which
  kheo evidence check                                the next pieces to be checked
  kheo evidence check 6468dec40e20 right --by hoa    what a person says of one
  kheo evidence report                               how much is right, with its interval`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(evidencePlan(env), evidenceCheck(env), evidenceReport(env))
	return cmd
}

// evidenceList is the evidence of one list.
type evidenceList struct {
	ruleset *rules.Ruleset
	pieces  []evidence.Piece
	sample  *review.Sample // nil if none was drawn
}

// loadEvidence loads the evidence of the list that a person names, or of all lists.
func loadEvidence(ctx context.Context, w *workspace.Workspace, list string) ([]evidenceList, error) {
	var out []evidenceList
	var known []string
	for _, rs := range w.Campaign().Rulesets {
		known = append(known, rs.ID)
		if list != "" && rs.ID != list {
			continue
		}
		l := evidenceList{ruleset: rs}
		var err error
		if l.pieces, l.sample, err = evidence.Load(ctx, w, rs); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	if list != "" && len(out) == 0 {
		near := cmp.Or(strict.Nearest(list, known), strings.Join(known, ", "))
		return nil, cli.Usagef("there is no list %q; did you mean %s?", list, near)
	}
	return out, nil
}

// listFlag adds --list to a command.
func listFlag(cmd *cobra.Command, list *string) {
	cmd.Flags().StringVar(list, "list", "", "the evidence of the list of this `RULESET` only")
}

// parseShare reads a percentage such as "95%", "97.5 %" or "2,5%" as a share over 0 to 1.
func parseShare(flag, s string) (float64, error) {
	number, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(number), ",", "."), 64)
	if !ok || err != nil || !(v > 0 && v < 100) {
		return 0, cli.Usagef("%q is not a percentage between 0 and 100; write it like --%s 95%%", s, flag)
	}
	return v / 100, nil
}

// percentText writes a share for people, with at most one decimal.
func percentText(share float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(100*share, 'f', 1, 64), ".0") + " %"
}

// evidencePlan draws the samples of lists. With --json it prints { "lists": [ … ] }, each as evidence.Report.
func evidencePlan(env *cli.Env) *cobra.Command {
	var list, by string
	var plan evidence.Plan
	var fresh bool
	shares := map[string]struct {
		text string
		to   *float64
	}{
		"precision":  {"95%", &plan.Precision},
		"margin":     {"3%", &plan.Margin},
		"confidence": {"95%", &plan.Confidence},
	}
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Draw a sample of the evidence to be checked, and say how many pieces that takes",
		Long: `Draw a random sample of the evidence of each list, and say how many pieces are to be checked: as many as
state the share of right ones within the margin if it is about the precision. Small criteria are checked too. The
seed is an event of the audit trail, so everybody checks the same pieces; pieces that come later find their place.
A second sample is of passages that do not count in dossiers near a limit, to estimate what was missed.

Without flags, a sample that was drawn before is shown and stays. Other shares keep its seed and what was checked;
another seed draws other pieces.`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, _ []string) error {
			for name, share := range shares {
				if f := cmd.Flags().Lookup(name); f.Changed {
					var err error
					if *share.to, err = parseShare(name, f.Value.String()); err != nil {
						return err
					}
				}
			}
			if fresh && plan.Seed != "" {
				return cli.Usagef("--new-seed makes a seed, and --seed names one: use one of them")
			}
			if fresh {
				plan.Seed = evidence.NewSeed()
			}
			all, err := loadEvidence(cmd.Context(), w, list)
			if err != nil {
				return err
			}
			reports := []*evidence.Report{}
			for _, l := range all {
				m, err := evidence.DrawSample(cmd.Context(), w, l.ruleset, l.pieces, plan, review.System, by)
				if err != nil {
					return err
				}
				reports = append(reports, evidence.ReportOf(l.ruleset, l.pieces, m))
			}
			if err := pipeline.AskEdition(cmd.Context(), w); err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"lists": reports})
			}
			for _, r := range reports {
				printPlan(cmd.OutOrStdout(), r)
			}
			cli.PrintNext(cmd.OutOrStdout(), [][2]string{{"kheo evidence check", "the pieces to be checked"}})
			return nil
		}),
	}
	listFlag(cmd, &list)
	for _, name := range []string{"precision", "margin", "confidence"} {
		what := map[string]string{
			"precision":  "the share of right pieces that is expected",
			"margin":     "half of the width that the interval may have",
			"confidence": "how often the interval is to cover the true share",
		}[name]
		cmd.Flags().String(name, "", what+" (default "+shares[name].text+")")
	}
	cmd.Flags().StringVar(&plan.Seed, "seed", "", "draw by this `WORD`; the same seed draws the same pieces")
	cmd.Flags().BoolVar(&fresh, "new-seed", false, "draw other pieces than before")
	cmd.Flags().StringVar(&by, "by", "", "the sign-in `NAME` of the person who draws it")
	return cmd
}

// printPlan says how many pieces of a list are to be checked.
func printPlan(w io.Writer, r *evidence.Report) {
	m := r.Sample
	fmt.Fprintf(w, "%s: %s, seed %s\n", r.Ruleset, cli.Plural(r.List.Pieces, "piece"), m.Seed)
	fmt.Fprintf(w, "  to know the share within ±%s, if about %s are right: check %d; %d left\n",
		percentText(m.Margin), percentText(m.Precision), r.Needed, r.Left)
	if r.More == nil {
		fmt.Fprintf(w, "  to show that at least %s are right: not possible with what was found so far\n",
			percentText(m.Precision))
	} else {
		fmt.Fprintf(w, "  to show that at least %s are right: check %d more, if none of them is wrong\n",
			percentText(m.Precision), *r.More)
	}
	if r.Missed.Pieces > 0 {
		fmt.Fprintf(w, "  to estimate what was missed: check %d of %s that %s not count near a limit; %d left\n",
			r.Missed.Needed, cli.Plural(r.Missed.Pieces, "passage"), doOf(r.Missed.Pieces), r.Missed.Left)
	}
}

// doOf is the verb for a number of things.
func doOf(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

// viewerOf is a person who looks at evidence: what the person is recused from is left out.
func viewerOf(s *review.State, person string) evidence.Viewer {
	return evidence.Viewer{Person: person, Recused: func(id, unit string) bool {
		return person != "" && s.Tie(person, id, unit) != nil
	}}
}

// evidenceCheck lists what is to be checked, and records verdicts.
//
// With --json it prints { "left", "pieces" }, and for a verdict what evidenceJudged is.
func evidenceCheck(env *cli.Env) *cobra.Command {
	var list, why, by string
	var n int
	var second, takeBack bool
	cmd := &cobra.Command{
		Use:   "check [PIECE [right|wrong|unsure]]",
		Short: "List the next pieces of evidence to be checked, or record what a person says of one",
		Long: `List the next pieces of evidence to be checked, or record what a person says of one.

Disputed pieces come first, then uncertain ones that could change an outcome, then the sample, then the rest. Pieces
are named by their id or its beginning. --second lists what one other person has checked, for a second opinion.`,
		Args: cobra.RangeArgs(0, 2),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			all, err := loadEvidence(cmd.Context(), w, list)
			if err != nil {
				return err
			}
			var pieces []evidence.Piece
			for _, l := range all {
				pieces = append(pieces, l.pieces...)
			}
			if len(args) == 0 {
				return listPieces(cmd, env, w, pieces, by, second, n)
			}
			p := evidence.Find(pieces, args[0])
			if p == nil {
				return cli.Usagef("there is no piece of evidence %q, or it begins several: "+
					"`kheo evidence check` lists them", args[0])
			}
			if len(args) == 1 && !takeBack {
				return showPiece(cmd, env, w, p)
			}
			j := pipeline.Judgement{Piece: p.ID, Why: why, Person: review.System, For: by}
			if !takeBack {
				ok := false
				if j.Verdict, ok = dossier.ParseVerdict(args[1]); !ok {
					return cli.Usagef("%q is not a verdict; write right, wrong or unsure", args[1])
				}
			}
			return judgePiece(cmd, env, w, p, j)
		}),
	}
	listFlag(cmd, &list)
	statedFlags(cmd, &why, &by)
	cmd.Flags().IntVar(&n, "n", 20, "list at most this many pieces")
	cmd.Flags().BoolVar(&second, "second", false, "list what one other person has checked")
	cmd.Flags().BoolVar(&takeBack, "take-back", false, "take the person's verdict on the piece back")
	return env.WithLang(cmd)
}

// listPieces lists the next pieces that a person, or anybody, should check.
func listPieces(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, all []evidence.Piece, person string,
	second bool, n int) error {
	var queue []evidence.Piece
	err := w.Review().View(cmd.Context(), func(s *review.State) error {
		if person != "" && s.People[person] == nil {
			return cli.Usagef("there is no person %q", person)
		}
		v := viewerOf(s, person)
		v.Second = second
		queue = evidence.Queue(v, all)
		return nil
	})
	if err != nil {
		return err
	}
	left := len(queue)
	queue = queue[:max(0, min(n, left))]
	if env.JSON {
		return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"left": left, "pieces": queue})
	}
	if left == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "No piece of evidence waits to be checked.")
		return nil
	}
	lang := env.TextLanguage(w.Campaign())
	for i := range queue {
		printPiece(cmd.OutOrStdout(), &queue[i], lang)
	}
	if left > len(queue) {
		fmt.Fprintf(cmd.OutOrStdout(), "and %d more\n", left-len(queue))
	}
	return nil
}

// printPiece prints a piece of evidence: its id, its place, the words, and why it is to be checked.
func printPiece(w io.Writer, p *evidence.Piece, lang string) {
	why := string(p.State)
	if text := p.Why.In(lang, "en"); text != "" {
		why += ": " + text
	}
	if p.Decides {
		why += fmt.Sprintf("; the outcome could depend on it (%s points)", rules.Number(p.AtStake, "en"))
	}
	if p.Sample {
		why += "; sample"
	}
	fmt.Fprintf(w, "%s  %s, %s\n  “%s”\n  %s: %s, page %d\n  %s\n", p.ID, p.Ruleset,
		p.Title.In(lang, "en"), p.Quote, p.Dossier, p.Document, p.Page, why)
}

// showPiece shows one piece with what people say of it.
func showPiece(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, p *evidence.Piece) error {
	if env.JSON {
		return cli.PrintJSON(cmd.OutOrStdout(), p)
	}
	printPiece(cmd.OutOrStdout(), p, env.TextLanguage(w.Campaign()))
	for _, j := range p.Judged {
		fmt.Fprintf(cmd.OutOrStdout(), "  %s: %s, %s %s\n", j.Person, j.Verdict, j.At, j.Reason)
	}
	return nil
}

// evidenceJudged is what --json prints of a verdict.
type evidenceJudged struct {
	Piece   string              `json:"piece"`
	Dossier string              `json:"dossier"`
	Also    []string            `json:"also,omitempty"` // other dossiers with the same paper
	Verdict dossier.VerdictKind `json:"verdict"`        // of the person; "" if it was taken back
	Sum     dossier.VerdictKind `json:"verdicts"`       // what all verdicts amount to
	effect
}

// judgePiece records a verdict, publishes the lists again, and says what it changes.
func judgePiece(
	cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, p *evidence.Piece, j pipeline.Judgement,
) error {
	b, err := bench(cmd, w, p.Dossier)
	if err != nil {
		return err
	}
	done, err := b.Judge(cmd.Context(), w, j)
	if err != nil {
		return usageOf(err)
	}
	out := evidenceJudged{Piece: p.ID, Dossier: p.Dossier, Also: p.Also, Verdict: j.Verdict}
	if out.effect, err = publishStated(cmd, w, done); err != nil {
		return fmt.Errorf("the verdict is recorded; %w", err)
	}
	if err := w.Review().View(cmd.Context(), func(s *review.State) error {
		out.Sum = review.Verdict(s.Verdicts(p.PieceKey, p.Dossier, p.Unit))
		return nil
	}); err != nil {
		return err
	}
	if env.JSON {
		return cli.PrintJSON(cmd.OutOrStdout(), out)
	}
	to := cmd.OutOrStdout()
	fmt.Fprintf(to, "%s of %s: %s", p.ID, p.Dossier, cmp.Or(string(j.Verdict), "taken back"))
	if out.Sum != j.Verdict {
		fmt.Fprintf(to, " (with the verdicts of others: %s)", cmp.Or(string(out.Sum), "none"))
	}
	if len(p.Also) > 0 {
		fmt.Fprintf(to, "; the same paper is in %s", strings.Join(p.Also, ", "))
	}
	fmt.Fprintln(to)
	out.print(to, p.Ruleset)
	return nil
}

// evidenceReport reports how much of the evidence of lists was checked, and how much is right. With --json it
// prints { "lists": [ … ] }, each as evidence.Report.
func evidenceReport(env *cli.Env) *cobra.Command {
	var list string
	cmd := &cobra.Command{
		Use:   "report",
		Short: "How much of the evidence was checked, how much is right with its interval, what was missed",
		Long: `How much of the evidence was checked, and how much is right.

The share is that of right pieces among those that remain on the list: rejected ones have left it. The interval rests on
the sample; new pieces, and sampled ones that nobody could tell, widen it. Kappa is the agreement of two people beyond
chance (1: always, 0: as often as by chance).`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, _ []string) error {
			all, err := loadEvidence(cmd.Context(), w, list)
			if err != nil {
				return err
			}
			reports := []*evidence.Report{}
			for _, l := range all {
				reports = append(reports, evidence.ReportOf(l.ruleset, l.pieces, l.sample))
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"lists": reports})
			}
			lang := env.TextLanguage(w.Campaign())
			for i, r := range reports {
				if i > 0 {
					fmt.Fprintln(cmd.OutOrStdout())
				}
				printReport(cmd.OutOrStdout(), r, lang)
			}
			return nil
		}),
	}
	listFlag(cmd, &list)
	return env.WithLang(cmd)
}

// printReport prints the report on one list.
func printReport(w io.Writer, r *evidence.Report, lang string) {
	confidence := evidence.DefaultConfidence
	if r.Sample != nil {
		confidence = r.Sample.Confidence
	}
	fmt.Fprintf(w, "%s\n", r.Ruleset)
	row := func(name string, x *evidence.Row) []string {
		share, interval := "–", "–"
		if x.Sampled > 0 {
			share, interval = percentText(x.Share), percentText(x.Low)+" to "+percentText(x.High)
		}
		return []string{name, fmt.Sprint(x.Pieces), fmt.Sprint(x.Checked), fmt.Sprint(x.Right), fmt.Sprint(x.Unsure),
			share, interval, fmt.Sprint(x.Uncertain)}
	}
	var rows [][]string
	for i := range r.Criteria {
		rows = append(rows, row(r.Criteria[i].Title.In(lang, "en"), &r.Criteria[i]))
	}
	rows = append(rows, row("all", &r.List))
	cli.Table(w, []string{"criterion", "pieces", "checked", "right", "unsure", "share right", percentText(confidence) +
		" interval", "uncertain"}, rows, 1, 2, 3, 4, 7)
	if r.Sample == nil {
		fmt.Fprintln(w, "No sample was drawn, so the unchecked evidence is not estimated: kheo evidence plan")
	} else if r.Left > 0 {
		fmt.Fprintf(w, "%d of the %d pieces of the sample remain to be checked.\n", r.Left, r.Needed)
	}
	if m := r.Missed; m.Checked > 0 {
		fmt.Fprintf(w, "Of %s that did not count near a limit, %d were checked and %d are evidence: %s (%s to %s).\n",
			cli.Plural(m.Pieces, "passage"), m.Checked, m.Right, percentText(m.Share), percentText(m.Low),
			percentText(m.High))
	}
	for _, a := range r.Agreement {
		kappa := "not defined"
		if a.Kappa != nil {
			kappa = strconv.FormatFloat(*a.Kappa, 'f', 2, 64)
		}
		fmt.Fprintf(w, "%s and %s agree on %d of %s; kappa %s.\n", a.First, a.Second, a.Agree,
			cli.Plural(a.Pieces, "piece"), kappa)
	}
	if slices.ContainsFunc(r.Criteria, func(x evidence.Row) bool { return x.Disputed > 0 }) {
		fmt.Fprintln(w, "Disputed pieces earn nothing until most people agree: kheo evidence check lists them first.")
	}
}
