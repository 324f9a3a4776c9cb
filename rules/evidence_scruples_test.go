package rules

import "testing"

// The words of a clue inside the name of a fund, programme, cup or page are no deed.
func TestWordsInsideANameAreNoDeed(t *testing.T) {
	t.Parallel()
	steps := clueOf{"vi", "tới trường", ""}
	swim := clueOf{"vi", "dạy bơi", ""}
	cup := clueOf{"en", "cup", ""}
	rivers := clueOf{"en", "clean rivers", ""}
	stall := clueOf{"en", "plant stall", ""}
	beach := clueOf{"nb", "badebrygge", ""}
	road := clueOf{"nb", "skolevei", ""}
	judgeAll(t, []saying{
		{"a fund", steps, "Ngày 5/9/2025, quỹ Nâng bước em tới trường đã trao 30 suất học bổng cho học sinh.", uncertain},
		{"a programme", swim, "Ngày 4/6/2025, xã đã tham gia cuộc thi Em vui dạy bơi với 12 em.", uncertain},
		{"a programme in quotation marks", swim, "Ngày 4/6/2025, xã đã tham gia hội thi “Mùa hè dạy bơi an toàn cho trẻ em vùng sông nước năm 2025” với 12 em.", uncertain},
		{"the thing itself", steps, "Ngày 5/9/2025, xã đã đưa 30 em tới trường bằng đò.", counts},
		{"a programme that the words are not in", swim, "Ngày 4/6/2025, chương trình Mùa hè xanh đã dạy bơi cho 12 em.", counts},
		{"a cup of others", cup, "In July 2025 our 12 girls played in the Norway Cup for the first time.", uncertain},
		{"a programme", rivers, "On 4 May 2025 we joined the Clean Rivers Programme with 12 volunteers.", uncertain},
		{"a programme at the start", rivers, "Clean Rivers Programme staff visited us on 4 May 2025 and met 12 volunteers.", uncertain},
		{"a fund in small letters", stall, "The plant stall fund reached 400 pounds on 4 May 2025.", uncertain},
		{"an address on the web", stall, "On 4 May 2025 we put 12 pictures on https://example.org/plant-stall/2025 for all.", countsNot},
		{"the thing itself by its name", stall, "On 4 May 2025 we held our Plant Stall with 12 helpers.", counts},
		{"the thing itself of the own unit's name", stall, "On 4 May 2025 we held the Marsh Lane Plant Stall with 12 helpers.", counts},
		{"the thing itself", rivers, "In May 2025 we cleaned two clean rivers with 12 volunteers.", counts},
		{"a project", road, "I mai 2025 deltok 12 elever i prosjektet Trygg skolevei for alle.", uncertain},
		{"a fund", beach, "I mai 2025 deltok vi på Lunde Badebrygge Festival med 12 elever.", uncertain},
		{"an address on the web", beach, "I mai 2025 la vi ut 12 bilder på www.elvdal.no/badebrygge for alle.", countsNot},
		{"the thing itself", road, "I mai 2025 ryddet vi 12 km skolevei i prosjektet Trygg ferd.", counts},
		{"the thing itself", beach, "I mai 2025 åpnet vi en badebrygge med 12 plasser.", counts},
	})
}

