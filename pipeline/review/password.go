package review

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"kheo/internal/dossier"
	"kheo/pipeline/store"
)

// Parameters of argon2id, the second choice of RFC 9106 (section 4).
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
	argonKey     = 32
	argonSalt    = 16
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
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
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
		argon2.IDKey([]byte(password), make([]byte, argonSalt), argonTime, argonMemory, argonThreads, argonKey)
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
