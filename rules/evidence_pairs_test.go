package rules

import "testing"

// Two values of one measure for two times show which way it went, whatever the verb; each case that earns has near
// twins that must not.
func TestTwoValuesForTwoTimesTellAChange(t *testing.T) {
	visits := clueOf{"nb", "besøkende;besøkstall", "higher"}
	complaints := clueOf{"en", "complaints", "lower"}
	stunting := clueOf{"vi", "suy dinh dưỡng", "lower"}
	for _, c := range []struct {
		name string
		clue clueOf
		text string
		want answer
	}{
		{"a figure of this year against one of the year before", visits, "Vi hadde 5 210 besøkende i 2025, mot 3 870 i 2024.", counts},
		{"the other way is told as such", visits, "Vi hadde 3 870 besøkende i 2025, mot 5 210 i 2024.", countsNot},
		{"the years decide, and not the order", visits, "Vi hadde 5 210 besøkende i 2024, mot 3 870 i 2025.", countsNot},
		{"equal figures are no change", visits, "Vi hadde 5 210 besøkende i 2025, mot 5 210 i 2024.", countsNot},
		{"without a time for the other figure people are asked", visits, "Vi hadde 5 210 besøkende i 2025, mot 3 870 på Hamar.", uncertain},
		{"another measure is asked about", complaints, "The ledger shows 46 complaints, where the same months of 2024 had 118 burglaries.", uncertain},
		{"the same months of the year before", complaints, "The ledger shows 46 complaints between May and October, where the same months of 2024 had 118.", counts},
		{"the same months with fewer", complaints, "The ledger shows 146 complaints between May and October, where the same months of 2024 had 118.", countsNot},
		{"compared with a share of an earlier year", clueOf{"en", "repeat visitors", "lower"}, "Repeat visitors make up 38% of those who come, compared with 61% in 2024.", counts},
		{"compared with the average of others", clueOf{"en", "repeat visitors", "lower"}, "Repeat visitors make up 38% of those who come, compared with 61% across the county.", countsNot},
		{"the start of the year against its end", stunting, "Lần cân ngày 11/11/2025 cho thấy trẻ suy dinh dưỡng còn 47 em, trong khi đầu năm là 68 em.", counts},
		{"more than at the start", stunting, "Lần cân ngày 11/11/2025 cho thấy trẻ suy dinh dưỡng là 67 em, trong khi đầu năm là 38 em.", countsNot},
		{"the first months of a year are not its start", stunting, "Trẻ suy dinh dưỡng là 47 em, trong khi 6 tháng đầu năm đã cân 68 em.", countsNot},
		{"a bound is no value of before", clueOf{"vi", "cây xanh", "higher"}, "Thôn có 300 cây xanh, hơn 40 hộ tham gia.", countsNot},
		{"a word of before dates the figure", clueOf{"vi", "đàn bò", "higher"}, "Tổng đàn bò năm nay là 73 con, cùng kỳ năm 2024 là 42 con.", counts},
		{"a comparison without a time is asked about", clueOf{"vi", "đàn bò", "higher"}, "Tổng đàn bò là 73 con so với 42 con lúc bàn giao.", uncertain},
		{"words that say otherwise are asked about", complaints, "The number of complaints rose, with 46 complaints this year against 118 in 2024.", uncertain},
		{"a negation with figures is asked about", clueOf{"nb", "gjennomtrekken", "lower"}, "Gjennomtrekken er ikke lenger noe vi snakker om: i år sluttet to, mot sju året før.", uncertain},
		{"years with dashes before their values", clueOf{"vi", "khai thác trái phép", "lower"}, "Thống kê về khai thác trái phép như sau: 2023 – 13 vụ, 2024 – 10 vụ, 2025 – 4 vụ.", counts},
		{"years with dashes, the other way", clueOf{"vi", "khai thác trái phép", "lower"}, "Thống kê về khai thác trái phép như sau: 2023 – 13 vụ, 2024 – 4 vụ, 2025 – 10 vụ.", countsNot},
		{"each value beside the words of the clue", clueOf{"vi", "vụ trộm cắp;vụ trộm", "lower"}, "Năm 2024 xảy ra 21 vụ trộm cắp tài sản, năm 2025 có 8 vụ trộm.", counts},
		{"how much it changed is no value", clueOf{"nb", "medlemmer", "higher"}, "Vi har 80 medlemmer, 12 færre enn i 2024.", countsNot},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.clue.answer(t, c.text); got != c.want {
				t.Errorf("%q %s, not %s", c.text, got, c.want)
			}
		})
	}
}

