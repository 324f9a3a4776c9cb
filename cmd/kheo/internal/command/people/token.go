package people

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// userToken makes, lists and revokes the tokens by which programs act for people.
func userToken(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Tokens by which programs act for a person: add, list, revoke",
		Args:  cobra.NoArgs,
	}
	cmd.AddCommand(tokenAdd(env), tokenList(env), tokenRevoke(env))
	return cmd
}

// shownToken is a token as --json prints it.
type shownToken struct {
	ID     string         `json:"id"`
	Person string         `json:"person"`
	Name   string         `json:"name"`
	Scopes []review.Scope `json:"scopes"`
	Made   string         `json:"made"`
	Ends   string         `json:"ends"`
	Used   string         `json:"used"`
	Token  string         `json:"token,omitempty"` // when it is made, and never again
}

// tokenAdd makes a token and prints it to standard output, once.
func tokenAdd(env *cli.Env) *cobra.Command {
	var name, until string
	scopes := []string{string(review.ReadScope)}
	cmd := &cobra.Command{
		Use:   "add PERSON",
		Short: "Make a token and print it; it is shown only once",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			if until == "" {
				until = w.Now().In(w.Campaign().Location).AddDate(0, 0, 90).Format(time.DateOnly)
			}
			t := review.Token{Person: args[0], Name: name, Ends: until}
			for _, s := range scopes {
				t.Scopes = append(t.Scopes, review.Scope(s))
			}
			id, token, err := w.Review().MakeToken(cmd.Context(), review.System, t)
			if err != nil {
				return err
			}
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), shownToken{ID: id, Person: args[0], Name: name,
					Scopes: t.Scopes, Ends: until, Made: w.Now().UTC().Format(time.RFC3339), Token: token})
			}
			fmt.Fprintln(cmd.OutOrStdout(), token)
			fmt.Fprintf(cli.Stderr, "token %s of %s may %s until %s; it is not shown again\n", id, args[0],
				strings.Join(scopes, ", "), until)
			return nil
		}),
	}
	cmd.Flags().StringVar(&name, "name", "", "what the token is for")
	cmd.Flags().StringSliceVar(&scopes, "scope", scopes, "what it may do: read, submit, review, administer")
	cmd.Flags().StringVar(&until, "until", "", "its last `DAY`, as 2026-12-31; 90 days from now by default")
	return cmd
}

// tokenList prints the tokens of a person, or of all, without what they are.
func tokenList(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "list [PERSON]",
		Short: "List the tokens of a person, or of everybody",
		Args:  cobra.MaximumNArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			used, err := w.Store.State.TokenUsed.All(cmd.Context())
			if err != nil {
				return err
			}
			out := []shownToken{}
			if err := w.Review().View(cmd.Context(), func(s *review.State) error {
				people := args
				if len(args) == 0 {
					for id := range s.People {
						people = append(people, id)
					}
				}
				for _, id := range people {
					for _, t := range s.Tokens.Of(id) {
						out = append(out, shownToken{ID: t.ID, Person: t.Person, Name: t.Name, Scopes: t.Scopes,
							Made: t.Made, Ends: t.Ends, Used: used[t.ID]})
					}
				}
				return nil
			}); err != nil {
				return err
			}
			sortTokens(out)
			if env.JSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"tokens": out})
			}
			var rows [][]string
			for _, t := range out {
				rows = append(rows, []string{t.ID, t.Person, t.Name, fmt.Sprint(t.Scopes), t.Ends, t.Used})
			}
			cli.Table(cmd.OutOrStdout(), []string{"token", "person", "name", "scopes", "until", "used"}, rows)
			return nil
		}),
	}
}

// sortTokens orders tokens by person, and then by when they were made.
func sortTokens(list []shownToken) {
	slices.SortFunc(list, func(a, b shownToken) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Made, b.Made), cmp.Compare(a.ID, b.ID))
	})
}

// tokenRevoke ends a token.
func tokenRevoke(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke TOKEN",
		Short: "End a token, named by its id",
		Args:  cobra.ExactArgs(1),
		RunE: env.With(func(cmd *cobra.Command, w *workspace.Workspace, args []string) error {
			person := ""
			if err := w.Review().View(cmd.Context(), func(s *review.State) error {
				person = s.Tokens[args[0]].Person
				return nil
			}); err != nil {
				return err
			}
			if person == "" {
				return fmt.Errorf("there is no token %q; `kheo user token list` names all of them", args[0])
			}
			if err := w.Review().RevokeToken(cmd.Context(), review.System, person, args[0]); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "token %s of %s is revoked\n", args[0], person)
			return w.Store.State.TokenUsed.Of(args[0]).Drop(cmd.Context())
		}),
	}
}
