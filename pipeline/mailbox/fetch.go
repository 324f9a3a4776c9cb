package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"kheo/internal/dossier"
	"kheo/internal/durable"
	"kheo/internal/visible"
	"kheo/pipeline/extract"
	"kheo/pipeline/outbox"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

const (
	maxLetter   = 64 << 20 // bytes of a letter, as an upload in the pages may have
	mostInLook  = 200      // letters of one look; the next goes on
	mostDaily   = 50       // letters of one unit that are taken within a day
	smallest    = 100 << 10
	leasePrefix = "mailbox of " // of the name of the lease; the campaign's id follows
)

// ErrBusy is returned if another process looks into the mailbox already.
var ErrBusy = errors.New("another process is looking into the mailbox; try again in a moment")

// ErrNoMailbox is returned in a campaign without a mailbox.
var ErrNoMailbox = errors.New("kheo.yaml names no mailbox: see `kheo help by-mail`")

// Fetcher looks into the mailbox of a workspace.
type Fetcher struct {
	w    *workspace.Workspace
	log  *slog.Logger
	turn sync.Mutex

	// broken is called in tests, at the moments at which a process may be killed; an error ends the look there.
	broken func(at string) error
}

// New returns a fetcher.
func New(w *workspace.Workspace, log *slog.Logger) *Fetcher {
	return &Fetcher{w: w, log: log, broken: func(string) error { return nil }}
}

// look is one look into the mailbox.
type look struct {
	*Fetcher
	ctx    context.Context
	box    *box
	pool   *extract.Pool
	all    []*Letter
	result Looked
}

// Look takes what is in the mailbox: every letter becomes a delivery, or is left to people with the reason, and is then
// moved. What one letter has wrong stops no other. Of a failure of the server the rest is left to the next look.
func (f *Fetcher) Look(ctx context.Context) (Looked, error) {
	if f.w.Campaign().Mailbox.Host == "" {
		return Looked{}, ErrNoMailbox
	}
	if !f.turn.TryLock() {
		return Looked{}, ErrBusy
	}
	defer f.turn.Unlock()
	// With records in PostgreSQL a new workspace has no var yet.
	if err := os.MkdirAll(filepath.Join(f.w.Dir, "var"), durable.PrivateDir); err != nil {
		return Looked{}, err
	}
	free, err := durable.LockFile(filepath.Join(f.w.Dir, "var", "mailbox.lock"))
	if err != nil {
		return Looked{}, ErrBusy
	}
	defer free()
	lease, err := f.w.Store.Workers.Lease(ctx, leasePrefix+f.w.Campaign().ID)
	if err != nil {
		return Looked{}, err
	}
	if lease == nil {
		return Looked{}, ErrBusy
	}
	defer lease.Release()
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	l := &look{Fetcher: f, ctx: ctx, result: Looked{At: f.w.Now().UTC()}}
	err = l.do()
	if err != nil {
		l.result.Error = visible.Line(err.Error())
	}
	return l.result, errors.Join(err, f.w.Store.State.Mailbox.Put(context.WithoutCancel(ctx), l.result))
}

// do is Look, under the lock.
func (l *look) do() (err error) {
	l.sweep()
	conf := l.w.Campaign().Mailbox
	if l.box, err = open(l.ctx, conf); err != nil {
		return err
	}
	defer l.box.close()
	l.pool = extract.NewPool(1, time.Minute, workspace.ReaderOptions(l.w.Campaign()))
	defer l.pool.Close()
	for _, folder := range []string{conf.Taken, conf.Left} {
		if err := l.box.make(folder); err != nil {
			return err
		}
	}
	if l.all, err = List(l.ctx, l.w); err != nil {
		return err
	}
	uids, err := l.box.enter(conf.Folder)
	if err != nil {
		return err
	}
	for _, uid := range uids[:min(len(uids), mostInLook)] {
		if err := l.one(uid); err != nil {
			return err
		}
	}
	return l.asked()
}

