// Package people holds the commands about the people who review: kheo user manages their accounts, their second
// factors and the tokens of their programs, and kheo score records their scores.
//
// Accounts are events of the audit trail; password hashes and addresses are beside it, because nothing can be erased
// from the trail. Passwords are read from standard input or made, and never taken from the command line, which other
// users of the machine can read. A score is recorded for a person whom --by names, and counts only while that person
// is not recused; a name that several people have is refused, because a guess could give one person two votes.
package people

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kheo/cmd/kheo/internal/cli"
	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// User lists the people who may sign in to the pages; its subcommands add, change and disable them. People
// are disabled and not removed, because the audit trail names them; kheo forget erases what else is stored.
//
// The command line may do what the pages refuse, such as adding the first administrator or setting another
// person's password: its user controls the files of the workspace anyway. Events are recorded in the name of the
// program.
//
// With --json it prints { "people": [ { "id", "name", "roles", "unit", "mail", "disabled" } ] }.
func User(env *cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "user",
		Aliases: []string{"people"},
		Short:   "List the people who may sign in to the pages; add, change, disable",
		Long: `List the people who may sign in to the pages, with their roles.

  kheo user add hoa --name "Trần Thị Hoa" --role chair          asks for a password, or generates one with --generate
  kheo user add hoa@example.org --name "Trần Thị Hoa" --role chair --no-password   signs in by OpenID Connect only
  kheo user set hoa --role chair --role evaluator --unit dai-hiep
  kheo user set hoa --mail hoa@example.org                      receives the digest (if kheo.yaml has mail:)
  kheo user password hoa                                        or, with --link, makes a link by which hoa chooses one
  kheo user disable hoa
  kheo user enable hoa
  kheo user token add hoa --name nightly --scope read --until 2026-12-31   for a program that acts for hoa

Roles: submitter (dossiers of one unit), evaluator, member, chair, secretary, observer, administrator.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error { return listUsers(cmd, env, w) })
		},
	}
	cmd.AddCommand(userAdd(env), userSet(env), userPassword(env), userDisable(env), userEnable(env), userFactor(env),
		userToken(env))
	return cmd
}

// listUsers prints all people, sorted by sign-in name. Addresses come from the records: the audit trail has
// none, because nothing can be erased from it.
func listUsers(cmd *cobra.Command, env *cli.Env, w *workspace.Workspace) error {
	mails, err := outbox.MailAddresses(cmd.Context(), w)
	if err != nil {
		return err
	}
	return w.Review().View(cmd.Context(), func(s *review.State) error {
		type listed struct {
			ID       string        `json:"id"`
			Name     string        `json:"name"`
			Roles    []review.Role `json:"roles"`
			Unit     string        `json:"unit,omitempty"`
			Mail     string        `json:"mail,omitempty"`
			Disabled bool          `json:"disabled,omitempty"`
		}
		out := []listed{}
		var rows [][]string
		for _, p := range s.People {
			out = append(out, listed{p.ID, p.Name, p.Roles, p.Unit, mails[p.ID], p.Disabled})
		}
		slices.SortFunc(out, func(a, b listed) int { return strings.Compare(a.ID, b.ID) })
		for _, p := range out {
			state := ""
			if p.Disabled {
				state = "disabled"
			}
			rows = append(rows, []string{p.ID, p.Name, joinRoles(p.Roles), p.Unit, p.Mail, state})
		}
		if env.JSON {
			return cli.PrintJSON(cmd.OutOrStdout(), map[string]any{"people": out})
		}
		if len(rows) == 0 {
			fmt.Fprintln(cmd.OutOrStdout(), `No people yet: kheo user add NAME --name "…" --role administrator`)
			return nil
		}
		cli.Table(cmd.OutOrStdout(), []string{"sign-in", "name", "roles", "unit", "mail", ""}, rows)
		return nil
	})
}

// joinRoles lists roles for people.
func joinRoles(roles []review.Role) string {
	var out []string
	for _, r := range roles {
		out = append(out, string(r))
	}
	return strings.Join(out, ", ")
}

// personFlags are the flags that describe a person. A zero value means that the flag was not given; only named
// asks cobra, which can distinguish an empty value from a missing one.
type personFlags struct {
	name, unit, lang string
	roles, fields    []string
}

// add adds the flags to a command.
func (f *personFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "name", "", "the person's name")
	cmd.Flags().StringSliceVar(&f.roles, "role", nil, "a role (may be given several times): "+joinRoles(review.Roles))
	cmd.Flags().StringVar(&f.unit, "unit", "", "the person's unit; the person is recused from its dossiers")
	cmd.Flags().StringSliceVar(&f.fields, "field", nil, "a field that the person has experience with")
	cmd.Flags().StringVar(&f.lang, "language", "", "the language of the pages: vi, nb or en")
}

// named reports whether any of the flags was given.
func (f *personFlags) named(cmd *cobra.Command) bool {
	return slices.ContainsFunc([]string{"name", "role", "unit", "field", "language"}, cmd.Flags().Changed)
}

// event returns the event that adds or changes a person. What no flag says stays as it was; was is nil for a
// new person. An empty value therefore cannot remove a unit or a field. The unit and the language are checked
// here, because the review log knows neither the units of kheo.yaml nor the languages of the pages.
func (f *personFlags) event(
	w *workspace.Workspace,
	action review.Action,
	id string,
	was *review.Person,
) (review.Event, error) {
	e := review.Event{
		Person: review.System,
		Action: action,
		Data:   review.Data{Subject: id, Name: f.name, Unit: f.unit, Fields: f.fields, Language: f.lang},
	}
	for _, r := range f.roles {
		e.Data.Roles = append(e.Data.Roles, review.Role(r))
	}
	if was != nil {
		if f.name == "" {
			e.Data.Name = was.Name
		}
		if len(f.roles) == 0 {
			e.Data.Roles = was.Roles
		}
		if f.unit == "" {
			e.Data.Unit = was.Unit
		}
		if len(f.fields) == 0 {
			e.Data.Fields = was.Fields
		}
		if f.lang == "" {
			e.Data.Language = was.Language
		}
	}
	if e.Data.Unit != "" && w.Campaign().Env.UnitByID(e.Data.Unit) == nil {
		return e, cli.Usagef("there is no unit %q in kheo.yaml", e.Data.Unit)
	}
	if e.Data.Language != "" && !slices.Contains(page.Languages, e.Data.Language) {
		return e, cli.Usagef("pages come in %s, not in %q", strings.Join(page.Languages, ", "), e.Data.Language)
	}
	return e, nil
}

// userAdd adds a person, with a password or, if kheo.yaml names an OpenID provider, without one.
func userAdd(env *cli.Env) *cobra.Command {
	var f personFlags
	generate, without := false, false
	cmd := &cobra.Command{
		Use:   "add SIGN-IN",
		Short: "Add a person",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				e, err := f.event(w, review.PersonAdded, args[0], nil)
				if err != nil {
					return err
				}
				password, err := firstPassword(cmd, w, generate, without)
				if err != nil {
					return err
				}
				if password == "" {
					err = w.Review().Do(cmd.Context(), review.Subject{}, e)
				} else {
					err = setPassword(cmd, w, e, password)
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s may sign in as %s", f.name, args[0])
				switch {
				case password == "":
					fmt.Fprint(cmd.OutOrStdout(), " by OpenID Connect only: no password was set")
				case generate:
					fmt.Fprintf(cmd.OutOrStdout(), " with the password %s", password)
				}
				fmt.Fprintln(cmd.OutOrStdout(), ".")
				return nil
			})
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&generate, "generate", false, "generate a password and print it")
	cmd.Flags().BoolVar(
		&without,
		"no-password",
		false,
		"set no password: the person signs in by OpenID Connect only (sign_in: in kheo.yaml)",
	)
	cmd.MarkFlagsMutuallyExclusive("generate", "no-password")
	return cmd
}

// firstPassword returns the password of a new person, or "" if the person signs in by OpenID Connect only. If
// kheo.yaml names a provider, an empty answer to the prompt means that too.
func firstPassword(cmd *cobra.Command, w *workspace.Workspace, generate, without bool) (string, error) {
	sign := w.Campaign().SignIn
	switch {
	case without && sign.OIDC == nil:
		return "", cli.Usagef(
			"without a password the person could not sign in, because sign_in: in kheo.yaml has no oidc")
	case without:
		return "", nil
	case !sign.Passwords && generate:
		return "", cli.Usagef("kheo.yaml disables passwords (sign_in: passwords: false); leave out --generate")
	case !sign.Passwords:
		return "", nil
	case sign.OIDC == nil || generate:
		return askPassword(cmd, generate)
	}
	password, err := askPassword(cmd, false)
	if errors.Is(err, errNoPassword) {
		return "", nil
	}
	return password, err
}

// errNoPassword is returned by askPassword if standard input holds no password.
var errNoPassword error = cli.Usagef("no password: write it to standard input, or use --generate")

// userSet changes a person; what no flag names stays as it is. An address is not part of the event: it is kept
// in the records, from which it can be erased. If only --mail was given, no event is recorded.
func userSet(env *cli.Env) *cobra.Command {
	var f personFlags
	address := ""
	cmd := &cobra.Command{
		Use:   "set SIGN-IN",
		Short: "Change a person: only what the flags name",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				var was *review.Person
				err := w.Review().View(cmd.Context(), func(s *review.State) error {
					was = s.People[args[0]]
					return nil
				})
				if err != nil {
					return err
				}
				if cmd.Flags().Changed("mail") {
					if err := outbox.SetMail(cmd.Context(), w, args[0], address); err != nil || !f.named(cmd) {
						return err
					}
				}
				e, err := f.event(w, review.PersonChanged, args[0], was)
				if err != nil {
					return err
				}
				return w.Review().Do(cmd.Context(), review.Subject{}, e)
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&address, "mail", "", "the `ADDRESS` for the person's digest; \"\" for none")
	return cmd
}

// userPassword sets a person's password, or makes a link by which the person chooses one. Setting the password
// ends the sessions; a link leaves the present password valid until it is used.
func userPassword(env *cli.Env) *cobra.Command {
	generate, link := false, false
	cmd := &cobra.Command{
		Use:   "password SIGN-IN",
		Short: "Set a person's password, and end the person's sessions",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				if link {
					return printLink(cmd, w, args[0])
				}
				password, err := askPassword(cmd, generate)
				if err != nil {
					return err
				}
				e := review.Event{
					Person: review.System,
					Action: review.PasswordSet,
					Data:   review.Data{Subject: args[0]},
				}
				if err := setPassword(cmd, w, e, password); err != nil {
					return err
				}
				if generate {
					fmt.Fprintf(cmd.OutOrStdout(), "The password of %s is %s\n", args[0], password)
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&generate, "generate", false, "generate a password and print it")
	cmd.Flags().BoolVar(&link, "link", false, "make a link by which the person chooses a password, and print it")
	return cmd
}

// printLink makes and prints a link by which a person chooses a password once. The link begins with the address
// of the pages that kheo.yaml names under mail; without one, it is printed as a path. Only a hash of its token
// is stored, so it cannot be printed again.
func printLink(cmd *cobra.Command, w *workspace.Workspace, person string) error {
	token, expires, err := w.Review().MakeLink(cmd.Context(), review.System, person, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(
		cmd.OutOrStdout(),
		"With this link %s can choose a password once, until %s:\n%s%s\n",
		person,
		expires.In(w.Campaign().Location).Format("2006-01-02 15:04"),
		w.Campaign().Mail.Address,
		mailer.LinkPath(token),
	)
	return nil
}

// userEnable lets a disabled person sign in again.
func userEnable(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "enable SIGN-IN",
		Short: "Let a person who was disabled sign in again",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				return w.Review().Enable(cmd.Context(), review.System, args[0])
			})
		},
	}
}

// userDisable stops a person from signing in.
func userDisable(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "disable SIGN-IN",
		Short: "Stop a person from signing in, and end the person's sessions; what the person did stays",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return env.InWorkspace(cmd, func(w *workspace.Workspace) error {
				return w.Review().Disable(cmd.Context(), review.System, args[0])
			})
		},
	}
}

// setPassword sets a person's password. A password that is not allowed is an error of use.
func setPassword(cmd *cobra.Command, w *workspace.Workspace, e review.Event, password string) error {
	err := w.Review().SetPassword(cmd.Context(), e, password)
	if errors.Is(err, review.ErrPassword) {
		return cli.Usage(err)
	}
	return err
}

// askPassword asks for a password twice on a terminal, without echo, reads one line if standard input is not a
// terminal, or generates a random password of 80 bits. At most 4 KB are read. A password is never an argument,
// which other users of the machine could see.
func askPassword(cmd *cobra.Command, generate bool) (string, error) {
	if generate {
		return strings.ToLower(rand.Text())[:16], nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 4096)).ReadString('\n')
		if err != nil && line == "" {
			return "", errNoPassword
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	fmt.Fprint(cli.Stderr, "Password: ")
	a, err := term.ReadPassword(int(os.Stdin.Fd()))
	if err != nil {
		return "", err
	}
	fmt.Fprint(cli.Stderr, "\nOnce more: ")
	b, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(cli.Stderr)
	if err == nil && len(a) == 0 && len(b) == 0 {
		return "", errNoPassword
	}
	if err == nil && string(a) != string(b) {
		err = cli.Usagef("the two passwords differ")
	}
	return string(a), err
}
