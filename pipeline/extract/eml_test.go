package extract

import (
	"strings"
	"testing"
	"time"

	"kheo/internal/dossier"
)

// A mail program shows the web page of a letter; what the two forms do not both say is uncertain.
func TestALetterInTwoFormsIsCertainOnlyOfWhatBothSay(t *testing.T) {
	mail := func(plain, page string) string {
		return "From: a@b\r\nTo: c@d\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
			"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + plain +
			"\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n" +
			"Content-Transfer-Encoding: 8bits\r\n\r\n" + page + "\r\n--b--\r\n"
	}
	const claim = "We built 412 wells"
	for _, c := range []struct {
		name, plain, page string
		want              string
	}{
		{"both say it", claim + " in the north.", "<p>" + claim + " in the north.</p>", "seen"},
		{"only the plain text says it", "The wells are old.\r\n" + claim, "<p>The wells are old.</p>", "uncertain"},
		{"only the page says it", "The wells in the north are old.", "<p>The wells in the north are old.</p><p>" + claim +
			"</p>", "uncertain"},
		{"they give different numbers", "We built 4 wells", "<p>" + claim + "</p>", "uncertain"},
		{"the plain text is a stub", "See the page", "<p>" + claim +
			" and repaired many more houses, schools and roads in all the villages of the north.</p>", "seen"},
		{"the page hides it", "The wells are old.", `<p>The wells are old.</p><p style="color:#fff">` + claim + "</p>",
			"hidden"},
	} {
		res := readIn(t, pool(t, 5*time.Second), mail(c.plain, c.page))
		got := "absent"
		for _, p := range res.Pages {
			if strings.Contains(p.Hidden, claim) {
				got = "hidden"
			}
			for _, b := range p.Blocks {
				if strings.Contains(string([]rune(p.Text)[b.Start:b.End]), claim) {
					if got = "seen"; b.Visibility == dossier.Uncertain {
						got = "uncertain"
					}
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s in %+v", c.name, got, c.want, res.Pages)
		}
	}
}
