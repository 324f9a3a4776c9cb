package review

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/internal/text/language"
	"kheo/pipeline/store"
)

// Cost is how much work argon2id takes to hash a password.
type Cost struct {
	Passes  uint32
	Memory  uint32 // KiB
	Threads uint8
}

// NewPasswords is the cost of passwords that are set from now on: the second choice of RFC 9106 (section 4). Only
// tests set it, which hash some hundred passwords; those that are stored keep the cost that is written with them.
var NewPasswords = Cost{Passes: 3, Memory: 64 << 10, Threads: 4}

const (
	argonKey  = 32
	argonSalt = 16
)

// minPassword and maxPassword are the length of a new password in code points. Earlier versions allowed up to
// maxChecked.
const minPassword, maxPassword, maxChecked = 12, 128, 200

// ErrPassword is returned for a password that is too short or too long.
var ErrPassword = fmt.Errorf("a password has %d to %d characters", minPassword, maxPassword)

// HashPassword encodes the NFC form of a password with argon2id and a random salt, as a PHC string. It returns
// ErrPassword for a password of the wrong length.
func HashPassword(password string) (string, error) {
	password = norm.NFC.String(password)
	if !rightLength(password) {
		return "", ErrPassword
	}
	hashing <- struct{}{}
	defer func() { <-hashing }()
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	cost := NewPasswords
	key := cost.hash(password, salt)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, cost.Memory, cost.Passes, cost.Threads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// hash returns the Argon2id hash of a password, which costs the time and memory that c says.
func (c Cost) hash(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, c.Threads, argonKey)
}

// rightLength reports whether a new password has an allowed length. For the minimum, a run of spaces counts as one
// character.
func rightLength(password string) bool {
	n, space := 0, false
	for _, r := range password {
		if !space || !unicode.IsSpace(r) {
			n++
		}
		space = unicode.IsSpace(r)
	}
	return n >= minPassword && utf8.RuneCountInString(password) <= maxPassword
}

// SetPassword gives a person a password and ends their sessions and links. event, PasswordSet or PersonAdded,
// records it. If the password is too short, too long or too common it returns ErrPassword or ErrCommonPassword and
// records nothing.
func (l *Log) SetPassword(ctx context.Context, event Event, password string) error {
	if err := l.CheckNewPassword(ctx, event.Data.Subject, event.Data.Name, password); err != nil {
		return err
	}
	encoded, err := HashPassword(password)
	if err != nil {
		return err
	}
	return l.SetEncoded(ctx, event, encoded)
}

// CheckNewPassword returns ErrPassword or ErrCommonPassword for a password that the person may not have. name is
// used for persons who are not in the state yet.
func (l *Log) CheckNewPassword(ctx context.Context, person, name, password string) error {
	if !rightLength(norm.NFC.String(password)) {
		return ErrPassword
	}
	about := append([]string{person, name, "kheo"}, l.Avoid...)
	if err := l.View(ctx, func(s *State) error {
		if p := s.People[person]; p != nil {
			about = append(about, p.Name, p.Unit)
		}
		return nil
	}); err != nil {
		return err
	}
	if Weak(password, about...) {
		return ErrCommonPassword
	}
	return nil
}

// SetEncoded is SetPassword for a password that HashPassword has encoded.
func (l *Log) SetEncoded(ctx context.Context, event Event, encoded string) error {
	event.Data.Secret = dossier.SHA256([]byte(encoded))
	event.beside.Secret = &store.Secret{Person: event.Data.Subject, Encoded: encoded}
	return l.Do(ctx, Subject{}, event)
}

// Password returns the encoded password of a person. It returns "" if there is none or if it differs from the one
// in the audit trail, so that write access to the database is not enough to sign in as another person.
func (l *Log) Password(ctx context.Context, person string) (encoded string, err error) {
	if encoded, err = l.store.People.Password(ctx, person); err != nil {
		return "", err
	}
	err = l.View(ctx, func(s *State) error {
		if !holds(s, person, encoded) {
			encoded = ""
		}
		return nil
	})
	return encoded, err
}

