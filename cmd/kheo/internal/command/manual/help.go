// Package manual holds the commands that describe the program itself: kheo help, kheo version, and kheo man, which
// packages use.
//
// [Help] prints the pages of docs/, which are embedded in the program, or the help of a command. [Man] writes a
// manual page for each command from its texts of use; so what a command says of itself is written once, in its own
// file.
package manual

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"kheo/cmd/kheo/internal/cli"
	"kheo/docs"
	"kheo/internal/strict"
)

// topic is a page of the manual as `kheo help --json` lists it; the text is left out of the list of topics.
type topic struct {
	Topic string `json:"topic"`
	Title string `json:"title"`
	Text  string `json:"text,omitempty"`
}

// Help prints a page of the manual, the help of a command, or the list of both. It replaces cobra's own help
// command, and answers as that one does if what it is asked for is a command.
//
// With --json it prints { "topics": [ { "topic", "title" } ] }, or one topic with its text in Markdown. A name
// that is both, such as search, prints the help of the command first and then the page.
func Help(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "help [TOPIC|COMMAND]",
		Short: "Print a page of the manual, or the help of a command",
		Long: `Print a page of the manual, or the help of a command; without an argument, list the pages.

  kheo help                the pages of the manual
  kheo help rulesets       one of them
  kheo help rules try      the help of a command

The same pages are under /help in the pages that kheo serve opens.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			if len(args) == 0 {
				return listTopics(out, env)
			}
			page, isPage := docs.Find(strings.Join(args, "/"))
			sub, rest, err := cmd.Root().Find(args)
			isCommand := err == nil && sub != cmd.Root() && len(rest) == 0
			switch {
			case isPage && env.JSON:
				return cli.PrintJSON(out, topic(page))
			case isPage && isCommand:
				if err := sub.Help(); err != nil {
					return err
				}
				fmt.Fprintln(out)
			case isCommand:
				return sub.Help()
			case !isPage:
				return unknownTopic(cmd.Root(), args)
			}
			_, err = io.WriteString(out, page.Text)
			return err
		},
	}
}

// listTopics prints the pages of the manual. The order is that of the manual and not of the alphabet.
func listTopics(out io.Writer, env *cli.Env) error {
	list := []topic{}
	var rows [][2]string
	for _, p := range docs.Pages() {
		list = append(list, topic{Topic: p.Topic, Title: p.Title})
		rows = append(rows, [2]string{"kheo help " + p.Topic, p.Title})
	}
	if env.JSON {
		return cli.PrintJSON(out, map[string]any{"topics": list})
	}
	fmt.Fprint(out, "The manual:\n")
	cli.PrintAligned(out, rows)
	fmt.Fprint(out, "\nThe commands: kheo --help. One of them: kheo help COMMAND\n")
	return nil
}

// unknownTopic returns an error of use that names the nearest topic or command.
func unknownTopic(root *cobra.Command, args []string) error {
	var names []string
	for _, p := range docs.Pages() {
		names = append(names, p.Topic)
	}
	for _, s := range root.Commands() {
		names = append(names, s.Name())
	}
	what, hint := strings.Join(args, " "), "`kheo help` lists the pages"
	if near := strict.Nearest(what, names); near != "" {
		hint = fmt.Sprintf("did you mean `kheo help %s`?", near)
	}
	return cli.Usagef("there is no page or command %q; %s", what, hint)
}
