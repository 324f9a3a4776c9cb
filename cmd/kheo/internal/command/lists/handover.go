package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/handover"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Handover exchanges closed lists with other offices: it writes the archive of a list, and its subcommands check
// archives, take them in, and send answers back.
//
// With --json each prints what was made, checked or taken in: a handover.Made, Checked or Result.
func Handover(env *cli.Env) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "handover LIST",
		Short: "Hand a closed list over to the next tier; take in lists and answers of other offices",
		Long: `Write a closed list with its papers and the dossiers that were recognised into one signed archive.

The next tier names the key of this office in its kheo.yaml (kheo handover key prints it), takes the archive in, and
answers when its own list is closed. See: kheo help committee`,
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if err := knownList(w, args[0]); err != nil {
				return err
			}
			return writeArchive(cmd, env, out, func(to io.Writer) (*handover.Made, error) {
				return handover.Make(cmd.Context(), w, review.System, args[0], to)
			})
		}),
	}
	outFlag(cmd, &out)
	cmd.AddCommand(handoverKey(env), handoverCheck(env), handoverAccept(env), handoverAnswer(env),
		handoverAnswered(env))
	return cmd
}

// outFlag adds -o, which a command needs.
func outFlag(cmd *cobra.Command, out *string) {
	cmd.Flags().StringVarP(out, "out", "o", "", "the `FILE` to write, which must not exist")
	_ = cmd.MarkFlagRequired("out") // it exists
}

// knownList returns a usage error if the campaign has no list with this id.
func knownList(w *workspace.Workspace, id string) error {
	var ids []string
	for _, rs := range w.Campaign().Rulesets {
		if rs.ID == id {
			return nil
		}
		ids = append(ids, rs.ID)
	}
	return cli.Usagef("there is no list %q; there are: %s", id, strings.Join(ids, ", "))
}

// writeArchive writes an archive to a new file, which appears when it is whole, and says what it holds.
func writeArchive(cmd *cobra.Command, env *cli.Env, path string, write func(io.Writer) (*handover.Made, error)) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists already; name a file that does not, or remove it", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".handover-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	made, err := write(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	if env.JSON {
		return cli.PrintJSON(cmd.OutOrStdout(), made)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: dossiers: %d, files: %d\nsha256 %s\nsigned by %s\n", path, made.Entries,
		made.Files, made.SHA256, made.Key)
	return nil
}

// handoverKey prints the public key of the office.
func handoverKey(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "key",
		Short: "Print the public key of this office, which other offices name in their kheo.yaml",
		Long: `Print the public key of this office. Its private part is made at first use and lies in var/handover/office.pem; keep a
copy of it as you keep passwords: backups do not hold it.`,
		Args: cobra.NoArgs,
		RunE: env.WithoutRules(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			key, err := handover.PublicKey(cmd.Context(), w)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), key)
			return nil
		}),
	}
}

// handoverCheck checks an archive and changes nothing.
func handoverCheck(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check an archive: its signature, and every file in it",
		Args:  cobra.ExactArgs(1),
		RunE: env.WithoutRules(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			c, err := handover.Check(cmd.Context(), args[0], w.Campaign().Handover)
			if err != nil {
				return wrong(cmd, env, args[0], err)
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), c)
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "%s is whole: %s of %s/%s, closed on %s, dossiers: %d, files: %d\nsha256 %s\nsigned by "+
				"%s\n", args[0], map[string]string{"list": "the list", "answer": "answers from the list"}[c.Kind],
				c.Campaign, c.Ruleset, c.ClosedAt, c.Entries, c.Files, c.SHA256, c.Key)
			if c.Office == "" {
				fmt.Fprintln(out, "kheo.yaml names no office with this key, so it would not be taken in here")
			} else {
				fmt.Fprintf(out, "this is the key of %s in kheo.yaml\n", c.Office)
			}
			return nil
		}),
	}
}

