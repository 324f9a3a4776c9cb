package extract

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/requests"
	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"kheo/internal/text/language"
)

// View is a page as people look at it.
type View struct {
	JPEG   []byte `json:"jpeg,omitempty"`
	Width  int    `json:"width"` // pixels
	Height int    `json:"height"`
	Full   int    `json:"full"`            // how wide it was before it was made smaller
	Words  []Word `json:"words,omitempty"` // of a PDF that has text, in the image's pixels
	Pages  int    `json:"pages"`           // of the file
	Error  string `json:"error,omitempty"`
}

// viewDPI is the resolution of the images that people look at.
const viewDPI = 110

// levelBit asks for a page as OCR saw it: turned, and its lines made level.
const levelBit = 4

// View renders a page (from 1) of a PDF or an image file in colour. Where scanned is not nil
// the page is shown as OCR saw it, and its words are those that OCR read.
func (p *Pool) View(ctx context.Context, data []byte, page int, scanned *OCRPage) (View, error) {
	var v View
	turn := 0
	if scanned != nil {
		turn = scanned.Turn | levelBit
	}
	why, err := p.ask(ctx, request{what: askView, page: page, turn: turn, data: bytes.NewReader(data), size: len(data)}, &v, nil)
	if why != "" {
		v = View{Error: why}
	}
	if scanned != nil && v.Error == "" {
		v.Words = nil
		by := float64(v.Width) / float64(max(1, v.Full)) // what the words were measured in is larger
		for _, w := range scanned.Words {
			v.Words = append(v.Words, Word{Text: w.Text, X: int(float64(w.X) * by), Y: int(float64(w.Y) * by), W: int(math.Ceil(float64(w.W) * by)), H: int(math.Ceil(float64(w.H) * by))})
		}
	}
	return v, err
}

// guardedView renders in the child.
func guardedView(data []byte, page, turn int) (v View) {
	defer func() {
		if p := recover(); p != nil {
			v = View{Error: fmt.Sprint(p)}
		}
	}()
	v, err := view(data, page, turn)
	if err != nil {
		return View{Error: err.Error()}
	}
	return v
}

func view(data []byte, page, turn int) (v View, err error) {
	var img image.Image
	v.Pages = 1
	if Sniff(data) == typePDF && turn&levelBit == 0 {
		doc, err := theirs.open(data)
		if err != nil {
			return v, err
		}
		defer doc.close()
		if page < 1 || page > doc.n {
			return v, fmt.Errorf("there is no page %d", page)
		}
		if img, err = doc.colour(page-1, viewDPI); err != nil {
			return v, err
		}
		v.Pages, v.Words = doc.n, doc.words(page-1, img.Bounds().Dx(), img.Bounds().Dy())
	} else {
		if img, _, err = pageImage(data, page); err != nil {
			return v, err
		}
		if turn&levelBit != 0 {
			img = turned(img, turn&3)
			clean, _ := withoutInk(img)
			img = levelledColour(img, printed(clean).skew())
		}
		v.Full = img.Bounds().Dx()
		img = scaled(img, float64(viewDPI)/ocrDPI)
	}
	v.Width, v.Height = img.Bounds().Dx(), img.Bounds().Dy()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, onWhite(img), &jpeg.Options{Quality: 70}); err != nil {
		return v, err
	}
	v.JPEG = b.Bytes()
	return v, nil
}

// onWhite is an image on white paper.
func onWhite(img image.Image) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Over)
	return out
}

// levelledColour is levelled for images in colour.
func levelledColour(img image.Image, degrees float64) image.Image {
	if math.Abs(degrees) < 0.15 {
		return img
	}
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Transform(out, levelling(b, degrees), img, b, draw.Over, nil)
	return out
}

// levelling turns a rectangle to the left by some degrees around its middle.
func levelling(b image.Rectangle, degrees float64) f64.Aff3 {
	sin, cos := math.Sincos(-degrees * math.Pi / 180)
	cx, cy := float64(b.Dx())/2, float64(b.Dy())/2
	return f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy}
}

