package names

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kheo/internal/text/language"
)

// Hidden replaces a name: as long for every name.
const Hidden = "▮▮▮"

// Mask hides names in texts and pages.
type Mask struct {
	secret string
	cipher cipher.AEAD
	ids    map[string]string     // of dossiers, by their aliases
	phrase map[string][][]string // names as folded words, by their first word, the longest first
	known  map[string]bool       // names that are in phrase
	to     *strings.Replacer     // of ids
}

// newMask returns a mask that hides nothing yet. Aliases of ids and files are derived from the secret.
func newMask(secret string) *Mask {
	key := sha256.Sum256([]byte(secret))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has 32 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has blocks of 16 bytes
	}
	return &Mask{secret: secret, cipher: gcm, ids: map[string]string{}, phrase: map[string][][]string{},
		known: map[string]bool{}}
}

// add hides a name.
func (m *Mask) add(name string) {
	folded := language.Fold(name)
	if len(folded) < 2 || m.known[folded] {
		return
	}
	m.known[folded] = true
	words := strings.Fields(folded)
	m.phrase[words[0]] = append(m.phrase[words[0]], words)
}

// kinds are the words that say of what kind a unit is; its name is hidden without them too.
var kinds = []string{"thi tran", "thi xa", "thanh pho", "to dan pho", "uy ban nhan dan", "xa", "phuong", "huyen",
	"quan", "tinh", "thon", "kommune", "fylke", "bydel", "municipality", "commune", "district", "county", "town",
	"city", "of"}

// addUnit hides the name of a unit, also without the word that says of what kind it is.
func (m *Mask) addUnit(name string) {
	m.add(name)
	folded := language.Fold(name)
	// Words of the kind may follow each other, or be at both ends: "Ủy ban nhân dân xã Đại Hòa" is hidden as "Đại
	// Hòa" too.
	for changed := true; changed; {
		changed = false
		for _, kind := range kinds {
			if rest, ok := strings.CutPrefix(folded, kind+" "); ok {
				folded, changed = rest, true
			}
			if rest, ok := strings.CutSuffix(folded, " "+kind); ok {
				folded, changed = rest, true
			}
		}
	}
	m.add(folded)
}

// addDossier gives the id of a dossier an alias.
func (m *Mask) addDossier(id string) { m.ids[m.alias(id)] = id }

// seal ends the adding.
func (m *Mask) seal() {
	for _, list := range m.phrase {
		slices.SortStableFunc(list, func(a, b []string) int { return len(b) - len(a) })
	}
	var pairs [][2]string
	for alias, id := range m.ids {
		pairs = append(pairs, [2]string{id, alias})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { // an id may begin another
		if len(a[0]) != len(b[0]) {
			return len(b[0]) - len(a[0])
		}
		return strings.Compare(a[0], b[0])
	})
	var flat []string
	for _, p := range pairs {
		flat = append(flat, p[0], p[1])
	}
	m.to = strings.NewReplacer(flat...)
}

// names reports whether a text has a name or the id of a dossier.
func (m *Mask) names(text string) bool {
	return m.Text(text) != text || m.to.Replace(text) != text
}

// Text hides names in a plain text.
func (m *Mask) Text(text string) string { return m.hide(m.to.Replace(text), false) }

// HTML hides names in a page.
func (m *Mask) HTML(page string) string {
	// In this order: names of files while they are still as the links have them, then ids, then other percent-encoded
	// text, and last the words that people read.
	page = docRE.ReplaceAllStringFunc(page, func(s string) string {
		name, err := url.QueryUnescape(html.UnescapeString(s[len("doc="):]))
		if err != nil || !m.names(name) {
			return s
		}
		return "doc=" + m.fileToken(name)
	})
	page = m.to.Replace(page)
	page = encodedRE.ReplaceAllStringFunc(page, func(s string) string {
		if plain, err := url.QueryUnescape(s); err == nil && m.hide(plain, false) != plain {
			return url.QueryEscape(Hidden)
		}
		return s
	})
	return m.hide(page, true)
}

// docRE matches the name of a file in a link, and encodedRE what is percent-encoded.
var (
	docRE     = regexp.MustCompile(`doc=([^&"'#\s<>]|&#4[0-9];)+`)
	encodedRE = regexp.MustCompile(`[A-Za-z0-9%+._~-]*%[0-9A-Fa-f]{2}[A-Za-z0-9%+._~-]*`)
)

