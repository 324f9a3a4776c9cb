package page

import (
	"maps"
	"net/url"
	"slices"
	"strings"

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
	Person            *review.Person
	Flash             string
	Lists             []titled
	May               map[string]bool
	Languages         []string
	Undo              string // a path that takes back what was just done
	UndoForm          []formValue
	Told              []notice // what others did to the account
	ToldTo            int64
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

// titled is a list as the navigation names it.
type titled struct{ ID, Title string }

// frame gathers what surrounds a page. It takes the message of the last action out of the session.
func (s *Site) frame(q *Request, name string) frame {
	f := frame{Lang: q.Lang, Name: name, Query: q.R.URL.RequestURI(),
		Campaign: s.W.Campaign().Title.In(q.Lang, "en",
			"vi"), Person: q.Person, Flash: s.Sessions.PopString(q.Ctx(), "flash"), May: map[string]bool{},
		Languages: Languages}
	f.Told, f.ToldTo = s.told(q)
	if f.Campaign == "" {
		f.Campaign = s.W.Campaign().ID
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
		f.May[strings.ReplaceAll(string(r), "-", "")] = q.Person.May(r)
	}
	if q.Person.May(review.See) {
		for _, rs := range s.W.Campaign().Rulesets {
			f.Lists = append(f.Lists, titled{rs.ID, rs.Title.In(q.Lang, "en", "vi")})
		}
	}
	return f
}
