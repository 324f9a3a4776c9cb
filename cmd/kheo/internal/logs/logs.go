// Package logs has what the logs of commands have in common: the level, and what libraries write.
//
// Commands that work for long (kheo serve, and kheo run with --log) write one line for each event, as text or JSON,
// with log/slog. Libraries that write to the standard log are led into the same log as debugging messages by
// [FromLibraries], which main calls before any command, so that they do not write into what a command prints.
package logs

import (
	"io"
	"log"
	"log/slog"

	"github.com/spf13/cobra"
)

// Text returns a log for people. It leaves out what is below a level.
func Text(to io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: level}))
}

// LevelFlag adds the flag --log-level to a command.
func LevelFlag(cmd *cobra.Command, level *slog.Level) {
	cmd.Flags().TextVar(level, "log-level", slog.LevelInfo,
		"the least level that is logged: debug (with messages of libraries), info, warn or error")
}

// FromLibraries has libraries that write to the standard log write to l, as debugging messages: what goes wrong in
// them reaches kheo as an error, which it reports itself. Libraries that use the default of slog write to l, too.
func FromLibraries(l *slog.Logger) {
	slog.SetDefault(l) // it takes over the standard log, at the level info
	log.SetFlags(0)
	log.SetOutput(slog.NewLogLogger(l.Handler(), slog.LevelDebug).Writer())
}
