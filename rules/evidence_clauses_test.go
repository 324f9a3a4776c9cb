package rules

import "testing"

// Each clause is judged by what governs it: what is beside it in a long sentence neither denies nor dates it.
func TestAClauseIsJudgedByWhatGovernsIt(t *testing.T) {
	kiosk := clueOf{"en", "book kiosk", ""}
	pier := clueOf{"nb", "flytebrygge", ""}
	loom := clueOf{"vi", "lớp dệt", ""}
	theft := clueOf{"vi", "vụ trộm", "lower"}
	judgeAll(t, []saying{
		// the verb of a subject is behind what interrupts
		{"a verb behind a clause about its subject", kiosk, "The book kiosk, for which the Rotary had given £900, went up in June beside the chapel.", counts},
		{"a verb behind a participle and its doer", kiosk, "The book kiosk, painted by our youth team and two neighbours, has been used by 417 people since June.", counts},
		{"a verb that denies behind what interrupts", kiosk, "The book kiosk, for which the Rotary had given £900, has not been put up.", countsNot},
		{"a subject of several things before its verb", pier, "I april ble moloen ryddet, og en flytebrygge på 40 meter, to stiger og en benk ble satt ut i mai.", counts},
		{"a clause about a plan is not told by what follows it", pier, "Reguleringsplanen, som åpner for 40 meter flytebrygge, ble sendt på høring 4. mars.", uncertain},
		{"objects of a verb in a clause before theirs", clueOf{"en", "seed boxes", ""}, "In March we handed out 143 tool kits, 76 seed boxes, 9 barrows.", counts},
		{"objects of a verb of a step before it", clueOf{"en", "seed boxes", ""}, "In March we ordered 143 tool kits, 76 seed boxes, 9 barrows.", uncertain},
		{"a label with its result behind the colon", loom, "Lớp dệt cho chị em: 12 buổi đã làm xong ở 4 thôn.", counts},
		{"a log with its date before the colon", clueOf{"nb", "tuneller", ""}, "4. juni, 17 deltakere: tuneller gravd for padder ved Elvdal, 94 meter.", counts},
		{"a figure with its result in brackets", clueOf{"vi", "ngày công", ""}, "c) Bà con góp: 96 triệu đồng và 1.215 ngày công (đã thực hiện)", counts},

		// whose word it is
		{"what the unit's own people report is its own word", kiosk, "The youth worker, who has run the group since 2019, reports that a book kiosk was opened on 4 May.", counts},
		{"what somebody told us is theirs", kiosk, "A guest speaker told us how a book kiosk had been opened on 4 May.", uncertain},
		{"what they said of theirs is theirs", kiosk, "The vicar said that their book kiosk was opened on 4 May.", uncertain},
		{"a clause behind but is not part of what was written", kiosk, "It was not until the bishop wrote that we moved, but the book kiosk was opened on 4 May.", counts},
		{"what a paper said is about to be corrected", kiosk, "The newsletter said that the book kiosk was opened on 4 May. Nobody has seen it.", uncertain},

		// who did it
		{"a person with a role is one of the unit's", pier, "En flytebrygge på 40 meter ble satt ut i mai, overvåket av dykker Arvid Holm.", counts},
		{"a body after by is another", kiosk, "The book kiosk was run by the college across the road in May.", uncertain},
		{"a wider area may hold others", theft, "Vụ trộm trên địa bàn huyện giảm từ 30 xuống 24 vụ.", uncertain},
		{"a wider area beside the own unit is its own", theft, "Trong khi toàn huyện chưa chuyển biến, Xã Tân Lập có vụ trộm giảm từ 9 xuống 2 vụ.", counts},
		{"somebody who promises us something is not us", pier, "Naboene i Fossli idrettslag har kjøpt en flytebrygge og har lovet oss å låne den.", uncertain},

		{"a place of another clause is not where it was done", loom, "Sau chuyến tham quan ở Đại Cường, ngày 02/6 lớp dệt thôn Tân An được mở cho 20 chị.", counts},
		{"a place that a clause is about is", loom, "Hội đến tham quan ở Đại Cường, nơi lớp dệt được mở cho 20 chị ngày 02/6.", uncertain},

		// when
		{"a year that is compared with does not date", theft, "Toàn xã bớt được 6 vụ trộm so với cuối năm 2024.", counts},
		{"a period that lasts does not date", loom, "Theo Đề án giai đoạn 2023–2027, xã đã mở 3 lớp dệt cho 40 chị em.", counts},
		{"a later year in another clause is no plan of what was done", loom, "Không đợi đến năm 2026, ngay quý III năm nay xã đã mở 3 lớp dệt.", counts},
		{"what is of years before is not of this one", loom, "Danh sách 11 lớp dệt nêu trên là của giai đoạn 2021–2023.", countsNot},
		{"what was made in an earlier year is not of this one", clueOf{"vi", "nhà lồng", ""}, "Dãy nhà lồng dài 60 m làm từ năm 2016 nay xuống cấp, xã đã vá 6 chỗ.", countsNot},

		// plans and wishes of other clauses
		{"a wish in a clause that a comma closes", kiosk, "Though the paper doubted that anyone would use it, the book kiosk we put up in May was used 400 times.", uncertain},
		{"a cause and its effect are no duty", loom, "Nhờ có thợ giỏi nên cả 3 lớp dệt đã xong trước 20/12.", counts},
		{"points that were given are no rule", loom, "Tháng 11, Hội đồng đã chấm 67 điểm và công nhận 3 lớp dệt của Xã Tân Lập.", counts},
		{"a list behind what we saw is no instruction", kiosk, "We walked the site on 3 May with the plan of 1987 in hand: the paths were cleared; the book kiosk was opened in June.", counts},
	})
}

