package campaign

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Two units may have the same name, which is noted: papers cannot say which of them is meant.
func TestTwoUnitsOfOneNameAreNoted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	src, err := os.ReadFile("../../samples/campaign/kheo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS("../../samples/campaign")); err != nil {
		t.Fatal(err)
	}
	twice := strings.Replace(string(src), "name: Xã Đại Chánh,", "name: Xã  Đại an,", 1)
	if err := os.WriteFile(filepath.Join(dir, "kheo.yaml"), []byte(twice), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load(dir)
	if err != nil || !strings.Contains(c.Notes.Error(), "dai-chanh has the same name as dai-an (line 14)") {
		t.Errorf("the notes are %v, the error is %v", c, err)
	}
	if c, err := Load("../../samples/campaign"); err != nil || len(c.Notes) > 0 {
		t.Errorf("%v %v", c.Notes, err)
	}
}
