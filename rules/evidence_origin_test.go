package rules

import "testing"

// What a paper says each year of how a body began is no founding of the campaign: an anniversary, a year behind the verb,
// a clause with "since", and what a body is for.
func TestHowABodyBeganIsNoFounding(t *testing.T) {
	club := clueOf{"en", "founded;set up;founding", "of: { en: [club, society, committee, branch, group] }"}
	lag := clueOf{"nb", "stiftet;opprettet;stiftelsen", "of: { nb: [lag, klubb, komité, komiteen, gruppe, forening, foreningen] }"}
	hoi := clueOf{"vi", "thành lập;ra mắt", "of: { vi: [hội, câu lạc bộ, tổ, chi hội, trung tâm] }"}
	judgeAll(t, []saying{
		{"an anniversary", club, "On 4 May 2025 we marked the 60th anniversary of the founding of the chess society.", countsNot},
		{"an anniversary", lag, "Vi markerte 50-årsjubileet for stiftelsen av foreningen 4. mai 2025.", countsNot},
		{"an anniversary", hoi, "Ngày 4/5/2025 xã tổ chức lễ kỷ niệm 35 năm ngày thành lập Hội Làm vườn.", countsNot},
		{"a day that is kept", hoi, "Xã đã trồng 300 cây chào mừng ngày thành lập Hội Làm vườn.", countsNot},
		{"what is founded at an anniversary", club, "At our 60th anniversary in May 2025 we founded a youth club.", counts},
		{"what is founded at an anniversary", club, "For its 60th anniversary the trust founded a youth club on 4 May 2025.", counts},
		{"what is founded at an anniversary", hoi, "Nhân kỷ niệm ngày phụ nữ, xã đã thành lập 3 câu lạc bộ.", counts},
		{"a year in brackets", lag, "Vi samarbeider med Elvdal mållag (stiftet 1931), som er et lag for alle.", countsNot},
		{"a year of its own beside one of the campaign", club, "Marsh Lane Trust is a walking club, founded in September 1998 as a group of friends and registered with the council in May 2025.", countsNot},
		{"a date of the campaign", club, "The walking club was founded in May 2025.", counts},
		{"a date of the campaign", lag, "En klubb ble stiftet 12. mars 2025.", counts},
		{"a clause with since", club, "The rowing club has had 40 members since the club was founded.", countsNot},
		{"a clause with since", lag, "Klubben har hatt 40 medlemmer siden klubben ble stiftet.", countsNot},
		{"a clause with since", hoi, "Từ khi thành lập đến nay trung tâm đã đón 400 lượt trẻ.", countsNot},
		{"what was founded since a date", club, "Since May 2025 we have founded 3 clubs and a branch group.", counts},
		{"what a known body is for", club, "The committee was set up to advise the trustees on money.", countsNot},
		{"what a known body is for", lag, "Komiteen ble opprettet for å gi styret råd om økonomi.", countsNot},
		{"what a known body is for, with its date", club, "The committee was set up in March 2025 to advise the trustees on money.", counts},
		{"what a new body is for", club, "A committee was set up to advise the trustees on money.", counts},
	})
}

