package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Before records are migrated they are copied: a file of SQLite beside itself, as
// kheo.db.before-NNNN, and records in PostgreSQL into a schema kheo_before_NNNN of the same database,
// where NNNN is the version to which they are then brought. Without the copy nothing is migrated.

// mostBefore is how many of these copies are kept: the newest.
const maxCopiesBefore = 2

const (
	beforeFile   = ".before-"
	beforeSchema = "kheo_before_"
)

// copyBefore copies the records before they are migrated from one version to another.
func (s *Store) copyBefore(ctx context.Context, have, want int64) error {
	if s.db.postgres {
		if err := s.copySchema(ctx, want); err != nil {
			return fmt.Errorf("the records must be migrated and are copied first, into the schema %s%04d of their database, which failed, so nothing was migrated: %w. "+
				"See to it that the user of the database may create schemas (GRANT CREATE ON DATABASE … TO …) and that there is room, then open the workspace again", beforeSchema, want, err)
		}
		return nil
	}
	to := fmt.Sprintf("%s%s%04d", s.path, beforeFile, want)
	tmp := to + ".new"
	err := os.RemoveAll(tmp)
	if err == nil {
		err = s.vacuumInto(ctx, tmp, have)
	}
	if err == nil {
		err = os.Rename(tmp, to)
	}
	if err != nil {
		os.RemoveAll(tmp)
		return fmt.Errorf("the records must be migrated and are copied first, to %s, which failed, so nothing was migrated: %w. "+
			"Free as much room there as %s takes, then open the workspace again", to, err, s.path)
	}
	if err := SyncDir(filepath.Dir(to)); err != nil {
		return err
	}
	return s.dropBefore(ctx, maxCopiesBefore)
}

// vacuumInto writes the records, as they are at one moment, into a new file, and checks it.
func (s *Store) vacuumInto(ctx context.Context, to string, have int64) error {
	if _, err := s.DB.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return err
	}
	if err := syncFile(to); err != nil {
		return err
	}
	db, err := openAddress(ctx, address(to, url.Values{"mode": {"ro"}, "immutable": {"1"}}))
	if err != nil {
		return err
	}
	defer db.Close()
	copied := newStore(&database{DB: db, queue: db}, nil)
	if err := copied.Sound(ctx); err != nil {
		return fmt.Errorf("the copy is damaged: %w", err)
	}
	if got, err := copied.version(ctx); err != nil || got != have {
		return errors.Join(err, fmt.Errorf("the copy is of version %d, not %d", got, have))
	}
	return nil
}

// syncFile returns when a file is on the disk, for its owner alone.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}

// copySchema copies every table into a schema of its own, in one transaction.
func (s *Store) copySchema(ctx context.Context, want int64) error {
	schema := fmt.Sprintf("%s%04d", beforeSchema, want)
	tx, err := s.db.queue.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+schema+` CASCADE`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `CREATE SCHEMA `+schema); err != nil {
		return err
	}
	names, err := column(ctx, tx, `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'river%' ORDER BY tablename`)
	if err != nil {
		return err
	}
	for _, name := range names {
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		if _, err := tx.ExecContext(ctx, `CREATE TABLE `+schema+`.`+quoted+` AS TABLE `+quoted); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return s.dropBefore(ctx, maxCopiesBefore)
}

// DropBefore removes the copies that were made before migrating: what is forgotten must not live on
// in them.
func (s *Store) DropBefore(ctx context.Context) error { return s.dropBefore(ctx, 0) }

// dropBefore removes all but the newest of the copies that were made before migrating.
func (s *Store) dropBefore(ctx context.Context, keep int) error {
	if s.db.postgres {
		names, err := s.db.column(ctx, `SELECT nspname FROM pg_namespace WHERE substr(nspname, 1, ?) = ? ORDER BY nspname DESC`, len(beforeSchema), beforeSchema)
		if err != nil {
			return err
		}
		for _, name := range names[min(keep, len(names)):] {
			if strings.Trim(name[len(beforeSchema):], "0123456789") != "" {
				continue // of somebody else
			}
			if _, err := s.db.queue.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+name+` CASCADE`); err != nil {
				return err
			}
		}
		return nil
	}
	list, err := filepath.Glob(globQuote(s.path) + beforeFile + "[0-9][0-9][0-9][0-9]")
	slices.Sort(list)
	slices.Reverse(list)
	for _, path := range list[min(keep, len(list)):] {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// globQuote is a path as a pattern that matches it alone.
func globQuote(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
