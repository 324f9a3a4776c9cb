// Package progress is how long work reports its progress.
//
// Work is given a [Reporter] and calls Begin, Add and End for each of its stages; what comes of it is up to the
// caller: a bar on a terminal, a record that the pages show, or nothing ([None]). The package imports nothing, so
// that every layer can report.
package progress

// Reporter receives the progress of a run, one stage after the other. Its methods may be called by several
// goroutines at once: batches of a stage run in parallel.
type Reporter interface {
	Begin(stage string, total int) // a stage begins, in which total items are to be worked on; 0 if that is not known
	Add(n int)                     // n more items of the stage are done
	End()                          // the stage has ended; it may not have begun
}

// None is a Reporter that reports nothing.
type None struct{}

// Begin does nothing.
func (None) Begin(string, int) {}

// Add does nothing.
func (None) Add(int) {}

// End does nothing.
func (None) End() {}
