package web

import (
	"net/url"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
	"kheo/pipeline/papers"
	"kheo/pipeline/publish"
)

// Who was recognised on a closed list gets a certificate with a number that stays, even if others are recused or
// forgotten; the page gives them one by one and as one archive, and says what is blank.
func TestCertificatesOfAClosedList(t *testing.T) {
	t.Parallel()
	s := open(t)
	secretary := s.as("secretary")
	if _, body, _ := secretary.get("/papers"); strings.Contains(body, "/papers/certificates") {
		t.Error("certificates of open lists")
	}
	f := s.closesList("model-district")
	var in []publish.Entry
	other := ""
	for _, e := range f.Entries {
		if e.Outcome == dossier.Recommended {
			in = append(in, e)
		} else {
			other = e.Dossier
		}
	}
	s.shows(secretary, "/papers", "so certificates have gaps there: certificates: number, certificates: decisions: model-district: number, "+
		"certificates: decisions: model-district: on")
	s.w.Campaign().Papers.Certificates = campaign.Certificates{Number: "{n}/GCN-2024",
		Decisions: map[string]campaign.DecisionNumber{f.Ruleset: {Number: "123/QĐ-UBND", On: "2024-12-20"}}}
	if _, body, _ := secretary.get("/papers"); strings.Contains(body, "so certificates have gaps") {
		t.Error("nothing is blank, and the page says that something is")
	}
	at := func(e publish.Entry) string {
		return "/papers/file?paper=certificate&ruleset=" + f.Ruleset + "&dossier=" + e.Dossier
	}
	status, body, _ := secretary.get(at(in[1]))
	made := text(unzipped(body))
	for _, want := range []string{"No. 2/GCN-2024", s.w.Campaign().Env.UnitByID(in[1].Unit).Name, in[1].Title, "Decision No. 123/QĐ-UBND of 20 December 2024"} {
		if status != 200 || !strings.Contains(made, want) {
			t.Errorf("%d: the certificate has no %q\n%s", status, want, made)
		}
	}
	if strings.Contains(made, "as the members saw on site") || strings.Contains(made, "BCĐ-DVK") {
		t.Errorf("the certificate has what does not belong on it:\n%s", made)
	}
	if status, _, _ := secretary.get(at(publish.Entry{Dossier: other})); status != 404 {
		t.Errorf("a certificate for who was not recognised: %d", status)
	}
	secretary.must("/dossiers/"+in[0].Dossier+"/tie", url.Values{"reason": {"my cousin leads it"}})
	if status, _, _ := secretary.get(at(in[0])); status != 404 {
		t.Errorf("a certificate for who is recused: %d", status)
	}
	for _, e := range s.closesList("commendation-collective").Entries {
		if e.Outcome == dossier.Recommended {
			s.shows(secretary, "/papers", "/GCN-2024 "+e.Title+" – Word") // the collective, and not the unit that proposes it
			break
		}
	}
	secretary.must("/papers/certificates", url.Values{"as": {"docx"}})
	for {
		if _, body, _ := secretary.get("/papers"); strings.Contains(body, `href="/papers/certificates/zip"`) || t.Context().Err() != nil {
			break
		}
	}
	if status, body, _ := secretary.get("/papers/certificates/zip"); status != 200 || !strings.Contains(body, "2-GCN-2024") ||
		strings.Contains(body, "1-GCN-2024") {
		t.Errorf("the archive of all but the first: %d", status)
	}
	orders, err := papers.Certificates(t.Context(), s.w, "")
	if err != nil || len(orders) != len(in) || orders[1].Number(s.w) != "2/GCN-2024" {
		t.Errorf("%v %+v", err, orders)
	}
}
