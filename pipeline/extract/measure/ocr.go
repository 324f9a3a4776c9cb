package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"

	"kheo/pipeline/extract"
)

// scan is a way in which a page reaches kheo as an image.
type scan struct {
	name    string
	dpi     float64
	noise   float64 // standard deviation, of 255
	skew    float64 // degrees
	turn    int     // quarter turns to the right
	quality int     // of JPEG; 0 is PNG
	ink     bool    // a red stamp and a blue signature over the text
	atLeast float64 // the word accuracy that is asked for
}

// scans are the kinds that are measured, with the accuracy that is asked for: what an office scanner and a
// telephone make of a page, and what clerks do with it.
var scans = []scan{
	{"200 dpi, clean", 200, 0, 0, 0, 0, false, 0.99},
	{"200 dpi, noise, skew 0.7°", 200, 12, 0.7, 0, 0, false, 0.99},
	{"200 dpi, noise, skew 2°", 200, 12, 2, 0, 0, false, 0.99},
	{"200 dpi, noise, skew −2°", 200, 12, -2, 0, 0, false, 0.99},
	{"150 dpi, JPEG 40, stamp and signature", 150, 0, 0.5, 0, 40, true, 0.97},
	{"the same, turned by 90°", 150, 0, 0.5, 1, 40, true, 0.97},
	{"the same, turned by 180°", 150, 0, 0.5, 2, 40, true, 0.97},
	{"the same, turned by 270°", 150, 0, 0.5, 3, 40, true, 0.97},
}

// measureOCR draws pages of Vietnamese 13-point text, the size that official papers have, makes scans of
// them, and counts how many words OCR gets right.
func measureOCR(stories, fontFile string, pages int) {
	ocr, err := extract.FindOCR(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	face, text, err := prepare(stories, fontFile)
	if err != nil {
		log.Fatal(err)
	}
	pool := extract.NewPool(runtime.GOMAXPROCS(0), time.Minute)
	defer pool.Close()
	fmt.Printf("OCR with %s, %d pages each of 13-point text:\n", ocr.Engine(), pages)
	for _, s := range scans {
		got, words, rate := s.accuracy(ocr, pool, face, text, pages)
		mark := "✓"
		if got < s.atLeast {
			mark = "✗"
		}
		fmt.Printf("  %s %-40s word accuracy %.4f of %d words (asked: %.2f); %.2f pages/s on %d cores\n", mark,
			s.name, got, words, s.atLeast, rate, runtime.GOMAXPROCS(0))
	}
}

// prepare loads the font and the words to draw.
func prepare(stories, fontFile string) (*opentype.Font, []string, error) {
	src, err := os.ReadFile(stories)
	if err != nil {
		return nil, nil, err
	}
	ttf, err := os.ReadFile(fontFile)
	if err != nil {
		return nil, nil, err
	}
	face, err := opentype.Parse(ttf)
	var text []string
	for _, l := range strings.Split(norm.NFC.String(string(src)), "\n") {
		if len(l) > 3 && l[1] == ':' {
			text = append(text, strings.Fields(l[3:])...)
		}
	}
	return face, text, err
}

// accuracy is the share of words that OCR gets right of n pages scanned in one way, of how many words, and
// how many pages it reads in a second. The same pages are drawn each time.
func (s scan) accuracy(ocr *extract.OCR, pool *extract.Pool, face *opentype.Font, text []string,
	pages int) (share float64, words int, rate float64) {
	var images [][]byte
	var want [][]string
	for i := range pages {
		// A page takes some 450 words, so that each begins about where the one before ended.
		img, ws := drawPage(face, text[i*450%(len(text)-700):], s.dpi)
		images, want = append(images, s.make(img, uint64(i))), append(want, ws)
		words += len(ws)
	}
	wrong := 0
	var mu sync.Mutex
	begin := time.Now()
	each(pages, func(i int) {
		page, err := ocr.Page(context.Background(), pool, images[i], 1)
		if err != nil {
			log.Fatal(err)
		}
		n := wordErrors(want[i], strings.Fields(page.Text))
		mu.Lock()
		defer mu.Unlock()
		wrong += n
	})
	return 1 - float64(wrong)/float64(words), words, float64(pages) / time.Since(begin).Seconds()
}

// drawPage sets words on an A4 page until it is full, with margins of 30 and 20 mm and lines 1.5 times the
// size, and returns the words that it has room for.
func drawPage(f *opentype.Font, words []string, dpi float64) (*image.RGBA, []string) {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 13, DPI: dpi, Hinting: font.HintingFull})
	if err != nil {
		log.Fatal(err)
	}
	px := func(mm float64) int { return int(mm / 25.4 * dpi) }
	img := image.NewRGBA(image.Rect(0, 0, px(210), px(297)))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.Gray{20}), Face: face}
	x, y, n := px(30), px(30), 0
	space := d.MeasureString(" ").Ceil()
	for _, w := range words {
		width := d.MeasureString(w).Ceil()
		if x+width > px(190) {
			x, y = px(30), y+int(13.0/72*dpi*1.5)
		}
		if y > px(270) {
			break
		}
		d.Dot.X, d.Dot.Y = fixed.I(x), fixed.I(y)
		d.DrawString(w)
		x += width + space
		n++
	}
	return img, words[:n]
}