// holds reports whether an encoded password is the one in the audit trail. Events of an older kheo contain none;
// then any is accepted.
func holds(s *State, person, encoded string) bool {
	return s.secrets[person] == "" || s.secrets[person] == dossier.SHA256([]byte(encoded))
}

// LinkLife is how long a link to choose a password is valid.
const LinkLife = 72 * time.Hour

// MakeLink makes a link by which a person chooses a password, once. It invalidates an earlier one. mailed says that
// the link is sent to the person alone and not shown to its maker. Only the hash of the token is stored. The
// present password stays valid until the link is used.
func (l *Log) MakeLink(ctx context.Context, by, person string, mailed bool) (token string, expires time.Time,
	err error) {
	token, expires = strings.ToLower(rand.Text()), l.now().Add(LinkLife).UTC().Truncate(time.Second)
	e := Event{Person: by, Action: LinkMade, Data: Data{Subject: person, Text: LinkShown}}
	if mailed {
		e.Data.Text = LinkMailed
	}
	e.beside.Link = &store.Link{Token: dossier.SHA256([]byte(token)), Person: person, Expires: expires}
	return token, expires, l.Do(ctx, Subject{}, e)
}

// RenewLink gives a person's mailed link a new token, with the same end, and returns it: so that the token of a
// mail that waits to be sent is kept nowhere. store.ErrLink is returned if the person has no valid link that was
// to be mailed, or may not sign in.
func (l *Log) RenewLink(ctx context.Context, person string) (token string, expires time.Time, err error) {
	if err := l.View(ctx, func(s *State) error {
		if p := s.People[person]; p == nil || p.Disabled || p.linkBy != "" {
			return store.ErrLink
		}
		return nil
	}); err != nil {
		return "", time.Time{}, err
	}
	token = strings.ToLower(rand.Text())
	expires, err = l.store.People.RenewLink(ctx, person, dossier.SHA256([]byte(token)), l.now())
	return token, expires, err
}

// LinkOf returns the person of a link, or nil if it is not valid or the person may not sign in.
func (l *Log) LinkOf(ctx context.Context, token string) (*Person, error) {
	id, err := l.store.People.LinkOwner(ctx, dossier.SHA256([]byte(token)), l.now())
	if err != nil || id == "" {
		return nil, err
	}
	var person *Person
	err = l.View(ctx, func(s *State) error {
		if p := s.People[id]; p != nil && !p.Disabled {
			copied := *p
			person = &copied
		}
		return nil
	})
	return person, err
}

// UseLink sets the password that a person has chosen by a link, and ends their sessions. It returns store.ErrLink
// for a link that is not valid, ErrPassword or ErrCommonPassword for a password that may not be used.
func (l *Log) UseLink(ctx context.Context, token, password string) (*Person, error) {
	p, err := l.LinkOf(ctx, token)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, store.ErrLink
	}
	if err := l.CheckNewPassword(ctx, p.ID, p.Name, password); err != nil {
		return nil, err
	}
	encoded, err := HashPassword(password)
	if err != nil {
		return nil, err
	}
	e := Event{Person: p.ID, Action: PasswordSet,
		Data: Data{Subject: p.ID, Reason: ByLink, Secret: dossier.SHA256([]byte(encoded))}}
	e.beside.Secret = &store.Secret{Person: p.ID, Encoded: encoded, Link: dossier.SHA256([]byte(token)), Now: l.now()}
	return p, l.Do(ctx, Subject{}, e)
}

// Disable keeps a person from signing in, and ends their sessions and links.
func (l *Log) Disable(ctx context.Context, by, person string) error {
	e := Event{Person: by, Action: PersonDisabled, Data: Data{Subject: person}}
	e.beside.Ended = person
	return l.Do(ctx, Subject{}, e)
}

// Enable lets a disabled person sign in again.
func (l *Log) Enable(ctx context.Context, by, person string) error {
	return l.Do(ctx, Subject{}, Event{Person: by, Action: PersonEnabled, Data: Data{Subject: person}})
}

// Hashers is how many passwords are hashed at a time: each takes 64 MB and several processors.
const Hashers = 2

// hashing limits how many passwords are hashed at the same time.
var hashing = make(chan struct{}, Hashers)

