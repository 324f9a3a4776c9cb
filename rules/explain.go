package rules

import (
	"math"
	"regexp"
	"slices"
	"sort"
	"strings"

	"kheo/internal/dossier"
	"kheo/internal/text/query"
)

// explained are the sentences of a ruleset told as prose.
var explained = map[string]dossier.Text{
	"applies":      {"vi": "Bộ tiêu chí “%s”, phiên bản %s, áp dụng cho: %s. Tổng điểm tối đa: %s.", "nb": "Regelsettet «%s», versjon %s, gjelder: %s. Høyst %s poeng.", "en": "The ruleset “%s”, version %s, applies to: %s. At most %s points."},
	"gates":        {"vi": "Điều kiện", "nb": "Vilkår", "en": "Conditions"},
	"gate":         {"vi": "“%s”: khi đó hồ sơ %s. (Điều kiện: %s)", "nb": "«%s»: da er saken %s. (Vilkåret: %s)", "en": "“%s”: then the dossier is %s. (The condition: %s)"},
	"criteria":     {"vi": "Tiêu chí", "nb": "Kriterier", "en": "Criteria"},
	"criterion":    {"vi": "%s — tối đa %s điểm.", "nb": "%s – høyst %s poeng.", "en": "%s – at most %s points."},
	"measured":     {"vi": "Căn cứ vào “%s”: %s.", "nb": "Etter «%s»: %s.", "en": "By “%s”: %s."},
	"step":         {"vi": "từ %s được %s điểm", "nb": "fra %s: %s poeng", "en": "from %s, %s points"},
	"clue":         {"vi": "%s điểm cho mỗi %s có một trong các từ %s%s, tối đa %s lần.", "nb": "%s poeng for %s med et av ordene %s%s, høyst %s ganger.", "en": "%s points for %s with one of the words %s%s, at most %s times."},
	"evidence":     {"vi": "%s điểm cho mỗi dẫn chứng cụ thể trong tài liệu%s, tối đa %s lần.", "nb": "%s poeng for hvert konkrete belegg i dokumentene%s, høyst %s ganger.", "en": "%s points for each concrete piece of evidence in the documents%s, at most %s times."},
	"query":        {"vi": "%s điểm cho mỗi %s mà phép tìm %s tìm thấy%s, tối đa %s lần.", "nb": "%s poeng for %s som søket %s finner%s, høyst %s ganger.", "en": "%s points for %s that the search %s finds%s, at most %s times."},
	"search":       {"vi": "Tìm: %s", "nb": "Søk: %s", "en": "To search for it: %s"},
	"near":         {"vi": " gần (%s) %s", "nb": " nær (%s) %s", "en": " near (%s) %s"},
	"within":       {"vi": "cách không quá %s từ", "nb": "høyst %s ord imellom", "en": "at most %s words between"},
	"one-sentence": {"vi": "trong cùng câu", "nb": "i samme setning", "en": "in the same sentence"},
	"one-section":  {"vi": "trong cùng phần", "nb": "i samme avsnitt", "en": "in the same section"},
	"one-page":     {"vi": "trong cùng trang", "nb": "på samme side", "en": "on the same page"},
	"except":       {"vi": ", trừ trong %s", "nb": ", men ikke i %s", "en": ", but not in %s"},
	"percent":      {"vi": " kèm theo một tỷ lệ phần trăm", "nb": " sammen med en prosent", "en": " together with a percentage"},
	"other_unit":   {"vi": " kèm theo tên một đơn vị khác", "nb": " sammen med navnet på en annen enhet", "en": " together with the name of another unit"},
	"panel":        {"vi": "Do hội đồng chấm: ít nhất %s người, lấy %s.", "nb": "Gis av et panel: minst %s personer, %s teller.", "en": "Scored by people: at least %s of them, %s counts."},
	"median":       {"vi": "trung vị", "nb": "medianen", "en": "the median"},
	"mean":         {"vi": "trung bình", "nb": "gjennomsnittet", "en": "the mean"},
	"trimmed-mean": {"vi": "trung bình sau khi bỏ điểm cao nhất và thấp nhất", "nb": "gjennomsnittet uten den høyeste og den laveste", "en": "the mean without the highest and the lowest"},
	"manifest":     {"vi": "“%s” được tính cả khi chỉ bản kê dossier.yaml ghi.", "nb": "«%s» teller også når bare dossier.yaml sier det.", "en": "“%s” counts even where dossier.yaml alone states it."},
	"talk":         {"vi": "Chênh nhau quá %s điểm thì phải trao đổi.", "nb": "Spriker de med mer enn %s poeng, snakker panelet sammen.", "en": "Where scores lie more than %s apart, the panel talks."},
	"level":        {"vi": "%s điểm: %s", "nb": "%s poeng: %s", "en": "%s points: %s"},
	"counts":       {"vi": "Ở đây vẫn tính: %s.", "nb": "Her teller likevel: %s.", "en": "Counted here all the same: %s."},
	"vary":         {"vi": "Độ chắc chắn được thử với trọng số ±%s, mức ±%s, ngưỡng ±%s.", "nb": "Sikkerheten prøves med vekter ±%s, trinn ±%s, terskler ±%s.", "en": "How sure the list is, is tried with weights ±%s, steps ±%s, thresholds ±%s."},
	"varies":       {"vi": "Độ chắc chắn của tiêu chí này được thử với trọng số ±%s, mức ±%s.", "nb": "Sikkerheten prøves her med vekt ±%s og trinn ±%s.", "en": "Here certainty is tried with a weight ±%s and steps ±%s."},
	"extends":      {"vi": "Dựa trên: %s.", "nb": "Bygger på: %s.", "en": "It extends: %s."},
	"share":        {"vi": "Mỗi %s được đề nghị nhiều nhất %s số đăng ký.", "nb": "Høyst %[2]s av de registrerte foreslås per %[1]s.", "en": "At most %[2]s of those registered are recommended for each %[1]s."},
	"sentence":     {"vi": "câu", "nb": "hver setning", "en": "each sentence"},
	"word":         {"vi": "từ khác nhau", "nb": "hvert ulike ord", "en": "each different word"},
	"place":        {"vi": "nơi khác nhau", "nb": "hvert ulike sted", "en": "each different place"},
	"in":           {"vi": " trong phần %s", "nb": " i avsnittet %s", "en": " in the section %s"},
	"from":         {"vi": " trong giấy tờ: %s", "nb": " i papirene: %s", "en": " in these papers: %s"},
	"number":       {"vi": " kèm theo một con số", "nb": " sammen med et tall", "en": " together with a number"},
	"money":        {"vi": " kèm theo một số tiền", "nb": " sammen med et beløp", "en": " together with an amount of money"},
	"other_place":  {"vi": " kèm theo tên một nơi khác", "nb": " sammen med navnet på et annet sted", "en": " together with the name of another place"},
	"a-number":     {"vi": "một con số", "nb": "et tall", "en": "a number"},
	"with":         {"vi": " kèm theo một trong các từ %s", "nb": " sammen med et av ordene %s", "en": " together with one of the words %s"},
	"never":        {"vi": "Không tính: câu phủ định, kế hoạch, mong muốn, lời trích, chữ ẩn, và điều đã nói một lần.", "nb": "Teller ikke: det som nektes, planlegges, ønskes, siteres, er skjult eller alt er sagt.", "en": "What is negated, planned, wished, quoted, hidden or already said does not count."},
	"copies":       {"vi": "Sao chép", "nb": "Kopier", "en": "Copies"},
	"copy":         {"vi": "Trùng từ %s trở lên với hồ sơ khác thì bị đánh dấu; từ %s trở lên thì trừ %s điểm.", "nb": "Likt med en annen sak i %s eller mer merkes; fra %s trekkes %s poeng.", "en": "What is the same as in another dossier by %s or more is flagged; from %s it costs %s points."},
	"bands":        {"vi": "Kết quả", "nb": "Utfall", "en": "Outcomes"},
	"band":         {"vi": "%s, nếu: %s.", "nb": "%s, når: %s.", "en": "%s, if: %s."},
	"rest":         {"vi": "Còn lại: %s.", "nb": "Alle andre: %s.", "en": "All others: %s."},
	"borderline":   {"vi": "Chênh %s điểm sẽ đổi kết quả thì được đánh dấu.", "nb": "Saker der %s poeng ville endret utfallet, merkes.", "en": "Where %s points would change the outcome, the dossier is flagged."},
	"quota":        {"vi": "Mỗi %s được đề nghị nhiều nhất %s.", "nb": "Høyst %[2]s foreslås per %[1]s.", "en": "At most %[2]s are recommended for each %[1]s."},
	"least":        {"vi": "Mỗi %s nên có ít nhất %s.", "nb": "Minst %[2]s bør foreslås per %[1]s.", "en": "At least %[2]s should be recommended for each %[1]s."},
	"order":        {"vi": "Thứ tự xếp hạng: %s. Cuối cùng là mã hồ sơ, nên không bao giờ trùng hạng.", "nb": "Rekkefølgen: %s. Til sist sakens navn, så ingen står likt.", "en": "The order: %s. Last comes the dossier's id, so that none ties."},
}

