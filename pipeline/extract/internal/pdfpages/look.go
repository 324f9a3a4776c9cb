package pdfpages

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"
)

// This file looks at the words of rendered pages: whether there is something of them to be seen. A page is
// rendered as it is, and once more without its text. If the two do not differ, the text cannot be seen,
// whatever the reason is: a picture in front of it, a layer that is off, a colour like the ground's, a
// clipping path.

// Renderer names what Looked renders pages with: PDFium in the version of its module, and the way of looking.
const Renderer = "pdfium (go-pdfium v1.21.4), look 2"

// Bounds of looking at a page.
const (
	lookDPI     = 96
	maxObjects  = 40_000 // of a page, including those inside form objects
	maxNesting  = 12     // of form objects
	minContrast = 40     // of 255: between letters and their ground, and between the page with and without them
	minPixels   = 2      // of a word that must differ
)

// ErrNoRenderer is returned if PDFium could not be started.
var ErrNoRenderer = errors.New("PDFium is not there")

// Looked is a PDF whose pages are looked at.
type Looked struct{ doc *openDoc }

// OpenLooked opens a PDF; the caller closes it, before another one is opened.
func OpenLooked(data []byte) (*Looked, error) {
	if engine == nil {
		return nil, ErrNoRenderer
	}
	doc, err := engine.open(data)
	if err != nil {
		return nil, err
	}
	return &Looked{doc}, nil
}

// Close closes the file.
func (l *Looked) Close() { l.doc.close() }

// Pages is the number of pages.
func (l *Looked) Pages() int { return l.doc.n }

// Ink is what is to be seen in the box of a word.
type Ink int

// Kinds of ink.
const (
	NoInk    Ink = iota // one colour
	OtherInk            // something that is there without the text, too: a picture in front of it, or a scan behind it
	TextInk             // the text
)

// Page gives the words of a page (from 1) to choose. If it returns true, the page is rendered, and what is
// to be seen of each word is returned.
func (l *Looked) Page(page int, choose func([]Word) bool) (seen []Ink, err error) {
	d := l.doc
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("rendering: %v", p)
		}
		if err != nil {
			d.r.drop()
		}
	}()
	if page < 1 || page > d.n {
		return nil, nil
	}
	at, err := d.flattened(page)
	if err != nil {
		return nil, err
	}
	defer d.inst.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: *at.ByReference})
	size, err := d.inst.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil {
		return nil, err
	}
	scale := float64(dpiOf(size, lookDPI)) / 72
	words := d.wordsAt(at, int(math.Ceil(size.Width*scale)), int(math.Ceil(size.Height*scale)))
	if !choose(words) {
		return nil, nil
	}
	with, err := d.colourAt(at, lookDPI)
	if err != nil {
		return nil, err
	}
	if err := d.withoutText(at); err != nil {
		return nil, err
	}
	without, err := d.colourAt(at, lookDPI)
	if err != nil {
		return nil, err
	}
	seen = make([]Ink, len(words))
	for i, w := range words {
		seen[i] = inkIn(with, without, w.Box)
	}
	for _, i := range overprinted(words) {
		seen[i] = min(seen[i], OtherInk)
	}
	return seen, nil
}

// flattened loads a page (from 1) with its form fields and annotations drawn into it, so that their words
// are among those of the page, and covered by and covering what they are in front of. The file stays as it
// is.
func (d *openDoc) flattened(page int) (at requests.Page, err error) {
	load := func() error {
		loaded, err := d.inst.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: d.doc, Index: page - 1})
		if err == nil {
			at = requests.Page{ByReference: &loaded.Page}
		}
		return err
	}
	if err := load(); err != nil {
		return at, err
	}
	done, err := d.inst.FPDFPage_Flatten(&requests.FPDFPage_Flatten{
		Page: at, Usage: requests.FPDFPage_FlattenUsageNormalDisplay})
	if err != nil || done.Result != responses.FPDFPage_FlattenResultSuccess {
		return at, nil // it has none, or they are drawn over the page as they are
	}
	d.inst.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: *at.ByReference})
	return at, load()
}

// fillers are characters that text is written over on purpose: the lines of forms.
const fillers = "_.…-–—·‥"

