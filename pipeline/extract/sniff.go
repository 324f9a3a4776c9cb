package extract

import (
	"archive/zip"
	"bytes"
	"io"
	"kheo/pipeline/extract/internal/cleantext"
	"regexp"
	"sort"
	"strings"
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
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) || cleantext.Wide(head) != 0 {
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

var (
	headerLine = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*:`)
	mailHeader = regexp.MustCompile(`(?im)^(from|to|subject|date|mime-version|received|return-path|message-id|delivered-to|content-type|x-[a-z-]+):`)
)

// isMail reports whether text begins with the header of a letter.
func isMail(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(head, []byte("From ")) { // the beginning of an mbox
		_, head, _ = bytes.Cut(head, []byte("\n"))
	}
	if !headerLine.Match(head) {
		return false
	}
	top, _, _ := bytes.Cut(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	kinds := map[string]bool{}
	for _, m := range mailHeader.FindAllSubmatch(top, 50) {
		k := strings.ToLower(string(m[1]))
		if strings.HasPrefix(k, "x-") {
			k = "x"
		}
		kinds[k] = true
	}
	return len(kinds) >= 3 || len(kinds) == 2 && (kinds["mime-version"] || kinds["received"] || kinds["message-id"])
}

// ending is a file ending for bytes that came without a name.
func ending(b []byte) string {
	typ := Sniff(b)
	var names []string
	for end, types := range endings {
		if types[0] == typ {
			names = append(names, end)
		}
	}
	sort.Strings(names)
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// sniffOLE tells which of Microsoft's old formats a compound file is.
func sniffOLE(data []byte) string {
	streams, _ := ole(data)
	names := map[string]bool{}
	for n := range streams {
		names[strings.ToLower(n)] = true
	}
	has := func(all ...string) bool {
		for _, n := range all {
			if names[strings.ToLower(n)] || streams == nil && bytes.Contains(data, utf16le(n)) {
				return true
			}
		}
		return false
	}
	switch {
	case has("EncryptedPackage"):
		return typeLocked
	case has("WordDocument"):
		return typeDOC
	case has("Workbook", "Book"):
		return typeXLS
	case has("PowerPoint Document"):
		return typePPT
	case has("__properties_version1.0", "__nameid_version1.0"):
		return typeMSG
	}
	return typeOLE
}

// sniffZip looks inside a zip for what it is.
func sniffZip(data []byte) string {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		switch { // a truncated office file is still no other thing
		case bytes.Contains(data, []byte("word/document.xml")):
			return typeDOCX
		case !bytes.Contains(data[:min(len(data), 4096)], []byte("[Content_Types].xml")) && !bytes.Contains(data, []byte("_rels/.rels")):
		case bytes.Contains(data, []byte("word/")):
			return typeDOCX
		case bytes.Contains(data, []byte("xl/")):
			return typeXLSX
		case bytes.Contains(data, []byte("ppt/")):
			return typePPTX
		}
		for _, t := range []string{typeODT, typeODS, typeODP} {
			if bytes.HasPrefix(data[min(len(data), 30):], []byte("mimetype"+t)) {
				return t
			}
		}
		return typeZIP
	}
	return zipHolds(zr)
}

// sniffZipAt is sniffZip of a file that is too large for memory.
func sniffZipAt(r io.ReaderAt, size int64) string {
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return typeZIP
	}
	return zipHolds(zr)
}

// zipHolds tells by the names in a zip what it is.
func zipHolds(zr *zip.Reader) string {
	for i, f := range zr.File {
		if i > 2000 {
			break
		}
		switch name := strings.ReplaceAll(f.Name, "\\", "/"); {
		case name == "word/document.xml" || name == "word/document2.xml":
			return typeDOCX
		case name == "xl/workbook.xml":
			return typeXLSX
		case name == "ppt/presentation.xml":
			return typePPTX
		case name == "mimetype" && f.UncompressedSize64 < 200:
			if r, err := f.Open(); err == nil {
				b, _ := io.ReadAll(io.LimitReader(r, 200))
				r.Close()
				if s := strings.TrimSpace(string(b)); strings.HasPrefix(s, "application/") {
					return strings.TrimSuffix(s, "-template")
				}
			}
		}
	}
	return typeZIP
}
