package web

import (
	"bytes"
	"errors"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/factor"
	"kheo/pipeline/review"
)

// Keys of session values. A session with provedKey and without a person belongs to someone who has entered the password
// but not yet the code: it opens only the page that asks for the code.
const (
	provedKey = "proved"
	howKey    = "how"        // how the person signed in
	secretKey = "new-factor" // the secret of a second factor that is being set up
)

// halfLife is how long a session waits for the second factor.
const halfLife = 5 * time.Minute

// Ways to sign in, as the log names them.
const (
	byPassword = "password"
	byCode     = "password and code"
	byProvider = "OpenID Connect"
	byDemo     = "demo"
)

// secondFactor asks people for a code beside their password.
type secondFactor struct{ s *Server }

// passed goes on after a password was right: to the page that asks for a code if the person has a second factor.
func (f secondFactor) passed(q *page.Request, id string) error {
	has := false
	if err := f.s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		p := st.People[id]
		has = p != nil && p.Factor != ""
		return nil
	}); err != nil {
		return err
	}
	if !has {
		return f.s.signedIn(q, id, byPassword)
	}
	sessions := f.s.site.Sessions
	// Nothing of the session before is kept, and its token is another: one that was planted in the browser is worth
	// nothing.
	if err := errors.Join(sessions.Clear(q.Ctx()), sessions.RenewToken(q.Ctx())); err != nil {
		return err
	}
	for k, v := range map[string]string{newSession: "yes", provedKey: id,
		"since": f.s.site.W.Now().UTC().Format(time.RFC3339)} {
		sessions.Put(q.Ctx(), k, v)
	}
	return f.s.site.Back(q, "/sign-in/code", "")
}

// ask shows the form for the code.
func (f secondFactor) ask(q *page.Request) error {
	if f.s.site.Sessions.GetString(q.Ctx(), provedKey) == "" {
		return f.s.site.Back(q, "/sign-in", "")
	}
	f.s.site.Render(q, http.StatusOK, "sign-in-code", nil)
	return nil
}

// answer checks the code, and begins the session.
func (f secondFactor) answer(q *page.Request) error {
	id := f.s.site.Sessions.GetString(q.Ctx(), provedKey)
	if id == "" {
		return f.s.site.Back(q, "/sign-in", "")
	}
	ok, err := f.check(q, id, q.R.PostFormValue("code"))
	if err != nil {
		return err
	}
	if !ok {
		f.s.site.LogSignIn(q, id, false, byCode)
		f.s.site.Render(q, http.StatusForbidden, "sign-in-code", map[string]any{"Wrong": true})
		return nil
	}
	return f.s.signedIn(q, id, byCode)
}

// check reports whether a code of a person is right. The error is what the person reads if it was not looked at.
func (f secondFactor) check(q *page.Request, id, code string) (bool, error) {
	ok, err := factor.Check(q.Ctx(), f.s.site.W, id, code)
	var locked *factor.LockedError
	if errors.As(err, &locked) {
		f.s.site.LogSignIn(q, id, false, byCode)
		minutes := int((locked.After + time.Minute - 1) / time.Minute)
		q.W.Header().Set("Retry-After", strconv.Itoa(60*minutes))
		return false, page.Refuse(http.StatusTooManyRequests, "error.codes", minutes)
	}
	return ok, err
}

// confirms reports whether a form has the code of a person who has a second factor. It is asked again for what
// outlives the session, so that an open browser is not enough.
func (f secondFactor) confirms(q *page.Request) error {
	if q.Person.Factor == "" {
		return nil
	}
	ok, err := f.check(q, q.Person.ID, q.R.PostFormValue("code"))
	if err == nil && !ok {
		err = page.Refuse(http.StatusBadRequest, "error.code")
	}
	return err
}

// missing reports whether a person who is signed in must set up a second factor before anything else.
func (f secondFactor) missing(q *page.Request) bool {
	how := f.s.site.Sessions.GetString(q.Ctx(), howKey)
	return f.s.site.W.Campaign().SignIn.SecondFactor && q.Person != nil && q.Person.Factor == "" &&
		how != byProvider && how != byDemo
}

// open reports whether a path stays open to a person who still has to set up a second factor.
func (f secondFactor) open(path string) bool {
	return strings.HasPrefix(path, "/account/factor") || path == "/sign-out" || path == "/language" ||
		path == "/theme" ||
		strings.HasPrefix(path, "/sign-in")
}

