// Package progress is how long work reports how far it has come.
package progress

// Reporter hears what a run is doing. Its methods may be called by several
// goroutines at once.
type Reporter interface {
	Begin(stage string, total int) // total items are to be worked on
	Add(n int)
	End()
}

// None reports nothing.
type None struct{}

func (None) Begin(string, int) {}

func (None) Add(int) {}

func (None) End() {}
