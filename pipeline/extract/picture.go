package extract

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"
	"image/jpeg"
	_ "image/jpeg"
	"image/png"
	"math"
	"slices"
	"strings"
	"unicode"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"kheo/internal/text/language"
	"kheo/pipeline/extract/internal/pdfpages"
	"kheo/pipeline/extract/internal/scan"
)

// ocrDPI is the resolution at which pages are rendered for OCR. At 200 dpi tesseract reads Vietnamese
// 13-point text without a mistake; 150 dpi loses some diacritics, 300 dpi takes a third longer and gains
// nothing.
const ocrDPI = 200

// Picture is a page as an image for OCR: gray, and upright as far as the file says.
type Picture struct {
	PNG      []byte `json:"png,omitempty"`
	Plain    []byte `json:"plain,omitempty"` // set if the page has coloured ink: the same with the ink kept
	Blank    bool   `json:"blank,omitempty"` // nothing is printed on it
	Error    string `json:"error,omitempty"`
	Sideways bool   `json:"sideways,omitempty"` // without a turn only: its lines run up or down
	// without a turn only: it seems upside down, or would if turned to the right
	HeadDown bool `json:"head_down,omitempty"`
	// degrees by which it was turned to the right to level its lines
	Skew  float64 `json:"skew,omitempty"`
	Scale float64 `json:"scale"` // pixels per point; 0 for an image file
}

// guardedPicture renders a page for OCR, in the child: upright, level, and without coloured ink, such as
// stamps over text. A page that lies on its side is not rendered, but asked for again with a turn.
func guardedPicture(data []byte, page, turn int) (pic Picture) {
	defer func() {
		if p := recover(); p != nil {
			pic = Picture{Error: fmt.Sprint(p)}
		}
	}()
	img, scale, err := pageImage(data, page)
	if err != nil {
		return Picture{Error: err.Error()}
	}
	img = scan.Turned(img, turn)
	clean, coloured := scan.WithoutInk(img)
	pic = Picture{Scale: scale}
	if scan.Blank(clean) {
		pic.Blank = true
		return pic
	}
	dots := scan.PrintOf(clean)
	if turn == 0 { // which way it lies
		pic.Sideways = dots.Sideways()
		upright := dots
		if pic.Sideways {
			upright = dots.Turned()
		}
		pic.Skew = upright.Skew()
		pic.HeadDown = upright.HeadDown(pic.Skew)
		if pic.Sideways {
			return pic // it is asked for again, turned
		}
	} else {
		pic.Skew = dots.Skew()
	}
	if pic.PNG, err = encode(scan.Levelled(clean, pic.Skew)); err == nil && coloured {
		pic.Plain, err = encode(scan.Levelled(scan.PlainGray(img), pic.Skew))
	}
	if err != nil {
		return Picture{Error: err.Error()}
	}
	return pic
}

// encode writes an image as PNG, as fast as can be: it only goes to the parent and to tesseract.
func encode(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img)
	return b.Bytes(), err
}

// pageImage returns a page (from 1) of a PDF, or of an image file, as an image. scale is in pixels per
// point; 0 for an image file.
func pageImage(data []byte, page int) (img image.Image, scale float64, err error) {
	if Sniff(data) == typePDF {
		img, err = pdfpages.Render(data, page, ocrDPI)
		return img, ocrDPI / 72.0, err
	}
	img, err = scan.Decode(data, page)
	return img, 0, err
}

// Picture renders one page (from 1) of a PDF or an image file, turned by quarter turns to the right. Its
// Error is set if the page cannot be rendered; the error is for problems of the machine.
func (p *Pool) Picture(ctx context.Context, data []byte, page, turn int) (Picture, error) {
	var pic Picture
	why, err := p.ask(ctx, request{what: askPicture, page: page, turn: turn, data: bytes.NewReader(data),
		size: len(data)}, &pic, nil)
	if why != "" {
		pic = Picture{Error: why}
	}
	return pic, err
}

// View is a page as people look at it, with the words on it so that quotes can be marked.
type View struct {
	JPEG   []byte `json:"jpeg,omitempty"`
	Width  int    `json:"width"` // pixels
	Height int    `json:"height"`
	Full   int    `json:"full"`            // width before it was made smaller, in pixels; 0 if it was not
	Words  []Word `json:"words,omitempty"` // of a PDF with text, in the image's pixels
	Pages  int    `json:"pages"`           // of the file
	Error  string `json:"error,omitempty"`
}

// viewDPI is the resolution of the images that people look at.
const viewDPI = 110

// levelBit asks for a page as OCR saw it: turned, and with its lines levelled.
const levelBit = 4

// guardedView renders a page for people, in the child.
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

