// Package factor keeps the second factor by which people sign in: codes of an app (TOTP, RFC 6238) beside the password,
// and recovery codes for when the device is lost.
//
// That a person has a second factor is in the audit trail, with the hash of its secret. The secret is beside it in the
// records: if it is missing or is another, no code is right. Removing it there lets no one sign in without it.
package factor

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"kheo/internal/dossier"
	"kheo/pipeline/review"
	"kheo/pipeline/workspace"
)

const (
	step      = 30 // seconds that a code is shown
	skew      = 1  // codes before and after the present one that count, because clocks differ
	codes     = 10 // recovery codes of a person
	freeTries = 5  // wrong codes in a row before the person must wait
	firstWait = time.Minute
	mostWait  = 24 * time.Hour
)

// kept is what is kept of the second factor of a person.
type kept struct {
	Secret   string    `json:"secret"`         // base32
	Step     int64     `json:"step"`           // of the last code that was used
	Recovery []string  `json:"recovery"`       // SHA-256 of the codes that were not used
	Failed   int       `json:"failed"`         // wrong codes since the last right one
	Until    time.Time `json:"until,omitzero"` // no code is looked at before
}

// LockedError is the error of a code that is not looked at, after too many wrong ones.
type LockedError struct{ After time.Duration }

// Error implements error.
func (e *LockedError) Error() string { return "too many wrong codes" }

// New returns a new secret for an app, with the key that a QR code shows.
func New(issuer, person string) (*otp.Key, error) {
	return totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: person, Period: step, SecretSize: 20})
}

// KeyOf returns the key that a QR code shows, of a secret that New has made.
func KeyOf(issuer, person, secret string) (*otp.Key, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return nil, err
	}
	return totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: person, Period: step, Secret: raw})
}

// stepOf returns the step whose code a text is, around a time; 0 if it is none.
func stepOf(secret, code string, now time.Time) (found int64) {
	for at := now.Unix()/step - skew; at <= now.Unix()/step+skew; at++ {
		want, err := totp.GenerateCodeCustom(secret, time.Unix(at*step, 0), totp.ValidateOpts{Period: step,
			Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = at
		}
	}
	return found
}

// plain returns a code without the spaces and dashes that people type.
func plain(code string) string {
	if len(code) > 100 {
		return ""
	}
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code))
}

// Set gives a person a second factor, whose first code shows that the app has the secret, and returns the recovery
// codes, which are kept only as hashes. ok is false if the code is wrong.
func Set(ctx context.Context, w *workspace.Workspace, person, secret,
	code string) (recovery []string, ok bool, err error) {
	at := stepOf(secret, plain(code), w.Now())
	if at == 0 {
		return nil, false, nil
	}
	x := kept{Secret: secret, Step: at}
	recovery, x.Recovery = newCodes()
	if err := w.Review().Do(ctx, review.Subject{}, review.Event{Person: person, Action: review.FactorSet,
		Data: review.Data{Subject: person, Secret: dossier.SHA256([]byte(secret))}}); err != nil {
		return nil, false, err
	}
	// If this fails the person cannot sign in, and has the factor removed: no one signs in without it.
	return recovery, true, w.Store.State.Factors.Of(person).Put(context.WithoutCancel(ctx), x)
}

// newCodes returns new recovery codes of 50 bits, and their hashes.
func newCodes() (shown, hashes []string) {
	for range codes {
		c := strings.ToLower(rand.Text())[:10]
		shown, hashes = append(shown, c[:5]+"-"+c[5:]), append(hashes, dossier.SHA256([]byte(c)))
	}
	return shown, hashes
}

// Check reports whether a code is right: one of the app that was not used before, nor one after it, or a recovery code,
// which is then used up. The error is a *LockedError if it was not looked at. It works in one transaction, so that two
// requests at once do not use one code twice.
func Check(ctx context.Context, w *workspace.Workspace, person, code string) (ok bool, err error) {
	hash, err := hashOf(ctx, w, person)
	if err != nil || hash == "" {
		return false, err
	}
	code, recovered := plain(code), false
	var x kept
	var locked error
	err = w.Store.State.Factors.Of(person).Change(ctx, &x, func(known bool) (bool, error) {
		now := w.Now()
		if !known || dossier.SHA256([]byte(x.Secret)) != hash {
			return false, nil
		}
		if x.Until.Sub(now) > 0 {
			locked = &LockedError{x.Until.Sub(now)}
			return false, nil
		}
		at := stepOf(x.Secret, code, now)
		i := slices.Index(x.Recovery, dossier.SHA256([]byte(code)))
		switch {
		case at > x.Step:
			x.Step, ok = at, true
		case i >= 0:
			x.Recovery, ok, recovered = slices.Delete(x.Recovery, i, i+1), true, true
		}
		if ok {
			x.Failed, x.Until = 0, time.Time{}
		} else if x.Failed++; x.Failed >= freeTries {
			x.Until = now.Add(waitAfter(x.Failed))
		}
		return true, nil
	})
	if err := errors.Join(err, locked); err != nil {
		return false, err
	}
	if recovered {
		err = w.Review().Do(context.WithoutCancel(ctx), review.Subject{}, review.Event{Person: person,
			Action: review.RecoveryUsed, Data: review.Data{Subject: person}})
	}
	return ok && err == nil, err
}

// waitAfter returns how long no code is looked at after a number of wrong ones: twice as long each time, so that who
// knows the password can guess a few dozen codes in a year and not a million.
func waitAfter(failed int) time.Duration {
	return min(mostWait, firstWait<<min(failed-freeTries, 20))
}

// hashOf returns the hash of the secret of a person who may sign in, from the audit trail; "" without one.
func hashOf(ctx context.Context, w *workspace.Workspace, person string) (hash string, err error) {
	err = w.Review().View(ctx, func(s *review.State) error {
		if p := s.People[person]; p != nil && !p.Disabled {
			hash = p.Factor
		}
		return nil
	})
	return hash, err
}

// Left returns how many recovery codes a person has.
func Left(ctx context.Context, w *workspace.Workspace, person string) (int, error) {
	var x kept
	_, err := w.Store.State.Factors.Of(person).Get(ctx, &x)
	return len(x.Recovery), err
}

// Remove takes the second factor of a person away. by is the person, an administrator or review.System. The sessions of
// the person end, unless the person did it.
func Remove(ctx context.Context, w *workspace.Workspace, by, person string) error {
	if err := w.Review().Do(ctx, review.Subject{}, review.Event{Person: by, Action: review.FactorRemoved,
		Data: review.Data{Subject: person}}); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	err := w.Store.State.Factors.Of(person).Drop(ctx)
	if by != person {
		err = errors.Join(err, w.Store.Sessions.EndAll(ctx, person))
	}
	return err
}
