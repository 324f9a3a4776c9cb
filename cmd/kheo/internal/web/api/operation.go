package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"kheo/cmd/kheo/internal/web/committee"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/review"
)

// operation is one entry of the description, with what it needs.
type operation struct {
	id, method, path, summary, about string
	right                            review.Right
	own                              bool // also allowed for submitters, limited to their own unit
	scope                            review.Scope
	papers                           bool // shows what is in dossiers: who asks is logged
	statuses                         []int
}

// Problem is an error as RFC 9457 describes it. Code is the same in every language.
type Problem struct {
	Title  string              `json:"title" doc:"the status in words"`
	Status int                 `json:"status"`
	Detail string              `json:"detail,omitempty" doc:"what is wrong and what to do, in the language asked for"`
	Code   string              `json:"code,omitempty" doc:"what is refused, for programs"`
	Errors []*huma.ErrorDetail `json:"errors,omitempty" doc:"each mistake with its place"`

	headers http.Header
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// init has huma report what does not fit the description as a Problem. No other package uses huma.
func init() {
	huma.NewError = func(status int, detail string, errs ...error) huma.StatusError {
		p := &Problem{Title: http.StatusText(status), Status: status, Detail: detail}
		for _, err := range errs {
			var d huma.ErrorDetailer
			switch {
			case err == nil:
			case errors.As(err, &d):
				p.Errors = append(p.Errors, d.ErrorDetail())
			default:
				p.Errors = append(p.Errors, &huma.ErrorDetail{Message: err.Error()})
			}
		}
		return p
	}
}

// problem returns how an error is told to a program.
func (a *API) problem(q *page.Request, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var changed *committee.ChangedMeanwhile
	if errors.As(err, &changed) {
		err = page.Refuse(http.StatusPreconditionFailed, "error.precondition")
	}
	status, text, code := a.site.Explain(q, err)
	if status == 0 {
		status, text = http.StatusRequestTimeout, "the request was given up"
	}
	return &Problem{Title: http.StatusText(status), Status: status, Detail: text, Code: code,
		headers: q.W.Header().Clone()}
}

// writeProblem answers with a problem.
func writeProblem(w http.ResponseWriter, p *Problem) {
	for k, v := range p.headers {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

// answer is an answer with a body of a type.
type answer[T any] struct{ Body T }

// register adds an operation to the description and the mux. do gets the request with the person, as a room does.
func register[I, T any](a *API, o operation, do func(q *page.Request, in *I) (T, error)) {
	a.operations[o.id] = &o
	huma.Register(a.huma, o.described(), func(ctx context.Context, in *I) (*answer[T], error) {
		q := requestIn(ctx)
		body, err := do(q, in)
		if err != nil {
			return nil, a.problem(q, err)
		}
		return &answer[T]{body}, nil
	})
}

// file is an answer that is a file.
type file struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	ETag        string `header:"ETag"`
	Body        []byte
}

// registerFile is register for operations that answer with a file.
func registerFile[I any](a *API, o operation, do func(q *page.Request, in *I) (*file, error)) {
	a.operations[o.id] = &o
	op := o.described()
	op.Responses["200"] = &huma.Response{Description: "The file", Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*file, error) {
		q := requestIn(ctx)
		f, err := do(q, in)
		if err != nil {
			return nil, a.problem(q, err)
		}
		return f, nil
	})
}

// described returns the operation as huma takes it.
func (o *operation) described() huma.Operation {
	errs := append([]int{400, 401, 403, 404, 422, 429, 500}, o.statuses...)
	if o.method != http.MethodGet {
		errs = append(errs, 408, 409, 413, 415)
	}
	slices.Sort(errs)
	op := huma.Operation{OperationID: o.id, Method: o.method, Path: Prefix + o.path, Summary: o.summary,
		Description: o.about, Errors: slices.Compact(errs), Security: []map[string][]string{{"token": {}}},
		MaxBodyBytes: maxBody, Extensions: map[string]any{"x-kheo-right": string(o.right),
			"x-kheo-scope": string(o.scope), "x-kheo-own": o.own}}
	if o.method == http.MethodGet {
		op.Responses = map[string]*huma.Response{"304": {Description: "It is as the ETag of If-None-Match says"}}
	}
	return op
}

// maxBody is the largest body of a request that is not an upload, in bytes.
const maxBody = 1 << 20

// requestKey is the key of the request of a person in a context.
type requestKey struct{}

// requestIn returns the request of the person that the door has let in.
func requestIn(ctx context.Context) *page.Request {
	q := ctx.Value(requestKey{}).(*page.Request)
	copied := *q
	copied.R = q.R.WithContext(ctx)
	return &copied
}

// Trial is what operations that change something take.
type Trial struct {
	DryRun bool `query:"dry_run" doc:"check everything as if it were done, and change nothing"`
}

// done is the answer of an operation that changes something.
type done struct {
	Message string `json:"message" doc:"what was done, in the language asked for"`
	DryRun  bool   `json:"dry_run" doc:"nothing was changed: it was only checked"`
}

// act calls the function of a room that handles a form, with values as the form has them.
func (a *API) act(q *page.Request, dry bool, form url.Values, do func(*page.Request) error) (done, error) {
	asked := a.formOf(q, dry, form)
	if err := do(asked); err != nil {
		return done{}, err
	}
	return done{a.site.Sessions.GetString(asked.Ctx(), "flash"), dry}, nil
}

// formOf returns a request by which a room handles a form.
func (a *API) formOf(q *page.Request, dry bool, form url.Values) *page.Request {
	ctx := q.Ctx()
	if dry {
		ctx = review.Trial(ctx)
	}
	r := q.R.WithContext(ctx)
	r.Method, r.PostForm, r.Form, r.Body = http.MethodPost, form, form, http.NoBody
	r.Header = http.Header{}
	return &page.Request{W: &unseen{header: http.Header{}}, R: r, Person: q.Person, Lang: q.Lang}
}

// unseen takes the page to which a room sends the person afterwards.
type unseen struct{ header http.Header }

// Header implements http.ResponseWriter.
func (u *unseen) Header() http.Header { return u.header }

// Write implements http.ResponseWriter.
func (u *unseen) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (u *unseen) WriteHeader(int) {}

// number writes a number as a form has it.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
