package intake

import (
	"os"
	"time"
)

// Recorded calls f when an entry is recorded, before it is compared with what was recorded.
func (t *Ingester) Recorded(f func()) { t.recorded = f }

// DiskClock sets the time of the inbox's disk.
func (w *Watch) DiskClock(now func() time.Time) {
	w.Disk = func() (time.Time, error) { return now(), nil }
}

// DiskTellsNothing simulates a disk that does not say who has a file open.
func (w *Watch) DiskTellsNothing() {
	w.knows = func(*os.File) (bool, bool) { return false, false }
}

// OpenBeneath opens a name of a folder as intake does, and says why it does not.
func OpenBeneath(folder, name string, old bool) error {
	defer oldKernel.Store(oldKernel.Swap(old))
	in, err := openDir(folder)
	if err != nil {
		return err
	}
	defer in.close()
	f, err := in.open(name, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// TemporaryName is the name under which a file of the inbox is written first.
func TemporaryName(name string) string { return tmpName(name) }