// sweep removes what a killed look has left of its work.
func (l *look) sweep() {
	old, _ := filepath.Glob(filepath.Join(l.w.Dir, "var", "letter-*"))
	for _, dir := range old {
		os.RemoveAll(dir)
	}
}

// one takes one letter of the folder. Its error ends the look: it is of the server, of the records, or of this machine.
func (l *look) one(uid imap.UID) error {
	if r := l.at(uint32(uid)); r != nil && r.State != Taking {
		return l.moveOut(r)
	}
	s, err := l.box.describe(uid)
	if err != nil || s == nil {
		return err
	}
	raw, err := l.box.read(uid, s.size > maxLetter, max(maxHead, min(s.size, maxLetter)))
	if err != nil || raw == nil {
		return err
	}
	r := l.record(s, raw)
	if known := l.known(r.ID); known != nil {
		known.Box, known.Validity, known.UID = r.Box, r.Validity, r.UID
		r = known
	} else {
		l.all = append(l.all, r)
	}
	if r.State == "" || r.State == Taking {
		if err := l.settle(r, raw); err != nil {
			return err
		}
	}
	if r.State == Taking { // one of that name waits in the inbox: the next look tries it again
		return nil
	}
	return l.moveOut(r)
}

// record makes the record of a letter.
func (l *look) record(s *seen, raw []byte) *Letter {
	r := &Letter{ID: dossier.SHA256(raw), Box: l.box.name(l.box.folder), Validity: l.box.validity, UID: uint32(s.uid),
		Arrived: s.arrived.UTC(), Since: l.w.Now().UTC(), Size: s.size}
	if s.size > maxLetter {
		r.ID = dossier.SHA256(fmt.Appendf(nil, "%s %d %d %d %s", r.Box, r.Validity, r.UID, r.Size, r.ID))
	}
	return r
}

// at returns the record of a letter by its place in the selected folder; nil if there is none.
func (l *look) at(uid uint32) *Letter {
	name := l.box.name(l.box.folder)
	i := slices.IndexFunc(l.all, func(r *Letter) bool {
		return r.UID == uid && r.Validity == l.box.validity && r.Box == name
	})
	if i < 0 {
		return nil
	}
	return l.all[i]
}

// known returns the record of a letter by its hash; nil if there is none.
func (l *look) known(id string) *Letter {
	if i := slices.IndexFunc(l.all, func(r *Letter) bool { return r.ID == id }); i >= 0 {
		return l.all[i]
	}
	return nil
}

// settle decides on a letter: it is taken, or left to people.
func (l *look) settle(r *Letter, raw []byte) error {
	d, err := l.decide(r, raw)
	if d != nil {
		defer d.remove()
	}
	var no *leaving
	if errors.As(err, &no) {
		return l.leave(r, no)
	}
	if err != nil {
		return err
	}
	if r.State == Again {
		return l.keep(r)
	}
	return l.take(r, d)
}

// leaving is the error for a letter that is left to people.
type leaving struct {
	reason Reason
	detail string
}

// Error implements error.
func (e *leaving) Error() string { return string(e.reason) + " " + e.detail }

// leaveIt returns the error for a letter that is left to people.
func leaveIt(r Reason, detail string) error { return &leaving{r, detail} }

// leave records that a letter is left to people.
func (l *look) leave(r *Letter, why *leaving) error {
	r.State, r.Reason, r.Detail = Left, why.reason, shorten(why.detail)
	l.result.Left++
	l.log.Warn("a letter is left to people", "letter", r.Short(), "reason", r.Reason, "detail", r.Detail)
	return l.keep(r)
}

// shorten makes a line of at most 500 characters.
func shorten(s string) string {
	r := []rune(visible.Line(strings.Join(strings.Fields(s), " ")))
	return string(r[:min(len(r), 500)])
}

// keep writes the record of a letter.
func (l *look) keep(r *Letter) error { return l.w.Store.State.Letters.Of(r.ID).Put(l.ctx, r) }

