package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"kheo/cmd/kheo/internal/web/committee"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/pipeline/handover"
	"kheo/pipeline/review"
)

// exchange takes and gives archives of other offices, and makes certificates.
type exchange struct{ *API }

// officeKey is the key of this office.
type officeKey struct {
	Key string `json:"key" doc:"the public key, as kheo.yaml of another office names it"`
}

// handedOver is a closed list, and what the next tier has decided on it.
type handedOver struct {
	Ruleset    string       `json:"ruleset"`
	Recognised int          `json:"recognised" doc:"entries that were recognised, of those that the person may see"`
	Apart      bool         `json:"apart" doc:"the person is recused from some entry, and neither hands the list over nor answers it"`
	Offices    []string     `json:"offices" doc:"whose dossiers are on it"`
	Answers    []nextAnswer `json:"answers" doc:"of the next tier"`
}

// nextAnswer is what the next tier has decided on an entry.
type nextAnswer struct {
	Dossier  string `json:"dossier"`
	Office   string `json:"office"`
	Decision string `json:"decision" doc:"empty if its list was closed without one"`
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason"`
	Number   string `json:"number"`
	On       string `json:"on"`
}

// cameIn is a dossier that another office has handed over.
type cameIn struct {
	Dossier  string  `json:"dossier"`
	Office   string  `json:"office"`
	Campaign string  `json:"campaign"`
	Ruleset  string  `json:"ruleset"`
	Points   float64 `json:"points"`
	Max      float64 `json:"max"`
	Decision string  `json:"decision"`
	Closed   string  `json:"closed" doc:"hash of the event that closed the list there"`
	Archive  string  `json:"archive_sha256"`
}

// exchanged is what goes to other offices and comes from them.
type exchanged struct {
	Lists []handedOver `json:"lists" doc:"closed ones"`
	Taken []cameIn     `json:"taken"`
}

// takenIn is what became of an archive.
type takenIn struct {
	Result *handover.Result `json:"result"`
	DryRun bool             `json:"dry_run"`
}

// certificate is a certificate that can be made.
type certificate struct {
	Ruleset   string `json:"ruleset"`
	Dossier   string `json:"dossier"`
	Unit      string `json:"unit"`
	Recipient string `json:"recipient"`
	Number    string `json:"number"`
}

// certificates are all that the person may have.
type certificates struct {
	Certificates []certificate `json:"certificates"`
}

// addExchange adds what other offices are given and give, and certificates.
func (a exchange) addExchange() {
	read := func(id, path, summary string, right review.Right) operation {
		return operation{id: id, method: http.MethodGet, path: path, summary: summary, right: right,
			scope: review.ReadScope}
	}
	do := func(id, path, summary string) operation {
		return operation{id: id, method: http.MethodPost, path: path, summary: summary, right: review.Meet,
			scope: review.ReviewScope, papers: true}
	}
	register(a.API, read("office-key", "/handover/key", "The public key of this office", review.Meet), a.key)
	register(a.API, read("handovers", "/handover", "What was handed over to this office, and answered", review.Meet),
		a.exchanged)
	registerArchive(a.API, do("hand-over", "/lists/{ruleset}/handover",
		"The archive of a closed list for the next tier"), func(q *page.Request, in *struct {
		ByRuleset
		Trial
	}) (*committee.Archive, error) {
		return committee.Exchange{Room: a.Committee}.MakeList(a.formOf(q, in.DryRun, nil))
	})
	registerArchive(a.API, do("answer-handover", "/lists/{ruleset}/handover/answer",
		"The archive with the answers to the office that has handed dossiers over"), func(q *page.Request, in *struct {
		ByRuleset
		Trial
		Body struct {
			Office string `json:"office,omitempty" maxLength:"100" doc:"needed if dossiers of several offices are on the list"`
			Number string `json:"number,omitempty" maxLength:"200" doc:"of the decision"`
			On     string `json:"on,omitempty" maxLength:"10" doc:"its date, such as 2024-12-20"`
		}
	}) (*committee.Archive, error) {
		return committee.Exchange{Room: a.Committee}.MakeAnswers(a.formOf(q, in.DryRun,
			url.Values{"office": {in.Body.Office}, "number": {in.Body.Number}, "on": {in.Body.On}}))
	})
	a.receive(do("accept-handover", "/handover/lists", "Take in the archive of a lower tier"),
		committee.Exchange.ReceiveList)
	a.receive(do("receive-answers", "/handover/answers", "Take in the answers of the next tier"),
		committee.Exchange.ReceiveAnswers)
	register(a.API, read("certificates", "/certificates", "The certificates of those who were recognised",
		review.Papers), a.certificates)
	one := read("certificate", "/lists/{ruleset}/certificates/{dossier}", "A certificate", review.Papers)
	one.papers, one.statuses = true, []int{501}
	registerFile(a.API, one, a.certificate)
	all := read("certificates-archive", "/certificates.zip", "All certificates as Word documents in one archive",
		review.Papers)
	all.papers, all.statuses = true, []int{409}
	registerArchive(a.API, all, func(q *page.Request, _ *struct{ untried }) (*committee.Archive, error) {
		return a.Papers.AllCertificates(q)
	})
}

