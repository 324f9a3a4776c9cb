package durable

import (
	"errors"
	"os"
	"sync"
)

// Disk makes many files of one file system durable at once: one sync of the file system where the system can do that
// and says so if a write failed, and otherwise one of each file and folder, several at a time. To sync 300 small files
// one after the other takes 10 to 40 times as long.
type Disk struct {
	dir   *os.File
	whole bool // the file system can be synced as a whole
}

// OpenDisk opens the file system of a folder. It must be opened before what it is to sync is written: a failed write
// is reported to those who had the folder open by then.
func OpenDisk(dir string) (*Disk, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	return &Disk{f, syncsWhole(f)}, nil
}

// Sync makes the contents of open files, and the names in folders, durable. All of them are on this file system.
func (d *Disk) Sync(files []*os.File, dirs []string) error {
	if d.whole && len(files)+len(dirs) > few {
		return syncWhole(d.dir)
	}
	return syncEach(files, dirs)
}

// Close closes the folder.
func (d *Disk) Close() error { return d.dir.Close() }

// few is how many files are synced one by one: the whole disk may hold much that other programs wrote.
const few = 4

// syncAtOnce is how many files are synced at the same time: a disk writes them together.
const syncAtOnce = 16

// syncEach syncs files and folders one by one, several at a time.
func syncEach(files []*os.File, dirs []string) error {
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
		all  error
	)
	room := make(chan struct{}, syncAtOnce)
	do := func(sync func() error) {
		room <- struct{}{}
		wait.Go(func() {
			defer func() { <-room }()
			if err := sync(); err != nil {
				mu.Lock()
				all = errors.Join(all, err)
				mu.Unlock()
			}
		})
	}
	for _, f := range files {
		do(f.Sync)
	}
	for _, d := range dirs {
		do(func() error { return SyncDir(d) })
	}
	wait.Wait()
	return all
}