// fileToken returns the alias of the name of a file in links: the name itself, enciphered.
func (m *Mask) fileToken(name string) string {
	h := hmac.New(sha256.New, []byte(m.secret))
	h.Write([]byte(name))
	nonce := h.Sum(nil)[:m.cipher.NonceSize()] // the same name has the same link
	return "f." + base64.RawURLEncoding.EncodeToString(m.cipher.Seal(nonce, nonce, []byte(name), nil))
}

// file returns the name of a file that has an alias; anything else is returned as it is.
func (m *Mask) file(token string) string {
	text, ok := strings.CutPrefix(token, "f.")
	b, err := base64.RawURLEncoding.DecodeString(text)
	if !ok || err != nil || len(b) < m.cipher.NonceSize() {
		return token
	}
	name, err := m.cipher.Open(nil, b[:m.cipher.NonceSize()], b[m.cipher.NonceSize():], nil)
	if err != nil {
		return token
	}
	return string(name)
}

// word is a word of a text: its position, and its folded form, which has several words if its letters fold so.
type word struct {
	from, to int
	folded   string
}

// shownAttributes are the attributes of tags whose values people read, or that hold what they read.
var shownAttributes = []string{"title", "alt", "value", "placeholder", "aria-label", "content", "data-text", "label"}

// hide replaces the names in a text; in a page only in what is shown.
func (m *Mask) hide(text string, page bool) string {
	words := wordsOf(text, page)
	var b strings.Builder
	done := 0
	for i := 0; i < len(words); {
		n := m.nameAt(words[i:])
		if n == 0 {
			i++
			continue
		}
		first, last := words[i], words[i+n-1]
		b.WriteString(text[done:first.from])
		b.WriteString(Hidden)
		if page { // markup between the words of a name stays
			for k := i; k < i+n-1; k++ {
				between := text[words[k].to:words[k+1].from]
				if strings.ContainsAny(between, "<>") {
					b.WriteString(between)
				}
			}
		}
		done = last.to
		i += n
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

// nameAt returns how many words the longest name has with which words begin; 0 if none.
func (m *Mask) nameAt(words []word) int {
	for _, name := range m.phrase[words[0].folded] {
		if len(name) > len(words) {
			continue
		}
		ok := true
		for k := range name {
			if words[k].folded != name[k] {
				ok = false
				break
			}
		}
		if ok {
			return len(name)
		}
	}
	return 0
}

// wordsOf returns the words of a text; of a page those that are shown, in text and attributes.
func wordsOf(text string, page bool) []word {
	var out []word
	add := func(from, to int) {
		for i := from; i < to; {
			r, size := utf8.DecodeRuneInString(text[i:])
			if !inWord(r) {
				i += size
				continue
			}
			start := i
			for i < to {
				r, size = utf8.DecodeRuneInString(text[i:])
				if !inWord(r) {
					break
				}
				i += size
			}
			// Invisible signs are taken out first: one of them inside a name would let it pass.
			for _, f := range strings.Fields(language.Fold(strings.Map(visible, text[start:i]))) {
				out = append(out, word{start, i, f})
			}
		}
	}
	if !page {
		add(0, len(text))
		return out
	}
	for i := 0; i < len(text); {
		open := strings.IndexByte(text[i:], '<')
		if open < 0 {
			add(i, len(text))
			break
		}
		add(i, i+open)
		end := tagEnd(text, i+open)
		for _, at := range attributeRE.FindAllStringSubmatchIndex(text[i+open:end], -1) {
			name, from, to := text[i+open+at[2]:i+open+at[3]], i+open+at[4], i+open+at[5]
			if slices.Contains(shownAttributes, name) {
				add(from, to)
			} else if ask := strings.IndexByte(text[from:to], '?'); ask >= 0 { // of links, what they ask for
				add(from+ask, to)
			}
		}
		i = end
	}
	return out
}

// attributeRE matches an attribute of a tag with its value.
var attributeRE = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)

// tagEnd returns where the tag that begins at i ends. A > in a quoted value does not end it.
func tagEnd(text string, i int) int {
	quoted := false
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			quoted = !quoted
		case '>':
			if !quoted {
				return i + 1
			}
		}
	}
	return len(text)
}

// inWord reports whether a rune is part of a word: also marks and invisible signs within it.
func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r)
}

// visible leaves out invisible signs.
func visible(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}
