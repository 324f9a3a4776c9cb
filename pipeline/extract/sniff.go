package extract

import (
	"archive/zip"
	"bytes"
	"io"
	"regexp"
	"slices"
	"sort"
	"strings"

	"kheo/pipeline/extract/internal/cleantext"
)

// Media types that kheo distinguishes; others are reported and not read.
const (
	typePDF     = "application/pdf"
	typeDOCX    = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	typeXLSX    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typePPTX    = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	typeXLSB    = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
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
	typeTNEF    = "application/ms-tnef"
	typeCSV     = "text/csv"
	typeRTF     = "application/rtf"
	typeHTML    = "text/html"
	typeText    = "text/plain"
	typeUnknown = "application/octet-stream"
)

// magics are the first bytes of formats that they identify. A prefix of two bytes counts only if the
// file is not text.
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
	{"\x78\x9f\x3e\x22", typeTNEF},
	{"\x1f\x8b", "application/gzip"},
	{"\x7fELF", "application/x-executable"},
	{"MZ", "application/x-msdownload"},
}

// Sniff returns the media type of a file by its content: typeUnknown if it is neither text nor a known
// format. data may be the beginning of a file (32 KB suffice, except for formats inside zip or compound
// files, which are then reported as the container).
func Sniff(data []byte) string {
	head := data[:min(len(data), 2048)]
	has := func(prefix string) bool { return bytes.HasPrefix(head, []byte(prefix)) }
	switch {
	case isPDF(data):
		return typePDF
	case has("PK\x03\x04") || has("PK\x05\x06") || has("PK\x07\x08"):
		return sniffZip(data)
	case has("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return sniffOLE(data)
	case has("RIFF") && len(head) > 12 && string(head[8:12]) == "WEBP":
		return "image/webp"
	}
	for _, m := range magics {
		if has(m.prefix) && !(len(m.prefix) == 2 && isText(head)) { // two letters may also begin a text
			return m.typ
		}
	}
	if !isText(head) {
		return typeUnknown
	}
	return sniffText(data, head)
}

// isPDF reports whether data begins as a PDF does, behind at most a kilobyte of something else.
func isPDF(data []byte) bool { return bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) }

// sniffText returns the media type of text: a letter, a web page or plain text.
func sniffText(data, head []byte) string {
	top := data[:min(len(data), 32<<10)]
	if cleantext.IsWide(head) {
		top = []byte(cleantext.UTF8(top[:len(top)&^3]))
		head = top[:min(len(top), 2048)]
	}
	if isMail(top) {
		return typeEML
	}
	if isPage(data, head) {
		return typeHTML
	}
	return typeText
}

var (
	// pageStart matches what a web page begins with, behind comments and a declaration of XML.
	pageStart = regexp.MustCompile(`(?is)^(?:\xef\xbb\xbf|\s|<\?xml.*?\?>|<!--.*?-->)*<(?:!doctype html|html|head|body)\b`)
	// partStart matches the first tag of a part of a web page, as programs paste and mail it.
	partStart = regexp.MustCompile(`(?is)^(?:\xef\xbb\xbf|\s|<!--.*?-->)*<(?:table|p|div|h[1-6]|ul|ol|dl|form|section|article|` +
		`main|header|center|font|span|b|title|meta|style)\b[^<>]*>`)
	// partEnd matches the end of one.
	partEnd = regexp.MustCompile(`(?i)</[a-z][a-z0-9]*\s*>\s*$`)
)

// isPage reports whether text is a web page, or a part of one: then it begins and ends with tags. Markdown may begin
// with a tag, but goes on with other text.
func isPage(data, head []byte) bool {
	if pageStart.Match(head) {
		return true
	}
	const longestTag = 64
	return partStart.Match(head) && partEnd.Match(data[max(0, len(data)-longestTag):])
}

