package word

import (
	"maps"

	"kheo/pipeline/extract/internal/parts"
)

// elements maps the elements that are more than a property to what their beginning does. What it notes in
// the frame counts until the end of the element. It is filled by init, since some of them find others
// through it.
var elements map[string]func(*walker, *parts.Element, *frame)

// endings maps elements to what their end does.
var endings map[string]func(*walker, *frame)

// init fills elements and endings. Elements of shapes and of form controls are added from maps of their own; a name
// that two vocabularies share, such as group, gets a function that finds out which of them is meant.
func init() {
	elements = map[string]func(*walker, *parts.Element, *frame){
		"del": beginDeleted, "moveFrom": beginDeleted, "delText": leaveOut, "delInstrText": leaveOut,
		"rPrChange": beginFormer, "pPrChange": beginFormer, "tblPrChange": beginFormer, "tcPrChange": beginFormer,
		"trPrChange": beginFormer, "sectPrChange": beginFormer,
		"Choice": alternative, "Fallback": alternative,
		"p": beginParagraph, "r": beginRun, "t": beginText,
		"tab": tabElement, "ptab": tabElement, "br": lineBreak, "cr": lineBreak, "noBreakHyphen": hyphen,
		"sym": symbolElement,
		"tbl": beginTable, "tr": beginRow, "tc": beginCell, "tblHeader": headerRow, "trHeight": rowHeight,
		"gridSpan": cellProperty, "vMerge": cellProperty, "hMerge": cellProperty,
		"tblStyle": tableStyle, "tblLook": tableLook, "tblpPr": tablePlace,
		"cellDel": deletedCell, "left": cellMargin, "right": cellMargin, "start": cellMargin, "end": cellMargin,
		"txbxContent": beginBox,
		"sdt":         beginControl, "sdtContent": controlContent,
		"fldChar": fieldChar, "fldSimple": simpleField,
		"footnoteReference": noteReference, "endnoteReference": noteReference,
		"footnote": beginNote, "endnote": beginNote,
		"headerReference": marginReference, "footerReference": marginReference, "titlePg": titlePage,
		"altChunk": importChunk,
		"anchor":   beginDrawing, "inline": beginDrawing,
		"shape": vmlShape, "rect": vmlShape, "roundrect": vmlShape, "oval": vmlShape, "textbox": vmlShape,
		"wsp": beginShape,
	}
	maps.Copy(elements, shapeElements)
	maps.Copy(elements, geometryElements)
	maps.Copy(elements, formElements)
	control := elements["group"] // of w:sdtPr; that of VML has the same name
	elements["group"] = func(w *walker, e *parts.Element, f *frame) {
		if e.Space == vmlSpace {
			vmlGroup(w, e, f)
		} else {
			control(w, e, f)
		}
	}
	endings = map[string]func(*walker, *frame){
		"p": endParagraph, "r": endRun, "tbl": endTable, "tr": endRow, "tc": endCell,
		"rPrChange": endFormer, "pPrChange": endFormer, "tblPrChange": endFormer, "tcPrChange": endFormer,
		"trPrChange": endFormer, "sectPrChange": endFormer,
		"txbxContent": func(w *walker, _ *frame) { w.endBox() }, "sdt": endControl, "wsp": endShape,
		"sectPr": endSection, "anchor": endAnchor,
	}
}

// leaveOut leaves out what is in an element.
func leaveOut(_ *walker, _ *parts.Element, f *frame) { f.skip = 1 }

// beginFormer and endFormer enclose the properties that something had before a tracked change (17.13.5):
// nothing in them counts.
func beginFormer(w *walker, _ *parts.Element, _ *frame) { w.former++ }
func endFormer(w *walker, _ *frame)                     { w.former-- }

// beginRun and endRun enclose a run, which starts without properties of its own.
func beginRun(w *walker, _ *parts.Element, _ *frame) { w.run, w.inRun = run{}, true }
func endRun(w *walker, _ *frame)                     { w.run, w.inRun = run{}, false }

// hyphen adds a hyphen at which no line is broken.
func hyphen(w *walker, _ *parts.Element, _ *frame) { w.put("-") }

// simpleField reads a field in one element (17.16.19): its content is its result.
func simpleField(_ *walker, e *parts.Element, f *frame) {
	simple := field{}
	simple.code.WriteString(parts.Attr(e.StartElement, "instr"))
	if resultless[simple.kind()] {
		f.hide = 1
	}
}

// titlePage notes that the first page of the open section has headers and footers of its own (17.10.6).
func titlePage(w *walker, e *parts.Element, _ *frame) {
	if toggleOf(e.StartElement) != on || w.former > 0 {
		return
	}
	for i := w.section; i < len(w.margins); i++ {
		w.margins[i].titlePage = true
	}
}
