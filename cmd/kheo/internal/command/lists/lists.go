// Package lists holds the commands about what a run publishes and what follows from it: kheo lists with its
// subcommands diff, fairness, set, unset and public, kheo papers, kheo handover, kheo ballots and kheo objections.
//
// Lists are read from the records, and not from the folder lists/, which may be behind on this node. [Command] shows
// lists in force: closed ones as they were closed, others with the outcomes that people have set since. Like all
// commands they show everything to a person who can read the workspace; the pages and the API are for people who may
// not.
package lists

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/internal/strict"
	"kheo/pipeline/editions"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Command shows the current lists, or one of them. It reads them from the records, so what it shows is current
// also if lists/ on this node is behind; it tries to bring lists/ up to date first, and only reports if that
// fails.
//
// With --json it prints { "run", "number", "finished", "lists": [ { "ruleset", "title", "counts", "run", "closed"
// } ] }, or the list itself, as in lists/CAMPAIGN/latest/RULESET.json.
func Command(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lists [RULESET]",
		Short: "Show the current lists, or one of them with its reasons",
		Args:  cobra.MaximumNArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if _, err := editions.BringNewest(cmd.Context(), w); err != nil && !errors.Is(err, workspace.ErrBusy) {
				fmt.Fprintf(cmd.ErrOrStderr(), "lists/ on this machine is not up to date: %v\n", err)
			}
			run, files, err := currentLists(cmd, w)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				closed, err := closedOn(cmd, w)
				if err != nil {
					return err
				}
				return showLists(cmd.OutOrStdout(), env, run, files, closed)
			}
			f := files[args[0]]
			if f == nil {
				return unknownList(args[0], files)
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), f)
			}
			printList(cmd.OutOrStdout(), w, f)
			return nil
		}),
	}
	cmd.AddCommand(listsDiffCmd(env), fairnessCmd(env), setCmd(env), unsetCmd(env), publicCmd(env))
	return cmd
}

// currentLists returns the newest run and the lists in force, by ruleset: closed lists as they were closed, all
// others with the outcomes that people have set.
func currentLists(cmd *cobra.Command, w *workspace.Workspace) (*store.Run, map[string]*publish.File, error) {
	run, err := editions.FindRun(cmd.Context(), w, "")
	if err != nil {
		return nil, nil, err
	}
	files, err := editions.ListsNow(cmd.Context(), w, run.Run)
	return run, files, err
}

// unknownList returns the error for a list that does not exist, with the nearest name of one that does.
func unknownList(name string, files map[string]*publish.File) error {
	names := rulesetsOf(files)
	hint := "the lists are: " + strings.Join(names, ", ")
	if near := strict.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %s? (%s)", near, hint)
	}
	return fmt.Errorf("there is no list %q; %s", name, hint)
}

// listsOf returns the lists that a run published, by ruleset. Those of the newest run carry the outcomes that
// people have set since, unless the list is closed. Older runs are shown as they were published: what people
// decided later belongs to a later list.
func listsOf(cmd *cobra.Command, w *workspace.Workspace, run *store.Run) (map[string]*publish.File, error) {
	names, err := w.Store.Lists.Rulesets(cmd.Context(), run.Run)
	if err != nil {
		return nil, err
	}
	out := map[string]*publish.File{}
	for _, n := range names {
		if out[n], err = editions.List(cmd.Context(), w, run.Run, n); err != nil {
			return nil, err
		}
	}
	newest, err := w.Store.Runs.Latest(cmd.Context())
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

// closedOn returns when each closed list was closed, by ruleset.
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

// rulesetsOf returns the ids of the rulesets that have a list, sorted.
func rulesetsOf(files map[string]*publish.File) []string {
	var out []string
	for n := range files {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// listed is one list as `kheo lists --json` shows it. Run and Closed are there so that scripts can
// distinguish a frozen list from one that the next run changes.
type listed struct {
	Ruleset string         `json:"ruleset"`
	Title   string         `json:"title"`
	Counts  publish.Counts `json:"counts"`
	Run     string         `json:"run"` // that made it; an older one if the list is closed
	Closed  string         `json:"closed,omitempty"`

	Evidence *dossier.ListEvidence `json:"evidence,omitempty"` // how much of it people checked
}

// showLists prints the counts of all lists, and which of them are closed.
func showLists(
	w io.Writer,
	env *cli.Env,
	run *store.Run,
	files map[string]*publish.File,
	closed map[string]string,
) error {
	var all []listed
	var rows [][]string
	for _, n := range rulesetsOf(files) {
		f := files[n]
		all = append(all, listed{n, f.Title, f.Counts, f.Run, closed[n], f.Evidence})
		rows = append(rows, cli.OutcomeRow(n, f.Counts))
	}
	if env.JSON {
		return cli.PrintJSON(
			w,
			map[string]any{"run": run.Run, "number": run.Number, "finished": run.Finished, "lists": all},
		)
	}
	fmt.Fprintf(w, "Run %d (%s), %s\n\n", run.Number, run.Run, run.Finished.Local().Format("2006-01-02 15:04"))
	cli.CountsTable(w, rows)
	for _, l := range all {
		if text := publish.EvidenceText(l.Evidence, "en"); text != "" {
			fmt.Fprintf(w, "\n%s: %s\n", l.Ruleset, text)
		}
		if l.Closed != "" {
			fmt.Fprintf(
				w,
				"\n%s was closed on %s, as run %s published it; later runs do not change it.\n",
				l.Ruleset,
				l.Closed,
				l.Run,
			)
		}
	}
	fmt.Fprintf(w, "\n`kheo lists %s` shows one with its reasons.\n", all[0].Ruleset)
	return nil
}

// printList prints the entries of a list, shortened to one line each. The columns are clipped for a terminal;
// kheo show and --json have the whole texts.
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
		if given := publish.AwardText(&e, ws.Campaign().Env.Languages[0]); given != "" {
			why = given + " · " + why
		}
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
		rows = append(
			rows,
			[]string{rank, cli.Clip(title, 42), cli.Clip(unit, 18), string(e.Outcome), fmt.Sprint(e.Points), sure,
				cli.Clip(why, 90)},
		)
	}
	cli.Table(w, []string{"rank", "title", "unit", "outcome", "points", "sure", "why"}, rows, 0, 4, 5)
	for _, n := range f.Notes {
		fmt.Fprintf(w, "\n%s\n", n)
	}
	if text := publish.EvidenceText(f.Evidence, "en"); text != "" {
		fmt.Fprintf(w, "\n%s\n", text)
	}
	fmt.Fprintf(w, "\n`kheo show DOSSIER` explains every point of one of them.\n")
}
