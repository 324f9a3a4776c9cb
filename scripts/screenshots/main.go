// Screenshots takes the pictures of the manual, docs/pages/*.png, of the pages of the sample, which are served with
// `kheo demo DIR`, `kheo run -w DIR` and `kheo serve --demo -w DIR` before it is run.
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// shot is one picture: who sees which page, in which language, colours and width.
type shot struct {
	name, person, path string
	lang, scheme       string // English and light if they are blank
	width              int64
	do                 string // what is run on the page first; the page that it leads to is taken, if any
}

// Titles of dossiers of the sample, and the quote that the dossier's picture is turned to.
const (
	forest = "Rừng gỗ lớn không đốt thực bì"
	cell   = "Chi bộ bốn tốt đi trước hiến đất"
	quote  = "Diện tích rừng gỗ lớn tăng"
)

// link is an expression for the address that the first link with words leads to.
func link(words string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("main a")].find(a => a.textContent.includes(%q)).href`, words)
}

// id is an expression for the id of the dossier with a title.
func id(title string) string { return link(title) + `.split("/").pop()` }

const models = "/lists/model-district"

var shots = []shot{
	{name: "overview", person: "chair", path: "/"},
	{name: "overview-dark", person: "chair", path: "/", scheme: "dark"},
	{name: "list-of-models", person: "chair", path: models},
	{name: "phone", person: "chair", path: models, lang: "vi", width: 390},
	{name: "compare", person: "chair", path: models,
		do: `location = "` + models + `/compare?d=" + ` + id(forest) + ` + "&d=" + ` + id(cell)},
	{name: "dossier", person: "chair", path: models, width: 1280, do: `location = ` + link(forest) + `;
		` + fmt.Sprintf(`sessionStorage.quote = %q`, quote)},
	{name: "search", person: "chair", path: "/search?q=tieng+keng"},
	{name: "check-evidence", person: "evaluator", path: "/evidence"},
	{name: "ruleset", person: "chair", path: "/rules/model-district"},
	{name: "run", person: "admin", path: "/runs/1"},
}

func main() {
	base := flag.String("pages", "http://127.0.0.1:8080", "where kheo serve --demo is reached")
	to := flag.String("to", "docs/pages", "the folder of the pictures")
	flag.Parse()
	if err := takeAll(*base, *to); err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

func takeAll(base, to string) error {
	alloc, stop := chromedp.NewExecAllocator(context.Background(),
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("lang", "en"))...)
	defer stop()
	browser, end := chromedp.NewContext(alloc)
	defer end()
	if err := chromedp.Do(browser); err != nil {
		return err
	}
	for _, s := range shots {
		b, err := s.take(browser, base)
		if err == nil {
			b, err = shrink(b)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, s.name+".png"), b, 0o644)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Printf("%s.png  %d bytes\n", s.name, len(b))
	}
	return nil
}

// take takes the picture in a window of its own.
func (s *shot) take(browser context.Context, base string) ([]byte, error) {
	window, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	defer end()
	if err := chromedp.Do(window); err != nil { // the window ends with the context that it is opened with
		return nil, err
	}
	ctx, cancel := context.WithTimeout(window, time.Minute)
	defer cancel()
	scheme := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: cmp.Or(s.scheme, "light")}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: scheme}); err != nil {
		return nil, err
	}
	width := cmp.Or(s.width, 1180)
	steps := []chromedp.Action[chromedp.Void]{chromedp.EmulateViewport(width, 900), chromedp.Navigate(base + "/sign-in")}
	if s.lang != "" { // the browser asks for English
		steps = append(steps, chromedp.Click("button[name=language][value="+s.lang+"]"),
			chromedp.WaitReady("html[lang="+s.lang+"] main"))
	}
	steps = append(steps, chromedp.Click(`button[name=person][value="`+s.person+`"]`), chromedp.WaitReady(".who summary"),
		chromedp.Navigate(base+s.path), chromedp.WaitReady("main"))
	if err := chromedp.Do(ctx, steps...); err != nil {
		return nil, err
	}
	if s.do != "" {
		if err := follow(ctx, s.do); err != nil {
			return nil, err
		}
	}
	if s.name == "dossier" {
		if err := follow(ctx, `[...document.querySelectorAll("blockquote")].find(b =>
			b.textContent.includes(sessionStorage.quote)).querySelector("a").click()`); err != nil {
			return nil, err
		}
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](`scrollTo(0, 0);
		document.querySelectorAll("#judging").forEach(e => e.scrollTop = 0); 1`)); err != nil {
		return nil, err
	}
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}

// follow runs a script, and waits for the images of the page that is there then.
func follow(ctx context.Context, script string) error {
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](script+"; 1")); err != nil {
		return err
	}
	return chromedp.Do(ctx, chromedp.Sleep(2*time.Second), chromedp.WaitReady("main"))
}

// colours is how many colours a picture has at most: letters are as clear with them, and the manual stays small.
const colours = 64

// shrink writes a PNG with a palette of the colours that it has most of; others become the nearest of these.
func shrink(b []byte) ([]byte, error) {
	from, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	box := from.Bounds()
	count := map[color.RGBA]int{}
	each := func(do func(x, y int, c color.RGBA)) {
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				r, g, b, _ := from.At(x, y).RGBA()
				do(x, y, color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255})
			}
		}
	}
	each(func(_, _ int, c color.RGBA) { count[c]++ })
	if len(count) < 2 {
		return nil, errors.New("the picture is blank")
	}
	order := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(value(a), value(b)))
	})
	var palette color.Palette
	for _, c := range order[:min(len(order), colours)] {
		palette = append(palette, c)
	}
	at := map[color.RGBA]uint8{}
	out := image.NewPaletted(box, palette)
	each(func(x, y int, c color.RGBA) {
		i, ok := at[c]
		if !ok {
			i = uint8(palette.Index(c))
			at[c] = i
		}
		out.SetColorIndex(x, y, i)
	})
	var w bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&w, out)
	return w.Bytes(), err
}

// value orders colours of which a picture has as much.
func value(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }
