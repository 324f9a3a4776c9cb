package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/confine"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OCR is tesseract, as it is installed on this machine.
type OCR struct {
	options
	path      string
	Version   string   // as tesseract tells it
	Languages []string // of those that kheo asks for
	Missing   []string // language data that is not installed
}

// ocrLanguages are the languages that kheo asks tesseract for, in tesseract's
// names.
var ocrLanguages = []string{"vie", "nor", "eng"}

// ocrTimeout is how long tesseract may take for one page.
const ocrTimeout = 90 * time.Second

// FindOCR looks for tesseract. It returns nil, and why, where there is none that
// works.
func FindOCR(ctx context.Context, opts ...Option) (*OCR, error) {
	path, err := exec.LookPath("tesseract")
	if err != nil {
		return nil, errors.New("tesseract is not installed")
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s does not start: %w", path, err)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	o := &OCR{options: chosen(opts), path: path, Version: strings.TrimSpace(strings.TrimPrefix(first, "tesseract"))}
	out, err = exec.CommandContext(ctx, path, "--list-langs").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s does not tell its languages: %w", path, err)
	}
	have := strings.Fields(string(out))
	for _, l := range ocrLanguages {
		if slices.Contains(have, l) {
			o.Languages = append(o.Languages, l)
		} else {
			o.Missing = append(o.Missing, l)
		}
	}
	if len(o.Languages) == 0 {
		return nil, errors.New("tesseract has none of the languages vie, nor, eng")
	}
	return o, nil
}

// Engine names everything that a page's OCR depends on; it is part of the memo.
func (o *OCR) Engine() string {
	if o == nil {
		return ""
	}
	return fmt.Sprintf("4 tesseract %s %s %d dpi", o.Version, strings.Join(o.Languages, "+"), ocrDPI)
}

// OCRPage is the result of OCR of one page image, Word one word of it; both are kept in the record store.
type (
	OCRPage = dossier.OCRPage
	Word    = dossier.OCRWord
)

// sure is the mean confidence from which on a page needs no other try.
const sure = 0.8

// Page reads a page of a PDF, or an image file, by OCR. Which way up it lies is
// tried: of the two ways in which its lines run across, that in which more is
// read. An image without words is no error.
func (o *OCR) Page(ctx context.Context, pool *Pool, data []byte, page int) (OCRPage, error) {
	pic, err := pool.Picture(ctx, data, page, 0)
	if err != nil || pic.Error != "" || pic.Blank {
		return OCRPage{Error: pic.Error, Scale: pic.Scale}, err
	}
	turns := [2]int{0, 2}
	if pic.Sideways {
		turns = [2]int{1, 3}
	}
	if pic.HeadDown { // the likelier way first
		turns[0], turns[1] = turns[1], turns[0]
	}
	var best OCRPage
	var upright Picture
	flat := pic
	for i, turn := range turns {
		if pic = flat; turn != 0 {
			if pic, err = pool.Picture(ctx, data, page, turn); err != nil || pic.Error != "" {
				return OCRPage{Error: pic.Error}, err
			}
		}
		got, err := o.read(ctx, pic.PNG, o.Languages[0])
		if err != nil {
			return best, err
		}
		if got.Turn = turn; i == 0 || weight(&got) > weight(&best) {
			best, upright = got, pic
		}
		if best.Error != "" || best.Quality >= 0.7 && len(best.Words) >= 3 {
			break
		}
	}
	if best, err = o.again(ctx, upright, best); err != nil {
		return best, err
	}
	best.Scale, best.Skew = upright.Scale, upright.Skew
	if best.Quality < 0.3 { // specks read as letters
		best.Text, best.Words = "", nil
	}
	return best, nil
}

// again reads an image in another language, where it turns out to be in one, and
// with its coloured ink, where without it much is unclear. The better of the
// readings counts.
func (o *OCR) again(ctx context.Context, pic Picture, best OCRPage) (OCRPage, error) {
	turn, language0 := best.Turn, o.Languages[0]
	try := func(image []byte, languages string) error {
		got, err := o.read(ctx, image, languages)
		if got.Turn = turn; err == nil && got.Error == "" && weight(&got) > weight(&best) {
			best, language0 = got, languages
		}
		return err
	}
	if best.Error != "" || len(best.Words) < 3 || best.Quality < 0.4 {
		return best, nil
	}
	if found := language.Detect(best.Text); len(o.Languages) > 1 && found != ocrCodes[o.Languages[0]] {
		if err := try(pic.PNG, o.others(found)); err != nil {
			return best, err
		}
	}
	if best.Quality < 0.9 && len(pic.Plain) > 0 {
		return best, try(pic.Plain, language0)
	}
	return best, nil
}

