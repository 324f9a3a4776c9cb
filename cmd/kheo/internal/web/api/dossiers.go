package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/listing"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/evidence"
	"kheo/pipeline/look"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/shown"
)

// ByDossier names a dossier.
type ByDossier struct {
	Dossier string `path:"dossier" maxLength:"200"`
}

// oneDossier is a dossier as kheo show --json has it, as far as the person may see it, and what people did about it.
type oneDossier struct {
	shown.Dossier
	Hidden  bool      `json:"hidden" doc:"points, rank and outcome are left out until the person has scored"`
	Recused string    `json:"recused,omitempty" doc:"why the person is recused; then nothing else is told"`
	Decided *decision `json:"decision,omitempty"`
	Review  *reviewed `json:"review,omitempty" doc:"what people did; not for submitters"`
}

// decision is what was decided.
type decision struct {
	Decision review.Decision `json:"decision"`
	Reason   string          `json:"reason"`
	At       string          `json:"at"`
}

// reviewed is what people did about a dossier.
type reviewed struct {
	Evaluators []string             `json:"evaluators"`
	MyVote     review.Vote          `json:"my_vote,omitempty"`
	Votes      []vote               `json:"votes,omitempty" doc:"left out until the person may know them"`
	Scores     []dossier.PanelScore `json:"scores" doc:"without those that the person must not know yet"`
	Overrides  []override           `json:"overrides"`
	Comments   []comment            `json:"comments,omitempty"`
	Closed     bool                 `json:"closed"`
}

// vote is how someone voted.
type vote struct {
	Person string      `json:"person"`
	Vote   review.Vote `json:"vote"`
}

// override is what a person set instead of the program.
type override struct {
	Criterion string  `json:"criterion,omitempty"`
	Points    float64 `json:"points"`
	Outcome   string  `json:"outcome,omitempty"`
	Reason    string  `json:"reason"`
	By        string  `json:"by"`
	At        string  `json:"at"`
}

// comment is a comment on a dossier.
type comment struct {
	By   string `json:"by"`
	Text string `json:"text"`
	At   string `json:"at"`
}

// pageText is a page of a document.
type pageText struct {
	Document string  `json:"document"`
	Page     int     `json:"page"`
	Pages    int     `json:"pages"`
	Text     string  `json:"text"`
	Language string  `json:"language"`
	Quality  float64 `json:"quality"`
	Reader   string  `json:"reader"`
}

// addDossiers adds the operations that read dossiers.
func (a *API) addDossiers() {
	get := func(id, path, summary string, own bool) operation {
		return operation{id: id, method: http.MethodGet, path: path, summary: summary, right: review.See, own: own,
			scope: review.ReadScope, papers: true}
	}
	dossiers := get("dossiers", "/dossiers", "The dossiers on all lists, or those of the submitter's unit", true)
	dossiers.statuses = []int{410}
	register(a, dossiers, a.dossiers)
	one := get("dossier", "/dossiers/{dossier}", "A dossier, as kheo show --json", true)
	one.about = "Its ETag is what If-Match of the operations that change it takes."
	register(a, one, func(q *page.Request, in *ByDossier) (*oneDossier, error) { return a.dossier(q, in.Dossier) })
	registerFile(a, get("document", "/dossiers/{dossier}/document", "A document as it was handed in", true), a.document)
	register(a, get("page", "/dossiers/{dossier}/page", "The text of a page of a document", true), a.pageText)
	pieces := get("evidence", "/dossiers/{dossier}/evidence", "The pieces of its evidence, to be checked", false)
	pieces.right = review.CheckEvidence
	register(a, pieces, a.pieces)
}

// dossiers answers with dossiers: for submitters those of their unit, and otherwise the rows of all lists.
func (a *API) dossiers(q *page.Request, in *struct {
	Chosen
	Ruleset string `query:"ruleset" maxLength:"100"`
	Level   string `query:"level" maxLength:"100"`
	Kind    string `query:"kind" maxLength:"100"`
	Paging
}) (entriesOf, error) {
	if !q.Person.May(review.See) {
		return a.ownDossiers(q, in.Paging)
	}
	mine, err := a.Lists.For(q.Ctx(), q.Person)
	if err != nil {
		return entriesOf{}, err
	}
	type place struct { // of an entry among those of its list
		ruleset string
		of      *listing.Choice
		at      int
	}
	var all []place
	for _, id := range slices.Sorted(maps.Keys(mine.Of)) {
		if in.Ruleset != "" && in.Ruleset != id {
			continue
		}
		of, err := a.Listing.Choose(q, mine.Of[id])
		if err != nil {
			return entriesOf{}, err
		}
		all = slices.Grow(all, len(of.Entries))
		for i, e := range of.Entries {
			if (in.Level == "" || e.Level == in.Level) && (in.Kind == "" || e.Kind == in.Kind) {
				all = append(all, place{id, of, i})
			}
		}
	}
	return a.partOf(q, in.Paging, len(all), func(i int) (string, string) {
		return all[i].ruleset, all[i].of.Entries[all[i].at].Dossier
	}, func(at, end int) (out []ruled, err error) {
		for _, p := range all[at:end] {
			row, err := p.of.Rows(p.at, p.at+1)
			if err != nil {
				return nil, err
			}
			out = append(out, ruled{p.ruleset, &row[0]})
		}
		return out, nil
	})
}

