package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// paper is the content of one document, independent of the format that it is written in.
type paper struct {
	blocks []block
	part   string // form, report, confirmation, list
}

// block is one part of a paper. kind is "h1", "h2", "p", "table" (two columns with borders) or "heading" (the two
// columns of an official heading, without borders); rows are those of a table.
type block struct {
	kind string // h1, h2, p, table, heading (two columns)
	text string
	rows [][]string
}

// h1 adds a title, h2 a section heading, p a paragraph, table a table of two columns, and letter the heading of an
// official paper.
func (p *paper) h1(s string)           { p.blocks = append(p.blocks, block{kind: "h1", text: s}) }
func (p *paper) h2(s string)           { p.blocks = append(p.blocks, block{kind: "h2", text: s}) }
func (p *paper) p(s string)            { p.blocks = append(p.blocks, block{kind: "p", text: s}) }
func (p *paper) table(rows [][]string) { p.blocks = append(p.blocks, block{kind: "table", rows: rows}) }
func (p *paper) letter(l, r string) {
	p.blocks = append(p.blocks, block{kind: "heading", rows: [][]string{{l, r}}})
}

// join appends the blocks of other papers, for dossiers that are one file.
func (p *paper) join(others ...*paper) {
	for _, o := range others {
		p.blocks = append(p.blocks, o.blocks...)
	}
}

// roman and digits add a section heading with the number n+1, as different offices number their sections.
func (p *paper) roman(n int, s string)  { p.h2([]string{"I", "II", "III", "IV", "V"}[n] + ". " + s) }
func (p *paper) digits(n int, s string) { p.h2(strconv.Itoa(n+1) + ". " + s) }

// terms are the words that forms use in one language. They differ from those of kheo's own texts on purpose: the
// sample must look like documents that others wrote.
type terms struct {
	nation, motto                                                                     string
	form, report, confirmation                                                        string
	title, unit, level, field, registered, started, address, households, money, agree string
	household, dong                                                                   string
	sections                                                                          [5]string
	conclusion, agreed, figures                                                       string
	levels                                                                            map[string]string
}

// words holds the terms by language.
var words = map[string]terms{
	"vi": {
		nation: "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", motto: "Độc lập - Tự do - Hạnh phúc",
		form: "PHIẾU ĐĂNG KÝ MÔ HÌNH", report: "BÁO CÁO KẾT QUẢ THỰC HIỆN MÔ HÌNH", confirmation: "GIẤY XÁC NHẬN",
		title: "Tên mô hình", unit: "Đơn vị đăng ký", level: "Cấp đăng ký", field: "Lĩnh vực",
		registered: "Ngày đăng ký", started: "Thời gian bắt đầu",
		address: "Địa chỉ", households: "Số hộ tham gia", money: "Nhân dân đóng góp", agree: "Tỷ lệ hộ đồng thuận",
		household: "hộ", dong: "đồng",
		sections: [5]string{
			"Đặc điểm tình hình",
			"Cách làm",
			"Kết quả đạt được",
			"Lực lượng tham gia",
			"Sức lan tỏa",
		},
		conclusion: "Kết luận", agreed: "Đồng ý xác nhận", figures: "Số liệu chính",
		levels: map[string]string{"district": "Cấp huyện", "grassroots": "Cấp cơ sở"},
	},
	"nb": {
		nation: "SOSIALISTREPUBLIKKEN VIETNAM", motto: "Uavhengighet - Frihet - Lykke",
		form: "REGISTRERING AV MODELL", report: "RAPPORT OM MODELLEN", confirmation: "BEKREFTELSE",
		title: "Modellens navn", unit: "Enhet", level: "Nivå", field: "Område", registered: "Registrert",
		started: "Startet",
		address: "Sted", households: "Antall husstander", money: "Bidrag fra folket", agree: "Oppslutning",
		household: "husstander", dong: "dong",
		sections:   [5]string{"Bakgrunn", "Slik gjorde vi det", "Resultater", "Hvem som var med", "Spredning"},
		conclusion: "Vedtak", agreed: "Bekreftes", figures: "Hovedtall",
		levels: map[string]string{"district": "Distriktsnivå", "grassroots": "Grasrotnivå"},
	},
	"en": {
		nation: "SOCIALIST REPUBLIC OF VIET NAM", motto: "Independence - Freedom - Happiness",
		form: "REGISTRATION OF A MODEL", report: "REPORT ON THE MODEL", confirmation: "CONFIRMATION",
		title: "Name of the model", unit: "Registering unit", level: "Level", field: "Field of work",
		registered: "Registered on", started: "Started",
		address: "Address", households: "Households taking part", money: "Contributed by the people",
		agree: "Agreement", household: "households", dong: "dong",
		sections:   [5]string{"Background", "What was done", "Results", "Who took part", "Spread"},
		conclusion: "Conclusion", agreed: "Confirmed", figures: "Main figures",
		levels: map[string]string{"district": "District level", "grassroots": "Grassroots level"},
	},
}

// nbMonths are the Norwegian names of the months.
var nbMonths = strings.Fields("januar februar mars april mai juni juli august september oktober november desember")

