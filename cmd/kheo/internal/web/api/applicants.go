package api

import (
	"net/http"
	"net/url"
	"time"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/applicants"
	"kheo/pipeline/review"
)

// invited serves the links by which people without an account hand in dossiers.
type invited struct{ *API }

// applicantLink is a link without its token: only the applicant gets that.
type applicantLink struct {
	Link       string              `json:"link"`
	Mail       string              `json:"mail"`
	State      string              `json:"state" enum:"open,handed-in,withdrawn,over"`
	Kind       string              `json:"kind" doc:"empty if the applicant chooses; level, field and unit likewise"`
	Level      string              `json:"level"`
	Field      string              `json:"field"`
	Unit       string              `json:"unit"`
	Language   string              `json:"language"`
	Last       time.Time           `json:"last" doc:"the last minute in which it can be used"`
	By         string              `json:"by" doc:"who has made it"`
	Asked      bool                `json:"asked" doc:"the applicant asked for it on the public page"`
	Made       time.Time           `json:"made"`
	Sent       time.Time           `json:"sent,omitzero" required:"false" doc:"when it was mailed last"`
	Dossier    string              `json:"dossier" doc:"empty as long as nothing was handed in"`
	Title      string              `json:"title"`
	Deliveries []applicantDelivery `json:"deliveries"`
}

// applicantDelivery is one delivery by a link.
type applicantDelivery struct {
	At     time.Time    `json:"at"`
	SHA256 string       `json:"sha256" doc:"of all of it"`
	Files  []letterFile `json:"files"`
}

// allApplicants are links.
type allApplicants struct {
	Links []applicantLink `json:"links" doc:"newest first"`
}

// OnLink is what operations take that change something about a link.
type OnLink struct {
	Trial
	Link string `path:"link" maxLength:"100"`
}

// addApplicants adds what secretaries and administrators see and do about links.
func (a invited) addApplicants() {
	o := operation{id: "applicants", method: http.MethodGet, path: "/applicants", right: review.Run,
		scope: review.AdministerScope, summary: "Links by which people without an account hand in dossiers"}
	register(a.API, o, a.list)
	o.id, o.method, o.summary = "invite-applicant", http.MethodPost, "Mail a link to a person without an account"
	register(a.API, o, func(q *page.Request, in *struct {
		Trial
		Body struct {
			Mail     string `json:"mail" maxLength:"254"`
			Until    string `json:"until" format:"date" doc:"the last day of the link, within a year"`
			Kind     string `json:"kind,omitempty" maxLength:"100"`
			Level    string `json:"level,omitempty" maxLength:"100"`
			Field    string `json:"field,omitempty" maxLength:"100"`
			Unit     string `json:"unit,omitempty" maxLength:"100"`
			Language string `json:"language,omitempty" maxLength:"10" doc:"of the mail and the page"`
		}
	}) (done, error) {
		b := in.Body
		return a.act(q, in.DryRun, url.Values{"mail": {b.Mail}, "until": {b.Until}, "kind": {b.Kind},
			"level": {b.Level}, "field": {b.Field}, "unit": {b.Unit}, "language": {b.Language}}, a.Applicants.Invite)
	})
	o.id, o.path, o.summary = "mail-applicant-again", "/applicants/{link}/again",
		"Mail a link again, which ends the one before"
	register(a.API, o, func(q *page.Request, in *OnLink) (done, error) {
		return a.act(q, in.DryRun, nil, a.Applicants.Again)
	})
	o.id, o.path, o.summary = "withdraw-applicant", "/applicants/{link}/withdraw", "End a link"
	register(a.API, o, func(q *page.Request, in *struct {
		OnLink
		Body struct {
			Reason string `json:"reason" minLength:"1" maxLength:"1000"`
		}
	}) (done, error) {
		return a.act(q, in.DryRun, url.Values{"reason": {in.Body.Reason}}, a.Applicants.Withdraw)
	})
}

// list answers with the links that the person may know of.
func (a invited) list(q *page.Request, _ *nothing) (allApplicants, error) {
	out := allApplicants{Links: []applicantLink{}}
	all, err := a.Applicants.LinksFor(q)
	for _, l := range all {
		x := applicantLink{Link: l.ID, Mail: l.Mail, State: string(l.State(a.site.W.Now())), Kind: l.Kind,
			Level: l.Level, Field: l.Field, Unit: l.Unit, Language: l.Language,
			Last: l.Last(a.site.W.Campaign().Location), By: l.By, Asked: l.Asked, Made: l.At, Sent: l.Sent,
			Title: l.Title, Deliveries: []applicantDelivery{}}
		if len(l.Deliveries) > 0 {
			x.Dossier = l.Dossier()
		}
		for _, d := range l.Deliveries {
			x.Deliveries = append(x.Deliveries, delivered(d))
		}
		out.Links = append(out.Links, x)
	}
	return out, err
}

// delivered returns a delivery as programs are told it.
func delivered(d applicants.Delivery) applicantDelivery {
	out := applicantDelivery{At: d.At, SHA256: d.SHA256, Files: []letterFile{}}
	for _, f := range d.Files {
		out.Files = append(out.Files, letterFile(f))
	}
	return out
}