// overprinted returns the words, by index, that other text is printed over or under: nothing says which of
// the two a person can read. The same text twice in a place is bold.
func overprinted(words []Word) (out []int) {
	order := make([]int, len(words))
	tallest := 0
	for i := range order {
		order[i] = i
		tallest = max(tallest, words[i].Box.Dy())
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(words[a].Box.Min.Y, words[b].Box.Min.Y) })
	for k, i := range order {
		box := words[i].Box
		area := box.Dx() * box.Dy()
		covers := func(j int) bool {
			both := box.Intersect(words[j].Box)
			return j != i && 2*both.Dx()*both.Dy() > area && words[j].Text != words[i].Text &&
				strings.Trim(words[j].Text, fillers) != ""
		}
		near := false
		for n := k + 1; n < len(order) && !near && words[order[n]].Box.Min.Y < box.Max.Y; n++ {
			near = covers(order[n])
		}
		for n := k - 1; n >= 0 && !near && words[order[n]].Box.Min.Y+tallest > box.Min.Y; n-- {
			near = covers(order[n])
		}
		if near {
			out = append(out, i)
		}
	}
	return out
}

// withoutText takes the text objects out of a loaded page. The file stays as it is.
func (d *openDoc) withoutText(at requests.Page) error {
	n, err := d.inst.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: at})
	if err != nil {
		return err
	}
	left := maxObjects
	for i := range n.Count {
		o, err := d.inst.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: at, Index: i})
		if err != nil {
			return err
		}
		if err := d.hideText(o.PageObject, maxNesting, &left); err != nil {
			return err
		}
	}
	return nil
}

// hideText takes an object out of its page if it is text, or the text inside it.
func (d *openDoc) hideText(o references.FPDF_PAGEOBJECT, depth int, left *int) error {
	if *left--; *left < 0 || depth == 0 {
		return errors.New("a page with too many objects")
	}
	kind, err := d.inst.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: o})
	if err != nil {
		return err
	}
	switch kind.Type {
	case enums.FPDF_PAGEOBJ_TEXT:
		_, err := d.inst.FPDFPageObj_SetIsActive(&requests.FPDFPageObj_SetIsActive{PageObject: o, Active: false})
		return err
	case enums.FPDF_PAGEOBJ_FORM:
		n, err := d.inst.FPDFFormObj_CountObjects(&requests.FPDFFormObj_CountObjects{PageObject: o})
		if err != nil {
			return err
		}
		for i := range n.Count {
			inner, err := d.inst.FPDFFormObj_GetObject(&requests.FPDFFormObj_GetObject{PageObject: o, Index: uint64(i)})
			if err != nil {
				return err
			}
			if err := d.hideText(inner.PageObject, depth-1, left); err != nil {
				return err
			}
		}
	}
	return nil
}

// inkIn returns what a person sees in a box: of the text, if it looks different without it.
func inkIn(with, without *image.RGBA, box image.Rectangle) Ink {
	if box.Dx() < 2 {
		box.Max.X = box.Min.X + 2
	}
	if box.Dy() < 2 {
		box.Max.Y = box.Min.Y + 2
	}
	box = box.Intersect(with.Rect).Intersect(without.Rect)
	differ := 0
	low, high := [3]int{255, 255, 255}, [3]int{}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			a, b := paper(with, x, y), paper(without, x, y)
			changed := 0
			for k := range 3 {
				low[k], high[k] = min(low[k], a[k]), max(high[k], a[k])
				changed = max(changed, a[k]-b[k], b[k]-a[k])
			}
			if changed >= minContrast {
				differ++
			}
		}
	}
	switch contrast := max(high[0]-low[0], high[1]-low[1], high[2]-low[2]); {
	case contrast < minContrast:
		return NoInk
	case differ < minPixels:
		return OtherInk
	}
	return TextInk
}

// paper returns the colour of a pixel on white paper.
func paper(img *image.RGBA, x, y int) (c [3]int) {
	p := img.Pix[img.PixOffset(x, y):]
	for k := range 3 {
		c[k] = int(p[k]) + 255 - int(p[3])
	}
	return c
}