// dateText writes the date of registration in the language of the story and one of the styles of its forms.
func (s *story) dateText(style int) string {
	t := s.registered()
	switch s.lang {
	case "nb":
		return fmt.Sprintf("%d. %s %d", t.Day(), nbMonths[t.Month()-1], t.Year())
	case "en":
		return t.Format("2 January 2006")
	}
	if style%2 == 0 {
		return fmt.Sprintf("%d/%d/%d", t.Day(), int(t.Month()), t.Year())
	}
	return fmt.Sprintf("ngày %02d tháng %d năm %d", t.Day(), int(t.Month()), t.Year())
}

// startText writes the month in which the work began.
func (s *story) startText(style int) string {
	y, m := s.started()
	switch s.lang {
	case "nb":
		return fmt.Sprintf("%s %d", nbMonths[m-1], y)
	case "en":
		return fmt.Sprintf(
			"%s %d",
			time.Month(m).String(),
			y,
		)
	}
	if style%2 == 0 {
		return fmt.Sprintf("tháng %d/%d", m, y)
	}
	return fmt.Sprintf("%02d/%d", m, y)
}

// moneyText writes an amount, given in millions of dong.
func (s *story) moneyText(million int, style int) string {
	unit := words[s.lang].dong
	switch s.lang {
	case "nb":
		return fmt.Sprintf("%d millioner %s", million, unit)
	case "en":
		return fmt.Sprintf("%d million %s", million, unit)
	}
	if style%3 == 0 {
		return fmt.Sprintf("%d.000.000 %s", million, unit)
	}
	return fmt.Sprintf("%d triệu %s", million, unit)
}

// count writes a number of households.
func (s *story) count(n int) string { return fmt.Sprintf("%d %s", n, words[s.lang].household) }

// head adds the official heading: the issuing unit on the left, the nation and its motto on the right.
func (p *press) head(s *story, out *paper) {
	w := words[s.lang]
	out.letter("ỦY BAN NHÂN DÂN\n"+strings.ToUpper(p.units[s.unit]), w.nation+"\n"+w.motto)
}

// form returns the registration form, as a table or as lines, depending on the story.
func (p *press) form(s *story) *paper {
	w, out := words[s.lang], &paper{part: "form"}
	p.head(s, out)
	out.h1(w.form)
	style := s.pick("style", 6)
	rows := [][]string{
		{w.title, s.title},
		{w.unit, p.units[s.unit]},
		{w.level, w.levels[s.level]},
		{w.field, p.fields[s.field][s.lang]},
		{
			w.address,
			s.place + ", " + p.units[s.unit],
		},
		{w.registered, s.dateText(style)},
		{w.started, s.startText(style)},
		{w.households, s.count(s.number)},
		{w.money, s.moneyText(s.money(), style)},
	}
	if style < 3 {
		out.table(rows)
	} else {
		for _, r := range rows {
			out.p(r[0] + ": " + r[1])
		}
	}
	return out
}

// report returns the report on a model: sections with the text of the story, and the main figures.
func (p *press) report(s *story) *paper {
	w, out := words[s.lang], &paper{part: "report"}
	p.head(s, out)
	out.h1(w.report)
	number := out.roman
	if s.pick("numbering", 3) == 0 {
		number = out.digits
	}
	households := s.number
	if v := s.opts["reporthouseholds"]; v != "" {
		households, _ = strconv.Atoi(v)
	}
	n := 0
	section := func(title, text string) {
		if text == "" {
			return
		}
		number(n, title)
		n++
		if s.pick("paragraphs", 2) == 0 {
			out.p(text)
			return
		}
		for _, sentence := range sentences(text) {
			out.p(sentence)
		}
	}
	section(w.sections[0], s.parts["P"])
	section(w.sections[1], s.parts["D"])
	section(w.sections[2], s.parts["R"])
	rows := [][]string{{w.households, s.count(households)}, {w.agree, strconv.Itoa(s.agree()) + "%"}}
	if s.pick("figures", 2) == 0 {
		out.table(rows)
	} else {
		for _, r := range rows {
			out.p(r[0] + ": " + r[1])
		}
	}
	section(w.sections[3], s.parts["F"])
	section(w.sections[4], s.parts["S"])
	return out
}

// sentences splits a text after full stops, so that reports differ in their paragraphs.
func sentences(text string) []string {
	var out []string
	for {
		i := strings.Index(text, ". ")
		if i < 0 {
			return append(out, text)
		}
		out = append(out, text[:i+1])
		text = text[i+2:]
	}
}

// confirmation returns the confirmation by the local committee.
func (p *press) confirmation(s *story) *paper {
	w, out := words[s.lang], &paper{part: "confirmation"}
	p.head(s, out)
	out.h1(w.confirmation)
	money := s.money()
	if v := s.opts["confirmmoney"]; v != "" {
		money, _ = strconv.Atoi(v)
	}
	style := s.pick("confirmstyle", 6)
	out.table(
		[][]string{
			{w.title, s.title},
			{w.address, s.place + ", " + p.units[s.unit]},
			{w.agree, strconv.Itoa(s.agree()) + "%"},
			{w.money, s.moneyText(money, style)},
			{w.conclusion, w.agreed},
		},
	)
	return out
}