// ocrCodes are the languages' codes by tesseract's names.
var ocrCodes = map[string]string{"vie": "vi", "nor": "nb", "eng": "en"}

// others names the languages in which a page is read again: that which it seems
// to be in; all of them where that can't be told.
func (o *OCR) others(found string) string {
	for _, l := range o.Languages {
		if ocrCodes[l] == found {
			return l
		}
	}
	return strings.Join(o.Languages, "+")
}

// weight is how much was read, and how surely.
func weight(p *OCRPage) float64 {
	sum := 0.0
	for _, w := range p.Words {
		if w.Confidence > 40 {
			sum += (w.Confidence - 40) * float64(len([]rune(w.Text)))
		}
	}
	return sum
}

// read runs tesseract on one image.
func (o *OCR) read(ctx context.Context, image []byte, languages string) (OCRPage, error) {
	limit, cancel := context.WithTimeout(ctx, ocrTimeout)
	defer cancel()
	cmd := o.confined(limit, o.path, "", "stdin", "stdout", "-l", languages, "--psm", "3", "--dpi", strconv.Itoa(ocrDPI), "tsv")
	cmd.Stdin = bytes.NewReader(image)
	var out, said limited
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := runConfined(cmd, &said); err != nil {
		if ctx.Err() != nil {
			return OCRPage{}, ctx.Err()
		}
		if errors.Is(err, confine.ErrUnconfined) {
			return OCRPage{}, err
		}
		if limit.Err() != nil {
			return OCRPage{Error: "tesseract took longer than " + ocrTimeout.String()}, nil
		}
		return OCRPage{Error: fmt.Sprintf("tesseract: %v %s", err, strings.TrimSpace(said.String()))}, nil
	}
	return readTSV(out.String()), nil
}

// AddOCR puts what OCR read of pages where their readers found no usable text. A
// page that is not in scans waits for OCR.
func AddOCR(res *Result, scans map[int]OCRPage) {
	missing, poor := false, false
	for i := range res.Pages {
		p := &res.Pages[i]
		if !slices.Contains(res.Scans, p.Number) {
			continue
		}
		o, ok := scans[p.Number]
		if !ok {
			missing = true
			continue
		}
		if p.Text == "" || cleantext.Worth(o.Text) > cleantext.Worth(p.Text) && cleantext.Agreement(p.Text, o.Text) < 0.8 {
			p.Text, p.Quality, p.Reader, p.Language = o.Text, o.Quality, dossier.OCRReader, language.Detect(o.Text)
		} else {
			p.Quality = math.Max(p.Quality, cleantext.Agreement(p.Text, o.Text))
		}
		poor = poor || o.Error != "" || p.Text != "" && p.Quality < sure*0.75
	}
	res.Flags = slices.DeleteFunc(res.Flags, func(s string) bool { return s == dossier.FlagLowTextQuality })
	if missing || poor {
		res.Flags = append(res.Flags, dossier.FlagLowTextQuality)
	}
	if missing {
		res.Flags = append(res.Flags, dossier.FlagNeedsOCR)
	}
}

// readTSV reads tesseract's table of words: a line for a line, an empty line
// between paragraphs, a tab where words stand as far apart as cells.
func readTSV(s string) OCRPage {
	var page OCRPage
	var b strings.Builder
	var line, par string
	var last Word
	sum, letters := 0.0, 0.0
	for _, row := range strings.Split(s, "\n") {
		f := strings.Split(row, "\t")
		if len(f) < 12 || f[0] != "5" || strings.TrimSpace(f[11]) == "" {
			continue
		}
		num := func(i int) int { n, _ := strconv.Atoi(f[i]); return n }
		conf, _ := strconv.ParseFloat(f[10], 64)
		w := Word{Text: strings.TrimSpace(f[11]), X: num(6), Y: num(7), W: num(8), H: num(9), Confidence: conf}
		here, inPar := strings.Join(f[1:5], "."), strings.Join(f[1:4], ".")
		switch {
		case page.Words == nil:
		case inPar != par:
			b.WriteString("\n\n")
		case here != line:
			b.WriteByte('\n')
		case w.X-(last.X+last.W) > 3*max(w.H, last.H):
			b.WriteByte('\t')
		default:
			b.WriteByte(' ')
		}
		line, par, last = here, inPar, w
		b.WriteString(w.Text)
		page.Words = append(page.Words, w)
		n := float64(len([]rune(w.Text)))
		sum, letters = sum+conf*n, letters+n
	}
	page.Text = cleantext.Clean(b.String())
	if letters > 0 {
		page.Quality = math.Round(sum/letters*10) / 1000
	}
	return page
}
