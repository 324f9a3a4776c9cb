package pdfpages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"kheo/pipeline/extract/internal/limits"
)

// pdfiumReader is PDFium, compiled to WebAssembly, inside the reading child. It has no files and no
// network. WebAssembly memory only grows, so an instance is replaced after some documents.
type pdfiumReader struct {
	pool   pdfium.Pool
	inst   pdfium.Pdfium
	served int
}

// perInstance is the maximum number of documents that one instance reads.
const perInstance = 40

// maxWASM is the memory of an instance, in bytes, above which it is replaced before the next document.
const maxWASM = 96 << 20

// largePDF is the size, in bytes, from which a file is not copied for its readers.
const largePDF = 32 << 20

// engine is the child's PDFium; nil if it could not be started.
var engine *pdfiumReader

// CacheDir returns the folder where compiled WebAssembly is kept, so that starting a child takes a
// moment and not seconds.
func CacheDir() string {
	base, err := os.UserCacheDir()
	if err != nil {
		base = filepath.Join(os.TempDir(), fmt.Sprint("kheo-", os.Getuid()))
	}
	return filepath.Join(base, "kheo", "wasm")
}

// StartPDFium compiles PDFium, or loads what was compiled before into dir. It is called before the child
// confines itself, and before it has seen any foreign byte.
func StartPDFium(dir string) error {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(5120) // 320 MB
	if dir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(dir); err == nil {
			config = config.WithCompilationCache(cache)
		}
	}
	pool, err := webassembly.Init(webassembly.Config{
		Context: withWASMMemory(context.Background()), MinIdle: 0, MaxIdle: 1, MaxTotal: 1,
		FSConfig: wazero.NewFSConfig(), RuntimeConfig: config, Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return fmt.Errorf("starting PDFium: %w", err)
	}
	engine = &pdfiumReader{pool: pool}
	return nil
}

// instance returns a working instance.
func (r *pdfiumReader) instance() (pdfium.Pdfium, error) {
	if r.inst != nil && r.served < perInstance && wasmUsed < maxWASM {
		r.served++
		return r.inst, nil
	}
	r.drop()
	inst, err := r.pool.GetInstance(20 * time.Second)
	if err != nil {
		return nil, err
	}
	r.inst, r.served = inst, 1
	return inst, nil
}

// drop closes the instance; after a trap it may be in any state.
func (r *pdfiumReader) drop() {
	if r.inst != nil {
		r.inst.Close()
		r.inst = nil
	}
}

// openDoc is a PDF that PDFium has open.
type openDoc struct {
	r     *pdfiumReader
	inst  pdfium.Pdfium
	doc   references.FPDF_DOCUMENT
	n     int                 // pages
	shots map[int]*image.Gray // rendered pages; nil for one that cannot be rendered
}

// open opens a PDF. The reader has one open at a time; the caller closes it.
func (r *pdfiumReader) open(data []byte) (*openDoc, error) {
	if r == nil {
		return nil, errors.New("PDFium is not there")
	}
	inst, err := r.instance()
	if err != nil {
		return nil, err
	}
	ask := requests.OpenDocument{File: &data}
	if len(data) > largePDF {
		ask = requests.OpenDocument{FileReader: bytes.NewReader(data), FileReaderSize: int64(len(data))}
	}
	doc, err := inst.OpenDocument(&ask)
	if err != nil {
		if errors.Is(err, pdfiumerrors.ErrPassword) {
			return nil, ErrProtected
		}
		return nil, err
	}
	n, err := inst.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: doc.Document})
	if err != nil {
		r.drop()
		return nil, err
	}
	return &openDoc{r: r, inst: inst, doc: doc.Document, n: min(n.PageCount, limits.Pages),
		shots: map[int]*image.Gray{}}, nil
}

// close releases the document; of an instance that fails to, none is used again.
func (d *openDoc) close() {
	if d == nil {
		return
	}
	if _, err := d.inst.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: d.doc}); err != nil {
		d.r.drop()
	}
}

