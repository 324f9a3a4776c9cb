package api

import (
	"net/http"
	"net/url"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// letterFile is a file of a letter.
type letterFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// letter is what came into the mailbox.
type letter struct {
	Letter  string       `json:"letter"`
	From    string       `json:"from" doc:"the address, which can be forged"`
	Subject string       `json:"subject"`
	Arrived time.Time    `json:"arrived"`
	State   string       `json:"state" enum:"taking,taken,again,left,asked,aside"`
	Reason  string       `json:"reason" doc:"why it is left to people"`
	Detail  string       `json:"detail"`
	Unit    string       `json:"unit" doc:"for which it was taken, or whose address it has"`
	Dossier string       `json:"dossier"`
	Files   []letterFile `json:"files"`
}

// allLetters is what came into the mailbox.
type allLetters struct {
	Looked  time.Time `json:"looked,omitzero" required:"false" doc:"when the mailbox was looked into last"`
	Error   string    `json:"error" doc:"why that failed"`
	Letters []letter  `json:"letters" doc:"newest first"`
}

// addLetters adds what secretaries and administrators see and do about letters.
func (a *API) addLetters() {
	o := operation{id: "letters", method: http.MethodGet, path: "/letters", right: review.Run,
		scope: review.AdministerScope, summary: "Letters that came into the mailbox, and what became of them"}
	register(a, o, a.letters)
	o = operation{id: "give-letter", method: http.MethodPost, path: "/letters/{letter}/give", right: review.Run,
		scope: review.AdministerScope, summary: "Have a letter taken for a unit"}
	register(a, o, func(q *page.Request, in *struct {
		Trial
		Letter string `path:"letter" maxLength:"64"`
		Body   struct {
			Unit    string `json:"unit" maxLength:"100"`
			Dossier string `json:"dossier,omitempty" maxLength:"100" doc:"to which it adds; empty for a new one"`
			Reason  string `json:"reason" maxLength:"1000"`
		}
	}) (done, error) {
		return a.act(q, in.DryRun, url.Values{"letter": {in.Letter}, "unit": {in.Body.Unit},
			"dossier": {in.Body.Dossier}, "reason": {in.Body.Reason}}, a.Admin.GiveLetter)
	})
	o = operation{id: "put-letter-aside", method: http.MethodPost, path: "/letters/{letter}/aside", right: review.Run,
		scope: review.AdministerScope, summary: "Make nothing of a letter"}
	register(a, o, func(q *page.Request, in *struct {
		Trial
		Letter string `path:"letter" maxLength:"64"`
		Body   struct {
			Reason string `json:"reason" maxLength:"1000"`
		}
	}) (done, error) {
		return a.act(q, in.DryRun, url.Values{"letter": {in.Letter}, "reason": {in.Body.Reason}},
			a.Admin.PutLetterAside)
	})
}

// letters answers what came into the mailbox.
func (a *API) letters(q *page.Request, _ *nothing) (out allLetters, err error) {
	last, list, err := a.Admin.LettersFor(q)
	out = allLetters{Looked: last.At, Error: last.Error, Letters: []letter{}}
	for _, l := range list {
		x := letter{Letter: l.Short(), From: l.From, Subject: l.Subject, Arrived: l.Arrived, State: string(l.State),
			Reason: string(l.Reason), Detail: l.Detail, Unit: l.Unit, Dossier: l.Dossier, Files: []letterFile{}}
		if x.Unit == "" {
			x.Unit = l.Known
		}
		if !l.Waits(a.site.W.Now()) {
			x.Reason, x.Detail = "", ""
		}
		for _, f := range l.Files {
			x.Files = append(x.Files, letterFile(f))
		}
		out.Letters = append(out.Letters, x)
	}
	return out, err
}