// A syllable of a longer word is not the word, nor a verb or another noun what is written like it; the longer words of
// a clue are.
func TestPartsOfOtherWordsAreNotFound(t *testing.T) {
	award := clueOf{"vi", "đạt;nhận", "of: { vi: [giải, bằng khen] }"}
	give := clueOf{"vi", "phát;cấp", "of: { vi: [sách, gạo, vở] }"}
	found := clueOf{"vi", "thành lập", "of: { vi: [tổ, ban] }"}
	judgeAll(t, []saying{
		{"giải in giải quyết", award, "Năm 2025 xã đã nhận và giải quyết 40 đơn.", countsNot},
		{"nhận in tiếp nhận", award, "Năm 2025 xã đã tiếp nhận 40 đơn hòa giải.", countsNot},
		{"giải as a word", award, "Ngày 4/5/2025 đội bóng của xã đã đạt giải nhì.", counts},
		{"phát in phát huy", give, "Năm 2025 xã đã phát huy 3 tủ sách.", countsNot},
		{"phát as a word", give, "Ngày 4/5/2025 xã đã phát 400 quyển vở cho học sinh.", counts},
		{"cấp in cấp huyện", give, "Năm 2025 xã có 3 sáng kiến cấp huyện về sách.", countsNot},
		{"sách in chính sách", give, "Ngày 4/5/2025 xã đã cấp 40 thẻ theo chính sách mới.", countsNot},
		{"tổ in tổ chức", found, "Ngày 4/5/2025 xã đã thành lập mới 2 tổ chức tín dụng.", countsNot},
		{"tổ as a word", found, "Ngày 4/5/2025 xã đã thành lập 2 tổ vay vốn.", counts},
		{"two words that meet", clueOf{"vi", "đạt", "with: number"}, "Năm 2025 số việc đã hoàn thành đạt 92 việc.", counts},
		{"two words that meet", clueOf{"vi", "đạt", "with: number"}, "Năm 2025 số suất diễn đạt 22 suất.", counts},
		{"two words that meet", award, "Năm 2025 hội viên đã trực tiếp nhận 30 bằng khen.", counts},
		{"a longer word that the clue asks for", clueOf{"vi", "giải quyết việc làm", ""}, "Năm 2025 xã đã giải quyết việc làm cho 40 người.", counts},
		{"a verb that is written as the noun", clueOf{"en", "set up", "of: { en: [network, club] }"}, "In May 2025 we set up calls for leaders to network.", countsNot},
		{"the noun", clueOf{"en", "set up", "of: { en: [network, club] }"}, "In May 2025 we set up a network of leaders.", counts},
		{"another head", clueOf{"nb", "holdt", "of: { nb: [samling, lag] }"}, "Vi holdt generalforsamling 12. mai 2025.", countsNot},
		{"another head", clueOf{"nb", "holdt", "of: { nb: [samling, lag] }"}, "Vi holdt loddsalg og innsamling 12. mai 2025.", countsNot},
		{"the head", clueOf{"nb", "holdt", "of: { nb: [samling, lag] }"}, "Vi holdt toppsamling 12. mai 2025.", counts},
		{"the head", clueOf{"nb", "holdt", "of: { nb: [samling, lag] }"}, "Vi holdt høstsamlingen 12. mai 2025.", counts},
	})
}

// What is only aimed at, begun, hoped for, or done with a part of the unit itself counts only if people say so.
func TestStepsTargetsAndOwnBodiesAreNoResults(t *testing.T) {
	law := clueOf{"vi", "tư vấn pháp luật", "with: number"}
	built := clueOf{"vi", "xây dựng;sửa chữa;hoàn thành", "of: { vi: [nhà, cầu, cổng] }"}
	halls := clueOf{"en", "built;repaired;opened", "of: { en: [hall, halls, bridge] }"}
	hus := clueOf{"nb", "opprettet;bygget", "of: { nb: [gruppe, gruppa, hus, huset] }"}
	withThem := clueOf{"en", "worked with;in partnership with", ""}
	med := clueOf{"nb", "samarbeidet med", ""}
	judgeAll(t, []saying{
		{"a later part of a list of targets", law, "Phấn đấu thành lập mới 3 trung tâm; tăng 40% số vụ tư vấn pháp luật cho người nghèo.", countsNot},
		{"a later part of a list of results", law, "Năm 2025 xã đã thành lập 3 trung tâm; đã tư vấn pháp luật 40 vụ.", counts},
		{"a plan that turns into a result", law, "Kế hoạch năm 2025 là 30 vụ; xã đã tư vấn pháp luật 40 vụ.", counts},
		{"a part with a time of its own behind a plan", law, "Kế hoạch năm 2025 đề ra 60 vụ; trong năm có 40 vụ được tư vấn pháp luật.", counts},
		{"money that was allotted", built, "Năm 2025 xã đã phân bổ 3 tỷ đồng làm nhà, sửa chữa 40 nhà cho hộ nghèo.", uncertain},
		{"ground that was broken", built, "Ngày 4/5/2025 xã trao 5.000.000 đồng khởi công công trình xây dựng cổng chào.", uncertain},
		{"what was begun and finished", built, "Năm 2025 xã đã khởi công, hoàn thành 3 cây cầu.", counts},
		{"ground that was broken, and something finished beside it", halls, "In May 2025 we broke ground for the bridge and built two halls.", counts},
		{"a chance", hus, "I mai 2025 var det en sjanse for at gruppa ble opprettet.", countsNot},
		{"a chance", halls, "In May 2025 there was a chance that the hall was opened.", countsNot},
		{"people that are helped", withThem, "In May 2025 our team worked with seven families.", uncertain},
		{"people that are helped, beside a name", withThem, "In May 2025 our team worked with seven families in Marsh Lane and Elm Street.", uncertain},
		{"part of the unit itself", withThem, "In May 2025 we worked with the committee on the accounts.", uncertain},
		{"a partner", withThem, "In May 2025 we worked with the library on a reading week.", counts},
		{"part of the unit itself", med, "Vi samarbeidet med komiteen om pyntingen 12. mai 2025.", uncertain},
		{"a partner", med, "Vi samarbeidet med biblioteket om en leseuke 12. mai 2025.", counts},
	})
}

