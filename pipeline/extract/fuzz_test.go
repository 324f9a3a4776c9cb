package extract

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kheo/pipeline/extract/internal/cleantext"
	"kheo/pipeline/extract/internal/parts"
	"kheo/pipeline/extract/internal/webpage"
)

// within fails where a reader does not come to its end.
func within(t *testing.T, limit time.Duration, do func()) {
	t.Helper()
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		do()
	}()
	select {
	case p := <-done:
		if p != nil {
			t.Errorf("panic: %v", p)
		}
	case <-time.After(limit):
		t.Error("it takes too long")
	}
}

func dropped() *unpacker {
	return &unpacker{from: 1, put: func(Part, []byte) error { return nil }}
}

func FuzzRTF(f *testing.F) {
	f.Add([]byte(`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset163 .VnTime;}}{\colortbl;\red255\green255\blue255;}\pard\f0 D\'a9n v\u7853\'3fn\par\trowd\cellx1 a\cell b\cell\row{\v x}{\*\shptxt y}}`))
	f.Add([]byte(`{\rtf1{{{{\bin5 abc`))
	f.Fuzz(func(t *testing.T, data []byte) {
		within(t, 5*time.Second, func() { var res Result; readRTF(data, &res) })
	})
}

func FuzzHTML(f *testing.F) {
	f.Add("<p hidden>a<p>b<table><tr><td>c<td>d</table><font face='.VnTime'>D©n</font><script>x")
	f.Fuzz(func(t *testing.T, s string) {
		within(t, 5*time.Second, func() {
			out := webpage.Read(s, webpage.Options{})
			if len(out.String())+out.Hidden.Len() > 8*len(s)+100 {
				t.Errorf("%d bytes of text out of %d", len(out.String()), len(s))
			}
		})
	})
}

// Every walker of XML comes to its end and leaves its stacks in order.
func FuzzXML(f *testing.F) {
	f.Add([]byte(`<p:sld show="0"><a:tbl><a:tr><a:tc><a:p><a:r><a:t>x</a:t></a:r></a:p></a:tc></a:tr></a:tbl></p:sld>`))
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><t>&b;</t>`))
	f.Add([]byte(`</p></tc></tr></tbl></span>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		within(t, 5*time.Second, func() {
			s := &slideWalker{}
			s.walk(data)
			s.Page(1, "")
			parts.Walk(data, func(e xml.StartElement) { parts.Attr(e, "a") }, func(string) {}, func(string) {})
		})
	})
}

func FuzzMail(f *testing.F) {
	f.Add([]byte("From: =?utf-8?q?A=C3=A5?= <a@b>\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=windows-1258\r\n\r\nxin ch\xe0o\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n"))
	f.Add([]byte("From a\nFrom: a\nTo: b\nDate: c\n\nx\n\nFrom b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		within(t, 5*time.Second, func() { isMail(data); var res Result; readEML(data, &res, dropped()) })
	})
}

func FuzzCompoundFile(f *testing.F) {
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 1600)))
	f.Fuzz(func(t *testing.T, data []byte) {
		within(t, 5*time.Second, func() {
			sniffOLE(data)
			guarded(data, func(data []byte) Result {
				var res Result
				readMSG(data, &res,
					dropped())
				return res
			})
		})
	})
}

func FuzzUnpackRTF(f *testing.F) {
	f.Add([]byte("\x2d\x00\x00\x00\x2b\x00\x00\x00LZFu\xf1\xc5\xc7\xa7\x03\x00\x0a\x00rcpg125B2\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		within(t, 5*time.Second, func() { unpackRTF(data) })
	})
}

func FuzzArchive(f *testing.F) {
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Add([]byte("7z\xbc\xaf\x27\x1c\x00\x04"))
	f.Add([]byte("Rar!\x1a\x07\x01\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		within(t, 8*time.Second, func() {
			size := 0
			u := &unpacker{from: int64(len(data)), put: func(p Part, b []byte) error {
				if p.Name == "" || strings.HasPrefix(p.Name, "/") || strings.Contains("/"+p.Name+"/", "/../") {
					t.Errorf("a part is called %q", p.Name)
				}
				size += len(b)
				return nil
			}}
			for _, typ := range []string{typeZIP, type7Z, typeRAR} {
				u.archive(typ, bytes.NewReader(data), int64(len(data)), "")
			}
		})
	})
}

func FuzzWordsOfOCR(f *testing.F) {
	f.Add("5\t1\t1\t1\t1\t1\t10\t10\t50\t20\t96.5\tDân\n5\t1\t1\t1\t1\t2\t400\t10\t50\t20\t96\tvận\n")
	f.Fuzz(func(t *testing.T, s string) {
		within(t, 5*time.Second, func() { readTSV(s) })
	})
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte("a;b\n1;2\n3;4\n"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte("a\x00b\x00c\x00d\x00e\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		within(t, 5*time.Second, func() {
			var res Result
			readText(data, &res)
			for _, p := range res.Pages {
				if !utf8.ValidString(cleantext.Clean(p.Text)) {
					t.Error("text that is not UTF-8")
				}
			}
		})
	})
}
