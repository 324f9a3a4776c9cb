// Package extract turns a file into pages of text, and hands on the files that are
// inside it.
//
// Foreign bytes are never parsed in kheo's own process. A Pool keeps child
// processes of the same program; each is given bytes through a pipe, has no
// file it may open, no network, and limits on memory, processor time and
// output, and answers with text. A child that hangs, panics or runs out of
// memory is killed and replaced: it costs one document, never the run.
// Tesseract and LibreOffice are started through a process that takes the same
// away from itself first.
//
// What a file is, its content tells, not its name. A page of a PDF is read by two
// readers; how far they agree is its quality, and a page on which neither finds
// usable text is left to OCR. Text that nobody sees is kept apart as Hidden.
//
// The stages: Pool.Read reads text and takes out parts; OCR.Page reads images of
// the pages in Result.Scans; AddOCR puts the two together. The same bytes give the
// same text, whatever was read before.
package extract

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// Version names the state of the readers: it is part of the memo of every
// reading, so that a kheo that reads differently reads anew.
const Version = "2"

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
	NeedsOffice = dossier.NeedsOffice // a format that LibreOffice reads, which is not there
)

// Limits of one document. Real ones are far below them.
const (
	MaxFile    = 200 << 20 // bytes of one file
	MaxArchive = 1 << 30   // bytes of one archive of a whole dossier
	maxText    = 16 << 20  // bytes of text of one document
	maxPages   = 5000
	maxPart    = 64 << 20 // bytes of one unpacked part of an office file
)

// Result is the result of reading one file, Part a file inside it; both are kept in the record store.
type (
	Result = dossier.Reading
	Part   = dossier.Part
)

// Media types that kheo names.
const (
	typePDF     = "application/pdf"
	typeDOCX    = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeXLSX    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typePPTX    = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	typeODT     = "application/vnd.oasis.opendocument.text"
	typeODS     = "application/vnd.oasis.opendocument.spreadsheet"
	typeODP     = "application/vnd.oasis.opendocument.presentation"
	typeZIP     = "application/zip"
	type7Z      = "application/x-7z-compressed"
	typeRAR     = "application/vnd.rar"
	typeOLE     = "application/x-ole-storage"
	typeDOC     = "application/msword"
	typeXLS     = "application/vnd.ms-excel"
	typePPT     = "application/vnd.ms-powerpoint"
	typeMSG     = "application/vnd.ms-outlook"
	typeLocked  = "application/x-ms-encrypted" // an office file behind a password
	typeEML     = "message/rfc822"
	typeCSV     = "text/csv"
	typeRTF     = "application/rtf"
	typeHTML    = "text/html"
	typeText    = "text/plain"
	typeUnknown = "application/octet-stream"
)

