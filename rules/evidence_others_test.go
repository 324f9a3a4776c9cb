package rules

import "testing"

// Members who leave are no growth, however many "more" of them there are.
func TestMembersWhoLeaveAreNoGrowth(t *testing.T) {
	t.Parallel()
	en := clueOf{"en", "more members", "higher"}
	nb := clueOf{"nb", "flere medlemmer", "higher"}
	vi := clueOf{"vi", "hội viên", "higher"}
	judgeAll(t, []saying{
		{"departed", en, "Nine more members have departed since our last AGM in March 2025.", uncertain},
		{"left", en, "Two more members left us during 2025.", uncertain},
		{"resigned", en, "Eleven members were lost in 2025, and two more members resigned.", uncertain},
		{"signed out", nb, "Ni flere medlemmer har meldt seg ut i 2025.", uncertain},
		{"stopped", nb, "I 2025 sluttet ni flere medlemmer.", uncertain},
		{"joined", en, "Nine more members joined us in March 2025.", counts},
		{"joined", nb, "Vi fikk ni flere medlemmer i 2025.", counts},
		{"rose", vi, "Năm 2025, số hội viên tăng từ 120 lên 145 người.", counts},
		{"rose by those who left", vi, "Năm 2025 tăng thêm 3 hội viên xin ra khỏi hội.", uncertain},
	})
}

// Another body that is named by its kind, or taken up as "they" behind a visit, is not the one whose paper it is.
func TestDeedsOfOtherLocalBodiesAreAskedAbout(t *testing.T) {
	t.Parallel()
	built := clueOf{"nb", "bygd;rustet opp", ""}
	gave := clueOf{"vi", "trao;xây;lắp đặt", ""}
	ramp := clueOf{"en", "installed", ""}
	trained := clueOf{"en", "trained", ""}
	taught := clueOf{"nb", "lært opp", ""}
	for _, c := range []struct {
		unit, text string
		clue       clueOf
		want       answer
	}{
		{"Vestbygda helselag", "Idrettslaget har bygd gapahuk med 12 plasser rundt Langvatnet i 2025.", built, uncertain},
		{"Vestbygda idrettslag", "Idrettslaget har bygd gapahuk med 12 plasser rundt Langvatnet i 2025.", built, counts},
		{"Vestbygda IL", "Idrettslaget har bygd gapahuk med 12 plasser rundt Langvatnet i 2025.", built, counts},
		{"Vestbygda helselag", "Helselaget har bygd gapahuk med 12 plasser rundt Langvatnet i 2025.", built, counts},
		{"Vestbygda helselag", "Sammen med idrettslaget har vi bygd gapahuk med 12 plasser i 2025.", built, counts},
		{"Khu phố Tân Thành", "Năm 2025, Công ty giày Đông Hưng đã trao một căn nhà cho gia đình ở tổ 7.", gave, uncertain},
		{"Khu phố Tân Thành", "Năm 2025, khu phố tặng 120 phần gạo cho hộ nghèo, phát thuốc cho 40 cụ, và Công ty giày Đông Hưng đã trao một căn nhà.", gave, uncertain},
		{"Khu phố Tân Thành", "Ngày 4/5/2025, khu phố đã trao 12 suất quà cho hộ nghèo.", gave, counts},
		{"Công đoàn Công ty May Thành Đạt", "Năm 2025, Công ty đã trao 12 suất quà cho hộ nghèo.", gave, counts},
		{"Hội Cựu chiến binh xã Đại Hưng", "Năm 2025, Đoàn Thanh niên xã lắp đặt 45 bóng đèn trên đường vào nghĩa trang.", gave, uncertain},
		{"Hội Cựu chiến binh xã Đại Hưng", "Xã đã có nhiều đổi thay trong năm 2025 mà bà con rất phấn khởi, còn Đoàn Thanh niên xã lắp đặt 45 bóng đèn trên đường vào nghĩa trang.", gave, uncertain},
		{"Hội Cựu chiến binh xã Đại Hưng", "Năm 2025, phối hợp với Đoàn Thanh niên xã, hội đã lắp đặt 45 bóng đèn trên đường vào nghĩa trang.", gave, counts},
		{"Calder Youth Trust", "In May 2025 the football club installed 12 lights at the gate.", ramp, uncertain},
		{"Calder Football Club", "In May 2025 the football club installed 12 lights at the gate.", ramp, counts},
		{"Calder Youth Trust", "In May 2025 the trust installed 12 lights for the football club.", ramp, counts},
		{"Calder Repair Network", "A study visit to Hebden was held in May 2025. The welcome was generous. Over the year they trained 26 volunteers in testing.", trained, uncertain},
		{"Calder Repair Network", "A study visit to Hebden was held in May 2025. The volunteers were kind, and eighteen of them passed the test.", clueOf{"en", "passed", ""}, uncertain},
		{"Calder Repair Network", "We trained 26 volunteers in May 2025. Eighteen of them passed the test.", clueOf{"en", "passed", ""}, counts},
		{"Calder Repair Network", "Four volunteers met in May 2025. Over the year they trained 26 new volunteers in testing.", trained, counts},
		{"Sundet frivilligsentral", "Reisebrev fra Aarhus, mai 2025. Vi ble godt mottatt. I 2025 hadde de lært opp 140 språkvenner.", taught, uncertain},
	} {
		if got := c.clue.answerFor(t, c.unit, c.text); got != c.want {
			t.Errorf("%s: %q %s, not %s", c.unit, c.text, got, c.want)
		}
	}
}

