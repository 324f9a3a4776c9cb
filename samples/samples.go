// Package samples holds the sample campaign: Đại Lộc district, 2024. Its figures are real, its names and stories
// are invented (see README.md). Its documents are real files, made by LibreOffice, Chromium and a Go library from
// the stories in this folder; `make samples` makes them again.
package samples

import (
	"archive/zip"
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"kheo/internal/dossier"
)

// campaign holds kheo.yaml and the rulesets.
//
//go:embed campaign
var campaign embed.FS

// demo holds what kheo demo adds: initiatives that people score, and the campaign of the year before.
//
//go:embed demo
var demo embed.FS

// inbox is the packed inbox.
//
//go:embed dai-loc-2024.zip
var inbox []byte

// checked is what people say of evidence.
//
//go:embed verdicts.yaml
var checked []byte

// Checked is what the people of the sample did about its evidence: the sample that they drew, and what they said.
type Checked struct {
	Sample   DrawnSample `yaml:"sample"`
	Verdicts []Verdict   `yaml:"verdicts"`
}

// DrawnSample is a sample of evidence that is to be checked, see review.Sample.
type DrawnSample struct {
	Ruleset    string  `yaml:"ruleset"`
	By         string  `yaml:"by"`
	Seed       string  `yaml:"seed"`
	Precision  float64 `yaml:"precision"`
	Margin     float64 `yaml:"margin"`
	Confidence float64 `yaml:"confidence"`
}

// Verdict is what a person says of a passage as evidence for a criterion.
type Verdict struct {
	By        string              `yaml:"by"`
	Verdict   dossier.VerdictKind `yaml:"verdict"`
	Reason    string              `yaml:"reason"`
	Ruleset   string              `yaml:"ruleset"`
	Criterion string              `yaml:"criterion"`
	Dossier   string              `yaml:"dossier"`
	Unit      string              `yaml:"unit"`
	Document  string              `yaml:"document"`
	SHA256    string              `yaml:"sha256"`
	Page      int                 `yaml:"page"`
	Quote     string              `yaml:"quote"`
}

// Evidence returns what the people of the sample did about its evidence. The error is that of a damaged program.
func Evidence() (*Checked, error) {
	var c Checked
	if err := yaml.UnmarshalWithOptions(checked, &c, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("the verdicts of the sample: %w", err)
	}
	return &c, nil
}

// WriteCampaign writes kheo.yaml and the rulesets of the sample campaign into dir, replacing files of the same
// names.
func WriteCampaign(dir string) error { return write(campaign, "campaign", dir) }

// PastYear is the folder of the campaign of the year before in a workspace that WriteDemo has written.
const PastYear = "2023"

// WriteDemo adds to the campaign in dir, which WriteCampaign has written, what the sample campaign itself does not
// have: a fifth ruleset with criteria that people score, its four dossiers, and the campaign of the year before, from
// which one of them copies. The lists of the other four rulesets do not change by it.
func WriteDemo(dir string) error {
	if err := write(demo, "demo", dir); err != nil {
		return err
	}
	at := filepath.Join(dir, "kheo.yaml")
	b, err := os.ReadFile(at)
	if err != nil {
		return err
	}
	for _, x := range [][2]string{
		{"\nlabels: ", "  - { id: initiative, title: { vi: Sáng kiến, nb: Ny idé, en: New idea } }\n\nlabels: "},
		{"rules/commendation-individual.yaml]", "rules/commendation-individual.yaml, rules/initiative.yaml]\n" +
			"past: [" + PastYear + "]"},
	} {
		if !bytes.Contains(b, []byte(x[0])) {
			return fmt.Errorf("the sample's kheo.yaml has no %q", x[0])
		}
		b = bytes.Replace(b, []byte(x[0]), []byte(x[1]), 1)
	}
	if err := os.WriteFile(at, b, 0o644); err != nil {
		return err
	}
	rules, err := demo.ReadFile("demo/rules/initiative.yaml")
	if err != nil {
		return err
	}
	past := filepath.Join(dir, PastYear, "rules")
	if err := os.MkdirAll(past, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(past, "initiative.yaml"), rules, 0o644)
}

// write writes the files beneath a folder of a program's files into dir, replacing files of the same names.
func write(files embed.FS, folder, dir string) error {
	return fs.WalkDir(files, folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(folder, filepath.FromSlash(p))
		to := filepath.Join(dir, rel)
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		b, err := files.ReadFile(p)
		if err != nil {
			return err
		}
		return os.WriteFile(to, b, 0o644)
	})
}

// File is one file of the sample's inbox.
type File struct {
	Name string // below inbox/, / separated, as people named it
	Data []byte
}

// Inbox returns the files of the sample's inbox, in the order of their names. The error is that of a damaged
// program.
func Inbox() ([]File, error) {
	zr, err := zip.NewReader(bytes.NewReader(inbox), int64(len(inbox)))
	if err != nil {
		return nil, fmt.Errorf("the packed sample: %w", err)
	}
	var out []File
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return nil, err
		}
		out = append(out, File{f.Name, b})
	}
	return out, nil
}

// WriteInbox writes the sample's dossiers into dir, which is created if it does not exist.
func WriteInbox(dir string) error {
	files, err := Inbox()
	if err != nil {
		return err
	}
	for _, f := range files {
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
