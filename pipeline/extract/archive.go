package extract

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode"

	"github.com/bodgit/sevenzip"
	"github.com/nwaples/rardecode/v2"
	"golang.org/x/text/unicode/norm"

	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/zipnames"
)

// Limits of what one file may unpack to. They are far above what a dossier has, and below what would fill a
// disk or keep a worker busy for hours. An archive that unpacks to more than bombFrom bytes and more than
// bombRatio times its size is a zip bomb: deflate reaches a ratio of a thousand on zeros.
const (
	MaxParts    = 2000    // files
	MaxUnpacked = 1 << 30 // bytes
	maxDepth    = 5       // archives inside archives
	maxName     = 180     // code points of a name

	bombFrom  = 100 << 20
	bombRatio = 150
)

// unpacker takes out the files inside a file, within the limits, and passes each to put: depth first, in
// the order of the archive. It runs in the reading process, so that put sends the files to the parent one
// after the other and none of them is kept.
type unpacker struct {
	put   func(Part, []byte) error
	from  int64 // size of the outermost file
	bytes int64 // taken out so far
	parts int
	depth int
	full  bool // a limit was reached
	only  int  // which PDF readers read; see pdfpages
}

// errFull ends unpacking at a limit; a part with the reason has been handed over.
var errFull = errors.New("it holds more than a dossier may")

// file hands on one file; an archive is unpacked in its turn. Only put's error and errFull are returned:
// other problems become parts.
func (u *unpacker) file(name string, data []byte) error {
	if err := u.count(name, int64(len(data))); err != nil {
		return err
	}
	if typ := Sniff(data); isArchive(typ) {
		if u.depth >= maxDepth {
			return u.problem(name, TooLarge, fmt.Sprintf("archives more than %d deep inside one another",
				maxDepth))
		}
		u.depth++
		err := u.archive(typ, bytes.NewReader(data), int64(len(data)), name+"/")
		u.depth--
		if err == nil || errors.Is(err, errFull) {
			return err
		}
		return u.problem(name, reasonOf(err), err.Error())
	}
	return u.put(Part{Name: CleanName(name), Size: int64(len(data))}, data)
}

// count adds a file of size bytes to what was taken out. At a limit it hands over a part with the reason
// and returns errFull. Files of inner archives count as those of the outermost, so nesting does not
// multiply the limits.
func (u *unpacker) count(name string, size int64) error {
	u.bytes += size
	u.parts++
	why := ""
	switch {
	case u.parts > MaxParts:
		why = fmt.Sprintf("more than %d files", MaxParts)
	case u.bytes > MaxUnpacked:
		why = fmt.Sprintf("it unpacks to more than %d MB", MaxUnpacked>>20)
	case u.bytes > bombFrom && u.bytes > bombRatio*u.from:
		why = fmt.Sprintf("it unpacks to more than %d times its size", bombRatio)
	default:
		return nil
	}
	u.full = true
	if err := u.put(Part{Name: CleanName(name), Problem: TooLarge, Detail: why}, nil); err != nil {
		return err
	}
	return errFull
}

// problem hands over a part for a file that could not be taken out. Such parts count too: an archive may
// name any number of broken files.
func (u *unpacker) problem(name, why, detail string) error {
	if u.parts++; u.parts > MaxParts {
		return u.count(name, 0)
	}
	return u.put(Part{Name: CleanName(name), Problem: why, Detail: detail}, nil)
}

// reasonOf returns the reason for the error of an archive or document reader, one of those of Result.Error.
// The libraries have few typed errors, so some are recognised by their words.
func reasonOf(err error) string {
	s := strings.ToLower(err.Error())
	var locked *sevenzip.ReadError
	switch {
	case errors.As(err, &locked) && locked.Encrypted:
		return Protected
	case errors.Is(err, parts.ErrTooLarge) || errors.Is(err, errFull):
		return TooLarge
	case strings.Contains(s, "password") || strings.Contains(s, "encrypt"):
		return Protected
	case errors.Is(err, zip.ErrAlgorithm) || strings.Contains(s, "unsupported"):
		return Unsupported
	}
	return Damaged
}

// isArchive reports whether files of a media type are unpacked and not read themselves.
func isArchive(typ string) bool { return typ == typeZIP || typ == type7Z || typ == typeRAR }