// Lines and tables with values for several times report a change if the clue names the measure: in the label of a row,
// the header of a column, the title, or the label of a line.
func TestSeriesAndTablesTellAChange(t *testing.T) {
	visits := clueOf{"nb", "besøkende;besøkstall", "higher"}
	rate := clueOf{"vi", "hòa giải thành;tỷ lệ hòa giải", "higher"}
	bites := clueOf{"vi", "ca chó cắn", "lower"}
	trips := clueOf{"en", "passenger journeys", "higher"}
	energy := clueOf{"en", "electricity", "lower"}
	wait := clueOf{"nb", "ventetid", "lower"}
	for _, c := range []struct {
		name string
		clue clueOf
		text string
		want answer
	}{
		{"a label with earlier years in brackets", visits, "- Åpningsdager: 96 (som i fjor)\n- Besøkstallet: 7 044 (2024: 6 020; 2023: 5 480)\n- Kafésalg: 311 800 kr\n", counts},
		{"the latest earlier year is compared with", visits, "- Besøkstallet: 6 044 (2024: 6 920; 2023: 5 480)\n- Kafésalg: 311 800 kr\n", countsNot},
		{"a label of a plan is asked about", visits, "- Mål for besøkstallet: 7 044 (2024: 6 020)\n- Kafésalg: 311 800 kr\n", uncertain},
		{"a label with an earlier figure of something else", visits, "- Besøkstallet: 7 044 (kafégjester i 2024: 6 020)\n- Kafésalg: 311 800 kr\n", uncertain},
		{"rows of years below the header", rate, "Thống kê vụ việc tại 9 tổ dân phố\nNăm\tTiếp nhận\tHòa giải thành\tTỷ lệ\n2023\t51\t36\t70,6%\n2024\t44\t34\t77,3%\n2025\t48\t43\t89,6%\n", counts},
		{"rows of years in another order", rate, "Thống kê vụ việc tại 9 tổ dân phố\nNăm\tTiếp nhận\tHòa giải thành\tTỷ lệ\n2025\t48\t33\t69,6%\n2024\t44\t34\t77,3%\n2023\t51\t36\t70,6%\n", countsNot},
		{"rows of years before the campaign", rate, "Thống kê vụ việc tại 9 tổ dân phố\nNăm\tTiếp nhận\tHòa giải thành\tTỷ lệ\n2023\t51\t36\t70,6%\n2024\t44\t38\t77,3%\n", countsNot},
		{"the total of a table that its title names", bites, "Bảng 3. Ca chó cắn phải đi tiêm\nLàng\t2023\t2024\t2025\nMơ Nú\t14\t11\t4\nThông Ngó\t9\t10\t12\nCộng\t23\t21\t16\n", counts},
		{"rows without a total are asked about", bites, "Bảng 3. Ca chó cắn phải đi tiêm\nLàng\t2023\t2024\t2025\nMơ Nú\t14\t11\t4\nThông Ngó\t9\t10\t3\n", uncertain},
		{"rows that differ are asked about", bites, "Bảng 3. Ca chó cắn phải đi tiêm\nLàng\t2023\t2024\t2025\nMơ Nú\t14\t11\t4\nThông Ngó\t9\t10\t13\n", uncertain},
		{"the title of a plan is none", bites, "Kế hoạch năm 2025\nChỉ tiêu\t2024\t2025\nCa chó cắn\t21\t16\nTiêm phòng\t80\t90\n", countsNot},
		{"columns set with spaces", trips, "Operating statistics\n                       2023     2024     2025\nVehicles                  3        3        4\nPassenger journeys    7,912    8,340   11,265\nVolunteer drivers        19       17       23\n", counts},
		{"columns set with spaces, in another order", trips, "Operating statistics\n                       2025     2024     2023\nVehicles                  3        3        4\nPassenger journeys    7,912    8,340   11,265\nVolunteer drivers        19       17       23\n", countsNot},
		{"a total among indicators of results", clueOf{"vi", "thu nhập bình quân", "higher"}, "III. KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU\nTT\tChỉ tiêu\tĐVT\tNăm 2024\tNăm 2025\n1\tSản lượng chè\ttấn\t58\t71\n2\tThu nhập bình quân\ttriệu đồng\t52\t61,5\n", counts},
		{"a title of rows set with spaces is asked about", clueOf{"nb", "forekomster", "lower"}, "Registrerte forekomster (egen kartlegging)\n              2023   2024   2025\nRynkerose       46     39     22\nParkslirekne    12     11      9\n", uncertain},
		{"a table of points is a form", rate, "Tiêu chí\tNăm 2024\tNăm 2025\tĐiểm\nHòa giải thành\t34\t43\t10\nTập huấn\t1\t2\t5\n", countsNot},
		{"lines of years below a title", energy, "Gas and electricity, kWh\n2024: 51,300\n2025: 37,900\nThe difference comes from the loft insulation.\n", counts},
		{"lines of years below a title, the other way", energy, "Gas and electricity, kWh\n2024: 37,900\n2025: 51,300\nThe difference comes from the cold winter.\n", countsNot},
		{"lines of years below a title of a budget", energy, "Electricity, budget in kWh\n2024: 51,300\n2025: 37,900\nThe board agreed to it.\n", countsNot},
		{"lines of quarters, each lower", wait, "Ventetid, median (dager)\n1. kvartal: 29\n2. kvartal: 25\n3. kvartal: 16\n4. kvartal: 14\n", counts},
		{"lines of quarters, up and down", wait, "Ventetid, median (dager)\n1. kvartal: 29\n2. kvartal: 35\n3. kvartal: 16\n4. kvartal: 24\n", uncertain},
		{"lines of quarters, higher", wait, "Ventetid, median (dager)\n1. kvartal: 14\n2. kvartal: 16\n3. kvartal: 25\n4. kvartal: 29\n", countsNot},
		{"lines of other places are no series", wait, "Ventetid, median (dager)\nElvdal: 29\nHamar: 25\nGjøvik: 16\n", countsNot},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.clue.answer(t, c.text); got != c.want {
				t.Errorf("%q %s, not %s", c.text, got, c.want)
			}
		})
	}
}

