package samples

import (
	"archive/tar"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// schemes holds the schemes other than the sample campaign: of each the campaign, the published rules, the list that
// was calculated by hand, and the packed dossiers.
//
//go:embed schemes
var schemes embed.FS

// Scheme is a scheme that a workspace may start from.
type Scheme struct {
	Name     string // as users write it
	Language string // of its papers and texts: vi, nb or en
	About    string // one line, in English
	Scorer   string // the column of scores.csv with the people who scored; "" if no one scores
}

// Movement is the scheme of the sample campaign.
const Movement = "emulation-movement"

// Schemes are all schemes, in the order in which they are shown.
var Schemes = []Scheme{
	{Movement, "vi", "an emulation movement: models and commendations, with evidence and a panel", ""},
	{"province-points-table", "vi", "a points table with self-scores, bonuses, deductions and four ranks", ""},
	{"teachers-contest", "vi", "a contest with five jurors, trimmed means and fixed prizes", "Giám khảo"},
	{"volunteer-prize", "nb", "a prize in four categories, with a jury and honourable mentions", "Jurymedlem"},
	{"participatory-budget", "nb", "votes of residents, and a pot of money for each area", ""},
	{"research-grants", "en", "a call with three reviewers and a budget that is given out in order", "Reviewer"},
	{"quality-label", "en", "a label with mandatory and optional indicators, a visit and levels", "Assessor"},
}

// SchemeNamed returns the scheme with a name; ok is false if there is none.
func SchemeNamed(name string) (s Scheme, ok bool) {
	for _, s := range Schemes {
		if s.Name == name {
			return s, true
		}
	}
	return Scheme{}, false
}

// WriteScheme writes the campaign of a scheme into dir, with its published rules and the list that was calculated by
// hand. Files of the same names are replaced.
func WriteScheme(dir string, s Scheme) error {
	if s.Name == Movement {
		return WriteCampaign(dir)
	}
	from := path.Join("schemes", s.Name)
	return fs.WalkDir(schemes, from, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Base(p) == packedDossiers {
			return err
		}
		b, err := schemes.ReadFile(p)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(strings.TrimPrefix(p, from+"/"), "campaign/")
		return writeBelow(dir, rel, b)
	})
}

// packedDossiers is the name of a scheme's dossiers. Their Word and Excel files are not compressed, so that zstd finds
// what they have in common.
const packedDossiers = "dossiers.tar.zst"

// maxUnpacked bounds one file of a packed scheme; what is embedded is far smaller.
const maxUnpacked = 16 << 20

// WriteDossiers writes the dossiers of a scheme into dir, which is created if it does not exist, and returns how many
// there are. The error is one of writing, or that of a damaged program.
func WriteDossiers(dir string, s Scheme) (n int, err error) {
	if s.Name == Movement {
		if err := WriteInbox(dir); err != nil {
			return 0, err
		}
		list, err := os.ReadDir(dir)
		return len(list), err
	}
	b, err := schemes.ReadFile(path.Join("schemes", s.Name, packedDossiers))
	if err != nil {
		return 0, err
	}
	z, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	defer z.Close()
	seen := map[string]bool{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return len(seen), nil
		}
		if err != nil {
			return 0, fmt.Errorf("the dossiers of %s: %w", s.Name, err)
		}
		data, err := io.ReadAll(io.LimitReader(r, maxUnpacked))
		if err != nil {
			return 0, fmt.Errorf("the dossiers of %s: %w", s.Name, err)
		}
		seen[path.Dir(h.Name)] = true
		if err := writeBelow(dir, h.Name, data); err != nil {
			return 0, err
		}
	}
}

// Expected returns the list of a scheme that was calculated by hand, as CSV: dossier, eligible, place, points, award,
// granted, reason. The sample campaign has none.
func Expected(s Scheme) ([]byte, error) {
	return schemes.ReadFile(path.Join("schemes", s.Name, "expected.csv"))
}

// writeBelow writes a file with a path of slashes below dir, which must be local.
func writeBelow(dir, name string, b []byte) error {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return fmt.Errorf("%s is not a path below the workspace", name)
	}
	to := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o644)
}
