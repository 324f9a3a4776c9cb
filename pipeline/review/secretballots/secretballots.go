// Package secretballots holds secret ballots: who has voted is in the audit trail, and how people have voted is in a
// sealed box until it is counted, without anything that joins the two.
//
// A box is one setting of the record store: it is encrypted with a key of its own, which lies in var/ballots, outside
// the records and their backups, and is removed when the ballots are counted. With each ballot the whole box is
// decrypted, the ballot added, all ballots ordered by their receipts, which are random, and the box re-encrypted at the
// same length; of a box only the last state is kept. So a copy of the records says nothing before the count, also not
// by comparison with an earlier copy, and after the count nothing opens the copies of before. No time, number or person
// is in a box, and no vote or receipt in an event, a log or an address before the count.
//
// What it does not do: the program itself learns each vote at the moment in which it is cast, so a server whose program
// was changed, or an operator who copies the key while a ballot is open and the box after each vote, can find out how
// people vote. docs/committee.md says so to those who choose this.
package secretballots

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kheo/internal/durable"
	"kheo/pipeline/review"
	"kheo/pipeline/store"
	"kheo/pipeline/workspace"
)

// Entry is what a ballot is about.
type Entry struct {
	Ruleset, Dossier string
	About            review.Subject
}

// Paper is what a teller has counted of the paper ballots of some people.
type Paper struct {
	People                []string
	For, Against, Abstain int // a spoilt ballot counts as an abstention
}

// box is the content of a box. Its encoding has the same length whatever the votes are.
type box struct {
	Ballots []review.CountedBallot // ordered by receipt
	Paper   *Paper                 // what a first teller has entered
}

// ErrKey is the error if the key of a box is not on this machine: another machine has opened the ballot, or the records
// were restored from a backup. The ballot must then be continued there, or repeated.
var ErrKey = errors.New("the key of this ballot is not on this machine: continue on the machine on which the ballot " +
	"was " +
	"opened, or repeat the ballot")

// attempts is how often a change of a box is tried if another ballot came between.
const attempts = 20

// Open opens a ballot. One that has begun is repeated only with a reason: its ballots are removed uncounted.
func Open(ctx context.Context, w *workspace.Workspace, person string, e Entry, reason string) error {
	id := make([]byte, 16)
	key := make([]byte, 32)
	rand.Read(id)
	rand.Read(key)
	of := hex.EncodeToString(id)
	var before string
	if err := w.Review().View(ctx, func(s *review.State) error {
		if b := review.BallotOn(s, e.Ruleset, e.Dossier); b != nil {
			before = b.Of
		}
		return nil
	}); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(keyFile(w, of)), 0o700); err != nil {
		return err
	}
	if err := durable.WritePrivate(keyFile(w, of), key); err != nil {
		return err
	}
	sealed, err := seal(key, of, &box{})
	if err != nil {
		return err
	}
	event := review.Event{Person: person, Action: review.BallotOpened, Ruleset: e.Ruleset, Dossier: e.Dossier,
		Data: review.Data{Of: of, Reason: reason}}
	err = w.Review().DoBallot(ctx, e.About, event, store.BallotBox{Ruleset: e.Ruleset, Dossier: e.Dossier,
		Sealed: sealed})
	if err != nil || review.IsTrial(ctx) {
		return errors.Join(err, os.Remove(keyFile(w, of)))
	}
	if before == "" {
		return nil
	}
	return removeKey(w, before)
}

// Cast puts the ballot of a person into the box, and returns the receipt by which the person finds it in the count.
// Only the person learns it: it is kept nowhere else before the count.
func Cast(ctx context.Context, w *workspace.Workspace, person string, e Entry,
	vote review.Vote) (receipt string, err error) {
	if !slices.Contains(review.Votes, vote) {
		return "", &review.Refusal{Code: "vote", Why: fmt.Sprintf("a vote is one of %v", review.Votes)}
	}
	receipt = newReceipt()
	event := review.Event{Person: person, Action: review.BallotCast, Ruleset: e.Ruleset, Dossier: e.Dossier}
	return receipt, change(ctx, w, e, func(b *box) (review.Event, error) {
		b.add(receipt, vote)
		return event, nil
	})
}