// isText reports whether the beginning of a file looks like text: no zero byte unless it is UTF-16, and
// hardly any control characters (at most one in fifty). An escape is one of ISO 2022 encodings.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) ||
		cleantext.Wide(head) != 0 {
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

// endings maps file name endings to the types that they may have; the first is the usual one.
var endings = map[string][]string{
	".pdf": {typePDF}, ".docx": {typeDOCX, typeLocked}, ".docm": {typeDOCX}, ".dotx": {typeDOCX},
	".xlsx": {typeXLSX, typeLocked}, ".xlsm": {typeXLSX}, ".pptx": {typePPTX, typeLocked},
	".odt": {typeODT}, ".ods": {typeODS}, ".odp": {typeODP}, ".rtf": {typeRTF},
	".doc": {typeDOC, typeRTF, typeDOCX, typeHTML, typeLocked}, ".xls": {typeXLS, typeXLSX, typeHTML, typeText,
		typeCSV, typeLocked}, ".ppt": {typePPT, typePPTX, typeLocked},
	".dat": {typeTNEF, typeUnknown}, ".msg": {typeMSG}, ".eml": {typeEML, typeText}, ".zip": {typeZIP},
	".7z": {type7Z}, ".rar": {typeRAR},
	".png": {"image/png"}, ".jpg": {"image/jpeg"}, ".jpeg": {"image/jpeg"}, ".tif": {"image/tiff"},
	".tiff": {"image/tiff"}, ".webp": {"image/webp"}, ".bmp": {"image/bmp"}, ".gif": {"image/gif"},
	".html": {typeHTML, typeText}, ".htm": {typeHTML, typeText}, ".txt": {typeText, typeHTML, typeCSV, typeEML},
	".csv": {typeCSV, typeText}, ".md": {typeText, typeHTML},
}

// Misnamed reports whether a file's ending promises another type than typ. Names without an ending, or
// with an unknown one, promise nothing.
func Misnamed(name, typ string) bool {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return false
	}
	promised, ok := endings[strings.ToLower(name[i:])]
	if !ok {
		return false
	}
	return !slices.Contains(promised, typ)
}

var (
	headerLine = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*:`)
	mailHeader = regexp.MustCompile(`(?im)^(from|to|subject|date|mime-version|received|return-path|message-id|` +
		`delivered-to|content-type|x-[a-z-]+):`)
)

// isMail reports whether text begins with a letter's header: three or more of the usual fields, or two with
// one that only mail has. Minutes and forms have lines like "Date:", but seldom three of them at the very
// beginning.
func isMail(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(head, []byte("From ")) { // the beginning of an mbox
		_, head, _ = bytes.Cut(head, []byte("\n"))
	}
	if !headerLine.Match(head) {
		_, second, _ := bytes.Cut(head, []byte("\n")) // one bad line may be before the others
		if !headerLine.Match(second) {
			return false
		}
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
	return len(kinds) >= 3 || len(kinds) == 2 && (kinds["mime-version"] || kinds["received"] ||
		kinds["message-id"])
}

// ending returns the usual file name ending of bytes that came without a name; "" if there is none.
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

// sniffOLE returns which of Microsoft's old formats a compound file ([MS-CFB]) contains; typeOLE if
// none. If the file's directory is damaged, the names of streams are searched for in its bytes.
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

// sniffZip returns what a zip in memory contains: an office format, or typeZIP. A truncated office file
// is recognised by the names of its parts.
func sniffZip(data []byte) string {
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		switch {
		case bytes.Contains(data, []byte("word/document.xml")):
			return typeDOCX
		case !bytes.Contains(data[:min(len(data), 4096)], []byte("[Content_Types].xml")) &&
			!bytes.Contains(data, []byte("_rels/.rels")):
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

// sniffZipAt is sniffZip for a file too large for memory.
func sniffZipAt(r io.ReaderAt, size int64) string {
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return typeZIP
	}
	return zipHolds(zr)
}

// zipHolds returns the media type that the names in a zip imply. It looks at the first 2,000 names.
func zipHolds(zr *zip.Reader) string {
	var declared *zip.File
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
		case name == "[Content_Types].xml" && f.UncompressedSize64 < 1<<20:
			declared = f
		}
	}
	if declared != nil {
		return officeType(declared)
	}
	return typeZIP
}

// officeMains are the content types of the main parts of office files, by which a file is recognised whose
// main part has an unusual name. An .xlsb holds its sheets in a binary form.
var officeMains = []struct{ declared, typ string }{
	{"sheet.binary.macroEnabled.main", typeXLSB},
	{"wordprocessingml.document.main+xml", typeDOCX}, {"wordprocessingml.template.main+xml", typeDOCX},
	{"word.document.macroEnabled.main+xml", typeDOCX}, {"word.template.macroEnabledTemplate.main+xml", typeDOCX},
	{"spreadsheetml.sheet.main+xml", typeXLSX}, {"spreadsheetml.template.main+xml", typeXLSX},
	{"excel.sheet.macroEnabled.main+xml", typeXLSX}, {"excel.template.macroEnabled.main+xml", typeXLSX},
	{"presentationml.presentation.main+xml", typePPTX}, {"presentationml.slideshow.main+xml", typePPTX},
	{"presentationml.template.main+xml", typePPTX}, {"powerpoint.presentation.macroEnabled.main+xml", typePPTX},
	{"powerpoint.slideshow.macroEnabled.main+xml", typePPTX},
}

// officeType returns the media type that the content types of an office file ([Content_Types].xml,
// ECMA-376-2) imply.
func officeType(f *zip.File) string {
	r, err := f.Open()
	if err != nil {
		return typeZIP
	}
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r, 1<<20))
	for _, m := range officeMains {
		if bytes.Contains(b, []byte(m.declared)) {
			return m.typ
		}
	}
	return typeZIP
}
