package rules

import "testing"

// asideRules has facts whose values stand beside numbers of something else: members beside those who came or left.
const asideRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  members: { type: count, unit: { vi: [hội viên], nb: [medlemmer, medlem], en: [members, member] }, labels: { vi: [số hội viên], nb: [antall medlemmer, medlemmer], en: [number of members, members] } }
  party: { type: count, unit: { vi: [đảng viên] }, labels: { vi: [số đảng viên, tổng số đảng viên] } }
  present: { type: count, unit: { en: [delegates] }, labels: { en: [delegates present] } }
  trees: { type: count, unit: { vi: [cây], nb: [trær], en: [trees] }, labels: { vi: [số cây trồng], nb: [antall trær plantet], en: [number of trees planted, trees planted] } }
  loans: { type: count, unit: { en: [loans] }, labels: { en: [books lent out] } }
  founded: { type: date, labels: { vi: [ngày thành lập, thành lập], nb: [stiftet], en: [founded, date of foundation] } }
  gifts: { type: money, currency: USD, labels: { en: [gifts received], vi: [tiền ủng hộ], nb: [gaver mottatt] } }
  wastage: { type: percent, labels: { en: [vaccine wastage] } }
  teachers: { type: count, unit: { vi: [giáo viên] }, labels: { vi: [số giáo viên đạt chuẩn] } }
criteria:
  - { id: c, title: { en: C }, max: 10, measured: members, steps: [ { from: 1, points: 10 } ] }
bands: { recommended: total >= 1 }
`

// How many joined, left or came, or are of a board, is not how many members there are: people are asked.
func TestNumbersOfSomethingElseAreAsked(t *testing.T) {
	rs, err := Load("rules/r.yaml", []byte(asideRules), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"of another body", "We thank the 9 members of the board for their work.", "members?"},
		{"of a council", "Twelve members of the parish council came to see the hall.", "members?"},
		{"of a body by its name", "The hall has 40 members of the Lions Club.", "members?"},
		{"a board", "Styret har 5 medlemmer.", "members?"},
		{"a committee in Vietnamese", "Ban chấp hành gồm 9 hội viên.", "members?"},
		{"new ones", "The club welcomed 12 new members this year.", "members?"},
		{"some left", "I løpet av året har 12 medlemmer sluttet.", "members?"},
		{"some were admitted", "Chi bộ đã kết nạp mới 12 đảng viên.", "party?"},
		{"behind a colon", "Kết nạp: 12 đảng viên.", "party?"},
		{"a trip", "Teambuilding: 11 medlemmer", "members?"},
		{"at the meeting", "31 medlemmer var til stede på årsmøtet.", "members?"},
		{"at the meeting in English", "11 members were present.", "members?"},
		{"at the meeting in Vietnamese", "Có mặt: 25 đảng viên.", "party?"},
		{"at the meeting, behind the label", "Antall medlemmer på årsmøtet: 31", "members?"},
		{"the number of an item", "Item 15 members' proposals.", "members?"},
		{"women", "12 members are women.", "members?"},
		{"young ones", "Klubben har 12 medlemmer under 26 år.", "members?"},
		{"honoured ones", "Có 4 đảng viên hoàn thành xuất sắc nhiệm vụ.", "party?"},
		{"who did something", "3 members drove the bus.", "members?"},

		{"all", "Korpset har 45 medlemmer.", "members=45"},
		{"all, beside a change", "Laget har 145 medlemmer, og 12 medlemmer sluttet.", "members=145"},
		{"all, beside those who came", "Laget har 145 medlemmer. Det møtte 31 medlemmer på årsmøtet.", "members=145"},
		{"all in English", "At the end of the year we had 145 members.", "members=145"},
		{"all, with a part", "Hiện nay chi bộ có 25 đảng viên, trong đó 7 đảng viên nữ.", "party=25"},
		{"all in sum", "Tổng số 25 đảng viên.", "party=25"},
		{"on a day", "pr. 31.12.2026 hadde laget 145 medlemmer.", "members=145"},
		{"on a day behind it", "Laget hadde 145 medlemmer pr. 31.12.2026.", "members=145"},
		{"for each", "Hver gruppe hadde 145 medlemmer per lag.", ""},
		{"those who came are asked for", "45 delegates were present.", "present=45"},

		{"of a named place", "In spring the vaccine wastage in Lotu Town was 6%.", "wastage?"},
		{"in the commune", "Vaccine wastage in the commune was 6%.", "wastage=6"},
		{"mended in the next part", "Báo cáo hồi tháng 6 ghi 52 giáo viên đạt chuẩn; con số này tính nhầm, đúng ra là 46 giáo viên.", "teachers=46"},

		{"a feast", "Hội thảo kỷ niệm 25 năm thành lập ngày 31/12/2018 tại huyện.", ""},
		{"a feast in English", "We celebrated the 25th anniversary of the date of foundation on 31 December 2018.", ""},
		{"the founding beside a feast", "The 25th anniversary of the club, founded on 31 December 1993, was celebrated on 31 December 2018.", "founded=1993-12-31"},

		{"in memory of a day", "Kỷ niệm ngày 30/4/1975, xã đã trồng 500 cây.", "trees=500"},
		{"under a law", "Theo Luật Lâm nghiệp năm 2017, xã đã trồng 500 cây.", "trees=500"},
		{"under a law in English", "Under the Forestry Act of 1967 we planted 500 trees.", "trees=500"},
		{"of an earlier year", "In 2019 we planted 500 trees.", ""},

		{"an amount of something else", "Gifts received were many, and we spent $900 on cake.", "gifts?"},
		{"an amount of a bill", "The gifts received at the fair were counted twice and the bill was $300.", "gifts?"},
		{"a time of day", "The meeting started at 18:30 on 31.12.2026 and members were happy.", ""},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}

// oddRules has facts beside whose labels papers write years, references and other numbers.
const oddRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  events: { type: count, unit: { nb: [arrangementer], en: [events], vi: [hoạt động] }, labels: { nb: [antall arrangementer, arrangementer], en: [events], vi: [số hoạt động] } }
  present: { type: count, unit: { nb: [deltakere], en: [participants] }, labels: { nb: [deltakere, til stede], en: [present] } }
  members: { type: count, unit: { en: [members] }, labels: { en: [members] } }
  result: { type: money, currency: NOK, labels: { nb: [resultat, årsresultat] } }
  spent: { type: money, currency: GBP, labels: { en: [total expenditure] } }
  founded: { type: year, labels: { nb: [stiftet], en: [founded in] } }
criteria:
  - { id: c, title: { en: C }, max: 10, measured: members, steps: [ { from: 1, points: 10 } ] }
bands: { recommended: total >= 1 }
`