// AddPaper enters paper ballots. The first teller's numbers lie in the box; if a second teller enters the same people
// and numbers, they become ballots in it, and it returns true.
func AddPaper(ctx context.Context, w *workspace.Workspace, teller string, e Entry,
	p Paper) (confirmed bool, err error) {
	p.People = slices.Sorted(slices.Values(p.People))
	if p.For < 0 || p.Against < 0 || p.Abstain < 0 || p.For+p.Against+p.Abstain != len(p.People) {
		return false, &review.Refusal{Code: "paper-sum", Args: []any{len(p.People)},
			Why: fmt.Sprintf("there must be as many ballots as people who have voted on paper, %d", len(p.People))}
	}
	second := false
	if err := w.Review().View(ctx, func(s *review.State) error {
		b := review.BallotOn(s, e.Ruleset, e.Dossier)
		second = b != nil && b.Paper != nil && b.Paper.By != teller
		return nil
	}); err != nil {
		return false, err
	}
	event := review.Event{Person: teller, Action: review.BallotPaper, Ruleset: e.Ruleset, Dossier: e.Dossier,
		Data: review.Data{Present: p.People}}
	return second, change(ctx, w, e, func(b *box) (review.Event, error) {
		if !second {
			b.Paper = &p
			return event, nil
		}
		event.Action = review.BallotAdded
		if b.Paper == nil || !slices.Equal(b.Paper.People, p.People) || b.Paper.For != p.For ||
			b.Paper.Against != p.Against {
			return event, review.PaperDiffers()
		}
		for vote, n := range map[review.Vote]int{review.For: p.For, review.Against: p.Against,
			review.Abstain: p.Abstain} {
			for range n {
				b.add(newReceipt(), vote)
			}
		}
		b.Paper = nil
		return event, nil
	})
}

// Count counts a ballot: the ballots are published in the order of their receipts, and the box and its key are removed.
func Count(ctx context.Context, w *workspace.Workspace, person string, e Entry) error {
	of, was, b, err := read(ctx, w, e)
	if err != nil {
		return err
	}
	c := review.BallotCount{Ballots: b.Ballots}
	for _, x := range b.Ballots {
		switch x.Vote {
		case review.For:
			c.For++
		case review.Against:
			c.Against++
		case review.Abstain:
			c.Abstain++
		}
	}
	content, err := json.Marshal(c)
	if err != nil {
		return err
	}
	event := review.Event{Person: person, Action: review.BallotCounted, Ruleset: e.Ruleset, Dossier: e.Dossier,
		Data: review.Data{Of: of, Content: content}}
	if err := w.Review().DoBallot(ctx, e.About, event, store.BallotBox{Ruleset: e.Ruleset, Dossier: e.Dossier,
		Was: was}); err != nil || review.IsTrial(ctx) {
		return err
	}
	return removeKey(w, of)
}

