package testspace

import (
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// Texts keeps what other programs read of documents, from one run of the tests to the next: the programs take
// minutes, and read the same of the same file.
type Texts struct {
	file  string
	texts map[string]string
	added bool
}

// OpenTexts returns the texts that were kept under a name for these versions of the programs. A damaged or missing file
// is as good as none.
func OpenTexts(t testing.TB, name, versions string) *Texts {
	t.Helper()
	dir, err := cacheDir()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(versions))
	x := &Texts{file: filepath.Join(dir, name+"-"+hex.EncodeToString(sum[:12]))}
	if f, err := os.Open(x.file); err == nil {
		defer f.Close()
		if gob.NewDecoder(f).Decode(&x.texts) == nil {
			return x
		}
	}
	x.texts = map[string]string{}
	return x
}

// Get returns the text under a key, and whether there is one. The key names the content of the document, the page, and
// how it was read.
func (x *Texts) Get(key string) (text string, ok bool) {
	text, ok = x.texts[key]
	return text, ok
}

// Put adds a text.
func (x *Texts) Put(key, text string) {
	x.texts[key], x.added = text, true
}

// Save writes the texts for later runs, if there are new ones.
func (x *Texts) Save(t testing.TB) {
	t.Helper()
	if !x.added {
		return
	}
	if err := save(x.file, x.texts); err != nil {
		t.Fatal(err)
	}
	prune(filepath.Dir(x.file))
}
