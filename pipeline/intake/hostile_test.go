package intake_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"kheo/pipeline/intake"
)

// No link is followed, in any part of a name, with the system call of new kernels and without it.
func TestNothingIsOpenedThroughALink(t *testing.T) {
	for _, old := range []bool{false, true} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "secret.txt"), "secret")
		inbox := filepath.Join(dir, "inbox")
		write(t, filepath.Join(inbox, "plain.txt"), "x")
		for name, to := range map[string]string{"file": "../secret.txt", "folder": "..",
			"absolute": filepath.Join(dir, "secret.txt"), "inside": "plain.txt", "proc": "/proc/self/environ"} {
			if err := os.Symlink(to, filepath.Join(inbox, name)); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"file", "folder", "absolute", "inside", "proc", "folder/secret.txt", "..",
			"../secret.txt", ""} {
			if err := intake.OpenBeneath(inbox, name, old); err == nil {
				t.Errorf("%q was opened (old kernel: %v)", name, old)
			}
		}
		if err := intake.OpenBeneath(inbox, "plain.txt", old); err != nil {
			t.Error(err)
		}
	}
}

// A folder may hold anything: what is no document is not read, not waited for, and not removed
// unsaid.
func TestWhatIsLeftOutIsKept(t *testing.T) {
	k := taker(t)
	secret := filepath.Join(filepath.Dir(k.Inbox), "secret.txt")
	write(t, secret, "the password")
	if err := os.Chmod(secret, 0o600); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(k.Inbox, "x", filepath.FromSlash(name)) }
	write(t, in("a.txt"), "a")
	write(t, in("half.docx.part"), "half")
	write(t, in(".hidden/b.txt"), "b")
	write(t, in(".DS_Store"), "junk")
	write(t, in("sub/~$a.docx"), "lock")
	for _, err := range []error{os.Symlink(secret, in("link.txt")), os.Symlink("/", in("sub/root")),
		os.Link(secret, in("hard.txt")), unix.Mkfifo(in("pipe.txt"), 0o644)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	takeAll(t, k)
	names(t, k, "a.txt")
	receipt := read(filepath.Join(k.Inbox, "x"+intake.ReceiptSuffix))
	kept, err := filepath.Glob(filepath.Join(k.Quarantine, intake.LeftOut, "*", "*"))
	kept = slices.DeleteFunc(kept, func(name string) bool { return strings.HasSuffix(name, ".reason.txt") })
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	for _, name := range []string{"half.docx.part", ".hidden", "sub/~$a.docx", "link.txt", "sub/root",
		"hard.txt", "pipe.txt"} {
		if !strings.Contains(receipt, name+" was left out") {
			t.Errorf("the receipt does not tell of %s:\n%s", name, receipt)
		}
		if _, err := os.Lstat(filepath.Join(kept[0], filepath.FromSlash(name))); err != nil {
			t.Errorf("%s was removed", name)
		}
	}
	if !strings.Contains(receipt, ".DS_Store") {
		t.Errorf("the receipt does not tell of .DS_Store:\n%s", receipt)
	}
	if why := read(kept[0] + ".reason.txt"); !strings.Contains(why, "pipe.txt") || !strings.Contains(why,
		"vi: ") || !strings.Contains(why, "nb: ") {
		t.Errorf("the reason says %q", why)
	}
	if read(secret) != "the password" || read(in("a.txt")) != "" {
		t.Error("more was removed, or less")
	}
}

// A single file that is another name of a private file is refused with its reason, and stays.
func TestAHardLinkOfAPrivateFileIsRefused(t *testing.T) {
	k := taker(t)
	secret := filepath.Join(filepath.Dir(k.Inbox), "secret.txt")
	write(t, secret, "the password")
	if err := errors.Join(os.Chmod(secret, 0o600), os.Link(secret, filepath.Join(k.Inbox,
		"x.txt"))); err != nil {
		t.Fatal(err)
	}
	_, err := k.Ingest(t.Context(), intake.Entry{Name: "x.txt"})
	var refused *intake.Refused
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "hard link") {
		t.Errorf("%v", err)
	}
	if len(accepted(t, k)) > 0 || read(filepath.Join(k.Inbox, "x.txt")) == "" {
		t.Error("it was taken, or removed")
	}
}

