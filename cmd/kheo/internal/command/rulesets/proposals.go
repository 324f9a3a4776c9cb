package rulesets

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/dossier"
	"kheo/pipeline/amend"
	"kheo/pipeline/campaign"
	"kheo/pipeline/difference"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/rules"
)

// historyEntry is a proposal as --json prints it.
type historyEntry struct {
	Number    int64                `json:"number"`
	File      string               `json:"file"`
	Ruleset   string               `json:"ruleset,omitempty"`
	State     review.ProposalState `json:"state"`
	By        string               `json:"by"`
	At        string               `json:"at"`
	Reason    string               `json:"reason"`
	DecidedBy string               `json:"decided_by,omitempty"`
	DecidedAt string               `json:"decided_at,omitempty"`
	Decision  string               `json:"decision,omitempty"`
	SHA256    string               `json:"sha256"`
	Base      string               `json:"base"`
}

// historyCmd shows what was proposed and put into force, or what one proposal changes.
//
// With --json it prints { "proposals": [ … ], "outside": [ files ] }, or { "proposal", "changes" } for one.
func historyCmd(env *cli.Env) *cobra.Command {
	return env.WithLang(&cobra.Command{
		Use:   "history [RULESET|kheo.yaml|NUMBER]",
		Short: "Show what was proposed and put into force, by whom and why, or what one proposal changes",
		Long: `Show which changes of rulesets and of kheo.yaml were proposed and put into force, by whom, when and why, the newest
first, and which files were changed by hand since. With the number of a proposal: what it changes, in words.`,
		Args: cobra.MaximumNArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if len(args) == 1 {
				if seq, err := strconv.ParseInt(args[0], 10, 64); err == nil {
					return showProposal(cmd, env, w, seq)
				}
			}
			files, err := filesNamed(w.Campaign(), args)
			if err != nil {
				return err
			}
			return showHistory(cmd, env, w, files)
		}),
	})
}

// filesNamed are the files that can be changed, or the one that an argument names.
func filesNamed(camp *campaign.Campaign, args []string) ([]string, error) {
	if len(args) == 0 {
		return amend.Files(camp), nil
	}
	if args[0] == campaign.File {
		return []string{campaign.File}, nil
	}
	rs, err := oneRuleset(camp, args)
	if err != nil {
		return nil, err
	}
	return []string{rs.File}, nil
}

// showHistory prints the proposals for some files, and which of these were changed by hand since.
func showHistory(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, files []string) error {
	entries, outside := []historyEntry{}, []string{}
	for _, file := range files {
		standing, err := amend.StandingOf(cmd.Context(), w, file)
		if err != nil {
			return err
		}
		if standing.Outside {
			outside = append(outside, file)
		}
		if err := w.Review().View(cmd.Context(), func(st *review.State) error {
			for _, p := range review.Proposals(st, file) {
				entries = append(entries, entryOf(&p))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	slices.SortFunc(entries, func(a, b historyEntry) int { return int(b.Number - a.Number) })
	out := cmd.OutOrStdout()
	if env.JSON {
		return cli.PrintJSON(out, map[string]any{"proposals": entries, "outside": outside})
	}
	if len(entries) == 0 {
		fmt.Fprintln(out, "Nothing has been proposed yet. kheo rules propose, and the pages, do it.")
	} else {
		var rows [][]string
		for _, e := range entries {
			rows = append(rows, []string{strconv.FormatInt(e.Number, 10), e.File, string(e.State), e.By, e.At, e.Reason,
				e.DecidedBy, e.DecidedAt, e.Decision})
		}
		cli.Table(out, []string{"number", "file", "state", "by", "at", "reason", "decided by", "at", "decision"}, rows)
	}
	for _, file := range outside {
		fmt.Fprintf(out, "%s was changed by hand since it was put into force.\n", file)
	}
	return nil
}

// entryOf is a proposal as it is printed.
func entryOf(p *review.Proposal) historyEntry {
	return historyEntry{p.Seq, p.File, p.Ruleset, p.State, p.By, p.At, p.Reason, p.DecidedBy, p.DecidedAt, p.Decision,
		p.SHA256, p.Base}
}

// showProposal prints what one proposal changes.
func showProposal(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace, seq int64) error {
	p, text, err := findProposal(cmd.Context(), w, seq)
	if err != nil {
		return err
	}
	was, err := w.Store.Proposals.Text(cmd.Context(), p.Base)
	if err != nil {
		return err
	}
	tree := rules.Grammar()
	if p.File == campaign.File {
		tree = campaign.Grammar()
	}
	changes, err := difference.Between(tree, p.File, was, text)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if env.JSON {
		return cli.PrintJSON(out, map[string]any{"proposal": entryOf(p), "changes": notNil(changes)})
	}
	fmt.Fprintf(out, "Proposal %d for %s, by %s: %s (%s)\n", p.Seq, p.File, p.By, p.Reason, p.State)
	printChanges(out, env.TextLanguage(w.Campaign()), changes)
	return nil
}

// findProposal finds a proposal by its number.
func findProposal(ctx context.Context, w *workspace.Workspace, seq int64) (*review.Proposal, []byte, error) {
	p, text, err := amend.Find(ctx, w, seq)
	if err == nil && p == nil {
		err = fmt.Errorf("there is no proposal %d; kheo rules history lists them", seq)
	}
	return p, text, err
}

// proposeCmd proposes a text as a person.
//
// With --json it prints { "number", "file" }.
func proposeCmd(env *cli.Env) *cobra.Command {
	var by, why string
	cmd := &cobra.Command{
		Use:   "propose RULESET|kheo.yaml FILE --by PERSON --why REASON",
		Short: "Propose the text of a file to be put into force by a second person",
		Long: `Propose the text of a file in place of a ruleset, or of kheo.yaml. It is checked as kheo check does, and waits for a
second person, who puts it into force with kheo rules approve or on the pages. Until then nothing changes. --by is the sign-in
name of a person with the right to change rulesets, whose password is asked for, or read from standard input.`,
		Args: cobra.ExactArgs(2),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			files, err := filesNamed(w.Campaign(), args[:1])
			if err != nil {
				return err
			}
			text, err := readUpTo(args[1], amend.MaxBytes+1)
			if err != nil {
				return err
			}
			if err := provePerson(cmd, w, by, why); err != nil {
				return err
			}
			_, base, err := amend.Read(w.Campaign(), files[0])
			if err != nil {
				return err
			}
			if base == dossier.SHA256(text) {
				return fmt.Errorf("%s says the same as %s, so there is nothing to propose", args[1], files[0])
			}
			seq, err := amend.Propose(cmd.Context(), w, by, files[0], base, why, text)
			if err != nil {
				return env.Problems(cmd, err)
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"number": seq, "file": files[0]})
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Proposal %d for %s waits for a second person: kheo rules approve %d\n", seq,
				files[0], seq)
			return nil
		}),
	}
	personFlags(cmd, &by, &why)
	return cmd
}

