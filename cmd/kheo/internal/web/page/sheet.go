package page

import (
	"errors"
	"mime"
	"net/http"
	"path"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/pipeline/intake"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// Limits of what a submitter sends at once, beside upload.MaxUpload.
const (
	MaxFiles    = 60
	MaxName     = 150 // code points of a file's name
	maxBytes    = 240 // bytes of it, as file systems count
	MaxFormText = 4000
)

// FileName returns the name under which an uploaded file is kept. It is "" if the file cannot be kept under
// its name, or if intake would skip it.
func FileName(sent string) string {
	name := path.Base(strings.ReplaceAll(norm.NFC.String(sent), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/:*?"<>|`, r) || r == 0x7f {
			return '_'
		}
		return r
	}, name)
	long := len([]rune(name)) > MaxName || len(name) > maxBytes
	if long || name == "." || intake.Skipped(name) || strings.EqualFold(name, dossier.ManifestName) {
		return ""
	}
	return name
}

// mediaTypes holds the media types of the files that pages send, by extension.
var mediaTypes = map[string]string{
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pdf":  "application/pdf", ".csv": "text/csv; charset=utf-8", ".json": "application/json"}

// Attach has the answer be a file with a name and a media type, to be kept and not shown.
func Attach(q *Request, name, mediaType string) {
	q.W.Header().Set("Content-Type", mediaType)
	q.W.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
}

// Send sends a file as a download under a name that the server made.
func (s *Site) Send(q *Request, name string, b []byte) error {
	mediaType := mediaTypes[path.Ext(name)]
	if mediaType == "" {
		return errors.New("a file of an unknown type: " + name)
	}
	Attach(q, name, mediaType)
	_, err := q.W.Write(b)
	return err
}

// NextTier returns in one line what the next tier has decided on an entry; "" if it has not answered.
func NextTier(s *Site, lang string, a *review.Answered) string {
	if a == nil {
		return ""
	}
	parts := []string{s.Texts.Say(lang, "handover.undecided")}
	if a.Decision != "" {
		parts[0] = s.Texts.Say(lang, "decision."+string(a.Decision))
	}
	if a.Award != nil {
		parts = append(parts, a.Award.Title)
	}
	for _, x := range []string{a.Number, a.On} {
		if x != "" {
			parts = append(parts, x)
		}
	}
	return strings.Join(parts, ", ")
}

// Table is the content of a page as rows of a worksheet.
type Table struct {
	Head   []string // keys of texts
	Widths []float64
	Rows   [][]any
}

// WantsSheet reports whether the page was requested as a table: a workbook, or comma-separated values.
func WantsSheet(q *Request) bool { return sheetAs(q) != "" }

// sheetAs returns the form in which a table is requested, by a link or a form: xlsx or csv; "" if it is not.
func sheetAs(q *Request) string {
	as := q.R.URL.Query().Get("as")
	if q.R.Method == http.MethodPost {
		as = q.Form("as")
	}
	if as != "xlsx" && as != "csv" {
		return ""
	}
	return as
}

// csvLink returns the link to a table as comma-separated values, from that to the workbook.
func csvLink(xlsx string) string { return strings.Replace(xlsx, "as=xlsx", "as=csv", 1) }

// SendSheet sends the content of a page as an XLSX workbook, or as comma-separated values if these were requested. The
// heads of the table are keys of texts.
func (s *Site) SendSheet(q *Request, name string, t Table) error {
	head := make([]any, len(t.Head))
	for i, k := range t.Head {
		head[i] = s.Texts.Say(q.Lang, k)
	}
	if sheetAs(q) == "csv" {
		b, err := publish.CommaSeparated(head, t.Rows)
		if err != nil {
			return err
		}
		return s.Send(q, FileName(name)+".csv", b)
	}
	b, err := publish.Sheet(name, t.Widths, head, t.Rows)
	if err != nil {
		return err
	}
	return s.Send(q, FileName(name)+".xlsx", b)
}
