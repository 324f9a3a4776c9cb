package handover

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"kheo/pipeline/campaign"
)

// Bounds of an archive.
const (
	MaxArchive   = 1<<32 - 1<<20 // bytes: a zip without extensions
	maxFiles     = 60000
	maxManifest  = 32 << 20
	maxDirectory = 32 << 20 // bytes of the directory of the zip
	maxName      = 1000     // bytes
)

// Names of the first two entries of an archive.
const (
	manifestName  = "handover.json"
	signatureName = "handover.sig"
)

// Faults is what is wrong with an archive: one sentence each, which begins with the file that it is about.
type Faults []string

// Error implements error.
func (f Faults) Error() string {
	const most = 20
	if len(f) > most {
		return strings.Join(f[:most], "\n") + fmt.Sprintf("\nand %d more", len(f)-most)
	}
	return strings.Join(f, "\n")
}

// source opens a file that goes into an archive.
type source func() (io.ReadCloser, error)

// packed is one file that goes into an archive.
type packed struct {
	File
	open source
}

// pack writes an archive, and returns its SHA-256. The same content and key make the same bytes.
func pack(out io.Writer, key ed25519.PrivateKey, m *Manifest, files []packed) (string, error) {
	m.Format, m.Key, m.Files = format, campaign.KeyText(key.Public().(ed25519.PublicKey)), nil
	size := int64(0)
	for _, f := range files {
		m.Files = append(m.Files, f.File)
		size += f.Size + int64(len(f.Name))*2 + 200
	}
	b, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return "", err
	}
	if size+int64(len(b)) > MaxArchive || len(files) > maxFiles || len(b) > maxManifest {
		return "", fmt.Errorf("the list and its dossiers are too much for one archive: %d files, %d MB; at most %d "+
			"files, %d MB", len(files), size>>20, maxFiles, int64(MaxArchive)>>20)
	}
	h := sha256.New()
	z := zip.NewWriter(io.MultiWriter(out, h))
	put := func(name string, r io.Reader) (int64, string, error) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return 0, "", err
		}
		sum := sha256.New()
		n, err := io.Copy(io.MultiWriter(w, sum), r)
		return n, hex.EncodeToString(sum.Sum(nil)), err
	}
	if _, _, err := put(manifestName, bytes.NewReader(b)); err != nil {
		return "", err
	}
	if _, _, err := put(signatureName, bytes.NewReader(ed25519.Sign(key, b))); err != nil {
		return "", err
	}
	for _, f := range files {
		r, err := f.open()
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.Name, err)
		}
		n, sum, err := put(f.Name, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return "", fmt.Errorf("%s: %w", f.Name, err)
		}
		if n != f.Size || sum != f.SHA256 {
			return "", fmt.Errorf("%s is damaged in the records: `kheo check --store` says more", f.Name)
		}
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Archive is an archive whose signature and structure were checked. Its files are checked by Verify.
type Archive struct {
	Manifest Manifest
	SHA256   string // of the archive
	files    map[string]*zip.File
	closer   io.Closer
}

// Open opens an archive and checks its structure and its signature, by the key that it names: whether that key is
// trusted is for the caller to say. The error is a Faults if the file is not an archive as kheo makes it.
func Open(name string) (*Archive, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	a, err := open(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	a.closer = f
	return a, nil
}

// Close closes the archive.
func (a *Archive) Close() error { return a.closer.Close() }

// open is Open for an open file.
func open(f *os.File) (*Archive, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size := info.Size()
	if !info.Mode().IsRegular() || size > MaxArchive {
		return nil, Faults{fmt.Sprintf("the file is no archive, or larger than %d MB", int64(MaxArchive)>>20)}
	}
	if err := checkDirectory(f, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, Faults{"the file is not a zip that can be read: " + err.Error()}
	}
	a := &Archive{files: map[string]*zip.File{}}
	if faults := a.index(z.File, size); len(faults) > 0 {
		return nil, faults
	}
	if err := a.readManifest(); err != nil {
		return nil, err
	}
	if faults := a.compare(); len(faults) > 0 {
		return nil, faults
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, size)); err != nil {
		return nil, err
	}
	a.SHA256 = hex.EncodeToString(h.Sum(nil))
	return a, nil
}

// checkDirectory bounds the directory of a zip before it is read, since each of its entries takes memory.
func checkDirectory(r io.ReaderAt, size int64) error {
	const length = 22 // of the end of a directory without a comment
	not := Faults{"the file is not an archive of kheo: it has no end, or was packed by another program"}
	if size < length {
		return not
	}
	b := make([]byte, length)
	if _, err := r.ReadAt(b, size-length); err != nil {
		return err
	}
	bytes, at := int64(binary.LittleEndian.Uint32(b[12:])), int64(binary.LittleEndian.Uint32(b[16:]))
	if !strings.HasPrefix(string(b), "PK\x05\x06") || at+bytes != size-length {
		return not
	}
	if bytes > maxDirectory {
		return Faults{fmt.Sprintf("the directory of the archive has %d bytes; at most %d are read", bytes,
			maxDirectory)}
	}
	return nil
}

