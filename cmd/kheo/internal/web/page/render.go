package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"kheo/internal/dossier"
	catalogue "kheo/internal/texts"
	"kheo/pipeline/review"
)

// Mark is a half-open range of code points of a text that is marked, with a class of the style sheet or "".
type Mark struct {
	From, To int
	Class    string
	First    bool // it is what the page was opened for; it gets the id HereID
}

// HereID is the id of the mark that a page was opened for, by which links lead to it.
const HereID = "here"

// Marked returns a snippet as HTML with its marks, which are half-open ranges of code points in ascending
// order. Ranges that overlap or reach beyond the snippet are skipped.
func Marked(snippet string, marks [][2]int) template.HTML {
	return markedAs([]rune(snippet), marksOf(marks))
}

// marksOf returns ranges as marks without a class.
func marksOf(ranges [][2]int) (out []Mark) {
	for _, r := range ranges {
		out = append(out, Mark{From: r[0], To: r[1]})
	}
	return out
}

// MarkedAs returns a text as HTML with its marks, as Marked does.
func MarkedAs(text string, marks []Mark) template.HTML { return markedAs([]rune(text), marks) }

// markedAs returns a text as HTML with its marks.
func markedAs(text []rune, marks []Mark) template.HTML {
	var b strings.Builder
	at := 0
	for _, m := range marks {
		if m.From < at || m.To > len(text) || m.From > m.To {
			continue
		}
		b.WriteString(template.HTMLEscapeString(string(text[at:m.From])))
		b.WriteString("<mark")
		if m.Class != "" {
			b.WriteString(` class="` + template.HTMLEscapeString(m.Class) + `"`)
		}
		if m.First {
			b.WriteString(` id="` + HereID + `"`)
		}
		b.WriteString(">" + template.HTMLEscapeString(string(text[m.From:m.To])) + "</mark>")
		at = m.To
	}
	b.WriteString(template.HTMLEscapeString(string(text[at:])))
	return template.HTML(b.String()) // every piece of it is escaped
}

// Files are the templates of the pages.
//
//go:embed templates/*.html
var Files embed.FS

// Refusal returns why an action is refused, in a language. Codes without a text give the English reason.
func (s *Site) Refusal(lang string, r *review.Refusal) string {
	if s.Texts.Of(lang, "refused."+r.Code) != "" {
		return s.Texts.Say(lang, "refused."+r.Code, r.Args...)
	}
	return r.Why
}

// Render writes a page. It is rendered completely first: if a template fails, the answer is an error and not
// half a page.
func (s *Site) Render(q *Request, status int, name string, data map[string]any) {
	if data == nil {
		data = map[string]any{}
	}
	data["Page"] = s.frame(q, name)
	if q.Mistake.Status != 0 && status == http.StatusOK {
		status = q.Mistake.Status
	}
	var b bytes.Buffer
	tmpl, err := s.template(name)
	if err == nil {
		err = tmpl.ExecuteTemplate(&b, "frame", data)
	}
	if err != nil {
		s.Log.Error("a page cannot be written", "page", name, "error", err.Error())
		http.Error(q.W, s.Texts.Say(q.Lang, "error.internal"), http.StatusInternalServerError)
		return
	}
	send(q, status, name, b.Bytes())
}

// Back redirects to a page of this site after an action that succeeded, and has that page show a message, and what
// Undoable said of this action. What an earlier action left to be undone is no longer offered: beside the message of
// this one it would undo the wrong thing.
func (s *Site) Back(q *Request, to, key string, args ...any) error {
	if key != "" {
		s.Sessions.Put(q.Ctx(), "flash", s.Texts.Say(q.Lang, key, args...))
	}
	if q.undo.path != "" {
		s.Sessions.Put(q.Ctx(), "undo", q.undo.path)
		s.Sessions.Put(q.Ctx(), "undo-form", q.undo.form)
	} else if key != "" {
		s.Sessions.Remove(q.Ctx(), "undo")
		s.Sessions.Remove(q.Ctx(), "undo-form")
	}
	http.Redirect(q.W, q.R, s.ours(to), http.StatusSeeOther)
	return nil
}

// undo is a form by which an action is taken back: where it is sent to, and its values, encoded.
type undo struct{ path, form string }

// Undoable has the page after the action offer to undo it, by a form with these values to a path. An action that is
// refused afterwards, and so does not come to Back, offers nothing.
func (s *Site) Undoable(q *Request, path string, values url.Values) {
	q.undo = undo{path, values.Encode()}
}

