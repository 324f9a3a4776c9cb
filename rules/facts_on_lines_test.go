package rules

import (
	"testing"

	"kheo/internal/dossier"
)

const looseRules = `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
facts:
  users: { type: count, unit: { nb: [brukere, personer] }, labels: { nb: [antall brukere med alarm, brukere av alarmen] } }
  files: { type: count, unit: { vi: [hồ sơ] }, labels: { vi: [số hồ sơ nộp trực tuyến, hồ sơ trực tuyến tiếp nhận] } }
  stalls: { type: count, unit: { vi: [quầy] }, labels: { vi: [số quầy bán rau sạch] } }
  cost: { type: money, currency: NOK, labels: { nb: [samlet kostnad], en: [grant received, paid to farmers] } }
  income: { type: money, currency: VND, labels: { vi: [tổng doanh thu] } }
  journeys: { type: count, unit: { en: [journeys, trips] }, labels: { en: [journeys made] } }
  singers: { type: count, unit: { nb: [sangere] }, labels: { nb: [antall sangere] } }
  gifts: { type: money, currency: USD, labels: { en: [gifts received] } }
  member: { type: yesno, labels: { en: [membership is open] } }
  sorted: { type: percent, labels: { vi: [tỷ lệ rác được phân loại] } }
  rate: { type: percent, labels: { vi: [tỷ lệ nộp hồ sơ qua mạng], en: [retention rate] } }
  opened: { type: date, labels: { nb: [oppstart, ordningen startet], en: [service launched, inauguration], vi: [ngày khánh thành, lễ phát động] } }
  product: { type: choice, options: { straw: { vi: [nấm rơm], nb: [grus], en: [bark] }, ear: { vi: [mộc nhĩ], nb: [kulvert], en: [rubber] }, none: { nb: [ingen], en: [no effect], vi: [không đổi] } }, labels: { vi: [sản phẩm chủ lực], nb: [hovedtiltak, effekt av tiltaket], en: [ground surface] } }
  agreed: { type: yesno, labels: { nb: [skriftlig avtale, samtykke fra foresatte], en: [insured, written agreement], vi: [có hồ sơ trễ hạn, hồ sơ trễ hạn, có hương ước] } }
criteria:
  - { id: c, title: { en: C }, max: 10, measured: users, steps: [ { from: 1, points: 10 } ] }
bands: { recommended: total >= 1 }
`

