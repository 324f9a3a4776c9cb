package main

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"kheo/internal/strict"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

func listsCmd(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lists [RULESET]",
		Short: "Show the current lists, or one of them with its reasons",
		Args:  cobra.MaximumNArgs(1),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if _, err := editions.BringNewest(cmd.Context(), w); err != nil && !errors.Is(err, workspace.ErrBusy) {
				fmt.Fprintf(cmd.ErrOrStderr(), "lists/ of this machine is not up to date: %v\n", err) // what is shown is read from the records
			}
			run, err := editions.FindRun(cmd.Context(), w, "")
			if err != nil {
				return err
			}
			files, err := editions.ListsNow(cmd.Context(), w, run.Run)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				closed, err := closedOn(cmd, w)
				if err != nil {
					return err
				}
				return showLists(cmd.OutOrStdout(), c, run, files, closed)
			}
			f := files[args[0]]
			if f == nil {
				return unknownList(args[0], files)
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), f)
			}
			printList(cmd.OutOrStdout(), w, f)
			return nil
		}),
	}
	cmd.AddCommand(listsDiffCmd(c), fairnessCmd(c))
	return cmd
}

func unknownList(name string, files map[string]*publish.File) error {
	names := rulesetsOf(files)
	hint := "the lists are: " + strings.Join(names, ", ")
	if near := strict.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %s? (%s)", near, hint)
	}
	return fmt.Errorf("there is no list %q; %s", name, hint)
}

// listsOf reads all lists that a run published, by ruleset: those of the newest with the outcomes that
// people have set since.
func listsOf(cmd *cobra.Command, w *workspace.Workspace, run *store.Run) (map[string]*publish.File, error) {
	names, err := w.Store.ListRulesets(cmd.Context(), run.Run)
	if err != nil {
		return nil, err
	}
	out := map[string]*publish.File{}
	for _, n := range names {
		if out[n], err = editions.List(cmd.Context(), w, run.Run, n); err != nil {
			return nil, err
		}
	}
	newest, err := w.Store.LatestRun(cmd.Context())
	if err != nil || newest != run.Run {
		return out, err
	}
	err = w.Review().View(cmd.Context(), func(s *review.State) error {
		for n, f := range out {
			if _, closed := s.Closed[n]; !closed {
				out[n] = s.InForce(f, n, w.Campaign().Env.Languages[0])
			}
		}
		return nil
	})
	return out, err
}

// closedOn tells which lists were closed, and when.
func closedOn(cmd *cobra.Command, w *workspace.Workspace) (map[string]string, error) {
	out := map[string]string{}
	err := w.Review().View(cmd.Context(), func(s *review.State) error {
		for name, c := range s.Closed {
			out[name] = c.At
		}
		return nil
	})
	return out, err
}

func rulesetsOf(files map[string]*publish.File) []string {
	var out []string
	for n := range files {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

func showLists(w io.Writer, c *common, run *store.Run, files map[string]*publish.File, closed map[string]string) error {
	type listed struct {
		Ruleset string         `json:"ruleset"`
		Title   string         `json:"title"`
		Counts  publish.Counts `json:"counts"`
		Run     string         `json:"run"` // that made it: an older one where the list was closed
		Closed  string         `json:"closed,omitempty"`
	}
	var all []listed
	var rows [][]string
	for _, n := range rulesetsOf(files) {
		f := files[n]
		all = append(all, listed{n, f.Title, f.Counts, f.Run, closed[n]})
		k := f.Counts
		rows = append(rows, countsRow(n, k.Registered, k.Recommended, k.NeedsReview, k.NotRecommended, k.Ineligible, k.Quarantined))
	}
	if c.json {
		return printJSON(w, map[string]any{"run": run.Run, "number": run.Number, "finished": run.Finished, "lists": all})
	}
	fmt.Fprintf(w, "Run %d (%s), %s\n\n", run.Number, run.Run, run.Finished.Local().Format("2006-01-02 15:04"))
	countsTable(w, rows)
	for _, l := range all {
		if l.Closed != "" {
			fmt.Fprintf(w, "\n%s was closed on %s, as run %s published it; later runs do not change it.\n", l.Ruleset, l.Closed, l.Run)
		}
	}
	fmt.Fprintf(w, "\n`kheo lists %s` shows one with its reasons.\n", all[0].Ruleset)
	return nil
}

func printList(w io.Writer, ws *workspace.Workspace, f *publish.File) {
	fmt.Fprintf(w, "%s\n%d registered, %d recommended\n\n", f.Title, f.Counts.Registered, f.Counts.Recommended)
	var rows [][]string
	for _, e := range f.Entries {
		rank, unit := "", e.Unit
		if e.Rank > 0 {
			rank = fmt.Sprint(e.Rank)
		}
		if u := ws.Campaign().Env.UnitByID(e.Unit); u != nil {
			unit = u.Name
		}
		why := e.Reason
		for _, x := range e.Flags {
			why += " · " + x.Message
		}
		title := e.Title
		if e.Nominee != "" {
			title = e.Nominee
		}
		sure := ""
		if e.Certainty != nil {
			sure = fmt.Sprintf("%.0f%%", 100*e.Certainty.Keeps)
		}
		rows = append(rows, []string{rank, clip(title, 42), clip(unit, 18), string(e.Outcome), fmt.Sprint(e.Points), sure, clip(why, 90)})
	}
	table(w, []string{"rank", "title", "unit", "outcome", "points", "sure", "why"}, rows, 0, 4, 5)
	for _, n := range f.Notes {
		fmt.Fprintf(w, "\n%s\n", n)
	}
	fmt.Fprintf(w, "\n`kheo show DOSSIER` explains every point of one of them.\n")
}

func listsDiffCmd(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Show what changed between two runs, and why",
		Long:  "Show what changed between two runs, and why. A run is its number in the ledger (see kheo runs), its name, or \"latest\".",
		Args:  cobra.ExactArgs(2),
		RunE: c.with(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			var lists [2]map[string]*publish.File
			var runs [2]*store.Run
			for i := range lists {
				var err error
				if runs[i], err = editions.FindRun(cmd.Context(), w, args[i]); err != nil {
					return err
				}
				if lists[i], err = listsOf(cmd, w, runs[i]); err != nil {
					return err
				}
			}
			type diff struct {
				Ruleset string           `json:"ruleset"`
				Rules   bool             `json:"rules_changed"`
				Changes []publish.Change `json:"changes"`
			}
			var diffs []diff
			names := rulesetsOf(lists[0])
			for _, n := range rulesetsOf(lists[1]) {
				if lists[0][n] == nil {
					names = append(names, n)
				}
			}
			for _, n := range names {
				from, to := lists[0][n], lists[1][n]
				if from == nil {
					from = &publish.File{Ruleset: n, RulesetSHA256: to.RulesetSHA256}
				}
				if to == nil {
					to = &publish.File{Ruleset: n, RulesetSHA256: from.RulesetSHA256}
				}
				diffs = append(diffs, diff{n, from.RulesetSHA256 != to.RulesetSHA256, publish.Diff(from, to)})
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"from": runs[0].Run, "to": runs[1].Run, "lists": diffs})
			}
			out := cmd.OutOrStdout()
			for _, d := range diffs {
				fmt.Fprintf(out, "%s: ", d.Ruleset)
				if d.Rules {
					fmt.Fprint(out, "the rules changed; ")
				}
				printChanges(out, d.Changes)
			}
			return nil
		}),
	}
}