// Receipts replace a link of their name; they are never written through it. Nor is anything else
// that kheo writes into the inbox.
func TestReceiptsAreNotWrittenThroughLinks(t *testing.T) {
	k := taker(t)
	target := filepath.Join(filepath.Dir(k.Inbox), "kheo.yaml")
	write(t, target, "campaign: x")
	write(t, filepath.Join(k.Inbox, "x.txt"), "x")
	if err := os.Symlink(target, filepath.Join(k.Inbox, "x.txt"+intake.ReceiptSuffix)); err != nil {
		t.Fatal(err)
	}
	k.Recorded(func() {
		if name := intake.TemporaryName("x.txt" + intake.ReceiptSuffix); os.Symlink(target,
			filepath.Join(k.Inbox, name)) != nil {
			t.Error("the link was not made")
		}
	})
	takeAll(t, k)
	if got := read(target); got != "campaign: x" {
		t.Errorf("the target of a planted link now holds %q", got)
	}
	if !strings.Contains(read(filepath.Join(k.Inbox, "x.txt"+intake.ReceiptSuffix)), "kheo received") {
		t.Error("there is no receipt")
	}
}

// Folders in which kheo keeps what it is taking cannot be planted as links.
func TestPlantedFoldersAreNotFollowed(t *testing.T) {
	k := taker(t)
	outside := filepath.Join(filepath.Dir(k.Inbox), "outside")
	write(t, filepath.Join(outside, "private.txt"), "private")
	for _, name := range []string{".aside-x", ".done-x", ".taken-y", "z"} {
		if err := os.Symlink(outside, filepath.Join(k.Inbox, name)); err != nil {
			t.Fatal(err)
		}
	}
	takeAll(t, k)
	if n := len(accepted(t, k)); n > 0 || read(filepath.Join(outside, "private.txt")) != "private" {
		t.Errorf("%d dossiers were taken from outside the inbox, or something there was removed", n)
	}
}

// A dossier with a name as long as a file system allows gets a receipt too.
func TestLongNames(t *testing.T) {
	k := taker(t)
	long := strings.Repeat("á", 125) + ".txt" // 254 bytes
	write(t, filepath.Join(k.Inbox, long), "x")
	takeAll(t, k)
	list, err := intake.Receipts(k.Inbox, intake.DossierName(long))
	if err != nil || len(list) != 1 || !strings.Contains(read(list[0]), "kheo received") {
		t.Errorf("%q %v", list, err)
	}
}

// The name of an entry made of a title reads like the title, is one that intake takes, and is not
// that of another title.
func TestNamesOfTitles(t *testing.T) {
	titles := []string{"Tổ phụ nữ 20/10", "Tổ phụ nữ 20-10", "10", "20/10", "/", "..", ".", "../../etc",
		"a.tmp", "a", "a.zip", "a.zip.", "con", `C:\x`, "x\x00y",
		"xy", "x\u202ey", "  a  b ", strings.Repeat("dài ", 100), strings.Repeat("dài ", 99), "a?", "a*", "~$a",
		".hidden", "tên…", "a.receipt.txt"}
	seen := map[string]string{}
	for _, title := range titles {
		name := intake.TitleName("dai-hiep", title)
		if other, is := seen[intake.ID(name)]; is {
			t.Errorf("%q and %q are both %q", title, other, name)
		}
		seen[intake.ID(name)] = title
		if intake.Skipped(name) || len(name)+len(intake.ReceiptSuffix) > 255 || strings.ContainsAny(name,
			"/\\\x00:*?\"<>|") || !strings.HasPrefix(name, "dai-hiep ") {
			t.Errorf("%q is called %q", title, name)
		}
		if other := intake.TitleName("dai-minh", title); intake.ID(other) == intake.ID(name) {
			t.Errorf("two units share %q", name)
		}
	}
	if name := intake.TitleName("dai-hiep", "Tổ phụ nữ 20/10"); !strings.HasPrefix(name,
		"dai-hiep Tổ phụ nữ 20-10") {
		t.Errorf("called %q", name)
	}
	if name := intake.TitleName("dai-hiep", "Bếp lửa hồng"); name != "dai-hiep Bếp lửa hồng" { // as ever
		t.Errorf("called %q", name)
	}
}
