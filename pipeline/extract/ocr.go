package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/pipeline/extract/internal/blocks"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/confine"
	"kheo/pipeline/extract/internal/layout"
)

// OCR is tesseract, as it is installed on this machine. It runs confined.
type OCR struct {
	options
	path      string
	Version   string   // as tesseract reports it
	Languages []string // installed ones of those that kheo asks for
	Missing   []string // language data that is not installed
}

// ocrLanguages are the languages that kheo asks tesseract for, by tesseract's names; the first is tried
// first.
var ocrLanguages = []string{"vie", "nor", "eng"}

// ocrTimeout is the maximum time for tesseract to read one page. It bounds one that waits for ever; one that works is
// ended by the time of a processor that it may take (becomeProgram), so that whether a page is read does not depend on
// what else the machine does.
const ocrTimeout = 10 * time.Minute

// FindOCR looks for tesseract. It returns nil and the reason if there is none that works.
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
	o := &OCR{options: chosen(opts), path: path, Version: strings.TrimSpace(strings.TrimPrefix(first,
		"tesseract"))}
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

// Engine identifies everything that a page's OCR depends on; it is part of the cache key. A nil OCR is
// "".
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

// sure is the mean confidence at which a page needs no second look.
const sure = 0.8

// Page reads a page of a PDF, or an image file, by OCR. It finds out which way up the page is: of the
// two ways in which its lines run across, the one in which more is read. An image without words is not
// an error.
func (o *OCR) Page(ctx context.Context, pool *Pool, data []byte, page int) (OCRPage, error) {
	pic, err := pool.Picture(ctx, data, page, 0)
	if err != nil || pic.Error != "" || pic.Blank {
		return OCRPage{Error: pic.Error, Scale: pic.Scale}, err
	}
	best, upright, err := o.upright(ctx, pool, data, page, pic)
	if err != nil || upright.Error != "" {
		return best, err
	}
	if best, err = o.again(ctx, upright, best); err != nil {
		return best, err
	}
	best.Scale, best.Skew = upright.Scale, upright.Skew
	if best.Quality < 0.3 { // specks that were taken for letters
		best.Text, best.Words = "", nil
	}
	return best, nil
}

// upright reads a page in the two ways in which its lines run across, the likelier one first, and returns
// the better reading with its picture. flat is the page as it lies. The second way is not tried if the
// first is read well. If a picture cannot be made, its error is in both results.
func (o *OCR) upright(
	ctx context.Context, pool *Pool, data []byte, page int, flat Picture,
) (best OCRPage, pic Picture, err error) {
	turns := [2]int{0, 2}
	if flat.Sideways {
		turns = [2]int{1, 3}
	}
	if flat.HeadDown {
		turns[0], turns[1] = turns[1], turns[0]
	}
	for i, turn := range turns {
		tried := flat
		if turn != 0 {
			if tried, err = pool.Picture(ctx, data, page, turn); err != nil || tried.Error != "" {
				return OCRPage{Error: tried.Error}, tried, err
			}
		}
		got, err := o.read(ctx, tried.PNG, o.Languages[0])
		if err != nil {
			return best, tried, err
		}
		if got.Turn = turn; i == 0 || weight(&got) > weight(&best) {
			best, pic = got, tried
		}
		if best.Error != "" || best.Quality >= 0.7 && len(best.Words) >= 3 {
			break
		}
	}
	return best, pic, nil
}

// again reads an image in another language if it turns out to be in one, and with its coloured ink if
// much is unclear without. The best of the readings counts.
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

// others returns the languages in which a page is read again: the one that it seems to be in, or all if
// that is unknown.
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

