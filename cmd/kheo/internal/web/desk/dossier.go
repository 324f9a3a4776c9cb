package desk

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"kheo/cmd/kheo/internal/web/access"
	"kheo/cmd/kheo/internal/web/page"
	"kheo/cmd/kheo/internal/web/upload"
	"kheo/internal/dossier"
	"kheo/pipeline"
	"kheo/pipeline/look"
	"kheo/pipeline/publish"
	"kheo/pipeline/recommend"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
)

// Dossier shows a dossier: its assessment, documents, scores, votes and discussion, as far as the person may
// see them. People who are recused, and submitters, get a separate page, whose data contain no assessment
// that it could show by mistake.
func (s *Room) Dossier(q *page.Request) error {
	d, err := s.lists.See(q, q.R.PathValue("dossier"))
	if err != nil {
		return err
	}
	data := map[string]any{"D": d, "UnitName": s.site.UnitName(d.Unit), "Own": !q.Person.May(review.See),
		"MostFiles": page.MaxFiles, "MostMB": upload.MaxUpload >> 20}
	if d.Tie == nil {
		if err := s.deliveriesOf(q, d.ID, data); err != nil {
			return err
		}
	}
	if d.Tie != nil || !q.Person.May(review.See) {
		if d.Tie == nil {
			if err := s.lists.DecisionOf(q, d, data); err != nil {
				return err
			}
		}
		s.site.Render(q, http.StatusOK, "dossier-aside", data)
		return nil
	}
	return s.workbench(q, d, askedBy(q.R.URL.Query()))
}

// workbench shows a dossier to a person who sees its assessment, with a page of its papers open.
func (s *Room) workbench(q *page.Request, d *access.Seen, want asked) error {
	data := map[string]any{"D": d, "UnitName": s.site.UnitName(d.Unit)}
	if err := s.deliveriesOf(q, d.ID, data); err != nil {
		return err
	}
	_, whole, err := s.site.W.Load(q.Ctx(), d.ID)
	if err != nil || whole == nil {
		return errors.Join(err, page.NotFoundWhere(whole == nil))
	}
	if data["Papers"], err = s.shelfOf(q, d, whole, want); err != nil {
		return err
	}
	if err := s.addAssessment(q, d, whole, data); err != nil {
		return err
	}
	// In this order: addTalk hides, by Lists.Blind, what addPanel and DecisionOf have added, and addTask asks for
	// what is left.
	for _, add := range []func(*page.Request, *access.Seen, map[string]any) error{
		s.addPanel, s.lists.DecisionOf, s.addTalk, s.addTask} {
		if err := add(q, d, data); err != nil {
			return err
		}
	}
	s.site.Render(q, http.StatusOK, "dossier", data)
	return nil
}

// addAssessment adds to the data of a dossier's page its documents and its assessment. A dossier that was not
// assessed yet gets its documents only.
func (s *Room) addAssessment(q *page.Request, d *access.Seen, doc *dossier.Dossier, data map[string]any) error {
	data["Documents"] = doc.Documents
	a, err := s.site.W.Store.Assessments.Get(q.Ctx(), d.ID)
	if err != nil || a == nil {
		return err
	}
	e, err := s.lists.EntryOf(q, d, a)
	if err != nil {
		return err
	}
	data["Entry"], data["FieldName"] = e, s.site.FieldName(q.Lang, a.Field)
	if err := s.addFacts(q, d, doc, e, data); err != nil {
		return err
	}
	if !e.Hidden { // what was looked at depends on the outcome
		if data["Looked"], data["LookedWith"], err = s.lookedAt(q, doc, a); err != nil {
			return err
		}
	}
	if d.Entry != nil && d.Entry.Certainty != nil {
		data["Keeps"] = publish.CertaintyText(d.Entry.Certainty.Certainty, e, q.Lang, "en")
	}
	if rs := s.site.Ruleset(d.Ruleset); rs != nil && q.Person.May(review.Override) {
		data["Givables"] = recommend.Givables(rs, a)
	}
	data["Model"] = slices.Contains(s.site.W.Campaign().Register.Kinds, a.Kind)
	return nil
}

// lookedAt describes in one line what came of looking for the evidence of an assessment on rendered pages, and names
// the programs that rendered them; "" if none of it is in files that are rendered.
func (s *Room) lookedAt(q *page.Request, d *dossier.Dossier, a *dossier.Assessment) (line, with string, err error) {
	found, err := look.Of(q.Ctx(), s.site.W.Store, d, a)
	if err != nil {
		return "", "", err
	}
	count := map[dossier.Sight]int{}
	renderers := []string{}
	for _, f := range found {
		count[f.Result]++
		if f.Renderer != "" && !slices.Contains(renderers, f.Renderer) {
			renderers = append(renderers, f.Renderer)
		}
	}
	var parts []string
	for _, r := range []dossier.Sight{dossier.Seen, dossier.SightUnseen, dossier.Unclear, dossier.NotFound,
		dossier.NotRendered, look.NotLooked} {
		if n := count[r]; n > 0 {
			parts = append(parts, s.site.Texts.Say(q.Lang, "looked."+string(r), n))
		}
	}
	return strings.Join(parts, ", "), strings.Join(renderers, "; "), nil
}