// pages reads the text of every page, up to limits.Text bytes.
func (d *openDoc) pages() (out []pdfPage, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
		if err != nil {
			d.r.drop()
		}
	}()
	total := 0
	for i := range d.n {
		p := pdfiumPage(d.inst, d.doc, i)
		if total += len(p.text); total > limits.Text {
			break
		}
		out = append(out, p)
	}
	return out, nil
}

// gray renders page i (from 0) in shades of gray.
func (d *openDoc) gray(i, dpi int) (img *image.Gray, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("rendering: %v", p)
		}
	}()
	err = d.render(i, dpi, requests.RenderImageFormatGrayscale, func(out image.Image) error {
		g, ok := out.(*image.Gray)
		if !ok {
			return errors.New("rendering gave no gray image")
		}
		c := *g
		c.Pix = bytes.Clone(g.Pix)
		img = &c
		return nil
	})
	return img, err
}

// render renders page i and passes the image to use, which may not keep it. The resolution is lowered
// for pages with more than maxRendered.
func (d *openDoc) render(i, dpi int, format requests.RenderImageFormat, use func(image.Image) error) error {
	return d.renderAt(requests.Page{ByIndex: &requests.PageByIndex{Document: d.doc, Index: i}}, dpi, format, use)
}

// dpiOf returns the resolution at which a page of a size in points is rendered: dpi, or less for a page that
// would have more than maxRendered.
func dpiOf(size *responses.GetPageSize, dpi int) int {
	for dpi > 20 && size.Width/72*float64(dpi)*size.Height/72*float64(dpi) > maxRendered {
		dpi = dpi * 3 / 4
	}
	return dpi
}

// renderAt renders a page as render does.
func (d *openDoc) renderAt(at requests.Page, dpi int, format requests.RenderImageFormat,
	use func(image.Image) error) error {
	size, err := d.inst.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil {
		return err
	}
	dpi = dpiOf(size, dpi)
	out, err := d.inst.RenderPageInDPI(&requests.RenderPageInDPI{Page: at, DPI: dpi, ImageFormat: format,
		RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT})
	if err != nil {
		return err
	}
	defer out.Cleanup()
	return use(out.Result.RenderedImage)
}

// maxRendered is the maximum size of a rendered page: A3 at 300 dpi has 17 million.
const maxRendered = 24e6

// look implements the type look on rendered pages of 72 dpi; a page is rendered once, and at most 200 are.
func (d *openDoc) look(page int, shown rect, turn int, box rect) (shade, bool) {
	img, ok := d.shots[page]
	if !ok {
		if len(d.shots) < 200 {
			img, _ = d.gray(page, 72)
		}
		d.shots[page] = img
	}
	if img == nil {
		return shade{}, false
	}
	width := shown.x1 - shown.x0
	if turn%2 == 1 {
		width = shown.y1 - shown.y0
	}
	scale := float64(img.Rect.Dx()) / width
	p, q := shown.place(point{box.x0, box.y0}, turn), shown.place(point{box.x1, box.y1}, turn)
	r := corners(p.x*scale, p.y*scale, q.x*scale, q.y*scale)
	var counts [256]int
	all := 0
	for y := max(0, int(r.y0)); y <= int(r.y1) && y < img.Rect.Dy(); y++ {
		line := img.Pix[y*img.Stride:]
		for x := max(0, int(r.x0)); x <= int(r.x1) && x < img.Rect.Dx(); x++ {
			counts[line[x]]++
			all++
		}
	}
	if all == 0 {
		return shade{}, false
	}
	return shadeOf(&counts), true
}

// shadeOf returns the extremes of a histogram of gray values, and the value around which most of it is.
func shadeOf(counts *[256]int) shade {
	dark, light, ground, most := -1, 0, 0, -1
	for v, n := range counts {
		if n > 0 {
			if dark < 0 {
				dark = v
			}
			light = v
		}
		near := 0
		for k := max(0, v-8); k <= min(255, v+8); k++ {
			near += counts[k]
		}
		if near > most || near == most && n > counts[ground] {
			ground, most = v, near
		}
	}
	return shade{float64(dark) / 255, float64(light) / 255, float64(ground) / 255}
}

