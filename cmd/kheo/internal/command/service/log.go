package service

import (
	"log/slog"
	"os"

	"kheo/cmd/kheo/internal/cli"
	"kheo/internal/visible"
)

// logger returns a log on standard error: as text for people, or as JSON for log collectors.
func logger(format string) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(cli.Stderr, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(visible.NewJSONWriter(os.Stderr), nil)), nil
	}
	return nil, cli.Usagef("there is no log format %q; there are text and json", format)
}