// Forget removes the open boxes of a dossier that was forgotten, uncounted, with their keys.
func Forget(ctx context.Context, w *workspace.Workspace, id string) error {
	open := map[string]string{} // boxes by ruleset
	if err := w.Review().View(ctx, func(s *review.State) error {
		for _, rs := range w.Campaign().Rulesets {
			if b := review.BallotOn(s, rs.ID, id); b != nil && b.Count == nil && review.Removed(s, id) {
				open[rs.ID] = b.Of
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for ruleset, of := range open {
		if err := errors.Join(w.Store.Events.DropBox(ctx, ruleset, id), removeKey(w, of)); err != nil {
			return err
		}
	}
	return nil
}

// change changes a box together with an event, again if another ballot came between.
func change(ctx context.Context, w *workspace.Workspace, e Entry, with func(*box) (review.Event, error)) error {
	for range attempts {
		of, was, b, err := read(ctx, w, e)
		if err != nil {
			return err
		}
		event, err := with(b)
		if err != nil {
			return err
		}
		key, err := keyOf(w, of)
		if err != nil {
			return err
		}
		sealed, err := seal(key, of, b)
		if err != nil {
			return err
		}
		err = w.Review().DoBallot(ctx, e.About, event, store.BallotBox{Ruleset: e.Ruleset, Dossier: e.Dossier, Was: was,
			Sealed: sealed})
		if !errors.Is(err, store.ErrBoxChanged) {
			return err
		}
	}
	return store.ErrBoxChanged
}

// read opens the box of an entry.
func read(ctx context.Context, w *workspace.Workspace, e Entry) (of, sealed string, b *box, err error) {
	if err := w.Review().View(ctx, func(s *review.State) error {
		if x := review.BallotOn(s, e.Ruleset, e.Dossier); x != nil && x.Count == nil {
			of = x.Of
		}
		return nil
	}); err != nil {
		return "", "", nil, err
	}
	if of == "" {
		return "", "", nil, &review.Refusal{Code: "no-ballot", Why: "no ballot on this entry is open"}
	}
	if sealed, err = w.Store.Events.Box(ctx, e.Ruleset, e.Dossier); err != nil {
		return "", "", nil, err
	}
	key, err := keyOf(w, of)
	if err != nil {
		return "", "", nil, err
	}
	b, err = unseal(key, of, sealed)
	return of, sealed, b, err
}

// add adds a ballot in the order of the receipts.
func (b *box) add(receipt string, vote review.Vote) {
	b.Ballots = append(b.Ballots, review.CountedBallot{Receipt: receipt, Vote: vote})
	slices.SortFunc(b.Ballots, func(x, y review.CountedBallot) int { return strings.Compare(x.Receipt, y.Receipt) })
}

// receiptLetters are those of receipts: none that look alike.
const receiptLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// newReceipt returns a random receipt, such as K7QM-2XVA-9RTC.
func newReceipt() string {
	raw := make([]byte, 12)
	rand.Read(raw)
	var out strings.Builder
	for i, c := range raw {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(receiptLetters[int(c)%len(receiptLetters)])
	}
	return out.String()
}

// letters are the votes in a box, each one letter long.
var letters = map[review.Vote]byte{review.For: 'f', review.Against: 'g', review.Abstain: 'a'}

// block is the length to a multiple of which the content of a box is filled up.
const block = 4096

// seal encrypts a box. The length depends on the number of ballots alone, and that only in steps of a block.
func seal(key []byte, of string, b *box) (string, error) {
	var plain bytes.Buffer
	for _, x := range b.Ballots {
		plain.WriteString(x.Receipt)
		plain.WriteByte(letters[x.Vote])
		plain.WriteByte('\n')
	}
	plain.WriteByte('\n')
	if b.Paper != nil {
		if err := json.NewEncoder(&plain).Encode(b.Paper); err != nil {
			return "", err
		}
	}
	plain.WriteByte(0)
	plain.Write(make([]byte, block-plain.Len()%block))
	aead, err := cipherOf(key)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(aead.Seal(nil, nil, plain.Bytes(), []byte(of))), nil
}

// unseal decrypts a box.
func unseal(key []byte, of, sealed string) (*box, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, err
	}
	aead, err := cipherOf(key)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nil, raw, []byte(of))
	if err != nil {
		return nil, fmt.Errorf("the box of ballots cannot be opened, and the ballot must be repeated: %w", err)
	}
	text, _, _ := bytes.Cut(plain, []byte{0})
	lines, paper, _ := strings.Cut("\n"+string(text), "\n\n")
	b := &box{}
	for _, line := range strings.Fields(lines) {
		for vote, letter := range letters {
			if line[len(line)-1] == letter {
				b.Ballots = append(b.Ballots, review.CountedBallot{Receipt: line[:len(line)-1], Vote: vote})
			}
		}
	}
	if paper != "" {
		b.Paper = &Paper{}
		if err := json.Unmarshal([]byte(paper), b.Paper); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// cipherOf returns the cipher of a key; each sealing has a random nonce.
func cipherOf(key []byte) (cipher.AEAD, error) {
	c, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(c)
}

// keyFile returns the path of the key of a box.
func keyFile(w *workspace.Workspace, of string) string {
	return filepath.Join(w.Dir, "var", "ballots", filepath.Base(of)+".key")
}

// keyOf reads the key of a box.
func keyOf(w *workspace.Workspace, of string) ([]byte, error) {
	key, err := os.ReadFile(keyFile(w, of))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrKey
	}
	return key, err
}

// removeKey removes the key of a box that is counted or repeated.
func removeKey(w *workspace.Workspace, of string) error {
	if err := os.Remove(keyFile(w, of)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the key of a counted ballot could not be removed; remove %s: %w", keyFile(w, of), err)
	}
	return nil
}