// addPanel adds to the data of a dossier's page the panel criteria, their scores, and passages shared with others.
func (s *Room) addPanel(q *page.Request, d *access.Seen, data map[string]any) error {
	if rs := s.site.Ruleset(d.Ruleset); rs != nil {
		data["Panel"] = rs.PanelCriteria()
	}
	scores, err := pipeline.PanelScores(q.Ctx(), s.site.W, d.ID, d.Unit)
	if err != nil {
		return err
	}
	data["Scores"] = scores
	copies, err := s.site.W.Store.Copies.ByID(q.Ctx(), d.ID)
	if err != nil {
		return err
	}
	seen, err := s.copiesFor(q, copies[d.ID])
	data["Copies"] = shownCopies(d.ID, seen, s.site.UnitName)
	return err
}

// addTalk adds to the data of a dossier's page who is writing, the person's draft and the history, and hides what
// a blind campaign hides. It comes after addPanel and DecisionOf.
func (s *Room) addTalk(q *page.Request, d *access.Seen, data map[string]any) error {
	drafts, place := s.site.W.Store.Drafts, "comment "+d.ID
	writing, err := drafts.Writers(q.Ctx(), place, q.Person.ID, s.site.W.Now().Add(-writingFor))
	if err != nil {
		return err
	}
	if data["Draft"], _, err = drafts.Get(q.Ctx(), q.Person.ID, place); err != nil {
		return err
	}
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		data["Seen"], data["History"] = st.Seq, s.history(q, st, d.ID)
		if q.Person.May(review.Discuss) {
			data["Writing"] = s.site.Names(st, writing)
		}
		s.lists.Blind(q, st, d, data)
		return nil
	})
}

// delivered is what was received of a dossier, and when.
type delivered struct {
	Unrecorded int    // versions up to this one were received before deliveries were recorded
	At         string // when the newest version was received
	List       []deliveredAt
}

// deliveredAt is one delivery, with its time as RFC 3339.
type deliveredAt struct {
	At, Entry string
	Late      string // the day on which the list was closed before it came; "" if it was in time
	store.Delivery
}

// deliveriesOf adds to the data of a page what was received of a dossier, and when. A dossier that is
// registered but was never received gets none.
func (s *Room) deliveriesOf(q *page.Request, id string, data map[string]any) error {
	a, err := s.site.W.Store.Dossiers.Get(q.Ctx(), id)
	if err != nil || a == nil {
		return err
	}
	all, err := s.site.W.Store.Dossiers.Deliveries(q.Ctx(), id)
	if err != nil {
		return err
	}
	out := delivered{Unrecorded: a.Version, At: a.ReceivedAt.Format(time.RFC3339)}
	if len(all) > 0 {
		out.Unrecorded = all[0].Version - 1
	}
	return s.site.W.Review().View(q.Ctx(), func(st *review.State) error {
		for _, d := range all {
			late := review.CameLate(st, id, d.At)
			out.List = append(out.List, deliveredAt{d.At.Format(time.RFC3339), d.Entry, late, d})
			if late != "" {
				data["CameLate"] = late
			}
		}
		data["Deliveries"] = out
		return nil
	})
}

// writingFor is how long after the last keystroke a person counts as writing a comment.
const writingFor = 10 * time.Minute

// told is one action on a dossier, with the name of the person and the fact that was corrected, if one was.
type told struct{ Name, Action, At, Fact string }

// history returns the actions on a dossier that the person who asks may know, newest first. In a blind campaign
// votes are left out even after the decision. At most 100 actions are returned.
func (s *Room) history(q *page.Request, st *review.State, id string) []told {
	var out []told
	for _, c := range slices.Backward(st.History(id)) {
		switch c.Action {
		case review.Voted, review.VoteTaken:
			if !q.Person.May(review.SeeVotes) || st.Settings.Blind {
				continue
			}
		case review.Commented, review.Tagged, review.Untagged:
			if !q.Person.May(review.Discuss) {
				continue
			}
		case review.EvidenceJudged, review.EvidenceUnjudged: // people judge without knowing who did before
			if c.Person != q.Person.ID && q.Person.May(review.CheckEvidence) {
				continue
			}
		// A conflict of interest of others is for those who judge it, and for those who see votes, and so whose vote
		// is missing.
		case review.TieDeclared, review.TieFound, review.TieDismissed:
			if c.Person != q.Person.ID && !q.Person.May(review.JudgeTies) && !q.Person.May(review.SeeVotes) {
				continue
			}
		}
		out = append(out, told{s.site.Name(st, c.Person), string(c.Action), c.At, c.Fact})
		if len(out) == 100 {
			break
		}
	}
	return out
}

// copiesFor returns the passages that a dossier shares with others, except for others from which the person who
// asks is recused. The shared slice of copies is not changed.
func (s *Room) copiesFor(q *page.Request, copies []dossier.Copy) ([]dossier.Copy, error) {
	var ids []string
	for _, c := range copies {
		ids = append(ids, c.Of)
	}
	recused, err := s.lists.RecusedFrom(q.Ctx(), q.Person, ids...)
	return slices.DeleteFunc(slices.Clone(copies), func(c dossier.Copy) bool { return recused[c.Of] }), err
}
