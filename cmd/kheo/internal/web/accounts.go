package web

import (
	"cmp"
	"context"
	"errors"
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

// sendLink makes a link and mails it to the person alone where that is possible; otherwise it is shown once
// to whoever made it, which the audit trail says.
func (s *Server) sendLink(q *request, id string) error {
	addresses, err := outbox.MailAddresses(q.ctx(), s.w)
	if err != nil {
		return err
	}
	conf := s.w.Campaign().Mail
	to := addresses[id]
	mailed := to != "" && conf.Server != "" && conf.Address != ""
	token, expires, err := s.w.Review().MakeLink(q.ctx(), q.person.ID, id, mailed)
	if err != nil {
		return err
	}
	var p review.Person
	if err := s.w.Review().View(q.ctx(), func(st *review.State) error { p = *st.People[id]; return nil }); err != nil {
		return err
	}
	if !mailed {
		s.render(q, http.StatusOK, "link-made", map[string]any{"Person": p, "Link": conf.Address + LinkPath(token),
			"Expires": expires.Format(time.RFC3339)})
		return nil
	}
	lang := cmp.Or(p.Language, s.w.Campaign().Env.Languages[0])
	until := when(lang, expires.Format(time.RFC3339), s.w.Campaign().Location)
	if err := s.sendMail(q.ctx(), to, s.texts.say(lang, "link.subject", s.w.Campaign().Title.In(lang, "en", "vi")),
		s.texts.say(lang, "link.mail", p.Name, until, conf.Address+LinkPath(token), q.person.Name)); err != nil {
		s.log.Error("a link to choose a password was not mailed", "person", id, "error", err.Error())
		return &problem{http.StatusBadGateway, "error.link-mail", nil}
	}
	return s.back(q, "/people", "done.link", p.Name)
}

// MailAnchor sends an anchor of the audit trail to where audit: in kheo.yaml says.
func (s *Server) MailAnchor(ctx context.Context, a review.Anchor) error {
	conf, lang := s.w.Campaign().Audit, s.w.Campaign().Env.Languages[0]
	if conf.Mail == "" || s.w.Campaign().Mail.Server == "" {
		return nil
	}
	title := s.w.Campaign().Title.In(lang, "en", "vi")
	return s.sendMail(ctx, conf.Mail, s.texts.say(lang, "anchor.subject", title), s.texts.say(lang, "anchor.mail",
		s.w.Campaign().ID, a.Events, a.Head))
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

// mailOfPassword tells a person by mail of another password, where there is an address; key is of the text.
func (s *Server) mailOfPassword(ctx context.Context, p *review.Person, key string) {
	addresses, err := outbox.MailAddresses(ctx, s.w)
	if err == nil && addresses[p.ID] != "" && s.w.Campaign().Mail.Server != "" {
		lang := cmp.Or(p.Language, s.w.Campaign().Env.Languages[0])
		title := s.w.Campaign().Title.In(lang, "en", "vi")
		err = s.sendMail(ctx, addresses[p.ID], s.texts.say(lang, "link.subject", title), s.texts.say(lang, key, p.Name))
	}
	if err != nil {
		s.log.Error("a person was not told of a new password by mail", "person", p.ID, "error", err.Error())
	}
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
