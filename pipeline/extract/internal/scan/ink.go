package scan

import (
	"image"
	"image/color"
)

// WithoutInk makes an image gray and takes coloured ink off it: what is clearly coloured and not nearly
// black is a stamp or a signature, or paper seen through them. Black print under them stays. It reports
// whether there was such ink.
func WithoutInk(img image.Image) (*image.Gray, bool) {
	b := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	ink := 0
	for y := range b.Dy() {
		for x := range b.Dx() {
			r, g, bl := rgbAt(img, b.Min.X+x, b.Min.Y+y)
			most, least := max(r, g, bl), min(r, g, bl)
			v := most
			// Only what is clearly coloured counts as ink; yellowed paper is not.
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

// Blank reports whether an image has hardly anything on it that could be print: less than one pixel in
// 20,000 differs from the paper.
func Blank(img *image.Gray) bool {
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

// rgbAt returns the colour of a pixel on white paper.
func rgbAt(img image.Image, x, y int) (r, g, b uint8) {
	switch m := img.(type) {
	// The usual types are read directly: Image.At allocates a colour for each pixel.
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

// PlainGray makes an image gray by the weights of ITU-R BT.601.
func PlainGray(img image.Image) *image.Gray {
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

// Turned turns an image by quarter turns to the right.
func Turned(img image.Image, turns int) image.Image {
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