// Years, references, parts of dates, entries of a list and amounts of a narrower line are asked about.
func TestNumbersThatLookLikeOthersAreAsked(t *testing.T) {
	rs, err := Load("rules/r.yaml", []byte(oddRules), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"a heading and a year", "Arrangementer\n\nVår 2017\n", "events?"},
		{"a count as large", "Antall arrangementer: 2017 arrangementer", "events=2017"},
		{"a reference", "Til stede: Liste i vedlegg 1", "present?"},
		{"the number in the place of the value", "Til stede: totalt 31", "present=31"},
		{"new ones behind the label", "Members: 6 new members", "members?"},
		{"all behind the label", "Members: 46 members", "members=46"},
		{"an entry of a list", "Scavenger hunt 13. oktober - 4 deltakere", "present?"},
		{"a narrower line", "Resultat av finanskostnader\t-725", "result?"},
		{"the line itself", "Årsresultat\t40 365", "result=40365"},
		{"what was spent, as accounts write it", "Income and expenditure\nTotal Income\t41,648\nTotal Expenditure\t-31,382\n", "spent?"},
		{"an object behind the date", "Bitraf stiftet 18.03.2013 datterselskapet Byteraffineriet AS som et driftsselskap.", "founded?"},
		{"no object", "Laget ble stiftet i 1913 av lokale foreldre.", "founded=1913"},
		{"a day", "On 11/5/2025 the faculty and its events were a success.", ""},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}

