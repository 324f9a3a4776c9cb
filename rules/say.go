package rules

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"kheo/internal/dossier"
)

// spoken writes a value in a language.
type spoken = func(lang string) string

// sentences holds everything that an assessment says in words, by language.
// Each %s takes the next argument, %[2]s the second; %% is a percent sign.
var sentences = map[string]dossier.Text{
	"gate.passed":         {"vi": "Đạt: %s", "nb": "Oppfylt: %s", "en": "Met: %s"},
	"gate.failed":         {"vi": "%s (hồ sơ ghi: %s)", "nb": "%s (saken sier: %s)", "en": "%s (the dossier says: %s)"},
	"gate.unknown":        {"vi": "Không tìm thấy %s trong %s tài liệu", "nb": "Fant ikke %s i %s dokumenter", "en": "No %s found in %s documents"},
	"gate.error":          {"vi": "Không tính được điều kiện: %s", "nb": "Vilkåret kunne ikke beregnes: %s", "en": "The condition could not be worked out: %s"},
	"measured.step":       {"vi": "%s: %s; mức từ %s được %s điểm", "nb": "%s: %s; trinnet fra %s gir %s poeng", "en": "%s: %s; the step from %s earns %s points"},
	"measured.below":      {"vi": "%s: %s; dưới mức thấp nhất là %s", "nb": "%s: %s; under det laveste trinnet, %s", "en": "%s: %s; below the lowest step, %s"},
	"measured.missing":    {"vi": "Không tìm thấy %s trong %s tài liệu", "nb": "Fant ikke %s i %s dokumenter", "en": "No %s found in %s documents"},
	"evidenced.found":     {"vi": "Tìm thấy %s dẫn chứng (%s): %s điểm", "nb": "Fant %s belegg (%s): %s poeng", "en": "Found %s piece(s) of evidence (%s): %s points"},
	"evidenced.none":      {"vi": "Không tìm thấy dẫn chứng nào (%s) trong %s tài liệu", "nb": "Fant ingen belegg (%s) i %s dokumenter", "en": "No evidence (%s) found in %s documents"},
	"evidenced.planned":   {"vi": "%s chỗ chỉ là kế hoạch, chưa phải kết quả", "nb": "%s steder er bare planer, ikke resultater", "en": "%s passage(s) tell a plan, not a result"},
	"evidenced.negated":   {"vi": "%s chỗ bị phủ định", "nb": "%s steder er nektet", "en": "%s passage(s) stand under a negation"},
	"evidenced.wished":    {"vi": "%s chỗ chỉ là mong muốn", "nb": "%s steder er bare ønsker", "en": "%s passage(s) are only wishes"},
	"evidenced.quoted":    {"vi": "%s chỗ là lời trích", "nb": "%s steder er sitater", "en": "%s passage(s) are quotations"},
	"evidenced.asked":     {"vi": "%s chỗ chỉ là câu hỏi", "nb": "%s steder er bare spørsmål", "en": "%s passage(s) only ask"},
	"capped":              {"vi": "tối đa %s điểm", "nb": "høyst %s poeng", "en": "at most %s points"},
	"copies":              {"vi": "Trừ %s điểm vì chép %s từ hồ sơ khác", "nb": "Trekk på %s poeng fordi %s er kopiert fra en annen sak", "en": "%s points taken off because %s is copied from another dossier"},
	"flag.contradiction":  {"vi": "%s: %s ghi %s, nhưng %s ghi %s", "nb": "%s: %s sier %s, men %s sier %s", "en": "%s: %s says %s, but %s says %s"},
	"flag.missing":        {"vi": "Không tìm thấy %s trong %s tài liệu", "nb": "Fant ikke %s i %s dokumenter", "en": "No %s found in %s documents"},
	"flag.duplicate":      {"vi": "%s nội dung của %s trùng với hồ sơ %s (%s) đã đăng ký trước: “%s”", "nb": "%s av teksten i %s står også i den tidligere saken %s (%s): «%s»", "en": "%s of the text of %s also stands in the earlier dossier %s (%s): “%s”"},
	"flag.alike":          {"vi": "%s nội dung trùng với hồ sơ %s (%s); không có gì chứng minh hồ sơ nào có trước: “%s”", "nb": "%s av teksten er felles med saken %s (%s), og ingenting viser hvilken som kom først: «%s»", "en": "%s of the text is shared with the dossier %s (%s), and nothing proves which came first: “%s”"},
	"flag.copied":         {"vi": "Hồ sơ %s (%s) đăng ký sau có %s nội dung trùng với hồ sơ này", "nb": "Den senere saken %s (%s) har %s av sin tekst herfra", "en": "The later dossier %s (%s) has %s of its text from this one"},
	"flag.unreadable":     {"vi": "Không đọc được %s: %s", "nb": "%s kunne ikke leses: %s", "en": "%s could not be read: %s"},
	"flag.lowquality":     {"vi": "%s: trang %s không có chữ dùng được (ảnh quét?)", "nb": "%s: side %s har ingen brukbar tekst (skannet bilde?)", "en": "%s: page %s has no usable text (a scanned image?)"},
	"flag.needs-ocr":      {"vi": "%s: cần OCR (trang %s chỉ là ảnh)", "nb": "%s: trenger OCR (side %s er bare et bilde)", "en": "%s: needs OCR (page %s is only an image)"},
	"flag.hidden":         {"vi": "%s, trang %s có chữ mà người đọc không nhìn thấy: “%s”", "nb": "%s, side %s har tekst som ingen leser kan se: «%s»", "en": "%s, page %s has text that no reader can see: “%s”"},
	"flag.misnamed":       {"vi": "%s thực ra là %s", "nb": "%s er egentlig %s", "en": "%s is really %s"},
	"flag.plan":           {"vi": "%s: nêu kế hoạch như kết quả: “%s”", "nb": "%s: en plan fortalt som resultat: «%s»", "en": "%s: a plan told as a result: “%s”"},
	"flag.borderline":     {"vi": "chênh %s điểm sẽ đổi kết quả", "nb": "%s poeng fra eller til ville endret utfallet", "en": "%s points more or fewer would change the outcome"},
	"panel.waiting":       {"vi": "%s trong %s người đã chấm; chưa tính điểm", "nb": "%s av %s har gitt poeng; teller ikke ennå", "en": "%s of %s people have scored; nothing is counted yet"},
	"panel.median":        {"vi": "trung vị của %s điểm chấm (%s)", "nb": "medianen av %s poengsummer (%s)", "en": "the median of %s scores (%s)"},
	"panel.mean":          {"vi": "trung bình của %s điểm chấm (%s)", "nb": "gjennomsnittet av %s poengsummer (%s)", "en": "the mean of %s scores (%s)"},
	"panel.trimmed-mean":  {"vi": "trung bình của %s điểm chấm, bỏ cao nhất và thấp nhất (%s)", "nb": "gjennomsnittet av %s poengsummer uten den høyeste og den laveste (%s)", "en": "the mean of %s scores without the highest and the lowest (%s)"},
	"flag.panel":          {"vi": "%s: mới có %s trong %s người chấm", "nb": "%s: %s av %s har gitt poeng", "en": "%s: %s of %s people have scored"},
	"flag.scorer":         {"vi": "%s: có điểm ghi dưới tên “%s”, có %s người cùng tên này; chưa tính cho đến khi xác định của ai", "nb": "%s: poeng er ført på «%s», som %s personer heter; de teller ikke før det er avklart hvem de er fra", "en": "%s: a score is recorded under “%s”, a name that %s people have; it does not count until it is settled whose it is"},
	"flag.spread":         {"vi": "%s: điểm chấm chênh nhau %s (từ %s đến %s); nên trao đổi", "nb": "%s: poengene spriker med %s (fra %s til %s); snakk sammen", "en": "%s: the scores lie %s apart (from %s to %s); talk about it"},
	"band.panel":          {"vi": "Chờ hội đồng chấm: điểm còn thiếu có thể đổi kết quả", "nb": "Venter på panelet: poengene som mangler, kan endre utfallet", "en": "Waits for the panel: the scores still missing could change the outcome"},
	"band.scorer":         {"vi": "Có điểm chấm chưa rõ của ai", "nb": "Det er uklart hvem noen av poengene er fra", "en": "It is not settled whose some of the scores are"},
	"flag.unsupported":    {"vi": "%s: chỉ bản kê dossier.yaml ghi, không tài liệu nào ghi như vậy; chưa được tính", "nb": "%s: bare dossier.yaml sier det, ingen av dokumentene; det teller ikke", "en": "%s: only dossier.yaml says so, and no document does; it does not count"},
	"gate.unsupported":    {"vi": "Chỉ bản kê dossier.yaml ghi, không tài liệu nào ghi như vậy: %s", "nb": "Står bare i dossier.yaml, ikke i noe dokument: %s", "en": "Stated in dossier.yaml alone, and in no document: %s"},
	"band.unsupported":    {"vi": "Điều chỉ bản kê dossier.yaml ghi có thể đổi kết quả: %s", "nb": "Det som bare dossier.yaml sier, kan endre utfallet: %s", "en": "What dossier.yaml alone states could change the outcome: %s"},
	"flag.identity":       {"vi": "%s: bản kê ghi %s, nhưng %s ghi %s", "nb": "%s: manifestet sier %s, men %s sier %s", "en": "%s: the manifest says %s, but %s says %s"},
	"flag.unclassified":   {"vi": "Không bộ tiêu chí nào áp dụng: %s", "nb": "Ingen regelsett gjelder: %s", "en": "No ruleset applies: %s"},
	"unclassified.unread": {"vi": "không đọc được tài liệu nào", "nb": "ingen dokumenter kunne leses", "en": "no document could be read"},
	"unclassified.kind":   {"vi": "không rõ loại hồ sơ (mô hình, tập thể, cá nhân)", "nb": "det går ikke fram hva slags sak dette er", "en": "the documents do not say what kind of dossier this is"},
	"unclassified.level":  {"vi": "không rõ cấp của hồ sơ loại “%s”", "nb": "nivået går ikke fram for en sak av slaget «%s»", "en": "no level is given for a dossier of kind “%s”"},
	"band.quarantined":    {"vi": "Không đọc được tài liệu nào của hồ sơ", "nb": "Ingen dokumenter i saken kunne leses", "en": "No document of the dossier could be read"},
	"band.ineligible":     {"vi": "Không đủ điều kiện: %s", "nb": "Oppfyller ikke vilkårene: %s", "en": "Not eligible: %s"},
	"band.gate-review":    {"vi": "Cần xem lại: %s", "nb": "Må ses på: %s", "en": "Needs review: %s"},
	"band.met":            {"vi": "%s/%s điểm; thỏa: %s", "nb": "%s av %s poeng; oppfyller: %s", "en": "%s of %s points; meets: %s"},
	"band.unmet":          {"vi": "%s/%s điểm; để được đề nghị còn thiếu: %s", "nb": "%s av %s poeng; mangler for å bli foreslått: %s", "en": "%s of %s points; missing for a recommendation: %s"},
	"unread.empty":        {"vi": "tệp rỗng", "nb": "filen er tom", "en": "the file is empty"},
	"unread.protected":    {"vi": "tệp được bảo vệ bằng mật khẩu", "nb": "filen er beskyttet med passord", "en": "the file is protected with a password"},
	"unread.damaged":      {"vi": "tệp bị hỏng hoặc bị cắt cụt", "nb": "filen er skadet eller avkortet", "en": "the file is damaged or cut off"},
	"unread.unsupported":  {"vi": "loại tệp này chưa đọc được", "nb": "denne filtypen kan ikke leses", "en": "files of this type cannot be read"},
	"unread.too-large":    {"vi": "tệp quá lớn", "nb": "filen er for stor", "en": "the file is too large"},
	"unread.timeout":      {"vi": "đọc quá thời gian cho phép", "nb": "det tok for lang tid å lese den", "en": "reading it took too long"},
	"unread.crashed":      {"vi": "trình đọc bị lỗi với tệp này", "nb": "leseren tålte ikke filen", "en": "the reader could not cope with it"},
	"unread.no-text":      {"vi": "tệp không có chữ", "nb": "filen har ingen tekst", "en": "the file has no text"},
	"unread.needs-office": {"vi": "định dạng Office cũ; cần cài LibreOffice", "nb": "et gammelt Office-format; LibreOffice må installeres", "en": "an old Office format; LibreOffice must be installed"},
	"unread.manifest":     {"vi": "dossier.yaml viết sai", "nb": "dossier.yaml er feil skrevet", "en": "dossier.yaml has mistakes"},
	"lowest":              {"vi": "thấp nhất: %s %s/%s (%s)", "nb": "lavest: %s %s av %s (%s)", "en": "lowest: %s %s of %s (%s)"},
}