// Money that was given for something, an offer and a cheque of cardboard are no deed yet.
func TestWhatWasOnlyGrantedIsAskedAbout(t *testing.T) {
	t.Parallel()
	school := clueOf{"vi", "phòng học", ""}
	houses := clueOf{"vi", "nhà nhân ái", ""}
	hall := clueOf{"nb", "grillhytte", ""}
	ramp := clueOf{"en", "boat ramp", ""}
	judgeAll(t, []saying{
		{"funded", school, "Ngày 4/5/2025, công ty đã tài trợ 2 tỷ đồng xây dựng 3 phòng học.", uncertain},
		{"set aside", school, "Năm 2025, xã đã dành 2 tỷ đồng để xây 3 phòng học.", uncertain},
		{"handed over as a symbol", houses, "Ngày 4/5/2025, xã đã trao tượng trưng 3 nhà nhân ái cho các hộ nghèo.", uncertain},
		{"a board of a symbol", houses, "Ngày 4/5/2025, đoàn đã trao bảng tượng trưng hỗ trợ xây 3 nhà nhân ái.", uncertain},
		{"given towards", houses, "Ngày 4/5/2025, xã đã ủng hộ 50 triệu đồng xây nhà nhân ái cho hộ ông Ba.", uncertain},
		{"built", school, "Năm 2025, xã đã xây xong 3 phòng học với 2 tỷ đồng.", counts},
		{"handed over", houses, "Ngày 4/5/2025, xã đã bàn giao 3 nhà nhân ái cho các hộ nghèo.", counts},
		{"granted", hall, "I mai 2025 bevilget vi 400 000 kroner til å bygge grillhytte.", uncertain},
		{"granted, without a verb", hall, "Vi ga 40 000 kroner til grillhytte i mai 2025.", uncertain},
		{"a promise of money", hall, "I mai 2025 fikk vi tilsagn om 400 000 kroner til grillhytte.", uncertain},
		{"a cheque of cardboard", hall, "I mai 2025 overrakte vi en symbolsk sjekk på 400 000 kroner for grillhytte.", uncertain},
		{"built", hall, "I mai 2025 bygde vi en grillhytte for 400 000 kroner.", counts},
		{"granted and opened", hall, "Vi fikk 400 000 kroner og åpnet en ny grillhytte 4. mai 2025.", counts},
		{"set aside", ramp, "In May 2025 we set aside 4,000 pounds to build a boat ramp.", uncertain},
		{"has set aside", ramp, "The trust has set aside 4,000 pounds for a boat ramp in 2025.", uncertain},
		{"will fund", ramp, "A gift of May 2025 will fund a boat ramp with 12 moorings.", countsNot},
		{"an offer", ramp, "In May 2025 we were offered 4,000 pounds towards a boat ramp.", uncertain},
		{"donated to build", ramp, "In May 2025 members donated 4,000 pounds to build a boat ramp.", uncertain},
		{"built with a gift", ramp, "In May 2025 we built a boat ramp with 4,000 pounds that members donated.", counts},
		{"donated and built", ramp, "In May 2025 members donated 4,000 pounds, and we finished the boat ramp in June.", counts},
	})
}

// What a head of state, an authority, a sponsor or a customer did is not the dossier's own deed.
func TestDeedsOfAuthoritiesAndPartnersAreAskedAbout(t *testing.T) {
	t.Parallel()
	ramp := clueOf{"en", "boat ramp", ""}
	energy := clueOf{"en", "energy use", "lower"}
	hall := clueOf{"nb", "grillhytte", ""}
	school := clueOf{"vi", "phòng học", ""}
	gifts := clueOf{"vi", "suất quà", ""}
	judgeAll(t, []saying{
		{"a head of state", ramp, "On 4 May 2025 President Alvarez opened a boat ramp with 12 moorings.", uncertain},
		{"a head of state, by a pronoun", ramp, "The Prime Minister came in May. He opened a boat ramp with 12 moorings on 4 May 2025.", uncertain},
		{"an authority", ramp, "In May 2025 the municipality has built a boat ramp with 12 moorings.", uncertain},
		{"an authority in the sentence before", ramp, "The council met our wishes. It has built a boat ramp with 12 moorings in May 2025.", uncertain},
		{"a sponsor", ramp, "In May 2025 a sponsor built a boat ramp with 12 moorings.", uncertain},
		{"a customer", energy, "With our software, Lisbon Metro cut energy use by 20 per cent in 2025.", uncertain},
		{"a partner", ramp, "In 2025 our partner organisation completed a boat ramp with 12 moorings.", uncertain},
		{"the own unit with an authority", ramp, "In May 2025 we and the council built a boat ramp with 12 moorings.", counts},
		{"opened by an authority", ramp, "The boat ramp that we built was opened by the mayor on 4 May 2025.", counts},
		{"our people", ramp, "In May 2025 our president opened a boat ramp with 12 moorings.", counts},
		{"the own unit by its noun", ramp, "In May 2025 the trust built a boat ramp with 12 moorings.", counts},
		{"a ministry", hall, "I mai 2025 har departementet bygd ei grillhytte med 12 plasser.", countsNot},
		{"a head of state", hall, "Kong Olav åpnet en grillhytte med 12 plasser 4. mai 2025.", uncertain},
		{"a county", hall, "I mai 2025 bygde Statsforvalteren en grillhytte med 12 plasser.", uncertain},
		{"a sponsor", hall, "Sponsoren bygde en grillhytte med 12 plasser i mai 2025.", uncertain},
		{"the own unit by its noun", hall, "Kommunen bygde en grillhytte med 12 plasser i mai 2025.", counts},
		{"opened by an authority", hall, "Vi bygde en grillhytte med 12 plasser, som ordføreren åpnet 4. mai 2025.", counts},
		{"a district", school, "Năm 2025, UBND huyện đã xây 3 phòng học cho trường.", uncertain},
		{"a ministry", school, "Bộ Giáo dục đã xây 3 phòng học trong năm 2025.", uncertain},
		{"a head of state", school, "Ngày 4/5/2025, Chủ tịch nước đã khánh thành 3 phòng học.", uncertain},
		{"a sponsor", gifts, "Ngày 20/1/2025, nhà tài trợ đã trao 30 suất quà cho bà con.", uncertain},
		{"a sponsor in the sentence before", gifts, "Đoàn công tác của tỉnh về thăm xã. Đoàn đã trao 30 suất quà ngày 20/1/2025.", uncertain},
		{"the own unit", school, "Năm 2025, UBND xã đã xây 3 phòng học cho trường.", counts},
		{"the own unit by its name", gifts, "Ngày 20/1/2025, UBND xã Tân Lập đã trao 30 suất quà cho bà con.", counts},
		{"with an authority", gifts, "Ngày 20/1/2025, xã đã phối hợp với huyện trao 30 suất quà cho bà con.", counts},
	})
}

