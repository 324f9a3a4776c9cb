package rules

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"kheo/internal/dossier"
	"kheo/internal/isodate"
	"kheo/internal/texts"
)

// formatter writes a value in a language.
type formatter = func(lang string) string

// sentences are the texts of an assessment. Each %s takes the next argument, %[2]s the second; %% is a percent sign.
const sentences texts.Section = "assessment"

// cutSentences are those sentences, each cut at its arguments.
var cutSentences = sync.OnceValue(sentences.Templates)

// say writes a sentence of the catalogue in every language. Arguments are formatters,
// dossier.Text, strings or numbers.
func say(id string, args ...any) dossier.Text {
	t := cutSentences()[id]
	if t == nil {
		t = texts.NewTemplate(sentences.Text(id)) // which says that there is none
	}
	return t.Fill(format, args...)
}

// fill writes one sentence in one language, with its arguments in place.
func fill(text dossier.Text, lang string, args ...any) string {
	return texts.NewTemplate(text).In(lang, format, args...)
}

// format writes one argument in a language.
func format(a any, lang string) string {
	switch x := a.(type) {
	case string:
		return x
	case int:
		return strconv.Itoa(x)
	case float64:
		return num(x)(lang)
	case dossier.Text:
		if t := x[lang]; t != "" {
			return t
		}
		return x.In("en")
	case formatter:
		return x(lang)
	}
	return fmt.Sprint(a)
}

// FlagTitle is a flag's code in words.
func FlagTitle(code string) dossier.Text {
	if t, ok := texts.Section("flags").Lookup(code); ok {
		return t
	}
	return sameText(code)
}

// typeNames are names of media types for readers, by a part of the type.
var typeNames = map[string]string{
	"wordprocessingml": "Word (.docx)", "spreadsheetml": "Excel (.xlsx)", "presentationml": "PowerPoint (.pptx)",
	"pdf": "PDF", "html": "HTML", "plain": "text (.txt)", "rtf": "RTF (.rtf)", "csv": "CSV (.csv)",
	"jpeg": "JPEG (.jpg)", "png": "PNG (.png)", "tiff": "TIFF (.tif)",
	"opendocument.text": "OpenDocument (.odt)", "opendocument.spreadsheet": "OpenDocument (.ods)",
	"opendocument.presentation": "OpenDocument (.odp)",
	"msword":                    "Word 97 (.doc)", "ms-excel": "Excel 97 (.xls)",
	"ms-powerpoint": "PowerPoint 97 (.ppt)",
	"ms-outlook":    "Outlook (.msg)", "rfc822": "e-mail (.eml)", "ms-encrypted": "Office, encrypted",
	"/zip": "ZIP (.zip)", "7z": "7-Zip (.7z)", "rar": "RAR (.rar)", "ole": "OLE",
}

// typeName is the name of a media type for readers; the type itself if it has none.
func typeName(media string) dossier.Text {
	for part, name := range typeNames {
		if strings.Contains(media, part) {
			return sameText(name)
		}
	}
	return sameText(media)
}

// misnamed says that a document is not what its name says, and what it is if that is known.
func misnamed(d *dossier.Document) dossier.Text {
	if d.Type == "" || d.Type == "application/octet-stream" {
		return say("flag.misnamed-unknown", d.Name)
	}
	return say("flag.misnamed", d.Name, typeName(d.Type))
}

// UnreadText says why a document could not be read: a reason of package extract, followed by the message of the
// reader. Readers speak English: what is known of their messages is said in every language, and the words of a library
// are left to English, because they would say nothing in another language that the reason does not say.
func UnreadText(reason, detail string) dossier.Text {
	if _, ok := sentences.Lookup("unread." + reason); !ok {
		return sameText(strings.TrimSpace(reason + " " + detail))
	}
	t := say("unread." + reason)
	if detail == "" || reason == "crashed" {
		return t
	}
	// a line of YAML, a type, a time: not the reader's words
	if reason == "manifest" || plainDetail.MatchString(detail) {
		return join("", t, sameText(" ("+detail+")"))
	}
	for _, known := range readerDetails {
		if m := known.said.FindStringSubmatch(detail); m != nil {
			args := make([]any, 0, len(m))
			for _, number := range m[1:] {
				args = append(args, number)
			}
			return join("", t, sameText(" ("), say("unread-detail."+known.id, args...), sameText(")"))
		}
	}
	t["en"] += " (" + detail + ")"
	return t
}

// plainDetail is what a reader adds that is the same in every language.
var plainDetail = regexp.MustCompile(`^([0-9.]+(h|m|s|ms))+$|^[a-z]+/[\w.+-]+$`)

