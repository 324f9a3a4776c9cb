package secretballots

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"kheo/internal/testspace"
	"kheo/pipeline/campaign"
	"kheo/pipeline/operations"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
	"kheo/samples"
)

// committee is a committee of a chair and eight members that votes by secret ballot, with a secretary.
type committee struct {
	*testing.T
	w *workspace.Workspace
	e Entry
}

func open(t *testing.T) *committee {
	t.Helper()
	dir := t.TempDir()
	if err := samples.WriteCampaign(dir); err != nil {
		t.Fatal(err)
	}
	if testspace.OnPostgres() {
		testspace.MoveToPostgres(t, dir)
	}
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	rule := campaign.DefaultProcedure
	rule.Secret = true
	rule.Majority = campaign.Majority{Share: campaign.Share{Num: 2, Den: 3}, Exact: true, Base: campaign.Committee}
	w.Review().Set(rule)
	c := &committee{t, w, Entry{"model-district", "camera", review.Subject{Unit: "dai-hiep", Outcome: "recommended"}}}
	for i := range 10 {
		id, role := fmt.Sprintf("m%d", i), review.Member
		switch i {
		case 0:
			role = review.Chair
		case 9:
			role = review.Secretary
		}
		c.do(review.Event{Person: review.System, Action: review.PersonAdded,
			Data: review.Data{Subject: id, Name: "Person " + id, Roles: []review.Role{role}}})
	}
	return c
}

func (c *committee) do(e review.Event) {
	c.Helper()
	if err := c.w.Review().Do(c.Context(), c.e.About, e); err != nil {
		c.Fatal(err)
	}
}

// refused asserts by which code something is refused.
func (c *committee) refused(code string, err error) {
	c.Helper()
	var r *review.Refusal
	if !errors.As(err, &r) || r.Code != code {
		c.Errorf("%v, want a refusal %q", err, code)
	}
}

func (c *committee) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *committee) cast(person string, v review.Vote) string {
	c.Helper()
	receipt, err := Cast(c.Context(), c.w, person, c.e, v)
	c.must(err)
	return receipt
}

// copies are all that someone could copy at a moment: the files of the records with what is not folded in yet, and a
// backup.
func (c *committee) copies() []byte {
	c.Helper()
	var out bytes.Buffer
	if _, err := operations.Backup(c.Context(), c.w, &out); err != nil {
		c.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(c.w.Dir, "var", "kheo.db*"))
	c.must(err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		c.must(err)
		out.Write(b)
	}
	return out.Bytes()
}

func (c *committee) tally() (t review.Tally, b *review.SecretBallot) {
	c.Helper()
	c.must(c.w.Review().View(c.Context(), func(s *review.State) error {
		t, b = s.Tally(c.e.Ruleset, c.e.Dossier, c.e.About.Unit), review.BallotOn(s, c.e.Ruleset, c.e.Dossier)
		return nil
	}))
	return t, b
}