// CheckPassword reports whether a password is the encoded one. It takes as long if encoded is empty, so that the
// time does not reveal who has a password.
func CheckPassword(encoded, password string) bool {
	if utf8.RuneCountInString(password) > maxChecked {
		return false
	}
	hashing <- struct{}{}
	defer func() { <-hashing }()
	ok := isPassword(encoded, norm.NFC.String(password))
	if !norm.NFC.IsNormalString(password) { // an older kheo encoded passwords as they were typed
		ok = isPassword(encoded, password) || ok
	}
	return ok
}

// isPassword compares a password with an encoded one in constant time. An encoding that cannot be read costs the same
// hashing as one that can.
func isPassword(encoded, password string) bool {
	memory, time, threads, salt, key, err := decode(encoded)
	if err != nil {
		NewPasswords.hash(password, make([]byte, argonSalt))
		return false
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1
}

// decode returns the parameters, the salt and the key of an encoded password (a PHC string of argon2id). It refuses
// parameters so large that checking a password would take minutes or gigabytes: memory is in KiB.
func decode(encoded string) (memory, time uint32, threads uint8, salt, key []byte, err error) {
	var v int
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return 0, 0, 0, nil, nil, errors.New("no password")
	}
	if _, err = fmt.Sscanf(parts[2], "v=%d", &v); err == nil && v != argon2.Version {
		err = errors.New("another version of argon2")
	}
	if err == nil {
		_, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads)
	}
	if err == nil {
		salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	}
	if err == nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err == nil && (memory > 1<<20 || time > 100 || threads == 0 || len(key) < 16 || len(key) > 64) {
		err = errors.New("parameters out of bounds")
	}
	return memory, time, threads, salt, key, err
}

// Token is what a program shows to act for a person. It has the rights of the person, narrowed by its scopes.
type Token struct {
	ID, Person, Name string
	Scopes           []Scope
	Made, Ends       string // when it was made, RFC 3339, and its last day, as an ISO date

	secret string // SHA-256 of the token
}

// May reports whether the token has a scope.
func (t *Token) May(s Scope) bool { return slices.Contains(t.Scopes, s) }

// Over reports whether the last day of the token is over at a time in the zone of the campaign.
func (t *Token) Over(now time.Time) bool { return now.Format(time.DateOnly) > t.Ends }

// Tokens are the tokens of all people that were not revoked, by id. They follow from the audit trail alone: write
// access to other tables makes none.
type Tokens map[string]Token