// say writes a sentence in every language; arguments are spoken values,
// dossier.Text, strings or ints.
func say(id string, args ...any) dossier.Text {
	tmpl, ok := sentences[id]
	if !ok {
		panic("rules: no sentence " + id)
	}
	out := dossier.Text{}
	for lang := range tmpl {
		out[lang] = speakAll(tmpl, lang, args...)
	}
	return out
}

// speakAll writes one sentence in one language.
func speakAll(tmpl dossier.Text, lang string, args ...any) string {
	t := tmpl[lang]
	var b strings.Builder
	b.Grow(len(t) + 24*len(args))
	next := 0
	for {
		at := strings.IndexByte(t, '%')
		if at < 0 || at+1 >= len(t) {
			break
		}
		b.WriteString(t[:at])
		t = t[at+1:]
		arg := next
		if t[0] == '[' { // %[2]s
			arg = int(t[1]-'0') - 1
			t = t[3:]
		} else {
			next++
		}
		if t[0] == 's' {
			b.WriteString(speak(args[arg], lang))
		} else {
			b.WriteByte('%')
		}
		t = t[1:]
	}
	b.WriteString(t)
	return b.String()
}

func speak(a any, lang string) string {
	switch x := a.(type) {
	case string:
		return x
	case int:
		return strconv.Itoa(x)
	case float64:
		return num(x)(lang)
	case dossier.Text:
		return x.In(lang, "en")
	case spoken:
		return x(lang)
	}
	return fmt.Sprint(a)
}

