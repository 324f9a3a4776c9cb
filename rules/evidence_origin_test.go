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
		{"a date of the campaign", lag, "Klubben Fram ble stiftet 12. mars 2025.", counts},
		{"a clause with since", club, "The rowing club has won nothing since the club was founded.", uncertain},
		{"a clause with since", lag, "Klubben har hatt 40 medlemmer siden klubben ble stiftet.", uncertain},
		{"a clause with since", hoi, "Từ khi thành lập đến nay trung tâm đã đón 400 lượt trẻ.", uncertain},
		{"what was founded since a date", club, "Since May 2025 we have founded 3 clubs and a branch group.", counts},
		{"what a known body is for", club, "The committee was set up to advise the trustees on money.", uncertain},
		{"what a known body is for", lag, "Komiteen ble opprettet for å gi styret råd om økonomi.", uncertain},
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
		{"a longer word that the clue asks for", clueOf{"vi", "giải quyết việc làm", ""}, "Năm 2025 xã đã giải quyết việc làm cho 40 người.", counts},
		{"a verb that is written as the noun", clueOf{"en", "set up", "of: { en: [network, club] }"}, "In May 2025 we set up calls for leaders to network.", countsNot},
		{"the noun", clueOf{"en", "set up", "of: { en: [network, club] }"}, "In May 2025 we set up a network of leaders.", counts},
		{"another head", clueOf{"nb", "holdt", "of: { nb: [samling, lag] }"}, "Vi holdt generalforsamling 12. mai 2025.", countsNot},
		{"another head", clueOf{"nb", "holdt", "of: { nb: [samling, lag] }"}, "Vi holdt loddsalg og innsamling 12. mai 2025.", countsNot},
		{"the head", clueOf{"nb", "holdt", "of: { nb: [samling, lag] }"}, "Vi holdt toppsamling 12. mai 2025.", counts},
		{"the head", clueOf{"nb", "holdt", "of: { nb: [samling, lag] }"}, "Vi holdt høstsamlingen 12. mai 2025.", counts},
	})
}
