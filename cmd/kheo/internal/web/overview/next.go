package overview

import (
	"net/http"
	"net/url"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
)

// Next leads to the next dossier that waits for the person, after the one that the query names, in the order of the
// lists: first on the list of that dossier, and from its end again from its beginning. With back=yes it leads to the
// one before. If no other waits, it leads to the overview.
func (s *Room) Next(q *page.Request) error {
	get := q.R.URL.Query()
	after := get.Get("after")
	mine, err := s.lists.For(q.Ctx(), q.Person)
	if err != nil {
		return err
	}
	var order []string // of the dossiers that wait, and after
	at := -1
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		add := func(ruleset string, f *publish.File) {
			rs := s.site.Ruleset(ruleset)
			_, closed := st.Closed[ruleset]
			for i := range f.Entries {
				e := &f.Entries[i]
				if e.Dossier == after {
					at = len(order)
				}
				if e.Dossier == after || rs != nil && !closed && waits(q.Person, st, mine.Sees, rs, e) != "" {
					order = append(order, e.Dossier)
				}
			}
		}
		for _, rs := range s.site.W.Campaign().Rulesets {
			if f := mine.Of[rs.ID]; f != nil {
				add(rs.ID, f)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	to, n := "/", len(order)
	step := 1
	if get.Get("back") != "" {
		// A step of n-1 in a ring of n leads one back.
		step = n - 1
	}
	if at < 0 {
		at = n - 1 // a dossier on no list, or none: from the beginning
	}
	if n > 0 && order[(at+step)%n] != after {
		to = "/dossiers/" + url.PathEscape(order[(at+step)%n])
	}
	s.tellOf(q, mine.At[after].Entry, to)
	http.Redirect(q.W, q.R, to, http.StatusSeeOther)
	return nil
}

// tellOf has the message of what was just done name the dossier it was done to, because the next page is of
// another; and says that nothing else waits if the next page is the overview.
func (s *Room) tellOf(q *page.Request, of *publish.Entry, to string) {
	message := s.site.Sessions.GetString(q.Ctx(), "flash")
	if message != "" && of != nil {
		message = page.UpTo(of.Title, maxTitle) + ": " + message
	}
	if to == "/" {
		if message != "" {
			message += " "
		}
		message += s.site.Texts.Say(q.Lang, "next.none")
	}
	if message != "" {
		s.site.Sessions.Put(q.Ctx(), "flash", message)
	}
}

// maxTitle is how many code points of a title a message has.
const maxTitle = 60