// flagTitles are the flags in words.
var flagTitles = map[string]dossier.Text{
	dossier.FlagContradiction:    {"vi": "mâu thuẫn", "nb": "motsigelse", "en": "contradiction"},
	dossier.FlagMissingDocument:  {"vi": "thiếu tài liệu", "nb": "manglende dokument", "en": "missing document"},
	dossier.FlagNearDuplicate:    {"vi": "trùng nội dung", "nb": "nesten lik en annen sak", "en": "near-duplicate"},
	dossier.FlagCopiedBy:         {"vi": "bị hồ sơ khác chép", "nb": "kopiert av en annen sak", "en": "copied by another dossier"},
	dossier.FlagBorderline:       {"vi": "sát ngưỡng", "nb": "på grensen", "en": "borderline"},
	dossier.FlagLowTextQuality:   {"vi": "chữ khó đọc", "nb": "dårlig tekst", "en": "low text quality"},
	dossier.FlagUnreadable:       {"vi": "tài liệu không đọc được", "nb": "uleselig dokument", "en": "unreadable document"},
	dossier.FlagPlanNotResult:    {"vi": "kế hoạch, không phải kết quả", "nb": "plan, ikke resultat", "en": "a plan, not a result"},
	dossier.FlagQuota:            {"vi": "vượt chỉ tiêu", "nb": "over kvoten", "en": "beyond the quota"},
	dossier.FlagUnclassified:     {"vi": "chưa xếp được", "nb": "uplassert", "en": "unclassified"},
	dossier.FlagHiddenText:       {"vi": "chữ ẩn", "nb": "skjult tekst", "en": "hidden text"},
	dossier.FlagNeedsOCR:         {"vi": "cần OCR", "nb": "trenger OCR", "en": "needs OCR"},
	dossier.FlagAwaitingPanel:    {"vi": "chờ hội đồng chấm", "nb": "venter på panelet", "en": "awaiting the panel"},
	dossier.FlagPanelSpread:      {"vi": "điểm chấm chênh nhau", "nb": "poengene spriker", "en": "scores far apart"},
	dossier.FlagTie:              {"vi": "bằng điểm", "nb": "står likt", "en": "tie"},
	dossier.FlagUnsettledScorer:  {"vi": "chưa rõ ai chấm", "nb": "uklart hvem som ga poeng", "en": "unclear who scored"},
	dossier.FlagUnsupported:      {"vi": "chỉ bản kê ghi", "nb": "uten belegg", "en": "unsupported"},
	dossier.FlagMisnamedDocument: {"vi": "sai đuôi tệp", "nb": "feil filendelse", "en": "misnamed document"},
}

