package admin

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/mailer"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/index"
	"kheo/pipeline/factor"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/search"
)

// personForm reads a person's details from a form. Only the unit is checked here, since the log does not know
// the units of kheo.yaml.
func (s *Room) personForm(q *page.Request, action review.Action, id string) (review.Event, error) {
	e := review.Event{Person: q.Person.ID, Action: action, Data: review.Data{Subject: id, Name: q.Form("name"),
		Unit: q.Form("unit"), Language: q.Form("language")}}
	for _, r := range q.R.PostForm["role"] {
		e.Data.Roles = append(e.Data.Roles, review.Role(r))
	}
	e.Data.Fields = append(e.Data.Fields, q.R.PostForm["field"]...)
	if e.Data.Unit != "" && s.site.W.Campaign().Env.UnitByID(e.Data.Unit) == nil {
		return e, page.NotFound()
	}
	if !outbox.ValidMail(q.Form("mail")) {
		return e, page.Refuse(http.StatusBadRequest, "error.mail", q.Form("mail"))
	}
	return e, nil
}

// AddPerson adds a person, who chooses a password by a link. An administrator never chooses or sees a password:
// only a link, and only if it cannot be mailed.
func (s *Room) AddPerson(q *page.Request) error {
	e, err := s.personForm(q, review.PersonAdded, q.Form("person"))
	if err != nil {
		return err
	}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, e); err != nil {
		return err
	}
	if err := s.changeMail(q, e.Data.Subject); err != nil {
		return err
	}
	if !s.site.W.Campaign().SignIn.Passwords {
		return s.site.Back(q, "/people", "done.person")
	}
	return s.sendLink(q, e.Data.Subject)
}

// ChangePerson changes the details of a person. A form without a language leaves it unchanged.
func (s *Room) ChangePerson(q *page.Request) error {
	id := q.R.PathValue("person")
	e, err := s.personForm(q, review.PersonChanged, id)
	if err != nil {
		return err
	}
	if !q.R.PostForm.Has("language") {
		if err := s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
			if p := st.People[id]; p != nil {
				e.Data.Language = p.Language
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, e); err != nil {
		return err
	}
	if err := s.changeMail(q, id); err != nil {
		return err
	}
	return s.site.Back(q, "/people", "done.person")
}

// changeMail sets the e-mail address of a person, if the form has one. personForm has checked it.
func (s *Room) changeMail(q *page.Request, id string) error {
	if !q.R.PostForm.Has("mail") {
		return nil
	}
	return outbox.ChangeMail(q.Ctx(), s.site.W, q.Person.ID, id, q.Form("mail"))
}

// DisablePerson closes an account: its sessions and links end.
func (s *Room) DisablePerson(q *page.Request) error {
	if err := s.site.W.Review().Disable(q.Ctx(), q.Person.ID, q.R.PathValue("person")); err != nil {
		return err
	}
	return s.site.Back(q, "/people", "done.disabled")
}

// EnablePerson opens a closed account again.
func (s *Room) EnablePerson(q *page.Request) error {
	if err := s.site.W.Review().Enable(q.Ctx(), q.Person.ID, q.R.PathValue("person")); err != nil {
		return err
	}
	return s.site.Back(q, "/people", "done.enabled")
}

// RemoveFactor removes another person's second factor, after the device and the recovery codes are lost. Removing one's
// own takes the password and a code, on the account page.
func (s *Room) RemoveFactor(q *page.Request) error {
	person := q.R.PathValue("person")
	if person == q.Person.ID {
		return page.Refuse(http.StatusConflict, "error.own-factor")
	}
	if err := factor.Remove(q.Ctx(), s.site.W, q.Person.ID, person); err != nil {
		return err
	}
	s.mailer.MailOfPassword(q.Ctx(), &review.Person{ID: person}, "factor.mail-removed")
	return s.site.Back(q, "/people", "done.factor-removed")
}

// MakeLink makes a link by which a person chooses a new password.
func (s *Room) MakeLink(q *page.Request) error {
	if !s.site.W.Campaign().SignIn.Passwords {
		return page.NotFound()
	}
	return s.sendLink(q, q.R.PathValue("person"))
}

// sendLink makes a link and mails it to the person alone if that is possible; otherwise it is shown once to the
// person who made it, which the audit trail says. The audit trail records which of the two it was before the
// link exists anywhere else. A mail with an earlier link is withdrawn if the new one is shown, because its
// token has become invalid.
func (s *Room) sendLink(q *page.Request, id string) error {
	conf := s.site.W.Campaign().Mail
	mailed, err := s.mailer.Reaches(q.Ctx(), id)
	if err != nil {
		return err
	}
	mailed = mailed && conf.Address != ""
	token, expires, err := s.site.W.Review().MakeLink(q.Ctx(), q.Person.ID, id, mailed)
	if err != nil {
		return err
	}
	var p review.Person
	if err := s.site.W.Review().View(q.Ctx(),
		func(st *review.State) error { p = *st.People[id]; return nil }); err != nil {
		return err
	}
	if !mailed {
		earlier := string(outbox.MailLink) + " " + id // the mail with an earlier link, if it was not sent yet
		if err := outbox.DropWaitingMail(q.Ctx(), s.site.W, earlier); err != nil {
			return err
		}
		s.site.Render(q, http.StatusOK, "link-made", map[string]any{"Person": p,
			"Link":    conf.Address + mailer.LinkPath(token),
			"Expires": expires.Format(time.RFC3339)})
		return nil
	}
	if _, err := s.mailer.PostTo(q.Ctx(), outbox.MailLink, id,
		mailer.LinkAbout{By: q.Person.Name}); err != nil {
		return err
	}
	return s.site.Back(q, "/people", "done.link", p.Name)
}

// SettleScorer records to which person the scores belong that are recorded under a name several people have.
func (s *Room) SettleScorer(q *page.Request) error {
	e := review.Event{Person: q.Person.ID, Action: review.ScorerSettled, Data: review.Data{Name: q.Form("name"),
		Subject: q.Form("person")}}
	if err := s.site.W.Review().Do(q.Ctx(), review.Subject{}, e); err != nil {
		return err
	}
	return s.site.Back(q, "/people", "done.settled")
}

// People lists the people of the campaign and their conflicts of interest. Conflicts of others are shown only
// to people who judge them.
func (s *Room) People(q *page.Request) error {
	data := map[string]any{"Passwords": s.site.W.Campaign().SignIn.Passwords, "Roles": review.Roles,
		"Units": s.site.W.Campaign().Env.Units, "Fields": s.site.W.Campaign().Env.Fields}
	if q.Person.May(review.People) {
		mail, err := outbox.MailAddresses(q.Ctx(), s.site.W)
		if err != nil {
			return err
		}
		data["Mail"] = mail
	}
	sheet := page.Table{Head: []string{"sign-in.name", "name", "roles", "unit", "state"},
		Widths: []float64{20, 34, 40, 26, 14}}
	_, _, at, err := s.lists.Latest(q.Ctx())
	if err != nil {
		return err
	}
	err = s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		type listed struct {
			review.Person
			UnitName string
			Double   bool // another person has the same name
		}
		doubles := st.People.Doubles()
		var people []listed
		for _, id := range slices.Sorted(maps.Keys(st.People)) {
			p := st.People[id]
			people = append(people, listed{*p, s.site.UnitName(p.Unit),
				len(doubles[strings.TrimSpace(p.Name)]) > 1 && !p.Disabled})
			var roles []string
			for _, r := range p.Roles {
				roles = append(roles, s.site.Texts.Say(q.Lang, "role."+string(r)))
			}
			state := ""
			if p.Disabled {
				state = s.site.Texts.Say(q.Lang, "disabled")
			}
			sheet.Rows = append(sheet.Rows, []any{id, p.Name, strings.Join(roles, ", "),
				s.site.UnitName(p.Unit), state})
		}
		data["People"], data["Unsettled"] = people, s.unsettled(st)
		if q.Person.May(review.JudgeTies) || q.Person.May(review.Audit) {
			data["Given"] = s.given(st)
		}
		type tied struct {
			review.TieRecord
			Name, What, ByName string
		}
		var ties []tied
		for _, t := range st.Ties() {
			if t.Person != q.Person.ID && !q.Person.May(review.JudgeTies) {
				continue
			}
			what := s.site.UnitName(t.Unit)
			if t.Dossier != "" {
				what = t.Dossier
				if in, listed := at[t.Dossier]; listed {
					what = in.Entry.Title
				}
			}
			ties = append(ties, tied{t, s.site.Name(st, t.Person), what, s.site.Name(st, t.By)})
		}
		data["Ties"] = ties
		return nil
	})
	if err != nil {
		return err
	}
	if name := q.R.URL.Query().Get("check"); name != "" && q.Person.May(review.JudgeTies) {
		if err := s.checkName(q, name, data); err != nil {
			return err
		}
	}
	if page.WantsSheet(q) {
		return s.site.SendSheet(q, s.site.Texts.Say(q.Lang, "nav.people"), sheet)
	}
	s.site.Render(q, http.StatusOK, "people", data)
	return nil
}