var magics = []struct {
	prefix, typ string
}{
	{"{\\rtf", typeRTF},
	{"\x89PNG\r\n\x1a\n", "image/png"},
	{"\xff\xd8\xff", "image/jpeg"},
	{"II*\x00", "image/tiff"},
	{"MM\x00*", "image/tiff"},
	{"GIF8", "image/gif"},
	{"BM", "image/bmp"},
	{"Rar!\x1a\x07", typeRAR},
	{"7z\xbc\xaf\x27\x1c", type7Z},
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
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) || bytes.HasPrefix(head, []byte("PK\x07\x08")):
		return sniffZip(data)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return sniffOLE(data)
	}
	if bytes.HasPrefix(head, []byte("RIFF")) && len(head) > 12 && string(head[8:12]) == "WEBP" {
		return "image/webp"
	}
	for _, m := range magics {
		if strings.HasPrefix(string(head), m.prefix) && !(len(m.prefix) == 2 && isText(head)) {
			return m.typ
		}
	}
	if !isText(head) {
		return typeUnknown
	}
	if isMail(data[:min(len(data), 32<<10)]) {
		return typeEML
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
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) || wide(head) != 0 {
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
	".pdf": {typePDF}, ".docx": {typeDOCX, typeLocked}, ".docm": {typeDOCX}, ".dotx": {typeDOCX}, ".xlsx": {typeXLSX, typeLocked}, ".xlsm": {typeXLSX}, ".pptx": {typePPTX, typeLocked},
	".odt": {typeODT}, ".ods": {typeODS}, ".odp": {typeODP}, ".rtf": {typeRTF},
	".doc": {typeDOC, typeRTF, typeDOCX, typeHTML, typeLocked}, ".xls": {typeXLS, typeXLSX, typeHTML, typeText, typeCSV, typeLocked}, ".ppt": {typePPT, typePPTX, typeLocked},
	".msg": {typeMSG}, ".eml": {typeEML, typeText}, ".zip": {typeZIP}, ".7z": {type7Z}, ".rar": {typeRAR},
	".png": {"image/png"}, ".jpg": {"image/jpeg"}, ".jpeg": {"image/jpeg"}, ".tif": {"image/tiff"}, ".tiff": {"image/tiff"}, ".webp": {"image/webp"}, ".bmp": {"image/bmp"}, ".gif": {"image/gif"},
	".html": {typeHTML, typeText}, ".htm": {typeHTML, typeText}, ".txt": {typeText, typeHTML, typeCSV, typeEML}, ".csv": {typeCSV, typeText}, ".md": {typeText, typeHTML},
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
func read(data []byte, u *unpacker) (res Result) {
	if len(data) == 0 {
		return Result{Type: typeUnknown, Error: Empty}
	}
	res.Type = Sniff(data)
	switch res.Type {
	case typePDF:
		readPDF(data, &res, u)
	case typeDOCX:
		readDOCX(data, &res, u)
	case typeXLSX:
		readXLSX(data, &res, u)
	case typePPTX:
		readPPTX(data, &res, u)
	case typeODT, typeODS, typeODP:
		readODF(data, &res, u)
	case typeRTF:
		readRTF(data, &res)
	case typeEML:
		readEML(data, &res, u)
	case typeMSG:
		readMSG(data, &res, u)
	case typeHTML:
		readHTML(data, &res)
	case typeText:
		readText(data, &res)
	case typeZIP, type7Z, typeRAR:
		unpackAll(bytes.NewReader(data), int64(len(data)), &res, u)
		return res
	case typeDOC, typeXLS, typePPT:
		if res.Error = NeedsOffice; lockedOLE(data, res.Type) {
			res.Error = Protected
		}
	case typeLocked:
		res.Error = Protected
	default:
		if !strings.HasPrefix(res.Type, "image/") {
			res.Error, res.Detail = Unsupported, res.Type
			break
		}
		for n := range imagePages(data) {
			res.Pages = append(res.Pages, dossier.Page{Number: n + 1, Reader: "none", Quality: -1})
		}
	}
	finish(&res)
	return res
}

// unpackOnly takes out the files of an archive, and does nothing else.
func unpackOnly(data []byte, u *unpacker) (res Result) {
	res.Type = Sniff(data)
	if isArchive(res.Type) {
		unpackAll(bytes.NewReader(data), int64(len(data)), &res, u)
	}
	return res
}

// unpackFile is unpackOnly of a file that is too large for memory.
func unpackFile(r io.ReaderAt, size int64, u *unpacker) (res Result) {
	head := make([]byte, 32<<10)
	n, _ := r.ReadAt(head, 0)
	if res.Type = Sniff(head[:n]); res.Type == typeZIP {
		res.Type = sniffZipAt(r, size)
	}
	if isArchive(res.Type) {
		unpackAll(r, size, &res, u)
	}
	return res
}

// unpackAll takes everything out of an archive.
func unpackAll(r io.ReaderAt, size int64, res *Result, u *unpacker) {
	err := u.archive(res.Type, r, size, "")
	switch {
	case err != nil && u.parts == 0:
		fail(res, err)
	case err != nil && !u.full:
		u.problem("the rest of the archive", reasonOf(err), err.Error()) // the last that is said of it
	case u.parts == 0:
		res.Error = Empty
	}
}

// usable is the quality from which on a page's text needs no second look.
const usable = 0.5

// finish brings every page into the form that the rest of kheo relies on, and
// measures it. Quality is -1 where a reader found marks on a page but no text,
// and 0 where it measured nothing.
func finish(res *Result) {
	total, hasText := 0, false
	for i := range res.Pages {
		p := &res.Pages[i]
		p.Text = Clean(modernize(p.Text))
		if total += len(p.Text); total > maxText {
			res.Pages, res.Error, res.Detail = nil, TooLarge, "more than 16 MB of text"
			return
		}
		if p.Hidden != "" && res.Type != typePDF && !has(res.Flags, dossier.FlagHiddenText) {
			res.Flags = append(res.Flags, dossier.FlagHiddenText)
		}
		marks := p.Quality < 0
		if strings.TrimSpace(p.Text) == "" {
			p.Text, p.Quality = "", 0
		} else {
			hasText = true
			if q := quality(p.Text); p.Quality <= 0 || q < p.Quality {
				p.Quality = q
			}
			p.Language = language.Detect(p.Text)
			marks = marks || p.Quality < usable
		}
		if marks && !has(res.Scans, p.Number) {
			res.Scans = append(res.Scans, p.Number)
		}
	}
	if len(res.Scans) > 0 && res.Error == "" && !has(res.Flags, dossier.FlagLowTextQuality) {
		res.Flags = append(res.Flags, dossier.FlagLowTextQuality)
	}
	if !hasText && res.Error == "" && len(res.Scans) == 0 {
		res.Error = NoText
	}
}

func has[T comparable](list []T, v T) bool { return slices.Contains(list, v) }

// ligatures are the letters of U+FB00 and on.
var ligatures = [...]string{"ff", "fi", "fl", "ffi", "ffl", "st", "st"}

// Clean brings text into the stored form: valid UTF-8, NFC, \n line ends, no
// control or invisible characters, no ligatures, plain spaces, no trailing space
// on a line.
func Clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case r >= 0xfb00 && r <= 0xfb06:
			b.WriteString(ligatures[r-0xfb00])
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
