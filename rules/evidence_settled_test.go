package rules

import "testing"

// A passage against which nothing speaks still counts only if it has the signs that right ones have: its sentence ends,
// nothing behind it turns away from it, it is not what a paper or a check was about, and it names a time or its clause
// a verb of the past. What lacks one is asked about.
func TestOnlyWhatIsSettledCounts(t *testing.T) {
	shed := clueOf{"en", "bike shed", ""}
	noise := clueOf{"en", "complaints", "lower"}
	boat := clueOf{"nb", "redningsbåt", ""}
	calls := clueOf{"nb", "utrykninger", "lower"}
	well := clueOf{"vi", "giếng khoan", ""}
	theft := clueOf{"vi", "vụ trộm", "lower"}
	judgeAll(t, []saying{
		// the sentence ends
		{"what ends in a full stop", shed, "The bike shed was put up on 4 March by our volunteers.", counts},
		{"what goes on behind a semicolon, with its time", shed, "The bike shed was put up on 4 March by our volunteers; its roof came in June.", counts},
		{"what goes on behind a semicolon, with its time", boat, "Redningsbåten ble levert 4. mars; motoren kom i juni.", counts},
		{"what goes on behind a semicolon, with its time", well, "Ngày 4/3/2025 xã đã bàn giao 5 giếng khoan; máy bơm về trong tháng 6.", counts},
		{"what goes on behind a semicolon, without a time", shed, "The bike shed was put up by our volunteers; its roof came later.", uncertain},
		{"what goes on behind a semicolon, without a time", boat, "Redningsbåten ble levert med 2 årer; motoren kom etterpå.", uncertain},
		{"what turns behind a semicolon", shed, "The bike shed was put up on 4 March; nobody has the key.", uncertain},
		{"what turns behind a semicolon", boat, "Redningsbåten ble levert 4. mars; vi håper noen kan kjøre den.", uncertain},
		{"what turns behind a semicolon", well, "Ngày 4/3/2025 đã bàn giao 5 giếng khoan; đến nay chưa giếng nào có nước.", uncertain},
		{"an item of a list with a figure and its work", well, "KẾT QUẢ HOẠT ĐỘNG NĂM 2025\n• Lắp đèn đường: 40 bộ\n• Bàn giao giếng khoan: 5 giếng, 212 hộ dùng\n• Làm đường: 3 km", counts},
		{"an item with its date and verb", shed, "Third quarter:\n- Bike shed put up 4 March, 60 places\n- Lost umbrellas: 31", counts},
		{"an item without", shed, "Third quarter:\n- Bike shed, 60 places\n- Lost umbrellas: 31", uncertain},
		{"parts of a list of results", well, "Kết quả năm 2025: (1) trồng 300 cây; (2) đã khoan 7 giếng khoan ở 7 thôn; (3) làm 4 km đường.", counts},
		{"a change that its figures show, without a full stop", noise, "Complaints: 71 (2024: 118)", counts},

		// what is behind it turns away from it
		{"a denial in the next sentence", shed, "The bike shed was put up on 4 March. Nobody has the key.", uncertain},
		{"praise in the next sentence", shed, "The bike shed was put up on 4 March. It pleased everybody.", counts},
		{"a denial in the next sentence", boat, "Redningsbåten ble levert 4. mars. Ingen har fått prøve den.", uncertain},
		{"a denial in the next sentence", well, "Ngày 4/3/2025 xã đã bàn giao 5 giếng khoan. Đến nay chưa giếng nào có nước.", uncertain},
		{"a duty in the next sentence", calls, "Antall utrykninger falt fra 40 til 22. Tallene må kontrolleres.", uncertain},
		{"what is behind a dash", shed, "The bike shed that was put up on 4 March is the town's – our part was the paint.", uncertain},
		{"what is behind a dash", boat, "Redningsbåten som kom 4. mars, er kommunens – vi ga tauet.", uncertain},
		{"a target that was outdone", well, "Năm 2025 xã đã khoan 12 giếng khoan, vượt 2 giếng so với nghị quyết.", counts},
		{"a paper that the deed was done to", clueOf{"en", "supported", ""}, "All 40 members supported the guidance in May.", counts},
		{"a contrast with something else", shed, "The bike shed was put up in May, but the fence was not put up.", counts},

		// who looked at it
		{"what auditors found", shed, "Two auditors found that the bike shed was put up on 4 March.", uncertain},
		{"what a check found", boat, "Revisoren skriver at redningsbåten ble levert 4. mars.", uncertain},
		{"what a check found", well, "Đoàn kiểm tra ghi nhận xã đã bàn giao 5 giếng khoan ngày 4/3/2025.", uncertain},

		// something holds it
		{"a figure beside a noun", shed, "The bike shed has forty hooks.", uncertain},
		{"a time beside it", shed, "Since May there has been a bike shed behind the hall.", counts},
		{"a price in Vietnamese", well, "Giá giếng khoan trên thị trường khoảng 15 triệu đồng/giếng.", uncertain},
		{"a change with its figures", theft, "Vụ trộm giảm từ 30 xuống 4 vụ.", counts},
	})
}

// What is refuted although its sentence reports a result in full, with a time, a figure and a verb of the past, is
// asked about, and so are two figures for two times whose words no list holds. A plan, a wish or a rule in plain words
// is not.
func TestWhatIsToldInFullIsNotRefutedSilently(t *testing.T) {
	shed := clueOf{"en", "bike shed", ""}
	boat := clueOf{"nb", "redningsbåt", ""}
	well := clueOf{"vi", "giếng khoan", ""}
	waits := clueOf{"en", "waiting time", "lower"}
	queue := clueOf{"nb", "ventetid", "lower"}
	judgeAll(t, []saying{
		{"a wish in so many words", shed, "We would like a bike shed.", countsNot},
		{"a plan in so many words", boat, "Vi skal kjøpe redningsbåt i 2026.", countsNot},
		{"a plan in so many words", well, "Xã sẽ khoan 5 giếng khoan trong quý tới.", countsNot},
		{"a denial in so many words", boat, "Ingen redningsbåt ble levert i mars.", countsNot},
		{"two figures for two times in other words", queue, "I 2024 sto folk 40 minutter i kø; i 2025 er ventetiden 12 minutter.", uncertain},
		{"one figure", waits, "The waiting time is 21 minutes.", countsNot},
		{"a bound is no second figure of another time", clueOf{"vi", "cây xanh", "higher"}, "Thôn có 300 cây xanh, hơn 40 hộ tham gia.", countsNot},
	})
}

// What people nearly always decide alike is no question: an earlier time without "us" or a contrast, a negation with
// nothing behind its clause, rules without a figure, and what is behind the name of a paper with a date.
func TestWhatIsAlwaysDecidedAlikeIsNotAskedAbout(t *testing.T) {
	t.Parallel()
	judgeAll(t, []saying{
		{"since an earlier year", clueOf{"en", "wells", ""}, "Since 2019, the club has dug forty wells.", countsNot},
		{"a double negation is asked about", clueOf{"en", "joined", ""}, "Not one of the 52 who joined went home without a gift.", uncertain},
	})
}
