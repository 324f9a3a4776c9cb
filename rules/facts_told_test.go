package rules

import "testing"

const toldRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  hours: { type: count, unit: { nb: [timer], en: [hours] }, labels: { nb: [dugnadstimer], en: [volunteer hours] } }
  cases: { type: count, unit: { vi: [vụ] }, labels: { vi: [hòa giải thành, số vụ hòa giải thành] } }
  visitors: { type: count, unit: { nb: [besøkende], en: [visitors] }, labels: { nb: [besøkende], en: [visitors] } }
  joined: { type: count, unit: { vi: [hội viên], en: [members, member] }, labels: { vi: [số hội viên], en: [number of members] } }
  points: { type: count, unit: { vi: [điểm] }, labels: { vi: [hội đồng chấm] } }
  poor: { type: percent, labels: { vi: [tỷ lệ hộ nghèo], nb: [andel fattige], en: [completed the course] } }
  donations: { type: money, currency: EUR, labels: { en: [donations, local donations] } }
  wage: { type: money, currency: EUR, labels: { en: [weekly wage] } }
  planned: { type: yesno, labels: { vi: [đã được phê duyệt, được Đảng ủy phê duyệt], nb: [handlingsplan], en: [racks installed] } }
  costs: { type: money, currency: NOK, labels: { nb: [kostnader i alt], en: [amount of grant] } }
  mended: { type: count, unit: { nb: [varslere], en: [items] }, labels: { nb: [varslere montert], en: [items repaired, repaired] } }
  consulted: { type: yesno, labels: { vi: [lấy ý kiến nhân dân], nb: [gjennomført øvelse], en: [passed the inspection, meets the standard] } }
  risk: { type: choice, options: { high: { nb: [høy] }, low: { nb: [lav] } }, labels: { nb: [vurdert risiko, risikonivå] } }
  rating: { type: choice, options: { good: { vi: [tốt], en: [Good] }, top: { vi: [xuất sắc], en: [Outstanding] } }, labels: { vi: [xếp loại], en: [overall rating] } }
criteria:
  - { id: c, title: { en: C }, max: 10, measured: hours, steps: [ { from: 1, points: 10 } ] }