var perNames = map[string]dossier.Text{
	"all": {"vi": "danh sách", "nb": "liste", "en": "list"}, "unit_kind": {"vi": "loại đơn vị", "nb": "slag enheter", "en": "kind of unit"},
	"unit": {"vi": "đơn vị", "nb": "enhet", "en": "unit"}, "field": {"vi": "lĩnh vực", "nb": "område", "en": "field"},
	"level": {"vi": "cấp", "nb": "nivå", "en": "level"}, "kind": {"vi": "loại hồ sơ", "nb": "slag", "en": "kind"},
}

// outcomeTitles are the outcomes in words, as of one dossier.
var outcomeTitles = map[dossier.Outcome]dossier.Text{
	dossier.Recommended: {"vi": "được đề nghị", "nb": "foreslått", "en": "recommended"}, dossier.NotRecommended: {"vi": "chưa được đề nghị", "nb": "ikke foreslått", "en": "not recommended"},
	dossier.NeedsReview: {"vi": "cần xem lại", "nb": "til vurdering", "en": "up for review"}, dossier.Ineligible: {"vi": "không đủ điều kiện", "nb": "uten rett til å bli vurdert", "en": "ineligible"},
	dossier.Quarantined: {"vi": "không đọc được", "nb": "ulest", "en": "unread"},
}

