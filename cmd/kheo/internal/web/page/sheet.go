package page

import (
	"errors"
	"mime"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/pipeline/intake"
	"kheo/pipeline/publish"
)

// Bounds of what a submitter sends at once, beside maxUpload.
const (
	MostFiles    = 60
	MostName     = 150 // code points of a file's name
	mostBytes    = 240 // bytes of it, as file systems count
	MostFormText = 4000
)

// FileName is the name under which a file that was sent is kept; "" where it cannot be kept
// under its name, or intake would leave it out.
func FileName(sent string) string {
	name := path.Base(strings.ReplaceAll(norm.NFC.String(sent), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/:*?"<>|`, r) || r == 0x7f {
			return '_'
		}
		return r
	}, name)
	long := len([]rune(name)) > MostName || len(name) > mostBytes
	if long || name == "." || intake.Skipped(name) || strings.EqualFold(name, dossier.ManifestName) {
		return ""
	}
	return name
}

// mediaTypes are what files that are sent are.
var mediaTypes = map[string]string{".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pdf": "application/pdf", ".csv": "text/csv; charset=utf-8", ".json": "application/json"}

// send sends a file to be kept.
func (s *Site) Send(q *Request, name string, b []byte) error {
	ext := name[max(0, len(name)-5):]
	for e, t := range mediaTypes {
		if len(name) > len(e) && name[len(name)-len(e):] == e {
			ext, _ = e, t
			q.W.Header().Set("Content-Type", t)
		}
	}
	if mediaTypes[ext] == "" {
		return errors.New("a file of an unknown type: " + ext)
	}
	q.W.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	_, err := q.W.Write(b)
	return err
}

// Table is what a page shows, as rows of a sheet.
type Table struct {
	Head   []string // keys of texts
	Widths []float64
	Rows   [][]any
}

// WantsSheet reports whether the page was asked for as a workbook.
func WantsSheet(q *Request) bool { return q.R.URL.Query().Get("as") == "xlsx" }

// sheet sends what a page shows as a workbook.
func (s *Site) SendSheet(q *Request, name string, t Table) error {
	head := make([]any, len(t.Head))
	for i, k := range t.Head {
		head[i] = s.Texts.Say(q.Lang, k)
	}
	b, err := publish.Sheet(name, t.Widths, head, t.Rows)
	if err != nil {
		return err
	}
	return s.Send(q, FileName(name)+".xlsx", b)
}
