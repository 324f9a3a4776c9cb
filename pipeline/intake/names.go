package intake

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/text/language"
)

// ReceiptSuffix ends the names of receipts.
const ReceiptSuffix = ".receipt.txt"

// junk reports whether a name is that of an operating system file that says nothing about a dossier.
func junk(name string) bool {
	low := strings.ToLower(name)
	return strings.HasPrefix(low, "._") ||
		slices.Contains([]string{"thumbs.db", "desktop.ini", "__macosx", ".ds_store"}, low)
}

// partial are the endings of files that are still being copied or downloaded.
var partial = []string{".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp"}

// Skipped reports whether intake leaves a name alone: a receipt, a file that is still being copied, a
// hidden file, or one of an editor or operating system.
func Skipped(name string) bool {
	low := strings.ToLower(name)
	if strings.HasPrefix(low, ".") || strings.HasPrefix(low, "~$") || junk(name) ||
		strings.HasSuffix(low, ReceiptSuffix) {
		return true
	}
	return slices.ContainsFunc(partial, func(end string) bool { return strings.HasSuffix(low, end) })
}

// DossierName returns the name of the dossier of an entry.
func DossierName(entry string) string {
	return norm.NFC.String(strings.TrimSuffix(entry, archiveSuffix(entry)))
}

// ID returns a dossier's id: its name without diacritics, and five letters of a hash that distinguish
// names which then read alike. It depends on the name alone.
func ID(entry string) string {
	name := DossierName(entry)
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r == ' ':
			return '-'
		}
		return -1
	}, language.Fold(name))
	// At most 48 letters, cut between words if that leaves a readable name.
	if len(slug) > 48 {
		slug = slug[:48]
		if i := strings.LastIndexByte(slug, '-'); i > 24 {
			slug = slug[:i]
		}
	}
	if slug = strings.Trim(slug, "-"); slug == "" {
		slug = "dossier"
	}
	return slug + "-" + shortHash(name)[:5]
}

// shortHash returns 80 bits of a name's SHA-256 as letters and digits.
func shortHash(name string) string {
	sum := sha256.Sum256([]byte(name))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
}

// randomName returns a name that cannot be guessed.
func randomName() string { return strings.ToLower(rand.Text()[:16]) }

// maxTitle is the maximum length, in bytes, of an entry's name made from a title: its receipt must still
// have a name that file systems accept.
const maxTitle = 180

// TitleName returns the name in the inbox of what a unit delivers under a title. It reads like the
// title. If the title has characters that a file name cannot have, its hash is added, so that two titles
// never get the same name: "20/10" and "20-10" are two dossiers.
func TitleName(unit, title string) string {
	title = strings.Join(strings.Fields(norm.NFC.String(title)), " ")
	safe := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\:|`, r):
			return '-'
		case strings.ContainsRune(`*?"<>`, r), r == utf8.RuneError:
			return '_'
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, title)
	safe = strings.Trim(strings.Join(strings.Fields(safe), " "), ". ")
	// The hash is of the title as it was given: two titles that read alike in safe form keep different names.
	name := unit + " " + safe
	if safe != title || safe == "" || len(name) > maxTitle || archiveSuffix(name) != "" || Skipped(name) {
		name = cut(name, maxTitle-12)
		name = strings.TrimRight(name, ". ") + " (" + shortHash(title)[:8] + ")"
	}
	return name
}

// cut returns the beginning of a text: whole characters, at most max bytes.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}

// receiptName returns the name of an entry's receipt, shortened if a file system would refuse it.
func receiptName(entry string) string {
	const maxEntry = 255 - len(ReceiptSuffix) // 255 bytes is the limit of most file systems
	if len(entry) <= maxEntry {
		return entry + ReceiptSuffix
	}
	return cut(entry, maxEntry-11) + "~" + shortHash(entry)[:10] + ReceiptSuffix
}

// Receipts returns the paths of the receipts of all entries of a dossier, by the dossier's name.
func Receipts(inbox, name string) (out []string, err error) {
	in, err := openDir(inbox)
	if err != nil {
		return nil, err
	}
	defer in.close()
	list, err := in.names(maxEntries)
	for _, e := range list {
		entry, is := strings.CutSuffix(e, ReceiptSuffix)
		if !is || name == "" {
			continue
		}
		if DossierName(entry) == name || isReceiptOf(e, name) {
			out = append(out, filepath.Join(inbox, e))
		}
	}
	slices.Sort(out)
	return out, err
}

// isReceiptOf reports whether a shortened name is that of a receipt of a dossier.
func isReceiptOf(receipt, dossier string) bool {
	// The shortened name has a hash of the full one, whose form depends on the system that delivered it.
	for _, form := range []norm.Form{norm.NFC, norm.NFD} {
		for _, end := range append([]string{""}, archives...) {
			if receipt == receiptName(form.String(dossier)+end) {
				return true
			}
		}
	}
	return false
}

// archives are the endings of entries that are unpacked.
var archives = []string{".zip", ".7z", ".rar"}

// archiveSuffix returns the ending of an archive's name as it is written; "" for other names.
func archiveSuffix(name string) string {
	for _, end := range archives {
		if n := len(name) - len(end); n > 0 && strings.EqualFold(name[n:], end) {
			return name[n:]
		}
	}
	return ""
}
