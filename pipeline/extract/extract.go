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
	"errors"
	"io"
	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/limits"
	"kheo/pipeline/extract/internal/pdfpages"
	"kheo/pipeline/extract/internal/scan"
	"slices"
	"strings"
)

// readPDF reads a PDF, and hands on the files that it carries.
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
		for n := range scan.Pages(data) {
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
		p.Text = cleantext.Clean(cleantext.Modernize(p.Text))
		if total += len(p.Text); total > limits.Text {
			res.Pages, res.Error, res.Detail = nil, TooLarge, "more than 16 MB of text"
			return
		}
		if p.Hidden != "" && res.Type != typePDF && !slices.Contains(res.Flags, dossier.FlagHiddenText) {
			res.Flags = append(res.Flags, dossier.FlagHiddenText)
		}
		marks := p.Quality < 0
		if strings.TrimSpace(p.Text) == "" {
			p.Text, p.Quality = "", 0
		} else {
			hasText = true
			if q := cleantext.Quality(p.Text); p.Quality <= 0 || q < p.Quality {
				p.Quality = q
			}
			p.Language = language.Detect(p.Text)
			marks = marks || p.Quality < usable
		}
		if marks && !slices.Contains(res.Scans, p.Number) {
			res.Scans = append(res.Scans, p.Number)
		}
	}
	if len(res.Scans) > 0 && res.Error == "" && !slices.Contains(res.Flags, dossier.FlagLowTextQuality) {
		res.Flags = append(res.Flags, dossier.FlagLowTextQuality)
	}
	if !hasText && res.Error == "" && len(res.Scans) == 0 {
		res.Error = NoText
	}
}