// Labels and values that are split into lines, told in other words, before or behind one another, or corrected, are
// read as they are meant, and what is of another year, planned, or of two sources is not.
func TestFactsWhoseLabelsArePartedOrInOtherWords(t *testing.T) {
	t.Parallel()
	rs, err := Load("rules/r.yaml", []byte(looseRules), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"a label in two lines above its value", "Brukere\nav alarmen\n58 personer\n\nOrdningen\nstartet\n1. juni 2026", "opened=2026-06-01 users=58"},
		{"a label with words beside its own", "Số hồ sơ đã nộp trực tuyến\n2.019 hồ sơ\nTỷ lệ nộp hồ sơ\nqua mạng\n77,25%", "files=2019 rate=77.25"},
		{"a label with its year", "Tổng doanh thu năm 2026\n2,1 tỷ đồng", "income=2100000000"},
		{"a label with another year", "Tổng doanh thu năm 2025\n2,1 tỷ đồng", ""},
		{"a label of a plan", "Planlagt samlet kostnad\nkr 50 000", ""},
		{"a question above its answer", "Når var det at ordningen startet?\n30. mai 2026", "opened=2026-05-30"},
		{"the first paragraphs of a page", "Brukere av alarmen\n\n64\n\nSamlet kostnad\n\nkr 130 000", "cost=130000 users=64"},
		{"an answer in the next sentence", "Whether we are insured? No, we are not: it was too dear.", "agreed=false"},
		{"an answer in Vietnamese", "Xã đã nộp bao nhiêu hồ sơ trực tuyến trong năm? Thưa anh, 900 hồ sơ.", "files=900"},
		{"a number before words of time", "Antall brukere med alarm var 27 ved utgangen av året.", "users=27"},
		{"a number that goes on", "Antall brukere med alarm var 27 flere enn ventet.", "users?"},
		{"syllables in another order", "Bộ phận đã tiếp nhận 1.286 hồ sơ trực tuyến.", "files=1286"},
		{"other words for number of", "Số lượng quầy bán rau sạch hiện nay là 96.", "stalls=96"},
		{"a verb for its noun", "Til sammen kostet tiltaket 388 000 kroner.", "cost=388000"},
		{"an amount before its label", "In total, NOK 37,900 was paid to the farmers.", "cost=37900"},
		{"numbers with their years", "Antall brukere med alarm var 12 i 2025 og 15 i 2026.", "users=15"},
		{"years before their numbers", "Số quầy bán rau sạch năm 2025 là 12, năm 2026 là 15.", "stalls=15"},
		{"only other years", "Antall brukere med alarm var 12 i 2024 og 15 i 2025.", ""},
		{"halves with the whole", "Tổng doanh thu 6 tháng đầu năm 310 triệu đồng, 6 tháng cuối năm 395 triệu đồng, cả năm 705 triệu đồng.", "income=705000000"},
		{"a correction", "Rettelse: Vi skrev at samlet kostnad var 457 000 kroner. Det riktige er 475 000.", "cost=475000"},
		{"two sources", "The retention rate is given as 88% on page 2 and 80% in the annex.", "rate?"},

		{"a date before its deed", "On June 3, 2026 we launched the service with one van.", "opened=2026-06-03"},
		{"a date before its noun in Vietnamese", "Ngày 26/3/2026, xã tổ chức lễ phát động tại nhà văn hóa.", "opened=2026-03-26"},
		{"a date of a meeting about it", "Den 3. mai 2026 drøftet styret saken før oppstart.", "opened?"},
		{"a date that was moved", "Oppstart var planlagt 21. august 2026, men ble utsatt til 18. september 2026.", "opened=2026-09-18"},
		{"a date that is only set", "Oppstart er berammet til 14. mai 2027.", ""},
		{"a date that is to come", "Ngày 10/01/2027 sẽ tổ chức lễ phát động.", ""},
		{"a date of the next one", "Oppstart for neste kull: 15. januar 2026", ""},
		{"a date of another year's", "Lễ phát động năm 2025 tổ chức ngày 8/3/2025.", ""},
		{"a schedule", "Fremdriftsplan: graving i vår, oppstart 15.10.2026.", "opened?"},

		{"an option before its label", "The parents chose bark as ground surface because rubber gets hot.", "product=straw"},
		{"an option that is the label", "Mộc nhĩ là sản phẩm chủ lực của tổ.", "product=ear"},
		{"an option behind a verb of choosing", "Som hovedtiltak valgte vi å legge ut grus.", "product=straw"},
		{"an option of each year", "Hovedtiltak var grus i 2025 og kulvert i 2026.", "product=ear"},
		{"another option in brackets", "Hovedtiltak: kulvert (2025: grus)", "product=ear"},
		{"an option that is none", "Effekten av tiltaket vurderes som ingen, dessverre.", "product=none"},
		{"all options, of which none is marked", "Hovedtiltak: grus / kulvert", ""},

		{"a deed between the verb and the label", "Vi har nå inngått en skriftlig avtale med sykehjemmet.", "agreed=true"},
		{"denied behind, with an adverb", "Noen skriftlig avtale har vi dessverre ikke.", "agreed=false"},
		{"denied no longer", "Skriftlig avtale har vi derimot ikke lenger, for huset er solgt.", "agreed=false"},
		{"a deed that is denied", "Samtykke fra foresatte er ikke hentet inn.", "agreed=false"},
		{"denied with the label's own word", "Trong năm không có hồ sơ nào trễ hạn.", "agreed=false"},
		{"had", "Thôn Hà Dục có hương ước riêng.", "agreed=true"},
		{"denied of some", "Ba hộ chưa có hương ước riêng.", "agreed?"},
		{"denied, with a year", "Năm 2026 thôn chưa có hương ước.", "agreed=false"},
		{"a fee with its adjective", "Altså er det en liten skriftlig avtale om leie.", "agreed=true"},
		{"a label that is a statement", "Membership is not open to all who live here.", "member=false"},
		{"not this but that", "Det er ikke femti, men trettiåtte brukere av alarmen.", "users=38"},
		{"not this but that behind its label", "Số quầy bán rau sạch không phải 145 mà là 154 quầy.", "stalls=154"},
		{"what it rose to", "I 2025 fikk vi 60 000 i samlet kostnad, i 2026 økte det til 85 000 kroner.", "cost=85000"},
		{"amounts of several years in a form", "Grant received: 2025 NOK 3,100, 2026 NOK 2,750", "cost=2750"},
		{"years and signs in a form", "Gifts received: 2025 $3,100, 2026 $2,750", "gifts=2750"},
		{"a comma that parts a currency from the next word", "Tổng doanh thu 95.000.000 đồng, phục vụ 33 hộ.", "income=95000000"},
		{"a share before what it is of", "Năm qua có 55% lượng rác được phân loại.", "sorted=55"},
		{"an amount without its currency", "Cả năm tổ tôi doanh thu được 400 triệu.", "income=400000000"},
		{"an adjective between number and label", "Vi har nå 122 aktive brukere med alarm.", "users=122"},
		{"another word for what is counted", "Members made 988 trips with us.", "journeys=988"},
		{"overdue ones", "Vẫn còn 2 hồ sơ trễ hạn.", "agreed=true files?"},
		{"a measure as the first header", "Measure\tFY 2025\tFY 2026\nGifts received ($000)\t10.2\t11.9\nTrips made\t8\t9", "gifts=11900 journeys=9"},
		{"a unit apart from its bracket", "Bus\tTrips made\tGifts received ($ thousand)\nJanuary to June 2026\t2140\t15\n" +
			"July to December 2026\t2575\t15\nTotal 2026\t4715\t30", "gifts=30000 journeys=4715"},
		{"a total headed by whole", "Route\tTrips made\nBlue\t5210\nGreen\t3880\nWhole service\t9090", "journeys=9090"},
		{"spring and autumn with the year", "Semester\tSangere\nVår 2026\t28\nHøst 2026\t33\nHele 2026\t34", "singers=34"},
		{"numbered questions with options below", "Câu hỏi 5. Sản phẩm chủ lực ở khu dân cư (đánh dấu một ô):\n☐ nấm rơm\n☒ mộc nhĩ\n" +
			"Câu hỏi 6. Số quầy bán rau sạch trong năm 2026?\nTrả lời: 174", "product=ear stalls=174"},
		{"a number with its unit and more than half of a label", "Tổ có 74 quầy bán rau rất sạch ở chợ.", "stalls=74"},
		{"a number with its unit alone", "Chợ này có 74 quầy.", "stalls?"},
		{"a number of people, who do anything", "Det var 74 personer på festen.", ""},
		{"two counts of a unit", "Chợ có 98 quầy, trong đó 40 quầy bán rau sạch.", "stalls?"},
		{"a year before its number", "I 2026 hadde vi 31 sangere.", "singers=31"},
		{"the greatest of several", "The largest single gift received was $900.", ""},
		{"a middle of several", "Gifts received were $90 on average.", ""},
		{"an answer to a question in other words", "How much did people give in gifts? We received $4,200.", "gifts?"},
		{"a share with most of its label", "Rác của xóm phân loại được 80%, theo lời tổ trưởng.", "sorted=80"},
		{"an amount that was asked for", "We applied for gifts of $4,200.", ""},
		{"what a sentence has wrong", "Tổng doanh thu ghi ở biểu 02 (45 triệu đồng) là nhầm, đề nghị sửa thành 54 triệu đồng.", "income=54000000"},
		{"a right number behind a semicolon", "Antall sangere ble først oppgitt til 45; riktig tall er 54.", "singers=54"},
		{"what ought to be, and no amendment", "Antall sangere er 45, og målet er at vi skal være 60.", "singers?"},
		{"what ought to be, and no amendment", "We made 800 journeys, and there should be 900 journeys.", "journeys?"},
		{"what ought to be done with it", "Gifts received were $4,200, which should be spent by May on 30 chairs costing $900.", "gifts=4200"},
		{"words of agreement", "Tổng doanh thu 45 triệu đồng, đúng là hơn năm ngoái 5 triệu đồng.", "income=45000000"},
		{"what ought to be where something is wrong", "Feil i rapporten: antall sangere er 45, skal være 54.", "singers=54"},
		{"a plan of a year", "Antall sangere i 2026 skal være 60.", ""},
		{"the year's beginning and another thing at its end", "Đầu năm tổng doanh thu 1.900 triệu đồng, cuối năm chi 60 triệu đồng.", "income?"},
		{"the year's beginning and another thing now", "Gifts received at the start of the year were $900, now we pay $40 for the hall.", "gifts?"},
		{"the year's beginning and a plan for its end", "Ved årets start var antall sangere 30, ved utgangen av året skal vi være 60.", "singers=30"},
		{"a share of something else", "Phân loại rác được 80% người dân ủng hộ.", "sorted?"},
		{"the year's beginning and end", "Đầu năm tổng doanh thu 1.900 triệu đồng, cuối năm còn 1.760 triệu đồng.", "income=1760000000"},
		{"what is in place", "Written agreement is in place.", "agreed=true"},
		{"what is to be asked", "Foresatte skal spørres om samtykke ved neste foreldremøte.", ""},
		{"a header above empty cells", "Punkt\tAntall sangere\t\tNoter\n\t2025\t2026\t2026\nKoret\t28\t31\t9", "singers=31"},
		{"halves under a header", "Place\tJourneys made\t\tDrivers\n\tJan-Jun\tJul-Dec\t2026\nBus\t1155\t1290\t4", "journeys?"},
		{"a sister club's", "Our sister club has a written agreement.", ""},
		{"a neighbour's", "The club next door has a written agreement.", ""},
		{"a date to come in other words", "The service is to be launched on 1 March 2026.", ""},
		{"a number that is asked for", "Chợ có sức chứa 74 quầy.", ""},
		{"a derived number in two ways", "Chợ có 88 quầy bán rau sạch. Chợ ấy có 98 quầy bán rau sạch.", "stalls?"},
	} {
		states(t, rs, c.name, c.text, c.want)
	}
}

// The cells of a row that state their year are its values, and not headers; answers of years that nothing names are not
// told apart.
func TestCellsThatTellTheirYear(t *testing.T) {
	t.Parallel()
	rs, err := Load("rules/r.yaml", []byte(looseRules), tableEnv(), nil)
	if err != nil {
		t.Fatal(err)
	}
	pg := inBlocks("Số quầy bán rau sạch\tNăm 2025: 22\tNăm 2026: 29\nTổng doanh thu\tNăm 2025: 180 triệu\tNăm 2026: 246,5 triệu\n"+
		"Có hương ước\tKhông\tCó", 0)
	r := Read(&dossier.Dossier{ID: "d", Documents: []dossier.Document{{Name: "d.docx", Pages: []dossier.Page{pg}}}})
	defer r.Close()
	if got, want := factsOf(rs.Assess(r, Given{Identity: dossier.Identity{Kind: "model"}})), "agreed? income=246500000 stalls=29"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}
