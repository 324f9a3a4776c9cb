package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/testspace"
	"kheo/pipeline/publish"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

// districtEntries are the entries of the sample's inbox that are on the district's list.
var districtEntries = strings.Split(`Ngày thứ năm nghe dân nói|dai_hung_xoa_tao_hon_o_ban_giap_rung.zip|
Giếng nước nghĩa tình vùng gò đồi|dai_minh_tang_le_van_minh_nghia_tinh.zip|ai_nghia_camera_nhan_dan_khu_hoa_bac.zip|
tieng-keng-an-ninh-thon-phu-hung|Ngôi nhà xanh thu nhựa nuôi sách|canh-dong-ot-mot-giong-mot-gia.docx|Bến sông bình yên|
rung-go-lon-khong-dot-thuc-bi|Tổ dân vận giải phóng mặt bằng đường tránh.docx|Nuôi bò vỗ béo theo tổ liên kết.zip|
Tổ hợp tác trồng dâu nuôi tằm tiêu thụ chung|Chi bộ bốn tốt đi trước hiến đất|Gà thả vườn đồi có thẻ chân|
dong-ho-khuyen-hoc-nuoi-em-den-truong.zip|dan-lat-may-tre-noi-nghe-cho-nguoi-trung-nien|Chè dây rừng thành hàng hóa|
nep-song-van-minh-trong-viec-tang|bua-sang-cho-hoc-tro-vuot-nui|dai_phong_nam_rom_tu_ra_bo_dong|
Xe nước mía thành tổ hàng sạch.zip|Dồn điền đổi thửa lần hai.zip|tu-quan-ngo-xom-thap-den.zip|Ong lấy mật vườn keo.zip|
dai_hong_thu_vien_trong_choi_ray.zip|Xóm trọ không rác|Tủ thuốc và xuồng cứu hộ mùa lụt.docx|
Hòm thư góp ý qua mã quét.pdf|Rau sạch bãi bồi theo sổ tay đồng ruộng|Giữ điệu cồng chiêng của làng.zip|
Câu lạc bộ dưỡng sinh người cao tuổi.docx|noi-khong-voi-ruou-bia-khi-lai-xe|dai_chanh_trang_thong_tin_dien_tu_cua_thon|
Chợ đêm cuối tuần không tiền mặt.docx|dien-mat-troi-bom-nuoc-ruong-cao.zip|Làng hoa hai bên đường liên xã.pdf|
Một cửa lưu động buổi tối|Đường dây nóng chống cháy rừng.zip|Sân bóng ruộng cạn cho trẻ em|
dai_hoa_nhat_ky_dan_van_cua_can_bo_thon`, "|")

// openDistrict is the pages of the whole district's list: 41 entries.
func openDistrict(t *testing.T) *site {
	t.Helper()
	wanted := map[string]bool{}
	for _, e := range districtEntries {
		wanted[norm.NFC.String(strings.TrimSpace(e))] = true
	}
	from := testspace.Prepare(t, "district", func(dir string) {
		testspace.ReadSample(t, dir, func(entry string) bool { return wanted[norm.NFC.String(entry)] })
		if err := runAndAdd(t, dir).Close(); err != nil {
			t.Fatal(err)
		}
	})
	dir := t.TempDir()
	testspace.Copy(t, from, dir)
	w, err := workspace.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return newSite(t, w)
}

// seat is a person in a meeting, with how often the person has pressed or clicked something.
type seat struct {
	*site
	ctx  context.Context
	acts int
}

// key presses a key that leads to a new page, and waits for it.
func (p *seat) key(k string) {
	p.Helper()
	p.acts++
	p.loaded(p.ctx)
	ask(p.site, p.ctx, chromedp.Evaluate[any](`document.documentElement.dataset.before = "yes"; 1`))
	p.run(p.ctx, chromedp.KeyEvent(k), chromedp.WaitReady("html:not([data-before]) main"))
}

// click clicks what leads to a new page, and waits for it.
func (p *seat) click(selector string) {
	p.Helper()
	p.acts++
	ask(p.site, p.ctx, chromedp.Evaluate[any](`document.documentElement.dataset.before = "yes"; 1`))
	p.run(p.ctx, chromedp.Click(selector), chromedp.WaitReady("html:not([data-before]) main"))
}

// has reports whether the page has something.
func (p *seat) has(selector string) bool {
	p.Helper()
	return ask(p.site, p.ctx, chromedp.Evaluate[bool](fmt.Sprintf(`!!document.querySelector(%q)`, selector)))
}