// Of returns the tokens of a person, those that have ended among them, by when they were made.
func (all Tokens) Of(person string) []Token {
	var out []Token
	for _, t := range all {
		if t.Person == person {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Token) int { return cmp.Or(cmp.Compare(a.Made, b.Made), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Find returns the token that a text is, or nil. It takes equally long for a wrong secret of a known token.
func (all Tokens) Find(text string) *Token {
	id, _, ok := strings.Cut(strings.TrimPrefix(text, tokenPrefix), "_")
	t, known := all[id]
	if !ok || !known || !strings.HasPrefix(text, tokenPrefix) ||
		subtle.ConstantTimeCompare([]byte(dossier.SHA256([]byte(text))), []byte(t.secret)) != 1 {
		return nil
	}
	return &t
}

// Limits of tokens.
const (
	MaxTokens    = 20                   // of one person
	MaxTokenLife = 366 * 24 * time.Hour // from when it is made to its last day
	maxTokenName = 60                   // code points

	tokenPrefix = "kheo_" // by which programs that look for leaked secrets know one
	tokenIDs    = 10      // characters of an id
)

// MakeToken makes a token of a person and returns it. by is the person or System; name, scopes and ends are as in
// Token. Only its hash is stored, in the event.
func (l *Log) MakeToken(ctx context.Context, by string, t Token) (id, token string, err error) {
	id = strings.ToLower(rand.Text())[:tokenIDs]
	token = tokenPrefix + id + "_" + strings.ToLower(rand.Text())
	var scopes []string
	for _, s := range t.Scopes {
		scopes = append(scopes, string(s))
	}
	return id, token, l.Do(ctx, Subject{}, Event{Person: by, Action: TokenMade, Data: Data{Subject: t.Person, Of: id,
		Name: t.Name, Text: strings.Join(scopes, " "), On: t.Ends, Secret: dossier.SHA256([]byte(token))}})
}

// RevokeToken ends a token of a person.
func (l *Log) RevokeToken(ctx context.Context, by, person, id string) error {
	return l.Do(ctx, Subject{}, Event{Person: by, Action: TokenRevoked, Data: Data{Subject: person, Of: id}})
}

// scopesIn returns the scopes that an event names, and whether all are known and there is one.
func scopesIn(text string) (out []Scope, ok bool) {
	for _, word := range strings.Fields(text) {
		if !slices.Contains(Scopes, Scope(word)) {
			return nil, false
		}
		if !slices.Contains(out, Scope(word)) {
			out = append(out, Scope(word))
		}
	}
	return out, len(out) > 0
}

// checkToken checks a new token: no one makes one for another person.
func (a attempt) checkToken() error {
	s, d := a.state, &a.event.Data
	if err := a.checkSubject(); err != nil {
		return err
	}
	ends, err := time.Parse(time.DateOnly, d.On)
	now, timeErr := time.Parse(time.RFC3339, a.event.At)
	if timeErr != nil {
		return timeErr
	}
	_, known := s.Tokens[d.Of]
	_, scoped := scopesIn(d.Text)
	switch {
	case s.People[d.Subject].Disabled:
		return refuse("disabled", "%s is disabled; enable the person first", d.Subject)
	case strings.TrimSpace(d.Name) == "" || len([]rune(d.Name)) > maxTokenName:
		return refuse("token-name", "a token has a name of 1 to 60 characters, by which you know it later")
	case !scoped:
		return refuse("token-scopes", "a token has one or more of the scopes %v", Scopes)
	case err != nil || ends.Before(now.Add(-48*time.Hour)) || ends.After(now.Add(MaxTokenLife)):
		return refuse("token-end", "the last day of a token is a date such as 2026-12-31, from today to a year from now")
	case known || d.Of == "" || d.Secret == "":
		return refuse("token-id", "there is a token %q already", d.Of)
	case len(s.Tokens.Of(d.Subject)) >= MaxTokens:
		return refuse("token-many", "a person has at most 20 tokens; revoke one first")
	}
	return nil
}

// checkTokenRevoked checks that the token is one of the person whom the event names.
func (a attempt) checkTokenRevoked() error {
	d := &a.event.Data
	if t, ok := a.state.Tokens[d.Of]; !ok || t.Person != d.Subject {
		return refuse("token-gone", "%s has no token %q; it may have been revoked", d.Subject, d.Of)
	}
	return nil
}

// applyToken records a token, or its end.
func (u update) applyToken() {
	s, d := u.state, &u.event.Data
	if u.event.Action == TokenRevoked {
		drop(s, s.Tokens, d.Of)
		return
	}
	scopes, _ := scopesIn(d.Text)
	put(s, s.Tokens, d.Of, Token{ID: d.Of, Person: d.Subject, Name: d.Name, Scopes: scopes, Made: u.event.At,
		Ends: d.On, secret: d.Secret})
}

// endTokens ends the tokens of a person who is disabled or forgotten.
func (u update) endTokens(person string) {
	for _, t := range u.state.Tokens.Of(person) {
		drop(u.state, u.state.Tokens, t.ID)
	}
}

// ErrCommonPassword is returned for a password that is easy to guess: a common one, even with digits or
// punctuation around it, one that repeats itself or follows the keyboard, or one that is little more than a
// name.
var ErrCommonPassword = fmt.Errorf("%w, and is none of those that are guessed first: "+
	"no common password, no name, no row of keys; several words in a row are good", ErrPassword)

//go:embed common-passwords.txt
var commonList string

//go:embed common-words.txt
var wordList string

// common holds the common passwords in small letters without diacritics, and the common words and phrases,
// which are written as one word too.
var common = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(commonList + "\n" + wordList) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[language.Fold(line)] = true
		}
	}
	for line := range strings.Lines(wordList) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[onlyLetters(language.Fold(line))] = true
		}
	}
	return out
})