// commendation returns the papers of a dossier about a collective or an individual.
func (p *press) commendation(s *story) (form, report, minutes *paper) {
	what, count, label := "TẬP THỂ", fmt.Sprintf("%d mô hình", s.number), "Số mô hình đã hướng dẫn"
	who := "Tập thể được đề nghị"
	if s.kind == "individual" {
		what, count, label, who = "CÁ NHÂN", fmt.Sprintf(
			"%d hộ",
			s.number,
		), "Số hộ được vận động", "Cá nhân được đề nghị"
	}
	form = &paper{part: "form"}
	p.head(s, form)
	form.h1("TỜ TRÌNH ĐỀ NGHỊ KHEN THƯỞNG " + what)
	rows := [][]string{
		{who, s.name()},
		{"Đơn vị đề nghị", p.units[s.unit]},
		{"Lĩnh vực", p.fields[s.field]["vi"]},
		{"Ngày đề nghị", s.dateText(s.pick("style", 2))},
		{label, count},
	}
	if s.kind == "individual" {
		rows = append(rows, []string{"Chức danh, nơi ở", s.title})
	}
	form.table(rows)
	report = &paper{part: "report"}
	p.head(s, report)
	report.h1("BÁO CÁO THÀNH TÍCH " + what)
	report.roman(0, "Sơ lược")
	report.p(s.parts["P"])
	report.roman(1, "Việc đã làm")
	report.p(s.parts["D"])
	report.roman(2, "Kết quả")
	report.p(s.parts["R"])
	if s.parts["F"] != "" {
		report.roman(3, "Phối hợp")
		report.p(s.parts["F"])
	}
	minutes = &paper{part: "minutes"}
	p.head(s, minutes)
	minutes.h1("BIÊN BẢN HỌP XÉT KHEN THƯỞNG")
	minutes.table(
		[][]string{
			{who, s.name()},
			{"Đơn vị đề nghị", p.units[s.unit]},
			{"Tỷ lệ phiếu tán thành", strconv.Itoa(s.agree()) + "%"},
		},
	)
	return form, report, minutes
}

// fileName returns the name of a paper, in one of the ways in which people name files.
func (s *story) fileName(part string) string {
	names := map[string][]string{
		"form":         {"phieu-dang-ky", "Phiếu đăng ký", "1. Phiếu đăng ký"},
		"report":       {"bao-cao", "Báo cáo kết quả", "2. Báo cáo"},
		"confirmation": {"xac-nhan", "Xác nhận", "3. Xác nhận của xã"},
		"minutes":      {"bien-ban", "Biên bản họp", "3. Biên bản"},
		"list":         {"danh-sach-ho", "Danh sách hộ", "4. Danh sách"},
		"all":          {"ho-so", "Hồ sơ", "Toàn bộ hồ sơ"},
		"scan":         {"ban-quet", "Bản quét có dấu", "5. Bản quét"},
	}[part]
	style := s.pick("names", 4)
	if style == 3 {
		return norm.NFD.String(names[1])
	}
	return names[style]
}

// manifest returns the dossier.yaml of the story.
func (s *story) manifest() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "kind: %s\ntitle: %q\n", s.kind, s.name())
	fmt.Fprintf(&b, "unit: %s\n", s.unit)
	if s.level != "" {
		fmt.Fprintf(&b, "level: %s\n", s.level)
	}
	fmt.Fprintf(&b, "field: %s\n", s.field)
	if s.pick("manifestdate", 2) == 0 {
		fmt.Fprintf(&b, "registered_on: %s\n", s.registered().Format("2006-01-02"))
	}
	if s.kind == "individual" {
		fmt.Fprintf(&b, "nominee: %q\n", s.place)
	}
	if s.kind == "model" && s.pick("manifestfacts", 3) == 0 {
		fmt.Fprintf(&b, "facts: { households: %d }\n", s.number)
	}
	return []byte(b.String())
}

// surnames, middles and givens are common Vietnamese names, from which names of householders are made.
var surnames = strings.Fields("Nguyễn Trần Lê Phạm Huỳnh Võ Phan Trương Bùi Đặng Đỗ Ngô Hồ Dương Lý")
var middles = strings.Fields("Văn Thị Hữu Đình Ngọc Minh Quang Xuân Kim Thanh")

var givens = strings.Fields(
	"An Bình Chi Dũng Giang Hà Hiền Hòa Hùng Khánh Lan " +
		"Liên Long Mai Nam Nga Phúc Quân Sơn Tâm Thảo Thủy Trung Tuấn Vân Yến",
)

// householder returns an invented name for line i of a list of households. The same story gives the same names.
func (s *story) householder(i int) string {
	choose := func(question string, names []string) string {
		return names[s.pick(fmt.Sprint(question, i), len(names))]
	}
	return choose("a", surnames) + " " + choose("b", middles) + " " + choose("c", givens)
}