// printChanges tells what became of dossiers between two lists.
func printChanges(w io.Writer, changes []publish.Change) {
	if len(changes) == 0 {
		fmt.Fprintln(w, "nothing moves")
		return
	}
	n := map[string]int{}
	for _, ch := range changes {
		n[ch.What]++
	}
	var sums []string
	for _, k := range publish.ChangeOrder {
		if n[k] > 0 {
			sums = append(sums, fmt.Sprintf("%d %s", n[k], changeWords[k]))
		}
	}
	fmt.Fprintln(w, strings.Join(sums, ", "))
	for _, ch := range changes {
		fmt.Fprintf(w, "  %-8s %s (%s)", ch.What, ch.Title, ch.Unit)
		if ch.From != ch.To {
			fmt.Fprintf(w, ", %s → %s", orNone(string(ch.From)), orNone(string(ch.To)))
		}
		if ch.Points[0] != ch.Points[1] {
			fmt.Fprintf(w, ", %v → %v points", ch.Points[0], ch.Points[1])
		}
		if ch.Rank[0] != ch.Rank[1] {
			fmt.Fprintf(w, ", rank %s → %s", rankWord(ch.Rank[0]), rankWord(ch.Rank[1]))
		}
		if len(ch.Because) > 0 {
			fmt.Fprintf(w, "; because of %s", strings.Join(ch.Because, ", "))
		}
		fmt.Fprintln(w)
		for _, why := range ch.Why {
			fmt.Fprintf(w, "             %s\n", clip(why, 140))
		}
	}
}

var changeWords = map[string]string{"entered": "newly recommended", "left": "no longer recommended", "new": "new", "gone": "gone", "moved": "moved", "points": "with other points", "flags": "with other flags or reasons"}

func rankWord(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func runsCmd(c *common) *cobra.Command {
	limit := 20
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "Show the run ledger, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return usage{fmt.Errorf("--limit must be at least 1")}
			}
			w, err := workspace.Open(cmd.Context(), c.dir)
			if err != nil {
				return err
			}
			defer w.Close()
			runs, err := w.Store.Runs(cmd.Context(), limit)
			if err != nil {
				return err
			}
			if c.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"runs": runs})
			}
			out := cmd.OutOrStdout()
			if len(runs) == 0 {
				fmt.Fprintln(out, "Nothing has run yet. Put dossiers into inbox/ and run `kheo run`.")
				return nil
			}
			var rows [][]string
			for _, r := range runs {
				did := map[string]int{}
				errs := 0
				for _, s := range r.Stages {
					did[s.Name] = s.Done
					errs += len(s.Errors)
				}
				seconds := ""
				if !r.Finished.IsZero() {
					seconds = fmt.Sprintf("%.1f", r.Finished.Sub(r.Started).Seconds())
				}
				rows = append(rows, []string{fmt.Sprint(r.Number), r.Started.In(w.Campaign().Location).Format("2006-01-02 15:04:05"), seconds, r.Cause, r.State, fmt.Sprint(did["intake"]), fmt.Sprint(did["read"]), fmt.Sprint(did["assess"]), r.Run, fmt.Sprint(errs)})
			}
			table(out, []string{"run", "started", "seconds", "cause", "state", "taken in", "read", "assessed", "lists", "notes"}, rows, 0, 2, 5, 6, 7, 9)
			for _, r := range runs {
				if r.Error != "" {
					fmt.Fprintf(out, "\nrun %d: %s\n", r.Number, r.Error)
				}
			}
			fmt.Fprintf(out, "\n`kheo runs --json` has every stage with its counts, seconds and errors.\n")
			return nil
		},
	}
	cmd.Flags().IntVar(&limit, "limit", limit, "show at most so many")
	cmd.AddCommand(watchCmd(c), cancelCmd(c))
	return cmd
}
