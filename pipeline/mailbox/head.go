package mailbox

import (
	"bufio"
	"bytes"
	"errors"
	"mime"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/authres"
	"golang.org/x/net/html/charset"

	"kheo/internal/visible"
)

// Bounds of a header.
const (
	maxHead   = 256 << 10 // bytes
	maxFields = 1000
	maxRefs   = 100
)

// head is what the header of a letter says.
type head struct {
	from      string // the one address, in small letters; "" if there is none or several
	subject   string
	messageID string // without brackets; "" if it has none that can be used
	refs      []string
	automatic bool
	results   []string // Authentication-Results, from the top
}

// errHead is returned for a header that is too large, or is none.
var errHead = errors.New("the header of the letter cannot be read")

// readHead reads the header of a letter. What is not as the standard has it is an error: a letter that programs may
// understand in different ways is left to people.
func readHead(raw []byte) (*head, error) {
	end := bytes.Index(raw, []byte("\r\n\r\n"))
	if n := bytes.Index(raw, []byte("\n\n")); end < 0 || n >= 0 && n < end {
		end = n
	}
	if end < 0 || end > maxHead {
		return nil, errHead
	}
	part := append(slices.Clone(raw[:end]), "\r\n\r\n"...)
	f, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(part))).ReadMIMEHeader()
	if err != nil {
		return nil, errHead
	}
	fields := 0
	for _, list := range f {
		fields += len(list)
	}
	if fields > maxFields {
		return nil, errHead
	}
	h := &head{subject: decoded(f.Get("Subject")), results: f["Authentication-Results"]}
	if list := f["From"]; len(list) == 1 {
		p := mail.AddressParser{WordDecoder: words}
		if all, err := p.ParseList(list[0]); err == nil && len(all) == 1 && len(all[0].Address) <= 254 {
			h.from = strings.ToLower(visible.Line(all[0].Address))
		}
	}
	if list := messageIDs(f["Message-Id"]); len(list) == 1 && len(f["Message-Id"]) == 1 {
		h.messageID = list[0]
	}
	h.refs = messageIDs(append(slices.Clone(f["In-Reply-To"]), f["References"]...))
	h.automatic = isAutomatic(f, h.from)
	return h, nil
}

// words decodes the encoded words of a field.
var words = &mime.WordDecoder{CharsetReader: charset.NewReaderLabel}

// decoded returns a field as people read it: one line of at most 300 characters.
func decoded(s string) string {
	if d, err := words.DecodeHeader(s); err == nil {
		s = d
	}
	s = strings.Join(strings.Fields(visible.Line(strings.ToValidUTF8(s, "?"))), " ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300])
	}
	return s
}

// idRE matches a Message-ID that may be written into the header of an answer: no space, no bracket, no line break.
var idRE = regexp.MustCompile(`<([!-;=?-~]{1,250}@[!-;=?-~]{1,250})>`)

// messageIDs returns the ids in fields, without brackets.
func messageIDs(fields []string) (out []string) {
	for _, f := range fields {
		for _, m := range idRE.FindAllStringSubmatch(f, maxRefs) {
			out = append(out, m[1])
		}
	}
	return out
}

// machines are the names before the @ of addresses that no person writes from.
var machines = []string{"mailer-daemon", "postmaster", "no-reply", "noreply", "donotreply", "do-not-reply", "listserv",
	"bounce", "bounces"}

// isAutomatic reports whether a program has sent a letter: an answer during an absence, a bounce, a report, a list
// (RFC 3834). None of these is answered, so that no two programs write to each other for ever.
func isAutomatic(f textproto.MIMEHeader, from string) bool {
	auto, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(f.Get("Auto-Submitted"))), ";")
	precedence := strings.ToLower(strings.TrimSpace(f.Get("Precedence")))
	local, _, _ := strings.Cut(from, "@")
	path, has := f["Return-Path"]
	switch {
	case auto != "" && strings.TrimSpace(auto) != "no",
		slices.Contains([]string{"bulk", "junk", "list", "auto_reply"}, precedence),
		has && strings.TrimSpace(path[0]) == "<>",
		f.Get("List-Id") != "", f.Get("X-Autoreply") != "", f.Get("X-Autorespond") != "",
		strings.HasPrefix(strings.ToLower(strings.TrimSpace(f.Get("Content-Type"))), "multipart/report"),
		slices.Contains(machines, local):
		return true
	}
	return false
}

// proven reports whether a trusted server says that DMARC holds for the domain of the sender. Fields of other servers
// do not count: anybody can write them. If fields of that name say several things of DMARC, one of them is forged, and
// nothing is proven. The server must remove fields of its name that come from outside (RFC 8601, 5).
func (h *head) proven(server string) bool {
	var found []*authres.DMARCResult
	for _, f := range h.results {
		name, results, err := authres.Parse(f)
		if name, _, _ = strings.Cut(strings.TrimSpace(name), " "); err != nil || !strings.EqualFold(name, server) {
			continue
		}
		for _, r := range results {
			if d, is := r.(*authres.DMARCResult); is {
				found = append(found, d)
			}
		}
	}
	_, domain, ok := strings.Cut(h.from, "@")
	return ok && len(found) == 1 && found[0].Value == authres.ResultPass && strings.EqualFold(found[0].From, domain)
}
