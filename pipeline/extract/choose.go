package extract

import (
	"errors"
	"math"
	"slices"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// readPDF reads a PDF, and hands on the files that it carries.
func readPDF(data []byte, res *Result, u *unpacker) {
	attached := readPDFPages(data, res, u.only)
	if res.Error == Protected {
		return
	}
	seen := map[string]bool{}
	for _, a := range attached {
		key := a.name + string(a.data)
		if len(a.data) == 0 || seen[key] {
			continue
		}
		seen[key] = true
		if err := u.file(a.name, a.data); err != nil {
			res.Detail = err.Error()
			return
		}
	}
}

// readPDFPages reads the pages with two readers that know nothing of each other.
// Of each page the better text wins, and how far the two agree is the page's
// quality. It returns the files that the document carries.
func readPDFPages(data []byte, res *Result, only int) (attached []attachment) {
	reader := theirs
	if only == onlyOurs {
		reader = nil
	}
	doc, theirErr := reader.open(data)
	defer doc.close()
	var see ink
	var other []pdfPage
	if theirErr == nil {
		see = doc.ink
		if other, theirErr = doc.pages(); theirErr == nil {
			attached = doc.attachments()
		}
	}
	var ours []pdfPage
	ourErr := errors.New("it was not asked to read")
	if only != onlyTheirs {
		ours, ourErr = ourPages(data, see)
	}
	for _, p := range ours {
		attached = append(attached, p.attached...)
	}
	n := max(len(ours), len(other))
	if n == 0 {
		err := ourErr
		if err == nil || only == onlyTheirs {
			err = theirErr
		}
		res.Error = Damaged
		if errors.Is(ourErr, errProtected) || errors.Is(theirErr, errProtected) {
			res.Error, err = Protected, nil
		}
		if err != nil {
			res.Detail = err.Error()
		}
		return attached
	}
	broken := 0
	for i := range min(n, maxPages) {
		var a, b pdfPage
		a.err, b.err = ourErr, theirErr
		if i < len(ours) {
			a = ours[i]
		}
		if i < len(other) {
			b = other[i]
		}
		page := choosePage(a, b)
		page.Number = i + 1
		if page.Hidden != "" && !has(res.Flags, dossier.FlagHiddenText) && !a.image {
			res.Flags = append(res.Flags, dossier.FlagHiddenText)
		}
		if a.err != nil && b.err != nil {
			broken++
			res.Detail = a.err.Error()
		}
		res.Pages = append(res.Pages, page)
	}
	if broken == n {
		res.Error, res.Pages = Damaged, nil
	} else {
		res.Detail = ""
	}
	return attached
}

// attachment is a file inside a PDF.
type attachment struct {
	name string
	data []byte
}

// choosePage takes the better of two readings of one page.
func choosePage(a, b pdfPage) (page dossier.Page) {
	ours, other := tidy(a.text), tidy(b.text)
	hidden := hiddenWords(a.hidden)
	page = dossier.Page{Text: ours, Reader: "ledongthuc", Hidden: hidden}
	seen := other
	if hidden != "" { // theirs does not know what can be seen
		seen = without(other, hidden)
	}
	notes := a.notes
	if a.err != nil && a.text == "" { // theirs does not know which of them can be seen, and speaks only where ours is silent
		notes = b.notes
	}
	defer func() { page.Text = withNotes(page.Text, notes) }()
	switch {
	case ours == "" && seen == "":
		if a.marks || b.marks || a.err != nil || b.err != nil {
			page.Quality = -1 // something is painted, and it is no text
		}
		return page
	case ours == "":
		page.Text, page.Reader, page.Quality = seen, "pdfium", legible(seen)
		return page
	case seen == "":
		page.Quality = legible(ours)
		return page
	}
	page.Quality = math.Min(agreement(ours, seen), legible(ours))
	mine, yours := worth(ours), worth(seen)
	if yours > mine && page.Quality < 0.98 && (hidden == "" || mine < 0.5*yours) {
		page.Text, page.Reader, page.Quality = seen, "pdfium", math.Min(agreement(ours, seen), legible(seen))
	}
	return page
}

// tidy brings the text of a reader into the form in which readings are compared.
func tidy(s string) string {
	s = strings.NewReplacer("\x02\r\n", "-\n", "\ufffe\r\n", "-\n", "\x02\n", "-\n", "\ufffe\n", "-\n", "\x02", "", "\ufffe", "").Replace(s) // PDFium's sign for a word broken at the end of a line
	return dehyphenate(Clean(modernize(s)))
}

// hiddenWords cleans text that is not shown; "" where it says nothing: dots, or
// glyphs that nothing gives a meaning to.
func hiddenWords(s string) string {
	s = Clean(modernize(s))
	if !slices.ContainsFunc(words(s), language.Plausible) {
		return ""
	}
	return s
}

// words cuts a text into the words that two readings are compared by.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// agreement is the share of words that two readings have in common (Dice's
// coefficient over the bags of their words), 0 … 1, to three digits.
func agreement(a, b string) float64 {
	wa, wb := words(a), words(b)
	if len(wa)+len(wb) == 0 {
		return 1
	}
	bag := map[string]int{}
	for _, w := range wa {
		bag[w]++
	}
	both := 0
	for _, w := range wb {
		if bag[w] > 0 {
			bag[w]--
			both++
		}
	}
	return math.Round(2000*float64(both)/float64(len(wa)+len(wb))) / 1000
}

// worth measures a reading without knowing what stands on the page: how many
// words that people could have written, less what no person writes. Of letters
// that stand together in one reading and apart in another, together is worth
// more, up to the length of a long word.
func worth(s string) float64 {
	good, bad := 0.0, 0.0
	for _, w := range words(s) {
		switch n := math.Min(float64(len([]rune(w))), 12); {
		case language.Plausible(w):
			if n > 9 && !language.Syllable(w) {
				n = 0.75*n + 2 // it may be several
			}
			good += n - 0.5
		default:
			bad += n
		}
	}
	return (good - bad) * legible(s)
}

// legible is the share of a text's characters that a person could read, without
// replacement characters, private ones, signs instead of letters and letters
// spaced out one by one.
func legible(s string) float64 {
	q := quality(s)
	single, all := 0, 0
	for _, w := range strings.Fields(s) {
		all++
		if rs := []rune(w); len(rs) == 1 && unicode.IsLetter(rs[0]) {
			single++
		}
	}
	if all > 12 && float64(single) > 0.6*float64(all) {
		q *= 0.5
	}
	letters, signs := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			letters++
		case !unicode.IsSpace(r) && !strings.ContainsRune(".,-–…_:;|·•*", r): // forms are full of dotted lines
			signs++
		}
	}
	if letters+signs > 40 && letters < signs {
		q *= float64(letters) / float64(letters+signs)
	}
	return math.Round(q*1000) / 1000
}

// withNotes adds what annotations and form fields say to a text that lacks it.
func withNotes(text, notes string) string {
	bag := map[string]int{}
	for _, w := range words(text) {
		bag[w]++
	}
	for _, line := range strings.Split(Clean(modernize(notes)), "\n") {
		lacks := false
		for _, w := range words(line) {
			lacks = lacks || bag[w] == 0
			bag[w]--
		}
		if lacks {
			text += "\n" + line
		}
	}
	return strings.TrimLeft(text, "\n")
}

// without takes the words of hidden out of a text, from its end.
func without(s, hidden string) string {
	bag := map[string]int{}
	for _, w := range words(hidden) {
		bag[w]++
	}
	lines := strings.Split(s, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		fields := strings.Fields(lines[i])
		for k := len(fields) - 1; k >= 0; k-- {
			key := strings.Join(words(fields[k]), "")
			if bag[key] > 0 {
				bag[key]--
				fields = append(fields[:k], fields[k+1:]...)
			}
		}
		lines[i] = strings.Join(fields, " ")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
