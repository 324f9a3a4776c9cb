package rules

import (
	"path/filepath"
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// BenchmarkAssess reads and assesses the passages of testdata/passages as dossiers, ten passages each, under their
// ruleset.
func BenchmarkAssess(b *testing.B) {
	rs, _ := loadPassages(b)
	files, _ := filepath.Glob("testdata/passages/*.txt")
	var dossiers []*dossier.Dossier
	for _, f := range files {
		list := readPassages(b, f)
		for len(list) > 0 {
			n := min(10, len(list))
			d := &dossier.Dossier{ID: "d"}
			for _, p := range list[:n] {
				page := dossier.Page{Number: 1, Text: p.text, Quality: 1, Language: language.Detect(p.text)}
				d.Documents = append(d.Documents, dossier.Document{Name: p.place, Type: "text/plain", Pages: []dossier.Page{page}})
			}
			dossiers, list = append(dossiers, d), list[n:]
		}
	}
	for b.Loop() {
		for _, d := range dossiers {
			r := Read(d)
			rs.Assess(r, Given{Identity: dossier.Identity{Kind: "model", Unit: "own"}})
			r.Close()
		}
	}
}
