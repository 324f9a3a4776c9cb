package dossiers

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/editions"
	"kheo/pipeline/look"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/shown"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// nonEmpty returns the texts that are not empty, in their order.
func nonEmpty(list ...string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// shownDossier is what `kheo show` knows of a dossier; with --json it prints the shown.Dossier.
type shownDossier struct {
	shown.Dossier

	received string                     // when the newest version was received, in RFC 3339
	showFact func(*dossier.Fact) string // the value of a fact as its ruleset writes it
}

// shownEntry is an assessment of the dossier, with the ruleset that it was made by.
type shownEntry shown.Entry

// Show shows everything that kheo knows of one dossier.
//
// With --json it prints one document, a shown.Dossier: the facts with their sources, the documents with the reason if
// one was not read, the deliveries, and the assessment as an entry of its list.
func Show(env *cli.Env) *cobra.Command {
	return env.WithLang(&cobra.Command{
		Use:   "show DOSSIER",
		Short: "Show a dossier: facts, documents, assessment with every piece of evidence",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			s, err := collect(cmd, env, w, args[0])
			if err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), s.Dossier)
			}
			s.print(cmd.OutOrStdout(), w)
			return nil
		}),
	})
}

// collect returns what there is to show of a dossier, which is named by its id, its title, or as it was
// submitted. A dossier that was never assessed is an error that says what to do, and not an empty document.
func collect(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, name string) (*shownDossier, error) {
	id, err := w.Resolve(cmd.Context(), name)
	if err != nil {
		return nil, err
	}
	acc, d, err := w.Load(cmd.Context(), id)
	if err != nil {
		return nil, err
	}
	a, err := w.Store.Assessments.Get(cmd.Context(), id)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, fmt.Errorf("%s was ingested but is not assessed yet: run `kheo run`", id)
	}
	s := &shownDossier{Dossier: shown.Dossier{Dossier: id, Kind: a.Kind, Title: a.Title, Unit: a.Unit,
		Level: a.Level, Field: a.Field, Version: acc.Version, Facts: a.Facts}}
	languages := env.Languages(w)
	s.showFact = factWriter(w.Campaign(), a.Ruleset, languages[0])
	s.AddDocuments(d, languages...)
	s.received = shown.At(w, acc.ReceivedAt)
	if err := s.AddDeliveries(cmd.Context(), w, acc); err != nil {
		return nil, err
	}
	if s.Looked, err = look.Of(cmd.Context(), w.Store, d, a); err != nil {
		return nil, err
	}
	e, err := entryOf(cmd, w, a, languages)
	s.Assessments = []shown.Entry{{Ruleset: a.Ruleset, Entry: e}}
	return s, err
}

// factWriter writes values of facts in a language as the ruleset with an id does; as plain values if the campaign does
// not have it any more.
func factWriter(c *campaign.Campaign, id, lang string) func(*dossier.Fact) string {
	for _, rs := range c.Rulesets {
		if rs.ID == id {
			return func(f *dossier.Fact) string { return rs.ShowFact(f, lang) }
		}
	}
	return func(f *dossier.Fact) string { return strings.TrimSpace(value(f.Value) + " " + f.Unit) }
}

// entryOf returns the assessment as an entry of its list. Rank and quota come from the list; of a closed list the
// whole entry does, because it shows what was decided on, whatever was assessed later.
func entryOf(
	cmd *cobra.Command,
	w *workspace.Workspace,
	a *dossier.Assessment,
	languages []string,
) (publish.Entry, error) {
	e := publish.Of(a, 0, languages...)
	listed, err := onList(cmd, w, a)
	if err != nil || listed == nil {
		return e, err
	}
	e.Rank, e.Outcome, e.Certainty, e.ByHand = listed.Rank, listed.Outcome, listed.Certainty, listed.ByHand
	e.Given = listed.Given
	if listed.Points != a.Points {
		e = *listed
	} else if listed.Outcome != a.Outcome || listed.ByHand != nil {
		e.Reason, e.Flags = listed.Reason, listed.Flags
	}
	return e, nil
}

