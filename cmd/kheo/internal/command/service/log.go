package service

import (
	"log/slog"
	"os"

	"kheo/cmd/kheo/internal/cli"
	"kheo/cmd/kheo/internal/logs"
	"kheo/internal/visible"
)

// logger returns a log on standard error: as text for people, or as JSON for log collectors. It leaves out what
// is below a level. Names in it come from dossiers, so control characters are made visible in both formats: a
// name must not be able to forge a line of the log.
func logger(format string, level slog.Level) (*slog.Logger, error) {
	switch format {
	case "text":
		return logs.Text(cli.Stderr, level), nil
	case "json":
		options := &slog.HandlerOptions{Level: level}
		return slog.New(slog.NewJSONHandler(visible.NewJSONWriter(os.Stderr), options)), nil
	}
	return nil, cli.Usagef("there is no log format %q; there are text and json", format)
}