// letters takes the place of what people write for letters in passwords.
var letters = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t",
	"@", "a", "$", "s", "!", "i")

// rows are the keys of keyboards from left to right, and what is counted in order.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
	"1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm"}

// minLeft is how many letters and digits a password needs beside the names and common words in it.
const minLeft = 6

// Weak reports whether a password is easy to guess. about are names that an attacker knows, of the person
// and of the campaign.
func Weak(password string, about ...string) bool {
	p := language.Fold(strings.ToLower(norm.NFKC.String(password)))
	for _, variant := range []string{p, letters.Replace(p)} {
		if common()[variant] || common()[core(variant)] || twoCommon(core(variant)) {
			return true
		}
	}
	if aroundCommon(password) {
		return true
	}
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, p)
	return plain == "" || repeats(plain) || steps(plain) < 3 || len([]rune(withoutNames(plain, about))) < minLeft
}

// aroundCommon reports whether a password is one or two common words with digits and punctuation before,
// between and after them, even if some of these replace letters.
func aroundCommon(password string) bool {
	var b strings.Builder
	for _, r := range norm.NFKC.String(password) {
		switch f := language.Fold(string(r)); {
		case f != "":
			b.WriteString(f)
		case !unicode.Is(unicode.Mn, r) && !invisible(r):
			b.WriteRune(r)
		}
	}
	p := b.String()
	start := strings.IndexFunc(p, unicode.IsLetter)
	if start < 0 {
		return false
	}
	last := strings.LastIndexFunc(p, unicode.IsLetter)
	_, size := utf8.DecodeRuneInString(p[last:])
	is := func(word string) bool { return common()[word] || twoCommon(word) }
	if is(onlyLetters(p[start:])) {
		return true
	}
	for i := last + size; i <= len(p); i++ {
		if is(onlyLetters(letters.Replace(p[start:i]))) || is(onlyLetters(letters.Replace(p[:i]))) {
			return true
		}
	}
	return false
}

// onlyLetters returns the letters of a text.
func onlyLetters(p string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, p)
}

// core returns a password without the digits and punctuation before and after it.
func core(p string) string {
	return strings.TrimFunc(p, func(r rune) bool { return !unicode.IsLetter(r) })
}

// twoCommon reports whether a password is two common ones in sequence.
func twoCommon(p string) bool {
	for i := range p {
		if i >= 4 && len(p)-i >= 4 && common()[p[:i]] && common()[core(p[i:])] {
			return true
		}
	}
	return false
}

// repeats reports whether a text is a shorter one several times, or has very few different characters.
func repeats(p string) bool {
	rs := []rune(p)
	different := map[rune]bool{}
	for _, r := range rs {
		different[r] = true
	}
	if len(different) < 5 {
		return true
	}
	for n := 1; n <= len(rs)/2; n++ {
		same := true
		for i := n; i < len(rs) && same; i++ {
			same = rs[i] == rs[i-n]
		}
		if same {
			return true
		}
	}
	return false
}

// steps counts the places at which a text does not continue along one of the rows, in either direction.
func steps(p string) int {
	rs := []rune(p)
	n := 0
	for i := 1; i < len(rs); i++ {
		pair, back := string(rs[i-1:i+1]), string([]rune{rs[i], rs[i-1]})
		along := rs[i] == rs[i-1]
		for _, row := range rows {
			along = along || strings.Contains(row, pair) || strings.Contains(row, back)
		}
		if !along {
			n++
		}
	}
	return n
}

// withoutNames returns a password without the names in it, and without a year or number after them.
func withoutNames(p string, about []string) string {
	found := false
	for _, name := range about {
		folded := language.Fold(strings.ToLower(norm.NFC.String(name)))
		words := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for _, w := range append([]string{strings.Join(words, "")}, words...) {
			if len([]rune(w)) >= 3 && strings.Contains(p, w) {
				p, found = strings.ReplaceAll(p, w, ""), true
			}
		}
	}
	if found {
		p = core(p)
	}
	return p
}
