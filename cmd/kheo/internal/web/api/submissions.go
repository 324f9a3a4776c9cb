package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline/intake"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// inlet takes in dossiers.
type inlet struct{ *API }

// receipt is what a program is told about what it handed in.
type receipt struct {
	Dossier string         `json:"dossier"`
	Files   int            `json:"files"`
	Bytes   int64          `json:"bytes"`
	SHA256  string         `json:"sha256" doc:"over all names and contents"`
	Notes   []string       `json:"notes" doc:"what a person should know of it, such as files that cannot be read"`
	Version int            `json:"version,omitempty" doc:"of a dossier that was there before: the one that it makes"`
	Changes *store.Changes `json:"changes,omitempty"`
	Behind  int            `json:"behind,omitempty" doc:"how many deliveries of the dossier wait in the inbox and are taken in before it"`
	DryRun  bool           `json:"dry_run"`
}

// answered is the answer to a submission that had an Idempotency-Key, for the next time that it comes.
type answered struct {
	At      string  `json:"at"`
	Sum     string  `json:"sum"` // SHA-256 of what was sent
	Receipt receipt `json:"receipt"`
}

// answerLife is how long an answer is kept.
const answerLife = 48 * time.Hour

// Sending is what a submission takes beside its form.
type Sending struct {
	Trial
	Key string `header:"Idempotency-Key" minLength:"8" maxLength:"100" doc:"of your choice: the same submission with the same key is taken once, and answered as before, for two days"`
}

// addSubmissions adds the operations that take forms with files.
func (a inlet) addSubmissions() {
	a.upload(operation{id: "submit", path: "/dossiers", summary: "Hand in a dossier of your unit"},
		map[string]*huma.Schema{
			"title": {Type: huma.TypeString, Description: "of the dossier; at most 200 characters"},
			"kind":  {Type: huma.TypeString}, "level": {Type: huma.TypeString}, "field": {Type: huma.TypeString}},
		[]string{"title", "file"}, a.submit)
	a.upload(operation{id: "supplement", path: "/dossiers/{dossier}/documents",
		summary: "Add files to a dossier of your unit"}, map[string]*huma.Schema{"replace": {Type: huma.TypeString,
		Description: "yes: the files replace everything received before"}}, []string{"file"}, a.supplement)
}

// upload adds an operation that takes a form with files. The form is not parsed by huma: it is received to disk, by
// the function of the pages and with its limits.
func (a inlet) upload(o operation, fields map[string]*huma.Schema, required []string,
	take func(q *page.Request, in *Sending) (receipt, error)) {
	o.method, o.right, o.scope, o.papers = http.MethodPost, review.Submit, review.SubmitScope, true
	a.operations[o.id] = &o
	fields["file"] = &huma.Schema{Type: huma.TypeArray, Description: "the files, each a part of its own with its name",
		Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op := o.described()
	do := func(ctx context.Context, in *Sending) (*answer[receipt], error) {
		q := requestIn(ctx)
		out, err := take(q, in)
		if err != nil {
			return nil, a.problem(q, err)
		}
		return &answer[receipt]{out}, nil
	}
	if !strings.Contains(o.path, "{dossier}") {
		huma.Register(a.huma, op, do)
	} else {
		huma.Register(a.huma, op, func(ctx context.Context, in *struct {
			ByDossier
			Sending
		}) (*answer[receipt], error) {
			return do(ctx, &in.Sending)
		})
	}
	item := a.huma.OpenAPI().Paths[op.Path]
	described := *item.Post // huma would parse the form if its own copy named it
	described.RequestBody = &huma.RequestBody{Required: true,
		Content: map[string]*huma.MediaType{"multipart/form-data": {
			Schema: &huma.Schema{Type: huma.TypeObject, Properties: fields, Required: required}}}}
	item.Post = &described
}

// submit hands in a new dossier.
func (a inlet) submit(q *page.Request, in *Sending) (receipt, error) {
	u, sum, err := a.Inbox.ReceiveSummed(q)
	if err != nil {
		return receipt{}, err
	}
	defer u.Remove()
	return a.once(q, in, "new "+sum, func(q *page.Request) (*intake.Submitted, error) { return a.Inbox.New(q, u) })
}

// supplement adds files to a dossier.
func (a inlet) supplement(q *page.Request, in *Sending) (receipt, error) {
	name, known, err := a.Inbox.Mine(q) // before the files are received
	if err != nil {
		return receipt{}, err
	}
	u, sum, err := a.Inbox.ReceiveSummed(q)
	if err != nil {
		return receipt{}, err
	}
	defer u.Remove()
	return a.once(q, in, intake.ID(name)+" "+sum, func(q *page.Request) (*intake.Submitted, error) {
		return a.Inbox.Add(q, name, known, u)
	})
}

// once takes in a submission, or returns what it was answered before under its key. A key under which something else
// was sent is refused. A dry run neither uses nor keeps a key.
func (a inlet) once(q *page.Request, in *Sending, sum string,
	take func(q *page.Request) (*intake.Submitted, error)) (receipt, error) {
	if in.DryRun {
		copied := *q
		copied.R = q.R.WithContext(review.Trial(q.Ctx()))
		sent, err := take(&copied)
		return receiptOf(sent, true), err
	}
	if in.Key == "" {
		sent, err := take(q)
		return receiptOf(sent, false), err
	}
	a.submitting.Lock()
	defer a.submitting.Unlock()
	id := dossier.SHA256([]byte(q.Person.ID + "\n" + in.Key))
	kept := a.site.W.Store.State.Answered.Of(id)
	var before answered
	known, err := kept.Get(q.Ctx(), &before)
	if err != nil {
		return receipt{}, err
	}
	if known && !a.isOld(before.At) {
		if before.Sum != sum {
			return receipt{}, page.Refuse(http.StatusUnprocessableEntity, "error.same-key")
		}
		return before.Receipt, nil
	}
	sent, err := take(q)
	if err != nil {
		return receipt{}, err
	}
	out := receiptOf(sent, false)
	ctx := context.WithoutCancel(q.Ctx()) // it is handed in, also if the client has gone
	if err := kept.Put(ctx, answered{a.site.W.Now().UTC().Format(time.RFC3339), sum, out}); err != nil {
		a.site.Log.Error("an answer was not kept; the same submission would be refused", "error", err.Error())
	}
	if err := a.forgetAnswers(ctx); err != nil {
		a.site.Log.Error("dropping old answers to submissions", "error", err.Error())
	}
	return out, nil
}

// isOld reports whether an answer of a time is no longer kept.
func (a inlet) isOld(at string) bool {
	t, err := time.Parse(time.RFC3339, at)
	return err != nil || a.site.W.Now().Sub(t) > answerLife
}

// forgetAnswers drops answers that are no longer kept.
func (a inlet) forgetAnswers(ctx context.Context) error {
	all := a.site.W.Store.State.Answered
	ids, err := all.IDs(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		var x answered
		if _, err := all.Of(id).Get(ctx, &x); err != nil {
			return err
		}
		if a.isOld(x.At) {
			if err := all.Of(id).Drop(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// receiptOf returns the receipt of what was handed in.
func receiptOf(s *intake.Submitted, dry bool) receipt {
	if s == nil {
		return receipt{}
	}
	out := receipt{Dossier: s.Dossier, Files: s.Files, Bytes: s.Bytes, SHA256: s.SHA256, Notes: s.Notes,
		Behind: s.Behind, DryRun: dry}
	if s.Result != nil {
		out.Version, out.Changes = s.Result.Version, &s.Result.Changes
	}
	return out
}
