// Package storetest starts a PostgreSQL server for the tests of a package.
//
// The server is started by the first test that calls [Postgres], which returns the address of an empty database of
// its own, and is stopped by [Main]. It listens on a socket in a temporary folder only, so tests of several packages
// at once do not meet. Nothing is skipped: if PostgreSQL is missing, the test fails and names the package to install.
package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// server is a PostgreSQL server that runs until the tests of a package end.
type server struct {
	dir string // its data, log and socket
	err error  // why it could not be started
}

var (
	once    sync.Once
	running server
	number  atomic.Int64
)

// Main runs the tests of a package, and stops the server if a test started one. Call it from TestMain.
func Main(m *testing.M) int {
	defer func() {
		if running.dir != "" {
			running.stop()
		}
	}()
	return m.Run()
}

// Postgres returns the address of a new, empty database on a server that is started for the tests of
// this package. The server's files and socket are in a temporary folder; Main must stop it. If the
// programs of PostgreSQL are missing, the test fails.
func Postgres(t testing.TB) string {
	t.Helper()
	once.Do(func() { running.start() })
	if running.err != nil {
		t.Fatalf("%v: make setup-test", running.err)
	}
	name := fmt.Sprint("kheo", number.Add(1))
	db, err := sql.Open("pgx", running.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	return running.address(name)
}

// Records returns where a test keeps its records: a new file in a folder of its own or, if KHEO_TEST_STORE says so
// (make test-postgres), a new database on the server that Main stops.
func Records(t testing.TB) string {
	t.Helper()
	if OnPostgres() {
		return Postgres(t)
	}
	return filepath.Join(t.TempDir(), "kheo.db")
}

// OnPostgres reports whether tests keep their records in PostgreSQL (make test-postgres).
func OnPostgres() bool { return os.Getenv("KHEO_TEST_STORE") == "postgres" }

// address returns the URL of a database on the server.
func (s *server) address(database string) string {
	return fmt.Sprintf("postgres://kheo@/%s?host=%s", database, s.dir)
}

// start runs initdb and pg_ctl, as the user postgres if the tests run as root. fsync is off: the data
// need not survive a crash.
func (s *server) start() {
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bins) == 0 {
		s.err = errors.New("PostgreSQL is not installed")
		return
	}
	bin := bins[len(bins)-1]
	if s.dir, s.err = os.MkdirTemp("", "kpg"); s.err != nil { // short, because socket paths are limited
		return
	}
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			s.err = err
			return
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if s.err = os.Chown(s.dir, uid, gid); s.err != nil {
			return
		}
	}
	run := func(name string, args ...string) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, filepath.Join(bin, name), args...)
		cmd.SysProcAttr, cmd.Dir = as, s.dir
		log, err := os.Create(filepath.Join(s.dir, name+".log"))
		if err != nil {
			return err
		}
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log // a file, because the server would keep a pipe open
		if err := cmd.Run(); err != nil {
			said, _ := os.ReadFile(log.Name())
			return fmt.Errorf("%s: %w\n%s", name, err, bytes.TrimSpace(said))
		}
		return nil
	}
	data := filepath.Join(s.dir, "data")
	if s.err = run("initdb", "-D", data, "-U", "kheo", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"); s.err != nil {
		return
	}
	s.err = run("pg_ctl", "-D", data, "-w", "-l", filepath.Join(s.dir, "server.log"), "-o",
		"-k "+s.dir+" -c listen_addresses='' -c fsync=off -c max_connections=200", "start")
	stopper := func() { run("pg_ctl", "-D", data, "-m", "immediate", "stop") }
	stops = append(stops, stopper)
}

// stops holds the functions that stop what was started.
var stops []func()

// stop stops what was started, and removes the files of the server.
func (s *server) stop() {
	for _, f := range stops {
		f()
	}
	os.RemoveAll(s.dir)
}
