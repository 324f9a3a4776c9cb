package review

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/pipeline/campaign"
)

// spellings are ways to write one name, or the id of its person.
var spellings = []string{"PHẠM QUỐC CƯỜNG", "Pham Quoc Cuong", "phạm  quốc\u00a0cường", "Phạm Quốc\u200b Cường", "Phạm Quốc Cường\u2060",
	"Phạm Quốc Cường\x00", "Phạm\tQuốc\nCường", "Phạm, Quốc-Cường.", norm.NFD.String("Phạm Quốc Cường"), "Ｐhạm Quốc Cường",
	"Phạm Quốс Cường" /* a Cyrillic с */, "Phạm Quốc\ufe0f Cường", "Phạm\u3164 Quốc Cường", "Member2", "MEMBER2", "member\u200d2", "ｍember2"}

// panel is what holds in a workspace of two members of one name, and others.
func panel(t *testing.T) (s *State, apply func(...Event)) {
	t.Helper()
	s = NewState(campaign.DefaultProcedure)
	apply = func(events ...Event) {
		for i := range events {
			e := events[i]
			e.Seq, e.At = s.Seq+1, "2025-01-01T09:00:00Z"
			s.Apply(&e)
		}
	}
	for id, name := range map[string]string{"member1": "Lê Thị Lan", "member2": "Phạm Quốc Cường", "an1": "Nguyễn Văn An", "an2": "Nguyễn Văn Ân"} {
		apply(Event{Person: System, Action: PersonAdded, Data: Data{Subject: id, Name: name, Roles: []Role{Member}}})
	}
	return s, apply
}

func counted(s *State) (out []dossier.PanelScore) {
	for _, x := range s.Scores("d", "") {
		if x.Counts() {
			out = append(out, x)
		}
	}
	return out
}

func TestOnePersonIsOneScorer(t *testing.T) {
	recused := Event{Person: "chair", Action: TieDeclared, Dossier: "d", Data: Data{Subject: "member2", Reason: "cousin"}}
	t.Run("however the name is written", func(t *testing.T) {
		s, apply := panel(t)
		apply(Event{Person: System, Action: PersonDisabled, Data: Data{Subject: "member2"}})
		for _, by := range spellings {
			if person, name, err := s.Scorer(by); err != nil || person != "member2" || name != "" {
				t.Errorf("%q is %q, %q, %v", by, person, name, err)
			}
		}
		for _, by := range []string{"NGUYEN VAN AN", "Nguyễn Văn An", "external:Nguyễn Văn An"} {
			if _, _, err := s.Scorer(by); err == nil || !strings.Contains(err.Error(), "an1, an2") {
				t.Errorf("%q, of two people: %v", by, err)
			}
		}
	})
	t.Run("an external scorer is no person", func(t *testing.T) {
		s, _ := panel(t)
		for _, prefix := range []string{"external:", " External: ", "external:external:", "exter\u200bnal:", "ｅxternal：", "EXTERNAL :"} {
			for _, by := range spellings {
				if _, _, err := s.Scorer(prefix + by); err == nil || !strings.Contains(err.Error(), "is the name of member2; write --by member2") {
					t.Errorf("%q: %v", prefix+by, err)
				}
			}
		}
		e := recorded("", "Pham Quoc Cuong", 4)
		if err := s.Check(&e, Subject{}); err == nil {
			t.Error("the audit trail takes a score of a person as that of an external scorer")
		}
	})
	t.Run("also in events of before", func(t *testing.T) {
		s, apply := panel(t)
		apply(score("member1", 2), score("member2", 3))
		for _, name := range spellings {
			apply(recorded("", name, 9), recorded("", "External:"+name, 10))
		}
		if got := counted(s); len(got) != 2 || got[1].Person != "member2" || got[1].Points != 10 {
			t.Fatalf("%+v", got)
		}
		apply(recused)
		if got := counted(s); len(got) != 1 || got[0].Person != "member1" {
			t.Errorf("a recused person counts: %+v", got)
		}
		apply(recorded("", "nguyen van an", 9))
		if got := counted(s); len(got) != 1 || len(s.Unsettled()) != 1 {
			t.Errorf("a name of two people counts: %+v, %v", got, s.Unsettled())
		}
		settle := Event{Person: System, Action: ScorerSettled, Data: Data{Name: "Nguyễn Văn An", Subject: "an2"}}
		if err := s.Check(&settle, Subject{}); err != nil {
			t.Fatal(err)
		}
		apply(settle, score("an2", 1))
		if got := counted(s); len(got) != 2 || got[0].Person != "an2" || got[0].Points != 1 || len(s.Unsettled()) != 0 {
			t.Errorf("%+v, %v", got, s.Unsettled())
		}
	})
	t.Run("a person who is added later", func(t *testing.T) {
		s, apply := panel(t)
		apply(recorded("", "LE VAN X", 9), Event{Person: System, Action: PersonAdded, Data: Data{Subject: "x", Name: "Lê Văn X", Roles: []Role{Member}}}, score("x", 4))
		if got := counted(s); len(got) != 1 || got[0].Points != 4 || len(s.Unsettled()) != 1 {
			t.Errorf("%+v, %v", got, s.Unsettled())
		}
		if _, _, err := s.Scorer("external:Lê Văn X"); err == nil {
			t.Error("it is recorded again before it is settled")
		}
		apply(Event{Person: System, Action: ScorerSettled, Data: Data{Name: "Le Van X"}})
		if _, name, err := s.Scorer("external:Lê Văn X"); len(counted(s)) != 2 || err != nil || name != "Lê Văn X" {
			t.Errorf("settled as somebody from outside: %+v, %v", counted(s), err)
		}
	})
	t.Run("two spellings of an external scorer", func(t *testing.T) {
		s, apply := panel(t)
		apply(recorded("", "Đỗ Thị Hà", 9), recorded("", "DO THI HA", 5), recorded("", "đỗ thị\u200b hà", 7))
		if got := counted(s); len(got) != 1 || got[0].Points != 7 || got[0].Person != "external:đỗ thị hà" {
			t.Errorf("%+v", got)
		}
	})
}