// A verb may mean another thing when it is done to another object.
func TestAVerbMayMeanAnotherThing(t *testing.T) {
	t.Parallel()
	trained := clueOf{"en", "trained", "with: number"}
	installed := clueOf{"vi", "lắp đặt", "with: number"}
	kurset := clueOf{"nb", "trente", "with: number"}
	planted := clueOf{"en", "planted", "with: number"}
	judgeAll(t, []saying{
		{"a model", trained, "In May 2025 we trained a model on 40 pictures.", uncertain},
		{"a network, in the passive", trained, "In May 2025 the neural network was trained with 40 pictures.", uncertain},
		{"people", trained, "In May 2025 we trained 40 people.", counts},
		{"people on a model", trained, "In May 2025 we trained 40 people to build a model.", counts},
		{"a doubt", planted, "In May 2025 we planted the idea in 40 heads.", uncertain},
		{"trees", planted, "In May 2025 we planted 40 trees.", counts},
		{"software", installed, "Tháng 5/2025, xã đã lắp đặt phần mềm cho 40 hộ.", uncertain},
		{"cameras", installed, "Tháng 5/2025, xã đã lắp đặt 40 camera.", counts},
		{"a model", kurset, "I mai 2025 trente vi en modell med 40 bilder.", uncertain},
		{"people", kurset, "I mai 2025 trente vi 40 spillere.", counts},
	})
}

// A heading of a year dates what is below it, and so does the year that opens a line of a timeline.
func TestAHeadingOfAYearDatesWhatIsBelowIt(t *testing.T) {
	t.Parallel()
	stall := clueOf{"en", "plant stall", ""}
	course := clueOf{"nb", "snekkerkurs", ""}
	class := clueOf{"vi", "lớp học hè", ""}
	judgeAll(t, []saying{
		{"a year alone", stall, "Our history\n\n2019\n\nWe held a plant stall with 12 helpers in May.\n\n2020\n\nNothing much.", countsNot},
		{"a year alone, and a list", stall, "2019\n- Held a plant stall with 12 helpers in May.\n- Painted the hall.", countsNot},
		{"a heading with a year", stall, "The year 2019\n\nWe held a plant stall with 12 helpers in May.", uncertain},
		{"a line of a timeline", stall, "2019 – held a plant stall with 12 helpers.\n2025 – painted the hall.", countsNot},
		{"the year of the campaign", stall, "2024\n\nWe painted the hall.\n\n2025\n\nWe held a plant stall with 12 helpers in May.", counts},
		{"its own date", stall, "2019\n\nWe held a plant stall with 12 helpers in May 2025.", counts},
		{"a curriculum", course, "2015–2018\nHoldt snekkerkurs for 12 elever i mai.\n2019–2021\nMalte huset.", countsNot},
		{"a year alone", course, "Historien vår\n\n2019\n\nVi holdt snekkerkurs med 12 deltakere i mai.\n\n2021\n\nVi malte taket.", countsNot},
		{"a season", course, "Sesongen 2018/19\n\nVi holdt snekkerkurs med 12 deltakere i mai.", uncertain},
		{"the year of the campaign", course, "2025\n\nVi holdt snekkerkurs med 12 deltakere i mai.", counts},
		{"a year alone", class, "Năm 2019\n\nXã đã mở 4 lớp học hè trong tháng 5.\n\nNăm 2020\n\nXã đã sửa cầu.", countsNot},
		{"a school year", class, "Năm học 2018-2019\n\nXã đã mở 4 lớp học hè trong tháng 5.", uncertain},
		{"the year of the campaign", class, "Năm 2025\n\nXã đã mở 4 lớp học hè trong tháng 5.", counts},
	})
}

