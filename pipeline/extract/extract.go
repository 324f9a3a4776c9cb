// Package extract turns a file into pages of text, and hands on the files that are inside it.
//
// The way of a file: Pool.Read (pool.go) sends its bytes to a reading process, a confined child of the
// same program. There read, in this file, dispatches by content to the reader of the format: docx.go,
// xlsx.go, pptx.go, odf.go, rtf.go, html.go, text.go, eml.go, msg.go, archive.go and internal/pdfpages.
// The reader fills in a Result with pages and hands parts (members of archives, attachments) to an
// unpacker; finish brings the text into the stored form and measures it. The child (child.go) streams
// parts and then the Result back to the pool, which passes the parts to the caller's Keep.
//
// Foreign bytes are never parsed in kheo's own process. A child is given bytes through a pipe; it may
// open no file and no socket, and has limits on memory, processor time and output (internal/confine). A
// child that hangs, panics or exceeds its memory is killed and replaced: it costs one document, never
// the run. Tesseract and LibreOffice are started through a process that confines itself in the same way
// before it becomes them (confinement.go, office.go, ocr.go).
//
// The content of a file decides what it is, not its name (sniff.go). Each page of a PDF is read by two
// independent readers; how far they agree is its quality, and a page on which neither finds usable text
// is left to OCR. Text that cannot be seen is kept separately as Hidden.
//
// The stages: Pool.Read reads text and takes out parts; OCR.Page reads images of the pages in
// Result.Scans; AddOCR combines the two. The same bytes give the same text, whatever was read before.
package extract

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	"kheo/pipeline/extract/internal/limits"
	"kheo/pipeline/extract/internal/pdfpages"
	"kheo/pipeline/extract/internal/scan"
)

// Version identifies the behaviour of the readers. It is part of the cache key of every reading, so it
// changes whenever the same bytes may give another text.
const Version = "14"

// Reasons why a document could not be read: values of Result.Error and Part.Problem. Package rules
// translates them.
const (
	Empty       = "empty"
	Protected   = "protected"
	Damaged     = "damaged"
	Unsupported = "unsupported"
	TooLarge    = "too-large"
	Timeout     = "timeout"
	Crashed     = "crashed"
	NoText      = "no-text"
	OldEncoding = "old-encoding"
	NeedsOffice = dossier.NeedsOffice // a format that only LibreOffice reads, and it is not installed
)

// Bounds of what is read, in bytes; see package limits for the others.
const (
	MaxFile    = limits.File
	MaxArchive = limits.Archive
)

// Result is the result of reading one file, Part a file inside it; both are kept in the record store.
type (
	Result = dossier.Reading
	Part   = dossier.Part
)

// readers maps a media type to its reader. A reader fills in Pages, or Error and Detail, and may add Flags;
// it hands files inside the file to the unpacker. It may panic: guarded turns that into a damaged file.
var readers = map[string]func(data []byte, res *Result, u *unpacker){
	typePDF: readPDF, typeDOCX: readDOCX, typeXLSX: readXLSX, typePPTX: readPPTX,
	typeODT: readODF, typeODS: readODF, typeODP: readODF,
	typeEML: readEML, typeMSG: readMSG, typeTNEF: readOutlook,
	typeRTF:  func(data []byte, res *Result, _ *unpacker) { readRTF(data, res) },
	typeHTML: func(data []byte, res *Result, _ *unpacker) { readHTML(data, res) },
	typeText: func(data []byte, res *Result, _ *unpacker) { readText(data, res) },
	typeDOC:  needsOffice, typeXLS: needsOffice, typePPT: needsOffice,
	typeXLSB: func(_ []byte, res *Result, _ *unpacker) {
		res.Error, res.Detail = Unsupported, "a binary workbook (.xlsb); save it as .xlsx"
	},
	typeLocked: func(_ []byte, res *Result, _ *unpacker) { res.Error = Protected },
}

// needsOffice is the reader of the formats of old Office programs: it leaves them to LibreOffice, unless
// they are behind a password.
func needsOffice(data []byte, res *Result, _ *unpacker) {
	if res.Error = NeedsOffice; lockedOLE(data, res.Type) {
		res.Error = Protected
	}
}

// read reads one file in this process. Only the reading child calls it. A panic of a reader is left to
// guarded, in child.go.
func read(data []byte, u *unpacker) (res Result) {
	if len(data) == 0 {
		return Result{Type: typeUnknown, Error: Empty}
	}
	res.Type = Sniff(data)
	switch reader := readers[res.Type]; {
	case isArchive(res.Type):
		unpackAll(bytes.NewReader(data), int64(len(data)), &res, u)
		return res
	case reader != nil:
		reader(data, &res, u)
	case strings.HasPrefix(res.Type, "image/"):
		for n := range scan.Pages(data) {
			res.Pages = append(res.Pages, dossier.Page{Number: n + 1, Reader: "none", Quality: -1})
		}
	default:
		res.Error, res.Detail = Unsupported, res.Type
	}
	finish(&res)
	return res
}

