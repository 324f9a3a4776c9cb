package rules

import "testing"

// What depends on a guess is left to people, and what is sure counts beside it: each case of doubt has a near twin that
// earns.
func TestWhatHangsOnAGuessIsLeftToPeople(t *testing.T) {
	well := clueOf{"vi", "giếng khoan", ""}
	wells := clueOf{"en", "wells;well", ""}
	path := clueOf{"nb", "turløype", ""}
	queue := clueOf{"nb", "ventetid", "lower"}
	judgeAll(t, []saying{
		// clauses behind a result that speak against it
		{"a clause behind that must wait leaves it open", wells, "The first of the wells was dug in May, but the other two have to wait for money.", uncertain},
		{"a clause behind that only adds to it does not", wells, "The first of the wells was dug in May, and the other two were dug in August.", counts},
		{"nobody against it takes nothing back", wells, "Two wells were dug in May, nobody was against it.", counts},
		{"what is done without help is done", wells, "Two wells were dug in May, without any help from the district.", counts},
		{"another thing that was not done takes nothing back", wells, "Two wells were dug in May, but the ponds were not dug.", counts},
		{"more that is planned takes nothing back", well, "Xã đã khoan 2 giếng khoan trong tháng 5, sẽ khoan tiếp vào mùa khô.", counts},
		{"but what is not approved leaves it open", well, "Xã đã nộp hồ sơ 2 giếng khoan từ tháng 5 nhưng cấp trên chưa xét.", uncertain},
		{"a clause that stops the rest leaves it open", well, "Giếng khoan thứ nhất đã hoàn thành, còn giếng thứ hai phải dừng vì hết kinh phí.", uncertain},
		{"none of them broken is no denial of it", path, "Vi ryddet 3 kilometer turløype i juni, ingen kom til skade.", counts},
		{"but nobody came leaves it open", path, "Vi ryddet 3 kilometer turløype i juni, men ingen har brukt den.", uncertain},

		// steps before what was done
		{"what was approved is not built", wells, "In May the board approved four wells.", uncertain},
		{"what was registered for is not done", well, "Trong tháng 5, 12 hộ đã đăng ký giếng khoan.", uncertain},
		{"what was ordered is not there", path, "Styret vedtok i mai en ny turløype på 3 kilometer.", uncertain},
		{"what was opened is there", path, "Vi åpnet i mai en ny turløype på 3 kilometer.", counts},

		// Vietnamese, which has no tenses
		{"a figure without a verb shows no deed", well, "Tổ giếng khoan – kho số 2, thôn Tân An", uncertain},
		{"a verb of work with a figure does", well, "Ngày 4/6/2025, xã bàn giao 3 giếng khoan cho thôn Tân An.", counts},
		{"a figure with a noun alone is asked about", well, "Trong năm 2025, giếng khoan 3 cái cho thôn Tân An.", uncertain},

		// who did it
		{"what a body says by its own figures may be told of others", wells, "According to Water Aid, forty wells were dug this year.", uncertain},
		{"what the unit's report says is its own", wells, "According to the report, forty wells were dug this year.", counts},
		{"what is another body's by its name may be told of others", well, "Chủ tịch xã đã dự lễ khánh thành 3 giếng khoan của Trường Đại học Quy Nhơn.", uncertain},
		{"what is of the own unit is its own", well, "Đã khánh thành 3 giếng khoan của Xã Tân Lập ngày 4/6.", counts},

		{"what another body ran is asked about", wells, "The four wells that we visited were dug by Water Aid in May.", uncertain},
		{"what people ran is the unit's", wells, "The four wells were dug by volunteers in May.", counts},

		// what followed from a failure
		{"what followed from a failure is none", well, "Máy khoan hỏng, kinh phí bị thu hồi, thành thử đợt khoan 3 giếng khoan đã xong cũng như không.", countsNot},

		// when
		{"since an earlier year tells of more than this one", wells, "Since 2019, the club has dug forty wells.", countsNot},
		{"in an earlier year tells of that one", wells, "In 2019, the club dug forty wells.", countsNot},
		{"after an earlier year tells of this one", wells, "After the drought of 2019, the club dug four wells this spring.", counts},
		{"what is compared with an earlier year is of this one", queue, "Ventetid for time er redusert fra 12 til 5 uker sammenlignet med høsten 2019.", counts},

		// refutations that are unsure
		{"a double negation is asked about", path, "Det finnes ikke den turløypa i bygda som ikke har fått nye skilt i år.", uncertain},
		{"one negation is none", path, "Vi har ikke merket noen turløype i år.", countsNot},
		{"what was put off and made up for is asked about", wells, "The wells planned for May were not dug, but we dug four of them in October.", uncertain},
		{"what was only put off is no result", wells, "The wells planned for May were cancelled.", countsNot},
		{"a question that is answered with yes is asked about", wells, "Have the wells been dug at last? Yes, all four of them, on 3 May.", uncertain},
		{"a question that is not answered is none", wells, "Have the wells been dug at last? The board will ask.", countsNot},
		{"a plan in a clause before what was done is over", well, "Sau nhiều năm chỉ là kế hoạch, năm nay xã đã khoan 3 giếng khoan.", counts},
		{"a plan in a clause of its own is asked about", well, "Sau nhiều năm chỉ là kế hoạch, năm nay xã khoan 3 giếng khoan.", uncertain},
		{"a plan of the clause is no result", well, "Kế hoạch năm nay là khoan 3 giếng khoan.", countsNot},
	})
}

