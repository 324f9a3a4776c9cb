package service

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/cmd/kheo/internal/web"
	"kheo/pipeline/workspace"
)

// Remind reminds by mail who is behind before a deadline.
//
// With --json it prints { "reminders": [ { "deadline", "until", "person", "unit", "name", "waiting", "to", "sent" } ]
// }.
func Remind(env *cli.Env) *cobra.Command {
	dry := false
	cmd := &cobra.Command{
		Use:   "remind",
		Short: "Remind by mail who is behind before a deadline",
		Long: `Remind by mail who is behind before a deadline that lies ahead (phases: in kheo.yaml): people who have dossiers to
score or to vote on, and units whose dossiers lack something. Nobody is reminded twice of one deadline by this command.

With --dry-run nothing is sent, and who would be reminded is listed. ` + "`kheo serve`" + ` sends the mails, and reminds by
itself as many days before each deadline as reminders: in kheo.yaml says.`,
		Args: cobra.NoArgs,
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			site, err := web.New(w, slog.New(slog.DiscardHandler), false)
			if err != nil {
				return err
			}
			defer site.Close()
			list, err := site.Mailer().Behind(cmd.Context(), "by-hand", w.Campaign().Env.Languages[0])
			if err != nil {
				return err
			}
			n := 0
			if !dry {
				if n, err = site.Mailer().Remind(cmd.Context(), ""); err != nil {
					return err
				}
			}
			out := cmd.OutOrStdout()
			var rows [][]string
			all := []map[string]any{}
			for _, r := range list {
				at := r.Until.In(w.Campaign().Location).Format("2006-01-02 15:04")
				rows = append(rows, []string{r.Deadline, at, r.Name, strconv.Itoa(r.Count()), strings.Join(r.To, ", "),
					r.Sent})
				all = append(all, map[string]any{"deadline": r.Deadline, "until": at, "person": r.Person,
					"unit": r.Unit, "name": r.Name, "waiting": r.Count(), "to": append([]string{}, r.To...),
					"sent": r.Sent})
			}
			switch {
			case env.JSON:
				return cli.PrintJSON(out, map[string]any{"reminders": all})
			case len(list) == 0:
				fmt.Fprintln(out, "nobody is behind with work for an upcoming deadline")
				return nil
			}
			cli.Table(out, []string{"deadline", "until", "name", "waiting", "to", "reminded on"}, rows, 3)
			if !dry {
				fmt.Fprintf(out, "\n%d reminded; `kheo serve` sends the mails\n", n)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "list who would be reminded, and send nothing")
	return cmd
}
