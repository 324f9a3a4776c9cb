package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// LinkPath is the page on which a person chooses a password by a link.
func LinkPath(token string) string { return "/link?t=" + token }

// personForm reads who somebody is from a form.
func (s *Server) personForm(q *request, action review.Action, id string) (review.Event, error) {
	e := review.Event{Person: q.person.ID, Action: action, Data: review.Data{Subject: id, Name: q.form("name"),
		Unit: q.form("unit"), Language: q.form("language")}}
	for _, r := range q.r.PostForm["role"] {
		e.Data.Roles = append(e.Data.Roles, review.Role(r))
	}
	e.Data.Fields = append(e.Data.Fields, q.r.PostForm["field"]...)
	if e.Data.Unit != "" && s.w.Campaign().Env.UnitByID(e.Data.Unit) == nil {
		return e, notFound()
	}
	return e, nil
}

// addPerson adds a person, who chooses the password by a link.
func (s *Server) addPerson(q *request) error {
	e, err := s.personForm(q, review.PersonAdded, q.form("person"))
	if err != nil {
		return err
	}
	if err := s.w.Review().Do(q.ctx(), review.Subject{}, e); err != nil {
		return err
	}
	if !s.w.Campaign().SignIn.Passwords {
		return s.back(q, "/people", "done.person")
	}
	return s.sendLink(q, e.Data.Subject)
}