// archive takes out every file of an archive; prefix is put before their names. Panics of the libraries
// become errors.
func (u *unpacker) archive(typ string, r io.ReaderAt, size int64, prefix string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	switch typ {
	case typeZIP:
		return u.zip(r, size, prefix)
	case type7Z:
		return u.sevenZip(r, size, prefix)
	}
	return u.rar(io.NewSectionReader(r, 0, size), prefix)
}

// member takes out one file of an archive, which states its size; open returns its contents. The stated
// size is only a hint: what counts against the limits is what comes out.
func (u *unpacker) member(name string, says uint64, open func() (io.ReadCloser, error)) error {
	r, err := open()
	if err != nil {
		return u.problem(name, reasonOf(err), err.Error())
	}
	defer r.Close()
	most := min(int64(MaxFile), max(bombFrom, bombRatio*u.from))
	b, err := readBounded(r, says, most+1)
	switch {
	case err != nil:
		return u.problem(name, reasonOf(err), err.Error())
	case int64(len(b)) > most:
		return u.problem(name, TooLarge, fmt.Sprintf("it unpacks to more than %d MB", most>>20))
	}
	return u.file(name, b)
}

// readBounded reads at most max bytes. It allocates the size that the archive states at once, so that
// large files are not copied while they are read.
func readBounded(r io.Reader, says uint64, max int64) ([]byte, error) {
	b := make([]byte, 0, int(min(says, uint64(max)))+512)
	r = io.LimitReader(r, max)
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
	}
}

// zip takes out the files of a zip; links are not followed.
func (u *unpacker) zip(r io.ReaderAt, size int64, prefix string) error {
	zr, err := zip.NewReader(r, size)
	if err != nil {
		return err
	}
	nameOf := zipnames.Reader(zr.File)
	for _, f := range zr.File {
		name := prefix + nameOf(f)
		switch {
		case f.FileInfo().IsDir() || strings.HasSuffix(name, "/"):
			continue
		case !f.Mode().IsRegular():
			err = u.problem(name, Unsupported, "a link, and no file")
		case f.Flags&1 != 0:
			err = u.problem(name, Protected, "")
		default:
			err = u.member(name, f.UncompressedSize64, f.Open)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sevenZip takes out the files of a 7z archive; links are not followed.
func (u *unpacker) sevenZip(r io.ReaderAt, size int64, prefix string) error {
	zr, err := sevenzip.NewReader(r, size)
	if err != nil {
		return err
	}
	for _, f := range zr.File {
		switch {
		case f.FileInfo().IsDir():
			continue
		case !f.Mode().IsRegular():
			err = u.problem(prefix+f.Name, Unsupported, "a link, and no file")
		default:
			err = u.member(prefix+f.Name, f.UncompressedSize, f.Open)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rar takes out the files of a RAR archive, with a dictionary of at most 256 MB, which is half of the
// memory of a reading process; links are not followed.
func (u *unpacker) rar(file io.Reader, prefix string) error {
	r, err := rardecode.NewReader(file, rardecode.MaxDictionarySize(256<<20))
	if err != nil {
		return err
	}
	for {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		name := prefix + strings.ReplaceAll(h.Name, "\\", "/")
		switch {
		case h.IsDir:
			continue
		case h.Mode()&fs.ModeType != 0:
			err = u.problem(name, Unsupported, "a link, and no file")
		case h.Encrypted:
			err = u.problem(name, Protected, "")
		default:
			err = u.member(name, uint64(max(0, h.UnPackedSize)), func() (io.ReadCloser,
				error) {
				return io.NopCloser(r), nil
			})
		}
		if err != nil {
			return err
		}
	}
}

// CleanName makes the name of a file inside a dossier safe to show, to store and to write: relative,
// NFC, without .., control or directional characters and colons, at most 8 folders deep and maxName code
// points long. Two names may become the same.
func CleanName(name string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, "_"))
	var parts []string
	for _, p := range strings.Split(strings.ReplaceAll(name, "\\", "/"), "/") {
		p = strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || r == ':' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' &&
				r <= '\u2069' {
				return '_'
			}
			return r
		}, p))
		if p == "" || p == "." || p == ".." {
			continue
		}
		parts = append(parts, p)
	}
	if len(parts) > 8 {
		parts = parts[len(parts)-8:]
	}
	name = strings.Join(parts, "/")
	if rs := []rune(name); len(rs) > maxName {
		ext := path.Ext(name)
		if len(ext) > 10 {
			ext = ""
		}
		name = string(rs[:maxName-len([]rune(ext))]) + ext
	}
	if name == "" {
		name = "unnamed"
	}
	return name
}