// The name of the unit reports nothing, though a word of it is that of a deed.
func TestTheUnitsOwnNameReportsNothing(t *testing.T) {
	t.Parallel()
	planted := clueOf{"en", "planted", ""}
	const home = "Planted Oaks Residential Home"
	for text, want := range map[string]answer{
		"Planted Oaks Residential Home, Quality Account 2025.":                     uncertain,
		"In 2025 Planted Oaks Residential Home had 34 rooms and 40 residents.":     uncertain,
		"In May 2025 Planted Oaks Residential Home planted 30 trees by the drive.": counts,
		"In May 2025 we planted 30 trees by the drive.":                            counts,
	} {
		if got := planted.answerFor(t, home, text); got != want {
			t.Errorf("%q %s, not %s", text, got, want)
		}
	}
}

// What one can have, and what people are asked to come to, is not done.
func TestOffersAndInvitationsAreAskedAbout(t *testing.T) {
	t.Parallel()
	trained := clueOf{"en", "trained", ""}
	festival := clueOf{"en", "festival", ""}
	market := clueOf{"nb", "loppemarked", ""}
	held := clueOf{"vi", "được tổ chức", ""}
	taught := clueOf{"vi", "được tập huấn", ""}
	judgeAll(t, []saying{
		{"an offer", clueOf{"en", "learned", "with: number"}, "We can have a class of 30 ready within a day, and young people who have learned map reading with us get a certificate.", uncertain},
		{"no offer", trained, "We have a whole class of 30 trained in map reading since May 2025.", counts},
		{"an invitation", festival, "Marsh Lane Trust invites you! A festival of light is held in the old baths on 21 and 22 November 2025. Tickets are £8.", uncertain},
		{"a report with the price", festival, "A festival of light was held in the old baths on 21 and 22 November 2025. Doors opened at six; tickets were £8.", counts},
		{"an invitation", market, "Velkommen til bygdehuset! Et loppemarked blir arrangert på bygdehuset 4. mai 2025 med 12 boder. Gratis inngang.", uncertain},
		{"a report", market, "Et loppemarked ble arrangert på bygdehuset 4. mai 2025 med 12 boder. Det var gratis inngang.", counts},
		{"an invitation", held, "Xã Tân Lập trân trọng kính mời bà con. Ngày hội được tổ chức từ 8 giờ ngày 12/10/2025 tại vườn với 12 gian hàng. Vào cửa tự do.", uncertain},
		{"a report", held, "Ngày hội đã được tổ chức ngày 12/10/2025 tại vườn với 12 gian hàng. Vào cửa tự do.", counts},
		{"a course that is offered", taught, "Xã Tân Lập thông báo chiêu sinh năm 2025. Học viên được tập huấn 12 buổi tại vườn.", uncertain},
		{"a course", taught, "Trong năm 2025, 40 học viên được tập huấn 12 buổi tại vườn.", counts},
	})
}

// People in need who are given something make no failure of it; a deed that ran into trouble is none.
func TestPeopleInNeedAreNoFailure(t *testing.T) {
	t.Parallel()
	gift := clueOf{"vi", "tặng quà;trao quà", ""}
	judgeAll(t, []saying{
		{"members", gift, "Ngày 4/5/2025, xã đã tặng quà cho 76 hội viên gặp khó khăn.", counts},
		{"families", gift, "Ngày 4/5/2025, xã đã trao quà cho 12 gia đình đang gặp khó khăn.", counts},
		{"the deed", gift, "Năm 2025, việc trao quà cho 12 hộ nghèo ở thôn 3 gặp khó khăn do mưa lũ.", countsNot},
		{"the deed of those in need", gift, "Năm 2025, việc trao quà cho hội viên gặp khó khăn do mưa lũ nên phải dừng.", uncertain},
	})
}