// make turns a drawn page into what a scanner or a telephone gives: ink, then skew, turns and noise, then
// compression, in the order in which these happen. seed makes the noise the same in each run.
func (s scan) make(img *image.RGBA, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 7))
	b := img.Bounds()
	if s.ink {
		drawInk(img, rnd, s.dpi)
	}
	if s.skew != 0 {
		out := image.NewRGBA(b)
		draw.Draw(out, b, image.White, image.Point{}, draw.Src)
		sin, cos := math.Sincos(s.skew * math.Pi / 180)
		cx, cy := float64(b.Dx())/2, float64(b.Dy())/2
		draw.BiLinear.Transform(out, f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy},
			img, b, draw.Over, nil)
		img = out
	}
	for range s.turn {
		out := image.NewRGBA(image.Rect(0, 0, img.Rect.Dy(), img.Rect.Dx()))
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				out.SetRGBA(img.Rect.Dy()-1-y, x, img.RGBAAt(x, y))
			}
		}
		img = out
	}
	if s.noise > 0 {
		for i := range img.Pix {
			if i%4 != 3 {
				img.Pix[i] = uint8(math.Max(0, math.Min(255, float64(img.Pix[i])+rnd.NormFloat64()*s.noise)))
			}
		}
	}
	var out bytes.Buffer
	var err error
	if s.quality > 0 {
		err = jpeg.Encode(&out, img, &jpeg.Options{Quality: s.quality})
	} else {
		err = png.Encode(&out, img)
	}
	if err != nil {
		log.Fatal(err)
	}
	return out.Bytes()
}

// drawInk puts a round red stamp and a blue signature over the text, as they are on confirmations: two
// rings, a star, and a curve. Ink darkens what is under it and never lightens it.
func drawInk(img *image.RGBA, rnd *rand.Rand, dpi float64) {
	mm := dpi / 25.4
	cx, cy := (120+20*rnd.Float64())*mm, (215+20*rnd.Float64())*mm
	put := func(x, y, r float64, c color.RGBA, alpha float64) {
		for py := int(y - r); py <= int(y+r); py++ {
			for px := int(x - r); px <= int(x+r); px++ {
				if math.Hypot(float64(px)-x, float64(py)-y) <= r && image.Pt(px, py).In(img.Rect) {
					o := img.RGBAAt(px, py)
					mix := func(a, b uint8) uint8 {
						return uint8(float64(a)*(1-alpha) + math.Min(float64(a),
							float64(b))*alpha)
					}
					img.SetRGBA(px, py, color.RGBA{mix(o.R, c.R), mix(o.G, c.G), mix(o.B, c.B), 255})
				}
			}
		}
	}
	red, blue := color.RGBA{214, 30, 44, 255}, color.RGBA{36, 58, 160, 255}
	for _, r := range []float64{17, 15.8, 10} {
		for a := 0.0; a < 2*math.Pi; a += 0.004 {
			put(cx+r*mm*math.Cos(a), cy+r*mm*math.Sin(a), 0.3*mm, red, 0.9)
		}
	}
	for k := range 5 { // the star
		a := float64(k)*4*math.Pi/5 - math.Pi/2
		e := a + 4*math.Pi/5
		for t := 0.0; t <= 1; t += 0.005 {
			put(cx+6*mm*((1-t)*math.Cos(a)+t*math.Cos(e)), cy+6*mm*((1-t)*math.Sin(a)+t*math.Sin(e)), 0.4*mm,
				red, 0.9)
		}
	}
	x0, y0 := cx+10*mm, cy+4*mm
	for t := 0.0; t < 12; t += 0.004 {
		put(x0+t*3*mm+4*mm*math.Sin(2.3*t), y0+7*mm*math.Sin(1.7*t)*math.Cos(0.6*t), 0.3*mm, blue, 0.9)
	}
}

// wordErrors is the edit distance between two texts, in words: insertions, deletions and replacements each
// count as one (Levenshtein 1966). It keeps one row of the table.
func wordErrors(want, got []string) int {
	prev := make([]int, len(got)+1)
	for i := range prev {
		prev[i] = i
	}
	for i, w := range want {
		cur := make([]int, len(got)+1)
		cur[0] = i + 1
		for k, g := range got {
			d := prev[k]
			if w != g {
				d++
			}
			cur[k+1] = min(d, prev[k+1]+1, cur[k]+1)
		}
		prev = cur
	}
	return prev[len(got)]
}
