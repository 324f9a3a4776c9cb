package rules

import "testing"

// A list of plans ends where its own list or paragraph does; what follows it is asked about until the next heading.
func TestALineThatIntroducesPlansSpoilsOnlyItsList(t *testing.T) {
	t.Parallel()
	course := clueOf{"nb", "snekkerkurs", ""}
	stall := clueOf{"en", "plant stall", ""}
	judgeAll(t, []saying{
		{"an item of it", course, "Foreløpige planer for hytta:\n- snekkerkurs 4. mai 2025 med 12 deltakere\n- ny ovn\n\nVi malte taket 3. juni 2025.", countsNot},
		{"behind it", course, "Foreløpige planer for hytta:\n- ny ovn\n- nytt tak\n\nVi holdt snekkerkurs 4. mai 2025 med 12 deltakere.", uncertain},
		{"behind it and a heading", course, "Foreløpige planer for hytta:\n- ny ovn\n\nKURS\n\nVi holdt snekkerkurs 4. mai 2025 med 12 deltakere.", counts},
		{"a section of plans", course, "Veien videre\n- ny ovn\n\nSnekkerkurs med 12 deltakere i mai.", countsNot},
		{"an item of it", stall, "Plans for the summer fair:\n- a plant stall on 4 May 2025 with 12 helpers\n\nWe painted the hall on 3 June 2025.", countsNot},
		{"behind it", stall, "Plans for the summer fair:\n- a new tent\n\nWe held a plant stall on 4 May 2025 with 12 helpers.", uncertain},
		{"a section of plans", stall, "Next steps\n\nA plant stall with 12 helpers in May.", countsNot},
	})
}

// A plan that was carried out, thanks, and working together for a deed with a figure are no plans and wishes.
func TestWhatOnlyLooksLikeAPlanOrAWishIsNone(t *testing.T) {
	t.Parallel()
	course := clueOf{"nb", "snekkerkurs", ""}
	stall := clueOf{"en", "plant stall", ""}
	class := clueOf{"vi", "mở", ""}
	judgeAll(t, []saying{
		{"planned and done", course, "Planlagt og gjennomført 3 snekkerkurs i mai 2025.", counts},
		{"planned", course, "Planlagt 3 snekkerkurs i mai 2025.", countsNot},
		{"thanks", stall, "I must thank Ann for the plant stall, which raised £320 on 4 May 2025.", uncertain},
		{"a duty", stall, "We must hold a plant stall on 4 May 2025.", countsNot},
		{"planned and done", stall, "We planned and held a plant stall on 4 May 2025.", counts},
		{"planned and done", class, "Năm 2025, chi đoàn đã lập kế hoạch và tổ chức mở 4 lớp học hè.", counts},
		{"together with others, with a figure", class, "Năm 2025, chi đoàn chủ động phối hợp với nhà trường để mở 4 lớp học hè.", uncertain},
		{"together with others, without one", class, "Chi đoàn chủ động phối hợp với nhà trường để mở lớp học hè.", countsNot},
		{"a purpose alone", class, "Chi đoàn xin kinh phí để mở 4 lớp học hè.", countsNot},
	})
}

// The short name that a paper gives its own unit is its name; brackets with another body's name give none.
func TestAPaperMayGiveItsUnitAShortName(t *testing.T) {
	t.Parallel()
	stall := clueOf{"en", "plant stall", ""}
	course := clueOf{"nb", "snekkerkurs", ""}
	class := clueOf{"vi", "lớp học hè", ""}
	judgeAll(t, []saying{
		{"initials", stall, "Marsh Lane Trust (MLT) is a charity.\n\nMLT held a plant stall on 4 May 2025 with 12 helpers.", counts},
		{"another's initials", stall, "Marsh Lane Trust (RSPB) is a charity.\n\nRSPB held a plant stall on 4 May 2025 with 12 helpers.", uncertain},
		{"hereafter", course, "Elvdal kommune (heretter kalt Elvdalen) melder:\n\nElvdalen holdt snekkerkurs 4. mai 2025 med 12 deltakere.", counts},
		{"hereafter", class, "Xã Tân Lập (sau đây gọi là Làng Mới) báo cáo.\n\nNgày 4/5/2025, Làng Mới đã mở 4 lớp học hè.", counts},
	})
}