// A sentence that takes up the one before is told of its year.
func TestWhatTakesUpASentenceIsOfItsYear(t *testing.T) {
	hall := clueOf{"en", "renewed", "of: { en: [roof] }"}
	tak := clueOf{"nb", "fornyet", "of: { nb: [taket] }"}
	judgeAll(t, []saying{
		{"the same noun in another form", hall, "The hall on Marsh Lane was refurbished by our builders in 2017. This refurbishment renewed the roof.", countsNot},
		{"the same noun in another form", tak, "Huset ved elva ble rehabilitert av våre egne snekkere i 2017. Denne rehabiliteringen fornyet taket.", countsNot},
		{"another noun", hall, "The hall on Marsh Lane was refurbished by our builders in 2017. This year our volunteers renewed the roof.", counts},
	})
}

// Digits that name something are no figure.
func TestDigitsThatNameAreNoFigure(t *testing.T) {
	en := clueOf{"en", "volunteers", "with: number"}
	nb := clueOf{"nb", "frivillige", "with: number"}
	vi := clueOf{"vi", "tình nguyện viên", "with: number"}
	judgeAll(t, []saying{
		{"a telephone number", en, "In May our volunteers were thanked; contact Doreen on 01366 500218.", countsNot},
		{"a telephone number", en, "In May our volunteers were thanked by Doreen, telephone 01366 500218.", countsNot},
		{"a telephone number", nb, "I mai fikk våre frivillige takk av Kari, tlf 41 22 33 44.", countsNot},
		{"a telephone number", vi, "Xã đã cảm ơn tình nguyện viên qua điện thoại 0912 345 678.", countsNot},
		{"a disease", en, "In May our volunteers were thanked for their work during Covid-19.", countsNot},
		{"a zone", nb, "I mai ble våre frivillige takket i sone 6.", countsNot},
		{"a post code", nb, "I mai ble våre frivillige takket i Storgata, 7030 Trondheim.", countsNot},
		{"a law", vi, "Xã đã cảm ơn tình nguyện viên theo nghị định 93.", countsNot},
		{"a figure", en, "In May we thanked 12500 volunteers for their work during Covid-19.", counts},
		{"a figure behind a word for reaching people", nb, "I mai fikk vi kontakt med 12500 frivillige.", counts},
		{"a figure behind a noun with its article", en, "In the coastal zone 40 volunteers cleaned the beach in May 2025.", counts},
		{"a figure", vi, "Xã đã cảm ơn 300 tình nguyện viên trong tháng 5.", counts},
	})
}
