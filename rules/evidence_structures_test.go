package rules

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
)

// clueOf is a clue as a secretary writes it, for a campaign of 2025 and the unit Xã Tân Lập, Elvdal kommune or Marsh
// Lane Trust. Words are separated by a semicolon.
type clueOf struct{ lang, words, direction string }

// answer assesses a paper by rulesets of one criterion each, in one ruleset, and returns the answer of each.
func (c clueOf) answer(t *testing.T, text string, others ...clueOf) answer {
	t.Helper()
	return c.answerFor(t, "", text, others...)
}

// answerFor is answer for a unit of another name; "" for the usual one.
func (c clueOf) answerFor(t *testing.T, unit, text string, others ...clueOf) answer {
	t.Helper()
	var criteria strings.Builder
	for i, x := range append([]clueOf{c}, others...) {
		var words []string
		for _, w := range strings.Split(x.words, ";") {
			words = append(words, fmt.Sprintf("%q", w))
		}
		direction := ""
		if x.direction != "" {
			direction = ", direction: " + x.direction
		}
		if strings.Contains(x.direction, ":") {
			direction = ", " + x.direction
		}
		fmt.Fprintf(&criteria, "  - { id: c%d, title: { en: \"pupils of the ward learned to swim in the river\" }, max: 10, evidenced: [ { any: { %s: [%s] }%s, points: 10 } ] }\n",
			i, x.lang, strings.Join(words, ", "), direction)
	}
	src := fmt.Sprintf("ruleset: r\nversion: 1\ntitle: { en: R }\napplies_to: { kind: model }\nmax_points: %d\ncriteria:\n%sbands: { recommended: total >= 10 }\n",
		10*(1+len(others)), criteria.String())
	env := &Env{Campaign: "c", Languages: []string{"vi", "nb", "en"}, Opens: "2025-01-01", Closes: "2025-12-31",
		Kinds: []Named{{ID: "model"}}, Units: []Unit{{ID: "vi", Name: "Xã Tân Lập"}, {ID: "nb", Name: "Elvdal kommune"}, {ID: "en", Name: "Marsh Lane Trust"}}}
	for i := range env.Units {
		if unit != "" && env.Units[i].ID == c.lang {
			env.Units[i].Name = unit
		}
	}
	rs, err := Load("r.yaml", []byte(src), env, nil)
	if err != nil {
		t.Fatal(err)
	}
	text = norm.NFC.String(text)
	page := dossier.Page{Number: 1, Text: text, Quality: 1, Language: language.Detect(text)}
	d := &dossier.Dossier{ID: "d", Documents: []dossier.Document{{Name: "d.txt", Type: "text/plain", Pages: []dossier.Page{page}}}}
	r := Read(d)
	defer r.Close()
	a := rs.Assess(r, Given{Identity: dossier.Identity{Kind: "model", Unit: c.lang}})
	return answerOf(a.Criteria[0])
}

// saying is a text of a paper, and what a clue makes of it.
type saying struct {
	name string
	clue clueOf
	text string
	want answer
}

// judgeAll holds what clues make of texts against what they should.
func judgeAll(t *testing.T, list []saying) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.clue.answer(t, c.text); got != c.want {
				t.Errorf("%q %s, not %s", c.text, got, c.want)
			}
		})
	}
}