// pdfiumPage reads page i (from 0).
func pdfiumPage(inst pdfium.Pdfium, doc references.FPDF_DOCUMENT, i int) (out pdfPage) {
	page, err := inst.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: doc, Index: i})
	if err != nil {
		return pdfPage{err: err}
	}
	defer inst.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: page.Page})
	defer func() { out.notes = pdfiumNotes(inst, page.Page) }()
	text, err := inst.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: requests.Page{ByReference: &page.Page}})
	if err != nil {
		return pdfPage{err: err}
	}
	defer inst.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage})
	n, err := inst.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text.TextPage})
	if err != nil || n.Count <= 0 {
		return pdfPage{err: err}
	}
	s, err := inst.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: text.TextPage, Count: min(n.Count,
		limits.Text/4)})
	if err != nil {
		return pdfPage{err: err}
	}
	return pdfPage{text: s.Text, marks: true}
}

// pdfiumNotes returns what form fields and annotations say, a line each.
func pdfiumNotes(inst pdfium.Pdfium, ref references.FPDF_PAGE) string {
	page := requests.Page{ByReference: &ref}
	n, err := inst.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: page})
	if err != nil {
		return ""
	}
	var out []string
	for i := range min(n.Count, 2000) {
		if s := pdfiumNote(inst, page, i); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n")
}

// pdfiumNote returns what one annotation says; "" if it is hidden or of another kind.
func pdfiumNote(inst pdfium.Pdfium, page requests.Page, i int) string {
	a, err := inst.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: page, Index: i})
	if err != nil {
		return ""
	}
	defer inst.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: a.Annotation})
	kind, err := inst.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: a.Annotation})
	if err != nil {
		return ""
	}
	flags, err := inst.FPDFAnnot_GetFlags(&requests.FPDFAnnot_GetFlags{Annotation: a.Annotation})
	if err != nil || flags.Flags&(1|2|32) != 0 { // invisible, hidden, not shown
		return ""
	}
	key := "Contents"
	switch kind.Subtype {
	case enums.FPDF_ANNOT_SUBTYPE_WIDGET:
		key = "V"
	case enums.FPDF_ANNOT_SUBTYPE_TEXT, enums.FPDF_ANNOT_SUBTYPE_FREETEXT, enums.FPDF_ANNOT_SUBTYPE_STAMP:
	default:
		return ""
	}
	v, err := inst.FPDFAnnot_GetStringValue(&requests.FPDFAnnot_GetStringValue{Annotation: a.Annotation,
		Key: key})
	if err != nil || v.Value == "Off" {
		return ""
	}
	return v.Value
}

// attachments takes out the files that the document carries.
func (d *openDoc) attachments() (out []Attachment) {
	defer func() {
		if recover() != nil {
			d.r.drop()
		}
	}()
	n, err := d.inst.FPDFDoc_GetAttachmentCount(&requests.FPDFDoc_GetAttachmentCount{Document: d.doc})
	if err != nil || n.AttachmentCount == 0 || n.AttachmentCount > 500 {
		return nil
	}
	all, err := d.inst.GetAttachments(&requests.GetAttachments{Document: d.doc})
	if err != nil {
		return nil
	}
	for _, a := range all.Attachments {
		out = append(out, Attachment{a.Name, a.Content})
	}
	return out
}

// Render renders a page (from 1) in colour.
func Render(data []byte, page, dpi int) (image.Image, error) {
	doc, err := engine.open(data)
	if err != nil {
		return nil, err
	}
	defer doc.close()
	if page < 1 || page > doc.n {
		return nil, fmt.Errorf("there is no page %d", page)
	}
	return doc.colour(page-1, dpi)
}

// colour renders page i (from 0) in colour.
func (d *openDoc) colour(i, dpi int) (image.Image, error) {
	return d.colourAt(requests.Page{ByIndex: &requests.PageByIndex{Document: d.doc, Index: i}}, dpi)
}

// colourAt renders a page in colour.
func (d *openDoc) colourAt(at requests.Page, dpi int) (*image.RGBA, error) {
	var c image.RGBA
	err := d.renderAt(at, dpi, "", func(img image.Image) error {
		src, ok := img.(*image.RGBA)
		if !ok {
			return errors.New("rendering gave no image")
		}
		c = *src
		c.Pix = bytes.Clone(src.Pix)
		return nil
	})
	return &c, err
}

