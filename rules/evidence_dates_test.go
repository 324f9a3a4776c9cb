package rules

import "testing"

// A date in any form that dates the words, before the campaign or after it, makes another time of them. The same date in
// the campaign, one of a paper and one that is compared with do not.
func TestDatesOutsideTheCampaign(t *testing.T) {
	kiosk := clueOf{"en", "opened a kiosk;ran a kiosk", ""}
	stall := clueOf{"nb", "åpnet en bod", ""}
	pump := clueOf{"vi", "máy bơm", ""}
	var list []saying
	for _, day := range []string{"on 14 March", "on March 14,", "in March", "on the 14th of March"} {
		list = append(list,
			saying{"before it", kiosk, "We opened a kiosk " + day + " 2012.", countsNot},
			saying{"before it, at the start", kiosk, day2(day) + " 2012 we opened a kiosk for 30 guests.", countsNot},
			saying{"after it", kiosk, "We opened a kiosk " + day + " 2027.", countsNot},
			saying{"in it", kiosk, "We opened a kiosk " + day + " 2025.", counts})
	}
	for _, day := range []string{"14. mars %", "14.3.%", "14.03.%", "den 14. mars %", "i mars %", "%-03-14", "14/3-%", "14. mars\n%"} {
		list = append(list,
			saying{"before it", stall, "Vi åpnet en bod " + in(day, "2012") + ".", countsNot},
			saying{"after it", stall, "Vi åpnet en bod " + in(day, "2027") + ".", countsNot},
			saying{"in it", stall, "Vi åpnet en bod " + in(day, "2025") + ".", counts})
	}
	for _, day := range []string{"ngày 14/3/%", "ngày 14-3-%", "ngày 14.3.%", "tháng 3/%", "ngày 14 tháng 3 năm %", "quý I/%"} {
		list = append(list,
			saying{"before it", pump, "Xã đã lắp 6 máy bơm " + in(day, "2012") + ".", countsNot},
			saying{"before it, at the start", pump, in(day, "2012") + ", xã đã lắp 6 máy bơm.", countsNot},
			saying{"after it", pump, "Xã đã lắp 6 máy bơm " + in(day, "2027") + ".", countsNot},
			saying{"in it", pump, "Xã đã lắp 6 máy bơm " + in(day, "2025") + ".", counts})
	}
	judgeAll(t, append(list, []saying{
		{"dots and two digits", stall, "14.03.12 ble det åpnet en bod ved brygga med 3 vakter.", countsNot},
		{"dots and two digits, in it", stall, "Den 14.03.25 ble det åpnet en bod ved brygga med 3 vakter.", counts},
		{"a quarter", kiosk, "In Q1 2012 we opened a kiosk.", countsNot},
		{"a season", kiosk, "In 2011/12 we opened a kiosk.", countsNot},
		{"a season that reaches into it", kiosk, "In 2024/25 we opened a kiosk.", counts},
		{"two digits", kiosk, "We opened a kiosk in '12.", countsNot},
		{"a number behind a quotation", kiosk, "We ran a kiosk at what we called 'made in' 12 times.", counts},
		{"two digits, in it", kiosk, "We opened a kiosk in '25.", counts},
		{"beside a time of the campaign", clueOf{"nb", "stiftet", ""}, "Laget ble stiftet 14.03.2012 og regnskapet er fra 1.1.2025 til 31.12.2025.", countsNot},
		{"what a paper is of", pump, "Ngày 4/6/2025 xã đã lắp 6 máy bơm theo Quyết định số 12/QĐ-UBND ngày 14/3/2012.", counts},
		{"in memory of a day", pump, "Kỷ niệm ngày 30/4/1975, xã đã lắp 6 máy bơm.", counts},
		{"under a law", kiosk, "Under the Kiosk Act of 1967, we opened a kiosk for 30 guests in May 2025.", counts},
		{"the deed is in the clause of the date", kiosk, "After the club ran a kiosk in November 2024, we looked for more guests in 2025.", countsNot},
		{"the deed is behind the clause of the date", kiosk, "After the flood of November 2024, we ran a kiosk in May 2025.", counts},
	}...))
}

// day2 is a date at the start of a sentence.
func day2(day string) string { return "O" + day[1:] }

// in is a date with its year.
func in(day, year string) string {
	out := ""
	for _, r := range day {
		if r == '%' {
			out += year
			continue
		}
		out += string(r)
	}
	return out
}

// A total since a time before the campaign is no result of it, unless a part of it is told for the campaign.
func TestTotalsSinceLongAgo(t *testing.T) {
	trees := clueOf{"en", "planted trees", ""}
	books := clueOf{"nb", "lånt ut", ""}
	cows := clueOf{"vi", "cặp bò", ""}
	judgeAll(t, []saying{
		{"since a year", trees, "Since 2012 we have planted 4,900 trees.", countsNot},
		{"since a month of the campaign", trees, "Since March we have planted 4,900 trees.", counts},
		{"since a date", cows, "Từ ngày 25/11/2016 đến nay, xã đã trao 40 cặp bò.", countsNot},
		{"since a date of the campaign", cows, "Từ ngày 25/1/2025 đến nay, xã đã trao 40 cặp bò.", counts},
		{"a beginning, and until now", cows, "Phong trào bắt đầu từ năm 2010, chỉ hai năm sau khi có chi hội, đến nay là 14 mùa, đã trao 140 cặp bò.", countsNot},
		{"years that went by", cows, "Trong suốt 15 năm qua, xã đã trao 40 cặp bò.", countsNot},
		{"the year that went by", cows, "Trong 1 năm qua, xã đã trao 40 cặp bò.", counts},
		{"years that went by", trees, "Over the last fifteen years we planted 4,900 trees.", countsNot},
		{"years that went by", books, "De siste 15 årene har vi lånt ut 4900 bøker.", countsNot},
		{"months that went by", books, "De siste ukene har vi lånt ut 4900 bøker.", counts},
		{"a month of this year", cows, "Tháng 3 năm nay, xã đã trao 40 cặp bò.", counts},
		{"a day of this year", cows, "Ngày 5/6 năm nay, xã đã trao 40 cặp bò.", counts},
		{"a quarter of this year", cows, "Quý 2 năm nay, xã đã trao 40 cặp bò.", counts},
		{"a hamlet with a number, this year", cows, "Ở thôn 3 năm nay, xã đã trao 40 cặp bò.", counts},
		{"six years until now", cows, "Từ 6 năm nay, xã đã trao 40 cặp bò.", countsNot},
		{"an age", books, "Kommunen har lånt ut 4900 bøker til eldre over 80 år.", counts},
		{"years that went by, with over", books, "Over de siste 15 årene har vi lånt ut 4900 bøker.", countsNot},
		{"our first year", trees, "We planted 66 trees our first year.", uncertain},
		{"a sentence that a line break parts", trees, "Since 2012 we have worked in\n72 parishes and planted 4,900 trees there.", countsNot},
		{"a total behind a sentence about a year", cows, "Phong trào có từ năm 2008. Tổng số cặp bò đã trao đạt 400 cặp.", countsNot},
		{"a part of it for the campaign", trees, "Since 2012 we have planted 4,900 trees. In 2025 we planted 300 trees at the weir.", counts},
		{"a sentence behind one about a year", trees, "In 2014 the club had a good spring. We planted 300 trees at the weir.", uncertain},
		{"a sentence behind one about this year", trees, "In 2025 the club had a good spring. We planted 300 trees at the weir.", counts},
	})
}