// approveCmd puts a proposal into force, or rejects or withdraws it.
//
// With --json it prints { "number", "file", "state" }.
func approveCmd(env *cli.Env) *cobra.Command {
	var by, why string
	var reject, withdraw bool
	cmd := &cobra.Command{
		Use:   "approve NUMBER --by PERSON --why REASON",
		Short: "Put a proposal into force as a second person, reject it, or withdraw one's own",
		Long: `Put a proposal into force as a second person. The file in rules/, or kheo.yaml, is written, and the next run uses it.
The rights and the audit trail are those of the pages: never the author, nor an account that one of the two made for the other.
--by is the sign-in name of the person, whose password is asked for, or read from standard input. --reject decides
that it does not come into force; --withdraw takes back one's own.`,
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			seq, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return cli.Usagef("%q is not the number of a proposal; kheo rules history lists them", args[0])
			}
			p, _, err := findProposal(cmd.Context(), w, seq)
			if err != nil {
				return err
			}
			if err := provePerson(cmd, w, by, why); err != nil {
				return err
			}
			state := review.Approved
			switch {
			case reject:
				state, err = review.Rejected, amend.End(cmd.Context(), w, by, seq, review.RulesRejected, why)
			case withdraw:
				state, err = review.TakenBack, amend.End(cmd.Context(), w, by, seq, review.RulesWithdrawn, why)
			default:
				err = amend.Approve(cmd.Context(), w, by, seq, why)
			}
			if errors.Is(err, amend.ErrOutside) {
				err = fmt.Errorf("%s was changed by hand since this was proposed; kheo does not write over it: "+
					"propose the change anew on top of it", p.File)
			}
			if err != nil {
				return env.Problems(cmd, err)
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"number": seq, "file": p.File, "state": state})
			}
			said := map[review.ProposalState]string{review.Approved: "is in force; the next run uses it",
				review.Rejected: "is rejected", review.TakenBack: "is withdrawn"}
			fmt.Fprintf(cmd.OutOrStdout(), "Proposal %d for %s %s.\n", seq, p.File, said[state])
			return nil
		}),
	}
	personFlags(cmd, &by, &why)
	cmd.Flags().BoolVar(&reject, "reject", false, "decide that it does not come into force")
	cmd.Flags().BoolVar(&withdraw, "withdraw", false, "take back one's own proposal")
	cmd.MarkFlagsMutuallyExclusive("reject", "withdraw")
	return cmd
}

// personFlags adds the flags for who does it, and why.
func personFlags(cmd *cobra.Command, by, why *string) {
	cmd.Flags().StringVar(by, "by", "", "the sign-in name of the person who does it")
	cmd.Flags().StringVar(why, "why", "", "the reason, for the record")
}

// errWho is the error of a wrong name or password; it does not say which.
var errWho = errors.New("the sign-in name or the password is wrong, or the account is disabled")

// provePerson makes sure that a person does it who knows the password of the account: two people put a ruleset into
// force, and naming a second one is not enough.
func provePerson(cmd *cobra.Command, w *workspace.Workspace, by, why string) error {
	switch {
	case strings.TrimSpace(by) == "":
		return cli.Usagef("--by must name the person who does it, by the sign-in name")
	case strings.TrimSpace(why) == "":
		return cli.Usagef(`--why must give the reason, as in --why "the committee decided on Monday"`)
	case !w.Campaign().SignIn.Passwords:
		return errors.New("kheo.yaml disables passwords, so people sign in on the pages only: do it there")
	}
	password, err := passwordOf(cmd, by)
	if err != nil {
		return err
	}
	encoded, err := w.Review().Password(cmd.Context(), by)
	if err != nil {
		return err
	}
	known := false
	if err := w.Review().View(cmd.Context(), func(st *review.State) error {
		p := st.People[by]
		known = p != nil && !p.Disabled
		return nil
	}); err != nil {
		return err
	}
	if !review.CheckPassword(encoded, password) || !known {
		return errWho
	}
	return nil
}

// passwordOf asks for a password on the terminal, or reads it from the first line of standard input.
func passwordOf(cmd *cobra.Command, by string) (string, error) {
	if term.IsTerminal(int(os.Stdin.Fd())) {
		fmt.Fprintf(cli.Stderr, "Password of %s: ", by)
		password, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(cli.Stderr)
		return string(password), err
	}
	line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 4096)).ReadString('\n')
	if err != nil && line == "" {
		return "", cli.Usagef("no password: write that of %s to standard input", by)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