// Word is a word placed on an image, in pixels from the top left.
type Word struct {
	Text string
	Box  image.Rectangle
}

// Shown is a page of a PDF as an image, with its words; Pages is the number of pages of the file.
type Shown struct {
	Image image.Image
	Words []Word
	Pages int
}

// Show renders a page (from 1) with its words.
func Show(data []byte, page, dpi int) (v Shown, err error) {
	doc, err := engine.open(data)
	if err != nil {
		return v, err
	}
	defer doc.close()
	if page < 1 || page > doc.n {
		return v, fmt.Errorf("there is no page %d", page)
	}
	if v.Image, err = doc.colour(page-1, dpi); err != nil {
		return v, err
	}
	v.Pages, v.Words = doc.n, doc.words(page-1, v.Image.Bounds().Dx(), v.Image.Bounds().Dy())
	return v, nil
}

// maxPlaced is the maximum number of characters of a page that are placed.
const maxPlaced = 20_000

// words returns the words of page i placed on an image of it with a width and height in pixels. What
// cannot be placed is left out.
func (d *openDoc) words(i, width, height int) (out []Word) {
	defer func() {
		if recover() != nil {
			d.r.drop()
		}
	}()
	page, err := d.inst.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: d.doc, Index: i})
	if err != nil {
		return nil
	}
	defer d.inst.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: page.Page})
	return d.wordsAt(requests.Page{ByReference: &page.Page}, width, height)
}

// wordsAt returns the words of a loaded page, as words does.
func (d *openDoc) wordsAt(at requests.Page, width, height int) (out []Word) {
	text, err := d.inst.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: at})
	if err != nil {
		return nil
	}
	defer d.inst.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage})
	n, err := d.inst.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text.TextPage})
	if err != nil {
		return nil
	}
	place := func(x, y float64) (px, py int, err error) {
		p, err := d.inst.FPDF_PageToDevice(&requests.FPDF_PageToDevice{Page: at, SizeX: width, SizeY: height,
			PageX: x, PageY: y})
		if err != nil {
			return 0, 0, err
		}
		return p.DeviceX, p.DeviceY, nil
	}
	var word strings.Builder
	var box rect
	var first, last int // characters of the word
	flush := func() {
		if word.Len() == 0 {
			return
		}
		if box.y1-box.y0 < flatWord {
			box = d.looseBox(text.TextPage, first, last, box)
		}
		x0, y0, err1 := place(box.x0, box.y0)
		x1, y1, err2 := place(box.x1, box.y1)
		if errors.Join(err1, err2) == nil {
			out = append(out, Word{Text: word.String(), Box: image.Rect(x0, y0, x1, y1)})
		}
		word.Reset()
	}
	for k := range min(n.Count, maxPlaced) {
		c, err := d.inst.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: text.TextPage, Index: k})
		if err != nil {
			return out
		}
		r := rune(c.Unicode)
		if r == 0 || unicode.IsSpace(r) || unicode.IsControl(r) {
			flush()
			continue
		}
		b, err := d.inst.FPDFText_GetCharBox(&requests.FPDFText_GetCharBox{TextPage: text.TextPage, Index: k})
		if err != nil {
			continue
		}
		here := rect{min(b.Left, b.Right), min(b.Bottom, b.Top), max(b.Left, b.Right), max(b.Bottom, b.Top)}
		if word.Len() == 0 {
			box, first = here, k
		} else {
			box = box.union(here)
		}
		word.WriteRune(r)
		last = k
	}
	flush()
	return out
}

// flatWord is the height in points below which the outlines of a word's letters say nothing: some fonts state
// none.
const flatWord = 1.5

// looseBox returns the box of characters first to last by the height of their font instead of their outlines;
// box if it is not known.
func (d *openDoc) looseBox(page references.FPDF_TEXTPAGE, first, last int, box rect) rect {
	for k := first; k <= last; k++ {
		b, err := d.inst.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: page, Index: k})
		if err != nil {
			return box
		}
		f := b.Rect
		box = box.union(corners(float64(f.Left), float64(f.Bottom), float64(f.Right), float64(f.Top)))
	}
	return box
}
