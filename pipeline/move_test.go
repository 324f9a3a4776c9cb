package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/internal/testspace"
	"kheo/pipeline/operations"
	"kheo/pipeline/store"
	"kheo/pipeline/store/storetest"
)

// A move that was killed is repeated: neither a half-written copy, nor a finished copy that kheo.yaml
// does not name yet, prevents it. What belongs to others is refused and left as it is.
func TestAnInterruptedMoveIsRepeated(t *testing.T) {
	t.Parallel()
	dir, _ := testspace.RunCopy(t, 40)
	yaml, err := os.ReadFile(filepath.Join(dir, "kheo.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := digest(t, dir)

	move := func(to string) (aside string, err error) {
		t.Helper()
		w := open(t, dir)
		defer w.Close()
		m, err := operations.Move(t.Context(), w, to, "")
		if err != nil {
			return "", err
		}
		if m.SHA256 != want.SHA256 {
			t.Errorf("in %s there are other records", to)
		}
		return m.Aside, nil
	}
	for to, why := range map[string]string{
		"kheo.yaml":   "is not a record store",
		"var":         "is a folder",
		"../x.db":     "outside the workspace",
		"mysql://x/y": "neither a file nor PostgreSQL",
		"var/kheo.db": "already",
	} {
		if _, err := move(to); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("moved to %s: %v", to, err)
		}
	}
	if now, _ := os.ReadFile(filepath.Join(dir, "kheo.yaml")); string(now) != string(yaml) {
		t.Errorf("kheo.yaml was changed by moves that failed:\n%s", now)
	}

	address := storetest.Postgres(t)
	for range 2 { // the second time kheo.yaml does not name the place yet, as after a kill before the last step
		if _, err := move(address); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "kheo.yaml"), yaml)
	}
	if _, err := move(address); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "var", "kheo.db.moving") // as after a kill while it is copied
	write(t, half, []byte("half a copy"))
	write(t, half+"-wal", []byte("of another file"))
	var asides []string
	for range 2 {
		aside, err := move("var/kheo.db")
		if err != nil {
			t.Fatal(err)
		}
		if f := checked(t, dir); len(f) > 0 {
			t.Errorf("%q", f)
		}
		asides = append(asides, aside)
		write(t, filepath.Join(dir, "kheo.yaml"), setStore(yaml, address))
	}
	for _, aside := range asides {
		if !store.IsRecords(aside) {
			t.Errorf("%q was not kept", aside)
		}
	}
	if asides[0] == asides[1] {
		t.Errorf("the second file that was set aside took the name of the first: %q", asides)
	}
}

// setStore is kheo.yaml with its records elsewhere.
func setStore(yaml []byte, at string) []byte {
	return []byte(strings.Replace(string(yaml), "store: var/kheo.db", "store: '"+at+"'", 1))
}