// ownDossiers answers with the dossiers of the submitter's unit, without their assessments.
func (a *API) ownDossiers(q *page.Request, p Paging) (entriesOf, error) {
	mine, err := a.Lists.For(q.Ctx(), q.Person)
	if err != nil {
		return entriesOf{}, err
	}
	found := map[string]ruled{}
	if unit := q.Person.Unit; unit != "" {
		for id, at := range mine.At {
			if e := at.Entry; e.Unit == unit {
				bare := publish.Entry{Dossier: id, Title: e.Title, Nominee: e.Nominee, Unit: unit, Level: e.Level,
					Field: e.Field, Kind: e.Kind}
				found[id] = ruled{at.Ruleset, &access.Row{Entry: &bare}}
			}
		}
		if err := a.site.W.Review().View(q.Ctx(), func(st *review.State) error {
			for _, h := range st.Handed(unit) {
				if _, listed := found[h.Dossier]; !listed {
					found[h.Dossier] = ruled{"", &access.Row{Entry: &publish.Entry{Dossier: h.Dossier, Title: h.Name,
						Unit: unit}}}
				}
			}
			for id, r := range found {
				r.Decision = st.Decision(r.ruleset, id)
			}
			return nil
		}); err != nil {
			return entriesOf{}, err
		}
	}
	all := slices.SortedFunc(maps.Values(found), func(x, y ruled) int { return cmp.Compare(x.Dossier, y.Dossier) })
	out, err := a.partOf(q, p, len(all), func(i int) (string, string) { return all[i].ruleset, all[i].Dossier },
		func(at, end int) ([]ruled, error) { return all[at:end], nil })
	for i := range out.Entries {
		out.Entries[i].Hidden, out.Entries[i].Evaluator = true, nil // no assessment is for submitters
	}
	return out, err
}

// dossier returns a dossier as the person may see it.
func (a *API) dossier(q *page.Request, id string) (*oneDossier, error) {
	d, err := a.Lists.See(q, id)
	if err != nil {
		return nil, err
	}
	out := &oneDossier{Dossier: shown.Dossier{Dossier: d.ID, Title: d.Title, Unit: d.Unit, Facts: []dossier.Fact{},
		Documents: []shown.Document{}, Assessments: []shown.Entry{}, Deliveries: []shown.Delivery{},
		Looked: []look.Found{}}}
	if d.Tie != nil {
		out.Recused = d.Tie.Reason
		return out, nil
	}
	accepted, doc, err := a.site.W.Load(q.Ctx(), id)
	if err != nil || doc == nil {
		return nil, errors.Join(err, page.NotFoundWhere(doc == nil))
	}
	out.Version = accepted.Version
	out.AddDocuments(doc, languages(q)...)
	if err := out.AddDeliveries(q.Ctx(), a.site.W, accepted); err != nil {
		return nil, err
	}
	if q.Person.May(review.See) {
		if err := a.addAssessment(q, d, doc, out); err != nil {
			return nil, err
		}
	} else if d.Entry != nil {
		out.Kind, out.Level, out.Field, out.Hidden = d.Entry.Kind, d.Entry.Level, d.Entry.Field, true
	}
	return out, a.addReview(q, d, out)
}

// addAssessment adds the facts and the assessment of a dossier.
func (a *API) addAssessment(q *page.Request, d *access.Seen, doc *dossier.Dossier, out *oneDossier) error {
	x, err := a.site.W.Store.Assessments.Get(q.Ctx(), d.ID)
	if err != nil || x == nil {
		return err
	}
	out.Kind, out.Title, out.Unit, out.Level, out.Field = x.Kind, x.Title, x.Unit, x.Level, x.Field
	if x.Facts != nil {
		out.Facts = x.Facts
	}
	e, err := a.fullEntry(q, d)
	if err != nil || e == nil {
		return err
	}
	out.Assessments = []shown.Entry{{Ruleset: cmp.Or(d.Ruleset, x.Ruleset), Entry: *e}}
	if out.Hidden = e.Hidden; out.Hidden { // what was looked at depends on the outcome
		return nil
	}
	found, err := look.Of(q.Ctx(), a.site.W.Store, doc, x)
	if found != nil {
		out.Looked = found
	}
	return err
}

