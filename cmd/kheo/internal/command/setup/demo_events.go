package setup

import (
	"context"
	"strings"

	"kheo/pipeline/editions"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// Dossiers of the sample that its people have worked on. Ids follow from the content of the dossiers.
const (
	thursday  = "ngay-thu-nam-nghe-dan-noi-thzwk"
	weddings  = "dai-hung-xoa-tao-hon-o-ban-giap-rung-xv7wm"
	well      = "gieng-nuoc-nghia-tinh-vung-go-doi-tszns"
	camera    = "ai-nghia-camera-nhan-dan-khu-hoa-bac-v6cnh"
	bell      = "tieng-keng-an-ninh-thon-phu-hung-bfgwn"
	chilli    = "canh-dong-ot-mot-giong-mot-gia-docx-aqcqh"
	partyCell = "chi-bo-bon-tot-di-truoc-hien-dat-oae4p"
	seeds     = "sang-kien-tui-lua-giong-sr4hj"
	speaker   = "sang-kien-loa-ke-chuyen-fvksk"
	bench     = "sang-kien-ghe-da-hoa-giai-2wcrt"
	booklet   = "sang-kien-so-tay-viec-lang-4mnx7"
	silk      = "to-hop-tac-trong-dau-nuoi-tam-tieu-thu-chung-btdyy"
)

// demoEvents are what the people of the sample have done before it is opened: work is assigned and under way, one
// member has a conflict of interest, one dossier was returned, and models have taken over others.
var demoEvents = []struct {
	unit, outcome string // of the dossier
	event         review.Event
}{
	{"dai-lanh", "", review.Event{Person: "member3", Action: review.TieDeclared, Dossier: thursday,
		Data: review.Data{Subject: "member3", Reason: "Anh trai tôi là bí thư chi bộ nơi có mô hình này."}}},
	{"dai-hung", "", assigned(weddings)}, {"dai-dong", "", assigned(well)}, {"ai-nghia", "", assigned(camera)},
	{"dai-hiep", "", assigned(bell)}, {"dai-hong", "", assigned(bench)}, {"dai-tan", "", assigned(booklet)},
	{"dai-son", "", review.Event{Person: "secretary", Action: review.Tagged, Dossier: speaker,
		Data: review.Data{Name: "đi xem tận nơi"}}},
	{"dai-quang", "", assigned(chilli)}, {"dai-thang", "", assigned(silk)},
	{"dai-hung", "", demoVote("member1", weddings)}, {"dai-hung", "", demoVote("member2", weddings)},
	{"dai-dong", "", demoVote("member1", well)}, {"dai-dong", "", demoVote("member3", well)},
	{"ai-nghia", "", demoVote("member2", camera)},
	{"dai-thang", "", review.Event{Person: "evaluator", Action: review.Commented, Dossier: silk,
		Data: review.Data{Text: "Điểm sát ngưỡng: đề nghị hội đồng xem kỹ phần sức lan tỏa, báo cáo chỉ nêu một nơi " +
			"học theo."}}},
	{"dai-thanh", "needs-review", review.Event{Person: "secretary", Action: review.Decided, Ruleset: "model-district",
		Dossier: partyCell, Data: review.Data{Decision: review.Returned, Outcome: "needs-review",
			Reason: "Thiếu giấy xác nhận của Ủy ban nhân dân xã; đề nghị bổ sung trước ngày 15/12/2024."}}},
	{"ai-nghia", "", review.Event{Person: "secretary", Action: review.TookOver, Dossier: camera,
		Data: review.Data{Of: bell, Reason: "Khu Hòa Bắc đã đến thôn Phú Hưng học cách báo động, rồi gắn camera."}}},
	{"dai-dong", "", review.Event{Person: "secretary", Action: review.TookOver, Dossier: well,
		Data: review.Data{Of: thursday, Reason: "Việc chọn chỗ đào giếng được bàn trong buổi nghe dân nói, theo cách " +
			"của xã Đại Lãnh."}}},
	{"ai-nghia", "", review.Event{Person: "member1", Action: review.Visited, Dossier: camera, Data: review.Data{
		On: "2024-10-17", Text: "Đã xem 12 camera đang hoạt động; hai hộ xin được lắp thêm."}}},
}

// demoScores are the scores that the evaluator and a member of the sample have given to initiatives. Of the booklet,
// which copies from the year before, nothing is scored yet, and of the bench only by one of them.
var demoScores = []struct {
	person, unit, dossier, criterion string
	points                           float64
	why                              string
}{
	{"evaluator", "dai-son", speaker, "novelty", 40, "Chưa nơi nào phát thanh hai thứ tiếng theo lời kể của dân."},
	{"evaluator", "dai-son", speaker, "worth-copying", 25, "Cần một người thu âm; xã nào cũng có."},
	{"member3", "dai-son", speaker, "novelty", 30, ""}, {"member3", "dai-son", speaker, "worth-copying", 30, ""},
	{"evaluator", "dai-cuong", seeds, "novelty", 25, "Đổi công đã có từ lâu; cái mới là quyển sổ công khai."},
	{"evaluator", "dai-cuong", seeds, "worth-copying", 30, ""},
	{"member3", "dai-cuong", seeds, "novelty", 10, "Cách làm cũ, chỉ thêm quyển sổ."},
	{"member3", "dai-cuong", seeds, "worth-copying", 15, ""},
	{"evaluator", "dai-hong", bench, "novelty", 25, ""},
}

// assigned gives a dossier to the evaluator of the sample.
func assigned(id string) review.Event {
	return review.Event{Person: "secretary", Action: review.Assigned, Dossier: id,
		Data: review.Data{Subject: "evaluator"}}
}

// demoVote is the vote of a member of the sample for a district model.
func demoVote(person, id string) review.Event {
	return review.Event{Person: person, Action: review.Voted, Ruleset: "model-district", Dossier: id,
		Data: review.Data{Value: review.For}}
}

// addDemoWork records what the people of the sample have done.
func addDemoWork(ctx context.Context, w *workspace.Workspace) error {
	for _, x := range demoEvents {
		if err := w.Review().Do(ctx, review.Subject{Unit: x.unit, Outcome: x.outcome}, x.event); err != nil {
			return err
		}
	}
	for _, x := range demoScores {
		e := review.Event{Person: x.person, Action: review.Scored, Ruleset: "initiative", Dossier: x.dossier,
			Data: review.Data{Criterion: x.criterion, Points: &x.points, Text: x.why}}
		if err := w.Review().Do(ctx, review.Subject{Unit: x.unit}, e); err != nil {
			return err
		}
	}
	return w.MarkDemo()
}

// pastDecisions are what the committee of the year before decided, by the folders of its dossiers.
var pastDecisions = []struct {
	folder   string
	vote     review.Vote
	decision review.Decision
	reason   string
}{
	{"loa-thon", review.For, review.Recognised, "Đã duy trì đều cả năm; ba gia đình nối lại liên lạc với con."},
	{"so-tay-xom", review.Against, review.NotRecognised, "Mới thực hiện bốn tháng; đề nghị theo dõi thêm một năm."},
}

// closePast decides and closes the list of the year before.
func closePast(ctx context.Context, w *workspace.Workspace) error {
	chair := demoPeople[0]
	e := review.Event{Person: review.System, Action: review.PersonAdded,
		Data: review.Data{Subject: chair.id, Name: chair.name, Roles: []review.Role{chair.role}}}
	if err := w.Review().Do(ctx, review.Subject{}, e); err != nil {
		return err
	}
	run, err := w.Store.Runs.Latest(ctx)
	if err != nil {
		return err
	}
	f, err := editions.List(ctx, w, run, "initiative")
	if err != nil {
		return err
	}
	for i := range f.Entries {
		entry := &f.Entries[i]
		for _, x := range pastDecisions {
			if !strings.HasPrefix(entry.Dossier, x.folder) {
				continue
			}
			about := review.Subject{Unit: entry.Unit, Outcome: string(entry.Outcome)}
			voted := review.Event{Person: chair.id, Action: review.Voted, Ruleset: f.Ruleset, Dossier: entry.Dossier,
				Data: review.Data{Value: x.vote}}
			decided := review.Event{Person: chair.id, Action: review.Decided, Ruleset: f.Ruleset,
				Dossier: entry.Dossier, Data: review.Data{Decision: x.decision, Outcome: about.Outcome,
					Reason: x.reason}}
			if err := w.Review().Do(ctx, about, voted, decided); err != nil {
				return err
			}
		}
	}
	return w.Review().Close(ctx, chair.id, f)
}
