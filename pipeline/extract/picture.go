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
	"math"
	"slices"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// ocrDPI is the resolution at which pages are rendered for OCR. At 200 dpi
// tesseract reads Vietnamese 13-point text without a mistake; 150 dpi loses the
// odd diacritic, 300 dpi takes a third longer and gains nothing.
const ocrDPI = 200

// Picture is a page as an image for OCR: gray, upright as far as the file says.
type Picture struct {
	PNG      []byte  `json:"png,omitempty"`
	Plain    []byte  `json:"plain,omitempty"` // where the page has coloured ink: the same with the ink kept
	Blank    bool    `json:"blank,omitempty"` // there is nothing on it
	Error    string  `json:"error,omitempty"`
	Sideways bool    `json:"sideways,omitempty"`  // asked for as it lies: its lines run up or down
	HeadDown bool    `json:"head_down,omitempty"` // asked for as it lies: it seems to lie on its head, or would when turned to the right
	Skew     float64 `json:"skew,omitempty"`      // degrees by which it was turned to the right to make its lines level
	Scale    float64 `json:"scale"`               // pixels in a point of the page; 0 where the page is an image itself
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
	dots := printed(clean)
	if turn == 0 { // which way it lies
		pic.Sideways = dots.sideways()
		upright := dots
		if pic.Sideways {
			upright = dots.turned()
		}
		pic.Skew = upright.skew()
		pic.HeadDown = upright.headDown(pic.Skew)
		if pic.Sideways {
			return pic // it is asked for again, turned
		}
	} else {
		pic.Skew = dots.skew()
	}
	if pic.PNG, err = encode(levelled(clean, pic.Skew)); err == nil && coloured {
		pic.Plain, err = encode(levelled(plainGray(img), pic.Skew))
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
func pageImage(data []byte, page int) (out image.Image, scale float64, err error) {
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
	if turns := exifTurns(data); conf.Width*conf.Height > largeImage {
		defer func() { out = turned(out, turns) }() // once it is smaller
	} else {
		img = turned(img, turns)
	}
	// A page at 200 dpi is 2,339 pixels high; photos have more and gain nothing,
	// small scans read better when they are enlarged.
	long := float64(max(img.Bounds().Dx(), img.Bounds().Dy()))
	switch {
	case long > 3300:
		img = scaled(img, 3000/long)
	case long < 2200 && long > 40:
		img = scaled(img, math.Min(2, 2640/long))
	}
	return img, 0, nil
}

// largeImage is the number of pixels from which on an image is made smaller before it is turned.
const largeImage = 24_000_000

func scaled(img image.Image, by float64) image.Image {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(b.Dx())*by)), max(1, int(float64(b.Dy())*by))))
	s := draw.Interpolator(draw.ApproxBiLinear)
	if by > 1 {
		s = draw.CatmullRom
	}
	s.Scale(out, out.Bounds(), img, b, draw.Src, nil)
	return out
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
	var c image.RGBA
	err := d.render(i, dpi, "", func(img image.Image) error {
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

// withoutInk makes an image gray and takes coloured ink off it: what is clearly
// coloured and not nearly black is stamp or signature, or paper seen through
// them. Black print under them stays. It reports whether there was such ink.
func withoutInk(img image.Image) (*image.Gray, bool) {
	b := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	ink := 0
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl := rgbAt(img, b.Min.X+x, b.Min.Y+y)
			most, least := max(r, g, bl), min(r, g, bl)
			v := most
			if most-least > 60 {
				ink++
			}
			if spread := int(most) - int(least); spread > 30 && most > 90 {
				v = uint8(min(255, int(most)+2*spread)) // the more colour, the lighter
			}
			out.Pix[y*out.Stride+x] = v
		}
	}
	return out, ink*2000 > b.Dx()*b.Dy()
}

// dots are the dark points of an image, made small.
type dots struct {
	x, y []float64
	w, h int
}

