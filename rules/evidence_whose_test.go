package rules

import "testing"

// What others did is told in many ways that no list of names holds: what one saw on a visit, what is true of a place that
// was just named, what a body led or gave.
func TestWhatOthersDidIsAskedAbout(t *testing.T) {
	t.Parallel()
	ramp := clueOf{"en", "boat ramp", ""}
	dust := clueOf{"en", "dust", "lower"}
	pool := clueOf{"nb", "varmebasseng", ""}
	queue := clueOf{"nb", "ventetid", "lower"}
	hearing := clueOf{"vi", "họp trực tuyến", ""}
	gifts := clueOf{"vi", "suất quà", ""}
	judgeAll(t, []saying{
		{"what was seen on a visit", ramp, "In May our treasurer visited Penholt, and the boat ramp was finished there in 2025.", uncertain},
		{"what was seen on a visit", pool, "Vi var på besøk hos Lunde i mai, og varmebasseng ble tatt i bruk i 2025.", uncertain},
		{"what was seen on a visit", hearing, "Ngày 4/3/2025, đoàn công tác 5 người đã dự khán buổi họp trực tuyến ở xã Phước An.", uncertain},
		{"what came of a visit", pool, "Etter at styret besøkte Lunde, åpnet vi varmebasseng 4. mai 2025.", counts},
		{"a place that was just named", dust, "Our safety rep spoke to Penholt Quarries, where dust was cut by half in 2025 with misting.", uncertain},
		{"a place that was just named", queue, "Vi snakket med Lunde, hvor ventetid ble halvert i 2025.", uncertain},
		{"a place of one's own", dust, "Our volunteers cleaned the hall, where dust was cut by half in 2025.", counts},
		{"a body led it", ramp, "The boat ramp was finished in May under the Harbour Board of Penholt.", uncertain},
		{"a body led it", pool, "Et varmebasseng ble tatt i bruk 4. mai 2025 i regi av Frelsesarmeen.", uncertain},
		{"a body did it", gifts, "Ngày 20/1/2025, 30 suất quà do Hội Chữ thập đỏ tỉnh trao đã đến tay bà con.", uncertain},
		{"a body above did it", gifts, "Ngày 20/1/2025 đã phát 30 suất quà do huyện chuyển về.", uncertain},
		{"the unit itself did it", gifts, "Ngày 20/1/2025, 30 suất quà do UBND xã Tân Lập trao đã đến tay bà con.", counts},
		{"the unit itself did it, by its noun", gifts, "Ngày 20/1/2025, 30 suất quà do trường gói đã được trao cho bà con.", counts},
		{"a sister unit is no \"we\"", hearing, "Ngày 4/3/2025, cán bộ được xem buổi họp trực tuyến của đơn vị bạn.", uncertain},
	})
}

// The row of a table counts what its label names, and not what that was for or about.
func TestARowCountsWhatItsLabelNames(t *testing.T) {
	t.Parallel()
	const screened = "Output\tTarget\tAchieved\nTeachers trained in vision screening\t60\t41\nChildren screened\t3,000\t2,870"
	const hygiene = "Tiltak\tMål\tOppnådd\nKurs i håndhygiene\t6\t7\nPlakater om håndhygiene\t10\t12"
	const trees = "Nội dung\tKế hoạch\tThực hiện\nTập huấn về trồng đước\t3 lớp\t3 lớp\nNuôi tôm\t2 ha\t2,4 ha"
	judgeAll(t, []saying{
		{"what it names", clueOf{"en", "teachers trained", ""}, screened, counts},
		{"what that was in", clueOf{"en", "vision screening", ""}, screened, uncertain},
		{"the number of something", clueOf{"en", "children screened", ""}, "Output\tTarget\tAchieved\nNumber of children screened\t60\t41", counts},
		{"what it names", clueOf{"nb", "kurs i håndhygiene", ""}, hygiene, counts},
		{"what that was about", clueOf{"vi", "trồng đước", ""}, trees, uncertain},
		{"what it names", clueOf{"vi", "nuôi tôm", ""}, trees, counts},
	})
}

// What is only tried, or only begun while its end is still to come, was not done yet.
func TestWhatIsTriedOrStillGoesOnIsAskedAbout(t *testing.T) {
	t.Parallel()
	cups := clueOf{"en", "washable cups", ""}
	course := clueOf{"nb", "brannkurs", ""}
	boat := clueOf{"vi", "đò điện", ""}
	judgeAll(t, []saying{
		{"a trial", cups, "Since 4 May one of our six cafés has tried washable cups.", uncertain},
		{"a trial", course, "Siden mai har én av fem stasjoner prøvd brannkurs på nett.", uncertain},
		{"a trial", boat, "Ngày 4/5/2025, xã đã chạy thử 1 đò điện.", uncertain},
		{"the end is to come", course, "Brannkurs startet 2. november med ni påmeldte. Eksamen tas neste år.", uncertain},
		{"the end is to come", cups, "The washable cups were given out in May. The lids come next year.", uncertain},
		{"a season that is over", cups, "The washable cups were given out in May. By autumn they had saved 4,000 paper ones.", counts},
		{"tasks of the year to come", boat, "NHIỆM VỤ TRỌNG TÂM NĂM 2026\n1. Mua 2 đò điện trong tháng 3.\n2. Sửa bến.", countsNot},
	})
}

// Years and their values in one line show which way a measure went, whatever separates them.
func TestASeriesOfYearsInOneLineTellsTheWay(t *testing.T) {
	t.Parallel()
	cases := clueOf{"vi", "án tồn", "lower"}
	seeds := clueOf{"en", "seed lots", "higher"}
	gear := clueOf{"nb", "tapte redskaper", "lower"}
	judgeAll(t, []saying{
		{"colons and semicolons, down", cases, "Án tồn cuối kỳ qua các năm: 2022: 88 vụ; 2023: 74 vụ; 2024: 46 vụ; 2025: 20 vụ.", counts},
		{"colons and semicolons, up", cases, "Án tồn cuối kỳ qua các năm: 2022: 20 vụ; 2023: 46 vụ; 2024: 74 vụ; 2025: 88 vụ.", countsNot},
		{"dashes, down", seeds, "Seed lots at year end: 2022 – 401; 2023 – 396; 2024 – 372; 2025 – 340.", countsNot},
		{"dashes, up", seeds, "Seed lots at year end: 2022 – 340; 2023 – 372; 2024 – 396; 2025 – 401.", counts},
		{"spaces, the last year against it", gear, "Tapte redskaper etter år: 2022 77, 2023 64, 2024 52, 2025 86.", countsNot},
		{"spaces, down", gear, "Tapte redskaper etter år: 2022 86, 2023 77, 2024 64, 2025 52.", counts},
		{"a plan of years", seeds, "Seed lots: 2024 – 340; 2025 – 401; 2026 – 450; 2027 – 500.", uncertain},
		{"more than at another time, with no word for more", clueOf{"vi", "lít mật", "higher"}, "Năm 2025 hội viên quay được 4.050 lít mật, hơn năm ngoái 900 lít.", counts},
	})
}
