// Package extract turns a file into pages of text.
//
// Foreign bytes are never parsed in kheo's own process. A Pool keeps child
// processes of the same program; each is given bytes through a pipe, has no
// file it may open, no network, and limits on memory, processor time and
// output, and answers with text. A child that hangs, panics or runs out of
// memory is killed and replaced: it costs one document, never the run.
//
// What a reader finds is told by the content of the file, not by its name.
package extract

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kheo/pipeline/dossier"
	"kheo/rules/language"
)

// Version names the state of the readers: it is part of the memo of every
// reading, so that a kheo that reads differently reads anew.
const Version = "1"

// Why a document could not be read. Package rules has them in words.
const (
	Empty       = "empty"
	Protected   = "protected"
	Damaged     = "damaged"
	Unsupported = "unsupported"
	TooLarge    = "too-large"
	Timeout     = "timeout"
	Crashed     = "crashed"
	NoText      = "no-text"
)

// Limits of one document. Real ones are far below them.
const (
	MaxFile  = 200 << 20 // bytes of one file
	maxText  = 16 << 20  // bytes of text of one document
	maxPages = 5000
	maxPart  = 64 << 20 // bytes of one unpacked part of an office file
)

// Result is what was read of one file.
type Result struct {
	Type   string         `json:"type"` // media type
	Pages  []dossier.Page `json:"pages"`
	Error  string         `json:"error,omitempty"`  // one of the constants above, "" where it was read
	Detail string         `json:"detail,omitempty"` // the reader's own words
	Flags  []string       `json:"flags,omitempty"`
}

// Media types that kheo names.
const (
	typePDF     = "application/pdf"
	typeDOCX    = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeXLSX    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typePPTX    = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	typeODT     = "application/vnd.oasis.opendocument.text"
	typeZIP     = "application/zip"
	typeOLE     = "application/x-ole-storage"
	typeRTF     = "application/rtf"
	typeHTML    = "text/html"
	typeText    = "text/plain"
	typeUnknown = "application/octet-stream"
)

var magics = []struct {
	prefix, typ string
}{
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", typeOLE},
	{"{\\rtf", typeRTF},
	{"\x89PNG\r\n\x1a\n", "image/png"},
	{"\xff\xd8\xff", "image/jpeg"},
	{"II*\x00", "image/tiff"},
	{"MM\x00*", "image/tiff"},
	{"GIF8", "image/gif"},
	{"BM", "image/bmp"},
	{"Rar!\x1a\x07", "application/vnd.rar"},
	{"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{"\x1f\x8b", "application/gzip"},
	{"\x7fELF", "application/x-executable"},
	{"MZ", "application/x-msdownload"},
}

// Sniff tells a file's media type by its content.
func Sniff(data []byte) string {
	head := data[:min(len(data), 2048)]
	if i := bytes.Index(head[:min(len(head), 1024)], []byte("%PDF-")); i >= 0 {
		return typePDF
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return sniffZip(data)
	}
	for _, m := range magics {
		if strings.HasPrefix(string(head), m.prefix) && !(len(m.prefix) == 2 && isText(head)) {
			return m.typ
		}
	}
	if !isText(head) {
		return typeUnknown
	}
	low := bytes.ToLower(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"))
	for _, p := range []string{"<!doctype html", "<html", "<head", "<body"} {
		if bytes.HasPrefix(low, []byte(p)) {
			return typeHTML
		}
	}
	return typeText
}

func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return true
	}
	control := 0
	for _, c := range head {
		if c == 0 {
			return false
		}
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			control++
		}
	}
	return control*50 <= len(head)
}

