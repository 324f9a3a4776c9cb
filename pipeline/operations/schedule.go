package operations

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"kheo/internal/durable"
	"kheo/pipeline/workspace"
)

// KeepBackup does the scheduled backup: it writes a backup into the folder that kheo.yaml names, verifies it by
// restoring it into a temporary folder, and then removes the oldest backups beyond the number that is kept. Backups
// are numbered, so their order does not depend on the clock. It returns the path of the new backup, also if only an
// old one could not be removed.
func KeepBackup(ctx context.Context, w *workspace.Workspace) (file string, err error) {
	to := w.Campaign().Backups
	if err := os.MkdirAll(to.To, 0o700); err != nil {
		return "", fmt.Errorf("the folder of the backups (backups: to: in kheo.yaml): %w", err)
	}
	kept, last, err := keptBackups(to.To, w.Campaign().ID)
	if err != nil {
		return "", err
	}
	// The time in the name is for people; the number orders the backups.
	name := fmt.Sprintf("%s-%06d-%s.tar", w.Campaign().ID, last+1, w.Time().Format("20060102-150405"))
	half := filepath.Join(to.To, halfBackup+w.Campaign().ID+".tar")
	if err := os.RemoveAll(half); err != nil { // a process that was killed may have left it
		return "", err
	}
	defer os.Remove(half)
	if _, err := BackupFile(ctx, w, half, false); err != nil {
		return "", err
	}
	if err := verifyBackup(ctx, half); err != nil {
		return "", fmt.Errorf("the backup cannot be restored, so it was not kept: %w", err)
	}
	// It can be restored, so it gets its name, and only then may older ones go.
	file = filepath.Join(to.To, name)
	if err := os.Rename(half, file); err != nil {
		return "", err
	}
	if err := durable.SyncDir(to.To); err != nil {
		return "", err
	}
	kept = append(kept, name)
	for _, old := range kept[:max(0, len(kept)-to.Keep)] {
		if err := os.Remove(filepath.Join(to.To, old)); err != nil {
			return file, fmt.Errorf("the backup was made, but an old one cannot be removed: %w", err)
		}
	}
	return file, nil
}

// keptBackups returns the names of a campaign's backups in a folder, the oldest first, and the highest number.
func keptBackups(dir, campaign string) (names []string, last int, err error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, 0, err
	}
	pattern := regexp.MustCompile(`^` + regexp.QuoteMeta(campaign) + `-(\d{6,})-\d{8}-\d{6}\.tar$`)
	numbers := map[string]int{}
	for _, e := range list {
		if m := pattern.FindStringSubmatch(e.Name()); m != nil && e.Type().IsRegular() {
			n, _ := strconv.Atoi(m[1])
			numbers[e.Name()], last = n, max(last, n)
			names = append(names, e.Name())
		}
	}
	// By number, not by name: numbers of more than six digits sort differently as text.
	slices.SortFunc(names, func(a, b string) int { return numbers[a] - numbers[b] })
	return names, last, nil
}

// verifyBackup restores a backup into a folder beside it, and removes that folder again.
func verifyBackup(ctx context.Context, file string) error {
	dir := file + ".verified"
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = Restore(ctx, f, dir)
	return err
}
