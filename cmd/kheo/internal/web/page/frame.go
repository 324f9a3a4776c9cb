package page

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
)

// told returns what others have changed on the account of the person who asks and the person has not
// confirmed reading, at most maxNotices of the newest, and the number of the last such event.
func (s *Site) told(q *Request) (out []notice, upTo int64) {
	if q.Person == nil {
		return nil, 0
	}
	err := s.W.Review().View(q.Ctx(), func(st *review.State) error {
		list := st.Told(q.Person.ID)
		if len(list) == 0 {
			return nil
		}
		read, err := outbox.SeenEvents(q.Ctx(), s.W, q.Person.ID)
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.Seq > read {
				out, upTo = append(out, notice{s.Name(st, t.By), string(t.Action), t.At}), t.Seq
			}
		}
		return nil
	})
	if err != nil {
		s.Log.Error("what a person is to be told", "error", err.Error())
	}
	return out[max(0, len(out)-maxNotices):], upTo
}

// notice is one change of an account that is reported to its owner.
type notice struct{ Name, Action, At string }

// maxNotices is how many notices a page shows.
const maxNotices = 5

// frame is what every page has around its content: navigation, messages and rights of the person.
type frame struct {
	Lang, Name, Query string
	Campaign          string
	Theme             string // of Themes, or AutoTheme
	Person            *review.Person
	Initials          string // of the person
	Flash             string
	Lists             []navList
	ListsCurrent      bool      // the page is about a list or something on one
	Nav, More         []navLink // in the bar, and behind "More"
	MoreCurrent       bool
	Trail             []navLink // from the overview to the page above this one, without either
	May               map[string]bool
	HidesNames        bool // of units and nominees
	Languages         []string
	Themes            []string
	Undo              string // a path that takes back what was just done
	UndoForm          []formValue
	Mistake           Mistake  // why a form of the page was refused
	Path              string   // of the page, if the browser shows that of the form
	Told              []notice // what others did to the account
	ToldTo            int64
	Help              helpLink // that explains this page
}

// formValue is a hidden value of a form.
type formValue struct{ Name, Value string }

// FormValues returns form values as hidden fields, ordered by name.
func FormValues(v url.Values) []formValue {
	var out []formValue
	for _, k := range slices.Sorted(maps.Keys(v)) {
		for _, x := range v[k] {
			out = append(out, formValue{k, x})
		}
	}
	return out
}

// Themes are the colours that a person may choose, beside AutoTheme: what the device prefers.
var Themes = []string{"light", "dark"}

// AutoTheme is the theme of people who chose none.
const AutoTheme = "auto"

// theme returns the chosen theme, or AutoTheme.
func (s *Site) theme(q *Request) string {
	if t := s.Cookie(q, ThemeCookie); slices.Contains(Themes, t) {
		return t
	}
	return AutoTheme
}

// frame gathers what surrounds a page. It takes the message of the last action out of the session.
func (s *Site) frame(q *Request, name string) frame {
	f := frame{Lang: q.Lang, Name: name, Query: q.R.URL.RequestURI(), Campaign: s.campaignTitle(q.Lang),
		Theme: s.theme(q), Person: q.Person, Flash: s.Sessions.PopString(q.Ctx(), "flash"),
		May: map[string]bool{}, HidesNames: q.HidesNames, Languages: Languages, Themes: append([]string{AutoTheme},
			Themes...)}
	f.Told, f.ToldTo = s.told(q)
	f.Help = help(name)
	if f.Mistake = q.Mistake; f.Mistake.Status != 0 {
		f.Path = f.Query
	}
	if q.R.Method != "GET" {
		f.Query = "/"
	}
	if f.Flash != "" {
		if f.Undo = s.Sessions.PopString(q.Ctx(), "undo"); f.Undo != "" {
			if v, err := url.ParseQuery(s.Sessions.PopString(q.Ctx(), "undo-form")); err == nil {
				f.UndoForm = FormValues(v)
			}
		}
	}
	for _, r := range review.Rights {
		closed := q.HidesNames && (r == review.Search || r == review.Papers)
		f.May[strings.ReplaceAll(string(r), "-", "")] = q.Person.May(r) && !closed
	}
	if q.Person != nil {
		f.Initials = initials(q.Person.Name)
		s.navigation(q, &f)
	}
	return f
}

// campaignTitle returns the title of the campaign in a language, or its id if it has none.
func (s *Site) campaignTitle(lang string) string {
	return cmp.Or(s.W.Campaign().Title.In(lang, "en", "vi"), s.W.Campaign().ID)
}

// initials returns the first letters of the last two words of a name, by which the menu of the person is
// found.
func initials(name string) string {
	words := strings.Fields(name)
	var out []rune
	for _, w := range words[max(0, len(words)-2):] {
		out = append(out, unicode.ToUpper([]rune(w)[0]))
	}
	return string(out)
}