// Items under a heading of duties, aims or statutes say what a body is for, and not what it did.
func TestItemsOfDutiesAreNoDeeds(t *testing.T) {
	t.Parallel()
	stall := clueOf{"en", "plant stall", ""}
	course := clueOf{"nb", "snekkerkurs", ""}
	class := clueOf{"vi", "lớp học hè", ""}
	judgeAll(t, []saying{
		{"a list of duties", stall, "Duties of the secretary\n\n• Organising 2 plant stalls a year with 12 helpers.\n• Keeping the minutes.", countsNot},
		{"aims, without bullets", stall, "Our aims\n\nOrganising a plant stall with 12 helpers.\nKeeping the hall in repair.", countsNot},
		{"participles, far below", stall, "What the trust does\n\nThe trust has 40 members.\n\n• Organising a plant stall with 12 helpers.\n• Keeping the hall.", uncertain},
		{"activities of the year", stall, "Results in 2025:\n• Organised a plant stall with 12 helpers.\n• Kept the hall.", counts},
		{"a report below", stall, "Our aims\n\nTo keep the hall.\n\nREPORT FOR 2025\n\nWe held a plant stall with 12 helpers in May 2025.", counts},
		{"statutes", course, "Formål\n\n- Arrangere snekkerkurs for 12 deltakere.\n- Holde huset i stand.", countsNot},
		{"a job", course, "Arbeidsoppgaver\n\nGjennomføring av snekkerkurs for 12 deltakere.\nRenhold av huset.", uncertain},
		{"results", course, "Resultater i 2025:\n- Arrangerte snekkerkurs for 12 deltakere i mai.\n- Malte huset.", counts},
		{"functions", class, "Chức năng, nhiệm vụ\n\n- Tổ chức 4 lớp học hè cho thiếu nhi.\n- Giữ gìn vệ sinh.", countsNot},
		{"aims", class, "MỤC TIÊU\n\nTổ chức 4 lớp học hè cho thiếu nhi mỗi năm.", countsNot},
		{"tasks of a job", class, "Mô tả công việc\n\n1. Tổ chức 4 lớp học hè cho thiếu nhi.\n2. Giữ gìn vệ sinh.", countsNot},
		{"results", class, "KẾT QUẢ NĂM 2025\n\n- Tổ chức 4 lớp học hè cho thiếu nhi trong tháng 6.\n- Giữ gìn vệ sinh.", counts},
	})
}

// The unit's name with the noun of its kind before it, or its long name, is never refused without a word.
func TestAUnitByItsLongNameIsNotRefused(t *testing.T) {
	t.Parallel()
	school := clueOf{"vi", "phòng học", ""}
	ramp := clueOf{"en", "boat ramp", ""}
	for _, c := range []struct {
		unit, text string
		clue       clueOf
		want       answer
	}{
		{"Hòa Phát", "Tập đoàn Hòa Phát đã xây 3 phòng học trong năm 2025.", school, counts},
		{"FPT", "Tập đoàn FPT đã xây 3 phòng học trong năm 2025.", school, counts},
		{"Công ty Vàng bạc Phú Nhuận", "Công ty Cổ phần Vàng bạc Đá quý Phú Nhuận đã xây 3 phòng học trong năm 2025.", school, uncertain},
		{"Bệnh viện Bạch Mai", "Bệnh viện Đa khoa Bạch Mai đã xây 3 phòng học trong năm 2025.", school, uncertain},
		{"Xã Tân Lập", "Tập đoàn Hòa Phát đã xây 3 phòng học trong năm 2025.", school, countsNot},
		{"Xã Tân Lập", "Tập đoàn Tân Lập đã xây 3 phòng học trong năm 2025.", school, uncertain},
		{"Borough of Penholt", "Penholt Borough Council completed a boat ramp in May 2025.", ramp, uncertain},
		{"18F", "18F completed a boat ramp in May 2025.", ramp, uncertain},
		{"Marsh Lane Trust", "Penholt Council completed a boat ramp in May 2025.", ramp, countsNot},
	} {
		if got := c.clue.answerFor(t, c.unit, c.text); got != c.want {
			t.Errorf("%s: %q %s, not %s", c.unit, c.text, got, c.want)
		}
	}
}