// wrong says what is wrong with an archive.
func wrong(cmd *cobra.Command, env *cli.Env, path string, err error) error {
	var faults handover.Faults
	if !errors.As(err, &faults) {
		return err
	}
	if env.JSON {
		if err := cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"ok": false, "faults": faults}); err != nil {
			return err
		}
		return cli.ErrReported
	}
	return fmt.Errorf("%s is not to be trusted, and nothing of it was used:\n%w", path, faults)
}

// handoverAccept takes in the list of a lower tier.
func handoverAccept(env *cli.Env) *cobra.Command {
	return takeIn(env, "accept FILE", "Take in the closed list of a lower tier: its recognised dossiers go into the "+
		"inbox",
		`Take in the closed list of an office that kheo.yaml names under handover: from:. Each dossier that was recognised there
goes into the inbox, and the next run reads it. Taking in the same archive again changes nothing.`, handover.Accept)
}

// handoverAnswered takes in the answers of the next tier.
func handoverAnswered(env *cli.Env) *cobra.Command {
	return takeIn(env, "answered FILE", "Take in the answers of the next tier to a list that was handed over",
		`Take in what the next tier, which kheo.yaml names under handover: to:, has decided on the dossiers of a list that was
handed over. It is shown with each dossier, on the list and in the register.`, handover.Receive)
}

// takeIn returns a command that takes in an archive.
func takeIn(env *cli.Env, use, short, long string,
	take func(ctx context.Context, w *workspace.Workspace, person,
		name string) (*handover.Result, error)) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			r, err := take(cmd.Context(), w, review.System, args[0])
			if err != nil {
				return wrong(cmd, env, args[0], err)
			}
			return printTaken(cmd, env, r)
		}),
	}
}

// printTaken says what became of each entry. It fails if some were refused.
func printTaken(cmd *cobra.Command, env *cli.Env, r *handover.Result) error {
	out, refused := cmd.OutOrStdout(), 0
	for _, t := range r.Entries {
		if t.State == handover.Refused {
			refused++
		}
	}
	if env.JSON {
		if err := cli.PrintJSON(out, r); err != nil {
			return err
		}
	} else {
		said := map[handover.State]string{handover.Inbox: "put into the inbox", handover.There: "is there already",
			handover.Refused: "REFUSED", handover.Received: "answer received"}
		for _, t := range r.Entries {
			fmt.Fprintf(out, "%s: %s", t.Dossier, said[t.State])
			if t.Why != "" {
				fmt.Fprintf(out, ": %s", t.Why)
			}
			fmt.Fprintln(out)
			for _, n := range t.Notes {
				fmt.Fprintf(out, "  note: %s\n", n)
			}
		}
		fmt.Fprintf(out, "from %s: %d\n", r.Office, len(r.Entries))
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d dossiers were refused; the others were taken in", refused, len(r.Entries))
	}
	return nil
}

// handoverAnswer writes the answers to a lower tier.
func handoverAnswer(env *cli.Env) *cobra.Command {
	var out string
	var o handover.Reply
	cmd := &cobra.Command{
		Use:   "answer LIST",
		Short: "Write what was decided on the dossiers of a lower tier, as a signed archive for it",
		Long: `Write what a closed list of this campaign decided on the dossiers that another office handed over. The office takes it in
with: kheo handover answered FILE`,
		Args: cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if err := knownList(w, args[0]); err != nil {
				return err
			}
			if _, err := time.Parse(time.DateOnly, o.On); o.On != "" && err != nil {
				return cli.Usagef("--on %q is not a date; write it as 2024-12-20", o.On)
			}
			o.Ruleset = args[0]
			return writeArchive(cmd, env, out, func(to io.Writer) (*handover.Made, error) {
				return o.Write(cmd.Context(), w, review.System, to)
			})
		}),
	}
	outFlag(cmd, &out)
	cmd.Flags().StringVar(&o.Office, "to", "", "the `OFFICE` that is answered, if dossiers of several are on the list")
	cmd.Flags().StringVar(&o.Number, "number", "", "the `NUMBER` of the decision, such as 123/QĐ-UBND")
	cmd.Flags().StringVar(&o.On, "on", "", "the `DATE` of the decision, such as 2024-12-20")
	return cmd
}
