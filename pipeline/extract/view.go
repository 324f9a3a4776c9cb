package extract

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"kheo/internal/text/language"
	"kheo/pipeline/extract/internal/pdfpages"
	"kheo/pipeline/extract/internal/scan"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/image/draw"
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
		shown, err := pdfpages.Show(data, page, viewDPI)
		if err != nil {
			return v, err
		}
		img, v.Pages = shown.Image, shown.Pages
		for _, w := range shown.Words {
			v.Words = append(v.Words, Word{Text: w.Text, X: w.Box.Min.X, Y: w.Box.Min.Y, W: w.Box.Dx(), H: w.Box.Dy()})
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

// onWhite is an image on white paper.
func onWhite(img image.Image) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Over)
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
