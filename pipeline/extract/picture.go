package extract

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	"image/png"
	"kheo/pipeline/extract/internal/pdfpages"
	"kheo/pipeline/extract/internal/scan"
	"math"

	_ "golang.org/x/image/bmp"
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

func encode(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img)
	return b.Bytes(), err
}

// pageImage gets a page of a PDF, or an image file, as an image.
func pageImage(data []byte, page int) (out image.Image, scale float64, err error) {
	if Sniff(data) == typePDF {
		img, err := pdfpages.Render(data, page, ocrDPI)
		return img, ocrDPI / 72.0, err
	}
	if at := scan.TiffPages(data); page > 1 && page <= len(at) {
		data = bytes.Clone(data) // the page asked for becomes the first
		scan.TiffOrder(data).PutUint32(data[4:], at[page-1])
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
	if turns := scan.Turns(data); conf.Width*conf.Height > scan.LargeImage {
		defer func() { out = scan.Turned(out, turns) }() // once it is smaller
	} else {
		img = scan.Turned(img, turns)
	}
	// A page at 200 dpi is 2,339 pixels high; photos have more and gain nothing,
	// small scans read better when they are enlarged.
	long := float64(max(img.Bounds().Dx(), img.Bounds().Dy()))
	switch {
	case long > 3300:
		img = scan.Scaled(img, 3000/long)
	case long < 2200 && long > 40:
		img = scan.Scaled(img, math.Min(2, 2640/long))
	}
	return img, 0, nil
}
