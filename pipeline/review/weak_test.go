package review

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kheo/pipeline/campaign"
)

func TestPasswordsThatAreGuessedSoonAreRefused(t *testing.T) {
	about := []string{"hoa", "Trần Thị Hoa", "dai-loc-2024", "dai-hiep"}
	for _, p := range []string{"password1234", "Password1234!", "P@ssw0rd1234", "qwertyuiop[]", "qwertyuiop123", "123456789012", "abcdefghijklm", "1q2w3e4r5t6y", "aaaaaaaaaaaa", "abababababab", "passwordpassword",
		"football1987!!", "monkey dragon", "iloveyou2024", "TranThiHoa2024", "hoa-dai-loc-2024", "Đại Lộc 2024!", "daihiep12345", "............", "1qaz2wsx3edc", "poiuytrewqlk", "ＰＡＳＳＷＯＲＤ１２３４"} {
		if !Weak(p, about...) {
			t.Errorf("%q is taken", p)
		}
	}
	for _, p := range []string{"mot hai ba bon nam", "another good one", "đường hoa mười giờ", "bảy con voi uống nước", "h7Kp-x2Rw-90Lm", "mfrggzdfmztwq2lk", "hoa hướng dương nở muộn", "tôi thích phở bò"} {
		if Weak(p, about...) {
			t.Errorf("%q is refused", p)
		}
	}
	if n := len(common()); n < 10_000 {
		t.Errorf("the list has %d", n)
	}
	if !errors.Is(ErrCommonPassword, ErrPassword) {
		t.Error("a common password is another kind of mistake")
	}
}

// A common word of any of the languages stays one with digits and punctuation around it.
func TestCommonWordsInPasswords(t *testing.T) {
	for _, p := range []string{"matkhau123456", "khongbiet1234", "correct horse", "Mật-khẩu!!2024", "2024#AnhYeuEm#", "m4tkh4u!2024", "Hemmelig-2024", "Velkommen1234!",
		"$0mmer2024!!!", "123456 Hà Nội", "Sommer2024Oslo!", "correct horse battery staple", "passord.hemmelig", "KHÔNG BIẾT 99999", "i love you 2024!", "...Trondheim..."} {
		if !Weak(p) {
			t.Errorf("%q is taken", p)
		}
	}
	for _, p := range []string{"ba con vịt xanh bơi ngược", "trời mưa to ở bến cũ", "quả dưa hấu nặng mười cân", "mật khẩu nằm dưới gốc cây dừa", "elgen spiser blåbær om natta",
		"sommer i fjæra med krabber", "tre grønne ulver danser", "purple kettle under the stairs", "winter geese over a tin roof", "v9Kq-oslo-72xT-mm4"} {
		if Weak(p) {
			t.Errorf("%q is refused", p)
		}
	}
}

// A password is the same however its letters are composed.
func TestPasswordsAreTheSameInEveryForm(t *testing.T) {
	const composed = "đường hoa mười giờ"
	apart := norm.NFD.String(composed)
	if composed == apart {
		t.Fatal("they are written in one form")
	}
	for _, set := range []string{composed, apart} {
		encoded, err := HashPassword(set)
		if err != nil {
			t.Fatal(err)
		}
		if !CheckPassword(encoded, composed) || !CheckPassword(encoded, apart) {
			t.Errorf("%q is right in one form alone", set)
		}
	}
	if _, err := HashPassword(norm.NFD.String(strings.Repeat("ờ", 7))); !errors.Is(err, ErrPassword) {
		t.Errorf("signs that belong together count several times: %v", err)
	}
}

// A password does not get long enough by spaces in a row, and is kept as it was typed.
func TestSpacesInARowCountOnce(t *testing.T) {
	for _, short := range []string{"xeko bamy   ", "xe   ko   ba", "xe\u00a0\u00a0\u00a0ko ba my"} {
		if _, err := HashPassword(short); !errors.Is(err, ErrPassword) {
			t.Errorf("%q is long enough: %v", short, err)
		}
	}
	const spaced = "bảy  con  voi uống nước"
	encoded, err := HashPassword(spaced)
	if err != nil || !CheckPassword(encoded, spaced) || CheckPassword(encoded, strings.ReplaceAll(spaced, "  ", " ")) {
		t.Errorf("%q is not kept as it was typed: %v", spaced, err)
	}
}

// What someone is recused from is told alike for one dossier and for all.
func TestRecusedIsWhatTieSays(t *testing.T) {
	s := NewState(campaign.Procedure{})
	people := map[string]*Person{"m": {ID: "m", Roles: []Role{Member}, Unit: "u1"}, "a": {ID: "a", Roles: []Role{Administrator}, Unit: "u1"}, "free": {ID: "free", Roles: []Role{Member}, Unit: "u2"}, "none": {ID: "none", Roles: []Role{Member}}}
	s.People = people
	for _, k := range []struct {
		k tieOf
		t Tied
	}{
		{tieOf{"m", "", "d1"}, Tied{Reason: "r"}}, {tieOf{"m", "", "d2"}, Tied{Reason: "r", Dismissed: "x"}}, {tieOf{"m", "u3", ""}, Tied{Reason: "r"}}, {tieOf{"m", "u4", ""}, Tied{Reason: "r", Dismissed: "x"}},
		{tieOf{"free", "u2", ""}, Tied{Reason: "r", Dismissed: "x"}}, {tieOf{"a", "", "d3"}, Tied{Found: true}}, {tieOf{"none", "u2", ""}, Tied{}},
	} {
		s.ties[k.k] = &k.t
	}
	for id := range people {
		dossiers, units := s.Recused(id)
		for _, d := range []string{"d1", "d2", "d3", "d4"} {
			for _, u := range []string{"", "u1", "u2", "u3", "u4", "u5"} {
				got := slices.Contains(dossiers, d) || slices.Contains(units, u)
				if want := s.Tie(id, d, u) != nil; got != want {
					t.Error(fmt.Sprint(id, " ", d, " ", u, ": ", got, ", and Tie says ", want))
				}
			}
		}
	}
}
