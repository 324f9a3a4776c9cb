package web

import (
	"net/url"
	"strings"
	"testing"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
)

// The meeting says in one sentence, in the language of the reader, why an entry cannot be decided yet, and then why its
// decision is valid; a decision that the sentence rules out is refused.
func TestTheMeetingSaysWhyADecisionStands(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.w.Review().Set(campaign.Procedure{Quorum: campaign.Share{Num: 1, Den: 1}, Attendance: campaign.Attendance{Present: true},
		Majority: campaign.Majority{Share: campaign.Share{Num: 4, Den: 5}, Exact: true, Base: campaign.Members}, Tie: "chair"})
	chair := s.as("chair")
	e := s.entryWith(chair.listed(), dossier.Recommended)
	at := "/meeting/" + district + "?entry=" + url.QueryEscape(e.Dossier)
	says := func(en, nb, vi string) {
		t.Helper()
		for lang, want := range map[string]string{"nb": nb, "vi": vi, "en": en} {
			chair.must("/language", url.Values{"language": {lang}})
			if _, body, _ := chair.get(at); !strings.Contains(text(body), want) {
				t.Errorf("the meeting does not say %q", want)
			}
		}
	}
	says("Not yet possible: the rule counts those present", "det er ikke ført hvem det er", "chưa ghi ai có mặt")
	chair.must("/meeting/"+district+"/open", url.Values{"present": {"chair", "second"}})
	says("Not yet possible: 2 of 3 are present, and 3 must be.", "2 av 3 er til stede, og 3 må være det",
		"mới có 2 trong 3 người có mặt, cần 3 người")
	chair.must("/meeting/"+district+"/presence", url.Values{"person": {"third"}, "move": {"came"}})
	says("Not yet possible: nobody has voted.", "ingen har stemt", "chưa ai biểu quyết")
	decide := func() int {
		status, _, _ := chair.post("/dossiers/"+e.Dossier+"/decide", url.Values{"decision": {"recognised"}})
		return status
	}
	for _, id := range []string{"chair", "second"} {
		if status := decide(); status != 409 {
			t.Errorf("decided before %s has voted: %d", id, status)
		}
		s.as(id).must("/dossiers/"+e.Dossier+"/vote", url.Values{"vote": {"for"}})
	}
	says("Not enough votes to recognise: 2 for, 3 needed (at least 80% of all members with a vote).",
		"Ikke flertall for anerkjennelse: 2 for; det kreves 3", "Không đủ phiếu công nhận: 2 phiếu thuận; cần 3 phiếu")
	s.as("third").must("/dossiers/"+e.Dossier+"/vote", url.Values{"vote": {"for"}})
	says("Enough votes to recognise: 3 for, 3 needed", "Flertall for anerkjennelse: 3 for", "Đủ phiếu công nhận: 3 phiếu thuận")
	if status := decide(); status != 303 {
		t.Errorf("the decision that stands is refused: %d", status)
	}
}