// printDeliveries prints what was delivered when. A workspace of an older version may lack deliveries of the
// first versions, or of all; the output says which, so that their absence does not look like a loss.
func (s *shownDossier) printDeliveries(w io.Writer) {
	fmt.Fprintf(w, "\nDeliveries\n")
	switch first := s.firstRecorded(); {
	case first == 0:
		fmt.Fprintf(w, "  version %d, received %s (an older kheo recorded no deliveries)\n", s.Version, s.received)
	case first > 1:
		fmt.Fprintf(w, "  versions before %d: an older kheo recorded no deliveries\n", first)
	}
	for _, d := range s.Deliveries {
		how := ""
		if d.Replaces && d.Version > 1 {
			how = ", replaces everything received before"
		}
		if d.Late != "" {
			how += ", after the list was closed on " + d.Late + ": it changes nothing on it"
		}
		fmt.Fprintf(w, "  version %d, received %s, as %s%s\n", d.Version, d.Received, d.Entry, how)
		printDelivered(w, "      ", d.Changes)
	}
}

// firstRecorded returns the first version whose delivery is recorded, or 0 if none is.
func (s *shownDossier) firstRecorded() int {
	if len(s.Deliveries) == 0 {
		return 0
	}
	return s.Deliveries[0].Version
}

// onList returns the entry of the dossier on the list of its ruleset that is in force. It returns nil if nothing
// was published yet, or if the dossier was assessed again since with other points, unless the list is closed: a
// closed list shows what was decided on.
func onList(cmd *cobra.Command, w *workspace.Workspace, a *dossier.Assessment) (*publish.Entry, error) {
	run, err := editions.FindRun(cmd.Context(), w, "")
	if err != nil {
		return nil, nil // nothing published yet
	}
	f, err := editions.ListNow(cmd.Context(), w, run.Run, a.Ruleset)
	if err != nil || f == nil {
		return nil, err
	}
	closed := false
	err = w.Review().View(cmd.Context(), func(s *review.State) error {
		_, closed = s.Closed[a.Ruleset]
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range f.Entries {
		if f.Entries[i].Dossier == a.Dossier && (f.Entries[i].Points == a.Points || closed) {
			return &f.Entries[i], nil
		}
	}
	return nil, nil
}

// print prints the dossier as text: the outcome first, then what led to it. A dossier is assessed by exactly
// one ruleset, so Assessments has one element; it is a list because the JSON form is one.
func (s *shownDossier) print(w io.Writer, ws *workspace.Workspace) {
	e := (*shownEntry)(&s.Assessments[0])
	unit := s.Unit
	if u := ws.Campaign().Env.UnitByID(s.Unit); u != nil {
		unit = u.Name
	}
	fmt.Fprintf(w, "%s\n%s\n", s.Title, strings.Join(nonEmpty(s.Dossier.Dossier, unit, s.Kind, s.Level, s.Field),
		" · "))
	fmt.Fprintf(w, "\n%s", strings.ToUpper(string(e.Outcome)))
	if e.Rank > 0 {
		fmt.Fprintf(w, ", rank %d", e.Rank)
	}
	if given := publish.AwardText(&e.Entry, ws.Campaign().Env.Languages[0]); given != "" {
		fmt.Fprintf(w, ", %s", given)
	}
	fmt.Fprintf(w, ", %v of %v points (%s)\n%s\n", e.Points, e.Max, e.Ruleset, e.Reason)
	if e.Certainty != nil {
		fmt.Fprintln(w, e.Certainty.Text)
	}
	e.print(w, s.Looked)
	printFacts(w, s.Facts, s.showFact)
	s.printDocuments(w)
	s.printDeliveries(w)
}

// lookedAt describes what came of looking for a piece of evidence; "" for evidence that is not rendered.
func lookedAt(looked []look.Found, ev dossier.Source) string {
	quote := dossier.PlainQuote(ev.Quote)
	for _, f := range looked {
		if f.Document != ev.Document || f.Page != ev.Page || f.Quote != quote {
			continue
		}
		if f.Renderer == "" {
			return "\n                 " + sightTexts[f.Result]
		}
		return fmt.Sprintf("\n                 %s (%s)", sightTexts[f.Result], f.Renderer)
	}
	return ""
}

// sightTexts say what came of looking for a piece of evidence, and what follows from it; see docs/reading.md.
var sightTexts = map[dossier.Sight]string{
	look.NotLooked:      "not checked yet whether a reader sees it on the page: it counts, and `kheo look` checks it",
	dossier.Seen:        "checked: a reader sees it on the page",
	dossier.SightUnseen: "checked: nothing is to be seen on the page where these words are; they earn nothing",
	dossier.Unclear: "checked: something else is to be seen where these words are; they earn nothing until a person " +
		"has looked",
	dossier.NotFound:    "checked: these words were not found on the page; a person should look",
	dossier.NotRendered: "could not be checked: the page cannot be shown; a person should look",
}

// print prints the flags, gates and criteria of an assessment, each with its reason. looked is what came of looking for
// its evidence.
func (e *shownEntry) print(w io.Writer, looked []look.Found) {
	if len(e.Flags) > 0 {
		fmt.Fprintf(w, "\nFlags\n")
		for _, f := range e.Flags {
			fmt.Fprintf(w, "  ! %s: %s\n", f.Code, f.Message)
		}
	}
	if len(e.Corrected) > 0 {
		fmt.Fprintf(w, "\nFacts corrected by people (kheo facts list): %s\n", strings.Join(e.Corrected, ", "))
	}
	if len(e.Gates) > 0 {
		fmt.Fprintf(w, "\nGates\n")
		for _, g := range e.Gates {
			mark := "✓"
			if !g.Passed {
				mark = "✗"
			}
			fmt.Fprintf(w, "  %s %s: %s\n", mark, g.ID, g.Reason)
		}
	}
	if len(e.Criteria) > 0 {
		fmt.Fprintf(w, "\nCriteria\n")
	}
	for _, cr := range e.Criteria {
		fmt.Fprintf(w, "  %5v /%3v  %s\n              %s\n", cr.Points, cr.Max, cr.Title, cr.Reason)
		for _, ev := range cr.Evidence {
			if ev.Quote != "" {
				quote := strings.Join(strings.Fields(ev.Quote), " ")
				fmt.Fprintf(w, "              “%s”\n                 %s, page %d%s\n",
					quote, ev.Document, ev.Page, lookedAt(looked, ev))
			}
		}
		for _, u := range cr.Uncertain {
			fmt.Fprintf(w, "            ? “%s”\n"+
				"                 %s, page %d: earns nothing until a person confirms it: %s\n",
				strings.Join(strings.Fields(u.Quote), " "), u.Document, u.Page, u.Why)
		}
	}
}

// printFacts prints facts with their sources, and rival values below them. Each rival follows its fact in a row
// that begins with "but".
func printFacts(w io.Writer, facts []dossier.Fact, show func(*dossier.Fact) string) {
	if len(facts) == 0 {
		return
	}
	fmt.Fprintf(w, "\nFacts\n")
	var rows [][]string
	row := func(name, value string, from dossier.Source) {
		rows = append(
			rows,
			[]string{name, value, fmt.Sprintf("%s, page %d", from.Document, from.Page), cli.Clip(from.Quote, 60)},
		)
	}
	for i := range facts {
		f := &facts[i]
		row("  "+f.Name, show(f), f.Source)
		for _, r := range f.Rivals {
			row("    but", value(r.Value), r.Source)
		}
	}
	cli.Table(w, []string{"  fact", "value", "where", "quote"}, rows)
}

// printDocuments prints the documents, with the reason if one could not be read.
func (s *shownDossier) printDocuments(w io.Writer) {
	fmt.Fprintf(w, "\nDocuments\n")
	for _, d := range s.Documents {
		line := fmt.Sprintf("  %s  (%s, %s)", d.Name, d.Type, cli.Plural(d.Pages, "page"))
		if d.Error != "" {
			line += "  NOT READ: " + d.Error
		}
		if len(d.Flags) > 0 {
			line += "  " + strings.Join(d.Flags, ", ")
		}
		fmt.Fprintln(w, line)
	}
}

// value returns the value of a fact for people; numbers are written without an exponent.
func value(v any) string {
	if f, ok := v.(float64); ok {
		return rules.Number(f, "en")
	}
	return fmt.Sprint(v)
}
