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

	"kheo/internal/blobs"
	"kheo/internal/durable"
)

// Before records are migrated they are copied: an SQLite file to kheo.db.before-NNNN beside it, and
// records in PostgreSQL into the schema kheo_before_NNNN of the same database. NNNN is the schema version
// that the migration leads to. If the copy fails, nothing is migrated.

// maxMigrationCopies is how many of these copies are kept; older ones are removed.
const maxMigrationCopies = 2

const (
	migrationCopySuffix = ".before-"
	migrationCopySchema = "kheo_before_"
)

// copyBeforeMigration copies the records before they are migrated from schema version have to want.
func (s *Store) copyBeforeMigration(ctx context.Context, have, want int64) error {
	if s.db.postgres {
		if err := s.copySchema(ctx, want); err != nil {
			return fmt.Errorf("the records must be migrated and are copied first, into the schema %s%04d of "+
				"their database, which failed, so nothing was migrated: %w. "+
				"Make sure that the user of the database may create schemas (GRANT CREATE ON DATABASE … TO …) "+
				"and that there is enough space, then open the workspace again", migrationCopySchema, want, err)
		}
		return nil
	}
	to := fmt.Sprintf("%s%s%04d", s.path, migrationCopySuffix, want)
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
		return fmt.Errorf("the records must be migrated and are copied first, to %s, which failed, "+
			"so nothing was migrated: %w. "+
			"Free as much space there as %s takes, then open the workspace again", to, err, s.path)
	}
	if err := durable.SyncDir(filepath.Dir(to)); err != nil {
		return err
	}
	return s.dropMigrationCopies(ctx, maxMigrationCopies)
}

// vacuumInto writes a consistent copy of the records into a new file, syncs it, and checks its integrity
// and schema version.
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
	copied := newStore(&database{DB: db, queue: db}, blobs.Blobs{})
	if err := copied.CheckIntegrity(ctx); err != nil {
		return fmt.Errorf("the copy is damaged: %w", err)
	}
	if got, err := copied.version(ctx); err != nil || got != have {
		return errors.Join(err, fmt.Errorf("the copy is of version %d, not %d", got, have))
	}
	return nil
}

// syncFile makes a file readable by its owner only, and flushes it to the disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}

// copySchema copies every table of kheo into another schema, in one transaction. The tables of the work
// queue are left out: they hold nothing that lasts.
func (s *Store) copySchema(ctx context.Context, want int64) error {
	schema := fmt.Sprintf("%s%04d", migrationCopySchema, want)
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
	names, err := column(ctx, tx, `SELECT tablename FROM pg_tables
		WHERE schemaname = current_schema() AND tablename NOT LIKE 'river%' ORDER BY tablename`)
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
	return s.dropMigrationCopies(ctx, maxMigrationCopies)
}

// DropMigrationCopies removes all copies that were made before migrations, so that they do not keep what is
// forgotten.
func (s *Store) DropMigrationCopies(ctx context.Context) error { return s.dropMigrationCopies(ctx, 0) }

// dropMigrationCopies removes the copies that were made before migrations, except for the newest ones.
func (s *Store) dropMigrationCopies(ctx context.Context, keep int) error {
	if s.db.postgres {
		names, err := s.db.column(ctx, `SELECT nspname FROM pg_namespace
			WHERE substr(nspname, 1, ?) = ? ORDER BY nspname DESC`, len(migrationCopySchema), migrationCopySchema)
		if err != nil {
			return err
		}
		for _, name := range names[min(keep, len(names)):] {
			if strings.Trim(name[len(migrationCopySchema):], "0123456789") != "" {
				continue // kheo did not create it
			}
			if _, err := s.db.queue.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+name+` CASCADE`); err != nil {
				return err
			}
		}
		return nil
	}
	list, err := filepath.Glob(quoteGlob(s.path) + migrationCopySuffix + "[0-9][0-9][0-9][0-9]")
	slices.Sort(list)
	slices.Reverse(list)
	for _, path := range list[min(keep, len(list)):] {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// quoteGlob returns a glob pattern that matches one path literally.
func quoteGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
