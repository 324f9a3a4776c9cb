package scan

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	"slices"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// largeImage is the number of pixels from which on an image is made smaller before it is turned.
const LargeImage = 24_000_000

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

// exifTurns reads how a camera was held, from a JPEG's EXIF data: the quarter
// turns to the right that put the picture upright.
func Turns(data []byte) int {
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

func TiffOrder(t []byte) binary.ByteOrder {
	if t[0] == 'I' {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// imagePages is the number of pages of an image file.
func Pages(data []byte) int { return max(1, len(TiffPages(data))) }

// tiffPages lists where in a TIFF the directories of its pages stand; none for
// other images.
func TiffPages(data []byte) []uint32 {
	if len(data) < 8 || string(data[:4]) != "II*\x00" && string(data[:4]) != "MM\x00*" {
		return nil
	}
	order := TiffOrder(data)
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
	order := TiffOrder(t)
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