// moveOut moves a letter that is settled to its folder.
func (l *look) moveOut(r *Letter) error {
	to := l.box.conf.Left
	if r.State == Taken || r.State == Again {
		to = l.box.conf.Taken
	}
	if l.box.folder == to {
		return nil
	}
	validity, uid, err := l.box.move(r.UID, to)
	if err != nil {
		return err
	}
	r.Box, r.Validity, r.UID = l.box.name(to), validity, uid
	return l.keep(r)
}

// decide checks who has sent a letter and what it is about, and reads its files into a folder, which the caller removes
// also in case of an error. The error is a *leaving if people must look at it.
func (l *look) decide(r *Letter, raw []byte) (d *delivery, err error) {
	h, err := readHead(raw)
	if err != nil {
		if r.Size > maxLetter {
			return nil, leaveIt(Large, "")
		}
		return nil, leaveIt(Unreadable, "")
	}
	resumed := r.State == Taking
	r.MessageID, r.From, r.Subject = h.messageID, h.from, h.subject
	unit, err := l.sender(h)
	r.Known = unit
	switch {
	case r.Size > maxLetter:
		return nil, leaveIt(Large, "")
	case resumed:
	case h.automatic:
		return nil, leaveIt(Automatic, "")
	case err != nil:
		return nil, err
	case l.box.conf.Require == "dmarc" && !h.proven(l.box.conf.Trust):
		return nil, leaveIt(Unproven, "")
	case l.today(unit) >= mostDaily:
		return nil, leaveIt(TooMany, "")
	}
	if d, err = l.unpack(r, raw); err != nil || resumed {
		return d, err
	}
	if err := d.suspicious(); err != nil {
		return d, err
	}
	if o := l.first(r); o != nil {
		return d, l.sameID(r, o, d)
	}
	r.Unit = unit
	if r.Dossier, err = l.about(h, unit); err != nil {
		return d, err
	}
	if r.Added = r.Dossier != ""; r.Added {
		if err := d.adds(); err != nil {
			return d, err
		}
	}
	return d, l.closed()
}