// A row of a table of works counts if its column of the status says that it was done.
func TestAColumnOfTheStatusSaysWhatWasDone(t *testing.T) {
	path := clueOf{"nb", "turløype", ""}
	scales := clueOf{"vi", "cân đối chứng", ""}
	bridge := clueOf{"en", "footbridge", ""}
	head := "Tiltak\tStatus per 15.11.2025\tMerknad\nGangbru Liane\tutsatt\tmangler rekkverk\n"
	for _, c := range []struct {
		name string
		clue clueOf
		text string
		want answer
	}{
		{"in use", path, head + "Turløype Tjørhom\ttatt i bruk 30.08\tgodkjent av rådet\n", counts},
		{"put off", path, head + "Turløype Tjørhom\tutsatt\tgodkjent av rådet\n", countsNot},
		{"not completed", path, head + "Turløype Tjørhom\tikke ferdigstilt\tgodkjent av rådet\n", countsNot},
		{"under way", path, head + "Turløype Tjørhom\tpågår\tgodkjent av rådet\n", countsNot},
		{"blank", path, head + "Turløype Tjørhom\t\tgodkjent av rådet\n", countsNot},
		{"done in an earlier year", path, head + "Turløype Tjørhom\tferdig 30.08.2023\tgodkjent av rådet\n", countsNot},
		{"part of it", path, head + "Turløype Tjørhom\t41 av 60 km ferdig\trest våren\n", uncertain},
		{"a word that is not known", path, head + "Turløype Tjørhom\tkjempefin\tgodkjent av rådet\n", uncertain},
		{"all of them", scales, "Hạng mục\tTình trạng\nCamera quan sát\tĐã lắp 12/12\nCân đối chứng\tĐã lắp 3/3, kiểm định ngày 08/7/2025\nBảng niêm yết giá\tHỏng 4 bảng, chưa thay\n", counts},
		{"not all of them", scales, "Hạng mục\tTình trạng\nCamera quan sát\tĐã lắp 12/12\nCân đối chứng\tĐã lắp 1/3\nBảng niêm yết giá\tHỏng 4 bảng, chưa thay\n", uncertain},
		{"none of them", scales, "Hạng mục\tTình trạng\nCamera quan sát\tĐã lắp 12/12\nCân đối chứng\tChưa lắp\nBảng niêm yết giá\tHỏng 4 bảng, chưa thay\n", countsNot},
		{"a share of all", bridge, "Action\tProgress\nFootbridge at the weir\t100%\nShelter\t60%\n", counts},
		{"a share of less", bridge, "Action\tProgress\nFootbridge at the weir\t60%\nShelter\t100%\n", uncertain},
		{"parted by strokes", bridge, "ACTION / WHO / STATUS 31.12.2025\nFootbridge at the weir / wardens / completed 4 May\nShelter / wardens / postponed\nSignposts / council / ordered, due in spring\n", counts},
		{"parted by strokes and put off", bridge, "ACTION / WHO / STATUS 31.12.2025\nFootbridge at the weir / wardens / postponed\nShelter / wardens / completed 4 May\nSignposts / council / ordered, due in spring\n", countsNot},
		{"a row of figures is no deed", clueOf{"nb", "rynkerose", ""}, "Registrerte forekomster (egen kartlegging)\n              2023   2024   2025\nRynkerose       46     39     22\nParkslirekne    12     11      9\n", countsNot},
		{"parted by dashes", clueOf{"vi", "mắt camera", ""}, "Hạng mục – Kinh phí – Tình trạng\nKhu phố 1: 12 mắt camera – 38 triệu đồng – đã nghiệm thu, đưa vào sử dụng 02/6\nKhu phố 5: đèn chiếu sáng hẻm 88 – 19 triệu đồng – đang thi công\n", counts},
		{"parted by dashes and under way", clueOf{"vi", "mắt camera", ""}, "Hạng mục – Kinh phí – Tình trạng\nKhu phố 1: 12 mắt camera – 38 triệu đồng – đang thi công\nKhu phố 5: đèn chiếu sáng hẻm 88 – 19 triệu đồng – đã nghiệm thu\n", countsNot},
		{"a table of next year's works", bridge, "Programme for next year\nAction\tStatus\nFootbridge at the weir\tcompleted\nShelter\tcompleted\n", countsNot},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.clue.answer(t, c.text); got != c.want {
				t.Errorf("%q %s, not %s", c.text, got, c.want)
			}
		})
	}
}