// view renders a page; turn is quarter turns and levelBit. A PDF is shown as it is, scans as OCR saw them,
// so that the words of OCR are in their places.
func view(data []byte, page, turn int) (v View, err error) {
	var img image.Image
	v.Pages = 1
	if Sniff(data) == typePDF && turn&levelBit == 0 {
		shown, err := pdfpages.Show(data, page, viewDPI)
		if err != nil {
			return v, err
		}
		img, v.Pages = shown.Image, shown.Pages
		for _, w := range shown.Words {
			v.Words = append(v.Words, Word{Text: w.Text, X: w.Box.Min.X, Y: w.Box.Min.Y, W: w.Box.Dx(),
				H: w.Box.Dy()})
		}
	} else {
		if img, _, err = pageImage(data, page); err != nil {
			return v, err
		}
		if turn&levelBit != 0 {
			img = scan.Turned(img, turn&3)
			clean, _ := scan.WithoutInk(img)
			img = scan.LevelledColour(img, scan.PrintOf(clean).Skew())
		}
		v.Full = img.Bounds().Dx()
		img = scan.Scaled(img, float64(viewDPI)/ocrDPI)
	}
	v.Width, v.Height = img.Bounds().Dx(), img.Bounds().Dy()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, onWhite(img), &jpeg.Options{Quality: 70}); err != nil {
		return v, err
	}
	v.JPEG = b.Bytes()
	return v, nil
}

// onWhite returns an image on white paper.
func onWhite(img image.Image) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Over)
	return out
}

// Mark is a rectangle on a view, in its pixels.
type Mark struct{ X, Y, W, H int }

// Marks returns where a quote is on a view: one rectangle per line; nil if it is not found. Spaces,
// signs and diacritics need not agree, because readers of documents differ in them. Words are tried in
// the order of the document, and then in that of the page: programs write letters of another font, and
// stamps, after everything else.
func (v *View) Marks(quote string) []Mark {
	want := plainLetters(quote)
	if want == "" {
		return nil
	}
	if out := marksIn(v.Words, want); out != nil {
		return out
	}
	return marksIn(inPageOrder(v.Words), want)
}

// inPageOrder sorts words into lines, and from left to right in each. It leaves out those without a letter:
// a full stop alone is too low for its line, which it would end.
func inPageOrder(words []Word) []Word {
	out := slices.DeleteFunc(slices.Clone(words), func(w Word) bool { return plainLetters(w.Text) == "" })
	slices.SortStableFunc(out, func(a, b Word) int { return cmp.Compare(a.Y+a.H, b.Y+b.H) })
	for from := 0; from < len(out); {
		to := from + 1
		// its middle is above the line's foot
		for to < len(out) && out[to].Y+out[to].H/2 < out[from].Y+out[from].H {
			to++
		}
		slices.SortStableFunc(out[from:to], func(a, b Word) int { return cmp.Compare(a.X, b.X) })
		from = to
	}
	return out
}

// marksIn returns the boxes of the words that contain want, joined on each line; nil if they do not contain
// it. Words are on one line if their feet differ by less than half their height and the gap is less than
// three times that.
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
			// one mark a line
			if n := len(out); n > 0 && abs(out[n-1].Y+out[n-1].H-m.Y-m.H) < max(m.H, out[n-1].H)/2+1 &&
				m.X >= out[n-1].X && m.X-(out[n-1].X+out[n-1].W) < 3*max(m.H, out[n-1].H) {
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

// abs returns the absolute value of n.
func abs(n int) int { return max(n, -n) }

// plainLetters returns the letters and digits of a text, without diacritics.
func plainLetters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, language.Fold(text))
}

// View renders a page (from 1) of a PDF or an image file in colour. If scanned is not nil, the page is
// shown as OCR saw it and its words are those that OCR read.
func (p *Pool) View(ctx context.Context, data []byte, page int, scanned *OCRPage) (View, error) {
	var v View
	turn := 0
	if scanned != nil {
		turn = scanned.Turn | levelBit
	}
	why, err := p.ask(ctx, request{what: askView, page: page, turn: turn, data: bytes.NewReader(data),
		size: len(data)}, &v, nil)
	if why != "" {
		v = View{Error: why}
	}
	if scanned != nil && v.Error == "" {
		v.Words = nil
		by := float64(v.Width) / float64(max(1, v.Full)) // what the words were measured in is larger
		for _, w := range scanned.Words {
			v.Words = append(v.Words, Word{Text: w.Text, X: int(float64(w.X) * by), Y: int(float64(w.Y) * by),
				W: int(math.Ceil(float64(w.W) * by)), H: int(math.Ceil(float64(w.H) * by))})
		}
	}
	return v, err
}
