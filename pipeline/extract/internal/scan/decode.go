// Package scan prepares images of pages for OCR: it decodes image files, takes coloured ink off, finds out how the
// lines run, and levels them.
//
// [Decode] brings a photo or scan to the size of a page at 200 dpi, upright as its EXIF data says. [WithoutInk]
// removes stamps and signatures, and keeps black print below them; [Levelled] turns a page whose lines run askew.
// Images that are too large are refused before they are decoded. It is pure: pixels in, pixels out.
package scan

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	"math"
	"slices"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// largeImage is the number of pixels above which an image is made smaller before it is turned, to save
// memory: 24 million pixels take 96 MB in colour, twice that while they are turned.
const largeImage = 24_000_000

// Scaled returns an image scaled by a factor: enlarged by a filter that keeps edges sharp, reduced by a
// faster one.
func Scaled(img image.Image, by float64) image.Image {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(b.Dx())*by)), max(1, int(float64(b.Dy())*by))))
	s := draw.Interpolator(draw.ApproxBiLinear)
	if by > 1 {
		s = draw.CatmullRom
	}
	s.Scale(out, out.Bounds(), img, b, draw.Src, nil)
	return out
}

// Turns returns the quarter turns to the right that put a photo upright, by a JPEG's EXIF data; 0 without
// such data. It looks at the segments before the image data, and at no more than 128 KB of them.
func Turns(data []byte) int {
	for i := 2; i+4 < len(data) && i < 1<<17 && data[i] == 0xff && data[0] == 0xff; {
		size := int(binary.BigEndian.Uint16(data[i+2:]))
		if data[i+1] == 0xe1 && i+4+size <= len(data) && bytes.HasPrefix(data[i+4:], []byte("Exif\x00\x00")) &&
			size > 16 {
			return tiffTurns(data[i+10 : i+2+size])
		}
		if data[i+1] == 0xda {
			return 0
		}
		i += 2 + size
	}
	return 0
}

// tiffOrder returns the byte order of a TIFF header.
func tiffOrder(t []byte) binary.ByteOrder {
	if t[0] == 'I' {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// Pages returns the number of pages of an image file, at least 1.
func Pages(data []byte) int { return max(1, len(tiffPages(data))) }

// tiffPages returns the offsets of the directories of a TIFF's pages; nil for other images. Directories are
// a linked list, which in a hostile file may be a circle.
func tiffPages(data []byte) []uint32 {
	if len(data) < 8 || string(data[:4]) != "II*\x00" && string(data[:4]) != "MM\x00*" {
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

// tiffTurns reads the orientation (tag 0x0112) of EXIF data, which is a TIFF directory. Mirrored images are
// not turned back.
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

// Bounds of an image file, in pixels.
const (
	maxSide   = 30_000
	maxPixels = 80e6
)

// Decode returns a page (from 1; only TIFF files have several) of an image file, upright as its EXIF data
// says. Its longer side is brought towards 2,339 pixels, a page at 200 dpi: photos have more and OCR gains
// nothing by it, small scans are read better when they are enlarged.
func Decode(data []byte, page int) (image.Image, error) {
	if at := tiffPages(data); page > 1 && page <= len(at) {
		data = bytes.Clone(data) // the page asked for becomes the first
		tiffOrder(data).PutUint32(data[4:], at[page-1])
	} else if page > 1 {
		return nil, fmt.Errorf("there is no page %d", page)
	}
	conf, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if w, h := conf.Width, conf.Height; w <= 0 || h <= 0 || w > maxSide || h > maxSide || w*h > maxPixels {
		return nil, fmt.Errorf("an image of %d × %d pixels is too large", w, h)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	turns := Turns(data)
	if conf.Width*conf.Height > largeImage { // made smaller first, to save memory
		return Turned(fitted(img), turns), nil
	}
	return fitted(Turned(img, turns)), nil
}

// fitted scales an image whose size is far from that of a page at 200 dpi: one of more than 3300 pixels, or
// of less than 2200. Small ones are at most doubled, and those of up to 40 pixels stay as they are.
func fitted(img image.Image) image.Image {
	switch long := float64(max(img.Bounds().Dx(), img.Bounds().Dy())); {
	case long > 3300:
		return Scaled(img, 3000/long)
	case long < 2200 && long > 40:
		return Scaled(img, math.Min(2, 2640/long))
	}
	return img
}
