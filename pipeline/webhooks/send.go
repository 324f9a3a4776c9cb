package webhooks

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"kheo/pipeline/campaign"
)

const (
	sendTime  = 15 * time.Second // that one attempt may take
	dialTime  = 5 * time.Second
	maxAnswer = 64 << 10 // bytes that are read of an answer, and thrown away
	maxSecret = 4 << 10  // bytes of the file with the secret
)

// result is what became of one attempt.
type result struct {
	status int
	err    error         // nil if it was delivered
	final  bool          // it is not worth trying again
	after  time.Duration // that the receiver asks to wait
}

// client sends messages to one webhook.
type client struct {
	hook *campaign.Webhook
	http *http.Client
}

// newClient returns a client of a webhook. The address that a name resolves to is checked when it is dialled, at each
// connection, so that a name cannot mean another address by then. No redirect is followed, and no proxy of the
// environment is used: both would lead elsewhere than what was checked.
func newClient(h *campaign.Webhook) *client {
	dialer := &net.Dialer{Timeout: dialTime, Control: guard(h)}
	return &client{hook: h, http: &http.Client{
		Timeout: sendTime,
		Transport: &http.Transport{Proxy: nil, DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTime,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, MaxResponseHeaderBytes: 32 << 10,
			DisableCompression: true, MaxConnsPerHost: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// close closes the connections that are kept open.
func (c *client) close() { c.http.CloseIdleConnections() }

// errNotPublic is the error of an address that must not be called.
var errNotPublic = errors.New("is not a public address, and allow: of the webhook in kheo.yaml does not name it")

// guard returns the check of each address before it is dialled. Public addresses may be called by https, and networks
// that kheo.yaml allows by http too.
func guard(h *campaign.Webhook) func(network, address string, c syscall.RawConn) error {
	var v4, v6 []netip.Prefix
	for _, p := range h.Allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	public := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	plain := strings.HasPrefix(h.URL, "http:")
	return func(network, address string, c syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return errNotPublic
		}
		addr := at.Addr().Unmap()
		allowed := false
		for _, p := range h.Allow {
			allowed = allowed || p.Contains(addr)
		}
		if !allowed && (plain || public.SafeAddr(addr) != nil) {
			return fmt.Errorf("%s %w", addr, errNotPublic)
		}
		return nil
	}
}

// send makes one attempt. It never changes the message.
func (c *client) send(ctx context.Context, d *Delivery, now time.Time) result {
	signature, err := sign(c.hook.SecretFile, d, now)
	if err != nil {
		return result{err: err}
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, c.hook.URL, bytes.NewReader(d.Body))
	if err != nil {
		return result{err: errors.New("its URL is not valid"), final: true}
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", "kheo-webhooks/1")
	q.Header.Set(standard.HeaderWebhookID, d.ID)
	q.Header.Set(standard.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	q.Header.Set(standard.HeaderWebhookSignature, signature)
	resp, err := c.http.Do(q)
	if err != nil {
		return result{err: withoutURL(err)}
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer))
	return c.read(resp, now)
}

// read returns what an answer means. What it says beside its status is not kept: who writes kheo.yaml could read by it
// what only this machine may ask for.
func (c *client) read(resp *http.Response, now time.Time) result {
	r := result{status: resp.StatusCode}
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return r
	case resp.StatusCode == http.StatusGone:
		r.final, r.err = true, errors.New("it answers 410: it wants no more messages; take it out of kheo.yaml")
		return r
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		r.err = fmt.Errorf("it answers %d, a redirect, which is not followed: write the new URL into kheo.yaml",
			resp.StatusCode)
		return r
	}
	r.err = fmt.Errorf("it answers %d", resp.StatusCode)
	if text := http.StatusText(resp.StatusCode); text != "" {
		r.err = fmt.Errorf("it answers %d %s", resp.StatusCode, text)
	}
	after := resp.Header.Get("Retry-After")
	if n, err := strconv.Atoi(after); err == nil && n > 0 && n < 1<<30 {
		r.after = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		r.after = at.Sub(now)
	}
	return r
}

// withoutURL returns an error without the URL, which may be a secret.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		if u.Timeout() {
			return errors.New("it did not answer in time")
		}
		err = u.Err
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return errors.New("its name has no address: " + dns.Err)
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}

// ErrSecret is returned for a file without a secret. It says nothing of what is in the file.
var ErrSecret = errors.New("holds no secret of a webhook: write what `kheo webhooks secret` prints into it, one line; " +
	"a second line may hold the one that is being replaced")

// secrets reads the one or two secrets of a webhook. The file is read at each use, so that it can be changed.
func secrets(path string) ([]*standard.Webhook, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("secret_file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return nil, fmt.Errorf("secret_file: %w", err)
	}
	var out []*standard.Webhook
	for _, line := range strings.Fields(string(b)) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, secretPrefix))
		if err != nil || len(key) < 24 || len(key) > 64 || !strings.HasPrefix(line, secretPrefix) {
			return nil, fmt.Errorf("%s %w", path, ErrSecret)
		}
		w, err := standard.NewWebhookRaw(key)
		if err != nil {
			return nil, fmt.Errorf("%s %w", path, ErrSecret)
		}
		out = append(out, w)
	}
	if len(out) < 1 || len(out) > 2 {
		return nil, fmt.Errorf("%s %w", path, ErrSecret)
	}
	return out, nil
}

// secretPrefix is what a secret begins with.
const secretPrefix = "whsec_"

// NewSecret returns a secret by which messages are signed.
func NewSecret() string {
	key := make([]byte, 32)
	rand.Read(key) // it never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// CheckSecret returns why the secret of a webhook cannot be used; nil if it can.
func CheckSecret(h *campaign.Webhook) error {
	_, err := secrets(h.SecretFile)
	return err
}

// sign returns the signatures of a message, one by each secret.
func sign(path string, d *Delivery, now time.Time) (string, error) {
	with, err := secrets(path)
	if err != nil {
		return "", err
	}
	var out []string
	for _, w := range with {
		s, err := w.Sign(d.ID, now, d.Body)
		if err != nil {
			return "", err
		}
		out = append(out, s)
	}
	return strings.Join(out, " "), nil
}
