package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"
	_ "image/jpeg"
	"image/png"
	"slices"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/requests"
)

// ocrDPI is the resolution at which pages are rendered for OCR. At 200 dpi
// tesseract reads Vietnamese 13-point text without a mistake; 150 dpi loses the
// odd diacritic, 300 dpi takes a third longer and gains nothing.
const ocrDPI = 200

// Picture is a page as an image for OCR: gray, upright as far as the file says.
type Picture struct {
	PNG   []byte  `json:"png,omitempty"`
	Plain []byte  `json:"plain,omitempty"` // where the page has coloured ink: the same with the ink kept
	Blank bool    `json:"blank,omitempty"` // there is nothing on it
	Error string  `json:"error,omitempty"`
	Scale float64 `json:"scale"` // pixels in a point of the page; 0 where the page is an image itself
}

// Picture renders one page (from 1) of a PDF or an image file, turned by quarter
// turns to the right. A page that can't be rendered has its Error set.
func (p *Pool) Picture(ctx context.Context, data []byte, page, turn int) (Picture, error) {
	var pic Picture
	why, err := p.ask(ctx, request{what: askPicture, page: page, turn: turn, data: bytes.NewReader(data), size: len(data)}, &pic, nil)
	if why != "" {
		pic = Picture{Error: why}
	}
	return pic, err
}

// guardedPicture renders in the child.
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
	img = turned(img, turn)
	clean, coloured := withoutInk(img)
	pic = Picture{Scale: scale}
	if blank(clean) {
		pic.Blank = true
		return pic
	}
	if pic.PNG, err = encode(clean); err == nil && coloured {
		pic.Plain, err = encode(plainGray(img))
	}
	if err != nil {
		return Picture{Error: err.Error()}
	}
	return pic
}

func encode(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img)
	return b.Bytes(), err
}

// pageImage gets a page of a PDF, or an image file, as an image.
func pageImage(data []byte, page int) (image.Image, float64, error) {
	if Sniff(data) == typePDF {
		img, err := renderPDF(data, page)
		return img, ocrDPI / 72.0, err
	}
	if at := tiffPages(data); page > 1 && page <= len(at) {
		data = bytes.Clone(data) // the page asked for becomes the first
		tiffOrder(data).PutUint32(data[4:], at[page-1])
	} else if page > 1 {
		return nil, 0, fmt.Errorf("there is no page %d", page)
	}
	conf, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, 0, err
	}
	if conf.Width <= 0 || conf.Height <= 0 || conf.Width > 30_000 || conf.Height > 30_000 || conf.Width*conf.Height > 80e6 {
		return nil, 0, fmt.Errorf("an image of %d × %d pixels is too large", conf.Width, conf.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, 0, err
	}
	img = turned(img, exifTurns(data))
	// A page at 200 dpi has 3.9 million pixels; photos have more and gain nothing.
	if b := img.Bounds(); float64(b.Dx())*float64(b.Dy()) > 9e6 {
		w := b.Dx() * 3000 / max(b.Dx(), b.Dy())
		h := b.Dy() * 3000 / max(b.Dx(), b.Dy())
		small := image.NewRGBA(image.Rect(0, 0, max(1, w), max(1, h)))
		draw.ApproxBiLinear.Scale(small, small.Bounds(), img, b, draw.Src, nil)
		img = small
	} else if max(b.Dx(), b.Dy()) < 1400 && min(b.Dx(), b.Dy()) > 20 { // a small scan reads better at twice its size
		big := image.NewRGBA(image.Rect(0, 0, 2*b.Dx(), 2*b.Dy()))
		draw.CatmullRom.Scale(big, big.Bounds(), img, b, draw.Src, nil)
		img = big
	}
	return img, 0, nil
}

func renderPDF(data []byte, page int) (image.Image, error) {
	doc, err := theirs.open(data)
	if err != nil {
		return nil, err
	}
	defer doc.close()
	if page < 1 || page > doc.n {
		return nil, fmt.Errorf("there is no page %d", page)
	}
	return doc.colour(page-1, ocrDPI)
}

// colour renders a page.
func (d *theirDoc) colour(i, dpi int) (image.Image, error) {
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: d.doc, Index: i}}
	size, err := d.inst.GetPageSize(&requests.GetPageSize{Page: at})
	if err != nil {
		return nil, err
	}
	for dpi > 20 && size.Width/72*float64(dpi)*size.Height/72*float64(dpi) > mostPixels {
		dpi = dpi * 3 / 4
	}
	out, err := d.inst.RenderPageInDPI(&requests.RenderPageInDPI{Page: at, DPI: dpi, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT})
	if err != nil {
		return nil, err
	}
	defer out.Cleanup()
	src, ok := out.Result.RenderedImage.(*image.RGBA)
	if !ok {
		return nil, errors.New("rendering gave no image")
	}
	c := *src
	c.Pix = bytes.Clone(src.Pix)
	return &c, nil
}

