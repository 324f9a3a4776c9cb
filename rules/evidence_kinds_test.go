package rules

import (
	"testing"

	"kheo/internal/dossier"
)

// answer is which of the three answers a passage gets.
type answer string

const (
	counts    answer = "counts"
	uncertain answer = "is uncertain"
	countsNot answer = "does not count"
)

// judged assesses texts, each a paper of one dossier, with the ruleset of the attacks and returns the criterion. The
// first campaign year is 2026, and the dossier's own unit is Elmford, Lundby kommune or Xã Đại An by the language.
func judged(t *testing.T, lang, criterion string, texts ...string) dossier.Criterion {
	t.Helper()
	rs := attackRules(t)
	d := &dossier.Dossier{ID: "d"}
	for i, text := range texts {
		page := dossier.Page{Number: 1, Text: text, Quality: 1, Language: lang}
		d.Documents = append(d.Documents, dossier.Document{Name: string(rune('a'+i)) + ".txt", Type: "text/plain", Pages: []dossier.Page{page}})
	}
	a := rs.Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Unit: lang}})
	for _, c := range a.Criteria {
		if c.ID == criterion {
			return c
		}
	}
	t.Fatalf("no criterion %s", criterion)
	return dossier.Criterion{}
}

func answerOf(c dossier.Criterion) answer {
	switch {
	case c.Points > 0:
		return counts
	case len(c.Uncertain) > 0:
		return uncertain
	}
	return countsNot
}

func TestKindsOfClaimsInThreeLanguages(t *testing.T) {
	for _, c := range []struct {
		kind, lang, criterion, text string
		want                        answer
	}{
		{"a plain result", "en", "training", "We trained 40 people in May.", counts},
		{"a plain result", "nb", "training", "Vi kurset 40 personer i mai.", counts},
		{"a plain result", "vi", "training", "Xã ta đã tập huấn cho 40 người trong tháng 5.", counts},
		{"a year is no number", "en", "training", "The volunteers were trained in 2026.", countsNot},
		{"a year is no number", "nb", "training", "De frivillige ble kurset i 2026.", countsNot},
		{"a year is no number", "vi", "training", "Các hội viên đã được tập huấn năm 2026.", countsNot},
		{"a date is no number", "en", "training", "The volunteers were trained on 12 May.", countsNot},
		{"a date is no number", "nb", "training", "De frivillige ble kurset 12. mai.", countsNot},
		{"a date is no number", "vi", "training", "Các hội viên đã được tập huấn ngày 12/5.", countsNot},
		{"an ordinal is no number", "en", "training", "The volunteers were trained for the 3rd time.", countsNot},
		{"an ordinal is no number", "nb", "training", "De frivillige ble kurset etter vedlegg nr. 7.", countsNot},
		{"an ordinal is no number", "vi", "training", "Các hội viên đã được tập huấn theo phụ lục 7.", countsNot},
		{"a figure in words is one", "en", "safer", "Thefts were reduced by a third.", counts},
		{"a figure in words is one", "nb", "safer", "Antall tyverier gikk ned med en tredel.", counts},
		{"a figure in words is one", "vi", "safer", "Số vụ trộm giảm một phần ba.", counts},
		{"the month of May", "en", "joined", "In May we saw that 60 people joined.", counts},
		{"another sense", "en", "built", "The year built trust between neighbours.", countsNot},
		{"another sense", "nb", "built", "Året bygget tillit mellom naboene.", countsNot},
		{"another sense", "vi", "built", "Xã ta đã xây dựng lòng tin trong nhân dân.", countsNot},
		{"an apposition", "en", "built", "There is a playground now, built by fathers.", counts},
		{"a pronoun", "en", "built", "The hall was long planned. In May it was opened.", counts},
		{"a joined word", "nb", "built", "Idrettshallen ble åpnet i mai.", counts},
		{"only verb of its clause", "en", "training", "The course for 40 people was cancelled.", countsNot},
		{"only verb of its clause", "nb", "training", "Kurset for 40 personer ble avlyst.", countsNot},
		{"only verb of its clause", "vi", "training", "Lớp tập huấn cho 40 người bị hủy.", countsNot},
		{"a time to come", "en", "joined", "In three years' time 200 people have joined.", countsNot},
		{"a time to come", "nb", "joined", "Om tre år har 200 personer deltatt, og 200 deltok.", countsNot},
		{"a time to come", "vi", "joined", "Ba năm nữa, 200 người đã tham gia.", countsNot},
		{"none opens the sentence", "en", "joined", "Not one of the 52 who joined went home without a gift.", uncertain},
		{"said behind the quotation", "en", "joined", "\"No fewer than 310 people joined the walk on Sunday,\" our reporter writes.", counts},
		{"said behind the quotation", "nb", "joined", "«Hele 310 personer deltok søndag i lyktevandringa i bygda», skriver avisa.", counts},
		{"a body that is another", "en", "funds", "Ripon Council raised £3,000.", countsNot},
		{"a body that is another", "nb", "funds", "Vestby kommune har spart 30 000 kroner.", countsNot},
		{"a body that is another", "vi", "funds", "Thành phố Long Khánh huy động 4 tỷ đồng.", countsNot},
		{"a bare name", "en", "funds", "Harrogate raised £40,000 for it.", uncertain},
		{"a bare name", "nb", "funds", "Moss har skaffet 400 000 kroner.", uncertain},
		{"the own unit", "en", "funds", "Elmford raised £40,000 for it.", counts},
		{"the own unit", "nb", "funds", "Lundby kommune har spart 400 000 kroner.", counts},
		{"the own unit", "vi", "funds", "Xã Đại An huy động được 40 triệu đồng.", counts},
		{"people, and no name", "en", "funds", "Volunteers raised £40,000 for it.", counts},
		{"people, and no name", "nb", "funds", "Foreldre har spart 40 000 kroner.", counts},
		{"taken over from us", "en", "spread", "Harwell has taken over our model.", counts},
		{"taken over from us", "nb", "spread", "Hemnes og Vefsn har overtatt løsningen fra oss.", counts},
		{"taken over from us", "vi", "spread", "Xã Hòa Tâm đã áp dụng mô hình của ta từ tháng 4.", counts},
		{"learned from elsewhere", "en", "spread", "We have taken over the model from the town of Oban.", countsNot},
		{"learned from elsewhere", "nb", "spread", "Vi har overtatt modellen fra Rana kommune.", countsNot},
		{"learned from elsewhere", "vi", "spread", "Xã ta học tập mô hình của xã Hòa Tâm.", countsNot},
		{"undone later", "en", "joined", "Forty-one people joined in May; all are back with us.", uncertain},
		{"a slogan", "vi", "safer", "Khẩu hiệu \"giảm vụ trộm\" treo ở 14 nơi.", countsNot},
		{"done to zero", "en", "joined", "There joined 0 of the 40.", countsNot},
		{"of an earlier year", "en", "training", "In 2023 we raised money, and 60 people were trained the year after.", countsNot},
		{"of an earlier year", "nb", "training", "I 2023 samlet vi inn penger, og året etter ble 60 personer kurset.", countsNot},
		{"another language's word", "en", "training", "Of the 40 in the hall all are well.", countsNot},
	} {
		if got := answerOf(judged(t, c.lang, c.criterion, c.text)); got != c.want {
			t.Errorf("%s, %s: %q %s, and not: %s", c.kind, c.lang, c.text, got, c.want)
		}
	}
}