// Which way a change went is told by verbs, comparatives and figures, and not by particles and bounds.
func TestWaysOfTellingAChange(t *testing.T) {
	wait := clueOf{"en", "waiting time;waits", "lower"}
	list := clueOf{"nb", "venteliste", "lower"}
	thefts := clueOf{"vi", "vụ trộm", "lower"}
	members := clueOf{"en", "members", "higher"}
	judgeAll(t, []saying{
		{"from a number to a smaller one, whatever the verb", wait, "The waiting time went from 40 to 12 days.", counts},
		{"from a number to a greater one", wait, "The waiting time went from 12 to 40 days.", countsNot},
		{"a bound is no change", list, "Venteliste har vi hatt i mer enn et år.", countsNot},
		{"a change by more than a third is one way", list, "Ventelisten falt med mer enn en tredel, fra 96 til 61 navn.", counts},
		{"a particle of another verb is no change", list, "Det ble satt opp venteliste med 12 navn i mai.", countsNot},
		{"a particle with its figure is one", list, "Ventelisten er ned 12 navn siden i fjor.", counts},
		{"a figure before the comparative", members, "The club has 140 members, some 30 more than last year.", counts},
		{"less than at another time", clueOf{"en", "weeds", "lower"}, "The weeds cover 14 acres today, three fewer than last year.", counts},
		{"against one of before", clueOf{"nb", "jentelag", "higher"}, "Vi stiller i år med fire jentelag, mot ett i fjor.", counts},
		{"over the commas of the figures of earlier years", thefts, "Vụ trộm từ 11 vụ (2023), 7 vụ (2024) còn đúng 1 vụ trong năm 2025.", counts},
		{"none, and some in an earlier year", thefts, "Năm 2025 xã không còn vụ trộm nào, năm 2024 có 6 vụ.", counts},
		{"a comparison in words that are not known is asked about", thefts, "Năm ngoái vụ trộm xảy ra liên miên, năm nay hai vụ.", uncertain},
	})
}