// A time that may be longer than the campaign is asked about; a body's own words for it are no reason to refuse.
func TestATimeThatMayBeLongerIsAskedAbout(t *testing.T) {
	t.Parallel()
	stall := clueOf{"en", "plant stall", ""}
	course := clueOf{"nb", "snekkerkurs", ""}
	class := clueOf{"vi", "lớp học hè", ""}
	judgeAll(t, []saying{
		{"over the years", stall, "Over the years 12 helpers have run a plant stall.", uncertain},
		{"the first year", stall, "In its first year the trust ran 3 plant stalls with 12 helpers.", uncertain},
		{"over the years", course, "Gjennom årene har 40 elever deltatt på snekkerkurs.", uncertain},
		{"an earlier year", class, "Năm 2012, xã đã mở 4 lớp học hè cho thiếu nhi.", countsNot},
		{"an earlier year", stall, "In 2012 the trust held a plant stall with 12 helpers.", countsNot},
	})
}

// What natural papers have beside: phrasal verbs, captions, definitions, careers, and years behind a noun.
func TestWhatNaturalPapersHaveBeside(t *testing.T) {
	t.Parallel()
	given := clueOf{"nb", "gitt", "with: number"}
	bought := clueOf{"nb", "kjøpte", ""}
	members := clueOf{"nb", "flere medlemmer", "with: number"}
	gifts := clueOf{"vi", "trao tặng", ""}
	help := clueOf{"vi", "hỗ trợ", ""}
	held := clueOf{"vi", "tổ chức", ""}
	gave := clueOf{"en", "gave", "with: number"}
	tour := clueOf{"en", "boat trip", ""}
	judgeAll(t, []saying{
		{"a phrasal verb", given, "Redaksjonen har gitt ut 4 utgaver i 2025.", uncertain},
		{"an idiom", given, "Så langt på fire kamper i 2025 har det gitt fire tap.", countsNot},
		{"the verb itself", given, "I 2025 har vi gitt 4 gaver til barnehagen.", counts},
		{"a phrasal verb", gave, "In 2025 we gave up 4 plots to the school.", countsNot},
		{"the verb itself", gave, "In 2025 we gave 4 benches to the school.", counts},
		{"a capital letter opens the sentence", bought, "Kjøpte PA-anlegg til huset 4. mai 2025.", counts},
		{"a verb opens the sentence", clueOf{"nb", "samarbeidet med", ""}, "- Samarbeidet med IDI om turen 4. mai 2025.", counts},
		{"in quotation marks, with a figure", held, "“Xã tổ chức 3 buổi giao lưu cùng 120 chiến sĩ tại hội trường.”", uncertain},
		{"a year behind a noun is no number", members, "Leder av velkom 2018 er satt, og vi fikk flere medlemmer i mai.", countsNot},
		{"a caption", gifts, "_Lễ trao tặng Huy hiệu 30 năm tuổi Đảng ngày 4/5/2025_", uncertain},
		{"a career", help, "Hơn 16 năm kinh nghiệm trong giáo dục, cô đã hỗ trợ phụ huynh trong năm 2025.", uncertain},
		{"a definition", help, "Trường đạt kiểm định là những tổ chức hỗ trợ 30 học sinh trong năm 2025.", uncertain},
		{"behind a name in quotation marks", held, "Ngày 4/5/2025, chương trình “Xuân chiến sĩ”: Tổ chức giao lưu cùng 120 chiến sĩ.", counts},
		{"it only looked so", tour, "It looked promising, and the boat trip was held in May 2025.", uncertain},
	})
}
