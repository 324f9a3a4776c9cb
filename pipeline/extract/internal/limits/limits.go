// Package limits holds the bounds of one document that all readers share. Real documents are far below them; a file
// beyond them is reported as too large, or read up to the bound.
//
// They bound what a hostile file costs together with the limits of the confined process (memory, time), which end a
// reader that exceeds these bounds by a mistake of its own. docs/reading.md names them for submitters.
package limits

const (
	// File is the maximum size of one file, in bytes.
	File = 200 << 20
	// Archive is the maximum size of one archive that holds a whole dossier, in bytes.
	Archive = 1 << 30
	// Text is the maximum amount of text of one document, in bytes of UTF-8.
	Text = 16 << 20
	// Pages is the maximum number of pages, slides or parts of one document.
	Pages = 5000
	// Part is the maximum size of one unpacked part of an office file, or of one PDF stream, in bytes.
	Part = 64 << 20
)
