package rules

import "testing"

// What is said of a result behind it may take it back: who only heard of it, what it rather was, why it is so, what became
// of it, and whose it is. What only goes on with it does not.
func TestWhatIsSaidBehindAResultMayTakeItBack(t *testing.T) {
	scores := clueOf{"en", "maths scores", "higher"}
	cafe := clueOf{"en", "repair café", ""}
	finds := clueOf{"nb", "funnsteder", "lower"}
	jetty := clueOf{"nb", "badebrygge", ""}
	bikes := clueOf{"nb", "sykkelhotell", ""}
	swim := clueOf{"vi", "lớp bơi", ""}
	theft := clueOf{"vi", "vụ trộm", "lower"}
	judgeAll(t, []saying{
		// told by others
		{"what somebody was told", cafe, "Members were told in March that a repair café had been opened in the chapel.", uncertain},
		{"what was done and told of", cafe, "Members opened a repair café in the chapel on 4 March and told 90 visitors of it.", counts},
		{"what somebody got to know", jetty, "Styret fikk i mai opplyst at en badebrygge på 30 meter var satt ut.", counts},
		{"what somebody was told of", jetty, "Styret ble orientert om at en badebrygge på 30 meter ble satt ut 3. mai.", uncertain},
		{"what somebody was informed of", swim, "Ban giám hiệu được thông báo rằng lớp bơi đã mở cho 40 em ngày 03/6.", uncertain},
		{"what somebody announced", swim, "Ban giám hiệu đã thông báo và mở lớp bơi cho 40 em ngày 03/6.", counts},
		{"it is said, behind it", finds, "Tallet på funnsteder gikk ned fra 70 til 31, heter det i søknaden.", uncertain},
		{"it is said, behind it", cafe, "A repair café was opened on 4 March, it is said.", uncertain},

		// what it rather was
		{"rather something else", cafe, "A repair café was opened on 4 March, or rather one table of the jumble sale.", uncertain},
		{"strictly speaking", jetty, "En badebrygge på 30 meter ble satt ut 3. mai, strengt tatt bare en flåte.", uncertain},
		{"to put it rightly", theft, "Vụ trộm giảm từ 30 xuống 4 vụ – nói cho đúng, từ tháng 6 trạm không còn người ghi.", uncertain},
		{"to put it rightly, in the next sentence", theft, "Vụ trộm giảm từ 30 xuống 4 vụ. Thật ra từ tháng 6 trạm không còn người ghi.", uncertain},
		{"what was really done", theft, "Nhờ tổ tự quản, vụ trộm giảm từ 30 xuống 4 vụ. Bà con rất phấn khởi.", counts},

		// why it is so
		{"a reason that takes it back", finds, "Tallet på funnsteder gikk ned fra 70 til 31. Grunnen er at halve øya falt ut av tellingen.", uncertain},
		{"a reason that explains it", finds, "Tallet på funnsteder gikk ned fra 70 til 31. Grunnen er at vi lukte hver uke fra mai.", counts},
		{"a reason that takes it back", scores, "Maths scores rose from 60 to 71. The reason is that the weakest class was not tested.", uncertain},
		{"a reason that explains it", scores, "Maths scores rose from 60 to 71. The reason is that two tutors were hired.", counts},
		{"a reason that takes it back", theft, "Vụ trộm giảm từ 30 xuống 4 vụ; lý do là nhiều vụ không được ghi.", uncertain},

		// what became of it
		{"a figure that was struck out", scores, "Maths scores rose from 60 to 71. The visit in October struck out one class, and no revised figure exists.", uncertain},
		{"a figure that was checked", scores, "Maths scores rose from 60 to 71. The visit in October praised one class, and the revised syllabus exists.", counts},
		{"what was ruled invalid", finds, "Tallet på funnsteder gikk ned fra 70 til 31. Tellingen er senere kjent ugyldig.", uncertain},
		{"what ended, behind a semicolon", swim, "Huấn luyện viên đã mở lớp bơi cho 40 em từ ngày 03/6; nhưng do máy lọc hỏng, lớp phải giải tán ngay buổi đầu.", uncertain},
		{"what ended, in the next sentence", swim, "Ngày 03/6 nhà trường đã mở lớp bơi cho 40 em. Lớp phải giải tán ngay buổi đầu.", uncertain},
		{"what went on", swim, "Ngày 03/6 nhà trường đã mở lớp bơi cho 40 em. Lớp học đều đến hết tháng 8.", counts},

		// whose it is
		{"what is theirs", jetty, "Kommunen overtok stranda, og badebrygga som ble satt ut 3. mai er deres.", uncertain},
		{"what is theirs", cafe, "The repair café that was opened on 4 March is theirs; we gave up the room.", uncertain},
		{"what is theirs", swim, "Lớp bơi mở ngày 03/6 cho 40 em là của họ, xã chỉ cho mượn sân.", uncertain},

		// text to be filled in, and what was only resolved
		{"a text to be filled in", cafe, "[Insert evidence here: we opened a repair café on 4 March.]", countsNot},
		{"a text to be filled in", jetty, "[Sett inn her: badebrygge ble satt ut 3. mai.]", countsNot},
		{"a text to be filled in", swim, "[Chèn minh chứng: đã mở lớp bơi cho 40 em ngày 03/6.]", countsNot},
		{"a remark in brackets", cafe, "[Photo 3: we opened the repair café on 4 March with 40 guests.]", counts},
		{"resolved to be put into a plan", bikes, "Utvalget vedtok i sak 41/24 at prosjektering av sykkelhotell under torget legges inn i økonomiplanen 2026–2028.", uncertain},
		{"done after a case was treated", bikes, "Utvalget behandlet sak 41/24. Et sykkelhotell med 80 plasser under torget ble åpnet 3. mai.", counts},
	})
}
