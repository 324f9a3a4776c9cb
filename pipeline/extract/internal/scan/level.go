package scan

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// Print is the dark points of an image, on a coarse grid of at most 1,000 cells a side.
type Print struct {
	x, y []float64
	w, h int
}

// PrintOf returns the cells of a coarse grid over an image that are much darker than the average. On that
// grid letters merge to lines, and an angle is found in a few milliseconds.
func PrintOf(img *image.Gray) Print {
	b := img.Bounds()
	by := max(1, max(b.Dx(), b.Dy())/1000)
	d := Print{w: b.Dx() / by, h: b.Dy() / by}
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

// sharpness is how much the points concentrate in lines that rise by the tangent of an angle: the sum of
// squared differences between neighbouring lines. It is greatest at the angle of the text, where lines and
// the gaps between them alternate.
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

// Sideways reports whether the lines run up or down: whether the points are more concentrated that way,
// over angles of up to 3 degrees. With fewer than 200 points nothing can be said.
func (d Print) Sideways() bool {
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

// Skew returns by how many degrees the lines fall to the right; 0 if no angle stands out. The method is
// Postl's projection profile (US patent 4,723,297, 1988), with the criterion of sharpness.
func (d Print) Skew() float64 {
	if len(d.x) < 200 {
		return 0
	}
	size := max(d.w, d.h)
	at := func(a float64) float64 { return sharpness(d.x, d.y, size, math.Tan(a*math.Pi/180)) }
	best, most := 0.0, at(0)*1.02
	// First in steps of a quarter degree, then around the best of these in steps of a twentieth.
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

// Turned returns the points turned by a quarter to the right, as if the image had been.
func (d Print) Turned() Print {
	out := Print{w: d.h, h: d.w, x: make([]float64, len(d.x)), y: d.x}
	for i, y := range d.y {
		out.x[i] = float64(d.h) - 1 - y
	}
	return out
}

// HeadDown guesses whether a page is upside down: in Latin script more is above the small letters of a
// line (capitals, ascenders, marks) than below them. A wrong guess costs time and nothing else.
func (d Print) HeadDown(skew float64) bool {
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

// Levelled turns an image to the left by some degrees, on white.
func Levelled(img *image.Gray, degrees float64) *image.Gray {
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

// LevelledColour is Levelled for images in colour.
func LevelledColour(img image.Image, degrees float64) image.Image {
	if math.Abs(degrees) < 0.15 {
		return img
	}
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.BiLinear.Transform(out, levelling(b, degrees), img, b, draw.Over, nil)
	return out
}

// levelling turns a rectangle to the left by some degrees around its middle.
func levelling(b image.Rectangle, degrees float64) f64.Aff3 {
	sin, cos := math.Sincos(-degrees * math.Pi / 180)
	cx, cy := float64(b.Dx())/2, float64(b.Dy())/2
	return f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy}
}
