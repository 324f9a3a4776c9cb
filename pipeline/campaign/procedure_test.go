package campaign

import (
	"strings"
	"testing"

	"kheo/internal/strict"
)

func procedureOf(t *testing.T, yaml string) (Procedure, strict.Problems) {
	t.Helper()
	doc, root := strict.Parse(File, []byte(yaml))
	if root == nil {
		t.Fatal(doc.Problems)
	}
	c := &Campaign{}
	c.procedure(root)
	return c.Review, append(doc.Problems, c.Review.unknownLists([]string{"models", "people"})...)
}

func TestHowACommitteeDecides(t *testing.T) {
	for _, c := range []struct{ yaml, list, want string }{
		{"tie: chair", "models", "more than 50% of the votes for and against"},
		{"majority: 50%", "models", "more than 50% of the votes for and against"},
		{"majority: 2/3", "models", "more than 2/3 of the votes for and against"},
		{"majority: 1", "models", "at least 100% of the votes for and against"},
		{"majority: 0.667", "models", "more than 66.7% of the votes for and against"},
		{"majority: at least 80%", "models", "at least 80% of the votes for and against"},
		{"majority: at least 80% of all members", "models", "at least 80% of all members with a vote"},
		{"majority: More than 1/2 of those present", "models", "more than 50% of those present with a vote"},
		{"majority: at least 2/3 of the votes cast\nabstentions: counted", "models", "at least 2/3 of the votes cast, abstentions included"},
		{"majority: 50%\nlists:\n  models: { majority: at least 80% of all members }", "models", "at least 80% of all members with a vote"},
		{"majority: 2/3\nlists:\n  models: { tie: deferred }", "models", "more than 2/3 of the votes for and against"},
		{"majority: 2/3\nlists:\n  models: { majority: at least 80% of all members }", "people", "more than 2/3 of the votes for and against"},
	} {
		p, problems := procedureOf(t, c.yaml)
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.yaml, problems)
			continue
		}
		own := p.Of(c.list)
		if got := own.Majority.In("en", own.Abstain); got != c.want {
			t.Errorf("%s: for %s it is %q, want %q", c.yaml, c.list, got, c.want)
		}
	}
}

func TestWhoMakesUpAQuorum(t *testing.T) {
	for _, c := range []struct {
		yaml, want string
		of10       int
	}{
		{"quorum: 2/3", "at least 2/3 of all members with a vote have voted", 7},
		{"quorum: 2/3 of the members", "at least 2/3 of all members with a vote have voted", 7},
		{"quorum: at least 2/3 present", "at least 2/3 of all members with a vote are present", 7},
		{"quorum: More than 50% of all members present", "more than 50% of all members with a vote are present", 6},
		{"quorum: 7 members", "at least 7 members with a vote have voted", 7},
		{"quorum: more than 7 members present", "at least 8 members with a vote are present", 8},
		{"quorum: at least 2/3 present, with the chair", "at least 2/3 of all members with a vote are present, the chair among them", 7},
		{"quorum: at least 2/3 present, with the chair\nlists:\n  models: { quorum: 1/2 }", "at least 50% of all members with a vote have voted", 5},
		{"majority: at least 7 votes", "at least 2/3 of all members with a vote have voted", 7},
	} {
		p, problems := procedureOf(t, c.yaml)
		if own := p.Of("models"); len(problems) > 0 || own.QuorumIn("en") != c.want || own.QuorumOf(10) != c.of10 {
			t.Errorf("%s: %q, %d of 10, %v", c.yaml, own.QuorumIn("en"), own.QuorumOf(10), problems)
		}
	}
}

func TestMistakesOfAProcedure(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"quorum: many", `kheo.yaml:1:9: quorum: "many" is not a share`},
		{"quorum: 2/0", "not a share"},
		{"quorum: more than 100% present", "can never be reached"},
		{"quorum: 0 members", `"0" is not a number of members`},
		{"quorum: most present", `quorum: "most" is not a share`},
		{"majority: 0 votes", "not a number of votes"},
		{"absent: in-writing", "need a last day"},
		{"written_until: 2024-12-10", "nobody votes in writing"},
		{"absent: in-writing\nwritten_until: soon", `kheo.yaml:2:16: written_until: "soon" is not a day`},
		{"tie: chair\nmajority: at least 120%", `kheo.yaml:2:11: majority: "120%" is not a share`},
		{"majority: more than 100% of all members", "can never be reached"},
		{"majority: at least 0%", "passes every entry"},
		{"majority: at least 80% of everybody", "not a share"},
		{"majority: half", `"half" is not a share`},
		{"abstentions: sometimes", "abstentions"},
		{"lists:\n  model: { majority: 50% }", `kheo.yaml:2:3: lists: there is no ruleset "model"`},
		{"lists:\n  models: { blind: true }", `no key "blind"`},
		{"blind: maybe", "blind cannot be"},
	} {
		_, problems := procedureOf(t, c.yaml)
		if got := problems.Error(); len(problems) == 0 || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v, want %q", c.yaml, problems, c.want)
		}
	}
}

// Shares are exact: a third of three is one, and never one and a bit.
func TestSharesAreExact(t *testing.T) {
	for of := 1; of <= 1000; of++ {
		for den := int64(1); den <= 12; den++ {
			for num := int64(0); num <= den; num++ {
				least, more := Share{num, den}.AtLeast(of), Share{num, den}.MoreThan(of)
				whole := num * int64(of)
				if int64(least)*den < whole || int64(least-1)*den >= whole || int64(more)*den <= whole || int64(more-1)*den > whole {
					t.Fatalf("%d/%d of %d: at least %d, more than %d", num, den, of, least, more)
				}
			}
		}
	}
}
