package images

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	scale "golang.org/x/image/draw"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/extract"
)

// Sheet is the image of a page of a document with the places of passages on it.
type Sheet struct {
	*extract.View
	Number  int            // of the image, from 1
	Marks   []extract.Mark // of the passages that are asked about
	Pale    []extract.Mark // of other passages, which are marked less
	Printed bool           // LibreOffice made the pages, whose numbers are not those of the text
}

// maxTried is how many printed pages are searched for a passage. Each must be rendered for it, which takes
// longer than all the rest of a page.
const maxTried = 8

// SheetOf returns the image of a page with the places of quotes on it; nil if the document cannot be shown as
// one. Documents that LibreOffice prints have page numbers of their own: asked is the image that a person
// wants to see, and if it is 0 it is the first one with a quote.
func (s *Viewer) SheetOf(
	q *page.Request, doc *dossier.Document, number, asked int, quotes []string,
) (*Sheet, error) {
	out := &Sheet{Number: number, Printed: !extract.Viewable(doc.Type)}
	if out.Printed && asked > 0 {
		out.Number = asked
	}
	v, err := s.ViewOf(q, doc, out.Number)
	if err != nil || v == nil {
		return nil, err
	}
	out.View, out.Marks = v, marksOf(v, quotes)
	if !out.Printed || asked > 0 {
		return out, nil
	}
	for next := 1; len(out.Marks) == 0 && next <= min(v.Pages, maxTried); next++ {
		other, err := s.ViewOf(q, doc, next)
		if err != nil {
			return nil, err
		}
		if other == nil {
			continue
		}
		if marks := marksOf(other, quotes); len(marks) > 0 {
			out.View, out.Number, out.Marks = other, next, marks
		}
	}
	return out, nil
}

// PageOf returns the image of a page as SheetOf does for the chosen passages, or for the others if none is chosen,
// with the others marked less.
func (s *Viewer) PageOf(
	q *page.Request, doc *dossier.Document, number, asked int, chosen, others []string,
) (*Sheet, error) {
	sought := chosen
	if len(sought) == 0 {
		sought = others
	}
	out, err := s.SheetOf(q, doc, number, asked, sought)
	if err != nil || out == nil {
		return nil, err
	}
	if out.Pale = marksOf(out.View, others); len(chosen) == 0 {
		out.Marks = nil
	}
	return out, nil
}

// marksOf returns the places of quotes on an image. Quotes that are not found there have none.
func marksOf(v *extract.View, quotes []string) (out []extract.Mark) {
	for _, quote := range quotes {
		out = append(out, v.Marks(quote)...)
	}
	return out
}

// Around returns the part of an image that shows its marks with what surrounds them, as the viewBox of an
// SVG: the whole width, and about as much height. Without marks it is the whole image.
func (s *Sheet) Around() [4]int {
	whole := [4]int{0, 0, s.Width, s.Height}
	if len(s.Marks) == 0 {
		return whole
	}
	top, bottom := s.Height, 0
	for _, m := range s.Marks {
		top, bottom = min(top, m.Y), max(bottom, m.Y+m.H)
	}
	height := max(s.Width*2/3, bottom-top+s.Width/8)
	if height >= s.Height {
		return whole
	}
	y := min(max(0, (top+bottom-height)/2), s.Height-height)
	return [4]int{0, y, s.Width, height}
}

// maxClipPixels bounds the images of which a part is cut out, so that no image that a reader made takes too
// much memory.
const maxClipPixels = 40_000_000

// Colours of marked passages: the fill and the edge of the passage that is asked about, and the fill of others.
var (
	markFill = image.NewUniform(color.NRGBA{0xff, 0xd5, 0x4a, 0x61})
	markEdge = image.NewUniform(color.NRGBA{0xb8, 0x86, 0x0b, 0xff})
	paleFill = image.NewUniform(color.NRGBA{0xff, 0xd5, 0x4a, 0x30})
)

// Clip returns the part of the image that Around names as a JPEG, with the marks drawn on it.
func (s *Sheet) Clip() ([]byte, error) {
	box := s.Around()
	return s.drawn(image.Rect(box[0], box[1], box[0]+box[2], box[1]+box[3]))
}

// Whole returns the whole image as a JPEG with its marks, which is the image as it is if it has none.
func (s *Sheet) Whole() ([]byte, error) {
	if len(s.Marks)+len(s.Pale) == 0 {
		return s.JPEG, nil
	}
	return s.drawn(image.Rect(0, 0, s.Width, s.Height))
}

// thumbWidth is the width of thumbnails in pixels: twice that at which they are shown, for dense screens.
const thumbWidth = 144

// Thumb returns a thumbnail of an image as a JPEG, without marks.
func Thumb(v *extract.View) ([]byte, error) {
	img, err := decoded(v)
	if err != nil {
		return nil, err
	}
	out := image.NewRGBA(image.Rect(0, 0, thumbWidth, max(1, min(4*thumbWidth, v.Height*thumbWidth/max(1, v.Width)))))
	scale.ApproxBiLinear.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return encoded(out)
}

// decoded returns the pixels of an image that a reader made, if they are as many as it says and not too many.
func decoded(v *extract.View) (image.Image, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(v.JPEG))
	if err == nil && (c.Width != v.Width || c.Height != v.Height || c.Width*c.Height > maxClipPixels) {
		err = fmt.Errorf("an image of %d by %d pixels, where %d by %d was expected", c.Width, c.Height,
			v.Width, v.Height)
	}
	if err != nil {
		return nil, err
	}
	return jpeg.Decode(bytes.NewReader(v.JPEG))
}

// encoded returns an image as a JPEG.
func encoded(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: clipQuality}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// drawn returns a part of the image as a JPEG, with the marks on it.
func (s *Sheet) drawn(part image.Rectangle) ([]byte, error) {
	img, err := decoded(s.View)
	if err != nil {
		return nil, err
	}
	out := image.NewRGBA(part)
	draw.Draw(out, part, img, part.Min, draw.Src)
	for _, m := range s.Pale {
		draw.Draw(out, image.Rect(m.X, m.Y, m.X+m.W, m.Y+m.H), paleFill, image.Point{}, draw.Over)
	}
	for _, m := range s.Marks {
		r := image.Rect(m.X, m.Y, m.X+m.W, m.Y+m.H).Inset(-2)
		draw.Draw(out, r, markFill, image.Point{}, draw.Over)
		for _, edge := range []image.Rectangle{
			image.Rect(r.Min.X, r.Min.Y, r.Max.X, r.Min.Y+2),
			image.Rect(r.Min.X, r.Max.Y-2, r.Max.X, r.Max.Y),
			image.Rect(r.Min.X, r.Min.Y, r.Min.X+2, r.Max.Y),
			image.Rect(r.Max.X-2, r.Min.Y, r.Max.X, r.Max.Y),
		} {
			draw.Draw(out, edge, markEdge, image.Point{}, draw.Over)
		}
	}
	return encoded(out)
}

// clipQuality is the quality of clips over 1 to 100: their letters must be as sharp as those of the page.
const clipQuality = 80