// unsettledName is a name under which scores are recorded and that several people have.
type unsettledName struct {
	review.Unsettled
	People []*review.Person
}

// unsettled returns the names under which scores are recorded and that fit several people. People are copied,
// because the page is rendered after the view has ended.
func (s *Room) unsettled(st *review.State) (out []unsettledName) {
	for _, u := range st.Unsettled() {
		x := unsettledName{Unsettled: u}
		for _, id := range u.Fits {
			if p := st.People[id]; p != nil {
				copied := *p
				x.People = append(x.People, &copied)
			}
		}
		out = append(out, x)
	}
	return out
}

// givenRole is a role with a vote or a score that was given on the pages.
type givenRole struct{ Name, Role, By, At, Knows string }

// given lists such roles, so that a second person sees what an administrator did, and who saw the link by which
// the password was chosen. A link that was mailed is known to its owner only; KnownTo is then empty.
func (s *Room) given(st *review.State) (out []givenRole) {
	for _, id := range slices.Sorted(maps.Keys(st.People)) {
		p := st.People[id]
		for _, g := range p.Given {
			if !p.Disabled && slices.Contains(p.Roles, g.Role) {
				out = append(out, givenRole{p.Name + " (" + id + ")", string(g.Role), s.site.Name(st, g.By),
					g.At, s.site.Name(st, p.KnownTo)})
			}
		}
	}
	return out
}

// checkName searches the dossiers for a name, before the person is asked to take part. Dossiers that are on no
// list yet count, too. A single word, or a name that is in very many dossiers, finds nothing: see search.Named.
func (s *Room) checkName(q *page.Request, name string, data map[string]any) error {
	data["Check"] = page.UpTo(name, 200)
	hits, err := search.Named(q.Ctx(), s.site.W, page.UpTo(name, 200))
	if err != nil {
		return err
	}
	var ids []string
	for _, h := range hits {
		ids = append(ids, h.Dossier)
	}
	recused, err := s.lists.RecusedFrom(q.Ctx(), q.Person, ids...)
	if err != nil {
		return err
	}
	data["Named"] = slices.DeleteFunc(hits, func(h index.Hit) bool { return recused[h.Dossier] })
	return nil
}
