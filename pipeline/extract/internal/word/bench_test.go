package word

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kheo/pipeline/extract/internal/parts"
)

// KHEO_DOCX names a folder of Word documents.
func BenchmarkRead(b *testing.B) {
	dir := os.Getenv("KHEO_DOCX")
	if dir == "" {
		b.Skip("KHEO_DOCX names no folder of Word documents")
	}
	var files [][]byte
	size := 0
	filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".docx") {
			if data, err := os.ReadFile(path); err == nil {
				files, size = append(files, data), size+len(data)
			}
		}
		return nil
	})
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range files {
			if p, err := parts.Open(data); err == nil {
				if f, err := Read(p, nil); err == nil {
					f.Page(1, "docx")
				}
			}
		}
	}
}