// read runs tesseract on one image. Problems of the image are in the result.
func (o *OCR) read(ctx context.Context, image []byte, languages string) (OCRPage, error) {
	limit, cancel := context.WithTimeout(ctx, ocrTimeout)
	defer cancel()
	cmd := o.confined(limit, o.path, "", "stdin", "stdout", "-l", languages, "--psm", "3", "--dpi",
		strconv.Itoa(ocrDPI), "tsv")
	cmd.Stdin = bytes.NewReader(image)
	var out, said limited
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := o.runConfined(cmd, &said); err != nil {
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

// AddOCR adds what OCR read of the pages in res.Scans, by page number, if it is better than the reader's
// text. A page that is missing in scans waits for OCR, and gets a flag.
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
		if ocrWins(&o, p) {
			p.Text, p.Blocks = layout.Assemble(scannedNodes(&o))
			p.Quality, p.Reader, p.Language = o.Quality, dossier.OCRReader, language.Detect(o.Text)
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

// ocrWins reports whether what OCR read of a page takes the place of its text: there is none, or none that is
// known to be what the page shows, or OCR's is worth more and quite different.
func ocrWins(o *OCRPage, p *dossier.Page) bool {
	if p.Text == "" || o.Text != "" && laidOver(p) {
		return true
	}
	return cleantext.Worth(o.Text) > cleantext.Worth(p.Text) && cleantext.Agreement(p.Text, o.Text) < 0.8
}

// laidOver reports whether all that is known of a page is the text that a program laid over its scan: OCR
// reads what the page shows.
func laidOver(p *dossier.Page) bool {
	return len(p.Blocks) > 0 && p.Reader != dossier.OCRReader &&
		!slices.ContainsFunc(p.Blocks, func(b dossier.Block) bool { return b.Visibility != dossier.Uncertain })
}

// scannedNodes returns the blocks of a page that OCR read, with their boxes. Words in columns over several
// rows are a table; other text stays in the order in which tesseract read it.
func scannedNodes(o *OCRPage) []*layout.Node {
	lines := scannedLines(o)
	if lines == nil {
		return layout.Lines(o.Text)
	}
	place := func(r blocks.Rect) *dossier.Box {
		tenth := func(v float64) float64 { return math.Round(v*10) / 10 }
		return &dossier.Box{X: tenth(r.X0), Y: tenth(r.Y0), W: tenth(r.X1 - r.X0), H: tenth(r.Y1 - r.Y0)}
	}
	rows, merged := blocks.Rows(lines)
	across := blocks.Page{Lines: rows, Place: place}
	nodes := across.Nodes()
	if !merged || slices.ContainsFunc(nodes, func(n *layout.Node) bool { return n.Table != nil }) {
		return nodes
	}
	asRead := blocks.Page{Lines: lines, Place: place}
	return asRead.InOrder()
}

// scannedLines places the lines of OCR's text on the page, in points; nil if its words are not those of the
// text.
func scannedLines(o *OCRPage) []blocks.Line {
	scale := o.Scale
	if scale <= 0 {
		scale = ocrDPI / 72.0
	}
	var out []blocks.Line
	next := 0
	for _, text := range strings.Split(o.Text, "\n") {
		n := len(strings.Fields(text))
		if n == 0 {
			continue
		}
		if next+n > len(o.Words) {
			return nil
		}
		out = append(out, scannedLine(o.Words[next:next+n], scale))
		next += n
	}
	if next != len(o.Words) {
		return nil
	}
	return blocks.EvenSizes(out)
}

// scannedLine makes a line of words, in pieces at gaps wider than a letter is high. scale is in pixels per
// point.
func scannedLine(words []Word, scale float64) blocks.Line {
	l := blocks.Line{Rect: blocks.Rect{X0: math.Inf(1), Y0: math.Inf(1), X1: math.Inf(-1), Y1: math.Inf(-1)}}
	high := 0
	for _, w := range words {
		high = max(high, w.H)
	}
	for i, w := range words {
		x0, x1 := float64(w.X)/scale, float64(w.X+w.W)/scale
		l.X0, l.X1 = math.Min(l.X0, x0), math.Max(l.X1, x1)
		l.Y0, l.Y1 = math.Min(l.Y0, float64(w.Y)/scale), math.Max(l.Y1, float64(w.Y+w.H)/scale)
		text, letters := w.Text, len([]rune(w.Text))
		gap := 0
		if i > 0 {
			gap = w.X - words[i-1].X - words[i-1].W
		}
		if i == 0 || 2*gap > 3*high {
			l.Pieces = append(l.Pieces, blocks.Piece{X0: x0, X1: x1, Tab: i > 0 && gap > 3*max(w.H, words[i-1].H)})
		} else {
			text = " " + text
		}
		p := &l.Pieces[len(l.Pieces)-1]
		p.X1, p.Letters = math.Max(p.X1, x1), p.Letters+letters
		p.Spans = append(p.Spans, layout.Span{Text: text})
	}
	l.Size, l.Base = float64(high)/scale, l.Y1
	return l
}

// readTSV reads tesseract's table of words: lines are lines, an empty line separates paragraphs, and a
// tab words as far apart as cells.
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