bands: { recommended: total >= 1 }
`

// What running text says beside, before and around a label is read as it is meant, or not at all.
func TestFactsThatAreToldWithoutForms(t *testing.T) {
	rs, err := Load("rules/r.yaml", []byte(toldRules), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"a number before its label", "Det ble lagt ned 114 dugnadstimer.", "hours=114"},
		{"a number in words before its label", "They gave three thousand one hundred and fifty volunteer hours.", "hours=3150"},
		{"not the number behind it", "With 600 volunteer hours we stayed below 3 million dong.", "hours=600"},
		{"a plan before its label", "Next year we will give 300 volunteer hours.", ""},
		{"some in English", "A number of members came.", ""},
		{"an article", "A member helped.", ""},
		{"some in Vietnamese", "Có một số hội viên chưa nộp.", ""},
		{"in the name of a kind of company", "Công ty TNHH một hội viên.", ""},
		{"few in words", "Two members came.", "joined?"},
		{"a year behind a label is no count", "Kafeen hadde mange besøkende i 2026.", ""},
		{"a year behind a label with its count", "Kafeen hadde 412 besøkende i 2026.", "visitors=412"},
		{"another year before a number", "I 2025 hadde vi 390 besøkende, i 2026 steg det til 455 besøkende.", "visitors=455"},
		{"a share before its label", "Of these, 70 per cent completed the course.", "poor=70"},
		{"an amount before its label", "We raised €10,700 in donations.", "donations=10700"},
		{"two amounts in a clause", "Local donations stood at €30,000 in spring and have now reached €33,500.", "donations?"},
		{"a minimum", "The statutory minimum weekly wage is €290.", "wage?"},
		{"another year at the beginning", "Năm 2025 toàn xã tiếp nhận 40 vụ, hòa giải thành 29 vụ.", ""},
		{"values in an order", "Hai xã hòa giải thành lần lượt là 29 vụ và 40 vụ.", "cases?"},
		{"of a district", "Tỷ lệ hộ nghèo của huyện là 4,4%.", "poor?"},
		{"of another commune", "Xã bạn Bình Châu làm tốt, tỷ lệ hộ nghèo 1,2%.", ""},
		{"of a neighbour", "Nabokommunens klubb har en andel fattige på 55 %.", ""},
		{"a label that goes on to its colon", "Tổng kết năm. Tỷ lệ hộ nghèo cuối năm: 2,14%.", "poor=2.14"},
		{"dots to the value", "Tỷ lệ hộ nghèo ......... 2,5 %", "poor=2.5"},
		{"against a target", "So với mục tiêu 5% đề ra thì tỷ lệ hộ nghèo đạt 3,5%.", "poor=3.5"},

		{"points behind a verb of scoring", "Năm 2026 hội đồng chấm 85 điểm; còn lại để trống.", "points=85"},
		{"money in thousands beside a count", "All sums in thousands of US dollars.\n\nItem\tFY2025\tFY2026\nIncome\t210\t187.4\n" +
			"Visitors (actual)\t31,008\t29,640", "visitors=29640"},
		{"options in cells of a row among others", "Xếp loại:\t☐ Tốt\t☒ Xuất sắc\nĐơn vị:\tA\nNăm:\t2026", "rating=top"},

		{"told as done", "Phương án đã được phê duyệt.", "planned=true"},
		{"told as not done", "Hồ sơ vẫn chưa được Đảng ủy phê duyệt.", "planned=false"},
		{"told as to come", "Hồ sơ sẽ được Đảng ủy phê duyệt.", ""},
		{"told as missing", "Kontrollen er gjort. Handlingsplan mangler.", "planned=false"},
		{"told as there", "Kontrollen er gjort. Handlingsplan foreligger.", "planned=true"},
		{"only named", "Styret snakket om handlingsplan og om været.", "planned?"},
		{"not there", "No racks installed so far.", "planned=false"},
		{"not enclosed is no answer", "Handlingsplan: se vedlegg 3 (ikke vedlagt).", ""},
		{"an item to tick", "- Đã được phê duyệt\n- Đã công bố", ""},
		{"an option that is linked", "The overall rating was Outstanding, and retention rose.", "rating=top"},
		{"an option that goes on", "The overall rating was Good enough for us.", "rating?"},
		{"an option that is wished", "We hope that the overall rating will be Good.", ""},
		{"an option in Vietnamese", "Với số điểm này, đơn vị được xếp loại tốt, không phải xuất sắc.", "rating=good"},
		{"an option of another year", "Năm 2025 đơn vị được xếp loại tốt.", ""},
		{"a label with its words in other forms", "Kostnadene kom i alt på nittito tusen kroner.", "costs=92000"},
		{"a label with words between its own", "The amount of the first grant was NOK 275,000.", "costs=275000"},
		{"a label around its number", "I løpet av 2026 ble det montert 88 nye varslere hos eldre.", "mended=88"},
		{"a label in other forms that is denied", "Vi har ikke montert 88 nye varslere hos eldre.", "mended?"},
		{"a label in other forms of another year", "I løpet av 2025 ble det montert 88 nye varslere hos eldre.", ""},
		{"a part whose unit is named before", "Of 150 items brought in, 117 were repaired by us.", "mended=117"},
		{"the part before a slash", "We had 130/145 items repaired this spring.", "mended=130"},
		{"a number with its unit before a label that has none", "In the spring 318 items repaired by us went home.", "mended=318"},
		{"where a number came from", "It went well: 78% completed the course, up from 69% in 2025.", "poor=78"},
		{"said in the past", "Vi gjennomførte en øvelse i mai, og den gikk bra.", "consulted=true"},
		{"denied among its words", "Thôn chưa lấy được ý kiến của nhân dân trước khi làm.", "consulted=false"},
		{"denied before its words", "The kitchen has not passed the hygiene inspection yet.", "consulted=false"},
		{"a statement of its own", "The new ramp meets the standard of the county.", "consulted=true"},
		{"denied of some", "Not every one of the ramps passed the inspection in May.", "consulted?"},
		{"an aim", "We aim to have passed the inspection by June.", ""},
		{"an option in another form", "Risikonivået er vurdert som høyt på grunn av tett bebyggelse.", "risk=high"},
		{"an option behind a label in another form", "Etter tiltakene er den vurderte risikoen lav.", "risk=low"},
		{"an option of last year", "Risikonivået ble satt til høy i fjor.", ""},
		{"an aim that opens a sentence", "Phấn đấu trong năm 2026 hòa giải thành đạt 40 vụ, tỷ lệ hộ nghèo đạt 3%.", ""},
		{"of all the country", "Stevnet ble holdt i Bergen med 1 400 besøkende fra hele landet.", "visitors?"},
		{"what went up to a number", "Antallet besøkende gikk opp til 4 975.", "visitors=4975"},
		{"boxes behind a question", "It is done. Racks installed? ☐ No ☒ Yes", "planned=true"},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}

// A value that is near to certain is asked about if another one may well be meant.
func TestAValueBesideAnotherLikelyOneIsAsked(t *testing.T) {
	t.Parallel()
	rs, err := Load("rules/r.yaml", []byte(`ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  boats: { type: count, unit: { en: [boats] }, labels: { en: [boats repaired for members] } }
criteria:
  - { id: c, title: { en: C }, max: 10, measured: boats, steps: [ { from: 1, points: 10 } ] }
bands: { recommended: total >= 1 }
`), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	states(t, rs, "two", "In spring there were 12 boats of members. In autumn there were 19 boats of members.", "boats?")
	states(t, rs, "in other words", "We repaired 19 boats for our members.", "boats=19")
}
