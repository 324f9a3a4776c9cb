package value_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// example is a text of a public corpus with what its authors read in it.
type example struct {
	place string // file:line or file#index
	lang  string
	text  string // the whole text
	start int    // code point at which what was read begins
	said  string // the part of the text that says it
	kind  string // number, range, money, percent, measure, date or interval
	low   float64
	high  float64 // of ranges; NaN if open
	unit  string  // of money: ISO 4217, or the corpus's own name; of measures: the corpus's name
	from  string  // of dates and intervals: ISO dates, the second exclusive
	to    string
	grain string // of dates: day, month, quarter, year, or another one
}

// haskellExample matches the head of a list of examples: the expression and the opening bracket of the texts.
var haskellExample = regexp.MustCompile(`examples?[A-Za-z]*\s+\(`)

// readHaskell reads the examples of a Corpus.hs of duckling: "examples (EXPRESSION) [ "text", … ]". What it
// does not understand is skipped.
func readHaskell(place, lang, src string) (out []example) {
	for at := 0; ; {
		m := haskellExample.FindStringIndex(src[at:])
		if m == nil {
			return out
		}
		begin := at + m[1]
		expr, n := balanced(src[begin-1:], '(', ')')
		at = begin
		if n == 0 {
			continue
		}
		rest := src[begin-1+n:]
		list, n := balanced(strings.TrimLeft(rest, " \n"), '[', ']')
		if n == 0 {
			continue
		}
		line := 1 + strings.Count(src[:begin], "\n")
		for _, s := range haskellStrings(list) {
			e := example{place: fmt.Sprintf("%s:%d", place, line), lang: lang, text: s, said: s}
			if e.haskell(expr) {
				out = append(out, e)
			}
		}
	}
}

// balanced returns the text from an opening bracket at the start of s to its closing one, and its length; 0
// if s does not begin so. Brackets in strings are not counted.
func balanced(s string, open, end byte) (string, int) {
	if s == "" || s[0] != open {
		return "", 0
	}
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == open:
			depth++
		case c == end:
			if depth--; depth == 0 {
				return s[:i+1], i + 1
			}
		}
	}
	return "", 0
}

// haskellStrings returns the string literals of a list.
func haskellStrings(s string) (out []string) {
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return out
		}
		var b strings.Builder
		k := i + 1
		for k < len(s) && s[k] != '"' {
			if s[k] != '\\' || k+1 >= len(s) {
				b.WriteByte(s[k])
				k++
				continue
			}
			k++
			digits := k
			base := 10
			if s[k] == 'x' {
				base, digits = 16, k+1
			}
			e := digits
			for e < len(s) && strings.IndexByte("0123456789abcdefABCDEF"[:map[int]int{10: 10, 16: 22}[base]],
				s[e]) >= 0 {
				e++
			}
			switch v, err := strconv.ParseInt(s[digits:e], base, 32); {
			case err == nil:
				b.WriteRune(rune(v))
				k = e
			case s[k] == '&':
				k++
			default:
				b.WriteByte(s[k])
				k++
			}
		}
		out = append(out, b.String())
		if k >= len(s) {
			return out
		}
		s = s[k+1:]
	}
}

var (
	haskellNumber   = regexp.MustCompile(`^\(NumeralValue \(?(-?[0-9.e]+)\)?\)$`)
	haskellSimple   = regexp.MustCompile(`^\(simple ([A-Za-z]+) \(?(-?[0-9.e]+)\)?\)$`)
	haskellBetween  = regexp.MustCompile(`^\(between ([A-Za-z]+) \(([0-9.e]+), ?([0-9.e]+)\)\)$`)
	haskellBound    = regexp.MustCompile(`^\((under|above) ([A-Za-z]+) ([0-9.e]+)\)$`)
	haskellTime     = regexp.MustCompile(`^\(datetime(Holiday)? \((\d+), (\d+), (\d+), (\d+), (\d+), (\d+)\) ([A-Z][A-Za-z]+)`)
	haskellInterval = regexp.MustCompile(`^\(datetimeInterval(Holiday)? \(\((\d+), (\d+), (\d+), \d+, \d+, \d+\), ` +
		`\((\d+), (\d+), (\d+), \d+, \d+, \d+\)\) ([A-Z][A-Za-z]+)`)
	haskellOpen = regexp.MustCompile(`^\(datetimeOpenInterval (After|Before) \((\d+), (\d+), (\d+), \d+, \d+, \d+\) ([A-Z][a-z]+)`)
)

