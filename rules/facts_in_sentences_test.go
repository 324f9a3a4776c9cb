package rules

import (
	"testing"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// assessText assesses a dossier of one page of plain text.
func assessText(t *testing.T, rs *Ruleset, text string) *dossier.Assessment {
	t.Helper()
	pg := dossier.Page{Number: 1, Text: text, Language: language.Detect(text), Quality: 1}
	d := &dossier.Dossier{ID: "d", Name: "d", Documents: []dossier.Document{{Name: "a", Pages: []dossier.Page{pg}}}}
	a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Title: "d", Unit: "own"}})
	checkOffsets(t, d, a)
	return a
}

// states checks that a text states exactly these facts.
func states(t *testing.T, rs *Ruleset, name, text, want string) {
	t.Helper()
	if got := factsOf(assessText(t, rs, text)); got != want {
		t.Errorf("%s: %q\n  want %q\n  got  %q", name, text, want, got)
	}
}

// Of several amounts of a sentence or line, the result of the campaign's year is read.
func TestAmountsOfSentencesAreToldApart(t *testing.T) {
	rs := loadTableRules(t)
	for _, c := range []struct{ name, text, want string }{
		{"two years in Vietnamese", "Tỷ lệ đồng thuận năm 2025 đạt 81%, năm 2026 đạt 93,5%.", "agreement=93.5"},
		{"two years, the newer first", "Tỷ lệ đồng thuận năm 2026 đạt 93,5%, năm 2025 đạt 81%.", "agreement=93.5"},
		{"two years behind their values", "The share in favour was 81% in 2025 and 93.5% in 2026.", "agreement=93.5"},
		{"only an earlier year", "Tỷ lệ đồng thuận năm 2025 đạt 81%.", ""},
		{"a year between the label and the colon", "Antall medlemmer 2026: 54\nAntall medlemmer 2025: 40", "members=54"},
		{"an earlier year between the label and the colon", "Antall medlemmer 2025: 40", ""},
		{"a list of years behind a label", "Antall medlemmer: 2024: 40, 2025: 48, 2026: 54", "members=54"},
		{"years in brackets", "Members: 48 (2025), 54 (2026)", "members=54"},
		{"the earlier year in brackets", "Số hội viên: 54 (năm 2025: 48)", "members=54"},
		{"a plan before the label", "Expected number of members: 80", ""},
		{"a plan in brackets of the label", "Antall medlemmer (mål): 80", ""},
		{"plan and result behind a label", "Số hộ tham gia: kế hoạch 100 hộ, thực hiện 87 hộ", "households=87"},
		{"the plan in brackets", "Antall husstander: 87 (mål: 100)", "households=87"},
		{"a value that is only planned", "Ngày khánh thành: 12/03/2027 (dự kiến)", ""},
		{"plan and result in a sentence", "Số hộ tham gia kế hoạch là 100 hộ, thực hiện được 87 hộ.", "households=87"},
		{"a plan that was reached", "Theo kế hoạch, đã có 87 hộ tham gia.", "households=87"},
		{"compared with an earlier year", "So với năm 2025, nay có 87 hộ tham gia.", "households=87"},
		{"an earlier year in a pattern", "Năm 2025, thôn đã vận động nhưng chỉ có 45 hộ tham gia. Năm 2026 có 87 hộ tham gia.", "households=87"},
		{"a later year in a pattern", "I 2026 deltok 54. 54 husstander deltok. I 2027 kommer 80 husstander.", "households=54"},
		{"a part of the year and the whole", "Trong 9 tháng có 47 hộ tham gia; cả năm 2026 có 59 hộ tham gia.", "households=59"},
		{"parts and their total", "Thôn Đông có 30 hộ tham gia, thôn Tây có 45 hộ tham gia, tổng cộng có 75 hộ tham gia.", "households=75"},
		{"another unit's figure", "Xã bạn có 90 hộ tham gia. Xã ta có 75 hộ tham gia.", "households=75"},
		{"the part that a label names", "Tổng kinh phí: 120 triệu đồng, trong đó hỗ trợ 40.000 kroner.", "cost=120000000 grant=40000"},
		{"increased from and to", "Số hội viên tăng từ 40 lên 95.", "members=95"},
		{"a value behind its label with a space between", "Tilskudd 45 000\nAntall husstander 54", "grant=45000 households=54"},
		{"a label behind a sentence on its line", "Vi takker for støtten. Møte holdt: ja. Antall medlemmer: 54.", "members=54 met=true"},
		{"a date that was moved", "Åpnet: flyttet fra 1. mai 2026 til 9. mai 2026", "opened=2026-05-09"},
		{"a date that was put off", "Opened on: postponed from 1 May 2026 to 9 May 2026", "opened=2026-05-09"},
		{"people now", "Members: 60 now, 90 by 2028", "members=60"},
		{"a part behind the whole", "Antall medlemmer: 320 hvorav 110 barn", "members=320"},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}

// What papers of other hands say in their own ways is read, and what is not the fact is not.
func TestFactsAsPapersOfOtherHandsStateThem(t *testing.T) {
	rs := loadTableRules(t)
	for _, c := range []struct{ name, text, want string }{
		{"the part that a pattern asks for", "Thôn có 200 hộ, trong đó 153 hộ tham gia.", "households=153"},
		{"the part in Norwegian", "Av grendas 200 hus er 120 bebodd, hvorav 87 husstander deltok.", "households=87"},
		{"a part of the fact itself", "240 hộ tham gia, trong đó 120 hộ nghèo tham gia.", "households=240"},
		{"two years with one verb", "87 husstander deltok i 2026 og 70 husstander deltok i 2025.", "households=87"},
		{"compared with another year", "36 husstander deltok, to flere enn i fjor.", "households=36"},
		{"compared with a year by its number", "87 households took part, four more than in 2025.", "households=87"},
		{"a number with its unit alone", "The club has 54 members.", "members=54"},
		{"several such numbers", "The club has 54 members. At the meeting were 40 members.", "members=54"},
		{"of others", "Nabolaget har 90 medlemmer.", ""},
		{"a plan of such a number", "We hope to have 90 members.", ""},
		{"part and whole as a share", "63/70 hộ đồng thuận.", "agreement?"},
		{"a label that goes on", "Members subscriptions: 1,120", ""},
		{"a number of something else before", "Members: 20 pounds of a population of 6,400", ""},
		{"points of a percentage", "Oppslutning: økt med 6 prosentpoeng til 81 %", "agreement?"},
		{"a fraction in words", "Share in favour: three quarters", "agreement=75"},
		{"a small part of a small whole", "Oppslutning: tre av fire", "agreement=75"},
		{"do not know", "Møte holdt: vet ikke", ""},
		{"boxes without a colon", "Đã họp dân  ( ) Không  (x) Có", "met=true"},
		{"a date that was put off from another", "Opened on: 4 July 2026 (postponed from 20 June 2026)", "opened=2026-07-04"},
		{"an approved budget beside accounts", "Item\tApproved budget\tAccounts\nGrant received\t75 000\t60 000\nMembers\t88\t92", "grant=60000 members=92"},
		{"a unit in the corner", "kr'000\tBudsjett 2026\tRegnskap 2026\nTilskudd\t75\t60\nAntall medlemmer\t88\t92", "grant=60000 members=92"},
		{"halves of a year", "\t1. halvår\t2. halvår\tHele 2026\nAntall medlemmer\t38\t44\t44\nAntall husstander\t20\t30\t50", "households=50 members=44"},
		{"days with the name of a month", "Figures at\t31 Dec 2025\t30 Nov 2026\nMembers\t64\t69\nHouseholds taking part\t5\t6", "households=6 members=69"},
		{"days behind a word", "\tPer 31.12.2025\tPer 31.10.2026\nAntall medlemmer\t92\t101\nAntall husstander\t3\t4", "households=4 members=101"},
		{"an amount in brackets", "Item\tResult\nGrant received\t(1,350)\nMembers\t54", "grant=-1350 members=54"},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}

// Yes and no are read by what is marked, whichever side of its word a box is on.
func TestAnswersByTheirBoxes(t *testing.T) {
	rs := loadTableRules(t)
	for _, c := range []struct{ name, text, want string }{
		{"boxes before their words", "Đã họp dân: ☐ Có ☒ Không", "met=false"},
		{"boxes behind their words", "Đã họp dân: Có ☒ Không ☐", "met=true"},
		{"the second of boxes behind their words", "Møte holdt: Ja ☐ Nei ☑", "met=false"},
		{"brackets before their words", "Meeting held: [x] yes [ ] no", "met=true"},
		{"brackets behind their words", "Meeting held: yes (x) no ( )", "met=true"},
		{"black and white squares", "Đã họp dân: ■ Có □ Không", "met=true"},
		{"none ticked", "Møte holdt: ☐ Ja ☐ Nei", ""},
		{"both ticked", "Møte holdt: ☒ Ja ☒ Nei", "met?"},
		{"a box of which the side is unclear", "Møte holdt: Ja ☒ Nei", "met?"},
		{"a question mark behind the label", "Meeting held? ☑ Yes ☐ No", "met=true"},
		{"options on lines of their own", "Møte holdt:\n☐ Ja\n☒ Nei\nAntall medlemmer: 3", "members=3 met=false"},
		{"a box before the label", "☒ Møte holdt\n☐ Noe annet", "met=true"},
		{"an empty box before the label", "☐ Møte holdt\n☒ Noe annet", ""},
		{"an answer that is none", "Đã họp dân: chưa rõ", ""},
		{"an answer that is not known", "Meeting held: not known", ""},
		{"a plain answer", "Møte holdt: nei", "met=false"},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}

const paperRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  minutes: { type: document, looks_like: { vi: [Biên bản họp], nb: [Møtereferat, Referat], en: [Minutes] } }
  accounts: { type: document, looks_like: { vi: [Báo cáo tài chính], nb: [Årsregnskap], en: [Annual accounts] } }
criteria:
  - { id: c, title: { en: C }, max: 10, evidenced: [ { any: [trees], points: 10 } ] }
bands: { recommended: total >= 1 }
order: [ total, dossier ]
`

// A paper is in the dossier if its text is, not if its name is.
func TestPapersThatAreOnlyNamed(t *testing.T) {
	rs, err := Load("rules/test.yaml", []byte(paperRules), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const body = "\nThe meeting was held on 3 May 2026 in the hall. All those present agreed to the proposal, and the work was shared out.\n"
	for _, c := range []struct{ name, text, want string }{
		{"a paper with its text", "MINUTES" + body, "minutes=true"},
		{"two papers one after the other", "MINUTES" + body + "ANNUAL ACCOUNTS\nIncome 400\nExpenses 300\nBalance 100\n", "accounts=true minutes=true"},
		{"a list of enclosures", "Søknad om tilskudd til arbeidet vårt.\nVedlegg:\n1. Møtereferat\n2. Årsregnskap\n", ""},
		{"a list of enclosures in Vietnamese", "Kính gửi Ủy ban nhân dân xã.\nKèm theo:\n- Biên bản họp\n- Báo cáo tài chính\n", ""},
		{"a paper behind a list that names it", "Attachments:\nMinutes\nAnnual accounts\n\nMINUTES" + body + "Trees were planted along the whole road by forty people in two days, and all of them live.", "minutes=true"},
		{"a paper that is not applicable", "Annual accounts: not applicable\nWe are a new association and have none yet.", ""},
		{"a paper that there is none of", "Biên bản họp: không có\nChúng tôi xin bổ sung các giấy tờ khác.", ""},
		{"a paper that is missing", "Årsregnskap: ikke aktuelt\nVi er et nytt lag uten regnskap for i fjor.", ""},
		{"a paper that will be sent", "Årsregnskap ettersendes i mars.\nVi takker for tålmodigheten med oss alle.", ""},
		{"a paper that is promised", "Minutes will be sent after the meeting.\nWe thank you for your patience with us.", ""},
		{"a paper that a form asks for", "Minutes attached: yes\nHouseholds taking part: 12\nRegistered on: 3 May 2026\n", ""},
		{"a sentence that names it", "We enclose the minutes and the annual accounts with this letter to you.", ""},
		{"a title with an empty page", "ANNUAL ACCOUNTS\n", ""},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}