// twoYearRules has facts of a campaign that opens in one year and closes in the next.
const twoYearRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  meeting: { type: date, labels: { nb: [dato for årsmøtet], en: [date of the annual meeting], vi: [ngày tổ chức đại hội] } }
  members: { type: count, unit: { nb: [medlemmer], en: [members], vi: [hội viên] }, labels: { nb: [antall medlemmer], en: [number of members], vi: [số hội viên] } }
  participants: { type: count, unit: { nb: [deltakere, personer] }, labels: { nb: [antall deltakere, deltakere i alt] } }
  staff: { type: count, unit: { vi: [cán bộ, giáo viên, nhân viên] }, labels: { vi: [tổng số cán bộ giáo viên nhân viên, số nhân viên] } }
  gifts: { type: count, unit: { vi: [suất, suất quà, phần quà, suất học bổng] }, labels: { vi: [số suất quà, số phần quà đã tặng, số suất học bổng] } }
  rank: { type: choice, labels: { vi: [xếp loại], en: [rating] }, options: { excellent: { vi: [xuất sắc], en: [excellent] }, good: { vi: [tốt], en: [good] } } }
  held: { type: date, labels: { vi: [ngày tổ chức] } }
criteria:
  - { id: c, title: { en: C }, max: 10, measured: members, steps: [ { from: 1, points: 10 } ] }
bands: { recommended: total >= 1 }
`

// Dates of the year in which a campaign closes are not to come, and values of something else are asked about.
func TestValuesOfACampaignOfTwoYears(t *testing.T) {
	env := tableEnv()
	env.Opens, env.Closes = "2015-07-01", "2016-06-30"
	rs, err := Load("rules/r.yaml", []byte(twoYearRules), env, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"the opening year", "Årsmøtet var 5.9.2015.", "meeting?"},
		{"the closing year", "Årsmøtet var 5.2.2016.", "meeting?"},
		{"to come", "Årsmøtet var 5.2.2017.", ""},
		{"up to now", "Vi har per dags dato 26 medlemmer.", "members=26"},
		{"up to now, shortened", "Vi har pr. dags dato 26 medlemmer.", "members=26"},
		{"up to now, behind it", "Vi har 26 medlemmer til dags dato.", "members=26"},
		{"for each day", "Vi har 26 medlemmer per dag.", ""},
		{"signers", "Valg av 2 personer til å undertegne protokoll", "participants?"},
		{"signers in a sentence", "Valg av 2 personer til å undertegne protokollen.", "participants?"},
		{"a share", "Đầu nhiệm kỳ có 4.568/5.610 cán bộ, hội viên, quần chúng đăng ký thực hiện.", "staff?"},
		{"marks of some", "Nhà trường có 22 thầy cô xếp loại Tốt; tập thể đoàn kết.", "rank?"},
		{"marks of a list of people", "Năm học này có 20 cán bộ, giáo viên, nhân viên xếp loại Tốt.", "rank? staff=20"},
		{"marks of a numbered group", "Chi bộ 3 xếp loại Tốt.", "rank=good"},
		{"marks of the unit", "Năm 2016 đơn vị xếp loại Tốt.", "rank=good"},
		{"a noun", "Ngày 27/02/2016 UBND tỉnh quyết định về tổ chức bộ máy.", "held?"},
		{"a verb", "Ngày 27/02/2016 xã tổ chức hội thi.", "held=2016-02-27"},
		{"two kinds", "Vận động trên 1.900 phần quà cho các hộ khó khăn và 730 suất học bổng cho thiếu nhi.", "gifts?"},
		{"a day without a year", "Ngày 16/11, trường tổ chức lễ.", "held?"},
		{"a weekday without a year", "Onsdag 11. mars avholdt foreningen årsmøte.", "meeting?"},
		{"grown", "Our membership has grown from 107 in 2015 to 118 members.", "members=118"},
		{"grown, without the unit", "Our number of members has grown from 107 in 2015 to 118.", "members=118"},
		{"grown, with the unit of the first", "Membership grew from 107 members in 2015 to 118.", "members=118"},
		{"grown from an earlier year", "We have grown from 107 members in 2014 to 118 members.", "members=118"},
		{"to grow", "We plan to grow from 107 members in 2015 to 118 members.", ""},
		{"a share and a day", "Ngày hội có 5/10 chi hội tổ chức.", ""},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}