// key answers with the public key of the office.
func (a exchange) key(q *page.Request, _ *nothing) (officeKey, error) {
	key, err := handover.PublicKey(q.Ctx(), a.site.W)
	return officeKey{key}, err
}

// exchanged answers with what goes to other offices and comes from them.
func (a exchange) exchanged(q *page.Request, _ *nothing) (exchanged, error) {
	out := exchanged{Lists: []handedOver{}, Taken: []cameIn{}}
	lists, taken, err := committee.Exchange{Room: a.Committee}.Exchanged(q)
	for _, l := range lists {
		x := handedOver{Ruleset: l.Ruleset, Recognised: l.Recognised, Apart: l.Apart,
			Offices: append([]string{}, l.Offices...), Answers: []nextAnswer{}}
		for _, n := range l.Answers {
			x.Answers = append(x.Answers, nextAnswer{n.Dossier, n.Office, string(n.Decision), string(n.Outcome),
				n.Reason, n.Number, n.On})
		}
		sortBy(x.Answers, func(n nextAnswer) string { return n.Dossier })
		out.Lists = append(out.Lists, x)
	}
	for _, t := range taken {
		out.Taken = append(out.Taken, cameIn{t.Dossier, t.Office, t.Campaign, t.TakenIn.Ruleset, t.Points, t.Max,
			string(t.Decision), t.Closed, t.Archive})
	}
	return out, err
}

// certificates answers with the certificates that the person may have.
func (a exchange) certificates(q *page.Request, _ *nothing) (certificates, error) {
	out := certificates{Certificates: []certificate{}}
	all, err := a.Papers.Certificates(q)
	for _, c := range all {
		out.Certificates = append(out.Certificates, certificate{c.Ruleset, c.Dossier, c.Unit, c.Recipient, c.Number})
	}
	return out, err
}

// certificate answers with one certificate.
func (a exchange) certificate(q *page.Request, in *struct {
	ByRuleset
	ByDossier
	As string `query:"as" enum:"docx,pdf" default:"docx"`
}) (*file, error) {
	name, b, err := a.Papers.CertificateOf(q, in.Ruleset, in.Dossier, in.As == "pdf")
	if err != nil {
		return nil, err
	}
	return &file{"application/octet-stream", disposition(name), tagOf(b), b}, nil
}

// untried is the part of an input that has no dry run.
type untried struct{}

// tried reports whether nothing is to be changed.
func (untried) tried() bool { return false }

// tried reports whether nothing is to be changed.
func (t Trial) tried() bool { return t.DryRun }

// registerArchive is register for operations that answer with an archive. A dry run makes it and does not send it,
// since who has it needs nothing more.
func registerArchive[I interface{ tried() bool }](a *API, o operation,
	do func(q *page.Request, in *I) (*committee.Archive, error)) {
	a.operations[o.id] = &o
	op := o.described()
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["200"] = &huma.Response{Description: "The archive; of a dry run what would be done",
		Content: map[string]*huma.MediaType{
			"application/zip":  {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
			"application/json": {Schema: huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, typeOf[done]())}}}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		q := requestIn(ctx)
		made, err := do(q, in)
		if err != nil {
			return nil, a.problem(q, err)
		}
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			defer made.Drop()
			_, w := humago.Unwrap(ctx)
			if (*in).tried() {
				w.Header().Set("Content-Type", "application/json")
				json.NewEncoder(w).Encode(done{made.Name, true})
				return
			}
			if err := made.SendTo(w); err != nil {
				a.site.Log.Debug("an archive was not sent", "error", err.Error())
			}
		}}, nil
	})
}

// receive adds an operation that takes a form with an archive.
func (a exchange) receive(o operation, take func(committee.Exchange, *page.Request) (*handover.Result, error)) {
	a.operations[o.id] = &o
	op := o.described()
	huma.Register(a.huma, op, func(ctx context.Context, in *Trial) (*answer[takenIn], error) {
		q := requestIn(ctx)
		if in.DryRun {
			q.R = q.R.WithContext(review.Trial(q.Ctx()))
		}
		r, err := take(committee.Exchange{Room: a.Committee}, q)
		var faults handover.Faults
		if errors.As(err, &faults) {
			p := &Problem{Title: http.StatusText(http.StatusUnprocessableEntity),
				Status: http.StatusUnprocessableEntity, Detail: a.site.Texts.Say(q.Lang, "handover.faults"),
				Code: "handover-faults"}
			for _, f := range faults {
				p.Errors = append(p.Errors, &huma.ErrorDetail{Message: f})
			}
			return nil, p
		}
		if err != nil {
			return nil, a.problem(q, err)
		}
		return &answer[takenIn]{takenIn{r, in.DryRun}}, nil
	})
	item := a.huma.OpenAPI().Paths[op.Path]
	described := *item.Post // huma would parse the form if its own copy named it
	described.RequestBody = &huma.RequestBody{Required: true,
		Content: map[string]*huma.MediaType{"multipart/form-data": {
			Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"archive"},
				Properties: map[string]*huma.Schema{
					"archive": {Type: huma.TypeString, Format: "binary",
						Description: "as the other office has made it; at most " +
							fmt.Sprint(handover.MaxArchive>>30) + " GB"}}}}}}
	item.Post = &described
}
