package factor

import (
	"encoding/base32"
	"testing"
	"time"
)

// Codes are those of RFC 6238, appendix B, whose last six digits an app shows: with HMAC-SHA-1, the secret
// "12345678901234567890" and a step of 30 seconds.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))
	for _, x := range []struct {
		at   int64
		code string // the RFC has eight digits
	}{{59, "94287082"}, {1111111109, "07081804"}, {1111111111, "14050471"}, {1234567890, "89005924"},
		{2000000000, "69279037"}, {20000000000, "65353130"}} {
		code, now := x.code[2:], time.Unix(x.at, 0)
		if got := stepOf(secret, code, now); got != x.at/30 {
			t.Errorf("at %d the code %s is of step %d, want %d", x.at, code, got, x.at/30)
		}
		if got := stepOf(secret, code, now.Add(2*time.Minute)); got != 0 {
			t.Errorf("two minutes after %d the code is still one of step %d", x.at, got)
		}
		if got := stepOf(secret, x.code, now); got != 0 {
			t.Errorf("the eight digits of %d are a code", x.at)
		}
	}
	key, err := KeyOf("kheo", "chair", secret)
	if err != nil || key.Secret() != secret || key.Period() != 30 {
		t.Errorf("the key of the QR code: %v %v", key, err)
	}
}
