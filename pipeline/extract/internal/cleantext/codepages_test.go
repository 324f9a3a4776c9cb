package cleantext

import "testing"

func TestDeclaredEncodingsBeyondTheWeb(t *testing.T) {
	for _, c := range []struct{ label, bytes, want, name string }{
		{"cp865", "\x8fse Bj\x9brnstad", "Åse Bjørnstad", "cp865"},
		{"IBM865", "\x8fse Bj\x9brnstad", "Åse Bjørnstad", "cp865"},
		{"x-cp850", "bl\x86b\x91r", "blåbær", "cp850"},
		{"ibm00858", "\xd5 5", "€ 5", "cp858"},
		{"437", "caf\x82", "café", "cp437"},
		{"VISCII", "\xd0\xf5i L\xb5c", "Đõi Lộc", "viscii"},
		{"TCVN-5712", "Sè hé", "Số hộ", "tcvn5712"},
		{"x-viet-tcvn5712", "Sè hé", "Số hộ", "tcvn5712"},
		{"windows-1252", "\x86 \x9b", "† ›", "windows-1252"},
		{"cp861", "\x8d 1 2 3", "\ufffd 1 2 3", UnknownEncoding},
		{"no such thing", "caf\xe9", "café", "windows-1252"},
	} {
		b := []byte(c.bytes)
		if c.name == "tcvn5712" {
			b = []byte{'S', 0xe8, ' ', 'h', 0xe9}
		}
		got, name := Decode(b, c.label)
		if got != c.want || name != c.name {
			t.Errorf("%q in %s is %q as %s, want %q as %s", c.bytes, c.label, got, name, c.want, c.name)
		}
	}
}

func TestSignsOfWindowsAreNoLettersOfMSDOS(t *testing.T) {
	for _, s := range []string{
		"We don\x92t, it\x92s, they\x92re and we\x92ll; \x93hello\x94 \x96 \x91world\x92 \x85",
		"Home \x9b Products \x9b Shoes \x9b Boots",
		"\x8bUn\x9b \x8bdeux\x9b \x8btrois\x9b",
	} {
		if _, name := Decode([]byte(s), ""); name != "windows-1252" {
			t.Errorf("%q is read as %s", s, name)
		}
	}
}
