package main

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"kheo/internal/visible"
)

// logger returns a log on standard error: as text for people, or as JSON for log collectors. It leaves out what is
// below a level.
func logger(format string, level slog.Level) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: level}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(stderr, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(visible.NewJSONWriter(os.Stderr), options)), nil
	}
	return nil, usage{fmt.Errorf("there is no log format %q; there are text and json", format)}
}

// levelFlag adds the flag --log-level to a command.
func levelFlag(cmd *cobra.Command, level *slog.Level) {
	cmd.Flags().TextVar(level, "log-level", slog.LevelInfo,
		"the least level that is logged: debug (with messages of libraries), info, warn or error")
}

// libraryLog has libraries that write to the standard log write to l, as debugging messages: kheo reports their
// errors itself, and so do libraries that use slog.
func libraryLog(l *slog.Logger) {
	slog.SetDefault(l) // it takes over the standard log, at the level info
	log.SetFlags(0)
	log.SetOutput(slog.NewLogLogger(l.Handler(), slog.LevelDebug).Writer())
}

// warnings is the log of commands without one of their own: warnings and errors of libraries, on standard error.
func warnings(to io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
