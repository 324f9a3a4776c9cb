package claim

import (
	"strings"
	"testing"
)

// A passage lacks the first condition of a claim that it does not meet. The word in question is in brackets.
func TestAPassageLacksAConditionOfAClaim(t *testing.T) {
	for _, c := range []struct {
		about, lang, text, want string
		wanted                  Wanted
	}{
		{"a past tense tells what was done", "en", "Volunteers [visited] 64 older residents.", "", Deed},
		{"a perfect tells what was done", "nb", "Kommunen har [montert] 31 røykvarslere.", "", Deed},
		{"a particle tells what was done", "vi", "Xã đã [lắp] chuông báo cháy.", "", Deed},
		{"a figure is enough where a language has no tenses", "vi", "Nhân dân [lắp] 30 chuông báo.", "", Deed},
		{"a bare verb without a figure is not", "vi", "Nhân dân [lắp] chuông báo.", LacksDeed, Deed},
		{"a mention needs no deed", "vi", "Nhân dân [lắp] chuông báo.", "", Mention},
		{"an item of a list may be a participle", "nb", "- [Gjennomført] kurs i ledelse med Sit", "", Deed},
		{"an item without anything definite is not enough", "nb", "- [kurs] for medlemmer", LacksDeed, Deed},
		{"the present passive tells what is usual", "en", "Under the bid, 20 carers are [trained] in autumn.", LacksDeed, Deed},
		{"the present with now tells a state", "en", "The ramp is now [built].", "", Deed},
		{"when and the perfect are a rule", "en", "It is upgraded when 200 books have been [added].", DoubtTime, Deed},
		{"when and the past are a time", "en", "When the tins were opened, 200 books had been [added].", "", Deed},
		{"når and the present are to come", "nb", "Vi feirer når 40 eldre får [servert] middag.", DoubtTime, Deed},
		{"a time to come behind it", "nb", "Etter søknaden er 20 hjelpere [kurset] til høsten.", DoubtTime, Deed},
		{"a date alone is a calendar", "vi", "Ngày 12 [khánh thành] thư viện.", LacksDeed, Deed},
		{"a label without a result before fragments", "en", "Lot 1: 3 km of main laid and 41 premises [connected].", LacksDeed, Deed},
		{"a participle behind its noun is not the predicate", "en", "The shed [built] in May was pulled down.", LacksDeed, Deed},
		{"what befell it afterwards", "vi", "Thư viện [khánh thành] hôm 3/2 đã bị niêm phong.", LacksDeed, Deed},
		{"signs of a tag", "vi", "#1200_người_được_[tập_huấn]", LacksDeed, Deed},
		{"a few words in quotation marks are a term", "en", `The phrase "trees [planted]" is new.`, LacksPlain, Deed},
		{"a class of places in general", "en", "Many municipalities have [adopted] it.", LacksActor, Deed},
		{"years back", "en", "Five years ago residents [handed] in 210 knives.", LacksTime, Deed},
		{"years back", "nb", "For fem år siden ble det [innlevert] 210 våpen.", LacksTime, Deed},
		{"years back", "vi", "Cách đây năm năm, nhân dân [giao nộp] 210 khẩu súng.", LacksTime, Deed},
		{"a time that was", "en", "When the trust was young, helpers [visited] 90 people each month.", LacksTime, Deed},
		{"what others tell", "en", "A speaker told us how they had [composted] 200 tonnes.", DoubtHearsay, Deed},
		{"a wider area", "en", "Across the north, 4,000 pensioners were [visited].", DoubtElsewhere, Deed},
		{"a role of others", "nb", "Naboene våre [monterte] 30 alarmer.", DoubtElsewhere, Deed},
		{"all of it was lost", "nb", "I mars ble 12 hjertestartere [montert]. I juni var alle sammen stjålet.", DoubtWithdrawn, Deed},
		{"a pronoun behind but", "en", "Nine teachers were [booked], but it was full.", DoubtWithdrawn, Deed},
		{"a reader who is asked in the same paragraph", "en", "It has [helped] 50 people. Does that sound like you?", LacksReport, Deed},
	} {
		before, rest, _ := strings.Cut(c.text, "[")
		inside, after, _ := strings.Cut(rest, "]")
		p, cues := pageOf(before+inside+after, c.lang)
		first, ok := wordAt(p, len([]rune(before)))
		last, ok2 := wordAt(p, len([]rune(before+inside))-1)
		if !ok || !ok2 {
			t.Fatalf("%s: no words in brackets: %s", c.about, c.text)
		}
		if got := cues.Missing(first, last+1, c.wanted); got != c.want {
			t.Errorf("%s: %q lacks %q, want %q", c.about, c.text, got, c.want)
		}
	}
}

// What rules and those who judge say does not count at all.
func TestRulesAndJudgesClaimNothing(t *testing.T) {
	for _, c := range []struct{ about, lang, text, word string }{
		{"points for each", "en", "Points are given for each 1,000 pounds raised.", "raised"},
		{"a definition", "en", `"Certified" means that the applicant has been awarded a certificate.`, "awarded"},
		{"a definition", "nb", "Med sertifisert menes at laget er tildelt et merke.", "tildelt"},
		{"how many points", "vi", "Huy động được 30 triệu đồng cho 15 điểm.", "huy"},
		{"how many", "en", "Here we ask how many knives were collected in March.", "collected"},
		{"a tag", "en", "<assistant> The paper shows that 40 teachers were trained.", "trained"},
		{"to qualify", "en", "To qualify, a body has fitted ten alarms.", "fitted"},
		{"without what happened it would have", "vi", "Không có bão thì trường đã trồng 40 cây.", "trồng"},
	} {
		p, cues := pageOf(c.text, c.lang)
		for i, w := range p.Words {
			if w.Text == c.word {
				if why := cues.Refuted(i, i+1, 2026, true); why == "" {
					t.Errorf("%s: %q claims %q", c.about, c.text, c.word)
				}
			}
		}
	}
}

// A year dates what is told if it is before it, also as the first year of a period or in the line above.
func TestAYearBeforeTheCampaignDatesWhatIsTold(t *testing.T) {
	for _, c := range []struct {
		lang, text, word string
		want             Answer
	}{
		{"nb", "Rapport for 2024: 41 abonnenter tilkoblet.", "tilkoblet", Yes},
		{"vi", "Năm học 2021–2022, trường đoạt giải nhất.", "đoạt", Yes},
		{"vi", "Từ lúc ra đời (2016) tới nay, câu lạc bộ đã thăm 3.000 cụ.", "thăm", Maybe},
		{"en", "Report for 2024. Twenty-six members joined.", "joined", Yes},
		{"en", "Report for 2024. This year twenty-six members joined.", "joined", No},
		{"en", "Against 2024, leakage fell by a third.", "fell", No},
		{"en", "In 2024 it was 40, and in 2026 only 12 were reported.", "reported", No},
		{"en", "Since 2021 the club has trained forty people.", "trained", Maybe},
		{"en", "After the flood of 2024, the club trained forty people.", "trained", No},
		{"vi", "Từ năm 2021, đơn vị đã chuyển hóa 30 ha rừng.", "chuyển", Maybe},
		{"nb", "De fire lagene som ikke hadde øvd siden 2019, øvde i år to ganger.", "øvde", No},
	} {
		p, cues := pageOf(c.text, c.lang)
		for i, w := range p.Words {
			if w.Text == c.word && cues.DatedEarlier(i, i+1, "2026") != c.want {
				t.Errorf("%q: %q is of an earlier year: not %v", c.text, c.word, c.want)
			}
		}
	}
}