// What a sentence, a list or a table shows by its structure decides whether it counts, whatever it is about.
func TestStructuresThatShowAResultOrNone(t *testing.T) {
	fires := clueOf{"vi", "vụ cháy", "lower"}
	members := clueOf{"en", "members", "higher"}
	falls := clueOf{"nb", "fallulykker", "lower"}
	judgeAll(t, []saying{
		// the direction of a change
		{"a change is told behind the comma of its figure", fires, "Trong năm 2025 toàn xã xảy ra 2 vụ cháy, giảm 5 vụ so với năm 2024.", counts},
		{"a change is told behind two clauses without a subject", clueOf{"vi", "cây xanh", "higher"}, "Xã đã có 3.400 cây xanh, chiếm một nửa diện tích công viên, tăng 900 cây so với năm 2024.", counts},
		{"what has a subject of its own is no change of what is before it", fires, "Xã tuyên truyền phòng ngừa vụ cháy, thu nhập bình quân tăng.", countsNot},
		{"a change that is denied is none", clueOf{"vi", "hồ sơ trễ hạn", "lower"}, "Tỷ lệ hồ sơ trễ hạn không giảm so với năm 2024.", countsNot},
		{"a figure that is compared with a greater one has fallen", falls, "I fjor talte vi nøye; i år ble det 6 fallulykker, mot 17 året før.", counts},
		{"a figure that is compared with a smaller one has not", falls, "I år ble det 17 fallulykker, mot 6 året før.", countsNot},
		{"a figure may be compared in the next short sentence", clueOf{"en", "members", "higher"}, "In November the club had 212 members. The year before there were 140.", counts},
		{"a change beside a semicolon is asked about", members, "Subscriptions rose by a tenth; the members were counted in May.", uncertain},
		{"none at all, after some, is less", clueOf{"en", "burglaries", "lower"}, "Since the lamps were fitted in March we have had no burglaries at all; the year before there were nine.", counts},
		{"none at all is asked about if nothing says how many there were", clueOf{"en", "burglaries", "lower"}, "We have had no burglaries since March.", uncertain},

		// words that are written as a part of others
		{"a syllable of another word is no plan", clueOf{"vi", "tủ thuốc", ""}, "Ngày 4/6/2025, xã bàn giao 5 tủ thuốc cho các thôn trên địa bàn.", counts},
		{"a syllable of another word is no wish", clueOf{"vi", "đội bơi", ""}, "UBND xã đã ban hành Quyết định số 12 ngày 4/6/2025 thành lập 3 đội bơi.", counts},
		{"a decision to intend something is a wish", clueOf{"vi", "đội bơi", ""}, "Xã định thành lập 3 đội bơi.", countsNot},

		// inflected words
		{"the word of a clue may be definite", clueOf{"nb", "svømmekurs", ""}, "Svømmekurset i Elvdal ble holdt 12. juni 2025 med 30 deltakere.", counts},
		{"the word of a clue may be plural", clueOf{"en", "footbridge", ""}, "Two footbridges were opened on 4 May 2025.", counts},

		// plans, topics, rules
		{"a proposal that was approved is not carried out", clueOf{"vi", "kè chống sạt lở", ""}, "Phương án kè chống sạt lở được phê duyệt ngày 4/3/2025.", countsNot},
		{"what people were told about is asked about", clueOf{"vi", "hầm biogas", ""}, "Xã đã tuyên truyền cho 200 hộ về lợi ích của hầm biogas.", uncertain},
		{"an article of rules is none", clueOf{"vi", "đội bơi", ""}, "Điều 4. Đội bơi có từ 15 đến 20 thành viên, được tập huấn mỗi năm 2 lần.", countsNot},
		{"what somebody is required to do is no deed", clueOf{"en", "first aid", ""}, "Wardens are required to learn first aid within 6 months.", countsNot},
		{"an item below a heading of what to do is none", clueOf{"vi", "ủ phân", ""}, "HƯỚNG DẪN CHO CÁC HỘ\n- Ủ phân trong 3 thùng có nắp.\n- Tưới nước 2 lần mỗi tuần.", countsNot},
		{"an item below a heading of what was done is one", clueOf{"vi", "ủ phân", ""}, "Các việc đã làm trong năm:\n- Ủ phân tại 45 hộ, được 12 tấn.\n- Thăm 7 cụ ốm đau.", counts},
		{"an item below a heading of how to do it is none", clueOf{"nb", "kompostering", ""}, "Slik gjør dere det:\n1. Start kompostering med 3 kasser.\n2. Snu haugen 2 ganger i uka.", countsNot},

		// who did it, and what takes it back
		{"a partner's result is asked about", clueOf{"en", "footbridge", ""}, "Our partner in Kiel has built a footbridge of 40 metres.", uncertain},
		{"what was done with partners is an own result", clueOf{"en", "footbridge", ""}, "With our partners in Kiel we built a footbridge of 40 metres.", counts},
		{"a reservation behind it is asked about", falls, "Antallet fallulykker gikk ned med 4, men fra mai fanger ikke skjemaet opp alt.", uncertain},
		{"a contrast takes nothing back", clueOf{"en", "repaired", ""}, "The roof of the hall was repaired in May, but the windows were not repaired.", counts},
		{"a next sentence that takes up the figure is asked about", fires, "Số vụ cháy giảm còn 2 vụ. Tuy vậy, huyện yêu cầu bỏ kết quả này.", uncertain},
		{"two negations are none", clueOf{"nb", "sykefraværet", "lower"}, "Det er ingen avdeling hvor sykefraværet ikke har gått ned med minst 2 prosent i år.", counts},

		// lists and tables
		{"a list of dated figures is one of results", clueOf{"en", "litter picks", ""}, "Litter picks this year\n13 January – 41 bags\n6 April – 77 bags\n9 November – 58 bags\n", counts},
		{"a list of dates alone is a calendar", clueOf{"en", "litter picks", ""}, "Litter picks this year\n13 January\n6 April\n9 November\n", uncertain},
		{"items below a line that tells what was done are results", clueOf{"en", "diploma", ""}, "Awarded in autumn 2025\nTan, S. – diploma, 18 October\nOkafor, N. – diploma, 2 December\n", counts},
		{"a row of a table tells a change by its years", fires, "Nội dung\t2024\t2025\nSố vụ cháy\t9\t4\nSố vụ va chạm\t3\t5\n", counts},
		{"a row of a table tells a change the other way", fires, "Nội dung\t2024\t2025\nSố vụ cháy\t4\t9\nSố vụ va chạm\t3\t5\n", countsNot},
		{"a row of a table with a result is one", clueOf{"nb", "sykkelvei", ""}, "Tiltak\tMål 2025\tResultat 2025\nNy sykkelvei (meter)\t800\t950\nLeskur (antall)\t6\t0\n", counts},
		{"a row of a table whose result is zero is none", clueOf{"nb", "leskur", ""}, "Tiltak\tMål 2025\tResultat 2025\nNy sykkelvei (meter)\t800\t950\nLeskur (antall)\t6\t0\n", countsNot},
		{"a row of a table of points is a form", clueOf{"vi", "xóa nhà tạm", ""}, "Tiêu chí\tĐiểm tối đa\tKết quả\nXóa nhà tạm\t15\t15\nTrồng cây\t10\t10\n", countsNot},
		{"a line of contents is no sentence", clueOf{"nb", "svømmekurs", ""}, "Innhold\n1 Om Elvdal  s. 2\n2 Svømmekurs  s. 4\n3 Regnskap  s. 9\n", countsNot},
		{"a numbered label is no sentence", clueOf{"en", "route", ""}, "Route 4: Square 07.10 – School 07.25\nRoute 5: Square 08.00 – Market 08.15\n", countsNot},
	})
}

// The words of one or two clues again and again, and little else, are no sentence.
func TestWordsOfCluesInARowEarnNothing(t *testing.T) {
	for _, text := range []string{
		"footbridge repaired footbridge new footbridge repaired 40 footbridge fell down never",
		"Footbridge, footbridges, repaired. Repaired footbridge repaired.",
		"repaired footbridge / repaired / footbridge / repaired",
		"In May we repaired the footbridge repaired footbridge repaired.",
	} {
		if got := (clueOf{"en", "footbridge", ""}).answer(t, text, clueOf{"en", "repaired", ""}); got == counts {
			t.Errorf("%q counts", text)
		}
	}
}

// Who repeats the title of a criterion says nothing; who adds a figure does.
func TestTitlesOfCriteriaAreNoEvidence(t *testing.T) {
	clue := clueOf{"en", "learned to swim", ""}
	for text, want := range map[string]answer{
		"In May pupils of the ward learned to swim in the river.":                    uncertain,
		"In May 140 pupils of the ward learned to swim in the river.":                counts,
		"In May we saw to it that pupils of the whole ward learned to swim quickly.": counts,
	} {
		if got := clue.answer(t, text); got != want {
			t.Errorf("%q %s, not %s", text, got, want)
		}
	}
}
