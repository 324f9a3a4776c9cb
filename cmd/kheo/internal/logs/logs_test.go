package logs

import (
	"bytes"
	"log"
	"log/slog"
	"strings"
	"testing"
)

// What a library writes to the standard log is in the log of the command, at the level debug.
func TestFromLibraries(t *testing.T) {
	before, flags, to := slog.Default(), log.Flags(), log.Writer()
	defer func() {
		slog.SetDefault(before)
		log.SetFlags(flags)
		log.SetOutput(to)
	}()
	for _, c := range []struct {
		level slog.Level
		want  string
	}{{slog.LevelDebug, `level=DEBUG msg="a library says so"`}, {slog.LevelInfo, ""}} {
		var b bytes.Buffer
		FromLibraries(Text(&b, c.level))
		log.Print("a library says so")
		if got := b.String(); !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("at %v the log has %q", c.level, got)
		}
	}
}