// FlagTitle is a flag's code in words.
func FlagTitle(code string) dossier.Text {
	if t, ok := flagTitles[code]; ok {
		return t
	}
	return sameText(code)
}

// typeName is how people call a media type.
func typeName(media string) dossier.Text {
	for part, name := range map[string]string{"wordprocessingml": "Word (.docx)", "spreadsheetml": "Excel (.xlsx)", "presentationml": "PowerPoint (.pptx)", "pdf": "PDF", "html": "HTML", "plain": "text (.txt)",
		"jpeg": "JPEG (.jpg)", "png": "PNG (.png)", "tiff": "TIFF (.tif)", "/zip": "ZIP (.zip)", "opendocument.text": "OpenDocument (.odt)", "opendocument.spreadsheet": "OpenDocument (.ods)", "opendocument.presentation": "OpenDocument (.odp)", "rtf": "RTF (.rtf)",
		"msword": "Word 97 (.doc)", "ms-excel": "Excel 97 (.xls)", "ms-powerpoint": "PowerPoint 97 (.ppt)", "ms-outlook": "Outlook (.msg)", "rfc822": "e-mail (.eml)", "csv": "CSV (.csv)",
		"ms-encrypted": "Office, encrypted", "7z": "7-Zip (.7z)", "rar": "RAR (.rar)", "ole": "OLE"} {
		if strings.Contains(media, part) {
			return sameText(name)
		}
	}
	return sameText(media)
}