// barred answers who must still set up a second factor, and reports whether it did.
func (f secondFactor) barred(q *page.Request) (bool, error) {
	if !f.missing(q) || f.open(q.R.URL.Path) {
		return false, nil
	}
	if q.R.Method != http.MethodGet {
		return true, page.Refuse(http.StatusForbidden, "error.factor-needed")
	}
	http.Redirect(q.W, q.R, "/account/factor", http.StatusSeeOther)
	return true, nil
}

// page shows how a second factor is set up, or that there is one. The secret is in the session until a code shows that
// the app has it.
func (f secondFactor) page(q *page.Request) error {
	has, err := f.s.hasPassword(q)
	if err != nil {
		return err
	}
	data := map[string]any{"Password": has, "Has": q.Person.Factor != "", "Needed": f.missing(q),
		"Required": f.s.site.W.Campaign().SignIn.SecondFactor}
	if q.Person.Factor != "" {
		if data["Left"], err = factor.Left(q.Ctx(), f.s.site.W, q.Person.ID); err != nil {
			return err
		}
	} else if has {
		secret := f.s.site.Sessions.GetString(q.Ctx(), secretKey)
		// The same secret is shown until it is confirmed, so that loading the page again does not make the app's code
		// wrong.
		if secret == "" {
			key, err := factor.New(f.issuer(), q.Person.ID)
			if err != nil {
				return err
			}
			secret = key.Secret()
			f.s.site.Sessions.Put(q.Ctx(), secretKey, secret)
		}
		var groups []string
		for i := 0; i < len(secret); i += 4 {
			groups = append(groups, secret[i:min(i+4, len(secret))])
		}
		data["Secret"] = strings.Join(groups, " ")
	}
	f.s.site.Render(q, http.StatusOK, "factor", data)
	return nil
}

// issuer is what the app calls this campaign.
func (f secondFactor) issuer() string { return "kheo " + f.s.site.W.Campaign().ID }

// picture sends the QR code of the secret that is being set up.
func (f secondFactor) picture(q *page.Request) error {
	secret := f.s.site.Sessions.GetString(q.Ctx(), secretKey)
	if secret == "" || q.Person.Factor != "" {
		return page.NotFound()
	}
	key, err := factor.KeyOf(f.issuer(), q.Person.ID, secret)
	if err != nil {
		return err
	}
	img, err := key.Image(240, 240)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "image/png")
	_, err = q.W.Write(b.Bytes())
	return err
}

// set sets up a second factor, and shows the recovery codes, once. It needs the password, so that an open browser is
// not enough to lock its owner out. All other sessions end.
func (f secondFactor) set(q *page.Request) error {
	if err := f.proven(q); err != nil {
		return err
	}
	secret := f.s.site.Sessions.GetString(q.Ctx(), secretKey)
	if secret == "" {
		return f.s.site.Back(q, "/account/factor", "")
	}
	codes, ok, err := factor.Set(q.Ctx(), f.s.site.W, q.Person.ID, secret, q.R.PostFormValue("code"))
	if err != nil {
		return err
	}
	if !ok {
		return page.Refuse(http.StatusBadRequest, "error.code")
	}
	if err := f.s.site.W.Store.Sessions.EndAll(q.Ctx(), q.Person.ID); err != nil {
		return err
	}
	if err := f.s.beginSession(q, q.Person.ID, byCode); err != nil {
		return err
	}
	f.s.mailer.MailOfPassword(q.Ctx(), q.Person, "factor.mail-set")
	f.s.site.Render(q, http.StatusOK, "factor-codes", map[string]any{"Codes": codes})
	return nil
}

// remove takes the person's own second factor away. It needs the password and a code.
func (f secondFactor) remove(q *page.Request) error {
	if err := f.proven(q); err != nil {
		return err
	}
	if err := f.confirms(q); err != nil {
		return err
	}
	if err := factor.Remove(q.Ctx(), f.s.site.W, q.Person.ID, q.Person.ID); err != nil {
		return err
	}
	f.s.mailer.MailOfPassword(q.Ctx(), q.Person, "factor.mail-removed")
	return f.s.site.Back(q, "/account/factor", "done.factor-removed")
}

// proven checks the password of a form.
func (f secondFactor) proven(q *page.Request) error {
	has, err := f.s.hasPassword(q)
	if err != nil {
		return err
	}
	if !has {
		return page.Refuse(http.StatusConflict, "error.no-password")
	}
	ok, err := f.s.proves(q, q.Person.ID, q.R.PostFormValue("old"))
	if err == nil && !ok {
		err = page.Refuse(http.StatusBadRequest, "error.old-password")
	}
	return err
}