// readPDF reads a PDF, and hands on the files that it carries, each once.
func readPDF(data []byte, res *Result, u *unpacker) {
	doc, err := pdfpages.Read(data, u.only)
	res.Pages = doc.Pages
	if doc.Hidden {
		res.Flags = append(res.Flags, dossier.FlagHiddenText)
	}
	if errors.Is(err, pdfpages.ErrProtected) {
		res.Error = Protected
		return
	}
	if err != nil {
		res.Error, res.Detail = Damaged, err.Error()
	}
	seen := map[string]bool{}
	for _, a := range doc.Attached {
		if a.Name == "" {
			a.Name = "attachment" + ending(a.Data)
		}
		key := a.Name + string(a.Data)
		if len(a.Data) == 0 || seen[key] {
			continue
		}
		seen[key] = true
		if err := u.file(a.Name, a.Data); err != nil {
			res.Detail = err.Error()
			return
		}
	}
}

// unpackOnly takes out the files of an archive that is held in memory, and does nothing with other
// files.
func unpackOnly(data []byte, u *unpacker) (res Result) {
	res.Type = Sniff(data)
	if isArchive(res.Type) {
		unpackAll(bytes.NewReader(data), int64(len(data)), &res, u)
	}
	return res
}

// unpackFile is unpackOnly for a file too large for memory; size is in bytes. The type is decided by the
// first 32 KB, and that of a zip by its directory.
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

// unpackAll takes all files out of an archive of type res.Type.
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

// usable is the quality (0 to 1) above which the text of a page needs no OCR.
const usable = 0.5

// finish brings every page into the form that the rest of kheo relies on (cleaned text, language,
// quality), sets the flags that follow from the pages, and lists the pages for OCR. Before it, a page's
// quality is -1 if the reader found marks but no text, and 0 if it measured nothing.
func finish(res *Result) {
	total := 0
	for i := range res.Pages {
		p := &res.Pages[i]
		if p.Blocks == nil {
			p.Text, p.Blocks = layout.Assemble(layout.Lines(p.Text))
		}
		if total += len(p.Text); total > limits.Text {
			res.Pages, res.Error, res.Detail = nil, TooLarge, "more than 16 MB of text"
			return
		}
		if p.Hidden != "" && res.Type != typePDF { // readPDF decides for itself
			addFlag(res, dossier.FlagHiddenText)
		}
		if marks := measure(p); marks && !slices.Contains(res.Scans, p.Number) {
			res.Scans = append(res.Scans, p.Number)
		}
	}
	if inVIQR(res.Pages) {
		res.Pages, res.Scans, res.Error, res.Detail = nil, nil, OldEncoding, "it is in VIQR"
	}
	if len(res.Scans) > 0 && res.Error == "" {
		addFlag(res, dossier.FlagLowTextQuality)
	}
	if !hasText(res.Pages) && res.Error == "" && len(res.Scans) == 0 {
		res.Error = NoText
	}
}

// inVIQR reports whether a document is Vietnamese in VIQR, which is not converted: its signs may mean
// something else.
func inVIQR(pages []dossier.Page) bool {
	for _, p := range pages {
		if p.Reader != "" && strings.TrimSpace(p.Text) != "" {
			return cleantext.IsVIQR(p.Text) // the first page with text decides
		}
	}
	return false
}

// measure sets the quality and the language of a page whose text is clean, and reports whether OCR must
// read its image: it has marks without text, or text of poor quality.
func measure(p *dossier.Page) (scan bool) {
	scan = p.Quality < 0
	if strings.TrimSpace(p.Text) == "" {
		p.Text, p.Quality = "", 0
		return scan
	}
	if q := cleantext.Quality(p.Text); p.Quality <= 0 || q < p.Quality {
		p.Quality = q
	}
	p.Language = language.Detect(p.Text)
	return scan || p.Quality < usable
}

// addFlag adds a flag to a result, once.
func addFlag(res *Result, code string) {
	if !slices.Contains(res.Flags, code) {
		res.Flags = append(res.Flags, code)
	}
}

// hasText reports whether any page has text.
func hasText(pages []dossier.Page) bool {
	return slices.ContainsFunc(pages, func(p dossier.Page) bool { return strings.TrimSpace(p.Text) != "" })
}