// Text that asks for points, copies criteria or strings their words earns nothing by itself; the same words in a report
// do.
func TestTextWrittenForThePointsEarnsNothing(t *testing.T) {
	well, road := clueOf{"vi", "giếng khoan", ""}, clueOf{"vi", "đường bê tông", ""}
	thefts := clueOf{"vi", "vụ trộm", "lower"}
	for _, c := range []struct {
		name string
		clue clueOf
		also []clueOf
		text string
		want bool // it earns points
	}{
		{"clue words one after the other", well, []clueOf{road, thefts}, "giếng khoan giếng khoan đường bê tông đường bê tông vụ trộm giảm được công nhận xuất sắc", false},
		{"clue words with figures between", well, []clueOf{road, thefts}, "Giếng khoan 3 sao 4 sao giếng khoan đường bê tông vụ trộm giảm giếng khoan được công nhận tiêu biểu.", false},
		{"clue words in a sentence of a report", well, []clueOf{road, thefts}, "Trong năm, xã đã khoan 3 giếng khoan cho thôn Tân An và đổ 2 km đường bê tông ở thôn Tân Bình.", true},
		{"a label of many things, and something else behind it", well, []clueOf{road}, "Giếng khoan, đường bê tông, sân chơi: Xã đã được khen về phong trào bóng chuyền ngày 4/6.", false},
		{"a label of one thing, and its figures behind it", well, nil, "Nước sạch: đã khoan xong 3 giếng khoan ở thôn Tân An, thôn Tân Bình.", true},
		{"a request that names the criteria", well, nil, "Xã đã có giếng khoan từ ngày 4/6. Đề nghị tính điểm cho cả ba tiêu chí trên.", false},
		{"a request that names the jury", well, nil, "Kính mong Hội đồng xét cho xã nội dung giếng khoan, xã đã cố gắng 3 năm.", false},
		{"a request for proof to be waived", well, nil, "Xin coi đoạn này là minh chứng: giếng khoan đã xong 3 cái.", false},
		{"a request of the people that was met", well, nil, "Theo yêu cầu của bà con, ngày 4/6/2025 xã đã khoan xong 3 giếng khoan.", true},
		{"the text of the criterion in quotation marks", well, nil, "Tiêu chí 4: \"Có giếng khoan hợp vệ sinh\". Xã đã tổ chức 2 buổi văn nghệ.", false},
		{"an item of a contract", well, nil, "Điều 4. Trách nhiệm của Bên B\n4.1. Bên B khoan 3 giếng khoan đúng thiết kế.\n4.2. Bên B bảo hành 12 tháng.", false},
		{"an item of a report", well, nil, "Kết quả thực hiện\n4.1. Xã đã khoan 3 giếng khoan ở thôn Tân An.\n4.2. Xã đã bàn giao cho thôn ngày 4/6.", true},
		{"targets of years to come in one line", well, nil, "Quyết nghị chỉ tiêu giai đoạn 2026-2030: (1) trồng 300 cây; (2) 7/7 thôn có giếng khoan; (3) 4 km đường.", false},
		{"results in one line", well, nil, "Kết quả năm 2025: (1) trồng 300 cây; (2) đã khoan 7 giếng khoan ở 7 thôn; (3) làm 4 km đường.", true},
		{"a list of addresses", well, nil, "Địa chỉ liên hệ:\nTổ giếng khoan – 0235.388.4112\nKế toán – trụ sở xã", false},
		{"an item of an agenda", clueOf{"nb", "brønn", ""}, nil, "Sak 17/24 Brønn\nSaken utsettes til 12.11.", false},
		{"a note that says what to write", clueOf{"nb", "brønner", ""}, nil, "(NB! Skriv her at vi har gravd fire brønner, noen finner tall.)", false},
		{"a sentence that somebody was told to copy", well, nil, "Chép nguyên câu này vào báo cáo: xã đã khoan xong 3 giếng khoan.", false},
		{"what was done, it says, for the points", well, nil, "Để được điểm mục này: đã khoan xong 3 giếng khoan.", false},
		{"what was done for the people", well, nil, "Để có nước sạch cho bà con, xã đã khoan xong 3 giếng khoan.", true},
		{"in English, a sentence to be copied", clueOf{"en", "wells", ""}, nil, "Copy the following into the form: four wells were dug in May.", false},
		{"in Norwegian, a sentence to be pasted", clueOf{"nb", "brønner", ""}, nil, "Lim inn følgende for å få poeng: fire brønner ble gravd i mai.", false},
		{"in English, a list after a request to print", clueOf{"en", "wells dug", ""}, []clueOf{{"en", "roads built", ""}}, "Add before printing: wells dug, roads built, thefts halved (check that it is all true).", false},
		{"in English, proof that should be accepted", clueOf{"en", "wells", ""}, nil, "Please accept this paragraph as proof that four wells were dug in May.", false},
		{"in English, the same told to everybody", clueOf{"en", "wells", ""}, nil, "Four wells were dug in May, as this photograph shows.", true},
		{"in Norwegian, words that should be given weight", clueOf{"nb", "brønner", ""}, nil, "Vi ber om at brønner gravd i mai tillegges vekt etter kriteriene.", false},
		{"in Norwegian, the same told to everybody", clueOf{"nb", "brønner", ""}, nil, "I mai ble fire brønner gravd i Elvdal.", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.clue.answer(t, c.text, c.also...); (got == counts) != c.want {
				t.Errorf("%q %s", c.text, got)
			}
		})
	}
}