// withoutInk makes an image gray by the lightest of its colours: black print
// stays black, red stamps and blue signatures over it fade. It reports whether
// there was coloured ink.
func withoutInk(img image.Image) (*image.Gray, bool) {
	b := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	ink := 0
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl := rgbAt(img, b.Min.X+x, b.Min.Y+y)
			most, least := max(r, g, bl), min(r, g, bl)
			if most-least > 60 {
				ink++
			}
			out.Pix[y*out.Stride+x] = most
		}
	}
	return out, ink*1000 > b.Dx()*b.Dy()
}

// blank reports whether an image has hardly anything on it that could be print.
func blank(img *image.Gray) bool {
	var count [256]int
	for _, v := range img.Pix {
		count[v]++
	}
	usual := 0 // the paper
	for v := range count {
		if count[v] > count[usual] {
			usual = v
		}
	}
	other := 0
	for v, n := range count {
		if v < usual-60 || v > usual+60 {
			other += n
		}
	}
	return other*20_000 < len(img.Pix)
}

func rgbAt(img image.Image, x, y int) (r, g, b uint8) {
	switch m := img.(type) {
	case *image.RGBA:
		i := m.PixOffset(x, y)
		a := m.Pix[i+3]
		if a == 255 {
			return m.Pix[i], m.Pix[i+1], m.Pix[i+2]
		}
	case *image.Gray:
		v := m.GrayAt(x, y).Y
		return v, v, v
	case *image.YCbCr:
		c := m.YCbCrAt(x, y)
		return color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
	}
	cr, cg, cb, ca := img.At(x, y).RGBA()
	white := 0xffff - ca // on white paper
	return uint8((cr + white) >> 8), uint8((cg + white) >> 8), uint8((cb + white) >> 8)
}

func plainGray(img image.Image) *image.Gray {
	b := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl := rgbAt(img, b.Min.X+x, b.Min.Y+y)
			out.Pix[y*out.Stride+x] = uint8((299*int(r) + 587*int(g) + 114*int(bl)) / 1000)
		}
	}
	return out
}

// turned turns an image by quarter turns to the right.
func turned(img image.Image, turns int) image.Image {
	turns &= 3
	if turns == 0 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if turns%2 == 1 {
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl := rgbAt(img, b.Min.X+x, b.Min.Y+y)
			nx, ny := b.Dy()-1-y, x
			switch turns {
			case 2:
				nx, ny = b.Dx()-1-x, b.Dy()-1-y
			case 3:
				nx, ny = y, b.Dx()-1-x
			}
			i := out.PixOffset(nx, ny)
			out.Pix[i], out.Pix[i+1], out.Pix[i+2], out.Pix[i+3] = r, g, bl, 255
		}
	}
	return out
}

// exifTurns reads how a camera was held, from a JPEG's EXIF data: the quarter
// turns to the right that put the picture upright.
func exifTurns(data []byte) int {
	for i := 2; i+4 < len(data) && i < 1<<17 && data[i] == 0xff && data[0] == 0xff; {
		size := int(binary.BigEndian.Uint16(data[i+2:]))
		if data[i+1] == 0xe1 && i+4+size <= len(data) && bytes.HasPrefix(data[i+4:], []byte("Exif\x00\x00")) && size > 16 {
			return tiffTurns(data[i+10 : i+2+size])
		}
		if data[i+1] == 0xda {
			return 0
		}
		i += 2 + size
	}
	return 0
}

func tiffOrder(t []byte) binary.ByteOrder {
	if t[0] == 'I' {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// imagePages is the number of pages of an image file.
func imagePages(data []byte) int { return max(1, len(tiffPages(data))) }

// tiffPages lists where in a TIFF the directories of its pages stand; none for
// other images.
func tiffPages(data []byte) []uint32 {
	if len(data) < 8 || Sniff(data) != "image/tiff" {
		return nil
	}
	order := tiffOrder(data)
	var out []uint32
	for at := order.Uint32(data[4:]); at != 0 && len(out) < 1000 && !slices.Contains(out, at); {
		if int64(at)+2 > int64(len(data)) {
			break
		}
		next := int64(at) + 2 + 12*int64(order.Uint16(data[at:]))
		if next+4 > int64(len(data)) {
			break
		}
		out = append(out, at)
		at = order.Uint32(data[next:])
	}
	return out
}

func tiffTurns(t []byte) int {
	if len(t) < 8 {
		return 0
	}
	order := tiffOrder(t)
	at := int(order.Uint32(t[4:]))
	if at < 0 || at+2 > len(t) {
		return 0
	}
	n := int(order.Uint16(t[at:]))
	for k := 0; k < n && at+2+12*(k+1) <= len(t); k++ {
		e := t[at+2+12*k:]
		if order.Uint16(e) == 0x0112 {
			return map[uint16]int{3: 2, 6: 1, 8: 3}[order.Uint16(e[8:])]
		}
	}
	return 0
}
