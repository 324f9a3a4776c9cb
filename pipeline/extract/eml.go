package extract

import (
	"cmp"
	"strings"
	"unicode"

	"kheo/internal/dossier"
	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/layout"
	mail "kheo/pipeline/extract/internal/letter"
	"kheo/pipeline/extract/internal/webpage"
)

// letter is the content of a letter, from mail or Outlook files. The fields are as they are shown, decoded.
type letter struct {
	from, to, date, subject string
	mailText
}

// page returns the letter as one page: the header fields that it has, then its text.
func (l letter) page(reader string) dossier.Page {
	var nodes []*layout.Node
	for _, h := range []struct{ name, value string }{{"From", l.from}, {"To", l.to}, {"Date", l.date},
		{"Subject", l.subject}} {
		if v := strings.Join(strings.Fields(h.value), " "); v != "" {
			n := layout.Text(dossier.Paragraph, h.name+": "+v)
			n.Region = dossier.HeaderRegion
			nodes = append(nodes, n)
		}
	}
	nodes = append(append(nodes, layout.Text(dossier.Paragraph, "")), l.nodes...)
	p := dossier.Page{Number: 1, Reader: reader, Hidden: cleantext.HiddenWords(l.hidden)}
	p.Text, p.Blocks = layout.Assemble(nodes)
	return p
}

// readEML reads a letter as mail programs keep it (RFC 5322 and MIME), and hands on what is attached. Of
// an mbox it reads the first letter. Of a text in several forms it reads the one that mail programs show.
func readEML(data []byte, res *Result, u *unpacker) {
	res.Pages = []dossier.Page{parseLetter(data, res, u).page("eml")}
}

// parseLetter reads a letter, and hands on what is attached. What could not be read of it is noted in res.
func parseLetter(data []byte, res *Result, u *unpacker) letter {
	m := mail.Parse(data)
	switch {
	case m.More:
		res.Detail = "only the first letter of several was read"
	case m.CutOff:
		res.Detail = "the letter ends in the middle"
	}
	r := letterReader{res: res, unpacker: u}
	return letter{m.From, m.To, m.Date, m.Subject, r.part(m.Root)}
}

// letterReader reads the parts of a letter.
type letterReader struct {
	res      *Result
	unpacker *unpacker
	full     bool // nothing more may be handed on
}

// mailText is what a mail program shows of a part.
type mailText struct {
	nodes  []*layout.Node
	hidden string // text that is not shown
	html   bool
}

// empty reports whether it has no text.
func (s mailText) empty() bool { return strings.TrimSpace(layout.Raw(s.nodes)) == "" }

// maxNestedLetters is the maximum depth of letters in Outlook's format within one another.
const maxNestedLetters = 5

// part reads a part: what is text is returned, what is a file handed on. Whether a text is shown or
// attached is decided as mail programs do: by its disposition, its name and its type.
func (r *letterReader) part(p *mail.Part) (out mailText) {
	switch {
	case p.Type == "multipart/alternative":
		return r.alternative(p)
	case p.Parts != nil:
		for _, c := range p.Parts {
			s := r.part(c)
			out.nodes = append(out.nodes, s.nodes...)
			out.hidden += s.hidden + " "
			out.html = out.html || s.html
		}
		return out
	case mail.IsOutlook(p.Body):
		return r.outlook(mail.ParseOutlook(p.Body), 0)
	case p.Name != "" || p.Attached:
	case p.Type == "text/html" || p.Type == "application/xhtml+xml":
		text, sure := p.Read()
		return shownHTML(text, sure, p.Charset, p.Body)
	case textParts[p.Type]:
		text, sure := p.Read()
		return mailText{nodes: inDoubt(layout.Lines(text), !sure)}
	}
	name := p.Name
	if name == "" && p.Type == "message/rfc822" {
		name = "letter.eml"
	}
	r.file(name, p.Body)
	return out
}

// inDoubt marks nodes as uncertain if they are in doubt.
func inDoubt(nodes []*layout.Node, doubt bool) []*layout.Node {
	if doubt {
		layout.Each(nodes, func(n *layout.Node) { n.Visibility = dossier.Uncertain })
	}
	return nodes
}

// textParts are the media types of parts that mail programs show as plain text.
var textParts = map[string]bool{"text/plain": true, "text/enriched": true, "text/richtext": true,
	"text/x-markdown": true, "text/markdown": true, "text/rfc822-headers": true, "message/delivery-status": true,
	"message/disposition-notification": true, "message/feedback-report": true, "text/unknown": true, "text/*": true,
	"text/x-mail": true}

// shownHTML returns what is shown of a web page in a letter. Without a charset of the part that of the page
// counts. sure says that the text was decoded by an encoding that is known.
func shownHTML(text string, sure bool, charset string, data []byte) mailText {
	if charset == "" {
		var name string
		text, name = decodeHTML(data)
		sure = name != cleantext.UnknownEncoding
	}
	f := webpage.Read(text, webpage.Options{Mail: true})
	return mailText{inDoubt(f.Nodes(), !sure), f.Hidden.String(), true}
}