// addReview adds what people did about a dossier, by the same functions as its page.
func (a *API) addReview(q *page.Request, d *access.Seen, out *oneDossier) error {
	data := map[string]any{}
	if err := a.Lists.DecisionOf(q, d, data); err != nil {
		return err
	}
	if x, _ := data["Decision"].(*review.DecidedEntry); x != nil {
		out.Decided = &decision{x.Decision, x.Reason, x.At}
	}
	if !q.Person.May(review.See) {
		return nil
	}
	scores, err := pipeline.PanelScores(q.Ctx(), a.site.W, d.ID, d.Unit)
	if err != nil {
		return err
	}
	data["Scores"] = scores
	r := &reviewed{Evaluators: []string{}, Scores: []dossier.PanelScore{}, Overrides: []override{}}
	out.Review = r
	return a.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		a.Lists.Blind(q, st, d, data)
		r.Evaluators = append(r.Evaluators, st.Assigned[d.ID]...)
		r.MyVote, _ = data["MyVote"].(review.Vote)
		r.Closed, _ = data["Closed"].(bool)
		if seen, _ := data["Scores"].([]dossier.PanelScore); seen != nil {
			r.Scores = seen
		}
		overrides, _ := data["Overrides"].([]review.Overruled)
		for _, o := range overrides {
			r.Overrides = append(r.Overrides, override{o.Criterion, o.Points, o.Outcome, o.Reason, o.By, o.At})
		}
		if access.MayKnowVotes(q.Person, st, d.Ruleset, d.ID) {
			for _, c := range st.Tally(d.Ruleset, d.ID, d.Unit).Votes {
				r.Votes = append(r.Votes, vote{c.Person, c.Vote})
			}
		}
		if q.Person.May(review.Discuss) {
			comments, _ := data["Comments"].([]access.Said)
			for _, c := range comments {
				r.Comments = append(r.Comments, comment{c.Name, c.Text, c.At})
			}
		}
		return nil
	})
}

// unchanged checks the If-Match of an operation on a dossier: that it is still what the program has read.
func (a *API) unchanged(q *page.Request, id, ifMatch string) error {
	if ifMatch == "" {
		return nil
	}
	d, err := a.dossier(q, id)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // as huma writes it
	if err := enc.Encode(d); err != nil {
		return err
	}
	if !matches(ifMatch, tagOf(b.Bytes())) {
		return page.Refuse(http.StatusPreconditionFailed, "error.precondition")
	}
	return nil
}

// document answers with a document as it was handed in, as a download that no browser opens as a page.
func (a *API) document(q *page.Request, in *struct {
	ByDossier
	Name string `query:"name" required:"true" maxLength:"500"`
}) (*file, error) {
	_, doc, _, err := a.Desk.DocumentNamed(q, in.Dossier, in.Name)
	if err != nil {
		return nil, err
	}
	if doc.SHA256 == "" {
		return nil, page.NotFound()
	}
	b, err := a.site.W.Store.Blobs.Read(q.Ctx(), doc.SHA256)
	if err != nil {
		return nil, err
	}
	return &file{"application/octet-stream", mime.FormatMediaType("attachment", map[string]string{
		"filename": path.Base(doc.Name)}), `"` + doc.SHA256[:32] + `"`, b}, nil
}

// pageText answers with the text of a page.
func (a *API) pageText(q *page.Request, in *struct {
	ByDossier
	Document string `query:"document" required:"true" maxLength:"500"`
	Page     int    `query:"page" minimum:"1" default:"1"`
}) (out pageText, err error) {
	_, doc, _, err := a.Desk.DocumentNamed(q, in.Dossier, in.Document)
	if err != nil {
		return out, err
	}
	for i := range doc.Pages {
		if p := &doc.Pages[i]; p.Number == in.Page {
			return pageText{doc.Name, p.Number, len(doc.Pages), p.Text, p.Language, p.Quality, p.Reader}, nil
		}
	}
	return out, page.NotFound()
}

// somePieces is the evidence of a dossier.
type somePieces struct {
	Pieces []evidence.Piece `json:"pieces"`
}

// pieces answers with the pieces of a dossier's evidence of which the person may know.
func (a *API) pieces(q *page.Request, in *ByDossier) (out somePieces, err error) {
	out.Pieces = []evidence.Piece{}
	d, err := a.Lists.See(q, in.Dossier)
	if err != nil {
		return out, err
	}
	rs := a.site.Ruleset(d.Ruleset)
	if d.Tie != nil || rs == nil {
		return out, page.NotFound()
	}
	all, err := a.Lists.Evidence(q.Ctx(), q.Person, rs)
	if err != nil {
		return out, err
	}
	for _, p := range all.For() {
		if p.Dossier == d.ID || slices.Contains(p.Also, d.ID) {
			out.Pieces = append(out.Pieces, p)
		}
	}
	return out, nil
}
