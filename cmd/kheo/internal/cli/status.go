package cli

import (
	"errors"
	"fmt"

	"kheo/internal/strict"
)

// ExitStatus reports the error of a command on standard error and returns the exit status of the process: 0 done,
// 1 failed, 2 wrong use. Mistakes in YAML files are printed all, with a count; an error that was already reported
// is not printed again.
func ExitStatus(err error) int {
	if err == nil {
		return 0
	}
	var problems strict.Problems
	var use usageError
	switch {
	case errors.As(err, &problems):
		fmt.Fprintf(Stderr, "%v\n%s\n", problems, Plural(len(problems), "mistake"))
		return 1
	case errors.As(err, &use):
		fmt.Fprintf(Stderr, "kheo: %v\n", err)
		return 2
	case errors.Is(err, ErrReported):
		return 1
	}
	fmt.Fprintf(Stderr, "kheo: %v\n", err)
	return 1
}

// usageError marks an error of the command line, for which the exit status is 2.
type usageError struct{ error }

// Usage marks an error as one of the command line: a flag, an argument or a value that is not valid, or that the
// command line cannot mean. ExitStatus returns 2 for it, also if another error wraps it.
func Usage(err error) error { return usageError{err} }

// Usagef is Usage for a message, which is formatted as fmt.Errorf does.
func Usagef(format string, args ...any) error { return Usage(fmt.Errorf(format, args...)) }

// ErrReported fails a command that has already reported what went wrong, with exit status 1. It is never printed.
var ErrReported = errors.New("reported")