// haskell reads the expression that says what an example is; ok is false if it is not understood.
func (e *example) haskell(expr string) (ok bool) {
	expr = strings.Join(strings.Fields(expr), " ")
	num := func(s string) float64 { v, _ := strconv.ParseFloat(s, 64); return v }
	day := func(m []string) string {
		return strings.ReplaceAll(fmt.Sprintf("%s-%s-%s", m[0], pad(m[1]), pad(m[2])), "-00", "-01")
	}
	if m := haskellNumber.FindStringSubmatch(expr); m != nil {
		e.kind, e.low = "number", num(m[1])
	} else if m := haskellSimple.FindStringSubmatch(expr); m != nil {
		e.kind, e.unit, e.low = "money", m[1], num(m[2])
	} else if m := haskellBetween.FindStringSubmatch(expr); m != nil {
		e.kind, e.unit, e.low, e.high = "range", m[1], num(m[2]), num(m[3])
	} else if m := haskellBound.FindStringSubmatch(expr); m != nil {
		e.kind, e.unit, e.low, e.high = "range", m[2], num(m[3]), math.NaN()
		if m[1] == "under" {
			e.low, e.high = math.NaN(), e.low
		}
	} else if m := haskellTime.FindStringSubmatch(expr); m != nil {
		e.kind, e.from, e.grain = "date", day(m[2:]), strings.ToLower(m[8])
	} else if m := haskellInterval.FindStringSubmatch(expr); m != nil {
		e.kind, e.from, e.to, e.grain = "interval", day(m[2:]), day(m[5:]), strings.ToLower(m[8])
	} else if m := haskellOpen.FindStringSubmatch(expr); m != nil {
		e.kind, e.from, e.grain = "interval", day(m[2:]), strings.ToLower(m[5])
		if m[1] == "Before" {
			e.from, e.to = "", e.from
		}
	} else {
		return false
	}
	return true
}