// Explain tells the ruleset as prose in one language, so that it can be read aloud
// to the people who decide by it. With searches it also tells how to find with kheo
// search what each piece of evidence looks for.
func (rs *Ruleset) Explain(lang string, searches bool) string {
	e := &explainer{rs: rs, lang: lang, searches: searches}
	e.line("", rs.Title.In(lang, "en"))
	e.say("", "applies", rs.ID, rs.Version, strings.Join(rs.applies(lang), ", "), rs.MaxPoints)
	if bases := rs.bases(); len(bases) > 0 {
		e.say("", "extends", strings.Join(bases, ", "))
	}
	if len(rs.gates) > 0 {
		e.head("gates")
		for _, g := range rs.gates {
			e.say("- ", "gate", g.otherwise, outcomeTitles[g.outcome], e.condition(g.require.text))
		}
	}
	e.criteria()
	if rs.copies.flagAbove > 0 {
		e.head("copies")
		e.say("", "copy", share(rs.copies.flagAbove), share(rs.copies.above), rs.copies.costs)
	}
	e.head("bands")
	for _, b := range rs.bands {
		e.say("- ", "band", outcomeTitles[b.Outcome], e.condition(b.cond.text))
	}
	e.say("- ", "rest", outcomeTitles[dossier.NotRecommended])
	if rs.borderline > 0 {
		e.say("", "borderline", rs.borderline)
	}
	for _, q := range rs.Quotas {
		per := perNames[q.Per].In(lang)
		if q.Of != "" {
			per += " " + q.Of
		}
		if q.Most > 0 {
			e.say("", "quota", per, float64(q.Most))
		}
		if q.MostShare > 0 {
			e.say("", "share", per, share(q.MostShare))
		}
		if q.Least > 0 {
			e.say("", "least", per, float64(q.Least))
		}
	}
	if rs.vary != (vary{}) {
		e.say("", "vary", share(rs.vary.weights), share(rs.vary.steps), share(rs.vary.thresholds))
	}
	e.say("", "order", strings.Join(e.order(), ", "))
	return e.out.String()
}