// The same event in other words, or in another paper, is one.
func TestTheSameEventCountsOnce(t *testing.T) {
	for _, c := range []struct {
		name, lang string
		texts      []string
		finds      int
	}{
		{"in another paper", "en", []string{"In May the street collection raised £3,420.", "The street collection in May raised £3,420 for us."}, 1},
		{"in another paper", "nb", []string{"I mai har laget spart 34 200 kroner.", "Laget har i mai spart 34 200 kroner på dette."}, 1},
		{"in another paper", "vi", []string{"Tháng 5, xã ta quyên góp được 34.200.000 đồng.", "Xã ta trong tháng 5 đã quyên góp được 34.200.000 đồng cho quỹ."}, 1},
		{"two events", "en", []string{"In May the street collection raised £3,420.", "The autumn auction raised £1,115."}, 2},
		{"two events", "vi", []string{"Tháng 5, xã ta quyên góp được 34.200.000 đồng.", "Phiên chợ mùa thu quyên góp thêm 11.000.000 đồng."}, 2},
	} {
		if got := len(finds(t, c.lang, c.texts)); got != c.finds {
			t.Errorf("%s, %s: %d finds in %q, not %d", c.name, c.lang, got, c.texts, c.finds)
		}
	}
}

// finds returns the evidence for funds with a clue that counts five finds.
func finds(t *testing.T, lang string, texts []string) []dossier.Source {
	t.Helper()
	src := `ruleset: r
version: "1"
title: { en: R }
applies_to: { kind: model }
max_points: 10
criteria:
  - { id: funds, title: { en: Funds }, max: 10, evidenced: [ { any: { en: [raised], nb: [spart], vi: [quyên góp] }, with: money, points: 1, at_most: 5 } ] }
bands: { recommended: total >= 3 }
order: [ total, dossier ]
`
	d := &dossier.Dossier{ID: "d"}
	for i, text := range texts {
		page := dossier.Page{Number: 1, Text: text, Quality: 1, Language: lang}
		d.Documents = append(d.Documents, dossier.Document{Name: string(rune('a'+i)) + ".txt", Type: "text/plain", Pages: []dossier.Page{page}})
	}
	a := loadTest(t, src).Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Unit: "north"}})
	return a.Criteria[0].Evidence
}

// A purpose in the name of what is measured does not make the change of it a purpose.
func TestWhatAVietnameseChangeIsAbout(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       answer
	}{
		{"a purpose in the measure's name", "Lượt công nhân nghỉ làm để đi giấy tờ giảm 85%.", counts},
		{"what is left outside", "Xe để ngoài sân mất cắp giảm 100%.", counts},
		{"pesticide is no exception", "Lượng thuốc trừ sâu phải phun giảm 35% vì cả cánh đồng xuống giống cùng ngày.", counts},
		{"a purpose", "Xã lắp 12 camera để giảm 30% số vụ trộm.", countsNot},
		{"a purpose of others", "Chúng tôi mua máy để các hộ giảm 30% chi phí.", uncertain},
		{"all but", "Các loại phí đều giảm 10% trừ phí vệ sinh giảm 5%.", counts},
	} {
		src := `ruleset: r
title: { en: R }
applies_to: { kind: model }
max_points: 10
criteria: [ { id: r, title: { en: R }, max: 10, evidenced: [ { any: [giảm], points: 5, at_most: 1 } ] } ]
bands: { recommended: total >= 5 }
`
		page := dossier.Page{Number: 1, Text: c.text, Quality: 1, Language: "vi"}
		d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{{Name: "a.txt", Type: "text/plain", Pages: []dossier.Page{page}}}}
		a := loadTest(t, src).Assess(Read(d), Given{Identity: dossier.Identity{Kind: "model", Unit: "north"}})
		if got := answerOf(a.Criteria[0]); got != c.want {
			t.Errorf("%s %s, want that it %s: %q", c.name, got, c.want, c.text)
		}
	}
}
