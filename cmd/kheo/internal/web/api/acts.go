package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// OnDossier is what operations take that change something about a dossier.
type OnDossier struct {
	ByDossier
	Trial
	IfMatch string `header:"If-Match" maxLength:"200" doc:"the ETag of the dossier: refused if it has changed since"`
}

// addActs adds what people do about dossiers and lists.
func (a *API) addActs() {
	do := func(id, method, path, summary string, right review.Right) operation {
		return operation{id: id, method: method, path: path, summary: summary, right: right, scope: review.ReviewScope,
			statuses: []int{412}}
	}
	const d = "/dossiers/{dossier}"
	register(a, do("comment", "POST", d+"/comments", "Comment", review.Discuss), func(q *page.Request, in *struct {
		OnDossier
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"4000"`
		}
	}) (done, error) {
		return a.about(q, &in.OnDossier, url.Values{"text": {in.Body.Text}}, a.Committee.Comment)
	})
	register(a, do("score", "POST", d+"/scores", "Score a panel criterion", review.Score),
		func(q *page.Request, in *struct {
			OnDossier
			Body struct {
				Criterion string `json:"criterion" maxLength:"100"`
				Points    string `json:"points" maxLength:"20" doc:"as people write them: 27 or 27,5, or a mark of the scale"`
				Why       string `json:"why,omitempty" maxLength:"4000"`
			}
		}) (done, error) {
			return a.about(q, &in.OnDossier, url.Values{"criterion": {in.Body.Criterion}, "points": {in.Body.Points},
				"why": {in.Body.Why}}, a.Committee.Score)
		})
	register(a, do("vote", "PUT", d+"/vote", "Vote", review.CastVote), func(q *page.Request, in *struct {
		OnDossier
		Body struct {
			Vote string `json:"vote" enum:"for,against,abstain"`
		}
	}) (done, error) {
		return a.about(q, &in.OnDossier, url.Values{"vote": {in.Body.Vote}}, a.Committee.Vote)
	})
	register(a, do("unvote", "DELETE", d+"/vote", "Take the own vote back", review.CastVote),
		func(q *page.Request, in *OnDossier) (done, error) { return a.about(q, in, nil, a.Committee.Unvote) })
	register(a, do("decide", "PUT", d+"/decision", "Write down what was decided", review.Decide),
		func(q *page.Request, in *struct {
			OnDossier
			Body struct {
				Decision string `json:"decision" enum:"recognised,not-recognised,deferred,returned"`
				Reason   string `json:"reason,omitempty" maxLength:"4000"`
			}
		}) (done, error) {
			return a.about(q, &in.OnDossier, url.Values{"decision": {in.Body.Decision}, "reason": {in.Body.Reason}},
				a.Committee.Decide)
		})
	register(a, do("undecide", "DELETE", d+"/decision", "Take a decision back", review.Decide),
		func(q *page.Request, in *struct {
			OnDossier
			Reason string `query:"reason" maxLength:"4000"`
		}) (done, error) {
			return a.about(q, &in.OnDossier, url.Values{"reason": {in.Reason}}, a.Committee.Undecide)
		})
	a.addOverrides(do)
	register(a, do("fact", "PUT", d+"/facts/{fact}", "Correct or reject a fact, or take that back", review.Correct),
		a.fact)
	register(a, do("judge", "PUT", d+"/evidence/{piece}", "Say whether a piece of evidence is right",
		review.CheckEvidence), func(q *page.Request, in *struct {
		OnDossier
		Piece string `path:"piece" maxLength:"12"`
		Body  struct {
			Verdict string `json:"verdict" enum:"right,wrong,unsure,none" doc:"none takes the own verdict back"`
			Reason  string `json:"reason,omitempty" maxLength:"4000"`
		}
	}) (done, error) {
		return a.about(q, &in.OnDossier, url.Values{"piece": {in.Piece}, "verdict": {in.Body.Verdict},
			"reason": {in.Body.Reason}}, a.Checking.Judge)
	})
	assign := do("assign", "POST", "/lists/{ruleset}/assignments", "Assign dossiers to evaluators, many at once",
		review.Assign)
	assign.about = "All are recorded, or none: errors names what is wrong with each."
	register(a, assign, a.assign)
	start := do("start-run", "POST", "/runs", "Start a run", review.Run)
	start.scope = review.AdministerScope
	register(a, start, reads{a}.startRun)
	cancel := do("cancel-run", "POST", "/runs/cancel", "Ask the active run to end", review.Run)
	cancel.scope = review.AdministerScope
	register(a, cancel, reads{a}.cancelRun)
}

// about does something about a dossier by the function of a room.
func (a *API) about(q *page.Request, in *OnDossier, form url.Values, do func(*page.Request) error) (done, error) {
	if err := a.unchanged(q, in.Dossier, in.IfMatch); err != nil {
		return done{}, err
	}
	return a.act(q, in.DryRun, form, do)
}

// addOverrides adds what replaces points and outcomes.
func (a *API) addOverrides(do func(id, method, path, summary string, right review.Right) operation) {
	const path = "/dossiers/{dossier}/overrides"
	register(a, do("override", "POST", path, "Set the points of a criterion, or the outcome, with a reason",
		review.Override), func(q *page.Request, in *struct {
		OnDossier
		Body struct {
			Criterion string   `json:"criterion,omitempty" maxLength:"100" doc:"whose points are set; without it the outcome"`
			Points    *float64 `json:"points,omitempty" minimum:"-100000" maximum:"100000"`
			Outcome   string   `json:"outcome,omitempty" enum:"recommended,not-recommended,needs-review,ineligible"`
			Award     string   `json:"award,omitempty" maxLength:"100"`
			Reason    string   `json:"reason" maxLength:"4000"`
		}
	}) (done, error) {
		form := url.Values{"criterion": {in.Body.Criterion}, "outcome": {in.Body.Outcome}, "award": {in.Body.Award},
			"reason": {in.Body.Reason}}
		switch p := in.Body.Points; {
		case (p != nil) != (in.Body.Criterion != "") || p != nil && in.Body.Outcome+in.Body.Award != "":
			return done{}, &review.Refusal{Code: "override",
				Why: "either a criterion gets points, or the dossier an outcome"}
		case p != nil:
			form.Set("points", number(*p))
		}
		return a.about(q, &in.OnDossier, form, a.Committee.Override)
	})
	register(a, do("restore", "DELETE", path, "End an override", review.Override), func(q *page.Request, in *struct {
		OnDossier
		Criterion string `query:"criterion" maxLength:"100" doc:"whose points were set; without it the outcome"`
	}) (done, error) {
		return a.about(q, &in.OnDossier, url.Values{"criterion": {in.Criterion}}, a.Committee.Restore)
	})
}

// fact records what a person states of a fact. A value is taken as the dossier shows it.
func (a *API) fact(q *page.Request, in *struct {
	OnDossier
	Fact string `path:"fact" maxLength:"100"`
	Body struct {
		Action   string `json:"action" enum:"set,reject,restore"`
		Value    any    `json:"value,omitempty" doc:"a number, text, date or true or false, as the dossier shows facts"`
		Document string `json:"document,omitempty" maxLength:"500"`
		Page     int    `json:"page,omitempty" minimum:"1"`
		Quote    string `json:"quote,omitempty" maxLength:"4000"`
		Reason   string `json:"reason,omitempty" maxLength:"4000"`
	}
}) (done, error) {
	b := &in.Body
	form := url.Values{"fact": {in.Fact}, "document": {b.Document}, "quote": {b.Quote}, "reason": {b.Reason}}
	if b.Page > 0 {
		form.Set("page", fmt.Sprint(b.Page))
	}
	switch b.Action {
	case "set":
		value, err := json.Marshal(b.Value)
		if err != nil || b.Value == nil {
			return done{}, page.Refuse(http.StatusBadRequest, "error.form")
		}
		form.Set("reading", string(value))
	default:
		form.Set("action", b.Action)
	}
	return a.about(q, &in.OnDossier, form, a.Committee.Fact)
}

// assignment is who is to evaluate a dossier.
type assignment struct {
	Dossier string `json:"dossier" minLength:"1" maxLength:"200" pattern:"^[^,;\\s]+$"`
	Person  string `json:"person" minLength:"1" maxLength:"64" pattern:"^[^,;\\s]+$"`
	Remove  bool   `json:"remove,omitempty" doc:"take the assignment away"`
}

// assign records assignments of dossiers of a list.
func (a *API) assign(q *page.Request, in *struct {
	ByRuleset
	Trial
	Body struct {
		Assignments []assignment `json:"assignments" minItems:"1" maxItems:"5000" nullable:"false"`
	}
}) (done, error) {
	f, err := a.Lists.ListOf(q)
	if err != nil {
		return done{}, err
	}
	var text strings.Builder
	for _, x := range in.Body.Assignments {
		fmt.Fprintf(&text, "%s,%s", x.Dossier, x.Person)
		if x.Remove {
			text.WriteString(",remove")
		}
		text.WriteString("\n")
	}
	// Assignments are written as the lines that a person pastes, so that one function checks both. Their patterns
	// keep out the signs that separate cells and lines.
	lines, err := a.Committee.AssignEach(a.formOf(q, in.DryRun, nil), f, text.String())
	if err != nil {
		return done{}, err
	}
	var mistakes []*huma.ErrorDetail
	for i, l := range lines {
		if l.Mistake != "" {
			mistakes = append(mistakes, &huma.ErrorDetail{Message: a.site.Texts.Say(q.Lang, l.Mistake),
				Location: fmt.Sprintf("body.assignments[%d]", i), Value: l.Dossier + " " + l.Person})
		}
	}
	if len(mistakes) > 0 {
		return done{}, &Problem{Title: http.StatusText(http.StatusConflict), Status: http.StatusConflict,
			Detail: a.site.Texts.Say(q.Lang, "error.assignments", len(mistakes)), Code: "error.assignments",
			Errors: mistakes}
	}
	return done{a.site.Texts.Say(q.Lang, "done.assigned-list", len(lines)), in.DryRun}, nil
}