// pad writes a number of a date with two digits.
func pad(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

// spec is one case of the specifications of Recognizers-Text.
type spec struct {
	Input   string
	Results []struct {
		Text, TypeName, Type string
		Start                int
		Resolution           struct {
			Value, Unit, Subtype, IsoCurrency string
			Values                            []specTime
		}
		Value struct {
			Timex                            string
			FutureResolution, PastResolution map[string]string
		}
	}
}

// specTime is a date or an interval of the specifications, in the form of the models.
type specTime struct{ Timex, Type, Value, Start, End string }

// readSpec reads the cases of a file of specifications, each result an example of its own.
func readSpec(place string, src []byte) (out []example, err error) {
	var all []spec
	if err := json.Unmarshal([]byte(strings.TrimPrefix(strings.TrimSpace(string(src)), "\ufeff")),
		&all); err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	for n, s := range all {
		for k := range s.Results {
			r := &s.Results[k]
			e := example{place: fmt.Sprintf("%s#%d", place, n), lang: "en", text: s.Input, start: r.Start,
				said: r.Text}
			kind := r.TypeName + r.Type
			switch kind = strings.TrimPrefix(kind, "datetimeV2."); kind {
			case "number", "currency", "percentage", "dimension":
				e.ofNumber(kind, r.Resolution.Value, r.Resolution.Unit, r.Resolution.IsoCurrency,
					r.Resolution.Subtype)
			case "numberrange":
				e.ofRange(r.Resolution.Value)
			case "date", "daterange":
				t := specTime{Timex: r.Value.Timex}
				if len(r.Resolution.Values) > 0 {
					t = r.Resolution.Values[0]
				}
				e.ofTime(kind, t, r.Value.FutureResolution)
			default:
				e.kind = kind
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// ofNumber is what a specification says of a number with or without a unit.
func (e *example) ofNumber(kind, value, unit, iso, subtype string) {
	v, err := strconv.ParseFloat(strings.TrimSuffix(value, "%"), 64)
	e.low, e.unit, e.kind = v, unit, map[string]string{"currency": "money", "percentage": "percent",
		"dimension": "measure"}[kind]
	switch {
	case err != nil:
		e.kind = "no value"
	case kind == "number":
		e.kind, e.grain = "number", subtype
	case iso != "":
		e.unit = iso
	}
}

// ofRange is a range such as "[20,30)" or "(-∞,5]".
func (e *example) ofRange(s string) {
	e.kind = "range"
	low, high, _ := strings.Cut(strings.Trim(s, "[]()"), ",")
	bound := func(s string) float64 {
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			return v
		}
		return math.NaN()
	}
	e.low, e.high = bound(low), bound(high)
}

// ofTime is a date or an interval of dates.
func (e *example) ofTime(kind string, t specTime, future map[string]string) {
	e.kind = "date"
	e.from, e.grain = t.Value, "day"
	if e.from == "" {
		e.from = future["date"]
	}
	if kind == "daterange" {
		e.kind, e.from, e.to = "interval", t.Start, t.End
		if e.from == "" {
			e.from = future["startDate"]
		}
		if e.to == "" {
			e.to = future["endDate"]
		}
		if strings.Contains(t.Timex, "-W") {
			e.grain = "week"
		}
	}
	if strings.Contains(t.Timex, "XX") || strings.HasPrefix(t.Timex, "P") {
		e.from, e.to = "", "" // it needs a now, or a beginning
	}
}

// readCorpora reads every example of the corpora in a folder; missing names those that are not there.
func readCorpora(dir string) (all []example, missing []string, err error) {
	for _, what := range []string{"Numeral", "AmountOfMoney", "Time"} {
		for _, lang := range []string{"vi", "nb", "en"} {
			file := filepath.Join("duckling", "Duckling", what, strings.ToUpper(lang), "Corpus.hs")
			src, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				missing = append(missing, file)
				continue
			}
			all = append(all, readHaskell("duckling/"+what+"/"+lang, lang, string(src))...)
		}
	}
	for _, name := range []string{"Number/English/NumberModel", "Number/English/NumberRangeModel",
		"Number/English/PercentModel",
		"NumberWithUnit/English/CurrencyModel", "NumberWithUnit/English/DimensionModel",
		"DateTime/English/DateParser", "DateTime/English/DatePeriodParser",
		"DateTime/English/DateTimeModel"} {
		file := filepath.Join("Recognizers-Text", "Specs", filepath.FromSlash(name)+".json")
		src, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			missing = append(missing, file)
			continue
		}
		found, err := readSpec("recognizers/"+strings.Replace(name, "/English/", "/", 1)+"/en", src)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, found...)
	}
	return all, missing, nil
}

// after returns the ISO date n months after one.
func after(iso string, months int) string {
	t, _ := time.Parse(time.DateOnly, iso)
	return t.AddDate(0, months, 0).Format(time.DateOnly)
}

func TestCorporaAreParsed(t *testing.T) {
	got := readHaskell("x", "en", `  , examples (simple Pound 10)
             [ "\x00a3\&10" -- ten
             , "ten \"pounds\"" ]
  , examples (between Dollar (10, 20)) [ "between $10 and $20" ]
  , examples (NumeralValue (-1.5e3)) ["minus 1.5k"], examples (unknown 1) ["x"]
  , examples (datetime (2013, 3, 1, 0, 0, 0) Day) [ "1 March 2013" ]`)
	want := []example{
		{place: "x:1", lang: "en", text: "£10", said: "£10", kind: "money", unit: "Pound", low: 10},
		{place: "x:1", lang: "en", text: `ten "pounds"`, said: `ten "pounds"`, kind: "money", unit: "Pound",
			low: 10},
		{place: "x:4", lang: "en", text: "between $10 and $20", said: "between $10 and $20", kind: "range",
			unit: "Dollar", low: 10, high: 20},
		{place: "x:5", lang: "en", text: "minus 1.5k", said: "minus 1.5k", kind: "number", low: -1500},
		{place: "x:6", lang: "en", text: "1 March 2013", said: "1 March 2013", kind: "date",
			from: "2013-03-01", grain: "day"},
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

func FuzzCorpora(f *testing.F) {
	f.Add(`examples (NumeralValue 1) [ "\8364\&1", "a" ]`)
	f.Add(`[{"Input":"x 2","Results":[{"Text":"2","TypeName":"number","Start":2,"Resolution":{"value":"2"}}]}]`)
	f.Fuzz(func(t *testing.T, s string) {
		readHaskell("x", "en", s)
		_, _ = readSpec("x", []byte(s))
	})
}

// nextDay returns the ISO date after one.
func nextDay(iso string) string {
	t, _ := time.Parse(time.DateOnly, iso)
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}