// applies names the kind and level that the ruleset is for.
func (rs *Ruleset) applies(lang string) []string {
	var out []string
	for _, n := range []struct {
		id   string
		list []Named
	}{{rs.Kind, rs.env.Kinds}, {rs.Level, rs.env.Levels}} {
		for _, named := range n.list {
			if named.ID == n.id {
				if t := named.Title.In(lang, "en"); t != "" {
					out = append(out, t)
				} else {
					out = append(out, named.ID)
				}
			}
		}
	}
	return out
}

type explainer struct {
	rs       *Ruleset
	lang     string
	searches bool
	out      strings.Builder
}

func (e *explainer) line(mark, s string) { e.out.WriteString(mark + s + "\n") }

func (e *explainer) say(mark, id string, args ...any) {
	e.line(mark, speakAll(explained[id], e.lang, args...))
}

// calls are the functions and names of conditions, nearer to how people speak.
var calls = []struct {
	re *regexp.Regexp
	by dossier.Text
}{
	{regexp.MustCompile(`date\("([^"]+)"\)`), dossier.Text{"vi": "$1", "nb": "$1", "en": "$1"}},
	{regexp.MustCompile(`months_between\(([^,()]+), ([^,()]+)\)`), dossier.Text{"vi": "số tháng từ “$1” đến “$2”", "nb": "månedene fra «$1» til «$2»", "en": "the months from “$1” to “$2”"}},
	{regexp.MustCompile(`present\(([^()]+)\)`), dossier.Text{"vi": "có “$1”", "nb": "«$1» finnes", "en": "there is “$1”"}},
	{regexp.MustCompile(`absent\(([^()]+)\)`), dossier.Text{"vi": "không có “$1”", "nb": "«$1» mangler", "en": "there is no “$1”"}},
	{regexp.MustCompile(`campaign\.closes`), dossier.Text{"vi": "ngày kết thúc đợt", "nb": "fristen", "en": "the campaign's end"}},
}

// condition writes a condition with the facts as forms call them.
func (e *explainer) condition(text string) string {
	s := inWords(text).In(e.lang)
	for _, c := range calls {
		s = c.re.ReplaceAllString(s, c.by.In(e.lang))
	}
	names := map[string]string{}
	for _, c := range e.rs.criteria {
		names[strings.ReplaceAll(c.id, "-", "_")] = c.title.In(e.lang, "en")
	}
	for i := range e.rs.facts {
		names[e.rs.facts[i].Name] = e.rs.factName(&e.rs.facts[i]).In(e.lang)
	}
	return nameInText.ReplaceAllStringFunc(s, func(id string) string {
		if name := names[id]; name != "" {
			return name
		}
		return id
	})
}

var nameInText = regexp.MustCompile(`\b[a-z][a-z0-9_]*\b`)

func (e *explainer) head(id string) { e.line("\n", explained[id].In(e.lang)) }

func (e *explainer) criteria() {
	e.head("criteria")
	evidenced := false
	rs := e.rs
	for _, c := range rs.criteria {
		e.say("- ", "criterion", c.title, c.max)
		if c.measured != "" {
			def := e.rs.factDef(c.measured)
			var steps []string
			for _, s := range c.steps {
				steps = append(steps, speakAll(explained["step"], e.lang, spoken(showValue(s.from, def.unitText, def.Unit)), s.points))
			}
			e.say("  ", "measured", e.rs.factName(def), strings.Join(steps, "; "))
		}
		if def := rs.factDef(c.measured); def != nil && def.manifest {
			e.say("  ", "manifest", rs.factName(def))
		}
		if c.panel != nil {
			e.panel(c.panel)
		}
		if c.vary != rs.vary {
			e.say("  ", "varies", share(c.vary.weights), share(c.vary.steps))
		}
		for i := range c.clues {
			e.clue(&c.clues[i])
			evidenced = true
		}
		var counted []string
		for _, why := range []string{struckNegated, struckPlanned, struckWished, struckQuoted} {
			if len(c.clues) > 0 && !c.never[why] {
				counted = append(counted, struckNames[why].In(e.lang))
			}
		}
		if len(counted) > 0 {
			e.say("  ", "counts", strings.Join(counted, ", "))
		}
	}
	if evidenced {
		e.say("", "never")
	}
}