// Nine members vote, two of them on paper, which two tellers enter. Before the count no copy of the records, of what is
// beside them or of a backup reveals a vote, also not by comparing copies; each voter finds the receipt in the count;
// and nothing that is kept then opens the copies of before.
func TestASecretBallotOfNine(t *testing.T) {
	t.Parallel()
	c := open(t)
	ctx := t.Context()
	_, err := Cast(ctx, c.w, "m1", c.e, review.For)
	c.refused("no-ballot", err)
	c.must(Open(ctx, c.w, "m0", c.e, ""))
	c.refused("secret", c.w.Review().Do(ctx, c.e.About, review.Event{Person: "m1", Action: review.Voted,
		Ruleset: c.e.Ruleset, Dossier: c.e.Dossier, Data: review.Data{Value: review.For}}))
	_, b := c.tally()
	key, err := keyOf(c.w, b.Of)
	c.must(err)

	var receipts []string
	var copies [][]byte
	var lengths []int
	votes := []review.Vote{review.For, review.Against, review.For, review.Abstain, review.For, review.For, review.For}
	for i, v := range votes {
		receipts = append(receipts, c.cast(fmt.Sprintf("m%d", i), v))
		copies = append(copies, c.copies())
		sealed, err := c.w.Store.Events.Box(ctx, c.e.Ruleset, c.e.Dossier)
		c.must(err)
		lengths = append(lengths, len(sealed))
	}
	if slices.Min(lengths) != slices.Max(lengths) {
		t.Errorf("the length of the box tells something: %v", lengths)
	}
	_, err = Cast(ctx, c.w, "m1", c.e, review.For)
	c.refused("ballot-cast", err)
	_, err = Cast(ctx, c.w, "m9", c.e, review.For)
	c.refused("right", err)

	paper := Paper{People: []string{"m8", "m7"}, For: 1, Against: 1}
	enter := func(teller string, p Paper) (bool, error) { return AddPaper(ctx, c.w, teller, c.e, p) }
	_, err = enter("m0", Paper{People: []string{"m8"}, For: 1, Against: 1})
	c.refused("paper-sum", err)
	_, err = enter("m0", Paper{People: []string{"m1", "m8"}, For: 2})
	c.refused("paper-voted", err)
	if done, err := enter("m0", paper); done || err != nil {
		t.Fatal(done, err)
	}
	c.refused("paper-second", Count(ctx, c.w, "m9", c.e))
	_, err = enter("m9", Paper{People: []string{"m7", "m8"}, For: 2})
	c.refused("paper-differs", err)
	_, err = Cast(ctx, c.w, "m7", c.e, review.For)
	c.refused("ballot-cast", err)
	if done, err := enter("m9", paper); !done || err != nil {
		t.Fatal(done, err)
	}
	copies = append(copies, c.copies())

	if tally, _ := c.tally(); tally.For+tally.Against+tally.Abstain != 0 || tally.Cast() != 9 {
		t.Errorf("before the count: %+v", tally)
	} else if why, can := tally.Stands("2024-12-01T09:00:00Z"); why != review.StandsBallot || can {
		t.Error(why, can)
	}
	c.refused("uncounted", c.w.Review().Do(ctx, c.e.About, review.Event{Person: "m0", Action: review.Decided,
		Ruleset: c.e.Ruleset, Dossier: c.e.Dossier, Data: review.Data{Decision: review.Recognised}}))
	c.must(Count(ctx, c.w, "m9", c.e))
	tally, b := c.tally()
	if tally.For != 6 || tally.Against != 2 || tally.Abstain != 1 || !tally.Quorate {
		t.Fatalf("%+v", tally)
	}
	if !slices.IsSortedFunc(b.Count.Ballots, func(x, y review.CountedBallot) int { return strings.Compare(x.Receipt, y.Receipt) }) {
		t.Error("the count is in another order than that of its random receipts")
	}
	for i, r := range receipts {
		if !slices.Contains(b.Count.Ballots, review.CountedBallot{Receipt: r, Vote: votes[i]}) {
			t.Errorf("m%d does not find the ballot %s", i, r)
		}
	}
	c.do(review.Event{Person: "m0", Action: review.Decided, Ruleset: c.e.Ruleset, Dossier: c.e.Dossier,
		Data: review.Data{Decision: review.Recognised}})

	// What was copied before the count holds no receipt, no vote and no key, in no form; and no box is left.
	for i, copied := range copies {
		for _, r := range receipts {
			if bytes.Contains(copied, []byte(r)) {
				t.Errorf("copy %d has the receipt %s", i, r)
			}
		}
	}
	after := c.copies()
	for _, form := range [][]byte{key, []byte(hex.EncodeToString(key)), []byte(base64.StdEncoding.EncodeToString(key))} {
		for i, copied := range append(copies, after) {
			if bytes.Contains(copied, form) {
				t.Errorf("copy %d has the key", i)
			}
		}
	}
	if _, err := keyOf(c.w, b.Of); !errors.Is(err, ErrKey) {
		t.Errorf("the key is still there: %v", err)
	}
	if box, err := c.w.Store.Events.Box(ctx, c.e.Ruleset, c.e.Dossier); box != "" || err != nil {
		t.Error("the box is still there", err)
	}
	c.joinsNothing(receipts)
}

// joinsNothing asserts that each event has either a voter or votes.
func (c *committee) joinsNothing(receipts []string) {
	c.Helper()
	events, err := c.w.Review().Events(c.Context())
	c.must(err)
	for _, e := range events {
		d := e.Data
		switch e.Action {
		case review.BallotCast:
			d.Of = ""
			if fmt.Sprintf("%+v", d) != fmt.Sprintf("%+v", review.Data{}) {
				c.Errorf("event %d says more than who has voted: %+v", e.Seq, d)
			}
		case review.BallotCounted:
			for i := range 9 {
				if bytes.Contains(d.Content, fmt.Appendf(nil, "m%d", i)) {
					c.Errorf("the count names m%d", i)
				}
			}
		default:
			if strings.Contains(fmt.Sprintf("%+v", d), receipts[0]) {
				c.Errorf("event %d has a receipt", e.Seq)
			}
		}
	}
}

