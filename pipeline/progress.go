package pipeline

// Progress hears what a run is doing. Its methods may be called by several
// goroutines at once.
type Progress interface {
	Begin(stage string, total int) // total items are to be worked on
	Add(n int)
	End()
}

// Silent reports nothing.
type Silent struct{}

func (Silent) Begin(string, int) {}
func (Silent) Add(int)           {}
func (Silent) End()              {}