// says is the text of a part of the page.
func (p *seat) says(selector string) string {
	p.Helper()
	return ask(p.site, p.ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q)?.innerText || ""`, selector)))
}

// A meeting over 41 entries: a member votes on all in at most 45 keys and clicks, the chair opens it, votes and decides
// all in at most 60, and the screen follows. No one votes on what they are recused from, and every decision is as
// proposed.
func TestAWholeMeeting(t *testing.T) {
	t.Parallel()
	s := openDistrict(t)
	list := s.as("chair").listed()
	if len(list.Entries) != 41 {
		t.Fatalf("the list has %d entries", len(list.Entries))
	}
	meeting := "/meeting/" + district
	chair := &seat{site: s, ctx: s.chromium("chair")}
	s.speak(chair.ctx, "en")
	chair.run(chair.ctx, chromedp.Navigate(s.http.URL+meeting))
	chair.click("form[action$='/open'] button.main") // those with a vote are ticked

	member := &seat{site: s, ctx: s.chromium("member")}
	s.speak(member.ctx, "en")
	member.run(member.ctx, chromedp.Navigate(s.http.URL+meeting))
	screen := &seat{site: s, ctx: s.chromium("secretary")}
	s.speak(screen.ctx, "en")
	screen.run(screen.ctx, chromedp.Navigate(s.http.URL+meeting+"/screen"), chromedp.WaitVisible(".wall h2"))
	first := screen.says(".wall h2")

	s.shot(member.ctx, "meeting")
	votes := func(p *seat) {
		t.Helper()
		p.key("b")
		s.shot(p.ctx, "block")
		p.key("v")
		for range 45 {
			if p.has("#main .entry button[value=for]") && !p.has("#main .entry button[aria-pressed=true]") {
				p.key("1")
				continue
			}
			return
		}
		t.Fatal("the votes do not end")
	}
	votes(member)
	s.shot(member.ctx, "voted")
	// Two others vote from elsewhere, so that there is a quorum.
	for _, id := range []string{"second", "third"} {
		b := s.as(id)
		for _, e := range list.Entries {
			v := "for"
			if e.Outcome == dossier.NotRecommended || e.Outcome == dossier.Ineligible {
				v = "against"
			}
			b.must("/dossiers/"+e.Dossier+"/vote", url.Values{"vote": {v}})
		}
	}
	chair.run(chair.ctx, chromedp.Navigate(s.http.URL+meeting))
	chair.key("b")
	chair.key("v")
	chair.key("b")
	chair.key("d")
	if said := chair.says(".flash"); !strings.Contains(said, "Decisions recorded: ") || !chair.has(".flash [data-key=u]") {
		t.Errorf("after the block the page says %q", said)
	}
	for range 45 {
		if !chair.has("#main form.deciding select") {
			break
		}
		chair.key("1") // and stays, to decide
		if chair.says("#main .entry .outcome") == "Recommended" {
			chair.key("d")
			continue
		}
		chair.acts++
		chair.run(chair.ctx, chromedp.SendKeys("form.deciding input[name=reason]", "seen and found good"))
		chair.acts++
		ask(s, chair.ctx, chromedp.Evaluate[any](`document.documentElement.dataset.before = "yes"; 1`))
		chair.run(chair.ctx, chromedp.KeyEvent("\r"), chromedp.WaitReady("html:not([data-before]) main"))
	}
	s.shot(chair.ctx, "decided")
	t.Logf("%d entries: the member needs %d keys and clicks, the chair %d", len(list.Entries), member.acts, chair.acts)
	if member.acts > 45 || chair.acts > 60 {
		t.Errorf("the member needs %d keys and clicks, the chair %d", member.acts, chair.acts)
	}
	s.wholeMeetingHeld(t, list)

	screen.run(screen.ctx, chromedp.WaitVisible(".wall-last"))
	ask(s, screen.ctx, chromedp.Poll[any](fmt.Sprintf(`document.querySelector(".wall h2").innerText !== %q`, first)))
	s.shot(screen.ctx, "screen")
	if screen.has(".wall button, .wall a, .wall form") {
		t.Error("the screen has something to press")
	}
}

// wholeMeetingHeld checks what the meeting has recorded.
func (s *site) wholeMeetingHeld(t *testing.T, list *publish.File) {
	t.Helper()
	if err := s.w.Review().View(t.Context(), func(st *review.State) error {
		for i := range list.Entries {
			e := &list.Entries[i]
			d, tally := st.Decision(district, e.Dossier), st.Tally(district, e.Dossier, e.Unit)
			own := st.Tie("member", e.Dossier, e.Unit) != nil
			if voted := st.VoteOf("member", district, e.Dossier) != ""; voted == own && e.Outcome != dossier.Quarantined {
				t.Errorf("%s: the member voted: %v, is recused: %v", e.Title, voted, own)
			}
			if d == nil {
				t.Errorf("%s is not decided: %+v", e.Title, tally)
				continue
			}
			if d.Met() == nil || tally.Present < 3 {
				t.Errorf("%s: nobody knows who was there: %+v", e.Title, tally)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// The block, the screen and the page of a meeting that is open have nothing that axe-core finds wrong.
func TestPagesOfAMeetingAreAccessible(t *testing.T) {
	t.Parallel()
	s := open(t)
	axe := readAxe(t)
	s.as("secretary").must("/meeting/"+district+"/open", url.Values{"present": {"chair", "second", "secretary"}})
	ctx := s.chromium("chair")
	for _, path := range []string{"", "/block", "/screen"} {
		for _, l := range looks {
			s.look(ctx, l, "/meeting/"+district+path)
			s.accessible(ctx, axe, "the meeting"+path+", "+l.name)
			s.shot(ctx, "meeting"+strings.ReplaceAll(path, "/", "-")+"-"+l.name)
		}
	}
}
