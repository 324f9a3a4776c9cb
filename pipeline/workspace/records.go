package workspace

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kheo/internal/durable"
	"kheo/pipeline/campaign"
	"kheo/pipeline/intake"
	"kheo/pipeline/store"
)

// A workspace that once had records must never create empty ones by mistake: with an unmounted volume, or
// a wrong address, a run would publish empty lists. Therefore it shows from outside of its records that
// it has some: by StoreFile, which names their id, and in workspaces of older versions by what was
// published or received.

// StoreFile is the file of a workspace with the id of its records.
const StoreFile = ".kheo-store"

// Opening holds options of opening a workspace.
type Opening struct {
	NewStore bool // create empty records, even if the workspace had others
}

// Open opens the workspace in dir. A campaign with mistakes is reported as strict.Problems. It is an error
// if the workspace had records and they are missing; a fresh workspace gets new ones.
func Open(ctx context.Context, dir string) (*Workspace, error) {
	return OpenAs(ctx, dir, Opening{})
}

// openRecords opens the records of a campaign, creates them in a fresh workspace, and verifies that they
// are those of this workspace.
func openRecords(ctx context.Context, c *campaign.Campaign, how Opening) (*store.Store, error) {
	at, blobs := c.Records()
	s, err := store.OpenExisting(ctx, at, blobs)
	if errors.Is(err, store.ErrNone) {
		return beginRecords(ctx, c, how)
	}
	if err != nil {
		return nil, err
	}
	if err := claimRecords(ctx, c, s, how); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// beginRecords creates empty records, if the workspace shows no sign of others or they are requested.
func beginRecords(ctx context.Context, c *campaign.Campaign, how Opening) (*store.Store, error) {
	at, blobs := c.Records()
	if sign := hadRecords(c); sign != "" && !how.NewStore {
		return nil, missing(c, sign)
	}
	if !c.Shared() {
		if err := keepLog(at); err != nil {
			return nil, err
		}
		if err := newRecords(ctx, at, blobs); err != nil {
			return nil, err
		}
	}
	s, err := store.Open(ctx, at, blobs)
	if err != nil {
		return nil, err
	}
	if how.NewStore {
		// The present edition belongs to the former records: the loss check must not compare with it.
		err = s.State.BegunAfter.Set(ctx, LatestEdition(filepath.Join(c.Dir, "lists", c.ID)))
	}
	if err == nil {
		err = nameRecords(ctx, c, s, rand.Text())
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// newRecords creates the file of the records under another name, and renames it once it is complete: a
// full disk or a crash leaves nothing that looks like the rest of lost records.
func newRecords(ctx context.Context, at, blobs string) error {
	half := at + ".beginning"
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(half + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	s, err := store.Open(ctx, half, blobs)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	// Closing does not report that the write-ahead log could not be moved into the file.
	if err := store.Checkpoint(ctx, half); err != nil {
		return err
	}
	if err := os.Rename(half, at); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(at))
}

// keepLog renames the write-ahead log of a missing file, because SQLite would delete it with what it holds.
func keepLog(at string) error {
	for n := 1; Exists(at + "-wal"); n++ {
		aside := fmt.Sprintf("%s-wal.left-%d", at, n)
		if Exists(aside) {
			continue
		}
		return os.Rename(at+"-wal", aside)
	}
	return nil
}

// claimRecords verifies that existing records are those of this workspace, by their id, and gives them an
// id if they have none. It fails if they have another id, or are empty although the workspace had records.
func claimRecords(ctx context.Context, c *campaign.Campaign, s *store.Store, how Opening) error {
	at := c.StoreName()
	id, err := s.ID(ctx)
	if err != nil {
		return err
	}
	blank, err := s.Blank(ctx)
	if err != nil {
		return err
	}
	want := knownID(c.Dir)
	if how.NewStore {
		if !blank {
			return fmt.Errorf("there are records at %s already; --new-store creates records only if there are none. "+
				"To start over nevertheless, name another place (store: in %s) or move them away", at, campaign.File)
		}
		if err := s.State.BegunAfter.Set(ctx, LatestEdition(filepath.Join(c.Dir, "lists", c.ID))); err != nil {
			return err
		}
		want = ""
	}
	switch {
	case want != "" && id != "" && want != id:
		idFile := filepath.Join(c.Dir, StoreFile)
		return fmt.Errorf("the records at %s are not those of this workspace: they have the id %s, and %s names %s. "+
			"Check store: in %s, and that the right volume is mounted; if these records are meant to replace "+
			"the old ones, remove %s", at, id, idFile, want, campaign.File, idFile)
	case want != "" && id == want, how.NewStore, s.ReadOnly():
	default:
		if sign := hadRecords(c); blank && sign != "" {
			return missing(c, sign)
		}
	}
	if s.ReadOnly() {
		return nil
	}
	if want == "" {
		want = rand.Text()
	}
	return nameRecords(ctx, c, s, want)
}

// nameRecords gives records an id unless they have one, and writes it into the workspace. A folder that
// cannot be written is not an error: the id is then missing from the workspace.
func nameRecords(ctx context.Context, c *campaign.Campaign, s *store.Store, id string) error {
	id, err := s.SetID(ctx, id)
	if err != nil {
		return err
	}
	if knownID(c.Dir) == id {
		return nil
	}
	text := id + "\n# The id of the records of this workspace. Without them, or with others, kheo does not run.\n"
	err = durable.WriteFile(filepath.Join(c.Dir, StoreFile), []byte(text))
	if errors.Is(err, fs.ErrPermission) || readOnlyFS(err) {
		return nil
	}
	return err
}

// knownID returns the id of the records that the workspace names as its own; "" if it names none.
func knownID(dir string) string {
	b, err := os.ReadFile(filepath.Join(dir, StoreFile))
	if err != nil {
		return ""
	}
	id, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(id)
}

// hadRecords describes a sign that the workspace had records; "" if it is fresh.
func hadRecords(c *campaign.Campaign) string {
	at, blobs := c.Records()
	in := func(parts ...string) string { return filepath.Join(append([]string{c.Dir}, parts...)...) }
	if Exists(in(StoreFile)) {
		return in(StoreFile) + " names them"
	}
	for _, sign := range []struct{ pattern, says string }{
		{in("lists", "*", Latest), "lists were published by them (%s)"},
		{in("lists", "*", "*", "run.json"), "lists were published by them (%s)"},
		{in("inbox", "*"+intake.ReceiptSuffix), "dossiers were received into them (%s)"},
		{in("quarantine", "*"), "files of them are in quarantine (%s)"},
	} {
		if found, _ := filepath.Glob(sign.pattern); len(found) > 0 {
			return fmt.Sprintf(sign.says, found[0])
		}
	}
	if !c.Shared() {
		for _, left := range []string{at + "-wal", filepath.Join(filepath.Dir(at), "index", "current")} {
			own := left == at+"-wal" && Exists(at) // the log of records that are there is left of no others
			if Exists(left) && !own {
				return fmt.Sprintf("something is left of them (%s)", left)
			}
		}
	}
	if found, _ := filepath.Glob(filepath.Join(blobs, "??", "*")); len(found) > 0 && !strings.Contains(blobs, "://") {
		return fmt.Sprintf("files of them are there (%s)", blobs)
	}
	return ""
}

// missing returns the error for records that are gone, with what to check.
func missing(c *campaign.Campaign, sign string) error {
	check := fmt.Sprintf("Check that the volume of %s is mounted, and store: in %s",
		filepath.Join(c.Dir, "var"), campaign.File)
	if c.Shared() {
		check = fmt.Sprintf("Check that store: in %s names the right server and database", campaign.File)
	}
	return fmt.Errorf("the records of this workspace are missing at %s: %s. %s; or restore a backup (kheo restore). "+
		"Nothing was created, ingested or published. Only `kheo run --new-store` starts over, without "+
		"everything that was received and decided", c.StoreName(), sign, check)
}

// LatestEdition returns the run whose lists were published last, according to the folder of lists; ""
// if there is none.
func LatestEdition(lists string) string {
	to, err := os.Readlink(filepath.Join(lists, Latest))
	if err != nil {
		return ""
	}
	return filepath.Base(to)
}

// sampledFiles is how many blobs are looked for before a run begins.
const sampledFiles = 20

// RequireFiles fails if none of the files that the records name exists: a run or an intake would otherwise
// begin an empty folder of blobs beside old records.
func (w *Workspace) RequireFiles(ctx context.Context) error {
	shas, err := w.Store.Dossiers.SomeFiles(ctx, sampledFiles)
	if err != nil || len(shas) == 0 {
		return err
	}
	for _, sha := range shas {
		f, _, err := w.Store.Blobs.Open(ctx, sha)
		if err == nil {
			return f.Close()
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_, blobs := w.Campaign().Records()
	return fmt.Errorf("the files of the dossiers are missing: the records name them, and none of %d is in %s. "+
		"Check that its volume is mounted, and blobs: in %s; or restore a backup (kheo restore). "+
		"kheo check --store lists every file", len(shas), blobs, campaign.File)
}
