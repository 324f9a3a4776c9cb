package mailbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"kheo/pipeline/campaign"
)

const (
	dialTime = 30 * time.Second
	lookTime = 15 * time.Minute // one look, at most
)

// box is a connection to the mailbox, with one folder selected.
type box struct {
	conf     campaign.Mailbox
	c        *imapclient.Client
	folder   string
	validity uint32
	end      func() bool
}

// open connects and signs in. The error says what to check, and nothing of the password.
func open(ctx context.Context, conf campaign.Mailbox) (*box, error) {
	password, err := os.ReadFile(conf.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("mailbox: password_file: %w", err)
	}
	at := net.JoinHostPort(conf.Host, strconv.Itoa(conf.Port))
	c, err := connect(ctx, conf, at)
	if err != nil {
		return nil, fmt.Errorf("the mailbox at %s cannot be reached; check host, port and tls under mailbox: in "+
			"kheo.yaml "+
			"(%w)", at, err)
	}
	b := &box{conf: conf, c: c, end: context.AfterFunc(ctx, func() { c.Close() })}
	if err := c.Login(conf.User, strings.TrimSpace(string(password))).Wait(); err != nil {
		b.close()
		return nil, fmt.Errorf("the mailbox at %s refuses the sign-in of %s; check user and password_file under "+
			"mailbox: in "+
			"kheo.yaml (%w)", at, conf.User, err)
	}
	if !c.Caps().Has(imap.CapMove) && !c.Caps().Has(imap.CapUIDPlus) {
		b.close()
		return nil, fmt.Errorf("the server of the mailbox at %s can move no letters (neither MOVE nor UIDPLUS); use "+
			"another", at)
	}
	return b, nil
}

// connect opens the connection. Without TLS only this machine itself is spoken to, whatever the name of the host means.
func connect(ctx context.Context, conf campaign.Mailbox, at string) (*imapclient.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, err
	}
	conf2 := &tls.Config{ServerName: conf.Host, MinVersion: tls.VersionTLS12}
	if conf.CAFile != "" {
		pem, err := os.ReadFile(conf.CAFile)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("mailbox: ca_file: %w", err), conn.Close())
		}
		conf2.RootCAs = x509.NewCertPool()
		if !conf2.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.Join(fmt.Errorf("mailbox: ca_file: %s has no certificate", conf.CAFile), conn.Close())
		}
	}
	o := &imapclient.Options{TLSConfig: conf2}
	switch conf.TLS {
	case "starttls":
		return imapclient.NewStartTLS(conn, o)
	case "none":
		to, err := netip.ParseAddrPort(conn.RemoteAddr().String())
		if err != nil || !to.Addr().Unmap().IsLoopback() {
			return nil, errors.Join(errors.New("without TLS only a server on this machine is asked"), conn.Close())
		}
		return imapclient.New(conn, o), nil
	}
	secure := tls.Client(conn, conf2)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return imapclient.New(secure, o), nil
}

// close ends the connection.
func (b *box) close() {
	b.end()
	b.c.Close()
}

// name is what records call a folder.
func (b *box) name(folder string) string { return b.conf.User + "@" + b.conf.Host + "/" + folder }

// make makes a folder if it is not there.
func (b *box) make(folder string) error {
	if _, err := b.c.Status(folder, &imap.StatusOptions{NumMessages: true}).Wait(); err == nil {
		return nil
	}
	if err := b.c.Create(folder, nil).Wait(); err != nil {
		return fmt.Errorf("the folder %s of the mailbox cannot be made: %w", folder, err)
	}
	return nil
}

// enter selects a folder, and returns the letters in it, the oldest first, but for those that are marked as deleted.
func (b *box) enter(folder string) ([]imap.UID, error) {
	d, err := b.c.Select(folder, nil).Wait()
	if err != nil {
		return nil, fmt.Errorf("the folder %s of the mailbox cannot be opened: %w", folder, err)
	}
	b.folder, b.validity = folder, d.UIDValidity
	if d.NumMessages == 0 {
		return nil, nil
	}
	found, err := b.c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return nil, err
	}
	uids := found.AllUIDs()
	slices.Sort(uids)
	return uids, nil
}

// seen is a letter as the server describes it.
type seen struct {
	uid     imap.UID
	size    int64
	arrived time.Time
}

// describe returns the size of a letter, and when the server received it; nil if it is gone meanwhile.
func (b *box) describe(uid imap.UID) (*seen, error) {
	o := &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true}
	list, err := b.c.Fetch(imap.UIDSetNum(uid), o).Collect()
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &seen{uid, list[0].RFC822Size, list[0].InternalDate}, nil
}

// errTooLong is returned if a server sends more than it was asked for.
var errTooLong = errors.New("the server of the mailbox sends more than it has said")

// read returns the bytes of a letter, or of its header alone, without marking it as read. nil: it is gone.
func (b *box) read(uid imap.UID, header bool, most int64) (raw []byte, err error) {
	s := &imap.FetchItemBodySection{Peek: true}
	if header {
		s.Specifier, s.Partial = imap.PartSpecifierHeader, &imap.SectionPartial{Size: most}
	}
	cmd := b.c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{s}})
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			d, is := item.(imapclient.FetchItemDataBodySection)
			if !is || d.Literal == nil {
				continue
			}
			if raw, err = io.ReadAll(io.LimitReader(d.Literal, most+1)); err != nil {
				return nil, err
			}
			if int64(len(raw)) > most {
				b.c.Close()
				return nil, errTooLong
			}
		}
	}
	return raw, cmd.Close()
}

// move moves a letter of the selected folder to another, and returns its new place; 0 if the server does not say.
func (b *box) move(uid uint32, to string) (validity, newUID uint32, err error) {
	d, err := b.c.Move(imap.UIDSetNum(imap.UID(uid)), to).Wait()
	if err != nil {
		return 0, 0, fmt.Errorf("a letter cannot be moved to the folder %s: %w", to, err)
	}
	if set, is := d.DestUIDs.(imap.UIDSet); is {
		if nums, ok := set.Nums(); ok && len(nums) == 1 {
			return d.UIDValidity, uint32(nums[0]), nil
		}
	}
	return 0, 0, nil
}