// UndoableBatch returns a function that has the next page offer to undo all that the person records about entries of
// a list between the two calls.
func UndoableBatch(s *Site, q *Request, ruleset string) (offer func() error, err error) {
	end := func() (seq int64, err error) {
		err = s.W.Review().View(q.Ctx(), func(st *review.State) error { seq = st.Seq; return nil })
		return seq, err
	}
	from, err := end()
	return func() error {
		to, err := end()
		if err == nil && to > from {
			s.Undoable(q, "/lists/"+ruleset+"/undo", url.Values{"from": {strconv.FormatInt(from+1, 10)},
				"to": {strconv.FormatInt(to, 10)}, "back": {q.From("/lists/" + ruleset)}})
		}
		return err
	}, err
}

// sharedTemplates are the parts that every page may use: the frame, small parts, and pictures.
var sharedTemplates = []string{"templates/frame.html", "templates/parts.html", "templates/pictures.html",
	"templates/papers-pane.html", "templates/task.html"}

// parsed returns the templates of all pages by name, each with the frame and the shared parts. They are parsed once
// for all sites of a process, and never executed: what is executed is a copy with the functions of a site.
var parsed = sync.OnceValues(func() (map[string]*template.Template, error) {
	shared, err := template.New("").Funcs((&Site{}).functions()).ParseFS(Files, sharedTemplates...)
	if err != nil {
		return nil, err
	}
	list, err := fs.Glob(Files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	out := map[string]*template.Template{}
	for _, f := range list {
		name := strings.TrimSuffix(path.Base(f), ".html")
		if slices.Contains(sharedTemplates, f) {
			continue
		}
		own, err := shared.Clone()
		if err == nil {
			own, err = own.ParseFS(Files, f)
		}
		if err != nil {
			return nil, err
		}
		out[name] = own
	}
	return out, nil
})

// templates are the copies of parsed templates that a site executes.
type templates struct {
	sync.Mutex
	named map[string]*template.Template
}

// template returns the template of a page, which it copies when the page is first rendered.
func (s *Site) template(name string) (*template.Template, error) {
	s.pages.Lock()
	defer s.pages.Unlock()
	if t := s.pages.named[name]; t != nil {
		return t, nil
	}
	all, err := parsed()
	if err != nil {
		return nil, err
	}
	if all[name] == nil {
		return nil, fmt.Errorf("no template %q", name)
	}
	t, err := all[name].Clone()
	if err != nil {
		return nil, err
	}
	if s.pages.named == nil {
		s.pages.named = map[string]*template.Template{}
	}
	s.pages.named[name] = t.Funcs(s.functions())
	return t, nil
}

// functions returns the functions that templates call.
func (s *Site) functions() template.FuncMap {
	return template.FuncMap{
		"t":       s.Texts.Say,
		"num":     func(lang string, v any) string { return Number(lang, v) },
		"when":    func(lang, at string) string { return When(lang, at, s.W.Campaign().Location) },
		"month":   month,
		"quote":   catalogue.Quoted,
		"office":  func(id string) string { return s.W.Campaign().Handover.NameOf(id) },
		"in":      func(t dossier.Text, lang string) string { return t.In(lang, "en", "vi") },
		"dict":    dict,
		"snippet": Marked,
		"tied":    func(lang, reason string) string { return Tied(s, lang, reason) },
		"needs":   s.needs,
		"stands":  func(lang string, t review.Tally) string { return Stands(s, lang, t) },
		"minus":   func(a, b float64) float64 { return a - b },
		"share":   Share,
		"signed":  func(lang string, v float64) string { return map[bool]string{true: "+"}[v > 0] + Number(lang, v) },
		"lines":   func(s string) []string { return strings.Split(s, "\n") },
		"has":     slices.Contains[[]string],
		"names":   documentNames,
		"join":    func(list []string) string { return strings.Join(list, ", ") },
		"upto":    func(s string, n int) string { return UpTo(s, n) },
		"icon":    Icon,
		"csv":     csvLink,
		"size":    size,
		"place":   Place,
		"decisions": func() []review.Decision {
			return []review.Decision{review.Recognised, review.NotRecognised, review.Deferred, review.Returned}
		},
		"written":    func(document string) bool { return document != dossier.ManifestName },
		"elsewhere":  func(lang, document string) string { return elsewhere(s, lang, document) },
		"foundplace": FoundPlace,
		"list":       func(lang, ruleset string) string { return listTitle(s, lang, ruleset) },
		"float":      func(n int) float64 { return float64(n) },
		"took":       took,
		"stage":      s.Texts.StageName,
		"says":       s.Texts.Of,
		"cause":      s.CauseName,
		"at": func(lang string, t time.Time) string {
			return When(lang, t.Format(time.RFC3339), s.W.Campaign().Location)
		},
		"plus":      func(a, b int) int { return a + b },
		"hundredth": func(v any) float64 { return hundredth(v) },
		"anchor":    Anchor,
		"keyname":   keyName,
		"keyhelp":   keyHelp,
		"rows":      func(s string) int { return min(12, max(2, strings.Count(s, "\n")+1)) },
	}
}

// hundredth rounds a number, or what points to one, to hundredths.
func hundredth(v any) float64 {
	switch x := v.(type) {
	case *float64:
		return math.Round(*x*100) / 100
	case float64:
		return math.Round(x*100) / 100
	}
	return 0
}

// Tied says in a language why a person has a conflict of interest.
func Tied(s *Site, lang, reason string) string {
	if reason == review.OwnUnit {
		return s.Texts.Say(lang, "aside.own-unit")
	}
	return reason
}

// needs returns what the voting rule requires of an entry, and how many votes in favour it has, unless Stands does.
func (s *Site) needs(lang string, t review.Tally) string {
	m := t.Rule.Majority
	if m.Base == "" {
		return ""
	}
	if why, _ := t.Stands(s.W.Now().UTC().Format(time.RFC3339)); why == review.StandsFor ||
		why == review.StandsAgainst {
		return "" // Stands says it
	}
	rule := m.In(lang, t.Rule.Abstain)
	if t.Base() == 0 {
		return s.Texts.Say(lang, "tally.rule", rule)
	}
	return s.Texts.Say(lang, "tally.needs", rule, t.Needs(), t.Base(), t.For)
}

// Stands says in one sentence why an entry can be decided as its votes have it, or why it cannot be decided yet. It is
// "" of votes that the person may not know.
func Stands(s *Site, lang string, t review.Tally) string {
	if t.Rule.Majority.Base == "" {
		return ""
	}
	why, _ := t.Stands(s.W.Now().UTC().Format(time.RFC3339))
	say := func(args ...any) string { return s.Texts.Say(lang, "stands."+why, args...) }
	switch why {
	case review.StandsQuorum:
		if t.Rule.Attendance.Present {
			return s.Texts.Say(lang, "stands.quorum-present", t.Present, t.Eligible, t.Need)
		}
		return say(t.Cast(), t.Eligible, t.Need)
	case review.StandsBallot:
		return say(t.Cast(), t.Eligible)
	case review.StandsWriting:
		return say(len(t.Waiting), When(lang, t.Rule.WrittenUntil, s.W.Campaign().Location))
	case review.StandsTieChair, review.StandsTieVote:
		return say(t.For, t.Against)
	case review.StandsTieSettled:
		return say(t.For, t.Against, s.Texts.Say(lang, "decision."+string(t.Result())))
	case review.StandsFor, review.StandsAgainst:
		return say(t.For, t.Needs(), t.Rule.Majority.In(lang, t.Rule.Abstain))
	}
	return say()
}

// UpTo returns at most n code points of s, with an ellipsis if it is cut.
func UpTo(s string, n int) string {
	rs := []rune(s)
	if len(rs) <= n {
		return s
	}
	return string(rs[:n]) + "…"
}

// documentNames returns the names of documents.
func documentNames(list []dossier.Document) []string {
	var out []string
	for i := range list {
		out = append(out, list[i].Name)
	}
	return out
}

// dict makes a map of alternating names and values, by which templates pass several values to a shared part.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// keyNames are what the keys of rulesets and of kheo.yaml are called.
const keyNames catalogue.Section = "keys"

// keyName returns what a key is called in a language; the key itself if it has no name.
func keyName(lang, key string) string {
	if t, ok := keyNames.Lookup(key); ok {
		return t.In(lang, "en")
	}
	return key
}

// keyHelp is what a key is for, as the tables of keys explain it in English, in another language: a sentence.
func keyHelp(lang, english string) string {
	help := strings.ReplaceAll(catalogue.Help(lang, english), "`", "")
	first, n := utf8.DecodeRuneInString(help)
	return string(unicode.ToUpper(first)) + help[n:] + "."
}

// Anchor returns the id of the element of a path of a file on the page that changes it.
func Anchor(path string) string { return "at-" + strings.ReplaceAll(path, "/", "-") }

// Share is a part of a whole as a percentage, for the width of bars: from 0, which it also is of no whole.
func Share(part, whole float64) int {
	if part <= 0 || whole <= 0 {
		return 0
	}
	return int(math.Round(100 * part / whole))
}

// size writes a number of bytes in the unit that keeps it short, as 12,5 MB.
func size(lang string, bytes int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	v, at := float64(bytes), 0
	for v >= 1000 && at < len(units)-1 {
		v, at = v/1000, at+1
	}
	return Number(lang, math.Round(10*v)/10) + "\u00a0" + units[at]
}

// took writes how long something took: seconds, or minutes from two of them on.
func took(lang string, seconds float64) string {
	if seconds >= 120 {
		return Number(lang, math.Round(seconds/60)) + "\u00a0min"
	}
	return Number(lang, math.Round(seconds)) + "\u00a0s"
}

// listTitle returns the title of a list in a language, or its id if the campaign has no such list.
func listTitle(s *Site, lang, ruleset string) string {
	if rs := s.Ruleset(ruleset); rs != nil {
		return rs.Title.In(lang, "en", "vi")
	}
	return ruleset
}