// sender returns the unit that has sent a letter, as its address says.
func (l *look) sender(h *head) (unit string, err error) {
	if h.from == "" {
		return "", leaveIt(NoSender, "")
	}
	if unit = l.w.Campaign().UnitMail[h.from]; unit != "" {
		return unit, nil
	}
	addresses, err := outbox.MailAddresses(l.ctx, l.w)
	if err != nil {
		return "", err
	}
	units := map[string]bool{}
	err = l.w.Review().View(l.ctx, func(s *review.State) error {
		for id, address := range addresses {
			if p := s.People[id]; p != nil && !p.Disabled && p.Unit != "" && p.May(review.Submit) &&
				strings.EqualFold(address, h.from) {
				units[p.Unit], unit = true, p.Unit
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(units) == 0:
		return "", leaveIt(Stranger, "")
	case len(units) > 1:
		return "", leaveIt(Unclear, "")
	}
	return unit, nil
}

// today returns how many letters of a unit were taken within a day: two programs that write to each other end there.
func (l *look) today(unit string) (n int) {
	since := l.w.Now().Add(-24 * time.Hour)
	for _, r := range l.all {
		if r.State == Taken && r.Unit == unit && r.Done.After(since) {
			n++
		}
	}
	return n
}

// first returns a letter that was taken with the Message-ID and the sender of another; nil if there is none. Letters of
// other senders do not count: someone who knows a Message-ID must not keep the letter of a unit out.
func (l *look) first(r *Letter) *Letter {
	for _, o := range l.all {
		if o != r && r.MessageID != "" && o.State == Taken && o.MessageID == r.MessageID && o.From == r.From {
			return o
		}
	}
	return nil
}

// sameID decides on a letter with the Message-ID of one that was taken: the same files are the same letter, which came
// twice; others are for people.
func (l *look) sameID(r, o *Letter, d *delivery) error {
	sums := func(list []File) (out []string) {
		for _, f := range list {
			out = append(out, f.SHA256)
		}
		slices.Sort(out)
		return out
	}
	if !slices.Equal(sums(o.Files), sums(d.files)) {
		return leaveIt(SameID, o.Short())
	}
	r.State, r.Unit, r.Dossier, r.Name, r.Done = Again, o.Unit, o.Dossier, o.Name, l.w.Now().UTC()
	return nil
}

// about returns the dossier to which a letter adds: that of the receipt which it answers, or whose id is in its
// subject; "" for a new dossier. An answer to something else is for people.
func (l *look) about(h *head, unit string) (string, error) {
	named := map[string]bool{}
	for _, o := range l.all {
		if o.Receipt != "" && slices.Contains(h.refs, o.Receipt) {
			named[o.Dossier] = true
		}
	}
	for _, word := range strings.FieldsFunc(h.subject, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	}) {
		if !strings.Contains(word, "-") || len(word) > 80 || len(named) > 10 {
			continue
		}
		if name, _, err := dossierOf(l.ctx, l.w, word); err != nil {
			return "", err
		} else if name != "" {
			named[word] = true
		}
	}
	if len(named) > 1 {
		return "", leaveIt(Several, "")
	}
	for id := range named {
		name, owner, err := dossierOf(l.ctx, l.w, id)
		switch {
		case err != nil:
			return "", err
		case name == "":
			return "", leaveIt(NoDossier, "")
		case owner != unit:
			return "", leaveIt(OtherUnit, "")
		}
		return id, nil
	}
	if len(h.refs) > 0 {
		return "", leaveIt(NoDossier, "")
	}
	return "", nil
}

// closed leaves letters to people once a list is closed: nothing comes onto a closed list unseen.
func (l *look) closed() error {
	return l.w.Review().View(l.ctx, func(s *review.State) error {
		for name := range s.Closed {
			return leaveIt(ListClosed, name)
		}
		return nil
	})
}

// asked takes the letters that people have given to units.
func (l *look) asked() error {
	var waiting []*Letter
	for _, r := range l.all {
		if r.State == Asked || r.State == Taking && r.Box == l.box.name(l.box.conf.Left) {
			waiting = append(waiting, r)
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	uids, err := l.box.enter(l.box.conf.Left)
	if err != nil {
		return err
	}
	for _, r := range waiting {
		if err := l.give(r, uids); err != nil {
			return err
		}
	}
	return nil
}

// give takes a letter for the unit that a person has named.
func (l *look) give(r *Letter, uids []imap.UID) error {
	raw, uid, err := l.find(r, uids)
	if err != nil {
		return err
	}
	if raw == nil {
		return l.leave(r, &leaving{Gone, ""})
	}
	r.Box, r.Validity, r.UID = l.box.name(l.box.folder), l.box.validity, uint32(uid)
	d, err := l.unpack(r, raw)
	if d != nil {
		defer d.remove()
	}
	var no *leaving
	if errors.As(err, &no) && (no.reason == Manifest || no.reason == BadFile) && d != nil { // the person has seen it
		err = d.whole(raw)
	}
	if errors.As(err, &no) {
		return l.leave(r, no)
	}
	if err != nil {
		return err
	}
	if err := l.take(r, d); err != nil || r.State != Taken {
		return err
	}
	return l.moveOut(r)
}

// find returns the bytes of a letter in the selected folder, at its place or anywhere; nil if it is gone.
func (l *look) find(r *Letter, uids []imap.UID) (raw []byte, uid imap.UID, err error) {
	if r.Box == l.box.name(l.box.folder) && r.Validity == l.box.validity {
		uids = append([]imap.UID{imap.UID(r.UID)}, uids...)
	}
	for _, uid := range uids {
		s, err := l.box.describe(uid)
		if err != nil {
			return nil, 0, err
		}
		if s == nil || s.size != r.Size {
			continue
		}
		if raw, err = l.box.read(uid, false, max(1, s.size)); err != nil {
			return nil, 0, err
		}
		if raw != nil && dossier.SHA256(raw) == r.ID {
			return raw, uid, nil
		}
	}
	return nil, 0, nil
}