// printed finds what is dark on an image: of each cell of a coarse grid whether it
// is much darker than the paper.
func printed(img *image.Gray) dots {
	b := img.Bounds()
	by := max(1, max(b.Dx(), b.Dy())/1000)
	d := dots{w: b.Dx() / by, h: b.Dy() / by}
	sum, n := 0, 0
	cells := make([]uint8, d.w*d.h)
	for y := range d.h {
		for x := range d.w {
			s := 0
			for yy := range by {
				for xx := range by {
					s += int(img.Pix[(y*by+yy)*img.Stride+x*by+xx])
				}
			}
			cells[y*d.w+x] = uint8(s / (by * by))
			sum, n = sum+s/(by*by), n+1
		}
	}
	mean := sum / max(1, n)
	for i, v := range cells {
		if int(v) < mean-40 {
			d.x, d.y = append(d.x, float64(i%d.w)), append(d.y, float64(i/d.w))
		}
	}
	return d
}

// sharpness is how much the dots pile up in lines that rise by the tangent of
// an angle: the sum of squared differences between neighbouring lines.
func sharpness(along, across []float64, length int, tangent float64) float64 {
	bins := make([]float64, 3*length+2)
	for i := range along {
		at := int(across[i]-along[i]*tangent) + length
		if at >= 0 && at < len(bins) {
			bins[at]++
		}
	}
	sum := 0.0
	for i := 1; i < len(bins); i++ {
		d := bins[i] - bins[i-1]
		sum += d * d
	}
	return sum
}

// sideways reports whether the lines run up or down.
func (d dots) sideways() bool {
	if len(d.x) < 200 {
		return false
	}
	most := func(along, across []float64, length int) float64 {
		best := 0.0
		for a := -3.0; a <= 3; a += 0.5 {
			best = math.Max(best, sharpness(along, across, length, math.Tan(a*math.Pi/180)))
		}
		return best
	}
	size := max(d.w, d.h)
	return most(d.y, d.x, size) > 1.3*most(d.x, d.y, size)
}

// skew is by how many degrees the lines fall to the right; 0 where none stand
// out. After Postl's projection profiles, with the criterion of sharpness.
func (d dots) skew() float64 {
	if len(d.x) < 200 {
		return 0
	}
	size := max(d.w, d.h)
	at := func(a float64) float64 { return sharpness(d.x, d.y, size, math.Tan(a*math.Pi/180)) }
	best, most := 0.0, at(0)*1.02
	for a := -5.0; a <= 5; a += 0.25 {
		if s := at(a); s > most {
			best, most = a, s
		}
	}
	for a, end := best-0.2, best+0.2; best != 0 && a <= end; a += 0.05 {
		if s := at(a); s > most {
			best, most = a, s
		}
	}
	return best
}

// turned is the same turned by a quarter to the right.
func (d dots) turned() dots {
	out := dots{w: d.h, h: d.w, x: make([]float64, len(d.x)), y: d.x}
	for i, y := range d.y {
		out.x[i] = float64(d.h) - 1 - y
	}
	return out
}

// headDown guesses whether a page lies on its head: in Latin script more stands
// above the small letters of a line (capitals, strokes, marks) than hangs below
// them. A wrong guess costs time and nothing else.
func (d dots) headDown(skew float64) bool {
	rows := make([]float64, 3*d.h+2)
	tangent, most := math.Tan(skew*math.Pi/180), 0.0
	for i := range d.x {
		if at := int(d.y[i]-d.x[i]*tangent) + d.h; at >= 0 && at < len(rows) {
			rows[at]++
			most = math.Max(most, rows[at])
		}
	}
	above, below := 0.0, 0.0
	for i := 0; i < len(rows); i++ {
		start, peak := i, 0.0
		for ; i < len(rows) && rows[i] > most*0.02; i++ {
			peak = math.Max(peak, rows[i])
		}
		if i-start < 5 || i-start > 60 {
			continue // no line of text
		}
		first, last := start, i-1 // of the small letters
		for rows[first] < peak/2 {
			first++
		}
		for rows[last] < peak/2 {
			last--
		}
		for k := start; k < first; k++ {
			above += rows[k]
		}
		for k := last + 1; k < i; k++ {
			below += rows[k]
		}
	}
	return below > 1.1*above
}

// levelled turns an image to the left by some degrees, on white.
func levelled(img *image.Gray, degrees float64) *image.Gray {
	if math.Abs(degrees) < 0.15 {
		return img
	}
	b := img.Bounds()
	out := image.NewGray(b)
	for i := range out.Pix {
		out.Pix[i] = 255
	}
	draw.BiLinear.Transform(out, levelling(b, degrees), img, b, draw.Src, nil)
	return out
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