// UnreadText says why a document could not be read: a reason of package
// extract, with the reader's own words behind it.
func UnreadText(reason, detail string) dossier.Text {
	if _, ok := sentences["unread."+reason]; !ok {
		return sameText(strings.TrimSpace(reason + " " + detail))
	}
	t := say("unread." + reason)
	if detail != "" && reason != "crashed" {
		t = join("", t, sameText(" ("+detail+")"))
	}
	return t
}

// Number writes a number as a language does: 1.250,5 · 1 250,5 · 1,250.5
func Number(f float64, lang string) string {
	group, decimal := ".", ","
	switch lang {
	case "nb":
		group = "\u00a0"
	case "en":
		group, decimal = ",", "."
	}
	f = math.Round(f*100) / 100
	s := strconv.FormatFloat(math.Abs(f), 'f', -1, 64)
	whole, frac, _ := strings.Cut(s, ".")
	var b strings.Builder
	if f < 0 {
		b.WriteByte('-')
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(r)
	}
	if frac != "" {
		b.WriteString(decimal + frac)
	}
	return b.String()
}

func num(f float64) spoken { return func(lang string) string { return Number(f, lang) } }

func share(f float64) spoken {
	return func(lang string) string { return Number(math.Round(f*100), lang) + "%" }
}

// join puts texts in a row, language by language.
func join(sep string, parts ...dossier.Text) dossier.Text {
	out := dossier.Text{}
	for lang := range sentences["capped"] {
		var s []string
		for _, p := range parts {
			if t := p.In(lang, "en"); t != "" {
				s = append(s, t)
			}
		}
		out[lang] = strings.Join(s, sep)
	}
	return out
}

// sameText is a text that reads alike in every language.
func sameText(s string) dossier.Text {
	out := dossier.Text{}
	for lang := range sentences["capped"] {
		out[lang] = s
	}
	return out
}