// A count stops counting if someone who took part is recused since; then the ballot is repeated, with a reason.
func TestABallotIsRepeated(t *testing.T) {
	t.Parallel()
	c := open(t)
	ctx := t.Context()
	c.must(Open(ctx, c.w, "m0", c.e, ""))
	for i := range 2 {
		c.cast(fmt.Sprintf("m%d", i), review.For)
	}
	c.refused("few-ballots", Count(ctx, c.w, "m0", c.e))
	for i := 2; i < 7; i++ {
		c.cast(fmt.Sprintf("m%d", i), review.For)
	}
	c.must(Count(ctx, c.w, "m0", c.e))
	c.do(review.Event{Person: "m9", Action: review.TieDeclared, Dossier: c.e.Dossier,
		Data: review.Data{Subject: "m3", Reason: "a cousin leads it"}})
	if tally, _ := c.tally(); !tally.Void || tally.For != 0 || tally.Quorate {
		t.Errorf("the count still counts: %+v", tally)
	}
	c.refused("reason", Open(ctx, c.w, "m0", c.e, ""))
	c.must(Open(ctx, c.w, "m0", c.e, "m3 is recused"))
	if left, _ := os.ReadDir(filepath.Join(c.w.Dir, "var", "ballots")); len(left) != 1 {
		t.Errorf("%d keys are kept", len(left))
	}
	if tally, _ := c.tally(); tally.Void || tally.Cast() != 0 {
		t.Errorf("%+v", tally)
	}
}

// Ballots that are cast at the same moment are all in the box, and without the key nothing is lost silently.
func TestBallotsAtTheSameMoment(t *testing.T) {
	t.Parallel()
	c := open(t)
	ctx := t.Context()
	c.must(Open(ctx, c.w, "m0", c.e, ""))
	var group sync.WaitGroup
	for i := range 9 {
		group.Go(func() {
			if _, err := Cast(ctx, c.w, fmt.Sprintf("m%d", i), c.e, review.Against); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	_, b := c.tally()
	key, err := keyOf(c.w, b.Of)
	c.must(err)
	c.must(os.Remove(keyFile(c.w, b.Of)))
	if err := Count(ctx, c.w, "m0", c.e); !errors.Is(err, ErrKey) {
		t.Errorf("counted without the key: %v", err)
	}
	c.must(os.WriteFile(keyFile(c.w, b.Of), key, 0o600))
	c.must(Count(ctx, c.w, "m0", c.e))
	if tally, _ := c.tally(); tally.Against != 9 {
		t.Errorf("%+v", tally)
	}
}

// Of a dossier that is forgotten while a ballot on it is open, neither box nor key remain; other ballots go on.
func TestAForgottenDossierHasNoBallot(t *testing.T) {
	t.Parallel()
	c := open(t)
	other := c.e
	other.Dossier = "other"
	c.must(Open(t.Context(), c.w, "m9", c.e, ""))
	c.must(Open(t.Context(), c.w, "m9", other, ""))
	_, err := Cast(t.Context(), c.w, "m1", c.e, review.For)
	c.must(err)
	c.must(Forget(t.Context(), c.w, c.e.Dossier)) // it was not forgotten: nothing happens
	_, err = Cast(t.Context(), c.w, "m2", c.e, review.For)
	c.must(err)
	c.must(c.w.Review().Do(t.Context(), review.Subject{}, review.Event{Person: review.System, Action: review.Forgotten,
		Dossier: c.e.Dossier, Data: review.Data{Reason: "the applicant asks for it"}}))
	c.must(Forget(t.Context(), c.w, c.e.Dossier))
	if sealed, err := c.w.Store.Events.Box(t.Context(), c.e.Ruleset, c.e.Dossier); err != nil || sealed != "" {
		t.Errorf("the box is there: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(c.w.Dir, "var", "ballots")); len(left) != 1 {
		t.Errorf("%d keys are left, want that of the other ballot", len(left))
	}
	_, err = Cast(t.Context(), c.w, "m1", other, review.For)
	c.must(err)
	c.must(Forget(t.Context(), c.w, c.e.Dossier))
}