// readerDetails are the messages of readers that have a sentence in every language, with the numbers in them.
var readerDetails = []struct {
	said *regexp.Regexp
	id   string
}{
	{regexp.MustCompile(`missing %%EOF|missing (?:final )?startxref|unexpected EOF|ends in the middle`), "cut-off"},
	{regexp.MustCompile(`invalid header|not a valid zip file|sevenzip: not a valid|no RAR signature`), "other-type"},
	{regexp.MustCompile(`^malformed PDF`), "damaged-pdf"},
	{regexp.MustCompile(`^it has no (?:pages|slides)|the workbook has no sheets`), "no-pages"},
	{regexp.MustCompile(`^more than (\d+) MB$`), "megabytes"},
	{regexp.MustCompile(`^more than (\d+) files$`), "files"},
	{regexp.MustCompile(`^it unpacks to more than (\d+) MB$`), "unpacks"},
	{regexp.MustCompile(`^it unpacks to more than (\d+) times its size$`), "bomb"},
	{regexp.MustCompile(`^it unpacks to more than (\d+) MB, or has more than (\d+) MB of text$`), "part"},
	{regexp.MustCompile(`^more than (\d+) MB of text$`), "text"},
	{regexp.MustCompile(`^it holds more than a dossier may$`), "full"},
	{regexp.MustCompile(`^reading it takes more than (\d+) MB of memory$`), "memory"},
	{regexp.MustCompile(`^archives more than (\d+) deep|nested more than (\d+) deep`), "nested"},
	{regexp.MustCompile(`^an image of (\d+) × (\d+) pixels is too large$`), "pixels"},
	{regexp.MustCompile(`^a binary workbook`), "xlsb"},
	{regexp.MustCompile(`^it is in VIQR$`), "viqr"},
	{regexp.MustCompile(`^the encoding that it declares is not known$`), "declared"},
	{regexp.MustCompile(`^perhaps that of an old Macintosh$`), "macintosh"},
	{regexp.MustCompile(`^LibreOffice cannot open it$`), "office"},
}

// Number writes a number in the form of a language, rounded to two decimals: 1.250,5 · 1 250,5 · 1,250.5
func Number(f float64, lang string) string {
	group, decimal := ".", ","
	switch lang {
	case "nb":
		group = "\u00a0"
	case "en":
		group, decimal = ",", "."
	}
	f = math.Round(f*100) / 100
	if f == math.Trunc(f) && math.Abs(f) < 1000 { // without signs, which most numbers of points are
		return strconv.Itoa(int(f))
	}
	s := strconv.FormatFloat(math.Abs(f), 'f', -1, 64)
	whole, frac, _ := strings.Cut(s, ".")
	var b strings.Builder
	if f < 0 {
		b.WriteByte('-')
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(r)
	}
	if frac != "" {
		b.WriteString(decimal + frac)
	}
	return b.String()
}

// num returns a formatter of a number.
func num(f float64) formatter { return func(lang string) string { return Number(f, lang) } }

// percent returns a formatter of a share as a percentage.
func percent(f float64) formatter {
	return func(lang string) string { return inPercent(Number(math.Round(f*100), lang), lang) }
}

// Percent writes a share, from 0 to 1, as a percentage of up to two decimals: limits must say 12.5% as it is.
func Percent(f float64, lang string) string { return inPercent(Number(100*f, lang), lang) }

// inPercent writes a percent sign behind a number: Norwegian puts a space that does not break before it.
func inPercent(number, lang string) string {
	if lang == "nb" {
		return number + "\u00a0%"
	}
	return number + "%"
}

// join joins texts, language by language.
func join(sep string, parts ...dossier.Text) dossier.Text {
	if len(parts) == 1 && len(parts[0]) == len(texts.Languages) && hasAll(parts[0]) {
		return parts[0]
	}
	out := make(dossier.Text, len(texts.Languages))
	s := make([]string, 0, len(parts))
	for _, lang := range texts.Languages {
		s = s[:0]
		for _, p := range parts {
			if t := format(p, lang); t != "" {
				s = append(s, t)
			}
		}
		out[lang] = strings.Join(s, sep)
	}
	return out
}

// hasAll reports whether a text has every language of the catalogue.
func hasAll(t dossier.Text) bool {
	for _, lang := range texts.Languages {
		if t[lang] == "" {
			return false
		}
	}
	return true
}

// sameText is a text that reads alike in every language.
func sameText(s string) dossier.Text {
	out := make(dossier.Text, len(texts.Languages))
	for _, lang := range texts.Languages {
		out[lang] = s
	}
	return out
}

// showValue returns a formatter of a fact's value.
func showValue(v any, unit dossier.Text, code string) func(lang string) string {
	return func(lang string) string {
		switch x := v.(type) {
		case float64:
			u := unit.In(lang)
			if u == "" {
				u = code
			}
			if u == "%" {
				return inPercent(num(x)(lang), lang)
			}
			return strings.TrimSpace(num(x)(lang) + " " + u)
		case bool:
			if x {
				return sentences.In(lang, "yes")
			}
			return sentences.In(lang, "no")
		case string:
			if isodate.Valid(x, true) {
				return LocalDate(x, lang)
			}
			return x
		}
		return fmt.Sprint(v)
	}
}

// LocalDate writes an ISO date or month in the form of a language.
func LocalDate(iso, lang string) string {
	if len(iso) == len("2006-01") && lang == "vi" { // within a sentence, which texts.Month is not
		return "tháng " + strings.TrimLeft(iso[5:], "0") + "/" + iso[:4]
	}
	if day, err := time.Parse(time.DateOnly, iso); err == nil {
		return texts.Day(lang, day)
	}
	if month, err := time.Parse("2006-01", iso); err == nil {
		return texts.Month(lang, month)
	}
	return iso
}