func (e *explainer) clue(c *Clue) {
	where := ""
	if c.In != "" {
		where += speakAll(explained["in"], e.lang, e.words(e.rs.words[c.In]))
	}
	if len(c.From) > 0 {
		var names []string
		for _, role := range c.From {
			names = append(names, e.words(e.rs.roles[role]))
		}
		where += speakAll(explained["from"], e.lang, strings.Join(names, ", "))
	}
	for _, w := range c.With {
		if t, ok := explained[w]; ok {
			where += t.In(e.lang)
		} else {
			where += speakAll(explained["with"], e.lang, e.words(c.with[w]))
		}
	}
	what := c.Distinct
	if what == "" {
		what = "sentence"
	}
	if len(c.near) > 0 {
		var any []string
		for i := range c.near {
			if len(c.near[i].phrases) > 0 {
				any = append(any, e.words(c.near[i].phrases))
			} else {
				any = append(any, explained["a-number"].In(e.lang))
			}
		}
		where += speakAll(explained["near"], e.lang, c.reach.say(e.lang), strings.Join(any, ", "))
	}
	if len(c.except) > 0 {
		where += speakAll(explained["except"], e.lang, e.words(c.except))
	}
	if q := c.Query(); e.searches && q != nil {
		defer func() { e.say("    ", "search", q.String()) }()
	}
	if c.query != nil {
		e.say("  ", "query", c.Points, explained[what], c.query.String(), where, float64(c.AtMost))
		return
	}
	looked := c.any
	if c.numbers {
		looked = append(slices.Clone(looked), phrase{text: explained["a-number"].In(e.lang)})
	}
	e.say("  ", "clue", c.Points, explained[what], e.words(looked), where, float64(c.AtMost))
}

// say tells how far near goes.
func (r reach) say(lang string) string {
	switch {
	case r.section:
		return explained["one-section"].In(lang)
	case r.scope == query.Sentence:
		return explained["one-sentence"].In(lang)
	case r.scope == query.Page:
		return explained["one-page"].In(lang)
	}
	return speakAll(explained["within"], lang, float64(r.words))
}

// panel tells how people score a criterion.
func (e *explainer) panel(p *panel) {
	e.say("  ", "panel", float64(p.scorers), explained[p.combine])
	if !math.IsInf(p.talk, 1) {
		e.say("  ", "talk", p.talk)
	}
	for _, l := range p.rubric {
		e.say("    ", "level", l.Points, l.Text.In(e.lang, "en"))
	}
}

// struckNames are the ways of saying a thing that do not count, in words.
var struckNames = map[string]dossier.Text{
	struckNegated: {"vi": "câu phủ định", "nb": "det som nektes", "en": "what is negated"},
	struckPlanned: {"vi": "kế hoạch", "nb": "planer", "en": "plans"},
	struckWished:  {"vi": "mong muốn và câu hỏi", "nb": "ønsker og spørsmål", "en": "wishes and questions"},
	struckQuoted:  {"vi": "lời trích", "nb": "sitater", "en": "quotations"},
}

// bases are the files that the ruleset extends.
func (rs *Ruleset) bases() []string {
	var out []string
	for _, f := range sortedKeys(rs.Files) {
		if f != rs.File {
			out = append(out, f)
		}
	}
	return out
}

// words names those of a list that are in the language; all where none is.
func (e *explainer) words(list []phrase) string {
	var own, all []string
	for _, p := range list {
		all = append(all, p.text)
		if p.lang != nil && p.lang.Code == e.lang {
			own = append(own, p.text)
		}
	}
	if len(own) == 0 {
		own = all
	}
	sort.Strings(own)
	return "“" + strings.Join(own, "”, “") + "”"
}

// order names what the list is ordered by.
func (e *explainer) order() []string {
	var out []string
	for _, key := range e.rs.Order {
		name := inWords(strings.TrimPrefix(key, "-")).In(e.lang)
		if def := e.rs.factDef(key); def != nil {
			name = e.rs.factName(def).In(e.lang)
		}
		for _, c := range e.rs.criteria {
			if c.id == key {
				name = c.title.In(e.lang, "en")
			}
		}
		if key != "dossier" {
			out = append(out, name)
		}
	}
	return out
}