// endings maps file endings to the types they promise.
var endings = map[string][]string{
	".pdf": {typePDF}, ".docx": {typeDOCX}, ".xlsx": {typeXLSX}, ".pptx": {typePPTX}, ".odt": {typeODT},
	".doc": {typeOLE, typeRTF, typeDOCX, typeHTML}, ".xls": {typeOLE, typeXLSX, typeHTML, typeText}, ".rtf": {typeRTF},
	".zip": {typeZIP}, ".png": {"image/png"}, ".jpg": {"image/jpeg"}, ".jpeg": {"image/jpeg"}, ".tif": {"image/tiff"}, ".tiff": {"image/tiff"},
	".html": {typeHTML, typeText}, ".htm": {typeHTML, typeText}, ".txt": {typeText, typeHTML}, ".csv": {typeText}, ".md": {typeText, typeHTML},
}

// Misnamed reports whether a file's ending promises another type than it has.
func Misnamed(name, typ string) bool {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return false
	}
	promised, ok := endings[strings.ToLower(name[i:])]
	if !ok {
		return false
	}
	for _, p := range promised {
		if p == typ {
			return false
		}
	}
	return true
}

// read reads one file in this process. Only the child calls it.
func read(data []byte) (res Result) {
	if len(data) == 0 {
		return Result{Type: typeUnknown, Error: Empty}
	}
	res.Type = Sniff(data)
	switch res.Type {
	case typePDF:
		readPDF(data, &res)
	case typeDOCX:
		readDOCX(data, &res)
	case typeXLSX:
		readXLSX(data, &res)
	case typeHTML:
		readHTML(data, &res)
	case typeText:
		readText(data, &res)
	default:
		if strings.HasPrefix(res.Type, "image/") {
			res.Pages = []dossier.Page{{Number: 1, Reader: "none"}}
			res.Flags = []string{dossier.FlagLowTextQuality}
		} else {
			res.Error, res.Detail = Unsupported, res.Type
		}
	}
	finish(&res)
	return res
}

// finish brings every page into the form that the rest of kheo relies on, and
// measures it.
func finish(res *Result) {
	total, hasText, poor := 0, false, false
	for i := range res.Pages {
		p := &res.Pages[i]
		p.Text = Clean(p.Text)
		if total += len(p.Text); total > maxText {
			res.Pages, res.Error, res.Detail = nil, TooLarge, "more than 16 MB of text"
			return
		}
		if strings.TrimSpace(p.Text) == "" {
			p.Text = ""
			poor = poor || p.Quality < 0 // a page with marks but no text
			p.Quality = 0
			continue
		}
		hasText = true
		p.Quality = quality(p.Text)
		p.Language = language.Detect(p.Text)
		poor = poor || p.Quality < 0.5
	}
	if poor && res.Error == "" && !has(res.Flags, dossier.FlagLowTextQuality) {
		res.Flags = append(res.Flags, dossier.FlagLowTextQuality)
	}
	if !hasText && res.Error == "" && !has(res.Flags, dossier.FlagLowTextQuality) {
		res.Error = NoText
	}
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Clean brings text into the stored form: valid UTF-8, NFC, \n line ends, no
// control or invisible characters, plain spaces, no trailing space on a line.
func Clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case r == '\r':
			if i+1 >= len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '\f' || r == '\v' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			b.WriteByte('\n')
		case r == '\u00ad' || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\ufeff' || r == '\u2060':
		case unicode.IsControl(r):
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	lines := strings.Split(norm.NFC.String(b.String()), "\n")
	out, blank := lines[:0], 0
	for _, l := range lines {
		l = strings.TrimRight(l, " \t")
		if l == "" {
			if blank++; blank > 1 {
				continue
			}
		} else {
			blank = 0
		}
		out = append(out, l)
	}
	return strings.Trim(strings.Join(out, "\n"), "\n")
}

// quality is the share of a text's characters that a person could read.
func quality(s string) float64 {
	good, all := 0, 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		all++
		if r != '\ufffd' && !unicode.Is(unicode.Co, r) && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsMark(r)) {
			good++
		}
	}
	if all == 0 {
		return 0
	}
	return float64(int(float64(good)/float64(all)*1000+0.5)) / 1000
}