// index checks each entry of the zip, and keeps it under its name.
func (a *Archive) index(list []*zip.File, size int64) (faults Faults) {
	if len(list) > maxFiles+2 {
		return Faults{fmt.Sprintf("the archive has %d files; at most %d are read", len(list), maxFiles)}
	}
	sum := uint64(0)
	for _, f := range list {
		sum += min(f.UncompressedSize64, 1<<40)
		switch {
		case !plainName(f.Name):
			faults = append(faults, fmt.Sprintf("%.200q: this is no name of a file within an archive", f.Name))
		case a.files[f.Name] != nil:
			faults = append(faults, fmt.Sprintf("%s: it is there twice", f.Name))
		case f.Method != zip.Store || f.Flags&1 != 0 || f.CompressedSize64 != f.UncompressedSize64:
			faults = append(faults, f.Name+": it is compressed or encrypted, which kheo does not do: another program "+
				"has packed it")
		case !f.Mode().IsRegular():
			faults = append(faults, f.Name+": it is a link or a folder, and no file")
		default:
			a.files[f.Name] = f
		}
	}
	if sum > uint64(size) {
		faults = append(faults, "the files of the archive overlap: together they are larger than it is")
	}
	return faults
}

// plainName reports whether a name is a path that stays within a folder on every system.
func plainName(name string) bool {
	return len(name) <= maxName && fs.ValidPath(name) && name != "." && norm.NFC.String(name) == name &&
		!strings.ContainsAny(name, "\\:\x00") &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// readManifest reads handover.json, and checks its signature.
func (a *Archive) readManifest() error {
	b, err := a.small(manifestName, maxManifest)
	if err != nil {
		return err
	}
	sig, err := a.small(signatureName, ed25519.SignatureSize)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&a.Manifest); err != nil {
		return Faults{manifestName + ": it cannot be read, or a newer kheo wrote it: " + err.Error()}
	}
	m := &a.Manifest
	key, err := campaign.ParseKey(m.Key)
	switch {
	case m.Format != format:
		return Faults{fmt.Sprintf("%s: its form %.40q is not known here; a newer kheo may read it", manifestName,
			m.Format)}
	case err != nil:
		return Faults{manifestName + ": " + err.Error()}
	case !ed25519.Verify(key, b, sig):
		return Faults{manifestName + ": the signature is not that of the key that it names: it was altered after it " +
			"was signed"}
	}
	return nil
}

// small reads a file of at most limit bytes.
func (a *Archive) small(name string, limit int64) ([]byte, error) {
	f := a.files[name]
	if f == nil {
		return nil, Faults{name + ": it is missing"}
	}
	if f.UncompressedSize64 > uint64(limit) {
		return nil, Faults{fmt.Sprintf("%s: it has more than %d bytes", name, limit)}
	}
	r, err := f.Open()
	if err != nil {
		return nil, Faults{name + ": " + err.Error()}
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, Faults{name + ": " + err.Error()}
	}
	return b, nil
}

// compare checks that the archive has exactly the files that its signed list names.
func (a *Archive) compare() (faults Faults) {
	named := map[string]bool{manifestName: true, signatureName: true}
	for _, f := range a.Manifest.Files {
		switch z := a.files[f.Name]; {
		case named[f.Name] || !plainName(f.Name):
			faults = append(faults, fmt.Sprintf("%.200q: the list of files names it twice, or it is no name of a file",
				f.Name))
		case z == nil:
			faults = append(faults, f.Name+": it is missing")
		case f.Size < 0 || z.UncompressedSize64 != uint64(f.Size):
			faults = append(faults, fmt.Sprintf("%s: it has %d bytes, and not %d", f.Name, z.UncompressedSize64,
				f.Size))
		}
		named[f.Name] = true
	}
	for name := range a.files {
		if !named[name] {
			faults = append(faults, name+": the signed list does not name it: it was added later")
		}
	}
	return faults
}

// Verify checks every file of the archive against the signed list. The error is a Faults with one sentence for each.
func (a *Archive) Verify(ctx context.Context) error {
	var faults Faults
	for _, f := range a.Manifest.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.copy(f, io.Discard); err != nil {
			faults = append(faults, err.Error())
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// copy copies a file of the archive, and returns an error if it is not what was signed.
func (a *Archive) copy(f File, out io.Writer) error {
	z := a.files[f.Name]
	if z == nil {
		return fmt.Errorf("%s: it is missing", f.Name)
	}
	r, err := z.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	defer r.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), io.LimitReader(r, f.Size+1))
	switch {
	case err != nil && !errors.Is(err, zip.ErrChecksum):
		return fmt.Errorf("%s: %w", f.Name, err)
	case err != nil || n != f.Size || hex.EncodeToString(h.Sum(nil)) != f.SHA256:
		return fmt.Errorf("%s: it was altered: it is not what was signed", f.Name)
	}
	return nil
}

// filesOf returns the files of a dossier in the archive, with their names within the dossier.
func (a *Archive) filesOf(id string) (out []File) {
	under := path.Join("dossiers", id) + "/"
	for _, f := range a.Manifest.Files {
		if strings.HasPrefix(f.Name, under) {
			out = append(out, f)
		}
	}
	return out
}

// idRE matches the ids of dossiers, as package intake makes them.
var idRE = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,99}$`)

// safeID reports whether an id of a dossier can be a folder of an archive.
func safeID(id string) bool { return idRE.MatchString(id) }
