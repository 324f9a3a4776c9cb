package rules

import "testing"

// What a plan or a purpose opens is a plan in all its parts; what was done is not.
func TestPartsOfAProgramme(t *testing.T) {
	cows := clueOf{"vi", "cặp bò", ""}
	hall := clueOf{"nb", "grillhytte", ""}
	tools := clueOf{"en", "tool shed", ""}
	judgeAll(t, []saying{
		{"behind of which", cows, "Xã sẽ trích 2 tỷ đồng hỗ trợ các hộ. Trong đó, dành 1 tỷ đồng mua 40 cặp bò.", countsNot},
		{"behind of which, done", cows, "Xã đã trích 2 tỷ đồng hỗ trợ các hộ. Trong đó, xã đã trao 40 cặp bò.", counts},
		{"behind of which", hall, "Vi skal bruke 2 millioner kroner. Herav går 400 000 kroner til grillhytte.", countsNot},
		{"behind of which", tools, "We will spend 90,000 pounds. Of which 4,000 goes to a tool shed.", countsNot},
		{"parts of a purpose", cows, "Chương trình nhằm xây 7 nhà nhân ái; trao 40 cặp bò cho hộ nghèo; tặng 700 phần quà.", countsNot},
		{"parts of what was done", cows, "Chương trình đã xây 7 nhà nhân ái; đã trao 40 cặp bò cho hộ nghèo trong năm 2025; tặng 700 phần quà.", counts},
	})
}