// A label with a target and a result counts by the result, a bracket may say that it was done, and a programme of a day
// says nothing.
func TestItemsOfListsThatSayWhatWasDone(t *testing.T) {
	members := clueOf{"vi", "kết nạp đảng viên", ""}
	days := clueOf{"vi", "ngày công", ""}
	club := clueOf{"vi", "CLB bài chòi", ""}
	for _, c := range []struct {
		name string
		clue clueOf
		text string
		want answer
	}{
		{"a target and a result", members, "1. Học lớp nhận thức về Đảng: 17 quần chúng.\n2. Kết nạp đảng viên: chỉ tiêu 10 – thực hiện 9 (đạt 90%), gồm 5 nữ.\n3. Xóa tên: 1.\n", counts},
		{"a target and none", members, "1. Học lớp nhận thức về Đảng: 17 quần chúng.\n2. Kết nạp đảng viên: chỉ tiêu 10 – thực hiện 0.\n3. Xóa tên: 1.\n", countsNot},
		{"a target alone", members, "1. Học lớp nhận thức về Đảng: 17 quần chúng.\n2. Kết nạp đảng viên: chỉ tiêu 10.\n3. Xóa tên: 1.\n", countsNot},
		{"what is told behind a label", clueOf{"vi", "tập huấn nuôi ong", ""}, "Tập huấn nuôi ong: đã mở 3 lớp, 94 hội viên dự, tại nhà văn hóa thôn.", counts},
		{"what somebody asked for behind a label is asked about", clueOf{"vi", "tập huấn nuôi ong", ""}, "Tập huấn nuôi ong: đã đề nghị mở 3 lớp, tại nhà văn hóa thôn.", uncertain},
		{"done, in a bracket", days, "a) Ngân sách huyện: 1.080 triệu đồng\nb) Nhân dân đóng góp: 96 triệu đồng và 1.215 ngày công (đã thực hiện)\n", counts},
		{"not done, in a bracket", days, "a) Ngân sách huyện: 1.080 triệu đồng\nb) Nhân dân đóng góp: 96 triệu đồng và 1.215 ngày công (chưa thực hiện)\n", uncertain},
		{"nothing said in a bracket", days, "a) Ngân sách huyện: 1.080 triệu đồng\nb) Nhân dân đóng góp: 96 triệu đồng và 1.215 ngày công (ước tính)\n", uncertain},
		{"a programme of an evening", club, "Chương trình đêm rằm\n19h00  Đón khách, phát thẻ bài\n19h30  CLB bài chòi phường 3 đã ra mắt 17 em\n20h15  Hô thai\n", countsNot},
		{"a time of the day in a report", club, "Đêm rằm tháng Giêng năm nay.\n19h30 ngày 4/6/2025, CLB bài chòi đã ra mắt 17 em.\n", counts},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.clue.answer(t, c.text); got != c.want {
				t.Errorf("%q %s, not %s", c.text, got, c.want)
			}
		})
	}
}