// changePerson changes who somebody is. A form that does not name the language leaves it as it was.
func (s *Server) changePerson(q *request) error {
	id := q.r.PathValue("person")
	e, err := s.personForm(q, review.PersonChanged, id)
	if err != nil {
		return err
	}
	if !q.r.PostForm.Has("language") {
		if err := s.w.Review().View(q.ctx(), func(st *review.State) error {
			if p := st.People[id]; p != nil {
				e.Data.Language = p.Language
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if err := s.w.Review().Do(q.ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.back(q, "/people", "done.person")
}

func (s *Server) disablePerson(q *request) error {
	if err := s.w.Review().Disable(q.ctx(), q.person.ID, q.r.PathValue("person")); err != nil {
		return err
	}
	return s.back(q, "/people", "done.disabled")
}

func (s *Server) enablePerson(q *request) error {
	if err := s.w.Review().Enable(q.ctx(), q.person.ID, q.r.PathValue("person")); err != nil {
		return err
	}
	return s.back(q, "/people", "done.enabled")
}

// makeLink makes a link by which a person chooses another password.
func (s *Server) makeLink(q *request) error {
	if !s.w.Campaign().SignIn.Passwords {
		return notFound()
	}
	return s.sendLink(q, q.r.PathValue("person"))
}

// sendLink makes a link and mails it to the person alone if that is possible; otherwise it is shown once to the
// person who made it, which the audit trail says.
func (s *Server) sendLink(q *request, id string) error {
	conf := s.w.Campaign().Mail
	mailed, err := s.reaches(q.ctx(), id)
	if err != nil {
		return err
	}
	mailed = mailed && conf.Address != ""
	token, expires, err := s.w.Review().MakeLink(q.ctx(), q.person.ID, id, mailed)
	if err != nil {
		return err
	}
	var p review.Person
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error { p = *st.People[id]; return nil }); err != nil {
		return err
	}
	if !mailed {
		if err := outbox.DropWaitingMail(q.ctx(), s.w, string(outbox.MailLink)+" "+id); err != nil { // of an earlier link
			return err
		}
		s.render(q, http.StatusOK, "link-made", map[string]any{"Person": p, "Link": conf.Address + LinkPath(token),
			"Expires": expires.Format(time.RFC3339)})
		return nil
	}
	if _, err := s.postTo(q.ctx(), outbox.MailLink, id, linkAbout{q.person.Name}); err != nil {
		return err
	}
	return s.back(q, "/people", "done.link", p.Name)
}

// linkAbout is what the outbox keeps of a link: not its token, which is made when the mail is sent.
type linkAbout struct {
	By string `json:"by"` // name of who made the link
}

// linkMail makes the mail with a link by which a person chooses a password, and the link's token. The text is ""
// if the person needs no link any more.
func (s *Server) linkMail(ctx context.Context, p *review.Person, about []byte) (subject, text string, err error) {
	var a linkAbout
	if err := json.Unmarshal(about, &a); err != nil {
		return "", "", err
	}
	token, expires, err := s.w.Review().RenewLink(ctx, p.ID)
	if errors.Is(err, store.ErrLink) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	lang := s.mailLanguage(p)
	until := when(lang, expires.Format(time.RFC3339), s.w.Campaign().Location)
	return s.texts.say(lang, "link.subject", s.w.Campaign().Title.In(lang, "en", "vi")),
		s.texts.say(lang, "link.mail", p.Name, until, s.w.Campaign().Mail.Address+LinkPath(token), a.By), nil
}

// MailAnchor puts an anchor of the audit trail into the outbox, for the address that audit: in kheo.yaml names.
func (s *Server) MailAnchor(ctx context.Context, a review.Anchor) error {
	if s.w.Campaign().Audit.Mail == "" || s.w.Campaign().Mail.Server == "" {
		return nil
	}
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return s.post(ctx, &outbox.WaitingMail{Key: fmt.Sprint(outbox.MailAnchor, " ", a.Events), Kind: outbox.MailAnchor, About: b})
}

// anchorMail makes the mail of an anchor, in the campaign's first language.
func (s *Server) anchorMail(about []byte) (subject, text string, err error) {
	var a review.Anchor
	if err := json.Unmarshal(about, &a); err != nil {
		return "", "", err
	}
	lang := s.w.Campaign().Env.Languages[0]
	return s.texts.say(lang, "anchor.subject", s.w.Campaign().Title.In(lang, "en", "vi")),
		s.texts.say(lang, "anchor.mail", s.w.Campaign().ID, a.Events, a.Head), nil
}

// linkPage asks whoever has a link for the password.
func (s *Server) linkPage(q *request) error {
	return s.askByLink(q, q.r.URL.Query().Get("t"), "")
}

func (s *Server) askByLink(q *request, token, mistake string) error {
	p, err := s.w.Review().LinkOf(q.ctx(), token)
	if err != nil {
		return err
	}
	if p == nil || !s.w.Campaign().SignIn.Passwords {
		return &problem{http.StatusNotFound, "error.link", nil}
	}
	status := http.StatusOK
	if mistake != "" {
		status = http.StatusBadRequest
	}
	s.render(q, status, "link", map[string]any{"Person": p, "Token": token, "Mistake": mistake})
	return nil
}

// useLink sets the password that somebody chose by a link, and tells the person where that is possible.
func (s *Server) useLink(q *request) error {
	token, password := q.r.PostFormValue("t"), q.r.PostFormValue("password")
	if !s.w.Campaign().SignIn.Passwords {
		return notFound()
	}
	if q.r.PostForm.Has("again") && q.r.PostFormValue("again") != password {
		return s.askByLink(q, token, "link.differ")
	}
	p, err := s.w.Review().UseLink(q.ctx(), token, password)
	if errors.Is(err, store.ErrLink) {
		return &problem{http.StatusNotFound, "error.link", nil}
	}
	if err != nil {
		return err
	}
	s.mailOfPassword(q.ctx(), p, "link.used")
	return s.back(q, "/sign-in", "done.password")
}

// mailOfPassword puts the notice that a person has another password into the outbox, if the person has an address;
// key is that of its text. That the notice cannot be kept stops nothing: the password is set.
func (s *Server) mailOfPassword(ctx context.Context, p *review.Person, key string) {
	if _, err := s.postTo(ctx, outbox.MailPassword, p.ID, passwordAbout{key}); err != nil {
		s.log.Error("a notice of a new password was not kept in the outbox", "person", p.ID, "error", err.Error())
	}
}

// passwordAbout is what the outbox keeps of a notice.
type passwordAbout struct {
	Text string `json:"text"` // key of it
}

// passwordMail makes the notice that a person has another password.
func (s *Server) passwordMail(p *review.Person, about []byte) (subject, text string, err error) {
	var a passwordAbout
	if err := json.Unmarshal(about, &a); err != nil {
		return "", "", err
	}
	lang := s.mailLanguage(p)
	return s.texts.say(lang, "link.subject", s.w.Campaign().Title.In(lang, "en", "vi")), s.texts.say(lang, a.Text, p.Name), nil
}

// told is what the next pages tell a person of what others did to the account, until it was read.
func (s *Server) told(q *request) (out []notice, upTo int64) {
	if q.person == nil {
		return nil, 0
	}
	err := s.w.Review().View(q.ctx(), func(st *review.State) error {
		list := st.Told(q.person.ID)
		if len(list) == 0 {
			return nil
		}
		read, err := outbox.Told(q.ctx(), s.w, q.person.ID)
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.Seq > read {
				out, upTo = append(out, notice{s.name(st, t.By), string(t.Action), t.At}), t.Seq
			}
		}
		return nil
	})
	if err != nil {
		s.log.Error("what a person is to be told", "error", err.Error())
	}
	return out[max(0, len(out)-mostNotices):], upTo
}

// notice is one thing that a person is told.
type notice struct{ Name, Action, At string }

// mostNotices is how many of them a page shows.
const mostNotices = 5

// toldRead notes that a person has read what others did to the account.
func (s *Server) toldRead(q *request) error {
	seq, err := strconv.ParseInt(q.form("seq"), 10, 64)
	if err != nil || seq < 0 {
		return notFound()
	}
	if err := outbox.SetTold(q.ctx(), s.w, q.person.ID, seq); err != nil {
		return err
	}
	return s.back(q, q.form("back"), "")
}

// settleScorer settles whose the scores are that are recorded under a name of several people.
func (s *Server) settleScorer(q *request) error {
	e := review.Event{Person: q.person.ID, Action: review.ScorerSettled, Data: review.Data{Name: q.form("name"),
		Subject: q.form("person")}}
	if err := s.w.Review().Do(q.ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.back(q, "/people", "done.settled")
}