// file hands on an attached file. At a limit of the unpacker the rest of the letter is still read, without
// its files.
func (r *letterReader) file(name string, data []byte) {
	if r.full || len(data) == 0 && name == "" {
		return
	}
	if err := r.unpacker.file(cmp.Or(name, "attachment"+ending(data)), data); err != nil {
		r.res.Detail, r.full = err.Error(), true
	}
}

// alternative chooses between the forms of one text: web pages, as mail programs do, or else the last.
func (r *letterReader) alternative(p *mail.Part) mailText {
	var plain, rich mailText
	for _, c := range p.Parts {
		switch s := r.part(c); {
		case s.empty() && s.hidden == "":
		case s.html:
			rich = s
		default:
			plain = s
		}
	}
	return either(plain, rich)
}

// either returns a text that a letter has as plain text and as a web page. Mail programs show the page; but
// what only one of the two says is uncertain, unless the plain text only notes that there is a page.
func either(plain, rich mailText) mailText {
	if rich.empty() {
		return mailText{plain.nodes, plain.hidden + rich.hidden, false}
	}
	inPlain, inRich := wordSet(layout.Raw(plain.nodes)), wordSet(layout.Raw(rich.nodes))
	const stub = 5 // times the words
	if len(inPlain)*stub < len(inRich) {
		return rich
	}
	markMissing(rich.nodes, inPlain)
	for _, n := range plain.nodes {
		if missing(layout.Raw([]*layout.Node{n}), inRich) {
			n.Visibility = dossier.Uncertain
			rich.nodes = append(rich.nodes, n)
		}
	}
	return rich
}

// orRTF returns the text in compressed RTF, or another if that cannot be unpacked.
func orRTF(other mailText, packed []byte) mailText {
	b, err := unpackRTF(packed)
	if err != nil {
		return other
	}
	f := newRTF(b)
	f.read()
	return mailText{f.Nodes(), f.Hidden.String(), false}
}

// wordSet returns the words of a text. Addresses of the web do not count: in a page they are targets of
// links.
func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range letterWords(s) {
		set[w] = true
	}
	return set
}

// letterWords returns the words of a text in lower case.
func letterWords(s string) (out []string) {
	for _, field := range strings.Fields(cleantext.Clean(strings.ToLower(s))) {
		if strings.Contains(field, "://") || strings.HasPrefix(field, "www.") {
			continue
		}
		out = append(out, strings.FieldsFunc(field, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
		})...)
	}
	return out
}

// missing reports whether a text says something that other words do not: a number, or one word of five. A
// number alone suffices, since a changed amount is what a forged second form would have.
func missing(s string, others map[string]bool) bool {
	words := letterWords(s)
	n := 0
	for _, w := range words {
		if others[w] {
			continue
		}
		if strings.ContainsFunc(w, unicode.IsDigit) {
			return true
		}
		n++
	}
	return n*5 > len(words)
}

// markMissing marks blocks that say something that other words do not as uncertain.
func markMissing(nodes []*layout.Node, others map[string]bool) {
	layout.Each(nodes, func(n *layout.Node) {
		if n.Table == nil && n.Visibility == "" && missing(layout.Raw([]*layout.Node{n}), others) {
			n.Visibility = dossier.Uncertain
		}
	})
}

// outlook reads a letter in Outlook's transport format (winmail.dat), and hands on what is attached to it.
func (r *letterReader) outlook(o *mail.Outlook, depth int) (out mailText) {
	if o.CutOff {
		r.res.Detail = "the Outlook attachment (winmail.dat) ends in the middle"
	}
	out = mailText{nodes: layout.Lines(o.Plain)}
	switch {
	case len(o.HTML) > 0:
		out = either(out, shownHTML("", true, "", o.HTML))
	case out.empty():
		out = orRTF(out, o.RTF)
	}
	for _, f := range o.Files {
		if !f.Inner {
			r.file(f.Name, f.Data)
			continue
		}
		if depth+1 >= maxNestedLetters {
			r.res.Detail = "letters within letters are nested too deeply"
			continue
		}
		inner := mail.ParseOutlook(f.Data)
		s := r.outlook(inner, depth+1)
		out.nodes = append(append(out.nodes, layout.Text(dossier.Paragraph, cmp.Or(inner.Subject, f.Name))), s.nodes...)
		out.hidden += " " + s.hidden
	}
	return out
}

// readOutlook reads a file in Outlook's transport format that is not inside a letter.
func readOutlook(data []byte, res *Result, u *unpacker) {
	o := mail.ParseOutlook(data)
	r := letterReader{res: res, unpacker: u}
	s := r.outlook(o, 0)
	res.Pages = []dossier.Page{letter{subject: o.Subject, mailText: s}.page("tnef")}
	if u.parts > 0 && strings.TrimSpace(res.Pages[0].Text) == "" {
		res.Pages[0].Text = "winmail.dat"
	}
}
