package letter

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// texts returns the texts of all parts that have one.
func texts(p *Part) (out []string) {
	if p.Parts == nil {
		return []string{strings.TrimSpace(p.Text())}
	}
	for _, c := range p.Parts {
		out = append(out, texts(c)...)
	}
	return out
}

func TestTransferEncodingsAreKnownByTheNamesThatProgramsWrite(t *testing.T) {
	const want = "Số hộ: 120"
	b64 := base64.StdEncoding.EncodeToString([]byte(want))
	const qp = "S=E1=BB=91 h=E1=BB=99: 12=\n0"
	for name, body := range map[string]string{
		"7bit": want, "7-bit": want, "8bits": want, "8BIT": want, "none": want, "7bit (default)": want, "binary": want,
		"":         want,
		"us-ascii": want, "8bit; x=y": want, "\"8bit\"": want,
		"quoted-printable": qp, "Quoted Printable": qp, "quoted_printable": qp, "QUOTED-PRINTABLE;": qp,
		"quotedprintable": qp,
		"base64":          b64, "BASE64": b64, "base-64": b64, "Base64 (x)": b64[:5] + "\r\n!" + b64[5:],
	} {
		header := "Subject: x\r\nFrom: a@b\r\nContent-Type: text/plain; charset=utf-8\r\n"
		if name != "" {
			header += "Content-Transfer-Encoding: " + name + "\r\n"
		}
		if got := strings.Join(texts(Parse([]byte(header+"\r\n"+body)).Root), "|"); got != want {
			t.Errorf("%q: got %q", name, got)
		}
	}
}

func TestWhatIsWrongCostsOnlyItself(t *testing.T) {
	for _, c := range []struct{ name, letter, subject, body string }{
		{"a bad line in the header", "From: a@b\nquite wrong\nSubject: Wells\n\nBody", "Wells", "Body"},
		{"a bad line at the beginning", "??? wrong\nSubject: Wells\nFrom: a@b\n\nBody", "Wells", "Body"},
		{"a bad line with a continuation", "From: a@b\nwrong\n  more\nSubject: Wells\n\nBody", "Wells", "Body"},
		{"no empty line before the body", "Subject: Wells\nFrom: a@b\nBody without a colon\nmore", "Wells",
			"Body without a colon\nmore"},
		{"a space before the colon", "Subject : Wells\n\nBody", "Wells", "Body"},
		{"a subject over several lines", "Subject: Deep\n\tWells\n\nBody", "Deep Wells", "Body"},
		{"an encoded subject divided within a letter", "Subject: =?utf-8?Q?H=E1?= =?utf-8?Q?=BB=99?=\n\nBody", "Hộ", "Body"},
		{"a subject in base64 without end", "Subject: =?UTF-8?B?SOG7mQ?=\n\nBody", "Hộ", "Body"},
		{"a subject that is not encoded", "Subject: Hộ\n\nBody", "Hộ", "Body"},
		{"a multipart without an end", "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nBody", "x", "Body"},
		{"a multipart without a boundary", "Subject: x\nContent-Type: multipart/mixed\n\n--abcd\n\nBody\n--abcd--\n", "x",
			"Body"},
		{"a boundary that is not quoted", "Subject: x\nContent-Type: multipart/mixed; boundary=a:b/c\n\n--a:b/c\n\nBody\n--a:b/c--\n", "x", "Body"},
		{"a multipart that has no parts", "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\nBody", "x", "Body"},
		{"an unknown charset", "Subject: x\nContent-Type: text/plain; charset=frob\n\nBody", "x", "Body"},
		{"Japanese", "Subject: x\nContent-Type: text/plain; charset=iso-2022-jp\n\n\x1b$B%F%9%H\x1b(B", "x", "テスト"},
		{"UTF-7", "Subject: x\nContent-Type: text/plain; charset=utf-7\n\nH+HtkA", "x", "Hộ"},
		{"the first letter of an mbox", "From a Mon\nSubject: x\n\nBody\n\nFrom b Tue\nSubject: y\n\nOther", "x", "Body"},
	} {
		l := Parse([]byte(c.letter))
		if got := strings.Join(texts(l.Root), "|"); l.Subject != c.subject || got != c.body {
			t.Errorf("%s: got %q and %q", c.name, l.Subject, got)
		}
	}
}

func TestLettersInUTF16AreRead(t *testing.T) {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune("Subject: Hộ\r\nFrom: a@b\r\n\r\nSố hộ")) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	if l := Parse(b); l.Subject != "Hộ" || texts(l.Root)[0] != "Số hộ" {
		t.Errorf("got %q and %q", l.Subject, texts(l.Root))
	}
}

// outlook makes a file in Outlook's transport format.
func outlook(attributes ...any) []byte {
	b := []byte("\x78\x9f\x3e\x22\x01\x00")
	for i := 0; i < len(attributes); i += 2 {
		data := attributes[i+1].([]byte)
		b = append(b, 1)
		b = binary.LittleEndian.AppendUint32(b, uint32(attributes[i].(int)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
		b = append(append(b, data...), 0, 0)
	}
	return b
}

// property makes a list of one property with a text in UTF-16.
func property(id uint16, s string) []byte {
	var data []byte
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		data = binary.LittleEndian.AppendUint16(data, u)
	}
	b := binary.LittleEndian.AppendUint32(nil, 2)
	b = append(b, 3, 0, 1, 0, 9, 9, 9, 9) // a number before it
	b = binary.LittleEndian.AppendUint16(b, unicodeText)
	b = binary.LittleEndian.AppendUint16(b, id)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	return append(b, make([]byte, (4-len(data)%4)%4)...)
}

func TestWinmailHasItsBodyAndFiles(t *testing.T) {
	o := ParseOutlook(outlook(attSubject, []byte("Wells\x00"), attProperties, property(propBody, "Số hộ"),
		attRendering, []byte{}, attAttachTitle, []byte("PHIEU~1.TXT\x00"), attAttachData, []byte("phiếu"), attAttachment,
		property(propLongName, "phiếu số 1.txt"),
		attRendering, []byte{}, attAttachTitle, []byte("b.txt\x00"), attAttachData, []byte("b")))
	if o.Subject != "Wells" || o.Plain != "Số hộ" || len(o.Files) != 2 || o.CutOff {
		t.Fatalf("got %+v", o)
	}
	if f := o.Files[0]; f.Name != "phiếu số 1.txt" || string(f.Data) != "phiếu" {
		t.Errorf("got %q %q", f.Name, f.Data)
	}
	cut := outlook(attBody, []byte("Body\x00"), attRendering, []byte{}, attAttachData, []byte("data"))
	if o := ParseOutlook(cut[:len(cut)-4]); o.Plain != "Body" || !o.CutOff {
		t.Errorf("cut off: got %+v", o)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("From: a\nSubject: =?utf-8?B?YQ?= =?x?q?=20?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: uuencode\n\nbegin 644 a\n#0V%T\nend\n--b--"))
	f.Add(outlook(attProperties, property(propBody, "x")))
	f.Fuzz(func(t *testing.T, data []byte) {
		texts(Parse(data).Root)
		ParseOutlook(data)
	})
}