// mostViewed is how many characters of a page are placed.
const mostViewed = 20_000

// words places the words of a page on an image of it; what cannot be placed is left out.
func (d *theirDoc) words(i, width, height int) (out []Word) {
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
	at := requests.Page{ByReference: &page.Page}
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
		p, err := d.inst.FPDF_PageToDevice(&requests.FPDF_PageToDevice{Page: at, SizeX: width, SizeY: height, PageX: x, PageY: y})
		if err != nil {
			return 0, 0, err
		}
		return p.DeviceX, p.DeviceY, nil
	}
	var word strings.Builder
	var box rect
	flush := func() {
		if word.Len() == 0 {
			return
		}
		x0, y0, err1 := place(box.x0, box.y0)
		x1, y1, err2 := place(box.x1, box.y1)
		if errors.Join(err1, err2) == nil {
			r := image.Rect(x0, y0, x1, y1)
			out = append(out, Word{Text: word.String(), X: r.Min.X, Y: r.Min.Y, W: r.Dx(), H: r.Dy()})
		}
		word.Reset()
	}
	for k := range min(n.Count, mostViewed) {
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
			box = here
		} else {
			box = rect{min(box.x0, here.x0), min(box.y0, here.y0), max(box.x1, here.x1), max(box.y1, here.y1)}
		}
		word.WriteRune(r)
	}
	flush()
	return out
}

// Mark is a place on a view, in its pixels.
type Mark struct{ X, Y, W, H int }

// Marks finds where a quote stands on a view: the boxes of its words. Spaces, signs and
// diacritics need not agree, since readers of documents differ in them. Words are tried in the
// order in which the document has them, and then in that in which they stand on the page:
// programs write letters of another font, and stamps, behind all the rest.
func (v *View) Marks(quote string) []Mark {
	want := plainLetters(quote)
	if want == "" {
		return nil
	}
	if out := marksIn(v.Words, want); out != nil {
		return out
	}
	return marksIn(asTheyStand(v.Words), want)
}

// asTheyStand sorts words into lines, and from left to right in each.
func asTheyStand(words []Word) []Word {
	out := slices.Clone(words)
	slices.SortStableFunc(out, func(a, b Word) int { return cmp.Compare(a.Y+a.H, b.Y+b.H) })
	for from := 0; from < len(out); {
		to := from + 1
		for to < len(out) && out[to].Y+out[to].H/2 < out[from].Y+out[from].H { // its middle is above the line's foot
			to++
		}
		slices.SortStableFunc(out[from:to], func(a, b Word) int { return cmp.Compare(a.X, b.X) })
		from = to
	}
	return out
}

func marksIn(words []Word, want string) []Mark {
	var all strings.Builder
	starts := make([]int, len(words)+1)
	for i, w := range words {
		starts[i] = all.Len()
		all.WriteString(plainLetters(w.Text))
	}
	starts[len(words)] = all.Len()
	var out []Mark
	at := strings.Index(all.String(), want)
	if at < 0 {
		return nil
	}
	for i, w := range words {
		if starts[i+1] > at && starts[i] < at+len(want) && starts[i+1] > starts[i] {
			m := Mark{w.X, w.Y, w.W, w.H}
			if n := len(out); n > 0 && abs(out[n-1].Y+out[n-1].H-m.Y-m.H) < max(m.H, out[n-1].H)/2+1 && m.X >= out[n-1].X && m.X-(out[n-1].X+out[n-1].W) < 3*max(m.H, out[n-1].H) { // one mark a line
				last := &out[n-1]
				bottom := max(last.Y+last.H, m.Y+m.H)
				last.Y, last.W = min(last.Y, m.Y), max(last.X+last.W, m.X+m.W)-last.X
				last.H = bottom - last.Y
				continue
			}
			out = append(out, m)
		}
	}
	return out
}

func abs(n int) int { return max(n, -n) }

// plainLetters are the letters and digits of a text, without diacritics.
func plainLetters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, language.Fold(text))
}
