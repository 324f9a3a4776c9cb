package campaign

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Two units of one name are a mistake: what papers say of one would be taken for what the other did.
func TestTwoUnitsMayNotHaveTheSameName(t *testing.T) {
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
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "dai-chanh has the same name as dai-an (line 14)") {
		t.Errorf("the error is %v", err)
	}
	if _, err := Load("../../samples/campaign"); err != nil {
		t.Error(err)
	}
}