// What looks like a deed and is none: conditions, steps before it, parts of it, papers of other kinds, and what was
// found wrong.
func TestWhatOnlyLooksLikeADeed(t *testing.T) {
	oven := clueOf{"en", "bread oven", ""}
	rink := clueOf{"nb", "skøytebane", ""}
	goats := clueOf{"vi", "giao dê;dê giống", ""}
	judgeAll(t, []saying{
		{"what comes only when something else has", goats, "Danh sách gửi huyện thẩm định, khi có nguồn mới tiến hành giao dê; 27 hộ tham dự họp.", countsNot},
		{"what came when something else had", goats, "Khi nguồn về đủ, ngày 4/5 hội đã giao dê cho 27 hộ.", counts},
		{"principles with letters are rules", goats, "Nguyên tắc chăn nuôi: (a) tiêm phòng 2 lần mỗi năm; (b) chọn dê giống nặng trên 15 kg; (c) chuồng cao 60 cm.", countsNot},
		{"what was dropped for good", goats, "Đợt giao dê đã mời 40 hộ, chuồng đã dựng, ai ngờ lũ về và đợt ấy thôi luôn.", uncertain},
		{"what a second look found otherwise", goats, "Báo cáo tháng 6 nói đã giao dê cho 27 hộ; kiểm tra lại thì đó là dê nuôi thuê, nay xin đính chính.", uncertain},
		{"a noun of what ran into trouble", goats, "Trên địa bàn có 6 trại; việc giao dê gặp khó vì chủ trại ngại, đến nay vẫn khảo sát.", countsNot},
		{"what is still left to do", clueOf{"vi", "nhà dột", ""}, "Qua rà soát ngày 05/02, toàn xã còn 33 nhà dột ở 3 thôn.", uncertain},
		{"a programme of an evening", goats, "Chương trình đêm hội:\n19h00 Đón khách\n19h30 Hội giao dê cho 27 hộ\n20h15 Trao thưởng\n", countsNot},
		{"papers for a tender", goats, "Hồ sơ mời thầu gói số 2: dê giống, 60 con, mở thầu ngày 20/9/2025.", countsNot},

		{"a plot that was leased for it", oven, "It was resolved to lease the plot behind the chapel for a bread oven.", uncertain},
		{"money that was refused for it", rink, "Vi fikk i 2025 avslag på søknad om 600 000 kroner til skøytebane.", uncertain},
		{"money that was set aside for it", rink, "Kommunedirektøren opplyste at det er avsatt 2 millioner kroner til skøytebane.", uncertain},
		{"half of it", oven, "Half the bricks of the bread oven have been laid.", uncertain},
		{"half of it", rink, "Halve skøytebanen er ferdig gravd, og 40 rør ligger på lager.", uncertain},
		{"almost", oven, "We almost opened the bread oven in May.", uncertain},
		{"a quotation", oven, "Quotation 44: supply and fit bread oven, £2,310 plus VAT, sent 3 May.", countsNot},
		{"a short sentence that denies it", rink, "I referatet fra august heter det at skøytebanen var åpnet. Det var den ikke.", uncertain},
		{"for a cause that is no merit", clueOf{"en", "waiting list", "lower"}, "The waiting list was shorter in the autumn, but only because we closed it in July.", uncertain},
		{"nationwide", clueOf{"nb", "ventetid", "lower"}, "Ventetiden i landet falt fra 54 til 47 dager.", uncertain},
	})
}