// The words of a clue are found in other forms, and with a number and what it counts between them. In a language of
// syllables other words between them may make another thing of it, so people are asked.
func TestWordsOfCluesInOtherForms(t *testing.T) {
	trees := clueOf{"en", "planted trees", ""}
	group := clueOf{"nb", "samisk avdeling", ""}
	cameras := clueOf{"vi", "lắp đặt camera", ""}
	for _, c := range []struct {
		name string
		clue clueOf
		text string
		want answer
	}{
		{"a number between", trees, "In November 2025 we planted 340 trees along Mill Lane.", counts},
		{"a number and a word such as new between", trees, "In November 2025 we planted 340 new trees along Mill Lane.", counts},
		{"another clause between is asked about", trees, "In November 2025 we planted, 340 trees or no trees, nothing at all.", uncertain},
		{"another object between is asked about", trees, "In November 2025 we planted hedges below the trees of Mill Lane.", uncertain},
		{"a passive in the other order", trees, "In November 2025 all 340 trees were planted along Mill Lane.", counts},
		{"words about the subject between", clueOf{"nb", "bakeriet åpnet", ""}, "Bakeriet i Storgata 8 åpnet 15. april 2025 med sju ansatte.", counts},
		{"the other order before a preposition", clueOf{"nb", "startet arbeidsbakeri", ""}, "Et arbeidsbakeri startet i mai 2025 med 9 ansatte.", counts},
		{"a verb with an object of its own is asked about", clueOf{"en", "trained teachers", ""}, "In May 2025 our teachers trained 40 pupils in first aid.", uncertain},
		{"and between is asked about", clueOf{"en", "beds opened", ""}, "In May 2025 the beds came and a kitchen was opened in our hall.", uncertain},
		{"a negation between", clueOf{"en", "ropeway open", ""}, "In May 2025 the ropeway was not yet open for our 40 farms.", countsNot},
		{"a plan between", clueOf{"nb", "instrumenter reparert", ""}, "Om lag 20 instrumenter skal være reparert i 2025.", countsNot},
		{"far apart", trees, "In November 2025 we planted hedges, roses, lilies, herbs and shrubs below the trees.", countsNot},
		{"particles are no words of their own", clueOf{"en", "handed out", ""}, "In May 2025 our team was out and handed 40 parcels over.", countsNot},
		{"a plan with a number between", trees, "In November 2026 we will have planted 340 trees.", countsNot},
		{"none of them", trees, "In November 2025 we planted no trees.", countsNot},
		{"endings of both words", group, "Den samiske avdelingen åpnet 5. februar 2025 med ti barn.", counts},
		{"a planned one", group, "Vi søker leder i 100 % stilling til vår planlagte samiske avdeling.", countsNot},
		{"another form of the verb", clueOf{"nb", "fått jobb", ""}, "Fire av deltakerne fikk jobb i løpet av høsten 2025.", counts},
		{"another form of the verb, negated", clueOf{"nb", "fått jobb", ""}, "Ingen av de fire deltakerne fikk jobb i løpet av høsten 2025.", countsNot},
		{"a noun with an accent", clueOf{"nb", "språkkafé", ""}, "Språkkafeen vår har vært i gang hver tirsdag siden 16. januar 2025.", counts},
		{"a number and a classifier between", cameras, "Tháng 5/2025, xã đã lắp đặt 12 bộ camera tại thôn Tân An.", counts},
		{"a negation is none of the words between", cameras, "Xã lắp đặt không đủ 12 camera.", countsNot},
		{"two parts with others between are asked about", clueOf{"vi", "tỷ lệ sinh con tại nhà", "lower"}, "Năm 2025, tỷ lệ phụ nữ sinh con tại nhà giảm từ 41% xuống 23%.", uncertain},
		{"two parts in the other order are asked about", clueOf{"vi", "tập huấn thợ lặn", ""}, "Tháng 2/2025, 44 thợ lặn đã được xã tập huấn tại cảng.", uncertain},
		{"words without a number between are asked about", cameras, "Tháng 5/2025, xã đã lắp đặt hệ thống camera tại 12 thôn.", uncertain},
		{"a number in words that is a year is none", clueOf{"vi", "trồng cây", ""}, "Xã đã trồng năm cây.", countsNot},
		{"a short noun behind another word may be plural", clueOf{"en", "repair café", ""}, "Ten repair cafés were run in May 2025, and 412 items were mended.", counts},
		{"a figure of the clue is taken literally", clueOf{"en", "20 mph zone", ""}, "A 20 mph zone was opened in Mill Lane on 4 May 2025.", counts},
		{"another figure is not", clueOf{"en", "20 mph zone", ""}, "A 30 mph zone was opened in Mill Lane on 4 May 2025.", countsNot},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.clue.answer(t, c.text); got != c.want {
				t.Errorf("%q %s, not %s", c.text, got, c.want)
			}
		})
	}
}
