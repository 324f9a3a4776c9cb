package main

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

	"kheo/cmd/kheo/internal/web"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// userCmd keeps the people who may sign in to the pages.
func userCmd(c *common) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "List the people who may sign in to the pages; add, change, disable",
		Long: `The people who may sign in to the pages, and what they may do there.

  kheo user add hoa --name "Trần Thị Hoa" --role chair          asks for a password, or makes one with --generate
  kheo user add hoa@example.org --name "Trần Thị Hoa" --role chair --no-password   signs in by OpenID Connect alone
  kheo user set hoa --role chair --role evaluator --unit dai-hiep
  kheo user set hoa --mail hoa@example.org                      where the digest goes (mail: in kheo.yaml sends it)
  kheo user password hoa                                        or, with --link, a link by which hoa chooses one
  kheo user disable hoa
  kheo user enable hoa

Roles: submitter (dossiers of the own unit), evaluator, member, chair, secretary, observer, administrator.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error { return listUsers(cmd, c, w) })
		},
	}
	cmd.AddCommand(userAdd(c), userSet(c), userPassword(c), userDisable(c), userEnable(c))
	return cmd
}

func listUsers(cmd *cobra.Command, c *common, w *workspace.Workspace) error {
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
		if c.json {
			return printJSON(cmd.OutOrStdout(), map[string]any{"people": out})
		}
		if len(rows) == 0 {
			fmt.Fprintln(cmd.OutOrStdout(), `Nobody may sign in yet: kheo user add NAME --name "…" --role administrator`)
			return nil
		}
		table(cmd.OutOrStdout(), []string{"sign-in", "name", "roles", "unit", "mail", ""}, rows)
		return nil
	})
}

func joinRoles(roles []review.Role) string {
	var out []string
	for _, r := range roles {
		out = append(out, string(r))
	}
	return strings.Join(out, ", ")
}

// personFlags are the flags that say who somebody is.
type personFlags struct {
	name, unit, lang string
	roles, fields    []string
}

func (f *personFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "name", "", "the person's name")
	cmd.Flags().StringSliceVar(&f.roles, "role", nil, "a role (may be given several times): "+joinRoles(review.Roles))
	cmd.Flags().StringVar(&f.unit, "unit", "", "the person's own unit, on whose dossiers the person stands aside")
	cmd.Flags().StringSliceVar(&f.fields, "field", nil, "a field that the person knows well")
	cmd.Flags().StringVar(&f.lang, "language", "", "the language of the pages: vi, nb or en")
}

// named reports whether one of the flags was given.
func (f *personFlags) named(cmd *cobra.Command) bool {
	return slices.ContainsFunc([]string{"name", "role", "unit", "field", "language"}, cmd.Flags().Changed)
}

// event makes the event that says who somebody is; what no flag says stays as it was.
func (f *personFlags) event(w *workspace.Workspace, action review.Action, id string, was *review.Person) (review.Event, error) {
	e := review.Event{Person: review.System, Action: action, Data: review.Data{Subject: id, Name: f.name, Unit: f.unit, Fields: f.fields, Language: f.lang}}
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
		return e, usage{fmt.Errorf("there is no unit %q in kheo.yaml", e.Data.Unit)}
	}
	if e.Data.Language != "" && !slices.Contains(web.Languages, e.Data.Language) {
		return e, usage{fmt.Errorf("pages come in %s, not in %q", strings.Join(web.Languages, ", "), e.Data.Language)}
	}
	return e, nil
}

func userAdd(c *common) *cobra.Command {
	var f personFlags
	generate, without := false, false
	cmd := &cobra.Command{
		Use:   "add SIGN-IN",
		Short: "Add a person",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
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
					fmt.Fprint(cmd.OutOrStdout(), " by OpenID Connect alone: no password was set")
				case generate:
					fmt.Fprintf(cmd.OutOrStdout(), " with the password %s", password)
				}
				fmt.Fprintln(cmd.OutOrStdout(), ".")
				return nil
			})
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&generate, "generate", false, "make a password and print it")
	cmd.Flags().BoolVar(&without, "no-password", false, "set none: the person signs in by OpenID Connect alone (sign_in: in kheo.yaml)")
	cmd.MarkFlagsMutuallyExclusive("generate", "no-password")
	return cmd
}

// firstPassword is the password of a person who is added; "" where the person signs in by OpenID Connect
// alone. Where kheo.yaml names a provider, an empty answer means that too.
func firstPassword(cmd *cobra.Command, w *workspace.Workspace, generate, without bool) (string, error) {
	sign := w.Campaign().SignIn
	switch {
	case without && sign.OIDC == nil:
		return "", usage{errors.New("without a password nobody could sign in: sign_in: in kheo.yaml names no oidc")}
	case without:
		return "", nil
	case !sign.Passwords && generate:
		return "", usage{errors.New("passwords are not used here: sign_in: in kheo.yaml says passwords: false. Leave --generate out")}
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

// errNoPassword is returned where a password is asked for and standard input has none.
var errNoPassword error = usage{errors.New("no password: write it to standard input, or use --generate")}

func userSet(c *common) *cobra.Command {
	var f personFlags
	address := ""
	cmd := &cobra.Command{
		Use:   "set SIGN-IN",
		Short: "Change a person: what is named holds from now on",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				var was *review.Person
				if err := w.Review().View(cmd.Context(), func(s *review.State) error { was = s.People[args[0]]; return nil }); err != nil {
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
	cmd.Flags().StringVar(&address, "mail", "", "where the person's digest goes; \"\" sends none")
	return cmd
}

func userPassword(c *common) *cobra.Command {
	generate, link := false, false
	cmd := &cobra.Command{
		Use:   "password SIGN-IN",
		Short: "Give a person another password, and end the person's sessions",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				if link {
					return printLink(cmd, w, args[0])
				}
				password, err := askPassword(cmd, generate)
				if err != nil {
					return err
				}
				e := review.Event{Person: review.System, Action: review.PasswordSet, Data: review.Data{Subject: args[0]}}
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
	cmd.Flags().BoolVar(&generate, "generate", false, "make a password and print it")
	cmd.Flags().BoolVar(&link, "link", false, "make a link by which the person chooses a password, and print it")
	return cmd
}

// printLink makes a link by which a person chooses a password.
func printLink(cmd *cobra.Command, w *workspace.Workspace, person string) error {
	token, expires, err := w.Review().MakeLink(cmd.Context(), review.System, person, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s chooses a password, once, until %s, at:\n%s%s\n", person, expires.In(w.Campaign().Location).Format("2006-01-02 15:04"), w.Campaign().Mail.Address, web.LinkPath(token))
	return nil
}

func userEnable(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "enable SIGN-IN",
		Short: "Let a person who was disabled sign in again",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				return w.Review().Enable(cmd.Context(), review.System, args[0])
			})
		},
	}
}

func userDisable(c *common) *cobra.Command {
	return &cobra.Command{
		Use:   "disable SIGN-IN",
		Short: "Let a person sign in no more, and end the person's sessions; what the person did stays",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withWorkspace(cmd, c, func(w *workspace.Workspace) error {
				return w.Review().Disable(cmd.Context(), review.System, args[0])
			})
		},
	}
}

// setPassword gives somebody a password; one that cannot be is wrong use.
func setPassword(cmd *cobra.Command, w *workspace.Workspace, e review.Event, password string) error {
	err := w.Review().SetPassword(cmd.Context(), e, password)
	if errors.Is(err, review.ErrPassword) {
		return usage{err}
	}
	return err
}

// askPassword asks for a password twice where there is a terminal, reads a line of standard
// input where there is none, or makes one.
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
	fmt.Fprint(stderr, "Password: ")
	a, err := term.ReadPassword(int(os.Stdin.Fd()))
	if err != nil {
		return "", err
	}
	fmt.Fprint(stderr, "\nOnce more: ")
	b, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(stderr)
	if err == nil && len(a) == 0 && len(b) == 0 {
		return "", errNoPassword
	}
	if err == nil && string(a) != string(b) {
		err = usage{errors.New("the two are not the same")}
	}
	return string(a), err
}
