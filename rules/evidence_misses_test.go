package rules

import "testing"

// A word of denial, plan or wish that is part of a name or of another word says nothing of its sentence.
func TestAWordThatIsPartOfANameIsNoCue(t *testing.T) {
	t.Parallel()
	gifts := clueOf{"vi", "trao", "of: { vi: [phần quà, xe đạp] }, with: number"}
	stall := clueOf{"en", "held", "of: { en: [plant stall] }"}
	course := clueOf{"nb", "holdt", "of: { nb: [snekkerkurs] }"}
	judgeAll(t, []saying{
		{"a rank", gifts, "Ngày 4/5/2025, Thiếu tá Nguyễn Thu Hương của xã đã trao 20 phần quà cho các em.", counts},
		{"it lacked", gifts, "Ngày 4/5/2025, xã thiếu kinh phí trao 20 phần quà cho các em.", countsNot},
		{"a town", gifts, "Ngày 4/5/2025, xã đã về Cần Thơ trao 16 xe đạp cho học sinh.", uncertain},
		{"a town that opens the sentence", gifts, "Cần Thơ là nơi xã đã trao 16 xe đạp cho học sinh ngày 4/5/2025.", counts},
		{"a duty", gifts, "Ngày 4/5/2025, xã cần trao 16 xe đạp cho học sinh.", countsNot},
		{"an office", gifts, "Ngày 4/5/2025, chúng tôi cùng Phòng Kế hoạch của xã trao 16 xe đạp cho học sinh.", counts},
		{"a plan", gifts, "Ngày 4/5/2025, theo kế hoạch xã trao 16 xe đạp cho học sinh.", countsNot},
		{"more than that", gifts, "Không dừng lại ở đó, ngày 4/5/2025 chúng tôi đã trao 16 xe đạp cho học sinh.", counts},
		{"not that", gifts, "Ngày 4/5/2025 chúng tôi không trao 16 xe đạp cho học sinh.", countsNot},
		{"a first name", stall, "On 4 May 2025 our treasurer Will Barker and the volunteers held a plant stall.", counts},
		{"a first name that opens the sentence", stall, "Will Barker and our volunteers held a plant stall on 4 May 2025.", counts},
		{"a time to come", stall, "On 4 May 2025 we will be glad to have held a plant stall.", countsNot},
		{"in capitals", stall, "On 4 May 2025 we have NOT held a plant stall.", countsNot},
		{"in a title", stall, "We Have Not Held A Plant Stall This May.", countsNot},
		{"more than that", stall, "Not stopping at that, we held a plant stall on 4 May 2025.", counts},
		{"a name", course, "Den 4. mai 2025 holdt Elvdal kommune ved rådmann Vil Berg snekkerkurs for 12 deltakere.", counts},
		{"a plan", course, "Den 4. mai 2025 vil Elvdal kommune ha holdt snekkerkurs for 12 deltakere.", countsNot},
		{"more than that", course, "Vi stoppet ikke ved det og holdt snekkerkurs 4. mai 2025 for 12 deltakere.", uncertain},
	})
}

// A verb of two syllables that does to its object what a clue's verb does is that verb; others are not.
func TestVerbsOfTwoSyllablesThatKeepTheirSense(t *testing.T) {
	t.Parallel()
	award := clueOf{"vi", "nhận", "of: { vi: [bằng khen] }"}
	judgeAll(t, []saying{
		{"received", award, "Ngày 4/5/2025, Xã Tân Lập vinh dự đón nhận bằng khen của Thủ tướng Chính phủ.", counts},
		{"acknowledged", award, "Ngày 4/5/2025, Xã Tân Lập ghi nhận bằng khen của các hộ.", countsNot},
		{"received something else", award, "Ngày 4/5/2025, Xã Tân Lập đón nhận khách, trong đó có người có bằng khen.", countsNot},
	})
}

// A number that is not said is one; an amount may be between a verb and its noun.
func TestAmountsThatAreNotSaidOrAreBetweenWords(t *testing.T) {
	t.Parallel()
	raised := clueOf{"vi", "quyên góp", "with: money"}
	funds := clueOf{"en", "raised", "with: money"}
	people := clueOf{"en", "trained", "of: { en: [people] }, with: number"}
	grant := clueOf{"nb", "fikk støtte", "with: money"}
	judgeAll(t, []saying{
		{"hundreds of millions", raised, "Ngày 4/5/2025, hàng trăm triệu đồng đã được cán bộ của xã quyên góp cho quỹ.", counts},
		{"hundreds of comrades", raised, "Ngày 4/5/2025, hàng trăm đồng chí của xã đã quyên góp cho quỹ.", countsNot},
		{"many comrades", raised, "Ngày 4/5/2025, nhiều đồng chí của xã đã quyên góp cho quỹ.", countsNot},
		{"several thousand", funds, "On 4 May 2025 we raised several thousand pounds for the roof.", counts},
		{"a number of no money", funds, "On 4 May 2025 we raised several thousand seedlings for the park.", countsNot},
		{"several hundred", people, "On 4 May 2025 we trained several hundred people.", counts},
		{"several", people, "On 4 May 2025 we trained several people.", countsNot},
		{"between, with i", grant, "I mai 2025 fikk vi i kommunen 225 000 kr i støtte.", uncertain},
		{"between, with i", grant, "Vi fikk 225 000 kr i støtte 4. mai 2025.", counts},
		{"between, with til", grant, "Vi fikk 1,2 millioner kroner til støtte 4. mai 2025.", counts},
		{"no money between", grant, "Vi fikk 12 brev om støtte 4. mai 2025.", countsNot},
		{"flere hundre tusen", clueOf{"nb", "samlet inn", "with: money"}, "Vi samlet inn flere hundre tusen kroner 4. mai 2025.", counts},
		{"flere", clueOf{"nb", "samlet inn", "with: money"}, "I mai samlet vi inn flere kroner til taket.", countsNot},
		{"hundrevis", clueOf{"nb", "samlet inn", "with: number"}, "Vi samlet inn hundrevis av bøker 4. mai 2025.", counts},
	})
}

// Figures of different things are no two values of one measure, and show no change; nor does a number alone.
func TestFiguresOfDifferentThingsTellNoChange(t *testing.T) {
	t.Parallel()
	poor := clueOf{"vi", "hộ nghèo", "lower"}
	members := clueOf{"nb", "medlemmer", "higher"}
	visits := clueOf{"en", "visits", "higher"}
	judgeAll(t, []saying{
		{"gifts for them", poor, "Ngày 29/1/2025, xã đã trao 100 suất quà và 85 triệu đồng cho các hộ nghèo ở thôn 3.", countsNot},
		{"two values", poor, "Đầu năm 2025 xã có 46 hộ nghèo, nay là 31 hộ nghèo.", uncertain},
		{"one value", members, "Ved utgangen av året 2025 har kommunen 106 medlemmer og 4 æresmedlemmer.", countsNot},
		{"two values", members, "Foreningen hadde 106 medlemmer i 2025, mot 98 i 2024.", counts},
		{"figures of others", visits, "In 2025 we spent £400 on visits and painted 12 rooms.", countsNot},
		{"two values", visits, "In 2025 there were 400 visits to the hall, and 320 in 2024.", counts},
	})
}

// A number with two dots is no date.
func TestNumbersWithDotsAreNoDates(t *testing.T) {
	for word, want := range map[string]bool{"31.8.2025": true, "31.08.25": true, "1.250.000": false, "12.500": false, "2025": false} {
		if isDotted(word) != want {
			t.Errorf("%s: a date with dots: %v", word, !want)
		}
	}
}
