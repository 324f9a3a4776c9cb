package api

import (
	"cmp"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/results"
	"kheo/pipeline/review"
)

// afterwards serves what happens after a list is closed.
type afterwards struct{ *API }

// objection is what a unit has objected to the decision on its dossier.
type objection struct {
	Ruleset  string `json:"ruleset"`
	Dossier  string `json:"dossier"`
	Title    string `json:"title"`
	Unit     string `json:"unit"`
	Text     string `json:"text"`
	By       string `json:"by"`
	At       string `json:"at"`
	Outcome  string `json:"outcome" doc:"upheld or rejected; empty as long as it waits"`
	Answer   string `json:"answer"`
	Answered string `json:"answered"`
}

// allObjections are objections, the oldest first.
type allObjections struct {
	Objections []objection `json:"objections"`
}

// released is what everybody may see of closed lists.
type released struct {
	Campaign string             `json:"campaign"`
	Lists    []results.List     `json:"lists"`
	Stands   []results.Standing `json:"stands" doc:"which lists are released, and why others are not"`
}

// addObjections adds objections, and the results for everybody.
func (a afterwards) addObjections() {
	register(a.API, operation{id: "objections", method: http.MethodGet, path: "/objections", right: review.See,
		own: true, scope: review.ReadScope, summary: "Objections to decisions; for submitters those of their unit"},
		a.objections)
	register(a.API, operation{id: "object", method: http.MethodPost, path: "/dossiers/{dossier}/objections",
		right: review.Submit, scope: review.SubmitScope, statuses: []int{412},
		summary: "Object to the decision on a dossier of your unit"},
		func(q *page.Request, in *struct {
			OnDossier
			Body struct {
				Text string `json:"text" minLength:"1" maxLength:"4000"`
			}
		}) (done, error) {
			return a.about(q, &in.OnDossier, url.Values{"text": {in.Body.Text}}, a.Committee.Object)
		})
	register(a.API, operation{id: "answer-objection", method: http.MethodPost,
		path: "/dossiers/{dossier}/objections/answer", right: review.Decide, scope: review.ReviewScope,
		statuses: []int{412}, summary: "Answer the objection to the decision on a dossier"},
		func(q *page.Request, in *struct {
			OnDossier
			Body struct {
				Outcome string `json:"outcome" enum:"upheld,rejected"`
				Reason  string `json:"reason" minLength:"1" maxLength:"4000"`
			}
		}) (done, error) {
			return a.about(q, &in.OnDossier, url.Values{"outcome": {in.Body.Outcome}, "reason": {in.Body.Reason}},
				a.Committee.AnswerObjection)
		})
	register(a.API, operation{id: "results", method: http.MethodGet, path: "/results", right: review.See, own: true,
		scope: review.ReadScope, summary: "What the campaign releases of its closed lists"}, a.results)
}

// objections answers with the objections that the person may know of.
func (a afterwards) objections(q *page.Request, in *struct {
	Open bool `query:"open" doc:"only those that wait"`
}) (allObjections, error) {
	out := allObjections{Objections: []objection{}}
	all, err := a.Committee.Objections(q, in.Open)
	for _, o := range all {
		out.Objections = append(out.Objections, objection{o.Ruleset, o.Dossier, o.Title, o.Unit, o.Text, o.By, o.At,
			o.Outcome, o.Answer, o.Answered})
	}
	return out, err
}

// results answers with what everybody may see.
func (a afterwards) results(q *page.Request, _ *nothing) (released, error) {
	lists, all, err := a.Results.Lists(q.Ctx(), q.Lang)
	return released{a.site.W.Campaign().ID, append([]results.List{}, lists...), append([]results.Standing{}, all...)},
		err
}

// sortBy sorts by a text of each.
func sortBy[T any](list []T, by func(T) string) {
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(by(a), by(b)) })
}

// disposition is the header by which a browser keeps a file under a name.
func disposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// typeOf returns a type for its schema.
func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
