// Package corefonts has the widths of the glyphs of the standard fonts, which a PDF may use without stating them.
//
// The reader of PDF files needs widths to tell spaces between words from those between letters. Only codes 32 to 126
// are here. The figures are Adobe's, see widths.
package corefonts

import "strings"

// widths has the glyph widths of four standard fonts, which a PDF may use without stating them, for the
// codes 32 to 126, in thousandths of the size. They are the WX values of Adobe's Core 14 AFM files
// Helvetica.afm, Helvetica-Bold.afm, Times-Roman.afm and Times-Bold.afm, brought into the form of a table.
// Adobe's notice for these files:
//
// Copyright (c) 1985, 1987, 1989, 1990, 1991, 1992, 1993, 1997 Adobe Systems Incorporated. All Rights
// Reserved. This file and the 14 PostScript(R) AFM files it accompanies may be used, copied, and distributed
// for any purpose and without charge, with or without modification, provided that all copyright notices are
// retained; that the AFM files are not distributed without this file; that all modifications to this file or
// any of the AFM files are prominently noted in the modified file(s); and that this paragraph is not
// modified. Adobe Systems has no responsibility or obligation to support the use of the AFM files.
var widths = map[string][95]uint16{
	"helvetica": {278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
		556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
		1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,
		611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
		333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278,
		556, 500, 722, 500, 500, 500, 334, 260, 334, 584},
	"helvetica-bold": {278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556,
		556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
		975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611,
		722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
		333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333,
		611, 556, 778, 556, 556, 500, 389, 280, 389, 584},
	"times": {250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
		500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444,
		921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611,
		722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500,
		333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 333, 389, 278,
		500, 500, 722, 500, 500, 444, 480, 200, 480, 541},
	"times-bold": {250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500,
		500, 500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500,
		930, 722, 667, 722, 722, 667, 611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667,
		722, 722, 1000, 722, 722, 667, 333, 278, 333, 581, 500,
		333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556, 278, 833, 556, 500, 556, 556, 444, 389, 333,
		556, 500, 722, 500, 500, 444, 394, 220, 394, 520},
}

// Widths returns the widths of the codes 32 to 126, in thousandths of the size, of the standard font with a
// name, or of the most similar one. Of fonts of one width it returns that as fixed, and no table.
func Widths(name string) (table []uint16, fixed uint16) {
	name = strings.ToLower(name)
	if strings.Contains(name, "courier") || strings.Contains(name, "mono") {
		return nil, 600
	}
	key := "helvetica"
	if strings.Contains(name, "times") || strings.Contains(name, "serif") && !strings.Contains(name, "sans") ||
		strings.Contains(name, "roman") {
		key = "times"
	}
	if strings.Contains(name, "bold") || strings.Contains(name, "black") {
		key += "-bold"
	}
	w := widths[key]
	return w[:], 0
}
